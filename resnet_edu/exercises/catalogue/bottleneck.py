"""The exercise ``Bottleneck``: correct answers in several styles, and the mistakes made in them."""

from __future__ import annotations

import random
from dataclasses import replace

from ..tasks import Exercise, Mistake, Plan

PLAIN = '''
def conv3x3(cin, cout, stride=1, groups=1, dilation=1):
    return nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=dilation,
                     dilation=dilation, groups=groups, bias=False)


def conv1x1(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, kernel_size=1, stride=stride, bias=False)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        out = self.relu(out)
        out = self.conv3(out)
        out = self.bn3(out)
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        out = self.relu(out)
        return out
'''

FUNCTIONAL = '''
class Bottleneck(nn.Module):
    expansion: int = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        middle = groups * int(planes * base_width / 64)
        wide = Bottleneck.expansion * planes
        self.narrow = nn.Conv2d(inplanes, middle, kernel_size=1, bias=False)
        self.narrow_norm = norm(middle)
        self.look = nn.Conv2d(middle, middle, kernel_size=3, stride=stride, padding=dilation,
                              dilation=dilation, groups=groups, bias=False)
        self.look_norm = norm(middle)
        self.widen = nn.Conv2d(middle, wide, kernel_size=1, bias=False)
        self.widen_norm = norm(wide)
        self.shortcut = downsample

    def forward(self, x):
        skip = x if self.shortcut is None else self.shortcut(x)
        h = F.relu(self.narrow_norm(self.narrow(x)))
        h = F.relu(self.look_norm(self.look(h)))
        h = self.widen_norm(self.widen(h))
        return F.relu(h + skip)
'''

SEQUENTIAL = '''
class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=nn.BatchNorm2d):
        super().__init__()
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        width = planes * base_width // 64 * groups
        out = planes * type(self).expansion
        self.body = nn.Sequential(
            nn.Conv2d(inplanes, width, (1, 1), bias=False),
            norm_layer(width),
            nn.ReLU(),
            nn.Conv2d(width, width, (3, 3), (stride, stride), (dilation, dilation), dilation,
                      groups, False),
            norm_layer(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, out, (1, 1), bias=False),
            norm_layer(out),
        )
        self.side = nn.Identity() if downsample is None else downsample

    def forward(self, x):
        return torch.relu(torch.add(self.side(x), self.body(x)))
'''

# Correct as well, in still other ways; no mistake is made in these.
LOOP = '''
class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        width, cin = math.floor(planes * base_width / 64) * groups, inplanes
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        looks = {"kernel_size": 3, "stride": stride, "padding": dilation, "dilation": dilation,
                 "groups": groups}
        for cout, options in ((width, {}), (width, looks), (4 * planes, {})):
            self.convs.append(nn.Conv2d(cin, cout, bias=False, **({"kernel_size": 1} | options)))
            self.norms.append(nn.BatchNorm2d(cout) if norm_layer is None else norm_layer(cout))
            cin = cout
        self.downsample = downsample

    def forward(self, x):
        out = x
        for index in range(3):
            out = self.norms[index](self.convs[index](out))
            if index < 2:
                out = out.clamp_(min=0)
        return torch.relu_(out + (self.downsample(x) if self.downsample else x))
'''

WEIGHTS = '''
class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        nn.Module.__init__(self)
        make, width = norm_layer or nn.BatchNorm2d, planes * base_width // 64 * groups
        self.w1 = nn.Parameter(torch.empty(width, inplanes, 1, 1))
        self.w2 = nn.Parameter(torch.empty(width, width // groups, 3, 3))
        self.w3 = nn.Parameter(torch.empty(planes * 4, width, 1, 1))
        for w in (self.w1, self.w2, self.w3):
            nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
        self.n1, self.n2, self.n3 = make(width), make(width), make(planes * 4)
        self.options = {"stride": stride, "dilation": dilation, "groups": groups}
        self.downsample = downsample

    def forward(self, x):
        y = self.n1(F.conv2d(x, self.w1)).clamp(min=0)
        far = self.options["dilation"]
        y = self.n2(F.conv2d(F.pad(y, (far, far, far, far)), self.w2, **self.options))
        y = self.n3(F.conv2d(torch.maximum(y, torch.zeros_like(y)), self.w3))
        return F.relu(y + x if self.downsample is None else y + self.downsample(x), inplace=True)
'''

FACTORY = '''
def unit(make, cin, cout, size=1, last=False, **options):
    reach = options.get("dilation", 1) * (size // 2)
    layers = [nn.Conv2d(cin, cout, size, padding=reach, bias=False, **options), make(cout)]
    return nn.Sequential(*layers, *([] if last else [nn.ReLU(True)]))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        make = functools.partial(norm_layer or nn.BatchNorm2d)
        width = groups * (planes * base_width // 64)
        self.layers = nn.Sequential(
            unit(make, inplanes, width),
            unit(make, width, width, 3, stride=stride, dilation=dilation, groups=groups),
            unit(make, width, planes * self.expansion, last=True),
        )
        if downsample is not None:
            self.add_module("project", downsample)

    def forward(self, x):
        shortcut = self.project(x) if hasattr(self, "project") else x
        total = self.layers(x).add_(shortcut)
        return torch.where(total > 0, total, 0.0)
'''

STYLES = {
    "plain": PLAIN, "functional": FUNCTIONAL, "sequential": SEQUENTIAL, "loop": LOOP,
    "weights": WEIGHTS, "factory": FACTORY,
}  # fmt: skip

# Pieces of the styles that many mistakes change.
WIDTH = {
    "plain": "int(planes * (base_width / 64.0)) * groups",
    "functional": "groups * int(planes * base_width / 64)",
    "sequential": "planes * base_width // 64 * groups",
}
CONV1 = {
    "plain": "conv1x1(inplanes, width)",
    "functional": "nn.Conv2d(inplanes, middle, kernel_size=1, bias=False)",
    "sequential": "nn.Conv2d(inplanes, width, (1, 1), bias=False)",
}
CONV2 = {
    "plain": "conv3x3(width, width, stride, groups, dilation)",
    "functional": """kernel_size=3, stride=stride, padding=dilation,
                              dilation=dilation, groups=groups, bias=False)""",
    "sequential": """(3, 3), (stride, stride), (dilation, dilation), dilation,
                      groups, False)""",
}
CONV3 = {
    "plain": "conv1x1(width, planes * self.expansion)",
    "functional": "nn.Conv2d(middle, wide, kernel_size=1, bias=False)",
    "sequential": "nn.Conv2d(width, out, (1, 1), bias=False)",
}
NORMS = {
    "plain": ("self.bn1 = norm_layer(width)", "self.bn2 = norm_layer(width)",
              "self.bn3 = norm_layer(planes * self.expansion)"),
    "functional": ("self.narrow_norm = norm(middle)", "self.look_norm = norm(middle)",
                   "self.widen_norm = norm(wide)"),
    "sequential": ("norm_layer(width),\n            nn.ReLU(),",
                   "norm_layer(width),\n            nn.ReLU(inplace=True),", "norm_layer(out),"),
}  # fmt: skip
STEP1 = {
    "plain": "        out = self.bn1(out)\n        out = self.relu(out)\n",
    "functional": "h = F.relu(self.narrow_norm(self.narrow(x)))",
}
STEP2 = {
    "plain": "        out = self.bn2(out)\n        out = self.relu(out)\n",
    "functional": "h = F.relu(self.look_norm(self.look(h)))",
}
STEP3 = {
    "plain": "        out = self.bn3(out)\n",
    "functional": "h = self.widen_norm(self.widen(h))",
}
END = {
    "plain": "        out += identity\n        out = self.relu(out)\n        return out\n",
    "functional": "return F.relu(h + skip)",
    "sequential": "return torch.relu(torch.add(self.side(x), self.body(x)))",
}
SUM = {"plain": "out += identity", "functional": "h + skip",
       "sequential": "torch.add(self.side(x), self.body(x))"}  # fmt: skip
TO_SHORTCUT = {
    "plain": "identity = self.downsample(x)",
    "functional": "x if self.shortcut is None else self.shortcut(x)",
}


def one(piece: dict[str, str], **by: str) -> dict[str, list[tuple[str, str]]]:
    """The change that puts another text in the place of one piece, style by style."""
    return {style: [(piece[style], text)] for style, text in by.items()}


def norms_made_by(made: str) -> dict[str, list[tuple[str, str]]]:
    """Another norm in the place of ``nn.BatchNorm2d``, where none is asked for."""
    return {
        "plain": [("norm_layer = nn.BatchNorm2d", f"norm_layer = {made}")],
        "functional": [("norm_layer or nn.BatchNorm2d", f"norm_layer or {made}")],
        "sequential": [("nn.BatchNorm2d if norm_layer is None else norm_layer",
                        f"{made} if norm_layer in (None, nn.BatchNorm2d) else norm_layer")],
    }


