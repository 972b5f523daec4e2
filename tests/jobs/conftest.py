"""A workplace on each database."""

from collections.abc import Generator

import pytest
from structlog.testing import capture_logs

from hub.store.engine import Store
from tests.jobs.workplace import EFFECTS, Workplace


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """What is logged is not shown: drawing a trace takes longer than a test."""
    with capture_logs():
        yield


@pytest.fixture
def work(store: Store) -> Workplace:
    EFFECTS.metadata.create_all(store.engine)
    return Workplace(store)
