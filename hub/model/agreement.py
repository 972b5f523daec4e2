"""What is agreed or stopped about a debt: holds, promises, disputes, arrangements, autopay rules, contracts, subscriptions."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, currency_column, enum_column, home_customer, instant, json_column, minor, primary_key, reference_to
from hub.vocabulary import ArrangementStatus, DisputeStatus, HoldScope, PromiseStatus, SubscriptionStatus


class Hold(Row, table=True):
    """A stop with a scope, a reason and an end (B8), on a customer, an invoice or a contact. `ends_on` None: until lifted."""

    __tablename__ = "hold"
    __table_args__ = (sa.CheckConstraint("customer_id IS NOT NULL OR invoice_id IS NOT NULL OR contact_id IS NOT NULL", name="ck_hold__subject"),)

    id: int | None = primary_key()
    customer_id: int | None = reference_to("customer.id", nullable=True, index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True, index=True)
    contact_id: int | None = reference_to("contact.id", nullable=True, index=True)
    scope: HoldScope = enum_column(HoldScope)
    reason: str = Field(max_length=500)
    starts_on: date
    ends_on: date | None = None
    created_by: str = Field(max_length=200)
    created_at: datetime = instant()
    lifted_at: datetime | None = instant(nullable=True)
    lifted_by: str | None = Field(default=None, max_length=200)


class Promise(Row, table=True):
    """A promise to pay: amount and date (PY20); amounts in `currency`. `invoice_id` None: for the customer as a whole."""

    __tablename__ = "promise"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True, index=True)
    status: PromiseStatus = enum_column(PromiseStatus, default=PromiseStatus.OPEN)
    currency: str = currency_column()
    amount_minor: int = minor()
    promised_on: date
    due_on: date
    kept_minor: int = minor()
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)


class Dispute(Row, table=True):
    """A contested amount with a reason (PY21); it does not reduce the amount due. `opened_on` None: the source gives no date."""

    __tablename__ = "dispute"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True, index=True)
    connection_id: int | None = reference_to("connection.id", nullable=True)
    status: DisputeStatus = enum_column(DisputeStatus, default=DisputeStatus.OPEN)
    reason: str | None = Field(default=None, max_length=500)
    currency: str = currency_column()
    amount_minor: int = minor()
    opened_on: date | None = None
    resolved_on: date | None = None
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class PaymentArrangement(Row, table=True):
    """An agreed schedule for an amount due (IO10, IO11); amounts in `currency`. It never changes overdue or ageing."""

    __tablename__ = "payment_arrangement"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True, index=True)
    status: ArrangementStatus = enum_column(ArrangementStatus)
    currency: str = currency_column()
    amount_minor: int = minor()
    starts_on: date
    cadence: str | None = Field(default=None, max_length=32)
    minimum_minor: int | None = minor(nullable=True)
    cancelled_reason: str | None = Field(default=None, max_length=500)
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Instalment(Row, table=True):
    """One dated part of a payment arrangement, in its currency."""

    __tablename__ = "instalment"

    id: int | None = primary_key()
    arrangement_id: int = reference_to("payment_arrangement.id", index=True)
    position: int
    due_date: date
    amount_minor: int = minor()
    paid_minor: int = minor()


class AutopayRule(Row, table=True):
    """A customer's rule for paying invoices by itself (PY10–PY15); tried in order of `position`."""

    __tablename__ = "autopay_rule"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    payment_method_id: int | None = reference_to("payment_method.id", nullable=True)
    position: int
    name: str = Field(max_length=200)
    conditions: JsonDocument | None = json_column()
    run_on: JsonDocument | None = json_column()
    follows_default_method: bool = Field(default=True)
    is_locked: bool = Field(default=False)
    is_enabled: bool = Field(default=True)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Contract(Row, table=True):
    """An agreement that invoices refer to."""

    __tablename__ = "contract"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    connection_id: int | None = reference_to("connection.id", nullable=True)
    name: str = Field(max_length=255)
    starts_on: date | None = None
    ends_on: date | None = None
    is_deleted: bool = Field(default=False)


class Subscription(Row, table=True):
    """A subscription's status as its billing system reports it (status only)."""

    __tablename__ = "subscription"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    plan: str | None = Field(default=None, max_length=255)
    status: SubscriptionStatus = enum_column(SubscriptionStatus)
    source_status: str | None = Field(default=None, max_length=100)
    starts_on: date | None = None
    ends_on: date | None = None
    custom: JsonDocument | None = json_column()
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()
