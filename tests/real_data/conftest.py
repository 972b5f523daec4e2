"""Both real files, imported by the command on each kind of database."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hub.app import create_app, open_hub
from hub.config import load_settings
from tests.console import Console
from tests.databases import Databases
from tests.real_data.portfolios import HIGHRADIUS, IBM, RealInvoice, read_invoices

SETTINGS = """
[workspace]
name = "Real data"
base_currency = "USD"
time_zone = "UTC"
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def at_hand() -> tuple[Path, Path]:
    """The two files; without them every test is skipped and says why."""
    absent = [path for path in (IBM, HIGHRADIUS) if not path.is_file()]
    if absent:
        pytest.skip(f"the real data are not at hand: no {' and no '.join(map(str, absent))}; DUNWELL_SHARED_DATA may name their folder")
    return IBM, HIGHRADIUS


@pytest.fixture(scope="session")
def invoices(at_hand: tuple[Path, Path]) -> list[RealInvoice]:
    """What the files say, read without the hub."""
    return read_invoices(*at_hand)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def imported(request: pytest.FixtureRequest, at_hand: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Generator[Console]:
    """A workspace in US dollars that both files have been imported into."""
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    folder: Path = tmp_path_factory.mktemp("real")
    (folder / "plugins.toml").write_text(SETTINGS)
    with databases.fresh(migrated=True) as url:
        console = Console(folder, url)
        for path in at_hand:
            console.run("import", path, "--mapping", path.stem).succeeded()
        yield console


@pytest.fixture(scope="module")
def application(imported: Console) -> Generator[Starlette]:
    """The HTTP application of the workspace."""
    settings = load_settings(imported.folder / "plugins.toml", {"DUNWELL_DATABASE_URL": imported.url})
    with open_hub(settings, environ={}) as hub:
        yield create_app(hub)


@pytest.fixture(scope="module")
def secret(imported: Console) -> str:
    """A token that the command made."""
    return imported.run("token", "create", "tests", "--role", "auditor").succeeded().out.strip()


@pytest.fixture
async def client(application: Starlette, secret: str) -> AsyncGenerator[httpx.AsyncClient]:
    """The API of the workspace, in process."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers={"authorization": f"Bearer {secret}"}) as client:
        yield client
