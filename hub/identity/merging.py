"""Two customers made one, and made two again: one reversible step each, with its history.

What each source says of a customer stays with the customer that it made (hub/identity/homes.py), so a merge loses nothing and taking it
back brings everything to where it would be if it had never been: also what has come meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.identity.circles import stands_below
from hub.identity.homes import counting_customers, members_of, move
from hub.model import Connection, Customer, CustomerMerge, ExternalReference, table_of
from hub.model.columns import JsonDocument
from hub.store.lock import own_books
from hub.store.lookup import is_among
from hub.vocabulary import ConnectionKind, Entity, MergeKind

_CUSTOMERS = table_of(Customer)
_MERGES = table_of(CustomerMerge)
_REFERENCES = table_of(ExternalReference)
_CONNECTIONS = table_of(Connection)

_KEPT_FIRST = tuple(ConnectionKind)
"""Of two customers the one is kept that the books know: its id is what people have seen with invoices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeReason:
    """Why two customers are one. `actor` None: a rule of the hub says so; `evidence` None: none was given."""

    kind: MergeKind
    actor: str | None = None
    reason: str | None = None
    evidence: JsonDocument | None = None


def merge_customers(connection: sa.Connection, customer_id: int, *, into_id: int, why: MergeReason, now: datetime) -> int:
    """Make a customer, with all that are one with it, one with another that counts. Returns the id of the merge.

    Everything that hangs on it counts for the other from now on, and it is hidden. What follows from that, the figures and which values
    and documents count, is the caller's to bring up, in the same transaction (hub/sync/linking.py).
    Raises NotFoundError where there is no such customer, ConflictError where they are one already, or one stands above the other.
    """
    own_books(connection)
    _require_apart(connection, customer_id, into_id)
    homes = members_of(connection, [customer_id])[customer_id]
    _require_no_ancestor(connection, customer_id, into_id)
    connection.execute(sa.update(_CUSTOMERS).where(_CUSTOMERS.c.id == customer_id).values(merged_into_id=into_id, is_deleted=True, updated_at=now))
    move(connection, homes, counted_for=customer_id, counts_for=into_id)
    connection.execute(sa.update(_CUSTOMERS).where(_CUSTOMERS.c.parent_id == customer_id).values(parent_id=into_id))
    fresh = {"customer_id": customer_id, "into_id": into_id, "kind": why.kind, "evidence": why.evidence, "actor": why.actor, "reason": why.reason}
    return int(connection.execute(sa.insert(_MERGES).values(**fresh, merged_at=now).returning(_MERGES.c.id)).scalar_one())


def unmerge_customer(connection: sa.Connection, customer_id: int, *, actor: str, reason: str | None, now: datetime) -> int:
    """Make a merged customer a customer of its own again, with all that were merged into it before; returns the id of the one that it was in.

    Raises NotFoundError where there is no such customer, ConflictError where it is not merged into another.
    """
    own_books(connection)
    into = connection.execute(sa.select(_CUSTOMERS.c.merged_into_id).where(_CUSTOMERS.c.id == customer_id)).one_or_none()
    if into is None:
        raise NotFoundError("there is no such customer")
    if into.merged_into_id is None:
        raise ConflictError("this customer is not merged into another one")
    counted_for = counting_customers(connection, [customer_id])[customer_id]
    homes = members_of(connection, [customer_id])[customer_id]
    connection.execute(sa.update(_CUSTOMERS).where(_CUSTOMERS.c.id == customer_id).values(merged_into_id=None, updated_at=now))
    move(connection, homes, counted_for=counted_for, counts_for=customer_id)
    ended = sa.and_(_MERGES.c.customer_id == customer_id, _MERGES.c.unmerged_at.is_(None))
    connection.execute(sa.update(_MERGES).where(ended).values(unmerged_at=now, unmerged_by=actor, unmerge_reason=reason))
    return counted_for


def is_gone(connection: sa.Connection, customers: Mapping[int, set[int]]) -> dict[int, bool]:
    """Whether the sources of some counting customers (each with all that are one with it) have all deleted them; one without a source is there."""
    gone = sa.cast(_REFERENCES.c.is_deleted_at_source, sa.Integer)
    statement = (
        sa.select(_REFERENCES.c.entity_id, sa.func.min(gone))
        .where(_REFERENCES.c.entity == Entity.CUSTOMER, is_among(_REFERENCES.c.entity_id, customers))
        .group_by(_REFERENCES.c.entity_id)
    )
    found = {row[0]: bool(row[1]) for row in connection.execute(statement)}
    return {customer: found.get(customer, False) for customer in customers}


def kept_first(connection: sa.Connection, customers: Sequence[int]) -> list[int]:
    """Customers in the order in which they are kept: those that the books know before others, the older before the newer."""
    kind, columns = _CONNECTIONS.c.kind, _REFERENCES.c
    statement = (
        sa.select(columns.entity_id, kind)
        .join(_CONNECTIONS, _CONNECTIONS.c.id == columns.connection_id)
        .where(columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, customers), columns.is_deleted_at_source.is_(False))
    )
    ranks: dict[int, int] = {}
    for customer, found in connection.execute(statement):
        ranks[customer] = min(ranks.get(customer, len(_KEPT_FIRST)), _KEPT_FIRST.index(found))
    return sorted(customers, key=lambda customer: (ranks.get(customer, len(_KEPT_FIRST)), customer))


def _require_apart(connection: sa.Connection, customer_id: int, into_id: int) -> None:
    columns = (_CUSTOMERS.c.id, _CUSTOMERS.c.merged_into_id)
    found = {row.id: row.merged_into_id for row in connection.execute(sa.select(*columns).where(is_among(_CUSTOMERS.c.id, [customer_id, into_id])))}
    if customer_id not in found:
        raise NotFoundError("there is no such customer", path=("customerId",))
    if into_id not in found:
        raise NotFoundError("there is no such customer", path=("intoId",))
    if customer_id == into_id:
        raise ConflictError("a customer cannot be merged into itself", path=("intoId",))
    for key, place in ((customer_id, "customerId"), (into_id, "intoId")):
        if found[key] is not None:
            raise ConflictError("this customer is merged into another one: take that back first, or merge the other one", path=(place,))


def _require_no_ancestor(connection: sa.Connection, one: int, other: int) -> None:
    """One customer above the other would become its own parent."""
    if stands_below(connection, one, other) or stands_below(connection, other, one):
        raise ConflictError("one of the two customers stands above the other in the hierarchy: they cannot be the same", path=("intoId",))
