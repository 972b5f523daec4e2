"""The audit log: who did what to which row, from what to what, and why. Written in the transaction of the effect, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, cast

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.model import AuditEntry, table_of

LONGEST_REASON = 500
_LONGEST_TEXT = 500
_MOST_ITEMS = 20

_ENTRIES = table_of(AuditEntry)


@dataclass(frozen=True, slots=True)
class Effect:
    """What was done to one row: its type in the API, its key, and for each field that changed the value before and after."""

    entity: str
    entity_id: int
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict[str, tuple[object, object]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who acts, by which action, with which input (without secrets), why (None: nobody said), and in which request."""

    caller: Principal
    action: str
    input: Mapping[str, Any]
    reason: str | None
    request_id: str


def audit(connection: sa.Connection, deed: Deed, effects: Sequence[Effect], *, now: datetime) -> None:
    """Write an entry for each effect; belongs to the transaction of the effects."""
    known: dict[str, Any] = {
        "actor": deed.caller.name,
        "token_id": deed.caller.token_id,
        "action": deed.action,
        "input": shown(deed.input),
        "reason": deed.reason,
        "request_id": deed.request_id,
        "done_at": now,
    }
    entries = [known | {"entity": effect.entity, "entity_id": effect.entity_id, "changes": shown(effect.changes)} for effect in effects]
    if entries:
        connection.execute(sa.insert(_ENTRIES), entries)


def shown(value: object) -> Any:  # noqa: ANN401 - what JSON holds
    """A value as the log keeps it: plain JSON, long texts and lists cut short."""
    if isinstance(value, Mapping):
        return {str(name): shown(inner) for name, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        rest = len(items) - _MOST_ITEMS
        return [*map(shown, items[:_MOST_ITEMS]), *([f"and {rest} more"] if rest > 0 else [])]
    return value if value is None or isinstance(value, bool | int) else _as_text(value)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = str(value.value if isinstance(value, Enum) else value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
