"""A tiny sync over HTTP, measured once on each kind of database."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.bare_drivers import open_bare
from benchmarks.bare_pages import rendered_pages
from benchmarks.databases import Databases, PostgresDatabases, SqliteDatabases
from benchmarks.import_rounds import ImportRounds, findings_of, run_rounds
from benchmarks.keeping import Workshop
from benchmarks.processes import here
from benchmarks.syncing import PageSync
from hub.model import Invoice, Settlement, table_of
from hub.store.engine import Store
from tests import postgres

INVOICES, PAGE_SIZE = 300, 100


@dataclass(frozen=True, slots=True)
class Synced:
    """One round of a sync over HTTP, and the database that it left behind."""

    way: PageSync
    rounds: ImportRounds
    url: str

    @property
    def record_count(self) -> int:
        return self.rounds.parsing[0].record_count


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def synced(request: pytest.FixtureRequest, workshop: Workshop, *, run_folder: Path, worker: str) -> Generator[Synced]:
    databases: Databases = SqliteDatabases(workshop.folder / "sqlite")
    if request.param == "postgresql":
        databases = PostgresDatabases(request.getfixturevalue("postgres_server"), prefix=f"{postgres.database_prefix(run_folder)}_{worker}_sync_")
    way = PageSync(workshop.pages(INVOICES, page_size=PAGE_SIZE))
    yield Synced(way, run_rounds(databases, way, here, rounds=1), databases.url(way.name))
    databases.drop(way.name)


def test_our_sync_and_the_bare_loop_land_the_same_rows(synced: Synced) -> None:
    (first,), (bare,) = synced.rounds.first, synced.rounds.bare
    assert first.created_count == synced.record_count > INVOICES * 3 // 2  # customers, invoices, and payments of most of them
    assert synced.rounds.equal_rows > bare.row_count > 3 * synced.record_count  # each with its reference and what its source said


def test_the_loop_goes_page_by_page_as_the_source_does(synced: Synced) -> None:
    (parsing,), (bare,) = synced.rounds.parsing, synced.rounds.bare
    assert bare.page_count == parsing.page_count


def test_each_page_of_the_loop_settles_the_invoices_of_its_payments(synced: Synced) -> None:
    bare = open_bare(synced.url)
    restated = [row[-1] for page in rendered_pages(bare, PAGE_SIZE) if page.restating is not None for row in bare.select(page.restating.query)]
    bare.close()
    store = Store(synced.url)
    with store.read() as connection:
        settled = connection.execute(sa.select(table_of(Settlement).c.invoice_id)).scalars().all()
    store.dispose()
    assert sorted(restated) == sorted(settled)


def test_payments_explain_all_that_invoices_state_as_paid(synced: Synced) -> None:
    store = Store(synced.url)
    invoices = table_of(Invoice).c
    with store.read() as connection:
        unexplained = connection.execute(sa.select(sa.func.count()).where((invoices.residual_paid_minor != 0) | invoices.residual_date.is_not(None)))
        assert unexplained.scalar_one() == 0
    store.dispose()


def test_reading_everything_again_changes_nothing(synced: Synced) -> None:
    (again,) = synced.rounds.again
    assert (again.created_count, again.unchanged_count) == (0, synced.record_count)


def test_a_source_that_takes_its_time_gives_the_same_pages(synced: Synced) -> None:
    slow = PageSync(synced.way.pages, wait_seconds=0.001).read_alone()
    assert (slow.page_count, slow.record_count) == (synced.rounds.parsing[0].page_count, synced.record_count)
    assert slow.seconds > 0.001 * slow.page_count


def test_findings_tell_how_many_records_a_second_the_whole_run_brings(synced: Synced) -> None:
    whole = findings_of(synced.rounds)[-1]
    assert whole.what == "sync over HTTP, whole run against reading and the bare loop"
    assert whole.ours == f"{synced.record_count / synced.rounds.first[0].total_seconds:,.0f}/s"
