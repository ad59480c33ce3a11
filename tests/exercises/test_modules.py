"""What is said of layers, blocks and networks that are wrong in ways that no catalogue has."""

import pytest
from torch import nn

from resnet_edu.exercises import EXERCISES, check, probe, words
from resnet_edu.exercises.diagnosis import Observation
from resnet_edu.exercises.tasks import changed, run_source


def tried(name, *changes, style="plain"):
    """The report on a correct answer with texts replaced."""
    source = changed(EXERCISES[name].styles[style], changes)
    return check(name, run_source(source, EXERCISES[name]))


LATER = ("planes, groups=self.groups,\n" + 32 * " " + "base_width=self.base_width, ")
FIRST = ("stride, downsample, self.groups,\n                            self.base_width, "
         "previous_dilation, norm_layer))")  # fmt: skip
DRAWN = "            elif isinstance(m, (nn.BatchNorm2d"
HEAD = "        x = torch.flatten(x, 1)\n"
SHORTCUT = "            identity = self.downsample(x)"
SWITCHED = "forward switches a part to evaluation mode: {}."


@pytest.mark.parametrize(("name", "changes", "title"), [
    ("ResNet", [(LATER, "planes, groups=self.groups, ")],
     "The later blocks of a stage are built with base_width = 64, not 32."),
    ("ResNet", [(LATER, "planes, base_width=self.base_width, ")],
     "The later blocks of a stage are built with groups = 1, not 2."),
    ("ResNet", [(FIRST, "stride, downsample, base_width=self.base_width,\n                "
                 "            dilation=previous_dilation, norm_layer=norm_layer))")],
     "The first block of a stage is built with groups = 1, not 2."),
    ("ResNet", [("block, 256,", "block, 192,")],
     "layer3.0 is built with planes = 192, not 256."),
    ("ResNet", [("        self.avgpool", "        self.head = nn.Linear(512, 10)\n"
                 "        self.avgpool")],
     "There is a part that no checkpoint knows: head."),
    ("ResNet", [("self.bn1 = ", "self.norm1 = "), ("self.bn1(x)", "self.norm1(x)")],
     "Not all names are those of a checkpoint: asked for bn1, found norm1."),
    ("ResNet", [("replace_stride_with_dilation = [False, False, False]",
                 "replace_stride_with_dilation = [False] * 3"),
                ("        if len(", "        replace_stride_with_dilation = ("
                 "[False] + replace_stride_with_dilation)[1:]\n        if len(")],
     "An error stops the answer: a list and a tuple cannot be added."),
    ("ResNet", [("return x\n", "return [x]\n")], "What comes out is a list, not a tensor."),
    ("ResNet", [("x = self.layer2(x)", "x = self.layer2(x).detach()")],
     "No gradient reaches the input, the first convolution, the first norm, and more."),
    ("ResNet", [("        x = self.conv1(x)\n", "        x = self.conv1(x.data)\n")],
     "No gradient reaches the input."),
    ("ResNet", [(HEAD, "        x = x.mean(1)\n")],
     "An error stops the answer: a linear layer gets another number of features than it reads."),
    ("ResNet", [("    def _make_layer", "        self.eval()\n\n    def _make_layer")],
     "What is built comes in evaluation mode, not in training mode."),
    ("ResNet", [("nn.ReLU(inplace=True)", "nn.ReLU6()")], "ReLU6 stands where ReLU belongs."),
    ("ResNet", [("nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
                 "nn.init.normal_(m.weight, std=0.02)")],
     "The weight of conv1 is drawn with 0.79 times the deviation that is asked for."),
    ("BasicBlock", [(SHORTCUT, "            identity = self.downsample.eval()(x)")],
     SWITCHED.format("downsample")),
    ("BasicBlock", [("self.bn2(out)", "self.bn2.eval()(out)")], SWITCHED.format("bn2")),
    ("BasicBlock", [("norm_layer = nn.BatchNorm2d", "norm_layer = nn.BatchNorm2d()")],
     "An error stops the answer: a norm is made without a number of channels."),
    ("BasicBlock", [("norm_layer = nn.BatchNorm2d", "norm_layer = nn.BatchNorm2d(planes)")],
     "An error stops the answer: a layer is called with a number, not with a tensor."),
    ("BasicBlock", [("super().__init__()", "super.__init__()")],
     "An error stops the answer: super is named and not called."),
    ("BasicBlock", [("self.conv2 = nn.Conv2d", "self.conv2 = nn.conv2d")],
     "An error stops the answer: torch.nn has no conv2d."),
    ("BasicBlock", [("self.bn2(out)", "nn.functional.batch_norm(out, self.bn2.running_mean, "
                     "self.bn2.running_var, self.bn2.weight, self.bn2.bias)")],
     "In evaluation mode the numbers are right, in training mode they are not."),
    ("BasicBlock", [("out += identity", "out = out * 0.1 + identity")],
     "The first sum adds 0.1 times the second norm + the input, "
     "not the second norm + the input."),
    ("BasicBlock", [("        out += identity\n", "        if self.training:\n"
                     "            out = out + identity\n")],
     "In training mode the numbers are right, in evaluation mode they are not."),
    ("BasicBlock", [("self.downsample = downsample", "self.downsample = downsample\n"
                     "        if downsample is not None:\n"
                     "            downsample.requires_grad_(False)")],
     "Some of its parameters are frozen."),
    ("BasicBlock", [("identity = x\n", "identity = x.float()\n        x = identity\n")],
     "An error stops the answer: two tensors meet whose numbers are of different types."),
    ("BasicBlock", [("nn.ReLU(inplace=True)", "nn.ModuleList([nn.ReLU()])")],
     "An error stops the answer: a ModuleList is called, and has no forward."),
    ("BasicBlock", [("        out += identity\n", "        out = (out + identity,)\n")],
     "An error stops the answer: an operation gets what is no tensor."),
    ("BasicBlock", [("self.bn2 = norm_layer(planes)",
                     "self.bn2 = nn.BatchNorm2d(planes, track_running_stats=False)")],
     "The second norm uses the statistics of the batch in evaluation mode, too."),
    ("BasicBlock", [("        return out\n", "        return out.squeeze()\n")],
     "One image alone comes out in another shape than as one of many."),
    ("BasicBlock", [("base_width != 64", "base_width < 64")],
     "Something that must be refused is accepted."),
    ("BasicBlock", [("dilation=1, norm_layer=None", "norm_layer=None, dilation=1")],
     "The arguments stand in another order: inplanes, planes, stride, downsample, groups, "
     "base_width, norm_layer, dilation."),
    ("Bottleneck", [("dilation=1, norm_layer=None", "norm_layer=None, dilation=1")],
     "The arguments stand in another order: inplanes, planes, stride, downsample, groups, "
     "base_width, norm_layer, dilation."),
    ("ResNet", [("return nn.Sequential(*layers)", "return nn.Sequential(nn.ReLU)")],
     "An error stops the answer: the class ReLU stands where a module belongs."),
    ("ResNet", [("        return x\n", "        return (x, x) if self.training else x\n")],
     "In training mode something else than a tensor comes out."),
    ("ResNet", [("        self.bn1 = norm", "        bn1 = norm")],
     "An error stops the answer: there is no self.bn1."),
    ("Bottleneck", [("expansion = 4", "expansion = 2")],
     "The class says that its expansion is 2, not 4."),
])  # fmt: skip
def test_what_is_told_without_a_name_is_told_with_a_question(name, changes, title):
    report = tried(name, *changes)
    assert (report.passed, report.mistake, report.title) == (False, None, title), report
    assert report.ask.endswith("?")


