"""hub/sync/circling.py: every circle is seen, however large and late, and no honest way of reading is taken for one."""

from collections.abc import Iterable
from itertools import chain, cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.circling import MOST_RETURNS, Circling


def pages_until_seen(cursors: Iterable[str]) -> int | None:
    """After how many pages a circle is seen; None: never."""
    circling = Circling()
    return next((number for number, cursor in enumerate(cursors, 1) if circling.is_seen_at(cursor)), None)


@pytest.mark.parametrize("places", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("before", [0, 1, 5_000])
def test_a_circle_is_seen_soon(places: int, before: int) -> None:
    straight = (f"before {number}" for number in range(before))
    found = pages_until_seen(chain(straight, cycle([str(number) for number in range(places)])))
    assert found is not None
    assert found <= 3 * max(before, places * MOST_RETURNS) + 1


def test_a_read_that_gets_on_is_none_however_long_it_is() -> None:
    assert pages_until_seen(str(number) for number in range(100_000)) is None


@given(st.lists(st.integers(min_value=0, max_value=5), max_size=MOST_RETURNS))
def test_what_comes_back_less_often_is_none(places: list[int]) -> None:
    assert pages_until_seen(map(str, places)) is None


def test_parts_of_one_answer_are_none() -> None:
    parts = (str(number // (MOST_RETURNS // 2)) for number in range(50 * MOST_RETURNS))
    assert pages_until_seen(parts) is None
