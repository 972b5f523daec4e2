"""Payloads of the gateway as records. Amounts are whole minor units. What it collects are attempts: money is what accounting says has come."""

from connectors.sandbox.carried import GATEWAY, carried_by, known_in
from connectors.toolkit.payload import Payload
from hub.plugins import (
    AttemptKind,
    ConnectionKind,
    CustomerRecord,
    PaymentAttemptRecord,
    PaymentMethodKind,
    PaymentMethodRecord,
    PaymentSourceStatus,
    PaymentState,
)

_KINDS = {"card": PaymentMethodKind.CARD, "bank_debit": PaymentMethodKind.BANK_DEBIT, "wallet": PaymentMethodKind.WALLET}
_METHODS = {
    "valid": PaymentSourceStatus.VALID,
    "invalid": PaymentSourceStatus.INVALID,
    "expiring": PaymentSourceStatus.EXPIRING,
    "expired": PaymentSourceStatus.EXPIRED,
}
_CHARGES = {
    "pending": PaymentState.SUBMITTED,
    "succeeded": PaymentState.ACCEPTED,
    "settled": PaymentState.SETTLED,
    "failed": PaymentState.DECLINED,
    "returned": PaymentState.RETURNED,
    "disputed": PaymentState.CHARGED_BACK,
}
"""A charge that succeeded is accepted only: it may still come back until it has settled (PY23)."""


def customer(payload: Payload) -> CustomerRecord:
    """A customer of the gateway, which knows little more of it than its id in accounting."""
    return CustomerRecord(
        **carried_by(payload),
        name=payload.text("name"),
        email=payload.text_or_none("email"),
        known_as=known_in(ConnectionKind.ACCOUNTING, payload.text_or_none("reference")),
        custom={"accounting_id": payload.text_or_none("reference")},
    )


def payment_method(payload: Payload) -> PaymentMethodRecord:
    """A stored means of payment, of which only what may be shown is known."""
    return PaymentMethodRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        kind=payload.word("kind", _KINDS),
        brand=payload.text_or_none("brand"),
        last_four=payload.text_or_none("last_four"),
        fingerprint=payload.text_or_none("fingerprint"),
        expires_on=payload.day_or_none("expires_on"),
        status=payload.word("status", _METHODS),
        is_primary=payload.flag("is_primary"),
    )


def charge(payload: Payload) -> PaymentAttemptRecord:
    """One try to collect an invoice, the second and later ones as retries.

    Its id is the transaction id, for that is what accounting names with the money. The codes of failures are words that all systems use.
    """
    return PaymentAttemptRecord(
        **carried_by(payload),
        customer_external_id=payload.text("customer_id"),
        currency=payload.currency(),
        amount_minor=payload.integer("amount"),
        attempted_at=payload.instant("attempted_at"),
        state=payload.word("status", _CHARGES),
        kind=AttemptKind.RETRY if (payload.integer_or_none("attempt") or 1) > 1 else AttemptKind.CHARGE,
        invoice_number=payload.text_or_none("invoice_reference"),
        payment_method_external_id=payload.text_or_none("payment_method_id"),
        source_status=payload.text("status"),
        gateway=GATEWAY,
        gateway_transaction_id=payload.reference,
        decline_reason=payload.text_or_none("failure_code"),
        decline_code=payload.text_or_none("failure_code"),
        next_retry_on=payload.day_or_none("next_retry_on"),
    )
