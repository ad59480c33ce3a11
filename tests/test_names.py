"""Names that are not known get the nearest one, or the list."""

import pytest

from resnet_edu.names import hint, require_network
from tests.conftest import NAMES


@pytest.mark.parametrize(("given", "meant"), [
    ("resnet5", "resnet50"), ("ResNet50", "resnet50"), ("resnext50", "resnext50_32x4d"),
    ("wide_resnet_50_2", "wide_resnet50_2"), ("resnext101-64x4d", "resnext101_64x4d"),
])  # fmt: skip
def test_the_nearest_is_offered(given, meant):
    with pytest.raises(ValueError, match=rf"did you mean {meant}\?"):
        require_network(given)


def test_what_is_near_to_nothing_gets_the_list():
    assert hint("vgg16", NAMES) == f"known are {', '.join(NAMES)}"
    for name in NAMES:
        require_network(name)
