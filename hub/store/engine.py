"""The database engine and the unit of work: one code for SQLite and PostgreSQL.

Everything below is synchronous; `run_in_thread` is the one place where async code crosses into it.
"""

import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection

from hub.errors import StoreError
from hub.money import convert_minor
from hub.store.bulk import instant_text
from rules.dialects import register_functions

T = TypeVar("T")

_WRITE = "dunwell_write"
_BUSY_TIMEOUT_SECONDS = 30
_OWNER_ONLY, _OWNER_ONLY_FOLDER = 0o600, 0o700
_PRIMARY_CODE = 0xFF
"""The bits of an error of SQLite that say its kind; the others say more about it."""


class DatabaseBusyError(exc.OperationalError):
    """Another process was writing to a SQLite file for all the time that a write waited; nothing of it was done. Whoever asked tries again later."""

    def __init__(self, refused: exc.DBAPIError, path: str) -> None:
        """`path` is the file; `refused` is what the driver's error became."""
        super().__init__(refused.statement, refused.params, refused.orig or refused, hide_parameters=True)
        self.path = path


class Store:
    """A database and the transactions on it.

    `write` holds the only write transaction of a SQLite file (BEGIN IMMEDIATE), so that a read never turns into a failing write.
    Whoever opens one of them owns it: nobody else commits.
    """

    def __init__(self, url: str) -> None:
        """Prepare the engine; nothing is opened before the first use. Raises StoreError for a URL that no supported database has."""
        self.url = url
        self._engine = _create_engine(url)
        self._hints: list[Callable[[], None]] = []

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def engine(self) -> sa.Engine:
        """The SQLAlchemy engine, for migrations and statement counters."""
        return self._engine

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """One read transaction: everything in it sees the same state, and a write in it is an error."""
        options = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            if self.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                yield connection
            finally:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = OFF")

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """One write transaction, committed at the end or rolled back whole when an error leaves it."""
        with self._engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
            yield connection
        for hint in tuple(self._hints):
            hint()

    @contextmanager
    def hinting(self, hint: Callable[[], None]) -> Generator[None]:
        """Within this block `hint` is called after each commit of this store, in the thread that committed; it must neither fail nor take long.

        Other processes commit without a hint, so nobody may rely on hints alone.
        """
        self._hints.append(hint)
        try:
            yield
        finally:
            self._hints.remove(hint)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


async def run_in_thread(function: Callable[[], T]) -> T:
    """Run store work off the event loop; cancelling waits for it, so that a transaction is never left half way."""
    return await anyio.to_thread.run_sync(function)


@asynccontextmanager
async def opened_in_thread(manager: AbstractContextManager[T]) -> AsyncGenerator[T]:
    """Enter and leave a context off the event loop, for a database that is away keeps whoever asks it waiting. The context sees no error."""
    with ExitStack() as stack:
        try:
            yield await run_in_thread(partial(stack.enter_context, manager))
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_thread(stack.close)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for another database."""
    parsed = sa.make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _create_engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        message = f"{url!r} is no database URL; use sqlite:///var/dunwell.db or postgresql+psycopg://user@host/name"
        raise StoreError(message) from error
    if parsed.get_backend_name() == "sqlite":
        return _create_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True, pool_size=5, max_overflow=10)
    message = f"database {parsed.get_backend_name()!r} is not supported; use SQLite or PostgreSQL"
    raise StoreError(message)


def _create_sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        message = "an in-memory SQLite database would forget everything; name a file, such as sqlite:///var/dunwell.db"
        raise StoreError(message)
    Path(url.database).parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    sqlite3.register_adapter(date, date.isoformat)
    sqlite3.register_adapter(datetime, instant_text)
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False})
    event.listen(engine, "do_connect", partial(_make_private, Path(url.database)))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _name_busy_file)
    return engine


def _make_private(path: Path, *_: object) -> None:
    """Make a database that is not there yet for the owner alone, since it holds personal data; SQLite gives its side files the same mode."""
    with suppress(OSError):  # it is there; or it cannot be made, which SQLite says in its own words
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    raw: Any = connection
    raw.isolation_level = None
    raw.create_function("convert_minor", 3, _convert_or_null, deterministic=True)
    register_functions(raw)
    cursor = raw.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _convert_or_null(amount: int | None, numerator: int | None, denominator: int | None) -> int | None:
    if amount is None or numerator is None or denominator is None:
        return None
    return convert_minor(amount, numerator, denominator)


def _name_busy_file(context: sa.ExceptionContext) -> DatabaseBusyError | None:
    """An event of SQLAlchemy: what is to be raised where the file is locked; None: what the driver's error became."""
    cause, refused = context.original_exception, context.sqlalchemy_exception
    is_busy = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & _PRIMARY_CODE in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    if is_busy and isinstance(refused, exc.DBAPIError) and context.engine is not None:
        return DatabaseBusyError(refused, context.engine.url.database or "")
    return None


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")
