"""hub/sync/service.py and replay.py: a run under its lock, a preview without a trace, refused records again."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from hub.clock import FixedClock
from hub.config import ConnectionSettings, load_settings
from hub.errors import ConflictError, NotFoundError, RequestError
from hub.model import Checkpoint, Connection, CustomerFigures, ExchangeRate, FiguresState, Invoice, RejectedRecord, table_of
from hub.plugins.host import load_plugins
from hub.store.engine import Store
from hub.store.lock import reading
from hub.sync.opening import SyncServices, find_connection
from hub.sync.rate_sources import sync_rates
from hub.sync.replay import dismiss_rejected, replay_rejected
from hub.sync.request import Progress
from hub.sync.service import SyncOptions, preview_connection, sync_connection
from hub.vocabulary import ConnectionKind, RejectionStatus, Stream, SyncRunStatus
from tests.databases import ON_POSTGRESQL
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer, invoice

SETTINGS = """
[workspace]
name = "Test"
base_currency = "EUR"
time_zone = "Europe/Berlin"

[[plugins]]
module = "connectors.declared_rates.plugin"
options.rates = [{ currency = "USD", date = 2026-01-01, rate = "0.9" }]

[connections.books]
connector = "files"
kind = "FILES"
options = { path = "invoices.csv", mapping = "invoices.toml" }
"""

MAPPING = """
name = "invoices"
date_order = "YMD"
currency = "EUR"

