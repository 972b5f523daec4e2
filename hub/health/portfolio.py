"""The figures of all customers together, each amount equal to the sum over the customers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, amount_names, build_addends, count_names
from hub.health.basis import Basis
from hub.health.dialects import summed
from hub.health.facts import dated_ledger
from hub.health.figures import PortfolioFigures
from hub.health.reading import SHARED, ageing_of, currency_figures_of, is_kept
from hub.health.relations import CURRENCY_FIGURE_COLUMNS
from hub.health.sums import complete_total, currency_sums, lacking
from hub.model import CustomerCurrencyFigures, CustomerFigures, table_of

_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)

_EXACT = tuple(name for name in CURRENCY_FIGURE_COLUMNS if name not in ("customer_id", "currency"))

Values = dict[str, Any]


def read_portfolio(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    """The figures of the portfolio on the day of the basis; consolidated figures have no place in it."""
    return _read_kept(connection, basis) if is_kept(connection, basis) else _read_dated(connection, basis)


def _read_kept(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    columns = [complete_total(_FIGURES.c[f"{name}_minor"]).label(name) for name in amount_names(basis)]
    columns += [summed(_FIGURES.c[name]).label(name) for name in count_names(basis)]
    values: Values = dict(connection.execute(sa.select(*columns)).mappings().one())
    lists = sa.select(_FIGURES.c.missing_rates).where(_FIGURES.c.is_complete.is_(sa.false()))
    missing = {currency for found in connection.execute(lists).scalars() for currency in found}
    return _portfolio(values, basis, missing=missing, by_currency=_kept_by_currency(connection))


def _read_dated(connection: sa.Connection, basis: Basis) -> PortfolioFigures:
    """From the addends themselves, by currency: what could be converted, the exact amounts, and what could not be converted."""
    addends = build_addends(dated_ledger(basis), basis)
    values: Values = dict.fromkeys((*amount_names(basis), *count_names(basis)), 0)
    exact: dict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(currency_sums(addends, basis)).mappings():
        for name in values:
            values[name] += row[name]
        exact[row["currency"]].update({f"{name}_minor": row[f"exact_{name}"] for name in AMOUNTS})
    unrated = lacking(addends, basis).subquery()
    columns = [complete_total(unrated.c[name]).label(name) for name in amount_names(basis)]
    missing: set[str] = set()
    for row in connection.execute(sa.select(unrated.c.lacking_currency, *columns).group_by(unrated.c.lacking_currency)).mappings():
        unknown = dict.fromkeys(name for name in amount_names(basis) if row[name] is None)
        missing.update({row["lacking_currency"]} if unknown else ())
        values |= unknown
    by_currency = [{**amounts, "currency": currency, "total_due_minor": amounts["outstanding_minor"]} for currency, amounts in sorted(exact.items())]
    return _portfolio(values, basis, missing=missing, by_currency=by_currency)


def _kept_by_currency(connection: sa.Connection) -> Iterable[Mapping[Any, Any]]:
    figures = _CURRENCY_FIGURES
    exact = [summed(figures.c[name]).label(name) for name in _EXACT]
    return connection.execute(sa.select(figures.c.currency, *exact).group_by(figures.c.currency).order_by(figures.c.currency)).mappings()


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
        by_currency=tuple(currency_figures_of(found) for found in by_currency if any(found[name] for name in _EXACT)),
        **{name: row[name] for name in SHARED},
    )


def _less(amount: int | None, other: int | None) -> int | None:
    return None if amount is None or other is None else amount - other
