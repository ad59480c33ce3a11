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

from ..tasks import Change, Exercise, Mistake, Plan, changed
from . import basic_block, bottleneck, counting, network

LETTERS = "abcd"
ON_A_BLOCK = "Try the reason on the smallest block: would what it says happen there?"


@dataclass(frozen=True)
class Bug:
    """One wrong version: whose mistake it is, which function is shown, and four reasons.

    The first reason is the right one; where it is shown in the list follows from the name. ``at``
    is the text of the wrong line where it is not the first one that differs from the right version.
    ``trial`` says how a reason can be tried; ``read`` is the section to read where it is not the
    one in which the exercise stands. ``change`` makes the mistake in other words than the
    catalogue does. ``source`` is a right answer in another structure than the catalogue's, so that
    two bugs of one chapter do not show each other's right line. ``note`` is a sentence that the
    chapter needs under the code. One with ``part="read"`` stands in its chapter and in no
    assignment.
    """

    name: str
    exercise: Exercise
    mistake: str
    function: str
    section: str
    reasons: tuple[str, str, str, str]
    at: str = ""
    part: str = "spot"
    trial: str = ON_A_BLOCK
    read: str = ""
    change: Change = ()
    source: str = ""
    note: str = ""

    @property
    def right(self) -> str:
        """The whole right version."""
        return self.source or self.exercise.styles["plain"]

    @property
    def wrong(self) -> str:
        """The whole wrong version."""
        known = {m.id: m for m in self.exercise.mistakes}[self.mistake]
        return changed(self.right, self.change or known.changes["plain"])

    @functools.cached_property
    def code(self) -> str:
        """The function, as it stands in the wrong version."""
        return self._cut(self.wrong)

    @functools.cached_property
    def line(self) -> int:
        """The number of the wrong line."""
        if self.at:
            return 1 + [line.strip() for line in self.code.split("\n")].index(self.at)
        right = self._cut(self.right).split("\n")
        pairs = zip(right, self.code.split("\n"), strict=False)
        return next(i for i, (a, b) in enumerate(pairs, 1) if a != b)

    @property
    def instead(self) -> str:
        """The line of the right version that stands where the wrong one stands."""
        return self._cut(self.right).split("\n")[self.line - 1].strip()

    @functools.cached_property
    def statements(self) -> list[list[int]]:
        """First and last line of what stands on more than one."""
        simple = [n for n in ast.walk(ast.parse(self.code)) if isinstance(n, ast.stmt)
                  and not hasattr(n, "body")]  # fmt: skip
        spans = [[n.lineno, n.end_lineno or n.lineno] for n in simple]
        return sorted([first, last] for first, last in spans if last > first)

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


# Right answers in which a part of the work stands in a method of its own.

START = basic_block.PLAIN.split("    def forward(self, x):\n")[0]
JOIN = """    def forward(self, x):
        out = self.branch(x)
        identity = x
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        out = self.relu(out)
        return out
"""
BRANCH_APART = START + '''    def branch(self, x):
        """What the block adds to its shortcut."""
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        return out

''' + JOIN
BRANCH_IN_STEPS = START + '''    def branch(self, x):
        """What the block adds to its shortcut."""
        out = x
        out = self.bn1(self.conv1(out))
        out = F.relu(out, inplace=True)
        out = self.bn2(self.conv2(out))
        return out

''' + JOIN
PAIR_APART = START + '''    def forward(self, x):
        return self.pair(x) if self.downsample is None else self.projected(x)

    def pair(self, x):
        before = x
        x = self.conv1(x)
        x = self.bn1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = x + before
        return F.relu(x)

    def projected(self, x):
        start = x
        x = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(x + self.downsample(start))
'''
SUM_IN_ONE_LINE = bottleneck.PLAIN.split("    def forward(self, x):\n")[0] + """\
    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out)) + identity
        return self.relu(out)
"""
STAGE_START, STAGE_END = network.PLAIN.index("    def _make_layer"), network.PLAIN.index(
    "    def forward")  # fmt: skip
