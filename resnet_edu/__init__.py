"""resnet_edu: torchvision's ResNet, small enough to read, and the tools to look into it.

The network is here, at the top: ``resnet_edu.resnet50()``. The rooms beside it are imported when
they are asked for: ``anatomy`` (numbers), ``draw`` (pictures), ``proof`` (against torchvision).
"""

from . import interrupts  # the first: Ctrl-C may come while torch is loaded
from .blocks import BasicBlock, Bottleneck
from .convolutions import conv1x1, conv3x3
from .network import ResNet
from .variants import (
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    wide_resnet50_2,
    wide_resnet101_2,
)

interrupts.as_usual()

__version__ = "0.1.0"

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "ResNet",
    "conv1x1",
    "conv3x3",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet50_2",
    "wide_resnet101_2",
]
