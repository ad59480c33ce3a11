"""Measured numbers as pictures: lines along an axis, and distributions of values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .style import INK, SMALL, STAGE_EDGE, STAGE_FILL, TEXT, Picture, picture

LOOKS = tuple(zip(
    (STAGE_EDGE["layer4"], "#a6611a", STAGE_EDGE["layer2"], INK, STAGE_EDGE["layer3"], "#7b3294"),
    ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (5, 2, 1, 2)), "-", (0, (5, 2))),
    ("o", "s", "^", "D", "v", "P"), strict=True,
))  # fmt: skip  # colour, line and mark differ together: colour alone says nothing


def lines(
    series: Mapping[str, Sequence[float]], title: str, x: Sequence[float] | None = None,
    xlabel: str = "", ylabel: str = "", log: bool = False,
) -> Picture:
    """One line for each entry of ``series``, its name written at its end.

    ``x`` are the places of the values, 1, 2, 3, … unless given. Raises ``ValueError`` for an empty
    series, for lengths that do not match ``x``, and for values not above 0 where ``log``.
    """
    _checked(series, x, log)
    alt = " ".join(f"{name}: from {row[0]:.4g} to {row[-1]:.4g}." for name, row in series.items())
    figure = picture(title, f"{ylabel} against {xlabel}. {alt}", 3.2)
    axes = figure.add_axes((0.085, 0.15, 0.72, 0.70))
    ends = []
    for (name, row), (colour, pattern, mark) in zip(
        series.items(), itertools.cycle(LOOKS), strict=False
    ):
        places = list(x) if x is not None else list(range(1, len(row) + 1))
        axes.plot(places, row, color=colour, linestyle=pattern, linewidth=1.4, marker=mark,
                  markersize=3.5 if len(row) <= 40 else 0)  # fmt: skip
        ends.append((row[-1], name, colour, places[-1]))
    if log:
        axes.set_yscale("log")
    _plain_axes(axes, xlabel, ylabel)
    if x is None or all(float(place).is_integer() for place in x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_ticks([tick for tick in axis.get_ticklocs() if low <= tick <= high])
    axes.minorticks_off()
    _names_at_the_ends(figure, axes, ends)
    return figure


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
    for (_, name, colour, _, _), height in zip(wanted, heights, strict=True):
        axes.annotate(name, (edge + 6, height), xycoords="figure pixels", ha="left", va="center",
                      fontsize=SMALL, color=colour, annotation_clip=False)  # fmt: skip


def distributions(
    named: Mapping[str, Sequence[float]], title: str, xlabel: str = "value", bins: int = 40
) -> Picture:
    """A histogram for each entry on one common axis, with mean and standard deviation.

    Entries are flat lists or one-dimensional tensors of at least two numbers.
    """
    rows = {name: [float(value) for value in values] for name, values in named.items()}
    if not rows or min(len(row) for row in rows.values()) < 2:
        raise ValueError("a distribution needs at least two values under each name")
    low = min(min(row) for row in rows.values())
    high = max(max(row) for row in rows.values())
    said = {name: _moments(row) for name, row in rows.items()}
    alt = " ".join(f"{name}: mean {m:.2f}, deviation {s:.2f}." for name, (m, s) in said.items())
    figure = picture(title, f"Histograms of {xlabel}. {alt}", 0.75 + 0.62 * len(rows))
    height = figure.get_size_inches()[1]
    for i, (name, row) in enumerate(rows.items()):
        bottom = (0.42 + 0.62 * (len(rows) - 1 - i)) / height
        axes = figure.add_axes((0.20, bottom, 0.58, 0.50 / height))
        axes.hist(row, bins=bins, range=(low, high), color=STAGE_FILL["layer4"],
                  edgecolor=STAGE_EDGE["layer4"], linewidth=0.5)  # fmt: skip
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
