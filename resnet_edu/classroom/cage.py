"""Runs submissions where they can do no harm, and hands back what was seen of them as plain data.

A keeper (``runner.py``) runs in a cage of its own: a process with limits and a scratch folder, and
around it bubblewrap where that is installed and works. Its one file is the probe; of installed
packages it sees torch, numpy and what these need.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from . import runner

PROBE = pathlib.Path(__file__).parent.parent / "exercises" / "probe.py"
RUNNER = pathlib.Path(__file__).parent / "runner.py"
PROCESSOR = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "ATEN_CPU_CAPABILITY", "SYSTEMROOT")
MOST_KILLS = 4  # so often a submission is taken up again behind the step that killed it
START = 120.0  # seconds for a keeper to import torch
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds, bytes, numbers."""

    seconds: float = 20  # of Python in one step: a cell, or an exercise
    step: float = 25  # until a step that cannot be interrupted is killed
    total: float = 120
    memory: int = 2048 * MIB  # beyond what torch takes; all its processes together
    scratch: int = 128 * MIB
    file: int = 64 * MIB
    processes: int = 32
    answer: int = 16 * MIB


@dataclass
class Outcome:
    """What was seen of a submission, exercise by exercise, and what went wrong on the way."""

    exercises: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[int, str] = field(default_factory=dict)
    killed: list[tuple[str, str]] = field(default_factory=list)  # step, reason


class CageError(RuntimeError):
    """The cage itself cannot be built on this machine."""


def fences() -> list[str]:
    """What can be put around a submission here, strongest first."""
    wrapped = sys.platform == "linux" and shutil.which("bwrap")
    return ["bubblewrap", "process"] if wrapped else ["process"]


