"""Every block that changes the shape: where the stride sits and what its shortcut does."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..anatomy import Record, Trace
from . import words
from .style import SMALL, STRIDE, Picture, arrow, box, canvas, label, picture, plus, text_of, way

LANE = 1.02


def downsample_map(traced: Trace) -> Picture:
    """One lane for each block with a projection; a box with a red edge has the stride.

    The other blocks keep their shape, and their shortcut is the identity; they are counted below.
    """
    blocks = words.blocks_of(traced)
    changing = {name: records for name, records in blocks.items() if words.is_projected(records)}
    kept = len(blocks) - len(changing)
    keep = "keeps" if kept == 1 else "keep"
    title = f"{words.network(traced)}: {_counted(len(changing))} the shape, {kept} {keep} it"
    figure = picture(title, _alt(traced, changing, kept), 0.82 + LANE * max(len(changing), 1))
    axes = canvas(figure)
    top = LANE * max(len(changing), 1) + 0.32
    for i, (name, records) in enumerate(changing.items()):
        _lane(axes, name, records, top - LANE * i - 0.42)
    legend = (
        "Red edge: the stride.  Dotted: the shortcut is a 1×1 convolution and a norm.  "
        f"In the other {kept} blocks it is the identity."
    )
    label(axes, (0.15, 0.14), legend, ha="left", fontsize=SMALL)
    return figure


def _counted(n: int) -> str:
    return f"{n} block changes" if n == 1 else f"{n} blocks change"


def _lane(axes: Axes, name: str, records: list[Record], y: float) -> None:
    stage, paper = records[0].stage, records[0].paper_stage or ""
    number = int(name.rpartition(".")[2] or 0) + 1
    label(axes, (0.15, y + 0.14), name, ha="left", fontweight="bold", color=text_of(stage))
    label(axes, (0.15, y - 0.04), paper.replace("_x", f"_{number}"), ha="left", fontsize=SMALL)
    main = [r for r in records if r.branch == "main" and r.kernel_size]
    side = [r for r in records if r.branch == "shortcut" and r.kernel_size]
    label(axes, (1.66, y), words.size(records[0].input_shapes[0]), fontsize=SMALL)
    start, end, wide = 2.3, 7.35, 1.42
    arrow(axes, (2.15, y), (start + 0.2, y))
    gap = (end - start - 0.4 - wide * len(main)) / max(len(main) - 1, 1)
    for i, record in enumerate(main):
        x = start + 0.2 + wide / 2 + i * (wide + gap)
        _conv(axes, (x, y), wide, record)
        if i:
            arrow(axes, (x - wide / 2 - gap, y), (x - wide / 2, y))
    arrow(axes, (end - 0.2, y), (end + 0.04, y))
    plus(axes, (end + 0.15, y))
    low = y - 0.42
    way(axes, [(start, y), (start, low), (end + 0.15, low), (end + 0.15, y - 0.11)], dotted=True)
    for record in side[:1]:
        _conv(axes, ((start + end) / 2, low), wide, record)
    arrow(axes, (end + 0.26, y), (end + 0.5, y))
    label(axes, (end + 0.56, y), words.size(records[-1].output_shape), ha="left", fontsize=SMALL)


def _conv(axes: Axes, centre: tuple[float, float], wide: float, record: Record) -> None:
    strided = record.stride is not None and record.stride != (1, 1)
    text = words.layer(record).replace(" conv", "")
    box(axes, centre, (wide, 0.27), text, record.stage, fontsize=SMALL,
        edge=STRIDE if strided else None, line=2.0 if strided else 1.2)  # fmt: skip


def _alt(traced: Trace, changing: dict[str, list[Record]], kept: int) -> str:
    sentences = []
    for name, records in changing.items():
        strided = [r for r in records if r.branch == "main" and r.stride not in (None, (1, 1))]
        where = f"stride in {strided[0].name.rpartition('.')[2]}" if strided else "no stride"
        came, goes = words.size(records[0].input_shapes[0]), words.size(records[-1].output_shape)
        sentences.append(f"{name}: {came} to {goes}, {where}, projection on the shortcut.")
    return f"{' '.join(sentences)} The other {kept} blocks of {traced.network} keep their shape."
