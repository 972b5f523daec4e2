"""The common way of every stream: look up, compare, insert what is new, update what changed, leave the rest alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from msgspec import Struct

from hub.errors import RecordError
from hub.identity.composed import find_composed
from hub.model import Event, table_of
from hub.plugins.records import Record
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.context import CustomerIds, Incoming, PageWork, RunContext
from hub.sync.landing.changes import FieldChange, differences, record_changes
from hub.sync.landing.links import Links, Values, relink, resolve
from hub.sync.references import SOURCE_RECORDS, Known, insert_references, update_references
from hub.sync.validation import require_lengths
from hub.vocabulary import Entity, Stream

_EVENTS = table_of(Event)

_EVENT_COLUMNS = ("kind", "entity", "entity_id", "run_id", "payload", "happened_at")

R = TypeVar("R", bound=Record)
Parents = Mapping[str, CustomerIds]


class Landed(Struct, frozen=True):
    """A record that became or changed a row. `previous_customer_id` differs from `customer_id` when it moved."""

    item: Incoming
    entity_id: int
    values: Values
    customer_id: int | None = None
    previous_customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """How one stream lands.

    `columns` are written from the record by `values` (driver-ready, in that order); `fresh` gives the further columns of a new row
    (`fresh_columns`). `created` and `changed` run after the rows are written, for children and consequences.
    `customer_column` is the position of customer_id in `columns`, None for a stream without a parent customer. `kept` gives the values
    of a changed row from its new and its stored ones, where something stored outlives the record; None: all are the record's.
    `links` lead to rows of other streams. `own_id_columns` are columns of a new row that name the row itself. `lists` are the record's
    list fields, which are children or memberships and no columns. `telling` are the fields of which a change is an event (ST20).
    """

    stream: Stream
    entity: Entity
    table: sa.Table
    columns: tuple[str, ...]
    values: Callable[[Record, Parents, RunContext], Values]
    fresh_columns: tuple[str, ...]
    fresh: Callable[[Record, Values, RunContext], Values]
    created: Callable[[PageWork, Sequence[Landed]], None]
    changed: Callable[[PageWork, Sequence[Landed]], None]
    customer_column: int | None = 0
    kept: Callable[[Values, Values], Values] | None = None
    links: Links | None = None
    own_id_columns: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()


class Prepared(Struct, frozen=True):
    """A record with its row values, checked and ready to be written."""

    item: Incoming
    values: Values


def prepare(work: PageWork, landing: Landing, item: Incoming, *, parents: Parents) -> Prepared:
    """The row values of a record. Raises RecordError when a text does not fit."""
    values = landing.values(item.record, parents, work.run)
    require_lengths(landing.table, landing.columns, values, reference=item.external_id)
    return Prepared(item, values)


def create(work: PageWork, landing: Landing, rows: Sequence[Prepared]) -> None:
    """Insert new rows with their references."""
    if not rows:
        return
    ids = allocate_ids(work.connection, landing.table, len(rows))
    _insert(work, landing, rows, ids=ids)
    insert_references(work, landing.entity, [(row.item, entity_id) for entity_id, row in zip(ids, rows, strict=True)])
    position = landing.customer_column
    landed = [Landed(row.item, entity_id, row.values, None if position is None else row.values[position]) for entity_id, row in zip(ids, rows, strict=True)]
    work.dirty_customers.update(row.customer_id for row in landed if row.customer_id is not None)
    if landing.links is not None:
        landing.links.joined(work, ids)
    landing.created(work, landed)
    work.note(landing.stream, "created", [row.item.external_id for row in rows])


def change(work: PageWork, landing: Landing, rows: Sequence[tuple[Prepared, Known]]) -> None:
    """Update rows whose record changed, and leave a change row for every field that did.

    The values of rows that others have a say in are left to be composed (hub/sync/effective/); everything else follows here.
    """
    if not rows:
        return
    before = loaded(work, landing, [known.row_id for _, known in rows])
    left_out = _leave_to_compose(work, landing, [known.row_id for _, known in rows])
    position = landing.customer_column
    restored = _restored(work, landing, [known.entity_id for _, known in rows if known.is_deleted])
    landed: list[Landed] = []
    for row, known in rows:
        old = before[known.row_id]
        values = row.values if landing.kept is None else landing.kept(row.values, old)
        customers = (None, None) if position is None else (values[position], old[position])
        landed.append(Landed(row.item, known.row_id, values, *customers))
    changes = [FieldChange(entity_id, "is_deleted", old=True, new=False) for entity_id in restored] + _list_differences(work, landing, rows)
    rewrite(work, landing, {row.entity_id: row.values for row in landed if row.entity_id not in left_out}, before=before, also=changes)
    update_rows(work.connection, landing.table, columns=("is_deleted",), rows=[(False, entity_id) for entity_id in restored])
    update_references(work, [(row.item, known) for row, known in rows])
    if landing.links is not None:
        _lead_on(work, landing.links, landing.columns, rows=[(row.entity_id, before[row.entity_id], row.values) for row in landed])
    for row in landed:
        work.dirty_customers.update(customer for customer in (row.customer_id, row.previous_customer_id) if customer is not None)
    landing.changed(work, landed)
    work.note(landing.stream, "updated", [row.item.external_id for row in landed])


def rewrite(
    work: PageWork, landing: Landing, wanted: Mapping[int, Values], *, before: Mapping[int, Values] | None = None, also: Sequence[FieldChange] = ()
) -> list[FieldChange]:
    """Bring rows to these values, with a change row for every field that differs and for what changed `also`, and with the events of it.

    Returns the changes of the rows. `before` has the values that stand there; None: they are looked up.
    """
    stored = loaded(work, landing, list(wanted)) if before is None else before
    changes = [item for key, values in wanted.items() for item in differences(key, landing.columns, old=stored[key], new=values)]
    touched = {item.entity_id for item in changes}
    rows = [(*values, work.run.now, key) for key, values in wanted.items() if key in touched]
    update_rows(work.connection, landing.table, columns=(*landing.columns, "updated_at"), rows=rows)
    told = [*also, *changes]
    record_changes(work, landing.entity, told)
    _tell(work, landing, told)
    return changes


def _leave_to_compose(work: PageWork, landing: Landing, ids: Sequence[int]) -> set[int]:
    """The rows of some that others have a say in, noted to be composed when the page has landed."""
    found = find_composed(work.connection, landing.entity, ids)
    work.composed[landing.entity] |= found.to_compose
    return found.left_out


def _insert(work: PageWork, landing: Landing, rows: Sequence[Prepared], *, ids: Sequence[int]) -> None:
    columns = ("id", *landing.own_id_columns, *landing.columns, *landing.fresh_columns)
    repeated = 1 + len(landing.own_id_columns)
    table_rows = [
        ((entity_id,) * repeated + row.values + landing.fresh(row.item.record, row.values, work.run)) for entity_id, row in zip(ids, rows, strict=True)
    ]
    if landing.links is not None:
        columns += landing.links.columns
        linked = resolve(work, landing.links, landing.columns, values=[row.values for row in rows])
        table_rows = [row + links for row, links in zip(table_rows, linked, strict=True)]
    insert_rows(work.connection, landing.table, columns=columns, rows=table_rows)


def _lead_on(work: PageWork, links: Links, columns: Sequence[str], *, rows: Sequence[tuple[int, Values, Values]]) -> None:
    """Lead changed rows (id, values before, values now) to what they name now, with what follows on both sides."""
    ids = [key for key, _, _ in rows]
    links.left(work, ids)
    relink(work, links, columns, rows=rows)
    links.joined(work, ids)


def _tell(work: PageWork, landing: Landing, changes: Sequence[FieldChange]) -> None:
    """Note an event for each row that changed in what others must know of, with the names of these fields."""
    told: dict[int, list[str]] = {}
    for item in changes:
        if item.field in landing.telling:
            told.setdefault(item.entity_id, []).append(item.field)
    kind, entity, run = f"{landing.entity.value.lower()}.updated", landing.entity.stored, work.run
    rows = [(kind, entity, entity_id, run.run_id, document({"fields": sorted(names)}), run.now) for entity_id, names in told.items()]
    insert_rows(work.connection, _EVENTS, columns=_EVENT_COLUMNS, rows=rows)


def expect(record: Record, kind: type[R]) -> R:
    """The record as the kind that its stream has."""
    if not isinstance(record, kind):
        message = f"expected {kind.__name__}, got {type(record).__name__}"
        raise TypeError(message)
    return record


OWN_COLUMNS = ("connection_id", "is_deleted", "first_seen_at", "updated_at")
"""What a new row has besides its record, where it belongs to one connection."""


def own_values(_record: Record, _values: Values, run: RunContext) -> Values:
    """The values of `OWN_COLUMNS`."""
    return (run.connection_id, False, run.stamp, run.stamp)


def nothing_more(_work: PageWork, _rows: Sequence[Landed]) -> None:
    """For rows without children or figures, or whose consequences all follow from their links."""


def document(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """A JSON column's value as the driver wants it: canonical text, None for nothing."""
    return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def customer_ids(parents: Parents, external_id: str, *, reference: str) -> CustomerIds:
    """The values of `customer_id` and `home_customer_id` for a customer that the frame has looked up."""
    try:
        return parents[external_id]
    except KeyError:
        raise RecordError(f"its customer {external_id!r} is not known", reference=reference, field="customer") from None


