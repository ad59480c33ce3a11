"""All exercises, in the order in which a course takes them."""

from ..tasks import Exercise
from . import basic_block

EXERCISES: dict[str, Exercise] = {e.name: e for e in (basic_block.EXERCISE,)}
