"""Every picture of four networks: no text on another, labels from the trace, the same bytes."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from torch import nn

from resnet_edu import BasicBlock, Bottleneck, conv3x3, draw
from resnet_edu.anatomy import trace, trace_layers
from resnet_edu.draw import style

NETWORKS = ("resnet18", "resnet50", "resnet152", "resnext101_64x4d")
CASES = [(name, figure, {}) for name in NETWORKS for figure in draw.FIGURES]
CASES += [
    ("resnet50", "strip", {"highlight": "layer2.0.downsample"}),
    ("resnet18", "strip", {"highlight": ["layer1", "conv1"]}),
    ("resnet152", "block", {"names": ("layer1.0", "layer3.1")}),
    ("resnext101_64x4d", "block", {"names": ("layer1.1", "layer2.0")}),
    ("wide_resnet101_2", "block", {"names": ("layer4.0",)}),
]


def made(name, figure, options):
    options = dict(options)
    return draw.FIGURES[figure](trace(name), *options.pop("names", ()), **options)


def texts(figure):
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in shown]


def crowding(figure):
    """What is wrong with the places of the texts of a picture, in words."""
    found = []
    width, height = figure.canvas.get_width_height()
    boxes = texts(figure)
    for (a, one), (b, other) in itertools.combinations(boxes, 2):
        common = one.intersection(one, other)
        if common is not None and common.width > 0.5 and common.height > 0.5:
            found.append(f"{a!r} lies on {b!r}")
    for text, one in boxes:
        if one.x0 < 0 or one.y0 < 0 or one.x1 > width or one.y1 > height:
            found.append(f"{text!r} is cut off")
    for patch in figure.findobj(FancyBboxPatch):
        frame = patch.get_window_extent()
        for text, one in boxes:
            middle = ((one.x0 + one.x1) / 2, (one.y0 + one.y1) / 2)
            inside = frame.x0 <= one.x0 and one.x1 <= frame.x1 and frame.y0 <= one.y0
            if frame.contains(*middle) and not (inside and one.y1 <= frame.y1):
                found.append(f"{text!r} is larger than its box")
    return found


@pytest.mark.parametrize(("name", "figure", "options"), CASES)
def test_no_text_is_on_another_or_outside(name, figure, options):
    assert crowding(made(name, figure, options)) == []


def test_the_check_sees_crowding():
    figure = style.picture("a title", "alt", 1.0)
    axes = style.canvas(figure)
    style.label(axes, (1, 0.3), "one text")
    style.label(axes, (1.05, 0.3), "another")
    style.label(axes, (9, 0.3), "at the edge")
    style.box(axes, (4, 0.3), (0.2, 0.2), "too long for it", None)
    found = " ".join(crowding(figure))
    assert "lies on" in found
    assert "cut off" in found
    assert "larger than its box" in found


@pytest.mark.parametrize(("name", "figure", "options"), CASES)
def test_every_picture_has_a_title_and_a_text_alternative(name, figure, options):
    shown = made(name, figure, options)
    assert isinstance(shown, Figure)
    assert name in shown.get_suptitle()
    assert len(shown.get_label()) > 40
    assert shown.get_size_inches()[0] == style.WIDTH


@pytest.mark.parametrize("figure", list(draw.FIGURES))
@pytest.mark.parametrize("kind", style.FORMATS)
def test_files_hold_the_alternative_and_are_the_same_twice(figure, kind, tmp_path):
    one, two = (draw.FIGURES[figure](trace("resnet18")) for _ in range(2))
    path = one.save(tmp_path / f"picture.{kind}")
    assert path.read_bytes() == two.to_bytes(kind)
    assert list(tmp_path.iterdir()) == [path]
    if kind == "svg":
        tree = "".join(ET.parse(path).getroot().itertext())
        assert one.get_label()[:40] in tree
        assert "<dc:date>" not in path.read_text(encoding="utf-8")


def test_labels_are_read_from_the_trace():
    def words(**options):
        return " ".join(text for text, _ in texts(draw.strip(trace("resnet50", **options))))

    assert "2048" in words()
    assert "× 5" in words()
    assert "10 scores" in words(num_classes=10)
    assert "20×30" in words(input_size=(320, 480))
    dilated = trace("resnet50", replace_stride_with_dilation=[False, False, True])
    assert "dilation 2" in " ".join(t for t, _ in texts(draw.block(dilated, "layer4.1")))
    assert crowding(draw.block(dilated, "layer4.1")) == []


def test_boxes_arcs_and_sums_are_counted():
    figure = draw.block(trace("resnet50"), "layer2.0")
    boxes = figure.findobj(FancyBboxPatch)
    assert len(boxes) == 3 + 3 + 2 + 2 + 1  # convs, norms, ReLUs, projection, last ReLU
    lanes = draw.downsample_map(trace("resnet18"))
    assert len(lanes.findobj(FancyBboxPatch)) == 3 * 3
    edges = [patch.get_edgecolor()[:3] for patch in lanes.findobj(FancyBboxPatch)]
    assert edges.count(to_rgb(style.STRIDE)) == 3 * 2


def test_equal_blocks_are_said_once_and_two_networks_can_stand_together():
    one, other = trace("resnet50"), trace("resnet34")
    title = draw.block(one, "layer1.0", "layer2.0").get_suptitle()
    assert title == "resnet50: layer1.0 and layer2.0 add a projection of their input"
    title = draw.block(trace("resnet18"), "layer1.0", "layer2.0").get_suptitle()
    assert title == "resnet18: layer1.0 adds its input as it is, layer2.0 a projection of its input"
    both = draw.block((one, "layer1.1"), (other, "layer1.1"))
    assert crowding(both) == []
    shown = [text for text, _ in texts(both)]
    assert "resnet50: layer1.1 · conv2_2" in shown
    assert "resnet34: layer1.1 · conv2_2" in shown
    assert "1×1 conv, 256" in shown
    long = trace("resnext101_64x4d", replace_stride_with_dilation=[True, True, True])
    wide = trace("wide_resnet101_2")
    assert crowding(draw.block((long, "layer4.1"), (wide, "layer4.0"))) == []
    with pytest.raises(ValueError, match=r"not layer3\.5"):
        draw.block((one, "layer3.5"), (trace("resnet18"), "layer3.5"))


def test_a_block_alone_has_its_counts_beside_it():
    shown = [text for text, _ in texts(draw.block(trace("resnet50"), "layer2.0"))]
    for record in trace("resnet50"):
        if record.block == "layer2.0" and record.parameters:
            assert f"{record.parameters:,} parameters" in shown


@pytest.mark.parametrize("figure", list(draw.FIGURES))
def test_a_dilated_network_has_a_title_of_its_own(figure):
    dilated = trace("resnet50", replace_stride_with_dilation=[False, True, True])
    made = draw.FIGURES[figure](dilated, *(["layer4.1"] if figure == "block" else []))
    assert made.get_suptitle().startswith("resnet50, layer3–4 dilated")
    assert crowding(made) == []


def test_many_lit_parts_are_counted_in_the_title():
    network = trace("resnet34")
    sums = [record.name for record in network if record.kind == "add"]
    assert draw.strip(network, sums).get_suptitle() == "resnet34: you are here (lit: 16 sums)"
    assert all(name in draw.strip(network, sums).get_label() for name in sums)
    stages = ["conv1", "layer1", "layer2", "layer3", "layer4", "fc"]
    assert draw.strip(network, stages).get_suptitle().endswith("(lit: conv1, layer1–4, fc)")
    assert draw.strip(network, "layer2.0").get_suptitle().endswith("(lit: layer2.0)")
    twos = [record.name for record in network if record.name.endswith("conv2")]
    assert draw.strip(network, twos).get_suptitle().endswith("(lit: 16 × conv2)")


def test_a_stride_stands_in_the_line_of_its_layer():
    lines = [t.split("\n") for t, _ in texts(draw.strip(trace("resnet50")))]
    assert not [text for text in lines if "/2" in text]
    assert ["1×1, 128", "3×3, 128, /2", "1×1, 512"] in lines


def test_highlight_lights_only_what_it_names():
    def lit(**options):
        figure = draw.strip(trace("resnet18"), **options)
        fills = [patch.get_facecolor()[:3] for patch in figure.findobj(FancyBboxPatch)]
        return [fill != to_rgb(style.UNLIT_FILL) for fill in fills]

    assert all(lit())
    assert sum(lit(highlight="layer3")) == 2
    assert sum(lit(highlight="conv1")) == 1
    assert sum(lit(highlight="layer2.0.downsample")) == 0  # its arc alone
    with pytest.raises(ValueError, match="'layer5' is no part of resnet18"):
        draw.strip(trace("resnet18"), "layer5")


def test_bars_have_the_shares_of_the_trace():
    traced = trace("resnet50")
    shown = " ".join(text for text, _ in texts(draw.stage_shares(traced)))
    for totals in traced.by_stage().values():
        for part, whole in ((totals.parameters, 25557032), (totals.multiply_adds, 4089184256)):
            assert re.search(rf"\b{100 * part / whole:.1f} %", shown)


@pytest.mark.parametrize("size", [32, 64, (97, 513), 600])
@pytest.mark.parametrize("figure", list(draw.FIGURES))
def test_other_sizes_are_drawn_too(figure, size):
    assert crowding(draw.FIGURES[figure](trace("resnet34", size))) == []


def test_other_networks_are_drawn_too():
    for traced in (
        trace_layers(BasicBlock, [1, 1, 1, 1]), trace_layers(Bottleneck, [1, 2, 3, 4], 97),
        trace(Bottleneck(256, 64).eval(), 56),
    ):  # fmt: skip
        assert crowding(draw.block(traced)) == []
    for figure in draw.FIGURES.values():
        assert crowding(figure(trace_layers(BasicBlock, [1, 1, 1, 1]))) == []


def test_errors_say_what_is_allowed(tmp_path):
    with pytest.raises(ValueError, match=r"layer1\.0, layer1\.1.*not layer9\.0"):
        draw.block(trace("resnet18"), "layer9.0")
    figure = draw.strip(trace("resnet18"))
    with pytest.raises(ValueError, match="saved as svg, png, pdf, not 'gif'"):
        figure.save(tmp_path / "strip.gif")
    with pytest.raises(ValueError, match="no stages"):
        draw.stage_shares(trace(Bottleneck(256, 64), 56))
    with pytest.raises(ValueError, match="no block"):
        draw.block(trace(conv3x3(3, 8), 56))
    with pytest.raises(ValueError, match="no convolution"):
        draw.receptive_field_growth(trace(nn.ReLU(), (3, 8, 8)))
    with pytest.raises(FileNotFoundError, match="no folder"):
        figure.save(tmp_path / "nowhere" / "strip.png")
    assert not list(tmp_path.iterdir())
