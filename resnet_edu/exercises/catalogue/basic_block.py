"""The exercise ``BasicBlock``: correct answers in several styles, and the mistakes made in them."""

from __future__ import annotations

import random
from dataclasses import replace

from ..tasks import Exercise, Mistake, Plan

PLAIN = '''
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        if groups != 1 or base_width != 64:
            raise ValueError("only groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("only dilation=1")
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        out = self.relu(out)
        return out
'''

FUNCTIONAL = '''
def three(cin, cout, step):
    return nn.Conv2d(cin, cout, kernel_size=3, stride=step, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion: int = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        if (groups, base_width) != (1, 64):
            raise ValueError(f"{groups} groups of width {base_width}")
        if dilation != 1:
            raise NotImplementedError(f"dilation {dilation}")
        norm = norm_layer or nn.BatchNorm2d
        self.first = three(inplanes, planes, stride)
        self.first_norm = norm(planes)
        self.second = three(planes, planes, 1)
        self.second_norm = norm(planes)
        self.shortcut = downsample

    def forward(self, x):
        skip = x if self.shortcut is None else self.shortcut(x)
        h = F.relu(self.first_norm(self.first(x)))
        h = self.second_norm(self.second(h))
        return F.relu(h + skip)
'''

SEQUENTIAL = '''
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=nn.BatchNorm2d):
        super().__init__()
        if groups > 1 or base_width != 64:
            raise ValueError("no groups, no other width")
        if dilation > 1:
            raise NotImplementedError("no dilation")
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        self.body = nn.Sequential(
            nn.Conv2d(inplanes, planes, (3, 3), stride=stride, padding=(1, 1), bias=False),
            norm_layer(planes),
            nn.ReLU(),
            nn.Conv2d(planes, planes, (3, 3), padding="same", bias=False),
            norm_layer(planes),
        )
        self.side = nn.Identity() if downsample is None else downsample

    def forward(self, x):
        return torch.relu(torch.add(self.side(x), self.body(x)))
'''

# Correct as well, in still other ways; no mistake is made in these.
LOOP = '''
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        assert groups == 1 and base_width == 64, "one group of width 64"
        assert dilation == 1, "no dilation"
        make = norm_layer if norm_layer is not None else nn.BatchNorm2d
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for cin, step in ((inplanes, stride), (planes, 1)):
            self.convs.append(nn.Conv2d(cin, planes, 3, step, 1, bias=False))
            self.norms.append(make(planes))
        self.downsample = downsample

    def forward(self, x):
        out = x
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            if index:
                out = out.clamp(min=0)
            out = norm(conv(out))
        return torch.relu_(out + (self.downsample(x) if self.downsample else x))
'''

WEIGHTS = '''
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        nn.Module.__init__(self)
        if groups != 1 or base_width != 64:
            raise ValueError(groups, base_width)
        if dilation > 1:
            raise NotImplementedError(dilation)
        self.w1 = nn.Parameter(torch.empty(planes, inplanes, 3, 3))
        self.w2 = nn.Parameter(torch.empty(planes, planes, 3, 3))
        for w in (self.w1, self.w2):
            nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
        self.n1 = (norm_layer or nn.BatchNorm2d)(planes)
        self.n2 = (norm_layer or nn.BatchNorm2d)(planes)
        self.stride, self.downsample = stride, downsample

    def forward(self, x):
        y = self.n1(F.conv2d(F.pad(x, (1, 1, 1, 1)), self.w1, stride=self.stride))
        y = self.n2(F.conv2d(torch.maximum(y, torch.zeros_like(y)), self.w2, padding=1))
        return F.relu(y + x if self.downsample is None else y + self.downsample(x), inplace=True)
'''

STYLES = {
    "plain": PLAIN, "functional": FUNCTIONAL, "sequential": SEQUENTIAL, "loop": LOOP,
    "weights": WEIGHTS,
}  # fmt: skip

# Texts of the styles in which mistakes are made often.
P_INIT = "        self.downsample = downsample\n"
P_BRANCH = """        if self.downsample is not None:
            identity = self.downsample(x)
"""
P_NORM = "            norm_layer = nn.BatchNorm2d"
P_LAST = "        out = self.relu(out)\n        return out"
F_LAST = "return F.relu(h + skip)"
F_SKIP = "        skip = x if self.shortcut is None else self.shortcut(x)\n"
F_NORM = "norm = norm_layer or nn.BatchNorm2d"
S_LAST = "return torch.relu(torch.add(self.side(x), self.body(x)))"
S_SUM = "torch.add(self.side(x), self.body(x))"
S_NORM = "norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer"
S_FIRST = "            norm_layer(planes),\n            nn.ReLU(),\n"
S_SECOND = "            norm_layer(planes),\n        )"
S_CONV = 'nn.Conv2d(planes, planes, (3, 3), padding="same", bias=False)'


def default_norm(made: str) -> dict[str, list[tuple[str, str]]]:
    """Another norm in the place of ``nn.BatchNorm2d``, where none is named."""
    return {
        "plain": [(P_NORM, f"            norm_layer = {made}")],
        "functional": [(F_NORM, f"norm = norm_layer or {made}")],
        "sequential": [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
                       (S_NORM, f"norm_layer = {made} if norm_layer is None else norm_layer")],
    }


