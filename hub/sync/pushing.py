"""A batch that somebody pushes: landed as a page of any connector is, with all that follows from it, inside the caller's transaction.

The batch is a run of its own, which begins and ends within the transaction: a run of the same connection may go on meanwhile, and neither
takes the other for one that was cut off. Whoever pushes owns the books, so two pushes come one after the other, and pages of runs before
or after them; which form of an object is newer, their versions tell.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import sqlalchemy as sa

from hub.clock import Clock
from hub.config import Settings
from hub.health.bill_to import resolve_bill_to
from hub.health.refresh import is_anyone_marked, refresh_dirty
from hub.identity.matching.queue import is_anyone_waiting
from hub.jobs import NewJob, submit_or_join
from hub.model import DirtyCustomer, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record, Refusal
from hub.store.lock import take_turns
from hub.sync import run_log
from hub.sync.context import CustomerIds, PageWork, RunContext
from hub.sync.fates import Fate, Item, fates_of, in_turns
from hub.sync.landing.streams import LANDINGS
from hub.sync.page import REFUSALS, apply_page
from hub.sync.references import find_entity_ids
from hub.sync.request import FeedOutcome
from hub.sync.run_log import RunStart
from hub.sync.stepping import begin_step
from hub.vocabulary import Entity, Stream, SyncRunStatus

FEED = "push"
"""What the run of a push, and what was refused of it, name as their feed."""

TRIGGER = "PUSH"
"""What started such a run."""

FOLLOW_UP_JOB = "follow_up"
"""The kind of the job that compares new and changed customers with all others, and brings up the figures that pushes have left to it."""

FEW_CUSTOMERS = 100
"""As many customers' figures a push brings up itself: for so many that takes about twice as long as for one, and from there on longer with each.

Whoever loads a ledger sends batch after batch for the same customers: then they are brought up once, for all batches that have come.
"""

_DIRTY = table_of(DirtyCustomer)
_MOVES_PLACES = ("created", "updated", "deleted")


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push came to: its run, and what became of each item in the order in which they were given.

    `job_id` is the job that does what is left of it: figures of many customers, and comparing new ones; None: nothing is left.
    `rows` are the row ids of what is known of the items by stream and external id.
    """

    run_id: int
    fates: Sequence[Fate]
    job_id: int | None
    rows: dict[tuple[Stream, str], tuple[Entity, int]]


@dataclass(slots=True)
class Push:
    """One batch for one connection, within a transaction. `actor` is a user or token name; `reason` None: nobody said why.

    `known_customers` are those that items name otherwise than by an id of the connection.
    """

    connection: sa.Connection
    settings: Settings
    clock: Clock
    connection_id: int
    connection_name: str
    actor: str
    reason: str | None = None
    known_customers: Mapping[str, CustomerIds] = field(default_factory=dict[str, CustomerIds])
    _run: RunContext = field(init=False)
    _counts: Counter[tuple[Stream | None, str]] = field(init=False, default_factory=Counter[tuple[Stream | None, str]])
    _notice_count: int = field(init=False, default=0)
    _touched: set[int] = field(init=False, default_factory=set[int])
    _changes_rates: bool = field(init=False, default=False)

    def land(self, items: Sequence[Item]) -> Pushed:
        """Land the items, and bring up the figures that they touch, or leave them to a job. What is not accepted becomes a rejected record; the rest lands.

        To be called once. Raises RequestError when a batch names the same object in too many ways.
        """
        turns = in_turns(items)
        self._begin()
        fates: dict[int, Fate] = {}
        for turn in turns:
            work = self._apply([item for _, item in turn])
            fates.update(zip((index for index, _ in turn), fates_of([item for _, item in turn], work), strict=True))
        job_id = self._end()
        return Pushed(self._run.run_id, [fates[index] for index in range(len(items))], job_id, self._rows(items))

    def _begin(self) -> None:
        """Own the books, and begin the run: nobody writes beside it, on the day and with the rates that kept amounts hold for."""
        run = begin_step(self.connection, self.settings, self.clock, actor=self.actor, reason=self.reason)
        take_turns(self.connection, self.connection_id)
        run.connection_id, run.connection_name, run.feed = self.connection_id, self.connection_name, FEED
        run.memory.customers |= self.known_customers
        run.run_id = run_log.insert_run(self.connection, RunStart(connection_id=self.connection_id, trigger=TRIGGER), now=run.now)
        self._run = run

    def _apply(self, items: Sequence[Item]) -> PageWork:
        """Swiftly first, with care when the database refuses something, so that only the culprit is left out."""
        page = _page(items)
        try:
            with self.connection.begin_nested():
                work = apply_page(self.connection, self._run, page, is_careful=False, tells_fates=True)
        except REFUSALS:
            with self.connection.begin_nested():
                work = apply_page(self.connection, self._run, page, tells_fates=True)
        self._run.rates = work.rates
        self._counts += work.counts
        self._touched |= work.dirty_customers
        self._changes_rates |= work.rates_changed
        self._notice_count += len(work.notices)
        return work

    def _end(self) -> int | None:
        """What follows from what has landed, and the end of the run. Returns the job to which the rest is left, in this transaction; None: there is none."""
        if any(self._counts[Stream.CUSTOMERS, what] for what in _MOVES_PLACES):
            self._touched |= resolve_bill_to(self.connection, self.settings.workspace.bill_to)
        self._bring_up_figures_of_few()
        now, run_id = self._run.now, self._run.run_id
        run_log.note_counts(self.connection, run_id, self._counts, notices=self._notice_count)
        feeds = {FEED: FeedOutcome(FEED, self._counts, self._notice_count).as_document()}
        run_log.end_run(self.connection, run_id, status=SyncRunStatus.SUCCEEDED, message=None, feeds=feeds, now=now)
        if not is_anyone_marked(self.connection) and not is_anyone_waiting(self.connection):
            return None
        return submit_or_join(self.connection, NewJob(FOLLOW_UP_JOB, f"{FOLLOW_UP_JOB}:{uuid4()}", lock=FOLLOW_UP_JOB), now=now)

    def _bring_up_figures_of_few(self) -> None:
        """Bring up the figures of few customers, and of no others that are marked; of many the marks are left.

        Rates mark whoever has documents in their currencies, and only the database knows them: then all that are marked count.
        """
        if self._changes_rates:
            marked = sa.select(_DIRTY.c.customer_id).limit(FEW_CUSTOMERS + 1)
            self._touched.update(self.connection.execute(marked).scalars())
        if 0 < len(self._touched) <= FEW_CUSTOMERS:
            refresh_dirty(self.connection, self._run.basis, only=self._touched)

    def _rows(self, items: Sequence[Item]) -> dict[tuple[Stream, str], tuple[Entity, int]]:
        work = PageWork(self.connection, self._run)
        names: dict[Stream, set[str]] = {}
        for item in items:
            if item.stream is not None and item.external_id is not None:
                names.setdefault(item.stream, set()).add(item.external_id)
        return {
            (stream, name): (LANDINGS[stream].entity, key)
            for stream, some in names.items()
            if stream in LANDINGS
            for name, key in find_entity_ids(work, stream, some).items()
        }


def _page(items: Sequence[Item]) -> Page:
    records: list[Record] = []
    deletions: list[Deletion] = []
    refusals: list[Refusal] = []
    for item in items:
        match item:
            case Deletion():
                deletions.append(item)
            case Refusal():
                refusals.append(item)
            case _:
                records.append(item)
    return Page(records=records, cursor=None, deletions=deletions, refusals=refusals)
