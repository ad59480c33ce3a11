"""The references of the exercises on counting agree with the closed formulas and with traces."""

import itertools
import random
import re
import textwrap

import pytest
import torch

import resnet_edu
from resnet_edu.anatomy import formulas, trace
from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.catalogue import counting
from resnet_edu.exercises.tasks import run_source

NETWORKS = ("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2")
LAYERS = {
    "resnet18": (2, [2, 2, 2, 2]), "resnet50": (3, [3, 4, 6, 3]), "resnet152": (3, [3, 8, 36, 3]),
}  # fmt: skip


@pytest.fixture(params=["conv_out", "conv_params", "bn_params", "conv_macs", "bottleneck_params",
                        "stage_sizes", "depth", "output_stride"])  # fmt: skip
def named(request):
    return EXERCISES[request.param]


def test_references_agree_with_the_formulas_on_their_own_cases(named):
    for seed in range(5):
        for case in named.drawn(seed)["cases"]:
            args = [tuple(a["of"]) if isinstance(a, dict) else a for a in case["args"]]
            expected = getattr(formulas, named.name)(*args, **case["kwargs"])
            assert named.reference()(*args, **case["kwargs"]) == expected, case["words"]


def test_receptive_field_agrees_with_the_formula_and_with_traces():
    answer = EXERCISES["receptive_field"].reference()
    rng = random.Random(0)
    for _ in range(200):
        number = rng.randint(0, 6)
        ops = [(rng.randint(1, 7), rng.randint(1, 3), rng.randint(1, 4)) for _ in range(number)]
        assert answer(ops) == formulas.receptive_field([(k, s, 0, d) for k, s, d in ops])[0]
    for name in NETWORKS:
        path = [r for r in trace(name) if r.branch != "shortcut" and r.kernel_size]
        ops = [(r.kernel_size[0], r.stride[0], r.dilation[0]) for r in path]
        assert answer(ops) == path[-1].receptive_field


@pytest.mark.parametrize("network", NETWORKS)
def test_references_agree_with_traces(network):
    out, params, macs = (EXERCISES[n].reference() for n in ("conv_out", "conv_params", "conv_macs"))
    for record in trace(network):
        if record.kind != "Conv2d":
            continue
        (_, cin, side, _), (_, cout, after, _) = record.input_shapes[0], record.output_shape
        k, s, p = record.kernel_size[0], record.stride[0], record.padding[0]
        assert out(side, k, s, p, record.dilation[0]) == after
        assert params(cin, cout, k, record.groups) == record.parameters
        assert macs(cin, cout, k, side, s, p, record.groups) == record.multiply_adds


def test_sizes_strides_and_counts_are_those_of_the_networks():
    sizes, stride, count = (
        EXERCISES[n].reference() for n in ("stage_sizes", "output_stride", "count_params")
    )
    for side in (224, 225, 97):
        network = trace("resnet18", side)
        names = ("conv1", "maxpool", *(f"layer{i}.1.conv2" for i in (1, 2, 3, 4)))
        assert sizes(side) == tuple(network[name].output_shape[2] for name in names)
    for flags in itertools.product([False, True], repeat=3):
        network = trace("resnet50", replace_stride_with_dilation=list(flags))
        assert stride(flags) == network["layer4.2.conv3"].jump
    for name in NETWORKS:
        with torch.device("meta"):
            model = getattr(resnet_edu, name)()
        assert count(model) == trace(name).totals.parameters


def test_depth_is_the_number_in_the_name():
    for name, arguments in LAYERS.items():
        assert EXERCISES["depth"].reference()(*arguments) == int(name.removeprefix("resnet"))


def test_numpy_and_plain_integers_are_right_and_a_float_is_a_mistake_of_its_own():
    numpy = pytest.importorskip("numpy")
    answer = EXERCISES["conv_out"].reference()
    assert check("conv_out", lambda *a, **k: numpy.int64(answer(*a, **k))).passed
    report = check("conv_out", lambda *a, **k: float(answer(*a, **k)))
    assert not report.passed
    assert re.search(r"expected (\d+), found \1\.0$", report.seen)


def test_the_score_is_the_share_of_groups():
    def without_bias(cin, cout, k, groups=1, bias=False):
        return cin // groups * cout * k * k

    half = check("conv_params", without_bias)
    assert half.mistake == "bias-ignored"
    assert 0 < half.score < 1
    assert {e.part for e in counting.EXERCISES} == {"numbers"}


LOOP = "total = 0\nfor p in model.parameters():\n    total {} p.numel(){}\n{}return total"
FIELD = ("field, jump = {}\nfor kernel, stride, dilation in ops:\n    field {}\n"
         "    jump *= stride\n{}return field")  # fmt: skip
