"""Right networks and builders in odd forms, and slips that only one of the cases can show."""

import functools
import json
import math
import threading

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import resnet_edu
from resnet_edu.exercises import EXERCISES, check, probe
from resnet_edu.exercises.tasks import changed, run_source

NETWORK = EXERCISES["ResNet"]
PLAIN = NETWORK.styles["plain"]
ZEROS = """            for m in self.modules():
                if isinstance(m, Bottleneck):
                    nn.init.constant_(m.bn3.weight, 0)
                elif isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)
"""
HEAD = "        x = torch.flatten(x, 1)\n"
SHORTCUT = """            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, bias=False),
                norm_layer(outplanes),
            )
"""
OWN = """
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, *args):
        raise ValueError("a block that is not finished yet")


class Bottleneck(nn.Module):
    pass


"""


def network(*changes):
    """What is said of the plain network with texts replaced."""
    return check("ResNet", run_source(changed(PLAIN, changes), NETWORK))


def in_a_notebook(name, source, **names):
    """What is said of an answer in a notebook that has these names besides the usual."""
    space = {"__name__": "__main__", "torch": torch, "nn": nn, "F": F, "math": math,
             "functools": functools, **names}  # fmt: skip
    exec(source, space)
    return check(name, space[name])


# Which block is it?


@pytest.mark.parametrize("zeros", [
    "last = 'bn3' if block is Bottleneck else 'bn2'",
    "last = {BasicBlock: 'bn2', Bottleneck: 'bn3'}[block]",
    "from resnet_edu import Bottleneck as Deep; last = 'bn3' if block is Deep else 'bn2'",
    "last = 'bn3' if block.__name__ == 'Bottleneck' else 'bn2'",
])  # fmt: skip
def test_one_may_ask_in_any_way_which_block_it_is(zeros):
    body = f"            {zeros}\n" + (
        "            for m in self.modules():\n"
        "                if type(m) is block:\n"
        "                    nn.init.zeros_(getattr(m, last).weight)\n")  # fmt: skip
    report = network((ZEROS, body))
    assert report.passed, report


def test_the_package_may_be_asked_by_its_own_name():
    source = PLAIN.replace("m, Bottleneck)", "m, R.Bottleneck)")
    source = source.replace("m, BasicBlock)", "m, R.BasicBlock)")
    report = in_a_notebook("ResNet", source, R=resnet_edu)
    assert report.passed, report


def test_blocks_of_the_notebook_are_known_wherever_they_are_kept():
    table = ZEROS.replace("""                if isinstance(m, Bottleneck):
                    nn.init.constant_(m.bn3.weight, 0)
                elif isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)
""", """                if type(m) in LAST:
                    nn.init.zeros_(getattr(m, LAST[type(m)]).weight)
""")
    assert table != ZEROS
    source = OWN + changed(PLAIN, [(ZEROS, table)])
    source += "\n\nLAST = {BasicBlock: 'bn2', Bottleneck: 'bn3'}\n"
    report = in_a_notebook("ResNet", source)
    assert report.passed, report


def test_a_class_that_is_handed_out_is_as_before_afterwards():
    kinds = resnet_edu.BasicBlock, resnet_edu.Bottleneck
    before = [dict(vars(kind)) for kind in kinds]
    assert network().passed
    assert [dict(vars(kind)) for kind in kinds] == before


def test_in_another_thread_a_block_is_built_as_ever_meanwhile():
    made = []
    with probe.recording(NETWORK.reference(), []) as blocks:
        assert blocks[4] is resnet_edu.Bottleneck
        thread = threading.Thread(target=lambda: made.append(resnet_edu.Bottleneck(64, 16)))
        thread.start()
        thread.join()
        mine = resnet_edu.Bottleneck(64, 16)
    assert tuple(made[0](torch.zeros(1, 64, 3, 3)).shape) == (1, 64, 3, 3)
    assert not hasattr(made[0], "recorded")
    assert hasattr(mine, "recorded")


@pytest.mark.parametrize("factor", [
    "(4 if issubclass(block, Bottleneck) else 1)", "(4 if block.expansion > 1 else 1)",
    "(4 if block.__name__ == 'Bottleneck' else 1)",
])  # fmt: skip
def test_a_block_of_another_expansion_is_tried(factor):
    report = network(("planes * block.expansion", f"planes * {factor}"),
                     ("512 * block.expansion", f"512 * {factor}"))  # fmt: skip
    assert not report.passed
    assert [row.case for row in report.observations if not row.holds][:1] == [14]


# Widths that are read off layers and tensors.


