"""``check``: an answer is tried, compared with the reference, and told what went wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import io
import itertools
import numbers
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from ..names import hint
from . import diagnosis, probe, remarks, telling, words
from .catalogue import EXERCISES
from .guard import TooLong, undisturbed
from .matching import expectation, fingerprint, fitting, other_calls
from .report import Report
from .tasks import PACKAGE, Exercise, given

SECONDS = 20.0  # how long an answer may run in the reader's own process
REFUSED = r"ResNet\S* got an unexpected keyword argument '(\w+)'"
LACKED = r"ResNet\S* missing \d+ required positional arguments?: ([\w', ]+)"
CLASSES = "/_call/num_classes"
RECOGNISED = 0.25  # the least that an answer earns whose mistake has a name
ONE_AT_A_TIME = threading.RLock()
Rows = Mapping[str, Any]


def check(name: str, answer: Any, seed: int = 0) -> Report:
    """Try an answer to the exercise ``name`` and say what was found.

    The answer runs here, in this process: its output is not shown, exceptions are caught, random
    states, torch's settings, modes and default device are as before afterwards, and do not reach
    it; Python code that runs for 20 seconds is stopped. Memory is not limited.

    One answer is tried at a time, and a call from another thread waits. The random state, the
    default dtype, float64 meanwhile, and what is printed belong to the whole process: other threads
    should neither build layers nor draw random numbers while an answer is tried.

    Raises ``ValueError`` when no exercise has that name, or the seed is no whole number.
    """
    if not isinstance(name, str) and isinstance(answer, str) and answer in EXERCISES:
        raise ValueError("the two have changed places: the name comes first, then the answer, as "
                         f"in check({answer!r}, ...)")  # fmt: skip
    exercise = find(name)
    form = _another_form(exercise, answer)
    if not isinstance(seed, numbers.Integral):
        form = telling.no_pair(exercise)
        if not form:
            raise ValueError(f"one answer is handed in: a third argument, {seed!r:.60}, is the "
                             "seed, a whole number")  # fmt: skip
    if form:
        return Report(name, False, 0.0, mistake="another-form", mistakes=("another-form",), **form)
    with ONE_AT_A_TIME:
        return _tried(exercise, answer, seed)


def _tried(exercise: Exercise, answer: Any, seed: int) -> Report:
    found: dict[str, Any] = {}
    printed = io.StringIO()
    try:
        with _handing_out(exercise, answer):
            plan = exercise.drawn(seed)
            undisturbed(SECONDS, lambda: probe.observe(answer, plan, found), printed)
    except TooLong:
        found["stopped"] = SECONDS
    except (Exception, SystemExit) as error:  # an answer that breaks the probe itself
        found["broken"] = f"{type(error).__name__}: {error}"
    report = undisturbed(600, lambda: judge(exercise, seed, found))
    lines = len(printed.getvalue().splitlines())
    if lines and report.mistake == "not-started":
        report = dataclasses.replace(
            report, title="Nothing comes back: the answer prints, and returns None.",
            why="What is printed can be read; a caller gets what stands behind `return`.",
        )  # fmt: skip
    return dataclasses.replace(report, printed=lines)



def _another_form(exercise: Exercise, answer: Any) -> dict[str, Any]:
    """What is said of a layer, a number or a text that is handed in for a class or a function."""
    if exercise.drawn(0)["kind"] == "choice":
        return {}  # what was seen of it tells
    if callable(answer) and not isinstance(answer, nn.Module):
        return {}
    what = "class" if telling.is_class(exercise) else "function"
    if answer is None:
        return {"title": f"Nothing was handed in: the answer is None, not a {what}.",
                "why": "A call of a function that returns nothing is None, too.",
                "section": exercise.section,
                "ask": f"Does `{exercise.name}` stand there without brackets?"}  # fmt: skip
    around = "Are there quotation marks around the name?"
    behind = "Is there a pair of brackets behind the name?"
    return {
        "title": f"Handed in was an object of the type {type(answer).__name__}, not a {what}.",
        "why": f"The checker calls the {what} itself, with arguments of its own.",
        "section": exercise.section, "ask": around if isinstance(answer, str) else behind,
    }  # fmt: skip


@contextlib.contextmanager
def _handing_out(exercise: Exercise, answer: Any) -> Iterator[None]:
    """Meanwhile a builder finds the package's pieces under the names that the exercise gives it.

    So it is not refused for a fault of the ``ResNet`` that stands beside it. Blocks that it keeps
    elsewhere, in a table or a default, are changed for the package's on the way into ``ResNet``.
    """
    builder = exercise.drawn(0)["kind"] == "builder"
    inner = answer
    while isinstance(inner, functools.partial):
        inner = inner.func
    spaces = probe.namespaces(inner) if builder and not probe.whose(inner) else []
    pieces = given(exercise.given)
    with probe.handed_out(pieces, spaces), probe.other_blocks(
        [pieces["ResNet"]] if builder else [], pieces
    ):
        yield


def find(name: str) -> Exercise:
    """The exercise of that name; ``ValueError`` names the nearest when there is none."""
    if not isinstance(name, str):
        raise ValueError(f"the name of an exercise is a text, such as {next(iter(EXERCISES))!r}")
    if name not in EXERCISES:
        raise ValueError(f"there is no exercise {name!r}: {hint(name, EXERCISES)}")
    return EXERCISES[name]


def judge(
    exercise: Exercise, seed: int, found: Rows, handed: str = PACKAGE, without: str = ""
) -> Report:
    """The report on what a probe has found of an answer; see ``fitting`` for ``without``."""
    plan = exercise.drawn(seed)
    stopped = found.get("stopped") or found.get("broken")
    rows = {k: v for k, v in found.items() if k.count("/") >= 2}
    expected = expectation(exercise.name, seed, handed)
    seen = tuple(diagnosis.observations(expected, rows))
    held = diagnosis.groups_held(seen)
    share = earned(exercise, seen)

    def make(passed: bool, score: float, kind: str = "", **parts: Any) -> Report:
        fits = (kind,) if kind else ()
        return Report(exercise.name, passed, score, observations=seen, mistake=kind or None,
                      mistakes=fits, **parts)  # fmt: skip

    taken = imported(exercise, rows)
    if taken:
        return make(False, 0.0, "imported", **telling.taken(exercise, taken))
    if stopped:
        return make(False, 0.0, "stopped", **telling.stopped(exercise, found))
    form = telling.another_choice(exercise, rows) if plan["kind"] == "choice" else {}
    if form:
        return Report(exercise.name, False, 0.0, form["title"], "", form["why"], form["section"],
                      form["ask"], "another-form", ("another-form",))  # fmt: skip
    if all(held.values()):
        return make(True, 1.0)
    if _not_started(rows):
        lost = telling.lost(exercise, rows)
        if lost:
            first = next(row for row in seen if not row.holds)
            told = telling.shown(plan, seen, first, expected, {})
            return make(False, share, "returns-nothing", seen=told, **lost)
        return make(False, 0.0, "not-started", **telling.unwritten(exercise, plan["kind"]))
    if plan["kind"] == "choice":
        return telling.chosen(exercise, share, seen)
    calls_seen = any("/_call/block" in key or "/builds/error" in key for key in rows)
    calls_seen |= any(key.endswith("/builds/is a module") and not row.holds
                      for key, row in ((diagnosis.key_of(row), row) for row in seen))  # fmt: skip
    by_calls = plan["kind"] == "builder" and calls_seen
    apart = diagnosis.differences(expected, rows, every=by_calls)
    parts = unfinished(expected, rows)
    if parts and telling.own_attribute(exercise, apart) not in parts:
        first = next(row for row in seen if not row.holds)
        told = telling.shown(plan, seen, first, expected, apart)
        return make(False, share, "unfinished", seen=told, **telling.not_finished(exercise, parts))
    fits = fitting(exercise, seed, apart, handed, without, by_calls)
    styles = {m.id: next(s for s in m.changes if s != without) for m in exercise.mistakes}

    def mark(name: str) -> Rows:
        of = other_calls if by_calls else fingerprint
        return of(exercise.name, seed, name, styles[name], handed=handed)

    if by_calls:
        fits = [name for name in fits if _calls_alike(apart, mark(name))]
    if plan["kind"] == "module":
        fits = [*itertools.dropwhile(lambda n: diagnosis.contradicts(apart, mark(n)) or
                                     diagnosis.keeps(expected, rows, mark(n)), fits)]  # fmt: skip
    marks: Rows = mark(fits[0]) if fits else {}
    if fits and telling.unknown_name(apart) and not telling.unknown_name(marks):
        fits, marks = [], {}
    if fits and telling.by_place(apart) and not telling.by_place(marks):
        fits, marks = [], {}
    own = telling.own_attribute
    if fits and own(exercise, apart) and not own(exercise, marks):
        fits, marks = [], {}
    moved = telling.moved(exercise, plan, seen, rows)
    if moved and not (fits and _reorders(exercise, fits[0], styles[fits[0]], handed)):
        fits, marks = [], {}
    if fits and plan["kind"] == "function" and not moved:
        exact = diagnosis.covers(apart, marks, whole=True)
        if remarks.plain(seen, rows, exercise.signature, exact):
            fits, marks = [], {}
    case = next(row.case for row in seen if not row.holds)
    with words.names(telling.names(case, expected, rows)):
        report = telling.named(exercise, plan, share, seen, expected, rows, apart, fits, marks)
    spared = {m.id for m in exercise.mistakes} - {*exercise.undone}
    if report.mistake in spared and not _never_changes(exercise, seen):
        return dataclasses.replace(report, score=max(report.score, RECOGNISED))
    return report



def _calls_alike(apart: Rows, marks: Rows) -> bool:
    """Whether nothing in the calls of ``ResNet`` makes the name of a builder's mistake untrue.

    What it refuses has the same name; a number of classes that is not the default is the same one;
    and where options are dropped, so is the number of classes, or it is not.
    """
    for said in (REFUSED, LACKED):
        if len({frozenset(re.findall(said, str(side))) for side in (apart, marks)}) > 1:
            return False
    counts = [k for k in marks if k.endswith(CLASSES) and marks[k] != 1000 and k in apart]
    dropped = [k for k in marks if k.endswith("/_call/zero_init_residual") and k in apart]
    pairs = [k.replace("/zero_init_residual", "/num_classes") for k in dropped]
    return all(apart[k] == marks[k] for k in counts) and all(
        (k in apart) == (k in marks) for k in pairs
    )


def _reorders(exercise: Exercise, mistake: str, style: str, handed: str) -> bool:
    """Whether a mistake is one of the signature."""
    known = next(m for m in exercise.mistakes if m.id == mistake)
    answers = exercise.reference(handed), exercise.wrong(known, style, handed)
    return len({tuple(inspect.signature(answer).parameters) for answer in answers}) > 1


def earned(exercise: Exercise, seen: Sequence[diagnosis.Observation]) -> float:
    """The share of the groups that hold, of those that do not hold for an answer that does nothing.

    A group that holds for such an answer, too, takes off its part of the whole where it is seen to
    be broken; what an error hides is not. What reads none of its arguments earns nothing.
    """
    if _never_changes(exercise, seen):
        return 0.0
    held = diagnosis.groups_held(seen)
    weights = {group: exercise.weights.get(group, 1.0) for group in held}
    told = [group for group in held if group not in exercise.idle]
    broken = {row.group for row in seen if row.group in exercise.idle and row.group in held
              and not row.holds and row.found != diagnosis.MISSING}  # fmt: skip
    if not any(held[group] for group in told):
        return 0.0
    share = sum(weights[g] for g in told if held[g]) / sum(weights[g] for g in told)
    score = share * (1 - sum(weights[g] for g in broken) / sum(weights.values()))
    return 1.0 if all(held.values()) else min(score, 0.95)


def _never_changes(exercise: Exercise, seen: Sequence[diagnosis.Observation]) -> bool:
    """Whether a function of numbers gives one result in all calls, and different ones are right."""
    results = [row for row in seen if row.what == "result"]
    if exercise.drawn(0)["kind"] != "function" or not results:
        return False
    first = results[0]
    same = all(row.found == first.found for row in results)
    return same and any(row.expected != first.expected for row in results)


def imported(exercise: Exercise, rows: Rows) -> list[str]:
    """The libraries' own solutions that an answer is, inherits from or calls."""
    used = {n for k, v in rows.items() if k.split("/")[1:2] == ["made"] for n in v}
    free = tuple(f".{name}" for name in exercise.given)
    return sorted(n for n in used if not any(f in f"{n}." for f in (f"{g}." for g in free)))