def methods(text: str) -> dict[str, list[tuple[str, str]]]:
    """One more method in the class, before ``forward``."""
    line = "    def forward(self, x):\n"
    return {s: [(line, f"{text}\n{line}")] for s in ("plain", "functional", "sequential")}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "relu-before-the-sum",
        "The second ReLU stands before the addition, not behind it.",
        "The branch can then only add, never subtract, and values grow from block to block.",
        "04 §2",
        "What is the smallest number that your branch can put out?",
        {
            "plain": [("out = self.bn2(out)\n", "out = self.relu(self.bn2(out))\n"),
                      (P_LAST, "        return out")],
            "functional": [("h = self.second_norm(self.second(h))",
                            "h = F.relu(self.second_norm(self.second(h)))"),
                           (F_LAST, "return h + skip")],
            "sequential": [(S_SECOND, "            norm_layer(planes),\n            nn.ReLU(),\n"
                                      "        )"),
                           (S_LAST, f"return {S_SUM}")],
        },
    ),
    Mistake(
        "relu-before-and-after-the-sum",
        "There is a ReLU before the addition and another one behind it.",
        "The one before cuts off all that the branch would subtract.",
        "04 §2",
        "How many ReLUs has the block, and which of them stands between the last norm and the sum?",
        {
            "plain": [("out = self.bn2(out)\n", "out = F.relu(self.bn2(out))\n"),
                      ("out += identity", "out = out + identity")],
            "functional": [("h = self.second_norm(self.second(h))",
                            "h = F.relu(self.second_norm(self.second(h)))")],
            "sequential": [(S_SECOND, "            norm_layer(planes),\n            nn.ReLU(),\n"
                                      "        )")],
        },
    ),
    Mistake(
        "no-sum",
        "The shortcut is not added: the branch alone goes out.",
        "Without the addition nothing carries the input past the two convolutions.",
        "04 §2",
        "Where in your forward does x reach the output without passing a convolution?",
        {
            "plain": [("        out += identity\n", "")],
            "functional": [("F.relu(h + skip)", "F.relu(h)")],
            "sequential": [(S_SUM, "self.body(x)")],
        },
    ),
    Mistake(
        "sum-only-with-a-downsample",
        "The sum is made only where a `downsample` is given; otherwise the branch alone goes out.",
        "The addition belongs to every block. What `downsample` decides is which term comes from "
        "the shortcut.",
        "04 §5",
        "What is added in a block that was built with two channel counts only?",
        {
            "plain": [(P_BRANCH + "        out += identity\n",
                       "        if self.downsample is not None:\n"
                       "            out += self.downsample(x)\n")],
            "functional": [(F_SKIP, ""),
                           ("        return F",
                            """        if self.shortcut is None:
            return F.relu(h)
        skip = self.shortcut(x)
        return F""")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        if not isinstance(self.side, nn.Identity):
            y = self.side(x) + y
        return torch.relu(y)""")],
        },
    ),
    Mistake(
        "sum-only-without-a-downsample",
        "The sum is made only where no `downsample` is given; with one the branch alone goes out.",
        "The projected input is one of the two terms, too.",
        "04 §5",
        "What becomes of the output of `downsample` in your forward?",
        {
            "plain": [(P_BRANCH + "        out += identity\n", P_BRANCH +
                       "        else:\n            out += identity\n")],
            "functional": [(F_LAST, "return F.relu(h + skip if self.shortcut is None else h)")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        if isinstance(self.side, nn.Identity):
            y = x + y
        else:
            self.side(x)
        return torch.relu(y)""")],
        },
    ),
    Mistake(
        "returns-only-with-a-downsample",
        "Where no `downsample` is given, forward returns nothing.",
        "The `return` stands under a condition that does not hold for most blocks.",
        "04 §3",
        "How far are the lines below your `if` indented?",
        {
            "plain": [("        out += identity\n" + P_LAST,
                       "            out += identity\n            out = self.relu(out)\n"
                       "            return out")],
            "functional": [(F_SKIP, """        if self.shortcut is None:
            return None
""" + F_SKIP)],
            "sequential": [("        " + S_LAST,
                            "        if not isinstance(self.side, nn.Identity):\n"
                            "            " + S_LAST)],
        },
    ),
    Mistake(
        "downsample-not-called",
        "The module `downsample` itself is added, not what it makes of the input.",
        "A module is no tensor. It hands one back when it is called with one.",
        "04 §5",
        "What stands between the brackets behind `downsample`, and are there brackets?",
        {
            "plain": [("self.downsample(x)", "self.downsample")],
            "functional": [("x if self.shortcut is None else self.shortcut(x)",
                            "x if self.shortcut is None else self.shortcut")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        side = x if isinstance(self.side, nn.Identity) else self.side
        return torch.relu(y + side)""")],
        },
    ),
    Mistake(
        "downsample-in-the-branch-too",
        "`downsample` is called at the end of the branch as well as on the shortcut.",
        "It belongs to the shortcut alone. A body that is made of all the children of a block "
        "holds it too.",
        "04 §5",
        "Which layers does your branch call, one by one?",
        {
            "plain": [("        out = self.bn2(out)\n", """        out = self.bn2(out)
        if self.downsample is not None:
            out = self.downsample(out)
""")],
            "functional": [("h = self.second_norm(self.second(h))",
                            "h = self.second_norm(self.second(h))\n"
                            "        h = h if self.shortcut is None else self.shortcut(h)")],
            "sequential": [("self.side(x), self.body(x)", "self.side(x), self.side(self.body(x))")],
        },
    ),
    Mistake(
        "shortcut-starts-inside",
        "What is added comes from inside the branch, not from the input.",
        "The shortcut should lead past all the layers of the branch, from the input itself.",
        "04 §2",
        "Which value has the variable that you add, and what has been done to x by then?",
        {
            "plain": [("        identity = x\n", ""),
                      ("        out = self.conv2(out)",
                       "        identity = out\n        out = self.conv2(out)")],
            "functional": [(F_SKIP, ""),
                           ("        h = self.second_norm(self.second(h))\n",
                            "        skip = h if self.shortcut is None else self.shortcut(x)\n"
                            "        h = self.second_norm(self.second(h))\n")],
            "sequential": [("        " + S_LAST, """        y = self.body[:3](x)
        side = y if isinstance(self.side, nn.Identity) else self.side(x)
        return torch.relu(side + self.body[3:](y))""")],
        },
    ),
    Mistake(
        "input-added-as-it-came",
        "The input itself is added, although `downsample` was given.",
        "Where the block changes its shape the two terms do not fit, and where it does not, the "
        "given "
        "shortcut is passed over in silence.",
        "04 §5",
        "Which of your two terms has been through `downsample`?",
        {
            "plain": [("identity = self.downsample(x)", "self.downsample(x)")],
            "functional": [(F_LAST, "return F.relu(h + x)")],
            "sequential": [(S_SUM, "torch.add(x, self.body(x))")],
        },
    ),
    Mistake(
        "downsample-of-the-branch",
        "`downsample` is applied to what the branch put out, not to the input.",
        "The input never reaches the sum, so the shortcut is none.",
        "04 §8",
        "What is handed to `downsample`: the tensor that came into the block?",
        {
            "plain": [("self.downsample(x)", "self.downsample(out)")],
            "functional": [(F_SKIP, ""),
                           ("        return F", F_SKIP.replace("(x)", "(h)") + "        return F")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        s = x if isinstance(self.side, nn.Identity) else self.side(y)
        return torch.relu(s + y)""")],
        },
    ),
    Mistake(
        "path-added-to-itself",
        "Where no `downsample` is given, the branch is added to itself.",
        "Both names in the sum stand for the output of the last norm; the input is lost.",
        "04 §2",
        "Which value has your variable of the input just before the addition?",
        {
            "plain": [("        identity = x\n", ""),
                      (P_BRANCH, "        x = out\n        identity = x\n" + P_BRANCH)],
            "functional": [(F_SKIP, ""),
                           ("        return F", "        x = h\n" + F_SKIP + "        return F")],
            "sequential": [("        " + S_LAST, """        x = self.body(x)
        return torch.relu(self.side(x) + x)""")],
        },
    ),
    Mistake(
        "branch-doubled",
        "The last ReLU gets twice the branch, and the shortcut takes no part.",
        "The branch is added to itself, or doubled. The sum should bring the two ways together.",
        "04 §2",
        "Which two values meet in your sum, and which way has each of them taken?",
        {
            "plain": [("out += identity", "out += out")],
            "functional": [("F.relu(h + skip)", "F.relu(h + h)")],
            "sequential": [("        " + S_LAST, """        y, _ = self.body(x), self.side(x)
        return torch.relu(torch.add(y, y))""")],
        },
    ),
    Mistake(
        "branch-thrown-away",
        "The shortcut alone goes out: what the branch computes is thrown away.",
        "Neither of the convolutions has any effect, and none of their weights learns.",
        "04 §2",
        "What becomes of the output of your last norm?",
        {
            "plain": [("out += identity", "out = identity")],
            "functional": [("F.relu(h + skip)", "F.relu(skip)")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        y = self.side(x)
        return torch.relu(y)""")],
        },
    ),
    Mistake(
        "branch-reads-the-projection",
        "The branch starts from what `downsample` has put out.",
        "Both ways out of the input lead through the projection, and a stride is done twice.",
        "04 §5",
        "What should the first convolution read: the input, or the projected input?",
        {
            "plain": [("        identity = x\n", """        if self.downsample is not None:
            x = self.downsample(x)
        identity = x
"""), (P_BRANCH, "")],
            "functional": [("self.first(x)", "self.first(skip)")],
            "sequential": [("        " + S_LAST, """        x = self.side(x)
        return torch.relu(x + self.body(x))""")],
        },
    ),
    Mistake(
        "downsample-called-when-none",
        "`downsample` is called although there is none.",
        "Most blocks get None there, and None cannot be called.",
        "04 §5",
        "What should be added when no module was given for the shortcut?",
        {
            "plain": [(P_BRANCH, "        identity = self.downsample(x)\n")],
            "functional": [(F_SKIP, "        skip = self.shortcut(x)\n")],
            "sequential": [("nn.Identity() if downsample is None else downsample", "downsample")],
        },
    ),
    Mistake(
        "condition-the-wrong-way-round",
        "The test for `downsample` is the wrong way round.",
        "It is called where it is None, and left out where it was given.",
        "04 §5",
        "In which of the two cases can `downsample` be called?",
        {
            "plain": [("if self.downsample is not None", "if self.downsample is None")],
            "functional": [("x if self.shortcut is None", "x if self.shortcut is not None")],
            "sequential": [("nn.Identity() if downsample is None else downsample", "downsample"),
                           ("self.side(x)", "(x if self.side else self.side(x))")],
        },
    ),
    Mistake(
        "projection-only-with-a-stride",
        "`downsample` is called only where the block strides.",
        "A block may change its channels and keep its grid, as the first one of ResNet-50 does.",
        "04 §5",
        "In which of the four cases of shape and channels is a projection needed?",
        {
            "plain": [(P_INIT, P_INIT + "        self.stride = stride\n"),
                      ("if self.downsample is not None:",
                       "if self.downsample is not None and self.stride != 1:")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut, self.step = downsample, stride"),
                           ("x if self.shortcut is None",
                            "x if self.shortcut is None or self.step == 1")],
            "sequential": [("self.side = ", "self.strided = stride > 1\n        self.side = "),
                           ("self.side(x)", "(self.side(x) if self.strided else x)")],
        },
    ),
    Mistake(
        "downsample-kept-only-with-a-stride",
        "A given `downsample` is dropped where the block does not stride.",
        "Whoever builds a block decides whether it gets one; a block that only changes its "
        "channels needs it too.",
        "04 §5",
        "What does your constructor do with a `downsample` when the stride is 1?",
        {
            "plain": [(P_INIT, "        self.downsample = None if stride == 1 else downsample\n")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut = downsample if stride > 1 else None")],
            "sequential": [("nn.Identity() if downsample is None else downsample",
                            "downsample if downsample and stride != 1 else nn.Identity()")],
        },
    ),
    Mistake(
        "projection-only-with-a-new-shape",
        "`downsample` is called only where the shapes differ.",
        "The block should use whatever it is given; whoever builds it decides whether there is "
        "one.",
        "04 §5",
        "Who decides whether something stands on the shortcut: the block, or the one who builds "
        "it?",
        {
            "plain": [("if self.downsample is not None:", "if x.shape != out.shape:")],
            "functional": [(F_SKIP, ""),
                           ("        return F",
                            """        skip = x if x.shape == h.shape else self.shortcut(x)
        return F""")],
            "sequential": [("        " + S_LAST, """        y = self.body(x)
        return torch.relu(y + (self.side(x) if y.size() != x.size() else x))""")],
        },
    ),
    Mistake(
        "own-projection",
        "The block builds a projection of its own and ignores the given one.",
        "What was handed over may be anything; here it is neither kept nor called, and the block "
        "has "
        "weights that nobody asked for.",
        "04 §5",
        "Where does your block use the module that it was given?",
        {
            "plain": [(P_INIT, """        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False),
                                            norm_layer(planes))
"""), (P_BRANCH, ""),
                      ("        identity = x\n", "        identity = x\n" + P_BRANCH)],
            "functional": [("self.shortcut = downsample", """self.shortcut = None
        if stride > 1 or inplanes != planes:
            one = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(one, norm(planes))""")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            """self.side = nn.Identity()
        if inplanes != planes or stride != 1:
            self.side = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), norm_layer(planes))""")],
        },
    ),
    Mistake(
        "own-projection-behind-the-branch",
        "Where the shape changes, the block adds a projection of its own making; the given one is "
        "not used.",
        "Whoever builds the block decides what stands on the shortcut. What was handed over is "
        "dropped, with its weights.",
        "04 §5",
        "What becomes of the argument `downsample` in your constructor?",
        {
            "plain": [(P_INIT, """        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False),
                                            norm_layer(planes))
""")],
            "functional": [("self.shortcut = downsample", """self.shortcut = None
        if stride > 1 or inplanes != planes:
            one = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(one, norm(planes))"""),
                           (F_SKIP, ""),
                           ("        return F", F_SKIP + "        return F")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            """self.side = nn.Identity()
        if inplanes != planes or stride != 1:
            self.side = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), norm_layer(planes))"""),
                           (S_SUM, "(self.body(x) + self.side(x))")],
        },
    ),
    Mistake(
        "own-projection-always",
        "Every block has a projection of its own making, asked for or not.",
        "Where no `downsample` is given, the shortcut is the input as it came. Most blocks have "
        "none.",
        "04 §5",
        "How many parameters has the shortcut of a block that keeps its shape?",
        {
            "plain": [(P_INIT, """        self.downsample = nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, stride, bias=False), norm_layer(planes))
""")],
            "functional": [("self.shortcut = downsample",
                            """one = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
        self.shortcut = nn.Sequential(one, norm(planes))"""),
                           (F_SKIP, ""),
                           ("        return F", F_SKIP + "        return F")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            """self.side = nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), norm_layer(planes))"""),
                           (S_SUM, "(self.body(x) + self.side(x))")],
        },
    ),
    Mistake(
        "own-projection-for-the-given-one",
        "Where a `downsample` is given, the block makes another one and uses that.",
        "What was handed over is ready to be called. The block need not know what is in it.",
        "04 §5",
        "Which module does your forward call on the shortcut: the one that came, or a new one?",
        {
            "plain": [(P_INIT, P_INIT + """        if downsample is not None:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, stride, bias=False), norm_layer(planes))
