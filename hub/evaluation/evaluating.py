"""Which customers or documents rules hold for: one rule or hundreds in one scan, a bit for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sqlalchemy as sa

from hub.evaluation.book import are_standing
from hub.evaluation.rows import Rows
from hub.health.documents import ZERO
from rules.comparing import Predicate
from rules.model import Expression

BITS = 60
"""How many rules share one number; a 64-bit integer has room for them, and no sign is lost."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row for which at least one rule holds; bit n of `mask` is the n-th rule."""

    id: int
    mask: int

    def holds(self, number: int) -> bool:
        """Whether the rule of a number holds, counted from 0."""
        return bool(self.mask >> number & 1)


def matches(connection: sa.Connection, rules: Sequence[Expression], rows: Rows) -> list[Match]:
    """The rows for which any of the rules holds, by id."""
    if not rules:
        return []
    found = connection.execute(masks(rules, rows))
    return [Match(row[0], _joined(row[1:])) for row in found]


def masks(rules: Sequence[Expression], rows: Rows) -> sa.Select[*tuple[Any, ...]]:
    """The statement behind `matches`: `id` and a mask for each BITS rules, of the rows that have any bit."""
    predicates = rows.predicates(rules)
    columns = [_mask(predicates[start : start + BITS]).label(f"mask_{start // BITS}") for start in range(0, len(predicates), BITS)]
    scan = sa.select(rows.key.label("id"), *columns).select_from(rows.from_clause()).where(are_standing(rows))
    once = scan.offset(ZERO).subquery()  # neither planner takes an offset apart, so that each mask is computed once
    some = sa.or_(*(once.c[column.name] != 0 for column in columns))
    return sa.select(once).where(some).order_by(once.c.id)


def matching_ids(rule: Expression, rows: Rows) -> sa.Select[tuple[int]]:
    """Selects the ids of the rows for which a rule holds."""
    (predicate,) = rows.predicates([rule])
    return sa.select(rows.key).select_from(rows.from_clause()).where(are_standing(rows), predicate)


def count_matches(connection: sa.Connection, rules: Sequence[Expression], rows: Rows) -> list[int]:
    """For how many rows each rule holds, in one scan (RF9)."""
    if not rules:
        return []
    counts = [sa.func.count(sa.case((predicate, 1))) for predicate in rows.predicates(rules)]
    return list(connection.execute(sa.select(*counts).select_from(rows.from_clause()).where(are_standing(rows))).one())


def _mask(predicates: Sequence[Predicate]) -> sa.ColumnElement[int]:
    bits: list[sa.ColumnElement[int]] = [
        sa.case((predicate, sa.literal(1 << number, sa.BigInteger)), else_=sa.literal(0, sa.BigInteger)) for number, predicate in enumerate(predicates)
    ]
    return reduce(lambda one, other: one + other, bits)


def _joined(parts: Sequence[int]) -> int:
    return sum(part << BITS * number for number, part in enumerate(parts))
