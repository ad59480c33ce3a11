"""No correct answer is refused: neither the written ones nor what rewriting makes of them."""

import ast

import pytest

from resnet_edu.exercises import EXERCISES
from resnet_edu.exercises.tasks import run_source

from . import rewriting, survey

BUILT = [name for name, exercise in EXERCISES.items() if exercise.part not in ("spot", "read")]


def versions(name):
    """Style, way and text of every rewritten answer that is not the text it came from."""
    for style, source in EXERCISES[name].styles.items():
        for way in rewriting.WAYS:
            made = way(source, name)
            if ast.dump(ast.parse(made)) != ast.dump(ast.parse(source)):
                yield style, way.__name__, made


def test_there_are_enough_of_them():
    found = [(name, way) for name in BUILT for _, way, _ in versions(name)]
    assert sum(len(EXERCISES[name].styles) for name in BUILT) >= 60
    count = {way.__name__: sum(w == way.__name__ for _, w in found) for way in rewriting.WAYS}
    assert count["renamed"] >= 100, count
    assert count["other_relu"] >= 8, count
    assert count["sequential"] >= 2, count
    assert count["reordered"] >= 30, count


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT)
def test_a_rewritten_correct_answer_is_right(name):
    for style, way, source in versions(name):
        report = survey.verdict(EXERCISES[name], run_source(source, EXERCISES[name]))
        assert report.passed, f"{style}, {way}:\n{source}\n{report}"
