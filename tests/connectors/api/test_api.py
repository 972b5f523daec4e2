"""connectors/api: a connection that is pushed to is declared like any other, has nothing to read, and nobody misses its runs."""

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.api.source import PushedSource
from hub.clock import FixedClock
from hub.config import ConnectionSettings, load_settings
from hub.errors import ConfigurationError, SourceContractError
from hub.identity.connections import check_connections
from hub.jobs import JobHandle
from hub.model import ConnectionNotice, CustomerMerge, JobRun, SyncRun
from hub.plugins import CrossReference, Feed, Stream
from hub.plugins.host import load_plugins
from hub.store.engine import Store
from hub.sync.connection_facts import read_health
from hub.sync.jobs import SyncJobs
from hub.sync.opening import SyncServices, find_connection
from hub.sync.pushing import FOLLOW_UP_JOB, Push
from hub.sync.registry import register_declared
from hub.sync.service import SyncOptions, sync_connection
from hub.sync.watching import watch_connections
from hub.vocabulary import SyncRunStatus
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer, invoice

SETTINGS = """
[workspace]
name = "Test"
base_currency = "EUR"
time_zone = "Europe/Berlin"

[connections.shop]
connector = "api"
kind = "API"
"""


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Generator[SyncServices]:
    (tmp_path / "plugins.toml").write_text(SETTINGS)
    settings = load_settings(tmp_path / "plugins.toml", {"DUNWELL_DATABASE_URL": database_url})
    catalogue = load_plugins(settings, FixedClock(NOON), environ={}, built_in=("connectors.api.plugin",), installed=())
    store = Store(database_url)
    with store.write() as connection:
        register_declared(connection, settings, now=NOON)
    yield SyncServices(store, settings, catalogue, FixedClock(NOON))
    store.dispose()


def health(services: SyncServices) -> tuple[str, str]:
    zone = services.settings.workspace.time_zone
    with services.store.read() as connection:
        found = read_health(connection, [1], now=NOON, zone=zone)[1]
    return found.state.value, found.summary


def test_it_is_declared_like_any_other(services: SyncServices) -> None:
    check_connections(services.settings, services.catalogue)
    [info] = services.catalogue.connector_infos()
    assert (info.name, info.takes_pushes, set(info.streams)) == (
        "api",
        True,
        {Stream.CUSTOMERS, Stream.CONTACTS, Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS, Stream.EXCHANGE_RATES},
    )


@pytest.mark.parametrize("wrong", ['kind = "CRM"', 'kind = "API"\noptions = { colour = "red" }', 'kind = "API"\nstreams = ["SUBSCRIPTIONS"]'])
def test_what_does_not_fit_it_stops_the_start(services: SyncServices, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "plugins.toml").write_text(SETTINGS.replace('kind = "API"', wrong))
    with pytest.raises(ConfigurationError):
        check_connections(load_settings(tmp_path / "plugins.toml", {}), services.catalogue)


def shop(services: SyncServices) -> ConnectionSettings:
    with services.store.read() as connection:
        return find_connection(connection, services.settings, "shop")


async def test_a_sync_of_it_succeeds_and_reads_nothing(services: SyncServices) -> None:
    report = await sync_connection(services, shop(services), SyncOptions())
    assert (report.status, report.feeds) == (SyncRunStatus.SUCCEEDED, [])


async def test_a_sync_of_it_leaves_what_was_pushed(services: SyncServices) -> None:
    with services.store.write() as connection:
        Push(connection, services.settings, services.clock, connection_id=1, connection_name="shop", actor="ada").land([customer(), invoice()])
    hub = Hub(services.store, services.settings.workspace)
    before = hub.everything()
    await sync_connection(services, shop(services), SyncOptions(is_full=True))
    after = hub.everything()
    assert {name: rows for name, rows in after.items() if name not in {"unmatched_customer", "figures_state", "match_key"}} == {
        name: rows for name, rows in before.items() if name not in {"unmatched_customer", "figures_state", "match_key"}
    }
    assert hub.rows(SyncRun, "trigger", "status") == [("PUSH", SyncRunStatus.SUCCEEDED), ("MANUAL", SyncRunStatus.SUCCEEDED)]


async def test_there_is_no_feed_to_read() -> None:
    with pytest.raises(SourceContractError, match="pushed"):
        await anext(PushedSource("shop").read(Feed("all", ()), cursor=None, since=None))


def test_nobody_misses_its_runs(services: SyncServices) -> None:
    with services.store.write() as connection:
        watch_connections(connection, now=NOON + timedelta(days=30))
    assert Hub(services.store, services.settings.workspace).rows(ConnectionNotice, "kind") == []


def test_its_health_tells_of_pushes(services: SyncServices) -> None:
    assert health(services) == ("NEVER_RUN", "Nothing was pushed yet")
    with services.store.write() as connection:
        Push(connection, services.settings, services.clock, connection_id=1, connection_name="shop", actor="ada").land([customer()])
    assert health(services) == ("HEALTHY", "Takes what is pushed; its last run ended at 13:00")
    with services.store.write() as connection:
        Push(connection, services.settings, services.clock, connection_id=1, connection_name="shop", actor="ada").land([customer("")])
    assert health(services) == ("ATTENTION", "1 record was refused (`dunwell rejected list`)")


async def test_the_job_of_a_push_finds_who_the_customers_are(services: SyncServices) -> None:
    hub = Hub(services.store, services.settings.workspace)
    await hub.sync([customer("B1", name="Ida Ltd")], name="books")
    with services.store.write() as connection:
        pushing = Push(connection, services.settings, services.clock, connection_id=1, connection_name="shop", actor="ada")
        pushing.land([customer("C1", name="Ida Limited", known_as=[CrossReference(external_id="B1", connection="books")])])
    assert hub.rows(CustomerMerge, "id") == []
    [(job_id, kind)] = hub.rows(JobRun, "id", "kind")
    assert kind == FOLLOW_UP_JOB
    jobs = SyncJobs(services)
    handle = JobHandle(id=job_id, kind=kind, key="", lock=None, epoch=1, attempt_count=1, payload=None, connection_id=None)
    await jobs.follow_up(handle)
    await jobs.follow_up(handle)
    assert len(hub.rows(CustomerMerge, "id")) == 1
