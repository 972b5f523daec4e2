"""Full open lists: what was open here and is absent from a complete list has been closed at its source.

Closing waits for a person's word: the count that the preview showed must be the count that is closed, and a large one trips the
brake (P16). A closed invoice counts as settled from the list's date (inferred), and opens again when the list names it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.identity.overrides import clear_overrides, is_standing
from hub.identity.settable import PAID
from hub.model import Customer, DirtyCustomer, ExternalReference, FieldOverride, Invoice, table_of
from hub.plugins.connector import Feed, FullOpenList
from hub.store.bulk import chunks, insert_missing, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork, RunContext
from hub.sync.effective.single import CLOSED_BY_LIST
from hub.sync.landing.changes import FieldChange, record_changes
from hub.sync.marks import is_marked
from hub.sync.settling import recompute
from hub.vocabulary import Entity, Lifecycle, Stream

_INVOICES = table_of(Invoice)
_OVERRIDES = table_of(FieldOverride)
_CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)
_DIRTY = table_of(DirtyCustomer)

ABSENT = "ABSENT_FROM_OPEN_LIST"
"""The source status of an invoice that was closed because the open list no longer names it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """An open invoice that the list does not name; the amount is in minor units of its currency."""

    invoice_id: int
    reference_id: int
    external_id: str
    number: str | None
    customer_name: str
    amount_due_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A person's word on what is absent from a list, be it closed or deleted: the count that was shown, and whether the brake is released.

    `approved_count` None: nothing was said. The brake is that of closings; deletions that are many need the count alone.
    """

    approved_count: int | None = None
    is_brake_released: bool = False


NOTHING_APPROVED = Closing()


def find_absent(connection: sa.Connection, connection_id: int, feed: str, *, closed_on: date) -> list[Absent]:
    """The connection's open invoices that carry no mark, of those that a list of the day `closed_on` could know."""
    could_know = _INVOICES.c.document_date <= closed_on
    named = is_marked(connection_id, feed, Stream.INVOICES, external_id=_REFERENCES.c.external_id)
    statement = (
        sa.select(
            _INVOICES.c.id,
            _REFERENCES.c.id.label("reference_id"),
            _REFERENCES.c.external_id,
            _INVOICES.c.number,
            _CUSTOMERS.c.name,
            _INVOICES.c.amount_due_minor,
            _INVOICES.c.currency,
        )
        .join(_REFERENCES, sa.and_(_REFERENCES.c.entity == Entity.INVOICE, _REFERENCES.c.entity_id == _INVOICES.c.id))
        .join(_CUSTOMERS, _CUSTOMERS.c.id == _INVOICES.c.customer_id)
        .where(_REFERENCES.c.connection_id == connection_id, _is_open(), could_know, ~named)
        .order_by(_INVOICES.c.id)
    )
    return [Absent(*row) for row in connection.execute(statement)]


def objection(connection: sa.Connection, run: RunContext, absent: Sequence[Absent], *, closing: Closing, brake_percent: int) -> str | None:
    """Why what is absent may not be closed now, and what to do; None: it may."""
    count = len(absent)
    if count == 0:
        return None
    if closing.approved_count is None:
        return f"{count} open invoices are absent from the list and stay open: look at the preview, then import again with --close-absent {count}"
    if closing.approved_count != count:
        return f"{count} open invoices are absent, {closing.approved_count} were approved: nothing was closed; look at the preview again"
    mine = sa.select(sa.func.count()).select_from(_INVOICES).where(_INVOICES.c.connection_id == run.connection_id, _is_open())
    open_count = connection.execute(mine).scalar_one()
    if count * 100 > open_count * brake_percent and not closing.is_brake_released:
        share = f"{count} of {open_count} open invoices would be closed, more than {brake_percent}%"
        return f"{share}: if that is right, import again with --close-absent {count} --release-brake"
    return None


def close_absent(connection: sa.Connection, run: RunContext, listed: FullOpenList, *, absent: Sequence[Absent]) -> None:
    """Close what is absent as of the list's date; belongs to the transaction that ends the feed."""
    work = PageWork(connection, run)
    closed: dict[str, Any] = {"source_balance_minor": 0, "source_paid_minor": None, "source_status": ABSENT, "stated_paid_on": listed.closed_on}
    changes = _overwritten(connection, [item.invoice_id for item in absent], closed)
    rows = [(*closed.values(), run.now, item.invoice_id) for item in absent]
    update_rows(connection, _INVOICES, columns=(*closed, "updated_at"), rows=rows)
    forgotten = [(CLOSED_BY_LIST, run.run_id, run.now, item.reference_id) for item in absent]
    update_rows(connection, _REFERENCES, columns=("content_hash", "changed_run_id", "changed_at"), rows=forgotten)
    record_changes(work, Entity.INVOICE, changes)
    clear_overrides(connection, Entity.INVOICE, [item.invoice_id for item in absent], field=PAID, actor=None, now=run.now)
    work.touched_invoices.update(item.invoice_id for item in absent)
    recompute(work)
    for some in chunks(sorted(work.dirty_customers)):
        insert_missing(connection, _DIRTY, columns=("customer_id",), rows=[(key,) for key in some])


def _overwritten(connection: sa.Connection, invoice_ids: Sequence[int], closed: Mapping[str, Any]) -> list[FieldChange]:
    """What closing changes of these invoices, with the values that stood there."""
    columns: list[sa.ColumnElement[Any]] = [_INVOICES.c[name] for name in closed]
    rows = connection.execute(sa.select(_INVOICES.c.id, *columns).where(is_among(_INVOICES.c.id, invoice_ids)).order_by(_INVOICES.c.id))
    return [FieldChange(row[0], name, was, becomes) for row in rows for (name, becomes), was in zip(closed.items(), row[1:], strict=True) if was != becomes]


def objection_to_feeds(feeds: Sequence[Feed]) -> str | None:
    """What is wrong when two feeds of one connection claim to be the full open list; None when none or one does."""
    lists = sorted({feed.name for feed in feeds if feed.full_open_list is not None})
    return (
        None
        if len(lists) <= 1
        else f"the feeds {', '.join(lists)} are each declared as the full open list: each would close the other's invoices; make them separate connections"
    )


def _is_open() -> sa.ColumnElement[bool]:
    """What should be on a list of everything that is open: also what only people have marked as paid."""
    table = _INVOICES.c
    marked = is_standing(Entity.INVOICE, field=PAID)
    is_marked = table.id.in_(sa.select(_OVERRIDES.c.entity_id).where(marked))
    return sa.and_(table.lifecycle == Lifecycle.ISSUED, sa.or_(table.amount_due_minor > 0, is_marked), table.is_deleted.is_(False))
