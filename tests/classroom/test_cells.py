"""The cells of a hand-in: their numbers, whose answer they hold, and what does not run."""

import json
import pathlib
import types

import pytest

from resnet_edu.classroom import cells, courses, grading, runner, settings
from resnet_edu.classroom.cage import Outcome
from resnet_edu.exercises import EXERCISES, check, probe

ANSWER = "class BasicBlock(nn.Module)\n    pass"
LOST = "SyntaxError: expected ':' (cell 3, line 1)"


def notebook(*sources, ids=()):
    made = [{"cell_type": "code", "source": source} for source in sources]
    for cell, name in zip(made, ids, strict=False):
        cell["metadata"] = {"nbgrader": {"grade_id": name}}
    made.insert(1, {"cell_type": "markdown", "source": "words", "metadata": {}})
    return json.dumps({"cells": made, "nbformat": 4}).encode()


def points(name):
    return f'# 3 points. Run this cell.\nround(3 * check("{name}", {name}).score, 2)'


def test_cells_have_the_numbers_that_students_see_with_metadata_or_without():
    made = notebook("import torch", " \n", "a = 1", points("f"), "%%bash\nls", ["b ", "= 2"])
    found = [cell.source for cell in cells.numbered(made)]
    assert found == ["", "import torch", "a = 1", "", "", "b = 2"]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "the file is empty"), (b"%PDF-1.7", "it is a PDF"), (b"hello", "a file of another kind"),
     (b"PK\3\4...", "a zip archive or a document"), (b"<!doctype html>", "a web page"),
     (notebook("a = 1")[:50], "the file breaks off before its end"),
     (b'{"cells": [\n{,}]}', "it is damaged in line 2"), (b'{"\xff', "it is damaged"),
     (b'{\n<<<<<<< HEAD\n', "git left two versions"), (b"[]", "no list of cells"),
     (b'{"worksheets": []}', "no list of cells"), (b"[" * 99_999, "nested too deep"),
     (b'{"cells": [3, null]}', "it holds no code")],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_notebook_is_told_in_plain_words(data, said):
    with pytest.raises(ValueError, match=said) as caught:
        cells.numbered(data)
    assert "char" not in str(caught.value)
    assert "Expecting" not in str(caught.value)


def test_the_cell_of_an_answer_is_found_by_what_it_defines_by_its_id_or_by_its_check():
    check = 'check("f", f)'
    def_f, lost = "def f(x): pass", "de f(x): pass"
    for sources, ids, number in [
        ((def_f, "x = 1", def_f), (), 3), (("f = g", "f == g"), (), 1), (("f: int = 3",), (), 1),
        ((lost, "x = 1"), ("answer-f",), 1), ((lost, check), (), 1),
        (('check("g", g)', check), (), 0), (("x = 1",), (), 0),
    ]:  # fmt: skip
        assert cells.answer_number("f", cells.numbered(notebook(*sources, ids=ids))) == number


def judged(outcome, *sources, **changes):
    hand_in = types.SimpleNamespace(student="ada", assignment="blocks", source="x", when=None,
                                    days_late=0.0)  # fmt: skip
    given = grading.Given.of(pathlib.Path("nowhere"))
    call = changes.pop("call", grading.judged)
    return call(hand_in, notebook(*sources), outcome, 0, given, settings.Settings())


def test_a_syntax_error_is_told_with_its_cell_and_not_as_no_answer():
    absent = {"BasicBlock": {"absent": True, "imports": ["torchvision"]}}
    outcome = Outcome(absent, {3: LOST, 99: "forged", 0: "forged"})
    result = judged(outcome, "import torch", "x = 1", ANSWER)
    said = "SyntaxError: expected ':' (line 1)"
    assert result["cells"] == {"3": said}
    entry = result["exercises"]["BasicBlock"]
    assert entry["title"] == f"Cell 3 does not run: {said}."
    assert (entry["note"], entry["code"]) == ("does not run", ANSWER)


