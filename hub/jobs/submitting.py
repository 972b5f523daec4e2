"""Handing in a job, in the transaction of whatever makes it necessary: both are there, or neither is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.crashpoints import crashpoint
from hub.jobs.outcomes import LONGEST_WAIT_SECONDS
from hub.model import JobRun, table_of
from hub.model.columns import JsonDocument
from hub.store.bulk import insert_into
from hub.vocabulary import JobStatus

_JOBS = table_of(JobRun)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be done. `key` says what is to be done and which time of it: a job with the same key is the same job.

    Two jobs with one `lock` never run at a time; None: it may run beside any other. `run_at` None: now. `payload` is for the
    handler and goes to nobody else; keep ids in it, never secrets.
    """

    kind: str
    key: str
    lock: str | None = None
    run_at: datetime | None = None
    payload: JsonDocument | None = None
    connection_id: int | None = None


def connection_lock(connection_id: int) -> str:
    """The lock of everything that reads one connection, whatever started it."""
    return f"connection:{connection_id}"


def submit(connection: sa.Connection, job: NewJob, *, now: datetime, coalesce: bool = False) -> int | None:
    """Queue a job and return its id; None when a job with its key is there, whatever became of it.

    `coalesce`: None as well when another job of its kind, lock and payload is queued for no later, or waits to be started again
    after an error, for as long as a source may ask: that one will see all that this transaction has written, and the source is left
    alone. One that waits for longer failed while the clock was wrong. Tell the engine with `wake` after the commit; otherwise it finds
    the job at its next look.
    """
    run_at = job.run_at or now
    if coalesce and _covering(connection, job, run_at) is not None:
        return None
    fresh: dict[str, Any] = {
        "kind": job.kind,
        "unique_key": job.key,
        "lock": job.lock,
        "status": JobStatus.QUEUED,
        "epoch": 0,
        "attempt_count": 0,
        "payload": job.payload,
        "connection_id": job.connection_id,
        "created_at": now,
        "run_at": run_at,
    }
    insert = insert_into(connection, _JOBS).values(fresh).on_conflict_do_nothing(index_elements=["unique_key"])
    job_id: int | None = connection.execute(insert.returning(_JOBS.c.id)).scalar()
    crashpoint("jobs.submit.before_commit")
    return job_id


def submit_or_join(connection: sa.Connection, job: NewJob, *, now: datetime) -> int | None:
    """The id of the job that will do the work: of another one, where `submit` with `coalesce` leaves it to that, else of this one, queued.

    None when a job with its key is there.
    """
    covering = _covering(connection, job, job.run_at or now)
    return submit(connection, job, now=now) if covering is None else covering


def _covering(connection: sa.Connection, job: NewJob, run_at: datetime) -> int | None:
    """A queued job that does the work too. It is held until this transaction ends: started earlier, it would not see what is written here."""
    table = _JOBS
    waits_again = sa.and_(table.c.epoch > 0, table.c.run_at <= run_at + timedelta(seconds=LONGEST_WAIT_SECONDS))
    waits = sa.and_(table.c.status == JobStatus.QUEUED, sa.or_(table.c.run_at <= run_at, waits_again))
    same = sa.and_(table.c.kind == job.kind, table.c.lock.is_not_distinct_from(job.lock))
    queued = connection.execute(sa.select(table.c.id, table.c.payload).where(waits, same).order_by(table.c.id).with_for_update())
    return next((row.id for row in queued if row.payload == job.payload), None)
