"""Answers that lie beside a known mistake: what is said of them is true of them."""

import pytest

from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.tasks import changed, run_source

BOTH = """                if isinstance(m, Bottleneck):
                    nn.init.constant_(m.bn3.weight, 0)
                elif isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)
"""
FLAG = "layers[{}], 2, replace_stride_with_dilation[{}]"
BESIDE = [  # of ResNet: a change of its plain answer, and the name of what was done
    (BOTH, BOTH.replace("if isinstance(m, Bottleneck):\n                    nn.init.constant_("
                        "m.bn3.weight, 0)\n                el", ""),
     "zero-init-of-basic-blocks-only"),
    ("m.bn3.weight, 0", "m.bn3.bias, 0", "zero-init-of-basic-blocks-only"),
    ("nn.init.constant_(m.bn3.weight, 0)", "m.bn3.weight == 0", "zero-init-of-basic-blocks-only"),
    ("if zero_init_residual:", "if not zero_init_residual:", "zero-init-the-wrong-way-round"),
    ("m.bn2.weight, 0", "m.bn1.weight, 0", "zero-init-of-bottlenecks-only"),
    (FLAG.format(2, 1), FLAG.format(2, 0), "flag-of-layer3-unused"),
    (FLAG.format(3, 2), FLAG.format(3, 0), "flag-of-layer4-unused"),
    (FLAG.format(1, 0), FLAG.format(1, 2), "flags-one-stage-early"),
]
BY_NAME = """
def load_backbone(model, state_dict):
    for k, v in model.state_dict().items():
        if not k.startswith("fc."):
            v.copy_(state_dict[k])
    return model
"""
SWAPPED = """
def to_grayscale(model):
    c = model.conv1
    new = nn.Conv2d(1, c.out_channels, c.stride, c.kernel_size, c.padding, c.dilation,
                    bias=c.bias is not None, padding_mode=c.padding_mode)
    new.weight.data = c.weight.data.sum(1, keepdim=True)
    model.conv1 = new
    return model
"""


def report_on(name, source):
    return check(name, run_source(source, EXERCISES[name]))


@pytest.mark.parametrize(("old", "new", "mistake"), BESIDE)
def test_of_a_network_it_is_said_what_was_done_and_no_more(old, new, mistake):
    report = report_on("ResNet", changed(EXERCISES["ResNet"].styles["plain"], [(old, new)]))
    assert (report.passed, report.mistake) == (False, mistake), report
    assert not any(word in f"{report.title} {report.why}"
                   for word in ("whether", "whatever", "any case", "nothing to"))  # fmt: skip


def test_copying_by_name_is_not_called_copying_by_position():
    report = report_on("load_backbone", BY_NAME)
    assert (report.passed, report.mistake) == (False, "only-asked-by-the-model"), report


def test_exchanged_sizes_are_not_called_written_down():
    report = report_on("to_grayscale", SWAPPED)
    assert not report.passed
    assert "written down" not in f"{report.title} {report.why}", report


@pytest.mark.parametrize("call", ["**kwargs", "groups=32, width_per_group=4, **kwargs"])
def test_a_block_that_is_left_out_stands_in_no_brackets(call):
    source = f"def resnext50_32x4d(**kwargs):\n    return ResNet({call})\n"
    report = report_on("resnext50_32x4d", source)
    assert (report.passed, report.mistake) == (False, None), report
    assert "ResNet" in report.title
