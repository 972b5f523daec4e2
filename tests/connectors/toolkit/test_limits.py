"""A limiter lets no more requests begin in any stretch of time, and no more run at once, than its source allows."""

from dataclasses import dataclass, field

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.toolkit.limits import Limiter, Limiters
from hub.plugins import RateLimit


@dataclass
class Time:
    """A clock that goes on only while somebody sleeps."""

    seconds: float = 0.0
    begun: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()


async def run_requests(limit: RateLimit, gaps: list[float]) -> list[float]:
    """When each request began, of those that are asked for one after the other with pauses in between."""
    time = Time()
    limiter = Limiter(limit, now=time.now, sleep=time.sleep)
    for gap in gaps:
        time.seconds += gap
        async with limiter.turn():
            time.begun.append(time.seconds)
    return time.begun


async def test_as_many_as_are_allowed_begin_at_once_and_the_next_waits_for_the_first_to_be_past() -> None:
    assert await run_requests(RateLimit(3, 10.0), [0.0, 1.0, 1.0, 0.0, 0.0]) == [0.0, 1.0, 2.0, 10.0, 11.0]


@given(
    requests=st.integers(min_value=1, max_value=5),
    per_seconds=st.integers(min_value=1, max_value=20),
    gaps=st.lists(st.integers(min_value=0, max_value=9), max_size=40),
)
def test_no_stretch_of_time_has_more_than_the_limit(requests: int, per_seconds: int, gaps: list[int]) -> None:
    begun = anyio.run(run_requests, RateLimit(requests, per_seconds), [float(gap) for gap in gaps])
    assert len(begun) == len(gaps)
    assert all(later - earlier >= per_seconds for earlier, later in zip(begun, begun[requests:], strict=False))


async def test_no_more_run_at_once_than_are_allowed() -> None:
    limiter = Limiter(RateLimit(1000, 1.0, concurrent=3))
    running = most = 0

    async def ask() -> None:
        nonlocal running, most
        async with limiter.turn():
            running += 1
            most = max(most, running)
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            running -= 1

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(ask)
    assert (most, running) == (3, 0)


async def test_whoever_asked_first_begins_first() -> None:
    time = Time()
    limiter = Limiter(RateLimit(1, 1.0), now=time.now, sleep=time.sleep)
    order: list[int] = []

    async def ask(number: int) -> None:
        async with limiter.turn():
            order.append(number)

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(ask, number)
    assert order == [0, 1, 2, 3, 4]


async def test_a_request_that_fails_gives_its_place_back() -> None:
    limiter = Limiter(RateLimit(1000, 1.0, concurrent=1))
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with limiter.turn():
                raise TimeoutError
    with anyio.fail_after(5):
        async with limiter.turn():
            pass


def test_a_credential_has_one_limiter_whoever_uses_it() -> None:
    limiters = Limiters()
    limit = RateLimit(10, 1.0)
    assert limiters.of(("books", "key-1"), limit) is limiters.of(("books", "key-1"), limit)
    assert limiters.of(("books", "key-1"), limit) is not limiters.of(("books", "key-2"), limit)
