"""Why a rule holds of one customer or document, or does not, and what would turn it (d1, d10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import sqlalchemy as sa

from hub.evaluation.book import RISK, RuleBook
from hub.evaluation.facts import Facts
from hub.evaluation.freshness import Freshness, read_freshness
from hub.evaluation.rates import RateUsed, read_rates
from hub.evaluation.reading import LeafReader, Reading
from hub.evaluation.rows import Rows
from hub.evaluation.scores import StoredScore, read_score
from hub.evaluation.turning import Change, Turning, by_value
from hub.health.basis import Basis
from hub.model import Customer, Invoice, table_of
from rules.explaining import Explained, explain
from rules.fields import Level
from rules.meaning import Meaning
from rules.model import Comparison, Expression, Leaf
from rules.walking import leaves
from rules.words import LEVEL_OF_RELATED

_CUSTOMERS = table_of(Customer)
_INVOICES = table_of(Invoice)


@dataclass(frozen=True, slots=True)
class RuleSubject:
    """What a rule is explained for: a customer, or an invoice or other debit, by its key."""

    level: Level
    key: int

    @property
    def customers(self) -> sa.Select[tuple[int]]:
        """Selects the customer that it is, or that owes it."""
        if self.level is Level.CUSTOMER:
            return sa.select(_CUSTOMERS.c.id).where(_CUSTOMERS.c.id == self.key)
        return sa.select(_INVOICES.c.customer_id).where(_INVOICES.c.id == self.key)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule holds or not, on a day.

    `readings` has what is known of each of the smallest parts. `freshness` says up to when each part's data are known. `rates` are the exchange rates
    behind amounts in the workspace currency. `score` is what a plugin's scorer said of the customer; None: it was not asked as of this day, or the rule
    does not ask for the payment risk.
    """

    as_of: date
    tree: Explained
    readings: Mapping[Leaf, Reading]
    freshness: Freshness
    rates: Sequence[RateUsed]
    score: StoredScore | None = None

    @property
    def holds(self) -> bool:
        """Whether the rule holds."""
        return self.tree.holds


@dataclass(frozen=True)
class Explainer:
    """Explains rules for one customer or invoice on the day of a basis. Nothing is written: what would be is computed, and then forgotten."""

    connection: sa.Connection
    book: RuleBook
    subject: RuleSubject
    basis: Basis

    def explain(self, rule: Expression) -> Explanation | None:
        """Why a checked rule holds or not; None where there is no such customer or invoice among those that rules range over."""
        readings = LeafReader(self.connection, self._rows(self._facts), self.subject.key).read(leaves(rule))
        if readings is None:
            return None
        return Explanation(
            as_of=self.basis.as_of,
            tree=explain(rule, {leaf: reading.holds for leaf, reading in readings.items()}),
            readings=readings,
            freshness=read_freshness(self.connection, self.subject.customers),
            rates=read_rates(self.connection, self.basis, self.subject.customers),
            score=read_score(self.connection, self.basis, self.subject.customers) if any(map(_asks_risk, readings)) else None,
        )

    def changes(self, explanation: Explanation) -> Sequence[Change]:
        """What would turn the verdict: a day, an invoice, other values. Each of some days and invoices is tried, so this takes a while."""
        rule, readings = explanation.tree.expression, explanation.readings
        turning = Turning(self.connection, rule, self.book.behind(rule), self._rows, self.subject.key, self._facts, explanation.holds)
        days = {leaf.field: reading.value for leaf, reading in readings.items() if isinstance(leaf, Comparison) and isinstance(reading.value, date)}
        found = [turning.by_time(days), turning.by_payment(), *by_value(rule, readings, Meaning(self._facts.terms, self.book.catalogue))]
        return [change for change in found if change is not None]

    @cached_property
    def _facts(self) -> Facts:
        return Facts.on(self.connection, self.basis).of_customers(self.subject.customers)

    def _rows(self, facts: Facts) -> Rows:
        return self.book.rows(self.subject.level, facts)


def known_until(explanation: Explanation, leaf: Leaf, book: RuleBook) -> datetime | None:
    """Up to when the data behind one of the smallest parts are known; None: that is not known, or they come from no system, or a scorer read them."""
    if is_scored(leaf, book):
        return None
    if isinstance(leaf, Comparison):
        return explanation.freshness.of_field(book.catalogue.get(leaf.field))
    return explanation.freshness.of_related(LEVEL_OF_RELATED[leaf.relation])


def is_scored(leaf: Leaf, book: RuleBook) -> bool:
    """Whether one of the smallest parts asks for the payment risk that a plugin's scorer gives."""
    return _asks_risk(leaf) and book.workspace.payment_risk.scorer is not None


def _asks_risk(leaf: Leaf) -> bool:
    return isinstance(leaf, Comparison) and leaf.field == RISK
