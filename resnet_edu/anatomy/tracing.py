"""``trace``: from a name or a module to the records of all its operations.

A network of the ten is traced on a small one: at most two blocks a stage are built, since all but
the first block of a stage are equal, and the second one's operations are written down as often as
the network has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from ..names import require_network
from ..network import ResNet
from ..variants import ARCHITECTURES
from .fields import WHOLE, fields
from .graph import Operation, operations
from .places import made_at
from .records import Pair, Pixels, Record, Shape, Source, Trace

STAGES = {
    "x": ("stem", None), "conv1": ("stem", "conv1"), "bn1": ("stem", "conv1"),
    "relu": ("stem", "conv1"), "maxpool": ("stem", "conv2_x"),
    "layer1": ("layer1", "conv2_x"), "layer2": ("layer2", "conv3_x"),
    "layer3": ("layer3", "conv4_x"), "layer4": ("layer4", "conv5_x"),
    "avgpool": ("head", None), "flatten": ("head", None), "fc": ("head", None),
}  # fmt: skip


def trace(
    model_or_name: str | nn.Module | Callable[..., nn.Module],
    input_size: int | Sequence[int] = 224,
    batch_size: int = 1,
    *,
    training: bool | None = None,
    **builder_kwargs: Any,
) -> Trace:
    """All operations of a network, in order, with shapes, costs and receptive fields.

    ``model_or_name`` is one of the ten names, any module that takes one image batch (a ``ResNet``,
    a stage, a block, torchvision's), or a function that returns one. ``input_size`` is the side or
    ``(H, W)`` of the images, or ``(C, H, W)`` for a module that takes other than 3 channels.
    ``builder_kwargs`` go to the builder: ``trace("resnet50", num_classes=10)``.

    Names and functions are built on the meta device, without weights, and traced as for inference
    unless ``training=True``. A module that is handed in is traced in the mode it is in; it is not
    moved or changed, nor is the random state.

    Raises ``ValueError`` for an unknown name, a size below 1 or an argument that contradicts the
    name, and what the module itself raises on such an input.
    """
    shape = input_shape(model_or_name, input_size, batch_size)
    if isinstance(model_or_name, nn.Module):
        return _trace_module(model_or_name, shape, training, builder_kwargs)
    if isinstance(model_or_name, str):
        block, layers, options = _row(model_or_name, builder_kwargs)
        return _trace_family(model_or_name, block, layers, shape, bool(training), options)
    model = build(model_or_name, builder_kwargs).train(bool(training))
    return _trace(_label(model_or_name), model, shape)


def trace_layers(
    block: type[nn.Module], layers: Sequence[int], input_size: int | Sequence[int] = 224,
    batch_size: int = 1, *, training: bool = False, **options: Any,
) -> Trace:
    """``trace`` of ``ResNet(block, layers, **options)``, for depths that have no builder.

    ``trace_layers(BasicBlock, [1, 1, 1, 1])`` is ResNet-10.
    """
    shape = input_shape(None, input_size, batch_size)
    if len(layers) != 4 or min(layers) < 1:
        raise ValueError(f"layers must be four block counts from 1, not {layers}")
    label = f"ResNet({block.__name__}, {list(layers)})"
    return _trace_family(label, block, layers, shape, training, options)


def _trace_module(
    model: nn.Module, shape: Shape, training: bool | None, builder_kwargs: dict[str, Any]
) -> Trace:
    if builder_kwargs:
        raise TypeError(f"a ready module takes no {', '.join(builder_kwargs)}: build it with them")
    if training is not None and training != model.training:
        call = "train()" if training else "eval()"
        raise ValueError(f"the module is not changed here: call its {call} before")
    return _trace(type(model).__name__, model, shape)


def _trace(label: str, model: nn.Module, shape: Shape) -> Trace:
    found = _records(model, operations(model, shape))
    return Trace(label, (shape[2], shape[3]), shape[0], model.training, found)


def input_shape(model: Any, input_size: int | Sequence[int], batch_size: int = 1) -> Shape:
    """``(N, C, H, W)`` from what ``trace`` takes."""
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number from 1, not {batch_size!r}")
    return (batch_size, *_input_size(model, input_size))


def build(builder: str | Callable[..., nn.Module], options: dict[str, Any]) -> nn.Module:
    """A network by name or function, on the meta device: all shapes, no values, nothing drawn."""
    if isinstance(builder, str):
        block, layers, options = _row(builder, options)
        return _build_on_meta(lambda: ResNet(block, layers, **options), {})  # type: ignore[arg-type]
    return _build_on_meta(builder, options)


def _input_size(model: Any, size: int | Sequence[int]) -> tuple[int, int, int]:
    """``(C, H, W)`` from a side, ``(H, W)`` or ``(C, H, W)``; C is read from a ready module."""
    given: tuple[Any, ...] = (size, size) if isinstance(size, int) else tuple(size)
    if len(given) not in (2, 3) or not all(isinstance(n, int) and n > 0 for n in given):
        raise ValueError(f"input_size must be a side, (H, W) or (C, H, W), from 1, not {size!r}")
    if len(given) == 3:
        return given
    channels = 3
    if isinstance(model, nn.Module):
        first = next((m for m in model.modules() if isinstance(m, nn.Conv2d)), None)
        channels = 3 if first is None else first.in_channels
    return (channels, *given)


def _row(name: str, given: dict[str, Any]) -> tuple[type[nn.Module], list[int], dict[str, Any]]:
    """A row of the ten, with the caller's options; what the name fixes cannot be changed."""
    require_network(name)
    if "weights" in given:
        raise ValueError("weights change no shape and no cost: leave weights= out")
    block, layers, fixed = ARCHITECTURES[name]
    for key, value in fixed.items():
        if given.get(key, value) != value:
            raise ValueError(f"{name}: {key} is {value} here, and {given[key]} was given")
    return block, layers, {**given, **fixed}


def _label(builder: Callable[..., nn.Module]) -> str:
    return getattr(builder, "__name__", type(builder).__name__)


def _build_on_meta(builder: Callable[..., nn.Module], options: dict[str, Any]) -> nn.Module:
    with torch.random.fork_rng(devices=[]), torch.device("meta"), _NoDraws():
        model = builder(**options)
    if not isinstance(model, nn.Module):
        raise TypeError(f"{_label(builder)} returned a {type(model).__name__}, not an nn.Module")
    return model


class _NoDraws(TorchFunctionMode):
    """Leaves weights undrawn: meta tensors hold no values, and drawing them costs a second."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in (torch.Tensor.normal_, torch.Tensor.uniform_) and args[0].is_meta:
            return args[0]
        return func(*args, **(kwargs or {}))


def _trace_family(
    label: str, block: type[nn.Module], layers: Sequence[int], shape: Shape, training: bool,
    options: dict[str, Any],
) -> Trace:
    """The trace of a ``ResNet``, from one with at most two blocks a stage."""
    short = [min(count, 2) for count in layers]
    model = _build_on_meta(lambda: ResNet(block, short, **options), {})  # type: ignore[arg-type]
    found = operations(model.train(training), shape)
    records = _records(model, _repeated(found, layers))
    return Trace(label, (shape[2], shape[3]), shape[0], training, records)


def _repeated(found: Sequence[Operation], layers: Sequence[int]) -> list[Operation]:
    """Write block 1 of each stage as often as ``layers`` says; later readers read the last one."""
    written: list[Operation] = []
    moved: dict[str, str] = {}
    position = 0
    while position < len(found):
        block = _block_of(found[position].path)
        group = [found[position]]
        position += 1
        while block and position < len(found) and _block_of(found[position].path) == block:
            group.append(found[position])
            position += 1
        written += [_renamed(op, moved) for op in group]
        stage, _, number = block.partition(".")
        if number == "1":
            previous = written[-1].name
            first_input = group[0].inputs[0]
            for k in range(2, layers[int(stage[-1]) - 1]):
                own = {op.name: op.name.replace(block, f"{stage}.{k}", 1) for op in group}
                own[first_input] = previous
                for op in group:
                    path = op.path.replace(block, f"{stage}.{k}", 1)
                    written.append(replace(_renamed(op, own), name=own[op.name], path=path))
                previous = own[group[-1].name]
            moved[group[-1].name] = previous
    return written


def _block_of(path: str) -> str:
    """``layer3.1`` of ``layer3.1.conv2``; empty outside the stages."""
    parts = path.split(".")
    return ".".join(parts[:2]) if parts[0].startswith("layer") and len(parts) > 1 else ""


def _renamed(op: Operation, names: dict[str, str]) -> Operation:
    if not any(name in names for name in op.inputs):
        return op
    return replace(op, inputs=tuple(names.get(name, name) for name in op.inputs))


def _records(model: nn.Module, ops: Sequence[Operation]) -> tuple[Record, ...]:
    """Operations with what only the whole network tells: stage, block, branch, field, source."""
    seen = fields(ops)
    blocks = _blocks(ops)
    sides = _branches(ops, blocks)
    made: dict[str, Any] = {}
    # a block alone has a conv1 too, but it is no stem
    stages = STAGES if any(op.name.startswith("layer1.") for op in ops) else {}
    records = []
    for op in ops:
        stage, paper_stage = stages.get(op.name.split(".")[0], (None, None))
        twin = _built_path(model, op.path)
        if twin not in made and op.kind[0].isupper():
            made[twin] = made_at(model, twin)
        field, window = seen[op.name], op.window
        records.append(
            Record(
                op.name, op.path, op.call, op.kind, stage, paper_stage,
                blocks[op.name], sides.get(op.name), op.input_shapes, op.output_shape,
                None if window is None else window.kernel_size,
                None if window is None else window.stride,
                None if window is None else window.padding,
                None if window is None else window.dilation,
                None if window is None else window.groups,
                op.parameters, op.multiply_adds,
                "all" if field is WHOLE else _pixels(field and field.size),
                None if field is WHOLE else _pixels(field and field.jump),
                None if field is WHOLE else _pixels(field and field.padding), op.activation_bytes,
                Source(op.called_at, made.get(twin) if op.kind[0].isupper() else None), op.inputs,
            )
        )
    return tuple(records)


def _built_path(model: nn.Module, path: str) -> str:
    """The path of the block that stands for this one in a network with two blocks a stage."""
    block = _block_of(path)
    stage, _, number = block.partition(".")
    if not number.isdecimal() or int(number) < 2 or not isinstance(model, ResNet):
        return path
    is_built = number in getattr(model, stage)._modules
    return path if is_built else path.replace(block, f"{stage}.1", 1)


def _pixels(pair: Pair | None) -> Pixels | None:
    return pair[0] if pair is not None and pair[0] == pair[1] else pair


def _blocks(ops: Iterable[Operation]) -> dict[str, str | None]:
    """For each operation the innermost module around it whose ``forward`` adds two paths."""
    ops = list(ops)
    adding = {op.path for op in ops if op.joins}
    if len(adding) > 1:
        adding.discard("")
    found: dict[str, str | None] = {}
    for op in ops:
        path, inside = op.path, op.path in adding
        while path and not inside:
            path = path.rpartition(".")[0]
            inside = path in adding
        found[op.name] = path if inside and op.kind != "input" else None
    return found


def _branches(ops: Sequence[Operation], blocks: dict[str, str | None]) -> dict[str, str]:
    """``main`` or ``shortcut`` for what lies on only one of the two ways to a block's addition."""
    by_name = {op.name: op for op in ops}
    sides: dict[str, str] = {}
    for op in ops:
        if not op.joins:
            continue
        ways = [_way(name, blocks[op.name], by_name, blocks) for name in op.inputs]
        longer = 0 if len(ways[0]) >= len(ways[1]) else 1
        for side, way in (("main", longer), ("shortcut", 1 - longer)):
            sides |= {name: side for name in ways[way] if name not in ways[1 - way]}
    return sides


def _way(
    end: str, block: str | None, by_name: dict[str, Operation], blocks: dict[str, str | None]
) -> set[str]:
    """The operations of ``block`` from which ``end`` can be reached."""
    found: set[str] = set()
    waiting = [end]
    while waiting:
        name = waiting.pop()
        if name not in found and blocks[name] == block:
            found.add(name)
            waiting += by_name[name].inputs
    return found
