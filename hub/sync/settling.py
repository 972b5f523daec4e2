"""Kept amounts after settlements moved: invoices, payments and credit notes recomputed from their facts, set by set."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.health.amounts import (
    ADJUSTED_KINDS,
    NOTHING_SETTLED,
    PAID_KINDS,
    Residual,
    SettledSums,
    Statement,
    convert,
    convert_all,
    convert_parts,
    date_residual,
    invoice_amounts,
    payment_counts,
    remaining_parts,
    residual_of,
)
from hub.model import CreditNote, DuePart, Invoice, Payment, Refund, Settlement, table_of
from hub.store.bulk import chunks, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.landing.allocations import effective_date
from hub.sync.landing.payments import KEPT_COLUMNS, kept_amounts
from hub.vocabulary import Lifecycle, PaymentState, SettlementKind

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)
_SETTLEMENTS = table_of(Settlement)
_REFUNDS = table_of(Refund)

_CHUNK = 5_000
_INVOICE_COLUMNS = (
    "amount_paid_minor amount_adjusted_minor write_off_minor amount_due_minor residual_paid_minor residual_adjusted_minor residual_write_off_minor "
    "residual_date first_open_due_date converted_total_minor converted_paid_minor converted_adjusted_minor converted_write_off_minor "
    "converted_due_minor rate_window_id"
).split()
_INVOICE_FACTS = (
    "id customer_id currency lifecycle document_date due_date total_minor source_paid_minor source_adjusted_minor source_write_off_minor "
    "source_balance_minor stated_paid_on source_updated_at has_due_parts"
).split()
_PAYMENT_FACTS = "id customer_id state currency payment_date reversed_on amount_minor".split()


@dataclass(frozen=True, slots=True)
class _Part:
    id: int
    due_date: date
    amount_minor: int
    kept: tuple[int, int | None]


def recompute(work: PageWork) -> None:
    """Bring the kept amounts of everything that the page touched up to its facts, and note whose figures are stale."""
    for ids in chunks(sorted(work.touched_invoices), _CHUNK):
        _recompute_invoices(work, ids)
    for ids in chunks(sorted(work.touched_payments), _CHUNK):
        _recompute_payments(work, ids)
    for ids in chunks(sorted(work.touched_credit_notes), _CHUNK):
        _recompute_credit_notes(work, ids)


def _recompute_invoices(work: PageWork, ids: Sequence[int]) -> None:
    _restate_dates(work, ids)
    run = work.run
    always, today = settled_sums(work.connection, ids, run.today)
    parts = _parts(work.connection, ids)
    columns = (*_INVOICE_FACTS, *_INVOICE_COLUMNS)
    rows = work.connection.execute(sa.select(*(_INVOICES.c[name] for name in columns)).where(is_among(_INVOICES.c.id, ids)))
    changed: list[tuple[Any, ...]] = []
    changed_parts: list[tuple[Any, ...]] = []
    for row in rows:
        kept, part_rows = _invoice_row(work, row, (always[row.id], today[row.id]), parts=parts[row.id])
        changed_parts.extend(part_rows)
        if kept != tuple(row[len(_INVOICE_FACTS) :]):
            changed.append((*kept, row.id))
        work.dirty_customers.add(row.customer_id)
    update_rows(work.connection, _INVOICES, columns=_INVOICE_COLUMNS, rows=changed)
    update_rows(work.connection, _PARTS, columns=("amount_due_minor", "converted_due_minor"), rows=changed_parts)


def _invoice_row(
    work: PageWork, row: sa.Row[Any], settled: tuple[SettledSums, SettledSums], *, parts: Sequence[_Part]
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The kept columns of an invoice, and those of its due parts that changed."""
    run = work.run
    always, until_today = settled
    statement = Statement(row.source_paid_minor, row.source_adjusted_minor, row.source_write_off_minor, row.source_balance_minor)
    amounts = residual_of(row.total_minor, statement, always, lifecycle=row.lifecycle)
    previous = Residual(row.residual_paid_minor, row.residual_adjusted_minor, row.residual_write_off_minor, row.residual_date)
    updated = row.source_updated_at
    updated_on = None if updated is None else updated.astimezone(run.zone).date()
    residual = date_residual(amounts, previous, paid_on=row.stated_paid_on, source_updated_on=updated_on, today=run.today)
    kept = invoice_amounts(row.total_minor, until_today, residual, today=run.today)
    rate = work.rates.rate(row.currency, document_date=row.document_date, today=run.today)
    first_open: date | None = row.due_date if kept.due_minor > 0 else None
    part_rows: list[tuple[Any, ...]] = []
    if parts:
        remaining = remaining_parts([part.amount_minor for part in parts], kept.due_minor)
        converted = [None] * len(parts) if rate is None else convert_parts(remaining, rate)
        first_open = next((part.due_date for part, left in zip(parts, remaining, strict=True) if left), None)
        part_rows = [(left, base, part.id) for part, left, base in zip(parts, remaining, converted, strict=True) if (left, base) != part.kept]
    money = (kept.paid_minor, kept.adjusted_minor, kept.write_off_minor, kept.due_minor)
    left_over = (residual.paid_minor, residual.adjusted_minor, residual.write_off_minor, residual.on)
    in_base = convert_all((row.total_minor, *money), rate)
    return (*money, *left_over, first_open, *in_base, None if rate is None else rate.window_id), part_rows


