"""``verify``: passes what is torchvision's, and finds planted bugs of one character or two."""

import functools
import importlib
import inspect
import json

import pytest
import torch
from torch import nn

import resnet_edu
from resnet_edu.proof import Config, verify, verify_all, verify_random
from resnet_edu.proof.report import Line, Report
from resnet_edu.variants import ARCHITECTURES

CORE = ("convolutions", "blocks", "network")


def core(old="", new=""):
    """The package's own source in one namespace, with ``old`` replaced."""
    text = "\n".join(
        inspect.getsource(importlib.import_module(f"resnet_edu.{name}")) for name in CORE
    )
    assert old in text, old
    lines = [line for line in (text.replace(old, new) if old else text).splitlines()
             if not line.startswith("from .")]  # fmt: skip
    space = {"__name__": "resnet_edu.planted", "__package__": "resnet_edu"}
    exec(compile("\n".join(lines), "planted", "exec"), space)
    return space


SMALL = {
    "BasicBlock": Config("BasicBlock", (2, 2, 1, 1), num_classes=5, input_size=(40, 33)),
    "Bottleneck": Config("Bottleneck", (2, 2, 1, 1), num_classes=5, input_size=(40, 33)),
    "grouped": Config("Bottleneck", (1, 2, 1, 1), 5, groups=32, width_per_group=4),
    "dilated": Config("Bottleneck", (1, 2, 2, 2), 5,
                      replace_stride_with_dilation=(False, True, True)),
    "zero": Config("Bottleneck", (1, 1, 1, 1), 5, zero_init_residual=True),
}  # fmt: skip

BUGS = [  # what is replaced, by what, the network that shows it, what the report must say
    ("padding=dilation,", "padding=1,", "dilated", "layer3.1.conv2: padding is (1, 1)"),
    ("kernel_size=1, stride=stride", "kernel_size=1, stride=1", "BasicBlock",
     "layer2.0.downsample.0: stride is (1, 1)"),
    ("bias=False)", "bias=True)", "BasicBlock", "only one of the two has a bias"),
    ("self.conv1 = conv3x3(inplanes, planes, stride)", "self.conv1 = conv3x3(inplanes, planes)",
     "BasicBlock", "layer2.0.conv1: stride is (1, 1)"),
    ("self.conv1 = conv1x1(inplanes, width)", "self.conv1 = conv1x1(inplanes, width, stride)",
     "Bottleneck", "layer2.0.conv1: stride is (2, 2)"),
    ("expansion: int = 4", "expansion: int = 2", "Bottleneck", "layer1.0.conv3: out_channels"),
    ("base_width / 64.0", "base_width // 64", "grouped", "could not run"),
    ("* groups\n", "* 1\n", "grouped", "could not run: ValueError"),
    ("        out += identity\n", "        out -= identity\n", "BasicBlock",
     "layer1.0.relu, call 2 of 2: what it receives differs"),
    ("        out += identity\n", "        out = out + identity\n", "BasicBlock",
     "aten operations: forward: operation"),
    ("self.bn2(self.conv2(out))", "self.bn1(self.conv2(out))", "BasicBlock",
     "layer1.0.bn2: torchvision calls it"),
    ("identity = self.downsample(x)", "identity = self.relu(self.downsample(x))", "BasicBlock",
     "layer2.0.relu, call 2 of 2"),
    ("identity = self.downsample(x)", "identity = self.downsample(out)", "Bottleneck",
     "layer1.0.downsample.0: RuntimeError"),
    ("return self.relu(out)", "return out", "BasicBlock",
     "layer1.0.relu, call 2 of 2: torchvision calls it"),
    ('mode="fan_out"', 'mode="fan_in"', "BasicBlock", "conv1.weight"),
    ("nn.init.zeros_(m.bn3.weight)", "nn.init.zeros_(m.bn1.weight)", "zero",
     "layer1.0.bn1.weight"),
    ("downsample, *shared, first_dilation", "downsample, *shared, self.dilation", "dilated",
     "layer3.0.conv2: padding is (2, 2)"),
    ("self.dilation *= stride", "self.dilation += stride", "dilated",
     "layer3.1.conv2: padding is (3, 3)"),
    ("kernel_size=7, stride=2, padding=3", "kernel_size=7, stride=2, padding=2", "BasicBlock",
     "conv1: padding is (2, 2)"),
    ("self.layer3 = self._make_layer(block, 256, layers[2], stride=2",
     "self.layer3 = self._make_layer(block, 256, layers[2], stride=1", "BasicBlock",
     "layer3.0.conv1: stride is (1, 1)"),
    ("norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer",
     "norm_layer = lambda c: nn.BatchNorm2d(c, momentum=0.01)", "BasicBlock",
     "bn1: momentum is 0.01"),
    ("nn.ReLU(inplace=True)", "nn.ReLU()", "BasicBlock", "relu: inplace is False"),
    ("if stride != 1 or self.inplanes", "if True or self.inplanes", "BasicBlock",
     "layer1.0.downsample"),
    ("nn.init.zeros_(m.bias)", "nn.init.ones_(m.bias)", "BasicBlock", "bn1.bias"),
    ("torch.flatten(x, 1)", "torch.flatten(x)", "BasicBlock", "could not run"),
    ('raise NotImplementedError(f"BasicBlock takes', 'raise ValueError(f"BasicBlock takes',
     "BasicBlock", "exceptions"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "network", "found"), BUGS)
