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
    table = _JOBS
    still_ours = sa.and_(table.c.id == handle.id, table.c.epoch == handle.epoch, table.c.status == JobStatus.RUNNING)
    if connection.execute(sa.update(table).where(still_ours).values(epoch=handle.epoch)).rowcount == 1:
        return
    status = connection.execute(sa.select(table.c.status).where(table.c.id == handle.id)).scalar()
    if status is JobStatus.CANCELLED:
        raise JobCancelledError(f"job {handle.id} ({handle.key}) was cancelled")
    raise FencedError(f"job {handle.id} ({handle.key}) goes on elsewhere: start {handle.epoch} of it is over")
