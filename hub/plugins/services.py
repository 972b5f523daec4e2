"""What routes receive: the in-process face of the hub. Routes are the one trusted kind of plugin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from hub.access.principal import Principal
from hub.access.sealing import SealedPlace, Secret
from hub.clock import Clock
from hub.config import Settings
from hub.errors import ConfigurationError
from hub.plugins.connector import Connector, ConnectorInfo
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


@dataclass(frozen=True, slots=True)
class HubServices:
    """Reads go through `store`; `authenticate` turns a bearer token into a principal, None when it is unknown, expired or revoked.

    `check_options` tells everything that is wrong with options of a connector, by its name; relative paths start from a folder.
    """

    settings: Settings
    store: Store
    clock: Clock
    authenticate: Callable[[str], Principal | None]
    business_date: Callable[[], date]
    connectors: tuple[ConnectorInfo, ...] = ()
    check_options: Callable[[str, Mapping[str, Any], Path], Sequence[str]] = no_problems
    stopping: Stopping = field(default_factory=Stopping)
    making: ConnectionMaking = field(default_factory=ConnectionMaking)
