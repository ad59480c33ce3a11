"""What is said of layers, blocks and networks that are wrong in ways that no catalogue has."""

import functools
import re

import pytest
from torch import nn

from resnet_edu.exercises import EXERCISES, check, probe, telling, words
from resnet_edu.exercises.diagnosis import Observation
from resnet_edu.exercises.guard import undisturbed
from resnet_edu.exercises.tasks import changed, run_source
from resnet_edu.peer import import_torchvision


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
POOL = "        x = self.maxpool(x)\n"
SWITCHED = "forward switches a part to evaluation mode: {}."


@pytest.mark.parametrize(("name", "changes", "title"), [
    ("ResNet", [(LATER, "planes, groups=self.groups, base_width=min(self.base_width, 48), ")],
     "The later blocks of a stage are built with base_width = 48, not 64."),
    ("ResNet", [(LATER, "planes, groups=max(self.groups, 4), base_width=self.base_width, ")],
     "The later blocks of a stage are built with groups = 4, not 1."),
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
     "No gradient reaches the input, the convolution conv1, the norm bn1, and more."),
    ("ResNet", [("        x = self.conv1(x)\n", "        x = self.conv1(x.data)\n")],
     "No gradient reaches the input."),
    ("ResNet", [(HEAD, "        x = x.mean(1)\n")],
     "An error stops the answer: a linear layer gets another number of features than it reads."),
    ("ResNet", [("    def _make_layer", "        self.eval()\n\n    def _make_layer")],
     "What is built comes in evaluation mode, not in training mode."),
    ("ResNet", [("    def _make_layer", "        self.bn1.eval()\n\n    def _make_layer")],
     "A part comes in evaluation mode, not in training mode: bn1."),
    ("ResNet", [("nn.ReLU(inplace=True)", "nn.ReLU6()")], "ReLU6 stands where ReLU belongs."),
    ("ResNet", [("nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
                 "nn.init.xavier_normal_(m.weight, gain=2 ** 0.5)")],
     "The weight of conv1 is drawn with 1.37 times the deviation that is asked for."),
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
    ("ResNet", [("self.layer4 = ", "self.layer_4 = "), ("self.layer4(x)", "self.layer_4(x)")],
     "Not all names are those of a checkpoint: asked for layer4, found layer_4."),
    ("ResNet", [(POOL, ""), ("x = self.layer2(x)", "x = self.maxpool(self.layer2(x))")],
     "Block 1 reads relu(the norm bn1), not max_pool2d(relu(the norm bn1), [3, 3], [2, 2], "
     "[1, 1])."),
    ("BasicBlock", [("self.conv2(out)", "self.conv2(self.bn2(out))")],
     "The first sum adds the second norm, used again + the input, not the second norm + the "
     "input."),
    ("BasicBlock", [(SHORTCUT, "            identity = self.downsample(F.relu(x))")],
     "downsample(x) reads relu(the input), not the input."),
    ("BasicBlock", [("class BasicBlock(nn.Module)", "class BasicBlock")],
     "The class BasicBlock does not inherit from nn.Module."),
    ("ResNet", [("class ResNet(nn.Module)", "class ResNet(object)")],
     "The class ResNet does not inherit from nn.Module."),
    ("BasicBlock", [("        return out\n", "        return self.relu(out)\n")],
     "An error stops the answer: a value that the gradients need is overwritten in place."),
    ("BasicBlock", [("        identity = x\n", "        raise NotImplemented\n")],
     "An error stops the answer: what stands behind `raise` is no exception."),
    ("BasicBlock", [("super().__init__()\n", "super().__init__()\n        raise 'no'\n")],
     "An error stops the answer: what stands behind `raise` is no exception."),
    ("BasicBlock", [("        identity = x\n", "        raise ValueError('not yet')\n")],
     "The answer itself raises an exception, and none is expected."),
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
    ("BasicBlock", [("self.conv1(x)", "self.conv1(self.bn1(x))"),
                    ("        out = self.bn1(out)\n", ""),
                    ("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)")],
     "first-norm-before-its-convolution"),
    ("BasicBlock", [("self.conv1(x)", "self.conv1(self.bn1(x))"),
                    ("        out = self.bn1(out)\n", ""),
                    ("self.conv2(out)", "self.conv2(self.bn2(out))"),
                    ("        out = self.bn2(out)\n", ""),
                    ("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)")],
     "norms-before-their-convolutions"),
    ("BasicBlock", [("out += identity", "out = identity.clone()")], "branch-thrown-away"),
    ("BasicBlock", [("out += identity", "out = out * 2")], "branch-doubled"),
    ("ResNet", [(POOL, ""), ("x = self.layer2(x)", "x = self.layer2(self.maxpool(x))")],
     "pool-behind-layer1"),
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


AFTER = "        if zero_init_residual:\n"
HE = "nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")"
STEM = "kernel_size=7, stride=2, padding=3, bias=False"
ORDER = "groups=1,\n                 width_per_group=64, replace_stride_with_dilation=None, norm_"
LAPLACE = ("m.weight.data.copy_(torch.distributions.Laplace(0.0, (m.out_channels * "
           "m.weight[0, 0].numel()) ** -0.5).sample(m.weight.shape))")  # fmt: skip
