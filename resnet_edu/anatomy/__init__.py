"""Numbers of a network: one trace, the closed formulas, and the tables that read the trace."""

from .describe import describe
from .formulas import (
    basic_params,
    bn_params,
    bottleneck_params,
    bottleneck_width,
    conv_macs,
    conv_out,
    conv_params,
    depth,
    linear_params,
    output_stride,
    receptive_field,
    stage_sizes,
)
from .layer_table import ShapeTable, shape_table
from .records import Place, Record, Source, Totals, Trace
from .tables import Table, compare, table
from .tracing import trace, trace_layers

__all__ = [
    "Place",
    "Record",
    "ShapeTable",
    "Source",
    "Table",
    "Totals",
    "Trace",
    "basic_params",
    "bn_params",
    "bottleneck_params",
    "bottleneck_width",
    "compare",
    "conv_macs",
    "conv_out",
    "conv_params",
    "depth",
    "describe",
    "linear_params",
    "output_stride",
    "receptive_field",
    "shape_table",
    "stage_sizes",
    "table",
    "trace",
    "trace_layers",
]
