"""What an exercise is: its text, the cases on which answers are tried, and its known mistakes."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from . import probe

PACKAGE, STAND_INS = "package", "stand-ins"  # what an answer is handed: see ``given``
Plan = dict[str, Any]
Change = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Mistake:
    """One known mistake: what is said of it, and the change that makes it in correct answers.

    ``section`` is a chapter and a heading of it, as in ``"04 §2"``. ``changes`` maps a style of the
    exercise to pairs ``(text, other text)``; each text stands once in that style. ``case``, where
    it is known, is the first case of the plan that shows the mistake: others need not be tried.
    """

    id: str
    title: str
    why: str
    section: str
    ask: str
    changes: Mapping[str, Change]
    case: int | None = None


@dataclass(frozen=True)
class Exercise:
    """One task. ``styles`` are correct answers as source text, the first is the reference.

    ``plan`` maps a random generator to the cases; ``weights`` tells how much a group of
    observations counts (1 unless named); ``given`` names what the answer may take from the package.
    ``idle`` names the groups that hold, too, where an answer does nothing, or are worth nothing by
    themselves; ``undone`` the mistakes that cannot be told from doing nothing.
    """

    name: str
    part: str
    section: str
    points: int
    signature: str
    prompt: str
    starter: str
    plan: Callable[[random.Random], Plan]
    styles: Mapping[str, str]
    mistakes: Sequence[Mistake]
    weights: Mapping[str, float] = field(default_factory=dict)
    given: Sequence[str] = ()
    alike: Sequence[tuple[str, ...]] = ()  # ids that no probe can tell apart
    why_alike: str = ""
    idle: Sequence[str] = ()
    undone: Sequence[str] = ()

    @property
    def chapter(self) -> str:
        """The number of the chapter in which the exercise stands."""
        return self.section.split()[0]

    def drawn(self, seed: int) -> Plan:
        """The plan of one run: the cases and the seed of all values."""
        return {**self.plan(random.Random(f"{self.name}/{seed}")), "seed": seed}

    def reference(self, handed: str = PACKAGE) -> Any:
        """A correct answer, run from its source."""
        return run_source(next(iter(self.styles.values())), self, handed)

    def wrong(self, mistake: Mistake, style: str, handed: str = PACKAGE) -> Any:
        """The correct answer in one style with the mistake in it, run from its source."""
        return run_source(changed(self.styles[style], mistake.changes[style]), self, handed)

    def wrong_twice(
        self, one: Mistake, other: Mistake, style: str, handed: str = PACKAGE
    ) -> Any:
        """The correct answer in one style with two mistakes in it; ``ValueError`` if they clash."""
        source = changed(self.styles[style], one.changes[style])
        return run_source(changed(source, other.changes[style]), self, handed)


def changed(source: str, change: Change) -> str:
    """``source`` with every pair replaced; each text must stand there exactly once."""
    for old, new in change:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands {source.count(old)} times in the style, not once")
        source = source.replace(old, new)
    return source


def run_source(source: str, exercise: Exercise, handed: str = PACKAGE) -> Any:
    """What the text of an answer defines under the name of the exercise."""
    space: dict[str, Any] = {
        "__name__": "answer", "torch": torch, "nn": nn, "F": F, "math": math,
        "functools": functools, **given(exercise.given, handed),
    }  # fmt: skip
    exec(compile(source, f"<{exercise.name}>", "exec", dont_inherit=True), space)
    return space[exercise.name]


def given(names: Sequence[str], handed: str = PACKAGE) -> dict[str, Any]:
    """The pieces that an exercise hands out: the package's own, or what stands for them."""
    import resnet_edu

    if handed == STAND_INS:
        return {name: probe.STAND_INS[name] for name in names}
    return {name: getattr(resnet_edu, name) for name in names}
