"""Chapters: the text form ``notebooks/NN_name.py`` is written, the executed ``.ipynb`` is built.

``python -m resnet_edu.chapters build`` executes the chapters whose text has changed (or those that
are named), ``check`` executes all and says what is not in step. Both need the ``notebooks`` extra.
``exercises`` writes the exercises of the checker into the text forms, as they are now.
Executed again on the same machine a chapter has the same bytes: cell ids are hashes of the cells,
and nothing of the machine but its kind and its versions is kept.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import pathlib
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FOLDER = pathlib.Path(__file__).parent.parent / "notebooks"
MEASURED = re.compile(r"\d+\.\d+(e[+-]?\d+)?|\d+e[+-]?\d+")
VARIES = "varies"  # the tag of a cell whose output need not repeat: a time, a version
MOST_VARYING = 3
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


class ChapterError(RuntimeError):
    """A chapter that does not run, or whose two forms are not in step."""


def chapters(folder: pathlib.Path = FOLDER) -> list[pathlib.Path]:
    """The text forms, in reading order."""
    return sorted(folder.glob("[0-9][0-9]_*.py"))


def from_text(path: pathlib.Path) -> Any:
    """The notebook of a text form, not executed; cell ids are hashes of type and source."""
    import jupytext

    notebook = jupytext.read(path, fmt="py:percent")
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def executed(path: pathlib.Path) -> Any:
    """The notebook of a text form with its outputs, from a fresh kernel in the chapters' folder.

    Raises ``ChapterError`` when a cell fails or writes to stderr.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = from_text(path)
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, resources=where,
        coalesce_streams=True,  # else the kernel decides where one text becomes two
    )
    try:
        client.execute(stderr=subprocess.DEVNULL)  # the kernel's own remarks, not a cell's
    except CellExecutionError as error:
        raise ChapterError(f"{path.name}: a cell fails: {error.ename}: {error.evalue}") from error
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise ChapterError(f"{path.name}: a cell writes to stderr: {output['text'][:200]}")
    notebook.metadata = {**from_text(path).metadata, "made_on": made_on()}
    return notebook


def made_on() -> str:
    """The platform and the versions that outputs depend on; no path, no host."""
    from importlib.metadata import version

    parts = [f"{name} {version(name)}" for name in ("torch", "torchvision", "matplotlib")]
    python = ".".join(platform.python_version_tuple()[:2])
    return ", ".join([f"{platform.system()} {platform.machine()}", f"Python {python}", *parts])


def build(path: pathlib.Path) -> pathlib.Path:
    """Execute a chapter and write its notebook, whole or not at all."""
    import nbformat

    target = path.with_suffix(".ipynb")
    text = nbformat.writes(executed(path)) + "\n"
    partial = target.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, target)
    return target


def out_of_step(path: pathlib.Path) -> str | None:
    """What differs between the text form and the cells of the committed notebook, if anything."""
    import nbformat

    target = path.with_suffix(".ipynb")
    if not target.exists():
        return f"{target.name} is missing"
    committed = nbformat.read(target, as_version=4)
    wanted = from_text(path)
    for i, (have, want) in enumerate(zip(committed.cells, wanted.cells, strict=False)):
        for part in ("cell_type", "source", "id", "metadata"):
            if have.get(part) != want.get(part):
                return f"{target.name}: the {part} of cell {i + 1} is not that of the text form"
    if len(committed.cells) != len(wanted.cells):
        return f"{target.name} has {len(committed.cells)} cells, the text {len(wanted.cells)}"
    return None


