"""Parts of a rule, tried with every combination of values that they tell apart, within one budget for a whole rule."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import product

from rules.axes import Atom, Case, Key, Point, atom_of, how_many, subject_of, worth_trying
from rules.limits import MOST_CASES, MOST_TRIED
from rules.model import All, Any, Comparison, Expression, Leaf, Not, Related, Total
from rules.walking import parts_of

_TO_BEGIN = 20
_TO_MAKE_A_CASE = 2
"""What these take, counted in atoms tried."""


class BudgetSpentError(Exception):
    """What may be tried of one rule is spent. Whoever reasons about it says nothing more."""


class Part:
    """A part of a rule with what it asks about, worked out once and when it is asked for: most parts are never tried.

    `parts` are what it is made of; what is asked of related objects is one atom.
    """

    def __init__(self, expression: Expression, parts: Sequence["Part"]) -> None:
        """`parts` are empty where it is one of the smallest."""
        self.expression = expression
        self.parts = parts

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What it asks about."""
        if isinstance(self.expression, Leaf):
            return frozenset({subject_of(self.expression)})
        return frozenset[str]().union(*(part.subjects for part in self.parts))

    @cached_property
    def atoms(self) -> Sequence[Atom]:
        """The smallest parts."""
        return [atom_of(self.expression)] if isinstance(self.expression, Leaf) else [atom for part in self.parts for atom in part.atoms]

    @cached_property
    def holds(self) -> Callable[[Case], bool]:
        """Whether it holds in a case."""
        told = [part.holds for part in self.parts]
        match self.expression:
            case All() | Any():
                return _settled_by(told, settling=isinstance(self.expression, Any))
            case Not():
                (inner,) = told
                return lambda case: not inner(case)
            case Comparison() | Related() | Total():
                return self.atoms[0].holds


def part_of(expression: Expression) -> Part:
    """An expression, taken apart."""
    return Part(expression, () if isinstance(expression, Leaf) else [part_of(part) for part in parts_of(expression)])


def _settled_by(told: Sequence[Callable[[Case], bool]], *, settling: bool) -> Callable[[Case], bool]:
    """What a list of parts comes to, which the first of them that is so settles."""

    def holds(case: Case) -> bool:
        for one in told:
            if one(case) is settling:
                return settling
        return not settling

    return holds


class Trials:
    """What is tried for one rule. `left` is how much more may be; `verdicts` is what came of it: whether a part always holds, or never does."""

    def __init__(self, most: int = MOST_TRIED) -> None:
        """`most` is how many times an atom may be tried in all."""
        self.left = most
        self.verdicts: dict[Part, bool | None] = {}

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
