"""Connections to outside systems, how far each has been read, what their payloads look like, and how their rows are found again."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, binary, enum_column, instant, json_column, partial_index, primary_key, reference_to
from hub.vocabulary import ConnectionKind, ConnectionStatus, ConnectionTestStatus, Entity, FieldState, NoticeKind, Stream


class Connection(Row, table=True):
    """One configured link to one outside system. Declared in plugins.toml (then read-only in the API) or made there.

    `options` are those of one that was made there; None: its settings stand in the file, it was made by an import, or it was removed.
    `secrets` are the names of its secrets, each with the environment variable that holds it; None: it is sealed in `connection_secret`.
    """

    __tablename__ = "connection"

    id: int | None = primary_key()
    name: str = Field(max_length=100, unique=True)
    connector: str = Field(max_length=100)
    kind: ConnectionKind = enum_column(ConnectionKind)
    status: ConnectionStatus = enum_column(ConnectionStatus, default=ConnectionStatus.ACTIVE)
    status_reason: str | None = Field(default=None, sa_type=sa.Text)
    is_declared: bool = Field(default=True)
    streams: JsonDocument | None = json_column()
    sync_from_date: date | None = None
    options: JsonDocument | None = json_column()
    secrets: JsonDocument | None = json_column()
    created_at: datetime = instant()


class Checkpoint(Row, table=True):
    """The cursor of one feed, saved in the same transaction as the rows that it covers.

    `sequence` orders whole files: an older file after a newer one is held back (P17). `data_as_of` is the instant up to
    which the source's data are known here; None until one read was complete. `cursor` None: the next read starts from the beginning.
    `then_cursor` is where the read goes on once it has come to its end from the start; None: it ends there.
    `reading_since` is when the read that is under way began, also when later runs go on with it; None: the last read ended.
    `full_since` is when the last read of everything began, None: none did. `history_from` is the first date of the documents that are
    followed here, None: all are.
    `problem` says in plain words why the feed does not move, None: it does. `streams` are the names of those that the feed carries.
    `is_list`: the feed only lists what there is, once in a while; how fresh the objects are does not depend on it.
    `delivered_count` and `refused_count` count its records of late, over several runs, and those of them that were refused.
    """

    __tablename__ = "checkpoint"

    connection_id: int = reference_to("connection.id", primary=True)
    feed: str = Field(max_length=200, primary_key=True)
    cursor: str | None = Field(default=None, sa_type=sa.Text)
    then_cursor: str | None = Field(default=None, sa_type=sa.Text)
    content_digest: str | None = Field(default=None, max_length=64)
    sequence: str | None = Field(default=None, max_length=200)
    streams: JsonDocument | None = json_column()
    is_list: bool = Field(default=False)
    reading_since: datetime | None = instant(nullable=True)
    full_since: datetime | None = instant(nullable=True)
    history_from: date | None = None
    data_as_of: datetime | None = instant(nullable=True)
    problem: str | None = Field(default=None, sa_type=sa.Text)
    problem_since: datetime | None = instant(nullable=True)
    delivered_count: int = Field(default=0, sa_type=sa.BigInteger)
    refused_count: int = Field(default=0, sa_type=sa.BigInteger)
    updated_at: datetime = instant()


class ConnectionSecret(Row, table=True):
    """A secret of a connection, encrypted at rest: one that its source gave us and changes by itself, or one that was given through the API.

    The first is called `tokens`. The names of the others begin with `given:`, so that none of them is ever taken for it.
    """

    __tablename__ = "connection_secret"

    connection_id: int = reference_to("connection.id", primary=True)
    name: str = Field(max_length=200, primary_key=True)
    ciphertext: bytes = Field(sa_column=sa.Column(sa.LargeBinary(), nullable=False))
    updated_at: datetime = instant()


class ConnectionTest(Row, table=True):
    """One try of a connection: whether its source answers, and what can be read there. A job makes it.

    `feeds` are the names of the feeds that the source has; None: it has not been asked, or gave no answer. `problem` says in plain words
    why it gave none, without secrets; None: it did. `milliseconds` is how long it took; None: it has not ended.
    """

    __tablename__ = "connection_test"

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id", index=True)
    job_run_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: ConnectionTestStatus = enum_column(ConnectionTestStatus, default=ConnectionTestStatus.WAITING)
    problem: str | None = Field(default=None, sa_type=sa.Text)
    feeds: JsonDocument | None = json_column()
    milliseconds: int | None = None
    asked_by: str = Field(max_length=200)
    asked_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)


class ConnectionNotice(Row, table=True):
    """Something about a connection as a whole that a person should know and may have to act on (ST18); resolved when it is over.

    `subject` tells notices of one kind apart: a feed, a field; empty for the connection itself. A dismissed one has been seen: it is
    not shown again while the same goes on, and stays open until it is over. `resolved_by` None: it was over by itself.
    """

    __tablename__ = "connection_notice"
    __table_args__ = (sa.Index("ix_connection_notice__open", "connection_id", "kind", "subject", "resolved_at"),)

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    kind: NoticeKind = enum_column(NoticeKind)
    subject: str = Field(default="", max_length=300)
    message: str = Field(sa_type=sa.Text)
    raised_at: datetime = instant()
    last_seen_at: datetime = instant()
    dismissed_at: datetime | None = instant(nullable=True)
    dismissed_by: str | None = Field(default=None, max_length=200)
    resolved_at: datetime | None = instant(nullable=True)
    resolved_by: str | None = Field(default=None, max_length=200)


class SourceField(Row, table=True):
    """One field of a stream's payloads as the source sends them: by this, a schema that drifts is noticed.

    `path` is dotted; `types` lists the JSON types seen, further ones at the end. `is_in_every`: since it was first seen, every payload
    that was looked at had it. `last_seen_at` is when a payload last had the field.
    """

    __tablename__ = "source_field"
    __table_args__ = (sa.UniqueConstraint("connection_id", "stream", "path"),)

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    stream: Stream = enum_column(Stream)
    path: str = Field(max_length=300)
    types: JsonDocument | None = json_column()
    is_in_every: bool = Field(default=False)
    state: FieldState = enum_column(FieldState, default=FieldState.KNOWN)
    first_seen_at: datetime = instant()
    last_seen_at: datetime = instant()
    changed_at: datetime = instant()


class ExternalReference(Row, table=True):
    """How a row is found again: connection + stream + external id. Many references may lead to one customer.

    `entity_id` is the row that counts. `home_id` is the customer that the reference has made, where that one was merged into it; None:
    they are the same.

    `content_hash` guards writes: an equal hash means that nothing changed. `source_version` and `source_updated_at` order
    versions: an older one never overwrites a newer one. `created_run_id` and `changed_run_id` tell which runs wrote it.
    `merged_into_external_id` is the object of the same stream into which its source has merged this one; None: it has not.
    """

    __tablename__ = "external_reference"
    __table_args__ = (
        sa.UniqueConstraint("connection_id", "stream", "external_id"),
        sa.Index("ix_external_reference__entity", "entity", "entity_id"),
        partial_index("ix_external_reference__home", "home_id", where="home_id IS NOT NULL"),
    )

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    stream: Stream = enum_column(Stream)
    external_id: str = Field(max_length=255)
    entity: Entity = enum_column(Entity)
    entity_id: int = Field(sa_type=sa.BigInteger)
    home_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    content_hash: bytes = binary(16)
    source_version: int | None = Field(default=None, sa_type=sa.BigInteger)
    source_updated_at: datetime | None = instant(nullable=True)
    url: str | None = Field(default=None, max_length=2000)
    is_deleted_at_source: bool = Field(default=False)
    merged_into_external_id: str | None = Field(default=None, max_length=255)
    created_run_id: int = Field(sa_type=sa.BigInteger)
    changed_run_id: int = Field(sa_type=sa.BigInteger)
    changed_at: datetime = instant()


class SourceRecord(Row, table=True):
    """A system's own values for one reference: the validated record as JSON, its raw payload inside (ST17)."""

    __tablename__ = "source_record"

    reference_id: int = reference_to("external_reference.id", primary=True)
    record: str = Field(sa_type=sa.Text)
