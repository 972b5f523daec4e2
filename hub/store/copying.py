"""A rehearsal that keeps nobody waiting: on a copy of a SQLite database, and for a limited time on PostgreSQL.

A rehearsal writes, and SQLite has one writer: on the database itself it would stop all others for as long as it lasts. PostgreSQL stops
only those who write the same rows, and those not for longer than the limit.
"""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from hub.errors import StoreError
from hub.store.deadline import time_limit
from hub.store.engine import Store, sqlite_path
from hub.store.rehearsal import Rehearsal, rehearsal

COPY_PREFIX = "rehearsal-"
_ROOM = 2


class NoRoomError(StoreError):
    """There is not enough room on the disk for a copy of the database. Make room, or do without the rehearsal."""


@contextmanager
def rehearsal_apart(store: Store, folder: Path, *, seconds: float) -> Generator[Rehearsal]:
    """Rehearse so that others can write meanwhile; a copy lies in `folder`, which is there and only ours to read.

    On PostgreSQL the statements may take `seconds` together, then they are refused (`hub.store.deadline.is_time_limit`). Raises NoRoomError.
    """
    path = sqlite_path(store.url)
    if path is None:
        with rehearsal(store) as rehearsed, rehearsed.read() as connection, time_limit(connection, seconds):
            yield rehearsed
        return
    with _copied(path, folder) as copy, rehearsal(copy) as rehearsed:
        yield rehearsed


@contextmanager
def _copied(path: Path, folder: Path) -> Generator[Store]:
    size = path.stat().st_size
    if shutil.disk_usage(folder).free < _ROOM * size:
        raise NoRoomError(f"the disk has no room for a copy of the database, which has {size:,} bytes, and for what a preview writes into it")
    target = folder / f"{COPY_PREFIX}{uuid4().hex}"
    store = Store(f"sqlite:///{target}")
    try:
        _copy(path, target)
        yield store
    finally:
        store.dispose()
        forget_copy(target)


def _copy(path: Path, target: Path) -> None:
    """Copy what is committed, in one read transaction: writers go on meanwhile."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def forget_copy(path: Path) -> None:
    """Remove a copy, and what SQLite keeps beside it."""
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"), path.with_name(f"{path.name}-journal")):
        with suppress(FileNotFoundError):
            file.unlink()
