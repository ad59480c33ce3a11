"""The comparisons, one function each. All take a ``Pair`` and return ``(result, detail)``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .differences import gap, same, tensor_difference, value_difference
from .operations import aten_operations, operation_difference
from .report import DIFFERS, EQUAL, SKIPPED

Result = tuple[str, str]
STEPS = 3


@dataclass
class Pair:
    """A network of ours (or a reader's), torchvision's, and what both are tried on."""

    build_ours: Callable[..., nn.Module]
    build_judge: Callable[..., nn.Module]
    shape: tuple[int, int, int, int]
    seed: int
    ours: nn.Module = field(init=False)
    judge: nn.Module = field(init=False)
    notes: list[str] = field(default_factory=list)
    bad_arguments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def build(self) -> None:
        """Build both from the same seed. Raises what either constructor raises."""
        torch.manual_seed(self.seed)
        self.judge = self.build_judge()
        torch.manual_seed(self.seed)
        self.ours = self.build_ours()

    def images(self, batch: int | None = None) -> Tensor:
        """Images with values around 0, the same every time."""
        generator = torch.Generator().manual_seed(self.seed)
        shape = (self.shape[0] if batch is None else batch, *self.shape[1:])
        return torch.randn(shape, generator=generator)

    def both(self) -> tuple[nn.Module, nn.Module]:
        """The network on trial and torchvision's."""
        return self.ours, self.judge


def keys(pair: Pair) -> Result:
    """Entries of the ``state_dict``, names and order."""
    mine, theirs = pair.ours.state_dict(), pair.judge.state_dict()
    if list(mine) == list(theirs):
        return EQUAL, f"{len(theirs)} entries, same names in the same order"
    order = {key: torch.zeros(0) for key in mine}, {key: torch.zeros(0) for key in theirs}
    return DIFFERS, str(tensor_difference(*order))


def initial_weights(pair: Pair) -> Result:
    """Every tensor of the ``state_dict``, drawn from the same seed.

    Where only values differ, torchvision's are loaded, so that later lines compare the rest.
    """
    mine, theirs = pair.ours.state_dict(), pair.judge.state_dict()
    difference = tensor_difference(mine, theirs)
    if difference is None:
        return EQUAL, f"{len(theirs)} tensors from seed {pair.seed}, every bit"
    if set(mine) == set(theirs) and all(mine[k].shape == v.shape for k, v in theirs.items()):
        pair.ours.load_state_dict(theirs)
        return DIFFERS, f"{difference}; the lines below use torchvision's weights"
    return DIFFERS, difference


def counts(pair: Pair) -> Result:
    """Numbers of parameters."""
    a, b = (sum(p.numel() for p in model.parameters()) for model in pair.both())
    return _compare(a, b, f"{b:,} parameters", f"{a:,} parameters, torchvision has {b:,}")


def eval_output(pair: Pair) -> Result:
    """Outputs at inference, ``(N, num_classes)``."""
    x = pair.images()
    with torch.no_grad():
        a, b = (model.eval()(x.clone()) for model in pair.both())
    if same(a, b):
        return EQUAL, f"{tuple(x.shape)} to {tuple(b.shape)}, every bit"
    return DIFFERS, value_difference(*pair.both(), x) or gap(a, b)


def training(pair: Pair) -> dict[str, Result]:
    """Train both for a few steps; output, gradients and everything kept are compared."""
    outputs, gradients = [], []
    for model in pair.both():
        output, grads = _train(model.train(), pair)
        outputs.append(output)
        gradients.append(grads)
    a, b = outputs
    first = (EQUAL, f"{tuple(b.shape)}, every bit") if same(a, b) else (DIFFERS, gap(a, b))
    moved = tensor_difference(gradients[0], gradients[1])
    states = [dict(model.state_dict()) for model in pair.both()]
    kept = tensor_difference(*states)
    n = len(gradients[1])
    return {
        "output in training": first,
        "gradients": (DIFFERS, moved) if moved else (EQUAL, f"{n} tensors, the images' included"),
        f"after {STEPS} SGD steps": (DIFFERS, kept) if kept else (
            EQUAL, f"{len(states[1])} weights and buffers, every bit"),
    }  # fmt: skip


def _train(model: nn.Module, pair: Pair) -> tuple[Tensor, dict[str, Tensor]]:
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    output, grads = torch.empty(0), {}
    for step in range(STEPS):
        x = pair.images().requires_grad_(step == 0)
        optimiser.zero_grad()
        result = model(x)
        weights = torch.linspace(-1, 1, result.numel()).view_as(result)
        (result * weights).sum().backward()
        if step == 0:
            output = result.detach().clone()
            found = {"images": x.grad, **{k: p.grad for k, p in model.named_parameters()}}
            grads = {k: torch.empty(0) if g is None else g.clone() for k, g in found.items()}
        optimiser.step()
    return output, grads


def node_names(pair: Pair) -> Result:
    """Names that ``get_graph_node_names`` gives, in training and at inference."""
    from torchvision.models.feature_extraction import get_graph_node_names

    modes = [model.training for model in pair.both()]
    try:
        mine, theirs = (get_graph_node_names(model) for model in pair.both())
    finally:
        for model, mode in zip(pair.both(), modes, strict=True):
            model.train(mode)
    for a, b in zip(mine, theirs, strict=True):
        difference = operation_difference(a, b)
        if difference:
            return DIFFERS, difference.replace("operation ", "node ")
    return EQUAL, f"{len(theirs[0])} nodes, in training and at inference"


def aten_sequence(pair: Pair) -> Result:
    """Operations of a training step, forward and backward, with shapes and settings."""
    mine, theirs = (aten_operations(model, pair.images()) for model in pair.both())
    for way, a, b in zip(("forward", "backward"), mine, theirs, strict=True):
        difference = operation_difference(a, b)
        if difference:
            return DIFFERS, f"{way}: {difference}"
    return EQUAL, f"{len(theirs[0])} operations forward, {len(theirs[1])} backward, in order"


BAD_CALLS: dict[str, Callable[[], Any]] = {
    "no batch, 2 dimensions": lambda: torch.zeros(8, 8),
    "one image without a batch": lambda: torch.zeros(3, 40, 40),
    "one channel": lambda: torch.zeros(2, 1, 40, 40),
    "channels last": lambda: torch.zeros(2, 40, 40, 3),
    "uint8": lambda: torch.zeros(2, 3, 40, 40, dtype=torch.uint8),
    "double": lambda: torch.zeros(2, 3, 40, 40, dtype=torch.float64),
    "height 0": lambda: torch.zeros(2, 3, 0, 40),
    "another device": lambda: torch.zeros(2, 3, 40, 40, device="meta"),
    "a list": lambda: [1, 2],
    "None": lambda: None,
    "one value per channel": lambda: torch.zeros(1, 3, 1, 1),
    "an empty batch": lambda: torch.zeros(0, 3, 40, 40),
    "values to 255": lambda: torch.full((1, 3, 40, 40), 255.0),
    "one pixel": lambda: torch.zeros(1, 3, 1, 1),
}  # fmt: skip


def exceptions(pair: Pair) -> Result:
    """Odd inputs and arguments: refused by the same exception type, or accepted, by both."""
    refused = 0
    for mode in (True, False):
        for name, make in BAD_CALLS.items():
            a, b = (_outcome(model.train(mode), make()) for model in pair.both())
            if a != b:
                return DIFFERS, f"{name}: {a}, torchvision {b}"
            refused += b != "accepted"
    for name, options in pair.bad_arguments.items():
        a, b = (_built(build, options) for build in (pair.build_ours, pair.build_judge))
        if a != b:
            return DIFFERS, f"{name}: {a}, torchvision {b}"
        refused += b != "accepted"
    tried = 2 * len(BAD_CALLS) + len(pair.bad_arguments)
    return EQUAL, f"{tried} odd calls: the same {refused} refused, by the same exception types"


def _outcome(model: nn.Module, x: Any) -> str:
    try:
        with torch.no_grad():
            model(x)
    except Exception as error:
        return type(error).__name__
    return "accepted"


def _built(build: Callable[..., nn.Module], options: dict[str, Any]) -> str:
    try:
        with torch.device("meta"):
            build(**options)
    except Exception as error:
        return type(error).__name__
    return "accepted"


def torchscript(pair: Pair) -> Result:
    """TorchScript, saved and loaded, against eager."""
    if sys.version_info >= (3, 14):
        return SKIPPED, "torch.jit.script is not supported from Python 3.14 on"
    return _compiled(pair, _scripted)


def _scripted(model: nn.Module, x: Tensor) -> Any:
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(model), file)
    file.seek(0)
    return torch.jit.load(file)


