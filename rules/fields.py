"""Fields: what a rule can ask about, and the catalogue in which they are found by id."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from rules.errors import DuplicateFieldError, UnknownFieldError

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z0-9]+(_[a-z0-9]+)*)?(\[([0-9]+\.\.[0-9]*|[a-z]+)\])?")
_ROWS = re.compile(r" \((?:(?:HM|RC|RI|RP|B)[0-9]+(?:, )?)+\)")
_MOST_FOLDED = 100
LONGEST_ID = 100
"""How many characters the id of a field has at most."""


class Level(StrEnum):
    """What a field is a property of, and so which rules may use it (RF1).

    PAYMENT is how collecting goes: the last attempt, the methods on file. MONEY_IN and ATTEMPT are single payments and payment attempts, which
    rules ask about by `any payment (...)` and `any attempt (...)`.
    """

    CUSTOMER = "CUSTOMER"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"
    MONEY_IN = "MONEY_IN"
    ATTEMPT = "ATTEMPT"


class Currency(StrEnum):
    """In what an amount is: in the workspace's currency, or in that of its own document."""

    BASE = "BASE"
    DOCUMENT = "DOCUMENT"


class FieldType(StrEnum):
    """What sort of value a field has; literals in a rule must be of the same sort."""

    MONEY = "MONEY"
    WHOLE_NUMBER = "WHOLE_NUMBER"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"
    TEXT_SET = "TEXT_SET"


class Operator(StrEnum):
    """How a field can be compared (RF3 to RF8, B16, B17). BETWEEN includes both ends; WITHIN is of dates, and a window about the business date."""

    LESS = "LESS"
    LESS_OR_EQUAL = "LESS_OR_EQUAL"
    GREATER = "GREATER"
    GREATER_OR_EQUAL = "GREATER_OR_EQUAL"
    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"
    BETWEEN = "BETWEEN"
    INCLUDES = "INCLUDES"
    EXCLUDES = "EXCLUDES"
    IS_SET = "IS_SET"
    IS_NOT_SET = "IS_NOT_SET"
    WITHIN = "WITHIN"


_PRESENCE = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
_ORDER = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.BETWEEN})
_EQUALITY = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})
_MEMBERSHIP = frozenset({Operator.INCLUDES, Operator.EXCLUDES})

OPERATORS: Mapping[FieldType, frozenset[Operator]] = MappingProxyType(
    {
        FieldType.MONEY: _ORDER | _EQUALITY | _PRESENCE,
        FieldType.WHOLE_NUMBER: _ORDER | _EQUALITY | _PRESENCE,
        FieldType.DECIMAL: _ORDER | _EQUALITY | _PRESENCE,
        FieldType.DATE: _ORDER | _EQUALITY | _PRESENCE | {Operator.WITHIN},
        FieldType.BOOLEAN: _EQUALITY | _PRESENCE,
        FieldType.TEXT: _EQUALITY | _MEMBERSHIP | _PRESENCE,
        FieldType.TEXT_SET: _MEMBERSHIP | _PRESENCE,
    }
)
"""The operators that make sense for each type; a field may allow fewer, never others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a rule can ask about.

    `id` is what the text of a rule says (`overdue`, `ageing[1..30]`, `custom.region`), lower case with underscores. `unit` is for people (`days`,
    `%`, `workspace currency`); None where the type says all. `operators` None: every operator of the type. `source` names the
    column that carries the value as `table.column`, or the columns of a ratio as `table.column / table.column`. `choices` are the only texts
    that it can be; None: any. `currency` is of amounts only. `is_ahead`: its days are yet to come (B17). `is_single`: a set that has at most one member.
    Raises ValueError for an id, operator, meaning or source that cannot be used.
    """

    id: str
    level: Level
    type: FieldType
    meaning: str
    source: str
    unit: str | None = None
    operators: frozenset[Operator] | None = None
    choices: tuple[str, ...] | None = None
    currency: Currency = Currency.BASE
    is_ahead: bool = False
    is_single: bool = False

    def __post_init__(self) -> None:
        """Refuse a field that no rule could use."""
        if not _ID.fullmatch(self.id) or len(self.id) > LONGEST_ID:
            message = f"{self.id!r} is no field id: use lower-case words joined by underscores, such as net_overdue, at most 100 characters"
            raise ValueError(message)
        if not self.meaning.strip() or not self.source.strip():
            message = f"the field {self.id} needs a meaning for people and a source"
            raise ValueError(message)
        wrong = self.allowed_operators - OPERATORS[self.type]
        if wrong:
            message = f"the field {self.id} of type {self.type.value} cannot have {', '.join(sorted(wrong))}"
            raise ValueError(message)

    @property
    def told_meaning(self) -> str:
        """The meaning as people see it: without rows of the specification, such as (HM16, RC7). Custom fields are told as they are written."""
        return self.meaning if self.id.startswith("custom.") else _ROWS.sub("", self.meaning)

    @property
    def allowed_operators(self) -> frozenset[Operator]:
        """The operators that a rule may use with it."""
        return OPERATORS[self.type] if self.operators is None else self.operators

    def choice(self, text: str) -> str | None:
        """The one of the choices that a text means, without regard to case; None: none of them."""
        return None if self.choices is None else _folded(self.choices).get(text.casefold())


@lru_cache(_MOST_FOLDED)
def _folded(choices: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({choice.casefold(): choice for choice in choices})


class FieldCatalogue:
    """The fields that rules may use, sorted by id. Never changes once made; two with the same fields are equal."""

    __slots__ = ("_fields", "_hash")

    def __init__(self, fields: Iterable[Field]) -> None:
        """Collect the fields. Raises DuplicateFieldError when two of them have one id."""
        found: dict[str, Field] = {}
        for field in fields:
            if field.id in found:
                raise DuplicateFieldError(field.id)
            found[field.id] = field
        self._fields: Mapping[str, Field] = MappingProxyType(dict(sorted(found.items())))
        self._hash = hash(frozenset(found.values()))

    def get(self, field_id: str) -> Field:
        """The field with that id. Raises UnknownFieldError, with the nearest known id where one is near."""
        try:
            return self._fields[field_id]
        except KeyError:
            raise UnknownFieldError(field_id, suggestion=self.nearest(field_id)) from None

    def nearest(self, field_id: str, *, among: Collection[Level] = tuple(Level)) -> str | None:
        """The known id of some levels that is most like another one; None when none is near."""
        known = [field.id for field in self if field.level in among]
        return next(iter(get_close_matches(field_id.lower(), known, n=1)), None)

    def at_level(self, level: Level) -> tuple[Field, ...]:
        """The fields of one level, sorted by id."""
        return tuple(field for field in self if field.level is level)

    def __contains__(self, field_id: object) -> bool:
        return field_id in self._fields

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldCatalogue) and self._fields == other._fields

    def __hash__(self) -> int:
        return self._hash
