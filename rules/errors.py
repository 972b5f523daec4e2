"""The errors of rules: a rule that cannot be used is refused as a whole, with the place and what would be right."""

from collections.abc import Sequence


class RuleError(Exception):
    """Root of every refusal of a rule. Shown as it is to the person who writes the rule, who mends it."""


class RuleSyntaxError(RuleError):
    """A rule cannot be read. The writer mends the text at `line` and `column`, or the document at `path`."""

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, path: Sequence[str | int] = (), expected: Sequence[str] = ()
    ) -> None:
        """`line` and `column` count from 1 and are None for a document; `expected` is what could stand there, for people."""
        where = f"line {line}, column {column}: " if line is not None else f"at {'.'.join(map(str, path))}: " if path else ""
        super().__init__(where + message)
        self.line = line
        self.column = column
        self.path = tuple(path)
        self.expected = tuple(expected)


class RuleTooLargeError(RuleError):
    """A rule goes beyond a limit of length, depth or parts. The writer splits it into several, or lists values with `includes`."""


class UnknownFieldError(RuleError):
    """A rule names a field that no plugin provides. The writer takes `suggestion`, or installs the plugin that has the field."""

    def __init__(self, field_id: str, *, suggestion: str | None = None) -> None:
        """`suggestion` is the nearest known field; None when none is near."""
        hint = "" if suggestion is None else f"; did you mean {suggestion!r}?"
        super().__init__(f"there is no field {field_id!r}{hint}")
        self.field_id = field_id
        self.suggestion = suggestion


class DuplicateFieldError(RuleError):
    """Two fields have one id. Whoever makes the catalogue leaves one of them out; a plugin author renames theirs."""

    def __init__(self, field_id: str) -> None:
        """`field_id` is the id that stands twice."""
        super().__init__(f"the field {field_id!r} is there twice: a field id names one meaning")
        self.field_id = field_id
