"""Commands about rule sets: each change is a version, and none is lost."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held
from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError
from hub.evaluation.asking import usable_rule
from hub.evaluation.book import book_of
from hub.model import RuleSet, RuleSetVersion, table_of
from hub.store.lock import name_rules_alone
from hub.vocabulary import RuleLevel, UserErrorCode
from rules.fields import Level
from rules.writing import write_rule

_SETS = table_of(RuleSet)
_VERSIONS = table_of(RuleSetVersion)
_ENTITY = "RuleSet"
LONGEST_NAME, LONGEST_DESCRIPTION = 200, 1_000
MOST_SETS, MOST_CHARACTERS_TOGETHER = 500, 200_000
"""All rule sets are counted by one statement, and a database takes only so many columns and values in one."""


def create(context: CommandContext, *, name: str, level: RuleLevel, rule: Mapping[str, Any], description: str | None = None) -> Outcome:
    """Keep a rule under a name."""
    values: dict[str, Any] = {"name": _name(name), "description": _description(description), "rule": _rule(context, level, rule)}
    name_rules_alone(context.connection)
    _require_free(context, values["name"])
    _require_room(context, values["rule"])
    made = {**values, "folded_name": name.strip().casefold(), "level": level, "version": 1, "is_deleted": False, "created_by": context.by}
    key = context.connection.execute(sa.insert(_SETS).values(**made, created_at=context.now, updated_at=context.now).returning(_SETS.c.id)).scalar_one()
    _add_version(context, key, 1, values=values)
    return Outcome(shown={"ruleSet": key}, effects=[Effect(_ENTITY, key, {name: (None, value) for name, value in values.items()})])


def update(
    context: CommandContext,
    *,
    id: int,  # noqa: A002 - the name of the input's field
    **given: Any,  # noqa: ANN401 - the fields of the input
) -> Outcome:
    """Say something else of a rule set. What is not given stays; where nothing changes there is no new version."""
    name_rules_alone(context.connection)
    found = _held(context, id)
    _require_version(found, given.pop("version", None))
    values: dict[str, Any] = {}
    if given.get("name") is not None:
        values["name"] = _name(given["name"])
        _require_free(context, values["name"], but=id)
    if "description" in given:
        values["description"] = _description(given["description"])
    if given.get("rule") is not None:
        values["rule"] = _rule(context, found.level, given["rule"])
        _require_room(context, values["rule"], but=id)
    return _change(context, found, values)


def delete(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Delete a rule set; its versions are kept, and it can be restored."""
    found = _held(context, id)
    context.connection.execute(sa.update(_SETS).where(_SETS.c.id == found.id).values(is_deleted=True, updated_at=context.now))
    return Outcome(shown={"ruleSet": id}, effects=[Effect(_ENTITY, id, {"isDeleted": (False, True)})])


def restore(context: CommandContext, *, id: int, version: int | None = None) -> Outcome:  # noqa: A002 - the same
    """Bring back a deleted rule set, or what it was in an earlier version, which becomes a new one."""
    name_rules_alone(context.connection)
    found = held(context, RuleSet, id)
    if not found.is_deleted and version is None:
        raise ConflictError("it is not deleted: name the version that is to be restored", path=("version",))
    wanted = found.version if version is None else version
    older = context.connection.execute(sa.select(_VERSIONS).where(_VERSIONS.c.rule_set_id == id, _VERSIONS.c.version == wanted)).first()
    if older is None:
        raise NotFoundError(f"there is no version {wanted}: the latest is {found.version}", path=("version",))
    _require_free(context, older.name, but=id)
    _rule(context, found.level, {"text": older.rule}, path=("version",))
    _require_room(context, older.rule, but=id)
    context.connection.execute(sa.update(_SETS).where(_SETS.c.id == id).values(is_deleted=False, updated_at=context.now))
    outcome = _change(context, found, {"name": older.name, "description": older.description, "rule": older.rule})
    was_deleted = [Effect(_ENTITY, id, {"isDeleted": (True, False)})] if found.is_deleted else []
    return Outcome(shown=outcome.shown, effects=[*was_deleted, *outcome.effects])


