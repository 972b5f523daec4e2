"""How customers behave: how much they buy, when they pay and by what means. Nobody outside the world can know this but by watching."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.chance import weighted
from connectors.sandbox.world.countries import ITEMS
from connectors.sandbox.world.currencies import price_in
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.life.agenda import Agenda
from connectors.sandbox.world.postings import Customer, Line


@dataclass(frozen=True, slots=True)
class Habit:
    """When a customer pays, in days after the due date, and how often only a part, in percent. `stops`: one day it pays no more."""

    least: int
    usual: int
    most: int
    partly: float
    stops: bool = False


EARLY = Habit(-14, -6, -1, partly=1)
PROMPT = Habit(-3, 1, 5, partly=3)
LATE = Habit(3, 14, 45, partly=9)
VERY_LATE = Habit(20, 55, 130, partly=16)
ERRATIC = Habit(-10, 8, 95, partly=14)
NEVER = Habit(5, 20, 60, partly=20, stops=True)
_HABITS = {EARLY: 14, PROMPT: 38, LATE: 27, VERY_LATE: 8, ERRATIC: 9, NEVER: 4}


@dataclass(frozen=True, slots=True)
class Size:
    """How much a customer buys: invoices in a year, the most of one item, and percent of the list price."""

    yearly: int
    quantity: int
    percent: int


SMALL, MEDIUM, LARGE = Size(5, 3, 60), Size(9, 8, 110), Size(24, 25, 140)
_SIZES = {SMALL: 52, MEDIUM: 34, LARGE: 14}
_MEANS = {"transfer": 52, "direct_debit": 17, "card": 19, "cheque": 9, "cash": 3}
_TERMS = {14: 18, 30: 56, 45: 10, 60: 12, 7: 4}
_PERCENT = 100


@dataclass(slots=True, kw_only=True)
class Buyer:
    """A customer as the world plays it. `random` is its own stream, so that customers do not disturb each other.

    Attributes:
        customer_id: its id in the accounting system.
        company_id: its id in the CRM.
        gateway_id: its id at the gateway, where it has one.
        means: how it pays.
        second_currency: another one that it is billed in now and then.
        is_subscriber: is billed the same every month.
        pays_in_runs: pays all that is due at once.
        gives_up_on: the day from which it pays nothing any more.
    """

    customer_id: str
    company_id: str
    random: Random
    habit: Habit
    size: Size
    means: str
    gateway_id: str | None = None
    second_currency: str | None = None
    is_subscriber: bool = False
    pays_in_runs: bool = False
    gives_up_on: date | None = None

    def lines(self, currency: str) -> list[Line]:
        """What it buys this time; a subscriber always the same."""
        if self.is_subscriber:
            item, description, price = ITEMS[-2]
            return [Line(item, description, self.size.quantity, price_in(currency, price * self.size.percent // _PERCENT))]
        chosen = self.random.sample(ITEMS, self.random.choice((1, 1, 2, 3)))
        return [
            Line(item, description, self.random.randint(1, self.size.quantity), price_in(currency, price * self.size.percent // _PERCENT))
            for item, description, price in chosen
        ]

    def delay_days(self) -> int:
        """Days after a due date on which it pays this time, before it if negative."""
        return round(self.random.triangular(self.habit.least, self.habit.most, self.habit.usual))


@dataclass(slots=True)
class Life:
    """Everything that ordinary life goes on with."""

    books: Books
    agenda: Agenda
    seed: int
    buyers: dict[str, Buyer] = field(default_factory=dict[str, Buyer])

    def plan(self, at: datetime, action: Callable[[datetime], None]) -> None:
        """Let something happen at an instant, but never before now."""
        self.agenda.plan(max(at, self.books.now), action)

    def customer(self, buyer: Buyer) -> Customer:
        """The customer as the accounting system has it now."""
        return self.books.entries.of(Customer)[buyer.customer_id]

    def gateway_customer(self, buyer: Buyer) -> GatewayCustomer | None:
        """The customer at the gateway, where it still is one."""
        found = None if buyer.gateway_id is None else self.books.entries.of(GatewayCustomer).get(buyer.gateway_id)
        return None if found is None or found.is_deleted else found


def pick_habit(random: Random) -> Habit:
    """A habit, the frequent ones more often."""
    return weighted(random, _HABITS)


def pick_size(random: Random) -> Size:
    """A size, the small ones more often."""
    return weighted(random, _SIZES)


def pick_means(random: Random) -> str:
    """A way of paying."""
    return weighted(random, _MEANS)


def pick_terms(random: Random) -> int:
    """Payment terms in days."""
    return weighted(random, _TERMS)


COLLECTED: Mapping[str, str] = {"direct_debit": "bank_debit", "card": "card"}
"""Means by which the gateway collects, and the kind of payment method it does that with."""
