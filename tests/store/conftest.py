"""A store on each database."""

from collections.abc import Generator

import pytest

from hub.store.engine import Store


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    found = Store(database_url)
    yield found
    found.dispose()
