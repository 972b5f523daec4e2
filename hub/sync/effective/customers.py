"""Customers composed of what all their sources say, and of what people say over them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from hub.identity.circles import stands_below
from hub.identity.composing import Composed
from hub.identity.homes import counting_customers, members_of
from hub.identity.matching.queue import queue_for_matching
from hub.identity.merging import is_gone
from hub.identity.overrides import Override, end_conflicts, field_rules, standing_overrides
from hub.identity.settable import PARENT
from hub.model import Customer, table_of
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.effective.origins import keep_origins, origins_of_customer
from hub.sync.effective.overridden import Told, json_of, overridden, still_standing
from hub.sync.effective.saying import has_changed, heard, says
from hub.sync.effective.sources import composed_of, sources_of
from hub.sync.landing import customers
from hub.sync.landing.changes import FieldChange, record_changes
from hub.sync.landing.frame import rewrite
from hub.vocabulary import Entity

_CUSTOMERS = table_of(Customer)


class Whose(NamedTuple):
    """The connections of references, and the customers that they have made."""

    connections: Mapping[int, int]
    homes: Mapping[int, int]


Members = Mapping[int, Collection[int]]
"""Everyone who is one with each customer that counts, itself among them."""


def compose_customers(work: PageWork, customer_ids: Iterable[int]) -> None:
    """Bring the customers that count for these in line with what all their sources say, and with what people say over them."""
    members = members_of(work.connection, set(counting_customers(work.connection, customer_ids).values()))
    connections: dict[int, int] = {}
    homes: dict[int, int] = {}
    composed: dict[int, Composed] = {}
    for customer, sources in sorted(sources_of(work.connection, members).items()):
        connections |= {source.reference_id: source.connection_id for source in sources}
        homes |= {source.reference_id: source.home_id for source in sources}
        composed[customer] = composed_of(work, sources)
    standing = _standing(work, members, composed, whose=Whose(connections, homes))
    records = {customer: overridden(each.record, standing[customer]) for customer, each in composed.items()}
    landing = customers.LANDING
    rewrite(work, landing, {customer: landing.values(record, {}, work.run) for customer, record in records.items()})
    keep_origins(work, Entity.CUSTOMER, {customer: origins_of_customer(each, standing[customer]) for customer, each in composed.items()})
    names = [(name, customer) for customer, record in records.items() for name in record.segments]
    customers.replace_segments(work, records.keys(), names)
    _place(work, {customer: _parents(each, standing[customer]) for customer, each in composed.items()}, members)
    _hide_gone(work, {customer: set(members[customer]) for customer in composed})
    queue_for_matching(work.connection, composed)
    work.dirty_customers.update(members)


# --- what people say ------------------------------------------------------------------------------


def _standing(work: PageWork, members: Members, composed: Mapping[int, Composed], *, whose: Whose) -> dict[int, dict[str, Override]]:
    """The overrides that stand over what the sources say now, by customer and field: its own before those of who is one with it, then the newest.

    What another one says of the same field has no effect, and there is nothing to decide of it. While it waits beneath, the one that stands over it
    does not end because a source agrees: otherwise what nobody says any more would show.
    """
    everyone = [member for some in members.values() for member in some]
    overrides = standing_overrides(work.connection, Entity.CUSTOMER, everyone)
    if not overrides:
        return {customer: {} for customer in members}
    rules = field_rules(work.connection, Entity.CUSTOMER)
    found: dict[int, dict[str, Override]] = {}
    silent: set[int] = set()
    for customer, each in composed.items():
        own_last = sorted((one for member in members[customer] for one in overrides.get(member, ())), key=lambda one: (one.entity_id == customer, one.id))
        chosen = {override.field: override for override in own_last}
        beneath = [one for one in own_last if chosen[one.field] is not one]
        silent |= {one.id for one in beneath}
        said = {name: _said(each, name, one, whose=whose) for name, one in chosen.items()}
        said |= {one.field: said[one.field]._replace(is_own=False) for one in beneath}
        if PARENT in said:
            said[PARENT] = _as_ours(work, each, chosen[PARENT], told=said[PARENT])
        found[customer] = still_standing(work, Entity.CUSTOMER, chosen.values(), said=said, rules=rules)
    if silent:
        end_conflicts(work.connection, silent, now=work.run.now)
    return found


def _said(composed: Composed, name: str, override: Override, *, whose: Whose) -> Told:
    believed = believed_of(composed, name)
    speaking = heard(composed, name) if believed is None else [believed]
    is_own = all(whose.homes[reference] == override.entity_id for reference in speaking)
    return Told(*said_of(composed, name, whose.connections), has_changed(composed, name, override.seen), says(composed, name), is_own=is_own)


def _as_ours(work: PageWork, composed: Composed, override: Override, *, told: Told) -> Told:
    """What is said of a parent, as ours where both lead to one customer: as long as this is so by a merge only, it ends nothing for good."""
    if told.theirs is None or override.value is None:
        return told
    ours, theirs = int(orjson.loads(override.value)), int(orjson.loads(told.theirs))
    if counting_customers(work.connection, [ours])[ours] != theirs:
        return told
    named = next(source.parent_home_id for source in composed.asked[PARENT] if source.reference_id == composed.parents[0][1])
    return told._replace(theirs=override.value, is_own=told.is_own and named == ours)


def believed_of(composed: Composed, name: str) -> int | None:
    """The source (reference id) that is believed of a field; None: none has a value."""
    if name == PARENT:
        return composed.parents[0][1] if composed.parents else None
    return composed.origins.get(name)


def said_of(composed: Composed, name: str, connections: Mapping[int, int]) -> tuple[str | None, int | None]:
    """What the sources together say of a field, as JSON, and whose value it is; `connections` are those of their references."""
    believed = believed_of(composed, name)
    value = (composed.parents[0][0] if composed.parents else None) if name == PARENT else getattr(composed.record, name)
    return json_of(value), None if believed is None else connections[believed]


# --- the place in the hierarchy -------------------------------------------------------------------


def _parents(composed: Composed, overrides: Mapping[str, Override]) -> list[int]:
    """The parents to be tried, the first that does not close a circle is taken; a person's word is the only one where there is one."""
    if PARENT not in overrides:
        return [parent for parent, _ in composed.parents]
    value = overrides[PARENT].value
    return [] if value is None else [int(orjson.loads(value))]


