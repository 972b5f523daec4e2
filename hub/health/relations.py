"""Figures per customer as relations: selected, filtered and ordered by whoever reads them, kept ones and as-of ones alike."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, EARLIEST, amount_names, build_addends, count_names, id_of_key
from hub.health.basis import Basis
from hub.health.dialects import JsonList, summed
from hub.health.documents import Scope, scope_of, within
from hub.health.facts import dated_ledger
from hub.health.ledger import Ledger, kept_ledger
from hub.health.sums import added_up, complete_total, earliest_of, exact_sums, lacking, total_of
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, table_of

_CUSTOMERS = table_of(Customer)

FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerFigures).columns)
CURRENCY_FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerCurrencyFigures).columns)

_CONSOLIDATED = ("outstanding", "overdue")
"""What is added up over the customers that are billed together (B43)."""

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
    return sa.union(sa.select(scope.c.customer_id), billed).cte()


def currency_figures_of(ledger: Ledger, basis: Basis) -> Rows:
    """Figures per customer and currency of a ledger."""
    sums = exact_sums(build_addends(ledger, basis)).subquery("exact_sums")
    exact = {f"{name}_minor": summed(sums.c[name]) for name in AMOUNTS}
    columns = exact | {"total_due_minor": exact["outstanding_minor"], "customer_id": sums.c.customer_id, "currency": sums.c.currency}
    return (
        sa.select(*(columns[name].label(name) for name in CURRENCY_FIGURE_COLUMNS))
        .group_by(sums.c.customer_id, sums.c.currency)
        .having(sa.or_(*(amount != 0 for amount in exact.values())))
    )


def figures_of(ledger: Ledger, basis: Basis, scope: Scope = None) -> Rows:
    """Figures per customer of a ledger that covers the scope and whoever is billed to it."""
    addends = build_addends(ledger, basis)
    unrated = lacking(addends, basis).cte()
    parts = [added_up(addend).cte() for addend in addends]
    gaps = _gaps(unrated, basis)
    own = _own(parts, gaps, (*amount_names(basis), *count_names(basis), *EARLIEST), scope=scope).subquery("own")
    billed = _billed_to(_own(parts, gaps, _CONSOLIDATED, scope=ledger.scope))
    missing = _missing_rates(unrated, basis)
    return (
        sa.select(*_figure_columns(own, billed, missing, basis=basis))
        .select_from(own)
        .outerjoin(billed, billed.c.customer_id == own.c.customer_id)
        .outerjoin(missing, missing.c.customer_id == own.c.customer_id)
    )


def _own(parts: Sequence[sa.FromClause], gaps: sa.FromClause, names: Sequence[str], *, scope: Scope) -> Rows:
    """What each customer's own documents and payments add up to; an amount is NULL when some of it has no rate."""
    columns = {name: earliest_of(parts, name) if name in EARLIEST else total_of(parts, name) for name in names}
    columns |= {name: amount + sa.case((gaps.c.customer_id.is_(None), 0), else_=gaps.c[name]) for name, amount in columns.items() if name in gaps.c}
    found = sa.select(_CUSTOMERS.c.id.label("customer_id"), _CUSTOMERS.c.bill_to_id, *(column.label(name) for name, column in columns.items()))
    found = found.select_from(_CUSTOMERS if scope is None else scope.join(_CUSTOMERS, _CUSTOMERS.c.id == scope.c.customer_id))
    for part in (*(part for part in parts if any(name in part.c for name in names)), gaps):
        found = found.outerjoin(part, part.c.customer_id == _CUSTOMERS.c.id)
    return found


def _gaps(unrated: sa.FromClause, basis: Basis) -> sa.FromClause:
    """For customers with something that has no rate: NULL for each amount that it belongs to, 0 for the others."""
    columns = (complete_total(unrated.c[name]).label(name) for name in amount_names(basis))
    return sa.select(unrated.c.customer_id, *columns).group_by(unrated.c.customer_id).cte()


def _figure_columns(own: sa.FromClause, billed: sa.FromClause, missing: sa.FromClause, *, basis: Basis) -> list[sa.Label[Any]]:
    columns: dict[str, sa.ColumnElement[Any]] = {f"{name}_minor": own.c[name] for name in amount_names(basis)}
    columns |= {name: own.c[name] for name in count_names(basis)}
    columns |= {f"{name}_id": id_of_key(own.c[name]) for name in EARLIEST}
    columns |= {
        "customer_id": own.c.customer_id,
        "business_date": sa.literal(basis.as_of, sa.Date),
        "total_due_minor": own.c.outstanding,
        "net_overdue_minor": own.c.overdue - own.c.unutilised_credit,
        "net_outstanding_minor": own.c.outstanding - own.c.unutilised_credit - own.c.unaccounted_payment,
        "is_complete": missing.c.customer_id.is_(None),
        "missing_rates": missing.c.currencies,
    }
    for name in _CONSOLIDATED:
        of_others = sa.case((billed.c.customer_id.is_(None), 0), else_=billed.c[name])
        columns[f"consolidated_{name}_minor"] = own.c[name] + of_others
    return [columns.get(name, _unused_bucket(name)).label(name) for name in FIGURE_COLUMNS]


def _billed_to(own: Rows) -> sa.FromClause:
    """Outstanding and overdue of the customers that are billed to another one, added up for that one."""
    member = own.where(_CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id).subquery("member")
    sums = (complete_total(member.c[name]).label(name) for name in _CONSOLIDATED)
    return sa.select(member.c.bill_to_id.label("customer_id"), *sums).group_by(member.c.bill_to_id).subquery("billed_to")


def _missing_rates(unrated: sa.FromClause, basis: Basis) -> sa.FromClause:
    """The currencies without a rate that make a figure of a customer NULL, those of customers billed to it included."""
    currency = unrated.c.lacking_currency
    is_missing = sa.or_(*(unrated.c[name].is_(None) for name in amount_names(basis)))
    own = sa.select(unrated.c.customer_id, currency).where(is_missing)
    of_others = (
        sa.select(_CUSTOMERS.c.bill_to_id, currency)
        .join_from(unrated, _CUSTOMERS, unrated.c.customer_id == _CUSTOMERS.c.id)
        .where(unrated.c.outstanding.is_(None), _CUSTOMERS.c.bill_to_id != _CUSTOMERS.c.id)
    )
    both = sa.union(own, of_others).subquery()
    ordered = sa.select(both).order_by(both.c.customer_id, both.c.lacking_currency).subquery()
    return sa.select(ordered.c.customer_id, JsonList(ordered.c.lacking_currency).label("currencies")).group_by(ordered.c.customer_id).subquery("missing")


def _unused_bucket(column: str) -> sa.ColumnElement[Any]:
    return sa.literal(0) if column.endswith("_count") else sa.null().cast(sa.BigInteger)
