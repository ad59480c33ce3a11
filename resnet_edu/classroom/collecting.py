"""Finds out what was handed in: by whom, for which assignment, when, and where it lies.

Four forms may lie side by side in the folder of submissions:

- ``STUDENT/anything.ipynb``;
- nbgrader's ``STUDENT/ASSIGNMENT/anything.ipynb``, with its ``timestamp.txt``;
- Moodle's export, zipped or not: ``Full Name_12345_assignsubmission_file_/anything.ipynb``;
- Canvas's export, zipped or not: ``namefirst_12345_67890_anything.ipynb``.

A student's files may be in a zip archive of their own. The outermost name decides whose they are;
nothing in a student's own archive or file name can make them another's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import re
import unicodedata
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .archives import CollectError, Found, Refused, TooLargeError, files, is_junk, walk
from .assignments import NAMESPACE
from .cells import answers, signs
from .settings import Settings

MOODLE = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assign(?P<what>submission|feedback)_(?P<kind>[a-z]+)(?:_(?P<file>.*))?"
)
CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_"
    r"((?P<upload>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)"
)
AGAIN = re.compile(r"-(\d+)\.\w+$")  # Canvas numbers what is handed in again
UNSAFE = re.compile(  # in names of files on some system, or not to be seen
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
)
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows
LONGEST = 120  # bytes of a student's name
NOTEBOOKS = 20  # of one student; more are not read
STAMP = "timestamp.txt"
GRAIN = 2  # seconds; times in archives are no finer, and copying gives all files the same
NEARLY = 0.75  # of those in an export have to hand in one assignment for it to be the export's
REFUSED, NOTE = "refused", "note"
EMPTY = "the folder is empty"
LEFTOVERS = "the folder holds only what systems and editors leave behind"
Known = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class HandIn:
    """One notebook that a student handed in for an assignment.

    ``student`` can be the name of a folder on any system. ``when`` is None when nothing tells it;
    ``days_late`` is 0 when it was on time, or nothing reliable tells that it was not; ``doubtful``
    says that the time of the file does.
    """

    student: str
    assignment: str
    when: datetime.datetime | None
    days_late: float
    source: str
    found: Found = field(repr=False)
    most: int = field(repr=False)
    attempt: int = 0
    doubtful: bool = False
    digest: str = field(default="", repr=False)

    @property
    def late(self) -> bool:
        """Whether it came after the due date."""
        return self.days_late > 0

    def read(self) -> bytes:
        """The notebook's bytes; ``CollectError``, a ``ValueError``, when it cannot be read."""
        return _read(self.found, self.most)


@dataclass(frozen=True)
class Problem:
    """Something to tell the teacher: what was ``refused``, or a ``note`` on what was not.

    ``shown`` says that a note stands on the student's page too.
    """

    student: str
    assignment: str
    source: str
    reason: str
    kind: str = REFUSED
    shown: bool = False


@dataclass(frozen=True)
class _Owner:
    """Whose a file is, by the outermost name; ``rest`` are the student's own names."""

    name: str
    id: str = ""
    lms: str = ""  # "moodle" or "canvas"
    kind: str = "file"
    marked_late: bool = False
    attempt: int = 0
    rest: tuple[str, ...] = ()


def collect(
    folder: str | os.PathLike[str], settings: Settings, known: Known | None = None
) -> tuple[list[HandIn], list[Problem]]:
    """What lies in the folder of submissions, and what could not be taken from it.

    One hand-in for each student and assignment comes back by the rule ``double``; several with
    "best", and where their times do not tell, since grading has to. ``known`` maps an assignment to
    its exercises. Raises ``FileNotFoundError`` when there is no such folder.
    """
    place = pathlib.Path(folder)
    if not place.is_dir():
        raise FileNotFoundError(f"there is no folder {place} with submissions")
    known = assignments() if known is None else {name: set(e) for name, e in known.items()}
    owned, problems = _owned(place, known)
    groups = list(_groups(owned, settings, known))
    exports = _exports(groups, known)
    hand_ins: list[HandIn] = []
    for group in groups:
        made, wrong = _of_group(group, exports.get(group.where, ""), settings, known)
        hand_ins += made
        problems += wrong
    chosen, doubles = _choose(hand_ins, settings)
    problems = [*_beside(_once(problems), hand_ins), *_empty(place)]
    return chosen, [*problems, *doubles, *_doubts(chosen)]


