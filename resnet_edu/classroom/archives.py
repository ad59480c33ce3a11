"""Reads what was handed in without unpacking it: files in folders and in zip archives.

Nothing is written and no link is followed. What an archive says of itself is checked before
anything is read: sizes, the number of its members, names that lead out of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import os
import pathlib
import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MIB = 1 << 20
MEMBERS = 20_000  # files in an archive of the whole class
STUDENT_MEMBERS = 500  # in an archive within it, and in all of those of one student
DIRECTORY = 16 * MIB  # bytes of an archive's own list of members
INNER = 16 * MIB  # an archive within an archive; it is read into memory
DEEPEST = 2  # an archive of the class, and in it one of a student
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__")
UTF8 = 0x800  # the flag of a member whose name is UTF-8
BAD = re.compile(r"[\x00-\x1f\x7f]|^[A-Za-z]:|^[\\/]")
OUTSIDE = "its name leads out of the archive"
LINK = "it is a link, and links are not followed"


class CollectError(ValueError):
    """Why something that was handed in is not read."""


class TooLargeError(CollectError):
    """It is larger than was asked for."""


@dataclass(frozen=True)
class Found:
    """A file: where it is, and the times that it carries.

    ``inner`` are the names within archives, one for each level; ``parts`` are folders and file
    name, an archive being a folder by its own name. ``disk`` is the time of the file at ``path``;
    ``listed`` what the outermost archive says of its member, in no zone.
    """

    path: pathlib.Path
    place: str
    inner: tuple[str, ...]
    parts: tuple[str, ...]
    disk: datetime.datetime
    listed: datetime.datetime | None = None

    @property
    def source(self) -> str:
        """Where it is, for people: ``class.zip > ada/blocks.ipynb``."""
        return " > ".join((self.place, *self.inner))

    def read(self, most: int) -> bytes:
        """The bytes; ``CollectError`` when they are more than ``most`` or cannot be read."""
        with _opened(self.path) as file:
            return _read_inner(file, self.inner, most)


@dataclass(frozen=True)
class Refused:
    """Something that was not read: its place and why."""

    parts: tuple[str, ...]
    source: str
    reason: str


@contextlib.contextmanager
def _opened(path: pathlib.Path) -> Iterator[BinaryIO]:
    """A plain file, opened; no link, no pipe and no device."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise CollectError(f"it cannot be opened: {error.strerror or error}") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise CollectError("it is not a plain file")
        yield file


def _read_inner(file: BinaryIO, inner: tuple[str, ...], most: int) -> bytes:
    if not inner:
        return _bounded(file, most)
    with _archive(file) as archive:
        try:
            member = archive.getinfo(inner[0])
        except KeyError:
            raise CollectError(f"the archive no longer holds {inner[0]!r}") from None
        data = _member(archive, member, INNER if inner[1:] else most)
    return _read_inner(io.BytesIO(data), inner[1:], most) if inner[1:] else data


def _bounded(file: BinaryIO, most: int) -> bytes:
    try:
        data = file.read(most + 1)
    except OSError as error:
        raise CollectError(f"it cannot be read: {error.strerror or error}") from None
    if len(data) > most:
        raise TooLargeError(_too_large(most))
    return data


def _too_large(most: int) -> str:
    return f"it is larger than {most / MIB:g} MiB"


@contextlib.contextmanager
def _archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """An archive whose list of members is of a size that can be read."""
    if _directory_size(file) > DIRECTORY:
        raise CollectError("the archive lists too many files")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
        raise CollectError(f"it is not a zip archive that can be read: {error}") from None
    with archive:
        for member in archive.infolist():
            member.filename = _readable(member)
        archive.NameToInfo = {member.filename: member for member in archive.infolist()}
        yield archive


def _readable(member: zipfile.ZipInfo) -> str:
    """The name of a member. Some programs, such as macOS's, write UTF-8 and do not say so."""
    if not member.flag_bits & UTF8:
        with contextlib.suppress(UnicodeError):
            return member.filename.encode("cp437").decode("utf-8")
    return member.filename