FIRST_APART = network.PLAIN[:STAGE_START] + """\
    def _first_block(self, block, planes, stride, dilate, dilation):
        step = 1 if dilate else stride
        outplanes = planes * block.expansion
        downsample = None
        if step != 1 or self.inplanes != outplanes:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=step, bias=False),
                self._norm_layer(outplanes),
            )
        first = block(self.inplanes, planes, step, downsample, self.groups,
                      self.base_width, dilation, self._norm_layer)
        self.inplanes = outplanes
        return first

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        before = self.dilation
        if dilate:
            self.dilation *= stride
        layers = [self._first_block(block, planes, stride, dilate, before)]
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes, groups=self.groups,
                                base_width=self.base_width, dilation=self.dilation,
                                norm_layer=self._norm_layer))
        return nn.Sequential(*layers)

""" + network.PLAIN[STAGE_END:]

STEM = """\
        self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = norm_layer(self.inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
"""
STEM_APART = network.PLAIN.replace(STEM, "        self._make_stem(norm_layer)\n").replace(
    "    def _make_layer", f"    def _make_stem(self, norm_layer):\n{STEM}\n    def _make_layer")
HALVES = """
def stage_sizes(n):
    conv1 = (n + 1) // 2
    maxpool = (conv1 + 1) // 2
    layer1 = maxpool
    layer2 = (layer1 + 1) // 2
    layer3 = (layer2 + 1) // 2
    layer4 = (layer3 + 1) // 2
    return conv1, maxpool, layer1, layer2, layer3, layer4
"""

NORMS_ASKED = network.PLAIN.replace(
    "isinstance(m, Bottleneck):", "isinstance(m, Bottleneck) and m.bn3.weight is not None:"
).replace("isinstance(m, BasicBlock):", "isinstance(m, BasicBlock) and m.bn2.weight is not None:")

