"""The course folder: ``new`` makes it, ``release`` writes what students get.

Both can be run again at any time: a file that is there is kept, and the answer says so. Needs the
``notebooks`` extra.
"""

from __future__ import annotations

import pathlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..names import hint
from ..saving import write_whole
from . import assignments, settings

FOLDERS = ("source", "release", "submitted", "results")
NAMED = 3  # exercises that a note names
OVERRIDES = "student,assignment,exercise,points,comment\n"

PRIVATE = """\
# What no student may see: model answers and hidden tests, hand-ins, marks, names.
/source/
/submitted/
/results/
/reports/
/overrides.csv
/students.csv
# The same, where nbgrader runs the course.
/autograded/
/feedback/
/gradebook.db
"""

NBGRADER = '''\
"""For a course that nbgrader runs; ``python -m resnet_edu class`` does not read this file."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "resnet"
c.ClearSolutions.code_stub = {{"python": "{stub}"}}  # the starter code stands above it
c.ExecutePreprocessor.timeout = 60  # seconds for one cell
'''

README = """\
# A course on ResNet: for the teacher

| | |
|---|---|
| `course.toml` | due dates, rules for late and double hand-ins, limits: read it first |
| `source/` | your notebooks, **with the model answers and the hidden tests** |
| `release/` | what students get, made from `source/` |
| `submitted/` | the hand-ins: folders, or the zip files of Moodle and Canvas as they are |
| `results/` | one file for each graded hand-in |
| `reports/` | the pages and the tables of marks, made from `results/` |
| `overrides.csv` | your own marks, which outlive every regrade |
| `students.csv` | yours to add: `student,name,email,id,username`; all in it can have marks |
| `nbgrader_config.py` | only for a course that nbgrader runs; see the end |

{table}

## The steps

    python -m resnet_edu class release      # source/ to release/
    python -m resnet_edu class grade        # submitted/ to results/
    python -m resnet_edu class report       # results/ to reports/

Run them in this folder, or name it: `--course DIR`. Every step can be run again; nothing that you
wrote is overwritten. Change a notebook in `source/` as you like; `class release --replace` then
writes it anew for the students.

## When the course is public

Model answers do not belong in a public repository; neither do hidden tests, hand-ins and marks. The
`.gitignore` here leaves out `source/`, `submitted/`, `results/`, `reports/` and both tables; all
else can be published. Keep `source/` in a private repository of its own, or only on your disk. A
file that was public once stays in the history: `git status --ignored` before the first push shows
what stays here.

Reference answers also stand in the source of the package `resnet_edu`, which is public itself.
Where hand-ins are graded the package is out of reach, so none can be imported. A copy made by hand
is not recognised as one, but `class report` lists answers that are identical.

## With nbgrader

The folders are nbgrader's, the notebooks carry its metadata. With nbgrader 0.9.6, in this folder:

    nbgrader generate_assignment {first} --create --force
    nbgrader autograde {first} --create
    nbgrader export --to marks.csv
    nbgrader generate_feedback {first}

The first one writes the same `release/` as `class release`, and fills nbgrader's gradebook.

nbgrader has no cage: it runs hand-ins as you, in this folder. One of them can read the hidden tests
and change every mark.
"""


class CourseError(ValueError):
    """What is wrong with a course folder, and what to do."""


@dataclass(frozen=True)
class Step:
    """What was done about one file: "made", "kept", "same" or "replaced", and a remark.

    "note": nothing was done, the remark is all.
    """

    done: str
    path: pathlib.Path
    remark: str = ""


def new(folder: str | pathlib.Path) -> Iterator[Step]:
    """Make a course folder, file by file; what is there is kept.

    Only a notebook that is as it was made is made anew, where ``course.toml`` now chooses other
    exercises. Raises ``CourseError`` when the folder holds other things and no ``course.toml``,
    ``SettingsError`` when that cannot be used.
    """
    root = pathlib.Path(folder)
    _refuse_other_folders(root)
    root.mkdir(parents=True, exist_ok=True)
    parts = assignments.assignments()
    yield _keep_or_make(root / settings.FILE, lambda: settings.template(parts))
    chosen = settings.load(root, parts).exercises
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    yield _keep_or_make(root / "overrides.csv", lambda: OVERRIDES)
    yield _keep_or_make(root / ".gitignore", lambda: PRIVATE)
    yield _keep_or_make(root / "nbgrader_config.py", lambda: NBGRADER.format(stub=assignments.STUB))
    yield _keep_or_make(root / "README.md", _readme)
    for part in parts:
        yield _source(root, part, chosen.get(part, ()))


def _refuse_other_folders(root: pathlib.Path) -> None:
    if root.exists() and not root.is_dir():
        raise CourseError(f"{root} is a file: name a folder that is new, empty or a course")
    if root.is_dir() and any(root.iterdir()) and not (root / settings.FILE).is_file():
        raise CourseError(f"{root} holds other files and no {settings.FILE}, nothing was changed: "
                          "name a folder that is new, empty or a course")  # fmt: skip


def _keep_or_make(path: pathlib.Path, text: Callable[[], str]) -> Step:
    if path.exists():
        return Step("kept", path)
    return Step("made", write_whole(path, text().encode()))


def _readme() -> str:
    rows = [f"| {name} | {assignments.PARTS[name].about} |" for name in assignments.assignments()]
    table = "\n".join(["| assignment | |", "|---|---|", *rows])
    return README.format(table=table, first=next(iter(assignments.assignments())))


