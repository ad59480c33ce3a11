"""Who is in the class: ``students.csv`` in the course folder, which no command writes to.

Its columns are student (the name as in the reports), name, email, id and username; the headings of
a list of participants from an LMS are understood as well.
"""

from __future__ import annotations

import csv
import io
import pathlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .collecting import safe_name
from .marks import comma_of, text_of

FILE = "students.csv"
COLUMNS = ("student", "name", "email", "id", "username")
RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell with these for a formula
WORDS = {
    "name": ("full name", "vollständiger name"),
    "email": ("email address", "e-mail", "e-mail address", "mail", "e-mail-adresse"),
    "id": ("id number", "idnumber", "student id", "sis user id", "id-nummer", "matrikelnummer"),
    "username": ("user name", "login", "login id", "sis login id", "anmeldename", "benutzername"),
    "first": ("first name", "given name", "vorname"),
    "last": ("last name", "surname", "family name", "nachname"),
}  # other headings of the same
HEADINGS = (f"the columns are {', '.join(COLUMNS)}; of a list from an LMS these are understood: "
            f"{', '.join(word for words in WORDS.values() for word in words)}")  # fmt: skip
POSSIBLE = "Points Possible"  # a line of Canvas's gradebook
MOODLE_OWN = re.compile(r"(Participant|Teilnehmer/in|Teilnehmer) ?\d+")  # and no ID number
Row = Mapping[str, str]


class RosterError(ValueError):
    """A ``students.csv`` that cannot be used, and why."""


def read(path: pathlib.Path) -> tuple[dict[str, Row], list[str]]:
    """The students of the course by key, and what is odd; none when there is no such file.

    Raises ``RosterError``.
    """
    try:
        text = text_of(path.read_bytes())
    except FileNotFoundError:
        return {}, []
    comma = comma_of(text)
    rows = csv.DictReader(io.StringIO(text), delimiter=comma)
    names = {head: _plain(head or "") for head in rows.fieldnames or []}
    if not {"student", "name"} & set(names.values()) and not {"first", "last"} <= set(
        names.values()
    ):
        there = ", ".join(map(str, names))[:200]
        raise RosterError(f"{path}: no column student: the first line has {there!r}; {HEADINGS}")
    listed: list[tuple[int, Row]] = []
    slips: list[str] = []
    for row in rows:
        if any(cell.strip() for cell in row.pop(None, []) or []):  # type: ignore[call-overload]
            raise RosterError(f"{path}, line {rows.line_num}: it has more cells than the first "
                              f"line: put a name that holds {comma!r} in double quotes")
        cells = _row({names[head]: _unquoted(cell) for head, cell in row.items()})
        if cells["student"] and cells["student"] != POSSIBLE:
            listed.append((rows.line_num, cells))
    if "student" not in names.values():
        listed, slips = _told_apart(listed)
    found: dict[str, Row] = {}
    lines: dict[tuple[str, str], tuple[int, str]] = {}  # what a line has: the line, and whose it is
    for line, plain in listed:
        key = safe_name(plain["student"])
        slips += _doubled(plain, key, line, lines)
        found[key] = plain
    return found, slips


def _told_apart(listed: list[tuple[int, Row]]) -> tuple[list[tuple[int, Row]], list[str]]:
    """A list without a column student, where several of one name have a number behind it."""
    alike: dict[str, list[tuple[int, Row]]] = {}
    for line, row in listed:
        alike.setdefault(safe_name(row["student"]).casefold(), []).append((line, row))
    keys: dict[int, str] = {}
    said = []
    for group in alike.values():
        mark = _mark([row for _, row in group])
        if mark:
            own = {line: f"{row['student']} ({row[mark]})" for line, row in group}
            keys |= own
            said.append(
                f"{FILE}, lines {', '.join(map(str, own))}: {group[0][1]['student']} stands there "
                f"{len(own)} times; listed are {', '.join(own.values())}. A column student can "
                "have the names that the reports have for their hand-ins"
            )
    return [(n, {**row, "student": keys.get(n, row["student"])}) for n, row in listed], said


def _mark(rows: Sequence[Row]) -> str:
    """The column that tells students of one name apart; "" if there is one, or nothing tells."""
    for column in ("id", "username", "email"):
        cells = {row[column].casefold() for row in rows}
        if len(cells) > 1 and "" not in cells:
            return column
    return ""


def _plain(heading: str) -> str:
    """The column that a heading means."""
    plain = unicodedata.normalize("NFC", heading).strip().lower()
    return next((column for column, words in WORDS.items() if plain in words), plain)


def _unquoted(cell: str | None) -> str:
    """A cell without the sign that ``table`` in ``reporting`` puts before what may be a formula."""
    text = (cell or "").strip()
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(RISKY) else text


def _row(cells: dict[str, str]) -> dict[str, str]:
    """The columns of one student; without a column student the whole name stands for it."""
    both = f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    name = cells.get("name") or both
    known = {column: cells.get(column, "") for column in COLUMNS}
    known["id"] = "" if MOODLE_OWN.fullmatch(known["id"]) else known["id"]
    return {**known, "name": name, "student": cells.get("student", name)}


def _doubled(
    row: Row, key: str, line: int, lines: dict[tuple[str, str], tuple[int, str]]
) -> Iterator[str]:
    """That a line of the roster has what tells a student and stands in an earlier one."""
    others = {f"{column} {row[column]!r}": (column, row[column].casefold())
              for column in ("email", "id", "username") if row[column]}  # fmt: skip
    for words, cell in {"student": ("student", key.casefold()), **others}.items():
        before, whose = lines.setdefault(cell, (line, key))
        place = f"{FILE}, line {line}: {key}"
        if before == line:
            continue
        if whose != key:
            words = "name" if words == "student" else words
            yield f"{place} has the {words} of {whose} in line {before}: both are listed"
        elif words == "student":
            yield f"{place} stands in line {before} already: line {line} counts"


def by_name(rows: Mapping[str, Row], keys: Iterable[str]) -> dict[str, str]:
    """The key of each student by the name in the roster; "" for one that several have.

    A name that is a key itself is left out.
    """
    names = {key: unicodedata.normalize("NFC", row["name"]) for key, row in rows.items()}
    often, taken = Counter(names.values()), {*rows, *keys, ""}
    return {name: key if often[name] == 1 else "" for key, name in names.items()
            if name not in taken}  # fmt: skip
