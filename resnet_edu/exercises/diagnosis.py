"""What differs from a correct answer, and which known mistake differs in the same way.

An answer, the reference and every known mistake are seen by the same probe on the same cases. What
sets a mistake apart from the reference is its fingerprint. A fingerprint that fits what sets the
answer apart gives the answer's mistake its name.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Rows = Mapping[str, Any]
MISSING = "nothing"
EXACT = 1e-7  # relative; probing is in float64, where other orders of additions differ by 1e-13
SINGLE = 1e-5  # relative, for probabilities: float32 gives 1e-6, and is as good an answer
MEASURED = 0.06  # relative, for a spread of drawn weights: 4000 values or more, error below 0.015
NAMED = 0.6  # the least likeness of fingerprints at which a mistake is named
EQUAL = 0.96  # how alike an answer is at least that differs from a mistake in words only
SETTINGS = ("kernel", "channels", "stride", "padding", "dilation", "groups", "bias")
LACKS = r"'(?:TinyNet|BasicBlock|Bottleneck)' object has no attribute '(\w+)'"  # handed out
DRAWN_AS = r"\.weight, (?:spread ÷ √|distribution)|\.weight has the mean 0$"
KEEPS = "/builds/registers the modules it is given"
PADDED, COUNTED = "/_graph/padding mode.is", "/parameters/count"
NUMBERS = ("/inference/values", "/training/values")
CAUSES = ("_graph", "_call", "parameters", "stages", "structure", "names", "initialization",
          "statistics", "mode", "returns", "frozen", "backbone", "rest", "stem")  # fmt: skip


@dataclass(frozen=True)
class Observation:
    """One thing that was looked at: on which case, in which group, what was expected and found."""

    case: int
    group: str
    what: str
    expected: Any
    found: Any
    holds: bool


def tolerance(expected: Any) -> float:
    """How far numbers may differ from those that are expected."""
    return SINGLE if expected.get("precision") == "single" else EXACT


def agree(expected: Any, found: Any, within: float = EXACT) -> bool:
    """Whether two observed values are the same, numbers up to what their kind allows."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if "raises" in expected:
            return expected["raises"] == found.get("raises")
        if "about" in expected and "about" in found:
            return _near(expected["about"], found["about"], MEASURED)
        if ("values" in expected or "sums" in expected) and expected == found:  # mostly, and quick
            return True
        same, within = expected.keys() == found.keys(), tolerance(expected)
        return same and all(agree(expected[key], found[key], within) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return False
        return all(agree(e, f, within) for e, f in zip(expected, found, strict=True))
    if type(expected) is not type(found):
        return False
    if isinstance(expected, float):
        return _near(expected, found, within)
    return bool(expected == found)


def _near(a: Any, b: Any, tolerance: float) -> bool:
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


@functools.lru_cache(maxsize=1 << 15)
def place(key: str) -> tuple[int, str, str]:
    """Case, group and what, of a row's key."""
    case, group, what = key.split("/", 2)
    return int(case), group, what


def key_of(row: Observation) -> str:
    """The key of the row that an observation was made of."""
    return f"{row.case}/{row.group}/{row.what}"


def judged(group: str) -> bool:
    """Whether a group counts for right or wrong; the others only help to say what is wrong."""
    return not group.startswith("_") and group != "made"


def observations(expected: Rows, found: Rows) -> list[Observation]:
    """Both sides of every row that counts, smallest case first."""
    rows = []
    for key in [*expected, *(k for k in found if k not in expected)]:
        case, group, what = place(key)
        if judged(group):
            want, have = expected.get(key, MISSING), found.get(key, MISSING)
            holds = key in expected and key in found and agree(want, have)
            rows.append(Observation(case, group, what, want, have, holds))
    return sorted(rows, key=lambda row: row.case)


def groups_held(rows: Iterable[Observation]) -> dict[str, bool]:
    """Group by group, whether all its observations hold.

    A group of which nothing is expected counts only where all others hold: so the number of groups
    does not depend on what an answer does.
    """
    held: dict[str, bool] = {}
    asked: set[str] = set()
    for row in rows:
        held[row.group] = held.get(row.group, True) and row.holds
        asked |= {row.group} if row.expected != MISSING else set()
    counted = {group: holds for group, holds in held.items() if group in asked}
    return held if all(counted.values()) else counted


def differences(expected: Rows, found: Rows, every: bool = False) -> dict[str, Any]:
    """What sets ``found`` apart, row by row; rows that are missing are left to what stopped them.

    Where all that counts is right, another order of operations is a matter of style, and left out
    unless ``every`` difference is asked for.
    """
    apart: dict[str, Any] = {}
    for key in [*expected, *(k for k in found if k not in expected)]:
        group = place(key)[1]
        if group in ("made", "_words"):
            continue
        if key not in found:
            apart[key] = MISSING
        elif key not in expected or not agree(expected[key], found[key]):
            apart[key] = found[key]
    wrong = {place(key)[0] for key in apart if judged(place(key)[1])}
    return {key: value for key, value in apart.items() if every or place(key)[0] in wrong}


def likeness(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> float:
    """From 0 to 1: how far the same rows differ in the same way.

    1 is the same fingerprint. When all the causes of a mistake (its structure, not the values that
    follow) stand in the answer too, among other differences, it is 0.9 at most.
    """
    union = answer.keys() | mistake.keys()
    total = sum(_weight(key, answer, mistake) for key in union)
    common = sum(_weight(key, answer, mistake) * _same(answer[key], mistake[key])
                 for key in answer.keys() & mistake.keys())  # fmt: skip
    whole = common / total if total else 0.0
    causes = [k for k in mistake if _is_cause(k, mistake[k])]
    facts = [k for k in causes if place(k)[1] == "_graph" and not k.endswith(".draws")]
    stages = [k for k in causes if place(k)[1] == "stages"]
    causes = facts + stages if facts else causes  # the parameters follow from them, and add up
    shared = sum(_same(answer.get(k, None), mistake[k]) for k in causes)
    fits = shared == len(causes) and not _denied(answer, mistake)
    inside = 0.9 * fits - 0.1 / (1 + len(causes)) if causes else 0.0
    counted = [k for k in union if judged(place(k)[1])]
    equal = all(_same(answer.get(k), mistake.get(k)) == 1 for k in counted)  # another way to say it
    if equal and not any(_shows(answer.get(k)) for k in counted):
        equal = _share_facts(answer, mistake)  # many mistakes end in one and the same error
    score = max(whole, inside, (EQUAL + 0.01 * whole) * (equal and bool(counted)))
    return min(score, 0.5) if belied(answer, mistake) else score


def _shows(value: Any) -> bool:
    return value not in (None, MISSING) and not (isinstance(value, dict) and "raises" in value)


def _share_facts(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether one layer at least is the same in both, or none is told of in either."""
    sides = [{k: v for k, v in side.items() if place(k)[1] == "_graph" and v != MISSING
              and not k.endswith("/stop.reads")} for side in (answer, mistake)]  # fmt: skip
    return not any(sides) or any(_same(v, sides[1].get(k)) for k, v in sides[0].items())


def belied(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether something is not as the mistake says that it is: facts that end in ``.is``.

    Or whether a network is stopped by an error that says something else, or at another place.
    """
    told = [k for k in mistake if k.endswith(".is") and mistake[k] != MISSING
            and not k.endswith(PADDED)]  # fmt: skip
    told += [k for k in mistake if k in answer and stops(k, answer[k]) and stops(k, mistake[k])]
    told += [k for k in mistake if k in answer and k.endswith("/stop.reads")]
    # What is refused must be so in all cases; and a module that is not kept is not used either.
    told += [k for k in answer if k.endswith((KEEPS, PADDED))]
    ends = {place(k)[0] for k in mistake
            if k in answer and stops(k, mistake[k]) and stops(k, answer[k])}  # fmt: skip
    at = {case for case in ends if f"{case}/_graph/stop.reads" in mistake}
    if any(_reached(answer, case) != _reached(mistake, case) for case in at):
        return True
    if outdone(answer, mistake) or drawn_otherwise(answer, mistake) or stops_more(answer, mistake):
        return True
    if not any(place(k)[1] == "stages" for k in mistake):  # there the stages tell more
        told += [k for k in answer if k.endswith("/parameters/shapes") and place(k)[0] in ends]
    if all(place(k)[1] == "refuses" for k in mistake):
        told += [k for k in {**answer, **mistake} if place(k)[1] == "refuses"]
    unseen = (None, MISSING)
    told = [k for k in told if mistake.get(k) not in unseen or answer.get(k) not in unseen]
    return any(_same(answer.get(key), mistake.get(key)) < 1 for key in told)


def outdone(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether numbers that the mistake makes wrong are right in the answer, in some mode.

    Or whether the number of parameters is, in all cases: in one it may be so by chance.
    """
    wrong = [k for k, v in mistake.items() if v != MISSING]
    counts = [k for k in wrong if k.endswith(COUNTED)]
    if counts and not any(k in answer for k in counts):
        return True
    return any(k.endswith(NUMBERS) and k not in answer for k in wrong)


def drawn_otherwise(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether a mistake draws convolutions in a way in which the answer does not draw them all."""
    keys = [key for key in {**answer, **mistake} if re.search(DRAWN_AS, key)]
    if not any(key in mistake for key in keys):
        return False
    for key in keys:
        right = {"about": 1.0} if "spread" in key else "normal" if "distribution" in key else True
        mine, theirs = (side.get(key, right) for side in (answer, mistake))
        if MISSING in (mine, theirs):
            continue
        if isinstance(mine, dict) and isinstance(theirs, dict):
            if not _near(mine.get("about"), theirs.get("about"), 2 * MEASURED):
                return True
        elif mine != theirs:
            return True
    return False


def stops_more(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether building stops with the mistake's error where the mistake builds: it has no part."""
    ends = [key for key, value in mistake.items() if stops(key, value) and "/builds/" in key]
    errors = [answer[key] for key in ends if _same(answer.get(key), mistake[key]) == 1]
    more = [value for key, value in answer.items()
            if key not in mistake and "/builds/" in key and stops(key, value)]  # fmt: skip
    return any(_same(value, error) == 1 for value in more for error in errors)


def _reached(rows: Mapping[str, Any], case: int) -> frozenset[str]:
    """The convolutions that a case did not come to."""
    keys = (k for k, v in rows.items() if v == MISSING and place(k)[0] == case)
    return frozenset(match[1] for k in keys if (match := re.search(r"/_graph/(c\d+)\.", k)))


def stops(key: str, value: Any) -> bool:
    """Whether a row tells of an exception that ends a case."""
    raised = isinstance(value, dict) and "raises" in value
    return raised and place(key)[1:] in (("builds", "error"), ("shape", "output"))


def contradicts(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether a setting that the mistake gets wrong is another one in the answer, in some case.

    That can be told where it is the setting of one layer; where there are more, they may be others.
    """
    touched = [k for k, v in mistake.items() if place(k)[1] == "_graph" and v != MISSING]
    touched = [place(key)[2] for key in touched if key.rpartition(".")[2] in SETTINGS]
    if len({what.rpartition(".")[0] for what in touched}) != 1:
        return False
    cases = {place(key)[0] for key in (*answer, *mistake)}
    keys = [f"{case}/_graph/{what}" for case in cases for what in dict.fromkeys(touched)]
    pairs = [(answer.get(key), mistake.get(key)) for key in keys]
    return any(a != m and (a is None or m is None or not agree(a, m)) for a, m in pairs
               if a != MISSING and m != MISSING)  # fmt: skip


def keeps(expected: Rows, answer: Rows, mistake: Mapping[str, Any]) -> bool:
    """Whether an answer has a layer, a pool or a name that the mistake leaves out, in some case."""
    marks: dict[int, dict[str, Any]] = {}
    for key, value in mistake.items():
        marks.setdefault(place(key)[0], {})[key] = value
    for case, mark in marks.items():
        whole, mine = ({k: v for k, v in side.items() if k.startswith(f"{case}/")}
                       for side in (expected, answer))  # fmt: skip
        if isinstance(mark.get(f"{case}/shape/output"), dict) or any(
            stops(k, v) for side in (mark, mine) for k, v in side.items()
        ):  # no tensor comes out, so what is not reached may be missing for that reason
            continue
        if (_pieces(whole) - _pieces({**whole, **mark})) & _pieces(mine):
            return True
    return False


def _pieces(rows: Rows) -> set[str]:
    """The layers and the pools that a graph tells of, and the parts that a network names."""
    pieces: set[str] = set()
    for key, value in rows.items():
        _, group, what = place(key)
        if group == "_graph" and value != MISSING:
            pieces |= {*re.findall(r"\b[cnf]\d+\b|\b\w*pool\w*", f"{what} {value}")}
        if (group, what) == ("names", "state_dict") and isinstance(value, list):
            pieces |= {f"self.{str(name).split('.')[0]}" for name in value}
    return pieces


def covers(answer: Mapping[str, Any], mistake: Mapping[str, Any], whole: bool = False) -> bool:
    """Whether all that sets the mistake apart sets the answer apart in the same way.

    The same kind of exception is enough, whatever it says. ``whole``: and nothing else does.
    """
    alike = all(key in answer and (answer[key] == value or _same(answer[key], value) > 0)
                for key, value in mistake.items())  # fmt: skip
    return bool(mistake) and alike and (not whole or answer.keys() == mistake.keys())


def _denied(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether the mistake changes a shape that the answer has right, or counts blocks otherwise."""
    built = [k for k in mistake if k.endswith("/stages/number of blocks")]
    counts = [k.replace("number of", "numbers of") + " in the stages" for k in built]
    if any(answer.get(key) != mistake.get(key) for key in counts):
        return True
    return any(place(key)[1] == "shape" and key not in answer for key in mistake)


def _is_cause(key: str, value: Any) -> bool:
    group = place(key)[1]
    raised = isinstance(value, dict) and "raises" in value and group in ("builds", "shape")
    return value != MISSING and (raised or group in CAUSES)


def _weight(key: str, answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> float:
    sides = [side[key] for side in (answer, mistake) if key in side]
    if all(isinstance(v, str) and v == MISSING for v in sides):
        return 0.0  # what could not be seen tells nothing; what stopped it does
    return 3.0 if place(key)[1] in CAUSES else 1.0


def _same(a: Any, b: Any) -> float:
    if isinstance(a, dict) and isinstance(b, dict) and "raises" in a and "raises" in b:
        if a.get("own") and b.get("own"):  # whoever refuses chooses the words and the kind
            return 1.0
        lacks = [re.findall(LACKS, side["says"]) for side in (a, b)]
        if lacks[0] != lacks[1]:
            return 0.0
        alike = _without_names(a["says"]) == _without_names(b["says"])
        return (a["raises"] == b["raises"]) * (1.0 if alike else 0.5)
    return float(a is not None and b is not None and agree(a, b))


def _without_names(text: str) -> str:
    """A message without what another style, or another size, would make different in it."""
    if re.search(r"\bfloat\b.*\bint|\bints?\b.*\bfloat\b", text):
        return "a float where a whole number is needed"
    if "NoneType" in text and re.search(r"\blen\(|itera|subscript|unpack|concatenate", text):
        return "None where several things are needed"
    text = re.sub(r", which is output \d+ of \w+|(?<=for \+)=(?=:)", "", text)
    own = r"^(?:[\w.]*\.)?ResNet(?:\.__init__)?\(\) (?=got an unexpected|takes)"
    text = re.sub(own, "the network ", text)
    text = re.sub(r"[\w.<>]+(\(\) (?:got|takes|missing))", r"\1", text)
    text = re.sub(r"\(-?\d+(x-?\d+)+\)", "(…)", text).replace("keyword argument", "argument")
    text = re.sub(r"( - got \(\w+).*", r"\1", text)  # of an invalid combination: the first
    return re.sub(r"'(?!NoneType')[^']*'|(?<!dimension )\b\d+", "…", text)


def ranked(
    answer: Rows, fingerprints: Mapping[str, Rows], least: float = NAMED
) -> list[tuple[float, str]]:
    """The mistakes that fit, best first, with their likeness."""
    scores = [(likeness(answer, mark), name) for name, mark in fingerprints.items()]

    def order(pair: tuple[float, str]) -> tuple[float, int, str]:
        return -pair[0], len(answer.keys() ^ fingerprints[pair[1]].keys()), pair[1]

    return sorted(((s, n) for s, n in scores if s >= least), key=order)
