"""Runs an answer inside the reader's own process and leaves everything as it was.

What is kept: random states (torch, numpy, random), default dtype, grad mode, number of threads,
the streams, warnings. Python code that runs too long is interrupted. Memory, and loops inside a
library that never come back to Python, are not limited here.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import random
import signal
import sys
import threading
import warnings
from collections.abc import Iterator

import numpy
import torch

AGAIN = 0.02  # seconds between interruptions: a bare `except:` may swallow some


class TooLong(BaseException):
    """The time for an answer is over. No ``Exception``, so that an answer does not catch it."""


@contextlib.contextmanager
def undisturbed(seconds: float) -> Iterator[None]:
    """Inside, print nothing and stop after ``seconds``; afterwards all is as before.

    Raises ``TooLong`` when the time is over.
    """
    with _same_state(), _quiet(), limited(seconds):
        yield


@contextlib.contextmanager
def _same_state() -> Iterator[None]:
    state = torch.get_rng_state(), numpy.random.get_state(), random.getstate()
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    grad = torch.is_grad_enabled()
    deterministic = torch.are_deterministic_algorithms_enabled()
    profile, trace, recursion = sys.getprofile(), sys.gettrace(), sys.getrecursionlimit()
    try:
        torch.set_num_threads(1)  # a probe is small: more threads only wait for each other
        yield
    finally:
        torch.set_rng_state(state[0])
        numpy.random.set_state(state[1])
        random.setstate(state[2])
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_grad_enabled(grad)
        if torch.are_deterministic_algorithms_enabled() != deterministic:  # importing takes seconds
            torch.use_deterministic_algorithms(deterministic)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        sys.setrecursionlimit(recursion)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep prints, warnings and what Jupyter would display out of the way."""
    with contextlib.ExitStack() as stack:
        if "IPython" in sys.modules:
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output())
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` in the code inside when ``seconds`` are over, and again until it stops."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and hasattr(signal, "setitimer"):
        with _by_signal(seconds):
            yield
    else:
        with _by_thread(seconds):
            yield


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        while True:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
                if left:
                    signal.setitimer(signal.ITIMER_REAL, left, interval)
                break
            except TooLong:  # one more came while it was being switched off
                continue


@contextlib.contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    """For Windows, and for callers outside the main thread: an exception from another thread."""
    over, target = threading.Event(), threading.get_ident()

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            raised = ctypes.py_object(TooLong)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), raised)
            wait = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        while True:
            try:
                over.set()
                watcher.join()
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), None)
                break
            except TooLong:
                continue
