"""Work that several ask for at the same time, done once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Results that are given to whoever asks for the same within a short time. For use on one event loop."""

    def __init__(self, *, seconds: float) -> None:
        """`seconds` is how long a result is kept, from the moment that it was first asked for."""
        self._seconds = seconds
        self._kept: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The result for a key; who goes away takes nothing from the others. A failure is told to all who wait, and not kept."""
        task = self._kept.get(key)
        if task is None:
            task = self._kept[key] = asyncio.ensure_future(_made(make))
            task.add_done_callback(lambda done: self._forget(key, done) if done.cancelled() or done.exception() else None)
            asyncio.get_running_loop().call_later(self._seconds, self._forget, key, task)
        return await asyncio.shield(task)

    def _forget(self, key: Hashable, task: asyncio.Task[T]) -> None:
        if self._kept.get(key) is task:
            del self._kept[key]


async def _made(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
