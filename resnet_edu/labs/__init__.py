"""Small experiments that the chapters run: seconds on one core, data from an installed package.

Each is a function with the setting as its arguments and plain numbers as its result. Needs the
``labs`` extra (scikit-learn, for its 8 x 8 digits).
"""

from .degradation import Run, StackNet, committed, experiment, first_gradient, train
from .digits import Digits, digits

__all__ = [
    "Digits",
    "Run",
    "StackNet",
    "committed",
    "digits",
    "experiment",
    "first_gradient",
    "train",
]
