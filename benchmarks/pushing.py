"""Pushes of a ledger by the API, through the whole application in this process: against the import of the same ledger from a file."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio
import httpx
import sqlalchemy as sa
from starlette.applications import Starlette

from benchmarks.databases import Databases
from benchmarks.generating import BASE_CURRENCY, INVOICES_A_CUSTOMER, NOON, Ledger, LedgerRow, ledger_rows
from benchmarks.hubs import CONNECTION, WORKSPACE
from benchmarks.importing import FileImport
from benchmarks.keeping import Workshop, settle
from benchmarks.measuring import TimedStore
from benchmarks.reporting import Finding, finding, rate_text, seconds_text, size_text
from benchmarks.timing import Comparison
from hub.access.principal import Principal
from hub.app import open_hub
from hub.app.memory import settle_memory
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings
from hub.model import CustomerFigures, ExternalReference, Invoice, table_of
from hub.plugins.services import HubServices
from hub.store.engine import Store
from hub.sync.opening import SyncServices
from hub.sync.service import follow_up
from hub.vocabulary import ConnectionKind, Entity, Role
from schema.build import build_schema
from schema.http.routes import build_routes
from schema.ids import encode_id
from schema.limits.numbers import LIMITS

BATCH = 1_000
MOST_STORE_TIME = 1 / 0.6
"""A push has at least six tenths of the import's store speed."""

_SECONDS = 60
_NOWHERE = "nowhere"
"""A connection that there is not: what is pushed to it is read to its end, and then refused."""

_RATES = {"USD": "0.9234", "JPY": "0.006131"}
_QUERY = (
    "mutation($input: RecordsPushInput!) { recordsPush(input: $input) { run { id createdCount rejectedCount waitingCount } results { index outcome nodeId } "
    "userErrors { field message code } } }"
)
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PushTimes:
    """All pushes of a ledger: the whole requests, the same requests when they are read and refused, their transactions, and the job that follows."""

    total_seconds: float
    reading_seconds: float
    transaction_seconds: float
    following_seconds: float
    record_count: int

    @property
    def store_seconds(self) -> float:
        """The requests without what it takes to read them."""
        return self.total_seconds - self.reading_seconds


@dataclass(slots=True)
class PushRounds:
    """Rounds of pushes and imports on one kind of database; the n-th of each list belong together."""

    pushes: list[PushTimes] = field(default_factory=list[PushTimes])
    store_seconds: list[float] = field(default_factory=list[float])
    total_seconds: list[float] = field(default_factory=list[float])


def measure_pushing(databases: Databases, workshop: Workshop, *, invoice_count: int, rounds: int) -> list[Finding]:
    """Push a ledger and import it, round by round, each into a database of its own."""
    ledger = workshop.ledger(invoice_count)
    way = FileImport(ledger)
    made = PushRounds()
    names = ("pushing", "pushing_import")
    for number in range(rounds):
        parsing = workshop.run(way.read_alone).result
        ours, reference = (databases.make(name) for name in names)
        workshop.run(way.prepare, reference)
        settle(reference)
        imported = workshop.run(way.land, reference).result
        made.pushes.append(workshop.run(push_ledger, ours, ledger).result)
        made.store_seconds.append(imported.landing_seconds - parsing.seconds)
        made.total_seconds.append(imported.total_seconds)
        if number == 0:
            require_same(ours, reference)
    for name in names:
        databases.drop(name)
    return _findings(made, size_text(invoice_count), databases.kind)


def require_same(ours: str, reference: str) -> None:
    """Raise AssertionError unless two databases have the same amounts of each invoice and the same figures of each customer."""
    assert _amounts(ours) == _amounts(reference), "the push and the import did not land the same amounts"


