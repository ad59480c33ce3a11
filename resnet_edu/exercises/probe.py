"""Runs an answer on the cases of a plan and puts all that can be seen into plain data.

This one file goes into the cage with a submission, so it needs torch and nothing else, holds no
solution and makes no judgement. What is right is decided outside, where the same file has been run
on a correct answer: see ``diagnosis.py``.

``observe(answer, plan)`` returns ``{"case/group/what": value}``. Values are what JSON has: numbers,
texts, lists, dicts. ``{"raises": ..., "says": ...}`` stands for an exception, ``{"about": x}`` for
a measured value that is not exact.

What a caller, a cell or an earlier case has switched on in torch does not reach a case: what is
seen of the reference is kept, and seen under ``inference_mode`` it would be wrong later.

Weights are set by the order in which layers first compute, not by name, so that an answer is free
in how it calls its parts; all probing is done in float64, so that no order of additions counts.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import dis
import functools
import inspect
import itertools
import math
import random
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
import torch.utils._device
from torch import Tensor, nn, overrides
from torch.nn.modules import module as all_modules
from torch.overrides import TorchFunctionMode
from torch.utils import _python_dispatch
from torch.utils._python_dispatch import TorchDispatchMode

LARGE = 20_000  # numbers; up to here drawn tensors are kept for the next answer
MOST_THIN = 50_000  # pairs of channels in a layer of a thin network; right ones have 8,192
TRIES = 40  # calls of a module that draws random numbers
DRAWN = "random numbers are drawn"
BARE = "after a call without arguments"
MANY = 4000  # numbers whose spread can be told: it errs by a hundredth
ABOUT = 0.06  # by how much it may differ
SAMPLE = 64  # numbers of a weight by which two are compared
equal = torch.equal  # an answer may put something else there
MOST_VALUES = 600  # a larger tensor is told by sums
IMAGE = [1, 3, 32, 32]  # for a first call where a case has no input
ENDS = (Exception, SystemExit)  # by which an answer may end
CONTAINERS = (list, tuple, dict)
AUTOCAST = ("cpu", "cuda", "mps", "xpu")  # devices for which torch may choose other dtypes
SHAPE = Tensor.shape.__get__  # type: ignore[attr-defined]
OF_ANY_CLASS = frozenset(vars(type("Bare", (), {})))  # what each class has, and keeps
CHANNELS = (1, -3)  # where the channels of maps stand
WIDE = 256  # a size above it, in a view, is one of channels
LIBRARIES = ("torchvision", "timm", "resnet_edu", "segmentation_models_pytorch")
BATCH_NORMS = ("native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm",
               "_native_batch_norm_legit_no_training", "batch_norm_with_update")  # fmt: skip
SILENT = ("clone", "contiguous", "_to_copy", "empty", "zeros", "ones", "detach", "lift_fresh")
SAME = {"clamp_min": "relu", "_log_softmax": "log_softmax", "_softmax": "softmax",
        "max_pool2d_with_indices": "max_pool2d", "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
        "concatenate": "cat", "constant_pad_nd": "pad", "_prelu_kernel": "prelu"}  # fmt: skip


# Torch as it is when nobody has switched anything on.


@contextlib.contextmanager
def plain_torch() -> Iterator[None]:
    """Meanwhile no mode, no device, no autocast and no hook of the caller's is there; grad is on.

    Afterwards the caller's are there again, and what was switched on meanwhile is not.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_without_modes())
        stack.callback(torch.set_grad_enabled, torch.is_grad_enabled())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(_default_settings())
        stack.enter_context(_without_hooks())
        yield


@contextlib.contextmanager
def _without_modes() -> Iterator[None]:
    """Modes of both kinds are taken off, and with them the default device, which is one."""
    context = vars(torch._GLOBAL_DEVICE_CONTEXT)
    chosen, current = dict(context), torch.utils._device.CURRENT_DEVICE
    functions, dispatchers = _taken_off()
    try:
        context.clear()
        torch.utils._device.CURRENT_DEVICE = None
        yield
    finally:
        _taken_off()
        for mode in functions:
            overrides._push_mode(mode)
        for mode in dispatchers:
            _python_dispatch._push_mode(mode)
        context.clear()
        context.update(chosen)
        torch.utils._device.CURRENT_DEVICE = current


def _taken_off() -> tuple[list[Any], list[Any]]:
    """Take all modes off: those of functions and those of operations, the outermost first."""
    functions = [overrides._pop_mode() for _ in overrides._get_current_function_mode_stack()]
    dispatchers = [_python_dispatch._pop_mode()
                   for _ in _python_dispatch._get_current_dispatch_mode_stack()]  # fmt: skip
    return functions[::-1], dispatchers[::-1]


@contextlib.contextmanager
def _default_settings() -> Iterator[None]:
    """Switches are set as they are when torch is imported."""
    with contextlib.ExitStack() as stack:
        def switch(now: Any, usual: Any, put: Callable[..., Any]) -> None:
            if now != usual:
                put(*usual)
            stack.callback(put, *now)

        switch((torch.get_default_dtype(),), (torch.float32,), torch.set_default_dtype)
        # torch's own function for both imports its compiler, which takes seconds.
        algorithms = (torch.are_deterministic_algorithms_enabled(),
                      torch.is_deterministic_algorithms_warn_only_enabled())  # fmt: skip
        switch(algorithms, (False, False), _set_algorithms)
        anomaly = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
        switch(anomaly, (False, True), torch.set_anomaly_enabled)
        for device in AUTOCAST:
            casts = device, torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)
            switch(casts, (device, False, casts[2]), _set_autocast)
        yield


def _set_algorithms(deterministic: bool, warn_only: bool) -> None:
    torch._C._set_deterministic_algorithms(deterministic, warn_only=warn_only)


def _set_autocast(device: str, enabled: bool, dtype: torch.dtype) -> None:
    torch.set_autocast_enabled(device, enabled)
    torch.set_autocast_dtype(device, dtype)


@contextlib.contextmanager
def _without_hooks() -> Iterator[None]:
    """Hooks for all modules, which are kept in dicts of torch's module, are not there meanwhile."""
    kept = [(hooks, dict(hooks)) for name, hooks in vars(all_modules).items()
            if name.startswith("_global_") and isinstance(hooks, dict)]  # fmt: skip
    try:
        for hooks, _ in kept:
            hooks.clear()
        yield
    finally:
        for hooks, before in kept:
            hooks.clear()
            hooks.update(before)


# What is computed: the operations, in order, with the layers that they belong to.