def test_an_answer_whose_cell_was_stopped_says_so():
    outcome = Outcome({"BasicBlock": {"absent": True}}, {1: "TooLong: stopped after 20 s"})
    title = judged(outcome, ANSWER)["exercises"]["BasicBlock"]["title"]
    assert title == "Cell 1 does not run: it was stopped after 20 s."
    outcome = Outcome({"BasicBlock": {"absent": True}}, {1: "ValueError: "})
    title = judged(outcome, ANSWER)["exercises"]["BasicBlock"]["title"]
    assert title == "Cell 1 does not run: ValueError."
    outcome = Outcome({"BasicBlock": {"absent": True}}, {}, [("cell 1", "death")])
    title = judged(outcome, ANSWER)["exercises"]["BasicBlock"]["title"]
    assert title == "Cell 1 does not run: it ended the process that ran it."


def test_an_earlier_answer_that_was_tried_is_called_so():
    rows = {"0/shape/out": None}
    result = judged(Outcome({"BasicBlock": {"rows": rows}}, {3: LOST}), "a", "b", ANSWER)
    title = result["exercises"]["BasicBlock"]["title"]
    assert title.startswith("Cell 3 does not run: SyntaxError")
    assert "An earlier answer was tried: " in title


def test_the_cell_that_is_shown_is_the_one_that_was_tried():
    other = "BasicBlock = made_elsewhere"
    for number, shown in ((2, other), (1, ANSWER), (3, ANSWER), (99, ANSWER), ("2", ANSWER)):
        seen = {"BasicBlock": {"rows": {"0/shape/out": None}, "made": number}}
        result = judged(Outcome(seen, {3: LOST}), "a = 1", other, ANSWER)
        entry = result["exercises"]["BasicBlock"]
        assert entry["code"] == shown
        said = "The answer in cell 2 was tried" if shown == other else "An earlier answer was tried"
        assert said in entry["title"]


def test_a_definition_between_the_cell_of_the_exercise_and_its_check_counts():
    """The starter code was left where it was, and the answer written below it."""
    start, own = cells.Cell("def depth(): pass", "answer-depth"), cells.Cell("def depth(): 1")
    check = cells.Cell('check("depth", depth)')
    assert cells.answer_number("depth", [cells.Cell(), start, own, check, own]) == 2
    assert cells.answer_number("depth", [cells.Cell(), check, start, own]) == 2
    handed_out = cells.Cell(check.source, "check-depth")  # a trial of the student's stands above
    assert cells.answer_number("depth", [cells.Cell(), own, check, start, own, handed_out]) == 4


def test_what_takes_too_long_to_judge_costs_only_its_hand_in(monkeypatch):
    def endless(*rest):
        while True:
            pass

    monkeypatch.setattr(grading, "JUDGING", 0.2)
    monkeypatch.setattr(grading.checking, "judge", endless)
    outcome = Outcome({"conv3x3": {"rows": {"0/shape/out": 1}}})
    result = judged(outcome, "x = 1", call=grading._judged_in_time)
    assert result["status"] == "could not run"
    assert result["reason"] == "what it handed back took more than 0.2 s to judge"


@pytest.mark.parametrize(
    ("kept", "said"),
    [(1, "2 of 3 points  (done)"), (0.8, "2 of 3 points, before days late are taken off  (done)"),
     (0, "2 of 3 points, which count nothing: it is too late  (done)")],
)  # fmt: skip
def test_points_before_the_late_rule_are_said_to_be(kept, said):
    hand_in = types.SimpleNamespace(student="ada", assignment="blocks")
    line = grading.progress(1, 1, 0.5, hand_in, {"points": 2.0, "of": 3, "reason": ""}, kept)
    assert line == f"1 of 1  ada blocks: {said}"


def test_what_is_asked_fits_what_went_wrong():
    """A cell that breaks off here may run at home: that question is asked where it would not."""
    fresh = "Does your notebook run from top to bottom in a fresh kernel?"
    slow = "What in the cell takes so long, and does the answer need it?"
    other = "What does the cell use that is not torch, NumPy or defined in a cell above it?"
    for said, asked in ((LOST, fresh), ("NameError: name 'x' is not defined", fresh),
                        ("TooLong: stopped after 20 s", slow),
                        ("FileNotFoundError: cat.png", other)):  # fmt: skip
        outcome = Outcome({"BasicBlock": {"absent": True}}, {1: said})
        assert judged(outcome, ANSWER)["exercises"]["BasicBlock"]["ask"] == asked
    outcome = Outcome({"BasicBlock": {"absent": True}}, {}, [("cell 1", "time")])
    assert judged(outcome, ANSWER)["exercises"]["BasicBlock"]["ask"] == slow


