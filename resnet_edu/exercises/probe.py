"""Runs an answer on the cases of a plan and puts all that can be seen into plain data.

This one file goes into the cage with a submission, so it needs torch and nothing else, holds no
solution and makes no judgement. What is right is decided outside, where the same file has been run
on a correct answer: see ``diagnosis.py``.

``observe(answer, plan)`` returns ``{"case/group/what": value}``. Values are what JSON has: numbers,
texts, lists, dicts. ``{"raises": ..., "says": ...}`` stands for an exception, ``{"about": x}`` for
a measured value that is not exact.

Weights are set by the order in which layers first compute, not by name, so that an answer is free
in how it calls its parts; all probing is done in float64, so that no order of additions counts.
"""

from __future__ import annotations

import collections
import contextlib
import dis
import functools
import inspect
import itertools
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

LARGE = 20_000  # numbers; up to here drawn tensors are kept for the next answer
MOST_THIN = 50_000  # pairs of channels in a layer of a thin network; right ones have 8,192
MOST_VALUES = 600  # a larger tensor is told by sums
LIBRARIES = ("torchvision", "timm", "resnet_edu", "segmentation_models_pytorch")
BATCH_NORMS = ("native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm",
               "_native_batch_norm_legit_no_training", "batch_norm_with_update")  # fmt: skip
SILENT = ("clone", "contiguous", "_to_copy", "empty", "zeros", "ones", "detach", "lift_fresh")
SAME = {"clamp_min": "relu", "_log_softmax": "log_softmax", "_softmax": "softmax",
        "max_pool2d_with_indices": "max_pool2d", "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
        "concatenate": "cat"}  # fmt: skip


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
            raise
        if not self.paused:
            self.paused = True
            try:
                self._note(func.overloadpacket.__name__, args, kwargs or {}, out)
            finally:
                self.paused = False
        return out

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
        tensors = [t if t is None else self._owners.get(_address(t), t) for t in tensors]
        key = next((kind, _address(t)) for t in tensors if t is not None)
        if key not in self._names:
            self._names[key] = f"{kind}{self.count(kind)}"
            self.layers[self._names[key]] = tensors
            self._kept += [t for t in tensors if t is not None]
        name = self._names[key]
        uses = self.count(name)
        place = f"{name} use {uses}" if uses > 1 else name
        self.facts |= {f"{place}.{fact}": value for fact, value in facts.items()}
        return place

    def _note(self, name: str, args: Any, kwargs: Any, out: Any) -> None:
        plain = name.rstrip("_")
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
            facts = {"kind": "group norm", "reads": self.term(args[0])}
            return self.layer("n", [args[1], args[2], None, None], facts)
        if name in ("addmm", "mm", "linear"):
            x, weight, bias = (args[1], args[2], args[0]) if name == "addmm" else (*args, None)[:3]
            shape = list(weight.shape)
            told = {"channels": shape, "bias": bias is not None, "reads": self.term(x)}
            return self.layer("f", [weight, bias], told)
        tensors = len(_tensors(args))
        if name in ("add", "sub", "mul") and tensors == 2:
            terms = [self.term(a) for a in args[:2]]
            return self._sum(name, terms if name == "sub" else sorted(terms), kwargs)
        if name in ("clamp", "maximum", "threshold") and self._is_relu(args):
            name = "relu"
        name, words = SAME.get(name, name), [self.term(args[0])]
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
            "stride": list(stride), "padding": list(padding), "dilation": list(dilation),
            "groups": groups, "bias": bias is not None, "reads": self.term(x),
        }  # fmt: skip
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


# Before its first call the method's wrapper would import torch's compiler, which takes seconds.
for _mode in (Recorder, Writes):
    _method = getattr(_mode.__torch_dispatch__, "__wrapped__", None)
    if _method is not None:
        _method.__dynamo_disable = _method


