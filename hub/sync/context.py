"""What the writers of one sync run share: the run's constants, and one page's transaction with what it has touched so far."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from msgspec import Struct

from hub.config import WorkspaceSettings
from hub.health.basis import Basis
from hub.health.rate_table import RateTable, load_rate_table
from hub.identity.precedence import DEFAULT_PRECEDENCE, Precedence
from hub.plugins.records import Notice, Record
from hub.store.bulk import day_form, instant_form
from hub.sync.codec import digest, encode
from hub.vocabulary import Entity, Stream

_REMEMBERED_CUSTOMERS = 200_000

CustomerIds = tuple[int, int | None]
"""The customer that counts, and its home where that was merged into it; None: they are the same."""


@dataclass(slots=True)
class RunMemory:
    """What a run remembers between pages, of pages that were committed.

    `customers` are ids by external id, so that the same customer is not looked up for each of its invoices. `all_new` are the
    streams whose last page held new records only: the next page is first tried without looking for known ones, and the unique
    key of references tells when that was wrong.
    """

    customers: dict[str, CustomerIds] = field(default_factory=dict[str, CustomerIds])
    all_new: set[Stream] = field(default_factory=set[Stream])

    def learn(self, work: "PageWork") -> None:
        """Take over what a committed page has found."""
        if len(self.customers) > _REMEMBERED_CUSTOMERS:
            self.customers.clear()
        self.customers |= work.found_customers
        streams = {stream for stream, what in work.counts if stream is not None and what == "read"}
        for stream in streams:
            if work.counts[stream, "created"] == work.counts[stream, "read"]:
                self.all_new.add(stream)
            else:
                self.all_new.discard(stream)


@dataclass(slots=True)
class RunContext:
    """What a run keeps to. `today`, `basis` and `rates` are those that kept amounts hold for, looked at anew with every page.

    `authority` orders connection ids by stream: for a customer known to several, the first of them speaks; `precedence` says whose values
    of it count. `unconfirmed_days` is as in the settings of the workspace. `connection_id` and `run_id` are 0 for what a person does.
    `day`, `instant` and `stamp` (which is `now`) give dates and instants as the driver takes them at the least cost.
    """

    connection_id: int
    connection_name: str
    run_id: int
    feed: str
    now: datetime
    today: date
    zone: ZoneInfo
    rates: RateTable
    basis: Basis
    authority: Mapping[Stream, Sequence[int]] = field(default_factory=dict[Stream, Sequence[int]])
    precedence: Precedence = DEFAULT_PRECEDENCE
    unconfirmed_days: int = 3
    actor: str | None = None
    reason: str | None = None
    dialect: str = "sqlite"
    rates_seen: tuple[object, ...] = ()
    merges_seen: int = 0
    memory: RunMemory = field(default_factory=RunMemory)
    day: Callable[[date | None], date | str | None] = field(init=False)
    instant: Callable[[datetime | None], datetime | str | None] = field(init=False)
    stamp: datetime | str | None = field(init=False)

    def __post_init__(self) -> None:
        """Choose the forms for the database."""
        self.day = day_form(self.dialect)
        self.instant = instant_form(self.dialect)
        self.stamp = self.instant(self.now)


def context_outside_runs(connection: sa.Connection, workspace: WorkspaceSettings, basis: Basis, *, now: datetime) -> RunContext:
    """The context of what is done for no connection and by no run: by a person, a rule, or the turn of the date."""
    return RunContext(
        connection_id=0,
        connection_name="",
        run_id=0,
        feed="",
        now=now,
        today=basis.as_of,
        zone=workspace.time_zone,
        rates=load_rate_table(connection, basis.base_currency, basis.conversion_date),
        basis=basis,
        precedence=Precedence(workspace.precedence),
        unconfirmed_days=workspace.unconfirmed_days,
        dialect=connection.dialect.name,
    )


class Incoming(Struct, frozen=True):
    """A record on its way into the store, with its id in the source, its JSON form and its content hash."""

    record: Record
    external_id: str
    encoded: bytes
    digest: bytes


def incoming(record: Record) -> Incoming:
    """A record made ready. Raises UnicodeEncodeError when one of its texts is no valid Unicode."""
    encoded = encode(record)
    return Incoming(record, record.external_id, encoded, digest(encoded))


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was refused, with everything needed to show and replay it."""

    reason: str
    stream: Stream | None = None
    external_id: str | None = None
    place: str | None = None
    field: str | None = None
    record: str | None = None
    raw: str | None = None


