"""Schema migrations: bring a database to this version's schema, or say why it cannot be used."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc

from hub.errors import StoreError
from hub.store.engine import Store


def upgrade(url: str) -> None:
    """Create or upgrade the database to the newest schema; does nothing when it is there. Raises StoreError for a newer schema."""
    store = Store(url)
    try:
        upgrade_store(store)
    finally:
        store.dispose()


def upgrade_store(store: Store) -> None:
    """The same, on an open store."""
    require_known_schema(store)
    if current_revision(store) == head_revision():
        return
    with store.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(store: Store) -> str | None:
    """The revision that the database is at; None when it has no schema yet."""
    with store.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The newest revision that this version knows."""
    head = _scripts().get_current_head()
    if head is None:
        message = "this installation has no migrations: install dunwell again"
        raise StoreError(message)
    return head


def require_known_schema(store: Store) -> None:
    """Refuse a database that a newer version of Dunwell has upgraded."""
    try:
        revision = current_revision(store)
    except exc.OperationalError as error:
        message = f"the database at {sa.make_url(store.url).render_as_string()} cannot be opened: {error.orig}"
        raise StoreError(message) from error
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        message = f"the database is at schema revision {revision}, which this version of Dunwell does not know: install the newer version"
        raise StoreError(message)


@cache
def _scripts() -> ScriptDirectory:
    """The revisions of this installation; reading them takes longer than most commands."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
