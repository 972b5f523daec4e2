"""Random rules about a world, by a generator of random numbers: hundreds of them are made in the time in which a strategy would draw a few."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from rules.fields import Currency, Field, FieldType, Level, Operator
from rules.model import All, Any, Comparison, Expression, Not, Quantifier, Related, Total
from rules.values import BASE, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window, WindowKind
from tests.evaluation.strategies import TEXTS
from tests.evaluation.truth import DECIMALS, Found, Money, Subject
from tests.evaluation.worlds import CATALOGUE
from tests.health.worlds import TODAY

_ORDER = (Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.EQUAL, Operator.NOT_EQUAL)
_RELATED = {Level.CUSTOMER: ("invoice", "payment", "attempt"), Level.INVOICE: ("payment", "attempt")}
_LEVELS = {"invoice": Level.INVOICE, "payment": Level.MONEY_IN, "attempt": Level.ATTEMPT}
_SEEN = {
    Level.CUSTOMER: (Level.CUSTOMER, Level.PAYMENT),
    Level.INVOICE: (Level.INVOICE, Level.INVOICE, Level.CUSTOMER, Level.PAYMENT),
    Level.MONEY_IN: (Level.MONEY_IN, Level.MONEY_IN, Level.CUSTOMER),
    Level.ATTEMPT: (Level.ATTEMPT, Level.ATTEMPT, Level.CUSTOMER),
}
_SOME_DAYS = (TODAY, date(2026, 3, 29), date(2026, 2, 1))
_SHIFTS = tuple(map(Decimal, ("0", "0", "1", "-1", "0.5", "-0.001", "0.000000001")))
_FEW_CHOICES = 20


class Rules:
    """Rules about a world: every bound is a value of some row, or lies right beside one."""

    def __init__(self, rows: Sequence[Subject], today: date, seed: int) -> None:
        """`rows` are those of every level; the same seed makes the same rules."""
        self._today, self._random = today, Random(seed)  # noqa: S311 - no secret is made of it
        self._found: dict[str, list[Found]] = {field.id: [] for field in CATALOGUE}
        for row in rows:
            for name, value in row.values.items():
                self._found[name].append(value)

    def every_comparison(self, level: Level) -> list[Expression]:
        """Each field of a level in each way that it can be compared."""
        return [self.comparison(field, operator) for field in CATALOGUE.at_level(level) for operator in sorted(field.allowed_operators)]

    def comparison(self, field: Field, operator: Operator) -> Expression:
        """A field compared in one way."""
        match operator:
            case Operator.IS_SET | Operator.IS_NOT_SET:
                values: tuple[Value, ...] = ()
            case Operator.WITHIN:
                values = (self._window(),)
            case Operator.INCLUDES | Operator.EXCLUDES:
                values = tuple(self._value(field) for _ in range(self._random.randint(1, 3)))
            case Operator.BETWEEN:
                values = self._ordered(self._value(field), self._value(field))
            case _:
                values = (self._value(field),)
        return Comparison(field.id, operator, values)

    def nest(self, level: Level, depth: int = 3) -> Expression:
        """Any rule of a level, with what it asks of related rows, and of theirs."""
        kinds = ["compare"] * 3 + (["all", "any", "not"] if depth else []) + [f"{what} {name}" for name in _RELATED.get(level, ()) for what in ("of", "total")]
        chosen, _, relation = self._random.choice(kinds).partition(" ")
        parts = tuple(self.nest(level, depth - 1) for _ in range(self._random.randint(1, 3))) if chosen in {"all", "any"} else ()
        match chosen:
            case "compare":
                field = self._random.choice(CATALOGUE.at_level(self._random.choice(_SEEN[level])))
                return self.comparison(field, self._random.choice(sorted(field.allowed_operators)))
            case "all":
                return All(parts[1:])
            case "any":
                return Any(parts)
            case "not":
                return Not(self.nest(level, depth - 1))
            case "of":
                return Related(self._random.choice(list(Quantifier)), relation, self.nest(_LEVELS[relation], max(depth - 1, 0)))
            case _:
                return self._total(relation, max(depth - 1, 0))

    def _total(self, relation: str, depth: int) -> Expression:
        level = _LEVELS[relation]
        condition = self.nest(level, depth) if self._random.random() < 0.7 else None
        operator = self._random.choice((*_ORDER, Operator.BETWEEN))
        if self._random.random() < 0.5:
            values = [Number(Decimal(text)) for text in sorted(self._random.choices(("0", "1", "1.5", "2", "3"), k=2))]
            return Total(relation, None, condition, operator, tuple(values if operator is Operator.BETWEEN else values[:1]))
        field = self._random.choice([field for field in CATALOGUE.at_level(level) if field.type in {FieldType.MONEY, FieldType.WHOLE_NUMBER}])
        bounds = self._ordered(self._value(field), self._value(field))
        return Total(relation, field.id, condition, operator, bounds if operator is Operator.BETWEEN else bounds[:1])

    def _window(self) -> Window:
        kind = self._random.choice(list(WindowKind))
        return Window(kind, 0 if kind is WindowKind.CURRENT_MONTH else self._random.randint(0, 60))

    def _value(self, field: Field) -> Value:
        known = [value for value in self._found[field.id] if value is not None and value != frozenset()]
        match field.type:
            case FieldType.MONEY:
                return self._amount(field, [value for value in known if isinstance(value, Money)])
            case FieldType.WHOLE_NUMBER | FieldType.DECIMAL:
                number = self._random.choice([*(value for value in known if isinstance(value, Fraction)), Fraction(0)])
                return Number(Decimal(number.numerator) / Decimal(number.denominator) + self._random.choice(_SHIFTS))
            case FieldType.DATE:
                day = self._random.choice([*(value for value in known if isinstance(value, date)), *_SOME_DAYS]) + timedelta(self._random.choice((0, 0, 1, -1)))
                return self._random.choice((Day(day), RelativeDay((day - self._today).days)))
            case FieldType.BOOLEAN:
                return Flag(self._random.random() < 0.5)
            case FieldType.TEXT | FieldType.TEXT_SET:
                return self._text(field, known)

    def _amount(self, field: Field, known: Sequence[Money]) -> Amount:
        """What there is, and a minor unit beside it."""
        others = [Money(0, "EUR")] if field.currency is Currency.BASE else [Money(0, "EUR"), Money(7, "JPY"), Money(450, "KWD")]
        money = self._random.choice([*known, *known, *others])
        minor = Decimal(money.minor + self._random.choice((0, 0, 1, -1)))
        is_base = field.currency is Currency.BASE and self._random.random() < 0.5
        return Amount(minor.scaleb(-DECIMALS[money.currency]), BASE if is_base else money.currency)

    def _text(self, field: Field, known: Sequence[Found]) -> Text:
        flat = [text for value in known for text in (sorted(value) if isinstance(value, frozenset) else [value]) if isinstance(text, str)]
        if field.choices is None:
            return Text(self._random.choice([*flat, *flat, *TEXTS]))
        several = field.choices if len(field.choices) < _FEW_CHOICES else ("EUR", "USD", "JPY")
        found = [text for text in flat if text in field.choices]  # an attempt that rules go through is never a chargeback, though the last one may be
        text = self._random.choice([*found, *found, *several])
        return Text(self._random.choice((text, text.lower())))

    def _ordered(self, one: Value, other: Value) -> tuple[Value, Value]:
        """The lower end first; amounts in one currency, days of one kind."""
        match one, other:
            case Amount(first, currency), Amount(last, _):
                unit = Decimal(1).scaleb(-DECIMALS["EUR" if currency == BASE else currency])
                low, high = sorted(amount.quantize(unit) for amount in (first, last))
                return Amount(low, currency), Amount(high, currency)
            case Number(first), Number(last):
                return Number(min(first, last)), Number(max(first, last))
            case _:
                begin, end = sorted((self._day(one), self._day(other)))
                return Day(begin), Day(end)

    def _day(self, value: Value) -> date:
        assert isinstance(value, Day | RelativeDay)
        return value.value if isinstance(value, Day) else self._today + timedelta(days=value.days)
