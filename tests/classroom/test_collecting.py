"""Hand-ins are found in every form they come in, and nothing that is packed in them does harm."""

import datetime
import io
import json
import os
import pathlib
import re
import struct
import sys
import unicodedata
import zipfile

import pytest

from resnet_edu.classroom.archives import MIB
from resnet_edu.classroom.collecting import CollectError, collect, in_words, safe_name
from resnet_edu.classroom.settings import Settings, read

KNOWN = {"blocks": {"conv3x3", "BasicBlock"}, "numbers": {"conv_out", "depth"}, "use": {"predict"}}
DUE = 'time_zone = "Europe/Berlin"\n{}\n[due]\nblocks = 2026-11-02T18:00:00'
DATED, COURSE = read(DUE.format("")), read("")
MOODLE = "Ada Lovelace_12345_assignsubmission_file_"


def notebook(*exercises, assignment=None, text=""):
    cells = [
        {"cell_type": "code", "source": text,
         "metadata": {"nbgrader": {"grade_id": f"answer-{name}", "schema_version": 3}}}
        for name in exercises
    ]  # fmt: skip
    metadata = {"resnet_edu": {"assignment": assignment}} if assignment else {}
    made = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made).encode()


BLOCKS = notebook("conv3x3", "BasicBlock")


def put(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def packed(files, time=(2026, 11, 1, 12, 0, 0)):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, time), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def found(folder, course=COURSE):
    hand_ins, problems = collect(folder, course, KNOWN)
    return {(h.student, h.assignment): h for h in hand_ins}, problems


def keys(folder, course=COURSE):
    return set(found(folder, course)[0])


# The forms


def test_a_folder_for_each_student(tmp_path):
    put(tmp_path, {"ada/work.ipynb": BLOCKS, "bob/blocks.ipynb": BLOCKS})
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("ada", "blocks"), ("bob", "blocks")}
    assert hand_ins["ada", "blocks"].source == "ada/work.ipynb"
    assert hand_ins["ada", "blocks"].read() == BLOCKS
    assert problems == []


def test_folders_of_nbgrader_with_their_time(tmp_path):
    put(tmp_path, {"ada/blocks/blocks.ipynb": BLOCKS, "ada/numbers/n.ipynb": notebook("depth"),
                   "ada/blocks/timestamp.txt": "2026-11-03 18:00:00.000000 UTC\n"})  # fmt: skip
    hand_ins, problems = found(tmp_path, DATED)
    assert set(hand_ins) == {("ada", "blocks"), ("ada", "numbers")}
    late = hand_ins["ada", "blocks"]
    assert late.late
    assert late.days_late == pytest.approx(25 / 24)
    assert late.when == datetime.datetime(2026, 11, 3, 18, tzinfo=datetime.UTC)
    assert problems == []


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-11-03 18:00:00.000000 UTC", 18), ("2026-11-03 18:00:00 America/New_York", 23),
     ("2026-11-03 18:00:00 +0100", 17), ("2026-11-03 18:00:00", 18),
     ("2026-07-03 18:00:00.000000 CEST", 16), ("2026-11-03 18:00:00.000000 CET", 17),
     ("2026-11-03T18:00:00+02:00", 16)],
)  # fmt: skip
def test_the_ways_in_which_nbgrader_writes_a_time(tmp_path, text, hour):
    put(tmp_path, {"ada/blocks/blocks.ipynb": BLOCKS, "ada/blocks/timestamp.txt": text})
    when = found(tmp_path, DATED)[0]["ada", "blocks"].when
    month = int(text[5:7])
    assert when == datetime.datetime(2026, month, 3, hour, tzinfo=datetime.UTC)


def test_a_time_that_cannot_be_read_is_told(tmp_path):
    put(tmp_path, {"ada/blocks/blocks.ipynb": BLOCKS, "ada/blocks/timestamp.txt": "<script>"})
    hand_ins, problems = found(tmp_path)
    assert not hand_ins["ada", "blocks"].late
    assert "cannot be read" in problems[0].reason
    assert problems[0].kind == "note"


@pytest.mark.parametrize("as_zip", [True, False])
def test_the_export_of_moodle(tmp_path, as_zip):
    files = {f"{MOODLE}/work.ipynb": BLOCKS,
             "Émile Борель_77_assignsubmission_file_/blocks.ipynb": BLOCKS,
             "Émile Борель_77_assignsubmission_onlinetext_/onlinetext.html": "<p>hello</p>",
             "Eve_9_assignsubmission_onlinetext_/onlinetext.html": "<p>my answer</p>",
             "Ada Lovelace_12345_assignfeedback_comments_/c.ipynb": notebook("depth"),
             "Bob_5_assignsubmission_file_blocks.ipynb": BLOCKS}  # fmt: skip
    put(tmp_path, {"CS101-Blocks-6789.zip": packed(files)} if as_zip else files)
    hand_ins, problems = found(tmp_path)
    assert {s for s, _ in hand_ins} == {"Ada Lovelace", "Émile Борель", "Bob"}
    assert [(p.student, p.reason) for p in problems] == [
        ("Eve", "a text was typed in, no notebook was handed in")]  # fmt: skip


