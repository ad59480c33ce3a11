"""All blocks of several networks in rows: which have a projection on their shortcut."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..anatomy import Record, Trace
from . import words
from .style import SMALL, WIDTH, Picture, canvas, edge_of, fill_of, label, picture

LETTER = 0.072  # inches that a letter of a name takes


def projections(traces: Iterable[Trace]) -> Picture:
    """A square for each block: filled, with the stride in it, where the shortcut is a projection.

    An empty square is a block whose shortcut is the identity. Traces of one name are numbered.
    Raises ``ValueError`` for no traces, and for a trace without residual blocks.
    """
    given = list(traces)
    rows = dict(zip(_names(given), map(words.blocks_of, given), strict=True))
    if not rows:
        raise ValueError("at least one trace is needed, as in projections([trace('resnet18')])")
    for name, blocks in rows.items():
        if not blocks:
            raise ValueError(f"{name} has no residual blocks to draw")
    counts = [sum(map(words.is_projected, blocks.values())) for blocks in rows.values()]
    depths = {len(blocks) for blocks in rows.values()}
    title = f"A projection stands in {_range(counts)} blocks of a network"
    title += ", whatever its depth" if len(depths) > 1 and max(counts) - min(counts) <= 1 else ""
    if len(rows) == 1:
        title = f"{next(iter(rows))}: a projection stands in {counts[0]} of {max(depths)} blocks"
    alt = " ".join(f"{name}: {_listed(blocks)}." for name, blocks in rows.items())
    figure = picture(title, alt, 0.85 + 0.3 * len(rows))
    axes = canvas(figure)
    most = max(len(blocks) for blocks in rows.values())
    left = max(1.55, 0.3 + LETTER * max(map(len, rows)))
    step = min(0.24, (WIDTH - left - 0.2) / (most + 3))
    for i, (name, blocks) in enumerate(rows.items()):
        y = 0.3 * (len(rows) - i) + 0.18
        label(axes, (left - 0.12, y), name, ha="right")
        _row(axes, blocks, (left, y), step)
    legend = (
        "A square is a block. Empty: its shortcut is the identity. "
        "Filled: a projection, with its stride; 1 changes the channels only."
    )
    label(axes, (0.12, 0.16), legend, ha="left", fontsize=SMALL)
    return figure


def _names(traces: list[Trace]) -> list[str]:
    """A name for each row; those that several rows would have are numbered."""
    plain = [words.network(traced) for traced in traces]
    return [f"{name} ({plain[: i + 1].count(name)})" if plain.count(name) > 1 else name
            for i, name in enumerate(plain)]  # fmt: skip


def _row(
    axes: Axes, blocks: dict[str, list[Record]], start: tuple[float, float], step: float
) -> None:
    (x, y), stage = start, None
    side = step * 0.84
    for records in blocks.values():
        if stage is not None and records[0].stage != stage:
            x += step
        stage = records[0].stage
        projected = words.is_projected(records)
        axes.add_patch(
            Rectangle((x, y - side / 2), side, side, edgecolor=edge_of(stage),
                      facecolor=fill_of(stage) if projected else "white",
                      linewidth=1.5 if projected else 0.7)
        )  # fmt: skip
        if projected:
            label(axes, (x + side / 2, y), str(_stride(records)), fontsize=6.5)
        x += step


def _stride(records: list[Record]) -> int:
    conv = next(r for r in records if r.branch == "shortcut" and r.stride)
    return conv.stride[0] if conv.stride else 1


def _listed(blocks: dict[str, list[Record]]) -> str:
    found = [f"{name} (stride {_stride(records)})" for name, records in blocks.items()
             if words.is_projected(records)]  # fmt: skip
    return ", ".join(found) if found else "no projection"


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    if low == high:
        return str(low)
    return f"{low} or {high}" if high == low + 1 else f"{low} to {high}"
