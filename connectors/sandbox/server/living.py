"""The application of a world in which time goes on while it is served, and which posts its webhooks."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

import anyio
import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.server.application import KEYS, Keys, Systems, build_app
from connectors.sandbox.server.faults import FaultSchedule
from connectors.sandbox.server.sending import WebhookSender
from hub.plugins import Clock, SandboxSettings

TICK = timedelta(seconds=1)
_RECEIVER_SECONDS = 10


class LivingSystems(Systems, Protocol):
    """Systems in which something happens as time goes by."""

    def advance(self, to: datetime) -> object:
        """Let everything happen that happens until an instant."""
        ...


class Pace:
    """Lets systems go on with the clock, at most once a second."""

    def __init__(self, systems: LivingSystems, clock: Clock) -> None:
        self._systems = systems
        self._clock = clock
        self._reached = clock.now()

    def keep_up(self) -> None:
        """Let happen what is due by now. A clock that was set back changes nothing."""
        now = self._clock.now()
        if now - self._reached >= TICK:
            self._systems.advance(now)
            self._reached = now


class KeepingUp:
    """ASGI middleware: every request finds the systems as they are at its instant."""

    def __init__(self, app: ASGIApp, *, pace: Pace) -> None:
        self._app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            self._pace.keep_up()
        await self._app(scope, receive, send)


def living_app(systems: LivingSystems, settings: SandboxSettings, keys: Keys = KEYS) -> Starlette:
    """The application, with its faults and webhooks as a person asked for them."""
    pace = Pace(systems, settings.clock)
    senders = _senders(systems, settings, keys)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with httpx.AsyncClient(timeout=_RECEIVER_SECONDS) as client, anyio.create_task_group() as tasks:
            for sender in senders:
                tasks.start_soon(_keep_sending, sender, pace, client)
            yield
            tasks.cancel_scope.cancel()

    faults = FaultSchedule(seed=settings.fault_seed, rate=settings.fault_rate)
    app = build_app(systems, clock=settings.clock, faults=faults, keys=keys, lifespan=lifespan)
    app.add_middleware(KeepingUp, pace=pace)
    return app


def _senders(systems: LivingSystems, settings: SandboxSettings, keys: Keys) -> list[WebhookSender]:
    secrets: Mapping[str, str] = {"accounting": keys.accounting_secret, "crm": keys.crm_secret, "gateway": keys.gateway_secret}
    found = {"accounting": systems.accounting, "crm": systems.crm, "gateway": systems.gateway}
    return [
        WebhookSender(found[name], url, secret=secrets[name], clock=settings.clock, random=Random(f"{settings.seed}:{name}"))  # noqa: S311 - an order, no secret
        for name, url in settings.webhook_urls.items()
    ]


async def _keep_sending(sender: WebhookSender, pace: Pace, client: httpx.AsyncClient) -> None:
    """Post what happens until the task is cancelled."""
    while True:
        pace.keep_up()
        await sender.send_due(client)
        await anyio.sleep(TICK.total_seconds())
