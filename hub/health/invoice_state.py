"""The derived state of one invoice on the business date, from its kept amounts, as SQL (B0, B4)."""

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.dialects import DayNumber
from hub.health.documents import ZERO, is_issued
from hub.vocabulary import InvoiceStatus, Lifecycle


def invoice_status(invoice: sa.FromClause, basis: Basis) -> sa.ColumnElement[str]:
    """The InvoiceStatus of a row, as its name.

    A void or write-off counts from its date, or always when it has none; a document dated after the day is FUTURE; PAID says that
    nothing is due, whatever the source calls it.
    """
    is_void = sa.and_(invoice.c.lifecycle == Lifecycle.VOID, sa.or_(invoice.c.voided_on.is_(None), invoice.c.voided_on <= basis.as_of))
    return sa.case(
        (invoice.c.lifecycle == Lifecycle.DRAFT, sa.literal(InvoiceStatus.DRAFT.value)),
        (is_void, sa.literal(InvoiceStatus.VOID.value)),
        (invoice.c.document_date > basis.as_of, sa.literal(InvoiceStatus.FUTURE.value)),
        (sa.not_(is_issued(invoice, basis)), sa.literal(InvoiceStatus.WRITTEN_OFF.value)),
        (invoice.c.amount_due_minor <= 0, sa.literal(InvoiceStatus.PAID.value)),
        (invoice.c.amount_due_minor < invoice.c.total_minor, sa.literal(InvoiceStatus.PARTIALLY_PAID.value)),
        else_=sa.literal(InvoiceStatus.OPEN.value),
    )


def is_open_invoice(invoice: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Not paid (B0): issued on or before the day, not void, with an amount due. Starts with what the index of open invoices asks."""
    standing = sa.or_(invoice.c.lifecycle != Lifecycle.VOID, invoice.c.voided_on > basis.as_of)
    return sa.and_(
        invoice.c.amount_due_minor > ZERO,
        invoice.c.lifecycle != Lifecycle.DRAFT,
        standing,
        invoice.c.document_date <= basis.as_of,
        is_issued(invoice, basis),
    )


def is_overdue_invoice(invoice: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Open, with a part that fell due before the day less the days of grace (B3, B4)."""
    return sa.and_(is_open_invoice(invoice, basis), invoice.c.first_open_due_date < basis.overdue_before)


def days_past_due(invoice: sa.FromClause, basis: Basis) -> sa.ColumnElement[int]:
    """Whole days from the earliest open due date to the day, negative before it; NULL when nothing is due or there is no due date."""
    passed = sa.cast(DayNumber(sa.literal(basis.as_of, sa.Date)), sa.Integer) - DayNumber(invoice.c.first_open_due_date)
    return sa.case((is_open_invoice(invoice, basis), passed))
