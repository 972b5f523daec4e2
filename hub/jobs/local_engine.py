"""The engine of one process: it finds what is due and runs it. No lease and no claim race, because it is alone on its database."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import anyio
import sqlalchemy as sa
import structlog
from anyio.abc import TaskGroup, TaskStatus
from sqlalchemy import exc

from hub.clock import Clock
from hub.crashpoints import crashpoint
from hub.errors import ConflictError
from hub.jobs.backoff import JITTER, Jitter
from hub.jobs.execution import JobHandler, JobRunner, claim_next, is_due, put_back_orphans
from hub.jobs.fencing import JobHandle
from hub.jobs.retention import delete_finished
from hub.jobs.scheduling import forget_false_slots, is_slot_due, tick
from hub.model import JobRun, Schedule, table_of
from hub.store.engine import Store, opened_in_thread, run_in_thread, sqlite_path
from hub.store.lock import Held, exclusive
from hub.vocabulary import JobStatus

__all__ = ["JobHandler", "LocalEngine"]

_JOBS = table_of(JobRun)
_SCHEDULES = table_of(Schedule)
_CLEANED_EVERY = timedelta(days=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Active:
    """A job that runs here, and the scope that stops it."""

    handle: JobHandle
    scope: anyio.CancelScope


class WorkedElsewhereError(ConflictError):
    """Another process runs the jobs of the database, and only one may. Seen by who starts a second one, who serves without working, or stops the other."""

    def __init__(self, database: str) -> None:
        """`database` is its file, or its address without a password."""
        way_out = "let it do them (`dunwell serve --no-work` serves beside it), or stop it first"
        super().__init__(f"another process runs the jobs of the database {database} already, and only one may: {way_out}")


class LocalEngine:
    """Runs the jobs of a database in this process: at most `size` at a time, in the order of their time, one for each lock.

    Jobs of `long_kinds` may take hours or hang: they leave one place to all others, unless there is only one. It looks every
    `poll_seconds`, and at once when something called `wake` or a job ended. `zone` is that of the workspace, for the slots of
    schedules; `redact` takes secrets out of texts that are kept.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, JobHandler],
        *,
        zone: ZoneInfo,
        redact: Callable[[str], str],
        size: int = 4,
        long_kinds: Collection[str] = (),
        poll_seconds: float = 1.0,
        jitter: Jitter = JITTER,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._size = size
        self._long_kinds = frozenset(long_kinds)
        self._poll_seconds = poll_seconds
        self._runner = JobRunner(store=store, clock=clock, handlers=handlers, redact=redact, jitter=jitter, pause_seconds=poll_seconds)
        self._active: dict[int, _Active] = {}
        self._ticked_at: datetime | None = None
        self._cleaned_at: datetime | None = None
        self._has_doubts = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = anyio.Event()

    async def run(self, stop: anyio.Event, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Run what falls due until `stop` is set; what runs then is cancelled at its next boundary and handed back.

        Raises WorkedElsewhereError when another process runs the jobs of this database. With `start` of a task group the caller knows
        that from then on no other one can. Should the lock be lost that ensures it, what runs is cancelled, and the engine begins
        anew as soon as it has the lock again.
        """
        await self._run_while_alone(stop, task_status.started)
        while not stop.is_set():
            try:
                await self._run_while_alone(stop, partial(_log.warning, "this process runs the jobs of its database again"))
            except (ConflictError, exc.SQLAlchemyError) as error:
                _log.debug("this process is not alone on its database yet", reason=type(error).__name__)
                with anyio.move_on_after(self._poll_seconds):
                    await stop.wait()

    async def _run_while_alone(self, stop: anyio.Event, begun: Callable[[], None]) -> None:
        async with self._working() as (held, tasks):
            begun()
            tasks.start_soon(self._wake_when, stop)
            while not stop.is_set():
                woken = self._await_wake()
                if not await run_in_thread(held.still_held):
                    _log.error("the lock of the one process that runs jobs was lost: what runs is cancelled, and nothing is run until the lock is free again")
                    break
                try:
                    await self._look(tasks)
                except Exception:  # noqa: BLE001 - the outermost loop: it goes on, and the log tells why it could not
                    _log.exception("the jobs could not be looked at")
                    self._has_doubts = True
                with anyio.move_on_after(self._poll_seconds):
                    await woken.wait()
            tasks.cancel_scope.cancel()

    async def drain(self) -> None:
        """Run what is due until nothing is, then return; for tests and programs that end soon: a lost lock is not noticed.

        Raises ConflictError as above.
        """
        async with self._working() as (_, tasks):
            while True:
                woken = self._await_wake()
                await self._look(tasks)
                if not self._active and not woken.is_set():  # what ended during the look may have freed a lock
                    return
                await woken.wait()

    def wake(self) -> None:
        """Look now. From any thread, at any time; an engine that does not run looks when it starts."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._note_wake)

    # --- its frame --------------------------------------------------------------------------------

    @asynccontextmanager
    async def _working(self) -> AsyncGenerator[tuple[Held, TaskGroup]]:
        async with opened_in_thread(alone(self._store)) as held:
            await self._put_back_orphans()
            self._ticked_at = None
            self._loop = asyncio.get_running_loop()
            try:
                async with anyio.create_task_group() as tasks:
                    yield held, tasks
            finally:
                self._loop = None

    async def _wake_when(self, stop: anyio.Event) -> None:
        await stop.wait()
        self._note_wake()

    def _await_wake(self) -> anyio.Event:
        """The event that ends the pause after the look that comes; made before it, so that no wake is lost."""
        self._woken = anyio.Event()
        return self._woken

    def _note_wake(self) -> None:
        self._woken.set()

    # --- one look ---------------------------------------------------------------------------------

    async def _look(self, tasks: TaskGroup) -> None:
        """Submit slots that are due, stop what was cancelled, start what is due, and once a day delete what is old."""
        if self._has_doubts:  # a claim whose commit went through although the answer was lost
            await self._put_back_orphans()
            self._has_doubts = False
        await run_in_thread(self._tick_if_due)
        running = [active.handle for active in self._active.values()]
        for job_id in await run_in_thread(partial(self._overtaken, running)):
            if job_id in self._active:
                self._active[job_id].scope.cancel()
        while len(self._active) < self._size:
            busy = [active.handle.lock for active in self._active.values() if active.handle.lock is not None]
            handle = await run_in_thread(partial(self._claim, busy, self._full_kinds()))
            if handle is None:
                break
            active = self._active[handle.id] = _Active(handle, anyio.CancelScope())
            tasks.start_soon(self._run, active)
        await run_in_thread(self._clean_if_due)

    def _full_kinds(self) -> Collection[str]:
        """The kinds of which no more is started now."""
        count = sum(active.handle.kind in self._long_kinds for active in self._active.values())
        return self._long_kinds if count >= max(1, self._size - 1) else ()

    async def _run(self, active: _Active) -> None:
        try:
            crashpoint("jobs.claim.committed")
            with active.scope:
                await self._runner.run(active.handle)
        finally:
            del self._active[active.handle.id]
            self._note_wake()

    def _tick_if_due(self) -> None:
        """Submit slots, and at the start or after the clock was put back mend what a wrong clock has left."""
        now = self._clock.now()
        if self._ticked_at is None or now < self._ticked_at:
            with self._store.write() as connection:
                forget_false_slots(connection, now, self._zone)
                crashpoint("jobs.false_slots.before_commit")
        self._ticked_at = now
        with self._store.read() as connection:
            if connection.execute(sa.select(_SCHEDULES.c.id).where(is_slot_due(now)).limit(1)).first() is None:
                return
        with self._store.write() as connection:
            tick(connection, now, self._zone)
        crashpoint("jobs.tick.committed")

    def _overtaken(self, handles: Sequence[JobHandle]) -> list[int]:
        """Jobs that run here although their row says otherwise: a person cancelled them."""
        if not handles:
            return []
        ours = sa.select(_JOBS.c.id, _JOBS.c.epoch).where(_JOBS.c.id.in_([handle.id for handle in handles]), _JOBS.c.status == JobStatus.RUNNING)
        with self._store.read() as connection:
            running = {(row.id, row.epoch) for row in connection.execute(ours)}
        return [handle.id for handle in handles if (handle.id, handle.epoch) not in running]

    def _claim(self, busy: Collection[str], full: Collection[str]) -> JobHandle | None:
        """Claim in a write transaction of its own, but only where a read has found something: an idle hub writes nothing."""
        now = self._clock.now()
        with self._store.read() as connection:
            if connection.execute(sa.select(_JOBS.c.id).where(is_due(now=now, busy_locks=busy, full_kinds=full)).limit(1)).first() is None:
                return None
        with self._store.write() as connection:
            return claim_next(connection, now=now, busy_locks=busy, full_kinds=full)

    async def _put_back_orphans(self) -> None:
        """Queue again whatever is said to run and does not run here: nobody else runs anything."""
        found = await run_in_thread(partial(self._put_back, list(self._active)))
        if found:
            _log.warning("jobs that nobody ran any more were put back", count=found)

    def _put_back(self, active: Collection[int]) -> int:
        with self._store.write() as connection:
            count = put_back_orphans(connection, now=self._clock.now(), active=active)
            crashpoint("jobs.put_back.before_commit")
        crashpoint("jobs.put_back.committed")
        return count

    def _clean_if_due(self) -> None:
        now = self._clock.now()
        if self._cleaned_at is not None and abs(now - self._cleaned_at) < _CLEANED_EVERY:
            return
        while True:
            with self._store.write() as connection:
                count = delete_finished(connection, now=now)
                crashpoint("jobs.clean.before_commit")
            if not count:
                break
        self._cleaned_at = now


@contextmanager
def alone(store: Store) -> Generator[Held]:
    """Be the one process that runs the jobs of a database. Raises WorkedElsewhereError when another one does."""
    database = sqlite_path(store.url) or sa.make_url(store.url).render_as_string()
    with ExitStack() as lock:
        try:
            held = lock.enter_context(exclusive(store, "worker"))
        except ConflictError as error:
            raise WorkedElsewhereError(str(database)) from error
        yield held
