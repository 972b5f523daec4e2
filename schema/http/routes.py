"""The routes of the API, made from the services of the hub and a schema."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route, WebSocketRoute

from hub.access.policy import EVERYONE_SIGNED_IN
from hub.plugins.services import HubServices
from schema.context import context_factory
from schema.executable import ExecutableSchema
from schema.http.document import SchemaDocument
from schema.http.exports import ExportDownload
from schema.http.operations import Operations
from schema.http.subscriptions import Subscriptions
from schema.http.view import GraphQLView
from schema.http.websocket import GraphQLSocket
from schema.limits.numbers import LIMITS, Limits
from schema.rows.exports import EXPORTS_PATH

PATH = "/graphql"


def build_routes(services: HubServices, schema: ExecutableSchema, *, limits: Limits = LIMITS) -> Sequence[BaseRoute]:
    """`/graphql` for HTTP and WebSockets, `/graphql/schema.graphql`, and the files of exports. Every caller needs a token; its role is judged field by field.

    Resolvers of a query find a RequestContext, those of a mutation an ActionContext, made once for each operation.
    """
    operations = Operations(schema, services.store, context_factory(services, seconds=limits.operation_seconds), limits=limits)
    subscriptions = Subscriptions(operations, services.store, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    services.stopping.heed(subscriptions.stop)
    view = GraphQLView(operations, subscriptions, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    socket = GraphQLSocket(subscriptions, services.authenticate, policy=EVERYONE_SIGNED_IN, limits=limits)
    document = SchemaDocument(schema.as_str(), services.authenticate, policy=EVERYONE_SIGNED_IN)
    return (
        Route(PATH, view),
        WebSocketRoute(PATH, socket),
        Route(f"{PATH}/schema.graphql", document),
        Route(f"{EXPORTS_PATH}/{{id}}", ExportDownload(services)),
    )
