"""The books on a day as plain Python sees them in a file: what rules are held against, by nothing but `csv`, `Decimal` and `date`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

DECIMALS = {"JPY": 0}
"""Decimals of the currencies that have other than two."""


def above(value: Decimal | int | None, bound: Decimal | int) -> bool:
    """Whether there is a value, and it is more."""
    return value is not None and value > bound


def below(value: Decimal | int | None, bound: Decimal | int) -> bool:
    """Whether there is a value, and it is less."""
    return value is not None and value < bound


def between(value: Decimal | int | None, low: Decimal | int | str, high: Decimal | int | str) -> bool:
    """Whether there is a value, and it is neither less than the one nor more than the other."""
    return value is not None and Decimal(low) <= value <= Decimal(high)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount to the smallest unit of its currency, half-even."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS.get(currency, 2)), ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice of a file, as it is on every day. `settled_on` None: it is open to this day."""

    number: str
    customer: str
    currency: str
    issued_on: date
    due_on: date
    amount: Decimal
    settled_on: date | None
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of each currency is worth in that of the workspace, from a day on."""

    base: str
    dated: Mapping[str, Sequence[tuple[date, Decimal]]] = field(default_factory=dict[str, Sequence[tuple[date, Decimal]]])

    def convert(self, amount: Decimal, currency: str, day: date) -> Decimal | None:
        """An amount in the currency of the workspace; None: no rate was known by the day."""
        known = [Decimal(1)] if currency == self.base else [rate for since, rate in sorted(self.dated.get(currency, ())) if since <= day]
        return rounded(amount * known[-1], self.base) if known else None


@dataclass
class Bill:
    """An invoice as it stands on a day."""

    row: Row
    account: "Account"

    @property
    def day(self) -> date:
        return self.account.day

    @property
    def cells(self) -> Mapping[str, str]:
        return self.row.cells

    @property
    def currency(self) -> str:
        return self.row.currency

    @property
    def amount(self) -> Decimal:
        return self.row.amount

    @property
    def is_dated_ahead(self) -> bool:
        return self.row.issued_on > self.day

    @cached_property
    def is_paid(self) -> bool:
        return not self.is_dated_ahead and self.row.settled_on is not None and self.row.settled_on <= self.day

    @cached_property
    def is_open(self) -> bool:
        return not self.is_dated_ahead and not self.is_paid

    @property
    def is_disputed(self) -> bool:
        return self.cells["Disputed"] == "Yes"

    @property
    def balance(self) -> Decimal:
        """What is due; nothing before its date."""
        return self.amount if self.is_open else Decimal()

    @cached_property
    def days_late(self) -> int | None:
        """None: nothing is due."""
        return (self.day - self.row.due_on).days if self.is_open else None

    @property
    def is_overdue(self) -> bool:
        return above(self.days_late, 0)

    @cached_property
    def converted_amount(self) -> Decimal | None:
        return self.account.rates.convert(self.amount, self.currency, self.day)

    @property
    def converted_balance(self) -> Decimal | None:
        return self.converted_amount if self.is_open else Decimal()

    def issued_within(self, first: int, last: int) -> bool:
        """Whether it is dated within these days, counted from the day, both included."""
        return self._within(self.row.issued_on, first, last)

    def due_within(self, first: int, last: int) -> bool:
        """The same of its due date."""
        return self._within(self.row.due_on, first, last)

    def paid_within(self, first: int, last: int) -> bool:
        """The same of its payment, which is known only once it has been made."""
        return self.is_paid and self.row.settled_on is not None and self._within(self.row.settled_on, first, last)

    def _within(self, day: date, first: int, last: int) -> bool:
        return self.day + timedelta(days=first) <= day <= self.day + timedelta(days=last)


@dataclass
class Account:
    """A customer as it stands on a day. `all` has invoices that are dated ahead, too; `bills` are those in the books."""

    id: str
    day: date
    rates: Rates
    all: list[Bill] = field(default_factory=list[Bill])

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """The first row of the customer: what it says of the customer stays."""
        return self.all[0].cells

    @cached_property
    def bills(self) -> list[Bill]:
        return [bill for bill in self.all if not bill.is_dated_ahead]

    @cached_property
    def open(self) -> list[Bill]:
        return [bill for bill in self.bills if bill.is_open]

    @cached_property
    def late(self) -> list[Bill]:
        return [bill for bill in self.bills if bill.is_overdue]

    @cached_property
    def paid(self) -> list[Bill]:
        return [bill for bill in self.bills if bill.is_paid]

    @cached_property
    def outstanding(self) -> Decimal | None:
        return in_all(self.open)

    @cached_property
    def overdue(self) -> Decimal | None:
        return in_all(self.late)

    def aged(self, first: int, last: int) -> Decimal | None:
        """What is late by so many days, both ends included."""
        return in_all(bill for bill in self.open if between(bill.days_late, first, last))

    @cached_property
    def overdue_percent(self) -> Decimal | None:
        """None where nothing is outstanding, or a rate is missing."""
        overdue, outstanding = self.overdue, self.outstanding
        return None if overdue is None or not outstanding else 100 * overdue / outstanding


def in_all(bills: Iterable[Bill]) -> Decimal | None:
    """The amounts of bills in the currency of the workspace, each rounded, then added up; None where a rate is missing."""
    found = [bill.converted_amount for bill in bills]
    known = [amount for amount in found if amount is not None]
    return sum(known, Decimal()) if len(known) == len(found) else None


def known_part(amounts: Iterable[Decimal | None]) -> Decimal:
    """What amounts add up to, missing ones left out."""
    return sum((amount for amount in amounts if amount is not None), Decimal())


def accounts_on(rows: Iterable[Row], day: date, rates: Rates) -> list[Account]:
    """Every customer of a file as it stands on a day."""
    found: dict[str, Account] = {}
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.customer].append(row)
    for customer, mine in grouped.items():
        account = found[customer] = Account(customer, day, rates)
        account.all = [Bill(row, account) for row in mine]
    return list(found.values())
