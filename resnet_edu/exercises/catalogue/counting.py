"""The ten exercises on counting by hand: sizes, parameters, multiply-adds, depth, fields."""

from __future__ import annotations

import functools
import random
from typing import Any

from ..tasks import Change, Exercise, Mistake, Plan

PART = "numbers"
OWN = ("Counts are of the type int. Helpers are yours to write: calls of this package, or of "
       "torchvision, are refused.")  # fmt: skip
Case = dict[str, Any]


def _case(name: str, group: str, *args: Any, **kwargs: Any) -> Case:
    """One call; plain tuples among the arguments stay tuples."""
    said = [*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
    made = [{"$": "tuple", "of": list(a)} if isinstance(a, tuple) else a for a in args]
    return {"args": made, "kwargs": kwargs, "group": group, "words": f"{name}({', '.join(said)})"}


def _plan(*cases: Case, pairs: bool = True) -> Plan:
    return {"kind": "function", "cases": list(cases), "pairs": pairs}


def _starter(signature: str) -> str:
    return f"\ndef {signature}:\n    return None  # your count\n"


def _pairs(**changes: tuple[str, str] | Change) -> dict[str, Change]:
    """Style by style one pair of texts, or several."""
    return {k: [v] if isinstance(v[0], str) else v for k, v in changes.items()}  # type: ignore


# How large the output is.

OUT_PLAIN = '''
def conv_out(n, k, stride=1, padding=0, dilation=1):
    reach = dilation * (k - 1) + 1
    room = n + 2 * padding - reach
    return room // stride + 1
'''

OUT_ONE_LINE = '''
def conv_out(n, k, stride=1, padding=0, dilation=1):
    return math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)
'''

OUT_DIVMOD = '''
def conv_out(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    padded = padding + n + padding
    covered = k + (k - 1) * (dilation - 1)
    steps, left = divmod(padded - covered, stride)
    return steps + 1
'''

# Correct as well, in still other ways; no mistake is made in these.
OUT_LOOP = '''
def conv_out(n, k, stride=1, padding=0, dilation=1):
    at, count, last = -padding, 0, n - 1 + padding
    while at + (k - 1) * dilation <= last:
        at, count = at + stride, count + 1
    return count
'''

OUT_PLACES = '''
def conv_out(n, k, stride=1, padding=0, dilation=1):
    taps = [i * dilation for i in range(k)]
    return len([at for at in range(0, n + 2 * padding, stride) if at + taps[-1] < n + 2 * padding])
'''

OUT_LAYER = '''
import numpy


def conv_out(n, k, stride=1, padding=0, dilation=1):
    with torch.device("meta"):
        layer = nn.Conv1d(1, 1, k, stride, padding, dilation)
        return numpy.int64(layer(torch.empty(1, 1, n)).shape[-1])
'''

OUT = (
    Mistake(
        "one-inside-the-division",
        "What is divided is 1 too large, and no 1 is added behind the division.",
        "The first place needs no step, so it is added after the steps have been counted: inside "
        "the division it would be divided by the stride as well.",
        "02 §2",
        "How many steps does a kernel take that fits in exactly once?",
        _pairs(
            plain=("room // stride + 1", "(room + 1) // stride"),
            one_line=("- 1) / stride + 1)", "- 1 + 1) / stride)"),
            divmod=[("padded - covered, stride", "padded - covered + 1, stride"),
                    ("return steps + 1", "return steps")],
        ),
    ),
    Mistake(
        "only-the-one-divided",
        "Only the 1 is divided by the stride, not the whole room.",
        "Python divides before it adds and subtracts, unless brackets say otherwise.",
        "02 §2",
        "What is 9 - 1 // 2 in Python, and which brackets stand in the formula?",
        _pairs(
            plain=("room // stride + 1",
                   "n + 2 * padding - dilation * (k - 1) - 1 // stride + 1"),
            one_line=("math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)",
                      "n + 2 * padding - dilation * (k - 1) - math.floor(1 / stride) + 1"),
            divmod=("return steps + 1",
                    "return padded - (k - 1) * dilation - divmod(1, stride)[0] + 1"),
        ),
    ),
    Mistake(
        "only-the-reach-divided",
        "Only the reach of the kernel is divided by the stride.",
        "What is divided is the room that it leaves; a division comes before a difference, unless "
        "there are brackets.",
        "02 §2",
        "Which difference has to be taken before anything is divided?",
        _pairs(
            plain=("room // stride + 1", "n + 2 * padding - reach // stride + 1"),
            one_line=("math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)",
                      "n + 2 * padding - (dilation * (k - 1) + 1) // stride + 1"),
            divmod=("return steps + 1", "return padded - covered // stride + 1"),
        ),
    ),
    Mistake(
        "true-division",
        "The division gives a float, and nothing rounds it.",
        "A kernel that has no room for a whole step takes none: there are no half places. Even "
        "where "
        "the number is right, 5.0 is not a count.",
        "02 §2",
        "What does Python's / return for two whole numbers, and which operator rounds down?",
        _pairs(
            plain=("room // stride + 1", "room / stride + 1"),
            one_line=("math.floor((n", "((n"),
            divmod=("steps, left = divmod(padded - covered, stride)",
                    "steps = (padded - covered) / stride"),
        ),
    ),
    Mistake(
        "rounded-up",
        "The number of steps is rounded up.",
        "What is left over at the border is then counted as a place, although the kernel would "
        "hang "
        "over the edge there.",
        "02 §2",
        "With n = 8, k = 3 and stride 2, which pixel does no place read?",
        _pairs(
            plain=("room // stride", "-(-room // stride)"),
            one_line=("math.floor", "math.ceil"),
            divmod=("steps + 1", "steps + 1 + (left > 0)"),
        ),
    ),
    Mistake(
        "rounded-to-nearest",
        "The number of steps is rounded to the nearest whole number.",
        "Two thirds of a step are then taken for a step.",
        "02 §2",
        "What is there to read after two thirds of a step?",
        _pairs(
            plain=("room // stride", "round(room / stride)"),
            one_line=[("math.floor((n", "round((n"), ("/ stride + 1)", "/ stride) + 1")],
            divmod=("steps, left = divmod(padded - covered, stride)",
                    "steps = round((padded - covered) / stride)"),
        ),
    ),
    Mistake(
        "padding-once",
        "The padding is added once, not on both sides.",
        "An image has two borders, so a padding of 1 makes it two pixels wider.",
        "02 §2",
        "How wide is a row of 8 pixels with one zero at each end?",
        _pairs(
            plain=("2 * padding", "padding"),
            one_line=("2 * padding", "padding"),
            divmod=("padding + n + padding", "n + padding"),
        ),
    ),
    Mistake(
        "padding-ignored",
        "The padding has no effect.",
        "The kernel may stand on the zeros around the image, so there are more places than in the "
        "image alone.",
        "02 §2",
        "Which padding keeps the size for a kernel of 3, and does your count say so?",
        _pairs(
            plain=("n + 2 * padding - reach", "n - reach"),
            one_line=("n + 2 * padding - d", "n - d"),
            divmod=("padding + n + padding", "n"),
        ),
    ),
    Mistake(
        "padding-spread",
        "The padding is multiplied by the dilation.",
        "Dilation spreads the taps of the kernel; the border has as many pixels as the padding "
        "says.",
        "02 §2",
        "Which of the two, kernel or image, does a dilation change?",
        _pairs(
            plain=("2 * padding", "2 * padding * dilation"),
            one_line=("2 * padding", "2 * padding * dilation"),
            divmod=("padding + n + padding", "n + (padding + padding) * dilation"),
        ),
    ),
    Mistake(
        "dilation-ignored",
        "The kernel is not spread by the dilation.",
        "A kernel whose taps are spread reaches further, so there are fewer places for it.",
        "02 §2",
        "Over how many pixels do three taps reach that stand 2 apart?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "k"),
            one_line=("dilation * (k - 1) - 1", "(k - 1) - 1"),
            divmod=("k + (k - 1) * (dilation - 1)", "k"),
        ),
    ),
    Mistake(
        "dilation-times-the-kernel",
        "The reach of the kernel is taken as dilation times k.",
        "Only the gaps between the taps are spread, and there is one gap less than there are taps.",
        "02 §2",
        "How many gaps are there between three taps?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "dilation * k"),
            one_line=("dilation * (k - 1) - 1", "dilation * k"),
            divmod=("k + (k - 1) * (dilation - 1)", "k * dilation"),
        ),
    ),
    Mistake(
        "one-gap-widened",
        "The dilation is added to the kernel once, as if one gap only were widened.",
        "Every gap between two taps gets wider, so a longer kernel grows by more.",
        "02 §2",
        "Draw five taps that stand 3 apart: from which pixel to which do they reach?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "k + dilation - 1"),
            one_line=("dilation * (k - 1) - 1", "(k + dilation - 1)"),
            divmod=("k + (k - 1) * (dilation - 1)", "k + (dilation - 1)"),
        ),
    ),
    Mistake(
        "first-place-forgotten",
        "The steps are counted, and the first place is forgotten.",
        "The kernel stands somewhere before it takes its first step.",
        "02 §2",
        "How many places has a kernel that is as wide as the image?",
        _pairs(
            plain=("room // stride + 1", "room // stride"),
            one_line=("/ stride + 1)", "/ stride)"),
            divmod=("steps + 1", "steps"),
        ),
    ),
    Mistake(
        "kernel-one-too-short",
        "The kernel is taken for one pixel shorter than it is.",
        "From the first tap to the last there are k - 1 steps, but k pixels are read.",
        "02 §2",
        "With kernel 1 and stride 1, does your count give n?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "dilation * (k - 1)"),
            one_line=("(k - 1) - 1)", "(k - 1))"),
            divmod=("k + (k - 1) * (dilation - 1)", "(k - 1) * dilation"),
        ),
    ),
    Mistake(
        "stride-ignored",
        "The stride has no effect.",
        "A kernel that moves by two pixels has about half as many places.",
        "02 §2",
        "Which of the places that you count does a stride of 2 skip?",
        _pairs(
            plain=("room // stride + 1", "room + 1"),
            one_line=("/ stride + 1)", "+ 1)"),
            divmod=("covered, stride)", "covered, 1)"),
        ),
    ),
    Mistake(
        "only-n-and-the-stride",
        "The size is only divided by the stride; kernel and padding play no part.",
        "That is right for some pairs of kernel and padding, and for even sizes, but not in "
        "general.",
        "02 §3",
        "What remains of 8 pixels under a kernel of 3 with stride 1 and no padding?",
        _pairs(
            plain=("room // stride + 1", "n // stride"),
            one_line=("math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)",
                      "math.floor(n / stride)"),
            divmod=("steps + 1", "n // stride"),
        ),
    ),
    Mistake(
        "stride-and-padding-swapped",
        "Stride and padding have changed places in the formula.",
        "The border is made of the padding, and the steps are as long as the stride.",
        "02 §2",
        "Which of the two may be 0, and which never?",
        _pairs(
            plain=[("2 * padding", "2 * stride"), ("room // stride", "room // padding")],
            one_line=[("n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)",
                       "n + 2 * stride - dilation * (k - 1) - 1) // padding + 1)")],
            divmod=[("padding + n + padding", "stride + n + stride"),
                    ("covered, stride)", "covered, padding)")],
        ),
    ),
    Mistake(
        "a-pair",
        "The answer is a pair, one number for each axis.",
        "One axis was asked for, and one number is wanted.",
        "02 §2",
        "What does your function return, and what would a reader do with its second part?",
        _pairs(
            plain=("return room // stride + 1", "return room // stride + 1, room // stride + 1"),
            one_line=[("math.floor((n", "(math.floor((n"),
                      ("/ stride + 1)", "/ stride + 1),) * 2")],
            divmod=("return steps + 1", "return (steps + 1, steps + 1)"),
        ),
    ),
    Mistake(
        "one-gap-too-many",
        "The dilation is multiplied with k inside the formula, not with the gaps between the taps.",
        "The 1 that follows stands for the first tap; the gaps are one fewer than the taps, so "
        "the reach comes out too long even without dilation.",
        "02 §2",
        "What does your formula give for k = 1, stride 1 and no padding?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "dilation * k + 1"),
            one_line=("dilation * (k - 1) - 1", "dilation * k - 1"),
            divmod=("k + (k - 1) * (dilation - 1)", "k * dilation + 1"),
        ),
    ),
    Mistake(
        "a-float",
        "The number is right, but it comes back as a float.",
        "One float in a sum, such as 1.0, makes the whole sum a float; a size is a whole number.",
        "02 §2",
        "Which step of your formula gives a float: a number with a dot, a division, a function?",
        _pairs(
            plain=("room // stride + 1", "room // stride + 1.0"),
            one_line=("math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)",
                      "math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1.0"),
            divmod=("steps + 1", "steps + 1.0"),
        ),
    ),
    Mistake(
        "padding-before-stride",
        "In the signature padding and stride have changed places.",
        "Called by name all is well; called by position each argument lands in the other's place.",
        "02 §2",
        "In which order does `nn.Conv2d` take its settings, and in which does your function?",
        _pairs(
            plain=("stride=1, padding=0", "padding=0, stride=1"),
            one_line=("stride=1, padding=0", "padding=0, stride=1"),
            divmod=("stride: int = 1, padding: int = 0", "padding: int = 0, stride: int = 1"),
        ),
    ),
    Mistake(
        "dilation-before-padding",
        "In the signature dilation and padding have changed places.",
        "A call by position hands over numbers without names, and yours reads them otherwise.",
        "02 §2",
        "Which of your arguments does the fourth number of a call reach?",
        _pairs(
            plain=("padding=0, dilation=1", "dilation=1, padding=0"),
            one_line=("padding=0, dilation=1", "dilation=1, padding=0"),
            divmod=("padding: int = 0, dilation: int = 1", "dilation: int = 1, padding: int = 0"),
        ),
    ),
    Mistake(
        "gaps-one-too-wide",
        "Each gap between two taps is one pixel too wide.",
        "The dilation is the distance from tap to tap: with 1 they touch, and nothing is between.",
        "02 §2",
        "How many empty pixels lie between two taps when the dilation is 1, and when it is 2?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "k + dilation * (k - 1)"),
            one_line=("dilation * (k - 1) - 1", "dilation * (k - 1) - k"),
            divmod=("(k - 1) * (dilation - 1)", "(k - 1) * dilation"),
        ),
    ),
    Mistake(
        "room-two-too-large",
        "What is divided by the stride is 2 too large, as with + 1 for - 1.",
        "The pixel under the last tap is taken by the kernel, so it is taken off, not added.",
        "02 §2",
        "How many steps can a kernel take that is as wide as the image, and what do you divide?",
        _pairs(
            plain=("2 * padding - reach", "2 * padding - reach + 2"),
            one_line=("(k - 1) - 1)", "(k - 1) + 1)"),
            divmod=("padded - covered, stride", "padded - covered + 2, stride"),
        ),
    ),
    Mistake(
        "padding-taken-off",
        "The padding is subtracted from the side, not added to it.",
        "Padding puts pixels around the image, so the kernel has more room.",
        "02 §2",
        "Does padding make the output of a convolution larger or smaller?",
        _pairs(
            plain=("n + 2 * padding", "n - 2 * padding"),
            one_line=("n + 2 * padding", "n - 2 * padding"),
            divmod=("padding + n + padding", "n - padding - padding"),
        ),
    ),
    Mistake(
        "rounded-with-the-first-place",
        "The result is rounded to the nearest whole number; a half goes to the even one.",
        "What is left over is less than a step, so no place comes of it: it is cut off.",
        "02 §2",
        "Which place would the half step at the end belong to?",
        _pairs(
            plain=("room // stride + 1", "round(room / stride + 1)"),
            one_line=("math.floor", "round"),
            divmod=[("steps, left = divmod(padded - covered, stride)",
                     "steps = (padded - covered) / stride"),
                    ("return steps + 1", "return round(steps + 1)")],
        ),
    ),
    Mistake(
        "first-place-twice",
        "Every size is 1 too large: one place too many is counted.",
        "The places are the first one and one for each step: one more than the steps.",
        "02 §2",
        "A kernel as wide as the image takes no step: how many places does your count give it?",
        _pairs(
            plain=("room // stride + 1", "room // stride + 2"),
            one_line=("/ stride + 1)", "/ stride + 2)"),
            divmod=("steps + 1", "steps + 2"),
        ),
    ),
    Mistake(
        "half-a-kernel-on-both-sides",
        "Half of the kernel is taken off on both sides, one tap too many where it is even.",
        "An odd kernel has a middle and as many taps before it as behind it. An even one has no "
        "middle, so the two sides differ.",
        "02 §2",
        "How many gaps are there between the taps of a kernel of 2, and what does your count say?",
        _pairs(
            plain=("dilation * (k - 1) + 1", "dilation * 2 * (k // 2) + 1"),
            one_line=("dilation * (k - 1) - 1", "2 * (k // 2) * dilation - 1"),
            divmod=("k + (k - 1) * (dilation - 1)", "1 + k // 2 * dilation + k // 2 * dilation"),
        ),
    ),
)


def plan_out(rng: random.Random) -> Plan:
    """Kernel alone, padding, strides with every remainder, dilation, all; odd and even kernels."""
    n = rng.choice([8, 20, 32])
    call = functools.partial(_case, "conv_out")
    return _plan(
        call("calls with n and k alone", n, 3),
        call("calls with n and k alone", n + 1, 1),
        call("calls with n and k alone", 3, 3),
        call("calls with padding", n, 3, padding=1),
        call("calls with padding", n, 4, padding=1),
        call("calls with padding", 2, 3, padding=1),
        call("calls with a stride", n + 1, 3, stride=2),
        call("calls with a stride", n, 3, stride=2),
        call("calls with a stride", 3 * rng.choice([4, 5, 6]) + 1, 3, stride=3),
        call("calls with a stride", 3 * rng.choice([4, 5, 6]) + 2, 3, stride=3),
        call("calls with dilation", n, 3, dilation=2),
        call("calls with dilation", n + 8, 4, dilation=3),
        call("calls with everything", 2 * rng.choice([16, 48, 112]), 7, stride=2, padding=3),
        call("calls with everything", n + 7, 3, stride=2, padding=2, dilation=3),
        call("calls with settings by position", n + 9, 4, 2, 1),
        call("calls with settings by position", n + 8, 3, 3, 4, 2),
    )


# How many parameters a layer has.

PARAMS_PLAIN = '''
def conv_params(cin, cout, k, groups=1, bias=False):
    weights = cout * (cin // groups) * k * k
    return weights + cout if bias else weights
'''

PARAMS_BANDS = '''
def conv_params(cin, cout, k, groups=1, bias=False):
    inside, outside = cin // groups, cout // groups
    total = 0
    for _ in range(groups):
        total += inside * outside * k ** 2
    if bias:
        total += cout
    return total
'''

PARAMS_SHAPE = '''
def conv_params(cin, cout, k, groups=1, bias=False):
    weight = (cout, cin // groups, k, k)
    constants = cout * int(bias)
    return math.prod(weight) + constants
'''

# Correct as well, in still other ways; no mistake is made in these.
PARAMS_LAYER = '''
def conv_params(cin, cout, k, groups=1, bias=False):
    layer = nn.Conv2d(cin, cout, k, groups=groups, bias=bias)
    return sum(p.numel() for p in layer.parameters())
'''

PARAMS_NUMPY = '''
import numpy as np


def conv_params(cin, cout, k, groups=1, bias=False):
    pairs = np.kron(np.eye(groups, dtype=int), np.ones((cout // groups, cin // groups), int))
    return pairs.sum() * k * k + [0, cout][bias]
'''

