"""The same notebooks in a course that nbgrader runs: its own commands, its own gradebook."""

import csv
import html
import os
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest

from resnet_edu.classroom import assignments, courses
from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.tasks import changed, run_source

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install 'resnet_edu[class]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = pathlib.Path(__file__).parent.parent.parent
NAMES = tuple(assignments.assignments())
FIRST = NAMES[0]


def nbgrader(course, *words):
    """What a command of nbgrader says; it has to end well."""
    scripts = str(pathlib.Path(sys.executable).parent)  # it calls alembic by name
    environment = os.environ | {
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]), "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(course / ".jupyter"), "IPYTHONDIR": str(course / ".ipython"),
        "JUPYTER_DATA_DIR": str(course / ".jupyter"),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said
    return said


def right(exercise):
    """A correct answer in another style than the model's."""
    return list(exercise.styles.values())[1]


def wrong(exercise):
    style, change = next(iter(exercise.mistakes[0].changes.items()))
    return changed(exercise.styles[style], change)


def hand_in(course, student, assignment, answer):
    """Fill the released notebook in; without ``answer`` the starter code stays. Mallory cheats."""
    notebook = nbformat.read(path(course, "release", assignment), as_version=4)
    for cell in notebook.cells:
        kind, _, name = cell.metadata.get("nbgrader", {}).get("grade_id", "").partition("-")
        if kind == "answer" and answer:
            cell.source = answer(EXERCISES[name])
        elif kind == "points" and student == "mallory":
            cell.source = str(cell.metadata.nbgrader.points)
    target = path(course, "submitted", student, assignment, file=assignment)
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)


def path(course, *folders, file=None):
    return course.joinpath(*folders) / f"{file or folders[-1]}.ipynb"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course that nbgrader released, graded, exported and gave feedback on."""
    course = tmp_path_factory.mktemp("nbgrader") / "course"
    list(courses.new(course))
    add_cells_of_a_teacher(path(course, "source", FIRST))
    ours = released(course)
    for name in NAMES:
        nbgrader(course, "generate_assignment", name, "--create", "--force")
        hand_in(course, "ada", name, right)
    for student, answer in (("bob", wrong), ("eve", None), ("mallory", wrong)):
        hand_in(course, student, FIRST, answer)
    for name in NAMES:
        nbgrader(course, "autograde", name, "--create")
    nbgrader(course, "export", "--to", "marks.csv")
    nbgrader(course, "generate_feedback", FIRST)
    return course, ours


def released(course):
    list(courses.release(course))
    return {name: path(course, "release", name).read_bytes() for name in NAMES}


def add_cells_of_a_teacher(file):
    """A question answered in words, a task with its marking scheme, and a cell without marks."""
    marks = {"grade": False, "locked": False, "points": 0, "schema_version": 3, "solution": False,
             "task": False}  # fmt: skip
    question = {**marks, "grade_id": "why", "grade": True, "solution": True}
    task = {**marks, "grade_id": "draw", "task": True, "locked": True}
    notebook = nbformat.read(file, as_version=4)
    new = nbformat.v4.new_markdown_cell
    notebook.cells += [
        new("Because it can.", id="why", metadata={"nbgrader": question}),
        new("Draw it.\n=== BEGIN MARK SCHEME ===\nan arc\n=== END MARK SCHEME ===", id="draw",
            metadata={"nbgrader": task}),
        nbformat.v4.new_code_cell("1 + 1", id="free", execution_count=3, outputs=[
            nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=3)]),
    ]  # fmt: skip
    nbformat.write(notebook, file)


def marks(course):
    with open(course / "marks.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["student_id"], row["assignment"]): float(row["score"]) for row in rows}


def expected(course, assignment, answer):
    """The points that the checker gives with the numbers of the hidden tests."""
    source = path(course, "source", assignment).read_text(encoding="utf-8")
    seed = int(re.search(r"seed=(\d+)", source)[1])
    return sum(
        round(e.points * check(e.name, run_source(answer(e), e), seed=seed).score, 2)
        for e in assignments.exercises_of(assignment)
    )


def test_nbgrader_releases_the_very_bytes_that_we_release(graded):
    course, ours = graded
    for name in NAMES:
        assert path(course, "release", name).read_bytes() == ours[name]


def test_right_answers_get_all_points(graded):
    course, _ = graded
    found = marks(course)
    for name in NAMES:
        assert found["ada", name] == sum(e.points for e in assignments.exercises_of(name))


def test_wrong_answers_get_what_the_checker_gives(graded):
    course, _ = graded
    found = marks(course)
    assert found["bob", FIRST] == pytest.approx(expected(course, FIRST, wrong), abs=0.005)
    assert found["bob", FIRST] < found["ada", FIRST]


def test_starter_code_gets_nothing(graded):
    course, _ = graded
    assert marks(course)["eve", FIRST] == 0


def test_a_points_cell_that_was_rewritten_is_put_back(graded):
    course, _ = graded
    assert marks(course)["mallory", FIRST] == marks(course)["bob", FIRST]


def test_feedback_says_what_went_wrong(graded):
    course, _ = graded
    pages = {s: (course / "feedback" / s / FIRST / f"{FIRST}.html").read_text(encoding="utf-8")
             for s in ("ada", "bob", "eve")}  # fmt: skip
    texts = {student: " ".join(html.unescape(page).split()) for student, page in pages.items()}
    for exercise in assignments.exercises_of(FIRST):
        title = " ".join(exercise.mistakes[0].title.split())
        assert title in texts["bob"]
        assert title not in texts["ada"]
    assert "Nothing comes back yet" in texts["eve"]


def test_validate_tells_right_from_wrong(graded):
    course, _ = graded
    verdicts = {s: nbgrader(course, "validate", f"submitted/{s}/{FIRST}/{FIRST}.ipynb")
                for s in ("ada", "bob", "eve", "mallory")}  # fmt: skip
    assert "Success! Your notebook passes all the tests." in verdicts["ada"]
    assert "VALIDATION FAILED ON" in verdicts["bob"]
    assert "VALIDATION FAILED ON" in verdicts["eve"]
    assert "CONTENTS OF" in verdicts["mallory"]  # … TEST CELL(S) HAVE CHANGED
