"""The sandbox as `dunwell sandbox` serves it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from connectors.sandbox.server.application import KEYS
from connectors.sandbox.server.living import living_app
from connectors.sandbox.server.tokens import FIRST_REFRESH_TOKEN
from connectors.sandbox.world.world import World
from hub.plugins import SandboxSettings


@dataclass(frozen=True, slots=True)
class TryOut:
    """An invented company's accounting system, CRM and gateway."""

    name: str = "sandbox"
    title: str = "an accounting system, a CRM and a gateway that behave like real ones"
    systems: tuple[str, ...] = ("accounting", "crm", "gateway")

    def build(self, settings: SandboxSettings) -> ASGIApp:
        """The application, with a history up to the present."""
        world = World(settings.seed, settings.customers, settings.clock.now(), base_currency=settings.base_currency)
        return living_app(world, settings)

    def describe(self, url: str) -> Sequence[str]:
        """Where each system is, and what opens it."""
        return [
            f"accounting: {url}/accounting, first refresh token {FIRST_REFRESH_TOKEN}, webhooks signed with {KEYS.accounting_secret}",
            f"crm: {url}/crm, key {KEYS.crm}, webhooks signed with {KEYS.crm_secret}",
            f"gateway: {url}/gateway, key {KEYS.gateway}, webhooks signed with {KEYS.gateway_secret}",
        ]
