"""hub/sync/quick_pages.py: pages that come at once are applied as one, and nothing else is different."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from math import inf

import anyio
import pytest

from hub.errors import SourceError
from hub.model import Checkpoint, Customer, Event
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Deletion, Record, Refusal
from hub.sync.quick_pages import PAGE_BY_PAGE, Joining, QuickPages
from hub.sync.read_ahead import reading_ahead
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync
from hub.vocabulary import Stream, SyncRunStatus
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice, payment
from tests.sync.source import ListSource

AT_ONCE = Joining(seconds=inf)


def a_page(number: int, *records: Record) -> Page:
    """A page of one customer, or of what is given, told by its cursor."""
    return Page(records=records or [customer(f"C{number}")], cursor=str(number), bytes_read=10)


async def read(pages: Sequence[Page | Exception | float], joining: Joining) -> list[tuple[list[str], str | None]]:
    """The ids on each page that comes, with its cursor; a number is how many seconds the next page takes, an error is raised."""

    async def source() -> AsyncGenerator[Page]:
        for each in pages:
            if isinstance(each, Exception):
                raise each
            if isinstance(each, Page):
                yield each
            else:
                await anyio.sleep(each)

    found: list[tuple[list[str], str | None]] = []
    led_through: list[str] = []
    async with reading_ahead(source()) as ahead:
        quick = QuickPages(ahead, joining)
        try:
            while (page := await quick.next()) is not None:
                found.append(([record.external_id for record in page.records], page.cursor))
                led_through += quick.places
        except SourceError as error:
            found.append(([str(error)], None))
    assert led_through == [each.cursor for each in pages if isinstance(each, Page) and each.cursor is not None]
    return found


async def test_pages_that_come_at_once_come_as_one_with_the_last_position() -> None:
    assert await read([a_page(1), a_page(2), a_page(3)], AT_ONCE) == [(["C1", "C2", "C3"], "3")]


async def test_no_more_than_so_many_records_come_as_one() -> None:
    two = [customer("C3"), customer("C4")]
    pages = [a_page(1), a_page(2), a_page(3, *two), a_page(4)]
    assert await read(pages, replace(AT_ONCE, most_records=3)) == [(["C1", "C2"], "2"), (["C3", "C4"], "3"), (["C4"], "4")]
    assert await read(pages, PAGE_BY_PAGE) == [(["C1"], "1"), (["C2"], "2"), (["C3", "C4"], "3"), (["C4"], "4")]


async def test_nothing_waits_long_for_a_slow_page() -> None:
    pages = [a_page(1), a_page(2), 0.3, a_page(3), a_page(4)]
    assert await read(pages, Joining(seconds=0.05)) == [(["C1", "C2"], "2"), (["C3", "C4"], "4")]


async def test_the_last_page_ends_what_comes_as_one() -> None:
    last = replace(a_page(2), cursor=None, ends_at="later")
    assert await read([a_page(1), last, a_page(3)], AT_ONCE) == [(["C1", "C2"], None), (["C3"], "3")]


@pytest.mark.parametrize(
    "more",
    [
        {"deletions": [Deletion(stream=Stream.CUSTOMERS, external_id="C1")]},
        {"refusals": [Refusal(place="line 3", reason="no id")]},
    ],
    ids=["deletions", "refusals"],
)
async def test_a_page_that_says_more_than_how_objects_are_comes_by_itself(more: dict[str, list[object]]) -> None:
    pages = [a_page(1), a_page(2), replace(a_page(3), **more), a_page(4), a_page(5)]
    assert await read(pages, AT_ONCE) == [(["C1", "C2"], "2"), (["C3"], "3"), (["C4", "C5"], "5")]


async def test_what_reading_raises_comes_after_the_pages_before_it() -> None:
    broken = SourceError("the source hangs up", connection="books", feed="all")
    assert await read([a_page(1), a_page(2), broken], AT_ONCE) == [(["C1", "C2"], "2"), ([str(broken)], None)]


async def test_pages_without_records_that_lead_nowhere_are_still_seen_to() -> None:
    empty = [Page(records=(), cursor=str(number)) for number in range(25)]
    assert [cursor for _, cursor in await read(empty, replace(AT_ONCE, most_records=10))] == ["9", "19", "24"]


# --- through a run --------------------------------------------------------------------------------


async def sync(hub: Hub, pages: Sequence[Page], *, name: str, joining: Joining, fails_before: int | None = None) -> SyncReport:
    source = ListSource(pages, Feed("all", tuple(Stream)), fails_before=fails_before)
    connection_id = hub.connect(name)
    request = SyncRequest(connection_id=connection_id, connection_name=name, source=source, workspace=hub.workspace, clock=hub.clock, joining=joining)
    return await run_sync(hub.store, request)


async def test_an_object_on_several_pages_is_as_the_last_of_them_says(hub: Hub) -> None:
    pages = [
        Page(records=[customer("C1", name="Old"), customer("C2", name="Kept", source_version=7)], cursor="1"),
        Page(records=[customer("C1", name="New"), customer("C2", name="Outdated", source_version=6)], cursor="2"),
        Page(records=[invoice("I1", "70.00"), payment(on={"I1": "40.00"})], cursor="3"),
    ]
    for name, joining in (("one by one", PAGE_BY_PAGE), ("at once", AT_ONCE)):
        report = await sync(hub, pages, name=name, joining=joining)
        assert report.status is SyncRunStatus.SUCCEEDED
        assert report.total("read") == 6
    assert hub.rows(Customer, "name") == [("New",), ("Kept",)] * 2
    assert [kind for (kind,) in hub.rows(Event, "kind") if kind == "sync_run.page"] == ["sync_run.page"] * 4


async def test_what_came_before_a_fault_is_kept_with_its_position(hub: Hub) -> None:
    pages = [a_page(number) for number in range(5)]
    report = await sync(hub, pages, name="books", joining=AT_ONCE, fails_before=3)
    assert report.status is SyncRunStatus.FAILED
    assert [name for (name,) in hub.rows(Customer, "name")] == [customer(f"C{number}").name for number in range(3)]
    assert hub.rows(Checkpoint, "cursor") == [("3",)]
    again = await sync(hub, pages, name="books", joining=AT_ONCE)
    assert (again.status, again.total("created"), again.total("read")) == (SyncRunStatus.SUCCEEDED, 2, 2)
