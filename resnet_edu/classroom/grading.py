"""``class grade``: every hand-in is run in a cage, judged outside of it, and written down.

The cages hand back what was seen; this process compares it with what a correct answer shows. Cases
and seeds are drawn anew for each run. A result is one file, written whole; what has one is not
graded again, unless the notebook or the checks have changed or it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import queue
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..exercises import Exercise, checking
from ..exercises import catalogue as _catalogue
from ..exercises.tasks import PACKAGE, STAND_INS
from ..saving import write_whole
from . import collecting, settings
from .assignments import assignments, exercises_of, grade_id
from .cage import Cage, CageError, Limits, Outcome, fences

Say = Callable[[str], None]
RESULTS = "results"
MOST_ROWS = 20_000  # a right answer shows some hundreds
KILLED = {
    "time": "was stopped after {step:.0f} s, since it could not be interrupted",
    "total time": "took more than {total:.0f} s in all",
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
    problems: list[Any] = field(default_factory=list)  # what was no hand-in, from ``collecting``
    seconds: float = 0.0
    fence: str = ""


class GradingError(ValueError):
    """A course that cannot be graded, and why."""


def grade(
    course: pathlib.Path, again: bool = False, only: Sequence[str] = (), say: Say = print
) -> Summary:
    """Grade what is in ``course/submitted`` and write ``course/results/STUDENT/ASSIGNMENT.json``.

    ``again`` grades everything anew, ``only`` the students named. Interrupted, it leaves whole
    files, and the next call goes on. Raises ``SettingsError`` or ``GradingError``.
    """
    begin = time.monotonic()
    options = settings.load(course, assignments())
    given = Given.of(course)
    found, problems = collecting.collect(course / "submitted", options)
    summary = Summary(problems=problems)
    wanted = [h for h in found if not only or h.student in only]
    waiting: list[Any] = []
    for target, group in _by_target(course, wanted).items():
        if not again and _is_current(target, group, given.version(target.stem)):
            summary.kept += 1
        else:
            waiting += group
    if waiting:
        _grade_all(course, waiting, options, given, summary, say)
    summary.seconds = time.monotonic() - begin
    return summary


def _target(course: pathlib.Path, hand_in: Any) -> pathlib.Path:
    return course / RESULTS / hand_in.student / f"{hand_in.assignment}.json"


def _by_target(course: pathlib.Path, hand_ins: Iterable[Any]) -> dict[pathlib.Path, list[Any]]:
    """The hand-ins by the file of their result; several where the best of them counts."""
    groups: dict[pathlib.Path, list[Any]] = {}
    for hand_in in hand_ins:
        groups.setdefault(_target(course, hand_in), []).append(hand_in)
    return groups


def _is_current(path: pathlib.Path, group: Sequence[Any], version: str) -> bool:
    """Whether a result is there, of these very notebooks by these very checks."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        same = old.get("checks") == version and old.get("days_late") in [h.days_late for h in group]
        return bool(same and old.get("attempts") == sorted(_digest(h.read()) for h in group))
    except (OSError, ValueError, AttributeError):
        return False


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def checks_version() -> str:
    """A name for the checks as they are now: another one when a case, a hint or a point changes."""
    folder = pathlib.Path(str(_catalogue.__file__)).parent.parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Given:
    """Which exercises a course asks for: those whose points cell its notebooks in source/ have."""

    exercises: Mapping[str, tuple[Exercise, ...]]

    @classmethod
    def of(cls, course: pathlib.Path) -> Given:
        """What ``course/source`` asks for; an assignment without a notebook there has all."""
        return cls({name: _asked(course, name, all_) for name, all_ in assignments().items()})

    def version(self, assignment: str) -> str:
        """A name for the checks of an assignment: another one when it asks for something else."""
        asked = self.exercises[assignment]
        names = "" if asked == exercises_of(assignment) else " ".join(e.name for e in asked)
        return checks_version() + (f"-{_digest(names.encode())[:6]}" if names else "")


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
    cells: list[str]
    plans: list[dict[str, Any]]


