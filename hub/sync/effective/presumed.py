"""Money that stands unallocated beside invoices that people have marked as paid (B11): what it must be for is settled with it.

A payment whose source has not said yet what it is for would count as unapplied while the mark lets its invoice owe nothing: the same money
twice. So a payment with just the amount that the source leaves open, dated about the day of the mark, is presumed to be the one that the
mark stands in for, until its source allocates it, or takes it back. The mark stands meanwhile: nobody but the source can confirm it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nsmallest
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from hub.health.amounts import REVERSED_STATES, SETTLING_STATES
from hub.identity.overrides import is_standing
from hub.identity.settable import PAID
from hub.model import ExternalReference, FieldOverride, Invoice, Payment, Refund, Settlement, SourceRecord, table_of
from hub.plugins.records import InvoiceRecord
from hub.store.bulk import allocate_ids, insert_rows
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import PageWork
from hub.sync.effective.deeds import left_open
from hub.sync.landing.allocations import effective_date
from hub.sync.landing.frame import expect
from hub.sync.settling import settled_sums
from hub.vocabulary import DateBasis, Entity, Lifecycle, PaymentState, SettlementKind, Stream

DAYS_APART = 14
"""How far the day of a payment may be from the day on which, by the mark, the money came."""

_INVOICES = table_of(Invoice)
_OVERRIDES = table_of(FieldOverride)
_PAYMENTS = table_of(Payment)
_RECORDS = table_of(SourceRecord)
_REFERENCES = table_of(ExternalReference)
_REFUNDS = table_of(Refund)
_SETTLEMENTS = table_of(Settlement)

_COLUMNS = "id mark_id connection_id kind payment_id invoice_id amount_minor allocated_minor effective_date date_basis counts".split()


class _Presumed(NamedTuple):
    """What a mark is presumed to be paid with."""

    mark_id: int
    connection_id: int
    payment_id: int
    invoice_id: int
    amount_minor: int
    effective_date: date
    counts: bool = True


_Whose = tuple[int, int, str]
"""The customer, the connection and the currency of a mark's invoice or of a payment."""

_Fit = tuple[_Whose, int]


@dataclass(frozen=True, slots=True)
class _Mark:
    id: int
    invoice_id: int
    day: date
    set_on: date
    document_date: date
    whose: _Whose
    open_minor: int


@dataclass(frozen=True, slots=True)
class _Money:
    """What its source has not allocated of a payment. `reversed_on` None: by today it was not taken back."""

    payment_id: int
    paid_on: date
    reversed_on: date | None
    whose: _Whose
    free_minor: int


def presume_money(work: PageWork) -> Sequence[int]:
    """Settle marked invoices of the touched customers with the unallocated money that fits, and take back what fits no longer.

    Returns the invoices whose fitting money has come and was taken back after they were marked: their marks have been refuted.
    """
    customers = _touched_customers(work)
    marks = _marks(work, customers)
    before = _presumed_before(work, customers)
    if not marks and not before:
        return []
    pairs = list(_paired(marks, _money(work, {mark.whose[0] for mark in marks})))
    wanted = {mark.id: _presumed(mark, money) for mark, money in pairs if money.reversed_on is None}
    _rewrite(work, before, wanted)
    return [mark.invoice_id for mark, money in pairs if money.reversed_on is not None]


def _touched_customers(work: PageWork) -> set[int]:
    found = set(work.dirty_customers)
    for table, ids in ((_INVOICES, work.touched_invoices), (_PAYMENTS, work.touched_payments)):
        if ids:
            found.update(work.connection.execute(sa.select(table.c.customer_id).where(is_among(table.c.id, ids)).distinct()).scalars())
    return found


