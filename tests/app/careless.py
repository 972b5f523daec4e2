"""A plugin whose route declares no policy."""

from hub.plugins.hookspecs import hookimpl
from hub.plugins.routes import RoutesFactory
from tests.app.plugin import Careless


@hookimpl
def hub_routes() -> list[RoutesFactory]:
    return [Careless()]
