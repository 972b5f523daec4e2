"""Figures of customers read: kept ones for the hub's business date, computed ones for any other day; the reader cannot tell which."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, COUNTS, ageing_names
from hub.health.basis import Basis
from hub.health.documents import scope_of, within
from hub.health.figures import AgeingAmount, CurrencyFigures, Figures
from hub.health.relations import CURRENCY_FIGURE_COLUMNS, customer_currency_figures, customer_figures
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, FiguresState, table_of
from hub.store.lookup import is_among

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)
_STATE = table_of(FiguresState)

SHARED = (*(f"{name}_minor" for name in (*AMOUNTS, "total_due", "net_overdue", "net_outstanding")), *COUNTS, "is_complete")
_OWN = ("customer_id", "consolidated_outstanding_minor", "consolidated_overdue_minor", "oldest_invoice_id", "oldest_overdue_invoice_id")


def is_kept(connection: sa.Connection, basis: Basis) -> bool:
    """Whether the kept figures hold for this basis: the same day, workspace currency, buckets and choices."""
    state = connection.execute(sa.select(_STATE.c.business_date, _STATE.c.base_currency, _STATE.c.settings_digest)).one_or_none()
    return basis.assumed_paid_on is None and state is not None and tuple(state) == (basis.as_of, basis.base_currency, basis.settings_digest)


def figures_relation(connection: sa.Connection, basis: Basis, customers: sa.Select[tuple[int]] | None = None) -> sa.FromClause:
    """Figures of customers to select, filter and order by, with the columns of `customer_figures`: kept if they are, else computed.

    `customers` selects the ids that are wanted; None: all.
    """
    return _kept_rows(_FIGURES, customers) if is_kept(connection, basis) else customer_figures(basis, customers)


def currency_figures_relation(connection: sa.Connection, basis: Basis, customers: sa.Select[tuple[int]] | None = None) -> sa.FromClause:
    """The same for the exact figures per currency, with the columns of `customer_currency_figures`."""
    return _kept_rows(_CURRENCY_FIGURES, customers) if is_kept(connection, basis) else customer_currency_figures(basis, customers)


def read_customer_figures(connection: sa.Connection, basis: Basis, ids: Iterable[int]) -> dict[int, Figures]:
    """The figures of some customers by id; an id that no customer has is absent. As many statements for one id as for a thousand."""
    wanted = sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, ids))
    kept = is_kept(connection, basis)
    figures = _kept_rows(_FIGURES, wanted) if kept else customer_figures(basis, wanted)
    exact = _kept_rows(_CURRENCY_FIGURES, wanted) if kept else customer_currency_figures(basis, wanted)
    by_currency: dict[int, list[CurrencyFigures]] = defaultdict(list)
    for row in connection.execute(sa.select(exact).order_by(exact.c.customer_id, exact.c.currency)).mappings():
        by_currency[row["customer_id"]].append(currency_figures_of(row))
    rows = connection.execute(sa.select(figures)).mappings()
    return {row["customer_id"]: customer_figures_of(row, basis, by_currency=by_currency[row["customer_id"]]) for row in rows}


def customer_figures_of(row: Mapping[Any, Any], basis: Basis, *, by_currency: Iterable[CurrencyFigures]) -> Figures:
    """The figures in one row of a figures relation."""
    return Figures(
        as_of=basis.as_of,
        base_currency=basis.base_currency,
        ageing=ageing_of(row, basis),
        missing_rates=tuple(row["missing_rates"] or ()),
        by_currency=tuple(by_currency),
        **{name: row[name] for name in (*SHARED, *_OWN)},
    )


def ageing_of(row: Mapping[Any, Any], basis: Basis) -> tuple[AgeingAmount, ...]:
    """The buckets of a row that has `ageing_n_minor` and `ageing_n_count`."""
    names = zip(ageing_names(basis), basis.buckets, strict=True)
    return tuple(AgeingAmount(bucket.label, row[f"{name}_minor"], row[f"{name}_count"]) for name, bucket in names)


def currency_figures_of(row: Mapping[Any, Any]) -> CurrencyFigures:
    """The figures in one row that has the columns of a currency's figures."""
    return CurrencyFigures(**{name: row[name] for name in CURRENCY_FIGURE_COLUMNS if name != "customer_id"})


def _kept_rows(table: sa.Table, customers: sa.Select[tuple[int]] | None) -> sa.FromClause:
    return table if customers is None else sa.select(table).where(within(table.c.customer_id, scope_of(customers))).subquery("kept")
