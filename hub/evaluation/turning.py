"""What would turn the verdict of a rule, each by itself: a day that comes, one invoice that is paid, one value that is another (d10)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import sqlalchemy as sa

from hub.evaluation.book import RISK
from hub.evaluation.days_ahead import FURTHEST_DAYS, DaysAhead
from hub.evaluation.documents import invoices
from hub.evaluation.facts import Facts
from hub.evaluation.reading import Reading, Value
from hub.evaluation.rebinding import Statement, find_rebound
from hub.evaluation.rows import Rows
from hub.health.basis import ASSUMED_PAID, LAST_DAY, Basis
from hub.health.documents import in_the_books
from hub.health.invoice_state import is_open_invoice
from hub.health.relations import with_members
from hub.model import FiguresState, table_of
from hub.money import Money
from hub.vocabulary import RuleChangeKind
from rules.explaining import turning_leaves
from rules.fields import FieldCatalogue
from rules.leaning import leaning
from rules.meaning import Meaning
from rules.model import Comparison, Expression, Leaf, Not, Related, Total
from rules.walking import every_part
from rules.writing import write_rule

MOST_DAYS_TRIED = 24
"""How many days are tried, the earliest first, on which something that a rule asks for changes by itself."""

_FEW_DAYS = 4
"""For no more days than that each has its own statement made: to compare some takes as long."""

_LAST_TO_COMPARE = LAST_DAY - timedelta(days=FURTHEST_DAYS)
"""After this day there are none to compare."""

MOST_INVOICES_TRIED = 12
"""How many open invoices are tried, the smallest balances first."""

_STATE = table_of(FiguresState)

_TURNED_BY_PAYMENT = frozenset({"customer_figures", "invoice", "sales", "risk", "disputes"})
"""Relations of fields, and related objects, that may say something else when an invoice is paid."""

_PAYMENT = "payment"
"""The related objects of which an invoice that is paid makes one more."""

_CONSOLIDATED = ".consolidated_"
"""In where a field is found that is of the customers, too, that are billed to this one."""

_MOST_VALUES = 10

MakeRows = Callable[[Facts], Rows]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that alone would turn the verdict.

    TIME: nothing but the coming of the day `on`. PAYMENT: the invoice with the key `invoice_id`, paid in full with `amount`. VALUE: `condition`, a
    part of the rule, holding where it does not, or the other way; `value` is what it is held against now.
    """

    kind: RuleChangeKind
    on: date | None = None
    invoice_id: int | None = None
    amount: Money | None = None
    condition: str | None = None
    value: Value = None


