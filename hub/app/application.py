"""The HTTP application of a hub: the routes of its plugins and the probes, each with a policy, and what runs beside them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware

from hub.access.routes import route_policies
from hub.app.composition import Hub
from hub.app.headers import SecurityHeaders
from hub.app.probes import build_probes
from hub.app.refreshing import keep_figures_fresh

REFRESH_SECONDS = 5.0
"""How often the hub looks whether kept figures have to be brought up."""


def create_app(hub: Hub, *, refresh_seconds: float = REFRESH_SECONDS) -> Starlette:
    """The application; it does not close the hub. Raises ConfigurationError when a route declares no policy."""
    plugin_routes = (route for factory in hub.catalogue.routes.values() for route in factory.build(hub.services))
    routes = [*build_probes(hub.store), *plugin_routes]
    route_policies(routes)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as beside:
            beside.start_soon(partial(keep_figures_fresh, hub, every_seconds=refresh_seconds))
            yield
            beside.cancel_scope.cancel()

    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)], lifespan=lifespan)
