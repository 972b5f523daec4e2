"""The text of a rule, read into its expression. Whatever is wrong is told with line, column and what was expected there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeVar, cast

import msgspec
from lark import Lark, Token, Transformer
from lark import v_args as _untyped_v_args  # pyright: ignore[reportUnknownVariableType] - lark leaves it half typed
from lark.exceptions import UnexpectedInput, VisitError

from rules.errors import RuleSyntaxError
from rules.fields import Operator
from rules.limits import require_size, require_text_size
from rules.misreading import explain_misreading, listed
from rules.model import ALWAYS, Comparison, Expression, Not, Place, Related, Total, all_of, any_of
from rules.values import BASE, MOST_DAYS, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window, WindowKind
from rules.words import DAY, FIELD, NUMBER, PLURALS, QUANTIFIERS, RESERVED, SIGNS, is_currency

_GRAMMAR = r"""
?start: choice
choice: both (OR both)*
both: negation (AND negation)*
?negation: NOT negation -> negated
    | atom
?atom: "(" choice ")"
    | ALWAYS -> always
    | (ANY | ALL | NO) NAME "(" choice ")" -> related
    | COUNT OF relation comparing -> counted
    | SUM OF NAME OVER relation comparing -> summed
    | NAME comparing -> comparison
    | NAME -> flagged
relation: NAME ("(" choice ")")?
comparing: SIGN value -> signed
    | BETWEEN value AND value -> between
    | (INCLUDES | EXCLUDES) (value | "(" value ("," value)* ")") -> among
    | IS SET -> is_set
    | IS NOT SET -> is_not_set
    | IN window -> within
window: (LAST | NEXT) NUMBER DAYS -> days_about
    | CURRENT MONTH -> current_month
?value: NUMBER (NAME | BASE | ALL) -> amount
    | NUMBER -> number
    | QUOTED -> text
    | YES -> yes
    | NO -> no
    | DATE -> day
    | TODAY -> today
    | SHIFT -> shifted
    | TODAY SHIFT -> shifted_from_today
    | TODAY PLUS_OR_MINUS DAY_COUNT -> counted_from_today

