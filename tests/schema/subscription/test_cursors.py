"""schema/subscription/cursors.py: positions come back as they went; whatever else is sent is refused."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RequestError
from hub.store.appended import Position
from schema.subscription.cursors import decode_positions, encode_positions

POSITIONS = st.lists(st.integers(1, 10_000), unique=True, max_size=30).map(lambda ids: Position().meeting(ids))


@given(POSITIONS, POSITIONS)
def test_positions_come_back(one: Position, other: Position) -> None:
    assert decode_positions(encode_positions("changes", [one, other]), ["changes"], 2, path=()) == (one, other)


WRONG: list[object] = [
    None,
    1,
    [],
    ["changes"],
    ["runs", [1]],
    ["changes", [1], [1]],
    *(["changes", numbers] for numbers in ([], ["1"], [-1], [True], [9, 1], [9, 3, 2], [9, 10, 11], [9, 4, 5, 5, 6], [9.5], [9, 0, 1])),
]


@pytest.mark.parametrize(
    "content",
    WRONG,
    ids=str,
)
def test_what_is_no_cursor_is_refused(content: object) -> None:
    with pytest.raises(RequestError):
        decode_positions(urlsafe_b64encode(orjson.dumps(content)).decode(), ["changes"], 1, path=())
