"""The exercises that use a network: load it, give it another head, freeze it, look inside."""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..tasks import Change, Exercise, Mistake, Plan

PART = "use"
TINY = "a small network"


def _pairs(**changes: tuple[str, str] | Change) -> dict[str, Change]:
    """Style by style one pair of texts, or several."""
    return {k: [v] if isinstance(v[0], str) else v for k, v in changes.items()}  # type: ignore


def _plan(*cases: dict[str, Any]) -> Plan:
    return {"kind": "use", "cases": list(cases)}


def _returns_nothing(section: str, **changes: tuple[str, str] | Change) -> Mistake:
    return Mistake(
        "returns-nothing",
        "The model is changed, and nothing is returned.",
        "Whoever writes the result to a variable gets None.",
        section,
        "What does a function give back that has no return?",
        _pairs(**changes),
    )


# Names without a prefix.

STRIP_PLAIN = '''
def strip_prefix(state_dict, prefix="module."):
    stripped = {}
    for key, value in state_dict.items():
        if key.startswith(prefix):
            key = key[len(prefix):]
        stripped[key] = value
    return stripped
'''

STRIP_SHORT = '''
def strip_prefix(state_dict, prefix="module."):
    return {key.removeprefix(prefix): value for key, value in state_dict.items()}
'''

STRIP_HELPER = '''
from collections import OrderedDict


def short(key, prefix):
    return key[len(prefix):] if key[:len(prefix)] == prefix else key


def strip_prefix(state_dict, prefix="module."):
    out = OrderedDict()
    for key in state_dict:
        out[short(key, prefix)] = state_dict[key]
    return out
'''

# Correct as well, in still other ways; no mistake is made in these.
STRIP_COPY = '''
def strip_prefix(state_dict, prefix="module."):
    result = state_dict.copy()
    for key in state_dict:
        if key.startswith(prefix):
            result[key[len(prefix):]] = result.pop(key)
    return result
'''

STRIP_PATTERN = '''
import re


def strip_prefix(state_dict, prefix="module."):
    start = re.compile("^" + re.escape(prefix))
    return dict(zip((start.sub("", key, count=1) for key in state_dict), state_dict.values()))
'''

PLAIN_CUT = """        if key.startswith(prefix):
            key = key[len(prefix):]
"""
HELPER_CUT = "key[len(prefix):] if key[:len(prefix)] == prefix else key"
SHORT_ALL = "return {key.removeprefix(prefix): value for key, value in state_dict.items()}"
HELPER_LOOP = """    out = OrderedDict()
    for key in state_dict:
        out[short(key, prefix)] = state_dict[key]
"""

STRIP = (
    Mistake(
        "removed-everywhere",
        "The prefix is removed wherever it stands in a name.",
        "A part of the network may be called so as well, and its name is then damaged.",
        "13 §1",
        "What becomes of a layer that is itself called module?",
        _pairs(
            plain=(PLAIN_CUT, '        key = key.replace(prefix, "")\n'),
            short=("key.removeprefix(prefix)", 'key.replace(prefix, "")'),
            helper=(HELPER_CUT, 'key.replace(prefix, "")'),
        ),
    ),
    Mistake(
        "first-occurrence-removed",
        "The prefix is removed where it first occurs, even in the middle of a name.",
        "A prefix is what a name begins with; further on the same letters belong to the network.",
        "13 §1",
        "Does your test ask where in the name the prefix stands?",
        _pairs(
            plain=(PLAIN_CUT, '        key = key.replace(prefix, "", 1)\n'),
            short=("key.removeprefix(prefix)", 'key.replace(prefix, "", 1)'),
            helper=(HELPER_CUT, '"".join(key.partition(prefix)[::2])'),
        ),
    ),
    Mistake(
        "given-dict-returned",
        "Where no name has the prefix, the given dict itself comes back.",
        "Two names then stand for one dict, and whoever changes the one changes the other.",
        "13 §1",
        "Are there calls in which your function makes no dict?",
        _pairs(
            plain=("    stripped = {}\n",
                   "    if not any(key.startswith(prefix) for key in state_dict):\n"
                   "        return state_dict\n    stripped = {}\n"),
            short=("    return {key.", "    if all(not k.startswith(prefix) for k in state_dict):\n"
                   "        return state_dict\n    return {key."),
            helper=("    return out",
                    "    return out if set(out) != set(state_dict) else state_dict"),
        ),
    ),
    Mistake(
        "others-dropped",
        "Names without the prefix are dropped.",
        "Some scripts wrap a part of the network only; the rest would silently be missing.",
        "13 §1",
        "How many entries go in, and how many come out?",
        _pairs(
            plain=("        stripped[key] = value", "            stripped[key] = value"),
            short=("state_dict.items()}", "state_dict.items() if key.startswith(prefix)}"),
            helper=("    for key in state_dict:\n",
                    "    for key in state_dict:\n        if not key.startswith(prefix):\n"
                    "            continue\n"),
        ),
    ),
    Mistake(
        "cut-without-asking",
        "As many letters as the prefix has are cut from every name, whatever it begins with.",
        "A name without the prefix loses letters of its own.",
        "13 §1",
        "What remains of fc.bias when seven letters are cut off?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key[len(prefix):]\n"),
            short=("key.removeprefix(prefix)", "key[len(prefix):]"),
            helper=(HELPER_CUT, "key[len(prefix):]"),
        ),
    ),
    Mistake(
        "nothing-removed",
        "Every name comes back as it was: nothing is removed.",
        "A text never changes: what cuts one makes another, and that has to be kept.",
        "13 §1",
        "What becomes of the shorter name in your function?",
        _pairs(
            plain=(PLAIN_CUT, "        shorter = key.removeprefix(prefix)\n"),
            short=("key.removeprefix(prefix)", "(key, key.removeprefix(prefix))[0]"),
            helper=(HELPER_CUT, "key"),
        ),
    ),
    Mistake(
        "the-other-way-round",
        "The names without the prefix are cut, and those with it stay.",
        "The condition chooses the wrong ones of the two kinds.",
        "13 §1",
        "What does your function do with a name when the condition is true?",
        _pairs(
            plain=("if key.startswith", "if not key.startswith"),
            short=("key.removeprefix(prefix)",
                   "(key if key.startswith(prefix) else key[len(prefix):])"),
            helper=("== prefix else", "!= prefix else"),
        ),
    ),
    Mistake(
        "old-names-kept",
        "The shorter names are added, and the old ones stay beside them.",
        "Twice as many names: the model knows half of them only, and strict loading stops.",
        "13 §1",
        "Which names are in your dict before the loop begins?",
        _pairs(
            plain=("stripped = {}", "stripped = dict(state_dict)"),
            short=("{key.removeprefix(prefix)", "{**state_dict} | {key.removeprefix(prefix)"),
            helper=("out = OrderedDict()", "out = OrderedDict(state_dict)"),
        ),
    ),
    Mistake(
        "cut-where-it-occurs",
        "A name that holds the prefix anywhere loses as many letters at its beginning.",
        "To be in a name is not to stand at its beginning.",
        "13 §1",
        "What does your test say of a name with the prefix in its middle?",
        _pairs(
            plain=("key.startswith(prefix)", "prefix in key"),
            short=("key.removeprefix(prefix)", "(key[len(prefix):] if prefix in key else key)"),
            helper=("key[:len(prefix)] == prefix", "key.count(prefix)"),
        ),
    ),
    Mistake(
        "last-piece-kept",
        "Of each name only what stands behind the last occurrence of the prefix is kept.",
        "Where the same letters come again, a part of the network's own name is lost.",
        "13 §1",
        "How many pieces does your function cut layer1.module.weight into?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key.split(prefix)[-1]\n"),
            short=("key.removeprefix(prefix)", "key.rpartition(prefix)[2]"),
            helper=(HELPER_CUT, "key.rsplit(prefix, 1)[-1]"),
        ),
    ),
    Mistake(
        "second-piece-demanded",
        "A name is cut at the prefix and its second piece taken; without the prefix there is none.",
        "What was not cut is one piece.",
        "13 §1",
        "What does split make of a name in which the prefix does not occur?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key.split(prefix)[1]\n"),
            short=("key.removeprefix(prefix)", "key.split(prefix)[1]"),
            helper=(HELPER_CUT, "list(key.split(prefix))[1]"),
        ),
    ),
    Mistake(
        "removed-behind-it-too",
        "From a name that begins with the prefix it is removed everywhere, not in front only.",
        "Behind the first one the same letters are part of the network's own name.",
        "13 §1",
        "Which occurrences does replace change when nobody says how many?",
        _pairs(
            plain=("key = key[len(prefix):]", 'key = key.replace(prefix, "")'),
            short=("key.removeprefix(prefix)",
                   '(key.replace(prefix, "") if key.startswith(prefix) else key)'),
            helper=("key[len(prefix):] if", '"".join(key.split(prefix)) if'),
        ),
    ),
    Mistake(
        "seven-letters-cut",
        "Seven letters are cut, however long the prefix is.",
        "That is the length of one prefix only.",
        "13 §1",
        "How long is the prefix model. with its dot?",
        _pairs(
            plain=("key = key[len(prefix):]", "key = key[7:]"),
            short=("key.removeprefix(prefix)", "(key[7:] if key.startswith(prefix) else key)"),
            helper=("key[len(prefix):] if", "key[7:] if"),
        ),
    ),
    Mistake(
        "seven-letters-of-every-name",
        "Seven letters are cut from every name, whatever it begins with and the prefix is.",
        "That suits one prefix, and a file in which all names have it.",
        "13 §1",
        "What remains of conv1.weight when seven letters are cut off?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key[7:]\n"),
            short=("key.removeprefix(prefix)", "key[7:]"), helper=(HELPER_CUT, "key[7:]"),
        ),
    ),
    Mistake(
        "ends-at-the-first-with-the-prefix",
        "The function ends at the first name with the prefix: its return stands in the condition.",
        "Where no name has the prefix, None comes back.",
        "13 §1",
        "In which case does the line with your return run?",
        _pairs(
            plain=("        stripped[key] = value\n",
                   "            stripped[key] = value\n            return stripped\n"
                   "    return None\n"),
            short=(SHORT_ALL, "for key, value in state_dict.items():\n"
                   "        if key.startswith(prefix):\n"
                   "            return {key.removeprefix(prefix): value}"),
            helper=[("    for key in state_dict:\n",
                     "    for key in [k for k in state_dict if k != short(k, prefix)]:\n"),
                    ("\n    return out", "\n        return out")],
        ),
    ),
    Mistake(
        "changed-while-looping",
        "The given dict is changed while a loop goes through it, and Python stops.",
        "A loop over a dict relies on its entries; and the dict was to stay as it is.",
        "13 §1",
        "Where could the renamed entries go, so that the loop is not disturbed?",
        _pairs(
            plain=("            key = key[len(prefix):]\n        stripped[key] = value\n    return "
                   "stripped",
                   "            state_dict[key[len(prefix):]] = state_dict.pop(key)\n    return "
                   "state_dict"),
            short=(SHORT_ALL, "for key in state_dict:\n        if key.startswith(prefix):\n"
                   "            state_dict[key.removeprefix(prefix)] = state_dict.pop(key)\n"
                   "    return state_dict"),
            helper=(HELPER_LOOP + "    return out", "    for key, value in state_dict.items():\n"
                    "        if short(key, prefix) != key:\n"
                    "            state_dict[short(key, prefix)] = value\n"
                    "            del state_dict[key]\n    return state_dict"),
        ),
    ),
    Mistake(
        "first-part-cut",
        "The first part of every name is cut, up to its first dot.",
        "Only the prefix is to go: fc.bias would become bias.",
        "13 §1",
        "What does your function make of a name that has no prefix?",
        _pairs(
            plain=(PLAIN_CUT, '        key = key.split(".", 1)[-1]\n'),
            short=("key.removeprefix(prefix)", 'key.split(".", 1)[-1]'),
            helper=(HELPER_CUT, 'key.partition(".")[2]'),
        ),
    ),
    Mistake(
        "letters-stripped",
        "The letters of the prefix are stripped one by one from the left, as lstrip does.",
        "That method takes a set of letters, and goes on while the next one is among them.",
        "13 §1",
        "What does lstrip do with a layer whose name begins with m, o, d, u, l or e?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key.lstrip(prefix)\n"),
            short=("key.removeprefix(prefix)", "key.lstrip(prefix)"),
            helper=(HELPER_CUT, "key.lstrip(prefix)"),
        ),
    ),
    Mistake(
        "letters-stripped-at-both-ends",
        "The letters of the prefix are stripped one by one from both ends, as strip does.",
        "A name that ends in one of them loses letters there, too.",
        "13 §1",
        "What does strip make of a name, given a set of letters?",
        _pairs(
            plain=(PLAIN_CUT, "        key = key.strip(prefix)\n"),
            short=("key.removeprefix(prefix)", "key.strip(prefix)"),
            helper=(HELPER_CUT, "key.lstrip(prefix).rstrip(prefix)"),
        ),
    ),
    Mistake(
        "pattern-everywhere",
        "The prefix is taken for a pattern, and removed wherever the pattern fits.",
        "In a pattern a dot stands for any letter, and nothing says that it begins the name.",
        "13 §1",
        "Does modules.0.weight fit the pattern of your prefix?",
        _pairs(
            plain=(PLAIN_CUT, '        key = __import__("re").sub(prefix, "", key)\n'),
            short=("key.removeprefix(prefix)", '__import__("re").sub(prefix, "", key)'),
            helper=(HELPER_CUT, '"".join(__import__("re").split(prefix, key))'),
        ),
    ),
    Mistake(
        "removed-again-and-again",
        "The prefix is removed as long as a name begins with it.",
        "What is behind the first one belongs to the network: a part of it may have that name.",
        "13 §1",
        "How often does a wrapping script put the prefix there?",
        _pairs(
            plain=("if key.startswith", "while key.startswith"),
            short=("return {key.removeprefix(prefix)",
                   "def cut(key):\n        return cut(key.removeprefix(prefix)) "
                   "if key.startswith(prefix) else key\n\n    return {cut(key)"),
            helper=(HELPER_CUT,
                    "short(key[len(prefix):], prefix) if key.startswith(prefix) else key"),
        ),
    ),
    Mistake(
        "dot-not-checked",
        "The dot at the end of the prefix is not compared.",
        "A dot stands for any letter in a pattern; a part called modules would lose its head.",
        "13 §1",
        "Is modules.0.weight a name with the prefix?",
        _pairs(
            plain=("key.startswith(prefix)", "key.startswith(prefix[:-1])"),
            short=("key.removeprefix(prefix)",
                   "(key[len(prefix):] if key.startswith(prefix[:-1]) else key)"),
            helper=("key[:len(prefix)] == prefix", '__import__("re").match(prefix, key)'),
        ),
    ),
    Mistake(
        "argument-ignored",
        "The argument prefix is not used: only module. is removed.",
        "Other tools write other prefixes.",
        "13 §1",
        "Where in your function does the second argument occur?",
        _pairs(
            plain=("    stripped = {}", '    prefix, stripped = "module.", {}'),
            short=("key.removeprefix(prefix)", 'key.removeprefix("module.")'),
            helper=("short(key, prefix)] =", 'short(key, "module.")] ='),
        ),
    ),
    Mistake(
        "first-name-decides",
        "The first name decides for all of them.",
        "In a file where only some names have the prefix the others are damaged or left.",
        "13 §1",
        "Must all names of a file begin alike?",
        _pairs(
            plain=("if key.startswith", "if next(iter(state_dict)).startswith"),
            short=("key.removeprefix(prefix)",
                   "(key[len(prefix):] if next(iter(state_dict)).startswith(prefix) else key)"),
            helper=[("    out = OrderedDict()\n",
                     "    out = OrderedDict()\n    cut = list(state_dict)[0].startswith(prefix)\n"),
                    ("out[short(key, prefix)]", "out[key[len(prefix):] if cut else key]")],
        ),
    ),
    Mistake(
        "all-or-nothing",
        "Names are cut only if all of them have the prefix.",
        "One name without it, and the others stay as they are.",
        "13 §1",
        "What happens in your function when a single name lacks the prefix?",
        _pairs(
            plain=("if key.startswith(prefix)", "if all(k.startswith(prefix) for k in state_dict)"),
            short=("key.removeprefix(prefix)",
                   "(key[len(prefix):] if all(k.startswith(prefix) for k in state_dict) else key)"),
            helper=[("    out = OrderedDict()\n",
                     "    out = OrderedDict()\n    cut = all(k.startswith(prefix) for k in "
                     "state_dict)\n"),
                    ("out[short(key, prefix)]", "out[key[len(prefix):] if cut else key]")],
        ),
    ),
    Mistake(
        "given-one-changed",
        "The given dict is changed.",
        "Whoever handed it in still has it, and finds other names in it.",
        "13 §1",
        "Which dict do your assignments write to?",
        _pairs(
            plain=[("    stripped = {}\n", ""),
                   ("in state_dict.items()", "in list(state_dict.items())"),
                   ("            key = key[len(prefix):]\n        stripped[key] = value\n    "
                    "return stripped",
                    "            state_dict[key[len(prefix):]] = state_dict.pop(key)\n    return "
                    "state_dict")],
            short=(SHORT_ALL, "for key in list(state_dict):\n"
                   "        state_dict[key.removeprefix(prefix)] = state_dict.pop(key)\n"
                   "    return state_dict"),
            helper=[("    out = OrderedDict()\n    for key in state_dict:\n        out[short(key, "
                     "prefix)] = "
                     "state_dict[key]\n    return out", "    for key in tuple(state_dict):\n"
                     "        state_dict[short(key, prefix)] = state_dict.pop(key)\n    return "
                     "state_dict")],
        ),
    ),
    Mistake(
        "names-without-tensors",
        "The names come back without their tensors.",
        "A model is loaded from names and tensors together.",
        "13 §1",
        "What would load_state_dict do with your result?",
        _pairs(
            plain=("return stripped", "return list(stripped)"),
            short=("{key.removeprefix(prefix): value for key, value in state_dict.items()}",
                   "[key.removeprefix(prefix) for key in state_dict]"),
            helper=("return out", "return list(out.keys())"),
        ),
    ),
    Mistake(
        "tensors-mixed-up",
        "The names are sorted, and get each other's tensors.",
        "Names and tensors were pairs; sorted alone they no longer are.",
        "13 §1",
        "Which tensor stands under fc.bias in your result?",
        _pairs(
            plain=("return stripped", "return dict(zip(sorted(stripped), stripped.values()))"),
            short=(SHORT_ALL, "names = sorted(key.removeprefix(prefix) for key in state_dict)\n"
                   "    return dict(zip(names, state_dict.values()))"),
            helper=("return out", "return OrderedDict(zip(sorted(out), out.values()))"),
        ),
    ),
    Mistake(
        "pairs-in-a-list",
        "What comes back is a list of pairs, not a dict.",
        "load_state_dict looks tensors up by their names, and a list has no names.",
        "13 §1",
        "Which type has the state_dict of a model, and which has your result?",
        _pairs(
            plain=[("stripped = {}", "stripped = []"),
                   ("stripped[key] = value", "stripped.append((key, value))")],
            short=("{key.removeprefix(prefix): value for key, value in state_dict.items()}",
                   "[(key.removeprefix(prefix), value) for key, value in state_dict.items()]"),
            helper=("return out", "return list(out.items())"),
        ),
    ),
    Mistake(
        "first-entry-only",
        "Only the first entry comes back: the function ends in the first round of its loop.",
        "A return ends the whole function; it belongs behind the loop.",
        "13 §1",
        "How far is your return set in?",
        _pairs(
            plain=("\n    return stripped", "\n        return stripped"),
            short=("state_dict.items()}", "[*state_dict.items()][:1]}"),
            helper=("\n    return out", "\n        return out"),
        ),
    ),
    Mistake(
        "last-entry-only",
        "Only the last entry comes back: a new dict is made for each name.",
        "What was in the dict before is lost each time.",
        "13 §1",
        "How many dicts does your function make for three names?",
        _pairs(
            plain=("stripped[key] = value", "stripped = {key: value}"),
            short=("state_dict.items()}", "[*state_dict.items()][-1:]}"),
            helper=("        out[short", "        out = OrderedDict()\n        out[short"),
        ),
    ),
    Mistake(
        "up-to-the-first-dot",
        "Of a name with the prefix the first part is cut, up to its first dot.",
        "A prefix may have several parts, such as net.module., and all of them are to go.",
        "13 §1",
        "What does your function make of net.module.fc.bias when the prefix is net.module.?",
        _pairs(
            plain=("key = key[len(prefix):]", 'key = key.split(".", 1)[1]'),
            short=("key.removeprefix(prefix)",
                   '(key.partition(".")[2] if key.startswith(prefix) else key)'),
            helper=("key[len(prefix):] if", 'key[key.index(".") + 1:] if'),
        ),
    ),
    Mistake(
        "one-letter-too-many",
        "One letter more than the prefix has is cut.",
        "The prefix brings its dot along: behind it the name begins.",
        "13 §1",
        "How many letters has module. with its dot, and which letter of a name has that number?",
        _pairs(
            plain=("key = key[len(prefix):]", "key = key[len(prefix) + 1:]"),
            short=("key.removeprefix(prefix)",
                   "(key[len(prefix) + 1:] if key.startswith(prefix) else key)"),
            helper=("key[len(prefix):] if", "key[1 + len(prefix):] if"),
        ),
    ),
    Mistake(
        "last-letter-of-the-prefix-left",
        "The last letter of the prefix, its dot, is left in front of the name.",
        "No entry of a model begins with a dot, so nothing would be found under these names.",
        "13 §1",
        "With which sign do your new names begin?",
        _pairs(
            plain=("key = key[len(prefix):]", "key = key[len(prefix) - 1:]"),
            short=("key.removeprefix(prefix)", "key.removeprefix(prefix[:-1])"
                   " if key.startswith(prefix) else key"),
            helper=("key[len(prefix):] if", "key[len(prefix) - 1:] if"),
        ),
    ),
    Mistake(
        "names-for-tensors",
        "Under the new names stand names, not tensors.",
        "A loop over a dict hands out its names; the tensors are what stands under them.",
        "13 §1",
        "What do keys, values and items of a dict hand out?",
        _pairs(
            plain=("stripped[key] = value", "stripped[key] = key"),
            short=("(prefix): value", "(prefix): key"),
            helper=("= state_dict[key]", "= key"),
        ),
    ),
)


