"""Pages made from what the repository says elsewhere: sources of facts, commands, chapters."""

from __future__ import annotations

import argparse
import pathlib
import re
import tomllib
from typing import Any

from ..chapters import FOLDER, chapters

FACTS = FOLDER.parent / "docs" / "facts.toml"


def sources() -> str:
    """The page of all outside numbers: value, unit, source, place in the source."""
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))
    parts = [
        "# Sources",
        "Every number that the chapters state and do not compute, under its source and the place "
        "in it. A test compares the chapters with this list, which is `docs/facts.toml`.",
    ]
    for tag, source in facts.items():
        parts += [f"## {tag}", f"{_escaped(source['title'])}. {_escaped(source['where'])}."]
        for place, values in source.items():
            if isinstance(values, dict):
                parts.append(_place(place, values))
    return "\n\n".join(parts) + "\n"


def _place(place: str, values: dict[str, Any]) -> str:
    said = values.get("says") or values.get("unit", "")
    rows = [(key, value) for key, value in values.items() if key not in ("says", "unit")]
    text = f"**{_escaped(place)}**: {_escaped(said)}."
    if rows:
        listed = [f"`{key}` {_value(value)}" for key, value in rows]
        text += "\n\n" + "\n".join(f"- {line}" for line in listed)
    return text


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else _escaped(str(value))


def _escaped(text: str) -> str:
    return re.sub(r"([*_<\[])", r"\\\1", text.rstrip("."))


def commands() -> str:
    """The page of the command line: every command's own help."""
    from ..__main__ import parser

    top = parser()
    parts = ["# Commands", "What `python -m resnet_edu --help` says, and each command's own help.",
             _console(top)]  # fmt: skip
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                parts += [f"## {name}", _console(command)]
    return "\n\n".join(parts) + "\n"


def _console(parser: argparse.ArgumentParser) -> str:
    return f"```text\n{parser.format_help().rstrip()}\n```"


def chapter_table(root: str = "") -> str:
    """The chapters with the question and the time that each names itself."""
    rows = ["| chapter | the question | takes |", "|---|---|---|"]
    for path in chapters():
        rows.append(_chapter_row(path, root))
    return "\n".join(rows) + "\n"


def _chapter_row(path: pathlib.Path, root: str) -> str:
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# # (\d\d) · (.+)$", text, re.MULTILINE)
    takes = re.search(r"\*Takes:\*\s*(.+?)(?:\.\s|\.$|\n#?\s*$)", text, re.MULTILINE)
    if title is None or takes is None:
        raise ValueError(f"{path.name} does not open with its question and its time")
    return f"| [{title[1]}]({root}notebooks/{path.stem}.ipynb) | {title[2]} | {takes[1]} |"
