"""One feed of a run: its pages as they come, from the position that was kept, again after passing faults, to its end."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import anyio
import sqlalchemy as sa

from hub.crashpoints import crashpoint
from hub.errors import HubError, SourceContractError, TransientSourceError
from hub.plugins.connector import Feed, Page
from hub.store.engine import run_in_thread
from hub.store.rehearsal import Transactions
from hub.sync import full_lists, listing, marks, run_log
from hub.sync.beginning import beginning, objection_to_order
from hub.sync.circling import Circling
from hub.sync.context import PageWork, RunContext
from hub.sync.drift import DriftWatch
from hub.sync.flood import FloodGate
from hub.sync.full_lists import Unlisted
from hub.sync.in_time import in_time
from hub.sync.patience import Patience, Tries
from hub.sync.preparing import run_context
from hub.sync.quick_pages import joined, with_quick_ones
from hub.sync.read_ahead import PagesAhead, reading_ahead
from hub.sync.request import Counts, FeedOutcome, Progress, SyncRequest
from hub.sync.run_log import SavedPosition
from hub.sync.sweep import Absent
from hub.sync.writing import PageWriter
from hub.vocabulary import Stream

T = TypeVar("T")


class _OneByOneError(Exception):
    """Pages that were applied as one have to be judged one by one: nothing of them is done."""


@dataclass(slots=True)
class Shared:
    """What the feeds of one run share. `turn` lets one of them write at a time.

    `learning` are the streams that were never read to their end before: what their payloads look like is not drift but how they are.
    """

    run_id: int
    patience: Patience
    drift: DriftWatch
    turn: anyio.Lock = field(default_factory=anyio.Lock)
    learning: set[Stream] = field(default_factory=set[Stream])


class FeedRun:
    """One feed, read to its end or to its first failure."""

    def __init__(self, transactions: Transactions, request: SyncRequest, feed: Feed, *, shared: Shared) -> None:
        """Nothing is read yet."""
        self._transactions = transactions
        self._request = request
        self._feed = feed
        self._run_id = shared.run_id
        self._patience = shared.patience
        self._shared = shared
        self._counts: Counts = Counter()
        self._notice_count = 0
        self._bytes_read = 0
        self._gate = FloodGate(request.max_rejected_percent, connection=request.connection_name, feed=feed.name)
        self._listed = listing.listed_stream(feed)
        self._is_fresh = False
        self._circling = Circling()
        self._last_page: Page | None = None
        self._started_at = request.clock.now()
        self._reading_since = self._started_at
        self._began_at = SavedPosition()
        self._cursor: str | None = None
        self._then_cursor: str | None = None
        self._since = request.reads_from

    async def run(self) -> FeedOutcome:
        """Read and apply. A HubError is part of the outcome; what is none leaves as it is."""
        held: str | None = None
        absent: Sequence[Absent] = ()
        error: HubError | None = None
        try:
            held, absent = await self._read()
        except HubError as failure:
            error = failure
        is_list = self._listed is not None
        return FeedOutcome(self._feed.name, self._counts, self._notice_count, held, absent, error, is_list=is_list, is_fresh=self._is_fresh)

    # --- reading ----------------------------------------------------------------------------------

    async def _read(self) -> tuple[str | None, Sequence[Absent]]:
        saved, run = await self._in_turn(self._prepare)
        self._is_fresh = listing.is_fresh(self._request, self._feed, saved, now=self._started_at)
        late = objection_to_order(self._feed, saved)
        if late is not None or self._is_fresh:
            return late, ()
        if saved.data_as_of is None:
            self._shared.learning.update(self._feed.streams)
        writer = PageWriter(self._transactions, run, fence=self._request.fence)
        position = self._began_at = beginning(self._request, self._feed, saved, now=self._started_at)
        self._cursor, self._then_cursor, self._reading_since = position.cursor, position.then_cursor, position.reading_since or self._started_at
        self._gate.go_on(position.delivered)
        await self._in_turn(lambda: writer.transact(partial(self._begin, position=position)))
        crashpoint("feed.begun")
        await self._patience.keep_asking(partial(self._read_on, writer))
        if self._then_cursor is not None:
            self._cursor, self._then_cursor, self._since = self._then_cursor, None, self._request.since
            await self._patience.keep_asking(partial(self._read_on, writer))
        return await self._finish(writer)

    async def _read_on(self, writer: PageWriter, tries: Tries) -> None:
        """Read from the last page that was kept to the end."""
        ended = False
        joining = self._request.joining
        async with reading_ahead(self._request.source.read(self._feed, cursor=self._cursor, since=self._since), joining.most_records) as pages:
            while (page := await self._next_page(pages, ended=ended)) is not None:
                if ended:
                    raise self._contract("it sent another page after its last one")
                found = await with_quick_ones(page, pages, joining)
                if any(self._circling.is_seen_at(page.cursor) for page in found if page.cursor is not None):
                    raise self._contract("it leads to the same place again and again, so it would be read for ever")
                await self._in_turn(partial(self._apply, writer, found, pages.read_on))
                self._cursor = found[-1].cursor
                ended = self._cursor is None
                tries.made_progress()
                self._show()
        if not ended:
            raise self._contract("it ended without a last page (one whose cursor is None)")

    async def _next_page(self, pages: PagesAhead, *, ended: bool) -> Page | None:
        """The next page; after the last one, a passing fault of the source is none of ours any more."""
        request = self._request
        try:
            return await in_time(pages.next, request.most_page_seconds, connection=request.connection_name, feed=self._feed.name)
        except TransientSourceError:
            if ended:
                return None
            raise

    def _prepare(self) -> tuple[SavedPosition, RunContext]:
        with self._transactions.read() as connection:
            run = run_context(connection, self._request, run_id=self._run_id, feed=self._feed.name, now=self._started_at)
            return run_log.saved_position(connection, self._request.connection_id, self._feed.name), run

    def _begin(self, connection: sa.Connection, position: SavedPosition) -> None:
        """Note that the feed is being read; a list that is read from its start forgets what it had named before."""
        starts_list = self._listed is not None and position.cursor is None
        if self._request.saves_position:
            run_log.begin_reading(connection, self._request.connection_id, self._feed, position=position, starts_list=starts_list, now=self._started_at)
        if starts_list:
            marks.start_marks(connection, self._request.connection_id, self._feed.name)

    # --- writing ----------------------------------------------------------------------------------

    async def _in_turn(self, step: Callable[[], T]) -> T:
        """Run store work in a thread while no other feed of the run does."""
        async with self._shared.turn:
            return await run_in_thread(step)

    def _apply(self, writer: PageWriter, pages: Sequence[Page], read_on: Callable[[], None]) -> None:
        """Apply pages as one with the position after them; one by one where so much of them is refused that each has to be judged."""
        try:
            self._apply_page(writer, joined(pages), read_on, is_of_several=len(pages) > 1)
        except _OneByOneError:
            for page in pages:
                self._apply(writer, [page], read_on)
            return
        if self._request.saves_position:
            for page in pages:
                self._shared.drift.look(_only(page, self._request.taken)[0].records)

    def _apply_page(self, writer: PageWriter, page: Page, read_on: Callable[[], None], *, is_of_several: bool = False) -> None:
        """Apply a page with the position after it, and let the next ones be read while it is committed. One `is_of_several` may be for each to be judged."""
        named = page
        page, skipped = _only(page, self._request.taken)

        def after(connection: sa.Connection, work: PageWork) -> None:
            if is_of_several and not self._gate.is_open_to_each(work):
                raise _OneByOneError
            self._gate.check(work, page)
            for stream, number in skipped.items():
                work.count(stream, "skipped", number)
            if self._listed is not None:
                marks.mark_seen(connection, writer.run, self._listed, page=named)
            self._note_work(connection, page, work)
            self._save_position(connection, page)
            read_on()

        with self._gate.keeping_refused(writer, self._note_refused):
            work = writer.write(page, after=after)
        self._gate.passed(page)
        self._count(work, page)

    def _save_position(self, connection: sa.Connection, page: Page) -> None:
        """After the last page of a list nothing is saved yet: what the list does not name must be dealt with before."""
        if page.cursor is not None:
            self._save(connection, page.cursor, then_cursor=self._then_cursor)
        elif self._then_cursor is not None:
            self._save(connection, self._then_cursor, then_cursor=None)
        elif self._listed is None:
            self._save_end(connection, page)
        else:
            self._last_page = page

    def _save_end(self, connection: sa.Connection, page: Page) -> None:
        if self._request.saves_position:
            now = self._request.clock.now()
            ended = self._moved_to(page.ends_at, then_cursor=None)
            position = replace(ended, data_as_of=min(page.data_as_of or self._reading_since, now))
            run_log.end_reading(connection, self._request.connection_id, self._feed, position=position, now=now)

    def _save(self, connection: sa.Connection, cursor: str, *, then_cursor: str | None) -> None:
        if self._request.saves_position:
            position = self._moved_to(cursor, then_cursor=then_cursor)
            run_log.save_position(connection, self._request.connection_id, self._feed, position=position, now=self._request.clock.now())

    def _moved_to(self, cursor: str | None, *, then_cursor: str | None) -> SavedPosition:
        return replace(self._began_at, cursor=cursor, then_cursor=then_cursor, delivered=self._gate.counted)

    def _note_work(self, connection: sa.Connection, page: Page, work: PageWork) -> None:
        notices = len(page.notices) + len(work.notices)
        run_log.note_counts(connection, self._run_id, work.counts, notices=notices)
        if work.counts or notices:
            so_far = FeedOutcome(self._feed.name, self._counts + work.counts, self._notice_count + notices)
            run_log.note_page(connection, self._run_id, {self._feed.name: so_far.as_document()}, now=self._request.clock.now())

    def _note_refused(self, connection: sa.Connection, work: PageWork) -> None:
        """What a page that did not land had refused is shown all the same."""
        run_log.note_counts(connection, self._run_id, work.counts)
        self._counts += work.counts

    def _count(self, work: PageWork, page: Page) -> None:
        self._counts += work.counts
        self._notice_count += len(page.notices) + len(work.notices)
        self._bytes_read += page.bytes_read

    # --- the end ----------------------------------------------------------------------------------

    async def _finish(self, writer: PageWriter) -> tuple[str | None, Sequence[Absent]]:
        """Deal with what a complete list does not name; only then it has been read to its end."""
        if self._last_page is None:
            return None, ()
        crashpoint("feed.before_unlisted")
        if self._feed.full_list is not None:
            return await self._delete_unlisted(writer, self._feed.full_list, self._last_page), ()
        return await self._in_turn(partial(self._close_unlisted, writer, self._last_page))

    def _close_unlisted(self, writer: PageWriter, last: Page) -> tuple[str | None, Sequence[Absent]]:
        found: list[tuple[str | None, Sequence[Absent], Counts]] = []

        def end(connection: sa.Connection) -> None:
            unreadable = self._gate.unreadable_count
            found.append(listing.close_unlisted(connection, writer.run, self._request, feed=self._feed, unreadable_count=unreadable))
            run_log.note_counts(connection, self._run_id, found[-1][2])
            self._save_end(connection, last)

        writer.transact(end)
        held, absent, closed = found[-1]
        self._counts += closed
        return held, absent

    async def _delete_unlisted(self, writer: PageWriter, stream: Stream, last: Page) -> str | None:
        found: list[Unlisted] = []
        request, since = self._request, self._reading_since
        find = partial(listing.find_unlisted, run=writer.run, request=request, stream=stream, listing_since=since)
        await self._in_turn(lambda: writer.transact(lambda connection: found.append(find(connection))))
        held = found[-1].held
        ask = partial(full_lists.ask_about, request, stream, found[-1])
        for page in await self._patience.keep_asking(lambda _: ask()):
            await self._in_turn(partial(self._apply_confirmed, writer, page))
        crashpoint("feed.unlisted_deleted")
        await self._in_turn(lambda: writer.transact(lambda connection: self._save_end(connection, last)))
        return held

    def _apply_confirmed(self, writer: PageWriter, page: Page) -> None:
        """A page that says what has become of objects that the list did not name."""
        page, _ = _only(page, self._request.taken)
        self._count(writer.write(page, after=lambda connection, work: self._note_work(connection, page, work)), page)

    def _show(self) -> None:
        read = sum(number for (_, what), number in self._counts.items() if what == "read")
        rejected = sum(number for (_, what), number in self._counts.items() if what == "rejected")
        self._request.on_progress(Progress(self._feed.name, read, rejected, self._feed.expected_count, self._bytes_read))

    def _contract(self, message: str) -> SourceContractError:
        return SourceContractError(message, connection=self._request.connection_name, feed=self._feed.name)


def _only(page: Page, streams: frozenset[Stream] | None) -> tuple[Page, Counter[Stream]]:
    """A page without the records of streams that are not taken, and how many of these there were."""
    if streams is None or all(item.stream in streams for item in (*page.records, *page.deletions)):
        return page, Counter()
    skipped = Counter(item.stream for item in (*page.records, *page.deletions) if item.stream not in streams)
    records = [record for record in page.records if record.stream in streams]
    return replace(page, records=records, deletions=[item for item in page.deletions if item.stream in streams]), skipped
