"""What is said of an answer that is not right: a known mistake, or what was seen, in words."""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from . import diagnosis, modules, remarks, words
from .probe import BARE
from .report import Report
from .tasks import Exercise, Plan

MISFIT = (r"missing \d+ required|unexpected keyword|multiple values for|"
          r"takes (from \d+ to )?\d+ positional")  # fmt: skip
ERRORS = (  # what an error means that stops a function of numbers, and what to ask
    ("function_or_method|'(method|function)'", "a function stands where a value is needed",
     "Which function is named there and not called?"),
    ("not iterable", "something single stands where several things are needed",
     "What does your loop run over, a list or a single number?"),
    ("has no len", "a length is asked of something that has none",
     "Is it a list, or something that hands out one thing after the other?"),
    ("unpack", "something is taken apart into another number of pieces than it has",
     "How many numbers has the thing that you take apart, and how many names are there?"),
    ("index out of range", "a place is asked for that is not there",
     "What stands before the square brackets there, and how many places has it in this call?"),
    ("ZeroDivisionError", "something is divided by 0", "Which number is 0 in this call?"),
    ("as an integer", "no whole number stands where one is needed",
     "What stands where a whole number is needed?"),
    ("must be Tensor, not", "a function of torch gets what is no tensor",
     "What of plain Python rounds or calculates with a plain number?"),
    ("unsupported operand|can only concatenate|can't multiply|not supported between",
     "two things meet whose types do not go together",
     "Of which two types are the things that you calculate with there?"),
    ("has no attribute", "a name behind a dot is not there",
     "What kind of thing stands before the dot in this call?"),
    ("not callable", "brackets stand behind something that is no function",
     "What stands before the brackets, a function or a number?"),
    ("RecursionError", "a function calls itself without end",
     "In which case does your function not call itself again?"),
    ("unhashable type", "what can change, such as a list, is looked up in a dict or a set",
     "Of which type are your keys, and of which type is what you look up?"),
    ("KeyError", "a dict is asked for a key that it does not have",
     "Which key is asked for in this call, and which are there?"),
)
IMPORTED = {  # names that answers use and nobody defines, and what mostly goes by them
    "F": "torch.nn.functional", "nn": "torch.nn", "np": "numpy", "init": "torch.nn.init",
    "partial": "functools.partial", "OrderedDict": "collections.OrderedDict",
    **{name: name for name in ("torch", "math", "numpy", "copy", "re", "functools", "itertools",
                               "collections", "contextlib", "operator")},
}  # fmt: skip
PARTS = ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "relu", "downsample", "maxpool", "layer1",
         "layer2", "layer3", "layer4", "avgpool", "fc", "expansion")  # fmt: skip
NEAR = 0.65  # how like a name that is there a misspelt one is
EVERYWHERE = ("not iterable", "index out of range", "unhashable type", "KeyError")
FINISHED = ("02 §9", "04 §8", "05 §5", "07 §8", "09 §6", "10 §8")  # they show a file's code
NONE_KNOWN = "It is none of the mistakes that are known here."
LAST_DRAWING = "last drawing of the convolutions"
Rows = Mapping[str, Any]


def explained(exercise: Exercise) -> str:
    """Where to read: for what a chapter shows in full, the section that explains most mistakes."""
    if exercise.section not in FINISHED:
        return exercise.section
    sections = [m.section for m in exercise.mistakes
                if m.section.split()[0] == exercise.chapter and m.section not in FINISHED]
    return max(sections, key=sections.count, default=exercise.section)


def is_class(exercise: Exercise) -> bool:
    """Whether a class is asked for."""
    return exercise.starter.lstrip().startswith("class ")


def moved(
    exercise: Exercise, plan: Plan, seen: tuple[diagnosis.Observation, ...], rows: Rows
) -> dict[str, str]:
    """What is said of arguments in another order, where the first wrong call hands one by place."""
    case = plan["cases"][next(row.case for row in seen if not row.holds)]
    first, said = remarks.arguments(exercise.signature, rows)
    return said if len(case.get("args", ())) > first else {}


def taken(exercise: Exercise, taken: list[str]) -> dict[str, str]:
    """What is said of an answer that is a library's own solution, or calls it."""
    name = min(taken, key=lambda n: ("<" in n, exercise.name not in n, len(n))).split(".<")[0]
    if ".formulas." in name and name.rpartition(".")[2] != exercise.name and (
        exercise.part == "numbers"
    ):
        return {"title": f"A piece of the answer is imported: {name}.",
                "why": "The exercise is to count by yourself: functions of this package stay out.",
                "section": explained(exercise),
                "ask": "Which small function of your own would do the work of that piece?"}
    if exercise.name not in name and re.search(r"\.formulas\.|\.conv[13]x[13]$", name):
        given = f", and with what is given: {' and '.join(exercise.given)}" * bool(exercise.given)
        return {"title": f"A piece of the answer is imported: {name}.",
                "why": f"The exercise is to be written with torch alone{given}.",
                "section": explained(exercise),
                "ask": "What does that piece make, and how would you make it?"}  # fmt: skip
    if name.startswith("torchvision.") and not name.startswith("torchvision.models."):
        return {"title": f"A piece of a library is called: {name.removesuffix('.__init__')}.",
                "why": "The exercise is to be written without that library.",
                "section": explained(exercise),
                "ask": "Which part of the answer does that piece do for you?"}  # fmt: skip
    return {
        "title": f"Imported, not built: the answer is, or calls, {name}.",
        "why": "The exercise is to write it.", "section": explained(exercise),
        "ask": "Which line of it could you write first?",
    }  # fmt: skip


