"""A folder with settings and a database, and the commands run in it as from a shell."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from typer.testing import CliRunner

from hub.cli.main import app
from hub.cli.opening import ExitCode
from hub.model import Row
from hub.store.engine import Store
from hub.store.lock import reading

SETTINGS = """
[workspace]
name = "Test"
base_currency = "EUR"
time_zone = "UTC"
"""

CONSOLE_SCRIPT = Path(sys.executable).parent / "dunwell"

RECORDS_OF_RUNS = frozenset({"sync_run", "event", "sync_notice", "checkpoint", "sweep_mark", "source_field", "connection_notice"})
"""Tables in which every run leaves its trace, whether it changed anything or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and the exit code that it left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - any JSON
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)

    def succeeded(self) -> "Answer":
        """The same, after the assurance that all went well."""
        assert self.code == ExitCode.DONE, (self.code, self.out, self.err)
        return self


@dataclass(frozen=True, slots=True)
class Console:
    """A folder and a database; `url` is the database's."""

    folder: Path
    url: str

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str | Path, **variables: str) -> Answer:
        """A command in this process, with the folder as the working folder."""
        with _logging_restored(), _working_in(self.folder):
            result = CliRunner().invoke(app, [str(one) for one in arguments], env=self.environment(variables), catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The installed command in a process of its own."""
        environment = os.environ | self.environment(variables)
        pipe = subprocess.PIPE
        return subprocess.Popen([CONSOLE_SCRIPT, *arguments], cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)  # noqa: S603 - our own command

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What the commands find in the environment; settings of the shell that runs the tests do not count."""
        return {"DUNWELL_SETTINGS": "", "DUNWELL_VAR": "", "DUNWELL_HOST": "", "PORT": "0", "DUNWELL_DATABASE_URL": self.url, **variables}

    @contextmanager
    def busy(self, connection: str) -> Generator[None]:
        """Another process is syncing a connection."""
        store = Store(self.url)
        try:
            with reading(store, connection):
                yield
        finally:
            store.dispose()

    def digest(self, *, without: Collection[str] = ()) -> dict[str, str]:
        """What every table holds, as one digest a table."""
        store = Store(self.url)
        try:
            with store.read() as connection:
                return {table.name: _digest(connection, table) for table in Row.metadata.sorted_tables if table.name not in without}
        finally:
            store.dispose()

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table, by key."""
        store = Store(self.url)
        try:
            with store.read() as connection:
                return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
        finally:
            store.dispose()


def _digest(connection: sa.Connection, table: sa.Table) -> str:
    digest = blake2b(digest_size=16)
    for row in sorted(repr(tuple(row)) for row in connection.execute(sa.select(table))):
        digest.update(row.encode())
    return digest.hexdigest()


@contextmanager
def _working_in(folder: Path) -> Generator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _logging_restored() -> Generator[None]:
    """Commands set up logging for their process, which here is that of the tests."""
    root = logging.getLogger()
    handlers, level, known = list(root.handlers), root.level, structlog.get_config()
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**known)
