"""One residual block, or several side by side: every operation, every shape, both paths."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..anatomy import Record, Trace
from . import words
from .style import SMALL, WIDTH, Picture, arrow, box, canvas, label, picture, plus, way

CONV, THIN, GAP = 0.36, 0.23, 0.16  # heights of boxes and of the arrows between, inches


def block(traced: Trace, *names: str) -> Picture:
    """The blocks ``names`` of a trace (``"layer2.0"``), one or two; the first by default.

    Left the main path, right the shortcut: a solid line is the identity, a dotted one a projection.
    Raises ``ValueError`` for a name that is no block of the trace.
    """
    blocks = words.blocks_of(traced)
    names = names or tuple(blocks)[:1]
    if not blocks:
        raise ValueError(f"{traced.network} has no block that adds a shortcut")
    unknown = [name for name in names if name not in blocks]
    if unknown or not 1 <= len(names) <= 2:
        given = unknown[0] if unknown else f"{len(names)} names"
        raise ValueError(f"one or two blocks of {', '.join(blocks)} can be drawn, not {given}")
    tallest = max(_height(blocks[name]) for name in names)
    title = f"{traced.network}: {', '.join(_finding(name, blocks[name]) for name in names)}"
    figure = picture(title, _alt(traced, names, blocks), tallest + 0.55)
    axes = canvas(figure)
    room = WIDTH / 2
    left = (WIDTH - room * len(names)) / 2
    for i, name in enumerate(names):
        _one(axes, blocks[name], left + i * room + 0.42 * room, tallest + 0.05, name)
    return figure


def _finding(name: str, records: list[Record]) -> str:
    """The title's part for one block: what is added to what it computes."""
    added = "a projection of its input" if words.is_projected(records) else "its input as it is"
    return f"{name} adds {added}".strip()


def _rows(records: list[Record]) -> list[tuple[Record, float]]:
    """The main path's boxes, top down, with their heights."""
    main = [record for record in records if record.branch == "main"]
    return [(record, CONV if record.kernel_size else THIN) for record in main]


def _height(records: list[Record]) -> float:
    body = sum(height + GAP for _, height in _rows(records))
    return 0.3 + 0.36 + body + 0.3 + THIN + 0.55


def _one(axes: Axes, records: list[Record], x: float, top: float, name: str) -> None:
    stage, paper = records[0].stage, records[0].paper_stage
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
        if len(text) > 20:  # groups or dilation go on a second line
            head, _, last = text.rpartition(", ")
            text, size = f"{head}\n{last}", SMALL
        box(axes, (x, y + height / 2), (1.75, height), text, stage, fontsize=size)
        if record.kernel_size:
            label(axes, (x - 0.95, y + height / 2), words.size(record.output_shape),
                  ha="right", fontsize=SMALL)  # fmt: skip
        before = y
    y -= 0.3
    arrow(axes, (x, before), (x, y + 0.11))
    plus(axes, (x, y))
    _shortcut(axes, records, x, fork, y)
    before = y - 0.11
    for record in _after(records):
        y -= 0.11 + GAP + THIN
        arrow(axes, (x, before), (x, y + THIN))
        box(axes, (x, y + THIN / 2), (1.75, THIN), words.layer(record), stage, fontsize=SMALL)
        before = y
    arrow(axes, (x, before), (x, before - 0.2))
    label(axes, (x, before - 0.3), words.size(records[-1].output_shape))


def _after(records: list[Record]) -> list[Record]:
    """What follows the addition."""
    addition = next(i for i, record in enumerate(records) if record.kind == "add")
    return records[addition + 1 :]


def _shortcut(axes: Axes, records: list[Record], x: float, fork: float, join: float) -> None:
    side = x + 1.55
    boxes = [record for record in records if record.branch == "shortcut"]
    corner = [(x, fork), (side, fork), (side, join), (x + 0.11, join)]
    way(axes, corner, dotted=bool(boxes))
    if not boxes:
        label(axes, (side + 0.08, (fork + join) / 2), "identity", ha="left", fontsize=SMALL)
        return
    middle = (fork + join) / 2
    y = middle + (CONV + GAP + THIN) / 2
    for record in boxes:
        height = CONV if record.kernel_size else THIN
        box(axes, (side + 0.1, y - height / 2), (1.22, height), words.layer(record),
            records[0].stage, fontsize=SMALL)  # fmt: skip
        y -= height + GAP
    label(axes, (side + 0.1, y + GAP - 0.12), words.size(boxes[-1].output_shape), fontsize=SMALL,
          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def _alt(traced: Trace, names: tuple[str, ...], blocks: dict[str, list[Record]]) -> str:
    sentences = []
    for name in names:
        records = blocks[name]
        path = ", ".join(words.layer(r) for r in records if r.branch == "main" and r.kernel_size)
        side = [words.layer(r) for r in records if r.branch == "shortcut" and r.kernel_size]
        shortcut = f"a projection, {side[0]}" if side else "the identity"
        sentences.append(
            f"Block {name or traced.network}: {words.size(records[0].input_shapes[0])} in, "
            f"main path {path}; the shortcut is {shortcut}; both are added, then ReLU; "
            f"{words.size(records[-1].output_shape)} out."
        )
    return " ".join(sentences)