def stopped(exercise: Exercise, found: Mapping[str, Any]) -> dict[str, str]:
    """What is said of an answer that could not be tried, or ran too long."""
    if "broken" in found:
        kind, _, says = str(found["broken"]).partition(": ")
        return {"title": f"The answer could not be tried: {words.article(kind)} ended it.",
                "seen": says or kind, "section": exercise.section,
                "why": "It came where the checker looked at what the answer had built or returned.",
                "ask": "What happens when you build or call it yourself, and use what comes back?"}
    return {
        "title": f"The answer ran for {found['stopped']:.0f} seconds and was stopped.",
        "why": "A right answer takes less than a second here: a loop never ends, or a call waits.",
        "section": exercise.section,
        "ask": "Which loop has a condition that never becomes false, or which call waits for what?",
    }  # fmt: skip


def lost(exercise: Exercise, rows: Rows) -> dict[str, str]:
    """What is said where None comes back, although something has been computed or built."""
    parts = {"section": explained(exercise),
             "why": "A function hands back what stands behind `return`, and None without it."}
    if any(key.endswith("/_call/calls") and value for key, value in rows.items()):
        return {**parts, "title": "A network is built, and None comes back.",
                "ask": "What does your function hand to whoever calls it?"}
    if any(key.endswith("/recorded while the model computes") for key in rows):
        return {**parts, "title": "The model is called, and None comes back.",
                "ask": "Which variable holds the probabilities, and who gets it?"}
    if any("/_graph/" in key and not key.endswith(("/buffers", ".is")) for key in rows):
        return {**parts, "title": "forward computes something, and hands back None.",
                "ask": "Which variable holds the result when your `forward` ends?"}
    return {}


def not_finished(exercise: Exercise, parts: list[str]) -> dict[str, str]:
    """What is said of a network of which ``parts`` are not there yet."""
    order = [*(p for p in parts if p != "fc"), *(p for p in parts if p == "fc")]
    last = f" and {order[-1]}" if len(order) > 1 else order[-1]
    listed = ", ".join(order[:-1]) + last
    return {
        "title": f"Not finished yet: {listed} {'are' if len(order) > 1 else 'is'} not there.",
        "why": "What there is so far may be right. More can be said when all the parts stand.",
        "section": explained(exercise), "ask": f"What does {order[0]} read, and what hand on?",
    }  # fmt: skip


def unwritten(exercise: Exercise, kind: str) -> dict[str, str]:
    """What is said of starter code, and of whatever gives None everywhere."""
    if kind == "choice":
        return {"title": "There is no answer yet.", "section": exercise.mistakes[0].section,
                "why": "The answer is the number of a line and the letter of a reason.",
                "ask": "Which of the lines would you have written differently?"}  # fmt: skip
    ask = f"What does `{exercise.signature}` have to return?"
    if kind == "builder":
        ask = "Which arguments of `ResNet` make this network?"
    elif is_class(exercise):
        ask = "Which layers are needed, and in which order does `forward` call them?"
    return {
        "title": "Nothing comes back yet: the answer returns None.",
        "section": explained(exercise),
        "why": "The body is yours to write; without `return`, what is made in it is lost.",
        "ask": ask,
    }  # fmt: skip


def names(case: int, expected: Rows, rows: Rows) -> dict[str, str] | None:
    """How a network calls its layers outside the blocks; None where there are no such blocks.

    Left out are names for which the count of the layers has another one.
    """
    key = f"{case}/_words/the layers are called"
    sides = [dict(pairs) if isinstance(pairs := side.get(key), list) and all(
        isinstance(pair, list) and len(pair) == 2 for pair in pairs) else None
             for side in (expected, rows)]  # fmt: skip
    want, have = sides
    if want is None or have is None:
        return None
    return {layer: name for layer, name in have.items() if re.fullmatch(r"[\w.]{1,60}", str(name))
            and (name == want.get(layer) or (name not in want.values() and layer in want))}


