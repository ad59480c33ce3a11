"""Pictures and feature maps: numbers on a grid as shades, three of them as colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from .style import INK, SMALL, TEXT, UNLIT_EDGE, WIDTH, Picture, picture


def maps(
    named: Mapping[str, Any], title: str, count: int = 8, *,
    labels: Sequence[str] | Mapping[str, Sequence[str]] = (), sizes: bool = True, finding: str = "",
) -> Picture:
    """A row for each entry, its first ``count`` channels in shades; dark is small, light large.

    Entries are tensors ``(C, H, W)``, each channel scaled by itself. ``labels`` are written above
    the squares: of the first row, or of each row that they are given for by name. ``sizes=False``
    leaves out channels and size at the left, ``finding`` is put before the text alternative. Raises
    ``ValueError`` for another shape, for no entries and for more labels than squares.
    """
    if not named:
        raise ValueError("at least one tensor (C, H, W) is needed")
    for name, values in named.items():
        if len(values.shape) != 3:
            raise ValueError(f"{name} has the shape {tuple(values.shape)}; (C, H, W) is needed")
    above = labels if isinstance(labels, Mapping) else {next(iter(named)): labels}
    for name, texts in above.items():
        shown = min(count, len(named[name])) if name in named else 0
        if len(texts) > shown:
            raise ValueError(f"{len(texts)} labels for {shown} squares of {name!r}")
    said = [finding] if finding else []
    said += [
        f"{name}: {min(count, len(v))} of {len(v)} channels, {v.shape[1]} by {v.shape[2]}, "
        f"values {float(v.min()):.2g} to {float(v.max()):.2g}."
        for name, v in named.items()
    ]
    left, gap, line = 1.75, 0.1, 0.17
    most = max(min(count, len(values)) for values in named.values())
    side = min(0.78, (WIDTH - left - 0.1) / most - gap)
    lined = [line if above.get(name) else 0.0 for name in named]
    figure = picture(title, " ".join(said), 0.5 + (side + gap) * len(named) + sum(lined))
    width, height = figure.get_size_inches()
    bottom = height - 0.5 + gap
    for (name, values), extra in zip(named.items(), lined, strict=True):
        bottom -= side + gap + extra
        text = f"{name}\n{_size(values, count)}" if sizes else name
        figure.text((left - 0.15) / width, (bottom + side / 2) / height, text, ha="right",
                    va="center", fontsize=SMALL, color=INK)  # fmt: skip
        for j, channel in enumerate(values[:count]):
            x = left + j * (side + gap)
            axes = figure.add_axes((x / width, bottom / height, side / width, side / height))
            axes.imshow(channel.detach().cpu().numpy(), cmap="gray", interpolation="nearest")
            _frame(axes)
            if j < len(above.get(name, ())):
                figure.text((x + side / 2) / width, (bottom + side + 0.03) / height,
                            above[name][j], ha="center", va="bottom", fontsize=SMALL,
                            color=INK)  # fmt: skip
    return figure


def _size(values: Any, count: int) -> str:
    channels = f"{len(values)} channel{'s' if len(values) != 1 else ''}"
    channels = f"{count} of {channels}" if len(values) > count else channels
    return f"{channels}\n{values.shape[1]} × {values.shape[2]} each"


def _frame(axes: Axes) -> None:
    """A thin border, so that what is white does not vanish on the page."""
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(UNLIT_EDGE)
        side.set_linewidth(0.6)


def colours(named: Mapping[str, Any], title: str, *, finding: str = "") -> Picture:
    """Pictures in colour, side by side, with name and size below each.

    Entries are tensors ``(3, H, W)``, red, green, blue: bytes, or floats from 0 to 1. ``finding``
    is put before the text alternative. Raises ``ValueError`` for other shapes or values, for none
    and for more than six.
    """
    if not 1 <= len(named) <= 6:
        raise ValueError(f"one to six pictures (3, H, W) can be drawn, not {len(named)}")
    for name, values in named.items():
        if len(values.shape) != 3 or values.shape[0] != 3:
            raise ValueError(f"{name} has the shape {tuple(values.shape)}; (3, H, W) is needed")
        if values.is_floating_point() and not 0 <= float(values.min()) <= float(values.max()) <= 1:
            low, high = float(values.min()), float(values.max())
            raise ValueError(
                f"{name} has values from {low:.2g} to {high:.2g}; colours are bytes or 0 to 1: "
                "undo a normalisation with x * std + mean"
            )
    said = [finding] if finding else []
    said += [f"{name}: {v.shape[1]} by {v.shape[2]} pixels in colour." for name, v in named.items()]
    ratios = [values.shape[2] / values.shape[1] for values in named.values()]
    gap = 0.35
    tall = min(2.2, (WIDTH - 0.3 - gap * (len(ratios) - 1)) / sum(ratios))
    figure = picture(title, " ".join(said), 1.0 + tall)
    width, height = figure.get_size_inches()
    x = (width - tall * sum(ratios) - gap * (len(ratios) - 1)) / 2
    for (name, values), ratio in zip(named.items(), ratios, strict=True):
        place = (x / width, 0.5 / height, tall * ratio / width, tall / height)
        axes = figure.add_axes(place)
        axes.imshow(values.detach().cpu().permute(1, 2, 0).numpy(), interpolation="nearest")
        _frame(axes)
        middle = (x + tall * ratio / 2) / width
        figure.text(middle, 0.34 / height, name, ha="center", va="center", fontsize=TEXT,
                    color=INK)  # fmt: skip
        size = f"3 × {values.shape[1]} × {values.shape[2]}"
        figure.text(middle, 0.15 / height, size, ha="center", va="center", fontsize=SMALL,
                    color=INK)  # fmt: skip
        x += tall * ratio + gap
    return figure
