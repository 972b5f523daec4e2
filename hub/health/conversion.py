"""Conversion into the workspace currency as SQL: half-even per amount at the rate in force, NULL without a rate (B13)."""

from datetime import date

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.rates import in_force
from hub.model import RateWindow, table_of
from hub.vocabulary import ConversionDate

_WINDOWS = table_of(RateWindow)


def rate_windows(basis: Basis) -> sa.FromClause:
    """The windows that can convert something on this basis, to be outer-joined on `is_rate_for`."""
    if basis.conversion_date is ConversionDate.DOCUMENT_DATE:
        return _WINDOWS.alias("rate")
    return sa.select(_WINDOWS).where(in_force(_WINDOWS, sa.literal(basis.as_of, sa.Date))).subquery("rate")


def is_rate_for(rate: sa.FromClause, currency: sa.ColumnElement[str], *, own_date: sa.ColumnElement[date], basis: Basis) -> sa.ColumnElement[bool]:
    """Whether a window converts an amount: in force on the day of the basis or, where the workspace says so, on the document's own date.

    Never true for the workspace currency, which needs no rate.
    """
    is_foreign = sa.and_(rate.c.currency == currency, currency != basis.base_currency)
    if basis.conversion_date is ConversionDate.DOCUMENT_DATE:
        return sa.and_(is_foreign, in_force(rate, own_date))
    return is_foreign


def convert(amount: sa.ColumnElement[int], currency: sa.ColumnElement[str], *, rate: sa.FromClause, basis: Basis) -> sa.ColumnElement[int]:
    """An amount in the workspace currency, minor units; NULL when no window was joined."""
    converted = sa.func.convert_minor(sa.cast(amount, sa.BigInteger), rate.c.numerator, rate.c.denominator, type_=sa.BigInteger)
    return sa.case((currency == basis.base_currency, amount), else_=converted)
