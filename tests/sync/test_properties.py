"""Whatever the order, the paging and the repeats in which records come, the store ends the same and agrees with the definitions."""

from collections.abc import Generator, Mapping, Sequence
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
from hub.model import (
    CreditNote,
    CustomerFigures,
    ExternalReference,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    Subscription,
    table_of,
)
from hub.plugins.collection_records import RefundRecord
from hub.plugins.connector import Page
from hub.plugins.records import AllocationItem, CreditNoteRecord, Deletion, InvoiceRecord, PaymentRecord, Record
from hub.store.engine import Store
from hub.sync.request import SyncReport
from hub.vocabulary import Entity, PaymentState, Stream
from tests.examples import examples
from tests.sync.conftest import Hub
from tests.sync.histories import histories
from tests.wiping import wipe

TODAY = date(2026, 11, 20)
MAY_GO = [
    (Stream.PAYMENTS, "P1"),
    (Stream.INVOICES, "I1"),
    (Stream.CREDIT_NOTES, "N1"),
    (Stream.CUSTOMERS, "C2"),
    (Stream.REFUNDS, "R1"),
    (Stream.PAYMENT_ATTEMPTS, "A1"),
    (Stream.PAYMENT_METHODS, "M1"),
    (Stream.SUBSCRIPTIONS, "S1"),
]
LINKED = {Entity.REFUND: (Entity.PAYMENT, Entity.CREDIT_NOTE), Entity.PAYMENT_ATTEMPT: (Entity.INVOICE, Entity.PAYMENT, Entity.PAYMENT_METHOD)}


@pytest.fixture
def hub(database_url: str) -> Generator[Hub]:
    store = Store(database_url)
    yield Hub(store, WorkspaceSettings(name="Test", base_currency="EUR", time_zone=ZoneInfo("Europe/Berlin")))
    store.dispose()


def due_by_definition(invoice: InvoiceRecord, settling: Sequence[PaymentRecord | CreditNoteRecord]) -> tuple[int, int, int]:
    """(paid, adjusted, due) on TODAY, from B0 and B41 in their own words; nothing was known of the invoice before TODAY."""
    paid_always = paid = adjusted = 0
    for source in settling:
        dated = source.payment_date if isinstance(source, PaymentRecord) else source.document_date
        for item in source.allocations:
            if item.invoice_external_id != invoice.external_id or not is_known(item, source, invoice):
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


def is_known(item: AllocationItem, source: PaymentRecord | CreditNoteRecord, invoice: InvoiceRecord | None) -> bool:
    """Whether both amounts of an allocation are known: stated, or the same in one currency. An invoice that has not come gives no cause to doubt."""
    if item.allocated_minor is None and item.currency not in {None, source.currency}:
        return item.amount_minor == 0
    stated = item.currency if item.allocated_minor is not None else source.currency
    return invoice is None or stated in {None, invoice.currency}


def unapplied_by_definition(payment: PaymentRecord, invoices: Mapping[str, InvoiceRecord], refunds: Sequence[RefundRecord]) -> int:
    """What of a payment was applied to nothing on TODAY: amount less what was allocated and given back by then, while its money is there."""
    is_there = payment.state is PaymentState.SETTLED or (payment.reversed_on is not None and payment.reversed_on > TODAY)
    if not is_there or payment.payment_date > TODAY:
        return 0
    left = payment.amount_minor
    for item in payment.allocations:
        invoice = invoices.get(item.invoice_external_id)
        on = item.allocation_date or max(payment.payment_date, payment.payment_date if invoice is None else invoice.document_date)
        left -= item.amount_minor if on <= TODAY and is_known(item, payment, invoice) else 0
    return left - given_back(payment, refunds)


def given_back(owner: PaymentRecord | CreditNoteRecord, refunds: Sequence[RefundRecord]) -> int:
    """What settled refunds in its own currency give back of a payment or credit note by TODAY."""
    named = [item.payment_external_id if isinstance(owner, PaymentRecord) else item.credit_note_external_id for item in refunds]
    mine = [item for item, name in zip(refunds, named, strict=True) if name == owner.external_id and item.currency == owner.currency]
    return sum(item.amount_minor for item in mine if item.state is PaymentState.SETTLED and item.refund_date <= TODAY)


