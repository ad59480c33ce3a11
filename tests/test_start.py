"""The launcher: every way in which it can fail is one line, and nothing of the reader's is lost."""

import ast
import importlib.util
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py in a folder of its own, with a space in its path; pip and venv are stand-ins."""
    here = tmp_path / "a checkout"
    (here / "notebooks").mkdir(parents=True)
    for name in ("start.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, here)
    (here / "notebooks" / "00_start_here.ipynb").write_text("{}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("start_under_test", here / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.calls = []
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    def make():
        module.calls.append("make")
        (here / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (here / ".venv" / "pyvenv.cfg").write_text("", encoding="utf-8")
        module.healthy = True

    def run(command, **options):
        module.calls.append(command[1:])
        return 5

    module.healthy = False
    monkeypatch.setattr(module, "works", lambda: module.healthy)
    monkeypatch.setattr(module, "make_environment", make)
    monkeypatch.setattr(module, "install", lambda: module.calls.append("install"))
    monkeypatch.setattr(module, "run", run)
    return module


def said(capsys):
    return capsys.readouterr().err.strip().splitlines()


def test_the_first_call_installs_and_the_second_does_not(start):
    assert start.main(["test", "-q", "-k", "x"]) == 5
    assert start.calls == ["make", "install", ["-m", "pytest", "-q", "-k", "x"]]
    start.calls.clear()
    assert start.main(["test", "-q"]) == 5
    assert start.calls == [["-m", "pytest", "-q"]]


def test_every_test_runs_once_and_what_is_timed_runs_alone(start, monkeypatch):
    statuses = [1, 0, 0, 1, 0, 0, 2]
    kept = start.run
    monkeypatch.setattr(start, "run", lambda command: kept(command) and statuses.pop(0))
    assert [start.main(["test"]) for _ in range(4)] == [1, 1, 0, 2]
    beside, alone = start.calls[2:4]
    assert beside[-3:] == ["worksteal", "-m", "not alone"]
    assert alone == ["-m", "pytest", "-m", "alone"]
    assert len(start.calls) == 2 + 7, "after an interruption nothing more is run"


def test_new_requirements_are_installed_into_the_same_environment(start):
    start.main(["test"])
    start.calls.clear()
    with open(os.path.join(start.HERE, "requirements.txt"), "a") as file:
        file.write("another==1.0\n")
    start.main(["test", "-q"])
    assert start.calls == ["install", ["-m", "pytest", "-q"]]


def test_an_interrupted_install_is_done_again(start, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    kept = start.install
    monkeypatch.setattr(start, "install", interrupted)
    assert start.main(["test"]) == 130
    assert said(capsys) == ["start.py: stopped; call it again to go on"]
    monkeypatch.setattr(start, "install", kept)
    start.calls.clear()
    start.main(["test", "-q"])
    assert start.calls == ["install", ["-m", "pytest", "-q"]]


def test_a_half_made_environment_is_made_anew(start):
    start.main(["test"])
    start.healthy = False
    start.calls.clear()
    start.main(["test"])
    assert start.calls[:2] == ["make", "install"]


def test_a_folder_that_is_no_environment_is_kept(start, capsys):
    folder = pathlib.Path(start.HERE) / ".venv"
    folder.mkdir()
    (folder / "my thesis.txt").write_text("years of work", encoding="utf-8")
    assert start.main([]) == 1
    assert re.fullmatch(r"start.py: .*\.venv is no virtual environment.*", *said(capsys))
    assert (folder / "my thesis.txt").read_text(encoding="utf-8") == "years of work"
    assert start.calls == []


def test_lab_is_opened_on_the_first_chapter_with_trusted_notebooks(start):
    before = (pathlib.Path(start.HERE) / start.FIRST).read_bytes()
    start.main(["--no-browser"])
    trust, lab = start.calls[-2:]
    assert trust[:3] == ["-m", "jupyter", "trust"]
    assert trust[3].endswith("00_start_here.ipynb")
    opened = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
    assert lab == ["-m", "jupyter", "lab", opened, "--no-browser"]
    start.main([])
    assert start.calls[-1] == ["-m", "jupyter", "lab", opened]
    assert (pathlib.Path(start.HERE) / start.FIRST).read_bytes() == before
    news = pathlib.Path(start.ENV) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert "fetchNews" in news.read_text(encoding="utf-8")


@pytest.mark.parametrize(("system", "machine", "word"), [
    ("Darwin", "x86_64", "Intel"), ("Windows", "ARM64", "Windows on ARM"),
])  # fmt: skip
def test_a_machine_without_torch_is_told_before_anything_is_made(
    start, monkeypatch, capsys, system, machine, word
):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert start.main([]) == 1
    (line,) = said(capsys)
    assert word in line
    assert not os.path.exists(start.ENV)


def test_a_32_bit_python_is_told(start, monkeypatch, capsys):
    monkeypatch.setattr(start.struct, "calcsize", lambda _: 4)
    assert start.main([]) == 1
    assert "32-bit" in said(capsys)[0]


def test_an_old_python_is_told(start, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert start.main([]) == 1
    assert said(capsys) == ["start.py: Python 3.10 is too old, 3.11 or newer is needed: "
                            "call this file with a newer one"]  # fmt: skip


OLD = [path for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")
       if (path := shutil.which(f"python{version}"))]  # fmt: skip


@pytest.mark.parametrize("python", OLD)
def test_real_old_pythons_say_one_line(python):
    done = subprocess.run([python, ROOT / "start.py"], capture_output=True, text=True)
    if "command not found" in done.stderr:  # a shim for a version that is not switched on
        pytest.skip(f"{python} is a shim for a version that is not switched on")
    assert done.returncode == 1
    assert re.fullmatch(r"start.py: Python \S+ is too old, .*", *done.stderr.strip().splitlines())


def test_old_pythons_can_read_the_file():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Starred)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, new)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [f.name for f in functions if f.returns or f.args.kwonlyargs]
    assert (ROOT / "start.py").read_bytes().isascii()


@pytest.mark.parametrize(("text", "line"), [
    ("WARNING: Retrying\nERROR: Could not find a version that satisfies the requirement "
     "torch==2.13.0 (from versions: none)", "is there a network"),
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
     "the disk is full"),
    ("ERROR: Could not find a version that satisfies the requirement x==9 (from versions: 1, 2)\n"
     "ERROR: No matching distribution found for x==9", "No matching distribution found for x==9"),
    ("", "without a word"),
])  # fmt: skip
def test_what_pip_says_becomes_one_line(start, text, line):
    with pytest.raises(start.Stop, match=line) as stopped:
        start.explain_pip(text)
    assert "\n" not in str(stopped.value)


def test_a_missing_venv_module_is_told(tmp_path):
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
    for name in ("start.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "start.py"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "stub")},
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt install python3" in done.stderr.strip().splitlines()[-1]
    assert not (tmp_path / ".venv").exists()


def test_unknown_words_and_help(start, capsys):
    assert start.main(["tset"]) == 1
    known = "--no-browser, test, docs and --help"
    assert said(capsys) == [f"start.py: unknown: tset. Known are {known}"]
    assert start.main(["--help"]) == 0
    assert "python start.py test" in capsys.readouterr().out
    assert start.calls == []


def test_ci_runs_the_readmes_test_command():
    assert "python3 start.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_requirement_is_pinned_and_none_names_an_index():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in pins)
    assert {"torch==2.13.0", "torchvision==0.28.0"} <= set(pins)
