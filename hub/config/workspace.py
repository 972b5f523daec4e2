"""Reading what belongs to the whole hub: the workspace, the database, the folder for data and the server."""

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from hub.config.buckets import parse_buckets
from hub.config.custom_fields import read_custom_fields
from hub.config.environment import DATABASE_URL, HOST, PORT, SECRET_KEY, VAR, is_variable_name
from hub.config.keys import AUTHORITY, HUB, PAYMENT_RISK, PRECEDENCE, SETTING_KEYS, WORKSPACE
from hub.config.problems import nearest
from hub.config.settings import DEFAULT_BUCKETS, AgeingBucket, MakingSettings, PaymentRiskSettings, ServerSettings, WorkspaceSettings
from hub.config.table import Table
from hub.money import is_currency, known_currencies
from hub.vocabulary import BillToPreference, ConversionDate

_LAST_PORT = 65_535
_PLACE = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})")
_OURS = frozenset({DATABASE_URL, SECRET_KEY})
_LONGEST_GRACE_DAYS = 365
_MEGABYTE = 1_000_000
_MOST_UPLOAD_MEGABYTES = 2_000
_MOST_EXPORT_MEGABYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class PlaceOfWork:
    """Where the hub keeps its data and listens."""

    database_url: str
    var_directory: Path
    server: ServerSettings
    making: MakingSettings


def read_workspace(top: Table) -> WorkspaceSettings:
    """The `workspace` table. Whether the connections are there that it puts in order is known when those in the database are."""
    if not top.has("workspace"):
        top.refuse("workspace", "is missing; write [workspace] with name, base_currency and time_zone")
    table = top.table("workspace", WORKSPACE)
    authority = table.table("authority", AUTHORITY)
    precedence = table.table("precedence", PRECEDENCE)
    is_there = top.has("workspace")
    return WorkspaceSettings(
        name=table.required_text("name", example="Example Ltd") if is_there else "",
        base_currency=_currency(table) if is_there else "",
        time_zone=_time_zone(table) if is_there else ZoneInfo("UTC"),
        ageing_buckets=_buckets(table),
        overdue_grace_days=table.number("overdue_grace_days", 0, least=0, most=_LONGEST_GRACE_DAYS),
        conversion_date=table.member("conversion_date", ConversionDate) or ConversionDate.AS_OF,
        bill_to=table.member("bill_to", BillToPreference) or BillToPreference.BUYER,
        authority_invoices=authority.texts("invoices"),
        authority_payments=authority.texts("payments"),
        precedence={group: found for group in SETTING_KEYS[PRECEDENCE] if (found := precedence.texts(group))},
        mass_close_percent=table.number("mass_close_percent", 10, least=0, most=100),
        unconfirmed_days=table.number("unconfirmed_days", 3, least=1, most=365),
        custom_fields=read_custom_fields(table),
        payment_risk=_payment_risk(table),
    )


def _payment_risk(table: Table) -> PaymentRiskSettings:
    """The rules are checked against the catalogue, and the scorer is looked for, when the plugins are there that bring fields and scorers."""
    risk = table.table("payment_risk", PAYMENT_RISK)
    found = PaymentRiskSettings(high=risk.text("high"), medium=risk.text("medium"), scorer=risk.text("scorer"))
    rules = " and ".join(key for key in ("high", "medium") if risk.has(key))
    if found.scorer is not None and rules:
        risk.refuse("scorer", f"a scorer decides instead of the rules: remove {rules}, or the scorer")
    return found


def _currency(table: Table) -> str:
    code = table.required_text("base_currency", example="EUR")
    if code and not is_currency(code):
        hint = nearest(code.upper(), known_currencies(), otherwise="use an ISO 4217 code such as EUR")
        table.refuse("base_currency", f"unknown currency {code!r}; {hint}")
    return code


def _time_zone(table: Table) -> ZoneInfo:
    name = table.required_text("time_zone", example="Europe/Berlin")
    try:
        return ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, zoneinfo.available_timezones(), otherwise="use a name such as Europe/Berlin")
        table.refuse("time_zone", f"unknown time zone {name!r}; {hint}")
        return ZoneInfo("UTC")


