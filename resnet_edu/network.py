"""The network: a stem, four stages of blocks, a head.

Answers to ``ResNet`` of torchvision's ``resnet.py`` (BSD-3-Clause): the same attributes in the same
order, so checkpoints fit; the same random draws in the same order, so a seed gives the same bits.
Left out: torchvision's usage logging.

Shapes at the ends of lines: ``(N, 3, H, W)`` came in, divisions rounded up, ``e`` is the block's
``expansion`` (1 or 4). A stage with ``replace_stride_with_dilation`` keeps its grid.
"""

from collections.abc import Callable
from typing import Any, Optional, Union

import torch
from torch import Tensor, nn

from .blocks import BasicBlock, Bottleneck
from .convolutions import conv1x1


class ResNet(nn.Module):
    """A residual network for images, from block class and block counts.

    Shape: ``(N, 3, H, W)``, any ``H`` and ``W`` from 1, to scores ``(N, num_classes)``, no softmax.

    ``layers`` are the numbers of blocks of the four stages. ``groups`` and ``width_per_group`` set
    the width of the bottleneck's 3x3. ``replace_stride_with_dilation`` has three flags, for
    ``layer2`` to ``layer4``: a True stage keeps the size of its input and spreads its 3x3 instead.
    ``norm_layer`` is called with a channel count. ``zero_init_residual`` starts every block with an
    identity shortcut as the identity (Goyal et al. 2017, section 5.1).

    Raises ``ValueError`` unless there are three flags, and what the block raises for its arguments.
    A failing call raises with a note on the likely cause. Source: He et al. 2015, table 1.
    """

    def __init__(
        self, block: type[Union[BasicBlock, Bottleneck]], layers: list[int],
        num_classes: int = 1000, zero_init_residual: bool = False,
        groups: int = 1, width_per_group: int = 64,
        replace_stride_with_dilation: Optional[list[bool]] = None,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
    ) -> None:
        super().__init__()
        dilate = replace_stride_with_dilation
        dilate = [False, False, False] if dilate is None else dilate
        if len(dilate) != 3:
            allowed = "three flags, for layer2, layer3 and layer4, as in [False, True, True]"
            raise ValueError(f"replace_stride_with_dilation needs {allowed}, not {dilate}")
        self._norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        # Two running values. _make_layer reads them and leaves them as the next stage needs them.
        self.inplanes = 64  # channels that the next block will receive
        self.dilation = 1  # distance between the taps of the next stage's 3x3
        self.groups = groups
        self.base_width = width_per_group

        self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(self.inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])  # no stride: the pool has just halved
        self.layer2 = self._make_layer(block, 128, layers[1], stride=2, dilate=dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], stride=2, dilate=dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], stride=2, dilate=dilate[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))  # whatever size is left, so any input fits
        self.fc = nn.Linear(512 * block.expansion, num_classes)

        self._initialize(zero_init_residual)

    def _make_layer(
        self, block: type[Union[BasicBlock, Bottleneck]], planes: int, blocks: int,
        stride: int = 1, dilate: bool = False,
    ) -> nn.Sequential:
        """One stage: a first block that may change the shape, then ``blocks - 1`` that keep it."""
        first_dilation = self.dilation  # its 3x3 still looks at the incoming, finer grid
        if dilate:
            self.dilation *= stride
            stride = 1  # the grid is kept; the later blocks spread their taps instead

        outplanes = planes * block.expansion
        downsample = None
        if stride != 1 or self.inplanes != outplanes:
            downsample = nn.Sequential(
                conv1x1(self.inplanes, outplanes, stride), self._norm_layer(outplanes)
            )

        shared = (self.groups, self.base_width)
        norm = self._norm_layer
        stage = [block(self.inplanes, planes, stride, downsample, *shared, first_dilation, norm)]
        self.inplanes = outplanes
        for _ in range(1, blocks):
            stage.append(block(self.inplanes, planes, 1, None, *shared, self.dilation, norm))
        return nn.Sequential(*stage)

    def _initialize(self, zero_init_residual: bool) -> None:
        """Draw the convolutions' weights anew; set norms to 1 and 0; ``fc`` keeps its default."""
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.ones_(m.weight)
                nn.init.zeros_(m.bias)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Bottleneck) and m.bn3.weight is not None:
                    nn.init.zeros_(m.bn3.weight)  # type: ignore[arg-type]
                elif isinstance(m, BasicBlock) and m.bn2.weight is not None:
                    nn.init.zeros_(m.bn2.weight)  # type: ignore[arg-type]

    def _forward_impl(self, x: Tensor) -> Tensor:
        """The forward pass under a second name, for subclasses that override ``forward``."""
        x = self.relu(self.bn1(self.conv1(x)))  # (N, 64, H/2, W/2)
        x = self.maxpool(x)                     # (N, 64, H/4, W/4)

        x = self.layer1(x)                      # (N, 64*e, H/4, W/4)
        x = self.layer2(x)                      # (N, 128*e, H/8, W/8)
        x = self.layer3(x)                      # (N, 256*e, H/16, W/16)
        x = self.layer4(x)                      # (N, 512*e, H/32, W/32)

        x = self.avgpool(x)                     # (N, 512*e, 1, 1)
        x = torch.flatten(x, 1)                 # (N, 512*e); from axis 1 on, so a batch of 1 stays
        return self.fc(x)                       # (N, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images ``(N, 3, H, W)`` to scores ``(N, num_classes)``."""
        return self._forward_impl(x)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the network; a failing call keeps its exception, which gets a note on the cause."""
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            from .explain import add_cause  # only here: nothing is paid while all goes well
            add_cause(error, self, (*args, *kwargs.values()))
            raise
