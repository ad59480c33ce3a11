"""A builder earns the same whether it is handed the package's network or what stands for it."""

import pytest

from resnet_edu.exercises import EXERCISES, checking, diagnosis, matching, probe
from resnet_edu.exercises.tasks import PACKAGE, STAND_INS


def share(exercise, mistake, handed):
    answer = exercise.wrong(mistake, next(iter(mistake.changes)), handed)
    rows = probe.observe(answer, exercise.drawn(0))
    expected = matching.expectation(exercise.name, 0, handed)
    return checking.earned(exercise, diagnosis.observations(expected, rows))


@pytest.mark.parametrize(("name", "apart"), [
    ("resnet50", set()), ("resnext50_32x4d", set()),
    ("wide_resnet50_2", {"expansion-8"}),  # a block of its own: the one network builds it, one not
])  # fmt: skip
def test_points_are_the_same_in_the_cage(name, apart):
    exercise = EXERCISES[name]
    scores = {m.id: [share(exercise, m, handed) for handed in (PACKAGE, STAND_INS)]
              for m in exercise.mistakes}  # fmt: skip
    assert {n for n, pair in scores.items() if pair[0] != pair[1]} == apart
    assert len(scores) > 15
