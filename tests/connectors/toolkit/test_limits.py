"""A limiter lets no more requests begin in any stretch of time, and no more run at once, than its source allows."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.toolkit.limits import LONGEST_PAUSE_SECONDS, Limiter, Limiters
from hub.plugins import RateLimit
from tests.connectors.toolkit.workbench import Time


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


class TestAPause:
    """What a source has told one of its callers holds for all who use the same credential."""

    async def test_whoever_asks_waits_until_it_is_over(self) -> None:
        time = Time()
        limiter = Limiter(RateLimit(10, 1.0), now=time.now, sleep=time.sleep)
        limiter.pause_for(30)
        time.seconds = 10.0
        limiter.pause_for(5)
        async with limiter.turn():
            assert time.seconds == 30.0

    async def test_one_that_is_too_long_to_be_waited_out_shows_how_much_of_it_is_left(self) -> None:
        time = Time()
        limiter = Limiter(RateLimit(10, 1.0), now=time.now, sleep=time.sleep)
        limiter.pause_for(3_600)
        time.seconds = 100.0
        async with limiter.turn():
            assert (time.seconds, limiter.pause_seconds) == (100.0, 3_500.0)
        time.seconds = 3_600.0 - LONGEST_PAUSE_SECONDS
        async with limiter.turn():
            assert (time.seconds, limiter.pause_seconds) == (3_600.0, 0.0)


def test_a_credential_has_one_limiter_whoever_uses_it() -> None:
    limiters = Limiters()
    limit = RateLimit(10, 1.0)
    assert limiters.of(("books", "key-1"), limit) is limiters.of(("books", "key-1"), limit)
    assert limiters.of(("books", "key-1"), limit) is not limiters.of(("books", "key-2"), limit)
