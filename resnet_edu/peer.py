"""torchvision, imported where it can be: everything of ours that needs it comes through here.

A CPU build of torch beside a CUDA build of torchvision makes ``import torchvision`` die with
"operator torchvision::nms does not exist", though its ResNets need no compiled operator.
"""

import sys
from types import ModuleType

import torch

OPERATORS = ("nms", "qnms")
_kept: list[torch.library.Library] = []  # a Library that is collected takes its operators along


def import_torchvision() -> ModuleType:
    """The module ``torchvision``; a plain import where that works, and then nothing is touched."""
    try:
        import torchvision
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        error.add_note("resnet_edu: install the judge: pip install torchvision==0.28.0")
        raise
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        return _import_with_declared_operators()
    return torchvision


def _import_with_declared_operators() -> ModuleType:
    for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in OPERATORS:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)
    import torchvision

    return torchvision
