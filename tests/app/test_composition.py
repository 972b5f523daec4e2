import pytest
import sqlalchemy as sa

from hub.access.tokens import issue_token
from hub.app import Hub, open_hub
from hub.config import Settings
from hub.errors import ConfigurationError, StoreError
from hub.model import Connection, table_of
from hub.store.engine import Store
from hub.vocabulary import ConnectionStatus, Role
from tests.app.conftest import BUILT_IN, NOW, MakeHub, make_settings

CONNECTIONS = table_of(Connection)


def connections(store: Store) -> dict[str, ConnectionStatus]:
    with store.read() as connection:
        return {row.name: row.status for row in connection.execute(sa.select(CONNECTIONS.c.name, CONNECTIONS.c.status))}


def test_a_hub_gives_its_routes_what_they_need(hub: Hub) -> None:
    assert hub.services.store is hub.store
    assert hub.services.business_date().isoformat() == "2026-03-01"
    assert "sample" in {found.name for found in hub.services.connectors}


def test_a_token_is_known_as_soon_as_it_is_issued(hub: Hub) -> None:
    with hub.store.write() as connection:
        secret = issue_token(connection, "test", Role.FINANCE, now=NOW).secret
    principal = hub.services.authenticate(secret)
    assert principal
    assert principal.role is Role.FINANCE
    assert hub.services.authenticate(secret + "x") is None


class TestDatabase:
    def test_an_empty_database_stops_the_start_with_the_command_to_run(self, empty_database_url: str, make_hub: MakeHub, settings: Settings) -> None:
        with pytest.raises(StoreError, match="no tables yet: run `dunwell db upgrade`"):
            make_hub(make_settings(empty_database_url, settings.directory))

    def test_an_empty_database_gets_its_tables_when_asked(self, empty_database_url: str, make_hub: MakeHub, settings: Settings) -> None:
        hub = make_hub(make_settings(empty_database_url, settings.directory), upgrade=True)
        assert connections(hub.store) == {}

    def test_an_older_schema_stops_the_start(self, settings: Settings, make_hub: MakeHub) -> None:
        store = Store(settings.database_url)
        with store.write() as connection:
            connection.execute(sa.text("DELETE FROM alembic_version"))
        store.dispose()
        with pytest.raises(StoreError, match="dunwell db upgrade"):
            make_hub(settings)

    def test_a_newer_schema_stops_the_start(self, settings: Settings, make_hub: MakeHub) -> None:
        store = Store(settings.database_url)
        with store.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        store.dispose()
        with pytest.raises(StoreError, match="9999"):
            make_hub(settings, upgrade=True)


class TestConnections:
    def test_declared_connections_become_rows(self, settings: Settings, make_hub: MakeHub) -> None:
        hub = make_hub(make_settings(settings.database_url, settings.directory, "a", "b"))
        assert connections(hub.store) == {"a": ConnectionStatus.ACTIVE, "b": ConnectionStatus.ACTIVE}

    def test_a_connection_that_is_no_longer_declared_is_marked_and_comes_back(self, settings: Settings, make_hub: MakeHub) -> None:
        make_hub(make_settings(settings.database_url, settings.directory, "a", "b"))
        hub = make_hub(make_settings(settings.database_url, settings.directory, "b"))
        assert connections(hub.store) == {"a": ConnectionStatus.REMOVED, "b": ConnectionStatus.ACTIVE}
        make_hub(make_settings(settings.database_url, settings.directory, "a", "b"))
        assert connections(hub.store) == {"a": ConnectionStatus.ACTIVE, "b": ConnectionStatus.ACTIVE}

    def test_a_name_that_another_connector_has_used_stops_the_start(self, settings: Settings, make_hub: MakeHub) -> None:
        declared = make_settings(settings.database_url, settings.directory, "a")
        hub = make_hub(declared)
        with hub.store.write() as connection:
            connection.execute(sa.update(CONNECTIONS).values(connector="other"))
        with pytest.raises(ConfigurationError, match="give the new one another name"):
            make_hub(declared)

    def test_wrong_connections_are_found_before_the_database_is_touched(self, settings: Settings, make_hub: MakeHub) -> None:
        with pytest.raises(ConfigurationError, match="sample"):
            make_hub(make_settings("sqlite:////nowhere/at/all.db", settings.directory, "a"), "hub.health.fields")


def test_a_hub_can_be_closed_twice(settings: Settings) -> None:
    hub = open_hub(settings, environ={}, built_in=BUILT_IN, installed=())
    hub.close()
    hub.close()


def test_a_start_that_fails_leaves_nothing_open(settings: Settings, make_hub: MakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    disposed: list[str] = []

    def note(store: Store) -> None:
        disposed.append(store.url)
        store.engine.dispose()

    monkeypatch.setattr(Store, "dispose", note)
    store = Store(settings.database_url)
    with store.write() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    store.engine.dispose()
    with pytest.raises(StoreError):
        make_hub(settings)
    assert disposed == [settings.database_url]
