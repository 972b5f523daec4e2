"""Random histories: records of all streams, in any order and in pages of any size, some repeated or in an earlier version."""

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st
from msgspec.structs import replace

from hub.plugins.collection_records import PaymentAttemptRecord, PaymentMethodRecord, RefundRecord, SubscriptionRecord
from hub.plugins.records import AllocationItem, ContactRecord, CreditNoteRecord, CustomerRecord, DuePartItem, InvoiceRecord, PaymentRecord, Record
from hub.vocabulary import AttemptKind, PaymentMethodKind, PaymentState, SubscriptionStatus
from tests.sync.records import rate

CURRENCIES = ("EUR", "USD", "JPY")
INVOICES = ("I1", "I2", "I3", "I4")

days = st.dates(date(2026, 8, 1), date(2026, 12, 20))


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
        item = AllocationItem(invoice_external_id=name, amount_minor=part, allocated_minor=draw(st.sampled_from((part, None))))
        items.append(replace(item, currency=draw(st.none() | st.sampled_from(CURRENCIES)), allocation_date=draw(st.none() | days)))
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
def refunds(draw: st.DrawFn, name: str) -> RefundRecord:
    """A refund of something that comes, of something that never does, or of nothing that its source tells."""
    owner = draw(st.sampled_from(("payment", "credit_note", None)))
    names = {"payment": ("P1", "P2", "P3"), "credit_note": ("N1", "N2")}
    made = RefundRecord(
        external_id=name,
        customer_external_id=draw(st.sampled_from(("C1", "C2"))),
        currency=draw(st.sampled_from(CURRENCIES)),
        amount_minor=draw(st.integers(0, 500)),
        refund_date=draw(days),
        state=draw(st.sampled_from((PaymentState.SETTLED, PaymentState.SETTLED, PaymentState.SUBMITTED, PaymentState.VOIDED))),
    )
    return made if owner is None else replace(made, **{f"{owner}_external_id": draw(st.sampled_from(names[owner]))})


@st.composite
def attempts(draw: st.DrawFn, name: str) -> PaymentAttemptRecord:
    return PaymentAttemptRecord(
        external_id=name,
        customer_external_id=draw(st.sampled_from(("C1", "C2"))),
        currency=draw(st.sampled_from(CURRENCIES)),
        amount_minor=draw(st.integers(0, 2_000)),
        attempted_at=datetime.combine(draw(days), time(draw(st.integers(0, 23))), UTC),
        state=draw(st.sampled_from((PaymentState.SETTLED, PaymentState.DECLINED))),
        kind=draw(st.sampled_from(AttemptKind)),
        invoice_external_id=draw(st.none() | st.sampled_from(INVOICES)),
        payment_external_id=draw(st.none() | st.sampled_from(("P1", "P3"))),
        payment_method_external_id=draw(st.none() | st.sampled_from(("M1", "M2"))),
    )


@st.composite
def others(draw: st.DrawFn) -> list[Record]:
    """What has no amounts: a contact, a payment method, a subscription."""
    whose = draw(st.sampled_from(("C1", "C2")))
    return [
        ContactRecord(external_id="K1", customer_external_id=whose, name="Ida"),
        PaymentMethodRecord(external_id="M1", customer_external_id=whose, kind=draw(st.sampled_from(PaymentMethodKind))),
        SubscriptionRecord(external_id="S1", customer_external_id=whose, status=draw(st.sampled_from(SubscriptionStatus)), starts_on=draw(st.none() | days)),
    ]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[list[Record]], list[Record]]:
    """Pages of records of all streams, some of them repeated or in an earlier version, and the last version of each."""
    customers: list[Record] = [CustomerRecord(external_id=name, name=name, source_version=1) for name in ("C1", "C2")]
    made: list[Record] = [draw(invoices(name)) for name in INVOICES[:3]]
    made += [draw(payments(name)) for name in ("P1", "P2")]
    made += [draw(credit_notes("N1")), rate("USD", 11, 13), rate("JPY", 1, 163), *draw(others())]
    made += [draw(refunds(name)) for name in ("R1", "R2", "R3")] + [draw(attempts(name)) for name in ("A1", "A2", "A3")]
    older = [draw(invoices("I1")), draw(payments("P1")), draw(refunds("R1")), draw(attempts("A1"))]
    records = [*customers, *made, *(item for item in made if draw(st.booleans()))]
    shuffled = draw(st.permutations(records))
    first = [*older, *shuffled] if draw(st.booleans()) else list(shuffled)
    size = draw(st.integers(1, len(first)))
    return [list(first[start : start + size]) for start in range(0, len(first), size)], [*customers, *made]
