"""One run of one connection: its feeds parents first, several at a time where the source allows it; each goes on where it had stopped."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import anyio

from hub.crashpoints import crashpoint
from hub.errors import HubError, SourceContractError, TransientSourceError
from hub.jobs.fencing import FencedError, JobCancelledError
from hub.jobs.outcomes import can_pass
from hub.plugins.connector import Feed
from hub.store.engine import run_in_thread
from hub.store.rehearsal import Transactions
from hub.sync import aftermath, run_log, sweep
from hub.sync.drift import DriftWatch, tell_drift
from hub.sync.feed_run import FeedRun, Shared
from hub.sync.in_time import in_time
from hub.sync.patience import Patience
from hub.sync.request import FeedOutcome, SyncReport, SyncRequest
from hub.sync.run_log import RunStart
from hub.vocabulary import Stream, SyncRunStatus

_LEVELS = {
    Stream.EXCHANGE_RATES: 0,
    Stream.CUSTOMERS: 1,
    Stream.CONTACTS: 2,
    Stream.SUBSCRIPTIONS: 2,
    Stream.PAYMENT_METHODS: 2,
    Stream.INVOICES: 3,
    Stream.CREDIT_NOTES: 4,
    Stream.PAYMENTS: 4,
    Stream.REFUNDS: 5,
    Stream.PAYMENT_ATTEMPTS: 5,
}
"""What hangs on something else is read after it: then less has to wait. No figure depends on it."""

_LISTS = 6
"""Lists of what is there are read when everything else has been."""


async def run_sync(transactions: Transactions, request: SyncRequest) -> SyncReport:
    """Run once. A source's failure ends the run as FAILED with its error in the report; a programming error leaves as it is.

    Raises FencedError when somebody else has taken the run over: it is theirs to end.
    """
    run_id = await run_in_thread(lambda: _start(transactions, request))
    crashpoint("run.started")
    run = _Run(transactions, request, run_id)
    error: HubError | None = None
    try:
        await run.read()
    except HubError as failure:
        error = failure
    except BaseException as stop:
        with anyio.CancelScope(shield=True):
            await run_in_thread(partial(_end_cut_off, transactions, request, run, stop=stop))
        raise
    report = _report(run_id, run.outcomes, error)
    if isinstance(report.error, FencedError):
        raise report.error
    crashpoint("run.before_end")
    ended = await run_in_thread(lambda: _end(transactions, request, report, shared=run.shared, message=_message(report)))
    crashpoint("run.ended")
    return ended


def waves(feeds: Sequence[Feed]) -> list[list[Feed]]:
    """Feeds that may be read at the same time, one wave after the other; within a wave in the order of the source."""
    levels = sorted({_level(feed) for feed in feeds})
    return [[feed for feed in feeds if _level(feed) == level] for level in levels]


def _level(feed: Feed) -> int:
    return _LISTS if feed.full_list is not None else max((_LEVELS[stream] for stream in feed.streams), default=0)


class _Run:
    """A run under way. `outcomes` are those of the feeds that have ended."""

    def __init__(self, transactions: Transactions, request: SyncRequest, run_id: int) -> None:
        self._transactions = transactions
        self._request = request
        self.run_id = run_id
        self.shared = Shared(run_id, Patience(sleep=request.sleep, waiting=self._waiting, jitter=request.jitter), DriftWatch(request.connection_id))
        self._waits: dict[int, tuple[datetime, str | None]] = {}
        self._is_stopped = False
        self._failure: Exception | None = None
        self.outcomes: list[FeedOutcome] = []

    async def read(self) -> None:
        """Read every feed; an error that is not of one feed alone leaves the feeds after it unread."""
        feeds = await self.shared.patience.keep_asking(lambda _: self._feeds())
        for wave in waves(feeds):
            left = deque(wave)
            async with anyio.create_task_group() as readers:
                for _ in range(min(self._request.concurrent_feeds, len(wave))):
                    readers.start_soon(self._read_some, left)
            if self._failure is not None:
                raise self._failure
        order = [feed.name for feed in feeds]
        self.outcomes.sort(key=lambda outcome: order.index(outcome.feed))

    async def _feeds(self) -> Sequence[Feed]:
        request = self._request
        feeds = await in_time(request.source.feeds, request.most_page_seconds, connection=request.connection_name)
        problem = sweep.objection_to_feeds(feeds)
        if problem is not None:
            raise SourceContractError(problem, connection=request.connection_name)
        wanted = [feed for feed in feeds if request.streams is None or request.streams & set(feed.streams)]
        if request.forgets_feeds:
            await run_in_thread(partial(self._forget_others, [feed.name for feed in wanted]))
        return wanted

    async def _read_some(self, left: deque[Feed]) -> None:
        while left and not self._is_stopped:
            feed = left.popleft()
            reading = FeedRun(self._transactions, self._request, feed, shared=self.shared)
            try:
                outcome = await reading.run()
            except Exception as error:  # noqa: BLE001 - a bug; raised when the other feeds have stopped, so that no group wraps it
                self._failure = self._failure or error
                self._is_stopped = True
                return
            self.outcomes.append(outcome)
            self._is_stopped = self._is_stopped or _stops_the_run(outcome.error)

    def _forget_others(self, names: Sequence[str]) -> None:
        """The checkpoints of feeds that there are no more say nothing of the connection any longer."""
        with self._transactions.write() as connection:
            self._request.fence(connection)
            run_log.forget_positions(connection, self._request.connection_id, keep=names)

    async def _waiting(self, seconds: float | None, why: str | None) -> None:
        """Note the longest of the waits of all feeds, as long as one of them waits."""
        task = anyio.get_current_task().id
        self._waits.pop(task, None)
        if seconds is not None:
            self._waits[task] = (self._request.clock.now() + timedelta(seconds=seconds), why)
        until, reason = max(self._waits.values(), key=lambda wait: wait[0], default=(None, None))

        def note() -> None:
            with self._transactions.write() as connection:
                self._request.fence(connection)
                run_log.note_waiting(connection, self.run_id, until, why=reason)

        async with self.shared.turn:
            await run_in_thread(note)


def _stops_the_run(error: HubError | None) -> bool:
    """Whether what stopped one feed would stop the others too: credentials, the database, a person. A feed's own trouble does not."""
    return error is not None and not isinstance(error, (SourceContractError, TransientSourceError))


