"""A file of weights, read safely and whole.

Nothing in a file is ever executed: pickles are read with ``weights_only=True``. A file is compared
with the model before the first weight is copied, so a file that does not fit leaves the model as
it was, and the error says which entries differ and to which network the file seems to belong.
"""

import os
import pickle
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .weights import published

SUFFIXES = (".pth", ".pt", ".pth.tar", ".tar", ".ckpt", ".bin", ".safetensors")
COUNTER = "num_batches_tracked"  # of a norm; old files lack it, averaged ones have it as a float
SHOWN = 5  # entries that an error lists before it says how many more there are

StateDict = dict[str, Tensor]
Architectures = Mapping[str, tuple[Any, list[int], dict[str, int]]]


class CheckpointError(RuntimeError):
    """A checkpoint could not be had, could not be read, or does not fit the model."""


@dataclass(frozen=True)
class Source:
    """Weights on their way into a network called ``network``.

    ``num_classes`` is the number of classes they were made for, or None when that is unknown.
    ``read`` gives their ``state_dict``; ``label`` names them in errors.
    """

    network: str
    label: str
    num_classes: int | None
    read: Callable[[], StateDict]
    architectures: Architectures

    def load_into(self, model: nn.Module) -> None:
        """Copy the weights into ``model``; raise ``CheckpointError`` and copy nothing if unfit."""
        load(model, self.read(), self.label, self.network, self.architectures)


def find(network: str, weights: Any, progress: bool, architectures: Architectures) -> Source:
    """The source that a builder's ``weights=`` means: a published name, an enum member, or a path.

    Raises ``KeyError`` for an unknown name, ``TypeError`` for an enum member of another network or
    anything else, ``FileNotFoundError`` and ``CheckpointError`` for a bad file.
    """
    if isinstance(weights, os.PathLike) or (isinstance(weights, str) and _is_path(weights)):
        path = Path(weights)
        entries = read_state_dict(path)
        return Source(network, str(path), _classes(entries), lambda: entries, architectures)
    if isinstance(weights, str):
        row = published(network, weights)
        url, classes = row.url, row.num_classes
    elif hasattr(weights, "url") and hasattr(weights, "meta") and not isinstance(weights, type):
        url, classes = _from_enum(network, weights)
    elif isinstance(weights, type):
        raise TypeError(f"{network}: {weights.__name__} is a class of weights; take one of its "
                        f"members, such as {weights.__name__}.DEFAULT")  # fmt: skip
    else:
        given = reprlib.repr(weights) if not isinstance(weights, dict) else "a dict"
        raise TypeError(
            f"{network}: weights is {given}; it may be None, a published name such as "
            "'DEFAULT', a torchvision weights enum member, or the path of a checkpoint file; a "
            "state_dict goes into load_state_dict of the built network"
        )
    return Source(network, url, classes, lambda: _download(url, progress), architectures)


def read_state_dict(path: str | os.PathLike[str]) -> StateDict:
    """Read the ``state_dict`` in a ``.pth``, ``.pt`` or ``.safetensors`` file, on the CPU.

    ``{"state_dict": …}`` and ``{"model": …}`` are unwrapped, a prefix ``module.`` on all names is
    taken off. Raises ``FileNotFoundError`` when there is no such file and ``CheckpointError`` for
    anything else than a whole file of named tensors.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; check the path of the checkpoint")
    if not path.is_file():
        raise CheckpointError(f"{path} is not a file; give the path of one checkpoint file")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    return _unwrap(content, path)


def load(
    model: nn.Module,
    entries: StateDict,
    label: str,
    network: str = "the model",
    architectures: Architectures | None = None,
) -> None:
    """Copy ``entries`` into ``model`` when every one of them fits; else raise ``CheckpointError``.

    Old checkpoints without ``num_batches_tracked`` fit; half and double precision are converted.
    ``label`` names the checkpoint in the error, ``architectures`` lets the error say whose it is.
    """
    problems = _problems(model.state_dict(), entries)
    if problems:
        owner = recognise(entries, architectures or {})
        raise CheckpointError(_report(label, network, problems, owner, _classes(entries)))
    model.load_state_dict(entries, strict=False)


def recognise(entries: Mapping[str, Tensor], architectures: Architectures) -> str | None:
    """The one of ``architectures`` whose blocks and widths ``entries`` has, or None."""
    counts = [
        len({name.split(".")[1] for name in entries if name.startswith(f"layer{stage}.")})
        for stage in (1, 2, 3, 4)
    ]
    kernel = entries.get("layer1.0.conv2.weight")
    if kernel is None or kernel.dim() != 4:
        return None
    expansion = 4 if "layer1.0.conv3.weight" in entries else 1
    for name, (block, layers, fixed) in architectures.items():
        groups = fixed.get("groups", 1)
        per_group = fixed.get("width_per_group", 64)
        widths = (per_group * groups, per_group)
        if (block.expansion, layers, widths) == (expansion, counts, tuple(kernel.shape[:2])):
            return name
    return None


def _is_path(weights: str) -> bool:
    return weights.endswith(SUFFIXES) or os.sep in weights or "/" in weights


def _from_enum(network: str, weights: Any) -> tuple[str, int]:
    """URL and class count of a torchvision enum member, after checking whose it is."""
    enum = type(weights).__name__  # ResNeXt50_32X4D_Weights belongs to resnext50_32x4d
    if enum.lower() != f"{network}_weights":
        raise TypeError(f"{network}: weights is a member of {enum}, which is another network's")
    return weights.url, len(weights.meta["categories"])


def _download(url: str, progress: bool) -> StateDict:
    """Read ``url`` from torch's hub cache, downloading it first when it is not there."""
    name = url.rsplit("/", 1)[-1]
    file = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not file.exists():
        digits = name.rsplit(".", 1)[0].rpartition("-")[2]
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(file), digits, progress)
        except Exception as error:
            raise CheckpointError(
                f"{url} could not be downloaded whole ({type(error).__name__}: {error}). Nothing "
                "was kept. Try again, or fetch the file another way and give weights='PATH'."
            ) from error
    try:
        return read_state_dict(file)
    except CheckpointError as error:
        error.add_note(f"{file} came from an earlier download: delete it to have it fetched again")
        raise