@pytest.mark.parametrize("as_zip", [True, False])
def test_the_export_of_canvas(tmp_path, as_zip):
    files = {"lovelaceada_12345_67890_blocks.ipynb": notebook("conv3x3", text="old"),
             "lovelaceada_12345_67899_blocks-1.ipynb": BLOCKS,
             "doejane_LATE_222_333_my_12_34_work.ipynb": BLOCKS,
             "kimlee_444_555_work.zip": packed({"a/b/notebook.ipynb": BLOCKS})}  # fmt: skip
    put(tmp_path, {"submissions.zip": packed(files)} if as_zip else files)
    if not as_zip:
        for name in files:
            os.utime(tmp_path / name, (1, 1))
    hand_ins, problems = found(tmp_path)
    assert {s for s, _ in hand_ins} == {"lovelaceada_12345", "doejane_222", "kimlee_444"}
    assert hand_ins["lovelaceada_12345", "blocks"].read() == BLOCKS  # handed in again: the later
    assert hand_ins["doejane_222", "blocks"].days_late == 1
    assert any(p.student == "doejane_222" and "marks it as late" in p.reason for p in problems)


def test_an_archive_of_a_whole_class(tmp_path):
    files = {f"term/submitted/{s}/blocks/blocks.ipynb": BLOCKS for s in ("ada", "bob")}
    put(tmp_path, {"class.zip": packed(files)})
    assert keys(tmp_path) == {("ada", "blocks"), ("bob", "blocks")}


@pytest.mark.parametrize(
    "name", ["blocks.ipynb", "ada/blocks.ipynb", "submitted/ada/blocks/b.ipynb",
             "ada/blocks/blocks.ipynb", "blocks/blocks.ipynb"],
)  # fmt: skip
def test_an_archive_of_one_student(tmp_path, name):
    put(tmp_path, {"ada.zip": packed({name: BLOCKS})})
    assert keys(tmp_path) == {("ada", "blocks")}


def test_an_archive_of_the_class_with_one_for_each_student(tmp_path):
    put(tmp_path, {"class.zip": packed({"ada.zip": packed({"x/blocks.ipynb": BLOCKS}),
                                        "bob.zip": b"no archive"})})  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("ada", "blocks")}
    assert [p.student for p in problems] == ["bob"]


@pytest.mark.parametrize("name", ["class.zip > ada.zip > x/b.ipynb",
                                  "ada.zip > ada/in.zip > x/b.ipynb"])  # fmt: skip
def test_an_archive_with_one_archive_in_it(tmp_path, name):
    outer, inner, book = name.split(" > ")
    put(tmp_path, {outer: packed({inner: packed({book: BLOCKS})})})
    assert keys(tmp_path) == {("ada", "blocks")}


@pytest.mark.parametrize(
    ("name", "student"),
    [(f"{MOODLE}/work.zip", "Ada Lovelace"), (f"{MOODLE}work.zip", "Ada Lovelace"),
     ("lovelaceada_1_2_work.zip", "lovelaceada_1"), ("ada/work.zip", "ada")],
)  # fmt: skip
@pytest.mark.parametrize("data", [b"no archive", packed({"../evil.ipynb": BLOCKS})])
def test_whose_archive_was_refused_is_told_where_its_name_tells(tmp_path, name, student, data):
    other = {"Bob_7_assignsubmission_file_/b.ipynb": BLOCKS}
    put(tmp_path, {"class.zip": packed({name: data, **other})})
    _, problems = found(tmp_path)
    assert [(p.student, p.kind) for p in problems] == [(student, "refused")]


def test_an_archive_in_a_students_folder(tmp_path):
    put(tmp_path, {"ada/hand in.zip": packed({"x/y/work.ipynb": BLOCKS})})
    hand_in = found(tmp_path)[0]["ada", "blocks"]
    assert hand_in.read() == BLOCKS
    assert hand_in.source == "ada/hand in.zip > x/y/work.ipynb"


def test_which_assignment_it_is(tmp_path):
    put(tmp_path, {
        "a/numbers.ipynb": notebook("predict", assignment="blocks"),  # what it says of itself
        "b/numbers.ipynb": notebook("conv3x3"),  # what its cells are for
        "c/My Blocks (2).ipynb": b"not a notebook",
        "d/Numbers/final version.ipynb": notebook(),
        "e/work.ipynb": notebook(),
        "f/work.ipynb": notebook(assignment="nonsense"),
    })  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("a", "blocks"), ("b", "blocks"), ("c", "blocks"), ("d", "numbers")}
    problems = [p for p in problems if p.kind == "refused"]
    assert {p.student for p in problems} == {"e", "f"}
    assert "known are blocks, numbers, use" in in_words(problems[0])


def bare(*sources):
    """A notebook as it comes back from Colab: no ids, and metadata of another kind or none."""
    made = [{"cell_type": "code", "source": source} for source in sources]
    made[0]["metadata"] = {"id": "x7Gh", "outputId": "1"}
    return json.dumps({"cells": made, "metadata": {"colab": {}}, "nbformat": 4}).encode()


def test_which_assignment_it_is_without_ids_and_metadata(tmp_path):
    both = "def predict(x): pass", "def depth(x): pass", "def conv_out(n): pass"
    put(tmp_path, {
        "a/Copy of Untitled7.ipynb": bare("x = 1", 'check("conv3x3", conv3x3)'),
        "b/Untitled.ipynb": bare(*both),  # what it defines
        "c/Untitled.ipynb": bare("class BasicBlock: pass", "check( 'depth', depth)"),
        "d/Untitled.ipynb": bare("def depth(x): pass"),  # one alone may be a note
        "e/Untitled.ipynb": bare('check("depth", depth)', 'check("predict", predict)'),
        "f/blocks.ipynb": bare('check("depth", depth)', 'check("predict", predict)'),
    })  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("a", "blocks"), ("b", "numbers"), ("c", "numbers"), ("f", "blocks")}
    assert {p.student for p in problems} == {"d", "e"}


