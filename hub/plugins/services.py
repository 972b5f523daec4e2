"""What routes receive: the in-process face of the hub. Routes are the one trusted kind of plugin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, Protocol

from hub.access.principal import Principal
from hub.access.sealing import SealedPlace, Secret
from hub.clock import Clock
from hub.config import Settings
from hub.errors import ConfigurationError
from hub.plugins.connector import Connector, ConnectorInfo
from hub.plugins.exporter import ExportAsking, ExportQuery
from hub.store.engine import Store
from rules.fields import FieldCatalogue


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


def no_problems(_connector: str, _options: Mapping[str, Any], _directory: Path) -> Sequence[str]:
    """Nothing is wrong: for services without connectors."""
    return ()


def _seals_nothing(_secret: Secret, _place: SealedPlace) -> NoReturn:
    raise ConfigurationError("nothing is sealed here")


def _has_no_variable(_name: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ConnectionMaking:
    """What it takes to make connections through the API. `seal` seals and cannot open; `has_variable` tells only whether one is set."""

    connectors: Mapping[str, Connector] = field(default_factory=dict[str, Connector])
    seal: Callable[[Secret, SealedPlace], bytes] = _seals_nothing
    has_variable: Callable[[str], bool] = _has_no_variable


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

    `check_options` tells everything that is wrong with options of a connector, by its name; relative paths start from a folder.
    `exporter` None: no plugin brings one, and nothing can be exported. `fields` are what rules can ask about.
    """

    settings: Settings
    store: Store
    clock: Clock
    authenticate: Callable[[str], Principal | None]
    business_date: Callable[[], date]
    connectors: tuple[ConnectorInfo, ...] = ()
    check_options: Callable[[str, Mapping[str, Any], Path], Sequence[str]] = no_problems
    exporter: Exporter | None = None
    fields: FieldCatalogue = FieldCatalogue(())  # noqa: RUF009 - it never changes
    stopping: Stopping = field(default_factory=Stopping)
    making: ConnectionMaking = field(default_factory=ConnectionMaking)
