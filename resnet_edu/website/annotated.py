"""The core files as pages in two columns: prose beside the lines that it explains.

The prose is the file's own comments and the notes of ``docs/notes.toml``, which are keyed to a
line's code inside a function or class, not to its number. A docstring stands above its code, over
both columns: beside the one line of a ``class`` it would leave the other column empty.
"""

from __future__ import annotations

import ast
import html
import io
import pathlib
import re
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..reading import CORE, Named, Statement, ours, read_map
from . import places

PACKAGE = pathlib.Path(__file__).parent.parent
NOTES = PACKAGE.parent / "docs" / "notes.toml"
MODULE = "module"  # the scope of lines that stand in no function or class
KEPT = re.compile(r"#\s*(\(|type:|noqa|fmt:)")  # shapes and remarks to tools stay in the code


SPACE = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT)


@dataclass
class Segment:
    """Lines of code, first to last, and the prose beside them; a heading starts a new part."""

    heading: tuple[int, str] | None = None
    docstring: str = ""
    prose: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass
class Source:
    """One file taken apart: what is shown as code, and what as prose beside which line."""

    name: str
    shown: list[str]
    prose: dict[int, list[str]]
    hidden: set[int]
    headings: dict[int, tuple[int, str]]
    docstrings: dict[int, str]
    scopes: dict[str, tuple[int, int]]
    introduction: str = ""


def read_notes(path: pathlib.Path = NOTES) -> dict[str, dict[str, dict[str, str]]]:
    """File to scope to code to note."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def take_apart(name: str, text: str) -> Source:
    """Separate the code of a file from its docstrings and its comments."""
    shown = text.splitlines()
    tree = ast.parse(text)
    source = Source(name, shown, {}, set(), {}, {}, {MODULE: (1, len(shown))})
    source.introduction = _hide_docstring(source, tree)
    for scope, node in _definitions(tree, ""):
        level = 2 if "." not in scope else 3
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        source.headings[first] = (level, scope)
        source.scopes[scope] = (first, node.end_lineno or first)
        source.docstrings[first] = _hide_docstring(source, node)
    _move_comments(source, text)
    return source


def _definitions(tree: ast.AST, scope: str) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for node in getattr(tree, "body", []):
        if isinstance(node, Named):
            inner = f"{scope}.{node.name}".strip(".")
            yield inner, node
            yield from _definitions(node, inner)


def _hide_docstring(source: Source, node: ast.Module | ast.FunctionDef | ast.ClassDef) -> str:
    docstring = ast.get_docstring(node)
    if docstring is None:
        return ""
    own = node.body[0]
    source.hidden |= set(range(own.lineno, (own.end_lineno or own.lineno) + 1))
    return as_markdown(docstring)


def _move_comments(source: Source, text: str) -> None:
    """Comments become prose beside the line that they stand on, or that follows them."""
    waiting: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and not KEPT.match(token.string):
            words = token.string.lstrip("# ")
            own_line = not source.shown[row - 1][:column].strip()
            source.shown[row - 1] = source.shown[row - 1][:column].rstrip()
            if own_line:
                source.hidden.add(row)
                waiting.append(words)
            else:
                source.prose.setdefault(row, []).append(sentence(words))
        elif waiting and token.type not in SPACE and row not in source.hidden:
            source.prose.setdefault(row, []).append(sentence(" ".join(waiting)))
            waiting = []


def sentence(comment: str) -> str:
    """A comment as a sentence of the page: a capital first, a full stop last."""
    text = comment[0].upper() + comment[1:]
    return as_markdown(text if text.endswith((".", ":", "?")) else f"{text}.")


def code_of(line: str) -> str:
    """A line's code as a note's key has it: without its comment and its indentation."""
    return re.sub(r"\s+#\s.*$", "", line).strip()


def place_notes(source: Source, notes: dict[str, dict[str, str]]) -> list[str]:
    """Put the notes of a file beside their lines; what is said of those that have none."""
    lost = []
    for scope, entries in notes.items():
        if scope not in source.scopes:
            lost.append(f"{source.name}: notes for {scope}, which is not there")
            continue
        first, last = source.scopes[scope]
        inside = [n for n in range(first, last + 1) if n not in source.hidden]
        for key, note in entries.items():
            rows = [n for n in inside if code_of(source.shown[n - 1]) == key]
            if len(rows) == 1:
                source.prose.setdefault(rows[0], []).append(note.strip())
            else:
                lost.append(f"{source.name}, {scope}: {len(rows)} lines are {key!r}, not 1")
    return lost


def lost_notes(path: pathlib.Path = NOTES) -> list[str]:
    """Notes whose line is gone, or is there more than once."""
    found = []
    notes = read_notes(path)
    for file, entries in notes.items():
        if file.removesuffix(".py") not in CORE:
            found.append(f"notes for {file}, which is no file of the core")
            continue
        text = (PACKAGE / file).read_text(encoding="utf-8")
        found += place_notes(take_apart(file, text), entries)
    return found


def segments(source: Source) -> list[Segment]:
    """The file as a reader meets it: a new segment at a heading, at prose, after a blank line."""
    found: list[Segment] = []
    gap = True
    for number, line in enumerate(source.shown, start=1):
        if number in source.hidden:
            continue
        if not line.strip():
            gap = True
            continue
        if gap or number in source.headings or number in source.prose:
            heading, docstring = source.headings.get(number), source.docstrings.get(number, "")
            found.append(Segment(heading, docstring, source.prose.get(number, [])))
        found[-1].lines.append(number)
        gap = False
    return found


def page(name: str) -> str:
    """The Markdown page of one file of the core, ``name`` such as ``"blocks"``."""
    file = f"{name}.py"
    source = take_apart(file, (PACKAGE / file).read_text(encoding="utf-8"))
    lost = place_notes(source, read_notes().get(file, {}))
    if lost:
        raise ValueError("\n".join(lost))
    colours = _coloured(source)
    statements = [one for one in ours() if one.file == file]
    entries = read_map()[file]
    parts = [f"# {file}", source.introduction]
    said = ""
    for one in segments(source):
        if one.heading:
            level, scope = one.heading
            parts.append(f"{'#' * level} `{scope}`\n\n{one.docstring}")
            said = ""
        where = _places(one, statements, entries)
        parts.append(_row(one, colours, where if where != said else ""))
        said = where or said
    return "\n\n".join(parts) + "\n"


def as_markdown(docstring: str) -> str:
    """A docstring's text; what Markdown would take for its own is escaped outside of code."""
    pieces = re.split(r"(``.+?``|`.+?`)", docstring, flags=re.DOTALL)
    plain = [re.sub(r"([*_<\[])", r"\\\1", piece) for piece in pieces[::2]]
    code = [f"`{' '.join(piece.strip('`').split())}`" for piece in pieces[1::2]] + [""]
    return "".join(text for pair in zip(plain, code, strict=True) for text in pair)


