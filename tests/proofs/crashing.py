"""Processes that are killed: a sandbox that outlives them, databases that they leave behind, and whether the next process mends it."""

import multiprocessing
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.server import build_app
from connectors.sandbox.server.sending import deliveries
from connectors.sandbox.world import World
from hub.clock import FixedClock
from hub.model import Connection, JobRun, SyncRun, WebhookDelivery, WebhookEvent, table_of
from hub.store.engine import Store
from hub.vocabulary import JobStatus, SyncRunStatus
from tests.databases import Databases
from tests.proofs.company import START
from tests.proofs.hubs import SECRETS, SYSTEMS
from tests.proofs.truth import differences
from tests.proofs.worker import Errand, run
from tests.schema.http.server import served

_PATIENCE_SECONDS = 300
PRESENT = START + timedelta(hours=25)
"""More than a day after the past, so that what was deleted silently is noticed too."""

_PAGE_SIZE = 9
_ACTS = 25
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.proofs.worker"])


class Switch:
    """The address of the sandbox: small pages of whatever application stands behind it at the moment."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        if scope["type"] == "http":
            query = [(name, str(_PAGE_SIZE) if name == "limit" else value) for name, value in parse_qsl(scope["query_string"].decode())]
            scope = {**scope, "query_string": urlencode(query).encode()}
        await self.app(scope, receive, send)


@dataclass
class Ground:
    """A company with a past that a hub has read, into the database `past` (None: there is none), and a present that it has not; the same for every crash."""

    databases: Databases
    folder: Path
    switch: Switch
    url: str
    seed: int
    past: str | None
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))

    def __post_init__(self) -> None:
        self.world = World.small(self.seed, START)
        self.start_sandbox()
        if self.past is not None:
            finish(Errand(self.past, self.url, self.folder, START, "past"))
        random = Random(self.seed)  # noqa: S311 - a history, no secret
        told = {system.name: len(system.events) for system in self.world.systems}
        for number in range(_ACTS):
            self.world.act(random, PRESENT - timedelta(minutes=10) + timedelta(seconds=number))
        self.world.commit_late(PRESENT - timedelta(minutes=5))
        self.clock.move_to(PRESENT)
        self._deliveries = [
            (system.name, {key.lower(): value for key, value in delivery.headers.items()}, delivery.body)
            for system in self.world.systems
            for delivery in deliveries(system, system.events[told[system.name] :], secret=SECRETS[system.name], now=self.clock.now(), random=random)
        ]

    def errand(self, database_url: str) -> Errand:
        """What a process is to do in the present."""
        return Errand(database_url, self.url, self.folder, self.clock.now(), "present", tuple(self._deliveries))

    def start_sandbox(self) -> None:
        """A sandbox that has just started: it knows the company, and no token."""
        self.switch.app = build_app(self.world, clock=self.clock)

    def database(self, *, has_past: bool = True) -> AbstractContextManager[str]:
        """A database of its own, in which the past has been read or nothing has."""
        return self.databases.copied(self.past) if has_past and self.past is not None else self.databases.fresh(migrated=True)


@contextmanager
def grounds(databases: Databases, folder: Path, seed: int, *, has_past: bool = True) -> Generator[Ground]:
    """A company behind a real server; one without a past has not been read before."""
    switch = Switch()
    with served(switch) as port, databases.fresh(migrated=True) as past:
        yield Ground(databases, folder, switch, f"http://127.0.0.1:{port}", seed, past if has_past else None)


def finish(errand: Errand) -> None:
    """Have an errand done by a process that comes to its end."""
    code = perform(errand)
    assert code == 0, f"the process ended with {code}"


def perform(errand: Errand, *, killed_after: float | None = None) -> int | None:
    """Have an errand done; returns the exit code, negative for a signal. `killed_after` so many seconds it is killed from outside."""
    process = _PROCESSES.Process(target=run, args=(errand,))
    process.start()
    process.join(_PATIENCE_SECONDS if killed_after is None else killed_after)
    if process.exitcode is None:
        process.kill()
        process.join()
        assert killed_after is not None, "the process did not come to its end"
    return process.exitcode


def places(ground: Ground, database_url: str) -> list[str]:
    """The places that an errand passes when nobody kills it, in order."""
    ground.start_sandbox()
    reached = ground.folder / "reached"
    finish(replace(ground.errand(database_url), reached=reached))
    return reached.read_text().splitlines()


def some_of_each(names: Sequence[str], *, every: int = 1) -> Iterator[int]:
    """The how-manieth places to die at so that each name, or one of so many, is among them once: in the middle of all that bear it."""
    for name in sorted(set(names))[::every]:
        found = [number for number, other in enumerate(names, 1) if other == name]
        yield found[len(found) // 2]


def aftermath(ground: Ground, database_url: str) -> list[str]:
    """What is wrong after an errand was done in several lives: differences from the ledger, and traces of anything done twice or left undone."""
    store = Store(database_url)
    try:
        with store.read() as connection:
            table = table_of(Connection)
            ids: dict[str, int] = {row.name: row.id for row in connection.execute(sa.select(table.c.name, table.c.id))}
            lines = [line for name in SYSTEMS for line in differences(ground.world, connection, system=name, connection_id=ids[name])]
            return [*lines, *_unfinished(connection, ground.clock.now())]
    finally:
        store.dispose()


def _unfinished(connection: sa.Connection, now: datetime) -> list[str]:
    """Jobs, runs and events that nobody has ended; a job for later is one that waits for an object which the source does not have yet."""
    jobs, runs, events = table_of(JobRun), table_of(SyncRun), table_of(WebhookEvent)
    is_due = sa.and_(jobs.c.status != JobStatus.DONE, jobs.c.run_at <= now)
    left = connection.execute(sa.select(jobs.c.unique_key, jobs.c.status, jobs.c.error).where(is_due)).all()
    running = connection.execute(sa.select(runs.c.id).where(runs.c.status == SyncRunStatus.RUNNING)).all()
    pending = connection.execute(sa.select(events.c.event_id, events.c.status).where(events.c.status.in_(("PENDING",)))).all()
    return [f"left undone: {row}" for row in (*left, *running, *pending)]


def counted(database_url: str) -> tuple[int, int]:
    """How many deliveries and events are kept."""
    store = Store(database_url)
    try:
        with store.read() as connection:
            tables = (table_of(WebhookDelivery), table_of(WebhookEvent))
            found = [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]
            return found[0], found[1]
    finally:
        store.dispose()