def _place(work: PageWork, wanted: Mapping[int, Sequence[int]], members: Members) -> None:
    columns = (_CUSTOMERS.c.id, _CUSTOMERS.c.parent_id)
    before = {row[0]: row[1] for row in work.connection.execute(sa.select(*columns).where(is_among(_CUSTOMERS.c.id, wanted)))}
    counting = counting_customers(work.connection, {parent for parents in wanted.values() for parent in parents})
    changes: list[FieldChange] = []
    for customer, parents in sorted(wanted.items()):
        candidates = (counting[parent] for parent in parents if counting[parent] not in members[customer])
        parent = next((one for one in candidates if not stands_below(work.connection, one, customer)), None)
        if parent != before[customer]:
            update_rows(work.connection, _CUSTOMERS, columns=("parent_id",), rows=[(parent, customer)])
            changes.append(FieldChange(customer, PARENT, before[customer], parent))
    record_changes(work, Entity.CUSTOMER, changes)


def _hide_gone(work: PageWork, members: Mapping[int, set[int]]) -> None:
    """A customer is deleted when all its sources have deleted it."""
    gone = is_gone(work.connection, members)
    columns = (_CUSTOMERS.c.id, _CUSTOMERS.c.is_deleted)
    rows = work.connection.execute(sa.select(*columns).where(is_among(_CUSTOMERS.c.id, gone))).all()
    flips = [row.id for row in rows if row.is_deleted != gone[row.id]]
    update_rows(work.connection, _CUSTOMERS, columns=("is_deleted",), rows=[(gone[key], key) for key in flips])
    record_changes(work, Entity.CUSTOMER, [FieldChange(key, "is_deleted", old=not gone[key], new=gone[key]) for key in flips])
