"""The sums that figures are made of, per customer, currency and rate: the one place where a figure says what it adds up (B0).

Each amount is summed twice, exactly in its currency (`<figure>_minor`) and in the workspace currency (`<figure>_converted`).
Documents, due parts, credits and payments give rows of their own, all of one shape, to be added up by their readers.
"""

from typing import Any

import sqlalchemy as sa

from hub.config import AgeingBucket
from hub.health.basis import Basis
from hub.health.conversion import lacks_rate
from hub.health.dialects import DayNumber, summed
from hub.health.ledger import Ledger
from hub.vocabulary import DocumentType

AMOUNTS = ("total_paid", "billed", "cash_received", "outstanding", "overdue", "open_debits", "unutilised_credit", "unaccounted_payment")
COUNTS = ("open_invoice_count", "overdue_invoice_count", "inferred_count")
EARLIEST = ("oldest_invoice", "oldest_overdue_invoice")
"""Least `dated_key`s: of documents by document date, of overdue ones by due date."""

_ID_SPACE = 2**40
_SIDES = ("minor", "converted")

Columns = dict[str, sa.ColumnElement[int]]


def ageing_names(basis: Basis) -> tuple[str, ...]:
    """`ageing_1` and so on, in the order of the configured buckets."""
    return tuple(f"ageing_{number}" for number in range(1, len(basis.buckets) + 1))


def amount_names(basis: Basis) -> tuple[str, ...]:
    """Every amount that is summed."""
    return (*AMOUNTS, *ageing_names(basis))


def count_names(basis: Basis) -> tuple[str, ...]:
    """Everything that is counted."""
    return (*COUNTS, *(f"{name}_count" for name in ageing_names(basis)))


def build_sums(ledger: Ledger, basis: Basis) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The sums of a ledger: at most four rows for each `customer_id`, `currency` and `rate_window_id`."""
    parts = _by_invoice(ledger.parts, basis)
    return sa.union_all(
        _arm(ledger.documents, _of_documents(ledger.documents, basis), basis),
        _arm(parts, _of_parts(parts, basis), basis),
        _arm(ledger.credits, _of_credits(ledger.credits), basis),
        _arm(ledger.payments, _of_payments(ledger.payments), basis),
    )


def converted_total(sums: sa.FromClause, name: str, basis: Basis) -> sa.ColumnElement[int]:
    """A figure in the workspace currency, added up over sums; NULL where a currency in which it is not zero has no rate."""
    lacking = sa.func.count(sa.case((sa.and_(lacks_rate(sums, basis), sums.c[f"{name}_minor"] != 0), 1)))
    return sa.case((lacking == 0, summed(sums.c[f"{name}_converted"])))


def dated_key(day: sa.ColumnElement[object], row_id: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """One integer that orders rows by date, then by id."""
    return sa.cast(DayNumber(day), sa.BigInteger) * sa.literal(_ID_SPACE, sa.BigInteger) + row_id


def id_of_key(key: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The id in a `dated_key`."""
    return key % sa.literal(_ID_SPACE, sa.BigInteger)


def is_open(document: sa.FromClause) -> sa.ColumnElement[bool]:
    """Not paid (B0): issued, with an amount due."""
    return sa.and_(document.c.due_minor > 0, document.c.is_issued)


def is_paid(document: sa.FromClause) -> sa.ColumnElement[bool]:
    """Paid (B0): issued, with nothing due; a document that is settled over its total is paid too."""
    return sa.and_(document.c.due_minor <= 0, document.c.is_issued)


def is_overdue(rows: sa.FromClause, basis: Basis) -> sa.ColumnElement[bool]:
    """Due before the day, less the days of grace; without a due date never (B0, B3). For rows with an amount due."""
    return rows.c.due_date < basis.overdue_before


def is_in_bucket(rows: sa.FromClause, bucket: AgeingBucket, basis: Basis) -> sa.ColumnElement[bool]:
    """Whether the days past due lie in a bucket; without a due date it is the one without lower end."""
    first, last = basis.due_range(bucket)
    due = rows.c.due_date
    if first is None and last is None:
        return sa.true()
    if last is None:
        return sa.or_(due >= first, due.is_(None))
    return due <= last if first is None else due.between(first, last)