def _change(context: CommandContext, found: Any, values: Mapping[str, Any]) -> Outcome:  # noqa: ANN401 - a row of rule sets
    changed = {name: value for name, value in values.items() if value != getattr(found, name)}
    if not changed:
        return Outcome(shown={"ruleSet": found.id})
    version = found.version + 1
    row: dict[str, Any] = {**changed, "version": version, "updated_at": context.now}
    if "name" in changed:
        row["folded_name"] = changed["name"].casefold()
    context.connection.execute(sa.update(_SETS).where(_SETS.c.id == found.id).values(**row))
    whole = {name: changed.get(name, getattr(found, name)) for name in ("name", "description", "rule")}
    _add_version(context, found.id, version, values=whole)
    effects = {name: (getattr(found, name), value) for name, value in changed.items()} | {"version": (found.version, version)}
    return Outcome(shown={"ruleSet": found.id}, effects=[Effect(_ENTITY, found.id, effects)])


def _add_version(context: CommandContext, key: int, version: int, *, values: Mapping[str, Any]) -> None:
    row = {**values, "rule_set_id": key, "version": version, "reason": context.reason, "made_by": context.by, "made_at": context.now}
    context.connection.execute(sa.insert(_VERSIONS).values(**row))


def _held(context: CommandContext, key: int) -> Any:  # noqa: ANN401 - a row of rule sets
    found = held(context, RuleSet, key)
    if found.is_deleted:
        raise ConflictError("it is deleted: restore it first", path=("id",))
    return found


def _require_version(found: Any, version: int | None) -> None:  # noqa: ANN401 - the same
    """Keep two who change a rule set at once from overwriting each other, where they say which version they saw."""
    if version is not None and version != found.version:
        raise ConflictError(f"it has been changed meanwhile: its version is {found.version}, not {version}", path=("version",))


def _require_free(context: CommandContext, name: str, *, but: int = 0) -> None:
    taken = sa.select(_SETS.c.id).where(_SETS.c.folded_name == name.casefold(), _SETS.c.is_deleted.is_(sa.false()), _SETS.c.id != but)
    if context.connection.execute(taken).first() is not None:
        raise ConflictError(f"another rule set is called {name!r}", path=("name",))


def _require_room(context: CommandContext, rule: str, *, but: int = 0) -> None:
    """Keep all rule sets together small enough to be counted by one statement."""
    others = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(_SETS.c.rule)), 0))
    count, characters = context.connection.execute(others.where(_SETS.c.is_deleted.is_(sa.false()), _SETS.c.id != but)).one()
    if count >= MOST_SETS:
        raise ConflictError(f"there are {count} rule sets, and there can be {MOST_SETS}: delete one that is no longer used")
    if characters + len(rule) > MOST_CHARACTERS_TOGETHER:
        message = f"the rules of all rule sets have {characters:,} characters without this one, and {MOST_CHARACTERS_TOGETHER:,} at most with it"
        raise ConflictError(f"{message}: shorten it, or delete one that is no longer used", path=("rule",))


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InputRefusedError([InputProblem(("name",), f"a name has from 1 to {LONGEST_NAME} characters", UserErrorCode.INVALID)])
    return name


def _description(text: str | None) -> str | None:
    description = (text or "").strip() or None
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        message = f"a description has at most {LONGEST_DESCRIPTION} characters"
        raise InputRefusedError([InputProblem(("description",), message, UserErrorCode.INVALID)])
    return description


def _rule(context: CommandContext, level: RuleLevel, given: Mapping[str, Any], *, path: tuple[str, ...] = ("rule",)) -> str:
    """The text of a rule that can be used, in the one form in which rules are written."""
    services = context.services
    book = book_of(services.fields, services.settings.workspace)
    return write_rule(usable_rule(book, Level[level.name], given, path=path))