@dataclass(slots=True)
class PageWork:
    """One page's transaction: what its writers work on, and what they have touched. Thrown away when the page is rolled back.

    `is_careful`: every reference is looked up, and the records are written under savepoints. `composed` are the rows whose values follow
    from more than what a record of the page says. `asks_again`: what sources have said for long is taken as if they had just said it.
    `delivering` has who speaks for a stream, once that was asked (hub/sync/delivering.py); `spoken_for_at_last` are customers for whom the
    page's connection begins to speak. `fates` is what has become of each object of the page that was not refused, one of `COUNTED`, for a
    caller that asks for it with an empty one; None: nobody does.
    """

    connection: sa.Connection
    run: RunContext
    is_careful: bool = True
    counts: Counter[tuple[Stream | None, str]] = field(default_factory=Counter[tuple[Stream | None, str]])
    dirty_customers: set[int] = field(default_factory=set[int])
    touched_invoices: set[int] = field(default_factory=set[int])
    touched_credit_notes: set[int] = field(default_factory=set[int])
    touched_payments: set[int] = field(default_factory=set[int])
    new_customers: dict[str, int] = field(default_factory=dict[str, int])
    found_customers: dict[str, CustomerIds] = field(default_factory=dict[str, CustomerIds])
    composed: defaultdict[Entity, set[int]] = field(default_factory=lambda: defaultdict[Entity, set[int]](set))
    rejections: list[Rejection] = field(default_factory=list[Rejection])
    notices: list[Notice] = field(default_factory=list[Notice])
    rates_changed: bool = False
    asks_again: bool = False
    delivering: dict[Stream, Sequence[int]] = field(default_factory=dict[Stream, Sequence[int]])
    spoken_for_at_last: set[int] = field(default_factory=set[int])
    fates: dict[tuple[Stream, str], str] | None = None
    rates: RateTable = field(init=False)

    def __post_init__(self) -> None:
        """Start from the run's rates; those of the page become the run's when it is committed."""
        self.rates = self.run.rates

    def count(self, stream: Stream | None, what: str, number: int = 1) -> None:
        """Add to the page's counts; `what` is one of `COUNTED`. `stream` None: of what was refused, nobody can tell which it is."""
        if number:
            self.counts[stream, what] += number

    def note(self, stream: Stream, what: str, external_ids: Collection[str]) -> None:
        """Count some objects, and keep what has become of each where somebody asks."""
        self.count(stream, what, len(external_ids))
        if self.fates is not None:
            self.fates.update(((stream, external_id), what) for external_id in external_ids)

    def part(self) -> "PageWork":
        """For a part of the page that is written under a savepoint of its own: it knows what the page has found so far."""
        fates = None if self.fates is None else dict[tuple[Stream, str], str]()
        return PageWork(self.connection, self.run, new_customers=dict(self.new_customers), rates_changed=self.rates_changed, fates=fates)

    def absorb(self, part: "PageWork") -> None:
        """Take over what a part of the page, written under its own savepoint, has done."""
        self.counts += part.counts
        self.dirty_customers |= part.dirty_customers
        self.touched_invoices |= part.touched_invoices
        self.touched_credit_notes |= part.touched_credit_notes
        self.touched_payments |= part.touched_payments
        self.new_customers |= part.new_customers
        self.found_customers |= part.found_customers
        for entity, ids in part.composed.items():
            self.composed[entity] |= ids
        self.rejections += part.rejections
        self.notices += part.notices
        self.rates_changed |= part.rates_changed
        if self.fates is not None and part.fates is not None:
            self.fates |= part.fates


COUNTED = ("read", "created", "updated", "unchanged", "deleted", "closed", "stale", "skipped", "waiting", "rejected", "notice")
"""What is counted of a run, by stream; each has its column on `sync_run`."""
