"""Which chapter explains which statement: of our core, and of the model part of torchvision's file.

``docs/line_map.toml`` holds one entry for every statement. A statement is found by its scope, by
what kind it is and what it names (``assign self.conv1``), and by a digest of its code, so the map
stores no line of either file and notices when one changes. ``python -m resnet_edu.reading`` says
what is not mapped.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import inspect
import io
import pathlib
import sys
import textwrap
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAP = pathlib.Path(__file__).parent.parent / "docs" / "line_map.toml"
CORE = ("convolutions", "blocks", "network", "weights", "variants")
MODEL = ("conv3x3", "conv1x1", "BasicBlock", "Bottleneck", "ResNet")  # of torchvision's resnet.py


@dataclass(frozen=True)
class Statement:
    """One statement: ``scope`` is the function or class around it, ``key`` what it does there."""

    file: str
    scope: str
    key: str
    digest: str
    line: int
    end: int

    @property
    def name(self) -> str:
        """What the map calls it."""
        return f"{self.scope}: {self.key}" if self.scope else self.key


def ours() -> list[Statement]:
    """Every statement of the five files of the core, docstrings left out."""
    folder = pathlib.Path(__file__).parent
    found = []
    for name in CORE:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(text)
        found += _named(f"{name}.py", text.splitlines(), tree.body)
    return found


def torchvisions() -> list[Statement]:
    """Every statement of the model part of the installed torchvision's ``resnet.py``."""
    from .peer import import_torchvision

    text = inspect.getsource(import_torchvision().models.resnet)
    wanted = [node for node in ast.parse(text).body if getattr(node, "name", "") in MODEL]
    return _named("resnet.py", text.splitlines(), wanted)


def _named(file: str, lines: Sequence[str], body: Sequence[ast.stmt]) -> list[Statement]:
    """Statements with their keys; equal ones of a scope are numbered."""
    counts: dict[tuple[str, str], int] = {}
    found = []
    for scope, node in _walk(body, ""):
        key = _key(node)
        counts[scope, key] = counts.get((scope, key), 0) + 1
        number = counts[scope, key]
        key = key if number == 1 else f"{key} ({number})"
        end = node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
        digest = _digest(lines, node)
        found.append(Statement(file, scope, key, digest, node.lineno, end or node.lineno))
    return found


def _walk(body: Sequence[ast.stmt], scope: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        yield scope, node
        inner = f"{scope}.{node.name}".strip(".") if isinstance(node, Named) else scope
        for part in ("body", "orelse", "finalbody"):
            yield from _walk(getattr(node, part, []), inner)
        for handler in getattr(node, "handlers", []):
            yield from _walk(handler.body, inner)


Named = (ast.FunctionDef, ast.ClassDef)


def _digest(lines: Sequence[str], node: ast.stmt) -> str:
    """Eight digits of the statement's own code, without comments and what stands below it."""
    last = node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    text = textwrap.dedent("\n".join(lines[first - 1 : max(last or 0, node.lineno)]))
    words = []
    with contextlib.suppress(tokenize.TokenError, IndentationError):  # a header without its body
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE):
                words.append(token.string.strip())
    return hashlib.sha1("".join(words).encode()).hexdigest()[:8]


def _key(node: ast.stmt) -> str:
    """``assign self.conv1``, ``if downsample``, ``return``: the kind, and the names it sets."""
    kind = type(node).__name__.removesuffix("Def").lower()
    if isinstance(node, Named):
        return f"{kind} {node.name}"
    if isinstance(node, ast.Assign):
        return f"assign {', '.join(ast.unparse(target) for target in node.targets)}"
    if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
        return f"{kind} {ast.unparse(node.target)}"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return f"import {', '.join(alias.name for alias in node.names)}"
    if isinstance(node, (ast.If, ast.While)):
        names = [n.attr if isinstance(n, ast.Attribute) else n.id for n in ast.walk(node.test)
                 if isinstance(n, (ast.Name, ast.Attribute))]  # fmt: skip
        return f"{kind} {' '.join(dict.fromkeys(names))}"
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return f"raise {ast.unparse(node.exc.func)}"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return f"call {ast.unparse(node.value.func)}"
    return kind


def read_map(path: pathlib.Path = MAP) -> dict[str, dict[str, tuple[str, str]]]:
    """``file`` to ``name`` to digest and place (``"04 · 6"``: chapter and section)."""
    text = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        file: {name: (digest, place) for name, (digest, place) in entries.items()}
        for file, entries in text.items()
    }


def problems(
    statements: Sequence[Statement], entries: dict[str, dict[str, tuple[str, str]]]
) -> list[str]:
    """Statements without an entry or with another code than mapped, and entries without one."""
    found = []
    for one in statements:
        digest, _ = entries.get(one.file, {}).get(one.name, (None, ""))
        if digest is None:
            found.append(f"{one.file}:{one.line} is not mapped: {one.name}")
        elif digest != one.digest:
            told = f"{one.file}:{one.line} has changed since it was mapped: {one.name}"
            found.append(f"{told}; its digest is now {one.digest}")
    names = {(one.file, one.name) for one in statements}
    files = {one.file for one in statements}
    for file in files & set(entries):
        lost = [name for name in entries[file] if (file, name) not in names]
        found += [f"{file}: no statement for the entry {name}" for name in lost]
    return found


def main() -> int:
    """Print what is not mapped; the exit status is 0 when all is."""
    entries = read_map()
    found = problems([*ours(), *torchvisions()], entries)
    print("\n".join(found) or f"{sum(map(len, entries.values()))} statements, all mapped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
