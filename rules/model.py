"""The expression that a rule is, whichever face it was written in: text (rules/parsing.py, rules/writing.py) or document (rules/document.py).

Equality is that of meaning in shape: two rules are equal when their trees are, wherever they stand in a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member
from enum import StrEnum

from rules.fields import Operator
from rules.values import Amount, Value


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins in the text of a rule; lines and columns count from 1."""

    line: int
    column: int


class Quantifier(StrEnum):
    """Of how many of the related objects something holds. ALL holds, and ANY does not, where there is none at all."""

    ANY = "ANY"
    ALL = "ALL"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field held against values: one, two for BETWEEN (both ends included), any number for INCLUDES and EXCLUDES, none for IS_SET and IS_NOT_SET."""

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()
    place: Place | None = member(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts it always holds (RF8)."""

    parts: tuple["Expression", ...]
    place: Place | None = member(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple["Expression", ...]
    place: Place | None = member(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; a missing value makes a comparison false, so this makes it true (B16)."""

    part: "Expression"
    place: Place | None = member(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Related:
    """Something holds of any, all or none of the related objects. `relation` is the name of one of them: `invoice`, `payment`, `attempt`."""

    quantifier: Quantifier
    relation: str
    condition: "Expression"
    place: Place | None = member(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Total:
    """How many related objects there are for which something holds, or what a field of theirs adds up to, held against values.

    `field` None: how many. `condition` None: all of them. A sum leaves out what is missing, and is 0 where there is nothing to add.
    """

    relation: str
    field: str | None
    condition: "Expression | None"
    operator: Operator
    values: tuple[Value, ...]
    place: Place | None = member(default=None, compare=False)

    @property
    def currency(self) -> str | None:
        """The currency of the amounts that it is held against, BASE where that is the word; None: it is held against none."""
        return next((value.currency for value in self.values if isinstance(value, Amount)), None)


Leaf = Comparison | Related | Total
"""The smallest parts, of which all others are made: what is asked of related objects is one of them."""

Expression = Leaf | All | Any | Not

ALWAYS = All(())


def all_of(parts: Sequence[Expression], *, place: Place | None = None) -> Expression:
    """Every one of some parts; one alone is itself."""
    return parts[0] if len(parts) == 1 else All(tuple(parts), place)


def any_of(parts: Sequence[Expression], *, place: Place | None = None) -> Expression:
    """At least one of some parts; one alone is itself. Raises ValueError where there is none: it would never hold."""
    if not parts:
        raise ValueError("a choice among nothing never holds")
    return parts[0] if len(parts) == 1 else Any(tuple(parts), place)
