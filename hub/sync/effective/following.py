"""What people have set on an invoice follows it: to the one that its source has entered anew (P15), and to the one that counts of several systems'."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from hub.identity.overrides import is_standing
from hub.model import FieldConflict, FieldOverride, Invoice, table_of
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.effective.single import compose_rows
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
    mine = sa.and_(_OVERRIDES.c.entity == Entity.INVOICE, _is_set_there(successors))
    found = work.connection.execute(sa.select(_OVERRIDES.c.id, _OVERRIDES.c.entity_id, _OVERRIDES.c.home_id).where(mine)).all()
    _move(work, [(successors.get(row.entity_id, row.entity_id), successors.get(row.home_id, row.home_id), row.id) for row in found])
    work.composed[Entity.INVOICE].update(successors.keys(), successors.values())


def follow_appearances(work: PageWork, changed: Mapping[int, int | None]) -> None:
    """Let what was set on invoices stand over the ones that count now: `changed` says which one each is an appearance of, None: of none any more.

    It goes back when the invoice is no appearance any more. Where something is set on the one that counts already, that stands. Its source may
    say something else than that of the invoice which it was set on: that is a conflict to decide, and ours stands until then.
    """
    if not changed:
        return
    home = sa.func.coalesce(_OVERRIDES.c.home_id, _OVERRIDES.c.entity_id).label("home")
    mine = sa.and_(is_standing(Entity.INVOICE), _is_set_there(changed))
    columns = (_OVERRIDES.c.id, _OVERRIDES.c.entity_id, _OVERRIDES.c.field, home)
    found = work.connection.execute(sa.select(*columns).where(mine).order_by(_OVERRIDES.c.id)).all()
    rows = [(row, changed[row.home] or row.home) for row in found if row.home in changed]
    taken = _taken(work, {target for _, target in rows})
    moves: list[tuple[int, int | None, int]] = []
    composed: set[int] = set()
    for row, target in rows:
        if target != row.entity_id and (target, row.field) not in taken:
            taken.add((target, row.field))
            composed |= {row.entity_id, target}
            moves.append((target, None if target == row.home else row.home, row.id))
    _move(work, moves)
    if composed:
        compose_rows(work, Entity.INVOICE, composed)


def _taken(work: PageWork, invoices: set[int]) -> set[tuple[int, str]]:
    """The fields of some invoices over which a value stands."""
    mine = sa.and_(is_standing(Entity.INVOICE), is_among(_OVERRIDES.c.entity_id, invoices))
    return {(row[0], row[1]) for row in work.connection.execute(sa.select(_OVERRIDES.c.entity_id, _OVERRIDES.c.field).where(mine))}


def go_home(work: PageWork, invoices: Collection[int], *, field: str) -> Collection[int]:
    """Let what stands over a field of some invoices stand over those again that it was set on, where these are others; returns them."""
    mine = sa.and_(is_standing(Entity.INVOICE, field=field), _OVERRIDES.c.home_id.is_not(None))
    found = work.connection.execute(sa.select(_OVERRIDES.c.id, _OVERRIDES.c.home_id).where(mine, is_among(_OVERRIDES.c.entity_id, invoices))).all()
    _move(work, [(row.home_id, None, row.id) for row in found])
    return {row.home_id for row in found}


def _is_set_there(invoices: Collection[int]) -> sa.ColumnElement[bool]:
    """Whether an override stands over one of some invoices, or was set on one."""
    return sa.or_(*(is_among(column, invoices) for column in (_OVERRIDES.c.home_id, _OVERRIDES.c.entity_id)))


def _move(work: PageWork, moves: Sequence[tuple[int, int | None, int]]) -> None:
    """Let overrides stand over invoices, and their conflicts be about these: each move has the invoice, the home of the override, and its id."""
    update_rows(work.connection, _OVERRIDES, columns=("entity_id", "home_id"), rows=moves)
    targets = {override: target for target, _, override in moves}
    about = sa.select(_CONFLICTS.c.id, _CONFLICTS.c.override_id).where(is_among(_CONFLICTS.c.override_id, targets))
    conflicts = work.connection.execute(about).all()
    update_rows(work.connection, _CONFLICTS, columns=("entity_id",), rows=[(targets[row.override_id], row.id) for row in conflicts])


def _successors(work: PageWork) -> Mapping[int, int]:
    """The invoices that took the place of those of the run's connection that are gone and had something set, by the latter."""
    old, new = _INVOICES.alias("old"), _INVOICES.alias("new")
    is_set_there = sa.or_(_OVERRIDES.c.entity_id == old.c.id, _OVERRIDES.c.home_id == old.c.id)
    standing = sa.and_(is_standing(Entity.INVOICE), is_set_there)
    gone = sa.and_(old.c.connection_id == work.run.connection_id, old.c.is_deleted.is_(True), old.c.number.is_not(None))
    same = sa.and_(new.c.is_deleted.is_(False), *(new.c[name] == old.c[name] for name in _SAME))
    pairs = sa.select(old.c.id, new.c.id).distinct().select_from(_OVERRIDES.join(old, sa.and_(standing, gone)).join(new, same))
    found: defaultdict[int, set[int]] = defaultdict(set)
    claims: defaultdict[int, int] = defaultdict(int)
    for old_id, new_id in work.connection.execute(pairs):
        found[old_id].add(new_id)
        claims[new_id] += 1
    return {old_id: new_id for old_id, some in found.items() if len(some) == 1 for new_id in some if claims[new_id] == 1}
