"""Payment attempts as rules see them: single ones, the last one of an invoice or a customer, and how many there were (RP1 to RP9, B19, B23)."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.evaluation.facts import Facts
from hub.evaluation.rows import Formula, Rows
from hub.health.documents import in_the_books, invoice_that_counts, is_about_invoice_within, within
from hub.health.firsts import first_of_each
from hub.model import Invoice, PaymentAttempt, table_of
from hub.vocabulary import AttemptKind, PaymentState
from rules.stored import Column

_ATTEMPTS = table_of(PaymentAttempt)
_INVOICES = table_of(Invoice)

OUTCOMES: dict[str, tuple[PaymentState, ...]] = {
    "SUCCESS": (PaymentState.ACCEPTED, PaymentState.SETTLED),
    "FAILURE": (PaymentState.DECLINED, PaymentState.RETURNED, PaymentState.CHARGED_BACK),
    "VOIDED": (PaymentState.VOIDED,),
    "IN_PROGRESS": (PaymentState.INTENDED, PaymentState.SUBMITTED),
    "TIMEOUT": (PaymentState.UNKNOWN,),
}
"""What the states of an attempt come to (RP2, PY23). A gateway that does not answer leaves it UNKNOWN: it timed out."""

_Columns = sa.ColumnCollection[str, Column]

CHARGEBACK = AttemptKind.CHARGEBACK.value

CUSTOMER, FOR_INVOICE = "customer_id", "for_invoice_id"
"""What attempts belong to: the customer who tried to pay, and the invoice that they were for, whoever tried."""


def outcome(state: Column) -> Column:
    """What an attempt came to, as a key of OUTCOMES; NULL where there is none."""
    return sa.case(*((sa.type_coerce(state, sa.String).in_([one.value for one in states]), sa.literal(name)) for name, states in OUTCOMES.items()))


def method(attempts: sa.FromClause) -> Column:
    """The kind of the means, or CHARGEBACK of money that was taken back (B19); NONE where it is not known, or there is no attempt."""
    kind, means = sa.type_coerce(attempts.c.kind, sa.String), sa.type_coerce(attempts.c.method_kind, sa.String)
    return sa.case((kind == CHARGEBACK, sa.literal(CHARGEBACK)), else_=sa.func.coalesce(means, sa.literal("NONE")))


def attempts(facts: Facts) -> sa.FromClause:
    """Everybody's attempts up to the day. `for_invoice_id` is the invoice that counts, where the attempt's own is the same as another system shows it."""
    return _attempts(facts).subquery()


def belongs_to(owner: str, attempt: _Columns, facts: Facts) -> sa.ColumnElement[bool]:
    """Whether an attempt belongs to an owner of the kind that a column names, CUSTOMER or FOR_INVOICE, one that the facts are of."""
    mine = within(attempt.customer_id, facts.scope) if owner == CUSTOMER else is_about_invoice_within(attempt.invoice_id, facts.scope)
    return sa.and_(attempt[owner].is_not(None), mine)


def last_attempts(facts: Facts, owner: str) -> sa.FromClause:
    """The latest attempt of each owner, `owner` naming its column; chargebacks are among them."""
    every = _attempts(facts)
    attempt = every.selected_columns
    return first_of_each(every.where(belongs_to(owner, attempt, facts)), of=attempt[owner], by=_latest(attempt))


def last_failures(facts: Facts, owner: str) -> sa.FromClause:
    """The latest attempt of each owner that failed, chargebacks left out: `owner_id` and `method_fingerprint`."""
    every = _attempts(facts)
    attempt = every.selected_columns
    failed = sa.and_(_has_failed(attempt), attempt.kind != AttemptKind.CHARGEBACK, belongs_to(owner, attempt, facts))
    rows = every.with_only_columns(attempt[owner].label("owner_id"), attempt.method_fingerprint).where(failed)
    return first_of_each(rows, of=attempt[owner], by=_latest(attempt))


def attempt_counts(facts: Facts) -> sa.FromClause:
    """How many attempts there were on each invoice, the first try included, and how many failed: `invoice_id attempt_count failed_count`."""
    every = _attempts(facts)
    attempt = every.selected_columns
    counts = sa.and_(attempt.kind != AttemptKind.CHARGEBACK, belongs_to(FOR_INVOICE, attempt, facts))
    tried = every.with_only_columns(attempt[FOR_INVOICE].label("invoice_id"), attempt.state).where(counts).subquery()
    failed = sa.case((_has_failed(tried.c), 1))
    numbers = (sa.func.count().label("attempt_count"), sa.func.count(failed).label("failed_count"))
    return sa.select(tried.c.invoice_id, *numbers).group_by(tried.c.invoice_id).subquery()


def newest_attempt_counts(facts: Facts) -> sa.FromClause:
    """The counts of each customer's newest invoice in the books that had any attempt (B23): `customer_id attempt_count failed_count`."""
    counts, invoice = attempt_counts(facts), _INVOICES.alias()
    rows = (
        sa.select(invoice.c.customer_id, counts.c.attempt_count, counts.c.failed_count)
        .join_from(counts, invoice, invoice.c.id == counts.c.invoice_id)
        .where(in_the_books(invoice, facts.basis), within(invoice.c.customer_id, facts.scope))
    )
    return first_of_each(rows, of=invoice.c.customer_id, by=(invoice.c.document_date.desc(), invoice.c.id.desc()))


def _attempts(facts: Facts) -> sa.Select[*tuple[Any, ...]]:
    attempt, invoice = _ATTEMPTS.alias(), _INVOICES.alias()
    for_invoice = invoice_that_counts(attempt.c.invoice_id, invoice).label(FOR_INVOICE)
    return (
        sa.select(*attempt.c, for_invoice)
        .outerjoin_from(attempt, invoice, invoice.c.id == attempt.c.invoice_id)
        .where(attempt.c.attempted_at < facts.basis.ends_at, attempt.c.is_deleted.is_(sa.false()))
    )


def _latest(attempt: _Columns) -> Sequence[Column]:
    return attempt.attempted_at.desc(), attempt.id.desc()


def _has_failed(attempt: _Columns) -> sa.ColumnElement[bool]:
    """Money that was promised and then taken back has not come either."""
    return attempt.state.in_(OUTCOMES["FAILURE"])


def retries(rows: Rows) -> Column:
    """How many of the attempts came after the first one."""
    count = rows.join("attempts").c.attempt_count
    return sa.case((count > 1, count - 1), else_=0)


LAST_ATTEMPT: Mapping[str, Formula] = {
    "outcome": lambda rows: outcome(rows.join("last_attempt").c.state),
    "method": lambda rows: method(rows.join("last_attempt")),
}
"""What the last attempt of a customer or an invoice says that no column says."""