def _stripping(
    group: str, *names: str, prefix: str | None = None, by_name: bool = False
) -> dict[str, Any]:
    inside = ", ".join(f'"{name}": …' for name in names)
    other = f', {"prefix=" * by_name}"{prefix}"' if prefix else ""
    case = {"use": "strip", "names": list(names), "group": group, "by name": by_name,
            "words": f"strip_prefix({{{inside}}}{other})"}  # fmt: skip
    return case | ({"prefix": prefix} if prefix else {})


def plan_strip(rng: random.Random) -> Plan:
    """With the prefix, without it, with the same letters elsewhere, with another prefix."""
    n = rng.choice([1, 2, 3])
    return {"exact": True} | _plan(
        _stripping("names with the prefix", "module.fc.weight", f"module.layer{n}.0.bn1.weight"),
        _stripping("names without it", "fc.weight", "fc.bias", f"layer{n}.0.conv1.weight"),
        _stripping("names with the prefix", "module.model.weight", "module.embed.weight"),
        _stripping("names of both kinds", "module.fc.weight", "fc.bias", "conv1.weight"),
        _stripping("names of both kinds", "conv1.weight", "module.fc.weight", "bn1.running_mean"),
        _stripping("the same letters elsewhere", f"layer{n}.module.weight",
                   "head.module.module.bias"),
        _stripping("the same letters elsewhere", "module.module.weight", "module.fc.module.bias"),
        _stripping("the same letters elsewhere", "modules.0.weight", "modulefc.bias"),
        _stripping("another prefix", "model.fc.weight", "model.fc.bias", "module.x",
                   prefix="model."),
        _stripping("another prefix", "net.net.fc.bias", "fc.weight", prefix="net.", by_name=True),
        _stripping("another prefix", "net.module.fc.bias", "net.fc.weight", prefix="net.module."),
    )


# All but the head.

LOAD_PLAIN = '''
def load_backbone(model, state_dict):
    backbone = {k: v for k, v in state_dict.items() if not k.startswith("fc.")}
    backbone["fc.weight"] = model.fc.weight
    backbone["fc.bias"] = model.fc.bias
    model.load_state_dict(backbone)
    return model
'''

LOAD_REPORT = '''
def load_backbone(model, state_dict):
    kept = {name: tensor for name, tensor in state_dict.items() if name.split(".")[0] != "fc"}
    told = model.load_state_dict(kept, strict=False)
    missing = [name for name in told.missing_keys if not name.startswith("fc.")]
    if missing or told.unexpected_keys:
        raise RuntimeError(f"missing {missing}, unknown {told.unexpected_keys}")
    return model
'''

LOAD_COPY = '''
def load_backbone(model, state_dict):
    own = model.state_dict()
    wanted = {name for name in own if not name.startswith("fc.")}
    found = {name for name in state_dict if not name.startswith("fc.")}
    if wanted != found:
        raise KeyError(f"missing {wanted - found}, unknown {found - wanted}")
    with torch.no_grad():
        for name in wanted:
            if own[name].shape != state_dict[name].shape:
                raise RuntimeError(f"{name} has another shape")
            own[name].copy_(state_dict[name])
    return model
'''

# Correct as well, in still other ways; no mistake is made in these.
LOAD_ASIDE = '''
def load_backbone(model, state_dict):
    head, model.fc = model.fc, nn.Identity()
    try:
        model.load_state_dict({k: v for k, v in state_dict.items() if not k.startswith("fc.")})
    finally:
        model.fc = head
    return model
'''

LOAD_OTHER = '''
import copy


def load_backbone(model, state_dict):
    loaded = copy.deepcopy(model)
    head = {"fc." + name: value for name, value in model.fc.state_dict().items()}
    loaded.load_state_dict({**state_dict, **head}, strict=True)
    return loaded
'''

LOAD_CHECK = """    if wanted != found:
        raise KeyError(f"missing {wanted - found}, unknown {found - wanted}")
"""
LOAD_KEPT = """    backbone["fc.weight"] = model.fc.weight
    backbone["fc.bias"] = model.fc.bias
"""
LOAD_BODY = LOAD_COPY[LOAD_COPY.index("    own = "):LOAD_COPY.index("    return model")]
REPORT_BODY = LOAD_REPORT[LOAD_REPORT.index("    kept = "):LOAD_REPORT.index("    return model")]
PLAIN_BODY = LOAD_PLAIN[LOAD_PLAIN.index("    backbone = "):LOAD_PLAIN.index("    return model")]
BY_POSITION = """    mine = [v for k, v in model.state_dict().items() if not k.startswith("fc.")]
    theirs = [v for k, v in state_dict.items() if not k.startswith("fc.")]
    for a, b in zip(mine, theirs):
        {copy}
"""

BY_NAME = """    for k, v in model.state_dict().items():
        if not k.startswith("fc."):
            {copy}
"""
KEPT_BACKBONE = LOAD_PLAIN[LOAD_PLAIN.index("    backbone = "):LOAD_PLAIN.index("    model.load")]
OWN_FC = """    backbone = {{k: v for k, v in state_dict.items() if {condition}}}
    backbone.update({{k: v for k, v in model.state_dict().items() if {own}}})
"""
PUT_BACK = """    own = {{k: v.{copied} for k, v in model.fc.state_dict().items()}}
    told = model.load_state_dict(state_dict, strict=False)
    if told.unexpected_keys or {{*told.missing_keys}} - {{"fc.weight", "fc.bias"}}:
        raise RuntimeError("missing or unknown")
    model.fc.load_state_dict(own, strict={strict})
"""
POPPED = """    for name in state_dict:
        if name.startswith("fc."):
            state_dict.pop(name)
"""

LOAD = (
    Mistake(
        "unknown-dropped",
        "Entries that the model does not know are dropped without a word.",
        "That may be the file of another network, and nobody would notice.",
        "13 §1",
        "How does a reader learn that the file holds a layer that the model lacks?",
        _pairs(
            plain=('if not k.startswith("fc.")',
                   'if k in model.state_dict() and not k.startswith("fc.")'),
            report=("if missing or told.unexpected_keys", "if missing"),
            copy=("if wanted != found:", "if wanted - found:"),
        ),
    ),
    Mistake(
        "missing-forgiven",
        "What is missing in the file stays as it was, without an error.",
        "A layer with random weights among trained ones makes the whole network useless.",
        "13 §1",
        "What happens in your function when the file lacks one layer?",
        _pairs(
            plain=("backbone = {k: v", "backbone = model.state_dict() | {k: v"),
            report=("if missing or told", "if told"),
            copy=[("if wanted != found:", "if found - wanted:"),
                  ("in wanted:\n", "in wanted & found:\n")],
        ),
    ),
    Mistake(
        "not-strict",
        "Missing and unknown names are both forgiven, as with strict=False.",
        "If all names carry a prefix, nothing at all is loaded, and no error says so.",
        "13 §1",
        "What does load_state_dict return, and who reads it?",
        _pairs(
            plain=("load_state_dict(backbone)", "load_state_dict(backbone, strict=False)"),
            report=("if missing or told.unexpected_keys", "if False"),
            copy=[(LOAD_CHECK, ""), ("in wanted:\n", "in wanted & found:\n")],
        ),
    ),
    Mistake(
        "whatever-fits",
        "Only what fits in name and shape is loaded, and the rest is skipped.",
        "A layer of another shape is a sign of another network, and should stop the loading.",
        "13 §1",
        "What does your function do with a weight that is too small?",
        _pairs(
            plain=[('if not k.startswith("fc.")', 'if not k.startswith("fc.") and k in '
                    'model.state_dict() and model.state_dict()[k].shape == v.shape'),
                   ("load_state_dict(backbone)", "load_state_dict(backbone, strict=False)")],
            report=[('name.split(".")[0] != "fc"', 'name.split(".")[0] != "fc" and tensor.shape == '
                     'getattr(model.state_dict().get(name), "shape", None)'),
                    ("if missing or told.unexpected_keys", "if False")],
            copy=[(LOAD_CHECK, ""), ("in wanted:\n", "in wanted & found:\n"),
                  ('raise RuntimeError(f"{name} has another shape")', "continue")],
        ),
    ),
    Mistake(
        "head-loaded-too",
        "The head is loaded with the rest.",
        "A file for other classes does not fit, and one for as many classes replaces the new head.",
        "13 §5",
        "Which entries of the file should not reach the model?",
        _pairs(
            plain=[(' if not k.startswith("fc.")', ""), (LOAD_KEPT, "")],
            report=(' if name.split(".")[0] != "fc"', ""),
            copy=[('in own if not name.startswith("fc.")', "in own"),
                  ('in state_dict if not name.startswith("fc.")', "in state_dict")],
        ),
    ),
    Mistake(
        "head-only",
        "Only the head is loaded, and nothing of the backbone.",
        "It is the other way round: the head is the one part that is to stay as it is.",
        "13 §5",
        "Which entries does your condition let through?",
        _pairs(
            plain=[('if not k.startswith("fc.")', 'if k.startswith("fc.")'), (LOAD_KEPT, ""),
                   ("load_state_dict(backbone)", "load_state_dict(backbone, strict=False)")],
            report=[('name.split(".")[0] != "fc"', 'name.split(".")[0] == "fc"'),
                    ("if missing or told.unexpected_keys", "if False")],
            copy=(LOAD_BODY, "    own = model.state_dict()\n    for name in state_dict:\n"
                  "        if name.startswith('fc.'):\n"
                  "            own[name].copy_(state_dict[name])\n"),
        ),
    ),
    Mistake(
        "dot-forgotten",
        "Every entry whose name begins with fc is left out, also one of another part.",
        "A part called fc2 is not the head; as an unknown part it should stop the loading.",
        "13 §1",
        "Which sign stands behind fc in the names of the head's entries?",
        _pairs(
            plain=('k.startswith("fc.")', 'k.startswith("fc")'),
            report=('name.split(".")[0] != "fc"', 'name[:2] != "fc"'),
            copy=('in state_dict if not name.startswith("fc.")',
                  'in state_dict if not name.startswith("fc")'),
        ),
    ),
    Mistake(
        "error-caught",
        "The error of load_state_dict is caught, and the caller gets a model as if all were well.",
        "What is printed is easily overlooked, and the program goes on with a wrong model.",
        "13 §1",
        "How does the caller learn that the loading has failed?",
        _pairs(
            plain=("    model.load_state_dict(backbone)\n",
                   "    try:\n        model.load_state_dict(backbone)\n"
                   "    except RuntimeError as error:\n        print(error)\n"),
            report=(REPORT_BODY, "    kept = {n: t for n, t in state_dict.items() "
                    "if n[:3] != 'fc.'}\n    try:\n        model.load_state_dict(kept)\n"
                    "    except Exception:\n        pass\n"),
            copy=(LOAD_BODY, "    own = model.fc.state_dict(prefix='fc.')\n"
                  "    with __import__('contextlib').suppress(RuntimeError):\n"
                  "        model.load_state_dict({**state_dict, **own})\n"),
        ),
    ),
    Mistake(
        "tensors-shared",
        "The model takes the tensors of the given dict themselves, and makes no copies.",
        "Every training step then changes the given dict, too.",
        "13 §1",
        "What does a step of training do to a tensor that two names stand for?",
        _pairs(
            plain=("load_state_dict(backbone)", "load_state_dict(backbone, assign=True)"),
            report=("strict=False)", "strict=False, assign=True)"),
            copy=[("own = model.state_dict()",
                   "own = dict(model.named_parameters()) | dict(model.named_buffers())"),
                  ("own[name].copy_(state_dict[name])", "own[name].data = state_dict[name]")],
        ),
    ),
    Mistake(
        "fc-anywhere",
        "Every entry with fc in its name is left out, those of the backbone too.",
        "A layer inside a block may be called fc as well; it stays random, without an error.",
        "13 §1",
        "What tells the head's names from those of layer2.1.fc.0?",
        _pairs(
            plain=(KEPT_BACKBONE, OWN_FC.format(condition='"fc" not in k', own='"fc" in k')),
            report=[('name.split(".")[0] != "fc"', '"fc" not in name'),
                    ('not name.startswith("fc.")', '"fc" not in name')],
            copy=[('in own if not name.startswith("fc.")', 'in own if "fc" not in name'),
                  ('in state_dict if not name.startswith("fc.")',
                   'in state_dict if "fc" not in name')],
        ),
    ),
    Mistake(
        "fc-anywhere-then-missing",
        "Every entry with fc in its name is left out; those of the backbone are then missing.",
        "The head is what begins so, and not all that holds the two letters.",
        "13 §1",
        "Which of the names that the error lists do not belong to the head?",
        _pairs(
            plain=('if not k.startswith("fc.")', 'if "fc" not in k'),
            report=[('name.split(".")[0] != "fc"', '"fc" not in name'),
                    ("    told = model.load_state_dict(kept, strict=False)",
                     "    for n, p in model.fc.named_parameters():\n        kept['fc.' + n] = p\n"
                     "    told = model.load_state_dict(kept)")],
            copy=(LOAD_BODY, "    kept = {k: v for k, v in state_dict.items() if 'fc' not in k}\n"
                             "    kept.update({'fc.' + k: v for k, v in "
                             "model.fc.state_dict().items()})\n    model.load_state_dict(kept)\n"),
        ),
    ),
    Mistake(
        "dict-returned",
        "The entries are chosen and returned as a dict, and no model has loaded them.",
        "Asked for is the model with its new weights.",
        "13 §1",
        "Which method of a model takes a dict of tensors?",
        _pairs(
            plain=("    model.load_state_dict(backbone)\n    return model", "    return backbone"),
            report=(REPORT_BODY + "    return model",
                    "    return {n: t for n, t in state_dict.items() if n[:3] != 'fc.'}"),
            copy=(LOAD_BODY + "    return model",
                  "    kept = dict(state_dict)\n    kept.pop('fc.weight', 0), "
                  "kept.pop('fc.bias', 0)\n    return kept"),
        ),
    ),
    Mistake(
        "head-put-back",
        "The whole file is loaded, and the head put back afterwards: one of another size does "
        "not fit.",
        "Loading stops at an entry of another shape, before anything can be put back.",
        "13 §1",
        "What does load_state_dict say of a file for nine classes?",
        _pairs(
            plain=(PLAIN_BODY, PUT_BACK.format(copied="clone()", strict="True")),
            report=(REPORT_BODY, PUT_BACK.format(copied="detach().clone()", strict="True")),
            copy=(LOAD_BODY, "    head = __import__('copy').deepcopy(model.fc)\n"
                  "    model.load_state_dict({**head.state_dict(prefix='fc.'), **state_dict})\n"
                  "    model.fc = head\n"),
        ),
    ),
    Mistake(
        "head-under-short-names",
        "The head's own entries are put in as weight and bias, without fc. before them.",
        "A part names its tensors from itself on; the whole model knows them by longer names.",
        "13 §1",
        "Under which names does the whole model look for the head's tensors?",
        _pairs(
            plain=(LOAD_KEPT, "    backbone.update(model.fc.state_dict())\n"),
            report=("    told = model.load_state_dict(kept, strict=False)",
                    "    told = model.load_state_dict({**kept, **model.fc.state_dict()})"),
            copy=(LOAD_BODY, "    kept = {k: v for k, v in state_dict.items() if k[:3] != 'fc.'}\n"
                             "    for name, value in model.fc.named_parameters():\n"
                             "        kept[name] = value\n    model.load_state_dict(kept)\n"),
        ),
    ),
    Mistake(
        "changed-while-looping",
        "The given dict is changed while a loop goes through it, and Python stops.",
        "A loop over a dict relies on its entries; and the dict was to stay as it is.",
        "13 §1",
        "Where could the entries go that you want to keep?",
        _pairs(
            plain=(KEPT_BACKBONE, POPPED + "    backbone = dict(state_dict)\n" + LOAD_KEPT),
            report=("    kept = ", POPPED + "    kept = "),
            copy=("    own = ", POPPED + "    own = "),
        ),
    ),
    Mistake(
        "parameters-only",
        "Only parameters are loaded, no buffers.",
        "The running statistics of the norms belong to the trained weights; without them the "
        "scores "
        "in evaluation mode are wrong.",
        "03 §2",
        "What does a norm use in evaluation mode, and where does it come from?",
        _pairs(
            plain=[('if not k.startswith("fc.")}', 'if k in dict(model.named_parameters())}'),
                   (LOAD_KEPT, LOAD_KEPT + "    backbone.update(model.named_buffers())\n")],
            report=[('if name.split(".")[0] != "fc"}',
                     'if name in dict(model.named_parameters()) and name[:3] != "fc."}'),
                    ('if not name.startswith("fc.")]',
                     'if name in dict(model.named_parameters()) and name[:3] != "fc."]')],
            copy=[("own = model.state_dict()", "own = dict(model.named_parameters())"),
                  ('in state_dict if not', 'in state_dict if name in own and not')],
        ),
    ),
    Mistake(
        "strict-without-the-head",
        "The head is left out, and load_state_dict stops because it is missing.",
        "Strict loading wants every name of the model, those of the head too.",
        "13 §1",
        "Which two names does the error list, and where could they be taken from?",
        _pairs(
            plain=(LOAD_KEPT, ""), report=("strict=False", "strict=True"),
            copy=(LOAD_BODY, "    model.load_state_dict(\n        {name: state_dict[name] for name "
                             'in state_dict if not name.startswith("fc.")})\n'),
        ),
    ),
    Mistake(
        "head-demanded",
        "The file must hold a head, or there is an error.",
        "Backbones are often saved without one, and it would not be used anyway.",
        "13 §1",
        "What happens when the file has no fc to leave out?",
        _pairs(
            plain=('{k: v for k, v in state_dict.items() if not k.startswith("fc.")}',
                   'dict(state_dict)\n    backbone.pop("fc.weight"), backbone.pop("fc.bias")'),
            report=('{name: tensor for name, tensor in state_dict.items() if name.split(".")[0] '
                    '!= "fc"}',
                    'dict(state_dict)\n    del kept["fc.weight"], kept["fc.bias"]'),
            copy=('{name for name in state_dict if not name.startswith("fc.")}',
                  'set(state_dict)\n    found.remove("fc.weight"), found.remove("fc.bias")'),
        ),
    ),
    Mistake(
        "given-one-changed",
        "The head is removed from the given dict itself.",
        "Whoever handed it in may want to load it elsewhere, head and all.",
        "13 §1",
        "Whose dict is it that you delete from?",
        _pairs(
            plain=('    backbone = {k: v for k, v in state_dict.items() if not k.'
                   'startswith("fc.")}\n',
                   '    for k in [k for k in state_dict if k[:3] == "fc."]:\n        del '
                   'state_dict[k]\n'
                   "    backbone = dict(state_dict)\n"),
            report=("    return model",
                    '    state_dict.pop("fc.weight", 0), state_dict.pop("fc.bias", 0)\n'
                    "    return model"),
            copy=("    own = model.state_dict()\n", '    own = model.state_dict()\n    for name in '
                  '("fc.weight", "fc.bias"):\n        state_dict.pop(name, None)\n'),
        ),
    ),
    Mistake(
        "own-head-written-into-the-file",
        "The model's own head is written into the given dict.",
        "Whoever handed the dict in has lost the head that was in it, or has got one.",
        "13 §1",
        "Which dict do the two lines with fc write to?",
        _pairs(
            plain=(KEPT_BACKBONE, "    state_dict['fc.weight'] = model.fc.weight\n"
                   "    state_dict['fc.bias'] = model.fc.bias\n    backbone = state_dict\n"),
            report=(REPORT_BODY,
                    "    for name, value in model.fc.state_dict().items():\n"
                    "        state_dict['fc.' + name] = value\n"
                    "    model.load_state_dict(state_dict)\n"),
            copy=(LOAD_BODY, "    state_dict.update({'fc.' + n: p for n, p in "
                  "model.fc.named_parameters()})\n    model.load_state_dict(state_dict)\n"),
        ),
    ),
    Mistake(
        "by-position",
        "Tensors are copied in the order in which they come, and names are not compared.",
        "A file in another order fills the wrong layers, often without an error.",
        "12 §9",
        "What tells which tensor of the file belongs to which layer?",
        _pairs(
            plain=(PLAIN_BODY, BY_POSITION.format(copy="a.data.copy_(b)")),
            report=(REPORT_BODY, BY_POSITION.format(copy="a.copy_(b)")),
            copy=(LOAD_BODY, BY_POSITION.format(copy="a.copy_(b.detach())")),
        ),
    ),
    Mistake(
        "only-asked-by-the-model",
        "The loop asks for the model's own names only, and copies what it finds under them.",
        "An entry that the model has no name for is never met, and a tensor of another shape is "
        "stretched where it can be.",
        "13 §1",
        "Which of your lines meets a name that the dict has and the model has not?",
        _pairs(
            plain=(PLAIN_BODY, BY_NAME.format(copy="v.data.copy_(state_dict[k])")),
            report=(REPORT_BODY, BY_NAME.format(copy="v.copy_(state_dict[k])")),
            copy=(LOAD_BODY, BY_NAME.format(copy="v.copy_(state_dict[k].detach())")),
        ),
    ),
    Mistake(
        "nothing-loaded",
        "Nothing was loaded into the model: it has its old weights.",
        "Where weights go into a copy, into clones of the tensors or into another dict, the model "
        "stays as it was.",
        "13 §1",
        "Which object did the weights go into, and which do you return?",
        _pairs(
            plain=("    model.load_state_dict(backbone)",
                   '    __import__("copy").deepcopy(model).load_state_dict(backbone)'),
            report=("told = model.load", 'told = __import__("copy").deepcopy(model).load'),
            copy=("own = model.state_dict()",
                  "own = {k: v.clone() for k, v in model.state_dict().items()}"),
        ),
    ),
    Mistake(
        "only-the-stages",
        "Only the stages are loaded; the stem keeps its random weights.",
        "Everything behind it was trained for another stem.",
        "13 §1",
        "Which layers of a ResNet have names that do not begin with layer?",
        _pairs(
            plain=[('if not k.startswith("fc.")', 'if k.startswith("layer")'),
                   ("load_state_dict(backbone)", "load_state_dict(backbone, strict=False)")],
            report=[('if name.split(".")[0] != "fc"', 'if name[:5] == "layer"'),
                    ("if missing or told.unexpected_keys", "if False")],
            copy=[(LOAD_CHECK, ""),
                  ("in wanted:\n", 'in {n for n in wanted & found if n[:5] == "layer"}:\n')],
        ),
    ),
    Mistake(
        "head-drawn-anew",
        "The head is drawn anew.",
        "It was to stay as it is; it may have been trained already.",
        "13 §5",
        "Which line of your function touches the head?",
        _pairs(
            plain=("    return model", "    model.fc.reset_parameters()\n    return model"),
            report=("    return model",
                    "    model.fc = nn.Linear(model.fc.in_features, model.fc.out_features)\n    "
                    "return model"),
            copy=("    return model",
                  "    nn.init.normal_(model.fc.weight)\n    nn.init.normal_(model.fc.bias)\n    "
                  "return model"),
        ),
    ),
    Mistake(
        "report-returned",
        "What load_state_dict returns is returned, not the model.",
        "That is a list of names, and cannot be called.",
        "13 §1",
        "Which type has the result of load_state_dict?",
        _pairs(
            plain=("    model.load_state_dict(backbone)\n    return model",
                   "    return model.load_state_dict(backbone)"),
            report=("    return model", "    return told"),
            copy=("    return model", "    return model.load_state_dict(model.state_dict())"),
        ),
    ),
    _returns_nothing("13 §1", plain=("    return model\n", ""), report=("    return model\n", ""),
                     copy=("    return model\n", "    return\n")),
    Mistake(
        "stretched-to-fit",
        "A weight for one channel is copied into each of the three, without an error.",
        "That is the stem of a network for gray images, and the copy gives other answers than both "
        "networks.",
        "13 §1",
        "What does torch do when a tensor with an axis of length 1 is copied into a longer one?",
        _pairs(
            plain=("    model.load_state_dict(backbone)\n",
                   "    own = model.state_dict()\n    if {*own} != {*backbone}:\n"
                   "        raise KeyError(sorted({*own} ^ {*backbone}))\n"
                   "    with torch.no_grad():\n        for name, tensor in backbone.items():\n"
                   "            own[name].copy_(tensor)\n"),
            report=("    told = model.load_state_dict(kept, strict=False)\n",
                    "    own = model.state_dict()\n"
                    "    kept = {k: v.expand_as(own[k]) if k in own else v "
                    "for k, v in kept.items()}\n"
                    "    told = model.load_state_dict(kept, strict=False)\n"),
            copy=("            if own[name].shape != state_dict[name].shape:\n"
                  '                raise RuntimeError(f"{name} has another shape")\n', ""),
        ),
    ),
    Mistake(
        "backbone-frozen",
        "The loaded backbone is frozen: its parameters no longer learn.",
        "Asked for is only to load; whether the backbone is to learn is the caller's choice.",
        "13 §6",
        "Which of your lines speaks of requires_grad, and who asked for it?",
        _pairs(
            plain=("    return model", "    for name, p in model.named_parameters():\n"
                   "        p.requires_grad = name.startswith('fc.')\n    return model"),
            report=("    return model", "    model.requires_grad_(False)\n"
                    "    model.fc.requires_grad_(True)\n    return model"),
            copy=("    return model", "    for name, child in model.named_children():\n"
                  "        child.requires_grad_(name == 'fc')\n    return model"),
        ),
    ),
    Mistake(
        "head-frozen",
        "The head is frozen: its parameters no longer learn.",
        "It is the part that has not been trained yet.",
        "13 §6",
        "Which part has to learn most after such a load, and can it in yours?",
        _pairs(
            plain=("    return model",
                   "    model.fc.requires_grad_(False)\n    return model"),
            report=("    return model", "    for name, p in model.named_parameters():\n"
                    "        p.requires_grad = not name.startswith('fc.')\n    return model"),
            copy=("    return model", "    for p in model.fc.parameters():\n"
                  "        p.requires_grad = False\n    return model"),
        ),
    ),
    Mistake(
        "put-in-evaluation-mode",
        "The model is put into evaluation mode.",
        "The mode is the caller's choice, and training was perhaps about to begin.",
        "03 §2",
        "In which mode was the model when it came in?",
        _pairs(
            plain=("    return model", "    model.eval()\n    return model"),
            report=("    return model", "    return model.eval()"),
            copy=("    return model", "    return model.train(False)"),
        ),
    ),
    Mistake(
        "fc-anywhere-and-complained",
        "Every entry with fc in its name is left out, and the answer itself then refuses the rest.",
        "A layer inside a block may be called fc as well: it belongs to the backbone.",
        "13 §1",
        "Which of the names that are missing does the file have, and where did they go?",
        _pairs(
            plain=[('if not k.startswith("fc.")', 'if "fc" not in k'),
                   ("    model.load_state_dict(backbone)\n",
                    "    if {*backbone} != {*model.state_dict()}:\n"
                    "        raise ValueError(sorted(backbone))\n"
                    "    model.load_state_dict(backbone)\n")],
            report=('name.split(".")[0] != "fc"', '"fc" not in name'),
            copy=('in state_dict if not name.startswith("fc.")',
                  'in state_dict if "fc" not in name'),
        ),
    ),
)


