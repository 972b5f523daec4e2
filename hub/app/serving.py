"""The HTTP server around the application, with the limits that only a server can set."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from hub.config import ServerSettings

_STOP_SECONDS = 10
_SOCKET_MESSAGE_BYTES = 100_000
_PING_SECONDS = 20
_FAREWELL_SECONDS = 0.2


class HubServer(uvicorn.Server):
    """The server, which lets what is kept open end well before it closes it."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        """`on_stop` is called on the event loop, when the end begins."""
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell who keeps something open, give it a moment, then end as usual."""
        self._on_stop()
        if self.server_state.connections:
            await asyncio.sleep(_FAREWELL_SECONDS)
        await super().shutdown(sockets)


def make_server(app: ASGIApp, settings: ServerSettings, *, on_stop: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """A server that has not started; `run()` serves until it gets SIGINT or SIGTERM, then lets running requests end.

    `on_stop` is called when the end begins. A socket that does not answer pings is closed.
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
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return HubServer(config, on_stop)
