"""What people do with jobs: look, cancel, and try dead ones again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.model import Connection, JobRun, table_of
from hub.store.lookup import is_among
from hub.vocabulary import JobStatus

_JOBS = table_of(JobRun)
_CONNECTIONS = table_of(Connection)
_CAN_BE_CANCELLED = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DEAD)


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job. `run_at` is when it is or was to be started; `error` what its last attempt ended with."""

    id: int
    kind: str
    key: str
    status: JobStatus
    attempt_count: int
    connection: str | None
    created_at: datetime
    run_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None


def list_jobs(connection: sa.Connection, *, status: JobStatus | None = None, limit: int) -> Sequence[JobInfo]:
    """The newest jobs first; `status` None: of every status."""
    names = ("id", "kind", "unique_key", "status", "attempt_count")
    times = ("created_at", "run_at", "started_at", "ended_at", "error")
    columns = (*(_JOBS.c[name] for name in names), _CONNECTIONS.c.name, *(_JOBS.c[name] for name in times))
    wanted = sa.true() if status is None else _JOBS.c.status == status
    found = sa.select(*columns).join_from(_JOBS, _CONNECTIONS, _CONNECTIONS.c.id == _JOBS.c.connection_id, isouter=True)
    return [JobInfo(*row) for row in connection.execute(found.where(wanted).order_by(_JOBS.c.id.desc()).limit(limit))]


def retry_dead(connection: sa.Connection, ids: Collection[int] | None, *, now: datetime) -> int:
    """Queue dead jobs again, with all their attempts before them; returns how many. `ids` None: every dead one.

    What has an id but is not dead is left as it is.
    """
    wanted = sa.true() if ids is None else is_among(_JOBS.c.id, ids)
    dead = sa.update(_JOBS).where(_JOBS.c.status == JobStatus.DEAD, wanted)
    return connection.execute(dead.values(status=JobStatus.QUEUED, attempt_count=0, run_at=now, ended_at=None)).rowcount


def cancel(connection: sa.Connection, job_id: int, *, now: datetime) -> None:
    """End a job that is queued, running or dead. One that runs stops before its next transaction; what it has committed stays.

    Raises NotFoundError, or ConflictError when it has ended already.
    """
    table = _JOBS
    open_one = sa.and_(table.c.id == job_id, table.c.status.in_(_CAN_BE_CANCELLED))
    if connection.execute(sa.update(table).where(open_one).values(status=JobStatus.CANCELLED, ended_at=now)).rowcount == 1:
        return
    status = connection.execute(sa.select(table.c.status).where(table.c.id == job_id)).scalar()
    if status is None:
        raise NotFoundError(f"there is no job {job_id}")
    raise ConflictError(f"job {job_id} has ended already: it is {status.value}")
