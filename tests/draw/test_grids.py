"""Pictures of small convolutions and of measured numbers say what torch computes."""

import re

import pytest
import torch
import torch.nn.functional as F

from resnet_edu import conv3x3, draw
from resnet_edu.anatomy import trace
from resnet_edu.variants import ARCHITECTURES

from .test_figures import crowding, texts

IMAGE = [[(3 * i + 2 * j) % 5 for j in range(5)] for i in range(5)]
KERNEL = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
PICTURES = {
    "windows": lambda: draw.windows(8, 3, 2, 1),
    "windows, dilated": lambda: draw.windows(14, 3, 1, 4, 4),
    "windows, one pixel": lambda: draw.windows(1, 1),
    "windows, largest": lambda: draw.windows(22, 3, 1, 1),
    "convolution": lambda: draw.convolution(IMAGE, KERNEL, (1, 1), 2, 1),
    "convolution, all ones": lambda: draw.convolution(IMAGE, [[1.5] * 3] * 3, (0, 0), 1, 1),
    "connections": lambda: draw.connections(8, 8, 4),
    "connections, largest": lambda: draw.connections(24, 24, 24),
    "lines": lambda: draw.lines({"plain": [3, 2, 2.2], "residual": [3, 1, 2.1]}, "Loss"),
    "lines, log": lambda: draw.lines({"a": [1, 1e3], "b": [1, 2]}, "Two", x=[8, 56], log=True),
    "lines, six at one place": lambda: draw.lines({f"line {i}": [i, 9] for i in range(6)}, "Six"),
    "distributions": lambda: draw.distributions({"one": [1, 2, 2, 3], "two": [0, 9]}, "Two heaps"),
    "taps": lambda: draw.taps(trace("resnet50"), ["layer3.1.conv2", "layer4.0.conv2"]),
    "taps, four": lambda: draw.taps(
        trace("resnet50", replace_stride_with_dilation=[True, True, True]),
        ["layer2.1.conv2", "layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"],
    ),
    "family": lambda: draw.family(trace(name) for name in ARCHITECTURES),
    "family of one": lambda: draw.family([trace("resnet18")]),
    "maps": lambda: draw.maps({"a": torch.ones(9, 4, 4), "layer1.0": torch.eye(8)[None]}, "Maps"),
    "projections": lambda: draw.projections(trace(name) for name in ARCHITECTURES),
}


@pytest.mark.parametrize("name", list(PICTURES))
def test_nothing_crowds_and_an_alternative_says_it(name):
    made = PICTURES[name]()
    assert crowding(made) == []
    assert len(made.get_label()) > 30
    assert repr(made) == f"{made.get_suptitle()}\n{made.get_label()}"
    assert made.to_bytes("png") == PICTURES[name]().to_bytes("png")


@pytest.mark.parametrize(
    "case", [(8, 3, 1, 0, 1), (8, 3, 2, 1, 1), (9, 3, 1, 2, 2), (7, 1, 2, 0, 1)]
)
def test_windows_has_a_row_for_each_output_of_torch(case):
    n, k, stride, padding, dilation = case
    out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), None, stride, padding, dilation)
    made = draw.windows(*case)
    rows = [text for text, _ in texts(made) if text.startswith("output ")]
    assert len(rows) == out.shape[-1]
    starts = re.search(r"begin at pixels ([-\d, ]+);", made.get_label())[1].split(", ")
    assert [int(s) for s in starts] == [i * stride - padding for i in range(out.shape[-1])]


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2)])
def test_convolution_shows_the_numbers_of_torch(stride, padding, dilation):
    image, kernel = torch.tensor(IMAGE).float(), torch.tensor(KERNEL).float()
    wanted = F.conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)[0, 0]
    last = len(wanted) - 1
    made = draw.convolution(image, kernel, (last, last), stride, padding, dilation)
    assert made.get_label().endswith(f"= {wanted[last, last]:g}.")
    shown = [text for text, _ in texts(made)]
    for value in wanted.flatten().tolist():
        assert f"{value:g}" in shown


