"""The sequence of aten operations of a training step: equal sequences are equal cost."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode


class _Recorder(TorchDispatchMode):
    """Writes down every operation with the shapes and the plain values that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        self.found.append(f"{func}({_plain(args)}{_plain(kwargs or {})})")
        return func(*args, **(kwargs or {}))


def _plain(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{list(value.shape)}"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return "".join(f", {key}={_plain(item)}" for key, item in value.items())
    return str(value)


def aten_operations(model: nn.Module, x: Tensor) -> tuple[list[str], list[str]]:
    """The operations of one forward and one backward pass in training mode, in order."""
    model.train()
    with _Recorder() as forward:
        output = model(x)
    loss = output.sum()
    with _Recorder() as backward:
        loss.backward()
    model.zero_grad(set_to_none=True)
    return forward.found, backward.found


def operation_difference(mine: list[str], theirs: list[str]) -> str | None:
    """The first place in which two sequences differ."""
    for i, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        if a != b:
            return f"operation {i + 1} of {len(theirs)}: {a}, torchvision {b}"
    if len(mine) != len(theirs):
        return f"{len(mine)} operations, torchvision has {len(theirs)}"
    return None


