"""A real server on a free port of this machine, for what cannot be seen in process."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_STARTING_SECONDS = 20


@contextmanager
def served(app: ASGIApp) -> Generator[int]:
    """Serve an application in a thread; gives the port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _STARTING_SECONDS
    while not server.started:
        assert time.monotonic() < end, "the server did not start"
        assert thread.is_alive(), "the server stopped at once"
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=_STARTING_SECONDS)