def _grade_all(
    course: pathlib.Path, waiting: list[Any], options: settings.Settings, given: Given,
    summary: Summary, say: Say,
) -> None:  # fmt: skip
    """Cages run in threads of their own; this thread judges and writes, one result at a time."""
    seed = secrets.randbelow(2**31)
    fence = summary.fence = working_fence(options, say)
    jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=2 * options.workers)
    done: queue.Queue[tuple[Any, bytes, Outcome | str]] = queue.Queue()
    stop = threading.Event()
    threads = [threading.Thread(target=_feed,
                                args=(waiting, seed, options, given, jobs, done, stop))]
    threads += [threading.Thread(target=_work, args=(fence, options, jobs, done, stop))
                for _ in range(options.workers)]  # fmt: skip
    for thread in threads:
        thread.daemon = True
        thread.start()
    begin = time.monotonic()
    groups = {target: len(group) for target, group in _by_target(course, waiting).items()}
    results: dict[pathlib.Path, list[dict[str, Any]]] = {}
    try:
        for count in range(1, len(waiting) + 1):
            hand_in, data, outcome = done.get()
            target = _target(course, hand_in)
            try:
                result = judged(hand_in, data, outcome, seed, given, options)
            except Exception as error:  # what a stranger's process handed back has any form
                said = f"what it handed back could not be judged ({type(error).__name__})"
                result = judged(hand_in, data, said, seed, given, options)
            results.setdefault(target, []).append(result)
            if len(results[target]) == groups[target]:
                _settle(target, results.pop(target), options, summary)
            say(progress(count, len(waiting), time.monotonic() - begin, hand_in, result))
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)


def _settle(
    path: pathlib.Path, group: list[dict[str, Any]], options: settings.Settings, summary: Summary
) -> None:
    """Write the result that counts: the best one where a student has several."""
    best = max(group, key=lambda r: r["points"] * options.kept(r["days_late"]))
    _write(path, {**best, "attempts": sorted(result["digest"] for result in group)})
    summary.graded += 1
    if best["status"] != "graded":
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
    waiting: Iterable[Any], seed: int, options: settings.Settings, given: Given,
    jobs: queue.Queue[_Job | None], done: queue.Queue[Any], stop: threading.Event,
) -> None:  # fmt: skip
    for hand_in in waiting:
        data = b""
        try:
            data = hand_in.read()
            asked = given.exercises[hand_in.assignment]
            job = _Job(hand_in, data, code_cells(data), list(plans(asked, seed)))
        except (ValueError, OSError, collecting.CollectError) as error:
            done.put((hand_in, data, str(error)))
            continue
        while not stop.is_set():
            try:
                jobs.put(job, timeout=0.2)
                break
            except queue.Full:
                continue
    for _ in range(options.workers):
        while not stop.is_set():
            try:
                jobs.put(None, timeout=0.2)
                break
            except queue.Full:
                continue


def _work(
    fence: str, options: settings.Settings, jobs: queue.Queue[_Job | None], done: queue.Queue[Any],
    stop: threading.Event,
) -> None:  # fmt: skip
    cage: Cage | None = None
    try:
        while not stop.is_set():
            try:
                job = jobs.get(timeout=0.2)
            except queue.Empty:
                continue
            if job is None:
                return
            try:
                cage = cage or Cage(fence, options.limits, options.fresh)
                done.put((job.hand_in, job.data, cage.run(job.cells, job.plans)))
            except Exception as error:  # our own fault, or the machine's; the others go on
                done.put((job.hand_in, job.data, f"{type(error).__name__}: {error}"))
    finally:
        if cage is not None:
            cage.close()