def test_a_planted_bug_is_found_where_it_starts(old, new, network, found):
    space = core(old, new)
    config = SMALL[network]
    exceptions = found == "exceptions"
    report = verify(config, space["ResNet"], block=space[config.block], quick=not exceptions)
    assert not report.passed
    wrong = [str(line) for line in report.lines if not line.holds]
    assert found in str(report.first_difference) + " ".join(wrong), str(report)


def test_the_unchanged_source_passes():
    for config in SMALL.values():
        space = core()
        report = verify(config, space["ResNet"], block=space[config.block], quick=True)
        assert report.passed, str(report)


def test_resnet18_passes_in_every_line():
    report = verify("resnet18")
    assert report.passed, str(report)
    assert [line.result for line in report.lines] == ["equal"] * 13
    assert report.first_difference is None
    assert "the same as torchvision's, to the bit" in str(report)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "resnet18"])
def test_the_other_nine_pass(name):
    seen = []
    (report,) = verify_all([name], progress=seen.append)
    assert report.subject == name
    assert report.passed, str(report)
    assert f"{name}: export, strict" in seen


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
def test_fifty_random_networks_are_torchvisions(seed):
    report = verify_random(50, seed=seed)
    assert report.passed, str(report)


def test_a_random_network_that_differs_is_told_as_a_call(monkeypatch):
    space = core("padding=dilation,", "padding=1,")
    monkeypatch.setattr(resnet_edu, "ResNet", space["ResNet"])
    monkeypatch.setattr(resnet_edu, "Bottleneck", space["Bottleneck"])
    monkeypatch.setattr(resnet_edu, "BasicBlock", space["BasicBlock"])
    report = verify_random(60, seed=1)
    assert not report.passed
    call = report.first_difference.removeprefix("verify(").partition("): ")[0]
    config = eval(call, {"Config": Config})
    assert any(config.replace_stride_with_dilation)
    assert sum(config.layers) <= 6  # shrunk: near the smallest that shows it


def test_a_builder_in_another_style_is_told_what_differs():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = resnet_edu.resnet18()

        def forward(self, x):
            return self.body(x)

    report = verify("resnet18", Named, block=resnet_edu.BasicBlock, quick=True)
    assert not report.passed  # a class without ResNet's arguments
    assert "could not run: TypeError" in str(report)
    report = verify("resnet18", lambda: Named(), quick=True)
    assert "conv1: torchvision has this Conv2d, here it is missing" in report.first_difference
    keys = next(line for line in report.lines if line.name == "state_dict keys")
    assert keys.result == "differs"


def test_a_readers_builder_passes():
    def mine():
        return resnet_edu.ResNet(resnet_edu.BasicBlock, [2, 2, 2, 2])

    report = verify("resnet18", mine, quick=True)
    assert report.passed
    assert report.subject == "mine as resnet18"


