"""The command line as a person types it."""

import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from resnet_edu.__main__ import main
from tests.facts import COUNTS

ROOT = pathlib.Path(__file__).parent.parent


def run(capsys, *words):
    try:
        status = main(list(words))
    except SystemExit as left:
        status = left.code
    out, err = capsys.readouterr()
    return status, out, err


def test_list_has_the_ten(capsys):
    status, out, _ = run(capsys, "list", "--format", "json")
    assert status == 0
    found = {row["name"]: (row["parameters"], row["multiply_adds"]) for row in json.loads(out)}
    assert found == COUNTS


@pytest.mark.parametrize("kind", ["text", "md", "csv", "json", "html"])
@pytest.mark.parametrize("words", [("table", "resnet18"), ("compare", "resnet18", "resnet34"),
                                   ("list",)])  # fmt: skip
def test_every_format_holds_the_numbers(capsys, words, kind):
    status, out, err = run(capsys, *words, "--format", kind)
    assert (status, err) == (0, "")
    plain = "11689512" if kind in ("csv", "json") else "11,689,512"
    assert plain in out
    if kind == "json":
        json.loads(out)
    if kind == "csv":
        assert len({len(row) for row in csv.reader(io.StringIO(out))}) == 1


def test_options_reach_the_network(capsys):
    words = "--input 64x97 --batch 3 --num-classes 7 --replace-stride-with-dilation 0,0,1 --depth 1"
    _, out, _ = run(capsys, "table", "resnet50", *words.split())
    assert "resnet50 on 3 × 3 × 64 × 97" in out
    assert "2048 × 4 × 7" in out
    assert " 7  " in out.splitlines()[-1]


def test_torchinfos_table_and_columns(capsys):
    assert "mult-adds (G): 1.81" in run(capsys, "table", "resnet18", "--torchinfo")[1]
    assert "multiply_adds" in run(capsys, "table", "resnet18", "--columns", "help")[1]
    _, out, _ = run(capsys, "table", "resnet18", "--columns", "name,jump", "--format", "csv")
    assert out.startswith("name,jump\nconv1,2\n")


def test_at_tells_all_of_one_operation(capsys):
    status, out, _ = run(capsys, "at", "resnet50", "layer3.0.conv2")
    assert status == 0
    assert "= 115,605,504   2.8 % of the network" in out
    _, out, _ = run(capsys, "at", "resnet50", "layer3.0.conv2", "--format", "json")
    assert json.loads(out)["receptive_field"] == 107


@pytest.mark.parametrize(("words", "line"), [
    (["table", "resnet5"], "did you mean resnet50?"),
    (["table", "ResNet50"], "did you mean resnet50?"),
    (["table", "vgg16"], "no network is named 'vgg16'"),
    (["at", "resnet18", "layer1.0.conv3"], "near it are layer1.0.conv2"),
    (["at", "resnet18", "layer1"], "layer1 is not one operation"),
    (["table", "resnet18", "--depth", "9"], "depth must be 1 (stages), 2 (blocks)"),
    (["table", "resnet18", "--columns", "flops"], "no column 'flops'"),
    (["table", "resnet18", "--batch", "0"], "batch_size must be"),
    (["table", "nowhere:thing"], "No module named 'nowhere'"),
    (["table", "resnet_edu:resnet19"], "did you mean resnet18?"),
    (["table", "resnet_edu:__version__"], "is a str, not a function"),
    (["table", "resnet18", "--replace-stride-with-dilation", "1,1,1"], "use Bottleneck"),
    (["draw", "resnet18", "--figure", "strp", "-o", "x.png"], "did you mean strip?"),
    (["draw", "resnet18", "--figure", "strip", "-o", "x.gif"], "saved as svg, png, pdf"),
    (["draw", "resnet18", "--figure", "field", "--highlight", "fc", "-o", "x.png"], "belongs to"),
    (["draw", "resnet18", "--figure", "strip", "-o", "no/where/x.png"], "there is no folder"),
    (["verify", "resnet18", "--all"], "one of the three"),
    (["verify", "--random", "0"], "--random takes a number from 1"),
    (["bench", "--runs", "0"], "--runs takes a number from 1"),
])  # fmt: skip
def test_mistakes_are_one_line_and_status_2(capsys, words, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert line in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [
    ["table", "resnet18", "--input", "0"], ["table", "resnet18", "--input", "2x"], ["tabel"], [],
    ["table", "resnet18", "--replace-stride-with-dilation", "1,1"],
])  # fmt: skip
def test_calls_that_are_no_calls(capsys, words):
    status, _, err = run(capsys, *words)
    assert status == 2
    assert "usage:" in err


