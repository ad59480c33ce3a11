"""The pages of a report: one for the class, one for each student with nobody else's data.

Each is one file that fetches nothing. All that students wrote is escaped, and a policy in the page
allows no script but its own.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import math
import pathlib
import re
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..exercises.catalogue.spot import BUGS, LETTERS
from . import findings, plots
from .collecting import NOTE, Problem
from .findings import Student
from .grading import NOT_RUN
from .marks import Marks, Result

if TYPE_CHECKING:
    from .reporting import Course

HERE = pathlib.Path(__file__).parent
LONGEST = 4000  # characters of code, or of a text, that a page shows
NAMES = 12  # names in one list; the rest is folded
SHOWN = 8  # rows of a table; the rest is folded


def esc(text: Any, most: int = LONGEST) -> str:
    """Text for a page: escaped, shortened, without characters that are not to be seen."""
    cut, rest = str(text)[:most], len(str(text)) - most
    cut += f" … ({rest:,} more characters)" if rest > 0 else ""
    cut = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", cut)
    cut = re.sub(r"[\u202a-\u202e\u2066-\u2069]", "\ufffd", cut)  # turn text around
    return html.escape(cut, quote=True)


def prose(text: Any, most: int = LONGEST) -> str:
    """Text for a page in which `code` between backticks is set as code."""
    return re.sub(r"`([^`\n]{1,120})`", r"<code>\1</code>", esc(text, most))


def number(value: float) -> str:
    """Two places at most: ``7``, ``6.5``, ``6.33``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _days(count: float) -> str:
    return f"{number(count)} day{'' if count == 1 else 's'}"


@functools.cache
def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _page(title: str, body: str, script: str = "") -> str:
    """A whole page. Its policy names the one script that may run, by its digest."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'" if script else "script-src 'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; {allowed}; base-uri 'none'"
    run = f"<script>{script}</script>" if script else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{_file("pages.css")}</style>
</head>
<body>
<main>
{body}
</main>
{run}
</body>
</html>
"""


# The class


def class_page(course: Course) -> str:
    """The page for the teacher."""
    title = f"{esc(course.settings.title, 200)}: the class"
    parts = [
        f"<h1>{title}</h1>", _as_of(course), _old(course), _tiles(course), _could_not_run(course),
        _to_act_on(course), _plots(course), _students(course), _notes(course),
    ]  # fmt: skip
    return _page(title, "\n".join(parts), _file("pages.js"))


def _as_of(course: Course) -> str:
    moment = findings.newest(course.students, course.settings)
    if moment is None:
        return ""
    local = course.settings.in_zone(moment)
    return f'<p class="faint">Up to the hand-in of {local:%Y-%m-%d, %H:%M} ({local:%z}).</p>'


def _old(course: Course) -> str:
    return "".join(f'<p class="bad">{prose(said)}.</p>' for said in course.old)


def _tiles(course: Course) -> str:
    results = [r for s in course.students for r in s.results.values()]
    done = sum(r["status"] == "graded" for r in results)
    strays = sum(not p.student for p in _refused(course))
    refused = len(_refused(course)) - strays
    failed = len(results) - done + refused
    waiting = sum(len(s.waiting) for s in course.students)
    all_ = len(results) + refused + waiting
    idle = sum(not (s.results or s.refused or s.waiting) for s in course.students)
    tiles = [(len(course.students), "students"), (all_, "hand-ins"),
             (done, "graded"), (findings.late(course.students, course.settings), "late"),
             (failed, "could not run"), (idle, "handed in nothing")]  # fmt: skip
    tiles[3:3] = [(waiting, "not graded yet")] * bool(waiting)
    tiles += [(strays, "of unknown students")] * bool(strays)
    cells = "".join(f"<li><b>{count:,}</b> {name}</li>" for count, name in tiles)
    return f'<ul class="tiles">{cells}</ul>{HAND_IN}'


HAND_IN = ('<p class="faint">A hand-in is what a student gave for one assignment, be it graded or '
           "not. <i>Could not run</i> counts also what could not be taken.</p>")  # fmt: skip


def _refused(course: Course) -> list[Any]:
    return [p for p in course.problems if p.kind != NOTE]


