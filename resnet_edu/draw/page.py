"""ResNet on a page: one sheet of A4 to print, drawn from traces."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text

from ..anatomy import trace
from ..variants import ARCHITECTURES
from ..weights import ROWS
from .block import block
from .downsample import downsample_map
from .strip import strip
from .style import FAINT, INK, Picture, hosted, label, picture

A4 = (8.27, 11.69)  # inches
EDGE = 0.4
LEAST = 5.8  # points: what is smaller cannot be read in print
FORMULAS_LEFT = EDGE + 5.5
FORMULAS = (
    ("output side", "floor((n + 2p − d(k − 1) − 1) / s) + 1"),
    ("parameters of a convolution", "out · (in / groups) · k · k"),
    ("multiply-adds of it", "parameters · height · width of its output"),
    ("width of a bottleneck", "int(planes · base_width / 64) · groups"),
    ("receptive field r, step j", "r + (k − 1) · d · j,  then  j · s"),
    ("first weights, deviation", "√(2 / (out · k · k))"),
)
SYMBOLS = "n side, k kernel, s stride, p padding, d dilation"
NOTES = (
    "⊕ adds branch and shortcut; the last ReLU stands behind the sum.",
    "Projection (downsample): where the stride is not 1 or the channels change,",
    "in the first block of a stage only. Elsewhere the shortcut is the identity.",
    "Depth in a name: 1 + convolutions of the blocks + 1.",
)
ABOUT = "torchvision's networks: stride of a bottleneck in its 3×3 (v1.5) · resnet_edu sheet"
UNDER = (
    "Groups × width: the arguments groups and width_per_group. Field: receptive field behind "
    "layer4, in pixels. Top-1: percent of ImageNet, one",
    "centre crop of 224, torchvision's figures. The older recipes resize to 256 before the crop, "
    "the newer ones to 232: compare within one column only.",
)
GREY = "#555555"


def sheet() -> Picture:
    """The strip, both blocks, the blocks that change the shape, the formulas, the ten networks."""
    page = picture("ResNet on a page", "", A4[1], A4[0])
    page.suptitle(page.get_suptitle(), x=EDGE / A4[0], y=1 - 0.25 / A4[1], ha="left", va="top")
    said = []
    for draw, left, top, scale in (
        (lambda: strip(trace("resnet50")), EDGE, 0.75, 0.83),
        (lambda: block((trace("resnet18"), "layer1.0"), (trace("resnet50"), "layer2.0")),
         EDGE + 0.4, 2.6, 0.64),
        (lambda: downsample_map(trace("resnet50")), EDGE + 0.45, 6.2, 0.74),
    ):  # fmt: skip
        with hosted(page, left, top, scale) as panel:
            draw()
        said.append(panel.alt)
    over = page.add_axes((0, 0, 1, 1))
    over.set_xlim(0, A4[0])
    over.set_ylim(0, A4[1])
    over.set_axis_off()
    over.set_zorder(-1)
    _headings(over)
    _notes(over)
    said.append(_ten(over, A4[1] - 9.85))
    said.append(_formulas(over, A4[1] - 9.85))
    texts: list[Any] = page.findobj(Text)
    for text in texts:
        text.set_fontsize(max(text.get_fontsize(), LEAST))
    page.set_label(" ".join(said))
    return page


def _headings(axes: Axes) -> None:
    for top, text in (
        (0.62, "The network: ResNet-50. Solid arc: identity. Dotted arc: projection"),
        (2.48, "The two blocks: basic (ResNet-18, 34) and bottleneck (50 and deeper)"),
        (6.07, "The blocks that change the shape: ResNet-50"),
        (9.64, "The ten networks, at 224 × 224"),
    ):
        label(axes, (EDGE, A4[1] - top), text, ha="left", fontweight="bold", fontsize=8)
        axes.plot([EDGE, A4[0] - EDGE], [A4[1] - top - 0.1] * 2, color=FAINT, linewidth=0.5)
    place = (FORMULAS_LEFT, A4[1] - 9.64)
    label(axes, place, "Six formulas", ha="left", fontweight="bold", fontsize=8)
    place = (A4[0] - EDGE, A4[1] - 0.34)
    label(axes, place, ABOUT, ha="right", fontsize=6.2, color=GREY)


def _notes(axes: Axes) -> None:
    for i, note in enumerate(NOTES):
        place = (EDGE, A4[1] - 5.42 - 0.13 * i)
        label(axes, place, note, ha="left", fontsize=6.2, color=GREY)


def _ten(axes: Axes, top: float) -> str:
    heads = ("", "block", "blocks", "groups × width", "M par.", "G mul.-adds", "field",
             "top-1, older", "newer")  # fmt: skip
    places = (0, 1.08, 1.67, 2.95, 3.33, 3.97, 4.3, 4.96, 5.3)
    rows = []
    for name, (kind, layers, fixed) in ARCHITECTURES.items():
        totals = trace(name).totals
        field = max(r.receptive_field for r in trace(name) if isinstance(r.receptive_field, int))
        groups, width = fixed.get("groups", 1), fixed.get("width_per_group", 64)
        scores = {row.resize: f"{row.acc1:.1f}" for row in ROWS if row.network == name}
        rows.append((
            name, kind.__name__, ", ".join(map(str, layers)), f"{groups} × {width}",
            f"{totals.parameters / 1e6:.1f}", f"{totals.multiply_adds / 1e9:.2f}", str(field),
            scores.get(256, "–"), scores.get(232, "–"),
        ))  # fmt: skip
    for i, row in enumerate((heads, *rows)):
        for j, (text, x) in enumerate(zip(row, places, strict=True)):
            label(axes, (EDGE + x, top - 0.14 * i), text, ha="left" if j < 3 else "right",
                  fontsize=6.2, color=INK)  # fmt: skip
    for i, line in enumerate(UNDER):
        place = (EDGE, top - 1.55 - 0.105 * i)
        label(axes, place, line, ha="left", fontsize=LEAST, color=GREY)
    return "The ten networks: " + "; ".join(", ".join(row) for row in rows) + "."


def _formulas(axes: Axes, top: float) -> str:
    for i, (name, formula) in enumerate(FORMULAS):
        y = top - 0.225 * i
        label(axes, (FORMULAS_LEFT, y), name, ha="left", fontsize=6.2, color=GREY)
        label(axes, (FORMULAS_LEFT + 0.1, y - 0.1), formula, ha="left", fontsize=6.4)
    place = (FORMULAS_LEFT, top - 0.225 * len(FORMULAS) - 0.03)
    label(axes, place, SYMBOLS, ha="left", fontsize=LEAST, color=GREY)
    return "Formulas: " + "; ".join(f"{name}: {formula}" for name, formula in FORMULAS) + "."
