"""What was compared and with what result, line by line."""

from __future__ import annotations

import dataclasses
import html
from dataclasses import dataclass, field
from typing import Any

EQUAL, DIFFERS, FAILED, SKIPPED = "equal", "differs", "could not run", "not compared"
MARKS = {EQUAL: "✓", DIFFERS: "✗", FAILED: "✗", SKIPPED: "–"}


@dataclass(frozen=True)
class Line:
    """One comparison: ``result`` is equal, differs, could not run or not compared."""

    name: str
    result: str
    detail: str
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the network here."""
        return self.result in (EQUAL, SKIPPED)

    def __str__(self) -> str:
        return f"{MARKS[self.result]} {self.name:<24} {self.result}: {self.detail}"


@dataclass(frozen=True, repr=False)
class Report:
    """All lines for one network. ``first_difference`` says where it starts, None if nowhere."""

    subject: str
    lines: tuple[Line, ...]
    first_difference: str | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> bool:
        """Whether all lines hold, of at least one that was compared."""
        return all(line.holds for line in self.lines) and any(
            line.result == EQUAL for line in self.lines
        )

    def __str__(self) -> str:
        lines = [f"  {line}" for line in self.lines]
        return "\n".join([self.head(), *self._whole(), *lines, *self._start()])

    __repr__ = __str__

    def head(self) -> str:
        """The verdict in one line, a long subject cut short."""
        subject = self._short()
        wrong = sum(not line.holds for line in self.lines)
        if self.passed:
            compared = sum(line.result == EQUAL for line in self.lines)
            same = f"the same as torchvision's, to the bit, in {compared} comparisons"
            return f"{subject}: {same}"
        return f"{subject}: not torchvision's, {wrong} of {len(self.lines)} comparisons fail"

    def _short(self) -> str:
        """A configuration by its block and layers alone."""
        head, rest = self.subject.partition("), ")[::2]
        return f"{head}), …)" if rest else self.subject

    def _whole(self) -> list[str]:
        return [f"  in full: {self.subject}"] if self._short() != self.subject else []

    def _start(self) -> list[str]:
        return [f"  it starts at {self.first_difference}"] if self.first_difference else []

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "passed": self.passed}

    def _repr_html_(self) -> str:
        cell = "padding:1px 8px;text-align:left;background:none;color:inherit"
        rows = "".join(
            "<tr>" + "".join(
                f'<td style="{cell}">{html.escape(text)}</td>'
                for text in (MARKS[line.result], line.name, line.result, line.detail)
            ) + "</tr>"
            for line in self.lines
        )  # fmt: skip
        whole, start = (
            "".join(f"<div>{html.escape(text.strip())}</div>" for text in texts)
            for texts in (self._whole(), self._start())
        )
        return (
            '<div style="padding:4px 0;overflow-x:auto">'
            f"<strong>{html.escape(self.head())}</strong>{whole}"
            f'<table style="border-collapse:collapse"><tbody>{rows}</tbody></table>{start}</div>'
        )