def entry_with(score, title="", note=""):
    return {"points": 4, "score": score, "passed": score == 1, "title": title, "seen": "",
            "note": note, "mistake": None}  # fmt: skip


def once(killed=(), cells=None, use="conv3x3(8, 8)", **scores):
    """The job and the result of a hand-in with such scores."""
    given = grading.Given.of(pathlib.Path("nowhere")).exercises["blocks"]
    texts = ["setup", "x", "y", f"def conv3x3(): pass\n{use}"]
    job = grading._Job(None, b"", texts, list(grading.plans(given, 0)))
    made = {name: entry_with(score) for name, score in scores.items()}
    return job, {"status": "graded", "exercises": made, "killed": list(killed),
                 "cells": cells or {}}  # fmt: skip


def test_what_may_fail_by_its_helper_alone_is_tried_again_with_a_right_one():
    job, result = once(conv3x3=0.5, conv1x1=1, BasicBlock=0.2, Bottleneck=1, spot_sum=0)
    again = grading._second(job, result)
    assert (list(again.right), [plan["name"] for plan in again.plans]) == (["conv3x3"],
                                                                           ["BasicBlock"])
    assert again.cells == job.cells
    for scores in ({"conv3x3": 1, "BasicBlock": 0.2}, {"conv3x3": 0, "BasicBlock": 1}):
        assert grading._second(*once(**scores)) is None
    assert grading._second(*once(use="def f(): return conv3x3(8, 8)", conv3x3=0, BasicBlock=0))
    for use in ("", "# conv3x3", 'check("conv3x3", conv3x3)', "my_conv3x3(8, 8)"):
        assert grading._second(*once(use=use, conv3x3=0, BasicBlock=0)) is None
    job, result = once([("cell 2", "time")], {"1": "it was stopped after 20 s", "3": "NameError"},
                       conv3x3=0, BasicBlock=0)  # fmt: skip
    assert grading._second(job, result).cells == ["setup", "", "", job.cells[3]]
    for end in (("BasicBlock", "time"), ("", "the keeper is gone")):
        assert grading._second(*once([end], conv3x3=0, BasicBlock=0)) is None
    result["exercises"]["BasicBlock"]["note"] = "stopped"
    assert grading._second(job, result) is None


def test_the_better_of_two_runs_counts_and_both_entries_say_so():
    options = settings.Settings()
    _, first = once(conv3x3=0.5, BasicBlock=0.2, Bottleneck=0.75)
    _, second = once(conv3x3=0, BasicBlock=1, Bottleneck=0.5)
    found = grading._better(first, second, ["conv3x3"], options)
    entries = found["exercises"]
    assert [entries[name]["score"] for name in entries] == [0.5, 1, 0.75]
    assert found["points"] == 4 * (0.5 + 1 + 0.75)
    assert entries["conv3x3"]["seen"] == "`BasicBlock` is judged with a right one in its place."
    assert entries["BasicBlock"]["seen"] == "Judged with a right `conv3x3`: yours is told above."
    assert entries["Bottleneck"]["seen"] == ""
    own = {**second["exercises"], "Bottleneck": {**entry_with(0.75), "mistake": "its-own"}}
    told = grading._better(first, {**second, "exercises": own}, ["conv3x3"], options)["exercises"]
    assert told["Bottleneck"]["mistake"] == "its-own"
    for other in ({**second, "status": "could not run", "exercises": {}}, first):
        assert grading._better(first, other, ["conv3x3"], options)["exercises"] == \
            first["exercises"]  # fmt: skip


CALLS = {"conv_params": (8, 4, 3), "bn_params": (8,)}


def test_each_helper_is_an_exercise_whose_text_needs_only_torch():
    for name, helpers in grading.HELPERS.items():
        assert {EXERCISES[helper].part for helper in helpers} == {EXERCISES[name].part}
        sources = {helper: next(iter(EXERCISES[helper].styles.values())) for helper in helpers}
        made = runner._defined_by(sources)
        assert list(made) == list(helpers)
        assert None not in [made[helper](*CALLS.get(helper, (8, 4))) for helper in helpers]