""")],
            "functional": [("self.shortcut = downsample", """self.shortcut = None
        if downsample is not None:
            one = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(one, norm(planes))"""),
                           (F_SKIP, ""),
                           ("        return F", F_SKIP + "        return F")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            """self.side = nn.Identity() if downsample is None else nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), norm_layer(planes))"""),
                           (S_SUM, "(self.body(x) + self.side(x))")],
        },
    ),
    Mistake(
        "downsample-in-a-list",
        "The module that is given as `downsample` is no part of the block.",
        "Kept in a list or in a function, or copied, it is not the block's own: its weights are in "
        "no `parameters()` and in no checkpoint.",
        "04 §8",
        "Does `list(block.children())` show it?",
        {
            "plain": [(P_INIT, "        self.downsample = [downsample]\n"),
                      ("if self.downsample is", "if self.downsample[0] is"),
                      ("self.downsample(x)", "self.downsample[0](x)")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcuts = [downsample] if downsample else []"),
                           (F_SKIP, "        skip = x\n        for shortcut in self.shortcuts:\n"
                            "            skip = shortcut(skip)\n")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            "self.side = (nn.Identity() if downsample is None else downsample,)"),
                           ("self.side(x)", "self.side[0](x)")],
        },
    ),
    Mistake(
        "relu-on-the-shortcut",
        "A ReLU stands on the shortcut, before the addition.",
        "It throws away the negative half of what the shortcut carries, above all of a projection.",
        "04 §5",
        "What happens on the shortcut to a number below 0?",
        {
            "plain": [("out += identity", "out += F.relu(identity)")],
            "functional": [("h + skip", "h + F.relu(skip)")],
            "sequential": [("self.side(x)", "torch.relu(self.side(x))")],
        },
    ),
    Mistake(
        "norm-on-the-shortcut",
        "The block puts a norm of its own on the shortcut.",
        "The shortcut should hand its input on as it is; a norm there rescales it in every block.",
        "04 §5",
        "What is between the input and the addition when `downsample` is None?",
        {
            "plain": [(P_INIT, P_INIT + "        self.bn3 = norm_layer(planes)\n"),
                      ("out += identity", "out += self.bn3(identity)")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut, self.third = downsample, norm(planes)"),
                           ("h + skip", "h + self.third(skip)")],
            "sequential": [("        self.side =",
                            "        self.level = norm_layer(planes)\n        self.side ="),
                           (S_SUM, "torch.add(self.body(x), self.level(self.side(x)))")],
        },
    ),
    Mistake(
        "first-norm-twice",
        "One norm is used behind both convolutions, the other one never.",
        "Both places then share weight, bias and running statistics, which fit neither of them.",
        "03 §6",
        "Which of your norms is never called?",
        {
            "plain": [("self.bn2(out)", "self.bn1(out)")],
            "functional": [("self.second_norm(self.second(h))", "self.first_norm(self.second(h))")],
            "sequential": [("        self.body =",
                            "        norm, self.spare = norm_layer(planes), norm_layer(planes)\n"
                            "        self.body ="),
                           (S_FIRST, "            norm,\n            nn.ReLU(),\n"),
                           (S_SECOND, "            norm,\n        )")],
        },
    ),
    Mistake(
        "one-norm-for-both",
        "There is only one norm, for both convolutions.",
        "In training nothing looks wrong, since each batch is normalised by itself; at inference "
        "the "
        "common running statistics are wrong in both places.",
        "03 §6",
        "How many sets of running statistics does the block need?",
        {
            "plain": [("        self.bn2 = norm_layer(planes)\n", ""),
                      ("self.bn2(out)", "self.bn1(out)")],
            "functional": [("        self.second_norm = norm(planes)\n", ""),
                           ("self.second_norm(self.second(h))", "self.first_norm(self.second(h))")],
            "sequential": [("        self.body =",
                            "        norm = norm_layer(planes)\n        self.body ="),
                           (S_FIRST, "            norm,\n            nn.ReLU(),\n"),
                           (S_SECOND, "            norm,\n        )")],
        },
    ),
    Mistake(
        "first-norm-never-called",
        "The first norm is never called.",
        "Its weights get no gradient, and the values between the two convolutions have any scale.",
        "03 §1",
        "What stands between your first convolution and the ReLU behind it?",
        {
            "plain": [("        out = self.bn1(out)\n", "")],
            "functional": [("self.first_norm(self.first(x))", "self.first(x)")],
            "sequential": [("        self.body =",
                            "        self.norm = norm_layer(planes)\n        self.body ="),
                           (S_FIRST, "            nn.ReLU(),\n")],
        },
    ),
    Mistake(
        "second-norm-never-called",
        "The second norm is never called.",
        "The branch comes to the addition on a scale of its own, and its norm learns nothing.",
        "04 §2",
        "Which layer puts out the number that is added to the shortcut?",
        {
            "plain": [("        out = self.bn2(out)\n", "")],
            "functional": [("self.second_norm(self.second(h))", "self.second(h)")],
            "sequential": [("        self.body =",
                            "        self.norm = norm_layer(planes)\n        self.body ="),
                           (S_SECOND, "        )")],
        },
    ),
    Mistake(
        "first-norm-before-its-convolution",
        "The first norm stands before its convolution, not behind it.",
        "The input is then normalised, and what the convolution puts out is not.",
        "04 §2",
        "In which order does your forward call the first two layers?",
        {
            "plain": [("out = self.conv1(x)\n        out = self.bn1(out)\n",
                       "out = self.bn1(x)\n        out = self.conv1(out)\n")],
            "functional": [("self.first_norm(self.first(x))", "self.first(self.first_norm(x))")],
            "sequential": [("            nn.Conv2d(inplanes,",
                            "            norm_layer(planes),\n            nn.Conv2d(inplanes,"),
                           (S_FIRST, "            nn.ReLU(),\n")],
        },
    ),
    Mistake(
        "second-norm-before-its-convolution",
        "The second norm stands before its convolution, not behind it.",
        "The branch then comes to the addition on whatever scale the convolution gives it.",
        "04 §2",
        "In which order does your forward call the last two layers of the branch?",
        {
            "plain": [("out = self.conv2(out)\n        out = self.bn2(out)\n",
                       "out = self.bn2(out)\n        out = self.conv2(out)\n")],
            "functional": [("self.second_norm(self.second(h))",
                            "self.second(self.second_norm(h))")],
            "sequential": [(S_CONV, f"norm_layer(planes),\n            {S_CONV}"),
                           (S_SECOND, "        )")],
        },
    ),
    Mistake(
        "norms-before-their-convolutions",
        "Both norms stand before their convolutions, not behind them.",
        "In this block a norm treats what its convolution puts out, and the ReLU follows the norm.",
        "04 §2",
        "Write down the layers of your branch in the order of their calls: what follows each "
        "convolution?",
        {
            "plain": [("out = self.conv1(x)\n        out = self.bn1(out)\n",
                       "out = self.bn1(x)\n        out = self.conv1(out)\n"),
                      ("out = self.conv2(out)\n        out = self.bn2(out)\n",
                       "out = self.bn2(out)\n        out = self.conv2(out)\n")],
            "functional": [("self.first_norm(self.first(x))", "self.first(self.first_norm(x))"),
                           ("self.second_norm(self.second(h))",
                            "self.second(self.second_norm(h))")],
            "sequential": [("            nn.Conv2d(inplanes,",
                            "            norm_layer(planes),\n            nn.Conv2d(inplanes,"),
                           (S_FIRST, "            nn.ReLU(),\n"),
                           (S_CONV, f"norm_layer(planes),\n            {S_CONV}"),
                           (S_SECOND, "        )")],
        },
    ),
    Mistake(
        "norm-behind-the-last-relu",
        "The second norm stands behind the last ReLU.",
        "It then rescales the whole sum, the shortcut too, and what goes out can be negative.",
        "04 §2",
        "Which of the two terms of the sum should pass your second norm?",
        {
            "plain": [("        out = self.bn2(out)\n", ""),
                      ("        return out\n", "        return self.bn2(out)\n")],
            "functional": [("self.second_norm(self.second(h))", "self.second(h)"),
                           (F_LAST, "return self.second_norm(F.relu(h + skip))")],
            "sequential": [(S_LAST, "return self.body[4](torch.relu(torch.add(self.side(x), "
                                    "self.body[:4](x))))")],
        },
    ),
    Mistake(
        "last-norm-starts-at-zero",
        "The weight of the last norm is set to 0 in the block itself.",
        "A block leaves its norms as they are made, with a weight of 1. To start them at 0 is an "
        "option of the whole network.",
        "08 §4",
        "What does a fresh block of yours make of its input, and what should decide that?",
        {
            "plain": [(P_INIT, P_INIT + "        nn.init.zeros_(self.bn2.weight)\n")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut = downsample\n"
                            "        nn.init.constant_(self.second_norm.weight, 0)")],
            "sequential": [("        self.side =",
                            "        self.body[-1].weight.data.zero_()\n        self.side =")],
        },
    ),
    Mistake(
        "norms-never-called",
        "Both norms are built and never called.",
        "The block has all its parameters, and half of them take no part.",
        "03 §1",
        "For which of your layers does `weight.grad` stay None after a backward pass?",
        {
            "plain": [("        out = self.bn1(out)\n", ""), ("        out = self.bn2(out)\n", "")],
            "functional": [("self.first_norm(self.first(x))", "self.first(x)"),
                           ("self.second_norm(self.second(h))", "self.second(h)")],
            "sequential": [("        self.body =",
                            "        self.norms = nn.ModuleList([norm_layer(planes) for _ in "
                            "range(2)])\n        self.body ="),
                           (S_FIRST, "            nn.ReLU(),\n"), (S_SECOND, "        )")],
        },
    ),
    Mistake(
        "no-first-norm",
        "There is no norm behind the first convolution.",
        "Each of the two convolutions has its own. The values that reach the ReLU then have any "
        "scale.",
        "04 §2",
        "How many norms does your constructor make?",
        {
            "plain": [("        self.bn1 = norm_layer(planes)\n", ""),
                      ("        out = self.bn1(out)\n", "")],
            "functional": [("        self.first_norm = norm(planes)\n", ""),
                           ("self.first_norm(self.first(x))", "self.first(x)")],
            "sequential": [(S_FIRST, "            nn.ReLU(),\n")],
        },
    ),
    Mistake(
        "no-second-norm",
        "There is no norm behind the second convolution.",
        "The branch then comes to the addition on a scale of its own, and there is no weight that "
        "could start it at zero.",
        "04 §2",
        "What stands between your last convolution and the addition?",
        {
            "plain": [("        self.bn2 = norm_layer(planes)\n", ""),
                      ("        out = self.bn2(out)\n", "")],
            "functional": [("        self.second_norm = norm(planes)\n", ""),
                           ("self.second_norm(self.second(h))", "self.second(h)")],
            "sequential": [(S_SECOND, "        )")],
        },
    ),
    Mistake(
        "no-norms",
        "The block has no norms at all.",
        "Without them the scale of the values changes in every layer, and deep networks are hard "
        "to "
        "train.",
        "03 §1",
        "What follows each convolution of a ResNet?",
        {
            "plain": [("        self.bn1 = norm_layer(planes)\n", ""),
                      ("        self.bn2 = norm_layer(planes)\n", ""),
                      ("        out = self.bn1(out)\n", ""), ("        out = self.bn2(out)\n", "")],
            "functional": [("        self.first_norm = norm(planes)\n", ""),
                           ("        self.second_norm = norm(planes)\n", ""),
                           ("self.first_norm(self.first(x))", "self.first(x)"),
                           ("self.second_norm(self.second(h))", "self.second(h)")],
            "sequential": [(S_FIRST, "            nn.ReLU(),\n"), (S_SECOND, "        )")],
        },
    ),
    Mistake(
        "relu-before-the-norm",
        "The first ReLU stands before its norm, not behind it.",
        "The norm then moves the zeros that the ReLU has made, and the bend is no longer where the "
        "norm's bias can shift it.",
        "04 §2",
        "In which order do norm and ReLU follow your first convolution?",
        {
            "plain": [("        out = self.bn1(out)\n        out = self.relu(out)\n",
                       "        out = self.relu(out)\n        out = self.bn1(out)\n")],
            "functional": [("F.relu(self.first_norm(self.first(x)))",
                            "self.first_norm(F.relu(self.first(x)))")],
            "sequential": [(S_FIRST, "            nn.ReLU(),\n            norm_layer(planes),\n")],
        },
    ),
    Mistake(
        "first-relu-missing",
        "There is no ReLU between the two convolutions.",
        "A convolution is a linear map, and so, up to a constant, is a norm at inference. One "
        "behind the other they are one linear map again: away from the border one layer could "
        "do the same.",
        "04 §2",
        "What is between your first norm and the second convolution?",
        {
            "plain": [("        out = self.bn1(out)\n        out = self.relu(out)\n",
                       "        out = self.bn1(out)\n")],
            "functional": [("F.relu(self.first_norm(self.first(x)))",
                            "self.first_norm(self.first(x))")],
            "sequential": [(S_FIRST, "            norm_layer(planes),\n")],
        },
    ),
    Mistake(
        "last-relu-missing",
        "No ReLU follows the addition.",
        "What leaves the block is the plain sum. That is another design, of a later paper.",
        "04 §2",
        "What is the last thing that happens before the block returns?",
        {
            "plain": [(P_LAST, "        return out")],
            "functional": [(F_LAST, "return h + skip")],
            "sequential": [(S_LAST, f"return {S_SUM}")],
        },
    ),
    Mistake(
        "relu-on-each-term",
        "Each of the two terms passes a ReLU, and their sum passes none.",
        "A branch that puts out nothing below 0 can only add. The other ReLU cuts what a "
        "projection hands on.",
        "04 §2",
        "Can your sum be smaller than what the shortcut brings?",
        {
            "plain": [("        out += identity\n" + P_LAST,
                       "        return F.relu(out) + F.relu(identity)")],
            "functional": [("F.relu(h + skip)", "F.relu(skip) + F.relu(h)")],
            "sequential": [(S_LAST, "return torch.relu(self.body(x)) + torch.relu(self.side(x))")],
        },
    ),
    Mistake(
        "gelu",
        "GELU is used where ReLU belongs.",
        "It is smooth and lets some negative values pass; trained weights expect the bend at 0.",
        "04 §2",
        "What should become of a number a little below 0?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.GELU()")],
            "functional": [("F.relu(self.first_norm", "F.gelu(self.first_norm"),
                           (F_LAST, "return F.gelu(h + skip)")],
            "sequential": [("nn.ReLU()", "nn.GELU()"), ("torch.relu(", "F.gelu(")],
        },
    ),
    Mistake(
        "relu6",
        "ReLU6 is used where ReLU belongs.",
        "It cuts everything above 6. Small inputs do not show it, and a residual stream grows "
        "past 6.",
        "04 §2",
        "What does your activation make of the number 7?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.ReLU6(inplace=True)")],
            "functional": [("F.relu(self.first_norm", "F.relu6(self.first_norm"),
                           (F_LAST, "return F.relu6(h + skip)")],
            "sequential": [("nn.ReLU()", "nn.ReLU6()"), ("torch.relu(", "F.relu6(")],
        },
    ),
    Mistake(
        "leaky-relu",
        "A leaky ReLU is used where ReLU belongs.",
        "It lets a small part of every negative value pass.",
        "04 §2",
        "What does your activation make of the number −1?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.LeakyReLU(inplace=True)")],
            "functional": [("F.relu(self.first_norm", "F.leaky_relu(self.first_norm"),
                           (F_LAST, "return F.leaky_relu(h + skip)")],
            "sequential": [("nn.ReLU()", "nn.LeakyReLU()"), ("torch.relu(", "F.leaky_relu(")],
        },
    ),
    Mistake(
        "norm-after-the-sum",
        "The second norm stands behind the addition, not before it.",
        "It then rescales the shortcut too, so nothing passes a block unchanged.",
        "04 §2",
        "What should the second norm read: the branch, or the sum?",
        {
            "plain": [("        out = self.bn2(out)\n", ""),
                      ("        out += identity\n",
                       "        out += identity\n        out = self.bn2(out)\n")],
            "functional": [("self.second_norm(self.second(h))", "self.second(h)"),
                           (F_LAST, "return F.relu(self.second_norm(h + skip))")],
            "sequential": [(S_SECOND, "        )\n        self.level = norm_layer(planes)"),
                           (S_LAST, f"return torch.relu(self.level({S_SUM}))")],
        },
    ),
    Mistake(
        "pre-activation",
        "Norm and ReLU stand before each convolution, and nothing behind the sum.",
        "That is the block of the paper's sequel, often called v2. torchvision's ResNets have the "
        "original order.",
        "01 §7",
        "Which of the two papers do you follow, and which does torchvision?",
        {
            "plain": [("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)"),
                      ("""        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
