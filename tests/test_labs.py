"""The labs: same weights for plain and residual, repeatable, and the committed table is theirs."""

import csv
import io

import pytest
import torch

from resnet_edu import labs
from resnet_edu.__main__ import main
from resnet_edu.labs import degradation


def test_digits_are_split_the_same_way_and_scaled():
    data = labs.digits()
    assert data.train_images.shape == (1437, 1, 8, 8)
    assert data.test_images.shape == (360, 1, 8, 8)
    assert abs(data.train_images.mean()) < 1e-6
    assert abs(data.train_images.std() - 1) < 1e-6
    assert set(data.test_labels.tolist()) == set(range(10))


@pytest.mark.parametrize("depth", [8, 14, 20, 56])
def test_plain_and_residual_have_the_same_weights_and_the_depth_of_their_name(depth):
    pair = []
    for residual in (False, True):
        torch.manual_seed(3)
        pair.append(labs.StackNet(depth, residual))
    plain, residual = (model.state_dict() for model in pair)
    assert list(plain) == list(residual)
    assert all(torch.equal(plain[key], residual[key]) for key in plain)
    layers = [m for m in pair[0].modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(layers) == depth
    x = labs.digits().test_images[:4]
    out = [model.eval()(x) for model in pair]
    assert out[0].shape == (4, 10)
    assert not torch.equal(*out)


def test_a_residual_pair_with_a_silent_branch_hands_its_input_on():
    pair = degradation._Pair(8, 16, 2, residual=True).eval()
    torch.nn.init.zeros_(pair.bn2.weight)
    x = torch.rand(2, 8, 8, 8)
    out = pair(x)
    assert torch.equal(out[:, :8], x[:, :, ::2, ::2])
    assert not out[:, 8:].any()


@pytest.mark.parametrize("depth", [0, 2, 9, 57])
def test_a_depth_that_is_none_is_refused(depth):
    with pytest.raises(ValueError, match="6n \\+ 2"):
        labs.StackNet(depth, residual=True)


def test_training_repeats_and_leaves_the_callers_state_alone():
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    one = labs.train(8, residual=True, seed=1, epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert one == labs.train(8, residual=True, seed=1, epochs=1)
    assert one != labs.train(8, residual=True, seed=2, epochs=1)
    assert one.losses[-1] < 2.3


def test_experiment_runs_all_and_says_which(capsys):
    said = []
    runs = labs.experiment([8], seeds=(0, 1), epochs=1, progress=said.append)
    assert [(run.kind, run.seed) for run in runs] == [
        ("plain", 0), ("residual", 0), ("plain", 1), ("residual", 1)
    ]  # fmt: skip
    assert said[0] == "plain, 8 layers, seed 0"


def test_the_committed_table_is_read_as_it_was_written():
    runs = labs.committed()
    assert degradation.to_csv(runs) == degradation.TABLE.read_text(encoding="utf-8")
    assert {(run.depth, run.kind, run.seed) for run in runs} == {
        (depth, kind, seed) for depth in (8, 14, 20, 32, 44, 56)
        for kind in ("plain", "residual") for seed in range(3)
    }  # fmt: skip
    assert {len(run.losses) for run in runs} == {10}
    for run in runs:
        assert run.parameters == sum(p.numel() for p in labs.StackNet(run.depth, True).parameters())


@pytest.mark.slow
def test_the_committed_table_is_what_the_lab_gives():
    for run in labs.committed():
        if run.depth in (8, 20) and run.seed == 0:
            again = labs.train(run.depth, run.kind == "residual", 0, epochs=10)
            assert abs(again.train_error - run.train_error) < 2  # other machines sum otherwise
            assert abs(again.losses[0] - run.losses[0]) < 0.1 * run.losses[0]


def test_the_degradation_shows_in_the_committed_table():
    error = {
        (run.depth, run.kind, run.seed): run.train_error for run in labs.committed()
    }
    for seed in range(3):
        assert error[56, "plain", seed] > 30 > 5 > error[56, "residual", seed]
        assert error[20, "plain", seed] < 5


def test_the_command_writes_a_table_whole(tmp_path, capsys):
    target = tmp_path / "runs.csv"
    call = ["lab", "degradation", "--depths", "8", "--seeds", "1", "--epochs", "1"]
    assert main([*call, "-o", str(target)]) == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert [row["kind"] for row in rows] == ["plain", "residual"]
    assert list(tmp_path.iterdir()) == [target]
    capsys.readouterr()
    assert main(call) == 0
    assert capsys.readouterr().out == target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--depths", "8,9"], "6n + 2"),
        (["--seeds", "0"], "--seeds takes a number from 1"),
        (["--epochs", "-3"], "--epochs takes a number from 1"),
    ],
)
def test_wrong_calls_are_told(arguments, words, capsys):
    assert main(["lab", "degradation", *arguments]) == 2
    assert words in capsys.readouterr().err