@pytest.mark.parametrize("changes", [
    [(SHORTCUT, "            side = nn.Conv2d(self.inplanes, outplanes, 1, stride, bias=False)\n"
                "            downsample = nn.Sequential(side, norm_layer(side.out_channels))\n")],
    [("        self.relu = ", "        self.inplanes = self.conv1.out_channels\n"
                             "        self.relu = ")],
    [("        self.relu = ", "        self.inplanes = getattr(self.bn1, 'num_features', 64)\n"
                             "        self.relu = ")],
    [(HEAD, HEAD + "        assert x.shape[1] == self.inplanes\n")],
    [(HEAD, HEAD + "        assert x.size(1) == self.fc.in_features\n")],
    [(HEAD, "        x = x.view(-1, self.fc.in_features)\n")],
    [(HEAD, "        n, c, h, w = x.shape\n        x = x.view(n, c * h * w)\n")],
], ids=["shortcut", "conv1", "bn1", "assert", "fc", "view", "shape"])  # fmt: skip
def test_a_width_may_be_read_off_what_was_built(changes):
    report = network(*changes)
    assert report.passed, report


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_a_builder_may_exchange_the_head_itself(name):
    source = EXERCISES[name].styles["signature"]
    old = "    return model\n"
    new = "    model.fc = nn.Linear(model.fc.in_features, num_classes)\n" + old
    source = changed(source, [(old, new), ("num_classes=num_classes, ", "")])
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.passed, report


def test_a_count_of_a_thin_layer_is_plain_in_what_is_told():
    with probe.thin():
        layer = nn.Conv2d(64, 128, 3)
    assert layer.out_channels == 128
    assert layer.out_channels == 8
    assert layer.out_channels != 64
    assert 2 * layer.out_channels == 256
    with probe.ThinViews():
        told = probe.told([layer.out_channels, torch.zeros(2, 8), torch.zeros(2, 8).shape[1]])
    assert json.loads(json.dumps(told)) == [128, {"shape": [2, 8], "values": [0.0] * 16}, 8]
    assert {type(number) for number in (told[0], told[2], *told[1]["shape"])} == {int}


# Builders that keep blocks of the notebook.


@pytest.mark.parametrize("builder", [
    "ARCH = {'resnet18': (BasicBlock, [2, 2, 2, 2])}\n"
    "def resnet18(**kwargs):\n    return ResNet(*ARCH['resnet18'], **kwargs)\n",
    "def resnet18(block=BasicBlock, **kwargs):\n    return ResNet(block, [2] * 4, **kwargs)\n",
    "def builder(block, counts):\n    def make(**kwargs):\n"
    "        return ResNet(block=block, layers=counts, **kwargs)\n    return make\n"
    "resnet18 = builder(BasicBlock, [2, 2, 2, 2])\n",
    "resnet18 = functools.partial(ResNet, BasicBlock, [2, 2, 2, 2])\n",
], ids=["table", "default", "closure", "partial"])  # fmt: skip
def test_a_builder_is_not_refused_for_a_block_of_the_notebook(builder):
    report = in_a_notebook("resnet18", OWN + PLAIN + "\n\n" + builder)
    assert report.passed, report


WRONG = PLAIN.replace('mode="fan_out"', 'mode="fan_in"')
OLD = PLAIN.replace("super().__init__()", "super(ResNet, self).__init__()")
FUNCTION = (PLAIN.replace("class ResNet(", "class Network(")
            + "\n\ndef ResNet(block, layers, **options):\n"
              "    return Network(block, layers, **options)\n")  # fmt: skip


@pytest.mark.parametrize("network", [OLD, WRONG, FUNCTION], ids=["old super", "wrong", "function"])
@pytest.mark.parametrize("builder", [
    "resnet18 = functools.partial(ResNet, BasicBlock, [2, 2, 2, 2])\n",
    "def resnet18(net=ResNet, **kwargs):\n    return net(BasicBlock, [2] * 4, **kwargs)\n",
    "NETS = {18: (ResNet, BasicBlock, [2, 2, 2, 2])}\n"
    "def resnet18(**kwargs):\n    net, *rest = NETS[18]\n    return net(*rest, **kwargs)\n",
    "Net = ResNet\ndef resnet18(**kwargs):\n    return Net(BasicBlock, [2] * 4, **kwargs)\n",
], ids=["partial", "default", "table", "alias"])  # fmt: skip
def test_a_builder_is_not_refused_for_the_network_of_the_notebook(network, builder):
    assert network != PLAIN
    report = in_a_notebook("resnet18", OWN + network + "\n\n" + builder)
    assert report.passed, report


def test_a_network_that_another_stood_for_is_as_before_afterwards():
    space = {"__name__": "mine", "nn": nn}
    exec("class ResNet(nn.Module):\n    kind = 'mine'\n    def __init__(self):\n"
         "        super(ResNet, self).__init__()\n"
         "def other(a, b=2):\n    return a, b\n", space)  # fmt: skip
    mine, other = space["ResNet"], space["other"]
    pieces = {"ResNet": resnet_edu.ResNet, "other": dict}
    with probe.handed_out(pieces, [space]):
        assert issubclass(mine, resnet_edu.ResNet)
        assert not hasattr(mine, "kind")
        assert other(a=3) == {"a": 3}
    assert (mine.__name__, mine.__bases__, mine.kind) == ("ResNet", (nn.Module,), "mine")
    assert isinstance(mine(), nn.Module)
    assert other(1) == (1, 2)
    assert space["ResNet"] is mine


# Slips that one case alone shows.


