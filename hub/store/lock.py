"""One process at a time: a named lock that vanishes with the process that holds it."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa

from hub.errors import ConflictError
from hub.store.engine import Store, sqlite_path


@contextmanager
def exclusive(store: Store, name: str) -> Generator[None]:
    """Hold the lock `name` of a database: a file lock beside a SQLite file, an advisory lock in PostgreSQL.

    Raises ConflictError at once when another process or task holds it.
    """
    path = sqlite_path(store.url)
    with _file_lock(path, name) if path is not None else _advisory_lock(store, name):
        yield


@contextmanager
def _file_lock(database: Path, name: str) -> Generator[None]:
    path = database.with_name(f"{database.name}.{name}.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(name) from None
        yield


@contextmanager
def _advisory_lock(store: Store, name: str) -> Generator[None]:
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one():
            raise _taken(name)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def _taken(name: str) -> ConflictError:
    return ConflictError(f"{name} is in use by another process: wait until it has ended, then try again")
