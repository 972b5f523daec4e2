"""Circles of parents: none may come to be by a link, whichever system, merge or person it is from."""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.identity.composed import is_any_composed
from hub.model import Customer, table_of
from hub.store.bulk import update_rows

_CUSTOMERS = table_of(Customer)


def stands_below(connection: sa.Connection, customer: int, head: int) -> bool:
    """Whether a customer is another one, or hangs below it: then it cannot stand above it."""
    seen: set[int] = set()
    at: int | None = customer
    while at is not None and at not in seen:
        if at == head:
            return True
        seen.add(at)
        at = connection.execute(sa.select(_CUSTOMERS.c.parent_id).where(_CUSTOMERS.c.id == at)).scalar_one_or_none()
    return False


def link_parents(connection: sa.Connection, links: Iterable[tuple[int | None, int]]) -> None:
    """Lead customers (the second of each pair) to their parents; None: to none. A parent that would close a circle is passed over.

    Within one system circles are refused before (hub/sync/hierarchy.py); others come by merges, and by parents that people set.
    """
    if not is_any_composed(connection):
        update_rows(connection, _CUSTOMERS, columns=("parent_id",), rows=list(links))
        return
    for parent, child in links:
        fits = parent is not None and not stands_below(connection, parent, child)
        update_rows(connection, _CUSTOMERS, columns=("parent_id",), rows=[(parent if fits else None, child)])