def _address(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


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
        return torch.einsum("oc,nchw->nohw", self.mix, small) + 0.1


def norm_layer(kind: str) -> Any:
    """A norm factory as torchvision's ``norm_layer``: called with a channel count."""
    if kind == "group":
        return functools.partial(nn.GroupNorm, 2)
    return functools.partial(nn.BatchNorm2d, eps=0.01, momentum=0.3)


def recording_block(expansion: int, calls: list[dict[str, Any]], bases: tuple[type, ...]) -> type:
    """A block class as ``ResNet`` takes it, that writes down how it is built and called.

    Of ``bases`` it inherits from the one that it stands for, for answers that ask ``isinstance``.
    """
    called = "Bottleneck" if expansion > 1 else "BasicBlock"
    bases = tuple(base for base in bases if base.__name__.endswith(called))

    class Block(*(bases or (nn.Module,))):  # type: ignore[misc]
        given = True

        def __init__(
            self, inplanes: int, planes: int, stride: int = 1, downsample: Any = None,
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
            for number in "123" if expansion > 1 else "12":
                norm = make(2)
                nn.init.constant_(norm.weight, 7.0)  # so that one sees whether it is set anew
                self.add_module(f"conv{number}", nn.Conv2d(16, 32, 3, bias=False))
                self.add_module(f"bn{number}", norm)
            self.downsample = downsample
            self.stride = stride
            self.width, self.dilation = _less(planes * expansion), dilation
            self.factor = 1 + 0.01 * dilation + 0.003 * groups + 0.0001 * base_width

        def forward(self, x: Tensor) -> Tensor:
            if self.downsample is None:
                return opaque("block", self._compute, x)
            return opaque("block", self._compute, x, self.downsample(x))

        def _compute(self, x: Tensor, projected: Tensor | None = None) -> Tensor:
            shortcut = x if projected is None else projected
            channels = torch.arange(self.width) % x.shape[1]
            taken = x[:, channels, :: self.stride, :: self.stride]
            spread = torch.roll(taken, self.dilation, dims=3)
            return torch.relu(torch.sin(3 * spread) * self.factor + shortcut)

    Block.expansion = expansion  # type: ignore[attr-defined]
    Block.__name__ = Block.__qualname__ = called
    return Block


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
        if not isinstance(block, type):  # it is called, as a network calls the class
            block(64, 64, 1, None, groups, width_per_group, 1, norm_layer)
        flags = replace_stride_with_dilation or [False, False, False]
        self.factor = 1 + 0.1 * bool(zero_init_residual) + 0.01 * sum(
            2**place * bool(flag) for place, flag in enumerate(flags)
        )
        self.parts = nn.ModuleList([nn.Conv2d(3, 64, 1, bias=False)])
        cin = 64
        for stage, planes in enumerate((64, 128, 256, 512)):
            for _ in range(layers[stage]):
                cout = planes * expansion
                self.parts.append(nn.Conv2d(cin, cout, 1, bias=expansion > 1))
                width = planes * width_per_group // 64 * groups
                self.parts.append(nn.Conv2d(cout, width, 1, groups=groups, bias=False))
                self.parts.append(nn.Conv2d(width, cout, 1, groups=groups, bias=False))
                norm = (norm_layer or nn.BatchNorm2d)(cout)
                if zero_init_residual:
                    nn.init.zeros_(norm.weight)
                self.parts.append(norm)
                cin = cout
        self.fc = nn.Linear(cin, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images ``(N, 3, H, W)`` to scores ``(N, num_classes)``."""
        x = x[:, :, ::8, ::8]  # a few positions tell as much
        for part in self.parts:
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


class TinyNet(nn.Module):
    """A small network with the names of a ResNet: ``(N, 3, H, W)`` to ``(N, classes)``."""

    given = True

    def __init__(self, seed: int, classes: int = 5, bias: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=bias)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        first = nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.layer1 = nn.Sequential(*first)  # without a ReLU: it would make too many zeros
        self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(nn.Conv2d(6, 6, 1, bias=False), nn.BatchNorm2d(6)) for _ in range(3)
        )
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
    model: nn.Module = TinyNet(1)
    if which == "frozen":
        model.requires_grad_(False)
        model.fc.requires_grad_(True)
    elif which == "shared":
        first, second = nn.Linear(4, 4), nn.Linear(4, 4)
        second.weight = first.weight
        model = nn.Sequential(first, nn.Sequential(second, first))
    elif which == "nested":
        model = nn.Sequential(nn.Sequential(nn.Sequential(nn.Linear(3, 2)), nn.Linear(2, 2)))
    elif which == "plain":
        model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 5))
    elif which == "own":
        model = nn.Module()
        model.scale = nn.Parameter(torch.zeros(7))
        model.inner = nn.BatchNorm2d(5)
    return model


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
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def told(value: Any) -> Any:
    """Any result as plain data; a tensor by shape and values, a large one by eight sums."""
    if isinstance(value, Tensor):
        shape, flat = list(value.shape), value.detach().to(torch.float64).reshape(-1)
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
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "tolist") and type(value).__module__ == "numpy":
        return value.tolist()
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
        except Exception as error:
            self(group, what, _raised(error))
            return None


def _raised(error: BaseException) -> Mark:
    said = (str(error).strip().splitlines() or [""])[0]
    says = said if len(said) <= 200 else said[:200].rpartition(" ")[0][:200] + " …"
    mark = Mark(raises=type(error).__name__, says=says)
    return Mark(**mark, own=True) if _own_words(error) else mark


def _own_words(error: BaseException) -> bool:
    """Whether the answer itself raised it, with ``raise`` or ``assert``, in words of its own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    frame = trace.tb_frame
    raising = frame.f_code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return raising and not str(frame.f_globals.get("__name__")).startswith("torch")


def observe(
    answer: Any, plan: dict[str, Any], rows: dict[str, Any] | None = None
) -> dict[str, Any]:
    """All that the plan's cases show of an answer, as plain data, put into ``rows`` as it comes."""
    probe = PROBES[plan["kind"]]
    rows = {} if rows is None else rows
    with warnings.catch_warnings(), _double():
        warnings.simplefilter("ignore")
        for number, case in enumerate(plan["cases"]):
            if number not in plan.get("only", [number]):
                continue
            torch.default_generator.manual_seed(plan["seed"])
            probe(answer, case, plan, Seen(rows, number))
    return rows


@contextlib.contextmanager
def _double() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
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
            if not module.startswith("resnet_edu.exercises") and module != __name__:
                name = frame.f_code.co_qualname  # a module that is imported runs itself
                found.add(module if name == "<module>" else f"{module}.{name}")

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)


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


def _made(value: Any, seed: int, calls: list[dict[str, Any]], bases: tuple[type, ...]) -> Any:
    """An argument of a plan as the object that it stands for."""
    if isinstance(value, list):
        return [_made(item, seed, calls, bases) for item in value]
    if not isinstance(value, dict) or "$" not in value:
        return value
    kind, options = value["$"], {k: v for k, v in value.items() if k != "$"}
    if kind == "projection":
        return Projection(**options, seed=seed)
    if kind == "norm":
        return norm_layer(options["kind"])
    if kind == "block":
        return recording_block(options["expansion"], calls, bases)
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


def _block_bases(answer: Any) -> tuple[type, ...]:
    """The block classes that an answer's own code knows by name: ``isinstance`` asks for them."""
    known: list[type] = []
    parts = vars(answer).values() if isinstance(answer, type) else [answer]
    functions = [f for f in parts if hasattr(f, "__globals__")]
    for function in functions:
        for name in ("BasicBlock", "Bottleneck"):
            found = function.__globals__.get(name)
            if isinstance(found, type) and issubclass(found, nn.Module) and found not in known:
                known.append(found)
    return tuple(known)


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
    with origins(found):
        built = see.trying("builds", "error", lambda: made(calls))
    see("made", "libraries", sorted(found or ()))
    if built is None:
        return
    model, arguments = built
    see("builds", "is a module", isinstance(model, nn.Module) or Mark(type=type(model).__name__))
    if not isinstance(model, nn.Module):
        return
    if calls:
        _see_calls(model, calls, see)
    if case.get("names"):
        see("names", "state_dict", sorted(model.state_dict()))
    _see_parameters(model, see)
    handed = [m for m in (*arguments[0], *arguments[1].values()) if isinstance(m, nn.Module)]
    if handed:
        see("builds", "registers the modules it is given", {*handed} <= {*model.modules()})
    for attribute in case.get("attributes", []):
        see("builds", f"attribute {attribute}", getattr(answer, attribute, "missing"))
    if case.get("initialization"):
        _see_initialization(model, case, see)
    if "input" in case:
        _see_run(model, case, seed, see, found)
        see("made", "libraries", sorted(found or ()))
    see("side effects", "arguments", told_arguments(arguments))
    if not case.get("glance"):
        writes = Writes() if case.get("initialization") and not case.get("thin") else None
        _see_second_build(made, model, see, writes)


def _build(
    answer: Any, case: dict[str, Any], seed: int, calls: list[dict[str, Any]]
) -> tuple[Any, Any]:
    bases = _block_bases(answer)
    args = _made(case.get("args", []), seed, calls, bases)
    kwargs = {k: _made(v, seed, calls, bases) for k, v in case.get("kwargs", {}).items()}
    torch.default_generator.manual_seed(seed)
    with thin() if case.get("thin") else contextlib.nullcontext():
        return answer(*args, **kwargs), (args, kwargs)


def told_arguments(arguments: Any) -> Any:
    """Lists among the arguments as they are afterwards."""
    args, kwargs = arguments
    return [told(a) for a in (*args, *kwargs.values()) if isinstance(a, list)]


def _see_refusal(made: Callable[..., Any], see: Seen) -> None:
    try:
        made([])
    except Exception as error:
        see("refuses", "refused", True)
        see("_words", "refusal", _raised(error))
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
    see("parameters", "trainable", all(p.requires_grad for p in own))


def _see_calls(model: nn.Module, calls: list[dict[str, Any]], see: Seen) -> None:
    """What each block was built with, in the order in which they stand in the network."""
    see("stages", "number of blocks", len(calls))
    names, usual = {id(module): name for name, module in model.named_modules()}, _usual(model)
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
    for name, module in model.named_modules():
        for place, other in usual:
            if name.startswith(place):
                name = other + name.removeprefix(place)
                break
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)) and module.weight is not None:
            see("initialization", f"{name}.weight, mean", float(module.weight.mean()))
            see("initialization", f"{name}.bias, size", float(module.bias.abs().mean()))
        if case.get("thin") or not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue
        weight = module.weight.detach()
        if isinstance(module, nn.Linear):
            spread = float(weight.std()) * math.sqrt(3 * weight.shape[1])
            see("initialization", f"{name}.weight, spread ÷ that of nn.Linear", Mark(about=spread))
            if module.bias is not None:
                see("initialization", f"{name}.bias is drawn", bool(module.bias.any()))
            continue
        spread = float(weight.std()) / math.sqrt(2 / (weight.shape[0] * weight[0][0].numel()))
        see("initialization", f"{name}.weight, spread ÷ √(2 / fan-out)", Mark(about=spread))
        beyond = float((weight.abs() > 2.2 * weight.std()).double().mean())
        see("initialization", f"{name}.weight is normal", beyond > 0.005)


