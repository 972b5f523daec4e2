"""Rules in the API: the enums of the language, the inputs that a rule is given by, and the values that are told of one."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from rules.fields import FieldType, Level, Operator
from rules.findings import FindingKind
from rules.model import Quantifier
from rules.values import WindowKind
from schema.enums import enum_type
from schema.generation import TypeNames
from schema.plan.mapping import Argument

SYNTAX = "SYNTAX"
"""The kind of a finding that is no finding of the check: the rule cannot be read."""

_OPERATORS = {
    Operator.LESS: "Less than.",
    Operator.LESS_OR_EQUAL: "Less than or equal to.",
    Operator.GREATER: "More than.",
    Operator.GREATER_OR_EQUAL: "More than or equal to.",
    Operator.EQUAL: "Equal to.",
    Operator.NOT_EQUAL: "Not equal to; false where there is no value.",
    Operator.BETWEEN: "From the first value to the second, both included.",
    Operator.INCLUDES: "Is, or as a set has, any of the values.",
    Operator.EXCLUDES: "Is, or as a set has, none of the values.",
    Operator.IS_SET: "There is a value.",
    Operator.IS_NOT_SET: "There is no value.",
    Operator.WITHIN: "A day within a window about the business date.",
}
_TYPES = {
    FieldType.MONEY: "An amount; it is compared with amounts in its currency.",
    FieldType.WHOLE_NUMBER: "A whole number.",
    FieldType.DECIMAL: "A number, never rounded.",
    FieldType.DATE: "A day.",
    FieldType.BOOLEAN: "Yes or no.",
    FieldType.TEXT: "A text, compared without regard to case.",
    FieldType.TEXT_SET: "A set of texts; an empty one has none of what is excluded.",
}
_FINDINGS = {
    FindingKind.UNKNOWN_FIELD: "There is no such field.",
    FindingKind.WRONG_LEVEL: "The field is one of something that this part of the rule does not ask about.",
    FindingKind.WRONG_OPERATOR: "The field cannot be compared in this way.",
    FindingKind.WRONG_TYPE: "The field cannot be compared with such a value.",
    FindingKind.UNKNOWN_VALUE: "The field can never have this value.",
    FindingKind.CURRENCY_MISSING: "An amount is without its currency.",
    FindingKind.CURRENCY_MISMATCH: "The amount is in another currency than the field.",
    FindingKind.TOO_MANY_DECIMALS: "An amount has more decimals than its currency, such as 20.000 EUR.",
    FindingKind.EMPTY_RANGE: "The lower end of a range is above the upper one.",
    FindingKind.NEVER_TRUE: "It is false whatever the values are; the rule can be used.",
    FindingKind.ALWAYS_TRUE: "It is true whatever the values are; the rule can be used.",
    FindingKind.SHADOWED: "A part that changes nothing; the rule can be used.",
    FindingKind.MISSING_IS_FALSE: "It leaves out where there is no day; the rule can be used.",
}
_QUANTIFIERS = {Quantifier.ANY: "Of at least one.", Quantifier.ALL: "Of every one, also where there is none.", Quantifier.NONE: "Of none."}
_WINDOWS = {
    WindowKind.LAST_DAYS: "The days up to today, as many back; of days that are yet to come it is read as the next ones.",
    WindowKind.NEXT_DAYS: "The days from today, as many ahead.",
    WindowKind.CURRENT_MONTH: "The month of the business date.",
}
_LEVELS = {
    Level.CUSTOMER: "Customers.",
    Level.INVOICE: "Invoices, other debits and credit notes.",
    Level.PAYMENT: "How collecting goes, of a customer or an invoice.",
    Level.MONEY_IN: "Single payments, which rules go through.",
    Level.ATTEMPT: "Single payment attempts, which rules go through.",
}


def _enum(name: str, description: str, members: Mapping[Any, str]) -> type[Enum]:
    return enum_type(name, f"{description} More values may be added.", {member.name: meaning for member, meaning in members.items()})


RULE_ENUMS: Mapping[str, type[Enum]] = {
    "RuleOperator": _enum("RuleOperator", "How a field is compared.", _OPERATORS),
    "RuleFieldType": _enum("RuleFieldType", "What sort of value a field has.", _TYPES),
    "RuleFieldLevel": _enum("RuleFieldLevel", "What a field is a property of.", _LEVELS),
    "RuleQuantifier": _enum("RuleQuantifier", "Of how many related objects something holds.", _QUANTIFIERS),
    "RuleWindowKind": _enum("RuleWindowKind", "A stretch of days about the business date.", _WINDOWS),
    "RuleFindingKind": enum_type(
        "RuleFindingKind",
        "What is wrong with a rule, or strange about it. More values may be added.",
        {SYNTAX: "It cannot be read."} | {kind.name: meaning for kind, meaning in _FINDINGS.items()},
    ),
}
"""The words of the rule language."""


def add_rule_inputs(names: TypeNames) -> None:
    """The enums and `RuleInput`, with all that a rule can be made of: recursive, each part exactly one of its forms."""
    for name, kind in RULE_ENUMS.items():
        names.add(name, kind)
    for name, (description, fields, is_one_of) in _INPUTS.items():
        names.add_input(name, fields, description=description, is_one_of=is_one_of)


_COMPARED = {
    "operator": Argument("RuleOperator!", "How."),
    "values": Argument("[RuleValueInput!]!", "With what: one value, two for BETWEEN, any number for INCLUDES and EXCLUDES, none for IS_SET and IS_NOT_SET."),
}
_INPUTS: Mapping[str, tuple[str, dict[str, Argument], bool]] = {
    "RuleInput": (
        "A rule, as a text or as a document; both say the same.",
        {
            "text": Argument("String", "As people write it: `overdue > 500 EUR`."),
            "document": Argument("RuleExpressionInput", "As a user interface makes it."),
        },
        True,
    ),
    "RuleExpressionInput": (
        "A part of a rule: exactly one of these.",
        {
            "all": Argument("[RuleExpressionInput!]", "Every one holds."),
            "any": Argument("[RuleExpressionInput!]", "At least one holds."),
            "not": Argument("RuleExpressionInput", "It does not hold."),
            "always": Argument("Boolean", "`true`: it always holds."),
            "compare": Argument("RuleComparisonInput", "A field is compared."),
            "related": Argument("RuleRelatedInput", "Something holds of related objects."),
            "total": Argument("RuleTotalInput", "How many related objects there are, or what a field of theirs adds up to."),
        },
        True,
    ),
    "RuleComparisonInput": ("A field held against values.", {"field": Argument("String!", "The id of the field."), **_COMPARED}, False),
    "RuleRelatedInput": (
        "Something that holds of any, all or none of the related objects.",
        {
            "quantifier": Argument("RuleQuantifier!", "Of how many."),
            "relation": Argument("String!", "Of what: `invoice`, `payment` or `attempt`."),
            "condition": Argument("RuleExpressionInput!", "What holds of them."),
        },
        False,
    ),
    "RuleTotalInput": (
        "A number of related objects, or a sum over them, held against values.",
        {
            "relation": Argument("String!", "Over what: `invoice`, `payment` or `attempt`."),
            "field": Argument("String", "The field that is added up; without it they are counted."),
            "condition": Argument("RuleExpressionInput", "Which of them; without it all."),
            **_COMPARED,
        },
        False,
    ),
    "RuleValueInput": (
        "A value that a field is compared with: exactly one of these.",
        {
            "amount": Argument("RuleAmountInput", "An amount."),
            "number": Argument("Decimal", "A number."),
            "text": Argument("String", "A text."),
            "flag": Argument("Boolean", "Yes or no."),
            "day": Argument("Date", "A day."),
            "relativeDay": Argument("Int", "Days from the business date: -30 is 30 days ago."),
            "window": Argument("RuleWindowInput", "A stretch of days, for WITHIN."),
        },
        True,
    ),
    "RuleAmountInput": (
        "An amount and its currency.",
        {"value": Argument("Decimal!", "The amount in major units."), "currency": Argument("String!", "An ISO 4217 code, or `base` for the workspace's.")},
        False,
    ),
    "RuleWindowInput": (
        "A stretch of days about the business date, both ends included.",
        {"kind": Argument("RuleWindowKind!", "Which."), "days": Argument("Int", "How many; none for CURRENT_MONTH.")},
        False,
    ),
}
