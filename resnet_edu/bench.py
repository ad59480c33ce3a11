"""``python -m resnet_edu bench``: ours against torchvision and torchinfo, taking turns.

Machines are noisy, so every figure is a median of runs that took turns, and a ratio of two of them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Progress = Callable[[str], None]
COLD = """
import time, sys, os
import torch
def peak():
    if not os.path.exists("/proc/self/status"):
        return 0
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before, start = peak(), time.perf_counter()
{code}
print(time.perf_counter() - start, peak() - before, file=sys.stderr)
"""
OURS = """
from resnet_edu.anatomy import table
print(table("resnet152"))
"""
THEIRS = """
from resnet_edu import peer
models = peer.import_torchvision().models
from torchinfo import summary
print(summary(models.resnet152(), (1, 3, 224, 224), device="cpu", verbose=0))
"""


@dataclass(frozen=True)
class Figure:
    """One comparison: medians, their ratio, and what is asked of it."""

    name: str
    ours: float
    theirs: float
    wanted: str
    holds: bool | None = None
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """theirs / ours: how many times faster, or smaller, ours is."""
        return self.theirs / max(self.ours, 1e-9)

    def __str__(self) -> str:
        mark = {True: ": holds", False: ": does not hold", None: ""}[self.holds]
        unit = self.unit
        values = f"{self.ours:9.1f} {unit}  {self.theirs:9.1f} {unit}  {self.ratio:7.2f}"
        return f"{self.name:<46} {values}   {self.wanted}{mark}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "ratio": self.ratio}


def take_turns(
    ours: Callable[[], Any], theirs: Callable[[], Any], runs: int
) -> tuple[float, float]:
    """Medians in milliseconds of two functions that take turns, after one run of each."""
    ours(), theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(runs):
        order = [(0, ours), (1, theirs)]
        for which, function in order if i % 2 == 0 else order[::-1]:
            start = time.perf_counter()
            function()
            times[which].append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def bench(runs: int = 7, progress: Progress = lambda _: None) -> list[Figure]:
    """All figures; a minute or two. ``runs`` is how often each side of a pair is timed."""
    figures = []
    for part in (steps, tables, cold_start, imports):
        figures += part(runs, progress)
    return figures


def steps(runs: int, progress: Progress) -> list[Figure]:
    """Forward and training step at batch 8, 3 x 128 x 128."""
    import resnet_edu

    from .peer import import_torchvision

    judge = import_torchvision().models
    figures = []
    for name in ("resnet18", "resnet50"):
        progress(f"{name}: forward and training step")
        x = torch.randn(8, 3, 128, 128)
        pair = [getattr(package, name)() for package in (resnet_edu, judge)]
        ours, theirs = (_forward(model.eval(), x) for model in pair)
        what = "batch 8 at 128 x 128"
        figures.append(_plain(f"{name}, forward, {what}", take_turns(ours, theirs, runs)))
        ours, theirs = (_training_step(model.train(), x) for model in pair)
        figures.append(_plain(f"{name}, training step, {what}", take_turns(ours, theirs, runs)))
    return figures


def _plain(name: str, medians: tuple[float, float]) -> Figure:
    return Figure(name, *medians, wanted="1.00 up to noise")


def _forward(model: torch.nn.Module, x: torch.Tensor) -> Callable[[], Any]:
    def run() -> Any:
        with torch.no_grad():
            return model(x)

    return run


def _training_step(model: torch.nn.Module, x: torch.Tensor) -> Callable[[], Any]:
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)

    def run() -> None:
        optimiser.zero_grad()
        model(x).square().mean().backward()
        optimiser.step()

    return run


def tables(runs: int, progress: Progress) -> list[Figure]:
    """The table of resnet152 from its name, and of a ready model, against torchinfo."""
    from torchinfo import summary

    from .anatomy import table, trace
    from .peer import import_torchvision

    judge = import_torchvision().models
    progress("resnet152: from the name to the printed table")

    def printed(text: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            print(text)

    def theirs() -> None:
        model = judge.resnet152()
        printed(summary(model, (1, 3, 224, 224), device="cpu", verbose=0))

    named = take_turns(lambda: printed(table(trace("resnet152"))), theirs, runs)
    model = judge.resnet152().eval()
    progress("resnet152: the table of a ready model")
    ready = take_turns(
        lambda: printed(table(trace(model))),
        lambda: printed(summary(model, (1, 3, 224, 224), device="cpu", verbose=0)), runs,
    )  # fmt: skip
    return [
        _bounded("resnet152, name to table / torchinfo", named, 10),
        _bounded("resnet152, ready model to table / torchinfo", ready, 3),
    ]


def _bounded(name: str, medians: tuple[float, float], least: float) -> Figure:
    ours, theirs = medians
    return Figure(name, ours, theirs, f"at least {least} x", theirs >= least * ours)


def cold_start(runs: int, progress: Progress) -> list[Figure]:
    """The same table in a fresh process, time and memory behind ``import torch``."""
    progress("cold start, in fresh processes")
    rounds = max(1, min(runs, 3))
    found = [[_cold(code) for _ in range(rounds)] for code in (OURS, THEIRS)]
    seconds = [1000 * statistics.median(time for time, _ in side) for side in found]
    memory = [statistics.median(grown for _, grown in side) / 1024 for side in found]
    cold = Figure("resnet152, name to table, cold start", seconds[0], seconds[1], "shown")
    if not any(memory):
        return [cold]  # the peak is read from /proc, which only Linux has
    holds = memory[0] < 50
    name = "  peak memory beyond import torch"
    return [cold, Figure(name, memory[0], memory[1], "less than 50 MB", holds, "MB")]


def _cold(code: str) -> tuple[float, float]:
    """Seconds, and KiB that the peak of memory grew by, in a fresh process behind torch."""
    done = subprocess.run(
        [sys.executable, "-c", COLD.format(code=code)], capture_output=True, text=True, check=True
    )
    seconds, grown = done.stderr.split()[-2:]
    return float(seconds), float(grown)


def imports(runs: int, progress: Progress) -> list[Figure]:
    """What ``import resnet_edu`` costs beyond ``import torch``, in fresh processes."""
    progress("import resnet_edu, in fresh processes")
    times = [_cold("import resnet_edu")[0] for _ in range(max(3, min(runs, 5)))]
    extra = 1000 * statistics.median(times)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    torch_alone = 1000 * (time.perf_counter() - start)
    return [Figure("import resnet_edu / import torch", extra, torch_alone, "less than 50 ms",
                   extra < 50)]  # fmt: skip
