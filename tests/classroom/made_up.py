"""A class that nobody ever taught: results and hostile texts from a seeded generator.

``python -m tests.classroom.made_up DIR`` writes such a course, to look at its reports.
"""

import datetime
import hashlib
import json
import pathlib
import random
import sys
import zipfile

from resnet_edu.classroom import settings
from resnet_edu.classroom.assignments import assignments
from resnet_edu.exercises.tasks import changed

FIRST = ["Ada", "Émile", "Grace", "Karl", "Noor", "Sofia", "Yuki", "Chidi", "Ingrid", "José",
         "Leïla", "Małgorzata", "Omar", "Priya", "Søren", "Tariq", "Zoë", "Wei",
         "Björn"]  # fmt: skip
LAST = ["Lovelace", "Borel", "Hopper", "Weierstraß", "Inayat", "Kovalevskaya", "Tanaka", "Okafor",
        "Daubechies", "García", "O'Neill", "Curie", "Khayyam", "Abel", "Noether", "Li"]  # fmt: skip
HOSTILE = (
    '=HYPERLINK("http:__x.example","click")', "<script>alert(1)</script>", "+1+1", "-2+3",
    "@sum",
    "'; DROP TABLE students; --", "&lt;b&gt;", "李小龙", "محمد بن موسى", "x" * 110, "\"quoted\"",
    "<img src=x onerror=alert(1)>", "</title><script>alert(2)</script>", "a,b;c", "👩‍🏫 teacher",
)  # fmt: skip
EVIL = '</code></pre><script>alert("owned")</script><img src=x onerror=alert(3)>\u202e\x00\x1b[31m'
ZONE = datetime.timezone(datetime.timedelta(hours=1))
DUE = {
    name: datetime.datetime(2026, 11, 2, 23, 59, 59, tzinfo=ZONE) + datetime.timedelta(7 * week)
    for week, name in enumerate(("blocks", "network", "numbers", "use"))
}
TROUBLE = {"3": f"NameError: name '{EVIL[:30]}' is not defined"}
SETTINGS = """
title = "ResNet <autumn> & more"
time_zone = "Europe/Berlin"
[due]
"""


def names(draw, count):
    made = [f"{a} {b}" for a in FIRST for b in LAST]
    draw.shuffle(made)
    safe = [name.replace("/", "_") for name in HOSTILE]
    return sorted(safe + made[: count - len(safe)]) if count > 50 else sorted(made[:count])


def entry(exercise, skill, draw):
    """One exercise of one student."""
    blank = {"points": exercise.points, "score": 0.0, "passed": False, "mistake": None,
             "mistakes": [], "title": "", "seen": "", "why": "", "section": exercise.section,
             "ask": "", "note": "", "code": exercise.starter}  # fmt: skip
    luck = draw.random()
    style = draw.choice(list(exercise.styles))
    if luck < skill:
        code = f"# {draw.random()}\n{exercise.styles[style]}\nspare = {draw.random()}"
        return {**blank, "score": 1.0, "passed": True, "code": code}
    if luck > 0.97:
        return {**blank, "note": "no answer", "title": f"No {exercise.name} yet", "code": ""}
    if not exercise.mistakes or luck > 0.9:
        text = f"def {exercise.name}(*a):\n    return {EVIL!r}, {draw.random()}  # {'long' * 900}"
        return {**blank, "score": 0.4, "title": "Something differs in the values.", "seen": EVIL,
                "code": text}  # fmt: skip
    weights = [1 / (1 + rank) ** 1.5 for rank in range(len(exercise.mistakes))]
    mistake = draw.choices(exercise.mistakes, weights)[0]
    style = next(iter(mistake.changes))
    code = changed(exercise.styles[style], mistake.changes[style]) + f"\nspare = {draw.random()}"
    return {**blank, "score": draw.choice([0.33, 0.5, 0.83]), "mistake": mistake.id,
            "mistakes": [mistake.id], "title": mistake.title, "why": mistake.why,
            "seen": f"{exercise.name}(4, 4) on (1, 4, 6, 6): expected 0.25, found −0.5",
            "section": mistake.section, "ask": mistake.ask, "code": code}  # fmt: skip


def result(student, assignment, exercises, skill, draw):
    moment = DUE[assignment] - datetime.timedelta(days=draw.gammavariate(1.3, 2.2) - 0.35)
    made = {e.name: entry(e, skill, draw) for e in exercises}
    late = (moment - DUE[assignment]) / datetime.timedelta(days=1)
    return {
        "student": student, "assignment": assignment, "source": f"{student}/{assignment}.ipynb",
        "when": moment.isoformat(), "days_late": late if late > 0.01 else 0.0,
        "digest": hashlib.sha256(json.dumps(made).encode()).hexdigest(), "checks": "made up",
        "status": "graded", "reason": "", "exercises": made,
        "cells": TROUBLE if draw.random() < 0.1 else {},
        "killed": [["cell 7", "was stopped after 25 s"]] if draw.random() < 0.02 else [],
        "points": round(sum(e["points"] * e["score"] for e in made.values()), 2),
        "of": sum(e.points for e in exercises),
    }  # fmt: skip


def results(seed=0, students=200):
    """The results of a class; some share answers, some never ran, some stopped coming."""
    draw = random.Random(seed)
    parts = assignments()
    made = []
    for number, student in enumerate(names(draw, students)):
        skill = min(0.98, max(0.02, draw.gauss(0.68, 0.22)))
        upto = draw.choices(range(1, len(parts) + 1), [1, 1, 2, 16][-len(parts) :])[0]
        for assignment, exercises in list(parts.items())[:upto]:
            made.append(result(student, assignment, exercises, skill, draw))
            if number % 60 == 7:
                made[-1] |= {"status": "could not run", "reason": f"it is not a notebook: {EVIL}",
                             "exercises": {}, "points": 0.0}  # fmt: skip
    graded = [r for r in made if r["status"] == "graded" and r["assignment"] == "blocks"]
    for _ in range(students // 25):
        one, other = draw.sample(graded, 2)
        other["exercises"] = json.loads(json.dumps(one["exercises"]))
    return made


def _submitted(folder):
    """Two files that cannot be taken, and two of one student for one assignment."""
    notebook = json.dumps({"cells": [], "metadata": {"resnet_edu": {"assignment": "blocks"}}})
    for name in ("Ada Abel", "@sum"):
        (folder / name).mkdir(parents=True)
    for name in ("first", "second"):
        (folder / "@sum" / f"{name}.ipynb").write_text(notebook + "\n" * len(name), "utf-8")
    with zipfile.ZipFile(folder / "Ada Abel" / "use.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("use.ipynb", b" " * (9 << 20))
    with zipfile.ZipFile(folder / "m.zip", "w") as archive:
        archive.writestr("../<img src=x onerror=alert(5)>.ipynb", notebook)


def course(folder, seed=0, students=200, overrides="", roster=""):
    """Write a course folder with such results."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    due = "\n".join(f"{name} = {moment.isoformat()}" for name, moment in DUE.items())
    (folder / settings.FILE).write_text(SETTINGS + due, encoding="utf-8")
    for row in results(seed, students):
        path = folder / "results" / row["student"] / f"{row['assignment']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(row, sort_keys=True), encoding="utf-8")
    if overrides:
        head = "student,assignment,exercise,points,comment\n"
        (folder / "overrides.csv").write_text(head + overrides, encoding="utf-8")
    if students > 50:
        _submitted(folder / "submitted")
    if roster:
        (folder / "students.csv").write_text(roster, encoding="utf-8")
    return folder


if __name__ == "__main__":
    course(sys.argv[1])
