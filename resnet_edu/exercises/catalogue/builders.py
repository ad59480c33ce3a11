"""The ten builders: one exercise each, written from one table of what distinguishes them.

A builder is little more than a call of ``ResNet``, so a wrong one is a wrong call. Most mistakes
are other rows of the table; some are in what becomes of the keyword arguments.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..tasks import Exercise, Mistake, Plan


@dataclass(frozen=True)
class Row:
    """What a builder hands to ``ResNet``; ``before`` is code that stands above it."""

    name: str
    block: str
    layers: str
    options: Mapping[str, Any]
    before: str = ""

    @property
    def comma(self) -> str:
        """The options as they stand in a call, each with a comma before it."""
        return "".join(f", {key}={value}" for key, value in self.options.items())


BASIC, DEEP = "BasicBlock", "Bottleneck"
ROWS = {
    row.name: row
    for row in (
        Row("resnet18", BASIC, "2, 2, 2, 2", {}),
        Row("resnet34", BASIC, "3, 4, 6, 3", {}),
        Row("resnet50", DEEP, "3, 4, 6, 3", {}),
        Row("resnet101", DEEP, "3, 4, 23, 3", {}),
        Row("resnet152", DEEP, "3, 8, 36, 3", {}),
        Row("resnext50_32x4d", DEEP, "3, 4, 6, 3", {"groups": 32, "width_per_group": 4}),
        Row("resnext101_32x8d", DEEP, "3, 4, 23, 3", {"groups": 32, "width_per_group": 8}),
        Row("resnext101_64x4d", DEEP, "3, 4, 23, 3", {"groups": 64, "width_per_group": 4}),
        Row("wide_resnet50_2", DEEP, "3, 4, 6, 3", {"width_per_group": 128}),
        Row("wide_resnet101_2", DEEP, "3, 4, 23, 3", {"width_per_group": 128}),
    )
}


# Correct answers. The first three carry the mistakes.


def plain(row: Row) -> str:
    """As torchvision writes it: options are put among the keyword arguments, then one call."""
    lines = "".join(f'    kwargs["{key}"] = {value}\n' for key, value in row.options.items())
    return (f"{row.before}def {row.name}(**kwargs):\n{lines}"
            f"    return ResNet({row.block}, [{row.layers}], **kwargs)\n")  # fmt: skip


def helper(row: Row) -> str:
    """Two functions: one that builds, one that knows the numbers."""
    return (f"{row.before}def build(kind, counts, **options):\n"
            f"    return ResNet(block=kind, layers=list(counts), **options)\n\n\n"
            f"def {row.name}(**kwargs):\n"
            f"    return build({row.block}, ({row.layers}){row.comma}, **kwargs)\n")  # fmt: skip


def table(row: Row) -> str:
    """All that is fixed stands in a dict above the function."""
    fixed = "".join(f', "{key}": {value}' for key, value in row.options.items())
    return (f'{row.before}ROW = {{"block": {row.block}, "layers": [{row.layers}]{fixed}}}\n\n\n'
            f"def {row.name}(**others):\n"
            f"    everything = {{**ROW, **others}}\n"
            f"    return ResNet(**everything)\n")  # fmt: skip


def partial(row: Row) -> str:
    """No function of its own."""
    return f"{row.name} = functools.partial(ResNet, {row.block}, [{row.layers}]{row.comma})\n"


def closure(row: Row) -> str:
    """A function that makes builders."""
    return (f"def builder(block, *counts, **fixed):\n"
            f"    def make(**kwargs):\n"
            f"        return ResNet(block, list(counts), **dict(fixed, **kwargs))\n"
            f"    return make\n\n\n"
            f"{row.name} = builder({row.block}, {row.layers}{row.comma})\n")  # fmt: skip


def signature(row: Row) -> str:
    """Every argument by name."""
    names = ("num_classes", "zero_init_residual", "replace_stride_with_dilation", "norm_layer")
    handed = ", ".join(f"{name}={name}" for name in names)
    return (f"def {row.name}(num_classes=1000, zero_init_residual=False,\n"
            f"             replace_stride_with_dilation=None, norm_layer=None, **more):\n"
            f"    model = ResNet({row.block}, [{row.layers}]{row.comma}, {handed}, **more)\n"
            f"    return model\n")  # fmt: skip


MANNERS: dict[str, Callable[[Row], str]] = {
    "plain": plain, "helper": helper, "table": table, "partial": partial, "closure": closure,
    "signature": signature,
}  # fmt: skip
CARRIERS = ("plain", "helper", "table")


# Mistakes. A spoilt row is written in the three manners anew.


def spoilt(
    row: Row, id: str, title: str, why: str, section: str, ask: str,
    styles: Sequence[str] = CARRIERS, **changes: Any,
) -> Mistake:  # fmt: skip
    """The mistake of handing over something else."""
    other = replace(row, **changes)
    texts = {style: [(MANNERS[style](row), MANNERS[style](other))] for style in styles}
    return Mistake(id, title, why, section, ask, texts)


def other_layers(row: Row, layers: str, why: str, ask: str, section: str = "09 §1") -> Mistake:
    """Another number of blocks in the stages."""
    told = layers.replace(", ", "-")
    title = f"The numbers of blocks are {layers.replace(', ', ' · ')}."
    return spoilt(row, f"layers-{told}", title, why, section, ask, layers=layers)


def other_block(row: Row) -> Mistake:
    """The other of the two blocks."""
    if row.block == BASIC:
        return spoilt(
            row, "bottleneck", "The network is built of `Bottleneck`.",
            "A bottleneck has three convolutions, so the same numbers of blocks give a deeper "
            "network.",
            "09 §1", "How many layers with weights does your network have?", block=DEEP,
        )  # fmt: skip
    return spoilt(
        row, "basic-block", "The network is built of `BasicBlock`.",
        "A basic block has two convolutions where this network has three, and it has no width of "
        "its "
        "own.",
        "09 §1",
        "How many convolutions stand in a block of your network, and how many should there be?",
        block=BASIC,
    )  # fmt: skip


def block_or_numbers(row: Row) -> list[Mistake]:
    """Mistakes in the form of what is handed over: a block that is none, numbers that are none."""
    inside = ("plain", "helper", "signature")  # elsewhere the call would fail before the checker's
    numbers = row.layers.split(", ")
    swapped = {
        "plain": [(f"{row.block}, [{row.layers}], **", f"[{row.layers}], {row.block}, **")],
        "helper": [("block=kind, layers=list(counts)", "list(counts), kind")],
        "table": [(f'"block": {row.block}, "layers": [{row.layers}]',
                   f'"block": [{row.layers}], "layers": {row.block}')],
    }  # fmt: skip
    bare = {
        "plain": [(f"[{row.layers}], **kwargs", f"{row.layers}, **kwargs")],
        "helper": [("block=kind, layers=list(counts)", "kind, *counts")],
        "table": [("    return ResNet(**everything)",
                   "    kind, counts = everything.pop('block'), everything.pop('layers')\n"
                   "    return ResNet(kind, *counts, **everything)")],
    }  # fmt: skip
    return [
        spoilt(row, "block-in-brackets", "The class of the blocks is called, not handed over.",
               "ResNet builds the blocks itself, each with channels of its own. Brackets behind "
               "the name build one, and without channels that fails.", "07 §3",
               "What is handed over where the name of the class stands without brackets?",
               inside, block=f"{row.block}()"),
        spoilt(row, "one-block-for-all", "A finished block is handed over, not its class.",
               "ResNet calls what it gets, to build block after block. The call of a finished "
               "block is its forward, which takes one tensor.", "07 §3",
               "Who decides with how many channels a block is built, you or the stage?",
               inside, block=f"{row.block}(64, 64)"),
        spoilt(row, "block-as-text", "The name of the block is handed over as a text.",
               "A text has no `expansion` and builds nothing; the class itself is asked for.",
               "07 §3", "Of which type is a name that stands in quotation marks?",
               block=f'"{row.block}"'),
        spoilt(row, "five-stages", "Five numbers of blocks are handed over.",
               "A ResNet has four stages. It never reads a fifth number, and does not complain.",
               "09 §1", "To which stage should the last of your numbers belong?",
               layers=f"{row.layers}, {numbers[-1]}"),
        spoilt(row, "floats-for-numbers", "The numbers of blocks are floats.",
               "One can count up to 3, not up to 3.0: Python wants a whole number there.",
               "09 §1", "Of which type are the numbers in your list?",
               layers=", ".join(f"{number}.0" for number in numbers)),
        Mistake("block-and-numbers-swapped",
                "The numbers of blocks stand where the class of the blocks is expected.",
                "Arguments without a name count by their place: first the class, then the list.",
                "07 §8", "What does ResNet do with its first argument, and what with its second?",
                swapped),
        Mistake("numbers-one-by-one", "The numbers of blocks are handed over one by one.",
                "The second argument is a list of all four. What stands behind its first number is "
                "taken for the number of classes and for the options that follow.", "07 §8",
                "What is the second argument of ResNet, and what is its third?", bare),
    ]  # fmt: skip


LAYERS = {
    "resnet18": (
        ("3, 4, 6, 3", "Those are the blocks of the network with 34 layers.",
         "How many convolutions are in four stages of basic blocks, so that 18 layers come out?"),
        ("1, 1, 1, 1", "Two convolutions in each of four blocks, the stem and fc make ten layers.",
         "What is twice the sum of your numbers, plus two?"),
        ("4, 4, 4, 4", "Those are the convolutions of each stage. ResNet is told the blocks.",
         "How many convolutions has one block?"),
        ("2, 2, 2", "A ResNet has four stages, so it needs four numbers.",
         "How many stages stand between the stem and fc, the one without a stride included?"),
    ),
    "resnet34": (
        ("2, 2, 2, 2", "Those are the blocks of the network with 18 layers.",
         "Which number in the name counts the layers, and how many have your blocks together?"),
        ("3, 6, 4, 3", "The second and the third number have changed places.",
         "Which stage has the most blocks in the paper's table?"),
        ("3, 4, 6", "A ResNet has four stages, so it needs four numbers.",
         "How many stages stand between the stem and fc, the one without a stride included?"),
        ("3, 4, 23, 3", "Those are the blocks of the network with 101 layers.",
         "How many layers do sixteen basic blocks, stem and fc make?"),
        ("6, 8, 12, 6", "Those are the convolutions of each stage. ResNet is told the blocks.",
         "How many convolutions has one block?"),
    ),
    "resnet50": (
        ("2, 2, 2, 2", "Eight bottlenecks, the stem and fc make 26 layers.",
         "By how many layers does one bottleneck deepen a network?"),
        ("3, 4, 23, 3", "Those are the blocks of the network with 101 layers.",
         "How many blocks does the third stage need for 50 layers?"),
        ("3, 6, 4, 3", "The second and the third number have changed places.",
         "Which stage has the most blocks in the paper's table?"),
        ("9, 12, 18, 9", "Those are the convolutions of each stage. ResNet is told the blocks.",
         "How many convolutions has one block?"),
        ("3, 4, 6", "A ResNet has four stages, so it needs four numbers.",
         "How many stages stand between the stem and fc, the one without a stride included?"),
    ),
    "resnet101": (
        ("3, 4, 6, 3", "Those are the blocks of the network with 50 layers.",
         "In which stage do the 51 layers lie that this network has more than ResNet-50?"),
        ("3, 4, 22, 3", "One block is missing in the third stage, so three layers are.",
         "What is three times the sum of your numbers, plus two?"),
        ("3, 8, 36, 3", "Those are the blocks of the network with 152 layers.",
         "How many layers with weights does your network have?"),
        ("3, 23, 4, 3", "The second and the third number have changed places.",
         "Which stage has the most blocks in the paper's table?"),
        ("3, 8, 19, 3", "The sum is right, but from 50 to 101 layers only one stage grows.",
         "Which stage alone differs between ResNet-50 and ResNet-101?"),
    ),
    "resnet152": (
        ("3, 4, 36, 3", "The third stage has grown, but from 101 to 152 layers two stages do.",
         "What is three times the sum of your numbers, plus two?"),
        ("3, 4, 23, 3", "Those are the blocks of the network with 101 layers.",
         "In which two stages do the further 51 layers lie?"),
        ("3, 36, 8, 3", "The second and the third number have changed places.",
         "Which stage has the most blocks in the paper's table?"),
        ("3, 8, 23, 3", "The second stage has grown, but from 101 to 152 layers two stages do.",
         "How many layers with weights does your network have?"),
        ("3, 4, 40, 3", "The sum is right, but the blocks lie elsewhere.",
         "Which two stages differ between ResNet-101 and ResNet-152?"),
    ),
}  # fmt: skip
for _name in ("resnext50_32x4d", "wide_resnet50_2"):
    LAYERS[_name] = (
        ("3, 4, 23, 3", "Those are the blocks of the networks with 101 layers.",
         "What does the number behind the first word of the name count?"),
    )  # fmt: skip
for _name in ("resnext101_32x8d", "resnext101_64x4d", "wide_resnet101_2"):
    LAYERS[_name] = (
        ("3, 4, 6, 3", "Those are the blocks of the networks with 50 layers.",
         "What does the number behind the first word of the name count?"),
        ("3, 4, 22, 3", "One block is missing in the third stage, so three layers are.",
         "What is three times the sum of your numbers, plus two?"),
    )  # fmt: skip


def grouped(row: Row) -> list[Mistake]:
    """Mistakes in the two numbers of a ResNeXt."""
    groups, width = row.options["groups"], row.options["width_per_group"]

    def other(
        id: str, title: str, why: str, ask: str, section: str = "09 §3", **options: int
    ) -> Mistake:
        return spoilt(row, id, title, why, section, ask, options=options)

    found = [
        other("groups-and-width-swapped",
              "The number of groups and the width of a group have changed places.",
              "Their product is the same, so the widths agree; but few wide groups have many more "
              "weights than many narrow ones.",
              "Which of the two numbers in the name counts groups, the one before the x or the one "
              "behind it?", groups=width, width_per_group=groups),
        other("no-groups", "The number of groups is not handed over.",
              "With one group of a few channels the 3×3 is far too narrow.",
              "What does the number before the x say?", width_per_group=width),
        other("no-width", "The width of a group is not handed over.",
              "Each group then has 64 channels, so the 3×3 is enormous.",
              "What does the number before the d say?", groups=groups),
        other("dense", "Neither the groups nor their width are handed over.",
              "What comes out is the ResNet of the same depth.",
              "In what does a ResNeXt differ from a ResNet of the same depth?"),
        other("width-of-all-groups",
              "The groups have the width that belongs to all of them together.",
              "The argument is the width of one group, and the block multiplies by the groups.",
              "Does the argument `width_per_group` speak of one group or of all?",
              groups=groups, width_per_group=groups * width),
    ]  # fmt: skip
    if width == 8:
        found.append(other("width-4", "A group has 4 channels in the first stage.",
                           "That is the width of the network of 50 layers, and of the one with 64 "
                           "groups.",
                           "What does the 8 in the name say?", groups=groups, width_per_group=4))
    if groups == 64:
        found.append(other("groups-32", "The number of groups is 32.",
                           "That is the number of the other two ResNeXts; with it the 3×3 is half "
                           "as wide.",
                           "What does the 64 in the name say?", groups=32, width_per_group=width))
        found.append(other("the-other-101",
                           "The arguments are those of the other ResNeXt of 101 layers.",
                           "The widths of the 3×3 agree. The groups are half as many and twice as "
                           "wide.",
                           "Which name belongs to the two numbers that you hand over?",
                           groups=32, width_per_group=8))
    else:
        found.append(other("groups-64", "The number of groups is 64.",
                           "Another ResNeXt has so many. Here the 3×3 gets twice as wide by it.",
                           "What does the 32 in the name say?", groups=64, width_per_group=width))
    if (groups, width) == (32, 4):
        found.append(other("width-8", "A group has 8 channels in the first stage.",
                           "Eight channels in a group belong to `resnext101_32x8d`.",
                           "What does the 4 in the name say?", groups=32, width_per_group=8))
    return found


def wide(row: Row) -> list[Mistake]:
    """Mistakes in the one number of a wide network."""

    def other(id: str, title: str, why: str, ask: str, **changes: Any) -> Mistake:
        return spoilt(row, id, title, why, "09 §4", ask, **changes)

    usual = "class Wide(Bottleneck):\n    expansion = 8\n\n\n"
    double = ", ".join(str(2 * int(n)) for n in row.layers.split(", "))
    return [
        other("width-256", "The 3×3 is four times as wide as in the usual network.",
              "Four is the expansion of a bottleneck. The name says by how much the middle is "
              "wider.",
              "What does the 2 at the end of the name multiply?", options={"width_per_group": 256}),
        other("not-wide", "No width is handed over.",
              "What comes out is the ResNet of the same depth.",
              "Which argument of ResNet makes the middle of all blocks wider?", options={}),
        other("width-2", "The 2 of the name is handed over as the width itself.",
              "The argument counts channels where the usual network has 64, so the middle almost "
              "vanishes.",
              "How many channels does the 3×3 of the first stage have in the usual network?",
              options={"width_per_group": 2}),
        other("two-groups", "The 2 of the name is taken for a number of groups.",
              "Two groups of the usual width make the middle twice as wide, but cut it into "
              "halves that "
              "do not see each other.",
              "Is the 3×3 of a wide ResNet cut into bands?", options={"groups": 2}),
        other("wide-and-grouped", "The middle is twice as wide and cut into two groups.",
              "The 3×3 gets four times as wide by that: the block multiplies by the groups.",
              "Which of the two arguments does a wide ResNet need?",
              options={"groups": 2, "width_per_group": 128}),
        other("expansion-8", "The expansion is doubled, not the middle.",
              "That widens what goes from block to block, and fc. In a wide ResNet both are as "
              "usual.",
              "Which of the three layers of a bottleneck does the 2 widen?",
              block="Wide", before=usual, options={}),
        other("twice-the-blocks", "The numbers of blocks are doubled, not the width.",
              "Twice as many blocks make the network deeper, not wider.",
              "How many layers does the name promise?", layers=double, options={}),
    ]  # fmt: skip


def handling(row: Row) -> list[Mistake]:
    """Mistakes in what becomes of the keyword arguments, and of the network."""
    call = f"ResNet({row.block}, [{row.layers}], **kwargs)"
    made = {
        "plain": call, "helper": f"build({row.block}, ({row.layers}){row.comma}, **kwargs)",
        "table": "ResNet(**everything)",
    }  # fmt: skip
    fixed = {
        "plain": f"ResNet({row.block}, [{row.layers}]{row.comma}", "table": "ResNet(**ROW",
        "helper": f"build({row.block}, ({row.layers}){row.comma}",
    }  # fmt: skip
    heads = {"plain": f"def {row.name}(**kwargs):\n", "helper": f"def {row.name}(**kwargs):\n",
             "table": f"def {row.name}(**others):\n"}  # fmt: skip
    passed = {"plain": "kwargs", "helper": "kwargs", "table": "others"}

    def first(text: str) -> dict[str, list[tuple[str, str]]]:
        """A line at the start of the function."""
        return {style: [(head, head + f"    {text.format(passed[style])}\n")]
                for style, head in heads.items()}  # fmt: skip

    def instead(text: str) -> dict[str, list[tuple[str, str]]]:
        """Something else in the place of the call."""
        changes = {}
        for style, it in made.items():
            other = text.format(made=it, fixed=fixed[style], kwargs=passed[style])
            changes[style] = [("return " + it, "return " + other)]
        return changes

    def above(lines: str, text: str) -> dict[str, list[tuple[str, str]]]:
        """Lines above the function, and others in the place of its last."""
        return {style: [(heads[style], lines + heads[style]),
                        ("return " + it, text.format(made=it))]
                for style, it in made.items()}  # fmt: skip

    remembered = {}
    for style, head in heads.items():
        name = passed[style]
        lines = f"    SETTINGS.update({name})\n    {name} = SETTINGS\n"
        remembered[style] = [(head, f"SETTINGS = {{}}\n\n\n{head}{lines}")]
    if row.options:
        remembered["plain"].append(("    kwargs = SETTINGS\n", "    kwargs = dict(SETTINGS)\n"))
    consumed = {
        style: [(old, new), (heads[style], f"COUNTS = [{row.layers}]\n\n\n" + heads[style])]
        for style, old, new in (
            ("plain", f"[{row.layers}], **kwargs", "[COUNTS.pop(0) for _ in range(4)], **kwargs"),
            ("helper", f"({row.layers}){row.comma}, **kwargs",
             f"[COUNTS.pop(0) for _ in range(4)]{row.comma}, **kwargs"),
            ("table", "everything = {**ROW, **others}",
             "everything = {**ROW, **others, 'layers': [COUNTS.pop(0) for _ in range(4)]}"),
        )
    }
    return [
        Mistake(
            "kwargs-dropped", "The keyword arguments are accepted and dropped.",
            "Whoever asks for another number of classes does not get it, and no error tells.",
            "09 §6",
            "What do you do with the arguments that your function is called with?",
            instead("{fixed})"),
        ),
        Mistake(
            "ten-classes-for-all",
            "Ten classes are written down, and the keyword arguments are dropped.",
            "CIFAR-10 has ten. Whoever asks for another number, or for any option, gets neither, "
            "and no error tells.", "09 §6",
            "What does your function do when it is called with 1000 classes and a norm_layer?",
            instead("{fixed}, num_classes=10)"),
        ),
        Mistake(
            "only-num-classes",
            "Only `num_classes` is handed on; the other keyword arguments are dropped.",
            "Dilation, another norm and a zero start are then silently not there.", "09 §6",
            "How can a function hand on arguments whose names it does not know?",
            instead("{fixed}, num_classes={kwargs}.get('num_classes', 1000))"),
        ),
        Mistake(
            "flags-dropped", "`replace_stride_with_dilation` is accepted and dropped.",
            "Nobody is told: the stages stride as ever, and the grid comes out smaller than asked.",
            "09 §6", "Which options would ResNet take, and which of them leave your function?",
            first("{}.pop('replace_stride_with_dilation', None)"),
        ),
        *(() if row.options else (Mistake(
            "groups-and-width-dropped", "`groups` and `width_per_group` are accepted and dropped.",
            "A function that builds one network still hands on what ResNet can be asked for.",
            "09 §6", "What does ResNet get of a call with two groups, and what does it say to it?",
            {style: [(head, head + "".join(f"    {passed[style]}.pop({name!r}, None)\n"
                                           for name in ("groups", "width_per_group")))]
             for style, head in heads.items()},
        ),)),
        Mistake(
            "no-keyword-arguments", "The function does not take all the keyword arguments.",
            "Options that its first line does not provide for are refused with a TypeError, before "
            "ResNet sees them.", "09 §6",
            "How does a function take arguments whose names it does not know?",
            {style: [(head, f"def {row.name}():\n    {passed[style]} = {{}}\n")]
             for style, head in heads.items()},
        ),
        Mistake(
            "kwargs-without-stars-above",
            "The function cannot be called without arguments: one has no default.",
            "`kwargs` is such an argument too, when the two stars before it are missing.", "09 §6",
            "What do two stars before a name do in the first line of a function?",
            {style: [(head, head.replace("**", ""))] for style, head in heads.items()},
        ),
        Mistake(
            "num-classes-fixed", "The number of classes is always 1000, whatever is asked for.",
            "The head of another task needs another number.", "07 §5",
            "Which number of classes does your function use when it is given one?",
            first("{}['num_classes'] = 1000"),
        ),
        Mistake(
            "num-classes-10", "Without arguments the network has 10 classes.",
            "Trained weights are for ImageNet's 1000 classes, which ResNet has unless told "
            "otherwise.",
            "07 §5", "How many classes does ImageNet have?",
            first("{}.setdefault('num_classes', 10)"),
        ),
        Mistake(
            "zero-init-always", "Every residual branch starts at zero, unasked.",
            "torchvision does this only on request; here the last norm of each block begins at 0.",
            "08 §4",
            "Which options are set in your call that nobody asked for?",
            first("{}.setdefault('zero_init_residual', True)"),
        ),
        Mistake(
            "kwargs-without-stars", "The keyword arguments are handed on as one dict.",
            "ResNet's third argument is the number of classes, and a dict is no number.", "09 §6",
            "What do two stars before a dict do in a call?",
            instead(f"ResNet({row.block}, [{row.layers}], {{kwargs}})"),
        ),
        Mistake(
            "option-given-twice",
            "An option stands in a call, and comes once more out of the keyword arguments.",
            "A keyword argument in a call is no default: given a second time, it is an error.",
            "09 §6", "What does your call look like when `kwargs` holds the same name?",
            {style: [("return " + it, "return " + it.replace("**", "num_classes=1000, **", 1))]
             for style, it in made.items()},
        ),
        Mistake(
            "norm-layer-fixed",
            "Every norm is a BatchNorm2d, whatever norm_layer is asked for.",
            "Detection and small batches ask for other norms, and your function sets its own.",
            "03 §5", "Which norms has the network when your function is called with a norm_layer?",
            first("{}['norm_layer'] = nn.BatchNorm2d"),
        ),
        Mistake(
            "returns-the-class", "What comes back is a class, not a network made from it.",
            "A class builds a network when it is called. Nothing has been built here.", "09 §6",
            "What is the difference between `nn.ReLU` and what a call of it gives?",
            instead("ResNet"),
        ),
        Mistake(
            "options-remembered", "The arguments of one call stay for the next.",
            "Something outside the function keeps them, so a later call without arguments is not "
            "the "
            "default any more.", "09 §6",
            "What does your function leave behind when it returns?", remembered,
        ),
        Mistake(
            "counts-used-up", "The list of blocks is used up by the first call.",
            "It stands outside the function, and taking numbers out of it changes it for good.",
            "09 §6",
            "What is left in your list after one call?", consumed,
        ),
        Mistake(
            "one-network-for-all", "All calls return one and the same network.",
            "Training one then trains the other, and the arguments of a later call are ignored.",
            "07 §4",
            "Does each call of your function call ResNet?",
            above("MADE = []\n\n\n",
                  "if not MADE:\n        MADE.append({made})\n    return MADE[0]"),
        ),
        Mistake(
            "returns-a-recipe", "What comes back is not the network.",
            "A builder returns the network itself, not what would build it.", "09 §6",
            "Which type has the thing that your function returns?", instead("lambda: {made}"),
        ),
        Mistake(
            "returned-in-eval-mode", "The network comes back in evaluation mode.",
            "A new network is in training mode, as every module is. Trained in this one, "
            "BatchNorm uses the notes that it began with and takes none.", "03 §2",
            "In which mode is a module that was just made?", instead("{made}.eval()"),
        ),
        Mistake(
            "second-head", "A second linear layer stands behind the scores.",
            "The number of classes is ResNet's own argument. A layer behind fc gives the head two "
            "layers "
            "with nothing between them.", "07 §5",
            "Which layer of ResNet makes the scores, and how does it learn their number?",
            {style: [(head, head + f"    classes = {passed[style]}.pop('num_classes', 1000)\n"),
                     ("return " + made[style],
                      f"return nn.Sequential({made[style]}, nn.Linear(1000, classes))")]
             for style, head in heads.items()},
        ),
    ]  # fmt: skip


def by_place(row: Row) -> Mistake:
    """The mistake of handing over the options without their names."""
    values = ", ".join(str(value) for value in row.options.values())
    call = f"{row.block}, [{row.layers}], "
    other = {
        "plain": f"def {row.name}(**kwargs):\n    return ResNet({call}{values}, **kwargs)\n",
        "helper": "def build(kind, counts, *fixed, **options):\n"
                  "    return ResNet(kind, list(counts), *fixed, **options)\n\n\n"
                  f"def {row.name}(**kwargs):\n"
                  f"    return build({row.block}, ({row.layers}), {values}, **kwargs)\n",
        "table": f"FIXED = ({values},)\n\n\ndef {row.name}(**others):\n"
                 f"    return ResNet({call}*FIXED, **others)\n",
    }  # fmt: skip
    return Mistake(
        "options-by-place", "A value without a name is taken for the number of classes.",
        "Arguments without a name count by their place. After the class and the list comes "
        "`num_classes`, then `zero_init_residual`.", "07 §8",
        "What is the third argument of ResNet, and what do you mean by yours?",
        {style: [(MANNERS[style](row), text)] for style, text in other.items()},
    )  # fmt: skip


def name_of_a_block(row: Row) -> Mistake:
    """The mistake of calling the width by the name that it has in a block."""
    options = {"width_per_group": "base_width"}
    return spoilt(
        row, "base-width", "The width is handed over as `base_width`, which ResNet does not take.",
        "A block takes an argument of that name, from the network; the network has another name "
        "for it.", "07 §8", "Where does the signature of `ResNet` speak of a width?",
        options={options.get(name, name): value for name, value in row.options.items()},
    )  # fmt: skip


def mistakes(row: Row) -> tuple[Mistake, ...]:
    """All that is known to go wrong in one builder."""
    found = [other_block(row)]
    found += [other_layers(row, *rest) for rest in LAYERS[row.name]]
    found += grouped(row) if "x" in row.name.removeprefix("resnext") else []
    found += wide(row) if row.name.startswith("wide") else []
    found += [by_place(row), name_of_a_block(row)] if row.options else []
    return tuple(found + block_or_numbers(row) + handling(row))


def _listed(kwargs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in kwargs.items())


def plan_of(row: Row) -> Callable[[random.Random], Plan]:
    """The plan of a builder: as it is, and with options."""

    def plan(rng: random.Random) -> Plan:
        height, width = rng.choice([(33, 40), (40, 33), (35, 48)])
        classes = rng.choice([5, 6, 7, 9])
        asked: dict[str, Any] = {"num_classes": classes, "zero_init_residual": True}
        if row.block == DEEP:
            flags = rng.choice([[False, True, True], [False, False, True]])
            asked["replace_stride_with_dilation"] = flags
        if row.block == DEEP and not row.options:
            asked |= {"groups": 2, "width_per_group": 32}
        asked["norm_layer"] = {"$": "norm", "kind": "group"}
        said = ", ".join(f"{key}={'GroupNorm' if key == 'norm_layer' else value}"
                         for key, value in asked.items())  # fmt: skip
        unfit: list[dict[str, Any]] = [
            {"replace_stride_with_dilation": [False, True, True]},
            {"groups": 2, "width_per_group": 32},
        ]
        return {
            "kind": "builder",
            "cases": [
                {"kwargs": {}, "count": True, "words": f"{row.name}()"},
                {"kwargs": asked, "input": [2, 3, height, width], "words": f"{row.name}({said})"},
                *({"kwargs": kwargs, "refuses": True, "words": f"{row.name}({_listed(kwargs)})"}
                  for kwargs in unfit if row.block == BASIC),  # basic blocks refuse them
            ],
        }

    return plan


PROMPTS = {
    "resnet18": "18 layers with weights: the stem, eight basic blocks in four stages, and fc.",
    "resnet34": "34 layers with weights: the stem, sixteen basic blocks in four stages, and fc.",
    "resnet50": "The stages of ResNet-34, but of bottlenecks.",
    "resnet101": "As ResNet-50, with a deeper third stage.",
    "resnet152": "As ResNet-101, with a deeper second and third stage.",
    "resnext50_32x4d": "As ResNet-50, but with a grouped 3×3: read the name.",
    "resnext101_32x8d": "As ResNet-101, but with a grouped 3×3: read the name.",
    "resnext101_64x4d": "As ResNet-101, but with a grouped 3×3: read the name.",
    "wide_resnet50_2": "As ResNet-50, but with a 3×3 that is twice as wide.",
    "wide_resnet101_2": "As ResNet-101, but with a 3×3 that is twice as wide.",
}


def exercise(row: Row) -> Exercise:
    """The exercise of one builder."""
    return Exercise(
        name=row.name,
        part="network",
        section="09 §6",
        points=1,
        signature=f"{row.name}(**kwargs)",
        prompt=f"""Write the function that builds `{row.name}`, without trained weights.
{PROMPTS[row.name]}
`ResNet`, `BasicBlock` and `Bottleneck` are there. Keyword arguments go on to `ResNet`, for example
`num_classes` or `replace_stride_with_dilation`.""",
        starter=f"\ndef {row.name}(**kwargs):\n    return None  # your call\n",
        plan=plan_of(row),
        styles={style: "\n" + write(row) for style, write in MANNERS.items()},
        mistakes=mistakes(row),
        weights={"parameters": 3.0},  # where they differ it is another network
        idle=("builds", "refuses") if row.block == BASIC else ("builds",),
        undone=("returns-a-recipe",),
        given=("ResNet", "BasicBlock", "Bottleneck"),
    )


EXERCISES = tuple(exercise(row) for row in ROWS.values())
