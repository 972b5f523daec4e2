"""The fence: a handler that was overtaken, or whose job was cancelled, changes nothing any more."""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.errors import HubError
from hub.model import JobRun, table_of
from hub.model.columns import JsonDocument
from hub.vocabulary import JobStatus

_JOBS = table_of(JobRun)


class FencedError(HubError):
    """The job was put back or is run by another: this start of it is over. Let it pass; whatever it has not committed is not done."""


class JobCancelledError(HubError):
    """A person cancelled the job. Let it pass; what is committed stays."""


@dataclass(frozen=True, slots=True)
class JobHandle:
    """One start of a job, as its handler gets it. `epoch` is different at every start; `attempt_count` counts this one."""

    id: int
    kind: str
    key: str
    lock: str | None
    epoch: int
    attempt_count: int
    payload: JsonDocument | None
    connection_id: int | None


def fence(connection: sa.Connection, handle: JobHandle) -> None:
    """Make sure that this start of the job still counts, and that it does until the transaction ends.

    The first statement of every transaction in which a handler has an effect. Raises FencedError or JobCancelledError.
    """
    if connection.execute(sa.update(_JOBS).where(_still_counts(handle)).values(epoch=handle.epoch)).rowcount != 1:
        raise _over(connection, handle)


def require_current(connection: sa.Connection, handle: JobHandle) -> None:
    """The same question in a read transaction, between two steps that have no effect yet: what it finds may be otherwise a moment later."""
    if connection.execute(sa.select(_JOBS.c.id).where(_still_counts(handle))).first() is None:
        raise _over(connection, handle)


def _still_counts(handle: JobHandle) -> sa.ColumnElement[bool]:
    return sa.and_(_JOBS.c.id == handle.id, _JOBS.c.epoch == handle.epoch, _JOBS.c.status == JobStatus.RUNNING)


def _over(connection: sa.Connection, handle: JobHandle) -> HubError:
    status = connection.execute(sa.select(_JOBS.c.status).where(_JOBS.c.id == handle.id)).scalar()
    if status is JobStatus.CANCELLED:
        return JobCancelledError(f"job {handle.id} ({handle.key}) was cancelled")
    return FencedError(f"job {handle.id} ({handle.key}) goes on elsewhere: start {handle.epoch} of it is over")
