"""Records with everything that a test does not care about filled in."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from hub.money import to_minor
from hub.plugins.collection_records import PaymentAttemptRecord, PaymentMethodRecord, RefundRecord, SubscriptionRecord
from hub.plugins.records import AllocationItem, CreditNoteRecord, CustomerRecord, ExchangeRateRecord, InvoiceRecord, PaymentRecord
from hub.vocabulary import PaymentMethodKind, PaymentState, SubscriptionStatus


def customer(external_id: str = "C1", **fields: object) -> CustomerRecord:
    return replace(CustomerRecord(external_id=external_id, name=f"Customer {external_id}"), **fields)


def invoice(external_id: str = "I1", total: str = "100.00", *, currency: str = "EUR", **fields: object) -> InvoiceRecord:
    made = InvoiceRecord(
        external_id=external_id,
        customer_external_id="C1",
        number=external_id,
        document_date=date(2026, 9, 1),
        due_date=date(2026, 10, 1),
        currency=currency,
        total_minor=to_minor(total, currency).amount_minor,
    )
    return replace(made, **fields)


def payment(external_id: str = "P1", amount: str = "100.00", *, on: dict[str, str] | None = None, currency: str = "EUR", **fields: object) -> PaymentRecord:
    """A payment; `on` gives what is allocated to each invoice."""
    made = PaymentRecord(
        external_id=external_id,
        customer_external_id="C1",
        currency=currency,
        amount_minor=to_minor(amount, currency).amount_minor,
        payment_date=date(2026, 10, 15),
        allocations=_allocations(on, currency),
    )
    return replace(made, **fields)


def credit_note(
    external_id: str = "N1", total: str = "30.00", *, on: dict[str, str] | None = None, currency: str = "EUR", **fields: object
) -> CreditNoteRecord:
    made = CreditNoteRecord(
        external_id=external_id,
        customer_external_id="C1",
        currency=currency,
        total_minor=to_minor(total, currency).amount_minor,
        document_date=date(2026, 9, 10),
        allocations=_allocations(on, currency),
    )
    return replace(made, **fields)


def refund(external_id: str = "R1", amount: str = "10.00", *, currency: str = "EUR", **fields: object) -> RefundRecord:
    made = RefundRecord(
        external_id=external_id,
        customer_external_id="C1",
        currency=currency,
        amount_minor=to_minor(amount, currency).amount_minor,
        refund_date=date(2026, 11, 1),
    )
    return replace(made, **fields)


def method(external_id: str = "M1", **fields: object) -> PaymentMethodRecord:
    return replace(PaymentMethodRecord(external_id=external_id, customer_external_id="C1", kind=PaymentMethodKind.CARD), **fields)


def attempt(external_id: str = "A1", **fields: object) -> PaymentAttemptRecord:
    """A declined charge."""
    made = PaymentAttemptRecord(
        external_id=external_id,
        customer_external_id="C1",
        currency="EUR",
        amount_minor=100_00,
        attempted_at=datetime(2026, 10, 1, 12, tzinfo=UTC),
        state=PaymentState.DECLINED,
    )
    return replace(made, **fields)


def subscription(external_id: str = "S1", **fields: object) -> SubscriptionRecord:
    return replace(SubscriptionRecord(external_id=external_id, customer_external_id="C1", status=SubscriptionStatus.ACTIVE), **fields)


def _allocations(on: dict[str, str] | None, currency: str) -> list[AllocationItem]:
    return [AllocationItem(invoice_external_id=name, amount_minor=to_minor(part, currency).amount_minor) for name, part in (on or {}).items()]


def rate(currency: str, numerator: int, denominator: int, *, on: date = date(2026, 1, 1)) -> ExchangeRateRecord:
    name = f"{currency}-EUR-{on}"
    return ExchangeRateRecord(external_id=name, currency=currency, base_currency="EUR", rate_date=on, numerator=numerator, denominator=denominator)
