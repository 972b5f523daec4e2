"""Which documents and payments are in the books on a day, as predicates over their tables (B0, B41)."""

from datetime import date

import sqlalchemy as sa

from hub.health.amounts import REVERSED_STATES
from hub.health.basis import Basis
from hub.model import Invoice, table_of
from hub.vocabulary import Lifecycle, PaymentState

_INVOICES = table_of(Invoice)

Scope = sa.CTE | None
"""A relation of different `customer_id`s that restricts what is computed; None: all customers."""

ZERO = sa.literal_column("0", sa.BigInteger)
"""Zero written out: a partial index is only used where the statement says what the index says, and a bound value says nothing."""


def scope_of(customers: sa.Select[tuple[int]] | None) -> Scope:
    """The scope that a selection of customer ids gives."""
    return None if customers is None else sa.select(customers.subquery().c[0].label("customer_id")).distinct().cte()


def within(customer_id: sa.ColumnElement[int], scope: Scope) -> sa.ColumnElement[bool]:
    """Whether a row belongs to a customer of the scope."""
    return sa.true() if scope is None else customer_id.in_(sa.select(scope.c.customer_id))


def invoice_that_counts(invoice_id: sa.ColumnElement[int], named: sa.FromClause) -> sa.ColumnElement[int]:
    """The invoice that something is about which names `invoice_id`: where `named`, the invoice of this id, is another system's copy, the one it is of."""
    return sa.func.coalesce(named.c.appearance_of_id, invoice_id)


def is_about_invoice_within(invoice_id: sa.ColumnElement[int], scope: Scope) -> sa.ColumnElement[bool]:
    """Whether what is said of an invoice, or of the same one as another system shows it, is of an invoice of a customer of the scope: whoever said it."""
    if scope is None:
        return sa.true()
    invoice, shown = _INVOICES.alias(), _INVOICES.alias()
    own = sa.select(invoice.c.id).where(within(invoice.c.customer_id, scope))
    elsewhere = sa.select(shown.c.id).join_from(shown, invoice, invoice.c.id == shown.c.appearance_of_id).where(within(invoice.c.customer_id, scope))
    return invoice_id.in_(own.union_all(elsewhere))


def in_the_books(document: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Whether an invoice or credit note counts: dated up to the day, authoritative, there at its source, no draft, not void by then.

    A void without a date is void at all dates. A FUTURE document counts from its document date.
    """
    standing = sa.and_(
        document.c.lifecycle != Lifecycle.DRAFT,
        sa.or_(document.c.lifecycle != Lifecycle.VOID, _is_after(document.c.voided_on, basis)),
    )
    return sa.and_(_ours(document), document.c.document_date <= basis.as_of, standing)


def is_issued(invoice: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Whether an invoice in the books is not written off by the day; a write-off without a date holds at all dates. Never NULL."""
    return sa.or_(invoice.c.lifecycle != Lifecycle.WRITTEN_OFF, _is_after(invoice.c.written_off_on, basis))


def money_is_there(payment: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Whether a payment counts: SETTLED from its date, RETURNED and CHARGED_BACK until the reversal (PY23)."""
    reversed_later = sa.and_(payment.c.state.in_(sorted(REVERSED_STATES)), payment.c.reversed_on > basis.as_of)
    return sa.and_(_ours(payment), payment.c.payment_date <= basis.as_of, sa.or_(payment.c.state == PaymentState.SETTLED, reversed_later))


def uses_residual(document: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Whether an inferred residual settlement counts by the day."""
    return document.c.residual_date <= basis.as_of


def _is_after(day: sa.ColumnElement[date | None], basis: Basis) -> sa.ColumnElement[bool]:
    return sa.and_(day.is_not(None), day > basis.as_of)


def _ours(row: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(row.c.is_authoritative.is_(sa.true()), row.c.is_deleted.is_(sa.false()))
