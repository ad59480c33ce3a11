"""Networks as they are written elsewhere: each slip has a name, or a title, that is true of it."""

import textwrap

import pytest

from resnet_edu.exercises import EXERCISES, check, diagnosis
from resnet_edu.exercises.tasks import changed, run_source

EXERCISE = EXERCISES["ResNet"]
DRAWING = 'nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")'
STEM = "nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)"
FLAGS = ("        if replace_stride_with_dilation is None:\n"
         "            replace_stride_with_dilation = [False, False, False]\n")  # fmt: skip
USUAL_NORM = "        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n"
FIRST = "self.base_width, previous_dilation, norm_layer))"
LATER = "base_width=self.base_width, dilation=self.dilation,\n"
BASIC = "nn.init.constant_(m.bn2.weight, 0)"
DEEP = "nn.Conv2d(32, 64, 3, 1, 1, bias=False)"
SILENCED = ("if isinstance(m, Bottleneck):\n"
            "                    nn.init.constant_(m.bn3.weight, 0)\n"
            "                elif isinstance(m, BasicBlock):\n"
            f"                    {BASIC}\n")  # fmt: skip
FROM_THE_FLAGS = "                if first and (step != 1 or cin != cout):\n"
SIGNATURE = ", replace_stride_with_dilation=None, norm_layer=None"


def tried(*changes, style="plain"):
    """The report on a correct network with texts replaced."""
    return check("ResNet", run_source(changed(EXERCISE.styles[style], changes), EXERCISE))


def drawn(call):
    """The report on a network whose convolutions are drawn by another line."""
    return tried((DRAWING, textwrap.indent(call, " " * 16).strip()))


def deep(layers):
    """The report on a network whose conv1 is a Sequential of ``layers``."""
    return tried((STEM, f"nn.Sequential({layers})"))


@pytest.mark.parametrize(("call", "mistake"), [
    ("nn.init.xavier_uniform_(m.weight)", "xavier-uniform"),
    ("nn.init.xavier_normal_(m.weight)", "xavier"),
    ("nn.init.orthogonal_(m.weight)", "orthogonal"),
    ("nn.init.kaiming_uniform_(m.weight)", "uniform-fan-in"),
    ("nn.init.kaiming_uniform_(m.weight, mode='fan_out', nonlinearity='relu')", "uniform"),
    ("nn.init.kaiming_normal_(m.weight)", "fan-in"),
    ("n = m.kernel_size[0] * m.kernel_size[1] * m.in_channels\n"
     "m.weight.data.normal_(0, math.sqrt(2. / n))", "fan-in-of-all-groups"),
    ("n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels // m.groups\n"
     "m.weight.data.normal_(0, math.sqrt(2. / n))", "fan-out-of-one-group"),
    ("nn.init.normal_(m.weight, 0, 0.02)", "small-normal"),
    ("nn.init.trunc_normal_(m.weight, std=0.02)", "small-normal"),
    ("m.weight.data.normal_()", "small-normal"),
    ("nn.init.xavier_normal_(m.weight, gain=2 ** 0.5)", None),
    ("nn.init.kaiming_normal_(m.weight, nonlinearity='linear')", None),
    ("nn.init.kaiming_uniform_(m.weight, mode='fan_out', nonlinearity='linear')", None),
])  # fmt: skip
def test_a_rule_is_named_only_where_all_layers_are_drawn_by_it(call, mistake):
    report = drawn(call)
    assert not report.passed
    assert report.mistake == mistake, report


def test_numbers_that_only_the_checkers_own_blocks_give_are_said_to_be_theirs():
    cases = EXERCISE.drawn(0)["cases"]
    told = [case["words"] for case in cases if "input" in case or case.get("initialization")]
    assert len(told) > 5
    assert all("blocks of the checker's" in words for words in told)
    assert "blocks of the checker's" in drawn("nn.init.kaiming_normal_(m.weight)").seen


@pytest.mark.parametrize("condition", [
    "step != 1 or cin != cout", "step != 1 or cin != planes * block.expansion",
    "step == 2 or first and cin != cout",
])  # fmt: skip
def test_a_condition_that_later_blocks_meet_too_is_named(condition):
    report = tried((FROM_THE_FLAGS, f"                if {condition}:\n"), style="loop")
    assert report.mistake == "projection-in-later-blocks"
    assert report.score >= 0.25


def test_a_stage_whose_blocks_all_stride_and_project_is_named():
    report = tried((FROM_THE_FLAGS, "                if step != 1 or cin != cout:\n"),
                   ("step if first else 1, side", "step, side"), style="loop")  # fmt: skip
    assert report.mistake == "stride-and-projection-in-every-block"


def test_no_error_of_sums_explains_what_blocks_are_built_with():
    report = tried(("step if first else 1, side", "step if first or index == 2 else 1, side"),
                   style="loop")  # fmt: skip
    assert report.title == "layer3.1 is built with stride = 2, not 1."
    assert "size of tensor" in report.seen
    assert "Axes are compared" not in report.why


