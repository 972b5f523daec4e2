"""The rules of a workspace: its catalogue of fields, what makes its payment risk, and the compiler over its store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from hub.config import WorkspaceSettings
from hub.errors import ConfigurationError
from hub.evaluation.documents import is_there
from hub.evaluation.facts import Facts
from hub.evaluation.kinds import CREDIT_NOTE, KINDS, RELATIONS
from hub.evaluation.rows import Formula, Kinds, Rows
from hub.money import known_currencies
from rules.checking import check_rule
from rules.comparing import Predicate
from rules.errors import RuleError
from rules.fields import FieldCatalogue, Level
from rules.findings import Finding
from rules.limits import every_part
from rules.model import Comparison, Expression
from rules.parsing import parse_rule
from rules.stored import Column

RISK_RULES: Mapping[str, str] = {
    "high": (
        'payment_source_status includes ("INVALID", "EXPIRED")'
        ' or any attempt (attempt_dunning_status includes ("EXHAUSTED") and attempt_date >= today - 90d)'
        ' or any invoice (status includes ("OPEN", "PARTIALLY_PAID") and failed_attempt_count >= 3)'
    ),
    "medium": 'payment_source_status includes ("EXPIRING") or any attempt (attempt_status includes ("FAILURE") and attempt_date >= today - 90d)',
}
"""What makes the payment risk HIGH or MEDIUM where the workspace says nothing else (B22)."""

_RISK = "payment_risk"


class RuleBook:
    """What rules mean in one workspace. Made once at start; it holds no state of the store."""

    def __init__(self, catalogue: FieldCatalogue, workspace: WorkspaceSettings) -> None:
        """Raises ConfigurationError for a field that the store does not have, and for rules of risk that cannot be used."""
        self.catalogue = catalogue
        self.workspace = workspace
        self.risk_rules = {name: self._risk_rule(name, given) for name, given in self._risk_texts().items()}
        self._kinds = self._with_risk()

    def check(self, expression: Expression, level: Level) -> Sequence[Finding]:
        """Everything that is wrong with a rule of a level, or strange about it."""
        return self._check(expression, level, self.catalogue)

    def customers(self, facts: Facts) -> Rows:
        """All customers, as rows of rules."""
        return Rows(self._kinds, self._kinds.by_level[Level.CUSTOMER], facts)

    def invoices(self, facts: Facts) -> Rows:
        """All invoices and other debits, as rows of rules."""
        return Rows(self._kinds, self._kinds.by_level[Level.INVOICE], facts)

    def credit_notes(self, facts: Facts) -> Rows:
        """All credit notes, as rows of rules about invoices."""
        return Rows(self._kinds, CREDIT_NOTE, facts)

    def behind(self, rule: Expression) -> Sequence[Expression]:
        """A rule, and the rules of risk where it asks for the risk: all that decide what it comes to."""
        asks = any(isinstance(part, Comparison) and part.field == _RISK for part in every_part(rule))
        return [rule, *self.risk_rules.values()] if asks else [rule]

    def _check(self, expression: Expression, level: Level, catalogue: FieldCatalogue) -> Sequence[Finding]:
        return check_rule(expression, catalogue, level=level, base_currency=self.workspace.base_currency, currencies=known_currencies())

    def _risk_texts(self) -> Mapping[str, str]:
        given = self.workspace.payment_risk
        return {"high": given.high or RISK_RULES["high"], "medium": given.medium or RISK_RULES["medium"]}

    def _risk_rule(self, name: str, text: str) -> Expression:
        try:
            expression = parse_rule(text)
        except RuleError as error:
            message = f"workspace.payment_risk.{name}: {error}"
            raise ConfigurationError(message) from error
        without_risk = FieldCatalogue(field for field in self.catalogue if field.id != _RISK)
        wrong = [found for found in self._check(expression, Level.CUSTOMER, without_risk) if found.is_error]
        if wrong:
            message = f"workspace.payment_risk.{name}: {wrong[0].message}"
            raise ConfigurationError(message)
        return expression

    def _with_risk(self) -> Kinds:
        """The kinds of rows, those of customers with the level of risk that the rules of this workspace give."""

        def level(rows: Rows) -> Column:
            high, medium = rows.predicates([self.risk_rules["high"], self.risk_rules["medium"]])
            return sa.case((high, sa.literal("HIGH")), (medium, sa.literal("MEDIUM")), else_=sa.literal("LOW"))

        formula: Mapping[str, Formula] = {"level": level}
        customer = KINDS[Level.CUSTOMER]
        with_risk = replace(customer, formulas={**customer.formulas, "risk": formula})
        return Kinds({**KINDS, Level.CUSTOMER: with_risk}, RELATIONS, self.catalogue)


def are_standing(rows: Rows) -> Predicate:
    """Whether rows are those that rules range over: what its source has deleted, and what another system speaks for, is left out."""
    return rows.c.is_deleted.is_(sa.false()) if rows.kind.level is Level.CUSTOMER else is_there(rows.rows)
