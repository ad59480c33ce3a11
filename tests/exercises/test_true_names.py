"""Answers that were called by a name that is not true of them, or that passed."""

import random
import textwrap

import pytest
import torch

from resnet_edu.exercises import EXERCISES, check, words
from resnet_edu.exercises.tasks import changed, run_source


def tried(name, *changes, seed=0, **more):
    """The report on a correct answer with texts replaced; ``more`` are names that it knows."""
    exercise = EXERCISES[name]
    answer = run_source(changed(exercise.styles["plain"], changes), exercise)
    answer.__init__.__globals__.update(more)
    return check(name, answer, seed)


def answered(name, body):
    """The report on a function with that body."""
    exercise = EXERCISES[name]
    source = f"import copy\ndef {exercise.signature}:\n{textwrap.indent(body, '    ')}\n"
    return check(name, run_source(source, exercise))


WIDTH = "int(planes * (base_width / 64.0)) * groups"
START = "        super().__init__()\n"
CONV1 = "3, stride, 1, bias=False"
CONV2 = "conv3x3(width, width, stride, groups, dilation)"
STEM = "nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)"
INPUT = "        identity = x\n"
END = "        out += identity\n        out = self.relu(out)\n        return out"
PROJECTED = "identity = self.downsample(x)"
CALLED = "m = copy.deepcopy(model).eval()\nwith torch.no_grad():\n    return "


@pytest.mark.parametrize("seed", [0, 5])  # one of them has 4 planes, one 8
@pytest.mark.parametrize(("change", "mistake"), [
    ((WIDTH, f"max({WIDTH}, planes)"), "width-never-below-planes"),
    ((WIDTH, "(int(planes * base_width / 64) if groups > 1 or base_width > 64 else planes)"
      " * groups"), "width-never-below-planes"),
    ((WIDTH, f"{WIDTH} if groups > 1 else planes"), "base-width-only-with-groups"),
    ((CONV2, CONV2.replace("groups", "groups if base_width != 64 else 1")),
     "groups-only-with-another-width"),
    ((CONV2, CONV2.replace("groups", "groups if stride == 1 else 1")),
     "groups-only-without-a-stride"),
    ((START, f"{START}        if base_width < 64 and groups == 1:\n            raise ValueError\n"),
     None),
])  # fmt: skip
def test_each_of_groups_and_base_width_is_tried_without_the_other(change, mistake, seed):
    report = tried("Bottleneck", change, seed=seed)
    assert not report.passed
    assert report.mistake == mistake


BY_CHANCE = f"{INPUT}        if self.training and {{}}:\n            return self.relu(identity)\n"


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("draw", ["torch.rand(1) < 0.2", "random.random() < 0.2"])
@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_a_block_that_is_left_out_by_chance_is_refused_at_every_seed(name, draw, seed):
    report = tried(name, (INPUT, BY_CHANCE.format(draw)), seed=seed, random=random)
    assert not report.passed
    assert report.mistake == "left-out-by-chance"
    assert "random numbers are drawn in training mode; expected none" in report.seen


def test_a_draw_that_nothing_depends_on_is_no_branch_that_is_left_out():
    drawn = f"{INPUT}        if self.training:\n            random.random()\n"
    report = tried("BasicBlock", (INPUT, drawn), random=random)
    assert not report.passed
    assert report.mistake != "left-out-by-chance"
    assert "andom numbers" in report.title


def test_dropout_is_no_branch_that_is_left_out():
    dropped = "        out = F.dropout2d(out, 0.1, self.training)\n        out += identity\n"
    assert tried("BasicBlock", ("        out += identity\n", dropped)).mistake == "dropout-inside"


def test_looking_for_draws_leaves_the_generators_of_the_caller_alone():
    random.seed(3)
    torch.manual_seed(3)
    before = random.getstate(), torch.get_rng_state()
    assert check("BasicBlock", run_source(EXERCISES["BasicBlock"].styles["plain"],
                                          EXERCISES["BasicBlock"])).passed  # fmt: skip
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize("seed", [0, 1])
def test_a_network_draws_nothing_either(seed):
    stage = "        x = self.layer3(x)\n"
    block = ("        for i, part in enumerate(self.layer3):\n"
             "            if not self.training or not i or random.random() > 0.3:\n"
             "                x = part(x)\n")  # fmt: skip
    report = tried("ResNet", (stage, block), seed=seed, random=random)
    assert not report.passed
    assert report.title.startswith("Random numbers are drawn in training mode")


