"""``check``: an answer is tried, compared with the reference, and told what went wrong."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ..names import hint
from . import diagnosis, probe, words
from .catalogue import EXERCISES
from .guard import TooLong, undisturbed
from .report import Report
from .tasks import PACKAGE, Exercise, Plan

SHORTLIST, SHORTLISTED = 8, 0.3  # how many mistakes are compared on all cases, and how like at least
SECONDS = 20.0  # how long an answer may run in the reader's own process
Rows = Mapping[str, Any]


def check(name: str, answer: Any, seed: int = 0) -> Report:
    """Try an answer to the exercise ``name`` and say what was found.

    The answer runs here, in this process: its output is not shown, exceptions are caught, random
    states, default dtype, grad mode and threads are as before afterwards, and Python code that runs
    for 20 seconds is stopped. Memory is not limited.

    Raises ``ValueError`` when no exercise has that name.
    """
    exercise = find(name)
    found: dict[str, Any] = {}
    try:
        with undisturbed(SECONDS):
            probe.observe(answer, exercise.drawn(seed), found)
    except TooLong:
        found["stopped"] = SECONDS
    except Exception as error:  # an answer that breaks the probe itself
        found["broken"] = f"{type(error).__name__}: {error}"
    with undisturbed(600):
        return judge(exercise, seed, found)


def find(name: str) -> Exercise:
    """The exercise of that name; ``ValueError`` names the nearest when there is none."""
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
    share = _score(exercise, held)
    make = functools.partial(Report, exercise.name, observations=seen)
    taken = imported(exercise, rows)
    if taken:
        return make(False, 0.0, **_taken(exercise, taken), mistake="imported", mistakes=("imported",))
    if stopped:
        return make(False, 0.0, **_stopped(exercise, found), mistake="stopped", mistakes=("stopped",))
    if all(held.values()):
        return make(True, 1.0)
    if _not_started(rows):
        return make(False, share, **_unwritten(exercise), mistake="not-started",
                    mistakes=("not-started",))  # fmt: skip
    apart = diagnosis.differences(expected, rows)
    fits = fitting(exercise, seed, apart, handed, without)
    return _named(exercise, plan, share, seen, expected, apart, fits)


def _score(exercise: Exercise, held: Mapping[str, bool]) -> float:
    weights = {group: exercise.weights.get(group, 1.0) for group in held}
    total = sum(weights.values())
    return sum(weights[g] for g, holds in held.items() if holds) / total if total else 0.0


@functools.lru_cache(maxsize=256)
def expectation(name: str, seed: int, handed: str = PACKAGE) -> Rows:
    """What the probe sees of the reference."""
    exercise = EXERCISES[name]
    return probe.observe(exercise.reference(handed), exercise.drawn(seed))


@functools.lru_cache(maxsize=8192)
def fingerprint(
    name: str, seed: int, mistake: str, style: str, case: int | None = None, handed: str = PACKAGE
) -> Rows:
    """What sets a mistake apart from the reference, on all cases or on one."""
    exercise = EXERCISES[name]
    known = {m.id: m for m in exercise.mistakes}
    plan = exercise.drawn(seed)
    expected = expectation(name, seed, handed)
    if case is not None:
        plan["only"] = [case]
        expected = {k: v for k, v in expected.items() if diagnosis.place(k)[0] == case}
    answer = exercise.wrong(known[mistake], style, handed)
    return diagnosis.differences(expected, probe.observe(answer, plan))


def fitting(
    exercise: Exercise, seed: int, apart: Rows, handed: str = PACKAGE, without: str = ""
) -> list[str]:
    """The known mistakes that fit what sets an answer apart, best first.

    All are tried on the first case in which the answer differs, the best of them on all cases. No
    fingerprint is taken from the style ``without``.
    """
    case = min(diagnosis.place(key)[0] for key in apart)
    here = {k: v for k, v in apart.items() if diagnosis.place(k)[0] == case}
    styles = {m.id: next(s for s in m.changes if s != without) for m in exercise.mistakes}
    take = functools.partial(fingerprint, exercise.name, seed, handed=handed)
    first = {name: take(name, style, case=case) for name, style in styles.items()}
    best = diagnosis.ranked(here, first, least=SHORTLISTED)[:SHORTLIST]
    return [n for _, n in diagnosis.ranked(apart, {n: take(n, styles[n]) for _, n in best})]


def imported(exercise: Exercise, rows: Rows) -> list[str]:
    """The libraries' own solutions that an answer is, inherits from or calls."""
    used = {n for k, v in rows.items() if k.split("/")[1:2] == ["made"] for n in v}
    free = tuple(f".{name}" for name in exercise.given)
    return sorted(n for n in used if not any(f in f"{n}." for f in (f"{g}." for g in free)))


