"""Who is who across systems: customers that were made one, values that people set over a source's, and what is to be decided of these."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, partial_index, primary_key, reference_to
from hub.vocabulary import ConflictDecision, ConflictStatus, Entity, MergeKind


class CustomerMerge(Row, table=True):
    """One customer merged into another, until somebody takes it back. Append-only but for the taking back.

    `evidence` is what spoke for it, None where a person gave none. `actor` is a user or token name, None: a rule of the hub did it.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (sa.Index("ix_customer_merge__into", "into_id", "id"),)

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    into_id: int = reference_to("customer.id")
    kind: MergeKind = enum_column(MergeKind)
    evidence: JsonDocument | None = json_column()
    actor: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=500)
    merged_at: datetime = instant()
    unmerged_at: datetime | None = instant(nullable=True)
    unmerged_by: str | None = Field(default=None, max_length=200)
    unmerge_reason: str | None = Field(default=None, max_length=500)


class FieldOverride(Row, table=True):
    """A value that a person has set over what the sources give (B10). It stands until the source's value changes; then there is a conflict.

    `value` is what we say and `source_value` what the sources gave when it was set, both JSON texts of the record's field; None: no value.
    `seen`, of customers only, is what each source said when the override came to know of it: JSON text or null by the id of its reference.
    `home_id` is the invoice that it was set on, where that is an appearance of `entity_id` now; None: they are the same.
    """

    __tablename__ = "field_override"
    __table_args__ = (
        partial_index("ix_field_override__standing", "entity", "entity_id", "field", where="cleared_at IS NULL"),
        partial_index("ix_field_override__home", "home_id", where="home_id IS NOT NULL"),
    )

    id: int | None = primary_key()
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    home_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    field: str = Field(max_length=100)
    value: str | None = Field(default=None, sa_type=sa.Text)
    source_value: str | None = Field(default=None, sa_type=sa.Text)
    seen: JsonDocument | None = json_column()
    reason: str | None = Field(default=None, max_length=500)
    set_by: str = Field(max_length=200)
    set_at: datetime = instant()
    cleared_at: datetime | None = instant(nullable=True)
    cleared_by: str | None = Field(default=None, max_length=200)


class FieldConflict(Row, table=True):
    """A field of which a source changed its value while ours stood over it: to be decided by a person. Meanwhile ours stands.

    `ours`, `theirs` and `was` (what the source had said before) are JSON texts; None: no value. `connection_id` is whose value changed.
    """

    __tablename__ = "field_conflict"
    __table_args__ = (partial_index("ix_field_conflict__open", "entity", "entity_id", "field", where="status = 'OPEN'"),)

    id: int | None = primary_key()
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    field: str = Field(max_length=100)
    override_id: int = reference_to("field_override.id", index=True)
    connection_id: int | None = reference_to("connection.id", nullable=True)
    ours: str | None = Field(default=None, sa_type=sa.Text)
    theirs: str | None = Field(default=None, sa_type=sa.Text)
    was: str | None = Field(default=None, sa_type=sa.Text)
    status: ConflictStatus = enum_column(ConflictStatus, default=ConflictStatus.OPEN)
    raised_at: datetime = instant()
    decision: ConflictDecision | None = enum_column(ConflictDecision, nullable=True)
    decided_at: datetime | None = instant(nullable=True)
    decided_by: str | None = Field(default=None, max_length=200)


class FieldRule(Row, table=True):
    """What is done without asking when a source changes a field that we have set: a decision for all that come."""

    __tablename__ = "field_rule"
    __table_args__ = (sa.UniqueConstraint("entity", "field"),)

    id: int | None = primary_key()
    entity: Entity = enum_column(Entity)
    field: str = Field(max_length=100)
    decision: ConflictDecision = enum_column(ConflictDecision)
    set_by: str = Field(max_length=200)
    set_at: datetime = instant()


class FieldOrigin(Row, table=True):
    """Where the value of a field is from, where more than one has a say in it: several sources, or a source and a person.

    `reference_id` is the source that is believed, None: no source has a value. `override_id` stands over it, None: nobody has set one.
    `said` lists what each source says: `reference`, `connection`, `external_id`, and `value` as JSON text or null; the one that is asked first
    at the front.
    """

    __tablename__ = "field_origin"
    __table_args__ = (sa.UniqueConstraint("entity", "entity_id", "field"),)

    id: int | None = primary_key()
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    field: str = Field(max_length=100)
    reference_id: int | None = reference_to("external_reference.id", nullable=True)
    override_id: int | None = reference_to("field_override.id", nullable=True)
    said: JsonDocument | None = json_column()