def _see_run(
    model: nn.Module, case: dict[str, Any], seed: int, see: Seen, found: set[str] | None
) -> None:
    x = _drawn(tuple(case["input"]), seed, "input", see.case) * case.get("scale", 1)
    model.eval()
    recorder = Recorder(model, x=x)
    before = x.clone()
    with torch.no_grad(), origins(found), recorder:
        result = see.trying("shape", "output", lambda: [model(x)])
    _see_facts(recorder, see)
    if result is None:
        return
    (out,) = result
    if not isinstance(out, Tensor):
        see("shape", "output", Mark(type=type(out).__name__))
        return
    see("_graph", "out", recorder.term(out))
    see("shape", "output", list(out.shape))
    see("side effects", "input", bool(torch.equal(x, before)))
    set_weights(recorder.layers, seed)
    _see_values(model, before, seed, see)
    if not case.get("glance"):
        _see_training(model, before, recorder, seed, see)


def _see_facts(recorder: Recorder, see: Seen) -> None:
    for name, value in recorder.facts.items():
        see("_graph", name, value)


def _see_values(model: nn.Module, x: Tensor, seed: int, see: Seen) -> None:
    with torch.no_grad():
        out = see.trying("inference", "values", lambda: model(x.clone()))
        if out is None:
            return
        see("inference", "values", out)
        again = see.trying("again", "second call", lambda: model(x.clone()))
        see("again", "second call", again is not None and bool(torch.equal(out, again)))
        single = see.trying("inference", "one image", lambda: model(x[:1].clone()))
        if isinstance(single, Tensor):
            see("inference", "one image", list(single.shape))
    see("side effects", "stays in evaluation mode", not any(m.training for m in _own(model)))


