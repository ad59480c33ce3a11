"""Other threads of the process while an answer is tried, and answers that end in odd ways."""

import threading
import time

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_edu.exercises import EXERCISES, check, checking, probe
from resnet_edu.exercises.tasks import run_source


def elsewhere(function):
    """What a function gives in another thread."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_only_the_layers_of_the_thread_that_checks_are_thin():
    def made():
        return [
            tuple(nn.Conv2d(64, 128, 3, groups=32).weight.shape), nn.BatchNorm2d(64).num_features,
            nn.Linear(512, 10).in_features, nn.GroupNorm(32, 64).num_channels,
            tuple(nn.Conv2d(2048, 2048, 1).weight.shape),
        ]  # fmt: skip

    usual = made()
    with probe.thin():
        assert elsewhere(made) == usual
        assert nn.BatchNorm2d(64).num_features == 4


def test_only_draws_of_the_thread_that_checks_are_seen():
    with probe.Draws() as draws:
        elsewhere(lambda: torch.rand(3))
    assert not draws.seen
    with probe.Draws() as draws:
        F.rrelu(torch.ones(3), training=False)
    assert not draws.seen
    with probe.Draws() as draws:
        F.dropout(torch.ones(3), training=True)
    assert draws.seen


def test_one_answer_is_tried_at_a_time(monkeypatch):
    inside, most = [], []

    def observe(*args):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()

    monkeypatch.setattr(checking.probe, "observe", observe)
    monkeypatch.setattr(checking, "judge", lambda *args: checking.Report("predict", False, 0.0))
    threads = [threading.Thread(target=check, args=("predict", len)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_a_network_with_a_lazy_head_is_right():
    exercise = EXERCISES["ResNet"]
    old = "nn.Linear(512 * block.expansion, num_classes)"
    assert old in exercise.styles["plain"]
    source = exercise.styles["plain"].replace(old, "nn.LazyLinear(num_classes)")
    report = check("ResNet", run_source(source, exercise))
    assert report.passed, report


@pytest.mark.parametrize(("name", "source"), [
    ("BasicBlock", "class BasicBlock(nn.Module):\n    def __init__(self, *args, **kwargs):\n"
                   "        raise SystemExit('not supported')\n"),
    ("load_backbone", EXERCISES["load_backbone"].styles["report"].replace(
        "raise RuntimeError(", "raise SystemExit(")),
    ("conv_out", "def conv_out(*args, **kwargs):\n    exit()\n"),
])  # fmt: skip
def test_who_ends_the_program_is_told_so(name, source):
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.title.startswith("The answer ends the whole program"), report
    assert report.why
    assert report.ask


def test_what_cannot_be_tried_is_told_with_a_reason_and_a_question():
    told = checking.telling.stopped(EXERCISES["ResNet"], {"broken": "ValueError: bad value"})
    assert told["title"] == "The answer could not be tried: a ValueError ended it."
    assert told["seen"] == "bad value"
    assert told["why"]
    assert told["ask"]
