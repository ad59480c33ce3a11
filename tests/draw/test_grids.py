"""Pictures of small convolutions and of measured numbers say what torch computes."""

import re

import pytest
import torch
import torch.nn.functional as F
from matplotlib.colors import to_rgb
from torch import nn

from resnet_edu import Bottleneck, conv3x3, draw
from resnet_edu.anatomy import trace, trace_layers
from resnet_edu.draw import style
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
    "lines, kinds and depths": lambda: draw.lines(
        {f"{kind}, {n} layers": [3, n / 8] for kind in ("plain", "residual") for n in (8, 20, 56)},
        "Two kinds", x=[1, 2],
    ),
    "distributions, span": lambda: draw.distributions({"one": [1, 2]}, "Heap", span=(-40, 1000)),
    "connections, few and many": lambda: draw.connections(2, 24, 2),
    "taps, wide": lambda: draw.taps(trace("resnet18"), ["layer1.0.conv1", "layer4.1.conv1"]),
    "maps, labels": lambda: draw.maps(
        {"a": torch.eye(4).expand(9, 4, 4), "b": torch.ones(3, 4, 4)}, "Maps",
        labels={"a": list("abcdefgh"), "b": ["red", "green", "blue"]}, sizes=False,
    ),
    "colours": lambda: draw.colours(
        {"bytes": torch.full((3, 30, 40), 255, dtype=torch.uint8),
         "floats": torch.eye(8).expand(3, 8, 8)}, "In colour",
    ),
    "projections, long names": lambda: draw.projections(
        trace_layers(Bottleneck, [1, 1, n, 1]) for n in (1, 1, 20)
    ),
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


def looks(figure):
    return [line for line in figure.axes[0].lines if line.get_label().startswith("_child")]


def test_line_and_mark_say_the_kind_and_colour_the_depth():
    names = [f"{kind}, {depth} layers" for depth in (8, 56) for kind in ("plain", "residual")]
    made = looks(draw.lines({name: [3.0, 1.0] for name in names}, "Four"))
    assert made[0].get_linestyle() == made[2].get_linestyle() == "--"
    assert made[1].get_linestyle() == made[3].get_linestyle() == "-"
    assert made[0].get_marker() == made[2].get_marker() != made[1].get_marker()
    assert made[0].get_color() == made[1].get_color() != made[2].get_color()


def test_plain_and_residual_look_the_same_in_any_order():
    for names in (["plain", "residual"], ["residual", "zeroed", "plain"]):
        made = dict(zip(names, looks(draw.lines({n: [3, 1] for n in names}, "T")), strict=True))
        assert made["residual"].get_linestyle() == "-"
        assert made["plain"].get_linestyle() == "--"
        assert made["plain"].get_color() == draw.data.KINDS["plain"][0]
        assert len({line.get_color() for line in made.values()}) == len(names)


def test_few_places_have_each_a_tick():
    depths = [8, 14, 20, 32, 44, 56]
    ticks = draw.lines({"plain": depths}, "T", x=depths).axes[0].get_xticks()
    assert ticks.tolist() == depths
    assert 2 not in draw.lines({"a": [1, 2, 3]}, "T", x=[1, 2, 1000]).axes[0].get_xticks()


def test_a_leader_runs_from_the_end_of_a_line_to_its_name():
    made = draw.lines({"a": [1, 5.0], "b": [2, 5.0]}, "Two")
    ends = {text.get_text(): text.get_position() for text in made.texts if text.get_text() != "Two"}
    assert abs(ends["a"][1] - ends["b"][1]) > 0.03  # moved apart
    height = made.transFigure.inverted().transform(made.axes[0].transData.transform((2, 5.0)))[1]
    leaders = [line.get_ydata() for line in made.artists]
    assert len(leaders) == 2
    assert [y[0] for y in leaders] == pytest.approx([height, height])
    assert sorted(y[-1] for y in leaders) == pytest.approx(sorted(y for _, y in ends.values()))


def test_distributions_of_one_span_have_one_axis():
    pair = [draw.distributions({"v": values}, "T", span=(-4, 8)) for values in ([1, 2], [-4, 8])]
    limits = {figure.axes[0].get_xlim() for figure in pair}
    assert limits == {(-4, 8)}


