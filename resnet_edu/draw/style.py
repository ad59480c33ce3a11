"""The one visual language of all pictures, and the few shapes that they are made of.

- A stage has a hue, from green (early) to blue-violet (late), safe for colour-blind readers; stem
  and head are grey. Kind is shown by shape and label, never by colour alone.
- Solid arc: identity. Dotted arc: projection. ⊕: the addition, the ReLU behind it.
- Sizes read ``channels × height × width``. A picture is 9 inches wide, 100 pixels an inch.
- No picture without a title and a text alternative (``figure.get_label()``; saved with the file).
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import math
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from ..saving import write_whole

WIDTH = 9.0
DPI = 100
TEXT, SMALL, TITLE = 8.5, 7.5, 11
INK, FAINT, PAPER = "#222222", "#8a8a8a", "#ffffff"
UNLIT_EDGE, UNLIT_FILL, UNLIT_INK = "#c4c4c4", "#f4f4f4", "#6b6b6b"
STRIDE = "#b2182b"
# viridis, light to dark, with a pale tint of the same hue to write on
STAGE_EDGE = {
    "stem": "#6b6b6b", "layer1": "#6ba81f", "layer2": "#2f9e62", "layer3": "#22808b",
    "layer4": "#43418b", "head": "#6b6b6b",
}  # fmt: skip
STAGE_FILL = {
    "stem": "#ececec", "layer1": "#eaf6d3", "layer2": "#d5f0df", "layer3": "#d3ebee",
    "layer4": "#dedef0", "head": "#ececec",
}  # fmt: skip
STAGE_TEXT = {  # the same hues, dark enough to read on the tint
    "layer1": "#4d7816", "layer2": "#237649", "layer3": "#1d707a", "layer4": "#43418b",
}  # fmt: skip
FORMATS = ("svg", "png", "pdf")
HEAD = 0.4  # inches above a picture's axes, for its title
_HOST: contextvars.ContextVar[Any] = contextvars.ContextVar("host", default=None)


class Picture(Figure):
    """A figure of this package: shows itself in Jupyter, saves itself with its text alternative."""

    def __repr__(self) -> str:
        """Title and text alternative: what a notebook keeps beside the picture."""
        return f"{self.get_suptitle()}\n{self.get_label()}"

    def _repr_png_(self) -> bytes:
        return self.to_bytes("png")

    def to_bytes(self, kind: str) -> bytes:
        """The picture as a file: ``svg``, ``png`` or ``pdf``; the same bytes every time."""
        if kind not in FORMATS:
            raise ValueError(f"a picture is saved as {', '.join(FORMATS)}, not {kind!r}")
        about: dict[str, Any] = {"Title": self.get_suptitle()}
        about["Subject" if kind == "pdf" else "Description"] = self.get_label()
        about |= {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        out = io.BytesIO()
        fonts: Any = {"svg.hashsalt": "resnet_edu", "svg.fonttype": "path"}
        with matplotlib.rc_context(fonts):
            self.savefig(out, format=kind, dpi=DPI, metadata=about)
        return out.getvalue()

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the picture to ``path``, whole or not at all; the ending says the kind."""
        target = pathlib.Path(path)
        data = self.to_bytes(target.suffix.lstrip(".").lower())
        return write_whole(target, data)


class Panel:
    """A place on a larger picture that a figure function draws on as if it had one of its own."""

    def __init__(self, sheet: Picture, left: float, top: float, scale: float) -> None:
        self.sheet, self.left, self.top, self.scale = sheet, left, top, scale
        self.size, self.alt = (WIDTH, 0.0), ""
        self.axes: list[Axes] = []

    def get_size_inches(self) -> tuple[float, float]:
        """Width and height that were asked for."""
        return self.size

    def add_axes(self, place: tuple[float, float, float, float]) -> Axes:
        """Axes at a place given in parts of the panel; the title's strip is left out."""
        (width, height), (page_width, page_height) = self.size, self.sheet.get_size_inches()
        x = self.left + place[0] * width * self.scale
        y = page_height - self.top - (height - HEAD - place[1] * height) * self.scale
        made = self.sheet.add_axes(
            (x / page_width, y / page_height, place[2] * width * self.scale / page_width,
             place[3] * height * self.scale / page_height)
        )  # fmt: skip
        self.axes.append(made)
        return made

    def shrink(self) -> None:
        """Bring the sizes that are given in points to the panel's scale."""
        for axes in self.axes:
            texts: list[Any] = axes.findobj(Text)
            for text in texts:
                text.set_fontsize(text.get_fontsize() * self.scale)
            artists: list[Any] = [*axes.lines, *axes.patches]
            for drawn in artists:
                drawn.set_linewidth(drawn.get_linewidth() * self.scale)
                if isinstance(drawn, FancyArrowPatch):
                    drawn.set_mutation_scale(drawn.get_mutation_scale() * self.scale)


