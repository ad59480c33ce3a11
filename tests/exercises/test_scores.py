"""What an answer earns: nothing for doing nothing, something for one slip, all for a right one."""

import ast

import pytest

from resnet_edu.exercises import EXERCISES, check, checking
from resnet_edu.exercises.tasks import run_source

FUNCTIONS = [n for n, e in EXERCISES.items() if e.part in ("numbers", "use")]
BLOCKS = ("BasicBlock", "Bottleneck")
MORE = {
    "predict": ["model(x)", "model.eval()"], "output_stride": ["32"],
    "strip_prefix": ["dict(state_dict)"], "stage_sizes": ["[n] * 6"],
    "feature_extractor": ["lambda x: x"],
    "conv3x3": ["nn.Identity()"], "conv1x1": ["nn.Identity()"], "resnet50": ["nn.Identity()"],
}  # fmt: skip
EMPTY = """
class {name}(nn.Module):
    expansion = {expansion}

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x):
        return x
"""


def earned(name, source, seed=0):
    return check(name, run_source(source, EXERCISES[name]), seed=seed).score


def returning(name, value):
    return f"def {EXERCISES[name].signature}:\n    return {value}\n"


def with_forward(name, line):
    """The reference's layers, and one line in place of its calls."""
    source = next(iter(EXERCISES[name].styles.values()))
    layers, found, _ = source.partition("    def forward(self, x):\n")
    assert found
    return f"{layers}{found}        {line}\n"


def slipped(name, mistake, seed=0):
    """What a mistake of the catalogue earns in its first style."""
    exercise = EXERCISES[name]
    known = next(m for m in exercise.mistakes if m.id == mistake)
    return check(name, exercise.wrong(known, next(iter(known.changes))), seed=seed).score


@pytest.mark.parametrize("name", [*FUNCTIONS, "conv3x3", "conv1x1", "resnet50"])
def test_doing_nothing_earns_nothing(name):
    arguments = ast.parse(returning(name, 0)).body[0].args.args
    values = [*MORE.get(name, ()), "0", "1", "None", "{}", *(a.arg for a in arguments)]
    sources = [*(returning(name, value) for value in values),
               f"def {EXERCISES[name].signature}:\n    raise ValueError\n"]  # fmt: skip
    assert {source: earned(name, source) for source in sources} == dict.fromkeys(sources, 0)


@pytest.mark.parametrize("name", [*BLOCKS, "ResNet"])
def test_a_class_without_layers_that_hands_its_input_back_earns_nothing(name):
    source = EMPTY.format(name=name, expansion=4 if name == "Bottleneck" else 1)
    assert earned(name, source) == 0
    assert earned(name, source.replace("super().__init__()", "raise ValueError")) == 0


@pytest.mark.parametrize("name", BLOCKS)
def test_layers_earn_the_same_whether_the_input_comes_back_or_a_typo_stops_the_block(name):
    handed_back = earned(name, with_forward(name, "return x"))
    assert 0 < handed_back < 0.3
    assert earned(name, with_forward(name, "return self.conv9(x)")) == handed_back


@pytest.mark.parametrize(("name", "mistake"), [
    ("strip_prefix", "one-letter-too-many"), ("load_backbone", "head-loaded-too"),
    ("load_backbone", "fc-anywhere"), ("replace_head", "width-fixed"),
    ("freeze_backbone", "statistics-still-move"), ("to_grayscale", "mean-over-the-colours"),
    ("to_grayscale", "stride-lost"), ("to_grayscale", "no-parameter"),
    ("feature_extractor", "no-flatten"), ("predict", "evaluation-forgotten"),
    ("conv_out", "true-division"), ("conv_out", "first-place-forgotten"),
    ("output_stride", "dilation-doubles"), ("bn_params", "running-statistics-counted"),
])  # fmt: skip
def test_one_slip_earns_more_than_doing_nothing(name, mistake):
    assert checking.RECOGNISED <= slipped(name, mistake) < 1


def test_a_mistake_earns_no_less_for_a_part_that_is_only_hidden():
    """What an error keeps from being seen takes nothing off."""
    assert slipped("BasicBlock", "no-sum") > slipped("BasicBlock", "first-relu-missing")
    assert slipped("BasicBlock", "downsample-not-called") > checking.RECOGNISED


def test_what_doing_nothing_leaves_whole_costs_its_part_when_it_is_broken():
    assert slipped("strip_prefix", "given-one-changed") == pytest.approx(7 / 8)
    assert slipped("load_backbone", "put-in-evaluation-mode") == pytest.approx(4 / 5)


@pytest.mark.parametrize("name", EXERCISES)
def test_groups_and_mistakes_of_doing_nothing_are_those_of_the_exercise(name):
    exercise = EXERCISES[name]
    groups = {key.split("/")[1] for key in checking.expectation(name, 0)}
    assert {*exercise.idle} <= groups
    assert {*exercise.undone} <= {m.id for m in exercise.mistakes}
    assert groups - {*exercise.idle}


@pytest.mark.parametrize(("name", "mistake"), [
    ("resnet18", "layers-3-4-6-3"), ("resnet18", "kwargs-without-stars"),
    ("resnet50", "basic-block"), ("resnet50", "layers-2-2-2-2"),
    ("receptive_field", "first-operation-only"), ("to_grayscale", "bias-lost"),
    ("strip_prefix", "ends-at-the-first-with-the-prefix"), ("load_backbone", "head-only"),
])  # fmt: skip
def test_what_is_called_by_its_name_earns_a_quarter_in_every_style(name, mistake):
    exercise = EXERCISES[name]
    known = next(m for m in exercise.mistakes if m.id == mistake)
    for style in known.changes:
        report = check(name, exercise.wrong(known, style))
        assert checking.RECOGNISED <= report.score < 1, style


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("name", "values"), [
    ("bn_params", ["128", "12", "c - c + 512"]), ("output_stride", ["4", "8", "16", "32"]),
    ("depth", ["18", "50"]), ("receptive_field", ["1", "7"]), ("conv_out", ["1", "112"]),
    ("stage_sizes", ["[112, 56, 56, 28, 14, 7]"]), ("count_params", ["11689512"]),
])  # fmt: skip
def test_one_result_for_all_calls_earns_nothing(name, values, seed):
    assert [earned(name, returning(name, value), seed) for value in values] == [0] * len(values)
