"""The references of the exercises on counting agree with the closed formulas and with traces."""

import dataclasses
import itertools
import math
import random
import re
import textwrap

import numpy
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
BLOCK = ("w = {}\nout = 4 * planes\n"
         "total = inplanes * w + w * w * 9 // groups + {} + 4 * w + 2 * out\n"
         "return total + projection * (inplanes * out + 2 * out)")  # fmt: skip
WIDTH = "int(planes * base_width / 64) * groups"
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
    ("output_stride", f"return 32 // max(1, 2 * sum({FLAGS}))", "three-halvings-make-six"),
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
    ("conv_out", "return n + 2 * padding - dilation * (k - 1) - 1 // stride + 1",
     "only-the-one-divided"),
    ("conv_out", "return n + 2 * padding - (dilation * (k - 1) + 1) // stride + 1",
     "only-the-reach-divided"),
    ("conv_macs", MACS.format("(n + 2 * padding - k) // stride + 1", "cout * cout"),
     "output-channels-twice"),
    ("bn_params", "return 2 * c * c", "two-matrices"),
    ("count_params", LOOP.format("+=", "; p.requires_grad = True", ""), "model-unfrozen"),
    ("count_params", "return sum(sum(p.shape) for p in model.parameters())", "axes-added"),
    ("count_params", "return sum(p.numel() for p in model.parameters(recurse=False))", "own-only"),
    ("depth", "return convs_per_block * (sum(layers) + 1)", "ends-like-a-block"),
    ("depth", "count = 0\nfor n in layers:\n    count = 2 + convs_per_block * n\nreturn count",
     "last-stage-and-the-ends"),
    ("depth", "count = 0\nfor n in layers:\n    count += 2 + convs_per_block * n\nreturn count",
     "ends-in-every-stage"),
    ("depth", "return 2 + convs_per_block * sum(range(len(layers)))", "places-not-blocks"),
    ("receptive_field", FIELD.format("1, 1", "+= (kernel - 1) * dilation * jump", "")
     .replace("stride, dilation", "dilation, stride"), "stride-and-dilation-swapped"),
    ("receptive_field", "seen = {0}\nfor k, s, d in ops[::-1]:\n    seen = "
     "{a * s + t * d for a in seen for t in range(k)}\nreturn len(seen)", "pixels-counted"),
    ("receptive_field", "if not ops:\n    return 1\nfield, jump, _ = ops[0]\n"
     "for k, s, d in ops[1:]:\n    field += (k - 1) * d * jump\n    jump *= s\nreturn field",
     "first-dilation-forgotten"),
    ("receptive_field", "field, jump, d = ops[0]\nfield = (field - 1) * d + 1\n"
     "for k, s, d in ops[1:]:\n    field += (k - 1) * d * jump\n    jump *= s\nreturn field",
     "empty-list-stops"),
    ("receptive_field", FIELD.format("1, 1", "+= kernel - 1 * dilation * jump", ""),
     "brackets-missing"),
    ("stage_sizes", "return [int(n / k + 0.5) for k in (2, 4, 4, 8, 16, 32)]",
     "rounded-at-the-end"),
    ("output_stride", f"a, b, c = {FLAGS}\nreturn 32 >> (a + b)", "last-flag-left-out"),
    ("output_stride", f"a, b = {FLAGS}\nreturn 32 >> (a + b)", "two-flags-taken"),
    ("output_stride", f"stride = 4\nfor flag in {FLAGS}:\n    stride *= 1 if flag else 2\n"
                      "    return stride", "first-round-only"),
    ("count_params", "return sum(p.numel() for n, p in model.named_parameters() "
                     "if 'bias' not in n)", "what-is-called-bias-left-out"),
    ("output_stride", f"stride = 1\nfor flag in {FLAGS}:\n    stride = stride * 2 if flag else "
                      "stride\nreturn stride", "doubled-by-true-from-one"),
    ("depth", "more = len(layers) if convs_per_block == 3 else len(layers) - 1\n"
              "return 2 + convs_per_block * sum(layers) + more",
     "projection-in-layer1-of-bottlenecks-only"),
    ("depth", "more = len(layers) - 1 if convs_per_block == 2 else len(layers)\n"
              "return 2 + convs_per_block * sum(layers) + more",
     "projections-of-each-kind-counted"),
    ("depth", "a, b, c, d = layers\nreturn 2 + convs_per_block * (a + b + c + d)",
     "four-stages-demanded"),
    ("conv_out", "reach = k + (k - 1) * dilation\nreturn (n + 2 * padding - reach) // stride + 1",
     "gaps-one-too-wide"),
    ("conv_out", "return (n + 2 * padding - dilation * (k - 1) + 1) // stride + 1",
     "room-two-too-large"),
    ("conv_out", "return (n - 2 * padding - dilation * (k - 1) - 1) // stride + 1",
     "padding-taken-off"),
    ("conv_out", "return int(round((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1))",
     "rounded-with-the-first-place"),
    ("conv_params", "return (cin // groups * k * k + (1 if bias else 0)) * cin",
     "filters-of-the-input"),
    ("conv_macs", "side = (n + 2 * padding - k) / stride + 1\n"
                  "return int(cin // groups * cout * k * k * side * side)", "side-with-a-fraction"),
    ("bottleneck_params", BLOCK.format("int(planes * base_width * groups / 64)", "w * out"),
     "rounded-late-and-the-groups-cut"),
    ("bottleneck_params", BLOCK.format("int(planes * base_width / 64)", "w * out"),
     "one-group-wide"),
    ("bottleneck_params", BLOCK.format("int(planes * base_width / 64) * groups", "w * planes"),
     "last-convolution-to-planes"),
    ("stage_sizes", "sides = [n]\nfor _ in range(5):\n    sides.append(math.ceil(sides[-1] / 2))\n"
                    "return sides", "image-for-one-of-the-equal-sides"),
    ("conv_out", "return abs((n + 2 * padding - dilation * (k - 1) - 1) // stride) + 2",
     "first-place-twice"),
    ("conv_macs", MACS.format("(n + 2 * padding - k) // stride + 2", "cout"), "first-place-twice"),
    ("conv_params", "return cin * cout * 9 // groups + bias * cout", "kernel-of-9"),
    ("conv_params", "return cout * k * k // groups", "input-channels-forgotten-not-the-groups"),
    ("bottleneck_params", BLOCK.format(WIDTH, "w * out").replace("projection", "(not projection)"),
     "projection-the-wrong-way-round"),
    ("bottleneck_params", BLOCK.format(WIDTH, "w * out").replace("// groups", "// groups ** 2"),
     "groups-twice-in-the-3x3"),
    ("bottleneck_params", BLOCK.format(WIDTH, "w * out").replace("(inplanes", "(planes"),
     "projection-reads-planes"),
    ("conv_out", "return (n + 2 * padding - 2 * (k // 2) * dilation - 1) // stride + 1",
     "half-a-kernel-on-both-sides"),
    ("conv_macs", MACS.format("(n + 2 * padding - 2 * (k // 2) - 1) // stride + 1", "cout"),
     "half-a-kernel-on-both-sides"),
    ("receptive_field", FIELD.format("1, 1", "+= 2 * (kernel // 2) * dilation * jump", ""),
     "half-a-kernel-on-both-sides"),
    ("bottleneck_params", BLOCK.format(f"max(planes, {WIDTH})", "w * out"),
     "never-narrower-than-planes"),
    ("bottleneck_params", BLOCK.format(f"{WIDTH} if groups > 1 else planes", "w * out"),
     "base-width-only-with-groups"),
    ("bottleneck_params", BLOCK.format(f"planes if base_width == 64 else {WIDTH}", "w * out"),
     "groups-only-with-a-base-width"),
    ("count_params", "return sum(p.numel() for m in model.modules() if not list(m.children()) "
                     "for p in m.parameters())", "leaves-only"),
    ("count_params", "kinds = nn.Conv2d, nn.Linear, nn.BatchNorm2d\nreturn sum(p.numel() for m in "
     "model.modules() if isinstance(m, kinds) for p in m.parameters())", "known-types-only"),
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