MACS = "side = {}\nreturn cin // groups * {} * k ** 2 * side ** 2"
FLAGS = "replace_stride_with_dilation"
SLIPS = [
    ("count_params", LOOP.format("=", "", ""), "last-tensor-only"),
    ("count_params", LOOP.format("+=", "", "    "), "first-tensor-only"),
    ("count_params", LOOP.format("+=", "; p.data.zero_()", ""), "weights-changed"),
    ("count_params", LOOP.format("+=", "; p.requires_grad = False", ""), "model-frozen"),
    ("count_params", "model.eval()\n" + LOOP.format("+=", "", ""), "mode-changed"),
    ("count_params", "return sum(sum(p.numel() for p in m.parameters()) "
                     "for m in model.modules() if hasattr(m, 'weight'))", "weight-and-bias-only"),
    ("receptive_field", FIELD.format("1, 1", "*= kernel", ""), "lengths-multiplied"),
    ("receptive_field", FIELD.format("0, 1", "+= kernel", ""), "lengths-added"),
    ("receptive_field", FIELD.format("0, 1", "+= (kernel - 1) * dilation * jump", ""),
     "starts-at-zero"),
    ("receptive_field", FIELD.format("1, 0", "+= (kernel - 1) * dilation * jump", ""),
     "step-starts-at-zero"),
    ("receptive_field", FIELD.format("1, 1", "+= (kernel - 1) * dilation * jump", "    "),
     "first-operation-only"),
    ("receptive_field", FIELD.format("1, 1", "= (kernel - 1) * dilation * jump", ""),
     "last-operation-only"),
    ("receptive_field", "field = 0\nfor kernel, stride, dilation in reversed(ops):\n"
     "    field = (field - 1) * stride + dilation * (kernel - 1) + 1\nreturn field",
     "starts-at-zero-at-the-end"),
    ("depth", "return convs_per_block * (sum(layers) + 2)", "both-ends-multiplied"),
    ("depth", "return convs_per_block * (sum(layers) + 1) + 1", "one-end-multiplied"),
    ("depth", "return (convs_per_block + 1) * sum(layers) + 2", "one-more-in-every-block"),
    ("depth", "return 2 * convs_per_block * sum(layers) + 2", "norms-in-the-blocks-counted"),
    ("depth", "return convs_per_block * math.prod(layers) + 2", "stages-multiplied"),
    ("depth", "return convs_per_block * layers[0] + 2", "first-stage-only"),
    ("depth", "count = 2\nfor n in layers:\n    count = convs_per_block * n\nreturn count",
     "last-stage-only"),
    ("depth", "count = 2\nfor i in range(1, len(layers)):\n    count += convs_per_block * layers[i]"
              "\nreturn count", "first-stage-left-out"),
    ("depth", "a, b, c, d = [layers[i] for i in range(4)]\n"
              "return convs_per_block * (a + b + c + d) + 2", "four-stages-fixed"),
    ("depth", "return f'resnet{convs_per_block * sum(layers) + 2}'", "the-name-returned"),
    ("output_stride", f"return 32 // len({FLAGS})", "divided-by-the-length"),
    ("output_stride", f"return 32 // 2 ** len({FLAGS})", "every-flag-counted"),
    ("output_stride", f"return 32 // (1 + sum({FLAGS}))", "divided-by-one-more"),
    ("output_stride", f"return 32 // max(1, 2 * sum({FLAGS}))", "doubled-not-squared"),
    ("output_stride", f"return 32 - 8 * sum({FLAGS})", "subtracted"),
    ("output_stride", f"stride = 4\nfor flag in {FLAGS}:\n    stride += 0 if flag else 2\n"
                      "return stride", "two-added"),
    ("output_stride", f"stride = 4\nfor flag in {FLAGS}:\n    if not flag:\n        stride = 2\n"
                      "return stride", "set-not-multiplied"),
    ("stage_sizes", "return n / 2, n / 4, n / 4, n / 8, n / 16, n / 32", "halves-as-floats"),
    ("stage_sizes", "return [math.ceil(n / k) for k in (4, 8, 16, 32)]", "stages-only"),
    ("conv_macs", MACS.format("n // stride", "cout"), "side-by-the-stride-alone"),
    ("conv_macs", MACS.format("(n + 2 * padding) // stride", "cout"), "kernel-not-taken-off"),
    ("conv_macs", MACS.format("(n + 2 * padding - k) // stride + 1", "1"),
     "output-channels-forgotten"),
    ("conv_params", "return cin // groups * k * k + (cout if bias else 0)",
     "output-channels-forgotten"),
    ("conv_out", "return (n + 2 * padding - dilation * k) // stride + 1",
     "dilation-times-the-kernel"),
    ("conv_out", "return (n + 2 * padding - dilation * k - 1) // stride + 1", "one-gap-too-many"),
    ("conv_out", "return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1.0", "a-float"),
]  # fmt: skip


def answered(name, body):
    """The report on a function with that body."""
    exercise = EXERCISES[name]
    source = f"def {exercise.signature}:\n{textwrap.indent(body, '    ')}\n"
    return check(name, run_source(source, exercise))


@pytest.mark.parametrize(("name", "body", "mistake"), SLIPS)
def test_slips_in_plain_answers_are_called_by_their_names(name, body, mistake):
    report = answered(name, body)
    assert report.mistake == mistake, report


def test_arguments_that_have_changed_places_in_the_signature_are_told_so():
    answer = EXERCISES["conv_out"].reference()
    report = check("conv_out", lambda n, k, padding=0, stride=1, dilation=1:
                   answer(n, k, stride, padding, dilation))  # fmt: skip
    assert report.mistake == "padding-before-stride", report
    count = EXERCISES["bottleneck_params"].reference()
    report = check("bottleneck_params", lambda inplanes, planes, base_width=64, groups=1,
                   projection=False: count(inplanes, planes, groups, base_width, projection))
    assert "calls by position" in report.title, report  # fmt: skip


def test_the_right_number_as_text_or_float_is_told_so():
    for kind, made in (("text", "str"), ("float", "float")):
        report = answered("depth", f"return {made}(convs_per_block * sum(layers) + 2)")
        assert report.title == f"The number is right, and it comes back as a {kind}."
