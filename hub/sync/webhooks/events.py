"""Statements over deliveries and events: kept, taken when they are due, and ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.model import Connection, WebhookDelivery, WebhookEvent, table_of
from hub.plugins.webhooks import WebhookEventItem, WebhookHint
from hub.store.bulk import insert_into, update_rows
from hub.store.lookup import is_among
from hub.sync.webhooks.hints import from_document, to_document
from hub.vocabulary import ConnectionStatus, WebhookEventStatus

DELIVERIES = table_of(WebhookDelivery)
EVENTS = table_of(WebhookEvent)
_CONNECTIONS = table_of(Connection)

IS_OPEN = sa.text("webhook_event.status IN ('PENDING', 'UNKNOWN')")
"""Events that wait for something; written like the condition of their index, with nothing bound."""

_OUTCOME_COLUMNS = ("status", "attempt_count", "next_attempt_at", "error", "ended_at")


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An event that is due. `received_at` is when it came first."""

    id: int
    event_id: str
    hints: tuple[WebhookHint, ...]
    attempt_count: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event. `error` says why it is not applied; `next_attempt_at` None: it has ended."""

    event: OpenEvent
    status: WebhookEventStatus
    error: str | None = None
    next_attempt_at: datetime | None = None


def unknown_ids(connection: sa.Connection, connection_id: int, event_ids: Collection[str]) -> set[str]:
    """Those of some event ids that have not come before."""
    same = sa.and_(EVENTS.c.connection_id == connection_id, is_among(EVENTS.c.event_id, event_ids))
    return set(event_ids) - set(connection.execute(sa.select(EVENTS.c.event_id).where(same)).scalars())


def count_open(connection: sa.Connection, connection_id: int) -> int:
    """How many events of a connection wait."""
    statement = sa.select(sa.func.count()).select_from(EVENTS).where(EVENTS.c.connection_id == connection_id, IS_OPEN)
    return int(connection.execute(statement).scalar_one())


def keep_delivery(connection: sa.Connection, connection_id: int, *, headers: dict[str, str], body: bytes, now: datetime) -> int:
    """Keep a delivery as it came; returns its row id."""
    insert = sa.insert(DELIVERIES).values(connection_id=connection_id, headers=headers, body=body, received_at=now)
    return int(connection.execute(insert.returning(DELIVERIES.c.id)).scalar_one())


def forget_delivery(connection: sa.Connection, delivery_id: int) -> None:
    """Take a delivery back that brought nothing new after all."""
    connection.execute(sa.delete(DELIVERIES).where(DELIVERIES.c.id == delivery_id))


def keep_events(connection: sa.Connection, connection_id: int, items: Sequence[WebhookEventItem], *, delivery_id: int, now: datetime) -> set[str]:
    """Keep events; returns the ids of those that are new. One that is known, also from a delivery of this very moment, is left as it is.

    An event without hints is nothing to wait for and ends at once.
    """
    rows: list[dict[str, Any]] = []
    for item in items:
        status = WebhookEventStatus.PENDING if item.hints else WebhookEventStatus.IGNORED
        row = {"connection_id": connection_id, "delivery_id": delivery_id, "event_id": item.event_id, "hints": to_document(item.hints)}
        times = {"attempt_count": 0, "next_attempt_at": now, "received_at": now, "ended_at": None if item.hints else now}
        rows.append({**row, "status": status, **times})
    statement = insert_into(connection, EVENTS).on_conflict_do_nothing(index_elements=["connection_id", "event_id"]).returning(EVENTS.c.event_id)
    return set(connection.execute(statement, rows).scalars())


def take_due(connection: sa.Connection, connection_id: int, *, now: datetime, limit: int) -> list[OpenEvent]:
    """The open events of a connection whose time has come, those that wait longest first.

    Where there is none, those that came while the clock was ahead are taken to have come now.
    """
    columns = (EVENTS.c.id, EVENTS.c.event_id, EVENTS.c.hints, EVENTS.c.attempt_count, EVENTS.c.received_at)
    due = sa.select(*columns).where(EVENTS.c.connection_id == connection_id, IS_OPEN, EVENTS.c.next_attempt_at <= now)
    due = due.order_by(EVENTS.c.next_attempt_at, EVENTS.c.id).limit(limit)
    rows = connection.execute(due).all()
    if not rows:
        early = sa.update(EVENTS).where(EVENTS.c.connection_id == connection_id, IS_OPEN, EVENTS.c.received_at > now)
        if connection.execute(early.values(received_at=now, next_attempt_at=now)).rowcount:
            rows = connection.execute(due).all()
    return [OpenEvent(row.id, row.event_id, from_document(row.hints), row.attempt_count, row.received_at) for row in rows]


def next_due_at(connection: sa.Connection, connection_id: int) -> datetime | None:
    """When the next open event of a connection is due; None: none is open."""
    statement = sa.select(sa.func.min(EVENTS.c.next_attempt_at)).where(EVENTS.c.connection_id == connection_id, IS_OPEN)
    return connection.execute(statement).scalar_one()


def connections_with_due(connection: sa.Connection, *, now: datetime) -> list[int]:
    """The connections that run and of which an open event is due, or came while the clock was ahead."""
    is_due = sa.or_(EVENTS.c.next_attempt_at <= now, EVENTS.c.received_at > now)
    due = sa.exists().where(EVENTS.c.connection_id == _CONNECTIONS.c.id, IS_OPEN, is_due)
    running = sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.status == ConnectionStatus.ACTIVE, due)
    return list(connection.execute(running.order_by(_CONNECTIONS.c.id)).scalars())


def keep_outcomes(connection: sa.Connection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Note what became of events; each counts one attempt more."""
    rows: list[tuple[object, ...]] = []
    for outcome in outcomes:
        next_attempt_at = outcome.next_attempt_at
        ended_at = now if next_attempt_at is None else None
        rows.append((outcome.status.stored, outcome.event.attempt_count + 1, next_attempt_at or now, outcome.error, ended_at, outcome.event.id))
    update_rows(connection, EVENTS, columns=_OUTCOME_COLUMNS, rows=rows)
