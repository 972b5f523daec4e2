"""A rehearsal: real writes in one transaction that is always rolled back, so that a preview is what would happen."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from hub.store.engine import Store
from hub.store.lock import rehearse_on

_MEETINGS = {"23505", "40P01"}
"""How PostgreSQL names a row that is there already, and two who wait for each other. SQLite has one writer, so nobody meets another there."""


class Transactions(Protocol):
    """Where units of work come from: the store itself, or a rehearsal on it."""

    def read(self) -> AbstractContextManager[sa.Connection]:
        """One read transaction."""
        ...

    def write(self) -> AbstractContextManager[sa.Connection]:
        """One write transaction, whole or not at all."""
        ...


class Rehearsal:
    """The store's transactions as savepoints of one that ends in a rollback. On SQLite it is the only writer while it lasts."""

    def __init__(self, connection: sa.Connection) -> None:
        """Rehearse on a connection whose transaction the caller rolls back."""
        self._connection = connection

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """The rehearsed state."""
        yield self._connection

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """A savepoint: undone when an error leaves it, kept until the rehearsal ends otherwise."""
        with self._connection.begin_nested():
            yield self._connection


def is_meeting(error: exc.DBAPIError) -> bool:
    """Whether a savepoint of a rehearsal failed because another transaction was writing the same rows, and has a chance once that has ended."""
    return getattr(error.orig, "sqlstate", None) in _MEETINGS


@contextmanager
def rehearsal(store: Store) -> Generator[Rehearsal]:
    """Rehearse on a store; nothing of it remains."""
    with store.write() as connection:
        rehearse_on(connection)
        transaction = connection.begin_nested()
        try:
            yield Rehearsal(connection)
        finally:
            transaction.rollback()
