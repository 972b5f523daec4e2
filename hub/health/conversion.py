"""Conversion into the workspace currency as SQL: half-even per amount at the rate in force, NULL without a rate (B13)."""

from typing import Any

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.documents import ZERO, Scope, within
from hub.health.rates import in_force
from hub.model import RateWindow, table_of
from hub.vocabulary import ConversionDate

_WINDOWS = table_of(RateWindow)


def rates_for(rows: sa.FromClause, own_date: str, basis: Basis, *, scope: Scope = None) -> tuple[sa.CTE, sa.ColumnElement[bool]]:
    """The rates that convert amounts of a table, and the condition of the outer join to them.

    In force on the day of the basis or, where the workspace says so, on the row's own date (`own_date` names it). The workspace
    currency needs no rate and is joined to none. The relation is small and written down once by the database: one row a currency, or
    a currency and date, so that the join is one of equals however many windows there are.
    """
    if basis.conversion_date is ConversionDate.AS_OF:
        columns = (_WINDOWS.c.currency, _WINDOWS.c.id, _WINDOWS.c.numerator, _WINDOWS.c.denominator)
        on_the_day = in_force(_WINDOWS, sa.literal(basis.as_of, sa.Date))
        rate = _written_down(sa.select(*columns).where(on_the_day, _WINDOWS.c.currency != basis.base_currency))
        return rate, rate.c.currency == rows.c.currency
    is_foreign = sa.and_(rows.c.currency != basis.base_currency, within(rows.c.customer_id, scope))
    days = sa.select(rows.c.currency, rows.c[own_date].label("day")).where(is_foreign).distinct().subquery("day")
    on_its_date = sa.and_(_WINDOWS.c.currency == days.c.currency, in_force(_WINDOWS, days.c.day))
    query = sa.select(days.c.currency, days.c.day, _WINDOWS.c.id, _WINDOWS.c.numerator, _WINDOWS.c.denominator)
    rate = _written_down(query.join_from(days, _WINDOWS, on_its_date))
    return rate, sa.and_(rate.c.currency == rows.c.currency, rate.c.day == rows.c[own_date])


def convert(amount: sa.ColumnElement[int], currency: sa.ColumnElement[str], *, rate: sa.FromClause, basis: Basis) -> sa.ColumnElement[int]:
    """An amount in the workspace currency, minor units; NULL when no rate was joined."""
    converted = sa.func.convert_minor(sa.cast(amount, sa.BigInteger), rate.c.numerator, rate.c.denominator, type_=sa.BigInteger)
    is_nothing = sa.and_(amount == ZERO, rate.c.numerator.is_not(None))  # spares the call, which is dear on both databases
    return sa.case((currency == basis.base_currency, amount), (is_nothing, ZERO), else_=converted)


def _written_down(query: sa.Select[*tuple[Any, ...]]) -> sa.CTE:
    return query.cte().prefix_with("MATERIALIZED")
