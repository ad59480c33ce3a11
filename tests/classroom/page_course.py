"""The course that docs/teaching.md shows, from ``class new`` to ``class report``.

``python -m tests.classroom.page_course DIR`` makes it, prints what the commands print, and takes
the page's pictures; ``test_page_course.py`` makes it and compares it with the page.
"""

import json
import pathlib
import sys

from resnet_edu.__main__ import main
from resnet_edu.classroom.assignments import exercises_of, grade_id
from resnet_edu.exercises import EXERCISES
from resnet_edu.exercises.tasks import changed

PICTURES = pathlib.Path(__file__).parents[2] / "docs" / "_static" / "teaching"
# When each handed in, and what was not right: a mistake of the catalogue, or what was done to a
# right answer. For a bug to spot, the line and the letter that were given.
HAND_INS = {
    "Ada Lovelace": ("2027-02-21T16:20:00+01:00", {"BasicBlock": "downsample-of-the-branch"}),
    "Bob Kahn": ("2027-02-27T09:05:00+01:00", {
        "conv3x3": "padding-always-one", "Bottleneck": "stride-on-the-first-conv",
        "spot_width": (6, "b")}),
    "Carl Gauss": ("2027-02-28T23:41:00+01:00", {
        "BasicBlock": ("def forward(self, x):", "def forward(self, x)"),
        "Bottleneck": "nothing", "spot_overwritten": "nothing", "spot_width": "nothing",
        "conv1x1": "bias-on"}),
    "Dana Scott": ("2027-03-02T10:15:00+01:00", {
        "conv3x3": "padding-always-one", "spot_gradient": (7, "a")}),
    "Emmy Noether": ("2027-02-27T20:30:00+01:00", {
        "BasicBlock": "no-sum", "Bottleneck": "width-by-integer-division"}),
    "Fritz John": ("2027-02-28T18:12:00+01:00", {
        "BasicBlock": ("        identity = x\n", "        while True: pass\n"),
        "Bottleneck": "stride-on-the-first-conv", "spot_input": (6, "a")}),
    "Grace Hopper": ("2027-02-26T14:00:00+01:00", {
        "conv3x3": "padding-always-one", "BasicBlock": "downsample-of-the-branch",
        "Bottleneck": "stride-on-the-first-conv"}),
}  # fmt: skip
NO_NOTEBOOK = "Henri Cartan", "2027-02-28T11:30:00+01:00"
OVERRIDES = "Emmy Noether,blocks,Bottleneck,4,shown at the board\n" \
            "Henri Cartan,blocks,,11,seen on paper\n"
ROSTER = "student,name,email,id,username\nAda Lovelace,,ada@school.example,77,\n" \
         "Max Born,,max@school.example,78,\n"


def make(course):
    """The course folder with its hand-ins, made by the commands that the page shows."""
    main(["class", "new", str(course)])
    course = pathlib.Path(course)
    text = (course / "course.toml").read_text(encoding="utf-8")
    text = text.replace('time_zone = "local"', 'time_zone = "Europe/Berlin"')
    text = text.replace("# blocks  = 2026-12-31", "blocks = 2027-02-28")
    (course / "course.toml").write_text(text, encoding="utf-8")
    with (course / "overrides.csv").open("a", encoding="utf-8") as file:
        file.write(OVERRIDES)
    (course / "students.csv").write_text(ROSTER, encoding="utf-8")
    main(["class", "release", "--course", str(course)])
    form = (course / "release" / "blocks" / "blocks.ipynb").read_text(encoding="utf-8")
    for student, (when, wrong) in HAND_INS.items():
        _hand_in(course, student, when, _filled(form, wrong).encode())
    _hand_in(course, *NO_NOTEBOOK, b"%PDF-1.7\n")
    return course


def _hand_in(course, student, when, data):
    folder = course / "submitted" / student / "blocks"
    folder.mkdir(parents=True)
    (folder / "blocks.ipynb").write_bytes(data)
    (folder / "timestamp.txt").write_text(when, encoding="utf-8")


def _filled(form, wrong):
    made = json.loads(form)
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in made["cells"]}
    for exercise in exercises_of("blocks"):
        source = _answer(exercise, wrong.get(exercise.name))
        if source:
            cells[grade_id("answer", exercise.name)]["source"] = source.strip("\n")
    return json.dumps(made)


def _answer(exercise, wrong):
    right = exercise.styles["plain" if "plain" in exercise.styles else "tuple"]
    if wrong == "nothing":
        return ""
    if isinstance(wrong, tuple):
        is_text = isinstance(wrong[0], str)
        return right.replace(*wrong) if is_text else f"{exercise.name} = {wrong}"
    if wrong:
        known = {mistake.id: mistake for mistake in EXERCISES[exercise.name].mistakes}
        return changed(right, known[wrong].changes["plain"])
    return right


def photograph(course):
    """The three pictures of the page, in Chromium."""
    from playwright.sync_api import sync_playwright

    reports = pathlib.Path(course).resolve() / "reports"
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1000, "height": 1060})
        page.goto((reports / "class.html").as_uri())
        page.screenshot(path=PICTURES / "class.png")
        page.locator(".plots").screenshot(path=PICTURES / "plots.png")
        page = chromium.new_page(viewport={"width": 820, "height": 880})
        page.goto((reports / "students" / "Dana Scott.html").as_uri())
        page.screenshot(path=PICTURES / "student.png")
        chromium.close()


if __name__ == "__main__":
    made = make(sys.argv[1])
    for command in ("grade", "grade", "report"):
        main(["class", command, "--course", str(made)])
    print((made / "reports" / "scores.csv").read_text(encoding="utf-8-sig"))
    photograph(made)
