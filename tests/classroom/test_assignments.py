"""The notebooks that are made from the exercises, and what students get of them."""

import ast
import dataclasses
import json

import nbformat
import pytest

from resnet_edu.classroom import assignments
from resnet_edu.classroom.assignments import AssignmentError, stripped
from resnet_edu.exercises import EXERCISES, Report

NAMES = tuple(assignments.assignments())
SEED = 9876543210123  # in no text by chance
EMPTY = ast.Expr(ast.parse("None", mode="eval").body)


@pytest.fixture(scope="module")
def sources():
    return {name: assignments.notebook(name, seed=SEED) for name in NAMES}


def cells(notebook, kind):
    """The cells of a kind, by exercise."""
    ids = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}
    return {i.partition("-")[2]: c for i, c in ids.items() if i.startswith(f"{kind}-")}


def run(notebook):
    """Run all code in one namespace, as a kernel does; what each points cell shows."""
    space, shown = {}, {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else EMPTY
            exec(compile(tree, "cell", "exec"), space)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
            shown[cell.metadata.nbgrader.grade_id] = value
    return {i.partition("-")[2]: value for i, value in shown.items() if i.startswith("points-")}


def test_every_exercise_stands_in_one_assignment():
    found = [e.name for exercises in assignments.assignments().values() for e in exercises]
    assert sorted(found) == sorted(e.name for e in EXERCISES.values() if e.part != "read")


def test_a_part_without_exercises_gives_no_assignment(monkeypatch):
    monkeypatch.setattr(assignments, "EXERCISES", {"ResNet": EXERCISES["ResNet"]})
    assert list(assignments.assignments()) == ["network"]
    with pytest.raises(AssignmentError, match=r"no assignment 'blocks': .*network"):
        assignments.notebook("blocks", 1)


def test_bugs_to_spot_come_no_earlier_than_their_chapter(monkeypatch):
    build, early, late = (EXERCISES[name] for name in ("BasicBlock", "conv1x1", "ResNet"))
    spots = [dataclasses.replace(exercise, part="spot") for exercise in (early, late)]
    monkeypatch.setattr(assignments, "EXERCISES", {e.name: e for e in (build, *spots)})
    homes = {name: [e.name for e in held] for name, held in assignments.assignments().items()}
    assert homes == {"blocks": ["BasicBlock", "conv1x1"], "network": ["ResNet"]}


@pytest.mark.parametrize("name", NAMES)
def test_the_texts_of_an_exercise_are_all_there(sources, name):
    source = sources[name]
    tasks, answers, points = (cells(source, kind) for kind in ("task", "answer", "points"))
    for exercise in assignments.exercises_of(name):
        assert exercise.prompt.strip() in tasks[exercise.name].source
        assert exercise.signature in tasks[exercise.name].source
        assert answers[exercise.name].source.startswith(exercise.starter.strip("\n"))
        assert points[exercise.name].metadata.nbgrader.points == exercise.points
    assert len(tasks) == len(answers) == len(points) == len(assignments.exercises_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_and_its_marks_are_valid(sources, name):
    for made in (sources[name], stripped(sources[name])):
        nbformat.validate(json.loads(nbformat.writes(made)))
        marks = [cell.metadata.nbgrader for cell in made.cells]
        assert len({m.grade_id for m in marks}) == len(marks)
        assert all(m.schema_version == 3 for m in marks)
        assert all(m.locked != m.solution for m in marks)
        assert all(("points" in m) == m.grade for m in marks)


@pytest.mark.parametrize("name", NAMES)
def test_made_again_with_the_same_seed_it_is_the_same(sources, name):
    assert nbformat.writes(assignments.notebook(name, SEED)) == nbformat.writes(sources[name])
    other = assignments.notebook(name, SEED + 1)
    assert nbformat.writes(other) != nbformat.writes(sources[name])
    assert stripped(other) == stripped(sources[name])  # the hidden tests alone know the seed


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_model_answers_earn_all_points_and_starter_code_fails_softly(sources, name):
    exercises = assignments.exercises_of(name)
    assert run(sources[name]) == {e.name: e.points for e in exercises}
    earned = run(stripped(sources[name]))
    assert earned == {e.name: 0 for e in exercises}


@pytest.mark.parametrize("name", NAMES)
def test_students_get_no_answer_and_no_hidden_test(sources, name):
    before = nbformat.writes(sources[name])
    made = stripped(sources[name])
    text = nbformat.writes(made)
    assert not any(word in text for word in ("SOLUTION", "HIDDEN", str(SEED)))
    assert assignments.leftovers(made) == []
    for exercise in assignments.exercises_of(name):
        answer = cells(made, "answer")[exercise.name].source
        assert answer == f"{exercise.starter.strip(chr(10))}\n\n{assignments.STUB}"
    assert nbformat.writes(sources[name]) == before
    assert assignments.leftovers(sources[name])


def test_points_for_right_answers_only_take_one_word_in_each_points_cell(sources):
    """As docs/teaching.md says of nbgrader, which does not read ``partial``."""
    report = Report("depth", passed=False, score=0.45)
    for book in sources.values():
        for cell in cells(book, "points").values():
            assert cell.source.count("report.score") == 1
            last = cell.source.replace("report.score", "report.passed").splitlines()[-2]
            for passed in (False, True):
                earned = eval(last, {"report": dataclasses.replace(report, passed=passed)})
                assert earned == cell.metadata["nbgrader"]["points"] * passed


def test_only_answers_can_be_edited(sources):
    for cell in stripped(sources["blocks"]).cells:
        assert cell.metadata.deletable is False
        assert cell.metadata.get("editable", True) is cell.metadata.nbgrader.solution


def test_outputs_do_not_reach_students(sources):
    source = stripped(sources["blocks"])
    source.cells[2].outputs = [nbformat.v4.new_output("stream", text="the teacher's own")]
    source.cells[2].execution_count = 7
    assert "the teacher's own" not in nbformat.writes(stripped(source))


@pytest.mark.parametrize(("number", "source", "words"), [
    (4, "### BEGIN SOLUTION\nx = 1", "cell 5: BEGIN SOLUTION has no END SOLUTION"),
    (4, "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "cell 5: .* within another"),
    (5, "### BEGIN SOLUTION\n1\n### END SOLUTION", "cell 6: .* not mark as 'solution'"),
    (5, "### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS", "cell 6: .* not mark as 'grade'"),
    (6, "### BEGIN HIDDEN TESTS\n1", "cell 7: BEGIN HIDDEN TESTS has no END"),
    (3, "### BEGIN MARK SCHEME\n1\n### END MARK SCHEME", "cell 4: .* not mark as 'task'"),
])  # fmt: skip
def test_a_region_that_cannot_be_cut_is_refused(sources, number, source, words):
    broken = stripped(sources["blocks"])
    broken.cells[number].source = source
    with pytest.raises(AssignmentError, match=words):
        stripped(broken)


def test_what_an_exercise_is_handed_is_imported_unless_it_is_a_task(sources):
    network = {cell.metadata.nbgrader.grade_id: cell.source for cell in sources["network"].cells}
    assert "from resnet_edu import BasicBlock, Bottleneck\n" in network["setup"]
    assert "You are handed `BasicBlock`, `Bottleneck`" in network["task-ResNet"]
    assert "from resnet_edu import" not in sources["blocks"].cells[2].source


def test_blocks_without_the_convolutions_are_handed_these():
    """Chapter 05 writes its block with them."""
    made = assignments.notebook("blocks", SEED, ["BasicBlock", "spot_width", "Bottleneck"])
    setup = made.cells[2].source
    assert "# conv3x3 and conv1x1 are handed out here: no task asks for them.\n" in setup
    space = {}
    exec(setup, space)
    assert (space["conv3x3"](2, 4, 2).kernel_size, space["conv1x1"](2, 4).bias) == ((3, 3), None)
    assert assignments.leftovers(stripped(made)) == []
    only = assignments.notebook("blocks", SEED, ["conv3x3", "Bottleneck"]).cells[2].source
    assert "# conv1x1 is handed out here: no task asks for it.\n" in only
    assert "def conv3x3" not in only
    for names in (["spot_width"], ["conv3x3", "conv1x1", "BasicBlock"], []):
        setup = assignments.notebook("blocks", SEED, names).cells[2].source
        assert "handed out" not in setup
    asked = stripped(assignments.notebook("blocks", SEED, ["conv3x3", "Bottleneck"]))
    asked.cells[2].source += EXERCISES["conv3x3"].styles["plain"]
    assert assignments.leftovers(asked) == ["cell 3 has the answer to conv3x3"]


def test_chosen_exercises_have_all_that_they_need_and_no_more():
    made = assignments.notebook("network", SEED, ["resnet18", "spot_stem"])
    assert set(cells(made, "points")) == {"resnet18", "spot_stem"}
    assert "from resnet_edu import ResNet, BasicBlock, Bottleneck\n" in made.cells[2].source
    assert "| | together | 2 | |" in made.cells[0].source
    spot = assignments.notebook("network", SEED, ["spot_stem"])
    assert run(spot) == {"spot_stem": 1}