def code_cells(data: bytes) -> list[str]:
    """The code of a notebook, cell by cell, without the cells that only count points.

    Raises ``ValueError`` when it is no notebook. Nothing of it is executed.
    """
    try:
        made = json.loads(data)
    except RecursionError:
        raise ValueError("it is not a notebook: nested too deep") from None
    except ValueError as error:  # UnicodeDecodeError is one
        raise ValueError(f"it is not a notebook: {str(error)[:100]}") from None
    cells = made.get("cells") if isinstance(made, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it is not a notebook: it has no list of cells (format 4 is read)")
    found = [_source(cell) for cell in cells if _is_run(cell)]
    if not any(source.strip() for source in found):
        raise ValueError("it holds no code")
    return found


def _is_run(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return False
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict):
        return True
    return not (marks.get("grade") is True and marks.get("solution") is not True)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def plans(exercises: Iterable[Exercise], seed: int) -> Iterator[dict[str, Any]]:
    """What a cage has to try: for every exercise the cases of this run, and what it is handed."""
    for exercise in exercises:
        handed = list(exercise.given)
        yield {"name": exercise.name, "plan": exercise.drawn(seed), "given": handed}


def judged(
    hand_in: Any, data: bytes, outcome: Outcome | str, seed: int, given: Given,
    options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    """The result of one hand-in, as it is written down."""
    exercises = given.exercises[hand_in.assignment]
    version = given.version(hand_in.assignment)
    result: dict[str, Any] = {
        "student": hand_in.student, "assignment": hand_in.assignment, "source": hand_in.source,
        "when": hand_in.when.isoformat() if hand_in.when else None,
        "days_late": hand_in.days_late, "digest": _digest(data), "checks": version,
        "status": "graded", "reason": "", "exercises": {}, "cells": {}, "killed": [],
        "points": 0.0, "of": sum(e.points for e in exercises),
    }  # fmt: skip
    if isinstance(outcome, str):
        return {**result, "status": "could not run", "reason": outcome}
    sources = code_cells(data)
    result["cells"] = {str(i): text for i, text in sorted(outcome.cells.items())}
    result["killed"] = [[step, _killed(reason, options.limits)] for step, reason in outcome.killed]
    for exercise in exercises:
        seen = outcome.exercises.get(exercise.name, {})
        stopped = next((why for step, why in result["killed"] if step == exercise.name), "")
        entry = _entry(exercise, seen, seed, stopped, sources, options)
        result["exercises"][exercise.name] = entry
    if not outcome.exercises and outcome.killed:
        step, why = result["killed"][-1]
        result |= {"status": "could not run", "reason": f"{step or 'it'} {why}"}
    total = sum(e["points"] * e["score"] for e in result["exercises"].values())
    return {**result, "points": round(total, 2)}


def _killed(reason: str, limits: Limits) -> str:
    words = KILLED.get(reason, reason)
    return words.format(step=limits.step, total=limits.total, processes=limits.processes,
                        answer=limits.answer >> 20)  # fmt: skip


def _entry(
    exercise: Exercise, seen: dict[str, Any], seed: int, stopped: str, sources: Sequence[str],
    options: settings.Settings,
) -> dict[str, Any]:  # fmt: skip
    entry: dict[str, Any] = {
        "points": exercise.points, "score": 0.0, "passed": False, "mistake": None, "mistakes": [],
        "title": "", "seen": "", "why": "", "section": exercise.section, "ask": "", "note": "",
        "code": answer_source(exercise.name, sources),
    }  # fmt: skip
    if stopped:
        return {**entry, "note": "stopped", "title": f"The answer {stopped}."}
    rows = clean_rows(seen.get("rows"))
    if not rows and "stopped" not in seen and "broken" not in seen:
        return {**entry, **_absent(exercise, imports_of_solutions(seen.get("imports")))}
    found = dict(rows)
    if "broken" in seen:
        found["broken"] = str(seen["broken"])[:300]
    if "stopped" in seen:  # whatever number stands there, a stranger wrote it
        found["stopped"] = options.limits.seconds
    handed = STAND_INS if exercise.given else PACKAGE
    report = checking.judge(exercise, seed, found, handed)
    return {
        **entry, "score": report.score, "passed": report.passed, "mistake": report.mistake,
        "mistakes": list(report.mistakes), "title": report.title, "seen": report.seen,
        "why": report.why, "section": report.section or exercise.section, "ask": report.ask,
        "note": report.mistake if report.mistake in ("stopped", "not-started") else entry["note"],
    }  # fmt: skip


def _absent(exercise: Exercise, imports: list[str]) -> dict[str, Any]:
    """What is said where the notebook defines no answer, or could only have imported one."""
    if any(exercise.name in name or "torchvision" in name for name in imports):
        title = f"Imported, not built: the notebook imports {imports[0]}."
        return {"note": "imported", "mistake": "imported", "mistakes": ["imported"], "title": title}
    return {"note": "no answer", "title": f"There is no {exercise.name} in the notebook."}


def imports_of_solutions(names: Any) -> list[str]:
    """What a submission tried to import, as far as it is a list of texts."""
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


def answer_source(name: str, sources: Sequence[str]) -> str:
    """The text of the cell that defines the answer: the last one that does."""
    defines = re.compile(rf"^(?:def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*=", re.M)
    return next((s for s in reversed(sources) if defines.search(s)), "")[:20_000]


def progress(count: int, total: int, seconds: float, hand_in: Any, result: dict[str, Any]) -> str:
    """One line: how far, whose, what, and how long the rest will take."""
    left = seconds / count * (total - count)
    rest = f"{int(left // 60)} min {int(left % 60):02} s left" if count < total else "done"
    what = result["reason"] or f"{result['points']:g} of {result['of']:g} points"
    place = f"{count:>{len(str(total))}} of {total}"
    return f"{place}  {hand_in.student} {hand_in.assignment}: {what}  ({rest})"


def _write(path: pathlib.Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True)
    write_whole(path, text.encode("utf-8", "replace"))


