"""The words of the text of rules: which ones are taken, and how operators and windows are written."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from rules.fields import Level, Operator
from rules.model import Quantifier
from rules.values import BASE

SIGNS: Mapping[str, Operator] = MappingProxyType(
    {
        "<": Operator.LESS,
        "<=": Operator.LESS_OR_EQUAL,
        ">": Operator.GREATER,
        ">=": Operator.GREATER_OR_EQUAL,
        "=": Operator.EQUAL,
        "!=": Operator.NOT_EQUAL,
    }
)
"""The operators that are written as signs."""

QUANTIFIERS: Mapping[str, Quantifier] = MappingProxyType({"any": Quantifier.ANY, "all": Quantifier.ALL, "no": Quantifier.NONE})

RESERVED = frozenset(
    (
        "and or not between includes excludes is set in any all no yes count sum of over always today last next current month days base"  # one a token
    ).split()
)
"""Words that are part of the language, in whatever case, and so no field's id."""

PLURALS: Mapping[str, str] = MappingProxyType({"invoice": "invoices", "payment": "payments", "attempt": "attempts"})
"""The related objects that a rule can ask about, and how several of them are called."""

LEVEL_OF_RELATED: Mapping[str, Level] = MappingProxyType({"invoice": Level.INVOICE, "payment": Level.MONEY_IN, "attempt": Level.ATTEMPT})
"""Of what level the related objects are."""

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
"""How a number is written: at most 30 digits before the point, and 30 after it."""

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""How a day of the calendar is written."""

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)?(\[[A-Za-z0-9.]+\])?")
"""How the name of a field is written: `overdue`, `custom.region`, `ageing[1..30]`."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_LEK = "ALL"


def is_field(name: str) -> bool:
    """Whether a rule can ask for a field of this name."""
    return bool(FIELD.fullmatch(name)) and name.lower() not in RESERVED


def is_currency(name: str) -> bool:
    """Whether an amount can be in it: three capital letters that are no word of the language, but for the currency of Albania; or `base`."""
    is_code = bool(_CURRENCY.fullmatch(name)) and (name.lower() not in RESERVED or name == _LEK)
    return is_code or name == BASE
