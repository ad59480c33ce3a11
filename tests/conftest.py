"""What all tests share: torchvision through our own door, and names to loop over."""

import pytest
import torch

from resnet_edu import peer
from resnet_edu.variants import ARCHITECTURES

NAMES = tuple(ARCHITECTURES)

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def judge():
    """``torchvision.models``, the judge of behaviour."""
    peer.import_torchvision()
    from torchvision import models

    return models
