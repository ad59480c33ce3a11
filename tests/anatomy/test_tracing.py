"""The trace against the facts, torch's counter, torchvision's names and the unreduced walk."""

import inspect
import math
import pathlib
import random
import re

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import resnet_edu
from resnet_edu import BasicBlock, Bottleneck, ResNet
from resnet_edu.anatomy import table, trace, trace_layers
from resnet_edu.anatomy.tracing import build
from tests.conftest import NAMES
from tests.facts import COUNTS, DILATION, FIELDS, INPUT_SIZES, STAGES


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_the_facts(name):
    totals = trace(name).totals
    assert (totals.parameters, totals.multiply_adds) == COUNTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_stage_sums_are_those_of_the_facts(name):
    stages = trace(name).by_stage()
    assert list(stages) == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    for stage, (parameters, macs, shape) in zip(stages, STAGES[name], strict=True):
        found = stages[stage]
        assert (found.parameters, found.multiply_adds) == (parameters, macs)
        # the facts give conv1's shape for the stem; the pool behind it halves once more
        ends = trace(name)["relu"].output_shape if stage == "stem" else found.output_shape
        assert ends[1:] == shape


@pytest.mark.parametrize("name", NAMES)
def test_receptive_fields_are_those_of_the_facts(name):
    traced = trace(name)
    stages = traced.by_stage()
    ends = [traced["conv1"], traced["maxpool"], *(stages[f"layer{i}"] for i in (1, 2, 3, 4))]
    assert [(end.receptive_field, end.jump) for end in ends] == [f[:2] for f in FIELDS[name]]
    lasts = [[r for r in traced if r.stage == f"layer{i}"][-1] for i in (1, 2, 3, 4)]
    pads = [record.rf_padding for record in [traced["conv1"], traced["maxpool"], *lasts]]
    assert pads == [field[2] for field in FIELDS[name]]


@pytest.mark.parametrize("size", INPUT_SIZES)
def test_input_sizes_are_those_of_the_facts(size):
    sides, billions_18, billions_50 = INPUT_SIZES[size]
    traced = trace("resnet18", size)
    names = ["conv1", "maxpool", "layer2.1.add", "layer3.1.add", "layer4.1.add"]
    assert tuple(traced[name].output_shape[2] for name in names) == sides
    assert round(traced.totals.multiply_adds / 1e9, 3) == billions_18
    assert round(trace("resnet50", size).totals.multiply_adds / 1e9, 3) == billions_50


@pytest.mark.parametrize("flags", DILATION)
def test_dilation_is_that_of_the_facts(flags):
    output_stride, sides, billions, dilations = DILATION[flags]
    traced = trace("resnet50", replace_stride_with_dilation=list(flags))
    stages = traced.by_stage()
    assert tuple(stages[f"layer{i}"].output_shape[2] for i in (2, 3, 4)) == sides
    assert stages["layer4"].jump == output_stride
    assert stages["layer4"].receptive_field == 427
    assert round(traced.totals.multiply_adds / 1e9, 3) == billions
    assert traced.totals.parameters == COUNTS["resnet50"][0]
    for stage, (first, later) in zip((2, 3, 4), dilations, strict=True):
        assert traced[f"layer{stage}.0.conv2"].dilation == (first, first)
        assert traced[f"layer{stage}.1.conv2"].dilation == (later, later)


@pytest.mark.parametrize("name", NAMES)
def test_multiply_adds_are_half_of_torchs_flops(name):
    with torch.device("meta"):
        model = getattr(resnet_edu, name)().eval()
        x = torch.empty(2, 3, 97, 64)
    with FlopCounterMode(display=False) as counter:
        model(x)
    traced = trace(name, (97, 64), batch_size=2)
    assert 2 * traced.totals.multiply_adds == counter.get_total_flops()


@pytest.mark.parametrize("name", NAMES)
def test_names_are_torchvisions(name, judge):
    from torchvision.models.feature_extraction import get_graph_node_names

    with torch.device("meta"):
        model = getattr(judge, name)()
    for mode, names in zip((True, False), get_graph_node_names(model), strict=True):
        model.train(mode)
        assert [record.name for record in trace(model, batch_size=2)] == names
        assert [record.name for record in trace(name, batch_size=2, training=mode)] == names


