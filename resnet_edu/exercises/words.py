"""Observations in words that a beginner understands."""

from __future__ import annotations

import re
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
    "backbone": "the rest of the network", "returns": "what is returned", "rest": "the other layers",
    "stem": "the first convolution", "mode": "the mode of the model", "runs": "running it",
    "form": "the form of the answer", "line": "the line", "reason": "the reason",
}  # fmt: skip
ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
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
        return {"x": "the input", "shortcut:1": "downsample(x)"}.get(name, name)
    kind, number, again = match.groups()
    count = int(number)
    which = ORDINAL[count - 1] + " " if count <= len(ORDINAL) else ""
    tail = f" {count}" if not which else ""
    return f"the {which}{KINDS[kind]}{tail}" + (", used again" if again else "")


def term(value: Any) -> str:
    """An expression of the record in words: ``relu(n1)`` as ``relu(the first norm)``."""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return " + ".join(term(v) for v in value)
    text = re.sub(r"shortcut:\d+", "downsample(x)", str(value))
    text = re.sub(r"\bx\b(?!\))", "the input", text)
    return re.sub(r"\b([cnfs]:?\d+)( use \d+)?\b", lambda m: layer(m[0]), text)


def fact(key: str, expected: Any, found: Any) -> str:
    """One line about a layer that is not as expected."""
    name, _, what = key.rpartition(".")
    if key == "out":
        return f"the output is {term(found)}; expected {term(expected)}"
    if found == MISSING:
        return f"{layer(name)} is missing"
    if expected == MISSING:
        return f"there is one layer more than expected: {layer(name)}"
    verb = FACTS.get(what, what)
    return f"{layer(name)} {verb} {term(found)}; expected {term(expected)}"


def value(seen: Any) -> str:
    """An observed value, short."""
    if isinstance(seen, dict) and "raises" in seen:
        return f"{seen['raises']}: {seen['says']}"
    if isinstance(seen, dict) and "shape" in seen:
        return f"a tensor {tuple(seen['shape'])}"
    if isinstance(seen, dict) and "type" in seen:
        return "None: nothing is returned" if seen["type"] == "NoneType" else f"a {seen['type']}"
    if isinstance(seen, dict) and "about" in seen:
        return f"about {seen['about']:.2f}"
    if isinstance(seen, dict) and "sum" in seen:
        return f"{seen['sum']:.4g} (a weighted sum)"
    if isinstance(seen, float):
        return f"{seen:.6g}"
    text = str(tuple(seen)) if isinstance(seen, list) and len(seen) < 9 else str(seen)
    return text if len(text) < 90 else text[:87] + "…"


def sentence(row: Observation) -> str:
    """What was expected and found, at the first place where they part."""
    about = GROUPS.get(row.group, row.group)
    e, f = row.expected, row.found
    if isinstance(f, dict) and "raises" in f and not (isinstance(e, dict) and "raises" in e):
        return f"{about}: it raises {value(f)}"
    if row.group == "refuses":
        return f"{about}: these arguments are accepted; expected an exception"
    if isinstance(e, dict) and isinstance(f, dict) and "values" in e and "values" in f:
        if e["shape"] == f["shape"]:
            return f"{about}: {_first_difference(e, f)}"
    if f == MISSING:
        return f"{about}, {row.what}: nothing to see; expected {value(e)}"
    if e == MISSING:
        return f"{about}, {row.what}: found {value(f)}, which is not expected"
    return f"{about}, {row.what}: expected {value(e)}, found {value(f)}"


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
