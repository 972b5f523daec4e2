"""hub/store/migrate.py: the migrations make the tables of the model, and a newer schema is refused."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hub.errors import StoreError
from hub.model import METADATA
from hub.store.engine import Store
from hub.store.migrate import current_revision, head_revision, require_known_schema, upgrade, upgrade_store


def test_the_migrations_make_just_the_tables_of_the_model(store: Store) -> None:
    with store.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": METADATA})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_an_empty_database_is_upgraded_once(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    assert current_revision(store) is None
    upgrade(empty_database_url)
    assert current_revision(store) == head_revision()
    upgrade(empty_database_url)
    store.dispose()


def test_a_newer_schema_is_refused_and_left_alone(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999"):
        require_known_schema(store)
    with pytest.raises(StoreError, match="newer version"):
        upgrade_store(store)


def test_a_database_that_cannot_be_reached_is_told() -> None:
    store = Store("postgresql://nobody:secret@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        require_known_schema(store)
    assert "secret" not in str(caught.value)
    store.dispose()
