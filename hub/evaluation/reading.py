"""What a rule compares, read for one customer or document, with the verdict on each of its smallest parts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from hub.evaluation.book import are_standing
from hub.evaluation.rows import Rows
from hub.health.figures import ratio
from hub.money import Money
from rules.dialects import decimal_order
from rules.fields import Field, FieldType
from rules.model import ALWAYS, Comparison, Leaf, Related, Total
from rules.stored import Age, Column, Elements, Instant, Minor, Numeral, Plain, Ratio

MOST_NAMED = 20
"""How many related objects are named for one part of a rule."""

Value = Money | Decimal | int | date | bool | str | tuple[str, ...] | None
"""The value of a field; None: it is missing. A set is a tuple of its members, in the order of their texts."""

OneValue = Plain | Minor | Instant | Age | Ratio | Numeral
"""How the store holds a field that is no set of rows."""

Record = Sequence[Any]
Make = Callable[[Record], Value]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was asked of related objects: how many there are, of how many the condition holds, and the keys of some of these, the lowest first."""

    relation: str
    count: int
    holding: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one of the smallest parts of a rule: whether it holds, the value behind it, and what was counted for it."""

    holds: bool
    value: Value = None
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class LeafReader:
    """Reads the smallest parts of rules for one row, found by its key among fresh rows that are about it; reads once."""

    connection: sa.Connection
    rows: Rows
    key: int

    def read(self, leaves: Iterable[Leaf]) -> dict[Leaf, Reading] | None:
        """What is known of each of the parts; None where there is no such row, or none that rules range over.

        The verdicts are those of the predicates by which rules are evaluated, so that an explanation never says something else.
        """
        rows = self.rows
        asked = list(dict.fromkeys(leaves))
        columns: list[Column] = [sa.case((predicate, 1), else_=0) for predicate in rows.predicates(asked)]
        makes: dict[Leaf, Make] = {leaf: self._value(leaf, columns) for leaf in asked if isinstance(leaf, Comparison)}
        found = self.connection.execute(
            sa.select(sa.literal(1), *columns).select_from(rows.from_clause()).where(rows.key == self.key, are_standing(rows))
        ).first()
        if found is None:
            return None
        record = found[1:]
        verdicts = {leaf: bool(record[place]) for place, leaf in enumerate(asked)}
        return {
            leaf: Reading(holds, makes[leaf](record)) if isinstance(leaf, Comparison) else self._counted(leaf, holds=holds) for leaf, holds in verdicts.items()
        }

    def _counted(self, leaf: Related | Total, *, holds: bool) -> Reading:
        """How many related objects there are and for how many the condition holds, with what these add up to."""
        related, is_mine = self.rows.related(leaf.relation, self.key)
        (condition,) = related.predicates([ALWAYS if leaf.condition is None else leaf.condition])
        added = leaf if isinstance(leaf, Total) and leaf.field is not None else None
        columns = [sa.func.count(), sa.func.count(sa.case((condition, 1))), *([] if added is None else [related.sum_of(added, condition)])]
        record: Record = tuple(self.connection.execute(sa.select(*columns).select_from(related.from_clause()).where(is_mine)).one())
        named = sa.select(related.key).select_from(related.from_clause()).where(is_mine, condition).order_by(related.key).limit(MOST_NAMED)
        keys = tuple(self.connection.execute(named).scalars())
        counted = Counted(leaf.relation, record[0], record[1], keys)
        if added is None:
            return Reading(holds, counted.holding, counted)
        total: int = record[2] or 0
        return Reading(holds, total if added.currency is None else Money(total, related.facts.terms.currency(added.currency)), counted)

    def _value(self, leaf: Comparison, columns: list[Column]) -> Make:
        """What makes the value of a field from the record, its columns added to those that are read."""
        field = self.rows.kinds.catalogue.get(leaf.field)
        stored = self.rows.stored(field)
        if not isinstance(stored, Elements):
            return value_maker(self.rows, field, stored, columns=columns)
        elements, element = stored.rows, stored.element
        columns.append(sa.literal(None))
        return lambda _record: self._members(elements, element)

    def _members(self, elements: sa.Select[*tuple[Any, ...]], element: Column) -> tuple[str, ...]:
        members = elements.with_only_columns(element).where(self.rows.key == self.key, element.is_not(None)).correlate(None)
        return tuple(sorted(self.connection.execute(members.distinct()).scalars()))


def value_maker(rows: Rows, field: Field, stored: OneValue, *, columns: list[Column]) -> Make:
    """What makes the value of a field from the record, its columns added to those that are read."""
    place = len(columns)
    match stored:
        case Minor(amount, currency):
            base = rows.facts.basis.base_currency
            columns.extend((amount, sa.literal(base) if currency is None else currency))
            return lambda record: None if record[place] is None or record[place + 1] is None else Money(record[place], record[place + 1])
        case Ratio(part, whole, factor):
            columns.extend((part, whole))
            return lambda record: None if record[place] is None else ratio(factor * record[place], record[place + 1])
        case Instant(moment):
            columns.append(moment)
            zone = rows.facts.basis.zone
            return lambda record: None if record[place] is None else record[place].astimezone(zone).date()
        case Numeral(text):
            columns.append(sa.case((decimal_order(text, Fraction(0)).is_not(None), text)))
            return lambda record: None if record[place] is None else Decimal(record[place])
        case Plain(value) | Age(_, value):
            columns.append(value)
            return _plain_value(field, place)


def _plain_value(field: Field, place: int) -> Make:
    """Texts of a set are one member or none; a yes or no is 1 or 0 on SQLite."""
    if field.type is FieldType.TEXT_SET:
        return lambda record: () if record[place] is None else (record[place],)
    if field.type is FieldType.BOOLEAN:
        return lambda record: None if record[place] is None else bool(record[place])
    if field.type is FieldType.DATE:
        return lambda record: _day(record[place])
    return lambda record: record[place]


def _day(value: date | str | None) -> date | None:
    """A day, which a custom field has as a text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