STAGE_SIZES = next(e for e in counting.EXERCISES if e.name == "stage_sizes")
BUGS = (
    Bug("spot_sizes", STAGE_SIZES, "layer1-halves-too", "stage_sizes", "00 §2", (
        "the grid that reaches the stages has been halved twice, and the first stage keeps it",
        "the pool does not halve the grid, so the stages begin one halving late",
        "the stages halve the channels, and the grid stays as it is",
        "an odd side is rounded the wrong way, and an even one is right",
    ), part="read", trial="Work all lines out for a side of 64: does what the reason says happen?",
        source=HALVES, change=[("layer1 = maxpool", "layer1 = (maxpool + 1) // 2")],
        note="`(n + 1) // 2` is half of `n`, rounded up where `n` is odd. Put 224 in for `n`, and "
        "compare with the table of section 1."),
    Bug("spot_plain", basic_block.EXERCISE, "path-added-to-itself", "pair", "01 §2", (
        "the input is gone before the addition: the branch is added to itself",
        "the second convolution reads the sum instead of the first one's output",
        "the last ReLU stands before the addition, so the sum may be negative",
        "there are two norms in a row, and the second undoes the first",
    ), at="before = x", part="read",
        trial="Follow one number of x through the lines: does what the reason says happen to it?",
        source=PAIR_APART, change=[
            ("        before = x\n", ""),
            ("        x = x + before\n", "        before = x\n        x = x + before\n"),
            ("        start = x\n", ""),
            ("        return F.relu(x + self", "        start = x\n        return F.relu(x + self"),
        ], note="It is to do what the residual `Pair` of section 2 does, one step a line. "
        "`BasicBlock` is torchvision's name for it."),
    Bug("spot_setting", network.EXERCISE, "dilation-not-multiplied", "_make_layer", "12 §7", (
        "one dilated stage comes out right; where two are dilated the second has half its distance",
        "all that strides is dilated now, so the default networks change their values",
        "the first block of a dilated stage loses the dilation of the stage before it",
        "the weights get other names, and a checkpoint does not load any more",
    ), part="read", read="11 §2", trial="Write down the dilation behind each stage, for all flags "
        "set: is it as the reason says?"),
    Bug("spot_projection", basic_block.EXERCISE, "downsample-of-the-branch", "forward", "06 §3", (
        "the shortcut starts behind the convolutions, so nothing carries the input past them",
        "the projection comes too late: the convolutions have changed their weights by then",
        "the sum stands before the last norm, and the norm takes the shortcut away again",
        "the projection is called in every block, also where the shape stays",
    )),
    Bug("spot_input", basic_block.EXERCISE, "second-reads-the-input", "branch", "04 §2", (
        "what the first convolution has made is thrown away, and the branch begins anew",
        "the norms have changed places: each stands behind the other's convolution",
        "the input is used twice, which autograd forbids, so nothing can learn",
        "the shortcut has been added already, and the last norm takes it away again",
    ), source=BRANCH_APART),
    Bug("spot_gradient", basic_block.EXERCISE, "sum-past-autograd", "forward", "04 §7", (
        "the output is right, and on the way back nothing comes through the shortcut",
        "the sum is written into the block's input and changes what the caller holds",
        "the sum adds the weights of the shortcut instead of its values",
        "in evaluation mode the shortcut is skipped, and only the branch is left",
    ), source=BRANCH_APART),
    Bug("spot_overwritten", basic_block.EXERCISE, "relu-into-the-input", "branch", "04 §6", (
        "the ReLU writes over the input itself: the shortcut and the caller lose what is negative",
        "a ReLU in place hands back a gradient of 0, so the first convolution cannot learn",
        "a ReLU before a convolution has no effect, since the convolution takes it back",
        "the ReLU shrinks the grid, so the branch does not fit the shortcut",
    ), read="03 §7", source=BRANCH_IN_STEPS,
        change=[("        out = x\n", "        out = F.relu(x, inplace=True)\n")]),
    Bug("spot_norms", basic_block.EXERCISE, "first-norm-twice", "branch", "03 §6", (
        "one norm keeps the statistics of two places, and the other is never called",
        "a module may be called only once in a forward pass, so torch stops with an error",
        "the norm comes behind the convolution, where it has no effect on what goes on",
        "in training mode the second norm would need a larger batch than the first",
    ), source=BRANCH_APART),
    Bug("spot_hidden_sum", bottleneck.EXERCISE, "norm-after-the-sum", "forward", "05 §2", (
        "the last norm comes after the sum, so the shortcut is scaled and shifted as well",
        "the sum comes before the third convolution, which mixes the shortcut's channels",
        "one ReLU stands in three places, and keeps the numbers of the place before",
        "the projection is called in every block, also where the shape stays as it is",
    ), read="04 §2", source=SUM_IN_ONE_LINE,
        change=[("self.bn3(self.conv3(out)) + identity", "self.bn3(self.conv3(out) + identity)")]),
    Bug("spot_width", bottleneck.EXERCISE, "width-by-integer-division", "__init__", "05 §3", (
        "with a base width below 64, as in every ResNeXt, the middle has no channels at all",
        "with 32 groups the middle becomes too wide, since groups must not multiply the width",
        "the width is no whole number in some networks, and a convolution refuses it",
        "the width is rounded behind the groups, so one group gets part of a channel",
    ), trial="Put in the numbers of ResNet-50 and of a ResNeXt: does what the reason says happen?"),
    Bug("spot_channels", network.EXERCISE, "inplanes-without-expansion", "_make_layer", "07 §4", (
        "the next block expects planes channels, and gets four times as many from a bottleneck",
        "a block with 32 groups puts out 32 times as many channels, and the groups are missing",
        "the projection is built too narrow, in a network of basic blocks too",
        "the next stage does not double its channels any more, so all widths stay at 64",
    ), trial="Write down what goes into each block of two stages, and what comes out: does the "
        "reason fit?"),
    Bug("spot_dilation", network.EXERCISE, "dilated-projection-strides", "_first_block", "11 §1", (
        "in a dilated stage the shortcut still shrinks the grid that the branch now keeps",
        "a 1×1 convolution cannot stride at all, since it sees none of the neighbours",
        "a projection is now built in every stage, also in one that keeps its shape",
        "branch and shortcut stride twice, so the grid of every stage is a quarter of what it was",
    ), source=FIRST_APART, change=[("stride=step, bias=False", "stride=stride, bias=False")],
        trial="Write down the stride of branch and shortcut for a stage that dilates and for one "
        "that does not."),
    Bug("spot_flags", network.EXERCISE, "dilation-not-for-later-blocks", "_make_layer", "11 §2", (
        "the later blocks keep the old dilation on the finer grid: their taps reach half as far",
        "the later blocks stride once more, so the grid shrinks from block to block",
        "the later blocks get the dilation of the stage after theirs: their taps reach too far",
        "the first block gets no dilation, and it is the only one that needs it",
    ), source=FIRST_APART, change=[("dilation=self.dilation,", "dilation=before,")],
        trial="Write down the dilation of each of three blocks of a stage: does the reason fit?"),
    Bug("spot_stem", network.EXERCISE, "pool-without-padding", "_make_stem", "07 §2", (
        "an image of 224 gives layer1 a grid that is one row and one column too small",
        "an image of 224 gives layer1 a grid of twice the side: the pool no longer halves",
        "the norm is built for three channels, and the convolution puts out 64",
        "the ReLU writes over the image, and the caller's image is changed by it",
    ), source=STEM_APART, change=[("stride=2, padding=1)", "stride=2)")],
        trial="Work out the sides for an image of 224, line by line: does the reason fit?"),
    Bug("spot_spread", network.EXERCISE, "fan-in", "__init__", "08 §2", (
        "the weights are spread by how many inputs a sum has, not by how many sums read an input",
        "the weights are drawn from a box, all values equally likely, instead of a bell",
        "the weights of the norms are drawn as well, so they do not begin at one",
        "only the stem is drawn anew, since the stages do not exist yet",
    ), source=NORMS_ASKED,
        trial="Take a convolution from 3 to 64 channels: are its weights as the reason says?"),
)  # fmt: skip