def named(
    exercise: Exercise, plan: Plan, share: float, seen: tuple[diagnosis.Observation, ...],
    expected: Rows, rows: Rows, apart: Mapping[str, Any], fits: list[str], marks: Rows,
) -> Report:  # fmt: skip
    """The report on a wrong answer; it shows what the named mistake does, which has ``marks``."""
    wrong = [row for row in seen if not row.holds]
    lacks = modules.lacking(exercise, rows)
    spare = remarks.spare_blocks(seen, rows)
    if spare:
        fits, marks = [], {}
        wrong = [row for row in wrong if row.what == "number of blocks"]
    unreached = [row for row in wrong if row.found == diagnosis.MISSING
                 and row.group in ("initialization", "gradients", "buffers")]  # fmt: skip
    if plan["kind"] == "module":  # what was not reached says little
        wrong = [row for row in wrong if row not in unreached] or wrong
        raised = [row for row in wrong if row.case == wrong[0].case and words.raises(row)]
        alias = modules.known(exercise, seen, rows, apart)
        if alias and not (fits or spare or any(map(_slips, raised))):
            shares = [row for row in wrong if row.what == modules.SHARES]
            marks = {diagnosis.key_of(row): row.found for row in shares
                     if alias == "one-layer-for-all"}  # fmt: skip
            fits = [alias]
    of_it = [row for row in wrong if row.found == marks.get(diagnosis.key_of(row), ...)]
    mine = {k: v for k, v in apart.items() if k in marks and marks[k] == v}
    if plan["kind"] != "module" or not any("/_graph/" in k for k in mine):
        mine = dict(apart)
    elif not of_it:  # what the mistake does hides behind another one
        of_it = [row for row in wrong if row.group in ("shape", "inference")]
    first = (of_it or wrong)[0]
    if plan["kind"] == "builder" and fits:
        first = _of_a_builder(wrong, apart, marks)
    with words.names(names(first.case, expected, rows)):
        seen_of_it = shown(plan, seen, first, expected, mine)
    known = {m.id: m for m in exercise.mistakes}
    parts: dict[str, Any]
    if fits:
        best = known[fits[0]]
        later = best.section.split()[0] > exercise.chapter
        why = best.why + " This belongs to a later chapter." * later
        parts = {"title": best.title, "why": why, "section": best.section, "ask": best.ask}
        parts |= lacks if best.id == "arguments-missing" else {}
    else:
        raised = [row for row in wrong if row.case == wrong[0].case and words.raises(row)]
        stops = raised[0] if raised and (wrong[0].found == diagnosis.MISSING or
                                         _slips(raised[0])) else wrong[0]  # fmt: skip
        numbers = plan["kind"] == "function" and not words.raises(stops)
        of_all = remarks.remark(seen, rows, exercise.signature) if numbers else {}
        parts = {"section": explained(exercise), **_unknown(exercise, stops), **of_all}
        of_modules = plan["kind"] == "module" and not _slips(stops)
        if of_modules and not _told_plainly(stops):
            parts |= modules.plain(wrong, rows, expected, apart)
        if of_modules and raised:
            parts |= words.error(str(raised[0].found.get("says")))
        calls = {k.split("/")[2]: v for k, v in apart.items()
                 if k.startswith(f"{wrong[0].case}/_call/") and v != diagnosis.MISSING}  # fmt: skip
        calls = {k: v for k, v in calls.items() if not k.startswith(("calls", "later", "result"))}
        if calls and not raised:
            parts["title"] = f"{words.call(calls)}: that is not what is asked for."
            parts |= _of_blocks(exercise, calls, expected)
        parts |= _names_for_values(calls)
        if raised:
            own = rf"{exercise.name}(\.__init__)?\(\) (got an unexpected|takes)"
            parts |= lacks if re.match(own, str(raised[0].found.get("says"))) else {}
            reads = rows.get(f"{raised[0].case}/_graph/stop.reads")
            parts |= _channels(str(raised[0].found.get("says")), reads)
        blocks = [k for k in expected if "/stages/" in k and k not in rows]
        if blocks and "0/builds/is a module" in rows and not any("/stages/" in k for k in rows):
            parts |= {"title": "The class of blocks that the network is given is never called.",
                      "ask": "Of which class are the blocks in your stages?"}  # fmt: skip
        if of_modules:
            layer = _of_a_layer(wrong[0].case, expected, apart)
            parts |= {"why": NONE_KNOWN} if layer and raised else {}
            parts |= layer
            said = modules.remark(seen, rows, expected, apart)
            parts |= {"why": NONE_KNOWN} if said and raised else {}
            parts |= said
        if exercise.given or exercise.part == "blocks":
            parts |= remarks.of_a_bias(str(parts["title"]))
        if exercise.name in remarks.CONVOLUTIONS and parts["section"] == explained(exercise):
            here = [k for k, v in apart.items() if v != diagnosis.MISSING
                    and k.startswith(f"{wrong[0].case}/_graph/c1.")]  # fmt: skip
            parts["section"] = remarks.of_a_setting(exercise.name, str(parts["title"]), here)
        parts |= _around(apart) if plan["kind"] == "use" else {}
        parts |= spare
        parts |= moved(exercise, plan, seen, rows)
        parts |= _no_module(exercise, stops)
    return Report(exercise.name, False, share, seen=seen_of_it, mistake=fits[0] if fits else None,
                  mistakes=tuple(fits), observations=seen, **parts)  # fmt: skip


def _around(apart: Rows) -> dict[str, str]:
    """What is said where a model comes back as a part of another."""
    told = next((str(v) for k, v in apart.items() if k.endswith("/_graph/what comes back.is")), "")
    if not told.endswith(" around the model"):
        return {}
    return {"title": f"What comes back is {told}: all its layers lie one level deeper.",
            "why": "Checkpoints, and those who use the model, find its parts by their names.",
            "ask": "By which name is bn1 found in what your function returns?"}  # fmt: skip


def _no_module(exercise: Exercise, row: diagnosis.Observation) -> dict[str, str]:
    """What is said of a class of layers that does not inherit from ``nn.Module``."""
    if not is_class(exercise) or not isinstance(row.found, dict):
        return {}
    asked = re.match(rf"'{exercise.name}' object has no attribute '(\w+)'",
                     str(row.found.get("says")))  # fmt: skip
    plain = row.what == "is a module" and row.found.get("type") == exercise.name
    if not plain and not (asked and hasattr(nn.Module, asked[1])):
        return {}
    return {"title": f"The class {exercise.name} does not inherit from nn.Module.",
            "why": "Only a module can be called with a tensor, and knows the layers that it holds.",
            "section": "04 §3", "ask": "What does the line that opens your class say of its "
            "parent?"}  # fmt: skip


def _of_blocks(exercise: Exercise, calls: Rows, expected: Rows) -> dict[str, str]:
    """What is said of a builder where the numbers of blocks are others, and nothing else is."""
    wanted, found = expected.get("0/_call/layers"), calls.get("layers")
    name = re.search(r"\d+", exercise.name)
    if not (isinstance(found, list) and wanted and name and len(found) == len(wanted)):
        return {}
    if len(calls) > 1 or any(type(count) is not int for count in found):
        return {}
    deep = expected["0/_call/block"] == "Bottleneck"
    return words.of_blocks(wanted, found, 3 if deep else 2, int(name[0]))


def _of_a_builder(
    wrong: list[diagnosis.Observation], apart: Rows, marks: Rows
) -> diagnosis.Observation:
    """The plainest row of the first case in which a call of ``ResNet`` differs as a mistake's."""
    cases = [diagnosis.place(k)[0] for k, v in marks.items() if apart.get(k) == v]
    case = min(cases, default=wrong[0].case)
    here = [row for row in wrong if row.case == case] or wrong
    plain = [row for row in here if (row.group, row.what) == ("shape", "output")]
    return here[0] if here[0].group == "builds" or not plain else plain[0]


