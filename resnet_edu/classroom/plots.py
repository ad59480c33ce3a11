"""The plots of the class page: SVG that takes its colours from the page around it.

Needs the ``draw`` extra.
"""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .findings import Day, Share

WIDTH = 4.6  # inches: on a phone a plot is shown at about its own size
INK, FAINT, GOOD, PART = "#010101", "#020202", "#030303", "#040404"  # stand for colours of the page
COLOURS = {INK: "--ink", FAINT: "--faint", GOOD: "--good", PART: "--part"}
EARLIEST, LATEST = -14, 7
TEXT = 9.5
EDGE = 1.94  # the right edge of the text beside the bars, which are 1 long


def points_plot(shares: Sequence[Share]) -> str:
    """One bar for each exercise of an assignment: the mean of its points, and who passed."""
    title = f"Points per exercise: {shares[0].assignment}"
    figure, axes = _figure(0.89 + 0.27 * len(shares), left=1.45, right=1.55)
    for row, share in enumerate(shares):
        level = min(1.0, share.mean / share.of if share.of else 0.0)
        passed = share.passed / share.handed_in
        axes.barh(row, 1.0, height=0.62, color=FAINT, alpha=0.18)
        axes.barh(row, level, height=0.62, color=PART)
        axes.barh(row, min(passed, level), height=0.62, color=GOOD)
        name = share.exercise if len(share.exercise) < 20 else f"{share.exercise[:18]}…"
        _text(axes, -0.03, row, name, ha="right")
        mean = round(share.mean, 2)
        if share.mean < share.of == mean:  # 3.996 of 4 is not 4 of 4
            mean = math.floor(100 * share.mean) / 100
        _text(axes, 1.03, row, f"{mean:g} of {share.of:g}", ha="left")
        _text(axes, EDGE, row, f"{passed:.0%}", ha="right")
    _text(axes, 1.03, -1, "mean", ha="left")
    _text(axes, EDGE, -1, "passed", ha="right")
    axes.set(xlim=(0, 1), ylim=(len(shares) - 0.4, -1.5))
    axes.set_xticks([0, 0.5, 1], ["0", "half", "all points"])
    axes.set_yticks([])
    rows = "; ".join(
        f"{s.exercise}: mean {s.mean:.2f} of {s.of:g}, passed by {s.passed} of {s.handed_in}"
        for s in shares
    )
    return svg(figure, title, f"{title}. {rows}.")


def days_plot(days: Mapping[int, Day]) -> str:
    """Hand-ins by day, and below them the mistakes in each, around the due date."""
    clipped: dict[int, Day] = {}
    for day, one in days.items():
        entry = clipped.setdefault(min(LATEST, max(EARLIEST, day)), Day())
        entry.hand_ins += one.hand_ins
        entry.graded += one.graded
        entry.mistakes += one.mistakes
    figure = Figure(figsize=(WIDTH, 3.3))
    above = figure.add_axes((0.11, 0.60, 0.86, 0.32))
    below = figure.add_axes((0.11, 0.16, 0.86, 0.32))
    span = range(min(clipped), max([0, *clipped]) + 1)
    for day in span:
        one = clipped.get(day, Day())
        colour = GOOD if day <= 0 else PART
        above.bar(day, one.hand_ins, width=0.8, color=colour)
        below.bar(day, _each(one), width=0.8, color=colour)
    for axes, name in ((above, "hand-ins"), (below, "mistakes per hand-in")):
        _plain(axes)
        axes.set_title(name, loc="left", fontsize=TEXT, color=INK, pad=4)
        axes.set_xlim(span[0] - 0.7, span[-1] + 0.7)
        axes.axvline(0.5, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.locator_params(axis="y", nbins=4, integer=axes is above)
        axes.set_ylim(bottom=0, top=max(1, axes.get_ylim()[1]))
    ticks = _ticks(span)
    above.set_xticks(ticks, [""] * len(ticks))
    below.set_xticks(ticks, [_day(day) for day in ticks])
    below.set_xlabel("days after the due date (dashed)", fontsize=TEXT, color=INK)
    title = "Hand-ins and mistakes by days after the due date"
    rows = "; ".join(f"day {_day(d)}: {one.hand_ins} hand-ins, {_each(one):.1f} mistakes each"
                     for d, one in sorted(clipped.items()))  # fmt: skip
    return svg(figure, title, f"{title}. {rows}.")


def _ticks(span: range) -> list[int]:
    """The days that are named: all of a few, else one in two, or those of whole weeks."""
    step = 1 if len(span) <= 10 else 2 if len(span) <= 16 else 7
    ticks = [day for day in span if day % step == 0]
    return [day for day in ticks if day < LATEST - 1] + [LATEST] if LATEST in span else ticks


def _each(one: Day) -> float:
    """Mistakes in a hand-in that was graded."""
    return one.mistakes / one.graded if one.graded else 0.0


def _day(day: int) -> str:
    edge = "≤" if day == EARLIEST else "≥" if day == LATEST else ""
    return f"{edge}{day}".replace("-", "−")


def _figure(height: float, left: float, right: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((left / WIDTH, 0.36 / height, 1 - (left + right) / WIDTH,
                            1 - 0.42 / height))  # fmt: skip
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=FAINT, labelcolor=INK, labelsize=TEXT - 0.5, length=3)


def _text(axes: Axes, x: float, y: float, text: str, ha: str) -> None:
    axes.text(x, y, text, ha=ha, va="center", fontsize=TEXT, color=INK, parse_math=False)


def svg(figure: Figure, title: str, words: str) -> str:
    """The figure as an element of a page, with its text alternative."""
    out = io.StringIO()
    figure.patch.set_visible(False)
    FigureCanvasSVG(figure)
    with matplotlib.rc_context({"svg.hashsalt": title, "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    for stand_in, variable in COLOURS.items():
        text = text.replace(stand_in, f"var({variable})")
    label = html.escape(words, quote=True)
    head, _, rest = text.partition(">")
    return f'{head} role="img" aria-label="{label}">{_own_ids(rest, title)}'


def _own_ids(text: str, title: str) -> str:
    """Ids that no other plot on the page has."""
    mark = re.sub(r"\W+", "-", title)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{mark}-\1"', text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{mark}-\1"', text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{mark}-\1)", text)
