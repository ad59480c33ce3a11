"""Plain against residual stacks on digits: does a deeper network train worse?

The networks are those of He et al. 2015, section 4.2, for CIFAR-10, made small: ``6n + 2`` layers,
three stages of ``2n`` 3x3 convolutions with 8, 16, 32 channels on 8 x 8, 4 x 4, 2 x 2 pixels. The
shortcuts have no weights (option A), so a plain and a residual network of one depth and seed have
the same parameters and start from the same weights. Recipe: SGD, momentum 0.9, weight decay 1e-4,
batches of 64, rate 0.1, a tenth of it in the last quarter.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..convolutions import conv3x3
from .digits import digits

WIDTHS = (8, 16, 32)
RATE, MOMENTUM, DECAY, BATCH = 0.1, 0.9, 1e-4, 64
TABLE = pathlib.Path(__file__).with_name("degradation.csv")


class _Pair(nn.Module):
    """Two convolutions, with or without a shortcut over them."""

    def __init__(self, inplanes: int, planes: int, stride: int, residual: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv3x3(inplanes, planes, stride), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = conv3x3(planes, planes), nn.BatchNorm2d(planes)
        self.stride, self.more, self.residual = stride, planes - inplanes, residual

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.residual:
            s = self.stride
            out = out + F.pad(x[:, :, ::s, ::s], (0, 0, 0, 0, 0, self.more))  # option A
        return F.relu(out)


class StackNet(nn.Module):
    """``depth = 6n + 2`` layers for ``(N, 1, 8, 8)``; ``residual=False`` leaves the shortcuts out.

    Raises ``ValueError`` for a depth that is not ``6n + 2``.
    """

    def __init__(self, depth: int, residual: bool) -> None:
        super().__init__()
        n, rest = divmod(depth - 2, 6)
        if n < 1 or rest:
            raise ValueError(f"depth must be 6n + 2, such as 8, 14, 20, 56; not {depth}")
        self.conv, self.bn = conv3x3(1, WIDTHS[0]), nn.BatchNorm2d(WIDTHS[0])
        pairs, inplanes = [], WIDTHS[0]
        for planes in WIDTHS:
            for i in range(n):
                stride = 2 if i == 0 and planes != WIDTHS[0] else 1
                pairs.append(_Pair(inplanes, planes, stride, residual))
                inplanes = planes
        self.pairs = nn.Sequential(*pairs)
        self.fc = nn.Linear(WIDTHS[-1], 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Images ``(N, 1, 8, 8)`` to scores ``(N, 10)``."""
        out = self.pairs(F.relu(self.bn(self.conv(x))))
        return self.fc(out.mean((2, 3)))


@dataclass(frozen=True)
class Run:
    """One training: ``losses`` are the mean training loss of each epoch, errors in percent."""

    depth: int
    kind: str
    seed: int
    parameters: int
    losses: tuple[float, ...]
    train_error: float
    test_error: float
    first_gradient: float


@contextlib.contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """One thread and a seeded generator; both are as before afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def first_gradient(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Norm of the loss's gradient at the first convolution; the model is left without gradients."""
    F.cross_entropy(model(images), labels).backward()
    norm = next(model.parameters()).grad
    model.zero_grad()
    return float(norm.norm()) if norm is not None else 0.0


def train(
    depth: int, residual: bool, seed: int = 0, epochs: int = 6, rate: float = RATE
) -> Run:
    """Train one network from a seed and say how it went. The caller's random state is kept."""
    data = digits()
    with _repeatable(seed):
        model = StackNet(depth, residual)
        gradient = first_gradient(model, data.train_images[:BATCH], data.train_labels[:BATCH])
        optimiser = torch.optim.SGD(model.parameters(), rate, MOMENTUM, weight_decay=DECAY)
        losses = []
        for epoch in range(epochs):
            for group in optimiser.param_groups:
                group["lr"] = rate if epoch < 0.75 * epochs else rate / 10
            losses.append(_epoch(model, optimiser, data.train_images, data.train_labels))
        train_error = _error(model, data.train_images, data.train_labels)
        test_error = _error(model, data.test_images, data.test_labels)
    kind = "residual" if residual else "plain"
    count = sum(p.numel() for p in model.parameters())
    return Run(depth, kind, seed, count, tuple(losses), train_error, test_error, gradient)


def _epoch(
    model: nn.Module, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor
) -> float:
    total, seen = 0.0, 0
    order = torch.randperm(len(images))
    for i in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[i : i + BATCH]
        optimiser.zero_grad()
        loss = F.cross_entropy(model(images[chosen]), labels[chosen])
        loss.backward()
        optimiser.step()
        total, seen = total + loss.item(), seen + 1
    return total / seen


@torch.no_grad()
def _error(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    model.eval()
    wrong = (model(images).argmax(1) != labels).float().mean().item()
    model.train()
    return 100 * wrong


def experiment(
    depths: Sequence[int], seeds: Sequence[int] = (0,), epochs: int = 6,
    progress: Callable[[str], None] | None = None,
) -> list[Run]:
    """Plain and residual networks of all depths and seeds; ``progress`` hears of each before it."""
    found = []
    for depth, seed, residual in itertools.product(depths, seeds, (False, True)):
        if progress:
            progress(f"{'residual' if residual else 'plain'}, {depth} layers, seed {seed}")
        found.append(train(depth, residual, seed, epochs))
    return found


def to_csv(runs: Sequence[Run]) -> str:
    """The runs as a table; the losses in one column, separated by spaces."""
    lines = [",".join(field.name for field in fields(Run))]
    for run in runs:
        row = asdict(run) | {"losses": " ".join(f"{loss:.4f}" for loss in run.losses)}
        row |= {key: f"{row[key]:.3f}" for key in ("train_error", "test_error", "first_gradient")}
        lines.append(",".join(str(row[field.name]) for field in fields(Run)))
    return "\n".join(lines) + "\n"


def committed() -> list[Run]:
    """The table that ``python -m resnet_edu lab degradation`` made for the repository."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Run(int(row["depth"]), row["kind"], int(row["seed"]), int(row["parameters"]),
                tuple(map(float, row["losses"].split())), float(row["train_error"]),
                float(row["test_error"]), float(row["first_gradient"]))
            for row in csv.DictReader(file)
        ]  # fmt: skip