def _partly(rng: random.Random, *more: str) -> tuple[dict[str, Any], str]:
    """Parts of a case in which a model comes partly frozen, and how that is said."""
    stage = rng.choice(["layer1", "layer3", "layer4"])
    frozen = [f"{stage}.0.bn1.", f"{stage}.0.conv1.", *(f"{name}." for name in more)]
    names = " and ".join([f"{stage}.0.bn1", "conv1", *more]).replace(" and ", ", ", len(more))
    return {"frozen": frozen, "otherwise": [f"{stage}.0.bn1"]}, (
        f"{names} frozen, this norm in the other mode")  # fmt: skip


def plan_load(rng: random.Random) -> Plan:
    """Heads of one size and of two, no head, another order; then what must be refused."""
    classes = rng.choice([7, 8, 9])
    call = "load_backbone(model, state_dict)"
    layer = rng.choice(["layer1.0.conv1.weight", "conv1.weight"])
    statistic = rng.choice(["bn1.running_mean", "layer1.0.bn1.running_var"])
    partly, told = _partly(rng, "fc")
    return _plan(
        {"use": "load", "their_classes": 5, "training": True,
         "words": f"{call}, heads of the same size, in training mode"},
        {"use": "load", "their_classes": classes, "words": f"{call}, a file for {classes} classes"},
        {"use": "load", "without": ["fc.weight", "fc.bias"], "single": True,
         "words": f"{call}, a file without fc, in float32"},
        {"use": "load", "their_classes": 5, "reversed": True, "training": True, **partly,
         "words": f"{call}, a file in another order, {told}"},
        {"use": "load", "gate": True, "words": f"{call}, a layer inside layer2 is called fc, too"},
        {"use": "load", "without": [layer], "refuses": True,
         "words": f"{call}, {layer} is missing"},
        {"use": "load", "without": [statistic], "refuses": True,
         "words": f"{call}, {statistic} is missing"},
        {"use": "load", "with": ["layer9.weight"], "refuses": True,
         "words": f"{call}, with an unknown layer9.weight"},
        {"use": "load", "with": ["fc2.weight"], "refuses": True,
         "words": f"{call}, with an unknown fc2.weight"},
        {"use": "load", "without": [layer], "with": ["layer9.weight"], "refuses": True,
         "words": f"{call}, layer9.weight stands in the place of {layer}"},
        {"use": "load", "reshaped": ["layer1.0.conv1.weight"], "refuses": True,
         "words": f"{call}, layer1.0.conv1.weight has another shape"},
        {"use": "load", "one channel": ["conv1.weight"], "refuses": True,
         "words": f"{call}, conv1.weight reads one channel, and not three"},
    )  # fmt: skip


# Another head.

HEAD_PLAIN = '''
def replace_head(model, num_classes):
    features = model.fc.in_features
    model.fc = nn.Linear(features, num_classes)
    return model
'''

HEAD_NAMED = '''
def replace_head(model, num_classes):
    width = model.fc.weight.shape[1]
    head = nn.Linear(in_features=width, out_features=num_classes, bias=True)
    setattr(model, "fc", head)
    return model
'''

HEAD_COPY = '''
import copy


def replace_head(model, num_classes):
    other = copy.deepcopy(model)
    old = other.fc
    other.fc = type(old)(old.in_features, num_classes)
    return other
'''

# Correct as well, in still other ways; no mistake is made in these.
HEAD_LAZY = '''
def replace_head(model, num_classes):
    model.add_module("fc", nn.LazyLinear(num_classes))
    return model
'''

HEAD_INSIDE = '''
def replace_head(model, num_classes):
    head = model.fc
    head.out_features = num_classes
    head.weight = nn.Parameter(torch.empty(num_classes, head.in_features))
    head.bias = nn.Parameter(torch.empty(num_classes))
    head.reset_parameters()
    return model
'''

PLAIN_HEAD, NAMED_HEAD = "model.fc = nn.Linear(features, num_classes)", 'setattr(model, "fc", head)'
COPY_HEAD = "other.fc = type(old)(old.in_features, num_classes)"

