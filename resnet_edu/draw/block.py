"""One residual block, or several side by side: every operation, every shape, both paths."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from ..anatomy import Record, Trace
from . import words
from .style import INK, SMALL, WIDTH, Picture, arrow, box, canvas, label, picture, plus, way

CONV, THIN, GAP = 0.36, 0.23, 0.16  # heights of boxes and of the arrows between, inches
GREY = "#555555"


@dataclass(frozen=True)
class Layout:
    """Where one block lies, in inches: middle and width of both paths, and the margin of counts."""

    x: float
    wide: float = 1.75
    side: float = 1.55
    side_wide: float = 1.22
    counts: float | None = None


ALONE = Layout(x=4.25, wide=2.6, side=2.6, side_wide=1.95, counts=0.3)


def block(traced: Trace | tuple[Trace, str], *names: str | tuple[Trace, str]) -> Picture:
    """The blocks ``names`` of a trace (``"layer2.0"``), one or two; the first by default.

    Blocks of two networks are given as pairs: ``block((one, "layer1.1"), (two, "layer1.1"))``. Left
    the main path, right the shortcut: a solid line is the identity, a dotted one a projection. A
    block alone has its counts of parameters beside it. Raises ``ValueError`` for a name that is no
    block of its trace, and for more than two.
    """
    pairs = _pairs(traced, names)
    if not 1 <= len(pairs) <= 2:
        known = ", ".join(words.blocks_of(pairs[0][0]))
        raise ValueError(f"one or two blocks of {known} can be drawn, not {len(pairs)} names")
    found = [_records(*pair) for pair in pairs]
    tallest = max(map(_height, found))
    alt = " ".join(_said(*pair, records) for pair, records in zip(pairs, found, strict=True))
    figure = picture(_title(pairs, found), alt, tallest + 0.55)
    axes = canvas(figure)
    apart = len({id(one) for one, _ in pairs}) > 1
    places = [ALONE] if len(pairs) == 1 else [Layout(0.21 * WIDTH), Layout(0.71 * WIDTH)]
    for (one, name), records, place in zip(pairs, found, places, strict=True):
        heading = f"{words.network(one)}: {name}" if apart else name
        _one(axes, records, place, tallest + 0.05, heading)
    return figure


def _pairs(
    first: Trace | tuple[Trace, str], others: tuple[str | tuple[Trace, str], ...]
) -> list[tuple[Trace, str]]:
    """Every block that was asked for with the trace that it is of."""
    traced = first if isinstance(first, Trace) else first[0]
    given = [*others] if isinstance(first, Trace) else [first, *others]
    if not given:
        given = [next(iter(words.blocks_of(traced)), "")]
    return [(traced, each) if isinstance(each, str) else each for each in given]


def _records(traced: Trace, name: str) -> list[Record]:
    blocks = words.blocks_of(traced)
    if not blocks:
        raise ValueError(f"{traced.network} has no block that adds a shortcut")
    if name not in blocks:
        raise ValueError(f"one or two blocks of {', '.join(blocks)} can be drawn, not {name}")
    return blocks[name]


def _title(pairs: list[tuple[Trace, str]], found: list[list[Record]]) -> str:
    """What is added to what each block computes; said once where it is the same."""
    networks = [words.network(traced) for traced, _ in pairs]
    one = len(set(networks)) == 1
    if one or len({traced.network for traced, _ in pairs}) > 1:
        networks = [networks[0] if one else traced.network for traced, _ in pairs]
    called = [name if one else f"{name} of {network}"
              for (_, name), network in zip(pairs, networks, strict=True)]  # fmt: skip
    projected = [words.is_projected(records) for records in found]
    if len(pairs) == 2 and projected[0] == projected[1]:
        added = "a projection of their input" if projected[0] else "their input as it is"
        finding = f"{' and '.join(called)} add {added}"
    else:
        each_adds = ["a projection of its input" if each else "its input as it is"
                     for each in projected]  # fmt: skip
        finding = f"{called[0]} adds {each_adds[0]}".strip()
        if len(pairs) == 2:
            finding += f", {called[1]} {each_adds[1]}"
    return f"{networks[0]}: {finding}" if one else finding


def _rows(records: list[Record]) -> list[tuple[Record, float]]:
    """The main path's boxes, top down, with their heights."""
    main = [record for record in records if record.branch == "main"]
    return [(record, CONV if record.kernel_size else THIN) for record in main]


