"""Pictures of a network, each a function of its trace that returns a figure.

``from resnet_edu import draw`` and ``draw.strip(trace("resnet50")).save("strip.svg")``. The rules
they all keep are in ``style.py``.
"""

from .block import block
from .charts import receptive_field_growth, stage_shares
from .data import distributions, lines
from .downsample import downsample_map
from .family import family
from .grids import connections, convolution, windows
from .maps import colours, maps
from .page import sheet
from .projections import projections
from .pyramid import pyramid
from .strip import strip
from .style import Picture
from .taps import taps

FIGURES = {
    "block": block,
    "strip": strip,
    "pyramid": pyramid,
    "downsample": downsample_map,
    "stages": stage_shares,
    "field": receptive_field_growth,
}

__all__ = [
    "FIGURES",
    "Picture",
    "block",
    "colours",
    "connections",
    "convolution",
    "distributions",
    "downsample_map",
    "family",
    "lines",
    "maps",
    "projections",
    "pyramid",
    "receptive_field_growth",
    "sheet",
    "stage_shares",
    "strip",
    "taps",
    "windows",
]
