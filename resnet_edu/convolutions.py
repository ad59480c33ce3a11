"""The two convolutions of which every residual block is made.

Answers to ``conv3x3`` and ``conv1x1`` of torchvision's ``resnet.py`` (BSD-3-Clause): same names,
same arguments, same layers. Shapes are ``(N, C, H, W)``: images, channels, height, width.
"""

from torch import nn


def conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Conv2d:
    """The layer that sees a neighbourhood: 3x3, no bias, padded so that stride 1 keeps the size.

    Shape: ``(N, in_planes, H, W)`` to ``(N, out_planes, ceil(H/stride), ceil(W/stride))`` for
    strides 1 and 2. Weight: ``(out_planes, in_planes/groups, 3, 3)``, taps ``dilation`` apart.
    Raises ``ValueError`` when ``groups`` does not divide both channel counts.
    Source: He et al. 2015, section 3.3; ``groups`` from Xie et al. 2017.
    """
    return nn.Conv2d(
        in_planes, out_planes, kernel_size=3, stride=stride, groups=groups, dilation=dilation,
        padding=dilation,  # the taps reach `dilation` pixels to each side; so must the padding
        bias=False,  # a norm follows, which removes any constant and has a bias of its own
    )


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    """The layer that mixes channels pixel by pixel: 1x1, no bias, no padding.

    Shape: ``(N, in_planes, H, W)`` to ``(N, out_planes, ceil(H/stride), ceil(W/stride))``. With
    stride 2 it reads one pixel in four and never looks at the others.
    Source: He et al. 2015, figure 5 (bottleneck) and section 3.3, option B (projection).
    """
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)
