"""Ctrl-C while ``python -m resnet_edu`` loads torch, which takes a second or two.

A package is loaded before its ``__main__``, so nothing there can catch it. Ended by an exception,
the loading would print a traceback, and torch may turn the exception into another.
"""

from __future__ import annotations

import os
import signal
import sys


def end_quietly() -> None:
    """Until ``as_usual``: Ctrl-C ends the program at once, as ``main`` does later.

    Does nothing unless Python was started with ``-m``, and is still to find what to run.
    """
    if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def as_usual() -> None:
    """Ctrl-C raises ``KeyboardInterrupt`` again."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: object) -> None:
    os.write(2, b"\n")
    os._exit(130)


end_quietly()
