"""What a source does not do in time it is taken to have hung in: a passing fault, after which it is asked again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from hub.errors import TransientSourceError

T = TypeVar("T")


async def in_time(ask: Callable[[], Awaitable[T]], seconds: float, *, connection: str, feed: str | None = None) -> T:
    """What `ask` answers. Raises TransientSourceError when it does not within so many seconds; it is cancelled then."""
    with anyio.move_on_after(seconds) as scope:
        return await ask()
    if not scope.cancelled_caught:  # pragma: no cover - nothing else leaves the block without an answer
        raise RuntimeError("left without an answer")
    message = f"the source was silent for {seconds / 60:g} minutes: it is taken to hang and is asked again"
    raise TransientSourceError(message, connection=connection, feed=feed)
