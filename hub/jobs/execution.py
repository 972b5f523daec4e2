"""One start of a job, from claim to end. Each step is one transaction, and a crash between two of them is mended at the next start."""

import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import anyio
import sqlalchemy as sa
import structlog
from sqlalchemy import exc

from hub.clock import Clock
from hub.crashpoints import crashpoint
from hub.errors import ConfigurationError, ConflictError, HubError
from hub.jobs.backoff import Jitter
from hub.jobs.fencing import FencedError, JobCancelledError, JobHandle
from hub.jobs.outcomes import DONE, MAX_ATTEMPTS, Outcome, outcome_of, sole_cause
from hub.jobs.superseding import supersede_dead
from hub.model import JobRun, table_of
from hub.store.engine import Store, run_in_thread
from hub.vocabulary import JobStatus

JobHandler = Callable[[JobHandle], Awaitable[None]]
"""Does one kind of job. It may be called again for a job that it has done in part, so it goes on from what its tables say."""

_JOBS = table_of(JobRun)
_HANDLE = tuple(_JOBS.c[name] for name in ("id", "kind", "unique_key", "lock", "epoch", "attempt_count", "payload", "connection_id"))

_log = structlog.get_logger(__name__)


class StrayCancellationError(HubError):
    """A handler ended as if it was stopped, and nobody had stopped it. A failure like others, which may pass."""


def is_due(*, now: datetime, busy_locks: Collection[str], full_kinds: Collection[str] = ()) -> sa.ColumnElement[bool]:
    """The condition on a job that may be started: queued, its time come, its lock free, and not of a kind of which enough run."""
    is_free = sa.or_(_JOBS.c.lock.is_(None), _JOBS.c.lock.not_in(sorted(busy_locks)))
    return sa.and_(_JOBS.c.status == JobStatus.QUEUED, _JOBS.c.run_at <= now, is_free, _JOBS.c.kind.not_in(sorted(full_kinds)))


def claim_next(connection: sa.Connection, *, now: datetime, busy_locks: Collection[str], full_kinds: Collection[str] = ()) -> JobHandle | None:
    """Start the job that has been due for longest; None: there is none. From here on every earlier start of it is fenced off."""
    wanted = is_due(now=now, busy_locks=busy_locks, full_kinds=full_kinds)
    first = sa.select(_JOBS.c.id).where(wanted).order_by(_JOBS.c.run_at, _JOBS.c.id).limit(1)
    job_id = connection.execute(first.with_for_update()).scalar()
    if job_id is None:
        return None
    started = {"status": JobStatus.RUNNING, "epoch": _JOBS.c.epoch + 1, "attempt_count": _JOBS.c.attempt_count + 1, "started_at": now}
    row = connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job_id).values(**started).returning(*_HANDLE)).one()
    crashpoint("jobs.claim.before_commit")
    return JobHandle(*row)


