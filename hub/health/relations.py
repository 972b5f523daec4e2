"""Figures per customer as relations: selected, filtered and ordered by whoever reads them, kept ones and as-of ones alike."""

from typing import Any

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.conversion import lacks_rate
from hub.health.dialects import JsonList, summed
from hub.health.documents import Scope, scope_of, within
from hub.health.facts import dated_ledger
from hub.health.sums import AMOUNTS, EARLIEST, amount_names, build_sums, converted_total, count_names, id_of_key
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, table_of

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)

FIGURE_COLUMNS = tuple(column.name for column in _FIGURES.columns)
CURRENCY_FIGURE_COLUMNS = tuple(column.name for column in _CURRENCY_FIGURES.columns)


def customer_figures(basis: Basis, customers: sa.Select[tuple[int]] | None = None) -> sa.FromClause:
    """The figures of each customer on the day of the basis, from dated facts; columns as the table `customer_figures`.

    `customers` selects the ids that are wanted; None: all. A customer without documents has zeros.
    """
    scope = scope_of(customers)
    sums = build_sums(dated_ledger(basis, with_members(scope)), basis).cte("sums")
    return figures_from(sums, basis, scope).subquery("figures")


def customer_currency_figures(basis: Basis, customers: sa.Select[tuple[int]] | None = None) -> sa.FromClause:
    """The exact figures of each customer in each currency in which one is not zero; columns as `customer_currency_figures`."""
    sums = build_sums(dated_ledger(basis, scope_of(customers)), basis).subquery("sums")
    return currency_figures_from(sums).subquery("currency_figures")


def with_members(scope: Scope) -> Scope:
    """The customers of a scope and those that are billed to them: their figures make the consolidated ones."""
    if scope is None:
        return None
    billed = sa.select(_CUSTOMERS.c.id).where(within(_CUSTOMERS.c.bill_to_id, scope))
    return sa.union(sa.select(scope.c.customer_id), billed).cte("scope_with_members")


def currency_figures_from(sums: sa.FromClause, scope: Scope = None) -> sa.Select[*tuple[Any, ...]]:
    """Figures per customer and currency from sums."""
    exact = {f"{name}_minor": summed(sums.c[f"{name}_minor"]) for name in AMOUNTS}
    columns = exact | {"total_due_minor": exact["outstanding_minor"], "customer_id": sums.c.customer_id, "currency": sums.c.currency}
    return (
        sa.select(*(columns[name].label(name) for name in CURRENCY_FIGURE_COLUMNS))
        .where(within(sums.c.customer_id, scope))
        .group_by(sums.c.customer_id, sums.c.currency)
        .having(sa.or_(*(amount != 0 for amount in exact.values())))
    )


def figures_from(sums: sa.FromClause, basis: Basis, scope: Scope = None) -> sa.Select[*tuple[Any, ...]]:
    """Figures per customer from sums, which cover the scope and whoever is billed to it.

    An amount is NULL where a currency in which it is not zero has no rate.
    """
    own = _own(sums, basis).cte("own")
    billed = _billed_to(own, scope)
    missing = _missing_rates(sums, basis)
    own_amount = {name: sa.case((own.c.customer_id.is_(None), 0), else_=own.c[name]) for name in amount_names(basis)}
    columns: dict[str, sa.ColumnElement[Any]] = {f"{name}_minor": amount for name, amount in own_amount.items()}
    columns |= {name: sa.func.coalesce(own.c[name], 0) for name in count_names(basis)}
    columns |= {f"{name}_id": id_of_key(own.c[name]) for name in EARLIEST}
    columns |= {
        "customer_id": _CUSTOMERS.c.id,
        "business_date": sa.literal(basis.as_of, sa.Date),
        "total_due_minor": own_amount["outstanding"],
        "net_overdue_minor": own_amount["overdue"] - own_amount["unutilised_credit"],
        "net_outstanding_minor": own_amount["outstanding"] - own_amount["unutilised_credit"] - own_amount["unaccounted_payment"],
        "is_complete": missing.c.customer_id.is_(None),
        "missing_rates": missing.c.currencies,
    }
    for name in ("outstanding", "overdue"):
        of_others = sa.case((billed.c.customer_id.is_(None), 0), else_=billed.c[name])
        columns[f"consolidated_{name}_minor"] = own_amount[name] + of_others
    return (
        sa.select(*(columns.get(name, _unused_bucket(name)).label(name) for name in FIGURE_COLUMNS))
        .select_from(_CUSTOMERS)
        .outerjoin(own, own.c.customer_id == _CUSTOMERS.c.id)
        .outerjoin(billed, billed.c.customer_id == _CUSTOMERS.c.id)
        .outerjoin(missing, missing.c.customer_id == _CUSTOMERS.c.id)
        .where(within(_CUSTOMERS.c.id, scope))
    )


def _own(sums: sa.FromClause, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        sums.c.customer_id,
        *(converted_total(sums, name, basis).label(name) for name in amount_names(basis)),
        *(summed(sums.c[name]).label(name) for name in count_names(basis)),
        *(sa.func.min(sums.c[name]).label(name) for name in EARLIEST),
    ).group_by(sums.c.customer_id)


def _billed_to(own: sa.FromClause, scope: Scope) -> sa.FromClause:
    """Outstanding and overdue of the customers that are billed to another one, added up for that one."""

    def added(name: str) -> sa.ColumnElement[int]:
        return sa.case((sa.func.count() == sa.func.count(own.c[name]), summed(own.c[name]))).label(name)

    is_billed_to_another = _CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id
    return (
        sa.select(_CUSTOMERS.c.bill_to_id.label("customer_id"), added("outstanding"), added("overdue"))
        .join_from(_CUSTOMERS, own, own.c.customer_id == _CUSTOMERS.c.id)
        .where(is_billed_to_another, within(_CUSTOMERS.c.bill_to_id, scope))
        .group_by(_CUSTOMERS.c.bill_to_id)
        .subquery("billed_to")
    )


def _missing_rates(sums: sa.FromClause, basis: Basis) -> sa.FromClause:
    """The currencies without a rate that make a figure of a customer NULL, those of customers billed to it included."""
    has_amount = sa.or_(*(sums.c[f"{name}_minor"] != 0 for name in amount_names(basis)))
    own = sa.select(sums.c.customer_id, sums.c.currency).where(lacks_rate(sums, basis), has_amount)
    of_others = (
        sa.select(_CUSTOMERS.c.bill_to_id, sums.c.currency)
        .join_from(sums, _CUSTOMERS, sums.c.customer_id == _CUSTOMERS.c.id)
        .where(_CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id, lacks_rate(sums, basis), sums.c.outstanding_minor != 0)
    )
    both = sa.union(own, of_others).subquery()
    ordered = sa.select(both.c.customer_id, both.c.currency).order_by(both.c.customer_id, both.c.currency).subquery()
    return sa.select(ordered.c.customer_id, JsonList(ordered.c.currency).label("currencies")).group_by(ordered.c.customer_id).subquery("missing")


def _unused_bucket(column: str) -> sa.ColumnElement[Any]:
    return sa.literal(0) if column.endswith("_count") else sa.null().cast(sa.BigInteger)
