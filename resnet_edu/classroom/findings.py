"""What the results of a class say to its teacher: mistakes, who is stuck, identical answers.

Nothing here runs or parses what a student wrote; it is compared as text.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..exercises.catalogue.builders import ROWS
from .collecting import Problem
from .marks import Marks, Result
from .settings import DAY, Settings

MOST = 5  # mistakes that are shown
SPOTTED = 2  # of these at most so many are of bugs to spot, where there are others
ANSWER = re.compile(r"""[(\[]\s*(\d+)\s*,\s*["'](\w)["']""")  # (6, "b")
IN_TWO = re.compile(r"""=\s*(?:(\d+)|["'](\w)["'])\s*$""", re.MULTILINE)  # line = 6
BUILDERS = "resnet"  # stands for all of them, where a mistake is counted
WRITTEN = 120  # characters, without spaces and comments, from which on equal texts are no accident
UNSAID = ("not-started", "unfinished", "stopped", "imported")  # no mistake in what was learned
BESIDE = re.compile(  # a line that does nothing for the answer
    r"""#|\"{3}|'{3}|(print|display|assert|import|from|raise|return None|pass)\b"""
)
OPEN = ("no answer", "not-started")
UNWRITTEN = ("no answer", *UNSAID)


@dataclass(frozen=True)
class Student:
    """One student: what the roster says, each hand-in's result and marks, what was refused.

    ``notes`` are those that the student is told, too.
    """

    key: str
    name: str = ""
    email: str = ""
    id: str = ""
    username: str = ""
    results: Mapping[str, Result] = field(default_factory=dict)
    marks: Mapping[str, Marks] = field(default_factory=dict)
    refused: tuple[Problem, ...] = ()
    old: frozenset[str] = frozenset()  # assignments whose result is by other checks than now
    waiting: frozenset[str] = frozenset()  # assignments handed in that have no result yet
    notes: tuple[Problem, ...] = ()

    @property
    def shown(self) -> str:
        """The name for people."""
        return self.name or self.key

    @property
    def points(self) -> float:
        """The sum over all assignments."""
        return round(sum(mark.points for mark in self.marks.values()), 2)

    def counts(self, assignment: str) -> float | None:
        """The points for one: 0 also where a file was not taken, None if nothing was given."""
        mark = self.marks.get(assignment)
        if mark:
            return mark.points
        lost = any(p.assignment == assignment for p in self.refused)
        return 0.0 if lost and assignment not in self.waiting else None


@dataclass(frozen=True)
class Frequent:
    """A mistake that students made; ``line`` is one of a typical answer.

    ``exercises`` are one, or those of the builders in which the same was done. ``mistake`` is its
    id, or its title where the catalogue does not have it. ``answer`` is what was given to a bug to
    spot, the line and the letter of the reason.
    """

    exercises: tuple[str, ...]
    mistake: str
    title: str
    section: str
    students: tuple[str, ...]
    line: str
    answer: tuple[str, str] | None = None


@dataclass(frozen=True)
class Stuck:
    """A student without a newly passed exercise for ``days``, None if never any was passed."""

    student: Student
    days: float | None
    tried: float
    at: tuple[tuple[str, str], ...]  # exercise, what was said of it


@dataclass(frozen=True)
class Identical:
    """Students with the same text, spaces and comments apart, for the same exercises.

    ``wrong`` are the exercises in which all of them made the same mistake, ``apart`` those that are
    wrong for some only or in several ways, each with the keys of those for whom it is wrong. Of
    ``same_file`` all exercises count, also short ones, and ``unwritten`` are those left open.
    """

    assignment: str
    students: tuple[Student, ...]
    exercises: tuple[str, ...]
    wrong: tuple[str, ...]
    same_file: bool
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unwritten: tuple[str, ...] = ()


def graded(students: Sequence[Student]) -> Iterator[tuple[Student, str, Result]]:
    """Every hand-in that has marks from a run."""
    for student in students:
        for assignment, result in student.results.items():
            if result["status"] == "graded":
                yield student, assignment, result


def when(result: Result) -> datetime.datetime | None:
    """The moment of a hand-in; one in no zone is not used."""
    try:
        moment = datetime.datetime.fromisoformat(str(result.get("when")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def newest(students: Sequence[Student], settings: Settings) -> datetime.datetime | None:
    """The moment of the last hand-in of the class; a time that makes nobody late tells nothing."""
    results = (item for student in students for item in student.results.items())
    times = ((a, result, m) for a, result in results if (m := when(result)))
    return max((m for a, result, m in times
                if result["days_late"] or not settings.days_late(a, m)), default=None)  # fmt: skip


def mistakes_of(result: Result) -> list[tuple[str, str]]:
    """Exercise and mistake, for each answer that is wrong and not only missing or unfinished.

    One without a name in the catalogue is known by its title.
    """
    return [(name, seen["mistake"] or seen["title"]) for name, seen in result["exercises"].items()
            if not (seen["passed"] or seen["note"]) and seen["mistake"] not in UNSAID]  # fmt: skip


def frequent(
    students: Sequence[Student], right: Mapping[str, Iterable[str]], most: int = MOST
) -> list[Frequent]:
    """The most frequent mistakes, each with the students who made it.

    What the catalogue does not have counts where two or more were told the same; bugs to spot are
    counted by the answer, and what was done in several builders once. ``right`` maps exercises to
    correct answers: no line of theirs is shown as one of a mistake.
    """
    made: dict[Kind, dict[tuple[str, str], Mapping[str, Any]]] = defaultdict(dict)
    answers: dict[tuple[str, str], Mapping[str, Any]] = {}
    for student, _, result in graded(students):
        wrong = {name for name, _ in mistakes_of(result)}
        for name, seen in result["exercises"].items():
            answers[name, student.key] = seen
            if name in wrong:
                made[_kind(name, seen)][name, student.key] = seen
    who = {key: tuple(dict.fromkeys(student for _, student in seen)) for key, seen in made.items()}
    kept = (key for key in made if len(who[key]) > 1 or next(iter(made[key].values()))["mistake"])
    order = sorted(kept, key=lambda key: (-len(who[key]), key))
    return [_frequent(key, who[key], made[key], answers, right) for key in _chosen(order, most)]


Kind = tuple[str, str, str, str, str]  # exercise, mistake, its title in a builder; line and letter


def _kind(name: str, seen: Mapping[str, Any]) -> Kind:
    """What makes two mistakes one row."""
    mistake = seen["mistake"] or seen["title"]
    if name in ROWS:
        return BUILDERS, mistake, seen["title"], "", ""
    return name, mistake, "", *(answered(name, seen["code"]) or ("", ""))


def _frequent(
    kind: Kind, who: tuple[str, ...], made: Mapping[tuple[str, str], Mapping[str, Any]],
    answers: Mapping[tuple[str, str], Mapping[str, Any]], right: Mapping[str, Iterable[str]],
) -> Frequent:  # fmt: skip
    there = {name for name, _ in made}
    names = tuple(name for name in (*ROWS, *sorted(there - set(ROWS))) if name in there)
    others = [seen["code"] for (name, student), seen in answers.items()
              if name in names and (name, student) not in made]  # fmt: skip
    seen = next(iter(made.values()))
    given = (kind[3], kind[4]) if kind[3] else None
    texts = [text for name in names for text in right.get(name, ())]
    wrong = [seen["code"] for seen in made.values()]
    line = "" if given else telling_line(wrong, others, texts)
    return Frequent(names, kind[1], seen["title"], seen["section"], who, line, given)


def _chosen(order: Sequence[Kind], most: int) -> list[Any]:
    """The first ones; of bugs to spot more than ``SPOTTED`` only where others do not suffice."""
    bugs = [key for key in order if _is_bug(key[0])]
    rest = [key for key in order if key not in bugs[SPOTTED:]]
    chosen = {*[*rest, *bugs[SPOTTED:]][:most]}
    return [key for key in order if key in chosen]


def _is_bug(exercise: str) -> bool:
    return exercise.startswith("spot_")


def answered(exercise: str, code: str) -> tuple[str, str] | None:
    """Line and letter of an answer to a bug to spot; None if it is none or cannot be told."""
    if not _is_bug(exercise):
        return None
    text = re.sub(r"#.*", "", code)
    found = ANSWER.search(text)
    if found:
        return found[1], found[2]
    lines, letters = ({m[place] for m in IN_TWO.finditer(text)} - {None} for place in (1, 2))
    return (lines.pop(), letters.pop()) if len(lines) == len(letters) == 1 else None


def telling_line(wrong: Sequence[str], others: Sequence[str], right: Iterable[str] = ()) -> str:
    """The line that most of the wrong answers have and fewest of the others; "" if none has.

    A line of a correct answer in ``right`` is none.
    """
    never = {line for text in right for line in _lines(text)}
    here, there = (Counter(line for text in texts for line in _lines(text))
                   for texts in (wrong, others))  # fmt: skip
    rest = max(1, len(others))
    ranked = [(count / len(wrong) - there[line] / rest, len(line), line)
              for line, count in here.items() if line not in never]  # fmt: skip
    best, _, line = max(ranked, default=(0.0, 0, ""))
    return line if best > 0 else ""


def _lines(text: str) -> set[str]:
    plain = (re.sub(r"\s+#.*", "", line).strip() for line in text.splitlines())
    return {line for line in plain if len(line) > 3 and not BESIDE.match(line)}


def stuck(students: Sequence[Student], settings: Settings) -> list[Stuck]:
    """Who has gone long without a newly passed exercise, longest first.

    Counted up to the newest hand-in of the class, so that holidays make nobody stuck. Who has
    handed in work and passed nothing at all is listed as well, and so is one whose hand-in could
    not be taken or run, unless the teacher gave the points.
    """
    now = newest(students, settings)
    found = []
    for student in students:
        results = list(student.results.values())
        open_ = [*_failed(student), *_not_passed(results)]
        if not open_:
            continue
        passed = [r for r in results if any(s["passed"] for s in r["exercises"].values())]
        times = [m for r in (passed or results) if (m := when(r))]
        days = (now - max(times)) / DAY if now and times else 0.0
        first = min((m for r in results if (m := when(r))), default=now)
        tried = (now - first) / DAY if now and first else 0.0
        if not passed:
            found.append(Stuck(student, None, tried, tuple(open_)))
        elif days >= settings.stuck_days:
            found.append(Stuck(student, days, tried, tuple(open_)))
    return sorted(found, key=lambda s: (s.days is not None, -(s.days or s.tried), s.student.key))


def _failed(student: Student) -> Iterator[tuple[str, str]]:
    """What could not be taken or run of a student: assignment, why."""
    own = {a for a, mark in student.marks.items() if "" in mark.own}
    for assignment, result in student.results.items():
        if result["status"] != "graded" and assignment not in own:
            yield assignment, f"could not run: {result['reason']}"
    for problem in student.refused:
        if problem.assignment not in own:
            yield problem.assignment or "hand-in", f"was not taken: {problem.reason}"


def _not_passed(results: Iterable[Result]) -> Iterator[tuple[str, str]]:
    for result in results:
        for name, seen in result["exercises"].items():
            if not seen["passed"]:
                yield name, seen["title"]


def identical(students: Sequence[Student]) -> list[Identical]:
    """Groups of students whose files, or answers, are the same; those wrong in one way first.

    Equal files are told whatever is in them, if anything was answered; texts from ``WRITTEN`` on.
    """
    files: dict[tuple[str, str], list[str]] = defaultdict(list)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    texts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    known = {student.key: student for student in students}
    for student, assignment, result in graded(students):
        written = any(s["note"] not in OPEN for s in result["exercises"].values())
        if result["digest"] and written:
            files[assignment, result["digest"]].append(student.key)
        for name, seen in result["exercises"].items():
            text = squeezed(seen["code"])
            if len(text) >= WRITTEN and seen["note"] not in UNWRITTEN:
                texts[assignment, name, text].append(student.key)
    for (assignment, name, _), keys in texts.items():
        if len(keys) > 1:
            groups[assignment, tuple(sorted(keys))].append(name)
    same = {(a, tuple(sorted(keys))) for (a, _), keys in files.items() if len(keys) > 1}
    found = [_group(a, [known[k] for k in keys], None) for a, keys in same]
    found += [_group(a, [known[k] for k in keys], names) for (a, keys), names in groups.items()
              if (a, keys) not in same]  # fmt: skip
    return sorted(found, key=lambda g: (not g.same_file, -len(g.wrong), -len(g.exercises),
                                        g.assignment, g.students[0].key))  # fmt: skip


def _group(assignment: str, students: list[Student], shared: list[str] | None) -> Identical:
    """What is shared: the text of some exercises, or the whole file where that is None."""
    there = [student.results[assignment]["exercises"] for student in students]
    whole = [name for name in there[0] if all(name in exercises for exercises in there)]
    names = whole if shared is None else shared
    wrong, apart, unwritten = [], {}, []
    for name in names:
        seen = [exercises[name] for exercises in there]
        failed = tuple(s.key for s, one in zip(students, seen, strict=True) if not one["passed"])
        ways = {(one["passed"], one["mistake"] or one["title"]) for one in seen}
        if all(one["note"] in OPEN for one in seen):
            unwritten.append(name)
        elif len(failed) == len(students) and len(ways) == 1:
            wrong.append(name)
        elif failed:
            apart[name] = failed
    return Identical(assignment, tuple(students), tuple(names), tuple(wrong), shared is None,
                     apart, tuple(unwritten))  # fmt: skip


def squeezed(code: str) -> str:
    """The text without comments and spaces."""
    return "".join(re.sub(r"#.*", "", code).split())


@dataclass(frozen=True)
class Share:
    """How an exercise went: how many handed in something, passed it, and the mean points."""

    assignment: str
    exercise: str
    handed_in: int
    passed: int
    mean: float
    of: float


def per_exercise(students: Sequence[Student]) -> list[Share]:
    """Each exercise of each assignment, in the order of the results."""
    rows: dict[tuple[str, str], list[tuple[bool, float, float]]] = defaultdict(list)
    for student, assignment, result in graded(students):
        earned = student.marks[assignment].exercises
        for name, seen in result["exercises"].items():
            rows[assignment, name].append((bool(seen["passed"]), earned[name], seen["points"]))
    return [Share(a, n, len(r), sum(p for p, _, _ in r), sum(e for _, e, _ in r) / len(r), r[0][2])
            for (a, n), r in rows.items()]  # fmt: skip


@dataclass
class Day:
    """The hand-ins of one day: how many, how many of them graded, and mistakes in these."""

    hand_ins: int = 0
    graded: int = 0
    mistakes: int = 0


def by_day(students: Sequence[Student], settings: Settings) -> dict[int, Day]:
    """Hand-ins and mistakes by whole days after the due date; before it days are negative.

    Those that count as late stand at 1 and above. One that is late by its file's time alone, which
    makes none late, stands nowhere: that time does not tell the day.
    """
    days: dict[int, Day] = defaultdict(Day)
    for student in students:
        for assignment, result in student.results.items():
            number = day(assignment, result, settings)
            if number is not None:
                days[number].hand_ins += 1
                days[number].graded += result["status"] == "graded"
                days[number].mistakes += sum(not s["passed"] and s["note"] not in UNWRITTEN
                                             for s in result["exercises"].values())  # fmt: skip
    return dict(sorted(days.items()))


def day(assignment: str, result: Result, settings: Settings) -> int | None:
    """The day of a hand-in after the due date, None when nothing tells it."""
    if result["days_late"] > 0:
        return math.ceil(result["days_late"])
    moment, due = when(result), settings.due.get(assignment)
    if moment is None or due is None or settings.days_late(assignment, moment):
        return None
    return -max(0, (due - moment) // DAY)


def late(students: Sequence[Student], settings: Settings) -> int:
    """How many hand-ins were late."""
    days = by_day(students, settings).items()
    return sum(one.hand_ins for number, one in days if number > 0)
