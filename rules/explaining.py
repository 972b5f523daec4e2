"""Why a rule holds or not: the tree of its parts with a verdict each, and which single part, were it otherwise, would turn the whole.

What each of the smallest parts comes to is found by whoever has the data; here it is put together, by the two values that a rule knows (B16).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import All, Any, Comparison, Expression, Leaf, Not, Related, Total

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


def turning_leaves(expression: Expression, verdicts: Verdicts) -> list[Leaf]:
    """The smallest parts each of which alone, were it otherwise, would turn the verdict on the whole rule."""
    holds = explain(expression, verdicts).holds
    return [leaf for leaf, verdict in verdicts.items() if explain(expression, {**verdicts, leaf: not verdict}).holds is not holds]