OUT = "(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1"
WEIGHTS = "cin // groups * cout * k * k"
SIDES = "math.ceil(n / k) for k in (2, 4, 4, 8, 16, 32)"
def test_tensors_with_the_same_numbers_are_two():
    body = ("kept = []\nfor p in model.parameters():\n"
            "    if not any(p.shape == q.shape and torch.equal(p, q) for q in kept):\n"
            "        kept.append(p)\nreturn sum(p.numel() for p in kept)")  # fmt: skip
    assert not answered("count_params", body).passed


UNKNOWN = [  # no mistake of the catalogue: what is said is true of all that was seen
    ("depth", "return 2 + convs_per_block * max(layers)", "The answer is not right."),
    ("depth", "return 2 + convs_per_block * layers[0] * len(layers)", "The answer is not right."),
    ("depth", "total == 2\nfor n in layers:\n    total += n\nreturn total",
     "An error stops the answer"),
    ("depth", "return torch.tensor(layers).sum() * convs_per_block + 2",
     "The number is right, and it comes back as a tensor."),
    ("bn_params", "return 2 * c,", "The number is right, and it stands in a list or a tuple."),
    ("bn_params", "return 128", "Every call gives the same: 128."),
    ("bn_params", "return c ^ 2", "In Python ^ is no power"),
    ("bn_params", "return nn.BatchNorm2d(c)", "What comes back is a BatchNorm2d."),
    ("bn_params", "return 2 * c + 2", "Every number is 2 too large."),
    ("bn_params", "return 3 * c", "Every number is one and a half times as large"),
    ("conv_params", "layer = nn.Conv2d(cin, cout, k, groups=groups, bias=bias)\n"
                    "return sum(p for p in layer.parameters())",
     "Where no error stops the answer, what comes back is a tensor."),
    ("count_params", "return sum(p.numel() for m in model.modules() "
     "for p in m._parameters.values())", "An error stops the answer: None has no numel."),
    ("conv_out", f"if stride > 1:\n    return {OUT}", "In some calls nothing comes back"),
    ("conv_out", f"return {OUT.replace('k - 1', 'k + 1')}", "The answer is not right."),
    ("conv_params", f"return {WEIGHTS} + cout if bias else 0", "The answer is 0 for calls without"),
    ("conv_params", f"return {WEIGHTS.replace('k * k', 'k ^ 2')}", "In Python ^ is no power"),
    ("count_params", "return sum(torch.tensor(p.shape).prod() for p in model.parameters())",
     "The number is right, and it comes back as a tensor."),
    ("count_params", "model.double().requires_grad_(True).half()\n"
     "return sum(p.numel() for p in model.parameters())", "The results are right, and what was"),
    ("receptive_field", FIELD.format("1, 1", "= field + kernel * dilation - jump", ""),
     "The answer is not right in 6 of 10 calls."),
    ("conv_params", f"return {WEIGHTS} + bias * cout * groups",
     "The answer is not right for calls with groups and a bias and calls with settings by"),
    ("conv_params", "return cin * cout * (9 if k > 1 else 1) // groups + bias * cout",
     "The answer is not right in 2 of 8 calls."),
    ("stage_sizes", "a = -(-n // 2)\nb = a / 2\n"
                    "return a, b, b, -(-b // 2), -(-b // 4), -(-b // 8)",
     "There are floats among the numbers."),
    ("conv_out", "return len(range(0, n + 2 * padding - k, stride))", "The answer is not right."),
    ("stage_sizes", "return [112, 56, 56, 28, 14, 7]", "Every call gives the same"),
    ("stage_sizes", f"return torch.tensor([{SIDES}])",
     "The numbers are right, and come back as a tensor."),
    ("stage_sizes", f"return ({SIDES})", "What comes back is a generator."),
    ("stage_sizes", f"return [{SIDES}][::-1]", "The numbers are right, and stand in another order"),
    ("stage_sizes", f"return [{SIDES}][1:]", "Five numbers come back, and six are asked for."),
    ("output_stride", f"return 8 if any({FLAGS}) else 32", "The answer is not right for one stage"),
    ("output_stride", f"return 8 if {FLAGS} else 32", "Every call gives the same: 8."),
    ("output_stride", f"return 4 * 2 ^ [*{FLAGS}].count(False)", "In Python ^ is no power"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "title"), UNKNOWN)
