"""Timing two ways of doing the same in turn, so that what disturbs one round disturbs both ways alike."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

FEW_ROUNDS = 4
"""Below this many rounds there are no quartiles to speak of, and the whole range is given instead."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds of each round, ours and the reference's; the n-th of both belong to one round."""

    ours: Sequence[float]
    reference: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """Ours divided by the reference, round by round."""
        return [own / other for own, other in zip(self.ours, self.reference, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> float | None:
        """How far the rounds' ratios lie apart, as a share of their median; see `spread_of`."""
        return spread_of(self.ratios)


def spread_of(values: Sequence[float]) -> float | None:
    """The distance between the quartiles (with few values: between the ends) as a share of the median; None for a single value."""
    if len(values) < 2:  # noqa: PLR2004 - one value lies apart from nothing
        return None
    if len(values) < FEW_ROUNDS:
        return (max(values) - min(values)) / median(values)
    first, _, third = quantiles(values, n=4)
    return (third - first) / median(values)


def seconds_of(work: Callable[[], object], *, clock: Callable[[], float] = perf_counter) -> float:
    """How long one call takes, with no collection of garbage in it. `clock` is `process_time` for work that waits for nothing."""
    gc.disable()
    try:
        started = clock()
        work()
        return clock() - started
    finally:
        gc.enable()


def _nothing() -> None:
    """There is nothing to do before."""


def compare(
    ours: Callable[[], object],
    reference: Callable[[], object],
    *,
    rounds: int,
    before: Callable[[], None] = _nothing,
    before_reference: Callable[[], None] = _nothing,
) -> Comparison:
    """Both ways in turn, `rounds` times after one round that does not count; who goes first changes from round to round.

    `before` and `before_reference` make each call ready; they are not timed.
    """
    _timed(ours, before)
    _timed(reference, before_reference)
    own_seconds: list[float] = []
    reference_seconds: list[float] = []
    for number in range(rounds):
        if number % 2:
            reference_seconds.append(_timed(reference, before_reference))
            own_seconds.append(_timed(ours, before))
        else:
            own_seconds.append(_timed(ours, before))
            reference_seconds.append(_timed(reference, before_reference))
    return Comparison(own_seconds, reference_seconds)


def _timed(work: Callable[[], object], before: Callable[[], None]) -> float:
    before()
    return seconds_of(work)


def fastest(ways: Mapping[str, Callable[[], object]], *, rounds: int = 3) -> str:
    """The name of the way that was once faster than every other, after one call of each that does not count."""
    for work in ways.values():
        work()
    best = {name: min(seconds_of(work) for _ in range(rounds)) for name, work in ways.items()}
    return min(best, key=lambda name: best[name])
