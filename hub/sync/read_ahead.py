"""Pages of a feed, of which the next one is read while the last one is being committed."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio

from hub.plugins.connector import Page

_CLOSING_SECONDS = 10


class PagesAhead:
    """Pages as they are read, at most one ahead of the one that is applied.

    Reading goes on only when somebody wants the next page, or says that the last one is written and waits for its commit. Earlier
    would be slower: parsing and handing rows to SQLite both hold Python's lock, and take it from each other at every row.
    """

    def __init__(self) -> None:
        """Nothing is read before the first `next`."""
        self._send, self._receive = anyio.create_memory_object_stream[Page](1)
        self._loop = get_running_loop()
        self._wanted = anyio.Event()
        self._is_asked_for = False
        self._has_ended = False
        self._error: Exception | None = None

    async def next(self) -> Page | None:
        """The next page; None after the last one. Raises what reading it raised. When it is cancelled, the page comes with the next call."""
        self._ask()
        try:
            page = await self._receive.receive()
        except anyio.EndOfStream:
            if self._error is not None:
                raise self._error from None
            if not self._has_ended:
                message = "the source stopped reading without an end and without an error: was a task of its own cancelled?"
                raise RuntimeError(message) from None
            return None
        self._is_asked_for = False
        return page

    def read_on(self) -> None:
        """Let the next page be read. To be called from a worker thread, which is not kept waiting; however often, one page is read."""
        self._loop.call_soon_threadsafe(self._ask)

    def close(self) -> None:
        """No page is wanted any more."""
        self._receive.close()

    async def read(self, pages: AsyncIterator[Page]) -> None:
        """Read to the end, a page whenever one is wanted."""
        with self._send:
            try:
                while True:
                    await self._wanted.wait()
                    self._wanted = anyio.Event()
                    await self._send.send(await anext(pages))
            except StopAsyncIteration:
                self._has_ended = True
            except Exception as error:  # noqa: BLE001 - raised where the page is asked for
                self._error = error
            finally:
                await self._close(pages)

    def _ask(self) -> None:
        """Want a page, unless one is asked for that nobody has taken yet."""
        if not self._is_asked_for:
            self._is_asked_for = True
            self._wanted.set()

    async def _close(self, pages: AsyncIterator[Page]) -> None:
        """Let a source that was left before its end clean up, for a while; what goes wrong with that hides no other error."""
        if not isinstance(pages, AsyncGenerator):
            return
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            try:
                await pages.aclose()
            except Exception as error:  # noqa: BLE001 - whatever the source's own code raises
                self._error = self._error or error


@asynccontextmanager
async def reading_ahead(pages: AsyncIterator[Page]) -> AsyncGenerator[PagesAhead]:
    """Read pages in a task of their own, which ends with the block. An error that leaves the block leaves it as it is."""
    ahead = PagesAhead()
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ahead.read, pages)
        try:
            yield ahead
        except Exception as error:  # noqa: BLE001 - raised again below, outside of the group, which would wrap it
            failure = error
        finally:
            ahead.close()
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
