"""What is going to happen, and when: plans in the order of their instants."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random

Action = Callable[[datetime], None]

_DAY_BEGINS, _DAY_ENDS = 7 * 3600, 18 * 3600
_SATURDAY = 5


class Agenda:
    """Plans by instant; two of the same instant happen in the order in which they were made."""

    def __init__(self) -> None:
        self._plans: list[tuple[datetime, int, Action]] = []
        self._made = 0

    def plan(self, at: datetime, action: Action) -> None:
        """Let something happen at an instant."""
        self._made += 1
        heappush(self._plans, (at, self._made, action))

    def take_until(self, until: datetime) -> tuple[datetime, Action] | None:
        """The next plan up to an instant, that one included, or None; what it does may add plans."""
        if not self._plans or self._plans[0][0] > until:
            return None
        at, _, action = heappop(self._plans)
        return at, action


def office_hour(random: Random, day: date) -> datetime:
    """An instant of a day, or of the next working day, while people are at work."""
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return midnight(day) + timedelta(seconds=random.randint(_DAY_BEGINS, _DAY_ENDS))


def some_days_later(random: Random, at: datetime, *, least: int, most: int) -> datetime:
    """An instant some days later, while people are at work."""
    return office_hour(random, at.date() + timedelta(days=random.randint(least, most)))


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)