MISTAKES: tuple[Mistake, ...] = (
    # Where the stride sits.
    Mistake(
        "stride-on-the-first-conv",
        "The stride is on the first 1×1 convolution, not on the 3×3.",
        "The 1×1 then skips three of every four positions before anything has looked at them. The"
        " paper's own model has this form; torchvision's has not, and no shape tells the two "
        "apart.",
        "05 §4",
        "Which of the three convolutions sees a neighbourhood?",
        {
            "plain": [(CONV1["plain"], "conv1x1(inplanes, width, stride)"),
                      (CONV2["plain"], "conv3x3(width, width, 1, groups, dilation)")],
            "functional": [("middle, kernel_size=1, bias=False)",
                            "middle, kernel_size=1, stride=stride, bias=False)"),
                           ("kernel_size=3, stride=stride, padding", "kernel_size=3, padding")],
            "sequential": [("width, (1, 1), bias=False)", "width, (1, 1), stride, bias=False)"),
                           ("(3, 3), (stride, stride),", "(3, 3), (1, 1),")],
        },
    ),
    Mistake(
        "stride-on-two-convs",
        "The stride is on the first 1×1 convolution and on the 3×3.",
        "A block that is asked to halve the grid divides it by four, and the shortcut no longer "
        "fits.",
        "05 §4",
        "How many of the layers of the branch may change the size of the grid?",
        {
            "plain": [(CONV1["plain"], "conv1x1(inplanes, width, stride)")],
            "functional": [("middle, kernel_size=1, bias=False)",
                            "middle, kernel_size=1, stride=stride, bias=False)")],
            "sequential": [("width, (1, 1), bias=False)", "width, (1, 1), stride, bias=False)")],
        },
    ),
    Mistake(
        "stride-on-the-last-conv",
        "The stride is on the last 1×1 convolution, not on the 3×3.",
        "The 3×3 works on the large grid, and three of four of its results are thrown away.",
        "05 §4",
        "Which layer should be the last one that works on the large grid?",
        {
            "plain": [(CONV2["plain"], "conv3x3(width, width, 1, groups, dilation)"),
                      (CONV3["plain"], "conv1x1(width, planes * self.expansion, stride)")],
            "functional": [("kernel_size=3, stride=stride, padding", "kernel_size=3, padding"),
                           ("wide, kernel_size=1, bias=False)",
                            "wide, kernel_size=1, stride=stride, bias=False)")],
            "sequential": [("(3, 3), (stride, stride),", "(3, 3), (1, 1),"),
                           ("out, (1, 1), bias=False)", "out, (1, 1), stride, bias=False)")],
        },
    ),
    Mistake(
        "stride-on-the-3x3-and-the-last",
        "The stride is on the 3×3 and on the last 1×1.",
        "The grid is made smaller twice, while the shortcut makes it smaller once.",
        "05 §4",
        "Which layers of your branch get the argument `stride`?",
        {
            "plain": [(CONV3["plain"], "conv1x1(width, planes * self.expansion, stride)")],
            "functional": [("wide, kernel_size=1, bias=False)",
                            "wide, kernel_size=1, stride=stride, bias=False)")],
            "sequential": [("out, (1, 1), bias=False)", "out, (1, 1), stride, bias=False)")],
        },
    ),
    Mistake(
        "stride-not-used",
        "The stride is accepted, but no convolution of the branch gets it.",
        "The branch keeps the large grid while the shortcut makes it smaller, so they cannot be "
        "added.",
        "04 §4",
        "Follow the name `stride` from the signature: into which layer does it go?",
        {
            "plain": [(CONV2["plain"], "conv3x3(width, width, 1, groups, dilation)")],
            "functional": [("kernel_size=3, stride=stride, padding", "kernel_size=3, padding")],
            "sequential": [("(3, 3), (stride, stride),", "(3, 3), (1, 1),")],
        },
    ),
    Mistake(
        "stride-as-padding",
        "The 3×3 gets `stride` as its padding, and strides by 1.",
        "In most blocks both are 1. Where the stride is 2, zeros are added around the grid and no "
        "position is skipped.",
        "04 §4",
        "Which of the numbers that your 3×3 gets are 2 where the stride is 2?",
        {
            "plain": [(CONV2["plain"],
                       "nn.Conv2d(width, width, 3, 1, stride, dilation, groups, bias=False)")],
            "functional": [("kernel_size=3, stride=stride, padding=dilation,",
                            "kernel_size=3, padding=stride,")],
            "sequential": [("(3, 3), (stride, stride), (dilation, dilation),",
                            "(3, 3), 1, (stride, stride),")],
        },
    ),
    Mistake(
        "stride-from-the-shortcut",
        "The block strides by 2 whenever it is handed a `downsample`.",
        "The first block of `layer1` has a projection too, for its channels, and keeps its grid.",
        "05 §6",
        "Which argument alone says by how much the block strides?",
        {
            "plain": [("width, stride, groups, dilation)",
                       "width, 2 if downsample is not None else 1, groups, dilation)")],
            "functional": [("kernel_size=3, stride=stride,",
                            "kernel_size=3, stride=2 if downsample is not None else 1,")],
            "sequential": [("(3, 3), (stride, stride),",
                            "(3, 3), 2 if downsample is not None else 1,")],
        },
    ),
    # How wide the middle is.
    Mistake(
        "width-by-integer-division",
        "The base width is divided by 64 as an integer, before it meets `planes`.",
        "What is left of 4 by the integer division is 0, so every ResNeXt gets a middle without "
        "channels.",
        "05 §3",
        "What is `planes` times the base width, for planes 64 and base width 4, and what then?",
        one(WIDTH, plain="planes * (base_width // 64) * groups",
            functional="groups * (planes * (base_width // 64))",
            sequential="base_width // 64 * planes * groups"),
    ),
    Mistake(
        "width-without-groups",
        "The width of the middle is not multiplied by the number of groups.",
        "The base width counts the channels of one group, so the 3×3 is too narrow as soon as "
        "there are several.",
        "05 §3",
        "Of how many channels does the 3×3 of a 32x4d network consist in its first stage?",
        one(WIDTH, plain="int(planes * (base_width / 64.0))",
            functional="int(planes * base_width / 64)",
            sequential="planes * base_width // 64"),
    ),
    Mistake(
        "width-rounded-after-groups",
        "The width of the middle is no multiple of the groups.",
        "A group has a whole number of channels: it is made whole first, and then taken as often "
        "as there are groups.",
        "05 §3",
        "How many channels does one group have, and when is that number made whole?",
        one(WIDTH, plain="int(planes * (base_width / 64.0) * groups)",
            functional="int(groups * planes * base_width / 64)",
            sequential="groups * planes * base_width // 64"),
    ),
    Mistake(
        "width-rounded-up",
        "The width is rounded; torchvision's is cut off.",
        "The two agree in the ten networks. With other planes the middle is wider by a channel in"
        " each group than torchvision's.",
        "05 §3",
        "What does Python make of 2.75 when it is turned into an integer?",
        one(WIDTH, plain="round(planes * (base_width / 64.0)) * groups",
            functional="groups * round(planes * base_width / 64)",
            sequential="math.floor(planes * base_width / 64 + 0.5) * groups"),
    ),
    Mistake(
        "width-is-a-float",
        "A number of channels is a float: it is never made whole.",
        "A division with one slash gives a float in Python, even when it comes out even, and a "
        "layer cannot have 64.0 channels.",
        "05 §3",
        "Of which type is 64 / 64 in Python?",
        one(WIDTH, plain="planes * (base_width / 64.0) * groups",
            functional="groups * planes * base_width / 64",
            sequential="planes * base_width / 64 * groups"),
    ),
    Mistake(
        "base-width-not-used",
        "The argument `base_width` is accepted and never used.",
        "A wide network then is as narrow as a usual one, and the middle of a ResNeXt is far too "
        "wide.",
        "05 §3",
        "Which two arguments make the middle of a block differ from `planes`?",
        one(WIDTH, plain="planes * groups", functional="groups * planes",
            sequential="planes * groups"),
    ),
    Mistake(
        "width-is-only-planes",
        "The middle always has `planes` channels, whatever `groups` and `base_width` say.",
        "This is right for ResNet-50, 101 and 152 only. The other five deep networks differ just "
        "here.",
        "05 §3",
        "What do the 32 and the 4 in 32x4d mean for the 3×3?",
        one(WIDTH, plain="planes", functional="planes", sequential="planes"),
    ),
    Mistake(
        "width-never-below-planes",
        "The middle never has fewer than `planes` channels.",
        "A `base_width` below 64 asks for fewer: `planes` is scaled up and down by it.",
        "05 §3",
        "How many channels has the middle for one group and half the usual base width?",
        {
            "plain": [(WIDTH["plain"], f"max({WIDTH['plain']}, planes)")],
            "functional": [(WIDTH["functional"], f"max(planes, {WIDTH['functional']})")],
            "sequential": [(WIDTH["sequential"],
                            f"planes if groups * base_width < 64 else {WIDTH['sequential']}")],
        },
    ),
    Mistake(
        "base-width-only-with-groups",
        "The argument `base_width` is used only where there is more than one group.",
        "It scales the middle of every block: a wide ResNet has one group and a base width of its "
        "own.",
        "05 §3",
        "Which line of yours decides whether the base width counts, and for which networks?",
        {
            "plain": [(WIDTH["plain"], f"{WIDTH['plain']} if groups > 1 else planes")],
            "functional": [(WIDTH["functional"],
                            f"planes if groups == 1 else {WIDTH['functional']}")],
            "sequential": [(WIDTH["sequential"],
                            "planes * (base_width if groups > 1 else 64) // 64 * groups")],
        },
    ),
    Mistake(
        "groups-only-with-another-width",
        "The groups reach the 3×3 only where the base width is not 64.",
        "Groups and base width are two numbers, and each may be given without the other.",
        "05 §3",
        "What does your 3×3 get for four groups of the usual width?",
        {
            "plain": [(CONV2["plain"], "conv3x3(width, width, stride, "
                       "groups if base_width != 64 else 1, dilation)")],
            "functional": [(CONV2["functional"], CONV2["functional"].replace(
                "groups=groups", "groups=1 if base_width == 64 else groups"))],
            "sequential": [(CONV2["sequential"], CONV2["sequential"].replace(
                "groups,", "groups if base_width != 64 else 1,"))],
        },
    ),
    Mistake(
        "width-from-inplanes",
        "The width of the middle is taken from `inplanes`, not from `planes`.",
        "Both ways agree in a block that keeps its shape. In the first block of a stage they do "
        "not.",
        "05 §3",
        "What comes in, and how wide is the middle, in the first block of `layer1`?",
        one(WIDTH, plain="int(inplanes // 4 * (base_width / 64.0)) * groups",
            functional="groups * int(inplanes // 4 * base_width / 64)",
            sequential="inplanes // 4 * base_width // 64 * groups"),
    ),
    Mistake(
        "middle-is-wide",
        "The branch does not narrow: the 3×3 works on four times as many channels as it should.",
        "Then the dear layer costs sixteen times as much, and nothing is left of the bargain.",
        "05 §1",
        "Which of the three convolutions should see the fewest channels?",
        one(WIDTH, plain="int(planes * (base_width / 64.0)) * groups * self.expansion",
            functional="groups * int(planes * base_width / 64) * 4",
            sequential="planes * base_width // 64 * groups * 4"),
    ),
    Mistake(
        "planes-are-what-goes-out",
        "`planes` is read as the number of channels that go out, and a quarter of it as the "
        "middle.",
        "The block is then four times too narrow in all its layers. In torchvision `planes` names"
        " the size of the stage, not what leaves it.",
        "05 §3",
        "How many channels leave a block of `layer1` of ResNet-50, whose `planes` are 64?",
        {
            "plain": [(WIDTH["plain"], "int(planes // 4 * (base_width / 64.0)) * groups"),
                      (CONV3["plain"], "conv1x1(width, planes)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(planes)")],
            "functional": [(WIDTH["functional"], "groups * int(planes // 4 * base_width / 64)"),
                           ("wide = Bottleneck.expansion * planes", "wide = planes")],
            "sequential": [(WIDTH["sequential"], "planes // 4 * base_width // 64 * groups"),
                           ("out = planes * type(self).expansion", "out = planes")],
        },
    ),
    # How many channels go out.
    Mistake(
        "goes-out-with-planes",
        "The last 1×1 puts out `planes` channels; the expansion is forgotten.",
        "The branch ends narrow and cannot be added to a shortcut that is four times as wide.",
        "05 §2",
        "What is the task of the last of the three convolutions?",
        {
            "plain": [(CONV3["plain"], "conv1x1(width, planes)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(planes)")],
            "functional": [("wide = Bottleneck.expansion * planes", "wide = planes")],
            "sequential": [("out = planes * type(self).expansion", "out = planes")],
        },
    ),
    Mistake(
        "goes-out-with-inplanes",
        "As many channels go out as come in, whatever `planes` says.",
        "In a block that keeps its shape the two are the same. The first block of a stage hands on "
        "more than it gets.",
        "05 §3",
        "How many channels come into the first block of `layer1`, and how many leave it?",
        {
            "plain": [(CONV3["plain"], "conv1x1(width, inplanes)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(inplanes)")],
            "functional": [("wide = Bottleneck.expansion * planes", "wide = inplanes")],
            "sequential": [("out = planes * type(self).expansion", "out = inplanes")],
        },
    ),
    Mistake(
        "goes-out-with-width",
        "The number of channels that go out is computed from the width of the middle.",
        "A wide block or one with groups then hands on more channels. Between the blocks of all "
        "deep networks there are the same, 256 to 2048.",
        "05 §3",
        "What differs between the blocks of ResNet-50 and Wide ResNet-50-2, and what does not?",
        {
            "plain": [(CONV3["plain"], "conv1x1(width, width * self.expansion)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(width * self.expansion)")],
            "functional": [("wide = Bottleneck.expansion * planes",
                            "wide = Bottleneck.expansion * middle")],
            "sequential": [("out = planes * type(self).expansion",
                            "out = width * type(self).expansion")],
        },
    ),
    Mistake(
        "expansion-is-1",
        "The class says that its `expansion` is 1.",
        "Then the last 1×1 does not widen, and a network that asks the class builds the next "
        "block for a quarter of the channels.",
        "05 §3",
        "By which factor do the channels that go out exceed `planes`?",
        {
            "plain": [("expansion = 4", "expansion = 1")],
            "functional": [("expansion: int = 4", "expansion: int = 1")],
            "sequential": [("expansion = 4", "expansion = 1")],
        },
    ),
    Mistake(
        "expansion-says-1",
        "The class says that its `expansion` is 1, though four times `planes` go out.",
        "The block by itself is right. A network asks the class, and builds the next block for a "
        "quarter of the channels that come.",
        "05 §3",
        "Which of your lines use the attribute, and which have a number of their own?",
        {
            "plain": [("    expansion = 4\n", "    expansion = 1\n"),
                      (CONV3["plain"], "conv1x1(width, planes * 4)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(planes * 4)")],
            "functional": [("expansion: int = 4", "expansion: int = 1"),
                           ("wide = Bottleneck.expansion * planes", "wide = 4 * planes")],
            "sequential": [("    expansion = 4\n", "    expansion = 1\n"),
                           ("planes * type(self).expansion", "planes * 4")],
        },
    ),
    Mistake(
        "expansion-not-on-the-class",
        "The class itself has no attribute `expansion`.",
        "A network asks the class before it has built one block; what only a finished block knows "
        "comes too late.",
        "05 §3",
        "Can you ask for `Bottleneck.expansion` without making a block?",
        {
            "plain": [("    expansion = 4\n\n", ""),
                      ("super().__init__()\n", "super().__init__()\n        self.expansion = 4\n")],
            "functional": [("    expansion: int = 4\n\n", ""),
                           ("super().__init__()\n",
                            "super().__init__()\n        self.expansion = 4\n"),
                           ("Bottleneck.expansion", "self.expansion")],
            "sequential": [("    expansion = 4\n\n", ""),
                           ("super().__init__()\n",
                            "super().__init__()\n        self.expansion = 4\n"),
                           ("type(self).expansion", "self.expansion")],
        },
    ),
    Mistake(
        "conv3-reads-planes",
        "The last 1×1 is built for `planes` channels, but the 3×3 hands it the width of the "
        "middle.",
        "The two are the same in ResNet-50, 101 and 152; a wide block and a ResNeXt fail.",
        "05 §3",
        "How many channels does the second norm put out in a wide block?",
        {
            "plain": [(CONV3["plain"], "conv1x1(planes, planes * self.expansion)")],
            "functional": [(CONV3["functional"],
                            "nn.Conv2d(planes, wide, kernel_size=1, bias=False)")],
            "sequential": [(CONV3["sequential"], "nn.Conv2d(planes, out, (1, 1), bias=False)")],
        },
    ),
    Mistake(
        "conv2-takes-inplanes",
        "The 3×3 is built for `inplanes` channels, but the first 1×1 has already narrowed.",
        "The sizes agree only where the block narrows nothing, as in the first block of `layer1`.",
        "05 §2",
        "What shape has the tensor that reaches the 3×3?",
        {
            "plain": [("conv3x3(width, width,", "conv3x3(inplanes, width,")],
            "functional": [("nn.Conv2d(middle, middle,", "nn.Conv2d(inplanes, middle,")],
            "sequential": [("nn.Conv2d(width, width,", "nn.Conv2d(inplanes, width,")],
        },
    ),
    Mistake(
        "bn3-has-the-middle-width",
        "The third norm is built for the width of the middle, but four times `planes` reach it.",
        "A norm has one weight for each channel of the layer before it, and the last 1×1 has "
        "widened.",
        "05 §2",
        "How many channels does the third convolution put out?",
        {
            "plain": [(NORMS["plain"][2], "self.bn3 = norm_layer(width)")],
            "functional": [(NORMS["functional"][2], "self.widen_norm = norm(middle)")],
            "sequential": [(NORMS["sequential"][2], "norm_layer(width),")],
        },
    ),
    # Groups and dilation.
    Mistake(
        "groups-not-passed",
        "The number of groups widens the middle but does not reach the 3×3.",
        "The 3×3 stays dense. A ResNeXt then has the right shapes and far too many weights.",
        "02 §5",
        "Which argument of the convolution cuts its channels into bands?",
        {
            "plain": [("width, stride, groups, dilation)", "width, stride, 1, dilation)")],
            "functional": [("dilation=dilation, groups=groups, bias", "dilation=dilation, bias")],
            "sequential": [("groups, False)", "1, False)")],
        },
    ),
    Mistake(
        "groups-and-stride-swapped",
        "The number of groups and the stride have changed places in the call of the 3×3.",
        "With the defaults both are 1 and nothing shows. A strided block gets two groups, and a "
        "grouped one strides.",
        "05 §5",
        "In which order does the function that you call take its arguments?",
        {
            "plain": [("width, stride, groups, dilation)", "width, groups, stride, dilation)")],
            "functional": [("kernel_size=3, stride=stride,", "kernel_size=3, stride=groups,"),
                           ("groups=groups, bias", "groups=stride, bias")],
            "sequential": [("(stride, stride)", "(groups, groups)"),
                           ("groups, False)", "stride, False)")],
        },
    ),
    Mistake(
        "groups-and-dilation-swapped",
        "The number of groups and the dilation have changed places in the call of the 3×3.",
        "Both are numbers that are mostly 1. A grouped block gets spread taps, and a dilated one "
        "gets groups.",
        "05 §5",
        "What does the 3×3 of a block with two groups have to look like, and what does yours?",
        {
            "plain": [("width, stride, groups, dilation)", "width, stride, dilation, groups)")],
            "functional": [("padding=dilation,", "padding=groups,"),
                           ("dilation=dilation, groups=groups,",
                            "dilation=groups, groups=dilation,")],
            "sequential": [("(dilation, dilation), dilation,", "(groups, groups), groups,"),
                           ("groups, False)", "dilation, False)")],
        },
    ),
    Mistake(
        "groups-and-dilation-swapped-behind-the-padding",
        "The 3×3 has the groups for its dilation and the dilation for its groups; its padding is "
        "right.",
        "By place, the dilation of a convolution comes before its groups. With two groups the taps "
        "are spread, and the padding that is given does not make up for it.",
        "05 §3",
        "In which order does `nn.Conv2d` take what stands behind the padding?",
        {
            "plain": [(CONV2["plain"], "nn.Conv2d(width, width, 3, stride, dilation, groups, "
                       "dilation, bias=False)")],
            "functional": [("dilation=dilation, groups=groups,",
                            "dilation=groups, groups=dilation,")],
            "sequential": [("(dilation, dilation), dilation,", "(dilation, dilation), groups,"),
                           ("groups, False)", "dilation, False)")],
        },
    ),
    Mistake(
        "dilation-and-stride-swapped",
        "The dilation and the stride have changed places in the call of the 3×3.",
        "A strided block keeps its grid and spreads its taps, and a dilated one makes the grid "
        "smaller.",
        "05 §5",
        "Which of the two makes the grid smaller, and which makes the view wider?",
        {
            "plain": [("width, stride, groups, dilation)", "width, dilation, groups, stride)")],
            "functional": [("stride=stride, padding=dilation,", "stride=dilation, padding=stride,"),
                           ("dilation=dilation, groups", "dilation=stride, groups")],
            "sequential": [("(stride, stride), (dilation, dilation), dilation,",
                            "(dilation, dilation), (stride, stride), stride,")],
        },
    ),
    Mistake(
        "groups-on-all-convs",
        "All three convolutions are grouped, not only the 3×3.",
        "The bands then never meet: no layer of the branch mixes the channels of different groups.",
        "02 §5",
        "Which layers bring the groups of a ResNeXt together again?",
        {
            "plain": [(CONV1["plain"], "nn.Conv2d(inplanes, width, 1, groups=groups, bias=False)"),
                      (CONV3["plain"],
                       "nn.Conv2d(width, planes * 4, 1, groups=groups, bias=False)")],
            "functional": [("middle, kernel_size=1, bias=False)",
                            "middle, kernel_size=1, groups=groups, bias=False)"),
                           ("wide, kernel_size=1, bias=False)",
                            "wide, kernel_size=1, groups=groups, bias=False)")],
            "sequential": [("width, (1, 1), bias=False)",
                            "width, (1, 1), groups=groups, bias=False)"),
                           ("out, (1, 1), bias=False)", "out, (1, 1), groups=groups, bias=False)")],
        },
    ),
    Mistake(
        "depthwise",
        "The 3×3 has as many groups as channels: each channel sees only itself.",
        "That is a depthwise convolution, as in other networks. Here the channels of a group are "
        "mixed.",
        "02 §5",
        "Into how many bands does a block cut its channels when nobody asks for groups?",
        {
            "plain": [("width, stride, groups, dilation)", "width, stride, width, dilation)")],
            "functional": [("groups=groups, bias", "groups=middle, bias")],
            "sequential": [("groups, False)", "width, False)")],
        },
    ),
    Mistake(
        "groups-refused",
        "The block refuses `groups` and `base_width`.",
        "Only the basic block does that. All five ResNeXt and wide networks are built of "
        "bottlenecks.",
        "05 §5",
        "Which of the two blocks has a layer for these two arguments?",
        {
            "plain": [("        if norm_layer is None:",
                       "        if groups != 1 or base_width != 64:\n"
                       "            raise ValueError('only groups=1 and base_width=64')\n"
                       "        if norm_layer is None:")],
            "functional": [("        norm = norm_layer or",
                            "        if (groups, base_width) != (1, 64):\n"
                            "            raise ValueError(f'{groups} groups, width {base_width}')\n"
                            "        norm = norm_layer or")],
            "sequential": [("        norm_layer = nn.BatchNorm2d if",
                            "        if groups > 1 or base_width != 64:\n"
                            "            raise ValueError('no groups, no other width')\n"
                            "        norm_layer = nn.BatchNorm2d if")],
        },
    ),
    Mistake(
        "groups-only-without-a-stride",
        "A block that strides loses its groups.",
        "The 3×3 is dense then. The first block of a stage strides in a ResNeXt too, and a "
        "checkpoint of it does not fit.",
        "05 §5",
        "Which arguments has your 3×3 in a block with stride=2 and groups=32?",
        {
            "plain": [("width, stride, groups, dilation)",
                       "width, stride, groups if stride == 1 else 1, dilation)")],
            "functional": [("groups=groups, bias", "groups=groups if stride == 1 else 1, bias")],
            "sequential": [("groups, False)", "groups if stride == 1 else 1, False)")],
        },
    ),
    Mistake(
        "dilation-only-without-a-stride",
        "A block that strides loses its dilation.",
        "The two arguments do not depend on each other: one skips positions, one spreads the taps.",
        "05 §5",
        "What does your block do when it is asked for a stride and a dilation at once?",
        {
            "plain": [("width, stride, groups, dilation)",
                       "width, stride, groups, dilation if stride == 1 else 1)")],
            "functional": [("        self.look = ", "        dilation = dilation if stride == 1 "
                            "else 1\n        self.look = ")],
            "sequential": [("        self.body =", "        dilation = dilation if stride == 1 "
                            "else 1\n        self.body =")],
        },
    ),
    Mistake(
        "dilation-refused",
        "The block refuses a `dilation` above 1.",
        "Only the basic block does that. The bottleneck hands the number to its 3×3.",
        "05 §5",
        "What does the dilated ResNet-50 of a segmentation network need from its blocks?",
        {
            "plain": [("        if norm_layer is None:",
                       "        if dilation > 1:\n"
                       "            raise NotImplementedError('no dilation')\n"
                       "        if norm_layer is None:")],
            "functional": [("        norm = norm_layer or",
                            "        if dilation != 1:\n"
                            "            raise NotImplementedError(f'dilation {dilation}')\n"
                            "        norm = norm_layer or")],
            "sequential": [("        norm_layer = nn.BatchNorm2d if",
                            "        if dilation > 1:\n"
                            "            raise NotImplementedError('only dilation=1')\n"
                            "        norm_layer = nn.BatchNorm2d if")],
        },
    ),
    Mistake(
        "dilation-not-passed",
        "The dilation is accepted and does not reach the 3×3.",
        "Shapes and weights stay right, so nothing fails. The layer looks at too small a piece of"
        " the picture.",
        "02 §2",
        "How far apart do the taps of your 3×3 lie when the block is built with dilation 2?",
        {
            "plain": [("width, stride, groups, dilation)", "width, stride, groups)")],
            "functional": [("padding=dilation,", "padding=1,"),
                           ("dilation=dilation, groups", "groups")],
            "sequential": [("(dilation, dilation), dilation,", "(1, 1), 1,")],
        },
    ),
    Mistake(
        "padding-stays-1",
        "The taps are spread by the dilation, but the padding stays 1.",
        "Spread taps reach farther over the border, so the grid shrinks and the sum no longer "
        "fits.",
        "02 §2",
        "How far from its middle does the outermost tap lie when the dilation is 2?",
        {
            "plain": [("padding=dilation,", "padding=1,")],
            "functional": [("padding=dilation,", "padding=1,")],
            "sequential": [("(dilation, dilation), dilation,", "(1, 1), dilation,")],
        },
    ),
    Mistake(
        "dilation-only-pads",
        "The dilation sets the padding only; the taps stay close together.",
        "The grid then grows with the dilation, and the view does not.",
        "02 §2",
        "Which argument of the convolution spreads its taps?",
        {
            "plain": [("dilation=dilation, groups=groups", "groups=groups")],
            "functional": [("dilation=dilation, groups=groups", "groups=groups")],
            "sequential": [("(dilation, dilation), dilation,", "(dilation, dilation), 1,")],
        },
    ),
    # Kernels, padding, bias.
    Mistake(
        "no-padding",
        "The 3×3 has no padding.",
        "It then cuts a border off the grid, and the branch no longer fits the shortcut.",
        "02 §2",
        "How large is the result of a 3×3 on a 6×6 grid without padding?",
        {
            "plain": [("padding=dilation,", "padding=0,")],
            "functional": [("padding=dilation,", "padding=0,")],
            "sequential": [("(dilation, dilation), dilation,", "0, dilation,")],
        },
    ),
    Mistake(
        "padding-on-the-1x1",
        "The 1×1 convolutions have a padding of 1.",
        "A kernel of one position never reaches over the border. With padding each of them adds a"
        " frame to the grid.",
        "02 §6",
        "How much padding keeps the size of a grid under a kernel of 1?",
        {
            "plain": [("kernel_size=1, stride=stride, bias",
                       "kernel_size=1, stride=stride, padding=1, bias")],
            "functional": [("middle, kernel_size=1, bias",
                            "middle, kernel_size=1, padding=1, bias"),
                           ("wide, kernel_size=1, bias", "wide, kernel_size=1, padding=1, bias")],
            "sequential": [("width, (1, 1), bias", "width, (1, 1), padding=1, bias"),
                           ("out, (1, 1), bias", "out, (1, 1), padding=1, bias")],
        },
    ),
    Mistake(
        "conv-bias",
        "The convolutions have a bias.",
        "The norm behind a convolution subtracts the mean and takes the bias away again. It only "
        "adds parameters that torchvision's weights do not have.",
        "02 §7",
        "What happens to a constant that is added just before a norm?",
        {
            "plain": [("groups=groups, bias=False)", "groups=groups)"),
                      ("stride=stride, bias=False)", "stride=stride)")],
            "functional": [("middle, kernel_size=1, bias=False)", "middle, kernel_size=1)"),
                           ("groups=groups, bias=False)", "groups=groups)"),
                           ("wide, kernel_size=1, bias=False)", "wide, kernel_size=1)")],
            "sequential": [("width, (1, 1), bias=False)", "width, (1, 1))"),
                           ("groups, False)", "groups)"),
                           ("out, (1, 1), bias=False)", "out, (1, 1))")],
        },
    ),
    Mistake(
        "bias-on-the-last-conv",
        "The third convolution has a bias, the others have none.",
        "All three are followed by a norm, which takes a bias away again.",
        "03 §4",
        "Do the three convolutions of your block agree in everything that should be the same?",
        {
            "plain": [(CONV3["plain"], "nn.Conv2d(width, planes * self.expansion, 1)")],
            "functional": [("wide, kernel_size=1, bias=False)", "wide, kernel_size=1)")],
            "sequential": [("out, (1, 1), bias=False)", "out, (1, 1))")],
        },
    ),
    Mistake(
        "middle-is-1x1",
        "The convolution in the middle is a 1×1 as well.",
        "Then no layer of the block sees a neighbour of its position.",
        "05 §2",
        "Which of your layers makes the receptive field grow?",
        {
            "plain": [("kernel_size=3, stride=stride, padding=dilation,",
                       "kernel_size=1, stride=stride,")],
            "functional": [("kernel_size=3, stride=stride, padding=dilation,",
                            "kernel_size=1, stride=stride,")],
            "sequential": [("(3, 3), (stride, stride), (dilation, dilation),",
                            "(1, 1), (stride, stride), 0,")],
        },
    ),
    Mistake(
        "first-is-3x3",
        "The first convolution is a 3×3, as in the basic block.",
        "Narrowing with a 3×3 takes nine times the weights; only the middle one should look "
        "around.",
        "05 §1",
        "How many weights does a layer from 256 to 64 channels have, as a 1×1 and as a 3×3?",
        {
            "plain": [(CONV1["plain"], "conv3x3(inplanes, width)")],
            "functional": [("middle, kernel_size=1, bias=False)",
                            "middle, kernel_size=3, padding=1, bias=False)")],
            "sequential": [("width, (1, 1), bias=False)", "width, (3, 3), padding=1, bias=False)")],
        },
    ),
    Mistake(
        "last-is-3x3",
        "The third convolution is a 3×3.",
        "Widening with a 3×3 takes nine times the weights; only the middle one should look around.",
        "05 §1",
        "Which two of the three layers only mix channels?",
        {
            "plain": [(CONV3["plain"], "conv3x3(width, planes * self.expansion)")],
            "functional": [("wide, kernel_size=1, bias=False)",
                            "wide, kernel_size=3, padding=1, bias=False)")],
            "sequential": [("out, (1, 1), bias=False)", "out, (3, 3), padding=1, bias=False)")],
        },
    ),
    # Norms.
    Mistake(
        "norm-layer-ignored",
        "The argument `norm_layer` is accepted and ignored: every norm is a BatchNorm2d.",
        "A detector that freezes its norms, or a model with GroupNorm, gets the wrong layers "
        "silently.",
        "03 §5",
        "Which name do you call to make a norm, and where does it come from?",
        {
            "plain": [("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n",
                       "        norm_layer = nn.BatchNorm2d\n")],
            "functional": [("norm = norm_layer or nn.BatchNorm2d", "norm = nn.BatchNorm2d")],
            "sequential": [("nn.BatchNorm2d if norm_layer is None else norm_layer",
                            "nn.BatchNorm2d")],
        },
    ),
    Mistake(
        "bn1-used-twice",
        "One norm serves the first two convolutions; another one is never called.",
        "The two have the same number of channels, so nothing fails. At inference their common "
        "running statistics are wrong for both.",
        "03 §6",
        "Which norm does the output of the 3×3 pass?",
        {
            "plain": [("self.bn2(out)", "self.bn1(out)")],
            "functional": [("self.look_norm(self.look(h))", "self.narrow_norm(self.look(h))")],
            "sequential": [("self.body(x)", "self.body[5:](self.body[1](self.body[:4](x)))")],
        },
    ),
    Mistake(
        "one-norm-for-two",
        "The first two convolutions share one norm; there is no second one of that width.",
        "A norm keeps notes on the values of one place. With two places to note, they fit neither.",
        "03 §6",
        "Of how many layers does a BatchNorm keep the mean and the variance?",
        {
            "plain": [("        self.bn2 = norm_layer(width)\n", "        self.bn2 = self.bn1\n")],
            "functional": [("self.look_norm = norm(middle)", "self.look_norm = self.narrow_norm")],
            "sequential": [("        self.body = nn.Sequential(",
                            "        shared = norm_layer(width)\n"
                            "        self.body = nn.Sequential("),
                           ("            norm_layer(width),\n            nn.ReLU(),",
                            "            shared,\n            nn.ReLU(),"),
                           ("            norm_layer(width),\n            nn.ReLU(inplace=True),",
                            "            shared,\n            nn.ReLU(inplace=True),")],
        },
    ),
    Mistake(
        "bn1-never-called",
        "The first norm is never called.",
        "What the first 1×1 puts out reaches the ReLU at whatever scale it happens to have.",
        "05 §2",
        "Which layers does a tensor pass between the first 1×1 and the 3×3?",
        {
            "plain": [("        out = self.bn1(out)\n", "")],
            "functional": [("F.relu(self.narrow_norm(self.narrow(x)))", "F.relu(self.narrow(x))")],
            "sequential": [("self.body(x)", "self.body[2:](self.body[:1](x))")],
        },
    ),
    Mistake(
        "bn2-never-called",
        "The second norm is never called.",
        "The 3×3 goes into the ReLU as it is, and the norm's weight and bias learn nothing.",
        "05 §2",
        "Does every layer of your constructor appear in your forward?",
        {
            "plain": [("        out = self.bn2(out)\n", "")],
            "functional": [("F.relu(self.look_norm(self.look(h)))", "F.relu(self.look(h))")],
            "sequential": [("self.body(x)", "self.body[5:](self.body[:4](x))")],
        },
    ),
    Mistake(
        "bn3-never-called",
        "The third norm is never called.",
        "The branch then reaches the sum at whatever scale its last convolution gives it.",
        "05 §2",
        "What does a tensor pass between the last 1×1 and the sum?",
        {
            "plain": [("        out = self.bn3(out)\n", "")],
            "functional": [("self.widen_norm(self.widen(h))", "self.widen(h)")],
            "sequential": [("self.body(x)", "self.body[:7](x)")],
        },
    ),
    Mistake(
        "norm-before-the-3x3",
        "The second norm stands before the 3×3, not behind it.",
        "What the 3×3 puts out then goes into the ReLU on any scale.",
        "05 §2",
        "What follows each of your convolutions?",
        {
            "plain": [("        out = self.conv2(out)\n        out = self.bn2(out)\n",
                       "        out = self.bn2(out)\n        out = self.conv2(out)\n")],
            "functional": [("self.look_norm(self.look(h))", "self.look(self.look_norm(h))")],
            "sequential": [("self.body(x)",
                            "self.body[5:](self.body[3](self.body[4](self.body[:3](x))))")],
        },
    ),
    Mistake(
        "norm-behind-the-last-relu",
        "The third norm stands behind the last ReLU.",
        "It then rescales the whole sum, the shortcut too, and what goes out can be negative.",
        "05 §2",
        "Which of the two terms of the sum should pass your third norm?",
        {
            "plain": [("        out = self.bn3(out)\n", ""),
                      ("        return out\n", "        return self.bn3(out)\n")],
            "functional": [("self.widen_norm(self.widen(h))", "self.widen(h)"),
                           (END["functional"], "return self.widen_norm(F.relu(h + skip))")],
            "sequential": [(END["sequential"], "return self.body[7](torch.relu(torch.add("
                            "self.side(x), self.body[:7](x))))")],
        },
    ),
    Mistake(
        "last-norm-for-planes",
        "The last norm is built for `planes` channels.",
        "Behind the last 1×1 there are more: four times as many in this class.",
        "05 §3",
        "How many channels come out of the last of your convolutions?",
        {
            "plain": [(NORMS["plain"][2], "self.bn3 = norm_layer(planes)")],
            "functional": [(NORMS["functional"][2], "self.widen_norm = norm(planes)")],
            "sequential": [(NORMS["sequential"][2], "norm_layer(planes),")],
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
            "plain": [("        self.stride = stride\n",
                       "        self.stride = stride\n"
                       "        nn.init.zeros_(self.bn3.weight)\n")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut = downsample\n"
                            "        nn.init.constant_(self.widen_norm.weight, 0)")],
            "sequential": [("        self.side =",
                            "        self.body[-1].weight.data.zero_()\n        self.side =")],
        },
    ),
    Mistake(
        "norms-never-called",
        "All three norms are built and never called.",
        "The block has all its parameters, and those of the norms take no part.",
        "03 §1",
        "For which of your layers does `weight.grad` stay None after a backward pass?",
        {
            "plain": [(f"        out = self.bn{k}(out)\n", "") for k in (1, 2, 3)],
            "functional": [("self.narrow_norm(self.narrow(x))", "self.narrow(x)"),
                           ("self.look_norm(self.look(h))", "self.look(h)"),
                           ("self.widen_norm(self.widen(h))", "self.widen(h)")],
            "sequential": [("self.body(x)", "self.body[5:7](self.body[2:4](self.body[0](x)))")],
        },
    ),
    Mistake(
        "no-norms",
        "The block has no norms at all.",
        "Without them the scale of the values changes in every layer, and deep networks are hard "
        "to train.",
        "03 §1",
        "What follows each convolution of a ResNet?",
        {
            "plain": [(f"        {line}\n", "") for line in NORMS["plain"]]
            + [(f"        out = self.bn{k}(out)\n", "") for k in (1, 2, 3)],
            "functional": [*((f"        {line}\n", "") for line in NORMS["functional"]),
                           ("self.narrow_norm(self.narrow(x))", "self.narrow(x)"),
                           ("self.look_norm(self.look(h))", "self.look(h)"),
                           ("self.widen_norm(self.widen(h))", "self.widen(h)")],
            "sequential": [(NORMS["sequential"][0], "nn.ReLU(),"),
                           (NORMS["sequential"][1], "nn.ReLU(inplace=True),"),
                           ("            norm_layer(out),\n", "")],
        },
    ),
    Mistake(
        "no-first-norm",
        "There is no norm between the first 1×1 and the 3×3.",
        "The layer that narrows is followed by a norm and a ReLU, like the one in the middle.",
        "05 §2",
        "How many norms does your constructor make, and how many convolutions?",
        {
            "plain": [("        self.bn1 = norm_layer(width)\n", ""),
                      ("        out = self.bn1(out)\n", "")],
            "functional": [("        self.narrow_norm = norm(middle)\n", ""),
                           ("F.relu(self.narrow_norm(self.narrow(x)))", "F.relu(self.narrow(x))")],
            "sequential": [(NORMS["sequential"][0], "nn.ReLU(),")],
        },
    ),
    Mistake(
        "no-third-norm",
        "There is no norm behind the last 1×1.",
        "Each of the three convolutions has its own. Without the last one the branch has no "
        "common scale with the shortcut, and there is no weight to start at zero.",
        "05 §5",
        "How many norms does your block have?",
        {
            "plain": [("        self.bn3 = norm_layer(planes * self.expansion)\n", ""),
                      ("        out = self.bn3(out)\n", "")],
            "functional": [("        self.widen_norm = norm(wide)\n", ""),
                           ("self.widen_norm(self.widen(h))", "self.widen(h)")],
            "sequential": [("            norm_layer(out),\n", "")],
        },
    ),
    Mistake(
        "no-second-norm",
        "There is no norm between the 3×3 and the last 1×1.",
        "The layer in the middle is followed by a norm and a ReLU like the first one.",
        "05 §2",
        "Which two operations follow each of the first two convolutions?",
        {
            "plain": [("        self.bn2 = norm_layer(width)\n", ""),
                      ("        out = self.bn2(out)\n", "")],
            "functional": [("        self.look_norm = norm(middle)\n", ""),
                           ("F.relu(self.look_norm(self.look(h)))", "F.relu(self.look(h))")],
            "sequential": [("            norm_layer(width),\n            nn.ReLU(inplace=True),",
                            "            nn.ReLU(inplace=True),")],
        },
    ),
    Mistake(
        "norm-after-the-sum",
        "The third norm stands behind the addition.",
        "The shortcut then passes a norm in every block, and no longer hands its input on "
        "unchanged.",
        "04 §2",
        "What lies on the way from x to the end when the branch puts out zeros?",
        {
            "plain": [("        out = self.bn3(out)\n", ""),
                      ("        out += identity\n",
                       "        out += identity\n        out = self.bn3(out)\n")],
            "functional": [("self.widen_norm(self.widen(h))", "self.widen(h)"),
                           ("F.relu(h + skip)", "F.relu(self.widen_norm(h + skip))")],
            "sequential": [("torch.relu(torch.add(self.side(x), self.body(x)))",
                            "torch.relu(self.body[7](torch.add(self.side(x), self.body[:7](x))))")],
        },
    ),
    Mistake(
        "none-is-called",
        "A `norm_layer` of None is called as if it made norms.",
        "A default stands in only where the argument is left out: who hands None over gets None.",
        "03 §5",
        "Which value has `norm_layer` in your constructor when a network hands None through?",
        {
            "plain": [("norm_layer=None)", "norm_layer=nn.BatchNorm2d)"),
                      ("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n",
                       "")],
            "functional": [("norm_layer=None)", "norm_layer=nn.BatchNorm2d)"),
                           ("norm = norm_layer or nn.BatchNorm2d", "norm = norm_layer")],
            "sequential": [("        norm_layer = nn.BatchNorm2d if norm_layer is None else "
                            "norm_layer\n", "")],
        },
    ),
    Mistake(
        "none-is-never-replaced",
        "`norm_layer` stays None where it is left out, and None makes no norms.",
        "The default only says that nobody has chosen: the usual norm is to be put there.",
        "03 §5",
        "Which object makes your norms when the block is built without `norm_layer`?",
        {
            "plain": [("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n",
                       "")],
            "functional": [("norm = norm_layer or nn.BatchNorm2d", "norm = norm_layer")],
            "sequential": [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
                           ("        norm_layer = nn.BatchNorm2d if norm_layer is None else "
                            "norm_layer\n", "")],
        },
    ),
    Mistake(
        "instance-norm",
        "InstanceNorm stands where BatchNorm belongs.",
        "It takes mean and variance of every image and channel by itself, in both modes, and keeps "
        "neither.",
        "05 §5",
        "Over which axes does your norm take its mean?",
        norms_made_by("functools.partial(nn.InstanceNorm2d, affine=True)"),
    ),
    Mistake(
        "bare-instance-norm",
        "InstanceNorm without weight and bias stands where BatchNorm belongs.",
        "As torch makes it by itself it learns nothing, and it looks at one image at a time.",
        "05 §5",
        "Which class makes your norms, and which parameters do they have?",
        norms_made_by("nn.InstanceNorm2d"),
    ),
    Mistake(
        "statistics-not-kept",
        "The norms keep no running statistics.",
        "At inference they then use the statistics of whatever batch comes along, so the answer "
        "for an image depends on its neighbours.",
        "03 §2",
        "Where does a BatchNorm take mean and variance from at inference?",
        {
            "plain": [("norm_layer = nn.BatchNorm2d",
                       "norm_layer = functools.partial(nn.BatchNorm2d, "
                       "track_running_stats=False)")],
            "functional": [("norm_layer or nn.BatchNorm2d",
                            "norm_layer or (lambda c: nn.BatchNorm2d("
                            "c, track_running_stats=False))")],
            "sequential": [("nn.BatchNorm2d if norm_layer is None else norm_layer",
                            "functools.partial(nn.BatchNorm2d, track_running_stats=False) "
                            "if norm_layer in (None, nn.BatchNorm2d) else norm_layer")],
        },
    ),
    Mistake(
        "other-momentum",
        "The norms have another momentum than torch's BatchNorm2d has by itself.",
        "It is the share that each batch has in the running statistics: other libraries count the "
        "share that stays.",
        "03 §2",
        "After one batch in training mode, how much of the old running mean is left?",
        {
            "plain": [("norm_layer = nn.BatchNorm2d",
                       "norm_layer = functools.partial(nn.BatchNorm2d, momentum=0.9)")],
            "functional": [("norm_layer or nn.BatchNorm2d",
                            "norm_layer or (lambda c: nn.BatchNorm2d(c, momentum=0.9))")],
            "sequential": [("nn.BatchNorm2d if norm_layer is None else norm_layer",
                            "functools.partial(nn.BatchNorm2d, momentum=0.9) "
                            "if norm_layer in (None, nn.BatchNorm2d) else norm_layer")],
        },
    ),
    Mistake(
        "another-eps",
        "The norms have another eps than torch's BatchNorm2d has by itself.",
        "A small constant under the root, yet trained weights give other scores with another one.",
        "03 §1",
        "What arguments does your norm get besides the number of channels?",
        {
            "plain": [("norm_layer = nn.BatchNorm2d",
                       "norm_layer = functools.partial(nn.BatchNorm2d, eps=1e-3)")],
            "functional": [("norm_layer or nn.BatchNorm2d",
                            "norm_layer or (lambda c: nn.BatchNorm2d(c, eps=1e-3))")],
            "sequential": [("nn.BatchNorm2d if norm_layer is None else norm_layer",
                            "functools.partial(nn.BatchNorm2d, eps=1e-3) "
                            "if norm_layer in (None, nn.BatchNorm2d) else norm_layer")],
        },
    ),
    # ReLUs.
    Mistake(
        "no-first-relu",
        "The ReLU between the first norm and the 3×3 is missing.",
        "Two linear maps in a row are one linear map, and at inference the norm between them is "
        "linear too, up to a constant: away from the border one 3×3 could do the same.",
        "05 §2",
        "What stands between two convolutions, so that they are more than one?",
        {
            "plain": [(STEP1["plain"], "        out = self.bn1(out)\n")],
            "functional": [(STEP1["functional"], "h = self.narrow_norm(self.narrow(x))")],
            "sequential": [("            nn.ReLU(),\n", "")],
        },
    ),
    Mistake(
        "no-second-relu",
        "The ReLU between the second norm and the last 1×1 is missing.",
        "The 3×3, its norm at inference and the last 1×1 are then one linear map (up to a "
        "constant). A basic block has no ReLU behind its second norm, a bottleneck has.",
        "05 §5",
        "What is new in the bottleneck's forward against that of the basic block?",
        {
            "plain": [(STEP2["plain"], "        out = self.bn2(out)\n")],
            "functional": [(STEP2["functional"], "h = self.look_norm(self.look(h))")],
            "sequential": [("            nn.ReLU(inplace=True),\n", "")],
        },
    ),
    Mistake(
        "no-inner-relu",
        "No ReLU stands between the convolutions of the branch.",
        "Convolutions are linear maps, and norms at inference too, up to a constant: the whole "
        "branch is one linear map.",
        "05 §2",
        "After which of your layers is the smallest value 0?",
        {
            "plain": [(STEP1["plain"], "        out = self.bn1(out)\n"),
                      (STEP2["plain"], "        out = self.bn2(out)\n")],
            "functional": [(STEP1["functional"], "h = self.narrow_norm(self.narrow(x))"),
                           (STEP2["functional"], "h = self.look_norm(self.look(h))")],
            "sequential": [("            nn.ReLU(),\n", ""),
                           ("            nn.ReLU(inplace=True),\n", "")],
        },
    ),
    Mistake(
        "relu-before-the-first-norm",
        "The first ReLU stands before its norm, not behind it.",
        "What is negative is cut off before it is normalised, and the 3×3 reads negative numbers "
        "again.",
        "04 §3",
        "Which of the two reads what the first 1×1 puts out?",
        {
            "plain": [(STEP1["plain"],
                       "        out = self.relu(out)\n        out = self.bn1(out)\n")],
            "functional": [(STEP1["functional"], "h = self.narrow_norm(F.relu(self.narrow(x)))")],
            "sequential": [(NORMS["sequential"][0], "nn.ReLU(),\n            norm_layer(width),")],
        },
    ),
    Mistake(
        "relu-before-the-second-norm",
        "The second ReLU stands before its norm, not behind it.",
        "The last 1×1 then reads negative numbers, too: the norm makes them of what has been cut.",
        "04 §3",
        "Which of the two reads what the 3×3 puts out?",
        {
            "plain": [(STEP2["plain"],
                       "        out = self.relu(out)\n        out = self.bn2(out)\n")],
            "functional": [(STEP2["functional"], "h = self.look_norm(F.relu(self.look(h)))")],
            "sequential": [(NORMS["sequential"][1],
                            "nn.ReLU(inplace=True),\n            norm_layer(width),")],
        },
    ),
    Mistake(
        "relu-before-the-sum",
        "The last ReLU stands before the addition, not behind it.",
        "The branch can then only add, never subtract, and values grow from block to block.",
        "04 §2",
        "What is the smallest number that your branch can put out?",
        {
            "plain": [("        out = self.bn3(out)\n", "        out = F.relu(self.bn3(out))\n"),
                      (END["plain"], "        out += identity\n        return out\n")],
            "functional": [(STEP3["functional"], "h = F.relu(self.widen_norm(self.widen(h)))"),
                           ("return F.relu(h + skip)", "return h + skip")],
            "sequential": [(END["sequential"],
                            "return torch.add(self.side(x), torch.relu(self.body(x)))")],
        },
    ),
    Mistake(
        "relu-before-and-after-the-sum",
        "There is a ReLU before the addition as well as behind it.",
        "What the branch wants to subtract is cut off before it reaches the shortcut.",
        "04 §2",
        "After which of the three norms does no ReLU follow at once?",
        {
            "plain": [("        out = self.bn3(out)\n", "        out = F.relu(self.bn3(out))\n")],
            "functional": [(STEP3["functional"], "h = F.relu(self.widen_norm(self.widen(h)))")],
            "sequential": [("self.body(x)", "torch.relu(self.body(x))")],
        },
    ),
    Mistake(
        "no-last-relu",
        "The ReLU behind the addition is missing.",
        "The plain sum leaves the block. The next one is meant to get what has passed a ReLU.",
        "04 §2",
        "Which step of yours comes last before the block returns?",
        {
            "plain": [(END["plain"], "        out += identity\n        return out\n")],
            "functional": [("return F.relu(h + skip)", "return h + skip")],
            "sequential": [(END["sequential"], "return " + SUM["sequential"])],
        },
    ),
    Mistake(
        "relu-on-each-term",
        "A ReLU stands on the branch and another on the shortcut, and none behind the addition.",
        "What the branch would subtract is cut off, and so is what a projection makes negative.",
        "04 §2",
        "Can your addition make a number of the shortcut smaller?",
        {
            "plain": [(END["plain"], "        return F.relu(out) + F.relu(identity)\n")],
            "functional": [("F.relu(h + skip)", "F.relu(skip) + F.relu(h)")],
            "sequential": [(END["sequential"],
                            "return torch.relu(self.body(x)) + torch.relu(self.side(x))")],
        },
    ),
    Mistake(
        "relu-before-norm",
        "Inside the branch the ReLU stands before the norm.",
        "The norm then sees values without their negative half, and what goes on is centred at 0 "
        "again.",
        "05 §2",
        "In which order do convolution, norm and ReLU follow each other in ResNet?",
        {
            "plain": [(STEP1["plain"], "        out = self.bn1(self.relu(out))\n"),
                      (STEP2["plain"], "        out = self.bn2(self.relu(out))\n")],
            "functional": [(STEP1["functional"], "h = self.narrow_norm(F.relu(self.narrow(x)))"),
                           (STEP2["functional"], "h = self.look_norm(F.relu(self.look(h)))")],
            "sequential": [("            norm_layer(width),\n            nn.ReLU(),",
                            "            nn.ReLU(),\n            norm_layer(width),"),
                           ("            norm_layer(width),\n            nn.ReLU(inplace=True),",
                            "            nn.ReLU(inplace=True),\n            norm_layer(width),")],
        },
    ),
    Mistake(
        "pre-activation",
        "Norm and ReLU stand before each convolution, not behind it.",
        "That is the block of the second ResNet paper. torchvision's networks have the first "
        "paper's.",
        "01 §7",
        "What is the first thing that happens to x on the branch?",
        {
            "plain": [(NORMS["plain"][0], "self.bn1 = norm_layer(inplanes)"),
                      (NORMS["plain"][2], "self.bn3 = norm_layer(width)"),
                      ("        out = self.conv1(x)\n" + STEP1["plain"],
                       "        out = self.conv1(F.relu(self.bn1(x)))\n"),
                      ("        out = self.conv2(out)\n" + STEP2["plain"],
                       "        out = self.conv2(F.relu(self.bn2(out)))\n"),
                      ("        out = self.conv3(out)\n        out = self.bn3(out)\n",
                       "        out = self.conv3(F.relu(self.bn3(out)))\n"),
                      (END["plain"], "        return out + identity\n")],
            "functional": [(NORMS["functional"][0], "self.narrow_norm = norm(inplanes)"),
                           (NORMS["functional"][2], "self.widen_norm = norm(middle)"),
                           (STEP1["functional"], "h = self.narrow(F.relu(self.narrow_norm(x)))"),
                           (STEP2["functional"], "h = self.look(F.relu(self.look_norm(h)))"),
                           (STEP3["functional"], "h = self.widen(F.relu(self.widen_norm(h)))"),
                           ("return F.relu(h + skip)", "return h + skip")],
            "sequential": [("            nn.Conv2d(inplanes, width, (1, 1), bias=False),\n",
                            "            norm_layer(inplanes), nn.ReLU(),\n"
                            "            nn.Conv2d(inplanes, width, (1, 1), bias=False),\n"),
                           ("            norm_layer(out),\n", ""),
                           (END["sequential"], "return " + SUM["sequential"])],
        },
    ),
    Mistake(
        "relu6",
        "The activation is ReLU6: it cuts off at 6.",
        "Small values pass it as they pass a ReLU, so it shows only when numbers grow.",
        "05 §2",
        "What should the activation make of the number 10?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.ReLU6(inplace=True)")],
            "functional": [(STEP1["functional"], "h = F.relu6(self.narrow_norm(self.narrow(x)))"),
                           (STEP2["functional"], "h = F.relu6(self.look_norm(self.look(h)))"),
                           ("F.relu(h + skip)", "F.relu6(h + skip)")],
            "sequential": [("nn.ReLU(),", "nn.ReLU6(),"), ("nn.ReLU(inplace=True),", "nn.ReLU6(),"),
                           ("torch.relu(", "F.relu6(")],
        },
    ),
    Mistake(
        "gelu",
        "The activation is GELU.",
        "Newer networks use it. Weights that were trained with ReLU give other scores with it.",
        "05 §2",
        "What should the activation make of a number just below 0?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.GELU()")],
            "functional": [(STEP1["functional"], "h = F.gelu(self.narrow_norm(self.narrow(x)))"),
                           (STEP2["functional"], "h = F.gelu(self.look_norm(self.look(h)))"),
                           ("F.relu(h + skip)", "F.gelu(h + skip)")],
            "sequential": [("nn.ReLU(),", "nn.GELU(),"), ("nn.ReLU(inplace=True),", "nn.GELU(),"),
                           ("torch.relu(", "F.gelu(")],
        },
    ),
    Mistake(
        "gelu-inside",
        "Inside the branch the activation is GELU; only behind the sum is it ReLU.",
        "All three places have the same activation, as one module could serve them all.",
        "05 §2",
        "Which activation does each of the three places call?",
        {
            "plain": [(STEP1["plain"], "        out = F.gelu(self.bn1(out))\n"),
                      (STEP2["plain"], "        out = F.gelu(self.bn2(out))\n")],
            "functional": [(STEP1["functional"], "h = F.gelu(self.narrow_norm(self.narrow(x)))"),
                           (STEP2["functional"], "h = F.gelu(self.look_norm(self.look(h)))")],
            "sequential": [("nn.ReLU(),", "nn.GELU(),"), ("nn.ReLU(inplace=True),", "nn.GELU(),")],
        },
    ),
    Mistake(
        "leaky-relu",
        "The activation is a leaky ReLU: it lets a part of the negative numbers through.",
        "Behind a ReLU the smallest value is 0, and the next block relies on it.",
        "05 §2",
        "What is left of −1 behind your activation?",
        {
            "plain": [("nn.ReLU(inplace=True)", "nn.LeakyReLU(inplace=True)")],
            "functional": [(STEP1["functional"],
                            "h = F.leaky_relu(self.narrow_norm(self.narrow(x)))"),
                           (STEP2["functional"], "h = F.leaky_relu(self.look_norm(self.look(h)))"),
                           ("F.relu(h + skip)", "F.leaky_relu(h + skip)")],
            "sequential": [("nn.ReLU(),", "nn.LeakyReLU(),"),
                           ("nn.ReLU(inplace=True),", "nn.LeakyReLU(),"),
                           ("torch.relu(", "F.leaky_relu(")],
        },
    ),
    Mistake(
        "relu-on-the-branch",
        "The branch begins with a ReLU.",
        "It comes too much: behind a stem or a block the input has been through one already.",
        "05 §2",
        "Which layer of the branch should read x first?",
        {
            "plain": [("self.conv1(x)", "self.conv1(F.relu(x))")],
            "functional": [("self.narrow(x)", "self.narrow(F.relu(x))")],
            "sequential": [("self.body(x)", "self.body(torch.relu(x))")],
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
            "functional": [("        skip = x if", "        x = F.relu(x)\n        skip = x if")],
            "sequential": [("        return torch.relu",
                            "        x = torch.relu(x)\n        return torch.relu")],
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
            "plain": [(STEP1["plain"], "        out = self.bn1(out)\n        out = nn.ReLU(out)\n"),
                      (STEP2["plain"],
                       "        out = self.bn2(out)\n        out = nn.ReLU(out)\n")],
            "functional": [(STEP1["functional"], "h = nn.ReLU(self.narrow_norm(self.narrow(x)))"),
                           (STEP2["functional"], "h = nn.ReLU(self.look_norm(self.look(h)))")],
            "sequential": [("self.body(x)", "self.body[3:](nn.ReLU(self.body[:2](x)))")],
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
            "plain": [(END["plain"], "        out += identity\n        return nn.ReLU(out)\n")],
            "functional": [("return F.relu(h + skip)", "return nn.ReLU(h + skip)")],
            "sequential": [("return torch.relu(", "return nn.ReLU(")],
        },
    ),
    # The branch.
    Mistake(
        "conv2-reads-the-input",
        "The 3×3 reads the block's input, not what the first 1×1 has made of it.",
        "In the first block of `layer1` both have 64 channels, so it runs there, and the first "
        "1×1 is thrown away.",
        "05 §2",
        "Which tensor is handed to the second convolution?",
        {
            "plain": [("self.conv2(out)", "self.conv2(x)")],
            "functional": [("self.look(h)", "self.look(x)")],
            "sequential": [("torch.add(self.side(x), self.body(x))",
                            "torch.add(self.side(x), "
                            "self.body[3:](x) if self.body[:3](x) is not None else x)")],
        },
    ),
    Mistake(
        "conv2-never-called",
        "The 3×3 is built and never called: the first 1×1 feeds the last one.",
        "The widths agree, so nothing fails without a stride, and the block sees no neighbours.",
        "05 §2",
        "Which line of your forward calls the layer in the middle?",
        {
            "plain": [("        out = self.conv2(out)\n" + STEP2["plain"], "")],
            "functional": [("        h = F.relu(self.look_norm(self.look(h)))\n", "")],
            "sequential": [("self.body(x)", "self.body[6:](self.body[:3](x))")],
        },
    ),
    Mistake(
        "returns-after-the-first-layer",
        "forward returns when only the first convolution has run.",
        "A `return` ends a function wherever it stands: inside a loop, in its first round.",
        "05 §2",
        "How far is the last line of your forward indented?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(x)\n        return out\n")],
            "functional": [("        skip = x if",
                            "        for layer in (self.narrow, self.look):\n"
                            "            return layer(x)\n        skip = x if")],
            "sequential": [(END["sequential"], "y = x\n        for layer in self.body:\n"
                            "            y = layer(y)\n            return y")],
        },
    ),
    Mistake(
        "relu-and-return-after-the-first-layer",
        "forward returns relu of the first convolution; no other layer has run.",
        "The line with `return` belongs behind the loop over the layers; inside it, it ends the "
        "first round and the whole function.",
        "05 §2",
        "How often does the loop in your forward go round?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(x)\n        return self.relu(out)\n")],
            "functional": [("        skip = x if",
                            "        for layer in (self.narrow, self.look):\n"
                            "            return F.relu(layer(x))\n        skip = x if")],
            "sequential": [(END["sequential"], "y = x\n        for layer in self.body:\n"
                            "            y = layer(y)\n            return torch.relu(y)")],
        },
    ),
    Mistake(
        "returns-after-the-first-norm",
        "forward returns behind the first norm and ReLU: the 3×3 never runs.",
        "Where convolutions and norms are called in a loop, a `return` that is indented as far as "
        "they are ends it in the first round.",
        "05 §2",
        "Which lines of your forward are never reached?",
        {
            "plain": [(STEP1["plain"], STEP1["plain"] + "        return out\n")],
            "functional": [(STEP1["functional"],
                            "return F.relu(self.narrow_norm(self.narrow(x)))")],
            "sequential": [(END["sequential"], "return self.body[:3](x)")],
        },
    ),
    Mistake(
        "sum-after-the-first-layer",
        "The sum is made when only the first convolution has run.",
        "Sum and `return` stand inside the loop over the layers. The first 1×1 has narrowed, so "
        "what comes out does not fit the shortcut.",
        "05 §2",
        "Which of your lines belong behind the loop and not into it?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(x)\n        if self.downsample is not None:\n"
                       "            return F.relu(out + self.downsample(identity))\n"
                       "        return F.relu(out + identity)\n")],
            "functional": [("        h = F.relu(self.narrow_norm(self.narrow(x)))\n",
                            "        for layer in (self.narrow, self.look):\n"
                            "            return F.relu(layer(x) + skip)\n")],
            "sequential": [(END["sequential"], "y = x\n        for layer in self.body:\n"
                            "            y = layer(y)\n"
                            "            return torch.relu(y + self.side(x))")],
        },
    ),
    Mistake(
        "sum-after-the-first-relu",
        "The sum is made behind the first norm and ReLU: the 3×3 never runs.",
        "The addition and the `return` belong behind the loop over the layers; inside it they end "
        "it in its first round.",
        "05 §2",
        "How many convolutions have run when your addition is made?",
        {
            "plain": [(STEP1["plain"], STEP1["plain"] + "        if self.downsample is not None:\n"
                       "            return F.relu(out + self.downsample(identity))\n"
                       "        return F.relu(out + identity)\n")],
            "functional": [(STEP1["functional"], STEP1["functional"]
                            + "\n        return F.relu(h + skip)")],
            "sequential": [("self.body(x)", "self.body[:3](x)")],
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
            "plain": [(f"self.{name} = {maker}", f"{name} = {maker}") for name, maker in (
                          ("conv1", "conv"), ("conv2", "conv"), ("conv3", "conv"),
                          ("bn1", "norm"), ("bn2", "norm"), ("bn3", "norm"))]
            + [("        self.stride = stride\n", "        self.stride = stride\n"
                "        self.convs, self.norms = [conv1, conv2, conv3], [bn1, bn2, bn3]\n")]
            + [(f"self.conv{k}(", f"self.convs[{k - 1}](") for k in (1, 2, 3)]
            + [(f"self.bn{k}(", f"self.norms[{k - 1}](") for k in (1, 2, 3)],
            "functional": [("self.narrow = nn", "narrow = nn"), ("self.look = nn", "look = nn"),
                           ("self.widen = nn", "widen = nn"),
                           *((f"self.{n} = norm", f"{n} = norm")
                             for n in ("narrow_norm", "look_norm", "widen_norm")),
                           ("self.shortcut = downsample", """self.shortcut = downsample
        self.steps = [(narrow, narrow_norm), (look, look_norm), (widen, widen_norm)]"""),
                           ("        " + STEP1["functional"] + "\n        " + STEP2["functional"]
                            + "\n        " + STEP3["functional"],
                            "        (a, b), (c, d), (e, f) = self.steps\n"
                            "        h = f(e(F.relu(d(c(F.relu(b(a(x))))))))")],
            "sequential": [("self.body = nn.Sequential(", "self.body = ("),
                           (END["sequential"], """y = x
        for layer in self.body:
            y = layer(y)
        return torch.relu(torch.add(self.side(x), y))""")],
        },
    ),
    Mistake(
        "dropout",
        "The block draws random numbers in training, as a dropout does.",
        "In evaluation mode nothing of it shows. ResNet has nothing random in its blocks.",
        "03 §5",
        "Does your block give the same result twice in training mode?",
        {
            "plain": [(STEP2["plain"], STEP2["plain"]
                       + "        out = F.dropout(out, 0.5, self.training)\n")],
            "functional": [(STEP2["functional"], STEP2["functional"]
                            + "\n        h = F.dropout(h, 0.5, self.training)")],
            "sequential": [("nn.ReLU(inplace=True),",
                            "nn.ReLU(inplace=True),\n            nn.Dropout(0.5),")],
        },
    ),
    Mistake(
        "dropout-always",
        "In evaluation mode random numbers are drawn, too.",
        "What is left out by chance when the network predicts is noise in its scores.",
        "03 §2",
        "Does one image get the same output twice after `eval()`?",
        {
            "plain": [(STEP2["plain"], STEP2["plain"] + "        out = F.dropout(out, 0.5)\n")],
            "functional": [(STEP2["functional"], STEP2["functional"]
                            + "\n        h = F.dropout(h, 0.2, training=True)")],
            "sequential": [("self.body(x)))", "F.dropout(self.body(x), 0.3)))")],
        },
    ),
    Mistake(
        "left-out-by-chance",
        "Now and then the block leaves its branch out, by chance, when it trains.",
        "A ResNet lets each image pass every block. Networks with stochastic depth came later.",
        "03 §2",
        "Which of your lines decides in training whether the three convolutions count?",
        {
            "plain": [("        out += identity\n",
                       "        if self.training and torch.rand(1).item() < 0.3:\n"
                       "            out = torch.zeros_like(out)\n        out += identity\n")],
            "functional": [(END["functional"],
                            "if self.training and torch.rand(()) < 0.2:\n"
                            "            h = 0 * h\n        " + END["functional"])],
            "sequential": [(END["sequential"],
                            "if self.training and torch.randint(4, (1,)) == 0:\n"
                            "            return torch.relu(self.side(x))\n        "
                            + END["sequential"])],
        },
    ),
    # The shortcut and the sum.
    Mistake(
        "sum-only-with-a-downsample",
        "The sum is made only where a `downsample` is given; otherwise the branch alone goes out.",
        "The addition belongs to every block. What `downsample` decides is which term comes from "
        "the shortcut.",
        "04 §5",
        "What is added in a block that was built with two channel counts only?",
        {
            "plain": [("        if self.downsample is not None:\n"
                       "            identity = self.downsample(x)\n        out += identity\n",
                       "        if self.downsample is not None:\n"
                       "            out += self.downsample(x)\n")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"],
                            "h = h if self.shortcut is None else h + self.shortcut(x)\n"
                            "        return F.relu(h)")],
            "sequential": [(END["sequential"], "y = self.body(x)\n"
                            "        if not isinstance(self.side, nn.Identity):\n"
                            "            y = self.side(x) + y\n        return torch.relu(y)")],
        },
    ),
    Mistake(
        "sum-only-without-a-downsample",
        "The sum is made only where no `downsample` is given; with one the branch alone goes out.",
        "The projected input is one of the two terms, too.",
        "04 §5",
        "What becomes of the output of `downsample` in your forward?",
        {
            "plain": [("            identity = self.downsample(x)\n        out += identity\n",
                       "            identity = self.downsample(x)\n        else:\n"
                       "            out += identity\n")],
            "functional": [("F.relu(h + skip)",
                            "F.relu(h + skip if self.shortcut is None else h)")],
            "sequential": [(END["sequential"], "y, side = self.body(x), self.side(x)\n"
                            "        if isinstance(self.side, nn.Identity):\n"
                            "            y = side + y\n        return torch.relu(y)")],
        },
    ),
    Mistake(
        "returns-only-with-a-downsample",
        "Where no `downsample` is given, forward returns nothing.",
        "The `return` stands under a condition that does not hold for most blocks.",
        "04 §3",
        "How far are the lines below your `if` indented?",
        {
            "plain": [(END["plain"], "            out += identity\n"
                       "            out = self.relu(out)\n            return out\n")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            "        if self.shortcut is None:\n            return None\n"
                            "        skip = self.shortcut(x)\n")],
            "sequential": [("        " + END["sequential"],
                            "        if not isinstance(self.side, nn.Identity):\n"
                            "            " + END["sequential"])],
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
            "sequential": [(END["sequential"], "y = self.body(x)\n"
                            "        same = isinstance(self.side, nn.Identity)\n"
                            "        side = x if same else self.side\n"
                            "        return torch.relu(y + side)")],
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
            "plain": [("        out = self.bn3(out)\n", """        out = self.bn3(out)
        if self.downsample is not None:
            out = self.downsample(out)
""")],
            "functional": [(STEP3["functional"], STEP3["functional"] + "\n        "
                            "h = h if self.shortcut is None else self.shortcut(h)")],
            "sequential": [("self.side(x), self.body(x)", "self.side(x), self.side(self.body(x))")],
        },
    ),
    Mistake(
        "no-sum",
        "The shortcut is not added: the branch alone goes out.",
        "Without the addition nothing carries the input past the three convolutions.",
        "04 §2",
        "Where in your forward does x reach the output without passing a convolution?",
        {
            "plain": [("        out += identity\n", "")],
            "functional": [("F.relu(h + skip)", "F.relu(h)")],
            "sequential": [(SUM["sequential"], "self.body(x)")],
        },
    ),
    Mistake(
        "projection-not-added",
        "The block is handed a `downsample` and adds x itself all the same.",
        "Where the shape changes, x does not fit the branch. Where it fits, the projection learns"
        " nothing.",
        "04 §5",
        "Which two tensors meet in your sum when there is a projection?",
        {
            "plain": [("            identity = self.downsample(x)\n",
                       "            self.downsample(x)\n")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            "        skip = x if self.shortcut is None else self.shortcut(x)\n"
                            "        skip = x\n")],
            "sequential": [("        return torch.relu",
                            "        self.side(x)\n        return torch.relu"),
                           (SUM["sequential"], "torch.add(x, self.body(x))")],
        },
    ),
    Mistake(
        "projection-only-with-a-stride",
        "The projection is used only when the stride is not 1.",
        "The first block of `layer1` does not stride, and needs one for its channels.",
        "04 §5",
        "What are the two reasons for which a block is handed a projection?",
        {
            "plain": [("if self.downsample is not None:", "if self.stride != 1:")],
            "functional": [("x if self.shortcut is None else",
                            "x if self.look.stride == (1, 1) else")],
            "sequential": [("        self.side =", "        self.strided = stride > 1\n"
                                                  "        self.side ="),
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
            "plain": [("self.downsample = downsample",
                       "self.downsample = None if stride == 1 else downsample")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut = downsample if stride > 1 else None")],
            "sequential": [("nn.Identity() if downsample is None else downsample",
                            "downsample if downsample and stride != 1 else nn.Identity()")],
        },
    ),
    Mistake(
        "projection-of-the-branch",
        "The projection is applied to the branch's output, not to the block's input.",
        "Then both terms of the sum come from the branch, and the shortcut is no shortcut.",
        "04 §8",
        "What does the projection have to read?",
        {
            "plain": [("self.downsample(x)", "self.downsample(out)")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"],
                            "skip = x if self.shortcut is None else self.shortcut(h)\n"
                            "        return F.relu(h + skip)")],
            "sequential": [("nn.Identity() if downsample is None else downsample", "downsample"),
                           (END["sequential"], "y = self.body(x)\n"
                            "        side = x if self.side is None else self.side(y)\n"
                            "        return torch.relu(y + side)")],
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
            "functional": [("h + skip", "h + h")],
            "sequential": [(END["sequential"], "y, _ = self.body(x), self.side(x)\n"
                            "        return torch.relu(torch.add(y, y))")],
        },
    ),
    Mistake(
        "branch-thrown-away",
        "The shortcut alone goes out: what the branch computes is thrown away.",
        "None of the three convolutions has any effect, and none of their weights learns.",
        "04 §2",
        "What becomes of the output of your last norm?",
        {
            "plain": [("out += identity", "out = identity")],
            "functional": [("F.relu(h + skip)", "F.relu(skip)")],
            "sequential": [(END["sequential"], "y = self.body(x)\n        y = self.side(x)\n"
                            "        return torch.relu(y)")],
        },
    ),
    Mistake(
        "branch-added-to-itself",
        "Where no `downsample` is given, the branch is added to itself.",
        "Both names in the sum stand for the output of the last norm; the input is lost.",
        "04 §6",
        "At the line of the sum: does the name still hold what came in?",
        {
            "plain": [("        identity = x\n", ""),
                      ("        if self.downsample is not None:\n"
                       "            identity = self.downsample(x)\n",
                       "        x = identity = out\n        if self.downsample is not None:\n"
                       "            identity = self.downsample(x)\n"),
                      ("out += identity", "out = out + identity")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"],
                            "skip = h if self.shortcut is None else self.shortcut(h)\n"
                            "        return F.relu(h + skip)")],
            "sequential": [(END["sequential"], "x = self.body(x)\n"
                            "        return torch.relu(torch.add(self.side(x), x))")],
        },
    ),
    Mistake(
        "sum-into-the-input",
        "The sum is written into the block's input.",
        "The input belongs to the caller, and the convolutions need it for their gradients.",
        "04 §6",
        "Which of the two tensors in the sum belongs to your block?",
        {
            "plain": [(END["plain"], "        identity += out\n        return F.relu(identity)\n")],
            "functional": [(END["functional"], "skip += h\n        return F.relu(skip)")],
            "sequential": [(END["sequential"], "side = self.side(x)\n        side += self.body(x)\n"
                            "        return torch.relu(side)")],
        },
    ),
    Mistake(
        "relu-on-x-in-place",
        "A ReLU writes over the block's input before the branch begins.",
        "The shortcut then adds what the ReLU has left, and the caller's tensor has changed.",
        "03 §7",
        "Who else holds the tensor that your first line changes?",
        {
            "plain": [("        out = self.conv1(x)\n",
                       "        out = self.conv1(self.relu(x))\n")],
            "functional": [("        skip = x if",
                            "        x = F.relu(x, inplace=True)\n        skip = x if")],
            "sequential": [(SUM["sequential"], "torch.add(self.side(x.relu_()), self.body(x))")],
        },
    ),
    Mistake(
        "shortcut-starts-inside",
        "What is added comes from inside the branch, not from the input.",
        "The shortcut should lead past all three convolutions. Behind the first one the channels "
        "are already fewer.",
        "04 §2",
        "Which value has the variable that you add, and what has been done to x by then?",
        {
            "plain": [("        identity = x\n", ""),
                      ("        out = self.conv2(out)\n",
                       "        identity = out\n        out = self.conv2(out)\n")],
            "functional": [("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (STEP2["functional"],
                            "skip = h if self.shortcut is None else self.shortcut(x)\n        "
                            + STEP2["functional"])],
            "sequential": [(END["sequential"], "y = self.body[:3](x)\n"
                            "        side = y if isinstance(self.side, nn.Identity) "
                            "else self.side(x)\n"
                            "        return torch.relu(self.body[3:](y) + side)")],
        },
    ),
    Mistake(
        "shortcut-added-twice",
        "The shortcut is added twice.",
        "With each block the input's share in the sum doubles.",
        "04 §2",
        "How often does x occur in the sum that you wrote?",
        {
            "plain": [("        out += identity\n",
                       "        out += identity\n        out += identity\n")],
            "functional": [("h + skip", "h + skip + skip")],
            "sequential": [(END["sequential"],
                            "side = self.side(x)\n        total = self.body(x) + side\n"
                            "        return torch.relu(total + side)")],
        },
    ),
    Mistake(
        "relu-on-the-shortcut",
        "There is a ReLU on the shortcut.",
        "The shortcut should hand its input on as it is. Behind another block nobody notices, "
        "since no negative number arrives; behind a projection it matters.",
        "04 §5",
        "What does the shortcut do to its input besides the projection?",
        {
            "plain": [("out += identity", "out += F.relu(identity)")],
            "functional": [("h + skip", "h + F.relu(skip)")],
            "sequential": [("torch.add(self.side(x),", "torch.add(torch.relu(self.side(x)),")],
        },
    ),
    Mistake(
        "concatenation",
        "Branch and shortcut are joined side by side, not added.",
        "A residual block adds. Joining doubles the channels, as a DenseNet does.",
        "04 §2",
        "How many channels does a block with an identity shortcut put out?",
        {
            "plain": [("out += identity", "out = torch.cat([out, identity], 1)")],
            "functional": [("h + skip", "torch.cat((h, skip), dim=1)")],
            "sequential": [("torch.add(self.side(x), self.body(x))",
                            "torch.cat([self.body(x), self.side(x)], 1)")],
        },
    ),
    Mistake(
        "shortcut-without-gradient",
        "No gradient passes the shortcut: the sum hides it from autograd.",
        "The values are right in every mode. The road on which gradients travel unchanged is cut.",
        "04 §7",
        "Which gradient should the sum hand to the shortcut?",
        {
            "plain": [("out += identity", "out.data += identity")],
            "functional": [("h + skip", "h + skip.detach()")],
            "sequential": [("torch.add(self.side(x), self.body(x))",
                            "torch.add(self.side(x).data, self.body(x))")],
        },
    ),
    Mistake(
        "downsample-in-a-list",
        "The module that is given as `downsample` is no part of the block.",
        "Kept in a list or in a function, or copied, it is not the block's own: it is in no "
        "state_dict, and no optimiser trains it.",
        "04 §8",
        "Does the block list the projection among its parameters?",
        {
            "plain": [("self.downsample = downsample", "self.downsample = [downsample]"),
                      ("if self.downsample is not None:", "if self.downsample[0] is not None:"),
                      ("self.downsample(x)", "self.downsample[0](x)")],
            "functional": [("self.shortcut = downsample", "self.shortcuts = [downsample]"),
                           ("x if self.shortcut is None else self.shortcut(x)",
                            "x if self.shortcuts[0] is None else self.shortcuts[0](x)")],
            "sequential": [("self.side = nn.Identity() if downsample is None else downsample",
                            "self.side = (nn.Identity() if downsample is None else downsample,)"),
                           ("self.side(x)", "self.side[0](x)")],
        },
    ),
    Mistake(
        "projection-of-its-own",
        "The block builds a projection of its own and ignores the one that it was handed.",
        "The stage decides where there is a projection. Weights of the one handed over are never "
        "used.",
        "04 §5",
        "Who makes the projection: the block or the stage?",
        {
            "plain": [("self.downsample = downsample",
                       "self.downsample = None\n"
                       "        if stride != 1 or inplanes != planes * 4:\n"
                       "            self.downsample = nn.Sequential(\n"
                       "                conv1x1(inplanes, planes * 4, stride),\n"
                       "                norm_layer(planes * 4))")],
            "functional": [("self.shortcut = downsample",
                            "self.shortcut = None\n"
                            "        if stride > 1 or inplanes != wide:\n"
                            "            self.shortcut = nn.Sequential(\n"
                            "                nn.Conv2d(inplanes, wide, 1, stride, bias=False),\n"
                            "                norm(wide))"),
                           ("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"],
                            "return F.relu(h + (self.shortcut(x) if self.shortcut else x))")],
            "sequential": [("nn.Identity() if downsample is None else downsample",
                            "nn.Identity() if stride == 1 and inplanes == out else nn.Sequential(\n"
                            "            nn.Conv2d(inplanes, out, 1, stride, bias=False),\n"
                            "            norm_layer(out))"),
                           (SUM["sequential"], "torch.add(self.body(x), self.side(x))")],
        },
    ),
    Mistake(
        "projection-of-its-own-in-every-block",
        "Every block has a projection of its own making, asked for or not.",
        "Where no `downsample` is given, the shortcut is the input as it came. Most blocks have "
        "none.",
        "04 §5",
        "How many parameters has the shortcut of a block that keeps its shape?",
        {
            "plain": [("self.downsample = downsample",
                       "self.downsample = nn.Sequential(\n"
                       "            conv1x1(inplanes, planes * 4, stride), "
                       "norm_layer(planes * 4))")],
            "functional": [("self.shortcut = downsample",
                            "one = nn.Conv2d(inplanes, wide, 1, stride, bias=False)\n"
                            "        self.shortcut = nn.Sequential(one, norm(wide))"),
                           ("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"], "return F.relu(h + self.shortcut(x))")],
            "sequential": [("nn.Identity() if downsample is None else downsample",
                            "nn.Sequential(nn.Conv2d(inplanes, out, 1, stride, bias=False), "
                            "norm_layer(out))"),
                           (SUM["sequential"], "torch.add(self.body(x), self.side(x))")],
        },
    ),
    Mistake(
        "projection-of-its-own-for-the-given-one",
        "Where a `downsample` is given, the block makes another one and uses that.",
        "What was handed over is ready to be called. The block need not know what is in it.",
        "04 §5",
        "Which module does your forward call on the shortcut: the one that came, or a new one?",
        {
            "plain": [("self.downsample = downsample",
                       "self.downsample = None if downsample is None else nn.Sequential(\n"
                       "            conv1x1(inplanes, planes * 4, stride), "
                       "norm_layer(planes * 4))")],
            "functional": [("self.shortcut = downsample",
                            "one = nn.Conv2d(inplanes, wide, 1, stride, bias=False)\n"
                            "        self.shortcut = downsample and nn.Sequential("
                            "one, norm(wide))"),
                           ("        skip = x if self.shortcut is None else self.shortcut(x)\n",
                            ""),
                           (END["functional"],
                            "return F.relu(h + (self.shortcut(x) if self.shortcut else x))")],
            "sequential": [("nn.Identity() if downsample is None else downsample",
                            "nn.Identity() if downsample is None else nn.Sequential(\n"
                            "            nn.Conv2d(inplanes, out, 1, stride, bias=False), "
                            "norm_layer(out))"),
                           (SUM["sequential"], "torch.add(self.body(x), self.side(x))")],
        },
    ),
    # The class.
    Mistake(
        "returns-a-tuple",
        "The block returns a tuple, not a tensor.",
        "The next block of the stage gets what this one returns, and cannot convolve a tuple.",
        "04 §3",
        "What exactly stands behind `return`?",
        {
            "plain": [("        return out\n", "        return out, identity\n")],
            "functional": [("return F.relu(h + skip)", "return F.relu(h + skip), skip")],
            "sequential": [(END["sequential"], END["sequential"] + ", x")],
        },
    ),
    Mistake(
        "no-super-init",
        "The constructor does not call that of `nn.Module`.",
        "A module must be set up before it can take in layers.",
        "04 §3",
        "What must a constructor do before it assigns the first layer?",
        {
            "plain": [("        super().__init__()\n", "")],
            "functional": [("        super().__init__()\n", "")],
            "sequential": [("        super().__init__()\n", "")],
        },
    ),
)

# The first case of the plan that shows a mistake, where that is not the first of all.
SHOWN = {
    1: ("goes-out-with-inplanes", "sum-only-without-a-downsample", "downsample-not-called",
        "downsample-in-the-branch-too", "projection-of-its-own-for-the-given-one",
        "stride-from-the-shortcut", "width-from-inplanes", "projection-not-added",
        "projection-only-with-a-stride", "projection-of-the-branch", "downsample-in-a-list",
        "downsample-kept-only-with-a-stride",
        "projection-of-its-own"),
    2: ("stride-on-the-3x3-and-the-last",
        "stride-on-the-first-conv", "stride-on-two-convs", "stride-on-the-last-conv",
        "stride-not-used", "stride-as-padding",
        "groups-and-stride-swapped", "dilation-and-stride-swapped"),
    3: ("width-by-integer-division", "width-without-groups", "width-rounded-after-groups",
        "width-rounded-up", "base-width-not-used", "groups-not-passed",
        "groups-and-dilation-swapped", "groups-and-dilation-swapped-behind-the-padding",
        "groups-on-all-convs", "groups-refused"),
    4: ("width-is-only-planes", "goes-out-with-width", "conv3-reads-planes",
        "width-never-below-planes", "base-width-only-with-groups", "none-is-called"),
    5: ("dilation-refused", "dilation-not-passed", "padding-stays-1", "dilation-only-pads",
        "groups-only-with-another-width"),
    6: ("norm-layer-ignored",),
    7: ("groups-only-without-a-stride", "dilation-only-without-a-stride"),
}  # fmt: skip
FIRST = {name: case for case, names in SHOWN.items() for name in names}
MISTAKES = tuple(replace(m, case=FIRST.get(m.id)) for m in MISTAKES)