def _see_training(
    model: nn.Module, x: Tensor, recorder: Recorder, seed: int, see: Seen
) -> None:
    model.train()
    start = x.clone().requires_grad_(True)
    out = see.trying("training", "values", lambda: model(start * 1.0))
    if not isinstance(out, Tensor):
        return
    see("training", "values", out)
    weights = _drawn(tuple(out.shape), seed, "gradient")
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


def _summed(tensor: Tensor) -> Any:
    if tensor.grad is None:
        return "none"
    return Mark(sum=float((tensor.grad * _drawn(tuple(tensor.shape), 0, "grad")).sum()))


def _see_second_build(
    made: Callable[..., Any], first: nn.Module, see: Seen, writes: Writes | None = None
) -> None:
    with writes or contextlib.nullcontext():
        built = see.trying("again", "second build", lambda: made([]))
    if built is None:
        return
    if writes is not None and isinstance(built[0], nn.Module):
        writes.see(built[0], see)
    second = built[0]
    if not isinstance(second, nn.Module):
        see("again", "second build", Mark(type=type(second).__name__))
        return
    see("again", "second build", sorted([list(p.shape) for p in _own_parameters(second)]))
    addresses = {_address(p) for p in first.parameters()}
    shared = [p for p in second.parameters() if _address(p) in addresses]
    see("again", "shares weights with the first", bool(shared))


# Builders: parameters without weights, all else with a sixteenth of the channels.


def probe_builder(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """Build, note how ``ResNet`` is called, and look at the network.

    A case with ``count`` builds it in full size, without weights, and counts the parameters; any
    other builds it thin and runs it. A plan with ``calls`` stops at the calls.
    """
    seed, only_calls = plan["seed"], bool(plan.get("calls"))
    kwargs = {k: _made(v, seed, [], ()) for k, v in case.get("kwargs", {}).items()}
    answer, calls, hidden = spied(answer, only_calls)
    with hidden:
        _see_built(answer, kwargs, case, plan, only_calls, see)
    if calls is None:
        return
    see("_call", "calls", len(calls))
    counts = [c["layers"] for c in calls if isinstance(c.get("layers"), list)]
    if any(len(numbers) > 4 for numbers in counts):  # ResNet would not read the fifth
        see("builds", "numbers of blocks that are handed over", max(map(len, counts)))
    for number, call in enumerate(calls[:2]):
        for name, value in call.items():
            see("_call", f"later {name}" if number else name, value)


def _see_built(
    answer: Any, kwargs: dict[str, Any], case: dict[str, Any], plan: dict[str, Any],
    only_calls: bool, see: Seen,
) -> None:  # fmt: skip
    whole = bool(case.get("count"))
    found = None if plan.get("trusted") else set(whose(answer))
    with _undrawn(), origins(found), torch.device("meta") if whole else thin():
        built = see.trying("builds", "error", lambda: [answer(**kwargs)])
    see("made", "libraries", sorted(found or []))
    later = None if whole else _later(answer, see if built else None)
    if built is None:
        return
    model = built[0]
    see("builds", "is a module", isinstance(model, nn.Module) or Mark(type=type(model).__name__))
    if not isinstance(model, nn.Module):
        return
    see("builds", "is in training mode", model.training)
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
        see("again", "norms that start at 0 after a call without arguments", _zeros(later))
    _see_thin(model, case, plan["seed"], see)


def _later(answer: Any, see: Seen | None) -> Any:
    with _undrawn(), thin():
        if see is not None:
            return see.trying("again", "a later call without arguments", answer)
        with contextlib.suppress(Exception):  # for the sake of what it calls
            return answer()
    return None


def _zeros(model: nn.Module) -> int:
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))]
    weights = [m.weight for m in norms if m.weight is not None and not m.weight.is_meta]
    return sum(not bool(weight.any()) for weight in weights)


