"""Observations in words that a beginner understands."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from .diagnosis import MISSING, Observation, agree, tolerance

GROUPS = {
    "builds": "building it", "parameters": "its parameters", "shape": "the shape of the output",
    "inference": "the values in evaluation mode", "training": "the values in training mode",
    "gradients": "the gradients", "buffers": "BatchNorm's running statistics",
    "side effects": "what must stay as it was", "again": "a second call and a second build",
    "refuses": "refusing what it cannot do", "stages": "how the blocks are built",
    "initialization": "the weights before training", "names": "the names in the state_dict",
    "structure": "its layers", "values": "the values", "loads": "what is loaded",
    "head": "the head", "frozen": "the frozen part",
    "frozen at all": "whether anything is frozen", "statistics": "BatchNorm's statistics",
    "backbone": "the rest of the network", "returns": "what is returned",
    "rest": "the other layers",
    "stem": "the first convolution", "mode": "the mode of the model", "runs": "running it",
    "names with the prefix": "what becomes of names with the prefix",
    "names without it": "what becomes of names without the prefix",
    "names of both kinds": "what becomes of names with and without the prefix",
    "the same letters elsewhere": "what becomes of names that hold the same letters elsewhere",
    "another prefix": "what becomes of names when another prefix is asked for",
    "tensors": "the tensors",
    "form": "the form of the answer", "line": "the line", "reason": "the reason",
}  # fmt: skip
ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
DRAWN = "random numbers are drawn"
LISTS = ("state_dict", "shapes", "second build")  # of which one tells what is odd
YES = {True: "yes", False: "no"}
KINDS = {"c": "convolution", "n": "norm", "f": "linear layer", "s": "sum", "mul": "product",
         "sub": "difference"}  # fmt: skip
ACTIVATIONS = {
    "gelu": "GELU", "leaky_relu": "a leaky ReLU", "relu6": "ReLU6", "elu": "ELU", "prelu": "PReLU",
    "silu": "SiLU", "sigmoid": "a sigmoid", "tanh": "tanh", "softplus": "softplus", "abs": "abs",
    "softmax": "softmax", "log_softmax": "log_softmax", "celu": "CELU", "mish": "Mish",
    "hardtanh": "hardtanh", "hardswish": "hardswish", "hardsigmoid": "a hard sigmoid",
    "clamp": "a clamp with other limits", "rrelu_with_noise": "RReLU", "selu": "SELU",
}  # fmt: skip
FACTS = {
    "reads": "reads", "kernel": "has the kernel", "channels": "has the channels (in, out)",
    "stride": "has the stride", "padding": "has the padding", "dilation": "has the dilation",
    "groups": "has groups =", "bias": "has a bias:", "kind": "is", "adds": "adds",
    "of the batch": "uses the statistics of the batch in evaluation mode:",
    "affine": "has weight and bias:", "statistics": "keeps running statistics:",
    "eps": "has eps =", "momentum": "has momentum =", "alpha": "scales the second term by",
}  # fmt: skip
SWITCHES = {
    ("bias", True): "has a bias", ("bias", False): "has no bias",
    ("affine", False): "has no weight and no bias",
    ("statistics", False): "keeps no running statistics",
    ("of the batch", True): "uses the statistics of the batch in evaluation mode, too",
}  # fmt: skip
OWN_SETTINGS = ("kernel", "channels", "stride", "padding", "dilation", "groups", "bias", "kind",
                "affine", "statistics", "eps", "momentum")  # fmt: skip


NAMES: ContextVar[Mapping[str, str] | None] = ContextVar("NAMES", default=None)


@contextlib.contextmanager
def names(of_layers: Mapping[str, str] | None) -> Iterator[None]:
    """Meanwhile the layers of a network, whose blocks do not count, have their own names."""
    token = NAMES.set(of_layers)
    try:
        yield
    finally:
        NAMES.reset(token)


def layer(name: str) -> str:
    """``c2`` as ``the second convolution``; ``n1 use 2`` as ``the first norm, used again``."""
    match = re.fullmatch(r"([cnfs]|mul|sub):?(\d+)( use \d+)?", name)
    if not match:
        name = name.replace("block:", "block ")
        again = "downsample called again" if re.fullmatch(r"shortcut:\d+", name) else name
        return {"x": "the input", "shortcut:1": "downsample(x)"}.get(name, again)
    kind, number, again = match.groups()
    count, known = int(number), NAMES.get()
    used = ", used again" if again else ""
    if known and f"{kind}{number}" in known:
        return f"the {KINDS[kind]} {known[f'{kind}{number}']}{used}"
    which = ORDINAL[count - 1] + " " if count <= len(ORDINAL) else ""
    tail = f" {count}" if not which else ""
    outside = " outside the blocks" * (known is not None and (count > 1 or kind not in "cnf"))
    return f"the {which}{KINDS[kind]}{tail}{outside}{used}"


def title(text: str) -> str:
    """``text`` as a sentence; what begins with code keeps its small letter."""
    return text if re.match(r"\w+\(", text) else text[0].upper() + text[1:]


def term(value: Any) -> str:
    """An expression of the record in words: ``relu(n1)`` as ``relu(the first norm)``."""
    if isinstance(value, bool):
        return YES[value]
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return " + ".join(term(v) for v in value)
    text = re.sub(r"\b(mul|add|sub|div)\(([^(),]+), ([^(),]+)\)", _calculated, str(value))
    if "new_empty(" in text:  # as a padding by the other side of the grid is made
        return "a tensor into which others are copied"
    text = re.sub(r"\bx\b", "the input", text)
    text = re.sub(r"shortcut:1\b", "downsample(x)", text)
    text = re.sub(r"shortcut:\d+", "downsample called again", text)
    text = re.sub(r"\bblock:(\d+)", r"block \1", text)
    return re.sub(r"\b([cnfs]:?\d+|(mul|sub):\d+)( use \d+)?\b", lambda m: layer(m[0]), text)


def _calculated(match: re.Match[str]) -> str:
    """``mul(x, 0.5)`` as ``0.5 times x``, ``add(s:1, 1)`` as ``s:1 plus 1``."""
    operation, first, second = match.groups()
    if operation == "mul":
        return f"{second} times {first}"
    return f"{first} { {'add': 'plus', 'sub': 'minus', 'div': 'divided by'}[operation]} {second}"


def fact(key: str, expected: Any, found: Any) -> str:
    """One line about a layer that is not as expected."""
    name, _, what = key.rpartition(".")
    if key == "out":
        return f"the output is {_short(term(found))}; expected {term(expected)}"
    if what == "draws":
        return f"random numbers are drawn in {name.replace('inference', 'evaluation')} mode"
    if what == "alpha" and expected == MISSING:
        expected = 1
    if name == "stop":
        return f"it stops at an operation that gets {' and '.join(map(term, found)) or 'no input'}"
    if found == MISSING:
        return f"{layer(name)} is missing"
    if expected == MISSING and " use " in name and what == "reads":
        return f"{layer(name)}: this time it reads {term(found)}"
    verb = FACTS.get(what, what).removesuffix(" (in, out)" * name.startswith("n"))
    if what == "adds" and name.startswith(("mul", "sub")):
        verb = "is made of"
    if expected == MISSING and layer(name) != name:
        does = f", which {verb} {_short(term(found))}" * (what in ("reads", "adds"))
        return f"there is one layer more than expected: {layer(name)}{does}"
    if isinstance(found, bool) and (what, found) in SWITCHES:
        return f"{layer(name)} {SWITCHES[what, found]}"
    if what == "momentum" and found == 0:
        found = "0 or None"
    if what == "kind":
        found, verb = article(str(found)), "is"
        expected = expected if expected == MISSING else article(str(expected))
    wanted = "not expected" if expected == MISSING else f"expected {_short(term(expected))}"
    return f"{layer(name)} {verb} {_short(term(found))}; {wanted}"


def of_a_layer(expected: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    """A title where another activation stands, or where one layer only is set otherwise.

    Both sides are facts of a record: what each layer is and reads.
    """
    if found.get("out") == "x":
        return {"title": "The output is the input: nothing that is computed reaches it.",
                "ask": "What stands behind `return` in your `forward`?"}  # fmt: skip
    if "inference.draws" in found:
        return {"title": "Random numbers are drawn in evaluation mode.", "section": "03 §2",
                "ask": "Do two calls with the same input give the same output?"}
    for key, value in found.items():
        for want, have in _pairs(expected.get(key), value):
            other = next((name for name in ACTIVATIONS if re.sub(
                rf"\b{name}\(([\w: ]+)(, [^()]*)?\)", r"relu(\1)", have) == want != have), "")
            if other:
                name = ACTIVATIONS[other]
                return {"title": f"{name[0].upper()}{name[1:]} stands where ReLU belongs.",
                        "why": "ReLU keeps what is positive and makes 0 of all else. ResNet uses "
                        "no other activation.",
                        "ask": "What does yours make of −1, of 1 and of 10?"}  # fmt: skip
            if re.match(r"(reflection|replication)_pad", have) and want in have:
                return {"title": "The grid is padded with copies of values, not with zeros.",
                        "ask": "Which option of the convolution says what stands outside the grid?"}
    kinds = {key.rpartition(".")[0] for key in found if key.endswith(".kind")}
    settings = [key for key in found if key.rpartition(".")[2] in OWN_SETTINGS
                and MISSING not in (expected.get(key, MISSING), found[key])]  # fmt: skip
    others = [key for key in found if key not in settings
              and key.rpartition(".")[0] not in kinds]  # fmt: skip
    if others or not settings:
        return {}
    key = next((k for k in settings if k.endswith(".kind")), settings[0])
    text = fact(key, expected[key], found[key]).replace("; expected ", ", not ")
    return {"title": f"{title(text)}.",
            "ask": "Which of your lines makes this layer, and with which arguments?"}  # fmt: skip


def _pairs(expected: Any, found: Any) -> list[tuple[str, str]]:
    """Two terms, or those of two sums in their order."""
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        return [(e, f) for e, f in pairs if isinstance(e, str) and isinstance(f, str)]
    both = isinstance(expected, str) and isinstance(found, str)
    return [(expected, found)] if both else []


def _short(text: str, most: int = 120) -> str:
    """A text, or as many whole words of it as there is room for."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0].rstrip(",") + ", …"


