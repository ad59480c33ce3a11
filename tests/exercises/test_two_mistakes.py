"""Answers with two mistakes at once: one of the two is named, by fingerprints of other styles."""

import pytest

from resnet_edu.exercises import EXERCISES

from . import survey

TWO = [
    ("conv3x3", "plain", "padding-always-one", "bias-on"),
    ("conv3x3", "options", "groups-ignored", "stride-ignored"),
    ("conv1x1", "plain", "bias-on", "kernel-of-three"),
    ("BasicBlock", "plain", "relu-before-the-sum", "bias-left-on"),
    ("BasicBlock", "plain", "stride-on-the-second", "last-relu-missing"),
    ("BasicBlock", "functional", "one-norm-for-both", "nothing-refused"),
    ("BasicBlock", "sequential", "no-sum", "expansion-of-four"),
    ("BasicBlock", "plain", "sum-into-the-input", "other-eps"),
    ("BasicBlock", "plain", "second-padding-missing", "gelu"),
    ("BasicBlock", "plain", "relu-on-both-paths", "bias-left-on"),
    ("Bottleneck", "plain", "stride-on-the-first-conv", "no-last-relu"),
    ("Bottleneck", "plain", "expansion-says-1", "no-first-norm"),
    ("Bottleneck", "sequential", "layers-in-a-list", "conv-bias"),
    ("Bottleneck", "plain", "width-by-integer-division", "conv-bias"),
    ("Bottleneck", "functional", "one-norm-for-two", "bias-on-the-last-conv"),
    ("Bottleneck", "plain", "groups-on-all-convs", "returns-a-tuple"),
    ("ResNet", "plain", "fan-in", "dilation-too-early"),
    ("ResNet", "plain", "pool-without-padding", "fc-without-bias"),
    ("ResNet", "plain", "zero-init-of-the-bias", "squeeze"),
    ("ResNet", "plain", "one-block-many-times", "flags-unchecked"),
    ("ResNet", "plain", "never-drawn", "fc-without-bias"),
    ("ResNet", "plain", "projection-in-every-first-block", "initialized-children-only"),
    ("ResNet", "plain", "stages-renamed", "fan-in"),
    ("resnet18", "plain", "five-stages", "num-classes-10"),
    ("resnet18", "plain", "block-in-brackets", "num-classes-10"),
    ("resnet50", "plain", "layers-3-4-23-3", "num-classes-10"),
    ("conv_out", "plain", "padding-once", "dilation-ignored"),
    ("conv_params", "plain", "groups-forgotten", "bias-ignored"),
    ("receptive_field", "plain", "strides-ignored", "dilation-ignored"),
    ("bottleneck_params", "plain", "norms-forgotten", "groups-not-in-the-width"),
    ("count_params", "seen", "frozen-left-out", "buffers-counted"),
    ("freeze_backbone", "plain", "norms-still-learn", "returns-nothing"),
    ("load_backbone", "plain", "unknown-dropped", "returns-nothing"),
    ("replace_head", "plain", "no-bias", "backbone-frozen"),
    ("to_grayscale", "plain", "stride-lost", "mean-over-the-colours"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "style", "one", "other"), TWO)
def test_of_two_mistakes_at_least_one_is_named(name, style, one, other):
    exercise = EXERCISES[name]
    known = {m.id: m for m in exercise.mistakes}
    answer = exercise.wrong_twice(known[one], known[other], style)
    report = survey.verdict(exercise, answer, without=style)
    assert not report.passed
    assert {one, other} & {report.mistake}, report
