"""Reading plugins and connections from a settings file."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hub.config.environment import is_variable_name
from hub.config.keys import CONNECTION, PLUGIN
from hub.config.schedules import parse_schedule
from hub.config.settings import ConnectionSettings, PluginSettings, ScheduleSettings
from hub.config.table import Table
from hub.vocabulary import ConnectionKind, Stream

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SECRET_OPTION = re.compile(r"(.*_)?(password|passwd|secret|token|api_?key|private_?key|access_?key|credentials?)")


def read_plugins(top: Table, environ: Mapping[str, str]) -> tuple[PluginSettings, ...]:
    """The `plugins` array, each module once."""
    found: dict[str, PluginSettings] = {}
    for table in top.listed_tables("plugins", PLUGIN):
        module = table.required_text("module", example="my_connector.plugin")
        if module in found:
            table.refuse("module", f"the plugin {module!r} is there twice: keep one of the two")
        found[module] = PluginSettings(
            module=module,
            is_required=table.flag("required", default=True),
            options=_options(table),
            secrets=_secrets(table, environ),
        )
    return tuple(found.values())


def read_connections(top: Table, environ: Mapping[str, str]) -> tuple[ConnectionSettings, ...]:
    """The `connections` tables, in the order of the file."""
    found: dict[str, ConnectionSettings] = {}
    for name, table in top.named_tables("connections", CONNECTION):
        _check_name(name, table, taken=found)
        found[name.casefold()] = ConnectionSettings(
            name=name,
            connector=table.required_text("connector", example="files"),
            kind=_kind(table),
            streams=_streams(table),
            sync_from_date=table.day("sync_from_date"),
            options=_options(table),
            secrets=_secrets(table, environ),
            schedule=_schedule(table),
        )
    return tuple(found.values())


def objection_to_name(name: str) -> str | None:
    """Why a connection cannot have this name; None: it can."""
    return None if _NAME.fullmatch(name) else f"{name!r} is no name for a connection: use letters, digits, '.', '_' and '-', at most 100"


def looks_like_secret(option: str) -> bool:
    """Whether an option's name says that its value is a secret, which has no place among options."""
    return _SECRET_OPTION.fullmatch(option.casefold()) is not None


def _check_name(name: str, table: Table, *, taken: Mapping[str, ConnectionSettings]) -> None:
    objection = objection_to_name(name)
    if objection is not None:
        table.problems.add(table.path, objection)
    if name.casefold() in taken:
        table.problems.add(table.path, f"differs only in upper and lower case from the connection {taken[name.casefold()].name!r}")


def _kind(table: Table) -> ConnectionKind:
    if not table.has("kind"):
        table.refuse("kind", f"is missing; it is one of {', '.join(ConnectionKind.__members__)}")
    return table.member("kind", ConnectionKind) or ConnectionKind.FILES


def _streams(table: Table) -> tuple[Stream, ...] | None:
    found = table.members("streams", Stream)
    if found == ():
        table.refuse("streams", "is an empty list: name the streams to read, or leave the key out to read them all")
    return found


def _schedule(table: Table) -> ScheduleSettings | None:
    text = table.text("schedule")
    try:
        return None if text is None else parse_schedule(text)
    except ValueError as error:
        table.refuse("schedule", str(error))
        return None


def _options(table: Table) -> Mapping[str, Any]:
    """The options, read-only. What looks like a secret has no place there, and is not shown either."""
    found = table.mapping("options")
    for name, value in found.items():
        if isinstance(value, str) and looks_like_secret(name):
            path = (*table.path, "options", name)
            table.problems.add(path, f'looks like a secret: put it in the environment, and write secrets = {{ {name} = "NAME_OF_THE_VARIABLE" }}')
    return found


def _secrets(table: Table, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of the secrets. Neither a secret that stands in the file nor its value is ever shown."""
    found: dict[str, str] = {}
    for name, variable in table.mapping("secrets").items():
        path = (*table.path, "secrets", name)
        if not isinstance(variable, str) or not is_variable_name(variable):
            table.problems.add(path, "must be the name of an environment variable such as ERP_TOKEN, never the secret itself")
            continue
        found[name] = variable
        if not environ.get(variable):
            table.problems.add(path, f"the environment variable {variable} is not set", is_missing_secret=True)
    return MappingProxyType(found)