TYPES = "An error stops the answer: two tensors meet whose numbers are of different types."


@pytest.mark.parametrize(("changes", "title"), [
    ([(ORDER, ORDER.replace("groups=1,\n                 width_per_group=64,",
                            "width_per_group=64,\n                 groups=1,"))],
     "The arguments stand in another order: block, layers, num_classes, zero_init_residual, "
     "width_per_group, groups, replace_stride_with_dilation, norm_layer."),
    ([("nn.init.constant_(m.bias, 0)", "nn.init.constant_(m.bias, 0)\n                "
       "[b.fill_(3) for n, b in m.named_buffers() if n == 'running_mean']")],
     "The running statistics of bn1 are changed before training."),
    ([(AFTER, "        nn.init.constant_(self.fc.bias, 5)\n" + AFTER)],
     "The last layer is not left as nn.Linear makes it."),
    ([(AFTER, "        nn.init.normal_(self.fc.weight, 0, (3 * self.fc.in_features) ** -0.5)\n"
       + AFTER)], "The last layer is not left as nn.Linear makes it."),
    ([(HE, HE + "\n                m.weight.data.add_(0.01)")],
     "The weight of conv1 is drawn around another mean than 0."),
    ([(HE, LAPLACE)], "The weight of conv1 is not drawn from a normal distribution."),
    ([(HE, HE[:-1] + ", generator=torch.Generator().manual_seed(1))")],
     "Two convolutions begin with the same numbers, up to a factor."),
    ([(STEM, STEM + ", dtype=torch.float64")], TYPES),
    ([("self.conv1(x)", "self.conv1(x.double())")], TYPES),
    ([("self.fc(x)", "self.fc(x).float()")],
     "The output has numbers of the type float32, the input float64."),
    ([(STEM, STEM + ", padding_mode=\"reflect\"")],
     "The grid is padded with copies of values, not with zeros."),
    ([("kernel_size=1, stride=stride, bias", "kernel_size=2, stride=stride, bias")],
     "The convolution layer2.0.downsample.0 has the kernel [2, 2], not [1, 1]."),
])  # fmt: skip
def test_what_a_network_does_beside_its_layers_is_looked_at(changes, title):
    report = tried("ResNet", *changes)
    assert (report.passed, report.title) == (False, title), report
    assert "compared from the last one on" not in report.why


@pytest.mark.parametrize("head", [
    "x @ self.fc.weight.mT + self.fc.bias", "self.fc.bias + torch.matmul(x, self.fc.weight.t())",
    "nn.functional.linear(x, self.fc.weight) + self.fc.bias",
    "torch.einsum('nc,kc->nk', x, self.fc.weight) + self.fc.bias",
    "nn.functional.conv2d(x[..., None, None], self.fc.weight[..., None, None], self.fc.bias)"
    ".flatten(1)",
])  # fmt: skip
def test_a_head_may_be_written_out(head):
    report = tried("ResNet", ("        x = self.fc(x)\n", f"        x = {head}\n"))
    assert report.passed, report


