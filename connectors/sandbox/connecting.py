"""How a connection reaches its system: the address, the credential, and the limits that it keeps."""

from dataclasses import replace

import httpx

from connectors.sandbox.client import sandbox_verdict
from connectors.sandbox.in_process import ADDRESS
from connectors.sandbox.mapping import SystemName
from connectors.sandbox.options import SandboxOptions
from connectors.sandbox.server import Keys
from connectors.sandbox.server.tokens import FIRST_REFRESH_TOKEN
from connectors.toolkit.credentials import Credential, basic, bearer
from connectors.toolkit.http import HttpClient
from connectors.toolkit.limits import Limiters
from connectors.toolkit.tokens import RefreshedToken
from connectors.toolkit.wire import Wire
from hub.plugins import ConnectionContext, RateLimit

LIMIT = RateLimit(requests=600, per_seconds=60.0, concurrent=5)
"""What a system allows one credential. A sandbox in this process has no need of it."""


def secret_of(options: SandboxOptions, context: ConnectionContext) -> str:
    """The connection's own secret, else the one that every sandbox begins with: nothing in it is real."""
    match options.system:
        case SystemName.ACCOUNTING:
            return context.secrets.get("refresh_token", FIRST_REFRESH_TOKEN)
        case SystemName.CRM:
            return context.secrets.get("api_key", Keys().crm)
        case SystemName.GATEWAY:
            return context.secrets.get("api_key", Keys().gateway)


def connect(options: SandboxOptions, context: ConnectionContext, limiters: Limiters, *, transport: httpx.AsyncBaseTransport | None) -> HttpClient:
    """A client for one connection. `transport` None: the network."""
    secret = secret_of(options, context)
    address = (options.url or ADDRESS).rstrip("/")
    plain = HttpClient(
        wire=Wire(f"{address}/{options.system.value}", transport=transport, reach=context.reach),
        connection=context.connection,
        clock=context.clock,
        limiter=None if options.url is None else limiters.of((address, options.system, secret), LIMIT),
        classify=sandbox_verdict,
    )
    return replace(plain, credential=_credential(options.system, context, plain, secret=secret))


def _credential(system: SystemName, context: ConnectionContext, client: HttpClient, *, secret: str) -> Credential:
    match system:
        case SystemName.ACCOUNTING:
            return RefreshedToken(client, "/oauth/token", store=context.tokens, secret=secret)
        case SystemName.CRM:
            return bearer(secret)
        case SystemName.GATEWAY:
            return basic(secret)
