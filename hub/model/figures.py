"""Kept figures per customer for today: what lists sort and filter by. A self-check proves them equal to the formulas.

All amounts are in the workspace currency (`figures_state.base_currency`), minor units; None where a rate is missing (`is_complete` is false).
"""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, currency_column, json_column, minor, primary_key, reference_to


class CustomerFigures(Row, table=True):
    """The figures of one customer as of `business_date` (B0, A4). `ageing_n_minor` is the n-th configured bucket, from 1."""

    __tablename__ = "customer_figures"
    __table_args__ = (
        sa.Index("ix_customer_figures__overdue", "overdue_minor", "customer_id"),
        sa.Index("ix_customer_figures__outstanding", "outstanding_minor", "customer_id"),
    )

    customer_id: int = reference_to("customer.id", primary=True)
    business_date: date
    total_paid_minor: int | None = minor(nullable=True)
    total_due_minor: int | None = minor(nullable=True)
    billed_minor: int | None = minor(nullable=True)
    cash_received_minor: int | None = minor(nullable=True)
    outstanding_minor: int | None = minor(nullable=True)
    overdue_minor: int | None = minor(nullable=True)
    open_debits_minor: int | None = minor(nullable=True)
    unutilised_credit_minor: int | None = minor(nullable=True)
    unaccounted_payment_minor: int | None = minor(nullable=True)
    net_overdue_minor: int | None = minor(nullable=True)
    net_outstanding_minor: int | None = minor(nullable=True)
    consolidated_outstanding_minor: int | None = minor(nullable=True)
    consolidated_overdue_minor: int | None = minor(nullable=True)
    ageing_1_minor: int | None = minor(nullable=True)
    ageing_2_minor: int | None = minor(nullable=True)
    ageing_3_minor: int | None = minor(nullable=True)
    ageing_4_minor: int | None = minor(nullable=True)
    ageing_5_minor: int | None = minor(nullable=True)
    ageing_6_minor: int | None = minor(nullable=True)
    ageing_7_minor: int | None = minor(nullable=True)
    ageing_8_minor: int | None = minor(nullable=True)
    ageing_1_count: int = 0
    ageing_2_count: int = 0
    ageing_3_count: int = 0
    ageing_4_count: int = 0
    ageing_5_count: int = 0
    ageing_6_count: int = 0
    ageing_7_count: int = 0
    ageing_8_count: int = 0
    open_invoice_count: int = 0
    overdue_invoice_count: int = 0
    inferred_count: int = 0
    payment_attempt_count: int = 0
    attempted_invoice_count: int = 0
    oldest_invoice_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    oldest_overdue_invoice_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    is_complete: bool = Field(default=True)
    missing_rates: JsonDocument | None = json_column()


class CustomerCurrencyFigures(Row, table=True):
    """The exact figures of one customer in one document currency: never converted, always complete."""

    __tablename__ = "customer_currency_figures"

    customer_id: int = reference_to("customer.id", primary=True)
    currency: str = Field(max_length=3, primary_key=True)
    total_paid_minor: int = minor()
    total_due_minor: int = minor()
    billed_minor: int = minor()
    cash_received_minor: int = minor()
    outstanding_minor: int = minor()
    overdue_minor: int = minor()
    open_debits_minor: int = minor()
    unutilised_credit_minor: int = minor()
    unaccounted_payment_minor: int = minor()


class FiguresState(Row, table=True):
    """The one row that says for which date, currency and buckets the kept figures and amounts hold (`id` is 1)."""

    __tablename__ = "figures_state"

    id: int | None = primary_key()
    business_date: date
    base_currency: str = currency_column()
    settings_digest: str = Field(max_length=64)
