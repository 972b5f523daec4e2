"""Where rows belong: each hangs on its home customer, and counts for the customer that this one was merged into.

A row names two customers. Its home (`home_customer_id`, else `customer_id`) is what its source names and changes only with its source;
`customer_id` is the customer that counts, which follows from the home: the end of the chain of `merged_into_id`. So a merge and its taking
back move rows by one rule, those that came in between too, and nothing has to be remembered of what was moved.
"""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from hub.model import METADATA, Customer, Event, ExternalReference, table_of
from hub.store.lookup import is_among
from hub.vocabulary import Entity

_CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)
_EVENTS = table_of(Event)
_HOME, _COUNTS = "home_customer_id", "customer_id"

MERGED, UNMERGED = "customer.merged", "customer.unmerged"
"""The kinds of events that tell of it."""

_LAST_MERGES = sa.select(
    *(sa.func.coalesce(sa.select(sa.func.max(_EVENTS.c.id)).where(_EVENTS.c.kind == kind).scalar_subquery(), 0) for kind in (MERGED, UNMERGED))
)


def homed_tables() -> list[sa.Table]:
    """The tables whose rows hang on a customer."""
    return [table for table in METADATA.sorted_tables if _HOME in table.c]


def counting_customers(connection: sa.Connection, customers: Iterable[int]) -> dict[int, int]:
    """The customer that counts for each of some customers: itself where it is not merged into another."""
    found = {customer: customer for customer in customers}
    open_ends = set(found.values())
    while open_ends:
        steps = _merged_into(connection, open_ends)
        found = {customer: steps.get(end, end) for customer, end in found.items()}
        open_ends = set(steps.values())
    return found


def chain_above(connection: sa.Connection, customer: int) -> list[int]:
    """The customers that one was merged into, the nearest first; the last one counts."""
    found: list[int] = []
    at = _merged_into(connection, [customer]).get(customer)
    while at is not None:
        found.append(at)
        at = _merged_into(connection, [at]).get(at)
    return found


def members_of(connection: sa.Connection, customers: Iterable[int]) -> dict[int, set[int]]:
    """Everyone who is one with each of some counting customers, the customer itself among them."""
    found = {customer: {customer} for customer in customers}
    owner = {customer: customer for customer in found}
    level = set(found)
    while level:
        statement = sa.select(_CUSTOMERS.c.id, _CUSTOMERS.c.merged_into_id).where(is_among(_CUSTOMERS.c.merged_into_id, level))
        level = set[int]()
        for member, into in connection.execute(statement):
            owner[member] = owner[into]
            found[owner[into]].add(member)
            level.add(member)
    return found


def last_merge(connection: sa.Connection) -> int:
    """A number that grows whenever customers were made one, or two again; 0: none ever were."""
    return max(connection.execute(_LAST_MERGES).one())


def move(connection: sa.Connection, homes: Collection[int], *, counted_for: int, counts_for: int) -> None:
    """Let everything that hangs on some home customers, and counted for one customer, count for another."""
    for table in homed_tables():
        _move(connection, table, _COUNTS, home=_HOME, homes=homes, change=(counted_for, counts_for))
    only = _REFERENCES.c.entity == Entity.CUSTOMER
    _move(connection, _REFERENCES, "entity_id", home="home_id", homes=homes, change=(counted_for, counts_for), only=only)


def _move(
    connection: sa.Connection,
    table: sa.Table,
    counts: str,
    *,
    home: str,
    homes: Collection[int],
    change: tuple[int, int],
    only: sa.ColumnElement[bool] | None = None,
) -> None:
    before, after = change
    own = sa.func.coalesce(table.c[home], table.c[counts])
    mine = sa.and_(table.c[counts] == before, is_among(own, homes), *(() if only is None else (only,)))
    connection.execute(sa.update(table).where(mine).values({counts: after, home: sa.func.nullif(own, after)}))


def _merged_into(connection: sa.Connection, customers: Iterable[int]) -> Mapping[int, int]:
    merged = sa.and_(is_among(_CUSTOMERS.c.id, customers), _CUSTOMERS.c.merged_into_id.is_not(None))
    return {row[0]: row[1] for row in connection.execute(sa.select(_CUSTOMERS.c.id, _CUSTOMERS.c.merged_into_id).where(merged))}