def loaded(work: PageWork, landing: Landing, ids: Sequence[int]) -> dict[int, Values]:
    """What stands in the columns of some rows, as the driver takes it."""
    table = landing.table
    statement = sa.select(table.c.id, *(table.c[name] for name in landing.columns)).where(is_among(table.c.id, ids))
    return {row[0]: tuple(_driver_form(value, work.run) for value in row[1:]) for row in work.connection.execute(statement)}


def _restored(work: PageWork, landing: Landing, returning: Sequence[int]) -> list[int]:
    """Those of rows whose reference comes back that were deleted with it: another reference may have kept them."""
    if not returning:
        return []
    table = landing.table
    return list(work.connection.execute(sa.select(table.c.id).where(is_among(table.c.id, returning), table.c.is_deleted.is_(True))).scalars())


def _driver_form(value: Any, run: RunContext) -> Any:  # noqa: ANN401 - any column value
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, (dict, list)):
        return document(value)
    if isinstance(value, datetime):
        return run.instant(value)
    return run.day(value) if isinstance(value, date) else value


def _list_differences(work: PageWork, landing: Landing, rows: Sequence[tuple[Prepared, Known]]) -> list[FieldChange]:
    """List fields before and after, the former from the kept record: to be asked before the new one replaces it."""
    if not landing.lists:
        return []
    columns = (SOURCE_RECORDS.c.reference_id, SOURCE_RECORDS.c.record)
    statement = sa.select(*columns).where(is_among(SOURCE_RECORDS.c.reference_id, [known.reference_id for _, known in rows]))
    before: dict[int, str] = {row[0]: row[1] for row in work.connection.execute(statement)}
    changes: list[FieldChange] = []
    for row, known in rows:
        old, new = orjson.loads(before[known.reference_id]), orjson.loads(row.item.encoded)
        pairs = ((name, old.get(name) or None, new.get(name) or None) for name in landing.lists)
        changes.extend(FieldChange(known.row_id, name, was, now) for name, was, now in pairs if was != now)
    return changes
