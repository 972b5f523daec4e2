"""Invoices that their source has deleted and entered anew (P15): what people have set on the old one goes over to the new one."""

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from hub.model import FieldConflict, FieldOverride, Invoice, table_of
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.vocabulary import Entity, Stream

_CONFLICTS = table_of(FieldConflict)
_INVOICES = table_of(Invoice)
_OVERRIDES = table_of(FieldOverride)

_SAME = ("connection_id", "customer_id", "number", "currency", "total_minor", "document_date")
"""What the new one has in common with the old one; there must be just one such, and it must be that of one old one only."""


def follow_recreated(work: PageWork) -> None:
    """Let what was set on invoices that are gone stand over what is said of those that took their place.

    It stands there as it stood: a void is a conflict to decide, since the new one is another form of the invoice than the one that was voided.
    """
    if not (work.counts[Stream.INVOICES, "created"] or work.counts[Stream.INVOICES, "deleted"]):
        return
    successors = _successors(work)
    if not successors:
        return
    for table in (_OVERRIDES, _CONFLICTS):
        mine = sa.and_(table.c.entity == Entity.INVOICE, is_among(table.c.entity_id, successors))
        found = work.connection.execute(sa.select(table.c.id, table.c.entity_id).where(mine)).all()
        update_rows(work.connection, table, columns=("entity_id",), rows=[(successors[row.entity_id], row.id) for row in found])
    work.composed[Entity.INVOICE].update(successors.keys(), successors.values())


def _successors(work: PageWork) -> Mapping[int, int]:
    """The invoices that took the place of those of the run's connection that are gone and had something set, by the latter."""
    old, new = _INVOICES.alias("old"), _INVOICES.alias("new")
    standing = sa.and_(_OVERRIDES.c.entity == Entity.INVOICE, _OVERRIDES.c.cleared_at.is_(None), _OVERRIDES.c.entity_id == old.c.id)
    gone = sa.and_(old.c.connection_id == work.run.connection_id, old.c.is_deleted.is_(True), old.c.number.is_not(None))
    same = sa.and_(new.c.is_deleted.is_(False), *(new.c[name] == old.c[name] for name in _SAME))
    pairs = sa.select(old.c.id, new.c.id).distinct().select_from(_OVERRIDES.join(old, sa.and_(standing, gone)).join(new, same))
    found: defaultdict[int, set[int]] = defaultdict(set)
    claims: defaultdict[int, int] = defaultdict(int)
    for old_id, new_id in work.connection.execute(pairs):
        found[old_id].add(new_id)
        claims[new_id] += 1
    return {old_id: new_id for old_id, some in found.items() if len(some) == 1 for new_id in some if claims[new_id] == 1}