PARAMS = (
    Mistake(
        "groups-forgotten",
        "The groups have no effect: every output channel is taken to read all input channels.",
        "With groups a filter reads one band of the input, and its weight is that much smaller.",
        "02 §5",
        "How many of 8 input channels does one filter read with 4 groups?",
        _pairs(
            plain=("(cin // groups)", "cin"),
            bands=[("cin // groups, cout // groups", "cin, cout"), ("range(groups)", "range(1)")],
            shape=("cin // groups", "cin"),
        ),
    ),
    Mistake(
        "groups-twice",
        "The weights are divided by the groups twice.",
        "Each filter reads a fraction of the inputs, but there are as many filters as before.",
        "02 §5",
        "Groups make several small convolutions: how many, and of which size?",
        _pairs(
            plain=("cout * (cin", "cout // groups * (cin"),
            bands=("range(groups)", "range(1)"),
            shape=("(cout, cin", "(cout // groups, cin"),
        ),
    ),
    Mistake(
        "groups-multiply",
        "The groups multiply the weights.",
        "Bands that do not see each other take connections away; they add none.",
        "02 §5",
        "Which lines disappear from the drawing of the connections when groups grow?",
        _pairs(
            plain=("(cin // groups)", "cin * groups"),
            bands=("cin // groups, cout // groups", "cin, cout"),
            shape=("cin // groups", "cin * groups"),
        ),
    ),
    Mistake(
        "true-division",
        "The division by the groups gives a float.",
        "A count is a whole number; 36.0 is not equal in kind, and large ones lose their last "
        "digits.",
        "02 §5",
        "Which of Python's two divisions keeps whole numbers whole?",
        _pairs(
            plain=("(cin // groups)", "(cin / groups)"),
            bands=("cin // groups, cout // groups", "cin / groups, cout // groups"),
            shape=("cin // groups", "cin / groups"),
        ),
    ),
    Mistake(
        "bias-per-input-channel",
        "The bias has one number per input channel.",
        "A bias is added to what a filter puts out, so there is one per filter.",
        "02 §7",
        "To which numbers is the bias added, those that come in or those that go out?",
        _pairs(
            plain=("weights + cout", "weights + cin"),
            bands=("total += cout", "total += cin"),
            shape=("cout * int(bias)", "cin * int(bias)"),
        ),
    ),
    Mistake(
        "bias-ignored",
        "The bias is not counted where one is asked for.",
        "It is learned like the weights, so it belongs to the count.",
        "02 §7",
        "What does the last argument change in your count?",
        _pairs(
            plain=("weights + cout if bias else weights", "weights"),
            bands=("    if bias:\n        total += cout\n", ""),
            shape=("cout * int(bias)", "0"),
        ),
    ),
    Mistake(
        "bias-always",
        "The bias is counted where nobody asks for one.",
        "The convolutions of a ResNet have no bias, since a norm follows that would take it away.",
        "02 §7",
        "What is the default of the last argument, and does your count know?",
        _pairs(
            plain=("weights + cout if bias else weights", "weights + cout"),
            bands=("    if bias:\n        total += cout\n", "    total += cout\n"),
            shape=("cout * int(bias)", "cout"),
        ),
    ),
    Mistake(
        "bias-of-one",
        "The bias is counted as a single number for the whole layer.",
        "Each output channel has a constant of its own.",
        "02 §7",
        "How many numbers would you need to shift every output channel by another amount?",
        _pairs(
            plain=("weights + cout if", "weights + 1 if"),
            bands=("total += cout", "total += 1"),
            shape=("cout * int(bias)", "int(bias)"),
        ),
    ),
    Mistake(
        "bias-of-one-band",
        "The bias is divided by the groups.",
        "Groups change what a filter reads, not how many filters there are.",
        "02 §5",
        "How many output channels has a layer with groups, and how many constants do they need?",
        _pairs(
            plain=("weights + cout if", "weights + cout // groups if"),
            bands=("total += cout", "total += outside"),
            shape=("cout * int(bias)", "cout // groups * int(bias)"),
        ),
    ),
    Mistake(
        "kernel-one-row",
        "The kernel is counted with k numbers, one row of it.",
        "A kernel is a square: it has k rows of k numbers.",
        "02 §1",
        "How many products does one place of a 3×3 kernel take?",
        _pairs(
            plain=("* k * k", "* k"), bands=("k ** 2", "k"), shape=("k, k)", "k)"),
        ),
    ),
    Mistake(
        "kernel-doubled",
        "The kernel is counted with twice k numbers, not with k squared.",
        "For a kernel of 3 that makes 6 of 9.",
        "02 §1",
        "How many squares has a chessboard of side k?",
        _pairs(
            plain=("* k * k", "* k * 2"), bands=("k ** 2", "k * 2"), shape=("k, k)", "k, 2)"),
        ),
    ),
    Mistake(
        "input-channels-forgotten",
        "A filter is counted with one kernel, whatever the number of input channels.",
        "It has a kernel for each channel that it reads, and adds up what they give.",
        "02 §4",
        "How many kernels does one filter need to read a colour image?",
        _pairs(
            plain=("cout * (cin // groups)", "cout"),
            bands=("inside * outside", "outside"),
            shape=("cin // groups, ", ""),
        ),
    ),
    Mistake(
        "output-channels-forgotten",
        "The weights of a single filter are counted, whatever the number of output channels.",
        "Each output channel has a filter of its own.",
        "02 §4",
        "How many filters does it take to put out 64 channels?",
        _pairs(
            plain=("cout * (cin // groups)", "(cin // groups)"),
            bands=[("inside * outside", "inside"), ("range(groups)", "range(1)")],
            shape=("(cout, cin", "(cin"),
        ),
    ),
    Mistake(
        "bias-before-groups",
        "In the signature groups and bias have changed places.",
        "A call by position hands over a number of groups, and yours takes it for the bias.",
        "02 §5",
        "Which argument of yours does the fourth number of a call reach?",
        _pairs(
            plain=("groups=1, bias=False", "bias=False, groups=1"),
            bands=("groups=1, bias=False", "bias=False, groups=1"),
            shape=[("groups=1, bias=False", "bias=False, groups=1"), ("int(bias)", "bool(bias)")],
        ),
    ),
    Mistake(
        "filters-of-the-input",
        "One filter is counted for each input channel, not for each output channel.",
        "A filter makes one channel of the output, so there are as many filters as those.",
        "02 §4",
        "Which of the two numbers of channels says how many filters there are?",
        _pairs(
            plain=[("cout * (cin // groups)", "cin * (cin // groups)"),
                   ("weights + cout if", "weights + cin if")],
            bands=[("cout // groups", "cin // groups"), ("total += cout", "total += cin")],
            shape=[("(cout, cin // groups", "(cin, cin // groups"),
                   ("cout * int(bias)", "cin * int(bias)")],
        ),
    ),
    Mistake(
        "kernel-of-9",
        "The kernel is counted with 9 numbers, whatever its side is.",
        "Nine is right for a kernel of 3; one of 7 has 49 numbers, and one of 1 a single one.",
        "02 §1",
        "How many numbers has a kernel of five rows and five columns?",
        _pairs(plain=("* k * k", "* 9"), bands=("k ** 2", "9"), shape=("k, k)", "3, 3)")),
    ),
    Mistake(
        "input-channels-forgotten-not-the-groups",
        "The number of input channels is left out, and the rest is divided by the groups.",
        "A filter has a kernel for each channel that it reads; the groups make those fewer.",
        "02 §4",
        "How many kernels has one filter that reads 12 channels, and how many with 4 groups?",
        _pairs(
            plain=("cout * (cin // groups)", "cout // groups"),
            bands=[("cin // groups, cout // groups", "1, cout // groups"),
                   ("range(groups)", "range(1)")],
            shape=("(cout, cin // groups,", "(cout // groups,"),
        ),
    ),
)


def plan_params(rng: random.Random) -> Plan:
    """Plain, groups, bias, both."""
    a, b = rng.choice([(3, 8), (5, 12), (6, 10)])
    c, d, g = rng.choice([(8, 12, 4), (12, 18, 6), (16, 24, 4)])
    call = functools.partial(_case, "conv_params")
    return _plan(
        call("calls without groups and bias", a, b, 3),
        call("calls without groups and bias", a + 1, b, 1),
        call("calls with groups", c, d, 3, groups=g),
        call("calls with groups", 64, 64, 5, groups=rng.choice([16, 32])),
        call("calls with a bias", a, b, 3, bias=True),
        call("calls with a bias", b, a, 7, bias=True),
        call("calls with groups and a bias", c, d, 3, groups=g, bias=True),
        call("calls with settings by position", c, d, 3, g, True),
    )


BN_PLAIN = '''
def bn_params(c):
    return 2 * c
'''

BN_NAMED = '''
def bn_params(c):
    weight = c
    bias = c
    return weight + bias
'''

BN_TABLE = '''
def bn_params(c):
    parts = {"weight": c, "bias": c}
    return sum(parts.values())
'''

# Correct as well, in still other ways; no mistake is made in these.
BN_LAYER = '''
def bn_params(c):
    return sum(p.numel() for p in nn.BatchNorm2d(c).parameters())
'''

BN_SHIFT = '''
bn_params = lambda c: c << 1
'''

BN = (
    Mistake(
        "batches-counted",
        "The counter of batches is counted as a parameter.",
        "`num_batches_tracked` is a buffer: no optimiser changes it.",
        "03 §1",
        "Which of the entries in a norm's state_dict are learned?",
        _pairs(
            plain=("2 * c", "2 * c + 1"), named=("weight + bias", "weight + bias + 1"),
            table=('"bias": c', '"bias": c, "num_batches_tracked": 1'),
        ),
    ),
    Mistake(
        "running-statistics-counted",
        "The running mean and variance are counted as parameters.",
        "They are noted while training runs, not learned by gradients: two buffers.",
        "03 §1",
        "Which two numbers of each channel does the optimiser see?",
        _pairs(
            plain=("2 * c", "4 * c"), named=("weight + bias", "2 * (weight + bias)"),
            table=('"bias": c', '"bias": c, "running_mean": c, "running_var": c'),
        ),
    ),
    Mistake(
        "everything-saved-counted",
        "All that a norm saves is counted: two parameters, two statistics and a counter.",
        "Saved is more than learned; the count of parameters leaves the buffers out.",
        "03 §1",
        "What is the difference between a norm's parameters and its buffers?",
        _pairs(
            plain=("2 * c", "4 * c + 1"), named=("weight + bias", "2 * (weight + bias) + 1"),
            table=('"bias": c', '"bias": c, "mean": c, "var": c, "batches": 1'),
        ),
    ),
    Mistake(
        "only-the-weight",
        "Only one number per channel is counted.",
        "A norm scales and shifts: it learns two numbers for each channel.",
        "03 §1",
        "What does a norm do to a channel after it has been normalised?",
        _pairs(
            plain=("2 * c", "c"), named=("weight + bias", "weight"), table=(', "bias": c', ""),
        ),
    ),
    Mistake(
        "a-matrix",
        "A number is counted for each pair of channels, as in a 1×1 convolution.",
        "A norm treats each channel by itself and mixes none.",
        "03 §1",
        "Does a channel's value after the norm depend on the other channels?",
        _pairs(
            plain=("2 * c", "c * c"), named=("weight + bias", "weight * bias"),
            table=("sum(parts.values())", "math.prod(parts.values())"),
        ),
    ),
    Mistake(
        "a-matrix-and-a-bias",
        "A matrix of weights and a bias are counted, as in a linear layer.",
        "The weight of a norm is one number for each channel, not one for each pair.",
        "03 §1",
        "What is the shape of the weight of a norm over 64 channels?",
        _pairs(
            plain=("2 * c", "c * c + c"), named=("weight = c\n", "weight = c * c\n"),
            table=('"weight": c,', '"weight": c * c,'),
        ),
    ),
    Mistake(
        "two-matrices",
        "Two numbers are counted for each pair of channels.",
        "Two are right for each channel: a norm never looks from one channel to another.",
        "03 §1",
        "How often does the number of channels stand in your product, and how often should it?",
        _pairs(
            plain=("2 * c", "2 * c * c"), named=("weight + bias", "2 * weight * bias"),
            table=('{"weight": c, "bias": c}', '{"weight": c * c, "bias": c * c}'),
        ),
    ),
    Mistake(
        "two-for-all",
        "One weight and one bias are counted for all channels together.",
        "Each channel has its own pair, since channels differ in size.",
        "03 §1",
        "How many numbers does it take to scale 64 channels differently?",
        _pairs(
            plain=("2 * c", "2"), named=("weight + bias", "1 + 1"),
            table=("sum(parts.values())", "len(parts)"),
        ),
    ),
    Mistake(
        "a-pair",
        "Weights and biases are returned side by side, not added.",
        "One number is asked for: how many parameters there are together.",
        "03 §1",
        "What would a sum over all layers do with your result?",
        _pairs(
            plain=("2 * c", "c, c"), named=("weight + bias", "weight, bias"),
            table=("sum(parts.values())", "list(parts.values())"),
        ),
    ),
)


def plan_bn(rng: random.Random) -> Plan:
    """Three channel counts."""
    call = functools.partial(_case, "bn_params")
    return _plan(
        call("few channels", rng.choice([6, 7, 10])),
        call("many channels", rng.choice([64, 128, 256])),
        call("a single channel", 1),
    )


# How much work a convolution is.

MACS_PLAIN = '''
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    side = (n + 2 * padding - k) // stride + 1
    weights = cout * (cin // groups) * k * k
    return weights * side * side
'''

MACS_PLACES = '''
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    side = len(range(0, n + padding + padding - k + 1, stride))
    work = 0
    for _ in range(cout):
        work += (cin // groups) * k ** 2 * side ** 2
    return work
'''

MACS_PIECES = '''
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    reads = k * k * (cin // groups)
    height = width = (n - k + 2 * padding) // stride + 1
    return reads * cout * (height * width)
'''

# Correct as well, in still other ways; no mistake is made in these.
MACS_LAYER = '''
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    layer = nn.Conv2d(cin, cout, k, stride, padding, groups=groups, bias=False, device="meta")
    out = layer(torch.empty(1, cin, n, n, device="meta"))
    return layer.weight.numel() * out[0, 0].numel()
'''

MACS_GROUPS = '''
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    places = [p for p in range(-padding, n + padding, stride) if p + k <= n + padding]
    band = (cin // groups) * (cout // groups) * k * k
    return sum(band for _ in range(groups) for row in places for column in places)
'''

MACS = (
    Mistake(
        "flops",
        "Products and additions are counted apart: twice the multiply-adds.",
        "A multiply-add is one product that is added to a sum; who counts two calls it FLOPs.",
        "10 §3",
        "How many multiply-adds are three products and their sum?",
        _pairs(
            plain=("return weights", "return 2 * weights"),
            places=("return work", "return 2 * work"),
            pieces=("return reads", "return 2 * reads"),
        ),
    ),
    Mistake(
        "input-positions",
        "The positions of the input are counted, not those of the output.",
        "Each weight is used once for every number that is put out.",
        "02 §4",
        "How often is one weight used when the output is smaller than the input?",
        _pairs(
            plain=("weights * side * side", "weights * n * n"),
            places=("side ** 2", "n ** 2"), pieces=("(height * width)", "(n * n)"),
        ),
    ),
    Mistake(
        "one-row-of-positions",
        "The weights are multiplied by the side, not by the area of the output.",
        "The kernel stands at every place of every row.",
        "02 §4",
        "How many places are there on a grid of 4 × 4?",
        _pairs(
            plain=("side * side", "side"), places=("side ** 2", "side"),
            pieces=("(height * width)", "height"),
        ),
    ),
    Mistake(
        "area-doubled",
        "The area of the output is counted as twice its side.",
        "A grid of side 5 has five rows of five places, 25 and not 10.",
        "02 §4",
        "By which number do you multiply the side to get all places of a square grid?",
        _pairs(
            plain=("side * side", "side * 2"), places=("side ** 2", "side * 2"),
            pieces=("(height * width)", "(height + width)"),
        ),
    ),
    Mistake(
        "output-channels-twice",
        "The number of output channels is multiplied in twice.",
        "It is the number of filters; the places of the output are counted on one channel.",
        "02 §4",
        "Which of your factors holds the output channels already?",
        _pairs(
            plain=("return weights", "return cout * weights"),
            places=("return work", "return cout * work"),
            pieces=("return reads", "return cout * reads"),
        ),
    ),
    Mistake(
        "weights-only",
        "The weights are counted, and not how often each is used.",
        "That is the number of parameters; the work is done anew at every place.",
        "02 §4",
        "Does the work grow with the size of the image, and does your count?",
        _pairs(
            plain=("weights * side * side", "weights"), places=(" * side ** 2", ""),
            pieces=(" * (height * width)", ""),
        ),
    ),
    Mistake(
        "groups-forgotten",
        "The groups have no effect: each output is taken to read all input channels.",
        "With groups a filter reads one band only, and multiplies that much less.",
        "02 §5",
        "How many products does one output number take with 4 groups of 2 channels?",
        _pairs(
            plain=("(cin // groups)", "cin"), places=("(cin // groups)", "cin"),
            pieces=("(cin // groups)", "cin"),
        ),
    ),
    Mistake(
        "groups-twice",
        "The work is divided by the groups twice.",
        "Every band is a convolution of its own, and all of them are computed.",
        "02 §5",
        "How many output channels are there, with groups and without?",
        _pairs(
            plain=("cout * (cin", "cout // groups * (cin"),
            places=("range(cout)", "range(cout // groups)"),
            pieces=("reads * cout", "reads * (cout // groups)"),
        ),
    ),
    Mistake(
        "padding-ignored",
        "The padding has no effect on the size of the output.",
        "The kernel stands on the border too, so there are more places.",
        "02 §2",
        "On which grid does a 3×3 convolution with padding 1 put out its numbers?",
        _pairs(
            plain=("n + 2 * padding - k", "n - k"), places=("n + padding + padding - k", "n - k"),
            pieces=("n - k + 2 * padding", "n - k"),
        ),
    ),
    Mistake(
        "padding-once",
        "The padding is added on one side only.",
        "There is a border on the left and one on the right.",
        "02 §2",
        "How wide is the padded image, both borders included?",
        _pairs(
            plain=("2 * padding", "padding"), places=("padding + padding", "padding"),
            pieces=("2 * padding", "padding"),
        ),
    ),
    Mistake(
        "stride-ignored",
        "The stride has no effect.",
        "With stride 2 three of four places are skipped, and their work with them.",
        "02 §2",
        "How many places remain of 16 with stride 2 on both axes?",
        _pairs(
            plain=("// stride + 1", "+ 1"), places=(" + 1, stride)", " + 1)"),
            pieces=("// stride + 1", "+ 1"),
        ),
    ),
    Mistake(
        "stride-on-one-axis",
        "The stride shortens one axis only.",
        "The kernel steps over rows as it does over columns.",
        "02 §2",
        "Which rows does a convolution with stride 2 stand on?",
        _pairs(
            plain=("weights * side * side", "weights * side * (n + 2 * padding - k + 1)"),
            places=("side ** 2", "side * (n + padding + padding - k + 1)"),
            pieces=("height = width = (n - k + 2 * padding) // stride + 1",
                    "height, width = (n - k + 2 * padding) // stride + 1, n - k + 2 * padding + 1"),
        ),
    ),
    Mistake(
        "rounded-up",
        "The side of the output is rounded up.",
        "A place that hangs over the edge does not exist and costs nothing.",
        "02 §2",
        "With n = 8, k = 3 and stride 2, how many places has a row?",
        _pairs(
            plain=("(n + 2 * padding - k) // stride + 1",
                   "-(-(n + 2 * padding - k) // stride) + 1"),
            places=("- k + 1, stride)", "- k + stride, stride)"),
            pieces=("(n - k + 2 * padding) // stride + 1",
                    "math.ceil((n - k + 2 * padding) / stride) + 1"),
        ),
    ),
    Mistake(
        "first-place-forgotten",
        "The side of the output lacks the first place.",
        "There is one place more than there are steps.",
        "02 §2",
        "How large is the output of a 1×1 convolution?",
        _pairs(
            plain=("// stride + 1", "// stride"),
            places=("len(range(0, n + padding + padding - k + 1, stride))",
                    "len(range(0, n + padding + padding - k + 1, stride)) - 1"),
            pieces=("// stride + 1", "// stride"),
        ),
    ),
    Mistake(
        "true-division",
        "A division is not rounded, so the count becomes a float.",
        "There is no fraction of a place or of a channel; the rest at the border is left unread.",
        "02 §2",
        "Which of Python's two divisions do you need for a number of steps?",
        _pairs(
            plain=("// stride + 1", "/ stride + 1"),
            places=("len(range(0, n + padding + padding - k + 1, stride))",
                    "(n + padding + padding - k) / stride + 1"),
            pieces=("// stride + 1", "/ stride + 1"),
        ),
    ),
    Mistake(
        "kernel-one-row",
        "One row of the kernel is counted: k products instead of k times k.",
        "Each place multiplies the whole square of the kernel.",
        "02 §1",
        "How many products are there at one place of a 3×3 kernel?",
        _pairs(plain=("* k * k", "* k"), places=("k ** 2", "k"), pieces=("k * k *", "k *")),
    ),
    Mistake(
        "kernel-doubled",
        "The kernel is counted as twice its side, not as a square.",
        "A kernel of 3 makes nine products at each place, not six.",
        "02 §1",
        "How many numbers lie under a kernel of side 5?",
        _pairs(
            plain=("* k * k", "* k * 2"), places=("k ** 2", "k * 2"), pieces=("k * k *", "k * 2 *"),
        ),
    ),
    Mistake(
        "bias-counted",
        "A bias is counted at every output.",
        "The exercise has none, and an addition without a product is no multiply-add.",
        "10 §2",
        "Which of your terms contains no product?",
        _pairs(
            plain=("weights * side * side", "weights * side * side + cout * side * side"),
            places=("(cin // groups) * k ** 2 * side ** 2",
                    "((cin // groups) * k ** 2 + 1) * side ** 2"),
            pieces=("(cin // groups)", "(cin // groups) + 1"),
        ),
    ),
    Mistake(
        "input-channels-forgotten",
        "The number of input channels is left out.",
        "A filter multiplies every channel that it reads, and adds up all of it.",
        "02 §4",
        "How many products does one output number take when 3 channels come in?",
        _pairs(
            plain=(" * (cin // groups)", ""), places=("(cin // groups) * ", ""),
            pieces=(" * (cin // groups)", ""),
        ),
    ),
    Mistake(
        "side-by-the-stride-alone",
        "The side of the output is taken as that of the input divided by the stride.",
        "The kernel and the padding decide too: without padding a kernel of 3 loses a border.",
        "02 §2",
        "What does a 3×3 without padding make of a side of 5, with stride 1?",
        _pairs(
            plain=("(n + 2 * padding - k) // stride + 1", "n // stride"),
            places=("len(range(0, n + padding + padding - k + 1, stride))",
                    "len(range(stride - 1, n, stride))"),
            pieces=("(n - k + 2 * padding) // stride + 1", "n // stride"),
        ),
    ),
    Mistake(
        "kernel-not-taken-off",
        "The kernel plays no part in the side of the output.",
        "Its first place takes as many pixels as it has; only what remains is there to step over.",
        "02 §2",
        "On how many places can a 5×5 stand in a padded row of 7?",
        _pairs(
            plain=("(n + 2 * padding - k) // stride + 1", "(n + 2 * padding) // stride"),
            places=("len(range(0, n + padding + padding - k + 1, stride))",
                    "(n + padding + padding) // stride"),
            pieces=("(n - k + 2 * padding) // stride + 1", "(n + 2 * padding) // stride"),
        ),
    ),
    Mistake(
        "output-channels-forgotten",
        "The work of a single filter is counted, whatever the number of output channels.",
        "Every output channel has a filter of its own, and all of them visit every place.",
        "02 §4",
        "How much more work are 64 output channels than one?",
        _pairs(
            plain=("cout * (cin // groups)", "(cin // groups)"),
            places=("range(cout)", "range(1)"), pieces=("reads * cout", "reads"),
        ),
    ),
    Mistake(
        "additions-only",
        "For each number of the output one multiply-add too few is counted.",
        "A multiply-add is a product that is added to a sum; the first one is added to zero.",
        "10 §3",
        "How many products does one number of the output take?",
        _pairs(
            plain=("cout * (cin // groups) * k * k", "cout * ((cin // groups) * k * k - 1)"),
            places=("(cin // groups) * k ** 2", "((cin // groups) * k ** 2 - 1)"),
            pieces=("k * k * (cin // groups)", "k * k * (cin // groups) - 1"),
        ),
    ),
    Mistake(
        "count-a-float",
        "The number is right, and it is a float.",
        "One slash makes a float of any two numbers, also of 6 and 3; a count is an int.",
        "02 §5",
        "Which types come out of 6 / 3 and of 6 // 3?",
        _pairs(
            plain=("(cin // groups)", "(cin / groups)"),
            places=("(cin // groups)", "(cin / groups)"),
            pieces=("(cin // groups)", "cin / groups"),
        ),
    ),
    Mistake(
        "side-with-a-fraction",
        "A side with a fraction is multiplied, and only the product is cut to a whole number.",
        "There is no part of a place: the side is whole before it is squared.",
        "02 §2",
        "What is your side for n = 8, k = 3 and stride 2, and how many places is that?",
        _pairs(
            plain=[("// stride + 1", "/ stride + 1"),
                   ("return weights * side * side", "return int(weights * side * side)")],
            places=[("len(range(0, n + padding + padding - k + 1, stride))",
                     "(n + padding + padding - k) / stride + 1"),
                    ("return work", "return int(work)")],
            pieces=[("// stride + 1", "/ stride + 1"),
                    ("reads * cout * (height * width)", "int(reads * cout * (height * width))")],
        ),
    ),
    Mistake(
        "first-place-twice",
        "The side of the output is taken 1 too large.",
        "The places of a row are the first one and one for each step of the kernel.",
        "02 §2",
        "How many places has a kernel that is as wide as the image?",
        _pairs(
            plain=("// stride + 1", "// stride + 2"),
            places=("- k + 1, stride))", "- k + 1, stride)) + 1"),
            pieces=("// stride + 1", "// stride + 2"),
        ),
    ),
    Mistake(
        "half-a-kernel-on-both-sides",
        "The places are counted with half a kernel off on both sides, too few for an even one.",
        "Only an odd kernel has a middle with as many taps on either side.",
        "02 §2",
        "In how many places does a kernel of 2 stand on a row of 3 pixels?",
        _pairs(
            plain=("2 * padding - k)", "2 * padding - 2 * (k // 2) - 1)"),
            places=("padding - k + 1, stride", "padding - 2 * (k // 2), stride"),
            pieces=("(n - k + 2 * padding)", "(n - k // 2 - k // 2 - 1 + 2 * padding)"),
        ),
    ),
)


