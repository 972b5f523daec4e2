"""Months of the calendar, counted through the years."""

from calendar import monthrange
from datetime import date

_MONTHS = 12


def number_of(day: date) -> int:
    """The number of a day's month."""
    return day.year * _MONTHS + day.month - 1


def first_of(number: int) -> date:
    """The first day of the month with a number."""
    return date(number // _MONTHS, number % _MONTHS + 1, 1)


def end_of(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])