def call(arguments: dict[str, Any], built: bool = False) -> str:
    """How a builder calls ``ResNet``, where that is not as expected; whether a module is built."""
    if "result" in arguments:
        return f"what comes back is {article(arguments['result'])}"
    if "calls" in arguments and all(name.startswith("calls") for name in arguments):
        counted = arguments["calls"]
        return f"this time ResNet is called {counted} times" if counted else (
            "ResNet is not called here" if built else "no call of ResNet gets through"
        )
    arguments = {name: told for name, told in arguments.items() if not name.startswith("calls")}
    if not arguments:
        return "a later call without arguments does not call ResNet once"
    first = {k: v for k, v in arguments.items() if not k.startswith("later ")}
    said = ", ".join(f"{name.removeprefix('later ')} = {v}"
                     for name, v in (first or arguments).items())  # fmt: skip
    return f"{'' if first else 'in a later call without arguments '}ResNet is called with {said}"


def of_blocks(
    wanted: list[int], found: list[int], in_a_block: int, layers: int
) -> dict[str, str]:
    """What is said of other numbers of blocks than those of a network of so many ``layers``."""
    odd = [n for n, pair in enumerate(zip(wanted, found, strict=True)) if pair[0] != pair[1]]
    many = [f"{found[n]} block{'s' * (found[n] != 1)}" for n in odd]
    title = f"layer{odd[0] + 1} has {many[0]}, which is not its number."
    if len(odd) > 1:
        *first, last = (f"layer{n + 1} has {text}" for n, text in zip(odd, many, strict=True))
        title = f"{', '.join(first)} and {last}: these are not their numbers."
    made = in_a_block * sum(found) + 2
    if made == layers:
        return {"title": title, "why": f"Together they make {layers} layers with weights, as the "
                "name says; but the blocks lie in other stages.",
                "ask": "Which stage has the most blocks in the paper's table?"}  # fmt: skip
    return {"title": title, "why": f"With the stem and fc, all blocks make {made} layers with "
            f"weights. The name says {layers}.",
            "ask": f"What is {COUNTS[in_a_block]} times the sum of your numbers, plus two?"}


