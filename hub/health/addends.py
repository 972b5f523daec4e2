"""What each figure adds up: the one place that says so (B0).

An addend is a relation of the ledger with, for each figure that it contributes to, the amount of one row, exact in its own
currency and converted; the amount is NULL where a row does not belong to the figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from hub.config import AgeingBucket
from hub.health.basis import Basis
from hub.health.dialects import DayNumber, summed
from hub.health.documents import ZERO
from hub.health.ledger import Ledger
from hub.vocabulary import DocumentType

AMOUNTS = ("total_paid", "billed", "cash_received", "outstanding", "overdue", "open_debits", "unutilised_credit", "unaccounted_payment")
COUNTS = ("open_invoice_count", "overdue_invoice_count", "inferred_count", "payment_attempt_count", "attempted_invoice_count")
EARLIEST = ("oldest_invoice", "oldest_overdue_invoice")
"""Least `dated_key`s: of open documents by document date, of overdue ones by due date."""

_ID_SPACE = 2**40
_ALWAYS = sa.true()

Amount = sa.ColumnElement[int]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Addend:
    """Rows of one kind with what they add to figures.

    Attributes:
        rows: the relation; it has `customer_id` and `currency`.
        amounts: by figure, the exact and the converted amount of a row.
        counts: by count, whether a row is counted.
        earliest: by least key, the key of a row, NULL for none.
        lacks_rate: whether the converted amounts of a row are NULL for want of a rate.
        exact: the same addend of rows that convert nothing unless asked, for exact sums; None: these rows do.
        unrated: the same addend of just the rows that lack a rate, where they are found apart; None: they are found among the rows.
        numbers: by count, how many a row stands for, where that is not one.
    """

    rows: sa.FromClause
    amounts: Mapping[str, tuple[Amount, Amount]]
    counts: Mapping[str, Condition]
    earliest: Mapping[str, Amount]
    lacks_rate: Condition
    exact: "Addend | None" = None
    unrated: "Addend | None" = None
    numbers: Mapping[str, Amount] = field(default_factory=dict[str, Amount])


def ageing_names(basis: Basis) -> tuple[str, ...]:
    """`ageing_1` and so on, in the order of the configured buckets."""
    return tuple(f"ageing_{number}" for number in range(1, len(basis.buckets) + 1))


def amount_names(basis: Basis) -> tuple[str, ...]:
    """Every amount that is summed."""
    return (*AMOUNTS, *ageing_names(basis))


def count_names(basis: Basis) -> tuple[str, ...]:
    """Everything that is counted."""
    return (*COUNTS, *(f"{name}_count" for name in ageing_names(basis)))


def build_addends(ledger: Ledger, basis: Basis) -> tuple[Addend, ...]:
    """All that figures add up.

    Where an index leads to the open documents they stand apart from all documents: they are few, and most figures are theirs.
    """
    if ledger.one_pass is None:
        documents = (_documents(ledger.documents), _open_documents(ledger.open_documents, basis))
    else:
        in_one_pass = _all_documents(ledger.one_pass.documents, basis)
        documents = (replace(in_one_pass, exact=_all_documents(ledger.documents, basis), unrated=_all_documents(ledger.one_pass.unrated, basis)),)
    return (
        *documents,
        _due_parts(ledger.parts, basis),
        _credits(ledger.credits),
        _payments(ledger.payments),
        _attempts(ledger.attempts),
    )


def id_of_key(key: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The id in a `dated_key`."""
    return key % sa.literal(_ID_SPACE, sa.BigInteger)


def _documents(document: sa.FromClause) -> Addend:
    is_paid = sa.and_(document.c.due_minor <= ZERO, document.c.is_issued)
    paid = (document.c.paid_minor, document.c.converted_paid_minor)
    return Addend(
        document,
        amounts={
            "total_paid": (_where(is_paid, paid[0]), _where(is_paid, paid[1])),
            "billed": (document.c.total_minor, document.c.converted_total_minor),
            "cash_received": paid,
        },
        counts={"inferred_count": document.c.uses_residual},
        earliest={},
        lacks_rate=document.c.converted_total_minor.is_(None),
    )


def _all_documents(document: sa.FromClause, basis: Basis) -> Addend:
    """Both in one pass."""
    is_open = sa.and_(document.c.due_minor > ZERO, document.c.is_issued)
    every, opened = _documents(document), _open_documents(document, basis, is_open=is_open)
    return Addend(
        document,
        amounts={**every.amounts, **opened.amounts},
        counts={**every.counts, **opened.counts},
        earliest=opened.earliest,
        lacks_rate=every.lacks_rate,
    )


