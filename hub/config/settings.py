"""The settings as values: one frozen object that says everything that can be set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, auto
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hub.config.places import SettingsPlaces
from hub.vocabulary import BillToPreference, ConnectionKind, ConversionDate, Stream


@dataclass(frozen=True, slots=True)
class AgeingBucket:
    """A range of days past due, both ends included. `first` None: no lower end (current); `last` None: no upper end."""

    first: int | None
    last: int | None

    @property
    def label(self) -> str:
        """`current`, `1-30`, `91+`."""
        if self.first is None:
            return "current"
        return f"{self.first}+" if self.last is None else f"{self.first}-{self.last}"


DEFAULT_BUCKETS = (AgeingBucket(None, 0), AgeingBucket(1, 30), AgeingBucket(31, 60), AgeingBucket(61, 90), AgeingBucket(91, None))
MAX_BUCKETS = 8

_INTERVAL_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that sources add, named so that rules can ask for it (CF1).

    `name` is what rules say after `custom.`; `field` what the sources call it; `of` is `customer` or `invoice`; `type` one of CUSTOM_TYPES.
    """

    name: str
    of: str
    field: str
    type: str
    meaning: str


CUSTOM_TYPES: Mapping[str, str] = MappingProxyType({"text": "TEXT", "integer": "WHOLE_NUMBER", "decimal": "DECIMAL", "date": "DATE", "boolean": "BOOLEAN"})
"""How settings call the types that a custom field can have, and how rules do."""


@dataclass(frozen=True, slots=True)
class PaymentRiskSettings:
    """What decides the payment risk of customers (B22): two rules, or a plugin's scorer by its name.

    The rules make it HIGH or MEDIUM; where neither holds it is LOW. None: the hub's own. `scorer` None: the rules decide.
    """

    high: str | None = None
    medium: str | None = None
    scorer: str | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """The organisation: currency, zone and the choices that its figures depend on.

    `authority_invoices` and `authority_payments` order connections by name: for each customer the first that knows the customer is
    authoritative. Connections that are not named follow by kind (ACCOUNTING, BILLING, FILES and API, CRM).
    `unconfirmed_days` is for how long an invoice that a person has marked as paid may be open at its source before somebody is asked.
    `precedence` has, by group of a customer's fields, the connections and kinds of system whose values are asked for first.
    `custom_fields` are the fields of sources that rules can ask for.
    """

    name: str
    base_currency: str
    time_zone: ZoneInfo
    ageing_buckets: tuple[AgeingBucket, ...] = DEFAULT_BUCKETS
    overdue_grace_days: int = 0
    conversion_date: ConversionDate = ConversionDate.AS_OF
    bill_to: BillToPreference = BillToPreference.BUYER
    authority_invoices: tuple[str, ...] = ()
    authority_payments: tuple[str, ...] = ()
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing, hash=False)
    mass_close_percent: int = 10
    unconfirmed_days: int = 3
    custom_fields: tuple[CustomField, ...] = ()
    payment_risk: PaymentRiskSettings = PaymentRiskSettings()


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """One plugin named in `plugins.toml`: a dotted module, a `.py` file or folder, or the name of an installed or built-in plugin.

    `is_required` false: left out with a warning when it fails. `options` is read-only at every depth. `secrets` maps a secret's
    name to the environment variable that holds it.
    """

    module: str
    is_required: bool = True
    options: Mapping[str, Any] = field(default_factory=_nothing)
    secrets: Mapping[str, str] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """When something is done again and again: either a cron expression of five fields, or an interval. One of the two is None.

    Cron is in the workspace zone; an interval counts from midnight UTC, 1 January 1970, so that a restart does not move it.
    """

    cron: str | None = None
    interval_seconds: int | None = None

    @property
    def text(self) -> str:
        """As people write it: `0 6 * * 1-5`, `every 15 minutes`."""
        if self.interval_seconds is None:
            return self.cron or ""
        unit, seconds = next((name, size) for name, size in _INTERVAL_UNITS if self.interval_seconds % size == 0)
        count = self.interval_seconds // seconds
        return f"every {unit}" if count == 1 else f"every {count} {unit}s"


class ConnectionOrigin(StrEnum):
    """Where a connection's settings stand: in the file, in the database (made through the API), or nowhere but in one import."""

    DECLARED = auto()
    MADE = auto()
    IMPORTED = auto()


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How one connection is set. `secrets` maps a secret's name to the environment variable that holds it.

    `streams` None: everything that the connector delivers. `sync_from_date` None: from the first record on. `schedule` None: it
    is synced only when somebody asks for it. `options` is read-only at every depth. A made one may have secrets that are sealed in the
    database; they are not here.
    """

    name: str
    connector: str
    kind: ConnectionKind
    streams: tuple[Stream, ...] | None = None
    sync_from_date: date | None = None
    options: Mapping[str, Any] = field(default_factory=_nothing)
    secrets: Mapping[str, str] = field(default_factory=_nothing)
    schedule: ScheduleSettings | None = None
    origin: ConnectionOrigin = ConnectionOrigin.DECLARED


@dataclass(frozen=True, slots=True)
class MakingSettings:
    """What the settings allow connections that are made through the API: whoever may make them does not own the server.

    `private_hosts` are places such as `10.0.0.5:8443` that may be reached though they are on a private network or not asked by https;
    `secret_variables` the environment variables that may be named as secrets. Both are empty unless the file says otherwise.
    """

    private_hosts: frozenset[str] = frozenset()
    secret_variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the HTTP server listens, how many bytes a file may have that is uploaded to it, and how many all files of exports may have together."""

    host: str = "127.0.0.1"
    port: int = 8000
    upload_bytes: int = 100_000_000
    export_bytes: int = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Relative paths start from `directory`, the folder of `plugins.toml`.

    `places` tells where each value stands in the file, for errors that are found later.
    """

    directory: Path
    database_url: str
    var_directory: Path
    workspace: WorkspaceSettings
    plugins: tuple[PluginSettings, ...] = ()
    connections: tuple[ConnectionSettings, ...] = ()
    server: ServerSettings = field(default_factory=ServerSettings)
    making: MakingSettings = field(default_factory=MakingSettings)
    places: SettingsPlaces = field(default_factory=SettingsPlaces, compare=False, repr=False)
