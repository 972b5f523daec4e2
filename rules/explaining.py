"""Why a rule holds or not: the tree of its parts with a verdict each, and which single part, were it otherwise, would turn the whole.

What each of the smallest parts comes to is found by whoever has the data; here it is put together, by the two values that a rule knows (B16).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.axes import subject_of
from rules.meaning import Meaning
from rules.model import ALWAYS, All, Any, Comparison, Expression, Leaf, Not, Related, Total
from rules.trying import BudgetSpentError, Trials, part_of

Verdicts = Mapping[Leaf, bool]
"""Whether each of the smallest parts holds. Parts that say the same are one."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A part of a rule, whether it holds, and the parts that it is made of; `parts` is empty where it is one of the smallest."""

    expression: Expression
    holds: bool
    parts: tuple["Explained", ...] = ()

    def with_depth(self, depth: int = 0) -> Iterator[tuple[int, "Explained"]]:
        """This part, which is so deep, and all parts of it, each before its own."""
        yield depth, self
        for part in self.parts:
            yield from part.with_depth(depth + 1)


def explain(expression: Expression, verdicts: Verdicts) -> Explained:
    """The tree of a rule with the verdict on every part."""
    match expression:
        case All(parts):
            explained = tuple(explain(part, verdicts) for part in parts)
            return Explained(expression, all(part.holds for part in explained), explained)
        case Any(parts):
            explained = tuple(explain(part, verdicts) for part in parts)
            return Explained(expression, any(part.holds for part in explained), explained)
        case Not(part):
            inner = explain(part, verdicts)
            return Explained(expression, not inner.holds, (inner,))
        case Comparison() | Related() | Total():
            return Explained(expression, verdicts[expression])


def turning_leaves(expression: Expression, verdicts: Verdicts, meaning: Meaning) -> list[Leaf]:
    """The smallest parts each of which alone, were it otherwise, would turn the verdict on the whole rule.

    Parts that ask about the same go together: of these, one is told only where there is a value, by what the rule means on the day, with which it is
    otherwise, and the whole with it. Where too many would have to be tried, it is not told.
    """
    holds = explain(expression, verdicts).holds
    turning = [leaf for leaf, verdict in verdicts.items() if explain(expression, {**verdicts, leaf: not verdict}).holds is not holds]
    subjects = Counter(map(subject_of, verdicts))
    trials = Trials()
    return [leaf for leaf in turning if subjects[subject_of(leaf)] == 1 or _can_turn(leaf, expression, verdicts, meaning=meaning, trials=trials)]


def _narrowed(expression: Expression, subject: str, verdicts: Verdicts) -> Expression:
    """A rule in which everything but what asks about a subject stays as it is."""
    match expression:
        case All(parts):
            return All(tuple(_narrowed(part, subject, verdicts) for part in parts))
        case Any(parts):
            return Any(tuple(_narrowed(part, subject, verdicts) for part in parts))
        case Not(part):
            return Not(_narrowed(part, subject, verdicts))
        case Comparison() | Related() | Total():
            if subject_of(expression) == subject:
                return expression
            return ALWAYS if verdicts[expression] else Not(ALWAYS)


def _can_turn(leaf: Leaf, expression: Expression, verdicts: Verdicts, *, meaning: Meaning, trials: Trials) -> bool:
    """Whether there is a value of what a part asks about with which it is otherwise, and the whole rule with it."""
    part, whole = part_of(meaning.plain(leaf)), part_of(meaning.plain(_narrowed(expression, subject_of(leaf), verdicts)))
    holds = explain(expression, verdicts).holds
    try:
        return any(part.holds(case) is not verdicts[leaf] and whole.holds(case) is not holds for case in meaning.possible(trials.cases(whole, part)))
    except BudgetSpentError:
        return False
