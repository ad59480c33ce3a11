"""Reports of a class that was made up, hostile names and texts among it."""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import urllib.parse
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace

import bs4
import pytest

from resnet_edu.classroom import findings, pages, plots, roster
from resnet_edu.classroom.collecting import Problem
from resnet_edu.classroom.findings import Student
from resnet_edu.classroom.marks import Marks, MarksError
from resnet_edu.classroom.reporting import Course, ReportError, load, report, table
from resnet_edu.classroom.roster import RosterError
from resnet_edu.classroom.settings import Settings, SettingsError, read
from resnet_edu.exercises.catalogue.builders import ROWS
from resnet_edu.exercises.catalogue.spot import BUGS

from . import made_up

OVERRIDES = (
    'Ada Abel,blocks,BasicBlock,2.5,"at the board <b>well</b> done"\n'
    "@sum,use,,3,=HYPERLINK(1)\nNewcomer,use,,1,oral\nGhost,use,,1,\n"
)
ROSTER = ("student,name,email,id,username\nAda Abel,Ada B. Abel,ada@x.example,77,aabel\n"
          "Idle One,,,,\nNewcomer,,,,\n")  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next((found for found in map(shutil.which, BROWSERS) if found), None)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = made_up.course(tmp_path_factory.mktemp("course"), overrides=OVERRIDES, roster=ROSTER)
    report(folder)
    return folder


@pytest.fixture(scope="module")
def loaded(course):
    return load(course)


@pytest.fixture(scope="module")
def class_page(course):
    return soup(course / "reports" / "class.html")


def soup(path):
    return bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def rows(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def everything(course):
    return sorted((course / "reports").rglob("*.html"))


# The files


def test_there_is_a_page_for_every_student_and_one_for_the_class(course, loaded):
    names = {path.stem for path in (course / "reports" / "students").glob("*.html")}
    assert names == {student.key for student in loaded.students}
    assert len(names) == 202  # 200 with results, two in the roster only


def test_pages_fetch_nothing_and_run_no_script_but_their_own(course):
    for path in everything(course)[:12]:
        page = soup(path)
        policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none'")
        assert len(page.find_all("script")) == (path.name == "class.html")
        assert not page.find_all(["img", "link", "iframe", "object", "base", "form", "a"],
                                 href=re.compile("//"))  # fmt: skip
        assert not page.find_all(["img", "iframe", "object", "base", "form", "style "])
        assert not [tag for tag in page.find_all(True) for name in tag.attrs if name[:2] == "on"]
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|HYPERLINK\S+|http-equiv', "",
                                    str(page))  # fmt: skip


def test_no_page_has_characters_that_are_not_to_be_seen(course):
    for path in everything(course):
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", path.read_text(encoding="utf-8"))


def test_links_lead_to_the_pages_of_the_students(course, class_page):
    links = {a["href"] for a in class_page.find_all("a")}
    assert len(links) == 202
    for link in links:
        name = pathlib.PurePosixPath(urllib.parse.unquote(link)).name
        assert (course / "reports" / "students" / name).is_file()


def test_a_student_s_page_has_nobody_else_s_data(course, loaded):
    names = [s.key for s in loaded.students if re.fullmatch(r"\w+ \w+", s.key)]
    told = []
    for path in everything(course):
        if path.name != "class.html":
            text = path.read_text(encoding="utf-8")
            assert [name for name in names if name in text and name not in path.stem] == []
            assert "<a " not in text
            told += [path.stem] if "at the board" in text else []
    assert told == ["Ada Abel"]


def test_made_again_the_reports_are_the_same_and_pages_of_nobody_go(course):
    folder = course / "reports"
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    (folder / "students" / "Gone Long.html").write_text("x")
    report(course)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


# The class page


def test_the_counts_are_those_of_the_results(class_page):
    found = made_up.results()
    tiles = [li.get_text().partition(" ") for li in class_page.select(".tiles li")]
    assert {name: count for count, _, name in tiles} == {
        "students": "202", "hand-ins": str(len(found) + 1),
        "graded": str(sum(r["status"] == "graded" for r in found)),
        "late": str(sum(r["days_late"] > 0 for r in found)),
        "could not run": str(sum(r["status"] != "graded" for r in found) + 1),
        "handed in nothing": "2", "of unknown students": "1",
    }  # fmt: skip


def test_the_five_most_frequent_mistakes_are_counted_with_a_section_and_a_line(class_page):
    made = {}
    for result in made_up.results():
        for name, seen in result["exercises"].items():
            if not seen["passed"] and not seen["note"]:
                told = seen["mistake"] or seen["title"], findings.answered(name, seen["code"])
                place = ("a builder", seen["title"]) if name in ROWS else (name, "")
                made.setdefault((*place, *told), set()).add(result["student"])
    bugs = sorted((len(who) for key, who in made.items() if "spot_" in key[0]), reverse=True)
    others = [len(who) for key, who in made.items() if "spot_" not in key[0]]
    most = sorted([*bugs[:2], *others], reverse=True)[:5]
    shown = class_page.select(".mistakes li")
    assert [int(li.b.get_text()) for li in shown] == most
    for li in shown:
        assert re.search(r"Repeat chapter \d\d, section [\d.]+", li.get_text())
        answer = re.search(r"Answered: line \d+, reason [a-d]: \w+", li.get_text())
        assert answer or li.pre.get_text().strip()


def test_all_who_could_not_run_have_their_reason(class_page):
    said = class_page.find("summary", string=re.compile("could not run"))
    assert said.get_text().endswith("could not run, and 1 of unknown students")
    rows = said.parent.select("tbody tr")
    assert len(rows) == sum(r["status"] != "graded" for r in made_up.results()) + 2
    assert all(row.find_all("td")[2].get_text() for row in rows)


def test_the_table_has_one_row_a_student_that_sorts_by_number(class_page, loaded):
    body = class_page.select("#students tbody tr")
    assert len(body) == len(loaded.students)
    for row in body:
        assert all(float(td["data-sort"]) >= -1 for td in row.find_all("td", class_="n"))


