"""What would turn the verdict of a rule, each by itself: a day that comes, one invoice that is paid, one value that is another (d10)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from hub.evaluation.documents import invoices
from hub.evaluation.facts import Facts
from hub.evaluation.reading import Reading, Value
from hub.evaluation.rows import Rows
from hub.health.basis import Basis
from hub.health.documents import in_the_books
from hub.health.invoice_state import is_open_invoice
from hub.model import DuePart, Invoice, PaymentAttempt, Promise, table_of
from hub.money import Money
from hub.vocabulary import RuleChangeKind
from rules.explaining import Leaf, turning_leaves
from rules.limits import every_part
from rules.model import Comparison, Expression, Not, Related, Total
from rules.values import Number, RelativeDay, Window
from rules.writing import write_rule

MOST_DAYS_TRIED = 24
"""How many days are tried, the earliest first, on which something that a rule asks for changes by itself."""

MOST_INVOICES_TRIED = 12
"""How many open invoices are tried, the smallest balances first."""

FURTHEST_DAYS = 366
"""How far ahead it is looked."""

_TURNED_BY_PAYMENT = frozenset({"customer_figures", "invoice", "sales", "risk"})
_TURNED_BY_TIME = _TURNED_BY_PAYMENT | {"promises", "promise_days", "disputes", "primary_method", "attempt", "payment"}
"""Relations of fields, and related objects, that may say something else when nothing but time passes, or an invoice is paid."""

_MONTHS_AHEAD = 13
_MOST_DATES = 50
_MOST_VALUES = 10

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_PROMISES = table_of(Promise)
_ATTEMPTS = table_of(PaymentAttempt)

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


@dataclass(frozen=True, slots=True)
class Turning:
    """Looks for what would turn a rule's verdict for one customer or document. `used` are the rules that its words stand for, itself among them."""

    connection: sa.Connection
    rule: Expression
    used: Sequence[Expression]
    make_rows: MakeRows
    key: int
    facts: Facts
    holds: bool

    def by_time(self, known: Iterable[date]) -> Change | None:
        """The first day on which the verdict is another one by itself; None: none was found. `known` are days that the rule compares."""
        if not self._asks(_TURNED_BY_TIME) and not any(isinstance(value, RelativeDay | Window) for value in self._values()):
            return None
        for day in sorted(self._days(known))[:MOST_DAYS_TRIED]:
            if self._holds(replace(self.facts.basis, as_of=day)) is not self.holds:
                return Change(RuleChangeKind.TIME, on=day)
        return None

    def by_payment(self) -> Change | None:
        """The open invoice with the smallest balance that turns the verdict when it alone is paid in full; None: none was found."""
        if not self._asks(_TURNED_BY_PAYMENT):
            return None
        for key, amount in self._open_invoices():
            if self._holds(replace(self.facts.basis, assumed_paid=frozenset({key}))) is not self.holds:
                return Change(RuleChangeKind.PAYMENT, invoice_id=key, amount=amount)
        return None

    def _asks(self, relations: frozenset[str]) -> bool:
        """Whether the rule asks for something that is found in one of some relations."""
        catalogue = self.make_rows(self.facts).kinds.catalogue
        named = (part.field for rule in self.used for part in every_part(rule) if isinstance(part, Comparison | Total) and part.field is not None)
        counts = any(isinstance(part, Related | Total) and part.relation in relations for part in every_part(self.rule))
        return counts or any(catalogue.get(name).source.partition(".")[0] in relations for name in named)

    def _values(self) -> Iterator[object]:
        """All values that the rule compares with."""
        return (value for rule in self.used for part in every_part(rule) if isinstance(part, Comparison | Total) for value in part.values)

    def _holds(self, basis: Basis) -> bool:
        """Whether the rule holds on another basis, from dated facts."""
        rows = self.make_rows(replace(self.facts, basis=basis, is_kept=False))
        (predicate,) = rows.predicates([self.rule])
        found = sa.select(sa.literal(1)).select_from(rows.from_clause()).where(rows.key == self.key, predicate)
        return self.connection.execute(found).first() is not None

    def _days(self, known: Iterable[date]) -> set[date]:
        """The days ahead on which a due date is passed, a bucket reached, or a stretch of days that the rule names is over."""
        today = self.facts.basis.as_of
        last = today + timedelta(days=FURTHEST_DAYS)
        offsets = self._offsets()
        found = {day + timedelta(days=offset) for day in {*known, *self._dates()} for offset in offsets}
        found |= {_month_after(today, months) for months in range(1, _MONTHS_AHEAD)}
        return {day for day in found if today < day <= last}

    def _offsets(self) -> set[int]:
        basis = self.facts.basis
        found = {0, 1, 1 + basis.grace_days, *(bucket.first for bucket in basis.buckets if bucket.first is not None)}
        for value in self._values():
            match value:
                case RelativeDay(days):
                    found |= {-days, 1 - days}
                case Window(_, days):
                    found |= {-days, days, days + 1}
                case Number(number) if abs(number) <= FURTHEST_DAYS:
                    found |= {int(number), int(number) + 1}
                case _:
                    pass
        return found

    def _dates(self) -> set[date]:
        """The days of the customer's open documents, of its promises and of its attempts."""
        mine, basis = self.facts.customers, self.facts.basis
        if mine is None:
            return set()
        is_open = sa.and_(_INVOICES.c.amount_due_minor > 0, _INVOICES.c.customer_id.in_(mine))
        attempted = sa.and_(_ATTEMPTS.c.customer_id.in_(mine), _ATTEMPTS.c.attempted_at < basis.ends_at)
        found: set[date | None] = set()
        for query in (
            sa.select(_INVOICES.c.due_date).where(is_open),
            sa.select(_INVOICES.c.document_date).where(is_open),
            sa.select(_PARTS.c.due_date).join(_INVOICES, _INVOICES.c.id == _PARTS.c.invoice_id).where(is_open),
            sa.select(_PROMISES.c.due_on).where(_PROMISES.c.customer_id.in_(mine)),
            sa.select(_ATTEMPTS.c.next_retry_on).where(attempted),
        ):
            found |= set(self.connection.execute(query.distinct().limit(_MOST_DATES)).scalars())
        moments = self.connection.execute(sa.select(_ATTEMPTS.c.attempted_at).where(attempted).order_by(_ATTEMPTS.c.attempted_at.desc()).limit(_MOST_DATES))
        found |= {moment.astimezone(basis.zone).date() for moment in moments.scalars()}
        return {day for day in found if day is not None}

    def _open_invoices(self) -> list[tuple[int, Money]]:
        """The open invoices of the customer, the smallest balances in the workspace currency first."""
        basis, mine = self.facts.basis, self.facts.customers
        rows = invoices(self.facts)
        query = sa.select(rows.c.id, rows.c.amount_due_minor, rows.c.currency).where(is_open_invoice(rows, basis), in_the_books(rows, basis))
        if mine is not None:
            query = query.where(rows.c.customer_id.in_(mine))
        found = self.connection.execute(query.order_by(rows.c.converted_due_minor.is_(None), rows.c.converted_due_minor, rows.c.id).limit(MOST_INVOICES_TRIED))
        return [(key, Money(amount, currency)) for key, amount, currency in found]


def by_value(rule: Expression, readings: Mapping[Leaf, Reading]) -> list[Change]:
    """The smallest parts of a rule each of which alone turns it, and what it would have to say."""
    turning = turning_leaves(rule, {leaf: reading.holds for leaf, reading in readings.items()})[:_MOST_VALUES]
    return [Change(RuleChangeKind.VALUE, condition=write_rule(Not(leaf) if readings[leaf].holds else leaf), value=readings[leaf].value) for leaf in turning]


def _month_after(day: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
