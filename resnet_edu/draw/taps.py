"""Where the taps of a 3x3 lie on the image's grid, for the blocks of a strided or dilated stage."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..anatomy import Record, Trace
from .style import FAINT, SMALL, TEXT, WIDTH, Picture, canvas, edge_of, fill_of, label, picture

CELLS = 13  # pixels of the incoming grid that are shown along each axis


def taps(traced: Trace, names: Sequence[str]) -> Picture:
    """The 3x3 convolutions ``names``, each drawn on one grid: that of the finest of them.

    Filled: what one output of the convolution reads. Thick: the positions of its own grid.
    Raises ``ValueError`` for records that are no 3x3 convolution, or for more than four.
    """
    records = [traced[name] for name in names]
    if not 1 <= len(records) <= 4:
        raise ValueError(f"one to four convolutions can be drawn, not {len(records)}")
    for record in records:
        if record.kind != "Conv2d" or record.kernel_size != (3, 3):
            raise ValueError(f"{record.name} is no 3x3 convolution but {record.kind}")
    finest = min(_jump_in(record) for record in records)
    said = [_said(record, finest) for record in records]
    title = f"{traced.network}: what one output of a 3×3 reads, in steps of {finest} pixels"
    side = min(0.15, (WIDTH - 0.6) / len(records) / (CELLS + 2))
    figure = picture(title, " ".join(said), 1.1 + side * CELLS)
    axes = canvas(figure)
    width = WIDTH / len(records)
    for i, record in enumerate(records):
        x = width * i + (width - CELLS * side) / 2
        _grid(axes, (x, 0.62), side, record, finest)
        dilation = (record.dilation or (1, 1))[0]
        label(axes, (width * (i + 0.5), 0.44), record.name, fontsize=TEXT)
        text = f"stride {(record.stride or (1, 1))[0]}, dilation {dilation}"
        label(axes, (width * (i + 0.5), 0.22), text, fontsize=SMALL)
    return figure


def _jump_in(record: Record) -> int:
    """Pixels of the image from one position of the convolution's input to the next."""
    stride = (record.stride or (1, 1))[0]
    jump = record.jump[0] if isinstance(record.jump, tuple) else record.jump
    return int(jump or 1) // stride


def _said(record: Record, finest: int) -> str:
    step = _jump_in(record) // finest
    apart = step * (record.dilation or (1, 1))[0]
    return f"{record.name}: its taps lie {apart} apart on the finest grid, its input {step}."


def _grid(
    axes: Axes, corner: tuple[float, float], side: float, record: Record, finest: int
) -> None:
    step = _jump_in(record) // finest  # of the convolution's own grid, in cells
    apart = step * (record.dilation or (1, 1))[0]
    centre = CELLS // 2
    read = {(centre + a * apart, centre + b * apart) for a in (-1, 0, 1) for b in (-1, 0, 1)}
    for i in range(CELLS):
        for j in range(CELLS):
            own = (i - centre) % step == 0 and (j - centre) % step == 0
            face = fill_of(record.stage) if own else "white"
            face = edge_of(record.stage) if (i, j) in read else face
            axes.add_patch(
                Rectangle((corner[0] + j * side, corner[1] + i * side), side, side, facecolor=face,
                          edgecolor=FAINT, linewidth=0.5, zorder=1)
            )  # fmt: skip