def test_a_fault_of_the_grader_does_not_stand():
    result = judged(f"{grading.FAULT}: OSError: no space left")
    assert (result["status"], result["checks"]) == ("could not run", "")
    assert judged("it holds no code")["checks"]


def test_of_several_definitions_the_one_in_the_cell_of_the_exercise_counts():
    text = "def depth(a, b): return 1"
    own = [cells.Cell(), cells.Cell(text, "answer-depth"), cells.Cell("depth = 5")]
    assert cells.answer_number("depth", own) == 1
    check = cells.Cell('check("depth", depth)')
    bare = [cells.Cell(), cells.Cell(text), check, cells.Cell("depth = 5")]
    assert cells.answer_number("depth", bare) == 1
    assert cells.answer_number("depth", [cells.Cell(), cells.Cell(text), cells.Cell(text)]) == 2


def test_a_class_in_a_cell_that_is_no_code_or_with_another_name_is_told():
    absent = Outcome({"BasicBlock": {"absent": True}})
    start, other = "x = 1", "class {}(nn.Module):\n    pass"
    for kind, source, said in [
        ("markdown", other.format("BasicBlock"), "BasicBlock stands in a Markdown cell below cell "
         "1, not in a code cell."),
        ("raw", "BasicBlock = 3", "BasicBlock stands in a Raw cell below cell 1, not in a code "
         "cell."),
        ("code", other.format("Basicblock"), "There is no BasicBlock in the notebook, but a class "
         "Basicblock in cell 2."),
        ("code", other.format("MyBlock"), "There is no BasicBlock in the notebook, but a class "
         "MyBlock in cell 2."),
        ("code", "class Bottleneck: pass", "There is no BasicBlock in the notebook."),
    ]:  # fmt: skip
        made = [{"cell_type": "code", "source": start}, {"cell_type": kind, "source": source},
                {"cell_type": "code", "source": 'check("BasicBlock", BasicBlock)'}]  # fmt: skip
        data = json.dumps({"cells": made}).encode()
        assert entry_of(absent, data)["title"] == said
    locked = {"cell_type": "markdown", "source": other.format("BasicBlock"),
              "metadata": {"nbgrader": {"locked": True}}}  # fmt: skip
    data = json.dumps({"cells": [{"cell_type": "code", "source": start}, locked]}).encode()
    assert entry_of(absent, data)["title"] == "There is no BasicBlock in the notebook."


def entry_of(outcome, data, name="BasicBlock"):
    hand_in = types.SimpleNamespace(student="ada", assignment="blocks", source="x", when=None,
                                    days_late=0.0)  # fmt: skip
    given = grading.Given.of(pathlib.Path("nowhere"))
    result = grading.judged(hand_in, data, outcome, 0, given, settings.Settings())
    return result["exercises"][name]


NOTHING = {"BasicBlock": {"rows": {"0/shape/out": None, "0/values/result": None}}}


def test_an_answer_below_its_check_or_beside_its_starter_code_is_told():
    start, own = "class BasicBlock: pass", "class BasicBlock(nn.Module): pass"
    check = 'check("BasicBlock", BasicBlock)'
    entry = entry_of(Outcome(NOTHING), notebook(start, check, own))
    assert entry["note"] == "not-started"
    assert entry["seen"] == "Cell 3 defines BasicBlock too, below its check: there it does not " \
                            "count."  # fmt: skip
    helper = notebook(start, check, own, ids=("answer-BasicBlock", "", "answer-Bottleneck"))
    assert "below its check" not in entry_of(Outcome(NOTHING), helper)["seen"]
    for sources in ((start, check), (start, check, start), (start, own, check)):
        assert "below its check" not in entry_of(Outcome(NOTHING), notebook(*sources))["seen"]
    seen = entry_of(Outcome(NOTHING), notebook(start, "class Basicblock: pass", check))["seen"]
    assert seen == "There is also a class Basicblock in cell 2: BasicBlock is the name that counts."
    wrong = Outcome({"BasicBlock": {"rows": {"0/shape/out": 3}}})
    lines = entry_of(wrong, notebook(start, check, own))["seen"].split("\n")
    assert lines[-1].startswith("Cell 3 defines BasicBlock too")


