"""Exports: what was asked to leave the hub as one file, by whom, and what became of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import Row, enum_column, instant, primary_key
from hub.vocabulary import BulkOperationErrorCode, BulkOperationStatus, ExportFormat, Role


class BulkOperation(Row, table=True):
    """One export. `token_id` is that of the token that asked, 0 for the local administrator; `role` is the one that it had then.

    `object_count` and `byte_size` grow while it is written. `file_name` and `digest` (SHA-256, as text) are those of a finished file that the
    hub keeps; None: there is none. `problem` says in words why it failed. `expires_at` None: nothing of it is kept here.
    `job_run_id` is the job that writes it, which is forgotten long before the row is; None: a command wrote it.
    """

    __tablename__ = "bulk_operation"
    __table_args__ = (sa.Index("ix_bulk_operation__token", "token_id", "status"), sa.Index("ix_bulk_operation__status", "status", "expires_at"))

    id: int | None = primary_key()
    token_id: int = Field(sa_type=sa.BigInteger)
    actor: str = Field(max_length=200)
    role: Role = enum_column(Role)
    query: str = Field(sa_type=sa.Text)
    format: ExportFormat = enum_column(ExportFormat)
    reason: str | None = Field(default=None, max_length=500)
    request_id: str = Field(max_length=64)
    status: BulkOperationStatus = enum_column(BulkOperationStatus, default=BulkOperationStatus.QUEUED)
    object_count: int = Field(default=0, sa_type=sa.BigInteger)
    byte_size: int = Field(default=0, sa_type=sa.BigInteger)
    error_code: BulkOperationErrorCode | None = enum_column(BulkOperationErrorCode, nullable=True)
    problem: str | None = Field(default=None, sa_type=sa.Text)
    file_name: str | None = Field(default=None, max_length=64)
    digest: str | None = Field(default=None, max_length=64)
    job_run_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: datetime = instant(index=True)
    started_at: datetime | None = instant(nullable=True)
    completed_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True)