def assignments() -> dict[str, set[str]]:
    """The assignments of this course with the names of their exercises."""
    from .assignments import assignments as parts

    return {part: {e.name for e in exercises} for part, exercises in parts().items()}


# Whose is it?

Row = tuple[_Owner, Found | Refused]


def _owned(folder: pathlib.Path, known: Known) -> tuple[dict[str, list[Row]], list[Problem]]:
    """All files by the student's name, made safe and unique."""
    tops: dict[str, list[Found | Refused]] = defaultdict(list)
    for file in files(folder):
        tops[file.parts[0]].append(file)
    rows: list[Row] = []
    problems = []
    for top, found in tops.items():
        skip = _wrapping(top, found, known)
        for file in found:
            owner = _owner(file.parts, skip, known)
            loose = isinstance(file, Refused) and skip and not _is_students(file.parts[skip:])
            if owner is not None and not loose:
                rows.append((owner, file))
            elif isinstance(file, Refused):
                problems.append(Problem("", "", file.source, file.reason))
            elif file.parts[-1].lower().endswith(".ipynb"):
                problems.append(Problem("", "", file.source, NOBODY))
            elif not skip and len(file.parts) == 1 and file.parts[0] not in OF_SYSTEMS:
                problems.append(Problem("", "", file.source, UNREAD))
    return _named(rows), problems


OF_SYSTEMS = ("Thumbs.db", "desktop.ini", "timestamp.txt")
UNREAD = "it is no zip archive and in no student's folder: make a zip of it, or a folder for it"
NOBODY = "whose it is cannot be told: put it in a folder with the student's name"


def _is_archive(top: str) -> bool:
    """Whether a name at the top is that of an archive of several students."""
    return top.lower().endswith(".zip") and not MOODLE.fullmatch(top) and not CANVAS.fullmatch(top)


def _wrapping(top: str, found: Sequence[Found | Refused], known: Known) -> int:
    """How many folders at the beginning of an archive's names say nothing of the student."""
    if not _is_archive(top):
        return 0
    folders = [file.parts[1:-1] for file in found
               if isinstance(file, Found) or _is_archive(file.parts[-1])]  # fmt: skip
    if folders and all(f[:1] == ("submitted",) for f in folders):
        return 2
    skip = 0
    while folders and all(len(f) > skip + 1 for f in folders):
        here, below = folders[0][skip], {f[skip + 1] for f in folders}
        if len({f[skip] for f in folders}) > 1 or _tells(here) or _is_archive(here):
            break
        if below & set(known) or (len(below) == 1 and any(map(_is_archive, below))):
            break
        skip += 1
    return 1 + skip


def _is_students(names: tuple[str, ...]) -> bool:
    """Whether what could not be read in the class's archive is some student's."""
    return len(names) > 1 or any(_tells(name) or _is_archive(name) for name in names)


def _tells(name: str) -> bool:
    return bool(MOODLE.fullmatch(name) or CANVAS.fullmatch(name))


def _owner(parts: tuple[str, ...], skip: int, known: Known) -> _Owner | None:
    names = parts[skip:]
    if not names:
        return None
    first, inside = names[0], names[1:]
    moodle = MOODLE.fullmatch(first)
    if moodle:
        kind = moodle["kind"] if moodle["what"] == "submission" else "feedback"
        rest = (*((moodle["file"],) if moodle["file"] else ()), *inside)
        return _Owner(moodle["name"], moodle["id"], "moodle", kind, rest=rest)
    canvas = CANVAS.fullmatch(first)
    if canvas and (not inside or first.lower().endswith(".zip")):
        name = canvas["file"] or first
        again = AGAIN.search(name)
        return _Owner(canvas["name"], canvas["id"], "canvas", marked_late=bool(canvas["late"]),
                      attempt=int(again[1]) if again else 0,
                      kind="file" if canvas["file"] else f"online{canvas['typed']}",
                      rest=(name, *inside))  # fmt: skip
    if skip and _is_archive(first):  # one archive for each student, named after the student
        return _Owner(pathlib.PurePath(first).stem, rest=inside)
    if inside and not (skip and first in known):
        return _Owner(first, rest=inside)
    if skip:  # an archive that holds one student's files, named after the student
        return _Owner(pathlib.PurePath(parts[0]).stem, rest=names)
    return None


