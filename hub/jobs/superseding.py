"""Of dead jobs that do the same, the one that died last stands for all: trying it again does what the others would have."""

from datetime import datetime

import sqlalchemy as sa

from hub.model import JobRun, table_of
from hub.store.lookup import is_among
from hub.vocabulary import JobStatus

_JOBS = table_of(JobRun)


def supersede_dead(connection: sa.Connection, job_id: int, *, now: datetime) -> None:
    """Cancel the dead jobs with the kind, lock and payload of a job that has died now.

    Nothing without a lock is superseded: of such jobs only the keys tell what they are to do.
    """
    table = _JOBS
    died = connection.execute(sa.select(table.c.kind, table.c.lock, table.c.payload).where(table.c.id == job_id)).one()
    if died.lock is None:
        return
    is_like_it = sa.and_(table.c.status == JobStatus.DEAD, table.c.id != job_id, table.c.kind == died.kind, table.c.lock == died.lock)
    others = connection.execute(sa.select(table.c.id, table.c.payload).where(is_like_it).with_for_update())
    same = [row.id for row in others if row.payload == died.payload]
    text = f"superseded: job {job_id} did the same and died later"
    connection.execute(sa.update(table).where(is_among(table.c.id, same)).values(status=JobStatus.CANCELLED, ended_at=now, error=text))
