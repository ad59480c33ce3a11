"""Every mistake is refused and named, no correct answer is, and what is said is well said."""

import functools
import re

import pytest

from resnet_edu import chapters
from resnet_edu.exercises import EXERCISES, check, checking, diagnosis, matching, probe
from resnet_edu.exercises.guard import undisturbed
from resnet_edu.exercises.tasks import run_source

from . import survey

NAMES = list(EXERCISES)
BUILT = [n for n in NAMES if EXERCISES[n].mistakes]
LONG = 250  # a test of more trials than this keeps one of two processes busy while the other waits
PARTS = [(name, slice(first, None, count)) for name in BUILT
         for count in [1 + sum(len(m.changes) for m in EXERCISES[name].mistakes) // LONG]
         for first in range(count)]  # fmt: skip


def _id(value):
    return value if isinstance(value, str) else f"{value.start + 1} of {value.step}"


@pytest.fixture(params=NAMES)
def exercise(request):
    return EXERCISES[request.param]


def test_correct_answers_are_right(exercise):
    for style, source in exercise.styles.items():
        for seed in (0, 1):
            report = survey.verdict(exercise, run_source(source, exercise), seed=seed)
            assert report.passed, f"{style}, seed {seed}: {report}"
            assert report.score == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "part"), PARTS, ids=_id)
def test_every_mistake_is_refused_and_called_by_its_name(name, part):
    """At most one in twenty has another name; so it is for all of them together."""
    trials = list(survey.trials(EXERCISES[name], part))
    assert trials
    assert [t for t in trials if t.passed] == []
    missed = [t for t in trials if not t.right]
    assert len(missed) <= 0.05 * len(trials), missed


def test_there_are_enough_of_them():
    tried = sum(len(m.changes) for name in BUILT for m in EXERCISES[name].mistakes)
    assert tried > 2000


def test_every_mistake_is_made_in_three_styles(exercise):
    assert all(len(m.changes) >= 3 for m in exercise.mistakes)
    ids = [m.id for m in exercise.mistakes]
    assert len(ids) == len(set(ids))


def test_the_starter_code_runs_and_is_refused_kindly(exercise):
    report = check(exercise.name, run_source(exercise.starter, exercise))
    assert not report.passed
    assert report.mistake == "not-started"


def test_what_is_said_differs_and_prints_no_solution(exercise):
    said = [(m.title, m.why, m.ask) for m in exercise.mistakes]
    for part in zip(*said, strict=True):
        assert len(set(part)) == len(part)
    reference = " ".join(next(iter(exercise.styles.values())).split())
    for text in [t for parts in said for t in parts]:
        for code in re.findall(r"`([^`]+)`", text):
            if not re.fullmatch(r"[\w.]+", code):  # a mere name is no code
                assert " ".join(code.split()) not in reference, code


def test_sections_that_are_pointed_to_exist(exercise):
    for section in {exercise.section, *(m.section for m in exercise.mistakes)}:
        number, _, heading = section.partition(" §")
        (path,) = chapters.FOLDER.glob(f"{number}_*.py")
        assert f"# ## {heading} · " in path.read_text(encoding="utf-8"), section


def test_groups_that_no_probe_can_tell_apart_are_of_known_mistakes_and_have_a_reason(exercise):
    ids = {m.id for m in exercise.mistakes}
    assert all(len(group) > 1 and set(group) <= ids for group in exercise.alike)
    assert not exercise.alike or len(exercise.why_alike) > 30


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUILT)
def test_what_an_answer_earns_does_not_depend_on_the_seed(name):
    """Each grading draws its own: the same hand-in must have the same points, and not all.

    The name counts for the points only where few groups hold, so it is asked for only there.
    """
    exercise = EXERCISES[name]
    for place, mistake in enumerate(exercise.mistakes):
        style = next(iter(mistake.changes))
        held = set()
        for seed in (0, 1 + place % 3):
            found = {}
            undisturbed(60, functools.partial(probe.observe, exercise.wrong(mistake, style),
                                              exercise.drawn(seed), found))  # fmt: skip
            rows = diagnosis.observations(matching.expectation(name, seed), found)
            score = checking.earned(exercise, rows)
            if score < checking.RECOGNISED:
                judge = functools.partial(checking.judge, exercise, seed, found)
                score = undisturbed(600, judge).score
            held.add((round(score, 9), *sorted(diagnosis.groups_held(rows).items())))
        assert len(held) == 1, (mistake.id, held)
        assert score < 1, mistake.id
