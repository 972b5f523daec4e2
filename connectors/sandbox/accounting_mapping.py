"""Payloads of the accounting system as records. Amounts are decimals in the document's currency."""

from fractions import Fraction

from connectors.sandbox.carried import GATEWAY, carried_by, known_in
from connectors.toolkit.payload import Payload
from hub.plugins import (
    AllocationItem,
    ConnectionKind,
    CreditNoteRecord,
    CustomerRecord,
    DuePartItem,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    Lifecycle,
    PaymentMethodKind,
    PaymentRecord,
    PaymentState,
    RefundRecord,
    is_currency,
)

_INVOICES = {
    "draft": Lifecycle.DRAFT,
    "open": Lifecycle.ISSUED,
    "paid": Lifecycle.ISSUED,
    "void": Lifecycle.VOID,
    "written_off": Lifecycle.WRITTEN_OFF,
}
_CREDIT_NOTES = {"open": Lifecycle.ISSUED, "used": Lifecycle.ISSUED, "void": Lifecycle.VOID}
_PAYMENTS = {
    "pending": PaymentState.SUBMITTED,
    "settled": PaymentState.SETTLED,
    "returned": PaymentState.RETURNED,
    "charged_back": PaymentState.CHARGED_BACK,
    "void": PaymentState.VOIDED,
}
_REFUNDS = {"settled": PaymentState.SETTLED, "void": PaymentState.VOIDED}
_METHODS = {
    "card": PaymentMethodKind.CARD,
    "transfer": PaymentMethodKind.BANK_TRANSFER,
    "cheque": PaymentMethodKind.CHEQUE,
    "direct_debit": PaymentMethodKind.BANK_DEBIT,
    "cash": PaymentMethodKind.CASH,
}


def customer(payload: Payload) -> CustomerRecord:
    """A customer. Its balances are what it owes net of unused credit and unapplied payments, as the system says."""
    address = payload.part("address")
    return CustomerRecord(
        **carried_by(payload),
        name=payload.text("name"),
        legal_name=payload.text_or_none("legal_name"),
        email=payload.text_or_none("email"),
        phone=payload.text_or_none("phone"),
        tax_id=payload.text_or_none("tax_id"),
        currency=None if payload.text_or_none("currency") is None else payload.currency(),
        address_lines=address.texts("lines") or None,
        city=address.text_or_none("city"),
        region=address.text_or_none("region"),
        postal_code=address.text_or_none("postal_code"),
        country=address.text_or_none("country"),
        parent_external_id=payload.text_or_none("parent_id"),
        payment_terms_days=payload.integer_or_none("payment_terms_days"),
        finance_owner=payload.text_or_none("owner_email"),
        reported_balances=_balances(payload.part("balances")),
        known_as=known_in(ConnectionKind.CRM, payload.text_or_none("crm_id")),
        custom={"crm_id": payload.text_or_none("crm_id"), "reference": payload.text_or_none("reference")},
    )


def invoice(payload: Payload) -> InvoiceRecord:
    """An invoice. What is left of a written-off one, beyond what was paid and credited, was given up."""
    currency = payload.currency()
    lifecycle = payload.word("status", _INVOICES)
    total = payload.amount("total", currency)
    paid, credited = payload.amount_or_none("amount_paid", currency), payload.amount_or_none("amount_credited", currency)
    return InvoiceRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        number=payload.text_or_none("number"),
        currency=currency,
        document_date=payload.day("date"),
        due_date=payload.day_or_none("due_date"),
        total_minor=total,
        lifecycle=lifecycle,
        source_status=payload.text("status"),
        voided_on=payload.day_or_none("voided_on"),
        written_off_on=payload.day_or_none("written_off_on"),
        paid_on=payload.day_or_none("paid_on"),
        amount_paid_minor=paid,
        amount_adjusted_minor=credited,
        write_off_minor=total - (paid or 0) - (credited or 0) if lifecycle is Lifecycle.WRITTEN_OFF else None,
        balance_minor=payload.amount_or_none("balance", currency),
        purchase_order_number=payload.text_or_none("po_number"),
        is_disputed=payload.flag("disputed"),
        dispute_reason=payload.text_or_none("dispute_reason"),
        lines=[_line(part, currency) for part in payload.parts("lines")],
        due_parts=[DuePartItem(due_date=part.day("due_date"), amount_minor=part.amount("amount", currency)) for part in payload.parts("due_parts")],
        custom={"memo": payload.text_or_none("memo")},
    )


def credit_note(payload: Payload) -> CreditNoteRecord:
    """A credit note, with what it was set against."""
    currency = payload.currency()
    return CreditNoteRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        number=payload.text_or_none("number"),
        currency=currency,
        document_date=payload.day("date"),
        total_minor=payload.amount("total", currency),
        lifecycle=payload.word("status", _CREDIT_NOTES),
        source_status=payload.text("status"),
        voided_on=payload.day_or_none("voided_on"),
        balance_minor=payload.amount_or_none("balance", currency),
        reason=payload.text_or_none("reason"),
        allocations=_allocations(payload, currency),
    )


def payment(payload: Payload) -> PaymentRecord:
    """A payment, with the invoices that it was set against, and the gateway's charge where the money came through it."""
    currency = payload.currency()
    charge_id = payload.text_or_none("gateway_charge_id")
    return PaymentRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        currency=currency,
        amount_minor=payload.amount("amount", currency),
        payment_date=payload.day("date"),
        state=payload.word("status", _PAYMENTS),
        source_status=payload.text("status"),
        method_kind=payload.word("method", _METHODS),
        reference=payload.text_or_none("reference"),
        gateway=GATEWAY if charge_id is not None else None,
        gateway_transaction_id=charge_id,
        reversed_on=payload.day_or_none("returned_on"),
        allocations=_allocations(payload, currency),
    )


def refund(payload: Payload) -> RefundRecord:
    """Money given back from a payment or a credit note."""
    currency = payload.currency()
    return RefundRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        currency=currency,
        amount_minor=payload.amount("amount", currency),
        refund_date=payload.day("date"),
        payment_external_id=payload.text_or_none("payment_id"),
        credit_note_external_id=payload.text_or_none("credit_note_id"),
        state=payload.word("status", _REFUNDS),
        source_status=payload.text("status"),
        reason=payload.text_or_none("reason"),
    )


def rate(payload: Payload) -> ExchangeRateRecord:
    """An exchange rate, exactly as its decimal says."""
    ratio = Fraction(payload.decimal("rate"))
    return ExchangeRateRecord(
        **carried_by(payload),
        currency=payload.currency(),
        base_currency=payload.currency("base_currency"),
        rate_date=payload.day("date"),
        numerator=ratio.numerator,
        denominator=ratio.denominator,
    )


def _balances(balances: Payload) -> dict[str, int]:
    found: dict[str, int] = {}
    for currency in balances.values:
        if not is_currency(currency):
            raise balances.refusal(currency, "it is no currency code of ISO 4217")
        found[currency] = balances.amount(currency, currency)
    return found


def _line(part: Payload, currency: str) -> InvoiceLineItem:
    return InvoiceLineItem(
        item_name=part.text_or_none("item"),
        description=part.text_or_none("description"),
        quantity=part.text_or_none("quantity"),
        unit_price=part.text_or_none("unit_price"),
        amount_minor=part.amount("amount", currency),
    )


def _allocations(payload: Payload, currency: str) -> list[AllocationItem]:
    return [
        AllocationItem(
            invoice_external_id=part.text("invoice_id"),
            amount_minor=part.amount("amount", currency),
            allocation_date=part.day_or_none("date"),
        )
        for part in payload.parts("allocations")
    ]
