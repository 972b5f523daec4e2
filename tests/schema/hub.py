"""A hub for tests of the API: rows made straight in the tables, and operations executed in one read transaction with every statement noted."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event

from hub.access.principal import Principal
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.health.basis import Basis
from hub.health.refresh import refresh_all
from hub.model import (
    AuditEntry,
    Connection,
    Contact,
    CreditNote,
    Customer,
    DuePart,
    ExternalReference,
    FiguresState,
    Invoice,
    InvoiceLine,
    Payment,
    RejectedRecord,
    RequestOutcome,
    Row,
    Settlement,
    SyncRun,
    table_of,
)
from hub.plugins.connector import ConnectorInfo
from hub.plugins.services import Exporter, HubServices
from hub.store.engine import Store
from hub.vocabulary import ConnectionKind, DateBasis, Entity, Lifecycle, PaymentState, Role, SettlementKind, Stream
from schema.context import context_factory
from schema.executable import ExecutableSchema
from schema.export.exporter import GraphQLExporter
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.limits.numbers import LIMITS
from schema.mutation.declaring import type_name
from schema.plugin import the_schema
from tests.evaluation.books import catalogue_of
from tests.schema.making import MAKING, making

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
WORKSPACE = WorkspaceSettings("Test", "EUR", ZoneInfo("Europe/Berlin"))
BASIS = Basis.of(WORKSPACE, TODAY)
FIELDS = catalogue_of(WORKSPACE)
PUSHED = (Stream.CUSTOMERS, Stream.CONTACTS, Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS, Stream.EXCHANGE_RATES)
CONNECTORS = (
    ConnectorInfo("files", "Files in a folder", "connectors.files", (ConnectionKind.FILES,), (Stream.CUSTOMERS, Stream.INVOICES), (Stream.CUSTOMERS,)),
    ConnectorInfo("api", "What is pushed", "connectors.api", (ConnectionKind.API,), PUSHED, takes_pushes=True),
)
DECLARED = (ConnectionSettings("books", "files", ConnectionKind.FILES), ConnectionSettings("till", "api", ConnectionKind.API))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave, and the statements that it took."""

    data: Any
    errors: list[dict[str, Any]]
    statements: list[str]

    @property
    def error(self) -> dict[str, Any]:
        """The extensions of the one error."""
        [found] = self.errors
        return found["extensions"]


