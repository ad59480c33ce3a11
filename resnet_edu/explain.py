"""Why a call of the network failed, in the field's words.

``ResNet.__call__`` hands a failing call over to :func:`add_cause`, which looks at the input and
adds one note to the exception. Type and message stay as they are.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

RAISED = (RuntimeError, ValueError, TypeError, IndexError, AttributeError)  # by torch, on bad input
TYPES = r"type|dtype|device|Byte|Half|Double|Float|implemented for"  # words of errors about kinds
IMAGES = "the network takes images as (N, C, H, W)"


def add_cause(error: Exception, model: nn.Module, args: tuple[Any, ...]) -> None:
    """Add a note with the likely cause to ``error``; nothing is added when none is recognised."""
    if torch.compiler.is_compiling():  # a compiler follows the call; it has words of its own
        return
    if not isinstance(error, RAISED) or getattr(error, "__notes__", None) or len(args) != 1:
        return
    with contextlib.suppress(Exception):  # an odd input must not replace the error that it caused
        cause = next(_causes(error, model, args[0]), None)
        if cause is not None:
            error.add_note(f"resnet_edu: {cause}")


def _causes(error: Exception, model: nn.Module, x: Any) -> Iterator[str]:
    """What is wrong with input ``x``, most basic first."""
    if not isinstance(x, Tensor):
        yield from _not_a_tensor(x)
        return
    if torch.jit.is_tracing() or type(x).__name__ == "FakeTensor":
        return
    yield from _wrong_shape(model, x)
    casts = not x.is_meta and torch.is_autocast_enabled(x.device.type)
    if re.search(TYPES, str(error)) and not casts:
        yield from _wrong_kind(model, x)
    if "more than 1 value per channel" in str(error):
        yield (
            f"the network is in training mode, and the input {tuple(x.shape)} leaves BatchNorm a "
            "single value per channel in a late stage, which has no variance: use a larger batch "
            "or image, or model.eval()"
        )


def _not_a_tensor(x: Any) -> Iterator[str]:
    if isinstance(x, (list, tuple)):
        yield f"a {type(x).__name__} was given; {IMAGES} in one tensor: torch.stack(images)"
    elif type(x).__module__.split(".")[0] in ("numpy", "PIL"):
        yield (
            f"a {type(x).__module__}.{type(x).__name__} was given; {IMAGES} in a float tensor, for "
            "example torch.from_numpy(array).permute(2, 0, 1).float().div(255).unsqueeze(0)"
        )


def _wrong_shape(model: nn.Module, x: Tensor) -> Iterator[str]:
    shape = tuple(x.shape)
    if x.dim() == 3:
        yield f"the image {shape} has no batch dimension; {IMAGES}: use x.unsqueeze(0)"
    if x.dim() != 4:
        yield f"the input {shape} has {x.dim()} dimensions; {IMAGES}"
        return
    stem = getattr(model, "conv1", None)
    channels = getattr(stem, "in_channels", shape[1])
    if shape[1] != channels and shape[3] == channels:
        yield f"the input {shape} has its channels last; {IMAGES}: use x.permute(0, 3, 1, 2)"
    if shape[1] != channels:
        yield f"the input {shape} has {shape[1]} channels, and conv1 takes {channels}; {IMAGES}"
    if 0 in shape[2:]:
        yield f"the input {shape} has height {shape[2]} and width {shape[3]}; the least is 1"


def _wrong_kind(model: nn.Module, x: Tensor) -> Iterator[str]:
    weight = next(model.parameters(), None)
    if weight is None:
        return
    if x.dtype == torch.uint8:
        yield (
            "the input is uint8, as images come from files; the network computes in "
            f"{weight.dtype}: use x.to({weight.dtype}) / 255 and normalise"
        )
    if x.dtype != weight.dtype:
        yield f"the input is {x.dtype}, the weights are {weight.dtype}: use x.to({weight.dtype})"
    if x.device != weight.device:
        yield (
            f"the input is on {x.device}, and the weights are on {weight.device}: "
            f"use x.to({str(weight.device)!r})"
        )
