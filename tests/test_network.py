"""The core against torchvision: signatures, seeds, keys, bits, errors, compilers."""

import copy
import inspect
import io
import pickle
import shutil
import tokenize
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

import resnet_edu
from tests.conftest import NAMES

SMALL = {"layers": [1, 1, 1, 1], "num_classes": 7}


def same_state(a, b):
    left, right = a.state_dict(), b.state_dict()
    assert list(left) == list(right)
    return all(torch.equal(left[k], right[k]) for k in left)


def pair(judge, block, seed=0, **options):
    """The same network, ours and torchvision's, from one seed."""
    networks = []
    for module in (resnet_edu, judge.resnet):
        torch.manual_seed(seed)
        networks.append(module.ResNet(getattr(module, block), **(SMALL | options)))
    return networks


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_gives_the_same_network(judge, name):
    torch.manual_seed(3)
    ours = getattr(resnet_edu, name)(num_classes=10)
    after = torch.rand(1)
    torch.manual_seed(3)
    theirs = getattr(judge, name)(num_classes=10)
    assert torch.equal(after, torch.rand(1)), "another number of random draws"
    assert same_state(ours, theirs)
    modules = [[(n, type(m).__name__) for n, m in net.named_modules()] for net in (ours, theirs)]
    assert modules[0] == modules[1]


OPTIONS = [
    ("BasicBlock", {"zero_init_residual": True}),
    ("BasicBlock", {"norm_layer": partial(nn.GroupNorm, 8)}),
    ("BasicBlock", {"norm_layer": nn.InstanceNorm2d, "layers": [2, 1, 2, 1]}),
    ("BasicBlock", {"replace_stride_with_dilation": [False, False, True]}),
    ("Bottleneck", {"zero_init_residual": True, "layers": [1, 2, 0, 1]}),
    ("Bottleneck", {"groups": 4, "width_per_group": 20, "layers": [2, 1, 1, 2]}),
    ("Bottleneck", {"replace_stride_with_dilation": (False, True, True), "layers": [1, 2, 2, 2]}),
]


@pytest.mark.parametrize(("block", "options"), OPTIONS)
def test_same_bits_forward_and_backward(judge, block, options):
    ours, theirs = pair(judge, block, **options)
    assert same_state(ours, theirs)
    x = torch.rand(2, 3, 65, 49)
    for mode in (True, False):
        ours.train(mode)
        theirs.train(mode)
        assert torch.equal(ours(x), theirs(x))
    for net in (ours.train(), theirs.train()):
        net(x).square().sum().backward()
    grads = [[p.grad for p in net.parameters()] for net in (ours, theirs)]
    assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))
    assert same_state(ours, theirs), "running statistics differ"


@pytest.mark.parametrize("name", ["conv3x3", "conv1x1", "BasicBlock", "Bottleneck", "ResNet"])
def test_signatures_are_torchvisions(judge, name):
    def shape(thing):
        return [
            (p.name, p.kind, p.default) for p in inspect.signature(thing).parameters.values()
        ]

    assert shape(getattr(resnet_edu, name)) == shape(getattr(judge.resnet, name))


def test_the_builders_are_torchvisions_all_of_them(judge):
    public = [n for n in judge.resnet.__all__ if n.islower()]
    assert sorted(public) == sorted(NAMES)
    for name in NAMES:
        with torch.device("meta"):
            ours, theirs = getattr(resnet_edu, name)(), getattr(judge, name)()
        shapes = [{k: v.shape for k, v in m.state_dict().items()} for m in (ours, theirs)]
        assert shapes[0] == shapes[1]


def test_method_and_builder_signatures_are_torchvisions(judge):
    def names(thing):
        return [(p.name, p.kind) for p in inspect.signature(thing).parameters.values()]

    for method in ("_make_layer", "forward", "_forward_impl"):
        ours, theirs = getattr(resnet_edu.ResNet, method), getattr(judge.ResNet, method)
        assert names(ours) == names(theirs)
    for name in NAMES:
        assert names(getattr(resnet_edu, name)) == names(getattr(judge, name))