def test_the_assignments_are_those_of_the_course(tmp_path):
    put(tmp_path, {"ada/x.ipynb": notebook("conv3x3")})
    hand_ins, _ = collect(tmp_path, COURSE)
    assert [h.assignment for h in hand_ins] == ["blocks"]


def test_what_is_no_notebook_has_its_own_line(tmp_path):
    put(tmp_path, {"ada/blocks.docx": b"x", "ada/picture.png": b"x", "bob/blocks.ipynb": BLOCKS,
                   "bob/notes.txt": "x", "blocks.ipynb": BLOCKS})  # fmt: skip
    (tmp_path / "eve").mkdir()
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("bob", "blocks")}
    said = {p.student: p.reason for p in problems}
    assert said["ada"] == "no notebook was handed in, but blocks.docx, picture.png"
    assert said["eve"] == "the folder is empty"
    assert "whose it is cannot be told" in said[""]


def test_leftovers_of_systems_and_editors_are_passed_over(tmp_path):
    put(tmp_path, {"ada/.ipynb_checkpoints/blocks-checkpoint.ipynb": notebook("depth"),
                   "__MACOSX/ada/._blocks.ipynb": b"x", ".DS_Store": b"x",
                   "bob/x.zip": packed({"__MACOSX/._blocks.ipynb": b"x", "b.ipynb": BLOCKS}),
                   "ada/blocks.ipynb": BLOCKS})  # fmt: skip
    assert found(tmp_path)[1] == []
    assert keys(tmp_path) == {("ada", "blocks"), ("bob", "blocks")}


# Late and double


def dated(folder, student, time, name, text=None):
    put(folder, {f"{student}/{name}.ipynb": notebook("conv3x3", text=text or name)})
    stamp = datetime.datetime.fromisoformat(time).timestamp()
    os.utime(folder / student / f"{name}.ipynb", (stamp, stamp))


@pytest.fixture
def three(tmp_path):
    dated(tmp_path, "ada", "2026-11-01T12:00:00+01:00", "z first")
    dated(tmp_path, "ada", "2026-11-02T12:00:00+01:00", "y second")
    dated(tmp_path, "ada", "2026-11-03T12:00:00+01:00", "x third")
    return tmp_path


@pytest.mark.parametrize(
    ("rule", "counts"),
    [("", ["x third"]), ('double = "first"', ["z first"]),
     ('double = "best"', ["z first", "y second", "x third"]),
     ('file_times = true\nlate = "refuse"', ["y second"]),
     ('file_times = true\nlate = "refuse"\ndouble = "best"', ["z first", "y second"])],
)  # fmt: skip
def test_which_of_several_counts(three, rule, counts):
    hand_ins, problems = collect(three, read(DUE.format(rule)), KNOWN)
    assert [h.source for h in hand_ins] == [f"ada/{name}.ipynb" for name in counts]
    assert any("3 hand-ins for one assignment" in p.reason for p in problems)


@pytest.mark.parametrize("rule", ["last", "first"])
def test_where_times_do_not_tell_the_better_one_counts(tmp_path, rule):
    """All that may be the one are graded, whatever they are called."""
    for name in ("use", "use_old", "use (1)"):
        dated(tmp_path, "ada", "2026-11-02T12:00:00+01:00", name)
    between = {"last": "2026-11-01T12:00:00+01:00", "first": "2026-11-03T12:00:00+01:00"}[rule]
    dated(tmp_path, "ada", between, "another day")
    dated(tmp_path, "bob", "2026-11-02T12:00:00+01:00", "a")
    dated(tmp_path, "bob", "2026-11-02T12:00:05+01:00", "b")
    hand_ins, problems = collect(tmp_path, read(f'double = "{rule}"'), KNOWN)
    assert sorted(h.source for h in hand_ins if h.student == "ada") == [
        "ada/use (1).ipynb", "ada/use.ipynb", "ada/use_old.ipynb"]  # fmt: skip
    told, bobs = problems
    assert told.reason == (f"4 hand-ins for one assignment: their times do not tell which of 3 of "
                           f"them is the {rule}, so the one with the most points counts")
    assert told.shown
    counts = {"last": "b", "first": "a"}[rule]
    assert bobs.reason == f"2 hand-ins for one assignment: bob/{counts}.ipynb counts ({rule})"


def test_two_at_once_are_one_student_s_doubt(tmp_path):
    for name in "ab":
        dated(tmp_path, "ada", "2026-11-04T17:00:00+01:00", name)
    _, problems = found(tmp_path, DATED)
    assert problems[-1].reason.startswith("1 hand-in would be late")


def test_the_number_that_canvas_gives_tells_where_times_do_not(tmp_path):
    files = {f"weyl_507_900{n}_use{again}.ipynb": notebook("predict", text=str(n))
             for n, again in ((7, ""), (8, "-1"))}  # fmt: skip
    put(tmp_path, {"submissions.zip": packed(files)})
    hand_ins, _ = collect(tmp_path, COURSE, KNOWN)
    assert [h.source for h in hand_ins] == ["submissions.zip > weyl_507_9008_use-1.ipynb"]


