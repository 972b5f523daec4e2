"""Rate sources read like connections: their rates land as facts with references, runs and changes of their own."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from hub.config import ConnectionOrigin, ConnectionSettings
from hub.plugins.connector import Feed, Page
from hub.plugins.rate_source import RateSource
from hub.store.bulk import chunks
from hub.store.engine import opened_in_thread, run_in_thread
from hub.store.lock import reading
from hub.sync.opening import SyncServices
from hub.sync.registry import register
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync
from hub.sync.service import follow_up
from hub.sync.writing import no_fence, while_held
from hub.vocabulary import ConnectionKind, Stream

_PAGE_SIZE = 1_000

CONNECTOR = "rate-source"
"""What stands as connector of a connection that a rate source made."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """A rate source as a source of one feed."""

    rates: RateSource
    base_currency: str

    async def feeds(self) -> Sequence[Feed]:
        return [Feed("rates", (Stream.EXCHANGE_RATES,))]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        found = await self.rates.fetch(base_currency=self.base_currency, since=since)
        pages = list(chunks(found, _PAGE_SIZE)) or [()]
        for number, records in enumerate(pages, 1):
            yield Page(records=records, cursor=None if number == len(pages) else str(number))

    async def aclose(self) -> None:
        """Nothing is open."""


async def sync_rates(services: SyncServices, name: str) -> SyncReport:
    """Fetch the rates of one source and land them. Raises KeyError for a source that no plugin brings."""
    rates = services.catalogue.rate_sources[name]
    workspace = services.settings.workspace
    made = ConnectionSettings(f"rates-{name}", CONNECTOR, ConnectionKind.API, streams=(Stream.EXCHANGE_RATES,), origin=ConnectionOrigin.IMPORTED)
    async with opened_in_thread(reading(services.store, made.name)) as held:
        connection_id = await run_in_thread(partial(_register, services, made))
        source = _Rates(rates, workspace.base_currency)
        request = SyncRequest(
            connection_id=connection_id,
            connection_name=made.name,
            source=source,
            workspace=workspace,
            clock=services.clock,
            trigger="RATES",
            fence=while_held(held, no_fence),
        )
        report = await run_sync(services.store, request)
        await run_in_thread(partial(follow_up, services))
        return report


def _register(services: SyncServices, made: ConnectionSettings) -> int:
    with services.store.write() as connection:
        return register(connection, made, now=services.clock.now())
