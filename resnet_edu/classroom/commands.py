"""``python -m resnet_edu class …``: the options, what they call, and what is printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Command = Callable[[Any, str, Callable[[Any], int], str], Any]


def add(commands: Any, command: Command) -> None:
    """Add ``class`` and its commands; ``command`` makes one of them."""
    words = "a course: assignments, grading, reports"
    top = commands.add_parser("class", help=words, description="A course, from hand-out to marks.",
                              allow_abbrev=False)  # fmt: skip
    inner = top.add_subparsers(required=True, metavar="COMMAND")

    made = command(inner, "new", make_course, "a course folder with assignments and settings")
    made.add_argument("folder", metavar="DIR", help="a new or an empty folder, or a course")

    released = command(inner, "release", release, "what students get: no answers, no hidden tests")
    released.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="all if none is given")
    released.add_argument("--replace", action="store_true", help="also write anew what differs")
    _add_course(released)

    graded = command(inner, "grade", grade, "every hand-in, in a cage; goes on where it stopped")
    graded.add_argument("names", nargs="*", metavar="NAME",
                        help="a student or an assignment; all if none is given")  # fmt: skip
    graded.add_argument("--again", action="store_true", help="also what has a result")
    _add_course(graded)

    reported = command(inner, "report", report, "marks for the LMS, pages for the class and each")
    _add_course(reported)


def _add_course(command: Any) -> None:
    command.add_argument("--course", default=".", metavar="DIR", help="this folder if not given")


def make_course(options: Any) -> int:
    """``class new DIR``"""
    from . import courses

    steps = _print_steps(courses.new(options.folder))
    if any(step.done == "made" for step in steps):
        print(f"""
The model answers and hidden tests are in {options.folder}/source: keep that folder out of a
public repository, README.md beside it says how. Next: the due dates in course.toml, then
`class release`.""")
    return 0


def release(options: Any) -> int:
    """``class release``: 1 when a notebook that differs was kept."""
    from . import courses

    steps = _print_steps(courses.release(options.course, options.names, options.replace))
    return int(any(step.done == "kept" for step in steps))


def grade(options: Any) -> int:
    """``class grade``: 1 when a hand-in could not be taken or run, now or in an earlier call."""
    from . import collecting, courses, grading

    course = courses.course(options.course)
    summary = grading.grade(course, options.again, options.names, _say)
    refused = [p for p in summary.problems if p.kind == collecting.REFUSED]
    for problem in summary.problems:
        _say(f"{problem.kind}: {collecting.in_words(problem)}")
    for student, assignment, reason in summary.failed:
        _say(f"could not run: {student} {assignment}: {reason}")
    if summary.stand:
        who = ", ".join(" ".join(names) for names in summary.stand)
        _say(f"could not run before, and not graded again: {len(summary.stand)} ({who})")
    if not summary.graded + summary.kept + len(summary.problems):
        print(f"nothing to grade: {course / 'submitted'} holds no hand-in yet. docs/teaching.md "
              "says in which forms it may lie there")  # fmt: skip
        return 0
    fence = f", in cages of kind {summary.fence}" if summary.fence else ""
    print(f"{summary.graded} graded in {summary.seconds:.0f} s{fence}; {summary.kept} had a result "
          "already. Next: `class report`.")  # fmt: skip
    return int(bool(refused or summary.failed or summary.stand))


def report(options: Any) -> int:
    """``class report``"""
    from . import courses, reporting

    written = reporting.report(courses.course(options.course), _say)
    pages = [path for path in written if path.parent.name != "students"]
    print("\n".join(map(str, pages)))
    count = len(written) - len(pages)
    some = "1 page" if count == 1 else f"{count} pages"
    print(f"and {some} for students in {pages[0].parent / 'students'}")
    return 0


def _say(line: str) -> None:
    """Print a line; names and errors in it come from strangers, and steer no terminal."""
    print(CONTROL.sub("�", line), flush=True)


def _print_steps(steps: Iterable[Any]) -> list[Any]:
    done = []
    for step in steps:
        done.append(step)
        remark = f"  ({step.remark})" if step.remark else ""
        print(f"{step.done:<9}{step.path}{remark}", flush=True)
    return done
