"""``shape_table``: torchinfo's per-layer table, made on the meta device.

torchinfo counts a norm's weights and the biases once per image as multiply-adds, so its total is
a little above ours; shapes and parameter counts agree.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from .tracing import build, input_shape

COLUMNS = ("input_size", "output_size", "num_params", "params_percent", "kernel_size", "groups",
           "mult_adds", "trainable")  # fmt: skip


class ShapeTable:
    """torchinfo's table: ``str()`` is the text, ``statistics`` is torchinfo's own object."""

    def __init__(self, statistics: Any) -> None:
        self.statistics = statistics

    def __str__(self) -> str:
        # torchinfo 1.8.0 prints an enum's name from Python 3.11 on
        return str(self.statistics).replace("Units.", "").replace("(GIGABYTES)", "(G)").replace(
            "(MEGABYTES)", "(M)").replace("(TERABYTES)", "(T)")  # fmt: skip

    __repr__ = __str__


def shape_table(
    model_or_name: str | nn.Module | Callable[..., nn.Module],
    input_size: int | Sequence[int] = 224,
    batch_size: int = 1,
    *,
    depth: int = 3,
    columns: Sequence[str] = ("input_size", "output_size", "num_params", "mult_adds"),
    **builder_kwargs: Any,
) -> ShapeTable:
    """torchinfo's table of any builder or module, one row a layer, to ``depth`` levels.

    Names and sizes are as ``trace`` takes them, in the mode it takes them in. ``columns`` are
    torchinfo's: input_size, output_size, num_params, params_percent, kernel_size, groups,
    mult_adds, trainable. A module that is handed in is copied without its values.

    Raises ``ValueError`` for an unknown column, ``ImportError`` without torchinfo.
    """
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r}; torchinfo has {', '.join(COLUMNS)}")
    if not isinstance(depth, int) or depth < 0:
        raise ValueError(f"depth must be a whole number from 0, not {depth!r}")
    try:
        from torchinfo import summary
    except ImportError as error:
        error.add_note("resnet_edu: the shape table is made by torchinfo: pip install torchinfo")
        raise
    shape = input_shape(model_or_name, input_size, batch_size)
    if isinstance(model_or_name, nn.Module):
        model = _meta_copy(model_or_name)
    else:
        model = build(model_or_name, builder_kwargs).eval()
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    x = torch.empty(shape, dtype=dtype, device="meta")
    mode = "train" if model.training else "eval"
    found = summary(
        model, input_data=x, device="meta", verbose=0, depth=depth, col_names=tuple(columns),
        mode=mode, row_settings=("var_names",), col_width=20 if shape[0] < 10 else 25,
    )
    return ShapeTable(found)


def _meta_copy(model: nn.Module) -> nn.Module:
    """A deep copy whose tensors are on meta; the values are not copied."""
    memo: dict[int, Any] = {}
    for parameter in model.parameters():
        empty = torch.empty(parameter.shape, dtype=parameter.dtype, device="meta")
        memo[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.requires_grad)
    for buffer in model.buffers():
        memo[id(buffer)] = torch.empty(buffer.shape, dtype=buffer.dtype, device="meta")
    return copy.deepcopy(model, memo)
