"""The hub that is judged: that of `make run`, with the sandbox synced, on a free port of this machine and with a token for each role."""

import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import uvicorn

from hub.access.tokens import issue_token
from hub.app import Hub, create_app, make_server, open_hub
from hub.config import ServerSettings, load_settings
from hub.sync.service import SyncOptions, follow_up, sync_connection
from hub.vocabulary import Role, SyncRunStatus

_ROOT = Path(__file__).parents[1]
_STARTING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Served:
    """Where the hub answers, and the token of each role."""

    url: str
    tokens: Mapping[Role, str]


@contextmanager
def served_hub(folder: Path) -> Generator[Served]:
    """A hub with the settings of this project whose data live in a folder; it is stopped at the end. Leaves the program when it does not start."""
    settings = load_settings(_ROOT / "plugins.toml", {"DUNWELL_VAR": str(folder)})
    with open_hub(settings, environ={}, upgrade=True, installed=()) as hub:
        _sync(hub)
        tokens = {role: _token(hub, role) for role in Role}
        with _served(hub) as port:
            yield Served(f"http://127.0.0.1:{port}/graphql", tokens)


def _sync(hub: Hub) -> None:
    for connection in hub.settings.connections:
        report = anyio.run(partial(sync_connection, hub.sync, connection, SyncOptions(trigger="START")))
        if report.status is not SyncRunStatus.SUCCEEDED:
            sys.exit(f"the judges need a synced hub, and {connection.name} ended {report.status}: {report.error}")
    follow_up(hub.sync)


def _token(hub: Hub, role: Role) -> str:
    with hub.store.write() as connection:
        return issue_token(connection, f"judge {role.value}", role, now=hub.clock.now()).secret


@contextmanager
def _served(hub: Hub) -> Generator[int]:
    server = make_server(create_app(hub), ServerSettings(port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _STARTING_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            sys.exit("the hub did not start; its log says why")
        time.sleep(0.01)