@dataclass(frozen=True)
class Turning:
    """Looks for what would turn a rule's verdict for one customer or document. `used` are the rules that its words stand for, itself the first of them."""

    connection: sa.Connection
    rule: Expression
    used: Sequence[Expression]
    make_rows: MakeRows
    key: int
    facts: Facts
    holds: bool

    def by_time(self, known: Mapping[str, date]) -> Change | None:
        """The first day on which the verdict is another one by itself; None: none was found. `known` are the days that fields of the rule have.

        None, too, as of a day before the business date: what was booked since then did not come by itself.
        """
        if self._is_past():
            return None
        found = DaysAhead(self.connection, self._reached, self._catalogue, known).of(self.used)
        days = sorted(found)[:MOST_DAYS_TRIED]
        may_turn = self._may_turn() if len(days) > _FEW_DAYS else None
        for day in days:
            if (may_turn is None or may_turn(day)) and self._ask(self._verdict_on(day)) is not self.holds:
                return Change(RuleChangeKind.TIME, on=day)
        return None

    def _may_turn(self) -> Callable[[date], bool] | None:
        """Asks one statement of a day whether it turns the verdict; what it names is asked again in that day's own. None: the days need their own."""
        basis = self.facts.basis
        if basis.as_of > _LAST_TO_COMPARE:
            return None
        rebound = find_rebound(self._verdict_on, after=basis.as_of, dialect=self.connection.dialect, zone=basis.zone)
        return None if rebound is None else lambda day: self._ask(rebound.statement, rebound.on(day)) is not self.holds

    def _verdict_on(self, day: date) -> Statement:
        return self._verdict(replace(self.facts.basis, as_of=day), self.rule)

    def _ask(self, verdict: Statement, bound: Mapping[str, object] | None = None) -> bool:
        return bool(self.connection.execute(verdict, bound).scalar_one())

    def _is_past(self) -> bool:
        return self.connection.execute(sa.select(_STATE.c.id).where(_STATE.c.business_date > self.facts.basis.as_of)).first() is not None

    def by_payment(self) -> Change | None:
        """The open invoice with the smallest balance that turns the verdict when it alone is paid in full; None: none was found.

        Nobody knows of the payment itself more than that it would be made, so it has to turn the verdict whatever is asked of payments comes to.
        """
        if not self._asks(_TURNED_BY_PAYMENT):
            return None
        rule = leaning(self.rule, self._asks_payments, towards=self.holds)
        verdict = self._verdict(replace(self.facts.basis, assumed_paid_on=self.facts.basis.as_of), rule)
        for key, amount in self._open_invoices():
            if self._ask(verdict, {ASSUMED_PAID: key}) is not self.holds:
                return Change(RuleChangeKind.PAYMENT, invoice_id=key, amount=amount)
        return None

    def _asks(self, relations: frozenset[str]) -> bool:
        """Whether the rule asks for something that is found in one of some relations."""
        counts = any(isinstance(part, Related | Total) and part.relation in relations for part in every_part(self.rule))
        return counts or any(source.partition(".")[0] in relations for source in self._sources())

    def _sources(self) -> Iterator[str]:
        """Where the fields are found that are asked for."""
        for part in (part for rule in self.used for part in every_part(rule)):
            if isinstance(part, Comparison | Total) and part.field is not None:
                yield self._catalogue.get(part.field).source

    @cached_property
    def _catalogue(self) -> FieldCatalogue:
        return self.make_rows(self.facts).kinds.catalogue

    @cached_property
    def _reached(self) -> Facts:
        """The facts of the customer; of those that are billed to it, too, where a consolidated figure is asked for, for what they owe is in it (B43)."""
        scope = with_members(self.facts.scope)
        if scope is None or not any(_CONSOLIDATED in source for source in self._sources()):
            return self.facts
        return self.facts.of_customers(sa.select(scope.c.customer_id))

    def _asks_payments(self, part: Expression) -> bool:
        """Whether a part of the rule asks of payments, or for the risk where its rules do."""
        if isinstance(part, Comparison):
            return part.field == RISK and any(map(self._asks_payments, (behind for rule in self.used[1:] for behind in every_part(rule))))
        return isinstance(part, Related | Total) and part.relation == _PAYMENT

    def _verdict(self, basis: Basis, rule: Expression) -> Statement:
        """Selects whether a rule holds on another basis, from dated facts."""
        rows = self.make_rows(replace(self.facts, basis=basis, is_kept=False, risk_day=self.facts.basis.as_of))
        (predicate,) = rows.predicates([rule])
        return sa.select(sa.exists(sa.select(sa.literal(1)).select_from(rows.from_clause()).where(rows.key == self.key, predicate)))

    def _open_invoices(self) -> list[tuple[int, Money]]:
        """The open invoices of the customer, the smallest balances in the workspace currency first."""
        facts = self._reached
        basis, mine, rows = facts.basis, facts.customers, invoices(facts)
        query = sa.select(rows.c.id, rows.c.amount_due_minor, rows.c.currency).where(is_open_invoice(rows, basis), in_the_books(rows, basis))
        if mine is not None:
            query = query.where(rows.c.customer_id.in_(mine))
        found = self.connection.execute(query.order_by(rows.c.converted_due_minor.is_(None), rows.c.converted_due_minor, rows.c.id).limit(MOST_INVOICES_TRIED))
        return [(key, Money(amount, currency)) for key, amount, currency in found]


def by_value(rule: Expression, readings: Mapping[Leaf, Reading], meaning: Meaning) -> list[Change]:
    """The smallest parts of a rule each of which alone turns it, and what it would have to say."""
    turning = turning_leaves(rule, {leaf: reading.holds for leaf, reading in readings.items()}, meaning)[:_MOST_VALUES]
    return [Change(RuleChangeKind.VALUE, condition=write_rule(Not(leaf) if readings[leaf].holds else leaf), value=readings[leaf].value) for leaf in turning]