def _said(seen: Any) -> str:
    """A result as Python writes it, where the kind tells: ``'540'`` is not 540, nor True 1."""
    return repr(seen)[:90] if isinstance(seen, (str, bool)) else value(seen)


def other_kind(row: Observation) -> str:
    """``float``, ``text``, ``tensor`` … where one stands for what it is equal to, else ""."""
    expected, found = row.expected, row.found
    if isinstance(expected, bool) or not isinstance(expected, (int, list)):
        return ""
    if isinstance(found, dict) and isinstance(found.get("dict"), list):
        inside = [item[1] for item in found["dict"] if isinstance(item, list) and len(item) == 2]
        return "dict" if inside == expected else ""
    if isinstance(found, dict) and "values" in found:
        return "tensor" if found["values"] in (expected, [expected]) else ""
    if isinstance(expected, list):
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return "text" if [item.strip() for item in found] == [*map(str, expected)] else ""
        return "float" if isinstance(found, list) and expected == found else ""
    if isinstance(found, float) and found == expected:
        return "float"
    if isinstance(found, list):
        return "list" if found == [expected] else ""
    return "text" if isinstance(found, str) and found.strip() == str(expected) else ""


def article(kind: str) -> str:
    """``a tensor``, ``an object``."""
    return f"a{'n' * (kind[:1].lower() in tuple('aeio') or kind == 'ndarray')} {kind}"


