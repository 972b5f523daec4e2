"""Cursors of events: positions in the tables that tell them, as text that nobody needs to understand."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import orjson

from hub.errors import RequestError
from hub.store.appended import Position
from schema.ids import MAX_KEY

MOST_GAPS = 50
"""How many gaps of each position a cursor remembers; with more of them, some events come a second time."""

_MALFORMED = "This is no cursor of these events: send one as an event's `cursor` gave it."


def encode_positions(name: str, positions: Sequence[Position]) -> str:
    """The cursor of some positions. `name` is whose events they are."""
    shortened = [position.within(MOST_GAPS) for position in positions]
    content = [name, *([position.head, *(end for gap in position.gaps for end in gap)] for position in shortened)]
    return urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def decode_positions(text: str, names: Sequence[str], count: int, *, path: tuple[str, ...]) -> tuple[Position, ...]:
    """The positions of a cursor that has one of some names. Raises RequestError, naming the argument's `path`, for one that is broken or of other events."""
    try:
        content = orjson.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        found, *numbers = content
        positions = tuple(_position(each) for each in numbers)
    except (ValueError, TypeError):  # base64, UTF-8 and JSON errors are ValueErrors
        raise RequestError(_MALFORMED, path=path) from None
    if found not in names or len(positions) != count:
        raise RequestError(_MALFORMED, path=path)
    return positions


def _position(numbers: Sequence[object]) -> Position:
    """A position from what a cursor holds of it; ValueError or TypeError for numbers that none has."""
    whole = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    head, *ends = whole
    in_order = all(one < other for one, other in zip(ends[1::2], ends[2::2], strict=False)) and all(a <= b for a, b in zip(ends[::2], ends[1::2], strict=True))
    if len(whole) != len(numbers) or not all(0 < end <= head for end in ends) or not 0 <= head <= MAX_KEY or not in_order or len(ends) > 2 * MOST_GAPS:
        message = "no position"
        raise ValueError(message)
    return Position(head, tuple(zip(ends[::2], ends[1::2], strict=True)))