def _slips(row: diagnosis.Observation) -> bool:
    """Whether an error of Python stops an answer, or one that the answer raises itself."""
    slips = ("NameError", "AttributeError", "TypeError", "NotImplementedError")
    return words.raises(row) and bool(row.found["raises"] in slips or row.found.get("own"))


def _names_for_values(calls: Rows) -> dict[str, str]:
    """What is said where a builder gives ``ResNet`` the names of settings in place of values."""
    names = {"num_classes", "zero_init_residual", "groups", "width_per_group",
             "replace_stride_with_dilation", "norm_layer"}  # fmt: skip
    odd = [(name, value) for name, value in calls.items() if str(value).strip("'") in names]
    if not odd:
        return {}
    return {"title": "ResNet is called with a name where a value belongs: "
            f"{odd[0][0].removeprefix('later ')} = {odd[0][1]}.",
            "why": "A dict of settings has names and values; who goes through a dict gets its "
            "names alone.",
            "ask": "What does a dict hand over behind one star, and what behind two?"}


def _channels(says: str, reads: Any) -> dict[str, str]:
    """A title where a layer is built for another number of channels than it gets.

    ``reads`` is what goes into it, where that was seen: of the first layer it is the input.
    """
    norm = re.search(r"running_mean should contain (\d+) elements not (\d+)", says)
    conv = re.search(r"to have (\d+) channels, but got (\d+) channels", says)
    if not norm and not conv:
        return {}
    layer = "norm" if norm else "convolution"
    gets, built = (norm[1], norm[2]) if norm else (conv[2], conv[1]) if conv else ("", "")
    many = "channel" if built == "1" else "channels"
    return {"title": f"A {layer} is built for {built} {many}, and gets {gets}.",
            "ask": "How many channels come out of the layer before it?"
            if isinstance(reads, list) and reads not in ([], ["x"])
            else "What goes into this layer, and how many channels has that?"}  # fmt: skip


def _of_a_layer(case: int, expected: Rows, apart: Mapping[str, Any]) -> dict[str, str]:
    graph = f"{case}/_graph/"
    facts = {k.removeprefix(graph): v for k, v in apart.items() if k.startswith(graph)}
    facts = {k: v for k, v in facts.items() if k not in ("buffers", "stop.reads")}
    if any(diagnosis.place(k)[0] == case and diagnosis.stops(k, v) for k, v in apart.items()):
        facts = {k: v for k, v in facts.items() if v != diagnosis.MISSING}  # it is not reached
    wanted = {k: expected[graph + k] for k in facts if graph + k in expected}
    return words.of_a_layer(wanted, facts)


def unknown_name(apart: Rows) -> str:
    """The first name that the answer uses and nobody defines; "" when there is none."""
    raised = (v for v in apart.values() if isinstance(v, dict) and v.get("raises") == "NameError")
    found = (re.match(r"name '(\w+)' is not defined", str(v.get("says"))) for v in raised)
    return next((match[1] for match in found if match), "")


def by_place(apart: Rows) -> bool:
    """Whether a convolution is stopped by a truth value that stands at the place of a number."""
    said = (str(v.get("says")) for v in apart.values() if isinstance(v, dict) and "raises" in v)
    return any(re.search(words.BY_PLACE, says) for says in said)


def own_attribute(exercise: Exercise, apart: Rows) -> str:
    """The first attribute that the answer asks itself for and does not have, or ""."""
    said = (str(v.get("says")) for v in apart.values() if isinstance(v, dict) and "raises" in v)
    missing = (re.match(rf"'{exercise.name}' object has no attribute '(\w+)'", s) for s in said)
    return next((match[1] for match in missing if match), "")