def test_what_is_no_known_mistake_gets_no_name_and_a_true_title(name, body, title):
    report = answered(name, body)
    assert report.mistake is None, report
    assert report.title.startswith(title), report
    assert report.ask.endswith("?")


def test_a_count_that_two_slips_give_is_told_in_words_that_are_true_of_both():
    body = "total = 1\nfor n in layers:\n    total += convs_per_block * n + 1\nreturn total"
    one_more = "return 2 + convs_per_block * sum(layers) + len(layers) - 1"
    said = {answered("depth", text).title for text in (body, one_more)}
    assert said == {"The number is too large, by one less than there are stages."}
    halved = "return 2 ** (6 - sum(replace_stride_with_dilation))"
    assert answered("output_stride", halved).title.startswith("There is one halving too many")
    inside = {answered("conv_out", f"return {text}").title for text in (
        "(n + 2 * padding - dilation * (k - 1)) // stride",
        "(n + 2 * padding - dilation * (k - 1) - 1 + 1) // stride")}  # fmt: skip
    assert inside == {"What is divided is 1 too large, and no 1 is added behind the division."}


def test_what_is_called_right_of_calls_is_nothing_that_a_wrong_call_belies():
    report = answered("conv_out", "return len(range(0, n + 2 * padding - k, stride))")
    assert "conv_out(20, 3)" in report.seen
    assert "it is right" not in report.why


