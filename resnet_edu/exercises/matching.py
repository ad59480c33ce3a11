"""Which known mistakes set an answer apart from the reference in the same way.

The reference and the mistakes are seen by the same probe on the same cases as the answer; what was
seen of them is kept for the next answer.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Container, Mapping
from typing import Any

from . import diagnosis, probe
from .catalogue import EXERCISES
from .tasks import PACKAGE, Exercise

SHORTLIST, SHORTLISTED = 8, 0.3  # how many mistakes are tried on all cases, and how like they are
FEWEST = 2  # cases in which an answer with several mistakes is looked at for one of them
NOT_AT_A_GLANCE = ("training", "gradients", "buffers", "again", "_order")  # what takes most time
IN_FULL = "/shape/in float32"  # is not seen at a glance either
Rows = Mapping[str, Any]


@functools.lru_cache(maxsize=256)
def expectation(name: str, seed: int, handed: str = PACKAGE) -> Rows:
    """What the probe sees of the reference."""
    exercise = EXERCISES[name]
    return probe.observe(exercise.reference(handed), exercise.drawn(seed))



@functools.lru_cache(maxsize=256)
def _expected_of(name: str, seed: int, case: int | None, handed: str, glance: bool) -> Rows:
    """What is seen of the reference, on all cases or one, in full or at a glance."""
    rows = ((diagnosis.place(key), key, value)
            for key, value in expectation(name, seed, handed).items())  # fmt: skip
    late = NOT_AT_A_GLANCE * glance
    return {key: value for (number, group, _), key, value in rows
            if case in (None, number) and group not in late
            and not (glance and key.endswith(IN_FULL))}  # fmt: skip


@functools.lru_cache(maxsize=2048)
def fingerprint(
    name: str, seed: int, mistake: str, style: str, case: int | None = None, handed: str = PACKAGE,
    glance: bool = False, until: str = "",
) -> Rows:  # fmt: skip
    """What sets a mistake apart from the reference, on all cases or one, in full or at a glance.

    ``until`` says where an error stops the answer that it is compared with, "built" or "run": what
    comes later is not looked at.
    """
    exercise = EXERCISES[name]
    known = {m.id: m for m in exercise.mistakes}
    plan = {**exercise.drawn(seed), "trusted": True}  # whose code it is need not be looked for
    expected = _expected_of(name, seed, case, handed, glance)
    if case is not None:
        plan["only"] = [case]
    if glance:
        plan["cases"] = [{**c, "glance": True, "until": until} for c in plan["cases"]]
    answer = exercise.wrong(known[mistake], style, handed)
    apart = diagnosis.differences(expected, probe.observe(answer, plan))
    hidden = ("_call", *NOT_AT_A_GLANCE * glance)  # for the calls see other_calls
    return {k: v for k, v in apart.items() if diagnosis.place(k)[1] not in hidden}


@functools.lru_cache(maxsize=1024)
def other_calls(name: str, seed: int, mistake: str, style: str, handed: str = PACKAGE) -> Rows:
    """In which calls of ``ResNet`` a mistaken builder differs: seen without building anything."""
    exercise = EXERCISES[name]
    known = {m.id: m for m in exercise.mistakes}
    plan = {**exercise.drawn(seed), "trusted": True, "calls": True}
    expected = probe.observe(exercise.reference(handed), plan)
    found = probe.observe(exercise.wrong(known[mistake], style, handed), plan)
    return diagnosis.differences(expected, found, every=True)



def fitting(
    exercise: Exercise, seed: int, apart: Rows, handed: str = PACKAGE, without: str = "",
    by_calls: bool = False,
) -> list[str]:  # fmt: skip
    """The known mistakes that fit what sets an answer apart, best first.

    All are tried on the first case in which the answer differs, the best of them on all cases. No
    fingerprint is taken from the style ``without``. ``by_calls``: a builder's calls of ``ResNet``
    are known, and are enough to tell its mistakes apart.
    """
    styles = {m.id: next(s for s in m.changes if s != without) for m in exercise.mistakes}
    if by_calls:
        of = functools.partial(other_calls, exercise.name, seed, handed=handed)
        calls = {n: of(n, style) for n, style in styles.items()}
        before = _stopped_before(apart)
        calls = {n: mark for n, mark in calls.items() if _stopped_before(mark) == before}
        told = {k: v for k, v in apart.items()  # what is not refused is not to be seen in calls
                if diagnosis.place(k)[1] != "refuses" or v is not False}  # fmt: skip
        fits = [n for _, n in diagnosis.ranked(told, calls)]
        case = next((diagnosis.place(k)[0] for k, v in apart.items() if _ends(k, v)), None)
        while case is not None and case not in before and fits:  # it ends inside of ResNet
            mark = fingerprint(exercise.name, seed, fits[0], styles[fits[0]], case, handed)
            if any(_ends(k, v) for k, v in mark.items()):
                break
            fits = fits[1:]
        return fits
    apart = {k: v for k, v in apart.items() if diagnosis.place(k)[1] != "_call"}
    case = min(diagnosis.place(key)[0] for key in apart)
    everything = styles
    styles = {m.id: styles[m.id] for m in exercise.mistakes if m.case in (None, case)}
    here = {k: v for k, v in apart.items() if diagnosis.place(k)[0] == case}
    take = functools.partial(fingerprint, exercise.name, seed, handed=handed)
    if exercise.drawn(seed)["kind"] == "function":
        return of_numbers(exercise, seed, apart, here, take, styles, handed, without)
    if exercise.drawn(seed).get("exact"):
        return in_all_cases(apart, {n: take(n, style) for n, style in styles.items()})
    in_full = here
    early = {k: v for k, v in here.items() if diagnosis.place(k)[1] not in NOT_AT_A_GLANCE
             and not k.endswith(IN_FULL)}  # fmt: skip
    glance = any(diagnosis.judged(diagnosis.place(key)[1]) for key in early)
    here = early if glance else here
    if not glance:  # a mistake that shows at a glance, where this answer is right, is not made
        quick = {n: take(n, style, case=case, glance=True) for n, style in styles.items()}
        styles = {n: styles[n] for n, mark in quick.items()
                  if not any(diagnosis.judged(diagnosis.place(k)[1]) for k in mark)}  # fmt: skip
        everything = {n: style for n, style in everything.items()
                      if n in styles or n not in quick}  # fmt: skip
    ends = (("builds/error", "built"), ("shape/output", "run"))
    until = next((e for k, e in ends if "raises" in (here.get(f"{case}/{k}") or ())), "")
    first = {n: take(n, style, case=case, glance=glance, until=until * glance)
             for n, style in styles.items()}  # fmt: skip
    best = diagnosis.ranked(here, first, least=SHORTLISTED)[:SHORTLIST]
    best = [(score, n) for score, n in best if score > best[0][0] - SHORTLISTED]
    early_score = {n: score for score, n in best}
    whole = diagnosis.ranked(apart, {n: take(n, styles[n]) for _, n in best})
    # What is alike in every number of the smallest case says more than a part of it, everywhere.
    tiers = {n: (score < diagnosis.EQUAL, early_score[n] < 1, -score) for score, n in whole}
    fits = sorted(tiers, key=lambda n: (*tiers[n], -early_score[n]))
    expected = expectation(exercise.name, seed, handed)
    mine = {k: v for k, v in {**expected, **apart}.items() if v != diagnosis.MISSING}
    fits = [n for n in fits if not diagnosis.keeps(expected, mine, take(n, styles[n]))]
    if not fits and exercise.drawn(seed).get("pairs"):
        both = two_at_once(exercise, seed, apart, here, handed, without)
        fits = sorted(both, key=lambda n: not first[n])  # first the one that shows in this case
    stops = any(diagnosis.place(k)[2] == "stop.reads" for k in here)
    if not fits and (stops or any(isinstance(v, dict) and "shape" in v for v in here.values())):
        # The same numbers in the smallest case, or the same stop at the same operation, are no
        # accident; later cases show something more.
        fits = [n for score, n in best if score == 1
                and min(diagnosis.place(k)[0] for k in take(n, styles[n])) == case
                and not diagnosis.outdone(in_full, take(n, styles[n], case=case))]  # fmt: skip
    fits = fits or in_one_case(exercise, seed, apart, everything, handed, first)
    if exercise.drawn(seed)["kind"] == "use":
        fits = [n for n in fits if not diagnosis.belied(apart, take(n, everything[n]))]
    return fits


def in_all_cases(apart: Rows, marks: Mapping[str, Rows]) -> list[str]:
    """The mistakes that give the very results of an answer, whatever else it changes."""
    def results(rows: Rows) -> dict[str, Any]:
        return {k: v for k, v in rows.items() if diagnosis.place(k)[1] != "side effects"}

    fits = {n: mark for n, mark in marks.items() if diagnosis.covers(apart, mark, whole=True)}
    if not fits:
        mine = results(apart)
        fits = {n: mark for n, mark in marks.items()
                if results(mark) and diagnosis.covers(mine, results(mark), whole=True)}  # fmt: skip
    return [n for _, n in diagnosis.ranked(apart, fits, least=0.0)]


def _ends(key: str, value: Any) -> bool:
    return key.endswith("/builds/error") and value != diagnosis.MISSING


def _stopped_before(apart: Rows) -> set[int]:
    """The cases in which a builder is stopped before it has called ``ResNet``."""
    cases = {diagnosis.place(k)[0] for k, v in apart.items() if _ends(k, v)}
    return {case for case in cases if apart.get(f"{case}/_call/calls") == 0}


def of_numbers(
    exercise: Exercise, seed: int, apart: Rows, here: Rows, take: Callable[..., Rows],
    styles: Mapping[str, str], handed: str, without: str,
) -> list[str]:  # fmt: skip
    """The mistakes that give the very numbers of an answer, alone or two together.

    A number agrees by chance more easily than a tensor does, so what counts is all of them.
    """
    case = min(diagnosis.place(key)[0] for key in here)
    first = {n: take(n, style, case=case) for n, style in styles.items()}
    alone = [n for n, mark in first.items() if diagnosis.covers(here, mark, whole=True)]
    marks = {n: take(n, styles[n]) for n in alone}
    whole = [n for n in alone if diagnosis.covers(apart, marks[n], whole=True)]
    fits = [n for _, n in diagnosis.ranked(apart, {n: marks[n] for n in whole}, least=0.0)]
    if not fits and exercise.drawn(seed).get("pairs"):
        both = two_at_once(exercise, seed, apart, here, handed, without, alone)
        fits = sorted(both, key=lambda n: n not in alone)
    return fits


class Otherwise(BaseException):
    """A mistake shows something that an answer does not show: it need not be tried further."""


class Alike(dict[str, Any]):
    """Takes a probe's rows as long as they differ from ``expected`` as ``apart`` says."""

    def __init__(self, expected: Rows, apart: Rows, hidden: tuple[str, ...]) -> None:
        super().__init__()
        self.expected, self.apart, self.hidden = expected, apart, hidden

    def __setitem__(self, key: str, value: Any) -> None:
        if diagnosis.place(key)[1] not in ("made", "_words", *self.hidden):
            right = key in self.expected and diagnosis.agree(self.expected[key], value)
            mine = self.apart.get(key, diagnosis.MISSING)
            if right != (mine == diagnosis.MISSING):
                raise Otherwise
            if not right and diagnosis.likeness({key: mine}, {key: value}) < 1:
                raise Otherwise
        super().__setitem__(key, value)



