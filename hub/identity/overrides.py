"""Values that people set over a source's, and the conflicts that arise when the source changes its own (B9, B10).

An override stands until the source's value itself changes. Then the two are a conflict: ours stands until a person decides, unless a
rule for the field has decided already. When the source comes to say what we say, or what it had said before, there is nothing to decide.

Of a customer several sources may speak, and which of them do changes with merges. So an override remembers what each of them said when it
was set or they first came to it, and only a source that says something else than before has changed its value.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.identity.homes import counting_customers, members_of
from hub.identity.settable import ASKED, DEEDS, NOT_ASKED, PAID
from hub.model import FieldConflict, FieldOverride, FieldRule, table_of
from hub.store.bulk import insert_into
from hub.store.lookup import is_among
from hub.vocabulary import ConflictDecision, ConflictStatus, Entity

_OVERRIDES = table_of(FieldOverride)
_CONFLICTS = table_of(FieldConflict)
_RULES = table_of(FieldRule)

_OURS = frozenset((ConflictDecision.KEEP_OURS, ConflictDecision.ALWAYS_OURS))
_FOR_EVERY_TIME = frozenset((ConflictDecision.ALWAYS_OURS, ConflictDecision.ALWAYS_THEIRS))


@dataclass(frozen=True, slots=True)
class Override:
    """A value that stands over the sources'. `value` and `source_value` are JSON texts, None: no value; `seen` and `home_id` as in FieldOverride."""

    id: int
    entity_id: int
    field: str
    value: str | None
    source_value: str | None
    set_at: datetime
    seen: Mapping[str, str | None] | None = None
    home_id: int | None = None


def is_standing(entity: Entity, *, field: str | None = None) -> sa.ColumnElement[bool]:
    """Whether an override of an entity, and of one field of it if that is named, has not been cleared."""
    found = sa.and_(_OVERRIDES.c.entity == entity, _OVERRIDES.c.cleared_at.is_(None))
    return found if field is None else sa.and_(found, _OVERRIDES.c.field == field)


def standing_overrides(connection: sa.Connection, entity: Entity, ids: Iterable[int]) -> dict[int, list[Override]]:
    """The overrides of some rows, by row, oldest first."""
    columns = (_OVERRIDES.c[name] for name in ("id", "entity_id", "field", "value", "source_value", "set_at", "seen", "home_id"))
    standing = sa.and_(is_standing(entity), is_among(_OVERRIDES.c.entity_id, ids))
    found: dict[int, list[Override]] = defaultdict(list)
    for row in connection.execute(sa.select(*columns).where(standing).order_by(_OVERRIDES.c.id)):
        found[row.entity_id].append(Override(*row))
    return found


def set_override(connection: sa.Connection, entity: Entity, entity_id: int, *, override: "NewOverride", now: datetime) -> int:
    """Let a value stand over the sources'; one that stood there before is cleared, its conflict with it. Returns the id."""
    clear_overrides(connection, entity, [entity_id], field=override.field, actor=override.actor, now=now)
    said = {"value": override.value, "source_value": override.source_value, "seen": override.seen}
    values = {"field": override.field, **said, "reason": override.reason, "set_by": override.actor}
    insert = sa.insert(_OVERRIDES).values(entity=entity, entity_id=entity_id, **values, set_at=now)
    return int(connection.execute(insert.returning(_OVERRIDES.c.id)).scalar_one())


@dataclass(frozen=True, slots=True)
class NewOverride:
    """What a person says of a field; `value` and what the sources say now are JSON texts, None: no value; `seen` as in FieldOverride."""

    field: str
    value: str | None
    source_value: str | None
    actor: str
    reason: str | None = None
    seen: Mapping[str, str | None] | None = None


