"""A clock that stands still."""

from datetime import UTC, datetime

import pytest

from hub.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