def _to_act_on(course: Course) -> str:
    return "\n".join(
        ["<h2>The most frequent mistakes</h2>", _mistakes(course), "<h2>Who is stuck</h2>",
         _stuck(course), "<h2>Identical answers</h2>", _identical(course)]
    )  # fmt: skip


def _mistakes(course: Course) -> str:
    found = findings.frequent(course.students, course.right)
    if not found:
        return '<p class="none">No mistake was recognised.</p>'
    most = len(found[0].students)
    rows = []
    for one in found:
        share = 100 * len(one.students) / most
        line = f"<pre><code>{esc(one.line, 160)}</code></pre>" if one.line else ""
        typical = f'<p class="faint">a line of a typical answer</p>{line}' if line else ""
        rows.append(
            f'<li><div class="count"><b>{len(one.students)}</b><span class="bar">'
            f'<span style="width:{share:.0f}%"></span></span></div><div>'
            f"<h3>{_places(one.exercises)} {prose(one.title, 300)}</h3>"
            f"{_answered(one)}<p>{_sentence('Repeat', one.section)}</p>{typical}</div></li>"
        )
    return f'<ol class="mistakes">{"".join(rows)}</ol>'


def _places(exercises: Sequence[str]) -> str:
    """The exercises in which a mistake was made: two of them, and how many more there are."""
    names = [f"<code>{esc(name, 80)}</code>" for name in exercises]
    if len(names) <= 3:
        return ", ".join(names)
    return f"{', '.join(names[:2])} and {len(names) - 2} more:"


def _answered(one: findings.Frequent) -> str:
    """The line and the reason that were given for a bug to spot."""
    if one.answer is None:
        return ""
    line, letter = one.answer
    reason = next((dict(zip(LETTERS, bug.shown, strict=True)).get(letter, "")
                   for bug in BUGS if bug.name == one.exercises[0]), "")  # fmt: skip
    words = f": <i>{prose(reason, 300)}</i>" if reason else ""
    return f"<p>Answered: line {esc(line, 20)}, reason {esc(letter, 20)}{words}</p>"


def _sentence(verb: str, section: str) -> str:
    """``Read chapter 05, section 4: Where the stride sits.``"""
    place = _section(section)
    return f"{verb} {place}" + ("" if place.endswith("?</i>") else ".")


def _section(section: str) -> str:
    """``chapter 05, section 4: Where the stride sits``"""
    chapter, _, rest = section.partition(" ")
    if not chapter:
        return "the chapter of this exercise"
    heading = _headings().get((chapter, rest.lstrip("§ ")), "")
    words = f"chapter {esc(chapter, 20)}"
    if rest:
        words += f", section {esc(rest.lstrip('§ '), 80)}"
    return words + (f": <i>{prose(heading, 120)}</i>" if heading else "")


@functools.cache
def _headings() -> dict[tuple[str, str], str]:
    """The headings of the chapters, where their files are there."""
    from ..chapters import FOLDER

    form = re.compile(r"^# ## (\d+) · (.+)$", re.MULTILINE)
    return {(path.name[:2], number): heading
            for path in FOLDER.glob("[0-9][0-9]_*.py")
            for number, heading in form.findall(path.read_text(encoding="utf-8"))}  # fmt: skip


def _link(student: Student) -> str:
    place = urllib.parse.quote(f"{student.key}.html")
    return f'<a href="students/{place}"><bdi>{esc(student.shown, 120)}</bdi></a>'


