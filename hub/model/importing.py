"""Files that callers of the API bring in: the bytes that they send, and what becomes of them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import FileImportKind, FileImportState, UploadState


class StagedUpload(Row, table=True):
    """A file that a caller sends; its bytes lie in the folder for uploads under this row's key, and are gone once it has expired.

    `token_id` is the token that may send it. `file_name` is a text of the caller's and never a path. `expected_sha256` is what the caller
    says of the bytes, `sha256` what they are, both in hexadecimal; None: nothing was said, and they have not come yet.
    """

    __tablename__ = "staged_upload"

    id: int | None = primary_key()
    token_id: int = Field(sa_type=sa.BigInteger)
    created_by: str = Field(max_length=200)
    file_name: str = Field(max_length=255)
    byte_size: int = Field(sa_type=sa.BigInteger)
    expected_sha256: str | None = Field(default=None, max_length=64)
    sha256: str | None = Field(default=None, max_length=64)
    state: UploadState = enum_column(UploadState, default=UploadState.WAITING)
    created_at: datetime = instant()
    completed_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)


class FileImport(Row, table=True):
    """A file under a mapping, looked at or brought in by a job.

    `mapping` is the name of one that ships with the hub, `mapping_upload_id` one that was uploaded; one of them is None. `connection_id` None:
    a preview of a connection that is not there yet. `preview_id` is the preview that it was applied from. `since`, `sequence`, `list_date`
    and `close_absent` None: not given. `outcome` is how it ended; None: its job says how it stands, and without a job it was cancelled.
    `result` is what the run did or would do; None: nothing is known of that.
    """

    __tablename__ = "file_import"

    id: int | None = primary_key()
    kind: FileImportKind = enum_column(FileImportKind)
    upload_id: int = reference_to("staged_upload.id", index=True)
    mapping: str | None = Field(default=None, max_length=100)
    mapping_upload_id: int | None = reference_to("staged_upload.id", nullable=True, index=True)
    connection_name: str = Field(max_length=100)
    connection_id: int | None = reference_to("connection.id", nullable=True)
    preview_id: int | None = reference_to("file_import.id", nullable=True)
    since: date | None = None
    sequence: str | None = Field(default=None, max_length=200)
    list_date: date | None = None
    close_absent: int | None = None
    is_brake_released: bool = Field(default=False)
    outcome: FileImportState | None = enum_column(FileImportState, nullable=True)
    error: str | None = Field(default=None, sa_type=sa.Text)
    result: JsonDocument | None = json_column()
    job_run_id: int | None = Field(default=None, sa_type=sa.BigInteger, index=True)
    created_by: str = Field(max_length=200)
    created_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
