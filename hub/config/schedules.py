"""When something is to be done, as people write it: `every 15 minutes`, or a cron expression of five fields."""

import re
from datetime import datetime

from croniter import croniter

from hub.config.settings import ScheduleSettings

EXAMPLES = '"every 15 minutes", "every 2 hours", or cron such as "0 6 * * 1-5" (minute, hour, day, month, weekday)'

_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_INTERVAL = re.compile(r"every\s+(?:(?P<count>\d{1,6})\s+)?(?P<unit>minute|hour|day)s?", re.ASCII | re.IGNORECASE)
_LONGEST_DAYS = 366
_CRON_FIELD_COUNT = 5
_NAMES = "SUN MON TUE WED THU FRI SAT JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_CRON_FIELD = re.compile(rf"(?:[0-9*,/#?L-]|{'|'.join(_NAMES)})+", re.ASCII | re.IGNORECASE)  # croniter's random and hashed fields never come out the same
_ANY_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall clock, of which only matters that its calendar goes on


def parse_schedule(text: str) -> ScheduleSettings:
    """What a text says. Raises ValueError with examples when it is neither an interval nor a cron expression that ever comes true."""
    words = " ".join(text.split())
    interval = _INTERVAL.fullmatch(words)
    if interval is not None:
        return ScheduleSettings(interval_seconds=_seconds(words, interval))
    if words.casefold().startswith("every"):
        raise ValueError(f"{words!r} is no interval of minutes, hours or days: write {EXAMPLES}")
    return ScheduleSettings(cron=_checked_cron(words))


def _seconds(words: str, interval: re.Match[str]) -> int:
    seconds = int(interval["count"] or 1) * _UNITS[interval["unit"].casefold()]
    if not 0 < seconds <= _LONGEST_DAYS * _UNITS["day"]:
        raise ValueError(f"{words!r} is not from 1 minute to {_LONGEST_DAYS} days")
    return seconds


def _checked_cron(words: str) -> str:
    fields = words.split()
    if len(fields) != _CRON_FIELD_COUNT or not all(_CRON_FIELD.fullmatch(field) for field in fields):
        raise ValueError(f"{words!r} is neither an interval nor a cron expression of five fields: write {EXAMPLES}")
    try:
        croniter(words, _ANY_DAY).get_next(datetime)
    except (ValueError, KeyError, IndexError, TypeError) as error:  # it has no one type for what it cannot read
        raise ValueError(f"{words!r} is no cron expression that ever comes true: write {EXAMPLES}") from error
    return words
