"""Where the taps of a 3x3 lie on the image's grid, for the blocks of a strided or dilated stage."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..anatomy import Record, Trace
from . import words
from .style import (
    DPI,
    FAINT,
    SMALL,
    TEXT,
    WIDTH,
    Picture,
    canvas,
    edge_of,
    fill_of,
    label,
    picture,
)

CELLS, MOST_CELLS = 13, 35  # positions of the finest grid that are shown along each axis


def taps(traced: Trace, names: Sequence[str]) -> Picture:
    """The 3x3 convolutions ``names``, each drawn on one grid: that of the finest of them.

    Dark: what one output of the convolution reads. Pale: the positions of its input, in the hue of
    the stage that made their grid. Raises ``ValueError`` for records that are no 3x3 convolution,
    for more than four, and for taps too far apart to draw.
    """
    records = [traced[name] for name in names]
    if not 1 <= len(records) <= 4:
        raise ValueError(f"one to four convolutions can be drawn, not {len(records)}")
    for record in records:
        if record.kind != "Conv2d" or record.kernel_size != (3, 3):
            raise ValueError(f"{record.name} is no 3x3 convolution but {record.kind}")
    finest = min(_jump_in(record) for record in records)
    cells = max(CELLS, *(2 * _apart(record, finest) + 3 for record in records))
    if cells > MOST_CELLS:
        raise ValueError(f"taps so far apart need {cells} cells; at most {MOST_CELLS} can be drawn")
    title = f"{words.network(traced)}: {_finding(records, finest)}"
    side = int(min(0.15, 2.5 / cells, (WIDTH - 0.6) / len(records) / (cells + 2)) * DPI) / DPI
    alt = " ".join(_said(record, finest) for record in records)
    figure = picture(title, alt, 1.4 + side * cells)
    axes = canvas(figure)
    width = WIDTH / len(records)
    for i, record in enumerate(records):
        x = round((width * i + (width - cells * side) / 2) * DPI) / DPI  # whole pixels: even lines
        _grid(axes, (x, 0.9), side, record, finest, cells, _grid_of(traced, record))
        dilation = (record.dilation or (1, 1))[0]
        label(axes, (width * (i + 0.5), 0.73), record.name, fontsize=TEXT)
        text = f"stride {(record.stride or (1, 1))[0]}, dilation {dilation}"
        label(axes, (width * (i + 0.5), 0.53), text, fontsize=SMALL)
    legend = (
        f"A square is {finest} pixels of the image wide.  Dark: what one output of the 3×3 reads.  "
        "Pale: the positions of its input, in the hue of the stage that made their grid."
    )
    label(axes, (0.12, 0.18), legend, ha="left", fontsize=SMALL)
    return figure


def _finding(records: list[Record], finest: int) -> str:
    """What the grids say: how far apart the taps lie, and on how fine a grid."""
    steps = [_jump_in(record) // finest for record in records]
    spread = [record.name for record in records if (record.dilation or (1, 1))[0] > 1]
    if spread and max(steps) == 1:
        return f"the grid stays fine, dilation spreads the taps of {_listed(spread)}"
    coarse = [record.name for record, step in zip(records, steps, strict=True) if step > 1]
    if coarse and not spread:
        return f"behind the stride the grid of {_listed(coarse)} is coarser, so its taps lie apart"
    if coarse:
        return "strides make the grid coarser, dilation spreads the taps instead"
    return "the nine taps of a 3×3 lie side by side"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 2 else ""
    return f"{names[0]}{more}" if more else " and ".join(names)


def _jump_in(record: Record) -> int:
    """Pixels of the image from one position of the convolution's input to the next."""
    stride = (record.stride or (1, 1))[0]
    jump = record.jump[0] if isinstance(record.jump, tuple) else record.jump
    return int(jump or 1) // stride


def _apart(record: Record, finest: int) -> int:
    """Cells from one tap to the next."""
    return _jump_in(record) // finest * (record.dilation or (1, 1))[0]


def _said(record: Record, finest: int) -> str:
    step = _jump_in(record) // finest
    apart = _apart(record, finest)
    return f"{record.name}: its taps lie {apart} apart on the finest grid, its input {step}."


def _grid_of(traced: Trace, record: Record) -> str | None:
    """The stage that made the grid of the record's input: the last one that strode before it."""
    before = list(traced)[: [other.name for other in traced].index(record.name)]
    strode = [other.stage for other in before
              if other.branch != "shortcut" and other.stride not in (None, (1, 1))]  # fmt: skip
    return strode[-1] if strode else record.stage


def _grid(
    axes: Axes, corner: tuple[float, float], side: float, record: Record, finest: int, cells: int,
    stage: str | None,
) -> None:
    step = _jump_in(record) // finest  # of the convolution's own grid, in cells
    apart = _apart(record, finest)
    centre = cells // 2
    read = {(centre + a * apart, centre + b * apart) for a in (-1, 0, 1) for b in (-1, 0, 1)}
    x, y = corner
    for i in range(cells):
        for j in range(cells):
            own = (i - centre) % step == 0 and (j - centre) % step == 0
            if own or (i, j) in read:
                face = edge_of(record.stage) if (i, j) in read else fill_of(stage)
                axes.add_patch(Rectangle((x + j * side, y + i * side), side, side, facecolor=face,
                                         linewidth=0, zorder=1))  # fmt: skip
    for k in range(cells + 1):
        for line in (([x, x + cells * side], [y + k * side] * 2),
                     ([x + k * side] * 2, [y, y + cells * side])):  # fmt: skip
            axes.plot(*line, color=FAINT, linewidth=0.5, zorder=2, solid_capstyle="projecting")