HEAD = (
    Mistake(
        "bias-as-in-the-old-head",
        "The new head gets no bias where the old one has none.",
        "A model may come without one; the new head is trained anew and does not depend on that.",
        "13 §5",
        "Which of its settings does the new head take from the old one, and which are asked for?",
        _pairs(
            plain=("nn.Linear(features, num_classes)",
                   "nn.Linear(features, num_classes, bias=model.fc.bias is not None)"),
            named=("bias=True", 'bias="fc.bias" in model.state_dict()'),
            copy=("(old.in_features, num_classes)",
                  "(old.in_features, num_classes, not old.bias is None)"),
        ),
    ),
    Mistake(
        "stacked-on-the-old-head",
        "The new head is put behind the old one.",
        "It then sees the old scores only, and not the features.",
        "13 §5",
        "How many numbers reach your new layer, and how many features does the backbone give?",
        _pairs(
            plain=(PLAIN_HEAD,
                   "model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, "
                   "num_classes))"),
            named=("    width = model.fc.weight.shape[1]\n    head = nn.Linear(in_features=width, "
                   "out_features=num_classes, bias=True)",
                   "    width = model.fc.weight.shape[0]\n    head = nn.Sequential(model.fc, "
                   "nn.Linear(width, num_classes))"),
            copy=(COPY_HEAD,
                  "other.fc = nn.Sequential(old, nn.Linear(old.out_features, num_classes))"),
        ),
    ),
    Mistake(
        "stacked-behind-the-model",
        "A second linear layer is put behind the whole model, which keeps its head.",
        "All that the new layer can see are the scores of the old classes.",
        "13 §5",
        "Where does the old head stand in your new model?",
        _pairs(
            plain=[("    " + PLAIN_HEAD + "\n", ""),
                   ("return model",
                    "return nn.Sequential(model, nn.Linear(model.fc.out_features, num_classes))")],
            named=[("    " + NAMED_HEAD + "\n", ""), ("weight.shape[1]", "weight.shape[0]"),
                   ("return model", "return nn.Sequential(model, head)")],
            copy=[("    " + COPY_HEAD + "\n", ""),
                  ("return other",
                   "return nn.Sequential(other, nn.Linear(old.out_features, num_classes))")],
        ),
    ),
    Mistake(
        "thousand-classes-assumed",
        "A layer for a fixed number of scores is put behind the whole model.",
        "The old head stays in, and the model may have any number of classes.",
        "13 §5",
        "How many scores does the model give before your function, and who says so?",
        _pairs(
            plain=[("    " + PLAIN_HEAD + "\n", ""),
                   ("return model", "return nn.Sequential(model, nn.Linear(1000, num_classes))")],
            named=[("    " + NAMED_HEAD + "\n", ""), ("in_features=width", "in_features=1000"),
                   ("return model", "return nn.Sequential(model, head)")],
            copy=[("    " + COPY_HEAD + "\n", ""),
                  ("return other", "return nn.Sequential(other, nn.Linear(1000, num_classes))")],
        ),
    ),
    Mistake(
        "rebuilt-as-a-chain",
        "The children are put into a chain, and the model with its names is gone.",
        "Scores come out, but nothing is called fc any more, and no checkpoint fits.",
        "13 §5",
        "Under which name would the next reader look for the head?",
        _pairs(
            plain=[("    " + PLAIN_HEAD + "\n", ""),
                   ("return model", "return nn.Sequential(*list(model.children())[:-1], "
                    "nn.Flatten(), nn.Linear(features, num_classes))")],
            named=[("    " + NAMED_HEAD + "\n", ""),
                   ("return model", "body = [m for n, m in model.named_children() if n != 'fc']\n"
                    "    return nn.Sequential(*body, nn.Flatten(), head)")],
            copy=[("    " + COPY_HEAD + "\n", ""),
                  ("return other", "return nn.Sequential(*list(other.children())[:-1], "
                   "nn.Flatten(), nn.Linear(old.in_features, num_classes))")],
        ),
    ),
    Mistake(
        "dropout-added",
        "A dropout stands in the new head.",
        "It may help where pictures are few, but asked for is one linear layer under that name.",
        "13 §5",
        "What is the type of fc after your function?",
        _pairs(
            plain=(PLAIN_HEAD, "model.fc = nn.Sequential(nn.Dropout(), "
                               "nn.Linear(features, num_classes))"),
            named=(NAMED_HEAD, 'setattr(model, "fc", nn.Sequential(nn.Dropout(0.2), head))'),
            copy=(COPY_HEAD, "other.fc = nn.Sequential(nn.Dropout(0.5), "
                             "nn.Linear(old.in_features, num_classes))"),
        ),
    ),
    Mistake(
        "in-a-chain-of-its-own",
        "The new linear layer is put into a chain, though it is the only one.",
        "Its entries are called fc.0.weight and fc.0.bias then, and no checkpoint has those.",
        "13 §5",
        "What is fc of a ResNet when it is printed?",
        _pairs(
            plain=(PLAIN_HEAD, "model.fc = nn.Sequential(nn.Linear(features, num_classes))"),
            named=(NAMED_HEAD, 'setattr(model, "fc", nn.Sequential(head))'),
            copy=(COPY_HEAD, "other.fc = nn.Sequential(type(old)(old.in_features, num_classes))"),
        ),
    ),
    Mistake(
        "another-attribute",
        "The new head is put under a name that forward does not use.",
        "The network goes on calling fc, and the new layer is never computed.",
        "13 §5",
        "Which name does the forward of a ResNet call last?",
        _pairs(
            plain=("model.fc = nn", "model.head = nn"), named=('"fc", head', '"head", head'),
            copy=("other.fc = type", "other.head = type"),
        ),
    ),
    Mistake(
        "old-head-still-there",
        "The head is still the old one: nothing was put in its place.",
        "A layer that is made, and not assigned to the model, is never computed.",
        "13 §5",
        "Which line of your function changes what fc is?",
        _pairs(
            plain=("model.fc = nn", "head = nn"), named=("    " + NAMED_HEAD + "\n", ""),
            copy=("    " + COPY_HEAD + "\n", ""),
        ),
    ),
    Mistake(
        "old-weight-in-a-new-layer",
        "The new layer is given the weight of the old one, and keeps a bias of its own.",
        "The old weight has one row for each of the old classes, so the two do not fit together.",
        "13 §5",
        "How many rows has the weight of fc after your function, and how many numbers its bias?",
        _pairs(
            plain=(PLAIN_HEAD, "new = nn.Linear(features, num_classes)\n"
                   "    new.weight = model.fc.weight\n    model.fc = new"),
            named=("    " + NAMED_HEAD,
                   "    head.weight.data = model.fc.weight.data\n    " + NAMED_HEAD),
            copy=(COPY_HEAD, COPY_HEAD + "\n    other.fc.weight = nn.Parameter(old.weight + 0)"),
        ),
    ),
    Mistake(
        "old-weight-and-bias-in-a-new-layer",
        "The new layer is given both the weight and the bias of the old one.",
        "They have one row and one number for each of the old classes, and are what is computed.",
        "13 §5",
        "How many scores come out of your new layer, and which tensor decides that?",
        _pairs(
            plain=(PLAIN_HEAD, "new = nn.Linear(features, num_classes)\n"
                   "    new.weight, new.bias = model.fc.weight, model.fc.bias\n"
                   "    model.fc = new"),
            named=("    " + NAMED_HEAD,
                   "    for name, tensor in model.fc.named_parameters():\n"
                   "        setattr(head, name, tensor)\n    " + NAMED_HEAD),
            copy=(COPY_HEAD, COPY_HEAD + "\n    other.fc.weight.data = old.weight.data\n"
                  "    other.fc.bias.data = old.bias.data"),
        ),
    ),
    Mistake(
        "bias-of-the-old-head",
        "The head has a weight for the new classes, and its bias is still the old one.",
        "A bias has one number for each class, as the weight has one row.",
        "13 §5",
        "Which tensors does a linear layer hold, and what shape has each after your function?",
        _pairs(
            plain=(PLAIN_HEAD, "model.fc.out_features = num_classes\n"
                   "    model.fc.weight = nn.Parameter(torch.randn(num_classes, features))"),
            named=("    " + NAMED_HEAD,
                   "    head.bias = nn.Parameter(model.fc.bias.detach())\n    " + NAMED_HEAD),
            copy=(COPY_HEAD, "old.out_features = num_classes\n    old.weight.data = "
                  "torch.zeros(num_classes, old.in_features)"),
        ),
    ),
    Mistake(
        "only-the-number-changed",
        "Only the attribute out_features of the old head is changed.",
        "That changes what is printed; the weights are the same as before.",
        "13 §5",
        "What shape has the weight of fc after your function?",
        _pairs(
            plain=(PLAIN_HEAD, "model.fc.out_features = num_classes"),
            named=("    head = nn.Linear(in_features=width, out_features=num_classes, bias=True)\n"
                   "    " + NAMED_HEAD,
                   '    setattr(model.fc, "out_features", num_classes)'),
            copy=(COPY_HEAD, "old.out_features = num_classes"),
        ),
    ),
    Mistake(
        "width-fixed",
        "The number of features is written down, as that of one particular network.",
        "It is 512 in ResNet-18 and 2048 in ResNet-50; the old head knows it.",
        "13 §5",
        "Where can your function read how many features come in?",
        _pairs(
            plain=("nn.Linear(features", "nn.Linear(512"),
            named=("in_features=width", "in_features=512"),
            copy=("(old.in_features", "(512"),
        ),
    ),
    Mistake(
        "width-of-the-scores",
        "The new head is made for as many inputs as the old one had outputs.",
        "It stands in the old head's place, so it gets what the old head got.",
        "13 §5",
        "What comes into the head, and what goes out of it?",
        _pairs(
            plain=("model.fc.in_features", "model.fc.out_features"), named=("shape[1]", "shape[0]"),
            copy=("old.in_features", "old.out_features"),
        ),
    ),
    Mistake(
        "in-and-out-swapped",
        "Inputs and outputs of the new head have changed places.",
        "A linear layer is made from the number that comes in and then the number that goes out.",
        "13 §5",
        "Which of the two numbers does nn.Linear take first?",
        _pairs(
            plain=("(features, num_classes)\n    return", "(num_classes, features)\n    return"),
            named=("in_features=width, out_features=num_classes",
                   "in_features=num_classes, out_features=width"),
            copy=("(old.in_features, num_classes)", "(num_classes, old.in_features)"),
        ),
    ),
    Mistake(
        "no-bias",
        "The new head has no bias.",
        "No norm follows it, so nothing else can make one class likelier than another from the "
        "start.",
        "07 §5",
        "Which layers of a ResNet have a bias, and why this one?",
        _pairs(
            plain=("num_classes)\n    return", "num_classes, bias=False)\n    return"),
            named=("bias=True", "bias=False"),
            copy=("in_features, num_classes)", "in_features, num_classes, bias=False)"),
        ),
    ),
    Mistake(
        "softmax-added",
        "A softmax stands behind the new head.",
        "The loss takes scores and does that itself; twice makes the network learn slowly.",
        "07 §5",
        "What does cross entropy expect, scores or probabilities?",
        _pairs(
            plain=(PLAIN_HEAD,
                   "model.fc = nn.Sequential(nn.Linear(features, num_classes), nn.Softmax(dim=1))"),
            named=(NAMED_HEAD, 'setattr(model, "fc", nn.Sequential(head, nn.Softmax(dim=1)))'),
            copy=(COPY_HEAD,
                  "other.fc = nn.Sequential(nn.Linear(old.in_features, num_classes), nn.Softmax("
                  "dim=1))"),
        ),
    ),
    Mistake(
        "hidden-layer-added",
        "The new head has a hidden layer.",
        "Asked for is one linear layer, as in the network that it replaces.",
        "13 §5",
        "How many layers has the head of a ResNet?",
        _pairs(
            plain=(PLAIN_HEAD,
                   "model.fc = nn.Sequential(nn.Linear(features, features), nn.ReLU(), nn.Linear("
                   "features, num_classes))"),
            named=(NAMED_HEAD,
                   'setattr(model, "fc", nn.Sequential(nn.Linear(width, width), nn.ReLU(), head))'),
            copy=(COPY_HEAD,
                  "other.fc = nn.Sequential(nn.Linear(old.in_features, old.in_features), "
                  "nn.ReLU(), "
                  "nn.Linear(old.in_features, num_classes))"),
        ),
    ),
    Mistake(
        "classes-fixed",
        "The number of classes is written down, and the argument is not used.",
        "The next task has another number of classes.",
        "13 §5",
        "Where in your function does num_classes occur?",
        _pairs(
            plain=("(features, num_classes)\n    return", "(features, 10)\n    return"),
            named=("out_features=num_classes", "out_features=10"),
            copy=("in_features, num_classes)", "in_features, 10)"),
        ),
    ),
    Mistake(
        "one-class-too-many",
        "The new head has one class too many.",
        "Detectors have an extra class for the background; a classifier has not.",
        "13 §5",
        "How many scores does an image get from your head?",
        _pairs(
            plain=("(features, num_classes)\n    return",
                   "(features, num_classes + 1)\n    return"),
            named=("out_features=num_classes", "out_features=num_classes + 1"),
            copy=("in_features, num_classes)", "in_features, num_classes + 1)"),
        ),
    ),
    Mistake(
        "old-rows-kept",
        "The new head is a piece of the old one.",
        "The old classes are others, and where more are wanted there are no rows to take.",
        "13 §5",
        "What should the new weights have to do with the old classes?",
        _pairs(
            plain=(PLAIN_HEAD,
                   "model.fc.weight = nn.Parameter(model.fc.weight[:num_classes].detach())\n"
                   "    model.fc.bias = nn.Parameter(model.fc.bias[:num_classes].detach())"),
            named=(NAMED_HEAD,
                   "head = model.fc\n    head.weight = nn.Parameter(head.weight."
                   "data[:num_classes])\n"
                   "    head.bias = nn.Parameter(head.bias.data[:num_classes])"),
            copy=(COPY_HEAD, "old.weight.data = old.weight.data[:num_classes]\n"
                  "    old.bias.data = old.bias.data[:num_classes]"),
        ),
    ),
    Mistake(
        "backbone-frozen",
        "The backbone is frozen as well.",
        "That is another decision: here only the head is replaced.",
        "13 §6",
        "Which of the lines of your function does not deal with the head?",
        _pairs(
            plain=("    features =", "    model.requires_grad_(False)\n    features ="),
            named=("    width =",
                   "    for p in model.parameters():\n"
                   "        p.requires_grad = False\n    width ="),
            copy=("    old = other.fc", "    old = other.requires_grad_(False).fc"),
        ),
    ),
    Mistake(
        "new-head-frozen",
        "The new head is frozen.",
        "It has random weights; if it cannot learn, nothing is gained.",
        "13 §6",
        "Which part must learn after the head has been replaced?",
        _pairs(
            plain=("    return model", "    model.fc.requires_grad_(False)\n    return model"),
            named=("bias=True)", "bias=True).requires_grad_(False)"),
            copy=("    return other",
                  "    for p in other.fc.parameters():\n        p.requires_grad = False\n    "
                  "return other"),
        ),
    ),
    Mistake(
        "backbone-drawn-anew",
        "The weights of the backbone are drawn anew.",
        "They are what was trained, and the reason to keep the network.",
        "13 §5",
        "What is left of the training after your function?",
        _pairs(
            plain=("    return model",
                   "    for m in model.modules():\n        if hasattr(m, 'reset_parameters'):\n"
                   "            m.reset_parameters()\n    return model"),
            named=("    return model",
                   "    for m in model.modules():\n        if isinstance(m, (nn.Conv2d, "
                   "nn.BatchNorm2d)):\n"
                   "            m.reset_parameters()\n    return model"),
            copy=("    return other",
                  "    other.apply(lambda m: getattr(m, 'reset_parameters', int)())\n    return "
                  "other"),
        ),
    ),
    Mistake(
        "weights-never-set",
        "The new head has weights that were never set to a number.",
        "Memory that is only reserved holds what was left there: huge numbers, or nan, and no "
        "training brings them back.",
        "13 §5",
        "From which line do the weights of your head have their first values?",
        _pairs(
            plain=("    return model", "    model.fc.weight = nn.Parameter(torch.empty(num_classes,"
                   " features))\n    return model"),
            named=("bias=True)", "bias=True)\n    nn.init.constant_(head.weight, float('nan'))"),
            copy=(COPY_HEAD, "other.fc = nn.utils.skip_init(type(old), old.in_features, "
                  "num_classes)"),
        ),
    ),
    Mistake(
        "put-in-training-mode",
        "The model is put into training mode.",
        "It came in evaluation mode, and its norms would use the batch from now on.",
        "03 §2",
        "Which of your lines speaks of a mode, and who asked for it?",
        _pairs(
            plain=("    return model", "    model.train()\n    return model"),
            named=("return model", "return model.train(True)"),
            copy=("return other", "return other.train()"),
        ),
    ),
    Mistake(
        "put-in-evaluation-mode",
        "The model is put into evaluation mode.",
        "The mode is the caller's choice, and training was perhaps about to go on.",
        "03 §2",
        "In which mode was the model when it came in?",
        _pairs(
            plain=("    return model", "    model.eval()\n    return model"),
            named=("return model", "return model.eval()"),
            copy=("return other", "return other.eval()"),
        ),
    ),
    Mistake(
        "only-the-head-returned",
        "Only the new head is returned.",
        "Asked for is the model with the new head in it.",
        "13 §5",
        "What does the caller want to feed with images?",
        _pairs(
            plain=("return model", "return model.fc"), named=("return model", "return head"),
            copy=("return other", "return other.fc"),
        ),
    ),
    _returns_nothing("13 §5", plain=("    return model\n", ""), named=("    return model\n", ""),
                     copy=[("other = copy.deepcopy(model)", "other = model"),
                           ("    return other\n", "")]),
)


def plan_head(rng: random.Random) -> Plan:
    """More classes, fewer, another mode, and a head without a bias."""
    few, many = rng.choice([2, 3]), rng.choice([7, 9, 11])
    partly, told = _partly(rng)
    return _plan(
        {"use": "head", "new_classes": many,
         "words": f"replace_head(model, {many}), 5 classes before"},
        {"use": "head", "new_classes": few, "training": True,
         "words": f"replace_head(model, {few}), 5 classes before, in training mode"},
        {"use": "head", "new_classes": 8, "classes": 10, **partly,
         "words": f"replace_head(model, 8), 10 classes before, {told}"},
        {"use": "bare head", "new_classes": few + many,
         "words": f"replace_head(model, {few + many}), 5 classes before, the head has no bias"},
    )  # fmt: skip


# A frozen backbone.

FREEZE_PLAIN = '''
def freeze_backbone(model):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith("fc.")
    model.eval()
    model.fc.train()
    return model
'''

FREEZE_NORMS = '''
def freeze_backbone(model):
    model.requires_grad_(False)
    model.fc.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    return model
'''

FREEZE_CHILDREN = '''
def freeze_backbone(model):
    for name, child in model.named_children():
        if name != "fc":
            child.train(False)
            for p in child.parameters():
                p.requires_grad_(False)
    return model
'''

# Correct as well, in still other ways; no mistake is made in these.
FREEZE_CLASS = '''
def freeze_backbone(model):
    class Frozen(type(model)):
        def train(self, mode=True):
            super().train(False)
            self.fc.train(mode)
            return self

    model.__class__ = Frozen
    head = set(model.fc.parameters())
    for p in model.parameters():
        p.requires_grad = p in head
    return model.train()
'''

FREEZE_COPY = '''
import copy


def freeze_backbone(model):
    frozen = copy.deepcopy(model).requires_grad_(False).eval()
    frozen.fc.requires_grad_()
    return frozen
'''

FREEZE_LOOP = """    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith("fc.")
"""
FREEZE_BOTH = "    model.requires_grad_(False)\n    model.fc.requires_grad_(True)\n"
FREEZE_CHILD = """            for p in child.parameters():
                p.requires_grad_(False)
"""
CALM_NORMS = """    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
"""

FREEZE = (
    Mistake(
        "head-frozen-too",
        "The head is frozen with the rest.",
        "Then nothing can learn, and the first backward stops with an error.",
        "13 §6",
        "Which parameters still ask for a gradient after your function?",
        _pairs(
            plain=('name.startswith("fc.")', "False"),
            norms=("    model.fc.requires_grad_(True)\n", ""),
            children=[('        if name != "fc":\n', "        if True:\n")],
        ),
    ),
    Mistake(
        "head-released-on-the-layer",
        "The head stays frozen: requires_grad is set on the layer fc, not on its parameters.",
        "A layer takes an attribute of any name, and hands nothing on to its weights.",
        "13 §6",
        "Which objects of the head ask for a gradient, the layer or its two tensors?",
        _pairs(
            plain=(FREEZE_LOOP, "    for parameter in model.parameters():\n"
                   "        parameter.requires_grad = False\n"
                   "    model.fc.requires_grad = True\n"),
            norms=("model.fc.requires_grad_(True)", "model.fc.requires_grad = True"),
            children=[('        if name != "fc":\n', "        if True:\n"),
                      ("    return model", "    model.fc.requires_grad = True\n    return model")],
        ),
    ),
    Mistake(
        "head-bias-frozen",
        "Only the weight of the head learns; its bias stays frozen.",
        "It has two parameters, and both were drawn for other classes.",
        "13 §6",
        "Which parameters does a linear layer have?",
        _pairs(
            plain=('name.startswith("fc.")', 'name == "fc.weight"'),
            norms=("model.fc.requires_grad_(True)", "model.fc.weight.requires_grad = True"),
            children=("    return model",
                      "    model.fc.bias.requires_grad_(False)\n    return model"),
        ),
    ),
    Mistake(
        "fc-anywhere",
        "All that has fc in its name learns, a layer of that name inside the backbone too.",
        "Blocks may hold small parts of their own, and call one of them fc.",
        "13 §6",
        "Where in a parameter's name does fc stand when it is the head's?",
        _pairs(
            plain=('name.startswith("fc.")', '"fc" in name'),
            norms=(FREEZE_BOTH, "    for n, p in model.named_parameters():\n"
                   '        if "fc." not in n:\n            p.requires_grad = False\n'),
            children=[("for p in child.parameters()", "for n, p in child.named_parameters()"),
                      ("p.requires_grad_(False)", 'p.requires_grad_("fc" in n)')],
        ),
    ),
    Mistake(
        "linear-layers-learn",
        "All linear layers learn, those inside the backbone too.",
        "The head is one of them, and known by its name, not by its kind.",
        "13 §6",
        "Which layers does your condition choose in a network whose blocks hold linear layers?",
        _pairs(
            plain=(FREEZE_LOOP, "    for module in model.modules():\n"
                   "        for parameter in module.parameters(recurse=False):\n"
                   "            parameter.requires_grad = isinstance(module, nn.Linear)\n"),
            norms=("    model.fc.requires_grad_(True)\n",
                   "    for m in model.modules():\n        if isinstance(m, nn.Linear):\n"
                   "            m.requires_grad_(True)\n"),
            children=("                p.requires_grad_(False)\n",
                      "                p.requires_grad_(False)\n"
                      "            for m in child.modules():\n"
                      "                m.requires_grad_(type(m) is nn.Linear)\n"),
        ),
    ),
    Mistake(
        "first-round-only",
        "Only the first parameters are frozen: the function ends in the first round of its loop.",
        "Whatever is set in as far as the loop's body runs in each round, a return too.",
        "13 §6",
        "With which line does your return stand on one height?",
        _pairs(
            plain=[(FREEZE_LOOP, "    model.eval()\n" + FREEZE_LOOP),
                   ("    model.eval()\n    model.fc.train()\n    return", "        return")],
            norms=(FREEZE_BOTH + CALM_NORMS, "    model.train(False)\n"
                   "    for p in model.parameters():\n        p.requires_grad = False\n"
                   "        return model\n"),
            children=("    for name, child in model.named_children():\n",
                      "    model.eval()\n    for name, child in model.named_children():\n"
                      "        child.requires_grad_(False)\n        return model\n"),
        ),
    ),
    Mistake(
        "only-the-head-returned",
        "Only the head is returned.",
        "Asked for is the whole model: the frozen part has to compute what the head reads.",
        "13 §6",
        "What does the caller want to train with images?",
        _pairs(
            plain=("return model", "return model.fc"), norms=("return model", "return model.fc"),
            children=("return model", "return model.fc"),
        ),
    ),
    Mistake(
        "method-overwritten",
        "The method requires_grad_ is overwritten, not called.",
        "The parameter gets an attribute of that name, and goes on learning.",
        "13 §6",
        "What is the difference between the attribute and the method with the underscore?",
        _pairs(
            plain=(FREEZE_LOOP, "    for name, parameter in model.named_parameters():\n"
                   '        if not name.startswith("fc."):\n            parameter.requires_grad_ '
                   '= False\n'),
            norms=(FREEZE_BOTH,
                   "    for n, p in model.named_parameters():\n        if n[:3] != 'fc.':\n"
                   "            p.requires_grad_ = False\n"),
            children=("p.requires_grad_(False)", "p.requires_grad_ = False"),
        ),
    ),
    Mistake(
        "set-on-layers",
        "requires_grad is set on layers, not on their parameters.",
        "A layer takes any attribute and does not pass it on; only parameters ask it of "
        "themselves.",
        "13 §6",
        "Who reads an attribute requires_grad of a convolution layer?",
        _pairs(
            plain=(FREEZE_LOOP, "    for name, child in model.named_children():\n"
                   '        child.requires_grad = name == "fc"\n'),
            norms=(FREEZE_BOTH,
                   "    model.requires_grad = False\n    model.fc.requires_grad = True\n"),
            children=(FREEZE_CHILD, "            child.requires_grad = False\n"),
        ),
    ),
    Mistake(
        "nothing-frozen",
        "No parameter of the backbone is frozen.",
        "Evaluation mode stops the statistics of the norms, not the gradients; neither a "
        "comparison with == nor an attribute of another name does.",
        "13 §6",
        "What switches gradients off, and what switches the statistics off?",
        _pairs(
            plain=(FREEZE_LOOP, ""), norms=(FREEZE_BOTH, ""), children=(FREEZE_CHILD, ""),
        ),
    ),
    Mistake(
        "nothing-done",
        "All parameters of the backbone learn, and its norms stay in training mode.",
        "So it came. A comparison with == changes nothing, and an attribute of another name is "
        "read by nobody.",
        "13 §6",
        "Which of your lines changes a parameter or a mode, and how could you see that it does?",
        _pairs(
            plain=(FREEZE_LOOP + "    model.eval()\n    model.fc.train()\n", ""),
            norms=(FREEZE_BOTH + CALM_NORMS, ""),
            children=("            child.train(False)\n" + FREEZE_CHILD, "            continue\n"),
        ),
    ),
    Mistake(
        "statistics-still-move",
        "The norms of the backbone are left in training mode.",
        "Their statistics are buffers, and move with every batch, whether gradients are on or off.",
        "13 §6",
        "What do the running means do while your model trains its head?",
        _pairs(
            plain=("    model.eval()\n    model.fc.train()\n", ""), norms=(CALM_NORMS, ""),
            children=("            child.train(False)\n", ""),
        ),
    ),
    Mistake(
        "inner-norms-forgotten",
        "Only the norm of the stem is put into evaluation mode, not those inside the stages.",
        "Most norms of a ResNet lie in blocks, several levels down.",
        "13 §6",
        "How does one reach all modules of a model, and not the outermost only?",
        _pairs(
            plain=("    model.eval()\n    model.fc.train()\n", "    model.bn1.eval()\n"),
            norms=("in model.modules()", "in model.children()"),
            children=("            child.train(False)\n",
                      "            if isinstance(child, nn.BatchNorm2d):\n                child."
                      "eval()\n"),
        ),
    ),
    Mistake(
        "norms-found-by-bn",
        "Norms whose name has no bn stay in training mode.",
        "A name says what somebody called a layer, and not what kind of layer it is.",
        "13 §6",
        "What is the norm of a projection called in a ResNet?",
        _pairs(
            plain=("    model.eval()\n    model.fc.train()\n",
                   "    for name, module in model.named_modules():\n"
                   "        if 'bn' in name:\n            module.eval()\n"),
            norms=[("for module in model.modules()", "for n, module in model.named_modules()"),
                   ("isinstance(module, nn.BatchNorm2d)", "n.split('.')[-1].startswith('bn')")],
            children=("            child.train(False)\n",
                      "            for n, m in model.named_modules():\n"
                      "                if n.endswith('bn1'):\n"
                      "                    m.train(False)\n"),
        ),
    ),
    Mistake(
        "only-norms-frozen",
        "Only the norms are frozen; the convolutions go on learning.",
        "They hold nearly all the weights that were trained.",
        "13 §6",
        "Which layers of the backbone does your condition leave out?",
        _pairs(
            plain=('name.startswith("fc.")', 'parameter.dim() > 1 or name.startswith("fc.")'),
            norms=[(FREEZE_BOTH, ""),
                   ("            module.eval()",
                    "            module.eval().requires_grad_(False)")],
            children=("p.requires_grad_(False)", "p.requires_grad_(p.dim() > 1)"),
        ),
    ),
    Mistake(
        "only-the-stages-frozen",
        "Only the stages are frozen; the stem goes on learning.",
        "All that follows was trained for the stem as it was.",
        "13 §6",
        "Which names before fc do not begin with layer?",
        _pairs(
            plain=('name.startswith("fc.")', 'not name.startswith("layer")'),
            norms=(FREEZE_BOTH, "    for n, p in model.named_parameters():\n"
                   '        p.requires_grad = not n.startswith("layer")\n'),
            children=("p.requires_grad_(False)", 'p.requires_grad_(not name.startswith("layer"))'),
        ),
    ),
    Mistake(
        "last-stage-learns",
        "The last stage goes on learning with the head.",
        "That is fine-tuning, the next step; here the whole backbone is to stay.",
        "13 §6",
        "Which parts stand before the head, and which of them does your condition leave out?",
        _pairs(
            plain=('name.startswith("fc.")', 'name.startswith(("fc.", "layer4."))'),
            norms=("    model.fc.requires_grad_(True)\n", "    model.fc.requires_grad_(True)\n"
                   "    model.layer4.requires_grad_(True)\n"),
            children=("p.requires_grad_(False)", 'p.requires_grad_(name == "layer4")'),
        ),
    ),
    Mistake(
        "norms-still-learn",
        "The weights and biases of the norms are not frozen.",
        "They are parameters like those of the convolutions, and belong to the backbone.",
        "13 §6",
        "Which kinds of layers in the backbone have parameters?",
        _pairs(
            plain=('name.startswith("fc.")', 'parameter.dim() == 1 or name.startswith("fc.")'),
            norms=("            module.eval()", "            module.eval().requires_grad_(True)"),
            children=("p.requires_grad_(False)", "p.requires_grad_(p.dim() == 1)"),
        ),
    ),
    Mistake(
        "biases-still-learn",
        "Only what is called weight is frozen; the biases of the norms go on learning.",
        "A bias shifts its channel, and the backbone is no longer the one that was trained.",
        "13 §6",
        "Which names end differently from those that you freeze?",
        _pairs(
            plain=('name.startswith("fc.")', 'name.startswith("fc.") or name.endswith("bias")'),
            norms=("    model.requires_grad_(False)\n",
                   "    for n, p in model.named_parameters():\n"
                   '        p.requires_grad = not n.endswith("weight")\n'),
            children=[("for p in child.parameters()", "for n, p in child.named_parameters()"),
                      ("p.requires_grad_(False)", 'p.requires_grad_(n.endswith("bias"))')],
        ),
    ),
    Mistake(
        "the-other-way-round",
        "The head is frozen, and the backbone learns.",
        "The random part stays random, and the trained one is lost.",
        "13 §6",
        "Which of the two parts has been trained already?",
        _pairs(
            plain=("= name.startswith", "= not name.startswith"),
            norms=[("model.requires_grad_(False)", "model.requires_grad_(True)"),
                   ("model.fc.requires_grad_(True)", "model.fc.requires_grad_(False)")],
            children=[(FREEZE_CHILD, "        else:\n            child.requires_grad_(False)\n")],
        ),
    ),
    Mistake(
        "only-the-stem-frozen",
        "Only the first layers are frozen, not the stages.",
        "Nearly all parameters of the backbone lie in its stages.",
        "13 §6",
        "Go through the names: which parts stand between conv1 and fc?",
        _pairs(
            plain=('name.startswith("fc.")', 'name.startswith(("fc.", "layer"))'),
            norms=("    model.requires_grad_(False)\n",
                   "    model.conv1.requires_grad_(False)\n    model.bn1.requires_grad_(False)\n"),
            children=("p.requires_grad_(False)", 'p.requires_grad_(name.startswith("layer"))'),
        ),
    ),
    Mistake(
        "statistics-not-used",
        "The norms no longer track statistics, but still use those of the batch.",
        "Nothing moves, and yet the frozen part answers differently for each batch.",
        "13 §6",
        "Which statistics does a norm use in training mode?",
        _pairs(
            plain=("    model.eval()\n    model.fc.train()\n",
                   "    for m in model.modules():\n        if isinstance(m, nn.BatchNorm2d):\n"
                   "            m.track_running_stats = False\n"),
            norms=("            module.eval()", "            module.track_running_stats = False"),
            children=("            child.train(False)\n",
                      "            for m in child.modules():\n                m."
                      "track_running_stats = False\n"),
        ),
    ),
    Mistake(
        "momentum-zero",
        "The momentum of the norms is 0, and they stay in training mode.",
        "The running means stay, but it is the batch that the values are normalised with.",
        "03 §2",
        "Does the momentum decide which statistics are used, or only how they are noted?",
        _pairs(
            plain=("    model.eval()\n    model.fc.train()\n",
                   "    for m in model.modules():\n        if isinstance(m, nn.BatchNorm2d):\n"
                   "            m.momentum = 0.0\n"),
            norms=("            module.eval()", "            module.momentum = 0.0"),
            children=("            child.train(False)\n",
                      "            for m in child.modules():\n                m.momentum = 0.0\n"),
        ),
    ),
    Mistake(
        "forward-without-gradients",
        "The whole forward runs without gradients.",
        "The head is computed in it too, and gets none either.",
        "13 §6",
        "Which part of the forward must record gradients?",
        _pairs(
            plain=("    return model",
                   "    model.forward = torch.no_grad()(model.forward)\n    return model"),
            norms=("    return model",
                   "    model.forward = torch.no_grad()(model.forward)\n    return model"),
            children=("    return model",
                      "    run = model.forward\n\n    def forward(x):\n        with torch."
                      "no_grad():\n"
                      "            return run(x)\n\n    model.forward = forward\n    return model"),
        ),
    ),
    Mistake(
        "head-replaced",
        "The head is replaced by a new one.",
        "Asked for is only which parts learn; the head may have been trained already.",
        "13 §6",
        "Which weights should differ after a function that only freezes?",
        _pairs(
            plain=("    return model",
                   "    model.fc = nn.Linear(model.fc.in_features, model.fc.out_features)\n    "
                   "return model"),
            norms=("    model.fc.requires_grad_(True)\n",
                   "    model.fc = nn.Linear(*model.fc.weight.T.shape)\n"),
            children=("    return model", "    model.fc.reset_parameters()\n    return model"),
        ),
    ),
    Mistake(
        "statistics-reset",
        "The running statistics are reset.",
        "They belong to the trained backbone: with mean 0 and variance 1 its features are others.",
        "03 §2",
        "What does a norm in evaluation mode need its notes for?",
        _pairs(
            plain=("    model.eval()\n", "    model.eval()\n    for m in model.modules():\n"
                   "        if isinstance(m, nn.BatchNorm2d):\n            m."
                   "reset_running_stats()\n"),
            norms=("            module.eval()",
                   "            module.eval()\n            module.reset_running_stats()"),
            children=("    return model",
                      "    for m in model.modules():\n        if hasattr(m, 'running_mean'):\n"
                      "            m.reset_running_stats()\n    return model"),
        ),
    ),
    _returns_nothing("13 §6", plain=("    return model\n", ""), norms=("    return model\n", ""),
                     children=("    return model\n", "")),
)