def in_one_case(
    exercise: Exercise, seed: int, apart: Rows, styles: Mapping[str, str], handed: str,
    first: Mapping[str, Rows],
) -> list[str]:  # fmt: skip
    """The mistakes that set an answer apart in just this way in one case, among others elsewhere.

    Looked for in the cases with the fewest differences: there another mistake disturbs least. It
    shows there for the first time, or in the first case of all, where ``first`` tells how.
    """
    cases: dict[int, dict[str, Any]] = {}
    for key, value in apart.items():
        cases.setdefault(diagnosis.place(key)[0], {})[key] = value
    here = cases[min(cases)]
    if any(diagnosis.place(k)[1] in ("builds", "shape") and "raises" in v for k, v in here.items()
           if isinstance(v, dict)):  # fmt: skip
        return []  # where nothing runs, what else is wrong is of no use yet
    told = {case: rows for case, rows in cases.items()  # what is refused is the last thing to say
            if any(diagnosis.place(k)[1] != "refuses" for k in rows)}  # fmt: skip
    for case, rows in sorted(told.items(), key=lambda pair: len(pair[1]))[:FEWEST]:
        known = [m.id for m in exercise.mistakes
                 if m.id in styles and m.case in (None, min(cases), case)]  # fmt: skip
        known = [n for n in known
                 if not first.get(n) or diagnosis.likeness(here, first[n]) > SHORTLISTED]
        fits = [n for n in known if shows(exercise.name, seed, n, styles[n], case, handed, rows)]
        if fits:
            return fits
    return []


