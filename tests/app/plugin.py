"""Plugins for the tests: the small schema as an API, and routes that forgot their policy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

from hub.plugins.connector import ConnectionContext, Connector, ConnectorFacts, Source, StreamFacts
from hub.plugins.hookspecs import hookimpl
from hub.plugins.routes import RoutesDescription, RoutesFactory
from hub.plugins.services import HubServices
from hub.vocabulary import ConnectionKind, Stream
from schema.http.routes import build_routes
from tests.schema.tiny import build_tiny_schema


class TinyApi:
    """The small schema at `/graphql`."""

    name = "tiny"

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        return build_routes(services, build_tiny_schema())

    def describe(self) -> RoutesDescription | None:
        return None


class Careless:
    """A route without a policy."""

    name = "careless"

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        del services

        async def endpoint(_: Request) -> PlainTextResponse:
            return PlainTextResponse("everything")

        return [Route("/everything", endpoint)]

    def describe(self) -> RoutesDescription | None:
        return None


class SampleConnector:
    """A connector that is only declared, never opened."""

    name = "sample"
    title = "A sample"
    kinds = (ConnectionKind.FILES,)
    facts = ConnectorFacts(streams=(StreamFacts(Stream.CUSTOMERS),))
    webhooks = None
    option_names = frozenset[str]()

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        del options, directory
        return []

    def open(self, context: ConnectionContext) -> Source:
        raise NotImplementedError


@hookimpl
def hub_connectors() -> list[Connector]:
    return [SampleConnector()]


@hookimpl
def hub_routes() -> list[RoutesFactory]:
    return [TinyApi()]
