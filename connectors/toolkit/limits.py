"""What a source allows one credential: so many requests in a time, so many at once, for everyone in this process who uses it."""

import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, nullcontext

import anyio

from hub.plugins import RateLimit

LONGEST_PAUSE_SECONDS = 120.0
"""How long requests wait in turn for a pause to be over. As long as more of it is left they do not: whoever asks is told, and comes later."""

Now = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Limiter:
    """Keeps one limit: in no stretch of its seconds do more than its requests begin. Whoever waits longest goes first."""

    def __init__(self, limit: RateLimit, *, now: Now = time.monotonic, sleep: Sleep = anyio.sleep) -> None:
        """`now` is a clock that never goes back, in seconds."""
        self._limit = limit
        self._now = now
        self._sleep = sleep
        self._begun: deque[float] = deque(maxlen=limit.requests)
        self._paused_until = now()
        self._queue = anyio.Lock()
        self._places = anyio.Semaphore(limit.concurrent) if limit.concurrent is not None else None

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait until one more request may begin; it counts as running until the block ends."""
        async with self._places or nullcontext():
            await self._begin()
            yield

    def pause_for(self, seconds: float) -> None:
        """Nobody's request begins for so long, since the source has told one of them to wait. A longer pause that is under way holds."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    @property
    def pause_seconds(self) -> float:
        """How much of a pause is left. In a turn it is 0, or more than requests wait for: then nothing may be asked."""
        return max(0.0, self._paused_until - self._now())

    async def _begin(self) -> None:
        async with self._queue:
            while (seconds := self._seconds_to_wait()) > 0:
                await self._sleep(seconds)
            self._begun.append(self._now())

    def _seconds_to_wait(self) -> float:
        pause = self.pause_seconds
        if pause > LONGEST_PAUSE_SECONDS:
            return 0.0
        is_full = len(self._begun) == self._limit.requests
        return max(pause, self._begun[0] + self._limit.per_seconds - self._now()) if is_full else pause


class Limiters:
    """The limiters of one connector, by credential: connections that share a credential share its limit. The connector object owns it."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._known: dict[Hashable, Limiter] = {}

    def of(self, key: Hashable, limit: RateLimit) -> Limiter:
        """The limiter of a credential, made at its first use; it stays, so that opening a connection again forgets no request."""
        if key not in self._known:
            self._known[key] = Limiter(limit)
        return self._known[key]
