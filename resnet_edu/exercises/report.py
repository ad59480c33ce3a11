"""What is said of an answer: one line when it is right, four parts when it is not."""

from __future__ import annotations

import html
import re
import textwrap
from dataclasses import dataclass, field

from .diagnosis import Observation, groups_held

WIDTH = 100
COLOURS = {True: "46, 139, 87", False: "217, 119, 6"}  # a tint and an edge, on light and dark pages


@dataclass(frozen=True)
class Report:
    """The verdict on an answer.

    ``mistake`` is the id of the recognised mistake or None, ``mistakes`` all that fit, best first;
    ``score``, 0 to 1, is the share of the groups of observations that hold, by their weights, of
    those that an answer that does nothing gets wrong; a group that doing nothing leaves whole takes
    off its part when it is broken, and a known mistake earns a quarter at least.
    ``printed`` counts the lines that the answer printed meanwhile, which are not shown.
    ``hints`` are sentences that stand alone: what was done, what was seen, why, what to ask.
    """

    exercise: str
    passed: bool
    score: float
    title: str = ""
    seen: str = ""
    why: str = ""
    section: str = ""
    ask: str = ""
    mistake: str | None = None
    mistakes: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = field(default=(), repr=False)
    printed: int = 0

    @property
    def hints(self) -> list[str]:
        """The parts of the verdict that are there, in their order."""
        read = f"Read chapter {self.section}." if self.section else ""
        return [part for part in (self.title, self.seen, self.why, read, self.ask) if part]

    @property
    def headline(self) -> str:
        """``BasicBlock: not yet: 5 of 6 groups hold``."""
        held = groups_held(self.observations)
        if self.passed:
            looked = f"{len(held)} groups, {len(self.observations)} observations"
            return f"{self.exercise}: right: {looked}"
        if not held or self.mistake in ("imported", "stopped", "not-started"):
            return f"{self.exercise}: not yet"
        return f"{self.exercise}: not yet: {sum(held.values())} of {len(held)} groups hold"

    def _parts(self) -> list[tuple[str, str]]:
        why = " ".join(p for p in (self.why, f"(chapter {self.section})" * bool(self.section)) if p)
        lines = f"{self.printed} line{'s' * (self.printed > 1)}"
        prints = f"Your code printed {lines}, not shown here: call it yourself to read them."
        parts = [("seen", self.seen), ("why", why), ("try", self.ask)]
        parts.append(("note", prints if self.printed and not self.passed else ""))
        return [(name, text) for name, text in parts if text]

    def __str__(self) -> str:
        lines = [self.headline]
        if self.title:
            lines += textwrap.wrap(self.title, WIDTH)
        for name, text in self._parts():
            first, rest = f"  {name:<6}", " " * 8
            for part in text.split("\n"):
                lines += textwrap.wrap(part, WIDTH, initial_indent=first, subsequent_indent=rest)
                first = rest
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = COLOURS[self.passed]
        plain = "background:none;color:inherit"  # JupyterLab would stripe the rows
        cell = f"{plain};text-align:left;vertical-align:top;padding:1px 12px 1px 0"
        wrap = "overflow-wrap:anywhere"  # a long call is wider than a phone
        rows = "".join(
            f"<tr style='{plain}'><td style='{cell};opacity:.8'>{name}</td>"
            f"<td style='{cell};white-space:pre-line;{wrap}'>{_marked(text)}</td></tr>"
            for name, text in self._parts()
        )
        title = f"<div style='margin:2px 0;font-weight:600;{wrap}'>{_marked(self.title)}</div>"
        table = f"<table style='margin:4px 0 0;{plain};border:0'>{rows}</table>"
        frame = f"background:rgba({colour},.12);border-left:4px solid rgb({colour})"
        return (
            f"<div role='status' style='{frame};padding:6px 12px'>"
            f"<div>{html.escape(self.headline)}</div>"
            f"{title if self.title else ''}{table if rows else ''}</div>"
        )


def _marked(text: str) -> str:
    """HTML of a text in which code stands in backticks."""
    style = "background:none;border:0;padding:0;color:inherit"
    return re.sub("`([^`]+)`", rf"<code style='{style}'>\1</code>", html.escape(text))
