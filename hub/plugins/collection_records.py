"""Records of how money is collected and given back: refunds, means of payment, attempts and subscriptions."""

from datetime import date, datetime
from typing import ClassVar

from hub.plugins.source_item import Custom, SourceItem
from hub.vocabulary import AttemptKind, DunningStatus, PaymentMethodKind, PaymentSourceStatus, PaymentState, Stream, SubscriptionStatus


class RefundRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """Money given back from one payment or one credit note, at most one of them named. `amount_minor` is positive, in the currency of what it is of.

    It counts from `refund_date` while its state is SETTLED.
    """

    stream: ClassVar[Stream] = Stream.REFUNDS

    customer_external_id: str
    currency: str
    amount_minor: int
    refund_date: date
    payment_external_id: str | None = None
    credit_note_external_id: str | None = None
    state: PaymentState = PaymentState.SETTLED
    source_status: str | None = None
    reason: str | None = None
    custom: Custom | None = None


class PaymentMethodRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A stored means of payment: what may be shown of it, never a full number. `external_id` is its token at the source.

    `fingerprint` tells that two methods are the same card or account; `expires_on` is the last day of its validity.
    """

    stream: ClassVar[Stream] = Stream.PAYMENT_METHODS

    customer_external_id: str
    kind: PaymentMethodKind
    friendly_name: str | None = None
    brand: str | None = None
    last_four: str | None = None
    fingerprint: str | None = None
    expires_on: date | None = None
    status: PaymentSourceStatus = PaymentSourceStatus.VALID
    is_primary: bool = False
    is_backup: bool = False


class PaymentAttemptRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """One try to collect a payment, or a chargeback, with its outcome. Invoice, payment and method are those of the same connection.

    `invoice_number` is for a gateway that knows no more of an invoice than its number. `decline_reason` is the reason in words that are
    the same for all sources (insufficient_funds), `decline_code` the source's own code.
    """

    stream: ClassVar[Stream] = Stream.PAYMENT_ATTEMPTS

    customer_external_id: str
    currency: str
    amount_minor: int
    attempted_at: datetime
    state: PaymentState
    kind: AttemptKind = AttemptKind.CHARGE
    invoice_external_id: str | None = None
    invoice_number: str | None = None
    payment_external_id: str | None = None
    payment_method_external_id: str | None = None
    source_status: str | None = None
    method_kind: PaymentMethodKind | None = None
    method_fingerprint: str | None = None
    gateway: str | None = None
    gateway_transaction_id: str | None = None
    decline_reason: str | None = None
    decline_code: str | None = None
    dunning_status: DunningStatus | None = None
    next_retry_on: date | None = None


class SubscriptionRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription's status in its billing system. `ends_on` is the day on which it ends or ended; None: no end is known."""

    stream: ClassVar[Stream] = Stream.SUBSCRIPTIONS

    customer_external_id: str
    status: SubscriptionStatus
    plan: str | None = None
    source_status: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    custom: Custom | None = None
