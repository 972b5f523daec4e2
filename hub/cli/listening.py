"""The address that the server listens on, and the signals that end it."""

import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import typer
import uvicorn
from starlette.types import ASGIApp

from hub.app import Hub, create_app, make_server
from hub.app.memory import settle_memory
from hub.cli.opening import ExitCode
from hub.cli.output import say
from hub.config import ServerSettings
from hub.errors import ConfigurationError

_STOPS = (signal.SIGINT, signal.SIGTERM)
_REMEDY = "choose another port with PORT or hub.port, another address with DUNWELL_HOST or hub.host"


@contextmanager
def reserved(server: ServerSettings, *, remedy: str = _REMEDY) -> Generator[socket.socket]:
    """A socket bound to the declared address, taken before any work begins; nobody can connect until it is served.

    Raises ConfigurationError, with the remedy, when the address is not to be had.
    """
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((server.host, server.port))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {server.host}, port {server.port}: {error.strerror}; {remedy}") from error
        yield bound


def url_of(bound: socket.socket) -> str:
    """Where a bound socket will be found, for people; the port is the one that it really has."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve_until_stopped(hub: Hub, bound: socket.socket, *, works: bool = True) -> None:
    """Serve the hub, and run its jobs if it `works`; see `serve_app_until_stopped`."""
    app = create_app(hub, works=works)
    settle_memory()
    serve_app_until_stopped(app, hub.settings.server, bound, on_stop=hub.services.stopping.begin)


def serve_app_until_stopped(app: ASGIApp, settings: ServerSettings, bound: socket.socket, *, on_stop: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM, which is the ordinary end; leaves with FAILED when the server did not even start."""
    server = make_server(app, settings, on_stop=on_stop)
    with _ended_by_signals(server):
        server.run(sockets=[bound])
    if not server.started:
        say("the server did not start: the log says why")
        raise typer.Exit(ExitCode.FAILED)


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Generator[None]:
    """The server raises a signal again when it has shut down; that must not end the process as if by accident."""

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