def _unknown(exercise: Exercise, wrong: diagnosis.Observation) -> dict[str, str]:
    """What is said where no known mistake fits."""
    why = NONE_KNOWN
    if not words.raises(wrong):
        told = _told_plainly(wrong)
        if wrong.group == "refuses" and exercise.drawn(0)["kind"] == "use":
            told = {"title": "Something that must be refused is accepted.",
                    "ask": "Which of your lines should raise an exception here, and is it reached?"}
        if told:
            return {**told, "why": why}
        about = words.GROUPS.get(wrong.group, wrong.group)
        return {"title": f"Something differs in {about}.", "why": why,
                "ask": "Which of your lines makes what was found here?"}
    parts = {"title": "An error stops the answer.", "why": why}
    says = str(wrong.found.get("says"))
    if wrong.found["raises"] == "SystemExit":
        return {"title": "The answer ends the whole program: SystemExit is raised in it.",
                "why": "It is meant to end a program: what handles errors does not catch it.",
                "ask": "Which kind of exception says what is wrong, and lets others go on?"}
    if "exceptions must derive from BaseException" in says:
        return {**parts, "title": "An error stops the answer: what stands behind `raise` is no "
                "exception.", "ask": "Is what you raise an exception, or a text or a constant?"}
    name = unknown_name({"": wrong.found})
    if name in IMPORTED:
        return {**parts, "title": f"An error stops the answer: there is no {name}.",
                "why": f"By that name mostly goes {IMPORTED[name]}."
                if IMPORTED[name] != name else why,
                "ask": f"Is `{name}` imported where your answer uses it?"}  # fmt: skip
    if "method" in wrong.found:
        return {**parts, "title": "An error stops the answer: self is not among the arguments of "
                f"{wrong.found['method']}.",
                "why": "Python hands the object itself to a method, as its first argument.",
                "ask": "What is the first name between the brackets behind that `def`?"}
    if name and wrong.found.get("self") == name:
        return {**parts, "title": f"An error stops the answer: there is no {name} by itself; the "
                "object has one.", "why": "What belongs to the object is found through it, also "
                "inside its own methods.",
                "ask": f"What stands before the dot where `{name}` belongs to the object?"}
    if name:
        return {**parts, "title": f"An error stops the answer: there is no {name}.",
                "ask": f"How is `{name}` spelled where it is made, and is it made before?"}
    told = words.error(says) if exercise.drawn(0)["kind"] == "use" else {}
    if wrong.found.get("own") and exercise.drawn(0)["kind"] == "module" and (
        wrong.group != "builds"
    ):  # fmt: skip
        return {**parts, "title": "The answer itself raises an exception, and none is expected.",
                "ask": "Which line of your `forward` raises it, and for which inputs should it?"}
    if wrong.found.get("own") and exercise.drawn(0)["kind"] == "use":
        return {**parts, "title": "The answer itself raises an exception, and none is expected.",
                "ask": "Which of your conditions is true here, and should it be?"}  # fmt: skip
    if told:
        return {**parts, **told}
    early = re.match(r"cannot access local variable '(\w+)'", says)
    if early:
        return {**parts, "title": f"An error stops the answer: {early[1]} has no value yet.",
                "ask": f"Where does `{early[1]}` get its first value, by = or by ==?"}  # fmt: skip
    if wrong.found.get("own") and wrong.group == "builds":
        return {**parts, "title": "The answer refuses arguments that are right.",
                "ask": "For which arguments is the condition before your exception true?"}
    held = re.match(r"Module \[(\w+)\] is missing the required .forward", says)
    if held and held[1] != exercise.name:
        return {**parts, "title": f"An error stops the answer: a {held[1]} is called, and has no "
                "forward.", "ask": "Does that module call its parts, or does it only hold them?"}
    if 'missing the required "forward"' in says:
        return {**parts, "title": "An error stops the answer: it has no method forward.",
                "ask": "How is the method spelled, and is it indented as far as `__init__`?"}
    if re.match(r"'int' object has no attribute 'dim'", says):
        return {**parts, "title": "An error stops the answer: a layer is called with a number, "
                "not with a tensor.",
                "ask": "Is it a class that stands before the brackets, or a finished layer?"}
    own = own_attribute(exercise, {"": wrong.found})
    if own == "expansion" and exercise.name == "ResNet":
        return {**parts, "title": "An error stops the answer: the network itself is asked for its "
                "expansion.", "why": "Behind `self.` a method gets the object already; handed over "
                "once more, it is the next argument.",
                "ask": "What does the method get as its `block`?"}  # fmt: skip
    if own == "downsample":
        return {**parts, "title": "An error stops the answer: there is no self.downsample.",
                "ask": "Which line of your constructor keeps the `downsample` that it is given?"}
    if own:
        return {**parts, "title": f"An error stops the answer: there is no self.{own}.",
                "ask": f"Where does `self.{own}` get its value, and is it before that?"}
    attribute = re.match(r"'(?:\w+\.)*(\w+)' object has no attribute '(\w+)'", says)
    if attribute:
        layer = getattr(nn, attribute[1], None)
        tensor = hasattr(torch.Tensor, attribute[2]) and not hasattr(layer, attribute[2])
        if layer and tensor and wrong.group in ("shape", "builds"):
            needed = {"title": "An error stops the answer: "
                      f"{words.article(attribute[1])} stands where a tensor is needed."}
            if wrong.group == "builds":
                return {**parts, **needed, "why": "A layer holds tensors, and is none itself.",
                        "ask": "Which of the layer's own tensors is meant there?"}  # fmt: skip
            return {**parts, **needed,
                    "why": "A layer is a thing that computes; its result is what a call gives.",
                    "ask": "Is each layer called, with its input between the brackets?"}
        called = {"NoneType": "None", "TinyNet": "the model"}
        kind = called.get(attribute[1]) or words.article(attribute[1])
        ask = "Of which type is what stands before the dot there?"
        if kind == "the model":
            ask = "Under which names does the model keep its parts?"
        if attribute[1] == "NoneType":
            ask = "Where does what stands before the dot get its value, and when is it None?"
        elif _misspelt(attribute[1], attribute[2]):
            ask = f"Which name of {kind} is almost the same, and how is it spelled?"
        return {**parts, "title": f"An error stops the answer: {kind} has no "
                f"{attribute[2]}.", "ask": ask}  # fmt: skip
    of_class = re.match(r"type object '(\w+)' has no attribute '(\w+)'", says)
    if of_class:
        return {**parts, "title": f"An error stops the answer: the class {of_class[1]} has no "
                f"{of_class[2]}.",
                "ask": "Which attributes does that class have, and how are they spelled?"}
    if re.search(r"(?<!\b" + exercise.name + r")\.forward\(\) missing 1 required", says):
        return {**parts, "title": "An error stops the answer: a layer is called without an input.",
                "ask": "Behind which name in your `forward` do the brackets stay empty?"}
    if "parent" in wrong.found:
        return {**parts, "title": "An error stops the answer: the constructor of nn.Module gets "
                "arguments.", "why": "It takes none: super() knows the object already, and your "
                "arguments are for your own constructor.",
                "ask": "What stands between the brackets behind `super().__init__`?"}
    if "__init__() takes 1 positional argument but" in says:
        return {**parts, "title": "An error stops the answer: the class has no constructor that "
                "takes arguments.",
                "ask": "How is its name spelled, and which arguments does it take?"}
    if re.search(r"can only concatenate (list|tuple) \(not .(list|tuple).\)", says):
        return {**parts, "title": "An error stops the answer: a list and a tuple cannot be added.",
                "why": "Flags may come in a list or in a tuple; Python joins only two of a kind.",
                "ask": "Of which type is the argument in this call, and what do you add it to?"}
    if re.search(r"_BatchNorm\.__init__\(\) missing .*num_features", says):
        return {**parts, "title": "An error stops the answer: a norm is made without a number of "
                "channels.", "ask": "Where is a norm made, and where is only its class meant?"}
    misfit = re.match(r"(?:[\w<>]+\.)*?([\w<>]+)(?:\.__init__)?\(\) (.*)", says)
    registered = re.match(r"([\w.]+) is not a Module subclass", says)
    if registered:
        kind = registered[1].rpartition(".")[2]
        known = "torch.nn.modules" in registered[1] or kind in exercise.given
        what = f"the class {kind}" if known else words.article(kind)
        return {**parts, "title": f"An error stops the answer: {what} stands where a module "
                "belongs.", "ask": "What makes an object of a class, and one module of many?"
                if known else "Of which type is what you register there?"}  # fmt: skip
    if says == "'NoneType' object is not callable":
        return {**parts, "title": "An error stops the answer: None is called like a function.",
                "ask": "What stands before the brackets there, and where does it get a value?"}
    if re.search(rf"\b({'|'.join(exercise.given) or '-'})\.forward\(\) takes", says):
        return {**parts, "title": "An error stops the answer: a finished block is called with "
                "arguments of the class.", "ask": "Which of the two builds a block?"}
    if re.search("descriptor '__init__' of 'super' object", says):
        return {**parts, "title": "An error stops the answer: super is named and not called.",
                "ask": "What has to stand behind `super` so that it is called?"}  # fmt: skip
    missing = re.match(r"module '(\S+)' has no attribute '(\w+)'", says)
    if missing:
        return {**parts, "title": f"An error stops the answer: {missing[1]} has no {missing[2]}.",
                "ask": "How is that name spelled, with which capital letters?"}  # fmt: skip
    if "forward() takes" in says:
        parts["title"] = ("An error stops the answer: forward is called with more arguments than "
                          "it takes.")  # fmt: skip
        parts["ask"] = "Which arguments does your `forward` take, and is `self` the first?"
    elif misfit and re.search(MISFIT, misfit[2]) and misfit[1] not in (exercise.name, "<lambda>"):
        parts["title"] = f"An error stops the answer: arguments that do not fit {misfit[1]}."
        parts["ask"] = f"Which arguments does `{misfit[1]}` take, and which does it get?"
        surplus = re.search(r"unexpected keyword argument '(\w+)'", says)
        if surplus and misfit[1] in exercise.given:
            parts["title"] = (f"An error stops the answer: {misfit[1]} takes no argument "
                              f"{surplus[1]}.")  # fmt: skip
            parts["ask"] = (f"Is there a name in the signature of `{misfit[1]}` for what you hand "
                            "over there?")  # fmt: skip
    elif re.search(MISFIT, says) and wrong.group != "shape":
        lacks = re.search(r"missing \d+ required positional arguments?: (.*)", says)
        if lacks:
            names = lacks[1].replace("'", "")
            parts["title"] = f"An error stops the answer: a call without {names} fails."
        if re.search(r"takes (from \d+ to )?\d+ positional", says):
            parts["title"] = ("An error stops the answer: it takes fewer arguments than the "
                              "exercise names.")  # fmt: skip
        unknown = re.search(r"unexpected keyword argument '(\w+)'", says)
        if unknown:
            parts["title"] = f"An error stops the answer: it takes no argument {unknown[1]}."
        parts["ask"] = f"Does yours take the arguments of `{exercise.signature}`?"
    else:
        raised = f"{wrong.found['raises']}: {says}"
        of_numbers = exercise.drawn(0)["kind"] == "function"
        plain = [(means, ask) for pattern, means, ask in ERRORS
                 if re.search(pattern, raised) and (of_numbers or pattern in EVERYWHERE)]
        told = words.error(raised) if not (of_numbers and plain) else {}
        if plain and not told:
            means, ask = plain[0]
            told = {"title": f"An error stops the answer: {means}.", "ask": ask}
        parts |= {"ask": "Which of your lines does Python name when you make this call yourself?",
                  **told}
    return parts


