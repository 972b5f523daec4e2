"""Outstanding mismatch (ST13, RC15, B40): what a source says that a customer owes, against our net of items.

Any minor unit counts. Only currencies that the source reports are compared; one of ours that it says nothing of is unknown, not zero.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.dialects import JsonEntries
from hub.health.reading import currency_figures_relation
from hub.model import Customer, table_of
from hub.store.lookup import is_among

_CUSTOMERS = table_of(Customer)

Rows = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class OutstandingMismatch:
    """A balance that differs in one currency, in its minor units; ours is outstanding less unutilised credit and unaccounted payments."""

    currency: str
    reported_minor: int
    ours_minor: int


def outstanding_mismatches(customer: sa.FromClause, figures: sa.FromClause) -> Rows:
    """The balances of customers that differ from ours, a row for each customer and currency; the difference is theirs less ours.

    `customer` is the table of customers or an alias of it, `figures` a relation of exact figures per customer and currency.
    """
    compared = _compared(customer, figures)
    return (
        sa.select(
            customer.c.id.label("customer_id"),
            sa.cast(compared.reported.c.key, sa.String(3)).label("currency"),
            compared.reported_minor.label("reported_minor"),
            compared.ours_minor.label("ours_minor"),
            (compared.reported_minor - compared.ours_minor).label("difference_minor"),
        )
        .select_from(customer.join(compared.reported, sa.true()).outerjoin(figures, compared.is_same))
        .where(compared.reported_minor != compared.ours_minor)
    )


def has_outstanding_mismatch(customer: sa.FromClause, figures: sa.FromClause) -> sa.ColumnElement[bool | None]:
    """Whether one of a customer's reported balances differs from ours; NULL where its source reports none."""
    compared = _compared(customer, figures)
    found = sa.select(sa.literal(1)).select_from(compared.reported.outerjoin(figures, compared.is_same))
    differs = sa.exists(found.where(compared.reported_minor != compared.ours_minor).correlate(customer))
    return sa.case((customer.c.reported_balances.is_(None), sa.null()), else_=differs)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A reported balance beside ours, and on what the figures are joined to it."""

    reported: sa.FromClause
    is_same: sa.ColumnElement[bool]
    reported_minor: sa.ColumnElement[int]
    ours_minor: sa.ColumnElement[int]


def _compared(customer: sa.FromClause, figures: sa.FromClause) -> _Compared:
    reported = JsonEntries(customer.c.reported_balances).table_valued("key", "value", joins_implicitly=True)
    net = figures.c.outstanding_minor - figures.c.unutilised_credit_minor - figures.c.unaccounted_payment_minor
    return _Compared(
        reported=reported,
        is_same=sa.and_(figures.c.customer_id == customer.c.id, figures.c.currency == reported.c.key),
        reported_minor=sa.cast(reported.c.value, sa.BigInteger),
        ours_minor=sa.case((figures.c.customer_id.is_(None), 0), else_=net),
    )


def read_outstanding_mismatches(connection: sa.Connection, basis: Basis, ids: Iterable[int]) -> dict[int, tuple[OutstandingMismatch, ...] | None]:
    """The mismatches of some customers by id: empty where all reported balances agree, None where the source reports none."""
    wanted = sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, ids))
    query = outstanding_mismatches(_CUSTOMERS, currency_figures_relation(connection, basis, wanted)).where(_CUSTOMERS.c.id.in_(wanted))
    found: dict[int, list[OutstandingMismatch]] = defaultdict(list)
    for row in connection.execute(query.order_by("customer_id", "currency")):
        found[row.customer_id].append(OutstandingMismatch(row.currency, row.reported_minor, row.ours_minor))
    reporting = sa.select(_CUSTOMERS.c.id, _CUSTOMERS.c.reported_balances.is_not(None)).where(_CUSTOMERS.c.id.in_(wanted))
    return {customer_id: tuple(found[customer_id]) if reports else None for customer_id, reports in connection.execute(reporting)}
