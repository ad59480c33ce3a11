"""``class report``: from the results a page for the class, one for each student, and CSV tables.

Everything is made anew from ``results/``, ``overrides.csv`` and, where there is one,
``students.csv``, and written to ``reports/``.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import os
import pathlib
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..exercises import EXERCISES
from ..saving import write_whole
from . import findings, grading, marks, pages, roster, settings
from .assignments import PARTS, assignments
from .collecting import (
    EMPTY,
    LEFTOVERS,
    MOODLE,
    NOTE,
    REFUSED,
    HandIn,
    Problem,
    collect,
    safe_name,
)
from .findings import Student
from .marks import Marks, Overrides, Result
from .roster import RISKY

RESULTS, REPORTS, SUBMITTED, ROSTER = "results", "reports", "submitted", roster.FILE
ENTRY: dict[str, Any] = {
    "points": 0, "score": 0.0, "passed": False, "mistake": None, "mistakes": [],
    "title": "", "seen": "", "why": "", "section": "", "ask": "", "note": "", "code": "",
}  # fmt: skip
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError)
FEEDBACK = "feedback"
DAWN = (1980, 1, 1, 0, 0, 0)  # the time of all in an archive: made again, it is the same
NAMED = 3  # results, or names, that a note names
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
DOWNLOADED_AGAIN = re.compile(r"( ?\(\d+\))?\.zip$", re.IGNORECASE)  # as browsers name it
CANVAS_ID = re.compile(r"[^\W\d_]+_(\d+)")  # as in Canvas's names of files: curiemarie_501


class ReportError(ValueError):
    """A course that no report can be made of, and why."""


@dataclass(frozen=True)
class Course:
    """What the reports are made of."""

    settings: settings.Settings
    assignments: Sequence[str]
    students: Sequence[Student]
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = field(default=())
    of: Mapping[str, float] = field(default_factory=dict)
    right: Mapping[str, Sequence[str]] = field(default_factory=dict)  # correct answers
    old: Sequence[str] = ()  # what is said of results by other checks than those of now


def report(
    course: str | os.PathLike[str], say: Callable[[str], None] = lambda _: None
) -> list[pathlib.Path]:
    """Write all reports of the course in a folder and return their paths, the class page first.

    Raises ``ReportError``, ``RosterError``, ``SettingsError`` or ``MarksError`` before anything is
    written.
    """
    folder = pathlib.Path(course)
    loaded = load(folder)
    files = dict(rendered(loaded))
    target = folder / REPORTS
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    written = [write_whole(target / name, data) for name, data in files.items()]
    for old in [*(target / "students").glob("*.html"), *(target / FEEDBACK).glob("*.zip")]:
        if f"{old.parent.name}/{old.name}" not in files:
            old.unlink()
    for note in (*loaded.old, *loaded.notes):
        say(note)
    return written


def rendered(course: Course) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file."""
    yield "class.html", _encoded(pages.class_page(course))
    for student in course.students:
        yield f"students/{student.key}.html", _encoded(pages.student_page(course, student))
    for name, places in feedback(course).items():
        yield f"{FEEDBACK}/{name}.zip", _archived(course, places)
    yield "scores.csv", table(scores(course), "utf-8-sig")  # the mark by which Excel knows UTF-8
    yield "moodle.csv", table(moodle(course))
    yield "canvas.csv", table(canvas(course))
    yield ROSTER, table(listed(course), "utf-8-sig")


def load(folder: pathlib.Path) -> Course:
    """Read a course folder; the errors of ``report``."""
    options = settings.load(folder, assignments())
    overrides = marks.load(folder)
    results = _results(folder / RESULTS)
    listed, slips = roster.read(folder / ROSTER)
    if not results and not overrides:
        raise ReportError(
            f"there are no results in {folder / RESULTS}: `python -m resnet_edu class grade` first"
        )
    given = grading.Given.of(folder)
    hand_ins, problems = _submitted(folder / SUBMITTED, options)
    empty = {p.student for p in problems if p.reason in (EMPTY, LEFTOVERS)}  # no hand-in
    problems = [replace(p, kind=NOTE) if p.reason in (EMPTY, LEFTOVERS) else p for p in problems]
    refused = _refused(problems)
    there = {(h.student, h.assignment) for h in hand_ins}
    handed_in = set(results) | there
    keys = {s for s, _ in handed_in} | set(listed) | set(refused) | empty
    names = roster.by_name(listed, keys)
    overrides = marks.by_key(overrides, keys, names)
    most = {**_most(given, results), **options.extra}
    worth = {a: given.points(a) for a in given.exercises}
    lost = {(p.student, p.assignment) for row in refused.values() for p in row}
    known = marks.Known(keys, handed_in, worth, most, options.extra, names, lost)
    notes = marks.odd(overrides, known) + _open(there - set(results))
    notes += _gone(set(results) - there - {(p.student, p.assignment) for p in problems})
    notes += slips + _strangers(listed, {student for student, _ in handed_in})
    overrides = marks.without_slips(overrides, known)
    named = {a for _, a in results} | {a for key in keys for a in overrides.assignments(key)}
    named |= {p.assignment for row in refused.values() for p in row} & set(most)
    order = [name for name in PARTS if name in named]
    order += sorted(named - set(order))
    of = {a: most.get(a, 0) for a in order}
    old = _old(folder, hand_ins, results, options, given)
    students = []
    for key in sorted(keys, key=_sorting):
        one = _student(key, order, results, overrides, listed.get(key, {}), options, of)
        outdated = frozenset(a for s, a in old if s == key)
        waiting = frozenset(a for s, a in there - set(results) if s == key)
        notes_on = tuple(p for p in problems if p.shown and p.student == key)
        students.append(replace(one, refused=tuple(refused.get(key, ())), old=outdated,
                                waiting=waiting, notes=notes_on))  # fmt: skip
    right = {name: tuple(exercise.styles.values()) for name, exercise in EXERCISES.items()}
    said = _said_of_old(old, there, results)
    return Course(options, order, students, problems, notes, of, right, said)


