"""What a rule compares a field with: amounts, numbers, texts, yes and no, days, and windows of days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

BASE = "base"
"""In the place of a currency: that of the workspace, whatever it is."""

MOST_DAYS = 36_500
"""How far a rule may reach from the business date: a hundred years."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money. `currency` is an ISO 4217 code, or `BASE`."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the unit of the field: days, invoices, per cent from 0 to 100."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A text. It is compared without regard to case (B24)."""

    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    value: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    value: date


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A day counted from the business date: 0 is today, -30 is 30 days ago (B15)."""

    days: int


class WindowKind(StrEnum):
    """A stretch of days about the business date (RF7, B17)."""

    LAST_DAYS = "LAST_DAYS"
    NEXT_DAYS = "NEXT_DAYS"
    CURRENT_MONTH = "CURRENT_MONTH"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of days, both ends included. `days` is how many before or after the business date, today with them; of a month it is 0.

    Of a field whose days are yet to come, the last days are read as the next ones (B17): the preset of the systems that have no other.
    """

    kind: WindowKind
    days: int = 0

    def ends(self, today: date, *, is_ahead: bool = False) -> tuple[date, date]:
        """The first and the last day; `is_ahead`: the field's days are yet to come. Raises OverflowError beyond the calendar."""
        if self.kind is WindowKind.CURRENT_MONTH:
            return today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
        reach = timedelta(days=self.days)
        is_next = self.kind is WindowKind.NEXT_DAYS or is_ahead
        return (today, today + reach) if is_next else (today - reach, today)


Value = Amount | Number | Text | Flag | Day | RelativeDay | Window
