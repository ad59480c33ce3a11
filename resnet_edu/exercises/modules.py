"""What is said of a layer, a block or a network that is wrong in no known way.

Each remark follows from what was seen, so it is true whatever the answer does inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import words
from .diagnosis import MISSING, Observation, place
from .tasks import Exercise

Rows = Mapping[str, Any]
SHARES = "shares weights with the first"
KEPT = "registers the modules it is given"
ROOM = 110  # letters of a title
ASKED = {  # what to ask where a group of observations differs
    "inference": "Follow one tensor through your `forward`: which layer reads what?",
    "training": "Which of your layers do something else in training than in evaluation?",
    "gradients": "Which step of your `forward` hides from autograd what it does?",
    "buffers": "How often does one call of `forward` show a batch to each norm?",
    "side effects": "Which of your lines writes into what was handed in?",
    "parameters": "Which layers are asked for, with how many channels, and has one a bias?",
    "shape": "By which layer is each of the four axes changed?",
    "again": "What do two blocks, or two calls, of yours have in common?",
    "names": "Under which attribute is each layer kept, and which name is asked for?",
    "stages": "Which of your lines builds that block, and from which variables?",
    "initialization": "Which layers does your loop reach, and what does it do to each of them?",
    "refuses": "Which line of your constructor raises an exception, and for which arguments?",
    "builds": "What does the exercise say of it?",
}


def known(exercise: Exercise, seen: Sequence[Observation], rows: Rows, apart: Rows) -> str:
    """The known mistake that an answer shows in a way that no fingerprint has, or ""."""
    ids = {m.id for m in exercise.mistakes}
    wrong = [row for row in seen if not row.holds]
    tried = {
        "layers-in-a-list": any(key.endswith("/_words/keeps layers in a plain") for key in rows),
        "fc-drawn-too": _only_fc_is_drawn(wrong),
        "head-renamed": _only_names(wrong) and "fc" in _parts(wrong)[0] and bool(_parts(wrong)[1]),
        "downsample-in-a-list": {row.what for row in wrong} == {KEPT},
        "one-layer-for-all": _made_once(wrong),
        "shortcut-starts-inside": exercise.part == "blocks" and _adds_from_inside(apart),
        "dropout-always": _draws_always(wrong, rows),
        "other-momentum": exercise.part == "blocks" and _of_all_norms(apart, "momentum"),
        "other-eps": exercise.part == "blocks" and _of_all_norms(apart, "eps"),
        "another-eps": exercise.part == "blocks" and _of_all_norms(apart, "eps"),
        "norm-momentum": _of_usual_norms(apart, "momentum"),
        "norm-eps": _of_usual_norms(apart, "(eps|momentum)"),
        "small-normal": _of_one_deviation(wrong, rows),
    }
    return next((name for name, fits in tried.items() if fits and name in ids), "")


def _draws_always(wrong: list[Observation], rows: Rows) -> bool:
    """Whether random numbers are drawn in evaluation mode, and not for the weights of a layer."""
    unheld = any(key.endswith("/_words/layers that the module does not hold") for key in rows)
    drawn = ("inference", words.DRAWN, True)
    return not unheld and any((row.group, row.what, row.found) == drawn for row in wrong)


def _of_all_norms(apart: Rows, setting: str) -> bool:
    """Whether one setting of several norms is all that is seen to differ in the layers."""
    facts = {key.split("/", 2)[2] for key in apart if "/_graph/" in key}
    return len(facts) > 1 and all(re.fullmatch(rf"n\d+\.{setting}", fact) for fact in facts)


def lacking(exercise: Exercise, rows: Rows) -> dict[str, str]:
    """A title that lists the arguments that a network does not take, where these are several."""
    asked = re.findall(r"[(,]\s*(\w+)", exercise.signature)
    taken = rows.get("0/_words/arguments")
    missing = [name for name in asked if isinstance(taken, list) and name not in taken]
    if len(missing) in (0, 1, len(asked)) or exercise.part not in ("blocks", "network"):
        return {}
    return {"title": f"{exercise.name} does not take the arguments {', '.join(missing)}."}


def _of_usual_norms(apart: Rows, setting: str) -> bool:
    """Whether one setting differs in the usual norms alone, not in those of a norm_layer."""
    cases = {key.split("/")[0] for key in apart if "/_graph/" in key}
    return "0" in cases and "2" not in cases and _of_all_norms(apart, setting)


def _of_one_deviation(wrong: list[Observation], rows: Rows) -> bool:
    """Whether convolutions are drawn as is not asked for, and all with the same deviation."""
    case = next((row.case for row in wrong if ".weight, spread" in row.what), None)
    spreads = rows.get(f"{case}/_words/least and greatest deviation of convolutions")
    if not isinstance(spreads, list) or len(spreads) != 2:
        return False
    least, greatest = spreads
    return isinstance(least, float) and 0 < least <= greatest < 1.1 * least


def _made_once(wrong: list[Observation]) -> bool:
    """Whether a layer of an earlier call comes back, and has the type of the numbers of then."""
    shared = {row.case for row in wrong if row.what == SHARES and row.found is True}
    stopped = {row.case for row in wrong if words.raises(row)
               and re.search("Double|dtype", str(row.found.get("says")))}  # fmt: skip
    return bool(shared) and stopped <= shared and min(row.case for row in wrong) in shared


def remark(seen: Sequence[Observation], rows: Rows, expected: Rows, apart: Rows) -> dict[str, str]:
    """Title and question, and where it helps a reason, for the first that is wrong."""
    wrong = [row for row in seen if not row.holds]
    return (_mode(wrong, rows) or _attribute(wrong, rows) or _names(wrong)
            or _of_stages(wrong, expected) or _of_images(wrong, rows)
            or _sum_that_does_not_fit(wrong, apart) or _unheld(wrong, rows, apart))


def plain(
    wrong: list[Observation], rows: Rows, expected: Rows, apart: Rows
) -> dict[str, str]:
    """Title and question where nothing else can be said."""
    first = wrong[0]
    if words.raises(first):
        return {}
    padded = _padding(rows) or _other_numbers(wrong, rows)
    if padded:
        return padded
    ask = ASKED.get(first.group, "")
    if first.what == "one image":
        return {"title": "One image alone comes out in another shape than as one of many.",
                "ask": "Which axes does your `forward` take away, and when?"}  # fmt: skip
    groups = {row.group for row in wrong if row.case == first.case}
    of_the_batch = any(key.endswith(".of the batch") for key in apart)
    only_here = first.group == "inference" and "training" not in groups and not of_the_batch
    if first.what == "values" and only_here:
        return {"title": "In training mode the numbers are right, in evaluation mode they are not.",
                "ask": "Which of your lines asks for the mode, or changes it?"}  # fmt: skip
    if first.group == "inference":
        title = _fact(first.case, expected, apart)
        return {"ask": ask, **({"title": title} if title else {})}
    told = _of_the_output(first) or _unreached(wrong) or _of_weights(first) or _group(wrong)
    return {"ask": ask, **told}


def _mode(wrong: list[Observation], rows: Rows) -> dict[str, str]:
    """A part that ``forward`` switches to evaluation mode, or whose mode cannot be set."""
    left = _left_out(rows)
    if left:
        return left
    first = next((r for r in wrong if r.what == "all parts stay in training mode"), None)
    if first is None or first.found == MISSING:
        return {}
    names = rows.get(f"{first.case}/_words/switched to evaluation mode")
    names = [str(name) for name in names] if isinstance(names, list) else []
    part = names[0] if names and names[0] else "the whole of it"
    return {"title": f"forward switches a part to evaluation mode: {part}.",
            "why": "In training a norm then uses its running statistics, and they stand still.",
            "ask": "Who decides about the mode of a network, and which line of yours does?"}


def _left_out(rows: Rows) -> dict[str, str]:
    """A part that is in the other mode right after ``train()`` or ``eval()``."""
    for method, other in (("eval", "training"), ("train", "evaluation")):
        ends = f"/_words/what {method}() leaves out"
        names = next((v for k, v in rows.items() if k.endswith(ends)), None)
        if isinstance(names, list) and names:
            part = str(names[0]) or "the whole of it"
            return {"title": f"After {method}() a part is still in {other} mode: {part}.",
                    "why": f"A module's own {method}() reaches all its parts.", "section": "03 §2",
                    "ask": "Which method of your class, or of a part, stands in its place?"}
    return {}


def _attribute(wrong: list[Observation], rows: Rows) -> dict[str, str]:
    """A number on the class that is another one, or a network that comes in evaluation mode."""
    row = wrong[0]
    if row.what == "is in training mode" and row.found is False:
        names = rows.get(f"{row.case}/_words/built in evaluation mode")
        part = str(names[0]) if isinstance(names, list) and names else ""
        title = f"A part comes in evaluation mode, not in training mode: {part}."
        if not part:
            title = "What is built comes in evaluation mode, not in training mode."
        return {"title": title, "ask": "Who calls `eval()` in your code, and when is it asked for?"}
    odd = (r for r in wrong if r.case == row.case and r.what.startswith("attribute "))
    row = next(odd, row)
    name = row.what.removeprefix("attribute ")
    if name == row.what or not isinstance(row.found, int):
        return {}
    return {"title": f"The class says that its {name} is {row.found}, not {row.expected}.",
            "ask": f"What does {name} stand for?"}  # fmt: skip


def _only_fc_is_drawn(wrong: list[Observation]) -> bool:
    return bool(wrong) and all(
        row.group == "initialization" and row.what.startswith("fc.") and row.found != MISSING
        for row in wrong
    )


def _only_names(wrong: list[Observation]) -> bool:
    """Whether nothing is wrong but names, and what follows from them."""
    groups = {row.group for row in wrong if row.what != "state_dict"
              and MISSING not in (row.expected, row.found)}  # fmt: skip
    seen = any(row.what == "state_dict" and row.found != MISSING for row in wrong)
    return seen and groups <= {"parameters", "again"}


def _parts(wrong: list[Observation]) -> tuple[list[str], list[str]]:
    """The parts of a network whose names are asked for and not there, and the other way round."""
    row = next(row for row in wrong if row.what == "state_dict")
    if not isinstance(row.found, list):
        return [], []
    sides = [list(map(str, side)) for side in (row.expected, row.found)]
    lists = []
    for side, other in (sides, sides[::-1]):
        odd = [name for name in side if name not in other]
        tops = {name.split(".")[0] for name in other}
        lists.append([*dict.fromkeys(
            name.split(".")[0] if name.split(".")[0] not in tops else name.rpartition(".")[0]
            for name in odd)])  # fmt: skip
    return lists[0], lists[1]


def _names(wrong: list[Observation]) -> dict[str, str]:
    if not _only_names(wrong):
        return {}
    asked, found = (", ".join(side[:2]) + ", …" * (len(side) > 2) for side in _parts(wrong))
    if asked and found:
        title = f"Not all names are those of a checkpoint: asked for {asked}, found {found}."
    elif found:
        title = f"There is a part that no checkpoint knows: {found}."
    else:
        title = f"A name that a checkpoint has is not there: {asked}."
    ask = "Does the network need that part, and what else uses it?" if not asked else (
        "Which attribute of yours holds the layer with that name?")  # fmt: skip
    return {"title": title, "ask": ask,
            "why": "A checkpoint finds its places by the names of the attributes."}


def _of_stages(wrong: list[Observation], expected: Rows) -> dict[str, str]:
    """What blocks are built with, where that differs; the same in many blocks is said once."""
    case = next((row.case for row in wrong if row.group == "stages"), None)
    if case is None or case != wrong[0].case:
        return {}
    odd: dict[str, dict[str, Observation]] = {}
    for row in wrong:
        block, _, name = row.what.partition(", ")
        if row.case == case and row.group == "stages" and name and MISSING not in (
            row.expected, row.found
        ):  # fmt: skip
            odd.setdefault(name, {})[block] = row
    if not odd:
        return {}
    name, blocks = next(iter(odd.items()))
    block, row = next(iter(blocks.items()))
    if name == "downsample":
        return {"title": f"{words.downsample(block, row)}.",
                "ask": "Which blocks change the shape of what they get?"}  # fmt: skip
    others = (key for key in expected if key.startswith(f"{case}/stages/")
              and key.endswith(f", {name}"))  # fmt: skip
    right = {place(key)[2].partition(", ")[0]: expected[key] for key in others}
    where = _where(blocks, {b for b, value in right.items() if value != row.found})
    if len({str(r.found) for r in blocks.values()}) > 1:
        where = f"{block} is"
    same = where.startswith(block) or len({str(r.expected) for r in blocks.values()}) == 1
    not_so = f", not {row.expected}" if same else ""
    return {"title": f"{where} built with {name} = {row.found}{not_so}.",
            "ask": f"Which of your lines builds that block, and what does it hand on for {name}?"}


def _where(blocks: Mapping[str, Any], touched: set[str]) -> str:
    """Which blocks, in words: of all those for which another value was expected."""
    first = {block for block in touched if block.endswith(".0")}
    if len(blocks) > 1 and {*blocks} == touched - first:
        return "The later blocks of a stage are"
    if len(blocks) > 1 and {*blocks} == first:
        return "The first block of a stage is"
    return f"{next(iter(blocks))} is"


def _adds_from_inside(apart: Rows) -> bool:
    """Whether the one sum has two terms, neither of which is the shortcut."""
    terms = next((v for k, v in apart.items()
                  if k.endswith("/_graph/s:1.adds") and v != MISSING), None)  # fmt: skip
    if terms is None:
        misfit = any("size of tensor a" in str(v.get("says")) for k, v in apart.items()
                     if k.endswith("/shape/output") and isinstance(v, dict))  # fmt: skip
        stop = next((v for k, v in apart.items() if k.endswith("/_graph/stop.reads")), None)
        terms = stop if misfit else None
    if not isinstance(terms, list) or len(terms) != 2:
        return False
    return all(re.search(r"\b[cn]\d", str(term)) for term in terms)


def _sum_that_does_not_fit(wrong: list[Observation], apart: Rows) -> dict[str, str]:
    raised = next((row for row in wrong if row.case == wrong[0].case and words.raises(row)), None)
    if raised is None or not re.search("size of tensor a", str(raised.found.get("says"))):
        return {}
    terms = apart.get(f"{raised.case}/_graph/stop.reads")
    told = [words.term(term) for term in terms] if isinstance(terms, list) else []
    title = f"Two tensors of unlike shapes meet: {' and '.join(told)}."
    if len(told) != 2 or len(title) > ROOM:
        return {}
    return {"title": title, "ask": "Which shape has each of the two, and which should it have?"}


def _of_images(wrong: list[Observation], rows: Rows) -> dict[str, str]:
    """An InstanceNorm where no operation failed."""
    case = wrong[0].case
    if f"{case}/_words/is InstanceNorm in part" not in rows or any(
        words.raises(row) for row in wrong if row.case == case
    ):  # fmt: skip
        return {}
    return {"title": "InstanceNorm stands where BatchNorm belongs.",
            "why": "It takes mean and variance of every image by itself, not of a batch.",
            "ask": "Over which axes does each of your norms take its mean?"}  # fmt: skip


def _padding(rows: Rows) -> dict[str, str]:
    modes = next((v for k, v in rows.items() if k.endswith("/_words/padding modes")), None)
    if not isinstance(modes, list) or len(modes) != 1:
        return {}
    return {"title": f"A convolution has the padding_mode {modes[0]}, not zeros.",
            "why": "The numbers along the border are others then; all else is the same.",
            "ask": "Which values should stand outside the grid?"}  # fmt: skip


def _other_numbers(wrong: list[Observation], rows: Rows) -> dict[str, str]:
    """Numbers of another type than that of the input, at the end or on the way."""
    first, what = wrong[0], ("numbers of the output", "in float32")
    row = next((r for r in wrong if r.case == first.case and r.what in what), None)
    kind = rows.get(f"{first.case}/_words/numbers are cast to")
    if row is not None and isinstance(row.found, str) and row.found != MISSING:
        came = row.expected
        return {"title": f"The output has numbers of the type {row.found}, the input {came}.",
                "why": "A layer hands on the type that it gets. The checker calculates in float64, "
                "which shows more digits, and once in float32.",
                "ask": "Which of your lines names a type of numbers, or changes it?"}  # fmt: skip
    if isinstance(kind, str):
        return {"title": f"On its way through the layers a tensor is made {kind}.",
                "why": "The checker calculates in float64 and sees that digits are lost there.",
                "ask": "Which of your lines names a type of numbers, or changes it?"}  # fmt: skip
    return {}


def _unheld(wrong: list[Observation], rows: Rows, apart: Rows) -> dict[str, str]:
    """A layer whose weights no module holds: parameters are missing, or it is drawn anew."""
    first = wrong[0]
    names = rows.get(f"{first.case}/_words/layers that the module does not hold")
    lacks = any(row.what == "count" and isinstance(row.found, int) and row.found < row.expected
                for row in wrong if row.case == first.case and isinstance(row.expected, int))
    drawn = f"{first.case}/_graph/inference.draws" in apart
    if not isinstance(names, list) or not names or not (lacks or drawn):
        return {}
    layer = words.layer(str(names[0]))
    return {"title": f"{words.title(layer)} is used, and is no part of the module.",
            "section": "04 §3",
            "why": "A module knows what stands in its attributes: only that is trained and saved.",
            "ask": "Where is that layer made, and where is it kept?"}  # fmt: skip


def _fact(case: int, expected: Rows, apart: Rows) -> str:
    """The first fact about a layer as a title, when there is room for it."""
    start = f"{case}/_graph/"
    facts = [k for k in apart if k.startswith(start) and not k.endswith((".is", "buffers"))]
    sums = [k for k in facts if k.startswith(f"{start}s:") and apart[k] != MISSING]
    for key in (*sums, *facts):
        if MISSING in (apart[key], expected.get(key, MISSING)):
            continue
        said = words.fact(place(key)[2], expected[key], apart[key]).replace("; expected ", ", not ")
        title = f"{words.title(said)}."
        if len(title) <= ROOM and "…" not in title:
            return title
        name, _, what = place(key)[2].rpartition(".")
        layer = words.layer(name)
        return f"{words.title(layer)} does not read what it should." * (what == "reads")
    return ""


def _unreached(wrong: list[Observation]) -> dict[str, str]:
    """What no gradient reaches, although the numbers are right."""
    first = wrong[0]
    none = [row.what for row in wrong if row.case == first.case and row.found == "none"]
    if first.group != "gradients" or not none:
        return {}
    names = [*dict.fromkeys("the input" if what == "of the input" else
                            words.layer(what.partition(".")[0]) for what in none)]  # fmt: skip
    more = ", and more" if len(names) > 3 else ""
    return {"title": f"No gradient reaches {', '.join(names[:3])}{more}."}


def _of_weights(first: Observation) -> dict[str, str]:
    """How the first weights that are not as asked for begin."""
    name, _, what = first.what.partition(", ")
    found = first.found.get("about") if isinstance(first.found, dict) else first.found
    if first.group != "initialization" or found == MISSING:
        return {}
    if first.what == "two convolutions begin with the same numbers":
        return {"title": "Two convolutions begin with the same numbers, up to a factor.",
                "ask": "Where do the random numbers of each layer come from?"}  # fmt: skip
    one = _of_one_layer(first.what, found)
    if one:
        return one
    name, _, kind = name.rpartition(".")
    ask = {"ask": "What does your loop do to that layer, and what is asked for?"}
    if what == "distribution":
        return {"title": f"The {kind} of {name} is not drawn from a normal distribution.", **ask}
    if what.startswith("spread ÷ √"):
        return {"title": f"The {kind} of {name} is drawn with {found:.2f} times the deviation that "
                "is asked for.", **ask}  # fmt: skip
    if kind == "weight has the mean 0":
        return {"title": f"The weight of {name} is drawn around another mean than 0.", **ask}
    if kind == "running statistics are as made":
        return {"title": f"The running statistics of {name} are changed before training.", **ask}
    if (kind, what) == ("bias", "size"):
        return {"title": f"The bias of {name} does not begin at 0.", **ask}
    if what == "mean":
        return {"title": f"The {kind} of {name} begins at {found:g}, not at {first.expected:g}.",
                **ask}  # fmt: skip
    return {}


def _of_one_layer(what: str, found: Any) -> dict[str, str]:
    """How a layer of a block begins, where nothing is asked for but what torch does by itself."""
    told = re.fullmatch(r"(?:mean )?(weights?|bias|running statistics) of (norm|convolution) (\d+)",
                        what)
    if not told:
        return {}
    kind, layer = told[1], words.layer(told[2][0] + told[3])
    if kind == "weights":
        return {"title": f"The weights of {layer} begin alike: {found}.",
                "why": "Alike, all filters compute the same; what torch draws keeps them apart.",
                "ask": "Which of your lines writes into weights that torch has drawn?"}  # fmt: skip
    if kind == "running statistics":
        return {"title": f"The running statistics of {layer} are changed before training.",
                "ask": "What has a norm seen when no batch has come yet?"}  # fmt: skip
    asked = 1 if kind == "weight" else 0
    return {"title": f"The {kind} of {layer} begins at {found:g}, not at {asked}.",
            "ask": "Which of your lines sets that, and is it asked for?"}  # fmt: skip


def _of_the_output(first: Observation) -> dict[str, str]:
    """Another shape, or what is no tensor."""
    found = first.found
    if (first.group, first.what) != ("shape", "output") or found == MISSING:
        return {}
    if isinstance(found, list):
        return {"title": f"The output has the shape {tuple(found)}, not {tuple(first.expected)}."}
    kind = str(found.get("type", "")) if isinstance(found, dict) else ""
    thrown = kind.endswith(("Error", "Exception")) or kind == "NotImplementedType"
    return {"title": f"What comes out is {words.value(found)}, not a tensor.",
            "ask": "Should it come back like a result, or end the call as an error does?" if thrown
            else "What stands behind the `return` of your `forward`?"}  # fmt: skip


def _group(wrong: list[Observation]) -> dict[str, str]:
    """A title for the group of what is wrong first."""
    first = wrong[0]
    groups = {row.group for row in wrong if row.case == first.case}
    if (first.group, first.what) == ("side effects", "arguments"):
        return {"title": "A list that is handed in is not the same afterwards.",
                "ask": "Which of your lines takes something out of a list, or puts it in?"}
    if first.group == "training" and first.found == MISSING:
        return {"title": "In training mode something else than a tensor comes out.",
                "ask": "What stands behind each `return` of your `forward`?"}  # fmt: skip
    if first.what == words.DRAWN:
        return {"title": f"Random numbers are drawn in {first.group} mode.", "section": "03 §2",
                "ask": "Which of your lines draws, and what should chance decide there?"}
    if first.group == "training" and "inference" not in groups:
        return {"title": "In evaluation mode the numbers are right, in training mode they are not."}
    if first.group == "gradients" and not groups & {"inference", "training"}:
        return {"title": "The numbers are right, the gradients are not."}
    if first.group == "buffers" and not groups & {"inference", "training", "gradients"}:
        return {"title": "The numbers are right, BatchNorm's running statistics are not."}
    if (first.group, first.what) == ("parameters", "count") and isinstance(first.found, int):
        many, right = words.value(first.found), words.value(first.expected)
        return {"title": f"It has {many} parameters, not {right}."}
    if (first.group, first.what) == ("parameters", "trainable"):
        return {"title": "Some of its parameters are frozen.",
                "ask": "Which of your lines switches the gradients off?"}  # fmt: skip
    if first.what == "norms that are SyncBatchNorm":
        return {"title": "SyncBatchNorm stands where BatchNorm2d belongs.",
                "why": "It is for several processes: in training each waits for the statistics of "
                "all others.", "ask": "Which class of norms does None stand for?"}  # fmt: skip
    if first.what == KEPT:
        return {"title": "A module that is given as `downsample` is no part of the block.",
                "why": "The network neither trains nor saves it, and passes over what it was for.",
                "ask": "For which arguments does your constructor not keep it?"}  # fmt: skip
    if first.group == "refuses":
        return {"title": "Something that must be refused is accepted."}
    if (first.group, first.what) == ("side effects", "input"):
        return {"title": "The input is changed by the call."}
    if (first.group, first.what) == ("again", SHARES):
        return {"title": "Two of them, made one after the other, share weights."}
    if (first.group, first.what) == ("again", "second build"):
        return {"title": "Made a second time with the same arguments, it is another one."}
    if (first.group, first.what) == ("again", "sets the random numbers"):
        return {"title": "A seed is set: two of them, made one after the other, are drawn alike.",
                "ask": "Whose random numbers are they, and who else draws from them?"}  # fmt: skip
    if (first.group, first.what) == ("again", "second call"):
        return {"title": "A second call with the same input gives other numbers."}
    return {}
