"""Pages of a feed, of which the next one is read while the last one is being committed."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio

from hub.plugins.connector import Page


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
        self._is_under_way = False
        self._error: Exception | None = None

    async def next(self) -> Page | None:
        """The next page; None after the last one. Raises what reading it raised."""
        if not self._is_under_way:
            self._wanted.set()
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            if self._error is not None:
                raise self._error from None
            return None
        finally:
            self._is_under_way = False

    def read_on(self) -> None:
        """Let the next page be read. To be called from a worker thread, which is not kept waiting."""
        self._loop.call_soon_threadsafe(self._wanted.set)

    def close(self) -> None:
        """No page is wanted any more."""
        self._receive.close()

    async def read(self, pages: AsyncIterator[Page]) -> None:
        """Read to the end, a page whenever one is wanted."""
        with self._send:
            try:
                while True:
                    await self._wanted.wait()
                    self._wanted, self._is_under_way = anyio.Event(), True
                    await self._send.send(await anext(pages))
            except StopAsyncIteration:
                return
            except Exception as error:  # noqa: BLE001 - raised where the page is asked for
                self._error = error
            finally:
                if isinstance(pages, AsyncGenerator):
                    with anyio.CancelScope(shield=True):
                        await pages.aclose()


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
