"""Labels, read from records: the paper's way to write a layer, sizes, names of stages."""

from __future__ import annotations

from collections.abc import Sequence

from ..anatomy import Record, Trace
from ..anatomy.records import Shape

STAGES = ("layer1", "layer2", "layer3", "layer4")


def layer(record: Record) -> str:
    """``3×3 conv, 128, /2``, or the kind of what is no convolution."""
    if record.kernel_size is None:
        names = {"BatchNorm2d": "batch norm", "AdaptiveAvgPool2d": "average pool"}
        return names.get(record.kind, record.kind)
    height, width = record.kernel_size
    parts = [f"{height}×{width} {'conv' if record.kind == 'Conv2d' else 'max pool'}"]
    if record.kind == "Conv2d":
        parts.append(str(record.output_shape[1]))
    if record.stride and record.stride != (1, 1):
        parts.append(f"/{record.stride[0]}")
    if record.dilation and record.dilation != (1, 1):
        parts.append(f"dilation {record.dilation[0]}")
    if record.groups and record.groups > 1:
        parts.append(f"{record.groups} groups")
    return ", ".join(parts)


def short(record: Record) -> str:
    """``3×3, 128`` for a convolution in little room."""
    height, width = record.kernel_size or (1, 1)
    return f"{height}×{width}, {record.output_shape[1]}"


def size(shape: Shape) -> str:
    """``256 × 56 × 56`` of ``(N, 256, 56, 56)``."""
    return " × ".join(map(str, shape[1:]))


def grid(shape: Shape) -> str:
    """``56×56`` of ``(N, 256, 56, 56)``."""
    return "×".join(map(str, shape[2:]))


def network(traced: Trace) -> str:
    """``resnet50``, or ``resnet50, layer3–4 dilated`` where convolutions of stages are dilated."""
    stages = dict.fromkeys(
        record.stage for record in traced
        if record.stage and record.kind == "Conv2d" and record.dilation not in (None, (1, 1))
    )  # fmt: skip
    return f"{traced.network}, {ranged(list(stages))} dilated" if stages else traced.network


def ranged(names: Sequence[str]) -> str:
    """``layer2–4`` for three stages in a row, else the names with commas."""
    places = [STAGES.index(name) for name in names if name in STAGES]
    if 1 < len(names) == len(places) == places[-1] - places[0] + 1 and places == sorted(places):
        return f"{names[0]}–{names[-1].removeprefix('layer')}"
    return ", ".join(names)


def stage_name(stage: str, paper: str | None) -> str:
    """Both names of a stage: ``layer2 · conv3_x``."""
    return f"{stage} · {paper}" if paper else stage


def blocks_of(traced: Trace) -> dict[str, list[Record]]:
    """The records of each residual block, in order; stem and head are left out."""
    found: dict[str, list[Record]] = {}
    for record in traced:
        if record.block is not None:
            found.setdefault(record.block, []).append(record)
    return found


def is_projected(block: list[Record]) -> bool:
    """Whether anything lies on the shortcut."""
    return any(record.branch == "shortcut" for record in block)
