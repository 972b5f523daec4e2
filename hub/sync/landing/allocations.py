"""Allocations of payments and credit notes as settlements: dated, signed, and joined to their invoices as far as these are known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.health.amounts import SETTLING_STATES
from hub.model import CreditNote, Invoice, Payment, Settlement, table_of
from hub.plugins.records import AllocationItem, Notice
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.references import find_entity_ids
from hub.vocabulary import DateBasis, Lifecycle, SettlementKind, Stream

SETTLEMENTS = table_of(Settlement)
_INVOICES = table_of(Invoice)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)

_COLUMNS = (
    "id connection_id kind payment_id credit_note_id invoice_id invoice_external_id amount_minor allocated_minor allocation_date "
    "reversed_on effective_date date_basis counts"
).split()


@dataclass(frozen=True, slots=True)
class Allocating:
    """A payment or credit note with its allocations. `dated` is its own date; `reversed_on` the day on which they were taken back."""

    payment_id: int | None
    credit_note_id: int | None
    external_id: str
    currency: str
    dated: date
    counts: bool
    reversed_on: date | None
    reversal_basis: DateBasis
    allocations: Sequence[AllocationItem]


@dataclass(frozen=True, slots=True)
class _Target:
    invoice_id: int
    customer_id: int
    document_date: date
    currency: str


def effective_date(allocation_date: date | None, dated: date, document_date: date | None, *, reversed_on: date | None = None) -> date:
    """The allocation date, else the later of the payment's or credit note's date and the document date (B41).

    A reversal takes effect when it is made, and never before what it reverses.
    """
    on = allocation_date or (dated if document_date is None else max(dated, document_date))
    return on if reversed_on is None else max(on, reversed_on)


def insert_settlements(work: PageWork, rows: Sequence[Allocating]) -> None:
    """Write the settlements of new or changed payments and credit notes; touches their invoices and the customers of these."""
    names = {item.invoice_external_id for row in rows for item in row.allocations}
    if not names:
        return
    targets = _find_targets(work, names)
    values: list[tuple[object, ...]] = []
    for row in rows:
        for item in row.allocations:
            values.extend(_settlement_rows(work, row, item, target=targets.get(item.invoice_external_id)))
    ids = allocate_ids(work.connection, SETTLEMENTS, len(values))
    insert_rows(work.connection, SETTLEMENTS, columns=_COLUMNS, rows=[(key, *value) for key, value in zip(ids, values, strict=True)])
    work.touched_invoices.update(target.invoice_id for target in targets.values())
    work.dirty_customers.update(target.customer_id for target in targets.values())


def remove_settlements(work: PageWork, column: sa.ColumnElement[int], ids: Iterable[int]) -> None:
    """Forget the settlements of some payments (`column` is payment_id) or credit notes, before their new ones are written."""
    mine = is_among(column, ids)
    touched = work.connection.execute(sa.select(SETTLEMENTS.c.invoice_id).where(mine, SETTLEMENTS.c.invoice_id.is_not(None)).distinct()).scalars()
    work.touched_invoices.update(touched)
    work.connection.execute(sa.delete(SETTLEMENTS).where(mine))


def stop_counting(work: PageWork, column: sa.ColumnElement[int], ids: Sequence[int]) -> None:
    """The payments or credit notes are gone at the source: what they settled is due again."""
    mine = is_among(column, ids)
    work.touched_invoices.update(work.connection.execute(sa.select(SETTLEMENTS.c.invoice_id).where(mine, SETTLEMENTS.c.invoice_id.is_not(None))).scalars())
    work.connection.execute(sa.update(SETTLEMENTS).where(mine).values(counts=False))


def resume_counting(work: PageWork, column: sa.ColumnElement[int], ids: Sequence[int]) -> None:
    """The payments or credit notes count again, as far as their own state lets them settle anything."""
    mine = is_among(column, ids)
    settling = sa.select(_PAYMENTS.c.id).where(_PAYMENTS.c.state.in_(SETTLING_STATES), _PAYMENTS.c.is_deleted.is_(False))
    is_draft_or_undated_void = sa.or_(
        _CREDIT_NOTES.c.lifecycle == Lifecycle.DRAFT, sa.and_(_CREDIT_NOTES.c.lifecycle == Lifecycle.VOID, _CREDIT_NOTES.c.voided_on.is_(None))
    )
    valid = sa.select(_CREDIT_NOTES.c.id).where(sa.not_(is_draft_or_undated_void), _CREDIT_NOTES.c.is_deleted.is_(False))
    may = sa.or_(SETTLEMENTS.c.payment_id.in_(settling), SETTLEMENTS.c.credit_note_id.in_(valid))
    work.touched_invoices.update(work.connection.execute(sa.select(SETTLEMENTS.c.invoice_id).where(mine, SETTLEMENTS.c.invoice_id.is_not(None))).scalars())
    work.connection.execute(sa.update(SETTLEMENTS).where(mine, may).values(counts=True))


def join_settlements(work: PageWork, arrived: dict[str, int]) -> None:
    """Join allocations that named these invoices (external id → row id) before they arrived."""
    waiting = sa.and_(SETTLEMENTS.c.invoice_id.is_(None), SETTLEMENTS.c.connection_id == work.run.connection_id)
    if work.connection.execute(sa.select(SETTLEMENTS.c.id).where(waiting).limit(1)).first() is None:
        return
    columns = (SETTLEMENTS.c.id, SETTLEMENTS.c.invoice_external_id, SETTLEMENTS.c.payment_id, SETTLEMENTS.c.credit_note_id)
    found = work.connection.execute(sa.select(*columns).where(waiting, is_among(SETTLEMENTS.c.invoice_external_id, arrived))).all()
    update_rows(work.connection, SETTLEMENTS, columns=("invoice_id",), rows=[(arrived[row.invoice_external_id], row.id) for row in found])
    work.touched_invoices.update(arrived[row.invoice_external_id] for row in found)
    work.touched_payments.update(row.payment_id for row in found if row.payment_id is not None)
    work.touched_credit_notes.update(row.credit_note_id for row in found if row.credit_note_id is not None)


def _find_targets(work: PageWork, names: Iterable[str]) -> dict[str, _Target]:
    ids = find_entity_ids(work, Stream.INVOICES, names)
    columns = (_INVOICES.c.id, _INVOICES.c.customer_id, _INVOICES.c.document_date, _INVOICES.c.currency)
    rows = work.connection.execute(sa.select(*columns).where(is_among(_INVOICES.c.id, ids.values())))
    by_id = {row.id: _Target(row.id, row.customer_id, row.document_date, row.currency) for row in rows}
    return {name: by_id[invoice_id] for name, invoice_id in ids.items()}


def _settlement_rows(work: PageWork, row: Allocating, item: AllocationItem, *, target: _Target | None) -> list[tuple[object, ...]]:
    if target is not None and target.currency != row.currency and item.allocated_minor is None:
        message = (
            f"its allocation to invoice {item.invoice_external_id} is in {row.currency}, the invoice in {target.currency}, "
            "and the amount in the other currency is not stated: the amount is taken to be in the invoice's currency"
        )
        work.notices.append(Notice(place=row.external_id, field="allocations", message=message))
    kind = SettlementKind.PAYMENT if row.payment_id is not None else SettlementKind.CREDIT_NOTE
    allocated = item.amount_minor if item.allocated_minor is None else item.allocated_minor
    head = (work.run.connection_id, kind.stored, row.payment_id, row.credit_note_id, None if target is None else target.invoice_id, item.invoice_external_id)
    document_date = None if target is None else target.document_date
    on = effective_date(item.allocation_date, row.dated, document_date)
    basis = DateBasis.STATED if item.allocation_date is not None else DateBasis.INFERRED
    rows: list[tuple[object, ...]] = [(*head, item.amount_minor, allocated, item.allocation_date, None, on, basis.stored, row.counts)]
    if row.reversed_on is not None:
        on = effective_date(item.allocation_date, row.dated, document_date, reversed_on=row.reversed_on)
        rows.append((*head, -item.amount_minor, -allocated, item.allocation_date, row.reversed_on, on, row.reversal_basis.stored, row.counts))
    return rows