@contextlib.contextmanager
def _undrawn() -> Iterator[None]:
    """Nothing random is drawn for weights meanwhile: they are set later, or never looked at."""
    drawing = [n for n in vars(nn.init) if n.endswith(("normal_", "uniform_", "orthogonal_"))]
    with contextlib.ExitStack() as stack:
        for name in drawing:
            stack.enter_context(_replaced(vars(nn.init), name, lambda tensor, *_, **__: tensor))
        yield


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


def spied(
    answer: Any, only_calls: bool
) -> tuple[Any, list[dict[str, Any]] | None, contextlib.AbstractContextManager[None]]:
    """The answer, a list that its calls of ``ResNet`` go into, and a context in which they do.

    With ``only_calls`` an empty network is made. Of a call by another name nothing is seen.
    """
    calls: list[dict[str, Any]] = []
    if isinstance(answer, functools.partial) and isinstance(answer.func, type):
        spy = _spy(answer.func, calls, only_calls)
        new = functools.partial(spy, *answer.args, **answer.keywords)
        return new, calls, contextlib.nullcontext()
    space = getattr(inspect.unwrap(answer), "__globals__", {}) if callable(answer) else {}
    network = space.get("ResNet")
    if not isinstance(network, type) or not issubclass(network, nn.Module):
        return answer, None, contextlib.nullcontext()
    return answer, calls, _replaced(space, "ResNet", _spy(network, calls, only_calls))


@contextlib.contextmanager
def _replaced(space: dict[str, Any], name: str, value: Any) -> Iterator[None]:
    before = space[name]
    space[name] = value
    try:
        yield
    finally:
        space[name] = before


def _spy(network: Any, calls: list[dict[str, Any]], only_calls: bool) -> type:
    class Spy(network):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            words = _call_words(network, args, kwargs)
            calls.append(words)
            if only_calls and words:
                nn.Module.__init__(self)
            else:
                network.__init__(self, *args, **kwargs)

    Spy.__name__, Spy.__qualname__ = network.__name__, network.__qualname__
    Spy.__module__ = network.__module__
    return Spy


