"""The queue of customers that nobody has compared with the others since they came or changed."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from hub.model import UnmatchedCustomer, table_of
from hub.store.bulk import insert_missing

_QUEUE = table_of(UnmatchedCustomer)


def queue_for_matching(connection: sa.Connection, customer_ids: Iterable[int]) -> None:
    """Have some customers compared with all others the next time; those that wait already wait once.

    For whoever changes what a customer is found by: its record, whether it is deleted, which references lead to it. Runs in the
    caller's transaction.
    """
    insert_missing(connection, _QUEUE, columns=("customer_id",), rows=[(key,) for key in customer_ids])


def take_from_queue(connection: sa.Connection, most: int) -> Sequence[int]:
    """The oldest customers in the queue, at most so many, which are no longer in it.

    They leave the queue before anything of them is read: what changes one of them meanwhile waits for this transaction, and queues it anew.
    """
    column = _QUEUE.c.customer_id
    first = sa.select(column).order_by(column).limit(most)
    taken = connection.execute(sa.delete(_QUEUE).where(column.in_(first)).returning(column)).scalars().all()
    return sorted(taken)


def is_anyone_waiting(connection: sa.Connection) -> bool:
    """Whether the queue holds anybody."""
    return connection.execute(sa.select(_QUEUE.c.customer_id).limit(1)).first() is not None
