"""What routes receive: the in-process face of the hub. Routes are the one trusted kind of plugin."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from hub.access.principal import Principal
from hub.clock import Clock
from hub.config import Settings
from hub.plugins.connector import ConnectorInfo
from hub.plugins.exporter import ExportAsking, ExportQuery
from hub.store.engine import Store


class Stopping:
    """Tells routes that the server is about to end, so that what they have kept open can end well."""

    def __init__(self) -> None:
        """Nobody heeds it yet."""
        self._heeding: list[Callable[[], None]] = []

    def heed(self, callback: Callable[[], None]) -> None:
        """Have something called when the server is about to end, on its event loop; it must not wait."""
        self._heeding.append(callback)

    def begin(self) -> None:
        """The server is about to end."""
        for callback in self._heeding:
            callback()


class Exporter(Protocol):
    """Knows what the text of an export's query means. The hub does the rest: it keeps who asked, writes the file and gives it away."""

    @property
    def name(self) -> str:
        """The name of the language of its queries, e.g. `graphql`."""
        ...

    def open(self, text: str, asking: ExportAsking, services: "HubServices") -> ExportQuery:
        """The query of a text. Raises RequestError, in words, for a text that is none, or not one that can be exported."""
        ...

    def compose(self, listed: str, where: str | None) -> str:
        """A query for the plain values of all objects of a list, such as `creditNotes`; `where` is a condition in its language, None: all.

        Raises RequestError for a list that there is not, and for what is no condition.
        """
        ...


@dataclass(frozen=True, slots=True)
class HubServices:
    """Reads go through `store`; `authenticate` turns a bearer token into a principal, None when it is unknown, expired or revoked.

    `exporter` None: no plugin brings one, and nothing can be exported.
    """

    settings: Settings
    store: Store
    clock: Clock
    authenticate: Callable[[str], Principal | None]
    business_date: Callable[[], date]
    connectors: tuple[ConnectorInfo, ...] = ()
    exporter: Exporter | None = None
    stopping: Stopping = field(default_factory=Stopping)
