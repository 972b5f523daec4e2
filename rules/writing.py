"""An expression, written as text: what `parse_rule` reads back as the same expression."""

from decimal import Decimal
from typing import assert_never

import msgspec

from rules.fields import Operator
from rules.model import All, Any, Comparison, Expression, Not, Quantifier, Related, Total
from rules.values import Amount, Day, Flag, Number, RelativeDay, Text, Value, Window, WindowKind
from rules.words import PLURALS, QUANTIFIERS, SIGNS

_SIGN_OF = {operator: sign for sign, operator in SIGNS.items()}
_WORD_OF = {quantifier: word for word, quantifier in QUANTIFIERS.items()}


def write_rule(expression: Expression) -> str:  # noqa: PLR0911 - one a form
    """The text of an expression, on one line, with no more parentheses than it needs."""
    match expression:
        case All(()):
            return "always"
        case All(parts):
            return " and ".join(_part(part, Any, All) for part in parts)
        case Any(parts):
            return " or ".join(_part(part, Any) for part in parts)
        case Not(part):
            return f"not {_part(part, Any, All)}"
        case Comparison(field, Operator.EQUAL, (Flag(True),)):
            return field
        case Comparison(field, operator, values):
            return f"{field} {_compared(operator, values)}"
        case Related(quantifier, relation, condition):
            several = relation if quantifier is not Quantifier.ALL else PLURALS[relation]
            return f"{_WORD_OF[quantifier]} {several} ({write_rule(condition)})"
        case Total(relation, field, condition, operator, values):
            what = f"count of {PLURALS[relation]}" if field is None else f"sum of {field} over {PLURALS[relation]}"
            where = "" if condition is None else f" ({write_rule(condition)})"
            return f"{what}{where} {_compared(operator, values)}"
        case _:
            assert_never(expression)


def write_value(value: Value) -> str:  # noqa: PLR0911 - one a kind
    """The text of a value."""
    match value:
        case Amount(number, currency):
            return f"{_plain(number)} {currency}"
        case Number(number):
            return _plain(number)
        case Text(text):
            return _seen(msgspec.json.encode(text).decode())
        case Flag(is_true):
            return "yes" if is_true else "no"
        case Day(day):
            return day.isoformat()
        case RelativeDay(0):
            return "today"
        case RelativeDay(days):
            return f"today {'-' if days < 0 else '+'} {abs(days)}d"
        case Window(WindowKind.CURRENT_MONTH):
            return "current month"
        case Window(kind, days):
            return f"{'last' if kind is WindowKind.LAST_DAYS else 'next'} {days} days"
        case _:
            assert_never(value)


def _part(part: Expression, *weaker: type[Expression]) -> str:
    """A part of something that binds stronger than what it is made of: then it stands in parentheses."""
    text = write_rule(part)
    return f"({text})" if isinstance(part, weaker) and text != "always" else text


def _compared(operator: Operator, values: tuple[Value, ...]) -> str:
    written = [write_value(value) for value in values]
    match operator:
        case Operator.IS_SET:
            return "is set"
        case Operator.IS_NOT_SET:
            return "is not set"
        case Operator.BETWEEN:
            return f"between {' and '.join(written)}"
        case Operator.WITHIN:
            return f"in {written[0]}"
        case Operator.INCLUDES | Operator.EXCLUDES:
            return f"{operator.value.lower()} ({', '.join(written)})"
        case _:
            return f"{_SIGN_OF[operator]} {written[0]}"


def _seen(text: str) -> str:
    """A text in which characters that are not seen, or change how others are seen, such as those that turn the direction, are escaped as in JSON."""
    return text if text.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _plain(number: Decimal) -> str:
    return f"{number:f}"
