"""A place where exports can be asked for, on each database."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.schema.export.place import Place
from tests.schema.hub import Hub


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(hub: Hub, tmp_path: Path) -> Generator[Place]:
    """An empty hub with an administrator."""
    made = Place(hub, tmp_path)
    yield made
    made.authenticator.close()
