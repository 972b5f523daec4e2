"""Small invented ledgers: rows of the tables as plain objects, written straight into a database."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.model import Connection, CreditNote, Customer, DuePart, ExchangeRate, Invoice, Payment, PaymentAttempt, Refund, Row, Settlement, table_of
from hub.store.engine import Store
from hub.vocabulary import ConnectionKind, Lifecycle, PaymentState, SettlementKind

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
BASE = "EUR"


@dataclass(slots=True)
class World:
    """Everything that figures are made of."""

    customers: list[Customer] = field(default_factory=list[Customer])
    invoices: list[Invoice] = field(default_factory=list[Invoice])
    parts: list[DuePart] = field(default_factory=list[DuePart])
    credits: list[CreditNote] = field(default_factory=list[CreditNote])
    payments: list[Payment] = field(default_factory=list[Payment])
    settlements: list[Settlement] = field(default_factory=list[Settlement])
    refunds: list[Refund] = field(default_factory=list[Refund])
    attempts: list[PaymentAttempt] = field(default_factory=list[PaymentAttempt])
    rates: list[ExchangeRate] = field(default_factory=list[ExchangeRate])

    def parts_of(self, invoice: Invoice) -> list[DuePart]:
        """The due parts of an invoice, earliest first."""
        mine = [part for part in self.parts if part.invoice_id == invoice.id]
        return sorted(mine, key=lambda part: (part.due_date, part.position))


def day(offset: int) -> date:
    """A day before (negative) or after today."""
    return TODAY + timedelta(days=offset)


def write_world(connection: sa.Connection, world: World) -> None:
    """Insert all rows of a world; kept columns are as the rows have them."""
    write_rates(connection, world)
    write_rest(connection, world)


def write_rates(connection: sa.Connection, world: World) -> None:
    """Insert the exchange rates, and the connection that everything came by."""
    insert_rows(connection, [Connection(id=1, name="books", connector="test", kind=ConnectionKind.ACCOUNTING, created_at=NOW)])
    insert_rows(connection, world.rates)


def write_rest(connection: sa.Connection, world: World) -> None:
    """Insert everything else; parents of customers may come in any order."""
    customers = table_of(Customer)
    connection.execute(sa.insert(customers), [customer.model_dump() | {"parent_id": None, "bill_to_id": None} for customer in world.customers])
    for customer in world.customers:
        links = {"parent_id": customer.parent_id, "bill_to_id": customer.bill_to_id}
        connection.execute(sa.update(customers).where(customers.c.id == customer.id).values(links))
    for rows in (world.invoices, world.parts, world.credits, world.payments, world.settlements, world.refunds, world.attempts):
        insert_rows(connection, rows)


def insert_rows(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Insert rows of one table."""
    if rows:
        connection.execute(sa.insert(table_of(type(rows[0]))), [row.model_dump() for row in rows])


@contextmanager
def rolled_back(store: Store) -> Generator[sa.Connection]:
    """A connection whose every change is taken back at the end."""
    with store.engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def make_customer(key: int, **fields: Any) -> Customer:  # noqa: ANN401 - any column of the table
    """A customer; billed to itself unless said otherwise."""
    values: dict[str, Any] = {
        "id": key,
        "name": f"Customer {key}",
        "search_name": f"customer {key}",
        "bill_to_id": key,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return Customer(**(values | fields))


def make_invoice(key: int, customer: int, **fields: Any) -> Invoice:  # noqa: ANN401 - any column of the table
    """An issued invoice of today in the workspace currency."""
    values: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "lifecycle": Lifecycle.ISSUED,
        "currency": BASE,
        "document_date": TODAY,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return Invoice(**(values | fields))


def make_part(key: int, invoice: int, **fields: Any) -> DuePart:  # noqa: ANN401 - any column of the table
    """A due part; its position is its id."""
    values: dict[str, Any] = {"id": key, "invoice_id": invoice, "position": key, "due_date": TODAY}
    return DuePart(**(values | fields))


def make_credit(key: int, customer: int, **fields: Any) -> CreditNote:  # noqa: ANN401 - any column of the table
    """An issued credit note of today in the workspace currency."""
    values: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "lifecycle": Lifecycle.ISSUED,
        "currency": BASE,
        "document_date": TODAY,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return CreditNote(**(values | fields))


def make_payment(key: int, customer: int, **fields: Any) -> Payment:  # noqa: ANN401 - any column of the table
    """A settled payment of today in the workspace currency."""
    values: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "state": PaymentState.SETTLED,
        "currency": BASE,
        "payment_date": TODAY,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return Payment(**(values | fields))


def make_settlement(key: int, invoice: int | None, **fields: Any) -> Settlement:  # noqa: ANN401 - any column of the table
    """A counting settlement by a payment, effective today."""
    values: dict[str, Any] = {"id": key, "invoice_id": invoice, "connection_id": 1, "kind": SettlementKind.PAYMENT, "effective_date": TODAY, "counts": True}
    return Settlement(**(values | fields))


def make_refund(key: int, customer: int, **fields: Any) -> Refund:  # noqa: ANN401 - any column of the table
    """A settled refund of today."""
    values: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "state": PaymentState.SETTLED,
        "currency": BASE,
        "refund_date": TODAY,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**(values | fields))


def make_attempt(key: int, customer: int, **fields: Any) -> PaymentAttempt:  # noqa: ANN401 - any column of the table
    """A declined charge of now."""
    values: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "state": PaymentState.DECLINED,
        "currency": BASE,
        "attempted_at": NOW,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return PaymentAttempt(**(values | fields))


def make_rate(key: int, currency: str, base_currency: str, **fields: Any) -> ExchangeRate:  # noqa: ANN401 - any column of the table
    """One to one from today, of the source `bank`."""
    values: dict[str, Any] = {
        "id": key,
        "source": "bank",
        "currency": currency,
        "base_currency": base_currency,
        "rate_date": TODAY,
        "numerator": 1,
        "denominator": 1,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return ExchangeRate(**(values | fields))