@pytest.mark.parametrize(("body", "title"), [
    ("return lambda x: model.features(x)",
     "An error stops the answer: the model has no features."),
    ("return lambda x: model.layer5(x)", "An error stops the answer: the model has no layer5."),
    ("return lambda x: model.fc.features(x)",
     "An error stops the answer: a Linear has no features."),
    ("return model.forward_features",
     "An error stops the answer: the model has no forward_features."),
    ("body = copy.deepcopy(model)\ndel body.fc\nreturn body", "The head is deleted."),
])  # fmt: skip
def test_a_missing_attribute_is_called_by_its_name(body, title):
    assert answered("feature_extractor", body).title == title


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_the_stage_that_is_called_twice_is_named(stage):
    call = f"        x = self.layer{stage}(x)\n"
    assert tried("ResNet", (call, 2 * call)).title == f"layer{stage} is called twice."


def test_a_stage_that_is_not_called_is_another_mistake_than_one_called_twice():
    call = "        x = self.layer3(x)\n"
    assert tried("ResNet", (call, "")).title == "layer3 is not called before layer4."


SHAPE = "images-of-another-shape"
ORDER = "images-in-another-order"


@pytest.mark.parametrize(("read", "mistake"), [
    ("m(x.unsqueeze(0)).softmax(1)", SHAPE), ("m(x.permute(0, 2, 3, 1)).softmax(1)", SHAPE),
    ("m(F.interpolate(x, (24, 24))).softmax(1)", SHAPE), ("m(x.flip(1)).softmax(1)", ORDER),
    ("(m(x).softmax(1) + m(x.flip(-1)).softmax(1)) / 2", ORDER),
    ("m(x / 255).softmax(1)", "images-prepared-again"),
    ("m((x - x.mean()) / x.std()).softmax(1)", "images-prepared-again"),
])
def test_what_the_model_reads_is_told_by_what_is_seen_of_it(read, mistake):
    report = answered("predict", CALLED + read)
    assert not report.passed
    assert report.mistake == mistake


@pytest.mark.parametrize(("name", "missing"), [
    ("BasicBlock", "last-relu-missing"), ("Bottleneck", "no-last-relu"),
])  # fmt: skip
def test_two_terms_above_zero_are_not_said_to_give_negative_numbers(name, missing):
    report = tried(name, (END, "        return F.relu(out) + F.relu(identity)"))
    assert report.mistake == "relu-on-each-term"
    of_it = next(m for m in EXERCISES[name].mistakes if m.id == missing)
    assert "egative" not in of_it.why  # it fits an answer whose terms are cut in another way, too
    assert tried(name, (END, "        return F.relu(out) + identity")).mistake == (
        "relu-before-the-sum")  # fmt: skip


def test_blocks_do_not_take_other_channels_than_they_are_built_for():
    old = "        layers = []\n"
    report = tried("ResNet", (old, f"{old}        self.inplanes = outplanes\n"),
                   ("        self.inplanes = outplanes\n        for", "        for"))  # fmt: skip
    assert report.title == "layer2.0 is built with inplanes = 128, not 64."
    assert "to have 8 channels, but got 4 channels" in report.seen
    assert report.score < 0.6


PROJECTION = "outplanes, kernel_size=1, stride=stride, bias=False),"


def test_layers_of_a_network_have_their_own_names():
    report = tried("ResNet", (PROJECTION, PROJECTION.replace(", bias=False", "")))
    assert "the convolution layer2.0.downsample.0 has a bias" in report.seen
    report = tried("ResNet", ("                norm_layer(outplanes),\n", ""))
    assert "the second norm outside the blocks is missing" in report.seen
    assert words.layer("c2") == "the second convolution"  # where nobody has given it a name


def test_a_name_of_another_place_is_not_taken_for_a_layer():
    swapped = ("        x = self.layer2(x)\n        x = self.layer3(x)\n",
               "        x = self.layer3(x)\n        x = self.layer2(x)\n")  # fmt: skip
    assert "layer3.0.downsample" not in tried("ResNet", swapped).seen