@contextlib.contextmanager
def hosted(sheet: Picture, left: float, top: float, scale: float) -> Iterator[Panel]:
    """Inside, figure functions draw on ``sheet``, ``left`` and ``top`` inches from its corner."""
    panel = Panel(sheet, left, top, scale)
    token = _HOST.set(panel)
    try:
        yield panel
    finally:
        _HOST.reset(token)
    panel.shrink()


def picture(title: str, alt: str, height: float, width: float = WIDTH) -> Picture:
    """An empty picture, ``width`` x ``height`` inches, with its title and text alternative."""
    host: Any = _HOST.get()
    if host is not None:
        host.size, host.alt = (width, height), f"{title}. {alt}"
        return host
    figure = Picture(figsize=(width, height), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.12 / width, y=1 - 0.10 / height, ha="left", va="top",
                    fontsize=TITLE, color=INK)  # fmt: skip
    figure.set_label(alt)
    return figure


def canvas(figure: Picture, top: float = HEAD) -> Axes:
    """Axes over the whole picture below its title, in inches, without ticks or frame."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1 - top / height))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height - top)
    axes.set_axis_off()
    return axes


def edge_of(stage: str | None, lit: bool = True) -> str:
    """The line colour of a stage."""
    return STAGE_EDGE.get(stage or "stem", "#6b6b6b") if lit else UNLIT_EDGE


def text_of(stage: str | None) -> str:
    """The colour of a stage for what is written in it."""
    return STAGE_TEXT.get(stage or "stem", "#6b6b6b")


def fill_of(stage: str | None, lit: bool = True) -> str:
    """The pale colour to write on."""
    return STAGE_FILL.get(stage or "stem", "#ececec") if lit else UNLIT_FILL


def ink_of(lit: bool) -> str:
    """Text colour."""
    return INK if lit else UNLIT_INK


def box(
    axes: Axes, centre: tuple[float, float], size: tuple[float, float], text: str,
    stage: str | None, *, lit: bool = True, fontsize: float = TEXT, line: float = 1.2,
    edge: str | None = None,
) -> None:
    """A rounded box with text in its middle."""
    x, y = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    radius = min(0.05, size[1] / 4)
    style = f"round,pad=0,rounding_size={radius}"
    axes.add_patch(
        FancyBboxPatch((x, y), *size, boxstyle=style, linewidth=line, zorder=2,
                       facecolor=fill_of(stage, lit), edgecolor=edge or edge_of(stage, lit))
    )  # fmt: skip
    label(axes, centre, text, fontsize=fontsize, color=ink_of(lit))


def label(axes: Axes, at: tuple[float, float], text: str, **options: Any) -> None:
    """Text, centred unless told otherwise."""
    settings: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TEXT, "color": INK}
    axes.text(*at, text, zorder=4, **(settings | options))


def arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, color: str = INK
) -> None:
    """A straight arrow."""
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, linewidth=1, color=color,
                        shrinkA=0, shrinkB=0, zorder=1)
    )  # fmt: skip


def way(
    axes: Axes, points: Sequence[tuple[float, float]], *, dotted: bool, color: str = INK,
    head: bool = True, curved: bool = False, line: float = 1.2,
) -> None:
    """A line along ``points``: solid for an identity, dotted for a projection."""
    codes: list[Any] = [Path.MOVETO, *[Path.LINETO] * (len(points) - 1)]
    if curved:
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    pattern = (0, (1.2, 1.6)) if dotted else "solid"
    settings: dict[str, Any] = {"color": color, "zorder": 1, "fill": False}
    axes.add_patch(
        PathPatch(Path(list(points), codes), linewidth=line, linestyle=pattern,
                  joinstyle="miter", **settings)
    )  # fmt: skip
    if head:  # a patch of its own: dots would tear it
        (x0, y0), (x1, y1) = points[-2:]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        tail = (x1 - 0.02 * (x1 - x0) / length, y1 - 0.02 * (y1 - y0) / length)
        arrow(axes, tail, points[-1], color=color)


def plus(axes: Axes, centre: tuple[float, float], radius: float = 0.11) -> None:
    """The addition, drawn as ⊕."""
    x, y = centre
    axes.add_patch(Circle(centre, radius, facecolor=PAPER, edgecolor=INK, linewidth=1.2, zorder=3))
    reach = 0.6 * radius
    axes.plot([x - reach, x + reach], [y, y], color=INK, linewidth=1.2, zorder=4)
    axes.plot([x, x], [y - reach, y + reach], color=INK, linewidth=1.2, zorder=4)
