"""Every mistake is refused and named, no correct answer is, and what is said is well said."""

import functools
import re

import pytest

from resnet_edu import chapters
from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.tasks import run_source

from . import survey

NAMES = list(EXERCISES)
BUILT = [n for n in NAMES if EXERCISES[n].mistakes]


@pytest.fixture(params=NAMES)
def exercise(request):
    return EXERCISES[request.param]


@functools.cache
def trials(name):
    """Every mistake of an exercise in every style, tried once for all tests of this file."""
    return tuple(survey.trials(EXERCISES[name]))


def test_correct_answers_are_right(exercise):
    for style, source in exercise.styles.items():
        for seed in (0, 1):
            report = survey.verdict(exercise, run_source(source, exercise), seed=seed)
            assert report.passed, f"{style}, seed {seed}: {report}"
            assert report.score == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUILT)
def test_every_mistake_is_refused_and_called_by_its_name(name):
    assert [t for t in trials(name) if t.passed] == []
    missed = [t for t in trials(name) if not t.right]
    assert len(missed) <= 0.05 * len(trials(name)), missed


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_of_all_mistakes_together_at_most_one_in_twenty_has_another_name():
    tried = [trial for name in BUILT for trial in trials(name)]
    assert sum(t.right for t in tried) >= 0.95 * len(tried)
    assert len(tried) > 2000


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
