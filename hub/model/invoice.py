"""Debit documents (invoices, debit notes, other debits), their lines and due parts, and credit notes.

Amounts called `amount_*` and `converted_*` are kept as of the hub's business date; the facts behind them are the document's own
columns, its settlements and its residual settlement. Figures for another date are computed from those (B41).
"""

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
from hub.vocabulary import DocumentType, Lifecycle, SourceHandling

_IN_THE_BOOKS = ("customer_id", "currency", "is_authoritative", "is_deleted", "lifecycle", "document_date", "voided_on", "written_off_on")
_FIGURE_COLUMNS = (
    *_IN_THE_BOOKS,
    "residual_date",
    "amount_due_minor",
    "total_minor",
    "amount_paid_minor",
    "converted_total_minor",
    "converted_paid_minor",
)
"""What figures of all documents read: an index with just these is a third of the work of reading the table."""

_AGEING_COLUMNS = (*_IN_THE_BOOKS, "first_open_due_date", "has_due_parts", "document_type", "amount_due_minor", "converted_due_minor")
"""What figures of open documents read."""


class Invoice(Row, table=True):
    """A demand for payment (B0). `amount_due = total − amount_paid − amount_adjusted − write_off`, in `currency`.

    `source_*_minor` is what the source states, None where it says nothing; figures use ours. What the source states above our
    dated settlements is the residual settlement: `residual_*_minor` as of `residual_date`, always inferred (B41).
    `first_open_due_date` is the due date of the earliest due part that still has an amount due, or the due date of an open
    invoice without parts; None when nothing is due or there is no due date.
    `converted_*_minor` are in the workspace currency at `rate_window_id`; None when a rate is missing. `appearance_of_id` is the invoice
    that counts, where this one is the same as another system shows it; None: it counts itself, or nobody knows which one it is.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        sa.Index("ix_invoice__customer", "customer_id", "id"),
        partial_index("ix_invoice__open", "customer_id", "first_open_due_date", "id", where="amount_due_minor > 0"),
        sa.Index("ix_invoice__number", "number", "id"),
        sa.Index("ix_invoice__due_date", "due_date", "id"),
        sa.Index("ix_invoice__document_date", "document_date", "id"),
        sa.Index("ix_invoice__figures", *_FIGURE_COLUMNS),
        partial_index("ix_invoice__appearances", "appearance_of_id", where="appearance_of_id IS NOT NULL"),
        partial_index("ix_invoice__without_authority", "customer_id", "number", where="NOT is_authoritative"),
        partial_index("ix_invoice__ageing", *_AGEING_COLUMNS, where="amount_due_minor > 0"),
        partial_index("ix_invoice__unrated", "converted_total_minor", "customer_id", "currency", where="converted_total_minor IS NULL"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id")
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    number: str | None = text_in_code_point_order(255, nullable=True)
    document_type: DocumentType = enum_column(DocumentType, default=DocumentType.INVOICE)
    lifecycle: Lifecycle = enum_column(Lifecycle)
    source_status: str | None = Field(default=None, max_length=100)
    source_handling: SourceHandling = enum_column(SourceHandling, default=SourceHandling.ACTIVE)
    currency: str = currency_column()
    document_date: date
    due_date: date | None = None
    posting_date: date | None = None
    transaction_date: date | None = None
    created_on: date | None = None
    voided_on: date | None = None
    written_off_on: date | None = None
    purchase_order_number: str | None = Field(default=None, max_length=255)
    contract: str | None = Field(default=None, max_length=255)
    location: str | None = Field(default=None, max_length=255)
    business_unit: str | None = Field(default=None, max_length=255)
    is_disputed: bool = Field(default=False)
    dispute_reason: str | None = Field(default=None, max_length=500)
    custom: JsonDocument | None = json_column()
    total_minor: int = minor()
    amount_paid_minor: int = minor()
    amount_adjusted_minor: int = minor()
    write_off_minor: int = minor()
    amount_due_minor: int = minor()
    source_paid_minor: int | None = minor(nullable=True)
    source_adjusted_minor: int | None = minor(nullable=True)
    source_write_off_minor: int | None = minor(nullable=True)
    source_balance_minor: int | None = minor(nullable=True)
    residual_paid_minor: int = minor()
    residual_adjusted_minor: int = minor()
    residual_write_off_minor: int = minor()
    residual_date: date | None = None
    stated_paid_on: date | None = None
    has_due_parts: bool = Field(default=False)
    first_open_due_date: date | None = None
    converted_total_minor: int | None = minor(nullable=True)
    converted_paid_minor: int | None = minor(nullable=True)
    converted_adjusted_minor: int | None = minor(nullable=True)
    converted_write_off_minor: int | None = minor(nullable=True)
    converted_due_minor: int | None = minor(nullable=True)
    rate_window_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    is_authoritative: bool = Field(default=True)
    appearance_of_id: int | None = reference_to("invoice.id", nullable=True)
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    source_updated_at: datetime | None = instant(nullable=True)
    updated_at: datetime = instant()


class InvoiceLine(Row, table=True):
    """One item on an invoice; amounts in the invoice's currency. `quantity` and `unit_price` are decimal texts as the source gave them."""

    __tablename__ = "invoice_line"
    __table_args__ = (sa.Index("ix_invoice_line__invoice", "invoice_id", "position"),)

    id: int | None = primary_key()
    invoice_id: int = reference_to("invoice.id")
    position: int
    item_name: str | None = Field(default=None, max_length=500)
    description: str | None = Field(default=None, sa_type=sa.Text)
    quantity: str | None = Field(default=None, max_length=40)
    unit_price: str | None = Field(default=None, max_length=40)
    amount_minor: int = minor()