class Cage:
    """One keeper and the submissions that it runs, one after the other. A context manager.

    ``fence`` is "bubblewrap" or "process". ``fresh`` gives every submission a cage of its own.
    Raises ``CageError`` when the keeper does not start.
    """

    def __init__(self, fence: str, limits: Limits | None = None, fresh: bool = False) -> None:
        self.fence, self.limits, self.fresh = fence, limits or Limits(), fresh
        self._keeper: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._ended = False
        self._box: pathlib.Path | None = None  # the scratch folder; a new keeper gets a new one
        self._folder = tempfile.TemporaryDirectory(prefix="resnet_edu_", ignore_cleanup_errors=True)

    def __enter__(self) -> Cage:
        self._start()
        return self

    def __exit__(self, *problem: Any) -> None:
        self.close()

    def close(self) -> None:
        """End the keeper and remove its folder."""
        self._stop()
        self._folder.cleanup()

    def end(self) -> None:
        """End what runs, from another thread: ``run`` returns, and no keeper is started again."""
        self._ended = True
        keeper = self._keeper
        if keeper is None or keeper.poll() is not None:
            return
        below = runner.descendants(keeper.pid)
        keeper.kill()
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def run(
        self, cells: Sequence[str], exercises: Sequence[dict[str, Any]],
        right: Mapping[str, str] | None = None,
    ) -> Outcome:  # fmt: skip
        """Run the cells and probe the exercises: dicts with ``name``, ``plan`` and ``given``.

        With ``after`` the number of a cell, tried is what the name stands for when that has run.
        ``right`` maps names to texts that define them; they take the place of what cells define.

        A step that hangs or kills the process is left out, and the rest is run once more.
        """
        outcome = Outcome()
        skip: list[Any] = []
        steps: dict[str, Any] = {f"cell {i}": i for i in range(len(cells))}
        steps |= {e["name"]: e["name"] for e in exercises}
        deadline = time.monotonic() + 2 * self.limits.total
        while True:
            job = {
                "cells": list(cells), "exercises": list(exercises), "skip": skip,
                "seconds": self.limits.seconds, "right": dict(right or {}),
            }  # fmt: skip
            at, reason = self._attempt(job, outcome)
            if self.fresh:
                self._stop()
            if not reason:
                return outcome
            outcome.killed.append((at, reason))
            if at not in steps or len(outcome.killed) > MOST_KILLS or time.monotonic() > deadline:
                return outcome
            skip = [*skip, steps[at], *outcome.exercises]

    def _enforced(self) -> dict[str, Any]:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        return {**asdict(self.limits), "count": self.fence == "bubblewrap" and not root}

    def _attempt(self, job: dict[str, Any], outcome: Outcome) -> tuple[str, str]:
        """One run of a job: the step that it was at, and why it ended early, if it did."""
        try:
            if self._keeper is None or self._keeper.poll() is not None:
                self._start()
            self._write(json.dumps(job).encode() + b"\n")
        except OSError:
            self._stop()
            return "", "the keeper is gone"
        asked = {e["name"] for e in job["exercises"]}
        steps = asked | {f"cell {i}" for i in range(len(job["cells"]))}
        at, reason = "", ""
        for who, row in self._rows(self.limits.total + 30):
            if who == "k" and "killed" in row:
                reason = str(row["killed"])
            elif who == "k" and "over" in row:
                if row.get("spent"):  # something of it lasts: the next one gets a new cage
                    self._stop()
                return at, reason
            elif who == "c":
                at = _take(row, outcome, asked, steps) or at
        self._stop()  # it closed its side or said nothing in time
        return at, reason or "the keeper is gone"

    def _write(self, line: bytes) -> None:
        if self._keeper is None or self._keeper.stdin is None:
            raise BrokenPipeError
        self._keeper.stdin.write(line)
        self._keeper.stdin.flush()

    def _rows(self, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the keeper says, line by line, until it ends or the time is over."""
        stream = self._keeper.stdout if self._keeper is not None else None
        deadline, most, size = time.monotonic() + seconds, 2 * self.limits.answer, 0
        while True:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                row = _parsed(line[1:])
                if row is not None:
                    yield line[:1].decode("latin-1"), row
                continue
            left = deadline - time.monotonic()
            data = _read(stream, left) if left > 0 else b""
            size += len(data)
            if not data or size > most:
                self._rest = b""
                return
            self._rest += data

    def _start(self) -> None:
        self._stop()
        if self._ended:
            raise CageError("this cage has been ended")
        scratch = self._scratch()
        command, environment = self._command(scratch)
        self._keeper = subprocess.Popen(
            command, env=environment, cwd=scratch, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=os.name == "posix",
        )  # fmt: skip
        for who, row in self._rows(START):
            if who == "k" and "ready" in row:
                return
        self._stop()
        raise CageError(f"the {self.fence} fence does not work here: its keeper did not start")

    def _stop(self) -> None:
        keeper, self._keeper, self._rest = self._keeper, None, b""
        if keeper is None:
            return
        keeper.kill()
        for stream in (keeper.stdin, keeper.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()
        keeper.wait()
        if self._box is not None:
            discard(self._box)

    def _scratch(self) -> str:
        self._box = pathlib.Path(tempfile.mkdtemp(prefix="box_", dir=self._folder.name))
        return str(self._box)

    def _command(self, scratch: str) -> tuple[list[str], dict[str, str]]:
        python, limits = _python(), json.dumps(self._enforced())
        tail = ["-I", "-S", "-B", "-X", "utf8", "-c", RUNNER.read_text(encoding="utf-8")]
        environment = {k: os.environ[k] for k in PROCESSOR if k in os.environ}
        environment |= {"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        if self.fence == "bubblewrap":
            environment |= {"HOME": "/box", "TMPDIR": "/box", "RESNET_EDU_SCRATCH": "/box:/dev/shm"}
            walls = bubblewrap(self.limits, environment)
            return [*walls, python, *tail, "/probe.py", "/packages", limits], {}
        environment |= {"HOME": scratch, "TMPDIR": scratch, "TEMP": scratch}
        environment["RESNET_EDU_SCRATCH"] = scratch
        return [python, *tail, str(self._probe()), str(self._packages()), limits], environment

    def _probe(self) -> pathlib.Path:
        copy = pathlib.Path(self._folder.name) / "probe.py"
        shutil.copyfile(PROBE, copy)
        return copy

    def _packages(self) -> pathlib.Path:
        """A folder with links to the packages that an answer may use."""
        folder = pathlib.Path(self._folder.name) / "packages"
        if folder.exists():
            return folder
        folder.mkdir()
        for source in packages():
            with contextlib.suppress(OSError):  # no links: the folder itself, less is hidden then
                (folder / source.name).symlink_to(source, target_is_directory=source.is_dir())
        return folder if any(folder.iterdir()) else next(iter(packages())).parent


def discard(folder: pathlib.Path) -> None:
    """Remove a folder of strangers, however deep it is and whatever it forbids."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists() and os.name == "posix":
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], check=False, capture_output=True)