def test_plots_have_their_words_and_ids_of_their_own(class_page):
    drawn = class_page.select("figure svg")
    assert len(drawn) == len(made_up.assignments()) + 1
    assert all(svg["role"] == "img" and len(svg["aria-label"]) > 60 for svg in drawn)
    ids = [tag["id"] for tag in class_page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for svg in drawn:
        uses = [u["xlink:href"][1:] for u in svg.find_all("use")]
        assert set(uses) <= set(ids)
        assert not re.search("#0[1-4]0[1-4]0[1-4]", str(svg))  # all colours come from the page


def test_plots_are_well_formed(course):
    text = (course / "reports" / "class.html").read_text(encoding="utf-8")
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)


def test_notes_say_what_is_odd_about_the_marks(class_page):
    assert "Newcomer has handed in nothing for use: the mark counts" in class_page.get_text()
    assert "line 5: 'Ghost' is in no hand-in and not in students.csv" in class_page.get_text()
    assert "2 hand-ins for one assignment" in class_page.get_text()


# A student's page


def test_hints_and_own_marks_are_on_the_student_s_page(course):
    page = soup(course / "reports" / "students" / "Ada Abel.html")
    assert page.h1.get_text() == "Ada B. Abel"
    assert "at the board <b>well</b> done" in page.get_text()
    wrong = page.select("article.bad dl")
    assert wrong
    assert all(dl.find_all("dt") for dl in wrong)
    assert page.select("article.good")


def test_exercises_stand_in_the_order_of_the_course(course, loaded):
    order = list(loaded.right)
    for one in loaded.students:
        for result in one.results.values():
            places = [order.index(name) for name in result["exercises"]]
            assert places == sorted(places)


def test_what_could_not_be_taken_is_on_the_student_s_page(course):
    text = soup(course / "reports" / "students" / "Ada Abel.html").get_text()
    assert "A file of yours could not be taken: it is larger than 8 MiB" in text


