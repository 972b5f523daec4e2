"""Invoices and credit notes as rows of rules: what is joined to each, and the values of each that no column has."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from hub.evaluation import agreed, documents
from hub.evaluation.attempts import FOR_INVOICE, LAST_ATTEMPT, attempt_counts, last_attempts, last_failures, retries
from hub.evaluation.facts import Facts
from hub.evaluation.methods import card_since_failure
from hub.evaluation.rows import Formula, Join, Rows
from hub.health.basis import Basis
from hub.health.documents import ZERO
from hub.health.invoice_state import days_past_due, invoice_status
from rules.stored import Age, Column


def _of_invoice(made: Callable[[Facts], sa.FromClause], key: str = "invoice_id", *, in_its_currency: bool = False) -> Join:
    """Joins a relation with a row for each invoice, `key` naming it; or for each invoice and currency."""

    def join(rows: Rows) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
        found = made(rows.facts)
        on = found.c[key] == rows.reference
        return found, sa.and_(on, found.c.currency == rows.c.currency) if in_its_currency else on

    return join


JOINS: Mapping[str, Join] = {
    "last_attempt": _of_invoice(lambda facts: last_attempts(facts, FOR_INVOICE), FOR_INVOICE),
    "attempts": _of_invoice(attempt_counts),
    "last_failure": _of_invoice(lambda facts: last_failures(facts, FOR_INVOICE), "owner_id"),
    "mail": _of_invoice(agreed.mail_of_invoices),
    "promises": _of_invoice(agreed.promises_of_invoices, in_its_currency=True),
    "promise_days": _of_invoice(agreed.promise_days),
    "disputes": _of_invoice(agreed.disputes_of_invoices, in_its_currency=True),
    "disputed": _of_invoice(agreed.disputed_invoices),
    "contested": _of_invoice(agreed.contested_invoices),
}
"""What is joined to an invoice."""


def _state(made: Callable[[sa.FromClause, Basis], Column]) -> Formula:
    return lambda rows: made(rows.rows, rows.facts.basis)


def _is_disputed(rows: Rows) -> Column:
    return sa.or_(rows.c.is_disputed.is_(sa.true()), rows.join("disputed").c.invoice_id.is_not(None))


def _open_issue(rows: Rows) -> Column:
    """What is contested, in the invoice's currency; all that is due where its source calls it contested and nobody says how much."""
    stated, whole = rows.join("disputes").c.open_minor, documents.balance(rows.rows, rows.facts.basis)
    is_contested = sa.or_(rows.c.is_disputed.is_(sa.true()), rows.join("contested").c.invoice_id.is_not(None))
    return sa.case((stated.is_not(None), stated), (is_contested, whole), else_=ZERO)


def _days_past_due(rows: Rows) -> Age:
    return Age(documents.open_due_date(rows.rows, rows.facts.basis), days_past_due(rows.rows, rows.facts.basis))


def _count(name: str) -> Formula:
    return lambda rows: sa.func.coalesce(rows.join("attempts").c[name], 0)


FORMULAS: Mapping[str, Mapping[str, Formula]] = {
    "invoice": {
        "status": _state(invoice_status),
        "balance_minor": _state(documents.balance),
        "converted_balance_minor": _state(documents.converted_balance),
        "days_past_due": _days_past_due,
        "paid": _state(documents.is_paid),
        "transaction_type": lambda rows: documents.transaction_type(rows.rows),
        "disputed": _is_disputed,
        "open_issue_minor": _open_issue,
    },
    "promises": {
        "open_minor": lambda rows: sa.func.coalesce(rows.join("promises").c.open_minor, 0),
        "currency": lambda rows: rows.c.currency,
    },
    "promise_days": {"is_set": lambda rows: rows.join("promise_days").c.due_on.is_not(None)},
    "last_attempt": LAST_ATTEMPT,
    "attempts": {"attempt_count": _count("attempt_count"), "failed_count": _count("failed_count"), "retry_count": retries},
    "primary_method": {"card_since_failure": lambda rows: card_since_failure(rows.customer().join("primary_method"), rows.join("last_failure"))},
}
"""What an invoice's fields say that no column says."""
