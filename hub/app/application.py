"""The HTTP application of a hub: the routes of its plugins, webhooks, uploads and probes, each with a policy, and what runs beside them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware

from hub.access.routes import route_policies
from hub.app.composition import Hub
from hub.app.headers import SecurityHeaders
from hub.app.jobs import job_engine
from hub.app.probes import build_probes
from hub.app.refreshing import keep_figures_fresh
from hub.app.scoring import keep_risk_scored
from hub.app.upload_routes import UploadReceiver, build_upload_routes
from hub.app.webhook_routes import build_webhook_routes
from hub.jobs import LocalEngine
from hub.sync.imports.folder import UploadFolder
from hub.sync.jobs import submit_webhooks
from hub.sync.webhooks.made import find_made_endpoint
from hub.sync.webhooks.receiving import WebhookReceiver, webhook_endpoints

REFRESH_SECONDS = 5.0
"""How often the hub looks whether kept figures have to be brought up, and whether the scorer of payment risk has to be asked of anybody."""


def create_app(hub: Hub, *, works: bool = True, refresh_seconds: float = REFRESH_SECONDS) -> Starlette:
    """The application; it does not close the hub. Raises ConfigurationError when a route declares no policy.

    `works`: it also runs the jobs of the hub, which one process of a database may do. Its start fails with ConflictError when another
    one does.
    """
    engines: list[LocalEngine] = []
    plugin_routes = (route for factory in hub.catalogue.routes.values() for route in factory.build(hub.services))
    routes = [*build_probes(hub.store), *build_webhook_routes(_receiver(hub, engines)), *build_upload_routes(_uploads(hub)), *plugin_routes]
    route_policies(routes)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        stop = anyio.Event()
        async with anyio.create_task_group() as beside:
            if works:
                engines[:] = [job_engine(hub)]
                await beside.start(engines[0].run, stop)
            beside.start_soon(partial(keep_figures_fresh, hub, every_seconds=refresh_seconds))
            beside.start_soon(partial(keep_risk_scored, hub.scoring, every_seconds=refresh_seconds))
            yield
            stop.set()
            beside.cancel_scope.cancel()

    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)], lifespan=lifespan)


def _uploads(hub: Hub) -> UploadReceiver:
    return UploadReceiver(hub.store, hub.clock, UploadFolder(hub.settings.var_directory), hub.services.authenticate)


def _receiver(hub: Hub, engines: Sequence[LocalEngine]) -> WebhookReceiver:
    """`engines` are those that run in this process when a delivery comes; one in another process finds the job at its next look."""
    endpoints = webhook_endpoints(hub.settings, hub.catalogue.connectors, hub.sync.environ)

    def wake() -> None:
        for engine in engines:
            engine.wake()

    on_received = partial(submit_webhooks, services=hub.sync)
    find_made = partial(find_made_endpoint, hub.sync)
    return WebhookReceiver(store=hub.store, clock=hub.clock, endpoints=endpoints, find_made=find_made, on_received=on_received, on_kept=wake)
