"""A tiny push through the application, measured once on each kind of database."""

from pathlib import Path

import pytest

from benchmarks.databases import Databases, PostgresDatabases, SqliteDatabases
from benchmarks.importing import FileImport
from benchmarks.keeping import Workshop
from benchmarks.pushing import measure_pushing, push_ledger, require_same
from tests import postgres
from tests.databases import ON_SQLITE

INVOICES = 1_100
"""More than a batch holds."""


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, workshop: Workshop, run_folder: Path, worker: str) -> Databases:  # noqa: PLR0917 - fixtures
    if request.param == "postgresql":
        return PostgresDatabases(request.getfixturevalue("postgres_server"), prefix=f"{postgres.database_prefix(run_folder)}_{worker}_push_")
    return SqliteDatabases(workshop.folder / "sqlite")


def test_a_push_and_an_import_land_the_same_amounts_and_are_compared(databases: Databases, workshop: Workshop) -> None:
    findings = measure_pushing(databases, workshop, invoice_count=INVOICES, rounds=1)
    assert [found.what.split(",")[0] for found in findings] == ["push"] * 3
    assert findings[0].target == pytest.approx(1 / 0.6)
    assert findings[-1].ratio > 0  # the others are of differences between times, which may be anything in a push as small as this


@ON_SQLITE
def test_other_amounts_are_found(databases: Databases, workshop: Workshop) -> None:
    ours, reference = databases.make("pushed"), databases.make("imported")
    times = push_ledger(ours, workshop.ledger(INVOICES))
    assert times.record_count == INVOICES + INVOICES // 10
    assert 0 < times.transaction_seconds < times.total_seconds
    way = FileImport(workshop.ledger(INVOICES // 2))
    way.prepare(reference)
    way.land(reference)
    with pytest.raises(AssertionError, match="did not land the same"):
        require_same(ours, reference)
    databases.drop("pushed")
    databases.drop("imported")
