"""Staged uploads as rows: announced, complete, expired."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.model import FileImport, JobRun, StagedUpload, table_of
from hub.vocabulary import JobStatus, UploadState

KEPT_FOR = timedelta(hours=24)
"""How long the bytes of an upload are kept, counted from its announcement; longer only while a job works with them."""

MOST_MAPPING_BYTES = 1_000_000
"""How large a mapping may be."""

MOST_FILES_AT_ONCE = 20
"""How many files of the largest size all uploads together may take on the disk."""

_WAITED_FOR = timedelta(hours=3)
"""Sending may take an hour; what was announced and never sent takes the room of what others send."""

_UPLOADS = table_of(StagedUpload)
_IMPORTS = table_of(FileImport)
_JOBS = table_of(JobRun)
_LIVING = (UploadState.WAITING, UploadState.COMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that a caller wants to send. `sha256` in hexadecimal; None: it is not said."""

    token_id: int
    by: str
    file_name: str
    byte_size: int
    sha256: str | None


def stage(connection: sa.Connection, announced: Announced, *, now: datetime) -> int:
    """Expect a file; returns the key of its upload."""
    values: dict[str, Any] = {
        "token_id": announced.token_id,
        "created_by": announced.by,
        "file_name": announced.file_name,
        "byte_size": announced.byte_size,
        "expected_sha256": announced.sha256,
        "state": UploadState.WAITING,
        "created_at": now,
        "expires_at": now + KEPT_FOR,
    }
    return int(connection.execute(sa.insert(_UPLOADS).values(**values).returning(_UPLOADS.c.id)).scalar_one())


def find_upload(connection: sa.Connection, key: int) -> Any:  # noqa: ANN401 - a row of the table
    """An upload; None when there is none with this key."""
    return connection.execute(sa.select(_UPLOADS).where(_UPLOADS.c.id == key)).first()


def complete(connection: sa.Connection, key: int, *, sha256: str, now: datetime) -> bool:
    """Say that the bytes of an upload have come; false when they had already, or when it has expired. Others who try wait until this transaction ends."""
    waits = sa.and_(_UPLOADS.c.id == key, _UPLOADS.c.state == UploadState.WAITING, _UPLOADS.c.expires_at > now)
    changed = sa.update(_UPLOADS).where(waits).values(state=UploadState.COMPLETE, sha256=sha256, completed_at=now)
    return connection.execute(changed).rowcount == 1


def staged_bytes(connection: sa.Connection) -> int:
    """How many bytes all uploads have or may still get."""
    total = sa.select(sa.func.coalesce(sa.func.sum(_UPLOADS.c.byte_size), 0)).where(_UPLOADS.c.state.in_(_LIVING))
    return int(connection.execute(total).scalar_one())


def expire_uploads(connection: sa.Connection, *, now: datetime) -> None:
    """Mark the uploads whose time is over, or whose bytes do not come; one that an import still needs stays until that has ended."""
    works = sa.and_(_JOBS.c.id == _IMPORTS.c.job_run_id, _JOBS.c.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)))
    names = sa.or_(_IMPORTS.c.upload_id == _UPLOADS.c.id, _IMPORTS.c.mapping_upload_id == _UPLOADS.c.id)
    needed = sa.exists(sa.select(sa.literal(1)).select_from(_IMPORTS).join(_JOBS, works).where(names))
    is_late = sa.and_(_UPLOADS.c.state == UploadState.WAITING, _UPLOADS.c.created_at <= now - _WAITED_FOR)
    over = sa.and_(_UPLOADS.c.state.in_(_LIVING), sa.or_(_UPLOADS.c.expires_at <= now, is_late), ~needed)
    connection.execute(sa.update(_UPLOADS).where(over).values(state=UploadState.EXPIRED))


def living_uploads(connection: sa.Connection) -> Collection[int]:
    """The keys of the uploads whose files are kept."""
    return connection.execute(sa.select(_UPLOADS.c.id).where(_UPLOADS.c.state.in_(_LIVING))).scalars().all()
