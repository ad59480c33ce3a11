"""``check``: an answer is tried, compared with the reference, and told what went wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import nn

from ..names import hint
from . import diagnosis, probe, words
from .catalogue import EXERCISES
from .guard import TooLong, undisturbed
from .report import Report
from .tasks import PACKAGE, Exercise, Plan, given

SHORTLIST, SHORTLISTED = 8, 0.3  # how many mistakes are tried on all cases, and how like they are
FEWEST = 2  # cases in which an answer with several mistakes is looked at for one of them
NOT_AT_A_GLANCE = ("training", "gradients", "buffers", "again", "_order")  # what takes most time
SECONDS = 20.0  # how long an answer may run in the reader's own process
MISFIT = r"missing \d+ required|unexpected keyword|takes \d+ positional|multiple values for"
FINISHED = ("02 §9", "04 §8", "05 §5", "07 §8", "09 §6", "10 §8")  # they show a file's code
Rows = Mapping[str, Any]


def check(name: str, answer: Any, seed: int = 0) -> Report:
    """Try an answer to the exercise ``name`` and say what was found.

    The answer runs here, in this process: its output is not shown, exceptions are caught, random
    states, default dtype, grad mode and threads are as before afterwards, and Python code that runs
    for 20 seconds is stopped. Memory is not limited.

    Raises ``ValueError`` when no exercise has that name.
    """
    exercise = find(name)
    form = _another_form(exercise, answer)
    if form:
        return Report(name, False, 0.0, mistake="another-form", mistakes=("another-form",), **form)
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
    return dataclasses.replace(report, printed=len(printed.getvalue().splitlines()))


def _another_form(exercise: Exercise, answer: Any) -> dict[str, Any]:
    """What is said of a layer, a number or a text that is handed in for a class or a function."""
    if exercise.drawn(0)["kind"] == "choice":
        pair = isinstance(answer, (tuple, list)) and len(answer) == 2
        number, letter = probe.chosen(answer) if pair else (None, None)
        if answer is None or (isinstance(number, int) and letter is not None and letter in "abcd"):
            return {}
        return {"title": "The answer has another form.", "section": exercise.section,
                "why": "It is a pair: the number of a line, and the letter of a reason.",
                "ask": f"Does yours look like `{exercise.signature}`?"}  # fmt: skip
    if callable(answer) and not isinstance(answer, nn.Module):
        return {}
    what = "class" if _is_class(exercise) else "function"
    if answer is None:
        return {"title": f"Nothing was handed in: the answer is None, not a {what}.",
                "why": "A call of a function that returns nothing is None, too.",
                "section": exercise.section,
                "ask": f"Does `{exercise.name}` stand there without brackets?"}  # fmt: skip
    return {
        "title": f"Handed in was an object of the type {type(answer).__name__}, not a {what}.",
        "why": f"The checker calls the {what} itself, with arguments of its own.",
        "section": exercise.section, "ask": "Is there a pair of brackets behind the name?",
    }  # fmt: skip


def _explained(exercise: Exercise) -> str:
    """Where to read: for what a chapter shows in full, the section that explains most mistakes."""
    if exercise.section not in FINISHED:
        return exercise.section
    sections = [m.section for m in exercise.mistakes if m.section.split()[0] == exercise.chapter]
    return max(sections, key=sections.count, default=exercise.section)


def _is_class(exercise: Exercise) -> bool:
    return exercise.starter.lstrip().startswith("class ")


@contextlib.contextmanager
def _handing_out(exercise: Exercise, answer: Any) -> Iterator[None]:
    """Meanwhile an answer finds the package's pieces under the names that the exercise gives it.

    So a builder is not refused for a fault of the ``ResNet`` that stands beside it.
    """
    spaces = [] if probe.whose(answer) else probe.namespaces(answer)
    before = [(space, name, space[name]) for space in spaces for name in exercise.given
              if name in space]  # fmt: skip
    pieces = given(exercise.given)
    try:
        for space, name, _ in before:
            space[name] = pieces[name]
        yield
    finally:
        for space, name, piece in before:
            space[name] = piece


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

    def make(passed: bool, score: float, kind: str = "", **parts: Any) -> Report:
        fits = (kind,) if kind else ()
        return Report(exercise.name, passed, score, observations=seen, mistake=kind or None,
                      mistakes=fits, **parts)  # fmt: skip

    taken = imported(exercise, rows)
    if taken:
        return make(False, 0.0, "imported", **_taken(exercise, taken))
    if stopped:
        return make(False, 0.0, "stopped", **_stopped(exercise, found))
    if all(held.values()):
        return make(True, 1.0)
    if _not_started(rows):
        return make(False, 0.0, "not-started", **_unwritten(exercise, plan["kind"]))
    if plan["kind"] == "choice":
        return _chosen(exercise, share, seen)
    calls_seen = any("/_call/block" in key or "/builds/error" in key for key in rows)
    by_calls = plan["kind"] == "builder" and calls_seen
    apart = diagnosis.differences(expected, rows, every=by_calls)
    parts = unfinished(expected, rows)
    if parts:
        first = next(row for row in seen if not row.holds)
        told = _seen(plan, seen, first, expected, apart)
        return make(False, share, "unfinished", seen=told, **_not_finished(exercise, parts))
    fits = fitting(exercise, seed, apart, handed, without, by_calls)
    marks: Rows = {}
    if fits and not by_calls:
        style = next(s for m in exercise.mistakes if m.id == fits[0] for s in m.changes
                     if s != without)  # fmt: skip
        marks = fingerprint(exercise.name, seed, fits[0], style, handed=handed)
    if fits and _unknown_name(apart) and not _unknown_name(marks):
        fits, marks = [], {}
    return _named(exercise, plan, share, seen, expected, apart, fits, marks)


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
    name: str, seed: int, mistake: str, style: str, case: int | None = None, handed: str = PACKAGE,
    glance: bool = False,
) -> Rows:  # fmt: skip
    """What sets a mistake apart from the reference, on all cases or one, in full or at a glance."""
    exercise = EXERCISES[name]
    known = {m.id: m for m in exercise.mistakes}
    plan = {**exercise.drawn(seed), "trusted": True}  # whose code it is need not be looked for
    expected = expectation(name, seed, handed)
    if case is not None:
        plan["only"] = [case]
        expected = {k: v for k, v in expected.items() if diagnosis.place(k)[0] == case}
    if glance:
        plan["cases"] = [{**c, "glance": True} for c in plan["cases"]]
        late = [k for k in expected if diagnosis.place(k)[1] in NOT_AT_A_GLANCE]
        expected = {k: v for k, v in expected.items() if k not in late}
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
        return [n for _, n in diagnosis.ranked(apart, {n: of(n, s) for n, s in styles.items()})]
    apart = {k: v for k, v in apart.items() if diagnosis.place(k)[1] != "_call"}
    case = min(diagnosis.place(key)[0] for key in apart)
    everything = styles
    styles = {m.id: styles[m.id] for m in exercise.mistakes if m.case in (None, case)}
    here = {k: v for k, v in apart.items() if diagnosis.place(k)[0] == case}
    take = functools.partial(fingerprint, exercise.name, seed, handed=handed)
    early = {k: v for k, v in here.items() if diagnosis.place(k)[1] not in NOT_AT_A_GLANCE}
    glance = any(diagnosis.judged(diagnosis.place(key)[1]) for key in early)
    here = early if glance else here
    first = {n: take(n, style, case=case, glance=glance) for n, style in styles.items()}
    best = diagnosis.ranked(here, first, least=SHORTLISTED)[:SHORTLIST]
    best = [(score, n) for score, n in best if score > best[0][0] - SHORTLISTED]
    early_score = {n: score for score, n in best}
    whole = diagnosis.ranked(apart, {n: take(n, styles[n]) for _, n in best})
    fits = [n for score, n in sorted(whole, key=lambda pair: (-pair[0], -early_score[pair[1]]))]
    if not fits and exercise.drawn(seed).get("pairs"):
        both = two_at_once(exercise, seed, apart, here, handed, without)
        fits = sorted(both, key=lambda n: not first[n])  # first the one that shows in this case
    stops = any(diagnosis.place(k)[2] == "stop.reads" for k in here)
    if not fits and (stops or any(isinstance(v, dict) and "shape" in v for v in here.values())):
        # The same numbers in the smallest case, or the same stop at the same operation, are no
        # accident; later cases show something more.
        fits = [n for score, n in best if score == 1]
    return fits or in_one_case(exercise, apart, take, everything)


def in_one_case(
    exercise: Exercise, apart: Rows, take: Callable[..., Rows], styles: Mapping[str, str]
) -> list[str]:
    """The mistakes that set an answer apart in just this way in one case, among others elsewhere.

    Looked for in the cases with the fewest differences: there another mistake disturbs least.
    """
    cases: dict[int, dict[str, Any]] = {}
    for key, value in apart.items():
        cases.setdefault(diagnosis.place(key)[0], {})[key] = value
    first = cases[min(cases)].items()
    if any(diagnosis.place(k)[1] in ("builds", "shape") and "raises" in v for k, v in first
           if isinstance(v, dict)):  # fmt: skip
        return []  # where nothing runs, what else is wrong is of no use yet
    told = {case: rows for case, rows in cases.items()  # what is refused is the last thing to say
            if any(diagnosis.place(k)[1] != "refuses" for k in rows)}  # fmt: skip
    for case, rows in sorted(told.items(), key=lambda pair: len(pair[1]))[:FEWEST]:
        early = {k: v for k, v in rows.items() if diagnosis.place(k)[1] not in NOT_AT_A_GLANCE}
        known = {m.id: styles[m.id] for m in exercise.mistakes if m.case is None or m.case <= case}
        marks = {n: take(n, style, case=case, glance=True) for n, style in known.items()}
        alike = [n for _, n in diagnosis.ranked(early, marks, least=1.0)] if early else []
        fits = diagnosis.ranked(rows, {n: take(n, known[n], case=case) for n in alike}, least=1.0)
        if fits:
            return [n for _, n in fits]
    return []


def two_at_once(
    exercise: Exercise, seed: int, apart: Rows, here: Rows, handed: str, without: str
) -> list[str]:
    """Two mistakes that set an answer apart in just this way when both are made, if there are any.

    Where every number depends on all that was done, one mistake hides the other. All pairs are
    tried; a plan says with ``pairs`` that this is quick enough.
    """
    plan = {**exercise.drawn(seed), "trusted": True}
    expected = expectation(exercise.name, seed, handed)
    case = min(diagnosis.place(key)[0] for key in here)
    for one, other in itertools.combinations(exercise.mistakes, 2):
        for style in one.changes:
            if style == without or style not in other.changes:
                continue
            try:
                answer = exercise.wrong_twice(one, other, style, handed)
            except (ValueError, SyntaxError):  # both change the same place: try another style
                continue
            rows = probe.observe(answer, {**plan, "only": [case]})
            if all(k in rows and diagnosis.agree(v, rows[k]) for k, v in here.items()):
                found = diagnosis.differences(expected, probe.observe(answer, plan))
                if diagnosis.likeness(apart, found) == 1:
                    return [one.id, other.id]
            break
    return []


def imported(exercise: Exercise, rows: Rows) -> list[str]:
    """The libraries' own solutions that an answer is, inherits from or calls."""
    used = {n for k, v in rows.items() if k.split("/")[1:2] == ["made"] for n in v}
    free = tuple(f".{name}" for name in exercise.given)
    return sorted(n for n in used if not any(f in f"{n}." for f in (f"{g}." for g in free)))


