"""What rules are held against: the store on one day, kept or computed from dated facts."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.documents import Scope, scope_of
from hub.health.reading import is_kept
from hub.model import Customer, table_of
from hub.money import exponent
from rules.comparing import Terms

_CUSTOMERS = table_of(Customer)


@dataclass(frozen=True)
class Facts:
    """The store on the day of a basis. `is_kept`: the kept figures and amounts hold for it, and are read; else they are computed.

    `customers` selects the ids of the customers whose rows and invoices are wanted; None: everybody's. What is said of an invoice, by whomever, goes with
    the invoice's customer. `risk_day` is the day whose stored payment risk counts, where
    a plugin's scorer gives it; None: that of the basis.
    """

    basis: Basis
    is_kept: bool
    customers: sa.Select[tuple[int]] | None = None
    risk_day: date | None = None

    @classmethod
    def on(cls, connection: sa.Connection, basis: Basis) -> "Facts":
        """The facts of a basis, kept ones where the store has them."""
        return cls(basis, is_kept(connection, basis))

    def of_customers(self, customers: sa.Select[tuple[int]]) -> "Facts":
        """The same facts of some customers only."""
        return replace(self, customers=customers)

    def with_customers(self, customers: sa.Select[tuple[int]]) -> "Facts":
        """The same facts of some customers more; of all, where these are everybody's."""
        if self.customers is None:
            return self
        key = _CUSTOMERS.c.id
        return self.of_customers(sa.select(key).where(sa.or_(key.in_(self.customers), key.in_(customers))))

    @cached_property
    def scope(self) -> Scope:
        """The customers as a relation, one for a whole statement; None: all."""
        return scope_of(self.customers)

    @property
    def terms(self) -> Terms:
        """What the words of a rule mean on the day."""
        return Terms(self.basis.as_of, self.basis.zone, self.basis.base_currency, exponent)