def _restate_dates(work: PageWork, ids: Sequence[int]) -> None:
    """Effective dates follow the document date where the source dates no allocation; a reversal is never before what it reverses.

    What is allocated of a payment or credit note by today moves with them, so these are touched too.
    """
    own_date = sa.func.coalesce(_PAYMENTS.c.payment_date, _CREDIT_NOTES.c.document_date).label("own_date")
    table = _SETTLEMENTS
    names = ("id", "allocation_date", "reversed_on", "effective_date", "payment_id", "credit_note_id")
    columns: list[sa.ColumnElement[Any]] = [*(table.c[name] for name in names), own_date, _INVOICES.c.document_date]
    statement = (
        sa.select(*columns)
        .join(_INVOICES, _INVOICES.c.id == table.c.invoice_id)
        .outerjoin(_PAYMENTS, _PAYMENTS.c.id == table.c.payment_id)
        .outerjoin(_CREDIT_NOTES, _CREDIT_NOTES.c.id == table.c.credit_note_id)
        .where(is_among(table.c.invoice_id, ids), table.c.allocation_date.is_(None), own_date.is_not(None))
    )
    moved: list[tuple[date, sa.Row[Any]]] = []
    for row in work.connection.execute(statement):
        on = effective_date(row.allocation_date, row.own_date, row.document_date, reversed_on=row.reversed_on)
        if on != row.effective_date:
            moved.append((on, row))
    update_rows(work.connection, table, columns=("effective_date",), rows=[(on, row.id) for on, row in moved])
    work.touched_payments.update(row.payment_id for _, row in moved if row.payment_id is not None)
    work.touched_credit_notes.update(row.credit_note_id for _, row in moved if row.credit_note_id is not None)


def settled_sums(
    connection: sa.Connection, ids: Sequence[int], today: date, *, with_presumed: bool = True
) -> tuple[dict[int, SettledSums], dict[int, SettledSums]]:
    """Settled sums by invoice: over all dates, and of what is effective by today. `with_presumed` False: only what sources have allocated."""
    table = _SETTLEMENTS

    def total(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.sum(sa.case((sa.and_(*conditions), table.c.amount_minor), else_=0)), sa.BigInteger)

    by_kinds = (table.c.kind.in_(PAID_KINDS), table.c.kind.in_(ADJUSTED_KINDS), table.c.kind == SettlementKind.WRITE_OFF)
    sums = (*map(total, by_kinds), *(total(of_kind, table.c.effective_date <= today) for of_kind in by_kinds))
    mine = sa.and_(is_among(table.c.invoice_id, ids), table.c.counts.is_(True), *(() if with_presumed else (table.c.mark_id.is_(None),)))
    always: dict[int, SettledSums] = defaultdict(lambda: NOTHING_SETTLED)
    by_today: dict[int, SettledSums] = defaultdict(lambda: NOTHING_SETTLED)
    for invoice_id, *found in connection.execute(sa.select(table.c.invoice_id, *sums).where(mine).group_by(table.c.invoice_id)):
        always[invoice_id], by_today[invoice_id] = SettledSums(*found[:3]), SettledSums(*found[3:])
    return always, by_today


def _parts(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[_Part]]:
    table = _PARTS
    statement = (
        sa.select(table.c.invoice_id, table.c.id, table.c.due_date, table.c.amount_minor, table.c.amount_due_minor, table.c.converted_due_minor)
        .where(is_among(table.c.invoice_id, ids))
        .order_by(table.c.invoice_id, table.c.due_date, table.c.position)
    )
    parts: dict[int, list[_Part]] = defaultdict(list)
    for invoice_id, part_id, due_date, amount, left, converted in connection.execute(statement):
        parts[invoice_id].append(_Part(part_id, due_date, amount, (left, converted)))
    return parts


