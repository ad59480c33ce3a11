"""torchvision, imported where it can be: everything of ours that needs it comes through here.

A CPU build of torch beside a CUDA build of torchvision makes ``import torchvision`` die with
"operator torchvision::nms does not exist", though its ResNets need no compiled operator. Then the
two operators are declared, without a body, and the import is tried once more. Known upstream as
pytorch/vision issues 9085 and 9649.
"""

from __future__ import annotations

import sys
from types import ModuleType

import torch

OPERATORS = ("nms", "qnms")
OLDEST = "0.14"  # the first with get_model and weight enums for every ResNet
INSTALL = "pip install torchvision (0.28.0 is the one that belongs to torch 2.13.0)"
_kept: list[torch.library.Library] = []  # a Library that is collected takes its operators along


def import_torchvision() -> ModuleType:
    """The module ``torchvision``; where a plain import works, nothing else is touched.

    Raises ``ModuleNotFoundError`` when it is missing and ``ImportError`` when it is too old, each
    saying what to install; any other error of the import comes through as it is.
    """
    try:
        import torchvision
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        text = f"torchvision is the judge here and is not installed: {INSTALL}"
        raise ModuleNotFoundError(text, name="torchvision") from None
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        torchvision = _import_with_declared_operators()
    if not hasattr(torchvision.models, "get_model"):
        version = getattr(torchvision, "__version__", "of an unknown version")
        text = f"torchvision {version} is too old, {OLDEST} or newer is needed: {INSTALL}"
        raise ImportError(text, name="torchvision")
    return torchvision


def _import_with_declared_operators() -> ModuleType:
    for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    if not _kept:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in OPERATORS:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)
    import torchvision

    return torchvision
