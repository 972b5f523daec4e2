"""What each value of the vocabularies about rules means, in words for those who use the API."""

from collections.abc import Mapping
from enum import StrEnum

from hub import vocabulary as words

RULE_MEANINGS: Mapping[type[StrEnum], Mapping[str, str]] = {
    words.RuleChangeKind: {
        "TIME": "A day comes, and nothing else happens.",
        "PAYMENT": "An invoice is paid in full.",
        "VALUE": "A part of the rule holds that does not, or the other way.",
    },
    words.PaymentRisk: {
        "HIGH": "It will probably fail.",
        "MEDIUM": "It may fail.",
        "LOW": "Nothing speaks for a failure.",
    },
    words.RuleLevel: {
        "CUSTOMER": "Customers.",
        "INVOICE": "Invoices and other debits.",
        "PAYMENT": "How collecting goes; it is evaluated over invoices.",
    },
    words.RuleMatchState: {
        "MATCHES": "It holds.",
        "UNKNOWN": "It is broken, so nobody knows.",
    },
    words.RuleSetState: {
        "USABLE": "It can be evaluated.",
        "BROKEN": "It asks for something that is not there any more, such as a field of a plugin that is gone.",
    },
}
"""The vocabularies of rules."""
