"""Payments, the settlements that they and credit notes make, refunds, methods, attempts and scheduled payments."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import (
    JsonDocument,
    Row,
    currency_column,
    enum_column,
    home_customer,
    instant,
    json_column,
    minor,
    partial_index,
    primary_key,
    reference_to,
    text_in_code_point_order,
)
from hub.vocabulary import (
    AttemptKind,
    DateBasis,
    DunningStatus,
    PaymentMethodKind,
    PaymentOrigin,
    PaymentSourceStatus,
    PaymentState,
    Reconciliation,
    ScheduledPaymentStatus,
    SettlementKind,
)


def _waiting_index(table: str, target: str) -> sa.Index:
    """The rows that name a row of another stream which has not arrived, by that name."""
    is_waiting = f"{target}_id IS NULL AND {target}_external_id IS NOT NULL"
    return partial_index(f"ix_{table}__waiting_{target}", "connection_id", f"{target}_external_id", where=is_waiting)


class Payment(Row, table=True):
    """Money received. It counts from `payment_date` while SETTLED; RETURNED and CHARGED_BACK count until `reversed_on`.

    `unapplied = amount − allocated − refunded` while it counts, else 0; in `currency`, as of the business date.
    """

    __tablename__ = "payment"
    __table_args__ = (
        sa.Index("ix_payment__customer", "customer_id", "id"),
        sa.Index("ix_payment__payment_date", "payment_date", "id"),
        partial_index("ix_payment__without_authority", "customer_id", where="NOT is_authoritative"),
        partial_index("ix_payment__unapplied", "customer_id", "currency", where="unapplied_minor != 0"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id")
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    state: PaymentState = enum_column(PaymentState)
    source_status: str | None = Field(default=None, max_length=100)
    reconciliation: Reconciliation = enum_column(Reconciliation, default=Reconciliation.RECONCILED)
    origin: PaymentOrigin = enum_column(PaymentOrigin, default=PaymentOrigin.SOURCE)
    method_kind: PaymentMethodKind | None = enum_column(PaymentMethodKind, nullable=True)
    reference: str | None = text_in_code_point_order(255, nullable=True, index=True)
    gateway: str | None = Field(default=None, max_length=100)
    gateway_transaction_id: str | None = Field(default=None, max_length=255)
    currency: str = currency_column()
    payment_date: date
    reversed_on: date | None = None
    reversal_basis: DateBasis | None = enum_column(DateBasis, nullable=True)
    memo: str | None = Field(default=None, sa_type=sa.Text)
    custom: JsonDocument | None = json_column()
    amount_minor: int = minor()
    allocated_minor: int = minor()
    refunded_minor: int = minor()
    unapplied_minor: int = minor()
    converted_amount_minor: int | None = minor(nullable=True)
    converted_unapplied_minor: int | None = minor(nullable=True)
    rate_window_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    is_authoritative: bool = Field(default=True)
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    source_updated_at: datetime | None = instant(nullable=True)
    updated_at: datetime = instant()


class Settlement(Row, table=True):
    """A dated fact that lowers an invoice's amount due: an allocation of a payment or credit note, an adjustment, a write-off.

    `amount_minor` is in the invoice's currency, `allocated_minor` in the payment's or credit note's; both negative for a reversal.
    `stated_currency` is the currency in which it is known what is settled; None: whichever the invoice is in.
    `invoice_id` is None while the invoice named by `invoice_external_id` has not arrived: the amount is allocated all the same.
    `effective_date` is `allocation_date`, else the later of the payment's or credit note's date and the document date (B41); of a
    reversal, the later of that and `reversed_on`, which is None for what is no reversal.
    `counts` says whether the payment or credit note behind it counts (a declined payment settles nothing) and `stated_currency` is none
    but the invoice's. `mark_id` is the mark of being paid (B11) for which the hub presumes that the payment is; None: its source has
    allocated it.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        sa.Index("ix_settlement__invoice", "invoice_id", "effective_date"),
        sa.Index("ix_settlement__payment", "payment_id"),
        sa.Index("ix_settlement__credit_note", "credit_note_id"),
        partial_index("ix_settlement__waiting", "connection_id", "invoice_external_id", where="invoice_id IS NULL"),
        sa.Index("ix_settlement__effective_date", "effective_date"),
        partial_index("ix_settlement__presumed", "mark_id", where="mark_id IS NOT NULL", unique=True),
    )

    id: int | None = primary_key()
    connection_id: int = reference_to("connection.id")
    kind: SettlementKind = enum_column(SettlementKind)
    payment_id: int | None = reference_to("payment.id", nullable=True)
    credit_note_id: int | None = reference_to("credit_note.id", nullable=True)
    invoice_id: int | None = reference_to("invoice.id", nullable=True)
    invoice_external_id: str | None = Field(default=None, max_length=255)
    amount_minor: int = minor()
    allocated_minor: int = minor()
    stated_currency: str | None = currency_column(nullable=True)
    allocation_date: date | None = None
    reversed_on: date | None = None
    effective_date: date
    date_basis: DateBasis = enum_column(DateBasis, default=DateBasis.STATED)
    counts: bool = Field(default=True)
    mark_id: int | None = reference_to("field_override.id", nullable=True)


