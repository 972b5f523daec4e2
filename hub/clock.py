"""The one source of time: an injected clock, and the business date in the workspace zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the current instant; everything that needs the time is handed one."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for tests, simulations and reruns of a past day."""

    instant: datetime

    def now(self) -> datetime:
        """The instant that was set, in UTC."""
        return self.instant.astimezone(UTC)

    def move_to(self, instant: datetime) -> None:
        """Set the clock to another aware instant, later or earlier."""
        self.instant = instant


def business_date(clock: Clock, zone: ZoneInfo) -> date:
    """Today in the workspace zone: the only "today" used for due, overdue and ageing."""
    return clock.now().astimezone(zone).date()