@pytest.mark.parametrize(("change", "mistake"), [
    ((LATER, "base_width=self.base_width,\n"), "dilation-one-in-later-blocks"),
    ((LATER, LATER.replace("self.dilation", "1")), "dilation-one-in-later-blocks"),
    ((LATER, LATER.replace("self.dilation", "previous_dilation")), "dilation-not-for-later-blocks"),
    ((FIRST, "self.base_width, norm_layer=norm_layer))"), "dilation-one-in-first-blocks"),
    ((FIRST, "self.base_width, 1, norm_layer))"), "dilation-one-in-first-blocks"),
    ((LATER, "dilation=self.dilation,\n"), "width-missing-in-later-blocks"),
    ((f"self.groups,\n                            {FIRST}",
      "self.groups, dilation=previous_dilation, norm_layer=norm_layer))"),
     "width-missing-in-first-blocks"),
    (("planes, groups=self.groups,\n", "planes,\n"), "only-groups-missing-in-later-blocks"),
    (("self.base_width = width_per_group", "self.base_width = 64"), "width-not-passed"),
    (("self.base_width = width_per_group\n", "self.base_width = groups and 64\n"),
     "width-not-passed"),
])  # fmt: skip
def test_what_a_call_of_the_block_leaves_out_is_named(change, mistake):
    assert tried(change).mistake == mistake


def test_a_width_of_64_that_is_handed_on_is_not_said_to_be_kept_back():
    report = tried(("self.base_width = width_per_group", "self.base_width = 64"))
    assert report.title.endswith("not the width: base_width is 64.")


@pytest.mark.parametrize("instead", [
    "", "        replace_stride_with_dilation = list(replace_stride_with_dilation)\n",
    "        one, two, three = replace_stride_with_dilation\n",
    "        flags = [False, *replace_stride_with_dilation]\n",
    "        flags = [False] + replace_stride_with_dilation\n",
])  # fmt: skip
def test_flags_of_which_none_stays_none_are_named_whatever_python_says(instead):
    report = tried((FLAGS, instead))
    assert report.mistake == "flags-none-not-replaced"
    assert report.score >= 0.25


def test_a_norm_layer_that_stays_none_is_named():
    assert tried((USUAL_NORM, "")).mistake == "norm-layer-none-not-replaced"
    both = tried((USUAL_NORM, ""), (FLAGS, ""))
    assert both.mistake == "flags-none-not-replaced"


@pytest.mark.parametrize("line", ["len(None)", "list(None)", "(lambda: None)()()"])
def test_none_that_comes_from_elsewhere_is_neither(line):
    start = "        super().__init__()\n"
    report = tried((start, f"{start}        {line}\n"))
    assert not report.passed
    assert report.mistake is None


@pytest.mark.parametrize("norm", ["nn.BatchNorm2d", "norm_layer"])
def test_a_deep_stem_is_no_stem_for_small_pictures(norm):
    report = deep(
        f"nn.Conv2d(3, 32, 3, 2, 1, bias=False), {norm}(32), nn.ReLU(), "
        f"nn.Conv2d(32, 32, 3, 1, 1, bias=False), {norm}(32), nn.ReLU(), {DEEP}"
    )
    assert report.mistake == "deep-stem"
    assert "raises" not in report.seen
    assert not any("raises" in str(row.found) for row in report.observations)


def test_what_is_said_of_a_stem_of_three_is_true_of_two_convolutions():
    report = deep("nn.Conv2d(3, 32, 3, 2, 1, bias=False), norm_layer(32), nn.ReLU(), " + DEEP)
    assert not report.passed
    assert report.mistake != "deep-stem"
    assert "small pictures" not in report.why


@pytest.mark.parametrize("condition", [
    "isinstance(m, (BasicBlock, Bottleneck))", "hasattr(m, 'conv2')",
])  # fmt: skip
def test_a_bn3_of_basic_blocks_is_no_error_of_spelling(condition):
    report = tried((SILENCED, f"if {condition}:\n"
                    "                    nn.init.constant_(m.bn3.weight, 0)\n"))  # fmt: skip
    assert report.mistake == "zero-init-of-bn3-everywhere"
    assert "spelled" not in report.ask


def test_a_misspelt_norm_of_basic_blocks_is_another_mistake():
    report = tried((BASIC, BASIC.replace("bn2", "bn_2")))
    assert report.mistake is None
    assert "spelled" in report.ask


@pytest.mark.parametrize(("settings", "mistake"), [
    ("momentum=0.9", "norm-momentum"), ("momentum=0.99", "norm-momentum"),
    ("eps=1e-3", "norm-eps"), ("eps=1e-6, momentum=0.01", "norm-eps"),
])  # fmt: skip
@pytest.mark.parametrize("factory", [
    "functools.partial(nn.BatchNorm2d, {})", "lambda channels: nn.BatchNorm2d(channels, {})",
])  # fmt: skip
def test_norms_with_settings_of_their_own_are_named(factory, settings, mistake):
    usual = USUAL_NORM.replace("nn.BatchNorm2d", factory.format(settings))
    assert tried((USUAL_NORM, usual)).mistake == mistake