def plan_freeze(rng: random.Random) -> Plan:
    """A model in training mode, without and with a bias in the stem."""
    classes = rng.choice([4, 5, 6])
    call = "freeze_backbone(model), then one step of training"
    return _plan(
        {"use": "freeze", "classes": classes, "words": f"{call}, {classes} classes"},
        {"use": "freeze", "classes": 3, "bias": True, "words": f"{call}, a stem with a bias"},
        {"use": "freeze", "gate": True,
         "words": f"{call}, a layer inside layer2 is called fc, too"},
    )


# One channel.

GRAY_PLAIN = '''
def to_grayscale(model):
    old = model.conv1
    new = nn.Conv2d(1, old.out_channels, old.kernel_size, old.stride, old.padding, old.dilation,
                    bias=old.bias is not None, padding_mode=old.padding_mode)
    with torch.no_grad():
        new.weight.copy_(old.weight.sum(1, keepdim=True))
        if old.bias is not None:
            new.bias.copy_(old.bias)
    model.conv1 = new
    return model
'''

GRAY_INSIDE = '''
def to_grayscale(model):
    stem = model.conv1
    red, green, blue = stem.weight.detach().unbind(1)
    total = red + green + blue
    stem.weight = nn.Parameter(total[:, None])
    stem.in_channels = 1
    return model
'''

GRAY_COPY = '''
import copy


def to_grayscale(model):
    gray = copy.deepcopy(model)
    rgb = gray.conv1
    options = dict(kernel_size=rgb.kernel_size, stride=rgb.stride, padding=rgb.padding, bias=False)
    options.update(dilation=rgb.dilation, padding_mode=rgb.padding_mode)
    gray.conv1 = nn.Conv2d(1, rgb.out_channels, **options)
    gray.conv1.weight.data = torch.einsum("oihw->ohw", rgb.weight.data).unsqueeze(1)
    gray.conv1.bias = rgb.bias
    return gray
'''

# Correct as well, in still other ways; no mistake is made in these.
GRAY_STATE = '''
def to_grayscale(model):
    old = model.conv1
    state = old.state_dict()
    state["weight"] = state["weight"].mean(dim=1, keepdim=True) * 3
    new = type(old)(1, old.out_channels, old.kernel_size, stride=old.stride, padding=old.padding,
                    dilation=old.dilation, bias="bias" in state, padding_mode=old.padding_mode)
    new.load_state_dict(state)
    model.add_module("conv1", new)
    return model
'''

GRAY_PRODUCT = '''
def to_grayscale(model):
    weight = model.conv1.weight
    ones = torch.ones(1, weight.shape[1], 1, 1)
    weight.data = (weight.data * ones).sum(1, keepdim=True)
    model.conv1.in_channels = 1
    return model
'''

REPEATING = """    {name}.register_forward_pre_hook(
        lambda module, given: (given[0].repeat(1, 3, 1, 1),))
"""
GRAY_PLAIN_BODY = GRAY_PLAIN[GRAY_PLAIN.index("    new ="):GRAY_PLAIN.index("    return model")]
GRAY_INSIDE_BODY = GRAY_INSIDE[GRAY_INSIDE.index("    red,"):GRAY_INSIDE.index("    return model")]
GRAY_COPY_BODY = GRAY_COPY[GRAY_COPY.index("    options"):GRAY_COPY.index("    return gray")]
PLAIN_COPIED = GRAY_PLAIN[GRAY_PLAIN.index("    with torch"):GRAY_PLAIN.index("    model.conv1 =")]
PLAIN_SUM, INSIDE_SUM = "old.weight.sum(1, keepdim=True)", "red + green + blue"
COPY_SUM = 'torch.einsum("oihw->ohw", rgb.weight.data).unsqueeze(1)'

