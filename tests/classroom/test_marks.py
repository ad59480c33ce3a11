"""A teacher's own marks, and what a hand-in counts in the end."""

import pathlib

import pytest

from resnet_edu.classroom import marks
from resnet_edu.classroom.assignments import exercises_of
from resnet_edu.classroom.marks import MarksError, Overrides, final_points, read
from resnet_edu.classroom.settings import Settings
from resnet_edu.exercises import EXERCISES, check

HEAD = "student,assignment,exercise,points,comment\n"


def result(days_late=0.0):
    exercises = {"conv3x3": {"points": 1, "score": 1.0}, "BasicBlock": {"points": 3, "score": 0.5}}
    return {"student": "ada", "assignment": "blocks", "days_late": days_late, "of": 4,
            "exercises": exercises}  # fmt: skip


def points(text, days_late=0.0, **options):
    return final_points(result(days_late), Settings(**options), read(HEAD + text))


def test_without_any_rule_the_points_are_those_of_the_exercises():
    made = points("")
    assert (made.points, made.of, made.lost) == (2.5, 4, 0)
    assert made.exercises == {"conv3x3": 1.0, "BasicBlock": 1.5}


def test_late_points_are_taken_off():
    made = points("", days_late=1.2)
    assert (made.points, made.earned, made.lost) == (2.0, 2.5, 0.5)
    assert points("", days_late=1.2, late="refuse").points == 0
    assert points("", days_late=1.2, late="accept").points == 2.5


def test_an_own_mark_for_an_exercise_stands_before_the_late_rule():
    made = points("ada,blocks,BasicBlock,3,at the board\n", days_late=0.1)
    assert made.points == pytest.approx(3.6)
    assert made.own == {"BasicBlock": "at the board"}


def test_an_own_mark_for_the_whole_is_final():
    made = points("ada,blocks,,3.5,\nada,blocks,BasicBlock,0,\n", days_late=5)
    assert (made.points, made.lost) == (3.5, 0)


def test_marks_of_others_and_of_other_assignments_do_not_count():
    assert points("bob,blocks,,0,\nada,numbers,,0,\n").points == 2.5


def test_a_mark_may_be_given_where_nothing_ran():
    given = read(HEAD + "ada,blocks,,3,seen on paper\n")
    empty = {"student": "ada", "assignment": "blocks", "of": 4, "exercises": {}}
    assert final_points(empty, Settings(), given).points == 3


def test_a_file_from_a_spreadsheet_is_read(tmp_path):
    text = "Student;Assignment;Exercise;Points;Comment\r\n"
    text += 'Zoë;blocks;;2,5;"so; said"\r\n\r\n;;;;\r\n'
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        (tmp_path / marks.FILE).write_bytes(text.encode(encoding))
        given = marks.load(tmp_path)
        assert given["Zoë", "blocks", ""].points == 2.5
        assert given["Zoë", "blocks", ""].comment == "so; said"


def test_a_name_may_be_written_in_either_form_of_unicode():
    given = read(HEAD + "Zoe\u0308,blocks,,1,\n")
    assert given.of("Zoë", "blocks")
    assert given.of("Zoe\u0308", "blocks")


def test_no_file_and_an_empty_one_give_no_marks(tmp_path):
    assert marks.load(tmp_path) == Overrides()
    for text in ("", "\n", marks.TEMPLATE):
        assert read(text) == Overrides()