def where_links_lead(hub: Hub) -> dict[tuple[str, str], str | None]:
    """By record and column: the external id of the row to which each link of a refund or attempt leads; None where it leads nowhere."""
    references = hub.rows(ExternalReference, "entity", "entity_id", "external_id")
    names = {(entity, key): name for entity, key, name in references}
    found: dict[tuple[str, str], str | None] = {}
    for row, entity in ((Refund, Entity.REFUND), (PaymentAttempt, Entity.PAYMENT_ATTEMPT)):
        columns = LINKED[entity]
        for key, *ids in hub.rows(row, "id", *(f"{target.value.lower()}_id" for target in columns)):
            found.update({(names[entity, key], target.value): names.get((target, to)) for target, to in zip(columns, ids, strict=True)})
    return found


def links_by_definition(records: Sequence[Record]) -> dict[tuple[str, str], str | None]:
    arrived = {(record.stream.value, record.external_id) for record in records}
    expected: dict[tuple[str, str], str | None] = {}
    for record in records:
        for target in LINKED.get(Entity(record.stream.value.removesuffix("S")), ()):
            name: str | None = getattr(record, f"{target.value.lower()}_external_id")
            expected[record.external_id, target.value] = name if (f"{target.value}S", name) in arrived else None
    return expected


@settings(
    max_examples=examples(5),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories())
def test_any_order_of_records_ends_in_the_amounts_of_the_definitions(hub: Hub, history: tuple[list[list[Record]], list[Record]]) -> None:
    pages, final = history
    wipe(hub.store)

    async def sync() -> SyncReport:
        await hub.sync(*pages)
        await hub.sync(final)
        return await hub.sync(final)

    assert anyio.run(sync).total("unchanged") == len(final)
    counting = [item for item in final if isinstance(item, CreditNoteRecord)]
    settled = [item for item in final if isinstance(item, PaymentRecord) and item.state in {PaymentState.SETTLED, PaymentState.RETURNED}]
    expected = {item.external_id: due_by_definition(item, [*settled, *counting]) for item in final if isinstance(item, InvoiceRecord)}
    table = table_of(Invoice)
    numbers = {row.total_minor for row in _rows(hub, table)}
    assert len(_rows(hub, table)) == len(expected), numbers
    kept = sorted((row.amount_paid_minor, row.amount_adjusted_minor, row.amount_due_minor) for row in _rows(hub, table))
    assert kept == sorted(expected.values())
    assert_payments_are_as_defined(hub, final)
    assert where_links_lead(hub) == links_by_definition(final)
    assert_kept_equals_formulas(hub)


def assert_payments_are_as_defined(hub: Hub, final: Sequence[Record]) -> None:
    refunds = [item for item in final if isinstance(item, RefundRecord)]
    invoices = {item.external_id: item for item in final if isinstance(item, InvoiceRecord)}
    payments = [item for item in final if isinstance(item, PaymentRecord)]
    expected = [(given_back(item, refunds), unapplied_by_definition(item, invoices, refunds)) for item in payments]
    assert sorted(hub.rows(Payment, "refunded_minor", "unapplied_minor")) == sorted(expected)
    notes = [item for item in final if isinstance(item, CreditNoteRecord)]
    assert hub.rows(CreditNote, "refunded_minor") == [(given_back(note, refunds),) for note in notes]


@settings(
    max_examples=examples(4),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=histories(),
    gone=st.sets(st.sampled_from(MAY_GO)),
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
    left = [*hub.rows(Payment, "allocated_minor", "refunded_minor", "unapplied_minor"), *hub.rows(CreditNote, "refunded_minor", "unutilised_minor")]
    there = [found for row in (Payment, CreditNote, Refund, PaymentAttempt, PaymentMethod, Subscription) for found in hub.rows(row, "id", "is_deleted")]
    return [*hub.rows(Invoice, *columns), *left, *there]


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