def plan_macs(rng: random.Random) -> Plan:
    """Plain, padding, stride, groups, all together."""
    n, a, b = rng.choice([(5, 3, 4), (6, 2, 5), (7, 3, 5)])
    call = functools.partial(_case, "conv_macs")
    return _plan(
        call("calls with the sizes alone", a, b, 3, n),
        call("calls with the sizes alone", b, a, 1, n),
        call("calls with padding", a, b, 3, n, padding=1),
        call("calls with padding", a, b, 4, n, padding=1),
        call("calls with a stride", a, b, 3, 9, stride=2),
        call("calls with a stride", a, b, 3, 8, stride=2),
        call("calls with a stride", a, b, 2, 10, stride=3),
        call("calls with groups", 8, 12, 3, n, groups=4),
        call("calls with groups", 6, 6, 3, n, groups=rng.choice([2, 3])),
        call("calls with everything", 3, 64, 7, 2 * rng.choice([16, 48, 112]), stride=2, padding=3),
        call("calls with everything", 64, 64, 3, 14, stride=2, padding=1, groups=32),
        call("calls with settings by position", 8, 12, 4, 10, 2, 1, 4),
    )


# How many parameters a model has.

COUNT_PLAIN = '''
def count_params(model):
    return sum(p.numel() for p in model.parameters())
'''

COUNT_SEEN = '''
def count_params(model):
    seen, total = set(), 0
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if id(parameter) in seen:
                continue
            seen.add(id(parameter))
            total += math.prod(parameter.shape)
    return total
'''

COUNT_NAMED = '''
def count_params(model):
    sizes = {}
    for name, tensor in model.named_parameters():
        sizes[name] = tensor.nelement()
    return sum(sizes.values())
'''

# Correct as well, in still other ways; no mistake is made in these.
COUNT_VECTOR = '''
def count_params(model):
    return len(nn.utils.parameters_to_vector(model.parameters()))
'''

COUNT_STATE = '''
def count_params(model):
    learned = {p.data_ptr(): p for p in model.parameters(recurse=True)}
    saved = {t.data_ptr(): t for t in model.state_dict().values() if t.data_ptr() in learned}
    return sum(t.numel() for t in saved.values())
'''

COUNT_RECURSIVE = '''
import numpy


def collect(module, found):
    found.update(p for p in module._parameters.values() if p is not None)
    for child in module.children():
        collect(child, found)
    return found


def count_params(model):
    return numpy.sum([numpy.prod(p.shape) for p in collect(model, set())])
'''

SEEN_CHECK = """            if id(parameter) in seen:
                continue
"""
NAMED_LOOP = """    for name, tensor in model.named_parameters():
        sizes[name] = tensor.nelement()
"""


def _by_module(call: str) -> tuple[str, str]:
    """The loop of the style with names, once more for each module."""
    return NAMED_LOOP, f"""    for place, module in model.named_modules():
        for name, tensor in module.{call}:
            sizes[place, name] = tensor.nelement()
"""


COUNT = (
    Mistake(
        "every-level-counted",
        "The parameters are counted on every level of the tree.",
        "A layer belongs to its block, to its stage and to the network, and is counted by each.",
        "10 §1",
        "What does parameters() of a stage return, its own tensors only or those below it too?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for m in model.modules() for p in m.parameters()"),
            seen=[(SEEN_CHECK, ""), ("recurse=False", "")],
            named=_by_module("named_parameters()"),
        ),
    ),
    Mistake(
        "number-of-tensors",
        "The tensors are counted, not the numbers in them.",
        "A weight of 64 × 3 × 7 × 7 is one tensor and 9,408 parameters.",
        "04 §1",
        "How many numbers does one weight tensor of your model hold?",
        _pairs(
            plain=("p.numel()", "1"), seen=("math.prod(parameter.shape)", "1"),
            named=("sum(sizes.values())", "len(sizes)"),
        ),
    ),
    Mistake(
        "shared-tensor-in-both-modules",
        "A tensor that two modules share is counted for both.",
        "It is one tensor: the optimiser sees it once and changes it in both places.",
        "10 §1",
        "If two layers use the same weight, how many numbers are there to learn?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for m in model.modules() for p in m.parameters(recurse=False)"),
            seen=(SEEN_CHECK, ""),
            named=_by_module("named_parameters(recurse=False)"),
        ),
    ),
    Mistake(
        "every-use-counted",
        "A module that stands in the model twice is counted twice.",
        "It is one module with one set of weights, however many names lead to it.",
        "10 §1",
        "How many different tensors are there behind the names that you go through?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for _, p in model.named_parameters(remove_duplicate=False)"),
            seen=[(SEEN_CHECK, ""),
                  ("module in model.modules()",
                   "_, module in model.named_modules(remove_duplicate=False)")],
            named=("model.named_parameters()", "model.named_parameters(remove_duplicate=False)"),
        ),
    ),
    Mistake(
        "frozen-left-out",
        "Frozen parameters are left out.",
        "They do not learn just now, but the model holds them all the same.",
        "10 §1",
        "Does a network get smaller when its backbone is frozen?",
        _pairs(
            plain=("in model.parameters()", "in model.parameters() if p.requires_grad"),
            seen=("if id(parameter) in seen:",
                  "if id(parameter) in seen or not parameter.requires_grad:"),
            named=("        sizes[name]",
                   "        if tensor.requires_grad:\n            sizes[name]"),
        ),
    ),
    Mistake(
        "buffers-counted",
        "The buffers are counted as well.",
        "The running statistics of a norm are noted, not learned: they are no parameters.",
        "03 §1",
        "What does a norm save that no optimiser ever changes?",
        _pairs(
            plain=("in model.parameters())",
                   "in model.parameters()) + sum(b.numel() for b in model.buffers())"),
            seen=("return total", "return total + sum(b.numel() for b in model.buffers())"),
            named=("return sum(sizes.values())",
                   "sizes |= {name: b.numel() for name, b in model.named_buffers()}\n"
                   "    return sum(sizes.values())"),
        ),
    ),
    Mistake(
        "state-dict-counted",
        "All entries of the state_dict are counted.",
        "It holds the buffers too, and a shared tensor under each of its names.",
        "03 §1",
        "What else is saved with a model besides what it learns?",
        _pairs(
            plain=("model.parameters()", "model.state_dict().values()"),
            seen=("    return total",
                  "    return sum(t.numel() for t in model.state_dict().values())"),
            named=("model.named_parameters()", "model.state_dict().items()"),
        ),
    ),
    Mistake(
        "biases-left-out",
        "Only what is called weight is counted.",
        "Biases, and whatever else a module calls its parameters, are learned too.",
        "03 §1",
        "Which names do the parameters of a linear layer have?",
        _pairs(
            plain=("for p in model.parameters()",
                   'for name, p in model.named_parameters() if name.endswith("weight")'),
            seen=[("parameter in module.parameters(recurse=False)",
                   "name, parameter in module.named_parameters(recurse=False)"),
                  ("if id(parameter) in seen:", 'if name != "weight" or id(parameter) in seen:')],
            named=("        sizes[name]",
                   '        if name.endswith("weight"):\n            sizes[name]'),
        ),
    ),
    Mistake(
        "only-more-than-one-axis",
        "Parameters with a single axis are left out.",
        "A bias and the weights of a norm are single rows of numbers, and learned like the others.",
        "03 §1",
        "What shape has the weight of a norm?",
        _pairs(
            plain=("in model.parameters()", "in model.parameters() if p.dim() > 1"),
            seen=("if id(parameter) in seen:", "if id(parameter) in seen or parameter.dim() == 1:"),
            named=("        sizes[name]", "        if tensor.ndim > 1:\n            sizes[name]"),
        ),
    ),
    Mistake(
        "first-axis-only",
        "Of every tensor only the length of its first axis is counted.",
        "len of a weight is the number of filters, not of the numbers in them.",
        "02 §4",
        "What do the four axes of a convolution's weight stand for?",
        _pairs(
            plain=("p.numel()", "len(p)"),
            seen=("math.prod(parameter.shape)", "parameter.shape[0]"),
            named=("tensor.nelement()", "tensor.size(0)"),
        ),
    ),
    Mistake(
        "axes-added",
        "The lengths of a tensor's axes are added, not multiplied.",
        "A table of 3 rows and 4 columns holds 12 numbers, not 7.",
        "02 §4",
        "How many numbers hold the filters, if there are 64 and each has 3 × 3 × 3?",
        _pairs(
            plain=("p.numel()", "sum(p.shape)"), seen=("math.prod(p", "sum(p"),
            named=("tensor.nelement()", "sum(tensor.size())"),
        ),
    ),
    Mistake(
        "tensors-multiplied",
        "The sizes of the tensors are multiplied with each other.",
        "Inside a tensor lengths are multiplied; the numbers of several tensors are added up.",
        "04 §9",
        "How many numbers have two tensors of 10 together?",
        _pairs(
            plain=("sum(p.numel() for p in model.parameters())",
                   "math.prod(p.numel() for p in model.parameters())"),
            seen=[("seen, total = set(), 0", "seen, total = set(), 1"), ("total += ", "total *= ")],
            named=("sum(sizes.values())", "math.prod(sizes.values())"),
        ),
    ),
    Mistake(
        "children-only",
        "Only the children are counted, each by itself; what the model itself holds is missed.",
        "A module may own parameters directly, and two children may share one.",
        "10 §1",
        "Where would a parameter be found that stands next to the layers, not in one?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for m in model.children() for p in m.parameters()"),
            seen=[(SEEN_CHECK, ""), ("recurse=False", ""), ("model.modules()", "model.children()")],
            named=(NAMED_LOOP, """    for place, module in model.named_children():
        for name, tensor in module.named_parameters():
            sizes[place, name] = tensor.nelement()
"""),
        ),
    ),
    Mistake(
        "own-only",
        "Only what the model itself holds is counted, nothing in its layers.",
        "A network keeps its parameters in its layers, and they in theirs.",
        "10 §1",
        "Which module owns the weight of a convolution: the network, or the convolution?",
        _pairs(
            plain=("model.parameters()", "model.parameters(recurse=False)"),
            seen=("model.modules()", "[model]"),
            named=("model.named_parameters()", "model.named_parameters(recurse=False)"),
        ),
    ),
    Mistake(
        "convolutions-and-linear-only",
        "Only convolutions and linear layers are counted.",
        "Norms have parameters too, and so may any module.",
        "03 §1",
        "Which other kinds of layers of a ResNet learn something?",
        _pairs(
            plain=("sum(p.numel() for p in model.parameters())",
                   "sum({id(p): p.numel() for m in model.modules()\n"
                   "                if isinstance(m, (nn.Conv2d, nn.Linear))\n"
                   "                for p in m.parameters()}.values())"),
            seen=("if id(parameter) in seen:",
                  "if id(parameter) in seen or not isinstance(module, (nn.Conv2d, nn.Linear)):"),
            named=(NAMED_LOOP, """    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            for tensor in module.parameters():
                sizes[tensor] = tensor.nelement()
"""),
        ),
    ),
    Mistake(
        "equal-sizes-once",
        "Of several tensors of one size only one is counted.",
        "A set keeps equal numbers once, and two layers of the same size are still two.",
        "04 §9",
        "What becomes of two equal numbers in a set?",
        _pairs(
            plain=("(p.numel() for p in model.parameters())",
                   "({p.numel() for p in model.parameters()})"),
            seen=[("if id(parameter) in seen", "if parameter.numel() in seen"),
                  ("seen.add(id(parameter))", "seen.add(parameter.numel())")],
            named=("sum(sizes.values())", "sum(set(sizes.values()))"),
        ),
    ),
    Mistake(
        "bytes",
        "The bytes are counted, not the numbers.",
        "A number takes four or eight bytes, which is a question of memory.",
        "10 §5",
        "How many bytes does one of your numbers take?",
        _pairs(
            plain=("p.numel()", "p.numel() * p.element_size()"),
            seen=("math.prod(parameter.shape)", "parameter.nbytes"),
            named=("tensor.nelement()", "tensor.nelement() * tensor.element_size()"),
        ),
    ),
    Mistake(
        "millions",
        "The count is given in millions.",
        "That suits a table; here the number itself is asked for, to the last digit.",
        "10 §2",
        "What is the count of a model with 8 parameters?",
        _pairs(
            plain=("in model.parameters())", "in model.parameters()) / 1e6"),
            seen=("return total", "return total / 1e6"),
            named=("sum(sizes.values())", "sum(sizes.values()) / 1e6"),
        ),
    ),
    Mistake(
        "last-tensor-only",
        "Only the last tensor is counted, and none before it.",
        "A sum has to add to what is there; a plain = forgets it.",
        "04 §9",
        "What stands in your variable after the second round of the loop?",
        _pairs(
            plain=("sum(p.numel() for p in model.parameters())",
                   "[p.numel() for p in model.parameters()][-1]"),
            seen=("total += math", "total = math"),
            named=("sizes[name] = tensor.nelement()", "sizes = {name: tensor.nelement()}"),
        ),
    ),
    Mistake(
        "first-tensor-only",
        "Only the first tensor is counted, and none behind it.",
        "A return ends the whole function, wherever it stands.",
        "04 §9",
        "How far is your return set in, and how often is it reached?",
        _pairs(
            plain=("sum(p.numel() for p in model.parameters())",
                   "next(p.numel() for p in model.parameters())"),
            seen=("\n    return total", "\n            return total"),
            named=("    return sum", "        return sum"),
        ),
    ),
    Mistake(
        "weight-and-bias-only",
        "Layers are asked for a weight and a bias, and what is called otherwise is missed.",
        "A module may call its parameters as it likes, and two layers may share one weight.",
        "03 §1",
        "Where would a parameter be found that is called scale?",
        _pairs(
            plain=("sum(p.numel() for p in model.parameters())",
                   "sum(getattr(m, name).numel() for m in model.modules()\n"
                   '               for name in ("weight", "bias")'
                   " if getattr(m, name, None) is not None)"),
            seen=[(SEEN_CHECK, ""), ("module.parameters(recurse=False)",
                   "filter(torch.is_tensor, map(vars(module)['_parameters'].get,"
                   " ('weight', 'bias')))")],
            named=(NAMED_LOOP, """    for place, module in model.named_modules():
        if hasattr(module, "weight"):
            for name, tensor in module.named_parameters():
                sizes[place, name] = tensor.nelement()
"""),
        ),
    ),
    Mistake(
        "leaves-only",
        "Only modules without children are counted, and what others hold themselves is missed.",
        "A module may have children and parameters beside them; and two layers may share one "
        "weight, which then counts once.",
        "10 §1",
        "Where is a parameter kept that a network adds to what its layers put out?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for m in model.modules() if not list(m.children())\n"
                   "               for p in m.parameters()"),
            seen=[(SEEN_CHECK, ""), ("        for parameter in",
                   "        if any(module.children()):\n            continue\n"
                   "        for parameter in")],
            named=(NAMED_LOOP, """    for place, module in model.named_modules():
        if len(module._modules) == 0:
            for name, tensor in module.named_parameters():
                sizes[place, name] = tensor.nelement()
"""),
        ),
    ),
    Mistake(
        "known-types-only",
        "Layers of some types are counted, and parameters in modules of other types are missed.",
        "Any module can hold parameters, whatever its type; and two layers that share a weight "
        "have one tensor, not two.",
        "04 §3",
        "Which modules with parameters are not of the types in your list?",
        _pairs(
            plain=("for p in model.parameters()",
                   "for m in model.modules()\n"
                   "               if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))\n"
                   "               for p in m.parameters()"),
            seen=[(SEEN_CHECK, ""), ("        for parameter in",
                   "        if type(module) not in (nn.Conv2d, nn.Linear, nn.BatchNorm2d):\n"
                   "            continue\n        for parameter in")],
            named=(NAMED_LOOP, """    for place, module in model.named_modules():
        if type(module).__name__ in ("Conv2d", "Linear", "BatchNorm2d"):
            for name, tensor in module.named_parameters():
                sizes[place, name] = tensor.nelement()
"""),
        ),
    ),
    Mistake(
        "weights-changed",
        "The number is right, and the weights of the model are no longer what they were.",
        "Who asks how large a model is wants to use it afterwards.",
        "10 §1",
        "Which line of your function writes into a parameter?",
        _pairs(
            plain=("    return", "    for p in model.parameters():\n"
                   "        p.data.zero_()\n    return"),
            seen=("            seen.add", "            nn.init.zeros_(parameter)\n"
                  "            seen.add"),
            named=("        sizes[name]", "        tensor.data *= 0\n        sizes[name]"),
        ),
    ),
    Mistake(
        "model-frozen",
        "The number is right, and the model has been frozen on the way.",
        "It would not learn any more, and nothing would say so.",
        "10 §1",
        "What does the column of trainable parameters say before and after your function?",
        _pairs(
            plain=("    return", "    model.requires_grad_(False)\n    return"),
            seen=("            seen.add", "            parameter.requires_grad = False\n"
                  "            seen.add"),
            named=("        sizes[name]",
                   "        tensor.requires_grad_(False)\n        sizes[name]"),
        ),
    ),
    Mistake(
        "model-unfrozen",
        "The number is right, and what was frozen in the model learns again.",
        "Frozen parameters hold numbers like the others; they need not learn to be counted.",
        "10 §1",
        "Which line of your function changes what learns?",
        _pairs(
            plain=("    return", "    model.requires_grad_(True)\n    return"),
            seen=("            seen.add", "            parameter.requires_grad = True\n"
                  "            seen.add"),
            named=("        sizes[name]",
                   "        tensor.requires_grad_()\n        sizes[name]"),
        ),
    ),
    Mistake(
        "mode-changed",
        "The number is right, and the model is in another mode than before.",
        "Evaluation mode changes what norms do, not how many numbers they hold.",
        "03 §2",
        "Which of your lines does the count not need?",
        _pairs(
            plain=("    return", "    model.eval()\n    return"),
            seen=("    seen, total", "    model.eval()\n    seen, total"),
            named=("    sizes = {}", "    sizes, _ = {}, model.train(False)"),
        ),
    ),
    Mistake(
        "what-is-called-bias-left-out",
        "What is called bias is left out.",
        "A bias is learned like a weight, so an optimiser changes it, too.",
        "03 §1",
        "Which parameters does your condition on the name let through?",
        _pairs(
            plain=("for p in model.parameters()",
                   'for name, p in model.named_parameters() if "bias" not in name'),
            seen=[("parameter in module.parameters(recurse=False)",
                   "name, parameter in module.named_parameters(recurse=False)"),
                  ("if id(parameter) in seen:", 'if name == "bias" or id(parameter) in seen:')],
            named=("        sizes[name]",
                   '        if not name.endswith("bias"):\n            sizes[name]'),
        ),
    ),
)

