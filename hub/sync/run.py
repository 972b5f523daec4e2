"""One run of one connection: feeds in order, pages as they come, each in its own transaction, resumed where the last run stopped."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import anyio
import sqlalchemy as sa
from sqlalchemy import exc

from hub.clock import business_date
from hub.errors import ConflictError, HubError, SourceContractError, StoreError
from hub.health.basis import Basis
from hub.health.rate_table import load_rate_table, rates_fingerprint
from hub.plugins.connector import Feed, Page
from hub.store.engine import run_in_thread
from hub.store.lock import own_books, share_books
from hub.store.rehearsal import Transactions
from hub.sync import run_log, sweep
from hub.sync.context import PageWork, RunContext
from hub.sync.page import REFUSALS, apply_page
from hub.sync.read_ahead import reading_ahead
from hub.sync.request import Counts, FeedOutcome, Progress, SyncReport, SyncRequest
from hub.sync.sweep import Absent
from hub.sync.turning import kept_day
from hub.vocabulary import Stream, SyncRunStatus

_PAUSES_SECONDS = (0.1, 0.5, 2.0)


async def run_sync(transactions: Transactions, request: SyncRequest) -> SyncReport:
    """Run once. A source's failure ends the run as FAILED with its error in the report; a programming error leaves as it is."""
    started_at = request.clock.now()
    run_id = await run_in_thread(lambda: _start(transactions, request, started_at))
    outcomes: list[FeedOutcome] = []
    error: HubError | None = None
    try:
        for feed in await _feeds(request):
            await _FeedRun(transactions, request, feed, run_id=run_id, outcomes=outcomes).run()
    except HubError as failure:
        error = failure
    except BaseException:
        with anyio.CancelScope(shield=True):
            await _end(transactions, request, SyncReport(run_id, SyncRunStatus.FAILED, outcomes), message="stopped before its end; the next run goes on")
        raise
    held = [outcome.held for outcome in outcomes if outcome.held is not None]
    status = SyncRunStatus.FAILED if error is not None else SyncRunStatus.HELD if held else SyncRunStatus.SUCCEEDED
    report = SyncReport(run_id, status, outcomes, error)
    await _end(transactions, request, report, message=str(error) if error is not None else "; ".join(held) or None)
    return report


async def _feeds(request: SyncRequest) -> Sequence[Feed]:
    feeds = await request.source.feeds()
    problem = sweep.objection_to_feeds(feeds)
    if problem is not None:
        raise SourceContractError(problem, connection=request.connection_name)
    return feeds


def _start(transactions: Transactions, request: SyncRequest, now: datetime) -> int:
    with transactions.write() as connection:
        return run_log.start_run(connection, connection_id=request.connection_id, trigger=request.trigger, now=now)


async def _end(transactions: Transactions, request: SyncRequest, report: SyncReport, *, message: str | None) -> None:
    documents = {outcome.feed: outcome.as_document() for outcome in report.feeds}

    def end() -> None:
        with transactions.write() as connection:
            run_log.end_run(connection, report.run_id, status=report.status, message=message, feeds=documents, now=request.clock.now())

    await run_in_thread(end)


def _has_rates(page: Page) -> bool:
    return any(item.stream is Stream.EXCHANGE_RATES for item in (*page.records, *page.deletions))


