"""Bulk operations as rows: asked for, begun, ended one way or another. Every function belongs to a transaction of its caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.access.audit import Deed, Effect, audit
from hub.access.policy import EXPORTERS
from hub.access.principal import Principal
from hub.access.tokens import find_principal
from hub.errors import HubError
from hub.model import BulkOperation, JobRun, table_of
from hub.vocabulary import BulkOperationErrorCode, BulkOperationStatus, ExportFormat, JobStatus

KEPT_FOR = timedelta(days=7)
"""How long a finished file can be fetched."""

ENTITY = "BulkOperation"
ACTION = "bulkExport"
OPEN = (BulkOperationStatus.QUEUED, BulkOperationStatus.RUNNING)

_OPERATIONS = table_of(BulkOperation)
_JOBS = table_of(JobRun)
_LONGEST_PROBLEM = 2_000


class AccessLostError(HubError):
    """Whoever asked for an export may no longer have it: it fails, and its file is removed. The person asks again with a valid token."""


class NoRoomForExportError(HubError):
    """All files of exports together would take more than they may: it fails, and its file is removed. See `hub.export_megabytes`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An export as it was asked for, by whom, and in which request."""

    principal: Principal
    query: str
    format: ExportFormat
    reason: str | None
    request_id: str

    def values(self) -> dict[str, Any]:
        """As a row holds it."""
        return {
            "token_id": self.principal.token_id,
            "actor": self.principal.name,
            "role": self.principal.role,
            "query": self.query,
            "format": self.format,
            "reason": self.reason,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: objects, bytes and their SHA-256. `file_name` None: the file is not in the hub's folder."""

    object_count: int
    byte_size: int
    digest: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation failed, for programs and in words."""

    code: BulkOperationErrorCode
    problem: str


# --- asking ---------------------------------------------------------------------------------------


def insert_asked(connection: sa.Connection, asked: Asked, *, now: datetime) -> int:
    """A fresh operation; its id."""
    values = asked.values() | {"status": BulkOperationStatus.QUEUED, "object_count": 0, "byte_size": 0, "created_at": now}
    key: int = connection.execute(sa.insert(_OPERATIONS).values(values).returning(_OPERATIONS.c.id)).scalar_one()
    return key


def give_job(connection: sa.Connection, operation_id: int, job_id: int) -> None:
    """Keep which job does an operation."""
    connection.execute(sa.update(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).values(job_run_id=job_id))


def open_of(connection: sa.Connection, token_id: int) -> int | None:
    """The operation of a token that has not ended; None: all have."""
    mine = sa.and_(_OPERATIONS.c.token_id == token_id, _OPERATIONS.c.status.in_(OPEN))
    return connection.execute(sa.select(_OPERATIONS.c.id).where(mine).limit(1)).scalar()


def taken_bytes(connection: sa.Connection, *, besides: int | None = None) -> int:
    """How many bytes the files of all operations take, those that are being written as far as that was told; without those of one, if it is named."""
    is_there = sa.or_(_OPERATIONS.c.status.in_(OPEN), _OPERATIONS.c.file_name.is_not(None))
    others = sa.true() if besides is None else _OPERATIONS.c.id != besides
    total = sa.select(sa.func.coalesce(sa.func.sum(_OPERATIONS.c.byte_size), 0)).where(is_there, others)
    return int(connection.execute(total).scalar_one())


def record_written(connection: sa.Connection, asked: Asked, written: Written, *, now: datetime) -> int:
    """Keep that a command has written an export to a place of its own; returns the id of the operation."""
    key = insert_asked(connection, asked, now=now)
    values = {"status": BulkOperationStatus.COMPLETED, "object_count": written.object_count, "byte_size": written.byte_size, "digest": written.digest}
    connection.execute(sa.update(_OPERATIONS).where(_OPERATIONS.c.id == key).values(**values, started_at=now, completed_at=now))
    told = {"status": (None, BulkOperationStatus.COMPLETED), "objectCount": (None, written.object_count)}
    _tell(connection, asked, Effect(ENTITY, key, told), now=now)
    return key


# --- doing ----------------------------------------------------------------------------------------


def begin(connection: sa.Connection, operation_id: int, *, now: datetime) -> Asked | None:
    """Begin an operation, or begin it again from the start; None: it has ended, or is not there."""
    row = connection.execute(sa.select(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).with_for_update()).first()
    if row is None or row.status not in OPEN:
        return None
    started = {"status": BulkOperationStatus.RUNNING, "started_at": row.started_at or now, "object_count": 0, "byte_size": 0}
    connection.execute(sa.update(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).values(**started))
    return Asked(Principal(row.actor, row.role, row.token_id), row.query, row.format, row.reason, row.request_id)


def require_access(connection: sa.Connection, asked: Asked, *, now: datetime) -> None:
    """Raise AccessLostError unless the token that asked is still valid, with the role that it had and that may still export."""
    found = find_principal(connection, asked.principal.token_id, now=now)
    if found is None:
        raise AccessLostError("The token that asked for it is no longer valid.")
    if found.role is not asked.principal.role or not EXPORTERS.allows(found):
        raise AccessLostError("The role of the token that asked for it has changed.")


def note_progress(connection: sa.Connection, operation_id: int, *, object_count: int, byte_size: int) -> None:
    """Tell how far an operation has come."""
    changes = {"object_count": object_count, "byte_size": byte_size}
    connection.execute(sa.update(_OPERATIONS).where(_is_open(operation_id)).values(**changes))


def complete(connection: sa.Connection, operation_id: int, *, asked: Asked, written: Written, now: datetime) -> None:
    """The file is there: whoever asked may fetch it from now on. That it left, with how much, goes into the audit log."""
    changes: dict[str, Any] = {
        "status": BulkOperationStatus.COMPLETED,
        "object_count": written.object_count,
        "byte_size": written.byte_size,
        "file_name": written.file_name,
        "digest": written.digest,
        "completed_at": now,
        "expires_at": now + KEPT_FOR,
    }
    connection.execute(sa.update(_OPERATIONS).where(_is_open(operation_id)).values(**changes))
    told = {"status": (BulkOperationStatus.RUNNING, BulkOperationStatus.COMPLETED), "objectCount": (None, written.object_count)}
    _tell(connection, asked, Effect(ENTITY, operation_id, told), now=now)


def fail(connection: sa.Connection, operation_id: int, failure: Failure, *, now: datetime) -> None:
    """It has failed, for a reason that trying again does not mend."""
    changes = {"status": BulkOperationStatus.FAILED, "error_code": failure.code, "problem": failure.problem[:_LONGEST_PROBLEM], "completed_at": now}
    connection.execute(sa.update(_OPERATIONS).where(_is_open(operation_id)).values(**changes))


def cancel_operation(connection: sa.Connection, operation_id: int, *, now: datetime) -> None:
    """A person no longer wants it."""
    changes = {"status": BulkOperationStatus.CANCELLED, "completed_at": now}
    connection.execute(sa.update(_OPERATIONS).where(_is_open(operation_id)).values(**changes))


# --- looking after --------------------------------------------------------------------------------


def settle_abandoned(connection: sa.Connection, *, now: datetime) -> None:
    """End the operations whose job has ended without them: it was cancelled as a job, or died."""
    job_of = sa.select(_JOBS.c.status, _JOBS.c.error).where(_JOBS.c.id == _OPERATIONS.c.job_run_id)
    status = job_of.with_only_columns(_JOBS.c.status).scalar_subquery()
    is_open = _OPERATIONS.c.status.in_(OPEN)
    cancelled = sa.update(_OPERATIONS).where(is_open, status == JobStatus.CANCELLED)
    connection.execute(cancelled.values(status=BulkOperationStatus.CANCELLED, completed_at=now))
    text = "It was tried several times, and never came to its end. Ask again; if it fails again, the log of the hub tells more."
    dead = sa.update(_OPERATIONS).where(is_open, sa.or_(status == JobStatus.DEAD, status == JobStatus.DONE))
    failed = {"status": BulkOperationStatus.FAILED, "error_code": BulkOperationErrorCode.ABANDONED, "problem": text, "completed_at": now}
    connection.execute(dead.values(**failed))


def expire(connection: sa.Connection, *, now: datetime) -> None:
    """Let go of what was kept for long enough; the rows stay, and say that it was exported."""
    old = sa.and_(_OPERATIONS.c.status == BulkOperationStatus.COMPLETED, _OPERATIONS.c.expires_at <= now)
    connection.execute(sa.update(_OPERATIONS).where(old).values(status=BulkOperationStatus.EXPIRED, file_name=None, digest=None))


def kept_files(connection: sa.Connection) -> Mapping[int, set[int]]:
    """The files that are wanted: by operation, which start of its job wrote or writes one."""
    starts = sa.select(_OPERATIONS.c.id, _OPERATIONS.c.file_name, _JOBS.c.epoch).join_from(
        _OPERATIONS, _JOBS, _JOBS.c.id == _OPERATIONS.c.job_run_id, isouter=True
    )
    wanted = sa.or_(_OPERATIONS.c.status.in_(OPEN), _OPERATIONS.c.file_name.is_not(None))
    found: dict[int, set[int]] = {}
    for key, name, epoch in connection.execute(starts.where(wanted)):
        start = epoch if name is None else int(name.partition("-")[2].partition(".")[0])
        if start is not None:
            found.setdefault(key, set()).add(start)
    return found


def _is_open(operation_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(_OPERATIONS.c.id == operation_id, _OPERATIONS.c.status.in_(OPEN))


def _tell(connection: sa.Connection, asked: Asked, effect: Effect, *, now: datetime) -> None:
    told = {"query": asked.query, "format": asked.format}
    deed = Deed(caller=asked.principal, action=ACTION, input=told, reason=asked.reason, request_id=asked.request_id)
    audit(connection, deed, [effect], now=now)
