"""The walk: ``torch.fx`` finds the operations of a module, each runs once on the meta device.

What comes out is a list of :class:`Operation`, with names as torchvision's
``get_graph_node_names`` gives them for its ResNets. Nothing is computed on data, and nothing of the
module is moved, changed or drawn.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch import Tensor, fx, nn

from .records import Pair, Place, Shape

ADDITIONS = (operator.add, operator.iadd, torch.add)
CONV, LINEAR = (nn.Conv2d,), (nn.Linear,)
POINTWISE = (
    nn.ReLU, nn.modules.batchnorm._BatchNorm, nn.modules.instancenorm._InstanceNorm, nn.GroupNorm,
    nn.Identity, nn.Dropout, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU,
    nn.Mish, nn.Sigmoid, nn.Tanh, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.Softplus,
)  # fmt: skip
ELEMENTWISE = (
    "relu", "relu_", "relu6", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "hardswish",
    "hardsigmoid", "clamp", "mul", "imul", "sub", "isub", "truediv", "div", "neg", "maximum",
    "minimum", "abs", "exp", "sqrt", "rsqrt", "dropout", "batch_norm", "contiguous", "clone",
    "detach", "float", "to",
)  # fmt: skip


@dataclass(slots=True)
class Operation:
    """One node of the graph and what is known of it without the rest of the network."""

    name: str
    path: str
    call: int
    kind: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    window: Window | None
    parameters: int
    multiply_adds: int
    activation_bytes: int
    called_at: Place | None
    pointwise: bool
    constant: bool = False  # made of parameters and buffers alone, whatever the image is
    joins: bool = False  # an addition of two values that both come from the image


@dataclass(frozen=True, slots=True)
class Window:
    """The sliding window of a convolution or pooling, (height, width) each."""

    kernel_size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int | None = None


def operations(model: nn.Module, shape: Shape) -> list[Operation]:
    """The operations of ``model`` on an input of ``shape``, in the order in which they run.

    Raises what the model raises on such an input; a model that ``torch.fx`` cannot trace raises
    its ``TraceError``.
    """
    tracer = _Tracer()
    if tracer.is_leaf_module(model, ""):  # a layer by itself: fx looks into what it traces
        model = nn.Sequential(OrderedDict([(type(model).__name__.lower(), model)]))
    try:
        graph = tracer.trace(model)
    except fx.proxy.TraceError as error:
        error.add_note(
            "resnet_edu: only a forward that takes the same course for all images can be traced"
        )
        raise
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    walk = _Walk(model, torch.empty(shape, dtype=dtype, device="meta"))
    return [walk.run(node, tracer) for node in graph.nodes if node.op != "output"]


class _Tracer(fx.Tracer):
    """fx's tracer, which also notes the module and the line that each node comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: dict[fx.Node, str] = {}
        self.lines: dict[fx.Node, Place | None] = {}

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        node = super().create_node(*args, **kwargs)
        self.scopes[node] = self.scope.module_path
        self.lines[node] = None if node.op == "placeholder" else self._line()
        return node

    def _line(self) -> Place | None:
        """The innermost line outside torch: the one in somebody's ``forward``."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if frame.f_code is operations.__code__:
                return None  # no forward in between, as for the layers of a bare Sequential
            if not (module.startswith("torch.") or module == __name__):
                break
            frame = frame.f_back
        if frame is None:
            return None
        code = frame.f_code
        return Place(place_file(module, code.co_filename), frame.f_lineno, code.co_qualname)


def place_file(module: str, filename: str) -> str:
    """A name for a source file that holds no folder of the machine."""
    if "ipykernel" in filename or filename.startswith("<"):
        return "notebook cell"
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    parts = module.split(".")[: -1 if base != "__init__.py" else None]
    return "/".join([*parts, base])


class _Walk:
    """Runs the nodes of one graph on meta tensors; equal modules on equal shapes only once."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        self.modules = dict(model.named_modules(remove_duplicate=False))
        self.model = model
        self.values: dict[fx.Node, Any] = {}
        self.names: dict[fx.Node, str] = {}
        self.taken: dict[str, int] = {}
        self.counted: set[int] = set()
        self.memo: dict[Any, Any] = {}
        self.constants: set[fx.Node] = set()
        self.used: set[str] = set()
        self.x: Tensor | None = x

    def run(self, node: fx.Node, tracer: _Tracer) -> Operation:
        path = str(node.target) if node.op == "call_module" else tracer.scopes[node]
        base = path if node.op == "call_module" else _joined(path, _stem(node))
        call = self.taken.get(base, 0)
        self.taken[base] = call + 1
        name = self._free_name(base, call)
        self.names[node] = name
        sources = [n for n in node.all_input_nodes if isinstance(self.values[n], Tensor)]
        module = self.modules[path] if node.op == "call_module" else None
        output, macs = self._output(node, module)
        self.values[node] = output
        is_tensor = isinstance(output, Tensor)
        varying = [n for n in sources if n not in self.constants]
        if node.op != "placeholder" and not varying:
            self.constants.add(node)
        return Operation(
            name=name, path=path, call=call, kind=_kind(node, module),
            inputs=tuple(self.names[n] for n in sources),
            input_shapes=tuple(tuple(self.values[n].shape) for n in sources),
            output_shape=tuple(output.shape) if is_tensor else (),
            window=_window(module, self.values[sources[0]] if sources else None),
            parameters=self._parameters(node, module), multiply_adds=macs,
            activation_bytes=output.numel() * output.element_size() if is_tensor else 0,
            called_at=tracer.lines[node],
            pointwise=_is_pointwise(node, module), constant=node in self.constants,
            joins=_is_addition(node) and len(varying) == 2,
        )

    def _free_name(self, base: str, call: int) -> str:
        """``relu``, ``relu_1``, …, past any submodule that bears such a name itself."""
        name = base if call == 0 else f"{base}_{call}"
        while name in self.used or (call and name in self.modules):
            call += 1
            name = f"{base}_{call}"
        self.used.add(name)
        return name

    def _output(self, node: fx.Node, module: nn.Module | None) -> tuple[Any, int]:
        """The node's value on meta, and its multiply-adds."""
        if node.op == "placeholder":
            return self._input(node), 0
        if node.op == "get_attr":
            return _on_meta(_attribute(self.model, str(node.target))), 0
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), self.values.__getitem__)
        if module is not None:
            return self._module_output(module, args, kwargs)
        if node.target in ADDITIONS and len({_shapes(arg) for arg in args}) == 1:
            return args[0], 0  # known without a run, as above
        if node.target in ADDITIONS or node.target is torch.flatten:
            return self._call(node, args, kwargs), 0
        return _counted(lambda: self._call(node, args, kwargs))

    def _input(self, node: fx.Node) -> Any:
        if self.x is None:
            if node.args:
                return node.args[0]
            raise ValueError(f"the model takes a second input, {node.target}; one can be traced")
        x, self.x = self.x, None
        return x

    def _call(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if node.op == "call_method":
            return getattr(args[0], str(node.target))(*args[1:], **kwargs)
        return node.target(*args, **kwargs)  # type: ignore[operator]

    def _module_output(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, int]:
        inside = id(module) if module._modules else 0  # a layer with layers is like no other
        settings = (type(module), module.extra_repr(), module.training, inside)
        key = (*settings, _shapes(args), _shapes(kwargs))
        if key not in self.memo:
            known = _known_output(module, args[0])
            run = functools.partial(_meta_twin(module).forward, *args, **kwargs)
            if isinstance(module, CONV + LINEAR):
                output = run() if known is None else known
                self.memo[key] = output, _dense_macs(module, output)
            elif known is not None or isinstance(module, (*POINTWISE, nn.MaxPool2d)):
                self.memo[key] = run() if known is None else known, 0
            else:
                self.memo[key] = _counted(run)
        return self.memo[key]

    def _parameters(self, node: fx.Node, module: nn.Module | None) -> int:
        """Elements of the parameters that no earlier operation has used."""
        held: list[Any] = []
        if module is not None:
            held = list(module.parameters())
        elif node.op == "get_attr":
            held = [_attribute(self.model, str(node.target))]
        new = [p for p in held if isinstance(p, nn.Parameter) and id(p) not in self.counted]
        self.counted.update(map(id, new))
        return sum(p.numel() for p in new)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _stem(node: fx.Node) -> str:
    """``add`` of the node that fx calls ``add_3``."""
    head, _, tail = node.name.rpartition("_")
    return head if head and tail.isdecimal() else node.name


def _kind(node: fx.Node, module: nn.Module | None) -> str:
    if module is not None:
        return type(module).__name__
    if node.op == "placeholder":
        return "input"
    if node.op == "get_attr":
        return "attribute"
    return "add" if _is_addition(node) else _stem(node)


def _is_addition(node: fx.Node) -> bool:
    return node.target in ADDITIONS or (node.op == "call_method" and node.target in ("add", "add_"))


def _is_pointwise(node: fx.Node, module: nn.Module | None) -> bool:
    if module is not None:
        return isinstance(module, POINTWISE)
    called = node.op in ("call_function", "call_method")
    return _is_addition(node) or (called and _stem(node) in ELEMENTWISE)


def _attribute(model: nn.Module, target: str) -> Any:
    return operator.attrgetter(target)(model)


def _on_meta(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    return torch.empty(value.shape, dtype=value.dtype, device="meta")


def _meta_twin(module: nn.Module) -> nn.Module:
    """``module`` with the same settings and meta tensors; the module itself is not touched."""
    twin = type(module).__new__(type(module))
    twin.__dict__.update(module.__dict__)  # not copy.copy: a parametrized layer refuses it
    twin.__dict__["_parameters"] = {k: _on_meta(v) for k, v in module._parameters.items()}
    twin.__dict__["_buffers"] = {k: _on_meta(v) for k, v in module._buffers.items()}
    if module._modules:
        twin.__dict__["_modules"] = {
            k: None if m is None else _meta_twin(m) for k, m in module._modules.items()
        }
    return twin


def _known_output(module: nn.Module, x: Any) -> Tensor | None:
    """The output where it is known without a run, which would load torch's compiler (a second)."""
    if not isinstance(x, Tensor) or x.numel() == 0:
        return None
    if type(module) is nn.Linear:
        return x.new_empty(*x.shape[:-1], module.out_features) if _fits(module, x) else None
    if type(module) is nn.BatchNorm2d:
        return x if _fits(module, x) else None
    if type(module) is nn.AdaptiveAvgPool2d and x.dim() == 4 and module.output_size in (1, (1, 1)):
        return x.new_empty(*x.shape[:2], 1, 1)
    return x if type(module) is nn.ReLU else None


def _fits(module: nn.Linear | nn.BatchNorm2d, x: Tensor) -> bool:
    """Whether a call would go through; where not, the module itself is called and raises."""
    if isinstance(module, nn.Linear):
        return x.shape[-1] == module.in_features
    has_variance = not module.training or x.numel() > module.num_features
    return x.dim() == 4 and x.shape[1] == module.num_features and has_variance


def _shapes(value: Any) -> Any:
    if isinstance(value, Tensor):
        return tuple(value.shape), value.dtype
    if isinstance(value, (tuple, list)):
        return tuple(_shapes(v) for v in value)
    if isinstance(value, dict):
        return tuple((k, _shapes(v)) for k, v in value.items())
    return repr(value)


def _dense_macs(module: nn.Module, output: Tensor) -> int:
    """Multiply-adds of a convolution or linear layer: every weight once per output position."""
    weights = module.weight.numel()  # type: ignore[union-attr,operator]
    channels = output.shape[1] if isinstance(module, CONV) else output.shape[-1]
    return weights * (output.numel() // max(channels, 1))  # type: ignore[operator]


def _counted(call: Callable[[], Any]) -> tuple[Any, int]:
    """For operations that this file has no formula for, torch's own counter; 2 FLOPs each."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        output = call()
    return output, counter.get_total_flops() // 2


def _window(module: nn.Module | None, x: Any) -> Window | None:
    if isinstance(module, nn.Conv2d):
        padding: Any = module.padding
        if isinstance(padding, str):  # "same" or "valid"; "same" puts the odd pixel at the end
            reach = [d * (k - 1) for k, d in zip(module.kernel_size, module.dilation, strict=True)]
            padding = (0, 0) if padding == "valid" else (reach[0] // 2, reach[1] // 2)
        return Window(
            _pair(module.kernel_size), _pair(module.stride), _pair(padding),
            _pair(module.dilation), module.groups,
        )
    if isinstance(module, nn.MaxPool2d):
        stride = module.kernel_size if module.stride is None else module.stride
        return Window(
            _pair(module.kernel_size), _pair(stride), _pair(module.padding), _pair(module.dilation)
        )
    if isinstance(module, nn.AvgPool2d):
        kernel, stride, pad = map(_pair, (module.kernel_size, module.stride, module.padding))
        return Window(kernel, stride, pad, (1, 1))
    return None


def _pair(value: Any) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
