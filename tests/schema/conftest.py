"""A hub on each database, and the schema of this process."""

from collections.abc import Generator

import pytest

from hub.store.engine import Store
from schema.executable import ExecutableSchema
from schema.plugin import the_schema
from tests.databases import Databases
from tests.schema.hub import Hub


@pytest.fixture(scope="session")
def hub_schema() -> ExecutableSchema:
    """The schema of the API."""
    return the_schema()


@pytest.fixture
def hub(database_url: str, hub_schema: ExecutableSchema) -> Generator[Hub]:
    """An empty hub with one connection, `books`, whose kept figures are those of today."""
    store = Store(database_url)
    made = Hub(store, hub_schema)
    made.connection()
    made.refresh()
    yield made
    store.dispose()


@pytest.fixture(scope="session")
def hub_schema_only(sqlite_databases: Databases, hub_schema: ExecutableSchema) -> Generator[Hub]:
    """An empty hub that nobody writes to, for what is decided before any row is read."""
    with sqlite_databases.fresh(migrated=True) as url:
        store = Store(url)
        yield Hub(store, hub_schema)
        store.dispose()
