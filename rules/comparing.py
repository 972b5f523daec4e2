"""One comparison as SQL: true where it holds, and false or NULL where it does not, a missing value included (B16).

Amounts and whole numbers are integers in the store. A bound between two integers is moved to the one that says the same, so that nothing is
rounded and an index serves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType

import sqlalchemy as sa

from rules.dialects import decimal_order, is_among, is_one_of, ratio_order
from rules.fields import Field, FieldType, Operator
from rules.stored import ZERO, Age, Column, Elements, Instant, Minor, Numeral, Plain, Ratio, Stored
from rules.values import BASE, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window

Predicate = sa.ColumnElement[bool]

_LEAST, _MOST = -(2**63), 2**63 - 1
_WHOLE, _DAY, _TEXT = sa.BigInteger(), sa.Date(), sa.String()
"""Made once: a dialect works out what it does with a type for each object of it."""

_FIRST_MOMENT, _LAST_MOMENT = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the words of a rule mean on one day. `exponent` gives the decimals of a currency (ISO 4217)."""

    today: date
    zone: tzinfo
    base_currency: str
    exponent: Callable[[str], int]

    def minor(self, amount: Amount) -> Fraction:
        """An amount in minor units, exactly; it may lie between two of them."""
        return Fraction(amount.value) * 10 ** self.exponent(self.currency(amount.currency))

    def currency(self, named: str) -> str:
        """The currency that is meant by what a rule names; `base` is the workspace's."""
        return self.base_currency if named == BASE else named

    def day(self, value: Day | RelativeDay) -> date:
        """The day of the calendar that is meant."""
        return value.value if isinstance(value, Day) else self.today + timedelta(days=value.days)

    def begins(self, day: date) -> datetime:
        """The moment at which a day begins in the workspace's time zone; the ends of the calendar are where they are in UTC."""
        try:
            return datetime.combine(day, time.min, self.zone).astimezone(UTC)
        except OverflowError:
            return _FIRST_MOMENT if day.year == date.min.year else _LAST_MOMENT

    def ends(self, day: date) -> datetime:
        """The moment at which a day has ended, exclusive."""
        return _LAST_MOMENT if day == date.max else self.begins(day + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks of a field; the rule was checked, so that the operator and the values fit it."""

    field: Field
    operator: Operator
    values: Sequence[Value]
    terms: Terms

    @property
    def days(self) -> Sequence[date]:
        """The days that are meant: one, or the two ends of a range."""
        if self.operator is Operator.WITHIN:
            (window,) = (value for value in self.values if isinstance(value, Window))
            return window.ends(self.terms.today, is_ahead=self.field.is_ahead)
        return [self.terms.day(value) for value in self.values if isinstance(value, Day | RelativeDay)]

    @property
    def amounts(self) -> Sequence[Amount]:
        """The amounts that are meant, all in one currency."""
        return [value for value in self.values if isinstance(value, Amount)]

    @property
    def numbers(self) -> Sequence[Fraction]:
        """The numbers that are meant, exactly."""
        return [Fraction(value.value) for value in self.values if isinstance(value, Number)]

    @property
    def texts(self) -> Sequence[str]:
        """The texts that are meant, without those that no database can hold: nothing is like one with a NUL."""
        return [value.value for value in self.values if isinstance(value, Text) and "\x00" not in value.value]


def compare(stored: Stored, asked: Asked) -> Predicate:
    """A field held against values."""
    if asked.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        found = is_set(stored)
        return found if asked.operator is Operator.IS_SET else sa.not_(found)
    return _of_value(stored, asked)


def _of_value(stored: Stored, asked: Asked) -> Predicate:
    match stored:
        case Elements():
            return _of_elements(stored, asked)
        case Minor():
            return _of_amount(stored, asked)
        case Instant(moment):
            return _of_moment(moment, asked)
        case Age(day):
            return _days_before(asked.terms.today).compare(day, asked.operator, asked.numbers)
        case Ratio() | Numeral():
            return _of_fraction(stored, asked)
        case Plain(value):
            return _of_plain(value, asked)


def is_set(stored: Stored) -> Predicate:
    """Whether there is a value; never NULL."""
    match stored:
        case Elements(rows, element):
            return sa.exists(rows.where(element.is_not(None)))
        case Ratio(part, whole):
            return sa.and_(part.is_not(None), whole.is_not(None), whole != 0)
        case Numeral(text):
            return decimal_order(text, Fraction(0)).is_not(None)
        case Minor(value) | Instant(value) | Age(value) | Plain(value):
            return value.is_not(None)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where whole numbers lie, both ends included, and what stands for each of them. `is_backwards`: for a larger one stands what is less."""

    least: int
    most: int
    at: Callable[[int], Column]
    is_backwards: bool = False

    def compare(self, column: Column, operator: Operator, bounds: Sequence[Fraction]) -> Predicate:
        """A number of the scale against exact bounds; one beyond its ends is less or more than every number."""
        if operator is Operator.BETWEEN:
            return self._between(column, *bounds)
        (bound,) = bounds
        if operator in {Operator.EQUAL, Operator.NOT_EQUAL}:
            can_be = bound.denominator == 1 and self.least <= bound <= self.most
            if operator is Operator.EQUAL:
                return column == self.at(int(bound)) if can_be else sa.false()
            return column != self.at(int(bound)) if can_be else column.is_not(None)
        whole = ceil(bound) if operator in {Operator.LESS, Operator.GREATER_OR_EQUAL} else floor(bound)
        if not self.least <= whole <= self.most:
            holds_of_all = (operator in {Operator.LESS, Operator.LESS_OR_EQUAL}) is (whole > self.most)
            return column.is_not(None) if holds_of_all else sa.false()
        signs = _SIGNS_BACKWARDS if self.is_backwards else _SIGNS
        return signs[operator](column, self.at(whole))

    def _between(self, column: Column, low: Fraction, high: Fraction) -> Predicate:
        """Within bounds, both included; the column, which may be long, is written once."""
        least, most = max(ceil(low), self.least), min(floor(high), self.most)
        first, last = (most, least) if self.is_backwards else (least, most)
        return column.between(self.at(first), self.at(last)) if least <= most else sa.false()


def compare_whole(column: Column, operator: Operator, bounds: Sequence[Fraction]) -> Predicate:
    """A whole number against exact bounds."""
    return _WHOLE_NUMBERS.compare(column, operator, bounds)


def _days_before(today: date) -> _Scale:
    """Numbers of days as the days that lie so many before today: the more of them, the earlier it is."""
    return _Scale((today - date.max).days, (today - date.min).days, lambda days: sa.literal(today - timedelta(days=days), _DAY), is_backwards=True)


def _of_amount(stored: Minor, asked: Asked) -> Predicate:
    """A document's amount is comparable where it is in the currency that the rule names."""
    predicate = compare_whole(stored.amount, asked.operator, [asked.terms.minor(amount) for amount in asked.amounts])
    return predicate if stored.currency is None else sa.and_(stored.currency == asked.terms.currency(asked.amounts[0].currency), predicate)


def _of_plain(value: Column, asked: Asked) -> Predicate:
    match asked.field.type:
        case FieldType.BOOLEAN:
            (flag,) = (value.value for value in asked.values if isinstance(value, Flag))
            return value.is_(sa.true() if flag is (asked.operator is Operator.EQUAL) else sa.false())
        case FieldType.DATE:
            return _of_day(value, asked)
        case FieldType.TEXT | FieldType.TEXT_SET:
            return _of_text(value, asked)
        case FieldType.MONEY | FieldType.WHOLE_NUMBER | FieldType.DECIMAL:
            return compare_whole(value, asked.operator, asked.numbers)


def _of_text(value: Column, asked: Asked) -> Predicate:
    found = _among(value, asked)
    if asked.operator in {Operator.EQUAL, Operator.INCLUDES}:
        return found
    if asked.field.type is FieldType.TEXT_SET:
        return found.is_not(sa.true())
    return sa.and_(value.is_not(None), sa.not_(found))


def _of_elements(stored: Elements, asked: Asked) -> Predicate:
    found = sa.exists(stored.rows.where(_among(stored.element, asked)))
    return found if asked.operator is Operator.INCLUDES else sa.not_(found)


def _among(value: Column, asked: Asked) -> Predicate:
    """Whether a text is one of those that a rule names; where a field has choices, the store holds them as they are written there."""
    if asked.field.choices is None:
        return is_among(value, asked.texts)
    meant = (asked.field.choice(text) for text in asked.texts)
    return is_one_of(value, sorted({choice for choice in meant if choice is not None}))


def _of_day(value: Column, asked: Asked) -> Predicate:
    """A day, or one that is written as a text by ISO 8601."""
    is_text = isinstance(value.type, sa.String)
    bounds: list[Column] = [sa.literal(day.isoformat(), _TEXT) if is_text else sa.literal(day, _DAY) for day in asked.days]
    if asked.operator in {Operator.BETWEEN, Operator.WITHIN}:
        return value.between(bounds[0], bounds[1])
    return _SIGNS[asked.operator](value, bounds[0])


def _of_moment(moment: Column, asked: Asked) -> Predicate:
    days = asked.days
    begins: Column = sa.literal(asked.terms.begins(days[0]), moment.type)
    ends: Column = sa.literal(asked.terms.ends(days[-1]), moment.type)
    match asked.operator:
        case Operator.LESS:
            return moment < begins
        case Operator.LESS_OR_EQUAL:
            return moment < ends
        case Operator.GREATER:
            return moment >= ends
        case Operator.GREATER_OR_EQUAL:
            return moment >= begins
        case Operator.NOT_EQUAL:
            return sa.or_(moment < begins, moment >= ends)
        case _:
            return sa.and_(moment >= begins, moment < ends)


def _of_fraction(stored: Ratio | Numeral, asked: Asked) -> Predicate:
    if isinstance(stored, Numeral):
        return _by_order(lambda bound: decimal_order(stored.text, bound), asked.operator, asked.numbers)
    bounds = [number / stored.factor for number in asked.numbers]
    return _by_order(lambda bound: ratio_order(stored.part, stored.whole, bound), asked.operator, bounds)


def _by_order(order: Callable[[Fraction], sa.ColumnElement[int]], operator: Operator, bounds: Sequence[Fraction]) -> Predicate:
    """By what a function says of each bound: -1, 0 or 1."""
    if operator is Operator.BETWEEN:
        return sa.and_(order(bounds[0]) >= ZERO, order(bounds[1]) <= ZERO)
    return _SIGNS[operator](order(bounds[0]), ZERO)


_SIGNS: Mapping[Operator, Callable[[Column, Column], Predicate]] = MappingProxyType(
    {
        Operator.LESS: lambda one, other: one < other,
        Operator.LESS_OR_EQUAL: lambda one, other: one <= other,
        Operator.GREATER: lambda one, other: one > other,
        Operator.GREATER_OR_EQUAL: lambda one, other: one >= other,
        Operator.EQUAL: lambda one, other: one == other,
        Operator.NOT_EQUAL: lambda one, other: one != other,
    }
)

_SIGNS_BACKWARDS: Mapping[Operator, Callable[[Column, Column], Predicate]] = MappingProxyType(
    {
        **_SIGNS,
        Operator.LESS: _SIGNS[Operator.GREATER],
        Operator.LESS_OR_EQUAL: _SIGNS[Operator.GREATER_OR_EQUAL],
        Operator.GREATER: _SIGNS[Operator.LESS],
        Operator.GREATER_OR_EQUAL: _SIGNS[Operator.LESS_OR_EQUAL],
    }
)

_WHOLE_NUMBERS = _Scale(_LEAST, _MOST, lambda whole: sa.literal(whole, _WHOLE))
