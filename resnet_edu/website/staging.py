"""Gathers what Sphinx reads: pages of ``docs/``, executed chapters, and the pages made here."""

from __future__ import annotations

import importlib.util
import pathlib
import re
import shutil
from typing import Any

from ..chapters import FOLDER, chapters
from ..reading import CORE
from . import annotated, lines, places, reference

ROOT = FOLDER.parent
COPIED = ("conf.py", "resnet_on_a_page.svg", "resnet_on_a_page.pdf", "strip.png")
FORMULAS = "static/mathjax/tex-svg.js"  # one file, fonts included; nothing is fetched when it runs


def stage(target: pathlib.Path) -> pathlib.Path:
    """Fill ``target``, which is made anew, with Sphinx's source tree."""
    if target.exists():
        shutil.rmtree(target)
    (target / "notebooks").mkdir(parents=True)
    (target / "source").mkdir()
    docs = ROOT / "docs"
    for name in COPIED:
        shutil.copy(docs / name, target / name)
    shutil.copytree(docs / "_static", target / "_static")
    shutil.copytree(docs / "api", target / "api")
    shutil.copy(_mathjax(), target / "_static" / "tex-svg.js")
    for path in sorted(docs.glob("*.md")):
        _write(target / path.name, page(path.read_text(encoding="utf-8")))
    for path in chapters():
        _stage_chapter(path.with_suffix(".ipynb"), target / "notebooks")
    for name in CORE:
        _write(target / "source" / f"{name}.md", annotated.page(name))
    _write(target / "source" / "torchvision.md", lines.page())
    _write(target / "sources.md", reference.sources())
    _write(target / "commands.md", reference.commands())
    return target


def _write(path: pathlib.Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _mathjax() -> pathlib.Path:
    """MathJax as the package sphinx-mathjax-offline brings it."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("sphinx-mathjax-offline is missing: pip install -e '.[docs]'")
    return pathlib.Path(spec.origin).parent / FORMULAS


def page(text: str) -> str:
    """A page of ``docs/`` as the site has it: links to sections, and the table of the chapters."""
    text = text.replace("<!-- the chapters -->", reference.chapter_table("../"))
    return re.sub(r"\[([^\]]+)\]\(\.\./notebooks/(\w+)\.ipynb\)", _to_section, text)


def _to_section(match: re.Match[str]) -> str:
    words, stem = match.groups()
    _, sections = places.headings()[stem[:2]]
    anchor = f"#{places.slug(words)}" if words in sections else ""
    return f"[{words}](notebooks/{stem}.ipynb{anchor})"


def _stage_chapter(path: pathlib.Path, folder: pathlib.Path) -> None:
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            facts = cell.source.replace("](../docs/facts.toml)", "](../sources.md)")
            cell.source = facts.replace("](../docs/", "](../")
        else:
            describe_pictures(cell)
    nbformat.write(notebook, folder / path.name)


def describe_pictures(cell: Any) -> None:
    """Give a cell's picture the text that it carries beside it: its title and what it shows."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            words = " ".join(data["text/plain"].split())
            cell.metadata["mystnb"] = {"image": {"alt": words}}
