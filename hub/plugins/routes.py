"""The contract of routes: how a trusted plugin adds addresses to the hub's HTTP server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from hub.plugins.services import HubServices


@dataclass(frozen=True, slots=True)
class RoutesDescription:
    """What routes say of themselves, as text: the schema of an API, for instance. `media_type` tells what the text is."""

    title: str
    media_type: str
    text: str


class RoutesFactory(Protocol):
    """Makes routes once the hub is assembled. It sees every row through the services, so only trusted plugins have one."""

    @property
    def name(self) -> str:
        """The name by which the routes are listed, e.g. `graphql`."""
        ...

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        """Starlette routes (Route, WebSocketRoute or Mount) on the given services; called once for each application."""
        ...

    def describe(self) -> RoutesDescription | None:
        """The routes in words, without services: what `dunwell schema` prints. None where there is nothing to print."""
        ...