def exported(pair: Pair) -> Result:
    """``torch.export``, not strict, against eager."""
    return _compiled(pair, lambda model, x: torch.export.export(model, (x,), strict=False).module())


def exported_strictly(pair: Pair) -> Result:
    """``torch.export``, strict, against eager."""
    return _compiled(pair, lambda model, x: torch.export.export(model, (x,), strict=True).module())


def _compiled(pair: Pair, turn: Callable[[nn.Module, Tensor], Any]) -> Result:
    """Ours, turned into another form, must give the bits of ours; torchvision's is the excuse."""
    x = pair.images()
    ours = pair.ours.eval()
    try:
        with torch.no_grad():
            a, b = turn(ours, x)(x.clone()), ours(x.clone())
    except Exception as error:
        try:
            turn(pair.judge.eval(), x)
        except Exception as judges:
            if type(judges) is type(error):
                return SKIPPED, f"neither can: {type(error).__name__}"
        first = str(error).strip().partition("\n")[0]
        return DIFFERS, f"torchvision's can, this one cannot: {type(error).__name__}: {first}"
    return _compare(same(a, b), True, "the same bits as eager", gap(a, b))


def _compare(a: Any, b: Any, when_equal: str, when_not: str) -> Result:
    return (EQUAL, when_equal) if a == b else (DIFFERS, when_not)
