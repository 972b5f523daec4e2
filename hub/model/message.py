"""Messages to contacts and colleagues, and the addresses that must not be written to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, home_customer, instant, json_column, primary_key, reference_to
from hub.vocabulary import ChannelKind, CommunicationStatus, SuppressionReason


class Communication(Row, table=True):
    """One message to one recipient, with what became of it. `invoice_ids` lists the invoices it spoke of."""

    __tablename__ = "communication"
    __table_args__ = (sa.Index("ix_communication__customer", "customer_id", "id"),)

    id: int | None = primary_key()
    customer_id: int | None = reference_to("customer.id", nullable=True)
    home_customer_id: int | None = home_customer()
    contact_id: int | None = reference_to("contact.id", nullable=True, index=True)
    channel: ChannelKind = enum_column(ChannelKind)
    status: CommunicationStatus = enum_column(CommunicationStatus)
    address: str | None = Field(default=None, max_length=320)
    subject: str | None = Field(default=None, max_length=500)
    body: str | None = Field(default=None, sa_type=sa.Text)
    invoice_ids: JsonDocument | None = json_column()
    origin: str | None = Field(default=None, max_length=200)
    message_id: str | None = Field(default=None, max_length=255, unique=True)
    planned_at: datetime | None = instant(nullable=True)
    sent_at: datetime | None = instant(nullable=True)
    opened_at: datetime | None = instant(nullable=True)
    clicked_at: datetime | None = instant(nullable=True)
    replied_at: datetime | None = instant(nullable=True)
    error: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = instant()


class Suppression(Row, table=True):
    """An address that is not written to, and why."""

    __tablename__ = "suppression"
    __table_args__ = (sa.UniqueConstraint("channel", "address", "reason"),)

    id: int | None = primary_key()
    channel: ChannelKind = enum_column(ChannelKind)
    address: str = Field(max_length=320)
    reason: SuppressionReason = enum_column(SuppressionReason)
    contact_id: int | None = reference_to("contact.id", nullable=True)
    detail: str | None = Field(default=None, sa_type=sa.Text)
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
    lifted_at: datetime | None = instant(nullable=True)
