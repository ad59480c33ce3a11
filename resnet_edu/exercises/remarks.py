"""What is said of a function whose numbers are wrong in no known way.

Each remark follows from what was seen, so it is true whatever the answer does inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import words
from .diagnosis import Observation

SEVERAL = 3  # calls from which on a rule that holds in all of them is no accident
FACTORS = {2: "twice as large", 3: "three times as large", 4: "four times as large",
           1.5: "one and a half times as large", 0.5: "half as large",
           0.25: "a quarter as large"}  # fmt: skip
KEPT = "number of blocks that the network registers"
CONVOLUTIONS = {"conv3x3": "02 §1", "conv1x1": "02 §6"}  # where each of them is explained
SETTINGS = {"groups": "02 §5", "padding": "02 §2", "dilation": "02 §2", "stride": "02 §3",
            "channels": "02 §4"}  # fmt: skip
LISTED = 3  # kinds of calls that a title names
BY_HAND = "Work the call out by hand: at which step does your function part from it?"


def remark(
    seen: Sequence[Observation], rows: Mapping[str, Any], signature: str
) -> dict[str, str]:
    """Title, why and ask for results that are wrong in no known way."""
    results = [row for row in seen if row.what == "result"]
    wrong = [row for row in results if not row.holds]
    changed = [row for row in seen if row.group == "side effects" and not row.holds]
    if changed and (not wrong or changed[0].case < wrong[0].case):
        return _changed(bool(wrong))
    if not wrong:
        return {}
    tried = (_form(wrong), _zeros(wrong), _lists(wrong), _fraction(wrong))
    said = plain(seen, rows, signature) or next((t for t in tried if t), {}) or _where(results)
    if changed:
        said["why"] += " And what was handed in is not as it was."
    return said


def plain(
    seen: Sequence[Observation], rows: Mapping[str, Any], signature: str, named: bool = False
) -> dict[str, str]:
    """What is plainer than the name of a mistake that fits: that the text calculates with ``^``.

    Unless a ``named`` mistake gives all the numbers, what is plain about the numbers comes next.
    """
    results = [row for row in seen if row.what == "result"]
    wrong = [row for row in results if not row.holds]
    text = _caret(rows)
    if text or named or not wrong:
        return text if wrong else {}
    return (_nothing(results) or _kind(wrong) or _defaults(signature, rows) or _constant(results)
            or _rule(results))  # fmt: skip


def _said(title: str, why: str, ask: str) -> dict[str, str]:
    return {"title": title, "why": why, "ask": ask}


def _nothing(results: list[Observation]) -> dict[str, str]:
    none = [row.found is None for row in results]
    if not any(none) or all(none):
        return {}
    return _said("In some calls nothing comes back: the answer is None there.",
                 "A function that ends without meeting a `return` gives None.",
                 "Which way through your function meets no `return`?")  # fmt: skip


def _kind(wrong: list[Observation]) -> dict[str, str]:
    kinds = {words.other_kind(row) for row in wrong}
    if len(kinds) != 1 or kinds == {""}:
        return {}
    (kind,) = kinds
    if kind == "list":
        return _said("The number is right, and it stands in a list or a tuple.",
                     "The number itself is asked for.",
                     "What do square brackets, or a comma, make of a number?")  # fmt: skip
    ask = f"Which step of your function makes a {kind}?"
    if isinstance(wrong[0].expected, list):
        inside = kind in ("float", "text")
        title = f"The numbers are right, and come back as {kind + 's' if inside else 'a ' + kind}."
        why = "Whole numbers, of the type int, are asked for." if inside else (
            "A list of whole numbers is asked for, or a tuple."
        )
        return _said(title, why, ask)
    return _said(f"The number is right, and it comes back as a {kind}.",
                 "Whole numbers, of the type int, are asked for.", ask)  # fmt: skip


def _form(wrong: list[Observation]) -> dict[str, str]:
    """Another kind of thing than a number, or than a list of numbers, in all wrong calls."""
    expected, found = wrong[0].expected, [row.found for row in wrong]
    right: tuple[type, ...]
    if isinstance(expected, list):
        count = words.COUNTS.get(len(expected), str(len(expected))).capitalize()
        want, right = f"{count} numbers are asked for, in a list or a tuple.", (list,)
    else:
        want, right = "One whole number is asked for.", (int, float)
    if any(type(item) in right for item in found):
        return {}
    stops = any(words.raises(row) for row in wrong)
    kinds = {_kind_of(row.found) for row in wrong if not words.raises(row)}
    if len(kinds) != 1 or None in found:
        return {}
    where = "Where no error stops the answer, what" if stops else "What"
    return _said(f"{where} comes back is {words.article(kinds.pop())}.", want,
                 "What does the line with `return` hand back, and of which type is it?")


def _kind_of(item: Any) -> str:
    if isinstance(item, dict):
        return str(item.get("type")) if "type" in item else "tensor" if "shape" in item else "dict"
    names = {str: "text", list: "list or a tuple", bool: "bool", int: "single number",
             float: "float"}  # fmt: skip
    return names.get(type(item), type(item).__name__)


def arguments(signature: str, rows: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
    """The first argument that has another place, when the names are right, and what is said."""
    asked = re.findall(r"[(,]\s*(\w+)", signature)
    taken = rows.get("0/_words/arguments")
    if not isinstance(taken, list) or not all(isinstance(name, str) for name in taken):
        return 0, {}
    if taken == asked or sorted(taken) != sorted(asked):
        return 0, {}
    first = next(i for i, pair in enumerate(zip(taken, asked, strict=True)) if pair[0] != pair[1])
    return first, _said(f"The arguments stand in another order: {', '.join(taken)}.",
                        "A call without names hands its values over in the order of the exercise.",
                        f"In which order does `{signature}` take them?")  # fmt: skip


def of_a_bias(title: str) -> dict[str, str]:
    """Why and where to read, where a convolution in front of a norm has a bias."""
    if not re.fullmatch(r"The (\w+ convolution|convolution [\w.]+) has a bias\.", title):
        return {}
    return {"why": "The norm behind it subtracts each channel's mean, and the bias with it. "
            "No checkpoint has these numbers.", "section": "02 §7",
            "ask": "What becomes of a constant that is added just before a norm?"}  # fmt: skip


def of_a_setting(name: str, title: str, facts: Sequence[str]) -> str:
    """Where to read on the setting of a lone convolution that a title speaks of, or the facts."""
    of_facts = " ".join(facts) if "kernel" not in title else ""
    told = (setting for text in (title, of_facts) for setting in SETTINGS
            if re.search(rf"\b{setting}\b", text))  # fmt: skip
    return SETTINGS.get(next(told, ""), CONVOLUTIONS[name])


def spare_blocks(seen: Sequence[Observation], rows: Mapping[str, Any]) -> dict[str, str]:
    """What is said where all is right but that blocks are built which the network does not keep."""
    wrong = [row for row in seen if not row.holds]
    right = {row.what: row.expected for row in seen if row.case == 0 and row.group == "stages"}
    built, kept = rows.get("0/stages/number of blocks"), right.get(KEPT)
    if not isinstance(built, int) or not isinstance(kept, int) or built <= kept:
        return {}
    if any(row.group != "stages" or row.what == KEPT for row in wrong):
        return {}
    many = words.COUNTS.get(built - kept, str(built - kept)).capitalize()
    some = "block more is" if built - kept == 1 else "blocks more are"
    return _said(f"{many} {some} built than the network keeps.",
                 "What else was seen of the network is right.",
                 "Which line calls `block` outside of a stage, and can `expansion` be asked of the "
                 "class itself?")  # fmt: skip


def _defaults(signature: str, rows: Mapping[str, Any]) -> dict[str, str]:
    """A default that is not the one of the exercise, where both have one."""
    asked = dict(re.findall(r"(\w+)=(\([^)]*\)|[^,()]+)", signature))
    taken = rows.get("0/_words/defaults")
    pairs = [pair for pair in taken if isinstance(pair, list)] if isinstance(taken, list) else []
    for name, default in (pair for pair in pairs if len(pair) == 2):
        same = {"0": "False", "1": "True"}.get(default, default) if asked.get(name) in (
            "False", "True") else default  # fmt: skip
        if isinstance(name, str) and asked.get(name, same) != same:
            return _said(f"The default of {name} is {default}, and not {asked[name]}.",
                         "A call that leaves the argument out gets the default.",
                         f"What does your function do when a call does not mention `{name}`?")
    return {}


def _changed(wrong: bool) -> dict[str, str]:
    title = "What was handed in is not as it was." if wrong else (
        "The results are right, and what was handed in is not as it was."
    )
    return _said(title, "Whoever asks still needs it afterwards.",
                 "Which line of your function changes what it was given?")  # fmt: skip


def _caret(rows: Mapping[str, Any]) -> dict[str, str]:
    if rows.get("0/_words/caret") is not True:
        return {}
    return _said("In Python ^ is no power, and the answer calculates with it.",
                 "It compares the bits of two whole numbers, and it is worked out after products "
                 "and sums.",
                 "What does Python make of 3 ^ 2, and how does it write a square?")  # fmt: skip


def _constant(results: list[Observation]) -> dict[str, str]:
    first = results[0].found
    several = len(results) >= SEVERAL and any(r.expected != results[0].expected for r in results)
    number = isinstance(first, (int, float, list))
    if not several or not number or any(row.found != first for row in results):
        return {}
    shown = first if isinstance(first, bool) else words.value(first)
    return _said(f"Every call gives the same: {shown}.",
                 "The arguments change from call to call, and the right answer with them.",
                 "Which of the arguments does your function read?")  # fmt: skip


def _zeros(wrong: list[Observation]) -> dict[str, str]:
    if len(wrong) < 2 or any(type(row.found) is not int or row.found for row in wrong):
        return {}
    groups = _groups([*dict.fromkeys(row.group for row in wrong)])
    return _said(f"The answer is 0 for {groups}.",
                 "Either a 0 is multiplied in, or all of the sum stands in one half of a line with "
                 "`if` and `else`.",
                 "Which part of your function gives 0, and is anything else left of it then?")


def _lists(wrong: list[Observation]) -> dict[str, str]:
    pairs = [(row.expected, row.found) for row in wrong]
    if not all(isinstance(e, list) and isinstance(f, list) for e, f in pairs):
        return {}
    inner = {_kind_of(item) for _, found in pairs for item in found}
    if len(inner) == 1 and inner & {"list or a tuple", "text", "dict", "tensor"}:
        return _said(f"In every place stands {words.article(inner.pop())}.",
                     "One whole number is asked for there.",
                     "How many numbers belong to one place?")  # fmt: skip
    counts = {len(found) for _, found in pairs}
    asked = words.COUNTS.get(len(pairs[0][0]), str(len(pairs[0][0])))
    if len(counts) == 1 and counts != {len(pairs[0][0])}:
        many = counts.pop()
        number = words.COUNTS.get(many, str(many))
        verb = "number comes" if many == 1 else "numbers come"
        return _said(f"{number.capitalize()} {verb} back, and {asked} are asked for.",
                     "Each place that the exercise names has a number of its own.",
                     "Which number of yours belongs to which place?")  # fmt: skip
    if all(sorted(map(str, e)) == sorted(map(str, f)) for e, f in pairs):
        return _said("The numbers are right, and stand in another order.",
                     "Their places say what they belong to.",
                     "In which order does the exercise name them?")  # fmt: skip
    return {}


def _fraction(wrong: list[Observation]) -> dict[str, str]:
    if any(isinstance(row.found, list) and any(isinstance(item, float) for item in row.found)
           and isinstance(row.expected, list) for row in wrong):  # fmt: skip
        return _said("There are floats among the numbers.",
                     "Whole numbers, of the type int, are asked for.",
                     "Which step of your function makes a float, and should it be rounded, up or "
                     "down?")  # fmt: skip
    if not all(isinstance(row.found, float) and isinstance(row.expected, int) for row in wrong):
        return {}
    equal = any(row.found == row.expected for row in wrong)
    return _said(f"The answer is a float, and not {'always ' * equal}the right number.",
                 "Whole numbers, of the type int, are asked for.",
                 "Which step of your function leaves the whole numbers, and should it be rounded, "
                 "up or down?")  # fmt: skip


def _rule(results: list[Observation]) -> dict[str, str]:
    """The same factor, or the same number too much, in every call."""
    pairs = [(row.expected, row.found) for row in results]
    if len(pairs) < SEVERAL or not all(type(n) is int for pair in pairs for n in pair):
        return {}
    if any(found.bit_length() > 1000 for _, found in pairs):  # too large to be divided
        return {}
    apart = {f - e for e, f in pairs}
    if len(apart) == 1:
        much = apart.pop()
        return _said(f"Every number is {abs(much):,} too {'large' if much > 0 else 'small'}.",
                     "What depends on the arguments is right, then.",
                     "Which number in your function does not depend on an argument?")  # fmt: skip
    factors = {f / e for e, f in pairs if e}
    if len(factors) == 1 and {*factors} <= {*FACTORS}:
        return _said(f"Every number is {FACTORS[factors.pop()]} as it should be.",
                     "One factor is too many, then, or one is missing.",
                     "Which factor of your product stands for what?")  # fmt: skip
    return {}


def _where(results: list[Observation]) -> dict[str, str]:
    """In which groups of calls an answer is right; ``by position`` is no kind of numbers."""
    wrong = [row for row in results if not row.holds]
    bad = [*dict.fromkeys(row.group for row in wrong)]
    partly = any(row.holds and row.group in bad for row in results)
    good = [g for g in dict.fromkeys(row.group for row in results)
            if g not in bad and not g.endswith("by position")]  # fmt: skip
    by_place_too = any(row.group.endswith("by position") and row.holds for row in results)
    why = "It is none of the mistakes that are known here."
    also = f" For {_groups(good)} it is right." if good else ""
    title = "The answer is not right."
    if partly and good:
        title = f"The answer is not right in {len(wrong)} of {len(results)} calls."
    elif good and len(bad) > LISTED and len(good) <= LISTED and not by_place_too:
        return _said(f"The answer is right only for {_groups(good)}.", why, BY_HAND)
    elif good:
        title = f"The answer is not right for {_groups(bad)}."
    return _said(title, why + also, BY_HAND)


def _groups(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; of very many ``a, b and 4 other kinds of calls``."""
    listed = names if len(names) <= 2 * LISTED else [
        *names[:2], f"{len(names) - 2} other kinds of calls"]  # fmt: skip
    return " and ".join([", ".join(listed[:-1])] * (len(listed) > 1) + listed[-1:])
