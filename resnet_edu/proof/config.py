"""A network as plain values, buildable from our classes, torchvision's or a reader's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from torch import nn

from ..variants import ARCHITECTURES


def _group_norm(channels: int) -> nn.Module:
    return nn.GroupNorm(math.gcd(8, channels), channels)


def _without_affine(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, affine=False)


def _frozen(channels: int) -> nn.Module:
    from torchvision.ops.misc import FrozenBatchNorm2d

    layer: nn.Module = FrozenBatchNorm2d(channels)
    return layer


NORMS: dict[str, Callable[..., nn.Module] | None] = {
    "default": None,
    "BatchNorm2d": nn.BatchNorm2d,
    "GroupNorm": _group_norm,
    "InstanceNorm2d": nn.InstanceNorm2d,
    "FrozenBatchNorm2d": _frozen,
    "BatchNorm2d without affine": _without_affine,
}
BLOCKS = ("BasicBlock", "Bottleneck")


@dataclass(frozen=True, repr=False)
class Config:
    """The arguments of a ``ResNet``, and the images to try it on: ``(batch, 3, H, W)``.

    ``norm_layer`` is a key of ``NORMS``. ``repr`` gives the shortest call that makes the same one.
    """

    block: str = "BasicBlock"
    layers: tuple[int, int, int, int] = (1, 1, 1, 1)
    num_classes: int = 1000
    zero_init_residual: bool = False
    groups: int = 1
    width_per_group: int = 64
    replace_stride_with_dilation: tuple[bool, bool, bool] | None = None
    norm_layer: str = "default"
    input_size: tuple[int, int] = (64, 64)
    batch: int = 2

    def __post_init__(self) -> None:
        if self.block not in BLOCKS:
            raise ValueError(f"block must be one of {', '.join(BLOCKS)}, not {self.block!r}")
        if self.norm_layer not in NORMS:
            known = ", ".join(NORMS)
            raise ValueError(f"norm_layer must be one of {known}, not {self.norm_layer!r}")

    def __repr__(self) -> str:
        always = {"block": f"{self.block!r}", "layers": f"{self.layers!r}"}
        changed = [
            f"{entry.name}={getattr(self, entry.name)!r}" for entry in fields(self)
            if entry.name not in always and getattr(self, entry.name) != entry.default
        ]  # fmt: skip
        return f"Config({', '.join([*always.values(), *changed])})"

    @classmethod
    def of(cls, name: str, **changes: Any) -> Config:
        """The configuration of one of the ten networks."""
        block, layers, fixed = ARCHITECTURES[name]
        first, second, third, fourth = layers
        counts = (first, second, third, fourth)
        return cls(block=block.__name__, layers=counts, **{**fixed, **changes})

    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``ResNet`` beside block and layers."""
        flags = self.replace_stride_with_dilation
        return {
            "num_classes": self.num_classes, "zero_init_residual": self.zero_init_residual,
            "groups": self.groups, "width_per_group": self.width_per_group,
            "replace_stride_with_dilation": None if flags is None else list(flags),
            "norm_layer": NORMS[self.norm_layer],
        }  # fmt: skip

    def build(self, network: Callable[..., nn.Module], block: Any) -> nn.Module:
        """The network, by a class with torchvision's constructor arguments."""
        return network(block, list(self.layers), **self.options())

    def shape(self) -> tuple[int, int, int, int]:
        """``(N, 3, H, W)`` of the images."""
        return (self.batch, 3, *self.input_size)
