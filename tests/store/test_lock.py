"""hub/store/lock.py: a name is held by one at a time."""

import pytest

from hub.errors import ConflictError
from hub.store.engine import Store
from hub.store.lock import exclusive


def test_a_held_name_is_refused_and_another_is_not(store: Store) -> None:
    with exclusive(store, "sync-a"):
        with pytest.raises(ConflictError, match="sync-a"), exclusive(store, "sync-a"):
            pass
        with exclusive(store, "sync-b"):
            pass


def hold_and_fail(store: Store) -> None:
    with exclusive(store, "sync-a"):
        raise RuntimeError


def test_a_name_is_free_again_after_an_error(store: Store) -> None:
    with pytest.raises(RuntimeError):
        hold_and_fail(store)
    with exclusive(store, "sync-a"):
        pass