def test_answers_for_another_assignment_in_a_notebook_are_told(tmp_path):
    both = notebook("conv3x3", "predict", assignment="blocks")
    checks = "check('conv_out', conv_out)\ncheck('depth', depth)"
    put(tmp_path, {"a/both.ipynb": both, "b/blocks.ipynb": notebook("conv3x3", text=checks),
                   "c/blocks.ipynb": notebook("conv3x3", text="check('predict', f)")})
    hand_ins, problems = found(tmp_path)
    assert {(p.student, p.assignment, p.kind, p.shown) for p in problems} == {
        ("a", "blocks", "note", True), ("b", "blocks", "note", True)}  # fmt: skip
    assert "answers to numbers too (conv_out, depth)" in problems[1].reason
    assert ("a", "blocks") in hand_ins
    assert problems[0].reason == ("it holds answers to use too (predict), which do not count here: "
                                  "hand in use as a notebook of its own")  # fmt: skip


def test_a_late_one_counts_where_none_is_on_time(tmp_path):
    dated(tmp_path, "ada", "2026-11-05T12:00:00+01:00", "late")
    hand_ins, _ = collect(tmp_path, read(DUE.format('late = "refuse"\nfile_times = true')), KNOWN)
    assert [h.late for h in hand_ins] == [True]


def test_the_time_of_a_file_makes_nobody_late_unless_asked(tmp_path):
    dated(tmp_path, "ada", "2026-11-04T17:00:00+01:00", "work")
    hand_ins, problems = found(tmp_path, DATED)
    assert hand_ins["ada", "blocks"].days_late == 0
    assert "file_times = true" in problems[0].reason
    hand_ins, problems = found(tmp_path, read(DUE.format("file_times = true")))
    assert hand_ins["ada", "blocks"].days_late == pytest.approx(47 / 24)
    assert problems == []


def test_the_time_in_an_export_is_in_the_zone_of_the_course(tmp_path):
    put(tmp_path, {"m.zip": packed({f"{MOODLE}/b.ipynb": BLOCKS}, (2026, 11, 2, 18, 30, 0))})
    hand_in = found(tmp_path, read(DUE.format("file_times = true")))[0]["Ada Lovelace", "blocks"]
    assert hand_in.when.isoformat() == "2026-11-02T18:30:00+01:00"
    assert hand_in.days_late == pytest.approx(0.5 / 24)


def test_what_a_student_packs_cannot_turn_the_clock_back(tmp_path):
    stamps = dict.fromkeys(("blocks/timestamp.txt", "timestamp.txt"), "2026-10-01 12:00:00 UTC")
    early = packed({"b.ipynb": BLOCKS, **stamps}, (2026, 10, 1, 12, 0, 0))
    put(tmp_path, {"ada/work.zip": early})
    late = datetime.datetime(2026, 11, 3, 12, tzinfo=datetime.UTC).timestamp()
    os.utime(tmp_path / "ada/work.zip", (late, late))
    put(tmp_path, {"m.zip": packed({f"{MOODLE}/w.zip": early}, (2026, 11, 4, 12, 0, 0))})
    hand_ins, _ = found(tmp_path, read(DUE.format("file_times = true")))
    assert {h.student: h.late for h in hand_ins.values()} == {"ada": True, "Ada Lovelace": True}


def test_doubts_are_told_once_for_an_assignment_and_canvas_knows_for_itself(tmp_path):
    for student in ("ada", "bob", "cam", "dan"):
        dated(tmp_path, student, "2026-11-04T17:00:00+01:00", "work")
    put(tmp_path, {"lovelaceada_1_2_work.ipynb": BLOCKS})
    _, problems = found(tmp_path, DATED)
    assert [(p.assignment, p.source) for p in problems] == [("blocks", "ada, bob, cam and 1 more")]
    assert problems[0].reason.startswith("4 hand-ins would be late")


# Names


def test_two_students_of_one_name_are_two(tmp_path):
    files = {f"Ada Lovelace_{i}_assignsubmission_file_/b.ipynb": BLOCKS for i in (1, 2)}
    put(tmp_path, {"m.zip": packed(files)})
    assert keys(tmp_path) == {("Ada Lovelace (1)", "blocks"), ("Ada Lovelace (2)", "blocks")}


def test_one_student_in_two_exports_is_one(tmp_path):
    """Moodle numbers its participants anew for each assignment."""
    put(tmp_path, {
        "b.zip": packed({f"{MOODLE}/b.ipynb": BLOCKS}),
        "n.zip": packed({"Ada Lovelace_99_assignsubmission_file_/n.ipynb": notebook("depth")}),
    })  # fmt: skip
    assert keys(tmp_path) == {("Ada Lovelace", "blocks"), ("Ada Lovelace", "numbers")}


@pytest.mark.parametrize("inner", [
    "Bob_1_assignsubmission_file_/blocks.ipynb", "bob_1_2_blocks.ipynb", "bob/blocks.ipynb",
    "submitted/bob/blocks/blocks.ipynb"])  # fmt: skip
@pytest.mark.parametrize("outer", [
    "ada/{}", "ada/work.zip", f"{MOODLE}/{{}}", f"{MOODLE}/work.zip", "lovelaceada_1_2_work.zip"])
def test_a_name_inside_makes_nobody_another(tmp_path, outer, inner):
    name = outer.format(inner)
    put(tmp_path, {name: packed({inner: BLOCKS}) if name.endswith(".zip") else BLOCKS,
                   "bob/b.ipynb": BLOCKS})  # fmt: skip
    sources = {h.student: h.source for h in found(tmp_path)[0].values()}
    assert sources.pop("bob") == "bob/b.ipynb"
    assert [name.lower()[:3] for name in sources] in (["ada"], ["lov"])