def _buckets(table: Table) -> tuple[AgeingBucket, ...]:
    if not table.has("ageing_buckets"):
        return DEFAULT_BUCKETS
    labels = table.texts("ageing_buckets")
    try:
        return parse_buckets(labels)
    except ValueError as error:
        table.refuse("ageing_buckets", str(error))
        return DEFAULT_BUCKETS


def read_place_of_work(top: Table, directory: Path, environ: Mapping[str, str]) -> PlaceOfWork:
    """The `hub` table, with what the environment says instead; relative paths start from `directory`."""
    table = top.table("hub", HUB)
    folder = environ.get(VAR) or table.text("var_directory") or "var"
    var_directory = directory / Path(folder).expanduser()
    host = environ.get(HOST) or table.text("host") or ServerSettings().host
    upload = table.number("upload_megabytes", ServerSettings().upload_bytes // _MEGABYTE, least=1, most=_MOST_UPLOAD_MEGABYTES)
    exports = table.number("export_megabytes", ServerSettings().export_bytes // _MEGABYTE, least=1, most=_MOST_EXPORT_MEGABYTES)
    server = ServerSettings(host=host, port=_port(table, environ), upload_bytes=upload * _MEGABYTE, export_bytes=exports * _MEGABYTE)
    making = MakingSettings(_private_hosts(table), _secret_variables(table))
    return PlaceOfWork(_database_url(table, environ, directory, default=var_directory / "dunwell.db"), var_directory, server, making)


def _private_hosts(table: Table) -> frozenset[str]:
    """Host and port of each, in lower case."""
    found = table.texts("private_hosts")
    for number, text in enumerate(found):
        place = _PLACE.fullmatch(text)
        if place is None or not 0 < int(place["port"]) <= _LAST_PORT:
            table.problems.add((*table.path, "private_hosts", number), f"{text!r} is no host with a port: write for instance 10.0.0.5:8443")
    return frozenset(text.lower() for text in found)


def _secret_variables(table: Table) -> frozenset[str]:
    """Names of variables; those that the hub itself is kept safe by are nobody's to send anywhere."""
    found = table.texts("secret_variables")
    for number, name in enumerate(found):
        path = (*table.path, "secret_variables", number)
        if not is_variable_name(name):
            table.problems.add(path, "must be the name of an environment variable such as ERP_TOKEN, never the secret itself")
        elif name in _OURS:
            table.problems.add(path, f"{name} is a secret of the hub itself and is given to no connection")
    return frozenset(found)


def _port(table: Table, environ: Mapping[str, str]) -> int:
    written = table.number("port", ServerSettings().port, least=0, most=_LAST_PORT)
    given = environ.get(PORT)
    if not given:
        return written
    if given.isascii() and given.isdigit() and int(given) <= _LAST_PORT:
        return int(given)
    table.problems.add_elsewhere(f"environment variable {PORT}", f"{given!r} is no port: use a number from 0 to {_LAST_PORT}")
    return written


def _database_url(table: Table, environ: Mapping[str, str], directory: Path, *, default: Path) -> str:
    written, given = table.text("database_url"), environ.get(DATABASE_URL)
    _refuse_password(table, written)
    if not given and not written:
        return f"sqlite:///{default}"
    try:
        return _absolute(make_url(given or written or ""), directory)
    except (ArgumentError, ValueError):
        message = "is no database URL; use sqlite:///var/dunwell.db or postgresql://user@host/name"
        if given:
            table.problems.add_elsewhere(f"environment variable {DATABASE_URL}", message)
        else:
            table.refuse("database_url", message)
        return f"sqlite:///{default}"


def _refuse_password(table: Table, url: str | None) -> None:
    try:
        has_password = url is not None and make_url(url).password is not None
    except (ArgumentError, ValueError):
        return
    if has_password:
        table.refuse("database_url", f"holds a password; set the environment variable {DATABASE_URL} instead")


def _absolute(url: URL, directory: Path) -> str:
    """A relative SQLite file starts from the folder of the settings, wherever the command is run."""
    is_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    found = url.set(database=str(directory / url.database)) if is_file and url.database else url
    return found.render_as_string(hide_password=False)
