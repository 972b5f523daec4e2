"""Our sync of rendered pages over HTTP: the steps, each run in a process of its own."""

from dataclasses import dataclass, replace

from benchmarks.bare_loop import BareTimes, land_barely
from benchmarks.bare_pages import rendered_pages
from benchmarks.hubs import CONNECTION, hub_on
from benchmarks.measuring import ImportTimes, Parsing, measured_sync, read_to_the_end, settled_sync
from benchmarks.rendering import Pages
from benchmarks.serving import PagesConnector, connection_options
from hub.app import Hub
from hub.config import ConnectionSettings
from hub.sync.opening import SyncServices
from hub.sync.service import SyncOptions
from hub.vocabulary import ConnectionKind, Stream

_STREAMS = frozenset({Stream.CUSTOMERS, Stream.INVOICES, Stream.PAYMENTS})
_RATES = SyncOptions(streams=frozenset({Stream.EXCHANGE_RATES}))
_FIRST = SyncOptions(streams=_STREAMS)
_AGAIN = SyncOptions(streams=_STREAMS, is_full=True)


@dataclass(frozen=True, slots=True)
class PageSync:
    """Rendered pages, synced; see `benchmarks.import_rounds.Way`. `wait_seconds` is how long each answer takes to come."""

    pages: Pages
    wait_seconds: float = 0.0

    @property
    def what(self) -> str:
        """See `Way`."""
        return "sync over HTTP"

    @property
    def name(self) -> str:
        """See `Way`."""
        return self.pages.name.replace("-", "_")

    @property
    def invoice_count(self) -> int:
        """See `Way`."""
        return self.pages.invoice_count

    def prepare(self, url: str) -> None:
        """The connection and the exchange rates."""
        with hub_on(url, self.pages.folder) as hub:
            settled_sync(_services(hub), self._connection(), _RATES)

    def read_alone(self) -> Parsing:
        """Ask for every page, decode and map it, and let it go."""
        return read_to_the_end(PagesConnector(), self._connection(), self.pages.folder, streams=_STREAMS)

    def land(self, url: str) -> ImportTimes:
        """The first sync."""
        return self._land(url, _FIRST)

    def land_again(self, url: str) -> ImportTimes:
        """A sync that reads everything again, of which nothing has changed."""
        return self._land(url, _AGAIN)

    def land_barely(self, source_url: str, target_url: str) -> BareTimes:
        """Land the same rows with the bare loop, page by page as they were rendered."""
        return land_barely(source_url, target_url, rendered_pages, page_size=self.pages.page_size)

    def _land(self, url: str, options: SyncOptions) -> ImportTimes:
        with hub_on(url, self.pages.folder) as hub:
            return measured_sync(_services(hub), self._connection(), options)

    def _connection(self) -> ConnectionSettings:
        options = connection_options(self.pages, wait_seconds=self.wait_seconds)
        return ConnectionSettings(CONNECTION, PagesConnector.name, ConnectionKind.ACCOUNTING, options=options)


def _services(hub: Hub) -> SyncServices:
    """What syncing stands on, with the connector to rendered pages."""
    catalogue = hub.sync.catalogue
    return replace(hub.sync, catalogue=replace(catalogue, connectors={**catalogue.connectors, PagesConnector.name: PagesConnector()}))