def _marks(work: PageWork, customers: Collection[int]) -> Sequence[_Mark]:
    """The marks that stand on invoices of some customers which owe something by what their source says and has allocated."""
    counts = sa.and_(_INVOICES.c.is_authoritative.is_(True), _INVOICES.c.is_deleted.is_(False), _INVOICES.c.lifecycle == Lifecycle.ISSUED)
    columns = [_INVOICES.c[name] for name in ("customer_id", "connection_id", "currency", "document_date")]
    found = sa.select(_OVERRIDES.c.id, _OVERRIDES.c.entity_id, _OVERRIDES.c.value, _OVERRIDES.c.set_at, *columns, _RECORDS.c.record)
    found = found.join(_INVOICES, _INVOICES.c.id == _OVERRIDES.c.entity_id)
    is_of = sa.and_(_REFERENCES.c.entity == Entity.INVOICE, _REFERENCES.c.entity_id == _OVERRIDES.c.entity_id)
    found = found.join(_REFERENCES, is_of).join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id)
    rows = work.connection.execute(
        found.where(is_standing(Entity.INVOICE, field=PAID), counts, is_among(_INVOICES.c.customer_id, customers)).order_by(_OVERRIDES.c.id)
    ).all()
    allocated, _ = settled_sums(work.connection, [row.entity_id for row in rows], work.run.today, with_presumed=False)
    return [
        _Mark(
            row.id,
            row.entity_id,
            msgspec.json.decode(row.value, type=date),
            row.set_at.astimezone(work.run.zone).date(),
            row.document_date,
            (row.customer_id, row.connection_id, row.currency),
            left_open(expect(decode(Stream.INVOICES, row.record), InvoiceRecord), allocated[row.entity_id]),
        )
        for row in rows
    ]


def _money(work: PageWork, customers: Collection[int]) -> Sequence[_Money]:
    """What was never allocated of the payments of some customers that have come by today: what bounced was not free while it was there."""
    stated = sa.and_(_SETTLEMENTS.c.counts.is_(True), _SETTLEMENTS.c.mark_id.is_(None), _SETTLEMENTS.c.reversed_on.is_(None))
    allocated = _sum_of(_SETTLEMENTS.c.allocated_minor, _SETTLEMENTS.c.payment_id, stated)
    there_is = sa.and_(_REFUNDS.c.is_deleted.is_(False), _REFUNDS.c.state == PaymentState.SETTLED, _REFUNDS.c.refund_date <= work.run.today)
    given_back = _sum_of(_REFUNDS.c.amount_minor, _REFUNDS.c.payment_id, sa.and_(there_is, _REFUNDS.c.currency == _PAYMENTS.c.currency))
    there = sa.and_(_PAYMENTS.c.is_authoritative.is_(True), _PAYMENTS.c.is_deleted.is_(False), _PAYMENTS.c.state.in_(SETTLING_STATES))
    columns = [_PAYMENTS.c[name] for name in ("id", "customer_id", "connection_id", "currency", "state", "payment_date", "reversed_on", "amount_minor")]
    mine = sa.and_(is_among(_PAYMENTS.c.customer_id, customers), _PAYMENTS.c.payment_date <= work.run.today)
    return [
        _Money(
            row.id,
            row.payment_date,
            row.reversed_on if row.state in REVERSED_STATES and row.reversed_on <= work.run.today else None,
            (row.customer_id, row.connection_id, row.currency),
            row.amount_minor - int(row.allocated) - int(row.given_back),
        )
        for row in work.connection.execute(sa.select(*columns, allocated.label("allocated"), given_back.label("given_back")).where(there, mine))
    ]


