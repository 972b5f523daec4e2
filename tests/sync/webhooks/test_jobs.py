"""The job of webhooks and what looks after it: events of a connection that is stopped wait, and refused credentials stop it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from hub.config import ConnectionSettings, Settings
from hub.errors import AuthorisationError
from hub.jobs import LocalEngine
from hub.jobs.standing import keep_standing
from hub.model import Connection, ConnectionNotice, Customer, JobRun, table_of
from hub.plugins.connector import ConnectionContext, ConnectorFacts, Source, StreamFacts
from hub.sync.jobs import WATCH_JOB, WEBHOOKS_JOB, SyncJobs, submit_webhooks
from hub.sync.opening import SyncServices
from hub.sync.pausing import pause_connection, resume_connection
from hub.sync.registry import register_declared
from hub.vocabulary import ConnectionKind, ConnectionStatus, JobStatus, NoticeKind, Stream, WebhookEventStatus
from tests.sync.catalogues import catalogue_of
from tests.sync.conftest import Hub
from tests.sync.records import customer
from tests.sync.webhooks.world import System, hint, item, statuses, tell

LOOK = timedelta(minutes=5)


@dataclass
class ToSystem:
    """A connector to one system of the tests."""

    system: System
    name = "test"
    title = "A system of the tests"
    kinds = (ConnectionKind.ACCOUNTING,)
    facts = ConnectorFacts(streams=(StreamFacts(Stream.CUSTOMERS, is_fetchable=True),))
    webhooks = None
    option_names = frozenset[str]()

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        del options, directory
        return []

    def open(self, context: ConnectionContext) -> Source:
        del context
        return self.system


@dataclass
class Working:
    """A hub with the books, whose jobs run when they are told to."""

    hub: Hub
    services: SyncServices
    system: System = field(default_factory=lambda: System([customer("C1")]))

    async def look(self, times: int = 1) -> None:
        """Let every job run that is due, five minutes pass, and so on."""
        for _ in range(times):
            jobs = SyncJobs(self.services)
            handlers = {WATCH_JOB: jobs.watch, WEBHOOKS_JOB: jobs.webhooks}
            engine = LocalEngine(self.hub.store, self.hub.clock, handlers, zone=self.hub.workspace.time_zone, redact=str, jitter=lambda: 1.0)
            with capture_logs():
                await engine.drain()
            self.hub.clock.move_to(self.hub.clock.now() + LOOK)

    def set_status(self, status: ConnectionStatus) -> None:
        with self.hub.store.write() as connection:
            connection.execute(sa.update(table_of(Connection)).values(status=status))

    def webhook_jobs(self) -> Counter[JobStatus]:
        return Counter(status for kind, status in self.hub.rows(JobRun, "kind", "status") if kind == WEBHOOKS_JOB)


@pytest.fixture
def working(hub: Hub, tmp_path: Path) -> Working:
    system = System([customer("C1")])
    settings = Settings(tmp_path, hub.store.url, tmp_path, hub.workspace, connections=(ConnectionSettings("books", "test", ConnectionKind.ACCOUNTING),))
    catalogue = catalogue_of(ToSystem(system))
    services = SyncServices(hub.store, settings, catalogue, hub.clock, {})
    with hub.store.write() as connection:
        register_declared(connection, settings, now=hub.clock.now())
        keep_standing(connection, {"watch connections": (WATCH_JOB, LOOK)}, now=hub.clock.now())
    tell(hub, item(1, hint("C1")))
    return Working(hub, services, system)


async def test_events_that_nobody_works_on_are_found_and_applied(working: Working) -> None:
    await working.look(2)
    assert statuses(working.hub) == [WebhookEventStatus.APPLIED]
    assert len(working.hub.rows(Customer, "id")) == 1


async def test_events_that_came_while_the_clock_was_ahead_are_found_and_applied(working: Working) -> None:
    right = working.hub.clock.now()
    await working.look(2)
    working.hub.clock.move_to(right + timedelta(days=365))
    tell(working.hub, item(2, hint("C1")))
    working.hub.clock.move_to(right + timedelta(hours=1))
    await working.look(2)
    assert statuses(working.hub) == [WebhookEventStatus.APPLIED] * 2


@pytest.mark.parametrize("status", [ConnectionStatus.PAUSED, ConnectionStatus.NEEDS_AUTHORISATION, ConnectionStatus.REMOVED])
async def test_a_connection_that_is_stopped_is_left_alone_and_makes_no_jobs(working: Working, status: ConnectionStatus) -> None:
    working.set_status(status)
    await working.look(12)
    assert (working.webhook_jobs(), working.system.fetched) == (Counter(), [])
    assert statuses(working.hub) == [WebhookEventStatus.PENDING]


async def test_a_job_of_a_connection_that_was_stopped_meanwhile_ends_and_the_events_wait_until_it_runs_again(working: Working) -> None:
    hub = working.hub
    with hub.store.write() as connection:
        submit_webhooks(connection, 1, services=working.services)
        pause_connection(connection, "books", reason="holiday", now=hub.clock.now(), by="me")
    await working.look()
    assert (working.webhook_jobs(), statuses(hub)) == (Counter([JobStatus.DONE]), [WebhookEventStatus.PENDING])
    with hub.store.write() as connection:
        resume_connection(connection, "books", now=hub.clock.now(), by="me")
    await working.look(2)
    assert statuses(hub) == [WebhookEventStatus.APPLIED]


async def test_refused_credentials_stop_the_connection_which_is_told_and_not_asked_again(working: Working) -> None:
    hub = working.hub
    working.system.failing = [AuthorisationError("the token was revoked", connection="books") for _ in range(20)]
    await working.look(12)
    assert len(working.system.failing) == 19
    assert working.webhook_jobs() == Counter([JobStatus.DEAD])
    assert hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.NEEDS_AUTHORISATION, "the token was revoked")]
    assert hub.rows(ConnectionNotice, "kind", "resolved_at") == [(NoticeKind.NEEDS_AUTHORISATION, None)]
