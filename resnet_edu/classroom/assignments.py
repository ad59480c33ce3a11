"""The notebooks of the assignments, made from the exercises, and what students get of them.

Prompts, starter code, checks and points stand in ``EXERCISES`` only. Every cell that is not the
student's own carries nbgrader's metadata (schema 3), so the same notebook serves a course that is
run by nbgrader. Needs the ``notebooks`` extra.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..exercises import EXERCISES, Exercise
from ..names import hint

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
NAMESPACE = "resnet_edu"  # our entry in a notebook's metadata: which assignment it is
STUB = "# Run this cell, then the check below it."  # stands where the model answer stood
WRITTEN_STUB = "YOUR ANSWER HERE"  # nbgrader's own words, for cells that a teacher adds

SETUP = """\
import functools
import math

import torch
import torch.nn.functional as F
from torch import nn

from resnet_edu.exercises import check"""

HOW = """\
## How it works

- Write each answer in the cell that has its first line already, and keep the name. More cells are
  welcome.
- Run the answer, then the cell with `check`. It says what is right, and where something is not:
  what was done, what was seen, where to read, and what to ask yourself. Ask as often as you like.
- The cell below that shows the points that the answer earns. The cells with `check` and with the
  points are locked; what is changed in them counts for nothing.
- An answer is your own: torchvision's, or this package's, is recognised and earns nothing.
- Where answers are graded there are torch, NumPy and Python's own library; no other package, no
  network, none of your files.
- Before you hand in: *Kernel → Restart Kernel and Run All Cells*, then save. What a fresh kernel
  gives is what counts.
- Hand in this one file under its own name, `{name}.ipynb`."""


class AssignmentError(ValueError):
    """A notebook that cannot be handed out, and why."""


@dataclass(frozen=True)
class Part:
    """A part of the course, which gives one assignment."""

    title: str
    about: str


PARTS = {
    "blocks": Part("The blocks", "The two convolutions and the two blocks of every ResNet."),
    "network": Part("The network", "Stem, stages and head, and the builders of the ten networks."),
    "numbers": Part("The numbers", "Sizes, parameters, multiply-adds and what a unit sees."),
    "use": Part("Using it", "Checkpoints, another head, frozen layers, features, probabilities."),
}
BLOCKS = ("BasicBlock", "Bottleneck")
CONVOLUTIONS = ("conv3x3", "conv1x1")  # what the chapters write the blocks with
SPOT = "spot"  # bugs to spot: in the first two assignments, by their chapter


def assignments() -> dict[str, tuple[Exercise, ...]]:
    """The exercises of every assignment, in the order of the course; no part without exercises."""
    homes = {part: tuple(e for e in EXERCISES.values() if _home(e) == part) for part in PARTS}
    return {part: exercises for part, exercises in homes.items() if exercises}


def exercises_of(assignment: str, names: Collection[str] = ()) -> tuple[Exercise, ...]:
    """The exercises of one assignment, only those in ``names`` where there are any.

    ``AssignmentError`` when there is no assignment of that name.
    """
    known = assignments()
    if assignment not in known:
        raise AssignmentError(f"there is no assignment {assignment!r}: {hint(assignment, known)}")
    return tuple(e for e in known[assignment] if not names or e.name in names)


def _home(exercise: Exercise) -> str:
    """The assignment of an exercise; a bug to spot may not ask for more than the others there."""
    if exercise.part != SPOT:
        return exercise.part
    chapters = [e.chapter for e in EXERCISES.values() if e.part == "blocks"]
    return "blocks" if exercise.chapter <= max(chapters, default=exercise.chapter) else "network"


def grade_id(kind: str, exercise: str) -> str:
    """The id of a cell; ``kind`` is "task", "answer", "check" or "points"."""
    return f"{kind}-{exercise}"


def notebook(assignment: str, seed: int, names: Collection[str] = ()) -> Any:
    """The teacher's notebook of an assignment, with model answers and hidden tests.

    ``seed`` decides the numbers that the hidden tests draw; ``names`` are the exercises that are
    chosen of it, all when there are none. Raises ``AssignmentError`` when there is no such
    assignment.
    """
    import nbformat.v4

    exercises = exercises_of(assignment, names)
    cells = [_locked("markdown", "title", _title(assignment, exercises)),
             _locked("markdown", "how", HOW.format(name=assignment)),
             _locked("code", "setup", setup_of(exercises))]  # fmt: skip
    for number, exercise in enumerate(exercises, 1):
        cells += _cells(number, exercise, seed)
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"},
                NAMESPACE: {"assignment": assignment}}  # fmt: skip
    made = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(made)
    return made


def _title(assignment: str, exercises: tuple[Exercise, ...]) -> str:
    part, total = PARTS[assignment], sum(e.points for e in exercises)
    rows = [f"| {n} | `{e.name}` | {e.points} | {e.section.replace(' ', ', ')} |"
            for n, e in enumerate(exercises, 1)]  # fmt: skip
    about = [part.about, ""] if exercises == exercises_of(assignment) else []
    return "\n".join([f"# {part.title}", "", *about,
                      "| | exercise | points | chapter |", "|---|---|---|---|", *rows,
                      f"| | together | {total} | |"])  # fmt: skip


def setup_of(exercises: tuple[Exercise, ...]) -> str:
    """The imports; of what exercises are handed, what is not itself a task of this notebook.

    Also the two convolutions, where blocks that are written with them are asked for without them.
    """
    handed = dict.fromkeys(name for exercise in exercises for name in exercise.given)
    names = [name for name in handed if name not in {e.name for e in exercises}]
    line = f"from resnet_edu import {', '.join(names)}\n" if names else ""
    setup = SETUP.replace("from resnet_edu.exercises", f"{line}from resnet_edu.exercises")
    return "\n".join([setup, *_handed_out({e.name for e in exercises})])


def _handed_out(asked: Collection[str]) -> list[str]:
    """The lines that define what the chapters' blocks call and this notebook does not ask for."""
    names = [name for name in CONVOLUTIONS if name not in asked]
    if not names or not {*BLOCKS} & {*asked}:
        return []
    said = " and ".join(names) + (" are" if names[1:] else " is")
    texts = [EXERCISES[name].styles["plain"].strip("\n") for name in names]
    return ["", f"# {said} handed out here: no task asks for {'them' if names[1:] else 'it'}.",
            "\n\n\n".join(texts)]  # fmt: skip