def test_a_file_name_at_moodle_makes_nobody_another(tmp_path):
    put(tmp_path, {"Ada_1_assignsubmission_file_Bob_2_assignsubmission_file_blocks.ipynb": BLOCKS})
    assert "Bob" not in {student for student, _ in keys(tmp_path)}


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '=HYPERLINK("http://x","y")', "..", ".", "...", "a/b", "CON",
     "nul.txt", "aux", "tab\there", "new\nline", "x" * 300, "trail. ", "\u202eevil", "", " ",
     "a\x00b", ".hidden", "~", "\ud800", "🎓" * 100],
    ids=ascii,
)  # fmt: skip
def test_names_that_no_folder_can_have_are_changed_and_told_apart(name):
    safe = safe_name(name)
    assert safe != name
    assert 0 < len(safe.encode()) <= 120
    assert not set(safe) & set('<>:"/\\|?*\0\n\t')
    assert not safe.startswith(".")
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", ["Ada Lovelace", "O'Neill, Zoë", "李小龙", "محمد", "a.b@c.org"],
                         ids=ascii)  # fmt: skip
def test_ordinary_names_stay(name):
    assert safe_name(name) == name


def test_names_with_the_same_replacement_stay_apart():
    assert safe_name("a/b") != safe_name("a\\b")


def test_one_name_written_in_two_ways_is_one(tmp_path):
    name = "Zoë"
    put(tmp_path, {"m.zip": packed({
        f"{unicodedata.normalize('NFD', name)}_1_assignsubmission_file_/b.ipynb": BLOCKS,
        f"{unicodedata.normalize('NFC', name)}_1_assignsubmission_file_/n.ipynb": notebook("depth"),
    })})  # fmt: skip
    assert keys(tmp_path) == {(name, "blocks"), (name, "numbers")}


def test_names_that_differ_by_case_only_stay_apart_on_every_system(tmp_path):
    names = ("ann_1_assignsubmission_file_", "Ann_2_assignsubmission_file_")
    put(tmp_path, {"m.zip": packed({f"{name}/b.ipynb": BLOCKS for name in names})})
    students = {student for student, _ in keys(tmp_path)}
    assert len({s.casefold() for s in students}) == 2


# Harm


def problem(tmp_path, data, name="ada/work.zip"):
    put(tmp_path, {name: data, "bob/blocks.ipynb": BLOCKS})
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("bob", "blocks")}
    assert len(problems) == 1
    assert problems[0].kind == "refused"
    assert not (tmp_path.parent / "evil.ipynb").exists()
    return problems[0]


def test_a_bomb_is_refused_by_its_size_before_it_is_unpacked(tmp_path):
    said = problem(tmp_path, packed({"blocks.ipynb": b" " * (9 * MIB)}))
    assert said.student == "ada"
    assert said.reason == (
        "it is larger than 8 MiB: clear its outputs (Edit → Clear Outputs of All Cells) and save "
        "it; the limit is `notebook` below [limits] in course.toml")  # fmt: skip


def test_pictures_do_not_make_a_notebook_too_large(tmp_path):
    made = json.loads(notebook("conv3x3", "BasicBlock", text='x = {"image/png": "' + "A" * 2000))
    for count, fits in ((3, True), (9, False)):  # MiB, in lines as some programs write them
        picture = ("A" * 76 + "\n") * (count * MIB // 76)
        output = {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}
        shown = [{**cell, "outputs": [output] * 3} for cell in made["cells"]]
        data = json.dumps({**made, "cells": shown})
        put(tmp_path, {"ada/blocks.ipynb": data, "bob/work.zip": packed({"blocks.ipynb": data})})
        hand_ins, problems = found(tmp_path)
        assert len(hand_ins) == 2 * fits
        assert len(problems) == 2 * (not fits)
        for hand_in in hand_ins.values():
            texts = [c["source"] for c in json.loads(hand_in.read())["cells"]]
            assert texts == [c["source"] for c in made["cells"]]


def test_a_bomb_that_lies_about_its_size_is_cut_off(tmp_path):
    data = bytearray(packed({"blocks.ipynb": b" " * (9 * MIB)}))
    for place in (data.index(b"PK\1\2") + 24, data.index(b"PK\3\4") + 22):
        data[place : place + 4] = struct.pack("<L", 1000)
    put(tmp_path, {"ada/work.zip": bytes(data)})
    hand_ins, problems = collect(tmp_path, COURSE, KNOWN)
    assert all(len(h.found.read(MIB)) <= 1000 for h in hand_ins)
    assert hand_ins or problems


def test_an_archive_in_an_archive_in_an_archive_is_refused(tmp_path):
    deep = packed({"c.zip": packed({"d.zip": packed({"blocks.ipynb": BLOCKS})})})
    assert "archive in an archive" in problem(tmp_path, deep).reason


def test_an_archive_with_very_many_files_is_refused(tmp_path):
    many = packed({f"{i}.ipynb": b"" for i in range(501)})
    assert problem(tmp_path, many).reason == "it holds 501 files; at most 500 are read"


def test_an_archive_whose_list_is_very_long_is_not_even_listed(tmp_path):
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 200 * MIB, 0, 0)
    assert problem(tmp_path, b"x" * 100 + end).reason == "the archive lists too many files"


