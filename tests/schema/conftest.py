"""A hub on each database, and its schema, which is built once."""

from collections.abc import Generator

import pytest

from hub.store.engine import Store
from schema.build import build_schema
from schema.executable import ExecutableSchema
from tests.schema.hub import Hub


@pytest.fixture(scope="session")
def hub_schema() -> ExecutableSchema:
    """The schema of the API."""
    return build_schema()


@pytest.fixture
def hub(database_url: str, hub_schema: ExecutableSchema) -> Generator[Hub]:
    """An empty hub with one connection, `books`."""
    store = Store(database_url)
    made = Hub(store, hub_schema)
    made.connection()
    yield made
    store.dispose()