def value(seen: Any, digits: int = 4) -> str:
    """An observed value, short; the numbers of a list have so many ``digits``."""
    if isinstance(seen, dict) and "raises" in seen:
        said = f"{seen['raises']}: {seen['says']}".removesuffix(": ")
        return re.sub(r"\b_(?=BatchNorm\b)", "", said)
    if isinstance(seen, dict) and seen.get("shape") == [] and len(seen.get("values", [])) == 1:
        return f"tensor({seen['values'][0]:,.10g})"
    if isinstance(seen, dict) and "shape" in seen:
        return f"a tensor {tuple(seen['shape'])}"
    if isinstance(seen, dict) and "type" in seen:
        kind = str({"type": "class"}.get(seen["type"], seen["type"]))
        return "None: nothing is returned" if kind == "NoneType" else article(kind)
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
        written = abs(seen) < 1e15 and (seen.is_integer() or abs(seen) > 1e6)
        return f"{seen:,.1f}" if written else f"{seen:,.6g}"
    if seen is None:
        return "None: nothing is returned"
    text = f"{seen:,}" if isinstance(seen, int) else str(seen)
    if isinstance(seen, list):
        seen = _rounded(seen, digits)
        text = str(seen)
    if isinstance(seen, list) and len(seen) < 9:
        rows = seen and all(isinstance(item, list) for item in seen)
        text = ", ".join(str(tuple(item)) for item in seen) if rows else str(tuple(seen))
    return text if len(text) < 90 else text[:87] + "…"


def _rounded(seen: Any, digits: int) -> Any:
    if isinstance(seen, list):
        return [_rounded(item, digits) for item in seen]
    return float(f"{seen:.{digits}g}") if isinstance(seen, float) else seen


