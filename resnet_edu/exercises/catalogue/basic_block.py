"""The exercise ``BasicBlock``: correct answers in several styles, and the mistakes made in them."""

from __future__ import annotations

import random

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

MISTAKES = (
    Mistake(
        "relu-before-the-sum",
        "The second ReLU stands before the addition, not behind it.",
        "The branch can then only add, never subtract, and values grow from block to block.",
        "04 §2",
        "What is the smallest number that your branch can put out?",
        {
            "plain": [("out = self.bn2(out)\n", "out = self.relu(self.bn2(out))\n"),
                      ("        out = self.relu(out)\n        return out", "        return out")],
            "functional": [("h = self.second_norm(self.second(h))",
                            "h = F.relu(self.second_norm(self.second(h)))"),
                           ("return F.relu(h + skip)", "return h + skip")],
            "sequential": [("            norm_layer(planes),\n        )",
                            "            norm_layer(planes),\n            nn.ReLU(),\n        )"),
                           ("torch.relu(torch.add(self.side(x), self.body(x)))",
                            "torch.add(self.side(x), self.body(x))")],
        },
    ),
    Mistake(
        "no-sum",
        "The shortcut is never added: the block is a plain stack.",
        "Without the addition nothing carries the input past the two convolutions.",
        "04 §2",
        "Where in your forward does x reach the output without passing a convolution?",
        {
            "plain": [("        out += identity\n", "")],
            "functional": [("F.relu(h + skip)", "F.relu(h)")],
            "sequential": [("torch.add(self.side(x), self.body(x))", "self.body(x)")],
        },
    ),
)


def plan(rng: random.Random) -> Plan:
    """Four blocks, smallest first, and what must be refused."""
    n = rng.choice([5, 6, 7])
    a, b = rng.choice([(4, 6), (3, 5), (4, 8)])
    projection = {"$": "projection", "cin": a, "cout": b, "stride": 2}
    wider = {"$": "projection", "cin": b, "cout": a, "stride": 1}
    return {
        "kind": "module",
        "cases": [
            {"args": [a, a], "input": [2, a, n, n], "attributes": ["expansion"],
             "words": f"BasicBlock({a}, {a}) on (2, {a}, {n}, {n})"},
            {"args": [a, b, 2, projection], "input": [2, a, n, n + 1],
             "words": f"BasicBlock({a}, {b}, stride=2, downsample=…) on (2, {a}, {n}, {n + 1})"},
            {"args": [b, a], "kwargs": {"downsample": wider}, "input": [3, b, 4, 3],
             "words": f"BasicBlock({b}, {a}, downsample=…) on (3, {b}, 4, 3)"},
            {"args": [4, 4], "kwargs": {"norm_layer": {"$": "norm", "kind": "group"}},
             "input": [2, 4, n, n],
             "words": f"BasicBlock(4, 4, norm_layer=GroupNorm) on (2, 4, {n}, {n})"},
            {"args": [4, 4], "kwargs": {"groups": 2}, "refuses": True,
             "words": "BasicBlock(4, 4, groups=2)"},
            {"args": [4, 4], "kwargs": {"base_width": 128}, "refuses": True,
             "words": "BasicBlock(4, 4, base_width=128)"},
            {"args": [4, 4], "kwargs": {"dilation": 2}, "refuses": True,
             "words": "BasicBlock(4, 4, dilation=2)"},
        ],
    }  # fmt: skip


EXERCISE = Exercise(
    name="BasicBlock",
    part="blocks",
    section="04 §8",
    points=3,
    signature="BasicBlock(inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, "
    "dilation=1, norm_layer=None)",
    prompt="""Write the residual block of ResNet-18 and 34: two 3×3 convolutions without bias, each followed
by a norm, and the shortcut. `downsample`, where it is given, is applied to the input on the shortcut.
`norm_layer` makes a norm from a channel count; None means `nn.BatchNorm2d`. The first convolution
strides. Refuse `groups` other than 1, `base_width` other than 64 and `dilation` above 1 with an
exception. The class has an attribute `expansion`. Call the layers as you like.""",
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
)