def _stuck(course: Course) -> str:
    found = findings.stuck(course.students, course.settings)
    limit = course.settings.stuck_days
    if not found:
        return ('<p class="none">Nobody who handed in work and has exercises open has gone '
                f'{_days(limit)} without passing one.</p>')  # fmt: skip
    rows = [(_link(s.student), _since(s), _at(s)) for s in found]
    return (
        f"<p>Nothing passed yet, or nothing new in the {_days(limit)} before the newest "
        "hand-in.</p>"
        + _table(("student", "since", "at"), rows)
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose rows stand below each other on a phone; of a long one the rest is folded."""
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)

    def part(some: Sequence[Sequence[str]]) -> str:
        lines = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in some)
        return f'<table class="stack"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'

    if len(rows) <= SHOWN + 3:
        return part(rows)
    rest = f"<details><summary>{len(rows) - SHOWN} more</summary>{part(rows[SHOWN:])}</details>"
    return part(rows[:SHOWN]) + rest


def _since(one: findings.Stuck) -> str:
    if one.days is not None:
        return _days(round(one.days))
    first = f", first hand-in {_days(round(one.tried))} before the newest"
    return "nothing passed yet" + (first if one.tried >= 1 else "")


def _at(one: findings.Stuck) -> str:
    name, said = one.at[0]
    more = f' <span class="faint">and {len(one.at) - 1} more</span>' if len(one.at) > 1 else ""
    return f"<code>{esc(name, 80)}</code> {prose(said, 160)}{more}"


def _identical(course: Course) -> str:
    found = findings.identical(course.students)
    if not found:
        return '<p class="none">None, short answers aside.</p>'
    rows = []
    for group in found:
        names = _folded([_link(s) for s in group.students], NAMES)
        what = "the same file" if group.same_file else _listed(group.exercises)
        rows.append((names, f"{esc(group.assignment, 80)}: {what}", "; ".join(_verdicts(group))))
    return (
        "<p>The same file, or the same text, comments and spaces aside, in answers that are not "
        "short. A reason to ask, no proof: it may come from a book, or from work in pairs. One "
        "text can be wrong for some only: then other cells of theirs differ, or spaces.</p>"
        + _table(("students", "what", "right or wrong"), rows)
    )


def _verdicts(group: findings.Identical) -> Iterable[str]:
    """What is wrong, and for whom where that is not the same for all of them."""
    many = len(group.exercises)
    if group.wrong:
        count = f"{len(group.wrong)} of {many} " if many > 1 else ""
        yield f"{count}wrong in the same way: {_listed(group.wrong)}"
    whose: dict[tuple[str, ...], list[str]] = {}
    for name, keys in group.apart.items():
        whose.setdefault(keys, []).append(name)
    for keys, names in whose.items():
        if len(keys) == len(group.students):
            yield f"wrong in several ways: {_listed(names)}"
        else:
            links = _folded([_link(s) for s in group.students if s.key in keys], 4)
            yield f"wrong only for {links}: {_listed(names)}"
    if group.unwritten:
        yield f"without an answer: {_listed(group.unwritten)}"
    if not (group.wrong or group.apart or group.unwritten):
        yield "all right"


def _listed(names: Sequence[str]) -> str:
    return _folded([f"<code>{esc(name, 80)}</code>" for name in names], 4)


def _folded(words: Sequence[str], most: int) -> str:
    """All of a list; what is more than ``most`` stands behind a fold."""
    if len(words) <= most + 1:
        return ", ".join(words)
    rest = f"<summary>and {len(words) - most} more</summary>{', '.join(words[most:])}"
    return f"{', '.join(words[:most])} <details>{rest}</details>"


def _could_not_run(course: Course) -> str:
    rows = [(_link(s), a, r["source"], r["reason"])
            for s in course.students for a, r in s.results.items()
            if r["status"] != "graded"]  # fmt: skip
    known = {s.key: s for s in course.students}
    rows += [(_link(known[p.student]) if p.student in known else esc(p.student, 120),
              p.assignment, p.source, p.reason) for p in _refused(course)]  # fmt: skip
    if not rows:
        return ""
    cells = [(who, esc(a, 80), prose(reason, 200), f'<span class="faint">{esc(source, 120)}</span>')
             for who, a, source, reason in rows]  # fmt: skip
    strays = sum(not p.student for p in _refused(course))
    more = f", and {strays} of unknown students" if strays else ""
    heads = ("student", "assignment", "reason", "file")
    return (
        f"<details{' open' if len(rows) <= SHOWN else ''}><summary>Why {len(rows) - strays} could "
        f"not run{more}</summary>{_table(heads, cells)}</details>"
    )


def _plots(course: Course) -> str:
    shares = findings.per_exercise(course.students)
    figures = []
    for assignment in course.assignments:
        of_it = [share for share in shares if share.assignment == assignment]
        if of_it:
            caption = f"Points per exercise: {esc(assignment, 80)}"
            figures.append(_figure(plots.points_plot(of_it), caption, MEAN))
    days = findings.by_day(course.students, course.settings)
    if days:
        caption = "Hand-ins and mistakes by days after the due date"
        figures.insert(0, _figure(plots.days_plot(days), caption, DAYS + _undated(course)))
    elif figures:
        why = "no assignment has a due date in course.toml, or no hand-in has a time"
        figures.append(f"<p class='none'>No plot over the days: {why}.</p>")
    return f'<h2>Plots</h2><div class="plots">{"".join(figures)}</div>' if figures else ""


def _undated(course: Course) -> str:
    """How many hand-ins the plot leaves out, and why."""
    left = [a for s in course.students for a, r in s.results.items()
            if findings.day(a, r, course.settings) is None]  # fmt: skip
    free = [a for a in left if a not in course.settings.due]
    rest = len(left) - len(free)
    said = []
    if free:
        names = [a for a in course.assignments if a in free]
        have = "has" if len(names) == 1 else "have"
        said.append(f" {_left_out(len(free))}: {esc(', '.join(names), 200)} {have} no due date.")
    if rest:
        said.append(f" {_left_out(rest)}: no time that counts tells the day.")
    return "".join(said)


def _left_out(count: int) -> str:
    return "One hand-in is left out" if count == 1 else f"{count} hand-ins are left out"


MEAN = "First part of a bar: the share of students who passed. Whole bar: the mean of the points."
DAYS = "Day 0 is the last before the due date. Mistakes: exercises that were answered, not passed."


def _figure(drawn: str, caption: str, more: str) -> str:
    return (f"<figure><figcaption><b>{caption}</b> {more}</figcaption>{drawn}"
            "</figure>")  # fmt: skip


def _students(course: Course) -> str:
    heads = "".join(_head(esc(a, 80), "number", _of(course.of[a]))
                    for a in course.assignments)  # fmt: skip
    total = number(sum(course.of.values()))
    rows = "".join(_row(course, student) for student in course.students)
    return f"""<h2>The students</h2>
<p><label>Find <input id="find" type="search" autocomplete="off"></label>
<span id="found" role="status"></span></p>
<div class="wide tall"><table id="students"><thead><tr>{_head("student", "text")}{heads}
{_head("points", "number", f"of {total}")}{_head("passed", "number")}{_head("days late", "number")}
{_head("state", "text")}</tr></thead><tbody>{rows}</tbody></table></div>"""


def _head(name: str, kind: str, below: str = "") -> str:
    small = f' <span class="faint">{below}</span>' if below else ""
    return (f'<th scope="col" data-kind="{kind}"><button type="button">{name}{small}'
            "</button></th>")  # fmt: skip


def _row(course: Course, student: Student) -> str:
    cells = "".join(_points(student, assignment) for assignment in course.assignments)
    exercises = [e for r in student.results.values() for e in r["exercises"].values()]
    passed = sum(bool(e["passed"]) for e in exercises)
    late = math.ceil(100 * max((r["days_late"] for r in student.results.values()), default=0)) / 100
    state = "; ".join(_state(course, student))
    return (
        f'<tr><th scope="row">{_link(student)}{_key(student)}</th>{cells}'
        f"{_number('points', student.points)}{_number('passed', passed)}"
        f"{_number('days late', late, number(late) if late else '')}"
        f"<td>{state}</td></tr>"
    )


def _key(student: Student) -> str:
    """What stands for the student in ``overrides.csv``, where that is not the name shown."""
    if student.shown == student.key:
        return ""
    return f' <bdi class="faint">{esc(student.key, 120)}</bdi>'


def _number(name: str, value: float, shown: str | None = None) -> str:
    """A cell that is sorted by number; on a phone its name stands before it."""
    text = number(value) if shown is None else shown
    return f'<td class="n" data-name="{name}" data-sort="{value}">{text}</td>'


def _points(student: Student, assignment: str) -> str:
    mark, name = student.marks.get(assignment), esc(assignment, 80)
    points = student.counts(assignment)
    if points is None:
        return _number(name, -1, "–")
    own = ' <abbr title="your own mark">*</abbr>' if mark and mark.own else ""
    return _number(name, points, f"{number(points)}{own}")


def _state(course: Course, student: Student) -> Iterable[str]:
    for assignment in dict.fromkeys(p.assignment for p in student.refused):
        yield f"{esc(assignment, 80)}: not taken" if assignment else "not taken"
    if not student.results and not student.waiting and not student.refused:
        yield "handed in nothing"
    for assignment in sorted(student.waiting):
        yield f"{esc(assignment, 80)}: not graded yet"
    for assignment, result in student.results.items():
        if result["status"] != "graded":
            yield f"{esc(assignment, 80)}: {esc(result['status'], 40)}"
        notes = [seen["note"] for seen in result["exercises"].values()]
        unread, ended = notes.count(NOT_RUN), notes.count("stopped")
        if unread:
            yield f"{esc(assignment, 80)}: {unread} of {len(notes)} do not run"
        if ended:
            yield f"{esc(assignment, 80)}: {ended} of {len(notes)} stopped"
        if assignment in student.old:
            yield f"{esc(assignment, 80)}: old"


def _notes(course: Course) -> str:
    known = {s.key: s for s in course.students}
    rows = [f"<li>{prose(note, 400)}</li>" for note in course.notes]
    for p in course.problems:
        if p.kind == NOTE:
            who = _link(known[p.student]) if p.student in known else esc(p.student, 120)
            source = f' <span class="faint">{esc(p.source, 160)}{_counting(p, known)}</span>'
            what = " ".join(word for word in (who, esc(p.assignment, 80)) if word)
            rows.append(f"<li>{what}{': ' * bool(what)}{prose(p.reason, 300)}{source}</li>")
    return f"<h2>Notes</h2><ul>{''.join(rows)}</ul>" if rows else ""


def _counting(problem: Problem, known: Mapping[str, Student]) -> str:
    """Which file of a student counts, where a note is on others too."""
    student = known.get(problem.student)
    result = student.results.get(problem.assignment) if student and problem.shown else None
    if not result or result["source"] == problem.source:
        return ""
    return f"; what counts: {esc(result['source'], 160)}"


# A student


def student_page(course: Course, student: Student) -> str:
    """The page for one student: points and hints, and nothing of anyone else."""
    title = esc(course.settings.title, 200)
    parts = [f'<p class="faint">{title}</p><h1><bdi>{esc(student.shown, 120)}</bdi></h1>']
    for assignment in course.assignments:
        if assignment in student.marks:
            parts.append(_assignment(course, student, assignment))
    parts[1:1] = [
        f'<p class="bad">A file of yours could not be taken: {prose(p.reason, 300)} '
        f'<span class="faint">{esc(p.source, 160)}</span></p>'
        for p in student.refused
    ]
    for assignment in sorted(student.waiting):
        parts.append(f'<p class="none">{esc(assignment, 80)}: handed in, not graded yet.</p>')
    if not student.marks and not student.refused and not student.waiting:
        parts.append('<p class="none">Nothing has been handed in yet.</p>')
    return _page(f"{title}: {esc(student.shown, 120)}", "\n".join(parts))


def _assignment(course: Course, student: Student, assignment: str) -> str:
    mark, result = student.marks[assignment], student.results.get(assignment)
    parts = [
        f"<section><h2>{esc(assignment, 80)}</h2>",
        f'<p class="points"><b>{number(mark.points)}</b>{_of(mark.of)} points</p>',
        *_sums(course, mark, result),
    ]  # fmt: skip
    parts += _noted(student, assignment, result)
    if result is not None:
        parts += [*_trouble(result), *(_exercise(name, seen, mark)
                                       for name, seen in result["exercises"].items())]  # fmt: skip
    there = result["exercises"] if result else {}
    parts += [_own_mark(name, mark) for name in mark.own if name and name not in there]
    return "\n".join([*parts, "</section>"])


def _noted(student: Student, assignment: str, result: Result | None) -> Iterable[str]:
    """What the teacher is told of several hand-ins, or of one for several assignments."""
    notes = [p.reason for p in student.notes if p.assignment == assignment]
    for reason in notes:
        yield f"<p>{prose(reason[:1].upper() + reason[1:], 400)}.</p>"
    if notes and result:
        yield f'<p class="faint">Below is what was found in {esc(result["source"], 160)}.</p>'


def _of(most: float) -> str:
    """What an assignment is worth, where anything tells."""
    return f" of {number(most)}" if most else ""


def _own_mark(name: str, mark: Marks) -> str:
    """A mark of the teacher's for what was not graded."""
    return (f'<article class="good"><h3><code>{esc(name, 80)}</code>'
            f'<span class="of">{number(mark.exercises[name])}</span></h3>{_given(name, mark)}'
            "</article>")  # fmt: skip


def _given(name: str, mark: Marks) -> str:
    comment = f": {esc(mark.own[name])}" if mark.own[name] else "."
    return f'<p class="own">The points were given by your teacher{comment}</p>'


def _sums(course: Course, mark: Marks, result: Result | None) -> Iterable[str]:
    """How the points came about, where that is not plain."""
    moment = findings.when(result) if result else None
    if moment:
        local = course.settings.in_zone(moment)
        yield f'<p class="faint">Handed in {local:%Y-%m-%d %H:%M} ({local:%z}).</p>'
    if result and not course.settings.partial:
        yield '<p class="faint">Only right answers count: what is not yet right earns nothing.</p>'
    if result and result["days_late"] > 0:
        days = _days(math.ceil(100 * result["days_late"]) / 100)
        lost = f"; it costs {number(mark.lost)} of the {number(mark.earned)} points earned"
        yield f"<p>Late by {days}{lost if mark.lost else ''}.</p>"
    if "" in mark.own:
        yield _given("", mark)


def _trouble(result: Result) -> Iterable[str]:
    if result["status"] != "graded":
        yield f'<p class="bad">This hand-in could not be run: {prose(result["reason"], 600)}</p>'
    rows = [f"<li>{esc(step, 80)} {esc(reason, 300)}</li>" for step, reason in
            (row[:2] for row in result["killed"] if len(row) > 1)]  # fmt: skip
    rows += [f"<li>cell {esc(cell, 20)} does not run: {esc(said, 300)}</li>"
             for cell, said in _by_number(result["cells"])]  # fmt: skip
    if rows:
        yield ('<details class="cells"><summary>When your notebook was run from top to bottom, '
               f"{len(rows)} {'thing' if len(rows) == 1 else 'things'} went wrong</summary>"
               f"<ul>{''.join(rows[:30])}</ul>{COUNTED}</details>")  # fmt: skip


COUNTED = (
    '<p class="faint">A cell\'s number is the one in brackets before it, once it has been run with '
    "<i>Kernel → Restart Kernel and Run All Cells</i>.</p>"
)


def _by_number(cells: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(cells.items(), key=lambda item: (len(item[0]), item[0]))


def _exercise(name: str, seen: dict[str, Any], mark: Marks) -> str:
    points = f"{number(mark.exercises.get(name, 0))} of {number(seen['points'])}"
    full = name in mark.own and mark.exercises[name] >= seen["points"]
    kind, word = ("good", "right") if seen["passed"] or full else ("bad", "not yet")
    if full and not seen["passed"]:
        word = "all points from your teacher"
    head = (f'<h3><code>{esc(name, 80)}</code> <span class="mark">{word}</span>'
            f'<span class="of">{points}</span></h3>')  # fmt: skip
    parts = [head]
    if name in mark.own:
        parts.append(_given(name, mark))
    if not seen["passed"]:
        parts += _hints(seen)
    elif seen["seen"]:  # a right answer with something to know of it, such as a right helper's
        parts.append(f'<p class="faint">{prose(seen["seen"], 600)}</p>')
    if seen["code"].strip():
        parts.append(f"<details><summary>your answer</summary><pre><code>{esc(seen['code'])}"
                     "</code></pre></details>")  # fmt: skip
    return f'<article class="{kind}">{"".join(parts)}</article>'


def _hints(seen: dict[str, Any]) -> Iterable[str]:
    if seen["title"]:
        yield f'<p class="title">{prose(seen["title"], 600)}</p>'
    why, read = prose(seen["why"], 1500), ""
    if seen["section"]:
        read = _sentence("Read", seen["section"]) if why else _section(seen["section"])
    why, read = (f"{why} {read}".strip(), "") if why else ("", read)
    rows = [(name, text) for name, text in
            (("seen", prose(seen["seen"], 1500)), ("why", why), ("read", read),
             ("try", prose(seen["ask"], 600))) if text]  # fmt: skip
    if rows:
        yield "<dl>" + "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows) + "</dl>"
