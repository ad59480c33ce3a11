"""Spot the bug: wrong versions to read. The answer is the line and the reason.

The code to read is made from the catalogue of mistakes, so it runs, and the checker refuses it for
the reason that is asked for here.
"""

from __future__ import annotations

import ast
import functools
import random
import textwrap
from dataclasses import dataclass

from ..tasks import Exercise, Mistake, Plan, changed
from . import basic_block, bottleneck, counting, network

LETTERS = "abcd"


@dataclass(frozen=True)
class Bug:
    """One wrong version: whose mistake it is, which function is shown, and four reasons.

    The first reason is the right one; where it is shown in the list follows from the name. ``at``
    is the text of the wrong line where it is not the first one that differs from the right version.
    One with ``part="read"`` stands in its chapter and in no assignment.
    """

    name: str
    exercise: Exercise
    mistake: str
    function: str
    section: str
    reasons: tuple[str, str, str, str]
    at: str = ""
    part: str = "spot"

    @functools.cached_property
    def code(self) -> str:
        """The function, as it stands in the wrong version."""
        wrong = {m.id: m for m in self.exercise.mistakes}[self.mistake]
        return self._cut(changed(self.exercise.styles["plain"], wrong.changes["plain"]))

    @functools.cached_property
    def line(self) -> int:
        """The number of the wrong line."""
        if self.at:
            return 1 + [line.strip() for line in self.code.split("\n")].index(self.at)
        right = self._cut(self.exercise.styles["plain"]).split("\n")
        pairs = zip(right, self.code.split("\n"), strict=False)
        return next(i for i, (a, b) in enumerate(pairs, 1) if a != b)

    @functools.cached_property
    def shown(self) -> list[str]:
        """The reasons in the order in which they are shown."""
        order = list(self.reasons)
        random.Random(self.name).shuffle(order)
        return order

    @property
    def letter(self) -> str:
        """The letter of the right reason."""
        return LETTERS[self.shown.index(self.reasons[0])]

    def _cut(self, source: str) -> str:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and node.name == self.function:
                lines = source.split("\n")[node.lineno - 1 : node.end_lineno]
                return textwrap.dedent("\n".join(lines))
        raise ValueError(f"{self.exercise.name} has no function {self.function}")


