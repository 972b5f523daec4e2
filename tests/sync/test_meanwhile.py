"""What happens between two pages of a run: the day turns, rates come, another process writes, the run breaks off."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from threading import Thread

import anyio
import anyio.lowlevel
import pytest
import sqlalchemy as sa

from hub.health.reading import read_customer_figures
from hub.model import CustomerFigures, Invoice, SyncRun
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Record
from hub.store.lock import own_books, share_books
from hub.vocabulary import Stream, SyncRunStatus
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice, payment, rate
from tests.sync.source import ListSource


@dataclass
class InterruptedSource(ListSource):
    """Two pages, with something happening between them."""

    meanwhile: Callable[[], Awaitable[object]] = field(kw_only=True)

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        async for page in super().read(feed, cursor=cursor, since=since):
            yield page
            if page.cursor is not None:
                await self.meanwhile()


def source(pages: Sequence[Sequence[Record]], meanwhile: Callable[[], Awaitable[object]]) -> InterruptedSource:
    return InterruptedSource([Page(records=records, cursor=None) for records in pages], Feed("all", tuple(Stream)), meanwhile=meanwhile)


async def test_rates_that_come_during_a_run_convert_its_next_page(hub: Hub) -> None:
    meanwhile = partial(hub.sync, [rate("USD", 8, 10)], name="bank")
    await hub.sync(source=source([[customer()], [invoice(currency="USD")]], meanwhile))
    assert hub.rows(Invoice, "converted_due_minor") == [(8000,)]
    assert hub.rows(CustomerFigures, "outstanding_minor", "is_complete") == [(8000, True)]


async def test_a_run_across_midnight_ends_in_the_amounts_of_the_new_day(hub: Hub) -> None:
    async def midnight() -> None:
        hub.clock.move_to(hub.clock.now() + timedelta(days=1))
        await anyio.to_thread.run_sync(hub.refresh)

    tomorrow = payment(payment_date=date(2026, 11, 21), on={"I1": "100.00"})
    await hub.sync(source=source([[customer(), invoice()], [tomorrow]], midnight))
    assert hub.rows(Invoice, "amount_due_minor") == [(0,)]


async def test_an_older_file_does_not_slip_in_after_a_newer_one_that_broke(hub: Hub) -> None:
    newer = Feed("list", (), sequence="2", content_digest="b")
    pages = [Page(records=records, cursor=None) for records in ([customer(), invoice(total="2.00")], [invoice("I2")])]
    await hub.sync(source=ListSource(pages, newer, fails_before=1))
    report = await hub.sync([invoice(total="1.00")], feed=Feed("list", (), sequence="1", content_digest="a"))
    assert report.status is SyncRunStatus.HELD
    assert hub.rows(Invoice, "total_minor") == [(200,)]


async def test_a_cancelled_run_is_ended_as_failed(hub: Hub) -> None:
    with anyio.CancelScope() as scope:

        async def cancel() -> None:
            scope.cancel()
            await anyio.lowlevel.checkpoint()

        await hub.sync(source=source([[customer()], [invoice()]], cancel))
    assert scope.cancelled_caught
    assert hub.rows(SyncRun, "status") == [(SyncRunStatus.FAILED,)]
    assert hub.rows(Invoice, "id") == []


async def test_who_owns_the_books_waits_for_pages_and_keeps_them_out(hub: Hub) -> None:
    if hub.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer")
    order: list[str] = []

    def own() -> None:
        with hub.store.write() as connection:
            own_books(connection)
            order.append("owned")

    with hub.store.write() as connection:
        share_books(connection)
        owner = Thread(target=own)
        owner.start()
        connection.execute(sa.select(sa.func.pg_sleep(0.2)))
        order.append("page ends")
    owner.join(timeout=30)
    assert order == ["page ends", "owned"]


async def test_figures_agree_with_the_facts_after_everything(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), invoice("I2", currency="USD"), rate("USD", 8, 10), payment(on={"I1": "30.00"})])
    with hub.store.read() as connection:
        basis = hub.basis()
        assert read_customer_figures(connection, basis, [1])[1].outstanding_minor == 7000 + 8000
