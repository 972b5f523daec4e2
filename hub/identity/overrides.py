"""Values that people set over a source's, and the conflicts that arise when the source changes its own (B9, B10).

An override stands until the source's value itself changes. Then the two are a conflict: ours stands until a person decides, unless a
rule for the field has decided already. When the source comes to say what we say, or what it had said before, there is nothing to decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.identity.settable import VOID
from hub.model import FieldConflict, FieldOverride, FieldRule, table_of
from hub.store.bulk import insert_into
from hub.store.lookup import is_among
from hub.vocabulary import ConflictDecision, ConflictStatus, Entity

_OVERRIDES = table_of(FieldOverride)
_CONFLICTS = table_of(FieldConflict)
_RULES = table_of(FieldRule)


@dataclass(frozen=True, slots=True)
class Override:
    """A value that stands over the sources'. `value` and `source_value` are JSON texts, None: no value."""

    id: int
    entity_id: int
    field: str
    value: str | None
    source_value: str | None
    set_at: datetime


def standing_overrides(connection: sa.Connection, entity: Entity, ids: Iterable[int]) -> dict[int, list[Override]]:
    """The overrides of some rows, by row, oldest first."""
    columns = (_OVERRIDES.c[name] for name in ("id", "entity_id", "field", "value", "source_value", "set_at"))
    standing = sa.and_(_OVERRIDES.c.entity == entity, is_among(_OVERRIDES.c.entity_id, ids), _OVERRIDES.c.cleared_at.is_(None))
    found: dict[int, list[Override]] = defaultdict(list)
    for row in connection.execute(sa.select(*columns).where(standing).order_by(_OVERRIDES.c.id)):
        found[row.entity_id].append(Override(*row))
    return found


def set_override(connection: sa.Connection, entity: Entity, entity_id: int, *, override: "NewOverride", now: datetime) -> int:
    """Let a value stand over the sources'; one that stood there before is cleared, its conflict with it. Returns the id."""
    clear_override(connection, entity, entity_id, field=override.field, actor=override.actor, now=now)
    values = {"field": override.field, "value": override.value, "source_value": override.source_value, "reason": override.reason, "set_by": override.actor}
    insert = sa.insert(_OVERRIDES).values(entity=entity, entity_id=entity_id, **values, set_at=now)
    return int(connection.execute(insert.returning(_OVERRIDES.c.id)).scalar_one())


@dataclass(frozen=True, slots=True)
class NewOverride:
    """What a person says of a field; `value` and what the sources say now are JSON texts, None: no value."""

    field: str
    value: str | None
    source_value: str | None
    actor: str
    reason: str | None = None


def clear_override(connection: sa.Connection, entity: Entity, entity_id: int, *, field: str, actor: str | None, now: datetime) -> bool:
    """Let the sources' value count again; returns whether something stood over it. `actor` None: the sources agree with us."""
    standing = sa.and_(_OVERRIDES.c.entity == entity, _OVERRIDES.c.entity_id == entity_id, _OVERRIDES.c.field == field, _OVERRIDES.c.cleared_at.is_(None))
    found = list(connection.execute(sa.select(_OVERRIDES.c.id).where(standing)).scalars())
    if not found:
        return False
    connection.execute(sa.update(_OVERRIDES).where(is_among(_OVERRIDES.c.id, found)).values(cleared_at=now, cleared_by=actor))
    _end_conflicts(connection, found, now=now)
    return True


@dataclass(frozen=True, slots=True)
class Difference:
    """What the sources say now of a field over which a value of ours stands; `connection_id` is whose value it is, None: nobody's.

    `is_said`: a source has just said something. Otherwise customers were made one, or two again: then nothing ends for good, for that can
    be taken back.
    """

    override: Override
    theirs: str | None
    connection_id: int | None
    is_said: bool


def judge(connection: sa.Connection, entity: Entity, difference: Difference, *, rules: Mapping[str, ConflictDecision], now: datetime) -> bool:
    """Bring an override and its conflict in line with what the sources say now; returns whether it still stands."""
    override, theirs = difference.override, difference.theirs
    agrees = theirs == override.value or (override.field == VOID and theirs is None)
    decision = rules.get(override.field)
    if theirs == override.source_value or (agrees and not difference.is_said):
        _end_conflicts(connection, [override.id], now=now)
        return True
    if agrees or decision is ConflictDecision.ALWAYS_THEIRS:
        if difference.is_said:
            clear_override(connection, entity, override.entity_id, field=override.field, actor=None, now=now)
        return False
    if decision is not ConflictDecision.ALWAYS_OURS:
        _raise_conflict(connection, entity, difference, now=now)
    elif difference.is_said:
        restate(connection, override.id, theirs)
    return True


def restate(connection: sa.Connection, override_id: int, source_value: str | None) -> None:
    """Let an override stand over this value of the sources from now on."""
    connection.execute(sa.update(_OVERRIDES).where(_OVERRIDES.c.id == override_id).values(source_value=source_value))


def decide(connection: sa.Connection, conflict_id: int, decision: ConflictDecision, *, actor: str, now: datetime) -> tuple[Entity, int, str]:
    """Close an open conflict as a person decides, for this time or for every time; returns the row and the field that it is about.

    Raises NotFoundError where there is no such conflict, ConflictError where it is not open any more.
    """
    columns = (_CONFLICTS.c[name] for name in ("status", "entity", "entity_id", "field", "override_id", "theirs"))
    found = connection.execute(sa.select(*columns).where(_CONFLICTS.c.id == conflict_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFoundError("there is no such conflict", path=("conflictId",))
    if found.status is not ConflictStatus.OPEN:
        raise ConflictError("this conflict is decided already, or over", path=("conflictId",))
    closed = {"status": ConflictStatus.DECIDED, "decision": decision, "decided_at": now, "decided_by": actor}
    connection.execute(sa.update(_CONFLICTS).where(_CONFLICTS.c.id == conflict_id).values(**closed))
    if decision in {ConflictDecision.KEEP_OURS, ConflictDecision.ALWAYS_OURS}:
        restate(connection, found.override_id, found.theirs)
    else:
        clear_override(connection, found.entity, found.entity_id, field=found.field, actor=actor, now=now)
    if decision in {ConflictDecision.ALWAYS_OURS, ConflictDecision.ALWAYS_THEIRS}:
        set_rule(connection, found.entity, found.field, decision=decision, actor=actor, now=now)
    return found.entity, found.entity_id, found.field


def set_rule(connection: sa.Connection, entity: Entity, field: str, *, decision: ConflictDecision, actor: str, now: datetime) -> None:
    """Decide beforehand what becomes of a field whenever a source changes it while ours stands over it."""
    insert = insert_into(connection, _RULES).values(entity=entity, field=field, decision=decision, set_by=actor, set_at=now)
    values = {"decision": decision, "set_by": actor, "set_at": now}
    connection.execute(insert.on_conflict_do_update(index_elements=["entity", "field"], set_=values))


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


def _end_conflicts(connection: sa.Connection, overrides: Iterable[int], *, now: datetime) -> None:
    is_open = sa.and_(is_among(_CONFLICTS.c.override_id, overrides), _CONFLICTS.c.status == ConflictStatus.OPEN)
    connection.execute(sa.update(_CONFLICTS).where(is_open).values(status=ConflictStatus.OVER, decided_at=now))