def test_taps_say_a_finding_and_none_is_left_out():
    names = ["layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"]
    dilated = trace("resnet50", replace_stride_with_dilation=[False, False, True])
    title = draw.taps(trace("resnet50"), names).get_suptitle()
    assert title.startswith("resnet50: behind the stride the grid of layer4.1.conv2 is coarser")
    title = draw.taps(dilated, names).get_suptitle()
    assert title.endswith("the grid stays fine, dilation spreads the taps of layer4.1.conv2")
    wide = draw.taps(trace("resnet18"), ["layer1.0.conv1", "layer4.1.conv1"])
    dark = [p for p in wide.axes[0].patches
            if p.get_facecolor()[:3] == to_rgb(style.STAGE_EDGE["layer4"])]  # fmt: skip
    assert len(dark) == 9


def test_pale_positions_have_the_hue_of_the_stage_that_made_their_grid():
    made = draw.taps(trace("resnet50"), ["layer4.0.conv2", "layer4.1.conv2"])
    fills = [patch.get_facecolor()[:3] for patch in made.axes[0].patches]
    assert to_rgb(style.STAGE_FILL["layer3"]) in fills[: 13 * 13]
    assert to_rgb(style.STAGE_FILL["layer4"]) not in fills[: 13 * 13]
    assert to_rgb(style.STAGE_FILL["layer4"]) in fills[13 * 13 :]


def test_maps_can_be_named_and_said():
    made = draw.maps({"x": torch.rand(64, 8, 8)}, "T", labels=["one", "two"], finding="A finding.")
    shown = [text for text, _ in texts(made)]
    assert "x\n8 of 64 channels\n8 × 8 each" in shown
    assert {"one", "two"} <= set(shown)
    assert made.get_label().startswith("A finding. x: 8 of 64")
    bare = draw.maps({"x": torch.rand(64, 8, 8)}, "T", sizes=False)
    assert "x" in [text for text, _ in texts(bare)]


def test_colours_are_those_of_the_tensor():
    picture = torch.zeros(3, 4, 6, dtype=torch.uint8)
    picture[0] = 255
    made = draw.colours({"red": picture}, "Red", finding="All red.")
    assert made.axes[0].images[0].get_array()[2, 3].tolist() == [255, 0, 0]
    assert made.get_label() == "All red. red: 4 by 6 pixels in colour."


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


def test_projections_keeps_traces_of_one_name_apart():
    dilated = trace("resnet50", replace_stride_with_dilation=[False, False, True])
    made = draw.projections([trace("resnet50"), dilated, trace("resnet50", 64)])
    shown = [text for text, _ in texts(made)]
    assert {"resnet50 (1)", "resnet50, layer4 dilated", "resnet50 (2)"} <= set(shown)
    assert "layer4.0 (stride 1)" in made.get_label()
    alone = draw.projections([trace("resnet18")]).get_suptitle()
    assert alone == "resnet18: a projection stands in 3 of 8 blocks"


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
        (lambda: draw.taps(trace(nn.Conv2d(3, 1, 3, dilation=20)), ["conv2d"]), "at most 35"),
        (lambda: draw.distributions({"a": [1, 9]}, "one", span=(0, 5)), "do not lie in the span"),
        (lambda: draw.maps({"x": torch.rand(2, 4, 4)}, "T", labels=["a"] * 3), "3 labels for 2"),
        (lambda: draw.maps({"x": torch.rand(2, 4, 4)}, "T", labels={"y": ["a"]}), "0 squares"),
        (lambda: draw.colours({}, "none"), "one to six"),
        (lambda: draw.colours({"x": torch.rand(1, 4, 4)}, "grey"), "is needed"),
        (lambda: draw.colours({"x": torch.rand(3, 4, 4) - 1}, "low"), "undo a normalisation"),
        (lambda: draw.family([]), "at least one trace"),
        (lambda: draw.family([trace(conv3x3(3, 3))]), "no published weights"),
        (lambda: draw.projections([]), "at least one trace"),
        (lambda: draw.projections([trace(conv3x3(3, 3))]), "no residual blocks"),
    ],
)
def test_what_cannot_be_drawn_is_said(call, words):
    with pytest.raises(ValueError, match=words):
        call()