def test_what_was_imported_is_told_only_where_the_answer_uses_it():
    data = notebook("import torch", "class BasicBlock: pass")
    block = "torchvision.models.resnet.BasicBlock"
    error = {"raises": "ImportError", "says": "einops is not there when an answer is graded"}
    for seen, said in [
        ({"absent": True, "imports": [block]}, "Imported, not built: the notebook imports"),
        ({"absent": True, "imports": ["torchvision.transforms"]}, "There is no BasicBlock in"),
        ({"absent": True, "imports": ["mine.BasicBlock"]}, "The answer is mine.BasicBlock, which"),
        ({"absent": True, "imports": ["resnet_edu.*"]}, "Imported, not built: the notebook"),
        ({"rows": {"0/shape/out": 3}, "imports": [block]}, "Imported, not built: the answer uses"),
        ({"rows": {"0/shape/out": error}, "imports": ["einops.rearrange"]},
         "The answer uses einops.rearrange, which is not there when an answer is graded."),
    ]:  # fmt: skip
        entry = entry_of(Outcome({"BasicBlock": seen}), data)
        assert entry["title"].startswith(said)
        assert (entry["mistake"] == "imported", entry["passed"]) == ("Imported" in said, False)
    rows = {"0/shape/out": 3}
    kept = entry_of(Outcome({"BasicBlock": {"rows": rows, "imports": ["einops.rearrange"]}}), data)
    assert kept == entry_of(Outcome({"BasicBlock": {"rows": rows}}), data)  # it was caught


def test_another_language_is_told():
    for metadata in ({"kernelspec": {"name": "ir", "language": "R"}},
                     {"language_info": {"name": "R"}}, {"kernelspec": {"name": "ir"}}):  # fmt: skip
        made = json.loads(notebook("import torch", "x = 1", ANSWER))
        data = json.dumps({**made, "metadata": metadata}).encode()
        entry = entry_of(Outcome({"BasicBlock": {"absent": True}}, {3: LOST}), data)
        said = "Cell 3 does not run: SyntaxError: the notebook's language is R, not Python."
        assert entry["title"] == said
    assert cells.language(json.dumps({"metadata": {"kernelspec": {"name": "python3"}}}).encode()) \
        == ""


CHOICES = [(60, "c"), (6, "e"), {"line": 6}, 6, "(6, c)", (6, "a"), (6, "c", "x"), None,
           (True, "a"), (6.5, "a"), ("b", 2)]  # fmt: skip


@pytest.mark.parametrize("answer", CHOICES)
def test_a_bug_to_spot_is_told_the_same_as_by_check(answer):
    exercise = EXERCISES["spot_input"]
    rows = json.loads(json.dumps(probe.observe(answer, exercise.drawn(5))))
    outcome = Outcome({"spot_input": {"rows": grading.clean_rows(rows), "imports": []}})
    entry = entry_of(outcome, notebook("spot_input = 1"), "spot_input")
    report = check("spot_input", answer)
    assert (entry["title"], entry["score"], entry["ask"]) == (
        report.title, report.score, report.ask)  # fmt: skip


def test_the_locked_cells_above_the_first_answer_are_the_course_s_own(tmp_path):
    list(courses.new(tmp_path))
    usual = grading.Given.of(pathlib.Path("nowhere"))
    given = grading.Given.of(tmp_path)
    assert given.setup == usual.setup
    assert "from torch import nn" in given.setup["use"]
    version = given.version("use", settings.Settings())
    assert version == usual.version("use", settings.Settings())
    path = tmp_path / "source/use/use.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    mine = {"cell_type": "code", "source": ["WIDTH = 8"], "metadata": {
        "nbgrader": {"locked": True, "grade": False, "solution": False, "grade_id": "mine"}}}
    free = {"cell_type": "code", "source": "FREE = 1", "metadata": {}}
    late = {**mine, "source": "LATE = 1"}
    book["cells"] = [*book["cells"][:3], mine, free, *book["cells"][3:], late]
    path.write_text(json.dumps(book), encoding="utf-8")
    given = grading.Given.of(tmp_path)
    assert given.setup["use"] == usual.setup["use"] + "\n\nWIDTH = 8"
    assert given.version("use", settings.Settings()) != version
