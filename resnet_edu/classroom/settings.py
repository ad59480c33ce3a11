"""The settings of a course: ``course.toml`` in the course folder.

Every setting has a default, so an empty file is a course too. The file that ``class new`` writes
explains each of them; ``load`` refuses what it does not know, with the nearest known name.
"""

from __future__ import annotations

import datetime
import difflib
import math
import os
import pathlib
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from .cage import MIB, Limits

FILE = "course.toml"
LATE = ("accept", "refuse", "percent")
DOUBLE = ("last", "first", "best")
FENCE = ("auto", "bubblewrap", "process")
LOCAL = "local"  # the zone of the computer that grades
DAY = datetime.timedelta(days=1)
SIZES = ("memory", "scratch", "file", "answer")  # limits that the file gives in MiB

TEMPLATE = """\
# The settings of this course. Change what you like; a line that is taken out has its default.
# Lines that begin with # are explanations.

# Stands above every report.
title = "ResNet"

# The time zone of dates that name none, such as "Europe/Berlin" or "America/New_York";
# "local" is the zone of the computer that grades.
time_zone = "local"

# What happens to a hand-in after its due date:
#   "accept"   it counts in full, and is listed as late
#   "percent"  for each day begun it loses late_percent of the points that it earned
#   "refuse"   it is graded, so the student gets the hints, and counts nothing
late = "percent"
late_percent = 10

# So many minutes after the due date a hand-in is still on time.
grace_minutes = 10

# Whether the time that a file carries can make a hand-in late. Copying changes that time, so it
# does not by default; nbgrader's timestamp.txt and the mark LATE of Canvas always count.
file_times = false

# Which hand-in counts when a student has several for one assignment:
#   "last", "first", or "best": all are graded, the one with the most points counts.
# Of those whose times do not tell which is the last or the first, the best counts.
# With late = "refuse", one that is late counts only where none is on time.
double = "last"

# What a wrong answer earns. true: of the points of its exercise the share of what holds, so one
# with all the layers and nothing that joins them may have half. false: nothing. nbgrader does not
# read this file: there it earns its share in any case.
partial = true

# So many days without a newly passed exercise, and a student is listed as stuck.
stuck_days = 14

# How many hand-ins are graded at a time: as many as the computer has cores to spare.
workers = 2

# What stands around a submission: "bubblewrap" (Linux; nothing but torch and NumPy can be seen,
# and no network), "process" (limits and a scratch folder only), or "auto": bubblewrap where it
# works, else process.
fence = "auto"

# true: every submission has a cage of its own. false: one after the other in the same cage, which
# is faster; docs/teaching.md says what that leaves open.
fresh = false

# When each assignment is due. A date alone is the end of that day; a time may name its zone:
# 2026-11-02T18:00:00+01:00. An assignment without a line is never late.
[due]
{due}

# Which exercises an assignment has; one without a line has all of its part. `class new`, run again
# in this folder, makes its notebook in source/ anew, unless you have changed that notebook.
[exercises]
# network = ["ResNet", "spot_projection", "spot_stem", "spot_channels"]

# Columns of your own, such as a project or an oral examination, and the most points of each.
# The marks stand in overrides.csv, each in a line such as student,project,,8,comment
[extra]
# project = 10

# What one submission may use.
[limits]
# seconds of Python in one cell, or for one exercise; total: seconds for the whole notebook
seconds = {seconds:g}
total = {total:g}
# MiB of memory beyond what torch takes; of files that it may write, all together, and for one
memory = {memory}
scratch = {scratch}
file = {file}
# how many processes it may have
processes = {processes}
# MiB of what may be seen of it; MiB of the notebook itself: a larger one is not read
answer = {answer}
notebook = {notebook}
"""


class SettingsError(ValueError):
    """Something in ``course.toml`` that cannot be used: what, what is allowed, and where."""


