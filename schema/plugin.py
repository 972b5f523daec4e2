"""The built-in plugin that brings the GraphQL API: `/graphql` as routes, the schema in words, and the queries of exports."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from hub.plugins.hookspecs import hookimpl
from hub.plugins.routes import RoutesDescription, RoutesFactory
from hub.plugins.services import Exporter, HubServices
from schema.build import build_schema
from schema.export.exporter import GraphQLExporter
from schema.http.routes import build_routes


@dataclass(frozen=True, slots=True)
class GraphQLRoutes:
    """Makes the routes of the API."""

    name: str = "graphql"

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        """`/graphql` and what belongs to it, on the given services."""
        return build_routes(services, build_schema())

    def describe(self) -> RoutesDescription:
        """The schema in the schema language."""
        return RoutesDescription("GraphQL API", "application/graphql", f"{build_schema().as_str()}\n")


@hookimpl
def hub_routes() -> list[RoutesFactory]:
    """The routes of the API."""
    return [GraphQLRoutes()]


@hookimpl
def hub_exporters() -> list[Exporter]:
    """What reads exports."""
    return [GraphQLExporter(build_schema)]