COUNTED = {
    "plain": ("a plain model", "Sequential(Linear(4, 3), ReLU(), Linear(3, 5))"),
    "nested": ("models in models",
               "Sequential(Sequential(Sequential(Linear(3, 2)), Linear(2, 2)))"),
    "own": ("parameters of its own", "a model with a parameter of 7 numbers, two BatchNorm2d(5), "
            "PReLU(2) and an own layer of 3 numbers"),
    "tiny": ("models in models", "a small convolutional network with norms"),
    "frozen": ("frozen parameters", "the same network, frozen but for fc"),
    "shared": ("shared parameters", "Sequential(a, Sequential(b, a)), a and b with one weight"),
}


def plan_count(rng: random.Random) -> Plan:
    """Plain, nested, with a parameter of its own, frozen, shared."""
    return _plan(*(
        {"args": [{"$": "counted", "which": which}], "group": group,
         "words": f"count_params(model), model = {words}"}
        for which, (group, words) in COUNTED.items()
    ))  # fmt: skip


# How many parameters a bottleneck has.

BLOCK_PLAIN = '''
def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    width = int(planes * (base_width / 64)) * groups
    outplanes = planes * 4
    conv1 = inplanes * width
    conv2 = width * (width // groups) * 3 * 3
    conv3 = width * outplanes
    norms = 2 * width + 2 * width + 2 * outplanes
    total = conv1 + conv2 + conv3 + norms
    if projection:
        total += inplanes * outplanes + 2 * outplanes
    return total
'''

BLOCK_LIST = '''
def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    middle = planes * base_width // 64 * groups
    end = 4 * planes
    layers = [(inplanes, middle, 1, 1), (middle, middle, 3, groups), (middle, end, 1, 1)]
    if projection:
        layers.append((inplanes, end, 1, 1))
    total = 0
    for cin, cout, kernel, bands in layers:
        total += cin // bands * cout * kernel ** 2
        total += cout + cout
    return total
'''

BLOCK_HELPERS = '''
def conv(cin, cout, k=1, groups=1):
    return cin // groups * cout * k * k


def norm(channels):
    return 2 * channels


def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    wide = math.floor(planes * base_width / 64) * groups
    out = planes * 4
    body = conv(inplanes, wide) + norm(wide)
    body += conv(wide, wide, 3, groups) + norm(wide)
    body += conv(wide, out) + norm(out)
    side = conv(inplanes, out) + norm(out)
    return body + side if projection else body
'''

# Correct as well, in still other ways; no mistake is made in these.
BLOCK_BUILT = '''
def layer(cin, cout, k, groups=1):
    return [nn.Conv2d(cin, cout, k, groups=groups, bias=False), nn.BatchNorm2d(cout)]


def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    width = planes * base_width // 64 * groups
    with torch.device("meta"):
        parts = layer(inplanes, width, 1) + layer(width, width, 3, groups)
        parts += layer(width, 4 * planes, 1)
        if projection:
            parts += layer(inplanes, 4 * planes, 1)
    return sum(p.numel() for part in parts for p in part.parameters())
'''

BLOCK_FORMULA = '''
def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    w, o = groups * (planes * base_width // 64), 4 * planes
    return (w * (inplanes + 9 * w // groups + o + 4) + 2 * o
            + bool(projection) * o * (inplanes + 2))
'''

BLOCK = (
    Mistake(
        "norms-forgotten",
        "The norms are not counted.",
        "Each convolution is followed by a BatchNorm, and that learns two numbers per channel.",
        "05 §6",
        "How many layers of a bottleneck have parameters?",
        _pairs(
            plain=[("+ conv3 + norms", "+ conv3"),
                   ("outplanes + 2 * outplanes\n    return", "outplanes\n    return")],
            list=("        total += cout + cout\n", ""),
            helpers=("return 2 * channels", "return 0"),
        ),
    ),
    Mistake(
        "norms-half-counted",
        "A norm is counted with one number per channel.",
        "It scales and it shifts: a weight and a bias for each channel.",
        "03 §1",
        "Which two parameters does a BatchNorm have?",
        _pairs(
            plain=[("2 * width + 2 * width + 2 * outplanes", "width + width + outplanes"),
                   ("outplanes + 2 * outplanes\n    return", "outplanes + outplanes\n    return")],
            list=("total += cout + cout", "total += cout"),
            helpers=("return 2 * channels", "return channels"),
        ),
    ),
    Mistake(
        "one-norm-in-the-middle",
        "One of the two norms around the 3×3 is not counted.",
        "There are three norms on the branch, one behind each convolution.",
        "05 §6",
        "Which norms are as wide as the 3×3, and how many of them are there?",
        _pairs(
            plain=("2 * width + 2 * width + 2 * outplanes", "2 * width + 2 * outplanes"),
            list=("total = 0", "total = -2 * middle"),
            helpers=("conv(wide, wide, 3, groups) + norm(wide)", "conv(wide, wide, 3, groups)"),
        ),
    ),
    Mistake(
        "buffers-counted",
        "The running statistics of the norms are counted.",
        "They are buffers: saved with the weights, but not learned.",
        "03 §1",
        "Which entries of a norm does the optimiser change?",
        _pairs(
            plain=[("2 * width + 2 * width + 2 * outplanes",
                    "4 * width + 4 * width + 4 * outplanes"),
                   ("outplanes + 2 * outplanes\n    return",
                    "outplanes + 4 * outplanes\n    return")],
            list=("total += cout + cout", "total += 4 * cout"),
            helpers=("return 2 * channels", "return 4 * channels"),
        ),
    ),
    Mistake(
        "projection-norm-forgotten",
        "The projection is counted without its norm.",
        "A 1×1 convolution on the shortcut is followed by a BatchNorm like the others.",
        "05 §6",
        "What stands behind the convolution in a projection?",
        _pairs(
            plain=("outplanes + 2 * outplanes\n    return", "outplanes\n    return"),
            list=("    return total", "    return total - 2 * end * projection"),
            helpers=("side = conv(inplanes, out) + norm(out)", "side = conv(inplanes, out)"),
        ),
    ),
    Mistake(
        "last-norm-too-narrow",
        "The last norm is counted with the channels of the 3×3.",
        "It normalises what the last 1×1 puts out, and that has four times planes channels.",
        "05 §3",
        "How many channels come out of the third convolution?",
        _pairs(
            plain=("+ 2 * width + 2 * outplanes", "+ 2 * width + 2 * width"),
            list=("total = 0", "total = 2 * middle - 2 * end"),
            helpers=("body += conv(wide, out) + norm(out)", "body += conv(wide, out) + norm(wide)"),
        ),
    ),
    Mistake(
        "base-width-divided-first",
        "The base width is divided by 64 in whole numbers, before planes come in.",
        "4 divided by 64 in whole numbers is 0, so a ResNeXt would have no channels in its middle.",
        "05 §3",
        "What is 4 // 64?",
        _pairs(
            plain=("(base_width / 64)", "(base_width // 64)"),
            list=("planes * base_width // 64", "planes * (base_width // 64)"),
            helpers=("planes * base_width / 64", "planes * (base_width // 64)"),
        ),
    ),
    Mistake(
        "rounded-after-the-groups",
        "The width is rounded only after it was multiplied by the groups.",
        "Each group must have a whole number of channels, so the width of one group is cut first.",
        "05 §3",
        "How many channels has one group when planes are 16 and the base width is 6?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups",
                   "int(planes * (base_width / 64) * groups)"),
            list=("planes * base_width // 64 * groups", "planes * base_width * groups // 64"),
            helpers=("math.floor(planes * base_width / 64) * groups",
                     "math.floor(planes * base_width / 64 * groups)"),
        ),
    ),
    Mistake(
        "width-a-float",
        "The width is never rounded, so the count becomes a float.",
        "There is no half channel, and a count is a whole number.",
        "05 §3",
        "What does the formula in the chapter do around the division?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups",
                   "planes * (base_width / 64) * groups"),
            list=("base_width // 64", "base_width / 64"),
            helpers=("math.floor(planes * base_width / 64)", "(planes * base_width / 64)"),
        ),
    ),
    Mistake(
        "width-with-a-fraction",
        "Nothing cuts the fraction off the width, and a float is counted on.",
        "Half a channel more or less in each group makes a count that no layer has; and it is a "
        "float.",
        "05 §3",
        "What is the width of one group for planes 16 and a base width of 6?",
        _pairs(
            plain=[("int(planes * (base_width / 64)) * groups",
                    "planes * (base_width / 64) * groups"),
                   ("width * (width // groups)", "width * (width / groups)")],
            list=[("base_width // 64", "base_width / 64"), ("cin // bands", "cin / bands")],
            helpers=[("math.floor(planes * base_width / 64)", "(planes * base_width / 64)"),
                     ("cin // groups", "cin / groups")],
        ),
    ),
    Mistake(
        "count-a-float",
        "The number is right, and it is a float.",
        "Whatever one slash divides becomes a float, and a float stays in every sum that it meets; "
        "a count is an int.",
        "05 §6",
        "Where does your function divide, and of which type is what comes out there?",
        _pairs(
            plain=("width * (width // groups)", "width * (width / groups)"),
            list=("cin // bands", "cin / bands"), helpers=("cin // groups", "cin / groups"),
        ),
    ),
    Mistake(
        "width-rounded",
        "The width of a group is rounded to the nearest whole number, not down.",
        "What is cut off is the fraction, whether it is less than a half or more.",
        "05 §3",
        "Which whole number does the exercise ask for when the quotient is 1.5?",
        _pairs(
            plain=("int(planes * (base_width / 64))", "round(planes * (base_width / 64))"),
            list=("planes * base_width // 64", "round(planes * base_width / 64)"),
            helpers=("math.floor(planes * base_width / 64)",
                     "math.floor(planes * base_width / 64 + 0.5)"),
        ),
    ),
    Mistake(
        "width-rounded-up",
        "The width of a group is rounded up.",
        "A piece of a channel is cut off, not made a whole one.",
        "05 §3",
        "Between which two whole numbers lies the width for planes 16 and a base width of 5?",
        _pairs(
            plain=("int(planes * (base_width / 64))", "math.ceil(planes * (base_width / 64))"),
            list=("planes * base_width // 64", "-(-planes * base_width // 64)"),
            helpers=("math.floor", "math.ceil"),
        ),
    ),
    Mistake(
        "groups-not-in-the-width",
        "The width is not multiplied by the groups.",
        "The base width is that of one group; the 3×3 has as many groups side by side.",
        "05 §3",
        "How wide is the 3×3 with 32 groups of 4 channels?",
        _pairs(
            plain=("(base_width / 64)) * groups", "(base_width / 64))"),
            list=("// 64 * groups", "// 64"),
            helpers=("base_width / 64) * groups", "base_width / 64)"),
        ),
    ),
    Mistake(
        "groups-not-in-the-3x3",
        "The weights of the 3×3 are not divided by the groups.",
        "Each of its filters reads one band of the channels only.",
        "02 §5",
        "What is the second axis of the weight of a 3×3 with 32 groups?",
        _pairs(
            plain=("(width // groups) *", "width *"), list=("middle, 3, groups)", "middle, 3, 1)"),
            helpers=("wide, 3, groups)", "wide, 3)"),
        ),
    ),
    Mistake(
        "groups-in-every-convolution",
        "All three convolutions are divided by the groups.",
        "Only the 3×3 is grouped; the 1×1 layers before and behind it mix the bands.",
        "05 §2",
        "Which of the three layers lets one group learn of another?",
        _pairs(
            plain=[("conv1 = inplanes * width", "conv1 = inplanes // groups * width"),
                   ("conv3 = width *", "conv3 = width // groups *")],
            list=[("middle, 1, 1), (", "middle, 1, groups), ("),
                  ("(middle, end, 1, 1)", "(middle, end, 1, groups)")],
            helpers=[("conv(inplanes, wide)", "conv(inplanes, wide, 1, groups)"),
                     ("conv(wide, out)", "conv(wide, out, 1, groups)")],
        ),
    ),
    Mistake(
        "base-width-ignored",
        "The base width has no effect.",
        "It says how many channels a group has; wide networks differ in nothing else.",
        "05 §3",
        "What makes a wide ResNet wide?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups", "planes * groups"),
            list=("planes * base_width // 64", "planes"),
            helpers=("math.floor(planes * base_width / 64)", "planes"),
        ),
    ),
    Mistake(
        "planes-not-in-the-width",
        "The base width is taken for the width of a group, whatever planes are.",
        "It is the width for 64 planes; with twice as many planes a group is twice as wide.",
        "05 §3",
        "How wide is the 3×3 of a block with 128 planes in ResNet-50?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups", "base_width * groups"),
            list=("planes * base_width // 64", "base_width"),
            helpers=("math.floor(planes * base_width / 64)", "base_width"),
        ),
    ),
    Mistake(
        "four-times-the-width",
        "The block is taken to put out four times the width of its middle.",
        "It puts out four times its planes; the middle may be wider than those.",
        "05 §3",
        "How many channels does a block of wide_resnet50_2 put out, and how wide is its 3×3?",
        _pairs(
            plain=("planes * 4", "width * 4"), list=("4 * planes", "4 * middle"),
            helpers=("planes * 4", "wide * 4"),
        ),
    ),
    Mistake(
        "expansion-forgotten",
        "The block is taken to put out planes channels.",
        "A bottleneck widens again at its end, by its expansion of 4.",
        "05 §3",
        "How many channels does a bottleneck with 64 planes put out?",
        _pairs(
            plain=("planes * 4", "planes"), list=("4 * planes", "planes"),
            helpers=("planes * 4", "planes"),
        ),
    ),
    Mistake(
        "last-convolution-reads-planes",
        "The last convolution is counted as if planes channels came in.",
        "It reads what the 3×3 puts out, and that is as wide as the middle.",
        "05 §3",
        "Where do width and planes differ, and which of them reaches the third convolution?",
        _pairs(
            plain=("conv3 = width", "conv3 = planes"), list=("(middle, end,", "(planes, end,"),
            helpers=("conv(wide, out)", "conv(planes, out)"),
        ),
    ),
    Mistake(
        "kernel-of-3",
        "The 3×3 is counted with 3 numbers for each pair of channels.",
        "A 3×3 kernel has nine.",
        "05 §6",
        "How many numbers has a kernel of three rows and three columns?",
        _pairs(
            plain=("* 3 * 3", "* 3"), list=("kernel ** 2", "kernel"), helpers=("* k * k", "* k"),
        ),
    ),
    Mistake(
        "biases-counted",
        "The convolutions are counted with biases.",
        "They have none, since the norm behind each would take it away.",
        "02 §7",
        "What would a BatchNorm do to a constant that was added before it?",
        _pairs(
            plain=[("2 * width + 2 * width + 2 * outplanes",
                    "3 * width + 3 * width + 3 * outplanes"),
                   ("outplanes + 2 * outplanes\n    return",
                    "outplanes + 3 * outplanes\n    return")],
            list=("kernel ** 2", "kernel ** 2 + cout"),
            helpers=("cout * k * k", "cout * k * k + cout"),
        ),
    ),
    Mistake(
        "projection-ignored",
        "The projection is not counted where there is one.",
        "The first block of a stage has a convolution and a norm on its shortcut.",
        "05 §6",
        "What does the last argument add to the block?",
        _pairs(
            plain=("if projection:", "if False:"), list=("if projection:", "if False:"),
            helpers=("body + side if projection else body", "body"),
        ),
    ),
    Mistake(
        "projection-alone",
        "With a projection nothing but the projection is counted.",
        "It stands beside the branch, and both have parameters.",
        "05 §6",
        "What happens to the sum of the branch when there is a projection?",
        _pairs(
            plain=("total += inplanes", "total = inplanes"),
            list=("layers.append((inplanes, end, 1, 1))", "layers = [(inplanes, end, 1, 1)]"),
            helpers=("body + side if projection", "side if projection"),
        ),
    ),
    Mistake(
        "projection-always",
        "A projection is counted in every block.",
        "Where the shapes agree the shortcut hands its input on, and has no weights.",
        "04 §5",
        "Which blocks of a stage have a shortcut without weights?",
        _pairs(
            plain=("    if projection:\n        total", "    total"),
            list=("    if projection:\n        layers", "    layers"),
            helpers=("body + side if projection else body", "body + side"),
        ),
    ),
    Mistake(
        "projection-3x3",
        "The projection is counted as a 3×3 convolution.",
        "It only has to change the number of channels, and a 1×1 does that.",
        "04 §5",
        "What does the shortcut have to change, and does it need neighbours for that?",
        _pairs(
            plain=("+= inplanes * outplanes", "+= 9 * inplanes * outplanes"),
            list=("(inplanes, end, 1, 1)", "(inplanes, end, 3, 1)"),
            helpers=("side = conv(inplanes, out)", "side = conv(inplanes, out, 3)"),
        ),
    ),
    Mistake(
        "projection-too-narrow",
        "The projection is counted with planes output channels.",
        "It must fit what the branch puts out, four times planes, or the two cannot be added.",
        "05 §6",
        "Which two numbers of channels must agree at the addition?",
        _pairs(
            plain=("inplanes * outplanes + 2 * outplanes\n    return",
                   "inplanes * planes + 2 * planes\n    return"),
            list=("(inplanes, end, 1, 1)", "(inplanes, planes, 1, 1)"),
            helpers=("side = conv(inplanes, out) + norm(out)",
                     "side = conv(inplanes, planes) + norm(planes)"),
        ),
    ),
    Mistake(
        "rounded-late-and-the-groups-cut",
        "The width is rounded after the groups were multiplied in, so a group may get a fraction.",
        "All groups are equally wide, in whole channels: the width of one is cut, then multiplied.",
        "05 §3",
        "Can your width be divided by the groups when planes are 16 and the base width is 6?",
        _pairs(
            plain=[("int(planes * (base_width / 64)) * groups",
                    "int(planes * (base_width / 64) * groups)"),
                   ("width * (width // groups) * 3 * 3", "width * width * 9 // groups")],
            list=[("planes * base_width // 64 * groups", "planes * base_width * groups // 64"),
                  ("cin // bands * cout * kernel ** 2", "cin * cout * kernel ** 2 // bands")],
            helpers=[("math.floor(planes * base_width / 64) * groups",
                      "math.floor(planes * base_width / 64 * groups)"),
                     ("cin // groups * cout * k * k", "cin * cout * k * k // groups")],
        ),
    ),
    Mistake(
        "one-group-wide",
        "The 3×3 is as wide as one of its groups.",
        "There are several of them side by side, and the middle of the block holds them all.",
        "05 §3",
        "How many channels have 32 groups together when each has 4?",
        _pairs(
            plain=[("(base_width / 64)) * groups", "(base_width / 64))"),
                   ("width * (width // groups) * 3 * 3", "width * width * 9 // groups")],
            list=[("// 64 * groups", "// 64"),
                  ("cin // bands * cout * kernel ** 2", "cin * cout * kernel ** 2 // bands")],
            helpers=[("base_width / 64) * groups", "base_width / 64)"),
                     ("cin // groups * cout * k * k", "cin * cout * k * k // groups")],
        ),
    ),
    Mistake(
        "last-norm-on-planes",
        "The last norm is counted for planes channels.",
        "It stands behind the last 1×1, and normalises all that this one puts out.",
        "05 §6",
        "What does the third convolution put out, and what does the third norm read?",
        _pairs(
            plain=("+ 2 * width + 2 * outplanes", "+ 2 * width + 2 * planes"),
            list=("total = 0", "total = 2 * planes - 2 * end"),
            helpers=("body += conv(wide, out) + norm(out)",
                     "body += conv(wide, out) + norm(planes)"),
        ),
    ),
    Mistake(
        "last-convolution-to-planes",
        "The last 1×1 is counted with planes output channels.",
        "It widens the branch again, to four times planes.",
        "05 §3",
        "Between which two numbers of channels does the last 1×1 stand?",
        _pairs(
            plain=("width * outplanes", "width * planes"),
            list=("total = 0", "total = -middle * (end - planes)"),
            helpers=("body += conv(wide, out)", "body += conv(wide, planes)"),
        ),
    ),
    Mistake(
        "projection-convolution-to-planes",
        "The 1×1 of the projection is counted with planes output channels, and its norm with four "
        "times as many.",
        "What comes out of the convolution goes into the norm, so the two must agree.",
        "05 §6",
        "How many channels go into the norm of the projection?",
        _pairs(
            plain=("inplanes * outplanes +", "inplanes * planes +"),
            list=("total = 0", "total = -inplanes * (end - planes) * projection"),
            helpers=("side = conv(inplanes, out)", "side = conv(inplanes, planes)"),
        ),
    ),
    Mistake(
        "projection-the-wrong-way-round",
        "The projection is counted where there is none, and left out where there is one.",
        "The last argument says whether the shortcut has a convolution and a norm of its own.",
        "05 §6",
        "What is the value of your condition when `projection` is True?",
        _pairs(
            plain=("if projection:", "if not projection:"),
            list=("if projection:", "if not projection:"),
            helpers=("body + side if projection", "body + side if not projection"),
        ),
    ),
    Mistake(
        "groups-twice-in-the-3x3",
        "The weights of the 3×3 are divided by the groups twice.",
        "Each filter reads one band of the channels, and there are as many filters as without "
        "groups.",
        "02 §5",
        "How many filters has a grouped 3×3, and how many channels does each of them read?",
        _pairs(
            plain=("width * (width // groups)", "width // groups * (width // groups)"),
            list=("cin // bands * cout *", "cin // bands * (cout // bands) *"),
            helpers=("cin // groups * cout *", "cin // groups * (cout // groups) *"),
        ),
    ),
    Mistake(
        "projection-reads-planes",
        "The 1×1 of the projection is counted as if planes channels came in.",
        "The shortcut begins where the block begins, so the projection reads what comes in there.",
        "05 §6",
        "Which layer of the branch reads the same tensor as the projection?",
        _pairs(
            plain=("inplanes * outplanes + 2", "planes * outplanes + 2"),
            list=("append((inplanes, end", "append((planes, end"),
            helpers=("side = conv(inplanes,", "side = conv(planes,"),
        ),
    ),
    Mistake(
        "never-narrower-than-planes",
        "The middle is never counted narrower than planes.",
        "A base width below 64 makes it narrower, as far as the groups do not make up for it.",
        "05 §3",
        "How wide is the middle of a block with 16 planes and a base width of 32?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups",
                   "max(int(planes * (base_width / 64)) * groups, planes)"),
            list=("    end = 4", "    if middle < planes:\n        middle = planes\n    end = 4"),
            helpers=("    out = planes", "    wide = sorted([planes, wide])[1]\n    out = planes"),
        ),
    ),
    Mistake(
        "base-width-only-with-groups",
        "The base width has no effect where there is one group.",
        "One group is a group, too: with it, base widths of 32 and 128 make other blocks than 64.",
        "05 §3",
        "How many groups has wide_resnet50_2, and what else makes its middle wide?",
        _pairs(
            plain=("(base_width / 64)", "(base_width / 64 if groups > 1 else 1)"),
            list=("    middle =",
                  "    base_width = 64 if groups == 1 else base_width\n    middle ="),
            helpers=("    wide =", "    if groups == 1:\n        base_width = 64\n    wide ="),
        ),
    ),
    Mistake(
        "groups-only-with-a-base-width",
        "With a base width of 64 the middle is counted as wide as planes, whatever the groups are.",
        "64 leaves one group as wide as planes; several groups are several times as wide.",
        "05 §3",
        "How wide are two groups that are as wide as planes each?",
        _pairs(
            plain=("int(planes * (base_width / 64)) * groups",
                   "planes if base_width == 64 else int(planes * (base_width / 64)) * groups"),
            list=("64 * groups\n", "64 * (1 if base_width == 64 else groups)\n"),
            helpers=("    out = planes",
                     "    if base_width == 64:\n        wide = planes\n    out = planes"),
        ),
    ),
)


