"""The errors of rules: a rule that cannot be used is refused as a whole, with the place and what would be right."""


class RuleError(Exception):
    """Root of every refusal of a rule. Shown as it is to the person who writes the rule, who mends it."""


class RuleSyntaxError(RuleError):
    """The text of a rule cannot be read. The writer mends it at `position`."""

    def __init__(self, message: str, *, position: int) -> None:
        """`position` counts characters from 0 to the place where reading stopped."""
        super().__init__(message)
        self.position = position


class UnknownFieldError(RuleError):
    """A rule names a field that no plugin provides. The writer takes `suggestion`, or installs the plugin that has the field."""

    def __init__(self, field_id: str, *, suggestion: str | None = None) -> None:
        """`suggestion` is the nearest known field; None when none is near."""
        hint = "" if suggestion is None else f"; did you mean {suggestion!r}?"
        super().__init__(f"there is no field {field_id!r}{hint}")
        self.field_id = field_id
        self.suggestion = suggestion


class IncompatibleTypeError(RuleError):
    """A rule compares a field with a value or operator of another type. The writer changes the value or the operator."""

    def __init__(self, message: str, *, field_id: str) -> None:
        """`field_id` is the field of the comparison."""
        super().__init__(message)
        self.field_id = field_id


class DuplicateFieldError(RuleError):
    """Two fields have one id. Whoever makes the catalogue leaves one of them out; a plugin author renames theirs."""

    def __init__(self, field_id: str) -> None:
        """`field_id` is the id that stands twice."""
        super().__init__(f"the field {field_id!r} is there twice: a field id names one meaning")
        self.field_id = field_id
