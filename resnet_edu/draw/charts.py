"""Two charts: what each stage holds and costs, and how far a position sees."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..anatomy import Trace
from . import words
from .style import FAINT, INK, SMALL, TEXT, Picture, edge_of, fill_of, picture, text_of


def stage_shares(traced: Trace) -> Picture:
    """Parameters and multiply-adds per stage, in percent of the network, as bars with numbers.

    Raises ``ValueError`` for a trace without stages, such as that of a block.
    """
    stages, totals = traced.by_stage(), traced.totals
    if not stages:
        raise ValueError(f"{traced.network} has no stages layer1 to layer4 to draw shares of")
    shares = {
        "parameters": {s: t.parameters for s, t in stages.items()},
        "multiply-adds": {s: t.multiply_adds for s, t in stages.items()},
    }
    sums = {"parameters": totals.parameters, "multiply-adds": totals.multiply_adds}
    title = f"{words.network(traced)}: {_finding(shares)}"
    alt = " ".join(f"{kind}: {_listed(row, sums[kind])}." for kind, row in shares.items())
    figure = picture(title, alt, 3.0)
    for i, (kind, row) in enumerate(shares.items()):
        axes = figure.add_axes((0.09 + 0.465 * i, 0.13, 0.40, 0.64))
        _bars(axes, kind, row, sums[kind], names=i == 0)
    return figure


def _listed(row: dict[str, int], whole: int) -> str:
    return ", ".join(f"{stage} {100 * n / max(whole, 1):.1f} %" for stage, n in row.items())


def _finding(shares: dict[str, dict[str, int]]) -> str:
    most = [max(row, key=lambda stage: row[stage]) for row in shares.values()]
    if most[0] == most[1]:
        return f"{most[0]} has most of both"
    return f"{most[0]} has most parameters, {most[1]} most multiply-adds"


def _bars(axes: Axes, kind: str, row: dict[str, int], whole: int, names: bool) -> None:
    percents = [100 * value / max(whole, 1) for value in row.values()]
    limit = max(percents) * 1.45
    for y, (stage, percent) in enumerate(zip(row, percents, strict=True)):
        axes.barh(y, percent, color=fill_of(stage), edgecolor=edge_of(stage), linewidth=1.2)
        text = f"{percent:.1f} %   {_scaled(row[stage])}"
        axes.text(percent + limit * 0.015, y, text, va="center", fontsize=SMALL, color=INK)
    axes.set_yticks(range(len(row)), list(row) if names else [""] * len(row), fontsize=TEXT)
    axes.invert_yaxis()
    axes.set_xlim(0, limit)
    axes.set_xticks([])
    axes.set_title(f"{kind}, % of {_scaled(whole)}", fontsize=TEXT, loc="left", color=INK)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def _scaled(value: int) -> str:
    for name, unit in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if value >= unit:
            return f"{value / unit:.2f} {name}"
    return str(value)


def receptive_field_growth(traced: Trace) -> Picture:
    """Receptive field behind each convolution and pool of the main path, in pixels of the image.

    Raises ``ValueError`` for a trace without any.
    """
    seen = [r for r in traced if r.kernel_size and r.branch != "shortcut"
            and isinstance(r.receptive_field, int)]  # fmt: skip
    if not seen:
        raise ValueError(f"{traced.network} has no convolution or pool whose field is known")
    sides = [int(r.receptive_field) for r in seen if isinstance(r.receptive_field, int)]
    image = max(traced.input_size)
    beyond = next((i for i, side in enumerate(sides) if side > image), None)
    finding = f"the field grows to {sides[-1]} pixels; the image has {image}"
    if beyond is not None:
        finding = f"from {seen[beyond].name} on a position sees more than the image is wide"
    alt = _field_alt(traced, sides, image)
    figure = picture(f"{words.network(traced)}: {finding}", alt, 3.4)
    axes = figure.add_axes((0.075, 0.14, 0.9, 0.68))
    steps = range(1, len(sides) + 1)
    axes.step(steps, sides, where="post", color=INK, linewidth=1)
    stages = list(dict.fromkeys(record.stage for record in seen))
    top = max(*sides, image) * 1.16
    for stage in stages:
        own = [i for i, record in enumerate(seen) if record.stage == stage]
        first, last = own[0] + 0.5, own[-1] + 1.5
        axes.axvspan(first, last, color=fill_of(stage), zorder=0, linewidth=0)
        axes.plot([i + 1 for i in own], [sides[i] for i in own], ".", color=edge_of(stage),
                  markersize=6 if len(sides) < 60 else 3)  # fmt: skip
        name = f"{stage}\n{sides[own[-1]]}" if stage else str(sides[own[-1]])
        if last - first < 0.05 * len(sides):  # no room for a name
            continue
        axes.text((first + last) / 2, top * 0.985, name, ha="center", va="top", fontsize=SMALL,
                  color=text_of(stage), fontweight="bold")  # fmt: skip
    axes.axhline(image, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(len(sides) + 0.4, image, f"image, {image}", ha="right", va="bottom", fontsize=SMALL,
              color="#555555")  # fmt: skip
    axes.set_xlim(0.5, len(sides) + 0.5)
    axes.set_ylim(0, top)
    axes.set_xticks([t for t in axes.get_xticks() if 1 <= t <= len(sides)])
    axes.set_yticks([t for t in axes.get_yticks() if 0 <= t <= top * 0.85])
    axes.set_xlabel("convolutions and pools along the main path", fontsize=TEXT)
    axes.set_ylabel("receptive field, pixels", fontsize=TEXT)
    axes.tick_params(labelsize=SMALL)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _field_alt(traced: Trace, sides: list[int], image: int) -> str:
    stages = {r.stage: r.receptive_field for r in traced if r.block is not None}
    ends = ", ".join(f"{stage} {field}" for stage, field in stages.items())
    return (
        f"Receptive field of {words.network(traced)} against depth, {sides[0]} to {sides[-1]} "
        f"pixels; at the end of {ends}; the image has {image}."
    )