def _coloured(source: Source) -> list[str]:
    """The shown lines as HTML, coloured by Pygments."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    kept = ["" if n in source.hidden else line for n, line in enumerate(source.shown, start=1)]
    text = highlight("\n".join(kept), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return str(text).split("\n")


def _places(one: Segment, statements: list[Statement], entries: dict[str, tuple[str, str]]) -> str:
    """Links to the sections that explain the statements of a segment."""
    named = [entries[s.name][1] for s in statements if s.line in one.lines]
    return " · ".join(places.link(place) for place in dict.fromkeys(named))


def _row(one: Segment, colours: list[str], where: str) -> str:
    """Two columns: prose, then code whose every line has an address."""
    prose = list(one.prose)
    if where:
        prose[-1:] = [" ".join([*prose[-1:], f"*Explained in* {where}"])]
    code = "".join(
        f'<span class="line" id="L{n}" style="--indent: {_indent(colours[n - 1])}ch">'
        f'<a class="number" href="#L{n}" aria-label="line {n}">{n}</a>'
        f"<code>{colours[n - 1]}</code></span>"
        for n in one.lines
    )
    return "\n".join(
        [
            "::::{container} annotated", ":::{container} prose", "", "\n\n".join(prose), "", ":::",
            ":::{container} code", "```{raw} html",
            f'<div class="highlight"><pre>{code}</pre></div>',
            "```", ":::", "::::",
        ]
    )  # fmt: skip


def _indent(coloured: str) -> int:
    """How many columns a line is indented; a line that wraps goes on four further in."""
    plain = html.unescape(re.sub(r"<[^>]*>", "", coloured))
    return len(plain) - len(plain.lstrip()) + 4