def _source(root: pathlib.Path, part: str, chosen: Collection[str]) -> Step:
    """A teacher's notebook; one that is there and was changed is only compared."""
    path = _notebook(root, "source", part)
    exercises = assignments.exercises_of(part, chosen)
    made = assignments.notebook(part, secrets.randbits(32), chosen)
    done = "made"
    if path.exists():
        there = _read(path)
        if _text(_read_and_strip(path)) == _text(assignments.stripped(made)):
            return Step("kept", path)
        if set(_asked(there)) == {e.name for e in exercises}:
            return Step("kept", path, "not what would be made now: changed by you, or older")
        if not _is_as_made(part, there):
            return Step("kept", path, "not the exercises of course.toml, and changed by you, or "
                                      "older: move it away, and `class new` makes it anew")
        done = "replaced"
    path.parent.mkdir(exist_ok=True)
    points = sum(e.points for e in exercises)
    write_whole(path, _text(made).encode())
    return Step(done, path, f"{len(exercises)} exercises, {points} points")


def _is_as_made(part: str, there: Any) -> bool:
    """Whether a notebook is what ``new`` makes, by the checks of now, for some choice."""
    seed = re.search(r"\bseed=(\d+)\)", "\n".join(cell.source for cell in there.cells))
    names = _asked(there)
    return bool(seed and names) and _text(there) == _text(
        assignments.notebook(part, int(seed[1]), names))  # type: ignore[index]


def _asked(there: Any) -> list[str]:
    """The exercises whose points cell a notebook has."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in there.cells]
    return [i.partition("-")[2] for i in ids if i.startswith("points-")]


def _promised(there: Any) -> list[str]:
    """The exercises in the table at the head of a notebook."""
    found = [cell.source for cell in there.cells
             if cell.metadata.get("nbgrader", {}).get("grade_id") == "title"]  # fmt: skip
    return re.findall(r"^\| \d+ \| `(\w+)` \|", "\n".join(found), re.MULTILINE)


def release(
    folder: str | pathlib.Path, names: Iterable[str] = (), replace: bool = False
) -> Iterator[Step]:
    """Write what students get of the named assignments, or of all in ``source/``.

    All are made before the first is written. One that is there and differs is kept unless
    ``replace`` says otherwise. Raises ``CourseError`` or ``AssignmentError``.
    """
    root = course(folder)
    options = settings.load(root, assignments.assignments())
    texts = {name: _released(root, name) for name in _chosen(root, list(names))}
    for name, text in texts.items():
        yield from _odd(root, name, options)
        path = _notebook(root, "release", name)
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before == text:
            yield Step("same", path)
        elif before is not None and not replace:
            yield Step("kept", path, "not what source/ gives now: --replace writes it anew")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode())
            yield Step("made" if before is None else "replaced", path)


def _odd(root: pathlib.Path, name: str, options: settings.Settings) -> Iterator[Step]:
    """That the head of a notebook promises other exercises than it has, or course.toml others."""
    path = _notebook(root, "source", name)
    there = _read(path)
    asked, promised = _asked(there), _promised(there)
    gone = [one for one in promised if one not in asked]
    if gone:
        more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
        yield Step("note", path, f"its first cell promises {', '.join(gone[:NAMED])}{more}, which "
                                 "it does not have: mend the table and its sum there")
    chosen = options.exercises.get(name)
    if chosen and set(chosen) != set(asked):
        yield Step("note", path, "it has not the exercises that course.toml chooses: `class new`, "
                                 "run again, says more")


def course(folder: str | pathlib.Path) -> pathlib.Path:
    """The folder, when it is a course; ``CourseError`` when it is not."""
    root = pathlib.Path(folder)
    if not (root / settings.FILE).is_file():
        raise CourseError(f"{root.resolve()} is no course folder, it has no {settings.FILE}: go to "
                          "one, or name it with --course; `class new DIR` makes one")  # fmt: skip
    return root


def _chosen(root: pathlib.Path, names: list[str]) -> list[str]:
    found = (root / "source").glob("*/*.ipynb")
    there = {path.stem for path in found if path.stem == path.parent.name}
    known = [n for n in assignments.PARTS if n in there] + sorted(there - set(assignments.PARTS))
    if not known:
        raise CourseError(f"{root / 'source'} has no notebook: `class new {root}` makes them")
    for name in names:
        if name not in known:
            tip = hint(name, known)
            listed = "" if tip.startswith("known") else f" Known are {', '.join(known)}"
            raise CourseError(f"there is no source/{name}/{name}.ipynb: {tip}{listed}")
    return names or known


def _released(root: pathlib.Path, name: str) -> str:
    path = _notebook(root, "source", name)
    made = _read_and_strip(path)
    left = assignments.leftovers(made)
    if left:
        raise CourseError(f"{path} would give students more than it should ({'; '.join(left)}): "
                          "mark it in source/ as a solution, nothing was released")  # fmt: skip
    return _text(made)


def _read_and_strip(path: pathlib.Path) -> Any:
    there = _read(path)
    try:
        return assignments.stripped(there)
    except assignments.AssignmentError as error:
        raise CourseError(f"{path}: {error}") from None


def _read(path: pathlib.Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for what is no notebook
        raise CourseError(f"{path} is no notebook: {type(error).__name__}: {error}") from error


def _text(notebook: Any) -> str:
    import nbformat

    return str(nbformat.writes(notebook)) + "\n"


def _notebook(root: pathlib.Path, folder: str, name: str) -> pathlib.Path:
    return root / folder / name / f"{name}.ipynb"