def _misspelt(kind: str, name: str) -> bool:
    """Whether an object of that kind has something with almost that name."""
    owner = getattr(nn, kind, None) or getattr(builtins, kind, None) or {
        "Tensor": torch.Tensor, "Size": torch.Size, "OrderedDict": dict}.get(kind, nn.Module)
    parts = PARTS if owner is nn.Module else ()
    names = {*dir(owner), *getattr(owner, "__annotations__", ()), *parts}
    there = [other for other in names if not other.startswith("_")]
    return bool(difflib.get_close_matches(name, there, 1, NEAR))


NOT_PUT_BACK = {
    "gradients recorded in what follows": (
        "Gradients are switched off and not on again.",
        "How does a with block end what it began?"),
    "its hooks": ("The model does not have the hooks that it had.",
                  "What does the method that registers a hook give back, and what is it for?"),
    "its mode": ("Not every part of the model is in the mode in which it came.",
                 "Which of your lines speaks of a mode, and who asked for it?"),
    "what learns": ("What can learn in the model is not what it was.",
                    "Which of your lines changes requires_grad, or takes a parameter away?"),
    "its parameters": ("What can learn in the model is not what it was.",
                       "Which of your lines speaks of requires_grad, and for whom?"),
    "frozen weights": ("What can learn in the model is not what it was.",
                       "In which state was requires_grad before, and do all get that one back?"),
    "its settings": ("The settings of a layer are not what they were.",
                     "Which of your lines sets an attribute, and on which layers?"),
    "off afterwards where they were off": (
        "Gradients are switched on, although they were off when the function was called.",
        "What was the mode of gradients before, and who puts that one back?"),
    "its parts": ("The model does not have the parts that it had.",
                  "Which of your lines adds a part or takes one away?"),
    "the images": ("The images are changed: the caller's tensor holds other numbers.",
                   "Which of your operations writes into its argument?"),
}  # fmt: skip


