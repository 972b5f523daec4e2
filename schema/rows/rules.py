"""Rule sets, and what they come to for customers and invoices (RF9, RF10)."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from hub.access.policy import FIGURES_READERS
from hub.access.principal import Principal
from hub.access.rows import row_predicate
from hub.evaluation.evaluating import counts_of
from hub.evaluation.rows import Rows
from hub.evaluation.rule_sets import KnownRuleSet, matches_of, read_rule_set
from hub.model import Invoice, RuleSet, RuleSetVersion, table_of
from hub.vocabulary import RuleLevel, RuleSetState
from rules.document import to_document
from rules.errors import RuleError
from rules.fields import Level
from rules.parsing import parse_rule
from schema.plan.declaring import column, computed, expression_of, id_of, many
from schema.plan.mapping import ManyField, OneField, RowType, Scope, ValueField
from schema.plan.reading import Reading
from schema.rows.rule_filters import OF_DOCUMENTS

_INVOICES = table_of(Invoice)
_SETS = table_of(RuleSet)
_VERSIONS = table_of(RuleSetVersion)

# --- what rule sets come to -----------------------------------------------------------------------


def _customer_matches(reading: Reading) -> sa.FromClause:
    facts = reading.facts if reading.customers is None else reading.facts.of_customers(reading.customers)
    rows = reading.known_rules.book.customers(facts)
    return matches_of(reading.known_rules.sets_of(Level.CUSTOMER), rows, _wanted(rows, reading)).subquery()


def _invoice_matches(reading: Reading) -> sa.FromClause:
    facts = reading.facts
    if reading.customers is not None:
        facts = facts.of_customers(sa.select(_INVOICES.c.customer_id).where(_INVOICES.c.id.in_(reading.customers)))
    rows = reading.known_rules.book.invoices(facts)
    return matches_of(reading.known_rules.sets_of(*OF_DOCUMENTS), rows, _wanted(rows, reading)).subquery()


def _wanted(rows: Rows, reading: Reading) -> sa.ColumnElement[bool]:
    return sa.true() if reading.customers is None else rows.key.in_(reading.customers)


def _readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.true() if FIGURES_READERS.allows(principal) else sa.false()


def _of(name: str) -> Callable[[Scope], sa.ColumnElement[Any]]:
    return lambda scope: scope.c[name]


def _matches(name: str, what: str, relation: Callable[[Reading], sa.FromClause]) -> RowType:
    return RowType(
        name=name,
        description=f"A rule set that holds for {what}, or of which nobody knows.",
        relation=relation,
        readable=_readable,
        key="rule_set_id",
        fields={
            "ruleSet": OneField(type="RuleSet", description="The rule set.", target="RuleSet", key=_of("rule_set_id")),
            "state": computed("RuleMatchState!", "Whether it holds, or cannot be evaluated.", needs=(_of("state"),)),
        },
    )


CUSTOMER_RULE_MATCH = _matches("CustomerRuleMatch", "a customer", _customer_matches)
INVOICE_RULE_MATCH = _matches("InvoiceRuleMatch", "an invoice", _invoice_matches)


def matching_rule_sets(target: RowType) -> ManyField:
    """The rule sets that match a row; those that do not match are not among them, and broken ones are UNKNOWN."""
    return ManyField(
        type=f"[{target.name}!]!",
        description="The rule sets that hold for it on the list's day, else today; one that is broken is among them as UNKNOWN.",
        target=target.name,
        foreign="owner_id",
        order=("rule_set_name", "rule_set_id"),
        list_size=5,
        cost=5,
    )


# --- rule sets ------------------------------------------------------------------------------------


def _state_of(reading: Reading) -> Callable[[int, str, str], str]:
    def state(key: int, level: str, text: str) -> str:
        return (RuleSetState.USABLE if _read(reading, key, level, text).rule is not None else RuleSetState.BROKEN).value

    return state


def _problem_of(reading: Reading) -> Callable[[int, str, str], str | None]:
    return lambda key, level, text: _read(reading, key, level, text).problem


def _read(reading: Reading, key: int, *columns: str) -> KnownRuleSet:
    level, text = columns
    return read_rule_set(reading.known_rules.book, key, RuleLevel(level), text)


def _document(text: str) -> Mapping[str, object] | None:
    try:
        return to_document(parse_rule(text))
    except RuleError:
        return None


def _counts(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """One row with a count for each rule set that can be evaluated: one scan of the customers and one of the invoices."""
    return _all_counts(scope.reading), sa.true()


def _all_counts(reading: Reading) -> sa.Subquery:
    rules, facts = reading.known_rules, reading.facts
    parts: list[sa.Subquery] = []
    for levels, rows in (((Level.CUSTOMER,), rules.book.customers(facts)), (OF_DOCUMENTS, rules.book.invoices(facts))):
        usable = [(known.id, known.rule) for known in rules.sets_of(*levels) if known.rule is not None]
        if usable:
            counted = counts_of([rule for _, rule in usable], rows, names=[f"count_{key}" for key, _ in usable])
            parts.append(counted.subquery())
    if not parts:
        return sa.select(sa.literal(1).label("no_count")).subquery()
    joined: sa.FromClause = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, sa.true())
    return sa.select(*(column for part in parts for column in part.c)).select_from(joined).subquery()


def _match_count(scope: Scope) -> sa.ColumnElement[Any]:
    counts = scope.join("counts")
    found = [(scope.c.id == int(column.name.removeprefix("count_")), column) for column in counts.c if column.name.startswith("count_")]
    return sa.case(*found, else_=sa.null()) if found else sa.cast(sa.null(), sa.Integer)


_KEY = (expression_of(RuleSet.id), expression_of(RuleSet.level), expression_of(RuleSet.rule))

RULE_SET = RowType(
    name="RuleSet",
    description="A rule with a name, used again and again.",
    relation=lambda reading: reading.rows_of(_SETS),
    readable=row_predicate,
    is_node=True,
    joins={"counts": _counts},
    fields={
        "id": id_of("RuleSet"),
        "name": column(RuleSet.name, "Its name, which no other one has.", filtered=True, ordered=True),
        "description": column(RuleSet.description, "What it is for."),
        "level": column(RuleSet.level, "What it is about.", filtered=True),
        "rule": column(RuleSet.rule, "The rule as a text."),
        "document": computed("JSON", "The rule as a document; null where it cannot be read any longer.", needs=(_KEY[2],), make=_document),
        "version": column(RuleSet.version, "The number of its current version, counted from 1."),
        "state": ValueField(type="RuleSetState!", description="Whether it can be evaluated.", needs=_KEY, make_for=_state_of),
        "problem": ValueField(type="String", description="Why it is broken; null: it is not.", needs=_KEY, make_for=_problem_of),
        "matchCount": ValueField(
            type="Int",
            description="For how many customers, or invoices, it holds right now; null: it is broken, or deleted. All rule sets are counted in one scan.",
            needs=(_match_count,),
            cost=20,
        ),
        "versions": many("RuleSetVersion", RuleSetVersion.rule_set_id, "What it was before, the first version first.", order=(RuleSetVersion.version,)),
        "isDeleted": column(RuleSet.is_deleted, "Whether it is deleted. Lists leave such ones out unless this filter is used.", filtered=True),
        "createdBy": column(RuleSet.created_by, "Who made it."),
        "createdAt": column(RuleSet.created_at, "When it was made.", filtered=True, ordered=True),
        "updatedAt": column(RuleSet.updated_at, "When it last changed.", filtered=True, ordered=True),
    },
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
    default_order=(("NAME", False),),
)

RULE_SET_VERSION = RowType(
    name="RuleSetVersion",
    description="What a rule set was from one change to the next.",
    relation=lambda reading: reading.rows_of(_VERSIONS),
    readable=row_predicate,
    fields={
        "version": column(RuleSetVersion.version, "Its number, counted from 1."),
        "name": column(RuleSetVersion.name, "The name."),
        "description": column(RuleSetVersion.description, "What it was for."),
        "rule": column(RuleSetVersion.rule, "The rule as a text."),
        "reason": column(RuleSetVersion.reason, "Why, in the words of who made it; null: nobody said."),
        "madeBy": column(RuleSetVersion.made_by, "Who made it."),
        "madeAt": column(RuleSetVersion.made_at, "From when on it counted."),
    },
)
