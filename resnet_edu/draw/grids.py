"""A convolution on a grid small enough to check by hand: its windows, its taps, its groups."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..anatomy import conv_out
from .style import (
    FAINT,
    INK,
    SMALL,
    STAGE_EDGE,
    STAGE_FILL,
    TEXT,
    WIDTH,
    Picture,
    arrow,
    canvas,
    label,
    picture,
)

TAP, TAP_EDGE = STAGE_FILL["layer1"], STAGE_EDGE["layer1"]
OUT, OUT_EDGE = STAGE_FILL["layer4"], STAGE_EDGE["layer4"]
MOST_CELLS = 24  # along one axis; more would be too small to read
Grid = Sequence[Sequence[float]]


def windows(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Picture:
    """Where the kernel of a convolution stands along one axis: a row for each output.

    Lengths in pixels. Raises ``ValueError`` when the kernel does not fit, or above 24 cells.
    """
    outputs = conv_out(n, k, stride, padding, dilation)
    cells = n + 2 * padding
    if cells > MOST_CELLS or outputs > MOST_CELLS:
        raise ValueError(f"{cells} cells are too many to draw: at most {MOST_CELLS} with padding")
    side, gap = min(0.8, 6.5 / cells), 0.24
    tall = min(side, 0.3)
    finding = f"{n} pixels in, {outputs} out"
    settings = f"kernel {k}, stride {stride}, padding {padding}, dilation {dilation}"
    starts = [i * stride - padding for i in range(outputs)]
    alt = (
        f"{settings}: {outputs} positions of the kernel on {n} pixels; they begin at pixels "
        f"{', '.join(map(str, starts))}; negative ones lie in the padding."
    )
    figure = picture(f"{finding} ({settings})", alt, 1.25 + gap * outputs)
    axes = canvas(figure)
    x0, top = 2.2, 0.5 + gap * outputs + 0.05
    for i in range(-padding, n + padding):
        inside = 0 <= i < n
        _cell(axes, (x0 + (i + padding) * side, top), side, str(i) if inside else "",
              fill=inside, tall=tall)  # fmt: skip
    what = "pixel (grey: padding)" if padding else "pixel"
    label(axes, (x0 - 0.12, top + tall / 2), what, ha="right", fontsize=SMALL)
    for row, start in enumerate(starts):
        y = top - gap * (row + 0.75)
        label(axes, (x0 - 0.12, y), f"output {row}", ha="right", fontsize=SMALL)
        taps = [x0 + (start + padding + t * dilation + 0.5) * side for t in range(k)]
        axes.plot([taps[0], taps[-1]], [y, y], color=TAP_EDGE, linewidth=1, zorder=1)
        axes.plot(taps, [y] * k, "s", color=TAP_EDGE, markersize=7, zorder=2)
    reach = dilation * (k - 1) + 1
    rest = cells - reach - (outputs - 1) * stride
    text = f"a kernel reaches over {reach}, then {outputs - 1} steps of {stride}"
    text += f"; {rest} left over at the end" if rest else "; nothing left over"
    label(axes, (x0, 0.2), text, ha="left", fontsize=SMALL)
    return figure


def _cell(
    axes: Axes, corner: tuple[float, float], side: float, text: str, *, fill: bool = True,
    face: str | None = None, edge: str = FAINT, line: float = 0.8, tall: float | None = None,
) -> None:
    tall = tall or side
    face = face or ("white" if fill else "#dddddd")
    axes.add_patch(Rectangle(corner, side, tall, facecolor=face, edgecolor=edge, linewidth=line,
                             zorder=1 if edge == FAINT else 2))  # fmt: skip
    middle = (corner[0] + side / 2, corner[1] + tall / 2)
    label(axes, middle, text, fontsize=SMALL, color=INK if fill else "#555555")


def convolution(
    image: Grid, kernel: Grid, at: tuple[int, int] = (0, 0), stride: int = 1, padding: int = 0,
    dilation: int = 1,
) -> Picture:
    """One output of a convolution worked out: the taps on the image, the kernel, the sum.

    ``image`` and ``kernel`` are square grids of numbers (lists of lists, or tensors); ``at`` is row
    and column of the output that is shown. Raises ``ValueError`` for an ``at`` outside the output.
    """
    image, kernel = _plain(image), _plain(kernel)
    n, k = len(image), len(kernel)
    out = conv_out(n, k, stride, padding, dilation)
    if not (0 <= at[0] < out and 0 <= at[1] < out):
        raise ValueError(f"the output is {out} x {out}; there is no place {at} in it")
    result = [[_sum(image, kernel, (i, j), stride, padding, dilation)[0] for j in range(out)]
              for i in range(out)]  # fmt: skip
    total, terms = _sum(image, kernel, at, stride, padding, dilation)
    cells = n + 2 * padding
    side = min(0.42, 3.0 / cells, 6.6 / (cells + k + out))
    room = WIDTH - 0.8 - (cells + k + out) * side  # between the three grids
    settings = f"stride {stride}, padding {padding}, dilation {dilation}"
    written = " + ".join(f"{_short(w)}·{_short(v)}" for w, v in terms if w) or "0"
    alt = f"A {k} by {k} kernel on a {n} by {n} grid, {settings}; "
    alt += f"output {at}: {written} = {total:g}."
    figure = picture(f"{n}×{n} in, {out}×{out} out ({settings})", alt, 1.3 + cells * side)
    axes = canvas(figure)
    middle = 0.62 + cells * side / 2
    taps = {(at[0] * stride - padding + a * dilation, at[1] * stride - padding + b * dilation)
            for a in range(k) for b in range(k)}  # fmt: skip
    left = 0.4
    mid = left + cells * side + 0.45 * room
    right = mid + k * side + 0.55 * room
    _grid(axes, (left, middle + cells * side / 2), side,
          {(i + padding, j + padding): _at(image, i, j)
           for i in range(-padding, n + padding) for j in range(-padding, n + padding)},
          {(i + padding, j + padding) for i, j in taps}, (TAP, TAP_EDGE), padding, n)  # fmt: skip
    shown = {(i, j): kernel[i][j] for i in range(k) for j in range(k)}
    _grid(axes, (mid, middle + k * side / 2), side, shown, set(shown), (TAP, TAP_EDGE), 0, k)
    outs = {(i, j): result[i][j] for i in range(out) for j in range(out)}
    _grid(axes, (right, middle + out * side / 2), side, outs, {at}, (OUT, OUT_EDGE), 0, out)
    arrow(axes, (mid + k * side + 0.12, middle), (right - 0.12, middle))
    label(axes, ((left + cells * side + mid) / 2, middle), "∗", fontsize=14)
    for x, name, high in ((left, "image", cells), (mid, "kernel", k), (right, "output", out)):
        label(axes, (x, middle + high * side / 2 + 0.14), name, ha="left", fontsize=SMALL)
    text = f"output{list(at)} = {written} = {total:g}"
    size = TEXT if len(text) < 110 else 6.5
    label(axes, (left, 0.22), text, ha="left", fontsize=size)
    return figure


def _plain(grid: Grid) -> list[list[float]]:
    rows = [[float(value) for value in row] for row in grid]
    if not rows or any(len(row) != len(rows) for row in rows) or len(rows) > MOST_CELLS:
        asked = f"a square grid is needed, as in [[1, 2], [3, 4]], of up to {MOST_CELLS} rows"
        raise ValueError(asked)
    return rows


def _at(image: list[list[float]], i: int, j: int) -> float:
    return image[i][j] if 0 <= i < len(image) and 0 <= j < len(image) else 0.0


def _sum(
    image: list[list[float]], kernel: list[list[float]], at: tuple[int, int], stride: int,
    padding: int, dilation: int,
) -> tuple[float, list[tuple[float, float]]]:
    terms = []
    for a, row in enumerate(kernel):
        for b, weight in enumerate(row):
            i = at[0] * stride - padding + a * dilation
            j = at[1] * stride - padding + b * dilation
            terms.append((weight, _at(image, i, j)))
    return sum(weight * value for weight, value in terms), terms


def _short(value: float) -> str:
    return f"{value:g}" if value >= 0 else f"({value:g})"


def _grid(
    axes: Axes, corner: tuple[float, float], side: float, values: dict[tuple[int, int], float],
    lit: set[tuple[int, int]], colours: tuple[str, str], padding: int, n: int,
) -> None:
    x0, y0 = corner
    for (i, j), value in values.items():
        inside = padding <= i < n + padding and padding <= j < n + padding
        face, edge = colours if (i, j) in lit else (None, FAINT)
        _cell(axes, (x0 + j * side, y0 - (i + 1) * side), side, f"{value:g}", fill=inside,
              face=face, edge=edge, line=1.4 if (i, j) in lit else 0.6)  # fmt: skip


def connections(cin: int, cout: int, groups: int = 1) -> Picture:
    """Which input channels each output channel reads, all or those of its group, in two forms.

    Raises ``ValueError`` unless ``groups`` divides both channel counts, or for more than 24.
    """
    if cin % groups or cout % groups:
        raise ValueError(f"groups={groups} must divide both {cin} and {cout} channels")
    if max(cin, cout) > MOST_CELLS:
        raise ValueError(f"at most {MOST_CELLS} channels can be drawn, not {max(cin, cout)}")
    side = min(0.3, 3.0 / max(cin, cout))
    used = cout * (cin // groups)
    title = f"groups={groups}: {used} of {cin * cout} pairs of channels are connected"
    alt = f"{cout} output by {cin} input channels; each output reads {cin // groups} of them."
    figure = picture(title, alt, 1.05 + cout * side)
    axes = canvas(figure)
    x0, y0 = 1.1, 0.3 + cout * side
    for i in range(cout):
        for j in range(cin):
            on = i // (cout // groups) == j // (cin // groups)
            corner = (x0 + j * side, y0 - (i + 1) * side)
            axes.add_patch(Rectangle(corner, side, side, facecolor=OUT_EDGE if on else "white",
                                     edgecolor=FAINT, linewidth=0.6, zorder=1))  # fmt: skip
    label(axes, (x0 - 0.12, y0 - cout * side / 2), "output\nchannels", ha="right", fontsize=SMALL)
    label(axes, (x0 + cin * side / 2, y0 + 0.13), "input channels", fontsize=SMALL)
    say = f"weight: ({cout}, {cin // groups}, k, k)\nparameters: {cout} · {cin // groups} · k · k"
    end = x0 + cin * side
    _wires(axes, (WIDTH - 2.0, y0, cout * side), cin, cout, groups)
    label(axes, ((end + WIDTH - 2.4) / 2, y0 - cout * side / 2), say)
    return figure


def _wires(
    axes: Axes, place: tuple[float, float, float], cin: int, cout: int, groups: int
) -> None:
    """The same pairs as lines from input channels, left, to output channels, right."""
    x, top, tall = place
    wide = 1.1
    ins = [top - tall * (j + 0.5) / cin for j in range(cin)]
    outs = [top - tall * (i + 0.5) / cout for i in range(cout)]
    for i, y in enumerate(outs):
        for j, start in enumerate(ins):
            if i // (cout // groups) == j // (cin // groups):
                axes.plot([x, x + wide], [start, y], color=OUT_EDGE, zorder=1,
                          linewidth=0.9 if cin * cout // groups <= 64 else 0.4)  # fmt: skip
    for at, ys in ((x, ins), (x + wide, outs)):
        axes.plot([at] * len(ys), ys, "o", color=OUT_EDGE, markersize=4, zorder=2)
    label(axes, (x, top + 0.13), "input", fontsize=SMALL)
    label(axes, (x + wide, top + 0.13), "output", fontsize=SMALL)