@dataclass(frozen=True)
class Settings:
    """The settings of one course; see the comments of ``TEMPLATE``."""

    title: str = "ResNet"
    zone: datetime.tzinfo | None = None  # None: the zone of this computer
    due: Mapping[str, datetime.datetime] = field(default_factory=dict)
    late: str = "percent"
    late_percent: float = 10
    grace_minutes: float = 10
    file_times: bool = False
    double: str = "last"
    partial: bool = True
    stuck_days: int = 14
    workers: int = 2
    fence: str = "auto"
    fresh: bool = False
    exercises: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, float] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    notebook: int = 8 * MIB

    def in_zone(self, when: datetime.datetime) -> datetime.datetime:
        """The time in the zone of the course; one that names no zone is meant to be there."""
        if when.tzinfo is None and self.zone is not None:
            return when.replace(tzinfo=self.zone)
        return when.astimezone(self.zone)

    def days_late(self, assignment: str, when: datetime.datetime | None) -> float:
        """How many days after the due date that is, 0 when on time or nothing is known."""
        due = self.due.get(assignment)
        if due is None or when is None:
            return 0.0
        late = self.in_zone(when) - due
        grace = datetime.timedelta(minutes=self.grace_minutes)
        return late / DAY if late > grace else 0.0

    def earned(self, seen: Mapping[str, Any]) -> float:
        """The points for one exercise of a result, before the late rule."""
        full = float(seen["points"])
        return full * float(seen["score"]) if self.partial else full * bool(seen["passed"])

    def kept(self, days_late: float) -> float:
        """The share of the earned points that a hand-in keeps, so many days late."""
        if days_late <= 0 or self.late == "accept":
            return 1.0
        if self.late == "refuse":
            return 0.0
        return max(0.0, 1 - math.ceil(days_late) * self.late_percent / 100)


