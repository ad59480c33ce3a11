"""Where two networks part: the first module, and what is different there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

SETTINGS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups",
    "padding_mode", "num_features", "num_groups", "num_channels", "eps", "momentum", "affine",
    "track_running_stats", "inplace", "in_features", "out_features", "output_size", "ceil_mode",
)  # fmt: skip


def same(a: Any, b: Any) -> bool:
    """Equal to the bit, NaN included, with the same shape and dtype."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        return bool(a == b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if torch.equal(a, b):
        return True
    both_nan = a.isnan() & b.isnan()
    return bool(both_nan.any()) and torch.equal(a[~both_nan], b[~both_nan])


def gap(a: Tensor, b: Tensor) -> str:
    """How two tensors that should be equal differ."""
    if a.shape != b.shape:
        return f"shape {tuple(a.shape)}, torchvision's {tuple(b.shape)}"
    if a.dtype != b.dtype:
        return f"{a.dtype}, torchvision's {b.dtype}"
    count = int((a != b).sum())
    most = (a.double() - b.double()).abs().max().item() if a.numel() else 0.0
    return f"{count:,} of {a.numel():,} values differ, by up to {most:.2g}"


def setting_difference(ours: nn.Module, judge: nn.Module) -> str | None:
    """The first module, in torchvision's order, that is missing or set up in another way."""
    mine = dict(ours.named_modules(remove_duplicate=False))
    theirs = dict(judge.named_modules(remove_duplicate=False))
    for name, module in theirs.items():
        if name not in mine:
            extra = [other for other in mine if other not in theirs]
            instead = f"; there is {extra[0]}, which torchvision has not" if extra else ""
            kind = type(module).__name__
            return f"{name}: torchvision has this {kind}, here it is missing{instead}"
        different = next(_settings(mine[name], module), None)
        if different:
            return f"{name}: {different}"
    extra = [name for name in mine if name not in theirs]
    return f"{extra[0]}: torchvision has no such module" if extra else None


def _settings(mine: nn.Module, theirs: nn.Module) -> Iterator[str]:
    leaf = not list(theirs.children())
    if leaf and type(mine) is not type(theirs):
        yield f"a {type(mine).__name__}, torchvision has a {type(theirs).__name__}"
    for key in SETTINGS if leaf else ():
        a, b = getattr(mine, key, None), getattr(theirs, key, None)
        if a != b:
            yield f"{key} is {a}, torchvision's is {b}"
    if leaf and (getattr(mine, "bias", None) is None) != (getattr(theirs, "bias", None) is None):
        yield "only one of the two has a bias"


def tensor_difference(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> str | None:
    """The first tensor of a ``state_dict`` that is missing or differs."""
    for key, value in theirs.items():
        if key not in mine:
            return f"{key}: torchvision has it, here it is missing"
        if not same(mine[key], value):
            return f"{key}: {gap(mine[key], value)}"
    extra = [key for key in mine if key not in theirs]
    if extra:
        return f"{extra[0]}: torchvision has no such entry"
    for a, b in zip(mine, theirs, strict=True):
        if a != b:
            return f"{a}: torchvision has {b} in this place, the order differs"
    return None


@dataclass
class Call:
    """One call of one leaf module: copies of what went in and came out."""

    name: str
    number: int
    given: Tensor
    result: Tensor


def calls(model: nn.Module, x: Tensor) -> tuple[list[Call], str | None]:
    """All calls of leaf modules in one forward pass, in order; copied, since ReLU is in place.

    A pass that fails gives the calls so far and the error, behind the last module that was entered.
    """
    found: list[Call] = []
    failure: str | None = None
    waiting: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    entered = [0]
    handles = []
    for name, module in model.named_modules():
        if list(module.children()):
            continue

        def before(_: nn.Module, args: tuple[Any, ...], name: str = name) -> None:
            entered[0] += 1
            waiting.pop(name, None)
            waiting[name] = args[0].detach().clone()

        def after(_: nn.Module, __: Any, output: Tensor, name: str = name) -> None:
            counts[name] = counts.get(name, 0) + 1
            found.append(Call(name, counts[name], waiting[name], output.detach().clone()))

        handles.append(module.register_forward_pre_hook(before))
        handles.append(module.register_forward_hook(after))
    try:
        with torch.no_grad():
            model(x.clone())
    except Exception as error:
        last = next(reversed(waiting), "the input")
        where = f"behind {last}" if len(found) == entered[0] else last
        failure = f"{where}: {type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    finally:
        for handle in handles:
            handle.remove()
    return found, failure


def value_difference(ours: nn.Module, judge: nn.Module, x: Tensor) -> str | None:
    """The first call, in torchvision's order, whose input or output is not the same."""
    own_calls, failure = calls(ours, x)
    mine = {(call.name, call.number): call for call in own_calls}
    theirs, _ = calls(judge, x)
    for call in theirs:
        own = mine.get((call.name, call.number))
        where = _where(call, theirs)
        if own is None:
            if failure is not None:
                return failure
            return f"{where}: torchvision calls it, here it is not called"
        if not same(own.given, call.given):
            return f"{where}: what it receives differs ({gap(own.given, call.given)})"
        if not same(own.result, call.result):
            return f"{where}: what it puts out differs ({gap(own.result, call.result)})"
    known = {(call.name, call.number) for call in theirs}
    extra = [key for key in mine if key not in known]
    return f"{extra[0][0]}: torchvision does not call it a {extra[0][1]}. time" if extra else None


def _where(call: Call, all_calls: list[Call]) -> str:
    times = sum(other.name == call.name for other in all_calls)
    return call.name if times == 1 else f"{call.name}, call {call.number} of {times}"
