"""The policy of every route: an address that does not say who may call it never goes into service."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.routing import BaseRoute, Mount

from hub.access.policy import Policy
from hub.errors import ConfigurationError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ATTRIBUTE = "policy"


@dataclass(frozen=True, slots=True)
class Public:
    """A route that anyone may call without a token; `reason` says why that is right."""

    reason: str


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """One address and who may call it. `path` is the whole of it, mounts included."""

    path: str
    policy: Policy | Public


def declares(policy: Policy | Public) -> Callable[[Endpoint], Endpoint]:
    """Decorator that gives an endpoint function its policy; an endpoint object has an attribute `policy` instead."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, policy)
        return endpoint

    return mark


def route_policies(routes: Iterable[BaseRoute]) -> list[RoutePolicy]:
    """Every route with its policy. Raises ConfigurationError for the first that declares none.

    The endpoint itself keeps to its policy; what is declared here is held against it by the tests.
    """
    return list(_policies(routes, ""))


def _policies(routes: Iterable[BaseRoute], prefix: str) -> Iterator[RoutePolicy]:
    for route in routes:
        path = prefix + str(getattr(route, "path", "?"))
        endpoint = route.app if isinstance(route, Mount) else getattr(route, "endpoint", None)
        policy = getattr(endpoint, _ATTRIBUTE, None)
        if isinstance(policy, Policy | Public):
            yield RoutePolicy(path, policy)
        elif isinstance(route, Mount) and route.routes:
            yield from _policies(route.routes, path)
        else:
            raise ConfigurationError(f"the route {path} declares no policy: give its endpoint an attribute `policy` that says who may call it")
