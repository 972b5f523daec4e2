"""Measuring one sync: all of it, its transactions, and reading the same source without a store."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from time import perf_counter

import anyio
import sqlalchemy as sa

from benchmarks.generating import BASE_CURRENCY, NOON
from hub.clock import FixedClock
from hub.config import ConnectionSettings
from hub.identity.matching.finding import BATCH
from hub.plugins import ConnectionContext, Connector, Stream
from hub.store.engine import Store
from hub.sync.opening import SyncServices
from hub.sync.request import SyncReport
from hub.sync.service import SyncOptions, sync_connection
from hub.vocabulary import SyncRunStatus


@dataclass(frozen=True, slots=True)
class Parsing:
    """Reading a source to its end. `seconds` has everything that a source does, from looking at what there is to its last page."""

    seconds: float
    page_count: int
    record_count: int


@dataclass(frozen=True, slots=True)
class ImportTimes:
    """One sync. `total_seconds` has all of it.

    `figures_seconds` is its last transaction, which brings the kept figures up, and `matching_seconds` those before it, which compare
    new customers with all others. `transaction_seconds` is the sum of all others, from their begin to the end of their commit.
    """

    total_seconds: float
    figures_seconds: float
    matching_seconds: float
    transaction_seconds: float
    transaction_count: int
    created_count: int
    unchanged_count: int

    @property
    def landing_seconds(self) -> float:
        """The sync without matching and figures: reading and landing."""
        return self.total_seconds - self.figures_seconds - self.matching_seconds


class TimedStore(Store):
    """A store that notes how long each write transaction took, commit included."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.seconds: list[float] = []

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """A write transaction of the store, timed."""
        started = perf_counter()
        with super().write() as connection:
            yield connection
        self.seconds.append(perf_counter() - started)


def measured_sync(services: SyncServices, connection: ConnectionSettings, options: SyncOptions) -> ImportTimes:
    """Sync a connection, with the figures, and say what it took."""
    with _timed(services.store.url) as store:
        started = perf_counter()
        report = settled_sync(replace(services, store=store), connection, options)
        total = perf_counter() - started
    *others, figures = store.seconds
    new_customers = sum(feed.counts[Stream.CUSTOMERS, "created"] for feed in report.feeds)
    landed = len(others) - ceil(new_customers / BATCH)
    landing, matching = others[:landed], others[landed:]
    created, unchanged = report.total("created"), report.total("unchanged")
    return ImportTimes(total, figures, sum(matching), sum(landing), len(landing), created_count=created, unchanged_count=unchanged)


def settled_sync(services: SyncServices, connection: ConnectionSettings, options: SyncOptions) -> SyncReport:
    """Sync a connection; nothing of it may have failed."""
    report = anyio.run(partial(sync_connection, services, connection, options))
    assert report.status is SyncRunStatus.SUCCEEDED, report.error
    assert not report.total("rejected"), "the made-up ledger has no record to refuse"
    assert not report.total("waiting"), "in the made-up ledger parents come first"
    return report


def read_to_the_end(connector: Connector, connection: ConnectionSettings, folder: Path, *, streams: frozenset[Stream] | None = None) -> Parsing:
    """Read a connection's feeds of some streams (None: all of them) and let every page go."""
    context = ConnectionContext(connection.name, connection.options, {}, folder, FixedClock(NOON), BASE_CURRENCY)
    started = perf_counter()
    pages = anyio.run(_page_sizes, connector, context, streams)
    return Parsing(perf_counter() - started, len(pages), sum(pages))


async def _page_sizes(connector: Connector, context: ConnectionContext, streams: frozenset[Stream] | None) -> Sequence[int]:
    source = connector.open(context)
    sizes: list[int] = []
    try:
        for feed in await source.feeds():
            if streams is None or streams & set(feed.streams):
                sizes.extend([len(page.records) async for page in source.read(feed, cursor=None, since=None)])
    finally:
        await source.aclose()
    return sizes


@contextmanager
def _timed(url: str) -> Generator[TimedStore]:
    store = TimedStore(url)
    try:
        with store.read() as connection:  # the pool's first connection is made before the clock runs
            connection.execute(sa.select(1))
        yield store
    finally:
        store.dispose()