def plan_block(rng: random.Random) -> Plan:
    """Small blocks first: plain, projection, wide, narrow, grouped, cut; then large ones."""
    a, p = rng.choice([(24, 6), (40, 10), (20, 5)])  # as many channels in as out
    call = functools.partial(_case, "bottleneck_params")
    return _plan(
        call("plain blocks", a, p),
        call("blocks with a projection", a, p, projection=True),
        call("wide blocks", a, rng.choice([4, 8]), base_width=128),
        call("narrow blocks", a, 8, base_width=rng.choice([16, 32])),
        call("grouped blocks", 24, 16, groups=rng.choice([2, 4])),
        call("widths that are cut", 24, 16, base_width=6, groups=4),
        call("plain blocks", 256, 64),
        call("blocks with a projection", 64, 64, projection=True),
        call("grouped blocks", 256, 64, groups=rng.choice([24, 32]), base_width=4),
        call("blocks with everything", 256, 128, groups=32, base_width=4, projection=True),
        call("widths that are cut", 64, 16, base_width=5, groups=16),
        call("calls with settings by position", 64, 32, 2, 128, True),
    )


# The side of the grid, stage by stage.

SIZES_PLAIN = '''
def stage_sizes(n):
    conv1 = (n + 2 * 3 - 7) // 2 + 1
    maxpool = (conv1 + 2 - 3) // 2 + 1
    layer1 = maxpool
    layer2 = (layer1 + 2 - 3) // 2 + 1
    layer3 = (layer2 + 2 - 3) // 2 + 1
    layer4 = (layer3 + 2 - 3) // 2 + 1
    return conv1, maxpool, layer1, layer2, layer3, layer4
'''

SIZES_HALVES = '''
def half(side):
    return (side + 1) // 2


def stage_sizes(n):
    a = half(n)
    b = half(a)
    c = half(b)
    d = half(c)
    return [a, b, b, c, d, half(d)]
'''

SIZES_TABLE = '''
STEPS = {
    "conv1": (7, 2, 3), "maxpool": (3, 2, 1), "layer1": (3, 1, 1),
    "layer2": (3, 2, 1), "layer3": (3, 2, 1), "layer4": (3, 2, 1),
}


def stage_sizes(n):
    sides = []
    for kernel, stride, padding in STEPS.values():
        n = math.floor((n + 2 * padding - kernel) / stride) + 1
        sides.append(n)
    return tuple(sides)
'''

# Correct as well, in still other ways; no mistake is made in these.
SIZES_POWERS = '''
def stage_sizes(n):
    return tuple(math.ceil(n / 2 ** power) for power in (1, 2, 2, 3, 4, 5))
'''

SIZES_NUMPY = '''
import numpy as np


def stage_sizes(n):
    return -(-n // np.array([2, 4, 4, 8, 16, 32]))
'''

SIZES_LAYERS = '''
def stage_sizes(n):
    x, sides = torch.empty(1, 1, n, n), []
    for k, s in ((7, 2), (3, 2), (3, 1), (3, 2), (3, 2), (3, 2)):
        x = F.max_pool2d(x, k, s, k // 2)
        sides.append(x.shape[-1])
    return sides
'''

SIZES = (
    Mistake(
        "layer1-halves-too",
        "layer1 halves the grid as well.",
        "The pool has just done so; layer1 works on the grid that it gets.",
        "07 §2",
        "How large is the grid before and behind layer1 for an image of 224?",
        _pairs(
            plain=("layer1 = maxpool", "layer1 = (maxpool + 2 - 3) // 2 + 1"),
            halves=[("c = half(b)", "e = half(b)\n    c = half(e)"), ("a, b, b,", "a, b, e,")],
            table=("(3, 1, 1)", "(3, 2, 1)"),
        ),
    ),
    Mistake(
        "rounded-down",
        "Halves are rounded down.",
        "Each strided layer stands on the rows 0, 2, 4 and so on, so an odd side gives one more.",
        "02 §3",
        "On how many of the rows 0 to 56 does a kernel with stride 2 stand?",
        _pairs(
            plain=[("(n + 2 * 3 - 7) // 2 + 1", "n // 2"),
                   ("(conv1 + 2 - 3) // 2 + 1", "conv1 // 2"),
                   ("(layer1 + 2 - 3) // 2 + 1", "layer1 // 2"),
                   ("(layer2 + 2 - 3) // 2 + 1", "layer2 // 2"),
                   ("(layer3 + 2 - 3) // 2 + 1", "layer3 // 2")],
            halves=("(side + 1) // 2", "side // 2"),
            table=("math.floor((n + 2 * padding - kernel) / stride) + 1", "n // stride"),
        ),
    ),
    Mistake(
        "rounded-to-nearest",
        "Sides are rounded to the nearest whole number, and half-way to an even one.",
        "57 halves become 28 in that way and 29 in the network.",
        "02 §3",
        "What does Python's round make of 2.5?",
        _pairs(
            plain=[("(n + 2 * 3 - 7) // 2 + 1", "round(n / 2)"),
                   ("(conv1 + 2 - 3) // 2 + 1", "round(conv1 / 2)"),
                   ("(layer1 + 2 - 3) // 2 + 1", "round(layer1 / 2)"),
                   ("(layer2 + 2 - 3) // 2 + 1", "round(layer2 / 2)"),
                   ("(layer3 + 2 - 3) // 2 + 1", "round(layer3 / 2)")],
            halves=("(side + 1) // 2", "round(side / 2)"),
            table=("math.floor((n + 2 * padding - kernel) / stride) + 1", "round(n / stride)"),
        ),
    ),
    Mistake(
        "rounded-at-the-end",
        "Sides are rounded to the nearest whole number, not up.",
        "A place at which the kernel stands counts as a whole one, however little of the image is "
        "left for it.",
        "02 §3",
        "What does your function make of 33 pixels behind layer4, and what stands there?",
        _pairs(
            plain=("return conv1, maxpool, layer1, layer2, layer3, layer4",
                   "return [int(n / k + 0.5) for k in (2, 4, 4, 8, 16, 32)]"),
            halves=("return [a, b, b, c, d, half(d)]",
                    "return [(n + k // 2) // k for k in (2, 4, 4, 8, 16, 32)]"),
            table=[("math.floor((n + 2 * padding - kernel) / stride) + 1", "n / stride"),
                   ("sides.append(n)", "sides.append(int(n + 0.5))")],
        ),
    ),
    Mistake(
        "true-division",
        "Sides are divided without rounding.",
        "A grid has whole rows; half a row cannot be computed.",
        "02 §2",
        "Which of the two divisions of Python leaves no fraction?",
        _pairs(
            plain=[("(n + 2 * 3 - 7) // 2", "(n + 2 * 3 - 7) / 2"),
                   ("(conv1 + 2 - 3) // 2", "(conv1 + 2 - 3) / 2"),
                   ("(layer1 + 2 - 3) // 2", "(layer1 + 2 - 3) / 2"),
                   ("(layer2 + 2 - 3) // 2", "(layer2 + 2 - 3) / 2"),
                   ("(layer3 + 2 - 3) // 2", "(layer3 + 2 - 3) / 2")],
            halves=("(side + 1) // 2", "(side + 1) / 2"),
            table=("math.floor((n + 2 * padding - kernel) / stride) + 1",
                   "(n + 2 * padding - kernel) / stride + 1"),
        ),
    ),
    Mistake(
        "pool-without-padding",
        "The max pool is computed without its padding.",
        "Then one place is missing at the border.",
        "07 §2",
        "Which padding has the max pool of the stem?",
        _pairs(
            plain=("(conv1 + 2 - 3)", "(conv1 - 3)"), halves=("half(a)", "half(a - 2)"),
            table=('"maxpool": (3, 2, 1)', '"maxpool": (3, 2, 0)'),
        ),
    ),
    Mistake(
        "pool-2x2",
        "The max pool is computed as one of 2×2 without padding.",
        "It is 3×3 with stride 2 and padding 1, which gives one row more where the side is odd.",
        "07 §2",
        "What comes out of the stem's pool for a side of 57?",
        _pairs(
            plain=("(conv1 + 2 - 3) // 2 + 1", "(conv1 - 2) // 2 + 1"),
            halves=("half(a)", "a // 2"),
            table=('"maxpool": (3, 2, 1)', '"maxpool": (2, 2, 0)'),
        ),
    ),
    Mistake(
        "conv1-without-padding",
        "The 7×7 is computed without its padding.",
        "A padding of 3 lets its centre stand on the border.",
        "02 §8",
        "Which padding has the first convolution of a ResNet?",
        _pairs(
            plain=("(n + 2 * 3 - 7)", "(n - 7)"), halves=("half(n)", "half(n - 6)"),
            table=("(7, 2, 3)", "(7, 2, 0)"),
        ),
    ),
    Mistake(
        "conv1-padding-1",
        "The 7×7 is computed with a padding of 1, as if it were a 3×3.",
        "A padding of 1 does not bring the centre of a 7×7 to the border.",
        "02 §8",
        "How far does a 7×7 kernel reach from its centre?",
        _pairs(
            plain=("(n + 2 * 3 - 7)", "(n + 2 - 7)"), halves=("half(n)", "half(n - 4)"),
            table=("(7, 2, 3)", "(7, 2, 1)"),
        ),
    ),
    Mistake(
        "stages-without-padding",
        "The strided 3×3 of the stages are computed without padding.",
        "Then each stage loses a row, and the branch no longer fits the shortcut.",
        "02 §3",
        "What do the strided 3×3 and the strided 1×1 of one block make of 56?",
        _pairs(
            plain=[("(layer1 + 2 - 3)", "(layer1 - 3)"), ("(layer2 + 2 - 3)", "(layer2 - 3)"),
                   ("(layer3 + 2 - 3)", "(layer3 - 3)")],
            halves=[("half(b)", "half(b - 2)"), ("half(c)", "half(c - 2)"),
                    ("half(d)", "half(d - 2)")],
            table=[('"layer2": (3, 2, 1)', '"layer2": (3, 2, 0)'),
                   ('"layer3": (3, 2, 1)', '"layer3": (3, 2, 0)'),
                   ('"layer4": (3, 2, 1)', '"layer4": (3, 2, 0)')],
        ),
    ),
    Mistake(
        "pool-keeps",
        "The max pool keeps the grid.",
        "It has stride 2: without it all stages would work on four times the area.",
        "07 §2",
        "What is the stride of the pool in the stem?",
        _pairs(
            plain=("(conv1 + 2 - 3) // 2 + 1", "conv1"), halves=("half(a)", "a"),
            table=('"maxpool": (3, 2, 1)', '"maxpool": (3, 1, 1)'),
        ),
    ),
    Mistake(
        "conv1-keeps",
        "The first convolution keeps the grid.",
        "Its stride is 2; only networks for small pictures go without.",
        "02 §8",
        "What is the stride of the 7×7?",
        _pairs(
            plain=("(n + 2 * 3 - 7) // 2 + 1", "n"), halves=("half(n)", "n"),
            table=("(7, 2, 3)", "(7, 1, 3)"),
        ),
    ),
    Mistake(
        "layer2-keeps",
        "layer2 keeps the grid.",
        "Of the four stages only the first one does.",
        "07 §3",
        "Which stages begin with a stride?",
        _pairs(
            plain=("(layer1 + 2 - 3) // 2 + 1", "layer1"), halves=("half(b)", "b"),
            table=('"layer2": (3, 2, 1)', '"layer2": (3, 1, 1)'),
        ),
    ),
    Mistake(
        "layer1-left-out",
        "One side is missing: maxpool and layer1 share one.",
        "Six are asked for, even though two of them are equal.",
        "07 §6",
        "For which six places are the sides asked?",
        _pairs(
            plain=("maxpool, layer1, layer2", "maxpool, layer2"), halves=("a, b, b,", "a, b,"),
            table=(', "layer1": (3, 1, 1),', ","),
        ),
    ),
    Mistake(
        "image-included",
        "The side of the image itself stands in the answer.",
        "Asked for is what comes after each of the six.",
        "07 §6",
        "What is the first layer whose output is asked for?",
        _pairs(
            plain=("return conv1", "return n, conv1"), halves=("[a, b", "[n, a, b"),
            table=("sides = []", "sides = [n]"),
        ),
    ),
    Mistake(
        "last-pool-included",
        "The answer goes on to the average pool at the end.",
        "Six sides are asked for, the last is that of layer4.",
        "07 §5",
        "Where does your answer stop, and where does the question?",
        _pairs(
            plain=("layer3, layer4\n", "layer3, layer4, 1\n"), halves=("half(d)]", "half(d), 1]"),
            table=("tuple(sides)", "(*sides, 1)"),
        ),
    ),
    Mistake(
        "halves-as-floats",
        "Sides are halved by / and stay floats.",
        "A grid has whole rows, and where a half is left over it is rounded up.",
        "02 §3",
        "What does your function give for an image of side 225?",
        _pairs(
            plain=[("(n + 2 * 3 - 7) // 2 + 1", "n / 2"),
                   ("(conv1 + 2 - 3) // 2 + 1", "conv1 / 2"),
                   ("(layer1 + 2 - 3) // 2 + 1", "layer1 / 2"),
                   ("(layer2 + 2 - 3) // 2 + 1", "layer2 / 2"),
                   ("(layer3 + 2 - 3) // 2 + 1", "layer3 / 2")],
            halves=("(side + 1) // 2", "side / 2"),
            table=("math.floor((n + 2 * padding - kernel) / stride) + 1", "n / stride"),
        ),
    ),
    Mistake(
        "stages-only",
        "Only the sides behind the four stages are returned.",
        "The stem has two places of its own, conv1 and maxpool, and they are asked for as well.",
        "07 §2",
        "What halves the grid before the first stage?",
        _pairs(
            plain=("return conv1, maxpool, layer1", "return layer1"),
            halves=("return [a, b, b, c", "return [b, c"),
            table=("tuple(sides)", "tuple(sides[2:])"),
        ),
    ),
    Mistake(
        "image-for-one-of-the-equal-sides",
        "The list begins with the image, and of two equal sides it has one.",
        "Behind conv1 the side is halved already; one layer further on keeps what it gets.",
        "07 §6",
        "Which of your six numbers is the side behind conv1?",
        _pairs(
            plain=("return conv1, maxpool, layer1,", "return n, conv1, maxpool,"),
            halves=("return [a, b, b,", "return [n, a, b,"),
            table=[("sides = []", "sides = [n]"), ("tuple(sides)", "tuple(sides[:3] + sides[4:])")],
        ),
    ),
)


def plan_sizes(rng: random.Random) -> Plan:
    """A usual size, odd ones, small ones."""
    call = functools.partial(_case, "stage_sizes")
    return _plan(
        call("sides that halve evenly", 224),
        call("sides that halve evenly", 32 * rng.choice([5, 9, 11])),
        call("odd sides", rng.choice([225, 229])),
        call("odd sides", rng.choice([97, 101])),
        call("odd sides", 2 * rng.choice([91, 83]) + 1),
        call("small images", rng.choice([33, 37])),
    )


# The number in the name of a network.

DEPTH_PLAIN = '''
def depth(convs_per_block, layers):
    return 1 + convs_per_block * sum(layers) + 1
'''

DEPTH_LOOP = '''
def depth(convs_per_block, layers):
    count = 2
    for blocks in layers:
        count += blocks * convs_per_block
    return count
'''

DEPTH_NAMES = '''
def depth(convs_per_block, layers):
    names = ["conv1", "fc"]
    for stage, blocks in enumerate(layers, start=1):
        for block in range(blocks):
            names += [f"layer{stage}.{block}.conv{i}" for i in range(convs_per_block)]
    return len(names)
'''

