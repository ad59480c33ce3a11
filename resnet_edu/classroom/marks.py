"""What a hand-in counts in the end: its points, the late rule, and the teacher's own marks.

A teacher's own marks stand in ``overrides.csv`` in the course folder, which no command writes to.
A line with an exercise gives the points of that exercise, before the late rule; one without an
exercise gives the points of the whole assignment, and nothing is taken off any more.
"""

from __future__ import annotations

import csv
import io
import math
import os
import pathlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .settings import Settings

FILE = "overrides.csv"
COLUMNS = ("student", "assignment", "exercise", "points", "comment")
TEMPLATE = ",".join(COLUMNS) + "\n"
Result = Mapping[str, Any]


class MarksError(ValueError):
    """A line of ``overrides.csv`` that cannot be used, and why."""


@dataclass(frozen=True)
class Override:
    """A mark that the teacher has given."""

    points: float
    comment: str
    line: int


@dataclass(frozen=True)
class Marks:
    """What a hand-in counts. ``earned`` is the sum before the late rule took ``lost`` off.

    ``exercises`` are the points of each; ``own`` those that the teacher gave, with the comment, ""
    standing for the whole assignment.
    """

    points: float
    of: float
    earned: float
    lost: float
    exercises: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


class Overrides(dict[tuple[str, str, str], Override]):
    """The teacher's marks by student, assignment and exercise ("" for the whole assignment)."""

    def of(self, student: str, assignment: str) -> dict[str, Override]:
        """The marks for one hand-in, by exercise."""
        return {e: o for (s, a, e), o in self.items() if (s, a) == (_plain(student), assignment)}


def final_points(result: Result, settings: Settings, overrides: Overrides) -> Marks:
    """What a result counts, by the late rule and the teacher's marks."""
    given = overrides.of(str(result["student"]), str(result["assignment"]))
    exercises = {
        name: seen["points"] * seen["score"]
        for name, seen in result.get("exercises", {}).items()
    }
    exercises |= {name: mark.points for name, mark in given.items() if name}
    earned = math.fsum(exercises.values())
    kept = earned * settings.kept(float(result.get("days_late") or 0))
    points = given[""].points if "" in given else kept
    return Marks(
        points=round(points, 2), of=result.get("of") or 0, earned=round(earned, 2),
        lost=0.0 if "" in given else round(earned - kept, 2), exercises=exercises,
        own={name: mark.comment for name, mark in given.items()},
    )  # fmt: skip


def load(folder: str | os.PathLike[str]) -> Overrides:
    """The teacher's marks of the course in ``folder``; none when it has no ``overrides.csv``.

    Raises ``MarksError`` when a line cannot be used.
    """
    path = pathlib.Path(folder) / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Overrides()
    try:
        return read(_text(data))
    except MarksError as error:
        raise MarksError(f"{path}: {error}") from None


def _text(data: bytes) -> str:
    """As spreadsheets save it: UTF-8 with or without a mark, or as older Windows programs do."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(text: str) -> Overrides:
    """The marks in the text of an ``overrides.csv``; ``;`` may stand for ``,`` as in some lands."""
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    comma = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text), delimiter=comma)
    marks = Overrides()
    try:
        heads = [head.strip().lower() for head in next(filter(None, rows), COLUMNS)]
        _require_columns(heads)
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = dict(zip(heads, map(str.strip, row), strict=False))
                _add(marks, cells, rows.line_num, comma)
    except csv.Error as error:
        raise MarksError(f"line {rows.line_num}: {error}") from None
    return marks


def _require_columns(heads: list[str]) -> None:
    missing = [c for c in COLUMNS[:4] if c not in heads]
    if missing:
        raise MarksError(
            f"line 1: no column {', '.join(missing)}; the first line must be {','.join(COLUMNS)}"
        )


def _add(marks: Overrides, row: Mapping[str, str], line: int, comma: str) -> None:
    student, assignment = row.get("student", ""), row.get("assignment", "")
    if not student or not assignment:
        raise MarksError(f"line {line}: student and assignment must be given")
    key = (_plain(student), assignment, row.get("exercise", ""))
    if key in marks:
        raise MarksError(f"line {line}: line {marks[key].line} gives a mark for the same already")
    points = _number(row.get("points", ""), line, comma)
    marks[key] = Override(points, row.get("comment", ""), line)


def _number(text: str, line: int, comma: str) -> float:
    try:
        value = float(text.replace(",", ".") if comma == ";" else text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise MarksError(f"line {line}: points = {text!r} is not a number from 0 up")
    return value


def _plain(student: str) -> str:
    """A name in one form, whether é is one character or two."""
    return unicodedata.normalize("NFC", student)


def unused(overrides: Overrides, results: Mapping[tuple[str, str], Result]) -> list[str]:
    """What is odd about the marks: for whom nothing was handed in, or no such exercise."""
    known = {(_plain(s), a): set(r.get("exercises", {})) for (s, a), r in results.items()}
    said = []
    for (student, assignment, exercise), mark in overrides.items():
        where = f"{FILE}, line {mark.line}: "
        if (student, assignment) not in known:
            said.append(f"{where}{student!r} has handed in nothing for {assignment!r}; the mark "
                        "counts, if the name is right")
        elif exercise and exercise not in known[student, assignment]:
            said.append(f"{where}the hand-in has no exercise {exercise!r}; its points are added")
    return said
