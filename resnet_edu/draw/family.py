"""Networks side by side: parameters, multiply-adds, and the accuracy of their published weights."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes

from ..anatomy import Trace
from ..weights import ROWS, Weights
from .style import FAINT, INK, SMALL, STAGE_EDGE, STAGE_FILL, TEXT, Picture, picture

OLD, NEW = "#a6611a", STAGE_EDGE["layer4"]


def family(traces: Iterable[Trace]) -> Picture:
    """One row a network, cheapest first: two bars, and a mark for each published set of weights.

    Accuracy is top-1 in percent on ImageNet, one centre crop of 224, as torchvision states it.
    Raises ``ValueError`` for no traces and for a network without published weights.
    """
    rows = sorted(traces, key=lambda traced: traced.totals.multiply_adds)
    if not rows:
        raise ValueError("at least one trace is needed, as in family([trace('resnet18')])")
    scores = {t.network: [w for w in ROWS if w.network == t.network] for t in rows}
    for name, found in scores.items():
        if not found:
            raise ValueError(f"there are no published weights of {name}")
    title = "What a network costs, and what it scores: the recipe matters as much as the network"
    alt = " ".join(_said(traced, scores[traced.network]) for traced in rows)
    height = 1.05 + 0.3 * len(rows)
    figure = picture(title, alt, height)
    bottom, tall = 0.4 / height, 0.3 * len(rows) / height
    counts = [traced.totals.parameters / 1e6 for traced in rows]
    work = [traced.totals.multiply_adds / 1e9 for traced in rows]
    left = figure.add_axes((0.175, bottom, 0.17, tall))
    _bars(left, counts, "M parameters", [traced.network for traced in rows])
    _bars(figure.add_axes((0.39, bottom, 0.17, tall)), work, "G multiply-adds", [])
    _marks(figure.add_axes((0.61, bottom, 0.36, tall)), list(scores.values()))
    return figure


def _said(traced: Trace, found: list[Weights]) -> str:
    totals = traced.totals
    score = ", ".join(f"{w.name.removeprefix('IMAGENET1K_')} {w.acc1:.1f} %" for w in found)
    return (
        f"{traced.network}: {totals.parameters / 1e6:.1f} M parameters, "
        f"{totals.multiply_adds / 1e9:.2f} G multiply-adds, {score}."
    )


def _bars(axes: Axes, values: list[float], title: str, names: list[str]) -> None:
    limit = max(values) * 1.5
    for y, value in enumerate(values):
        axes.barh(y, value, height=0.62, color=STAGE_FILL["layer3"],
                  edgecolor=STAGE_EDGE["layer3"], linewidth=1)  # fmt: skip
        axes.text(value + 0.03 * limit, y, f"{value:.1f}", va="center", fontsize=SMALL, color=INK)
    axes.set_xlim(0, limit)
    _rows(axes, len(values), names, title)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _marks(axes: Axes, found: list[list[Weights]]) -> None:
    for y, rows in enumerate(found):
        values = [row.acc1 for row in rows]
        axes.plot([min(values), max(values)], [y, y], color=FAINT, linewidth=1, zorder=1)
        for row in rows:
            new = row.resize != 256  # the newer recipes resize to 232 before the crop
            axes.plot(row.acc1, y, "s" if new else "o", color=NEW if new else OLD, markersize=6)
    low = min(row.acc1 for rows in found for row in rows)
    high = max(row.acc1 for rows in found for row in rows)
    axes.set_xlim(low - 1, high + 1)
    _rows(axes, len(found), [], "top-1 accuracy, %   (circle: old recipe, square: newer)")
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.set_xticks([t for t in axes.get_xticks() if low - 1 <= t <= high + 1])
    axes.grid(axis="x", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)


def _rows(axes: Axes, count: int, names: list[str], title: str) -> None:
    axes.set_ylim(count - 0.4, -0.6)
    axes.set_yticks(range(count) if names else [], names, fontsize=TEXT)
    axes.tick_params(axis="y", length=0)
    axes.set_title(title, fontsize=SMALL, loc="left", color=INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
