"""Where a connector keeps a secret that its source changes by itself, such as a refresh token that may be used once."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import anyio


class TokenStore(Protocol):
    """The changing secret of one connection, encrypted at rest.

    A source that hands out a new one has taken the old one back: save the new one before anything is done with it, and hold `exclusive`
    while asking for it, so that it is asked for once.
    """

    async def load(self) -> str | None:
        """What was saved last; None: nothing was."""
        ...

    async def save(self, text: str) -> None:
        """Keep a new value. When this returns it is durable."""
        ...

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Be the only one, in all processes, that asks the source for a new secret of this connection."""
        ...


class ForgetfulTokens:
    """A store that forgets with the process: for a connector that is tried out without a hub."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._text: str | None = None
        self._lock = anyio.Lock()

    async def load(self) -> str | None:
        """See `TokenStore`."""
        return self._text

    async def save(self, text: str) -> None:
        """See `TokenStore`, but for the durability."""
        self._text = text

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        """See `TokenStore`."""
        async with self._lock:
            yield