def _call_words(network: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments by name, with the defaults; empty when they do not fit."""
    try:
        bound = inspect.signature(network).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return {}
    bound.apply_defaults()
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


_thinner = [1]  # by how much the channels of new layers are divided just now


def _less(count: Any) -> Any:
    """A channel count, or a number of groups above one, as it is made now."""
    factor = _thinner[0]
    return count // factor if isinstance(count, int) and count >= factor else count


@contextlib.contextmanager
def thin(factor: int = 16) -> Iterator[None]:
    """Layers made meanwhile have a sixteenth of the channels, so a deep network is quick to run."""
    conv, norm, linear = nn.Conv2d.__init__, nn.BatchNorm2d.__init__, nn.Linear.__init__
    group_norm = nn.GroupNorm.__init__

    def new_conv(self: Any, in_channels: Any, out_channels: Any, *args: Any, **kw: Any) -> None:
        groups = kw.get("groups", args[4] if len(args) > 4 else 1)
        few = max(groups // factor, 1) if isinstance(groups, int) and groups > 1 else groups
        if len(args) > 4:
            args = (*args[:4], few, *args[5:])
        elif "groups" in kw:
            kw["groups"] = few
        cin, cout = _less(in_channels), _less(out_channels)
        if all(isinstance(n, int) for n in (cin, cout, few)) and cin * cout > MOST_THIN * few:
            raise MemoryError(f"{in_channels} to {out_channels} channels: too wide to be tried")
        conv(self, cin, cout, *args, **kw)

    def new_norm(self: Any, num_features: Any, *args: Any, **kw: Any) -> None:
        norm(self, _less(num_features), *args, **kw)

    def new_group_norm(self: Any, groups: Any, channels: Any, *args: Any, **kw: Any) -> None:
        group_norm(self, groups, _less(channels), *args, **kw)

    def new_linear(self: Any, in_features: Any, *args: Any, **kw: Any) -> None:
        linear(self, _less(in_features), *args, **kw)

    news: tuple[tuple[Any, Any, Any], ...] = (
        (nn.Conv2d, new_conv, conv), (nn.BatchNorm2d, new_norm, norm),
        (nn.GroupNorm, new_group_norm, group_norm), (nn.Linear, new_linear, linear),
    )  # fmt: skip
    _thinner[0] = factor
    try:
        for kind, new, _ in news:
            kind.__init__ = new
        yield
    finally:
        _thinner[0] = 1
        for kind, _, old in news:
            kind.__init__ = old


# Functions of numbers.


def probe_function(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """Call with the case's arguments; the result, and whether the arguments are as before."""
    group = case.get("group", "values")
    args = _made(case.get("args", []), plan["seed"], [], ())
    kwargs = {k: _made(v, plan["seed"], [], ()) for k, v in case.get("kwargs", {}).items()}
    before = told([*args, *kwargs.values()])
    models = [(m, _aspects(m)) for m in args if isinstance(m, nn.Module)]
    if case.get("refuses"):
        _see_refusal(lambda _: answer(*args, **kwargs), see)
        return
    found = None if plan.get("trusted") else set(whose(answer))
    done = False
    try:
        with origins(found):
            result = answer(*args, **kwargs)
        done = True
    except Exception as error:
        see(group, "result", _raised(error))
    see("made", "libraries", sorted(found or ()))
    if done:
        see(group, "result", result)
    see("side effects", "arguments", told([*args, *kwargs.values()]) == before)
    for model, aspects in models:
        see("side effects", "the model", _apart(aspects, _aspects(model)))


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
    see("made", "libraries", sorted(found or ()))


def _tiny(case: dict[str, Any], seed: int) -> TinyNet:
    model = TinyNet(seed, case.get("classes", 5), case.get("bias", False))
    model.train(case.get("training", False))
    for name in case.get("otherwise", []):  # parts in the other mode
        model.get_submodule(name).train(not model.training)
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
    names = [name for name, old in before.items() if not _equal(old, after.get(name))]
    return ", ".join(names) + " changed" if names else "as before"


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and bool(torch.equal(a, b))
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
        return out
    if out is None and _apart(before, _portrait(model)) == "as before":
        see("returns", "kind", None)
        return None
    found = "nothing, though the given model was changed" if out is None else type(out).__name__
    see("returns", "kind", found)
    return model


def _use_strip(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    state = collections.OrderedDict((name, _drawn((2,), seed, name)) for name in case["names"])
    given = dict(state)
    prefix = [case["prefix"]] if "prefix" in case else []
    group = case["group"]
    try:
        result = answer(state, *prefix)
    except Exception as error:
        see(group, "result", _raised(error))
        return
    if not isinstance(result, collections.abc.Mapping):
        see(group, "result", result if result is None else Mark(type=_kind(result)))
    else:
        same = [[str(key), next((n for n, t in given.items() if _equal(t, value)), "nowhere")]
                for key, value in result.items()]  # fmt: skip
        see(group, "result", sorted(key for key, _ in same))
        mixed = [f"{a} holds that of {b}" for a, b in same if not b.endswith(a)]
        see("tensors", "under the new names", ", ".join(sorted(mixed)) or "their own")
    kept = list(state) == list(given) and all(state[k] is v for k, v in given.items())
    see("side effects", "the given state_dict", "as before" if kept else "changed")


def _kind(result: Any) -> str:
    """The type, and of a list whether it holds pairs."""
    views = collections.abc.KeysView, collections.abc.ItemsView, list, tuple
    if not isinstance(result, views) or not result:
        return type(result).__name__
    pairs = all(isinstance(item, (tuple, list)) and len(item) == 2 for item in result)
    return "list of pairs" if pairs else "list"


@functools.lru_cache(maxsize=64)
def _saved(seed: int, classes: int) -> dict[str, Tensor]:
    """What a file of trained weights holds; its norms have seen 7 batches."""
    state = _state(TinyNet(seed, classes))
    return {n: torch.full_like(v, 7) if "batches" in n else v for n, v in state.items()}


def _use_load(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model, theirs = _tiny(case, seed), _saved(seed + 1, case.get("their_classes", 9))
    before = _state(model)
    items = [(name, value.clone()) for name, value in theirs.items()]
    state = collections.OrderedDict(reversed(items) if case.get("reversed") else items)
    for name in case.get("without", []):
        del state[name]
    for name in case.get("with", []):
        state[name] = torch.zeros(2)
    for name in case.get("reshaped", []):
        state[name] = state[name][:-1].clone()
    names = list(state)
    if case.get("refuses"):
        _see_refusal(lambda _: answer(model, state), see)
        return
    changed = _handed_back(lambda: answer(model, state), model, see)
    see("side effects", "the given state_dict", "as before" if list(state) == names else "changed")
    if changed is None:
        return
    final = changed.state_dict()
    for name, old in before.items():
        new = final.get(name)
        words = "loaded" if _equal(theirs[name], new) else "as it was" if _equal(old, new) else (
            "missing" if new is None else "something else"
        )
        see("head" if name.startswith("fc") else "loads", name, words)


def _use_head(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    rest = {k: v for k, v in _state(model).items() if not k.startswith("fc.")}
    modes = {k: v for k, v in _modes(model).items() if k != "fc"}
    changed = _handed_back(lambda: answer(model, case["new_classes"]), model, see)
    if changed is None:
        return
    see("backbone", "weights", _apart(rest, changed.state_dict()))
    see("backbone", "mode", _apart(modes, _modes(changed)))
    see("_graph", "the model.has so many parts:", len(list(changed.modules())))
    still = [n for n, p in changed.named_parameters() if n in rest and not p.requires_grad]
    see("backbone", "frozen", ", ".join(still) or "nothing")
    x = _images(seed)
    out = see.trying("shape", "scores", lambda: [changed.eval()(x)])
    if out is not None:
        see("shape", "scores", list(out[0].shape))
    head = getattr(changed, "fc", None)
    if isinstance(head, nn.LazyLinear):
        return  # it would have got its shape from the run
    new = [p.numel() for n, p in changed.named_parameters() if n not in rest]
    see("head", "number of parameters", sum(new))
    if isinstance(head, nn.Module):
        leaves = [m for m in head.modules() if not list(m.children())]
        see("_graph", "the new head.is", ", ".join(type(m).__name__ for m in leaves))
    if not isinstance(head, nn.Linear):
        see("head", "fc", f"a {type(head).__name__}")
        return
    see("head", "fc", "one linear layer")
    see("head", "fc has a bias", head.bias is not None)
    see("head", "fc is trainable", all(p.requires_grad for p in head.parameters()))
    see("head", "in and out features", [head.in_features, head.out_features])
    see("head", "weight of fc", list(head.weight.shape))
    if list(head.weight.shape) == [case["new_classes"], 6]:
        refill(head, seed + 2)
        see("head", "scores with other weights in fc", changed(x))


def _use_freeze(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny({**case, "training": True}, seed)
    given = _state(model)
    changed = _handed_back(lambda: answer(model), model, see)
    if changed is None:
        return
    for name, parameter in changed.named_parameters():
        group = "head" if name.startswith("fc") else "frozen"
        see(group, name, "trains" if parameter.requires_grad else "is frozen")
    own = [vars(p) for p in changed.parameters()]
    set_anew = [marks["requires_grad_"] for marks in own if "requires_grad_" in marks]
    see("_graph", "requires_grad_ of the parameters.is",
        f"{set_anew[0]} now" if set_anew else "a method")  # fmt: skip
    on_layers = any("requires_grad" in vars(module) for module in changed.modules())
    see("_graph", "an attribute requires_grad of layers.is",
        "there, and nothing reads it" if on_layers else "not there")  # fmt: skip
    before = _state(changed)
    see("returns", "weights and statistics", _apart(given, before))
    out = see.trying("head", "a step", lambda: [changed(_images(seed))])
    for name, value in changed.state_dict().items():
        if "running" in name or "batches" in name:
            moved = not _equal(before.get(name), value)
            see("statistics", f"{name} after a batch", "moved" if moved else "as before")
    if out is None:
        return
    see("training", "scores", out[0])
    if see.trying("head", "a step", lambda: [out[0].square().sum().backward()]) is None:
        return
    with torch.no_grad():
        for parameter in changed.parameters():
            if parameter.grad is not None:  # as SGD with weight decay does
                parameter.sub_(0.1 * (parameter.grad + 0.1 * parameter))
    for name, value in changed.state_dict().items():
        if "running" not in name and "batches" not in name:
            moved = not _equal(before.get(name), value)
            group = "head" if name.startswith("fc") else "frozen"
            see(group, f"{name} after a step", "moved" if moved else "as before")


def _use_gray(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    if case.get("settings"):
        model.conv1 = nn.Conv2d(3, 4, 3, stride=2, **case["settings"])
        refill(model, seed)
    colours = model.conv1.weight.detach().clone()
    rest = {k: v for k, v in _state(model).items() if k != "conv1.weight"}
    modes = {k: v for k, v in _modes(model).items() if k != "conv1"}
    changed = _handed_back(lambda: answer(model), model, see)
    if changed is None:
        return
    see("rest", "weights", _apart(rest, changed.state_dict()))
    see("rest", "mode", _apart(modes, _modes(changed)))
    see("_graph", "the model.has so many parts:", len(list(changed.modules())))
    out = see.trying("values", "scores", lambda: [changed.eval()(_images(seed, channels=1))])
    if out is not None:
        see("values", "scores", out[0])
    stem = getattr(changed, "conv1", None)
    if not isinstance(stem, nn.Conv2d):
        see("stem", "conv1", f"a {type(stem).__name__}")
        return
    see("stem", "conv1", "a Conv2d")
    see("stem", "in_channels", stem.in_channels)
    see("_graph", "the new weight.is", _mix(stem.weight, colours))
    for name in ("out_channels", "kernel_size", "stride", "padding", "dilation", "padding_mode"):
        see("stem", name, getattr(stem, name))
    see("stem", "bias", stem.bias is not None)
    see("stem", "weight", list(stem.weight.shape))
    see("stem", "trainable", all(p.requires_grad for p in stem.parameters()))


def _mix(weight: Tensor, colours: Tensor) -> str:
    """A new stem's weight as a sum of the old kernels for red, green and blue."""
    if weight.shape != colours[:, :1].shape:
        return f"of the shape {tuple(weight.shape)}"
    old = colours.transpose(0, 1).flatten(1).T
    new = weight.detach().reshape(-1, 1)
    share = torch.linalg.lstsq(old, new).solution
    if not torch.allclose(old @ share, new):
        return "no sum of the old ones"
    parts = zip(share.flatten().tolist(), ("red", "green", "blue"), strict=True)
    return " + ".join(f"{amount:.2f} × {colour}" for amount, colour in parts)


def _use_features(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    x, modes, before = _images(seed), _modes(model), _state(model)
    scores = model(x)
    made = see.trying("runs", "error", lambda: [answer(model)])
    if made is None:
        return
    (extractor,) = made
    if extractor is None or not callable(extractor):
        see("runs", "what comes back", Mark(type=type(extractor).__name__))
        return
    see("runs", "what comes back", "something to call")
    for count in (3, 1):
        batch = f"for {count} image" + "s" * (count > 1)
        some = x[:count].clone()
        out = see.trying("values", batch, functools.partial(_listed, extractor, some))
        if out is None:
            continue
        if not isinstance(out[0], Tensor):
            see("shape", batch, Mark(type=type(out[0]).__name__))
            continue
        see("shape", batch, list(out[0].shape))
        see("values", batch, out[0])
    larger = _drawn((2, 3, 9, 8), seed, "larger images")
    other = see.trying("shape", "for larger images", lambda: extractor(larger))
    if isinstance(other, Tensor):
        see("shape", "for larger images", list(other.shape))
    after = see.trying("side effects", "scores of the given model", lambda: [model(x)])
    if after is not None:
        same = _equal(scores, after[0])
        see("side effects", "scores of the given model", "as before" if same else "changed")
    see("side effects", "its weights", _apart(before, model.state_dict()))
    see("side effects", "its mode", _apart(modes, _modes(model)))


def _listed(call: Callable[[Any], Any], argument: Any) -> list[Any]:
    return [call(argument)]


def _use_predict(answer: Any, case: dict[str, Any], seed: int, see: Seen) -> None:
    model = _tiny(case, seed)
    modes, before, x = _modes(model), _state(model), _images(seed, case.get("images", 3))
    kept = x.clone()
    result = see.trying("values", "probabilities", lambda: [answer(model, x)])
    recorded = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    if result is not None and isinstance(result[0], Tensor):
        see("values", "probabilities", result[0])
        see("gradients", "recorded in the result", result[0].requires_grad)
    elif result is not None:
        see("values", "probabilities", result[0])
    see("gradients", "recorded as before in what follows", recorded)
    frozen = [n for n, p in model.named_parameters() if not p.requires_grad]
    see("gradients", "frozen weights", ", ".join(frozen) or "none")
    see("mode", "of the parts", _apart(modes, _modes(model)))
    see("statistics", "of the model", _apart(before, model.state_dict()))
    see("side effects", "the images", "as before" if _equal(kept, x) else "changed")


def probe_choice(answer: Any, case: dict[str, Any], plan: dict[str, Any], see: Seen) -> None:
    """A line and a reason, as ``(line, "letter")``."""
    if answer is None:
        see("line", "number", Mark(type="NoneType"))
        return
    number, letter = chosen(answer)
    see("line", "number", number)
    see("reason", "letter", letter)


def chosen(answer: Any) -> tuple[Any, str | None]:
    """The line and the letter of a pair that may be written in many ways."""
    pair = list(answer) if isinstance(answer, (tuple, list)) else [answer]
    line: Any = pair[0] if pair else None
    letter: Any = pair[1] if len(pair) == 2 else None
    if isinstance(line, str) and not isinstance(letter, str):  # the other way round
        line, letter = letter, line
    numbers = re.findall(r"\d+", line) if isinstance(line, str) else []
    line = numbers[0] if len(numbers) == 1 else line
    try:
        number = int(line) if not isinstance(line, bool) and float(line) == int(line) else line
    except (TypeError, ValueError, OverflowError):
        number = line
    # a letter alone, or with the reason behind a mark: "c", "(c)", "C: where"; not "a stride"
    first = re.match(r"[\W_]*([A-Za-z])\s*(?:[^\w\s]|$)", str(letter)) if letter else None
    return number, first[1].lower() if first else None


USES = {
    "strip": _use_strip, "load": _use_load, "head": _use_head, "freeze": _use_freeze,
    "gray": _use_gray, "features": _use_features, "predict": _use_predict,
}  # fmt: skip
PROBES = {
    "module": probe_module, "builder": probe_builder, "function": probe_function,
    "use": probe_use, "choice": probe_choice,
}  # fmt: skip
