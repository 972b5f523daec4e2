"""Sync runs, and the records that were refused, wait for a parent, or were seen in a full list."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import RejectionStatus, Stream, SyncRunStatus


class SyncRun(Row, table=True):
    """One execution for one connection. Counts are of records, summed over its feeds; updated with every page.

    `waiting_until` is set while the run waits before it asks the source again. `scope` tells what was asked for where it was not
    everything: streams, a date, objects. `job_run_id` is the job that it was part of; None: it was started without one.
    """

    __tablename__ = "sync_run"

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id", index=True)
    status: SyncRunStatus = enum_column(SyncRunStatus, default=SyncRunStatus.RUNNING)
    trigger: str = Field(default="MANUAL", max_length=32)
    started_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    read_count: int = 0
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0
    deleted_count: int = 0
    closed_count: int = 0
    stale_count: int = 0
    skipped_count: int = 0
    waiting_count: int = 0
    rejected_count: int = 0
    notice_count: int = 0
    message: str | None = Field(default=None, sa_type=sa.Text)
    waiting_until: datetime | None = instant(nullable=True)
    scope: JsonDocument | None = json_column()
    job_run_id: int | None = Field(default=None, sa_type=sa.BigInteger, index=True)
    feeds: JsonDocument | None = json_column()


class RejectedRecord(Row, table=True):
    """A record refused by validation or mapping, kept with its reason and raw payload until it is replayed or dismissed.

    `place` tells where it stood (file, line, column). `record` is the mapped record where mapping succeeded; `raw` the
    payload as it came.
    """

    __tablename__ = "rejected_record"
    __table_args__ = (sa.Index("ix_rejected_record__open", "connection_id", "status", "external_id"),)

    id: int | None = primary_key()
    run_id: int = reference_to("sync_run.id", index=True)
    connection_id: int = reference_to("connection.id")
    feed: str = Field(max_length=200)
    stream: Stream | None = enum_column(Stream, nullable=True)
    external_id: str | None = Field(default=None, max_length=255)
    place: str | None = Field(default=None, max_length=500)
    field: str | None = Field(default=None, max_length=200)
    reason: str = Field(sa_type=sa.Text)
    record: str | None = Field(default=None, sa_type=sa.Text)
    raw: str | None = Field(default=None, sa_type=sa.Text)
    status: RejectionStatus = enum_column(RejectionStatus, default=RejectionStatus.OPEN)
    attempt_count: int = 1
    rejected_at: datetime = instant()
    resolved_at: datetime | None = instant(nullable=True)


class SyncNotice(Row, table=True):
    """Something that a person should know of a record that was accepted: an amount that was rounded, an id that looks like a number."""

    __tablename__ = "sync_notice"

    id: int | None = primary_key()
    run_id: int = reference_to("sync_run.id", index=True)
    feed: str = Field(max_length=200)
    place: str | None = Field(default=None, max_length=500)
    field: str | None = Field(default=None, max_length=200)
    message: str = Field(sa_type=sa.Text)


class WaitingRecord(Row, table=True):
    """A valid record whose parent has not arrived. It is applied when the parent is, and counts in no figure before."""

    __tablename__ = "waiting_record"
    __table_args__ = (
        sa.UniqueConstraint("connection_id", "stream", "external_id"),
        sa.Index("ix_waiting_record__parent", "connection_id", "parent_stream", "parent_external_id"),
    )

    id: int | None = primary_key()
    run_id: int = reference_to("sync_run.id")
    connection_id: int = reference_to("connection.id")
    feed: str = Field(max_length=200)
    stream: Stream = enum_column(Stream)
    external_id: str = Field(max_length=255)
    parent_stream: Stream = enum_column(Stream)
    parent_external_id: str = Field(max_length=255)
    record: str = Field(sa_type=sa.Text)
    waiting_since: datetime = instant()


class SweepMark(Row, table=True):
    """One reference seen while a full list is read; what has no mark when the list was read to its end is absent."""

    __tablename__ = "sweep_mark"

    connection_id: int = reference_to("connection.id", primary=True)
    feed: str = Field(max_length=200, primary_key=True)
    stream: Stream = Field(sa_column=sa.Column(sa.Enum(Stream, native_enum=False, length=32), primary_key=True))
    external_id: str = Field(max_length=255, primary_key=True)


class Tombstone(Row, table=True):
    """An object that its source had deleted before anything of it landed, with the version of the deletion where it has one."""

    __tablename__ = "tombstone"

    connection_id: int = reference_to("connection.id", primary=True)
    stream: Stream = Field(sa_column=sa.Column(sa.Enum(Stream, native_enum=False, length=32), primary_key=True))
    external_id: str = Field(max_length=255, primary_key=True)
    source_version: int | None = Field(default=None, sa_type=sa.BigInteger)
    source_updated_at: datetime | None = instant(nullable=True)
    deleted_at: datetime = instant()
