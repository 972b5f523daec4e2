"""Tiny imports, measured once on each kind of database; the tests look at what came out."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.databases import Databases, PostgresDatabases, SqliteDatabases
from benchmarks.generating import Ledger
from benchmarks.import_rounds import ImportRounds, run_rounds
from benchmarks.importing import FileImport, filled_name
from benchmarks.keeping import Workshop
from benchmarks.processes import here
from tests import postgres

INVOICES = 1_200
"""More than a page holds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One tiny benchmark of the import on one kind of database, and the database that it left behind."""

    databases: Databases
    workshop: Workshop
    ledger: Ledger
    rounds: ImportRounds

    @property
    def url(self) -> str:
        """The database that our import has filled."""
        return self.databases.url(filled_name(self.ledger))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop whose steps run in this process."""
    return Workshop(tmp_path_factory.mktemp("bench"), run=here)


@pytest.fixture(scope="session")
def ledger(workshop: Workshop) -> Ledger:
    """The files that are imported."""
    return workshop.ledger(INVOICES)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def measured(request: pytest.FixtureRequest, workshop: Workshop, ledger: Ledger, *, run_folder: Path, worker: str) -> Generator[Measured]:
    """Two rounds of the import on each kind of database."""
    databases: Databases = SqliteDatabases(workshop.folder / "sqlite")
    if request.param == "postgresql":
        databases = PostgresDatabases(request.getfixturevalue("postgres_server"), prefix=f"{postgres.database_prefix(run_folder)}_{worker}_bench_")
    rounds = run_rounds(databases, FileImport(ledger), workshop.run, rounds=2)
    workshop.note_filled(databases, ledger)
    yield Measured(databases, workshop, ledger, rounds)
    databases.drop(filled_name(ledger))