class Recorder(TorchDispatchMode):
    """Names the layers c1, c2 (convolutions), n1 (norms), f1 (linear), s1 (sums), in order of use.

    ``facts`` says of each what it is and what it reads; ``layers`` holds their tensors.
    """

    active: Recorder | None = None

    def __init__(self, model: nn.Module, **inputs: Tensor) -> None:
        super().__init__()
        self._owners = {_address(t): t for t in (*model.parameters(), *model.buffers())}
        self.facts: dict[str, Any] = {}
        self.layers: dict[str, list[Tensor | None]] = {}
        self.paused = False
        self.cast_to: list[str] = []
        self.unknown: set[str] = set()  # of layers of which no tensor is the model's
        self.used: dict[int, Tensor] = {}  # the model's weights in the order of their first use
        self._terms: dict[int, str] = {}
        self._kept: list[Tensor] = []  # what is kept alive gives its address to nothing else
        self._names: dict[tuple[str, int], str] = {}
        self._counts: collections.Counter[str] = collections.Counter()
        for name, tensor in inputs.items():
            self.name(tensor, name)

    def __enter__(self) -> Recorder:
        Recorder.active = self
        return super().__enter__()

    def __exit__(self, *problem: Any) -> None:
        Recorder.active = None
        super().__exit__(*problem)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        try:
            out = func(*args, **(kwargs or {}))
        except Exception:
            known = [self._terms.get(_address(t)) for t in _tensors(args)]
            self.facts["stop.reads"] = sorted(term for term in known if term)
            self._note_stop(_tensors(args))
            raise
        if not self.paused:
            if func is torch.ops.aten._to_copy.default and kwargs and kwargs.get("dtype"):
                self.cast_to.append(str(kwargs["dtype"]).removeprefix("torch."))
            self.paused = True
            try:
                self._note(func.overloadpacket.__name__, args, kwargs or {}, out)
            finally:
                self.paused = False
        return out

    def _note_stop(self, tensors: list[Tensor]) -> None:
        """Whether a layer whose weight stops an operation has run before."""
        weights = {_address(t) for t in tensors} & self._owners.keys()
        if weights:
            before = weights & {address for _, address in self._names}
            told = "called again" if before else "called for the first time"
            self.facts["the layer that stops.is"] = told

    def term(self, value: Any) -> str:
        """How a value came about, back to the last named layers."""
        if isinstance(value, Tensor):
            return self._terms.get(_address(value), "a tensor of its own")
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(self.term(v) for v in value) + "]"
        return str(value)

    def name(self, tensor: Tensor, term: str) -> None:
        """From now on ``tensor`` is spoken of as ``term``."""
        self._terms[_address(tensor)] = term
        self._kept.append(tensor)

    def count(self, kind: str) -> int:
        """1 at the first call for a kind, then 2 and so on."""
        self._counts[kind] += 1
        return self._counts[kind]

    def layer(self, kind: str, tensors: list[Tensor | None], facts: dict[str, Any]) -> str:
        """The name of the layer that owns ``tensors``; a second use of one is noted as such."""
        tensors = [t if t is None else self._owners.get(_address(t), _base(t)) for t in tensors]
        key = next((kind, _address(t)) for t in tensors if t is not None)
        if key not in self._names:
            self._names[key] = f"{kind}{self.count(kind)}"
            self.layers[self._names[key]] = tensors
            self._kept += [t for t in tensors if t is not None]
            if all(t is None or _address(t) not in self._owners for t in tensors):
                self.unknown.add(self._names[key])
        name = self._names[key]
        uses = self.count(name)
        place = f"{name} use {uses}" if uses > 1 else name
        self.facts |= {f"{place}.{fact}": value for fact, value in facts.items()}
        return place

    def in_order(self) -> None:
        """Count the layers by the first use of their weights, where some weights have no layer.

        So it is where a layer is written out, or works with a copy of its weight.
        """
        kinds = {4: "c", 2: "f"}
        known = {_address(tensors[0]): (name, tensors) for name, tensors in self.layers.items()
                 if name[0] in "cf" and tensors[0] is not None}  # fmt: skip
        right = {known[a][0] for a, t in self.used.items()
                 if a in known and known[a][0][0] == kinds[t.dim()]}  # fmt: skip
        if len(right) == len(self.used):
            return
        gone = {*self.unknown, *(known[a][0] for a in self.used if a in known)}
        rest = {n: t for n, t in self.layers.items() if n[0] not in "cf" or n not in gone}
        counts: collections.Counter[str] = collections.Counter()
        for address, weight in self.used.items():
            kind = kinds[weight.dim()]
            counts[kind] += 1
            bias = known[address][1][1] if address in known else None
            rest[f"{kind}{counts[kind]}"] = [weight, bias]
        self.layers = rest

    def _note(self, name: str, args: Any, kwargs: Any, out: Any) -> None:
        plain = name.rstrip("_")
        for address in map(_address, _tensors(args)):
            owner = self._owners.get(address)
            if isinstance(owner, nn.Parameter) and owner.dim() in (2, 4):
                self.used.setdefault(address, owner)
        if plain == "set":
            return  # another tensor over the same storage
        result = out[0] if isinstance(out, (tuple, list)) and out else out
        if not isinstance(result, Tensor) or plain.startswith(SILENT):
            if isinstance(result, Tensor) and args and isinstance(args[0], Tensor):
                self.name(result, self.term(args[0]))
            return
        known = [a for a in _tensors(args) if _address(a) == _address(result)]
        if known and not name.endswith("_"):
            return  # a view: the same values under another shape
        self.name(result, self._term_of(plain, args, kwargs))

    def _term_of(self, name: str, args: Any, kwargs: Any) -> str:
        if name == "convolution":
            return self._convolution(*args)
        if name in BATCH_NORMS:
            return self._batch_norm(name, args)
        if name == "native_group_norm":
            facts = {"kind": "group norm", "eps": args[-1], "reads": self.term(args[0])}
            return self.layer("n", [args[1], args[2], None, None], facts)
        if name == "bmm" and any(_address(a) in self._owners for a in args):
            args = sorted(args, key=lambda a: _address(a) in self._owners)
            return self._linear(args[0], args[1][0], None)
        if name in ("addmm", "mm", "linear"):
            return self._linear(*((args[1], args[2], args[0]) if name == "addmm" else args))
        tensors = len(_tensors(args))
        if name == "add" and tensors == 2 and kwargs.get("alpha", 1) == 1:
            layer = self._biased(*args[:2]) or self._biased(args[1], args[0])
            if layer:
                return layer
        if name in ("add", "sub", "mul") and tensors == 2:
            terms = [self.term(a) for a in args[:2]]
            return self._sum(name, terms if name == "sub" else sorted(terms), kwargs)
        if name in ("clamp", "maximum", "threshold") and self._is_relu(args):
            name = "relu"
        name, words = SAME.get(name, name), [self.term(args[0])]
        if name == "max_pool2d" and any(a is True for a in args[1:]):
            words.append("ceil_mode")
        if "pool" in name:  # no stride means the kernel's
            args = [args[1] if isinstance(a, list) and not a else a for a in args]
            args += args[1:] * (len(args) == 2 and "adaptive" not in name)
        if name == "adaptive_max_pool2d" and list(args[1]) == [1, 1]:
            name, args, words = "amax", args[:1], [*words, "[2, 3]"]
        if name == "hardtanh" and tuple(args[1:3]) == (0, 6):
            name, args = "relu6", args[:1]
        if name != "relu":
            words += [_plain_words(name, a, args[0]) for a in args[1:] if a is not None]
        return f"{name}({', '.join(w for w in words if w)})"

    def _linear(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> str:
        told = {"channels": list(weight.shape), "bias": bias is not None, "reads": self.term(x)}
        return self.layer("f", [weight, bias], told)

    def _biased(self, out: Tensor, bias: Tensor) -> str:
        """The linear layer of which ``out`` comes, when ``bias`` is a bias that it does not have.

        So it is where a linear layer is written out as a product and a sum.
        """
        name, owner = self.term(out), self._owners.get(_address(bias))
        layer = self.layers.get(name, [])
        if name[0] != "f" or layer[1:] != [None] or owner is None or owner.dim() != 1:
            return ""
        self.layers[name] = [layer[0], owner]
        self.facts[f"{name}.bias"] = True
        return name

    def _sum(self, name: str, terms: list[str], kwargs: Any) -> str:
        kind = "s" if name == "add" else name
        count = self.count(f"{kind}:")
        self.facts[f"{kind}:{count}.adds"] = terms
        if kwargs.get("alpha", 1) != 1:
            self.facts[f"{kind}:{count}.alpha"] = kwargs["alpha"]
        return f"{kind}:{count}"

    def _is_relu(self, args: Any) -> bool:
        if len(args) > 2 and args[2] is not None:
            return False
        bound = args[1] if len(args) > 1 else None
        if isinstance(bound, Tensor):
            return not bound.is_meta and bool((bound == 0).all())
        return bound == 0

    def _convolution(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any,
        dilation: Any, transposed: bool, extra: Any, groups: int,
    ) -> str:  # fmt: skip
        facts = {
            "kernel": list(weight.shape[2:]), "channels": [x.shape[1], weight.shape[0]],
            "stride": list(stride), "dilation": list(dilation),
            "padding": list(padding) * (1 if len(padding) > 1 else x.dim() - 2),
            "groups": groups, "bias": bias is not None, "reads": self.term(x),
        }  # fmt: skip
        owner = self._owners.get(_address(weight), weight)
        if owner.dim() == 2 and list(weight.shape[2:]) == [1, 1]:  # a head in other words
            return self._linear(x, weight.flatten(1).T, bias)
        return self.layer("c", [weight, bias], facts)

    def _batch_norm(self, name: str, args: Any) -> str:
        x, weight, bias, mean, var = args[:5]
        if name == "_native_batch_norm_legit" and not isinstance(var, Tensor):
            mean, var = None, None
        mode = args[5] if isinstance(args[5], bool) else False
        rest = [a for a in args[5:] if isinstance(a, float)]
        facts = {
            "kind": "batch norm", "channels": x.shape[1], "of the batch": bool(mode),
            "affine": weight is not None, "statistics": mean is not None,
            "momentum": rest[0] if len(rest) > 1 else None, "eps": rest[-1] if rest else None,
            "reads": self.term(x),
        }  # fmt: skip
        if weight is None and mean is None:
            return f"normalised({self.term(x)})"
        return self.layer("n", [weight, bias, mean, var], facts)


class Writes(TorchDispatchMode):
    """Notes when each tensor is written to for the first and for the last time, and the draws."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.draws = 0
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self._kept: list[Tensor] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name.endswith("_") and args and isinstance(args[0], Tensor):
            self.count += 1
            self.draws += name in ("normal_", "uniform_")
            self.first.setdefault(_address(args[0]), self.count)
            self.last[_address(args[0])] = self.count
            self._kept.append(args[0])
        return out

    def see(self, model: nn.Module, see: Seen) -> None:
        """Whether the weights that were made first were drawn anew when all others were there."""
        made = [_address(m.weight) for m in model.modules() if isinstance(m, nn.Conv2d)]
        made = sorted((a for a in made if a in self.first), key=lambda a: self.first[a])
        if made:
            late = self.last[made[0]] > self.first[made[-1]]
            see("_order", "the first convolution is drawn when all are there", late)
        see("_order", "how often weights are drawn", self.draws)


class Draws(TorchDispatchMode):
    """Whether torch or Python draws; torch's state alone would also tell of other threads."""

    def __enter__(self) -> Draws:
        self.state, self.may_draw = torch.get_rng_state(), False
        self.of_python = random.getstate()
        return super().__enter__()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.may_draw |= torch.Tag.nondeterministic_seeded in getattr(func, "tags", ())
        return func(*args, **(kwargs or {}))

    @property
    def seen(self) -> bool:
        """Some operations that may draw do not in evaluation mode."""
        of_torch = self.may_draw and not equal(self.state, torch.get_rng_state())
        return of_torch or self.of_python != random.getstate()


class Unset(TorchDispatchMode):
    """Memory that is only reserved holds nan meanwhile, and not by chance what can be taken."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        reserved = "empty" in func.overloadpacket.__name__ and isinstance(out, Tensor)
        if reserved and out.is_floating_point() and not out.is_meta:
            out.fill_(math.nan)
        return out


# Before its first call the method's wrapper would import torch's compiler, which takes seconds.
for _mode in (Recorder, Writes, Draws, Unset):
    _method = getattr(_mode.__torch_dispatch__, "__wrapped__", None)
    if _method is not None:
        _method.__dynamo_disable = _method


@contextlib.contextmanager
def _without_compiler() -> Iterator[None]:
    """Meanwhile an optimizer is made without the import of torch's compiler."""
    method = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
    if method is None or hasattr(method, "__dynamo_disable"):
        yield
        return
    method.__dynamo_disable = method
    try:
        yield
    finally:
        del method.__dynamo_disable


def _address(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _base(tensor: Tensor) -> Tensor:
    """The tensor of which another is a view with all its numbers."""
    base = tensor._base
    return tensor if base is None or base.numel() != tensor.numel() else base


def _tensors(args: Any) -> list[Tensor]:
    flat = itertools.chain.from_iterable(
        a if isinstance(a, (list, tuple)) else [a] for a in args
    )
    return [a for a in flat if isinstance(a, Tensor)]


def _plain_words(name: str, value: Any, first: Any) -> str:
    if isinstance(value, Tensor):
        active = Recorder.active
        return active.term(value) if active else "a tensor"
    if name == "mean" and isinstance(value, list) and isinstance(first, Tensor):
        return str(sorted(d % first.dim() for d in value))
    if isinstance(value, bool):
        return ""
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def opaque(kind: str, compute: Callable[..., Tensor], *tensors: Tensor, **facts: Any) -> Tensor:
    """``compute(*tensors)`` as one operation of the record."""
    recorder = Recorder.active
    if recorder is None or recorder.paused:
        return compute(*tensors)
    terms = [recorder.term(t) for t in tensors]
    recorder.paused = True
    try:
        out = compute(*tensors)
    finally:
        recorder.paused = False
    count = recorder.count(f"{kind}:")
    recorder.facts[f"{kind}:{count}.reads"] = terms
    recorder.facts |= {f"{kind}:{count}.{fact}": value for fact, value in facts.items()}
    recorder.name(out, f"{kind}:{count}")
    return out


# What an answer is handed: a shortcut, norms, blocks and small networks. None is a solution.


class Projection(nn.Module):
    """A shortcut that changes the shape: it skips positions and mixes channels."""

    given = True

    def __init__(self, cin: int, cout: int, stride: int, seed: int) -> None:
        super().__init__()
        self.step = stride
        self.mix = nn.Parameter(_drawn((cout, cin), seed, "projection") / math.sqrt(cin))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, cin, H, W)`` to ``(N, cout, ceil(H/stride), ceil(W/stride))``."""
        return opaque("shortcut", self._compute, x)

    def _compute(self, x: Tensor) -> Tensor:
        small = x[:, :, :: self.step, :: self.step]
        if x.dim() == 4 and x.shape[1] != self.mix.shape[1]:
            raise RuntimeError(f"downsample reads {self.mix.shape[1]} channels, and gets "
                               f"{x.shape[1]}")  # fmt: skip
        return torch.einsum("oc,nchw->nohw", self.mix, small) + (0.3 if self.training else 0.1)


def norm_layer(kind: str) -> Any:
    """A norm factory as torchvision's ``norm_layer``: called with a channel count."""
    if kind == "group":
        return functools.partial(nn.GroupNorm, 2)
    if kind == "bare":  # takes a count and nothing else
        return lambda channels, /: nn.GroupNorm(2, channels, eps=0.05)
    return lambda channels, /: nn.BatchNorm2d(channels, eps=0.01, momentum=0.3)


@contextlib.contextmanager
def recording(answer: Any, calls: list[dict[str, Any]]) -> Iterator[dict[int, type]]:
    """The blocks that an answer is handed, by expansion; meanwhile ``calls`` tells of their making.

    Two are the very classes that it knows by name, so that it may ask in any way which it has. The
    third is one that it cannot know.
    """
    known = _known_blocks(answer)
    with contextlib.ExitStack() as stack:
        for expansion, kind in known.items():
            stack.enter_context(_set(kind, "__init__", _recorded(kind, BLOCKS[expansion], calls)))
            stack.enter_context(_set(kind, "expansion", expansion))
        yield {**known, 2: type("Twofold", (known[4],), {"expansion": 2})}


def _known_blocks(answer: Any) -> dict[int, type]:
    """The two block classes as an answer's own code finds them; else those of the package."""
    package = sys.modules.get("resnet_edu")
    spaces = [*namespaces(answer), vars(package) if package else {}]
    found: dict[int, type] = {}
    for expansion, name in BLOCKS.items():
        kinds = [k for k in (space.get(name) for space in spaces)
                 if isinstance(k, type) and issubclass(k, nn.Module)
                 and k not in found.values()]  # fmt: skip
        found[expansion] = kinds[0] if kinds else STAND_INS[name]
    return found


@contextlib.contextmanager
def _set(kind: type, name: str, value: Any) -> Iterator[None]:
    """Meanwhile a class has another attribute."""
    had, before = name in vars(kind), vars(kind).get(name)
    setattr(kind, name, value)
    try:
        yield
    finally:
        if had:
            setattr(kind, name, before)
        else:
            delattr(kind, name)


def _recorded(kind: type, called: str, calls: list[dict[str, Any]]) -> Any:
    """A constructor that notes its arguments; in other threads the one that the class has."""
    usual, mine = kind.__init__, threading.get_ident()  # type: ignore[misc]

    def record(
        self: Any, inplanes: int, planes: int, stride: int = 1, downsample: Any = None,
        groups: int = 1, base_width: int = 64, dilation: int = 1, norm_layer: Any = None,
    ) -> None:  # fmt: skip
        nn.Module.__init__(self)
        if isinstance(downsample, (nn.Identity, nn.Sequential)) and not list(
            downsample.children()
        ):
            downsample = None  # a shortcut that hands its input on is none
        make = norm_layer or nn.BatchNorm2d
        calls.append({
            "inplanes": inplanes, "planes": planes, "stride": stride, "groups": groups,
            "base_width": base_width, "dilation": dilation, "norm": type(make(2)).__name__,
            "_block": self, "_downsample": downsample,
        })  # fmt: skip
        for number in "123" if self.expansion > 1 else "12":
            norm = make(2)
            nn.init.constant_(norm.weight, 7.0)  # so that one sees whether it is set anew
            nn.init.constant_(norm.bias, 3.0)
            conv = nn.Conv2d(32, 128, 3, groups=4 if number == "2" else 1, bias=False)
            self.add_module(f"conv{number}", conv)
            self.add_module(f"bn{number}", norm)
        self.given, self.downsample, self.stride = True, downsample, stride
        factor = 1 + 0.01 * dilation + 0.003 * groups + 0.0001 * base_width
        self.recorded = _less(planes * self.expansion), dilation, factor
        self.reads = _less(inplanes)
        self.forward = functools.partial(forward, self)  # the class keeps its own

    def forward(self: Any, x: Tensor) -> Tensor:
        compute = functools.partial(_block_values, self)
        if isinstance(self.reads, int) and x.shape[1] != self.reads:  # an error, as of torch
            torch.conv2d(x, x.new_zeros(self.recorded[0], int(self.reads), 1, 1))
        if self.downsample is None:
            return opaque("block", compute, x)
        return opaque("block", compute, x, self.downsample(x))

    @functools.wraps(record)
    def chosen(self: Any, *args: Any, **kwargs: Any) -> None:
        (record if threading.get_ident() == mine else usual)(self, *args, **kwargs)

    record.__qualname__, forward.__qualname__ = f"{called}.__init__", f"{called}.forward"
    return chosen


def _block_values(block: Any, x: Tensor, projected: Tensor | None = None) -> Tensor:
    """What a recording block puts out: all that it was built with has a share in it."""
    shortcut = x if projected is None else projected
    width, dilation, factor = block.recorded
    channels = torch.arange(width) % x.shape[1]
    taken = x[:, channels, :: block.stride, :: block.stride]
    spread = torch.roll(taken, dilation, dims=3)
    return torch.relu(torch.sin(3 * spread) * factor * (1.01 if block.training else 1) + shortcut)


class StandInResNet(nn.Module):
    """What a builder is handed in the cage as ``ResNet``: its arguments decide its layers."""

    given = True

    def __init__(
        self, block: Any, layers: Any, num_classes: int = 1000, zero_init_residual: bool = False,
        groups: int = 1, width_per_group: int = 64, replace_stride_with_dilation: Any = None,
        norm_layer: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        expansion = block.expansion
        asked = groups, width_per_group, any(replace_stride_with_dilation or ())
        if expansion == 1 and asked != (1, 64, False):
            raise ValueError("basic blocks have one group, one width and no dilation")
        if not isinstance(block, type):  # it is called, as a network calls the class
            block(64, 64, 1, None, groups, width_per_group, 1, norm_layer)
        flags = replace_stride_with_dilation or [False, False, False]
        self.factor = 1 + 0.1 * bool(zero_init_residual) + 0.01 * sum(
            2**place * bool(flag) for place, flag in enumerate(flags)
        )
        self.stages = nn.ModuleList([nn.ModuleList([nn.Conv2d(3, 64, 1, bias=False)])])
        cin = 64
        for stage, planes in enumerate((64, 128, 256, 512)):
            kept = bool(stage and flags[stage - 1])  # of a 1x1: told of, and without effect
            parts = nn.ModuleList()
            for _ in range(layers[stage]):
                cout = planes * expansion
                parts.append(nn.Conv2d(cin, cout, 1, bias=expansion > 1))
                width = planes * width_per_group // 64 * groups
                parts.append(nn.Conv2d(cout, width, 1, dilation=1 + kept, groups=groups,
                                       bias=False))  # fmt: skip
                parts.append(nn.Conv2d(width, cout, 1, groups=groups, bias=False))
                norm = (norm_layer or nn.BatchNorm2d)(cout)
                if zero_init_residual:
                    nn.init.zeros_(norm.weight)
                parts.append(norm)
                cin = cout
            self.stages.append(parts)
        self.fc = nn.Linear(cin, num_classes)
        for part in self.stages.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.normal_(part.weight, 0, _deviation(part.weight))

    def forward(self, x: Tensor) -> Tensor:
        """Images ``(N, 3, H, W)`` to scores ``(N, num_classes)``."""
        x = x[:, :, ::8, ::8]  # a few positions tell as much
        for part in itertools.chain(*self.stages):
            x = torch.sin(part(x) * self.factor)
        return self.fc(x.mean((2, 3)))


class StandInBlock(nn.Module):
    """Stands for a block where only its expansion counts, and what its constructor asks for."""

    def __init__(self, inplanes: int, planes: int, *more: Any, **options: Any) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        """The input."""
        return x


class StandInBasicBlock(StandInBlock):
    """Stands for ``BasicBlock``."""

    expansion = 1


class StandInBottleneck(StandInBlock):
    """Stands for ``Bottleneck``."""

    expansion = 4


STAND_INS = {"ResNet": StandInResNet, "BasicBlock": StandInBasicBlock,
             "Bottleneck": StandInBottleneck}  # fmt: skip
BLOCKS = {1: "BasicBlock", 4: "Bottleneck"}  # by their expansion
StandInResNet.__init__.__qualname__ = "ResNet.__init__"  # so Python's errors speak of it
for _name in BLOCKS.values():
    STAND_INS[_name].__name__ = STAND_INS[_name].__qualname__ = _name


class Gate(nn.Module):
    """Squeeze and excitation: it weighs the channels, and a part of it is called ``fc``."""

    given = True

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, 2), nn.ReLU())
        self.expand = nn.Linear(2, channels)

    def forward(self, x: Tensor) -> Tensor:
        """The maps, each times a number between 0 and 1."""
        return x * self.expand(self.fc(x.mean((2, 3)))).sigmoid()[:, :, None, None]


class TinyBlock(nn.Module):
    """A convolution and its norm; where the channels change, with a projection beside them."""

    given = True

    def __init__(self, cin: int, cout: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, kernel, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.downsample: nn.Module | None = None
        if cin != cout:
            mix = nn.Conv2d(cin, cout, 1, bias=False)
            self.downsample = nn.Sequential(mix, nn.BatchNorm2d(cout))

    def forward(self, x: Tensor) -> Tensor:
        """Without a ReLU, which would make too many zeros."""
        out = self.bn1(self.conv1(x))
        return out if self.downsample is None else out + self.downsample(x)


class TinyNet(nn.Module):
    """A small network with the names of a ResNet: ``(N, 3, H, W)`` to ``(N, classes)``."""

    given = True
    refusals = 0

    def __init__(
        self, seed: int, classes: int = 5, bias: bool = False, gate: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=bias)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(TinyBlock(4, 6, 3))
        self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(TinyBlock(6, 6, 1)) for _ in range(3)
        )
        if gate:
            self.layer2.append(Gate(6))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(6, classes)
        refill(self, seed)
        with torch.no_grad():
            self.bn1.bias.sub_(0.3)  # so that there is something for the ReLU to do

    def forward(self, x: Tensor) -> Tensor:
        """Images ``(N, 3, H, W)`` to scores ``(N, classes)``."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """As ever; a refusal is counted, for it may be caught and kept from the caller."""
        try:
            return super().load_state_dict(*args, **kwargs)
        except RuntimeError:
            TinyNet.refusals += 1
            raise


def refill(module: nn.Module, seed: int) -> None:
    """Give every parameter and statistic of a module a value of its own."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                drawn = _drawn(tuple(tensor.shape), seed, name)
                tensor.copy_(drawn.abs() + 0.5 if "var" in name else drawn * 0.5)
            else:
                tensor.fill_(3)


