"""What a rule means on one day in one workspace, said so that all that it asks of a field can be told against each other; and which values there can be.

A day that is counted from today is then one of the calendar, a window is a range, and `base` is a currency.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from rules.axes import Case, Key, can_be
from rules.comparing import Asked, Terms
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Operator
from rules.model import All, Any, Comparison, Expression, Not, Related, Total
from rules.values import Amount, Day, Value

_WHOLE = frozenset({FieldType.WHOLE_NUMBER, FieldType.DATE})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words of a rule, and its fields, are. Rules were checked, so that their fields are in the catalogue."""

    terms: Terms
    catalogue: FieldCatalogue

    def plain(self, expression: Expression) -> Expression:
        """A rule that holds of the same on the day, in plain words."""
        match expression:
            case All(parts):
                return All(tuple(map(self.plain, parts)))
            case Any(parts):
                return Any(tuple(map(self.plain, parts)))
            case Not(part):
                return Not(self.plain(part))
            case Comparison():
                return self._plain_comparison(expression)
            case Related() | Total():
                return expression

    def possible(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Those of the cases that can be: a field has one value at once, and what has nothing between its steps is tried at the step on either side."""
        for case in cases:
            steps = {key: step for key, point in case.items() if isinstance(point, Fraction) and (step := self._step(key)) is not None and point % step}
            for to_step in (floor, ceil) if steps else (floor,):
                tried = {**case, **{key: to_step(case[key] / step) * step for key, step in steps.items()}}
                if can_be(tried, self._lies_on_one_axis):
                    yield tried

    def _plain_comparison(self, comparison: Comparison) -> Expression:
        field = self.catalogue.get(comparison.field)
        if comparison.operator in {Operator.INCLUDES, Operator.EXCLUDES}:
            return _among(comparison, field)
        asked = Asked(field, comparison.operator, comparison.values, self.terms)
        values: tuple[Value, ...] = tuple(Day(day) for day in asked.days) if field.type is FieldType.DATE else tuple(map(self._named, comparison.values))
        operator = Operator.BETWEEN if comparison.operator is Operator.WITHIN else comparison.operator
        return replace(comparison, operator=operator, values=values)

    def _named(self, value: Value) -> Value:
        return replace(value, currency=self.terms.currency(value.currency)) if isinstance(value, Amount) else value

    def _step(self, key: Key) -> Fraction | None:
        """What the values of an axis differ by at least: a day, a whole number, a minor unit of the currency; None: by as little as one likes."""
        kind = self.catalogue.get(str(key[1])).type
        if kind is FieldType.MONEY:
            return Fraction(1, 10 ** self.terms.exponent(str(key[3])))
        return Fraction(1) if kind in _WHOLE else None

    def _lies_on_one_axis(self, field: str) -> bool:
        """Whether all values of a field can be told against each other; amounts can be in currencies of which nothing is asked."""
        asked = self.catalogue.get(field)
        return not (asked.type is FieldType.MONEY and asked.currency is Currency.DOCUMENT)


def _among(comparison: Comparison, field: Field) -> Expression:
    """A choice among texts as one among equalities, where the field is one text at most; a set that is empty has none of what is excluded (B16)."""
    if field.type is FieldType.TEXT_SET and not field.is_single:
        return comparison
    is_one = Any(tuple(Comparison(field.id, Operator.EQUAL, (value,)) for value in comparison.values))
    if comparison.operator is Operator.INCLUDES:
        return is_one
    none = Not(is_one)
    return none if field.type is FieldType.TEXT_SET else All((Comparison(field.id, Operator.IS_SET), none))
