"""Exercises that say what went wrong: ``check("BasicBlock", BasicBlock)``."""

from .catalogue import EXERCISES
from .checking import check
from .report import Report
from .tasks import Exercise, Mistake

__all__ = ["EXERCISES", "Exercise", "Mistake", "Report", "check"]