def test_who_handed_in_no_notebook_is_in_the_tables_too(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    (folder / "submitted" / "zz").mkdir(parents=True)
    (folder / "submitted" / "zz" / "my use.docx").write_bytes(b"x")
    report(folder)
    head, *_, last = rows(folder / "reports" / "scores.csv")
    seen = dict(zip(head, last, strict=True))
    assert seen["student"] == "zz"
    assert (seen["use state"], seen["blocks state"]) == ("not taken", "nothing handed in")
    assert seen["remark"].startswith("no notebook was handed in, but my use.docx")
    assert (seen["use"], seen["blocks"]) == ("0", "")  # as for what could not run
    for name in ("moodle", "canvas"):
        head, *_, last = rows(folder / "reports" / f"{name}.csv")
        assert (last[head.index("use")], last[head.index("blocks")]) == ("0", "")
    assert "no notebook" in soup(folder / "reports" / "students" / "zz.html").get_text()


def test_late_points_are_explained(course, loaded):
    late = next(s for s in loaded.students if any(m.lost for m in s.marks.values()))
    text = soup(course / "reports" / "students" / f"{late.key}.html").get_text()
    assert re.search(r"Late by [\d.]+ days?; it costs [\d.]+ of the [\d.]+ points earned", text)


# Tables


def test_no_cell_is_a_formula(course):
    for name in ("scores", "moodle", "canvas"):
        cells = [cell for row in rows(course / "reports" / f"{name}.csv") for cell in row]
        assert not [c for c in cells if c.lstrip().startswith(("=", "+", "-", "@"))]
    assert any(c.startswith("'=HYPERLINK") for c in cells)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\n=1", "\xa0=1"])
def test_texts_that_a_spreadsheet_would_run_are_quoted(text):
    assert table([[text]]).decode().lstrip('"').startswith("'")


def test_numbers_are_numbers():
    assert table([[1.0, 2.5, 1 / 3, 0, "", 12]]) == b"1,2.5,0.33,0,,12\r\n"


def test_the_scores_are_those_of_the_pages(course, loaded):
    head, *body = rows(course / "reports" / "scores.csv")
    assert head[:4] == ["student", "name", "email", "id"]
    assert len(body) == 202
    by_name = {row[0]: dict(zip(head, row, strict=True)) for row in body}
    assert by_name["Newcomer"]["use"] == "1"
    assert by_name["Newcomer"]["use state"] == "own mark"
    assert by_name["Idle One"]["blocks state"] == "nothing handed in"
    for student in loaded.students[30:60]:
        assert float(by_name[student.key]["points"]) == pytest.approx(student.points, abs=0.006)


def test_the_tables_for_moodle_and_canvas(course, loaded):
    head, *body = rows(course / "reports" / "moodle.csv")
    assert head == ["username", "idnumber", "email", "fullname", *loaded.assignments]
    ada = next(row for row in body if row[3] == "Ada B. Abel")
    assert ada[:3] == ["aabel", "77", "ada@x.example"]
    assert {row[0] for row in body} == {"aabel", ""}  # a full name is no login
    head, possible, *body = rows(course / "reports" / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *loaded.assignments]
    assert possible[0].strip() == "Points Possible"
    assert float(possible[5]) == loaded.of[loaded.assignments[0]]
    assert {tuple(row[:4]) for row in body if row[2] or row[3]} == {
        ("Ada B. Abel", "", "77", "aabel")}  # fmt: skip


def test_canvas_knows_its_own_students_by_their_number(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    for path in (folder / "results").glob("*/"):
        path.rename(path.with_name("lovelaceada_4711")) if path.is_dir() else None
        break
    report(folder)
    found = [row for row in rows(folder / "reports" / "canvas.csv") if row[1] == "4711"]
    assert len(found) == 1
    assert found[0][3] == ""


# Courses that are odd


def test_no_results_is_an_error_and_nothing_is_written(tmp_path):
    (tmp_path / "course.toml").write_text("")
    with pytest.raises(ReportError, match="class grade"):
        report(tmp_path)
    assert not (tmp_path / "reports").exists()


def test_a_folder_that_is_no_course_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="class new"):
        report(tmp_path)


def test_a_bad_line_in_the_marks_stops_before_anything_is_written(tmp_path):
    folder = made_up.course(tmp_path, students=2, overrides="ada,blocks,,many,\n")
    with pytest.raises(MarksError, match="line 2"):
        report(folder)
    assert not (folder / "reports").exists()


def test_results_that_are_damaged_cost_only_themselves(tmp_path):
    texts = ["", "{", "[]", "3", '{"status": 1}', "[" * 99_999,
             '{"status": "graded", "exercises": {"a": 3}}',
             '{"status": "graded", "exercises": {"a": {"points": "x"}}}']  # fmt: skip
    folder = made_up.course(tmp_path, students=len(texts) + 2)
    paths = sorted((folder / "results").glob("*/blocks.json"))
    for path, text in zip(paths, texts, strict=False):
        path.write_text(text)
    report(folder)
    page = soup(folder / "reports" / "class.html")
    lost = page.find_all(string=re.compile("^its result cannot be read"))
    assert len(lost) == len(texts) - 1  # all but a status that nobody knows
    assert len(load(folder).students) == len(texts) + 2


def test_a_mark_for_a_name_that_leads_elsewhere_writes_nothing_there(tmp_path):
    folder = made_up.course(tmp_path / "c", students=2, overrides="../../evil,blocks,,1,\n")
    said = []
    report(folder, said.append)
    assert not list(tmp_path.rglob("evil*"))
    assert any("evil" in s for s in said)


def test_a_roster_without_the_column_is_an_error(tmp_path):
    with pytest.raises(RosterError, match=r"no column student: .* 'who'; .*nachname"):
        report(made_up.course(tmp_path, students=2, roster="who\nAda\n"))


def test_a_class_without_times_and_without_mistakes(tmp_path):
    folder = made_up.course(tmp_path, students=3)
    for path in (folder / "results").glob("*/*.json"):
        row = json.loads(path.read_text(encoding="utf-8"))
        row["when"] = None
        for seen in row["exercises"].values():
            seen |= {"passed": True, "score": 1.0, "mistake": None}
        path.write_text(json.dumps(row), encoding="utf-8")
    report(folder)
    text = soup(folder / "reports" / "class.html").get_text()
    assert "No mistake was recognised." in text
    assert "Nobody who handed in work and has exercises open" in text
    assert "No plot over the days" in text


# What the results say


def student(key, when, digest="d", **answers):
    """A student with one hand-in: exercise to (passed, code)."""
    exercises = {
        name: {"points": 1, "score": float(ok), "passed": ok, "mistake": None if ok else "m",
               "mistakes": [], "title": "t", "seen": "", "why": "", "section": "04 §2", "ask": "",
               "note": "", "code": code}
        for name, (ok, code) in answers.items()
    }  # fmt: skip
    result = {"status": "graded", "when": when, "days_late": 0, "digest": digest, "of": 1,
              "exercises": exercises, "killed": []}  # fmt: skip
    earned = {name: float(ok) for name, (ok, _) in answers.items()}
    return Student(key, results={"blocks": result}, marks={"blocks": Marks(1, 1, 1, 0, earned)})


def test_who_is_stuck():
    group = [
        student("fresh", "2026-11-20T12:00:00+00:00", a=(True, ""), b=(False, "")),
        student("old", "2026-11-06T12:00:00+00:00", a=(True, ""), b=(False, "")),
        student("done", "2026-10-01T12:00:00+00:00", a=(True, ""), b=(True, "")),
        student("none", "2026-11-20T11:00:00+00:00", a=(False, ""), b=(False, "")),
    ]
    found = findings.stuck(group, Settings())
    assert [s.student.key for s in found] == ["none", "old"]
    assert found[1].days == 14
    assert findings.stuck(group, Settings(stuck_days=15))[-1].student.key == "none"


def test_who_could_not_run_or_was_not_taken_is_stuck_unless_the_teacher_gave_the_points():
    failed = {"status": "could not run", "reason": "the file is empty", "exercises": {}}
    taken = Student("taken", refused=(Problem("taken", "", "x.zip", "it is encrypted"),))
    seen = late("seen", "2026-11-20T12:00:00Z", 0, **failed)
    seen = replace(seen, marks={"blocks": Marks(3, 3, 0, 0, {}, {"": "on paper"})})
    group = [late("ran", "2026-11-20T12:00:00Z", 0, **failed), taken, seen]
    found = findings.stuck(group, Settings())
    assert {s.student.key: s.at for s in found} == {
        "ran": (("blocks", "could not run: the file is empty"),),
        "taken": (("hand-in", "was not taken: it is encrypted"),),
    }


LONG = "def f(x):\n" + "".join(f"    x = x * {i} + step_{i}\n" for i in range(12)) + "    return x"


def test_identical_answers_are_found_in_spite_of_comments_and_spaces():
    other = LONG.replace("+ step_3", "+  step_3  # mine").replace("\n", "\n\n")
    group = [
        student("a", None, "1", f=(False, LONG), g=(True, LONG + "+ 1")),
        student("b", None, "2", f=(False, other), g=(True, LONG + "+ 1")),
        student("c", None, "3", f=(False, LONG.replace("step_4", "step_5")), g=(True, "x = 1")),
        student("d", None, "4", f=(True, "f = 1"), g=(True, "x = 1")),
    ]
    found = findings.identical(group)
    assert len(found) == 1
    assert [s.key for s in found[0].students] == ["a", "b"]
    assert set(found[0].exercises) == {"f", "g"}
    assert found[0].wrong == ("f",)
    assert not found[0].same_file


def test_the_same_text_is_called_wrong_only_where_it_is():
    """A helper elsewhere in the notebook decides whether it passes."""
    group = [student("aaron", None, "1", f=(False, LONG), g=(False, LONG + "+ 1")),
             student("berta", None, "2", f=(True, LONG), g=(False, LONG + "+ 1")),
             student("carl", None, "3", f=(True, LONG), g=(False, LONG + "+ 1"))]  # fmt: skip
    other = [student(key, None, key, h=(False, LONG + "+ 2")) for key in ("x", "y")]
    group[2].results["blocks"]["exercises"]["g"]["mistake"] = "n"
    for order in (group, group[::-1]):
        found = findings.identical([*order, *other])
        assert [one.wrong for one in found] == [("h",), ()]
        apart = {name: set(who) for name, who in found[1].apart.items()}
        assert apart == {"f": {"aaron"}, "g": {"aaron", "berta", "carl"}}
    text = class_text([*group, *other], Settings())
    assert "wrong only for aaron: f; wrong in several ways: g" in text
    assert "wrong in the same way: h" in text
    assert "all right" not in text


def test_all_with_identical_answers_are_named():
    group = [student(f"s{i:02}", None, f"{i}", f=(True, LONG)) for i in range(20)]
    course = Course(Settings(), ["blocks"], group, of={"blocks": 1})
    page = bs4.BeautifulSoup(pages.class_page(course), "html.parser")
    cell = page.find("td")
    assert [a.get_text() for a in cell.find_all("a")] == [f"s{i:02}" for i in range(20)]
    assert cell.summary.get_text() == "and 8 more"


def test_the_same_file_is_told_as_such():
    group = [student(key, None, "same", f=(True, LONG)) for key in "ab"]
    assert findings.identical(group)[0].same_file
    assert "blocks: the same file" in class_text(group, Settings())
    assert "all right" in class_text(group, Settings())


def test_of_the_same_file_all_is_told_that_is_wrong_in_it_short_answers_too():
    answers = {"f": (True, LONG), "g": (False, "short"), "h": (False, "x = 1"), "i": (False, "")}
    group = [student(key, None, "same", **answers) for key in "abcd"]
    for one in group:
        one.results["blocks"]["exercises"]["i"]["note"] = "not-started"
    group.append(student("e", None, "its own", f=(True, LONG), g=(False, "short")))
    same, text = findings.identical(group)
    assert (same.wrong, same.unwritten, len(same.students)) == (("g", "h"), ("i",), 4)
    assert (text.exercises, len(text.students)) == (("f",), 5)
    said = class_text(group, Settings())
    assert "the same file2 of 4 wrong in the same way: g, h; without an answer: i" in said
    assert said.count("all right") == 1  # of the one text that all five have
    short = [student(key, None, "same", g=(False, "short")) for key in "ab"]
    assert "wrong in the same way: g" in class_text(short, Settings())


def test_a_file_as_it_was_handed_out_is_nobody_s_copy():
    group = [student(key, None, "same", f=(False, LONG)) for key in "ab"]
    for one in group:
        one.results["blocks"]["exercises"]["f"]["note"] = "not-started"
    assert findings.identical(group) == []


def test_the_line_that_tells_the_mistake_is_one_that_others_do_not_have():
    right = "def f(x):\n    y = conv(x)\n    return relu(y + x)"
    wrong = "def f(x):\n    y = conv(x)\n    return relu(y) + x  # done"
    assert findings.telling_line([wrong, wrong + "\n"], [right] * 3) == "return relu(y) + x"
    assert findings.telling_line([right], [right]) == ""
    assert findings.telling_line([wrong], [], [right]) == "return relu(y) + x"
    for beside in ('print("in", x.shape)', "assert x.ndim == 4", "import torchvision as tv",
                   "from torch import *", 'raise ValueError("a long text for no reason")'):
        with_it = wrong.replace("    y", f"    {beside}\n    y")
        assert findings.telling_line([with_it], [right], [right]) == "return relu(y) + x"


def test_what_the_catalogue_does_not_have_is_counted_where_two_were_told_the_same():
    group = [student(key, "2026-11-20T12:00:00+00:00", f=(False, "x"), g=(False, "x"))
             for key in "abc"]  # fmt: skip
    for one, title, note in zip(group, ("two", "two", "one"), ("", "", "no answer"), strict=True):
        one.results["blocks"]["exercises"]["f"].update(mistake=None, title=title)
        one.results["blocks"]["exercises"]["g"].update(mistake=None, title="none", note=note)
    group[0].results["blocks"]["exercises"]["g"]["note"] = "did not run"
    found = findings.frequent(group, {})
    assert [(f.exercises, f.title, f.students) for f in found] == [(("f",), "two", ("a", "b"))]


def spotted(key, **answers):
    made = student(key, None, **{name: (False, code) for name, code in answers.items()})
    for name in answers:
        made.results["blocks"]["exercises"][name]["mistake"] = "another-reason"
    return made


@pytest.mark.parametrize(("code", "answer"), [
    ('spot_input = (6, "b")', ("6", "b")), ("spot_input = [ 12 , 'c' ]  # (3, 'a')", ("12", "c")),
    ('line = 6\nreason = "b"\nspot_input = (line, reason)', ("6", "b")),
    ('spot_input = (6, "b")\nspare = 0.5', ("6", "b")), ("spot_input = None", None)])
def test_what_was_answered_to_a_bug_to_spot(code, answer):
    assert findings.answered("spot_input", code) == answer
    assert findings.answered("conv3x3", code) is None


def test_wrong_reasons_are_counted_one_by_one_and_do_not_crowd_out_written_code():
    bugs = ("spot_input", "spot_width", "spot_norms")
    group = [spotted(f"s{i}", **{bug: f'{bug} = (6, "{"aab"[i % 3]}")' for bug in bugs})
             for i in range(6)]  # fmt: skip
    found = findings.frequent(group, {})
    assert [len(one.students) for one in found] == [4, 4, 4, 2, 2]  # nothing else to show
    coded = [student(f"c{i}", None, f=(False, "x = 1"), g=(False, "y = 1"), h=(False, "z"))
             for i in range(2)]  # fmt: skip
    found = findings.frequent([*group, *coded], {})
    assert [(*one.exercises, one.answer, len(one.students)) for one in found] == [
        ("spot_input", ("6", "a"), 4), ("spot_norms", ("6", "a"), 4), ("f", None, 2),
        ("g", None, 2), ("h", None, 2)]  # fmt: skip
    text = class_text([*group, *coded], Settings())
    reason = next(bug.shown[0] for bug in BUGS if bug.name == "spot_input")
    assert f"Answered: line 6, reason a: {reason}" in text.replace("`", "")


def test_what_was_done_in_several_builders_is_one_row():
    """Whoever drops the arguments once mostly drops them ten times."""
    names = [*ROWS]
    group = [student(f"s{i}", None, **{name: (False, "return ResNet()") for name in names})
             for i in range(3)]  # fmt: skip
    group.append(student("s3", None, resnet34=(False, "return ResNet()"), f=(False, "x = 1")))
    for one in group:
        for seen in one.results["blocks"]["exercises"].values():
            seen.update(mistake="kwargs-dropped", title="They are dropped.")
    group[0].results["blocks"]["exercises"]["resnet18"].update(title="Another one.", code="x = 1")
    found = findings.frequent(group, {name: ("return ResNet(**kwargs)",) for name in names})
    assert [(one.exercises, len(one.students)) for one in found] == [
        (tuple(names), 4), (("f",), 1), (("resnet18",), 1)]  # fmt: skip
    assert found[0].line == "return ResNet()"
    text = class_text(group, Settings())
    assert "resnet18, resnet34 and 8 more: They are dropped." in text
    assert "resnet18 Another one." in text


def late(key, when, days, **changes):
    made = student(key, when, f=(False, "x"))
    made.results["blocks"].update({"days_late": days, **changes})
    return made


def test_days_are_counted_from_the_due_date():
    course = read("grace_minutes = 0\n[due]\nblocks = 2026-11-10T12:00:00Z")
    times = {"2026-11-10T11:00:00Z": 0, "2026-11-09T11:00:00Z": -1, "2026-11-01T12:00:00Z": -9}
    for when, day in times.items():
        assert findings.by_day([late("a", when, 0)], course) == {day: findings.Day(1, 1, 1)}


def test_the_plot_and_the_tile_count_the_same_as_late():
    """What a file's time alone says is late stands nowhere; what Canvas marks does, timeless."""
    course = read("grace_minutes = 0\n[due]\nblocks = 2026-11-10T12:00:00Z")
    group = [late("a", "2026-11-10T13:00:00Z", 0), late("b", "2026-11-10T13:00:00Z", 1 / 24),
             late("c", None, 1.0), late("d", None, 0),
             late("e", "2026-11-11T13:00:00Z", 25 / 24, status="could not run", exercises={})
             ]  # fmt: skip
    day = findings.Day
    assert findings.by_day(group, course) == {1: day(2, 2, 2), 2: day(1, 0, 0)}
    assert findings.late(group, course) == 3
    assert "day 2: 1 hand-ins, 0.0 mistakes each" in plots.days_plot(findings.by_day(group, course))


def class_text(group, course, problems=()):
    made = Course(course, ["blocks", "use"], group, problems, of={"blocks": 1, "use": 1})
    return bs4.BeautifulSoup(pages.class_page(made), "html.parser").get_text()


def test_the_plot_says_why_it_leaves_hand_ins_out():
    course = read("grace_minutes = 0\n[due]\nblocks = 2026-11-10T12:00:00Z")
    group = [late("a", "2026-11-10T11:00:00Z", 0), late("b", "2026-11-10T13:00:00Z", 0)]
    for one in group:
        one.results["use"] = one.results["blocks"]
        one.marks["use"] = one.marks["blocks"]
    text = class_text(group, course)
    assert "2 hand-ins are left out: use has no due date. One hand-in is left out: no time" in text
    assert "no due date" not in class_text([late("a", "2026-11-10T11:00:00Z", 0)], course)


def test_who_has_passed_nothing_has_passed_nothing_yet():
    group = [student("a", "2026-11-20T12:00:00+00:00", a=(True, "")),
             student("b", "2026-11-19T12:00:00+00:00", a=(False, ""))]  # fmt: skip
    text = class_text(group, Settings())
    assert "nothing passed yet, first hand-in 1 day before the newest" in text
    assert "nothing passed in" not in text


def test_code_in_a_heading_and_one_day_and_no_reason_are_set_as_words():
    made = late("a", "2026-11-20T12:00:00+00:00", 1, cells={})
    made.results["blocks"]["exercises"]["f"]["section"] = "02 §7"
    made.marks["blocks"] = Marks(1.5, 2, 2, 0.5, {"f": 2})
    course = Course(Settings(), ["blocks"], [made], of={"blocks": 2})
    for page in (pages.student_page(course, made), pages.class_page(course)):
        assert "<i>Why <code>bias=False</code>" in page
    text = bs4.BeautifulSoup(pages.student_page(course, made), "html.parser")
    assert "Late by 1 day; it costs 0.5 of the 2 points earned." in text.get_text()
    assert [dt.get_text() for dt in text.find_all("dt")] == ["read"]
    assert text.dd.get_text().startswith("chapter 02, section 7")


@pytest.mark.parametrize(("first", "last", "named"), [
    (-8, 1, "−8 −7 −6 −5 −4 −3 −2 −1 0 1"), (-13, 0, "−12 −10 −8 −6 −4 −2 0"),
    (-14, 7, "≤−14 −7 0 ≥7"), (-2, 7, "−2 −1 0 1 2 3 4 5 ≥7"),
])  # fmt: skip
def test_the_days_that_the_plot_names_are_evenly_apart(first, last, named):
    assert " ".join(map(plots._day, plots._ticks(range(first, last + 1)))) == named


def test_long_texts_are_cut_and_said_to_be():
    assert pages.esc("x" * 5000).endswith("(1,000 more characters)")


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium to look with")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_in_a_browser(course, width, scheme):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        wrong, asked = [], []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        hostile = "students/<script>alert(1)<_script>.html"
        for name in ("class.html", "students/Ada Abel.html", hostile):
            page.goto((course / "reports" / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            boxes = "boxes => boxes.map(box => box.scrollWidth - box.clientWidth)"
            assert set(page.eval_on_selector_all(".wide", boxes)) <= {0}  # nothing is cut off
        assert len(asked) == 3
        page.goto((course / "reports" / "class.html").as_uri())
        page.get_by_role("button", name="points of").click()
        cells = "rows => rows.map(row => Number(row.cells[row.cells.length - 4].dataset.sort))"
        order = page.eval_on_selector_all("#students tbody tr", cells)
        assert order == sorted(order, reverse=True)
        named = "row => getComputedStyle(row.cells[1], '::before').content"
        said = page.eval_on_selector("#students tbody tr", named)
        assert ("blocks" in said) == (width < 1000)  # a row is a card on a phone
        page.fill("#find", "ada b. abel")
        assert page.inner_text("#found") == "1 of 202"
        page.fill("#find", "ÉMİLE")
        count = page.inner_text("#found")
        page.fill("#find", "emile")
        assert page.inner_text("#found") == count != "0 of 202"
        page.emulate_media(media="print")
        page.goto((course / "reports" / "students" / "Ada Abel.html").as_uri())
        shown = "folds => folds.filter(fold => fold.getClientRects().length).length"
        counts = [page.eval_on_selector_all(f"article.{kind} details", shown)
                  for kind in ("good", "bad")]  # fmt: skip
        assert counts[0] == 0 < counts[1]
        browser.close()
    assert wrong == []


def test_what_was_handed_in_and_not_graded_is_not_nothing(tmp_path):
    folder = made_up.course(tmp_path, students=3)
    notebook = json.dumps({"cells": [], "metadata": {"resnet_edu": {"assignment": "blocks"}}})
    (folder / "submitted" / "Newcomer").mkdir(parents=True)
    (folder / "submitted" / "Newcomer" / "blocks.ipynb").write_text(notebook, encoding="utf-8")
    said = []
    report(folder, said.append)
    assert "1 hand-in has no result yet: `class grade` makes it" in said
    assert any("is no longer in submitted/" in line and "and 6 more" in line for line in said)
    page = soup(folder / "reports" / "students" / "Newcomer.html").get_text()
    assert "blocks: handed in, not graded yet" in page
    assert "Nothing has been handed in" not in page
    head, *body = rows(folder / "reports" / "scores.csv")
    row = next(dict(zip(head, r, strict=True)) for r in body if r[0] == "Newcomer")
    assert row["blocks state"] == "not graded yet"


def test_a_mark_beside_what_could_not_be_taken_does_not_hide_it(tmp_path):
    marks = "zz,use,,3,\nidle,use,,1,\nloose,use,,2,\n"
    folder = made_up.course(tmp_path, students=2, overrides=marks,
                            roster="student,name\nidle,\n")  # fmt: skip
    for name in ("zz/my use.pdf", "loose/work.pdf"):
        path = folder / "submitted" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"%PDF")
    said = []
    report(folder, said.append)
    assert [line.partition(": ")[2] for line in said if line.startswith("overrides")] == [
        "what zz handed in for use could not be taken: the mark counts",
        "idle has handed in nothing for use: the mark counts",
        "a file of loose could not be taken, and it may have been for use: the mark counts"]
    head, *body = rows(folder / "reports" / "scores.csv")
    states = {row[0]: dict(zip(head, row, strict=True))["use state"] for row in body}
    assert (states["zz"], states["idle"]) == ("not taken + own mark", "own mark")
    assert states["loose"] == "not taken or nothing handed in + own mark"
    page = soup(folder / "reports" / "class.html")
    row = next(tr for tr in page.select("#students tbody tr") if tr.th.get_text() == "zz")
    assert row.find_all("td")[-1].get_text() == "use: not taken"


def test_the_remark_says_why_something_could_not_run(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    path = next((folder / "results").glob("*/use.json"))
    why = "it is not a notebook: it is a PDF; hand in the .ipynb file that Jupyter saves"
    path.write_text(json.dumps({"status": "could not run", "reason": why, "source": "x/u.ipynb"}))
    report(folder)
    head, *body = rows(folder / "reports" / "scores.csv")
    remarks = {row[0]: dict(zip(head, row, strict=True))["remark"] for row in body}
    failed = path.parent.name
    assert remarks.pop(failed) == "it is not a notebook: it is a PDF (x/u.ipynb)"
    assert set(remarks.values()) == {""}


def test_both_pages_say_which_of_several_was_graded_and_what_of_one_was_not(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    path = next((folder / "results").glob("*/blocks.json"))
    name = path.parent.name
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(row | {"source": f"{name}/b (1).ipynb"}), encoding="utf-8")
    (folder / "submitted" / name).mkdir(parents=True)
    for place, extra in (("b.ipynb", "\n"), ("b (1).ipynb", "")):
        cells = [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {
            "grade_id": f"answer-{exercise}"}}} for exercise in ("conv3x3", "predict")]  # fmt: skip
        book = {"cells": cells, "metadata": {"resnet_edu": {"assignment": "blocks"}}}
        file = folder / "submitted" / name / place
        file.write_text(json.dumps(book) + extra, encoding="utf-8")
        os.utime(file, (1_790_000_000, 1_790_000_000))
    report(folder)
    student = soup(folder / "reports" / "students" / f"{name}.html").get_text()
    teacher = soup(folder / "reports" / "class.html").get_text()
    for text in (student, teacher):
        assert "2 hand-ins for one assignment: their times do not tell which is the last" in text
        assert "answers to use too (predict), which do not count here" in text
    assert f"Below is what was found in {name}/b (1).ipynb." in student
    assert f"{name}/b.ipynb; what counts: {name}/b (1).ipynb" in teacher
    others = [p for p in (folder / "reports" / "students").glob("*.html") if p.stem != name]
    assert others
    assert not any("2 hand-ins" in p.read_text(encoding="utf-8") for p in others)


def test_names_that_are_written_in_another_way_in_the_roster_are_told(tmp_path):
    folder = made_up.course(tmp_path, students=0)
    for name in ("Jürgen Groß", "lovelaceada_501", "Émile Borel", "Wei Li", "Noor Inayat"):
        path = folder / "results" / name / "use.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"status": "graded"}')
    roster = "student\nGross, Juergen\nAda Lovelace\nBorel Émile\nLi, Wei\nInayat, Noor\n"
    lines = roster.replace(", ", " ").splitlines()
    (folder / "students.csv").write_bytes("\r\n".join(lines).encode("cp1252"))  # as from Excel
    said = []
    report(folder, said.append)
    meant = [re.findall("'([^']+)'", line) for line in said if "did you mean" in line]
    assert meant == [["Ada Lovelace", "lovelaceada_501"], ["Borel Émile", "Émile Borel"],
                     ["Gross Juergen", "Jürgen Groß"]]  # fmt: skip
    assert any(line.startswith("students.csv: 2 more names are nearly those") for line in said)


def test_a_student_who_stands_twice_in_the_roster_is_told(tmp_path):
    roster = ("student,name,email,id\nIdle,,a@x.example,7\nNoor,,,8\nIdle,,b@x.example,7\n"
              "Zoë,,B@x.example,8\nnoor,,,\n")  # fmt: skip
    said = []
    report(made_up.course(tmp_path, students=3, roster=roster), said.append)
    assert [line for line in said if "students.csv" in line] == [
        "students.csv, line 4: Idle stands in line 2 already: line 4 counts",
        "students.csv, line 5: Zoë has the email 'B@x.example' of Idle in line 4: both are listed",
        "students.csv, line 5: Zoë has the id '8' of Noor in line 3: both are listed",
        "students.csv, line 6: noor has the name of Noor in line 3: both are listed"]
    body = [row for row in rows(tmp_path / "reports" / "scores.csv") if row[0] == "Idle"]
    assert [row[2] for row in body] == ["b@x.example"]


def test_a_line_of_the_roster_with_too_many_cells_is_an_error(tmp_path):
    folder = made_up.course(tmp_path, students=2, roster="student,name\nA,B\nAbel, Ada,Ada Abel\n")
    with pytest.raises(RosterError, match=r"students\.csv, line 3: it has more cells"):
        report(folder)


def test_a_column_of_the_teacher_s_own_has_its_maximum(tmp_path):
    """Also one whose name is near to that of an assignment: it is declared, so it is no slip."""
    marks = "Newcomer,project,,8,well made\nNewcomer,number,,3,\nNewcomer,projct,,1,\n"
    folder = made_up.course(tmp_path, students=3, overrides=marks, roster="student\nNewcomer\n")
    head = "[extra]\nproject = 10\nnumber = 2\n"
    settings = folder / "course.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n" + head, encoding="utf-8")
    said = []
    report(folder, said.append)
    head, *body = rows(folder / "reports" / "scores.csv")
    found = dict(zip(head, next(row for row in body if row[0] == "Newcomer"), strict=True))
    assert [found[k] for k in ("project", "project of", "number", "number of")] == [
        "8", "10", "3", "2"]  # fmt: skip
    assert "projct" not in head
    assert [row[head.index("project state")] for row in body].count("no mark") == len(body) - 1
    assert any("'projct': did you mean project?" in line for line in said)
    assert any("3 points for number of Newcomer, which has 2" in line for line in said)
    page = soup(folder / "reports" / "students" / "Newcomer.html").get_text()
    assert "8 of 10 points" in page
    assert not any("nothing for project" in line for line in said)
    canvas = rows(folder / "reports" / "canvas.csv")
    assert canvas[1][canvas[0].index("project")] == "10"


