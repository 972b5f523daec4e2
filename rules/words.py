"""The words of the text of rules: which ones are taken, and how operators and windows are written."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from rules.fields import Level, Operator
from rules.model import Quantifier

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

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)?(\[[A-Za-z0-9.]+\])?")
"""How the name of a field is written: `overdue`, `custom.region`, `ageing[1..30]`."""