@pytest.mark.parametrize("name", ["../evil.ipynb", "/evil.ipynb", "a/../../evil.ipynb",
                                  "..\\evil.ipynb", "C:/evil.ipynb", "C:\\evil.ipynb"])  # fmt: skip
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    assert "leads out" in problem(tmp_path, packed({name: BLOCKS})).reason


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4" + b"x" * 100, b"PK\5\6" + b"\0" * 18,
                                  b"PK\5\6" + b"\xff" * 30, b"\0" * 70_000])  # fmt: skip
def test_what_is_no_archive_has_its_own_line(tmp_path, data):
    put(tmp_path, {"ada/x.zip": data, "bob/blocks.ipynb": BLOCKS})
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("bob", "blocks")}
    assert [p.student for p in problems] in ([], ["ada"])


def test_a_damaged_member_costs_only_itself(tmp_path):
    data = bytearray(packed({"a.ipynb": BLOCKS * 50, "numbers.ipynb": notebook("depth")}))
    data[60:70] = b"\xff" * 10
    put(tmp_path, {"ada/x.zip": bytes(data)})
    hand_ins, problems = found(tmp_path)
    assert set(hand_ins) == {("ada", "numbers")}
    assert len(problems) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_in_an_archive_that_does_not_say_how_they_are_written_are_read(tmp_path, encoding):
    """As macOS writes them, and older Windows programs."""
    name = "Jürgen Groß/blocks.ipynb"
    raw = name.encode(encoding)
    stand_in = re.sub(rb"[^ -~]", b"_", raw).decode()
    data = packed({stand_in: BLOCKS}).replace(stand_in.encode(), raw)
    put(tmp_path, {"class.zip": data})
    hand_ins, problems = found(tmp_path)
    assert (set(hand_ins), problems) == ({("Jürgen Groß", "blocks")}, [])
    assert hand_ins["Jürgen Groß", "blocks"].read() == BLOCKS


def test_encrypted_files_are_told(tmp_path):
    data = bytearray(packed({"blocks.ipynb": BLOCKS}))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    assert problem(tmp_path, bytes(data)).reason == "it is encrypted"


def test_links_in_an_archive_are_refused(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("blocks.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "../../source/blocks/blocks.ipynb")
    assert "links are not followed" in problem(tmp_path, out.getvalue()).reason


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
@pytest.mark.parametrize("target", ["../secret.ipynb", "../nowhere", ".."])
def test_links_in_a_folder_are_refused(tmp_path, target):
    put(tmp_path / "submitted", {"bob/blocks.ipynb": BLOCKS})
    put(tmp_path, {"secret.ipynb": BLOCKS})
    (tmp_path / "submitted/ada").mkdir()
    (tmp_path / "submitted/ada/blocks.ipynb").symlink_to(target)
    hand_ins, problems = found(tmp_path / "submitted")
    assert set(hand_ins) == {("bob", "blocks")}
    assert [p.student for p in problems] == ["ada"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_does_not_hang_the_collection(tmp_path):
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada/blocks.ipynb")
    hand_ins, problems = found(tmp_path)
    assert not hand_ins
    assert problems[0].reason == "it is not a plain file"


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"cells": 3}', b'{"cells": [3, null]}', b"[]",
                                  b"\xff\xfe", b"", b'{"cells": [], "metadata": 3}',
                                  b'{"cells": [{"metadata": {"nbgrader": []}}]}'])  # fmt: skip
def test_a_notebook_that_is_none_goes_by_its_name_and_costs_only_itself(tmp_path, data):
    put(tmp_path, {"ada/blocks.ipynb": data, "bob/blocks.ipynb": BLOCKS})
    assert keys(tmp_path) == {("ada", "blocks"), ("bob", "blocks")}


def test_very_many_notebooks_of_one_student_are_not_all_read(tmp_path):
    put(tmp_path, {f"ada/{i}.ipynb": BLOCKS for i in range(25)})
    _, problems = found(tmp_path)
    assert any("25 notebooks of one student; the first 20" in p.reason for p in problems)


def test_a_file_that_has_grown_or_gone_is_refused_when_it_is_read(tmp_path):
    put(tmp_path, {"ada/blocks.ipynb": BLOCKS})
    hand_in = found(tmp_path)[0]["ada", "blocks"]
    (tmp_path / "ada/blocks.ipynb").write_bytes(b" " * (9 * MIB))
    with pytest.raises(CollectError, match="larger than 8 MiB"):
        hand_in.read()
    (tmp_path / "ada/blocks.ipynb").unlink()
    with pytest.raises(CollectError, match="cannot be opened"):
        hand_in.read()


def test_nothing_is_written_by_collecting(tmp_path):
    put(tmp_path, {"m.zip": packed({f"{MOODLE}/x.zip": packed({"a.ipynb": BLOCKS})})})
    before = sorted(tmp_path.parent.rglob("*"))
    assert keys(tmp_path) == {("Ada Lovelace", "blocks")}
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_class_of_200_is_collected_in_seconds(tmp_path):
    files = {f"Student {i}_{i}_assignsubmission_file_/b.ipynb": BLOCKS for i in range(200)}
    put(tmp_path, {"m.zip": packed(files)})
    assert len(keys(tmp_path)) == 200


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        collect(tmp_path / "none", COURSE, KNOWN)


def test_moodles_newer_names_of_folders(tmp_path):
    text = "Gil New_41235_assignsubmission_onlinetext/onlinetext.html"
    export = {"Gil New_41235_assignsubmission_file/blocks.ipynb": BLOCKS, text: "<p>hello</p>"}
    assert keys(put(tmp_path, {"export.zip": packed(export)})) == {("Gil New", "blocks")}