def _both(e: Any, f: Any) -> tuple[str, str]:
    """What was expected and what was found, with as many digits as tell the two apart."""
    digits = next((n for n in range(4, 17) if value(e, n) != value(f, n)), 17)
    same = value(e, digits) == value(f, digits)
    return (_said(e), _said(f)) if same else (value(e, digits), value(f, digits))


BY_PLACE = r"tuple of \(bool, bool\)"
ERRORS = (  # what an error of Python or torch says, what it means, and what to ask
    (r"empty\(\): argument 'size' .*Tensor", "a tensor comes where the size of a layer is needed",
     "A class of layers takes numbers and makes a layer. Only the layer takes a tensor.",
     "Which of the things that you call with a tensor is still a class?"),
    (r"__init__\(\) should return None", "the constructor hands something back",
     "A constructor fills the new object, and has nothing to return.",
     "Which line of your `__init__` hands something back, and what was it meant to do?"),
    (r"(isinstance|issubclass)\(\) arg 2", r"\1 is asked about something that is no class",
     "It compares with a class, or with several in a tuple.",
     "Is what stands behind the comma a class in this call, or a function that makes layers?"),
    (r"unsupported operand.*'(type|function|builtin_function_or_method)'",
     "a class or a function stands where a number is needed",
     "Where a call gives arguments by place and leaves one out, all behind it move up.",
     "Which of your calls gives arguments by place, and what lands in each place?"),
    (r"'([A-Z]\w*|type|function|method|builtin_function_or_method)' object is not subscriptable",
     r"square brackets stand behind something of the type \1, which has no places",
     "Square brackets ask for a place: a Sequential has places, a single layer has none.",
     "What stands before the square brackets there, one thing or several?"),
    (r"(list|tuple) index out of range", r"a place is asked for that the \1 does not have",
     "Places are counted from 0, so there is none whose number is the length.",
     "What stands before the square brackets there, and how many places has it?"),
    ("torch.load from a file", "torch.load gets something that is no file",
     "It reads a file. What is in memory already needs no reading.",
     "What is your function given: the name of a file, or what was in it?"),
    (r"Mode (\w+) not supported", r"there is no mode \1",
     "The error lists the modes that there are.", "How is the mode spelled in your line?"),
    ("groups must be a positive integer", "the groups of a convolution are no positive number",
     "Whether it was meant for the groups or not, what stands in their place is taken for them.",
     "Which of your arguments stands by place where the groups belong?"),
    ("eps must be positive", "a norm gets an eps that is not positive",
     "What stands by place behind the number of channels is taken for eps.",
     "Which arguments does your norm get, and which of them by place?"),
    ("mutated during iteration|changed size during iteration|keys changed during",
     "a dict is changed while a loop goes through it",
     "A loop over a dict relies on its entries: none may come or go meanwhile.",
     "What else could the loop go through, so that the dict may change?"),
    ("leaf Variable that requires grad",
     "a parameter is changed in place while gradients are recorded",
     "torch could not go back through the old value, so it refuses.",
     "How is the recording of gradients switched off for some lines?"),
    ("Inference tensors cannot be saved", "a tensor made under inference_mode is to be trained",
     "What is made there records no gradients, then or later: it can only be calculated with.",
     "Which of your lines run under inference_mode, and is what they make to be trained?"),
    ("modified by an inplace operation",
     "a value that the gradients need is overwritten in place",
     "What works in place writes over its input, and a step before it had kept that for the way "
     "back.", "Which of your steps work in place, and which step has made what they overwrite?"),
    ("cannot assign .* as parameter", "a plain tensor is put where a layer keeps a parameter",
     "A layer knows its weights by their type.",
     "Which class of torch.nn turns a tensor into what a layer registers?"),
    ("cannot assign .* as child module|is not a Module subclass",
     "something that is no module is put where a module must stand",
     "Parts of a network are objects of torch.nn: no lists, and no classes without brackets.",
     "Of which type is what you hand over there?"),
    ("before Module.__init__\\(\\) call", "a module gets parts before its constructor has run",
     "nn.Module makes the tables first in which parts and parameters are kept.",
     "What is the first line of the constructor of every class of layers?"),
    ("'generator' object is not subscriptable", "a generator has no positions",
     "children(), modules() and parameters() hand out one thing after the other.",
     "What could hold all that the generator hands out, so that it can be cut?"),
    ("mat1 and mat2 shapes", "a linear layer gets another number of features than it reads",
     "The last axis of what comes in must be as long as the layer was made for.",
     "Which shape reaches the layer, and for how many features was it made?"),
    (r"expected [234]D .*\(got [1-4]D input\)|Expected 3D \(unbatched\) or 4D",
     "a layer gets another number of axes than it reads",
     "Maps have four axes, N×C×H×W, and one image is a batch of one; features have two, N×C.",
     "Which shape has what reaches the layer, and which axis is lost or one too many?"),
    ("downsample reads .* channels, and gets",
     "downsample is handed another number of channels than it reads",
     "It stands on the shortcut, and is made for what comes into the block.",
     "With what is `downsample` called in your `forward`, and how often?"),
    ("expected input.* channels", "a convolution gets another number of channels than it reads",
     "The second axis of its weight says how many channels it reads.",
     "How many channels come in, and what shape has the weight?"),
    ("size mismatch for", "an entry has another shape than the model's own",
     "load_state_dict compares shapes before it copies, strict or not.",
     "Which entry does the error name, and should it be loaded?"),
    ("Missing key|Unexpected key", "the names in the dict are not those of the model",
     "Strict loading wants each name of the model once, and no other.",
     "Which names does the error list, and where do they come from?"),
    ("context manager protocol|AttributeError: __enter__", "what stands behind with opens no block",
     "A with block needs an object that knows how to begin and to end it.",
     "Is what stands behind `with` called, or only named?"),
    ("too many values to unpack|not enough values to unpack",
     "something is taken apart into another number of pieces than it has",
     "A loop over a dict gives names; items() gives pairs. parameters() gives tensors; "
     "named_parameters() gives pairs.",
     "What does your loop get in each round, and how many names does it hand out?"),
    ("object is not callable", "something is called that is no function",
     "Brackets behind a name call it; an attribute that is a value is set or read.",
     "What stands before the brackets there?"),
    ("does not require grad and does not have a grad_fn", "nothing that was computed learns",
     "A way back needs at least one parameter with requires_grad, and recording switched on.",
     "Which parameters ask for a gradient when the model is called?"),
    ("Can't call numpy|can't convert.*requires grad", "a tensor with a recorded history is given "
     "to numpy", "numpy knows no gradients.", "Where does your function stop recording?"),
    ("shape .* is invalid for input",
     "a view asks for another number of values than there are",
     "A view keeps all the values and only counts them in another way.",
     "How many values has one image there, and for how many does the view ask?"),
    ("Input type .* and weight type|expected scalar type|same dtype|have the same dtype",
     "two tensors meet whose numbers are of different types",
     "A layer calculates in the type of its weights; the checker tries it in float64.",
     "Which of your lines makes numbers of another type?"),
    ("must be Tensor, not", "an operation gets what is no tensor",
     "The error says what it gets. A comma at the end of a line makes a tuple, for one.",
     "Which of your lines makes the thing that the error names?"),
    (r"(?:in|out)_channels must be divisible by groups",
     "channels are to be cut into groups that do not divide them",
     "Each group gets as many channels as the others, of those that come in and of those that go "
     "out.", "Which number do you hand over for the groups, and into what is it divided?"),
    ("input to conv1d", "a one-dimensional convolution gets images",
     "nn.Conv1d slides along one axis; an image has two.",
     "Which convolution is made for a grid?"),
    ("invalid combination of arguments", "a function gets arguments that it does not take",
     "The error lists the types that came.",
     "Which of the types that came did you not expect there, and which line hands it over?"),
    ("maximum recursion depth",
     "functions call themselves or each other more often than Python allows",
     "Each call waits for the one that it has made, and none of them ever comes to its end.",
     "Which function does your answer call, and is it the one that it defines itself?"),
    ("Boolean value of Tensor with more than one value",
     "a tensor of several numbers stands where yes or no is asked for",
     "A tensor is true or false only where it holds one number.",
     "Which argument or condition asks for yes or no there, and what does it get?"),
    ("'(int|float|bool)' object is not subscriptable",
     "places are asked for in a single number",
     "Only what holds several things, a list for one, has places.",
     "Which argument must be a list, and what does it get?"),
    (r"unsupported operand.*'str'|during string formatting|can only concatenate str",
     "a text is calculated with like a number",
     "What stands in quotes is a text, even if it looks like a number.",
     "Which of the values that meet there is a text?"),
    (r"'(?!NoneType)[A-Z]\w*' object is not iterable",
     "a loop goes through an object that is no list",
     "A module hands out its parts with children() and its weights with parameters().",
     "What is the loop to get in each round: parts, weights, or their names?"),
    ("size of tensor a|must match the (size|existing size)|not broadcastable|broadcast shape",
     "two shapes do not fit together",
     "Axes are compared from the last one on; each pair must be equal, or one of them 1.",
     "Which two shapes meet there, and which of the axes differ?"),
)

