"""The rules of a workspace: its catalogue of fields, what makes its payment risk, and the compiler over its store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

import sqlalchemy as sa

from hub.config import WorkspaceSettings
from hub.errors import ConfigurationError
from hub.evaluation.documents import is_there
from hub.evaluation.facts import Facts
from hub.evaluation.kinds import CREDIT_NOTE, KINDS, RELATIONS
from hub.evaluation.rows import Formula, Kinds, Rows
from hub.health.basis import Basis
from hub.money import known_currencies
from hub.vocabulary import PaymentRisk
from rules.checking import check_rule, rule_errors
from rules.comparing import Predicate
from rules.errors import RuleError
from rules.fields import FieldCatalogue, Level
from rules.findings import Finding
from rules.model import Comparison, Expression
from rules.parsing import parse_rule
from rules.stored import Column
from rules.walking import every_part

RISK_RULES: Mapping[str, str] = {
    "high": (
        'payment_source_status includes ("INVALID", "EXPIRED")'
        ' or any attempt (attempt_dunning_status includes ("EXHAUSTED") and attempt_date >= today - 90d)'
        ' or any invoice (status includes ("OPEN", "PARTIALLY_PAID") and failed_attempt_count >= 3)'
    ),
    "medium": 'payment_source_status includes ("EXPIRING") or any attempt (attempt_status includes ("FAILURE") and attempt_date >= today - 90d)',
}
"""What makes the payment risk HIGH or MEDIUM where the workspace says nothing else (B22)."""

RISK = "payment_risk"
"""The field of the payment risk."""

_MOST_KEPT = 1_000
"""How many rules are kept read."""

_MOST_BOOKS = 4
"""How many rule books are kept; a hub needs one."""

_SOME_FACTS = Facts(Basis(date(2000, 1, 1), "EUR"), is_kept=True)


class RuleBook:
    """What rules mean in one workspace. Made once at start; it knows nothing of the store's rows."""

    def __init__(self, catalogue: FieldCatalogue, workspace: WorkspaceSettings) -> None:
        """Raises ConfigurationError for a field that the store does not have, and for rules of risk that cannot be used.

        `risk_rules` is empty where a plugin's scorer gives the risk: then it is read as it was stored.
        """
        self.catalogue = catalogue
        self.workspace = workspace
        has_rules = RISK in catalogue and workspace.payment_risk.scorer is None
        self.risk_rules = {name: self._risk_rule(name, given) for name, given in self._risk_texts().items()} if has_rules else {}
        self._kinds = self._with_risk() if self.risk_rules else Kinds(KINDS, RELATIONS, catalogue)
        self._usable = lru_cache(_MOST_KEPT)(self._read)
        self._are_sources_there = False

    def check(self, expression: Expression, level: Level) -> Sequence[Finding]:
        """Everything that is wrong with a rule of a level, or strange about it."""
        return check_rule(expression, self.catalogue, level=level, base_currency=self.workspace.base_currency, currencies=known_currencies())

    def usable(self, text: str, level: Level) -> Expression:
        """The expression of a rule that can be used. Raises RuleError with what is wrong, and where; what is only strange is no error."""
        return self._usable(text, level)

    def require_usable(self, expression: Expression, level: Level) -> None:
        """Raise RuleError, with the first of what is wrong with a rule, where it cannot be used."""
        wrong = self._first_error(expression, level, self.catalogue)
        if wrong is not None:
            where = "" if wrong.place is None else f"line {wrong.place.line}, column {wrong.place.column}: "
            raise RuleError(f"{where}{wrong.message}")

    def rows(self, level: Level, facts: Facts) -> Rows:
        """What rules of a level are evaluated over: customers, or invoices and other debits (B27)."""
        return self.customers(facts) if level is Level.CUSTOMER else self.invoices(facts)

    def require_sources(self) -> None:
        """Raise ConfigurationError for a field whose source is not there, so that no rule meets it later. Found once, it is not looked for again."""
        if self._are_sources_there:
            return
        rows = {level: Rows(self._kinds, kind, _SOME_FACTS) for level, kind in self._kinds.by_level.items()}
        rows[Level.PAYMENT] = rows[Level.CUSTOMER]
        for field in self.catalogue:
            try:
                rows[field.level].stored(field)
            except LookupError as error:
                message = f"the field {field.id} of rules cannot be read: {error.args[0]}"
                raise ConfigurationError(message) from error
        self._are_sources_there = True

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
        asks = any(isinstance(part, Comparison) and part.field == RISK for part in every_part(rule))
        return [rule, *self.risk_rules.values()] if asks else [rule]

    def _read(self, text: str, level: Level) -> Expression:
        expression = parse_rule(text)
        self.require_usable(expression, level)
        return expression

    def _first_error(self, expression: Expression, level: Level, catalogue: FieldCatalogue) -> Finding | None:
        found = rule_errors(expression, catalogue, level=level, base_currency=self.workspace.base_currency, currencies=known_currencies())
        return next(found, None)

    def _risk_texts(self) -> Mapping[str, str]:
        given = self.workspace.payment_risk
        return {"high": given.high or RISK_RULES["high"], "medium": given.medium or RISK_RULES["medium"]}

    def _risk_rule(self, name: str, text: str) -> Expression:
        try:
            expression = parse_rule(text)
        except RuleError as error:
            message = f"workspace.payment_risk.{name}: {error}"
            raise ConfigurationError(message) from error
        without_risk = FieldCatalogue(field for field in self.catalogue if field.id != RISK)
        wrong = self._first_error(expression, Level.CUSTOMER, without_risk)
        if wrong is not None:
            message = f"workspace.payment_risk.{name}: {wrong.message}"
            raise ConfigurationError(message)
        return expression

    def _with_risk(self) -> Kinds:
        """The kinds of rows, those of customers with the level of risk that the rules of this workspace give."""

        def level(rows: Rows) -> Column:
            high, medium = rows.predicates([self.risk_rules["high"], self.risk_rules["medium"]])
            return sa.case((high, sa.literal(PaymentRisk.HIGH.value)), (medium, sa.literal(PaymentRisk.MEDIUM.value)), else_=sa.literal(PaymentRisk.LOW.value))

        formula: Mapping[str, Formula] = {"level": level}
        customer = KINDS[Level.CUSTOMER]
        with_risk = replace(customer, formulas={**customer.formulas, "risk": formula})
        return Kinds({**KINDS, Level.CUSTOMER: with_risk}, RELATIONS, self.catalogue)


@lru_cache(_MOST_BOOKS)
def book_of(catalogue: FieldCatalogue, workspace: WorkspaceSettings) -> RuleBook:
    """The rule book of a catalogue and a workspace; the same one for two that are equal. Raises ConfigurationError as RuleBook does."""
    return RuleBook(catalogue, workspace)


def are_standing(rows: Rows) -> Predicate:
    """Whether rows are those that rules range over: what its source has deleted, and what another system speaks for, is left out."""
    return rows.c.is_deleted.is_(sa.false()) if rows.kind.level is Level.CUSTOMER else is_there(rows.rows)
