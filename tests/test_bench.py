"""The benchmark's arithmetic and its figures; no time is asserted here."""

import json
import subprocess
import sys

import pytest

from resnet_edu import bench


def test_turns_are_taken_and_medians_told():
    order = []
    medians = bench.take_turns(lambda: order.append("o"), lambda: order.append("t"), 3)
    assert "".join(order) == "ot" + "ot" + "to" + "ot"
    assert all(value >= 0 for value in medians)


def test_a_figure_says_whether_it_holds():
    fast = bench.Figure("a", 1.0, 20.0, "at least 10 x", True)
    assert "20.00" in str(fast)
    assert str(fast).endswith("at least 10 x: holds")
    assert str(bench.Figure("a", 1.0, 2.0, "shown")).endswith("shown")
    assert json.dumps(fast.to_dict())
    assert bench._bounded("b", (1.0, 9.0), 10).holds is False


@pytest.mark.slow
def test_the_whole_benchmark_runs():
    done = subprocess.run(
        [sys.executable, "-m", "resnet_edu", "bench", "--runs", "1", "--format", "json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr  # 1: a bound was missed, which is for people
    names = " ".join(figure["name"] for figure in json.loads(done.stdout))
    for part in ("resnet50, training step", "name to table", "ready model", "cold start", "import"):
        assert part in names
