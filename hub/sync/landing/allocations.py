"""Allocations of payments and credit notes as settlements: dated, signed, and joined to their invoices as far as these are known.

An allocation whose amount is known in another currency than its invoice's settles nothing: nobody may guess the other amount. Whether it is so
follows from the invoice as it is, whichever of the two came first and whatever was corrected since. One that takes nothing of its payment or
credit note settles nothing either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.health.amounts import SETTLING_STATES
from hub.model import CreditNote, ExternalReference, Invoice, Payment, Settlement, table_of
from hub.plugins.records import AllocationItem, Notice
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.vocabulary import DateBasis, Entity, Lifecycle, SettlementKind, Stream

SETTLEMENTS = table_of(Settlement)
_INVOICES = table_of(Invoice)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)
_REFERENCES = table_of(ExternalReference)

_COLUMNS = (
    "id connection_id kind payment_id credit_note_id invoice_id invoice_external_id amount_minor allocated_minor stated_currency "
    "allocation_date reversed_on effective_date date_basis counts"
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


def effective_date(allocation_date: date | None, dated: date, document_date: date | None, *, reversed_on: date | None = None) -> date:
    """The allocation date, else the later of the payment's or credit note's date and the document date (B41).

    A reversal takes effect when it is made, and never before what it reverses.
    """
    on = allocation_date or (dated if document_date is None else max(dated, document_date))
    return on if reversed_on is None else max(on, reversed_on)


def insert_settlements(work: PageWork, rows: Sequence[Allocating]) -> Mapping[int, int]:
    """Write the settlements of new or changed payments and credit notes; touches their invoices and the customers of these.

    Returns what each payment or credit note, by its id, has allocated by today, in its own currency, whichever its invoices are in.
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
    table = SETTLEMENTS.c
    statement = (
        sa.select(table.id)
        .outerjoin(_INVOICES, _INVOICES.c.id == table.invoice_id)
        .outerjoin(_PAYMENTS, _PAYMENTS.c.id == table.payment_id)
        .outerjoin(_CREDIT_NOTES, _CREDIT_NOTES.c.id == table.credit_note_id)
        .where(is_among(column, ids), _may_count())
    )
    _touch(work, is_among(column, ids))
    _let_count(work, work.connection.execute(statement).scalars().all(), counts=True)


def _touch(work: PageWork, mine: sa.ColumnElement[bool]) -> None:
    """Note what settlements lead to on both sides: their invoices, and the payments and credit notes behind them."""
    table = SETTLEMENTS.c
    for invoice_id, payment_id, credit_note_id in work.connection.execute(sa.select(table.invoice_id, table.payment_id, table.credit_note_id).where(mine)):
        sides = ((work.touched_invoices, invoice_id), (work.touched_payments, payment_id), (work.touched_credit_notes, credit_note_id))
        for touched, key in sides:
            if key is not None:
                touched.add(key)


def join_settlements(work: PageWork, arrived: Mapping[str, int]) -> None:
    """Join allocations that named these invoices (external id → row id) before they arrived."""
    table = SETTLEMENTS.c
    waiting = sa.and_(table.invoice_id.is_(None), table.connection_id == work.run.connection_id)
    if work.connection.execute(sa.select(table.id).where(waiting).limit(1)).first() is None:
        return
    columns = (table.id, table.invoice_external_id, table.payment_id, table.credit_note_id)
    found = work.connection.execute(sa.select(*columns).where(waiting, is_among(table.invoice_external_id, arrived))).all()
    update_rows(work.connection, SETTLEMENTS, columns=("invoice_id",), rows=[(arrived[row.invoice_external_id], row.id) for row in found])
    work.touched_invoices.update(arrived[row.invoice_external_id] for row in found)
    work.touched_payments.update(row.payment_id for row in found if row.payment_id is not None)
    work.touched_credit_notes.update(row.credit_note_id for row in found if row.credit_note_id is not None)


def match_currencies(work: PageWork) -> None:
    """Let the allocations to touched invoices settle as far as their amounts are known in the currencies that these invoices are in by now."""
    if work.touched_invoices:
        invoices = sorted(work.touched_invoices)
        _suspend_unknown(work, invoices)
        _resume_known(work, invoices)


def _suspend_unknown(work: PageWork, invoices: Sequence[int]) -> None:
    """What is stated in another currency than its invoice's stops counting, and is told."""
    table, entity = SETTLEMENTS.c, sa.case((SETTLEMENTS.c.payment_id.is_not(None), Entity.PAYMENT.stored), else_=Entity.CREDIT_NOTE.stored)
    is_its_reference = sa.and_(
        _REFERENCES.c.entity == entity,
        _REFERENCES.c.entity_id == sa.func.coalesce(table.payment_id, table.credit_note_id),
        _REFERENCES.c.connection_id == table.connection_id,
    )
    columns = (table.id, _REFERENCES.c.external_id, table.invoice_external_id, table.stated_currency, _INVOICES.c.currency)
    statement = (
        sa.select(*columns)
        .join(_INVOICES, _INVOICES.c.id == table.invoice_id)
        .join(_REFERENCES, is_its_reference)
        .where(is_among(table.invoice_id, invoices), table.counts.is_(True), sa.not_(_is_known()))
    )
    found = work.connection.execute(statement).all()
    _let_count(work, [row.id for row in found], counts=False)
    for place, invoice, stated, other in sorted({tuple(row[1:]) for row in found}):
        _notice_unknown(work, place, f"its allocation to invoice {invoice} is in {stated}, the invoice in {other}, and the amount in the other currency")


