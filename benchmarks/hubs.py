"""A hub on a benchmark's database, opened as a command opens it, with a clock that stands still."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.generating import BASE_CURRENCY, NOON
from hub.app import Hub, open_hub
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.vocabulary import ConnectionKind

WORKSPACE = WorkspaceSettings("Benchmark", BASE_CURRENCY, ZoneInfo("UTC"))
CONNECTION = "benchmark"


@contextmanager
def hub_on(url: str, folder: Path) -> Generator[Hub]:
    """A hub with the built-in plugins and no declared connection."""
    settings = Settings(folder, url, folder, WORKSPACE)
    with open_hub(settings, clock=FixedClock(NOON), environ={}, installed=()) as hub:
        yield hub


def connection_to(file: Path, mapping: Path) -> ConnectionSettings:
    """The one connection of a benchmark, set to a file."""
    options = {"path": str(file.absolute()), "mapping": str(mapping.absolute())}
    return ConnectionSettings(CONNECTION, "files", ConnectionKind.FILES, options=options)