@pytest.mark.parametrize(("changes", "title"), [
    ([("zero_init_residual=False,", "zero_init=False,"),
      ("if zero_init_residual:", "if zero_init:")], "no argument zero_init_residual"),
    ([("__init__(self, block, layers,", "__init__(self, block, counts,"),
      ("layers[0])\n", "layers[0])\n"), ("        super().__init__()\n",
                                         "        super().__init__()\n        layers = counts\n")],
     "no argument layers"),
    ([("        x = self.fc(x)\n", "        x = self.fc(x).squeeze(-1)\n")], "(2,), not (2, 1)"),
    ([("        if zero_init_residual:\n",
       "        for m in self.modules():\n            if hasattr(m, 'eps'):\n"
       "                m.eps = 1e-5\n        if zero_init_residual:\n")], "eps"),
    ([("                nn.init.constant_(m.weight, 1)\n",
       "                nn.init.constant_(m.weight, 0.7)\n")],
     "The weight of bn1 begins at 0.7, not at 1."),
], ids=["zero_init", "layers", "squeeze", "eps", "norms"])  # fmt: skip
def test_slips_in_a_network_are_told_by_what_they_do(changes, title):
    report = network(*changes)
    assert not report.passed
    assert report.mistake is None
    assert title in report.title, report


@pytest.mark.parametrize("keep", [
    ("conv1", "        self.stem = self.conv1.forward\n", "self.conv1(x)", "self.stem(x)"),
    ("fc", "        self.head = (self.fc,)\n", "self.fc(x)", "self.head[0](x)"),
], ids=["conv1", "fc"])  # fmt: skip
def test_a_layer_in_the_place_of_another_is_used(keep):
    part, line, old, new = keep
    place = "        for m in self.modules():\n            if isinstance(m, nn.Conv2d)"
    report = network((place, line + place), (old, new))
    assert not report.passed
    wrong = [row.what for row in report.observations if not row.holds]
    assert wrong[0] == f"output with another {part}"


@pytest.mark.parametrize(("after", "said"), [
    ("if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight)", "convolutions"),
    ("if isinstance(m, nn.Conv2d): m.weight.data.mul_(0.01)", "0.01 × ResNet's"),
    ("if isinstance(m, nn.BatchNorm2d): nn.init.constant_(m.weight, 0.5)",
     "weight 0.5 and bias 0, not weight 1 and bias 0"),
    ("if isinstance(m, nn.Linear): nn.init.normal_(m.weight, 0, 0.01)", "fc"),
    ("if isinstance(m, nn.Linear): nn.init.xavier_uniform_(m.weight, 3)", "fc"),
], ids=["fan-in", "scaled", "norms", "narrow fc", "wide fc"])  # fmt: skip
def test_a_builder_that_sets_the_weights_itself_is_told_so(after, said):
    source = ("def resnet34(**kwargs):\n"
              "    model = ResNet(BasicBlock, [3, 4, 6, 3], **kwargs)\n"
              f"    for m in model.modules():\n        {after}\n    return model\n")  # fmt: skip
    report = check("resnet34", run_source(source, EXERCISES["resnet34"]))
    assert not report.passed
    assert {row.group for row in report.observations if not row.holds} == {"initialization"}
    assert said in report.title, report


def test_a_builder_may_draw_by_the_same_rule_again():
    source = ("def resnet34(**kwargs):\n"
              "    model = ResNet(BasicBlock, [3, 4, 6, 3], **kwargs)\n"
              "    for m in model.modules():\n        if isinstance(m, nn.Conv2d):\n"
              "            nn.init.kaiming_normal_(m.weight, mode='fan_out')\n"
              "    return model\n")  # fmt: skip
    report = check("resnet34", run_source(source, EXERCISES["resnet34"]))
    assert report.passed, report


@pytest.mark.parametrize("name", ["resnet18", "resnet34"])
@pytest.mark.parametrize(("others", "title"), [
    ("", "it takes no argument replace_stride_with_dilation."),
    (", **others", "accepted and dropped."),
])  # fmt: skip
def test_options_that_basic_blocks_refuse_must_come_through(name, others, title):
    counts = EXERCISES[name].styles["plain"].partition("BasicBlock, ")[2].partition("]")[0]
    source = (f"def {name}(num_classes=1000, zero_init_residual=False, norm_layer=None{others}):\n"
              f"    return ResNet(BasicBlock, {counts}], num_classes, zero_init_residual,\n"
              "                  norm_layer=norm_layer)\n")  # fmt: skip
    report = check(name, run_source(source, EXERCISES[name]))
    assert not report.passed
    assert {row.group for row in report.observations if not row.holds} == {"refuses"}
    assert report.title.endswith(title), report


def test_a_builder_that_sets_a_seed_is_told_so():
    source = ("def resnet18(**kwargs):\n    torch.manual_seed(3)\n"
              "    return ResNet(BasicBlock, [2, 2, 2, 2], **kwargs)\n")  # fmt: skip
    report = check("resnet18", run_source(source, EXERCISES["resnet18"]))
    assert not report.passed
    assert report.title.startswith("A seed is set"), report
