"""The shapes of the feature maps as slabs: the face is the grid, the thickness the channels."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from ..anatomy import Record, Trace
from . import words
from .style import SMALL, WIDTH, Picture, canvas, edge_of, fill_of, label, picture

HEIGHT = 2.75


def pyramid(traced: Trace) -> Picture:
    """Feature maps from the image to the pooled vector: the grid shrinks, the channels grow.

    Sides of the faces are drawn by the square root of their pixels, the thickness by the logarithm
    of the channels; the labels have the numbers.
    """
    maps = _maps(traced)
    alt = "; ".join(f"after {name}: {words.size(record.output_shape)}" for name, record in maps)
    title = f"{words.network(traced)}: the grid shrinks, the channels grow"
    figure = picture(title, alt + ".", HEIGHT)
    axes = canvas(figure)
    largest = math.sqrt(max(max(record.output_shape[2:]) for _, record in maps))
    scale = 1.15 / largest
    room = (WIDTH - 0.3) / len(maps)
    for i, (name, record) in enumerate(maps):
        _slab(axes, 0.15 + (i + 0.5) * room, name, record, scale)
    return figure


def _maps(traced: Trace) -> list[tuple[str, Record]]:
    """The records whose outputs a reader meets: image, stem, stage ends, pooled vector."""
    ends: dict[str, Record] = {}
    for record in traced:
        if len(record.output_shape) != 4:
            continue
        if record.kind == "input":
            ends["image"] = record
        elif record.block is not None:
            ends[record.stage or record.block or "block"] = record
        elif record.kernel_size or record.kind == "AdaptiveAvgPool2d":
            ends[record.name] = record
    return list(ends.items())


def _slab(axes: Axes, x: float, name: str, record: Record, scale: float) -> None:
    _, channels, height, width = record.output_shape
    tall, wide = max(0.06, scale * math.sqrt(height)), max(0.06, scale * math.sqrt(width)) * 0.45
    thick = 0.05 * math.log2(channels + 1)
    bottom, left = 1.45 - tall / 2, x - (wide + thick) / 2
    lean = 0.5 * wide
    face = [(left, bottom), (left + wide, bottom + lean), (left + wide, bottom + lean + tall),
            (left, bottom + tall)]  # fmt: skip
    near = [(px + thick, py) for px, py in face]
    edge, fill = edge_of(record.stage), fill_of(record.stage)
    top = [face[3], face[2], near[2], near[3]]
    front = [face[0], near[0], near[3], face[3]]
    for corners, tint in ((near, fill), (top, edge), (front, edge)):
        axes.add_patch(Polygon(corners, facecolor=tint, edgecolor=edge, linewidth=0.8, zorder=2,
                               alpha=1 if tint == fill else 0.75))  # fmt: skip
    lines = [words.grid(record.output_shape), f"{channels} ch."]
    label(axes, (x, 0.55), "\n".join(lines), fontsize=SMALL)
    label(axes, (x, 0.2), name, fontsize=SMALL, fontweight="bold", color=edge)