class _FeedRun:
    """One feed, read to its end or to its first failure."""

    def __init__(self, transactions: Transactions, request: SyncRequest, feed: Feed, *, run_id: int, outcomes: list[FeedOutcome]) -> None:
        self._transactions = transactions
        self._request = request
        self._feed = feed
        self._outcomes = outcomes
        self._counts: Counts = Counter()
        self._notice_count = 0
        self._bytes_read = 0
        self._unreadable_count = 0
        self._run_id = run_id
        self._started_at = request.clock.now()
        self._context: RunContext | None = None

    async def run(self) -> None:
        """Read and apply; what was counted is reported whether the feed ended well or not."""
        held: str | None = None
        absent: Sequence[Absent] = ()
        try:
            held, absent = await self._read()
        finally:
            self._outcomes.append(FeedOutcome(self._feed.name, self._counts, self._notice_count, held, absent))

    async def _read(self) -> tuple[str | None, Sequence[Absent]]:
        position = await run_in_thread(self._prepare)
        late = self._is_late(position)
        if late is not None:
            return late, ()
        is_same_content = position.content_digest == self._feed.content_digest
        cursor = position.cursor if is_same_content and self._feed.full_open_list is None else None
        ended = False
        async with reading_ahead(self._request.source.read(self._feed, cursor=cursor, since=self._request.since)) as pages:
            while (page := await pages.next()) is not None:
                if ended:
                    raise self._contract("it sent another page after its last one")
                ended = page.cursor is None
                await run_in_thread(lambda page=page: self._apply(page, pages.read_on))
                self._show()
        if not ended:
            raise self._contract("it ended without a last page (one whose cursor is None)")
        return await run_in_thread(self._sweep) if self._feed.full_open_list is not None else (None, ())

    def _prepare(self) -> run_log.SavedPosition:
        request = self._request
        basis = Basis.of(request.workspace, business_date(request.clock, request.workspace.time_zone))
        with self._transactions.write() as connection:
            self._context = RunContext(
                connection_id=request.connection_id,
                connection_name=request.connection_name,
                run_id=self._run_id,
                feed=self._feed.name,
                now=self._started_at,
                today=basis.as_of,
                zone=request.workspace.time_zone,
                rates=load_rate_table(connection, basis.base_currency, basis.conversion_date),
                basis=basis,
                authority=request.authority,
                actor=request.actor,
                dialect=connection.dialect.name,
            )
            if self._feed.full_open_list is not None:
                sweep.start_marks(connection, request.connection_id, self._feed.name)
            return run_log.saved_position(connection, request.connection_id, self._feed.name)

    def _is_late(self, position: run_log.SavedPosition) -> str | None:
        """Why the feed is held back: a newer file of it has been applied already (P17)."""
        if position.sequence is None or self._feed.sequence is None or self._feed.sequence >= position.sequence:
            return None
        mine, newer = _in_words(self._feed.sequence), _in_words(position.sequence)
        return f"{self._feed.name}: this file is {mine}, a newer one ({newer}) has been imported: it is held back, nothing was changed"

    def _apply(self, page: Page, read_on: Callable[[], None]) -> None:
        """Apply a page swiftly; when the database refuses something, once more with care, so that only the culprit is left out."""
        try:
            work = self._try(page, read_on, is_careful=False)
        except REFUSALS:
            work = self._try(page, read_on, is_careful=True)
        self._run.memory.learn(work)
        self._counts += work.counts
        self._notice_count += len(page.notices) + len(work.notices)
        self._bytes_read += page.bytes_read
        self._unreadable_count += sum(refusal.external_id is None for refusal in page.refusals)

    def _try(self, page: Page, read_on: Callable[[], None], *, is_careful: bool) -> PageWork:
        """Write a page, again after a pause when the database was busy: a page that was rolled back has done nothing."""
        for pause in _PAUSES_SECONDS:
            try:
                return self._write(page, read_on, is_careful=is_careful)
            except exc.OperationalError:
                time.sleep(pause)
        try:
            return self._write(page, read_on, is_careful=is_careful)
        except exc.OperationalError as error:
            message = f"the database did not take a page of {self._feed.name} ({str(error.orig).splitlines()[0]}): what came before it is kept, try again"
            raise StoreError(message) from error

    def _write(self, page: Page, read_on: Callable[[], None], *, is_careful: bool) -> PageWork:
        """One transaction: the page's rows and the position after them. The next page is read while it is committed."""
        with self._transactions.write() as connection:
            if _has_rates(page):
                own_books(connection)
            else:
                share_books(connection)
            self._keep_up(connection)
            work = apply_page(connection, self._run, page, is_careful=is_careful)
            if self._feed.full_open_list is not None:
                sweep.mark_seen(connection, self._run, self._feed.full_open_list, page=page)
            data_as_of = (page.data_as_of or self._started_at) if page.cursor is None else None
            if self._request.saves_position:
                run_log.save_position(connection, self._run.connection_id, self._feed, cursor=page.cursor, data_as_of=data_as_of, now=self._request.clock.now())
            run_log.note_counts(connection, self._run_id, work.counts, notices=len(page.notices) + len(work.notices))
            read_on()
            return work

    def _keep_up(self, connection: sa.Connection) -> None:
        """Write as of the day and with the rates that kept amounts hold for, whatever another process has turned or brought meanwhile."""
        run = self._run
        seen = rates_fingerprint(connection)
        if seen != run.rates_seen:
            run.rates = load_rate_table(connection, run.basis.base_currency, run.basis.conversion_date)
            run.rates_seen = seen
        day = kept_day(connection, run.basis)
        if day != run.today:
            run.today = day
            run.basis = replace(run.basis, as_of=day)

    def _sweep(self) -> tuple[str | None, Sequence[Absent]]:
        """Close what the complete list does not name, if a person said so; otherwise say what would be closed."""
        listed = self._feed.full_open_list
        if listed is None:
            return None, ()
        with self._transactions.write() as connection:
            share_books(connection)
            self._keep_up(connection)
            absent = sweep.find_absent(connection, self._run.connection_id, self._feed.name, closed_on=listed.closed_on)
            if absent and self._unreadable_count:
                return (
                    f"{self._unreadable_count} rows could not be read, so the list is not complete and nothing was closed: mend them and import again",
                    absent,
                )
            percent = self._request.workspace.mass_close_percent
            held = sweep.objection(connection, self._run, absent, closing=self._request.closing, brake_percent=percent)
            if held is None and absent:
                sweep.close_absent(connection, self._run, listed, absent=absent)
                closed: Counts = Counter({(listed.stream, "closed"): len(absent)})
                run_log.note_counts(connection, self._run_id, closed)
                self._counts += closed
        return held, absent

    def _show(self) -> None:
        read = sum(number for (_, what), number in self._counts.items() if what == "read")
        rejected = sum(number for (_, what), number in self._counts.items() if what == "rejected")
        self._request.on_progress(Progress(self._feed.name, read, rejected, self._feed.expected_count, self._bytes_read))

    def _contract(self, message: str) -> SourceContractError:
        return SourceContractError(message, connection=self._request.connection_name, feed=self._feed.name)

    @property
    def _run(self) -> RunContext:
        if self._context is None:
            raise ConflictError("the feed was not prepared")
        return self._context


def _in_words(sequence: str) -> str:
    """A sequence as people wrote it: numbers are kept with zeros before them, so that they compare as text."""
    return sequence.lstrip("0") or "0" if sequence.isdigit() else sequence
