"""The routes of the API around the small schema, called in process and over a socket."""

from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette

from hub.access.principal import Principal
from hub.clock import FixedClock
from hub.config import Settings, WorkspaceSettings
from hub.plugins.services import HubServices
from hub.store.engine import Store
from hub.vocabulary import Role
from schema.http.routes import build_routes
from schema.limits.numbers import LIMITS, Limits
from tests.databases import Databases
from tests.schema.tiny import build_tiny_schema

TOKEN = "dun_valid"
AUTHORISED = {"authorization": f"Bearer {TOKEN}"}

MakeApp = Callable[[Limits], Starlette]


def authenticate(token: str) -> Principal | None:
    return Principal("ada", Role.AUDITOR, 1) if token == TOKEN else None


def make_services(store: Store, tmp_path: Path) -> HubServices:
    workspace = WorkspaceSettings("Test", "EUR", ZoneInfo("Europe/Berlin"))
    settings = Settings(tmp_path, store.url, tmp_path, workspace)
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    return HubServices(settings, store, clock, authenticate, lambda: date(2026, 3, 1))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sqlite_store(sqlite_databases: Databases) -> Generator[Store]:
    with sqlite_databases.fresh(migrated=False) as url:
        store = Store(url)
        yield store
        store.dispose()


@pytest.fixture
def make_app(sqlite_store: Store, tmp_path: Path) -> MakeApp:
    """Makes the application under given limits, on SQLite."""
    return lambda limits: Starlette(routes=build_routes(make_services(sqlite_store, tmp_path), build_tiny_schema(), limits=limits))


@pytest.fixture
def app(make_app: MakeApp) -> Starlette:
    return make_app(LIMITS)


@pytest.fixture
async def anonymous(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


@pytest.fixture
async def client(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers=AUTHORISED) as client:
        yield client