LIST = "        self.downsample = downsample\n        self.kept = {}\n        del self.conv2\n"


@pytest.mark.parametrize(("name", "changes", "mistake"), [
    ("BasicBlock", [("        self.downsample = downsample\n", LIST.format("[self.conv2]")),
                    ("self.conv2(out)", "self.kept[0](out)")], "layers-in-a-list"),
    ("BasicBlock", [("        self.downsample = downsample\n", LIST.format("{1: self.conv2}")),
                    ("self.conv2(out)", "self.kept[1](out)")], "layers-in-a-list"),
    ("Bottleneck", [("        self.downsample = downsample\n", LIST.format("(self.conv2,)")),
                    ("self.conv2(out)", "self.kept[0](out)")], "layers-in-a-list"),
    ("BasicBlock", [("out = self.conv1(x)", "x = self.conv1(x)"), ("self.bn1(out)", "self.bn1(x)"),
                    ("        identity = x\n", ""),
                    ("        if self.downsample is not None", "        identity = x\n"
                     "        if self.downsample is not None")], "shortcut-starts-inside"),
    ("BasicBlock", [("self.downsample = downsample",
                     "self.downsample = downsample if stride > 1 else None")],
     "downsample-kept-only-with-a-stride"),
    ("BasicBlock", [("        out = self.conv1(x)\n        out = self.bn1(out)\n"
                     "        out = self.relu(out)\n        out = self.conv2(out)",
                     "        out = self.conv2(x)")], "first-half-never-called"),
    ("ResNet", [(DRAWN, "            elif isinstance(m, nn.Linear):\n"
                 "                nn.init.xavier_uniform_(m.weight)\n" + DRAWN)], "fc-drawn-too"),
    ("ResNet", [(DRAWN, "            elif isinstance(m, nn.Linear):\n"
                 "                nn.init.zeros_(m.bias)\n" + DRAWN)], "fc-drawn-too"),
    ("ResNet", [("self.fc = ", "self.classifier = "), ("self.fc(x)", "self.classifier(x)")],
     "head-renamed"),
])  # fmt: skip
def test_what_a_mistake_is_seen_by_does_not_depend_on_how_it_was_made(name, changes, mistake):
    report = tried(name, *changes)
    assert report.mistake == mistake, report


