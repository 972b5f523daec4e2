"""What every test has: no network, and a fresh database on SQLite and on PostgreSQL."""

import gc
import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from hub.app.memory import settle_memory
from hub.store.engine import Store
from tests import postgres
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.network import only_loopback
from tests.plain_logs import plain_logs
from tests.postgres import PostgresServer
from tests.run_folder import RUN_FOLDER, make_run_folder
from tests.statements import shared_statements

_MANY_PASSES = 5
"""After so many passes over younger objects, all objects are looked through between two tests; what stays, such as compiled statements, never again."""

# --- the test run ---------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the processes of this run share; the process that makes it removes it."""
    gc.disable()  # until all tests are collected: they stay
    _keep_bytecode()
    if RUN_FOLDER not in os.environ:
        folder = make_run_folder()
        os.environ[RUN_FOLDER] = str(folder)
        config.add_cleanup(lambda: _close_run(folder))


def pytest_collection_finish() -> None:
    """Do as a process of the hub does: whatever is loaded by now is never looked through again."""
    gc.enable()
    settle_memory()


def pytest_runtest_logfinish() -> None:
    """Look for cycles between tests, when what the last one used is let go: all that statements consist of would be looked through time and again."""
    if gc.get_count()[2] >= _MANY_PASSES:
        settle_memory()


def _keep_bytecode() -> None:
    """Let Python keep what it compiles: images of containers forbid it, and then every command that a test starts compiles the hub first."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _close_run(folder: Path) -> None:
    postgres.stop(folder)
    del os.environ[RUN_FOLDER]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder that the processes of this test run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this process in the test run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Generator[None]:
    """Refuse every connection that leaves this machine."""
    with only_loopback():
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_traces() -> Generator[None]:
    """Log without drawing."""
    with plain_logs():
        yield


@pytest.fixture(scope="session", autouse=True)
def familiar_statements() -> Generator[None]:
    """Compile each statement once."""
    with shared_statements():
        yield


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_databases(run_folder: Path, worker: str) -> Databases:
    """Gives SQLite databases."""
    return SqliteDatabases(run_folder, worker)


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> Generator[PostgresServer]:
    """The PostgreSQL server; the first use starts it."""
    with postgres.start(run_folder) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_databases(postgres_server: PostgresServer, run_folder: Path, worker: str) -> Databases:
    """Gives PostgreSQL databases."""
    return PostgresDatabases(postgres_server, run_folder, worker)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Gives databases on each kind of server in turn, so the test runs on both."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def database_url(databases: Databases) -> Generator[str]:
    """A fresh database with the tables of the hub, on SQLite and on PostgreSQL."""
    with databases.fresh(migrated=True) as url:
        yield url


@pytest.fixture
def empty_database_url(databases: Databases) -> Generator[str]:
    """A fresh database with no table at all, on SQLite and on PostgreSQL; for tests of the migrations."""
    with databases.fresh(migrated=False) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    """The hub's store with empty tables, on each database."""
    found = Store(database_url)
    yield found
    found.dispose()
