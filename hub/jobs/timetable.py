"""The slots of a schedule: instants, computed from a cron expression or an interval. Pure: what time it is comes from the caller.

Cron is matched against the wall clock of a zone. A wall time that a change of the clocks leaves out has its slot at the first
instant after the gap; one that comes twice has it the first time only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from hub.config import ScheduleSettings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a schedule has its slots, and in which zone."""

    schedule: ScheduleSettings
    zone: ZoneInfo

    def next_after(self, instant: datetime) -> datetime:
        """The first slot later than `instant`. Raises ValueError when there is none."""
        if self.schedule.interval_seconds is not None:
            return self._interval_slot(instant, number=1)
        walls = croniter(self.schedule.cron or "", _wall(instant, self.zone))
        while (slot := first_instant(walls.get_next(datetime), self.zone)) <= instant:
            pass  # the wall time has come before: the clocks were put back
        return slot

    def latest_until(self, instant: datetime) -> datetime:
        """The last slot that is not later than `instant`. Raises ValueError when there is none."""
        if self.schedule.interval_seconds is not None:
            return self._interval_slot(instant, number=0)
        walls = croniter(self.schedule.cron or "", _latest_wall(instant, self.zone).replace(second=0, microsecond=0) + _MINUTE)
        while (slot := first_instant(walls.get_prev(datetime), self.zone)) > instant:
            pass  # the wall time is still to come
        return slot

    def _interval_slot(self, instant: datetime, *, number: int) -> datetime:
        step = timedelta(seconds=self.schedule.interval_seconds or 1)
        return _EPOCH + ((instant - _EPOCH) // step + number) * step


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a wall time (without zone) first comes; for one that is left out, the first instant after the gap."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if _wall(instant, zone) == wall else _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Read with the offset from after the change, a wall time in a gap gives an instant before it; with that from before, one after it."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, after)
    return after


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _latest_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """A wall time no earlier than any that has come until now: after the clocks were put back, later ones have come than they show."""
    offset = instant.astimezone(zone).replace(fold=0).utcoffset() or timedelta()
    return instant.astimezone(UTC).replace(tzinfo=None) + offset