# Correct as well, in still other ways; no mistake is made in these.
DEPTH_REDUCE = '''
def depth(convs_per_block, layers):
    return functools.reduce(lambda total, blocks: total + convs_per_block * blocks, layers, 2)
'''

DEPTH_NUMPY = '''
import numpy as np


def depth(convs_per_block, layers):
    return np.dot(np.full(len(layers), convs_per_block), layers) + 2
'''

LOOP_LINE = "    for blocks in layers:\n"
DEPTH = (
    Mistake(
        "two-for-every-block",
        "Every block is counted with two convolutions.",
        "A bottleneck has three; the first argument says how many.",
        "09 §1",
        "How many convolutions has one block of ResNet-50?",
        _pairs(
            plain=("convs_per_block * sum", "2 * sum"),
            loop=("blocks * convs_per_block", "blocks * 2"),
            names=("range(convs_per_block)", "range(2)"),
        ),
    ),
    Mistake(
        "three-for-every-block",
        "Every block is counted with three convolutions.",
        "A basic block has two; the first argument says how many.",
        "09 §1",
        "How many convolutions has one block of ResNet-18?",
        _pairs(
            plain=("convs_per_block * sum", "3 * sum"),
            loop=("blocks * convs_per_block", "blocks * 3"),
            names=("range(convs_per_block)", "range(3)"),
        ),
    ),
    Mistake(
        "one-end-forgotten",
        "One layer is missing: the stem or fc.",
        "The first convolution and the last linear layer have weights, and both are counted.",
        "09 §1",
        "Which layers with weights stand before and behind the four stages?",
        _pairs(
            plain=("sum(layers) + 1", "sum(layers)"), loop=("count = 2", "count = 1"),
            names=('["conv1", "fc"]', '["conv1"]'),
        ),
    ),
    Mistake(
        "both-ends-forgotten",
        "Only the blocks are counted.",
        "The stem's convolution and fc are layers with weights as well.",
        "09 §1",
        "Which number do you get for ResNet-18, and what is missing to 18?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1", "convs_per_block * sum(layers)"),
            loop=("count = 2", "count = 0"), names=('["conv1", "fc"]', "[]"),
        ),
    ),
    Mistake(
        "projections-counted",
        "One layer too many is counted in each stage, such as a projection.",
        "A projection stands beside the path, not on it: the number in the name counts the way "
        "through the blocks.",
        "06 §5",
        "Does a projection make the longest way through the network longer?",
        _pairs(
            plain=("sum(layers) + 1", "sum(layers) + 1 + len(layers)"),
            loop=("count = 2", "count = 2 + len(layers)"),
            names=("        for block in",
                   "        names.append(f'layer{stage}.0.downsample')\n        for block in"),
        ),
    ),
    Mistake(
        "projections-but-one-counted",
        "The number is too large, by one less than there are stages.",
        "Either a layer is added in every stage but one, such as a projection, which lies beside "
        "the path; or one is added in every stage, and the stem or fc is left out.",
        "06 §5",
        "Which lines of your function run once for a stage, and which run once for the network?",
        _pairs(
            plain=("sum(layers) + 1", "sum(layers) + len(layers)"),
            loop=("count = 2", "count = 1 + len(layers)"),
            names=("        for block in",
                   "        names += ['downsample'] * (stage > 1)\n        for block in"),
        ),
    ),
    Mistake(
        "projections-of-each-kind-counted",
        "The projections are counted: one in every stage, but none in the first of basic blocks.",
        "There are as many of them as that, but they stand beside the path through the branches, "
        "and the number in the name leaves them out.",
        "06 §5",
        "Does a signal that goes through the branches of all blocks pass a projection?",
        _pairs(
            plain=("sum(layers) + 1", "sum(layers) + 1 + len(layers) - (convs_per_block == 2)"),
            loop=("count = 2", "count = 2 + len(layers) - (1 if convs_per_block == 2 else 0)"),
            names=("        for block in",
                   "        names += ['downsample'] * (stage > 1 or convs_per_block != 2)\n"
                   "        for block in"),
        ),
    ),
    Mistake(
        "projection-in-layer1-of-bottlenecks-only",
        "The projections are counted: one in every stage, but in the first only of bottlenecks.",
        "A projection stands beside the path through the branches, so it makes no path longer, and "
        "the number in the name leaves it out.",
        "06 §5",
        "Which number does your function give for ResNet-50, and by what is it too large?",
        _pairs(
            plain=("sum(layers) + 1", "sum(layers) + len(layers) + (convs_per_block == 3)"),
            loop=("count = 2", "count = 1 + len(layers) + (1 if convs_per_block == 3 else 0)"),
            names=("        for block in",
                   "        names += ['downsample'] * (stage > 1 or convs_per_block == 3)\n"
                   "        for block in"),
        ),
    ),
    Mistake(
        "blocks-counted",
        "Blocks are counted, not the convolutions in them.",
        "A block is two or three layers deep.",
        "09 §1",
        "How many layers with weights does one block hold?",
        _pairs(
            plain=("convs_per_block * sum(layers)", "sum(layers)"),
            loop=("blocks * convs_per_block", "blocks"),
            names=("range(convs_per_block)", "range(1)"),
        ),
    ),
    Mistake(
        "stages-counted",
        "The stages are counted, not the blocks in them.",
        "The list says how many blocks each stage has, and they all count.",
        "09 §1",
        "What do the numbers in the list stand for?",
        _pairs(
            plain=("sum(layers)", "len(layers)"),
            loop=("blocks * convs_per_block", "convs_per_block"),
            names=("range(blocks)", "range(1)"),
        ),
    ),
    Mistake(
        "added-not-multiplied",
        "The convolutions per block are added to the number of blocks.",
        "Every block has that many, so the two are multiplied.",
        "09 §1",
        "How many convolutions are there in 4 blocks of 3?",
        _pairs(
            plain=("convs_per_block * sum", "convs_per_block + sum"),
            loop=[("count = 2", "count = 2 + convs_per_block"),
                  ("blocks * convs_per_block", "blocks")],
            names=[('["conv1", "fc"]', '["conv1", "fc"] + ["conv"] * convs_per_block'),
                   ("range(convs_per_block)", "range(1)")],
        ),
    ),
    Mistake(
        "pool-counted",
        "One layer too many is counted, such as a pool.",
        "Only layers with weights count: convolutions and fc.",
        "09 §1",
        "Which of the layers that you count has no weights?",
        _pairs(
            plain=("return 1 +", "return 2 +"), loop=("count = 2", "count = 3"),
            names=('"conv1", "fc"', '"conv1", "maxpool", "fc"'),
        ),
    ),
    Mistake(
        "norms-counted",
        "Each norm is counted as a layer beside its convolution.",
        "By custom a norm belongs to its convolution and is no layer of its own.",
        "09 §1",
        "What would ResNet-18 be called by your count?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1",
                   "2 * (1 + convs_per_block * sum(layers)) + 1"),
            loop=[("count = 2", "count = 3"),
                  ("blocks * convs_per_block", "blocks * convs_per_block * 2")],
            names=[('"conv1", "fc"', '"conv1", "bn1", "fc"'),
                   ("range(convs_per_block)", "range(2 * convs_per_block)")],
        ),
    ),
    Mistake(
        "last-stage-left-out",
        "The last stage is left out.",
        "All stages that the list names stand between stem and fc.",
        "09 §1",
        "Which entries of the list does your count read?",
        _pairs(
            plain=("sum(layers)", "sum(layers[:-1])"), loop=("in layers:", "in layers[:-1]:"),
            names=("enumerate(layers,", "enumerate(layers[:-1],"),
        ),
    ),
    Mistake(
        "list-emptied",
        "The list that was handed in is not as it was.",
        "The caller still needs it, for instance to build the network.",
        "09 §1",
        "What do pop and append do to the list of the caller?",
        _pairs(
            plain=("return 1 + convs_per_block * sum(layers) + 1",
                   "total = 2\n    layers = layers if isinstance(layers, list) else list(layers)\n"
                   "    while layers:\n        total += convs_per_block * layers.pop()\n    "
                   "return total"),
            loop=[(LOOP_LINE, "    layers = layers if isinstance(layers, list) else list(layers)\n"
                   "    while layers:\n        blocks = layers.pop()\n")],
            names=("    return len(names)",
                   "    if isinstance(layers, list):\n"
                   "        layers.clear()\n    return len(names)"),
        ),
    ),
    Mistake(
        "both-ends-multiplied",
        "The stem and fc are multiplied by the convolutions per block.",
        "They stand outside the blocks, and each is one layer.",
        "09 §1",
        "Which numbers stand inside your brackets, and which of them count blocks?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1", "convs_per_block * (sum(layers) + 2)"),
            loop=[("count = 2", "count = 2 * convs_per_block")],
            names=('["conv1", "fc"]', '["conv1", "fc"] * convs_per_block'),
        ),
    ),
    Mistake(
        "one-end-multiplied",
        "One of the two ends is multiplied by the convolutions per block.",
        "The stem is a single convolution and fc a single layer, whatever a block holds.",
        "09 §1",
        "What does your formula give for a network without any block?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers)", "convs_per_block * (sum(layers) + 1)"),
            loop=[("count = 2", "count = 1 + convs_per_block")],
            names=('["conv1", "fc"]', '["conv1"] * convs_per_block + ["fc"]'),
        ),
    ),
    Mistake(
        "ends-like-a-block",
        "The stem and fc together are counted like one more block.",
        "They are two layers, and a block holds two or three; only with two the number is right.",
        "09 §1",
        "For which blocks is your number right, and why only for those?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1", "convs_per_block * (sum(layers) + 1)"),
            loop=[("count = 2", "count = convs_per_block")],
            names=('["conv1", "fc"]', '["conv"] * convs_per_block'),
        ),
    ),
    Mistake(
        "ends-in-every-stage",
        "Two layers are added in every stage, as if each had a stem and an fc of its own.",
        "The stem and fc stand once in the network, before the first stage and behind the last.",
        "09 §1",
        "How often does your loop add the stem?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1",
                   "2 * len(layers) + convs_per_block * sum(layers)"),
            loop=[("count = 2", "count = 0"), ("count += blocks", "count += 2 + blocks")],
            names=[('["conv1", "fc"]', "[]"),
                   ("        for block in",
                    "        names += ['conv1', 'fc']\n        for block in")],
        ),
    ),
    Mistake(
        "places-not-blocks",
        "The stages' places in the list are added up, not their blocks.",
        "A place says where a number stands, 0, 1, 2 and so on; the number itself says how many.",
        "09 §1",
        "What does your loop variable hold: a place, or what stands there?",
        _pairs(
            plain=("sum(layers)", "sum(range(len(layers)))"),
            loop=("in layers:", "in range(len(layers)):"),
            names=("range(blocks)", "range(stage - 1)"),
        ),
    ),
    Mistake(
        "one-more-in-every-block",
        "One layer too many is counted in every block, such as a projection.",
        "Most blocks have none, and where there is one it stands beside the path.",
        "06 §5",
        "Which layers of a block does a signal pass that takes the longest way?",
        _pairs(
            plain=("convs_per_block * sum", "(convs_per_block + 1) * sum"),
            loop=("blocks * convs_per_block", "blocks * (1 + convs_per_block)"),
            names=("range(convs_per_block)", "range(1 + convs_per_block)"),
        ),
    ),
    Mistake(
        "norms-in-the-blocks-counted",
        "Each norm in a block is counted as a layer of its own.",
        "It has weights, but the number in the name leaves it out.",
        "09 §1",
        "By how much is your number for ResNet-18 too large, and what is there just as often?",
        _pairs(
            plain=("convs_per_block * sum", "2 * convs_per_block * sum"),
            loop=("blocks * convs_per_block", "blocks * convs_per_block * 2"),
            names=("range(convs_per_block)", "range(2 * convs_per_block)"),
        ),
    ),
    Mistake(
        "stages-multiplied",
        "The numbers of blocks are multiplied with each other.",
        "The stages stand one behind the other, so their blocks are added.",
        "09 §1",
        "How many blocks have two stages of 3 and 4 blocks together?",
        _pairs(
            plain=("sum(layers)", "math.prod(layers)"),
            loop=[("count = 2", "count = 1"), ("count += blocks *", "count *= blocks #"),
                  ("return count", "return 2 + convs_per_block * count")],
            names=[("enumerate(layers,", "enumerate([math.prod(layers)],")],
        ),
    ),
    Mistake(
        "first-stage-only",
        "Only the first stage is counted.",
        "The others follow; a return inside a loop ends it in its first round.",
        "09 §1",
        "Which entries of the list has your function read when it ends?",
        _pairs(
            plain=("sum(layers)", "layers[0]"),
            loop=("\n    return count", "\n        return count"),
            names=("enumerate(layers,", "enumerate(layers[:1],"),
        ),
    ),
    Mistake(
        "last-stage-only",
        "Only the last stage is counted, and what was counted before is lost.",
        "A plain = puts a new number in the place of the sum.",
        "09 §1",
        "What stands in your variable after the first stage, and what after the second?",
        _pairs(
            plain=("1 + convs_per_block * sum(layers) + 1", "convs_per_block * layers[-1]"),
            loop=("count += blocks", "count = blocks"),
            names=[("        for block in", "        names = []\n        for block in")],
        ),
    ),
    Mistake(
        "last-stage-and-the-ends",
        "Stem, fc and the last stage are counted, and no stage before it.",
        "Each stage takes the place of the one before when a loop sets the count anew.",
        "09 §1",
        "What does your loop do with what it has counted so far?",
        _pairs(
            plain=("sum(layers)", "layers[-1]"),
            loop=("count += blocks", "count = 2 + blocks"),
            names=[("        for block in",
                    "        names = ['conv1', 'fc']\n        for block in")],
        ),
    ),
    Mistake(
        "first-stage-left-out",
        "The first stage is left out.",
        "The first entry of a list has the number 0.",
        "09 §1",
        "Which number does your loop begin with?",
        _pairs(
            plain=("sum(layers)", "sum(layers[1:])"), loop=("in layers:", "in layers[1:]:"),
            names=("enumerate(layers,", "enumerate(layers[1:],"),
        ),
    ),
    Mistake(
        "four-stages-fixed",
        "Four stages are read, whatever the list holds.",
        "A shorter list then ends in an error, and of a longer one the rest is not counted.",
        "09 §1",
        "What does your function do with a list of three numbers?",
        _pairs(
            plain=("sum(layers)", "(layers[0] + layers[1] + layers[2] + layers[3])"),
            loop=[("for blocks in layers:", "for i in range(4):"),
                  ("blocks * convs_per_block", "layers[i] * convs_per_block")],
            names=("enumerate(layers,", "enumerate([layers[i] for i in (0, 1, 2, 3)],"),
        ),
    ),
    Mistake(
        "four-stages-demanded",
        "The list is taken apart into a fixed number of names, and another length is an error.",
        "A ResNet has four stages, but the list may be shorter or longer.",
        "09 §1",
        "What could run over the list, however long it is?",
        _pairs(
            plain=("return 1 + convs_per_block * sum(layers) + 1",
                   "a, b, c, d = layers\n    return 1 + convs_per_block * (a + b + c + d) + 1"),
            loop=[(LOOP_LINE, "    first, second, third, fourth = layers\n"
                   "    for blocks in (first, second, third, fourth):\n")],
            names=[("    names = [", "    one, two, three, four = layers\n    names = ["),
                   ("enumerate(layers,", "enumerate([one, two, three, four],")],
        ),
    ),
    Mistake(
        "four-stages-at-most",
        "From the fifth stage on nothing is counted.",
        "ResNets have four, but the list may be longer, and each of its numbers counts.",
        "09 §1",
        "How many numbers of the list does your function read at most?",
        _pairs(
            plain=("sum(layers)", "sum(layers[:4])"), loop=("in layers:", "in layers[:4]:"),
            names=("enumerate(layers,", "enumerate(layers[:4],"),
        ),
    ),
    Mistake(
        "the-name-returned",
        "The whole name is returned, as a text.",
        "Asked for is the number in it.",
        "09 §1",
        "Could one subtract 18 from your answer?",
        _pairs(
            plain=("return 1 + convs_per_block * sum(layers) + 1",
                   'return f"resnet{1 + convs_per_block * sum(layers) + 1}"'),
            loop=("return count", 'return f"resnet{count}"'),
            names=("return len(names)", 'return "resnet" + str(len(names))'),
        ),
    ),
)


def plan_depth(rng: random.Random) -> Plan:
    """Basic blocks, bottlenecks, another number of stages, a tuple."""
    call = functools.partial(_case, "depth")
    a, b = rng.randint(4, 6), rng.randint(7, 9)
    return _plan(
        call("basic blocks", 2, [3, 6, 7, 5]),  # in a real one some numbers stand twice
        call("basic blocks", 2, [1, a, b, 3]),
        call("bottlenecks", 3, [3, 4, 6, 3]),
        call("bottlenecks", 3, [2, a, b, 1]),
        call("other networks", 2, [a, b, 3]),
        call("other networks", 4, (1, 2, b, 3, a)),
    )


# How far one number sees.

FIELD_PLAIN = '''
def receptive_field(ops):
    field, jump = 1, 1
    for kernel, stride, dilation in ops:
        field += (kernel - 1) * dilation * jump
        jump *= stride
    return field
'''

FIELD_BACK = '''
def receptive_field(ops):
    field = 1
    for kernel, stride, dilation in reversed(ops):
        field = (field - 1) * stride + dilation * (kernel - 1) + 1
    return field
'''

FIELD_SUM = '''
def receptive_field(ops):
    kernels = [k for k, s, d in ops]
    strides = [s for k, s, d in ops]
    spread = [d for k, s, d in ops]
    reach = [d * (k - 1) for d, k in zip(spread, kernels)]
    steps = [math.prod(strides[:i]) for i in range(len(ops))]
    return 1 + sum(r * step for r, step in zip(reach, steps))
'''

# Correct as well, in still other ways; no mistake is made in these.
FIELD_PIXELS = '''
def receptive_field(ops):
    seen = {0}
    for kernel, stride, dilation in ops[::-1]:
        seen = {at * stride + tap * dilation for at in seen for tap in range(kernel)}
    return max(seen) - min(seen) + 1
'''

FIELD_RECURSIVE = '''
def receptive_field(ops):
    if not ops:
        return 1
    (kernel, stride, dilation), *rest = ops
    return (receptive_field(rest) - 1) * stride + (kernel - 1) * dilation + 1
'''