def test_an_empty_folder_is_no_hand_in(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    for name in ("Cem", "Dana Li_77_assignsubmission_file_"):
        (folder / "submitted" / name).mkdir(parents=True)
    report(folder)
    page = soup(folder / "reports" / "class.html")
    tiles = {name: count for count, _, name in
             (li.get_text().partition(" ") for li in page.select(".tiles li"))}
    assert tiles["hand-ins"] == str(len(list((folder / "results").glob("*/*.json"))))
    assert (tiles["could not run"], tiles["handed in nothing"]) == ("0", "2")
    assert "Cem: the folder is empty" in page.get_text()
    assert "Dana Li: the folder is empty" in page.get_text()
    text = soup(folder / "reports" / "students" / "Cem.html").get_text()
    assert "Nothing has been handed in yet." in text


def test_a_roster_with_a_slip_is_told(tmp_path):
    folder = made_up.course(tmp_path, students=3, roster="student\nNobody At All\n")
    name = sorted(p.name for p in (folder / "results").iterdir())[0]
    (folder / "students.csv").write_text(f"student\n{name[:-1]}x\nNobody At All\n", "utf-8")
    said = []
    report(folder, said.append)
    assert [line for line in said if "students.csv" in line] == [
        f"students.csv: {name[:-1] + 'x'!r} has handed in nothing: did you mean {name!r}, who is "
        "not in the list?"]  # fmt: skip


def test_a_mark_may_be_given_to_the_name_in_the_roster(tmp_path):
    """Where only one student has it; the class page shows what both files call the student."""
    roster = "student,name\nexiteva_523,Eva Exit\nlee1,Lee\nlee2,Lee\n"
    marks = "Eva Exit,use,,3,\nLee,use,,1,\nEva Exid,use,,1,\n"
    folder = made_up.course(tmp_path, students=2, overrides=marks, roster=roster)
    said = []
    report(folder, said.append)
    odd = [line.partition(", line ")[2] for line in said if line.startswith("overrides.csv")]
    assert odd[0] == "2: exiteva_523 has handed in nothing for use: the mark counts"
    assert odd[1].startswith("3: several in students.csv are named 'Lee': the mark counts for no")
    assert odd[2].startswith("4: 'Eva Exid' is in no hand-in and not in students.csv: did you "
                             "mean Eva Exit?")  # fmt: skip
    head, *body = rows(folder / "reports" / "scores.csv")
    assert next(r for r in body if r[0] == "exiteva_523")[head.index("use")] == "3"
    page = soup(folder / "reports" / "class.html")
    shown = {row.th.get_text() for row in page.select("#students tbody tr")}
    assert shown > {"Eva Exit exiteva_523", "Lee lee1", "Lee lee2"}


def test_both_names_of_a_student_cannot_have_a_mark_for_the_same(tmp_path):
    marks = "eva,use,,3,\nEva Exit,use,,2,\n"
    folder = made_up.course(tmp_path, students=2, overrides=marks,
                            roster="student,name\neva,Eva Exit\n")
    with pytest.raises(MarksError, match="line 3: line 2 gives a mark for the same already"):
        report(folder)


def test_a_list_of_participants_is_a_roster(tmp_path):
    lms = "First name,Last name,ID number,Email address\nAda,Lovelace,77,ada@x.example\n"
    report(made_up.course(tmp_path, students=2, roster=lms))
    found = rows(tmp_path / "reports" / "scores.csv")
    assert next(row for row in found if row[0] == "Ada Lovelace")[:4] == [
        "Ada Lovelace", "Ada Lovelace", "ada@x.example", "77"]  # fmt: skip


def test_two_of_one_name_in_a_list_of_participants_are_two(tmp_path):
    lms = ("First name,Last name,ID number\nMax,Müller,1003\nMax,Müller,1004\nEva,Exit,7\n"
           "Eva,Exit,7\nZoë,Ek,\nZoë,Ek,\n")  # fmt: skip
    folder = made_up.course(tmp_path, students=0, roster=lms)
    for name in ("Max Müller (41320)", "Max Müller (41321)"):
        path = folder / "results" / name / "use.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"status": "graded"}')
    said = []
    report(folder, said.append)
    body = {row[0]: row[3] for row in rows(folder / "reports" / "scores.csv")[1:]}
    assert body == {"Eva Exit": "7", "Max Müller (1003)": "1003", "Max Müller (1004)": "1004",
                    "Max Müller (41320)": "", "Max Müller (41321)": "", "Zoë Ek": ""}  # fmt: skip
    told = [line for line in said if line.startswith("students.csv")]
    assert told[0].startswith("students.csv, lines 2, 3: Max Müller stands there 2 times; listed "
                              "are Max Müller (1003), Max Müller (1004). ")  # fmt: skip
    assert told[1:3] == [f"students.csv, line {n}: {name} stands in line {n - 1} already: line {n} "
                         "counts" for n, name in ((5, "Eva Exit"), (7, "Zoë Ek"))]  # fmt: skip
    assert told[3].endswith("did you mean 'Max Müller (41320)' or 'Max Müller (41321)', who are "
                            "not in the list?")  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("comma", [";", ",", "\t"])
def test_a_german_list_of_participants_is_a_roster_however_it_was_saved(tmp_path, encoding, comma):
    folder = made_up.course(tmp_path, students=2)
    lines = ("Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Anmeldename", "Jörg,Groß,77,j@x.example,jg")
    table = "\r\n".join(lines).replace(",", comma)
    (folder / "students.csv").write_bytes(table.encode(encoding))
    marks = "student,assignment,exercise,points,comment\nJörg Groß,use,,3,gut\n".replace(",", comma)
    (folder / "overrides.csv").write_bytes(marks.encode(encoding))
    report(folder)
    head, *body = rows(folder / "reports" / "scores.csv")
    found = dict(zip(head, next(row for row in body if row[0] == "Jörg Groß"), strict=True))
    assert [found[k] for k in ("name", "email", "id", "use")] == [
        "Jörg Groß", "j@x.example", "77", "3"]  # fmt: skip


def test_the_maxima_in_a_gradebook_and_the_numbers_of_moodle_itself_are_nobody_s(tmp_path):
    path = tmp_path / "students.csv"
    path.write_text("Student,ID,SIS Login ID\n    Points Possible,,\nAda,Participant 41,ada\n")
    listed, _ = roster.read(path)
    assert {key: (row["id"], row["username"]) for key, row in listed.items()} == {
        "Ada": ("", "ada")}  # fmt: skip


def test_the_roster_to_fill_in_lists_all_and_can_be_used_as_it_is(tmp_path):
    folder = made_up.course(tmp_path, students=3)
    next((folder / "results").iterdir()).rename(folder / "results" / "=1+1")
    report(folder)
    form = folder / "reports" / "students.csv"
    before = form.read_bytes()
    head, *body = rows(form)
    assert head == ["student", "name", "email", "id", "username"]
    assert len(body) == 3
    assert "'=1+1" in [row[0] for row in body]
    shutil.copy(form, folder / "students.csv")
    said = []
    report(folder, said.append)
    assert not [line for line in said if "students.csv" in line]
    assert form.read_bytes() == before


def test_pages_go_back_in_the_folders_of_moodle_s_download(tmp_path):
    """By the download, also of who handed in another notebook there or changed it later."""
    folder = made_up.course(tmp_path, students=5)
    paths = sorted((folder / "results").glob("*/blocks.json"))
    names = [path.parent.name for path in paths]
    places = [f"RN-1.zip > {names[0]}_41_assignsubmission_file_/blocks.ipynb",
              f"{names[1]}_42_assignsubmission_file_blocks.ipynb",
              f"RN-1.zip > {names[0]}_41_assignsubmission_file_/x.ipynb",
              f"RN-1 (1).zip > {names[3]}_44_assignsubmission_file_/b.ipynb"]  # fmt: skip
    for path, place in zip(paths, places, strict=False):
        row = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(row | {"source": place}), encoding="utf-8")
    other = folder / "results" / names[4] / "use.json"
    place = f"RN-1.zip > {names[4]}_45_assignsubmission_file_/use.ipynb"
    other.write_text(json.dumps({"status": "graded", "source": place}), encoding="utf-8")
    (folder / "reports" / "feedback").mkdir(parents=True)
    (folder / "reports" / "feedback" / "gone.zip").write_bytes(b"x")
    (folder / "submitted").mkdir()
    with zipfile.ZipFile(folder / "submitted" / "RN-1.zip", "w") as archive:
        archive.writestr("Rar_46_assignsubmission_file_/hw.rar", b"Rar!")
    report(folder)
    made = sorted((folder / "reports" / "feedback").iterdir())
    assert [p.name for p in made] == ["RN-1.zip", "blocks.zip"]
    wanted = {"blocks.zip": {f"{names[1]}_42_assignsubmission_file_feedback.html": names[1]},
              "RN-1.zip": {f"{name}_{number}_assignsubmission_file_/feedback.html": name
                           for name, number in ((names[0], 41), (names[3], 44), (names[4], 45),
                                                ("Rar", 46))}}  # fmt: skip
    for path in made:
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == sorted(wanted[path.name])
            for member, name in wanted[path.name].items():
                page = folder / "reports" / "students" / f"{name}.html"
                assert archive.read(member) == page.read_bytes()