@pytest.mark.parametrize("inside", [{}, {".ipynb_checkpoints/blocks-checkpoint.ipynb": BLOCKS}])
def test_an_empty_archive_is_told_with_its_student(tmp_path, inside):
    export = packed({f"{MOODLE}/a.zip": packed(inside)})
    hand_ins, problems = found(put(tmp_path, {"e.zip": export}))
    assert hand_ins == {}
    assert [(p.student, p.reason, p.kind) for p in problems] == [
        ("Ada Lovelace", "the archive is empty", "refused")]  # fmt: skip


def test_what_lies_beside_a_notebook_is_a_note(tmp_path):
    put(tmp_path, {"ada/blocks.ipynb": BLOCKS, "ada/data.zip": b"no archive",
                   "ada/try.ipynb": notebook(text="x = 1")})  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert list(hand_ins) == [("ada", "blocks")]
    assert {p.kind for p in problems} == {"note"}


def test_a_chapter_of_the_course_is_no_hand_in(tmp_path):
    """Its own cells hold answers, which would count."""
    folder = tmp_path / "ada"
    folder.mkdir()
    chapter = pathlib.Path(__file__).parents[2] / "notebooks" / "04_basic_block.ipynb"
    (folder / "mine.ipynb").write_bytes(chapter.read_bytes())
    hand_ins, problems = collect(tmp_path, Settings())
    assert hand_ins == []
    assert [(p.student, p.reason[:19]) for p in problems] == [("ada", "it is chapter 04 of")]