def _sum_of(amount: sa.ColumnElement[int], payment: sa.ColumnElement[int | None], condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    total = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(payment == _PAYMENTS.c.id, condition)
    return total.correlate(_PAYMENTS).scalar_subquery()


def _paired(marks: Sequence[_Mark], money: Sequence[_Money]) -> Iterator[tuple[_Mark, _Money]]:
    """Each mark with the money that fits, the nearest days first; none of either is taken twice.

    A mark whose money was taken back takes other money that is left, if there is some: its own counts only where there is none.
    """
    first = list(_nearest(marks, money))
    taken = {one.payment_id for _, one in first}
    bounced = {mark.id: (mark, one) for mark, one in first if one.reversed_on is not None}
    left = [one for one in money if one.payment_id not in taken and one.reversed_on is None]
    again = {mark.id: (mark, one) for mark, one in _nearest([mark for mark, _ in bounced.values()], left)}
    for mark, one in first:
        yield again.get(mark.id, (mark, one))


def _nearest(marks: Sequence[_Mark], money: Sequence[_Money]) -> Iterator[tuple[_Mark, _Money]]:
    by_fit: Mapping[_Fit, tuple[list[_Mark], list[_Money]]] = defaultdict(lambda: ([], []))
    for mark in marks:
        if mark.open_minor > 0:
            by_fit[mark.whose, mark.open_minor][0].append(mark)
    for one in money:
        by_fit[one.whose, one.free_minor][1].append(one)
    for alike, fitting in by_fit.values():
        pairs = [pair for mark in alike for pair in _candidates(mark, fitting, count=len(alike))]
        taken: set[int] = set()
        settled: set[int] = set()
        for mark, one in sorted(pairs, key=lambda pair: (*_nearness(*pair), pair[0].id)):
            if mark.id not in settled and one.payment_id not in taken:
                settled.add(mark.id)
                taken.add(one.payment_id)
                yield mark, one


def _candidates(mark: _Mark, money: Sequence[_Money], *, count: int) -> Iterator[tuple[_Mark, _Money]]:
    """The nearest money for a mark: as much as there are marks, for the others can take no more than one each."""
    near = (one for one in money if _is_near(mark, one))
    return ((mark, one) for one in nsmallest(count, near, key=lambda one: _nearness(mark, one)))


def _is_near(mark: _Mark, money: _Money) -> bool:
    """Money that was taken back before somebody marked the invoice is not what the mark is about."""
    is_there = money.reversed_on is None or money.reversed_on > mark.set_on
    return is_there and abs(money.paid_on - mark.day) <= timedelta(days=DAYS_APART)


def _nearness(mark: _Mark, money: _Money) -> tuple[timedelta, int]:
    return abs(money.paid_on - mark.day), money.payment_id


def _presumed(mark: _Mark, money: _Money) -> _Presumed:
    _, connection_id, _ = mark.whose
    return _Presumed(mark.id, connection_id, money.payment_id, mark.invoice_id, mark.open_minor, effective_date(None, money.paid_on, mark.document_date))


def _presumed_before(work: PageWork, customers: Collection[int]) -> Mapping[int, _Presumed]:
    """What is presumed for some customers, by the id of its settlement."""
    table = _SETTLEMENTS.c
    columns = [table[name] for name in ("id", *_Presumed._fields)]
    mine = sa.and_(table.mark_id.is_not(None), is_among(_INVOICES.c.customer_id, customers))
    rows = work.connection.execute(sa.select(*columns).join(_INVOICES, _INVOICES.c.id == table.invoice_id).where(mine)).all()
    return {row.id: _Presumed._make(row[1:]) for row in rows}


def _rewrite(work: PageWork, before: Mapping[int, _Presumed], wanted: Mapping[int, _Presumed]) -> None:
    kept = {one for one in before.values() if wanted.get(one.mark_id) == one}
    gone = {key: one for key, one in before.items() if one not in kept}
    new = [one for one in wanted.values() if one not in kept]
    if gone:
        work.connection.execute(sa.delete(_SETTLEMENTS).where(is_among(_SETTLEMENTS.c.id, gone)))
    ids = allocate_ids(work.connection, _SETTLEMENTS, len(new))
    insert_rows(work.connection, _SETTLEMENTS, columns=_COLUMNS, rows=[(key, *_row(work, one)) for key, one in zip(ids, new, strict=True)])
    work.touched_invoices.update(one.invoice_id for one in (*gone.values(), *new))
    work.touched_payments.update(one.payment_id for one in (*gone.values(), *new))


def _row(work: PageWork, one: _Presumed) -> tuple[Any, ...]:
    """The values of `_COLUMNS` without the id."""
    mark_id, connection_id, payment_id, invoice_id, amount, on, counts = one
    return (mark_id, connection_id, SettlementKind.PAYMENT.stored, payment_id, invoice_id, amount, amount, work.run.day(on), DateBasis.INFERRED.stored, counts)