def test_connections_counts_what_the_weight_has():
    weight = conv3x3(8, 4, groups=2).weight
    title = draw.connections(8, 4, 2).get_suptitle()
    assert f"{weight.shape[0] * weight.shape[1]} of 32 pairs" in title


def test_lines_say_where_they_start_and_end():
    label = draw.lines({"a": [3.0, 1.25]}, "A line", xlabel="epoch", ylabel="loss").get_label()
    assert label == "loss against epoch. a: from 3 to 1.25."


def test_distributions_say_mean_and_deviation():
    values = torch.randn(200, generator=torch.Generator().manual_seed(0)) * 2 + 1
    label = draw.distributions({"v": values}, "Heap").get_label()
    assert f"mean {values.mean().item():.2f}" in label
    assert f"deviation {values.std(unbiased=False).item():.2f}" in label


def test_taps_of_a_dilated_stage_lie_where_those_of_the_strided_one_lie():
    flags = [False, False, True]
    names = ["layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"]
    said = []
    for options in ({}, {"replace_stride_with_dilation": flags}):
        label = draw.taps(trace("resnet50", **options), names).get_label()
        said.append(re.findall(r"lie (\d) apart on the finest grid, its input (\d)", label))
    assert [apart for apart, _ in said[0]] == [apart for apart, _ in said[1]] == ["1", "1", "2"]
    assert [step for _, step in said[0]] == ["1", "1", "2"]
    assert [step for _, step in said[1]] == ["1", "1", "1"]


def test_family_says_counts_and_scores_cheapest_first():
    label = draw.family([trace("resnet50"), trace("resnet18")]).get_label()
    assert label == (
        "resnet18: 11.7 M parameters, 1.81 G multiply-adds, V1 69.8 %. "
        "resnet50: 25.6 M parameters, 4.09 G multiply-adds, V1 76.1 %, V2 80.9 %."
    )


def test_projections_lists_those_of_the_network():
    label = draw.projections([trace("resnet18"), trace("resnet50")]).get_label()
    later = "layer2.0 (stride 2), layer3.0 (stride 2), layer4.0 (stride 2)."
    assert label == f"resnet18: {later} resnet50: layer1.0 (stride 1), {later}"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: draw.windows(2, 5), "does not fit"),
        (lambda: draw.windows(40, 3), "at most 24"),
        (lambda: draw.convolution(IMAGE, KERNEL, (9, 0)), "no place"),
        (lambda: draw.convolution([[1, 2]], KERNEL), "square grid"),
        (lambda: draw.connections(8, 6, 4), "must divide"),
        (lambda: draw.connections(64, 64), "at most 24"),
        (lambda: draw.lines({}, "none"), "needs values"),
        (lambda: draw.lines({"a": [1, 2]}, "one", x=[1]), "2 values"),
        (lambda: draw.lines({"a": [1, 0]}, "one", log=True), "above 0"),
        (lambda: draw.distributions({"a": [1]}, "one"), "at least two"),
        (lambda: draw.taps(trace("resnet50"), []), "one to four"),
        (lambda: draw.taps(trace("resnet50"), ["layer1.0.conv1"]), "no 3x3"),
        (lambda: draw.maps({}, "none"), "at least one"),
        (lambda: draw.maps({"x": torch.rand(1, 3, 4, 4)}, "four axes"), "is needed"),
        (lambda: draw.family([]), "at least one trace"),
        (lambda: draw.family([trace(conv3x3(3, 3))]), "no published weights"),
        (lambda: draw.projections([]), "at least one trace"),
        (lambda: draw.projections([trace(conv3x3(3, 3))]), "no residual blocks"),
    ],
)
def test_what_cannot_be_drawn_is_said(call, words):
    with pytest.raises(ValueError, match=words):
        call()
