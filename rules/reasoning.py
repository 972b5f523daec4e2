"""What can be said of a rule without any data: whether it can be true at all, or false, and whether a part of it adds nothing.

Every field is tried with a value of each sort that the rule tells apart: each value that it names, one in each gap between them, and none at
all. What is asked of related objects may be true or false. So the answers `never` and `always` are certain, since more is tried than can be;
what hangs together in truth (two fields that are never set at once) is not known here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Any as Whatever

from rules.fields import Operator
from rules.findings import Finding, FindingKind
from rules.model import All, Any, Comparison, Expression, Not, Place, Related, Total
from rules.values import Amount, Day, Flag, Number, RelativeDay, Text, Value, Window
from rules.writing import write_rule

MOST_CASES = 1_000
"""Of parts that hang together in more combinations than this nothing is said."""

MOST_COMPARED = 40
"""In a list of more parts than this it is not looked for those that add nothing."""

Case = Mapping[str, Whatever]
"""A value for each axis: a field, or a question about related objects."""

_MISSING = None
_OTHER = "\0"
"""A text that no rule names."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """One thing that a rule asks about, by its name, and the values that are worth trying."""

    name: str
    values: Sequence[Whatever]


def reason(expression: Expression) -> Iterator[Finding]:
    """What is strange about a rule, outermost first; what is said of a whole is not said again of its parts."""
    if expression == All(()):
        return
    verdict = _verdict(expression)
    if verdict is not None:
        kind, words = (FindingKind.ALWAYS_TRUE, "always") if verdict else (FindingKind.NEVER_TRUE, "never")
        yield Finding(kind, f"this is {words} true, whatever the values are", write_rule(expression), _place(expression))
        return
    yield from _shadowed(expression)
    match expression:
        case All(parts) | Any(parts):
            for part in parts:
                yield from reason(part)
        case Not(part) | Related(condition=part):
            yield from reason(part)
        case Total(condition=condition) if condition is not None:
            yield from reason(condition)
        case _:
            pass


def _verdict(expression: Expression) -> bool | None:
    """True: it always holds; False: it never does; None: that depends, or there is too much to try.

    Parts that ask about different things are judged by themselves: all of them hold always when each does, and never when one never does.
    """
    match expression:
        case Not(part):
            found = _verdict(part)
            return None if found is None else not found
        case All(parts) | Any(parts) if len(groups := _groups(parts)) > 1:
            is_all = isinstance(expression, All)
            verdicts = {_verdict(group[0] if len(group) == 1 else (All if is_all else Any)(tuple(group))) for group in groups}
            settling = not is_all
            return settling if settling in verdicts else None if None in verdicts else not settling
        case _:
            return _tried(expression)


def _tried(expression: Expression) -> bool | None:
    found: set[bool] = set()
    for case in _cases([expression]):
        found.add(_holds(expression, case))
        if len(found) > 1:
            return None
    return found.pop() if found else None


def _groups(parts: Sequence[Expression]) -> Sequence[list[Expression]]:
    """The parts, those together that ask about the same thing, directly or by way of others."""
    groups: list[tuple[set[str], list[Expression]]] = []
    for part in parts:
        subjects, together = _subjects(part), [part]
        others: list[tuple[set[str], list[Expression]]] = []
        for found, members in groups:
            if found & subjects:
                subjects, together = subjects | found, [*members, *together]
            else:
                others.append((found, members))
        groups = [*others, (subjects, together)]
    return [members for _, members in groups]


def _subjects(expression: Expression) -> set[str]:
    return {atom.field if isinstance(atom, Comparison) else write_rule(atom) for atom in _atoms([expression])}


def _shadowed(expression: Expression) -> Iterator[Finding]:
    """Parts that change nothing, since another one says as much."""
    if not isinstance(expression, (All, Any)) or len(expression.parts) > MOST_COMPARED:
        return
    wants = isinstance(expression, All)
    subjects = [_subjects(part) for part in expression.parts]
    gone: set[int] = set()
    for number, part in reversed(list(enumerate(expression.parts))):
        for at, other in enumerate(expression.parts):
            if at != number and at not in gone and subjects[at] & subjects[number] and _says_as_much(other, part, wants=wants):
                gone.add(number)
                why = "whenever" if wants else "only when"
                message = f"this adds nothing: it holds {why} `{write_rule(other)}` does"
                yield Finding(FindingKind.SHADOWED, message, write_rule(part), _place(part))
                break


def _says_as_much(other: Expression, part: Expression, *, wants: bool) -> bool:
    """Whether the part is true whenever the other one is (`wants`), or false whenever that one is."""
    tried = False
    for case in _cases([other, part]):
        tried = True
        if _holds(other, case) is wants and _holds(part, case) is not wants:
            return False
    return tried


def _place(expression: Expression) -> Place | None:
    """Where it begins: of what is made of parts, where the first of them does."""
    if isinstance(expression, (All, Any)) and expression.place is None and expression.parts:
        return _place(expression.parts[0])
    return expression.place


def _cases(expressions: Sequence[Expression]) -> Iterator[Case]:
    """Every combination worth trying; none where there are too many."""
    axes = list(_axes(expressions))
    if prod(len(axis.values) for axis in axes) > MOST_CASES:
        return
    names = [axis.name for axis in axes]
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip(names, values, strict=True))


def _axes(expressions: Sequence[Expression]) -> Iterator[_Axis]:
    named: dict[str, set[Whatever]] = defaultdict(set)
    asked: set[str] = set()
    for comparison in _atoms(expressions):
        if not isinstance(comparison, Comparison):
            asked.add(write_rule(comparison))
            continue
        if not comparison.values:
            named[comparison.field].add(_MISSING)
        for axis, point in _points(comparison):
            if point is None:
                asked.add(axis)
            else:
                named[axis].add(point)
                named[comparison.field].add(_MISSING)
    yield from (_Axis(name, (False, True)) for name in sorted(asked))
    for name, points in sorted(named.items()):
        yield _Axis(name, [_MISSING, *_worth_trying(sorted((point for point in points if point is not _MISSING), key=_sorting))])


def _sorting(point: Whatever) -> tuple[str, Whatever]:  # noqa: ANN401 - a point of any axis
    return type(point).__name__, point


def _worth_trying(points: Sequence[Whatever]) -> Sequence[Whatever]:
    """The points, and for what is ordered one before, between and after them; for texts one that is none of them."""
    if not points:
        return (True,)
    if isinstance(points[0], bool):
        return (False, True)
    if isinstance(points[0], str):
        return (*points, _OTHER)
    between = [(low + high) / 2 for low, high in pairwise(points)]
    return sorted([points[0] - 1, *points, *between, points[-1] + 1])


def _atoms(expressions: Sequence[Expression]) -> Iterator[Comparison | Related | Total]:
    for expression in expressions:
        match expression:
            case Comparison() | Related() | Total():
                yield expression
            case All(parts) | Any(parts):
                yield from _atoms(parts)
            case Not(part):
                yield from _atoms([part])


def _points(comparison: Comparison) -> Iterator[tuple[str, Whatever]]:
    """The axis and the point on it of each value. Point None: the axis is a question of yes or no; a window, and elements of sets, are such."""
    for value in comparison.values:
        if comparison.operator in _AMONG:
            yield _element(comparison.field, value), None
            yield _told(comparison.field), None
        elif isinstance(value, Window):
            yield write_rule(comparison), None
        else:
            yield _axis_of(comparison.field, value), _point(value)


_AMONG = frozenset({Operator.INCLUDES, Operator.EXCLUDES})


def _element(field: str, value: Value) -> str:
    return f"{field} has {_point(value)}"


def _told(field: str) -> str:
    """Whether what is excluded can be told of a field: of a single text that is missing it cannot, of a set it always can (B16)."""
    return f"{field} can be told"


def _axis_of(field: str, value: Value) -> str:
    """Values that cannot be told against each other, such as amounts in two currencies, lie on axes of their own."""
    return f"{field} in {value.currency}" if isinstance(value, Amount) else f"{field} as {type(value).__name__}"


def _point(value: Value) -> Whatever:  # noqa: ANN401 - the same
    match value:
        case Amount(number) | Number(number):
            return number
        case Text(text):
            return text.casefold()
        case Flag(is_true):
            return is_true
        case Day(day):
            return Decimal(day.toordinal())
        case RelativeDay(days):
            return Decimal(days)
        case Window():
            return None


def _holds(expression: Expression, case: Case) -> bool:
    match expression:
        case All(parts):
            return all(_holds(part, case) for part in parts)
        case Any(parts):
            return any(_holds(part, case) for part in parts)
        case Not(part):
            return not _holds(part, case)
        case Comparison():
            return _compares(expression, case)
        case _:
            return bool(case[write_rule(expression)])


def _compares(comparison: Comparison, case: Case) -> bool:
    operator, values = comparison.operator, comparison.values
    if operator in _AMONG:
        has_one = any(case[_element(comparison.field, value)] for value in values)
        return has_one if operator is Operator.INCLUDES else not has_one and bool(case[_told(comparison.field)])
    if operator is Operator.WITHIN:
        return bool(case[write_rule(comparison)])
    is_there = case.get(comparison.field) is not _MISSING
    if operator in _PRESENCE:
        return is_there is (operator is Operator.IS_SET)
    found = [case[_axis_of(comparison.field, value)] for value in values]
    points = [_point(value) for value in values]
    return is_there and all(one is not _MISSING for one in found) and _RELATIONS[operator](found, points)


_PRESENCE = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
_RELATIONS: Mapping[Operator, Callable[[Sequence[Whatever], Sequence[Whatever]], bool]] = {
    Operator.LESS: lambda found, points: found[0] < points[0],
    Operator.LESS_OR_EQUAL: lambda found, points: found[0] <= points[0],
    Operator.GREATER: lambda found, points: found[0] > points[0],
    Operator.GREATER_OR_EQUAL: lambda found, points: found[0] >= points[0],
    Operator.EQUAL: lambda found, points: found[0] == points[0],
    Operator.NOT_EQUAL: lambda found, points: found[0] != points[0],
    Operator.BETWEEN: lambda found, points: points[0] <= found[0] and found[1] <= points[1],
}
