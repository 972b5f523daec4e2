"""The rates that convert amounts, held in memory for one piece of work: pure look-ups by currency and date."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from hub.health.amounts import IDENTITY, Rate
from hub.model import RateWindow, table_of
from hub.vocabulary import ConversionDate

_WINDOWS = table_of(RateWindow)
_PRIME = 1_000_003
"""Rates are added up by their remainders, so that the sum of many stays small."""

_FINGERPRINT = sa.select(sa.func.count(), sa.func.max(_WINDOWS.c.id), sa.func.sum(_WINDOWS.c.numerator % _PRIME), sa.func.sum(_WINDOWS.c.denominator % _PRIME))


class RateTable:
    """Rates into the workspace currency, by currency and day."""

    def __init__(self, base_currency: str, windows: Iterable[tuple[str, date, date | None, Rate]], conversion_date: ConversionDate) -> None:
        """`windows` are (currency, valid from, valid until or None, rate), in any order, not overlapping within a currency."""
        self.base_currency = base_currency
        self._by_document_date = conversion_date is ConversionDate.DOCUMENT_DATE
        self._windows: dict[str, list[tuple[date, date | None, Rate]]] = defaultdict(list)
        for currency, start, end, rate in windows:
            self._windows[currency].append((start, end, rate))
        for rows in self._windows.values():
            rows.sort(key=lambda row: row[0])
        self._found: dict[tuple[str, date], Rate | None] = {}
        self._starts = {currency: [row[0] for row in rows] for currency, rows in self._windows.items()}

    def rate(self, currency: str, *, document_date: date, today: date) -> Rate | None:
        """The rate that converts an amount of a document: in force today or, where the workspace says so, on its document date. None: missing."""
        if currency == self.base_currency:
            return IDENTITY
        day = document_date if self._by_document_date else today
        try:
            return self._found[currency, day]
        except KeyError:
            found = self._found[currency, day] = self._find(currency, day)
            return found

    def _find(self, currency: str, day: date) -> Rate | None:
        starts = self._starts.get(currency)
        if starts is None:
            return None
        position = bisect_right(starts, day) - 1
        if position < 0:
            return None
        _, end, rate = self._windows[currency][position]
        return rate if end is None or day < end else None


def rates_fingerprint(connection: sa.Connection) -> tuple[object, ...]:
    """Differs after the windows have changed: a new window never gets the id of an old one."""
    return tuple(connection.execute(_FINGERPRINT).one())


def load_rate_table(connection: sa.Connection, base_currency: str, conversion_date: ConversionDate) -> RateTable:
    """The rate table of a database."""
    table = _WINDOWS
    rows = connection.execute(sa.select(table.c.currency, table.c.valid_from, table.c.valid_until, table.c.id, table.c.numerator, table.c.denominator))
    windows = ((row.currency, row.valid_from, row.valid_until, Rate(row.id, row.numerator, row.denominator)) for row in rows)
    return RateTable(base_currency, windows, conversion_date)
