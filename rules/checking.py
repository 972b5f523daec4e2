"""A rule held against the catalogue: unknown fields, wrong types, currencies that do not fit, and what can never or must always be true.

What a rule may ask about follows from its level. A rule about invoices may ask about their customers too, and one about payments about
both; `any invoice (...)` within a rule about customers asks about the invoices of each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from types import MappingProxyType
from typing import assert_never

from rules.fields import Currency, Field, FieldCatalogue, FieldType, Level, Operator
from rules.findings import Finding, FindingKind
from rules.limits import MOST_FINDINGS
from rules.model import All, Any, Comparison, Expression, Not, Place, Related, Total
from rules.reasoning import reason
from rules.values import BASE, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window
from rules.words import LEVEL_OF_RELATED, PLURALS
from rules.writing import write_rule, write_value

VISIBLE: Mapping[Level, frozenset[Level]] = MappingProxyType(
    {
        Level.CUSTOMER: frozenset({Level.CUSTOMER, Level.PAYMENT}),
        Level.INVOICE: frozenset({Level.INVOICE, Level.CUSTOMER, Level.PAYMENT}),
        Level.PAYMENT: frozenset({Level.PAYMENT, Level.INVOICE, Level.CUSTOMER}),
        Level.MONEY_IN: frozenset({Level.MONEY_IN, Level.CUSTOMER}),
        Level.ATTEMPT: frozenset({Level.ATTEMPT, Level.CUSTOMER}),
    }
)
"""The levels whose fields a rule of each level may ask about."""

RELATED: Mapping[Level, frozenset[str]] = MappingProxyType(
    {
        Level.CUSTOMER: frozenset({"invoice", "payment", "attempt"}),
        Level.INVOICE: frozenset({"payment", "attempt"}),
        Level.PAYMENT: frozenset({"payment", "attempt"}),
        Level.MONEY_IN: frozenset(),
        Level.ATTEMPT: frozenset(),
    }
)
"""What a rule of each level may go through."""

_WHAT: Mapping[FieldType, str] = MappingProxyType(
    {
        FieldType.MONEY: "an amount with its currency, such as 500 USD",
        FieldType.WHOLE_NUMBER: "a number",
        FieldType.DECIMAL: "a number",
        FieldType.DATE: "a date, such as 2026-03-31, or days from today, such as today - 30d",
        FieldType.BOOLEAN: "yes or no",
        FieldType.TEXT: 'a text in "quotes"',
        FieldType.TEXT_SET: 'texts in "quotes"',
    }
)
_KINDS: Mapping[FieldType, tuple[type, ...]] = MappingProxyType(
    {
        FieldType.MONEY: (Amount,),
        FieldType.WHOLE_NUMBER: (Number,),
        FieldType.DECIMAL: (Number,),
        FieldType.DATE: (Day, RelativeDay, Window),
        FieldType.BOOLEAN: (Flag,),
        FieldType.TEXT: (Text,),
        FieldType.TEXT_SET: (Text,),
    }
)


def rule_errors(
    expression: Expression, catalogue: FieldCatalogue, *, level: Level, base_currency: str, currencies: Mapping[str, int] | None = None
) -> Iterator[Finding]:
    """Everything with which a rule cannot be used, as it is found; `currencies` as of `check_rule`."""
    return _Check(catalogue, base_currency, currencies).expression(expression, level)


def check_rule(
    expression: Expression, catalogue: FieldCatalogue, *, level: Level, base_currency: str, currencies: Mapping[str, int] | None = None
) -> Sequence[Finding]:
    """Everything that is wrong with a rule or strange about it, errors first; empty: it can be used, and says something.

    `currencies` are those that amounts can be in, each with the number of its decimals; None: any, with whatever decimals. What is strange is
    looked for in rules without an error only, for it takes a while. No more is told than a person would read (rules/limits.py).
    """
    errors = list(islice(rule_errors(expression, catalogue, level=level, base_currency=base_currency, currencies=currencies), MOST_FINDINGS))
    return errors or list(islice(chain(reason(expression), _missing_is_false(expression)), MOST_FINDINGS))


class _Check:
    """The walk through a rule, with what it is held against."""

    def __init__(self, catalogue: FieldCatalogue, base_currency: str, currencies: Mapping[str, int] | None) -> None:
        """`base_currency` is what the word `base` stands for."""
        self._catalogue = catalogue
        self._currencies = currencies
        self._base_currency = base_currency

    def expression(self, expression: Expression, level: Level) -> Iterator[Finding]:
        match expression:
            case All(parts) | Any(parts):
                for part in parts:
                    yield from self.expression(part, level)
            case Not(part):
                yield from self.expression(part, level)
            case Related(_, relation, condition):
                yield from self._through(relation, level, expression)
                yield from self.expression(condition, LEVEL_OF_RELATED[relation])
            case Total():
                yield from self._through(expression.relation, level, expression)
                yield from self._total(expression)
            case Comparison():
                yield from self._comparison(expression, VISIBLE[level])
            case _:
                assert_never(expression)

    def _through(self, relation: str, level: Level, expression: Related | Total) -> Iterator[Finding]:
        if relation not in RELATED[level]:
            message = f"a rule about {_ABOUT[level]} cannot go through {PLURALS[relation]}"
            yield _finding(FindingKind.WRONG_LEVEL, message, expression)

    def _total(self, total: Total) -> Iterator[Finding]:
        level = LEVEL_OF_RELATED[total.relation]
        if total.condition is not None:
            yield from self.expression(total.condition, level)
        kind, field = FieldType.WHOLE_NUMBER, None
        if total.field is not None:
            field = self._known(total.field, {level})
            if field is None:
                yield self._unknown(total.field, {level}, total)
                return
            if field.type not in _SUMMED:
                yield _finding(FindingKind.WRONG_TYPE, f"{field.id} cannot be added up: only amounts and whole numbers can", total)
                return
            kind = field.type
        yield from self._operator(total, _TOTALLED, name="a count" if field is None else f"a sum of {field.id}")
        yield from self._values(total, kind, field)

    def _comparison(self, comparison: Comparison, levels: Collection[Level]) -> Iterator[Finding]:
        field = self._known(comparison.field, levels)
        if field is None:
            yield self._unknown(comparison.field, levels, comparison)
            return
        is_bare = comparison.operator is Operator.EQUAL and comparison.values == (Flag(value=True),)
        if is_bare and field.type is not FieldType.BOOLEAN:
            message = f"{field.id} is no question of yes or no: compare it with {_WHAT[field.type]}"
            yield _finding(FindingKind.WRONG_OPERATOR, message, comparison)
            return
        wrong = list(self._operator(comparison, field.allowed_operators, name=field.id))
        yield from wrong or self._values(comparison, field.type, field)

    def _known(self, name: str, levels: Collection[Level]) -> Field | None:
        field = self._catalogue.get(name) if name in self._catalogue else None
        return field if field is not None and field.level in levels else None

    def _unknown(self, name: str, levels: Collection[Level], expression: Expression) -> Finding:
        if name in self._catalogue:
            level = self._catalogue.get(name).level
            message = f"{name} is a field of {_ABOUT[level]}, which this part of the rule does not ask about{_way_to(level, levels)}"
            return _finding(FindingKind.WRONG_LEVEL, message, expression)
        near = self._catalogue.nearest(name, among=levels)
        hint = "" if near is None else f"; did you mean {near}?"
        return _finding(FindingKind.UNKNOWN_FIELD, f"there is no field {name}{hint}", expression, suggestion=near)

    def _operator(self, part: Comparison | Total, allowed: Collection[Operator], *, name: str) -> Iterator[Finding]:
        if part.operator not in allowed:
            message = f"{name} cannot be compared in this way; it has {', '.join(sorted(one.value for one in allowed))}"
            yield _finding(FindingKind.WRONG_OPERATOR, message, part)

    def _values(self, part: Comparison | Total, kind: FieldType, field: Field | None) -> Iterator[Finding]:
        is_wrong = False
        for value in part.values:
            for found in self._value(part, value, kind, field=field):
                is_wrong = True
                yield found
        if len({value.currency for value in part.values if isinstance(value, Amount)}) > 1 and not is_wrong:
            is_wrong = True
            yield _finding(FindingKind.CURRENCY_MISMATCH, "both ends of a range are in one currency", part)
        if not is_wrong and part.operator is Operator.BETWEEN and _is_backwards(*part.values):
            low, high = map(write_value, part.values)
            message = f"between {low} and {high} holds nothing: the lower end comes first"
            yield _finding(FindingKind.EMPTY_RANGE, message, part)

    def _value(self, part: Comparison | Total, value: Value, kind: FieldType, *, field: Field | None) -> Iterator[Finding]:
        if kind is FieldType.MONEY and isinstance(value, Number):
            example = f"{write_value(value)} {self._base_currency}"
            yield _finding(FindingKind.CURRENCY_MISSING, f"an amount needs its currency: {example}, or {write_value(value)} base", part)
        elif not isinstance(value, _KINDS[kind]):
            yield _finding(FindingKind.WRONG_TYPE, f"{write_value(value)} cannot be compared with it: expected {_WHAT[kind]}", part)
        elif isinstance(value, Amount) and field is not None:
            wrong = list(self._currency(part, value, field))
            yield from wrong or self._decimals(part, value)
        elif isinstance(value, Text) and field is not None:
            yield from self._choice(part, value, field)

    def _currency(self, part: Comparison | Total, value: Amount, field: Field) -> Iterator[Finding]:
        if value.currency != BASE and self._currencies is not None and value.currency not in self._currencies:
            near = next(iter(get_close_matches(value.currency, self._currencies, n=1)), None)
            yield _finding(FindingKind.UNKNOWN_VALUE, f"{value.currency} is no currency: use an ISO 4217 code", part, suggestion=near)
        elif field.currency is Currency.DOCUMENT and value.currency == BASE:
            message = f"{field.id} is in the currency of each document: name one, or take the converted amount"
            yield _finding(FindingKind.CURRENCY_MISMATCH, message, part)
        elif field.currency is Currency.BASE and value.currency not in {BASE, self._base_currency}:
            message = f"{field.id} is in {self._base_currency}, not in {value.currency}: write {value.value:f} {self._base_currency}, or {value.value:f} base"
            yield _finding(FindingKind.CURRENCY_MISMATCH, message, part)

    def _decimals(self, part: Comparison | Total, value: Amount) -> Iterator[Finding]:
        """An amount finer than its currency: most likely a point that was meant to part thousands. Zeros at the end are decimals too, for they tell it."""
        currency = self._base_currency if value.currency == BASE else value.currency
        most = None if self._currencies is None else self._currencies.get(currency)
        digits = f"{value.value:f}".partition(".")[2]
        if most is not None and len(digits) > most:
            has = f"{value.value:f} has more decimals than {currency}: {currency} has {_COUNTS.get(most, str(most))} decimals"
            is_thousands = len(digits) == _THOUSANDS
            meant = f"; if its point parts thousands, write {value.value.scaleb(_THOUSANDS):.0f} {value.currency}, without separators" if is_thousands else ""
            yield _finding(FindingKind.TOO_MANY_DECIMALS, has + meant, part)

    def _choice(self, part: Comparison | Total, value: Text, field: Field) -> Iterator[Finding]:
        if field.choices is not None and field.choice(value.value) is None:
            choices = {choice.casefold(): choice for choice in field.choices}
            near = next(iter(get_close_matches(value.value.casefold(), choices, n=1)), None)
            told = list(choices.values())[:_MOST_CHOICES]
            rest = f" and {len(choices) - len(told)} more" if len(choices) > len(told) else ""
            message = f"{field.id} is never {write_value(value)}: it is one of {', '.join(told)}{rest}"
            yield _finding(FindingKind.UNKNOWN_VALUE, message, part, suggestion=None if near is None else choices[near])


_MOST_CHOICES = 12
_THOUSANDS = 3
"""So many digits stand behind what parts thousands."""

_COUNTS: Mapping[int, str] = MappingProxyType({0: "no", 2: "two", 3: "three", 4: "four"})
_ABOUT: Mapping[Level, str] = MappingProxyType(
    {
        Level.CUSTOMER: "customers",
        Level.INVOICE: "invoices",
        Level.PAYMENT: "how collecting goes",
        Level.MONEY_IN: "payments",
        Level.ATTEMPT: "attempts",
    }
)
_SUMMED = frozenset({FieldType.MONEY, FieldType.WHOLE_NUMBER})
_TOTALLED = frozenset(
    {
        Operator.LESS,
        Operator.LESS_OR_EQUAL,
        Operator.GREATER,
        Operator.GREATER_OR_EQUAL,
        Operator.EQUAL,
        Operator.NOT_EQUAL,
        Operator.BETWEEN,
    }
)


def _way_to(level: Level, levels: Collection[Level]) -> str:
    """How a rule that may ask about some levels comes to the fields of another one; empty where it cannot."""
    relation = next((name for name, found in LEVEL_OF_RELATED.items() if found is level), None)
    if not any(visible == levels and relation in RELATED[asking] for asking, visible in VISIBLE.items()):
        return ""
    instead = ", or make it a rule about invoices (`--about invoice`)" if level is Level.INVOICE else ""
    return f"; ask within `any {relation} (…)`{instead}"


def _is_backwards(low: Value, high: Value) -> bool:
    match low, high:
        case (Amount(first), Amount(last)) | (Number(first), Number(last)):
            return first > last
        case Day(first), Day(last):
            return first > last
        case RelativeDay(first), RelativeDay(last):
            return first > last
        case _:
            return False


def _missing_is_false(expression: Expression) -> Iterator[Finding]:
    """Comparisons with an earlier day, which leave out whom nothing was ever sent: a missing day makes every comparison false (B16)."""
    match expression:
        case Comparison(field, Operator.LESS | Operator.LESS_OR_EQUAL, (Day() | RelativeDay(),)):
            message = f"where {field} is missing, this is false: to have these too, write `({field} is not set or {write_rule(expression)})`"
            yield _finding(FindingKind.MISSING_IS_FALSE, message, expression)
        case All(parts):
            for part in parts:
                yield from _missing_is_false(part)
        case Any(parts):
            asked = {part.field for part in parts if isinstance(part, Comparison) and part.operator is Operator.IS_NOT_SET}
            for part in parts:
                if not (isinstance(part, Comparison) and part.field in asked):
                    yield from _missing_is_false(part)
        case _:
            pass


def _finding(kind: FindingKind, message: str, expression: Expression, *, suggestion: str | None = None) -> Finding:
    place: Place | None = expression.place
    return Finding(kind, message, write_rule(expression), place, suggestion)
