"""Parts of a rule, tried with every combination of values that they tell apart, within one budget for a whole rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from rules.axes import Atom, Case, Key, Point, atom_of, how_many, worth_trying
from rules.limits import MOST_CASES, MOST_TRIED
from rules.model import All, Any, Comparison, Expression, Not, Related, Total

_TO_BEGIN = 20
_TO_MAKE_A_CASE = 2
"""What these take, counted in atoms tried."""


class BudgetSpentError(Exception):
    """What may be tried of one rule is spent. Whoever reasons about it says nothing more."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rule with what it asks about, worked out once. `parts` are what it is made of; what is asked of related objects is one atom."""

    expression: Expression
    parts: tuple["Part", ...]
    atoms: tuple[Atom, ...]
    subjects: frozenset[str]
    holds: Callable[[Case], bool]


def part_of(expression: Expression) -> Part:
    """An expression, taken apart."""
    match expression:
        case All(parts) | Any(parts):
            return list_of(expression, [part_of(part) for part in parts])
        case Not(part):
            found = part_of(part)
            return Part(expression, (found,), found.atoms, found.subjects, lambda case: not found.holds(case))
        case Comparison() | Related() | Total():
            atom = atom_of(expression)
            return Part(expression, (), (atom,), frozenset({atom.subject}), atom.holds)


def list_of(expression: All | Any, parts: Sequence[Part]) -> Part:
    """A list of parts that are taken apart already."""
    atoms = tuple(atom for part in parts for atom in part.atoms)
    settling = isinstance(expression, Any)
    told = [part.holds for part in parts]

    def holds(case: Case) -> bool:
        for one in told:
            if one(case) is settling:
                return settling
        return not settling

    return Part(expression, tuple(parts), atoms, frozenset(atom.subject for atom in atoms), holds)


class Trials:
    """What is tried for one rule. `left` is how much more may be."""

    def __init__(self, most: int = MOST_TRIED) -> None:
        """`most` is how many times an atom may be tried in all."""
        self.left = most

    def cases(self, *parts: Part) -> Iterator[Case]:
        """Every combination worth trying of some parts; none where there are too many. Raises BudgetSpentError."""
        self._spend(_TO_BEGIN)
        axes = self._axes(parts)
        number = 1
        for points in axes.values():
            number *= how_many(points)
            if number > MOST_CASES:
                return
        self._spend(sum(map(how_many, axes.values())))
        size = _TO_MAKE_A_CASE + sum(len(part.atoms) for part in parts)
        for values in product(*(worth_trying(points) for points in axes.values())):
            self._spend(size)
            yield dict(zip(axes, values, strict=True))

    def _axes(self, parts: Sequence[Part]) -> dict[Key, set[Point]]:
        found: dict[Key, set[Point]] = {}
        for part in parts:
            for atom in part.atoms:
                self._spend(1 + len(atom.axes))
                for key, points in atom.axes.items():
                    found.setdefault(key, set()).update(points)
        return found

    def _spend(self, count: int) -> None:
        if count > self.left:
            self.left = 0
            raise BudgetSpentError
        self.left -= count
