"""hub/store/appended.py: a table that rows are only added to is read on without missing one, whatever order its transactions commit in."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from hub.model import Event, table_of
from hub.store.appended import Position, PositionLostError, Tail, ends_of, require_kept, writers_of
from hub.store.bulk import allocate_ids, insert_rows
from hub.store.engine import Store
from tests.databases import Databases

EVENTS = table_of(Event)
NOW = datetime(2026, 3, 1, tzinfo=UTC)

IDS = st.lists(st.integers(1, 60), unique=True)


def add(connection: sa.Connection, *kinds: str) -> None:
    insert_rows(connection, EVENTS, columns=("kind", "happened_at"), rows=[(kind, NOW) for kind in kinds])


def written(store: Store, *kinds: str) -> None:
    with store.write() as connection:
        add(connection, *kinds)


@contextmanager
def undone(store: Store) -> Generator[sa.Connection]:
    """A write transaction that is rolled back."""
    with suppress(ZeroDivisionError), store.write() as connection:
        yield connection
        raise ZeroDivisionError


def read(store: Store, tail: Tail, limit: int = 100) -> list[str]:
    writers = writers_of(store, [EVENTS])
    with store.read() as connection:
        return [row.kind for row in tail.read(connection, (EVENTS.c.id, EVENTS.c.kind), writers=writers, limit=limit)]


def tail_from_now(store: Store) -> Tail:
    [position] = ends_of(store, [EVENTS])
    return Tail(EVENTS, position)


# --- positions ------------------------------------------------------------------------------------


@given(IDS)
def test_a_position_knows_exactly_what_it_has_met(ids: list[int]) -> None:
    position = Position()
    for start in range(0, len(ids), 7):
        position = position.meeting(ids[start : start + 7])
    assert {key for key in range(1, 70) if position.has_met(key)} == set(ids)


@given(IDS, st.integers(0, 5))
def test_a_shortened_position_claims_nothing_that_was_not_met(ids: list[int], most: int) -> None:
    position = Position().meeting(ids)
    shortened = position.within(most)
    assert len(shortened.gaps) <= most
    assert all(position.has_met(key) for key in range(1, 70) if shortened.has_met(key))


# --- one transaction after the other --------------------------------------------------------------


def test_rows_come_once_and_in_order(store: Store) -> None:
    tail = Tail(EVENTS, Position())
    written(store, "a", "b", "c")
    assert (read(store, tail, 2), read(store, tail, 2), read(store, tail, 2)) == (["a", "b"], ["c"], [])
    written(store, "d")
    assert read(store, tail) == ["d"]


def test_from_now_on_means_nothing_of_before(store: Store) -> None:
    written(store, "a")
    tail = tail_from_now(store)
    written(store, "b")
    assert read(store, tail) == ["b"]


def test_what_was_rolled_back_leaves_nothing_to_wait_for(store: Store) -> None:
    tail = Tail(EVENTS, Position())
    with undone(store) as connection:
        add(connection, "never")
    written(store, "a")
    assert (read(store, tail), read(store, tail)) == (["a"], [])
    assert tail.position.gaps == ()


# --- transactions that overlap, which only PostgreSQL has -----------------------------------------


@pytest.fixture
def postgresql(postgresql_databases: Databases) -> Generator[Store]:
    with postgresql_databases.fresh(migrated=True) as url:
        store = Store(url)
        yield store
        store.dispose()


@contextmanager
def closing_store(url: str) -> Generator[Store]:
    """Another process on the same database."""
    store = Store(url)
    yield store
    store.dispose()


def opened(store: Store, stack: ExitStack) -> sa.Connection:
    return stack.enter_context(store.write())


@pytest.mark.parametrize("ways", [("insert", "insert"), ("allocate", "insert"), ("allocate", "allocate")], ids="-".join)
def test_a_row_that_commits_after_later_ids_is_not_missed(postgresql: Store, ways: Sequence[str]) -> None:
    """The slow transaction takes its ids first and commits last."""
    tail = tail_from_now(postgresql)
    with ExitStack() as slow:
        connection = opened(postgresql, slow)
        ids = allocate_ids(connection, EVENTS, 2) if ways[0] == "allocate" else None
        if ids is None:
            add(connection, "slow 1", "slow 2")
        with postgresql.write() as quick:
            if ways[1] == "allocate":
                insert_rows(quick, EVENTS, columns=("id", "kind", "happened_at"), rows=[(allocate_ids(quick, EVENTS, 1)[0], "quick", NOW)])
            else:
                add(quick, "quick")
        assert read(postgresql, tail) == ["quick"]
        assert [read(postgresql, tail) for _ in range(3)] == [[], [], []]
        assert len(tail.position.gaps) == 1
        if ids is not None:
            insert_rows(connection, EVENTS, columns=("id", "kind", "happened_at"), rows=[(ids[0], "slow 1", NOW), (ids[1], "slow 2", NOW)])
    assert read(postgresql, tail) == ["slow 1", "slow 2"]
    written(postgresql, "next")
    assert (read(postgresql, tail), tail.position.gaps) == (["next"], ())


def test_reading_by_the_last_id_alone_would_have_missed_it(postgresql: Store) -> None:
    """The same history, read in the way that is wrong: so the test above shows something."""
    statement = sa.select(EVENTS.c.kind).order_by(EVENTS.c.id)
    with ExitStack() as slow:
        add(opened(postgresql, slow), "slow")
        written(postgresql, "quick")
        with postgresql.read() as connection:
            last = connection.execute(sa.select(sa.func.max(EVENTS.c.id))).scalar_one()
    with postgresql.read() as connection:
        assert connection.execute(statement.where(EVENTS.c.id > last)).scalars().all() == []


def test_a_transaction_under_way_at_the_start_comes_afterwards(postgresql: Store) -> None:
    written(postgresql, "before")
    with ExitStack() as slow:
        add(opened(postgresql, slow), "slow")
        written(postgresql, "also before")
        tail = tail_from_now(postgresql)
        assert read(postgresql, tail) == []
    assert read(postgresql, tail) == ["slow"]


@contextmanager
def before_statement(store: Store, number: int, happens: Callable[[], None]) -> Generator[None]:
    """Lets something happen just before this store executes its statement with a number within the block, from 1; at its end, if there are fewer."""
    waiting = [happens]
    executed = count(1)

    def note(*_: object) -> None:
        if next(executed) == number:
            waiting.pop()()

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    for left in waiting:
        left()


@pytest.mark.parametrize("is_busy", [False, True], ids=["alone", "beside another writer"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_transaction_that_takes_its_id_while_the_start_is_looked_for_comes_afterwards(postgresql: Store, number: int, *, is_busy: bool) -> None:
    """Whatever was looked up before that: the row with the higher id is there at once, the one with the lower id after the start."""
    with closing_store(postgresql.url) as other, ExitStack() as first, ExitStack() as slow:
        written(other, "before")
        if is_busy:
            add(opened(other, first), "first")

        def happens() -> None:
            add(opened(other, slow), "slow")
            written(other, "quick")

        with before_statement(postgresql, number, happens):
            tail = tail_from_now(postgresql)
        told = read(postgresql, tail)
        slow.close()
        first.close()
        told += read(postgresql, tail)
    assert set(told) - {"quick"} == ({"first", "slow"} if is_busy else {"slow"})
    assert (len(told), read(postgresql, tail), tail.position.gaps) == (len(set(told)), [], ())


def test_a_gap_of_a_transaction_that_fails_is_closed(postgresql: Store) -> None:
    tail = tail_from_now(postgresql)
    with undone(postgresql) as connection:
        add(connection, "never")
        written(postgresql, "quick")
        assert read(postgresql, tail) == ["quick"]
    assert (read(postgresql, tail), tail.position.gaps) == ([], ())


def test_other_transactions_that_begin_later_keep_no_gap_open(postgresql: Store) -> None:
    tail = tail_from_now(postgresql)
    with undone(postgresql) as connection:
        add(connection, "never")
        written(postgresql, "quick")
        assert read(postgresql, tail) == ["quick"]
        assert read(postgresql, tail) == []
    with ExitStack() as other:
        add(opened(postgresql, other), "later")
        assert (read(postgresql, tail), tail.position.gaps) == ([], ())
    assert read(postgresql, tail) == ["later"]


def test_a_position_is_taken_up_by_another_reader(postgresql: Store) -> None:
    tail = tail_from_now(postgresql)
    with ExitStack() as slow:
        add(opened(postgresql, slow), "slow")
        written(postgresql, "quick")
        assert read(postgresql, tail) == ["quick"]
    assert read(postgresql, Tail(EVENTS, tail.position)) == ["slow"]


def test_many_late_rows_come_in_parts(postgresql: Store) -> None:
    tail = tail_from_now(postgresql)
    with ExitStack() as slow:
        add(opened(postgresql, slow), *(f"slow {number}" for number in range(5)))
        written(postgresql, "quick")
        assert read(postgresql, tail, 2) == ["quick"]
    written(postgresql, "last")
    found = [read(postgresql, tail, 2) for _ in range(4)]
    assert found == [["slow 0", "slow 1"], ["slow 2", "slow 3"], ["slow 4", "last"], []]


# --- positions that are lost ----------------------------------------------------------------------


def require(store: Store, position: Position) -> None:
    with store.read() as connection:
        require_kept(connection, EVENTS, position)


def test_a_position_is_good_as_long_as_what_follows_is_kept(store: Store) -> None:
    require(store, Position(0))
    written(store, "a", "b", "c", "d")
    with store.write() as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.id <= 2))
    require(store, Position(2))
    require(store, Position(4))
    with pytest.raises(PositionLostError):
        require(store, Position(1))


def test_a_position_of_another_database_is_lost(store: Store) -> None:
    written(store, "a")
    with pytest.raises(PositionLostError):
        require(store, Position(2))
    with store.write() as connection:
        connection.execute(sa.delete(EVENTS))
    with pytest.raises(PositionLostError):
        require(store, Position(1))