SECTIONS = {"modified by an inplace operation": "03 §7"}  # where a chapter explains an error


def error(says: str) -> dict[str, str]:
    """Title, why and question for an error that many meet; empty for others."""
    told = _of_a_setting(says)
    if told:
        return told
    for pattern, means, why, ask in ERRORS:
        found = re.search(pattern, says)
        if found:
            section = {"section": SECTIONS[pattern]} if pattern in SECTIONS else {}
            return {"title": f"An error stops the answer: {found.expand(means)}.", "why": why,
                    "ask": ask, **section}  # fmt: skip
    return {}


def _of_a_setting(says: str) -> dict[str, str]:
    """What is said of True, False or another type in a setting of a convolution or a pool."""
    came = re.search(r"\bconv\dd\(\) received an invalid .* got \((.*)\)", says)
    types = re.split(r", (?![^()]*\))", came[1]) if came else []
    settings = zip(("stride", "padding", "dilation"), types[3:6], strict=False)
    what = "a convolution"
    odd = [(name, kind[0]) for name, told in settings if len(types) == 7
           and (kind := re.search("bool|float|None|str", told))]  # fmt: skip
    other = re.search(r"(\w+\(\)): argument '(\w+)' .* must be [\w ]+, not bool", says)
    if other and not odd:
        what, odd = other[1], [(other[2], "bool")]
    if not odd:
        return {}
    name, kind_of = odd[0]
    gets = {"bool": "True or False", "None": "None", "str": "a text"}.get(kind_of, f"a {kind_of}")
    title = f"An error stops the answer: {what} gets {gets} as its {name}."
    if kind_of == "float":
        return {"title": title, "why": "Rows and columns are counted in whole numbers.",
                "ask": "Which step makes that number, and what could make it a whole one?"}
    return {"title": title,
            "why": "What stands by place goes to the argument whose turn it is, whatever it was "
            "meant for.",
            "ask": "Which arguments do you give there by place, and which of them by name?"}


