"""Retention: what is kept of webhooks, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.store.lookup import is_among
from hub.sync.webhooks.events import DELIVERIES, EVENTS, IS_OPEN

DELIVERIES_KEPT_FOR = timedelta(days=30)
"""How long a delivery is kept, counted from its arrival; one with an open event is kept longer."""

EVENT_IDS_KEPT_FOR = timedelta(days=60)
"""How long an event is kept, so that a repetition of it has no effect: 30 days longer than its delivery."""

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many deliveries and events were forgotten."""

    deliveries: int
    events: int


def forget_old(connection: sa.Connection, now: datetime) -> Forgotten:
    """Forget what is old, a few thousand of each at a time: call it again, in another transaction, until it forgets nothing."""
    return Forgotten(_forget_deliveries(connection, now - DELIVERIES_KEPT_FOR), _forget_events(connection, now - EVENT_IDS_KEPT_FOR))


def _forget_deliveries(connection: sa.Connection, before: datetime) -> int:
    has_open = sa.exists().where(EVENTS.c.delivery_id == DELIVERIES.c.id, IS_OPEN)
    old = sa.select(DELIVERIES.c.id).where(DELIVERIES.c.received_at < before, ~has_open).order_by(DELIVERIES.c.id).limit(_AT_ONCE)
    ids = connection.execute(old).scalars().all()
    connection.execute(sa.update(EVENTS).where(is_among(EVENTS.c.delivery_id, ids)).values(delivery_id=None))
    connection.execute(sa.delete(DELIVERIES).where(is_among(DELIVERIES.c.id, ids)))
    return len(ids)


def _forget_events(connection: sa.Connection, before: datetime) -> int:
    """Events whose delivery is forgotten have ended."""
    old = sa.select(EVENTS.c.id).where(EVENTS.c.delivery_id.is_(None), EVENTS.c.received_at < before).order_by(EVENTS.c.id).limit(_AT_ONCE)
    ids = connection.execute(old).scalars().all()
    connection.execute(sa.delete(EVENTS).where(is_among(EVENTS.c.id, ids)))
    return len(ids)
