"""``verify``: a network and torchvision's, built in one process and compared to the bit."""

from __future__ import annotations

import copy
import inspect
import random
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

import resnet_edu

from .. import peer
from ..names import require_network
from ..variants import ARCHITECTURES
from . import checks
from .checks import Pair
from .config import Config
from .differences import setting_difference, tensor_difference, value_difference
from .report import DIFFERS, EQUAL, FAILED, Line, Report

Progress = Callable[[str], None]
BAD_ARGUMENTS: dict[str, dict[str, Any]] = {
    "two dilation flags": {"replace_stride_with_dilation": [False, True]},
    "flags that are no list": {"replace_stride_with_dilation": 3},
    "dilation in all stages": {"replace_stride_with_dilation": [True, True, True]},
    "groups that do not divide": {"groups": 3},
    "twice the base width": {"width_per_group": 128},
    "an unknown argument": {"colour": True},
    "classes that are no number": {"num_classes": "ten"},
    "a norm that is no function": {"norm_layer": 3},
    "a norm without weights": {"norm_layer": lambda c: nn.BatchNorm2d(c, affine=False)},
}


def verify(
    subject: str | Config = "resnet18", ours: Callable[..., nn.Module] | None = None, *,
    block: type[nn.Module] | None = None, seed: int = 0, input_size: tuple[int, int] = (64, 65),
    batch: int = 2, quick: bool = False, progress: Progress | None = None,
) -> Report:
    """Compare a network with torchvision's, bit for bit, and say line by line what came out.

    ``subject`` is one of the ten names, or a ``Config`` for any other ``ResNet`` (its own size and
    batch count then). ``ours`` is what is put to the test: nothing for the package's network; a
    function that returns the network; or a class with the constructor of ``ResNet``, then with
    ``block``, the block class that it is to be given::

        verify("resnet18", my_resnet18)
        verify("resnet50", MyResNet, block=MyBottleneck)

    Images are ``(batch, 3, *input_size)``. ``quick`` leaves out exceptions, TorchScript and export.
    ``progress`` is called with the name of each comparison as it starts.

    All is computed on one thread: on several, a training step of torchvision's own network does not
    always repeat its bits. Random state, default dtype, grad mode and threads are as before
    afterwards. Raises
    ``ValueError`` for an unknown name and ``ModuleNotFoundError`` without torchvision.
    """
    name, config = _subject(subject, input_size, batch)
    peer.import_torchvision()
    from torchvision.models import resnet as judge

    start = time.perf_counter()
    pair = _pair(name, config, ours, block, judge, seed)
    with _kept_state():
        lines, difference = _compare(pair, quick, progress or (lambda _: None))
    label = name or repr(config)
    if ours is not None:
        label = f"{getattr(ours, '__name__', type(ours).__name__)} as {label}"
    return Report(label, tuple(lines), difference, time.perf_counter() - start)


def verify_all(
    names: Iterable[str] = tuple(ARCHITECTURES), progress: Progress | None = None, **options: Any
) -> list[Report]:
    """``verify`` for several networks, all ten by default."""
    reports = []
    for name in names:
        tell = None if progress is None else (lambda step, name=name: progress(f"{name}: {step}"))
        reports.append(verify(name, progress=tell, **options))
    return reports


def _subject(
    subject: str | Config, input_size: tuple[int, int], batch: int
) -> tuple[str | None, Config]:
    if isinstance(subject, Config):
        return None, subject
    require_network(subject)
    return subject, Config.of(subject, input_size=input_size, batch=batch)


def _pair(
    name: str | None, config: Config, ours: Callable[..., nn.Module] | None,
    block: type[nn.Module] | None, judge: Any, seed: int,
) -> Pair:
    def by_class(network: Callable[..., nn.Module], blocks: Any) -> Callable[..., nn.Module]:
        def build(**options: Any) -> nn.Module:
            return network(blocks, list(config.layers), **{**config.options(), **options})

        return build

    build_judge = by_class(judge.ResNet, getattr(judge, config.block))
    build_ours: Callable[..., nn.Module]
    if isinstance(ours, nn.Module):
        raise TypeError(
            f"a ready {type(ours).__name__} was given; two networks are built here from one seed: "
            "give the function or class that builds it"
        )
    takes_block = inspect.isclass(ours) and (block is not None or _needs_arguments(ours))
    if takes_block:
        if block is None:
            raise TypeError(
                f"{ours.__name__} is a class with arguments: say which block it is given, "  # type: ignore[union-attr]
                "verify(…, block=MyBlock), or give a function without arguments that builds it"
            )
        build_ours = by_class(ours, block)  # type: ignore[arg-type]
    elif ours is not None:
        build_ours = ours
    elif name is not None:
        build_ours = getattr(resnet_edu, name)
    else:
        build_ours = by_class(resnet_edu.ResNet, getattr(resnet_edu, config.block))
    if name is not None and not takes_block:
        build_judge = getattr(judge, name)
    takes_options = ours is None or takes_block or _takes_options(ours)
    pair = Pair(build_ours, build_judge, config.shape(), seed)
    pair.bad_arguments = BAD_ARGUMENTS if takes_options else {}
    return pair