def as_if_by_name(records):
    return [record.to_dict() for record in records]


@pytest.mark.parametrize("name", NAMES)
def test_short_walk_gives_the_records_of_the_whole_network(name):
    model = build(name, {}).eval()
    assert as_if_by_name(trace(name)) == as_if_by_name(trace(model))


def random_network(rng):
    block = rng.choice([BasicBlock, Bottleneck])
    options = {"num_classes": rng.randint(1, 20), "zero_init_residual": rng.random() < 0.5}
    if block is Bottleneck:
        widths = [{}, {"groups": 2}, {"width_per_group": 128}, {"groups": 8, "width_per_group": 4}]
        options |= rng.choice(widths)
        options["replace_stride_with_dilation"] = [rng.random() < 0.5 for _ in range(3)]
    if rng.random() < 0.3:
        options["norm_layer"] = rng.choice([lambda c: nn.GroupNorm(4, c), nn.InstanceNorm2d])
    return block, [rng.randint(1, 5) for _ in range(4)], options


@pytest.mark.parametrize("seed", range(50))
def test_short_walk_on_random_networks(seed):
    rng = random.Random(seed)
    block, layers, options = random_network(rng)
    size, batch = (rng.randint(1, 300), rng.randint(1, 300)), rng.randint(1, 3)
    training = rng.random() < 0.5 and batch > 1 and "norm_layer" not in options
    with torch.device("meta"):
        model = ResNet(block, layers, **options).train(training)
    short = trace_layers(block, layers, size, batch, training=training, **options)
    assert as_if_by_name(short) == as_if_by_name(trace(model, size, batch))


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_shapes_are_those_of_a_real_run(name):
    model = getattr(resnet_edu, name)().eval()
    seen = {}
    calls = {}
    for path, module in model.named_modules():
        if not list(module.children()):
            def keep(_, __, output, path=path):
                n = calls[path] = calls.get(path, -1) + 1
                seen[path if n == 0 else f"{path}_{n}"] = tuple(output.shape)

            module.register_forward_hook(keep)
    with torch.no_grad():
        model(torch.rand(2, 3, 65, 40))
    traced = trace(model, (65, 40), 2)
    assert {r.name: r.output_shape for r in traced if r.kind[0].isupper()} == seen


