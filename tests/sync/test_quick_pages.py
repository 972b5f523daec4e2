"""hub/sync/quick_pages.py: pages that come at once are applied as one, and nothing else is different."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from math import inf
from random import Random
from typing import Any

import anyio
import pytest

from hub.errors import SourceError
from hub.model import Checkpoint, Customer, Event, ExternalReference, RejectedRecord, SourceField
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Deletion, Notice, Record, Refusal
from hub.sync.flood import TooManyRejectedError
from hub.sync.quick_pages import PAGE_BY_PAGE, Joining, joined, with_quick_ones
from hub.sync.read_ahead import reading_ahead
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync
from hub.vocabulary import FieldState, Stream, SyncRunStatus
from tests.databases import Databases
from tests.sync.conftest import NOON, Hub, hub_at
from tests.sync.records import customer, invoice
from tests.sync.source import ListSource

AT_ONCE = Joining(seconds=inf)


def a_page(number: int, *records: Record) -> Page:
    """A page of one customer, or of what is given, told by its cursor."""
    return Page(records=records or [customer(f"C{number}")], cursor=str(number), bytes_read=10)


async def read(pages: Sequence[Page | Exception | float], joining: Joining) -> list[list[str]]:
    """The ids on the pages that are taken at a time; a number is how many seconds the next page takes, an error is raised."""

    async def source() -> AsyncGenerator[Page]:
        for each in pages:
            if isinstance(each, Exception):
                raise each
            if isinstance(each, Page):
                yield each
            else:
                await anyio.sleep(each)

    found: list[list[str]] = []
    async with reading_ahead(source(), joining.most_records) as ahead:
        try:
            while (page := await ahead.next()) is not None:
                found.append([record.external_id for each in await with_quick_ones(page, ahead, joining) for record in each.records])
        except SourceError as error:
            found.append([str(error)])
    return found


async def test_pages_that_come_at_once_are_taken_at_a_time() -> None:
    assert await read([a_page(1), a_page(2), a_page(3)], AT_ONCE) == [["C1", "C2", "C3"]]


async def test_no_more_than_so_many_records_are() -> None:
    two = [customer("C3"), customer("C4")]
    pages = [a_page(1), a_page(2), a_page(3, *two), a_page(5)]
    assert await read(pages, replace(AT_ONCE, most_records=3)) == [["C1", "C2"], ["C3", "C4", "C5"]]
    assert await read(pages, PAGE_BY_PAGE) == [["C1"], ["C2"], ["C3", "C4"], ["C5"]]


async def test_nothing_waits_long_for_a_slow_page() -> None:
    pages = [a_page(1), a_page(2), 0.3, a_page(3), a_page(4)]
    assert await read(pages, Joining(seconds=0.05)) == [["C1", "C2"], ["C3", "C4"]]


async def test_the_last_page_is_the_last_of_those_that_are_taken() -> None:
    assert await read([a_page(1), replace(a_page(2), cursor=None), a_page(3)], AT_ONCE) == [["C1", "C2"], ["C3"]]


@pytest.mark.parametrize(
    "more",
    [
        {"deletions": [Deletion(stream=Stream.CUSTOMERS, external_id="C1")]},
        {"refusals": [Refusal(place="line 3", reason="no id")]},
    ],
    ids=["deletions", "refusals"],
)
async def test_a_page_that_says_more_than_how_objects_are_is_taken_by_itself(more: dict[str, list[object]]) -> None:
    pages = [a_page(1), a_page(2), replace(a_page(3), **more), a_page(4), a_page(5)]
    assert await read(pages, AT_ONCE) == [["C1", "C2"], ["C3"], ["C4", "C5"]]


async def test_a_page_that_names_an_object_again_begins_the_next() -> None:
    assert await read([a_page(1), a_page(2), a_page(3, customer("C4"), customer("C1")), a_page(5)], AT_ONCE) == [["C1", "C2"], ["C4", "C1", "C5"]]


async def test_what_reading_raises_comes_after_the_pages_before_it() -> None:
    broken = SourceError("the source hangs up", connection="books", feed="all")
    assert await read([a_page(1), a_page(2), broken], AT_ONCE) == [["C1", "C2"], [str(broken)]]


async def test_pages_without_records_count_as_well() -> None:
    empty = [Page(records=(), cursor=str(number)) for number in range(25)]
    assert len(await read(empty, replace(AT_ONCE, most_records=10))) == 3


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_time_pages_take_each_comes_once_and_in_order(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - delays, no secret
    joining = Joining(random.choice((2, 4, 2_000)), random.choice((0.0, 0.001, 0.002)))
    near = (0.0, joining.seconds, joining.seconds * 0.99, joining.seconds * 1.01, 0.0005, 0.003)
    pages = [each for number in range(15) for each in (random.choice(near), a_page(number))]
    with anyio.fail_after(20):
        assert list(chain.from_iterable(await read(pages, joining))) == [f"C{number}" for number in range(15)]


def test_pages_are_joined_with_all_that_they_say_and_the_last_position() -> None:
    one = replace(a_page(1), notices=[Notice(place="line 1", message="odd")], listed=["C1"], bytes_read=10)
    last = replace(a_page(2), cursor=None, ends_at="later", notices=[Notice(place="line 2", message="even")], listed=["C2"], data_as_of=NOON, bytes_read=5)
    whole = joined([one, last])
    assert whole == replace(last, records=[*one.records, *last.records], notices=[*one.notices, *last.notices], listed=["C1", "C2"], bytes_read=15)
    assert joined([one]) is one


# --- through a run --------------------------------------------------------------------------------


async def sync(hub: Hub, pages: Sequence[Page], *, joining: Joining, fails_before: int | None = None, **more: Any) -> SyncReport:  # noqa: ANN401 - further members of the request
    source = ListSource(pages, Feed("all", tuple(Stream)), fails_before=fails_before)
    connection_id = hub.connect("books")
    request = SyncRequest(connection_id=connection_id, connection_name="books", source=source, workspace=hub.workspace, clock=hub.clock, joining=joining)
    report = await run_sync(hub.store, replace(request, **more))
    hub.refresh()
    return report


def of(*records: Record) -> Page:
    return Page(records=records, cursor="more")


REPEATS = {
    "a newer form is refused": [of(customer()), of(invoice(source_version=1)), of(invoice(source_version=2, document_date=date(2300, 1, 1)))],
    "a mention, and then what is refused": [of(customer(create_only=True), invoice()), of(customer(name=""))],
    "it moves to a customer that is not there": [of(customer(), invoice()), of(invoice(customer_external_id="C9"))],
    "a circle": [of(customer(), customer("C2")), of(customer(parent_external_id="C2")), of(customer("C2", parent_external_id="C1"))],
    "an older form behind a newer one": [of(customer(name="New", source_version=7)), of(customer(name="Old", source_version=6))],
}


@pytest.mark.parametrize("pages", REPEATS.values(), ids=REPEATS)
async def test_pages_taken_at_a_time_leave_what_they_leave_one_by_one(databases: Databases, pages: Sequence[Page]) -> None:
    ends: list[dict[str, list[tuple[Any, ...]]]] = []
    for joining in (PAGE_BY_PAGE, AT_ONCE):
        with databases.fresh(migrated=True) as url, hub_at(url) as hub:
            assert (await sync(hub, pages, joining=joining)).status is SyncRunStatus.SUCCEEDED
            ends.append(hub.everything())
    assert ends[0] == ends[1]


async def test_what_came_before_a_fault_is_kept_with_its_position(hub: Hub) -> None:
    pages = [a_page(number) for number in range(5)]
    report = await sync(hub, pages, joining=AT_ONCE, fails_before=3)
    assert report.status is SyncRunStatus.FAILED
    assert [name for (name,) in hub.rows(ExternalReference, "external_id")] == ["C0", "C1", "C2"]
    assert hub.rows(Checkpoint, "cursor") == [("3",)]
    again = await sync(hub, pages, joining=AT_ONCE)
    assert (again.status, again.total("created"), again.total("read")) == (SyncRunStatus.SUCCEEDED, 2, 2)


async def test_they_are_told_as_one_page(hub: Hub) -> None:
    await sync(hub, [a_page(number) for number in range(5)], joining=AT_ONCE)
    assert [kind for (kind,) in hub.rows(Event, "kind") if kind == "sync_run.page"] == ["sync_run.page"]


class TestFloods:
    """Where so much is refused that a feed may have to stop, pages are judged one by one."""

    GOOD = tuple(of(*(customer(f"G{page}-{number}") for number in range(20))) for page in range(4))
    BAD = of(*(customer(f"B{number}", name="") for number in range(20)))

    async def test_the_good_ones_before_it_are_kept(self, hub: Hub) -> None:
        report = await sync(hub, [*self.GOOD, self.BAD, *self.GOOD], joining=AT_ONCE, max_rejected_percent=5)
        assert isinstance(report.error, TooManyRejectedError)
        assert len(hub.rows(Customer, "id")) == 80
        assert len(hub.rows(RejectedRecord, "id")) == 20
        assert hub.rows(Checkpoint, "cursor") == [("4",)]

    async def test_good_ones_behind_it_do_not_hide_it(self, hub: Hub) -> None:
        report = await sync(hub, [self.BAD, *self.GOOD * 10], joining=AT_ONCE, max_rejected_percent=5)
        assert isinstance(report.error, TooManyRejectedError)
        assert hub.rows(Customer, "id") == []


async def test_a_field_that_has_gone_is_noticed_in_small_pages(hub: Hub) -> None:
    for version, raw in enumerate(({"a": 1, "b": "x"}, {"a": 1})):
        pages = [of(*(customer(f"C{page}-{number}", raw=raw, source_version=version) for number in range(20))) for page in range(15)]
        await sync(hub, pages, joining=AT_ONCE)
    assert hub.rows(SourceField, "path", "state") == [("a", FieldState.KNOWN), ("b", FieldState.MISSING)]


async def test_waiting_for_more_pages_is_no_silence_of_the_source(hub: Hub) -> None:
    class Slow(ListSource):
        async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncGenerator[Page]:
            async for page in super().read(feed, cursor=cursor, since=since):
                await anyio.sleep(0.3)
                yield page

    source = Slow([a_page(number) for number in range(3)], Feed("all", tuple(Stream)))
    report = await sync(hub, [], joining=Joining(seconds=0.2), source=source, most_page_seconds=0.45)
    assert report.status is SyncRunStatus.SUCCEEDED
    assert source.cursors_seen == [None]
