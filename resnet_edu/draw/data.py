"""Measured numbers as pictures: lines along an axis, and distributions of values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator

from .style import INK, SMALL, STAGE_EDGE, STAGE_FILL, STAGE_TEXT, TEXT, Picture, picture

Look = tuple[Any, Any, str]  # colour, line and mark differ together: colour alone says nothing
LOOKS: tuple[Look, ...] = tuple(zip(
    (STAGE_EDGE["layer4"], "#a6611a", STAGE_TEXT["layer2"], INK, STAGE_EDGE["layer3"], "#7b3294"),
    ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (5, 2, 1, 2)), "-", (0, (5, 2))),
    ("o", "s", "^", "D", "v", "P"), strict=True,
))  # fmt: skip
DEPTHS = matplotlib.colormaps["viridis"]
KINDS: dict[str, Look] = {"residual": LOOKS[0], "plain": LOOKS[1]}  # the same in every picture


def lines(
    series: Mapping[str, Sequence[float]], title: str, x: Sequence[float] | None = None,
    xlabel: str = "", ylabel: str = "", log: bool = False,
) -> Picture:
    """One line for each entry of ``series``, its name written at its end.

    Where names are a kind and a number (``plain, 20 layers``), line and mark show the kind, colour
    the number, light to dark. ``x`` are the places of the values, 1, 2, 3, … unless given. What is
    named ``measured`` is drawn as points, to be seen on a line that it lies on. Raises
    ``ValueError`` for an empty series, for lengths that do not match ``x``, and for values not
    above 0 where ``log``.
    """
    _checked(series, x, log)
    alt = " ".join(f"{name}: from {row[0]:.4g} to {row[-1]:.4g}." for name, row in series.items())
    figure = picture(title, f"{ylabel} against {xlabel}. {alt}", 3.2)
    axes = figure.add_axes((0.085, 0.15, 0.72, 0.70))
    ends = []
    for (name, row), (colour, pattern, mark) in zip(
        series.items(), _looks(list(series)), strict=True
    ):
        places = list(x) if x is not None else list(range(1, len(row) + 1))
        points = name == "measured"
        axes.plot(places, row, color=colour, linestyle="" if points else pattern, linewidth=1.4,
                  marker=mark, markersize=3.5 if points or len(row) <= 40 else 0)  # fmt: skip
        ends.append((float(row[-1]), name, colour, float(places[-1])))
    if log:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        if high / low < 100:  # powers of ten alone would leave one tick or none
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    _plain_axes(axes, xlabel, ylabel)
    if x is not None and _few(x):
        axes.set_xticks(list(x), [f"{place:g}" for place in x])
    elif x is None or all(float(place).is_integer() for place in x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_ticks([tick for tick in axis.get_ticklocs() if low <= tick <= high])
    axes.minorticks_off()
    _names_at_the_ends(figure, axes, ends)
    return figure


def _looks(names: list[str]) -> list[Look]:
    """Line and mark by kind, colour by number, where names are ``plain, 20 layers`` or alike."""
    split = [re.match(r"\s*([^\W\d]+)\W+(\d+)\b", name) for name in names]
    kinds = [found[1] for found in split if found]
    if len(kinds) < len(names) or len(set(kinds)) == len(kinds):
        rest = iter([look for look in LOOKS if look not in [KINDS.get(name) for name in names]])
        ready = [KINDS[name] if name in KINDS else next(rest, None) for name in names]
        return [look or LOOKS[i % len(LOOKS)] for i, look in enumerate(ready)]
    numbers = sorted({int(found[2]) for found in split if found})
    shades = [DEPTHS(0.46 - 0.40 * i / max(len(numbers) - 1, 1)) for i in range(len(numbers))]
    of_kind = dict(zip(dict.fromkeys(kinds), _looks(list(dict.fromkeys(kinds))), strict=True))
    return [(shades[numbers.index(int(found[2]))], *of_kind[found[1]][1:])
            for found in split if found]  # fmt: skip


def _few(places: Sequence[float]) -> bool:
    """Whether every place can have a tick of its own."""
    reach = max(places) - min(places)
    gaps = [b - a for a, b in itertools.pairwise(sorted(places))]
    return len(places) <= 12 and all(gap >= 0.05 * reach > 0 for gap in gaps)


def _checked(
    series: Mapping[str, Sequence[float]], x: Sequence[float] | None, log: bool
) -> None:
    if not series or not all(len(row) for row in series.values()):
        raise ValueError("a line needs values: give at least one name with a list of numbers")
    for name, row in series.items():
        if x is not None and len(row) != len(x):
            raise ValueError(f"{name!r} has {len(row)} values and x has {len(x)} places")
        if log and min(row) <= 0:
            raise ValueError(f"{name!r} has a value of {min(row)}: a log axis needs values above 0")


def _plain_axes(axes: Axes, xlabel: str, ylabel: str) -> None:
    axes.set_xlabel(xlabel, fontsize=TEXT)
    axes.set_ylabel(ylabel, fontsize=TEXT)
    axes.tick_params(labelsize=SMALL)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _names_at_the_ends(
    figure: Picture, axes: Axes, ends: list[tuple[float, str, Any, float]]
) -> None:
    """Names behind the last points, moved apart where they would lie on each other."""
    figure.canvas.draw()
    to_figure = figure.transFigure.inverted()
    wanted = sorted((axes.transData.transform((x, y))[1], name, colour, x, y)
                    for y, name, colour, x in ends)  # fmt: skip
    apart, bottom = 13.0, -1e9
    heights = []
    for height, *_ in wanted:
        bottom = max(height, bottom + apart)
        heights.append(bottom)
    top = axes.get_window_extent().y1
    over = max(0.0, heights[-1] - top)
    for i in range(len(heights) - 1, -1, -1):  # push down again what went above the frame
        limit = top - apart * (len(heights) - 1 - i)
        heights[i] = min(heights[i], limit) if over else heights[i]
    edge = axes.get_window_extent().x1
    for (end, name, colour, x, _), height in zip(wanted, heights, strict=True):
        start = axes.transData.transform((x, 1.0))[0] + 4
        way = [to_figure.transform(place) for place in
               ((start, end), (edge, end), (edge + 10, height), (edge + 14, height))]  # fmt: skip
        figure.add_artist(Line2D(*zip(*way[:3], strict=True), color=colour, linewidth=0.6))
        figure.text(way[3][0], way[3][1], name, ha="left", va="center", fontsize=SMALL,
                    color=colour)  # fmt: skip


def distributions(
    named: Mapping[str, Sequence[float]], title: str, xlabel: str = "value", bins: int = 40,
    span: tuple[float, float] | None = None,
) -> Picture:
    """A histogram for each entry on one common axis, with mean and standard deviation.

    Entries are flat lists or one-dimensional tensors of at least two numbers. ``span`` is the range
    of the axis; give two pictures the same to compare them. Raises ``ValueError`` for fewer values
    and for values outside ``span``.
    """
    rows = {name: [float(value) for value in values] for name, values in named.items()}
    if not rows or min(len(row) for row in rows.values()) < 2:
        raise ValueError("a distribution needs at least two values under each name")
    low = min(min(row) for row in rows.values())
    high = max(max(row) for row in rows.values())
    if span is not None:
        if not span[0] <= low <= high <= span[1]:
            raise ValueError(f"values from {low:.4g} to {high:.4g} do not lie in the span {span}")
        low, high = span
    said = {name: _moments(row) for name, row in rows.items()}
    alt = " ".join(f"{name}: mean {m:.2f}, deviation {s:.2f}." for name, (m, s) in said.items())
    figure = picture(title, f"Histograms of {xlabel}. {alt}", 0.75 + 0.62 * len(rows))
    height = figure.get_size_inches()[1]
    for i, (name, row) in enumerate(rows.items()):
        bottom = (0.42 + 0.62 * (len(rows) - 1 - i)) / height
        axes = figure.add_axes((0.20, bottom, 0.58, 0.50 / height))
        axes.hist(row, bins=bins, range=(low, high), color=STAGE_FILL["layer4"],
                  edgecolor=STAGE_EDGE["layer4"], linewidth=0.5)  # fmt: skip
        if span is not None:
            axes.set_xlim(*span)
        axes.set_yticks([])
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.tick_params(labelsize=SMALL, labelbottom=i == len(rows) - 1)
        mean, deviation = said[name]
        axes.text(-0.02, 0.4, name, transform=axes.transAxes, ha="right", fontsize=TEXT)
        axes.text(1.02, 0.4, f"mean {round(mean, 2) + 0:.2f}, deviation {deviation:.2f}", ha="left",
                  transform=axes.transAxes, fontsize=SMALL)  # fmt: skip
    axes.set_xlabel(xlabel, fontsize=TEXT, labelpad=1)
    return figure


def _moments(row: Sequence[float]) -> tuple[float, float]:
    mean = sum(row) / len(row)
    return mean, (sum((value - mean) ** 2 for value in row) / len(row)) ** 0.5
