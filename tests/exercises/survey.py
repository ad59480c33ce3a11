"""Tries every mistake in every style: ``python -m tests.exercises.survey [EXERCISE ...]``.

A mistake counts as named only by fingerprints that were not taken from the style it is made in.
"""

import sys
import time
from dataclasses import dataclass

from resnet_edu.exercises import EXERCISES, checking, probe
from resnet_edu.exercises.guard import undisturbed
from resnet_edu.exercises.tasks import run_source


@dataclass(frozen=True)
class Trial:
    """One mistake in one style: whether it was refused, and what it was called."""

    exercise: str
    mistake: str
    style: str
    passed: bool
    named: tuple[str, ...]

    @property
    def right(self):
        """Whether it was called by its name, or by that of one that no probe can tell apart."""
        alike = [group for group in EXERCISES[self.exercise].alike if self.mistake in group]
        return bool(self.named) and (
            self.named[0] == self.mistake or any(self.named[0] in group for group in alike)
        )


def verdict(exercise, answer, without="", seed=0):
    """The report on an answer, with no fingerprint from the style ``without``."""
    found = {}
    undisturbed(60, lambda: probe.observe(answer, exercise.drawn(seed), found))
    return undisturbed(600, lambda: checking.judge(exercise, seed, found, without=without))


def trials(exercise, part=slice(None)):
    """The mistakes of an exercise, or part of them, in all the styles that they are written for."""
    for mistake in exercise.mistakes[part]:
        for style in mistake.changes:
            report = verdict(exercise, exercise.wrong(mistake, style), style)
            yield Trial(exercise.name, mistake.id, style, report.passed, report.mistakes)


def main(names):
    for exercise in [EXERCISES[n] for n in names] or EXERCISES.values():
        start = time.process_time()
        for style, source in exercise.styles.items():
            report = verdict(exercise, run_source(source, exercise))
            if not report.passed:
                print(f"{exercise.name}: the correct style {style} is refused\n{report}")
        tried = list(trials(exercise))
        for trial in tried:
            if trial.passed or not trial.right:
                print(f"{trial.exercise}: {trial.mistake} in {trial.style}: "
                      f"{'PASSED' if trial.passed else 'called ' + str(trial.named)}")  # fmt: skip
        right = sum(t.right for t in tried)
        print(f"{exercise.name}: {right} of {len(tried)} named, {len(exercise.mistakes)} mistakes,"
              f" {len(exercise.styles)} styles, {time.process_time() - start:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