@dataclass(slots=True)
class Hub:
    """A store, a schema, and ways to fill the one and ask the other."""

    store: Store
    schema: ExecutableSchema = field(default_factory=the_schema)
    connection_id: int = 0
    operations: Operations = field(init=False)

    def __post_init__(self) -> None:
        """Set up what executes operations, as the routes do."""
        exporter = GraphQLExporter(lambda: self.schema)
        make_context = context_factory(services(self.store, exporter), seconds=LIMITS.operation_seconds)
        self.operations = Operations(self.schema, self.store, make_context, limits=LIMITS)

    def ask(self, query: str, role: Role = Role.ADMIN, /, **variables: Any) -> Answer:  # noqa: ANN401 - values of variables
        """Execute an operation as the view does."""
        with noted(self.store.engine) as statements:
            answer = self.operations.run(GraphQLRequest(query, None, variables), Caller(Principal("ada", role, 1), "request"))
        return Answer(answer.body.get("data"), answer.body.get("errors", []), statements)

    def act(self, name: str, given: Mapping[str, Any], role: Role = Role.ADMIN, /, *, select: str = "", token_id: int = 1) -> Answer:
        """Do one mutation; `select` is what is asked for of its payload beside what was refused."""
        query = f"mutation($input: {type_name(name, 'Input')}!) {{ done: {name}(input: $input) {{ {select} userErrors {{ field message code }} }} }}"
        with noted(self.store.engine) as statements:
            answer = self.operations.run(GraphQLRequest(query, None, {"input": dict(given)}), Caller(Principal("ada", role, token_id), "request"))
        return Answer(answer.body.get("data"), answer.body.get("errors", []), statements)

    def done(self, name: str, given: Mapping[str, Any], role: Role = Role.ADMIN, /, *, select: str = "", token_id: int = 1) -> Any:  # noqa: ANN401
        """The payload of a mutation that must be done without any refusal."""
        answer = self.act(name, given, role, select=select, token_id=token_id)
        assert not answer.errors, answer.errors
        payload = answer.data["done"]
        assert payload.pop("userErrors") == []
        return payload

    def refused(self, name: str, given: Mapping[str, Any], role: Role = Role.ADMIN, /) -> list[tuple[list[str] | None, str]]:
        """Field and code of everything that a mutation refuses."""
        answer = self.act(name, given, role)
        assert not answer.errors, answer.errors
        return [(error["field"], error["code"]) for error in answer.data["done"]["userErrors"]]

    def rows(self, row: type[Row]) -> list[dict[str, Any]]:
        """All rows of a table, by key."""
        table = table_of(row)
        with self.store.read() as connection:
            return [dict(found) for found in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]

    def data(self, query: str, role: Role = Role.ADMIN, /, **variables: Any) -> Any:  # noqa: ANN401
        """The data of an operation that must not fail."""
        answer = self.ask(query, role, **variables)
        assert not answer.errors, (answer.errors, query, variables)
        return answer.data

    def insert(self, row: type[Row], **values: Any) -> int:  # noqa: ANN401
        """One row; its key."""
        with self.store.write() as connection:
            return connection.execute(_insert_into(table_of(row)), defaults_of(row) | values).scalar_one()

    def forget_audit(self) -> None:
        """Let the audit log be empty, and the keys be new, after what only led up to a test."""
        with self.store.write() as connection:
            for row in (AuditEntry, RequestOutcome):
                connection.execute(sa.delete(table_of(row)))

    def refresh(self, day: date = TODAY) -> None:
        """Compute all kept figures as of a day: before the date has turned, yesterday."""
        basis = Basis.of(WORKSPACE, day)
        state = table_of(FiguresState)
        with self.store.write() as connection:
            refresh_all(connection, basis)
            connection.execute(sa.delete(state))
            values = {"id": 1, "business_date": basis.as_of, "base_currency": basis.base_currency, "settings_digest": basis.settings_digest}
            connection.execute(sa.insert(state).values(values))

    # --- rows -------------------------------------------------------------------------------------

    def connection(self, name: str = "books", **values: Any) -> int:  # noqa: ANN401
        made = self.insert(Connection, **{"name": name, "connector": "files", "kind": ConnectionKind.FILES, "created_at": NOW} | values)
        self.connection_id = self.connection_id or made
        return made

    def customer(self, name: str, **values: Any) -> int:  # noqa: ANN401
        given: Mapping[str, Any] = {"name": name, "search_name": name.casefold(), "first_seen_at": NOW, "updated_at": NOW}
        return self.insert(Customer, **given | values)

    def contact(self, customer: int, name: str, **values: Any) -> int:  # noqa: ANN401
        given: Mapping[str, Any] = {"customer_id": customer, "name": name, "search_name": name.casefold(), "first_seen_at": NOW, "updated_at": NOW}
        return self.insert(Contact, **given | values)

    def invoice(self, customer: int, total: int, *, paid: int = 0, **values: Any) -> int:  # noqa: ANN401
        """An issued invoice in EUR, of minor units; due on its due date as a whole."""
        due = total - paid
        given: dict[str, Any] = {
            "customer_id": customer,
            "connection_id": self.connection_id,
            "lifecycle": Lifecycle.ISSUED,
            "currency": "EUR",
            "document_date": date(2026, 1, 15),
            "due_date": date(2026, 2, 14),
            "total_minor": total,
            "amount_paid_minor": paid,
            "amount_due_minor": due,
            "converted_total_minor": total,
            "converted_paid_minor": paid,
            "converted_due_minor": due,
            "first_seen_at": NOW,
            "updated_at": NOW,
        } | values
        if due > 0:
            given.setdefault("first_open_due_date", given["due_date"])
        return self.insert(Invoice, **given)

    def line(self, invoice: int, position: int, amount: int) -> int:
        return self.insert(InvoiceLine, invoice_id=invoice, position=position, item_name=f"Item {position}", quantity="1", amount_minor=amount)

    def due_part(self, invoice: int, position: int, *, amount: int, due_date: date) -> int:
        return self.insert(DuePart, invoice_id=invoice, position=position, amount_minor=amount, amount_due_minor=amount, due_date=due_date)

    def payment(self, customer: int, amount: int, **values: Any) -> int:  # noqa: ANN401
        given: dict[str, Any] = {
            "customer_id": customer,
            "connection_id": self.connection_id,
            "state": PaymentState.SETTLED,
            "currency": "EUR",
            "payment_date": date(2026, 2, 1),
            "amount_minor": amount,
            "unapplied_minor": amount,
            "first_seen_at": NOW,
            "updated_at": NOW,
        }
        return self.insert(Payment, **given | values)

    def credit_note(self, customer: int, total: int, **values: Any) -> int:  # noqa: ANN401
        given: dict[str, Any] = {
            "customer_id": customer,
            "connection_id": self.connection_id,
            "lifecycle": Lifecycle.ISSUED,
            "currency": "EUR",
            "document_date": date(2026, 2, 1),
            "total_minor": total,
            "unutilised_minor": total,
            "first_seen_at": NOW,
            "updated_at": NOW,
        }
        return self.insert(CreditNote, **given | values)

    def settlement(self, invoice: int | None, amount: int, **values: Any) -> int:  # noqa: ANN401
        given: dict[str, Any] = {
            "connection_id": self.connection_id,
            "kind": SettlementKind.PAYMENT,
            "invoice_id": invoice,
            "amount_minor": amount,
            "allocated_minor": amount,
            "effective_date": date(2026, 2, 1),
            "date_basis": DateBasis.STATED,
        }
        return self.insert(Settlement, **given | values)

    def reference(self, entity: Entity, entity_id: int, external_id: str, **values: Any) -> int:  # noqa: ANN401
        given: dict[str, Any] = {
            "connection_id": self.connection_id,
            "stream": Stream(f"{entity.value}S"),
            "external_id": external_id,
            "entity": entity,
            "entity_id": entity_id,
            "content_hash": b"0" * 16,
            "created_run_id": 1,
            "changed_run_id": 1,
            "changed_at": NOW,
        }
        return self.insert(ExternalReference, **given | values)

    def run(self, **values: Any) -> int:  # noqa: ANN401
        return self.insert(SyncRun, **{"connection_id": self.connection_id, "started_at": NOW} | values)

    def rejected(self, run: int, **values: Any) -> int:  # noqa: ANN401
        given: dict[str, Any] = {"run_id": run, "connection_id": self.connection_id, "feed": "invoices.csv", "reason": "no amount", "rejected_at": NOW}
        return self.insert(RejectedRecord, **given | values)