def _cells(number: int, exercise: Exercise, seed: int) -> list[Any]:
    name = exercise.name
    return [
        _locked("markdown", grade_id("task", name), _task(number, exercise)),
        _cell("code", grade_id("answer", name), _answer(exercise), solution=True),
        _locked("code", grade_id("check", name), f'check("{name}", {name})'),
        _cell("code", grade_id("points", name), _points(exercise, seed),
              grade=True, locked=True, points=exercise.points),
    ]  # fmt: skip


def _task(number: int, exercise: Exercise) -> str:
    chapter, _, section = exercise.section.partition(" ")
    worth = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    given = ", ".join(f"`{name}`" for name in exercise.given)
    return "\n".join([
        f"## {number} · {exercise.name}", "", f"*{worth} · chapter {chapter}, {section}*", "",
        "```python", exercise.signature, "```", "", exercise.prompt.strip(),
        *(["", f"You are handed {given}; they are not yours to write here."] if given else []),
    ])  # fmt: skip


def _answer(exercise: Exercise) -> str:
    """The starter code, then the model answer, which takes its name over."""
    model = next(iter(exercise.styles.values()))
    return "\n".join([exercise.starter.strip("\n"), "", "### BEGIN SOLUTION", model.strip("\n"),
                      "### END SOLUTION"])  # fmt: skip


def _points(exercise: Exercise, seed: int) -> str:
    """What students see asks the checker as they did; the hidden part asks with other numbers."""
    name, points = exercise.name, exercise.points
    given = f"from resnet_edu import {', '.join(exercise.given)}\n" if exercise.given else ""
    return f"""\
# {points} {'point' if points == 1 else 'points'}. Run this cell to see what the answer earns.
round({points} * check("{name}", {name}).score, 2)
### BEGIN HIDDEN TESTS
{given}from resnet_edu.exercises import check  # whatever an answer has made of the name
report = check("{name}", {name}, seed={seed})
print(report)
round({points} * report.score, 2)
### END HIDDEN TESTS"""


def _locked(kind: str, name: str, source: str) -> Any:
    return _cell(kind, name, source, locked=True)


