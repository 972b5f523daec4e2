"""Figures per customer as relations: selected, filtered and ordered by whoever reads them, kept ones and as-of ones alike."""

from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, EARLIEST, amount_names, count_names, id_of_key
from hub.health.basis import Basis
from hub.health.dialects import JsonList, summed
from hub.health.documents import Scope, scope_of, within
from hub.health.facts import dated_ledger
from hub.health.ledger import Ledger, kept_ledger
from hub.health.sums import build_exact_sums, build_sums, complete_total
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, table_of

_CUSTOMERS = table_of(Customer)

FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerFigures).columns)
CURRENCY_FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerCurrencyFigures).columns)

Customers = sa.Select[tuple[int]] | None
"""A selection of customer ids; None: all customers."""

Rows = sa.Select[*tuple[Any, ...]]


def customer_figures(basis: Basis, customers: Customers = None) -> sa.FromClause:
    """The figures of each customer on the day of the basis, from dated facts; columns as the table `customer_figures`.

    A customer without documents has zeros. An amount is NULL where a currency in which it is not zero has no rate.
    """
    scope = scope_of(customers)
    return figures_of(dated_ledger(basis, with_members(scope)), basis, scope).subquery("figures")


def customer_figures_today(basis: Basis, customers: Customers = None) -> sa.FromClause:
    """The same from the kept amounts of documents and payments; `basis.as_of` is the business date that they are kept for."""
    scope = scope_of(customers)
    return figures_of(kept_ledger(basis, with_members(scope)), basis, scope).subquery("figures")


def customer_currency_figures(basis: Basis, customers: Customers = None) -> sa.FromClause:
    """The exact figures of each customer in each currency in which one is not zero; columns as `customer_currency_figures`."""
    return currency_figures_of(dated_ledger(basis, scope_of(customers)), basis).subquery("currency_figures")


def with_members(scope: Scope) -> Scope:
    """The customers of a scope and those that are billed to them: their figures make the consolidated ones."""
    if scope is None:
        return None
    billed = sa.select(_CUSTOMERS.c.id).where(within(_CUSTOMERS.c.bill_to_id, scope))
    return sa.union(sa.select(scope.c.customer_id), billed).cte("scope_with_members")


def currency_figures_of(ledger: Ledger, basis: Basis) -> Rows:
    """Figures per customer and currency of a ledger."""
    sums = build_exact_sums(ledger, basis).subquery("exact_sums")
    exact = {f"{name}_minor": summed(sums.c[name]) for name in AMOUNTS}
    columns = exact | {"total_due_minor": exact["outstanding_minor"], "customer_id": sums.c.customer_id, "currency": sums.c.currency}
    return (
        sa.select(*(columns[name].label(name) for name in CURRENCY_FIGURE_COLUMNS))
        .group_by(sums.c.customer_id, sums.c.currency)
        .having(sa.or_(*(amount != 0 for amount in exact.values())))
    )


def figures_of(ledger: Ledger, basis: Basis, scope: Scope = None) -> Rows:
    """Figures per customer of a ledger that covers the scope and whoever is billed to it."""
    sums = build_sums(ledger, basis).cte("sums")
    own = _own(sums, basis).cte("own")
    billed = _billed_to(own, scope)
    missing = _missing_rates(sums, basis)
    return (
        sa.select(*_figure_columns(own, billed, missing, basis=basis))
        .select_from(_CUSTOMERS)
        .outerjoin(own, own.c.customer_id == _CUSTOMERS.c.id)
        .outerjoin(billed, billed.c.customer_id == _CUSTOMERS.c.id)
        .outerjoin(missing, missing.c.customer_id == _CUSTOMERS.c.id)
        .where(within(_CUSTOMERS.c.id, scope))
    )


def _figure_columns(own: sa.FromClause, billed: sa.FromClause, missing: sa.FromClause, *, basis: Basis) -> list[sa.Label[Any]]:
    amount = {name: sa.case((own.c.customer_id.is_(None), 0), else_=own.c[name]) for name in amount_names(basis)}
    columns: dict[str, sa.ColumnElement[Any]] = {f"{name}_minor": found for name, found in amount.items()}
    columns |= {name: sa.func.coalesce(own.c[name], 0) for name in count_names(basis)}
    columns |= {f"{name}_id": id_of_key(own.c[name]) for name in EARLIEST}
    columns |= {
        "customer_id": _CUSTOMERS.c.id,
        "business_date": sa.literal(basis.as_of, sa.Date),
        "total_due_minor": amount["outstanding"],
        "net_overdue_minor": amount["overdue"] - amount["unutilised_credit"],
        "net_outstanding_minor": amount["outstanding"] - amount["unutilised_credit"] - amount["unaccounted_payment"],
        "is_complete": missing.c.customer_id.is_(None),
        "missing_rates": missing.c.currencies,
    }
    for name in ("outstanding", "overdue"):
        of_others = sa.case((billed.c.customer_id.is_(None), 0), else_=billed.c[name])
        columns[f"consolidated_{name}_minor"] = amount[name] + of_others
    return [columns.get(name, _unused_bucket(name)).label(name) for name in FIGURE_COLUMNS]


def _own(sums: sa.FromClause, basis: Basis) -> Rows:
    return sa.select(
        sums.c.customer_id,
        *(complete_total(sums.c[name]).label(name) for name in amount_names(basis)),
        *(summed(sums.c[name]).label(name) for name in count_names(basis)),
        *(sa.func.min(sums.c[name]).label(name) for name in EARLIEST),
    ).group_by(sums.c.customer_id)


def _billed_to(own: sa.FromClause, scope: Scope) -> sa.FromClause:
    """Outstanding and overdue of the customers that are billed to another one, added up for that one."""
    return (
        sa.select(
            _CUSTOMERS.c.bill_to_id.label("customer_id"),
            *(complete_total(own.c[name]).label(name) for name in ("outstanding", "overdue")),
        )
        .join_from(_CUSTOMERS, own, own.c.customer_id == _CUSTOMERS.c.id)
        .where(_CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id, within(_CUSTOMERS.c.bill_to_id, scope))
        .group_by(_CUSTOMERS.c.bill_to_id)
        .subquery("billed_to")
    )


def _missing_rates(sums: sa.FromClause, basis: Basis) -> sa.FromClause:
    """The currencies without a rate that make a figure of a customer NULL, those of customers billed to it included."""
    currency = sums.c.lacking_currency
    is_missing = sa.or_(*(sums.c[name].is_(None) for name in amount_names(basis)))
    own = sa.select(sums.c.customer_id, currency).where(currency.is_not(None), is_missing)
    of_others = (
        sa.select(_CUSTOMERS.c.bill_to_id, currency)
        .join_from(sums, _CUSTOMERS, sums.c.customer_id == _CUSTOMERS.c.id)
        .where(currency.is_not(None), sums.c.outstanding.is_(None), _CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id)
    )
    both = sa.union(own, of_others).subquery()
    ordered = sa.select(both).order_by(both.c.customer_id, both.c.lacking_currency).subquery()
    return sa.select(ordered.c.customer_id, JsonList(ordered.c.lacking_currency).label("currencies")).group_by(ordered.c.customer_id).subquery("missing")


def _unused_bucket(column: str) -> sa.ColumnElement[Any]:
    return sa.literal(0) if column.endswith("_count") else sa.null().cast(sa.BigInteger)
