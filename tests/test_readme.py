"""The README: every code block and every number in it is run, computed or sourced."""

import contextlib
import io
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

from resnet_edu import draw
from resnet_edu.__main__ import main
from resnet_edu.anatomy import trace

ROOT = pathlib.Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
CORE = ("convolutions", "blocks", "network", "variants")
SAID_BY_START = {"2.8", "1.3"}  # GB, measured on fresh installs: wheels and disk
CONSOLE = [body for kind, body in BLOCKS if kind == "console"]


def numbers(text):
    """Numbers of three digits or more, or with a decimal point, without names and links."""
    text = re.sub(r"v1\.5|ResNet-\d+|resnet\d+|\]\([^)]*\)", " ", text)
    found = re.findall(r"\d+(?:,\d{3})+|\d+\.\d+|\d{3,}", text)
    return {number.replace(",", "") for number in found}


@pytest.mark.parametrize("body", CONSOLE)
def test_console_blocks_print_what_they_show(body):
    command, _, shown = body.partition("\n")
    words = shlex.split(command.removeprefix("$ python -m resnet_edu"))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(words) == 0
    assert out.getvalue()
    if shown:
        assert out.getvalue() == shown


def test_the_python_block_runs_and_prints_what_is_shown():
    ((_, code),) = [block for block in BLOCKS if block[0] == "python"]
    ((_, shown),) = [block for block in BLOCKS if block[0] == "text"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    assert out.getvalue() == shown


def test_every_block_is_of_a_kind_that_is_tested():
    assert {kind for kind, _ in BLOCKS} == {"sh", "console", "python", "text"}
    setup = "".join(body for kind, body in BLOCKS if kind == "sh").splitlines()
    assert setup == [
        "python start.py", "python start.py test", "python -m venv .venv",
        ". .venv/bin/activate", "pip install -r requirements.txt -e .",
        "jupyter lab notebooks/00_start_here.ipynb",
    ]  # fmt: skip


def test_the_plain_words_work(tmp_path):
    """As far as they do without a network; the rest is done by the README's test command."""
    venv = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")]
    assert subprocess.run(venv).returncode == 0
    pip = ["pip", "install", "--dry-run", "--no-index", "--quiet", "-r", "requirements.txt"]
    done = subprocess.run([sys.executable, "-m", *pip], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lab = [sys.executable, "-m", "jupyter", "lab", "--version"]
    assert subprocess.run(lab, capture_output=True).returncode == 0
    assert (ROOT / "notebooks" / "00_start_here.ipynb").exists()
    help_text = subprocess.run([sys.executable, "start.py", "--help"], cwd=ROOT,
                               capture_output=True, text=True).stdout  # fmt: skip
    assert "--no-browser" in help_text


def test_every_number_in_the_prose_is_accounted_for():
    prose = re.sub(r"```.*?```", " ", TEXT, flags=re.DOTALL)
    lines = sum(
        len((ROOT / "resnet_edu" / f"{name}.py").read_text(encoding="utf-8").splitlines())
        for name in CORE
    )
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    classes = str(trace("resnet18")["fc"].output_shape[1])
    known = numbers(pins) | SAID_BY_START | {str(lines), classes}
    known |= {"3.11", "3.14", "200", "2.13"}  # versions of Python and torch, an argument
    assert numbers(prose) - known == set()
    assert f"{lines} lines" in TEXT.replace("\n", " ")


def test_the_sizes_are_those_that_start_tells():
    start = (ROOT / "start.py").read_text(encoding="utf-8")
    assert "about 2.8 GB" in TEXT
    assert "about 2.8 GB" in start


def test_the_picture_is_current(tmp_path):
    assert "](docs/strip.png)" in TEXT
    fresh = draw.strip(trace("resnet18"))
    from PIL import Image

    committed = Image.open(ROOT / "docs" / "strip.png")
    made = Image.open(fresh.save(tmp_path / "strip.png"))
    assert committed.size == made.size
    # other versions of FreeType place edges otherwise; on the machine that made it all are equal
    pairs = zip(committed.convert("L").tobytes(), made.convert("L").tobytes(), strict=True)
    far = sum(abs(a - b) > 60 for a, b in pairs)
    assert far < 0.01 * committed.size[0] * committed.size[1]


def test_every_link_and_file_that_is_named_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
    for name in re.findall(r"`(resnet_edu/[\w/]+(?:\.py)?|[a-z]+/)`", TEXT):
        assert (ROOT / name).exists(), name


def test_the_extras_are_those_of_the_package():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = TEXT.split("extras (")[1].split(")")[0]
    names = set(re.findall(r"`(\w+)`", listed))
    assert names == set(settings["project"]["optional-dependencies"])
