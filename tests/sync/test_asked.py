"""What people ask of connections as jobs: each does what was asked for, once, and says by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.config import ConnectionSettings, Settings
from hub.jobs import LocalEngine
from hub.jobs.scheduling import SYNC_JOB
from hub.model import Change, Customer, JobRun, RejectedRecord, SyncRun, table_of
from hub.plugins.connector import ConnectionContext, ConnectorFacts, Page, Source, StreamFacts
from hub.sync.asked import REPLAY_JOB, RESYNC_JOB, AskedObjects, AskedRun, Asking, submit_replay, submit_resync, submit_run
from hub.sync.jobs import SyncJobs
from hub.sync.opening import SyncServices
from hub.sync.registry import register_declared
from hub.sync.replay import dismiss_rejected
from hub.vocabulary import ConnectionKind, JobStatus, RejectionStatus, Stream
from tests.sync.catalogues import catalogue_of
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer, invoice
from tests.sync.scripted import ScriptedSource


@dataclass
class ToScript:
    """A connector to a scripted source."""

    source: ScriptedSource
    name = "test"
    title = "A script"
    kinds = (ConnectionKind.ACCOUNTING,)
    facts = ConnectorFacts(streams=(StreamFacts(Stream.CUSTOMERS, is_fetchable=True), StreamFacts(Stream.INVOICES)))
    webhooks = None
    option_names = frozenset[str]()

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        del options, directory
        return []

    def open(self, context: ConnectionContext) -> Source:
        del context
        return self.source


@dataclass
class Office:
    """A hub with the books, where people ask and jobs are done."""

    hub: Hub
    services: SyncServices
    source: ScriptedSource
    asking: Asking = field(default_factory=lambda: Asking(connection_id=1, by="ada", now=NOON))

    async def work(self) -> None:
        """Do every job that is due."""
        jobs = SyncJobs(self.services)
        handlers = {SYNC_JOB: jobs.sync, RESYNC_JOB: jobs.resync, REPLAY_JOB: jobs.replay}
        await LocalEngine(self.hub.store, self.hub.clock, handlers, zone=self.hub.workspace.time_zone, redact=str, jitter=lambda: 1.0).drain()

    def jobs(self) -> list[tuple[Any, ...]]:
        return self.hub.rows(JobRun, "kind", "status", "error")


@pytest.fixture
def office(hub: Hub, tmp_path: Path) -> Office:
    source = ScriptedSource({"customers": [Page(records=[customer("C1"), customer("C2")], cursor=None)]})
    settings = Settings(tmp_path, hub.store.url, tmp_path, hub.workspace, connections=(ConnectionSettings("books", "test", ConnectionKind.ACCOUNTING),))
    catalogue = catalogue_of(ToScript(source))
    services = SyncServices(hub.store, settings, catalogue, hub.clock, {})
    with hub.store.write() as connection:
        register_declared(connection, settings, now=hub.clock.now())
    return Office(hub, services, source)


async def test_a_run_is_the_one_that_was_asked_for(office: Office) -> None:
    with office.hub.store.write() as connection:
        job = submit_run(connection, office.asking, AskedRun(streams=[Stream.CUSTOMERS], since=date(2026, 1, 1), is_full=True))
    await office.work()
    assert office.jobs() == [(SYNC_JOB, JobStatus.DONE, None)]
    scope = {"streams": ["CUSTOMERS"], "full": True, "since": "2026-01-01"}
    assert office.hub.rows(SyncRun, "trigger", "job_run_id", "scope") == [("MANUAL", job, scope)]
    assert office.source.since_seen == [date(2026, 1, 1)]
    assert len(office.hub.rows(Customer, "id")) == 2


async def test_objects_are_fetched_again_and_the_change_says_who_asked(office: Office) -> None:
    with office.hub.store.write() as connection:
        submit_run(connection, office.asking, AskedRun())
    await office.work()
    office.source.fetched = {"C1": Page(records=[customer("C1", name="Acme")], cursor=None)}
    with office.hub.store.write() as connection:
        job = submit_resync(connection, office.asking, AskedObjects(Stream.CUSTOMERS, ["C1"]))
    await office.work()
    assert office.source.asked_for == [(Stream.CUSTOMERS, ("C1",))]
    assert office.hub.rows(Customer, "name") == [("Acme",), ("Customer C2",)]
    assert office.hub.rows(SyncRun, "trigger", "job_run_id")[-1] == ("RESYNC", job)
    assert {actor for (actor,) in office.hub.rows(Change, "actor")} == {"ada"}


async def test_another_object_of_the_same_id_does_not_stand_for_one_that_its_source_does_not_know(office: Office) -> None:
    office.source.fetched = {"C9": Page(records=[customer("C9", create_only=True), invoice("C9")], cursor=None)}
    with office.hub.store.write() as connection:
        submit_resync(connection, office.asking, AskedObjects(Stream.CUSTOMERS, ["C9"]))
    await office.work()
    assert [status for _, status, _ in office.jobs()] == [JobStatus.DEAD]
    assert office.hub.rows(Customer, "id") == []


async def test_an_object_that_its_source_does_not_know_makes_a_dead_job_that_says_so(office: Office) -> None:
    with office.hub.store.write() as connection:
        submit_resync(connection, office.asking, AskedObjects(Stream.CUSTOMERS, ["C9"]))
    await office.work()
    [(kind, status, error)] = office.jobs()
    assert (kind, status) == (RESYNC_JOB, JobStatus.DEAD)
    assert "knows nothing of" in error


async def test_rejected_records_are_applied_again_those_that_were_named(office: Office) -> None:
    hub = office.hub
    await hub.sync([customer("A", parent_external_id="B"), customer("B", parent_external_id="A")])
    await hub.sync([customer("A")])
    with hub.store.write() as connection:
        job = submit_replay(connection, office.asking, [1, 99])
    await office.work()
    assert office.jobs() == [(REPLAY_JOB, JobStatus.DONE, None)]
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]
    assert hub.rows(SyncRun, "trigger", "job_run_id")[-1] == ("REPLAY", job)


async def test_records_that_are_no_longer_open_leave_a_replay_nothing_to_do(office: Office) -> None:
    """As when the process died after they had been applied: the job is started again, and must not fail, nor apply all others."""
    hub = office.hub
    await hub.sync([customer("A", parent_external_id="B"), customer("B", parent_external_id="A")])
    with hub.store.write() as connection:
        dismiss_rejected(connection, [1], now=NOON)
        connection.execute(sa.insert(table_of(RejectedRecord)), _another(connection))
        submit_replay(connection, office.asking, [1])
    runs = len(hub.rows(SyncRun, "id"))
    await office.work()
    assert office.jobs() == [(REPLAY_JOB, JobStatus.DONE, None)]
    assert [status for (status,) in hub.rows(RejectedRecord, "status")] == [RejectionStatus.DISMISSED, RejectionStatus.OPEN]
    assert len(hub.rows(SyncRun, "id")) == runs


def _another(connection: sa.Connection) -> dict[str, Any]:
    """A second record like the first, open."""
    row = dict(connection.execute(sa.select(table_of(RejectedRecord))).mappings().one())
    return row | {"id": 2, "status": RejectionStatus.OPEN, "external_id": "C", "resolved_at": None}
