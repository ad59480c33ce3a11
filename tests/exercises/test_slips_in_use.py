"""Slips in short answers: each gets a name that is true of it, or a title that says what came."""

import pytest

from resnet_edu.exercises import EXERCISES, check, checking, probe
from resnet_edu.exercises.tasks import STAND_INS, changed, run_source

from .survey import verdict

LAYER = "return nn.Conv2d(in_planes, out_planes, "
FEATURES = "torch.flatten(nn.Sequential(*list(model.children())[:-1])(x), 1).detach()"
FROZEN = ("for name, parameter in model.named_parameters():",
          "    parameter.requires_grad = name.startswith('fc.')")  # fmt: skip
WIDE = {"resnext50_32x4d": "groups=32, base_width=4", "wide_resnet101_2": "base_width=128"}
THREE = {(False, False, True): 16, (False, True, True): 8, (True, True, True): 4}


def report_on(name, *lines, seed=0):
    """The report on a function with the exercise's signature and these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    source = f"def {EXERCISES[name].signature}:\n{body}"
    return check(name, run_source(source, EXERCISES[name]), seed)


def network(name, *options):
    """The call of ``ResNet`` that a builder needs, with other options."""
    block, layers = ("BasicBlock", [2, 2, 2, 2]) if name == "resnet18" else (
        "Bottleneck", [3, 4, 23, 3] if "101" in name else [3, 4, 6, 3])  # fmt: skip
    return f"return ResNet({', '.join([block, str(layers), *options])})"


# A head, a frozen backbone.


@pytest.mark.parametrize("asked", [
    "old.bias is not None", "'bias' in dict(old.named_parameters())",
    "False if old.bias is None else True",
])  # fmt: skip
@pytest.mark.parametrize("seed", [0, 3])
def test_a_head_without_a_bias_is_refused_where_the_old_one_has_none(asked, seed):
    report = report_on("replace_head", "old = model.fc", "model.fc = nn.Linear(old.in_features, "
                       f"num_classes, bias={asked})", "return model", seed=seed)  # fmt: skip
    assert not report.passed
    assert report.mistake == "bias-as-in-the-old-head"
    assert "the head has no bias" in report.seen


@pytest.mark.parametrize(("lines", "mistake", "least", "most"), [
    (["return model.eval()"], "nothing-frozen", 0, 0.25),
    (["for p in model.parameters():", "    p.requires_grad_ = False", "return model.eval()"],
     "method-overwritten", 0, 0.25),
    (["model.requires_grad = False", "return model.eval()"], "set-on-layers", 0, 0.25),
    (["return model"], "nothing-done", 0, 0),
    (["for p in model.parameters():", "    p.requires_grad == False", "return model"],
     "nothing-done", 0, 0),
    ([*FROZEN, "return model"], "statistics-still-move", 0.5, 0.6),
])  # fmt: skip
def test_freezing_without_the_norms_is_worth_more_than_not_freezing(lines, mistake, least, most):
    report = report_on("freeze_backbone", *lines)
    assert report.mistake == mistake
    assert least <= report.score <= most


def test_a_part_that_still_learns_is_called_by_its_name():
    report = report_on(
        "freeze_backbone", "for n, p in model.named_parameters():", "    if 'conv' in n:",
        "        p.requires_grad = False", "for m in model.modules():",
        "    if isinstance(m, nn.BatchNorm2d):", "        m.eval()", "return model",
    )  # fmt: skip
    assert (report.mistake, report.title) == (None, "bn1.weight still learns.")
    assert 0.4 < report.score < 0.6


# What comes out.


@pytest.mark.parametrize(("result", "title"), [
    (f"{FEATURES}.reshape(1, -1)", "What comes out has the shape (1, 18), not (3, 6)."),
    (f"{FEATURES}.numpy()", "What comes out is an ndarray, not a tensor."),
    (f"({FEATURES}, 0)", "What comes out is a tuple, not a tensor."),
])  # fmt: skip
def test_features_of_another_kind_or_shape_are_described(result, title):
    report = report_on("feature_extractor", f"return lambda x: {result}")
    assert (report.mistake, report.title) == (None, title)


@pytest.mark.parametrize("pair", ["p.max(1)", "p.topk(2)", "(p, p.argmax(1))"])
def test_a_pair_that_comes_back_from_predict_is_called_one(pair):
    report = report_on(
        "predict", "modes = {m: m.training for m in model.modules()}", "model.eval()",
        "with torch.no_grad():", "    p = model(x).softmax(1)", "for m, mode in modes.items():",
        "    m.training = mode", f"return {pair}",
    )  # fmt: skip
    assert report.title == "What comes back is a pair of tensors, not one tensor."


@pytest.mark.parametrize("body", [
    ["out = {}", "for key, value in state_dict.items():",
     "    out[key.removeprefix(prefix)] = value", "    return out"],
    ["for key, value in state_dict.items():", "    return {key.removeprefix(prefix): value}"],
])  # fmt: skip
def test_a_return_inside_the_loop_is_named(body):
    report = report_on("strip_prefix", *body)
    assert report.mistake == "first-entry-only"
    assert report.score >= 0.25


# Whole numbers.


def test_every_prompt_of_a_count_says_that_an_int_is_asked_for():
    prompts = [e.prompt for e in EXERCISES.values() if e.part == "numbers"]
    assert all("of the type int" in prompt for prompt in prompts)


@pytest.mark.parametrize("style", ["plain", "list", "helpers"])
@pytest.mark.parametrize(("change", "mistake"), [
    ("count-a-float", "count-a-float"), ("width-rounded", "width-rounded"),
    ("width-rounded-up", "width-rounded-up"), ("width-with-a-fraction", "width-with-a-fraction"),
    ("width-a-float", "width-a-float"),
])  # fmt: skip
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_width_of_a_bottleneck_in_other_numbers_is_named(style, change, mistake, seed):
    exercise = EXERCISES["bottleneck_params"]
    known = next(m for m in exercise.mistakes if m.id == change)
    report = verdict(exercise, exercise.wrong(known, style), without=style, seed=seed)
    assert report.mistake == mistake
    assert 0.25 <= report.score < 1


@pytest.mark.parametrize(("name", "change"), [
    ("conv_macs", ("(cin // groups)", "(cin / groups)")),
    ("bottleneck_params", ("width * (width // groups)", "width * width / groups")),
])  # fmt: skip
def test_a_right_count_that_is_a_float_has_a_name_and_points(name, change):
    exercise = EXERCISES[name]
    answer = run_source(changed(exercise.styles["plain"], [change]), exercise)
    report = check(name, answer)
    assert report.mistake == "count-a-float"
    assert report.score >= 0.25


# Flags in a list, flags in a tuple.


@pytest.mark.parametrize("kind", ["tuple", "list"])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_flags_that_are_known_in_one_type_only_are_told_so(kind, seed):
    settings = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    table = [({"tuple": tuple, "list": list}[kind](map(bool, flags)), 32 // 2 ** sum(flags))
             for flags in settings]  # fmt: skip
    report = report_on("output_stride", f"for flags, stride in {table}:",
                       "    if replace_stride_with_dilation == flags:",
                       "        return stride", "return 32", seed=seed)  # fmt: skip
    assert report.mistake == {"tuple": "lists-not-known", "list": "tuples-not-known"}[kind]
    assert report.score >= 0.25


def test_the_three_usual_settings_as_tuples_are_not_called_flags_without_effect():
    lines = [f"if replace_stride_with_dilation == {flags}:\n        return {stride}"
             for flags, stride in THREE.items()]  # fmt: skip
    assert report_on("output_stride", *lines, "return 32").mistake == "lists-not-known"


@pytest.mark.parametrize("table", [
    {**THREE, (False, False, False): 32},
    {(a, b, c): 32 // 2 ** (a + b + c) for a in (False, True) for b in (False, True)
     for c in (False, True)},
])  # fmt: skip
def test_a_list_that_is_looked_up_in_a_dict_is_named(table):
    report = report_on("output_stride", f"return {table}[replace_stride_with_dilation]")
    assert report.mistake == "list-as-a-key"
    assert report.score >= 0.25


def test_what_can_change_and_is_looked_up_elsewhere_is_told_in_words():
    report = report_on("depth", "return {layers: 18}[layers]")
    assert report.title == ("An error stops the answer: what can change, such as a list, is looked "
                            "up in a dict or a set.")  # fmt: skip


# Builders.


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d", "wide_resnet101_2"])
def test_ten_classes_written_down_are_no_num_classes_handed_on(name):
    options = {"resnext50_32x4d": ["groups=32", "width_per_group=4"],
               "wide_resnet101_2": ["width_per_group=128"]}.get(name, [])  # fmt: skip

    def named(classes, *more):
        return report_on(name, network(name, *options, f"num_classes={classes}", *more)).mistake

    assert named(10) == "ten-classes-for-all"
    assert named(1000) == "kwargs-dropped"
    assert named("kwargs.get('num_classes', 1000)") == "only-num-classes"
    assert named("kwargs.pop('num_classes', 10)", "**kwargs") == "num-classes-10"
    assert named(100) not in ("ten-classes-for-all", "only-num-classes", "num-classes-10")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", WIDE)
def test_the_name_that_the_width_has_in_a_block_is_named(name, seed):
    report = report_on(name, network(name, WIDE[name], "**kwargs"), seed=seed)
    assert report.mistake == "base-width"
    assert report.score >= 0.25


@pytest.mark.parametrize(("name", "option"), [
    ("resnext50_32x4d", "cardinality=32"), ("wide_resnet101_2", "width=128"),
    ("resnet50", "pretrained=False"), ("resnet18", "base_width=64"),
])  # fmt: skip
def test_an_argument_that_resnet_does_not_take_is_told(name, option):
    report = report_on(name, network(name, option, "**kwargs"))
    argument = option.partition("=")[0]
    assert report.mistake is None
    assert report.title == f"An error stops the answer: ResNet takes no argument {argument}."


def test_what_stands_for_resnet_in_the_cage_goes_by_its_name_in_errors():
    exercise = EXERCISES["resnet50"]
    source = f"def resnet50(**kwargs):\n    {network('resnet50', 'pretrained=False')}\n"
    rows = probe.observe(run_source(source, exercise, STAND_INS), exercise.drawn(1))
    report = checking.judge(exercise, 1, rows, STAND_INS)
    assert report.title == "An error stops the answer: ResNet takes no argument pretrained."
    assert "StandIn" not in report.seen


# One convolution.


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("arguments", "mistake"), [
    ("3, stride, groups, dilation, bias=False", "groups-in-the-place-of-the-padding"),
    ("3, stride, groups, dilation=dilation, bias=False", "groups-in-the-place-of-the-padding"),
    ("3, stride, dilation, groups, bias=False", "groups-in-the-place-of-the-dilation"),
    ("3, stride, dilation, dilation, bias=False", "groups-ignored"),
    ("3, stride, padding=1, bias=False, dilation=dilation, groups=groups", "padding-always-one"),
])  # fmt: skip
def test_groups_that_arrive_as_something_else_are_not_called_dropped(arguments, mistake, seed):
    assert report_on("conv3x3", f"{LAYER}{arguments})", seed=seed).mistake == mistake


@pytest.mark.parametrize(("arguments", "section"), [
    ("3, stride, 3, dilation, groups, bias=False)", "02 §2"),
    ("3, stride, dilation, 2 * dilation - 1, groups, bias=False)", "02 §2"),
    ("3, stride * stride, dilation, dilation, groups, bias=False)", "02 §3"),
    ("3, stride, dilation, dilation, 2, bias=False)", "02 §5"),
    ("7, stride, 3 * dilation, dilation, groups, bias=False)", "02 §1"),
    ("3, stride, dilation, dilation, groups, bias=False).weight", "02 §1"),
])  # fmt: skip
def test_where_to_read_follows_from_what_differs(arguments, section):
    report = report_on("conv3x3", LAYER + arguments)
    assert (report.mistake, report.section) == (None, section)


def test_an_argument_that_is_missing_in_the_signature_has_its_section():
    source = "def conv3x3(in_planes, out_planes, stride=1, dilation=1):\n    " + LAYER
    source += "3, stride, dilation, dilation, bias=False)\n"
    report = check("conv3x3", run_source(source, EXERCISES["conv3x3"]))
    assert report.section == "02 §5"


def test_groups_that_do_not_divide_the_channels_are_told_in_words():
    named = report_on("conv1x1", f"{LAYER}1, stride, groups=in_planes, bias=False)")
    assert named.mistake == "groups-that-do-not-divide"
    other = report_on("conv1x1", f"{LAYER}1, stride, groups=out_planes, bias=False)")
    assert other.title == ("An error stops the answer: channels are to be cut into groups that do "
                           "not divide them.")  # fmt: skip
    assert other.section == "02 §5"