def raises(row: Observation) -> bool:
    """Whether an exception stands where none is expected."""
    e, f = row.expected, row.found
    return isinstance(f, dict) and "raises" in f and not (isinstance(e, dict) and "raises" in e)


def sentence(row: Observation) -> str:
    """What was expected and found, at the first place where they part."""
    about = GROUPS.get(row.group, row.group)
    e, f = row.expected, row.found
    of_a_layer = re.fullmatch(r"([cnf]\d+)\.(.+)", row.what)
    if of_a_layer:  # the record's own name for it says nothing to a reader
        row = replace(row, what=f"{of_a_layer[2]} of {layer(of_a_layer[1])}")
    if row.what == "result":  # the call says it all
        told = _said(e), _said(f)
        told = told if told[0] != told[1] else _both(e, f)
        return f"it raises {value(f)}" if raises(row) else f"expected {told[0]}, found {told[1]}"
    if raises(row) and row.group == "refuses":
        return f"{about}: it is no exception on purpose, but {value(f)}"
    if raises(row):
        about = "calling it" if row.group == "shape" else about
        return f"{about}: it raises {value(f)}"
    if row.group == "refuses":
        return f"{about}: no exception is raised here; expected one"
    if row.what == DRAWN:
        return f"{row.what} in {row.group.replace('inference', 'evaluation')} mode; expected none"
    if row.group == "structure" and isinstance(e, list) and isinstance(f, list):
        number = next((i for i, pair in enumerate(zip(e, f, strict=False), 1)
                       if pair[0] != pair[1]), 0)  # fmt: skip
        if number and len(e) == len(f):
            return f"{about}, {row.what}, number {number}: expected {e[number - 1]}, found " + str(
                f[number - 1])  # fmt: skip
    if row.group == "stages" and row.what.endswith(", downsample") and f != MISSING:
        return f"{about}: {downsample(row.what.partition(', ')[0], row)}"
    if row.what == "is a module" and f != MISSING:
        return f"{about}: expected a module, found {value(f)}"
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
        return f"{about}, {row.what}: there is none; expected {value(e)}"
    if e == MISSING:
        return f"{about}, {row.what}: found {value(f)}, which is not expected"
    told = _both(e, f)
    return f"{about}, {row.what}: expected {told[0]}, found {told[1]}"


