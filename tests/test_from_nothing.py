"""What the chapters build from nothing equals the package, also on shapes that they do not show."""

import ast
import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import resnet_edu
from resnet_edu import anatomy, chapters
from resnet_edu.exercises import in_chapters
from resnet_edu.peer import import_torchvision
from resnet_edu.proof import Config, verify
from resnet_edu.variants import ARCHITECTURES


def built(number, *before):
    """The functions and classes of a chapter, without running its cells; the last of a name."""
    names = {"torch": torch, "F": F, "nn": nn, "math": math, "resnet_edu": resnet_edu}
    names |= {name: getattr(resnet_edu, name) for name in resnet_edu.__all__}
    for other in before:
        names |= other
    (path,) = chapters.FOLDER.glob(f"{number}_*.py")
    tree = ast.parse(in_chapters.without(path.read_text(encoding="utf-8")))
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    tree.body = [node for node in tree.body if isinstance(node, kept)]
    exec(compile(tree, path.name, "exec"), names)
    return names


def same(ours, theirs, *arguments, shape, train=False):
    """Whether two classes give the same bits, outputs and gradients, from one seed."""
    found = []
    for make in (ours, theirs):
        torch.manual_seed(0)
        module = make(*arguments).train(train)
        x = torch.rand(shape, requires_grad=True)
        out = module(x)
        out.square().sum().backward()
        found.append([out, x.grad, *(p.grad for p in module.parameters())])
    return all(torch.equal(a, b) for a, b in zip(*found, strict=True))


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 9), st.integers(1, 4), st.integers(0, 4), st.integers(1, 4)
)
def test_02_output_size(n, k, stride, padding, dilation):
    if n + 2 * padding >= dilation * (k - 1) + 1:
        ours = built("02")["out_size"](n, k, stride, padding, dilation)
        assert ours == anatomy.conv_out(n, k, stride, padding, dilation)


@pytest.mark.parametrize(
    "case", [(3, 6, 1, 1, 1), (8, 4, 2, 4, 1), (6, 6, 1, 3, 3), (4, 8, 3, 2, 2)]
)
def test_02_convolutions(case):
    chapter = built("02")
    assert same(chapter["conv3x3"], resnet_edu.conv3x3, *case, shape=(2, case[0], 13, 9))
    assert same(chapter["conv1x1"], resnet_edu.conv1x1, *case[:3], shape=(2, case[0], 13, 9))
    image, kernel = torch.randint(9, (7, 7)), torch.randint(-3, 4, (4, 4))
    wanted = F.conv2d(image[None, None].float(), kernel[None, None].float())[0, 0]
    assert torch.equal(chapter["by_hand"](image, kernel).float(), wanted)


@pytest.mark.parametrize("shape", [(2, 5, 3, 7), (1, 1, 2, 1), (6, 3, 1, 1)])
def test_03_batch_norm(shape):
    chapter = built("03")
    ours, theirs = chapter["MyBatchNorm"](shape[1]), nn.BatchNorm2d(shape[1])
    for _ in range(3):
        x = torch.randn(shape) * 4 - 2
        assert torch.allclose(ours(x), theirs(x), atol=1e-5)
    assert torch.allclose(ours.running_var, theirs.running_var, atol=1e-6)
    assert torch.allclose(ours.eval()(x), theirs.eval()(x), atol=1e-5)
    assert torch.allclose(
        chapter["normalise"](x, theirs.weight, theirs.bias), nn.BatchNorm2d(shape[1])(x), atol=1e-5
    )


@pytest.mark.parametrize("size", [(9, 9), (5, 14), (1, 1)])
@pytest.mark.parametrize(("planes", "stride"), [(16, 1), (24, 1), (16, 2), (40, 3)])
@pytest.mark.parametrize("train", [False, True])
def test_04_and_05_blocks(planes, stride, size, train):
    make = built("06")["make_downsample"]
    for number, name in (("04", "BasicBlock"), ("05", "Bottleneck")):
        ours, theirs = built(number)[name], getattr(resnet_edu, name)
        down = make(16, planes * theirs.expansion, stride)
        for block in (ours, theirs):
            assert block.expansion == theirs.expansion
        assert same(ours, theirs, 16, planes, stride, down, shape=(3, 16, *size), train=train)


