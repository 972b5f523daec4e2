"""Our import of a ledger, and reading the same file without a store: the steps, each run in a process of its own."""

from dataclasses import dataclass

from benchmarks.bare_loop import BareTimes, land_barely
from benchmarks.bare_pages import file_pages
from benchmarks.generating import Ledger
from benchmarks.hubs import connection_to, hub_on
from benchmarks.measuring import ImportTimes, Parsing, measured_sync, read_to_the_end, settled_sync
from connectors.files.plugin import FilesConnector
from hub.sync.service import SyncOptions

_OPTIONS = SyncOptions(trigger="IMPORT")


@dataclass(frozen=True, slots=True)
class FileImport:
    """A ledger's file, imported; see `benchmarks.import_rounds.Way`."""

    ledger: Ledger

    @property
    def what(self) -> str:
        """See `Way`."""
        return "import"

    @property
    def name(self) -> str:
        """See `Way`."""
        return filled_name(self.ledger)

    @property
    def invoice_count(self) -> int:
        """See `Way`."""
        return self.ledger.invoice_count

    def prepare(self, url: str) -> None:
        """The connection and the exchange rates."""
        with hub_on(url, self.ledger.folder) as hub:
            settled_sync(hub.sync, connection_to(self.ledger.rates, self.ledger.rates_mapping), _OPTIONS)

    def read_alone(self) -> Parsing:
        """Read the invoices to the end and let every page go."""
        connection = connection_to(self.ledger.invoices, self.ledger.mapping)
        return read_to_the_end(FilesConnector(), connection, self.ledger.folder)

    def land(self, url: str) -> ImportTimes:
        """Import the invoices into a database that is prepared for them, or that has them already."""
        with hub_on(url, self.ledger.folder) as hub:
            return measured_sync(hub.sync, connection_to(self.ledger.invoices, self.ledger.mapping), _OPTIONS)

    def land_again(self, url: str) -> ImportTimes:
        """Import the same file once more."""
        return self.land(url)

    def land_barely(self, source_url: str, target_url: str) -> BareTimes:
        """Land the same rows with the bare loop."""
        return land_barely(source_url, target_url, file_pages)


def filled_name(ledger: Ledger) -> str:
    """What the database that our import fills is called."""
    return ledger.name.replace("-", "_")