[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Customer"

[[parts]]
record = "invoice"
fields.external_id = "Number"
fields.number = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.due_date = "Due"
fields.total = "Amount"
"""

ROWS = "Number,Customer,Date,Due,Amount\nA1,Ida,2026-09-01,2026-10-01,100.00\nA2,Ida,2026-11-01,2026-12-01,50.00\n"


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Generator[SyncServices]:
    (tmp_path / "plugins.toml").write_text(SETTINGS)
    (tmp_path / "invoices.toml").write_text(MAPPING)
    (tmp_path / "invoices.csv").write_text(ROWS)
    settings = load_settings(tmp_path / "plugins.toml", {"DUNWELL_DATABASE_URL": database_url})
    clock = FixedClock(NOON)
    catalogue = load_plugins(settings, clock, environ={}, built_in=("connectors.files.plugin", "connectors.declared_rates.plugin"), installed=())
    store = Store(database_url)
    yield SyncServices(store, settings, catalogue, clock)
    store.dispose()


def hub_of(services: SyncServices) -> Hub:
    return Hub(services.store, services.settings.workspace)


def books(services: SyncServices) -> ConnectionSettings:
    return find(services, "books")


def find(services: SyncServices, name: str) -> ConnectionSettings:
    with services.store.read() as connection:
        return find_connection(connection, services.settings, name)


async def test_a_preview_says_what_would_happen_and_leaves_no_trace(services: SyncServices) -> None:
    hub = hub_of(services)
    before = hub.everything()
    preview = await preview_connection(services, books(services), SyncOptions())
    assert preview.report.total("created") == 3
    assert (preview.before.outstanding_minor, preview.after.outstanding_minor) == (0, 15000)
    assert hub.everything() == before
    report = await sync_connection(services, books(services), SyncOptions())
    assert report.total("created") == 3
    assert hub.rows(CustomerFigures, "outstanding_minor", "overdue_minor") == [(15000, 10000)]


async def test_a_preview_shows_the_fields_that_would_change(services: SyncServices) -> None:
    await sync_connection(services, books(services), SyncOptions())
    path = services.settings.directory / "invoices.csv"
    path.write_text(ROWS.replace("2026-12-01", "2026-12-15"))
    preview = await preview_connection(services, books(services), SyncOptions())
    assert [(change.field, change.old_value, change.new_value) for change in preview.changes] == [("due_date", '"2026-12-01"', '"2026-12-15"')]
    assert hub_of(services).rows(Checkpoint, "feed") == [("invoices",)]


async def test_others_write_while_a_preview_goes_on_and_it_leaves_no_copy(services: SyncServices) -> None:
    hub, seen = hub_of(services), list[str]()

    def write_beside(progress: Progress) -> None:
        """Whoever waited for the preview here would wait in vain: it goes on behind this."""
        hub.connect(f"beside {len(seen)}")
        seen.append(progress.feed)

    preview = await preview_connection(services, books(services), SyncOptions(on_progress=write_beside))
    assert (preview.report.total("created"), seen) == (3, ["invoices"])
    assert hub.rows(Connection, "name") == [("beside 0",)]
    assert list((services.settings.var_directory / "uploads").iterdir()) == []


@ON_POSTGRESQL
async def test_a_preview_for_which_others_would_wait_too_long_is_given_up(services: SyncServices) -> None:
    with pytest.raises(RequestError, match="more than 0 seconds: preview a part"):
        await preview_connection(services, books(services), SyncOptions(), seconds=0.0)
    assert hub_of(services).rows(Invoice, "id") == []


_ANYONE_WAITS = sa.text("SELECT pg_sleep(0.01), count(*) AS waiting FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")


@ON_POSTGRESQL
async def test_a_preview_that_meets_another_who_turns_the_date_takes_that_step_again(services: SyncServices) -> None:
    day, table = date(2026, 11, 20), table_of(FiguresState)
    state = {"business_date": day, "base_currency": "EUR", "settings_digest": "of other settings"}

    def turn_beside() -> None:
        """Turn, and commit once the preview waits for it."""
        with services.store.write() as connection:
            connection.execute(sa.insert(table).values(id=1, **state))
            begun.set()
            assert any(connection.execute(_ANYONE_WAITS).one().waiting for _ in range(2_000))

    begun = Event()
    with ThreadPoolExecutor(1) as beside:
        turned = beside.submit(turn_beside)
        assert begun.wait(timeout=30)
        preview = await preview_connection(services, books(services), SyncOptions())
        turned.result(timeout=30)
    assert preview.report.total("created") == 3
    assert (preview.before.outstanding_minor, preview.after.outstanding_minor) == (0, 15000)
    assert hub_of(services).rows(FiguresState, "settings_digest") == [("of other settings",)]


@pytest.mark.parametrize(("asked", "taken", "created", "skipped"), [("CUSTOMERS", None, 3, 0), ("CUSTOMERS", "CUSTOMERS", 1, 2), (None, "CUSTOMERS", 1, 2)])
async def test_what_is_asked_for_chooses_feeds_and_what_is_taken_records(
    services: SyncServices, *, asked: str | None, taken: str | None, created: int, skipped: int
) -> None:
    connection = replace(books(services), streams=None if taken is None else (Stream[taken],))
    report = await sync_connection(services, connection, SyncOptions(streams=None if asked is None else frozenset({Stream[asked]})))
    assert (report.total("created"), report.total("skipped")) == (created, skipped)


async def test_two_runs_of_one_connection_do_not_meet(services: SyncServices) -> None:
    with reading(services.store, "books"), pytest.raises(ConflictError, match="another process"):
        await sync_connection(services, books(services), SyncOptions())
    assert (await sync_connection(services, books(services), SyncOptions())).status is SyncRunStatus.SUCCEEDED


async def test_a_missing_file_fails_the_run_and_says_which(services: SyncServices) -> None:
    (services.settings.directory / "invoices.csv").unlink()
    report = await sync_connection(services, books(services), SyncOptions())
    assert report.status is SyncRunStatus.FAILED
    assert "invoices.csv" in str(report.error)


async def test_an_unknown_connection_is_told_with_those_there_are(services: SyncServices) -> None:
    with pytest.raises(NotFoundError, match="books"):
        find(services, "boks")


async def test_an_unknown_connector_is_told_with_those_there_are(services: SyncServices) -> None:
    with pytest.raises(NotFoundError, match="files"):
        await sync_connection(services, ConnectionSettings("x", "ledger", ConnectionKind.FILES), SyncOptions())


async def test_declared_rates_land_and_convert(services: SyncServices) -> None:
    hub = hub_of(services)
    await hub.sync([customer(), invoice(currency="USD")])
    report = await sync_rates(services, "declared")
    assert report.total("created") == 1
    assert hub.rows(ExchangeRate, "currency", "source") == [("USD", "rates-declared")]
    assert hub.rows(Invoice, "converted_due_minor") == [(9000,)]


async def test_a_rejected_record_is_replayed_when_its_cause_is_gone(services: SyncServices) -> None:
    hub = hub_of(services)
    await hub.sync([customer("A", parent_external_id="B"), customer("B", parent_external_id="A")])
    assert hub.rows(RejectedRecord, "external_id") == [("B",)]
    await hub.sync([customer("A")])
    before = hub.rows(Checkpoint, "feed", "data_as_of")
    report = await replay_rejected(services, "books")
    assert report.total("created") == 1
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]
    assert hub.rows(Checkpoint, "feed", "data_as_of") == before


async def test_what_was_never_mapped_cannot_be_replayed_and_says_what_to_do(services: SyncServices) -> None:
    (services.settings.directory / "invoices.csv").write_text(ROWS.replace("100.00", "a lot"))
    await sync_connection(services, books(services), SyncOptions())
    with pytest.raises(RequestError, match="import it again"):
        await replay_rejected(services, "books")


async def test_a_dismissed_record_is_closed_without_being_applied(services: SyncServices) -> None:
    hub = hub_of(services)
    await hub.sync([customer(), invoice(number="x" * 300)])
    with services.store.write() as connection:
        assert dismiss_rejected(connection, [1, 99], now=NOON) == 1
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.DISMISSED,)]
