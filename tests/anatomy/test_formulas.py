"""The formulas against the trace and against torch's own layers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_edu import BasicBlock, Bottleneck, anatomy
from resnet_edu.anatomy import trace
from resnet_edu.variants import ARCHITECTURES
from tests.conftest import NAMES

small = st.integers(1, 5)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(n=st.integers(1, 40), k=small, stride=small, padding=st.integers(0, 4), dilation=small)
def test_conv_out_is_torchs(n, k, stride, padding, dilation):
    layer = nn.Conv2d(1, 1, k, stride, padding, dilation, device="meta")
    x = torch.empty(1, 1, n, n, device="meta")
    if n + 2 * padding < dilation * (k - 1) + 1:
        with pytest.raises(ValueError, match="does not fit"):
            anatomy.conv_out(n, k, stride, padding, dilation)
    else:
        expected = layer(x).shape[2]
        assert anatomy.conv_out(n, k, stride, padding, dilation) == expected


@pytest.mark.parametrize("name", NAMES)
def test_formulas_give_every_record(name):
    for record in trace(name, 97):
        if record.kind == "Conv2d":
            cin, cout, k = record.input_shapes[0][1], record.output_shape[1], record.kernel_size[0]
            n, s, p = record.input_shapes[0][2], record.stride[0], record.padding[0]
            assert record.parameters == anatomy.conv_params(cin, cout, k, record.groups)
            assert record.multiply_adds == anatomy.conv_macs(
                cin, cout, k, n, s, p, record.groups, record.dilation[0]
            )
        elif record.kind == "BatchNorm2d":
            assert record.parameters == anatomy.bn_params(record.output_shape[1])
        elif record.kind == "Linear":
            assert record.parameters == anatomy.linear_params(*record.input_shapes[0][1:], 1000)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_depth_and_width(name):
    block, layers, fixed = ARCHITECTURES[name]
    traced = trace(name)
    convs = 3 if block is Bottleneck else 2
    digits = "".join(c for c in name.split("_")[-2 if "_" in name else 0] if c.isdigit())
    digits = {"resnext50_32x4d": "50", "wide_resnet50_2": "50"}.get(name, digits)
    if not name.endswith(("d", "_2")):
        assert str(anatomy.depth(convs, layers)) == digits
    groups, width = fixed.get("groups", 1), fixed.get("width_per_group", 64)
    inplanes = 64
    for stage, planes in zip(range(1, 5), (64, 128, 256, 512), strict=True):
        sums = traced.by_block()
        projection = block is Bottleneck or stage > 1
        if block is BasicBlock:
            expected = anatomy.basic_params(inplanes, planes, projection)
        else:
            expected = anatomy.bottleneck_params(inplanes, planes, groups, width, projection)
            found = traced[f"layer{stage}.0.conv2"].output_shape[1]
            assert found == anatomy.bottleneck_width(planes, width, groups)
        assert sums[f"layer{stage}.0"].parameters == expected
        inplanes = planes * block.expansion


def test_stage_sizes_and_output_stride():
    for n in (1, 32, 33, 224, 225, 600):
        traced = trace("resnet18", n)
        names = ["conv1", "maxpool", *(f"layer{i}.1.add" for i in (1, 2, 3, 4))]
        assert anatomy.stage_sizes(n) == tuple(traced[name].output_shape[2] for name in names)
    assert anatomy.output_stride() == 32
    assert anatomy.output_stride((False, True, True)) == 8


def test_receptive_field_of_a_chain():
    assert anatomy.receptive_field([]) == (1, 1, 0)
    assert anatomy.receptive_field([(7, 2, 3), (3, 2, 1)]) == (11, 4, 5)
    assert anatomy.receptive_field([(3, 1, 2, 2)]) == (5, 1, 2)
    main = [(7, 2, 3), (3, 2, 1)]
    main += [(3, 1, 1)] * 4
    for _ in range(3):
        main += [(3, 2, 1), *[(3, 1, 1)] * 3]
    last = [record for record in trace("resnet18") if record.block][-1]
    assert anatomy.receptive_field(main) == (last.receptive_field, last.jump, last.rf_padding)
