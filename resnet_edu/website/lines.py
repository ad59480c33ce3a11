"""The page that says of every line of torchvision's ``resnet.py`` which section explains it.

Nothing of torchvision's code is stored or shown: a statement is named by its scope and by what it
sets, calls or returns. Line numbers are read from the installed file.
"""

from __future__ import annotations

import re

from ..peer import import_torchvision
from ..reading import Statement, ours, read_map, torchvisions
from . import places

AT = "https://github.com/pytorch/vision/blob/v{version}/torchvision/models/resnet.py#L{line}"
VERBS = {
    "assign": "sets", "annassign": "sets", "augassign": "changes", "call": "calls",
    "if": "tests", "for": "loops over", "raise": "raises", "return": "returns",
    "function": "defines", "class": "defines the class", "import": "imports",
}  # fmt: skip
HELPERS = ("self", "nn", "m", "isinstance", "len")  # what a condition needs and is not about
NTH = {"1": "st", "2": "nd", "3": "rd"}
# Where a statement of ours says what several of torchvision's say, or says it in other words.
ANSWERS = {
    "BasicBlock.__init__": {"if norm_layer": "assign norm_layer"},
    "BasicBlock.forward": {
        "assign out (2)": "assign out", "assign out (3)": "assign out",
        "assign out (4)": "assign out (2)", "assign out (5)": "assign out (2)",
        "assign out (6)": "return",
    },
    "Bottleneck.__init__": {"if norm_layer": "assign norm_layer"},
    "Bottleneck.forward": {
        "assign out (2)": "assign out", "assign out (3)": "assign out",
        "assign out (4)": "assign out (2)", "assign out (5)": "assign out (2)",
        "assign out (6)": "assign out (2)", "assign out (7)": "assign out (3)",
        "assign out (8)": "assign out (3)", "assign out (9)": "return",
    },
    "ResNet.__init__": {
        "if norm_layer": "assign self._norm_layer",
        "assign norm_layer": "assign self._norm_layer",
        "if replace_stride_with_dilation": "assign dilate (2)",
        "assign replace_stride_with_dilation": "assign dilate (2)",
        "if len replace_stride_with_dilation": "if len dilate",
        "call nn.init.constant_": "call nn.init.ones_",
        "call nn.init.constant_ (2)": "call nn.init.zeros_",
        "call nn.init.constant_ (3)": "call nn.init.zeros_ (2)",
        "call nn.init.constant_ (4)": "call nn.init.zeros_ (3)",
    },
    "ResNet._make_layer": {
        "assign norm_layer": "assign norm", "assign previous_dilation": "assign first_dilation",
        "if stride inplanes self planes expansion block": "if stride inplanes outplanes self",
        "assign layers": "assign stage", "call layers.append": "assign stage",
        "call layers.append (2)": "call stage.append",
    },
    "ResNet._forward_impl": {
        "assign x (2)": "assign x", "assign x (3)": "assign x", "assign x (4)": "assign x (2)",
        "assign x (5)": "assign x (3)", "assign x (6)": "assign x (4)",
        "assign x (7)": "assign x (5)", "assign x (8)": "assign x (6)",
        "assign x (9)": "assign x (7)", "assign x (10)": "assign x (8)",
        "assign x (11)": "return",
    },
}  # fmt: skip
MOVED = {"ResNet.__init__": "ResNet._initialize"}  # loops of theirs that are a method of ours
HEAD = "| line | what it does | explained in | ours |\n|---|---|---|---|"
INTRODUCTION = """\
# torchvision's resnet.py, line by line

Every statement of the model part of torchvision's file: the helpers, both blocks, and `ResNet`. For
each the section that explains it, and the line of ours that answers to it. Lines are those of
torchvision {version}, which this site was built with; a number leads to the line in torchvision's
own repository.
"""


def words(key: str) -> str:
    """``assign self.conv1`` as ``sets `self.conv1```."""
    kind, _, rest = key.partition(" ")
    rest, number = re.sub(r" \((\d+)\)$", "", rest), re.search(r" \((\d+)\)$", key)
    times = f", {number[1]}{NTH.get(number[1], 'th')} time" if number else ""
    verb = VERBS.get(kind, kind)
    named = rest.split() if kind == "if" else [rest]
    named = [name for name in named if name not in HELPERS] or named
    if not rest or rest.startswith("("):
        return verb + times
    return f"{verb} {', '.join(f'`{name}`' for name in named)}{times}"


def section(one: Statement) -> str:
    """The function or class under which a statement is listed: a definition under its own."""
    kind, _, name = one.key.partition(" ")
    own = name if kind in ("class", "function") else ""
    return ".".join(part for part in (one.scope, own) if part)


def page() -> str:
    """The Markdown page."""
    version = import_torchvision().__version__.split("+")[0]
    entries = read_map()
    own = {(one.scope, one.key): one for one in ours()}
    parts = [INTRODUCTION.format(version=version)]
    scope = None
    for one in torchvisions():
        if section(one) != scope:
            scope = section(one)
            level = "##" if "." not in scope else "###"
            parts.append(f"\n{level} `{scope}`\n\n{HEAD}")
        place = entries["resnet.py"][one.name][1]
        parts.append(_row(one, version, place, answer(one, own)))
    return "\n".join(parts) + "\n"


def answer(one: Statement, own: dict[tuple[str, str], Statement]) -> Statement | None:
    """The statement of ours that does what a statement of torchvision's does."""
    key = ANSWERS.get(one.scope, {}).get(one.key, one.key)
    return own.get((one.scope, key)) or own.get((MOVED.get(one.scope, one.scope), key))


def _row(one: Statement, version: str, place: str, answered: Statement | None) -> str:
    own = ""
    if answered:
        file, number = answered.file, answered.line
        own = f'<a href="{file.removesuffix(".py")}.html#L{number}">{file}:{number}</a>'
    at = AT.format(version=version, line=one.line)
    return f"| [{one.line}]({at}) | {words(one.key)} | {places.link(place)} | {own} |"