class Refund(Row, table=True):
    """Money given back from a payment or credit note; `amount_minor` is positive, in `currency`.

    It lowers what is unapplied or unutilised of its payment or credit note from `refund_date` on, while it is SETTLED and in their
    currency. `payment_id` and `credit_note_id` are None while what the external id beside them names has not arrived.
    """

    __tablename__ = "refund"
    __table_args__ = (
        sa.Index("ix_refund__refund_date", "refund_date", "id"),
        _waiting_index("refund", "payment"),
        _waiting_index("refund", "credit_note"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    payment_id: int | None = reference_to("payment.id", nullable=True, index=True)
    payment_external_id: str | None = Field(default=None, max_length=255)
    credit_note_id: int | None = reference_to("credit_note.id", nullable=True, index=True)
    credit_note_external_id: str | None = Field(default=None, max_length=255)
    state: PaymentState = enum_column(PaymentState)
    source_status: str | None = Field(default=None, max_length=100)
    currency: str = currency_column()
    refund_date: date
    amount_minor: int = minor()
    reason: str | None = Field(default=None, max_length=500)
    custom: JsonDocument | None = json_column()
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class PaymentMethod(Row, table=True):
    """A stored means of payment: a token and what may be shown of it, never a full number."""

    __tablename__ = "payment_method"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    kind: PaymentMethodKind = enum_column(PaymentMethodKind)
    friendly_name: str | None = Field(default=None, max_length=200)
    brand: str | None = Field(default=None, max_length=50)
    last_four: str | None = Field(default=None, max_length=4)
    fingerprint: str | None = Field(default=None, max_length=128)
    expires_on: date | None = None
    status: PaymentSourceStatus = enum_column(PaymentSourceStatus, default=PaymentSourceStatus.VALID)
    is_primary: bool = Field(default=False)
    is_backup: bool = Field(default=False)
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class PaymentAttempt(Row, table=True):
    """One try to collect a payment, with outcome and decline reason; amounts in `currency`.

    Invoice, payment and method are those of its own connection; each is None while what the external id beside it names has not arrived.
    `invoice_number` is what a gateway knows of an invoice in another system.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        sa.Index("ix_payment_attempt__customer", "customer_id", "attempted_at"),
        sa.Index("ix_payment_attempt__invoice", "invoice_id", "attempted_at"),
        sa.Index("ix_payment_attempt__attempted_at", "attempted_at", "id"),
        _waiting_index("payment_attempt", "invoice"),
        _waiting_index("payment_attempt", "payment"),
        _waiting_index("payment_attempt", "payment_method"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id")
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    invoice_id: int | None = reference_to("invoice.id", nullable=True)
    invoice_external_id: str | None = Field(default=None, max_length=255)
    invoice_number: str | None = Field(default=None, max_length=255)
    payment_id: int | None = reference_to("payment.id", nullable=True, index=True)
    payment_external_id: str | None = Field(default=None, max_length=255)
    payment_method_id: int | None = reference_to("payment_method.id", nullable=True)
    payment_method_external_id: str | None = Field(default=None, max_length=255)
    kind: AttemptKind = enum_column(AttemptKind, default=AttemptKind.CHARGE)
    state: PaymentState = enum_column(PaymentState)
    source_status: str | None = Field(default=None, max_length=100)
    method_kind: PaymentMethodKind | None = enum_column(PaymentMethodKind, nullable=True)
    method_fingerprint: str | None = Field(default=None, max_length=128)
    gateway: str | None = Field(default=None, max_length=100)
    gateway_transaction_id: str | None = Field(default=None, max_length=255, index=True)
    currency: str = currency_column()
    amount_minor: int = minor()
    attempted_at: datetime = instant()
    decline_reason: str | None = Field(default=None, max_length=64)
    decline_code: str | None = Field(default=None, max_length=100)
    dunning_status: DunningStatus | None = enum_column(DunningStatus, nullable=True)
    next_retry_on: date | None = None
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class ScheduledPayment(Row, table=True):
    """A payment arranged for a date (PY3); amounts in `currency`."""

    __tablename__ = "scheduled_payment"
    __table_args__ = (sa.Index("ix_scheduled_payment__run_on", "status", "run_on"),)

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True, index=True)
    payment_method_id: int | None = reference_to("payment_method.id", nullable=True)
    autopay_rule_id: int | None = reference_to("autopay_rule.id", nullable=True)
    payment_id: int | None = reference_to("payment.id", nullable=True)
    status: ScheduledPaymentStatus = enum_column(ScheduledPaymentStatus)
    currency: str = currency_column()
    amount_minor: int = minor()
    run_on: date
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
    updated_at: datetime = instant()
