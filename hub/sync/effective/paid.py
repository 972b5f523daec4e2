"""Invoices that people have marked as paid (B11): until the money shows, and no longer than that; and for how long nobody asks.

The mark stands in for money that no source shows yet: the invoice counts as if its source stated that nothing is open. So what does come is part
of it and never adds to it, also while it is not allocated (hub/sync/effective/presumed.py); and once what is allocated covers the invoice, the mark
is over and the money speaks for itself, also when it bounces.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.identity.overrides import clear_overrides, is_standing
from hub.identity.settable import NOT_ASKED, PAID
from hub.model import ExternalReference, FieldConflict, FieldOverride, Invoice, Settlement, SourceRecord, table_of
from hub.plugins.records import InvoiceRecord
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import PageWork
from hub.sync.effective.deeds import left_open
from hub.sync.effective.following import go_home
from hub.sync.effective.presumed import presume_money
from hub.sync.effective.single import compose_rows
from hub.sync.landing.frame import expect
from hub.sync.settling import settled_sums
from hub.vocabulary import ConflictStatus, Entity, Lifecycle, Stream

_CONFLICTS = table_of(FieldConflict)
_INVOICES = table_of(Invoice)
_OVERRIDES = table_of(FieldOverride)
_RECORDS = table_of(SourceRecord)
_REFERENCES = table_of(ExternalReference)
_SETTLEMENTS = table_of(Settlement)
_STANDING = is_standing(Entity.INVOICE, field=PAID)

_AT_ONCE = 1_000


def settle_marks(work: PageWork, *, for_good: bool = True) -> None:
    """End the marks that are over, and settle the others with the money that they stand in for, as far as it has come.

    Over are those of touched invoices that what the source has allocated covers by now, and those whose money came and was taken back. Who speaks
    for their customers is settled already. `for_good` False: no source has said anything, and what is over by a merge may come back with it; such a
    mark stands, over the invoice that it was set on, and is over when a source says something of the invoice or its money.
    """
    is_presumed = sa.exists().where(_SETTLEMENTS.c.mark_id.is_not(None))
    if not work.connection.execute(sa.select(sa.or_(sa.exists().where(_STANDING), is_presumed))).scalar_one():
        return
    _end(work, _covered(work, _marked(work)), for_good=for_good)
    _end(work, presume_money(work), for_good=for_good)


def _end(work: PageWork, invoices: Collection[int], *, for_good: bool) -> None:
    """Let marks be over. One that was set on another system's appearance of the invoice goes back there: that one's source has said nothing."""
    if invoices:
        homes = go_home(work, invoices, field=PAID)
        if for_good:
            clear_overrides(work.connection, Entity.INVOICE, invoices, field=PAID, actor=None, now=work.run.now)
        compose_rows(work, Entity.INVOICE, {*invoices, *homes})


def _marked(work: PageWork) -> set[int]:
    """Those of the touched invoices that are marked."""
    mine = sa.and_(_STANDING, is_among(_OVERRIDES.c.entity_id, work.touched_invoices))
    return set(work.connection.execute(sa.select(_OVERRIDES.c.entity_id).where(mine)).scalars())


def long_marked(connection: sa.Connection, *, before: datetime) -> Sequence[int]:
    """Some of the invoices that were marked as paid before an instant, which their sources still say are open, and of which nobody was asked yet."""
    undecided = sa.select(sa.literal(1)).where(_CONFLICTS.c.override_id == _OVERRIDES.c.id, _CONFLICTS.c.status == ConflictStatus.OPEN)
    is_due = sa.and_(_OVERRIDES.c.set_at <= before, _OVERRIDES.c.source_value.contains(NOT_ASKED), ~sa.exists(undecided))
    mine = sa.and_(_STANDING, is_due)
    counts = sa.and_(_INVOICES.c.is_authoritative.is_(True), _INVOICES.c.is_deleted.is_(False), _INVOICES.c.lifecycle == Lifecycle.ISSUED)
    found = (
        sa.select(_OVERRIDES.c.entity_id)
        .join(_INVOICES, sa.and_(_INVOICES.c.id == _OVERRIDES.c.entity_id, counts))
        .where(mine)
        .order_by(_OVERRIDES.c.id)
        .limit(_AT_ONCE)
    )
    return connection.execute(found).scalars().all()


def _covered(work: PageWork, invoices: Collection[int]) -> set[int]:
    if not invoices:
        return set()
    mine = sa.and_(_REFERENCES.c.entity == Entity.INVOICE, is_among(_REFERENCES.c.entity_id, invoices))
    records = work.connection.execute(sa.select(_REFERENCES.c.entity_id, _RECORDS.c.record).join(_RECORDS).where(mine)).all()
    _, by_today = settled_sums(work.connection, list(invoices), work.run.today, with_presumed=False)
    return {row.entity_id for row in records if left_open(expect(decode(Stream.INVOICES, row.record), InvoiceRecord), by_today[row.entity_id]) <= 0}
