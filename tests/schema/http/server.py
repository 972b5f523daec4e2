"""A real server on a free port of this machine, for what cannot be seen in process."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from hub.app.serving import HubServer

_STARTING_SECONDS = 20


@contextmanager
def served(app: ASGIApp) -> Generator[int]:
    """Serve an application in a thread; gives the port."""
    with stoppable(app, lambda: None) as (port, _):
        yield port


@contextmanager
def stoppable(app: ASGIApp, on_stop: Callable[[], None]) -> Generator[tuple[int, Callable[[], None]]]:
    """The same with the hub's own server; gives the port, and what stops it as a signal would."""
    server = HubServer(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="websockets-sansio"), on_stop)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _STARTING_SECONDS
    while not server.started:
        assert time.monotonic() < end, "the server did not start"
        assert thread.is_alive(), "the server stopped at once"
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True

    try:
        yield server.servers[0].sockets[0].getsockname()[1], stop
    finally:
        stop()
        thread.join(timeout=_STARTING_SECONDS)
