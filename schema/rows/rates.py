"""The rates behind converted amounts: which one, of which day, from which source."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from hub.health.rates import in_force, unit_rate
from hub.model import ExchangeRate, RateWindow, table_of
from schema.plan.declaring import computed
from schema.plan.mapping import Expression, GroupType, Join, Scope, ValueField
from schema.plan.reading import Reading

_WINDOWS = table_of(RateWindow)
_RATES = table_of(ExchangeRate)


def _window_of_row(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    window = scope.reading.rows_of(_WINDOWS)
    return window, window.c.id == scope.c.rate_window_id


def _window_in_force(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    window = scope.reading.rows_of(_WINDOWS)
    return window, sa.and_(window.c.currency == scope.c.currency, in_force(window, sa.literal(scope.reading.day, sa.Date)))


def _rate_of_window(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    window, rate = scope.join("window"), scope.reading.rows_of(_RATES)
    return rate, rate.c.id == window.c.exchange_rate_id


RATE_OF_ROW_JOINS: Mapping[str, Join] = {"window": _window_of_row, "rate": _rate_of_window}
"""For rows that keep the rate window by which they were converted."""

RATE_IN_FORCE_JOINS: Mapping[str, Join] = {"window": _window_in_force, "rate": _rate_of_window}
"""For rows of one currency that are converted at the rate of the day."""


def rate_present(scope: Scope) -> sa.ColumnElement[int]:
    """Null where a row has no rate."""
    return scope.join("window").c.id


def _of_window(name: str) -> Expression:
    return lambda scope: scope.join("window").c[name]


def _of_rate(name: str) -> Expression:
    return lambda scope: scope.join("rate").c[name]


def _unit_rates(reading: Reading) -> Callable[[int, int, str], Decimal]:
    base_currency = reading.workspace.base_currency
    return lambda numerator, denominator, currency: unit_rate(numerator, denominator, currency=currency, base_currency=base_currency)


CONVERSION_RATE = GroupType(
    name="ConversionRate",
    description="The rate by which amounts were converted into the workspace currency.",
    fields={
        "rate": ValueField(
            type="Decimal!",
            description="Units of the workspace currency for one unit of the document's currency.",
            needs=(_of_window("numerator"), _of_window("denominator"), _of_window("currency")),
            make_for=_unit_rates,
        ),
        "rateDate": computed("Date!", "The day that the source gave the rate for.", needs=(_of_rate("rate_date"),)),
        "rateSource": computed("String!", "Where the rate comes from.", needs=(_of_rate("source"),)),
    },
)
