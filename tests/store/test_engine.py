"""hub/store/engine.py: transactions are whole, reads are reads, bad URLs are told."""

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from hub.errors import StoreError
from hub.model import Segment, table_of
from hub.store.engine import Store, run_in_thread
from hub.store.rehearsal import Transactions, rehearsal

SEGMENTS = table_of(Segment)
ADD = sa.insert(SEGMENTS).values(name="gold", position=1, is_default=False)


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(sa.select(SEGMENTS.c.name)).scalars())


def test_a_write_is_kept_when_it_ends_well(store: Store) -> None:
    with store.write() as connection:
        connection.execute(ADD)
    assert names(store) == ["gold"]


def add_and_fail(transactions: Transactions) -> None:
    with transactions.write() as connection:
        connection.execute(ADD)
        raise RuntimeError


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        add_and_fail(store)
    assert names(store) == []


def test_a_write_in_a_read_transaction_is_an_error(store: Store) -> None:
    with pytest.raises(exc.DBAPIError), store.read() as connection:
        connection.execute(ADD)
    assert names(store) == []


def test_a_write_works_after_a_read_on_the_same_connection(store: Store) -> None:
    names(store)
    with store.write() as connection:
        connection.execute(ADD)
    assert names(store) == ["gold"]


def test_a_rehearsal_sees_its_own_writes_and_leaves_nothing(store: Store) -> None:
    with rehearsal(store) as rehearsed:
        with rehearsed.write() as connection:
            connection.execute(ADD)
        with rehearsed.read() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(SEGMENTS)).scalar_one() == 1
    assert names(store) == []


def test_what_fails_in_a_rehearsal_is_undone_within_it(store: Store) -> None:
    with rehearsal(store) as rehearsed:
        with pytest.raises(RuntimeError):
            add_and_fail(rehearsed)
        with rehearsed.read() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(SEGMENTS)).scalar_one() == 0


async def test_store_work_runs_off_the_event_loop(store: Store) -> None:
    assert await run_in_thread(lambda: names(store)) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "no database URL"),
        ("mysql://host/db", "not supported"),
        ("sqlite://", "in-memory"),
        ("sqlite:///:memory:", "in-memory"),
    ],
)
def test_a_url_that_cannot_be_used_is_told(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        Store(url)


def test_a_new_sqlite_database_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "dunwell.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER)")
        assert {found.name: stat.S_IMODE(found.stat().st_mode) for found in (path.parent, *path.parent.iterdir())} == {
            "var": 0o700,
            "dunwell.db": 0o600,
            "dunwell.db-wal": 0o600,
            "dunwell.db-shm": 0o600,
        }
    store.dispose()


def test_the_mode_of_a_database_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "dunwell.db"
    path.touch()
    path.chmod(0o640)
    store = Store(f"sqlite:///{path}")
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER)")
    store.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