def _open_documents(document: sa.FromClause, basis: Basis, *, is_open: Condition = _ALWAYS) -> Addend:
    """Not paid (B0), and `is_open` where not all of the rows are. Ageing and overdue of a document with due parts are those of its parts."""
    is_whole = sa.and_(is_open, document.c.has_due_parts.is_(sa.false()))
    is_late = sa.and_(is_whole, _is_overdue(document, basis))
    due = (document.c.due_minor, document.c.converted_due_minor)
    is_debit = sa.and_(is_open, document.c.document_type != DocumentType.OTHER)
    amounts = {"outstanding": _both(is_open, due), "overdue": _both(is_late, due), "open_debits": _both(is_debit, due)}
    counts: dict[str, Condition] = {"open_invoice_count": is_open, "overdue_invoice_count": is_late}
    for name, bucket in zip(ageing_names(basis), basis.buckets, strict=True):
        is_inside = sa.and_(is_whole, _is_in_bucket(document, bucket, basis))
        amounts[name] = _both(is_inside, due)
        counts[f"{name}_count"] = is_inside
    return Addend(
        document,
        amounts=amounts,
        counts=counts,
        earliest={
            "oldest_invoice": _where(is_open, _dated_key(document.c.document_date, document.c.id)),
            "oldest_overdue_invoice": _where(is_late, _dated_key(document.c.due_date, document.c.id)),
        },
        lacks_rate=document.c.converted_total_minor.is_(None),  # as of all documents: an index of just these makes it cost nothing
    )


def _due_parts(part: sa.FromClause, basis: Basis) -> Addend:
    """Overdue and ageing by invoice, so that an invoice counts once in each bucket that one of its parts is in."""
    key = (part.c.invoice_id, part.c.customer_id, part.c.currency)
    due = (part.c.due_minor, part.c.converted_due_minor)
    conditions = {"overdue": _is_overdue(part, basis)}
    conditions |= {name: _is_in_bucket(part, bucket, basis) for name, bucket in zip(ageing_names(basis), basis.buckets, strict=True)}
    sums = [
        summed(_where(condition, amount)).label(f"{name}_{side}")
        for name, condition in conditions.items()
        for side, amount in zip(("minor", "converted"), due, strict=True)
    ]
    first_overdue = sa.func.min(_where(conditions["overdue"], part.c.due_date)).label("first_overdue")
    lacking = (sa.func.count() != sa.func.count(part.c.converted_due_minor)).label("lacks_rate")
    invoice = sa.select(*key, *sums, first_overdue, lacking).group_by(*key).subquery("invoice_in_parts")
    return Addend(
        invoice,
        amounts={name: (invoice.c[f"{name}_minor"], invoice.c[f"{name}_converted"]) for name in conditions},
        counts={"overdue_invoice_count" if name == "overdue" else f"{name}_count": invoice.c[f"{name}_minor"] > ZERO for name in conditions},
        earliest={"oldest_overdue_invoice": _where(invoice.c.first_overdue.is_not(None), _dated_key(invoice.c.first_overdue, invoice.c.invoice_id))},
        lacks_rate=invoice.c.lacks_rate,
    )


def _credits(note: sa.FromClause) -> Addend:
    return Addend(
        note,
        amounts={"unutilised_credit": (note.c.unutilised_minor, note.c.converted_unutilised_minor)},
        counts={"inferred_count": note.c.uses_residual},
        earliest={},
        lacks_rate=note.c.converted_unutilised_minor.is_(None),
    )


def _payments(payment: sa.FromClause) -> Addend:
    return Addend(
        payment,
        amounts={"unaccounted_payment": (payment.c.unapplied_minor, payment.c.converted_unapplied_minor)},
        counts={},
        earliest={},
        lacks_rate=payment.c.converted_unapplied_minor.is_(None),
    )


def _attempts(attempt: sa.FromClause) -> Addend:
    """Payment attempts, and the invoices that they were for: their ratio is the average by invoice (HM18)."""
    key = (attempt.c.customer_id, attempt.c.currency, attempt.c.invoice_id)
    invoice = sa.select(*key, sa.func.count().label("attempt_count")).group_by(*key).subquery("attempted_invoice")
    return Addend(
        invoice,
        amounts={},
        counts={"attempted_invoice_count": sa.true()},
        earliest={},
        lacks_rate=sa.false(),
        numbers={"payment_attempt_count": invoice.c.attempt_count},
    )


def _is_overdue(rows: sa.FromClause, basis: Basis) -> Condition:
    """Due before the day, less the days of grace; without a due date never (B0, B3)."""
    return rows.c.due_date < basis.overdue_before


def _is_in_bucket(rows: sa.FromClause, bucket: AgeingBucket, basis: Basis) -> Condition:
    """Whether the days past due lie in a bucket; without a due date it is the one without lower end."""
    first, last = basis.due_range(bucket)
    due = rows.c.due_date
    if first is None:
        return sa.true() if last is None else due <= last
    return sa.or_(due >= first, due.is_(None)) if last is None else due.between(first, last)


def _where(condition: Condition, amount: Amount) -> Amount:
    return amount if condition is _ALWAYS else sa.case((condition, amount))


def _both(condition: Condition, amounts: tuple[Amount, Amount]) -> tuple[Amount, Amount]:
    return _where(condition, amounts[0]), _where(condition, amounts[1])


def _dated_key(day: sa.ColumnElement[object], row_id: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """One integer that orders rows by date, then by id."""
    return sa.cast(DayNumber(day), sa.BigInteger) * sa.literal(_ID_SPACE, sa.BigInteger) + row_id
