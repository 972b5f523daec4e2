"""A database that another process is writing to: who only reads is not kept waiting, and who writes is told what to wait for."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.store.engine import sqlite_path
from tests.cli.test_receivables import CONNECTION, INVOICES, MAPPING
from tests.console import SETTINGS, Console


def path_of(console: Console) -> Path:
    path = sqlite_path(console.url)
    assert path is not None
    return path


@contextmanager
def locked(console: Console) -> Generator[None]:
    """The database while somebody else writes to it."""
    with closing(sqlite3.connect(path_of(console), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def no_waiting() -> Generator[None]:
    """Whoever would wait for another writer is refused at once instead."""

    def be_impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    event.listen(sa.Engine, "connect", be_impatient)
    try:
        yield
    finally:
        event.remove(sa.Engine, "connect", be_impatient)


@pytest.fixture
def books(console: Console) -> Console:
    """A workspace with a connection that was synced, and nothing left to follow up."""
    console.write("plugins.toml", SETTINGS + CONNECTION)
    console.write("books.toml", MAPPING)
    console.write("books.csv", INVOICES)
    console.run("sync").succeeded()
    return console


@pytest.mark.parametrize(
    "command",
    ["receivables --top 1", "connections list", "connections notices", "rejected list", "jobs list", "token list", "rules eval always", "plugins"],
)
def test_a_command_that_reads_is_not_kept_waiting_by_another_process_that_writes(books: Console, command: str) -> None:
    with locked(books), no_waiting():
        books.run(*command.split()).succeeded()


def test_a_command_that_writes_names_the_file_that_another_process_is_writing_to(books: Console) -> None:
    with locked(books), no_waiting():
        answer = books.run("connections", "pause", "books")
    assert (answer.code, answer.err) == (1, f"another process is writing to {path_of(books)}: try again when it is done\n")


def test_a_notice_that_is_due_is_raised_by_the_next_look(books: Console) -> None:
    books.run("connections", "pause", "books", "--reason", "stocktaking").succeeded()
    assert "stocktaking" in books.run("connections", "notices").succeeded().out
    books.run("connections", "resume", "books").succeeded()
    assert "0 open notices" in books.run("connections", "notices").succeeded().out


def test_settings_that_have_changed_are_taken_up_by_the_next_command(books: Console) -> None:
    books.write("plugins.toml", SETTINGS)
    assert "Configured no longer" in books.run("connections", "list").succeeded().out
    books.write("plugins.toml", SETTINGS + CONNECTION)
    assert "Configured no longer" not in books.run("connections", "list").succeeded().out
