"""How large a rule may be: enough for anything that a person writes, and too little to keep a process busy."""

from rules.errors import RuleTooLargeError
from rules.fields import LONGEST_ID
from rules.model import Comparison, Expression, Total
from rules.values import Text
from rules.walking import parts_of
from rules.writing import write_rule

MOST_CHARACTERS = 10_000
"""Of the text of a rule: as it is given, and as it is written, which holds for documents too."""

MOST_TEXT = 1_000
"""Of one text that a field is compared with."""

MOST_SHOWN = 100
"""Of what is told of a part of a document that nothing is known of."""

MOST_PARTS = 500
MOST_DEPTH = 20
MOST_VALUES = 500

MOST_FINDINGS = 50
"""What a check tells of one rule."""

MOST_CASES = 1_000
"""Of parts that hang together in more combinations than this nothing is said."""

MOST_COMPARED = 40
"""In a list of more parts than this it is not looked for those that add nothing."""

MOST_TRIED = 200_000
"""How many comparisons are tried while it is reasoned about one rule; beyond them nothing more is said."""


def require_text_size(text: str) -> None:
    """Raise RuleTooLargeError for a text that is too long to be read."""
    if len(text) > MOST_CHARACTERS:
        message = f"the rule has {len(text)} characters; at most {MOST_CHARACTERS} are read"
        raise RuleTooLargeError(message)


def require_length(text: str) -> None:
    """Raise RuleTooLargeError for a text within a rule that is too long."""
    if len(text) > MOST_TEXT:
        message = f"a text of the rule has {len(text)} characters; at most {MOST_TEXT} are read"
        raise RuleTooLargeError(message)


def require_size(expression: Expression) -> None:
    """Raise RuleTooLargeError for a rule that nests too deep, has too many parts or values, or is too long when it is written as a text."""
    _require_parts(expression)
    length = len(write_rule(expression))
    if length > MOST_CHARACTERS:
        message = f"the rule has {length} characters when it is written as a text; at most {MOST_CHARACTERS} are read"
        raise RuleTooLargeError(message)


def _require_parts(expression: Expression) -> None:
    parts = values = 0
    waiting = [(expression, 1)]
    while waiting:
        current, depth = waiting.pop()
        parts += 1
        if depth > MOST_DEPTH:
            message = f"the rule nests deeper than {MOST_DEPTH} levels"
            raise RuleTooLargeError(message)
        values += _require_names(current)
        if parts > MOST_PARTS or values > MOST_VALUES:
            message = f"the rule has more than {MOST_PARTS} parts or {MOST_VALUES} values"
            raise RuleTooLargeError(message)
        waiting.extend((part, depth + 1) for part in parts_of(current))


def _require_names(part: Expression) -> int:
    """How many values a part has. Raises RuleTooLargeError where one of them, or the name of the field, is too long."""
    if not isinstance(part, (Comparison, Total)):
        return 0
    if part.field is not None and len(part.field) > LONGEST_ID:
        message = f"the name of a field has {len(part.field)} characters; at most {LONGEST_ID} are read"
        raise RuleTooLargeError(message)
    for value in part.values:
        if isinstance(value, Text):
            require_length(value.value)
    return len(part.values)
