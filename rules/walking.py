"""The ways through an expression: to the parts that it is made of, to all of them, and to the smallest."""

from collections.abc import Iterator

from rules.model import All, Any, Expression, Leaf, Not, Related, Total


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that an expression is made of, in their order."""
    match expression:
        case All(parts) | Any(parts):
            return parts
        case Not(part):
            return (part,)
        case Related(condition=condition):
            return (condition,)
        case Total(condition=condition) if condition is not None:
            return (condition,)
        case _:
            return ()


def every_part(expression: Expression) -> Iterator[Expression]:
    """A rule and all parts of it, each before its own."""
    yield expression
    for part in parts_of(expression):
        yield from every_part(part)


def leaves(expression: Expression) -> Iterator[Leaf]:
    """The smallest parts of a rule, in the order in which they are written; one that is written twice comes twice."""
    if isinstance(expression, Leaf):
        yield expression
        return
    for part in parts_of(expression):
        yield from leaves(part)
