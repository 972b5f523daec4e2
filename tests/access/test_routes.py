import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from hub.access.policy import ADMINS
from hub.access.routes import Public, RoutePolicy, declares, route_policies
from hub.errors import ConfigurationError

OPEN = Public("a test")


async def bare(_: Request) -> PlainTextResponse:
    return PlainTextResponse("")


@declares(OPEN)
async def marked(_: Request) -> PlainTextResponse:
    return PlainTextResponse("")


class Guarded:
    """An application with a policy of its own."""

    policy = ADMINS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


def test_functions_and_objects_say_who_may_call_them() -> None:
    assert route_policies([Route("/a", marked), Route("/b", Guarded())]) == [RoutePolicy("/a", OPEN), RoutePolicy("/b", ADMINS)]


def test_mounted_routes_are_found_under_their_whole_path() -> None:
    assert route_policies([Mount("/in", routes=[Route("/a", marked)]), Mount("/all", app=Guarded())]) == [
        RoutePolicy("/in/a", OPEN),
        RoutePolicy("/all", ADMINS),
    ]


@pytest.mark.parametrize(
    ("route", "path"),
    [(Route("/a", bare), "/a"), (Mount("/in", routes=[Route("/a", bare)]), "/in/a"), (Mount("/files", app=Starlette()), "/files")],
    ids=["route", "mounted route", "mounted application"],
)
def test_an_address_without_a_policy_is_refused(route: BaseRoute, path: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the route {path} declares no policy"):
        route_policies([route])
