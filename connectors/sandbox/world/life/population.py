"""The customers of a world: who they are, how they behave, and when each of them comes."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from connectors.sandbox.world.chance import happens, stream
from connectors.sandbox.world.currencies import CURRENCIES, price_in
from connectors.sandbox.world.life.agenda import office_hour, some_days_later
from connectors.sandbox.world.life.billing import plan_billing
from connectors.sandbox.world.life.buyers import COLLECTED, Buyer, Life, pick_habit, pick_means, pick_size, pick_terms
from connectors.sandbox.world.life.collecting import take_on
from connectors.sandbox.world.life.relations import plan_relations
from connectors.sandbox.world.names import Names, country_of, phone, pick_country
from connectors.sandbox.world.parties import move_in, new_contact, new_gateway_customer
from connectors.sandbox.world.postings import Customer

_FIRST_DAYS = 20
_LATER_DAYS = 900
_LATER_SHARE = 5
"""One customer in so many comes after the first days; in a world too small for one of them, all are there from the beginning."""
_CHILD_PERCENT = 13
_SECOND_CURRENCY_PERCENT = 7
_SUBSCRIBER_PERCENT = 22
_IN_RUNS_PERCENT = 14
_MOVES_PERCENT = 12
_MISREPORTED_SHARE = 40
_MISREPORTED_CENTS = 12_345


@dataclass(slots=True)
class Population:
    """Lets customers come. `misreported` are those whose reported balance is wrong on purpose."""

    life: Life
    names: Names = field(default_factory=Names)
    misreported: set[str] = field(default_factory=set[str])

    def plan(self, count: int, begins: date) -> None:
        """Plan when each customer comes."""
        random = stream(self.life.seed, "population")
        later = count // (_LATER_SHARE * 4) * 4
        liars = frozenset(random.sample(range(count), max(1, count // _MISREPORTED_SHARE)))
        for number in range(count):
            days = random.randint(_FIRST_DAYS, _LATER_DAYS) if number >= count - later else random.randint(0, _FIRST_DAYS)
            self.life.plan(office_hour(random, begins + timedelta(days=days)), partial(self._come, number, liars))

    def _come(self, number: int, liars: Collection[int], at: datetime) -> None:
        """A customer comes: to the three systems, to be billed, and to change now and then."""
        life, random = self.life, stream(self.life.seed, "customer", number)
        parent = self._parent(random)
        country = pick_country(random) if parent is None else country_of(parent.address.country)
        customer, company = move_in(life.books, self.names, random, at=at, country=country, parent=parent, payment_terms_days=pick_terms(random))
        buyer = _new_buyer(random, customer, company.id, since=at.date())
        life.buyers[customer.id] = buyer
        if number in liars:
            self.misreported.add(customer.id)
            life.books.post(at, replace(customer, misreported_minor=price_in(customer.currency, _MISREPORTED_CENTS)))
        if happens(random, 60):
            life.books.post(at, new_contact(life.books, random, company, is_primary=False))
        self._enter_gateway(buyer, at)
        plan_relations(life, buyer, at)
        plan_billing(life, buyer, at)
        life.plan(some_days_later(random, at, least=200, most=900), partial(self._change, buyer))

    def _parent(self, random: Random) -> Customer | None:
        """A customer that is no project itself, for one that is."""
        if not happens(random, _CHILD_PERCENT):
            return None
        heads = [customer for customer in self.life.books.entries.living(Customer) if customer.parent_id is None]
        return random.choice(heads) if heads else None

    def _enter_gateway(self, buyer: Buyer, at: datetime) -> None:
        if buyer.means in COLLECTED:
            customer = new_gateway_customer(self.life.books, buyer.random, self.life.customer(buyer))
            buyer.gateway_id = customer.id
            self.life.books.post(at, customer)
            take_on(self.life, buyer, at)

    def _change(self, buyer: Buyer, at: datetime) -> None:
        """A customer has a new telephone number, or other payment terms."""
        customer, random = self.life.customer(buyer), buyer.random
        if self.life.books.is_sound(customer):
            if happens(random, _MOVES_PERCENT):
                self.life.books.post(at, replace(customer, payment_terms_days=pick_terms(random)))
            else:
                self.life.books.post(at, replace(customer, phone=phone(random, country_of(customer.address.country))))
        self.life.plan(some_days_later(random, at, least=200, most=900), partial(self._change, buyer))


def _new_buyer(random: Random, customer: Customer, company_id: str, *, since: date) -> Buyer:
    habit = pick_habit(random)
    others = [code for code in CURRENCIES if code != customer.currency]
    return Buyer(
        customer_id=customer.id,
        company_id=company_id,
        random=random,
        habit=habit,
        size=pick_size(random),
        means=pick_means(random),
        second_currency=random.choice(others) if happens(random, _SECOND_CURRENCY_PERCENT) else None,
        is_subscriber=happens(random, _SUBSCRIBER_PERCENT),
        pays_in_runs=happens(random, _IN_RUNS_PERCENT),
        gives_up_on=since + timedelta(days=random.randint(60, 1000)) if habit.stops else None,
    )
