"""Whatever the order, the paging and the repeats in which records come, the store ends the same and agrees with the definitions."""

from collections.abc import Generator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import anyio
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.config import WorkspaceSettings
from hub.health.basis import Basis
from hub.health.relations import customer_figures
from hub.model import METADATA, CustomerFigures, Invoice, Payment, table_of
from hub.plugins.connector import Page
from hub.plugins.records import AllocationItem, CreditNoteRecord, CustomerRecord, Deletion, DuePartItem, InvoiceRecord, PaymentRecord, Record
from hub.store.engine import Store
from hub.vocabulary import PaymentState, Stream
from tests.sync.conftest import Hub
from tests.sync.records import rate

TODAY = date(2026, 11, 20)
CURRENCIES = ("EUR", "USD", "JPY")
INVOICES = ("I1", "I2", "I3", "I4")

days = st.dates(date(2026, 8, 1), date(2026, 12, 20))


@pytest.fixture
def hub(database_url: str) -> Generator[Hub]:
    store = Store(database_url)
    yield Hub(store, WorkspaceSettings(name="Test", base_currency="EUR", time_zone=ZoneInfo("Europe/Berlin")))
    store.dispose()


@st.composite
def invoices(draw: st.DrawFn, name: str) -> InvoiceRecord:
    total = draw(st.integers(0, 2_000))
    cut = draw(st.integers(0, total))
    parts = [DuePartItem(due_date=draw(days), amount_minor=amount) for amount in (cut, total - cut)] if draw(st.booleans()) else []
    return InvoiceRecord(
        external_id=name,
        customer_external_id=draw(st.sampled_from(("C1", "C2"))),
        currency=draw(st.sampled_from(CURRENCIES)),
        document_date=draw(days),
        due_date=draw(st.none() | days),
        total_minor=total,
        amount_paid_minor=draw(st.none() | st.integers(0, total)),
        paid_on=draw(st.none() | days),
        due_parts=parts,
    )


@st.composite
def allocations(draw: st.DrawFn, amount: int) -> list[AllocationItem]:
    left = amount
    items: list[AllocationItem] = []
    for name in draw(st.lists(st.sampled_from(INVOICES), max_size=3, unique=True)):
        part = draw(st.integers(0, left))
        left -= part
        items.append(AllocationItem(invoice_external_id=name, amount_minor=part, allocated_minor=part, allocation_date=draw(st.none() | days)))
    return items


@st.composite
def payments(draw: st.DrawFn, name: str) -> PaymentRecord:
    amount = draw(st.integers(0, 1_500))
    state = draw(st.sampled_from((PaymentState.SETTLED, PaymentState.SETTLED, PaymentState.RETURNED, PaymentState.DECLINED, PaymentState.ACCEPTED)))
    return PaymentRecord(
        external_id=name,
        customer_external_id=draw(st.sampled_from(("C1", "C2"))),
        currency=draw(st.sampled_from(CURRENCIES)),
        amount_minor=amount,
        payment_date=draw(days),
        state=state,
        reversed_on=draw(days) if state is PaymentState.RETURNED else None,
        allocations=draw(allocations(amount)),
    )


@st.composite
def credit_notes(draw: st.DrawFn, name: str) -> CreditNoteRecord:
    total = draw(st.integers(0, 1_000))
    return CreditNoteRecord(
        external_id=name,
        customer_external_id="C1",
        currency="EUR",
        document_date=draw(days),
        total_minor=total,
        allocations=draw(allocations(total)),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[list[Record]], list[Record]]:
    """Pages of records, some of them repeated or in an earlier version, and the last version of each."""
    customers: list[Record] = [CustomerRecord(external_id=name, name=name, source_version=1) for name in ("C1", "C2")]
    made: list[Record] = [draw(invoices(name)) for name in INVOICES[:3]]
    made += [draw(payments(name)) for name in ("P1", "P2")]
    made += [draw(credit_notes("N1")), rate("USD", 11, 13), rate("JPY", 1, 163)]
    older = [draw(invoices("I1")), draw(payments("P1"))]
    records = [*customers, *made, *(item for item in made if draw(st.booleans()))]
    shuffled = draw(st.permutations(records))
    first = [*older, *shuffled] if draw(st.booleans()) else list(shuffled)
    size = draw(st.integers(1, len(first)))
    return [list(first[start : start + size]) for start in range(0, len(first), size)], [*customers, *made]


def wipe(store: Store) -> None:
    with store.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            if table.name == "customer":
                connection.execute(sa.update(table).values(parent_id=None, bill_to_id=None))
            connection.execute(sa.delete(table))


