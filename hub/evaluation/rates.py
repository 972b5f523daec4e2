"""The exchange rates behind the amounts in the workspace currency that a rule compares."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.rates import in_force, unit_rate
from hub.model import CreditNote, ExchangeRate, Invoice, Payment, RateWindow, table_of
from hub.vocabulary import ConversionDate

_WINDOWS = table_of(RateWindow)
_RATES = table_of(ExchangeRate)


@dataclass(frozen=True, slots=True)
class RateUsed:
    """Units of the workspace currency for one unit of a currency, to 20 digits, as a source gave it for a day. `rate` None: it is missing."""

    currency: str
    rate: Decimal | None
    rate_date: date | None
    source: str | None


def read_rates(connection: sa.Connection, basis: Basis, customers: sa.Select[tuple[int]]) -> tuple[RateUsed, ...]:
    """The rates in force on the day for the currencies, other than the workspace's, of some customers' documents and payments.

    Empty where the workspace converts each document at the rate of its own date: then there is no one rate.
    """
    if basis.conversion_date is ConversionDate.DOCUMENT_DATE:
        return ()
    used = sa.union(*(sa.select(rows.c.currency).where(rows.c.customer_id.in_(customers)) for rows in map(table_of, (Invoice, CreditNote, Payment)))).subquery()
    on_the_day = sa.and_(_WINDOWS.c.currency == used.c.currency, in_force(_WINDOWS, sa.literal(basis.as_of, sa.Date)))
    query = (
        sa.select(used.c.currency, _WINDOWS.c.numerator, _WINDOWS.c.denominator, _RATES.c.rate_date, _RATES.c.source)
        .select_from(used.outerjoin(_WINDOWS, on_the_day).outerjoin(_RATES, _RATES.c.id == _WINDOWS.c.exchange_rate_id))
        .where(used.c.currency != basis.base_currency)
        .order_by(used.c.currency)
    )
    return tuple(
        RateUsed(currency, None, None, None)
        if numerator is None
        else RateUsed(currency, unit_rate(numerator, denominator, currency=currency, base_currency=basis.base_currency), rate_date, source)
        for currency, numerator, denominator, rate_date, source in connection.execute(query)
    )