GRAY = (
    Mistake(
        "mean-over-the-colours",
        "The weights are averaged over the three channels, not added.",
        "For (g, g, g) the three products are added, so the mean is too small by a factor of "
        "three.",
        "13 §7",
        "What does the RGB stem give for (1, 1, 1), and what does yours give for 1?",
        _pairs(
            plain=(PLAIN_SUM, "old.weight.mean(1, keepdim=True)"),
            inside=(INSIDE_SUM, "(red + green + blue) / 3"),
            copy=(COPY_SUM, "rgb.weight.data.mean(1, keepdim=True)"),
        ),
    ),
    Mistake(
        "drawn-anew",
        "The new convolution has random weights.",
        "What the stem has learned is lost, and all later layers were trained for its answers.",
        "13 §7",
        "Where do the weights of your new stem come from?",
        _pairs(
            plain=("        new.weight.copy_(old.weight.sum(1, keepdim=True))\n", ""),
            inside=("total = red + green + blue", "total = torch.randn_like(red)"),
            copy=("    gray.conv1.weight.data = " + COPY_SUM + "\n", ""),
        ),
    ),
    Mistake(
        "first-channel-only",
        "Only the weights for red are kept.",
        "For (g, g, g) green and blue are added too.",
        "13 §7",
        "Which of the three kernels of a filter does a gray image meet in the RGB stem?",
        _pairs(
            plain=(PLAIN_SUM, "old.weight[:, :1]"), inside=(INSIDE_SUM, "red"),
            copy=(COPY_SUM, "rgb.weight.data[:, :1].clone()"),
        ),
    ),
    Mistake(
        "brightness-weights",
        "The channels are weighted as in a conversion of a photo to gray.",
        "Those factors turn colours into a gray; here the gray is given, and stands in all three.",
        "13 §7",
        "Which three numbers come in when a gray image is shown to the RGB stem?",
        _pairs(
            plain=(PLAIN_SUM,
                   "(old.weight * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, "
                   "keepdim=True)"),
            inside=(INSIDE_SUM, "0.299 * red + 0.587 * green + 0.114 * blue"),
            copy=(COPY_SUM,
                  'torch.einsum("oihw,i->ohw", rgb.weight.data, torch.tensor([0.299, 0.587, '
                  '0.114])).unsqueeze(1)'),
        ),
    ),
    Mistake(
        "largest-weight",
        "Of the three channels the largest weight is kept.",
        "A convolution adds what its channels give; it does not choose.",
        "02 §4",
        "How does a filter put three channels together?",
        _pairs(
            plain=(PLAIN_SUM, "old.weight.amax(1, keepdim=True)"),
            inside=(INSIDE_SUM, "torch.maximum(red, torch.maximum(green, blue))"),
            copy=(COPY_SUM, "rgb.weight.data.max(1, keepdim=True).values"),
        ),
    ),
    Mistake(
        "image-repeated",
        "The stem still takes three channels; the image is repeated before it.",
        "The values are right, at three times the work, and the stem has not become one for gray "
        "images.",
        "13 §7",
        "How many channels does your conv1 read?",
        _pairs(
            plain=(GRAY_PLAIN_BODY, REPEATING.format(name="old")),
            inside=(GRAY_INSIDE_BODY, REPEATING.format(name="stem")),
            copy=(GRAY_COPY_BODY, REPEATING.format(name="rgb")),
        ),
    ),
    Mistake(
        "layer-in-front",
        "A layer that makes three channels of one is put in front of the old stem.",
        "The stem itself stays as it was, and a layer more has to be computed.",
        "13 §7",
        "What kind of module is conv1 after your function?",
        _pairs(
            plain=(GRAY_PLAIN_BODY,
                   "    front = nn.Conv2d(1, 3, 1, bias=False)\n    nn.init.ones_(front.weight)\n"
                   "    model.conv1 = nn.Sequential(front, old)\n"),
            inside=(GRAY_INSIDE_BODY,
                    "    front = nn.Conv2d(1, 3, 1, bias=False)\n    front.weight.data.fill_(1)\n"
                    "    model.conv1 = nn.Sequential(front, stem)\n"),
            copy=(GRAY_COPY_BODY,
                  "    front = nn.Conv2d(1, 3, 1, bias=False)\n    nn.init.constant_(front."
                  "weight, 1.0)\n"
                  "    gray.conv1 = nn.Sequential(front, rgb)\n"),
        ),
    ),
    Mistake(
        "number-not-changed",
        "The weight is replaced, and in_channels still says 3.",
        "The layer computes with one channel and prints three: the next reader is misled.",
        "13 §7",
        "What does print show of your stem?",
        _pairs(
            plain=("    model.conv1 = new\n", "    old.weight = new.weight\n"),
            inside=("    stem.in_channels = 1\n", ""),
            copy=("    gray.conv1.bias = rgb.bias\n",
                  "    gray.conv1.bias = rgb.bias\n    gray.conv1.in_channels = 3\n"),
        ),
    ),
    Mistake(
        "stride-lost",
        "The new stem has lost the stride.",
        "All later layers then work on a grid of four times the area.",
        "13 §7",
        "Which settings of the old convolution does the new one need besides its weight?",
        _pairs(
            plain=("old.stride, old.padding", "1, old.padding"),
            inside=("in_channels = 1", "in_channels, stem.stride = 1, (1, 1)"),
            copy=("stride=rgb.stride, ", ""),
        ),
    ),
    Mistake(
        "padding-lost",
        "The new stem has lost the padding.",
        "Its grid becomes smaller, and the border is read differently.",
        "13 §7",
        "What does a convolution do at the border when nobody mentions it?",
        _pairs(
            plain=("old.stride, old.padding", "old.stride, 0"),
            inside=("in_channels = 1", "in_channels, stem.padding = 1, (0, 0)"),
            copy=(" padding=rgb.padding,", ""),
        ),
    ),
    Mistake(
        "bias-lost",
        "A bias of the old stem is lost.",
        "A stem without a norm behind it may have one, and its answers shift.",
        "13 §7",
        "What does your function do with a stem that has a bias?",
        _pairs(
            plain=[("bias=old.bias is not None", "bias=False"),
                   ("        if old.bias is not None:\n            new.bias.copy_(old.bias)\n",
                    "")],
            inside=("    stem.in_channels = 1\n", "    stem.in_channels, stem.bias = 1, None\n"),
            copy=("    gray.conv1.bias = rgb.bias\n", ""),
        ),
    ),
    Mistake(
        "bias-not-copied",
        "The new stem has a bias, and it is not that of the old one.",
        "A new convolution draws its bias like its weight; in the old one both were trained.",
        "13 §7",
        "Which tensors of the old convolution does your function carry over?",
        _pairs(
            plain=("        if old.bias is not None:\n            new.bias.copy_(old.bias)\n", ""),
            inside=("    stem.in_channels = 1\n", "    stem.in_channels = 1\n"
                    "    if stem.bias is not None:\n"
                    "        stem.bias = nn.Parameter(torch.randn_like(stem.bias))\n"),
            copy=[("bias=False)", "bias=rgb.bias is not None)"),
                  ("    gray.conv1.bias = rgb.bias\n", "")],
        ),
    ),
    Mistake(
        "dilation-lost",
        "The new stem has lost the dilation.",
        "It reads pixels that lie closer together than those that its weight was trained for.",
        "02 §2",
        "Which argument of a convolution says how far apart the pixels lie that it reads?",
        _pairs(
            plain=(", old.dilation", ""),
            inside=("in_channels = 1", "in_channels, stem.dilation = 1, (1, 1)"),
            copy=("dilation=rgb.dilation, ", ""),
        ),
    ),
    Mistake(
        "padding-mode-lost",
        "The new stem has lost the padding mode.",
        "It fills the border with zeros, and the old one with something else.",
        "02 §2",
        "What does your stem read beyond the border of the image, and what did the old one?",
        _pairs(
            plain=(", padding_mode=old.padding_mode", ""),
            inside=("in_channels = 1", "in_channels, stem.padding_mode = 1, 'zeros'"),
            copy=(", padding_mode=rgb.padding_mode", ""),
        ),
    ),
    Mistake(
        "no-parameter",
        "A plain tensor is assigned where the layer keeps a parameter, and torch refuses.",
        "A layer knows its weights by their type, and a sum of parameters is a tensor.",
        "13 §7",
        "Which class of torch.nn marks a tensor as something that a layer learns?",
        _pairs(
            plain=("new.weight.copy_(old.weight.sum(1, keepdim=True))",
                   "new.weight = old.weight.sum(1, keepdim=True)"),
            inside=("nn.Parameter(total[:, None])", "total[:, None]"),
            copy=("gray.conv1.weight.data = ", "gray.conv1.weight = "),
        ),
    ),
    Mistake(
        "weight-not-registered",
        "The new weight is no parameter of the model: it is a plain tensor, or a buffer.",
        "An optimizer is handed the parameters, so nothing would ever train this weight.",
        "13 §7",
        "Does your new weight stand among model.parameters()?",
        _pairs(
            plain=("    model.conv1 = new\n",
                   "    weight = new.weight.detach()\n    del new.weight\n"
                   "    new.register_buffer('weight', weight)\n    model.conv1 = new\n"),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    del stem.weight\n    stem.weight = total[:, None]\n"),
            copy=("    return gray", "    kept = gray.conv1._parameters.pop('weight')\n"
                  "    gray.conv1.weight = kept.sum(1, keepdim=True)\n    return gray"),
        ),
    ),
    Mistake(
        "others-frozen",
        "Other layers than the stem are frozen: their parameters no longer learn.",
        "Asked for is another stem; what learns in the rest is the caller's choice.",
        "13 §6",
        "Which of your lines speaks of requires_grad, and whom does it reach?",
        _pairs(
            plain=("    model.conv1 = new\n",
                   "    model.requires_grad_(False)\n    model.conv1 = new\n"),
            inside=("    stem.in_channels = 1\n", "    stem.in_channels = 1\n"
                    "    for name, p in model.named_parameters():\n"
                    "        p.requires_grad = name.startswith('conv1.')\n"),
            copy=("    return gray", "    for name, part in gray.named_children():\n"
                  "        part.requires_grad_(name == 'conv1')\n    return gray"),
        ),
    ),
    Mistake(
        "hook-left",
        "A hook stays in the model that comes back.",
        "It runs in every call and changes what a layer reads or gives; a file of the weights "
        "does not hold it.",
        "03 §7",
        "Who calls the function that you registered, and what of it is in the state_dict?",
        _pairs(
            plain=[(PLAIN_SUM, "old.weight.mean(1, keepdim=True)"), ("    model.conv1 = new\n",
                   "    new.register_forward_pre_hook(lambda m, given: (3 * given[0],))\n"
                   "    model.conv1 = new\n")],
            inside=[(INSIDE_SUM, "(red + green + blue) / 3"), ("    stem.in_channels = 1\n",
                    "    stem.in_channels = 1\n    stem.register_forward_pre_hook(\n"
                    "        lambda m, given: (given[0] * 3,))\n")],
            copy=[(COPY_SUM, "rgb.weight.data.mean(1, keepdim=True)"), ("    return gray",
                  "    gray.conv1.register_forward_pre_hook(lambda m, i: (i[0] + 2 * i[0],))\n"
                  "    return gray")],
        ),
    ),
    Mistake(
        "copied-with-gradients",
        "A parameter is written over while gradients are recorded, and torch refuses.",
        "A way back through the old value would then lead through a number that is gone.",
        "03 §2",
        "What tells torch that your copying is no step of the computation?",
        _pairs(
            plain=("    with torch.no_grad():\n", "    if True:\n"),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    new = nn.Conv2d(1, stem.out_channels, stem.kernel_size)\n"
                    "    new.weight.copy_(total[:, None])\n"),
            copy=("gray.conv1.weight.data = " + COPY_SUM, f"gray.conv1.weight.copy_({COPY_SUM})"),
        ),
    ),
    Mistake(
        "bias-three-times",
        "The bias is multiplied by three.",
        "It is added once to each output, however many channels come in.",
        "02 §7",
        "Does the bias depend on the number of input channels?",
        _pairs(
            plain=("copy_(old.bias)", "copy_(3 * old.bias)"),
            inside=("    stem.in_channels = 1\n",
                    "    stem.in_channels = 1\n    if stem.bias is not None:\n        stem.bias."
                    "data *= 3\n"),
            copy=("gray.conv1.bias = rgb.bias\n", "if rgb.bias is not None:\n"
                  "        gray.conv1.bias = nn.Parameter(3 * rgb.bias.data)\n"),
        ),
    ),
    Mistake(
        "frozen",
        "The new weight does not learn.",
        "After a change of the input one wants to train on, the stem above all.",
        "13 §6",
        "Is requires_grad on for the weight of your stem?",
        _pairs(
            plain=("    model.conv1 = new\n", "    model.conv1 = new.requires_grad_(False)\n"),
            inside=("nn.Parameter(total[:, None])",
                    "nn.Parameter(total[:, None], requires_grad=False)"),
            copy=("    return gray",
                  "    gray.conv1.weight.requires_grad = False\n    return gray"),
        ),
    ),
    Mistake(
        "another-attribute",
        "The new stem is put under a name that forward does not use.",
        "The network goes on calling conv1, and that still wants three channels.",
        "13 §7",
        "Which name does the forward of a ResNet call first?",
        _pairs(
            plain=("model.conv1 = new", "model.stem = new"),
            inside=[("    stem = model.conv1\n",
                     '    stem = __import__("copy").deepcopy(model.conv1)\n'
                     '    model.gray = stem\n')],
            copy=("    return gray",
                  "    gray.stem, gray.conv1 = gray.conv1, rgb\n    return gray"),
        ),
    ),
    Mistake(
        "old-stem-still-there",
        "conv1 is still the old convolution: nothing was put in its place.",
        "A layer that is made, and not assigned to the model, never sees an image.",
        "13 §7",
        "Which line of your function changes what conv1 is?",
        _pairs(
            plain=("    model.conv1 = new\n", ""),
            inside=[("    stem.weight = nn.Parameter(total[:, None])\n", ""),
                    ("    stem.in_channels = 1\n", "")],
            copy=("    return gray", "    gray.conv1 = rgb\n    return gray"),
        ),
    ),
    Mistake(
        "sizes-fixed",
        "The sizes of the new stem are not those of the old one.",
        "Other stems are smaller or larger; the old one knows its sizes.",
        "13 §7",
        "Where can your function read the sizes of the old convolution?",
        _pairs(
            plain=("old.out_channels, old.kernel_size, old.stride, old.padding, old.dilation",
                   "64, 7, 2, 3"),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)\n"
                    "    model.conv1.weight.data.copy_(total[:, None])\n"),
            copy=[("(1, rgb.out_channels, **options)", "(1, 64, 7, 2, 3, bias=False)"),
                  ("weight.data = " + COPY_SUM, f"weight.data.copy_({COPY_SUM})")],
        ),
    ),
    Mistake(
        "a-new-standard-stem",
        "The stem is a new one of ResNet's usual sizes, with random weights.",
        "What the old one has learned is lost, and where the old one had other sizes the next "
        "layer does not fit.",
        "13 §7",
        "What do you know about your stem only from the old one: how many numbers, and which?",
        _pairs(
            plain=[("old.out_channels, old.kernel_size, old.stride, old.padding, old.dilation",
                    "64, 7, 2, 3"),
                   ("bias=old.bias is not None, padding_mode=old.padding_mode", "bias=False"),
                   (PLAIN_COPIED, "")],
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)\n"),
            copy=[("(1, rgb.out_channels, **options)", "(1, 64, 7, 2, 3, bias=False)"),
                  ("    gray.conv1.weight.data = " + COPY_SUM + "\n", ""),
                  ("    gray.conv1.bias = rgb.bias\n", "")],
        ),
    ),
    Mistake(
        "only-the-stem-returned",
        "Only the new stem is returned.",
        "Asked for is the model with the new stem in it.",
        "13 §7",
        "What does the caller want to feed with gray images?",
        _pairs(
            plain=("return model", "return model.conv1"), inside=("return model", "return stem"),
            copy=("return gray", "return gray.conv1"),
        ),
    ),
    Mistake(
        "sizes-of-another-stem",
        "Stride and padding are written down for ResNet's usual stem; the weight is of another.",
        "A weight that is put into a layer brings its own shape along, but neither stride nor "
        "padding.",
        "13 §7",
        "Which numbers in your function would be wrong for a stem of 3×3?",
        _pairs(
            plain=[("old.out_channels, old.kernel_size, old.stride, old.padding, old.dilation",
                    "64, 7, 2, 3"),
                   ("new.weight.copy_(old.weight.sum(1, keepdim=True))",
                    "new.weight = nn.Parameter(old.weight.sum(1, keepdim=True))")],
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    bias = stem.bias\n"
                    "    stem = model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)\n"
                    "    stem.weight, stem.bias = nn.Parameter(total[:, None]), bias\n"),
            copy=("(1, rgb.out_channels, **options)", "(1, 64, 7, 2, 3, bias=False)"),
        ),
    ),
    Mistake(
        "only-the-number-changed",
        "in_channels says 1, and the weight still has three channels.",
        "The number is what is printed; what is computed is decided by the shape of the weight.",
        "13 §7",
        "What shape has the weight of conv1 after your function?",
        _pairs(
            plain=(GRAY_PLAIN_BODY, "    old.in_channels = 1\n"),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n", ""),
            copy=(GRAY_COPY_BODY, "    rgb.in_channels = 1\n"),
        ),
    ),
    Mistake(
        "axis-lost",
        "The channel axis is lost: the new weight has three axes instead of four.",
        "One channel is still a channel, and its axis has the length 1.",
        "02 §4",
        "What shape should the weight have for one channel, and what shape has yours?",
        _pairs(
            plain=("new.weight.copy_(old.weight.sum(1, keepdim=True))",
                   "new.weight = nn.Parameter(old.weight.sum(1))"),
            inside=("total[:, None]", "total"), copy=(".unsqueeze(1)", ""),
        ),
    ),
    Mistake(
        "summed-over-the-filters",
        "The weights are added up over the filters, not over the three channels.",
        "The first axis of a weight counts the filters, the second the channels that come in.",
        "02 §4",
        "Which of the four axes has the length 3 for every stem?",
        _pairs(
            plain=("new.weight.copy_(old.weight.sum(1, keepdim=True))",
                   "new.weight = nn.Parameter(old.weight.sum(0, keepdim=True))"),
            inside=("total[:, None]", "stem.weight.detach().sum(0, keepdim=True)"),
            copy=(COPY_SUM, "rgb.weight.data.sum(0, keepdim=True)"),
        ),
    ),
    Mistake(
        "copied-without-the-axis",
        "What is copied into the new weight has no axis for channels, and does not fit.",
        "Where axes are missing torch adds them in front, not in the place of the channels.",
        "02 §4",
        "Which four axes has the weight of a convolution, and which of them is missing in yours?",
        _pairs(
            plain=(", keepdim=True", ""),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    weight = torch.empty_like(stem.weight[:, :1])\n"
                    "    stem.weight = nn.Parameter(weight.copy_(total))\n"),
            copy=("gray.conv1.weight.data = " + COPY_SUM,
                  'gray.conv1.weight.data.copy_(rgb.weight.data.sum(1))'),
        ),
    ),
    Mistake(
        "copied-for-three-channels",
        "What is copied into the new weight is still for three channels, and does not fit.",
        "The new weight has one channel: that axis has the length 1.",
        "02 §4",
        "Which axis of the old weight has the length 3, and how long is it in what you copy?",
        _pairs(
            plain=(PLAIN_SUM, "old.weight.sum(0, keepdim=True)"),
            inside=("    stem.weight = nn.Parameter(total[:, None])\n",
                    "    weight = torch.empty_like(stem.weight[:, :1])\n"
                    "    stem.weight = nn.Parameter(weight.copy_(stem.weight.detach()))\n"),
            copy=("gray.conv1.weight.data = " + COPY_SUM,
                  'gray.conv1.weight.data.copy_(rgb.weight.data.sum(0))'),
        ),
    ),
    Mistake(
        "rare-settings-lost",
        "Dilation and padding mode of the old stem are lost.",
        "Few stems have them; who has one gets other answers without an error.",
        "02 §2",
        "What does print show of a convolution with a dilation?",
        _pairs(
            plain=[(", old.dilation", ""), (", padding_mode=old.padding_mode", "")],
            inside=("in_channels = 1", "in_channels, stem.dilation, stem.padding_mode = "
                    "1, (1, 1), 'zeros'"),
            copy=("    options.update(dilation=rgb.dilation, padding_mode=rgb.padding_mode)\n", ""),
        ),
    ),
    _returns_nothing("13 §7", plain=("    return model\n", ""), inside=("    return model\n", ""),
                     copy=[("gray = copy.deepcopy(model)", "gray = model"),
                           ("    return gray\n", "")]),
)


def plan_gray(rng: random.Random) -> Plan:
    """A stem without a bias, one with a bias, one with rare settings."""
    classes = rng.choice([4, 5, 6])
    partly, told = _partly(rng)
    return _plan(
        {"use": "gray", "classes": classes, "words": "to_grayscale(model), a stem without bias"},
        {"use": "gray", "bias": True, "training": True, **partly,
         "words": f"to_grayscale(model), a stem with a bias, {told}"},
        {"use": "gray", "settings": {"padding": 2, "dilation": 2, "padding_mode": "circular"},
         "words": 'to_grayscale(model), a stem with dilation=2 and padding_mode="circular"'},
    )  # fmt: skip


# What the classifier reads.

FEATURES_COPY = '''
import copy


def feature_extractor(model):
    body = copy.deepcopy(model)
    body.fc = nn.Identity()
    return body
'''

FEATURES_CHAIN = '''
def feature_extractor(model):
    parts = [child for name, child in model.named_children() if name != "fc"]
    return nn.Sequential(*parts, nn.Flatten())
'''

FEATURES_HOOK = '''
def feature_extractor(model):
    def features(x):
        kept = []
        handle = model.fc.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
        try:
            model(x)
        finally:
            handle.remove()
        return kept[0]
    return features
'''

# Correct as well, in still other ways; no mistake is made in these.
FEATURES_SWAP = '''
def feature_extractor(model):
    def run(x):
        head, model.fc = model.fc, nn.Identity()
        try:
            return model(x)
        finally:
            model.fc = head
    return run
'''

FEATURES_CLASS = '''
class Extractor(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.layers = nn.ModuleDict({k: v for k, v in model._modules.items() if k != "fc"})

    def forward(self, x):
        for layer in self.layers.values():
            x = layer(x)
        return x.mean((2, 3))


def feature_extractor(model):
    return Extractor(model)
'''

HOOK_BODY = FEATURES_HOOK[FEATURES_HOOK.index("    def features"):]
CHAIN_BODY = FEATURES_CHAIN[FEATURES_CHAIN.index("    parts"):]
COPY_BODY = FEATURES_COPY[FEATURES_COPY.index("    body ="):]
FC_HOOK = "model.fc.register_forward_pre_hook(lambda module, given: kept.append(given[0]))"
PART_BY_PART = """    def features(x):
        x = {stem}
        x = model.layer4(model.layer3(model.layer2(model.layer1(x))))
        return torch.flatten(model.avgpool(x), 1)
    return features
"""
NO_HEAD = "    del model.fc\n    return model\n"
IN_PLACE = "    model.fc = nn.Identity()\n    return model\n"

