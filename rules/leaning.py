"""Rules of which some parts are not known: as far as the others decide, they decide."""

from collections.abc import Callable
from dataclasses import replace

from rules.fields import Operator
from rules.model import ALWAYS, All, Any, Comparison, Expression, Leaf, Not, Quantifier, Related, Total
from rules.walking import every_part


def leaning(expression: Expression, is_unknown: Callable[[Leaf], bool], *, towards: bool) -> Expression:
    """A rule in which each of the smallest parts that is unknown comes out so that the whole leans `towards` holding, or the other way.

    Where this one fails though it leans towards holding, the rule fails whatever the unknown parts come to; and so the other way round. What is
    unknown of related objects is one more of them, so where any of them makes a part hold already, it holds still.
    """
    match expression:
        case All(parts):
            return All(tuple(leaning(part, is_unknown, towards=towards) for part in parts))
        case Any(parts):
            return Any(tuple(leaning(part, is_unknown, towards=towards) for part in parts))
        case Not(part):
            return Not(leaning(part, is_unknown, towards=not towards))
        case Related(quantifier, _, condition) if not is_unknown(expression):
            return replace(expression, condition=leaning(condition, is_unknown, towards=towards is not (quantifier is Quantifier.NONE)))
        case Comparison() | Related() | Total():
            unknown = [part for part in every_part(expression) if isinstance(part, Leaf) and is_unknown(part)]
            if not unknown or (unknown == [expression] and _of_one_more(expression) is (not towards)):
                return expression
            return ALWAYS if towards else Not(ALWAYS)


def _of_one_more(part: Leaf) -> bool | None:
    """Whether one more related object can only make a part hold, or (False) only make it fail; None: either."""
    match part:
        case Related(Quantifier.ANY) | Total(field=None, operator=Operator.GREATER | Operator.GREATER_OR_EQUAL):
            return True
        case Related(Quantifier.NONE) | Total(field=None, operator=Operator.LESS | Operator.LESS_OR_EQUAL):
            return False
        case _:
            return None
