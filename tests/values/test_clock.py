"""hub/clock.py: the business date is the date in the workspace zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.clock import FixedClock, SystemClock, business_date


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 26)),
        (datetime(2026, 7, 1, 10, 59, tzinfo=UTC), "Pacific/Pago_Pago", date(2026, 6, 30)),
        (datetime(2026, 7, 1, 18, 31, tzinfo=UTC), "Asia/Kolkata", date(2026, 7, 2)),
        (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2028, 2, 29)),
    ],
)
def test_the_business_date_is_the_date_in_the_zone(instant: datetime, zone: str, day: date) -> None:
    assert business_date(FixedClock(instant), ZoneInfo(zone)) == day


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.move_to(datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    assert clock.now() == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC
