"""What is wrong with a rule, or strange about it, told where it stands."""

from dataclasses import dataclass
from enum import StrEnum

from rules.model import Place


class FindingKind(StrEnum):
    """What a check has found. The last three leave a rule usable: it says what it says, though hardly what was meant."""

    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    WRONG_LEVEL = "WRONG_LEVEL"
    WRONG_OPERATOR = "WRONG_OPERATOR"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    CURRENCY_MISSING = "CURRENCY_MISSING"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    EMPTY_RANGE = "EMPTY_RANGE"
    NEVER_TRUE = "NEVER_TRUE"
    ALWAYS_TRUE = "ALWAYS_TRUE"
    SHADOWED = "SHADOWED"
    MISSING_IS_FALSE = "MISSING_IS_FALSE"


_STRANGE = frozenset({FindingKind.NEVER_TRUE, FindingKind.ALWAYS_TRUE, FindingKind.SHADOWED, FindingKind.MISSING_IS_FALSE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has found. `part` is the text of the part of the rule; `place` None: the rule came as a document.

    `suggestion` is what could stand there instead; None: nothing is near.
    """

    kind: FindingKind
    message: str
    part: str
    place: Place | None = None
    suggestion: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the rule cannot be used as it is."""
        return self.kind not in _STRANGE