def _named(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The files by a name for each student: no two students share one, no student has two."""
    namesakes = _namesakes(rows)
    plain: dict[str, list[Row]] = defaultdict(list)
    for owner, file in rows:
        name = unicodedata.normalize("NFC", owner.name)
        if owner.lms == "canvas":
            name = f"{name}_{owner.id}"
        elif (name, owner.id) in namesakes:
            name = f"{name} ({owner.id})"
        plain[name].append((owner, file))
    safe = {name: safe_name(name) for name in plain}
    often = Counter(s.casefold() for s in safe.values())
    return {s if often[s.casefold()] == 1 else _told_apart(s, name): plain[name]
            for name, s in safe.items()}  # fmt: skip


def _namesakes(rows: Sequence[Row]) -> set[tuple[str, str]]:
    """Students of one name in one export of Moodle, with Moodle's numbers of them."""
    numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for owner, file in rows:
        if owner.lms == "moodle":
            top = file.parts[0] if _is_archive(file.parts[0]) else ""
            numbers[top, unicodedata.normalize("NFC", owner.name)].add(owner.id)
    return {(name, i) for (_, name), ids in numbers.items() if len(ids) > 1 for i in ids}


def safe_name(name: str) -> str:
    """The name of a student as one of a folder, on any system; one that had to change says so."""
    plain = unicodedata.normalize("NFC", name).strip()
    clean = UNSAFE.sub("_", plain).rstrip(". ").lstrip(".~")
    if RESERVED.fullmatch(clean):
        clean = f"_{clean}"
    fits = 0 < len(clean.encode()) <= LONGEST
    return clean if fits and clean == plain else _told_apart(clean, name)


def _told_apart(clean: str, name: str) -> str:
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    short = clean.encode()[: LONGEST - 7].decode("utf-8", "ignore")
    return f"{short or 'student'}~{mark}"


# What is it, and when did it come?


Where = tuple[str, str]  # the archive of the class and the LMS of an export; each may be ""


@dataclass(frozen=True)
class _Look:
    """What a notebook tells of itself: its assignment by what it holds, or why it is not taken.

    ``also`` are exercises of other assignments that it has cells for.
    """

    digest: str = ""
    assignment: str = ""
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrong: str = ""
    is_chapter: bool = False


@dataclass(frozen=True)
class _Group:
    """The files of one student in one place."""

    student: str
    where: Where
    rows: Sequence[Row]
    looks: Mapping[Found, _Look]  # of the notebooks that are read


def _groups(
    owned: Mapping[str, Sequence[Row]], settings: Settings, known: Known
) -> Iterator[_Group]:
    for name, rows in sorted(owned.items()):
        places: dict[Where, list[Row]] = defaultdict(list)
        for owner, file in rows:
            top = file.parts[0] if _is_archive(file.parts[0]) else ""
            places[top, owner.lms].append((owner, file))
        for where, own in places.items():
            books = [f for o, f in own if isinstance(f, Found) and _is_notebook(o, f)]
            looks = {file: _look(file, settings, known) for file in books[:NOTEBOOKS]}
            yield _Group(name, where, own, looks)


def _look(file: Found, settings: Settings, known: Known) -> _Look:
    try:
        data = _read(file, settings.notebook)
    except CollectError as error:
        return _Look(wrong=str(error))
    chapter = _chapter(data)
    if chapter:
        return _Look(is_chapter=True, wrong=(
            f"it is chapter {chapter} of the course, whose own cells hold answers: hand in the "
            "notebook of the assignment"))  # fmt: skip
    assignment = _by_content(data, known)
    also = _beyond(data, assignment, known) if assignment else {}
    return _Look(hashlib.sha256(data).hexdigest(), assignment, also)


def _exports(groups: Iterable[_Group], known: Known) -> dict[Where, str]:
    """The assignment of each place where nearly all students handed in the same one.

    An LMS packs one assignment into an archive. What else lies together may be for several, so
    there all have to agree.
    """
    told: dict[Where, list[set[str]]] = defaultdict(list)
    for group in groups:
        read = ((o, look) for o, f in group.rows
                if isinstance(f, Found) and (look := group.looks.get(f)) and not look.wrong)
        said = {look.assignment or _by_name(o.rest, known) for o, look in read} - {""}
        if any(group.where) and said:
            told[group.where].append(said)
    found = {}
    for where, sets in told.items():
        counts = Counter(assignment for said in sets for assignment in said)
        (first, most), (_, next_) = [*counts.most_common(2), ("", 0)][:2]
        if most >= NEARLY * len(sets) and most > next_ if all(where) else len(counts) == 1:
            found[where] = first
    return found


def _about(group: _Group, owner: _Owner, export: str, known: Known, named: bool = True) -> str:
    """The assignment that something without a word of its own is for; "" if nothing tells.

    A file's name is the student's, so an LMS's export comes first. ``named`` says whether the
    name is looked at. Nothing is taken from the others where the student's own notebook tells.
    """
    top, lms = group.where
    by_name = _by_name(owner.rest, known) if named else ""
    if any(look.assignment for look in group.looks.values()):
        return by_name
    if top and lms:
        return export or by_name or _by_name((top,), known)
    return by_name or export


def _of_group(
    group: _Group, export: str, settings: Settings, known: Known
) -> tuple[list[HandIn], list[Problem]]:
    """What a student handed in at one place; ``export`` is what the others there handed in."""
    name = group.student
    stamps = {f.parts[:-1]: f for o, f in group.rows
              if isinstance(f, Found) and _is_stamp(o, f, known)}  # fmt: skip
    made: list[HandIn | Problem] = [*_unread(group, export, known)]
    for owner, file in group.rows:
        if isinstance(file, Found) and file in group.looks:
            look = group.looks[file]
            assignment = look.assignment or _about(group, owner, export, known, not look.is_chapter)
            if look.wrong or not assignment:
                wrong = look.wrong or UNTOLD.format(", ".join(known))
                made.append(Problem(name, assignment, file.source, wrong))
                continue
            if look.assignment and export and look.assignment != export and all(group.where):
                wrong = ELSEWHERE.format(assignment, group.where[0], export)
                made.append(Problem(name, export, file.source, wrong, NOTE))
            made += (Problem(name, assignment, file.source, BOTH.format(_first(names), other), NOTE,
                             shown=True) for other, names in look.also.items())  # fmt: skip
            row = (owner, file, look.digest, stamps.get(file.parts[:-1]))
            made += _hand_in(name, assignment, *row, settings)
    hand_ins = [one for one in made if isinstance(one, HandIn)]
    problems = [one for one in made if isinstance(one, Problem)]
    return hand_ins, [*problems, *_without(group, export, known, {*stamps.values()}, bool(made))]


UNTOLD = "which assignment it is cannot be told by its cells or its name; known are {}"
BOTH = ("it holds answers to {1} too ({0}), which do not count here: hand in {1} as a "
        "notebook of its own")  # fmt: skip
ELSEWHERE = "it is the notebook of {0}, for which it counts; nearly all in {1} are of {2}"


def _unread(group: _Group, export: str, known: Known) -> Iterator[Problem]:
    """What could not be read of a student."""
    taken = any(not look.wrong for look in group.looks.values())
    for owner, file in group.rows:
        if isinstance(file, Refused):
            beside = "" if all(group.where) else _by_name(owner.rest, known)
            assignment = beside if taken else _about(group, owner, export, known)
            yield Problem(group.student, assignment, file.source, file.reason)
    books = [file for owner, file in group.rows if _is_notebook(owner, file)]
    if len(books) > NOTEBOOKS:
        reason = f"{len(books)} notebooks of one student; the first {NOTEBOOKS} are read"
        yield Problem(group.student, "", books[NOTEBOOKS].source, reason)


def _without(
    group: _Group, export: str, known: Known, stamps: set[Found], some: bool
) -> Iterator[Problem]:
    """That there are files and no notebook: at the place, or in a folder of nbgrader's there."""
    there = {_part(owner, file, known) for owner, file in group.rows
             if isinstance(file, Refused) or _is_notebook(owner, file)}  # fmt: skip
    others: dict[str, list[tuple[_Owner, Found]]] = defaultdict(list)
    for owner, file in group.rows:
        if isinstance(file, Found) and file not in stamps and owner.kind != "feedback":
            others[_part(owner, file, known)].append((owner, file))
    for part, lying in others.items():
        if part not in there and (part or not some):
            owner, first = lying[0]
            assignment = part or _about(group, owner, export, known)
            yield Problem(group.student, assignment, first.source, _no_notebook(lying))


def _part(owner: _Owner, file: Found | Refused, known: Known) -> str:
    """The folder of nbgrader's in which something lies; "" if it is in none."""
    inside = len(owner.rest) > 1 and owner.rest[0] in known and not owner.lms
    return owner.rest[0] if inside and not _is_packed(file) else ""


def _is_packed(file: Found | Refused) -> bool:
    """Whether it lies in an archive that a student made."""
    inner = file.inner if isinstance(file, Found) else ()
    return len(inner) > (1 if _is_archive(file.parts[0]) else 0)


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """The same of the same file in an archive that was downloaded twice is told once."""
    found: dict[object, Problem] = {}
    for problem in problems:
        top, _, inside = problem.source.partition(" > ")
        plain = dataclasses.replace(problem, source=inside, reason=problem.reason.replace(top, ""))
        found.setdefault(plain if problem.student and inside else len(found), problem)
    return [*found.values()]


def _beside(problems: Sequence[Problem], hand_ins: Sequence[HandIn]) -> list[Problem]:
    """What is for no assignment lies beside a hand-in, such as data: told, and nothing failed."""
    there = {one.student for one in hand_ins}
    return [dataclasses.replace(p, kind=NOTE) if p.student in there and not p.assignment else p
            for p in problems]  # fmt: skip


def _is_notebook(owner: _Owner, file: Found | Refused) -> bool:
    return (isinstance(file, Found) and owner.kind == "file"
            and file.parts[-1].lower().endswith(".ipynb"))  # fmt: skip


def _is_stamp(owner: _Owner, file: Found, known: Known) -> bool:
    """Whether it is nbgrader's time stamp, and not one in what the student packed."""
    at = owner.rest == (STAMP,) or (owner.rest[1:] == (STAMP,) and owner.rest[0] in known)
    return at and not owner.lms and not _is_packed(file)


def _no_notebook(others: Sequence[tuple[_Owner, Found]]) -> str:
    if all(owner.kind == "onlinetext" for owner, _ in others):
        return "a text was typed in, no notebook was handed in"
    names = ", ".join(file.parts[-1][:40] for _, file in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return f"no notebook was handed in, but {names}{more}"


def _hand_in(
    name: str, assignment: str, owner: _Owner, file: Found, digest: str, stamp: Found | None,
    settings: Settings,
) -> Iterator[HandIn | Problem]:  # fmt: skip
    when, sure = file.listed if _is_archive(file.parts[0]) else file.disk, settings.file_times
    if stamp is not None:
        stamped = _stamped(stamp, settings)
        when, sure = stamped or when, stamped is not None or sure
        if stamped is None:
            yield Problem(name, assignment, stamp.source, "the time in it cannot be read", NOTE)
    late = settings.days_late(assignment, when)
    doubtful = bool(late) and not sure and owner.lms != "canvas"
    if owner.marked_late and not (late and sure):
        yield Problem(name, assignment, file.source, MARKED, NOTE)
        late, sure = 1.0, True
    when = settings.in_zone(when) if when is not None else None
    yield HandIn(name, assignment, when, late if sure else 0.0, file.source, file,
                 settings.notebook, owner.attempt, doubtful, digest)  # fmt: skip


def _read(file: Found, most: int) -> bytes:
    """A notebook; of one that is too large, what is left of it without its pictures."""
    try:
        return file.read(most)
    except TooLargeError as error:
        with contextlib.suppress(TooLargeError):
            data = PICTURE.sub(rb'\1""', file.read(WITH_PICTURES * most))
            if len(data) <= most:
                return data
        raise CollectError(f"{error}: {SMALLER}") from None


PICTURE = re.compile(rb'("image/[a-z+]{1,20}": ?)"[A-Za-z0-9+/=\\]{1000,}"')  # with \n in it
WITH_PICTURES = 4  # so many times the size is read of one that is too large
SMALLER = ("clear its outputs (Edit → Clear Outputs of All Cells) and save it; the limit is "
           "`notebook` below [limits] in course.toml")  # fmt: skip
UNSURE = (
    "would be late by the time that the file carries; since copying changes that, it does not "
    "count unless course.toml says file_times = true"
)
MARKED = "Canvas marks it as late and does not say by how much; one day is counted"


def _stamped(stamp: Found, settings: Settings) -> datetime.datetime | None:
    """The moment in nbgrader's ``timestamp.txt``.

    One without a zone is in UTC: so nbgrader reads it, and its ``zip_collect`` writes it. A zone
    may be the short name that the course's has then, such as CEST.
    """
    try:
        words = stamp.read(1000).decode("utf-8", "replace").split()
        moment = datetime.datetime.fromisoformat(" ".join(words[:2]))
        if moment.tzinfo is not None or len(words) < 3:
            return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        if re.fullmatch(r"[+-]\d\d:?\d\d", words[2]):
            return datetime.datetime.fromisoformat("".join([*"T".join(words[:2]), words[2]]))
        here = settings.in_zone(moment)
        if words[2] == here.tzname():
            return here
        zone = datetime.UTC if words[2] in ("UTC", "GMT", "Z") else zoneinfo.ZoneInfo(words[2])
        return moment.replace(tzinfo=zone)
    except (CollectError, ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def _by_content(data: bytes, known: Known) -> str:
    """The assignment that the notebook says it is, or whose exercises its cells are for."""
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        return ""
    named = _within(notebook, "metadata", NAMESPACE, "assignment")
    if isinstance(named, str) and named in known:
        return named
    for names, least in zip(signs(notebook), FEWEST, strict=True):
        votes = Counter({a: len(names & set(exercises)) for a, exercises in known.items()})
        (first, most), (_, next_) = [*votes.most_common(2), ("", 0), ("", 0)][:2]
        if most >= least and most > next_:
            return first
    return ""


def _beyond(data: bytes, assignment: str, known: Known) -> dict[str, list[str]]:
    """The exercises of other assignments that the answer cells of a notebook, or its checks, name.

    A single check may be of a helper, and says nothing.
    """
    notebook = json.loads(data)
    made = answers(notebook)
    _, checked, _ = signs(notebook)
    found = {}
    for other, exercises in known.items():
        names = sorted(set(exercises) & (made | checked) - set(known[assignment]))
        if other != assignment and (made & set(names) or len(names) > 1):
            found[other] = names
    return found


def _chapter(data: bytes) -> str:
    """The number of the chapter that a notebook is, by its first heading and its last ones."""
    try:
        cells = json.loads(data)["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        head = re.match(r"# (\d\d) · ", texts[0])
        turns = sum("### Your turn: `" in text for text in texts)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return ""
    return head[1] if head and turns else ""


FEWEST = (1, 1, 2)  # exercises that tell the assignment: by ids, by checks, by definitions


def _within(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _by_name(names: Sequence[str], known: Known) -> str:
    """The assignment that a file's name or a folder around it names, the nearest first."""
    for name in reversed(names):
        stem = pathlib.PurePath(name).stem.lower()
        words = re.findall(r"[a-z]+", stem)
        said = [assignment for assignment in known if assignment.lower() in words]
        if len(said) == 1:
            return said[0]
    return ""


# Which of several?


def _choose(
    hand_ins: Sequence[HandIn], settings: Settings
) -> tuple[list[HandIn], list[Problem]]:
    groups: dict[tuple[str, str], list[HandIn]] = defaultdict(list)
    for one in hand_ins:
        groups[one.student, one.assignment].append(one)
    chosen, notes = [], []
    copies: list[HandIn] = []
    for (student, assignment), group in groups.items():
        several, same = _distinct(group)
        copies += same
        count = len(several)
        kept = _counting(several, settings)
        chosen += kept
        if count > 1:
            reason = f"{count} hand-ins for one assignment: {_which(kept, count, settings)}"
            sources = _first([one.source for one in kept])
            notes.append(Problem(student, assignment, sources, reason, NOTE, shown=True))
    return chosen, [*notes, *_copied(copies)]


def _which(kept: Sequence[HandIn], count: int, settings: Settings) -> str:
    """What counts of several, in words."""
    if len(kept) == 1:
        return f"{kept[0].source} counts ({settings.double})"
    best = "the one with the most points counts"
    if settings.double == "best":
        return best
    of = "" if len(kept) == count else f" of {len(kept)} of them"
    return f"their times do not tell which{of} is the {settings.double}, so {best}"


def _distinct(group: Sequence[HandIn]) -> tuple[list[HandIn], list[HandIn]]:
    """Several for one assignment in the order in which they came, and those that are copies.

    A copy has the bytes of the one before it, or bytes and time of any earlier one, as when an
    export was downloaded twice. What was handed in again after something else is none.
    """
    kept: list[HandIn] = []
    copies: list[HandIn] = []
    for one in sorted(group, key=_order):
        before = {(other.digest, other.when, other.attempt) for other in kept}
        again = bool(kept) and one.digest == kept[-1].digest
        same = again or (one.digest, one.when, one.attempt) in before
        (copies if same else kept).append(one)
    return kept, copies


def _copied(copies: Sequence[HandIn]) -> Iterator[Problem]:
    """One note on all files that are copies."""
    if copies:
        some = "1 file is" if len(copies) == 1 else f"{len(copies)} files are"
        reason = (f"{some} byte for byte what the same student handed in for the same assignment "
                  f"in another place, and count{'s' * (len(copies) == 1)} once: "
                  f"{_first([one.student for one in copies])}")  # fmt: skip
        yield Problem("", "", _first([one.source.split(" > ")[0] for one in copies]), reason, NOTE)


def _first(names: Sequence[str]) -> str:
    """The first three of some names, and how many more there are."""
    plain = list(dict.fromkeys(names))
    more = f" and {len(plain) - 3} more" if len(plain) > 3 else ""
    return f"{', '.join(plain[:3])}{more}"


def _counting(ordered: Sequence[HandIn], settings: Settings) -> list[HandIn]:
    """What counts of several for one assignment, which stand in the order in which they came."""
    if settings.late == "refuse":
        ordered = [one for one in ordered if not one.late] or ordered
    if settings.double == "best":
        return [*ordered]
    chosen = ordered[-1 if settings.double == "last" else 0]
    return [one for one in ordered if one is chosen or _at_once(one, chosen)]


def _at_once(one: HandIn, other: HandIn) -> bool:
    """Whether nothing tells which of two came first."""
    if one.attempt != other.attempt:
        return False
    if one.when is None or other.when is None:
        return True
    return abs((one.when - other.when).total_seconds()) <= GRAIN


def _order(one: HandIn) -> tuple[bool, float, int, str]:
    return (one.when is not None, one.when.timestamp() if one.when else 0, one.attempt, one.source)


def _doubts(hand_ins: Sequence[HandIn]) -> Iterator[Problem]:
    """One note for each assignment with hand-ins that may have been late."""
    for assignment in dict.fromkeys(one.assignment for one in hand_ins):
        names = [*dict.fromkeys(one.student for one in hand_ins
                                if one.assignment == assignment and one.doubtful)]  # fmt: skip
        if names:
            count = f"{len(names)} hand-in{'s' if len(names) > 1 else ''}"
            yield Problem("", assignment, _first(names), f"{count} {UNSURE}", NOTE)


def _empty(folder: pathlib.Path) -> Iterator[Problem]:
    for path in sorted(folder.iterdir()):
        real = path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
        if real and not is_junk(path.name) and not any(walk(path)):
            owner = _owner((path.name, ""), 0, {})
            name = safe_name(owner.name if owner else path.name)
            bare = not any(p.is_file() for p in path.rglob("*"))
            yield Problem(name, "", path.name, EMPTY if bare else LEFTOVERS)


def in_words(problem: Problem) -> str:
    """One line for the terminal."""
    who = " ".join(word for word in (problem.student, problem.assignment) if word)
    return f"{who + ': ' if who else ''}{problem.reason} ({problem.source})"


__all__ = ["EMPTY", "HandIn", "Problem", "assignments", "collect", "in_words", "safe_name"]