def test_a_downsample_that_is_in_evaluation_mode_for_a_moment_is_seen():
    report = tried("BasicBlock", (SHORTCUT, "            self.downsample.eval()\n"
                   + SHORTCUT + "\n            self.downsample.train(self.training)"))  # fmt: skip
    assert not report.passed
    assert report.title.startswith("In evaluation mode the numbers are right")


@pytest.mark.parametrize("flat", [
    "x.view(-1, self.features)", "torch.reshape(x, (x.size(0), self.features))",
    "x.reshape(len(x), self.features)",
])  # fmt: skip
def test_a_network_may_say_how_many_channels_its_head_gets(flat):
    report = tried("ResNet", (HEAD, f"        x = {flat}\n"),
                   ("        self.avgpool", "        self.features = 512 * block.expansion\n"
                    "        self.avgpool"))  # fmt: skip
    assert report.passed, report


@pytest.mark.parametrize(("name", "changes"), [
    ("ResNet", [("        if len(replace_stride_with_dilation) != 3:\n"
                 "            raise ValueError(\"three flags are needed\")\n",
                 "        self.flags = replace_stride_with_dilation\n"),
                ("        x = self.conv1(x)\n", "        if len(self.flags) != 3:\n"
                 "            raise ValueError(self.flags)\n        x = self.conv1(x)\n")]),
    ("BasicBlock", [("groups != 1 or", "groups != 1 and"),
                    ("        identity = x\n", "        if self.groups != 1:\n            raise "
                     "ValueError(self.groups)\n        identity = x\n"),
                    ("super().__init__()", "super().__init__()\n        self.groups = groups")]),
])  # fmt: skip
def test_where_only_forward_refuses_the_title_speaks_of_the_constructor(name, changes):
    report = tried(name, *changes)
    assert report.title.startswith("The constructor "), report


