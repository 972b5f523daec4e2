"""Which rows others have a say in: customers that were made one with others, and whatever people have set a value of."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from hub.identity.homes import counting_customers
from hub.identity.overrides import is_standing
from hub.model import Customer, FieldOverride, table_of
from hub.store.lookup import is_among
from hub.vocabulary import Entity

_CUSTOMERS = table_of(Customer)
_OVERRIDES = table_of(FieldOverride)


class Found(NamedTuple):
    """Of some rows: those whose values are no longer just their record's, and the rows that must be composed anew when any of them changes."""

    left_out: set[int]
    to_compose: set[int]


def find_composed(connection: sa.Connection, entity: Entity, ids: Collection[int]) -> Found:
    """Find them. Where nothing was ever merged nor set, it is one look."""
    if not ids or not is_any_composed(connection):
        return Found(set(), set())
    standing = sa.and_(is_standing(entity), is_among(_OVERRIDES.c.entity_id, ids))
    set_by_people = set(connection.execute(sa.select(_OVERRIDES.c.entity_id).where(standing).distinct()).scalars())
    if entity is not Entity.CUSTOMER:
        return Found(set_by_people, set_by_people)
    counting = counting_customers(connection, ids)
    having = sa.select(_CUSTOMERS.c.merged_into_id).where(is_among(_CUSTOMERS.c.merged_into_id, ids)).distinct()
    hosts = set(connection.execute(having).scalars())
    members = {customer for customer, counts in counting.items() if counts != customer}
    left_out = (hosts | set_by_people) - members
    return Found(left_out, left_out | {counting[member] for member in members})


def is_any_composed(connection: sa.Connection) -> bool:
    """Whether anything was ever merged or set, and still is."""
    merged = sa.exists().where(_CUSTOMERS.c.merged_into_id.is_not(None))
    overridden = sa.exists().where(_OVERRIDES.c.cleared_at.is_(None))
    return bool(connection.execute(sa.select(sa.or_(merged, overridden))).scalar())
