"""Runs an answer inside the reader's own process and leaves everything as it was.

What is kept: random states (torch, numpy, random), torch's modes and settings, number of threads,
working directory, environment variables, the streams, warnings. Torch is as it is when nobody has
switched anything on: see ``probe.plain_torch``. Python code that runs too long is interrupted.
Memory, and loops inside a library that never come back to Python, are not limited here.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import random
import signal
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy
import torch

from .probe import plain_torch

T = TypeVar("T")
AGAIN = 0.02  # seconds between interruptions: a bare `except:` may swallow some


class TooLong(BaseException):
    """The time for an answer is over. No ``Exception``, so that an answer does not catch it."""


def undisturbed(
    seconds: float, function: Callable[[], T], printed: io.StringIO | None = None
) -> T:
    """Call ``function``: it prints nothing and is stopped after ``seconds``; all is as before then.

    A default device, modes and settings of torch that the caller has chosen do not reach it.
    What it would have printed is in ``printed``. Raises ``TooLong`` when the time is over.
    """
    heard = io.StringIO() if printed is None else printed
    with plain_torch(), _same_place(), _same_state(), _quiet(heard):
        return within(seconds, function)


@contextlib.contextmanager
def _same_place() -> Iterator[None]:
    """The working directory and the environment variables are as before afterwards."""
    folder, variables = _folder(), dict(os.environ)
    try:
        yield
    finally:
        if folder and _folder() != folder:
            with contextlib.suppress(OSError):  # it may be gone
                os.chdir(folder)
        for name in [name for name in os.environ if name not in variables]:
            del os.environ[name]
        for name, value in variables.items():
            if os.environ.get(name) != value:
                os.environ[name] = value


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


@contextlib.contextmanager
def _same_state() -> Iterator[None]:
    state = torch.get_rng_state(), numpy.random.get_state(), random.getstate()
    threads = torch.get_num_threads()
    profile, trace, recursion = sys.getprofile(), sys.gettrace(), sys.getrecursionlimit()
    try:
        torch.set_num_threads(1)  # a probe is small: more threads only wait for each other
        yield
    finally:
        torch.set_rng_state(state[0])
        numpy.random.set_state(state[1])
        random.setstate(state[2])
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        sys.setrecursionlimit(recursion)


@contextlib.contextmanager
def _quiet(printed: io.StringIO) -> Iterator[None]:
    """Keep prints, warnings and what Jupyter would display out of the way."""
    with contextlib.ExitStack() as stack:
        if "IPython" in sys.modules:
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output())
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


def within(seconds: float, function: Callable[[], T]) -> T:
    """Call ``function``; raise ``TooLong`` in it when ``seconds`` are over, until it stops."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and hasattr(signal, "setitimer"):
        return _by_signal(seconds, function)
    return _by_thread(seconds, function)


def _inside(function: Callable[[], T], call: object) -> T:
    """The frame under which an interruption may come: outside it, nobody would put things right."""
    return function()


def _is_inside(frame: types.FrameType | None, call: object) -> bool:
    while frame is not None:
        if frame.f_code is _inside.__code__ and frame.f_locals.get("call") is call:
            return True
        frame = frame.f_back
    return False


def _by_signal(seconds: float, function: Callable[[], T]) -> T:
    call = object()

    def stop(number: int, frame: types.FrameType | None) -> None:
        if _is_inside(frame, call):
            raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        return _inside(function, call)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def _by_thread(seconds: float, function: Callable[[], T]) -> T:
    """For Windows, and for callers outside the main thread: an exception from another thread."""
    call, over, target = object(), threading.Event(), threading.get_ident()

    def watch() -> None:
        over.wait(seconds)
        while not over.wait(AGAIN):
            if _is_inside(sys._current_frames().get(target), call):  # or not yet, or no longer
                raised = ctypes.py_object(TooLong)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), raised)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return _inside(function, call)
    finally:
        while True:
            try:
                over.set()
                watcher.join()
                for _ in range(100):  # the last one arrives here; taking it back would leave
                    pass  # CPython 3.11 looking for it for ever
                break
            except TooLong:
                continue