def test_what_an_export_did_not_hold_as_a_notebook_counts_nothing_and_is_not_empty(tmp_path):
    folder = made_up.course(tmp_path, students=2)
    notebook = json.dumps({"cells": [], "metadata": {"resnet_edu": {"assignment": "numbers"}}})
    (folder / "submitted" / "loose").mkdir(parents=True)
    (folder / "submitted" / "loose" / "hw.rar").write_bytes(b"Rar!")
    with zipfile.ZipFile(folder / "submitted" / "RN-1.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"S{number}_{number}_assignsubmission_file_/b.ipynb", notebook)
        archive.writestr("Rar_46_assignsubmission_file_/hw.rar", b"Rar!")
    (folder / "submitted" / "__MACOSX").mkdir()
    report(folder)
    head, *body = rows(folder / "reports" / "scores.csv")
    found = {row[0]: dict(zip(head, row, strict=True)) for row in body}
    assert "__MACOSX" not in found
    rar, loose = found["Rar"], found["loose"]
    assert (rar["numbers"], rar["use"]) == ("0", "")
    assert (rar["numbers state"], rar["use state"]) == ("not taken", "nothing handed in")
    assert (loose["use"], loose["use state"]) == ("", "not taken or nothing handed in")
    for name in ("moodle", "canvas"):
        head, *body = rows(folder / "reports" / f"{name}.csv")
        assert next(row for row in body if "Rar" in row)[head.index("numbers")] == "0"
    page = soup(folder / "reports" / "class.html")
    row = next(tr for tr in page.select("#students tbody tr") if tr.th.get_text() == "Rar")
    assert row.find("td", {"data-name": "numbers"}).get_text() == "0"
    assert row.find_all("td")[-1].get_text() == "numbers: not taken"


def test_a_note_about_nobody_in_particular_begins_with_its_words(tmp_path):
    text = class_text([student("a", None, f=(True, LONG))], Settings(),
                      [Problem("", "", "m.zip", "2 files are copies", "note")])  # fmt: skip
    assert "Notes2 files are copies m.zip" in text
