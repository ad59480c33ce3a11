"""Every mistake is refused and named, no correct answer is, and what is said is well said."""

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


@pytest.fixture(scope="module")
def all_trials():
    return [trial for name in BUILT for trial in survey.trials(EXERCISES[name])]


def test_correct_answers_are_right(exercise):
    for style, source in exercise.styles.items():
        for seed in (0, 1, 2):
            report = survey.verdict(exercise, run_source(source, exercise), seed=seed)
            assert report.passed, f"{style}, seed {seed}: {report}"
            assert report.score == 1


@pytest.mark.slow
def test_every_mistake_is_refused(all_trials):
    assert [t for t in all_trials if t.passed] == []


@pytest.mark.slow
def test_mistakes_are_called_by_their_names(all_trials):
    missed = [t for t in all_trials if not t.right]
    assert len(missed) <= 0.05 * len(all_trials), missed


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
