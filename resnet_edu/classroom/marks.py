"""What a hand-in counts in the end: its points, the late rule, and the teacher's own marks.

A teacher's own marks stand in ``overrides.csv`` in the course folder, which no command writes to.
A line with an exercise gives the points of that exercise, before the late rule; one without an
exercise gives the points of the whole assignment, and nothing is taken off any more.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import math
import os
import pathlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .settings import Settings

FILE = "overrides.csv"
COLUMNS = ("student", "assignment", "exercise", "points", "comment")
TEMPLATE = ",".join(COLUMNS) + "\n"
UNTIL = "the mark counts for nothing until it is mended"
OWN = "the mark has a column of its own, and [extra] in course.toml can say of how many points"
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

    def assignments(self, student: str) -> set[str]:
        """The assignments for which a student has marks."""
        return {assignment for s, assignment, _ in self if s == _plain(student)}


def final_points(result: Result, settings: Settings, overrides: Overrides) -> Marks:
    """What a result counts, by the late rule and the teacher's marks."""
    given = overrides.of(str(result["student"]), str(result["assignment"]))
    exercises = {
        name: settings.earned(seen) for name, seen in result.get("exercises", {}).items()
    }
    exercises |= {name: mark.points for name, mark in given.items() if name}
    earned = math.fsum(exercises.values())
    kept = earned * settings.kept(float(result.get("days_late") or 0))
    points = given[""].points if "" in given else kept
    return Marks(
        points=round(points, 2), of=result.get("of") or 0, earned=round(earned, 2),
        lost=0.0 if "" in given else round(round(earned, 2) - round(kept, 2), 2),
        exercises=exercises,
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
        return read(text_of(data))
    except MarksError as error:
        raise MarksError(f"{path}: {error}") from None


def text_of(data: bytes) -> str:
    """As spreadsheets save it: UTF-8, UTF-16 by its mark, or as older Windows programs do."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def comma_of(text: str) -> str:
    """The sign between the cells of a table, by its first line: ``;`` or a tab in some programs."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=first.count)


def read(text: str) -> Overrides:
    """The marks in the text of an ``overrides.csv``; ``;`` may stand for ``,`` as in some lands."""
    comma = comma_of(text)
    rows = csv.reader(io.StringIO(text), delimiter=comma)
    marks = Overrides()
    try:
        heads = [head.strip().lower() for head in next(filter(None, rows), COLUMNS)]
        _require_columns(heads)
        for row in rows:
            if len(row) > len(heads) and any(cell.strip() for cell in row[len(heads):]):
                raise MarksError(
                    f"line {rows.line_num}: it has {len(row)} cells, and the first line "
                    f"{len(heads)}: write numbers with a point, and a comment that holds "
                    f"{comma!r} in double quotes"
                )
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
        value = float(text if comma == "," else text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        tip = ": write it with a point" if re.fullmatch(r"\d+,\d+", text) else ""
        raise MarksError(f"line {line}: points = {text!r} is not a number from 0 up{tip}")
    return value


def _plain(student: str) -> str:
    """A name in one form, whether é is one character or two."""
    return unicodedata.normalize("NFC", student)


@dataclass(frozen=True)
class Known:
    """What marks can be for, and what exercises and assignments are worth (0: nothing tells).

    For those in ``by_hand`` nothing is ever handed in; ``names`` are those of the roster, with the
    student of each, "" where it is that of several. ``refused`` are student and assignment of what
    could not be taken, "" where nothing tells the assignment.
    """

    students: Collection[str]
    handed_in: Collection[tuple[str, str]]
    points: Mapping[str, Mapping[str, float]]
    most: Mapping[str, float]
    by_hand: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    refused: Collection[tuple[str, str]] = ()


def by_key(
    overrides: Overrides, students: Collection[str], names: Mapping[str, str]
) -> Overrides:
    """The marks, with the student where a line has the name that the roster gives to one."""
    known = {_plain(student) for student in students}
    kept = Overrides()
    for (name, assignment, exercise), mark in overrides.items():
        student = name if name in known else _plain(names.get(name) or name)
        key = (student, assignment, exercise)
        if key in kept:
            lines = sorted((kept[key].line, mark.line))
            raise MarksError(f"{FILE}, line {lines[1]}: line {lines[0]} gives a mark for the same "
                             f"already: {name} is {student}")  # fmt: skip
        kept[key] = mark
    return kept


def odd(overrides: Overrides, known: Known) -> list[str]:
    """What is odd about the marks, each with its line: names that are not known, many points."""
    students = {_plain(student) for student in known.students}
    handed_in = {(_plain(student), assignment) for student, assignment in known.handed_in}
    said: dict[str, list[int]] = {}
    for (student, assignment, exercise), mark in overrides.items():
        worth = known.points.get(assignment, {})
        limit = worth.get(exercise, 0) if exercise else known.most.get(assignment, 0)
        words = ""
        if student not in students and student in known.names:
            words = (f"several in students.csv are named {student!r}: the mark counts for nobody "
                     "until it has what stands there as student")
        elif student not in students:
            near = _near(student, {*students, *known.names})
            words = (f"{student!r} is in no hand-in and not in students.csv: {near}the mark counts "
                     "for nobody until it is")  # fmt: skip
        elif assignment not in known.most:
            near = _near(assignment, known.most)
            more = UNTIL if near else OWN
            words = f"there is no assignment {assignment!r}: {near}{more}"
        elif exercise and worth and exercise not in worth:
            near = _near(exercise, worth)
            more = UNTIL if near else f"the points are added for {student}"
            words = f"{assignment} asks for no exercise {exercise!r}: {near}{more}"
        elif 0 < limit < mark.points:
            words = (f"{mark.points:g} points for {exercise or assignment} of {student}, which has "
                     f"{limit:g}: they count in full")  # fmt: skip
        elif (student, assignment) not in handed_in and assignment not in known.by_hand:
            words = f"{_without_hand_in(student, assignment, known)}: the mark counts"
        if words:
            said.setdefault(words, []).append(mark.line)
    return [f"{FILE}, line {lines[0]}{_and_more(lines[1:])}: {words}"
            for words, lines in said.items()]  # fmt: skip


def _without_hand_in(student: str, assignment: str, known: Known) -> str:
    """What is said of a student from whom nothing was taken for an assignment."""
    refused = {(_plain(name), of) for name, of in known.refused}
    if (student, assignment) in refused:
        return f"what {student} handed in for {assignment} could not be taken"
    if (student, "") in refused:
        return f"a file of {student} could not be taken, and it may have been for {assignment}"
    return f"{student} has handed in nothing for {assignment}"


def _and_more(lines: Sequence[int]) -> str:
    return f" and {len(lines)} more" if lines else ""


def without_slips(overrides: Overrides, known: Known) -> Overrides:
    """The marks that count: not those for what is nearly the name of something else."""
    kept = {}
    for (student, assignment, exercise), mark in overrides.items():
        worth = known.points.get(assignment, {})
        strange = assignment not in known.most and _near(assignment, known.most)
        if not strange and not (exercise and exercise not in worth and _near(exercise, worth)):
            kept[student, assignment, exercise] = mark
    return Overrides(kept)


def _near(name: str, known: Iterable[str]) -> str:
    plain = {other.casefold(): other for other in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), plain, n=1)
    return f"did you mean {plain[near[0]]}? " if near else ""
