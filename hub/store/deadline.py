"""A time limit on the statements of one transaction, on both databases."""

import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from hub.errors import StoreError

_STEPS_BETWEEN_CHECKS = 10_000
"""Steps of SQLite's virtual machine; about a millisecond's worth."""
_END = "dunwell_time_limit"
"""Where a connection keeps when the statements of its innermost limit have to end, on the clock that never goes back."""
_USABLE = {"IDLE", "INTRANS"}
"""States of a PostgreSQL session in which it takes a statement: before the first one of a transaction, and between two."""
_CANCELLED = {"57014", "SQLITE_INTERRUPT"}
"""How PostgreSQL and SQLite name a statement that was cancelled."""


class TimeLimitExceededError(StoreError):
    """The statements of a transaction took longer than they may; the caller asks for less."""


@contextmanager
def time_limit(connection: sa.Connection, seconds: float) -> Generator[None]:
    """Let the statements of this transaction run for `seconds` together, then stop the running one and refuse those that follow.

    A statement that is stopped raises what its driver raises; `is_time_limit` tells it from other errors. On PostgreSQL a statement
    that began before the end may run for `seconds` itself. Within another limit the one that ends first counts, and after it the other again.
    """
    outer: float | None = connection.info.get(_END)
    end = min(time.monotonic() + seconds, math.inf if outer is None else outer)

    def refuse_late(*_: object) -> None:
        if time.monotonic() > end:
            raise TimeLimitExceededError(f"the statements took longer than {seconds:g} seconds")

    with _cancelled_by_database(connection, end, outer):
        event.listen(connection, "before_cursor_execute", refuse_late)
        try:
            yield
        finally:
            event.remove(connection, "before_cursor_execute", refuse_late)


def is_time_limit(error: BaseException | None) -> bool:
    """Whether an error says that the statements took longer than they may."""
    if isinstance(error, DBAPIError):
        cause = error.orig
        return bool(_CANCELLED & {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)})
    return isinstance(error, TimeLimitExceededError)


@contextmanager
def _cancelled_by_database(connection: sa.Connection, end: float, outer: float | None) -> Generator[None]:
    """Have the database cancel what runs at `end`, and afterwards at the end of the limit around this one; None: there is none."""
    info, driver = connection.info, connection.connection.driver_connection
    cancel_at = _cancel_sqlite_at if connection.dialect.name == "sqlite" else _cancel_postgresql_at
    cancel_at(connection, driver, end)
    info[_END] = end
    try:
        yield
    finally:
        info[_END] = outer
        cancel_at(connection, driver, outer)


def _cancel_sqlite_at(_connection: sa.Connection, driver: Any, end: float | None) -> None:  # noqa: ANN401 - a connection of sqlite3
    if end is None:
        driver.set_progress_handler(None, 0)
    else:
        driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_CHECKS)


def _cancel_postgresql_at(connection: sa.Connection, driver: Any, end: float | None) -> None:  # noqa: ANN401 - a connection of psycopg
    """None: the limit stays until the transaction ends. After an error nothing can be told; what was told goes with the savepoint that is rolled back."""
    if end is not None and not connection.invalidated and driver.info.transaction_status.name in _USABLE:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int((end - time.monotonic()) * 1000))}")
