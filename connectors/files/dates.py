"""Dates from cells, in a declared order; parsed once per text, for a file repeats few of them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.files.findings import CellError, FileContractError

DateOrder = Literal["YMD", "DMY", "MDY"]

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_THREE = re.compile(rf"(\d{{1,4}})([-/.])(\d{{1,2}})\2(\d{{1,4}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_WORDS = {"YMD": "year-month-day", "DMY": "day-month-year", "MDY": "month-day-year"}
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_REMEMBERED = 20_000
_MONTHS = 12
_YEAR_DIGITS = 4


@dataclass(slots=True)
class DateReader:
    """Reads dates in one order, or in explicit formats (as of `strptime`) tried one after the other.

    A date with the year first in four digits is always understood. A time of day is cut off: the date is the one written.
    `order` None: any other date of three numbers stops the file, for nobody can know which number is the month.
    """

    order: DateOrder | None = None
    formats: tuple[str, ...] = ()
    known: dict[str, date] = field(default_factory=dict[str, date])
    ambiguous: dict[str, date] = field(default_factory=dict[str, date])

    def read(self, value: object) -> tuple[date, bool]:
        """The date, and whether it would be another one with day and month exchanged.

        Raises CellError when it is no date, FileContractError when the order must be declared first.
        """
        if not isinstance(value, str):
            return _typed_date(value), False
        found = self.known.get(value)
        if found is not None:
            return found, False
        found = self.ambiguous.get(value)
        if found is not None:
            return found, True
        return self._read_new(value)

    def _read_new(self, text: str) -> tuple[date, bool]:
        found, is_ambiguous = self._parse(text)
        remembered = self.ambiguous if is_ambiguous else self.known
        if len(remembered) >= _REMEMBERED:
            remembered.clear()
        remembered[text] = found
        return found, is_ambiguous

    def _parse(self, text: str) -> tuple[date, bool]:
        if self.formats:
            return _by_format(text, self.formats), False
        compact = _COMPACT.fullmatch(text) if self.order == "YMD" else None
        if compact:
            return _checked(compact.groups(), text, "YMD"), False
        match = _THREE.fullmatch(text)
        if not match:
            raise CellError(f"{text!r} is not a date" + (f" in {_WORDS[self.order]} order" if self.order else ""))
        first, _, second, third = match.groups()
        if len(first) == _YEAR_DIGITS:
            return _checked((first, second, third), text, "YMD"), False
        if self.order is None:
            raise FileContractError(_undeclared(text, first, second))
        if self.order == "YMD" or len(third) != _YEAR_DIGITS:
            raise CellError(f"{text!r} is not a date in {_WORDS[self.order]} order with a year of four digits")
        month, day = (first, second) if self.order == "MDY" else (second, first)
        is_ambiguous = int(first) <= _MONTHS and int(second) <= _MONTHS and int(first) != int(second)
        return _checked((third, month, day), text, self.order), is_ambiguous


def _undeclared(text: str, first: str, second: str) -> str:
    if int(first) <= _MONTHS and int(second) <= _MONTHS and int(first) != int(second):
        return f"the date {text!r} may be day {first} of month {second} or month {first}, day {second}: declare `date_order` (DMY or MDY) in the mapping"
    return f"the date {text!r} does not begin with the year: declare `date_order` (DMY or MDY) in the mapping"


def _checked(parts: tuple[str, ...], text: str, order: DateOrder) -> date:
    year, month, day = (int(part) for part in parts)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise CellError(f"{text!r} has a year outside {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError(f"{text!r} is not a date in {_WORDS[order]} order: the calendar has no day {day} in month {month} of {year}") from None


def _by_format(text: str, formats: tuple[str, ...]) -> date:
    for format_ in formats:
        try:
            found = datetime.strptime(text, format_).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if _FIRST_YEAR <= found.year <= _LAST_YEAR:
            return found
    raise CellError(f"{text!r} is not a date in the declared format {' or '.join(formats)}")


def _typed_date(value: object) -> date:
    """A date cell of a spreadsheet, or a TOML date; the time of day is cut off."""
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        raise CellError(f"{value!r} is a number, not a date: format the column as dates, or export it as text")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise CellError(f"{value.isoformat()} has a year outside {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def read_instant(value: object, zone: ZoneInfo | None) -> datetime:
    """A cell as an aware UTC instant; `zone` is for texts without an offset. Raises CellError when there is neither."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace(" UTC", "Z"))
    except ValueError:
        raise CellError(f"{value!r} is not an instant such as 2026-11-22T09:30:00Z") from None
    if found.tzinfo is None:
        if zone is None:
            raise CellError(f"{value!r} has no offset from UTC: declare `time_zone` in the mapping")
        found = found.replace(tzinfo=zone)
    return found.astimezone(UTC)
