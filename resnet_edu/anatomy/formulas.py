"""The closed formulas: sizes, parameters, multiply-adds and receptive fields with pencil and paper.

Sizes are in pixels along one axis, counts are plain integers. One multiply-add is one product added
to a sum; what the papers call a FLOP. Nothing here imports torch: each line can be done by hand.
"""

from collections.abc import Iterable, Sequence


def conv_out(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Side of the output of a convolution or pooling: ``floor((n + 2p - d(k - 1) - 1) / s) + 1``.

    Raises ``ValueError`` when the kernel does not fit into the padded input.
    Source: PyTorch's documentation of ``Conv2d``, section Shape.
    """
    room = n + 2 * padding - dilation * (k - 1) - 1
    if room < 0:
        reach = dilation * (k - 1) + 1
        raise ValueError(f"a kernel {reach} wide does not fit into {n} + 2*{padding} pixels")
    return room // stride + 1


def conv_params(cin: int, cout: int, k: int, groups: int = 1, bias: bool = False) -> int:
    """Weights of a ``k x k`` convolution: each output channel reads ``cin / groups`` channels."""
    return cout * (cin // groups) * k * k + (cout if bias else 0)


def bn_params(c: int) -> int:
    """A BatchNorm over ``c`` channels: one weight and one bias each."""
    return 2 * c


def linear_params(cin: int, cout: int, bias: bool = True) -> int:
    """A fully connected layer from ``cin`` to ``cout`` numbers."""
    return cin * cout + (cout if bias else 0)


def conv_macs(
    cin: int, cout: int, k: int, n: int, stride: int = 1, padding: int = 0, groups: int = 1,
    dilation: int = 1,
) -> int:
    """Multiply-adds of a convolution on one square image of side ``n``: weights x positions."""
    side = conv_out(n, k, stride, padding, dilation)
    return conv_params(cin, cout, k, groups) * side * side


def bottleneck_width(planes: int, base_width: int = 64, groups: int = 1) -> int:
    """Channels of the 3x3 in a bottleneck: ``int(planes * base_width / 64) * groups``.

    Source: torchvision's ``Bottleneck``; 4 channels in each of 32 groups make 128 of ``planes=64``.
    """
    return int(planes * (base_width / 64)) * groups


def basic_params(inplanes: int, planes: int, projection: bool = False) -> int:
    """A basic block, norms included."""
    body = conv_params(inplanes, planes, 3) + conv_params(planes, planes, 3) + 2 * bn_params(planes)
    return body + (_projection_params(inplanes, planes) if projection else 0)


def bottleneck_params(
    inplanes: int, planes: int, groups: int = 1, base_width: int = 64, projection: bool = False
) -> int:
    """A bottleneck block, norms included."""
    width = bottleneck_width(planes, base_width, groups)
    body = conv_params(inplanes, width, 1) + bn_params(width)
    body += conv_params(width, width, 3, groups) + bn_params(width)
    body += conv_params(width, 4 * planes, 1) + bn_params(4 * planes)
    return body + (_projection_params(inplanes, 4 * planes) if projection else 0)


def _projection_params(cin: int, cout: int) -> int:
    return conv_params(cin, cout, 1) + bn_params(cout)


def depth(convs_per_block: int, layers: Sequence[int]) -> int:
    """The number in a ResNet's name: stem, all convolutions of the blocks, ``fc``; no projections.

    Source: He et al. 2015, table 1: ``depth(3, [3, 4, 6, 3])`` is 50.
    """
    return 1 + convs_per_block * sum(layers) + 1


def stage_sizes(n: int) -> tuple[int, int, int, int, int, int]:
    """Side after conv1, maxpool, layer1, layer2, layer3, layer4 of an undilated ResNet."""
    conv1 = conv_out(n, 7, 2, 3)
    maxpool = conv_out(conv1, 3, 2, 1)
    layer2 = conv_out(maxpool, 3, 2, 1)
    layer3 = conv_out(layer2, 3, 2, 1)
    return conv1, maxpool, maxpool, layer2, layer3, conv_out(layer3, 3, 2, 1)


def output_stride(replace_stride_with_dilation: Iterable[bool] = (False, False, False)) -> int:
    """Pixels of the image from one position of layer4 to the next: 32, halved by every True."""
    stride = 4
    for dilated in replace_stride_with_dilation:
        stride *= 1 if dilated else 2
    return stride


def receptive_field(ops: Iterable[tuple[int, ...]]) -> tuple[int, int, int]:
    """Receptive field, jump and padding after a chain of ``(kernel, stride, padding, dilation)``.

    Trailing entries may be left out: ``(3, 2)`` has no padding and dilation 1. Position ``i`` of
    the output sees pixels ``i*jump - padding`` to ``i*jump - padding + field - 1`` of the input.
    Source: Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
    """
    field, jump, pad = 1, 1, 0
    for op in ops:
        kernel, stride, padding, dilation = (*op, *(1, 0, 1)[len(op) - 1 :])
        field, jump, pad = (
            field + (kernel - 1) * dilation * jump, jump * stride, pad + padding * jump,
        )
    return field, jump, pad