def test_functions_for_modules_pass_when_nothing_else_differs():
    space = core("self.relu(", "functional(")
    space["functional"] = functools.partial(nn.functional.relu, inplace=True)

    class NoModule(space["BasicBlock"]):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            del self.relu

    space["BasicBlock"] = NoModule
    report = verify(SMALL["BasicBlock"], space["ResNet"], block=space["BasicBlock"], quick=True)
    assert report.passed, str(report)
    assert report.first_difference is None


@pytest.mark.parametrize("pool", [nn.AvgPool2d(2), nn.AvgPool2d((2, 3)), nn.AdaptiveMaxPool2d(1)])
def test_a_pool_that_fits_one_size_only_is_refused(pool):
    def build():
        model = resnet_edu.resnet18()
        model.avgpool = pool
        return model

    assert not verify("resnet18", build, quick=True).passed


def test_torchvision_passes_against_itself(judge):
    assert verify("resnet18", judge.resnet18).passed


def test_what_both_refuse_is_equal():
    report = verify(Config("BasicBlock", replace_stride_with_dilation=(True, True, True)))
    assert report.passed
    assert "both refuse with NotImplementedError" in str(report)
    one = verify(Config(input_size=(1, 1), batch=1, num_classes=2), quick=True)
    assert one.passed, str(one)
    assert "both refuse with ValueError: Expected more than 1 value" in str(one)


def test_the_state_of_the_process_is_kept():
    torch.set_default_dtype(torch.float64)
    try:
        state = torch.get_rng_state()
        with torch.no_grad():
            verify(SMALL["BasicBlock"])
            assert not torch.is_grad_enabled()
            verify("resnet18", lambda: 1 / 0)
        assert torch.get_default_dtype() == torch.float64
        assert torch.equal(torch.get_rng_state(), state)
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_configuration_prints_the_shortest_call_that_makes_it():
    for config in (Config(), *SMALL.values(), Config.of("wide_resnet50_2", batch=1)):
        assert eval(repr(config)) == config
    assert repr(Config("Bottleneck", (1, 2, 1, 1), batch=1)) == (
        "Config('Bottleneck', (1, 2, 1, 1), batch=1)"
    )


def test_a_long_subject_does_not_hide_the_verdict():
    config = Config("Bottleneck", (1, 2, 2, 2), replace_stride_with_dilation=(False, True, True))
    report = Report(f"mine as {config!r}", (Line("outputs", "equal", "the same"),))
    first, second = str(report).splitlines()[:2]
    assert first.startswith("mine as Config('Bottleneck', (1, 2, 2, 2), …): the same as")
    assert second == f"  in full: {report.subject}"
    assert "in full: mine as Config" in report._repr_html_()
    short = Report(repr(Config("Bottleneck")), (Line("outputs", "equal", "the same"),))
    assert "…" not in str(short)
    assert "in full" not in str(short)


def test_a_report_in_its_three_forms():
    report = verify("resnet18", lambda: 1 / 0)
    assert not report.passed
    assert "could not run: ZeroDivisionError: division by zero" in str(report)
    assert json.loads(json.dumps(report.to_dict()))["passed"] is False
    html = verify(SMALL["zero"], quick=True)._repr_html_()
    assert "color:#" not in html, "it takes the colours of the page, light or dark"
    assert "<script" not in html


def test_bad_subjects():
    with pytest.raises(ValueError, match="did you mean resnet50"):
        verify("resnet55")
    with pytest.raises(ValueError, match="block must be one of"):
        Config("Block")
    with pytest.raises(ValueError, match="norm_layer must be one of"):
        Config(norm_layer="LayerNorm")
    with pytest.raises(TypeError, match="say which block"):
        verify("resnet18", resnet_edu.ResNet)


class NoArguments(resnet_edu.ResNet):
    def __init__(self):
        super().__init__(resnet_edu.BasicBlock, [2, 2, 2, 2])


def test_a_class_without_arguments_is_a_builder_too():
    assert verify("resnet18", NoArguments, quick=True).passed


def test_a_ready_network_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match="give the function or class"):
        verify("resnet18", resnet_edu.resnet18())
