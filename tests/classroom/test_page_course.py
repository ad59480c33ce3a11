"""docs/teaching.md shows what the commands print for the course that page_course.py makes."""

import contextlib
import io
import json
import pathlib
import re

import pytest

from resnet_edu.__main__ import main
from resnet_edu.classroom.cage import fences

from . import page_course

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each command printed, and the course."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lines = {"new": _output(lambda: page_course.make("resnet-2027"))}
        patch.chdir(folder / "resnet-2027")
        for name in ("grade", "report"):
            lines[name] = _output(lambda name=name: main(["class", name]))
        yield lines, folder / "resnet-2027"


def _output(call):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call()
    return out.getvalue().splitlines()


def test_the_lines_of_new_and_release_are_those_of_the_page(printed):
    lines = [line.replace("resnet-2027/release", "release") for line in printed[0]["new"]]
    assert len(lines) > 12
    assert all(line in PAGE for line in lines)


def test_the_lines_of_grade_are_those_of_the_page(printed):
    if fences()[0] != "bubblewrap":
        pytest.skip("the page was made with bubblewrap, which is not installed here")
    results = [line for line in printed[0]["grade"] if " of 8 " in line]
    told = {re.sub(r"^\d of 8  |  \([^()]*\)$", "", line) for line in results}
    shown = {re.sub(r"^\d of 8  |  \([^()]*\)$", "", line)
             for line in re.findall(r"^\d of 8  .*$", PAGE, re.MULTILINE)}  # fmt: skip
    assert told == shown
    assert len(told) == 8


def test_the_marks_are_those_of_the_page(printed):
    table = (printed[1] / "reports" / "scores.csv").read_text(encoding="utf-8-sig")
    assert table.strip() in PAGE
    assert [line.replace("\\", "/") for line in printed[0]["report"][:5]] == re.search(
        r"class report\n((?:reports/\S+\n)+)and 9 pages", PAGE)[1].split()  # fmt: skip


def test_what_the_page_says_of_three_students_holds(printed):
    results = {path.parent.name: json.loads(path.read_text(encoding="utf-8"))
               for path in (printed[1] / "results").glob("*/blocks.json")}  # fmt: skip
    exercises = {student: result["exercises"] for student, result in results.items()}
    assert exercises["Fritz John"]["BasicBlock"]["note"] == "stopped"
    assert f"`{exercises['Carl Gauss']['BasicBlock']['title'].rstrip('.')}`, says his" in PAGE
    assert exercises["Dana Scott"]["conv3x3"]["mistake"] == "padding-always-one"
    marks = (printed[1] / "reports" / "scores.csv").read_text(encoding="utf-8-sig")
    points = re.search(r"Dana Scott(?:,[^,]*){7},([\d.]+)", marks)[1]
    assert f"[Dana's page: {points} of 15 points" in PAGE