def _height(records: list[Record]) -> float:
    body = sum(height + GAP for _, height in _rows(records))
    return 0.3 + 0.36 + body + 0.3 + THIN + 0.55


def _one(axes: Axes, records: list[Record], place: Layout, top: float, name: str) -> None:
    x, stage, paper = place.x, records[0].stage, records[0].paper_stage
    number = int(name.rpartition(".")[2] or 0) + 1 if paper else 0
    heading = f"{name} · {paper.replace('_x', f'_{number}')}" if paper else name or "block"
    label(axes, (x, top - 0.1), heading, fontweight="bold")
    y = top - 0.36
    label(axes, (x, y), words.size(records[0].input_shapes[0]))
    y -= 0.12
    fork = y - 0.06
    before = y
    for record, height in _rows(records):
        y -= GAP + height
        arrow(axes, (x, before), (x, y + height))
        size = SMALL if height == THIN else 8.5
        text = words.layer(record)
        if len(text) > 11.5 * place.wide:  # groups or dilation go on a second line
            head, _, last = text.rpartition(", ")
            text, size = f"{head}\n{last}", SMALL
        box(axes, (x, y + height / 2), (place.wide, height), text, stage, fontsize=size)
        if record.kernel_size:
            label(axes, (x - place.wide / 2 - 0.08, y + height / 2),
                  words.size(record.output_shape), ha="right", fontsize=SMALL)  # fmt: skip
        if place.counts is not None and record.parameters:
            label(axes, (place.counts, y + height / 2), _counted(record), ha="left",
                  fontsize=SMALL, color=GREY)  # fmt: skip
        before = y
    y -= 0.3
    arrow(axes, (x, before), (x, y + 0.11))
    plus(axes, (x, y))
    _shortcut(axes, records, place, fork, y)
    before = y - 0.11
    for record in _after(records):
        y -= 0.11 + GAP + THIN
        arrow(axes, (x, before), (x, y + THIN))
        box(axes, (x, y + THIN / 2), (place.wide, THIN), words.layer(record), stage,
            fontsize=SMALL)  # fmt: skip
        before = y
    arrow(axes, (x, before), (x, before - 0.2))
    label(axes, (x, before - 0.3), words.size(records[-1].output_shape))


def _counted(record: Record) -> str:
    return f"{record.parameters:,} parameters"


def _after(records: list[Record]) -> list[Record]:
    """What follows the addition."""
    addition = next(i for i, record in enumerate(records) if record.kind == "add")
    return records[addition + 1 :]


def _shortcut(
    axes: Axes, records: list[Record], place: Layout, fork: float, join: float
) -> None:
    x, side = place.x, place.x + place.side
    boxes = [record for record in records if record.branch == "shortcut"]
    corner = [(x, fork), (side, fork), (side, join), (x + 0.11, join)]
    way(axes, corner, dotted=bool(boxes))
    middle = (fork + join) / 2
    if not boxes:
        text = "identity" if place.counts is None else "identity: the input as it is"
        label(axes, (side + 0.08, middle), text, ha="left", fontsize=SMALL)
        return
    y = middle + (CONV + GAP + THIN) / 2
    for record in boxes:
        height = CONV if record.kernel_size else THIN
        box(axes, (side + 0.1, y - height / 2), (place.side_wide, height), words.layer(record),
            records[0].stage, fontsize=SMALL)  # fmt: skip
        y -= height + GAP
    below = [words.size(boxes[-1].output_shape)]
    if place.counts is not None:
        below += [_counted(record) for record in boxes if record.parameters]
    for i, text in enumerate(below):
        label(axes, (side + 0.1, y + GAP - 0.12 - 0.16 * i), text, fontsize=SMALL,
              color=GREY if i else INK,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def _said(traced: Trace, name: str, records: list[Record]) -> str:
    path = ", ".join(words.layer(r) for r in records if r.branch == "main" and r.kernel_size)
    side = [words.layer(r) for r in records if r.branch == "shortcut" and r.kernel_size]
    shortcut = f"a projection, {side[0]}" if side else "the identity"
    return (
        f"Block {name or traced.network}: {words.size(records[0].input_shapes[0])} in, "
        f"main path {path}; the shortcut is {shortcut}; both are added, then ReLU; "
        f"{words.size(records[-1].output_shape)} out."
    )
