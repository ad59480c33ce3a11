"""Receptive fields along a list of operations, in the input's pixels, per axis.

Position ``i`` sees pixels ``i*jump - padding`` to ``i*jump - padding + field - 1``, holes included.
Where paths meet, the field is their union. Norms are counted as seeing one position, though in
training their statistics see the whole batch.
Source: Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .graph import Operation, Window
from .records import Pair


class Field(NamedTuple):
    """Receptive field, jump and padding, (height, width) each."""

    size: Pair
    jump: Pair
    padding: Pair


START = Field((1, 1), (1, 1), (0, 0))
WHOLE = Field((0, 0), (0, 0), (0, 0))  # stands for every pixel of the image
MEANS = ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "mean", "amax", "sum")
RESHAPES = ("flatten", "Flatten", "view", "reshape")


def fields(ops: Iterable[Operation]) -> dict[str, Field | None]:
    """The field of every operation's output: ``WHOLE`` for all pixels, None where not known."""
    found: dict[str, Field | None] = {}
    kinds: dict[str, str] = {}
    for op in ops:
        read = [name for name in op.inputs if name not in found or kinds[name] != "constant"]
        kinds[op.name] = "constant" if op.constant else op.kind
        found[op.name] = _field(op, [found[n] for n in read], [kinds[n] for n in read])
    return found


def _field(op: Operation, incoming: list[Field | None], kinds: list[str]) -> Field | None:
    if op.kind == "input":
        return START if len(op.output_shape) == 4 else None
    if not incoming:
        return None
    if WHOLE in incoming:
        return WHOLE
    first = incoming[0]
    if op.window is not None and first is not None:
        return slide(first, op.window)
    if op.pointwise:
        return union(incoming)
    if op.kind in MEANS and first is not None and len(op.input_shapes[0]) == 4:
        if all(side == 1 for side in op.output_shape[2:]):
            return WHOLE
        return first if op.output_shape == op.input_shapes[0] else None
    return WHOLE if op.kind == "Linear" and kinds[0] in RESHAPES else None


def slide(field: Field, window: Window) -> Field:
    """The field after one more sliding window."""
    axes = [
        (
            field.size[a] + (window.kernel_size[a] - 1) * window.dilation[a] * field.jump[a],
            field.jump[a] * window.stride[a],
            field.padding[a] + window.padding[a] * field.jump[a],
        )
        for a in (0, 1)
    ]
    (h_size, h_jump, h_pad), (w_size, w_jump, w_pad) = axes
    return Field((h_size, w_size), (h_jump, w_jump), (h_pad, w_pad))


def union(incoming: list[Field | None]) -> Field | None:
    """What is seen over any of the paths; None where a path has no field or steps differ."""
    known = [field for field in incoming if field is not None]
    if len(known) < len(incoming) or not known or len({field.jump for field in known}) > 1:
        return None
    if len(known) == 1:
        return known[0]
    padding = _most(known, lambda f, a: f.padding[a])
    beyond = _most(known, lambda f, a: f.size[a] - f.padding[a])
    size = (padding[0] + beyond[0], padding[1] + beyond[1])
    return Field(size, known[0].jump, padding)


def _most(known, value) -> Pair:  # type: ignore[no-untyped-def]
    return max(value(f, 0) for f in known), max(value(f, 1) for f in known)
