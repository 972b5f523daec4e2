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
    if len(rules) <= BITS:
        return [Match(key, mask) for key, mask in found]
    return [Match(row[0], _joined(row[1:])) for row in found]


@dataclass(frozen=True, slots=True)
class Flags:
    """Rows with the verdicts of several rules: a relation with `id` and masks, which the database computes once a row."""

    rows: sa.Subquery

    def flag(self, number: int) -> Predicate:
        """Whether the rule of a number holds for a row, counted from 0."""
        mask = self.rows.c[f"mask_{number // BITS}"]
        return mask.bitwise_and(sa.literal(1 << number % BITS, sa.BigInteger)) != 0


def flags_of(rules: Sequence[Expression], rows: Rows, some: Predicate | None = None) -> Flags:
    """The verdicts of all rules over the rows that stand, `some` of them; one scan."""
    predicates = rows.predicates(rules)
    columns = [_mask(predicates[start : start + BITS]).label(f"mask_{start // BITS}") for start in range(0, len(predicates), BITS)]
    scan = sa.select(rows.key.label("id"), *columns).select_from(rows.from_clause()).where(are_standing(rows), *([] if some is None else [some]))
    return Flags(scan.offset(ZERO).subquery())  # neither planner takes an offset apart, so that each mask is computed once


def masks(rules: Sequence[Expression], rows: Rows) -> sa.Select[*tuple[Any, ...]]:
    """The statement behind `matches`: `id` and a mask for each BITS rules, of the rows that have any bit."""
    once = flags_of(rules, rows).rows
    return sa.select(once).where(sa.or_(*(column != 0 for column in once.c if column.name != "id"))).order_by(once.c.id)


def matching_ids(rule: Expression, rows: Rows) -> sa.Select[tuple[int]]:
    """Selects the ids of the rows for which a rule holds."""
    (predicate,) = rows.predicates([rule])
    return sa.select(rows.key).select_from(rows.from_clause()).where(are_standing(rows), predicate).correlate(None)


def count_matches(connection: sa.Connection, rules: Sequence[Expression], rows: Rows) -> list[int]:
    """For how many rows each rule holds, in one scan (RF9)."""
    if not rules:
        return []
    return list(connection.execute(counts_of(rules, rows, names=[f"count_{number}" for number in range(len(rules))])).one())


def counts_of(rules: Sequence[Expression], rows: Rows, *, names: Sequence[str]) -> sa.Select[*tuple[Any, ...]]:
    """Selects one row with, under the name given for each rule, for how many rows it holds."""
    counts = [sa.func.count(sa.case((predicate, 1))).label(name) for predicate, name in zip(rows.predicates(rules), names, strict=True)]
    return sa.select(*counts).select_from(rows.from_clause()).where(are_standing(rows))


def _mask(predicates: Sequence[Predicate]) -> sa.ColumnElement[int]:
    bits: list[sa.ColumnElement[int]] = [
        sa.case((predicate, sa.literal(1 << number, sa.BigInteger)), else_=ZERO) for number, predicate in enumerate(predicates)
    ]
    return reduce(lambda one, other: one + other, bits)


def _joined(parts: Sequence[int]) -> int:
    return sum(part << BITS * number for number, part in enumerate(parts))
