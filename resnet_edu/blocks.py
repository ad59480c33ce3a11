"""The two residual blocks: ``relu(F(x) + shortcut(x))``, with two or three convolutions in ``F``.

Answers to ``BasicBlock`` (ResNet-18, 34) and ``Bottleneck`` (50 and deeper) of torchvision's
``resnet.py`` (BSD-3-Clause). Names, order of submodules and order of operations are torchvision's;
the two classes are written line against line, so that only what differs stands out.

Shapes at the ends of lines: ``N`` images, ``(H, W)`` the size that came in, divisions rounded up.
"""

from collections.abc import Callable
from typing import Optional

from torch import Tensor, nn

from .convolutions import conv1x1, conv3x3


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: the block of ResNet-18 and ResNet-34.

    Shape: ``(N, inplanes, H, W)`` to ``(N, planes, H/stride, W/stride)``.

    ``downsample`` is the projection on the shortcut. It is needed, and not checked, wherever input
    and output differ in shape. ``norm_layer`` is called with a channel count.

    Raises ``ValueError`` for ``groups`` or ``base_width`` other than 1 and 64, and
    ``NotImplementedError`` for ``dilation`` above 1: they are taken so that a stage can build
    either block by the same call.
    Source: He et al. 2015, figure 2 and figure 5 left. Chapter 04 builds it from nothing.
    """

    expansion: int = 1

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: Optional[nn.Module] = None,
        groups: int = 1, base_width: int = 64, dilation: int = 1,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
    ) -> None:
        super().__init__()
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        if groups != 1 or base_width != 64:
            given = f"groups={groups}, base_width={base_width}"
            raise ValueError(f"BasicBlock has only groups=1, base_width=64, not {given}")
        if dilation > 1:
            given = f"dilation={dilation}"
            raise NotImplementedError(f"BasicBlock takes dilation=1, not {given}: use Bottleneck")

        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)  # one module, called twice: it holds nothing to share
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride  # a record only; conv1 and downsample have theirs already

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inplanes, H, W)`` to ``(N, planes, H/stride, W/stride)``; ``x`` is kept."""
        identity = x

        out = self.relu(self.bn1(self.conv1(x)))    # (N, planes, H/stride, W/stride)
        out = self.bn2(self.conv2(out))  # no ReLU yet: the branch must be able to subtract

        if self.downsample is not None:
            identity = self.downsample(x)           # (N, planes, H/stride, W/stride)

        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    """1x1 narrows, 3x3 looks, 1x1 widens, and a shortcut: the block of ResNet-50 and deeper.

    Shape: ``(N, inplanes, H, W)`` to ``(N, 4*planes, H/stride, W/stride)``. The 3x3 in the middle
    has ``width = int(planes * base_width / 64) * groups`` channels.

    ``downsample`` and ``norm_layer`` are as in ``BasicBlock``.
    Source: He et al. 2015, figure 5 right; groups from Xie et al. 2017, width from Zagoruyko and
    Komodakis 2016. The stride: authors' model, on the first 1x1; torchvision, here, on the 3x3.
    """

    expansion: int = 4

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: Optional[nn.Module] = None,
        groups: int = 1, base_width: int = 64, dilation: int = 1,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
    ) -> None:
        super().__init__()
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        # Dividing before the int() matters: base_width // 64 would be 0 for every ResNeXt.
        width = int(planes * (base_width / 64.0)) * groups

        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        # The stride sits where a neighbourhood is seen; on conv1 it would skip 3 pixels of 4.
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)  # one module, called three times: it holds nothing
        self.downsample = downsample
        self.stride = stride  # a record only; conv2 and downsample have theirs already

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inplanes, H, W)`` to ``(N, 4*planes, H/stride, W/stride)``; ``x`` is kept."""
        identity = x

        out = self.relu(self.bn1(self.conv1(x)))    # (N, width, H, W)
        out = self.relu(self.bn2(self.conv2(out)))  # (N, width, H/stride, W/stride)
        out = self.bn3(self.conv3(out))             # (N, 4*planes, H/stride, W/stride)

        if self.downsample is not None:
            identity = self.downsample(x)           # (N, 4*planes, H/stride, W/stride)

        out += identity
        return self.relu(out)