def _taken(exercise: Exercise, taken: list[str]) -> dict[str, str]:
    name = min(taken, key=lambda n: ("<" in n, exercise.name not in n, len(n))).split(".<")[0]
    return {
        "title": f"Imported, not built: the answer is, or calls, {name}.",
        "why": "The exercise is to write it.", "section": _explained(exercise),
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
    wanted, there = ([*dict.fromkeys(str(name).split(".")[0] for name in side)]
                     for side in (want, have))  # fmt: skip
    known = rows.get(names[1]) == rows.get(names[2])
    return [part for part in wanted if part not in there] if known and {*there} <= {*wanted} else []


def _not_finished(exercise: Exercise, parts: list[str]) -> dict[str, str]:
    order = [*(p for p in parts if p != "fc"), *(p for p in parts if p == "fc")]
    last = f" and {order[-1]}" if len(order) > 1 else order[-1]
    listed = ", ".join(order[:-1]) + last
    return {
        "title": f"Not finished yet: {listed} {'are' if len(order) > 1 else 'is'} not there.",
        "why": "What there is so far may be right. More can be said when all the parts stand.",
        "section": _explained(exercise), "ask": f"What does {order[0]} read, and what hand on?",
    }  # fmt: skip


def _unwritten(exercise: Exercise, kind: str) -> dict[str, str]:
    if kind == "choice":
        return {"title": "There is no answer yet.", "section": exercise.section,
                "why": "The answer is the number of a line and the letter of a reason.",
                "ask": "Which of the lines would you have written differently?"}  # fmt: skip
    ask = f"What does `{exercise.signature}` have to return?"
    if kind == "builder":
        ask = "Which arguments of `ResNet` make this network?"
    elif _is_class(exercise):
        ask = "Which layers are needed, and in which order does `forward` call them?"
    return {
        "title": "Nothing comes back yet: the answer returns None.",
        "section": _explained(exercise),
        "why": "The body is yours to write; without `return`, what is made in it is lost.",
        "ask": ask,
    }  # fmt: skip


def _named(
    exercise: Exercise, plan: Plan, share: float, seen: tuple[diagnosis.Observation, ...],
    expected: Rows, apart: Mapping[str, Any], fits: list[str], marks: Rows,
) -> Report:  # fmt: skip
    """The report on a wrong answer; it shows what the named mistake does, which has ``marks``."""
    wrong = [row for row in seen if not row.holds]
    of_it = [row for row in wrong if _key(row) in marks and row.found == marks[_key(row)]]
    shown = _seen(plan, seen, (of_it or wrong)[0], expected, apart)
    known = {m.id: m for m in exercise.mistakes}
    parts: dict[str, Any]
    if fits:
        best = known[fits[0]]
        later = best.section.split()[0] > exercise.chapter
        why = best.why + " That is matter of a later chapter." * later
        parts = {"title": best.title, "why": why, "section": best.section, "ask": best.ask}
    else:
        raised = [row for row in wrong if row.case == wrong[0].case and words.raises(row)]
        stops = raised[0] if raised and wrong[0].found == diagnosis.MISSING else wrong[0]
        parts = {**_unknown(exercise, stops), "section": _explained(exercise)}
    return Report(exercise.name, False, share, seen=shown, mistake=fits[0] if fits else None,
                  mistakes=tuple(fits), observations=seen, **parts)  # fmt: skip


def _unknown_name(apart: Rows) -> str:
    """The first name that the answer uses and nobody defines; "" when there is none."""
    raised = (v for v in apart.values() if isinstance(v, dict) and v.get("raises") == "NameError")
    found = (re.match(r"name '(\w+)' is not defined", str(v.get("says"))) for v in raised)
    return next((match[1] for match in found if match), "")


def _key(row: diagnosis.Observation) -> str:
    return f"{row.case}/{row.group}/{row.what}"


def _unknown(exercise: Exercise, wrong: diagnosis.Observation) -> dict[str, str]:
    """What is said where no known mistake fits."""
    why = "It is none of the mistakes that are known here."
    if not words.raises(wrong):
        kind = words.other_kind(wrong)
        if kind:
            title = f"The number is right, and it comes back as a {kind}."
            if isinstance(wrong.found, list):
                title = f"The numbers are right, and come back as {kind}s."
            return {"title": title, "why": "Whole numbers, of the type int, are asked for.",
                    "ask": f"Which step of your function makes a {kind}?"}  # fmt: skip
        about = words.GROUPS.get(wrong.group, wrong.group)
        return {"title": f"Something differs in {about}.", "why": why}
    parts = {"title": "An error stops the answer.", "why": why}
    says = str(wrong.found.get("says"))
    name = _unknown_name({"": wrong.found})
    if name:
        return {**parts, "title": f"An error stops the answer: there is no {name}.",
                "ask": f"How is `{name}` spelled where it is made, and is it made before?"}
    if wrong.found["raises"] != "TypeError":
        return parts
    if "forward() takes" in says:
        parts["ask"] = "Which arguments does your `forward` take, and is `self` the first?"
    elif re.search(MISFIT, says) and wrong.group != "shape":
        parts["ask"] = f"Does yours take the arguments of `{exercise.signature}`?"
    return parts


def _chosen(exercise: Exercise, share: float, seen: tuple[diagnosis.Observation, ...]) -> Report:
    """The report on a line and a reason that are not the right ones: it does not tell which are."""
    wrong = {row.group for row in seen if not row.holds}
    mistake = exercise.mistakes[0 if "line" in wrong else 1]
    return Report(exercise.name, False, share, mistake.title, "", mistake.why, mistake.section,
                  mistake.ask, mistake.id, (mistake.id,), seen)  # fmt: skip


def _seen(
    plan: Plan, seen: tuple[diagnosis.Observation, ...], wrong: diagnosis.Observation,
    expected: Rows, apart: Mapping[str, Any],
) -> str:  # fmt: skip
    """The smallest case that shows it: what was called, what differs, and in which layer first."""
    case = plan["cases"][wrong.case]
    raised = [row for row in seen if row.case == wrong.case and words.raises(row)]
    if raised and wrong.found == diagnosis.MISSING:
        wrong = raised[0]
    parts = [f"{case['words']}: {words.sentence(wrong)}"]
    graph = f"{wrong.case}/_graph/"
    facts = [k for k in apart if k.startswith(graph) and k != f"{graph}buffers"]
    if raised:  # then what comes later is missing for that reason
        facts = [k for k in facts if apart[k] != diagnosis.MISSING]
    facts = [k for k in facts if k != f"{graph}out" or apart[k] != diagnosis.MISSING]
    start = f"{wrong.case}/_call/"
    calls = {k.removeprefix(start): v for k, v in apart.items() if k.startswith(start)}
    calls = {k: v for k, v in calls.items() if v != diagnosis.MISSING}
    if raised and raised[0] is not wrong:
        parts.append(words.sentence(raised[0]))
    elif calls:
        parts.append(words.call(calls))
    elif facts:
        key = _telling(facts)
        what = key.split("/", 2)[2]
        parts.append(words.fact(what, expected.get(key, diagnosis.MISSING), apart[key]))
    return "\n".join(parts)


def _telling(facts: list[str]) -> str:
    """The fact to show: a layer that is used again, else the first; what it reads says most."""
    again = [key for key in facts if " use " in key and key.endswith(".reads")]
    reads = f"{facts[0].rpartition('.')[0]}.reads"
    return again[0] if again else reads if reads in facts else facts[0]
