"""Work to be done: job runs, the schedules that start them, and intents to act outside the hub."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import JobStatus, OutboxStatus


class JobRun(Row, table=True):
    """One job. `unique_key` absorbs repeats, `epoch` fences a worker that was overtaken, two with one `lock` never run at a time.

    `attempt_count` counts the starts, but for those that were taken back. `error` is what the last attempt ended with; None: with
    nothing to say. `ended_at` of a cancelled one is when it was cancelled; a handler at work notices at its next transaction.
    """

    __tablename__ = "job_run"
    __table_args__ = (sa.Index("ix_job_run__due", "status", "run_at", "id"),)

    id: int | None = primary_key()
    kind: str = Field(max_length=64)
    unique_key: str = Field(max_length=320, unique=True)
    lock: str | None = Field(default=None, max_length=255)
    status: JobStatus = enum_column(JobStatus, default=JobStatus.QUEUED)
    epoch: int = 0
    attempt_count: int = 0
    payload: JsonDocument | None = json_column()
    connection_id: int | None = reference_to("connection.id", nullable=True, index=True)
    created_at: datetime = instant(index=True)
    run_at: datetime = instant()
    started_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    error: str | None = Field(default=None, sa_type=sa.Text)


class Schedule(Row, table=True):
    """When a job of a kind is started: by cron expression or by interval, in the workspace zone. Editable at run time.

    A declared one comes from plugins.toml and has the name of its connection. `last_slot_at` is the last slot that was dealt with,
    and no slot up to it ever is again, unless the clock was wrong; None: none was. `next_slot_at` None: no slot will come.
    """

    __tablename__ = "schedule"

    id: int | None = primary_key()
    name: str = Field(max_length=200, unique=True)
    kind: str = Field(max_length=64)
    payload: JsonDocument | None = json_column()
    connection_id: int | None = reference_to("connection.id", nullable=True, index=True)
    cron: str | None = Field(default=None, max_length=100)
    interval_seconds: int | None = None
    is_enabled: bool = Field(default=True)
    is_declared: bool = Field(default=False)
    last_slot_at: datetime | None = instant(nullable=True)
    next_slot_at: datetime | None = instant(nullable=True)


class OutboxIntent(Row, table=True):
    """One durable intent to act outside the hub, written before the act; its key and payload never change afterwards."""

    __tablename__ = "outbox"
    __table_args__ = (sa.Index("ix_outbox__due", "status", "due_at", "id"),)

    id: int | None = primary_key()
    unique_key: str = Field(max_length=500, unique=True)
    kind: str = Field(max_length=64)
    status: OutboxStatus = enum_column(OutboxStatus, default=OutboxStatus.PENDING)
    payload: JsonDocument | None = json_column()
    epoch: int = 0
    attempt_count: int = 0
    provider_reference: str | None = Field(default=None, max_length=255)
    due_at: datetime = instant()
    claimed_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    error: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = instant()
