"""The secrets that were given for a connection through the API: sealed beside those that its source changes, and read when it is opened."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from hub.access.sealing import SealedPlace, Sealer
from hub.config import ConnectionOrigin, ConnectionSettings, Settings, read_secrets, thawed
from hub.errors import ConfigurationError
from hub.model import Connection, ConnectionSecret, table_of
from hub.store.bulk import insert_into
from hub.store.engine import Store

_CONNECTIONS = table_of(Connection)
_SECRETS = table_of(ConnectionSecret)
_GIVEN = "given:"


class GivenSecrets:
    """The secrets that were given for the connections of one database, opened when they are needed and kept by nobody."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        """Nothing is read before the first use."""
        self._store = store
        self._sealer = sealer

    def of(self, found: ConnectionSettings) -> Mapping[str, str]:
        """The secrets of a connection, by their names. Raises SealingError when one cannot be opened.

        Raises ConfigurationError when the connection leads elsewhere by now: what was given for the new place is not for the old one.
        """
        mine = sa.and_(_CONNECTIONS.c.name == found.name, _SECRETS.c.name.startswith(_GIVEN, autoescape=True))
        columns = (_SECRETS.c.name, _SECRETS.c.ciphertext, _CONNECTIONS.c.options)
        statement = sa.select(*columns).join(_CONNECTIONS, _CONNECTIONS.c.id == _SECRETS.c.connection_id).where(mine)
        with self._store.read() as opened:
            rows = opened.execute(statement).all()
        if any(row.options != thawed(found.options) for row in rows):
            raise ConfigurationError(f"the connection {found.name!r} was changed meanwhile: try again")
        return {row.name.removeprefix(_GIVEN): self._sealer.open(row.ciphertext, SealedPlace(_SECRETS.name, found.name, row.name)).reveal() for row in rows}


def given_place(connection: str, name: str) -> SealedPlace:
    """The place that a given secret is sealed for: its connection's, under a name that no other kind of secret has."""
    return SealedPlace(_SECRETS.name, connection, f"{_GIVEN}{name}")


def keep_given(connection: sa.Connection, connection_id: int, sealed: Mapping[SealedPlace, bytes], *, now: datetime) -> None:
    """Keep sealed secrets of a connection; one that is there already is replaced."""
    for place, ciphertext in sealed.items():
        changed = {"ciphertext": ciphertext, "updated_at": now}
        row = insert_into(connection, _SECRETS).values(connection_id=connection_id, name=place.name, **changed)
        connection.execute(row.on_conflict_do_update(index_elements=["connection_id", "name"], set_=changed))


def forget_given(connection: sa.Connection, connection_id: int, name: str) -> None:
    """Erase one given secret."""
    connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.connection_id == connection_id, _SECRETS.c.name == f"{_GIVEN}{name}"))


def forget_changing(connection: sa.Connection, connection_id: int) -> None:
    """Erase what the source has changed by itself: it came of other secrets, or is for another place."""
    connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.connection_id == connection_id, ~_SECRETS.c.name.startswith(_GIVEN, autoescape=True)))


def secrets_of(found: ConnectionSettings, settings: Settings, *, environ: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    """All secrets of a connection: those of the environment, and of a made one those that are sealed.

    Raises MissingSecretError for a variable that is not set, ConfigurationError for one that the file no longer lets made connections have.
    """
    if found.origin is not ConnectionOrigin.MADE:
        return read_secrets(found.secrets, environ)
    for name, variable in found.secrets.items():
        if variable not in settings.making.secret_variables:
            message = f"the secret {name!r} of {found.name!r} is in {variable}, which hub.secret_variables of plugins.toml names no longer"
            raise ConfigurationError(message)
    return {**given, **read_secrets(found.secrets, environ)}
