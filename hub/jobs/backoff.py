"""Backoff: how long to wait before something that failed is tried again."""

from collections.abc import Callable
from random import SystemRandom

Jitter = Callable[[], float]
"""A number from 0 to 1, another one each time, so that what failed together does not come back together."""

JITTER: Jitter = SystemRandom().random


def backoff_seconds(failure_count: int, jitter: Jitter, *, most: float) -> float:
    """Twice as long after every failure in a row, up to `most`; by chance between half of that and all of it."""
    return min(most, 2.0**failure_count) * (0.5 + jitter() / 2)
