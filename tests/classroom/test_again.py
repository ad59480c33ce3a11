"""The commands are called again: what stands, what is old, and names that are not known."""

import json

import pytest

from resnet_edu.__main__ import main
from resnet_edu.classroom import courses, grading


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with two hand-ins of which none is a notebook, so that no cage is started."""
    folder = tmp_path / "course"
    list(courses.new(folder))
    for student in ("Ada", "Bob"):
        path = folder / "submitted" / student / "use.ipynb"
        path.parent.mkdir()
        path.write_text(student)
    monkeypatch.setattr(grading, "working_fence", lambda options, say: "process")
    return folder


def call(course, *words):
    return main(["class", *words, "--course", str(course)])


def test_what_could_not_run_is_told_in_later_calls_and_in_the_exit_status(course, capsys):
    assert call(course, "grade") == 1
    assert "could not run: Ada use: it is not a notebook" in capsys.readouterr().out
    assert call(course, "grade") == 1
    said = capsys.readouterr().out
    assert "could not run before, and not graded again: 2 (Ada use, Bob use)" in said
    assert call(course, "grade", "Ada", "--again") == 1
    assert "could not run: Bob" not in capsys.readouterr().out


def test_a_name_that_is_no_student_and_no_assignment_is_refused(course, capsys):
    for name, said in {
        "bloks": "did you mean blocks? assignments are blocks, network, numbers, use; students are",
        "Adda": "'Adda': did you mean Ada? assignments",
    }.items():
        assert call(course, "grade", name) == 2
        error = capsys.readouterr().err
        assert said in error
        assert "students are Ada, Bob" in error
    assert call(course, "grade", "use", "Ada") == 1
    assert "1 graded" in capsys.readouterr().out
    (course / "submitted" / "Cem").mkdir()
    assert call(course, "grade", "blocks") == 0  # what is wrong is of others
    assert call(course, "grade", "Cem") == 1
    assert call(course, "release", "bloks") == 2
    assert "Known are blocks, network, numbers, use" in capsys.readouterr().err


def test_a_student_may_be_called_by_the_name_in_the_roster(course, capsys):
    roster = "student,name\nAda,Augusta King\nBob,Robert\nzoe,Robert\n"
    (course / "students.csv").write_text(roster, encoding="utf-8")
    assert call(course, "grade", "Augusta King") == 1
    assert "could not run: Ada use" in capsys.readouterr().out
    assert call(course, "grade", "Augusta Kong") == 2
    assert "did you mean Augusta King?" in capsys.readouterr().err
    assert call(course, "grade", "Robert") == 2  # the name of two


def test_a_course_without_hand_ins_says_so(course, capsys):
    for student in ("Ada", "Bob"):
        (course / "submitted" / student / "use.ipynb").unlink()
        (course / "submitted" / student).rmdir()
    assert call(course, "grade") == 0
    assert "holds no hand-in yet" in capsys.readouterr().out
    (course / "submitted").rmdir()
    assert call(course, "grade") == 2
    assert capsys.readouterr().err.startswith("resnet_edu: there is no folder ")


def old(course, capsys):
    capsys.readouterr()
    assert call(course, "report") == 0
    lines = capsys.readouterr().out.splitlines()
    page = (course / "reports" / "class.html").read_text(encoding="utf-8")
    told = [line for line in lines if " old: " in line or "older checks" in line]
    assert all(line.partition(": ")[0] in page for line in told)
    return told


def test_a_report_says_which_results_are_old(course, capsys, monkeypatch):
    call(course, "grade")
    assert old(course, capsys) == []
    (course / "submitted/Bob/use.ipynb").write_text("another")
    (said,) = old(course, capsys)
    assert said.startswith("1 of 2 results are old: ")
    assert said.endswith("`class grade` grades them again")
    assert ",could not run + old," in (course / "reports/scores.csv").read_text("utf-8-sig")
    call(course, "grade")
    assert old(course, capsys) == []
    settings = course / "course.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("\nseconds = 20", "\nseconds = 10"), encoding="utf-8")
    assert old(course, capsys)[0].startswith("2 of 2 results are old")
    settings.write_text(text, encoding="utf-8")
    monkeypatch.setattr(grading, "checks_version", lambda: "another")
    assert old(course, capsys)[0].startswith("2 of 2")
    (course / "submitted/Bob/use.ipynb").unlink()
    assert [line[:6] for line in old(course, capsys)] == ["1 of 2", "1 of 2"]


def test_the_maximum_is_what_source_asks_for(course, capsys):
    """Whether anything was handed in or could run does not matter."""
    source = course / "source" / "use" / "use.ipynb"
    book = json.loads(source.read_text(encoding="utf-8"))
    kept = [c for c in book["cells"] if "predict" not in str(c["metadata"].get("nbgrader"))]
    source.write_text(json.dumps({**book, "cells": kept}), encoding="utf-8")
    own = course / "source" / "essay" / "essay.ipynb"
    own.parent.mkdir()
    marks = {"grade": True, "grade_id": "why", "points": 5, "solution": True}
    own.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "",
                                          "metadata": {"nbgrader": marks}}]}))  # fmt: skip
    (course / "overrides.csv").write_text(
        "student,assignment,exercise,points,comment\nAda,use,to_grayscale,2,seen\n"
        "Ada,blocks,conv3x3,1,\nAda,essay,,4,\n")  # fmt: skip
    call(course, "grade")
    assert call(course, "report") == 0
    head, ada, bob = (course / "reports/scores.csv").read_text("utf-8-sig").splitlines()
    found = dict(zip(head.split(","), ada.split(","), strict=True))
    assert (found["use"], found["use of"]) == ("2", "14")
    assert (found["blocks"], found["blocks of"]) == ("1", "15")
    assert (found["essay"], found["essay of"]) == ("4", "5")
    assert bob.split(",")[5] == "15"
    page = (course / "reports/students/Ada.html").read_text(encoding="utf-8")
    assert "<b>2</b> of 14 points" in page
    assert "given by your teacher: seen" in page  # though nothing of it ran


def test_interrupted_while_all_is_graded_again_the_next_call_goes_on(course, capsys, monkeypatch):
    assert call(course, "grade") == 1
    settle = grading._settle

    def once(*rest):
        if rest[-1].graded:
            raise KeyboardInterrupt
        settle(*rest)

    monkeypatch.setattr(grading, "_settle", once)
    assert call(course, "grade", "--again") == 130
    assert "1 have a result; the next `class grade` goes on" in capsys.readouterr().out
    assert len(list((course / "results").rglob("*.json"))) == 2
    monkeypatch.setattr(grading, "_settle", settle)
    assert call(course, "grade") == 1
    assert "1 graded in" in capsys.readouterr().out
    assert call(course, "grade") == 1
    assert "0 graded in" in capsys.readouterr().out