def changed_outputs(committed: Any, fresh: Any) -> list[str]:
    """Which outputs do not repeat: texts that differ, pictures of another size or blank.

    Measured numbers in the description of a picture need not repeat: like the picture itself they
    depend on the processor.
    """
    found = []
    for i, (old, new) in enumerate(zip(committed.cells, fresh.cells, strict=True)):
        if old.cell_type != "code" or VARIES in old.metadata.get("tags", []):
            continue
        if _texts(old) != _texts(new):
            found.append(f"cell {i + 1} ({old.id}): another text output")
        sizes = [[size for size, _ in _pictures(cell)] for cell in (old, new)]
        if sizes[0] != sizes[1]:
            found.append(f"cell {i + 1} ({old.id}): pictures of other sizes")
        if any(blank for _, blank in _pictures(new)):
            found.append(f"cell {i + 1} ({old.id}): a blank picture")
    return found


def _texts(cell: Any) -> list[str]:
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts = [str(data[kind]) for kind in sorted(data) if not kind.startswith("image/png")]
        if "image/png" in data:
            texts = [MEASURED.sub("0", text) for text in texts]
        found += [output.get("text", ""), *texts]
    return found


def _pictures(cell: Any) -> Iterator[tuple[tuple[int, int], bool]]:
    from PIL import Image

    for output in cell.outputs:
        png = output.get("data", {}).get("image/png")
        if png:
            image = Image.open(io.BytesIO(base64.b64decode(png))).convert("L")
            darkest, lightest = image.getextrema()
            yield image.size, darkest == lightest


def problems(notebook: Any) -> list[str]:
    """What no committed notebook may hold: errors, stderr, paths of the machine, too much noise."""
    found = []
    varying = [c for c in notebook.cells if VARIES in c.metadata.get("tags", [])]
    if len(varying) > MOST_VARYING:
        found.append(f"{len(varying)} cells are tagged {VARIES}; at most {MOST_VARYING} may be")
    machine = re.compile(r"(/(home|root|tmp|Users|work|usr|opt|var)/\S+|[A-Z]:\\\\?\S+)")
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"cell {i + 1}: {output.output_type} {output.get('name', '')}")
            texts = [output.get("text", ""), *map(str, output.get("data", {}).values())]
            paths = [m[0] for text in texts if len(text) < 20000 for m in machine.finditer(text)]
            warnings = [text for text in texts if "Warning:" in text]
            found += [f"cell {i + 1}: a path of the machine, {path}" for path in paths]
            found += [f"cell {i + 1}: a warning" for _ in warnings]
    return found


def _chosen(names: Sequence[str]) -> Iterable[pathlib.Path]:
    known = chapters()
    if not names:
        return known
    found = [path for path in known if any(path.stem.startswith(name) for name in names)]
    if not found:
        raise ChapterError(f"no chapter starts with {', '.join(names)}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """``build``, ``check`` or ``exercises``, for some chapters or all."""
    parser = argparse.ArgumentParser(prog="python -m resnet_edu.chapters", description=__doc__)
    parser.add_argument("action", choices=["build", "check", "exercises"])
    parser.add_argument("names", nargs="*", help="such as 04; all when none is named")
    options = parser.parse_args(arguments)
    status = 0
    try:
        for path in _chosen(options.names):
            if options.action == "exercises":
                _write_exercises(path)
                continue
            if options.action == "build":
                if options.names or out_of_step(path):
                    print(build(path).name)
                continue
            said = _checked(path)
            print("\n".join([f"{path.stem}: {len(said)} problems", *said]))
            status |= bool(said)
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _write_exercises(path: pathlib.Path) -> None:
    from .exercises import in_chapters
    from .saving import write_whole

    before = path.read_text(encoding="utf-8")
    after = in_chapters.written(before, path.name[:2])
    if after != before:
        write_whole(path, after.encode("utf-8"))
        print(path.name)


def _checked(path: pathlib.Path) -> list[str]:
    import nbformat

    step = out_of_step(path)
    if step:
        return [step]
    committed = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    fresh = executed(path)
    repeats = committed.metadata.get("made_on") == made_on()
    return problems(committed) + (changed_outputs(committed, fresh) if repeats else [])


if __name__ == "__main__":
    sys.exit(main())