def test_a_count_is_called_by_the_name_of_a_mistake_only_if_that_gives_all_its_numbers():
    known = {m.id: m for m in EXERCISES["bottleneck_params"].mistakes}
    always = EXERCISES["bottleneck_params"].wrong(known["projection-always"], "plain")

    def answer(inplanes, planes, groups=1, base_width=64, projection=False):
        return 7 if projection else always(inplanes, planes, groups, base_width)

    report = check("bottleneck_params", answer)
    assert report.mistake is None, report


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("name", "body"), [
    ("conv_out", "return (n + 2 * padding - 2 * (k // 2) * dilation - 1) // stride + 1"),
    ("conv_macs", MACS.format("(n + 2 * padding - 2 * (k // 2) - 1) // stride + 1", "cout")),
    ("receptive_field", FIELD.format("1, 1", "+= 2 * (kernel // 2) * dilation * jump", "")),
    ("bottleneck_params", BLOCK.format(
        f"{WIDTH} if groups > 1 else max(planes, {WIDTH})", "w * out")),
    ("bottleneck_params", BLOCK.format(f"planes if base_width == 64 else {WIDTH}", "w * out")),
])  # fmt: skip
def test_what_is_wrong_for_few_kinds_of_calls_passes_with_no_seed(name, body, seed):
    exercise = EXERCISES[name]
    source = f"def {exercise.signature}:\n{textwrap.indent(body, '    ')}\n"
    report = check(name, run_source(source, exercise), seed)
    assert not report.passed
    assert 0 < report.score < 1


def test_a_few_kinds_of_calls_that_are_right_are_named_in_the_place_of_many_that_are_not():
    right = BLOCK.format(WIDTH, "w * out")
    more = right.replace("return", "return 5 * (groups > 1 or base_width != 64) +")
    report = answered("bottleneck_params", more)
    assert report.title == "The answer is right only for plain blocks and blocks with a projection."
    more = right.replace("return", "return 5 * (groups > 2 or base_width < 64 or groups > 1 and "
                                   "base_width == 64) +")  # fmt: skip
    assert answered("bottleneck_params", more).title == (
        "The answer is not right for narrow blocks, grouped blocks, widths that are cut and blocks "
        "with everything.")  # fmt: skip


def test_two_slips_are_not_named_where_one_rule_tells_all(monkeypatch):
    exercise = EXERCISES["conv_out"]
    fewer = [m for m in exercise.mistakes if m.id != "first-place-twice"]
    monkeypatch.setitem(EXERCISES, "conv_out", dataclasses.replace(exercise, mistakes=fewer))
    report = answered("conv_out", f"return {OUT} + 1")
    assert (report.mistake, report.title) == (None, "Every number is 1 too large.")


@pytest.mark.parametrize("body", ["return inplanes * planes", BLOCK.format(WIDTH, "0")])
def test_a_mistake_in_a_block_is_shown_on_the_smallest_one(body):
    sizes = [case["args"][0] for case in EXERCISES["bottleneck_params"].drawn(0)["cases"]]
    assert max(sizes[:6]) <= 40 < min(sizes[6:])
    assert answered("bottleneck_params", body).seen.startswith("bottleneck_params(40, 10)")


def test_a_piece_of_the_package_is_no_answer_and_the_exercise_says_so():
    def answer(n):
        return formulas.conv_out(n, 7, 2, 3)

    report = check("stage_sizes", answer)
    assert report.mistake == "imported"
    assert report.title.startswith("A piece of the answer is imported: ")
    whole = check("conv_out", lambda *args, **options: formulas.conv_out(*args, **options))
    assert whole.title.startswith("Imported, not built")
    assert all("calls of this package" in e.prompt for e in counting.EXERCISES)


