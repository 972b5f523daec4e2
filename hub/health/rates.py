"""Which exchange rate is in force on which day, derived from the dated rates (B12, B13)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal, localcontext
from math import gcd

import sqlalchemy as sa

from hub.health.amounts import Rate
from hub.model import ExchangeRate, RateWindow, table_of
from hub.money import exponent
from hub.store.bulk import allocate_ids, chunks, insert_rows

_RATES = table_of(ExchangeRate)
_WINDOWS = table_of(RateWindow)
_DIGITS = 20
_COLUMNS = ("currency", "valid_from", "valid_until", "numerator", "denominator", "exchange_rate_id")


@dataclass(frozen=True, slots=True)
class DatedRate:
    """An exchange rate as its source gave it: one `currency` is `numerator / denominator` of `base_currency` from `rate_date` on."""

    id: int
    source: str
    currency: str
    base_currency: str
    rate_date: date
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Window:
    """A rate into the workspace currency, minor units to minor units, on `valid_from ≤ day < valid_until` (None: open end)."""

    currency: str
    valid_from: date
    valid_until: date | None
    numerator: int
    denominator: int
    exchange_rate_id: int


def derive_windows(rates: Iterable[DatedRate], base_currency: str) -> list[Window]:
    """The windows of every currency that has a rate to or from `base_currency`, in order of currency and day.

    On each day the latest rate date counts. Of several rates of one date a direct one (currency to workspace currency) goes
    before an inverse one, then the source whose name sorts first, then the newest row.
    """
    best: dict[tuple[str, date], DatedRate] = {}
    for rate in rates:
        if base_currency not in (rate.currency, rate.base_currency) or rate.currency == rate.base_currency:
            continue
        foreign = rate.base_currency if rate.currency == base_currency else rate.currency
        known = best.get((foreign, rate.rate_date))
        if known is None or _preference(rate, base_currency) < _preference(known, base_currency):
            best[foreign, rate.rate_date] = rate
    starts: dict[str, list[date]] = defaultdict(list)
    for currency, day in sorted(best):
        starts[currency].append(day)
    return [
        _window(best[currency, day], base_currency, until=until)
        for currency, days in starts.items()
        for day, until in zip(days, [*days[1:], None], strict=True)
    ]


def _preference(rate: DatedRate, base_currency: str) -> tuple[bool, str, int]:
    return rate.base_currency != base_currency, rate.source, -rate.id


def _window(rate: DatedRate, base_currency: str, *, until: date | None) -> Window:
    if rate.base_currency == base_currency:
        currency, numerator, denominator = rate.currency, rate.numerator, rate.denominator
    else:
        currency, numerator, denominator = rate.base_currency, rate.denominator, rate.numerator
    numerator *= 10 ** exponent(base_currency)
    denominator *= 10 ** exponent(currency)
    divisor = gcd(numerator, denominator)
    return Window(currency, rate.rate_date, until, numerator // divisor, denominator // divisor, rate.id)


def rebuild_rate_windows(connection: sa.Connection, base_currency: str) -> set[str]:
    """Bring the table of windows in line with the exchange rates; returns the currencies whose windows changed.

    A window that stays the same keeps its row and id. Amounts in the returned currencies must be converted again (`reconvert`)
    in the same transaction.
    """
    wanted = {astuple(window) for window in derive_windows(_read_rates(connection, base_currency), base_currency)}
    names = [_WINDOWS.c[name] for name in _COLUMNS]
    kept = {tuple(row)[1:]: int(row[0]) for row in connection.execute(sa.select(_WINDOWS.c.id, *names))}
    fresh = sorted(wanted - kept.keys(), key=lambda values: (values[0], values[1]))
    stale = [kept[values] for values in kept.keys() - wanted]
    ids = allocate_ids(connection, _WINDOWS, len(fresh))  # before the delete, so that no id of a stale window is given out again
    for some in chunks(stale):
        connection.execute(sa.delete(_WINDOWS).where(_WINDOWS.c.id.in_(some)))
    insert_rows(connection, _WINDOWS, columns=("id", *_COLUMNS), rows=[(key, *values) for key, values in zip(ids, fresh, strict=True)])
    return {values[0] for values in kept.keys() ^ wanted}


def rates_in_force(connection: sa.Connection, day: date) -> dict[str, Rate]:
    """The rate of each currency into the workspace currency on a day; a currency without one is absent."""
    query = sa.select(_WINDOWS.c.currency, _WINDOWS.c.id, _WINDOWS.c.numerator, _WINDOWS.c.denominator).where(in_force(_WINDOWS, sa.literal(day, sa.Date)))
    return {row.currency: Rate(row.id, row.numerator, row.denominator) for row in connection.execute(query)}


def in_force(windows: sa.FromClause, day: sa.ColumnElement[date]) -> sa.ColumnElement[bool]:
    """Whether a window covers a day."""
    return sa.and_(windows.c.valid_from <= day, sa.or_(windows.c.valid_until.is_(None), windows.c.valid_until > day))


def _read_rates(connection: sa.Connection, base_currency: str) -> Sequence[DatedRate]:
    columns = (_RATES.c.id, _RATES.c.source, _RATES.c.currency, _RATES.c.base_currency, _RATES.c.rate_date, _RATES.c.numerator, _RATES.c.denominator)
    of_base = sa.or_(_RATES.c.currency == base_currency, _RATES.c.base_currency == base_currency)
    query = sa.select(*columns).where(of_base, _RATES.c.is_deleted.is_(sa.false()))
    return [DatedRate(*row) for row in connection.execute(query)]


def unit_rate(numerator: int, denominator: int, *, currency: str, base_currency: str) -> Decimal:
    """Units of the workspace currency for one unit of `currency`, to 20 digits, from a window's minor-unit rate."""
    with localcontext() as context:
        context.prec = _DIGITS
        rate = Decimal(numerator) / Decimal(denominator)
        return rate.scaleb(exponent(currency) - exponent(base_currency))