def _python() -> str:
    """The Python behind a virtual environment: it knows nothing of the environment's packages."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _read(stream: Any, seconds: float) -> bytes:
    """What there is to read, waited for at most so long; empty at the end or when time is over."""
    if os.name == "posix":
        ready = select.select([stream], [], [], seconds)[0]
        return os.read(stream.fileno(), 1 << 16) if ready else b""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(stream.read1(1 << 16)), daemon=True)
    reader.start()
    reader.join(seconds)
    return found[0] if found else b""


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A line as a dict; None for whatever is no such line. It comes from strangers."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError, MemoryError):
        return None
    return row if isinstance(row, dict) else None


def _take(row: dict[str, Any], outcome: Outcome, asked: set[str], steps: set[str]) -> str:
    """Put one line of a child where it belongs; the step that it announces, if there is one."""
    if isinstance(row.get("at"), str):
        return str(row["at"]) if row["at"] in steps else ""
    name = row.get("exercise")
    if isinstance(name, str) and name in asked and name not in outcome.exercises:
        outcome.exercises[name] = row
    cell = row.get("cell")
    if isinstance(cell, int):
        outcome.cells[cell] = f"{row.get('raises')}: {row.get('says')}"[:300]
    return ""


@functools.lru_cache(maxsize=1)  # torch's list of files is long
def packages() -> tuple[pathlib.Path, ...]:
    """The files and folders of torch, numpy and all that they need, as they are installed."""
    found: dict[str, pathlib.Path] = {}
    waiting, seen = ["torch", "numpy"], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for requirement in distribution.requires or []:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[^A-Za-z0-9._-]", requirement)[0])
        for file in distribution.files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not top.endswith((".dist-info", ".pth")):
                found[top] = pathlib.Path(str(distribution.locate_file(top)))
    return tuple(path for _, path in sorted(found.items()) if path.exists())


def bubblewrap(limits: Limits, environment: dict[str, str]) -> list[str]:
    """The command that builds the cage: no network, no files but Python, torch and the probe."""
    base = pathlib.Path(sys.base_prefix)
    size = str(limits.scratch)
    command = [
        "bwrap", "--unshare-all", *_no_further_namespaces(), "--die-with-parent", "--new-session",
        "--as-pid-1", "--clearenv", "--cap-drop", "ALL", "--hostname", "cage",
        "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
        "--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm",
        "--size", size, "--tmpfs", "/box", "--symlink", "/box", "/tmp", "--chdir", "/box",
    ]  # fmt: skip
    for name in ("lib", "lib64", "lib32", "bin", "sbin"):
        folder = pathlib.Path("/") / name
        if folder.is_symlink():
            command += ["--symlink", os.readlink(folder), str(folder)]
        elif folder.is_dir():
            command += ["--ro-bind", str(folder), str(folder)]
    if pathlib.Path("/usr") not in base.parents and base != pathlib.Path("/usr"):
        command += ["--ro-bind", str(base), str(base)]
    for folder in _other_packages(base):
        command += ["--tmpfs", str(folder)]
    for source in packages():
        command += ["--ro-bind", str(source), f"/packages/{source.name}"]
    command += ["--ro-bind", str(PROBE), "/probe.py"]
    for name, value in environment.items():
        command += ["--setenv", name, value]
    # Now that all stands: no folder but the scratch ones can be written to.
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/"]


@functools.lru_cache(maxsize=1)
def _no_further_namespaces() -> tuple[str, ...]:
    """Options by which nothing in the cage makes a namespace, and with it rights, of its own.

    Bubblewrap knows them from 0.8 on, and they need a user namespace, which not all systems give.
    """
    options = ("--unshare-user", "--disable-userns")
    trial = ["bwrap", "--unshare-all", *options, "--ro-bind", "/", "/", "true"]
    try:
        works = subprocess.run(trial, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return options if works else ()


def _other_packages(base: pathlib.Path) -> list[pathlib.Path]:
    """Where the base Python and the system keep packages: hidden in the cage."""
    version = f"python{sysconfig.get_python_version()}"
    places = [base / "lib" / version / "site-packages", base / "lib" / version / "dist-packages"]
    for root in ("/usr/lib", "/usr/local/lib"):
        places += [pathlib.Path(root) / "python3" / "dist-packages",
                   pathlib.Path(root) / version / "dist-packages",
                   pathlib.Path(root) / version / "site-packages"]  # fmt: skip
    return [place for place in dict.fromkeys(places) if place.is_dir()]
