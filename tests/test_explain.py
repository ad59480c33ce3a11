"""The note on a failing call: the cause in words, type and message untouched."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

import resnet_edu
from resnet_edu import BasicBlock, ResNet


def network():
    return ResNet(BasicBlock, [1, 1, 1, 1], num_classes=5).eval()


CASES = [
    (lambda: torch.rand(3, 32, 32), "no batch dimension"),
    (lambda: torch.rand(32, 32), "2 dimensions"),
    (lambda: torch.rand(1, 1, 3, 32, 32), "5 dimensions"),
    (lambda: torch.rand(1, 1, 32, 32), "1 channels, and conv1 takes 3"),
    (lambda: torch.rand(1, 32, 32, 3), "channels last"),
    (lambda: torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "uint8"),
    (lambda: torch.zeros(1, 3, 32, 32, dtype=torch.float64), "torch.float64"),
    (lambda: torch.zeros(1, 3, 32, 32, dtype=torch.int64), "torch.int64"),
    (lambda: torch.zeros(1, 3, 32, 32, device="meta"), "is on meta"),
    (lambda: torch.zeros(1, 3, 0, 32), "height 0"),
    (lambda: torch.zeros(1, 3, 32, 0), "width 0"),
    (lambda: [torch.rand(3, 32, 32)], "torch.stack"),
    (lambda: np.zeros((32, 32, 3), dtype=np.uint8), "from_numpy"),
]


@pytest.mark.parametrize(("make", "words"), CASES)
def test_note_names_the_cause(make, words):
    net = network()
    with pytest.raises(Exception) as plain:  # noqa: PT011
        nn.Module.__call__(net, make())
    with pytest.raises(plain.type) as noted:
        net(make())
    assert str(noted.value) == str(plain.value)
    (note,) = noted.value.__notes__
    assert words in note


def test_one_value_per_channel():
    with pytest.raises(ValueError, match="more than 1 value") as error:
        network().train()(torch.rand(1, 3, 32, 32))
    assert "training mode" in error.value.__notes__[0]


def test_an_error_of_the_readers_own_gets_no_note():
    net = network()
    net.layer1.register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as error:
        net(torch.rand(1, 3, 32, 32))
    assert not hasattr(error.value, "__notes__")


def test_a_network_inside_a_network_gives_one_note():
    class Outer(ResNet):
        def forward(self, x):
            return network()(x)

    with pytest.raises(RuntimeError) as error:
        Outer(BasicBlock, [1, 1, 1, 1])(torch.rand(1, 2, 32, 32))
    assert len(error.value.__notes__) == 1


def test_another_stem_is_taken_into_account():
    net = network()
    net.conv1 = nn.Conv2d(1, 64, 3)
    with pytest.raises(RuntimeError) as error:
        net(torch.rand(1, 3, 32, 32))
    assert "3 channels, and conv1 takes 1" in error.value.__notes__[0]


def test_an_odd_input_does_not_replace_the_error_that_it_caused():
    warnings.simplefilter("ignore")  # torch's own, that nested tensors may change
    ragged = torch.nested.nested_tensor([torch.rand(3, 64, 64), torch.rand(3, 32, 32)])
    with pytest.raises(NotImplementedError):
        resnet_edu.resnet18()(ragged)


def test_autocast_makes_another_dtype_legal_and_it_is_not_blamed():
    model = resnet_edu.resnet18().train()
    images = torch.rand(1, 3, 32, 32, dtype=torch.bfloat16)
    with (
        torch.autocast("cpu", dtype=torch.bfloat16),
        pytest.raises(ValueError, match="more than 1 value") as caught,
    ):
        model(images)
    assert "single value per channel" in caught.value.__notes__[0]


def test_an_image_that_is_given_by_name_is_looked_at_too():
    with pytest.raises(RuntimeError) as caught:
        resnet_edu.resnet18().eval()(x=torch.rand(1, 1, 64, 64))
    assert "1 channels" in caught.value.__notes__[0]


def test_an_error_of_somebody_elses_hook_is_left_alone():
    model = resnet_edu.resnet18().eval()

    def stop(module, arguments, out):
        raise RuntimeError("stop")

    model.layer1.register_forward_hook(stop)
    with pytest.raises(RuntimeError, match="stop") as caught:
        model(torch.rand(1, 3, 64, 64))
    assert not hasattr(caught.value, "__notes__")


def test_a_compiler_that_follows_a_failing_call_finds_nothing_of_ours():
    model, image = resnet_edu.resnet18().eval(), torch.rand(3, 64, 64)  # no batch dimension
    with pytest.raises(torch._dynamo.exc.Unsupported, match="Observed exception"):
        torch.export.export(model, (image,), strict=True)
