"""Trying a connection: what a source that answers, refuses, hangs or breaks comes to, that no secret is told, and that every source is closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from hub.config import ConnectionSettings, Settings
from hub.errors import AuthorisationError, TransientSourceError
from hub.jobs import LocalEngine
from hub.model import Connection, ConnectionTest, Customer, JobRun, SyncRun, table_of
from hub.plugins.connector import ConnectionContext, Feed, FullOpenList, Page, Source
from hub.sync.asked import Asking
from hub.sync.opening import SyncServices, opened_source
from hub.sync.registry import register_declared
from hub.sync.trying import TEST_JOB, do_test, submit_test
from hub.vocabulary import ConnectionKind, ConnectionStatus, ConnectionTestStatus, JobStatus, Stream
from tests.sync.catalogues import catalogue_of
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer
from tests.sync.scripted import ScriptedSource
from tests.sync.test_asked import ToScript

SECRET = "hunter2-and-more"


@dataclass
class Told(ScriptedSource):
    """A source whose list of feeds is what a test says. `closed` counts how often it was closed."""

    answer: Callable[[], Any] = list
    closed: int = 0

    async def feeds(self) -> Sequence[Feed]:
        found = self.answer()
        return (await found) if hasattr(found, "__await__") else found

    async def aclose(self) -> None:
        self.closed += 1


@dataclass
class Careful(ToScript):
    """A connector to it, which sees the secrets of its connection."""

    seen: Mapping[str, str] | None = None

    def open(self, context: ConnectionContext) -> Source:
        self.seen = context.secrets
        return self.source


@dataclass
class Bench:
    """A hub with the books, which can be tried."""

    hub: Hub
    services: SyncServices
    source: Told

    async def try_it(self) -> dict[str, Any]:
        with self.hub.store.write() as connection:
            submit_test(connection, Asking(connection_id=1, by="ada", now=NOON))
        handlers = {TEST_JOB: partial(do_test, self.services, seconds=0.2)}
        await LocalEngine(self.hub.store, self.hub.clock, handlers, zone=self.hub.workspace.time_zone, redact=str, jitter=lambda: 1.0).drain()
        with self.hub.store.read() as connection:
            return dict(connection.execute(sa.select(table_of(ConnectionTest)).order_by(sa.desc("id")).limit(1)).mappings().one())


@pytest.fixture
def bench(hub: Hub, tmp_path: Path) -> Bench:
    source = Told({"customers": [Page(records=[customer()], cursor=None)]})
    books = ConnectionSettings("books", "test", ConnectionKind.ACCOUNTING, secrets={"key": "BOOKS_KEY"})
    settings = Settings(tmp_path, hub.store.url, tmp_path, hub.workspace, connections=(books,))
    catalogue = catalogue_of(Careful(source))
    with hub.store.write() as connection:
        register_declared(connection, settings, now=hub.clock.now())
    return Bench(hub, SyncServices(hub.store, settings, catalogue, hub.clock, {"BOOKS_KEY": SECRET}), source)


async def test_a_source_that_answers_is_told_with_what_can_be_read(bench: Bench) -> None:
    bench.source.answer = lambda: [Feed("customers", (Stream.CUSTOMERS,)), Feed("invoices", (Stream.INVOICES,))]
    found = await bench.try_it()
    assert (found["status"], found["feeds"], found["problem"]) == (ConnectionTestStatus.PASSED, ["customers", "invoices"], None)
    assert found["milliseconds"] >= 0
    assert found["ended_at"] == NOON
    assert bench.source.closed == 1
    assert bench.hub.rows(JobRun, "id", "status") == [(found["job_run_id"], JobStatus.DONE)]
    assert bench.hub.rows(SyncRun, "id") == bench.hub.rows(Customer, "id") == []
    assert bench.source.since_seen == [date(2026, 11, 20)]


async def test_a_source_that_knows_its_feeds_without_asking_is_asked_for_a_page(bench: Bench) -> None:
    bench.source.answer = lambda: [Feed("customers", (Stream.CUSTOMERS,))]
    bench.source.left["customers"] = [AuthorisationError("it refuses our credentials", connection="books")]
    found = await bench.try_it()
    assert (found["status"], found["feeds"], found["problem"]) == (ConnectionTestStatus.FAILED, None, "it refuses our credentials")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (AuthorisationError("GET books.example/x answered 401: it refuses our credentials", connection="books"), "refuses our credentials"),
        (TransientSourceError(f"sent {SECRET} and got nothing", connection="books"), "sent *** and got nothing"),
        (RuntimeError(f"key={SECRET}"), "RuntimeError in test_trying.py"),
    ],
    ids=["refused", "not reached", "a bug"],
)
async def test_what_is_the_matter_is_told_in_words_and_without_secrets(bench: Bench, error: Exception, told: str) -> None:
    def fail() -> Sequence[Feed]:
        raise error

    bench.source.answer = fail
    found = await bench.try_it()
    assert found["status"] is ConnectionTestStatus.FAILED
    assert found["feeds"] is None
    assert told in found["problem"]
    assert SECRET not in str(bench.hub.everything())
    assert bench.source.closed == 1
    assert bench.hub.rows(JobRun, "status", "attempt_count") == [(JobStatus.DONE, 1)]
    assert bench.hub.rows(Connection, "status") == [(ConnectionStatus.ACTIVE,)]


async def test_a_source_that_hangs_is_told_after_the_time_that_it_has(bench: Bench) -> None:
    bench.source.answer = anyio.sleep_forever
    found = await bench.try_it()
    assert (found["status"], found["problem"]) == (ConnectionTestStatus.FAILED, "the source gave no answer within 0.2 seconds")
    assert bench.source.closed == 1
    assert bench.hub.rows(JobRun, "status") == [(JobStatus.DONE,)]


async def test_a_secret_that_is_not_there_is_told_by_the_name_of_its_variable(bench: Bench) -> None:
    bench.services = SyncServices(bench.services.store, bench.services.settings, bench.services.catalogue, bench.services.clock, {})
    found = await bench.try_it()
    assert found["status"] is ConnectionTestStatus.FAILED
    assert "BOOKS_KEY" in found["problem"]


async def test_feeds_that_cannot_be_read_are_a_problem(bench: Bench) -> None:
    lists = FullOpenList(Stream.INVOICES, NOON.date())
    bench.source.answer = lambda: [Feed(name, (Stream.INVOICES,), full_open_list=lists) for name in ("one", "two")]
    found = await bench.try_it()
    assert found["status"] is ConnectionTestStatus.FAILED
    assert "one, two" in found["problem"]


async def test_a_source_is_closed_when_the_work_with_it_fails(bench: Bench) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        async with opened_source(bench.services, bench.services.settings.connections[0]):
            raise RuntimeError("a bug")
    assert bench.source.closed == 1


async def test_a_source_is_closed_when_the_work_with_it_is_cancelled(bench: Bench) -> None:
    with anyio.move_on_after(0.01):
        async with opened_source(bench.services, bench.services.settings.connections[0]):
            await anyio.sleep_forever()
    assert bench.source.closed == 1


async def test_a_source_that_hangs_when_it_is_closed_is_left(bench: Bench) -> None:
    bench.source.aclose = anyio.sleep_forever
    with capture_logs() as logs:
        async with opened_source(bench.services, bench.services.settings.connections[0], closing_seconds=0.01):
            pass
    assert [(entry["log_level"], entry["connection"]) for entry in logs] == [("warning", "books")]
