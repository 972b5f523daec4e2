"""Our import of a ledger, and reading the same file without a store: the steps, each run in a process of its own."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter

import anyio
import sqlalchemy as sa

from benchmarks.generating import BASE_CURRENCY, NOON, Ledger
from benchmarks.hubs import CONNECTION, connection_to, hub_on
from connectors.files.plugin import FilesConnector
from hub.app import Hub
from hub.clock import FixedClock
from hub.config import ConnectionSettings
from hub.plugins import ConnectionContext
from hub.store.engine import Store
from hub.sync.request import SyncReport
from hub.sync.service import SyncOptions, SyncServices, sync_connection
from hub.vocabulary import SyncRunStatus

_OPTIONS = SyncOptions(trigger="IMPORT")


@dataclass(frozen=True, slots=True)
class Parsing:
    """Reading a file to its end. `seconds` has everything that a source does, from looking at the file to its last page."""

    seconds: float
    page_count: int
    record_count: int


@dataclass(frozen=True, slots=True)
class ImportTimes:
    """One import. `total_seconds` has all of it; `figures_seconds` is its last transaction, which brings the kept figures up.

    `transaction_seconds` is the sum of all transactions but that last one, from their begin to the end of their commit.
    """

    total_seconds: float
    figures_seconds: float
    transaction_seconds: float
    transaction_count: int
    created_count: int
    unchanged_count: int

    @property
    def landing_seconds(self) -> float:
        """The import without the figures: reading and landing."""
        return self.total_seconds - self.figures_seconds


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


def prepare(url: str, ledger: Ledger) -> None:
    """What comes before the invoices, on a database that has the tables: the connection and the exchange rates."""
    with hub_on(url, ledger.folder) as hub:
        _sync(hub.sync, connection_to(ledger.rates, ledger.rates_mapping))


def read_alone(ledger: Ledger) -> Parsing:
    """Read the invoices to the end and let every page go."""
    connection = connection_to(ledger.invoices, ledger.mapping)
    context = ConnectionContext(CONNECTION, connection.options, {}, Path(ledger.folder), FixedClock(NOON), BASE_CURRENCY)
    started = perf_counter()
    pages = anyio.run(_page_sizes, context)
    return Parsing(perf_counter() - started, len(pages), sum(pages))


def import_ledger(url: str, ledger: Ledger) -> ImportTimes:
    """Import the invoices into a database that is prepared for them, or that has them already."""
    with hub_on(url, ledger.folder) as hub, _timed(hub) as store:
        started = perf_counter()
        report = _sync(replace(hub.sync, store=store), connection_to(ledger.invoices, ledger.mapping))
        total = perf_counter() - started
    *others, figures = store.seconds
    created, unchanged = report.total("created"), report.total("unchanged")
    return ImportTimes(total, figures, sum(others), len(others), created_count=created, unchanged_count=unchanged)


@contextmanager
def _timed(hub: Hub) -> Generator[TimedStore]:
    store = TimedStore(hub.store.url)
    try:
        with store.read() as connection:  # the pool's first connection is made before the clock runs
            connection.execute(sa.select(1))
        yield store
    finally:
        store.dispose()


def _sync(services: SyncServices, connection: ConnectionSettings) -> SyncReport:
    report = anyio.run(partial(sync_connection, services, connection, _OPTIONS, is_declared=False))
    assert report.status is SyncRunStatus.SUCCEEDED, report.error
    assert not report.total("rejected"), "the made-up ledger has no record to refuse"
    return report


async def _page_sizes(context: ConnectionContext) -> Sequence[int]:
    source = FilesConnector().open(context)
    sizes: list[int] = []
    try:
        for feed in await source.feeds():
            sizes.extend([len(page.records) async for page in source.read(feed, cursor=None, since=None)])
    finally:
        await source.aclose()
    return sizes