def test_help_teaches(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert "python -m resnet_edu at resnet50 layer3.0.conv2" in out
    for command in ("list", "table", "at", "compare", "draw", "verify", "bench", "lab", "sheet"):
        assert run(capsys, command, "--help")[0] == 0


@pytest.mark.parametrize("figure", ["block", "strip", "pyramid", "downsample", "stages", "field"])
def test_draw_writes_the_file_and_says_where(capsys, tmp_path, figure):
    path = tmp_path / "picture.png"
    status, out, _ = run(capsys, "draw", "resnet50", "--figure", figure, "-o", str(path))
    assert (status, out.strip()) == (0, str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


def test_draw_takes_a_part_to_light_and_blocks(capsys, tmp_path):
    lit = run(capsys, "draw", "resnet18", "--figure", "strip", "--highlight", "layer2", "-o",
              str(tmp_path / "a.svg"))  # fmt: skip
    two = run(capsys, "draw", "resnet18", "--figure", "block", "--block", "layer1.0", "--block",
              "layer2.0", "-o", str(tmp_path / "b.svg"))  # fmt: skip
    assert (lit[0], two[0]) == (0, 0)


READER = """
from torch import nn
import resnet_edu

def right(**options):
    return resnet_edu.ResNet(resnet_edu.BasicBlock, [2, 2, 2, 2], **options)

def wrong(**options):
    model = right(**options)
    model.layer3[0].conv1.stride = (1, 1)
    return model
"""


def test_verify_a_readers_own_network(capsys, tmp_path, monkeypatch):
    (tmp_path / "my_net.py").write_text(READER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(capsys, "verify", "my_net:right", "--quick")
    assert status == 0
    assert "right as resnet18: the same as torchvision's" in out
    status, out, _ = run(capsys, "verify", "my_net:wrong", "resnet18", "--quick")
    assert status == 1
    assert "it starts at layer3.0.conv1: stride is (1, 1), torchvision's is (2, 2)" in out
    assert "1 of 2 networks are torchvision's to the bit" in out
    assert run(capsys, "table", "my_net:right", "--input", "32")[0] == 0


def test_verify_as_json_and_random(capsys):
    status, out, _ = run(capsys, "verify", "--random", "3", "--format", "json")
    assert status == 0
    assert json.loads(out)[0]["passed"] is True


def shell(command, **options):
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **options)  # fmt: skip


def test_a_closed_pipe_ends_quietly():
    process = shell([sys.executable, "-m", "resnet_edu", "table", "resnet152", "--depth", "3",
                     "--unfold"])  # fmt: skip
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process there")
@pytest.mark.alone
def test_ctrl_c_ends_quietly():
    names = ["resnet18"] * 50
    process = shell([sys.executable, "-m", "resnet_edu", "verify", *names, "--quick"])
    assert process.stdout.readline().startswith(b"resnet18: the same")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == b""


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process there")
@pytest.mark.parametrize("command", [["list"], ["class", "grade"]], ids="-".join)
def test_ctrl_c_while_torch_is_loaded_ends_quietly(tmp_path, command):
    press = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    (tmp_path / "torch.py").write_text(press, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "resnet_edu", *command], cwd=tmp_path, timeout=50,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"\n")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_without_arrows_gets_question_marks_not_an_error(encoding):
    command = [sys.executable, "-m", "resnet_edu", "at", "resnet18", "conv1"]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert b"118,013,952" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["table", "resnet18", "--torchinfo", "--format", "json"], "leave out --format"),
        (["table", "resnet18", "--torchinfo", "--unfold"], "--unfold"),
        (["verify", "resnet18", "--as", "resnet1"], "resnet1"),
    ],
)
def test_options_that_cannot_act_are_refused(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
