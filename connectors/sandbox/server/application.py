"""The three systems put together as one ASGI application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from connectors.sandbox.server.accounting import accounting_routes
from connectors.sandbox.server.crm import crm_routes
from connectors.sandbox.server.failing import Failing
from connectors.sandbox.server.faults import FaultSchedule
from connectors.sandbox.server.gateway import gateway_routes
from connectors.sandbox.server.refusals import SandboxRefusalError, answer_refusal
from connectors.sandbox.server.tokens import Tokens
from connectors.sandbox.system import System
from hub.plugins import Clock

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Systems(Protocol):
    """Whatever holds the three systems."""

    @property
    def accounting(self) -> System:
        """Customers, documents and money."""
        ...

    @property
    def crm(self) -> System:
        """Companies, contacts and subscriptions."""
        ...

    @property
    def gateway(self) -> System:
        """Payment methods and charges."""
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the systems, and what their webhooks are signed with. Everybody may know them: nothing in the sandbox is real."""

    crm: str = "sandbox-crm-key"
    gateway: str = "sandbox-gateway-key"
    accounting_secret: str = "sandbox-accounting-secret"  # noqa: S105 - the fixed secret of a sandbox
    crm_secret: str = "sandbox-crm-secret"  # noqa: S105 - the same
    gateway_secret: str = "sandbox-gateway-secret"  # noqa: S105 - the same


KEYS = Keys()


def build_app(systems: Systems, *, clock: Clock, faults: FaultSchedule | None = None, keys: Keys = KEYS, lifespan: Lifespan | None = None) -> Starlette:
    """The application. It keeps its tokens to itself, and its faults in `state.faults`; None: only those that a request asks for."""
    schedule = faults or FaultSchedule(seed=0, rate=0)
    mounts = [
        Mount("/accounting", routes=accounting_routes(systems.accounting, Tokens(clock))),
        Mount("/crm", routes=crm_routes(systems.crm, keys.crm)),
        Mount("/gateway", routes=gateway_routes(systems.gateway, keys.gateway, clock)),
    ]
    app = Starlette(
        routes=mounts,
        middleware=[Middleware(Failing, schedule=schedule, clock=clock)],
        exception_handlers={SandboxRefusalError: answer_refusal, HTTPException: answer_refusal},
        lifespan=lifespan,
    )
    app.state.faults = schedule
    return app