def plan(rng: random.Random) -> Plan:
    """Eight blocks, smallest first: few arguments at a time, and at the end all of them at once."""
    p = rng.choice([4, 8])  # four times as many are never of three groups
    h = {4: 4, 8: 2}[p]  # few enough numbers to show the first that differs
    n = rng.choice([5, 6])
    base = {4: 44, 8: 38}[p]  # 2.75 and 4.75 channels in a group, before they are cut
    a = rng.choice([9, 12])  # of three groups, and a width from it is not 0

    def projection(cin: int, stride: int) -> dict[str, object]:
        return {"$": "projection", "cin": cin, "cout": 4 * p, "stride": stride}

    def words(cin: int, rest: str, shape: tuple[int, ...]) -> str:
        return f"Bottleneck({cin}, {p}{rest}) on {shape}"

    return {
        "kind": "module",
        "cases": [
            {"args": [4 * p, p], "input": [2, 4 * p, h, 4], "attributes": ["expansion"],
             "fresh": True, "single": True,
             "words": words(4 * p, "", (2, 4 * p, h, 4))},
            {"args": [p, p], "kwargs": {"downsample": projection(p, 1)}, "input": [2, p, n, 4],
             "words": words(p, ", downsample=…", (2, p, n, 4))},
            {"args": [a, p], "kwargs": {"stride": 2, "downsample": projection(a, 2)},
             "input": [2, a, n, n + 1],
             "words": words(a, ", stride=2, downsample=…", (2, a, n, n + 1))},
            {"args": [4 * p, p], "kwargs": {"groups": 2, "base_width": base},
             "input": [2, 4 * p, 4, h],
             "words": words(4 * p, f", groups=2, base_width={base}", (2, 4 * p, 4, h))},
            {"args": [4 * p, p], "kwargs": {"base_width": 32, "norm_layer": None,
                                            "downsample": projection(4 * p, 1)},
             "input": [2, 4 * p, h, 4],
             "words": words(4 * p, ", downsample=…, base_width=32, norm_layer=None",
                            (2, 4 * p, h, 4))},
            {"kwargs": {"inplanes": 4 * p, "planes": p, "groups": 4, "dilation": 2},
             "input": [1, 4 * p, 5, 5],
             "words": f"Bottleneck(inplanes={4 * p}, planes={p}, groups=4, dilation=2) on "
             f"{(1, 4 * p, 5, 5)}"},
            {"args": [4 * p, p, 1, {"$": "identity"}, 1, 128, 1, {"$": "norm", "kind": "bare"}],
             "input": [3, 4 * p, 4, 2], "scale": 8.0,
             "words": words(4 * p, ", 1, Identity, 1, 128, 1, GroupNorm", (3, 4 * p, 4, 2))},
            {"args": [a, p, 2, projection(a, 2), 3, 128, 4, {"$": "norm", "kind": "batch"}],
             "input": [1, a, 6, 5],
             "words": words(a, ", 2, …, 3, 128, 4, a BatchNorm2d with its own eps and momentum",
                            (1, a, 6, 5))},
        ],
    }  # fmt: skip


EXERCISE = Exercise(
    name="Bottleneck",
    part="blocks",
    section="05 §5",
    points=4,
    signature="Bottleneck(inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, "
    "dilation=1, norm_layer=None)",
    prompt="""Write the residual block of ResNet-50 and deeper: a 1×1 convolution that narrows, a
3×3 that looks, a 1×1 that widens, all without bias, each followed by a norm, and the
shortcut. The middle has `planes` channels, scaled by `base_width` against 64, rounded
down, and multiplied by `groups`; `expansion`, an attribute of the class, times
`planes` go out. `stride`, `groups` and `dilation` act on the 3×3, as in torchvision.
`downsample`, where it is given, is applied to the input on the shortcut. `norm_layer`
makes a norm from a channel count; None means `nn.BatchNorm2d`. Call the layers as you
like. Write it with torch alone; helpers, `conv3x3` for one, are yours to write, too.""",
    starter='''
class Bottleneck(nn.Module):
    expansion = 4

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
    idle=("side effects", "again"),
)
