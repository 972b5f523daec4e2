"""The routes of the API, made from the services of the hub and a schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hub.access.policy import EVERYONE_SIGNED_IN
from hub.access.principal import Principal
from hub.plugins.services import HubServices
from schema.context import RequestContext
from schema.executable import ExecutableSchema
from schema.http.document import SchemaDocument
from schema.http.operations import Operations
from schema.http.subscriptions import Subscriptions
from schema.http.view import GraphQLView
from schema.http.websocket import GraphQLSocket
from schema.limits.numbers import LIMITS, Limits

PATH = "/graphql"


def build_routes(services: HubServices, schema: ExecutableSchema, *, limits: Limits = LIMITS) -> Sequence[BaseRoute]:
    """`/graphql` for HTTP and WebSockets, and `/graphql/schema.graphql`. Every caller needs a token; its role is judged field by field.

    Resolvers find a RequestContext, made once for each operation.
    """

    def make_context(principal: Principal, connection: sa.Connection, request_id: str) -> RequestContext:
        return RequestContext(services, principal, connection, services.business_date(), request_id)

    operations = Operations(schema, services.store, make_context, limits=limits)
    subscriptions = Subscriptions(operations, services.store, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    services.stopping.heed(subscriptions.stop)
    view = GraphQLView(operations, subscriptions, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    socket = GraphQLSocket(subscriptions, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    document = SchemaDocument(schema.as_str(), services.authenticate, policy=EVERYONE_SIGNED_IN)
    return (
        Route(PATH, view),
        WebSocketRoute(PATH, socket),
        Route(f"{PATH}/schema.graphql", document),
    )
