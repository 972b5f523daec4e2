"""Who may write when: a named lock that vanishes with the process that holds it, and the lock of the books within a transaction.

Pages share the books; what rewrites kept amounts or figures of many customers owns them: the turn of the date, a refresh, rates, what people do
to identity, and a page that may change which connection speaks for a customer.
Take the lock first in a transaction, before anything is read. SQLite has one writer, so there it is nothing.
"""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from hub.errors import ConflictError
from hub.store.engine import Store, sqlite_path

_BOOKS = 0x44756E77  # any number that stays the same

_MAKING = 0x6D616B65
_RULES = 0x72756C65
_TURNS = 0x7475726E
_TURN_KEYS = 2**31 - 1  # the second key of a lock has 32 bits

_REHEARSED = "dunwell_rehearsal"


def share_books(connection: sa.Connection) -> None:
    """Write beside others who share the books, until the transaction ends; waits for whoever owns them."""
    if counts_among_others(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_BOOKS)))


def own_books(connection: sa.Connection) -> None:
    """Be the only writer of the books until the transaction ends."""
    if counts_among_others(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_BOOKS)))


def settle_alone(connection: sa.Connection) -> None:
    """Be the only one who decides which connections there are until the transaction ends: two who fit what is there may not fit each other."""
    if counts_among_others(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))


def name_rules_alone(connection: sa.Connection) -> None:
    """Be the only one who names or adds rule sets until the transaction ends: a name that is free for two is free for one of them."""
    if counts_among_others(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_RULES)))


def take_turns(connection: sa.Connection, connection_id: int) -> None:
    """Write one after the other for one connection to an outside system, until the transaction ends.

    Two pages of one connection may touch the same document; each must see what the other has done before it adds amounts up.
    """
    if counts_among_others(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURNS, connection_id % _TURN_KEYS)))


def take_if_free(connection: sa.Connection, name: bytes) -> bool:
    """Be the only transaction with a name until it ends; false, at once, when another one is. On SQLite no other one writes anyhow."""
    if not counts_among_others(connection):
        return True
    key = int.from_bytes(blake2b(name, digest_size=8).digest(), signed=True)
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(key))).scalar_one())


def counts_among_others(connection: sa.Connection) -> bool:
    """Whether what a connection writes counts among others; that of a rehearsal never does, and it keeps nobody waiting here."""
    return connection.dialect.name == "postgresql" and not connection.get_execution_options().get(_REHEARSED)


def rehearse_on(connection: sa.Connection) -> None:
    """Mark a connection as a rehearsal's for as long as it is checked out."""
    connection.execution_options(**{_REHEARSED: True})


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is held. `still_held` asks whether it is even now: a server may end the session, and a person delete the file."""

    still_held: Callable[[], bool]


@contextmanager
def exclusive(store: Store, name: str, *, taken: str | None = None) -> Generator[Held]:
    """Hold the lock `name` of a database: a file lock beside a SQLite file, an advisory lock in PostgreSQL.

    Raises ConflictError, with the text `taken` where people know what the lock is for by another name, at once when another process or task holds it.
    """
    path = sqlite_path(store.url)
    with _file_lock(path, name) if path is not None else _advisory_lock(store, name) as held:
        if held is None:
            raise ConflictError(taken or f"{name} is in use by another process: wait until it has ended, then try again")
        yield held


@contextmanager
def reading(store: Store, connection_name: str) -> Generator[Held]:
    """Be the one who reads a connection. Raises ConflictError at once when another process or task does."""
    taken = f"the connection {connection_name!r} is being read by another process or job: wait until that has ended, then try again"
    with exclusive(store, f"sync-{connection_name}", taken=taken) as held:
        yield held


@contextmanager
def _file_lock(database: Path, name: str) -> Generator[Held | None]:
    path = database.with_name(f"{database.name}.{name}.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield Held(partial(_is_same_file, file.fileno(), path))


def _is_same_file(descriptor: int, path: Path) -> bool:
    """Whether others that open the path meet our lock; not when the file was deleted."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _advisory_lock(store: Store, name: str) -> Generator[Held | None]:
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one():
            yield None
            return
        try:
            yield Held(partial(_answers, connection, sa.select(1)))
        finally:
            _answers(connection, sa.select(sa.func.pg_advisory_unlock(key)))


def _answers(connection: sa.Connection, question: sa.Select[Any]) -> bool:
    """Whether the session that took the lock lives; the lock does as long. A connection that has lost it is not asked again: it would open another."""
    if connection.invalidated:
        return False
    try:
        connection.execute(question)
    except exc.DBAPIError:
        connection.invalidate()
        return False
    return True
