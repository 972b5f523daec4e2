"""How the store holds the value of a field: the SQL expressions that a comparison is made of.

All are over the row that a rule is held against. NULL is a missing value, whatever the form.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]

ZERO = sa.literal_column("0", sa.BigInteger())
"""Zero written out: nothing is bound for it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A whole number, a text, a day or a yes or no, as it is."""

    value: Column


@dataclass(frozen=True, slots=True)
class Minor:
    """An amount in minor units, with the column that names its currency; None: the workspace's currency."""

    amount: Column
    currency: Column | None = None


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment; what is compared is its day in the workspace's time zone."""

    moment: Column


@dataclass(frozen=True, slots=True)
class Age:
    """Whole days from `day` to the day of the rule, below zero before it; `days` is the same as a number. What is compared is the day itself."""

    day: Column
    days: Column


@dataclass(frozen=True, slots=True)
class Ratio:
    """`factor × part ÷ whole` of two whole numbers, never rounded; missing where the whole is 0 or missing."""

    part: Column
    whole: Column
    factor: int = 1


@dataclass(frozen=True, slots=True)
class Numeral:
    """A decimal number written as a text; missing where the text is no number."""

    text: Column


@dataclass(frozen=True, slots=True)
class Elements:
    """A set of texts: `rows` selects `element` from as many rows as it has members, for the row that the rule is held against."""

    rows: sa.Select[*tuple[Any, ...]]
    element: Column


Stored = Plain | Minor | Instant | Age | Ratio | Numeral | Elements