UNFOLDED = ("(self.conv2.weight.flatten(1) @ F.unfold(out, 3, padding=1))"
            ".unflatten(2, out.shape[2:])")  # fmt: skip
LAST = "torch.einsum('oc,nchw->nohw', self.conv3.weight[:, :, 0, 0], out)"


@pytest.mark.parametrize(("name", "changes"), [
    ("BasicBlock", [("self.conv2(out)", UNFOLDED)]),
    ("BasicBlock", [("self.conv2(out)", "F.conv2d(out, self.conv2.weight + 0, padding=1)")]),
    ("BasicBlock", [("self.conv2(out)", "F.conv2d(out, self.conv2.weight.contiguous("
                     "memory_format=torch.channels_last), padding=1)")]),
    ("Bottleneck", [("self.conv3(out)", LAST)]),
    ("Bottleneck", [("self.conv3(out)", "F.linear(out.movedim(1, -1), self.conv3.weight.flatten(1)"
                     ").movedim(-1, 1)")]),
])  # fmt: skip
def test_one_convolution_of_a_block_may_be_written_out(name, changes):
    report = tried(name, *changes)
    assert report.passed, report


def test_convolutions_that_stand_for_groups_are_not_called_dense():
    report = tried("Bottleneck", (
        "self.conv2 = conv3x3(width, width, stride, groups, dilation)",
        "part = width // groups\n        self.parts = nn.ModuleList("
        "conv3x3(part, part, stride, 1, dilation) for _ in range(groups))"),
        ("self.conv2(out)", "torch.cat([p(o) for p, o in zip(self.parts, "
         "out.chunk(len(self.parts), 1))], 1)"))  # fmt: skip
    assert not report.passed
    assert report.mistake != "groups-not-passed", report


@pytest.mark.parametrize(("changes", "title"), [
    ("ResNet(Bottleneck, [3, 4, 6, 3], **{'replace_stride_with_dilation': (False, True, True), "
     "**kwargs})", "ResNet is called with replace_stride_with_dilation = [False, True, True]: that "
     "is not what is asked for."),
    ("nn.Sequential(ResNet(Bottleneck, [3, 4, 6, 3], **kwargs))",
     "A checkpoint of ResNet does not fit: a name here is 0.bn1.bias."),
    ("part(lambda m: setattr(m, 'relu', nn.ReLU6()))",
     "The kind of the parts without weights is ReLU6 (1 time), ReLU (16 times), "
     "not ReLU (17 times)."),
    ("part(lambda m: [setattr(n, 'eps', 1e-3) for n in m.modules() if hasattr(n, 'eps')])",
     "The eps of the norms is 0.001, not 1e-05."),
    ("part(lambda m: [setattr(n, 'momentum', 0.01) for n in m.modules() if hasattr(n, 'eps')])",
     "The momentum of the norms is 0.01, not 0.1."),
    ("part(lambda m: [nn.init.xavier_uniform_(p) for p in m.parameters() if p.dim() == 4])",
     "The last drawing of the convolutions is xavier_uniform_, not kaiming_normal_."),
    ("part(lambda m: m.double())", "The type of the numbers is float64, not float32."),
    ("part(lambda m: torch.manual_seed(0))",
     "A seed is set: two of them, made one after the other, are drawn alike."),
    ("ResNet(Bottleneck, [3, 4, 6, 3], **{'norm_layer': functools.partial(nn.GroupNorm, 32), "
     "**kwargs})", "ResNet is called with norm_layer = GroupNorm: that is not what is asked for."),
])  # fmt: skip
def test_what_a_builder_does_beside_its_call_is_looked_at(changes, title):
    source = (f"def resnet50(**kwargs):\n"
              f"    def part(change):\n        model = ResNet(Bottleneck, [3, 4, 6, 3], **kwargs)\n"
              f"        change(model)\n        return model\n    return {changes}\n")  # fmt: skip
    report = check("resnet50", run_source(source, EXERCISES["resnet50"]))
    assert (report.passed, report.title) == (False, title), report


