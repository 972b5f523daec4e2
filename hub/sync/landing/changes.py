"""What changed of rows: for every field a change row, before and after, append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.model import Change, table_of
from hub.store.bulk import insert_rows
from hub.sync.context import PageWork
from hub.sync.landing.links import Values
from hub.vocabulary import Entity

CHANGES = table_of(Change)

_COLUMNS = ("entity", "entity_id", "field", "old_value", "new_value", "connection_id", "run_id", "actor", "reason", "changed_at")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one row, before and after."""

    entity_id: int
    field: str
    old: Any
    new: Any


def differences(entity_id: int, columns: Sequence[str], *, old: Values, new: Values) -> list[FieldChange]:
    """The fields in which a row differs from what it was."""
    return [FieldChange(entity_id, name, was, now) for name, was, now in zip(columns, old, new, strict=True) if was != now]


def record_changes(work: PageWork, entity: Entity, changes: Sequence[FieldChange]) -> None:
    """Append change rows: what changed, from what to what, by which run or by whom."""
    run = work.run
    by = (run.connection_id or None, run.run_id or None, run.actor, run.reason, run.now)
    rows = [(entity.stored, item.entity_id, item.field, _json(item.old), _json(item.new), *by) for item in changes]
    insert_rows(work.connection, CHANGES, columns=_COLUMNS, rows=rows)


def _json(value: Any) -> str | None:  # noqa: ANN401 - any column value
    return None if value is None else orjson.dumps(value).decode()
