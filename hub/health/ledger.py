"""The ledger on one day: open and settled documents, due parts, credits and payments, as relations of one shape.

`kept_ledger` reads the columns that are kept as of the hub's business date; `dated_ledger` (facts.py) computes the same
from dated facts for any day. Everything above them is written once.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.documents import ZERO, Scope, in_the_books, invoice_that_counts, is_about_invoice_within, is_issued, money_is_there, uses_residual, within
from hub.model import CreditNote, DuePart, Invoice, Payment, PaymentAttempt, table_of
from hub.vocabulary import AttemptKind

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_CREDITS = table_of(CreditNote)
_PAYMENTS = table_of(Payment)
_ATTEMPTS = table_of(PaymentAttempt)


@dataclass(frozen=True, slots=True)
class OnePass:
    """All documents with the columns of `documents` and `open_documents`, each computed once a row; and those of them that lack a rate."""

    documents: sa.FromClause
    unrated: sa.FromClause


@dataclass(frozen=True, slots=True)
class Ledger:
    """Relations of what is in the books on one day; amounts in minor units of `currency`, `converted_*` in the workspace currency.

    All have `customer_id` and `currency`; a converted amount is NULL where a rate is missing.

    Attributes:
        documents: one row an invoice: `id is_issued uses_residual total_minor paid_minor due_minor converted_total_minor
            converted_paid_minor`.
        open_documents: one row an invoice that is not paid (B0): `id document_type document_date due_date has_due_parts due_minor
            converted_due_minor converted_total_minor`; where there are due parts, `due_date` says nothing.
        parts: one row a due part with an amount due, of open invoices: `invoice_id due_date due_minor converted_due_minor`.
        credits: one row a credit note: `id uses_residual unutilised_minor converted_unutilised_minor`.
        payments: one row a payment: `id unapplied_minor converted_unapplied_minor`.
        attempts: one row a payment attempt for an invoice: `invoice_id`; `currency` is the invoice's.
        scope: whose all of it is; None: all customers'.
        one_pass: how to read all documents once; then `documents` has the columns of `open_documents` too. None where an index leads to
            the open ones.
    """

    documents: sa.FromClause
    open_documents: sa.FromClause
    parts: sa.FromClause
    credits: sa.FromClause
    payments: sa.FromClause
    attempts: sa.FromClause
    scope: Scope = None
    one_pass: OnePass | None = None


def kept_ledger(basis: Basis, scope: Scope = None) -> Ledger:
    """The ledger from the kept columns; `basis.as_of` is the business date that they are kept for."""
    return Ledger(
        _documents(basis, scope),
        _open_documents(basis, scope),
        _parts(basis, scope),
        _credits(basis, scope),
        _payments(basis, scope),
        attempts_as_of(basis, scope),
        scope,
    )


def _documents(basis: Basis, scope: Scope) -> sa.FromClause:
    invoice = _INVOICES
    return (
        sa.select(
            invoice.c.id,
            invoice.c.customer_id,
            invoice.c.currency,
            is_issued(invoice, basis).label("is_issued"),
            uses_residual(invoice, basis).label("uses_residual"),
            invoice.c.total_minor,
            invoice.c.amount_paid_minor.label("paid_minor"),
            invoice.c.amount_due_minor.label("due_minor"),
            invoice.c.converted_total_minor,
            invoice.c.converted_paid_minor,
        )
        .where(in_the_books(invoice, basis), within(invoice.c.customer_id, scope))
        .subquery("document")
    )


def _open_documents(basis: Basis, scope: Scope) -> sa.FromClause:
    invoice = _INVOICES
    return (
        sa.select(
            invoice.c.id,
            invoice.c.customer_id,
            invoice.c.currency,
            invoice.c.document_type,
            invoice.c.document_date,
            # The due date of an open invoice without parts; it stands in the index that holds all that is read here.
            invoice.c.first_open_due_date.label("due_date"),
            invoice.c.has_due_parts,
            invoice.c.amount_due_minor.label("due_minor"),
            invoice.c.converted_due_minor,
            invoice.c.converted_total_minor,
        )
        .where(invoice.c.amount_due_minor > ZERO, in_the_books(invoice, basis), is_issued(invoice, basis), within(invoice.c.customer_id, scope))
        .subquery("open_document")
    )


def _parts(basis: Basis, scope: Scope) -> sa.FromClause:
    invoice, part = _INVOICES, _PARTS
    is_open = sa.and_(invoice.c.has_due_parts.is_(sa.true()), invoice.c.amount_due_minor > ZERO, is_issued(invoice, basis))
    return (
        sa.select(
            part.c.invoice_id,
            invoice.c.customer_id,
            invoice.c.currency,
            part.c.due_date,
            part.c.amount_due_minor.label("due_minor"),
            part.c.converted_due_minor,
        )
        .join_from(part, invoice, part.c.invoice_id == invoice.c.id)
        .where(in_the_books(invoice, basis), is_open, part.c.amount_due_minor > ZERO, within(invoice.c.customer_id, scope))
        .subquery("part")
    )


def _credits(basis: Basis, scope: Scope) -> sa.FromClause:
    note = _CREDITS
    return (
        sa.select(
            note.c.id,
            note.c.customer_id,
            note.c.currency,
            uses_residual(note, basis).label("uses_residual"),
            note.c.unutilised_minor,
            note.c.converted_unutilised_minor,
        )
        .where(in_the_books(note, basis), within(note.c.customer_id, scope))
        .subquery("credit")
    )


def _payments(basis: Basis, scope: Scope) -> sa.FromClause:
    payment = _PAYMENTS
    return (
        sa.select(
            payment.c.id,
            payment.c.customer_id,
            payment.c.currency,
            payment.c.unapplied_minor,
            payment.c.converted_unapplied_minor,
        )
        .where(payment.c.unapplied_minor != ZERO, money_is_there(payment, basis), within(payment.c.customer_id, scope))
        .subquery("payment_on_hand")
    )


def attempts_as_of(basis: Basis, scope: Scope = None) -> sa.FromClause:
    """Attempts to collect an invoice in the books, made before the day ended; a chargeback is no attempt (B19, B23).

    They belong to the invoice's customer, whoever tried to pay. An attempt on another system's copy of an invoice is one for the invoice.
    """
    attempt, named, invoice = _ATTEMPTS, _INVOICES.alias(), _INVOICES
    return (
        sa.select(invoice.c.customer_id, invoice.c.currency, invoice.c.id.label("invoice_id"))
        .join_from(attempt, named, named.c.id == attempt.c.invoice_id)
        .join(invoice, invoice.c.id == invoice_that_counts(named.c.id, named))
        .where(
            attempt.c.attempted_at < basis.ends_at,
            attempt.c.is_deleted.is_(sa.false()),
            attempt.c.kind != AttemptKind.CHARGEBACK,
            in_the_books(invoice, basis),
            within(invoice.c.customer_id, scope),
            is_about_invoice_within(attempt.c.invoice_id, scope),  # an index leads to them
        )
        .subquery("attempt")
    )
