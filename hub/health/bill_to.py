"""Who is billed for a customer in a hierarchy (ID4, B43)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.model import Customer, DirtyCustomer, table_of
from hub.store.bulk import insert_missing, update_rows
from hub.vocabulary import BillToPreference, EntityType

_CUSTOMERS = table_of(Customer)
_DIRTY = table_of(DirtyCustomer)
_COLUMNS = ("id", "parent_id", "entity_type", "is_billed", "bill_to_preference")


@dataclass(frozen=True, slots=True)
class Place:
    """A customer's place in the hierarchy. `parent_id` None: a top customer, or the parent has not arrived."""

    parent_id: int | None
    entity_type: EntityType = EntityType.CUSTOMER
    is_billed: bool = True
    preference: BillToPreference | None = None


def resolved_bill_to(customer_id: int, places: Mapping[int, Place], default: BillToPreference) -> int:
    """Whom an invoice of this customer is billed to: the customer itself where nobody above it is billed.

    The customer's own preference counts, else a project is billed to its immediate parent, else the default. A parent that is not
    billed is skipped upward; for the top parent, downward from the top. A hierarchy that runs in a circle ends where it closes.
    """
    place = places[customer_id]
    preference = place.preference or (BillToPreference.IMMEDIATE_PARENT if place.entity_type is EntityType.PROJECT else default)
    if preference is BillToPreference.BUYER:
        return customer_id
    billed = [parent for parent in ancestors(customer_id, places) if places[parent].is_billed]
    if not billed:
        return customer_id
    return billed[0] if preference is BillToPreference.IMMEDIATE_PARENT else billed[-1]


def ancestors(customer_id: int, places: Mapping[int, Place]) -> list[int]:
    """The parents of a customer upward, nearest first; ends at a parent that has not arrived and where a circle closes."""
    found: list[int] = []
    seen = {customer_id}
    parent = places[customer_id].parent_id
    while parent is not None and parent in places and parent not in seen:
        found.append(parent)
        seen.add(parent)
        parent = places[parent].parent_id
    return found


def changed_bill_to(connection: sa.Connection, default: BillToPreference) -> list[tuple[int, Any]]:
    """Who is to be billed by the hierarchy, where somebody else is: that customer, and the row with `id` and the present `bill_to_id`."""
    is_placed = sa.or_(_CUSTOMERS.c.parent_id.is_not(None), _CUSTOMERS.c.bill_to_id.is_distinct_from(_CUSTOMERS.c.id))
    if connection.execute(sa.select(_CUSTOMERS.c.id).where(is_placed).limit(1)).first() is None:
        return []
    rows = connection.execute(sa.select(*(_CUSTOMERS.c[name] for name in _COLUMNS), _CUSTOMERS.c.bill_to_id)).all()
    places = {row.id: Place(row.parent_id, row.entity_type, row.is_billed, row.bill_to_preference) for row in rows}
    return [(found, row) for row in rows if (found := resolved_bill_to(row.id, places, default)) != row.bill_to_id]


def resolve_bill_to(connection: sa.Connection, default: BillToPreference) -> set[int]:
    """Set every customer's bill-to from the hierarchy.

    Returns, and marks as dirty, whom a change concerns: the customer, whoever was billed for it and whoever is now. Without a hierarchy it is one look.
    """
    changes = changed_bill_to(connection, default)
    update_rows(connection, _CUSTOMERS, columns=("bill_to_id",), rows=[(found, row.id) for found, row in changes])
    concerned = {customer for found, row in changes for customer in (found, row.id, row.bill_to_id) if customer is not None}
    insert_missing(connection, _DIRTY, columns=("customer_id",), rows=[(customer,) for customer in sorted(concerned)])
    return concerned
