"""Connections to outside systems, how far each has been read, and how their rows are found again."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, binary, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import ConnectionKind, ConnectionStatus, Entity, Stream


class Connection(Row, table=True):
    """One configured link to one outside system. Declared in plugins.toml (then read-only in the API) or made there."""

    __tablename__ = "connection"

    id: int | None = primary_key()
    name: str = Field(max_length=100, unique=True)
    connector: str = Field(max_length=100)
    kind: ConnectionKind = enum_column(ConnectionKind)
    status: ConnectionStatus = enum_column(ConnectionStatus, default=ConnectionStatus.ACTIVE)
    is_declared: bool = Field(default=True)
    streams: JsonDocument | None = json_column()
    sync_from_date: date | None = None
    created_at: datetime = instant()


class Checkpoint(Row, table=True):
    """The cursor of one feed, saved in the same transaction as the rows that it covers.

    `sequence` orders whole files: an older file after a newer one is held back (P17). `data_as_of` is the instant up to
    which the source's data are known here; None until one read was complete. `cursor` None: the last read ended.
    """

    __tablename__ = "checkpoint"

    connection_id: int = reference_to("connection.id", primary=True)
    feed: str = Field(max_length=200, primary_key=True)
    cursor: str | None = Field(default=None, sa_type=sa.Text)
    content_digest: str | None = Field(default=None, max_length=64)
    sequence: str | None = Field(default=None, max_length=200)
    data_as_of: datetime | None = instant(nullable=True)
    updated_at: datetime = instant()


class ExternalReference(Row, table=True):
    """How a row is found again: connection + stream + external id. Many references may lead to one customer.

    `content_hash` guards writes: an equal hash means that nothing changed. `source_version` and `source_updated_at` order
    versions: an older one never overwrites a newer one. `created_run_id` and `changed_run_id` tell which runs wrote it.
    """

    __tablename__ = "external_reference"
    __table_args__ = (
        sa.UniqueConstraint("connection_id", "stream", "external_id"),
        sa.Index("ix_external_reference__entity", "entity", "entity_id"),
    )

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    stream: Stream = enum_column(Stream)
    external_id: str = Field(max_length=255)
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    content_hash: bytes = binary(16)
    source_version: int | None = Field(default=None, sa_type=sa.BigInteger)
    source_updated_at: datetime | None = instant(nullable=True)
    url: str | None = Field(default=None, max_length=2000)
    is_deleted_at_source: bool = Field(default=False)
    created_run_id: int = Field(sa_type=sa.BigInteger)
    changed_run_id: int = Field(sa_type=sa.BigInteger)
    changed_at: datetime = instant()


class SourceRecord(Row, table=True):
    """A system's own values for one reference: the validated record as JSON, its raw payload inside (ST17)."""

    __tablename__ = "source_record"

    reference_id: int = reference_to("external_reference.id", primary=True)
    record: str = Field(sa_type=sa.Text)
