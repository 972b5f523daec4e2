"""Fresh databases for the tests: one is migrated once per test run, and every test gets a copy of it."""

import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import make_url

from hub.store.migrate import upgrade
from tests.locking import locked
from tests.postgres import PostgresServer, database_prefix

ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""A test whose claim is decided before the database is asked, so that one kind of it is enough."""

ON_POSTGRESQL = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
"""A test of what SQLite does not have: several who write at a time."""


class Databases(Protocol):
    """Gives databases on one kind of server."""

    @contextmanager
    def fresh(self, *, migrated: bool) -> Generator[str]:
        """The URL of a database that nobody has used, with the tables of the hub or with none; removed at the end."""
        ...

    @contextmanager
    def copied(self, url: str) -> Generator[str]:
        """The URL of a database that begins as a copy of another one of this kind, which nobody is connected to; removed at the end."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteDatabases:
    """One file a database. `worker` tells the processes of a test run apart."""

    run_folder: Path
    worker: str
    _numbers: Iterator[int] = field(default_factory=count, init=False)

    @contextmanager
    def fresh(self, *, migrated: bool) -> Generator[str]:
        """See `Databases`."""
        with self._made_of(self._template() if migrated else None) as url:
            yield url

    @contextmanager
    def copied(self, url: str) -> Generator[str]:
        """See `Databases`."""
        path = Path(url.removeprefix("sqlite:///"))
        _into_one_file(path)
        with self._made_of(path) as copy:
            yield copy

    @contextmanager
    def _made_of(self, template: Path | None) -> Generator[str]:
        path = self.run_folder / f"{self.worker}-{next(self._numbers)}.sqlite"
        if template is not None:
            shutil.copyfile(template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for file in self.run_folder.glob(f"{path.name}*"):  # the write-ahead log lies beside the database
                file.unlink()

    def _template(self) -> Path:
        template = self.run_folder / "template.sqlite"
        with locked(self.run_folder / "template.sqlite.lock"):
            if not template.exists():
                unfinished = template.with_suffix(".unfinished")
                upgrade(f"sqlite:///{unfinished}")
                _into_one_file(unfinished)
                unfinished.rename(template)
        return template


def _into_one_file(path: Path) -> None:
    """Bring all of a SQLite database into the one file that is copied."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """Databases on one server, named so that runs and processes cannot meet."""

    server: PostgresServer
    run_folder: Path
    worker: str
    _numbers: Iterator[int] = field(default_factory=count, init=False)

    @contextmanager
    def fresh(self, *, migrated: bool) -> Generator[str]:
        """See `Databases`."""
        with self._made_of(self._template() if migrated else "template0") as url:
            yield url

    @contextmanager
    def copied(self, url: str) -> Generator[str]:
        """See `Databases`."""
        original = make_url(url).database
        assert original is not None
        with self._made_of(original) as copy:
            yield copy

    @contextmanager
    def _made_of(self, template: str) -> Generator[str]:
        database = f"{database_prefix(self.run_folder)}_{self.worker}_{next(self._numbers)}"
        self.server.create(database, template=template)
        try:
            yield self.server.url_of(database)
        finally:
            self.server.drop(database)

    def _template(self) -> str:
        template = f"{database_prefix(self.run_folder)}_template"
        finished = self.run_folder / "template.postgres"
        with locked(self.run_folder / "template.postgres.lock"):
            if not finished.exists():
                self.server.create(template)
                upgrade(self.server.url_of(template))
                self.server.close(template)
                finished.touch()
        return template
