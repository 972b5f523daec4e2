"""The figures of all customers together, each amount equal to the sum over the customers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.dialects import summed
from hub.health.facts import dated_ledger
from hub.health.figures import PortfolioFigures
from hub.health.reading import SHARED, ageing_of, currency_figures_of, is_kept
from hub.health.relations import CURRENCY_FIGURE_COLUMNS
from hub.health.sums import AMOUNTS, amount_names, build_sums, converted_total, count_names
from hub.model import CustomerCurrencyFigures, CustomerFigures, table_of

_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)

Values = dict[str, Any]


def read_portfolio(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    """The figures of the portfolio on the day of the basis; consolidated figures have no place in it."""
    return _read_kept(connection, basis) if is_kept(connection, basis) else _read_dated(connection, basis)


def _read_kept(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    def total(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        return sa.case((sa.func.count() == sa.func.count(column), summed(column)))

    columns = [total(_FIGURES.c[f"{name}_minor"]).label(name) for name in amount_names(basis)]
    columns += [summed(_FIGURES.c[name]).label(name) for name in count_names(basis)]
    values: Values = dict(connection.execute(sa.select(*columns)).mappings().one())
    lists = sa.select(_FIGURES.c.missing_rates).where(_FIGURES.c.is_complete.is_(sa.false()))
    missing = {currency for found in connection.execute(lists).scalars() for currency in found}
    exact = [summed(_CURRENCY_FIGURES.c[name]).label(name) for name in CURRENCY_FIGURE_COLUMNS if name not in ("customer_id", "currency")]
    currency = _CURRENCY_FIGURES.c.currency
    by_currency = connection.execute(sa.select(currency, *exact).group_by(currency).order_by(currency)).mappings()
    return _portfolio(values, basis, missing=missing, by_currency=by_currency)


def _read_dated(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    """From the sums themselves: a few rows a currency instead of one a customer."""
    sums = build_sums(dated_ledger(basis), basis).subquery("sums")
    rows = connection.execute(_by_currency(sums, basis)).mappings().all()
    values: Values = {name: _total(row[f"{name}_converted"] for row in rows) for name in amount_names(basis)}
    values |= {name: sum(row[name] for row in rows) for name in count_names(basis)}
    missing = {row["currency"] for row in rows if any(row[f"{name}_converted"] is None for name in amount_names(basis))}
    return _portfolio(values, basis, missing=missing, by_currency=_exact(rows))


def _by_currency(sums: sa.FromClause, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            sums.c.currency,
            *(converted_total(sums, name, basis).label(f"{name}_converted") for name in amount_names(basis)),
            *(summed(sums.c[f"{name}_minor"]).label(f"{name}_minor") for name in AMOUNTS),
            *(summed(sums.c[name]).label(name) for name in count_names(basis)),
        )
        .group_by(sums.c.currency)
        .order_by(sums.c.currency)
    )


def _exact(rows: Sequence[Mapping[Any, Any]]) -> Iterable[Mapping[Any, Any]]:
    for row in rows:
        if any(row[f"{name}_minor"] for name in AMOUNTS):
            yield dict(row) | {"total_due_minor": row["outstanding_minor"]}


def _total(amounts: Iterable[int | None]) -> int | None:
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _portfolio(values: Values, basis: Basis, *, missing: set[str], by_currency: Iterable[Mapping[Any, Any]]) -> PortfolioFigures:
    amounts = {f"{name}_minor": values[name] for name in amount_names(basis)}
    counts = {name: values[name] for name in count_names(basis)}
    outstanding, credit = amounts["outstanding_minor"], amounts["unutilised_credit_minor"]
    row: Values = amounts | counts
    row["total_due_minor"] = outstanding
    row["net_overdue_minor"] = _less(amounts["overdue_minor"], credit)
    row["net_outstanding_minor"] = _less(_less(outstanding, credit), amounts["unaccounted_payment_minor"])
    row["is_complete"] = not missing
    return PortfolioFigures(
        as_of=basis.as_of,
        base_currency=basis.base_currency,
        ageing=ageing_of(row, basis),
        missing_rates=tuple(sorted(missing)),
        by_currency=tuple(currency_figures_of(found) for found in by_currency),
        **{name: row[name] for name in SHARED},
    )


def _less(amount: int | None, other: int | None) -> int | None:
    return None if amount is None or other is None else amount - other