STAGE_SIZES = next(e for e in counting.EXERCISES if e.name == "stage_sizes")
BUGS = (
    Bug("spot_sizes", STAGE_SIZES, "layer1-halves-too", "stage_sizes", "00 §2", (
        "the grid that reaches the stages has been halved twice, and the first stage keeps it",
        "the pool does not halve the grid, so the stages begin one halving late",
        "the stages halve the channels, and the grid stays as it is",
        "an odd side is rounded the wrong way, and an even one is right",
    ), part="read"),
    Bug("spot_plain", basic_block.EXERCISE, "path-added-to-itself", "forward", "01 §2", (
        "the input is gone before the addition: the branch is added to itself",
        "the second convolution reads the sum instead of the first one's output",
        "the last ReLU comes too late and cuts off what the shortcut brings",
        "there are two norms in a row, and the second undoes the first",
    ), at="x = out", part="read"),
    Bug("spot_setting", network.EXERCISE, "dilation-not-multiplied", "_make_layer", "12 §7", (
        "one dilated stage comes out right; where two are dilated the second has half its distance",
        "all that strides is dilated now, so the default networks change their values",
        "the first block of a dilated stage loses the dilation of the stage before it",
        "the weights get other names, and a checkpoint does not load any more",
    ), part="read"),
    Bug("spot_projection", basic_block.EXERCISE, "downsample-of-the-branch", "forward", "06 §3", (
        "the shortcut starts behind the convolutions, so nothing carries the input past them",
        "the projection comes too late: the convolutions have changed their weights by then",
        "the sum comes before the last norm, which takes the shortcut away again",
        "the projection is called in every block, also where the shape stays",
    )),
    Bug("spot_input", basic_block.EXERCISE, "second-reads-the-input", "forward", "04 §2", (
        "what the first convolution has made is thrown away; with equal channels no shape tells",
        "the second convolution needs a ReLU of its own before it",
        "the input is used twice, which autograd forbids",
        "the second convolution has a stride of 1, so it cannot read the input",
    )),
    Bug("spot_gradient", basic_block.EXERCISE, "sum-past-autograd", "forward", "04 §7", (
        "the output is right, and on the way back nothing comes through the shortcut",
        "the sum is written into the block's input and changes what the caller holds",
        "the sum adds the weights of the shortcut instead of its values",
        "in evaluation mode the shortcut is skipped",
    )),
    Bug("spot_overwritten", basic_block.EXERCISE, "sum-into-the-input", "forward", "04 §6", (
        "where there is no projection the sum is written into the tensor that the caller handed in",
        "a sum in place has no gradient",
        "the last ReLU is called as a function and cannot be in place",
        "the sum is made in the wrong order, so its values differ",
    )),
    Bug("spot_norms", bottleneck.EXERCISE, "bn1-used-twice", "forward", "03 §6", (
        "one norm keeps the statistics of two places; with equal channels no shape tells",
        "a module may be called only once in a forward pass",
        "the norm comes behind the convolution, where it has no effect",
        "in training mode the norm would need a larger batch",
    )),
    Bug("spot_hidden_sum", bottleneck.EXERCISE, "shortcut-without-gradient", "forward", "04 §7", (
        "the values are right, and autograd does not see that they come from the shortcut too",
        "the sum makes a copy of the output and needs twice the memory",
        "the sum is lost, since it is written into another tensor",
        "the sum also changes the weights of the last norm",
    )),
    Bug("spot_width", bottleneck.EXERCISE, "width-by-integer-division", "__init__", "05 §3", (
        "with a base width below 64, as in every ResNeXt, the middle has no channels at all",
        "with 32 groups the middle becomes too wide, since groups must not multiply the width",
        "the width is no whole number, and a convolution refuses it",
        "the width no longer depends on planes",
    )),
    Bug("spot_channels", network.EXERCISE, "inplanes-without-expansion", "_make_layer", "07 §4", (
        "the next block expects planes channels, and gets four times as many from a bottleneck",
        "the number of groups is missing in it: a grouped block puts out that many times more",
        "the projection is built too narrow, in a network of basic blocks too",
        "the next stage does not double its channels any more",
    )),
    Bug("spot_dilation", network.EXERCISE, "dilation-too-early", "_make_layer", "11 §2", (
        "the first block still reads the grid of the stage before, and its taps would skip some",
        "the first block keeps its stride and is dilated as well",
        "the padding no longer fits the dilation, so the output shrinks",
        "the dilation is multiplied twice and grows from block to block",
    )),
    Bug("spot_later_blocks", network.EXERCISE, "dilation-not-for-later-blocks", "_make_layer",
        "11 §2", (
        "the later blocks keep the old distance of taps on a grid that was not halved",
        "the later blocks stride once more and shrink the grid",
        "the later blocks get the dilation of the stage after theirs",
        "the first block gets no dilation, and it is the only one that needs it",
    )),
    Bug("spot_batch", network.EXERCISE, "squeeze", "forward", "07 §5", (
        "a batch of one image loses its axis too, and the scores come back without it",
        "the grid is not averaged, so `fc` gets too many numbers",
        "the features of all images of the batch are put into one row",
        "the result is a copy, so no gradient comes back",
    )),
    Bug("spot_spread", network.EXERCISE, "fan-in", "__init__", "08 §2", (
        "the weights are spread by what a unit reads, not by how many units read it",
        "the weights are drawn from a box instead of a bell",
        "the weights of the norms are drawn as well",
        "only the stem is drawn anew, since the stages do not exist yet",
    )),
)  # fmt: skip


def _exercise(bug: Bug) -> Exercise:
    numbered = "\n".join(f"{i:>2}  {line}" for i, line in enumerate(bug.code.split("\n"), 1))
    reasons = "\n".join(f"- {letter}: {r}" for letter, r in zip(LETTERS, bug.shown, strict=True))
    owner = "" if bug.function == bug.exercise.name else f"`{bug.function}` of "
    prompt = f"""This is {owner}somebody's `{bug.exercise.name}`.
One line is wrong. Which, and why?

```
{numbered}
```

{reasons}

Answer with the number of the line and the letter of the reason, as in `(3, "b")`."""
    line, letter = bug.line, bug.letter
    other = next(x for x in LETTERS if x != letter)

    def plan(rng: random.Random) -> Plan:
        return {"kind": "choice", "cases": [{"words": f"{bug.name}"}]}

    answers = {
        "tuple": f'{bug.name} = ({line}, "{letter}")\n',
        "list": f'{bug.name} = [{line}, "{letter}"]\n',
        "names": f'line = {line}\nreason = "{letter}"\n{bug.name} = (line, reason)\n',
    }
    wrong_line = [(f"{line}", f"{line + 1}")]
    wrong_reason = [(f'"{letter}"', f'"{other}"')]
    mistakes = (
        Mistake(
            "another-line", "The fault is in another line.",
            "Take the lines one by one: what does each read, and what has been made of it by then?",
            bug.section, "Which line would you write differently?",
            {style: wrong_line for style in answers},
        ),
        Mistake(
            "another-reason", "The line is right, the reason is another one.",
            "Try the reason on the smallest block: would what it says happen there?",
            bug.section, "What would you see if you ran it, and when would you see nothing?",
            {style: wrong_reason for style in answers},
        ),
    )  # fmt: skip
    return Exercise(
        name=bug.name, part=bug.part, section=bug.section, points=1,
        signature=f'{bug.name} = (line, "letter")', prompt=prompt,
        starter=f"{bug.name} = None  # (line, \"letter\")\n", plan=plan, styles=answers,
        mistakes=mistakes, given=(), alike=(),
    )  # fmt: skip


EXERCISES = tuple(_exercise(bug) for bug in BUGS)