def _resume_known(work: PageWork, invoices: Sequence[int]) -> None:
    """What is stated in its invoice's currency counts again, where its payment or credit note does."""
    table = SETTLEMENTS.c
    statement = (
        sa.select(table.id)
        .join(_INVOICES, _INVOICES.c.id == table.invoice_id)
        .outerjoin(_PAYMENTS, _PAYMENTS.c.id == table.payment_id)
        .outerjoin(_CREDIT_NOTES, _CREDIT_NOTES.c.id == table.credit_note_id)
        .where(is_among(table.invoice_id, invoices), table.counts.is_(False), table.stated_currency.is_not(None), _may_count())
    )
    _let_count(work, work.connection.execute(statement).scalars().all(), counts=True)


def _let_count(work: PageWork, ids: Sequence[int], *, counts: bool) -> None:
    if ids:
        mine = is_among(SETTLEMENTS.c.id, ids)
        _touch(work, mine)
        work.connection.execute(sa.update(SETTLEMENTS).where(mine).values(counts=counts))


def _is_known() -> sa.ColumnElement[bool]:
    """Whether what an allocation settles is known in the currency of its invoice (joined; it has not arrived: nothing is amiss yet)."""
    return sa.func.coalesce(SETTLEMENTS.c.stated_currency == _INVOICES.c.currency, sa.true())


def _may_count() -> sa.ColumnElement[bool]:
    """Whether an allocation counts, by its payment or credit note, its invoice (all joined) and itself."""
    payment, note = _PAYMENTS.c, _CREDIT_NOTES.c
    by_payment = sa.and_(payment.state.in_(SETTLING_STATES), payment.is_deleted.is_(False), payment.is_authoritative.is_(True))
    is_draft_or_undated_void = sa.or_(note.lifecycle == Lifecycle.DRAFT, sa.and_(note.lifecycle == Lifecycle.VOID, note.voided_on.is_(None)))
    by_note = sa.and_(sa.not_(is_draft_or_undated_void), note.is_deleted.is_(False), note.is_authoritative.is_(True))
    takes_something = sa.or_(SETTLEMENTS.c.allocated_minor != 0, SETTLEMENTS.c.amount_minor == 0)
    return sa.and_(sa.or_(by_payment, by_note), takes_something, _is_known())


def _notice_unknown(work: PageWork, place: str, what: str) -> None:
    message = f"{what} is not stated: it settles nothing until the source states both amounts"
    work.notices.append(Notice(place=place, field="allocations", message=message))


def _find_targets(work: PageWork, names: Iterable[str]) -> dict[str, _Target]:
    columns = (_REFERENCES.c.external_id, _INVOICES.c.id, _INVOICES.c.customer_id, _INVOICES.c.document_date)
    of_names = sa.and_(
        _REFERENCES.c.connection_id == work.run.connection_id, _REFERENCES.c.stream == Stream.INVOICES, is_among(_REFERENCES.c.external_id, names)
    )
    statement = sa.select(*columns).join(_INVOICES, _INVOICES.c.id == _REFERENCES.c.entity_id).where(of_names)
    return {row[0]: _Target(*row[1:]) for row in work.connection.execute(statement)}


def _stated(work: PageWork, row: Allocating, item: AllocationItem) -> tuple[int, str | None]:
    """What an allocation takes of its payment or credit note, and in which currency it is known what it settles: None, in whichever its invoice is.

    One in another currency that does not say what it takes takes nothing.
    """
    if item.allocated_minor is not None:
        return item.allocated_minor, item.currency
    if item.currency in {None, row.currency}:
        return item.amount_minor, row.currency
    _notice_unknown(work, row.external_id, f"its allocation to invoice {item.invoice_external_id} is in {item.currency}, and what it takes in {row.currency}")
    return 0, item.currency


def _settlement_rows(work: PageWork, row: Allocating, item: AllocationItem, *, target: _Target | None) -> list[tuple[Any, ...]]:
    kind = SettlementKind.PAYMENT if row.payment_id is not None else SettlementKind.CREDIT_NOTE
    allocated, stated_currency = _stated(work, row, item)
    counts = row.counts and (allocated != 0 or item.amount_minor == 0)
    head = (work.run.connection_id, kind.stored, row.payment_id, row.credit_note_id, None if target is None else target.invoice_id, item.invoice_external_id)
    document_date = None if target is None else target.document_date
    on = effective_date(item.allocation_date, row.dated, document_date)
    basis = DateBasis.STATED if item.allocation_date is not None else DateBasis.INFERRED
    rows: list[tuple[Any, ...]] = [(*head, item.amount_minor, allocated, stated_currency, item.allocation_date, None, on, basis.stored, counts)]
    if row.reversed_on is not None:
        on = effective_date(item.allocation_date, row.dated, document_date, reversed_on=row.reversed_on)
        rows.append((*head, -item.amount_minor, -allocated, stated_currency, item.allocation_date, row.reversed_on, on, row.reversal_basis.stored, counts))
    return rows
