"""Backoff: how long to wait before something that failed is tried again."""

from collections.abc import Callable
from random import SystemRandom

Jitter = Callable[[], float]
"""A number from 0 to 1, another one each time, so that what failed together does not come back together."""

JITTER: Jitter = SystemRandom().random


def backoff_seconds(failure_count: int, jitter: Jitter, *, first: float, most: float) -> float:
    """`first` after one failure, twice as long after every further one in a row, up to `most`; by chance between half of that and all of it."""
    return min(most, first * 2.0 ** (failure_count - 1)) * (0.5 + jitter() / 2)
