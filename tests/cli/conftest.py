"""Folders to run commands in, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.console import SETTINGS, Console
from tests.databases import Databases

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = Path("connectors/files/examples/workspace")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> Databases:
    """Gives databases on each kind of server in turn."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def console(sqlite_databases: Databases, tmp_path: Path) -> Generator[Console]:
    """An empty workspace on SQLite, for what has nothing to do with the database."""
    with sqlite_databases.fresh(migrated=True) as url:
        (tmp_path / "plugins.toml").write_text(SETTINGS)
        yield Console(tmp_path, url)


@pytest.fixture
def on_each(kind: Databases, tmp_path: Path) -> Generator[Console]:
    """An empty workspace on each database."""
    with kind.fresh(migrated=True) as url:
        (tmp_path / "plugins.toml").write_text(SETTINGS)
        yield Console(tmp_path, url)


@pytest.fixture
def empty(kind: Databases, tmp_path: Path) -> Generator[Console]:
    """A workspace whose database has no table, on each database."""
    with kind.fresh(migrated=False) as url:
        (tmp_path / "plugins.toml").write_text(SETTINGS)
        yield Console(tmp_path, url)


@pytest.fixture(scope="module")
def example(kind: Databases, tmp_path_factory: pytest.TempPathFactory) -> Generator[Console]:
    """The example workspace as it ships, not yet synced, in a database without a table; one for the whole module."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(REPOSITORY / EXAMPLE, folder / EXAMPLE)
    settings = (REPOSITORY / EXAMPLE / "plugins.toml").read_text(encoding="utf-8")
    (folder / "plugins.toml").write_text(SETTINGS + settings, encoding="utf-8")
    with kind.fresh(migrated=False) as url:
        yield Console(folder, url)