@pytest.mark.parametrize(("conv", "mistake"), [
    ("nn.Conv2d(width, width, 3, stride, dilation, groups, dilation, bias=False)",
     "groups-and-dilation-swapped-behind-the-padding"),
    ("nn.Conv2d(width, width, 3, stride, dilation, groups=dilation, dilation=groups, bias=False)",
     "groups-and-dilation-swapped-behind-the-padding"),
    ("conv3x3(width, width, stride, dilation, groups)", "groups-and-dilation-swapped"),
])  # fmt: skip
def test_groups_and_dilation_are_told_apart_by_the_padding(conv, mistake):
    assert tried("Bottleneck", (CONV2, conv)).mistake == mistake


@pytest.mark.parametrize("conv", ["nn.Conv2d(3, 64, 7, 2, 3, False)"])
def test_false_by_place_is_spoken_of_as_that(conv):
    report = tried("ResNet", (STEM, conv))
    assert report.title == (
        "An error stops the answer: a convolution gets True or False as its dilation.")  # fmt: skip
    assert "by place" in report.ask


def test_no_groups_at_all_are_not_too_many_channels():
    report = tried("ResNet", (STEM, "nn.Conv2d(3, 64, 7, 2, 3, 1, False)"))
    assert not report.passed
    assert "too wide" not in report.seen


WRAP = ("class G(nn.Module):\n    def __init__(self, m):\n        super().__init__()\n"
        "        self.m = m\n    def forward(self, x):\n"
        "        return self.m(x.repeat(1, 3, 1, 1))\nreturn G(model)")  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), [
    (WRAP, "G"), ("return nn.Sequential(nn.Conv2d(1, 3, 1), model)", "Sequential"),
])  # fmt: skip
def test_a_model_inside_another_is_not_said_to_have_other_layers(body, kind):
    report = answered("to_grayscale", body)
    assert report.title == (
        f"What comes back is a {kind} around the model: all its layers lie one level deeper.")


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
@pytest.mark.parametrize("call", ["self.downsample(self.downsample(x))", "self.downsample(out)"])
def test_no_inside_of_the_checker_is_shown_of_a_shortcut(name, call):
    report = tried(name, (PROJECTED, f"identity = {call}"))
    assert not report.passed
    assert not any(word in report.seen for word in ("einsum", "subscript", "operand"))
    first, other, second = report.title.partition(", not ")
    assert not other or not first.endswith(second.rstrip("."))
    if name == "Bottleneck":
        assert "downsample reads 4 channels, and gets 16" in report.seen


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_gradients_are_told_of_layers_not_of_numbers_of_the_checker(name):
    report = tried(name, (END, "        return out + F.relu(identity)"))
    assert "weight of the first convolution" in report.seen
    assert "c1" not in report.seen


@pytest.mark.parametrize(("name", "change"), [
    ("BasicBlock", (CONV1, "3, padding=stride, bias=False")),
    ("Bottleneck", (CONV2, "nn.Conv2d(width, width, 3, 1, stride, dilation, groups, False)")),
])  # fmt: skip
def test_a_stride_that_is_given_as_padding_is_not_said_to_be_given_to_nothing(name, change):
    assert tried(name, change).mistake == "stride-as-padding"


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_no_activation_is_explained_where_ReLU_serves_three_places(name):
    pointed = {m.section for m in EXERCISES[name].mistakes
               if m.id in ("gelu", "relu6", "leaky-relu", "gelu-inside")}  # fmt: skip
    assert pointed
    assert "03 §6" not in pointed
    report = tried(name, ("nn.ReLU(inplace=True)", "nn.SiLU()"))
    assert report.title == "SiLU stands where ReLU belongs."
    assert report.section != "03 §6"


SAME = "if not any(k.startswith(prefix) for k in state_dict):\n    return state_dict\n"
SHORT = "return {k.removeprefix(prefix): v for k, v in state_dict.items()}"


def test_the_given_dict_is_no_new_one():
    assert answered("strip_prefix", SHORT).passed
    report = answered("strip_prefix", SAME + SHORT)
    assert not report.passed
    assert report.mistake == "given-dict-returned"