def _read_pickle(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} is not a plain file of tensors: {_first_line(error)} Nothing in it was "
            "executed. If the file is yours, save model.state_dict() instead of the model."
        ) from error
    except Exception as error:
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint, {path.stat().st_size:,} bytes: it is cut "
            f"short, damaged or of another kind ({type(error).__name__}: {_first_line(error)}). "
            "Fetch or save it again."
        ) from error


def _read_safetensors(path: Path) -> Any:
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise CheckpointError(f"{path} needs a package: pip install safetensors") from error
    try:
        return load_file(path, device="cpu")
    except Exception as error:
        raise CheckpointError(
            f"{path} cannot be read as safetensors, {path.stat().st_size:,} bytes: it is cut "
            f"short, damaged or of another kind ({_first_line(error)}). Fetch or save it again."
        ) from error


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip()[:200] if lines else type(error).__name__


def _unwrap(content: Any, path: Path) -> StateDict:
    """The named tensors inside ``content``, without the wrappings that training scripts add."""
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not content:
        kind = "an empty dict" if isinstance(content, dict) else f"a {type(content).__name__}"
        raise CheckpointError(f"{path} holds {kind}; a checkpoint is a dict of named tensors")
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(
                f"{path}: entry {name!r} is a {type(value).__name__}; a checkpoint maps names to "
                "tensors. If the weights are one level deeper, save that level alone."
            )
    if all(name.startswith("module.") for name in content):
        content = {name.removeprefix("module."): value for name, value in content.items()}
    return dict(content)


def _classes(entries: Mapping[str, Tensor]) -> int | None:
    weight = entries.get("fc.weight")
    return weight.shape[0] if weight is not None and weight.dim() == 2 else None


def _problems(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> list[str]:
    """One line for each entry of ``found`` that is missing, unknown, or not what is expected."""
    lines = []
    for name, tensor in expected.items():
        if name in found:
            problem = _differs(tensor, found[name], name.endswith(COUNTER))
            if problem:
                lines.append(f"{name}: {problem}")
        elif not name.endswith(COUNTER):
            lines.append(f"{name}: expected {tuple(tensor.shape)}, found nothing")
    # a frozen norm has no counter and leaves the file's alone
    unknown = [name for name in found if name not in expected and not name.endswith(COUNTER)]
    return lines + [f"{n}: expected nothing, found {tuple(found[n].shape)}" for n in unknown]


def _differs(expected: Tensor, found: Tensor, is_counter: bool = False) -> str | None:
    if found.shape != expected.shape:
        return f"expected {tuple(expected.shape)}, found {tuple(found.shape)}"
    if found.layout != torch.strided or found.is_quantized or found.is_meta:
        return f"expected a plain tensor with values, found {found.layout} on {found.device}"
    same = is_counter or found.is_floating_point() == expected.is_floating_point()
    if not same or found.is_complex():
        return f"expected {expected.dtype}, found {found.dtype}"
    if found.is_floating_point() and not found.isfinite().all():
        bad = int((~found.isfinite()).sum())
        return f"expected finite values, found {bad} of {found.numel()} NaN or infinite"
    return None


def _report(
    label: str, network: str, problems: list[str], owner: str | None, classes: int | None
) -> str:
    """The whole message: what does not fit, the first entries, and what to do."""
    missing = any("found nothing" in problem for problem in problems)
    unknown = any("expected nothing" in problem for problem in problems)
    shapes_only = all(p.startswith("fc.") and ", found (" in p for p in problems)
    if owner not in (None, network):
        advice = f"The file is a checkpoint of {owner}: build {owner} with it."
    elif shapes_only and len(problems) == 2 and classes is not None:
        advice = f"Only the head differs: build with num_classes={classes}."
    elif missing and unknown:
        advice = f"Names differ: rename the entries to those of {network}'s state_dict()."
    elif missing:
        advice = "The file holds a part of a network only: save the whole state_dict()."
    elif unknown:
        advice = f"The file holds more than {network}: save {network}'s state_dict() alone."
    else:
        advice = "Check that the file belongs to this network and its arguments, or save it again."
    more = len(problems) - SHOWN
    lines = [f"{label} does not fit {network}; the model is left as it was."]
    lines += [f"  {problem}" for problem in problems[:SHOWN]]
    lines += [f"  and {more} more"] if more > 0 else []
    return "\n".join([*lines, advice])