BAD = [
    lambda m: m.BasicBlock(8, 8, groups=2),
    lambda m: m.BasicBlock(8, 8, base_width=32),
    lambda m: m.BasicBlock(8, 8, dilation=2),
    lambda m: m.Bottleneck(8, 8, groups=0),
    lambda m: m.Bottleneck(8, 6, base_width=10, groups=-1),
    lambda m: m.ResNet(m.Bottleneck, [1, 1, 1, 1], replace_stride_with_dilation=[True]),
    lambda m: m.ResNet(m.Bottleneck, [1, 1, 1, 1], replace_stride_with_dilation=True),
    lambda m: m.ResNet(m.BasicBlock, [2, 2, 2, 2], replace_stride_with_dilation=[True, False, 0]),
    lambda m: m.ResNet(m.BasicBlock, [1, 1, 1]),
    lambda m: m.ResNet(m.BasicBlock, 3),
    lambda m: m.ResNet(None, [1, 1, 1, 1]),
    lambda m: m.ResNet(m.BasicBlock, [1, 1, 1, 1], num_classes=-1),
    lambda m: m.ResNet(m.BasicBlock, [1, 1, 1, 1], groups=2),
    lambda m: m.ResNet(m.Bottleneck, [1, 1, 1, 1], width_per_group=0),
    lambda m: m.ResNet(
        m.BasicBlock, [1, 1, 1, 1], norm_layer=partial(nn.BatchNorm2d, affine=False)
    ),
    lambda m: m.conv3x3(4, 6, groups=4),
    lambda m: m.conv3x3(4.0, 6),
    lambda m: m.resnet18(unknown=1),
    lambda m: m.resnet18(groups=2),
    lambda m: m.resnext50_32x4d(groups=16),
    lambda m: m.wide_resnet50_2(width_per_group=64),
    lambda m: m.resnet18(block=m.Bottleneck),
    lambda m: m.resnet18(layers=[1, 1, 1, 1]),
    lambda m: m.resnet18(None, True, 3),
    lambda m: m.resnet18(weights="IMAGENET1K_V9"),
    lambda m: m.resnet18(weights="IMAGENET1K_V1", num_classes=10),
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bad_arguments_raise_the_same_type(judge, bad):
    class Theirs:
        """torchvision's blocks, network and builders under one roof."""

        def __getattr__(self, name):
            return getattr(judge.resnet, name)

    kinds = []
    for module in (resnet_edu, Theirs()):
        try:
            bad(module)
        except Exception as error:
            kinds.append(type(error))
        else:
            kinds.append(None)
    ours, theirs = kinds
    assert (ours is None) == (theirs is None), kinds
    assert ours is theirs or issubclass(ours, theirs), kinds


def test_pretrained_of_old_code_is_told_about_weights():
    with pytest.raises(TypeError, match="weights='IMAGENET1K_V1'"):
        resnet_edu.resnet18(pretrained=True)


def test_fx_names_are_torchvisions(judge):
    from torchvision.models.feature_extraction import get_graph_node_names

    for name in ("resnet18", "resnet50"):
        ours, theirs = getattr(resnet_edu, name)(), getattr(judge, name)()
        assert get_graph_node_names(ours) == get_graph_node_names(theirs)


def test_fx_nested_in_another_module():
    outer = nn.Sequential(resnet_edu.ResNet(resnet_edu.BasicBlock, **SMALL)).eval()
    x = torch.rand(1, 3, 32, 32)
    assert torch.equal(torch.fx.symbolic_trace(outer)(x), outer(x))


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("block", ["BasicBlock", "Bottleneck"])
def test_torchscript_and_export_give_the_same_bits(block):
    net = resnet_edu.ResNet(getattr(resnet_edu, block), **SMALL).eval()
    x = torch.rand(2, 3, 40, 40)
    expected = net(x)
    assert torch.equal(torch.jit.script(net)(x), expected)
    for strict in (True, False):
        program = torch.export.export(net, (x,), strict=strict)
        assert torch.equal(program.module()(x), expected)


def test_compile_fullgraph_keeps_the_graph_whole():
    net = resnet_edu.ResNet(resnet_edu.Bottleneck, **SMALL).eval()
    x = torch.rand(2, 3, 40, 40)
    assert torch.equal(torch.compile(net, fullgraph=True, backend="eager")(x), net(x))
    torch._dynamo.reset()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="inductor needs a C++ compiler")
def test_compile_by_inductor_stays_close():
    """Inductor fuses operations, so values are close, not equal: 1e-6 of the largest was seen."""
    net = resnet_edu.ResNet(resnet_edu.Bottleneck, **SMALL).eval()
    x = torch.rand(2, 3, 40, 40)
    with torch.no_grad():
        expected = net(x)
        found = torch.compile(net, fullgraph=True)(x)
    torch._dynamo.reset()
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


def test_copies_and_pickles_give_the_same_bits():
    net = resnet_edu.ResNet(resnet_edu.Bottleneck, **SMALL).eval()
    x = torch.rand(2, 3, 40, 40)
    buffer = io.BytesIO()
    torch.save(net, buffer)
    buffer.seek(0)
    saved = torch.load(buffer, weights_only=False)
    copies = copy.deepcopy(net), pickle.loads(pickle.dumps(net)), saved
    assert all(torch.equal(twin(x), net(x)) for twin in copies)


def test_what_torchvision_accepts_is_accepted():
    net = resnet_edu.resnet18().eval()
    assert net(torch.empty(0, 3, 64, 64)).shape == (0, 1000)
    assert net(torch.full((1, 3, 1, 1), 255.0)).shape == (1, 1000)


def test_layers_of_the_caller_are_not_changed():
    layers = [1, 2, 1, 1]
    resnet_edu.ResNet(resnet_edu.BasicBlock, layers)
    assert layers == [1, 2, 1, 1]


def test_core_is_small():
    lines = []
    for room in ("convolutions", "blocks", "network", "variants"):
        lines += (Path(resnet_edu.__path__[0]) / f"{room}.py").read_text("utf-8").splitlines()
    assert len(lines) <= 380
    assert max(map(len, lines)) <= 100
    tokens = tokenize.generate_tokens(iter("\n".join(lines).splitlines(True)).__next__)
    assert ";" not in [token.string for token in tokens]


@pytest.mark.parametrize(("stride", "planes"), [(1, 8), (1, 16), (2, 8), (2, 16)])
def test_blocks_keep_their_input(stride, planes):
    for kind in (resnet_edu.BasicBlock, resnet_edu.Bottleneck):
        out = planes * kind.expansion
        shortcut = nn.Conv2d(8, out, 1, stride, bias=False)
        x = torch.randn(2, 8, 9, 7)
        before = x.clone()
        kind(8, planes, stride, shortcut)(x)
        assert torch.equal(x, before)