def _refused(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """What was not taken, by student."""
    refused: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.kind == REFUSED and problem.student:
            refused.setdefault(problem.student, []).append(problem)
    return refused


def _most(given: grading.Given, results: Mapping[tuple[str, str], Result]) -> dict[str, float]:
    """What each assignment is worth; where source/ does not tell, the results do."""
    most = {a: given.most(a) for a in (*given.exercises, *given.own)}
    for (_, assignment), result in results.items():
        if assignment not in given.exercises:
            most[assignment] = max(most.get(assignment, 0), result["of"])
    return most


def _old(
    folder: pathlib.Path, hand_ins: Sequence[HandIn], results: Mapping[tuple[str, str], Result],
    options: settings.Settings, given: grading.Given,
) -> set[tuple[str, str]]:  # fmt: skip
    """The results that do not belong to the hand-ins, checks and settings of now."""
    there = {(h.student, h.assignment) for h in hand_ins}
    gone = {key for key, result in results.items() if key not in there
            and key[1] in given.exercises
            and result["checks"] != given.version(key[1], options)}  # fmt: skip
    return gone | (grading.outdated(folder, hand_ins, options, given) & set(results))


def _said_of_old(
    old: set[tuple[str, str]], there: set[tuple[str, str]], results: Collection[Any]
) -> list[str]:
    """That results are old, and what makes new ones."""
    again, gone = len(old & there), len(old - there)
    said = []
    if again:
        said.append(f"{again} of {len(results)} results are old: since then a notebook, the "
                    "lateness, the checks or the limits have changed. `class grade` grades them "
                    "again")
    if gone:
        said.append(f"{gone} of {len(results)} results are by older checks or limits, and what was "
                    "handed in is no longer in submitted/: put it there, and `class grade` grades "
                    "it again")
    return said


def _sorting(name: str) -> tuple[str, str]:
    return (name.casefold(), name)


def _student(
    key: str, order: Sequence[str], results: Mapping[tuple[str, str], Result],
    overrides: Overrides, row: Mapping[str, str], options: settings.Settings,
    of: Mapping[str, float],
) -> Student:  # fmt: skip
    own = {a: results[key, a] for a in order if (key, a) in results}
    given: dict[str, Marks] = {}
    for assignment in order:
        if assignment in own or overrides.of(key, assignment):
            empty = {"student": key, "assignment": assignment, "of": of[assignment]}
            result = own.get(assignment, empty)
            result = result if result["of"] else {**result, "of": of[assignment]}
            given[assignment] = marks.final_points(result, options, overrides)
    name, email, id_, username = (row.get(column, "") for column in roster.COLUMNS[1:])
    return Student(key, name, email, id_, username, own, given)


def _results(folder: pathlib.Path) -> dict[tuple[str, str], Result]:
    """All results by student and assignment; one that cannot be read says so."""
    found: dict[tuple[str, str], Result] = {}
    for path in sorted(folder.glob("*/*.json")):
        try:
            result = _complete(json.loads(path.read_text(encoding="utf-8")))
        except DAMAGE:
            reason = "its result cannot be read: `class grade` makes it anew"
            result = _complete({"status": "could not run", "reason": reason})
        result |= {"student": path.parent.name, "assignment": path.stem}
        found[path.parent.name, path.stem] = result
    return found


def _complete(result: Any) -> dict[str, Any]:
    """A result with all its fields, each of the kind that it must be."""
    rows = {str(name): dict(e) for name, e in dict(result.get("exercises") or {}).items()}
    exercises = {name: ENTRY | rows[name] for name in sorted(rows, key=_place)}
    for entry in exercises.values():
        entry |= {k: str(entry[k] or "") for k in ("title", "seen", "why", "section", "ask",
                                                   "note", "code")}  # fmt: skip
        entry |= {"points": float(entry["points"]), "score": float(entry["score"]),
                  "mistake": str(entry["mistake"]) if entry["mistake"] else None}  # fmt: skip
    return {
        "source": str(result.get("source", "")), "when": result.get("when"),
        "days_late": float(result.get("days_late") or 0), "digest": str(result.get("digest", "")),
        "checks": str(result.get("checks", "")),
        "status": str(result["status"]), "reason": str(result.get("reason", "")),
        "exercises": exercises, "of": float(result.get("of") or 0),
        "cells": {str(k): str(v) for k, v in dict(result.get("cells") or {}).items()},
        "killed": [[str(part) for part in row] for row in result.get("killed") or []],
    }  # fmt: skip


def _place(exercise: str) -> tuple[int, str]:
    """Exercises in the order of the course, those that it does not know last."""
    names = list(EXERCISES)
    return (names.index(exercise) if exercise in names else len(names), exercise)


def _submitted(
    folder: pathlib.Path, options: settings.Settings
) -> tuple[list[HandIn], list[Problem]]:
    """The hand-ins, and what could not be taken from them."""
    return collect(folder, options) if folder.is_dir() else ([], [])


def _open(keys: Collection[Any]) -> list[str]:
    """That hand-ins have no result yet."""
    some = "1 hand-in has" if len(keys) == 1 else f"{len(keys)} hand-ins have"
    return [f"{some} no result yet: `class grade` makes it"] if keys else []


def _gone(keys: Collection[tuple[str, str]]) -> list[str]:
    """That results have no hand-in any more; they count all the same."""
    if not keys:
        return []
    names = [f"{student}/{assignment}.json" for student, assignment in sorted(keys)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [f"{len(names)} of the results count, and what was handed in for them is no longer in "
            f"submitted/: {', '.join(names[:NAMED])}{more}. One that should not count can be taken "
            "away from results/"]  # fmt: skip


def _strangers(listed: Collection[str], there: Collection[str]) -> list[str]:
    """That a name in the roster is nearly that of a hand-in which the roster does not have."""
    free = sorted(set(there) - set(listed))
    others = {name.casefold(): name for name in free}
    same_letters: dict[str, list[str]] = {}
    for name in free:
        same_letters.setdefault(_letters(name), []).append(name)
    said = []
    for name in sorted(set(listed) - set(there)):
        close = difflib.get_close_matches(name.casefold(), others, n=1, cutoff=0.8)
        near = same_letters.get(_letters(name)) or [others[found] for found in close]
        if near:
            who = " or ".join(map(repr, near[:NAMED]))
            said.append(f"{ROSTER}: {name!r} has handed in nothing: did you mean {who}, who "
                        f"{'are' if near[1:] else 'is'} not in the list?")  # fmt: skip
    more = len(said) - NAMED
    rest = f"{ROSTER}: {more} more names are nearly those of hand-ins that are not in the list"
    return [*said[:NAMED], rest] if more > 1 else said


def _letters(name: str) -> str:
    """The same for ``Jürgen Groß``, ``Gross, Juergen`` and Canvas's ``grossjürgen_501``."""
    return "".join(sorted(filter(str.isalpha, name.casefold().translate(UMLAUTS))))


def feedback(course: Course) -> dict[str, dict[str, str]]:
    """For each export of Moodle where the page of a student belongs, for its upload of feedback.

    An export belongs to one activity of Moodle's, whatever notebooks were handed in there. What
    lies unpacked in ``submitted/`` goes by the assignment.
    """
    found: dict[str, dict[str, str]] = {}
    for student in course.students:
        sources = [(r["source"], a) for a, r in student.results.items()]
        sources += [(p.source, p.assignment) for p in student.refused]
        for source, assignment in sources:
            place = _moodle_place(source)
            name = MOODLE.fullmatch(place.partition("/")[0])
            if name and student.key in (safe_name(name["name"]),
                                        safe_name(f"{name['name']} ({name['id']})")):
                places = found.setdefault(_export(source) or assignment or "others", {})
                places.setdefault(student.key, place)
    return found


def _export(source: str) -> str:
    """The name of the archive in which something lies; "" if in none."""
    top, inside, _ = source.partition(" > ")
    return safe_name(DOWNLOADED_AGAIN.sub("", top)) if inside and not MOODLE.match(top) else ""


def _archived(course: Course, places: Mapping[str, str]) -> bytes:
    """An archive with the pages of students, each at its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        there = {places[s.key]: s for s in course.students if s.key in places}
        for place, student in sorted(there.items()):
            member = zipfile.ZipInfo(place, DAWN)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, _encoded(pages.student_page(course, student)))
    return out.getvalue()


def _moodle_place(source: str) -> str:
    """Where the feedback on a hand-in belongs, by the name that Moodle gave it; "" if none."""
    parts = source.replace(" > ", "/").split("/")
    name = next((part for part in parts if MOODLE.fullmatch(part)), "")
    if name and name == parts[-1]:  # a file beside those of others, no folder
        file = MOODLE.fullmatch(name)["file"] or ""  # type: ignore[index]
        return f"{name.removesuffix(file)}feedback.html"
    return name and f"{name}/feedback.html"


def _encoded(page: str) -> bytes:
    return page.encode("utf-8", "replace")


# Tables

Cells = list[Any]


def table(rows: Iterable[Cells], encoding: str = "utf-8") -> bytes:
    """CSV that spreadsheets read as text and numbers, never as formulas."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(c) for c in row] for row in rows)
    return out.getvalue().encode(encoding, "replace")


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if not isinstance(value, str):
        return value
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", value)
    return f"'{text}" if text.lstrip().startswith(RISKY) or text.startswith(RISKY) else text


def scores(course: Course) -> Iterator[Cells]:
    """One row a student: points of each assignment after the late rule, and all of them."""
    parts = ("", " of", " days late", " state")
    heads = [f"{a}{what}" for a in course.assignments for what in parts]
    yield ["student", "name", "email", "id", *heads, "points", "of", "remark"]
    for s in course.students:
        cells: Cells = []
        for a in course.assignments:
            result, mark = s.results.get(a), s.marks.get(a)
            late = math.ceil(100 * result["days_late"]) / 100 if result else ""
            how = "no mark" if a in course.settings.extra and not mark else state(s, a)
            cells += [_points(s, a), _of(course, s, a), late, how]
        said = "; ".join(_remarks(s))
        of = sum(_of(course, s, a) for a in course.assignments)
        yield [s.key, s.name, s.email, s.id, *cells, s.points, of, said]


def _remarks(student: Student) -> Iterator[str]:
    """Why something could not be taken or run, in a few words."""
    for result in student.results.values():
        if result["status"] != "graded":
            yield f"{result['reason'].partition(';')[0]} ({result['source']})"
    for problem in student.refused:
        yield f"{problem.reason} ({problem.source})"


def _points(student: Student, assignment: str) -> float | str:
    """The points; empty where nothing was handed in."""
    points = student.counts(assignment)
    return "" if points is None else points


def _of(course: Course, student: Student, assignment: str) -> float:
    """The maximum; with a result of older checks, the one that its points are of."""
    mark = student.marks.get(assignment)
    return mark.of if mark else course.of[assignment]


def state(student: Student, assignment: str) -> str:
    """In a few words how it stands with one assignment of a student."""
    result, mark = student.results.get(assignment), student.marks.get(assignment)
    own = "own mark" if mark and mark.own else ""
    if result is None:
        lost = _lost(student, assignment)
        return " + ".join(word for word in (lost, own) if word) or "nothing handed in"
    old = "old" if assignment in student.old else ""
    return " + ".join(word for word in (result["status"], own, old) if word)


def _lost(student: Student, assignment: str) -> str:
    """What became of a hand-in without a result; "" where nothing is known of one."""
    if assignment in student.waiting:
        return "not graded yet"
    refused = {p.assignment for p in student.refused}
    unsure = "not taken or nothing handed in" if "" in refused else ""
    return "not taken" if assignment in refused else unsure


def moodle(course: Course) -> Iterator[Cells]:
    """For Moodle's import of grades, which maps each column by hand."""
    yield ["username", "idnumber", "email", "fullname", *course.assignments]
    for s in course.students:
        points = [_points(s, a) for a in course.assignments]
        yield [s.username, s.id, s.email, s.shown, *points]


def canvas(course: Course) -> Iterator[Cells]:
    """For Canvas's import of a gradebook; students are found by ID, or by their login."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *course.assignments]
    yield ["    Points Possible", "", "", "", "", *(course.of[a] for a in course.assignments)]
    for s in course.students:
        number = CANVAS_ID.fullmatch(s.key)
        known = number[1] if number else ""
        points = [_points(s, a) for a in course.assignments]
        yield [s.shown, known, s.id, s.username, "", *points]


def listed(course: Course) -> Iterator[Cells]:
    """All students as ``students.csv`` has them, with what is known of each: a form to fill in."""
    yield list(roster.COLUMNS)
    for s in course.students:
        yield [s.key, s.name, s.email, s.id, s.username]


__all__ = ["Course", "ReportError", "findings", "load", "report"]