def _setting(what: str, expected: str, found: str) -> dict[str, str]:
    """A title for settings of many layers, of which those are told that differ."""
    sides = [side.split(", ") for side in (expected, found)]
    want, have = ([told for told in side if told not in other] or side
                  for side, other in (sides, sides[::-1]))  # fmt: skip
    title = f"The {what} is {', '.join(have)}, not {', '.join(want)}."
    if len(title) > modules.ROOM:
        title = f"The {what} is not everywhere what is asked for."
    return {"title": title, "ask": "Which of your lines sets that, and is it asked for?"}


def _told_plainly(wrong: diagnosis.Observation) -> dict[str, str]:
    """A title for what tells the mistake by itself: another type, or blocks too many or too few."""
    expected, found = wrong.expected, wrong.found
    if wrong.what == "is a module" and isinstance(found, dict) and "type" in found:
        if found["type"] == "NoneType":
            return {"title": "In some calls nothing comes back: the answer is None there.",
                    "ask": "Which way through your function meets no `return`?"}  # fmt: skip
        kind = {"type": "class"}.get(found["type"], found["type"])
        return {"title": f"What comes back is {words.article(str(kind))}, not a module.",
                "ask": "Of which type is what stands behind your `return`?"}  # fmt: skip
    of_all = wrong.group == "structure" or wrong.what in ("type of the numbers", LAST_DRAWING)
    of_all |= wrong.group == "initialization" and wrong.what.endswith(BARE)
    if of_all and isinstance(found, str) and found != diagnosis.MISSING:
        return _setting(wrong.what, str(expected), found)
    if wrong.what == "state_dict" and isinstance(found, list):
        odd = [name for name in found if name not in expected] or ["one is missing"]
        return {"title": f"A checkpoint of ResNet does not fit: a name here is {odd[0]}.",
                "ask": "What comes back, ResNet itself or something around it?"}  # fmt: skip
    if wrong.what == "output with another fc":
        return {"title": "Another layer in the place of fc has no effect on the output.",
                "ask": "Through which name does forward find that layer, and when does it look?"}
    if (wrong.group, wrong.what) == ("again", "sets the random numbers"):
        return {"title": "A seed is set: two of them, made one after the other, are drawn alike.",
                "ask": "Whose random numbers are they, and who else draws from them?"}  # fmt: skip
    if (wrong.group, wrong.what) == ("returns", "kind") and isinstance(found, str):
        return {"title": f"What comes back is of the type {found}, not {expected}.",
                "ask": "Which object stands behind your `return`?"}  # fmt: skip
    if wrong.what == "probabilities" and not (isinstance(found, dict) and "shape" in found):
        if isinstance(found, list) and len(found) == 2 and all(
            isinstance(item, dict) and "shape" in item for item in found
        ):
            return {"title": "What comes back is a pair of tensors, not one tensor.",
                    "ask": "Which of your calls hands out two things, and which one is asked for?"}
        kind = found["type"] if isinstance(found, dict) and "type" in found else (
            "list or a tuple" if isinstance(found, list) else type(found).__name__)  # fmt: skip
        return {"title": f"What comes back is {words.article(kind)}, not a tensor.",
                "ask": "What does the last step of your function give, and of which type is it?"}
    if wrong.group == "shape" and wrong.what.startswith("for ") and isinstance(found, dict):
        return {"title": f"What comes out is {words.value(found)}, not a tensor.",
                "ask": "What is put into the result, and of which type is it there?"}  # fmt: skip
    if wrong.group == "shape" and wrong.what.startswith("for ") and isinstance(found, list):
        return {"title": f"What comes out has the shape {tuple(found)}, not {tuple(expected)}.",
                "ask": "Which axis counts the images, which the features, and where do they part?"}
    if wrong.group == "frozen" and found == "trains":
        return {"title": f"{wrong.what} still learns.",
                "ask": "Which parameters does your condition choose, and which does it pass over?"}
    if wrong.group == "frozen" and found == "moved":
        return {"title": f"{wrong.what.removesuffix(' after a step')} is moved by training.",
                "ask": "Which weights does an optimizer change that is given all of them?"}
    if wrong.what == "while the model computes":
        return {"title": "Parts of the model compute in training mode.",
                "ask": "Which parts does your function put into evaluation mode?"}
    if wrong.group in ("side effects", "gradients") and wrong.what in NOT_PUT_BACK:
        title, ask = NOT_PUT_BACK[wrong.what]
        return {"title": title, "ask": ask}
    if wrong.group == "mode" or wrong.what == "mode":
        return {"title": "Not every part of the model is in the mode in which it came.",
                "ask": "Whose mode does your function note, and to whom does it give it back?"}
    if wrong.group == "side effects" and str(wrong.what).startswith("the given"):
        return {"title": f"What must stay as it was is changed: {wrong.what}.",
                "ask": "Which of your lines writes into what was handed in?"}  # fmt: skip
    if wrong.group == "tensors" and "holds " in str(found):
        there = re.split(r"(?:^|, )\S+ holds ", str(found))[1]
        return {"title": f"Under a new name stands {there}, not the tensor of the old name.",
                "ask": "What does your function write under a name, and is it what was there?"}
    if wrong.group == "loads" and found == "as it was":
        return {"title": f"Not all of the backbone is loaded: {wrong.what} is as it was.",
                "ask": "Which of your lines decides what is loaded, and what does it leave out?"}
    if wrong.what == "all its parameters learn":
        return {"title": "Some of its parameters are frozen.",
                "ask": "Which of your lines switches the gradients off?"}  # fmt: skip
    if (wrong.group, wrong.what) == ("parameters", "shapes") and len(expected) == len(found) == 1:
        want, have = tuple(expected[0]), tuple(found[0])
        return {"title": f"Its weight has the shape {have}, not {want}.",
                "ask": "Which axes has the weight of a convolution, and in which order?"}
    if (wrong.group, wrong.what, found) == ("parameters", "count", 0):
        return {"title": "It holds no parameters, so nothing in it could learn.",
                "ask": "Where are your weights kept, and what does a module register?"}  # fmt: skip
    if wrong.what == "numbers of blocks in the stages" and len(expected) == len(found):
        stage = next(i for i, pair in enumerate(zip(expected, found, strict=True), 1)
                     if pair[0] != pair[1])  # fmt: skip
        return {"title": f"layer{stage} has another number of blocks than layers says.",
                "ask": f"Which entry of layers belongs to layer{stage}?"}  # fmt: skip
    return {}


