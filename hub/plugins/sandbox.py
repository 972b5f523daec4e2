"""The contract of a sandbox: outside systems that are made up, served over HTTP so that connections can be tried out on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import ASGIApp

from hub.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What a person asked for. The same `seed` and number of `customers` give the same world; its exchange rates lead to `base_currency`.

    `fault_rate`, from 0 to 1, is the share of requests that go wrong, which ones is decided by `fault_seed`. `webhook_urls` are the addresses
    to which each system posts its webhooks, by the system's name; a system that is not named posts none.
    """

    seed: int
    customers: int
    base_currency: str
    fault_rate: float
    fault_seed: int
    clock: Clock
    webhook_urls: Mapping[str, str] = field(default_factory=dict[str, str])


class Sandbox(Protocol):
    """Systems to try the hub out on."""

    @property
    def name(self) -> str:
        """The name by which a command picks it."""
        ...

    @property
    def title(self) -> str:
        """What it imitates, in a few words."""
        ...

    @property
    def systems(self) -> tuple[str, ...]:
        """The names of the systems that post webhooks."""
        ...

    def build(self, settings: SandboxSettings) -> ASGIApp:
        """The ASGI application, which has a lifespan of its own; called once for each server."""
        ...

    def describe(self, url: str) -> Sequence[str]:
        """Lines for people: the address of each system below `url`, where the application is served, and the keys that open it."""
        ...