""", """        out = self.conv1(self.relu(self.bn1(x)))
        out = self.conv2(self.relu(self.bn2(out)))
"""), (P_LAST, "        return out")],
            "functional": [("self.first_norm = norm(planes)", "self.first_norm = norm(inplanes)"),
                           ("F.relu(self.first_norm(self.first(x)))",
                            "self.first(F.relu(self.first_norm(x)))"),
                           ("self.second_norm(self.second(h))",
                            "self.second(F.relu(self.second_norm(h)))"),
                           (F_LAST, "return h + skip")],
            "sequential": [("nn.Sequential(\n",
                            "nn.Sequential(\n            norm_layer(inplanes),\n"
                            "            nn.ReLU(),\n"),
                           (S_SECOND, "        )"), (S_LAST, f"return {S_SUM}")],
        },
    ),
    Mistake(
        "bias-left-on",
        "The convolutions have biases.",
        "The norm behind each subtracts the mean of its channel, and the bias with it.",
        "03 §4",
        "Which of your layers add a constant that the next one takes away?",
        {
            "plain": [("3, stride, 1, bias=False)", "3, stride, 1)"),
                      ("3, 1, 1, bias=False)", "3, 1, 1)")],
            "functional": [(", bias=False)", ")")],
            "sequential": [("padding=(1, 1), bias=False)", "padding=(1, 1))"),
                           ('padding="same", bias=False)', 'padding="same")')],
        },
    ),
    Mistake(
        "no-padding",
        "The 3×3 convolutions have no padding.",
        "Each takes a border off the grid, and the branch no longer fits the shortcut.",
        "02 §2",
        "How large is the grid behind each of your two convolutions?",
        {
            "plain": [("3, stride, 1, bias", "3, stride, bias"), ("3, 1, 1, bias", "3, 1, bias")],
            "functional": [(" padding=1,", "")],
            "sequential": [(" padding=(1, 1),", ""), (' padding="same",', "")],
        },
    ),
    Mistake(
        "first-padding-missing",
        "The first convolution has no padding, the second has.",
        "The branch loses a border there, so it no longer fits the shortcut.",
        "02 §2",
        "Which shape has the tensor behind your first convolution, and which should it have?",
        {
            "plain": [("3, stride, 1, bias", "3, stride, bias")],
            "functional": [("self.first = three(inplanes, planes, stride)",
                            "self.first = nn.Conv2d(inplanes, planes, 3, stride, bias=False)")],
            "sequential": [(" padding=(1, 1),", "")],
        },
    ),
    Mistake(
        "second-padding-missing",
        "The second convolution has no padding, the first has.",
        "It takes a border off the grid just before the addition, where both terms must agree.",
        "02 §2",
        "Which shape has the tensor behind your second convolution, and which should it have?",
        {
            "plain": [("3, 1, 1, bias", "3, 1, bias")],
            "functional": [("self.second = three(planes, planes, 1)",
                            "self.second = nn.Conv2d(planes, planes, 3, bias=False)")],
            "sequential": [(' padding="same",', "")],
        },
    ),
    Mistake(
        "padded-twice",
        "The grid is padded by hand, and the convolution pads it again.",
        "One row of zeros on each side keeps the grid; two make it larger, and the branch does not "
        "fit the shortcut.",
        "02 §2",
        "Who adds the border in your block, and how often?",
        {
            "plain": [("self.conv1(x)", "self.conv1(F.pad(x, (1, 1, 1, 1)))"),
                      ("self.conv2(out)", "self.conv2(F.pad(out, (1, 1, 1, 1)))")],
            "functional": [("self.first(x)", "self.first(F.pad(x, [1] * 4))"),
                           ("self.second(h)", "self.second(F.pad(h, [1] * 4))")],
            "sequential": [("nn.Sequential(\n", "nn.Sequential(\n            nn.ZeroPad2d(1),\n"),
                           (S_FIRST, S_FIRST + "            nn.ZeroPad2d(1),\n")],
        },
    ),
    Mistake(
        "padding-of-two",
        "A 3×3 convolution has a padding of 2.",
        "A 3×3 reaches one position over the border. With two rows of zeros on each side the grid "
        "grows, and the sum does not fit.",
        "02 §2",
        "How far does a kernel of three reach beyond its middle?",
        {
            "plain": [("3, stride, 1, bias", "3, stride, 2, bias"),
                      ("3, 1, 1, bias", "3, 1, 2, bias")],
            "functional": [("padding=1", "padding=2")],
            "sequential": [("padding=(1, 1)", "padding=(2, 2)"), ('padding="same"', "padding=2")],
        },
    ),
    Mistake(
        "stride-on-the-second",
        "The stride is on the second convolution, not on the first.",
        "The shape fits, but the first convolution works on four times as many places, and other "
        "numbers come out.",
        "04 §8",
        "Which of the two convolutions halves the grid in torchvision?",
        {
            "plain": [("Conv2d(planes, planes, 3, 1, 1, bias",
                       "Conv2d(planes, planes, 3, stride, 1, bias"),
                      ("Conv2d(inplanes, planes, 3, stride, 1",
                       "Conv2d(inplanes, planes, 3, 1, 1")],
            "functional": [("inplanes, planes, stride)", "inplanes, planes, 1)"),
                           ("three(planes, planes, 1)", "three(planes, planes, stride)")],
            "sequential": [("stride=stride, ", ""), ('padding="same"', "stride=stride, padding=1")],
        },
    ),
    Mistake(
        "stride-on-both",
        "Both convolutions stride.",
        "The branch is then a quarter as wide as its input, and the shortcut half as wide.",
        "04 §4",
        "By how much should the whole block shrink the grid, and how often do you do it?",
        {
            "plain": [("3, 1, 1, bias", "3, stride, 1, bias")],
            "functional": [("three(planes, planes, 1)", "three(planes, planes, stride)")],
            "sequential": [('padding="same"', "stride=stride, padding=1")],
        },
    ),
    Mistake(
        "stride-ignored",
        "The argument `stride` is accepted and given to no convolution.",
        "The branch keeps its grid while the shortcut halves it, and the sum fails.",
        "04 §4",
        "Which layer of your branch makes the grid smaller?",
        {
            "plain": [("3, stride, 1, bias", "3, 1, 1, bias")],
            "functional": [("inplanes, planes, stride)", "inplanes, planes, 1)")],
            "sequential": [("stride=stride, ", "")],
        },
    ),
    Mistake(
        "stride-as-padding",
        "The first convolution gets `stride` as its padding, and strides by 1.",
        "Both are mostly 1, and then nothing shows. In a block that strides, the branch skips no "
        "position, and the shortcut does.",
        "04 §4",
        "Which argument of your first convolution is 2 in a block that strides by 2?",
        {
            "plain": [("3, stride, 1, bias", "3, 1, stride, bias")],
            "functional": [("stride=step, padding=1", "padding=step")],
            "sequential": [("stride=stride, padding=(1, 1)", "padding=(stride, stride)")],
        },
    ),
    Mistake(
        "strides-by-default",
        "`stride` is 2 when nobody names it.",
        "Most blocks keep their grid; here they would halve it and not fit their shortcut.",
        "04 §8",
        "Which stride should a block have that is built with two channel counts only?",
        {
            "plain": [("stride=1, downsample", "stride=2, downsample")],
            "functional": [("stride=1, downsample", "stride=2, downsample")],
            "sequential": [("stride=1, downsample", "stride=2, downsample")],
        },
    ),
    Mistake(
        "pool-for-the-stride",
        "A max pool halves the grid in the place of the stride.",
        "At stride 1 nothing differs; elsewhere it takes maxima that no ResNet takes there.",
        "02 §3",
        "Which layer should skip every second place by itself?",
        {
            "plain": [("3, stride, 1, bias", "3, 1, 1, bias"),
                      (P_INIT, P_INIT + "        self.pool = nn.MaxPool2d(stride, "
                                        "ceil_mode=True)\n"),
                      ("        out = self.conv2(out)",
                       "        out = self.conv2(self.pool(out))")],
            "functional": [("inplanes, planes, stride)", "inplanes, planes, 1)"),
                           ("self.shortcut = downsample",
                            "self.shortcut, self.step = downsample, stride"),
                           ("self.second(h)",
                            "self.second(F.max_pool2d(h, self.step, ceil_mode=True))")],
            "sequential": [("stride=stride, ", ""),
                           ("            nn.ReLU(),\n",
                            "            nn.ReLU(),\n"
                            "            nn.MaxPool2d(stride, stride, ceil_mode=True),\n")],
        },
    ),
    Mistake(
        "second-takes-inplanes",
        "The second convolution is built for `inplanes` channels.",
        "It reads what the first one puts out. Where the block keeps its channels, nobody notices.",
        "04 §8",
        "How many channels come out of the first convolution?",
        {
            "plain": [("nn.Conv2d(planes, planes,", "nn.Conv2d(inplanes, planes,")],
            "functional": [("three(planes, planes,", "three(inplanes, planes,")],
            "sequential": [("nn.Conv2d(planes, planes,", "nn.Conv2d(inplanes, planes,")],
        },
    ),
    Mistake(
        "first-channels-swapped",
        "The first convolution is built from `planes` to `inplanes` channels, the wrong way round.",
        "The first number is what a convolution reads, the second what it puts out. Where both are "
        "the same, nobody notices.",
        "02 §4",
        "What do the first two numbers stand for that `nn.Conv2d` takes?",
        {
            "plain": [("nn.Conv2d(inplanes, planes,", "nn.Conv2d(planes, inplanes,")],
            "functional": [("three(inplanes, planes, stride)", "three(planes, inplanes, stride)")],
            "sequential": [("nn.Conv2d(inplanes, planes,", "nn.Conv2d(planes, inplanes,")],
        },
    ),
    Mistake(
        "first-norm-for-inplanes",
        "The first norm is built for `inplanes` channels.",
        "A norm stands behind its convolution and needs as many channels as come out of it.",
        "04 §8",
        "How many channels does the first norm get to see?",
        {
            "plain": [("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)")],
            "functional": [("self.first_norm = norm(planes)", "self.first_norm = norm(inplanes)")],
            "sequential": [(S_FIRST, "            norm_layer(inplanes),\n"
                                     "            nn.ReLU(),\n")],
        },
    ),
    Mistake(
        "second-norm-for-inplanes",
        "The second norm is built for `inplanes` channels.",
        "Behind both convolutions there are `planes` channels. Where the block keeps them, nobody "
        "notices.",
        "04 §8",
        "How many channels does the second norm get to see?",
        {
            "plain": [("self.bn2 = norm_layer(planes)", "self.bn2 = norm_layer(inplanes)")],
            "functional": [("self.second_norm = norm(planes)",
                            "self.second_norm = norm(inplanes)")],
            "sequential": [(S_SECOND, "            norm_layer(inplanes),\n        )")],
        },
    ),
    Mistake(
        "norms-for-inplanes",
        "Both norms are built for `inplanes` channels.",
        "Both stand behind a convolution that puts out `planes`.",
        "04 §8",
        "What is the number of channels behind each of your convolutions?",
        {
            "plain": [("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)"),
                      ("self.bn2 = norm_layer(planes)", "self.bn2 = norm_layer(inplanes)")],
            "functional": [("self.first_norm = norm(planes)", "self.first_norm = norm(inplanes)"),
                           ("self.second_norm = norm(planes)",
                            "self.second_norm = norm(inplanes)")],
            "sequential": [(S_FIRST, "            norm_layer(inplanes),\n"
                                     "            nn.ReLU(),\n"),
                           (S_SECOND, "            norm_layer(inplanes),\n        )")],
        },
    ),
    Mistake(
        "second-reads-the-input",
        "The second convolution reads the block's input, not what the first one has made.",
        "The work of the first convolution is thrown away; with a stride or new channels it fails.",
        "04 §2",
        "Where does the output of the first ReLU go?",
        {
            "plain": [("self.conv2(out)", "self.conv2(x)")],
            "functional": [("self.second(h)", "self.second(x)")],
            "sequential": [("        " + S_LAST, """        self.body[:3](x)
        return torch.relu(torch.add(self.side(x), self.body[3:](x)))""")],
        },
    ),
    Mistake(
        "first-convolution-twice",
        "One convolution is used twice, the other one never.",
        "One set of weights does both jobs, and with a stride or new channels it cannot.",
        "04 §2",
        "Which of your convolutions is never called?",
        {
            "plain": [("self.conv2(out)", "self.conv1(out)")],
            "functional": [("self.second(h)", "self.first(h)")],
            "sequential": [("        " + S_LAST,
                            """        first, norm, relu, second, last = self.body
        y = last(first(relu(norm(first(x)))))
        return torch.relu(self.side(x) + y)""")],
        },
    ),
    Mistake(
        "second-convolution-never-called",
        "The second convolution is never called: its norm reads the output of the ReLU.",
        "With equal channels no shape tells. A layer that forward does not call has no effect and "
        "gets no gradient.",
        "04 §2",
        "Does every layer of your constructor appear in your forward?",
        {
            "plain": [("        out = self.conv2(out)\n", "")],
            "functional": [("self.second(h)", "h")],
            "sequential": [("self.body(x)", "self.body[4](self.body[:3](x))")],
        },
    ),
    Mistake(
        "second-half-never-called",
        "The second convolution and its norm are never called.",
        "The branch then ends behind its first ReLU, so it has one layer and cannot subtract.",
        "04 §2",
        "What does your forward do between its first ReLU and the addition?",
        {
            "plain": [("        out = self.conv2(out)\n        out = self.bn2(out)\n", ""),
                      ("out += identity", "out = out + identity")],
            "functional": [("        h = self.second_norm(self.second(h))\n", "")],
            "sequential": [("self.body(x)", "self.body[:3](x)")],
        },
    ),
    Mistake(
        "first-half-never-called",
        "The first convolution and its norm are never called.",
        "The branch then begins with the second convolution, which is built for `planes` channels "
        "and does not stride.",
        "04 §2",
        "Which of the layers that you built does the input pass first?",
        {
            "plain": [("        out = self.conv1(x)\n        out = self.bn1(out)\n"
                       "        out = self.relu(out)\n        out = self.conv2(out)\n",
                       "        out = self.conv2(x)\n")],
            "functional": [("        h = F.relu(self.first_norm(self.first(x)))\n", ""),
                           ("self.second(h)", "self.second(x)")],
            "sequential": [("self.body(x)", "self.body[3:](x)")],
        },
    ),
    Mistake(
        "first-convolution-never-called",
        "The first convolution is never called: its norm reads the input.",
        "Where the channels and the grid stay, nothing fails, and the block has one layer less.",
        "04 §2",
        "What happens to x in your forward before the first norm?",
        {
            "plain": [("        out = self.conv1(x)\n        out = self.bn1(out)\n",
                       "        out = self.bn1(x)\n")],
            "functional": [("self.first_norm(self.first(x))", "self.first_norm(x)")],
            "sequential": [("self.body(x)", "self.body[1:](x)")],
        },
    ),
    Mistake(
        "convolutions-in-the-wrong-order",
        "The two convolutions are called in the wrong order.",
        "The one for the input's channels, with the stride, has to come first. Where both are "
        "alike, nobody notices.",
        "04 §2",
        "Which of your two convolutions is built for the channels of the input?",
        {
            "plain": [("self.conv1(x)", "self.conv2(x)"), ("self.conv2(out)", "self.conv1(out)")],
            "functional": [("self.first(x)", "self.second(x)"),
                           ("self.second(h)", "self.first(h)")],
            "sequential": [("        " + S_LAST, """        one, norm, relu, two, last = self.body
        y = last(one(relu(norm(two(x)))))
        return torch.relu(self.side(x) + y)""")],
        },
    ),
    Mistake(
        "second-kernel-of-one",
        "The second convolution is a 1×1.",
        "It sees no neighbour and has a ninth of the weights.",
        "04 §8",
        "What do the two convolutions of this block have in common?",
        {
            "plain": [("planes, planes, 3, 1, 1, bias", "planes, planes, 1, bias")],
            "functional": [("three(planes, planes, 1)",
                            "nn.Conv2d(planes, planes, 1, bias=False)")],
            "sequential": [('planes, (3, 3), padding="same"', "planes, (1, 1)")],
        },
    ),
    Mistake(
        "third-convolution",
        "The branch has three convolutions.",
        "The basic block has two. The block with three is the bottleneck, and two of its are 1×1.",
        "04 §2",
        "Count: how many convolutions has ResNet-18 in its eight blocks?",
        {
            "plain": [(P_INIT, P_INIT +
                       """        self.conv3 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn3 = norm_layer(planes)