def test_the_evidence_says_once_that_the_network_is_thin():
    report = tried("ResNet", ("nn.Linear(512 * block.expansion,", "nn.Linear(512,"))
    assert "(2x128 and 32x1000)" in report.seen
    assert report.seen.count("with a sixteenth of all channels (4 stand for 64)") == 1


def test_names_in_the_evidence_are_whole_and_a_downsample_is_told_in_words():
    renamed = tried("ResNet", ("self.bn1 = ", "self.stem_norm = "), ("self.bn1(x)",
                                                                      "self.stem_norm(x)"))
    assert "…" not in renamed.seen
    assert "and 2 more" in renamed.seen
    always = tried("ResNet", ("if stride != 1 or self.inplanes != outplanes:", "if True:"))
    assert "layer1.0 is given a downsample, and needs none" in always.seen


def test_a_grid_that_wraps_around_is_told_by_its_padding_mode():
    report = check("conv3x3", lambda a, b, stride=1, groups=1, dilation=1: nn.Conv2d(
        a, b, 3, stride, dilation, dilation, groups, bias=False, padding_mode="circular"))
    assert report.title == "A convolution has the padding_mode circular, not zeros."
    assert "copy(" not in report.seen


def test_what_comes_back_has_the_right_article():
    for thing, said in ((3, "an int"), ({}, "a dict")):
        report = check("conv1x1", lambda a, b, stride=1, thing=thing: thing)
        assert report.title == f"What comes back is {said}, not a module."
        assert f"expected a module, found {said}" in report.seen
    assert words.article("ndarray") == "an ndarray"


@pytest.mark.parametrize(("expected", "found", "said"), [
    ([1 / 3, 0.5], [0.25, 0.5], "expected (0.3333, 0.5), found (0.25, 0.5)"),
    ([1 / 3], [1 / 3 + 1e-6], "expected (0.333333,), found (0.333334,)"),
    ([[1 / 3, 0.1]], [[1 / 7, 0.1]], "expected (0.3333, 0.1), found (0.1429, 0.1)"),
])  # fmt: skip
def test_lists_of_numbers_are_shown_short_as_long_as_they_differ_so(expected, found, said):
    row = Observation(0, "values", "probabilities", expected, found, False)
    assert words.sentence(row).endswith(said)


def test_what_the_named_mistake_does_is_shown_and_not_another_one():
    report = tried("ResNet", ("kernel_size=7, stride=2, padding=3", "kernel_size=5, stride=2, "
                              "padding=2"), ("kernel_size=3, stride=2, padding=1",
                                             "kernel_size=2, stride=2"))  # fmt: skip
    assert report.mistake in ("pool-two", None)
    assert "max_pool2d" in report.seen if report.mistake else "kernel [5, 5]" in report.seen


def test_a_mistake_that_would_show_at_a_glance_is_not_tried_again(monkeypatch):
    """Of all mistakes in a network few are left where only the gradients differ."""
    tries, observe = [], probe.observe
    monkeypatch.setattr(probe, "observe", lambda *args: tries.append(1) or observe(*args))
    source = changed(EXERCISES["ResNet"].styles["plain"], [
        ("        x = self.conv1(x)\n", "        x = self.conv1(x.data)\n")])  # fmt: skip
    report = check("ResNet", run_source(source, EXERCISES["ResNet"]), seed=3)
    assert report.title == "No gradient reaches the input."
    assert len(tries) < 1.2 * len(EXERCISES["ResNet"].mistakes)


def test_a_repeated_block_is_named_where_a_stage_of_one_block_builds_it_for_nothing():
    exercise = EXERCISES["ResNet"]
    mistake = next(m for m in exercise.mistakes if m.id == "later-block-built-once")
    assert check("ResNet", exercise.wrong(mistake, "handed")).mistake == mistake.id