@pytest.mark.parametrize(("name", "body", "ask"), [
    ("count_params", "return sum(p.numel for p in model.parameters())", "named there and not call"),
    ("count_params", "n = 0\nfor p in model.parameters:\n    n += p.numel()\nreturn n",
     "named there and not called"),
    ("conv_out", f"return torch.floor(({OUT}) / 1)", "What of plain Python rounds"),
])  # fmt: skip
def test_an_error_in_a_count_comes_with_a_question_that_fits(name, body, ask):
    assert ask in answered(name, body).ask


RIGHT = [
    ("conv_out", "return math.ceil((n + 2 * padding - dilation * (k - 1)) / stride)"),
    ("conv_out", "return len(range(dilation * (k - 1), n + 2 * padding, stride))"),
    ("conv_out", "return nn.Conv2d(1, 1, k, stride, padding, dilation)"
                 "(torch.zeros(1, 1, n, n)).size(-1)"),
    ("conv_params", "return functools.reduce(lambda a, b: a * b, (cout, cin // groups, k, k)) "
                    "+ {True: cout, False: 0}[bias]"),
    ("conv_macs", "return F.unfold(torch.zeros(1, cin // groups, n, n), k, padding=padding, "
                  "stride=stride).numel() * cout"),
    ("count_params", "return sum(map(torch.numel, set(model.parameters())))"),
    ("depth", "return 2 if not layers else convs_per_block * layers[0] "
              "+ depth(convs_per_block, layers[1:])"),
    ("receptive_field", "return functools.reduce(lambda f, o: (f[0] + (o[0] - 1) * o[2] * f[1], "
                        "f[1] * o[1]), ops, (1, 1))[0]"),
    ("receptive_field", "from itertools import accumulate\nstrides = [s for _, s, _ in ops]\n"
     "jumps = accumulate(strides, lambda a, b: a * b, initial=1)\n"
     "return 1 + sum((k - 1) * d * j for (k, _, d), j in zip(ops, jumps))"),
    ("stage_sizes", f"return torch.Size([{SIDES}])"),
    ("output_stride", f"return [32, 16, 8, 4][sum({FLAGS})]"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body"), RIGHT)
def test_right_answers_in_other_words_pass(name, body):
    assert answered(name, body).passed


ODD = [2**100_000, [2**20_000], math.nan, math.inf, 1j, {1, 2}, {"a": check}, [[1], [2]], [None],
       True, b"2", object(), numpy.float64(3), numpy.zeros((2, 2)), torch.zeros(2, 2)]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("name", ["depth", "stage_sizes", "conv_out"])
def test_whatever_comes_back_is_told_of(name, odd):
    report = check(name, lambda *args, **options: odd)
    assert (report.passed, report.mistake) == (False, None)
    assert "expected" in str(report)


def test_a_default_that_differs_is_told_so():
    answer = EXERCISES["conv_out"].reference()
    report = check("conv_out", lambda n, k, stride=1, padding=1, dilation=1:
                   answer(n, k, stride, padding, dilation))  # fmt: skip
    assert report.title == "The default of padding is 1, and not 0."


def test_numbers_have_one_format_in_a_verdict():
    seen = answered("conv_macs", MACS.format("(n + 2 * padding - k) // stride + 1", "0 * cin + 20"))
    assert "expected 972, found 1,620" in seen.seen


def test_arguments_that_have_changed_places_in_the_signature_are_told_so():
    answer = EXERCISES["conv_out"].reference()
    report = check("conv_out", lambda n, k, padding=0, stride=1, dilation=1:
                   answer(n, k, stride, padding, dilation))  # fmt: skip
    assert report.mistake == "padding-before-stride", report
    count = EXERCISES["bottleneck_params"].reference()
    report = check("bottleneck_params", lambda inplanes, planes, base_width=64, groups=1,
                   projection=False: count(inplanes, planes, groups, base_width, projection))
    assert report.title.endswith("inplanes, planes, base_width, groups, projection."), report
    report = check("conv_out", lambda n, k, s=1, p=0, d=1: answer(n, k, s, p, d))
    assert report.title == "An error stops the answer: it takes no argument padding."


def test_the_right_number_as_text_or_float_is_told_so():
    for kind, made in (("text", "str"), ("float", "float")):
        report = answered("depth", f"return {made}(convs_per_block * sum(layers) + 2)")
        assert report.title == f"The number is right, and it comes back as a {kind}."
