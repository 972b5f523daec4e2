"""A store with jobs, engines that run them, and handlers whose effects can be counted."""

from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import sqlalchemy as sa

from hub.clock import FixedClock
from hub.crashpoints import crashpoint, watch_crashpoints
from hub.jobs import JobHandle, JobHandler, LocalEngine, NewJob, fence, submit
from hub.jobs.execution import JobRunner
from hub.model import Connection, JobRun, Schedule, table_of
from hub.store.engine import Store, run_in_thread
from hub.vocabulary import ConnectionKind, ConnectionStatus

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
NEVER_SECONDS = 3_600.0
"""Longer than any test: what goes on in time was woken, and not found by chance."""

JOBS = table_of(JobRun)
SCHEDULES = table_of(Schedule)
CONNECTIONS = table_of(Connection)

EFFECTS = sa.Table(
    "effect",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(320)),
    sa.Column("step", sa.Integer),
    sa.Column("epoch", sa.Integer),
)
"""What handlers did. Nothing but the fence keeps a step from standing there twice."""

STEPS = 2


@dataclass(slots=True)
class Workplace:
    """A store, its clock, and what can be done there."""

    store: Store
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    # --- rows -------------------------------------------------------------------------------------

    def submit(self, *jobs: NewJob, coalesce: bool = False) -> list[int | None]:
        """Hand in jobs, each in a transaction of its own."""
        found: list[int | None] = []
        for job in jobs:
            with self.store.write() as connection:
                found.append(submit(connection, job, now=self.clock.now(), coalesce=coalesce))
        return found

    def jobs(self) -> list[dict[str, Any]]:
        """Every job, oldest first."""
        return self._rows(sa.select(JOBS).order_by(JOBS.c.id))

    def job(self) -> dict[str, Any]:
        """The only job."""
        [found] = self.jobs()
        return found

    def schedules(self) -> list[dict[str, Any]]:
        """Every schedule, by name."""
        return self._rows(sa.select(SCHEDULES).order_by(SCHEDULES.c.name))

    def effects(self) -> list[tuple[str, int]]:
        """Every step that was done, in order: key of the job and number."""
        return [(row["key"], row["step"]) for row in self._rows(sa.select(EFFECTS).order_by(EFFECTS.c.id))]

    def change(self, statement: sa.Update | sa.Delete | sa.Insert) -> None:
        """A statement in a transaction of its own."""
        with self.store.write() as connection:
            connection.execute(statement)

    def connect(self, name: str = "books", status: ConnectionStatus = ConnectionStatus.ACTIVE) -> int:
        """A connection to an outside system; its id."""
        row = {"name": name, "connector": "files", "kind": ConnectionKind.FILES, "status": status, "is_declared": True, "created_at": NOW}
        with self.store.write() as connection:
            return connection.execute(sa.insert(CONNECTIONS).values(**row).returning(CONNECTIONS.c.id)).scalar_one()

    def clear(self) -> None:
        """Forget all jobs, schedules and effects."""
        for table in (JOBS, SCHEDULES, EFFECTS):
            self.change(sa.delete(table))

    def _rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    # --- work -------------------------------------------------------------------------------------

    def engine(
        self, handlers: Mapping[str, JobHandler] | None = None, *, size: int = 4, long_kinds: Collection[str] = (), poll_seconds: float = NEVER_SECONDS
    ) -> LocalEngine:
        """An engine that has not started. Without handlers of its own it does jobs of the kind `steps`."""
        return LocalEngine(
            self.store,
            self.clock,
            {"steps": self.do_steps} if handlers is None else handlers,
            zone=BERLIN,
            redact=lambda text: text.replace("hunter2", "***"),
            size=size,
            long_kinds=long_kinds,
            poll_seconds=poll_seconds,
            jitter=lambda: 1.0,
        )

    def runner(self) -> JobRunner:
        """What an engine starts jobs of the kind `steps` with."""
        handlers = {"steps": self.do_steps}
        return JobRunner(store=self.store, clock=self.clock, handlers=handlers, redact=str, jitter=lambda: 1.0, pause_seconds=0)

    async def do_steps(self, handle: JobHandle) -> None:
        """Do the steps, one transaction each, and go on from those that are done: the way every handler works."""
        while await run_in_thread(partial(self.do_step, handle)):
            await anyio.lowlevel.checkpoint()

    def do_step(self, handle: JobHandle) -> bool:
        """Do the next step; false: all are done."""
        with self.store.write() as connection:
            fence(connection, handle)
            done = connection.execute(sa.select(sa.func.count()).select_from(EFFECTS).where(EFFECTS.c.key == handle.key)).scalar_one()
            if done == STEPS:
                return False
            connection.execute(sa.insert(EFFECTS).values(key=handle.key, step=done + 1, epoch=handle.epoch))
            crashpoint("test.step.before_commit")
        crashpoint("test.step.committed")
        return True


def all_steps(*keys: str) -> list[tuple[str, int]]:
    """What jobs of the kind `steps` leave, whatever happened on the way."""
    return sorted((key, step) for key in keys for step in range(1, STEPS + 1))


@dataclass(slots=True)
class Gate:
    """A handler that says when it was called, and goes on when it is let through."""

    started: anyio.Event = field(default_factory=anyio.Event)
    opened: anyio.Event = field(default_factory=anyio.Event)
    handles: list[JobHandle] = field(default_factory=list[JobHandle])
    then: Callable[[JobHandle], Awaitable[None]] | None = None

    async def __call__(self, handle: JobHandle) -> None:
        """Wait at the gate."""
        self.handles.append(handle)
        self.started.set()
        await self.opened.wait()
        if self.then is not None:
            await self.then(handle)


@contextmanager
def watched(reached: Callable[[str], None]) -> Generator[None]:
    """Tell a function of every crash point that is reached."""
    watch_crashpoints(reached)
    try:
        yield
    finally:
        watch_crashpoints(None)


def fails(*errors: Exception) -> JobHandler:
    """A handler that fails with one error after the other, and then no more."""
    left = list(errors)

    async def handle(_: JobHandle) -> None:
        await anyio.lowlevel.checkpoint()
        if left:
            raise left.pop(0)

    return handle


def keys_of(handles: Sequence[JobHandle]) -> list[str]:
    """Which jobs were started, in order."""
    return [handle.key for handle in handles]