def put_back_orphans(connection: sa.Connection, *, now: datetime, active: Collection[int] = ()) -> int:
    """Queue again what is said to run, but for the ids in `active`; returns how many. Only for whoever alone runs jobs.

    A job that has taken its process down with it at its last attempt too is dead: otherwise it would do so for ever.
    """
    orphans = sa.and_(_JOBS.c.status == JobStatus.RUNNING, _JOBS.c.id.not_in(list(active)))
    text = f"the process ended while it ran, {MAX_ATTEMPTS} times at the most"
    buried = sa.update(_JOBS).where(orphans, _JOBS.c.attempt_count >= MAX_ATTEMPTS).values(status=JobStatus.DEAD, ended_at=now, error=text)
    dead = connection.execute(buried.returning(_JOBS.c.id)).scalars().all()
    for job_id in sorted(dead):
        supersede_dead(connection, job_id, now=now)
    return len(dead) + connection.execute(sa.update(_JOBS).where(orphans).values(status=JobStatus.QUEUED)).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunner:
    """Calls handlers and writes down what became of the job. `redact` takes secrets out of a text that is kept."""

    store: Store
    clock: Clock
    handlers: Mapping[str, JobHandler]
    redact: Callable[[str], str]
    jitter: Jitter
    pause_seconds: float

    async def run(self, handle: JobHandle) -> None:
        """Do a job that was claimed. Cancelled, it hands the job back at once, and the attempt does not count."""
        try:
            outcome = await self._attempt(handle)
        except anyio.get_cancelled_exc_class():
            await self._hand_back(handle)
            raise
        await self._end(handle, outcome)

    async def _attempt(self, handle: JobHandle) -> Outcome:
        try:
            await self._call_handler(handle)
        except Exception as error:  # noqa: BLE001 - the outermost loop of jobs: every failure is kept with the job, and the next one runs
            outcome = outcome_of(error, handle.attempt_count, now=self.clock.now(), jitter=self.jitter)
            if isinstance(sole_cause(error), FencedError | JobCancelledError | ConflictError):
                _log.info("job left", job=handle.id, key=handle.key, reason=str(sole_cause(error)))
            else:
                _log.warning("job failed", job=handle.id, key=handle.key, attempt=handle.attempt_count, status=outcome.status.value, exc_info=error)
            return outcome
        return DONE

    async def _call_handler(self, handle: JobHandle) -> None:
        try:
            await self._handler_of(handle)(handle)
        except anyio.get_cancelled_exc_class() as cancelled:
            if anyio.current_effective_deadline() == -math.inf:  # a scope around this call was cancelled
                raise
            raise StrayCancellationError("the handler was cancelled, which nobody had asked for") from cancelled

    async def _hand_back(self, handle: JobHandle) -> None:
        try:
            with anyio.CancelScope(shield=True):
                await self._write(handle, {"status": JobStatus.QUEUED, "attempt_count": handle.attempt_count - 1}, step="hand_back")
        except exc.SQLAlchemyError as error:
            _log.warning("a job could not be handed back; it is at the next start", job=handle.id, key=handle.key, exc_info=error)

    def _handler_of(self, handle: JobHandle) -> JobHandler:
        handler = self.handlers.get(handle.kind)
        if handler is None:
            raise ConfigurationError(f"nothing here does jobs of the kind {handle.kind!r}: the plugin that brings it is missing")
        return handler

    async def _end(self, handle: JobHandle, outcome: Outcome) -> None:
        """Write the outcome, again and again while the database is away: a job whose end is not written would seem to run for ever."""
        changes: dict[str, Any] = {"status": outcome.status, "error": outcome.error and self.redact(outcome.error)}
        changes |= {"ended_at": self.clock.now()} if outcome.run_at is None else {"run_at": outcome.run_at}
        changes |= {} if outcome.counts else {"attempt_count": handle.attempt_count - 1}
        while True:
            try:
                with anyio.CancelScope(shield=True):
                    await self._write(handle, changes, step="finish")
            except exc.SQLAlchemyError as error:
                _log.warning("the end of a job could not be written yet", job=handle.id, key=handle.key, exc_info=error)
                await anyio.sleep(self.pause_seconds)
            else:
                return

    async def _write(self, handle: JobHandle, changes: Mapping[str, Any], *, step: str) -> None:
        crashpoint(f"jobs.{step}.before")
        await run_in_thread(partial(self._change, handle, changes, step=step))
        crashpoint(f"jobs.{step}.committed")

    def _change(self, handle: JobHandle, changes: Mapping[str, Any], *, step: str) -> None:
        """Change the job unless it was overtaken or cancelled; then what it is by now stands."""
        still_ours = sa.and_(_JOBS.c.id == handle.id, _JOBS.c.epoch == handle.epoch, _JOBS.c.status == JobStatus.RUNNING)
        with self.store.write() as connection:
            is_written = connection.execute(sa.update(_JOBS).where(still_ours).values(**changes)).rowcount == 1
            if is_written and changes["status"] is JobStatus.DEAD:
                supersede_dead(connection, handle.id, now=self.clock.now())
            crashpoint(f"jobs.{step}.before_commit")