"""), ("        out = self.bn2(out)\n", """        out = self.bn2(out)
        out = self.relu(out)
        out = self.bn3(self.conv3(out))
""")],
            "functional": [("self.shortcut = downsample", """self.shortcut = downsample
        self.third, self.third_norm = three(planes, planes, 1), norm(planes)"""),
                           ("h = self.second_norm(self.second(h))",
                            "h = F.relu(self.second_norm(self.second(h)))\n"
                            "        h = self.third_norm(self.third(h))")],
            "sequential": [(S_SECOND, f"            norm_layer(planes),\n            nn.ReLU(),\n"
                                      f"            {S_CONV},\n{S_SECOND}")],
        },
    ),
    Mistake(
        "sum-one-layer-early",
        "The shortcut is added behind the first convolution.",
        "It then passes the second one like everything else, and no road leads around it.",
        "04 §2",
        "How many layers lie between your addition and the output?",
        {
            "plain": [(P_BRANCH + "        out += identity\n", ""),
                      ("        out = self.relu(out)\n        out = self.conv2",
                       P_BRANCH + "        out += identity\n        out = self.relu(out)\n"
                                  "        out = self.conv2")],
            "functional": [("F.relu(self.first_norm(self.first(x)))",
                            "F.relu(self.first_norm(self.first(x)) + skip)"),
                           (F_LAST, "return F.relu(h)")],
            "sequential": [("        " + S_LAST,
                            """        y = torch.relu(self.body[:2](x) + self.side(x))
        return torch.relu(self.body[3:](y))""")],
        },
    ),
    Mistake(
        "shortcut-added-twice",
        "The shortcut is added twice.",
        "It doubles what passes by, in every block again, until a norm in a projection resets "
        "it.",
        "01 §7",
        "By which factor does a silent branch change its input in your block?",
        {
            "plain": [("        out += identity\n",
                       "        out += identity\n        out += identity\n")],
            "functional": [("h + skip", "h + skip + skip")],
            "sequential": [(S_SUM, "(self.body(x) + 2 * self.side(x))")],
        },
    ),
    Mistake(
        "mean-instead-of-sum",
        "The two terms are averaged, not added.",
        "Half of what passes by is lost in each block, so a long stage forgets what came in.",
        "01 §7",
        "With a branch of zeros, does your block hand its input on?",
        {
            "plain": [("out += identity", "out = (out + identity) / 2")],
            "functional": [("h + skip", "(h + skip) / 2")],
            "sequential": [(S_SUM, "0.5 * (self.body(x) + self.side(x))")],
        },
    ),
    Mistake(
        "product-instead-of-sum",
        "The two terms are multiplied, not added.",
        "Where one of them is 0, nothing passes, and no gradient reaches the other.",
        "04 §7",
        "With a branch of zeros, what should come out?",
        {
            "plain": [("out += identity", "out = out * identity")],
            "functional": [("h + skip", "h * skip")],
            "sequential": [("torch.add(", "torch.mul(")],
        },
    ),
    Mistake(
        "shortcut-subtracted",
        "The shortcut is subtracted, not added.",
        "A silent branch then hands on the negative of its input, and the ReLU makes zeros of it.",
        "04 §2",
        "Which sign has the input in your sum?",
        {
            "plain": [("out += identity", "out -= identity")],
            "functional": [("h + skip", "h - skip")],
            "sequential": [(S_SUM, "(self.body(x) - self.side(x))")],
        },
    ),
    Mistake(
        "concatenated",
        "The two terms are put side by side, not added.",
        "The block puts out twice the channels that the next one expects. Another family of "
        "networks "
        "does that.",
        "04 §2",
        "How many channels has the output of your block?",
        {
            "plain": [("out += identity", "out = torch.cat([out, identity], dim=1)")],
            "functional": [("h + skip", "torch.cat((h, skip), 1)")],
            "sequential": [(S_SUM, "torch.cat((self.body(x), self.side(x)), dim=1)")],
        },
    ),
    Mistake(
        "returns-a-pair",
        "The block returns a tuple, not one tensor.",
        "The next block takes one tensor, so a stage of such blocks stops at the second.",
        "04 §2",
        "What does the block behind this one need?",
        {
            "plain": [("return out", "return out, identity")],
            "functional": [(F_LAST, "return F.relu(h + skip), skip")],
            "sequential": [(S_LAST, S_LAST + ", x")],
        },
    ),
    Mistake(
        "sum-into-the-input",
        "The addition writes into the block's input.",
        "The shortcut may be the caller's own tensor, as where `downsample` hands its input on. It "
        "is overwritten while the first convolution still needs it for the backward pass.",
        "04 §6",
        "Whose tensor stands at the left of your addition?",
        {
            "plain": [("        out += identity\n" + P_LAST, "        identity += out\n"
                                                             "        return F.relu(identity)")],
            "functional": [(F_LAST, "skip += h\n        return F.relu(skip)")],
            "sequential": [("        " + S_LAST, """        side = self.side(x)
        side += self.body(x)
        return torch.relu(side)""")],
        },
    ),
    Mistake(
        "relu-into-the-input",
        "A ReLU in place stands on the block's input and overwrites it.",
        "The shortcut then carries the overwritten values, and so does whoever handed the tensor "
        "in.",
        "03 §7",
        "Has the tensor that came in the same values when the block is done?",
        {
            "plain": [("self.conv1(x)", "self.conv1(F.relu(x, inplace=True))")],
            "functional": [(F_SKIP, "        F.relu(x, inplace=True)\n" + F_SKIP)],
            "sequential": [("        " + S_LAST, "        x.relu_()\n        " + S_LAST)],
        },
    ),
    Mistake(
        "relu-on-the-input",
        "The branch begins with a ReLU.",
        "It comes too much: behind a stem or a block the input has been through one already.",
        "04 §2",
        "Which layer of the branch should read the input first?",
        {
            "plain": [("self.conv1(x)", "self.conv1(F.relu(x))")],
            "functional": [("self.first(x)", "self.first(F.relu(x))")],
            "sequential": [("nn.Sequential(\n", "nn.Sequential(\n            nn.ReLU(),\n")],
        },
    ),
    Mistake(
        "relu-on-both-paths",
        "The input passes a ReLU before branch and shortcut part.",
        "It is not for the block to do: the shortcut hands its input on as it came, negative "
        "numbers too.",
        "04 §2",
        "What does your forward do to x before anything else?",
        {
            "plain": [("        identity = x\n", "        x = F.relu(x)\n        identity = x\n")],
            "functional": [(F_SKIP, "        x = F.relu(x)\n" + F_SKIP)],
            "sequential": [("        " + S_LAST, "        x = torch.relu(x)\n        " + S_LAST)],
        },
    ),
    Mistake(
        "relu-made-not-called",
        "A ReLU module is made of the tensor, and not applied to it.",
        "What stands in the brackets of `nn.ReLU` is its option `inplace`. Out comes a module, "
        "which the next layer cannot read.",
        "04 §3",
        "Which of the two takes a tensor: `nn.ReLU` itself, or what it makes?",
        {
            "plain": [("        out = self.bn1(out)\n        out = self.relu(out)\n",
                       "        out = self.bn1(out)\n        out = nn.ReLU(out)\n"),
                      (P_LAST, "        return nn.ReLU(out)")],
            "functional": [("F.relu(self.first_norm", "nn.ReLU(self.first_norm"),
                           (F_LAST, "return nn.ReLU(h + skip)")],
            "sequential": [("        " + S_LAST, """        y = nn.ReLU(self.body[:2](x))
        y = self.body[3:](y)
        return nn.ReLU(self.side(x) + y)""")],
        },
    ),
    Mistake(
        "last-relu-made-not-called",
        "What comes back is a ReLU module, not a tensor.",
        "A module is no tensor. It hands one back when it is called with one; the class `nn.ReLU` "
        "only makes such a module.",
        "04 §3",
        "What is called with the sum in your last line: a finished ReLU, the class, or nothing?",
        {
            "plain": [(P_LAST, "        return nn.ReLU(out)")],
            "functional": [(F_LAST, "return nn.ReLU(h + skip)")],
            "sequential": [(S_LAST, f"return nn.ReLU({S_SUM})")],
        },
    ),
    Mistake(
        "returns-after-the-first-layer",
        "forward returns when only the first convolution has run.",
        "A `return` ends a function wherever it stands: inside a loop, in its first round.",
        "04 §3",
        "How far is the last line of your forward indented?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(x)\n        return out\n")],
            "functional": [(F_SKIP, F_SKIP + "        for layer in (self.first, self.first_norm):\n"
                            "            return layer(x)\n")],
            "sequential": [("        " + S_LAST, """        y = x
        for layer in self.body:
            y = layer(y)
            return y""")],
        },
    ),
    Mistake(
        "sum-after-the-first-layer",
        "The sum is made and returned when only the first convolution has run.",
        "Sum and `return` stand inside the loop over the layers, so its first round is the last.",
        "04 §3",
        "Which of your lines belong behind the loop and not into it?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(x)\n        if self.downsample is not None:\n"
                       "            return F.relu(out + self.downsample(identity))\n"
                       "        return F.relu(out + identity)\n")],
            "functional": [(F_SKIP, F_SKIP + "        for layer in (self.first, self.first_norm):\n"
                            "            return F.relu(layer(x) + skip)\n")],
            "sequential": [("        " + S_LAST, """        y = x
        for layer in self.body:
            y = layer(y)
            return torch.relu(self.side(x) + y)""")],
        },
    ),
    Mistake(
        "returns-after-the-first-norm",
        "forward returns behind the first norm: the second convolution never runs.",
        "Where convolutions and norms are called in a loop, a `return` that is indented as far as "
        "they are ends it in the first round.",
        "04 §3",
        "Which lines of your forward are never reached?",
        {
            "plain": [("        out = self.bn1(out)\n",
                       "        out = self.bn1(out)\n        return out\n")],
            "functional": [(F_SKIP, F_SKIP + "        for conv, norm in [(self.first, "
                            "self.first_norm)]:\n            return norm(conv(x))\n")],
            "sequential": [(S_LAST, "return self.body[:2](x)")],
        },
    ),
    Mistake(
        "sum-after-the-first-norm",
        "The sum is made behind the first norm: the second convolution never runs.",
        "The addition and the `return` belong behind the loop over the layers; inside it they end "
        "it in its first round.",
        "04 §3",
        "How many convolutions have run when your addition is made?",
        {
            "plain": [("        out = self.bn1(out)\n",
                       "        out = self.bn1(out)\n        if self.downsample is not None:\n"
                       "            return F.relu(out + self.downsample(identity))\n"
                       "        return F.relu(out + identity)\n")],
            "functional": [("        h = self.second_norm(self.second(h))\n", ""),
                           ("F.relu(self.first_norm(self.first(x)))",
                            "self.first_norm(self.first(x))")],
            "sequential": [("self.body(x)", "self.body[:2](x)")],
        },
    ),
    Mistake(
        "sum-past-autograd",
        "The shortcut is added where autograd does not see it, as by `.data` or `.detach()`.",
        "The values are right, but what is cut off hands no gradient back, and a short way for it "
        "is what a shortcut is for.",
        "04 §7",
        "Along how many ways does the gradient reach the input of your block?",
        {
            "plain": [("out += identity", "out += identity.data")],
            "functional": [("h + skip", "h + skip.detach()")],
            "sequential": [("self.side(x)", "self.side(x).data")],
        },
    ),
    Mistake(
        "no-gradients",
        "The forward runs without gradients.",
        "The values are right, and nothing in the block can be trained.",
        "04 §7",
        "Has the output of your block a `grad_fn`?",
        {
            "plain": [("    def forward", "    @torch.no_grad()\n    def forward")],
            "functional": [("    def forward", "    @torch.no_grad()\n    def forward")],
            "sequential": [("        " + S_LAST, "        with torch.no_grad():\n"
                                                 "            " + S_LAST)],
        },
    ),
    Mistake(
        "layers-in-a-list",
        "Layers are kept in a plain list or dict, so the block does not know them.",
        "A module finds its layers only as attributes or in a `ModuleList`: these are in no "
        "`parameters()`, are not trained, and never switch to evaluation mode.",
        "04 §3",
        "How many parameters does the block say that it has?",
        {
            "plain": [("self.conv1 = nn", "conv1 = nn"), ("self.bn1 = norm", "bn1 = norm"),
                      ("self.conv2 = nn", "conv2 = nn"), ("self.bn2 = norm", "bn2 = norm"),
                      (P_INIT, P_INIT + "        self.layers = [conv1, bn1, conv2, bn2]\n"),
                      ("self.conv1(x)", "self.layers[0](x)"),
                      ("self.bn1(out)", "self.layers[1](out)"),
                      ("self.conv2(out)", "self.layers[2](out)"),
                      ("self.bn2(out)", "self.layers[3](out)")],
            "functional": [("self.first = three", "first = three"),
                           ("self.first_norm = norm", "first_norm = norm"),
                           ("self.second = three", "second = three"),
                           ("self.second_norm = norm", "second_norm = norm"),
                           ("self.shortcut = downsample", """self.shortcut = downsample
        self.steps = [(first, first_norm), (second, second_norm)]"""),
                           ("        h = F.relu(self.first_norm(self.first(x)))\n"
                            "        h = self.second_norm(self.second(h))",
                            "        (a, b), (c, d) = self.steps\n"
                            "        h = d(c(F.relu(b(a(x)))))")],
            "sequential": [("self.body = nn.Sequential(", "self.body = ("),
                           ("        " + S_LAST, """        y = x
        for layer in self.body:
            y = layer(y)
        return torch.relu(self.side(x) + y)""")],
        },
    ),
    Mistake(
        "layer-made-in-forward",
        "A convolution is built in the forward, anew at every call.",
        "Each call has other weights, and none of them is ever trained.",
        "04 §3",
        "Do two calls with the same input give the same output?",
        {
            "plain": [("self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)",
                       "self.sizes = inplanes, planes, 3, stride, 1"),
                      ("self.conv1(x)", "nn.Conv2d(*self.sizes, bias=False)(x)")],
            "functional": [("self.first = three(inplanes, planes, stride)",
                            "self.first = lambda x: three(inplanes, planes, stride)(x)")],
            "sequential": [("            nn.Conv2d(inplanes, planes, (3, 3), stride=stride, "
                            "padding=(1, 1), bias=False),\n", ""),
                           ("        self.side =",
                            "        self.sizes = inplanes, planes, 3, stride, 1\n"
                            "        self.side ="),
                           ("self.body(x)", "self.body(nn.Conv2d(*self.sizes, bias=False)(x))")],
        },
    ),
    Mistake(
        "dropout-inside",
        "The block draws random numbers in training, as a dropout does.",
        "In evaluation mode nothing of it shows. In training each call gives other values, and the "
        "blocks of the paper have nothing random in them.",
        "03 §5",
        "Which of your layers behaves differently in training, apart from the norms?",
        {
            "plain": [(P_INIT, P_INIT + "        self.drop = nn.Dropout(0.5)\n"),
                      ("self.conv2(out)", "self.conv2(self.drop(out))")],
            "functional": [("self.second(h)", "self.second(F.dropout(h, 0.5, self.training))")],
            "sequential": [("            nn.ReLU(),\n",
                            "            nn.ReLU(),\n            nn.Dropout(),\n")],
        },
    ),
    Mistake(
        "dropout-always",
        "Random numbers are drawn in evaluation mode, too.",
        "A dropout that is not told of the mode goes on for ever, and no two predictions agree.",
        "03 §2",
        "Which of your calls draws, and who tells it in which mode the block is?",
        {
            "plain": [("self.conv2(out)", "self.conv2(F.dropout(out, 0.5))")],
            "functional": [("self.second(h)", "self.second(F.dropout(h))")],
            "sequential": [("self.body(x)))", "F.dropout(self.body(x), 0.3, True)))")],
        },
    ),
    Mistake(
        "left-out-by-chance",
        "In training the branch is left out now and then, by chance.",
        "That is another network, with stochastic depth. Every block of a ResNet is passed by "
        "every image.",
        "03 §2",
        "On what does it depend, in training, whether your two convolutions are used?",
        {
            "plain": [("        out += identity\n",
                       "        if self.training and torch.rand(1).item() < 0.3:\n"
                       "            out = torch.zeros_like(out)\n        out += identity\n")],
            "functional": [("        " + F_LAST,
                            "        if self.training and torch.rand(()) < 0.2:\n"
                            "            h = 0 * h\n        " + F_LAST)],
            "sequential": [("        " + S_LAST,
                            """        if self.training and torch.randint(4, (1,)) == 0:
            return torch.relu(self.side(x))
        """ + S_LAST)],
        },
    ),
    Mistake(
        "norms-kept-in-training",
        "A norm, or more than one, is switched to training mode in every forward.",
        "At inference they use the batch, so the answer for an image depends on the images "
        "beside it, "
        "and the running statistics go on moving.",
        "03 §2",
        "Who decides whether the block trains: the forward, or the one who calls it?",
        {
            "plain": [("self.bn1(out)", "self.bn1.train()(out)"),
                      ("self.bn2(out)", "self.bn2.train()(out)")],
            "functional": [("self.first_norm(self.first(x))",
                            "self.first_norm.train()(self.first(x))"),
                           ("self.second_norm(self.second(h))",
                            "self.second_norm.train()(self.second(h))")],
            "sequential": [("self.body(x)", "self.body.train()(x)")],
        },
    ),
    Mistake(
        "norms-kept-in-evaluation",
        "A norm, or more than one, is switched to evaluation mode in every forward.",
        "They never look at a batch and never move their running statistics, so training starts "
        "and "
        "stays with mean 0 and variance 1.",
        "03 §2",
        "Do the running statistics move when the block is in training mode?",
        {
            "plain": [("self.bn1(out)", "self.bn1.eval()(out)"),
                      ("self.bn2(out)", "self.bn2.eval()(out)")],
            "functional": [("self.first_norm(self.first(x))",
                            "self.first_norm.eval()(self.first(x))"),
                           ("self.second_norm(self.second(h))",
                            "self.second_norm.eval()(self.second(h))")],
            "sequential": [("self.body(x)", "self.body.eval()(x)")],
        },
    ),
    Mistake(
        "no-running-statistics",
        "The norms keep no running statistics.",
        "At inference they use the batch, so an image is judged by its neighbours.",
        "03 §2",
        "What should a norm use for a single image at inference?",
        default_norm("functools.partial(nn.BatchNorm2d, track_running_stats=False)"),
    ),
    Mistake(
        "norms-without-weights",
        "The norms have no weight and no bias.",
        "Every channel is forced to mean 0 and deviation 1, and a branch can no longer be "
        "silenced.",
        "03 §1",
        "How many parameters has a norm for 64 channels?",
        default_norm("functools.partial(nn.BatchNorm2d, affine=False)"),
    ),
    Mistake(
        "other-momentum",
        "The momentum of the norms is not torch's.",
        "Neither mode shows it in its values: only the running statistics move at another pace. In "
        "torch the number is the share of the new batch.",
        "03 §2",
        "How large a part of the running mean should one batch replace?",
        default_norm("functools.partial(nn.BatchNorm2d, momentum=0.9)"),
    ),
    Mistake(
        "other-eps",
        "The eps of the norms is not torch's.",
        "The outputs differ a little in every layer, most where a channel hardly varies.",
        "03 §1",
        "Which number does `nn.BatchNorm2d` add to the variance by itself?",
        default_norm("functools.partial(nn.BatchNorm2d, eps=1e-3)"),
    ),
    Mistake(
        "instance-norm-with-weights",
        "InstanceNorm with weight and bias is used where BatchNorm belongs.",
        "It takes mean and variance of every image and channel by itself, in both modes; BatchNorm "
        "takes them of a batch.",
        "04 §3",
        "How many means does your norm take of a batch of two images with four channels?",
        default_norm("functools.partial(nn.InstanceNorm2d, affine=True)"),
    ),
    Mistake(
        "eval-leaves-parts-out",
        "After `eval()` parts of the block are still in training mode.",
        "A module's own `eval()` reaches all its parts. A method of that name, or one called "
        "`train`, in a class takes its place.",
        "03 §2",
        "Which methods besides the constructor and `forward` has your class?",
        methods("    def eval(self):\n        return self\n"),
    ),
    Mistake(
        "train-leaves-parts-out",
        "After `train()` parts of the block are still in evaluation mode.",
        "A module's own `train()` reaches all its parts. To freeze some is for whoever trains the "
        "network, not for the block.",
        "03 §2",
        "What does your class do when the network that holds it is put into training mode?",
        methods("    def train(self, mode=True):\n        super().train(mode)\n"
                "        for part in self.modules():\n"
                "            if isinstance(part, nn.BatchNorm2d):\n"
                "                part.eval()\n        return self\n"),
    ),
    Mistake(
        "instance-norm",
        "InstanceNorm is used where BatchNorm belongs.",
        "It treats every image by itself, and as it is made here it has neither weights nor "
        "statistics.",
        "03 §1",
        "Over which axes does the norm of this block take its mean?",
        default_norm("nn.InstanceNorm2d"),
    ),
    Mistake(
        "norm-layer-ignored",
        "`norm_layer` is accepted and not used.",
        "Whoever asks for another norm gets BatchNorm, without a word.",
        "03 §5",
        "Which norm has a block that was built with `norm_layer` set to a GroupNorm?",
        {
            "plain": [("self.bn1 = norm_layer(planes)", "self.bn1 = nn.BatchNorm2d(planes)"),
                      ("self.bn2 = norm_layer(planes)", "self.bn2 = nn.BatchNorm2d(planes)")],
            "functional": [(F_NORM, "norm = nn.BatchNorm2d")],
            "sequential": [(S_NORM, "norm_layer = nn.BatchNorm2d")],
        },
    ),
    Mistake(
        "norm-layer-once",
        "`norm_layer` is used for the first norm only.",
        "The second is a BatchNorm whatever was asked for.",
        "03 §5",
        "Which of your norms names its class, and which uses the argument?",
        {
            "plain": [("self.bn2 = norm_layer(planes)", "self.bn2 = nn.BatchNorm2d(planes)")],
            "functional": [("self.second_norm = norm(", "self.second_norm = nn.BatchNorm2d(")],
            "sequential": [(S_SECOND, "            nn.BatchNorm2d(planes),\n        )")],
        },
    ),
    Mistake(
        "none-is-called",
        "A `norm_layer` of None is called as if it were a norm.",
        "None stands for the usual norm, and a network may hand it through to its blocks.",
        "03 §5",
        "What does None mean for `norm_layer`?",
        {
            "plain": [("norm_layer=None)", "norm_layer=nn.BatchNorm2d)"),
                      ("        if norm_layer is None:\n" + P_NORM + "\n", "")],
            "functional": [("norm_layer=None)", "norm_layer=nn.BatchNorm2d)"),
                           (F_NORM, "norm = norm_layer")],
            "sequential": [(f"        {S_NORM}\n", "")],
        },
    ),
    Mistake(
        "none-is-never-replaced",
        "`norm_layer` is None where it is left out, and nothing is put in its place.",
        "None makes no norms. It is a default that says: take the usual ones.",
        "03 §5",
        "What is `norm_layer` in your constructor when nobody hands one over?",
        {
            "plain": [("        if norm_layer is None:\n" + P_NORM + "\n", "")],
            "functional": [(F_NORM, "norm = norm_layer")],
            "sequential": [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
                           (f"        {S_NORM}\n", "")],
        },
    ),
    Mistake(
        "expansion-of-four",
        "`expansion` is 4.",
        "It tells a stage that the block puts out four times `planes` channels. That is true of "
        "the "
        "bottleneck.",
        "04 §10",
        "How many channels does your block put out when `planes` is 64?",
        {s: [("expansion: int = 1" if s == "functional" else "expansion = 1",
              "expansion = 4")] for s in ("plain", "functional", "sequential")},
    ),
    Mistake(
        "expansion-missing",
        "The class has no attribute `expansion`.",
        "A stage asks the class for it before there is any block.",
        "04 §10",
        "How does a stage learn how many channels a block puts out?",
        {
            "plain": [("    expansion = 1\n", "")],
            "functional": [("    expansion: int = 1\n", "")],
            "sequential": [("    expansion = 1\n", ""),
                           ("        super().__init__()\n",
                            "        super().__init__()\n        self.expansion = 1\n")],
        },
    ),
    Mistake(
        "dilation-accepted",
        "The constructor accepts a dilation of 2.",
        "torchvision's basic block has no dilated form; who asks for one should learn it when the "
        "block is built.",
        "04 §10",
        "What does your block do when it is asked for something that it cannot do?",
        {
            "plain": [('        if dilation > 1:\n'
                       '            raise NotImplementedError("only dilation=1")\n', "")],
            "functional": [('        if dilation != 1:\n'
                            '            raise NotImplementedError(f"dilation {dilation}")\n', "")],
            "sequential": [('        if dilation > 1:\n'
                            '            raise NotImplementedError("no dilation")\n', "")],
        },
    ),
    Mistake(
        "groups-accepted",
        "The constructor accepts more than one group.",
        "torchvision's basic block has no grouped form: those networks are made of bottlenecks.",
        "04 §10",
        "Which of the four last arguments does your block look at?",
        {
            "plain": [("if groups != 1 or base_width", "if base_width")],
            "functional": [("(groups, base_width) != (1, 64)", "base_width != 64")],
            "sequential": [("groups > 1 or base_width", "base_width")],
        },
    ),
    Mistake(
        "groups-refused-only-at-2",
        "The constructor refuses two groups, and accepts four.",
        "Only 1 is possible here, so every other number is to be refused.",
        "04 §10",
        "Which numbers of groups does your condition name, and which are there?",
        {
            "plain": [("if groups != 1 or", "if groups == 2 or")],
            "functional": [("(groups, base_width) != (1, 64)", "groups == 2 or base_width != 64")],
            "sequential": [("if groups > 1 or", "if groups == 2 or")],
        },
    ),
    Mistake(
        "dilation-refused-only-at-2",
        "The constructor refuses a dilation of 2, and accepts a larger one.",
        "Only 1 is possible here, so every larger number is to be refused.",
        "04 §10",
        "For which dilations is your condition true: for 2, for 3, for 4?",
        {
            "plain": [("if dilation > 1:", "if dilation == 2:")],
            "functional": [("if dilation != 1:", "if dilation == 2:")],
            "sequential": [("if dilation > 1:", "if dilation == 2:")],
        },
    ),
    Mistake(
        "width-accepted",
        "The constructor accepts a `base_width` above 64.",
        "A wide ResNet is made of bottlenecks; the basic block has no wide form.",
        "04 §10",
        "What should a basic block say to a `base_width` of 128?",
        {
            "plain": [("groups != 1 or base_width != 64", "groups != 1")],
            "functional": [("(groups, base_width) != (1, 64)", "groups != 1")],
            "sequential": [("groups > 1 or base_width != 64", "groups > 1")],
        },
    ),
    Mistake(
        "narrow-width-accepted",
        "The constructor accepts a `base_width` below 64.",
        "Only 64 is a basic block. A test for larger numbers lets the smaller ones pass.",
        "04 §10",
        "Which numbers fail your test, and which does it not look at?",
        {
            "plain": [("base_width != 64", "base_width > 64")],
            "functional": [("(groups, base_width) != (1, 64)", "groups != 1 or base_width > 64")],
            "sequential": [("base_width != 64", "base_width > 64")],
        },
    ),
    Mistake(
        "groups-and-width-accepted",
        "The constructor refuses neither more groups nor another `base_width`.",
        "Both belong to other networks; the basic block has a form for neither.",
        "04 §10",
        "Which arguments can a basic block not honour?",
        {
            "plain": [('        if groups != 1 or base_width != 64:\n'
                       '            raise ValueError("only groups=1 and base_width=64")\n', "")],
            "functional": [('        if (groups, base_width) != (1, 64):\n'
                            '            raise ValueError(f"{groups} groups of width '
                            '{base_width}")\n', "")],
            "sequential": [('        if groups > 1 or base_width != 64:\n'
                            '            raise ValueError("no groups, no other width")\n', "")],
        },
    ),
    Mistake(
        "refused-only-together",
        "The constructor refuses groups and `base_width` only when both are wrong at once.",
        "With `and` both conditions must hold; one wrong argument alone passes.",
        "04 §10",
        "Which word joins the two conditions, and when is the whole then true?",
        {
            "plain": [("groups != 1 or base_width", "groups != 1 and base_width")],
            "functional": [("(groups, base_width) != (1, 64)", "groups != 1 and base_width != 64")],
            "sequential": [("groups > 1 or base_width", "groups > 1 and base_width")],
        },
    ),
    Mistake(
        "refused-only-all-together",
        "The constructor refuses groups, `base_width` and dilation only when all three are wrong.",
        "One condition that joins the three by `and` is false as soon as one of them is right.",
        "04 §10",
        "When is a condition true whose parts are joined by `and`?",
        {
            "plain": [("if groups != 1 or base_width != 64:",
                       "if groups != 1 and base_width != 64 and dilation != 1:"),
                      ("if dilation > 1:", "if False:")],
            "functional": [("if (groups, base_width) != (1, 64):",
                            "if groups != 1 and base_width != 64 and dilation > 1:"),
                           ("if dilation != 1:", "if False:")],
            "sequential": [("if groups > 1 or base_width != 64:",
                            "if groups > 1 and base_width != 64 and dilation > 1:"),
                           ("if dilation > 1:", "if False:")],
        },
    ),
    Mistake(
        "refusals-joined-and-no-dilation",
        "The constructor refuses groups and `base_width` only when both are wrong, and accepts a "
        "dilation.",
        "Each of the three is a reason by itself.",
        "04 §10",
        "Which three arguments must your block look at, and does one wrong one suffice?",
        {
            "plain": [("if groups != 1 or base_width != 64:",
                       "if groups != 1 and base_width != 64:"), ("if dilation > 1:", "if False:")],
            "functional": [("if (groups, base_width) != (1, 64):",
                            "if groups != 1 and base_width != 64:"),
                           ("if dilation != 1:", "if False:")],
            "sequential": [("if groups > 1 or base_width != 64:",
                            "if groups > 1 and base_width != 64:"),
                           ("if dilation > 1:", "if False:")],
        },
    ),
    Mistake(
        "nothing-refused",
        "The constructor refuses nothing: not groups, not another width, not a dilation.",
        "Who asks for a variant that the block does not have should learn it when the block is "
        "built.",
        "04 §10",
        "Which of your lines can raise an exception, and for which arguments?",
        {
            "plain": [("if groups != 1 or base_width != 64:", "if False:"),
                      ("if dilation > 1:", "if False:")],
            "functional": [("if (groups, base_width) != (1, 64):", "if False:"),
                           ("if dilation != 1:", "if False:")],
            "sequential": [("if groups > 1 or base_width != 64:", "if False:"),
                           ("if dilation > 1:", "if False:")],
        },
    ),
    Mistake(
        "channels-are-floats",
        "A number of channels is a float.",
        "In Python a division with one slash gives a float, even when it comes out even, and no "
        "layer has 64.0 channels.",
        "04 §8",
        "Of which type are the numbers that you hand to your layers?",
        {s: [("        super().__init__()\n",
              "        super().__init__()\n        planes = planes / 1\n")]
         for s in ("plain", "functional", "sequential")},
    ),
    Mistake(
        "super-missing",
        "The constructor of `nn.Module` is never called.",
        "It prepares the places in which a module keeps its layers; before it none can be "
        "assigned.",
        "04 §3",
        "Which line must stand before the first layer in the constructor of a module?",
        {s: [("        super().__init__()\n", "")] for s in ("plain", "functional", "sequential")},
    ),
)


# The first case of the plan that shows a mistake, where that is not the first of all.
SHOWN = {
    1: ("sum-only-without-a-downsample", "downsample-not-called", "downsample-in-the-branch-too",
        "input-added-as-it-came", "downsample-of-the-branch", "branch-reads-the-projection",
        "projection-only-with-a-stride", "projection-only-with-a-new-shape", "own-projection",
        "downsample-kept-only-with-a-stride",
        "own-projection-behind-the-branch", "own-projection-for-the-given-one",
        "downsample-in-a-list"),
    2: ("stride-on-the-second", "stride-on-both", "stride-ignored", "stride-as-padding",
        "pool-for-the-stride",
        "second-takes-inplanes", "first-channels-swapped",
        "first-norm-for-inplanes", "second-norm-for-inplanes",
        "norms-for-inplanes", "convolutions-in-the-wrong-order"),
    3: ("none-is-called",),
    4: ("norm-layer-ignored", "norm-layer-once"),
    5: ("groups-accepted", "groups-and-width-accepted", "refused-only-together",
        "refusals-joined-and-no-dilation", "refused-only-all-together", "nothing-refused"),
    6: ("width-accepted",),
    7: ("narrow-width-accepted",),
    9: ("dilation-accepted",),
    11: ("groups-refused-only-at-2",),
    12: ("dilation-refused-only-at-2",),
}  # fmt: skip
FIRST = {name: case for case, names in SHOWN.items() for name in names}
MISTAKES = tuple(replace(m, case=FIRST.get(m.id)) for m in MISTAKES)


# Groups and dilation could change places unseen: a basic block refuses both.
ORDER = ["inplanes", "planes", "stride", "downsample", "groups", "base_width", "dilation",
         "norm_layer"]  # fmt: skip


def plan(rng: random.Random) -> Plan:
    """Blocks, smallest first, and what must be refused: each argument with two numbers."""
    n = rng.choice([6, 7, 8])  # without padding a side of 5 would shrink to 1, and fit again
    a, b = rng.choice([(4, 6), (3, 5), (4, 8)])
    level = {"$": "projection", "cin": a, "cout": a, "stride": 1}
    projection = {"$": "projection", "cin": a, "cout": b, "stride": 2}
    wider = {"$": "projection", "cin": b, "cout": a, "stride": 1}
    return {
        "kind": "module",
        "cases": [
            {"args": [a, a], "input": [2, a, n, n], "attributes": ["expansion"],
             "fresh": True, "single": True, "words": f"BasicBlock({a}, {a}) on (2, {a}, {n}, {n})"},
            {"args": [a, a], "kwargs": {"downsample": level}, "input": [2, a, 4, 4],
             "words": f"BasicBlock({a}, {a}, downsample=…) on (2, {a}, 4, 4)"},
            {"args": [a, b, 2, projection], "input": [2, a, n, n + 1],
             "words": f"BasicBlock({a}, {b}, stride=2, downsample=…) on (2, {a}, {n}, {n + 1})"},
            {"kwargs": {"inplanes": b, "planes": a, "stride": 1, "downsample": wider,
                        "norm_layer": None}, "scale": 9, "input": [3, b, 4, 3],
             "words": f"BasicBlock(inplanes={b}, planes={a}, stride=1, downsample=…, "
             f"norm_layer=None) on large numbers (3, {b}, 4, 3)"},
            {"args": [4, 4, 1, {"$": "identity"}, 1, 64, 1, {"$": "norm", "kind": "bare"}],
             "input": [2, 4, n, n], "order": ORDER,
             "words": f"BasicBlock(4, 4, 1, Identity, 1, 64, 1, GroupNorm) on (2, 4, {n}, {n})"},
            {"args": [4, 4], "kwargs": {"groups": 2}, "refuses": True,
             "words": "BasicBlock(4, 4, groups=2)"},
            {"args": [4, 4], "kwargs": {"base_width": 128}, "refuses": True,
             "words": "BasicBlock(4, 4, base_width=128)"},
            {"args": [4, 4], "kwargs": {"base_width": 32}, "refuses": True,
             "words": "BasicBlock(4, 4, base_width=32)"},
            {"args": [4, 4], "kwargs": {"groups": 2, "base_width": 128}, "refuses": True,
             "words": "BasicBlock(4, 4, groups=2, base_width=128)"},
            {"args": [4, 4], "kwargs": {"dilation": 2}, "refuses": True,
             "words": "BasicBlock(4, 4, dilation=2)"},
            {"args": [4, 4], "kwargs": {"groups": 2, "base_width": 128, "dilation": 2},
             "refuses": True, "words": "BasicBlock(4, 4, groups=2, base_width=128, dilation=2)"},
            *({"args": [4, 4], "kwargs": {name: number}, "refuses": True,
               "words": f"BasicBlock(4, 4, {name}={number})"}
              for name, number in (("groups", 4), ("dilation", 3), ("dilation", 4))),
            {"args": [4, 4], "kwargs": {"norm_layer": {"$": "norm", "kind": "batch"}},
             "input": [2, 4, n, n], "words": f"BasicBlock(4, 4, norm_layer=a BatchNorm2d with its "
             f"own eps and momentum) on (2, 4, {n}, {n})"},
        ],
    }  # fmt: skip


EXERCISE = Exercise(
    name="BasicBlock",
    part="blocks",
    section="04 §8",
    points=3,
    signature="BasicBlock(inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, "
    "dilation=1, norm_layer=None)",
    prompt="""Write the residual block of ResNet-18 and ResNet-34: two 3×3 convolutions without
bias, each followed by a norm, and the shortcut. `downsample`, where it is given, is a module that
is applied to the input on the shortcut; it belongs to the block. `norm_layer` makes a norm from a
channel count; None means `nn.BatchNorm2d`. The first convolution strides. Refuse `groups` other
than 1, `base_width` other than 64 and `dilation` above 1 with an exception. The class has an
attribute `expansion`. Call the layers as you like. Write it with torch alone; helpers, `conv3x3`
for one, are yours to write, too.""",
    starter='''
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        # your layers

    def forward(self, x):
        return None  # your calls
''',
    plan=plan,
    styles=STYLES,
    mistakes=MISTAKES,
    idle=("side effects", "again", "refuses"),
)
