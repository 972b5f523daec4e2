"""Allocations of payments and credit notes as settlements: dated, signed, and joined to their invoices as far as these are known.

An allocation that takes nothing of its payment or credit note settles nothing. That is how one stands whose invoice is in another
currency while the source states one amount only: nobody may guess the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.health.amounts import SETTLING_STATES
from hub.model import CreditNote, ExternalReference, Invoice, Payment, Settlement, SourceRecord, table_of
from hub.plugins.records import AllocationItem, CreditNoteRecord, Notice, PaymentRecord
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import PageWork
from hub.vocabulary import DateBasis, Entity, Lifecycle, SettlementKind, Stream

SETTLEMENTS = table_of(Settlement)
_INVOICES = table_of(Invoice)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)
_REFERENCES = table_of(ExternalReference)
_RECORDS = table_of(SourceRecord)

_COLUMNS = (
    "id connection_id kind payment_id credit_note_id invoice_id invoice_external_id amount_minor allocated_minor allocation_date "
    "reversed_on effective_date date_basis counts"
).split()
_ALLOCATED, _EFFECTIVE, _COUNTS = (_COLUMNS.index(name) - 1 for name in ("allocated_minor", "effective_date", "counts"))
"""Positions in a row that has no id yet."""


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

    @property
    def owner_id(self) -> int:
        """The id of the payment or credit note."""
        found = self.credit_note_id if self.payment_id is None else self.payment_id
        if found is None:
            raise ValueError("neither a payment nor a credit note")
        return found


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


def insert_settlements(work: PageWork, rows: Sequence[Allocating]) -> Mapping[int, int]:
    """Write the settlements of new or changed payments and credit notes; touches their invoices and the customers of these.

    Returns what each payment or credit note, by its id, has allocated by today, in its own currency.
    """
    names = {item.invoice_external_id for row in rows for item in row.allocations}
    if not names:
        return {}
    targets = _find_targets(work, names)
    values: list[tuple[Any, ...]] = []
    allocated: dict[int, int] = {}
    for row in rows:
        own = [value for item in row.allocations for value in _settlement_rows(work, row, item, target=targets.get(item.invoice_external_id))]
        values.extend(own)
        allocated[row.owner_id] = sum(value[_ALLOCATED] for value in own if value[_COUNTS] and value[_EFFECTIVE] <= work.run.today)
    ids = allocate_ids(work.connection, SETTLEMENTS, len(values))
    insert_rows(work.connection, SETTLEMENTS, columns=_COLUMNS, rows=[(key, *value) for key, value in zip(ids, values, strict=True)])
    work.touched_invoices.update(target.invoice_id for target in targets.values())
    work.dirty_customers.update(target.customer_id for target in targets.values())
    return allocated


def remove_settlements(work: PageWork, column: sa.ColumnElement[int], ids: Iterable[int]) -> None:
    """Forget the settlements of some payments (`column` is payment_id) or credit notes, before their new ones are written."""
    mine = is_among(column, ids)
    touched = work.connection.execute(sa.select(SETTLEMENTS.c.invoice_id).where(mine, SETTLEMENTS.c.invoice_id.is_not(None)).distinct()).scalars()
    work.touched_invoices.update(touched)
    work.connection.execute(sa.delete(SETTLEMENTS).where(mine))


def without_authority(work: PageWork, table: sa.Table, ids: Iterable[int]) -> set[int]:
    """Those of some payments or credit notes that another connection speaks for: whatever their state, they settle nothing."""
    found = sa.select(table.c.id).where(is_among(table.c.id, ids), table.c.is_authoritative.is_(False))
    return set(work.connection.execute(found).scalars())


def stop_counting(work: PageWork, column: sa.ColumnElement[int], ids: Sequence[int]) -> None:
    """The payments or credit notes are gone at the source, or another speaks for them: what they settled is due again."""
    mine = is_among(column, ids)
    _touch(work, mine)
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
    is_known = sa.or_(SETTLEMENTS.c.allocated_minor != 0, SETTLEMENTS.c.amount_minor == 0)
    _touch(work, mine)
    work.connection.execute(sa.update(SETTLEMENTS).where(mine, may, is_known).values(counts=True))


def _touch(work: PageWork, mine: sa.ColumnElement[bool]) -> None:
    """Note what settlements lead to on both sides: their invoices, and the payments and credit notes behind them."""
    table = SETTLEMENTS.c
    for invoice_id, payment_id, credit_note_id in work.connection.execute(sa.select(table.invoice_id, table.payment_id, table.credit_note_id).where(mine)):
        sides = ((work.touched_invoices, invoice_id), (work.touched_payments, payment_id), (work.touched_credit_notes, credit_note_id))
        for touched, key in sides:
            if key is not None:
                touched.add(key)


def join_settlements(work: PageWork, arrived: Mapping[str, tuple[int, str]]) -> None:
    """Join allocations that named these invoices (external id → row id and currency) before they arrived."""
    table = SETTLEMENTS.c
    waiting = sa.and_(table.invoice_id.is_(None), table.connection_id == work.run.connection_id)
    if work.connection.execute(sa.select(table.id).where(waiting).limit(1)).first() is None:
        return
    currency = sa.func.coalesce(_PAYMENTS.c.currency, _CREDIT_NOTES.c.currency).label("currency")
    columns: list[sa.ColumnElement[Any]] = [
        table.id,
        table.invoice_external_id,
        table.payment_id,
        table.credit_note_id,
        table.amount_minor,
        table.allocated_minor,
        currency,
    ]
    statement = (
        sa.select(*columns)
        .outerjoin(_PAYMENTS, _PAYMENTS.c.id == table.payment_id)
        .outerjoin(_CREDIT_NOTES, _CREDIT_NOTES.c.id == table.credit_note_id)
        .where(waiting, is_among(table.invoice_external_id, arrived))
    )
    found = work.connection.execute(statement).all()
    update_rows(work.connection, SETTLEMENTS, columns=("invoice_id",), rows=[(arrived[row.invoice_external_id][0], row.id) for row in found])
    work.touched_invoices.update(arrived[row.invoice_external_id][0] for row in found)
    work.touched_payments.update(row.payment_id for row in found if row.payment_id is not None)
    work.touched_credit_notes.update(row.credit_note_id for row in found if row.credit_note_id is not None)
    crossing = [row for row in found if row.currency != arrived[row.invoice_external_id][1] or row.amount_minor != row.allocated_minor]
    _suspend_unknown(work, crossing, arrived=arrived)


def _suspend_unknown(work: PageWork, crossing: Sequence[sa.Row[Any]], *, arrived: Mapping[str, tuple[int, str]]) -> None:
    """Of allocations whose invoice turns out to be in another currency, those that state one amount only settle nothing."""
    for entity, stream, column in ((Entity.PAYMENT, Stream.PAYMENTS, "payment_id"), (Entity.CREDIT_NOTE, Stream.CREDIT_NOTES, "credit_note_id")):
        rows = [row for row in crossing if getattr(row, column) is not None]
        if not rows:
            continue
        places, unstated = _unstated(work, entity, stream, owners={getattr(row, column) for row in rows}, arrived=arrived)
        unknown = [row for row in rows if (getattr(row, column), row.invoice_external_id, abs(row.amount_minor)) in unstated]
        update_rows(work.connection, SETTLEMENTS, columns=("allocated_minor", "counts"), rows=[(0, False, row.id) for row in unknown])
        named = {(places[getattr(row, column)], row.invoice_external_id, row.currency) for row in unknown}
        for place, name, currency in sorted(named):
            _notice_unknown(work, place, name, currencies=(currency, arrived[name][1]))


def _unstated(
    work: PageWork, entity: Entity, stream: Stream, *, owners: Iterable[int], arrived: Mapping[str, tuple[int, str]]
) -> tuple[dict[int, str], set[tuple[int, str, int]]]:
    """External ids of some payments or credit notes, and those of their allocations (owner, invoice, amount) of which it is unknown what they settle."""
    statement = (
        sa.select(_REFERENCES.c.entity_id, _REFERENCES.c.external_id, _RECORDS.c.record)
        .join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id)
        .where(_REFERENCES.c.entity == entity, _REFERENCES.c.connection_id == work.run.connection_id, is_among(_REFERENCES.c.entity_id, owners))
    )
    places: dict[int, str] = {}
    unstated: set[tuple[int, str, int]] = set()
    for owner, external_id, encoded in work.connection.execute(statement):
        places[owner] = external_id
        record = decode(stream, encoded)
        if not isinstance(record, (PaymentRecord, CreditNoteRecord)):
            continue
        items = (item for item in record.allocations if item.invoice_external_id in arrived)
        unknown = (item for item in items if _is_unknown(item, own=record.currency, other=arrived[item.invoice_external_id][1]))
        unstated.update((owner, item.invoice_external_id, abs(item.amount_minor)) for item in unknown)
    return places, unstated


def _notice_unknown(work: PageWork, place: str, invoice: str, *, currencies: tuple[str, str]) -> None:
    own, other = currencies
    message = (
        f"its allocation to invoice {invoice} is in {own}, the invoice in {other}, and the amount in the other currency is not stated: "
        "it settles nothing until the source states both amounts"
    )
    work.notices.append(Notice(place=place, field="allocations", message=message))


def _find_targets(work: PageWork, names: Iterable[str]) -> dict[str, _Target]:
    columns = (_REFERENCES.c.external_id, _INVOICES.c.id, _INVOICES.c.customer_id, _INVOICES.c.document_date, _INVOICES.c.currency)
    of_names = sa.and_(
        _REFERENCES.c.connection_id == work.run.connection_id, _REFERENCES.c.stream == Stream.INVOICES, is_among(_REFERENCES.c.external_id, names)
    )
    statement = sa.select(*columns).join(_INVOICES, _INVOICES.c.id == _REFERENCES.c.entity_id).where(of_names)
    return {row[0]: _Target(*row[1:]) for row in work.connection.execute(statement)}


def _is_unknown(item: AllocationItem, *, own: str, other: str) -> bool:
    """Whether it is not known what an allocation settles: it is stated in another currency than the invoice's, or in one of two only.

    `own` is the currency of the payment or credit note, `other` that of the invoice.
    """
    return item.currency not in {None, other} or (own != other and item.allocated_minor is None)


def _settlement_rows(work: PageWork, row: Allocating, item: AllocationItem, *, target: _Target | None) -> list[tuple[Any, ...]]:
    kind = SettlementKind.PAYMENT if row.payment_id is not None else SettlementKind.CREDIT_NOTE
    allocated = item.taken_minor
    if target is not None and _is_unknown(item, own=row.currency, other=target.currency):
        allocated = 0
        _notice_unknown(work, row.external_id, item.invoice_external_id, currencies=(item.currency or row.currency, target.currency))
    counts = row.counts and (allocated != 0 or item.amount_minor == 0)
    head = (work.run.connection_id, kind.stored, row.payment_id, row.credit_note_id, None if target is None else target.invoice_id, item.invoice_external_id)
    document_date = None if target is None else target.document_date
    on = effective_date(item.allocation_date, row.dated, document_date)
    basis = DateBasis.STATED if item.allocation_date is not None else DateBasis.INFERRED
    rows: list[tuple[Any, ...]] = [(*head, item.amount_minor, allocated, item.allocation_date, None, on, basis.stored, counts)]
    if row.reversed_on is not None:
        on = effective_date(item.allocation_date, row.dated, document_date, reversed_on=row.reversed_on)
        rows.append((*head, -item.amount_minor, -allocated, item.allocation_date, row.reversed_on, on, row.reversal_basis.stored, counts))
    return rows
