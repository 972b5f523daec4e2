"""What is told of rules: fields, findings, explanations, templates."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON
from strawberry.types.base import StrawberryList

from schema.enums import VOCABULARY
from schema.rule_types import RULE_ENUMS
from schema.values import CurrencyCode, Money


@strawberry.type(description="Something that rules can ask about.")
class RuleField:
    """A field of the catalogue."""

    id: str = strawberry.field(description="What rules call it.")
    level: str = strawberry.field(description="What it is a property of.", graphql_type=RULE_ENUMS["RuleFieldLevel"])
    type: str = strawberry.field(description="What sort of value it has.", graphql_type=RULE_ENUMS["RuleFieldType"])
    unit: str | None = strawberry.field(description="The unit, for people; null: the type says all.")
    operators: list[str] = strawberry.field(description="How it can be compared.", graphql_type=StrawberryList(RULE_ENUMS["RuleOperator"]))
    choices: list[str] | None = strawberry.field(description="The only texts that it can be; null: any.")
    meaning: str = strawberry.field(description="What it means.")
    is_ahead: bool = strawberry.field(description="Whether its days are yet to come, so that the last days are read as the next ones.")


@strawberry.type(description="Something that is wrong with a rule, or strange about it.")
class RuleFinding:
    """One finding of a check."""

    kind: str = strawberry.field(description="What it is.", graphql_type=RULE_ENUMS["RuleFindingKind"])
    message: str = strawberry.field(description="In words, with what to do.")
    is_error: bool = strawberry.field(description="Whether the rule cannot be used as it is.")
    part: str | None = strawberry.field(description="The part of the rule, as a text; null: it cannot be read.")
    line: int | None = strawberry.field(description="Where it begins in the text, counted from 1; null: the rule came as a document.")
    column: int | None = strawberry.field(description="Where it begins in the line, counted from 1; null likewise.")
    suggestion: str | None = strawberry.field(description="What could stand there instead; null: nothing is near.")


@strawberry.type(description="What a check says of a rule.")
class RuleCheck:
    """A rule, checked."""

    is_usable: bool = strawberry.field(description="Whether it can be used.")
    text: str | None = strawberry.field(description="The rule as a text, in the one form in which rules are written; null: it cannot be read.")
    document: JSON | None = strawberry.field(description="The rule as a document; null likewise.")
    findings: list[RuleFinding] = strawberry.field(description="What is wrong with it, or else what is strange about it.")
    match_count: int | None = strawberry.field(
        description="For how many customers, or invoices, it holds today; null: it cannot be used. Counted only when it is asked for."
    )


@strawberry.type(description="The value of a field, or what was counted: one of these, and as a text.")
class RuleValue:
    """A value behind a verdict."""

    text: str = strawberry.field(description="For people.")
    money: Money | None = strawberry.field(description="An amount.")
    number: Decimal | None = strawberry.field(description="A number, or how many there are.")
    day: date | None = strawberry.field(description="A day.")
    flag: bool | None = strawberry.field(description="Yes or no.")
    texts: list[str] | None = strawberry.field(description="The members of a set, or a text alone.")


@strawberry.type(description="What was asked of related objects.")
class RuleCount:
    """Related objects, counted."""

    relation: str = strawberry.field(description="Which objects: `invoice`, `payment` or `attempt`.")
    count: int = strawberry.field(description="How many there are.")
    holding: int = strawberry.field(description="Of how many the condition holds.")
    node_ids: list[strawberry.ID] = strawberry.field(description="Some of those of which it holds, at most 20.")


@strawberry.type(description="A part of a rule with its verdict. Parts come in the order of the text, each before its own parts.")
class RulePart:
    """One part of an explanation."""

    depth: int = strawberry.field(description="How deep it stands: 0 is the whole rule.")
    text: str = strawberry.field(description="The part, as a text.")
    holds: bool = strawberry.field(description="Whether it holds.")
    field: str | None = strawberry.field(description="The field that it compares; null: none, or it is made of parts.")
    value: RuleValue | None = strawberry.field(description="The value behind the verdict; null: it is missing, or the part is made of parts.")
    counted: RuleCount | None = strawberry.field(description="What was counted; null: nothing.")
    data_as_of: datetime | None = strawberry.field(
        description="Up to when the systems' data behind it are known here; null: not known, or it comes from no system."
    )
    reasons: list[str] | None = strawberry.field(
        description="Of a payment risk that a plugin's scorer gives: its reasons, or why the risk is not known. Null: it asks for something else."
    )


@strawberry.type(description="An exchange rate behind amounts in the workspace currency.")
class RuleRate:
    """A rate that was used."""

    currency: CurrencyCode = strawberry.field(description="The currency that is converted.")
    rate: Decimal | None = strawberry.field(description="Units of the workspace currency for one unit of it; null: it is missing.")
    rate_date: date | None = strawberry.field(description="The day that its source gave it for.")
    rate_source: str | None = strawberry.field(description="Where it comes from.")


@strawberry.type(description="Something that alone would turn the verdict.")
class RuleChange:
    """What would change it."""

    kind: str = strawberry.field(description="What sort of change.", graphql_type=VOCABULARY["RuleChangeKind"])
    text: str = strawberry.field(description="In words.")
    on: date | None = strawberry.field(description="Of TIME: the day on which it turns by itself.")
    invoice_id: strawberry.ID | None = strawberry.field(description="Of PAYMENT: the invoice that would be paid in full; `node` finds it.")
    amount: Money | None = strawberry.field(description="Of PAYMENT: what is due on it.")
    condition: str | None = strawberry.field(description="Of VALUE: what would have to hold, as the text of a rule.")


@strawberry.type(description="Why a rule holds, or does not, on one day.")
class RuleExplanation:
    """An explanation."""

    holds: bool = strawberry.field(description="Whether it holds.")
    as_of: date = strawberry.field(description="The day.")
    parts: list[RulePart] = strawberry.field(description="The whole rule and all its parts.")
    rates: list[RuleRate] = strawberry.field(
        description="The exchange rates of the day for the currencies concerned; empty where each document is converted at the rate of its own date."
    )
    changes: list[RuleChange] | None = strawberry.field(
        description="What would turn it, each by itself: the first day, the smallest invoice, other values. Looked for only when it is asked for."
    )


@strawberry.type(description="A part of a template that is filled in.")
class RuleSlot:
    """One slot."""

    name: str = strawberry.field(description="Its name, as it stands in braces in the text.")
    meaning: str = strawberry.field(description="What is filled in.")
    value: str = strawberry.field(description="What stands there unless something else is filled in.")
    choices: list[str] | None = strawberry.field(description="What can be filled in; null: anything that fits.")


@strawberry.type(description="A ready-made rule with slots (cohorts, health, alerts).")
class RuleTemplate:
    """A template."""

    id: str = strawberry.field(description="Its name for programs.")
    title: str = strawberry.field(description="Its name for people.")
    level: str = strawberry.field(description="What the rule is about.", graphql_type=VOCABULARY["RuleLevel"])
    sentence: str = strawberry.field(description="What it says, for people, with the slots in braces.")
    text: str = strawberry.field(description="The text of the rule, with the slots in braces.")
    rule: str = strawberry.field(description="The rule with the values that stand in the slots.")
    slots: list[RuleSlot] = strawberry.field(description="The slots, in their order.")


RULE_VALUES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        RuleChange,
        RuleCheck,
        RuleCount,
        RuleExplanation,
        RuleField,
        RuleFinding,
        RulePart,
        RuleRate,
        RuleSlot,
        RuleTemplate,
        RuleValue,
    )
}
"""The types about rules whose objects are no rows, by name."""
