"""ResNet on a page: one sheet of A4 to print, drawn from traces."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..anatomy import trace
from ..variants import ARCHITECTURES
from ..weights import published
from .block import block
from .downsample import downsample_map
from .strip import strip
from .style import FAINT, INK, Picture, hosted, label, picture

A4 = (8.27, 11.69)  # inches
EDGE = 0.4
FORMULAS = (
    ("output side", "floor((n + 2p − d(k − 1) − 1) / s) + 1"),
    ("parameters of a convolution", "out · (in / groups) · k · k"),
    ("multiply-adds of it", "parameters · height · width of its output"),
    ("width of a bottleneck", "int(planes · base_width / 64) · groups"),
    ("receptive field r, step j", "r + (k − 1) · d · j,  then  j · s"),
    ("first weights, deviation", "√(2 / (out · k · k))"),
)
NOTES = (
    "n side, k kernel, s stride, p padding, d dilation.",
    "Projection: stride not 1, or other channels; first block of a stage only.",
    "Depth = 1 + convolutions of the blocks + 1. Top-1: one centre crop.",
)


def sheet() -> Picture:
    """The strip, both blocks, the blocks that change the shape, the formulas, the ten networks."""
    page = picture("ResNet on a page", "", A4[1], A4[0])
    page.suptitle(page.get_suptitle(), x=EDGE / A4[0], y=1 - 0.25 / A4[1], ha="left", va="top")
    said = []
    for draw, left, top, scale in (
        (lambda: strip(trace("resnet50")), EDGE, 0.75, 0.83),
        (lambda: block(trace("resnet18"), "layer1.0"), -0.8, 2.6, 0.64),
        (lambda: block(trace("resnet50"), "layer2.0"), 2.75, 2.6, 0.64),
        (lambda: downsample_map(trace("resnet50")), EDGE + 0.45, 6.2, 0.74),
    ):
        with hosted(page, left, top, scale) as panel:
            draw()
        said.append(panel.alt)
    over = page.add_axes((0, 0, 1, 1))
    over.set_xlim(0, A4[0])
    over.set_ylim(0, A4[1])
    over.set_axis_off()
    over.set_zorder(-1)
    _headings(over)
    said.append(_ten(over, A4[1] - 9.93))
    said.append(_formulas(over, A4[1] - 9.93))
    page.set_label(" ".join(said))
    return page


def _headings(axes: Axes) -> None:
    for top, text in (
        (0.62, "The network: ResNet-50. Solid arc: identity. Dotted arc: projection"),
        (2.48, "The two blocks: basic (ResNet-18, 34) and bottleneck (50 and deeper)"),
        (6.07, "The blocks that change the shape: ResNet-50"),
        (9.72, "The ten networks, at 224 × 224"),
    ):
        label(axes, (EDGE, A4[1] - top), text, ha="left", fontweight="bold", fontsize=8)
        axes.plot([EDGE, A4[0] - EDGE], [A4[1] - top - 0.1] * 2, color=FAINT, linewidth=0.5)
    place = (EDGE + 4.75, A4[1] - 9.72)
    label(axes, place, "Six formulas", ha="left", fontweight="bold", fontsize=8)


def _ten(axes: Axes, top: float) -> str:
    heads = ("", "block", "blocks", "M par.", "G mul.-adds", "sees", "top-1 %")
    places = (0, 1.12, 1.72, 2.66, 3.26, 3.72, 4.3)
    rows = []
    for name, (kind, layers, _) in ARCHITECTURES.items():
        totals = trace(name).totals
        field = max(r.receptive_field for r in trace(name) if isinstance(r.receptive_field, int))
        best = published(name, "DEFAULT")
        rows.append((
            name, kind.__name__, ", ".join(map(str, layers)), f"{totals.parameters / 1e6:.1f}",
            f"{totals.multiply_adds / 1e9:.2f}", str(field), f"{best.acc1:.1f}",
        ))  # fmt: skip
    for i, row in enumerate((heads, *rows)):
        for j, (text, x) in enumerate(zip(row, places, strict=True)):
            label(axes, (EDGE + x, top - 0.15 * i), text, ha="left" if j < 3 else "right",
                  fontsize=6.2, color=INK)  # fmt: skip
    return "The ten networks: " + "; ".join(", ".join(row) for row in rows) + "."


def _formulas(axes: Axes, top: float) -> str:
    left = EDGE + 4.75
    for i, (name, formula) in enumerate(FORMULAS):
        label(axes, (left, top - 0.225 * i), name, ha="left", fontsize=6.2, color="#555555")
        label(axes, (left, top - 0.225 * i - 0.11), formula, ha="left", fontsize=6.6)
    for i, note in enumerate(NOTES):
        label(axes, (left, top - 1.38 - 0.1 * i), note, ha="left", fontsize=5.4, color="#555555")
    return "Formulas: " + "; ".join(f"{name}: {formula}" for name, formula in FORMULAS) + "."