def counted_model(which: str) -> nn.Module:
    """Models whose parameters one can miscount."""
    if which == "shared":
        first, second = nn.Linear(4, 4), nn.Linear(4, 4)
        second.weight = first.weight
        return nn.Sequential(first, nn.Sequential(second, first))
    if which == "nested":
        return nn.Sequential(nn.Sequential(nn.Sequential(nn.Linear(3, 2)), nn.Linear(2, 2)))
    if which == "plain":
        return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 5))
    if which == "own":
        model = nn.Module()
        model.scale = nn.Parameter(torch.zeros(7))
        model.inner, model.slope, model.last = nn.BatchNorm2d(5), nn.PReLU(2), nn.Module()
        model.twin = nn.BatchNorm2d(5)  # its numbers are those of the other, and it is another
        model.last.shift = nn.Parameter(torch.zeros(3))
        return model
    network = TinyNet(1)
    if which == "frozen":
        network.requires_grad_(False)
        network.fc.requires_grad_(True)
        network.eval()
    return network


# Drawn numbers, and tensors as plain data.


class Mark(dict[str, Any]):
    """A dict that stands for something: an exception, a tensor, a measured value."""


def _drawn(shape: tuple[int, ...], seed: int, *what: Any) -> Tensor:
    """Normal numbers that depend on the seed and the name of what they are for, nothing else."""
    if math.prod(shape) > LARGE:
        return _new(shape, seed, *what)
    return _kept(shape, seed, *what).clone()


@functools.lru_cache(maxsize=4096)
def _kept(shape: tuple[int, ...], seed: int, *what: Any) -> Tensor:
    return _new(shape, seed, *what)


def _new(shape: tuple[int, ...], seed: int, *what: Any) -> Tensor:
    text = "/".join(map(str, (seed, *what)))
    mixed = functools.reduce(lambda total, c: (total * 257 + ord(c)) % (2**31 - 1), text, 7)
    generator = torch.Generator().manual_seed(mixed)
    with plain_torch():  # it is kept, whatever an answer has switched on
        return torch.randn(shape, generator=generator, dtype=torch.float64)