FIELD_FIRST = "    ops = [(k, s, d if i else 1) for i, (k, s, d) in enumerate(ops)]\n"
FIELD_SEEN = """    seen = {0}
    for k, s, d in reversed(ops):
        seen = {at * s + tap * d for at in seen for tap in range(k)}
    return len(seen)
"""
FIELD = (
    Mistake(
        "step-multiplied-too-early",
        "An operation's own stride is used for its own kernel.",
        "The taps of a kernel stand on the grid that comes in; its stride counts from the next "
        "operation on.",
        "10 §6",
        "How many pixels does a single 3×3 convolution with stride 2 see?",
        _pairs(
            plain=[("        field += (kernel - 1) * dilation * jump\n        jump *= stride\n",
                    "        jump *= stride\n        field += (kernel - 1) * dilation * jump\n")],
            back=("(field - 1) * stride + dilation * (kernel - 1) + 1",
                  "(field - 1 + dilation * (kernel - 1)) * stride + 1"),
            sum=("strides[:i]", "strides[:i + 1]"),
        ),
    ),
    Mistake(
        "strides-ignored",
        "The strides have no effect.",
        "Behind a stride of 2 two neighbours stand two pixels apart, so kernels reach twice as "
        "far.",
        "10 §6",
        "How far apart in the image are two neighbours behind a stride of 2?",
        _pairs(
            plain=("        jump *= stride\n", ""), back=("(field - 1) * stride", "(field - 1)"),
            sum=("r * step for", "r for"),
        ),
    ),
    Mistake(
        "dilation-ignored",
        "The taps of a kernel are not spread by its dilation.",
        "Taps that stand further apart see further.",
        "02 §2",
        "Over how many pixels does a kernel of 3 with dilation 2 reach?",
        _pairs(
            plain=(" * dilation", ""), back=("dilation * (kernel - 1)", "(kernel - 1)"),
            sum=("d * (k - 1)", "(k - 1)"),
        ),
    ),
    Mistake(
        "kernel-not-less-one",
        "Each kernel adds its full length.",
        "The middle was seen already; what is new is what lies beyond it, one less than the "
        "kernel.",
        "10 §6",
        "How much more does a number see after a 1×1 convolution?",
        _pairs(
            plain=("(kernel - 1)", "kernel"), back=("(kernel - 1)", "kernel"), sum=("(k - 1)", "k"),
        ),
    ),
    Mistake(
        "dilated-kernel-too-long",
        "A dilated kernel is taken to be dilation times k long.",
        "The gaps are spread, and a kernel of 3 has two of them.",
        "02 §2",
        "From the first tap to the last, how many gaps are there?",
        _pairs(
            plain=("(kernel - 1) * dilation", "(kernel * dilation - 1)"),
            back=("dilation * (kernel - 1)", "(dilation * kernel - 1)"),
            sum=("d * (k - 1)", "(d * k - 1)"),
        ),
    ),
    Mistake(
        "wrong-direction",
        "The operations are gone through in the other direction.",
        "A stride counts for what comes after it, so the order matters.",
        "10 §6",
        "The list runs from input to output: for which operations does the first stride matter?",
        _pairs(
            plain=("in ops:", "in reversed(ops):"), back=("reversed(ops)", "ops"),
            sum=("    kernels =", "    ops = ops[::-1]\n    kernels ="),
        ),
    ),
    Mistake(
        "starts-at-zero",
        "The count starts at 0.",
        "Before any operation a number sees one pixel, itself.",
        "10 §6",
        "How many pixels does a pixel of the image see?",
        _pairs(
            plain=("field, jump = 1, 1", "field, jump = 0, 1"),
            back=("return field", "return field - 1"),
            sum=("1 + sum(", "sum("),
        ),
    ),
    Mistake(
        "starts-at-zero-at-the-end",
        "The answer is too small by the product of all strides.",
        "Who goes back from the output begins with one number of it; every stride multiplies what "
        "is missing there.",
        "10 §6",
        "How many positions of the last grid is one number?",
        _pairs(
            plain=("return field", "return field - jump"),
            back=("field = 1\n", "field = 0\n"),
            sum=("return 1 + sum", "return 1 - math.prod(strides) + sum"),
        ),
    ),
    Mistake(
        "dilation-in-the-step",
        "The dilation is taken as a stride for all that follows.",
        "A dilated convolution puts out its numbers as close together as before.",
        "10 §6",
        "How far apart are two neighbours of the output of a dilated convolution?",
        _pairs(
            plain=("jump *= stride", "jump *= stride * dilation"),
            back=("(field - 1) * stride", "(field - 1) * stride * dilation"),
            sum=("math.prod(strides[:i])", "math.prod(strides[:i] + spread[:i])"),
        ),
    ),
    Mistake(
        "last-stride-only",
        "Only the stride of the operation before counts, not those of all before.",
        "Strides multiply: behind two strides of 2 a step is four pixels.",
        "10 §6",
        "How many pixels is one step behind two strides of 2?",
        _pairs(
            plain=("jump *= stride", "jump = stride"),
            back=[("    field = 1\n", "    field, ops = 1, list(ops)\n"),
                  ("for kernel, stride, dilation in reversed(ops)",
                   "for (kernel, _, dilation), (_, stride, _) in zip(ops, [(1, 1, 1)] + ops)"),
                  ("(field - 1) * stride + dilation * (kernel - 1) + 1",
                   "field + dilation * (kernel - 1) * stride")],
            sum=("strides[:i]", "strides[max(i - 1, 0):i]"),
        ),
    ),
    Mistake(
        "all-strides-everywhere",
        "The product of all strides is used for every operation.",
        "An early operation stands on a fine grid, and the strides behind it do not spread its "
        "taps.",
        "10 §6",
        "What does a stride at the very end change in what was seen before?",
        _pairs(
            plain=[("field, jump = 1, 1", "field, jump = 1, math.prod(s for _, s, _ in ops)"),
                   ("        jump *= stride\n", "")],
            back=("(field - 1) * stride + dilation * (kernel - 1) + 1",
                  "field + dilation * (kernel - 1) * math.prod(s for _, s, _ in ops)"),
            sum=("strides[:i]", "strides"),
        ),
    ),
    Mistake(
        "strides-added",
        "The strides are added up, not multiplied.",
        "Each stride multiplies the step of the grid that it finds.",
        "10 §6",
        "After strides of 2, 2 and 2, how many pixels is one step?",
        _pairs(
            plain=("jump *= stride", "jump += stride"),
            back=[("    field = 1\n", "    field, jump = 1, 1\n"), ("in reversed(ops)", "in ops"),
                  ("        field = (field - 1) * stride + dilation * (kernel - 1) + 1\n",
                   "        field += dilation * (kernel - 1) * jump\n        jump += stride\n")],
            sum=("math.prod(strides[:i])", "1 + sum(strides[:i])"),
        ),
    ),
    Mistake(
        "field-and-step",
        "The step is returned beside the field.",
        "One number is asked for: how many pixels are seen along one axis.",
        "10 §6",
        "Which of your two numbers is the answer?",
        _pairs(
            plain=("return field", "return field, jump"),
            back=("return field", "return field, math.prod(s for _, s, _ in ops)"),
            sum=("return 1 + sum(r * step for r, step in zip(reach, steps))",
                 "return 1 + sum(r * step for r, step in zip(reach, steps)), math.prod(strides)"),
        ),
    ),
    Mistake(
        "list-emptied",
        "The list that was handed in is not as it was.",
        "The caller still needs it.",
        "10 §6",
        "Does anything in your function take from the list, or add to it?",
        _pairs(
            plain=("    for kernel, stride, dilation in ops:\n",
                   "    while ops:\n        kernel, stride, dilation = ops.pop(0)\n"),
            back=("    for kernel, stride, dilation in reversed(ops):\n",
                  "    while ops:\n        kernel, stride, dilation = ops.pop()\n"),
            sum=("steps))\n", "steps)) + len([ops.pop() for _ in kernels]) * 0\n"),
        ),
    ),
    Mistake(
        "lengths-multiplied",
        "The lengths of the kernels are multiplied.",
        "A second kernel of 3 adds one pixel at each end of what was seen: 5, not 9.",
        "10 §6",
        "How many pixels do two 3×3 convolutions see, one behind the other? Draw them.",
        _pairs(
            plain=("field += (kernel - 1) * dilation * jump",
                   "field *= (kernel - 1) * dilation + 1"),
            back=("(field - 1) * stride + dilation * (kernel - 1) + 1",
                  "field * (dilation * (kernel - 1) + 1)"),
            sum=("1 + sum(r * step for r, step in zip(reach, steps))",
                 "math.prod(r + 1 for r in reach)"),
        ),
    ),
    Mistake(
        "lengths-added",
        "The lengths of the kernels are added up, from 0 on.",
        "Two neighbouring kernels overlap: what the second one adds lies at the ends.",
        "10 §6",
        "What does a 1×1 convolution add to what is seen, and what in your sum?",
        _pairs(
            plain=[("field, jump = 1, 1", "field, jump = 0, 1"),
                   ("(kernel - 1) * dilation * jump", "kernel")],
            back=[("field = 1\n", "field = 0\n"),
                  ("(field - 1) * stride + dilation * (kernel - 1) + 1", "field + kernel")],
            sum=("1 + sum(r * step for r, step in zip(reach, steps))", "sum(kernels)"),
        ),
    ),
    Mistake(
        "step-starts-at-zero",
        "The field stays 1: no operation adds anything to it.",
        "In the image neighbours stand one pixel apart; a step that starts at 0 stays 0 for ever.",
        "10 §6",
        "What does 0 become when it is multiplied by a stride?",
        _pairs(
            plain=("field, jump = 1, 1", "field, jump = 1, 0"),
            back=("(field - 1) * stride + dilation * (kernel - 1) + 1",
                  "field + 0 * dilation * (kernel - 1)"),
            sum=("r * step for", "0 * r * step for"),
        ),
    ),
    Mistake(
        "first-operation-only",
        "Only the first operation is counted, and none behind it.",
        "A return ends the whole function; it belongs behind the loop.",
        "10 §6",
        "How often is your return reached for a list of three operations?",
        _pairs(
            plain=("\n    return field", "\n        return field"),
            back=[("reversed(ops):", "ops[:1]:"),
                  ("return field", "return field if ops else None")],
            sum=("return 1 + sum(r * step for r, step in zip(reach, steps))",
                 "return 1 + reach[0] if ops else None"),
        ),
    ),
    Mistake(
        "first-operation-left-out",
        "The first operation is left out.",
        "Its kernel is the first to look at more than one pixel, and its stride counts for all "
        "that follow.",
        "10 §6",
        "With which place of the list does your loop begin?",
        _pairs(
            plain=("in ops:", "in ops[1:]:"), back=("reversed(ops)", "reversed(ops[1:])"),
            sum=("    kernels =", "    ops = ops[1:]\n    kernels ="),
        ),
    ),
    Mistake(
        "first-kernel-left-out",
        "What the kernel of the first operation adds is missing; its stride is there.",
        "It stands on the image itself, where a step is one pixel, and adds like the others.",
        "10 §6",
        "How many pixels does the first operation see, and where are they in your sum?",
        _pairs(
            plain=("return field", "return field - sum((k - 1) * d for k, _, d in ops[:1])"),
            back=("return field", "return field - sum((k - 1) * d for k, _, d in ops[:1])"),
            sum=("return 1 + sum", "return 1 - sum(reach[:1]) + sum"),
        ),
    ),
    Mistake(
        "last-operation-only",
        "Only what the last operation adds is returned; the sum before it is lost.",
        "A plain = puts a new number in the place of what was there.",
        "10 §6",
        "What does your variable hold after the second operation, and what should it hold?",
        _pairs(
            plain=("field += (kernel", "field = (kernel"),
            back=("    return field", "    *before, (kernel, _, dilation) = ops or [(2, 1, 1)]\n"
                  "    return (kernel - 1) * dilation * math.prod(s for _, s, _ in before)"),
            sum=("1 + sum(r * step for r, step in zip(reach, steps))",
                 "[1, *(r * step for r, step in zip(reach, steps))][-1]"),
        ),
    ),
    Mistake(
        "stride-and-dilation-swapped",
        "Stride and dilation have changed places.",
        "The second number of an operation is its stride, the third its dilation.",
        "10 §6",
        "Which three names do you give to the three numbers, and in which order?",
        _pairs(
            plain=("kernel, stride, dilation", "kernel, dilation, stride"),
            back=("kernel, stride, dilation", "kernel, dilation, stride"),
            sum=[("[s for k, s, d in ops]", "[d for k, s, d in ops]"),
                 ("spread = [d for k, s, d in ops]", "spread = [s for k, s, d in ops]")],
        ),
    ),
    Mistake(
        "pixels-counted",
        "The pixels that are read are counted, not the distance from the first to the last.",
        "Between the taps of a spread kernel lie pixels that nobody reads, and they belong to the "
        "field.",
        "10 §6",
        "Which pixels do two taps read that stand 3 apart, and how far does that reach?",
        _pairs(
            plain=("    return field\n", FIELD_SEEN), back=("    return field\n", FIELD_SEEN),
            sum=("    return 1 + sum(r * step for r, step in zip(reach, steps))\n", FIELD_SEEN),
        ),
    ),
    Mistake(
        "first-dilation-forgotten",
        "The dilation of the first operation has no effect.",
        "Its taps may stand apart like those of any other.",
        "02 §2",
        "Which numbers of the first operation does your function read?",
        _pairs(
            plain=("    field, jump = 1, 1\n", "    field, jump = 1, 1\n" + FIELD_FIRST),
            back=("    field = 1\n", "    field = 1\n" + FIELD_FIRST),
            sum=("    kernels =", FIELD_FIRST + "    kernels ="),
        ),
    ),
    Mistake(
        "empty-list-stops",
        "An empty list ends in an error.",
        "There may be no operation at all, and then a number sees itself and nothing else.",
        "10 §6",
        "What does your function read before it knows whether there is an operation?",
        _pairs(
            plain=("    field, jump = 1, 1\n", "    field, jump = 1, 1\n    ops[0]\n"),
            back=("    field = 1\n", "    field = 1\n    ops[-1]\n"),
            sum=("    kernels =", "    ops[0]\n    kernels ="),
        ),
    ),
    Mistake(
        "nothing-sees-nothing",
        "Without any operation the answer is 0.",
        "A number that nothing was done to is a pixel, and sees itself.",
        "10 §6",
        "How many pixels of the image does one pixel of the image see?",
        _pairs(
            plain=("return field", "return field if ops else 0"),
            back=("return field", "return field if ops else 0"),
            sum=("return 1 +", "return bool(ops) +"),
        ),
    ),
    Mistake(
        "one-side-of-the-kernel",
        "Each kernel adds what lies on one side of its middle only.",
        "It reaches as far to the other side.",
        "10 §6",
        "How many pixels does a kernel of 3 see, and how many in your count?",
        _pairs(
            plain=("(kernel - 1)", "(kernel // 2)"), back=("(kernel - 1)", "(kernel // 2)"),
            sum=("(k - 1)", "(k // 2)"),
        ),
    ),
    Mistake(
        "field-not-less-one",
        "The stride multiplies the field itself, not the steps in it.",
        "Between three positions lie two steps, and only steps get longer.",
        "10 §6",
        "How many pixels lie from the first of three positions to the last when a step is 2?",
        _pairs(
            plain=("return field", "return field + jump - 1"),
            back=("(field - 1) * stride + dilation * (kernel - 1) + 1",
                  "field * stride + dilation * (kernel - 1)"),
            sum=("return 1 + sum", "return math.prod(strides) + sum"),
        ),
    ),
    Mistake(
        "brackets-missing",
        "Only the 1 is multiplied, not the kernel less one.",
        "Python multiplies before it subtracts, unless brackets say otherwise.",
        "10 §6",
        "What is 7 - 1 * 2 in Python, and what did you want it to be?",
        _pairs(
            plain=("(kernel - 1) * dilation * jump", "kernel - 1 * dilation * jump"),
            back=[("    field = 1\n", "    field, jump = 1, 1\n"), ("in reversed(ops)", "in ops"),
                  ("        field = (field - 1) * stride + dilation * (kernel - 1) + 1\n",
                   "        field += kernel - dilation * jump\n        jump *= stride\n")],
            sum=("sum(r * step for r, step in zip(reach, steps))",
                 "sum(k - d * step for k, d, step in zip(kernels, spread, steps))"),
        ),
    ),
    Mistake(
        "always-doubled",
        "The step is doubled behind every operation, whatever its stride.",
        "Most operations have a stride of 1, and leave the step as it is.",
        "10 §6",
        "How far apart are two neighbours behind a stride of 1?",
        _pairs(
            plain=("jump *= stride", "jump *= 2"),
            back=[("    field = 1\n", "    field, jump = 1, 1\n"), ("in reversed(ops)", "in ops"),
                  ("        field = (field - 1) * stride + dilation * (kernel - 1) + 1\n",
                   "        field += dilation * (kernel - 1) * jump\n        jump *= 2\n")],
            sum=("math.prod(strides[:i])", "2 ** i"),
        ),
    ),
    Mistake(
        "squared",
        "The field is squared.",
        "Asked for is the distance along one axis, not the pixels of a square.",
        "10 §6",
        "In which line does your function multiply the field with itself, and what is that then?",
        _pairs(
            plain=("return field", "return field ** 2"), back=("return field", "return field ** 2"),
            sum=("return 1 + sum(r * step for r, step in zip(reach, steps))",
                 "return (1 + sum(r * step for r, step in zip(reach, steps))) ** 2"),
        ),
    ),
    Mistake(
        "half-a-kernel-on-both-sides",
        "A kernel is taken to see half of itself to either side, too far where it is even.",
        "An even kernel has no middle: it sees one step less to one side than to the other.",
        "10 §6",
        "How many pixels does one number see behind a 2×2 pool?",
        _pairs(
            plain=("(kernel - 1)", "2 * (kernel // 2)"),
            back=("dilation * (kernel - 1)", "2 * (kernel // 2 * dilation)"),
            sum=("d * (k - 1)", "(k // 2 + k // 2) * d"),
        ),
    ),
)


def plan_field(rng: random.Random) -> Plan:
    """One operation, several, strides, dilation, both; and none at all."""
    k = rng.choice([5, 7])

    def call(group: str, *ops: tuple[int, int, int]) -> Case:
        case = _case("receptive_field", group, list(ops))
        case["args"] = [{"$": "tuples", "of": [list(op) for op in ops]}]
        return case

    return _plan(
        call("one operation", (3, 1, 1)),
        call("kernels alone", (3, 1, 1), (k, 1, 1), (2, 1, 1), (1, 1, 1)),
        call("operations with strides", (3, 2, 1)),
        call("operations with strides", (k, 2, 1), (2, 2, 1), (3, 1, 1)),
        call("operations with strides", (1, 2, 1), (3, 1, 1)),
        call("operations with strides", (3, 1, 1), (3, 2, 1), (3, 2, 1), (3, 2, 1), (k, 1, 1)),
        call("operations with dilation", (3, 1, 2)),
        call("operations with dilation", (3, 1, 2), (k, 1, 1), (3, 1, rng.choice([3, 4]))),
        call("operations with both", (7, 2, 1), (3, 2, 1), (3, 1, 2), (3, 1, 4), (1, 1, 1)),
        call("no operation"),
    )


# From one position of the last grid to the next.

STRIDE_PLAIN = '''
def output_stride(replace_stride_with_dilation=(False, False, False)):
    stride = 4
    for dilated in replace_stride_with_dilation:
        if not dilated:
            stride *= 2
    return stride
'''

STRIDE_COUNT = '''
def output_stride(replace_stride_with_dilation=(False, False, False)):
    return 32 // 2 ** sum(replace_stride_with_dilation)
'''

STRIDE_PRODUCT = '''
def output_stride(replace_stride_with_dilation=(False, False, False)):
    stem, layer1 = [2, 2], [1]
    later = [1 if flag else 2 for flag in replace_stride_with_dilation]
    return math.prod(stem + layer1 + later)
'''

# Correct as well, in still other ways; no mistake is made in these.
STRIDE_TABLE = '''
def output_stride(replace_stride_with_dilation=(False, False, False)):
    return {0: 32, 1: 16, 2: 8, 3: 4}[list(replace_stride_with_dilation).count(True)]
'''

STRIDE_SHIFT = '''
def output_stride(replace_stride_with_dilation=None):
    a, b, c = replace_stride_with_dilation or 3 * [0]
    return 1 << (5 - a - b - c)
'''

