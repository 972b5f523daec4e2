"""Frozen options cannot be changed, and thawing them gives back what was written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import frozen, thawed

VALUES = st.recursive(st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(VALUES)
def test_thawing_gives_back_what_was_frozen(value: object) -> None:
    assert thawed(frozen(value)) == value


@given(VALUES)
def test_freezing_twice_is_freezing_once(value: object) -> None:
    assert frozen(frozen(value)) == frozen(value)


def test_a_thawed_copy_can_be_changed_without_touching_the_original() -> None:
    original = frozen({"a": [{"b": 1}]})
    copy = thawed(original)
    copy["a"][0]["b"] = 2
    assert original["a"][0]["b"] == 1


def test_a_later_change_of_the_source_does_not_reach_the_frozen_value() -> None:
    source: dict[str, Any] = {"a": [1]}
    found = frozen(source)
    source["a"].append(2)
    assert found == {"a": (1,)}


def test_a_frozen_table_refuses_a_change() -> None:
    with pytest.raises(TypeError):
        frozen({"a": 1})["a"] = 2