@pytest.mark.parametrize(("name", "changes", "mistake"), [
    ("Bottleneck", [("stride, groups, dilation)", "stride, (groups, 1)[stride > 1], dilation)")],
     "groups-only-without-a-stride"),
    ("Bottleneck", [("groups, dilation)\n        self.bn2", "groups, (dilation, 1)[stride > 1])\n"
                     "        self.bn2")], "dilation-only-without-a-stride"),
    ("BasicBlock", [("dilation > 1", "dilation == 2")], "dilation-refused-only-at-2"),
    ("BasicBlock", [("groups != 1", "groups == 2")], "groups-refused-only-at-2"),
    ("ResNet", [("2, replace_stride_with_dilation[2]", "2, any(replace_stride_with_dilation[1:])")],
     "layer4-dilated-with-layer3"),
    ("ResNet", [("kernel_size=1, stride", "kernel_size=1, groups=groups_of(self), stride"),
                ("class ResNet", "def groups_of(net):\n    return net.groups\n\n\nclass ResNet")],
     "projection-grouped"),
    ("ResNet", [("nn.init.constant_(m.bias, 0)", "pass")], "norm-bias-not-reset"),
    ("ResNet", [("kernel_size=3, stride=2, padding=1", "3, 2, 1, ceil_mode=True")],
     "pool-rounds-up"),
])  # fmt: skip
def test_mistakes_that_show_with_several_options_or_other_numbers_have_a_name(
    name, changes, mistake
):  # fmt: skip
    report = tried(name, *changes)
    assert report.mistake == mistake, report


@pytest.mark.parametrize("seed", range(20))
def test_how_a_right_network_is_drawn_is_never_refused_by_chance(seed):
    """Only the two cases in which the weights are looked at are tried."""
    exercise = EXERCISES["ResNet"]
    plan = {**exercise.drawn(0), "seed": seed, "only": [9, 10]}
    rows = undisturbed(60, lambda: probe.observe(exercise.reference(), plan))
    drawn = {k: v for k, v in rows.items() if k.rpartition(".")[2] in (
        "weight, distribution", "weight has the mean 0", "weight is uniform", "bias is drawn")}
    assert len(drawn) > 20
    assert set(map(str, drawn.values())) == {"normal", "True"}


def test_a_library_is_named_by_the_piece_that_is_called_and_its_counter_of_calls_is_free():
    import_torchvision()
    log = "; from torchvision.utils import _log_api_usage_once; _log_api_usage_once(self)"
    assert tried("ResNet", ("super().__init__()", "super().__init__()" + log)).passed
    piece = "; from torchvision.ops.misc import Permute; Permute([0, 1])"
    report = tried("ResNet", ("super().__init__()", "super().__init__()" + piece))
    assert report.title == "A piece of a library is called: torchvision.ops.misc.Permute."


def test_a_layer_that_forward_makes_is_sent_to_where_layers_are_made():
    report = tried("BasicBlock", ("self.conv2(out)", "nn.Conv2d(len(out[0]), len(out[0]), 3, 1, 1, "
                                  "bias=False)(out)"))  # fmt: skip
    assert report.title == "The second convolution is used, and is no part of the module."
    assert report.section == "04 §3"


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_of_a_relu_that_is_handed_back_it_is_not_said_that_the_sum_went_in(name):
    report = tried(name, ("        return out\n", "        return self.relu\n"))
    assert report.title == "What comes back is a ReLU module, not a tensor."
    assert "inplace" not in report.why
    returned = tried(name, ("        return out\n", "        return NotImplementedError(out)\n"))
    assert "end the call" in returned.ask


def test_a_constructor_without_arguments_is_not_only_asked_for_its_underscores():
    class BasicBlock(nn.Module):
        def __init__(self):
            super().__init__()

    report = check("BasicBlock", BasicBlock)
    assert "constructor" in report.title
    assert "arguments" in report.ask


def test_stages_that_have_other_names_are_not_told_in_pieces():
    report = tried("ResNet", *((f"self.layer{n} = ", f"self.stage{n} = ") for n in range(1, 5)),
                   *((f"self.layer{n}(x)", f"self.stage{n}(x)") for n in range(1, 5)))
    assert report.mistake == "stages-renamed"
    assert "are called" not in report.seen


