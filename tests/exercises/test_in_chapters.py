"""The exercises stand at the end of the chapters, as they are now, and are seen at work there."""

import re

import nbformat
import pytest

from resnet_edu import chapters
from resnet_edu.exercises import EXERCISES, in_chapters
from resnet_edu.exercises.catalogue import spot
from resnet_edu.exercises.telling import explained

CHAPTERS = chapters.chapters()


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request):
    return request.param


def verdicts(path):
    """What ``check`` said in the executed chapter, cell by cell."""
    book = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    said = []
    for cell in book.cells:
        if cell.cell_type == "code" and "check(" in cell.source:
            texts = [o.get("text") or o.get("data", {}).get("text/plain") for o in cell.outputs]
            said.append("\n".join(text for text in texts if text))
    return said


def test_the_text_form_has_the_exercises_as_they_are_now(chapter):
    text = chapter.read_text(encoding="utf-8")
    assert in_chapters.written(text, chapter.name[:2]) == text, "run: chapters exercises"


def test_every_chapter_has_an_exercise_and_every_exercise_a_chapter():
    numbers = [path.name[:2] for path in CHAPTERS]
    found = [e.name for number in numbers for e in in_chapters.exercises_of_chapter(number)]
    assert sorted(found) == sorted(EXERCISES)
    assert all(in_chapters.exercises_of_chapter(number) for number in numbers)


def test_the_executed_chapter_shows_a_right_and_a_wrong_answer(chapter):
    said = verdicts(chapter)
    assert any(": right: " in text for text in said)
    assert any(": not yet: " in text and "  try   " in text for text in said)


def test_starter_code_is_refused_there_with_a_hint(chapter):
    exercises = in_chapters.exercises_of_chapter(chapter.name[:2])
    said = verdicts(chapter)
    told = [e for e in exercises if any(f"{e.name}: not yet\n" in text for text in said)]
    untold = [e for e in exercises if e not in told]
    assert [e.name for e in untold if "ResNet" not in e.given] == []
    assert not untold or len(untold) == 9  # the builders, of which the first one stops the cell


@pytest.mark.parametrize(("number", "answer"), [
    ("02", "floor("), ("03", "each place"), ("07", "planes * expansion"),
])  # fmt: skip
def test_a_summary_does_not_hand_out_what_an_exercise_beside_it_asks_for(number, answer):
    (path,) = (path for path in CHAPTERS if path.name.startswith(number))
    assert answer not in path.read_text(encoding="utf-8").split(in_chapters.END)[1]


def test_no_open_exercise_of_a_chapter_has_the_name_of_another_one(chapter):
    text = in_chapters.without(chapter.read_text(encoding="utf-8"))
    own = text.split("# ## Exercises\n")[-1].split("# %%")[0]
    assert [name for name in EXERCISES if f"Write `{name}(" in own] == []


def code(text):
    """The cells of code in a chapter's text form."""
    parts = text.split("# %%\n")[1:]
    return [part.split("# %% [markdown]")[0] for part in parts]


def test_the_cell_of_the_builders_runs_alone_and_takes_any_function(capsys):
    *_, cell = code(in_chapters.cells("09"))
    empty = "def resnet18(**kwargs):\n    return None  # your call\n"
    assert cell.count(empty) == 1
    short = "resnet18 = lambda **options: ResNet(BasicBlock, [2, 2, 2, 2], **options)\n"
    exec(cell.replace(empty, short), {})
    shown = capsys.readouterr().out
    assert "resnet18: right" in shown
    assert "resnet34: not yet" in shown
    assert "resnet50" not in shown
    assert "print(" not in cell


@pytest.mark.parametrize("name", [e.name for e in EXERCISES.values() if "ResNet" in e.given])
def test_no_chapter_shows_a_right_builder_at_work(name):
    (path,) = (path for path in CHAPTERS if path.name.startswith("09"))
    own = in_chapters.without(path.read_text(encoding="utf-8"))
    shown = own.split("### What the checker says")[1]
    assert f'EXERCISES["{name}"]' not in shown
    assert "rows" not in shown
    assert explained(EXERCISES[name]) != "09 §6"


def test_where_a_chapter_uses_a_name_its_exercise_says_whose_it_is_afterwards():
    warned = set()
    for path in CHAPTERS:
        text = path.read_text(encoding="utf-8")
        for part in text.split(in_chapters.BEGIN)[1:]:
            if in_chapters.AGAIN in part.replace("\n# ", " "):
                warned.add((path.name[:2], part.split("`")[1]))
    assert {("02", "conv_out"), ("02", "conv_params"), ("02", "conv3x3"), ("05", "Bottleneck"),
            ("05", "bottleneck_params"), ("07", "stage_sizes"), ("09", "depth"),
            ("11", "output_stride")} <= warned  # fmt: skip
    assert not {("03", "bn_params"), ("10", "receptive_field"), ("04", "spot_input")} & warned


@pytest.mark.parametrize(("line", "used"), [
    ("from resnet_edu.anatomy import depth, trace", True), ("    n = depth(2, layers)", True),
    ("depth(2, [1])", True), ("def depth(n):", True), ("# depth(2, [1])", False),
    ("compare(a, depth=1)", False), ("tree.depth(1)", False), ('check("depth", f)', False),
])  # fmt: skip
def test_a_name_is_used_where_it_is_made_imported_or_called(line, used):
    assert in_chapters.uses(f"x = 1\n{line}\n", "depth") == used


def test_a_shown_guess_gives_neither_the_line_nor_the_reason_away():
    for path in CHAPTERS:
        text = in_chapters.without(path.read_text(encoding="utf-8"))
        for name, line, letter in re.findall(r'check\("(spot_\w+)", \((\d+), "(\w)"\)\)', text):
            bug = next(bug for bug in spot.BUGS if bug.name == name)
            assert int(line) != bug.line, name
            assert letter != bug.letter, name


@pytest.mark.parametrize(("name", "words"), [
    ("spot_setting", "Dilations multiply"), ("spot_dilation", "1×1 of the shortcut"),
])  # fmt: skip
def test_a_verdict_on_a_bug_points_to_a_section_that_speaks_of_it(name, words):
    (bug,) = (bug for bug in spot.BUGS if bug.name == name)
    chapter, number = EXERCISES[name].mistakes[0].section.split(" §")
    assert EXERCISES[name].chapter == bug.section.split()[0]
    (path,) = (path for path in CHAPTERS if path.name.startswith(chapter))
    section = path.read_text(encoding="utf-8").split(f"# ## {number} ·")[1].split("# ## ")[0]
    assert words in section


def test_what_the_chapter_asks_of_a_norm_is_asked_in_the_bug_about_its_weights_too():
    (bug,) = (bug for bug in spot.BUGS if bug.name == "spot_spread")
    (path,) = (path for path in CHAPTERS if path.name.startswith("08"))
    own = in_chapters.without(path.read_text(encoding="utf-8")).split("### What the checker")[0]
    for asked in ("m.bn3.weight is not None", "m.bn2.weight is not None"):
        assert asked in own
        assert asked in bug.code
    assert "unit" not in " ".join(bug.reasons)


def test_a_chapter_without_a_summary_is_refused():
    with pytest.raises(ValueError, match="needs one cell that begins with '## Summary'"):
        in_chapters.written("# %% [markdown]\n# # A chapter\n", "04")