def shows(
    name: str, seed: int, mistake: str, style: str, case: int, handed: str, rows: Rows
) -> bool:
    """Whether a mistake sets an answer apart in one case in just the way that ``rows`` tell."""
    exercise = EXERCISES[name]
    known = next(m for m in exercise.mistakes if m.id == mistake)
    plan = {**exercise.drawn(seed), "trusted": True, "only": [case]}
    expected = _expected_of(name, seed, case, handed, False)
    found = Alike(expected, rows, ("_call",))
    try:
        probe.observe(exercise.wrong(known, style, handed), plan, found)
    except Otherwise:
        return False
    mark = diagnosis.differences(expected, found)
    mark = {k: v for k, v in mark.items() if diagnosis.place(k)[1] != "_call"}
    return bool(mark) and diagnosis.likeness(rows, mark) == 1


def two_at_once(
    exercise: Exercise, seed: int, apart: Rows, here: Rows, handed: str, without: str,
    alone: Container[str] | None = None,
) -> list[str]:  # fmt: skip
    """Two mistakes that set an answer apart in just this way when both are made, if there are any.

    Where every number depends on all that was done, one mistake hides the other. All pairs are
    tried, or those with one of ``alone``; a plan says with ``pairs`` that this is quick enough.
    """
    plan = {**exercise.drawn(seed), "trusted": True}
    case = min(diagnosis.place(key)[0] for key in here)
    order = [case, *(number for number in range(len(plan["cases"])) if number != case)]
    parts = {number: {k: v for k, v in apart.items() if diagnosis.place(k)[0] == number}
             for number in order}  # fmt: skip

    def same(answer: Any, number: int) -> bool:
        expected = _expected_of(exercise.name, seed, number, handed, False)
        rows = probe.observe(answer, {**plan, "only": [number]})
        found = diagnosis.differences(expected, rows)
        return diagnosis.likeness(parts[number], found) == 1 if found else not parts[number]

    for one, other in itertools.combinations(exercise.mistakes, 2):
        if alone is not None and one.id not in alone and other.id not in alone:
            continue
        for style in one.changes:
            if style == without or style not in other.changes:
                continue
            try:
                answer = exercise.wrong_twice(one, other, style, handed)
            except (ValueError, SyntaxError):  # both change the same place: try another style
                continue
            if all(same(answer, number) for number in order):  # the first that differs ends it
                return [one.id, other.id]
            break
    return []
