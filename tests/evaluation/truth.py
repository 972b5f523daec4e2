"""Whether a rule holds of a row, in plain Python over values: operators, missing values, windows and quantifiers, as they are specified."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any as Whatever

from rules.fields import Operator
from rules.model import All, Any, Comparison, Expression, Not, Quantifier, Related, Total
from rules.values import BASE, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window

DECIMALS = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3}
"""ISO 4217, of the currencies that tests use."""

AHEAD = frozenset({"next_promise_date", "promise_date", "next_retry_date"})
"""The fields whose days are yet to come (B17)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of its currency."""

    minor: int
    currency: str


Found = Money | Fraction | date | bool | str | frozenset[str] | None
"""What a field is; None: missing. A set is never missing, but it can be empty."""


@dataclass(slots=True)
class Subject:
    """A row that rules are held against: its own values, those of its customer, and the rows that belong to it."""

    id: int
    values: dict[str, Found]
    customer: "Subject | None" = None
    related: Mapping[str, "list[Subject]"] = field(default_factory=dict[str, "list[Subject]"])

    def value(self, name: str) -> Found:
        """A field of the row, or else of its customer."""
        if name in self.values:
            return self.values[name]
        assert self.customer is not None, name
        return self.customer.value(name)


@dataclass(frozen=True, slots=True)
class Truth:
    """What rules mean on a day in a workspace of a currency."""

    today: date
    base_currency: str

    def holds(self, rule: Expression, row: Subject) -> bool:
        """Whether a rule holds of a row."""
        match rule:
            case All(parts):
                return all(self.holds(part, row) for part in parts)
            case Any(parts):
                return any(self.holds(part, row) for part in parts)
            case Not(part):
                return not self.holds(part, row)
            case Related(quantifier, relation, condition):
                found = [self.holds(condition, other) for other in row.related[relation]]
                return {Quantifier.ANY: any(found), Quantifier.ALL: all(found), Quantifier.NONE: not any(found)}[quantifier]
            case Total():
                return self._total(rule, row)
            case Comparison(name, operator, values):
                return self._compare(row.value(name), operator, values, is_ahead=name in AHEAD)

    def _total(self, rule: Total, row: Subject) -> bool:
        chosen = [other for other in row.related[rule.relation] if rule.condition is None or self.holds(rule.condition, other)]
        if rule.field is None:
            return self._compare(Fraction(len(chosen)), rule.operator, rule.values)
        found = [other.value(rule.field) for other in chosen]
        amounts = [value for value in rule.values if isinstance(value, Amount)]
        if not amounts:
            return self._compare(sum((value for value in found if isinstance(value, Fraction)), Fraction(0)), rule.operator, rule.values)
        currency = self._currency(amounts[0])
        added = sum(value.minor for value in found if isinstance(value, Money) and value.currency == currency)
        return self._compare(Money(added, currency), rule.operator, rule.values)

    def _compare(self, found: Found, operator: Operator, values: tuple[Value, ...], *, is_ahead: bool = False) -> bool:
        if operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
            is_set = found is not None and found != frozenset()
            return is_set is (operator is Operator.IS_SET)
        if isinstance(found, frozenset):
            wanted = {value.value.casefold() for value in values if isinstance(value, Text)}
            has_one = any(one.casefold() in wanted for one in found)
            return has_one is (operator is Operator.INCLUDES)
        if found is None:
            return False
        if operator is Operator.WITHIN:
            (window,) = values
            assert isinstance(window, Window)
            assert isinstance(found, date)
            first, last = window.ends(self.today, is_ahead=is_ahead)
            return first <= found <= last
        return self._in_order(found, operator, values)

    def _in_order(self, found: Found, operator: Operator, values: tuple[Value, ...]) -> bool:
        if isinstance(found, Money):
            if any(isinstance(value, Amount) and self._currency(value) != found.currency for value in values):
                return False
            one: Whatever = Fraction(found.minor)
        else:
            one = found.casefold() if isinstance(found, str) else found
        return _OPERATORS[operator](one, [self._plain(value) for value in values])

    def _plain(self, value: Value) -> Whatever:  # noqa: ANN401 - of the sort that the field has
        match value:
            case Amount(number):
                return Fraction(number) * 10 ** DECIMALS[self._currency(value)]
            case Number(number):
                return Fraction(number)
            case Text(text):
                return text.casefold()
            case Flag(is_true):
                return is_true
            case Day(day):
                return day
            case RelativeDay(days):
                return self.today + timedelta(days=days)
            case Window():
                raise AssertionError(value)

    def _currency(self, amount: Amount) -> str:
        return self.base_currency if amount.currency == BASE else amount.currency

    def matching(self, rules: Iterable[Expression], rows: Mapping[int, Subject]) -> dict[int, set[int]]:
        """The numbers of the rules that hold, of each row for which there is one."""
        numbered = list(enumerate(rules))
        found = {key: {number for number, rule in numbered if self.holds(rule, row)} for key, row in rows.items()}
        return {key: numbers for key, numbers in found.items() if numbers}


_OPERATORS: Mapping[Operator, Callable[[Whatever, list[Whatever]], bool]] = {
    Operator.LESS: lambda found, values: found < values[0],
    Operator.LESS_OR_EQUAL: lambda found, values: found <= values[0],
    Operator.GREATER: lambda found, values: found > values[0],
    Operator.GREATER_OR_EQUAL: lambda found, values: found >= values[0],
    Operator.EQUAL: lambda found, values: found == values[0],
    Operator.NOT_EQUAL: lambda found, values: found != values[0],
    Operator.BETWEEN: lambda found, values: values[0] <= found <= values[1],
    Operator.INCLUDES: lambda found, values: found in values,
    Operator.EXCLUDES: lambda found, values: found not in values,
}