def test_a_loose_file_that_is_not_read_is_told(tmp_path):
    for name in ("class.7z", "Dana blocks.pdf", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    _, problems = collect(tmp_path, Settings())
    assert sorted(p.source for p in problems) == ["Dana blocks.pdf", "class.7z"]
    assert all("make a zip of it" in p.reason for p in problems)


# The rest of an export


def moodle(name, number, file):
    return f"{name}_{number}_assignsubmission_file_/{file}"


def export(**others):
    """An export of three with blocks, and of others by name: file and bytes."""
    files = {moodle(f"S{i}", i, "b.ipynb"): BLOCKS for i in (1, 2, 3)}
    for number, (name, (file, data)) in enumerate(others.items(), 10):
        files[moodle(name, number, file)] = data
    return packed(files)


PDF = b"%PDF-1.7"


def test_what_was_not_taken_is_for_the_assignment_of_the_export(tmp_path):
    """Whatever a student called the file."""
    chapter = pathlib.Path(__file__).parents[2] / "notebooks" / "13_use_it.ipynb"
    typed = {"Tina_9_assignsubmission_onlinetext_/onlinetext.html": "<p>my answer</p>"}
    whole = {moodle(f"S{i}", i, "b.ipynb"): BLOCKS for i in (1, 2, 3)} | typed | {
        moodle("Rar", 10, "hw.rar"): b"Rar!", moodle("Pdf", 11, "my numbers.pdf"): PDF,
        moodle("Zip", 12, "numbers.zip"): b"none", moodle("Chap", 13, "13_use_it.ipynb"):
        chapter.read_bytes()}  # fmt: skip
    put(tmp_path, {"RN-4711.zip": packed(whole)})
    _, problems = found(tmp_path)
    assert {(p.student, p.assignment, p.kind) for p in problems} == {
        (name, "blocks", "refused") for name in ("Tina", "Rar", "Pdf", "Zip", "Chap")}  # fmt: skip


def test_a_notebook_that_tells_nothing_is_for_the_assignment_of_the_export(tmp_path):
    put(tmp_path, {"RN-4711.zip": export(Odd=("numbers.ipynb", PDF), Bare=("x.ipynb", bare("1"))),
                   "plain/x.ipynb": bare("1")})  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert {("Odd", "blocks"), ("Bare", "blocks")} < set(hand_ins)
    assert [(p.student, p.assignment) for p in problems] == [("plain", "")]


def test_what_lies_beside_a_notebook_in_an_export_does_not_become_a_hand_in(tmp_path):
    files = {moodle("S9", 9, "b.ipynb"): BLOCKS, moodle("S9", 9, "scratch.ipynb"): bare("1"),
             moodle("S9", 9, "numbers.zip"): b"none"}  # fmt: skip
    put(tmp_path, {"a.zip": export(), "RN-4711.zip": packed(files)})
    hand_ins, problems = found(tmp_path)
    assert hand_ins["S9", "blocks"].read() == BLOCKS
    assert sorted((p.source.split("/")[-1], p.kind) for p in problems) == [
        ("numbers.zip", "note"), ("scratch.ipynb", "note")]  # fmt: skip


def test_the_name_of_an_export_tells_where_nothing_in_it_does(tmp_path):
    put(tmp_path, {"RN-Blocks-4711.zip": packed({moodle("Ada", 1, "hw.rar"): b"Rar!"}),
                   "RN-4712.zip": packed({moodle("Bob", 2, "hw.rar"): b"Rar!"})})  # fmt: skip
    assert {p.student: p.assignment for p in found(tmp_path)[1]} == {"Ada": "blocks", "Bob": ""}


def test_what_lies_together_for_several_assignments_tells_none(tmp_path):
    files = {f"s{i}/b.ipynb": BLOCKS for i in range(9)} | {"s1/n.ipynb": notebook("depth")}
    put(tmp_path, {"class.zip": packed(files | {"bob/hw.rar": b"Rar!"})})
    assert [(p.student, p.assignment) for p in found(tmp_path)[1]] == [("bob", "")]


@pytest.mark.parametrize("name", ["curiemarie_501_text.html", "curiemarie_LATE_501_text.html",
                                  "curiemarie_501_9004_text.html", "curiemarie_501_link.html"])
def test_a_text_that_was_typed_in_at_canvas_has_its_student_and_assignment(tmp_path, name):
    files = {f"student_{i}_{i}_b.ipynb": BLOCKS for i in (1, 2, 3)} | {name: "<p>x</p>"}
    put(tmp_path, {"submissions.zip": packed(files)})
    assert [(p.student, p.assignment, p.kind) for p in found(tmp_path)[1]] == [
        ("curiemarie_501", "blocks", "refused")]  # fmt: skip


def test_what_was_not_taken_is_told_of_who_handed_in_something_else(tmp_path):
    numbers = packed({moodle(f"S{i}", i, "n.ipynb"): notebook("depth") for i in (1, 2, 3)} |
                     {moodle("Ada", 10, "n.ipynb"): notebook("depth")})  # fmt: skip
    put(tmp_path, {"b.zip": export(Ada=("hw.rar", b"Rar!")), "n.zip": numbers,
                   "bob/blocks/hw.pdf": PDF, "bob/numbers/n.ipynb": notebook("depth"),
                   "bob/readme.txt": "x"})  # fmt: skip
    hand_ins, problems = found(tmp_path)
    assert {("Ada", "numbers"), ("bob", "numbers")} < set(hand_ins)
    assert {(p.student, p.assignment, p.kind) for p in problems} == {
        ("Ada", "blocks", "refused"), ("bob", "blocks", "refused")}  # fmt: skip


def test_a_notebook_in_the_export_of_another_assignment_is_told(tmp_path):
    put(tmp_path, {"RN-4711.zip": export(Walter=("n.ipynb", notebook("depth")))})
    hand_ins, problems = found(tmp_path)
    assert ("Walter", "numbers") in hand_ins
    assert [(p.student, p.assignment, p.kind) for p in problems] == [("Walter", "blocks", "note")]
    assert problems[0].reason == ("it is the notebook of numbers, for which it counts; nearly all "
                                  "in RN-4711.zip are of blocks")  # fmt: skip


def test_who_may_hand_in_several_in_one_place_is_not_told_so(tmp_path):
    files = {f"s{i}/blocks/b.ipynb": BLOCKS for i in range(9)}
    put(tmp_path, {"class.zip": packed(files | {"s1/numbers/n.ipynb": notebook("depth")})})
    assert found(tmp_path)[1] == []


@pytest.mark.parametrize("rule", ["last", "first", "best"])
def test_an_export_that_was_downloaded_twice_is_one_line(tmp_path, rule):
    others = {"Two": ("old.ipynb", notebook("conv3x3", text="old")), "Rar": ("hw.rar", b"Rar!"),
              "Walter": ("n.ipynb", notebook("depth"))}  # fmt: skip
    twice = export(**others)
    put(tmp_path, {"RN-4711.zip": twice, "RN-4711 (1).zip": twice,
                   "RN-4711 (2).zip": packed({moodle("Two", 10, "b.ipynb"): BLOCKS},
                                             (2026, 11, 2, 12, 0, 0))})  # fmt: skip
    hand_ins, problems = collect(tmp_path, read(f'double = "{rule}"'), KNOWN)
    assert len(hand_ins) == 5 + (rule == "best")
    refused, elsewhere, doubles, copies = problems
    assert (refused.student, elsewhere.student) == ("Rar", "Walter")
    assert (doubles.student, doubles.reason[:10]) == ("Two", "2 hand-ins")
    assert copies.reason == (
        "5 files are byte for byte what the same student handed in for the same assignment in "
        "another place, and count once: S1, S2, S3 and 2 more")  # fmt: skip
    assert (copies.student, copies.source) == ("", "RN-4711.zip")


def test_what_is_handed_in_again_after_another_one_is_no_copy(tmp_path):
    dated(tmp_path, "ada", "2026-11-01T12:00:00+01:00", "a")
    dated(tmp_path, "ada", "2026-11-02T12:00:00+01:00", "b")
    dated(tmp_path, "ada", "2026-11-03T12:00:00+01:00", "c", text="a")
    hand_ins, problems = found(tmp_path)
    assert hand_ins["ada", "blocks"].source == "ada/c.ipynb"
    assert problems[0].reason.startswith("3 hand-ins")


def test_what_is_handed_in_again_unchanged_is_on_time_if_the_first_was(tmp_path):
    dated(tmp_path, "ada", "2026-11-01T12:00:00+01:00", "a")
    dated(tmp_path, "ada", "2026-11-05T12:00:00+01:00", "z", text="a")
    hand_ins, problems = found(tmp_path, read(DUE.format("file_times = true")))
    assert not hand_ins["ada", "blocks"].late
    assert [p.reason[:9] for p in problems] == ["1 file is"]


def test_folders_of_leftovers_are_no_students_and_have_no_hand_in(tmp_path):
    (tmp_path / "__MACOSX").mkdir()
    put(tmp_path, {"eve/.ipynb_checkpoints/blocks-checkpoint.ipynb": BLOCKS,
                   "__MACOSX/eve/._blocks.ipynb": b"x"})  # fmt: skip
    (tmp_path / "__pycache__").mkdir()
    _, problems = found(tmp_path)
    assert [(p.student, p.reason) for p in problems] == [
        ("eve", "the folder holds only what systems and editors leave behind")]  # fmt: skip
