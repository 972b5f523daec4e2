"""The built-in plugin that brings the GraphQL API: `/graphql` as routes, the schema in words, and the queries of exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from starlette.routing import BaseRoute

from hub.plugins.hookspecs import hookimpl
from hub.plugins.routes import RoutesDescription, RoutesFactory
from hub.plugins.services import Exporter, HubServices
from schema.build import build_schema
from schema.executable import ExecutableSchema
from schema.export.exporter import GraphQLExporter
from schema.http.routes import build_routes


@cache
def the_schema() -> ExecutableSchema:
    """The schema of this process: it takes a second to build, and what is said of it never changes."""
    return build_schema()


@dataclass(frozen=True, slots=True)
class GraphQLRoutes:
    """Makes the routes of the API."""

    name: str = "graphql"

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        """`/graphql` and what belongs to it, on the given services."""
        return build_routes(services, the_schema())

    def describe(self) -> RoutesDescription:
        """The schema in the schema language."""
        return RoutesDescription("GraphQL API", "application/graphql", f"{the_schema().as_str()}\n")


@hookimpl
def hub_routes() -> list[RoutesFactory]:
    """The routes of the API."""
    return [GraphQLRoutes()]


@hookimpl
def hub_exporters() -> list[Exporter]:
    """What reads exports."""
    return [GraphQLExporter(the_schema)]
