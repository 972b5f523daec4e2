"""How long finished jobs are kept."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.model import JobRun, table_of
from hub.vocabulary import JobStatus

KEPT_DAYS = 30
"""How long a job that is done or cancelled is kept. Dead ones stay until a person has looked at them."""

_AT_ONCE = 5_000
_JOBS = table_of(JobRun)


def delete_finished(connection: sa.Connection, *, now: datetime) -> int:
    """Delete some of the jobs that ended too long ago; returns how many, 0 when none is left.

    Their keys go with them. No slot of a schedule comes again even so, because a schedule remembers its last one, unless the clock was put back since.
    """
    is_old = sa.and_(_JOBS.c.status.in_((JobStatus.DONE, JobStatus.CANCELLED)), _JOBS.c.ended_at < now - timedelta(days=KEPT_DAYS))
    oldest = sa.select(_JOBS.c.id).where(is_old).order_by(_JOBS.c.id).limit(_AT_ONCE)
    return connection.execute(sa.delete(_JOBS).where(_JOBS.c.id.in_(oldest))).rowcount