def _taken(exercise: Exercise, taken: list[str]) -> dict[str, str]:
    return {
        "title": f"Imported, not built: the answer is, or calls, {taken[0]}.",
        "why": "The exercise is to write it.", "section": exercise.section,
        "ask": "Which line of it could you write first?",
    }  # fmt: skip


def _stopped(exercise: Exercise, found: Mapping[str, Any]) -> dict[str, str]:
    if "broken" in found:
        return {"title": "The answer could not be tried.", "seen": str(found["broken"]),
                "section": exercise.section}  # fmt: skip
    return {
        "title": f"The answer ran for {found['stopped']:.0f} seconds and was stopped.",
        "why": "A right answer takes less than a second here, so some loop never ends.",
        "section": exercise.section, "ask": "Which loop has a condition that never becomes false?",
    }  # fmt: skip


def _not_started(rows: Rows) -> bool:
    first = [v for k, v in rows.items() if diagnosis.judged(k.split("/")[1])]
    empty = [v for v in first if v is None or v == {"type": "NoneType"} or v == {"type": "ellipsis"}]
    return bool(empty) and not any(
        isinstance(v, dict) and ("values" in v or "sums" in v) for v in first
    )


def _unwritten(exercise: Exercise) -> dict[str, str]:
    return {
        "title": "Nothing comes back yet: the answer returns None.",
        "why": "The starter code has the signature; the body is yours to write.",
        "section": exercise.section, "ask": f"What does {exercise.signature} have to return?",
    }  # fmt: skip


def _named(
    exercise: Exercise, plan: Plan, share: float, seen: tuple[diagnosis.Observation, ...],
    expected: Rows, apart: Mapping[str, Any], fits: list[str],
) -> Report:  # fmt: skip
    shown = _seen(plan, seen, expected, apart)
    known = {m.id: m for m in exercise.mistakes}
    if fits:
        best = known[fits[0]]
        parts = {"title": best.title, "why": best.why, "section": best.section, "ask": best.ask}
    else:
        wrong = next(row for row in seen if not row.holds)
        about = words.GROUPS.get(wrong.group, wrong.group)
        parts = {"title": f"Something differs in {about}.", "section": exercise.section}
    return Report(exercise.name, False, share, seen=shown, mistake=fits[0] if fits else None,
                  mistakes=tuple(fits), observations=seen, **parts)  # fmt: skip


def _seen(
    plan: Plan, seen: tuple[diagnosis.Observation, ...], expected: Rows, apart: Mapping[str, Any]
) -> str:
    """The smallest case that shows it: what was called, what differs, and in which layer first."""
    wrong = next(row for row in seen if not row.holds)
    case = plan["cases"][wrong.case]
    parts = [f"{case['words']}: {words.sentence(wrong)}"]
    facts = [key for key in apart if key.startswith(f"{wrong.case}/_graph/")]
    if facts:
        what = facts[0].split("/", 2)[2]
        parts.append(words.fact(what, expected.get(facts[0], diagnosis.MISSING), apart[facts[0]]))
    return "\n".join(parts)
