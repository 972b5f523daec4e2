"""A hub on each database, with a clock that stands still."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.access.tokens import issue_token
from hub.app import Hub, open_hub
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.vocabulary import ConnectionKind, Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUILT_IN = ("hub.health.fields", "connectors.files.plugin", "tests.app.plugin")

MakeHub = Callable[..., Hub]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def make_settings(url: str, folder: Path, *names: str) -> Settings:
    """Settings with a declared connection for each name."""
    connections = tuple(ConnectionSettings(name, "sample", ConnectionKind.FILES) for name in names)
    return Settings(folder, url, folder / "var", WorkspaceSettings("Test", "EUR", ZoneInfo("Europe/Berlin")), connections=connections)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(database_url, tmp_path)


@pytest.fixture
def make_hub(clock: FixedClock) -> Generator[MakeHub]:
    """Opens hubs and closes them at the end."""
    with ExitStack() as opened:

        def make(settings: Settings, *built_in: str, upgrade: bool = False) -> Hub:
            hub = open_hub(settings, clock=clock, environ={}, upgrade=upgrade, built_in=built_in or BUILT_IN, installed=())
            return opened.enter_context(hub)

        yield make


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    return make_hub(settings)


@pytest.fixture
def token(hub: Hub) -> str:
    with hub.store.write() as connection:
        return issue_token(connection, "test", Role.AUDITOR, now=NOW).secret
