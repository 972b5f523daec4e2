"""Rules as SQL: each a predicate over the same rows, so that hundreds of them are one scan.

A predicate is true where the rule holds, and false or NULL where it does not: an `or` or an `and` of these needs no more, and a negation asks
whether its part is not true. What rules ask of related objects becomes counts and sums over these, all of them from one pass a relation.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

import sqlalchemy as sa

from rules.comparing import Asked, Predicate, Terms, compare, compare_whole
from rules.dialects import whole_of
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Operator
from rules.model import All, Any, Comparison, Expression, Not, Quantifier, Related, Total
from rules.stored import ZERO, Age, Column, Minor, Numeral, Plain, Stored
from rules.values import Amount, Number
from rules.walking import leaves

Totals = Callable[["Subject"], Mapping[str, Column]]
"""From related rows to what is counted and added up over those of one owner, by name."""


class Subject(Protocol):
    """Rows that rules are held against, as whoever knows the store makes them."""

    def stored(self, field: Field) -> Stored:
        """How the store holds a field of these rows. Raises LookupError for a field that it does not hold."""
        ...

    def totals(self, relation: str, totals: Totals, /) -> sa.FromClause:
        """What is counted and added up over the related rows of each of these rows; without any of them it is NULL."""
        ...


class Compiler:
    """Compiles rules over one subject; ask `predicates` once, for all of them."""

    def __init__(self, catalogue: FieldCatalogue, terms: Terms) -> None:
        """`catalogue` is what the rules were checked against; `terms` is what their words mean on the day."""
        self._catalogue = catalogue
        self._terms = terms

    def predicates(self, expressions: Sequence[Expression], subject: Subject) -> list[Predicate]:
        """A predicate for each rule. Raises UnknownFieldError for a field that the catalogue lacks."""
        totals = _Totals(self, expressions, subject)
        return [self._predicate(expression, subject, totals) for expression in expressions]

    def _predicate(self, expression: Expression, subject: Subject, totals: "_Totals") -> Predicate:
        match expression:
            case All(parts):
                return sa.and_(sa.true(), *(self._predicate(part, subject, totals) for part in parts))
            case Any(parts):
                return sa.or_(sa.false(), *(self._predicate(part, subject, totals) for part in parts))
            case Not(part):
                return self._predicate(part, subject, totals).is_not(sa.true())
            case Comparison(name, operator, values):
                field = self._catalogue.get(name)
                return compare(subject.stored(field), Asked(field, operator, values, self._terms))
            case Related():
                number = totals.of(expression)
                return number == ZERO if expression.quantifier is not Quantifier.ANY else number > ZERO
            case Total():
                return self._held_against(totals.of(expression), expression)

    def _held_against(self, number: Column, total: Total) -> Predicate:
        if total.field is None or self._catalogue.get(total.field).type is not FieldType.MONEY:
            return compare_whole(number, total.operator, _numbers(total))
        amounts = [value for value in total.values if isinstance(value, Amount)]
        return compare_whole(number, total.operator, [self._terms.minor(amount) for amount in amounts])

    def counted(self, asked: Related | Total, related: Subject, condition: Predicate) -> Column:
        """What one question counts or adds up over the related rows for which a condition holds."""
        if isinstance(asked, Related):
            return _count(condition.is_not(sa.true()) if asked.quantifier is Quantifier.ALL else condition)
        if asked.field is None:
            return _count(condition)
        field = self._catalogue.get(asked.field)
        return _sum(related.stored(field), condition, self._currency(field, asked))

    def _currency(self, field: Field, total: Total) -> str | None:
        """The currency that a document's amounts must be in to be added up; None: every one is in the workspace's."""
        return None if total.currency is None or field.currency is Currency.BASE else self._terms.currency(total.currency)


class _Totals:
    """What a set of rules asks of related rows, each question once, and the columns that answer them."""

    def __init__(self, compiler: Compiler, expressions: Sequence[Expression], subject: Subject) -> None:
        questions: dict[str, dict[Related | Total, str]] = {}
        for asked in (leaf for expression in expressions for leaf in leaves(expression) if not isinstance(leaf, Comparison)):
            known = questions.setdefault(asked.relation, {})
            known.setdefault(_question(asked), f"total_{len(known) + 1}")
        self._columns: dict[Related | Total, Column] = {}
        for relation, asked_of in questions.items():
            made = subject.totals(relation, lambda related, asked_of=asked_of: _answers(compiler, asked_of, related))
            self._columns |= {asked: sa.func.coalesce(made.c[name], ZERO) for asked, name in asked_of.items()}

    def of(self, asked: Related | Total) -> Column:
        """The number that answers a question; 0 where there are no related rows."""
        return self._columns[_question(asked)]


def _answers(compiler: Compiler, asked_of: Mapping[Related | Total, str], related: Subject) -> Mapping[str, Column]:
    conditions = compiler.predicates([All(()) if asked.condition is None else asked.condition for asked in asked_of], related)
    return {name: compiler.counted(asked, related, condition) for (asked, name), condition in zip(asked_of.items(), conditions, strict=True)}


def _question(asked: Related | Total) -> Related | Total:
    """What is counted or added up, whatever it is held against: any and none count the same."""
    if isinstance(asked, Related):
        quantifier = Quantifier.ANY if asked.quantifier is Quantifier.NONE else asked.quantifier
        return Related(quantifier, asked.relation, asked.condition)
    values = () if asked.currency is None else (Amount(Decimal(0), asked.currency),)
    return Total(asked.relation, asked.field, asked.condition, Operator.EQUAL, values)


def _count(condition: Predicate) -> Column:
    return sa.func.count(sa.case((condition, 1)))


def _sum(stored: Stored, condition: Predicate, currency: str | None) -> Column:
    match stored:
        case Minor(amount, code):
            is_counted = condition if code is None or currency is None else sa.and_(condition, code == currency)
            return _added(amount, is_counted)
        case Plain(value) | Age(_, value):
            return _added(value, condition)
        case Numeral(text):
            return _added(whole_of(text), condition)
        case _:
            message = f"{type(stored).__name__} cannot be added up"
            raise LookupError(message)


def _added(value: Column, condition: Predicate) -> Column:
    return sa.cast(sa.func.sum(sa.case((condition, value))), ZERO.type)


def _numbers(total: Total) -> list[Fraction]:
    return [Fraction(value.value) for value in total.values if isinstance(value, Number)]
