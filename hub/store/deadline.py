"""A time limit on the statements of one transaction, on both databases."""

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
_CANCELLED = {"57014", "SQLITE_INTERRUPT"}
"""How PostgreSQL and SQLite name a statement that was cancelled."""


class TimeLimitExceededError(StoreError):
    """The statements of a transaction took longer than they may; the caller asks for less."""


@contextmanager
def time_limit(connection: sa.Connection, seconds: float) -> Generator[None]:
    """Let the statements of this transaction run for `seconds` together, then stop the running one and refuse those that follow.

    A statement that is stopped raises what its driver raises; `is_time_limit` tells it from other errors. On PostgreSQL a statement
    that began before the end may run for `seconds` itself.
    """
    end = time.monotonic() + seconds

    def refuse_late(*_: object) -> None:
        if time.monotonic() > end:
            raise TimeLimitExceededError(f"the statements took longer than {seconds:g} seconds")

    with _cancelled_by_database(connection, seconds, end):
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
def _cancelled_by_database(connection: sa.Connection, seconds: float, end: float) -> Generator[None]:
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_CHECKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
