"""``class grade``: every hand-in is run in a cage, judged outside of it, and written down.

The cages hand back what was seen; this process compares it with what a correct answer shows. Cases
and seeds are drawn anew for each run. A result is one file, written whole; what has one is not
graded again, unless the notebook or the checks have changed or it is asked for.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import hashlib
import json
import pathlib
import queue
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..exercises import EXERCISES, Exercise, checking
from ..exercises import catalogue as _catalogue
from ..exercises.guard import TooLong, undisturbed
from ..exercises.tasks import PACKAGE, STAND_INS
from ..saving import write_whole
from . import cells as _cells
from . import collecting, roster, settings
from .assignments import assignments, exercises_of, grade_id, setup_of
from .cage import Cage, CageError, Limits, Outcome, fences
from .cells import Cell
from .runner import TAKEN

Say = Callable[[str], None]
RESULTS = "results"
MOST_ROWS = 20_000  # a right answer shows some hundreds
JUDGING = 60.0  # seconds to judge one hand-in; it takes less than one
FORM = 4  # of a result; where that changes, all are graded again
RAN, FAILED = "graded", "could not run"
HELPERS = {  # what an answer may call that is an answer of the same hand-in itself
    "BasicBlock": ("conv3x3", "conv1x1"), "Bottleneck": ("conv3x3", "conv1x1"),
    "conv_macs": ("conv_out", "conv_params"), "stage_sizes": ("conv_out",),
    "bottleneck_params": ("conv_params", "bn_params"),
}  # fmt: skip
FAULT = "the grader itself failed"
KILLED = {
    "time": "was stopped after {step:.0f} s, since it could not be interrupted",
    "total time": "took more than {total:.0f} s in all",
    "memory": "used more than {memory} MiB of memory",
    "processes": "started more than {processes} processes",
    "size": "handed back more than {answer} MiB",
    "death": "ended the process that ran it",
    "the keeper is gone": "ended the process that runs submissions",
}


@dataclass
class Summary:
    """What a run of ``grade`` did."""

    graded: int = 0
    kept: int = 0
    failed: list[tuple[str, str, str]] = field(default_factory=list)  # student, assignment, reason
    stand: list[tuple[str, str]] = field(default_factory=list)  # could not run in an earlier call
    problems: list[Any] = field(default_factory=list)  # what was no hand-in, from ``collecting``
    seconds: float = 0.0
    fence: str = ""


class GradingError(ValueError):
    """A course that cannot be graded, and why."""


def grade(
    course: pathlib.Path, again: bool = False, only: Sequence[str] = (), say: Say = print
) -> Summary:
    """Grade what is in ``course/submitted`` and write ``course/results/STUDENT/ASSIGNMENT.json``.

    ``again`` grades everything anew, ``only`` what the students or assignments named handed in.
    Interrupted, it leaves whole files, and the next call goes on, also with what this one was to
    grade again. Raises ``SettingsError`` or
    ``GradingError``.
    """
    begin = time.monotonic()
    options = settings.load(course, assignments())
    given = Given.of(course)
    place = course / "submitted"
    if not place.is_dir():
        raise GradingError(f"there is no folder {place}: make it, and put what was handed in there")
    found, problems = collecting.collect(place, options)
    only, near = _by_key(course, only, [*found, *problems])
    _require_known(only, [*found, *problems], near)
    summary = Summary(problems=[p for p in problems if _is_chosen(p, only)])
    waiting: list[Any] = []
    for target, group in _by_target(course, (h for h in found if _is_chosen(h, only))).items():
        old = _current(target, group, given.version(target.stem, options))
        if again or old is None:
            waiting += group
            continue
        summary.kept += 1
        if old.get("status") != RAN:
            summary.stand.append((target.parent.name, target.stem))
    if waiting:
        _grade_all(course, waiting, options, given, summary, say)
    summary.seconds = time.monotonic() - begin
    return summary


def _by_key(
    course: pathlib.Path, only: Sequence[str], rows: Iterable[Any]
) -> tuple[list[str], dict[str, str]]:
    """What is asked for, with the student for a name in students.csv; and all such names."""
    listed = roster.read(course / roster.FILE)[0] if only else {}
    there = {row.student for row in rows}
    names = {n: key for n, key in roster.by_name(listed, there).items() if key in there}
    return [names.get(_plain(name)) or name for name in only], names


def _require_known(
    names: Iterable[str], rows: Iterable[Any], others: Iterable[str] = ()
) -> None:
    """Raise ``GradingError`` unless each name is an assignment, or of a student who has a row."""
    known = {row.student for row in rows} - {""}
    for name in names:
        if name not in assignments() and _plain(name) not in known:
            allowed = _allowed(name, known, others)
            raise GradingError(f"there is no student and no assignment {name!r}: {allowed}")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_chosen(row: Any, names: Sequence[str]) -> bool:
    """Whether a hand-in or a problem is of a student and an assignment among the names."""
    parts = set(assignments()) & set(names)
    who = {_plain(name) for name in names} - parts
    return (not who or row.student in who) and (not parts or row.assignment in parts)


def _allowed(name: str, students: set[str], others: Iterable[str] = ()) -> str:
    """What may stand for a name that is not known; ``others`` are names in students.csv."""
    said = f"assignments are {', '.join(assignments())}"
    all_ = [*sorted(others), *sorted(students), *assignments()]
    plain = {other.casefold(): other for other in all_}
    near = [plain[n] for n in difflib.get_close_matches(name.casefold(), plain)]
    tip = f"did you mean {' or '.join(near)}? " if near else ""
    listed = ", ".join(sorted(students)) or "none yet"
    who = listed if len(students) <= 12 else f"the {len(students)} in submitted/"
    return f"{tip}{said}; students are {who}"


def outdated(
    course: pathlib.Path, hand_ins: Iterable[Any], options: settings.Settings, given: Given
) -> set[tuple[str, str]]:
    """Student and assignment of the results that the next ``grade`` makes anew."""
    groups = _by_target(course, hand_ins).items()
    return {(path.parent.name, path.stem) for path, group in groups
            if path.exists() and _current(path, group, given.version(path.stem, options)) is None
            }  # fmt: skip


def _target(course: pathlib.Path, hand_in: Any) -> pathlib.Path:
    return course / RESULTS / hand_in.student / f"{hand_in.assignment}.json"


def _by_target(course: pathlib.Path, hand_ins: Iterable[Any]) -> dict[pathlib.Path, list[Any]]:
    """The hand-ins by the file of their result; several where the best of them counts."""
    groups: dict[pathlib.Path, list[Any]] = {}
    for hand_in in hand_ins:
        groups.setdefault(_target(course, hand_in), []).append(hand_in)
    return groups


def _current(path: pathlib.Path, group: Sequence[Any], version: str) -> dict[str, Any] | None:
    """The result that is there, if it is of these very notebooks by these very checks."""
    try:
        old: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same = old.get("checks") == version and old.get("days_late") in [h.days_late for h in group]
        same = same and old.get("attempts") == sorted(_digest(h.read()) for h in group)
        return old if same else None
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@functools.cache
def checks_version() -> str:
    """A name for the checks as they are now: another one when a case, a hint or a point changes."""
    folder = pathlib.Path(str(_catalogue.__file__)).parent.parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Given:
    """Which exercises a course asks for: those whose points cell its notebooks in source/ have.

    ``own`` are notebooks of the teacher's there that no one grades here, with the points in them;
    ``setup`` is what the locked cells above the first answer run, whatever a hand-in has there.
    """

    exercises: Mapping[str, tuple[Exercise, ...]]
    own: Mapping[str, float] = field(default_factory=dict)
    setup: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, course: pathlib.Path) -> Given:
        """What ``course/source`` asks for; an assignment without a notebook there has all."""
        asked = {name: _asked(course, name, all_) for name, all_ in assignments().items()}
        others = [p for p in sorted((course / "source").glob("*/*.ipynb"))
                  if p.stem == p.parent.name and p.stem not in asked]  # fmt: skip
        setup = {name: _setup(course, name) for name in asked}
        return cls(asked, {path.stem: _own_points(path) for path in others}, setup)

    def version(self, assignment: str, options: settings.Settings) -> str:
        """A name for the checks of an assignment and the limits: another one when these change."""
        asked = self.exercises[assignment]
        names = "" if asked == exercises_of(assignment) else " ".join(e.name for e in asked)
        other = asdict(options.limits) if options.limits != Limits() else {}
        usual = ("", setup_of(asked), setup_of(exercises_of(assignment)))
        setup = self.setup.get(assignment, "")
        own = "" if setup in usual else setup
        more = f"{names} {other or ''} {own}".strip()
        return f"{checks_version()}.{FORM}" + (f"-{_digest(more.encode())[:6]}" if more else "")

    def points(self, assignment: str) -> dict[str, float]:
        """What each exercise of an assignment is worth; empty for one of the teacher's own."""
        return {e.name: e.points for e in self.exercises.get(assignment, ())}

    def most(self, assignment: str) -> float:
        """What an assignment is worth, 0 when nothing tells."""
        return sum(self.points(assignment).values()) or self.own.get(assignment, 0)