def _recompute_payments(work: PageWork, ids: Sequence[int]) -> None:
    run, table = work.run, _PAYMENTS
    allocated = _sums_by(work.connection, _SETTLEMENTS.c.payment_id, ids, today=run.today)
    refunded = _refunds_by(work.connection, _REFUNDS.c.payment_id, table, ids=ids, today=run.today)
    rows: list[tuple[Any, ...]] = []
    for row in work.connection.execute(sa.select(*(table.c[name] for name in _PAYMENT_FACTS)).where(is_among(table.c.id, ids))):
        counts = payment_counts(row.state, payment_date=row.payment_date, reversed_on=row.reversed_on, today=run.today)
        rate = work.rates.rate(row.currency, document_date=row.payment_date, today=run.today)
        kept = kept_amounts(row.amount_minor, counts=counts, allocated_minor=allocated[row.id], refunded_minor=refunded[row.id], rate=rate)
        rows.append((*kept, row.id))
        work.dirty_customers.add(row.customer_id)
    update_rows(work.connection, table, columns=KEPT_COLUMNS, rows=rows)


def _recompute_credit_notes(work: PageWork, ids: Sequence[int]) -> None:
    run, table = work.run, _CREDIT_NOTES
    allocated = _sums_by(work.connection, _SETTLEMENTS.c.credit_note_id, ids, today=run.today)
    always = _sums_by(work.connection, _SETTLEMENTS.c.credit_note_id, ids, today=date.max)
    refunded = _refunds_by(work.connection, _REFUNDS.c.credit_note_id, table, ids=ids, today=run.today)
    ever_refunded = _refunds_by(work.connection, _REFUNDS.c.credit_note_id, table, ids=ids, today=date.max)
    rows: list[tuple[Any, ...]] = []
    for row in work.connection.execute(sa.select(table).where(is_among(table.c.id, ids))):
        used = 0 if row.source_balance_minor is None else row.total_minor - row.source_balance_minor
        amounts = (max(0, used - always[row.id] - ever_refunded[row.id]), 0, 0)
        updated = row.source_updated_at
        updated_on = None if updated is None else updated.astimezone(run.zone).date()
        previous = Residual(row.residual_minor, on=row.residual_date)
        residual = date_residual(amounts, previous, paid_on=row.stated_used_on, source_updated_on=updated_on, today=run.today)
        left_over = residual.paid_minor if residual.on is not None and residual.on <= run.today else 0
        counts = credit_note_counts(row.lifecycle, document_date=row.document_date, voided_on=row.voided_on, today=run.today)
        unutilised = row.total_minor - allocated[row.id] - refunded[row.id] - left_over if counts else 0
        rate = work.rates.rate(row.currency, document_date=row.document_date, today=run.today)
        money = (allocated[row.id], refunded[row.id], unutilised, residual.paid_minor, residual.on)
        rows.append((*money, convert(row.total_minor, rate), convert(unutilised, rate), None if rate is None else rate.window_id, row.id))
        work.dirty_customers.add(row.customer_id)
    columns = (
        "allocated_minor refunded_minor unutilised_minor residual_minor residual_date converted_total_minor converted_unutilised_minor rate_window_id"
    ).split()
    update_rows(work.connection, table, columns=columns, rows=rows)


def credit_note_counts(lifecycle: Lifecycle, *, document_date: date, voided_on: date | None, today: date) -> bool:
    """Whether a credit note's credit is there on a day: from its date; a void one until the day it was voided, never if that is unknown."""
    if document_date > today or lifecycle is Lifecycle.DRAFT:
        return False
    return lifecycle is not Lifecycle.VOID or (voided_on is not None and today < voided_on)


def _sums_by(connection: sa.Connection, column: sa.ColumnElement[Any], ids: Sequence[int], *, today: date) -> dict[int, int]:
    """What is allocated of each payment or credit note by a day, in its own currency; what does not count allocates nothing."""
    counts = sa.and_(_SETTLEMENTS.c.counts.is_(True), _SETTLEMENTS.c.effective_date <= today)
    statement = sa.select(column, sa.func.sum(_SETTLEMENTS.c.allocated_minor)).where(is_among(column, ids), counts).group_by(column)
    return defaultdict(int, {key: int(total) for key, total in connection.execute(statement)})


def _refunds_by(connection: sa.Connection, column: sa.ColumnElement[Any], owners: sa.Table, *, ids: Iterable[int], today: date) -> dict[int, int]:
    """What was given back of each payment or credit note by a day; a refund in another currency lowers nothing."""
    there = sa.and_(_REFUNDS.c.refund_date <= today, _REFUNDS.c.is_deleted.is_(False), _REFUNDS.c.state == PaymentState.SETTLED)
    statement = (
        sa.select(column, sa.func.sum(_REFUNDS.c.amount_minor))
        .join(owners, sa.and_(owners.c.id == column, owners.c.currency == _REFUNDS.c.currency))
        .where(is_among(column, ids), there)
        .group_by(column)
    )
    return defaultdict(int, {key: int(total) for key, total in connection.execute(statement)})
