"""What differs from a correct answer, and which known mistake differs in the same way.

An answer, the reference and every known mistake are seen by the same probe on the same cases. What
sets a mistake apart from the reference is its fingerprint. A fingerprint that fits what sets the
answer apart gives the answer's mistake its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Rows = Mapping[str, Any]
MISSING = "nothing"
EXACT = 1e-7  # relative; probing is in float64, where other orders of additions differ by 1e-13
MEASURED = 0.06  # relative, for a spread of drawn weights: 4000 values or more, error below 0.015
NAMED = 0.6  # the least likeness of fingerprints at which a mistake is named
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


def agree(expected: Any, found: Any) -> bool:
    """Whether two observed values are the same, numbers up to what their kind allows."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if "raises" in expected:
            return expected["raises"] == found.get("raises")
        if "about" in expected and "about" in found:
            return _near(expected["about"], found["about"], MEASURED)
        if ("values" in expected or "sums" in expected) and expected == found:  # mostly, and quick
            return True
        same = expected.keys() == found.keys()
        return same and all(agree(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return False
        return all(agree(e, f) for e, f in zip(expected, found, strict=True))
    if type(expected) is not type(found):
        return False
    if isinstance(expected, float):
        return _near(expected, found, EXACT)
    return bool(expected == found)


def _near(a: Any, b: Any, tolerance: float) -> bool:
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def place(key: str) -> tuple[int, str, str]:
    """Case, group and what, of a row's key."""
    case, group, what = key.split("/", 2)
    return int(case), group, what


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
    """Group by group, whether all its observations hold."""
    held: dict[str, bool] = {}
    for row in rows:
        held[row.group] = held.get(row.group, True) and row.holds
    return held


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
    facts = [k for k in causes if place(k)[1] == "_graph"]
    causes = facts or causes  # what a layer is; the parameters that follow from it add up
    shared = sum(_same(answer.get(k, None), mistake[k]) for k in causes)
    fits = shared == len(causes) and not _denied(answer, mistake)
    inside = 0.9 * fits - 0.1 / (1 + len(causes)) if causes else 0.0
    counted = [k for k in union if judged(place(k)[1])]
    equal = all(_same(answer.get(k), mistake.get(k)) == 1 for k in counted)  # another way to say it
    return max(whole, inside, (0.96 + 0.01 * whole) * (equal and bool(counted)))


def _denied(answer: Mapping[str, Any], mistake: Mapping[str, Any]) -> bool:
    """Whether the mistake changes a shape that the answer has right."""
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
        alike = _without_names(a["says"]) == _without_names(b["says"])
        return (a["raises"] == b["raises"]) * (1.0 if alike else 0.5)
    return float(a is not None and b is not None and agree(a, b))


def _without_names(text: str) -> str:
    """A message without what another style, or another size, would make different in it."""
    if re.search(r"\bfloat\b.*\bint|\bints?\b.*\bfloat\b", text):
        return "a float where a whole number is needed"
    text = re.sub(r"[\w.<>]+(\(\) (?:got|takes|missing))", r"\1", text)
    text = re.sub(r"( - got \(\w+).*", r"\1", text)  # of an invalid combination: the first
    return re.sub(r"'[^']*'|(?<!dimension )\b\d+", "…", text)


def ranked(
    answer: Rows, fingerprints: Mapping[str, Rows], least: float = NAMED
) -> list[tuple[float, str]]:
    """The mistakes that fit, best first, with their likeness."""
    scores = [(likeness(answer, mark), name) for name, mark in fingerprints.items()]
    return sorted(((s, n) for s, n in scores if s >= least), key=lambda pair: (-pair[0], pair[1]))