@pytest.mark.parametrize(
    ("text", "said"),
    [("name,points\n", "line 1: no column student, assignment, exercise"),
     (HEAD + "ada,blocks,,much,\n", "line 2: points = 'much' is not a number from 0 up"),
     (HEAD + 'ada,blocks,,"3,5",\n', "'3,5' is not a number from 0 up: write it with a point"),
     (HEAD + "ada,blocks,,-1,\n", "line 2: points = '-1' is not"),
     (HEAD + "ada,blocks,,nan,\n", "line 2: points = 'nan' is not"),
     (HEAD + "ada,blocks,,inf,\n", "line 2: points = 'inf' is not"),
     (HEAD + "ada,blocks\n", "line 2: points = '' is not"),
     (HEAD + "\nada,blocks,,1,\n,blocks,,1,\n", "line 4: student and assignment must be given"),
     (HEAD + "ada,blocks,,1,\nada,blocks,,2,\n", "line 3: line 2 gives a mark for the same"),
     (HEAD + "ada,blocks,conv3x3,3,5,at the board\n", "line 2: it has 6 cells, and the"),
     (HEAD + "ada," + "x" * 200_000, "line 2: field larger than field limit")],
    ids=range(11),
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named(tmp_path, text, said):
    (tmp_path / marks.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(MarksError) as caught:
        marks.load(tmp_path)
    assert said in str(caught.value)
    assert marks.FILE in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [("ada,blocks,conv3x3,1,", []),
     ("ada,blocks,conv3x3,99,", ["99 points for conv3x3 of ada, which has 1: they count in full"]),
     ("ada,blocks,,4.5,", ["4.5 points for blocks of ada, which has 4: they count in full"]),
     ("ada,blocks,conv3x4,1,", ["blocks asks for no exercise 'conv3x4': did you mean conv3x3? "
                                "the mark counts for nothing until it is mended"]),
     ("ada,blocks,talk,1,", ["blocks asks for no exercise 'talk': the points are added for ada"]),
     ("ada,bloks,,1,", ["there is no assignment 'bloks': did you mean blocks? "
                        "the mark counts for nothing until it is mended"]),
     ("ada,oral,,1,", ["there is no assignment 'oral': the mark has a column of its own, "
                        "and [extra] in course.toml can say of how many points"]),
     ("bob,blocks,,1,", ["bob has handed in nothing for blocks: the mark counts"]),
     ("ada,essay,,1,", ["ada has handed in nothing for essay: the mark counts"]),
     ("Adda,blocks,,1,", ["'Adda' is in no hand-in and not in students.csv: did you mean ada? "
                          "the mark counts for nobody until it is"])],
)  # fmt: skip
def test_what_is_odd_about_a_mark_is_told_with_its_line(line, said):
    worth = {"blocks": {"conv3x3": 1, "BasicBlock": 3}}
    known = marks.Known({"ada", "bob"}, {("ada", "blocks")}, worth, {"blocks": 4, "essay": 0})
    given = read(f"{HEAD}\n{line}\n")
    found = marks.odd(given, known)
    assert found == [f"overrides.csv, line 3: {words}" for words in said]
    slip = any("until it is mended" in words for words in said)
    assert marks.without_slips(given, known) == ({} if slip else given)


def test_what_could_not_be_taken_is_not_called_nothing():
    known = marks.Known({"ada"}, set(), {}, {"blocks": 4, "use": 3}, refused={("ada", "blocks")})
    first, second = marks.odd(read(HEAD + "ada,blocks,,1,\nada,use,,1,\n"), known)
    assert first.endswith("what ada handed in for blocks could not be taken: the mark counts")
    assert second.endswith("ada has handed in nothing for use: the mark counts")


def test_what_is_odd_in_many_lines_is_told_once():
    known = marks.Known({"ada", "bob", "cem"}, set(), {}, {"blocks": 4})
    text = "ada,oral,,1,\nbob,blocks,,1,\nbob,oral,,1,\ncem,oral,,1,\n"
    first, second = marks.odd(read(HEAD + text), known)
    assert first.startswith("overrides.csv, line 2 and 2 more: there is no assignment 'oral': ")
    assert second.startswith("overrides.csv, line 3: bob has handed in nothing")


def test_a_mark_above_the_points_counts():
    assert points("ada,blocks,conv3x3,99,\n").points == 100.5


def test_the_teaching_page_shows_what_is_said_of_odd_marks():
    page = pathlib.Path(__file__).parents[2] / "docs" / "teaching.md"
    lines = ("\n\nEmmy Noether,blocks,Bottleneck,40,\nAda Lovelace,blocks,Botleneck,1,\n"
             "Ada Lovelase,blocks,,1,\nMax Born,blocks,,9,\n")  # fmt: skip
    worth = {"blocks": {e.name: e.points for e in exercises_of("blocks")}}
    handed_in = {(name, "blocks") for name in ("Emmy Noether", "Ada Lovelace")}
    students = {"Ada Lovelace", "Emmy Noether", "Max Born"}
    said = marks.odd(read(HEAD + lines), marks.Known(students, handed_in, worth, {"blocks": 15}))
    assert "```text\n{}\n```".format("\n".join(said)) in page.read_text(encoding="utf-8")


def test_without_partial_points_only_a_right_answer_counts():
    exercises = {"conv3x3": {"points": 1, "score": 1.0, "passed": True},
                 "BasicBlock": {"points": 3, "score": 0.9, "passed": False}}  # fmt: skip
    for partial, expected in ((True, 3.7), (False, 1)):
        given = {**result(), "exercises": exercises}
        made = final_points(given, Settings(partial=partial), read(""))
        assert made.points == expected


def test_the_teaching_page_says_how_generous_partial_points_are():
    page = pathlib.Path(__file__).parents[2] / "docs" / "teaching.md"
    plain = EXERCISES["BasicBlock"].styles["plain"]
    layers, _, _ = plain.partition("    def forward")
    space = {}
    exec(f"from torch import nn\n{layers}    def forward(self, x):\n        return x\n", space)
    report = check("BasicBlock", space["BasicBlock"])
    assert f"hands its input back has {report.score:.2f} of the points" in page.read_text("utf-8")
    assert "5 of 11 groups hold" in str(report)