FEATURES = (
    Mistake(
        "no-flatten",
        "The flatten is lost: the features have two axes of length 1 too many.",
        "It is a line in the forward of the network, not a module, so a chain of modules lacks it.",
        "13 §4",
        "Which steps between the pool and fc are no modules?",
        _pairs(
            copy=("return body", "return nn.Sequential(*list(body.children())[:-1])"),
            chain=("*parts, nn.Flatten()", "*parts"),
            hook=(FC_HOOK,
                  "model.avgpool.register_forward_hook("
                  "lambda module, given, out: kept.append(out))"),
        ),
    ),
    Mistake(
        "head-deleted",
        "The head is deleted.",
        "The forward still calls it, and finds nothing.",
        "13 §4",
        "What could stand in the place of fc and hand its input on?",
        _pairs(copy=(COPY_BODY, NO_HEAD), chain=(CHAIN_BODY, NO_HEAD), hook=(HOOK_BODY, NO_HEAD)),
    ),
    Mistake(
        "head-behind-maps",
        "The head is still in, and the maps reach it without a flatten.",
        "A linear layer reads the last axis only, and that is one position here, not the channels.",
        "13 §4",
        "Which of the children of a ResNet should your chain not contain?",
        _pairs(
            copy=("    body.fc = nn.Identity()\n    return body",
                  "    return nn.Sequential(*body.children())"),
            chain=[(' if name != "fc"', ""), (", nn.Flatten()", "")],
            hook=(HOOK_BODY, PART_BY_PART.replace("torch.flatten(model.avgpool(x), 1)",
                  "model.fc(model.avgpool(x))").format(
                  stem="model.maxpool(model.relu(model.bn1(model.conv1(x))))")),
        ),
    ),
    Mistake(
        "shallow-copy",
        "The copy is shallow: what is changed in it is changed in the given model.",
        "It has the same table of parts, and so loses or gets a head together with the other.",
        "13 §4",
        "Which function of the module copy copies the parts as well?",
        _pairs(
            copy=("copy.deepcopy(model)", "copy.copy(model)"),
            chain=(CHAIN_BODY, '    other = __import__("copy").copy(model)\n'
                               "    other.fc = nn.Identity()\n    return other\n"),
            hook=(HOOK_BODY, "    twin = type(model).__new__(type(model))\n"
                  "    twin.__dict__ = dict(model.__dict__)\n    twin.fc = nn.Sequential()\n"
                  "    return twin\n"),
        ),
    ),
    Mistake(
        "given-model-changed",
        "The given model is changed: it gives no scores any more.",
        "The features are right, but whoever handed the model in has a classifier no more.",
        "13 §4",
        "Does the given model still put out its scores afterwards?",
        _pairs(copy=(COPY_BODY, IN_PLACE), chain=(CHAIN_BODY, IN_PLACE),
               hook=(HOOK_BODY, IN_PLACE)),
    ),
    Mistake(
        "batch-flattened",
        "The batch is flattened as well: all images end in one row.",
        "The first axis counts the images, and must stay.",
        "13 §4",
        "From which axis on does your flatten begin?",
        _pairs(
            copy=("return body", "return lambda x: torch.flatten(body(x))"),
            chain=("nn.Flatten()", "nn.Flatten(0)"),
            hook=("return kept[0]", "return kept[0].flatten()"),
        ),
    ),
    Mistake(
        "squeezed",
        "All axes of length 1 are removed, the batch too when it holds one image.",
        "For one image the answer then has one axis less than for two.",
        "13 §4",
        "What shape comes out for a batch of one?",
        _pairs(
            copy=("return body", "return lambda x: body(x).squeeze()"),
            chain=("return nn.Sequential(*parts, nn.Flatten())",
                   "chain = nn.Sequential(*parts)\n    return lambda x: chain(x).squeeze()"),
            hook=("return kept[0]", "return torch.squeeze(kept[0])"),
        ),
    ),
    Mistake(
        "pool-left-out",
        "The pool is left out, so every position is a feature.",
        "The classifier reads one number per channel, whatever the size of the image.",
        "07 §5",
        "How many features should an image twice as large give?",
        _pairs(
            copy=("    return body", "    body.avgpool = nn.Identity()\n    return body"),
            chain=('name != "fc"', 'name not in ("avgpool", "fc")'),
            hook=(FC_HOOK,
                  "model.avgpool.register_forward_pre_hook(lambda m, given: kept.append(given[0]."
                  "flatten(1)))"),
        ),
    ),
    Mistake(
        "maps-not-pooled",
        "The maps of the last stage are returned, neither pooled nor flattened.",
        "The classifier reads their means over all positions.",
        "07 §5",
        "What happens between the last stage and fc?",
        _pairs(
            copy=("return body", "return nn.Sequential(*list(body.children())[:-2])"),
            chain=[('name != "fc"', 'name not in ("avgpool", "fc")'),
                   ("*parts, nn.Flatten()", "*parts")],
            hook=(FC_HOOK,
                  "model.avgpool.register_forward_pre_hook("
                  "lambda m, given: kept.append(given[0]))"),
        ),
    ),
    Mistake(
        "scores-returned",
        "The scores are returned: the head is still in.",
        "Features are what the head reads, one number for each channel of the last stage.",
        "13 §4",
        "How many numbers per image does your function return, and how many does fc read?",
        _pairs(
            copy=("    body.fc = nn.Identity()\n", ""),
            chain=("*parts, nn.Flatten()", "*parts, nn.Flatten(), model.fc"),
            hook=("return kept[0]", "return model.fc(kept[0])"),
        ),
    ),
    Mistake(
        "largest-not-mean",
        "Each channel gives its largest value, not its mean.",
        "The classifier was trained on means.",
        "07 §5",
        "Which pool stands at the end of a ResNet?",
        _pairs(
            copy=("    return body",
                  "    body.avgpool = nn.AdaptiveMaxPool2d((1, 1))\n    return body"),
            chain=[('name != "fc"', 'name not in ("avgpool", "fc")'),
                   ("*parts, nn.Flatten()", "*parts, nn.AdaptiveMaxPool2d(1), nn.Flatten()")],
            hook=(FC_HOOK,
                  "model.avgpool.register_forward_pre_hook(lambda m, given: kept.append(given[0]."
                  "amax((2, 3))))"),
        ),
    ),
    Mistake(
        "last-stage-left-out",
        "The last stage is left out.",
        "The classifier was trained on the maps of the last one; earlier maps mean something else.",
        "13 §4",
        "Behind which stage of the network does fc stand, and behind which one your features?",
        _pairs(
            copy=("    return body", "    body.layer4 = nn.Identity()\n    return body"),
            chain=('name != "fc"', 'name not in ("layer4", "fc")'),
            hook=(FC_HOOK,
                  "model.layer4.register_forward_pre_hook(lambda m, given: kept.append(given[0]."
                  "mean((2, 3))))"),
        ),
    ),
    Mistake(
        "no-function",
        "What comes back cannot be called: features of one image, not a function of images.",
        "The caller wants to hand images in, again and again.",
        "13 §4",
        "What should the caller do with your result?",
        _pairs(
            copy=("return body", "return body(torch.zeros(1, 3, 32, 32))"),
            chain=("nn.Flatten())", "nn.Flatten())(torch.zeros(1, 3, 32, 32))"),
            hook=("return features\n", "return features(torch.zeros(1, 3, 32, 32))\n"),
        ),
    ),
    Mistake(
        "list-of-layers",
        "The layers come back as a list, which cannot be called.",
        "Somebody has to hand the images from one to the next.",
        "13 §4",
        "Which module of torch calls its parts one after the other?",
        _pairs(
            copy=("return body", "return list(body.children())"),
            chain=("nn.Sequential(*parts, nn.Flatten())", "[*parts, nn.Flatten()]"),
            hook=(HOOK_BODY, "    return list(model.children())[:-1]\n"),
        ),
    ),
    Mistake(
        "training-mode",
        "The model is put into training mode.",
        "Its norms then use the batch, so a picture's features depend on its neighbours.",
        "03 §2",
        "Do your features of one image change when others are in the batch?",
        _pairs(
            copy=("    body = copy.deepcopy(model)", "    body = copy.deepcopy(model.train())"),
            chain=("    parts =", "    model.train()\n    parts ="),
            hook=("    def features", "    model.train()\n\n    def features"),
        ),
    ),
    Mistake(
        "first-image-only",
        "Only the features of the first image are returned.",
        "A batch goes in, and each of its images has features.",
        "13 §4",
        "Which axis of the result counts the images?",
        _pairs(
            copy=("return body", "return lambda x: body(x)[0]"),
            chain=("return nn.Sequential(*parts, nn.Flatten())",
                   "chain = nn.Sequential(*parts, nn.Flatten())\n    return lambda x: chain(x)[0]"),
            hook=("return kept[0]", "return kept[0][0]"),
        ),
    ),
    Mistake(
        "first-call-remembered",
        "The features of the first call come back in every call.",
        "What was kept from it is handed out again, and nothing newer takes its place.",
        "13 §4",
        "What is in your list after the second call?",
        _pairs(
            copy=("return body",
                  "kept = []\n\n    def run(x):\n        kept.append(body(x))\n        return "
                  "kept[0]\n\n    return run"),
            chain=("return nn.Sequential(*parts, nn.Flatten())",
                   "chain, kept = nn.Sequential(*parts, nn.Flatten()), []\n    return lambda x: ("
                   "kept.append(chain(x)), kept[0])[1]"),
            hook=[("    def features(x):\n        kept = []\n",
                   "    kept = []\n\n    def features(x):\n")],
        ),
    ),
    Mistake(
        "relu-left-out",
        "The ReLU behind the stem's norm is left out.",
        "Negative numbers then reach the stages, which were trained without them.",
        "07 §2",
        "Which parts stand between bn1 and layer1 when a ResNet is printed?",
        _pairs(
            copy=("    return body", "    body.relu = nn.Identity()\n    return body"),
            chain=('name != "fc"', 'name not in ("relu", "fc")'),
            hook=(HOOK_BODY, PART_BY_PART.format(stem="model.maxpool(model.bn1(model.conv1(x)))")),
        ),
    ),
    Mistake(
        "hook-left",
        "A hook stays in the given model.",
        "It goes on running in every call of the model, and keeps what it has seen in memory.",
        "03 §7",
        "What does register_forward_hook give back, and when is that needed?",
        _pairs(
            copy=(COPY_BODY, """    kept = {}
    model.fc.register_forward_pre_hook(lambda module, given: kept.update(features=given[0]))

    def run(x):
        model(x)
        return kept["features"]
    return run
"""),
            chain=(CHAIN_BODY, """    class Watched:
        def __init__(self):
            model.avgpool.register_forward_hook(self.note)

        def note(self, module, given, out):
            self.features = out.flatten(1)

        def __call__(self, x):
            model.forward(x)
            return self.features
    return Watched()
"""),
            hook=("            handle.remove()\n", "            del handle\n"),
        ),
    ),
    Mistake(
        "given-model-frozen",
        "The parameters of the given model are frozen, all or some of them.",
        "Whoever handed it in may want to go on training it, and nothing says that it cannot.",
        "13 §6",
        "What does requires_grad of a parameter say before your function, and what after it?",
        _pairs(
            copy=("copy.deepcopy(model)", "copy.deepcopy(model.requires_grad_(False))"),
            chain=("    parts =", "    for p in model.parameters():\n"
                                  "        p.requires_grad = False\n    parts ="),
            hook=("    def features", "    model.requires_grad_(False)\n\n    def features"),
        ),
    ),
    Mistake(
        "stem-pool-left-out",
        "The max pool of the stem is left out.",
        "It has no weights, but the stages were trained on the grid that it leaves.",
        "07 §2",
        "How large is the grid before layer1, and how large in yours?",
        _pairs(
            copy=("    return body", "    body.maxpool = nn.Identity()\n    return body"),
            chain=('name != "fc"', 'name not in ("maxpool", "fc")'),
            hook=(HOOK_BODY, PART_BY_PART.format(stem="model.relu(model.bn1(model.conv1(x)))")),
        ),
    ),
    Mistake(
        "stem-of-conv1-only",
        "Of the stem only conv1 is called: its norm, its ReLU and its max pool are left out.",
        "The stages were trained on what the whole stem puts out.",
        "07 §2",
        "Which four parts stand before layer1 when a ResNet is printed?",
        _pairs(
            copy=("    return body",
                  "    body.bn1 = body.relu = body.maxpool = nn.Identity()\n    return body"),
            chain=('name != "fc"', 'name not in ("bn1", "relu", "maxpool", "fc")'),
            hook=(HOOK_BODY, PART_BY_PART.format(stem="model.conv1(x)")),
        ),
    ),
    Mistake(
        "method-replaced",
        "A method of the given model is replaced by another function, and stays so.",
        "The model goes on working in another way than its class says, and a copy or a file of it "
        "may lose that.",
        "03 §7",
        "Who gives the model its own method back, and when?",
        _pairs(
            copy=(COPY_BODY, """    kept, old = [], model.fc.forward

    def spy(x):
        kept[:] = [x]
        return old(x)
    model.fc.forward = spy

    def run(x):
        model(x)
        return kept[0]
    return run
"""),
            chain=(CHAIN_BODY, """    def without_head(x):
        return torch.flatten(nn.Sequential(*list(model.children())[:-1])(x), 1)
    scores = model.forward

    def features(x):
        return without_head(x)
    model.forward = lambda x: scores(x)
    return features
"""),
            hook=(HOOK_BODY, """    whole = model.avgpool.forward
    model.seen = {}
    model.avgpool.forward = lambda x: model.seen.setdefault("now", whole(x))

    def run(x):
        model.seen.clear()
        model(x)
        return model.seen.pop("now").flatten(1)
    return run
"""),
        ),
    ),
    Mistake(
        "images-changed",
        "The images are changed: the caller's tensor holds other numbers after the call.",
        "Whoever goes on with the same images, to show or to predict them, gets wrong answers.",
        "13 §4",
        "Which of your operations with an underscore at the end of its name gets the images?",
        _pairs(
            copy=("    return body", "    return lambda x: (body(x), x.zero_())[0]"),
            chain=("    return nn.Sequential(*parts, nn.Flatten())",
                   "    chain = nn.Sequential(*parts, nn.Flatten())\n\n    def run(x):\n"
                   "        out = chain(x)\n        x.mul_(0.5)\n        return out\n"
                   "    return run"),
            hook=("        return kept[0]", "        x -= x.mean()\n        return kept[0]"),
        ),
    ),
    Mistake(
        "gradients-off-for-good",
        "Gradients are switched off and not on again.",
        "The next training step then fails, far from here.",
        "03 §2",
        "How does a with block end what it began?",
        _pairs(
            copy=("    body = ", "    torch.set_grad_enabled(False)\n    body = "),
            chain=("    parts =", "    torch.set_grad_enabled(False)\n    parts ="),
            hook=("        kept = []\n", "        kept = []\n"
                  "        torch.set_grad_enabled(False)\n"),
        ),
    ),
    Mistake(
        "sum-not-mean",
        "Each channel gives the sum over its positions, not their mean.",
        "A larger image has more positions, and would give larger features.",
        "07 §5",
        "By what does the pool at the end of a ResNet divide?",
        _pairs(
            copy=("    body.fc = nn.Identity()\n    return body",
                  "    maps = nn.Sequential(*list(body.children())[:-2])\n"
                  "    return lambda x: maps(x).sum((2, 3))"),
            chain=[('name != "fc"', 'name not in ("avgpool", "fc")'),
                   ("return nn.Sequential(*parts, nn.Flatten())", "maps = nn.Sequential(*parts)\n"
                    "    return lambda x: maps(x).flatten(2).sum(2)")],
            hook=(FC_HOOK,
                  "model.avgpool.register_forward_pre_hook(lambda m, given: kept.append("
                  "torch.einsum('nchw->nc', given[0])))"),
        ),
    ),
)


def plan_features(rng: random.Random) -> Plan:
    """Two heads; batches and sizes are tried on each."""
    call = "feature_extractor(model)(images)"
    return _plan(
        {"use": "features", "classes": rng.choice([4, 5]), "words": f"{call}, 6 features"},
        {"use": "features", "classes": 6, "bias": True, "frozen": ["conv1.", "bn1."],
         "words": f"{call}, as many classes as features, conv1 and bn1 frozen"},
    )


# Probabilities.

PREDICT_PLAIN = '''
def predict(model, x):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        scores = model(x)
    for module, mode in modes.items():
        module.training = mode
    return scores.softmax(1)
'''

PREDICT_COPY = '''
import copy


@torch.no_grad()
def predict(model, x):
    still = copy.deepcopy(model)
    still.eval()
    return F.softmax(still(x), dim=1)
'''

PREDICT_CONTEXT = '''
import contextlib


@contextlib.contextmanager
def evaluating(model):
    before = [(module, module.training) for module in model.modules()]
    model.train(False)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


def predict(model, x):
    with evaluating(model), torch.inference_mode():
        scores = model(x)
        positive = (scores - scores.amax(1, keepdim=True)).exp()
        return positive / positive.sum(dim=1, keepdim=True)
'''

# Correct as well, in still other ways; no mistake is made in these.
PREDICT_RECURSIVE = '''
def set_modes(module, modes):
    module.training = modes.pop(0)
    for child in module.children():
        set_modes(child, modes)


def collect(module):
    return [module.training] + [mode for child in module.children() for mode in collect(child)]


def predict(model, x):
    modes = collect(model)
    try:
        with torch.no_grad():
            scores = model.eval()(x)
    finally:
        set_modes(model, modes)
    return torch.softmax(scores, -1)
'''

PREDICT_LOG = '''
def predict(model, x):
    training = [m for m in model.modules() if m.training]
    for m in training:
        m.training = False
    with torch.set_grad_enabled(False):
        out = torch.log_softmax(model(x), dim=1).exp_()
    for m in training:
        m.training = True
    return out
'''

RESTORE = "    for module, mode in modes.items():\n        module.training = mode\n"
CONTEXT_RESTORE = "        for module, mode in before:\n            module.training = mode\n"
CONTEXT_SOFT = "positive / positive.sum(dim=1, keepdim=True)"
ORIGINAL = ("    still = copy.deepcopy(model)\n", "    still = model\n")

