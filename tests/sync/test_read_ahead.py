"""hub/sync/read_ahead.py: pages are read while the last ones are committed, and no more than has room; errors come where the page is asked for."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest

from hub.errors import SourceError
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Notice, Refusal
from hub.store.engine import run_in_thread
from hub.sync import read_ahead
from hub.sync.read_ahead import PagesAhead, reading_ahead
from hub.vocabulary import Stream
from tests.sync.records import customer


def a_page(number: int) -> Page:
    """A page without records, told by its cursor."""
    return Page(records=(), cursor=str(number))


class Pages:
    """A source that notes how far it was read."""

    def __init__(self, count: int, *, fails_after: int | None = None, **more: Any) -> None:  # noqa: ANN401 - what else each page says
        self.read_count = 0
        self.is_closed = False
        self._count = count
        self._fails_after = fails_after
        self._more = more

    async def read(self) -> AsyncGenerator[Page]:
        """Pages in the order of their numbers."""
        try:
            for number in range(self._count):
                if number == self._fails_after:
                    raise SourceError("the source hangs up", connection="books", feed="all")
                self.read_count += 1
                yield replace(a_page(number), **self._more)
        finally:
            self.is_closed = True


async def let_read_on(pages: PagesAhead) -> None:
    """As while a page is committed, for as long as there is something to read."""
    await run_in_thread(pages.read_on)
    await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def begun(source: Pages, most_records: int = 0) -> AsyncGenerator[PagesAhead]:
    """Pages of which the first was taken, while those after it may be read."""
    async with reading_ahead(source.read(), most_records) as pages:
        await pages.next()
        await let_read_on(pages)
        yield pages


async def test_pages_come_in_order_and_end() -> None:
    source = Pages(3)
    async with reading_ahead(source.read()) as pages:
        assert [await pages.next() for _ in range(4)] == [a_page(0), a_page(1), a_page(2), None]
    assert source.is_closed


async def test_the_next_page_is_read_when_the_last_one_is_written_and_not_before() -> None:
    source = Pages(3)
    async with reading_ahead(source.read()) as pages:
        await pages.next()
        await anyio.wait_all_tasks_blocked()
        assert source.read_count == 1
        await let_read_on(pages)
        assert source.read_count == 2
        await let_read_on(pages)
        assert [await pages.next() for _ in range(3)] == [a_page(1), a_page(2), None]


async def test_what_reading_raises_comes_after_the_pages_before_it() -> None:
    source = Pages(3, fails_after=1)
    async with reading_ahead(source.read()) as pages:
        first = await pages.next()
        await let_read_on(pages)
        assert first == a_page(0)
        with pytest.raises(SourceError, match="hangs up"):
            await pages.next()
    assert source.is_closed


async def test_an_error_of_the_block_leaves_as_it_is_and_closes_the_source() -> None:
    source = Pages(3)

    async def fail() -> None:
        async with reading_ahead(source.read()) as pages:
            await pages.next()
            raise ValueError("a page that cannot be kept")

    with pytest.raises(ValueError, match="a page that cannot be kept"):
        await fail()
    assert source.is_closed


async def test_however_often_reading_on_is_allowed_one_page_is_read_ahead() -> None:
    source = Pages(5)
    async with reading_ahead(source.read()) as pages:
        await pages.next()
        for _ in range(3):
            await let_read_on(pages)
        assert source.read_count == 2


async def test_as_many_are_read_ahead_as_have_room() -> None:
    source = Pages(9)
    async with begun(source, 3) as pages:
        assert source.read_count == 4
        assert [await pages.next() for _ in range(9)] == [*map(a_page, range(1, 9)), None]


@pytest.mark.parametrize(
    "more",
    [
        {"records": [customer("C1"), customer("C2")]},
        {"deletions": [Deletion(stream=Stream.CUSTOMERS, external_id="C1"), Deletion(stream=Stream.CUSTOMERS, external_id="C2")]},
        {"refusals": [Refusal(place="line 3", reason="no id"), Refusal(place="line 4", reason="no id")]},
        {"notices": [Notice(place="line 3", message="odd"), Notice(place="line 4", message="odd")]},
        {"listed": ["C1", "C2"]},
    ],
    ids=["records", "deletions", "refusals", "notices", "listed"],
)
async def test_whatever_a_page_says_takes_room(more: dict[str, Any]) -> None:
    source = Pages(9, **more)
    async with begun(source, 4):
        assert source.read_count == 3


async def test_from_when_the_next_page_is_asked_for_no_more_are_read_ahead() -> None:
    source = Pages(9)
    async with begun(source, 3) as pages:
        assert [await pages.next() for _ in range(2)] == [a_page(1), a_page(2)]
        await anyio.wait_all_tasks_blocked()
        assert source.read_count == 4
        await let_read_on(pages)
        assert source.read_count == 6


async def test_a_page_that_is_put_back_is_the_next_one_and_takes_room() -> None:
    source = Pages(9)
    async with reading_ahead(source.read(), 3) as pages:
        first = await pages.next()
        assert first is not None
        pages.put_back(first)
        await let_read_on(pages)
        assert source.read_count == 3
        assert [await pages.next() for _ in range(3)] == [a_page(0), a_page(1), a_page(2)]


async def test_a_page_that_comes_when_nobody_waits_any_more_is_not_lost() -> None:
    async def slow() -> AsyncGenerator[Page]:
        await anyio.sleep(0.05)
        yield a_page(0)

    async with reading_ahead(slow()) as pages:
        with anyio.move_on_after(0.001) as scope:
            await pages.next()
        assert scope.cancelled_caught
        await anyio.sleep(0.1)
        assert [await pages.next() for _ in range(2)] == [a_page(0), None]


async def test_what_goes_wrong_with_closing_hides_no_other_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "_CLOSING_SECONDS", 0.01)

    async def ill_behaved(closing: Callable[[], Awaitable[None]]) -> AsyncGenerator[Page]:
        try:
            yield a_page(0)
            yield a_page(1)
        finally:
            await closing()

    async def fails() -> None:
        raise SourceError("closing failed too", connection="books", feed="all")

    async def fail_with(closing: Callable[[], Awaitable[None]]) -> None:
        async with reading_ahead(ill_behaved(closing)) as pages:
            await pages.next()
            raise ValueError("a page that cannot be kept")

    for closing in (fails, anyio.sleep_forever):
        with pytest.raises(ValueError, match="a page that cannot be kept"):
            await fail_with(closing)


async def test_a_source_that_is_cut_off_while_it_closes_keeps_nobody_waiting() -> None:
    class CutOff(AsyncGenerator[Page]):
        async def asend(self, *_: object) -> Page:
            raise SourceError("the source hangs up", connection="books", feed="all")

        async def athrow(self, *_: object) -> Page:
            raise NotImplementedError

        async def aclose(self) -> None:
            raise asyncio.CancelledError

    async with reading_ahead(CutOff()) as pages:
        with anyio.fail_after(5), pytest.raises(SourceError, match="hangs up"):
            await pages.next()


async def test_a_source_that_is_cut_off_has_not_ended() -> None:
    async def cut_off() -> AsyncGenerator[Page]:
        yield a_page(0)
        raise asyncio.CancelledError

    async with reading_ahead(cut_off()) as pages:
        await pages.next()
        with pytest.raises(RuntimeError, match="without an end"):
            await pages.next()