class DuePart(Row, table=True):
    """A part of an invoice that falls due on its own date. Settlements cover the earliest parts first (B4).

    `amount_due_minor` and `converted_due_minor` are what remains, as of the business date; the converted parts of an invoice
    add up to its converted amount due.
    """

    __tablename__ = "due_part"
    __table_args__ = (sa.Index("ix_due_part__invoice", "invoice_id", "due_date", "position"),)

    id: int | None = primary_key()
    invoice_id: int = reference_to("invoice.id")
    position: int
    due_date: date
    amount_minor: int = minor()
    amount_due_minor: int = minor()
    converted_due_minor: int | None = minor(nullable=True)


class CreditNote(Row, table=True):
    """A document that reduces what a customer owes. `unutilised = total − allocated − refunded − residual`, in `currency`.

    `residual_minor` is what the source says has been used above our dated allocations, as of `residual_date` (inferred).
    """

    __tablename__ = "credit_note"
    __table_args__ = (
        sa.Index("ix_credit_note__customer", "customer_id", "id"),
        sa.Index("ix_credit_note__number", "number", "id"),
        partial_index("ix_credit_note__without_authority", "customer_id", where="NOT is_authoritative"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id")
    home_customer_id: int | None = home_customer()
    connection_id: int = reference_to("connection.id")
    number: str | None = text_in_code_point_order(255, nullable=True)
    lifecycle: Lifecycle = enum_column(Lifecycle)
    source_status: str | None = Field(default=None, max_length=100)
    currency: str = currency_column()
    document_date: date
    posting_date: date | None = None
    voided_on: date | None = None
    reason: str | None = Field(default=None, max_length=500)
    location: str | None = Field(default=None, max_length=255)
    business_unit: str | None = Field(default=None, max_length=255)
    custom: JsonDocument | None = json_column()
    total_minor: int = minor()
    allocated_minor: int = minor()
    refunded_minor: int = minor()
    unutilised_minor: int = minor()
    source_balance_minor: int | None = minor(nullable=True)
    residual_minor: int = minor()
    residual_date: date | None = None
    stated_used_on: date | None = None
    converted_total_minor: int | None = minor(nullable=True)
    converted_unutilised_minor: int | None = minor(nullable=True)
    rate_window_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    is_authoritative: bool = Field(default=True)
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    source_updated_at: datetime | None = instant(nullable=True)
    updated_at: datetime = instant()