def another_choice(exercise: Exercise, rows: Rows) -> dict[str, str]:
    """What is said of a line and a reason in another form, or that do not exist; else nothing."""
    if "0/_form/pair" not in rows:  # no answer at all
        return {}
    pair = rows["0/_form/pair"] is True
    number, letter = (rows.get(key) for key in ("0/line/number", "0/reason/letter"))
    why = "An answer is a pair: the number of a line, and the letter of a reason."
    parts = {"section": exercise.section, "why": why,
             "ask": f"Does yours look like `{exercise.signature}`?"}  # fmt: skip
    lines = exercise.drawn(0)["cases"][0]["lines"]
    if rows["0/_form/pair"] == "text":
        return {**parts, "title": "The answer is a text: it stands in quotation marks.",
                "ask": f"Does yours look like `{exercise.signature}`, with none around the pair?"}
    if not pair:
        return {**parts, "title": "The answer has another form."}
    if type(number) is not int:
        return {**parts, "title": "The answer has another form: it gives no number of a line."}
    if not isinstance(letter, str):
        return {**parts, "title": "The answer has another form: it does not give one letter of a "
                "reason."}
    if letter not in "abcd":
        return {**parts, "title": f"There is no reason {letter}: they are a to d."}
    if not 1 <= number <= lines:
        return {**parts, "title": f"There is no line {number}: they are 1 to {lines}."}
    return {}


def no_pair(exercise: Exercise) -> dict[str, Any]:
    """What is said of a line and a reason that are handed in one after the other; else nothing."""
    if exercise.drawn(0)["kind"] != "choice":
        return {}
    return {"title": "Two things are handed in, and an answer is one pair.",
            "section": exercise.section,
            "why": "A pair has brackets of its own, inside those of the call.",
            "ask": f"Does yours look like `{exercise.signature}`?"}  # fmt: skip


def chosen(exercise: Exercise, share: float, seen: tuple[diagnosis.Observation, ...]) -> Report:
    """The report on a line and a reason that are not the right ones: it does not tell which are."""
    wrong = {row.group for row in seen if not row.holds}
    mistake = exercise.mistakes[2 if len(wrong) > 1 else 0 if "line" in wrong else 1]
    return Report(exercise.name, False, share, mistake.title, "", mistake.why, mistake.section,
                  mistake.ask, mistake.id, (mistake.id,), seen)  # fmt: skip


def shown(
    plan: Plan, seen: tuple[diagnosis.Observation, ...], wrong: diagnosis.Observation,
    expected: Rows, apart: Mapping[str, Any],
) -> str:  # fmt: skip
    """The smallest case that shows it: what was called, what differs, and in which layer first."""
    case = plan["cases"][wrong.case]
    raised = [row for row in seen if row.case == wrong.case and words.raises(row)]
    if raised and wrong.found == diagnosis.MISSING:
        wrong = raised[0]
    call = case["words"]
    if wrong.group == "builds" and words.raises(wrong):  # what it would be called with is not told
        call = re.sub(r",? on (large numbers )?\([^()]*\)$", "", call)
    parts = [f"{call}: {words.sentence(wrong)}"]
    graph = f"{wrong.case}/_graph/"
    untold = (f"{graph}buffers", f"{graph}stages.are called")
    facts = [k for k in apart if k.startswith(graph) and k not in untold]
    if wrong.what in ("is a module", words.DRAWN):  # forward is not tried, or all is said
        facts = []
    facts = [k for k in facts if not k.endswith(".is")
             or apart[k] not in (diagnosis.MISSING, wrong.found)]  # fmt: skip
    if raised:  # then what comes later is missing for that reason
        facts = [k for k in facts if apart[k] != diagnosis.MISSING]
    facts = [k for k in facts if k != f"{graph}out" or apart[k] != diagnosis.MISSING]
    start = f"{wrong.case}/_call/"
    calls = {k.removeprefix(start): v for k, v in apart.items() if k.startswith(start)}
    calls = {k: v for k, v in calls.items() if v != diagnosis.MISSING}
    if raised and raised[0] is not wrong:
        parts.append(words.sentence(raised[0]))
    elif calls:
        built = any((row.case, row.what, row.found) == (wrong.case, "is a module", True)
                    for row in seen)  # fmt: skip
        parts.append(words.call(calls, built))
    elif facts:
        key = _telling(facts)
        no_sum = apart[key] == diagnosis.MISSING and key.startswith(f"{graph}s:")
        if no_sum and f"{graph}out" in facts:  # what stands there in the place of the sum
            key = f"{graph}out"
        what = key.split("/", 2)[2]
        parts.append(words.fact(what, expected.get(key, diagnosis.MISSING), apart[key]))
    return "\n".join(parts)


def _telling(facts: list[str]) -> str:
    """The fact to show: a layer that is used again, else the first; what it reads says most."""
    again = [key for key in facts if " use " in key and key.endswith(".reads")]
    reads = f"{facts[0].rpartition('.')[0]}.reads"
    return again[0] if again else reads if reads in facts else facts[0]
