"""Modules that are not ResNets: what is stated of them is right, or said not to be known."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet_edu import resnet18, resnet50
from resnet_edu.anatomy import compare, describe, table, trace
from resnet_edu.peer import import_torchvision


class Chain(nn.Module):
    """Two convolutions with something in between."""

    def __init__(self, between):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.between = nn.BatchNorm2d(4), between

    def forward(self, x):
        return self.second(self.between(self.norm(self.first(x))))


@pytest.mark.parametrize(
    "between",
    [F.relu, torch.sigmoid, lambda x: x * 2 - 1, nn.ReLU6(), nn.GELU(), nn.InstanceNorm2d(4)],
)
def test_what_acts_pixel_by_pixel_keeps_the_field(between):
    assert trace(Chain(between), 16)["second"].receptive_field == 5


def test_what_mixes_positions_in_an_unknown_way_leaves_the_field_open():
    traced = trace(Chain(nn.Softmax2d()), 16)
    assert traced["second"].receptive_field is None
    assert "= not known" in describe(traced, "second")
    assert table(traced, depth=3).to_dicts()[-1]["receptive_field"] is None


def test_the_whole_image_is_said_in_so_many_words():
    traced = trace("resnet18")
    for name in ("avgpool", "flatten", "fc"):
        assert traced[name].receptive_field == "all"
        assert traced[name].jump is None
    assert traced["layer4.1.relu_1"].receptive_field == 435
    vgg = trace(import_torchvision().models.vgg11(), 224)
    assert vgg["classifier.0"].receptive_field == "all"
    assert vgg["avgpool"].receptive_field == vgg["features.20"].receptive_field


def test_a_frozen_norm_is_no_addition_of_two_paths():
    import_torchvision()
    from torchvision.ops.misc import FrozenBatchNorm2d

    frozen, usual = trace("resnet50", norm_layer=FrozenBatchNorm2d), trace("resnet50")
    for record in usual:
        if record.kind == "Conv2d":
            other = frozen[record.name]
            assert other.receptive_field == record.receptive_field
            assert (other.branch, other.block) == (record.branch, record.block)
    assert [t.receptive_field for t in frozen.by_stage().values()] == [
        t.receptive_field for t in usual.by_stage().values()
    ]


def test_layers_with_layers_inside_are_counted_each():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
            self.b = nn.TransformerEncoderLayer(16, 4, 512, batch_first=True)

        def forward(self, x):
            return self.b(self.a(x.flatten(1, 2)))

    model = Two()
    with FlopCounterMode(display=False) as counter:
        model(torch.rand(1, 3, 16, 16))
    assert trace(model, 16).totals.multiply_adds == counter.get_total_flops() // 2


def test_a_submodule_that_is_called_as_a_second_call_would_be_keeps_its_name():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.relu_1 = nn.ReLU(), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.relu(self.relu_1(self.relu(x)))

    traced = trace(Named(), 8)
    assert [record.name for record in traced] == ["x", "relu", "relu_1", "relu_2"]
    assert traced["relu_1"].kind == "Conv2d"


def test_a_parametrized_layer_is_traced_and_left_alone():
    layer = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 5, 3, padding=1))
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    assert trace(nn.Sequential(layer, nn.ReLU()), 8)["0"].output_shape == (1, 5, 8, 8)
    assert all(torch.equal(before[key], value) for key, value in layer.state_dict().items())


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (nn.MaxPool2d(3, 2, ceil_mode=True), "ceil((16 + 2·0 − 1·(3 − 1) − 1) / 2) + 1  = 8"),
        (nn.MaxPool2d(3, 2), "floor((16 + 2·0 − 1·(3 − 1) − 1) / 2) + 1  = 7"),
        (nn.Conv2d(3, 4, (3, 5), padding=(1, 2)), "= 3×5 pixels"),
    ],
)
def test_the_formula_that_is_printed_has_the_value_that_is_printed(layer, said):
    text = describe(trace(layer, 16), type(layer).__name__.lower())
    assert said in text
    assert "as before it = 3×5" not in text


def test_a_second_call_of_a_convolution_counts_no_parameters_again():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            return self.conv(self.conv(x)) + x

    traced = trace(Twice(), 8)
    assert "counted at the first call" in describe(traced, "conv_1")
    assert "" not in {row["name"] for row in table(traced).to_dicts()}


def test_rows_that_one_network_lacks_are_blank_also_in_what_they_see():
    made = compare(resnet18().eval(), resnet50().eval(), depth=2)
    row = next(row for row in made.to_dicts() if row["name"] == "layer1.2")
    assert row["receptive_field_a"] is None
    line = next(line for line in str(made).splitlines() if line.startswith("layer1.2"))
    assert "all" not in line
