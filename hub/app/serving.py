"""The HTTP server around the application, with the limits that only a server can set."""

import uvicorn
from starlette.types import ASGIApp

from hub.config import ServerSettings

_STOP_SECONDS = 10
_SOCKET_MESSAGE_BYTES = 100_000


def make_server(app: ASGIApp, settings: ServerSettings) -> uvicorn.Server:
    """A server that has not started; `run()` serves until it gets SIGINT or SIGTERM, then lets running requests end.

    It writes no access log, since URLs of queries carry business data, and leaves logging as it was configured.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return uvicorn.Server(config)
