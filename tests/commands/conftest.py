"""A store on PostgreSQL alone, for locks that SQLite does not need."""

from collections.abc import Generator

import pytest

from hub.store.engine import Store
from tests.databases import Databases


@pytest.fixture
def postgresql_store(postgresql_databases: Databases) -> Generator[Store]:
    """The hub's store with empty tables."""
    with postgresql_databases.fresh(migrated=True) as url:
        found = Store(url)
        yield found
        found.dispose()
