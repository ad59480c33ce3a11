"""The exercises stand at the end of the chapters, as they are now, and are seen at work there."""

import nbformat
import pytest

from resnet_edu import chapters
from resnet_edu.exercises import EXERCISES, in_chapters

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


def test_a_chapter_without_a_summary_is_refused():
    with pytest.raises(ValueError, match="needs one cell that begins with '## Summary'"):
        in_chapters.written("# %% [markdown]\n# # A chapter\n", "04")
