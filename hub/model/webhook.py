"""Webhooks as they came, and the events in them: kept before they are answered, applied once."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, partial_index, primary_key, reference_to
from hub.vocabulary import WebhookEventStatus


class WebhookDelivery(Row, table=True):
    """One request that a source sent us and whose signature holds, with its raw body. `headers` are those that matter, none that is secret."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (sa.Index("ix_webhook_delivery__received_at", "connection_id", "received_at"),)

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    headers: JsonDocument | None = json_column()
    body: bytes = Field(sa_column=sa.Column(sa.LargeBinary(), nullable=False))
    received_at: datetime = instant()


class WebhookEvent(Row, table=True):
    """One event of a delivery. Its id in the source is unique in the connection, so the same event has its effect once.

    `hints` name the objects that it is about: a list of stream, external id and version; the objects themselves are fetched.
    `delivery_id` None: the delivery has been forgotten; the event is still known, so that a late repetition of it has no effect.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        sa.UniqueConstraint("connection_id", "event_id"),
        partial_index("ix_webhook_event__open", "connection_id", "next_attempt_at", where="status IN ('PENDING', 'UNKNOWN')"),
    )

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    delivery_id: int | None = reference_to("webhook_delivery.id", nullable=True, index=True)
    event_id: str = Field(max_length=255)
    hints: JsonDocument | None = json_column()
    status: WebhookEventStatus = enum_column(WebhookEventStatus, default=WebhookEventStatus.PENDING)
    attempt_count: int = 0
    next_attempt_at: datetime = instant()
    error: str | None = Field(default=None, sa_type=sa.Text)
    received_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
