"""Reading the custom fields that rules can ask for."""

import re

from hub.config.keys import CUSTOM_FIELD
from hub.config.problems import nearest
from hub.config.settings import CUSTOM_TYPES, CustomField
from hub.config.table import Table

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_OWNERS = ("customer", "invoice")
_LONGEST = 60


def read_custom_fields(workspace: Table) -> tuple[CustomField, ...]:
    """The `workspace.custom_fields` tables, in the order of the file."""
    return tuple(_custom_field(name, table) for name, table in workspace.named_tables("custom_fields", CUSTOM_FIELD))


def _custom_field(name: str, table: Table) -> CustomField:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        message = f"{name!r} cannot stand after `custom.` in a rule: use lower-case words joined by underscores, at most {_LONGEST} characters"
        table.problems.add(table.path, message)
    field = table.text("field") or name
    if '"' in field or "\\" in field:
        table.refuse("field", "cannot have a quote or a backslash")
    of = _one_of(table, "of", _OWNERS)
    return CustomField(
        name=name,
        of=of,
        field=field,
        type=CUSTOM_TYPES[_one_of(table, "type", tuple(CUSTOM_TYPES), default="text")],
        meaning=table.text("meaning") or f"The custom field {field} of the {of}.",
    )


def _one_of(table: Table, key: str, words: tuple[str, ...], *, default: str | None = None) -> str:
    """One of some words; what is wrong is noted, and the first of them taken meanwhile."""
    if not table.has(key) and default is not None:
        return default
    found = table.text(key) if default is not None else table.required_text(key, example=words[0])
    if found is None or found in words:
        return found or words[0]
    table.refuse(key, f"unknown value {found!r}; {nearest(found, words)}")
    return words[0]
