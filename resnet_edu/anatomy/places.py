"""Where a module was made: the line that constructs it, found in the source of its owner."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from torch import nn

from .graph import place_file
from .records import Place


def made_at(model: nn.Module, path: str) -> Place | None:
    """The line that made ``model.get_submodule(path)``; None where no source tells.

    A module that was handed to its owner, as ``downsample`` is, is looked up in the owner's owner.
    """
    name: str | None = None
    index: int | None = None
    for owner, part in _owners(model, path):
        in_container = type(owner).__module__.startswith("torch.")
        if name is None and in_container:
            index = int(part) if part.isdecimal() else None
        elif name is None:
            name = part
        cls: Any = type(owner)
        place = None if in_container or name is None else _assignment(cls, name, index)
        if place is not None:
            return place
    return None


def _owners(model: nn.Module, path: str) -> Iterator[tuple[nn.Module, str]]:
    """Innermost first: the module that owns a part of ``path``, and that part's name in it."""
    parts = path.split(".")
    for i in reversed(range(len(parts))):
        yield model.get_submodule(".".join(parts[:i])), parts[i]


@functools.cache
def _assignment(owner: type, name: str, index: int | None) -> Place | None:
    for cls in owner.__mro__:
        if cls is nn.Module:
            return None
        for function, node in _assignments(cls):
            value = node.value
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            called = getattr(target, "attr", getattr(target, "id", None))
            if called != name or not isinstance(value, ast.Call):
                continue
            if index is not None and index < len(value.args):
                value = value.args[index]  # type: ignore[assignment]
            first = inspect.getsourcelines(cls)[1]
            file = place_file(cls.__module__, inspect.getsourcefile(cls) or "<unknown>")
            return Place(file, first + value.lineno - 1, f"{cls.__qualname__}.{function}")
    return None


@functools.cache
def _assignments(cls: type) -> list[tuple[str, ast.Assign | ast.AnnAssign]]:
    """Assignments in the methods of ``cls``, each with the method's name; none without source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return []
    return [
        (function.name, node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Assign, ast.AnnAssign))
    ]