def due_by_definition(invoice: InvoiceRecord, settling: Sequence[PaymentRecord | CreditNoteRecord]) -> tuple[int, int, int]:
    """(paid, adjusted, due) on TODAY, from B0 and B41 in their own words; nothing was known of the invoice before TODAY."""
    paid_always = paid = adjusted = 0
    for source in settling:
        dated = source.payment_date if isinstance(source, PaymentRecord) else source.document_date
        for item in source.allocations:
            if item.invoice_external_id != invoice.external_id:
                continue
            on = item.allocation_date or max(dated, invoice.document_date)
            facts = [(on, item.amount_minor)]
            if isinstance(source, PaymentRecord) and source.state is PaymentState.RETURNED and source.reversed_on is not None:
                facts.append((max(source.reversed_on, on), -item.amount_minor))
            for day, amount in facts:
                if isinstance(source, PaymentRecord):
                    paid_always += amount
                    paid += amount if day <= TODAY else 0
                else:
                    adjusted += amount if day <= TODAY else 0
    residual = max(0, (invoice.amount_paid_minor or 0) - paid_always)
    if (invoice.paid_on or TODAY) <= TODAY:
        paid += residual
    return paid, adjusted, invoice.total_minor - paid - adjusted


@settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=histories())
def test_any_order_of_records_ends_in_the_amounts_of_the_definitions(hub: Hub, history: tuple[list[list[Record]], list[Record]]) -> None:
    pages, final = history
    wipe(hub.store)

    async def sync() -> None:
        await hub.sync(*pages)
        await hub.sync(final)

    anyio.run(sync)
    counting = [item for item in final if isinstance(item, CreditNoteRecord)]
    settled = [item for item in final if isinstance(item, PaymentRecord) and item.state in {PaymentState.SETTLED, PaymentState.RETURNED}]
    expected = {item.external_id: due_by_definition(item, [*settled, *counting]) for item in final if isinstance(item, InvoiceRecord)}
    table = table_of(Invoice)
    numbers = {row.total_minor for row in _rows(hub, table)}
    assert len(_rows(hub, table)) == len(expected), numbers
    kept = sorted((row.amount_paid_minor, row.amount_adjusted_minor, row.amount_due_minor) for row in _rows(hub, table))
    assert kept == sorted(expected.values())
    assert_kept_equals_formulas(hub)


@settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    history=histories(),
    gone=st.sets(st.sampled_from([(Stream.PAYMENTS, "P1"), (Stream.INVOICES, "I1"), (Stream.CREDIT_NOTES, "N1"), (Stream.CUSTOMERS, "C2")])),
)
def test_what_is_deleted_and_comes_back_is_as_if_it_had_never_gone(
    hub: Hub, history: tuple[list[list[Record]], list[Record]], gone: set[tuple[Stream, str]]
) -> None:
    _, final = history
    wipe(hub.store)

    async def sync() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        await hub.sync(final)
        before = amounts(hub)
        await hub.sync(Page(records=[], cursor=None, deletions=[Deletion(stream=stream, external_id=name) for stream, name in sorted(gone)]))
        assert_kept_equals_formulas(hub)
        await hub.sync(final)
        return before, amounts(hub)

    before, after = anyio.run(sync)
    assert after == before
    assert_kept_equals_formulas(hub)


def amounts(hub: Hub) -> list[tuple[object, ...]]:
    columns = ("amount_paid_minor", "amount_adjusted_minor", "amount_due_minor", "first_open_due_date", "converted_due_minor", "is_deleted")
    return [*hub.rows(Invoice, *columns), *hub.rows(Payment, "allocated_minor", "unapplied_minor", "is_deleted")]


def assert_kept_equals_formulas(hub: Hub) -> None:
    """Kept figures and the formulas over dated facts are two ways to one number."""
    basis = Basis.of(hub.workspace, TODAY)
    kept, computed = table_of(CustomerFigures), customer_figures(basis)
    with hub.store.read() as connection:
        names = [column.name for column in kept.c]
        first = connection.execute(sa.select(*(kept.c[name] for name in names)).order_by(kept.c.customer_id)).all()
        second = connection.execute(sa.select(*(computed.c[name] for name in names)).order_by(computed.c.customer_id)).all()
    assert [dict(zip(names, row, strict=True)) for row in first] == [dict(zip(names, row, strict=True)) for row in second]


def _rows(hub: Hub, table: sa.Table) -> Sequence[sa.Row[tuple[object, ...]]]:
    with hub.store.read() as connection:
        return connection.execute(sa.select(table)).all()
