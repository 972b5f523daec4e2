"""Invoices with their lines, due parts and disputes; allocations that waited for them are joined."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from hub.health.amounts import (
    NO_RESIDUAL,
    NOTHING_SETTLED,
    Residual,
    Statement,
    convert_all,
    convert_parts,
    date_residual,
    invoice_amounts,
    remaining_parts,
    residual_of,
)
from hub.model import Dispute, DuePart, Invoice, InvoiceLine, table_of
from hub.plugins.records import DuePartItem, InvoiceRecord, Record
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.allocations import join_settlements
from hub.sync.landing.frame import Landed, Landing, Parents, Values, customer_ids, document, expect
from hub.sync.landing.joining import join_arrived
from hub.vocabulary import DisputeStatus, Entity, Lifecycle, Stream

INVOICES = table_of(Invoice)
LINES = table_of(InvoiceLine)
PARTS = table_of(DuePart)
_DISPUTES = table_of(Dispute)

_COLUMNS = (
    "customer_id home_customer_id number document_type lifecycle source_status source_handling currency document_date due_date posting_date "
    "transaction_date created_on voided_on written_off_on purchase_order_number contract location business_unit is_disputed "
    "dispute_reason custom total_minor source_paid_minor source_adjusted_minor source_write_off_minor source_balance_minor "
    "stated_paid_on has_due_parts source_updated_at"
).split()
_DUE_DATE, _HOME = (_COLUMNS.index(name) for name in ("due_date", "home_customer_id"))
_FRESH_COLUMNS = (
    "connection_id amount_paid_minor amount_adjusted_minor write_off_minor amount_due_minor residual_paid_minor residual_adjusted_minor "
    "residual_write_off_minor residual_date first_open_due_date converted_total_minor converted_paid_minor converted_adjusted_minor "
    "converted_write_off_minor converted_due_minor rate_window_id is_authoritative is_deleted first_seen_at updated_at"
).split()
_LINE_COLUMNS = ("id", "invoice_id", "position", "item_name", "description", "quantity", "unit_price", "amount_minor")
_PART_COLUMNS = ("id", "invoice_id", "position", "due_date", "amount_minor", "amount_due_minor", "converted_due_minor")
_DISPUTE_COLUMNS = (
    "customer_id",
    "home_customer_id",
    "invoice_id",
    "connection_id",
    "status",
    "reason",
    "currency",
    "amount_minor",
    "created_at",
    "updated_at",
)


def in_order(parts: Sequence[DuePartItem]) -> list[DuePartItem]:
    """Due parts as settlements cover them: by due date."""
    return sorted(parts, key=lambda part: part.due_date)


def due_date_of(record: InvoiceRecord) -> date | None:
    """When all of an invoice is due: the last of its parts where it names no day itself; None: at once, or nobody knows."""
    if record.due_date is None and record.due_parts:
        return max(part.due_date for part in record.due_parts)
    return record.due_date


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, InvoiceRecord)
    day = run.day
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.number,
        record.document_type.stored,
        record.lifecycle.stored,
        record.source_status,
        record.source_handling.stored,
        record.currency,
        day(record.document_date),
        day(due_date_of(record)),
        day(record.posting_date),
        day(record.transaction_date),
        day(record.created_on),
        day(record.voided_on),
        day(record.written_off_on),
        record.purchase_order_number,
        record.contract,
        record.location,
        record.business_unit,
        record.is_disputed,
        record.dispute_reason,
        document(record.custom),
        record.total_minor,
        record.amount_paid_minor,
        record.amount_adjusted_minor,
        record.write_off_minor,
        record.balance_minor,
        day(record.paid_on or record.written_off_on),
        bool(record.due_parts),
        run.instant(record.source_updated_at),
    )


def _fresh(record: Record, values: Values, run: RunContext) -> Values:
    """The kept amounts of an invoice that nothing has been allocated to yet."""
    record = expect(record, InvoiceRecord)
    total = record.total_minor
    residual = _first_residual(record, run)
    amounts = invoice_amounts(total, NOTHING_SETTLED, residual, today=run.today)
    rate = run.rates.rate(record.currency, document_date=record.document_date, today=run.today)
    first_open = None
    if amounts.due_minor > 0:
        first_open = run.day(_first_open_part(record, amounts.due_minor)) if record.due_parts else values[_DUE_DATE]
    return (
        run.connection_id,
        amounts.paid_minor,
        amounts.adjusted_minor,
        amounts.write_off_minor,
        amounts.due_minor,
        residual.paid_minor,
        residual.adjusted_minor,
        residual.write_off_minor,
        run.day(residual.on),
        first_open,
        *convert_all((total, amounts.paid_minor, amounts.adjusted_minor, amounts.write_off_minor, amounts.due_minor), rate),
        None if rate is None else rate.window_id,
        True,
        False,
        run.stamp,
        run.stamp,
    )


def _first_residual(record: InvoiceRecord, context: RunContext) -> Residual:
    if (
        record.amount_paid_minor is None
        and record.amount_adjusted_minor is None
        and record.write_off_minor is None
        and record.balance_minor is None
        and record.lifecycle is not Lifecycle.WRITTEN_OFF
    ):
        return NO_RESIDUAL
    statement = Statement(record.amount_paid_minor, record.amount_adjusted_minor, record.write_off_minor, record.balance_minor)
    amounts = residual_of(record.total_minor, statement, NOTHING_SETTLED, lifecycle=record.lifecycle)
    updated = record.source_updated_at
    return date_residual(
        amounts,
        NO_RESIDUAL,
        paid_on=record.paid_on or record.written_off_on,
        source_updated_on=None if updated is None else updated.astimezone(context.zone).date(),
        today=context.today,
    )


def _first_open_part(record: InvoiceRecord, due_minor: int) -> date | None:
    parts = in_order(record.due_parts)
    remaining = remaining_parts([part.amount_minor for part in parts], due_minor)
    return next((part.due_date for part, left in zip(parts, remaining, strict=True) if left), None)


def _created(work: PageWork, rows: Sequence[Landed]) -> None:
    _insert_children(work, rows)
    _insert_disputes(work, rows)
    join_settlements(work, {row.item.external_id: row.entity_id for row in rows})
    join_arrived(work, Stream.INVOICES, rows)


def _changed(work: PageWork, rows: Sequence[Landed]) -> None:
    ids = [row.entity_id for row in rows]
    work.connection.execute(sa.delete(LINES).where(is_among(LINES.c.invoice_id, ids)))
    work.connection.execute(sa.delete(PARTS).where(is_among(PARTS.c.invoice_id, ids)))
    _insert_children(work, rows)
    _settle_disputes(work, rows)
    work.touched_invoices.update(ids)


def _insert_children(work: PageWork, rows: Sequence[Landed]) -> None:
    records = [(row.entity_id, row.item.record) for row in rows if isinstance(row.item.record, InvoiceRecord)]
    lines = [(invoice_id, position, line) for invoice_id, record in records for position, line in enumerate(record.lines, 1)]
    ids = allocate_ids(work.connection, LINES, len(lines))
    line_rows = [
        (line_id, invoice_id, position, line.item_name, line.description, line.quantity, line.unit_price, line.amount_minor)
        for line_id, (invoice_id, position, line) in zip(ids, lines, strict=True)
    ]
    insert_rows(work.connection, LINES, columns=_LINE_COLUMNS, rows=line_rows)
    part_rows = [row for invoice_id, record in records if record.due_parts for row in _part_rows(invoice_id, record, work.run)]
    part_ids = allocate_ids(work.connection, PARTS, len(part_rows))
    insert_rows(work.connection, PARTS, columns=_PART_COLUMNS, rows=[(part_id, *row) for part_id, row in zip(part_ids, part_rows, strict=True)])


def _part_rows(invoice_id: int, record: InvoiceRecord, context: RunContext) -> list[Values]:
    parts = in_order(record.due_parts)
    residual = _first_residual(record, context)
    due = invoice_amounts(record.total_minor, NOTHING_SETTLED, residual, today=context.today).due_minor
    remaining = remaining_parts([part.amount_minor for part in parts], due)
    rate = context.rates.rate(record.currency, document_date=record.document_date, today=context.today)
    converted = [None] * len(parts) if rate is None else convert_parts(remaining, rate)
    return [
        (invoice_id, position, part.due_date, part.amount_minor, left, in_base)
        for position, (part, left, in_base) in enumerate(zip(parts, remaining, converted, strict=True), 1)
    ]


def _insert_disputes(work: PageWork, rows: Sequence[Landed]) -> None:
    disputes = [
        (
            row.customer_id,
            row.values[_HOME],
            row.entity_id,
            work.run.connection_id,
            DisputeStatus.OPEN.stored,
            record.dispute_reason,
            record.currency,
            record.total_minor,
            work.run.now,
            work.run.now,
        )
        for row in rows
        if isinstance(record := row.item.record, InvoiceRecord) and record.is_disputed
    ]
    ids = allocate_ids(work.connection, _DISPUTES, len(disputes))
    insert_rows(work.connection, _DISPUTES, columns=("id", *_DISPUTE_COLUMNS), rows=[(key, *values) for key, values in zip(ids, disputes, strict=True)])


def _settle_disputes(work: PageWork, rows: Sequence[Landed]) -> None:
    """A dispute that the source opens is opened here, one that it no longer shows is resolved; its dates stay unknown.

    What is disputed goes with its invoice to another customer.
    """
    ids = [row.entity_id for row in rows]
    table = _DISPUTES
    moved = [(row.customer_id, row.values[_HOME], row.entity_id) for row in rows if row.customer_id != row.previous_customer_id]
    update_rows(work.connection, table, columns=("customer_id", "home_customer_id"), rows=moved, key="invoice_id")
    from_source = sa.and_(is_among(table.c.invoice_id, ids), table.c.connection_id == work.run.connection_id, table.c.status == DisputeStatus.OPEN)
    already = set(work.connection.execute(sa.select(table.c.invoice_id).where(from_source)).scalars())
    disputed = {row.entity_id for row in rows if isinstance(row.item.record, InvoiceRecord) and row.item.record.is_disputed}
    gone = already - disputed
    if gone:
        change = sa.update(table).where(from_source, is_among(table.c.invoice_id, gone))
        work.connection.execute(change.values(status=DisputeStatus.RESOLVED, resolved_on=work.run.today, updated_at=work.run.now))
    _insert_disputes(work, [row for row in rows if row.entity_id in disputed - already])


LANDING = Landing(
    stream=Stream.INVOICES,
    entity=Entity.INVOICE,
    table=INVOICES,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=tuple(_FRESH_COLUMNS),
    fresh=_fresh,
    created=_created,
    changed=_changed,
    lists=("lines", "due_parts"),
    telling=frozenset({"customer_id", "currency", "document_date", "transaction_date", "due_date", "due_parts", "total_minor"}),
)