def push_ledger(url: str, ledger: Ledger) -> PushTimes:
    """Push a ledger in batches, customers first, into a database that has the tables of the hub."""
    bodies = [json.dumps(records).encode() for records in _batches(ledger.invoice_count)]
    with _served(url, ledger.folder) as (app, store, services):
        rates = [_rate(currency, rate) for currency, rate in _RATES.items()]
        ids = {name: encode_id("ConnectedSystem", key) for key, name in enumerate((CONNECTION, _NOWHERE), start=1)}
        anyio.run(_post, app, [_request(ids[CONNECTION], json.dumps(rates).encode(), key="rates")])
        requests = {name: [_request(ids[name], body, key=f"{name}-{number}") for number, body in enumerate(bodies)] for name in ids}
        reading, answers = anyio.run(_post, app, requests[_NOWHERE])
        assert all([error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"] for answer in answers)
        store.seconds.clear()
        total, answers = anyio.run(_post, app, requests[CONNECTION])
        transactions = sum(store.seconds)
        started = perf_counter()
        follow_up(services)
        following = perf_counter() - started
    assert not any(answer["userErrors"] or answer["run"]["waitingCount"] for answer in answers), "the made-up ledger has no record to refuse"
    return PushTimes(total, reading, transactions, following, sum(answer["run"]["createdCount"] for answer in answers))


def _findings(made: PushRounds, size: str, database: str) -> list[Finding]:
    ours = [times.store_seconds for times in made.pushes]
    whole = [times.total_seconds + times.following_seconds for times in made.pushes]
    transactions = [times.transaction_seconds for times in made.pushes]
    reading = sum(times.reading_seconds for times in made.pushes) / len(made.pushes)
    following = sum(times.following_seconds for times in made.pushes) / len(made.pushes)
    store_time = Comparison(ours, made.store_seconds)
    note = (
        f"push, {database}, {size}: of {seconds_text(sum(whole) / len(whole))} in all, {seconds_text(reading)} is reading the requests and "
        f"{seconds_text(following)} the job that follows; neither is in the store time, the answers are, and that of the import has no figures either"
    )
    found = [
        finding("push, store time against the import", size=size, database=database, comparison=store_time, target=MOST_STORE_TIME, note=note),
        finding("push, its transactions against the import", size=size, database=database, comparison=Comparison(transactions, made.store_seconds)),
        finding("push, whole requests against the whole import", size=size, database=database, comparison=Comparison(whole, made.total_seconds)),
    ]
    count = made.pushes[0].record_count
    return [*found[:-1], replace(found[-1], ours=rate_text(count * len(whole) / sum(whole)), reference=rate_text(count * len(whole) / sum(made.total_seconds)))]


def _amounts(url: str) -> list[tuple[Any, ...]]:
    """By external id: what each invoice asks for and has left, and what each customer owes."""
    references, invoices, figures = table_of(ExternalReference), table_of(Invoice), table_of(CustomerFigures)
    store = Store(url)
    found: list[tuple[Any, ...]] = []
    try:
        with store.read() as connection:
            for entity, table, key in ((Entity.INVOICE, invoices, invoices.c.id), (Entity.CUSTOMER, figures, figures.c.customer_id)):
                kept = [column for name, column in table.c.items() if name.endswith("_minor")]
                mine = sa.and_(references.c.entity == entity, references.c.entity_id == key)
                statement = sa.select(references.c.external_id, *kept).join_from(references, table, mine).order_by(references.c.external_id)
                found += [tuple(row) for row in connection.execute(statement)]
    finally:
        store.dispose()
    return found


# --- the application ------------------------------------------------------------------------------


@contextmanager
def _served(url: str, folder: Path) -> Generator[tuple[Starlette, TimedStore, SyncServices]]:
    """The API on a database, with the connection, the store that notes its transactions, and what the job that follows a push works with."""
    connections = (ConnectionSettings(CONNECTION, "api", ConnectionKind.API),)
    settings = Settings(folder, url, folder, WORKSPACE, connections=connections)
    with open_hub(settings, clock=FixedClock(NOON), environ={}, installed=()) as hub:
        store = TimedStore(url)
        principal = Principal("benchmark", Role.INTEGRATOR, 1)
        made = hub.services
        services = HubServices(settings, store, made.clock, lambda _token: principal, made.business_date, made.connectors)
        try:
            app = Starlette(routes=build_routes(services, build_schema(), limits=LIMITS))
            settle_memory()  # as the server does it
            yield app, store, hub.sync
        finally:
            store.dispose()


async def _post(app: Starlette, requests: Sequence[bytes]) -> tuple[float, list[Any]]:
    """The seconds that some requests take one after the other, and the payloads of their answers."""
    headers = {"authorization": "Bearer dun_benchmark", "content-type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers=headers, timeout=_SECONDS) as client:
        started = perf_counter()
        answers = [(await client.post("/graphql", content=request)).content for request in requests]
        seconds = perf_counter() - started
    return seconds, [_payload(json.loads(answer)) for answer in answers]


def _payload(answer: Any) -> Any:  # noqa: ANN401 - a JSON document
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["recordsPush"]


def _request(connection: str, records: bytes, *, key: str) -> bytes:
    head = json.dumps({"query": _QUERY, "variables": {"input": {"connection": connection, "idempotencyKey": key, "records": None}}})
    return head.encode().replace(b'"records": null', b'"records": ' + records)


# --- the records ----------------------------------------------------------------------------------


def _batches(invoice_count: int) -> Iterator[list[Body]]:
    """The customers, then the invoices, a thousand at a time."""
    for records in (_customers(invoice_count), map(_invoice, ledger_rows(invoice_count))):
        while batch := list(islice(records, BATCH)):
            yield batch


def _customers(invoice_count: int) -> Iterator[Body]:
    known: set[str] = set()
    for row in ledger_rows(invoice_count):
        if row.customer not in known:
            known.add(row.customer)
            yield {"customer": {"externalId": row.customer, "name": row.customer_name, "country": row.country}}
    assert len(known) >= invoice_count // INVOICES_A_CUSTOMER


def _invoice(row: LedgerRow) -> Body:
    given: Body = {
        "externalId": row.invoice,
        "number": row.invoice,
        "customerExternalId": row.customer,
        "documentDate": row.issued,
        "dueDate": row.due,
        "total": {"amount": row.total, "currency": row.currency},
        "amountPaid": {"amount": row.paid, "currency": row.currency},
        "paidOn": row.paid_on or None,
        "purchaseOrderNumber": row.purchase_order,
        "businessUnit": row.unit,
    }
    return {"invoice": given}


def _rate(currency: str, rate: str) -> Body:
    name = f"{currency}-{BASE_CURRENCY}"
    return {"exchangeRate": {"externalId": name, "currency": currency, "baseCurrency": BASE_CURRENCY, "rateDate": "2024-01-02", "rate": rate}}