PREDICT = (
    Mistake(
        "evaluation-forgotten",
        "The model stays in training mode while it predicts.",
        "Its norms then use the batch, and their statistics move: a picture's answer depends on "
        "its "
        "neighbours.",
        "03 §2",
        "What does no_grad change in a norm?",
        _pairs(
            plain=("    model.eval()\n", ""), copy=[ORIGINAL, ("    still.eval()\n", "")],
            context=("    model.train(False)\n", ""),
        ),
    ),
    Mistake(
        "scores-returned",
        "Scores are returned, not probabilities.",
        "They may be negative, and do not add up to 1.",
        "07 §5",
        "What is the sum of your answer for one image?",
        _pairs(
            plain=("scores.softmax(1)", "scores"), copy=("F.softmax(still(x), dim=1)", "still(x)"),
            context=("return " + CONTEXT_SOFT, "return scores"),
        ),
    ),
    Mistake(
        "log-probabilities",
        "The logarithms of the probabilities are returned.",
        "A loss may want them; probabilities lie between 0 and 1.",
        "07 §5",
        "Can a probability be negative?",
        _pairs(
            plain=("scores.softmax(1)", "scores.log_softmax(1)"),
            copy=("F.softmax", "F.log_softmax"),
            context=("return " + CONTEXT_SOFT, "return (" + CONTEXT_SOFT + ").log()"),
        ),
    ),
    Mistake(
        "sigmoid",
        "Each score goes through a sigmoid by itself.",
        "That suits images with several labels; here the classes share one whole.",
        "07 §5",
        "Do your numbers for one image add up to 1?",
        _pairs(
            plain=("scores.softmax(1)", "scores.sigmoid()"),
            copy=("F.softmax(still(x), dim=1)", "torch.sigmoid(still(x))"),
            context=("return " + CONTEXT_SOFT, "return 1 / (1 + (-scores).exp())"),
        ),
    ),
    Mistake(
        "softmax-over-the-batch",
        "The softmax runs over the images, not over the classes.",
        "The images of a batch then share one whole for each class.",
        "07 §5",
        "Along which axis do your numbers add up to 1?",
        _pairs(
            plain=("softmax(1)", "softmax(0)"), copy=("dim=1", "dim=0"),
            context=[("amax(1,", "amax(0,"), ("dim=1", "dim=0")],
        ),
    ),
    Mistake(
        "softmax-over-everything",
        "The probabilities of all images together add up to 1.",
        "Each image has probabilities of its own.",
        "07 §5",
        "What is the sum of your answer for two images?",
        _pairs(
            plain=("scores.softmax(1)", "scores.flatten().softmax(0).view_as(scores)"),
            copy=("return F.softmax(still(x), dim=1)",
                  "scores = still(x)\n    return scores.reshape(-1).softmax(0).reshape(scores."
                  "shape)"),
            context=[("amax(1, keepdim=True)", "amax()"), ("sum(dim=1, keepdim=True)", "sum()")],
        ),
    ),
    Mistake(
        "softmax-twice",
        "The softmax is taken twice.",
        "Probabilities are not scores: a second one makes all classes nearly equal.",
        "07 §5",
        "What does softmax make of numbers between 0 and 1?",
        _pairs(
            plain=("scores.softmax(1)", "scores.softmax(1).softmax(1)"),
            copy=("F.softmax(still(x), dim=1)", "F.softmax(F.softmax(still(x), dim=1), dim=1)"),
            context=("return " + CONTEXT_SOFT, "return (" + CONTEXT_SOFT + ").softmax(1)"),
        ),
    ),
    Mistake(
        "divided-by-the-sum",
        "The scores are divided by their sum.",
        "Scores may be negative, and their sum may be nearly 0.",
        "07 §5",
        "What makes every score positive before they are divided?",
        _pairs(
            plain=("scores.softmax(1)", "scores / scores.sum(1, keepdim=True)"),
            copy=("return F.softmax(still(x), dim=1)",
                  "scores = still(x)\n    return scores / scores.sum(dim=1, keepdim=True)"),
            context=("return " + CONTEXT_SOFT, "return scores / scores.sum(1, keepdim=True)"),
        ),
    ),
    Mistake(
        "softmax-layer-returned",
        "A layer comes back, and no numbers: nn.Softmax(…) builds one, and it is not called.",
        "What stands in the brackets of the class are its settings. The scores go to the layer.",
        "07 §5",
        "What is `nn.ReLU()`, and what is `nn.ReLU()(x)`?",
        _pairs(
            plain=("scores.softmax(1)", "nn.Softmax(scores)"),
            copy=("F.softmax(still(x), dim=1)", "nn.Softmax(still(x))"),
            context=("        positive = (scores - scores.amax(1, keepdim=True)).exp()\n"
                     "        return " + CONTEXT_SOFT, "        return nn.Softmax(scores)"),
        ),
    ),
    Mistake(
        "best-class-only",
        "Only the number of the likeliest class is returned.",
        "Asked for is the probability of every class.",
        "13 §2",
        "What shape should the answer have for 3 images and 5 classes?",
        _pairs(
            plain=("scores.softmax(1)", "scores.argmax(1)"),
            copy=("F.softmax(still(x), dim=1)", "still(x).argmax(dim=1)"),
            context=("return " + CONTEXT_SOFT, "return positive.argmax(1)"),
        ),
    ),
    Mistake(
        "best-probability-only",
        "Only the largest probability is returned.",
        "The other classes have one too, and it is not said which class it belongs to.",
        "13 §2",
        "How many numbers should one image get?",
        _pairs(
            plain=("softmax(1)", "softmax(1).amax(1)"), copy=("dim=1)", "dim=1).max(1).values"),
            context=("return " + CONTEXT_SOFT, "return (" + CONTEXT_SOFT + ").amax(1)"),
        ),
    ),
    Mistake(
        "percent",
        "The probabilities are given in percent.",
        "They add up to 100 and not to 1.",
        "07 §5",
        "What do the probabilities of one image add up to?",
        _pairs(
            plain=("scores.softmax(1)", "100 * scores.softmax(1)"),
            copy=("return F", "return 100 * F"),
            context=("return positive", "return 100 * positive"),
        ),
    ),
    Mistake(
        "squeezed",
        "For one image the batch axis is removed.",
        "A batch of one is a batch: what comes out has one row.",
        "13 §2",
        "What shape has your answer for a single image?",
        _pairs(
            plain=("softmax(1)", "softmax(1).squeeze()"), copy=("dim=1)", "dim=1).squeeze()"),
            context=("return " + CONTEXT_SOFT, "return (" + CONTEXT_SOFT + ").squeeze()"),
        ),
    ),
    Mistake(
        "left-in-evaluation-mode",
        "The model is left in evaluation mode.",
        "If it was being trained, it goes on with norms that no longer look at the batch.",
        "03 §2",
        "In which mode was the model before, and in which is it afterwards?",
        _pairs(
            plain=(RESTORE, ""), copy=ORIGINAL, context=(CONTEXT_RESTORE, "        pass\n"),
        ),
    ),
    Mistake(
        "left-in-training-mode",
        "The model is put into training mode afterwards, whatever it was before.",
        "A model that was ready for use then answers differently the next time.",
        "03 §2",
        "What if the model was in evaluation mode when it came?",
        _pairs(
            plain=(RESTORE, "    model.train()\n"),
            copy=[ORIGINAL,
                  ("return F", "still_scores = still(x)\n    still.train()\n    return F"),
                                                           ("F.softmax(still(x)",
                                                            "F.softmax(still_scores")],
            context=(CONTEXT_RESTORE, "        model.train()\n"),
        ),
    ),
    Mistake(
        "one-mode-for-all",
        "The mode of the whole model is given back to all its parts.",
        "Parts may be in different modes, as in a frozen backbone with a head that learns.",
        "13 §6",
        "What does train() do to the parts of a model?",
        _pairs(
            plain=(RESTORE, "    model.train(modes[model])\n"),
            copy=[ORIGINAL, ("    still.eval()\n    return F.softmax(still(x), dim=1)",
                             "    was = model.training\n    still.eval()\n    scores = still(x)\n "
                             "   model.train(was)\n"
                             "    return F.softmax(scores, dim=1)")],
            context=(CONTEXT_RESTORE, "        model.train(before[0][1])\n"),
        ),
    ),
    Mistake(
        "top-modes-only",
        "Only the modes of the top parts are kept, and given back to all that lies in them.",
        "A norm inside a stage may be in another mode than its stage.",
        "13 §6",
        "Which parts does your function ask for their mode, and which does train() reach?",
        _pairs(
            plain=[("in model.modules()}", "in [model, *model.children()]}"),
                   ("module.training = mode", "module.train(mode)")],
            copy=[ORIGINAL, ("    still.eval()\n    return F.softmax(still(x), dim=1)",
                             "    was = {m: m.training for m in (model, *model.children())}\n"
                             "    still.eval()\n    scores = still(x)\n"
                             "    for part, mode in was.items():\n        part.train(mode)\n"
                             "    return F.softmax(scores, dim=1)")],
            context=[("in model.modules()]", "in [model, *model.children()]]"),
                     ("module.training = mode", "module.train(mode)")],
        ),
    ),
    Mistake(
        "gradients-recorded",
        "Gradients are recorded.",
        "Evaluation mode does not switch them off, and every map is kept for a way back that "
        "nobody takes.",
        "03 §2",
        "Does your result ask for a gradient?",
        _pairs(
            plain=("with torch.no_grad():", "with torch.enable_grad():"),
            copy=("@torch.no_grad()\n", ""),
            context=(", torch.inference_mode()", ""),
        ),
    ),
    Mistake(
        "detached-afterwards",
        "Gradients are recorded while the model computes, and cut off from the result.",
        "Every map has been kept for a way back by then, and that is the memory to be saved.",
        "03 §2",
        "At which moment does your function switch the recording off?",
        _pairs(
            plain=[("with torch.no_grad():", "with torch.enable_grad():"),
                   ("scores.softmax(1)", "scores.softmax(1).detach()")],
            copy=[("@torch.no_grad()\n", ""), ("still(x)", "still(x).detach()")],
            context=[(", torch.inference_mode()", ""), ("model(x)", "model(x).data")],
        ),
    ),
    Mistake(
        "exponentials-overflow",
        "Large scores give nan: their exponentials are too large for a number.",
        "Only differences of scores count, so a common number may be taken off before.",
        "07 §5",
        "What is e to the power of 1000 for a computer, and that divided by itself?",
        _pairs(
            plain=("scores.softmax(1)", "scores.exp() / scores.exp().sum(1, keepdim=True)"),
            copy=("return F.softmax(still(x), dim=1)",
                  "e = still(x).exp()\n    return e / e.sum(1, True)"),
            context=(" - scores.amax(1, keepdim=True)", ""),
        ),
    ),
    Mistake(
        "only-called",
        "The model is called as it comes: in its own mode, and with gradients recorded.",
        "In training mode its norms use the batch and note it down, and every map is kept for a "
        "way back that nobody takes.",
        "13 §3",
        "Which two things does a model do in training that a prediction should not?",
        _pairs(
            plain=[("    model.eval()\n", ""),
                   ("with torch.no_grad():", "with torch.enable_grad():")],
            copy=[ORIGINAL, ("    still.eval()\n", ""), ("@torch.no_grad()\n", "")],
            context=[("    model.train(False)\n", ""), (", torch.inference_mode()", "")],
        ),
    ),
    Mistake(
        "gradients-off-for-good",
        "Gradients are switched off and not on again.",
        "The next training step then fails, far from here.",
        "03 §2",
        "How does a with block end what it began?",
        _pairs(
            plain=("    with torch.no_grad():\n        scores",
                   "    torch.set_grad_enabled(False)\n    scores"),
            copy=[("@torch.no_grad()\n", ""),
                  ("    still.eval()\n", "    still.eval()\n    torch.set_grad_enabled(False)\n")],
            context=[(", torch.inference_mode()", ""),
                     ("        scores = model",
                      "        torch.set_grad_enabled(False)\n        scores = model")],
        ),
    ),
    Mistake(
        "gradients-gone",
        "The gradients that the model held are gone.",
        "A training loop may predict between two steps of one batch, and its next step needs them.",
        "03 §2",
        "What does zero_grad do to the parameters, and who asked for it?",
        _pairs(
            plain=("    model.eval()\n", "    model.eval()\n    model.zero_grad()\n"),
            copy=("    still = copy.deepcopy(model)\n",
                  "    model.zero_grad(set_to_none=False)\n    still = copy.deepcopy(model)\n"),
            context=("    model.train(False)\n",
                     "    model.train(False)\n    for p in model.parameters():\n"
                     "        p.grad = None\n"),
        ),
    ),
    Mistake(
        "weights-frozen",
        "The weights of the model are frozen, and stay so.",
        "It cannot be trained any more, and nothing says why.",
        "13 §6",
        "What is different about the parameters after your function?",
        _pairs(
            plain=("    model.eval()\n", "    model.eval()\n    model.requires_grad_(False)\n"),
            copy=("    still = copy.deepcopy(model)\n",
                  "    still = copy.deepcopy(model.requires_grad_(False))\n"),
            context=("    model.train(False)\n",
                     "    model.train(False)\n    for p in model.parameters():\n        p."
                     "requires_grad = False\n"),
        ),
    ),
    Mistake(
        "images-changed",
        "The images are scaled in place.",
        "The caller's tensor holds other numbers afterwards, and the images were prepared already.",
        "13 §2",
        "Which operations with an underscore does your function call on its argument?",
        _pairs(
            plain=("scores = model(x)", "scores = model(x.div_(255))"),
            copy=("still(x)", "still(x.div_(255))"),
            context=("scores = model(x)", "x /= 255\n        scores = model(x)"),
        ),
    ),
    Mistake(
        "numbers-not-a-tensor",
        "The probabilities come back as a list or an array, not as a tensor.",
        "Who goes on computing with torch has to turn them back.",
        "13 §2",
        "Which type has the result of your last line?",
        _pairs(
            plain=("scores.softmax(1)", "scores.softmax(1).tolist()"),
            copy=("F.softmax(still(x), dim=1)", "F.softmax(still(x), dim=1).numpy()"),
            context=("return " + CONTEXT_SOFT, "return (" + CONTEXT_SOFT + ").tolist()"),
        ),
    ),
    Mistake(
        "copy-not-in-evaluation-mode",
        "It predicts in whatever mode the model was, though the model itself stays untouched.",
        "In training mode the answers depend on the batch, even where a copy gives them.",
        "13 §3",
        "In which mode is a copy of a model that is being trained?",
        _pairs(
            plain=("    model.eval()\n", '    model = __import__("copy").deepcopy(model)\n'),
            copy=("    still.eval()\n", ""),
            context=[("    model.train(False)\n    try:\n        yield\n",
                      '    try:\n        yield __import__("copy").deepcopy(model)\n'),
                     ("with evaluating(model),", "with evaluating(model) as model,")],
        ),
    ),
    Mistake(
        "parts-left-in-evaluation-mode",
        "The parts of the model are left in evaluation mode; only the model's own flag is as it "
        "was.",
        "eval() reaches all parts. The flag of the model, set by hand, reaches none of them; and a "
        "shallow copy has the same parts as the model.",
        "13 §3",
        "In which mode is bn1 when your function has ended?",
        _pairs(
            plain=[("modes = {module: module.training for module in model.modules()}",
                    "mode = model.training"), (RESTORE, "    model.training = mode\n")],
            copy=("copy.deepcopy", "copy.copy"),
            context=[("    model.train(False)\n    try:\n        yield\n",
                      '    try:\n        yield __import__("copy").copy(model).eval()\n'),
                     (CONTEXT_RESTORE, "        pass\n"),
                     ("with evaluating(model),", "with evaluating(model) as model,")],
        ),
    ),
    Mistake(
        "sums-without-their-axis",
        "The sums over the classes have lost their axis, and lie in the wrong direction.",
        "A row of sums is laid beside the last axis, and that counts the classes, not the images.",
        "07 §5",
        "Which shape have your sums for 3 images and 4 classes, and which should they have?",
        _pairs(
            plain=("scores.softmax(1)", "scores.exp() / scores.exp().sum(1)"),
            copy=("return F.softmax(still(x), dim=1)",
                  "positive = still(x).exp()\n    return positive / positive.sum(dim=1)"),
            context=("sum(dim=1, keepdim=True)", "sum(dim=1)"),
        ),
    ),
    Mistake(
        "softmax-layer-and-only-called",
        "A layer comes back, nn.Softmax, and the model was only called: no mode, no no_grad.",
        "The class builds a layer, and the scores go to that layer, not to the class. And a model "
        "that predicts should neither use the batch in its norms nor record gradients.",
        "13 §3",
        "Which of your lines calls a layer, and which only builds one?",
        _pairs(
            plain=[("    model.eval()\n", ""),
                   ("with torch.no_grad():", "with torch.enable_grad():"),
                   ("scores.softmax(1)", "nn.Softmax(scores)")],
            copy=[ORIGINAL, ("    still.eval()\n", ""), ("@torch.no_grad()\n", ""),
                  ("F.softmax(still(x), dim=1)", "nn.Softmax(still(x))")],
            context=[("    model.train(False)\n", ""), (", torch.inference_mode()", ""),
                     ("        positive = (scores - scores.amax(1, keepdim=True)).exp()\n"
                      "        return " + CONTEXT_SOFT, "        return nn.Softmax(scores)")],
        ),
    ),
    Mistake(
        "only-norms-in-evaluation-mode",
        "Only the norms are put into evaluation mode; the other parts stay as they were.",
        "A dropout, for one, goes on dropping: the same image gets other answers in each call.",
        "13 §3",
        "Which layers besides norms ask whether the model is in training?",
        _pairs(
            plain=("    model.eval()\n", "    for module in modes:\n"
                   "        if isinstance(module, nn.BatchNorm2d):\n            module.eval()\n"),
            copy=("    still.eval()\n", "    for part in still.modules():\n"
                  "        if hasattr(part, 'running_mean'):\n            part.train(False)\n"),
            context=("    model.train(False)\n", "    for module, _ in before:\n"
                     "        if 'Norm' in type(module).__name__:\n"
                     "            module.training = False\n"),
        ),
    ),
    Mistake(
        "one-number-for-all-images",
        "The same number is taken off the scores of all images; for some of them it is far too "
        "large.",
        "All exponentials of such an image become zero, and zero divided by zero is nan.",
        "07 §5",
        "What is left of the scores 0 and 1 when 1000 is taken off both?",
        _pairs(
            plain=("scores.softmax(1)", "(scores - scores.max()).exp() / "
                   "(scores - scores.max()).exp().sum(1, keepdim=True)"),
            copy=("return F.softmax(still(x), dim=1)",
                  "z = still(x)\n    e = torch.exp(z - torch.max(z))\n"
                  "    return e / e.sum(1, True)"),
            context=("scores.amax(1, keepdim=True)", "scores.amax()"),
        ),
    ),
    Mistake(
        "hook-left",
        "A hook stays in the given model.",
        "It goes on running in every call of the model, long after the prediction.",
        "03 §7",
        "What does register_forward_hook give back, and when is that needed?",
        _pairs(
            plain=("        scores = model(x)\n",
                   "        seen = []\n"
                   "        model.fc.register_forward_hook(lambda m, i, out: seen.append(out))\n"
                   "        model(x)\n        scores = seen[0]\n"),
            copy=("    still = copy.deepcopy(model)\n",
                  "    model.register_forward_hook(lambda m, i, out: None)\n"
                  "    still = copy.deepcopy(model)\n"),
            context=("        scores = model(x)\n",
                     "        model.register_forward_pre_hook(lambda m, given: None)\n"
                     "        scores = model(x)\n"),
        ),
    ),
    Mistake(
        "images-prepared-again",
        "The model does not get the images as they came, but other numbers.",
        "They are prepared already: scaled or normalised a second time, they are not what the "
        "weights know.",
        "13 §2",
        "Which of your lines calculates with the images before the model is called?",
        _pairs(
            plain=("scores = model(x)", "scores = model(x / 255)"),
            copy=("still(x)", "still((x - 0.45) / 0.225)"),
            context=("scores = model(x)", "scores = model(F.layer_norm(x, x.shape[1:]))"),
        ),
    ),
    Mistake(
        "images-of-another-shape",
        "The model gets a tensor of another shape than the images have.",
        "The images are prepared: their four axes and their size are those that the model reads.",
        "13 §2",
        "What shape has the tensor that your function hands to the model?",
        _pairs(
            plain=("scores = model(x)", "scores = model(F.interpolate(x, (9, 9)))"),
            copy=("still(x)", "still(x[:, :, :4, :4])"),
            context=("scores = model(x)", "scores = model(F.pad(x, (1, 1, 1, 1)))"),
        ),
    ),
    Mistake(
        "images-in-another-order",
        "The model gets images whose numbers stand in another order.",
        "An image that is mirrored, or that has its colours exchanged, is another one for the "
        "network.",
        "13 §2",
        "Which of your lines moves pixels or channels, and should the result depend on it?",
        _pairs(
            plain=("scores = model(x)", "scores = model(x.flip(1))"),
            copy=("still(x)", "(still(x) + still(x.flip(3))) / 2"),
            context=("scores = model(x)", "scores = model(x[:, [2, 1, 0]])"),
        ),
    ),
)


SCORES = [[1000.0, 990.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 0.0, 0.0],
          [-1000.0, -999.0, -998.0, -998.0, -998.0]]  # fmt: skip


def plan_predict(rng: random.Random) -> Plan:
    """Both modes, parts in different modes, one image."""
    classes, other = rng.choice([4, 5]), rng.choice(["bn1", "layer1"])
    return _plan(
        {"use": "predict", "classes": classes,
         "words": "predict(model, images), in evaluation mode"},
        {"use": "predict", "classes": classes, "training": True,
         "words": "predict(model, images), in training mode"},
        {"use": "predict", "training": True, "otherwise": [other],
         "words": f"predict(model, images), in training mode but for {other}"},
        {"use": "predict", "otherwise": ["fc"],
         "words": "predict(model, images), in evaluation mode but for fc"},
        {"use": "predict", "training": True, "otherwise": ["layer1.0.bn1"],
         "frozen": ["layer1.0.conv1.", "layer1.0.bn1."],
         "words": "predict(model, images), in training mode but for a norm in layer1; this norm "
                  "and a convolution are frozen"},
        {"use": "predict", "classes": 3, "images": 1, "off": True,
         "words": "predict(model, one image), under no_grad"},
        {"use": "predict", "scores": SCORES,
         "words": "predict(model, images), scores of 1000 and 990 for one image, of 0 and 1 for "
                  "another"},
    )


def _exercise(
    signature: str, section: str, points: int, prompt: str, styles: dict[str, str],
    mistakes: tuple[Mistake, ...], plan: Any, idle: tuple[str, ...], undone: tuple[str, ...] = (),
    weights: Mapping[str, float] = MappingProxyType({}),
) -> Exercise:  # fmt: skip
    starter = f"\ndef {signature}:\n    return None  # your lines\n"
    return Exercise(signature.split("(")[0], PART, section, points, signature, prompt, starter,
                    plan,
                    styles, mistakes, weights, idle=idle, undone=undone)  # fmt: skip


EXERCISES = (
    _exercise(
        'strip_prefix(state_dict, prefix="module.")', "13 §1", 2,
        """Return a new dict with the same tensors, in which `prefix` is removed from every name
that begins with it, once. Other names stay, also those that hold the same letters further on.
The given dict stays as it is. The order of the entries does not matter.""",
        {"plain": STRIP_PLAIN, "short": STRIP_SHORT, "helper": STRIP_HELPER, "copy": STRIP_COPY,
         "pattern": STRIP_PATTERN},
        STRIP, plan_strip, ("returns", "tensors", "side effects", "names without it"),
        ("nothing-removed",),
    ),
    _exercise(
        "load_backbone(model, state_dict)", "13 §1", 3,
        """Load all but the head: every entry of `state_dict` whose name does not begin with
`fc.`, buffers included. The file may have a head of another size, or none. The model keeps its
own head. If anything else is missing, unknown or of another shape, raise an exception; only
whether a file without `num_batches_tracked`, as very old ones are, is loaded or refused is left to
you. The mode of the model and of its parts, what can learn in it, and its parts with their settings
stay as they are, and so does the type of its numbers, whatever that of the file is. Leave the given
dict as it is; it stays so when the model is trained later. Return the model; you may change the one
that is given, or a copy.""",
        {"plain": LOAD_PLAIN, "report": LOAD_REPORT, "copy": LOAD_COPY, "aside": LOAD_ASIDE,
         "other": LOAD_OTHER},
        LOAD, plan_load, ("returns", "side effects", "head", "refuses"),
        ("dict-returned", "nothing-loaded"),
    ),
    _exercise(
        "replace_head(model, num_classes)", "13 §5", 2,
        """Give the model a new head for `num_classes` classes: its `fc` becomes one linear layer
with a bias, ready to be trained. It reads as many features as the old one, which is an
`nn.Linear`. Everything else stays, the modes of all parts, what is frozen and all settings too.
Return the model; you may change the one that is given, or a copy.""",
        {"plain": HEAD_PLAIN, "named": HEAD_NAMED, "copy": HEAD_COPY, "lazy": HEAD_LAZY,
         "inside": HEAD_INSIDE},
        HEAD, plan_head, ("returns", "side effects", "backbone"), ("old-head-still-there",),
    ),
    _exercise(
        "freeze_backbone(model)", "13 §6", 3,
        """The model comes in training mode, and all of it can learn; its children, from `conv1` to
`fc`, have the names of torchvision's ResNet, and layers inside of them may have any name. Return it
ready to train its head: only the parameters of `model.fc` learn, and BatchNorm uses its running
statistics and keeps them as they are. Nobody calls `model.train()` afterwards. All weights and
statistics stay as they are, under their names; those of a norm may be parameters or buffers, and
who counts no batches need not keep a counter. You may change the model that is given, or a
copy.""",
        {"plain": FREEZE_PLAIN, "norms": FREEZE_NORMS, "children": FREEZE_CHILDREN,
         "class": FREEZE_CLASS, "copy": FREEZE_COPY},
        FREEZE, plan_freeze, ("returns", "head", "side effects", "statistics", "training"),
        ("nothing-done",), {"statistics": 2.0, "training": 2.0},  # worth nothing by themselves
    ),
    _exercise(
        "to_grayscale(model)", "13 §7", 2,
        """Give the model a stem for gray images: `conv1` becomes an `nn.Conv2d` with one input
channel, and the model answers for an image g as it did for (g, g, g). Take all settings from the
old `conv1`: sizes, stride, padding and its mode, dilation, and a bias where there is one. The new
stem can be trained: its weight is a parameter of the model. Everything else stays, the modes of
all parts, what is frozen and all settings too, and no hook is added. Return the model; you may
change the one that is given, or a copy.""",
        {"plain": GRAY_PLAIN, "inside": GRAY_INSIDE, "copy": GRAY_COPY, "state": GRAY_STATE,
         "product": GRAY_PRODUCT},
        GRAY, plan_gray, ("returns", "rest", "side effects"), ("old-stem-still-there",),
    ),
    _exercise(
        "feature_extractor(model)", "13 §4", 2,
        """Return something that can be called with images N×3×H×W and gives N×C features: what
the classifier `fc` reads. The model is in evaluation mode, and like a ResNet: its children, from
`conv1` to `fc`, are called one after the other, and a flatten stands between the pool and `fc`.
Afterwards the model is as it was: it gives its scores, its parameters learn or are frozen as before
and have the gradients that they had, its methods are those of its class, and no hook of yours is
left in it. The images stay as they are, too, and gradients are on or off as they were. Whether
gradients flow through the features is left to you. Import nothing but torch: a ready-made extractor
of another library does not count.""",
        {"copy": FEATURES_COPY, "chain": FEATURES_CHAIN, "hook": FEATURES_HOOK,
         "swap": FEATURES_SWAP,
         "class": FEATURES_CLASS},
        FEATURES, plan_features, ("runs", "side effects"), ("scores-returned",),
    ),
    _exercise(
        "predict(model, x)", "13 §3", 3,
        """Return the class probabilities of the images `x`, a tensor N×classes, as at inference:
the model computes in evaluation mode, all its parts do, and no gradients are recorded meanwhile.
Scores may be large, 1000 and more, and those of one image far from those of another. The model
comes in either mode, and its parts may be in different modes; afterwards each is in the mode in
which it was, and nothing else of the model has changed: no hook of yours is left in it, and what
was frozen is still. Gradients are on or off as they were.""",
        {"plain": PREDICT_PLAIN, "copy": PREDICT_COPY, "context": PREDICT_CONTEXT,
         "recursive": PREDICT_RECURSIVE, "log": PREDICT_LOG},
        PREDICT, plan_predict, ("mode", "statistics", "side effects"),
        ("scores-returned", "only-called"),
    ),
)
