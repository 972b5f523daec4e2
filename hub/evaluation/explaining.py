"""Why a rule holds of one customer or document, or does not, and what would turn it (d1, d10)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hub.evaluation.book import RuleBook
from hub.evaluation.facts import Facts
from hub.evaluation.freshness import Freshness, read_freshness
from hub.evaluation.rates import RateUsed, read_rates
from hub.evaluation.reading import LeafReader, Reading
from hub.evaluation.rows import Rows
from hub.evaluation.turning import Change, Turning, by_value
from hub.health.basis import Basis
from hub.model import Customer, Invoice, table_of
from rules.explaining import Explained, Leaf, explain, leaves
from rules.fields import Level
from rules.model import Comparison, Expression
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
    behind amounts in the workspace currency. `changes` are what would turn the verdict, the smallest first of each kind.
    """

    as_of: date
    tree: Explained
    readings: Mapping[Leaf, Reading]
    freshness: Freshness
    rates: Sequence[RateUsed]
    changes: Sequence[Change]

    @property
    def holds(self) -> bool:
        """Whether the rule holds."""
        return self.tree.holds


def explain_rule(connection: sa.Connection, book: RuleBook, rule: Expression, *, subject: RuleSubject, basis: Basis) -> Explanation | None:
    """Why a rule holds or not on the day of the basis, and what would turn it; None where there is no such customer or invoice.

    The rule was checked. Nothing is written: what would be is computed, and then forgotten.
    """
    facts = Facts.on(connection, basis).of_customers(subject.customers)
    make: Callable[[Facts], Rows] = book.customers if subject.level is Level.CUSTOMER else book.invoices
    readings = LeafReader(connection, lambda: make(facts), subject.key).read(leaves(rule))
    if readings is None:
        return None
    tree = explain(rule, {leaf: reading.holds for leaf, reading in readings.items()})
    turning = Turning(connection, rule, book.behind(rule), make, subject.key, facts, tree.holds)
    days = [reading.value for reading in readings.values() if isinstance(reading.value, date)]
    changes = [turning.by_time(days), turning.by_payment(), *by_value(rule, readings)]
    return Explanation(
        as_of=basis.as_of,
        tree=tree,
        readings=readings,
        freshness=read_freshness(connection, subject.customers),
        rates=read_rates(connection, basis, subject.customers),
        changes=[change for change in changes if change is not None],
    )


def known_until(explanation: Explanation, leaf: Leaf, book: RuleBook) -> datetime | None:
    """Up to when the data behind one of the smallest parts are known; None: that is not known, or they come from no system."""
    if isinstance(leaf, Comparison):
        return explanation.freshness.of_field(book.catalogue.get(leaf.field))
    return explanation.freshness.of_related(LEVEL_OF_RELATED[leaf.relation])