def _exercise(bug: Bug) -> Exercise:
    numbered = "\n".join(f"{i:>2}  {line}" for i, line in enumerate(bug.code.split("\n"), 1))
    reasons = "\n".join(f"- {letter}: {r}" for letter, r in zip(LETTERS, bug.shown, strict=True))
    note = bug.note and f"\n{textwrap.fill(bug.note, 99)}\n"
    owner = "" if bug.function == bug.exercise.name else f"`{bug.function}` of "
    prompt = f"""This is {owner}somebody's `{bug.exercise.name}`.
One line is wrong, or stands in the wrong place. Which, and why?

```
{numbered}
```
{note}
{reasons}

Answer with the number of the line and the letter of the reason, as in `(3, "b")`."""
    line, letter, read = bug.line, bug.letter, bug.read or bug.section
    other = next(x for x in LETTERS if x != letter)
    whole = next((span for span in bug.statements if span[0] <= line <= span[1]), [line, line])

    def plan(rng: random.Random) -> Plan:
        lines = bug.code.split("\n")
        case = {"words": bug.name, "statements": bug.statements, "lines": len(lines),
                "listing": lines}  # fmt: skip
        return {"kind": "choice", "cases": [case]}

    answers = {
        "tuple": f'{bug.name} = ({line}, "{letter}")\n',
        "list": f'{bug.name} = [{line}, "{letter}"]\n',
        "names": f'line = {line}\nreason = "{letter}"\n{bug.name} = (line, reason)\n',
    }
    last = whole[1] == len(bug.code.split("\n"))
    wrong_line = [(f"{line}", f"{whole[0] - 1 if last else whole[1] + 1}")]
    wrong_reason = [(f'"{letter}"', f'"{other}"')]
    mistakes = (
        Mistake(
            "another-line", "The reason is right, the fault is in another line.",
            "What the reason says is made to happen by one line. Ask each line whether it is the "
            "one.", read,
            "Which line would you change or move, so that the reason holds no longer?",
            {style: wrong_line for style in answers},
        ),
        Mistake(
            "another-reason", "The line is right, the reason is another one.", bug.trial,
            read, "What would you see if you ran it, and when would you see nothing?",
            {style: wrong_reason for style in answers},
        ),
        Mistake(
            "another-line-and-reason", "The fault is in another line, and has another reason.",
            "Take the lines one by one: what does each read, and what has been made of it by then?",
            read, "Which line would you write differently?",
            {style: [*wrong_line, *wrong_reason] for style in answers},
        ),
    )  # fmt: skip
    return Exercise(
        name=bug.name, part=bug.part, section=bug.section, points=1,
        signature=f'{bug.name} = (line, "letter")', prompt=prompt,
        starter=f"{bug.name} = None  # (line, \"letter\")\n", plan=plan, styles=answers,
        mistakes=mistakes, given=(), alike=(),
    )  # fmt: skip


EXERCISES = tuple(_exercise(bug) for bug in BUGS)
