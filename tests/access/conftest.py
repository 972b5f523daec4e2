"""A store on each database and a clock that stands still."""

from collections.abc import Generator
from datetime import UTC, datetime

import pytest

from hub.clock import FixedClock
from hub.store.engine import Store


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    found = Store(database_url)
    yield found
    found.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