STRIDE_LOOP = "    for dilated in replace_stride_with_dilation:\n"
STRIDE = (
    Mistake(
        "stem-forgotten",
        "Two halvings are missing, as many as the stem makes before the stages begin.",
        "The 7×7 and the pool halve the grid, so layer1 already stands on every fourth pixel.",
        "11 §4",
        "How large is the grid of layer1 for an image of 224?",
        _pairs(
            plain=("stride = 4", "stride = 1"), count=("32 //", "8 //"),
            product=("stem + layer1 + later", "layer1 + later"),
        ),
    ),
    Mistake(
        "one-of-the-stem-forgotten",
        "One halving is missing, such as one of the two in the stem.",
        "Both the first convolution and the pool have stride 2.",
        "07 §2",
        "Which two layers of the stem halve the grid?",
        _pairs(
            plain=("stride = 4", "stride = 2"), count=("32 //", "16 //"), product=("[2, 2]", "[2]"),
        ),
    ),
    Mistake(
        "layer1-strides",
        "There is one halving too many, as if layer1 had a stride of 2.",
        "The pool has just halved the grid; layer1 keeps it.",
        "07 §2",
        "Which stage has no flag, and why does it need none?",
        _pairs(
            plain=("stride = 4", "stride = 8"), count=("32 //", "64 //"),
            product=("[1]\n", "[2]\n"),
        ),
    ),
    Mistake(
        "flags-inverted",
        "A flag that is True is taken to mean that the stage strides.",
        "True replaces the stride: that stage keeps the grid.",
        "11 §1",
        "Read the name of the argument: what is replaced by what?",
        _pairs(
            plain=("if not dilated", "if dilated"),
            count=("32 // 2 ** sum", "4 * 2 ** sum"),
            product=("1 if flag else 2", "2 if flag else 1"),
        ),
    ),
    Mistake(
        "flags-ignored",
        "The flags have no effect.",
        "Each stage that dilates does not stride, and the output gets finer.",
        "11 §1",
        "What does the grid of layer4 look like when its flag is True?",
        _pairs(
            plain=("if not dilated", "if True"),
            count=(" // 2 ** sum(replace_stride_with_dilation)", ""),
            product=("1 if flag else 2", "2"),
        ),
    ),
    Mistake(
        "any-flag-counts-once",
        "However many flags are True, the stride is halved once.",
        "Each stage that keeps the grid halves it again.",
        "11 §4",
        "What is the output stride when two stages keep the grid?",
        _pairs(
            plain=("    return stride\n",
                   "    return 16 if any(replace_stride_with_dilation) else 32\n"),
            count=("sum(", "any("),
            product=("stem + layer1 + later", "stem + layer1 + [2, 2, min(later)]"),
        ),
    ),
    Mistake(
        "dilation-doubles",
        "A stage that dilates is counted with twice the stride.",
        "Dilation spreads the taps of a kernel; the positions stay where they are.",
        "11 §1",
        "Do the positions of the output move apart when taps are spread?",
        _pairs(
            plain=[("        if not dilated:\n            stride *= 2\n",
                    "        stride *= 4 if dilated else 2\n")],
            count=("32 // 2", "32 * 2"), product=("1 if flag else 2", "4 if flag else 2"),
        ),
    ),
    Mistake(
        "strides-added",
        "The strides are added up.",
        "Every stride multiplies the distance that it finds.",
        "10 §6",
        "How many pixels is a step behind strides of 2, 2 and 2?",
        _pairs(
            plain=[("stride = 4", "stride = 5"),
                   ("        if not dilated:\n            stride *= 2\n",
                                                  "        stride += 1 if dilated else 2\n")],
            count=("32 // 2 ** sum", "11 - sum"), product=("math.prod", "sum"),
        ),
    ),
    Mistake(
        "a-quarter-each",
        "Each flag divides the stride by four.",
        "The area of the grid grows fourfold, its side, and so the stride, twofold.",
        "11 §1",
        "Is the output stride counted along one axis or over the area?",
        _pairs(
            plain=[("stride = 4", "stride = 32"),
                   ("        if not dilated:\n            stride *= 2\n",
                                                   "        if dilated:\n"
                                                   "            stride //= 4\n")],
            count=("2 ** sum", "4 ** sum"),
            product=[("1 if flag else 2", "4 if flag else 1"), ("math.prod(stem + layer1 + later)",
                                                               "32 // math.prod(later)")],
        ),
    ),
    Mistake(
        "first-flag-only",
        "Only the first flag is read.",
        "There are three: for layer2, layer3 and layer4.",
        "11 §1",
        "Which stage does the last flag belong to?",
        _pairs(
            plain=[(STRIDE_LOOP,
                    "    for dilated in (*replace_stride_with_dilation[:1], False, False):\n")],
            count=("sum(replace_stride_with_dilation)", "sum(replace_stride_with_dilation[:1])"),
            product=("for flag in replace_stride_with_dilation]",
                     "for flag in (replace_stride_with_dilation[0], False, False)]"),
        ),
    ),
    Mistake(
        "first-round-only",
        "The count ends behind layer2.",
        "A return inside a loop ends the whole function in the first round.",
        "11 §4",
        "How often is your return reached, and how often should the stride be doubled before?",
        _pairs(
            plain=("\n    return stride", "\n        return stride"),
            count=("32 // 2 ** sum(replace_stride_with_dilation)",
                   "8 // 2 ** sum(replace_stride_with_dilation[:1])"),
            product=("for flag in replace_stride_with_dilation]",
                     "for flag in replace_stride_with_dilation[:1]]"),
        ),
    ),
    Mistake(
        "last-flag-only",
        "Only the last flag is read.",
        "Each of the three flags decides about one stage.",
        "11 §1",
        "What happens in your count when layer2 keeps the grid?",
        _pairs(
            plain=[(STRIDE_LOOP,
                    "    for dilated in (False, False, replace_stride_with_dilation[2]):\n")],
            count=("sum(replace_stride_with_dilation)", "int(replace_stride_with_dilation[-1])"),
            product=("for flag in replace_stride_with_dilation]",
                     "for flag in (False, False, *replace_stride_with_dilation[-1:])]"),
        ),
    ),
    Mistake(
        "last-flag-left-out",
        "The flag of layer4 has no effect.",
        "There are three flags, and the third decides about the last stage.",
        "11 §1",
        "How many of the flags does your function look at?",
        _pairs(
            plain=(STRIDE_LOOP, "    for dilated in (*replace_stride_with_dilation[:2], False):\n"),
            count=("sum(replace_stride_with_dilation)", "sum(replace_stride_with_dilation[:2])"),
            product=("for flag in replace_stride_with_dilation]",
                     "for flag in (*replace_stride_with_dilation[:-1], False)]"),
        ),
    ),
    Mistake(
        "first-flag-left-out",
        "The flag of layer2 has no effect.",
        "The first flag stands at place 0, and decides about layer2.",
        "11 §1",
        "With which place does your function begin to read the flags?",
        _pairs(
            plain=(STRIDE_LOOP, "    for dilated in (False, *replace_stride_with_dilation[1:]):\n"),
            count=("sum(replace_stride_with_dilation)", "sum(replace_stride_with_dilation[1:])"),
            product=("for flag in replace_stride_with_dilation]",
                     "for flag in (False, *replace_stride_with_dilation[-2:])]"),
        ),
    ),
    Mistake(
        "lists-not-known",
        "Flags in a list are taken for none: the answer is 32 there.",
        "A list is equal to no tuple, even if the same flags stand in both.",
        "11 §4",
        "What does Python say of [True] == (True,)?",
        _pairs(
            plain=("        if not dilated:\n",
                   "        if not dilated or isinstance(replace_stride_with_dilation, list):\n"),
            count=("    return 32 // 2 ** sum(replace_stride_with_dilation)",
                   "    known = {(a, b, c): 32 // 2 ** (a + b + c) for a in (0, 1) for b in (0, 1)"
                   " for c in (0, 1)}\n    for flags, answer in known.items():\n"
                   "        if replace_stride_with_dilation == flags:\n"
                   "            return answer\n    return 32"),
            product=("    later = [1",
                     "    if type(replace_stride_with_dilation) is not tuple:\n"
                     "        replace_stride_with_dilation = 3 * [False]\n    later = [1"),
        ),
    ),
    Mistake(
        "tuples-not-known",
        "Flags in a tuple are taken for none: the answer is 32 there.",
        "What is compared with lists only is equal to none of them when it is a tuple.",
        "11 §4",
        "Of which two types may the argument be, and which of them do your conditions name?",
        _pairs(
            plain=("        if not dilated:\n",
                   "        if not dilated or type(replace_stride_with_dilation) is tuple:\n"),
            count=("    return 32 // 2 ** sum(replace_stride_with_dilation)",
                   "    known = [[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]\n"
                   "    if replace_stride_with_dilation in known:\n"
                   "        return 32 // 2 ** sum(replace_stride_with_dilation)\n    return 32"),
            product=("    later = [1",
                     "    if not isinstance(replace_stride_with_dilation, list):\n"
                     "        replace_stride_with_dilation = 3 * [False]\n    later = [1"),
        ),
    ),
    Mistake(
        "list-as-a-key",
        "A list is looked up in a dict or a set, and Python refuses it.",
        "Keys must not change, so tuples can be keys and lists cannot.",
        "11 §4",
        "Of which type are the flags in the call that failed, and of which are your keys?",
        _pairs(
            plain=("    stride = 4\n", "    known = {(True, True, True): 4}\n"
                   "    if replace_stride_with_dilation in known:\n        return 4\n"
                   "    stride = 4\n"),
            count=("    return 32 // 2 ** sum(replace_stride_with_dilation)",
                   "    known = {(a, b, c): 32 // 2 ** (a + b + c) for a in (0, 1) for b in (0, 1)"
                   " for c in (0, 1)}\n    return known[replace_stride_with_dilation]"),
            product=("    later = [1",
                     "    if replace_stride_with_dilation in {(False, False, False)}:\n"
                     "        return 32\n    later = [1"),
        ),
    ),
    Mistake(
        "two-flags-taken",
        "The function takes two flags, and there are three.",
        "layer2, layer3 and layer4 have one each; layer1 has none.",
        "11 §1",
        "Which stages have a stride that can be replaced?",
        _pairs(
            plain=("    stride = 4\n", "    a, b = replace_stride_with_dilation\n    stride = 4\n"),
            count=("    return", "    (a, b) = replace_stride_with_dilation\n    return"),
            product=("    stem, ", "    one, two = replace_stride_with_dilation\n    stem, "),
        ),
    ),
    Mistake(
        "stops-at-the-first-flag",
        "Behind the first stage that dilates the other flags have no effect.",
        "The stages behind it may stride again, or dilate as well.",
        "11 §4",
        "What does layer4 do when only the flag of layer3 is True?",
        _pairs(
            plain=[("        if not dilated:\n            stride *= 2\n",
                    "        if dilated:\n            break\n        stride *= 2\n")],
            count=("32 // 2 ** sum(replace_stride_with_dilation)",
                   "4 * 2 ** [*replace_stride_with_dilation, True].index(True)"),
            product=("later = [1 if flag else 2 for flag in replace_stride_with_dilation]",
                     "later = [2] * [*replace_stride_with_dilation, True].index(True)"),
        ),
    ),
    Mistake(
        "true-division",
        "The stride comes out as a float.",
        "It is a number of pixels, and whole.",
        "11 §4",
        "What type does your function return?",
        _pairs(
            plain=[("stride = 4", "stride = 32"),
                   ("        if not dilated:\n            stride *= 2\n",
                                                   "        stride /= 2 if dilated else 1\n")],
            count=("32 //", "32 /"), product=("return math.prod(stem + layer1 + later)",
                                              "return 32 / (8 / math.prod(later))"),
        ),
    ),
    Mistake(
        "no-default",
        "The function cannot be called without flags.",
        "No flags means a network that strides everywhere, the usual one.",
        "11 §1",
        "What does the signature say about a call without arguments?",
        _pairs(
            plain=("replace_stride_with_dilation=(False, False, False)",
                   "replace_stride_with_dilation"),
            count=("replace_stride_with_dilation=(False, False, False)",
                   "replace_stride_with_dilation"),
            product=("replace_stride_with_dilation=(False, False, False)",
                     "replace_stride_with_dilation"),
        ),
    ),
    Mistake(
        "divided-by-the-length",
        "32 is divided by the number of flags.",
        "How many flags there are says nothing; it counts which of them are True, and each halves.",
        "11 §4",
        "What does your function give for three flags that are all False?",
        _pairs(
            plain=("    return stride\n", "    return 32 // len(replace_stride_with_dilation)\n"),
            count=("2 ** sum(", "len("),
            product=("math.prod(stem + layer1 + later)", "32 // len(later)"),
        ),
    ),
    Mistake(
        "every-flag-counted",
        "The answer is always 4, as if every flag were True.",
        "A stage whose flag is False strides as usual.",
        "11 §1",
        "What does your function give when no stage dilates?",
        _pairs(
            plain=("if not dilated", "if False"), count=("sum(", "len("),
            product=("1 if flag else 2", "1"),
        ),
    ),
    Mistake(
        "divided-by-one-more",
        "32 is divided by one more than the number of stages that dilate.",
        "Each of them halves the stride again, so two make a quarter of it.",
        "11 §4",
        "How often is 32 halved when two stages keep the grid?",
        _pairs(
            plain=("    return stride\n",
                   "    return 32 // (1 + sum(replace_stride_with_dilation))\n"),
            count=("2 ** sum(replace_stride_with_dilation)",
                   "(1 + sum(replace_stride_with_dilation))"),
            product=("math.prod(stem + layer1 + later)", "32 // (1 + later.count(1))"),
        ),
    ),
    Mistake(
        "doubled-not-squared",
        "32 is divided by twice the number of stages that dilate.",
        "Halving three times divides by 8, not by 6; and halving no time divides by 1, not by 0.",
        "11 §4",
        "Which power of two belongs to three halvings?",
        _pairs(
            plain=("    return stride\n",
                   "    return 32 // (2 * sum(replace_stride_with_dilation))\n"),
            count=("2 ** sum(replace_stride_with_dilation)",
                   "(2 * sum(replace_stride_with_dilation))"),
            product=("math.prod(stem + layer1 + later)", "32 // (2 * later.count(1))"),
        ),
    ),
    Mistake(
        "three-halvings-make-six",
        "All three flags together divide 32 by 6.",
        "One flag halves, two divide by four, and the third halves once more.",
        "11 §4",
        "What is left of 32 after three halvings?",
        _pairs(
            plain=("    return stride\n",
                   "    return 32 // max(1, 2 * sum(replace_stride_with_dilation))\n"),
            count=("2 ** sum(replace_stride_with_dilation)",
                   "(2 * sum(replace_stride_with_dilation) or 1)"),
            product=("math.prod(stem + layer1 + later)", "32 // [1, 2, 4, 6][later.count(1)]"),
        ),
    ),
    Mistake(
        "subtracted",
        "Each stage that dilates takes a fixed number off the stride.",
        "A stride that is left out halves what there is: 32, 16, 8, 4.",
        "11 §4",
        "By how much does the stride fall with the first flag, and by how much with the second?",
        _pairs(
            plain=("    return stride\n",
                   "    return 32 - 8 * sum(replace_stride_with_dilation)\n"),
            count=("// 2 ** sum", "- 8 * sum"),
            product=("math.prod(stem + layer1 + later)", "32 - 8 * later.count(1)"),
        ),
    ),
    Mistake(
        "two-added",
        "The stride grows by 2 from stage to stage, and does not double.",
        "A stride of 2 doubles the distance that it finds.",
        "10 §6",
        "How many pixels is a step behind the stem, and how many behind layer2?",
        _pairs(
            plain=("stride *= 2", "stride += 2"),
            count=("32 // 2 ** sum", "10 - 2 * sum"),
            product=("math.prod(stem + layer1 + later)", "4 + 2 * later.count(2)"),
        ),
    ),
    Mistake(
        "set-not-multiplied",
        "The stride is set to 2, and what was there before is lost.",
        "A plain = forgets the stem and the stages before.",
        "11 §4",
        "What does your variable hold after layer2, and what after layer3?",
        _pairs(
            plain=("stride *= 2", "stride = 2"),
            count=("32 // 2 ** sum", "4 if sum(replace_stride_with_dilation) > 2 else 2 + 0 * sum"),
            product=("math.prod(stem + layer1 + later)", "2 if 2 in later else 4"),
        ),
    ),
    Mistake(
        "doubled-by-true-from-one",
        "The answer is 1, doubled for every flag that is True.",
        "True takes the doubling of a stage away, and the stem has doubled twice before any stage.",
        "11 §4",
        "What does your function give without any flag, and how often do stem and stages stride?",
        _pairs(
            plain=[("stride = 4", "stride = 1"), ("if not dilated", "if dilated")],
            count=("32 // 2 ** sum", "2 ** sum"),
            product=[("[2, 2]", "[1, 1]"), ("1 if flag else 2", "2 if flag else 1")],
        ),
    ),
)


def plan_stride(rng: random.Random) -> Plan:
    """No flag, one, two, three."""
    call = functools.partial(_case, "output_stride")
    one, other = rng.sample([[False, True, False], [True, False, False]], 2)
    return _plan(
        call("no stage dilated"),
        call("one stage dilated", [False, False, True]),
        call("one stage dilated", one),
        call("one stage dilated", other),
        call("two stages dilated", [False, True, True]),
        call("two stages dilated", [True, True, False]),
        call("two stages dilated", (False, True, True)),
        call("one stage dilated in a tuple", (False, False, True)),
        call("two stages dilated", [True, False, True]),
        call("all stages dilated", [True, True, True]),
        call("no stage dilated", [False, False, False]),
        pairs=False,  # of few small numbers two mistakes together make any
    )


def _exercise(
    signature: str, section: str, points: int, prompt: str, styles: dict[str, str],
    mistakes: tuple[Mistake, ...], plan: Any, idle: tuple[str, ...] = (),
    undone: tuple[str, ...] = (),
) -> Exercise:  # fmt: skip
    name = signature.split("(")[0]
    return Exercise(name, PART, section, points, signature, f"{prompt}\n{OWN}",
                    _starter(signature), plan, styles, mistakes,
                    idle=("side effects", *idle), undone=undone)  # fmt: skip


EXERCISES = (
    _exercise(
        "conv_out(n, k, stride=1, padding=0, dilation=1)", "02 §2", 2,
        """Return the side of the output of a convolution: `n` pixels come in along one axis, the
kernel has `k` taps, `dilation` is the distance from tap to tap, and `padding` pixels are put on
each of the two sides. The kernel fits into the padded image at least once.""",
        {"plain": OUT_PLAIN, "one_line": OUT_ONE_LINE, "divmod": OUT_DIVMOD, "loop": OUT_LOOP,
         "places": OUT_PLACES, "layer": OUT_LAYER},
        OUT, plan_out,
    ),
    _exercise(
        "conv_params(cin, cout, k, groups=1, bias=False)", "02 §4", 1,
        """Return the number of parameters of a `k`×`k` convolution from `cin` to `cout`
channels. Both counts are multiples of `groups`. With `bias=True` its bias is counted too.""",
        {"plain": PARAMS_PLAIN, "bands": PARAMS_BANDS, "shape": PARAMS_SHAPE, "layer": PARAMS_LAYER,
         "numpy": PARAMS_NUMPY},
        PARAMS, plan_params,
    ),
    _exercise(
        "bn_params(c)", "03 §1", 1,
        """Return the number of parameters of a BatchNorm over `c` channels: weights and biases,
all that an optimiser would change.""",
        {"plain": BN_PLAIN, "named": BN_NAMED, "table": BN_TABLE, "layer": BN_LAYER,
         "shift": BN_SHIFT},
        BN, plan_bn, undone=("only-the-weight",),
    ),
    _exercise(
        "conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1)", "10 §3", 2,
        """Return the multiply-adds of a `k`×`k` convolution without bias, for one square image
of side `n`. A product that is added to a sum is one multiply-add. Products with the zeros of the
padding count like all others.""",
        {"plain": MACS_PLAIN, "places": MACS_PLACES, "pieces": MACS_PIECES, "layer": MACS_LAYER,
         "groups": MACS_GROUPS},
        MACS, plan_macs,
    ),
    _exercise(
        "count_params(model)", "10 §8", 2,
        """Return how many numbers the parameters of a module hold, together. A tensor that is
used in several places counts once. Frozen parameters count like all others. Buffers are no
parameters. The model stays as it is.""",
        {"plain": COUNT_PLAIN, "seen": COUNT_SEEN, "named": COUNT_NAMED, "vector": COUNT_VECTOR,
         "state": COUNT_STATE, "recursive": COUNT_RECURSIVE},
        COUNT, plan_count,
    ),
    _exercise(
        "bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False)", "05 §6",
        3,
        """Return the number of parameters of a bottleneck: 1×1, 3×3, 1×1, each with its
BatchNorm, and with `projection=True` a 1×1 and a BatchNorm on the shortcut. The 3×3 has `groups`
groups; each of them is `planes` times `base_width` over 64 channels wide, rounded down. The
block puts out four times `planes` channels. No convolution has a bias.""",
        {"plain": BLOCK_PLAIN, "list": BLOCK_LIST, "helpers": BLOCK_HELPERS, "built": BLOCK_BUILT,
         "formula": BLOCK_FORMULA},
        BLOCK, plan_block,
    ),
    _exercise(
        "stage_sizes(n)", "07 §6", 2,
        """A square image of side `n` goes into a ResNet. Return six sides, as a tuple or a list:
behind conv1, maxpool, layer1, layer2, layer3 and layer4. All that strides, strides by 2. `n` may
be odd.""",
        {"plain": SIZES_PLAIN, "halves": SIZES_HALVES, "table": SIZES_TABLE, "powers": SIZES_POWERS,
         "numpy": SIZES_NUMPY, "layers": SIZES_LAYERS},
        SIZES, plan_sizes,
    ),
    _exercise(
        "depth(convs_per_block, layers)", "09 §1", 1,
        """Return the number in a ResNet's name: the layers with weights on the way from the
image to the scores. They are the stem's convolution, those in the branches of the blocks, and
fc; norms and projections are not counted. `layers` says how many blocks each stage has; there
may be more or fewer stages than four. Leave the list as it is.""",
        {"plain": DEPTH_PLAIN, "loop": DEPTH_LOOP, "names": DEPTH_NAMES, "reduce": DEPTH_REDUCE,
         "numpy": DEPTH_NUMPY},
        DEPTH, plan_depth,
    ),
    _exercise(
        "receptive_field(ops)", "10 §6", 2,
        """Convolutions and pools follow one another; `ops` is a list of `(kernel, stride,
dilation)`, from the input to the output. Return how many pixels of the input one number of the
output can see along one axis, border aside: the distance from the first to the last, both
included. Without any operation it is 1. Leave the list as it is.""",
        {"plain": FIELD_PLAIN, "back": FIELD_BACK, "sum": FIELD_SUM, "pixels": FIELD_PIXELS,
         "recursive": FIELD_RECURSIVE},
        FIELD, plan_field, idle=("no operation",), undone=("step-starts-at-zero",),
    ),
    _exercise(
        "output_stride(replace_stride_with_dilation=(False, False, False))", "11 §4", 1,
        """Return the output stride of a ResNet: by how many pixels of the image one position in
the grid of layer4 lies beside the next. The argument holds three flags, for layer2, layer3 and
layer4, as a list or a tuple.""",
        {"plain": STRIDE_PLAIN, "count": STRIDE_COUNT, "product": STRIDE_PRODUCT,
         "table": STRIDE_TABLE,
         "shift": STRIDE_SHIFT},
        STRIDE, plan_stride, idle=("no stage dilated",),
        undone=("flags-ignored", "two-flags-taken"),
    ),
)
