"""The cells of a notebook that was handed in, read as text: nothing of it is executed.

A cell's number is the one that *Restart Kernel and Run All Cells* writes in brackets before it:
code cells are counted from 1, empty ones left out. Metadata may be lost, as after Colab.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

CHECKED = re.compile(r"""\bcheck\(\s*["'](\w+)["']\s*,""")
DEFINED = re.compile(r"^(?:def|class)\s+(\w+)\b", re.MULTILINE)
NAMED = re.compile(r"^(def|class)[ \t]+(\w{1,80})\b", re.MULTILINE)
NEAR = 0.75  # so much of two names has to be the same
COUNTS = re.compile(  # the points cell of an exercise, whatever became of its metadata
    r"""(?:\s*\#[^\n]*\n)*\s*round\([\d.]+\s*\*\s*check\(\s*["'](\w+)["']\s*,\s*\1\s*\)"""
    r"""\.score,\s*2\)\s*(?:\#[^\n]*)?"""
)
NO_PYTHON = re.compile(
    r"\s*%%(?:bash|sh|script|cmd|perl|ruby|html|javascript|js|latex|markdown|svg)\b", re.IGNORECASE
)
AGAIN = "hand in the .ipynb file that Jupyter saves"
LANGUAGES = {"ir": "R", "r": "R", "julia": "Julia", "javascript": "JavaScript", "java": "Java",
             "octave": "Octave", "matlab": "MATLAB", "c++": "C++", "scala": "Scala"}  # fmt: skip
KINDS = {  # how files begin that are no notebooks, and what they are
    b"%PDF": "a PDF", b"PK\3\4": "a zip archive or a document of an office program",
    b"<": "a web page", b"\x89PNG": "a picture", b"\xff\xd8": "a picture",
    b"\x1f\x8b": "a packed archive", b"\xd0\xcf\x11\xe0": "a document of an office program",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A code cell: its text, and nbgrader's id of it where that is left."""

    source: str = ""
    grade_id: str = ""


@dataclass(frozen=True)
class Aside:
    """A cell that is no code and that a student may have written: its kind, what is above it."""

    kind: str
    below: int  # the number of the last code cell above it
    source: str


def numbered(data: bytes) -> list[Cell]:
    """The code of a notebook: the cell with number n stands at n, and nothing at 0.

    Those that only count points, or are no Python, are empty. Raises ``ValueError``, in plain
    words, when it is no notebook or holds no code.
    """
    listed = _loaded(data).get("cells")
    if not isinstance(listed, list):
        raise ValueError(f"it is not a notebook: it has no list of cells; {AGAIN}")
    found = [Cell(), *(_cell(c) for c in code(listed) if source(c).strip())]
    if not any(cell.source for cell in found):
        raise ValueError("it holds no code")
    return found


def asides(data: bytes) -> list[Aside]:
    """The cells of a notebook that are no code, but for those that are handed out locked."""
    found, number = [], 0
    for cell in _loaded(data).get("cells") or ():
        if not isinstance(cell, dict) or not source(cell).strip():
            continue
        number += cell.get("cell_type") == "code"
        kind = {"markdown": "Markdown", "raw": "Raw"}.get(str(cell.get("cell_type")))
        if kind and _marks(cell).get("locked") is not True:
            found.append(Aside(kind, number, source(cell)))
    return found


def language(data: bytes) -> str:
    """The language of a notebook where that is another than Python, else ""."""
    metadata = _loaded(data).get("metadata")
    said = []
    for place, key in (("kernelspec", "language"), ("language_info", "name"),
                       ("kernelspec", "name")):  # fmt: skip
        part = metadata.get(place) if isinstance(metadata, dict) else None
        said.append(str(part.get(key)).lower() if isinstance(part, dict) else "")
    return next((LANGUAGES[name] for name in said if name in LANGUAGES), "")


def _loaded(data: bytes) -> dict[str, Any]:
    try:
        made = json.loads(data)
    except RecursionError:
        raise ValueError("it is not a notebook: nested too deep") from None
    except ValueError as error:  # UnicodeDecodeError is one
        raise ValueError(f"it is not a notebook: {_what(data, error)}; {AGAIN}") from None
    if not isinstance(made, dict):
        raise ValueError(f"it is not a notebook: it has no list of cells; {AGAIN}")
    return made


def _what(data: bytes, error: ValueError) -> str:
    """What a file is that is no notebook."""
    begin = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    kind = next((kind for mark, kind in KINDS.items() if begin.startswith(mark)), "")
    if not begin:
        return "the file is empty"
    if kind or not begin.startswith(b"{"):
        return f"it is {kind or 'a file of another kind'}"
    if b"\n<<<<<<< " in data:
        return "git left two versions in it, between lines with <<<<<<< and >>>>>>>"
    if isinstance(error, json.JSONDecodeError):
        text = data.decode("utf-8", "replace").rstrip()
        if error.pos >= len(text) or error.msg.startswith("Unterminated"):
            return "the file breaks off before its end"
        return f"it is damaged in line {error.lineno}"
    return "it is damaged"


def code(listed: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The code cells of a list of cells that may hold anything."""
    return (c for c in listed if isinstance(c, dict) and c.get("cell_type") == "code")


def _cell(cell: dict[str, Any]) -> Cell:
    name = grade_id_of(cell)
    text = source(cell)
    return Cell("" if _counts_points(cell) or NO_PYTHON.match(text) else text, name)


def _counts_points(cell: dict[str, Any]) -> bool:
    marks = _marks(cell)
    graded = marks.get("grade") is True and marks.get("solution") is not True
    text = source(cell)
    return graded or (len(text) < 500 and bool(COUNTS.fullmatch(text)))


def _marks(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return marks if isinstance(marks, dict) else {}


def grade_id_of(cell: dict[str, Any]) -> str:
    """nbgrader's id of a cell, such as ``answer-conv3x3``; "" where it has none."""
    return str(_marks(cell).get("grade_id") or "")


def source(cell: dict[str, Any]) -> str:
    """The text of a cell."""
    found = cell.get("source", "")
    if isinstance(found, list):
        found = "".join(part for part in found if isinstance(part, str))
    return found if isinstance(found, str) else ""


def _listed(notebook: Any) -> list[dict[str, Any]]:
    """The cells of what may be no notebook."""
    listed = notebook.get("cells") if isinstance(notebook, dict) else None
    return [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []


def signs(notebook: Any) -> Iterator[set[str]]:
    """Names of exercises that a notebook is for, the surest sign first.

    By the ids of its cells; by the calls of ``check`` in them; by what they define, which may be a
    helper of the student's as well.
    """
    cells = _listed(notebook)
    texts = [source(cell) for cell in code(cells)]
    yield {grade_id_of(cell).partition("-")[2] for cell in cells}
    yield {name for text in texts for name in CHECKED.findall(text)}
    yield {name for text in texts for name in DEFINED.findall(text)}


def answers(notebook: Any) -> set[str]:
    """The exercises that a notebook has answer cells for, by their ids."""
    ids = (grade_id_of(cell).partition("-") for cell in code(_listed(notebook)))
    return {name for kind, _, name in ids if kind == "answer"}


def _defines(name: str) -> re.Pattern[str]:
    word = re.escape(name)
    return re.compile(rf"^(?:def|class)\s+{word}\b|^{word}\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def defining(name: str, cells: Sequence[Cell]) -> list[int]:
    """The numbers of the cells that define a name at the top of their text."""
    defines = _defines(name)
    return [number for number, cell in enumerate(cells) if defines.search(cell.source)]


def check_number(name: str, cells: Sequence[Cell]) -> int:
    """The number of the cell that checks an exercise, the one that was handed out; 0 without."""
    asked = [n for n, cell in enumerate(cells) if name in CHECKED.findall(cell.source)]
    return [*(n for n in asked if cells[n].grade_id == f"check-{name}"), *asked, 0][0]


def answer_number(name: str, cells: Sequence[Cell]) -> int:
    """The number of the cell with the answer to an exercise, 0 when there is none.

    Of those that define it the last one above its ``check``, which is what a student was told
    of; else the one that was made for it, by its id, else the last. Where none defines it, the one
    that was made for it.
    """
    filled = [number for number, cell in enumerate(cells) if cell.source.strip()]
    last = defining(name, cells)
    made = [number for number in filled if cells[number].grade_id == f"answer-{name}"]
    check = check_number(name, cells)
    above = [number for number in filled if number < check]
    near = [n for n in above[-1:] if not CHECKED.search(cells[n].source)]
    own = [n for n in last if n <= check] or [n for n in last if n in made]
    return (own or last or made or near or [0])[-1]


def below_check(name: str, cells: Sequence[Cell]) -> int:
    """The number of a cell that defines an exercise anew below its check, 0 where none does.

    In the cell of another answer it may be a helper, so such a cell is not meant.
    """
    check, answer = check_number(name, cells), answer_number(name, cells)
    later = [n for n in defining(name, cells) if 0 < answer <= check < n
             and cells[n].source.split() != cells[answer].source.split()
             and not cells[n].grade_id.startswith("answer-")]  # fmt: skip
    return later[-1] if later else 0


def aside(name: str, asides: Sequence[Aside]) -> str:
    """Where a cell that is no code defines a name, in words: "" when none does."""
    for cell in asides:
        if _defines(name).search(cell.source):
            where = f"below cell {cell.below}" if cell.below else "at the top"
            return f"in a {cell.kind} cell {where}"
    return ""


def misnamed(name: str, cells: Sequence[Cell], others: Iterable[str] = ()) -> tuple[str, int]:
    """A class or function that may be an answer under another name, and its cell: ("", 0) if none.

    It has nearly that name, or stands in the cell of the answer and nothing has the name.
    ``others`` are names that mean something else.
    """
    known = {name, *others}
    found = [(f"{'class' if kind == 'class' else 'function'} {other}", other.lower(), number)
             for number, cell in enumerate(cells) for kind, other in NAMED.findall(cell.source)
             if other not in known][:200]  # fmt: skip
    near = difflib.get_close_matches(name.lower(), [other for _, other, _ in found], 1, NEAR)
    fits = [row for row in found if row[1] in near]
    if not fits and not defining(name, cells):
        fits = [row for row in found if row[2] == answer_number(name, cells)]
    return (fits[-1][0], fits[-1][2]) if fits else ("", 0)
