"""An outside system that tells of what happens in it, and the state of a hub in words that do not depend on the way to it."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from hub.model import METADATA, Checkpoint, ExternalReference, table_of
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Deletion, Record, Refusal
from hub.plugins.webhooks import WebhookEventItem, WebhookHint
from hub.store.bulk import insert_into
from hub.store.engine import Store
from hub.sync.request import SyncRequest
from hub.sync.webhooks import events
from hub.sync.webhooks.processing import WebhookReport, process_webhooks
from hub.sync.writing import Fence, no_fence
from hub.vocabulary import Entity, Stream, WebhookEventStatus
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment

Form = Record | Deletion
FETCHABLE = frozenset({Stream.CUSTOMERS, Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS})


@dataclass
class System:
    """Every version of every object, in the order in which they came about, and what it answers about them.

    `lag` is how many of the last versions its answers do not know yet; `refused` are ids that cannot be made into records.
    `failing` is raised instead of the next answers.
    """

    history: list[Form] = field(default_factory=list[Form])
    length: int | None = None
    lag: int = 0
    refused: set[str] = field(default_factory=set[str])
    failing: list[Exception] = field(default_factory=list[Exception])
    extra: list[Record] = field(default_factory=list[Record])
    fetched: list[tuple[Stream, str]] = field(default_factory=list[tuple[Stream, str]])

    async def feeds(self) -> Sequence[Feed]:
        return []

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        del feed, cursor, since
        yield Page(records=(), cursor=None)

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        if self.failing:
            raise self.failing.pop(0)
        self.fetched += [(stream, name) for name in external_ids]
        seen = len(self.history) if self.length is None else self.length
        forms = {form.external_id: form for form in self.history[: seen - self.lag] if form.stream is stream}
        found = [forms[name] for name in external_ids if name in forms and name not in self.refused]
        refusals = [Refusal(place="here", reason="it is broken", stream=stream, external_id=name) for name in external_ids if name in self.refused]
        deletions = [form for form in found if isinstance(form, Deletion)]
        records = [form for form in found if not isinstance(form, Deletion)]
        return Page(records=[*records, *self.extra], cursor=None, deletions=deletions, refusals=refusals)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class GivenUp:
    """Notes what is given up."""

    messages: list[str] = field(default_factory=list[str])

    def __call__(self, connection: sa.Connection, message: str) -> None:
        assert connection.in_transaction()
        self.messages.append(message)


def item(number: int, *hints: WebhookHint) -> WebhookEventItem:
    return WebhookEventItem(f"evt_{number:06d}", hints)


def hint(name: str, version: int | None = None) -> WebhookHint:
    """A hint at an object of `make_history`, whose id says what it is."""
    return WebhookHint({"C": Stream.CUSTOMERS, "I": Stream.INVOICES, "N": Stream.CREDIT_NOTES, "P": Stream.PAYMENTS}[name[0]], name, version)


def mark_as_read(connection: sa.Connection, connection_id: int, *, now: datetime) -> None:
    """A connection of which everything has been read once: only then objects that webhooks hint at are fetched."""
    read = {"feed": "everything", "streams": list(Stream.__members__), "is_list": False, "data_as_of": now, "delivered_count": 0, "refused_count": 0}
    insert = insert_into(connection, table_of(Checkpoint)).values(connection_id=connection_id, updated_at=now, **read)
    connection.execute(insert.on_conflict_do_nothing())


def tell(hub: Hub, *items: WebhookEventItem, name: str = "books", was_read: bool = True) -> None:
    """What a receiver keeps of a delivery."""
    connection_id = hub.connect(name)
    with hub.store.write() as connection:
        now = hub.clock.now()
        if was_read:
            mark_as_read(connection, connection_id, now=now)
        delivery_id = events.keep_delivery(connection, connection_id, headers={}, body=b"{}", now=now)
        events.keep_events(connection, connection_id, items, delivery_id=delivery_id, now=now)


async def process(
    hub: Hub,
    system: System,
    *,
    give_up: Callable[[sa.Connection, str], None] | None = None,
    taken: frozenset[Stream] | None = None,
    since: date | None = None,
    fence: Fence = no_fence,
) -> WebhookReport:
    """Work on the events of the books; the figures are not brought up."""
    request = SyncRequest(
        connection_id=hub.connect("books"),
        connection_name="books",
        source=system,
        workspace=hub.workspace,
        clock=hub.clock,
        fetchable=FETCHABLE,
        taken=taken,
        since=since,
        fence=fence,
    )
    return await process_webhooks(hub.store, request, give_up=give_up or GivenUp())


def statuses(hub: Hub) -> list[WebhookEventStatus]:
    """The status of every event, in the order of their ids."""
    table = events.EVENTS
    with hub.store.read() as connection:
        return list(connection.execute(sa.select(table.c.status).order_by(table.c.event_id)).scalars())


# --- histories ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chronicler:
    """Writes histories by chance."""

    random: Random
    customers: Sequence[str]
    documents: Sequence[str]

    @classmethod
    def of(cls, random: Random, *, customers: int, documents: int) -> "Chronicler":
        """For so many customers and documents: mostly invoices, some credit notes and payments."""
        named = [f"{random.choice('IIIINPP')}{number}" for number in range(1, documents + 1)]
        return cls(random, [f"C{number}" for number in range(1, customers + 1)], named)

    def write(self, length: int) -> list[Form]:
        """So many versions; every object is there, some documents are deleted, and some of these come back."""
        names = [*self.customers, *self.documents]
        history: list[Form] = []
        last: dict[str, Form] = {}
        for name in [*names, *self.random.choices(names, k=length - len(names))]:
            last[name] = self._next(name, last.get(name))
            history.append(last[name])
        return history

    def _next(self, name: str, before: Form | None) -> Form:
        if before is None:
            return self._form(name, 1)
        version = (before.source_version or 0) + 1
        if name in self.documents and not isinstance(before, Deletion) and self.random.random() < 0.1:
            return Deletion(stream=before.stream, external_id=name, source_version=version)
        return self._form(name, version)

    def _form(self, name: str, version: int) -> Record:
        if name in self.customers:
            return customer(name, name=f"Customer {name}, {version}", source_version=version)
        amount = self.random.randint(0, 50_000)
        shared: dict[str, Any] = {"customer_external_id": self.random.choice(self.customers), "source_version": version}
        if name.startswith("I"):  # no two have a date in common: which one is the oldest is never decided by our own ids
            document_date = date(2026, 1, 1) + timedelta(days=int(name[1:]))
            return invoice(name, total_minor=amount, document_date=document_date, due_date=document_date + timedelta(days=60 + version % 2 * 300), **shared)
        invoices = [found for found in self.documents if found.startswith("I")]
        on = {self.random.choice(invoices): f"{amount // 2 / 100:.2f}"} if invoices else {}
        if name.startswith("N"):
            return credit_note(name, f"{amount / 100:.2f}", on=on, **shared)
        return payment(name, f"{amount / 100:.2f}", on=on, **shared)


def events_of(history: Iterable[Form]) -> list[WebhookEventItem]:
    """An event for every version, numbered from 0."""
    return [item(number, WebhookHint(form.stream, form.external_id, form.source_version)) for number, form in enumerate(history)]


# --- states ---------------------------------------------------------------------------------------

_STATE = "customer invoice due_part credit_note payment settlement source_record customer_figures customer_currency_figures".split()
_OWN = {"id", "connection_id", "rate_window_id", "first_seen_at", "updated_at", "created_at", "source_updated_at"}
_NAMES = {
    "customer_id": Entity.CUSTOMER,
    "parent_id": Entity.CUSTOMER,
    "bill_to_id": Entity.CUSTOMER,
    "invoice_id": Entity.INVOICE,
    "oldest_invoice_id": Entity.INVOICE,
    "oldest_overdue_invoice_id": Entity.INVOICE,
    "credit_note_id": Entity.CREDIT_NOTE,
    "payment_id": Entity.PAYMENT,
}


def state(hub: Hub) -> dict[str, list[str]]:
    """Living customers and documents, what settles them, sources' own values and figures, with the sources' ids in place of our own.

    What is deleted is left out: an object may have come and gone between two looks at it, or have changed before it went.
    """
    references = table_of(ExternalReference)
    with hub.store.read() as connection:
        columns = (references.c.id, references.c.entity, references.c.entity_id, references.c.external_id, references.c.is_deleted_at_source)
        rows = connection.execute(sa.select(*columns)).all()
        names: dict[object, str] = {(row.entity, row.entity_id): row.external_id for row in rows}
        gone = {(row.entity, row.entity_id) for row in rows if row.is_deleted_at_source}
        own: dict[object, str] = {row.id: row.external_id for row in rows if not row.is_deleted_at_source}

        def shown(name: str, value: object) -> object:
            if name == "reference_id":
                return own.get(value)
            return names.get((_NAMES[name], value)) if name in _NAMES else value

        def is_living(row: Mapping[str, Any]) -> bool:
            if row.get("is_deleted") or ("reference_id" in row and row["reference_id"] not in own):
                return False
            if row.get("invoice_external_id", "known") not in {None, "known", *own.values()}:  # of an invoice that had gone before it was seen
                return False
            return not any((_NAMES[name], row[name]) in gone for name in row.keys() & _NAMES.keys())

        found: dict[str, list[str]] = {}
        for table in (METADATA.tables[name] for name in _STATE):
            kept = [{str(name): value for name, value in row.items()} for row in connection.execute(sa.select(table)).mappings()]
            found[table.name] = sorted(str({name: shown(name, value) for name, value in row.items() if name not in _OWN}) for row in kept if is_living(row))
        return found


def wipe(store: Store) -> None:
    """Empty every table."""
    with store.write() as connection:
        connection.execute(sa.update(METADATA.tables["customer"]).values(parent_id=None, bill_to_id=None))
        for table in reversed(METADATA.sorted_tables):
            connection.execute(sa.delete(table))
