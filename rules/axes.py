"""What the smallest parts of a rule ask about, as axes: each with the points on it that a part tells apart.

Points are exact: numbers are fractions, and where one is tried that no rule names, it is no text.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import Any as Whatever

from rules.fields import Operator
from rules.model import Comparison, Leaf
from rules.values import Amount, Day, Flag, Number, RelativeDay, Text, Value, Window
from rules.writing import write_rule


class Special(Enum):
    """What is tried beside the points: no value, and a text that no rule names."""

    MISSING = "MISSING"
    OTHER = "OTHER"


Point = Fraction | str | bool
Key = tuple[Hashable, ...]
Case = Mapping[Key, Whatever]
"""A value for each axis."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One of the smallest parts of a rule: a comparison, or what is asked of related objects.

    `axes` are the axes that it lies on, with its points; an axis without points is a question of yes or no.
    """

    axes: Mapping[Key, Collection[Point]]
    holds: Callable[[Case], bool]


def subject_of(part: Leaf) -> str:
    """What a part asks about: a field, or what it says of related objects. Parts that ask about different things have no axis in common."""
    return part.field if isinstance(part, Comparison) else write_rule(part)


def atom_of(part: Leaf) -> Atom:
    """The atom of a part; its axes are named here, once, and not whenever it is tried."""
    if not isinstance(part, Comparison):
        return _question(write_rule(part))
    if part.operator in _PRESENCE:
        return _presence(part)
    if part.operator in _AMONG:
        return _among(part)
    points = [_point(value) for value in part.values]
    if any(point is None or (isinstance(point, str) and part.operator not in _EQUALITY) for point in points):
        return _question(write_rule(part))
    return _held_against(part, [point for point in points if point is not None])


def worth_trying(points: Collection[Point]) -> Sequence[Point | Special]:
    """The values to try of an axis: none, the points, and for what is ordered one before, between and after them; for texts one that is none of them."""
    if not points:
        return [False, True]
    numbers = sorted(point for point in points if isinstance(point, Fraction))
    if numbers:
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        return [Special.MISSING, numbers[0] - 1, *numbers, *between, numbers[-1] + 1]
    if any(isinstance(point, str) for point in points):
        return [Special.MISSING, *points, Special.OTHER]
    return [Special.MISSING, False, True]


def how_many(points: Collection[Point]) -> int:
    """How many values are worth trying."""
    match next(iter(points), None):
        case None:
            return 2
        case bool():
            return 3
        case str():
            return len(points) + 2
        case Fraction():
            return 2 * len(points) + 2


def can_be(case: Case, lies_on_one_axis: Callable[[str], bool]) -> bool:
    """Whether all of a case can be at once: a field that is not set has no value and no element, another one has one value, and what a set has can be told.

    `lies_on_one_axis` says of a field whether its value is on the one axis that is asked about whenever it is set; else it may be on none.
    """
    values: Counter[str] = Counter()
    for key, point in case.items():
        if key[0] == "value":
            values[str(key[1])] += point is not Special.MISSING
    return all(_fits(key, case, values, lies_on_one_axis=lies_on_one_axis) for key in case)


def _fits(key: Key, case: Case, values: Mapping[str, int], *, lies_on_one_axis: Callable[[str], bool]) -> bool:
    kind, field = key[0], str(key[1])
    match kind:
        case "value":
            return values[field] <= int(case[_is_set(field)])
        case "set":
            return not (case[key] and field in values and values[field] == 0 and lies_on_one_axis(field))
        case "has":
            return not case[key] or bool(case.get(_is_set(field), True))
        case "told":
            return bool(case[key])
        case _:
            return True


def _question(text: str) -> Atom:
    """A part of which nothing is known but that it holds or does not: windows, and texts by their order, are such."""
    key = ("holds", text)
    return Atom({key: ()}, lambda case: bool(case[key]))


def _presence(comparison: Comparison) -> Atom:
    key, is_wanted = _is_set(comparison.field), comparison.operator is Operator.IS_SET
    return Atom({key: ()}, lambda case: case[key] is is_wanted)


def _among(comparison: Comparison) -> Atom:
    """Each element is a question, and so is whether the field can be told: a single text that is missing cannot, a set always can (B16)."""
    field, is_wanted = comparison.field, comparison.operator is Operator.INCLUDES
    elements = [("has", field, Text(value.value.casefold()) if isinstance(value, Text) else value) for value in comparison.values]
    told = ("told", field)

    def holds(case: Case) -> bool:
        has_one = any(case[element] for element in elements)
        return has_one if is_wanted else not has_one and bool(case[told])

    return Atom(dict.fromkeys([*elements, told], ()), holds)


def _held_against(comparison: Comparison, points: Sequence[Point]) -> Atom:
    """Where the field is set, and has a value that can be told against the points."""
    is_set, relation = _is_set(comparison.field), _RELATIONS[comparison.operator]
    keys = [_axis_of(comparison.field, value) for value in comparison.values]
    axes: dict[Key, list[Point]] = {is_set: []}
    for key, point in zip(keys, points, strict=True):
        axes.setdefault(key, []).append(point)

    def holds(case: Case) -> bool:
        found = [case[key] for key in keys]
        return bool(case[is_set]) and all(one is not Special.MISSING for one in found) and relation(found, points)

    return Atom(axes, holds)


def _is_set(field: str) -> Key:
    return "set", field


def _axis_of(field: str, value: Value) -> Key:
    """Values that cannot be told against each other, such as amounts in two currencies, lie on axes of their own."""
    return "value", field, type(value).__name__, value.currency if isinstance(value, Amount) else None


def _point(value: Value) -> Point | None:
    """Where a value lies on its axis; None: a window lies on none."""
    match value:
        case Amount(number) | Number(number):
            return Fraction(number)
        case Text(text):
            return text.casefold()
        case Flag(is_true):
            return is_true
        case Day(day):
            return Fraction(day.toordinal())
        case RelativeDay(days):
            return Fraction(days)
        case Window():
            return None


_PRESENCE = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
_AMONG = frozenset({Operator.INCLUDES, Operator.EXCLUDES})
_EQUALITY = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})
_RELATIONS: Mapping[Operator, Callable[[Sequence[Whatever], Sequence[Whatever]], bool]] = {
    Operator.LESS: lambda found, points: found[0] < points[0],
    Operator.LESS_OR_EQUAL: lambda found, points: found[0] <= points[0],
    Operator.GREATER: lambda found, points: found[0] > points[0],
    Operator.GREATER_OR_EQUAL: lambda found, points: found[0] >= points[0],
    Operator.EQUAL: lambda found, points: found[0] == points[0],
    Operator.NOT_EQUAL: lambda found, points: found[0] != points[0],
    Operator.BETWEEN: lambda found, points: points[0] <= found[0] and found[1] <= points[1],
}
