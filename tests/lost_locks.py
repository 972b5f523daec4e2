"""Losing a lock that is held, in the way that it happens to each database."""

import sqlalchemy as sa

from hub.store.engine import Store, sqlite_path

_END_HOLDERS = sa.text(
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
    " WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def lose_lock(store: Store, name: str) -> None:
    """Have the file of a lock deleted, or the server end every session of the database that holds one; returns when it has."""
    path = sqlite_path(store.url)
    if path is not None:
        path.with_name(f"{path.name}.{name}.lock").unlink()
        return
    with store.write() as connection:
        assert connection.execute(_END_HOLDERS).scalars().all() == [True]
