"""Rule sets as they are evaluated: what is kept, read against the catalogue of today, and what each comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.evaluation.book import RuleBook
from hub.evaluation.evaluating import flags_of
from hub.evaluation.rows import Rows
from hub.model import RuleSet, table_of
from hub.vocabulary import RuleLevel, RuleMatchState
from rules.errors import RuleError
from rules.fields import Level
from rules.model import Expression

_SETS = table_of(RuleSet)


@dataclass(frozen=True, slots=True)
class KnownRuleSet:
    """A rule set, read. `rule` None: it is broken, and `problem` says why."""

    id: int
    level: Level
    rule: Expression | None
    problem: str | None = None


def read_rule_sets(connection: sa.Connection, book: RuleBook) -> list[KnownRuleSet]:
    """The rule sets that are not deleted, by id."""
    query = sa.select(_SETS.c.id, _SETS.c.level, _SETS.c.rule).where(_SETS.c.is_deleted.is_(sa.false())).order_by(_SETS.c.id)
    return [read_rule_set(book, key, level, text) for key, level, text in connection.execute(query)]


def read_rule_set(book: RuleBook, key: int, level: RuleLevel, text: str) -> KnownRuleSet:  # noqa: PLR0917 - the columns of a row
    """A rule set from its columns."""
    about = Level[level.name]
    try:
        return KnownRuleSet(key, about, book.usable(text, about))
    except RuleError as error:
        return KnownRuleSet(key, about, None, str(error))


def matches_of(sets: Sequence[KnownRuleSet], rows: Rows, some: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """What rule sets come to for some rows: `owner_id`, `rule_set_id` and `state`, a RuleMatchState. Those that do not match have no row.

    All rules are one scan; a broken one is UNKNOWN for every row.
    """
    usable = [(known.id, known.rule) for known in sets if known.rule is not None]
    broken = [known.id for known in sets if known.rule is None]
    flags = flags_of([rule for _, rule in usable], rows, some)
    kept = _SETS.alias()
    holds = sa.case(*((kept.c.id == key, flags.flag(number)) for number, (key, _) in enumerate(usable)), else_=sa.false()) if usable else sa.false()
    is_broken = kept.c.id.in_(broken)
    state = sa.case((is_broken, sa.literal(RuleMatchState.UNKNOWN.value)), else_=sa.literal(RuleMatchState.MATCHES.value))
    of_sets = kept.c.id.in_([known.id for known in sets])
    return (
        sa.select(flags.rows.c.id.label("owner_id"), kept.c.id.label("rule_set_id"), kept.c.name.label("rule_set_name"), state.label("state"))
        .select_from(flags.rows.join(kept, of_sets))
        .where(sa.or_(is_broken, holds))
    )
