"""The scene of one activity: chance, the instant, and what there is to act upon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeVar

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.countries import ITEMS
from connectors.sandbox.world.currencies import price_in
from connectors.sandbox.world.entries import Entries
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.hiding import LateCommits
from connectors.sandbox.world.names import Names
from connectors.sandbox.world.postings import Customer, Invoice, Line, Payment, Posting

P = TypeVar("P", bound=Posting)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scene:
    """What an activity has at hand. Only what is sound is offered: poisoned objects are left alone until they are mended."""

    books: Books
    names: Names
    late: LateCommits
    random: Random
    at: datetime

    @property
    def entries(self) -> Entries:
        """The entries of the ledger."""
        return self.books.entries

    def pick(self, choices: Iterable[T]) -> T | None:
        """One of the choices, None where there are none."""
        found = list(choices)
        return self.random.choice(found) if found else None

    def some(self, choices: Iterable[T], most: int) -> list[T]:
        """A few of the choices."""
        found = list(choices)
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def sound(self, kind: type[P]) -> list[P]:
        """The postings of a kind that may be changed."""
        return [posting for posting in self.entries.living(kind) if self.books.is_sound(posting)]

    def owed(self) -> list[Invoice]:
        """Invoices of living customers against which something may be set."""
        customers = self.entries.of(Customer)
        return [each for each in self.sound(Invoice) if self.entries.free_minor(each) > 0 and not customers[each.customer_id].is_deleted]

    def settled(self) -> list[Payment]:
        """Payments whose money is there, and of which nothing was given back."""
        return [each for each in self.sound(Payment) if each.counts and not self.entries.refunded_minor(each.id)]

    def owed_with(self, invoice: Invoice, most: int) -> list[Invoice]:
        """An invoice and some others of its customer and currency that are owed too."""
        others = [each for each in self.owed() if (each.customer_id, each.currency) == (invoice.customer_id, invoice.currency) and each.id != invoice.id]
        return [invoice, *(self.some(others, most - 1) if others else [])]

    def customer_of(self, invoice: Invoice) -> Customer:
        """Whose invoice it is."""
        return self.entries.of(Customer)[invoice.customer_id]

    def gateway_customer_of(self, customer_id: str) -> GatewayCustomer | None:
        """The gateway's customer with the reference of one in accounting."""
        return next((each for each in self.sound(GatewayCustomer) if each.reference == customer_id), None)

    def lines(self, currency: str) -> tuple[Line, ...]:
        """What somebody buys."""
        return tuple(Line(item, text, self.random.randint(1, 9), price_in(currency, cents)) for item, text, cents in self.some(ITEMS, 3))

    def part_of(self, amount_minor: int) -> int:
        """A part of an amount, at least one minor unit."""
        return max(1, amount_minor * self.random.randint(10, 90) // 100)
