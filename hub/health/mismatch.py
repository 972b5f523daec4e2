"""Outstanding mismatch (RC15, B40): what a source says that a customer owes, against our net of items."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.reading import currency_figures_relation
from hub.model import Customer, table_of
from hub.store.lookup import is_among

_CUSTOMERS = table_of(Customer)


@dataclass(frozen=True, slots=True)
class OutstandingMismatch:
    """A balance that differs in one currency, in its minor units; ours is outstanding less unutilised credit and unaccounted payments."""

    currency: str
    reported_minor: int
    ours_minor: int


def read_outstanding_mismatches(connection: sa.Connection, basis: Basis, ids: Iterable[int]) -> dict[int, tuple[OutstandingMismatch, ...] | None]:
    """The mismatches of some customers by id: empty where all reported balances agree, None where the source reports none.

    Any minor unit counts. Only currencies that the source reports are compared; one of ours that it says nothing of is unknown, not zero.
    """
    wanted = sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, ids))
    figures = currency_figures_relation(connection, basis, wanted)
    net = (figures.c.outstanding_minor - figures.c.unutilised_credit_minor - figures.c.unaccounted_payment_minor).label("net_minor")
    ours = {(row.customer_id, row.currency): row.net_minor for row in connection.execute(sa.select(figures.c.customer_id, figures.c.currency, net))}
    query = sa.select(_CUSTOMERS.c.id, _CUSTOMERS.c.reported_balances).where(_CUSTOMERS.c.id.in_(wanted))
    return {customer_id: _differing(customer_id, reported, ours) for customer_id, reported in connection.execute(query)}


def _differing(customer_id: int, reported: dict[str, int] | None, ours: dict[tuple[int, str], int]) -> tuple[OutstandingMismatch, ...] | None:
    if reported is None:
        return None
    pairs = ((currency, amount, ours.get((customer_id, currency), 0)) for currency, amount in sorted(reported.items()))
    return tuple(OutstandingMismatch(currency, amount, net) for currency, amount, net in pairs if amount != net)