def _directory_size(file: BinaryIO) -> int:
    """How long the list of members is, by the end of the archive."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    file.seek(0)
    sizes = [0]
    for mark, place, form in ((b"PK\5\6", 12, "<L"), (b"PK\6\6", 40, "<Q")):
        for match in re.finditer(re.escape(mark), tail):
            number = tail[match.start() + place :][: struct.calcsize(form)]
            if len(number) == struct.calcsize(form):
                sizes += struct.unpack(form, number)
    return max(n for n in sizes if n != 0xFFFFFFFF)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    if member.flag_bits & 1:
        raise CollectError("it is encrypted")
    if member.file_size > most:
        raise TooLargeError(_too_large(most))
    try:
        with archive.open(member) as file:
            return _bounded(file, most)  # type: ignore[arg-type]
    except CollectError:
        raise
    except Exception as error:  # zlib, lzma and others each have their own
        raise CollectError(f"it cannot be unpacked: {error}") from None


def files(folder: pathlib.Path) -> Iterator[Found | Refused]:
    """All files below a folder, those in archives too, in the order of their names."""
    for path in walk(folder):
        parts = path.relative_to(folder).parts
        place = "/".join(parts)
        try:
            seen = path.lstat()
        except OSError as error:
            yield Refused(parts, place, f"it cannot be read: {error.strerror}")
            continue
        disk = datetime.datetime.fromtimestamp(seen.st_mtime, datetime.UTC)
        found = Found(path, place, (), parts, disk)
        if stat.S_ISLNK(seen.st_mode):
            yield Refused(parts, place, LINK)
        elif not stat.S_ISREG(seen.st_mode):
            yield Refused(parts, place, "it is not a plain file")
        elif path.suffix.lower() == ".zip":
            yield from _in_archive(found)
        else:
            yield found


def walk(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """The files and links below a folder, without what systems and editors leave behind."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_junk(name))
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        for name in sorted([*names, *links]):
            if not is_junk(name):
                yield pathlib.Path(where, name)


def is_junk(name: str) -> bool:
    """Whether it is a name that systems and editors give to what they leave behind."""
    return name in JUNK or name.startswith(("._", "~$"))


def _in_archive(outer: Found) -> Iterator[Found | Refused]:
    try:
        with _opened(outer.path) as file:
            yield from _members(file, outer)
    except CollectError as error:
        yield Refused(outer.parts, outer.source, str(error))


def _members(file: BinaryIO, outer: Found) -> Iterator[Found | Refused]:
    """What is in the archive that lies at ``outer``."""
    most = MEMBERS if len(outer.parts) == 1 else STUDENT_MEMBERS
    with _archive(file) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        if len(members) > most:
            raise CollectError(f"it holds {len(members):,} files; at most {most:,} are read")
        if not any(_steps(member) for member in members):
            raise CollectError("the archive is empty")
        for member in members:
            steps = _steps(member)
            if steps:
                listed = outer.listed if outer.inner else _time(member)
                inner, parts = (*outer.inner, member.filename), (*outer.parts, *steps)
                found = dataclasses.replace(outer, inner=inner, parts=parts, listed=listed)
                yield from _one(archive, member, found, outer)


def _steps(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """The folders and the name of a member; none for what systems and editors leave behind."""
    steps = tuple(s for s in re.split(r"[\\/]", member.filename) if s not in ("", "."))
    return () if any(map(is_junk, steps)) else steps


def _one(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, found: Found, outer: Found
) -> Iterator[Found | Refused]:
    wrong = _wrong(member)
    if wrong:
        parts = (*outer.parts, found.parts[-1]) if wrong == OUTSIDE else found.parts
        yield Refused(parts, found.source, wrong)
    elif not found.parts[-1].lower().endswith(".zip"):
        yield found
    elif len(found.inner) == DEEPEST:
        yield Refused(found.parts, found.source, "it is an archive in an archive in an archive")
    else:
        try:
            yield from _members(io.BytesIO(_member(archive, member, INNER)), found)
        except CollectError as error:
            yield Refused(found.parts, found.source, str(error))


def _wrong(member: zipfile.ZipInfo) -> str:
    if BAD.search(member.filename) or ".." in re.split(r"[\\/]", member.filename):
        return OUTSIDE
    if stat.S_ISLNK(member.external_attr >> 16):
        return LINK
    return "it is encrypted" if member.flag_bits & 1 else ""


def _time(member: zipfile.ZipInfo) -> datetime.datetime | None:
    """The time of a member; an archive does not say in which zone."""
    try:
        time = datetime.datetime(*member.date_time)
    except ValueError:
        return None
    return time if time.year > 1980 else None
