"""Small plugins and their parts, written to disk or handed over as entry points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import FixedClock
from hub.config import PluginSettings, Settings, WorkspaceSettings
from hub.plugins import (
    ConnectionContext,
    ConnectionKind,
    ConnectorFacts,
    ExchangeRateRecord,
    Field,
    FieldType,
    Level,
    Source,
    Stream,
    StreamFacts,
    WebhookReader,
    hookimpl,
)
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.host import load_plugins

CLOCK = FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
WORKSPACE = WorkspaceSettings("Example", "EUR", ZoneInfo("UTC"))

PREAMBLE = "from hub.plugins import Field, FieldType, Level, PluginContext, hookimpl\n"
FIELD = "Field(id={id!r}, level=Level.CUSTOMER, type=FieldType.TEXT, meaning='M.', source='customer.name')"


def facts_of(*streams: Stream) -> ConnectorFacts:
    """Facts of a connector of which only the streams matter."""
    return ConnectorFacts(streams=tuple(map(StreamFacts, streams)))


LEDGER_FACTS = facts_of(Stream.CUSTOMERS, Stream.INVOICES, Stream.PAYMENTS)


@dataclass(frozen=True)
class Ledger:
    """A connector that says what it is told to say of its options."""

    name: str = "ledger"
    title: str = "A ledger"
    kinds: tuple[ConnectionKind, ...] = (ConnectionKind.ACCOUNTING, ConnectionKind.BILLING)
    facts: ConnectorFacts = LEDGER_FACTS
    webhooks: WebhookReader | None = None
    option_names: frozenset[str] = frozenset({"folder", "colour"})
    wrong: tuple[str, ...] = ()
    failure: Exception | None = None
    asked: list[tuple[Mapping[str, Any], Path]] = field(default_factory=list[tuple[Mapping[str, Any], Path]])

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        self.asked.append((options, directory))
        if self.failure:
            raise self.failure
        return self.wrong

    def open(self, context: ConnectionContext) -> Source:
        raise NotImplementedError


@dataclass(frozen=True)
class Rates:
    """A source of rates that has none."""

    name: str

    async def fetch(self, *, base_currency: str, since: date | None) -> Sequence[ExchangeRateRecord]:
        del base_currency, since
        return []


def a_field(name: str) -> Field:
    return Field(id=name, level=Level.CUSTOMER, type=FieldType.TEXT, meaning="A meaning.", source="customer.name")


def nothing() -> list[object]:
    return []


def settings(directory: Path, *plugins: PluginSettings) -> Settings:
    return Settings(directory, "sqlite:///x.db", directory / "var", WORKSPACE, plugins=plugins)


def module(name: str, **hooks: Callable[..., object]) -> ModuleType:
    """A module whose functions implement the hooks of the same names."""
    found = ModuleType(name)
    for hook, function in hooks.items():
        setattr(found, hook, hookimpl(function))
    return found


@dataclass(frozen=True)
class Entry:
    """Stands for an installed plugin."""

    value: str
    plugin: object
    name: str = ""
    dist: None = None

    def load(self) -> object:
        return self.plugin


def load(directory: Path, *entries: Entry, plugins: Sequence[PluginSettings] = (), built_in: Sequence[str] = ()) -> PluginCatalogue:
    installed: Any = entries
    found: Sequence[EntryPoint] = installed
    return load_plugins(settings(directory, *plugins), CLOCK, environ={"KEY": "hunter2"}, built_in=built_in, installed=found)
