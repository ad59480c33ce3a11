"""A class is graded: verdicts, a second run, hostile neighbours, an interruption."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from resnet_edu.classroom import benchmark, courses, grading
from resnet_edu.classroom.assignments import exercises_of
from resnet_edu.exercises import EXERCISES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
QUICK = "seconds = 20", "seconds = 2"


def silent(line):
    """Progress is not looked at here."""


def make(folder, students, assignment="use", seed=0):
    """A course with hand-ins, and what each student did."""
    list(courses.new(folder))
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8")
    assert QUICK[0] in text
    path.write_text(text.replace(*QUICK), encoding="utf-8")
    return benchmark.make_class(folder, assignment, students, seed)


def results(course):
    found = {}
    for path in sorted((course / "results").rglob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        found[result["student"], result["assignment"]] = result
    return found


def verdicts(course):
    """What must not change from one grading to the next: seeds do, and with them what was seen."""
    return {
        who: (r["status"], r["points"], {n: (e["score"], e["mistake"], e["title"])
                                         for n, e in r["exercises"].items()})
        for who, r in results(course).items()
    }  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = tmp_path_factory.mktemp("class") / "course"
    done = make(course, 24)
    summary = grading.grade(course, say=silent)
    return course, done, summary


def test_verdicts_are_what_the_students_did(graded):
    course, done, summary = graded
    assert (summary.graded, summary.kept, summary.failed) == (24, 0, [])
    named = wrong = 0
    for number, choice in enumerate(done):
        result = results(course)[f"student{number:03}", "use"]
        for name, what in choice.items():
            entry = result["exercises"][name]
            assert entry["passed"] == (what == "right"), (name, what, entry)
            if what == "nothing":
                assert entry["score"] == 0
            elif what != "right":
                alike = [group for group in EXERCISES[name].alike if what in group]
                wrong += 1
                named += entry["mistake"] == what or any(entry["mistake"] in g for g in alike)
        sum_of = sum(e["points"] * e["score"] for e in result["exercises"].values())
        assert result["points"] == pytest.approx(sum_of, abs=0.01)
        assert result["of"] == sum(e.points for e in exercises_of("use"))
    assert named >= 0.95 * wrong


def test_what_has_a_result_is_not_graded_again(graded):
    course, _, _ = graded
    before = {p: p.stat().st_mtime_ns for p in (course / "results").rglob("*.json")}
    summary = grading.grade(course, say=silent)
    assert (summary.graded, summary.kept) == (0, 24)
    assert {p: p.stat().st_mtime_ns for p in (course / "results").rglob("*.json")} == before


def test_asked_for_it_is_graded_again_to_the_same_verdict(graded):
    course, _, _ = graded
    before = verdicts(course)
    summary = grading.grade(course, again=True, say=silent)
    assert summary.graded == 24
    assert verdicts(course) == before


def test_a_changed_notebook_and_changed_checks_are_graded_anew(graded, monkeypatch):
    course, _, _ = graded
    path = course / "submitted" / "student003" / "use.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert grading.grade(course, say=silent).graded == 1
    monkeypatch.setattr(grading, "checks_version", lambda: "another")
    assert grading.grade(course, only=["student001", "student002"], say=silent).graded == 2


@pytest.mark.alone
def test_a_class_of_two_hundred_takes_a_second_each_and_no_longer_towards_the_end(tmp_path):
    course = tmp_path / "course"
    done = make(course, 200, "blocks", seed=7)
    start, ticks = time.monotonic(), []
    summary = grading.grade(course, say=lambda line: ticks.append(time.monotonic() - start))
    assert (summary.graded, summary.failed) == (200, [])
    assert len(results(course)) == 200
    wrong = [(f"student{i:03}", name) for i, choice in enumerate(done)
             for name, what in choice.items() if what not in ("right", "nothing")]  # fmt: skip
    found = results(course)
    named = sum(bool(found[who, "blocks"]["exercises"][name]["mistake"]) for who, name in wrong)
    assert len(wrong) > 500
    assert named >= 0.95 * len(wrong)
    assert summary.seconds <= 200 * benchmark.WANTED[False]
    lines = [t for t in ticks if t > 0][-200:]
    assert lines[-1] - lines[100] <= 1.5 * lines[99]


def test_an_exercise_that_the_teacher_takes_out_is_not_asked_for(tmp_path):
    course = tmp_path / "course"
    make(course, 2)
    assert grading.grade(course, say=silent).graded == 2
    source = course / "source" / "use" / "use.ipynb"
    book = json.loads(source.read_text(encoding="utf-8"))
    kept = [c for c in book["cells"] if "predict" not in str(c["metadata"].get("nbgrader"))]
    source.write_text(json.dumps({**book, "cells": kept}), encoding="utf-8")
    assert grading.grade(course, say=silent).graded == 2  # the sum is another one now
    result = results(course)["student000", "use"]
    points = {e.name: e.points for e in exercises_of("use")}
    assert "predict" not in result["exercises"]
    assert result["of"] == sum(points.values()) - points["predict"]
    assert grading.grade(course, say=silent).kept == 2
    source.write_text(json.dumps({**book, "cells": kept[:2]}), encoding="utf-8")
    with pytest.raises(grading.GradingError, match="none of the exercises of use"):
        grading.grade(course, say=silent)
    source.write_text("no notebook", encoding="utf-8")
    with pytest.raises(grading.GradingError, match="is no notebook: mend it"):
        grading.grade(course, say=silent)


def test_what_cannot_be_judged_costs_only_itself(tmp_path, monkeypatch):
    course = tmp_path / "course"
    make(course, 2)
    judge = grading.checking.judge

    def fragile(exercise, seed, found, *rest):
        if fragile.first:
            fragile.first = False
            raise TypeError("a number where a text should be")
        return judge(exercise, seed, found, *rest)

    fragile.first = True
    monkeypatch.setattr(grading.checking, "judge", fragile)
    summary = grading.grade(course, say=silent)
    assert summary.graded == 2
    ((_, _, reason),) = summary.failed
    assert reason == "what it handed back could not be judged (TypeError)"


HOSTILE = {
    "hangs": "while True: pass",
    "dies": "import os; os._exit(1)",
    "kills": "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os.kill(0, signal.SIGKILL)",
    "forks": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "fills": "x = []\nwhile True: x.append(bytearray(10**8))",
    "prints": "print('x' * 10**8)",
    "patches": "import torch\ntorch.equal = torch.allclose = lambda *a, **k: True\n"
               "torch.Tensor.__eq__ = lambda *a: True",
    "forges": "import os, json\nfor fd in range(3, 40):\n    try: os.write(fd, b'\\n' + json.dumps("
              "{'exercise': 'predict', 'rows': {'0/values/probabilities': 1}}).encode() + b'\\n')\n"
              "    except OSError: pass",
}  # fmt: skip


def put(path, cell):
    """A cell more, before the first answer."""
    made = json.loads(path.read_text(encoding="utf-8"))
    made["cells"].insert(3, cell)
    path.write_text(json.dumps(made), encoding="utf-8")


NO_NOTEBOOK = {"text": b"not a notebook", "empty": b"", "deep": b"[" * 200_000, "list": b"[]",
               "binary": bytes(range(256)), "no_code": b'{"cells": [], "nbformat": 4}'}  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="the limits are POSIX's")
def test_each_hostile_hand_in_costs_only_itself(tmp_path):
    quiet, loud = tmp_path / "quiet", tmp_path / "loud"
    make(quiet, 6, seed=4)
    make(loud, 6, seed=4)
    for name, code in HOSTILE.items():
        made = json.loads((loud / "submitted/student000/use.ipynb").read_text(encoding="utf-8"))
        made["cells"].insert(3, {"cell_type": "code", "source": code, "metadata": {}})
        folder = loud / "submitted" / f"a_{name}"
        folder.mkdir()
        (folder / "use.ipynb").write_text(json.dumps(made), encoding="utf-8")
    for name, data in NO_NOTEBOOK.items():
        folder = loud / "submitted" / f"b_{name}"
        folder.mkdir()
        (folder / "use.ipynb").write_bytes(data)
    grading.grade(quiet, say=silent)
    summary = grading.grade(loud, say=silent)
    expected, found = verdicts(quiet), verdicts(loud)
    assert {who: v for who, v in found.items() if who[0].startswith("student")} == expected
    for name in NO_NOTEBOOK:
        result = results(loud)[f"b_{name}", "use"]
        assert result["status"] == "could not run"
        assert result["reason"]
    failed = {student for student, _, _ in summary.failed}
    assert {f"b_{name}" for name in NO_NOTEBOOK} <= failed
    assert len(found) == len(expected) + len(HOSTILE) + len(NO_NOTEBOOK)
    own = found["student000", "use"]
    for name in ("prints", "hangs", "dies", "forks", "fills"):
        assert found[f"a_{name}", "use"][1] == own[1], name  # the cell is left out, the rest counts


@pytest.mark.skipif(os.name != "posix", reason="interrupts are sent as POSIX has them")
@pytest.mark.alone
def test_interrupted_it_leaves_whole_files_and_goes_on(tmp_path):
    course = tmp_path / "course"
    make(course, 30, seed=2)
    for number in range(5, 30):
        path = course / "submitted" / f"student{number:03}" / "use.ipynb"
        put(path, {"cell_type": "code", "source": "while True: pass", "metadata": {}})
    command = [sys.executable, "-m", "resnet_edu", "class", "grade", "--course", str(course)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    lines = 0
    for line in process.stdout:
        lines += " of 30 " in line
        if lines == 5:
            os.killpg(process.pid, signal.SIGINT)
            break
    begin, said = time.monotonic(), process.stdout.read()
    assert process.wait(120) == 130
    assert "stopping: " in said
    assert "the next `class grade` goes on" in said
    assert time.monotonic() - begin < 4  # though a hand-in loops
    assert 5 <= len(results(course)) < 30  # every file can be read
    assert not [p for p in (course / "results").rglob("*") if p.is_file() and p.suffix != ".json"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _keepers(str(course)):
        time.sleep(0.2)
    summary = grading.grade(course, say=silent)
    assert summary.kept >= 5
    assert len(results(course)) == 30


def _keepers(text):
    if not os.path.isdir("/proc/self"):
        return []
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                found += [name] if text.encode() in file.read() else []
        except OSError:
            continue
    return found


def test_progress_says_where_days_late_are_still_to_be_taken_off(tmp_path):
    course = tmp_path / "course"
    make(course, 2, seed=1)
    (course / "submitted" / "student001" / "timestamp.txt").write_text("2027-03-02T10:00:00Z")
    text = (course / "course.toml").read_text(encoding="utf-8")
    text = re.sub("# use .*", "use = 2027-02-28", text)
    (course / "course.toml").write_text(text, encoding="utf-8")
    said = []
    grading.grade(course, say=said.append)
    assert [", before days late are taken off  (" in line for line in sorted(
        said, key=lambda line: line.partition("student")[2])] == [False, True]  # fmt: skip


def test_progress_tells_how_long_it_will_take(tmp_path):
    make(tmp_path / "course", 3, seed=1)
    said = []
    grading.grade(tmp_path / "course", say=said.append)
    assert len(said) == 3
    assert said[0].startswith("1 of 3  student")
    assert "left)" in said[0]
    assert said[-1].endswith("(done)")


def test_graders_own_notebooks_get_all_points(tmp_path):
    """The model answers, through the cage, for every assignment."""
    from resnet_edu.classroom import assignments

    course = tmp_path / "course"
    list(courses.new(course))
    for name in assignments.assignments():
        folder = course / "submitted" / "teacher" / name
        folder.mkdir(parents=True)
        source = course / "source" / name / f"{name}.ipynb"
        (folder / f"{name}.ipynb").write_bytes(source.read_bytes())
    grading.grade(course, say=silent)
    for (_, name), result in results(course).items():
        short = {n: e["title"] for n, e in result["exercises"].items() if not e["passed"]}
        assert (result["points"], short) == (result["of"], {}), name


def all_right(course):
    """The notebook ``use`` of the first student, with a right answer to each exercise."""
    book = json.loads((course / "submitted/student000/use.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        kind, _, name = cell["metadata"]["nbgrader"]["grade_id"].partition("-")
        if kind == "answer":
            cell["source"] = next(iter(EXERCISES[name].styles.values()))
    return book


def test_without_ids_and_metadata_answers_are_found_and_points_cells_left_out(tmp_path):
    """As after Colab; and a cell that does not run has the number that students see."""
    course = tmp_path / "course"
    make(course, 1)
    book = all_right(course)
    bare = [{"cell_type": c["cell_type"], "source": c["source"]} for c in book["cells"]]
    broken = [dict(c) for c in bare]
    place = next(i for i, c in enumerate(broken) if "def predict" in c["source"]
                 and c["cell_type"] == "code")  # fmt: skip
    broken[place]["source"] = "def predict(model, images)\n    return images"
    for who, cells in (("bare", bare), ("broken", broken)):
        path = course / "submitted" / who / "Copy of Untitled3.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    grading.grade(course, say=silent)
    found = results(course)["bare", "use"]
    assert (found["points"], found["cells"]) == (found["of"], {})
    found = results(course)["broken", "use"]
    number = sum(c["cell_type"] == "code" for c in broken[: place + 1])
    said = f"Cell {number} does not run: SyntaxError: expected ':' (line 1)."
    assert found["exercises"]["predict"]["title"] == said
    assert set(found["cells"]) == {str(number), str(number + 1)}  # its check finds no answer
    assert found["points"] == found["of"] - EXERCISES["predict"].points


def test_what_became_of_the_setup_cell_costs_nothing(tmp_path):
    course = tmp_path / "course"
    make(course, 1)
    book = all_right(course)
    place = next(i for i, c in enumerate(book["cells"]) if "import torch" in c["source"])
    setup = book["cells"][place]["source"]
    for who, text in {"gone": "", "broken": "de f(x)", "more": f"import cv2\ncv2.x()\n{setup}",
                      "asks": f"{setup}\nnn.Module?"}.items():  # fmt: skip
        book["cells"][place]["source"] = text
        path = course / "submitted" / who / "use.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps(book), encoding="utf-8")
    grading.grade(course, say=silent)
    for (student, _), result in results(course).items():
        if student != "student000":
            lost = {n: e["title"] for n, e in result["exercises"].items() if not e["passed"]}
            assert lost == {}, student


THREE = """def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)
"""
BLOCK = """class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64,
                 dilation=1, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        if groups != 1 or base_width != 64 or dilation != 1:
            raise ValueError("groups, base_width and dilation stay as they are")
        self.conv1, self.bn1 = conv3x3(inplanes, planes, stride), norm_layer(planes)
        self.conv2, self.bn2 = conv3x3(planes, planes), norm_layer(planes)
        self.downsample = downsample

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))
"""


def test_a_slip_in_a_helper_is_charged_once(tmp_path):
    """What calls it is tried with a right one, unless it had to be stopped."""
    course = tmp_path / "course"
    make(course, 1, "blocks")
    book = json.loads((course / "submitted/student000/blocks.ipynb").read_text(encoding="utf-8"))
    answers = {
        "right": (THREE, BLOCK),
        "bias": (THREE.replace("bias=False", "bias=True"), BLOCK),
        "missing": ("# todo", BLOCK),
        "unread": (THREE.replace("):", ")"), BLOCK),
        "both": (THREE.replace("bias=False", "bias=True"), BLOCK.replace("out + (x", "out * (x")),
        "hangs": (THREE.replace("return", "while True: pass\n    return"), BLOCK),
    }
    for who, pair in answers.items():
        for cell in book["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").partition("-")
            if name[0] == "answer" and name[2] in ("conv3x3", "BasicBlock"):
                cell["source"] = pair[name[2] == "BasicBlock"]
        path = course / "submitted" / who / "blocks.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps(book), encoding="utf-8")
    grading.grade(course, say=silent)
    found = {who: results(course)[who, "blocks"]["exercises"] for who in answers}
    blocks = {who: entries["BasicBlock"] for who, entries in found.items()}
    assert {who: entry["passed"] for who, entry in blocks.items()} == {
        "right": True, "bias": True, "missing": True, "unread": True, "both": False, "hangs": False,
    }  # fmt: skip
    assert [who for who in answers if found[who]["conv3x3"]["passed"]] == ["right"]
    told = "`BasicBlock` is judged with a right one in its place."
    assert all(told in found[who]["conv3x3"]["seen"] for who in ("bias", "missing", "unread"))
    assert blocks["both"]["seen"].endswith("Judged with a right `conv3x3`: yours is told above.")
    assert (blocks["both"]["mistake"], blocks["right"]["seen"]) == ("product-instead-of-sum", "")
    before = verdicts(course)
    grading.grade(course, again=True, say=silent)
    assert verdicts(course) == before


def test_of_two_at_the_same_time_the_better_one_counts(tmp_path):
    course = tmp_path / "course"
    make(course, 1)
    book = all_right(course)
    half = json.loads(json.dumps(book))
    for cell in half["cells"]:
        if cell["metadata"]["nbgrader"]["grade_id"] == "answer-predict":
            cell["source"] = "predict = None"
    for who, files in {"half last": {"use.ipynb": half, "use (1).ipynb": book},
                       "half first": {"use.ipynb": book, "use (1).ipynb": half}}.items():
        for name, made in files.items():
            path = course / "submitted" / who / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(made), encoding="utf-8")
            os.utime(path, (1_790_000_000, 1_790_000_000))
    grading.grade(course, say=silent)
    found = results(course)
    for who, name in (("half last", "use (1).ipynb"), ("half first", "use.ipynb")):
        result = found[who, "use"]
        assert (result["points"], result["source"]) == (result["of"], f"{who}/{name}")
    assert grading.grade(course, say=silent).graded == 0


def test_blocks_may_call_the_convolutions_that_no_task_asks_for(tmp_path):
    """As chapter 05 writes them, also where the cell that hands them out is gone."""
    course = tmp_path / "course"
    list(courses.new(course))
    path = course / "course.toml"
    text = path.read_text(encoding="utf-8")
    assert "\n[exercises]\n" in text
    text = text.replace("\n[exercises]\n", '\n[exercises]\nblocks = ["BasicBlock"]\n')
    path.write_text(text, encoding="utf-8")
    list(courses.new(course))
    list(courses.release(course, ["blocks"]))
    form = (course / "release/blocks/blocks.ipynb").read_text(encoding="utf-8")
    for who in ("kept", "lost"):
        book = json.loads(form)
        for cell in book["cells"]:
            kind = cell["metadata"]["nbgrader"]["grade_id"]
            if kind == "answer-BasicBlock" or (kind == "setup" and who == "lost"):
                cell["source"] = BLOCK if kind != "setup" else ""
        file = course / "submitted" / who / "blocks.ipynb"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(book), encoding="utf-8")
    grading.grade(course, say=silent)
    assert {who: r["points"] for who, r in results(course).items()} == {
        ("kept", "blocks"): 3.0, ("lost", "blocks"): 3.0}  # fmt: skip
