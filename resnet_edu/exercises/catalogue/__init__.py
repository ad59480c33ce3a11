"""All exercises, in the order in which a course takes them."""

from ..tasks import Exercise
from . import basic_block, bottleneck, builders, convolutions, counting, network, spot, use

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        *convolutions.EXERCISES, basic_block.EXERCISE, bottleneck.EXERCISE, network.EXERCISE,
        *builders.EXERCISES, *counting.EXERCISES, *use.EXERCISES, *spot.EXERCISES,
    )
}  # fmt: skip