def downsample(block: str, row: Observation) -> str:
    """A shortcut that a block is given too much, or not."""
    if row.found == "none":
        return f"{block} is given no downsample, and needs one"
    if row.expected == "none":
        return f"{block} is given a downsample, and needs none"
    return f"{block} is given another downsample than its own"


def _odd_ones(expected: list[Any], found: list[Any]) -> str:
    """What one of two lists has and the other has not."""
    e, f = (Counter(item if isinstance(item, str) else str(tuple(item)) for item in side)
            for side in (expected, found))  # fmt: skip
    lists = {"missing": e - f, "not expected": f - e}
    return "; ".join(f"{word}: {_listed([*items.elements()])}"
                     for word, items in lists.items() if items)  # fmt: skip


def _listed(names: list[str], most: int = 90) -> str:
    """As many whole names as there is room for, and how many more there are."""
    ends = itertools.accumulate(len(name) + 2 for name in names)
    room = max(sum(end <= most for end in ends), 1)
    more = f" and {len(names) - room} more" if len(names) > room else ""
    return ", ".join(names[:room]) + more


def _same_shape(expected: Any, found: Any) -> bool:
    told = all(isinstance(v, dict) and "values" in v for v in (expected, found))
    return told and expected["shape"] == found["shape"]


def _first_difference(expected: Any, found: Any) -> str:
    pairs = list(zip(expected["values"], found["values"], strict=True))
    within = tolerance(expected)
    apart = [i for i, (a, b) in enumerate(pairs) if not agree(a, b, within)]
    index, flat = [], apart[0]
    for size in reversed(expected["shape"]):
        index.append(flat % size)
        flat //= size
    where = f" at {list(reversed(index))}" if index else ""
    a, b = pairs[apart[0]]
    share = f" ({len(apart)} of {len(pairs)} numbers differ)" if len(pairs) > 1 else ""
    digits = next((n for n in range(4, 17) if f"{a:.{n}g}" != f"{b:.{n}g}"), 17)
    return f"expected {a:.{digits}g}, found {b:.{digits}g}{where}{share}"