@pytest.mark.parametrize("extra", [(4, 64, 1), (1, 96, 3), (8, 16, 2), (2, 7, 1)])
def test_05_widths_groups_and_dilation(extra):
    chapter = built("05")
    groups, base, _ = extra
    assert chapter["width"](48, base, groups) == anatomy.bottleneck_width(48, base, groups)
    classes = (chapter["Bottleneck"], resnet_edu.Bottleneck)
    assert same(*classes, 64, 16, 1, None, *extra, shape=(2, 64, 11, 8))


def test_06_option_a_keeps_pixels_and_adds_zeros():
    x = torch.rand(2, 3, 7, 9)
    out = built("06")["ZeroPadding"](2, 4)(x)
    assert torch.equal(out[:, :3], x[:, :, ::2, ::2])
    assert out.shape == (2, 7, 4, 5)
    assert not out[:, 3:].any()


@pytest.mark.parametrize("number", ["07", "12"])
@pytest.mark.parametrize(
    "options",
    [
        {"layers": (2, 1, 3, 1)},
        {"layers": (1, 1, 1, 1), "groups": 4, "width_per_group": 24, "input_size": (33, 70)},
        {"layers": (1, 2, 1, 2), "replace_stride_with_dilation": (True, False, True)},
        {"layers": (1, 1, 2, 1), "zero_init_residual": True, "norm_layer": "GroupNorm", "batch": 3},
    ],
)
def test_07_and_12_networks(number, options):
    chapter = built(number)
    for block in ("BasicBlock", "Bottleneck"):
        if block == "BasicBlock" and len(options) > 1:
            continue
        config = Config(block, num_classes=11, **options)
        report = verify(config, chapter["ResNet"], block=chapter[block], quick=True)
        assert report.passed, report


def test_08_first_weights():
    initialize = built("08")["initialize"]
    for zero in (False, True):
        torch.manual_seed(3)
        theirs = resnet_edu.resnext50_32x4d(zero_init_residual=zero)
        torch.manual_seed(3)
        ours = resnet_edu.resnext50_32x4d()
        torch.manual_seed(5)
        initialize(ours, zero)
        torch.manual_seed(5)
        theirs._initialize(zero)
        pairs = zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_10_counts(name):
    chapter = built("10")
    traced = anatomy.trace(name, 67)
    totals = traced.totals
    model = getattr(resnet_edu, name)
    with torch.device("meta"):
        made = model()
    assert chapter["count"](made, 67) == (totals.parameters, totals.multiply_adds)
    most, where = chapter["peak_bytes"](traced)
    assert most >= max(record.activation_bytes for record in traced)
    assert where in traced


@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=3)))
def test_11_plan_of_a_stage(flags):
    plan, dilation = built("11")["plan"], 1
    with torch.device("meta"):
        model = resnet_edu.resnet101(replace_stride_with_dilation=list(flags))
    for flag, stage in zip(flags, (model.layer2, model.layer3, model.layer4), strict=True):
        stride, first, dilation = plan(dilation, 2, flag)
        assert stage[0].conv2.stride == (stride, stride)
        assert {b.conv2.dilation[0] for b in stage[1:]} == {dilation}
        assert stage[0].conv2.dilation == (first, first)


@pytest.mark.parametrize("size", [(300, 400), (512, 333), (256, 256), (231, 700)])
def test_13_preparation_is_torchvisions(size):
    picture = torch.randint(256, (3, *size), dtype=torch.uint8)
    theirs = import_torchvision().models.ResNet18_Weights.DEFAULT.transforms()(picture)[None]
    assert torch.allclose(built("13")["prepare"](picture), theirs, atol=0.02)
