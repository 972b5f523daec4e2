"""The engine of a hub leaves a place to short jobs, however many runs of connections hang."""

from functools import partial

import anyio
import pytest

from hub.app import Hub
from hub.app.jobs import job_engine
from hub.jobs import JobHandle, NewJob, submit
from hub.jobs.scheduling import SYNC_JOB
from hub.store.engine import run_in_thread
from hub.sync.jobs import SyncJobs
from tests.app.conftest import NOW


async def test_connections_are_looked_after_while_all_runs_hang(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, stop = anyio.Event(), anyio.Event()

    async def hang(_jobs: SyncJobs, _job: JobHandle) -> None:
        await anyio.sleep_forever()

    async def look(_jobs: SyncJobs, _job: JobHandle) -> None:
        looked.set()
        await anyio.lowlevel.checkpoint()

    def submit_runs() -> None:
        with hub.store.write() as connection:
            for number in range(8):
                submit(connection, NewJob(SYNC_JOB, f"run:{number}", lock=f"connection:{number}"), now=NOW.replace(year=2025))

    monkeypatch.setattr(SyncJobs, "sync", hang)
    monkeypatch.setattr(SyncJobs, "watch", look)
    await run_in_thread(submit_runs)
    async with anyio.create_task_group() as tasks:
        await tasks.start(partial((await run_in_thread(partial(job_engine, hub))).run, stop))
        with anyio.fail_after(60):
            await looked.wait()
        stop.set()
