"""What records of refunds, payment methods, payment attempts and subscriptions must satisfy."""

from hub.errors import RecordError
from hub.plugins.collection_records import PaymentAttemptRecord, PaymentMethodRecord, RefundRecord, SubscriptionRecord
from hub.sync.checks import check_amount, check_currency, check_date, check_instant, check_name

_SHOWN_DIGITS = 4


def require_valid_collection(record: RefundRecord | PaymentMethodRecord | PaymentAttemptRecord | SubscriptionRecord) -> None:
    """Raise RecordError with the field and the reason when a record of these streams cannot be kept as it is."""
    match record:
        case RefundRecord():
            _check_refund(record)
        case PaymentMethodRecord():
            _check_method(record)
        case PaymentAttemptRecord():
            _check_attempt(record)
        case SubscriptionRecord():
            _check_subscription(record)


def _check_refund(record: RefundRecord) -> None:
    """A refund gives back one payment or one credit note, not a negative amount, and not both."""
    check_currency(record, record.currency)
    check_amount(record, "amount", record.amount_minor)
    if record.amount_minor < 0:
        raise RecordError("a refund's amount is not negative: it is what was given back", reference=record.external_id, field="amount")
    check_date(record, "refund_date", record.refund_date)
    check_name(record, "payment_external_id", record.payment_external_id)
    check_name(record, "credit_note_external_id", record.credit_note_external_id)
    if record.payment_external_id is not None and record.credit_note_external_id is not None:
        reason = "it names both a payment and a credit note: deliver a refund for each"
        raise RecordError(reason, reference=record.external_id, field="credit_note_external_id")


def _check_method(record: PaymentMethodRecord) -> None:
    """A method shows at most the last four digits of its number."""
    last = record.last_four
    if last is not None and not (last.isascii() and last.isdigit() and len(last) <= _SHOWN_DIGITS):
        raise RecordError(f"it has at most {_SHOWN_DIGITS} digits and nothing else", reference=record.external_id, field="last_four")
    check_date(record, "expires_on", record.expires_on)


def _check_attempt(record: PaymentAttemptRecord) -> None:
    """An attempt has an amount that is not negative, and a moment."""
    check_currency(record, record.currency)
    check_amount(record, "amount", record.amount_minor)
    if record.amount_minor < 0:
        raise RecordError("an attempt's amount is not negative: it is what was asked for", reference=record.external_id, field="amount")
    check_instant(record, "attempted_at", record.attempted_at)
    check_date(record, "next_retry_on", record.next_retry_on)
    check_name(record, "invoice_external_id", record.invoice_external_id)
    check_name(record, "payment_external_id", record.payment_external_id)
    check_name(record, "payment_method_external_id", record.payment_method_external_id)


def _check_subscription(record: SubscriptionRecord) -> None:
    """A subscription's days are days that are kept. It may end before it starts: one that was cancelled early."""
    check_date(record, "starts_on", record.starts_on)
    check_date(record, "ends_on", record.ends_on)