def _own_points(path: pathlib.Path) -> float:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["cells"]
        marks = [c["metadata"].get("nbgrader", {}) for c in listed]
        return sum(float(m.get("points") or 0) for m in marks)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0


def _setup(course: pathlib.Path, name: str) -> str:
    """The code of the locked cells of a notebook in source/ that stand above the first answer."""
    path = course / "source" / name / f"{name}.ipynb"
    if not path.exists():
        return setup_of(exercises_of(name))
    listed = json.loads(path.read_text(encoding="utf-8"))["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in listed]
    first = next((i for i, mark in enumerate(marks) if mark.get("solution")), len(marks))
    texts = [_cells.source(cell) for cell, mark in zip(listed[:first], marks, strict=False)
             if cell.get("cell_type") == "code" and mark.get("locked") and not mark.get("grade")]
    return "\n\n".join(texts)


def _asked(course: pathlib.Path, name: str, all_: tuple[Exercise, ...]) -> tuple[Exercise, ...]:
    path = course / "source" / name / f"{name}.ipynb"
    if not path.exists():
        return all_
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        there = {c["metadata"].get("nbgrader", {}).get("grade_id") for c in cells}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise GradingError(f"{path} is no notebook: mend it, or take it away and run `class new`, "
                           "which makes it anew") from None  # fmt: skip
    asked = tuple(e for e in all_ if grade_id("points", e.name) in there)
    if not asked:
        raise GradingError(f"{path} has none of the exercises of {name}: it needs the points cell "
                           "of each exercise that is to be graded")  # fmt: skip
    return asked


@dataclass(frozen=True)
class _Job:
    hand_in: Any
    data: bytes
    cells: list[str] = field(default_factory=list)  # by their numbers
    plans: list[dict[str, Any]] = field(default_factory=list)
    right: Mapping[str, str] = field(default_factory=dict)  # what takes the place of a helper
    first: Mapping[str, Any] = field(default_factory=dict)  # the result without that


def _grade_all(
    course: pathlib.Path, waiting: list[Any], options: settings.Settings, given: Given,
    summary: Summary, say: Say,
) -> None:  # fmt: skip
    """Cages run in threads of their own; this thread judges and writes, one result at a time."""
    seed = secrets.randbelow(2**31)
    fence = summary.fence = working_fence(options, say)
    jobs: queue.Queue[_Job] = queue.Queue(maxsize=2 * options.workers)
    again: queue.Queue[_Job] = queue.Queue()
    done: queue.Queue[tuple[_Job, Outcome | str]] = queue.Queue()
    stop = threading.Event()
    cages = [Cage(fence, options.limits, options.fresh) for _ in range(options.workers)]
    threads = [threading.Thread(target=_feed,
                                args=(waiting, seed, given, jobs, done, stop))]
    threads += [threading.Thread(target=_work, args=(cage, again, jobs, done, stop))
                for cage in cages]
    for thread in threads:
        thread.daemon = True
        thread.start()
    begin = time.monotonic()
    groups = {target: len(group) for target, group in _by_target(course, waiting).items()}
    results: dict[pathlib.Path, list[dict[str, Any]]] = {}
    try:
        _prepare({h.assignment for h in waiting}, seed, given)
        count = 0
        while count < len(waiting):
            job, outcome = done.get()
            hand_in = job.hand_in
            result = _judged_in_time(hand_in, job.data, outcome, seed, given, options)
            second = None if job.first else _second(job, result)
            if second:
                again.put(second)
                continue
            if job.first:
                result = _better(job.first, result, job.right, options)
            count += 1
            target = _target(course, hand_in)
            results.setdefault(target, []).append(result)
            if len(results[target]) == groups[target]:
                _settle(target, results.pop(target), options, summary)
                del groups[target]
            kept = options.kept(result["days_late"])
            say(progress(count, len(waiting), time.monotonic() - begin, hand_in, result, kept))
    except KeyboardInterrupt:
        for target in groups:
            _ask_again(target)
        say(f"stopping: {summary.graded} have a result; the next `class grade` goes on")
        raise
    finally:
        _end(threads, cages, stop)


def _ask_again(path: pathlib.Path) -> None:
    """Make the next call grade anew what has an older result, since this one was to."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        old = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(old, dict):
            _write(path, {**old, "checks": ""})


def _end(
    threads: Sequence[threading.Thread], cages: Sequence[Cage], stop: threading.Event
) -> None:
    """Stop at once: no cage goes on with what it runs."""
    stop.set()
    deadline = time.monotonic() + 30
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        for cage in cages:
            cage.end()
        for thread in threads:
            thread.join(timeout=0.02)


def _prepare(names: Iterable[str], seed: int, given: Given) -> None:
    """Work out what right answers show, so that no hand-in's time for judging is used for it."""
    for exercise in (e for name in sorted(names) for e in given.exercises[name]):
        handed = STAND_INS if exercise.given else PACKAGE
        undisturbed(600, functools.partial(checking.expectation, exercise.name, seed, handed))


def _judged_in_time(
    hand_in: Any, data: bytes, outcome: Outcome | str, seed: int, given: Given,
    options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    """The result of one hand-in; what a stranger's process handed back may have any form."""
    judge = functools.partial(judged, hand_in, data, seed=seed, given=given, options=options)
    try:
        return undisturbed(JUDGING, lambda: judge(outcome))
    except TooLong:
        said = f"what it handed back took more than {JUDGING:g} s to judge"
    except Exception as error:
        said = f"what it handed back could not be judged ({type(error).__name__})"
    return judge(said)


def _settle(
    path: pathlib.Path, group: list[dict[str, Any]], options: settings.Settings, summary: Summary
) -> None:
    """Write the result that counts: the best one where a student has several."""
    best = max(group, key=lambda r: r["points"] * options.kept(r["days_late"]))
    _write(path, {**best, "attempts": sorted(result["digest"] for result in group)})
    summary.graded += 1
    if best["status"] != RAN:
        summary.failed.append((best["student"], best["assignment"], best["reason"]))


def working_fence(options: settings.Settings, say: Say) -> str:
    """The fence that the settings ask for; with "auto" the strongest that works here."""
    if options.fence != "auto":
        if options.fence not in fences():
            raise GradingError(
                f"fence = {options.fence!r} in course.toml, and bubblewrap is not installed here: "
                'install it (Debian: apt install bubblewrap), or set fence = "process"'
            )
        return options.fence
    for fence in fences():
        try:
            with Cage(fence, options.limits):
                return fence
        except CageError as error:
            say(str(error))
    raise GradingError("no cage works on this computer: Python cannot start a process of its own")


def _feed(
    waiting: Iterable[Any], seed: int, given: Given,
    jobs: queue.Queue[_Job], done: queue.Queue[Any], stop: threading.Event,
) -> None:  # fmt: skip
    for hand_in in waiting:
        if stop.is_set():
            return
        data = b""
        try:
            data = hand_in.read()
            asked = given.exercises[hand_in.assignment]
            cells = _cells.numbered(data)
            setup = given.setup.get(hand_in.assignment, "")
            sources = [setup, *(cell.source for cell in cells[1:])]
            job = _Job(hand_in, data, sources, list(plans(asked, seed, cells)))
        except (ValueError, OSError, collecting.CollectError) as error:
            done.put((_Job(hand_in, data), str(error)))
            continue
        while not stop.is_set():
            try:
                jobs.put(job, timeout=0.2)
                break
            except queue.Full:
                continue


def _work(
    cage: Cage, again: queue.Queue[_Job], jobs: queue.Queue[_Job], done: queue.Queue[Any],
    stop: threading.Event,
) -> None:  # fmt: skip
    try:
        while not stop.is_set():
            try:
                job = _next(again, jobs)
            except queue.Empty:
                continue
            try:
                done.put((job, cage.run(job.cells, job.plans, job.right)))
            except Exception as error:  # our own fault, or the machine's; the others go on
                done.put((job, f"{FAULT}: {type(error).__name__}: {error}"))
    finally:
        cage.close()


def _next(again: queue.Queue[_Job], jobs: queue.Queue[_Job]) -> _Job:
    with contextlib.suppress(queue.Empty):
        return again.get_nowait()
    return jobs.get(timeout=0.05)


def _second(job: _Job, result: Mapping[str, Any]) -> _Job | None:
    """The same hand-in once more, with right helpers, where answers may have failed by theirs.

    What had to be stopped is left out. A right helper is a line that half of the class has written;
    and nothing of a second run counts for the helper itself.
    """
    seen = result["exercises"]
    failed = {name for name, entry in seen.items() if not entry["passed"]}
    stopped = {step for step, _ in result["killed"]}
    stopped |= {f"cell {n}" for n, said in result["cells"].items() if said.startswith(STOPPED)}
    names = {name for name in failed & {*HELPERS} if seen[name]["note"] != "stopped"}
    right = {helper: next(iter(EXERCISES[helper].styles.values()))
             for name in names for helper in HELPERS[name]
             if helper in failed and _is_used(helper, job.cells)}  # fmt: skip
    if not right or not all(step.startswith("cell ") for step in stopped):
        return None
    cells = ["" if f"cell {n}" in stopped else text for n, text in enumerate(job.cells)]
    plans = [plan for plan in job.plans if plan["name"] in names]
    return _Job(job.hand_in, job.data, cells, plans, dict(sorted(right.items())), result)


def _is_used(name: str, texts: Iterable[str]) -> bool:
    """Whether a name stands anywhere but where it is defined or checked."""
    word = re.compile(rf"(?<!^def )\b{re.escape(name)}\b")
    return any(word.search(line) for text in texts for line in text.split("\n")
               if not line.startswith("#") and "check(" not in line)  # fmt: skip


def _tells_more(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether an answer earns more with right helpers, or as much with a mistake of its own."""
    own = second["mistake"] not in (None, first["mistake"]) and not second["note"]
    return bool(first["score"] < second["score"] or (own and first["score"] == second["score"]))


def _better(
    first: Mapping[str, Any], second: Mapping[str, Any], right: Iterable[str],
    options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    """The first result, with what a second run with right helpers shows to be their fault alone."""
    entries = dict(first["exercises"])
    if second["status"] != RAN:
        return dict(first)
    better = [name for name, entry in entries.items()
              if _tells_more(entry, second["exercises"][name])]  # fmt: skip
    helpers = " and ".join(f"`{name}`" for name in right)
    for name in better:
        said = f"Judged with a right {helpers}: yours is told above."
        entries[name] = _with_line(second["exercises"][name], said)
    for helper in right if better else ():
        names = " and ".join(f"`{name}`" for name in better)
        said = f"{names} {'are' if better[1:] else 'is'} judged with a right one in its place."
        entries[helper] = _with_line(entries[helper], said)
    return _counted({**first, "exercises": entries}, options)


def _with_line(entry: Mapping[str, Any], said: str) -> dict[str, Any]:
    return {**entry, "seen": "\n".join(line for line in (entry["seen"], said) if line)}


def plans(
    exercises: Iterable[Exercise], seed: int, cells: Sequence[Cell] = ()
) -> Iterator[dict[str, Any]]:
    """What a cage has to try: for every exercise the cases of this run, and what it is handed.

    Also the number of the cell that has the answer, since a later one may use the name again.
    """
    for exercise in exercises:
        yield {"name": exercise.name, "plan": exercise.drawn(seed), "given": list(exercise.given),
               "after": _cells.answer_number(exercise.name, cells)}  # fmt: skip


def judged(
    hand_in: Any, data: bytes, outcome: Outcome | str, seed: int, given: Given,
    options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    """The result of one hand-in, as it is written down."""
    exercises = given.exercises[hand_in.assignment]
    version = given.version(hand_in.assignment, options)
    result: dict[str, Any] = {
        "student": hand_in.student, "assignment": hand_in.assignment, "source": hand_in.source,
        "when": hand_in.when.isoformat() if hand_in.when else None,
        "days_late": hand_in.days_late, "digest": _digest(data), "checks": version,
        "status": RAN, "reason": "", "exercises": {}, "cells": {}, "killed": [],
        "points": 0.0, "of": sum(e.points for e in exercises),
    }  # fmt: skip
    if isinstance(outcome, str):
        again = {"checks": ""} if outcome.startswith(FAULT) else {}  # the next call tries it anew
        return {**result, "status": FAILED, "reason": outcome, **again}
    cells, asides = _cells.numbered(data), _cells.asides(data)
    language = _cells.language(data)
    result["cells"] = {str(i): _said(text, language) for i, text in sorted(outcome.cells.items())
                       if 0 < i < len(cells)}  # fmt: skip
    result["killed"] = [[step, _killed(reason, options.limits)] for step, reason in outcome.killed]
    for exercise in exercises:
        seen = outcome.exercises.get(exercise.name, {})
        entry = _entry(exercise, seen, seed, result, cells, options)
        result["exercises"][exercise.name] = _with_hint(entry, exercise.name, cells, asides)
    if not outcome.exercises and outcome.killed:
        step, why = result["killed"][-1]
        result |= {"status": FAILED, "reason": f"{step or 'it'} {why}"}
    return _counted(result, options)


def _counted(result: dict[str, Any], options: settings.Settings) -> dict[str, Any]:
    """The result with the sum of its points."""
    total = sum(options.earned(e) for e in result["exercises"].values())
    return {**result, "points": round(total, 2)}


def _said(text: str, language: str = "") -> str:
    """An error of a cell, without Python's own words for where: the cell is named before it."""
    if language and UNREAD.search(f": {text}"):
        return f"SyntaxError: the notebook's language is {language}, not Python"
    text = re.sub(r" \(cell \d+, line (\d+)\)$", r" (line \1)", text)
    return re.sub(r"^TooLong: stopped", STOPPED, text).removesuffix(": ")


def _killed(reason: str, limits: Limits) -> str:
    words = KILLED.get(reason, reason)
    return words.format(step=limits.step, total=limits.total, processes=limits.processes,
                        answer=limits.answer >> 20, memory=limits.memory >> 20)  # fmt: skip


def _entry(
    exercise: Exercise, seen: dict[str, Any], seed: int, result: Mapping[str, Any],
    cells: Sequence[Cell], options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    number = _cells.answer_number(exercise.name, cells)
    tried = _tried(exercise.name, number, seen, cells)
    entry: dict[str, Any] = {
        "points": exercise.points, "score": 0.0, "passed": False, "mistake": None, "mistakes": [],
        "title": "", "seen": "", "why": "", "section": exercise.section, "ask": "", "note": "",
        "code": cells[tried].source[:20_000],
    }  # fmt: skip
    stopped = next((why for step, why in result["killed"] if step == exercise.name), "")
    if stopped:
        return {**entry, "note": "stopped", "title": f"The answer {stopped}."}
    trouble = _trouble(number, result)
    rows = clean_rows(seen.get("rows"))
    used = clean_names(seen.get("imports"))
    if not rows and "stopped" not in seen and "broken" not in seen:
        return {**entry, **_absent(exercise, used, trouble)}
    found = dict(rows)
    if "broken" in seen:
        found["broken"] = str(seen["broken"])[:300]
    if "stopped" in seen:  # whatever number stands there, a stranger wrote it
        found["stopped"] = options.limits.seconds
    handed = STAND_INS if exercise.given else PACKAGE
    report = checking.judge(exercise, seed, found, handed)
    entry |= {
        "score": report.score, "passed": report.passed, "mistake": report.mistake,
        "mistakes": list(report.mistakes), "title": report.title, "seen": report.seen,
        "why": report.why, "section": report.section or exercise.section, "ask": report.ask,
        "note": report.mistake if report.mistake in ("stopped", "not-started") else entry["note"],
    }  # fmt: skip
    if not report.passed and used:
        entry |= _taken(exercise, used, rows)
    if UNREAD.search(trouble) and not report.passed:  # what was tried stands in another cell
        other = f"The answer in cell {tried}" if tried != number else "An earlier answer"
        entry |= {"title": f"{trouble} {other} was tried: {report.title}",
                  "mistake": None, "mistakes": [], "note": NOT_RUN}  # fmt: skip
    return entry


def _tried(name: str, number: int, seen: Mapping[str, Any], cells: Sequence[Cell]) -> int:
    """The cell of the answer that was tried: the one made for it, or another that defines it.

    The cage says which. A stranger wrote that too, so it must be a cell that does define it.
    """
    said = seen.get("made")
    if isinstance(said, int) and said in _cells.defining(name, cells):
        return said
    return number


STOPPED = "it was stopped"
UNREAD = re.compile(r": (Syntax|Indentation|Tab)Error: ")
NOT_RUN = "does not run"


def _trouble(number: int, result: Mapping[str, Any]) -> str:
    """What went wrong with the cell of an answer, as a sentence."""
    killed = next((why for step, why in result["killed"] if step == f"cell {number}"), "")
    said = result["cells"].get(str(number), f"it {killed}" if killed else "")
    return f"Cell {number} does not run: {said.rstrip('.')}." if said else ""


def _absent(exercise: Exercise, used: list[str], trouble: str) -> dict[str, Any]:
    """What is said where the notebook defines no answer, or could only have imported one."""
    not_run = {"note": NOT_RUN, "title": trouble, "section": "", "ask": _asked_about(trouble)}
    if UNREAD.search(trouble):
        return not_run
    taken = [n for n in used if _could_be(exercise, n)]
    if taken:
        title = f"Imported, not built: the notebook imports {taken[0]}."
        return {**IMPORTED, "title": title}
    if trouble:
        return not_run
    lacks = [n for n in used if n.rpartition(".")[2] == exercise.name]
    if lacks:
        title = f"The answer is {lacks[0]}, which {NOT_THERE}."
        return {"note": NOT_RUN, "title": title, "why": THERE}
    return {"note": NO_ANSWER, "title": f"There is no {exercise.name} in the notebook."}


def _asked_about(trouble: str) -> str:
    """A question about what went wrong with a cell. Not all of it would with the student."""
    if STOPPED in trouble:
        return "What in the cell takes so long, and does the answer need it?"
    if UNREAD.search(trouble) or ": NameError: " in trouble:
        return "Does your notebook run from top to bottom in a fresh kernel?"
    return "What does the cell use that is not torch, NumPy or defined in a cell above it?"


def _taken(exercise: Exercise, used: list[str], rows: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of an answer that calls what is not there, where that is why it fails."""
    taken = [n for n in used if _could_be(exercise, n)]
    if taken:
        return {**IMPORTED, "title": f"Imported, not built: the answer uses {taken[0]}.",
                "score": 0.0, "seen": "", "why": "", "ask": ""}  # fmt: skip
    errors = [str(v.get("says")) for v in rows.values() if isinstance(v, dict) and "raises" in v]
    if not any(NOT_THERE in says for says in errors):
        return {}
    return {"title": f"The answer uses {used[0]}, which {NOT_THERE}.", "why": THERE,
            "mistake": None, "mistakes": [],
            "ask": "How would you write it with torch alone?"}  # fmt: skip


IMPORTED = {"note": "imported", "mistake": "imported", "mistakes": ["imported"]}
NO_ANSWER = "no answer"
NOT_THERE = "is not there when an answer is graded"
THERE = "An answer may use torch, NumPy and Python's own library."


def _could_be(exercise: Exercise, used: str) -> bool:
    """Whether what was used could be the answer: by its name, or as one of torchvision's models."""
    built = not exercise.starter.startswith(f"{exercise.name} =")  # a line and a letter are not
    name = used.rpartition(".")[2]
    whole = f"{used}.".startswith("torchvision.models.") and exercise.part in ("blocks", "network")
    solved = used.partition(".")[0] in TAKEN and name in (exercise.name, "*")
    return built and name not in exercise.given and (solved or whole)


def _with_hint(
    entry: dict[str, Any], name: str, cells: Sequence[Cell], asides: Sequence[_cells.Aside]
) -> dict[str, Any]:
    """Also where an answer stands that does not count, if one does."""
    if entry["passed"]:
        return entry
    beside, below = _cells.aside(name, asides), _cells.below_check(name, cells)
    other, number = _cells.misnamed(name, cells, EXERCISES)
    seen = title = ""
    if entry["note"] == NO_ANSWER and beside:
        title = f"{name} stands {beside}, not in a code cell."
    elif entry["note"] == NO_ANSWER and other:
        title = f"There is no {name} in the notebook, but a {other} in cell {number}."
    elif below:
        seen = f"Cell {below} defines {name} too, below its check: there it does not count."
    elif entry["note"] == "not-started" and beside:
        seen = f"{name} stands also {beside}: only code cells are run."
    elif entry["note"] == "not-started" and other:
        seen = f"There is also a {other} in cell {number}: {name} is the name that counts."
    lines = [line for line in (entry["seen"], seen) if line]
    return {**entry, "title": title or entry["title"], "seen": "\n".join(lines)}


def clean_names(names: Any) -> list[str]:
    """The names in a list that a submission's process handed back, as far as it is such a list."""
    return [n[:80] for n in names if isinstance(n, str)] if isinstance(names, list) else []


def clean_rows(rows: Any) -> dict[str, Any]:
    """The rows that have the form of rows. They come from a process that strangers wrote."""
    if not isinstance(rows, dict):
        return {}
    form = re.compile(r"\d{1,3}/[^/]{1,60}/.{1,200}")
    if len(rows) > MOST_ROWS:
        return {}
    return {k: v for k, v in rows.items() if form.fullmatch(k) and _depth(v) <= 12}


def _depth(value: Any, level: int = 0) -> int:
    if level > 12 or not isinstance(value, (dict, list)):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(v, level + 1) for v in inner), default=level + 1)


def progress(
    count: int, total: int, seconds: float, hand_in: Any, result: dict[str, Any], kept: float = 1
) -> str:
    """One line: how far, whose, what, and how long the rest will take.

    ``kept`` is the share of the points that the late rule leaves; they stand here in full.
    """
    left = seconds / count * (total - count)
    rest = f"{int(left // 60)} min {int(left % 60):02} s left" if count < total else "done"
    late = ", before days late are taken off" if kept < 1 else ""
    late = late if kept else ", which count nothing: it is too late"
    what = result["reason"] or f"{result['points']:g} of {result['of']:g} points{late}"
    place = f"{count:>{len(str(total))}} of {total}"
    return f"{place}  {hand_in.student} {hand_in.assignment}: {what}  ({rest})"


def _write(path: pathlib.Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True)
    write_whole(path, text.encode("utf-8", "replace"))


