"""The figures' sums per customer, currency and rate: the one place where a figure says what it adds up (B0).

Each amount is summed twice, exactly in its currency (`<figure>_minor`) and in the workspace currency (`<figure>_converted`).
The sums of documents, due parts, credits and payments stand in rows of their own, all of one shape, to be added by their readers.
"""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from hub.config import AgeingBucket
from hub.health.basis import Basis
from hub.health.dialects import DayNumber, summed
from hub.health.ledger import Ledger
from hub.vocabulary import DocumentType

DOCUMENT_AMOUNTS = ("total_paid", "billed", "cash_received", "outstanding", "overdue", "open_debits")
AMOUNTS = (*DOCUMENT_AMOUNTS, "unutilised_credit", "unaccounted_payment")
COUNTS = ("open_invoice_count", "overdue_invoice_count", "inferred_count")
EARLIEST = ("oldest_invoice", "oldest_overdue_invoice")
"""Minima of `dated_key`: the earliest date and, on one date, the lowest id."""

_ID_SPACE = 2**40

Columns = dict[str, sa.ColumnElement[int]]


def ageing_names(basis: Basis) -> tuple[str, ...]:
    """`ageing_1` … in the order of the configured buckets."""
    return tuple(f"ageing_{number}" for number in range(1, len(basis.buckets) + 1))


def amount_names(basis: Basis) -> tuple[str, ...]:
    """Every amount that is summed."""
    return (*AMOUNTS, *ageing_names(basis))


def count_names(basis: Basis) -> tuple[str, ...]:
    """Every number of invoices that is counted."""
    return (*COUNTS, *(f"{name}_count" for name in ageing_names(basis)))


def sums(ledger: Ledger, basis: Basis) -> sa.CompoundSelect[*tuple[object, ...]]:
    """The sums of a ledger, by `customer_id`, `currency` and `rate_window_id`; one to four rows each."""
    arms = (
        (ledger.documents, _of_documents(ledger.documents, basis)),
        (_by_invoice(ledger.parts, basis), _of_parts),
        (ledger.credits, _of_credits(ledger.credits)),
        (ledger.payments, _of_payments(ledger.payments)),
    )
    selects: list[sa.Select[*tuple[object, ...]]] = []
    for rows, columns in arms:
        found = columns(rows, basis) if callable(columns) else columns
        selects.append(_arm(rows, found, basis))
    return sa.union_all(*selects)


def dated_key(day: sa.ColumnElement[object], row_id: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """One integer that orders rows by date, then by id."""
    return sa.cast(DayNumber(day), sa.BigInteger) * _ID_SPACE + row_id


def id_of_key(key: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The id in a `dated_key`."""
    return key % _ID_SPACE


def is_open(document: sa.FromClause) -> sa.ColumnElement[bool]:
    """Not paid (B0): issued, with an amount due."""
    return sa.and_(document.c.due_minor > 0, document.c.is_issued)


def is_paid(document: sa.FromClause) -> sa.ColumnElement[bool]:
    """Paid (B0): issued, with nothing due; an over-settled document is paid too."""
    return sa.and_(document.c.due_minor <= 0, document.c.is_issued)
