"""One reader for all who listen: whatever happens is read once for the process, and put into the bounded queue of each listener."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import StoreError
from hub.store.engine import Store, run_in_thread
from schema.limits.numbers import Limits
from schema.subscription.cursors import encode_positions
from schema.subscription.following import Feed, Follower, Step, from_now

_TROUBLE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class QueueFullError(Exception):
    """A listener was too slow: what it has not taken is dropped, and it must come again with its last cursor."""


class Queue:
    """What waits for one listener: the steps that it wants, at most so many."""

    def __init__(self, wants: Callable[[Any], bool], *, most: int) -> None:
        """Nothing waits yet."""
        self._wants = wants
        self._most = most
        self._steps: deque[Step] = deque()
        self._is_full = False
        self._changed = asyncio.Event()

    def put(self, steps: Sequence[Step]) -> None:
        """Add what the listener wants of some steps; never waits."""
        wanted = [] if self._is_full else [step for step in steps if self._wants(step.what)]
        if len(self._steps) + len(wanted) > self._most:
            self._is_full = True
            self._steps.clear()
        else:
            self._steps.extend(wanted)
        if wanted:
            self._changed.set()

    def wake(self) -> None:
        """Let the listener look up, though there may be nothing."""
        self._changed.set()

    async def take(self, at_most: int, *, seconds: float) -> list[Step]:
        """What waits; nothing when nothing has come in that time, or when it was woken. Raises QueueFullError when it had to drop something."""
        if not self._steps and not self._is_full:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()
        if self._is_full:
            raise QueueFullError
        return [self._steps.popleft() for _ in range(min(at_most, len(self._steps)))]


class Broadcast:
    """The shared reader of one feed. It reads only while somebody listens."""

    def __init__(self, store: Store, feed: Feed, *, limits: Limits) -> None:
        """Nobody listens yet."""
        self._store = store
        self._feed = feed
        self._limits = limits
        self._queues: set[Queue] = set()
        self._reader: asyncio.Task[None] | None = None
        self._is_reading = asyncio.Event()
        self._cursor = ""

    async def join(self, queue: Queue) -> str:
        """Give a listener everything that is committed from now on; returns a cursor from which on it is given."""
        self._queues.add(queue)
        if self._reader is None:
            self._is_reading = asyncio.Event()
            self._reader = asyncio.create_task(self._read(self._is_reading))
        await self._is_reading.wait()
        return self._cursor

    def leave(self, queue: Queue) -> None:
        """Give a listener nothing more."""
        self._queues.discard(queue)
        if not self._queues and self._reader is not None:
            self._reader.cancel()
            self._reader = None

    def wake(self) -> None:
        """Let every listener look up."""
        for queue in self._queues:
            queue.wake()

    async def _read(self, is_reading: asyncio.Event) -> None:
        follower = await self._start()
        committed, loop = asyncio.Event(), asyncio.get_running_loop()
        with self._store.hinting(partial(_hint, loop, committed)):
            self._cursor = encode_positions(self._feed.name, follower.positions)
            is_reading.set()
            while True:
                if not await self._read_on(follower):
                    await self._wait(committed)

    async def _start(self) -> Follower:
        while True:
            try:
                return await run_in_thread(partial(from_now, self._store, self._feed))
            except Exception as error:  # noqa: BLE001 - the outermost loop: listeners wait, and the log tells for what
                await self._rest(error)

    async def _read_on(self, follower: Follower) -> bool:
        """Read what there is, and hand it out; returns whether there may be more."""
        try:
            chunk = await run_in_thread(partial(follower.read, self._limits.events_read))
        except Exception as error:  # noqa: BLE001 - likewise
            await self._rest(error)
            return True
        for queue in tuple(self._queues):
            queue.put(chunk.steps)
        self._cursor = encode_positions(self._feed.name, follower.positions)
        return chunk.has_more

    async def _wait(self, committed: asyncio.Event) -> None:
        """Until something is committed in this process, or it is time to look for what others have committed; commits in a row are read at once."""
        with suppress(TimeoutError):
            await asyncio.wait_for(committed.wait(), self._limits.events_poll_seconds)
            await anyio.sleep(self._limits.events_pause_seconds)
        committed.clear()

    async def _rest(self, error: Exception) -> None:
        is_outage = isinstance(error, SQLAlchemyError | StoreError)
        _log.warning("events cannot be read", feed=self._feed.name, error=type(error).__name__, exc_info=None if is_outage else error)
        await anyio.sleep(_TROUBLE_SECONDS)


def _hint(loop: asyncio.AbstractEventLoop, committed: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop was closed meanwhile: then nobody listens
        loop.call_soon_threadsafe(committed.set)
