"""HM18: payment attempts by invoice, for one customer and for all, today and on any day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.portfolio import read_portfolio
from hub.health.reading import read_customer_figures
from hub.health.refresh import turn_business_date
from hub.health.relations import customer_figures
from hub.health.selfcheck import check_figures
from hub.model import Connection, Customer, Invoice, PaymentAttempt, table_of
from hub.store.engine import Store

TODAY = date(2026, 11, 20)
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def attempt(connection: sa.Connection, invoice_id: int, at: datetime, **values: object) -> None:
    row = {"customer_id": 1, "connection_id": 1, "invoice_id": invoice_id, "kind": "CHARGE", "state": "DECLINED", "currency": "EUR", "amount_minor": 100}
    seen = {"attempted_at": at, "is_deleted": False, "first_seen_at": NOW, "updated_at": NOW}
    connection.execute(sa.insert(table_of(PaymentAttempt)).values(row | seen | values))


def a_customer_with_two_invoices(connection: sa.Connection) -> None:
    made = {"name": "books", "connector": "test", "kind": "ACCOUNTING", "status": "ACTIVE", "is_declared": True, "created_at": NOW}
    connection.execute(sa.insert(table_of(Connection)).values(id=1, **made))
    seen = {"first_seen_at": NOW, "updated_at": NOW, "is_deleted": False}
    named = {"name": "Ida", "search_name": "ida", "entity_type": "CUSTOMER", "is_billed": True, "source_handling": "ACTIVE"}
    connection.execute(sa.insert(table_of(Customer)).values(id=1, bill_to_id=1, **named, **seen))
    invoice = {"lifecycle": "ISSUED", "currency": "EUR", "document_date": date(2026, 11, 1), "total_minor": 100, "amount_due_minor": 100}
    for key in (1, 2):
        zeros = dict.fromkeys(("amount_paid_minor", "amount_adjusted_minor", "write_off_minor", "residual_paid_minor", "residual_adjusted_minor"), 0)
        converted = {f"converted_{name}_minor": amount for name, amount in (("total", 100), ("due", 100), ("paid", 0), ("adjusted", 0), ("write_off", 0))}
        more = {"residual_write_off_minor": 0, "is_disputed": False, "has_due_parts": False, "is_authoritative": True, "document_type": "INVOICE"}
        values = invoice | zeros | converted | more | seen | {"id": key, "customer_id": 1, "connection_id": 1, "source_handling": "ACTIVE"}
        connection.execute(sa.insert(table_of(Invoice)).values(values))


def test_an_attempt_on_another_systems_copy_of_an_invoice_is_one_for_the_invoice(store: Store) -> None:
    invoices = table_of(Invoice)
    today = Basis(TODAY, "EUR", zone=BERLIN)
    with store.write() as connection:
        a_customer_with_two_invoices(connection)
        connection.execute(sa.update(invoices).where(invoices.c.id == 2).values(is_authoritative=False, appearance_of_id=1))
        for invoice_id in (1, 2, 2):
            attempt(connection, invoice_id, NOW)
        turn_business_date(connection, today)
    with store.read() as connection:
        kept = read_customer_figures(connection, today, [1])[1]
        computed = connection.execute(sa.select(customer_figures(today, sa.select(table_of(Customer).c.id)))).one()
        assert check_figures(connection, today) == []
    assert (kept.payment_attempt_count, kept.attempted_invoice_count) == (3, 1)
    assert (computed.payment_attempt_count, computed.attempted_invoice_count) == (3, 1)


def test_attempts_are_averaged_over_the_invoices_that_had_any(store: Store) -> None:
    with store.write() as connection:
        a_customer_with_two_invoices(connection)
        before_midnight = datetime(2026, 11, 10, 22, 59, tzinfo=UTC)
        for at in (before_midnight, datetime(2026, 11, 10, 23, 0, tzinfo=UTC), NOW):
            attempt(connection, 1, at)
        attempt(connection, 2, NOW)
        attempt(connection, 2, NOW, kind="CHARGEBACK")
        attempt(connection, 2, NOW, is_deleted=True)
        today = Basis(TODAY, "EUR", zone=BERLIN)
        turn_business_date(connection, today)
    with store.read() as connection:
        kept = read_customer_figures(connection, today, [1])[1]
        portfolio = read_portfolio(connection, today)
        past = {day: read_customer_figures(connection, Basis(date(2026, 11, day), "EUR", zone=BERLIN), [1])[1] for day in (9, 10, 11)}
    assert (kept.payment_attempt_count, kept.attempted_invoice_count, kept.average_payment_attempts) == (4, 2, Decimal(2))
    assert portfolio.average_payment_attempts == Decimal(2)
    assert [past[day].average_payment_attempts for day in (9, 10, 11)] == [None, Decimal(1), Decimal(2)]
