"""What happens to records, read from rows: references tell what was created, change rows what was changed, deleted or restored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.model import Change, ExternalReference, table_of
from hub.store.appended import Tail, Writers
from hub.vocabulary import Entity
from schema.subscription.following import Found

TYPES: Mapping[Entity, str] = {
    Entity.CUSTOMER: "Customer",
    Entity.CONTACT: "Contact",
    Entity.INVOICE: "Invoice",
    Entity.CREDIT_NOTE: "CreditNote",
    Entity.PAYMENT: "Payment",
    Entity.REFUND: "Refund",
    Entity.PAYMENT_METHOD: "PaymentMethod",
    Entity.PAYMENT_ATTEMPT: "PaymentAttempt",
    Entity.SUBSCRIPTION: "Subscription",
}
"""The records whose changes are told, and the types of the API that they are."""

UNTOLD = frozenset({"source_updated_at", "home_customer_id", "known_as", "hub_reference"})
"""Columns that are no news by themselves."""

NAMES: Mapping[str, str] = {
    "customer_id": "customer",
    "parent_external_id": "parent",
    "parent_id": "parent",
    "merged_into_id": "mergedInto",
    "search_name": "name",
    "custom": "customFields",
    "is_disputed": "overlays",
    "payment_method_external_id": "paymentMethod",
    "has_due_parts": "dueParts",
    "source_paid_minor": "amountPaid",
    "source_adjusted_minor": "amountAdjusted",
    "source_write_off_minor": "writeOffAmount",
    "stated_paid_on": "settlements",
    "stated_used_on": "allocations",
}
"""Columns whose field in the API has another name than theirs."""

_NAMES_OF: Mapping[Entity, Mapping[str, str]] = {Entity.PAYMENT_ATTEMPT: {"payment_external_id": "payment"}}
"""The same, where it is so for one kind of record only."""

_REFERENCES, _CHANGES = table_of(ExternalReference), table_of(Change)
_OF_REFERENCES = tuple(_REFERENCES.c[name] for name in ("id", "entity", "entity_id", "created_run_id", "changed_at"))
_IS_DELETION = "is_deleted"
_NEW_VALUE = sa.case((_CHANGES.c.field == _IS_DELETION, _CHANGES.c.new_value)).label("new_value")
_OF_CHANGES = (*(_CHANGES.c[name] for name in ("id", "entity", "entity_id", "field", "run_id", "actor", "changed_at")), _NEW_VALUE)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What happened to one record at once. `fields` are names of the API; none for a creation.

    `run_id` None: no run did it; `actor` None: no person did. Of a creation `happened_at` may be late: its record tells it better.
    """

    kind: str
    entity: Entity
    entity_id: int
    fields: tuple[str, ...]
    run_id: int | None
    actor: str | None
    happened_at: datetime


class ChangeFeed:
    """Changes of records. A creation comes before the changes of the same record."""

    name = "changes"
    tables = (_REFERENCES, _CHANGES)

    def read(self, connection: sa.Connection, tails: Sequence[Tail], *, writers: Writers, limit: int) -> tuple[list[Found], bool]:
        """See `Feed`. Changes are read when there is no further creation in this transaction."""
        references, changes = tails
        created = references.read(connection, _OF_REFERENCES, writers=writers, limit=limit)
        found = [Found(0, (row.id,), _creation(row)) for row in created]
        if len(created) == limit:
            return found, True
        rows = changes.read(connection, _OF_CHANGES, writers=writers, limit=limit)
        return [*found, *_grouped(rows)], len(rows) == limit


def field_name(entity: Entity, column: str) -> str:
    """What the API calls a column of a record."""
    first, *others = column.removesuffix("_minor").split("_")
    return _NAMES_OF.get(entity, {}).get(column) or NAMES.get(column) or first + "".join(word.capitalize() for word in others)


def _creation(row: sa.Row[tuple[object, ...]]) -> RecordChange | None:
    if row.entity not in TYPES:
        return None
    return RecordChange("CREATED", row.entity, row.entity_id, (), row.created_run_id, None, row.changed_at)


def _grouped(rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Found]:
    """What belongs together: the fields of one record that changed at once."""
    groups: dict[tuple[object, ...], list[sa.Row[tuple[object, ...]]]] = {}
    for row in rows:
        groups.setdefault((row.entity, row.entity_id, row.run_id, row.actor, row.changed_at), []).append(row)
    return [Found(1, tuple(row.id for row in group), _change(group)) for group in groups.values()]


def _change(group: Sequence[sa.Row[tuple[object, ...]]]) -> RecordChange | None:
    fields = sorted({field_name(row.entity, row.field) for row in group if row.field not in UNTOLD})
    first = group[0]
    if first.entity not in TYPES or not fields:
        return None
    kinds = {"true": "DELETED", "false": "RESTORED"}
    kind = next((kinds[row.new_value] for row in group if row.field == _IS_DELETION and row.new_value in kinds), "UPDATED")
    return RecordChange(kind, first.entity, first.entity_id, tuple(fields), first.run_id, first.actor, first.changed_at)