def told(value: Any) -> Any:
    """Any result as plain data; a tensor by shape and values, a large one by eight sums."""
    if isinstance(value, Tensor):
        shape, flat = list(value.shape), value.detach().to(torch.float64).reshape(-1)
        shape = [*map(int, shape)]
        if value.is_meta:
            return Mark(shape=shape)
        if flat.numel() <= MOST_VALUES:
            return Mark(shape=shape, values=flat.tolist())
        weights = torch.stack([_drawn((flat.numel(),), 0, "sum", i) for i in range(8)])
        return Mark(shape=shape, sums=(weights @ flat).tolist())
    if isinstance(value, Mark):
        return value
    if isinstance(value, dict):
        return {"dict": [[str(key), told(item)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return [told(item) for item in value]
    if hasattr(value, "tolist") and type(value).__module__ == "numpy":
        return value.tolist()  # first, since some are floats as well
    if isinstance(value, int) and value.bit_length() > 10_000:
        return Mark(type="number of thousands of digits")
    if isinstance(value, Count):
        return int(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return Mark(type=type(value).__name__)


def set_weights(layers: dict[str, list[Tensor | None]], seed: int) -> None:
    """Fill the layers of a record: the k-th convolution gets the same values in every answer."""
    with torch.no_grad():
        for name, tensors in layers.items():
            for index, tensor in enumerate(tensors):
                if tensor is None or tensor.is_meta:
                    continue
                drawn = _drawn(tuple(tensor.shape), seed, name, index)
                tensor.copy_(_scaled(name, index, drawn))


def _scaled(name: str, index: int, drawn: Tensor) -> Tensor:
    if name.startswith("n"):
        return [1 + 0.3 * drawn.clamp(-2, 2), 0.3 * drawn, 0.2 * drawn, 0.5 + drawn.abs()][index]
    if index == 0:
        fan_in = max(drawn[0].numel() if name.startswith("c") else drawn.shape[0], 1)
        return drawn / math.sqrt(fan_in)
    return 0.5 * drawn


# The observations.


class Seen:
    """What has been seen of one case."""

    def __init__(self, rows: dict[str, Any], case: int) -> None:
        self.rows, self.case = rows, case

    def __call__(self, group: str, what: str, value: Any) -> None:
        self.rows[f"{self.case}/{group}/{what}"] = told(value)

    def trying(self, group: str, what: str, call: Callable[[], Any]) -> Any:
        """The result of ``call``; None when it raised, which is then what has been seen."""
        try:
            return call()
        except ENDS as error:
            self(group, what, _raised(error))
            return None


def _raised(error: BaseException) -> Mark:
    lines = [" ".join(line.split()) for line in str(error).strip().splitlines()] or [""]
    said = _types_that_came(" ".join(lines) if lines[0].endswith(":") else lines[0])
    says = said if len(said) <= 200 else said[:200].rpartition(" ")[0][:200] + " …"
    mark = Mark(raises=type(error).__name__, says=says, **_without_self(error))
    return Mark(**mark, own=True) if _own_words(error) else mark


def _without_self(error: BaseException) -> dict[str, str]:
    """Where an error comes of ``self`` missing, or of too much for the constructor of nn.Module.

    ``{"method": its name}`` where a method has no argument ``self``, ``{"self": the name}`` where
    it stands before no name, ``{"parent": "nn.Module"}`` for the constructor; else nothing.
    """
    trace, frame, last = error.__traceback__, None, None
    while trace is not None:
        last = trace.tb_frame.f_code
        name = str(trace.tb_frame.f_globals.get("__name__")).split(".")[0]
        if trace.tb_frame.f_globals is not globals() and name not in ("torch", *LIBRARIES):
            frame = trace.tb_frame
        trace = trace.tb_next
    code = frame.f_code if frame else None
    if frame is None or code is None:
        return {}
    if code.co_name == "__init__" and last is nn.Module.__init__.__code__:
        return {"parent": "nn.Module"}
    mine = (*code.co_varnames, *code.co_freevars, *code.co_cellvars)
    if "self" in code.co_names and "self" not in (*mine, *frame.f_globals):
        return {"method": code.co_name}
    said = re.match(r"name '(\w+)' is not defined", str(error))
    owner = frame.f_locals.get("self")
    if said and isinstance(owner, nn.Module):
        with contextlib.suppress(Exception):  # one without its constructor's tables has no parts
            if hasattr(owner, said[1]):
                return {"self": said[1]}
    return {}


def _types_that_came(said: str) -> str:
    """What torch says of arguments that it does not take: what came, without all that may come."""
    detail = re.search(r"invalid types: \(((?:[^()]|\([^()]*\))*)\)", said)
    came = re.match(r"(.* - got) \(.*?\), but expected one of:", said)
    return f"{came[1]} ({detail[1].replace('!', '')})" if came and detail else said


def _own_words(error: BaseException) -> bool:
    """Whether the answer itself raised it, with ``raise`` or ``assert``, in words of its own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    frame = trace.tb_frame
    raising = frame.f_code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    ready = str(frame.f_globals.get("__name__")).split(".")[0] in ("torch", *LIBRARIES)
    return raising and not ready and frame.f_globals is not globals()


def observe(
    answer: Any, plan: dict[str, Any], rows: dict[str, Any] | None = None
) -> dict[str, Any]:
    """All that the plan's cases show of an answer, as plain data, put into ``rows`` as it comes."""
    probe = PROBES[plan["kind"]]
    rows = {} if rows is None else rows
    with warnings.catch_warnings(), _without_compiler():
        warnings.simplefilter("ignore")
        for number, case in enumerate(plan["cases"]):
            if number not in plan.get("only", [number]):
                continue
            torch.default_generator.manual_seed(plan["seed"])
            random.seed(plan["seed"])
            with plain_torch(), _double():
                probe(answer, case, plan, Seen(rows, number))
    return rows


@contextlib.contextmanager
def _double(kind: torch.dtype = torch.float64) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def origins(found: set[str] | None) -> Iterator[None]:
    """Collect which functions of ready-made libraries are called meanwhile; None: do not look."""
    if found is None or sys.getprofile() is not None:  # a profiler at work stays; no look then
        yield
        return

    def look(frame: Any, event: str, argument: Any) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        if event == "call" and module.split(".")[0] in LIBRARIES:
            caller = str(frame.f_back.f_globals.get("__name__", "")) if frame.f_back else ""
            if caller.split(".")[0] in LIBRARIES and "exercises" not in caller:
                return  # what a library calls itself
            name = frame.f_code.co_qualname
            if name == "_log_api_usage_once" or _imported(frame):  # neither builds anything
                return
            if not module.startswith("resnet_edu.exercises") and module != __name__:
                found.add(f"{module}.{name}")

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)


def _imported(frame: Any) -> bool:
    """Whether a frame runs while a module of a library is imported."""
    while frame is not None:
        library = str(frame.f_globals.get("__name__", "")).split(".")[0] in LIBRARIES
        if library and frame.f_code.co_name == "<module>":
            return True
        frame = frame.f_back
    return False


def whose(answer: Any) -> list[str]:
    """The libraries' classes and functions that an answer is or inherits from."""
    inner = answer
    while isinstance(inner, functools.partial):
        inner = inner.func
    lineage = inner.__mro__ if isinstance(inner, type) else [inner]
    lineage = [c for c in lineage if getattr(c, "__module__", "") != __name__]  # stand-ins
    names = [f"{getattr(c, '__module__', '')}.{getattr(c, '__qualname__', '')}" for c in lineage]
    return [name for name in names if name.split(".")[0] in LIBRARIES]


def namespaces(answer: Any) -> list[dict[str, Any]]:
    """Where an answer's own code looks up its names."""
    functions = [answer, *vars(answer).values()] if isinstance(answer, type) else [answer]
    spaces = {id(f.__globals__): f.__globals__ for f in functions if hasattr(f, "__globals__")}
    return [space for space in spaces.values() if space is not globals()]


def _made(value: Any, seed: int, blocks: Mapping[int, type]) -> Any:
    """An argument of a plan as the object that it stands for."""
    if isinstance(value, list):
        return [_made(item, seed, blocks) for item in value]
    if not isinstance(value, dict) or "$" not in value:
        return value
    kind, options = value["$"], {k: v for k, v in value.items() if k != "$"}
    if kind == "projection":
        return Projection(**options, seed=seed)
    if kind == "identity":
        return nn.Identity()
    if kind == "norm":
        return norm_layer(options["kind"])
    if kind == "block":
        return blocks[options["expansion"]]
    if kind == "tuples":
        return [tuple(item) for item in options["of"]]
    if kind == "tuple":
        return tuple(options["of"])
    if kind == "counted":
        return counted_model(options["which"])
    if kind == "state":
        return collections.OrderedDict(
            (name, _drawn((2,), seed, name)) for name in options["names"]
        )
    raise ValueError(f"the plan holds an unknown kind of argument, {kind!r}")


# Modules: layers, blocks, networks.


def probe_module(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """Build with the case's arguments, then look at everything that a module shows."""
    seed = plan["seed"]
    calls: list[dict[str, Any]] = []
    made = functools.partial(_build, answer, case, seed)
    if case.get("refuses"):
        _see_refusal(made, see)
        return
    found = None if plan.get("trusted") else set(whose(answer))
    if found is not None:
        _see_text(answer, see)
    with origins(found):
        built = see.trying("builds", "error", lambda: made(calls))
    see("made", "libraries", sorted(found or ()))
    if built is None or case.get("until") == "built":
        return
    drawn = torch.get_rng_state()
    model, arguments = built
    see("builds", "is a module", isinstance(model, nn.Module) or Mark(type=type(model).__name__))
    if not isinstance(model, nn.Module):
        return
    calm = [name for name, module in model.named_modules() if not module.training]
    see("builds", "is in training mode", not calm)
    if calm:
        see("_words", "built in evaluation mode", calm)
    if calls:
        _see_calls(model, calls, see)
    if case.get("names"):
        see("names", "state_dict", sorted(model.state_dict()))
    _see_parameters(model, see)
    handed = [m for m in (*arguments[0], *arguments[1].values())
              if isinstance(m, nn.Module) and not isinstance(m, nn.Identity)]  # fmt: skip
    if handed:
        see("builds", "registers the modules it is given", {*handed} <= {*model.modules()})
    for attribute in case.get("attributes", []):
        see("builds", f"attribute {attribute}", getattr(answer, attribute, "missing"))
    if case.get("fresh"):
        spread = sum(isinstance(m, nn.SyncBatchNorm) for m in _own(model))
        see("builds", "norms that are SyncBatchNorm", spread)
    if "order" in case:
        see("builds", "order of the arguments", _order_of(answer, case["order"]))
    if case.get("initialization"):
        _see_initialization(model, case, see)
    if "input" in case:
        with ThinViews() if case.get("thin") else contextlib.nullcontext():
            _see_run(model, case, seed, see, found)
        see("made", "libraries", sorted(found or ()))
    see("side effects", "arguments", told_arguments(arguments))
    if not case.get("glance"):
        writes = Writes() if case.get("initialization") and not case.get("thin") else None
        other = functools.partial(_build, answer, case, seed + 1)
        second = _see_second_build(other, model, see, writes)
        shared = see.rows.get(f"{see.case}/again/shares weights with the first")
        if shared is not None:
            see("again", "sets the random numbers", equal(drawn, torch.get_rng_state()))
        if case.get("exchange") and second is not None:
            _see_exchange(second, case, see)
        if case.get("single") and not shared:  # a layer of an earlier call has its numbers
            _see_single(made, case, see)


def _build(
    answer: Any, case: dict[str, Any], seed: int, calls: list[dict[str, Any]]
) -> tuple[Any, Any]:
    slim = thin() if case.get("thin") else contextlib.nullcontext()
    handed = (*case.get("args", []), *case.get("kwargs", {}).values())
    asked = any(isinstance(value, dict) and value.get("$") == "block" for value in handed)
    none: contextlib.AbstractContextManager[dict[int, type]] = contextlib.nullcontext({})
    with recording(answer, calls) if asked else none as blocks:
        args = _made(case.get("args", []), seed, blocks)
        kwargs = {k: _made(v, seed, blocks) for k, v in case.get("kwargs", {}).items()}
        torch.default_generator.manual_seed(seed)
        with slim:
            model = answer(*args, **kwargs)
    if isinstance(model, nn.Module) and any(
        isinstance(p, nn.parameter.UninitializedParameter) for p in model.parameters()
    ):
        with torch.no_grad():  # lazy layers take their sizes from a first call
            model.eval()(torch.zeros(case.get("input", IMAGE)))
        model.train()
    return model, (args, kwargs)


def _order_of(answer: Any, asked: list[str]) -> str:
    """The first argument that has another place, where all have the names that are asked for."""
    taken = _quietly(lambda: [*inspect.signature(answer).parameters]) or []
    pairs = [*zip(asked, taken, strict=True)] if sorted(taken) == sorted(asked) else []
    odd = next((i for i, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    return "that of the exercise" if odd is None else (
        f"number {odd + 1} is {taken[odd]}, not {asked[odd]}")  # fmt: skip


def told_arguments(arguments: Any) -> Any:
    """Lists among the arguments as they are afterwards."""
    args, kwargs = arguments
    return [told(a) for a in (*args, *kwargs.values()) if isinstance(a, list)]


def _see_refusal(made: Callable[..., Any], see: Seen) -> None:
    try:
        made([])
    except ENDS as error:
        told = _raised(error)
        slip = isinstance(error, (NameError, AttributeError, TypeError)) and not told.get("own")
        slip |= isinstance(error, SystemExit) or "must derive from BaseException" in told["says"]
        see("refuses", "refused", told if slip else True)
        see("_words", "refusal", told)
    else:
        see("refuses", "refused", False)


def _own(model: nn.Module) -> list[nn.Module]:
    """The modules that the answer made: what it was handed is left out."""
    hidden: set[int] = set()
    for module in model.modules():
        if getattr(module, "given", False) and module is not model:
            hidden |= {id(inner) for name, inner in module.named_modules()
                       if not name.startswith("downsample")}  # fmt: skip
    return [module for module in model.modules() if id(module) not in hidden]


def _own_parameters(model: nn.Module) -> list[nn.Parameter]:
    found = {id(p): p for m in _own(model) for p in m.parameters(recurse=False)}
    return list(found.values())


def _see_parameters(model: nn.Module, see: Seen) -> None:
    own = _own_parameters(model)
    see("parameters", "count", sum(p.numel() for p in own))
    see("parameters", "shapes", sorted([list(p.shape) for p in own]))
    buffers = [b for m in _own(model) for b in m.buffers(recurse=False)]
    see("_graph", "buffers", sorted([list(b.shape) for b in buffers]))
    see("parameters", "trainable", all(p.requires_grad for p in model.parameters()))
    if any(isinstance(m, nn.modules.instancenorm._InstanceNorm) for m in _own(model)):
        see("_words", "is InstanceNorm in part", True)
    aside = _kept_aside(model)
    if aside:
        see("_words", "keeps layers in a plain", aside)
    modes = sorted({m.padding_mode for m in _own(model) if isinstance(m, nn.Conv2d)} - {"zeros"})
    if modes:
        see("_words", "padding modes", modes)
        see("_graph", "padding mode.is", ", ".join(modes))


def _kept_aside(model: nn.Module) -> str:
    """In which kind of container layers are kept that the module does not register, or ""."""
    known = {id(module) for module in model.modules()}
    for module in _own(model):
        for name, value in vars(module).items():
            if name not in ("_modules", "_parameters", "_buffers") and any(
                id(layer) not in known for layer in _layers_in(value)
            ):
                return next(kind.__name__ for kind in CONTAINERS if isinstance(value, kind))
    return ""


def _layers_in(value: Any, depth: int = 3) -> Iterator[nn.Module]:
    """The modules with parameters in a list, tuple or dict, and in such as stand in it."""
    if not isinstance(value, CONTAINERS):
        return
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, nn.Module):
            yield from [item] * any(True for _ in item.parameters())
        elif depth:
            yield from _layers_in(item, depth - 1)


def _see_calls(model: nn.Module, calls: list[dict[str, Any]], see: Seen) -> None:
    """What each block was built with, in the order in which they stand in the network."""
    usual = _usual(model)
    if usual:
        counts = [len(model.get_submodule(place)._modules) for place in usual]
        see("stages", "numbers of blocks in the stages", counts)
    see("stages", "number of blocks", len(calls))
    names = {id(module): name for name, module in model.named_modules()}
    stages = [names.get(id(call["_block"]), "") for call in calls]
    see("stages", "number of blocks that the network registers", sum(map(bool, stages)))
    stages = [".".join((usual.get(where, where), last))
              for where, _, last in (name.rpartition(".") for name in stages)]  # fmt: skip
    if usual and {*usual} != {*usual.values()}:
        words = "parts of one module" if "." in min(usual) else "other names"
        begun = all(re.fullmatch(r"layer\d", name) for name in usual)
        see("_graph", "stages.are called", ", ".join(sorted(usual)) if begun else words)
    if all(re.fullmatch(r"layer\d\.\d+", name) for name in stages):
        ordered = sorted(zip(stages, calls, strict=True), key=lambda pair: (len(pair[0]), pair[0]))
    else:
        ordered = [(f"block {number}", call) for number, call in enumerate(calls)]
    shortcuts: list[Any] = []
    for block, call in ordered:
        for name, value in call.items():
            if not name.startswith("_"):
                see("stages", f"{block}, {name}", "None" if value is None else value)
        shortcut, number = call["_downsample"], 0
        if shortcut is not None:
            shortcuts += [shortcut] * all(s is not shortcut for s in shortcuts)
            number = 1 + next(i for i, s in enumerate(shortcuts) if s is shortcut)
        see("stages", f"{block}, downsample", f"number {number}" if number else "none")


def _usual(model: nn.Module) -> dict[str, str]:
    """Where a network holds its blocks, and as ``layer1`` to ``layer4`` how it usually would."""
    places = {name.rpartition(".")[0]: None for name, module in model.named_modules()
              if name and getattr(module, "given", False)}  # fmt: skip
    if len(places) != 4:
        return {}
    if all(re.fullmatch("layer[1-4]", place) for place in places):
        return {place: place for place in places}
    return {place: f"layer{number}" for number, place in enumerate(places, 1)}


def _see_initialization(model: nn.Module, case: dict[str, Any], see: Seen) -> None:
    """How the weights were drawn: spread against sqrt(2 / fan_out), and the tails.

    A thin network has too few weights for that; of it only the norms are looked at.
    """
    usual = [(f"{place}.", f"{name}.") for place, name in _usual(model).items()]
    spreads: list[float] = []
    for name, module in model.named_modules():
        for place, other in usual:
            if name.startswith(place):
                name = other + name.removeprefix(place)
                break
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)) and module.weight is not None:
            see("initialization", f"{name}.weight, mean", float(module.weight.mean()))
            see("initialization", f"{name}.bias, size", float(module.bias.abs().mean()))
        mean, var = getattr(module, "running_mean", None), getattr(module, "running_var", None)
        if isinstance(mean, Tensor) and isinstance(var, Tensor):
            as_made = not bool(mean.any()) and bool((var == 1).all())
            see("initialization", f"{name}.running statistics are as made", as_made)
        if not case.get("thin") and isinstance(module, nn.Linear):
            _see_linear(name, module, see)
        if not case.get("thin") and isinstance(module, nn.Conv2d):
            _see_drawn(name, module.weight.detach(), see)
            spreads.append(float(module.weight.detach().std()))
    if spreads:
        told = [min(spreads), max(spreads)]
        see("_words", "least and greatest deviation of convolutions", told)
    if not case.get("thin"):
        see("initialization", "two convolutions begin with the same numbers", _repeated(model))


def _see_linear(name: str, module: nn.Linear, see: Seen) -> None:
    """Whether a linear layer is as ``nn.Linear`` makes it: uniform, within one bound."""
    weight, bound = module.weight.detach(), 1.0001 / math.sqrt(module.in_features)
    spread = float(weight.std()) * math.sqrt(3 * weight.shape[1])
    see("initialization", f"{name}.weight, spread ÷ that of nn.Linear", Mark(about=spread))
    see("initialization", f"{name}.weight is uniform", float(weight.abs().max()) <= bound)
    if module.bias is not None:
        bias = module.bias.detach()
        drawn = float(bias.abs().max()) <= bound and len(bias.unique()) > len(bias) // 2
        see("initialization", f"{name}.bias is drawn", drawn)


def _see_drawn(name: str, weight: Tensor, see: Seen) -> None:
    """The spread of a convolution's weights, and by mean and fourth moment their distribution.

    Of the thousands of numbers the mean errs by 1 / root(n) deviations, the moment by 0.07 around
    3; what is allowed is six times as much, so that chance refuses nobody.
    """
    deviation = weight.std()
    spread = float(deviation) / _deviation(weight)
    see("initialization", f"{name}.weight, spread ÷ √(2 / fan-out)", Mark(about=spread))
    scaled = (weight - weight.mean()) / deviation
    see("initialization", f"{name}.weight, distribution", _shape_of(float(scaled.pow(4).mean())))
    centred = float(weight.mean().abs()) <= 6 * float(deviation) / math.sqrt(weight.numel())
    see("initialization", f"{name}.weight has the mean 0", centred)


def _shape_of(moment: float) -> str:
    """A distribution in a word, by its fourth moment: 1.8 is a box, 3 a bell, 6 Laplace's."""
    if math.isnan(moment):
        return "of one number"
    return "flat" if moment <= 2.5 else "normal" if moment < 3.6 else "with long tails"


def _repeated(model: nn.Module) -> bool:
    """Whether two convolutions begin with the same numbers, up to a factor."""
    rows = [m.weight.detach().reshape(-1)[:SAMPLE] for m in model.modules()
            if isinstance(m, nn.Conv2d) and m.weight.numel() >= SAMPLE]  # fmt: skip
    if len(rows) < 2 or any(not row.std() for row in rows):
        return False
    alike = torch.corrcoef(torch.stack(rows)) - torch.eye(len(rows))
    return bool(alike.max() > 0.999)


def _see_run(
    model: nn.Module, case: dict[str, Any], seed: int, see: Seen, found: set[str] | None
) -> None:
    x = _drawn(tuple(case["input"]), seed, "input", see.case) * case.get("scale", 1)
    model.eval()
    _see_mode(model, False, see)
    recorder = Recorder(model, x=x)
    before = x.clone()
    with torch.no_grad(), origins(found), Draws() as draws, recorder:
        result = see.trying("shape", "output", lambda: [model(x)])
    _see_facts(recorder, see)
    _see_names(recorder, model, see)
    if draws.seen:
        see("_graph", "inference.draws", "random numbers")
    if result is None:
        return
    (out,) = result
    if not isinstance(out, Tensor):
        see("shape", "output", Mark(type=type(out).__name__))
        return
    see("_graph", "out", recorder.term(out))
    see("shape", "output", list(out.shape))
    see("inference", DRAWN, draws.seen)
    see("shape", "numbers of the output", str(out.dtype).removeprefix("torch."))
    see("side effects", "input", bool(equal(x, before)))
    if recorder.unknown:
        see("_words", "layers that the module does not hold", sorted(recorder.unknown))
    if recorder.cast_to:
        see("_words", "numbers are cast to", recorder.cast_to[0])
    if case.get("until") == "run":
        return
    recorder.in_order()
    if not any(name.startswith("c") for name in recorder.layers):  # a convolution in other words
        weights = [p for p in _own_parameters(model) if p.dim() == 4]
        recorder.layers |= {f"c{count}": [p, None] for count, p in enumerate(weights, 1)}
    fresh = [*_fresh(recorder.layers)] if case.get("fresh") else []
    set_weights(recorder.layers, seed)
    _see_values(model, before, see, bool(case.get("glance")))
    for what, value in fresh:
        see("initialization", what, value)
    if not case.get("glance"):
        _see_training(model, before, recorder, seed, see, bool(case.get("fresh")))


def _fresh(layers: dict[str, list[Tensor | None]]) -> Iterator[tuple[str, Any]]:
    """What is to be seen of the weights with which the layers begin."""
    for name, (weight, *rest) in layers.items():
        if name.startswith("n"):
            for kind, begin in (("weight", weight), ("bias", rest[0])):
                if begin is not None:
                    yield f"mean {kind} of norm {name[1:]}", float(begin.mean())
            statistics = [float(tensor.mean()) for tensor in rest[1:] if tensor is not None]
            if statistics:
                yield f"running statistics of norm {name[1:]}", statistics
        elif name.startswith("c") and weight is not None:
            first = weight.flatten()[0]
            told = f"all {first:g}" if bool((weight == first).all()) else "not all the same"
            yield f"weights of convolution {name[1:]}", told


def _see_mode(model: nn.Module, training: bool, see: Seen) -> None:
    """Which parts ``train()`` or ``eval()`` has left as they were."""
    left = [name for name, module in model.named_modules() if module.training != training]
    if left:
        method, other = ("train", "evaluation") if training else ("eval", "training")
        see("_graph", f"the mode after {method}().is", f"{other}, in some parts")
        see("_words", f"what {method}() leaves out", left)


def _see_facts(recorder: Recorder, see: Seen) -> None:
    for name, value in recorder.facts.items():
        see("_graph", name, value)


def _see_names(recorder: Recorder, model: nn.Module, see: Seen) -> None:
    """What the layers are called in a network that is given its blocks, of which none is seen."""
    blocks = [module for module in model.modules() if getattr(module, "given", False)]
    if not any(hasattr(block, "recorded") for block in blocks):
        return
    names = {_address(tensor): name for name, module in model.named_modules()
             for tensor in (*module.parameters(False), *module.buffers(False))}  # fmt: skip
    of_layers = ((layer, next((names[a] for t in tensors if t is not None
                               and (a := _address(t)) in names), ""))
                 for layer, tensors in recorder.layers.items())  # fmt: skip
    see("_words", "the layers are called", [list(pair) for pair in of_layers])


def _see_values(model: nn.Module, x: Tensor, see: Seen, glance: bool = False) -> None:
    with torch.no_grad():
        out = see.trying("inference", "values", lambda: model(x.clone()))
        if out is None:
            return
        see("inference", "values", out)
        if not glance:
            again = see.trying("again", "second call", lambda: model(x.clone()))
            see("again", "second call", again is not None and bool(equal(out, again)))
        single = see.trying("inference", "one image", lambda: model(x[:1].clone()))
        if isinstance(single, Tensor):
            see("inference", "one image", list(single.shape))
    see("side effects", "stays in evaluation mode", not any(m.training for m in model.modules()))


def _see_training(
    model: nn.Module, x: Tensor, recorder: Recorder, seed: int, see: Seen, plain: bool = False
) -> None:
    model.train()
    _see_mode(model, True, see)
    start = x.clone().requires_grad_(True)
    with Draws() as draws:
        out = see.trying("training", "values", lambda: model(start * 1.0))
    see("training", DRAWN, draws.seen)
    if draws.seen:  # what else there is to be seen would depend on them
        if f"{see.case}/_graph/inference.draws" not in see.rows:
            see("_graph", "training.draws", "random numbers")
        if plain:
            see("_graph", "what comes out by chance.is", _by_chance(model, x, out))
        return
    if not isinstance(out, Tensor):
        return
    see("training", "values", out)
    calm = [name for name, module in model.named_modules() if not module.training]
    see("training", "all parts stay in training mode", not calm)
    if calm:
        see("_words", "switched to evaluation mode", calm)
    weights = _drawn(tuple(out.shape), seed, "gradient")
    see("gradients", "are recorded", out.requires_grad)
    if not out.requires_grad:
        see("gradients", "of the input", "none")
        return
    if see.trying("gradients", "backward", lambda: [(out * weights).sum().backward()]) is None:
        return
    see("gradients", "of the input", "none" if start.grad is None else start.grad)
    for name, tensors in recorder.layers.items():
        for index, tensor in enumerate(tensors[:2]):
            if tensor is not None and tensor.is_leaf and tensor.requires_grad:
                see("gradients", f"{name}.{'weight' if index == 0 else 'bias'}", _summed(tensor))
        for label, statistic in zip(("mean", "var"), tensors[2:], strict=False):
            if statistic is not None:
                see("buffers", f"{name}.running {label}", statistic)
    counts = [int(b) for m in _own(model) for n, b in m.named_buffers(recurse=False)
              if n == "num_batches_tracked"]  # fmt: skip
    see("buffers", "batches counted", sorted(counts))


def _by_chance(model: nn.Module, x: Tensor, out: Any) -> str:
    """Whether a module that draws random numbers now and then computes nothing, or only a ReLU."""
    with contextlib.suppress(*ENDS), torch.no_grad():
        for _ in range(TRIES if isinstance(out, Tensor) and out.shape == x.shape else 0):
            again = model(x.clone())
            if torch.allclose(again, x) or torch.allclose(again, torch.relu(x)):
                return "the input now and then"
    return "never the input"


def _summed(tensor: Tensor) -> Any:
    if tensor.grad is None:
        return "none"
    return Mark(sum=float((tensor.grad * _drawn(tuple(tensor.shape), 0, "grad")).sum()))


def _see_second_build(
    made: Callable[..., Any], first: nn.Module, see: Seen, writes: Writes | None = None
) -> nn.Module | None:
    with writes or contextlib.nullcontext():
        built = see.trying("again", "second build", lambda: made([]))
    if built is None:
        return None
    if writes is not None and isinstance(built[0], nn.Module):
        writes.see(built[0], see)
    second = built[0]
    if not isinstance(second, nn.Module):
        see("again", "second build", Mark(type=type(second).__name__))
        return None
    see("again", "second build", sorted([list(p.shape) for p in _own_parameters(second)]))
    addresses = {_address(p) for p in first.parameters()}
    shared = [p for p in second.parameters() if _address(p) in addresses]
    see("again", "shares weights with the first", bool(shared))
    return second


def _see_exchange(model: nn.Module, case: dict[str, Any], see: Seen) -> None:
    """Whether a network computes with layers that are put in the place of its first and its last.

    The new ones take one colour, and give three scores.
    """
    if not all(isinstance(getattr(model, name, None), nn.Module) for name in ("conv1", "fc")):
        return
    x = _drawn(tuple(case["input"]), 0, "exchange")
    conv = [x, *(p for p in model.get_submodule("conv1").parameters() if p.dim() == x.dim())][-1]
    fc = next(iter(model.get_submodule("fc").parameters()), x)
    for name, layer, given in (
        ("fc", nn.Linear(fc.shape[-1], 3), x),
        ("conv1", nn.Conv2d(1, conv.shape[0], 7, 2, 3, bias=False), x[:, :1]),
    ):
        what = f"output with another {name}"
        see.trying("again", what, functools.partial(setattr, model, name, layer))
        with torch.no_grad(), ThinViews():
            call = functools.partial(model.eval(), given)
            out = see.trying("again", what, lambda call=call: [call()])  # type: ignore[misc]
        if out is not None:
            shape = list(out[0].shape) if isinstance(out[0], Tensor) else None
            see("again", what, Mark(type=type(out[0]).__name__) if shape is None else shape)


def _see_single(made: Callable[..., Any], case: dict[str, Any], see: Seen) -> None:
    """Built and run once more, where numbers are float32, as they usually are."""
    with _double(torch.float32):
        built = see.trying("shape", "in float32", lambda: made([]))
        if built is None or not isinstance(built[0], nn.Module):
            return
        x = _drawn(tuple(case["input"]), 0, "single").float()
        views = ThinViews() if case.get("thin") else contextlib.nullcontext()
        with torch.no_grad(), views:
            out = see.trying("shape", "in float32", lambda: [built[0].eval()(x)])
    if out is not None and isinstance(out[0], Tensor):
        see("shape", "in float32", str(out[0].dtype).removeprefix("torch."))


# Builders: parameters without weights, all else with a sixteenth of the channels.


def probe_builder(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """Build, note how ``ResNet`` is called, and look at the network.

    A case with ``count`` builds it in full size, without weights, and counts the parameters; any
    other builds it thin and runs it. A plan with ``calls`` stops at the calls.
    """
    seed, only_calls = plan["seed"], bool(plan.get("calls"))
    kwargs = {k: _made(v, seed, {}) for k, v in case.get("kwargs", {}).items()}
    with spied(answer, only_calls) as calls:
        if case.get("refuses"):
            later = _see_unfit(answer, kwargs, None if only_calls else see, calls)
        else:
            later = _see_built(answer, kwargs, case, plan, only_calls, see, calls)
    see("_call", "calls", later)
    if len(calls) > later:
        see("_call", "calls when nothing is asked for", len(calls) - later)
    counts = [c["layers"] for c in calls if isinstance(c.get("layers"), list)]
    if any(len(numbers) > 4 for numbers in counts):  # ResNet would not read the fifth
        see("builds", "numbers of blocks that are handed over", max(map(len, counts)))
    for number in dict.fromkeys((0, later)):
        for name, value in calls[number].items() if number < len(calls) else ():
            see("_call", f"later {name}" if number == later else name, value)


def _see_unfit(
    answer: Any, kwargs: dict[str, Any], see: Seen | None, calls: list[dict[str, Any]]
) -> int:
    """Whether arguments that the blocks refuse come through to them; the calls of ``ResNet``."""
    with _undrawn(), thin():
        if see is not None:
            _see_refusal(lambda _: answer(**kwargs), see)
        else:
            with contextlib.suppress(*ENDS):
                answer(**kwargs)
    return len(calls)


def _see_built(
    answer: Any, kwargs: dict[str, Any], case: dict[str, Any], plan: dict[str, Any],
    only_calls: bool, see: Seen, calls: list[dict[str, Any]],
) -> int:  # fmt: skip
    """See what is built; the number of calls of ``ResNet`` for it, before a later network."""
    whole = bool(case.get("count"))
    found = None if plan.get("trusted") else set(whose(answer))
    usual = _double(torch.float32) if whole else contextlib.nullcontext()
    with usual, _undrawn() as drawn, origins(found), torch.device("meta") if whole else thin():
        built = see.trying("builds", "error", lambda: [answer(**kwargs)])
    last_seed = torch.initial_seed()
    see("made", "libraries", sorted(found or []))
    count = len(calls)
    torch.default_generator.manual_seed(plan["seed"] + 1)
    later = None if whole else _later(answer, see if built else None)
    if built is None:
        return count
    _see_network(built[0], later, case, plan, only_calls, see)
    if whole and not only_calls and isinstance(built[0], nn.Module):
        _see_settings(built[0], drawn, see)
    elif later is not None:
        see("again", "sets the random numbers", last_seed == torch.initial_seed())
    return count


def _see_settings(model: nn.Module, drawn: dict[int, str], see: Seen) -> None:
    """What the parts of a network are called and how they are set, each value with its count."""
    parts = list(model.modules())
    see("names", "state_dict", sorted(model.state_dict()))
    convolutions = [m for m in parts if isinstance(m, nn.Conv2d)]
    norms = [m for m in parts if isinstance(m, (nn.modules.batchnorm._BatchNorm, nn.GroupNorm))]
    for setting in ("stride", "padding", "dilation", "padding_mode"):
        see("structure", f"{setting} of the convolutions",
            _counted(getattr(m, setting) for m in convolutions))  # fmt: skip
    see("structure", "kind of the norms", _counted(type(m).__name__ for m in norms))
    for setting in ("eps", "momentum", "track_running_stats"):
        see("structure", f"{setting} of the norms",
            _counted(getattr(m, setting, None) for m in norms))  # fmt: skip
    rest = (m for m in parts if not list(m.children()) and not list(m.parameters()))
    see("structure", "kind of the parts without weights", _counted(type(m).__name__ for m in rest))
    see("parameters", "type of the numbers",
        _counted(str(p.dtype).removeprefix("torch.") for p in model.parameters()))  # fmt: skip
    see("initialization", "last drawing of the convolutions",
        _counted(drawn.get(id(m.weight), "no function") for m in convolutions))  # fmt: skip


def _counted(values: Iterable[Any]) -> str:
    """``1 (17 times), 2 (4 times)``; of one value only that."""
    sides = (value if isinstance(value, tuple) else (value,) for value in values)
    told = ("×".join(dict.fromkeys(map(str, side))) for side in sides)
    counts = collections.Counter(told)
    if len(counts) < 2:
        return next(iter(counts), "none")
    return ", ".join(f"{value} ({count} time{'s' * (count > 1)})"
                     for value, count in counts.items())  # fmt: skip


def _see_network(
    model: Any, later: Any, case: dict[str, Any], plan: dict[str, Any], only_calls: bool, see: Seen
) -> None:
    whole = bool(case.get("count"))
    see("builds", "is a module", isinstance(model, nn.Module) or Mark(type=type(model).__name__))
    if not isinstance(model, nn.Module):
        return
    see("builds", "is in training mode", model.training)
    see("builds", "all its parameters learn", all(p.requires_grad for p in model.parameters()))
    ready_made = type(model).__module__.startswith("torch")
    see("_call", "result", type(model).__name__ if ready_made else "a network")
    if later is not None:
        see("again", "a later call makes a new network", later is not model)
    if only_calls:
        return
    if whole:
        see("parameters", "count", sum(p.numel() for p in set(model.parameters())))
        see("parameters", "shapes", sorted([list(p.shape) for p in set(model.parameters())]))
        return
    if isinstance(later, nn.Module):
        layers = list(later.modules())
        classes = [m.out_features for m in layers if isinstance(m, nn.Linear)]
        see("again", "classes of a later call without arguments", classes[-1:])
        convolutions = sum(isinstance(m, nn.Conv2d) for m in layers)
        see("again", "convolutions of a later call without arguments", convolutions)
        see("again", f"norms that start at 0 {BARE}", _zeros(later))
        if later is not model:
            _see_beginning(later, see)
    _see_thin(model, case, plan["seed"], see)


def _later(answer: Any, see: Seen | None) -> Any:
    if see is not None:
        with thin():
            return see.trying("again", "a later call without arguments", answer)
    with _undrawn(), thin(), contextlib.suppress(Exception):  # for the sake of what it calls
        return answer()
    return None


def _see_beginning(model: nn.Module, see: Seen) -> None:
    """How the weights begin that a builder hands out; of convolutions those with many numbers."""
    parts = [m for m in model.modules() if isinstance(getattr(m, "weight", None), Tensor)
             and not m.weight.is_meta]  # fmt: skip
    spreads = [float(m.weight.detach().std()) / _deviation(m.weight) for m in parts
               if isinstance(m, nn.Conv2d) and m.weight.numel() >= MANY]  # fmt: skip
    odd = max(spreads, key=lambda ratio: abs(math.log(ratio or 1e-9)), default=1.0)
    usual = abs(odd - 1) <= ABOUT
    see("initialization", f"spread of convolutions {BARE}",
        "ResNet's" if usual else f"in places {odd:.1g} × ResNet's")  # fmt: skip
    norms = [m for m in parts if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))]
    see("initialization", f"beginning of the norms {BARE}",
        _counted(" and ".join(f"{kind} {tensor.mean():.3g}"
                              for kind, tensor in m.named_parameters()) for m in norms))
    see("initialization", f"drawing of fc {BARE}",
        _counted("nn.Linear's" if _as_made(m) else "another" for m in parts
                 if isinstance(m, nn.Linear)))  # fmt: skip


def _deviation(weight: Tensor) -> float:
    """He's standard deviation by fan-out."""
    return math.sqrt(2 / (weight.shape[0] * weight[0][0].numel()))


def _as_made(layer: nn.Linear) -> bool:
    """Whether a linear layer's weights look as ``nn.Linear`` draws them; where few, their bound."""
    weight, bound = layer.weight.detach(), 1.0001 / math.sqrt(layer.weight.shape[1])
    spread = float(weight.std()) * math.sqrt(3 * weight.shape[1])
    near = abs(spread - 1) <= ABOUT or weight.numel() < MANY
    return near and all(float(p.abs().max()) <= bound for p in layer.parameters())


def _zeros(model: nn.Module) -> int:
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))]
    weights = [m.weight for m in norms if m.weight is not None and not m.weight.is_meta]
    return sum(not bool(weight.any()) for weight in weights)


