"""The sandbox without a server: worlds that live in this process, reached through the same application as over a network."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx
from starlette.applications import Starlette

from connectors.sandbox.options import SandboxOptions
from connectors.sandbox.server import FaultSchedule, Systems, build_app, in_process_transport
from hub.plugins import ConnectionContext

ADDRESS = "http://sandbox.invalid"
"""Where the sandbox is in this process: a name that no network knows."""


class World(Systems, Protocol):
    """A company's three systems, in which things happen as time goes on."""

    def advance(self, to: datetime) -> None:
        """Let everything happen until an instant, which is not before the last one."""
        ...


class MakeWorld(Protocol):
    """Makes a world."""

    def __call__(self, seed: int, customers: int, now: datetime, *, base_currency: str) -> World:
        """The world of a seed, with so many customers and rates to a currency, as it is at an instant."""
        ...


@dataclass(slots=True)
class _Living:
    """A world and the instant that it has reached."""

    world: World
    reached: datetime

    def keep_up(self, now: datetime) -> World:
        """Let happen what is due by now. A clock that was set back changes nothing."""
        if now > self.reached:
            self.world.advance(now)
            self.reached = now
        return self.world


class InProcess:
    """The worlds of one connector. Connections with the same seed and number of customers see the same world, each with its own grant."""

    def __init__(self, make_world: MakeWorld, faults: FaultSchedule | None = None) -> None:
        """No world is made before a connection is opened. `faults` are those of all of them; None: nothing goes wrong."""
        self._make_world = make_world
        self._faults = faults
        self._worlds: dict[tuple[int, int, str], _Living] = {}
        self._apps: dict[tuple[int, int, str, str], Starlette] = {}

    def transport(self, options: SandboxOptions, context: ConnectionContext) -> httpx.AsyncBaseTransport:
        """A transport to a connection's world, in which it is now what the connection's clock says."""
        key = (options.seed, options.customers, context.base_currency)
        world = self._world(*key, now=context.clock.now())
        app = self._apps.get((*key, context.connection))
        if app is None:
            app = self._apps[*key, context.connection] = build_app(world, clock=context.clock, faults=self._faults)
        return in_process_transport(app)

    def _world(self, seed: int, customers: int, base_currency: str, *, now: datetime) -> World:
        key = (seed, customers, base_currency)
        if key not in self._worlds:
            self._worlds[key] = _Living(self._make_world(seed, customers, now, base_currency=base_currency), now)
        return self._worlds[key].keep_up(now)