def test_where_no_module_is_built_nothing_is_said_of_its_layers():
    report = tried("Bottleneck", ("class Bottleneck(nn.Module)", "class Bottleneck"))
    assert "convolution" not in report.seen


def test_what_stops_an_answer_may_wait_and_need_not_loop():
    assert "a call waits" in telling.stopped(EXERCISES["bn_params"], {"stopped": 20.0})["why"]


SWAPPED = ("groups=1, base_width=64, dilation=1", "dilation=1, base_width=64, groups=1")


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_groups_and_dilation_do_not_change_places_in_the_signature(name):
    report = tried(name, SWAPPED)
    assert not report.passed
    assert report.title == ("The arguments stand in another order: inplanes, planes, stride, "
                            "downsample, dilation, base_width, groups, norm_layer.")


def with_another_name(exercise, argument):
    """A correct answer of which one argument has another name."""
    called = exercise.signature.partition("(")[0]
    taken = exercise.signature.removeprefix(called)[1:-1]
    names = re.findall(r"(\w+)(?:=\w+)?", taken)
    other = re.sub(rf"\b{argument}\b", f"{argument}_", taken)
    passed_on = re.sub(rf"\b{argument}\b", f"{argument}_", ", ".join(names))
    text = f"def {called}({other}):\n    return right({passed_on})\n"
    if telling.is_class(exercise):
        text = (f"class {called}(right):\n    def __init__(self, {other}):\n"
                f"        super().__init__({passed_on})\n")
    space = {"right": exercise.reference()}
    exec(text, space)
    return space[called]


@pytest.mark.parametrize(("name", "argument"), [
    (name, argument) for name in ("BasicBlock", "Bottleneck", "conv3x3", "conv1x1")
    for argument in re.findall(r"[(,]\s*(\w+)", EXERCISES[name].signature)
])  # fmt: skip
def test_every_argument_is_called_by_its_name_somewhere(name, argument):
    report = check(name, with_another_name(EXERCISES[name], argument))
    assert report.title == f"An error stops the answer: it takes no argument {argument}."


KEEP = "        self.downsample = downsample\n"
NONE = "norm_layer = nn.BatchNorm2d"
AFFINE = "norm_layer = functools.partial(nn.InstanceNorm2d, affine=True{})"
FORWARD = "    def forward(self, x):\n"
ALONE = "    def eval(self):\n        self.training = False\n        return self\n\n"
CALM = ("    def train(self, mode=True):\n        super().train(mode)\n"
        "        if isinstance(self.bn1, nn.BatchNorm2d):\n            self.bn1.eval()\n"
        "        return self\n\n")
BEGINS = KEEP + "        if isinstance(self.bn1, nn.BatchNorm2d):\n            {}\n"


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
@pytest.mark.parametrize(("change", "title"), [
    ((KEEP, KEEP + "        self.bn1.eps = 1e-5\n"),
     "The first norm has eps = 1e-05, not 0.05."),
    ((KEEP, KEEP + "        self.bn1.momentum = 0.1\n"),
     "The first norm has momentum = 0.1, not 0.3."),
    ((KEEP, BEGINS.format("self.bn1.running_mean.fill_(5)")),
     "The running statistics of the first norm are changed before training."),
    ((KEEP, BEGINS.format("nn.init.constant_(self.bn2.bias, 0.3)")),
     "The bias of the second norm begins at 0.3, not at 0."),
    ((KEEP, BEGINS.format("nn.init.constant_(self.bn2.weight, 0.5)")),
     "The weight of the second norm begins at 0.5, not at 1."),
    ((KEEP, KEEP + "        nn.init.zeros_(self.conv2.weight)\n"),
     "The weights of the second convolution begin alike: all 0."),
    ((KEEP, KEEP + "        nn.init.constant_(self.conv2.weight, 0.5)\n"),
     "The weights of the second convolution begin alike: all 0.5."),
    ((NONE, "norm_layer = nn.SyncBatchNorm"), "SyncBatchNorm stands where BatchNorm2d belongs."),
    ((NONE, AFFINE.format(", track_running_stats=True")),
     "InstanceNorm stands where BatchNorm belongs."),
    ((FORWARD, ALONE + FORWARD),
     {"BasicBlock": "After `eval()` parts of the block are still in training mode.",
      "Bottleneck": "After eval() a part is still in training mode: conv1."}),
    ((FORWARD, CALM + FORWARD),
     {"BasicBlock": "After `train()` parts of the block are still in evaluation mode.",
      "Bottleneck": "After train() a part is still in evaluation mode: bn1."}),
])  # fmt: skip
def test_what_a_block_does_beside_its_layers_is_looked_at(name, change, title):
    report = tried(name, change)
    said = title if isinstance(title, str) else title[name]
    assert (report.passed, report.title) == (False, said), report
    assert report.ask.endswith("?")


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_a_norm_is_made_from_a_channel_count_alone(name):
    count = {"BasicBlock": "planes", "Bottleneck": "width"}[name]
    made = f"self.bn1 = norm_layer({count}"
    report = tried(name, (f"{made})", f"{made}, eps=1e-5)"))
    assert report.title == "An error stops the answer: it takes no argument eps."