def clear_overrides(connection: sa.Connection, entity: Entity, ids: Iterable[int], *, field: str, actor: str | None, now: datetime) -> int:
    """Let the sources' value of a field of some rows count again; returns over how many one stood. `actor` None: the sources agree with us."""
    mine = sa.and_(is_standing(entity, field=field), is_among(_OVERRIDES.c.entity_id, ids))
    found = list(connection.execute(sa.select(_OVERRIDES.c.id).where(mine)).scalars())
    if found:
        connection.execute(sa.update(_OVERRIDES).where(is_among(_OVERRIDES.c.id, found)).values(cleared_at=now, cleared_by=actor))
        end_conflicts(connection, found, now=now)
    return len(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the sources say now of a field over which a value of ours stands; `connection_id` is whose value it is, None: nobody's.

    `has_changed`: that is something else than they said before. `now` is what each source says, by the id of its reference, where there may be
    several; None: there is one. `is_said`: a source of the row itself has just said something. Otherwise customers were made one, or two
    again, or a source of another customer that is one with it has spoken: then nothing ends for good, for that can be taken back.
    """

    override: Override
    theirs: str | None
    connection_id: int | None
    has_changed: bool
    is_said: bool
    now: Mapping[str, str | None] | None = None


def judge(connection: sa.Connection, entity: Entity, difference: Difference, *, rules: Mapping[str, ConflictDecision], now: datetime) -> bool:
    """Bring an override and its conflict in line with what the sources say now; returns whether it still stands."""
    override, theirs = difference.override, difference.theirs
    agrees = theirs == override.value or (override.field in DEEDS and theirs is None)
    decision = rules.get(override.field)
    _take_note(connection, difference)
    if not difference.has_changed or (agrees and not difference.is_said):
        end_conflicts(connection, [override.id], now=now)
        return True
    if agrees or decision is ConflictDecision.ALWAYS_THEIRS:
        if difference.is_said:
            clear_overrides(connection, entity, [override.entity_id], field=override.field, actor=None, now=now)
        return False
    if decision is not ConflictDecision.ALWAYS_OURS:
        _raise_conflict(connection, entity, difference, now=now)
    elif difference.is_said:
        restate(connection, override.id, theirs, seen=difference.now)
    return True


def restate(connection: sa.Connection, override_id: int, source_value: str | None, *, seen: Mapping[str, str | None] | None = None) -> None:
    """Let an override stand over this value of the sources from now on. `seen` None: what they say when it is next looked at is taken for it."""
    connection.execute(sa.update(_OVERRIDES).where(_OVERRIDES.c.id == override_id).values(source_value=source_value, seen=seen))


def _take_note(connection: sa.Connection, difference: Difference) -> None:
    """Remember what sources say that an override has not met yet, and forget those that no longer speak of its row."""
    if difference.now is None:
        return
    before = difference.override.seen
    seen = difference.now if before is None else {reference: before.get(reference, value) for reference, value in difference.now.items()}
    if seen != before:
        connection.execute(sa.update(_OVERRIDES).where(_OVERRIDES.c.id == difference.override.id).values(seen=seen))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision was about: one field of some rows, and the conflicts that it closed."""

    entity: Entity
    field: str
    ids: Collection[int]
    conflicts: Collection[int]


def decide(connection: sa.Connection, conflict_id: int, decision: ConflictDecision, *, actor: str, now: datetime) -> Decided:
    """Close an open conflict as a person decides: for this time, or for every time, and then all that are open about this field with it.

    Raises NotFoundError where there is no such conflict, ConflictError where it is not open any more.
    """
    columns = [_CONFLICTS.c[name] for name in ("id", "status", "entity", "entity_id", "field", "override_id", "theirs")]
    asked = connection.execute(sa.select(*columns).where(_CONFLICTS.c.id == conflict_id).with_for_update()).one_or_none()
    if asked is None:
        raise NotFoundError("there is no such conflict", path=("conflictId",))
    if asked.status is not ConflictStatus.OPEN:
        raise ConflictError("this conflict is decided already, or over", path=("conflictId",))
    found: Sequence[Any] = [asked]
    if decision in _FOR_EVERY_TIME:
        set_rule(connection, asked.entity, asked.field, decision=decision, actor=actor, now=now)
        same = sa.and_(_CONFLICTS.c.entity == asked.entity, _CONFLICTS.c.field == asked.field, _CONFLICTS.c.status == sa.text("'OPEN'"))
        found = connection.execute(sa.select(*columns).where(same).order_by(_CONFLICTS.c.id)).all()
    closed = {"status": ConflictStatus.DECIDED, "decision": decision, "decided_at": now, "decided_by": actor}
    connection.execute(sa.update(_CONFLICTS).where(is_among(_CONFLICTS.c.id, [row.id for row in found])).values(**closed))
    decided = Decided(asked.entity, asked.field, {row.entity_id for row in found}, [row.id for row in found])
    if decision in _OURS:
        for row in found:
            restate(connection, row.override_id, _as_asked(asked.field, row.theirs))
    else:
        clear_overrides(connection, asked.entity, _as_one(connection, decided), field=asked.field, actor=actor, now=now)
    return decided


def _as_asked(field: str, theirs: str | None) -> str | None:
    """What a source said when a person decided: of a mark of being paid nobody is asked again only because time goes by."""
    return theirs.replace(NOT_ASKED, ASKED) if field == PAID and theirs is not None else theirs


def _as_one(connection: sa.Connection, decided: Decided) -> Collection[int]:
    """The rows, and of customers everyone who is one with them: what another of them says of the field is no longer ours either."""
    if decided.entity is not Entity.CUSTOMER:
        return decided.ids
    members = members_of(connection, set(counting_customers(connection, decided.ids).values()))
    return {member for some in members.values() for member in some}


def set_rule(connection: sa.Connection, entity: Entity, field: str, *, decision: ConflictDecision, actor: str, now: datetime) -> None:
    """Decide beforehand what becomes of a field whenever a source changes it while ours stands over it."""
    insert = insert_into(connection, _RULES).values(entity=entity, field=field, decision=decision, set_by=actor, set_at=now)
    values = {"decision": decision, "set_by": actor, "set_at": now}
    connection.execute(insert.on_conflict_do_update(index_elements=["entity", "field"], set_=values))


def clear_rule(connection: sa.Connection, rule_id: int) -> None:
    """Decide nothing beforehand any more: from now on each change is a conflict again."""
    connection.execute(sa.delete(_RULES).where(_RULES.c.id == rule_id))


def field_rules(connection: sa.Connection, entity: Entity) -> dict[str, ConflictDecision]:
    """What is decided beforehand, by field."""
    return {row[0]: row[1] for row in connection.execute(sa.select(_RULES.c.field, _RULES.c.decision).where(_RULES.c.entity == entity))}


def _raise_conflict(connection: sa.Connection, entity: Entity, difference: Difference, *, now: datetime) -> None:
    """One open conflict an override: the source's value of the moment."""
    override = difference.override
    is_open = sa.and_(_CONFLICTS.c.override_id == override.id, _CONFLICTS.c.status == ConflictStatus.OPEN)
    theirs = {"theirs": difference.theirs, "connection_id": difference.connection_id}
    if connection.execute(sa.update(_CONFLICTS).where(is_open).values(**theirs)).rowcount:
        return
    fresh = {"entity": entity, "entity_id": override.entity_id, "field": override.field, "override_id": override.id}
    values = {"ours": override.value, "was": override.source_value, "status": ConflictStatus.OPEN, "raised_at": now}
    connection.execute(sa.insert(_CONFLICTS).values(**fresh, **values, **theirs))


def end_conflicts(connection: sa.Connection, overrides: Iterable[int], *, now: datetime) -> None:
    """Close the open conflicts of some overrides: there is nothing to decide of them at present."""
    is_open = sa.and_(is_among(_CONFLICTS.c.override_id, overrides), _CONFLICTS.c.status == ConflictStatus.OPEN)
    connection.execute(sa.update(_CONFLICTS).where(is_open).values(status=ConflictStatus.OVER, decided_at=now))
