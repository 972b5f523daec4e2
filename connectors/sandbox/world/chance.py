"""Chance that repeats itself: every stream of random numbers follows from the world's seed and a name."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, *names: object) -> Random:
    """A stream of its own for everything that has a name, so that what one customer does never shifts what another does."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - an invented company must be the same every time; nothing here is secret


def happens(random: Random, percent: float) -> bool:
    """Whether something with a probability of so many percent happens."""
    return random.random() * 100 < percent


def weighted(random: Random, weights: Mapping[T, int]) -> T:
    """One of the keys; a key with twice the weight is taken twice as often."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]