def _not_started(rows: Rows) -> bool:
    first = [v for k, v in rows.items() if diagnosis.judged(k.split("/")[1])]
    nothing = (None, {"type": "NoneType"}, {"type": "ellipsis"})
    if any(v not in nothing for k, v in rows.items() if k.endswith("/result")):
        return False  # a function that returns something in one case at least
    empty = [v for v in first if v in nothing]
    return bool(empty) and not any(
        isinstance(v, dict) and ("values" in v or "sums" in v) for v in first
    )



def unfinished(expected: Rows, rows: Rows) -> list[str]:
    """Parts of a network that are not there yet, by the names that they must have.

    None is missing where another part has a name of its own, or where blocks were built that the
    network does not know: then something is wrong, not unfinished.
    """
    names = ("0/names/state_dict", "0/stages/number of blocks",
             "0/stages/number of blocks that the network registers")  # fmt: skip
    want, have = expected.get(names[0]), rows.get(names[0])
    if not isinstance(want, list) or not isinstance(have, list):
        return []
    if any(str(name).endswith(".running_mean") and name not in want for name in have):
        return []  # a norm has another name
    wanted, there = ([*dict.fromkeys(str(name).split(".")[0] for name in side)]
                     for side in (want, have))  # fmt: skip
    known = rows.get(names[1]) == rows.get(names[2])
    return [part for part in wanted if part not in there] if known and {*there} <= {*wanted} else []