@pytest.mark.parametrize("name", ["conv3x3", "conv1x1"])
@pytest.mark.parametrize(("number", "told"), [(0, "all 0"), (0.25, "all 0.25")])
def test_a_convolution_begins_with_numbers_that_differ(name, number, told):
    def answer(*args, **kwargs):
        layer = right(*args, **kwargs)
        return nn.init.constant_(layer.weight, number) is None or layer

    right = EXERCISES[name].reference()
    report = check(name, answer)
    assert report.title == f"The weights of the first convolution begin alike: {told}."


@pytest.mark.parametrize("start", [nn.init.xavier_uniform_, nn.init.orthogonal_,
                                   functools.partial(nn.init.normal_, std=0.01)])  # fmt: skip
def test_how_a_single_convolution_is_drawn_is_free(start):
    def answer(*args, **kwargs):
        layer = EXERCISES["conv3x3"].reference()(*args, **kwargs)
        start(layer.weight)
        return layer

    assert check("conv3x3", answer).passed


@pytest.mark.parametrize(("name", "changes", "mistake"), [
    ("Bottleneck", [("norm_layer=None)", "norm_layer=nn.BatchNorm2d)"),
                    (f"        if norm_layer is None:\n            {NONE}\n", "")],
     "none-is-called"),
    ("Bottleneck", [("        out = self.bn1(out)\n        out = self.relu(out)",
                     "        out = self.bn1(self.relu(out))")], "relu-before-the-first-norm"),
    ("Bottleneck", [("        out = self.bn2(out)\n        out = self.relu(out)",
                     "        out = self.bn2(out.relu())")], "relu-before-the-second-norm"),
    ("Bottleneck", [(NONE, AFFINE.format(""))], "instance-norm"),
    ("BasicBlock", [(NONE, AFFINE.format(""))], "instance-norm-with-weights"),
    ("BasicBlock", [("self.bn1(out)", "self.bn1.train()(out)")], "norms-kept-in-training"),
    ("BasicBlock", [("        identity = x\n", "        identity = x.clone()\n"),
                    ("out += identity", "out = identity.add_(out)")], "sum-into-the-input"),
    ("Bottleneck", [("        identity = x\n", "        identity = x.clone()\n"),
                    ("out += identity", "out = identity.add_(out)")], "sum-into-the-input"),
])  # fmt: skip
def test_a_block_is_told_what_is_wrong_in_it_and_not_what_looks_like_it(name, changes, mistake):
    report = tried(name, *changes)
    assert report.mistake == mistake, report
    assert "neighbours" not in report.why
    assert "one linear map" not in report.why


def test_a_downsample_that_is_dropped_is_told_as_such():
    report = tried("Bottleneck", (KEEP, KEEP + "        if inplanes == planes * 4 and stride == 1:"
                                  "\n            self.downsample = None\n"))  # fmt: skip
    assert report.title == "A module that is given as `downsample` is no part of the block."
