"""Pages of a feed, of which the next ones are read while those before them are being committed."""

from asyncio import get_running_loop
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.lowlevel import checkpoint

from hub.plugins.connector import Page

_CLOSING_SECONDS = 10


class PagesAhead:
    """Pages as they are read: ahead of what is applied one page, or as many as fit into `most_records`, the last one taken for as large as the next.

    Reading goes on when somebody wants the next page, and from when the last one is written until somebody does, which is while it is
    committed. At other times that would be slower: parsing and handing rows to SQLite both hold Python's lock, and take it from each other
    at every row.
    """

    def __init__(self, most_records: int = 0) -> None:
        """Nothing is read before the first `next`."""
        self._most_records = most_records
        self._loop = get_running_loop()
        self._ready: deque[Page] = deque()
        self._ready_size = 0
        self._wanted = anyio.Event()
        self._arrived = anyio.Event()
        self._is_asked_for = False
        self._reads_on = False
        self._is_over = False
        self._has_ended = False
        self._error: Exception | None = None

    async def next(self) -> Page | None:
        """The next page; None after the last one. Raises what reading it raised. When it is cancelled, the page comes with the next call."""
        self._reads_on = False
        if not self._ready and not self._is_over:
            self._is_asked_for = True
            self._arrived = anyio.Event()
            self._wanted.set()
            await self._arrived.wait()
        if self._ready:
            self._ready_size -= size_of(self._ready[0])
            return self._ready.popleft()
        if self._error is not None:
            raise self._error from None
        if not self._has_ended:
            message = "the source stopped reading without an end and without an error: was a task of its own cancelled?"
            raise RuntimeError(message)
        return None

    def put_back(self, page: Page) -> None:
        """Let a page that was taken be the next one again."""
        self._ready.appendleft(page)
        self._ready_size += size_of(page)

    def read_on(self) -> None:
        """Let pages be read until the next one is asked for. To be called from a worker thread, which is not kept waiting."""
        self._loop.call_soon_threadsafe(self._read_on)

    async def read(self, pages: AsyncIterator[Page]) -> None:
        """Read to the end, a page whenever one is wanted."""
        try:
            while True:
                await self._until_wanted()
                page = await anext(pages)
                self._ready.append(page)
                self._ready_size += size_of(page)
                self._is_asked_for = False
                self._arrived.set()
        except StopAsyncIteration:
            self._has_ended = True
        except Exception as error:  # noqa: BLE001 - raised where the page is asked for
            self._error = error
        finally:
            try:
                await self._close(pages)
            finally:
                self._is_over = True
                self._arrived.set()

    def _read_on(self) -> None:
        self._reads_on = True
        self._wanted.set()

    async def _until_wanted(self) -> None:
        await checkpoint()  # a source that waits for nothing lets others run all the same
        while not self._is_asked_for and not (self._reads_on and self._has_room()):
            self._wanted = anyio.Event()
            await self._wanted.wait()

    def _has_room(self) -> bool:
        return not self._ready or self._ready_size + size_of(self._ready[-1]) <= self._most_records

    async def _close(self, pages: AsyncIterator[Page]) -> None:
        """Let a source that was left before its end clean up, for a while; what goes wrong with that hides no other error."""
        if not isinstance(pages, AsyncGenerator):
            return
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            try:
                await pages.aclose()
            except Exception as error:  # noqa: BLE001 - whatever the source's own code raises
                self._error = self._error or error


def size_of(page: Page) -> int:
    """How many records a page counts for: whatever it says of an object is one, and so is a page that says nothing."""
    return max(1, len(page.records) + len(page.listed) + len(page.deletions) + len(page.refusals) + len(page.notices))


@asynccontextmanager
async def reading_ahead(pages: AsyncIterator[Page], most_records: int = 0) -> AsyncGenerator[PagesAhead]:
    """Read pages in a task of their own, which ends with the block. An error that leaves the block leaves it as it is."""
    ahead = PagesAhead(most_records)
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ahead.read, pages)
        try:
            yield ahead
        except Exception as error:  # noqa: BLE001 - raised again below, outside of the group, which would wrap it
            failure = error
        finally:
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
