"""What happened, as rows: changes of business rows, customers whose figures are stale, events for the next stage."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import Entity


class Change(Row, table=True):
    """One field of one business row changed. Append-only. A creation is told by its reference's run instead.

    `old_value` and `new_value` are JSON texts; None stands for no value. `actor` is a user or token name, None for a sync.
    """

    __tablename__ = "change"
    __table_args__ = (sa.Index("ix_change__entity", "entity", "entity_id", "id"),)

    id: int | None = primary_key()
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    field: str = Field(max_length=100)
    old_value: str | None = Field(default=None, sa_type=sa.Text)
    new_value: str | None = Field(default=None, sa_type=sa.Text)
    connection_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    run_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    actor: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=500)
    changed_at: datetime = instant()


class DirtyCustomer(Row, table=True):
    """A customer whose kept figures must be refreshed."""

    __tablename__ = "dirty_customer"

    customer_id: int = reference_to("customer.id", primary=True)


class Event(Row, table=True):
    """Something that happened and that a later stage reads: append-only, consumed by position."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event__kind", "kind", "id"),)

    id: int | None = primary_key()
    kind: str = Field(max_length=64)
    entity: Entity | None = enum_column(Entity, nullable=True)
    entity_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    run_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    payload: JsonDocument | None = json_column()
    happened_at: datetime = instant()