@contextlib.contextmanager
def _undrawn() -> Iterator[dict[int, str]]:
    """Nothing random is drawn for weights meanwhile: they are set later, or never looked at.

    Of each tensor the last function that would have drawn it is noted.
    """
    drawing = [n for n in vars(nn.init) if n.endswith(("normal_", "uniform_", "orthogonal_"))]
    last: dict[int, str] = {}

    def note(name: str, tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        last[id(tensor)] = name
        return tensor

    with contextlib.ExitStack() as stack:
        for name in drawing:
            new = functools.partial(note, name)
            stack.enter_context(_replaced(vars(nn.init), name, new))
        yield last


def _see_thin(model: nn.Module, case: dict[str, Any], seed: int, see: Seen) -> None:
    if any(p.is_meta for p in model.parameters()):
        see("shape", "output", "the weights of an earlier network")
        return
    see("initialization", "norms that start at 0", _zeros(model))
    x = _drawn(tuple(case["input"]), seed, "input", see.case)
    model.eval()
    recorder = Recorder(model, x=x)
    with torch.no_grad(), recorder:
        out = see.trying("shape", "output", lambda: model(x.clone()))
    if not isinstance(out, Tensor):
        return
    see("shape", "output", list(out.shape))
    see("_graph", "out", recorder.term(out))
    facts = recorder.facts
    convolutions = [name for name in recorder.layers if name.startswith("c")]
    see("structure", "number of convolutions", len(convolutions))
    for fact in ("kernel", "stride", "groups", "dilation", "channels"):
        see("structure", f"{fact} (thin)", [facts[f"{name}.{fact}"] for name in convolutions])
    see("structure", "number of norms", sum(n.startswith("n") for n in recorder.layers))
    see("structure", "sums", [v for k, v in facts.items() if k.startswith("s:")])
    set_weights(recorder.layers, seed)
    with torch.no_grad():
        see("inference", "values", see.trying("inference", "values", lambda: model(x.clone())))
        model.train()
        see("training", "values", see.trying("training", "values", lambda: model(x.clone())))


@contextlib.contextmanager
def spied(answer: Any, only_calls: bool) -> Iterator[list[dict[str, Any]]]:
    """A list that meanwhile all calls of ``ResNet`` go into, by whatever name it is called.

    With ``only_calls`` an empty network is made. Other threads build theirs as ever.
    """
    calls: list[dict[str, Any]] = []
    networks = _networks(answer)
    before = [network.__init__ for network in networks]
    try:
        for network in networks:
            network.__init__ = _spy(network.__init__, calls, only_calls)
        yield calls
    finally:
        for network, init in zip(networks, before, strict=True):
            network.__init__ = init


def _networks(answer: Any) -> list[Any]:
    """The class that stands for ``ResNet`` where an answer looks it up, and those of the package.

    One that has another for a base is left out: it calls the other's constructor.
    """
    while isinstance(answer, functools.partial):
        answer = answer.func
    space = getattr(inspect.unwrap(answer), "__globals__", {}) if callable(answer) else {}
    package = sys.modules.get("resnet_edu")
    known = [answer, space.get("ResNet"), vars(package).get("ResNet") if package else None]
    kinds = [k for k in known if isinstance(k, type) and issubclass(k, nn.Module)]
    kinds = [*dict.fromkeys((*kinds, StandInResNet))]
    return [k for k in kinds if not any(k is not other and issubclass(k, other) for other in kinds)]


@contextlib.contextmanager
def handed_out(pieces: Mapping[str, Any], spaces: Iterable[dict[str, Any]]) -> Iterator[None]:
    """Meanwhile the pieces are what an answer finds under their names, however it refers to them.

    A class of the answer's own becomes an empty one that inherits from the piece, and a function
    calls it, since a table, a default or a closure may hold them. All else loses its name to it.
    """
    changed: set[int] = set()
    with contextlib.ExitStack() as stack:
        for space in spaces:
            for name, piece in pieces.items():
                mine = space.get(name, piece)
                if mine is piece or id(mine) in changed:
                    continue
                with contextlib.suppress(TypeError, ValueError):  # not all can be changed
                    if getattr(mine, "__module__", None) == space.get("__name__", ""):
                        stack.enter_context(_made_into(mine, piece))
                        changed.add(id(mine))
                        continue
                stack.enter_context(_replaced(space, name, piece))
        yield


def _made_into(mine: Any, piece: Any) -> contextlib.AbstractContextManager[None]:
    """What changes a class or a function so that it is what a piece is."""
    if isinstance(mine, type):
        return _emptied(mine, piece)
    if isinstance(mine, types.FunctionType):
        return _forwarding(mine, piece)
    raise TypeError(f"a {type(mine).__name__} cannot be changed")


@contextlib.contextmanager
def _emptied(kind: Any, base: Any) -> Iterator[None]:
    """Meanwhile a class has nothing of its own and one base; ``TypeError`` where it cannot."""
    own = {name: value for name, value in vars(kind).items() if name not in OF_ANY_CLASS}
    bases, name = kind.__bases__, kind.__name__
    type.__setattr__(kind, "__bases__", (base,))
    try:
        type.__setattr__(kind, "__name__", base.__name__)
        for part in own:
            type.__delattr__(kind, part)
        yield
    finally:
        type.__setattr__(kind, "__bases__", bases)
        type.__setattr__(kind, "__name__", name)
        for part, value in own.items():
            type.__setattr__(kind, part, value)


@contextlib.contextmanager
def _forwarding(function: Any, piece: Any) -> Iterator[None]:
    """Meanwhile a function calls a piece; ``ValueError`` for one that is a closure."""
    before = function.__code__, function.__defaults__, function.__kwdefaults__
    space = {"__builtins__": {}, "piece": piece}
    exec("def forward(*args, piece, **kwargs):\n    return piece(*args, **kwargs)\n", space)
    function.__code__ = space["forward"].__code__
    try:
        function.__defaults__, function.__kwdefaults__ = None, {"piece": piece}
        yield
    finally:
        function.__code__, function.__defaults__, function.__kwdefaults__ = before


@contextlib.contextmanager
def other_blocks(networks: Iterable[Any], pieces: Mapping[str, Any]) -> Iterator[None]:
    """Meanwhile networks are built of the blocks among ``pieces``, and of no others so called."""
    kinds = dict.fromkeys(k for k in networks if isinstance(k, type) and issubclass(k, nn.Module))
    with contextlib.ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(_set(kind, "__init__", _exchanging(kind, pieces)))
        yield


def _exchanging(network: type, pieces: Mapping[str, Any]) -> Any:
    init, mine = network.__init__, threading.get_ident()  # type: ignore[misc]

    def other(value: Any) -> Any:
        known = isinstance(value, type) and value.__name__ in BLOCKS.values()
        return pieces[value.__name__] if known and threading.get_ident() == mine else value

    @functools.wraps(init)
    def exchanging(self: Any, *args: Any, **kwargs: Any) -> None:
        named = {name: other(value) for name, value in kwargs.items()}
        init(self, *map(other, args), **named)

    return exchanging


@contextlib.contextmanager
def _replaced(space: dict[str, Any], name: str, value: Any) -> Iterator[None]:
    before = space[name]
    space[name] = value
    try:
        yield
    finally:
        space[name] = before


def _spy(init: Any, calls: list[dict[str, Any]], only_calls: bool) -> Any:
    mine = threading.get_ident()

    @functools.wraps(init)
    def noting(self: Any, *args: Any, **kwargs: Any) -> None:
        words = _call_words(init, args, kwargs) if threading.get_ident() == mine else {}
        calls.extend([words] * bool(words))
        if only_calls and words:
            nn.Module.__init__(self)
        else:
            init(self, *args, **kwargs)

    return noting


def _call_words(init: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments by name, with the defaults; empty when they do not fit."""
    try:
        bound = inspect.signature(init).bind(None, *args, **kwargs)
    except (TypeError, ValueError):
        return {}
    bound.apply_defaults()
    del bound.arguments["self"]
    told_of: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        if name == "norm_layer":
            value = getattr(getattr(value, "func", value) or nn.BatchNorm2d, "__name__", "a norm")
        elif name.startswith("replace"):
            value = list(value or [False, False, False])
        elif isinstance(value, dict):
            value = "a dict"
        elif isinstance(value, str):
            value = repr(value)
        elif isinstance(value, type):
            value = value.__name__.removeprefix("StandIn")
        told_of[name] = list(value) if isinstance(value, tuple) else value
    return told_of


class Thinner(threading.local):
    """By how much the channels of new layers are divided just now; in another thread by one."""

    factor = 1


_thinner = Thinner()


class Count(int):
    """A number of channels that is equal to another one, too: of a layer that was made thin.

    So an answer may read a width off a layer, and compare it with that of a tensor.
    """

    also: int

    def __new__(cls, value: int, also: int | None = None) -> Count:
        """``value``, which is what one calculates with."""
        count = super().__new__(cls, value)
        count.also = value if also is None else also
        return count

    def __eq__(self, other: object) -> bool:
        return int(self) == other or (not isinstance(other, Count) and self.also == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = int.__hash__


def _tell_all(layer: nn.Module, **counts: Any) -> None:
    """A thin layer says that it has all its channels."""
    for name, count in counts.items():
        if isinstance(count, int) and _less(count) != count:
            setattr(layer, name, Count(count, _less(count)))


def _less(count: Any) -> Any:
    """A channel count, or a number of groups above one, as it is made now."""
    factor = _thinner.factor
    return count // factor if isinstance(count, int) and count >= factor else count


def _fewer(groups: Any, *channels: Any) -> Any:
    """How many groups a thin layer has: a few stay where they divide what is left of its channels.

    What does not divide the channels at first stays as well, for an error to say so.
    """
    if not all(isinstance(count, int) for count in (groups, *channels)) or groups <= 1:
        return groups
    if any(count % groups for count in channels):
        return groups
    few = groups if groups < _thinner.factor else groups // _thinner.factor
    return math.gcd(few, *map(_less, channels))


@contextlib.contextmanager
def thin(factor: int = 16) -> Iterator[None]:
    """Layers made meanwhile have a sixteenth of the channels, so a deep network is quick to run."""
    conv, norm, linear = nn.Conv2d.__init__, nn.BatchNorm2d.__init__, nn.Linear.__init__
    group_norm = nn.GroupNorm.__init__

    def new_conv(self: Any, in_channels: Any, out_channels: Any, *args: Any, **kw: Any) -> None:
        groups = kw.get("groups", args[4] if len(args) > 4 else 1)
        few = _fewer(groups, in_channels, out_channels)
        if len(args) > 4:
            args = (*args[:4], few, *args[5:])
        elif "groups" in kw:
            kw["groups"] = few
        cin, cout = _less(in_channels), _less(out_channels)
        known = all(isinstance(n, int) for n in (cin, cout, few))
        if known and _thinner.factor > 1 and 0 < MOST_THIN * few < cin * cout:
            raise MemoryError(f"{in_channels} to {out_channels} channels: too wide to be tried")
        conv(self, cin, cout, *args, **kw)
        _tell_all(self, in_channels=in_channels, out_channels=out_channels)

    def new_norm(self: Any, num_features: Any, *args: Any, **kw: Any) -> None:
        norm(self, _less(num_features), *args, **kw)
        _tell_all(self, num_features=num_features)

    def new_group_norm(self: Any, groups: Any, channels: Any, *args: Any, **kw: Any) -> None:
        group_norm(self, _fewer(groups, channels), _less(channels), *args, **kw)
        _tell_all(self, num_channels=channels)

    def new_linear(self: Any, in_features: Any, *args: Any, **kw: Any) -> None:
        linear(self, _less(in_features), *args, **kw)
        _tell_all(self, in_features=in_features)

    news: tuple[tuple[Any, Any, Any], ...] = (
        (nn.Conv2d, new_conv, conv), (nn.BatchNorm2d, new_norm, norm),
        (nn.GroupNorm, new_group_norm, group_norm), (nn.Linear, new_linear, linear),
    )  # fmt: skip
    _thinner.factor = factor
    try:
        for kind, new, old in news:
            new.__qualname__ = old.__qualname__  # as errors name it
            kind.__init__ = new
        yield
    finally:
        _thinner.factor = 1
        for kind, _, old in news:
            kind.__init__ = old


class ThinViews(TorchFunctionMode):
    """A view as 512 channels fails in a thin network, and is tried as 32 then.

    The second side of a tensor, its channels, is equal to 512 where it is 32.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        try:
            out = func(*args, **(kwargs or {}))
            if func == SHAPE or (func == Tensor.size and isinstance(out, tuple)):
                return torch.Size([*out[:1], *(Count(n, 16 * n) for n in out[1:2]), *out[2:]])
            if func == Tensor.size and [*args[1:], *(kwargs or {}).values()][0] in CHANNELS:
                return Count(out, 16 * out)
            return out
        except RuntimeError:
            if kwargs or func not in (Tensor.view, Tensor.reshape, torch.reshape):
                raise
            sizes = args[1] if isinstance(args[1], (tuple, list)) else args[1:]
            fewer = [int(size) // 16 if isinstance(size, int) and size > WIDE else size
                     for size in sizes]  # fmt: skip
            if fewer == [int(size) if isinstance(size, int) else size for size in sizes]:
                raise
            return func(args[0], fewer)


# Functions of numbers.


def probe_function(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """Call with the case's arguments; the result, and whether the arguments are as before."""
    group = case.get("group", "values")
    args = _made(case.get("args", []), plan["seed"], {})
    kwargs = {k: _made(v, plan["seed"], {}) for k, v in case.get("kwargs", {}).items()}
    before = told([*args, *kwargs.values()])
    models = [(m, _aspects(m)) for m in args if isinstance(m, nn.Module)]
    if case.get("refuses"):
        _see_refusal(lambda _: answer(*args, **kwargs), see)
        return
    found = None if plan.get("trusted") else set(whose(answer))
    if found is not None:
        _see_text(answer, see)
    done = False
    try:
        with origins(found):
            result = answer(*args, **kwargs)
        done = True
    except ENDS as error:
        see(group, "result", _raised(error))
    see("made", "libraries", sorted(found or ()))
    if done:
        see(group, "result", result)
    see("side effects", "arguments", told([*args, *kwargs.values()]) == before)
    for model, aspects in models:
        see("side effects", "the model", _apart(aspects, _aspects(model)))


def _see_text(answer: Any, see: Seen) -> None:
    """What the text of a function says: its arguments, and whether it calculates with ``^``."""
    with contextlib.suppress(Exception):  # what has no signature, or a default that has no text
        taken = inspect.signature(answer).parameters
        see("_words", "arguments", list(taken))
        see("_words", "defaults", [[name, repr(argument.default)[:60]] for name, argument
                                   in taken.items() if argument.default is not argument.empty])
    code = getattr(answer, "__code__", None)
    if code is not None:
        parts = [code, *(part for part in code.co_consts if inspect.iscode(part))]
        steps = (step for part in parts for step in dis.get_instructions(part))
        see("_words", "caret", any(step.argrepr in ("^", "^=") for step in steps))


def _aspects(model: nn.Module) -> dict[str, Any]:
    """What a function that only looks at a model leaves as it is."""
    return {
        "its layers": list(model.modules()), "its mode": _modes(model),
        "what learns": [p.requires_grad for p in model.parameters()],
        "its weights": [float((t * _drawn(tuple(t.shape), 0, "aspect")).sum())
                        for t in model.state_dict().values()],
    }  # fmt: skip


# Functions of networks.


def probe_use(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """One of the tasks that use a network, on a small one."""
    found = None if plan.get("trusted") else set(whose(answer))
    with origins(found):
        USES[case["use"]](answer, case, plan["seed"], see)
    see("side effects", "gradients recorded in what follows", torch.is_grad_enabled())
    torch.set_grad_enabled(True)
    see("made", "libraries", sorted(found or ()))


@functools.lru_cache(maxsize=64)
@plain_torch()
@_double()
def _pattern(seed: int, classes: int, bias: bool, gate: bool) -> TinyNet:
    """A network to be copied: that is quicker than to build another."""
    state = torch.get_rng_state()
    try:
        return TinyNet(seed, classes, bias, gate)
    finally:
        torch.set_rng_state(state)


def _twin(module: nn.Module) -> Any:
    """A copy of a module with copies of all its tensors and parts."""
    twin = type(module).__new__(type(module))
    kept = {k: v.copy() if isinstance(v, (dict, set)) else v for k, v in vars(module).items()}
    kept["_parameters"] = {n: None if p is None else nn.Parameter(p.detach().clone())
                           for n, p in module._parameters.items()}  # fmt: skip
    kept["_buffers"] = {n: None if b is None else b.clone() for n, b in module._buffers.items()}
    kept["_modules"] = {n: None if m is None else _twin(m) for n, m in module._modules.items()}
    vars(twin).update(kept)
    return twin


def _tiny(case: dict[str, Any], seed: int) -> TinyNet:
    of = seed, case.get("classes", 5), case.get("bias", False), "gate" in case
    model: TinyNet = _twin(_pattern(*of))
    model.train(case.get("training", False))
    for name in case.get("otherwise", []):  # parts in the other mode
        model.get_submodule(name).train(not model.training)
    for name, parameter in model.named_parameters():
        if name.startswith(tuple(case.get("frozen", ()))):
            parameter.requires_grad = False
    return model


def _images(seed: int, count: int = 3, channels: int = 3) -> Tensor:
    return _drawn((count, channels, 6, 7), seed, "images").abs()


def _state(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _modes(model: nn.Module) -> dict[str, str]:
    words = {True: "training", False: "evaluation"}
    return {name or "the model": words[m.training] for name, m in model.named_modules()}


def _apart(before: dict[str, Any], after: dict[str, Any]) -> str:
    """The names under which something else stands afterwards."""
    gone = [name for name in before if name not in after]
    names = [n for n, old in before.items() if n in after and not _equal(old, after[n])]
    told = [f"{_some(names)} changed"] * bool(names) + [f"{_some(gone)} not there"] * bool(gone)
    return "; ".join(told) or "as before"


def _nature(model: nn.Module, *but: str) -> dict[str, dict[str, Any]]:
    """What a model is, apart from its numbers; the parts of the names ``but`` are left out."""

    def kept(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        return {name or "the model": item for name, item in named
                if name.split(".")[0] not in but}  # fmt: skip

    parts = kept(model.named_modules())
    return {
        "its mode": {n: m.training for n, m in parts.items()},
        "what learns": {n: p.requires_grad for n, p in kept(model.named_parameters()).items()},
        "its buffers": dict.fromkeys(kept(model.named_buffers()), True),
        "its parts": {n: type(m).__name__ for n, m in parts.items() if m is not model},
        "its settings": {f"{n}.{s}": getattr(m, s, None) for n, m in parts.items()
                         for s in getattr(type(m), "__constants__", ())},
    }


def _see_types(model: nn.Module, see: Seen) -> None:
    """Of which types the numbers are that a model holds."""
    kinds = {_type_of(t) for t in model.state_dict().values() if t.is_floating_point()}
    see("returns", "type of the numbers", ", ".join(sorted(kinds)))


def _type_of(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _as_held(given: dict[str, Tensor], now: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in the types of those that stand under their names now: rounded as these are."""
    return {n: t.to(now[n].dtype) if n in now else t for n, t in given.items()}


def _see_nature(before: dict[str, dict[str, Any]], model: nn.Module, see: Seen, *but: str) -> None:
    after = _nature(model, *but)
    if hasattr(model, "conv1") and hasattr(model, "fc"):
        see("_graph", "the model itself.is", f"in {_modes(model)['the model']} mode")
    for what, old in before.items():
        now = after[what]
        more = [name for name in now if name not in old]
        same = _apart(old, now)
        see("side effects", what, f"{_some(more)} new" if more and same == "as before" else same)


def _some(names: list[str], most: int = 4) -> str:
    """Names in a row; of many the first three, and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and bool(equal(a, b))
    return not isinstance(a, Tensor) and bool(a == b)


def _portrait(model: nn.Module) -> dict[str, Any]:
    """All by which a changed model can be told from the one that was given."""
    flags = {f"{n} learns": p.requires_grad for n, p in model.named_parameters()}
    parts = {f"{n} is": m for n, m in model.named_modules()}
    marks = {f"{n} has": sorted(vars(m)) for n, m in model.named_modules()}
    return {**_state(model), **{f"{n} mode": m for n, m in _modes(model).items()}, **flags, **parts,
            **marks}  # fmt: skip


def _handed_back(
    answer: Callable[[], Any], model: nn.Module, see: Seen
) -> nn.Module | None:
    """The model that comes back, or the given one where it was changed and not returned."""
    before = _portrait(model)
    result = see.trying("runs", "error", lambda: [answer()])
    if result is None:
        return None
    (out,) = result
    if isinstance(out, nn.Module):
        see("returns", "kind", "a model")
        lacks = [name for name in ("conv1", "fc") if not hasattr(out, name)]
        without = f"a {type(out).__name__} without {' and '.join(lacks)}"
        if any(hasattr(m, "conv1") and hasattr(m, "fc") for m in out.modules() if m is not out):
            without = f"a {type(out).__name__} around the model"
        see("_graph", "what comes back.is", without if lacks else "a model")
        return out
    if out is None and _apart(before, _portrait(model)) == "as before":
        see("returns", "kind", None)
        return None
    kind = "dict" if isinstance(out, dict) else type(out).__name__
    see("returns", "kind", "nothing, though the given model was changed" if out is None else kind)
    return model


def _use_strip(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    state = collections.OrderedDict((name, _drawn((2,), seed, name)) for name in case["names"])
    given = dict(state)
    prefix = {"prefix": case["prefix"]} if "prefix" in case else {}
    group = case["group"]
    try:
        result = answer(state, **prefix) if case.get("by name") else answer(state, *prefix.values())
    except ENDS as error:
        see(group, "result", _raised(error))
        return
    is_dict = isinstance(result, collections.abc.Mapping)
    see("returns", "kind", "a dict" if is_dict else None if result is None else _kind(result))
    if not is_dict:
        see(group, "result", result if result is None else Mark(type=_kind(result)))
    else:
        same = [[str(key), next((n for n, t in given.items() if _equal(t, value)), "")]
                for key, value in result.items()]  # fmt: skip
        see(group, "result", sorted(key for key, _ in same))
        names = {*given, *result}
        mixed = [f"{a} holds {f'the tensor of {b}' if b else _no_such_tensor(value, names)}"
                 for (a, b), value in zip(same, result.values(), strict=True)
                 if not b.endswith(a) or not b]  # fmt: skip
        see("tensors", "under the new names", ", ".join(sorted(mixed)) or "their own")
    kept = list(state) == list(given) and all(state[k] is v for k, v in given.items())
    see("side effects", "the given state_dict", "as before" if kept else "changed")
    see("side effects", "what comes back is a new dict", result is not state)


def _no_such_tensor(value: Any, names: set[Any]) -> str:
    """What stands where a given tensor is expected; ``_drawn`` gave two numbers in float64."""
    if isinstance(value, Tensor):
        if value.dtype != torch.float64:
            return f"a tensor of {_type_of(value)}"
        other = f"of the shape {tuple(value.shape)}" if value.shape != (2,) else "of other numbers"
        return f"a tensor {other}"
    if isinstance(value, str):
        return "a name" if value in names else "a text"
    kind = type(value).__name__
    return "None" if value is None else f"a {kind}" if kind in ("list", "tuple") else (
        f"something of the type {kind}")  # fmt: skip


def _kind(result: Any) -> str:
    """The type, and of a list whether it holds pairs."""
    views = collections.abc.KeysView, collections.abc.ItemsView, list, tuple
    if not isinstance(result, views) or not result:
        return type(result).__name__
    pairs = all(isinstance(item, (tuple, list)) and len(item) == 2 for item in result)
    return "list of pairs" if pairs else "list"


@functools.lru_cache(maxsize=64)
@plain_torch()
@_double()
def _saved(seed: int, classes: int, gate: bool) -> dict[str, Tensor]:
    """What a file of trained weights holds; its norms have seen 7 batches."""
    state = _state(_pattern(seed, classes, False, gate))
    return {n: torch.full_like(v, 7) if "batches" in n else v for n, v in state.items()}


def _use_load(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    theirs = _saved(seed + 1, case.get("their_classes", 9), "gate" in case)
    before, nature = _state(model), _nature(model)
    items = [(n, v.float() if "single" in case and v.is_floating_point() else v.clone())
             for n, v in theirs.items()]  # fmt: skip
    theirs = dict(items)
    state = collections.OrderedDict(reversed(items) if case.get("reversed") else items)
    for name in case.get("without", []):
        del state[name]
    for name in case.get("with", []):
        state[name] = torch.zeros(2)
    for name in case.get("reshaped", []):
        state[name] = state[name][:-1].clone()
    for name in case.get("one channel", []):
        state[name] = state[name].sum(1, keepdim=True)
    names = list(state)
    if case.get("refuses"):
        results: list[Any] = []  # stays empty when it is refused
        refusals = TinyNet.refusals
        _see_refusal(lambda _: results.extend([answer(model, state)]), see)
        caught = results and TinyNet.refusals > refusals
        see("_graph", "an error of load_state_dict.is", "caught" if caught else "not caught")
        return
    tensors = {id(value): value.clone() for value in state.values()}
    changed = _handed_back(lambda: answer(model, state), model, see)
    kept = list(state) == names and all(
        id(value) in tensors and _equal(value, tensors[id(value)]) for value in state.values()
    )
    see("side effects", "the given state_dict", "as before" if kept else "changed")
    held = {n: v for n, v in state.items() if id(v) in tensors and _equal(v, tensors[id(v)])}
    gone = [n for n in names if n not in state]
    if changed is not None or not kept:
        see("_graph", "the given dict.is",
            f"without {_some(gone)}" if gone else "as it was" if kept else "changed")  # fmt: skip
    if changed is None:
        return
    _see_types(changed, see)
    _see_nature(nature, changed, see)
    _see_hooks(0, changed, see)
    final = changed.state_dict()
    became: dict[str, str] = {}
    for name, old in before.items():
        became[name] = _fate(theirs[name], old, final.get(name))
        see("head" if name.startswith("fc") else "loads", name, became[name])
    head = [w for name, w in became.items() if name.startswith("fc")]
    see("_graph", "the head.is", " and ".join(sorted(set(head))))
    left = [n for n, w in became.items() if not n.startswith("fc") and not w.startswith("loaded")]
    see("_graph", "what was not loaded of the backbone.is", ", ".join(left) or "none of it")
    more = any(w.startswith("loaded") for n, w in became.items() if not n.startswith("fc"))
    see("_graph", "what is loaded.is", "nothing of the head" if "loaded" not in head else
        "the head, with the backbone or a part of it" if more else "the head only")  # fmt: skip
    with torch.no_grad():  # as a training step does, which changes every tensor where it is
        for tensor in (*changed.parameters(), *changed.buffers()):
            if not tensor.is_inference():  # such a one can be changed no more
                tensor.add_(1)
    moved = [n for n, v in held.items() if not _equal(v, tensors[id(v)])]
    see("side effects", "the given state_dict after a training step",
        "changed" if moved else "as before")  # fmt: skip
    see("_graph", "what the model and the given dict share.is", _some(moved) or "nothing")


def _fate(theirs: Tensor, old: Tensor, new: Tensor | None) -> str:
    """What has become of an entry of a model that was to be loaded."""
    if new is None:
        return "missing"
    same = (word for word, tensor in (("loaded", theirs), ("as it was", old))
            if _equal(tensor.to(new.dtype), new))  # fmt: skip
    changed = f", but in {_type_of(new)}" * (new.dtype != old.dtype)
    return next(same, "something else") + changed


def _linear(head: Any, old: Tensor, classes: int) -> str:
    """What kind of layer a head is; ``old`` is the weight of the one before."""
    if not isinstance(head, nn.Linear):
        parts = len(list(head.children())) if isinstance(head, nn.Module) else 0
        of = f" of {parts} part{'s' * (parts > 1)}" * bool(parts)
        return "not there" if head is None else f"a {type(head).__name__}{of}"
    sizes = f"{head.in_features}, {head.out_features}{', bias=False' * (head.bias is None)}"
    weight = head.weight.detach()
    if _equal(weight, old) and not getattr(head, "came", False):
        return "a new layer with the old weight"
    if head.bias is not None and len(head.bias) != len(weight):
        return "a layer with a weight for one number of classes, and a bias for another"
    if head.in_features not in (*old.shape, classes):
        return "for a number of features that stands nowhere in the model"
    if len(weight) != head.out_features and not _equal(weight, old):
        return f"Linear({sizes}) by its numbers, and its weight has another shape"
    if len(weight) > len(old) or not _equal(old[: len(weight)], weight):
        return f"Linear({sizes})"
    if len(weight) < len(old):
        return "a piece of the old layer"
    return "the old layer" + ", with another number in it" * (head.out_features != len(old))


def _use_head(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    vars(model.fc)["came"] = True  # by this a copy of it is known, too
    old = model.fc.weight.detach().clone()
    rest = {k: v for k, v in _state(model).items() if not k.startswith("fc.")}
    modes = {k: v for k, v in _modes(model).items() if k != "fc"}
    nature = _nature(model, "fc")
    del nature["its mode"]
    with Unset():
        changed = _handed_back(lambda: answer(model, case["new_classes"]), model, see)
    if changed is None:
        return
    _see_types(changed, see)
    _see_nature(nature, changed, see, "fc")
    _see_hooks(0, changed, see)
    now = changed.state_dict()
    see("backbone", "weights", _apart(_as_held(rest, now), now))
    see("backbone", "mode", _apart(modes, _modes(changed)))
    still = [n for n, p in changed.named_parameters() if n in rest and not p.requires_grad]
    see("backbone", "frozen", _some(still) or "none of it")
    x = _images(seed)
    out = see.trying("shape", "scores", lambda: [changed.eval()(x)])
    _see_hooks(0, changed, see)  # a lazy layer has had its first call, and needs its own no more
    if out is not None:
        see("shape", "scores", list(out[0].shape))
    head = getattr(changed, "fc", None)
    if isinstance(head, nn.LazyLinear):
        return  # it would have got its shape from the run
    leaves = [m for m in changed.modules() if not list(m.children())]
    own = [m for m in head.modules() if m in leaves] if isinstance(head, nn.Module) else []
    named = " → ".join(type(m).__name__ for m in own)
    see("_graph", "the head.is",
        named or ("not called fc" if head is None else f"of the type {type(head).__name__}"))
    see("_graph", "fc.is", _linear(head, old, case["new_classes"]))
    inner = [m for m in changed.modules() if m is not changed]
    whole = any(hasattr(m, "conv1") and hasattr(m, "fc") for m in inner)
    see("_graph", "the old network.is", "a part of another" if whole else "no part of another")
    see("_graph", "the model.holds", f"{len(list(changed.modules()))} modules")
    single = isinstance(head, nn.Linear)
    see("head", "fc", "one linear layer" if single else "not there" if head is None
        else f"a {type(head).__name__}")  # fmt: skip
    new = [p.numel() for n, p in changed.named_parameters() if n not in rest]
    see("head", "number of parameters", sum(new))
    if not isinstance(head, nn.Linear):
        return
    see("head", "fc has a bias", head.bias is not None)
    numbers = all(bool(p.detach().isfinite().all()) for p in head.parameters())
    see("head", "numbers in fc", "all are set" if numbers else "some are never set, or nan")
    if any(p.is_inference() for p in head.parameters()):
        return  # such weights cannot be set to others
    still = [n for n, p in head.named_parameters() if not p.requires_grad]
    see("head", "frozen in fc", " and ".join(still) or "none of it")
    see("head", "in and out features", [head.in_features, head.out_features])
    see("head", "weight of fc", list(head.weight.shape))
    if list(head.weight.shape) == [case["new_classes"], 6]:
        refill(head, seed + 2)
        what = "scores with other weights in fc"
        other = see.trying("head", what, lambda: [changed(x)])
        if other is not None:
            see("head", what, other[0])


def _use_bare_head(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    """Whether a new head has a bias where the old one has none.

    No ResNet has such a head, so an answer that reads the old bias need not run here.
    """
    model = _tiny(case, seed)
    model.fc.register_parameter("bias", None)
    old: nn.Module = model.fc
    changed: nn.Module = model
    with contextlib.suppress(*ENDS):
        result = answer(model, case["new_classes"])
        changed = result if isinstance(result, nn.Module) else model
    head = getattr(changed, "fc", old)
    new = head is not old and isinstance(head, nn.Linear)  # of all else the other cases tell
    see("head", "fc has a bias", not new or isinstance(head.bias, Tensor))


def _use_freeze(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny({**case, "training": True}, seed)
    given, names = _state(model), [name for name, _ in model.named_parameters()]
    changed = _handed_back(lambda: answer(model), model, see)
    if changed is None:
        return
    learns = {name: p.requires_grad for name, p in changed.named_parameters()}
    fixed = {name: False for name, _ in changed.named_buffers() if name in names}
    for name, trains in (learns | fixed).items():  # a buffer learns as little as frozen weights
        group = "head" if name.startswith("fc") else "frozen"
        see(group, name, "trains" if trains else "is frozen")
    backbone = {name: trains for name, trains in (learns | fixed).items() if name[:2] != "fc"}
    see("frozen at all", "something", not all(backbone.values()))
    own = [vars(p) for p in changed.parameters()]
    set_anew = [marks["requires_grad_"] for marks in own if "requires_grad_" in marks]
    see("_graph", "requires_grad_ of the parameters.is",
        f"{set_anew[0]} now" if set_anew else "a method")  # fmt: skip
    on_layers = any("requires_grad" in vars(module) for module in changed.modules())
    see("_graph", "an attribute requires_grad of layers.is",
        "there, and nothing reads it" if on_layers else "not there")  # fmt: skip
    before = _state(changed)
    uncounted = [n for n in given if n.endswith("batches_tracked") and n not in before]
    given = {n: value for n, value in given.items() if n not in uncounted}
    _see_types(changed, see)
    see("returns", "weights and statistics", _apart(_as_held(given, before), before))
    _see_frozen(changed, given, see)
    out = see.trying("head", "a step", lambda: [changed(_images(seed))])
    for name in uncounted:  # as of norms that only have fixed statistics
        see("statistics", f"{name} after a batch", "as before")
    for name, value in changed.state_dict().items():
        if "running" in name or "batches" in name:
            moved = not _equal(before.get(name), value)
            see("statistics", f"{name} after a batch", "moved" if moved else "as before")
    if out is None:
        return
    see("training", "scores", out[0])
    see("_graph", "a gradient of the scores.is",
        "recorded" if out[0].requires_grad else "not recorded")  # fmt: skip
    if see.trying("head", "a step", lambda: [out[0].square().sum().backward()]) is None:
        return
    recorded = [(n, p) for n, p in changed.named_parameters() if not n.startswith("fc")]
    if all(p.grad is None for _, p in recorded):  # as when a part of forward records nothing
        for name, _ in recorded:
            see("frozen", name, "is frozen")
        see("frozen at all", "something", True)
        see("_graph", "frozen in the backbone.is", "all of it")
    with torch.no_grad():
        for parameter in changed.parameters():
            if parameter.grad is not None:  # as SGD with weight decay does
                parameter.sub_(0.1 * (parameter.grad + 0.1 * parameter))
    for name, value in changed.state_dict().items():
        if "running" not in name and "batches" not in name:
            moved = not _equal(before.get(name), value)
            group = "head" if name.startswith("fc") else "frozen"
            see(group, f"{name} after a step", "moved" if moved else "as before")


def _see_frozen(model: nn.Module, given: dict[str, Tensor], see: Seen) -> None:
    """What learns, how the norms work, and which weights are still the given ones."""
    flags = {n: p.requires_grad for n, p in model.named_parameters()}
    backbone = {n: learns for n, learns in flags.items() if not n.startswith("fc.")}
    still = [n for n, learns in backbone.items() if not learns]
    usual = [n for n in backbone if n != "conv1.bias" and not n.startswith("layer2.1.")]
    if not {*usual} <= {*still}:  # what becomes of a bias or a gate tells nothing then
        still = [n for n in still if n in usual]
    parts = {n.split(".")[0] for n in still}
    names = f"{still[0].split('.')[0]} only" if len(parts) == 1 else ", ".join(still)
    see("_graph", "frozen in the backbone.is",
        "all of it" if len(still) == len(backbone) else names or "none of it")  # fmt: skip
    learns = [n for n, learns in flags.items() if learns and n.startswith("fc.")]
    see("_graph", "learning in the head.is", ", ".join(learns) or "none of it")
    norms = {n: m for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)}
    calm = [n for n, m in norms.items() if not m.training]
    see("_graph", "the list of norms in evaluation mode.is",
        "that of all norms" if len(calm) == len(norms) else ", ".join(calm) or "empty")  # fmt: skip
    momenta = [m.momentum if m.momentum is None else f"{m.momentum:g}" for m in norms.values()]
    see("_graph", "the momentum of the norms.is", _told_once(momenta))
    tracks = _told_once(m.track_running_stats for m in norms.values())
    see("_graph", "track_running_stats of the norms.is", tracks)
    now = model.state_dict()
    reset = all(_equal(now[n], torch.ones_like(now[n])) for n in now if n.endswith("running_var"))
    see("_graph", "the running variance.is", "1 everywhere" if reset else "as it came, or moved")
    given = _as_held(given, now)
    head = [n for n in given if n.startswith("fc.") and n in now and not _equal(given[n], now[n])]
    see("_graph", "changed in the head.is", ", ".join(head) or "none of it")


def _told_once(values: Iterable[Any]) -> str:
    """All the values that occur, each once."""
    return ", ".join(dict.fromkeys(map(str, values))) or "not there"


def _use_gray(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    if case.get("settings"):
        model.conv1 = nn.Conv2d(3, 4, 3, stride=2, **case["settings"])
        refill(model, seed)
    old = copy.deepcopy(model.conv1)
    x = _images(seed, channels=1)
    repeated = _twin(model).eval()(x.repeat(1, 3, 1, 1)).detach()
    rest = {k: v for k, v in _state(model).items() if not k.startswith("conv1.")}
    modes = {k: v for k, v in _modes(model).items() if k != "conv1"}
    nature = _nature(model, "conv1")
    del nature["its mode"]
    results: list[Any] = []

    def call() -> Any:
        results.append(answer(model))
        return results[0]

    changed = _handed_back(call, model, see)
    see("_graph", "what is copied.is", _misfit(see))
    if changed is None:
        return
    _see_types(changed, see)
    now = changed.state_dict()
    see("rest", "weights", _apart(_as_held(rest, now), now))
    see("rest", "mode", _apart(modes, _modes(changed)))
    _see_nature(nature, changed, see, "conv1")
    _see_hooks(0, changed, see)
    stem = getattr(changed, "conv1", None)
    if isinstance(stem, nn.Conv2d):
        _see_stem(stem, old, see)
    changed.eval()
    run = changed if results[0] is None or not callable(results[0]) else results[0]
    out = see.trying("values", "scores", lambda: [run(x)])
    see("_graph", "the old stem.is", _work_of(stem, old, out and out[0], repeated))
    if out is not None:
        see("values", "scores", out[0])
    see("_graph", "an image with one channel.is", "refused" if out is None else "taken")
    if not isinstance(stem, nn.Conv2d):
        see("stem", "conv1", "not there" if stem is None else f"a {type(stem).__name__}")
        see("_graph", "conv1.is", "not there" if stem is None else f"a {type(stem).__name__}")
        see("_graph", "the model.holds", f"{len(list(changed.modules()))} modules")
        return
    mixed = _mix(stem.weight, old.weight.detach())
    if mixed == UNLIKE:  # by chance, or always so?
        torch.default_generator.manual_seed(seed + 5)
        other = _quietly(lambda: answer(_as_given(changed, old)))
        weight = getattr(getattr(other, "conv1", None), "weight", None)
        mixed = mixed if _equal(stem.weight, weight) else "drawn by chance"
    see("_graph", "conv1.is", "a Conv2d")
    if stem.weight.dim() == 4:
        both = f"{stem.in_channels} and {stem.weight.shape[1]} channels"
        see("_graph", "what conv1 says and has.is", both)
    see("_graph", "the new weight.is", mixed)
    see("_graph", "the new bias.is", _bias(stem.bias, old.bias))
    see("_graph", "the model.holds", f"{len(list(changed.modules()))} modules")


def _misfit(see: Seen) -> str:
    """What was copied into a stem's new weight and did not fit, by what torch says of its shape."""
    says = (see.rows.get(f"{see.case}/runs/error") or {}).get("says", "")
    spread = re.search(r"shape \[\d+, 1, .*match the broadcast shape \[(\d+), (\d+), ", says)
    if not spread:
        return "what fits"
    if spread[1] == spread[2]:
        return "without an axis for channels"
    return "still for three channels" if spread[2] == "3" else f"for {spread[2]} channels"


def _work_of(stem: Any, old: nn.Conv2d, out: Any, repeated: Tensor) -> str:
    """What the old stem gets to see, where it is still there."""
    if not isinstance(stem, nn.Conv2d) or not _equal(stem.weight.detach(), old.weight.detach()):
        return "not there"
    if not isinstance(out, Tensor):
        return "there, and refuses the image"
    same = out.shape == repeated.shape and torch.allclose(out.to(repeated), repeated)
    return f"there, and reads {'the image three times' if same else 'something else'}"


def _see_stem(stem: nn.Conv2d, old: nn.Conv2d, see: Seen) -> None:
    see("stem", "conv1", "a Conv2d")
    see("stem", "in_channels", stem.in_channels)
    for name in ("out_channels", "kernel_size", "stride", "padding", "dilation", "padding_mode"):
        see("stem", name, getattr(stem, name))
    see("stem", "bias", _bias(stem.bias, old.bias))
    see("stem", "weight", list(stem.weight.shape))
    see("stem", "the new weight", _kept_as(stem))
    if stem.bias is not None:
        see("stem", "the bias learns", stem.bias.requires_grad)


def _kept_as(stem: nn.Conv2d) -> str:
    """Whether an optimizer finds the weight of a stem, maybe as parts that it is made of."""
    parametrized = "weight" in getattr(stem, "parametrizations", {})
    if not parametrized and all(p is not stem.weight for p in stem.parameters()):
        return "no parameter of the model"
    return "a parameter that learns" if stem.weight.requires_grad else "a frozen parameter"


UNLIKE = "no sum of the old ones"


def _mix(weight: Tensor, colours: Tensor) -> str:
    """A new stem's weight as a sum of the old kernels for red, green and blue."""
    weight = weight.detach().to(colours.dtype)
    if weight.shape == colours.shape:
        return "that of the old stem" if _equal(weight.detach(), colours) else "for three channels"
    if weight.shape != colours[:, :1].shape:
        added = colours.sum(0, keepdim=True)
        same = weight.shape == added.shape and torch.allclose(weight, added)
        return "the sum of all filters" if same else f"of the shape {tuple(weight.shape)}"
    old = colours.transpose(0, 1).flatten(1).T
    new = weight.detach().reshape(-1, 1)
    share = torch.linalg.lstsq(old, new).solution
    if not torch.allclose(old @ share, new):
        largest = torch.allclose(colours.amax(1, keepdim=True), weight)
        return "the largest of the three" if largest else UNLIKE
    parts = zip(share.flatten().tolist(), ("red", "green", "blue"), strict=True)
    told = [f"{amount:.2f} × {colour}" for amount, colour in parts if abs(amount) >= 0.005]
    return " + ".join(told) or "zero"


def _bias(new: Tensor | None, old: Tensor | None) -> str:
    """A new stem's bias as told by that of the old one."""
    if new is None:
        return "not there"
    if old is None:
        return "one more than the old stem has"
    new = new.detach().to(old.dtype)
    if _equal(new, old.detach()):
        return "that of the old stem"
    if new.shape == old.shape and torch.allclose(new, 3 * old):
        return "three times that of the old stem"
    return "another than that of the old stem"


def _as_given(model: nn.Module, stem: nn.Module) -> nn.Module:
    """A copy with another stem, as the model was before it was changed."""
    again = copy.deepcopy(model)
    again.conv1 = copy.deepcopy(stem)
    return again


def _quietly(call: Callable[[], Any]) -> Any:
    """The result, or None when there is an exception."""
    try:
        return call()
    except Exception:
        return None


def _use_features(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    x, modes, before = _images(seed), _modes(model), _state(model)
    scores = model(x)
    methods, learns = _own_methods(model), _nature(model)["what learns"]
    _hold_gradients(model)
    made = see.trying("runs", "error", lambda: [answer(model)])
    if made is None:
        return
    (extractor,) = made
    if extractor is None or not callable(extractor):
        see("runs", "what comes back", Mark(type=type(extractor).__name__))
        return
    see("runs", "what comes back", "something to call")
    table = getattr(extractor, "_modules", None)
    shared = extractor is not model and table is model._modules
    see("_graph", "what comes back.is",
        "a shallow copy, which shares its parts with the model" if shared else
        "a function, a chain, or a copy with parts of its own")  # fmt: skip
    for count in (3, 1):
        batch = f"for {count} image" + "s" * (count > 1)
        some = x[:count].clone()
        images = some.clone()
        out = see.trying("values", batch, functools.partial(_listed, extractor, some))
        see("side effects", "the images", "as before" if _equal(images, some) else "changed")
        if out is None:
            continue
        if not isinstance(out[0], Tensor):
            see("shape", batch, Mark(type=type(out[0]).__name__))
            continue
        see("shape", batch, list(out[0].shape))
        see("values", batch, out[0])
    larger = _drawn((2, 3, 9, 8), seed, "larger images")
    with _not_recording(see, "side effects"):
        other = see.trying("shape", "for larger images", lambda: extractor(larger))
    if isinstance(other, Tensor):
        see("shape", "for larger images", list(other.shape))
    told = "changed"  # an error counts as that: it is none of the answer's own lines
    with contextlib.suppress(*ENDS):
        told = "as before" if _equal(scores, model(x)) else "changed"
    see("side effects", "scores of the given model", told)
    see("side effects", "its weights", _apart(before, model.state_dict()))
    see("side effects", "its mode", _apart(modes, _modes(model)))
    now = _nature(model)["what learns"]
    frozen = any(learns[n] and not now.get(n) for n in learns)
    see("side effects", "its parameters", "frozen" if frozen else
        "as before" if now == learns else "not frozen any more")  # fmt: skip
    replaced = _own_methods(model) != methods
    see("side effects", "its methods", "one or more are replaced" if replaced else "as before")
    _see_gradients(model, see)
    _see_hooks(0, model, see)


@contextlib.contextmanager
def _not_recording(see: Seen, group: str) -> Iterator[None]:
    """Gradients are off, as in a caller's no_grad, and ought to be off at the end, too."""
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        yield
        see(group, "off afterwards where they were off", not torch.is_grad_enabled())
    finally:
        torch.set_grad_enabled(before)


def _hooks(model: nn.Module) -> int:
    """How many hooks there are on a model and its parts."""
    tables = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, table)) for module in model.modules() for table in tables)


def _see_hooks(before: int, model: nn.Module, see: Seen) -> None:
    more = _hooks(model) - before
    told = "one or more are left" if more > 0 else "as before" if more == 0 else "some are gone"
    see("side effects", "its hooks", told)


def _own_methods(model: nn.Module) -> list[str]:
    """Methods that a part holds itself in place of those of its class."""
    return [f"{name}.{key}" for name, part in model.named_modules()
            for key, value in vars(part).items() if callable(value) and hasattr(type(part), key)]


def _hold_gradients(model: nn.Module) -> None:
    """Give every parameter a gradient, as it has after a step of training."""
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)


def _see_gradients(model: nn.Module, see: Seen) -> None:
    sums = {0.0 if p.grad is None else float(p.grad.sum()) / p.numel() for p in model.parameters()}
    see("side effects", "the gradients in its parameters",
        "as before" if sums == {1.0} else "gone" if 0.0 in sums else "changed")  # fmt: skip


def _listed(call: Callable[[Any], Any], argument: Any) -> list[Any]:
    return [call(argument)]


def _use_predict(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    x = _images(seed, case.get("images", 3))
    if "scores" in case:
        _give_scores(model, x, case["scores"])
    modes, before = _modes(model), _state(model)
    kept, runs = x.clone(), []
    _hold_gradients(model)

    def note(module: Any, given: Any, out: Tensor) -> None:
        runs.append(out.requires_grad)

    read: list[Tensor] = []
    model.fc.register_forward_hook(note)
    model.conv1.register_forward_pre_hook(lambda _, given: read.append(given[0].clone()))
    training: dict[str, None] = {}
    for name, part in model.named_modules():
        part.register_forward_pre_hook(_noting(training, name or "the model"))
    hooks = _hooks(model)
    off = _not_recording(see, "gradients") if "off" in case else contextlib.nullcontext()
    with off:
        result = see.trying("values", "probabilities", lambda: [answer(model, x)])
        recorded = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    if result is not None:
        see("values", "probabilities", _in_single(result[0]))
    see("mode", "while the model computes", _in_training(training))
    see("_graph", "the model itself, while it computes.is",
        "in training mode" if "the model" in training else "in evaluation mode")  # fmt: skip
    if runs:
        see("gradients", "recorded while the model computes", any(runs))
    if result is not None and isinstance(result[0], Tensor):
        see("gradients", "recorded in the result", result[0].requires_grad)
    if "off" not in case:
        see("gradients", "recorded as before in what follows", recorded)
    frozen = [n for n, p in model.named_parameters() if not p.requires_grad]
    see("gradients", "frozen weights", _some(frozen) or "none")
    see("mode", "of the parts", _apart(modes, _modes(model)))
    see("_graph", "the mode of the parts.is", _apart(modes, _modes(model)))
    if read:
        see("_graph", "what the model reads.is", _read_as(read, kept))
    see("statistics", "of the model", _apart(before, model.state_dict()))
    see("side effects", "the images", "as before" if _equal(kept, x) else "changed")
    _see_gradients(model, see)
    _see_hooks(hooks, model, see)


def _give_scores(model: TinyNet, x: Tensor, scores: list[list[float]]) -> None:
    """Set the head so that each image gets scores of its own."""
    read: list[Tensor] = []
    mode = model.training
    with torch.no_grad(), model.fc.register_forward_pre_hook(lambda _, a: read.append(a[0])):
        model.eval()(x)
        features = torch.cat([read[0], torch.ones(len(x), 1)], 1)
        wanted = torch.tensor(scores, dtype=torch.float64)
        found = torch.linalg.lstsq(features, wanted, driver="gelsd").solution
        model.fc.weight.copy_(found[:-1].T)
        model.fc.bias.copy_(found[-1])
    model.train(mode)


def _noting(names: dict[str, None], name: str) -> Callable[[nn.Module, Any], None]:
    """A hook that notes a part in training mode; a copy of the model notes in the same dict."""

    def hook(module: nn.Module, given: Any) -> None:
        if module.training:
            names[name] = None

    return hook


def _in_training(names: dict[str, None]) -> str:
    return f"{_some([*names])} in training mode" if names else "all parts in evaluation mode"


def _in_single(value: Any) -> Any:
    """A tensor as plain data, to be compared as closely as single precision allows."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    return Mark(**told(value), precision="single")


def _read_as(read: list[Tensor], images: Tensor) -> str:
    """What a model reads, told by the images that it should read."""
    batches = [some if some.dim() == images.dim() else some[None] for some in read]
    each = [image for batch in batches for image in batch]
    if all(_among(image, images) for image in each):
        return "the images"
    if any(image.shape != images.shape[1:] for image in each):
        return "something of another shape"
    mixed = images.flatten(1).sort(1).values
    if all(_among(image.flatten().sort().values, mixed) for image in each):
        return "their numbers in another order"
    return "other numbers"


def _among(image: Tensor, images: Tensor) -> bool:
    """Whether an image is one of several, in any precision."""
    return image.shape == images.shape[1:] and any(
        torch.allclose(image.to(images), one) for one in images
    )


def probe_choice(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """A line and a reason, as ``(line, "letter")``."""
    if answer is None:
        see("line", "number", Mark(type="NoneType"))
        return
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    see("_form", "pair", "text" if isinstance(answer, str) else pair)
    number, letter = chosen(answer, case.get("listing", ()))
    for first, last in case.get("statements", []):  # any line of a statement stands for its first
        if isinstance(number, int) and first <= number <= last:
            number = first
    see("line", "number", number)
    see("reason", "letter", letter)


def chosen(answer: Any, listing: Iterable[str] = ()) -> tuple[Any, str | None]:
    """The line and the letter of a pair that may be written in many ways.

    A line may be copied instead of counted, where the ``listing`` has it once.
    """
    pair = list(answer) if isinstance(answer, (tuple, list)) else [answer]
    line: Any = pair[0] if pair else None
    letter: Any = pair[1] if len(pair) == 2 else None
    if isinstance(line, str) and not isinstance(letter, str):  # the other way round
        line, letter = letter, line
    line = _counted_line(line, listing) if isinstance(line, str) else line
    try:
        number = int(line) if not isinstance(line, bool) and float(line) == int(line) else line
    except (TypeError, ValueError, OverflowError):
        number = line
    return number, _one_letter(letter)


def _one_letter(given: Any) -> str | None:
    """The letter of a reason, alone or with the reason behind a mark; None where there are more.

    So of ``c``, ``(c)`` and ``C: where``, but not of ``a stride`` and ``a, b``.
    """
    if isinstance(given, (tuple, list)) and len(given) == 1:
        given = given[0]
    if not isinstance(given, str):
        return None
    first = re.match(r"[\W_]*([A-Za-z])\s*(?:[^\w\s]|$)", given)
    several = re.match(r"[\W_]*[A-Za-z]\W+(?:(?:and|or)\W+)?[A-Za-z]\s*(?:[^\w\s]|$)", given)
    return first[1].lower() if first and not several else None


def _counted_line(text: str, listing: Iterable[str]) -> Any:
    """The number of a line from a text such as ``line 6``, or from the line itself."""
    said = re.fullmatch(r"(?i)\W*(?:(?:line|number|no|nr|l)\W*)*(\d+)\W*", text)
    if said:
        return said[1]
    copied = re.sub(r"(?i)^line (?=\d)|(?<=\d):(?= )", "", " ".join(text.split()))
    lines = ((n, " ".join(line.split())) for n, line in enumerate(listing, 1))
    same = [n for n, line in lines if line and copied in (line, f"{n} {line}")]
    return same[0] if len(same) == 1 else text


USES = {
    "strip": _use_strip, "load": _use_load, "head": _use_head, "bare head": _use_bare_head,
    "freeze": _use_freeze,
    "gray": _use_gray, "features": _use_features, "predict": _use_predict,
}  # fmt: skip
PROBES = {
    "module": probe_module, "builder": probe_builder, "function": probe_function,
    "use": probe_use, "choice": probe_choice,
}  # fmt: skip