def _gravity(error: HubError) -> int:
    """Which error a run ends with: what stops every feed, then what passes, for then it is tried again, whatever else is broken."""
    return 0 if _stops_the_run(error) else 1 if can_pass(error) else 2


def _report(run_id: int, outcomes: Sequence[FeedOutcome], error: HubError | None) -> SyncReport:
    errors = [found for found in (error, *(outcome.error for outcome in outcomes)) if found is not None]
    grave = min(errors, key=_gravity, default=None)
    if isinstance(grave, JobCancelledError):
        return SyncReport(run_id, SyncRunStatus.CANCELLED, outcomes, grave)
    if grave is not None:
        return SyncReport(run_id, SyncRunStatus.FAILED, outcomes, grave)
    is_held = any(outcome.held is not None for outcome in outcomes)
    return SyncReport(run_id, SyncRunStatus.HELD if is_held else SyncRunStatus.SUCCEEDED, outcomes)


def _message(report: SyncReport) -> str | None:
    texts = [str(outcome.error) for outcome in report.feeds if outcome.error is not None]
    if report.error is not None and str(report.error) not in texts:
        texts.insert(0, str(report.error))
    return "; ".join([*texts, *(outcome.held for outcome in report.feeds if outcome.held is not None)]) or None


def _start(transactions: Transactions, request: SyncRequest) -> int:
    start = RunStart(connection_id=request.connection_id, trigger=request.trigger, scope=request.scope(), job_run_id=request.job_run_id)
    with transactions.write() as connection:
        request.fence(connection)
        return run_log.start_run(connection, start, now=request.clock.now())


def _end_cut_off(transactions: Transactions, request: SyncRequest, run: "_Run", *, stop: BaseException) -> None:
    """End a run that was stopped from outside or by a bug; one that was taken over is not ours to end."""
    report = SyncReport(run.run_id, SyncRunStatus.FAILED, run.outcomes, _bug(stop))
    with suppress(FencedError):
        _end(transactions, request, report, shared=run.shared, message="stopped before its end; the next run goes on")


def _bug(stop: BaseException) -> HubError | None:
    """What people are told of an exception that nobody raised on purpose; None for a process that was asked to stop."""
    return HubError(f"a bug in its connector or in the hub ({type(stop).__name__}): the log has the rest") if isinstance(stop, Exception) else None


def _end(transactions: Transactions, request: SyncRequest, report: SyncReport, *, shared: Shared, message: str | None) -> SyncReport:
    """End a run; returns its report, which says CANCELLED where a person has cancelled it by now. Raises FencedError: then it is another's to end."""
    documents = {outcome.feed: outcome.as_document() for outcome in report.feeds}
    now = request.clock.now()
    with transactions.write() as connection:
        try:
            request.fence(connection)
        except JobCancelledError as cancelled:
            if report.status is not SyncRunStatus.CANCELLED:
                report, message = replace(report, status=SyncRunStatus.CANCELLED, error=cancelled), str(cancelled)
        run_log.end_run(connection, report.run_id, status=report.status, message=message, feeds=documents, now=now)
        if request.saves_position:
            aftermath.settle(connection, request.connection_id, report, now=now)
            shared.drift.save(connection, now=now, learning=shared.learning)
            tell_drift(connection, request.connection_id, now=now)
    return report