def probe(model, side):
    """Which pixels of the input reach the middle position, by gradient; weights all positive."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
    x = torch.ones(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    out = model(x)
    middle = out.shape[2] // 2
    out[0, 0, middle, middle].backward()
    rows = x.grad[0].sum(0).sum(1).nonzero().flatten()
    return middle, int(rows[0]), int(rows[-1])


def trunk(model):
    """The convolutional part; an average pool, unlike a max, lets the whole window be seen."""
    model.maxpool = nn.AvgPool2d(3, 2, 1)
    model.avgpool = model.fc = nn.Identity()
    parts = [module for name, module in model.named_children() if name not in ("avgpool", "fc")]
    return nn.Sequential(*parts).double().eval()


SHALLOW = [
    (BasicBlock, [1, 1, 1, 1], {}), (Bottleneck, [1, 2, 1, 1], {"groups": 2}),
    (Bottleneck, [1, 1, 1, 2], {"replace_stride_with_dilation": [False, True, True]}),
    (Bottleneck, [2, 1, 2, 1], {"replace_stride_with_dilation": [True, False, True]}),
]  # fmt: skip


def check_field(model, expected):
    side = expected.receptive_field + 8 * expected.jump
    middle, first, last = probe(model, side)
    start = middle * expected.jump - expected.rf_padding
    assert (first, last) == (start, start + expected.receptive_field - 1)


@pytest.mark.parametrize(("block", "layers", "options"), SHALLOW)
def test_receptive_field_is_what_the_gradient_shows(block, layers, options):
    model = trunk(ResNet(block, layers, **options))
    last = [r for r in trace_layers(block, layers, **options) if r.block][-1]
    check_field(model, last)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_receptive_field_of_a_whole_network(name):
    last = [record for record in trace(name) if record.block][-1]
    check_field(trunk(getattr(resnet_edu, name)()), last)


def test_a_block_a_stage_and_an_addition_alone():
    block = trace(Bottleneck(64, 16), 14)
    assert [r.name for r in block][-2:] == ["add", "relu_2"]
    assert {r.branch for r in block if r.kind == "Conv2d"} == {"main"}
    assert block["x"].output_shape == (1, 64, 14, 14)
    assert {(r.stage, r.paper_stage) for r in block} == {(None, None)}
    assert "conv1" in str(table(block, depth=3))
    stage = trace(resnet_edu.resnet50().layer2, 56)
    assert list(stage.by_block()) == ["0", "1", "2", "3"]
    assert stage["0.downsample.0"].branch == "shortcut"
    assert stage.totals.parameters == STAGES["resnet50"][2][0]


def test_a_layer_alone():
    record = trace(resnet_edu.conv3x3(16, 8, 2, dilation=2), 9)["conv2d"]
    assert (record.kind, record.output_shape) == ("Conv2d", (1, 8, 5, 5))
    assert (record.receptive_field, record.jump, record.rf_padding) == (5, 2, 2)
    assert record.source.call is None


@pytest.mark.parametrize("name", ["vit_b_16", "convnext_tiny", "densenet121", "mobilenet_v2"])
def test_other_networks_are_counted_too(judge, name):
    with torch.device("meta"):
        model = getattr(judge, name)().eval()
        x = torch.empty(1, 3, 224, 224)
    traced = trace(model)
    with FlopCounterMode(display=False) as counter:
        model(x)
    assert 2 * traced.totals.multiply_adds == counter.get_total_flops()
    assert traced.totals.parameters == sum(p.numel() for p in model.parameters())
    for depth in (1, 2, 3):
        *rows, last = table(traced, depth=depth).rows
        assert sum(row["parameters"] for row in rows) == last["parameters"]


def test_a_forward_that_depends_on_values_is_told():
    class Fork(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(torch.fx.proxy.TraceError) as caught:
        trace(Fork())
    assert "same course" in caught.value.__notes__[0]


def test_sources_point_at_the_lines():
    traced = trace("resnet50")
    for name, text in [
        ("layer3.2.conv2", "self.conv2("), ("layer3.0.downsample.0", "self.downsample(x)"),
        ("layer3.2.add", "out += identity"), ("flatten", "torch.flatten"),
    ]:  # fmt: skip
        assert text in line_of(traced[name].source.call)
    for name, text in [
        ("layer3.2.conv2", "self.conv2 = "), ("layer3.0.downsample.0", "conv1x1("),
        ("layer3.0.downsample.1", "_norm_layer(outplanes)"), ("fc", "self.fc = "),
    ]:  # fmt: skip
        assert text in line_of(traced[name].source.made)
    assert traced["layer3.2.add"].source.made is None


def line_of(place):
    root = pathlib.Path(resnet_edu.__file__).parent.parent
    return (root / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_a_ready_model_and_the_random_state_are_left_alone():
    torch.manual_seed(0)
    model = resnet_edu.resnet18(num_classes=3).train()
    model.layer1.eval()
    hooks = []
    model.fc.register_forward_hook(lambda *_: hooks.append(1))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    pointers = [p.data_ptr() for p in model.parameters()]
    modes = [m.training for m in model.modules()]
    state = torch.get_rng_state()
    traced = trace(model, 40, batch_size=2)
    trace("resnet18")
    assert traced.training
    assert torch.equal(torch.get_rng_state(), state)
    assert modes == [m.training for m in model.modules()]
    assert pointers == [p.data_ptr() for p in model.parameters()]
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert not hooks


def test_counting_of_shared_weights_and_unknown_operations():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.mix = nn.Conv2d(4, 4, (1, 3), padding=(0, 1))
            self.head = nn.Linear(4, 4)
            self.again = self.head

        def forward(self, x):
            y = self.mix(self.conv(x))
            y = nn.functional.conv2d(y, self.mix.weight, padding=(0, 1)) + y
            return self.again(self.head(y.mean((2, 3))))

    traced = trace(Odd().eval(), 8)
    expected = sum(p.numel() for p in Odd().parameters())
    assert traced.totals.parameters == expected
    convs = 4 * 3 * 9 * 64 + 2 * 4 * 4 * 3 * 64
    assert traced.totals.multiply_adds == convs + 2 * 16
    assert traced["mix"].receptive_field == (3, 5)
    assert traced["conv2d"].receptive_field is None


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="did you mean resnet50"):
        trace("resnet5")
    with pytest.raises(ValueError, match="did you mean resnet50"):
        trace("ResNet50")
    with pytest.raises(ValueError, match="input_size must be"):
        trace("resnet18", 0)
    with pytest.raises(ValueError, match="batch_size must be"):
        trace("resnet18", batch_size=0)
    with pytest.raises(ValueError, match="weights change no shape"):
        trace("resnet18", weights="DEFAULT")
    with pytest.raises(ValueError, match="width_per_group is 128"):
        trace("wide_resnet50_2", width_per_group=64)
    with pytest.raises(TypeError, match="num_classes"):
        trace(resnet_edu.resnet18(), num_classes=3)
    with pytest.raises(ValueError, match=r"call its eval\(\)"):
        trace(resnet_edu.resnet18(), training=False)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        trace("resnet18", 32, training=True)
    with pytest.raises(TypeError, match=r"not an nn\.Module"):
        trace(lambda: 3)
    traced = trace("resnet18")
    with pytest.raises(KeyError, match=r"near it are layer1.0.conv2"):
        traced["layer1.0.conv22"]
    with pytest.raises(KeyError, match=r"layer1\.0 is not one operation"):
        traced["layer1.0"]


def test_dtype_and_batch_set_the_bytes():
    half = trace(resnet_edu.resnet18().half().eval(), batch_size=4)
    full = trace("resnet18")
    assert half["conv1"].activation_bytes == 2 * full["conv1"].activation_bytes


def test_records_are_plain_values():
    import json

    dicts = json.loads(json.dumps(trace("resnet18").to_dicts()))
    assert dicts[1]["name"] == "conv1"
    assert dicts[1]["kernel_size"] == [7, 7]
    assert dicts[1]["source"]["call"]["file"] == "resnet_edu/network.py"


COMMENT = re.compile(r"# (\(N.*?\))(;.*)?$")


def claimed(comment, names):
    """The shape that a comment such as ``(N, 4*planes, H/2, W/2)`` states, divisions rounded up."""
    parts = [part for part in comment[1:-1].split(",") if part.strip()]
    return tuple(math.ceil(eval(part, {}, names)) for part in parts)


@pytest.mark.parametrize(("name", "expansion"), [("resnet18", 1), ("resnet50", 4)])
def test_end_of_line_shapes_in_the_blocks_are_true(name, expansion):
    traced = trace(name, (97, 129), batch_size=2)
    checked = set()
    for block in traced.by_block():
        records = [record for record in traced if record.block == block]
        height, width = records[0].input_shapes[0][2:]
        out, first = records[-1].output_shape, records[0].output_shape
        names = {
            "N": 2, "H": height, "W": width, "planes": out[1] // expansion, "width": first[1],
            "stride": max(record.stride[0] for record in records if record.stride),
        }  # fmt: skip
        last_at = {record.source.call: record for record in records}
        for place, record in last_at.items():
            comment = COMMENT.search(line_of(place))
            if comment:
                assert claimed(comment[1], names) == record.output_shape, record.name
                checked.add(place.line)
    assert len(checked) == (2 if name == "resnet18" else 4)


@pytest.mark.parametrize(("name", "expansion"), [("resnet18", 1), ("resnet50", 4)])
def test_end_of_line_shapes_in_the_network_are_true(name, expansion):
    traced = trace(name, (97, 129), batch_size=2)
    names = {"N": 2, "H": 97, "W": 129, "e": expansion, "num_classes": 1000}
    lines = inspect.getsource(ResNet._forward_impl).splitlines()
    checked = 0
    for line in lines:
        comment, call = COMMENT.search(line), re.search(r"(?:self|torch)\.(\w+)\(", line)
        if comment and call:
            records = [r for r in traced if r.name.split(".")[0] == call[1]]
            assert claimed(comment[1], names) == records[-1].output_shape, line
            checked += 1
    assert checked == 9