def _cell(
    kind: str, name: str, source: str, *, grade: bool = False, solution: bool = False,
    locked: bool = False, points: int | None = None,
) -> Any:  # fmt: skip
    import nbformat.v4

    marks = {"grade": grade, "grade_id": name, "locked": locked, "schema_version": 3,
             "solution": solution, "task": False}  # fmt: skip
    if points is not None:
        marks["points"] = points
    make: Callable[..., Any] = getattr(nbformat.v4, f"new_{kind}_cell")
    return make(source, id=name, metadata={"nbgrader": marks})


# What students get: as nbgrader's generate_assignment makes it.


def stripped(source: Any) -> Any:
    """A copy without model answers, hidden tests, marking schemes and outputs, cells locked.

    Raises ``AssignmentError`` when a region does not end, or stands in a cell of another kind.
    """
    made = copy.deepcopy(source)
    made.metadata.pop("celltoolbar", None)
    for number, cell in enumerate(made.cells, 1):
        try:
            _strip(cell)
        except AssignmentError as error:
            raise AssignmentError(f"cell {number}: {error}") from None
    return made


def _strip(cell: Any) -> None:
    marks = cell.metadata.get("nbgrader", {})
    stub = STUB if cell.cell_type == "code" else WRITTEN_STUB
    cell.source = _cut(cell.source, "SOLUTION", marks, "solution", stub)
    cell.source = _cut(cell.source, "HIDDEN TESTS", marks, "grade")
    cell.source = _cut(cell.source, "MARK SCHEME", marks, "task")
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        for key in ("collapsed", "scrolled"):
            cell.metadata.pop(key, None)
    if any(marks.get(key) for key in ("solution", "grade", "locked")):
        cell.metadata["deletable"] = False
        if not marks.get("solution"):
            cell.metadata["editable"] = False
        marks |= {"checksum": checksum(cell), "cell_type": cell.cell_type}


def _cut(source: str, kind: str, marks: Any, needed: str, stub: str | None = None) -> str:
    """The text without its regions of a kind, which only cells marked as ``needed`` may have."""
    left = _without(source, kind, stub)
    if left == source:
        return stub if stub is not None and marks.get(needed) else source
    if not marks.get(needed):
        raise AssignmentError(f"BEGIN {kind} stands in a cell that nbgrader's metadata does not "
                              f"mark as {needed!r}")  # fmt: skip
    return left


def _without(source: str, kind: str, stub: str | None = None) -> str:
    """The text without the regions of a kind; ``stub`` stands for each, indented as it was."""
    kept, inside = [], False
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            if inside:
                raise AssignmentError(f"BEGIN {kind} stands within another")
            inside = True
            if stub is not None:
                kept.append(line[: len(line) - len(line.lstrip())] + stub)
        elif f"END {kind}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise AssignmentError(f"BEGIN {kind} has no END {kind}")
    return "\n".join(kept)


def checksum(cell: Any) -> str:
    """nbgrader's own sum over a cell, by which it sees that a locked cell was changed."""
    marks = cell.metadata["nbgrader"]
    solution, grade = bool(marks.get("solution")), bool(marks.get("grade"))
    locked = not solution and (grade or bool(marks.get("locked")))
    parts = [cell.source, cell.cell_type, str(grade), str(solution), str(locked), marks["grade_id"]]
    if grade:
        parts.append(str(float(marks["points"])))
    return hashlib.md5("".join(parts).encode()).hexdigest()


def leftovers(released: Any) -> list[str]:
    """What no student may get: a marker of a region, or the text of a model answer."""
    marks = [f"{end} {kind}" for end in ("BEGIN", "END") for kind in ("SOLUTION", "HIDDEN TESTS")]
    models = {e.name: _squeezed(next(iter(e.styles.values()))) for e in EXERCISES.values()}
    asked = {name for name in CONVOLUTIONS if any(_id(c) == grade_id("answer", name)
                                                  for c in released.cells)}  # fmt: skip
    handed = "\n".join(_handed_out(asked | {*BLOCKS}))
    found = []
    for number, cell in enumerate(released.cells, 1):
        source = cell.source.replace(handed, "") if _id(cell) == "setup" and handed else cell.source
        text = _squeezed(source)
        found += [f"cell {number} has {mark}" for mark in marks if mark in text]
        found += [f"cell {number} has the answer to {n}" for n, m in models.items() if m in text]
    return found


def _id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
