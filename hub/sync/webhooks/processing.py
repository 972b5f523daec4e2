"""Processing: the objects that due events hint at are fetched once each and applied, and their events end in the same transaction as the rows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from hub.crashpoints import crashpoint
from hub.errors import SourceContractError
from hub.model import ExternalReference, table_of
from hub.plugins.connector import FetchingSource, Page
from hub.plugins.documents import date_of
from hub.plugins.webhooks import WebhookHint
from hub.store.engine import run_in_thread
from hub.store.lookup import is_among
from hub.store.rehearsal import Transactions
from hub.sync import run_log
from hub.sync.answers import Target, answered
from hub.sync.context import PageWork
from hub.sync.preparing import run_context
from hub.sync.request import SyncRequest
from hub.sync.run_log import Reads
from hub.sync.webhooks import events, run_row
from hub.sync.webhooks.events import OpenEvent, Outcome
from hub.sync.webhooks.fetching import FETCH_SECONDS, Fetched, fetch_objects
from hub.sync.webhooks.hints import targets_of
from hub.sync.webhooks.judging import GIVEN_UP_AFTER, Answers, KnownObject, judge, wanted_hints
from hub.sync.writing import PageWriter
from hub.vocabulary import Stream, WebhookEventStatus

GiveUp = Callable[[sa.Connection, str], None]
"""Called in the transaction that gives events up, with what a person should know of them."""

FEED = "webhooks"
"""What the runs of webhooks name as their feed."""

_NOT_ASKED = "none of its objects can be fetched for this connection, or it has not been read to its end yet; what changed comes with the next run"
"""Before the first read has ended nothing is fetched: what it does not tell, such as that an object was deleted before it began, nobody would tell."""

_EVENTS_AT_ONCE = 500
_NAMED = 5
_REFERENCES = table_of(ExternalReference)


@dataclass(frozen=True, slots=True)
class WebhookReport:
    """How many events ended in which way. `next_attempt_at` is when the next one is due that is still open; None: none is open."""

    counts: Mapping[WebhookEventStatus, int]
    next_attempt_at: datetime | None


class _OvertakenError(Exception):
    """A read of the connection has begun or ended since objects were fetched.

    One that was deleted in between may be in none of what that read told, since it began to look after the deletion: to land it now would
    let it stay for ever.
    """


@dataclass(frozen=True, slots=True)
class _Asked:
    """Events that need their objects: the hints of each, what the hub had of the objects when they were taken, and how far feeds were read then."""

    hints: Mapping[OpenEvent, tuple[WebhookHint, ...]] = field(default_factory=dict[OpenEvent, tuple[WebhookHint, ...]])
    known: Mapping[Target, KnownObject] = field(default_factory=dict[Target, KnownObject])
    reads: Reads = ()

    @property
    def targets(self) -> Sequence[Target]:
        """The objects, each once."""
        return targets_of(hint for hints in self.hints.values() for hint in hints)

    def without(self, targets: frozenset[Target]) -> "_Asked":
        """Only the events that need none of these objects."""
        return replace(self, hints={event: hints for event, hints in self.hints.items() if targets.isdisjoint(targets_of(hints))})


async def process_webhooks(transactions: Transactions, request: SyncRequest, *, give_up: GiveUp) -> WebhookReport:
    """Work on the due events of one connection until none is left.

    `request` is as for a run: its `source` is asked, its `fence` is the first statement of every transaction, and of the streams
    that it takes those in `fetchable` count. An object that the source fails to serve is asked for again later. When the source refuses our credentials, is
    asked too much or is out, that error leaves as it is; what came before it is applied, and the other events stay open. The caller
    brings up the figures.
    """
    processing = _Processing(transactions, request, give_up)
    while await processing.work_on_some():
        pass
    return WebhookReport(processing.counts, await run_in_thread(processing.next_attempt_at))


class _Processing:
    def __init__(self, transactions: Transactions, request: SyncRequest, give_up: GiveUp) -> None:
        self._transactions = transactions
        self._request = request
        self._give_up = give_up
        self._streams = request.fetchable if request.taken is None else request.fetchable & request.taken
        self.counts: Counter[WebhookEventStatus] = Counter()

    async def work_on_some(self) -> bool:
        """Take some events and deal with them; returns whether there were any."""
        asked, ended = await run_in_thread(self._take)
        self._count(ended)
        crashpoint("webhook.taken")
        if not asked.hints:
            return bool(ended)
        fetched = await self._fetch(asked.targets)
        crashpoint("webhook.fetched")
        self._count(await run_in_thread(partial(self._apply, asked.without(fetched.unasked), fetched)))
        crashpoint("webhook.answered")
        if fetched.stopped_by is not None:
            raise fetched.stopped_by
        return True

    def next_attempt_at(self) -> datetime | None:
        """When the next open event is due."""
        with self._transactions.read() as connection:
            return events.next_due_at(connection, self._request.connection_id)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        self.counts.update(outcome.status for outcome in outcomes)

    def _take(self) -> tuple[_Asked, Sequence[Outcome]]:
        """Due events that need their objects, and the outcomes of those that do not."""
        now = self._request.clock.now()
        with self._transactions.write() as connection:
            self._request.fence(connection)
            due = events.take_due(connection, self._request.connection_id, now=now, limit=_EVENTS_AT_ONCE)
            known = self._known(connection, due)
            streams = self._streams & run_log.streams_read(connection, self._request.connection_id)
            wanted = {event: wanted_hints(event, streams=streams, known=known) for event in due}
            ended = [_without_asking(event, hints) for event, hints in wanted.items() if not hints]
            events.keep_outcomes(connection, ended, now=now)
            reads = run_log.reads_of(connection, self._request.connection_id)
        return _Asked({event: hints for event, hints in wanted.items() if hints}, known, reads), ended

    def _known(self, connection: sa.Connection, due: Sequence[OpenEvent]) -> dict[Target, KnownObject]:
        """What the hub has of the objects that some events hint at."""
        found: dict[Target, KnownObject] = {}
        columns = _REFERENCES.c
        for stream in self._streams:
            names = {hint.external_id for event in due for hint in event.hints if hint.stream is stream}
            statement = sa.select(columns.external_id, columns.source_version, columns.is_deleted_at_source).where(
                columns.connection_id == self._request.connection_id, columns.stream == stream, is_among(columns.external_id, names)
            )
            found |= {(stream, row[0]): KnownObject(row[1], row[2]) for row in connection.execute(statement)} if names else {}
        return found

    async def _fetch(self, targets: Sequence[Target]) -> Fetched:
        source = self._request.source
        if not isinstance(source, FetchingSource):
            message = "its connector says that objects can be fetched one by one, but its source cannot do it"
            raise SourceContractError(message, connection=self._request.connection_name, feed=FEED)
        seconds = min(self._request.most_page_seconds, FETCH_SECONDS)
        fetched = await fetch_objects(source, targets, connection=self._request.connection_name, seconds=seconds)
        return replace(fetched, page=_of_taken(fetched.page, self._request.taken))

    def _apply(self, asked: _Asked, fetched: Fetched) -> Sequence[Outcome]:
        """Write the page, and what it means for the events, in one transaction; it is a run of its own.

        When a read has begun or ended meanwhile nothing is done: the events stay due, and their objects are fetched again.
        """
        now = self._request.clock.now()
        answers = Answers(answered(fetched.page, set(asked.targets)), fetched.failed)
        page, too_old = self._without_too_old(fetched.page, asked.known)
        judged = (judge(event, hints, answers=answers, known=asked.known, now=now) for event, hints in asked.hints.items())
        outcomes = [_passed_over(outcome) if too_old.issuperset(targets_of(asked.hints[outcome.event])) else outcome for outcome in judged]
        with self._transactions.read() as connection:
            run = run_context(connection, self._request, run_id=0, feed=FEED, now=now)  # its id is known when its transaction has begun

        def begin(connection: sa.Connection) -> None:
            self._request.fence(connection)
            if run_log.reads_of(connection, self._request.connection_id) != asked.reads:
                raise _OvertakenError
            run.run_id = run_row.begin(connection, self._request, now=now)

        def end(connection: sa.Connection, work: PageWork) -> None:
            run_row.end(connection, run.run_id, FEED, work=work, notice_count=len(page.notices), now=now)
            self._keep(connection, outcomes, now=now)

        if page.records or page.deletions or page.refusals:
            try:
                PageWriter(self._transactions, run, fence=begin).write(page, after=end)
            except _OvertakenError:
                return ()
        elif outcomes:
            with self._transactions.write() as connection:
                self._request.fence(connection)
                self._keep(connection, outcomes, now=now)
        return outcomes

    def _without_too_old(self, page: Page, known: Mapping[Target, KnownObject]) -> tuple[Page, set[Target]]:
        """The page without documents from before the sync-from date that the hub does not have, and which these are."""
        since = self._request.since
        dated = {(record.stream, record.external_id): date_of(record) for record in page.records}
        too_old = {target for target, day in dated.items() if since is not None and day is not None and day < since and target not in known}
        return replace(page, records=[record for record in page.records if (record.stream, record.external_id) not in too_old]), too_old

    def _keep(self, connection: sa.Connection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
        events.keep_outcomes(connection, outcomes, now=now)
        given_up = [outcome for outcome in outcomes if outcome.status is WebhookEventStatus.GIVEN_UP]
        if given_up:
            self._give_up(connection, _in_words(given_up))
        crashpoint("webhook.applied")


def _without_asking(event: OpenEvent, hints: tuple[WebhookHint, ...] | None) -> Outcome:
    """What becomes of an event that needs no object: the hub has it already, or cannot have it."""
    if hints is not None:
        return Outcome(event, WebhookEventStatus.APPLIED)
    return Outcome(event, WebhookEventStatus.IGNORED, _NOT_ASKED)


def _passed_over(outcome: Outcome) -> Outcome:
    """What becomes of an event of which all objects are older than what is read of the connection."""
    return Outcome(outcome.event, WebhookEventStatus.IGNORED, "its objects are from before the connection's sync-from date")


def _of_taken(page: Page, taken: frozenset[Stream] | None) -> Page:
    """The page without records of streams that the connection does not take, such as customers that an invoice mentions."""
    return page if taken is None else replace(page, records=[record for record in page.records if record.stream in taken])


def _in_words(given_up: Sequence[Outcome]) -> str:
    named = "; ".join(f"event {outcome.event.event_id}: {outcome.error}" for outcome in given_up[:_NAMED])
    more = f"; and {len(given_up) - _NAMED} more" if len(given_up) > _NAMED else ""
    hours = int(GIVEN_UP_AFTER.total_seconds() // 3600)
    return f"for {hours} hours the source did not show what it had told of ({len(given_up)} events): {named}{more}. A sync brings whatever there is"