NAME: /{FIELD}/
DATE.4: /{DAY}(?![0-9A-Za-z])/
SHIFT.3: /[+-][0-9]+d(?![0-9A-Za-z])/
DAY_COUNT.3: /[0-9]+d(?![0-9A-Za-z])/
NUMBER.2: /[+-]?[0-9]+(\.[0-9]+)?(?![0-9.])/
PLUS_OR_MINUS: /[+-]/
SIGN: /<=|>=|!=|<|>|=/
QUOTED: /"(?:[^"\\\n]|\\.)*"/
%declare AND OR NOT BETWEEN INCLUDES EXCLUDES IS SET IN ANY ALL NO YES COUNT SUM OF OVER ALWAYS TODAY LAST NEXT CURRENT MONTH DAYS BASE
%ignore /\s+/
"""


def parse_rule(text: str) -> Expression:
    """The expression that a text says. Raises RuleSyntaxError with its place, RuleTooLargeError beyond a limit (rules/limits.py)."""
    require_text_size(text)
    try:
        found = cast("Expression", _parser().parse(text))  # pyright: ignore[reportUnknownMemberType] - the transformer makes expressions of trees
    except VisitError as error:
        raise (error.orig_exc if isinstance(error.orig_exc, RuleSyntaxError) else error) from None
    except UnexpectedInput as error:
        raise explain_misreading(error, text) from None
    require_size(found)
    return found


def _keyword(token: Token) -> Token:
    """A name that is a word of the language, in whatever case, is that word."""
    word = token.value.lower()
    if word in RESERVED:
        token.type = word.upper()
    return token


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


def _refused(token: Token, message: str) -> RuleSyntaxError:
    place = _place(token)
    return RuleSyntaxError(message, line=place.line, column=place.column)


Comparing = tuple[Operator, tuple[Value, ...]]

C = TypeVar("C", bound=type)


def _given_children(transformer: C) -> C:
    """A transformer whose methods take the children of a form as their arguments."""
    return cast("C", _untyped_v_args(inline=True)(transformer))


@_given_children
class _Reading(Transformer[Token, Expression]):
    """What each form of the grammar is."""

    def choice(self, *parts: Expression | Token) -> Expression:
        return any_of(_without_words(parts))

    def both(self, *parts: Expression | Token) -> Expression:
        return all_of(_without_words(parts))

    def negated(self, word: Token, part: Expression) -> Expression:
        return Not(part, _place(word))

    def always(self, _word: Token) -> Expression:
        return ALWAYS

    def relation(self, name: Token, condition: Expression | None = None) -> tuple[str, Expression | None]:
        return _relation(name), condition

    def related(self, quantifier: Token, relation: Token, condition: Expression) -> Expression:
        return Related(QUANTIFIERS[quantifier.value.lower()], _relation(relation), condition, _place(quantifier))

    def counted(self, count: Token, _of: Token, relation: tuple[str, Expression | None], comparing: Comparing) -> Expression:
        return Total(relation[0], None, relation[1], *comparing, _place(count))

    def summed(self, *parts: *tuple[Token, Token, Token, Token, tuple[str, Expression | None], Comparing]) -> Expression:
        word, _, field, _, (relation, condition), comparing = parts
        return Total(relation, field.value, condition, *comparing, _place(word))

    def comparison(self, field: Token, comparing: Comparing) -> Expression:
        operator, values = comparing
        return Comparison(field.value, operator, values, _place(field))

    def flagged(self, field: Token) -> Expression:
        return Comparison(field.value, Operator.EQUAL, (Flag(value=True),), _place(field))

    def signed(self, sign: Token, value: Value) -> Comparing:
        return SIGNS[sign.value], (value,)

    def between(self, _between: Token, low: Value, _and: Token, high: Value) -> Comparing:
        return Operator.BETWEEN, (low, high)

    def among(self, word: Token, *values: Value) -> Comparing:
        return Operator(word.value.upper()), values

    def is_set(self, _is: Token, _set: Token) -> Comparing:
        return Operator.IS_SET, ()

    def is_not_set(self, _is: Token, _not: Token, _set: Token) -> Comparing:
        return Operator.IS_NOT_SET, ()

    def within(self, _in: Token, window: Window) -> Comparing:
        return Operator.WITHIN, (window,)

    def days_about(self, word: Token, number: Token, _days: Token) -> Window:
        if not number.value.isdigit():
            raise _refused(number, "a window has a whole number of days, such as last 7 days")
        return Window(WindowKind(f"{word.value.upper()}_DAYS"), _days_of(number, number.value))

    def current_month(self, _current: Token, _month: Token) -> Window:
        return Window(WindowKind.CURRENT_MONTH)

    def amount(self, number: Token, currency: Token) -> Value:
        name = currency.value
        if currency.type == "BASE":
            return Amount(_decimal_of(number), BASE)
        if not is_currency(name):
            raise _refused(currency, f"{name!r} is no currency: write three capital letters such as USD, or the word base")
        return Amount(_decimal_of(number), name)

    def number(self, token: Token) -> Value:
        return Number(_decimal_of(token))

    def text(self, token: Token) -> Value:
        try:
            return Text(msgspec.json.decode(token.value, type=str))
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise _refused(token, 'within quotes, write \\" for a quote and \\\\ for a backslash') from None

    def yes(self, _token: Token) -> Value:
        return Flag(value=True)

    def no(self, _token: Token) -> Value:
        return Flag(value=False)

    def day(self, token: Token) -> Value:
        try:
            return Day(date.fromisoformat(token.value))
        except ValueError:
            raise _refused(token, f"there is no day {token.value}") from None

    def today(self, _token: Token) -> Value:
        return RelativeDay(0)

    def shifted(self, shift: Token) -> Value:
        return RelativeDay(_days_of(shift, shift.value.removesuffix("d")))

    def shifted_from_today(self, _today: Token, shift: Token) -> Value:
        return self.shifted(shift)

    def counted_from_today(self, _today: Token, sign: Token, days: Token) -> Value:
        return RelativeDay(_days_of(days, sign.value + days.value.removesuffix("d")))


def _decimal_of(token: Token) -> Decimal:
    if not NUMBER.fullmatch(token.value):
        raise _refused(token, "a number has at most 30 digits before the point, and 30 after it")
    return Decimal(token.value)


def _days_of(token: Token, digits: str) -> int:
    number = int(digits) if NUMBER.fullmatch(digits) else None
    if number is None or abs(number) > MOST_DAYS:
        raise _refused(token, f"{digits} days reach too far: at most {MOST_DAYS}, a hundred years")
    return number


def _without_words(parts: Sequence[Expression | Token]) -> Sequence[Expression]:
    return [part for part in parts if not isinstance(part, Token)]


def _relation(token: Token) -> str:
    word = token.value.lower()
    known = {many: one for one, many in PLURALS.items()} | {one: one for one in PLURALS}
    if word not in known:
        raise _refused(token, f"{token.value!r} is nothing that a rule can go through: {listed([*PLURALS.values()])} are")
    return known[word]


@cache
def _parser() -> Lark:
    callbacks: Mapping[str, Callable[[Token], Token]] = {"NAME": _keyword}
    return Lark(
        _GRAMMAR.replace("{FIELD}", FIELD.pattern).replace("{DAY}", DAY.pattern),
        parser="lalr",
        lexer="basic",
        transformer=_Reading(),
        lexer_callbacks=dict(callbacks),
        propagate_positions=False,
    )
