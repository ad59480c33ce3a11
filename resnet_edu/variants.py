"""The family: ten networks are ten rows of one table, and ten builders that look them up.

Answers to the builders of torchvision's ``resnet.py`` (BSD-3-Clause). ``weights`` may be None, a
published name (``"IMAGENET1K_V2"``, ``"DEFAULT"``), a member of a torchvision weights enum, or the
path of a ``.pth``, ``.pt`` or ``.safetensors`` file; see ``checkpoints.py`` for what is refused.
All other arguments go to ``ResNet``. Images ``(N, 3, H, W)`` in, scores ``(N, num_classes)`` out.
"""

from typing import Any

from .blocks import BasicBlock, Bottleneck
from .network import ResNet

# name: block, blocks per stage, what the name fixes.  Depth = 2 + convolutions in all the blocks.
ARCHITECTURES: dict[str, tuple[Any, list[int], dict[str, int]]] = {
    "resnet18": (BasicBlock, [2, 2, 2, 2], {}),
    "resnet34": (BasicBlock, [3, 4, 6, 3], {}),
    "resnet50": (Bottleneck, [3, 4, 6, 3], {}),
    "resnet101": (Bottleneck, [3, 4, 23, 3], {}),
    "resnet152": (Bottleneck, [3, 8, 36, 3], {}),
    "resnext50_32x4d": (Bottleneck, [3, 4, 6, 3], {"groups": 32, "width_per_group": 4}),
    "resnext101_32x8d": (Bottleneck, [3, 4, 23, 3], {"groups": 32, "width_per_group": 8}),
    "resnext101_64x4d": (Bottleneck, [3, 4, 23, 3], {"groups": 64, "width_per_group": 4}),
    "wide_resnet50_2": (Bottleneck, [3, 4, 6, 3], {"width_per_group": 64 * 2}),
    "wide_resnet101_2": (Bottleneck, [3, 4, 23, 3], {"width_per_group": 64 * 2}),
}


def _build(name: str, weights: Any, progress: bool, options: dict[str, Any]) -> ResNet:
    """Look the row up, hold ``options`` against what it fixes, build, and load ``weights``."""
    block, layers, fixed = ARCHITECTURES[name]
    if "pretrained" in options:
        raise TypeError(f"{name}() has no pretrained=; write weights='IMAGENET1K_V1' or None")
    source = None
    if weights is not None:
        from .checkpoints import find  # only here: an untrained network needs no file
        source = find(name, weights, progress, ARCHITECTURES)
        fixed = fixed | ({"num_classes": source.num_classes} if source.num_classes else {})
    for key, value in fixed.items():
        if options.setdefault(key, value) != value:
            raise ValueError(f"{name}: {key} is {value} here, and {options[key]} was given")
    model = ResNet(block, list(layers), **options)
    if source is not None:
        source.load_into(model)
    return model


def resnet18(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet-18, basic blocks. He et al. 2015, table 1."""
    return _build("resnet18", weights, progress, kwargs)


def resnet34(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet-34, basic blocks. He et al. 2015, table 1."""
    return _build("resnet34", weights, progress, kwargs)


def resnet50(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet-50, bottlenecks; the stride on the 3x3 ("v1.5"). He et al. 2015, table 1."""
    return _build("resnet50", weights, progress, kwargs)


def resnet101(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet-101: 23 blocks in layer3 instead of 6. He et al. 2015, table 1."""
    return _build("resnet101", weights, progress, kwargs)


def resnet152(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet-152: 8 blocks in layer2 and 36 in layer3. He et al. 2015, table 1."""
    return _build("resnet152", weights, progress, kwargs)


def resnext50_32x4d(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt-50: the 3x3 in 32 groups of 4 channels. Xie et al. 2017, table 1."""
    return _build("resnext50_32x4d", weights, progress, kwargs)


def resnext101_32x8d(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt-101: the 3x3 in 32 groups of 8 channels. torchvision's own, not in the paper."""
    return _build("resnext101_32x8d", weights, progress, kwargs)


def resnext101_64x4d(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt-101: the 3x3 in 64 groups of 4 channels. Xie et al. 2017, table 4."""
    return _build("resnext101_64x4d", weights, progress, kwargs)


def wide_resnet50_2(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """Wide ResNet-50-2: the 3x3 twice as wide. Zagoruyko and Komodakis 2016."""
    return _build("wide_resnet50_2", weights, progress, kwargs)


def wide_resnet101_2(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """Wide ResNet-101-2: the 3x3 twice as wide. torchvision's own, not in the paper."""
    return _build("wide_resnet101_2", weights, progress, kwargs)
