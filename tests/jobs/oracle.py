"""Slots by stepping through the minutes of UTC and watching the wall clock: slow, and with nothing of the code's own reasoning."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """A cron expression of lists: some minutes of some hours, each day; with the weekdays, 0 is Sunday."""

    minutes: frozenset[int]
    hours: frozenset[int]
    weekdays: frozenset[int] = frozenset(range(7))

    @property
    def cron(self) -> str:
        """As people write it."""
        minutes, hours, weekdays = (",".join(map(str, sorted(part))) for part in (self.minutes, self.hours, self.weekdays))
        return f"{minutes} {hours} * * {weekdays}"

    def matches(self, wall: datetime) -> bool:
        """Whether a wall time is one of them."""
        return wall.minute in self.minutes and wall.hour in self.hours and wall.isoweekday() % 7 in self.weekdays


def slots(daily: Daily, zone: ZoneInfo, *, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots from `start` to `end`. A wall minute counts when the clock first reaches or passes it, and never again."""
    reached = _wall(start, zone) - MINUTE
    instant = start
    while instant <= end:
        wall = _wall(instant, zone)
        passed = [reached + MINUTE * number for number in range(1, (wall - reached) // MINUTE + 1)]
        if any(daily.matches(minute) for minute in passed):
            yield instant
        reached = max(reached, wall)
        instant += MINUTE


@dataclass(frozen=True, slots=True)
class ClockChange:
    """When the clocks of a zone change, to the minute, and their offsets before and from then on."""

    instant: datetime
    before: timedelta
    after: timedelta


def clock_changes(zone: ZoneInfo, *, start: datetime, end: datetime) -> Iterator[ClockChange]:
    """Every change from `start` to `end`, found by stepping from day to day, then closer."""
    here = start
    while here < end:
        there = here + timedelta(days=1)
        before, after = _offset(here, zone), _offset(there, zone)
        if before != after:
            instant = there
            for step in (timedelta(hours=1), MINUTE):
                while _offset(instant - step, zone) == after:
                    instant -= step
            yield ClockChange(instant, before, after)
        here = there


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
