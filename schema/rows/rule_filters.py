"""Rules and rule sets as filters of lists: the rows for which one holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from hub.errors import RequestError
from hub.evaluation.book import RuleBook
from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from rules.fields import Level
from rules.model import Expression
from schema.ids import decode_id
from schema.plan.mapping import Scope
from schema.plan.text import storable

MakeRows = Callable[[RuleBook, Facts], Rows]


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """The rows for which a rule holds that is given as a text."""

    description: str
    level: Level
    make_rows: MakeRows
    input_type: str = "String"

    def predicate(self, scope: Scope, value: str, *, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
        """Raises RequestError, with the line and column, for a rule that cannot be used."""
        rules = scope.reading.known_rules
        try:
            rule = rules.usable(self.level, storable(value, path), path=path)
        except RequestError as error:
            error.path = path
            raise
        return holds(scope, rule, self.make_rows)


@dataclass(frozen=True, slots=True)
class RuleSetFilter:
    """The rows for which a rule set holds."""

    description: str
    levels: tuple[Level, ...]
    make_rows: MakeRows
    input_type: str = "ID"

    def predicate(self, scope: Scope, value: str, *, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
        """Raises RequestError for a rule set that is not there, is about something else, or is broken: that is no `no`."""
        type_name, key = decode_id(value, path)
        rules = scope.reading.known_rules
        known = next((found for found in rules.sets if found.id == key and type_name == "RuleSet"), None)
        if known is None:
            raise RequestError("There is no such rule set.", path=path)
        if known.level not in self.levels:
            message = f"The rule set is about {known.level.value.lower()}s, which these are not."
            raise RequestError(message, path=path)
        if known.rule is None:
            message = f"The rule set is broken: {known.problem}"
            raise RequestError(message, path=path)
        rules.asked.add(known.rule, path)
        return holds(scope, known.rule, self.make_rows)


def holds(scope: Scope, rule: Expression, make_rows: MakeRows) -> sa.ColumnElement[bool]:
    """Whether a rule holds for the rows of a scope, on its day."""
    return scope.key.in_(matching_ids(rule, make_rows(scope.reading.known_rules.book, scope.reading.facts)))


OF_DOCUMENTS = (Level.INVOICE, Level.PAYMENT)
"""The levels of rules that are evaluated over documents."""

_RULE = "For which this rule holds; docs/rules.md says how one is written."
_SET = "For which this rule set holds, by its id."

CUSTOMER_RULES = {
    "rule": RuleFilter(_RULE, Level.CUSTOMER, RuleBook.customers),
    "ruleSet": RuleSetFilter(_SET, (Level.CUSTOMER,), RuleBook.customers),
}
INVOICE_RULES = {
    "rule": RuleFilter(_RULE, Level.INVOICE, RuleBook.invoices),
    "ruleSet": RuleSetFilter(_SET, OF_DOCUMENTS, RuleBook.invoices),
}
CREDIT_NOTE_RULES = {
    "rule": RuleFilter(f"{_RULE} Of credit notes, what is unutilised is the balance.", Level.INVOICE, RuleBook.credit_notes),
    "ruleSet": RuleSetFilter(_SET, OF_DOCUMENTS, RuleBook.credit_notes),
}
"""Entries of `where`."""

RULES_OF: Mapping[str, MakeRows] = {"Customer": RuleBook.customers, "Invoice": RuleBook.invoices, "CreditNote": RuleBook.credit_notes}
"""The rows of rules behind each type of the API."""
