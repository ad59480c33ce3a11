"""The page that says of every line of torchvision's ``resnet.py`` which section explains it.

Nothing of torchvision's code is stored or shown: a statement is named by its scope and by what it
sets, calls or returns. Line numbers are read from the installed file.
"""

from __future__ import annotations

import re

from ..peer import import_torchvision
from ..reading import ours, read_map, torchvisions
from . import places

AT = "https://github.com/pytorch/vision/blob/v{version}/torchvision/models/resnet.py#L{line}"
VERBS = {
    "assign": "sets", "annassign": "sets", "augassign": "changes", "call": "calls",
    "if": "asks for", "for": "loops over", "raise": "raises", "return": "returns",
    "function": "defines", "class": "defines the class", "import": "imports",
}  # fmt: skip
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
    times = f", for time {number[1]}" if number else ""
    verb = VERBS.get(kind, kind)
    return f"{verb} `{rest}`{times}" if rest and not rest.startswith("(") else verb + times


def page() -> str:
    """The Markdown page."""
    version = import_torchvision().__version__.split("+")[0]
    entries = read_map()
    here = {(one.scope, one.key): (one.file, one.line) for one in ours()}
    parts = [INTRODUCTION.format(version=version)]
    scope = None
    for one in torchvisions():
        inner = one.scope or one.key.split()[-1]
        if inner != scope:
            scope = inner
            level = "##" if "." not in scope else "###"
            parts.append(f"\n{level} `{scope}`\n\n{HEAD}")
        place = entries["resnet.py"][one.name][1]
        parts.append(_row(one.scope, one.key, one.line, version, place, here))
    return "\n".join(parts) + "\n"


def _row(
    scope: str, key: str, line: int, version: str, place: str,
    here: dict[tuple[str, str], tuple[str, int]],
) -> str:  # fmt: skip
    own = ""
    if (scope, key) in here:
        file, number = here[scope, key]
        own = f'<a href="{file.removesuffix(".py")}.html#L{number}">{file}:{number}</a>'
    at = AT.format(version=version, line=line)
    return f"| [{line}]({at}) | {words(key)} | {places.link(place)} | {own} |"
