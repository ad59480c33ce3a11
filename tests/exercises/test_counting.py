"""The references of the exercises on counting agree with the closed formulas and with traces."""

import itertools
import random
import re

import pytest
import torch

import resnet_edu
from resnet_edu.anatomy import formulas, trace
from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.catalogue import counting

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
