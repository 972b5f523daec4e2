"""The sandbox without a server: worlds that live in this process, reached through the same application as over a network."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import httpx
from starlette.applications import Starlette

from connectors.sandbox.options import SandboxOptions
from connectors.sandbox.server import Systems, build_app, in_process_transport
from hub.plugins import Clock, ConnectionContext

ADDRESS = "http://sandbox.invalid"
"""Where the sandbox is in this process: a name that no network knows."""


class World(Systems, Protocol):
    """A company's three systems, in which things happen as time goes on."""

    def advance(self, to: datetime) -> None:
        """Let everything happen until an instant, which is not before the last one."""
        ...


MakeWorld = Callable[[int, int, datetime], World]
"""Makes a world from a seed and a number of customers, as it is at an instant."""


class InProcess:
    """The worlds of one connector. Connections with the same seed and number of customers see the same world, each with its own grant."""

    def __init__(self, make_world: MakeWorld) -> None:
        """No world is made before a connection is opened."""
        self._make_world = make_world
        self._worlds: dict[tuple[int, int], World] = {}
        self._apps: dict[tuple[int, int, str], Starlette] = {}

    def transport(self, options: SandboxOptions, context: ConnectionContext) -> httpx.AsyncBaseTransport:
        """A transport to a connection's world, in which it is now what the connection's clock says."""
        world = self._world(options, context.clock)
        key = (options.seed, options.customers, context.connection)
        if key not in self._apps:
            self._apps[key] = build_app(world, clock=context.clock)
        return in_process_transport(self._apps[key])

    def _world(self, options: SandboxOptions, clock: Clock) -> World:
        key, now = (options.seed, options.customers), clock.now()
        if key not in self._worlds:
            self._worlds[key] = self._make_world(options.seed, options.customers, now)
        else:
            self._worlds[key].advance(now)
        return self._worlds[key]
