"""How large a rule may be: enough for anything that a person writes, and too little to keep a process busy."""

from rules.errors import RuleTooLargeError
from rules.model import All, Any, Expression, Not, Related, Total

MOST_CHARACTERS = 10_000
MOST_PARTS = 500
MOST_DEPTH = 20
MOST_VALUES = 500


def require_text_size(text: str) -> None:
    """Raise RuleTooLargeError for a text that is too long to be read."""
    if len(text) > MOST_CHARACTERS:
        message = f"the rule has {len(text)} characters; at most {MOST_CHARACTERS} are read"
        raise RuleTooLargeError(message)


def require_size(expression: Expression) -> None:
    """Raise RuleTooLargeError for a rule that nests too deep, or has too many parts or values."""
    parts = values = 0
    waiting = [(expression, 1)]
    while waiting:
        current, depth = waiting.pop()
        parts += 1
        if depth > MOST_DEPTH:
            message = f"the rule nests deeper than {MOST_DEPTH} levels"
            raise RuleTooLargeError(message)
        values += len(getattr(current, "values", ()))
        if parts > MOST_PARTS or values > MOST_VALUES:
            message = f"the rule has more than {MOST_PARTS} parts or {MOST_VALUES} values"
            raise RuleTooLargeError(message)
        waiting.extend((part, depth + 1) for part in parts_of(current))


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
