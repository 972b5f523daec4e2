"""hub/store/lock.py: a name is held by one at a time, and whoever holds it can tell when that is over."""

from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from hub.errors import ConflictError
from hub.store.engine import Store
from hub.store.lock import exclusive, reading
from tests.lost_locks import lose_lock


def test_a_held_name_is_refused_and_another_is_not(store: Store) -> None:
    with exclusive(store, "a"):
        with pytest.raises(ConflictError, match="a is in use"), exclusive(store, "a"):
            pass
        with exclusive(store, "b"):
            pass


def hold_and_fail(store: Store) -> None:
    with exclusive(store, "a"):
        raise RuntimeError


def test_a_name_is_free_again_after_an_error(store: Store) -> None:
    with pytest.raises(RuntimeError):
        hold_and_fail(store)
    with exclusive(store, "a"):
        pass


def test_who_wants_to_read_a_connection_that_is_being_read_is_told_which(store: Store) -> None:
    with reading(store, "books"):
        with pytest.raises(ConflictError, match="the connection 'books' is being read by another process"), reading(store, "books"):
            pass
        with reading(store, "shop"):
            pass


class TestALostLock:
    """A failover or an administrator ends the session that holds it; a person deletes the file."""

    def test_is_noticed_and_stays_lost(self, store: Store) -> None:
        with exclusive(store, "a") as held:
            assert held.still_held()
            lose_lock(store, "a")
            assert [held.still_held(), held.still_held()] == [False, False]

    def test_is_free_for_the_next_who_keeps_it_when_the_loser_ends(self, store: Store) -> None:
        with ExitStack() as winner:
            with exclusive(store, "a"):
                lose_lock(store, "a")
                held = winner.enter_context(exclusive(store, "a"))
            assert held.still_held()
            with pytest.raises(ConflictError), exclusive(store, "a"):
                pass

    def test_leaves_the_store_usable(self, store: Store) -> None:
        with exclusive(store, "a"):
            lose_lock(store, "a")
        with store.read() as connection:
            assert connection.execute(sa.select(1)).scalar_one() == 1
