"""Observations in words that a beginner understands."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from .diagnosis import MISSING, Observation, agree

GROUPS = {
    "builds": "building it", "parameters": "its parameters", "shape": "the shape of the output",
    "inference": "the values in evaluation mode", "training": "the values in training mode",
    "gradients": "the gradients", "buffers": "BatchNorm's running statistics",
    "side effects": "what must stay as it was", "again": "a second call and a second build",
    "refuses": "refusing what it cannot do", "stages": "how the blocks are built",
    "initialization": "the weights before training", "names": "the names in the state_dict",
    "structure": "its layers", "values": "the values", "loads": "what is loaded",
    "head": "the head", "frozen": "the frozen part", "statistics": "BatchNorm's statistics",
    "backbone": "the rest of the network", "returns": "what is returned",
    "rest": "the other layers",
    "stem": "the first convolution", "mode": "the mode of the model", "runs": "running it",
    "form": "the form of the answer", "line": "the line", "reason": "the reason",
}  # fmt: skip
ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
LISTS = ("state_dict", "shapes", "second build")  # of which one tells what is odd
YES = {True: "yes", False: "no"}
KINDS = {"c": "convolution", "n": "norm", "f": "linear layer", "s": "sum"}
FACTS = {
    "reads": "reads", "kernel": "has the kernel", "channels": "has the channels (in, out)",
    "stride": "has the stride", "padding": "has the padding", "dilation": "has the dilation",
    "groups": "has groups =", "bias": "has a bias:", "kind": "is a", "adds": "adds",
    "of the batch": "uses the statistics of the batch in evaluation mode:",
    "affine": "has weight and bias:", "statistics": "keeps running statistics:",
    "eps": "has eps =", "momentum": "has momentum =", "alpha": "scales the second term by",
}  # fmt: skip


def layer(name: str) -> str:
    """``c2`` as ``the second convolution``; ``n1 use 2`` as ``the first norm, used again``."""
    match = re.fullmatch(r"([cnfs]):?(\d+)( use \d+)?", name)
    if not match:
        name = name.replace("block:", "block ")
        return {"x": "the input", "shortcut:1": "downsample(x)"}.get(name, name)
    kind, number, again = match.groups()
    count = int(number)
    which = ORDINAL[count - 1] + " " if count <= len(ORDINAL) else ""
    tail = f" {count}" if not which else ""
    return f"the {which}{KINDS[kind]}{tail}" + (", used again" if again else "")


def term(value: Any) -> str:
    """An expression of the record in words: ``relu(n1)`` as ``relu(the first norm)``."""
    if isinstance(value, bool):
        return YES[value]
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return " + ".join(term(v) for v in value)
    text = re.sub(r"\bx\b", "the input", str(value))
    text = re.sub(r"shortcut:\d+", "downsample(x)", text)
    text = re.sub(r"\bblock:(\d+)", r"block \1", text)
    return re.sub(r"\b([cnfs]:?\d+)( use \d+)?\b", lambda m: layer(m[0]), text)


def fact(key: str, expected: Any, found: Any) -> str:
    """One line about a layer that is not as expected."""
    name, _, what = key.rpartition(".")
    if key == "out":
        return f"the output is {term(found)}; expected {term(expected)}"
    if name == "stop":
        return f"it stops at an operation that gets {' and '.join(map(term, found)) or 'no input'}"
    if found == MISSING:
        return f"{layer(name)} is missing"
    if expected == MISSING and " use " in name and what == "reads":
        return f"{layer(name)}: this time it reads {term(found)}"
    if expected == MISSING:
        return f"there is one layer more than expected: {layer(name)}"
    verb = FACTS.get(what, what).removesuffix(" (in, out)" * name.startswith("n"))
    return f"{layer(name)} {verb} {term(found)}; expected {term(expected)}"


def call(arguments: dict[str, Any]) -> str:
    """How a builder calls ``ResNet``, where that is not as expected."""
    if "result" in arguments:
        return f"what comes back is a {arguments['result']}"
    if "calls" in arguments and len(arguments) == 1:
        return f"this time ResNet is called {arguments['calls']} times"
    arguments = {name: told for name, told in arguments.items() if name != "calls"}
    first = {k: v for k, v in arguments.items() if not k.startswith("later ")} or arguments
    said = ", ".join(f"{name.removeprefix('later ')} = {v}" for name, v in first.items())
    return f"ResNet is called{' a second time' * (first is arguments)} with {said}"


def _said(seen: Any) -> str:
    """A result as Python writes it, where the kind tells: ``'540'`` is not 540, nor True 1."""
    return repr(seen)[:90] if isinstance(seen, (str, bool)) else value(seen)


def other_kind(row: Observation) -> str:
    """``float`` or ``text`` where one stands for the whole number that it is equal to, else ""."""
    expected, found = row.expected, row.found
    if isinstance(expected, list) and isinstance(found, list) and expected == found:
        return "float"  # equal, and yet it does not hold
    if isinstance(expected, bool) or not isinstance(expected, int) or isinstance(found, bool):
        return ""
    if isinstance(found, float) and found == expected:
        return "float"
    return "text" if isinstance(found, str) and found.strip() == str(expected) else ""


def value(seen: Any) -> str:
    """An observed value, short."""
    if isinstance(seen, dict) and "raises" in seen:
        return f"{seen['raises']}: {seen['says']}"
    if isinstance(seen, dict) and "shape" in seen:
        return f"a tensor {tuple(seen['shape'])}"
    if isinstance(seen, dict) and "type" in seen:
        return "None: nothing is returned" if seen["type"] == "NoneType" else f"a {seen['type']}"
    if isinstance(seen, dict) and "dict" in seen:
        return "a dict"
    if isinstance(seen, list) and any(isinstance(item, dict) for item in seen):
        return f"({', '.join(map(value, seen))})"[:90]
    if isinstance(seen, dict) and "about" in seen:
        return f"about {seen['about']:.2f}"
    if isinstance(seen, dict) and "sum" in seen:
        return f"{seen['sum']:.4g} (a weighted sum)"
    if isinstance(seen, bool):
        return YES[seen]
    if isinstance(seen, float):
        return str(seen) if seen.is_integer() and abs(seen) < 1e15 else f"{seen:.6g}"
    if seen is None:
        return "None: nothing is returned"
    text = f"{seen:,}" if isinstance(seen, int) and abs(seen) > 99_999 else str(seen)
    if isinstance(seen, list) and len(seen) < 9:
        rows = seen and all(isinstance(item, list) for item in seen)
        text = ", ".join(str(tuple(item)) for item in seen) if rows else str(tuple(seen))
    return text if len(text) < 90 else text[:87] + "…"


def raises(row: Observation) -> bool:
    """Whether an exception stands where none is expected."""
    e, f = row.expected, row.found
    return isinstance(f, dict) and "raises" in f and not (isinstance(e, dict) and "raises" in e)


def sentence(row: Observation) -> str:
    """What was expected and found, at the first place where they part."""
    about = GROUPS.get(row.group, row.group)
    e, f = row.expected, row.found
    if row.what == "result":  # the call says it all
        return f"it raises {value(f)}" if raises(row) else f"expected {_said(e)}, found {_said(f)}"
    if raises(row):
        about = "calling it" if row.group == "shape" else about
        return f"{about}: it raises {value(f)}"
    if row.group == "refuses":
        return f"{about}: these arguments are accepted; expected an exception"
    if _same_shape(e, f):
        of = f" {row.what}" if row.what.startswith("of ") else ""
        return f"{about}{of}: {_first_difference(e, f)}"
    if row.group == "side effects" and (e, f) == (True, False) and " " not in row.what:
        return f"changed by the call: {row.what}"
    if (row.group, row.what) == ("shape", "output"):
        return f"{about}: expected {value(e)}, found {value(f)}"
    both = isinstance(e, dict) and isinstance(f, dict)
    if both and "shape" in e and e["shape"] == f.get("shape"):
        return f"{about}: the shape {tuple(e['shape'])} is right, the numbers are not"
    if isinstance(e, list) and isinstance(f, list) and row.what in LISTS:
        return f"{about}{f', {row.what}' * (row.what != 'state_dict')}: {_odd_ones(e, f)}"
    if f == MISSING:
        return f"{about}, {row.what}: nothing to see; expected {value(e)}"
    if e == MISSING:
        return f"{about}, {row.what}: found {value(f)}, which is not expected"
    return f"{about}, {row.what}: expected {value(e)}, found {value(f)}"


def _odd_ones(expected: list[Any], found: list[Any]) -> str:
    """What one of two lists has and the other has not."""
    e, f = (Counter(item if isinstance(item, str) else str(tuple(item)) for item in side)
            for side in (expected, found))  # fmt: skip
    lists = {"missing": e - f, "not expected": f - e}
    texts = {word: ", ".join(items.elements()) for word, items in lists.items() if items}
    return "; ".join(f"{w}: {t if len(t) < 90 else t[:87] + '…'}" for w, t in texts.items())


def _same_shape(expected: Any, found: Any) -> bool:
    told = all(isinstance(v, dict) and "values" in v for v in (expected, found))
    return told and expected["shape"] == found["shape"]


def _first_difference(expected: Any, found: Any) -> str:
    pairs = list(zip(expected["values"], found["values"], strict=True))
    apart = [i for i, (a, b) in enumerate(pairs) if not agree(a, b)]
    index, flat = [], apart[0]
    for size in reversed(expected["shape"]):
        index.append(flat % size)
        flat //= size
    where = f" at {list(reversed(index))}" if index else ""
    a, b = pairs[apart[0]]
    share = f" ({len(apart)} of {len(pairs)} numbers differ)" if len(pairs) > 1 else ""
    return f"expected {a:.4g}, found {b:.4g}{where}{share}"