def test_one_norm_with_another_momentum_is_not_said_to_be_all():
    report = tried(("norm_layer(self.inplanes)", "nn.BatchNorm2d(self.inplanes, momentum=0.9)"))
    assert report.title == "The norm bn1 has momentum = 0.9, not 0.1."


def test_settings_of_norms_that_are_handed_in_are_no_usual_ones():
    after = ("        if zero_init_residual:\n",
             "        for m in self.modules():\n            if hasattr(m, 'eps'):\n"
             "                m.eps = 1e-5\n        if zero_init_residual:\n")  # fmt: skip
    report = tried(after)
    assert not report.passed
    assert report.mistake is None
    assert "eps" in report.title


def test_flags_that_are_popped_from_the_callers_list_are_named():
    report = tried(*((f"replace_stride_with_dilation[{n}])", "replace_stride_with_dilation.pop(0))")
                     for n in range(3)))  # fmt: skip
    assert report.mistake == "flags-popped"


def test_another_change_of_a_list_is_told_plainly():
    report = tried(("        self.groups = groups\n",
                    "        self.groups = groups\n        layers.append(0)\n"))  # fmt: skip
    assert report.title == "A list that is handed in is not the same afterwards."


def test_isinstance_of_whatever_makes_norms_is_named():
    report = tried(("isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))", "isinstance(m, norm_layer)"))
    assert report.mistake == "norms-found-by-norm-layer"


@pytest.mark.parametrize(("which", "mistake"), [
    (-1, "zero-init-of-last-blocks"), (0, "zero-init-of-first-blocks"),
])  # fmt: skip
def test_zeros_in_one_block_of_a_stage_are_named(which, mistake):
    loop = "            for m in {}:\n                if isinstance(m, Bottleneck)"
    stages = "(self.layer1, self.layer2, self.layer3, self.layer4)"
    report = tried((loop.format("self.modules()"),
                    loop.format(f"[stage[{which}] for stage in {stages}]")))  # fmt: skip
    assert report.mistake == mistake


@pytest.mark.parametrize("number", ["0", "0.0"])
def test_a_number_in_the_place_of_a_weight_is_named(number):
    report = tried(*((f"nn.init.constant_(m.bn{n}.weight, 0)", f"m.bn{n}.weight = {number}")
                     for n in (2, 3)))  # fmt: skip
    assert report.mistake == "zero-init-by-assignment"


@pytest.mark.parametrize(("old", "new", "layer"), [
    ("constant_(m.bn2.weight, 0)", "constant_(m.bn2, 0)", "BatchNorm2d"),
    (DRAWING, DRAWING.replace("m.weight", "m"), "Conv2d"),
])  # fmt: skip
def test_a_layer_that_is_handed_to_a_function_of_init_is_told(old, new, layer):
    report = tried((old, new))
    assert report.title == f"An error stops the answer: a {layer} stands where a tensor is needed."
    assert "which of the layer's" in report.ask.lower()


def test_a_pool_that_rounds_up_is_named():
    pool = "kernel_size=3, stride=2, padding=1"
    assert tried((pool, f"{pool}, ceil_mode=True")).mistake == "pool-rounds-up"


@pytest.mark.parametrize(("taken", "missing"), [
    ("num_classes=1000",
     "zero_init_residual, groups, width_per_group, replace_stride_with_dilation, norm_layer"),
    ("num_classes=1000, zero_init_residual=False",
     "groups, width_per_group, replace_stride_with_dilation, norm_layer"),
    ("num_classes=1000, zero_init_residual=False, groups=1, width_per_group=64",
     "replace_stride_with_dilation, norm_layer"),
])  # fmt: skip
def test_the_arguments_that_an_older_signature_lacks_are_listed(taken, missing):
    source = EXERCISE.styles["plain"]
    whole = source.partition("layers, ")[2].partition("):")[0]
    usual = "zero_init_residual, groups, width_per_group = False, 1, 64\n"
    source = changed(source, [(whole, taken), (
        "        super().__init__()\n", f"        super().__init__()\n        {usual}"
        "        replace_stride_with_dilation = norm_layer = None\n")])  # fmt: skip
    report = check("ResNet", run_source(source, EXERCISE))
    assert report.title == f"ResNet does not take the arguments {missing}."
    assert report.mistake == "arguments-missing"


def test_one_argument_that_is_not_taken_is_named_by_what_python_says():
    report = tried((SIGNATURE, SIGNATURE.replace(", norm_layer=None", "")),
                   (USUAL_NORM, "        norm_layer = nn.BatchNorm2d\n"))  # fmt: skip
    assert report.title == "An error stops the answer: it takes no argument norm_layer."


def test_the_same_error_in_more_cases_has_another_cause():
    none = {"raises": "TypeError", "says": "object of type 'NoneType' has no len()"}
    other = {"raises": "ValueError", "says": "no"}
    mistake = {"0/builds/error": none}
    assert not diagnosis.stops_more({"0/builds/error": none}, mistake)
    assert not diagnosis.stops_more({"0/builds/error": none, "1/builds/error": other}, mistake)
    assert diagnosis.stops_more({"0/builds/error": none, "1/builds/error": none}, mistake)