def template(assignments: Iterable[str]) -> str:
    """The text of a new ``course.toml``, with a due date to fill in for each assignment."""
    known, limits = list(assignments), Limits()
    width = max(map(len, known), default=0)
    due = "\n".join(f"# {name:<{width}} = 2026-12-31" for name in known)
    sizes = {name: getattr(limits, name) // MIB for name in SIZES}
    return TEMPLATE.format(due=due, seconds=limits.seconds, total=limits.total,
                           processes=limits.processes, notebook=Settings.notebook // MIB,
                           **sizes)  # fmt: skip


def load(folder: str | os.PathLike[str], assignments: Iterable[str] = ()) -> Settings:
    """The settings of the course in ``folder``.

    ``assignments`` are the names that a due date may have, any when there are none, and, where they
    are a mapping, the exercises of each. Raises ``SettingsError`` when there is no ``course.toml``
    or something in it cannot be used.
    """
    path = pathlib.Path(folder) / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a mark before the text
    except (FileNotFoundError, NotADirectoryError):
        raise SettingsError(
            f"there is no {FILE} in {folder}: `python -m resnet_edu class new {folder}` makes one"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text: save it as UTF-8 ({error})") from None
    try:
        return read(text, assignments)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def read(text: str, assignments: Iterable[str] = ()) -> Settings:
    """The settings that the text of a ``course.toml`` gives; ``SettingsError`` as in ``load``."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_not_toml(text, error)) from None
    names = list(assignments)
    homes = {name: TOP for name in PLAIN} | {name: "[limits]" for name in LIMITED}
    homes |= {name: "[due]" for name in names}
    _known("setting", table, PLAIN | set(HEADINGS), homes)
    values = {name: _value(name, table[name]) for name in PLAIN & set(table) - {"time_zone"}}
    zone = _zone(table.get("time_zone", LOCAL))
    limits = _table("limits", table)
    _known("limit", limits, LIMITED, homes)
    notebook = Settings.notebook
    if "notebook" in limits:
        notebook = round(_number("limits.notebook", limits.pop("notebook"), 0.001) * MIB)
    extra = _extra(_table("extra", table), names, homes)
    exercises = _exercises(_table("exercises", table), assignments, homes)
    settings = Settings(zone=zone, limits=_limits(limits), notebook=notebook, extra=extra,
                        exercises=exercises, **values)  # fmt: skip
    given = _table("due", table)
    for name in set(given) & set(extra):
        raise SettingsError(f"due.{name}: {name} is a column of your own below [extra], for which "
                            "nothing is handed in: take its line below [due] out")  # fmt: skip
    _known("assignment in [due]", given, names or given, homes)
    due = {name: _moment(name, value, settings) for name, value in given.items()}
    return Settings(**{**vars(settings), "due": due})


def _known(
    kind: str, given: Iterable[str], allowed: Iterable[str], homes: Mapping[str, str]
) -> None:
    names = sorted(allowed)
    for name in given:
        if name not in names:
            instead = _instead(name, names, homes)
            raise SettingsError(f"there is no {kind} named {name!r}: {instead}")


def _instead(name: str, names: Sequence[str], homes: Mapping[str, str]) -> str:
    """Where a name belongs that stands elsewhere, else one that is near, else all."""
    if name in homes:
        return f"its line belongs {'' if homes[name] == TOP else 'below the heading '}{homes[name]}"
    near = difflib.get_close_matches(name, names, n=1)
    if not near:
        away = difflib.get_close_matches(name, homes, n=1)
        if away:
            return f"did you mean {away[0]}? {_instead(away[0], names, homes)}"
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def _not_toml(text: str, error: tomllib.TOMLDecodeError) -> str:
    """What is wrong with a line that no one can read, with the line and what to write instead."""
    lines = text.rstrip().split("\n")
    place = re.search(r"at line (\d+)", str(error))
    number = min(int(place[1]), len(lines)) if place else len(lines)
    line = lines[number - 1].strip()
    heads = (re.match(r"\s*\[(\w+)\]", one) for one in reversed(lines[:number]))
    heading = next((head[1] for head in heads if head), "")
    name, _, value = (part.strip() for part in re.sub(r"\s#.*", "", line).partition("="))
    tip = "words stand in quotes, true and false do not"
    if "overwrite" in str(error) or "twice" in str(error):
        tip = "the same stands further up: one of the two has to go"
    elif re.match(r"""["'][^"']*$""", value):
        tip = "the quote at its end is missing"
    elif re.match(r"\d{4}-\d\d-\d\d$", value):
        tip = "there is no such day"
    elif heading == "due" and value:
        tip = f"a date is written {DATES}"
    elif re.fullmatch(r"(?i)true|false", value):
        tip = f"write {name} = {value.lower()}"
    elif re.match(r"[\d.]+,\d", value):
        tip = f"a number is written with a point: {name} = {value.replace(',', '.', 1)}"
    elif "=" not in line and not line.startswith("["):
        tip = "a line is name = value; an explanation begins with #"
    return f"line {number} cannot be read: {line[:80]}: {tip}"


def _extra(
    given: Mapping[str, Any], assignments: Sequence[str], homes: Mapping[str, str]
) -> dict[str, float]:
    """The teacher's own columns and what each is worth."""
    for name in given:
        if name in assignments:
            raise SettingsError(f"extra.{name}: {name} is an assignment, whose points come from "
                                "its exercises: give your own column another name")  # fmt: skip
        if name in homes:
            _known("column", [name], (), homes)
        if not name.strip():
            raise SettingsError("a column below [extra] has no name: write project = 10")
    return {name: _number(f"extra.{name}", value, 0) for name, value in given.items()}


def _exercises(
    given: Mapping[str, Any], assignments: Iterable[str], homes: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The exercises that a course has chosen, by assignment."""
    names = list(assignments)
    _known("assignment in [exercises]", given, names or given, homes)
    listed = assignments if isinstance(assignments, Mapping) else {}
    for name, chosen in given.items():
        there = [exercise.name for exercise in listed.get(name, ())]
        if not isinstance(chosen, list) or not chosen or {type(one) for one in chosen} != {str}:
            shown = ", ".join(f'"{one}"' for one in there[:2])
            raise SettingsError(f"exercises.{name} = {_shown(chosen)} is not a list of exercises: "
                                f"write for example {name} = [{shown}]")  # fmt: skip
        _known(f"exercise of {name}", chosen, there or chosen, {})
    return {name: tuple(dict.fromkeys(chosen)) for name, chosen in given.items()}


def _table(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise SettingsError(f"[{name}] is a heading with lines below it, not {value!r}")
    return dict(value)


CHOICES = {"late": LATE, "double": DOUBLE, "fence": FENCE}
LEAST = {"late_percent": 0, "grace_minutes": 0, "stuck_days": 1, "workers": 1}
MOST = {  # a year in minutes, ten in days; a day in seconds; a TiB in MiB
    "late_percent": 100, "grace_minutes": 525_600, "stuck_days": 3650, "workers": 256,
    "seconds": 86_400, "total": 86_400, "memory": MIB, "scratch": MIB, "file": MIB,
    "answer": 4096, "notebook": 4096, "processes": 100_000,
}  # fmt: skip
WHOLE = {"stuck_days", "workers", "processes"}
HEADINGS = ("due", "exercises", "extra", "limits")
PLAIN = {f.name for f in fields(Settings)} - {"zone", "notebook", *HEADINGS} | {"time_zone"}
LIMITED = {f.name for f in fields(Limits)} - {"step"} | {"notebook"}
TOP = "at the top of the file, above the first heading in brackets"
DATES = '2027-02-28, or with a time "2027-02-28 23:59"'


def _value(name: str, value: Any) -> Any:
    if name in CHOICES:
        if value not in CHOICES[name]:
            allowed = ", ".join(f'"{word}"' for word in CHOICES[name])
            raise SettingsError(f"{name} = {_shown(value)} is not one of {allowed}")
        return value
    if name in LEAST:
        return _number(name, value, LEAST[name])
    kind = {"title": str, "file_times": bool, "fresh": bool, "partial": bool}[name]
    if not isinstance(value, kind):
        allowed = "true or false" if kind is bool else "text in quotes"
        raise SettingsError(f"{name} = {_shown(value)} is not {allowed}")
    return value


def _number(name: str, value: Any, least: float) -> Any:
    heading, _, plain = name.rpartition(".")
    most = 100_000 if heading == "extra" else MOST[plain]
    whole = plain in WHOLE and heading != "extra"
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not fits or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"{name} = {_shown(value)} is not {kind} from {least:g} to {most}: "
                            f"write for example {plain} = {_example(heading, plain)}")  # fmt: skip
    return value


def _example(heading: str, name: str) -> str:
    """A value that can be used: the one that a new course has."""
    if heading == "extra":
        return "10"
    source = Limits() if heading == "limits" and name != "notebook" else Settings()
    value = getattr(source, name)
    return f"{value // MIB if name in (*SIZES, 'notebook') else value:g}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:60]} …"


def _limits(given: Mapping[str, Any]) -> Limits:
    values: dict[str, Any] = {}
    for name, value in given.items():
        number = _number(f"limits.{name}", value, 1)
        values[name] = round(number * MIB) if name in SIZES else number
    if "seconds" in values:
        values["step"] = values["seconds"] + Limits.step - Limits.seconds
    limits = Limits(**values)
    if limits.total < limits.step:
        raise SettingsError(
            f"limits.total = {limits.total:g} is less than the {limits.step:g} s that one step may "
            f"take: give it more, or limits.seconds less"
        )
    return limits


def _zone(name: Any) -> datetime.tzinfo | None:
    if name == LOCAL:
        return None
    if name == "UTC":
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        tip = "use a name like \"Europe/Berlin\", \"UTC\" or \"local\""
        if not zoneinfo.available_timezones():
            tip = 'this system has no list of zones: `pip install tzdata`, or use "UTC" or "local"'
        raise SettingsError(f"time_zone = {_shown(name)} is not known: {tip}") from None


def _moment(name: str, value: Any, settings: Settings) -> datetime.datetime:
    """A due date as a moment; a date alone is its last second."""
    given = _dated(value) if isinstance(value, str) else value
    if isinstance(given, datetime.date) and not isinstance(given, datetime.datetime):
        given = datetime.datetime.combine(given, datetime.time(23, 59, 59))
    if not isinstance(given, datetime.datetime):
        raise SettingsError(f"due.{name} = {_shown(value)} is not a date: it is written {DATES}")
    try:
        return settings.in_zone(given)
    except (OverflowError, ValueError, OSError):
        raise SettingsError(f"due.{name} = {_shown(value)}: that year cannot be used") from None


def _dated(text: str) -> datetime.date | None:
    """A date that stands in quotes, with a time or without."""
    for kind in (datetime.date, datetime.datetime):
        try:
            return kind.fromisoformat(text.strip())
        except ValueError:
            continue
    return None