def services(store: Store, exporter: Exporter | None = None) -> HubServices:
    """The services of a hub on a store."""
    settings = Settings(Path(), store.url, Path(), WORKSPACE, connections=DECLARED, making=MAKING)
    return HubServices(settings, store, FixedClock(NOW), lambda _token: None, lambda: TODAY, CONNECTORS, making=making(), exporter=exporter, fields=FIELDS)


@cache
def _insert_into(table: sa.Table) -> sa.Executable:
    """The insert of one row, kept: thousands of rows are made one by one."""
    return sa.insert(table).returning(next(iter(table.primary_key)))


def defaults_of(row: type[Row]) -> dict[str, Any]:
    """What SQLModel would fill in: the defaults of a row class, which Core statements do not know."""
    table = table_of(row)
    return {name: found.default for name, found in row.model_fields.items() if name in table.c and found.default is not None and not found.is_required()}


@contextmanager
def written(engine: sa.Engine) -> Generator[list[str]]:
    """Notes every statement in this block that changes rows."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        text: str = arguments[2]
        if text.startswith(("INSERT", "UPDATE", "DELETE")):
            statements.append(text)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def noted(engine: sa.Engine) -> Generator[list[str]]:
    """Notes every query in this block; settings of the connection are left out."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        text: str = arguments[2]
        if text.startswith(("SELECT", "WITH")):
            statements.append(text)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