def _arm(rows: sa.FromClause, columns: Columns, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    """One part of the sums; what it says nothing of is 0, and NULL among the least keys."""
    amounts = (f"{name}_{side}" for name in amount_names(basis) for side in _SIDES)
    zero, nothing = sa.literal(0, sa.BigInteger), sa.null().cast(sa.BigInteger)
    return sa.select(
        rows.c.customer_id,
        rows.c.currency,
        rows.c.rate_window_id,
        *(columns.get(name, zero).label(name) for name in (*amounts, *count_names(basis))),
        *(columns.get(name, nothing).label(name) for name in EARLIEST),
    ).group_by(rows.c.customer_id, rows.c.currency, rows.c.rate_window_id)


def _of_documents(document: sa.FromClause, basis: Basis) -> Columns:
    """The figures of invoices and other debits; ageing and overdue of those only that have no due parts."""
    open_ = is_open(document)
    whole = sa.and_(open_, document.c.has_due_parts.is_(sa.false()))
    overdue = sa.and_(whole, is_overdue(document, basis))
    columns: Columns = {}
    for side, prefix in zip(_SIDES, ("", "converted_"), strict=True):
        total, paid, due = (document.c[f"{prefix}{amount}_minor"] for amount in ("total", "paid", "due"))
        columns |= {
            f"total_paid_{side}": _sum_where(is_paid(document), paid),
            f"billed_{side}": summed(total),
            f"cash_received_{side}": summed(paid),
            f"outstanding_{side}": _sum_where(open_, due),
            f"overdue_{side}": _sum_where(overdue, due),
            f"open_debits_{side}": _sum_where(sa.and_(open_, document.c.document_type != DocumentType.OTHER), due),
        }
    columns |= {
        "open_invoice_count": _count_where(open_),
        "overdue_invoice_count": _count_where(overdue),
        "inferred_count": _count_where(document.c.uses_residual),
        "oldest_invoice": sa.func.min(sa.case((open_, dated_key(document.c.document_date, document.c.id)))),
        "oldest_overdue_invoice": sa.func.min(sa.case((overdue, dated_key(document.c.due_date, document.c.id)))),
    }
    for name, bucket in zip(ageing_names(basis), basis.buckets, strict=True):
        inside = sa.and_(whole, is_in_bucket(document, bucket, basis))
        columns[f"{name}_minor"] = _sum_where(inside, document.c.due_minor)
        columns[f"{name}_converted"] = _sum_where(inside, document.c.converted_due_minor)
        columns[f"{name}_count"] = _count_where(inside)
    return columns


def _by_invoice(part: sa.FromClause, basis: Basis) -> sa.FromClause:
    """The due parts of each invoice by bucket, so that an invoice counts once in each bucket that it has an amount in."""
    key = (part.c.invoice_id, part.c.customer_id, part.c.currency, part.c.rate_window_id)
    overdue = is_overdue(part, basis)
    columns: Columns = {"first_overdue": sa.func.min(sa.case((overdue, part.c.due_date)))}
    for side, due in zip(_SIDES, (part.c.due_minor, part.c.converted_due_minor), strict=True):
        columns[f"overdue_{side}"] = _sum_where(overdue, due)
        for name, bucket in zip(ageing_names(basis), basis.buckets, strict=True):
            columns[f"{name}_{side}"] = _sum_where(is_in_bucket(part, bucket, basis), due)
    return sa.select(*key, *(column.label(name) for name, column in columns.items())).group_by(*key).subquery("invoice_in_parts")


def _of_parts(invoice: sa.FromClause, basis: Basis) -> Columns:
    """Overdue and ageing of invoices that have due parts."""
    overdue = invoice.c.overdue_minor > 0
    columns = {f"{name}_{side}": summed(invoice.c[f"{name}_{side}"]) for name in ("overdue", *ageing_names(basis)) for side in _SIDES}
    columns |= {f"{name}_count": _count_where(invoice.c[f"{name}_minor"] > 0) for name in ageing_names(basis)}
    columns["overdue_invoice_count"] = _count_where(overdue)
    columns["oldest_overdue_invoice"] = sa.func.min(sa.case((overdue, dated_key(invoice.c.first_overdue, invoice.c.invoice_id))))
    return columns


def _of_credits(note: sa.FromClause) -> Columns:
    return {
        "unutilised_credit_minor": summed(note.c.unutilised_minor),
        "unutilised_credit_converted": summed(note.c.converted_unutilised_minor),
        "inferred_count": _count_where(note.c.uses_residual),
    }


def _of_payments(payment: sa.FromClause) -> Columns:
    return {
        "unaccounted_payment_minor": summed(payment.c.unapplied_minor),
        "unaccounted_payment_converted": summed(payment.c.converted_unapplied_minor),
    }


def _sum_where(condition: sa.ColumnElement[bool], amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return summed(sa.case((condition, amount)))


def _count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))
