"""A statement made for a few days and asked of many: most of what it takes to ask is to make it, and what differs is only what it binds.

How each bound value follows the day is found by comparing the statements of a few days: it stays, it lies so many days from the day, or it is the first
or the last day of a month so many months from the day's. Where the days' statements differ otherwise, nothing is found, and each day has its own made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.evaluation.months import end_of, first_of, number_of

Statement = sa.Select[*tuple[Any, ...]]
Follows = Callable[[date], object]
"""What is bound on a day."""


@dataclass(frozen=True, slots=True)
class Rebound:
    """A statement, and how what it binds follows the day."""

    statement: Statement
    follows: Mapping[str, Follows]

    def on(self, day: date) -> dict[str, object]:
        """What is bound on a day, by name."""
        return {name: follow(day) for name, follow in self.follows.items()}


@dataclass(frozen=True, slots=True)
class _Form:
    """How days are bound; `read` raises ValueError for what is no day."""

    read: Callable[[Any], date]
    write: Callable[[date], object]


def find_rebound(make: Callable[[date], Statement], *, after: date, dialect: sa.Dialect, zone: ZoneInfo) -> Rebound | None:
    """The statement that `make` makes for days after a day, to be asked of any of them; None: they differ in more than what is known to follow the day.

    `zone` is the time zone in which bound instants begin days.
    """
    days = _telling_days(after)
    statements = [make(day) for day in days]
    compiled = [statement.compile(dialect=dialect) for statement in statements]
    if any(str(one) != str(compiled[0]) or one.params.keys() != compiled[0].params.keys() for one in compiled):
        return None
    follows: dict[str, Follows] = {}
    for name, value in compiled[0].params.items():
        bound = [one.params[name] for one in compiled]
        if any(type(one) is not type(value) or one != value for one in bound):
            follow = _follow(days, bound, zone)
            if follow is None:
                return None
            follows[name] = follow
    return Rebound(statements[0], follows)


def _forms(zone: ZoneInfo) -> Mapping[type, _Form]:
    """The forms in which days are bound: as they are, as the instant at which one begins, as a text."""
    return {
        date: _Form(lambda bound: bound, lambda day: day),
        datetime: _Form(lambda bound: bound.astimezone(zone).date(), lambda day: datetime.combine(day, time.min, zone).astimezone(UTC)),
        str: _Form(date.fromisoformat, date.isoformat),
    }


def _follow(days: Sequence[date], bound: Sequence[object], zone: ZoneInfo) -> Follows | None:
    """How what is bound follows the day; None: in no known way."""
    form = next((form for kind, form in _forms(zone).items() if all(type(one) is kind for one in bound)), None)
    if form is None:
        return None
    try:
        found = [form.read(one) for one in bound]
    except ValueError:
        return None
    follow = _day(days, found)
    if follow is None or [form.write(day) for day in found] != bound:
        return None
    return lambda day: form.write(follow(day))


def _telling_days(after: date) -> Sequence[date]:
    """Days on which no two ways to follow the day are the same: in three months, at no same distance from their ends, and one the last of its month."""
    first, second, third = (first_of(number_of(after) + months) for months in (1, 2, 3))
    return first.replace(day=10), second.replace(day=20), end_of(third)


def _day(days: Sequence[date], found: Sequence[date]) -> Callable[[date], date] | None:
    """How a day that is bound follows the day; None: in no known way."""
    apart = {one - day for one, day in zip(found, days, strict=True)}
    if len(apart) == 1:
        (distance,) = apart
        return lambda day: day + distance
    for ahead in (timedelta(0), timedelta(days=1)):  # the month of the day, or of the day after it
        months = {number_of(one) - number_of(day + ahead) for one, day in zip(found, days, strict=True)}
        if len(months) == 1:
            (number,) = months
            return _of_month(found, number, ahead)
    return None


def _of_month(found: Sequence[date], months: int, ahead: timedelta) -> Callable[[date], date] | None:
    if all(one.day == 1 for one in found):
        return lambda day: first_of(number_of(day + ahead) + months)
    if all(one == end_of(one) for one in found):
        return lambda day: end_of(first_of(number_of(day + ahead) + months))
    return None
