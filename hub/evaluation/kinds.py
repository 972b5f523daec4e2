"""The kinds of rows that rules are about, and which of them belong to which."""

from collections.abc import Callable

import sqlalchemy as sa

from hub.evaluation import customers, documents, invoice_rows
from hub.evaluation.attempts import CUSTOMER, FOR_INVOICE, attempts, belongs_to, method, outcome
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Kind, Owned, Rows
from hub.health.documents import ZERO, in_the_books, is_about_invoice_within, within
from hub.model import Payment, PaymentAttempt, Settlement, table_of
from hub.vocabulary import AttemptKind
from rules.fields import Level
from rules.stored import Column

_ATTEMPTS = table_of(PaymentAttempt)
_PAYMENTS = table_of(Payment)
_SETTLEMENTS = table_of(Settlement)

_ROWS = _PAYMENTS.alias("rule_payment")
"""Made once, for an alias copies every column."""

_CUSTOMER = Kind(level=Level.CUSTOMER, name="customer", read=customers.customers, joins=customers.JOINS, formulas=customers.FORMULAS, owned={})


def _invoices_of_customers(rows: Rows) -> tuple[sa.ColumnElement[bool], Column]:
    return sa.and_(within(rows.c.customer_id, rows.facts.scope), in_the_books(rows.rows, rows.facts.basis)), rows.c.customer_id


_INVOICE = Kind(
    level=Level.INVOICE,
    name="invoice",
    read=documents.invoices,
    joins=invoice_rows.JOINS,
    formulas=invoice_rows.FORMULAS,
    owned={Level.CUSTOMER: _invoices_of_customers},
)
CREDIT_NOTE = Kind(
    level=Level.INVOICE,
    name="invoice",
    read=documents.credit_notes,
    joins=invoice_rows.JOINS,
    formulas=invoice_rows.FORMULAS,
    owned={},
    is_named=False,
)
"""Credit notes, for rules about invoices."""


def _payments(_facts: Facts) -> sa.FromClause:
    return _ROWS


def _are_known(rows: Rows) -> sa.ColumnElement[bool]:
    """Whether a payment is one of a customer's: by the system of record, there at its source, and made by the day."""
    payment = rows.c
    return sa.and_(payment.is_authoritative.is_(sa.true()), payment.is_deleted.is_(sa.false()), payment.payment_date <= rows.facts.basis.as_of)


def _payments_of_customers(rows: Rows) -> tuple[sa.ColumnElement[bool], Column]:
    return sa.and_(within(rows.c.customer_id, rows.facts.scope), _are_known(rows)), rows.c.customer_id


def _payments_of_invoices(rows: Rows) -> tuple[sa.ColumnElement[bool], Column]:
    """Each payment once for each invoice that something of it is set against, whatever the number of its settlements.

    What was moved to another invoice is not set against the first one any more; a payment that was returned as a whole still is.
    """
    settlement = _SETTLEMENTS.c
    is_by_then = sa.and_(settlement.effective_date <= rows.facts.basis.as_of, settlement.reversed_on.is_(None))
    settled = (
        sa.select(settlement.invoice_id, settlement.payment_id)
        .where(settlement.invoice_id.is_not(None), settlement.payment_id.is_not(None), is_by_then)
        .where(is_about_invoice_within(settlement.invoice_id, rows.facts.scope))
        .group_by(settlement.invoice_id, settlement.payment_id)
        .having(sa.func.sum(settlement.amount_minor) != ZERO)
        .subquery()
    )
    joined = rows.attach(settled, settled.c.payment_id == rows.key)
    return sa.and_(_are_known(rows), joined.c.invoice_id.is_not(None)), joined.c.invoice_id


def _payers(facts: Facts) -> sa.Select[tuple[int]]:
    """Who paid the invoices."""
    settled = sa.select(_SETTLEMENTS.c.payment_id).where(is_about_invoice_within(_SETTLEMENTS.c.invoice_id, facts.scope))
    return sa.select(_PAYMENTS.c.customer_id).where(_PAYMENTS.c.id.in_(settled))


_MONEY_IN = Kind(
    level=Level.MONEY_IN,
    name="payment",
    read=_payments,
    joins={},
    formulas={},
    owned={Level.CUSTOMER: _payments_of_customers, Level.INVOICE: _payments_of_invoices},
    others=_payers,
)


def _attempts_of(owner: str) -> Callable[[Rows], Owned]:
    return lambda rows: (sa.and_(rows.c.kind != AttemptKind.CHARGEBACK, belongs_to(owner, rows.c, rows.facts)), rows.c[owner])


def _who_tried(facts: Facts) -> sa.Select[tuple[int]]:
    """Who tried to pay the invoices."""
    return sa.select(_ATTEMPTS.c.customer_id).where(is_about_invoice_within(_ATTEMPTS.c.invoice_id, facts.scope))


_ATTEMPT = Kind(
    level=Level.ATTEMPT,
    name="payment_attempt",
    read=attempts,
    joins={},
    formulas={"payment_attempt": {"outcome": lambda rows: outcome(rows.c.state), "method": lambda rows: method(rows.rows)}},
    owned={Level.CUSTOMER: _attempts_of(CUSTOMER), Level.INVOICE: _attempts_of(FOR_INVOICE)},
    others=_who_tried,
)

KINDS = {kind.level: kind for kind in (_CUSTOMER, _INVOICE, _MONEY_IN, _ATTEMPT)}
"""Every kind of rows, by level."""

RELATIONS = {"invoice": Level.INVOICE, "payment": Level.MONEY_IN, "attempt": Level.ATTEMPT}
"""The related objects that rules ask about."""