def _needs_arguments(build: Any) -> bool:
    """Whether ``build()`` lacks arguments, as the constructor of ``ResNet`` does."""
    try:
        inspect.signature(build).bind()
    except TypeError:
        return True
    return False


def _takes_options(build: Callable[..., nn.Module]) -> bool:
    try:
        kinds = [p.kind for p in inspect.signature(build).parameters.values()]
    except (TypeError, ValueError):
        return False
    return inspect.Parameter.VAR_KEYWORD in kinds


@contextmanager
def _kept_state() -> Iterator[None]:
    """Everything global is put back as it was, whatever happens inside."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    python_state = random.getstate()
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.set_default_dtype(torch.float32)
            torch.set_num_threads(1)  # with more, torchvision's bits change from run to run
            yield
    finally:
        torch.set_default_dtype(dtype)
        random.setstate(python_state)
        torch.set_num_threads(threads)


def _compare(pair: Pair, quick: bool, progress: Progress) -> tuple[list[Line], str | None]:
    lines: list[Line] = []
    difference: str | None = None
    progress("building")
    failed = _build_line(pair)
    if failed is not None:
        return [failed], None if failed.holds else failed.detail
    difference = setting_difference(*pair.both()) or _weights_start(pair)
    steps: dict[str, Callable[[Pair], Any]] = {
        "state_dict keys": checks.keys, "initial weights": checks.initial_weights,
        "parameter count": checks.counts, "output at inference": checks.eval_output,
        "training": checks.training, "graph node names": checks.node_names,
        "aten operations": checks.aten_sequence,
    }  # fmt: skip
    if not quick:
        steps |= {
            "exceptions": checks.exceptions, "TorchScript": checks.torchscript,
            "export": checks.exported, "export, strict": checks.exported_strictly,
        }  # fmt: skip
    for name, check in steps.items():
        progress(name)
        lines += _run(name, check, pair)
    if all(line.holds for line in lines):
        return lines, None  # F.relu for nn.ReLU, say: other modules, nothing else
    if difference is None:
        difference = _value_start(pair) or next(
            f"{line.name}: {line.detail}" for line in lines if not line.holds
        )
    return lines, difference


def _build_line(pair: Pair) -> Line | None:
    """Build both; a line only where at least one of the two constructors refuses."""
    ours = _refusal(pair.build_ours, pair.seed)
    judge = _refusal(pair.build_judge, pair.seed)
    if ours is None and judge is None:
        pair.build()
        return None
    if type(ours) is type(judge):
        return Line("construction", EQUAL, f"both refuse with {type(ours).__name__}: {ours}")
    if judge is None:
        return Line("construction", FAILED, f"{type(ours).__name__}: {ours}")
    mine = "accepted" if ours is None else f"{type(ours).__name__}: {ours}"
    return Line("construction", DIFFERS, f"{mine}, torchvision {type(judge).__name__}: {judge}")


def _refusal(build: Callable[..., nn.Module], seed: int) -> Exception | None:
    """What the constructor raises, on the meta device."""
    torch.manual_seed(seed)
    try:
        with torch.device("meta"):
            build()
    except Exception as error:
        return error
    return None


def _weights_start(pair: Pair) -> str | None:
    return tensor_difference(pair.ours.state_dict(), pair.judge.state_dict())


def _value_start(pair: Pair) -> str | None:
    """Where values part, at inference or else in training, with the same weights in both."""
    try:
        pair.ours.load_state_dict(pair.judge.state_dict())
        for mode in (False, True):
            for model in pair.both():
                model.train(mode)
            found = value_difference(*pair.both(), pair.images())
            if found:
                return found
    except Exception:
        return None  # a network that cannot run has a line that says so
    return None


def _run(name: str, check: Callable[[Pair], Any], pair: Pair) -> list[Line]:
    start = time.perf_counter()
    try:
        found = check(pair)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        found = (FAILED, f"{type(error).__name__}: {first}")
        if _judge_fails_too(check, pair, error):
            found = (EQUAL, f"both refuse with {type(error).__name__}: {first}")
    seconds = time.perf_counter() - start
    named = found if isinstance(found, dict) else {name: found}
    share = seconds / len(named)
    return [Line(key, result, detail, share) for key, (result, detail) in named.items()]


def _judge_fails_too(check: Callable[[Pair], Any], pair: Pair, error: Exception) -> bool:
    twice = copy.copy(pair)
    twice.ours = pair.judge
    try:
        check(twice)
    except Exception as judges:
        return type(judges) is type(error)
    return False
