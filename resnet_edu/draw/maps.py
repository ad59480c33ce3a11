"""Pictures and feature maps: numbers on a grid as shades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .style import INK, SMALL, Picture, picture


def maps(named: Mapping[str, Any], title: str, count: int = 8) -> Picture:
    """A row for each entry, its first ``count`` channels in shades; dark is small, light large.

    Entries are tensors ``(C, H, W)``, each channel scaled by itself. Raises ``ValueError`` for
    another shape and for no entries.
    """
    if not named:
        raise ValueError("at least one tensor (C, H, W) is needed")
    for name, values in named.items():
        if len(values.shape) != 3:
            raise ValueError(f"{name} has the shape {tuple(values.shape)}; (C, H, W) is needed")
    said = [
        f"{name}: {min(count, len(v))} of {len(v)} channels, {v.shape[1]} by {v.shape[2]}, "
        f"values {float(v.min()):.2g} to {float(v.max()):.2g}."
        for name, v in named.items()
    ]
    left, side = 1.75, 0.78
    figure = picture(title, " ".join(said), 0.5 + (side + 0.1) * len(named))
    width, height = figure.get_size_inches()
    for i, (name, values) in enumerate(named.items()):
        bottom = height - 0.5 - (side + 0.1) * (i + 1) + 0.1
        text = f"{name}\n{len(values)} × {values.shape[1]} × {values.shape[2]}"
        figure.text((left - 0.15) / width, (bottom + side / 2) / height, text, ha="right",
                    va="center", fontsize=SMALL, color=INK)  # fmt: skip
        for j, channel in enumerate(values[:count]):
            x = (left + j * (side + 0.1)) / width
            axes = figure.add_axes((x, bottom / height, side / width, side / height))
            axes.imshow(channel.detach().cpu().numpy(), cmap="gray", interpolation="nearest")
            axes.set_axis_off()
    return figure
