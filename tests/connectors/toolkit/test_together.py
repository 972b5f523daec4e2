"""Several questions at once: answers in order, a few at a time, and the first failure as it is."""

import anyio
import pytest

from connectors.toolkit.together import ask_each
from hub.plugins import TransientSourceError


async def test_answers_come_in_the_order_of_the_questions() -> None:
    async def ask(number: int) -> int:
        for _ in range(10 - number):
            await anyio.lowlevel.checkpoint()
        return number * number

    assert await ask_each(ask, list(range(10)), at_once=3) == [number * number for number in range(10)]


async def test_no_more_are_asked_at_once_than_allowed() -> None:
    running = most = 0

    async def ask(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.lowlevel.checkpoint()
        running -= 1

    await ask_each(ask, list(range(20)), at_once=4)
    assert most == 4


async def test_the_first_failure_ends_the_rest_and_is_no_group() -> None:
    asked: list[int] = []

    async def ask(number: int) -> None:
        asked.append(number)
        await anyio.lowlevel.checkpoint()
        raise TransientSourceError(f"number {number}", connection="books")

    with pytest.raises(TransientSourceError, match="number 0"):
        await ask_each(ask, list(range(20)), at_once=2)
    assert len(asked) <= 4


async def test_nothing_is_asked_of_nothing() -> None:
    async def ask(_: int) -> None:
        raise AssertionError

    assert await ask_each(ask, [], at_once=3) == []
