"""A store on each database, shared by the examples of one test, which take back what they wrote."""

from collections.abc import Generator

import pytest

from hub.store.engine import Store


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    """The hub's store with empty tables."""
    found = Store(database_url)
    yield found
    found.dispose()
