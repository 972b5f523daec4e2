"""The process that is killed: it takes webhooks in and syncs the three connections as jobs, and dies where it is told to."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import anyio
import sqlalchemy as sa

from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.world import World
from hub.clock import FixedClock
from hub.crashpoints import watch_crashpoints
from hub.jobs import LocalEngine, NewJob, connection_lock, submit
from hub.jobs.scheduling import SYNC_JOB
from hub.model import Connection, table_of
from hub.store.engine import Store
from hub.sync.jobs import WATCH_JOB, WEBHOOKS_JOB, SyncJobs
from hub.sync.quick_pages import PAGE_BY_PAGE, Joining
from hub.sync.service import follow_up
from tests.proofs.hubs import SYSTEMS, WORKSPACE, ProofHub, make_hub
from tests.proofs.mutants import MUTANTS

_CONNECTIONS = table_of(Connection)


@dataclass(frozen=True)
class Errand:
    """What one process does: to which database and sandbox, at which instant, with which deliveries.

    `dies_at` is the how-manieth place that it reaches and does not survive; None: it comes to its end. `reached` is a file that gets the
    names of the places, a line each.
    """

    database_url: str
    sandbox_url: str
    folder: Path
    now: datetime
    round: str
    deliveries: Sequence[tuple[str, Mapping[str, str], bytes]] = ()
    dies_at: int | None = None
    mutant: str | None = None
    reached: Path | None = None
    joining: Joining = PAGE_BY_PAGE


def run(errand: Errand) -> None:
    """Do the errand; the target of a process."""
    names: list[str] = []

    def reached(name: str) -> None:
        names.append(name)
        if len(names) == errand.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    watch_crashpoints(reached)
    store = Store(errand.database_url)
    with MUTANTS[errand.mutant]() if errand.mutant is not None else nullcontext():
        anyio.run(partial(_work, errand, store))
    store.dispose()
    if errand.reached is not None:
        errand.reached.write_text("\n".join(names))


async def _work(errand: Errand, store: Store) -> None:
    clock = FixedClock(errand.now)
    connector = SandboxConnector(World)
    hub = make_hub(store, errand.folder, connector, clock=clock, url=errand.sandbox_url, sleep=_no_sleep, joining=errand.joining)
    for name, headers, body in errand.deliveries:
        hub.receiver.receive(name, headers, body)
    _submit_syncs(store, hub, errand)
    jobs = SyncJobs(hub.services)
    handlers = {SYNC_JOB: jobs.sync, WEBHOOKS_JOB: jobs.webhooks, WATCH_JOB: jobs.watch}
    await LocalEngine(store, clock, handlers, zone=WORKSPACE.time_zone, redact=str, size=1).drain()
    follow_up(hub.services)


def _submit_syncs(store: Store, hub: ProofHub, errand: Errand) -> None:
    with store.write() as connection:
        ids = {row.name: row.id for row in connection.execute(sa.select(_CONNECTIONS.c.name, _CONNECTIONS.c.id))}
        for name in SYSTEMS:
            job = NewJob(SYNC_JOB, f"proof:{errand.round}:{name}", lock=connection_lock(ids[name]), connection_id=ids[name])
            submit(connection, job, now=hub.services.clock.now())
        submit(connection, NewJob(WATCH_JOB, f"proof:{errand.round}:watch", lock=WATCH_JOB), now=hub.services.clock.now())


async def _no_sleep(_seconds: float) -> None:
    """Nothing here waits: the sandbox has no faults of its own in these proofs."""
