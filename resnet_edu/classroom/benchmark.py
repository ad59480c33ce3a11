"""``python -m resnet_edu bench class``: classes made from the catalogue of mistakes, graded.

Wall time for one submission of one assignment, for classes of several sizes and both kinds of
cages, all in one run.
"""

from __future__ import annotations

import json
import pathlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..exercises import Exercise
from ..exercises.tasks import changed
from . import courses, grading
from .assignments import exercises_of, grade_id, notebook, stripped
from .cage import fences

RIGHT, WRONG = 0.55, 0.4  # shares of answers; the rest is left as the starter code
WANTED = {False: 1.0, True: 2.0}  # seconds for one submission; with a cage of its own for each


def make_class(
    course: pathlib.Path, assignment: str, students: int, seed: int = 0
) -> list[dict[str, str]]:
    """Write ``submitted/STUDENT/ASSIGNMENT.ipynb`` for a class; what each student has done wrong.

    Answers are drawn from the catalogue: a correct style, a mistake, or the starter code.
    """
    rng = random.Random(seed)
    form = json.dumps(stripped(notebook(assignment, seed)))
    done = []
    for number in range(students):
        made, choice = json.loads(form), {}
        for exercise in exercises_of(assignment):
            choice[exercise.name], source = _answer(exercise, rng)
            if source:
                _put(made, grade_id("answer", exercise.name), source)
        folder = course / "submitted" / f"student{number:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{assignment}.ipynb").write_text(json.dumps(made), encoding="utf-8")
        done.append(choice)
    return done


def _answer(exercise: Exercise, rng: random.Random) -> tuple[str, str]:
    """What a student hands in for an exercise: "right", the id of a mistake, or "nothing"."""
    draw = rng.random()
    if draw < RIGHT:
        return "right", rng.choice(list(exercise.styles.values()))
    if draw < RIGHT + WRONG and exercise.mistakes:
        mistake = rng.choice(list(exercise.mistakes))
        style = rng.choice(list(mistake.changes))
        return mistake.id, changed(exercise.styles[style], mistake.changes[style])
    return "nothing", ""


def _put(made: Any, name: str, source: str) -> None:
    for cell in made["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
            cell["source"] = source


def run(
    sizes: Sequence[int] = (25, 100, 200), assignment: str = "blocks", own: int = 40,
    say: Callable[[str], None] = print,
) -> bool:  # fmt: skip
    """Print a row for each class; whether every row is as quick as is asked."""
    say(f"{assignment}: {len(exercises_of(assignment))} exercises, 2 workers, {fences()[0]}")
    say("students   cages              seconds   seconds for one")
    rows = list(_rows(sizes, assignment, own, say))
    shared = [(n, s) for n, s, fresh in rows if not fresh]
    first, last = shared[0], shared[-1]
    growth = (last[1] - first[1]) / (last[0] - first[0]) if last[0] > first[0] else 0.0
    once = first[1] - growth * first[0]
    say(f"from {first[0]} to {last[0]} students each further one costs {growth:.2f} s, "
        f"and {once:.0f} s are spent once for all")  # fmt: skip
    return all(seconds / n <= WANTED[fresh] for n, seconds, fresh in rows)


def _rows(
    sizes: Sequence[int], assignment: str, own: int, say: Callable[[str], None]
) -> Iterator[tuple[int, float, bool]]:
    for fresh, students in [*((False, n) for n in sizes), (True, own)]:
        with tempfile.TemporaryDirectory() as folder:
            course = pathlib.Path(folder) / "course"
            list(courses.new(course))
            settings = course / "course.toml"
            text = settings.read_text(encoding="utf-8")
            text = text.replace("fresh = false", f"fresh = {str(fresh).lower()}")
            settings.write_text(text, encoding="utf-8")
            make_class(course, assignment, students)
            start = time.perf_counter()
            grading.grade(course, say=lambda line: None)
            seconds = time.perf_counter() - start
        kind = "one for each" if fresh else "one for a worker"
        verdict = "holds" if seconds / students <= WANTED[fresh] else "does not hold"
        say(f"{students:>8}   {kind:<16} {seconds:>9.1f}   {seconds / students:.2f}"
            f"   (at most {WANTED[fresh]:g} asked: {verdict})")  # fmt: skip
        yield students, seconds, fresh
