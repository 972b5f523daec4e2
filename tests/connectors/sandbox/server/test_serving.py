"""What `dunwell sandbox` serves: the real world, small."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from connectors.sandbox.server import in_process_transport
from connectors.sandbox.server.serving import TryOut
from connectors.sandbox.world.world import World
from hub.plugins import FixedClock, SandboxSettings
from tests.connectors.sandbox.server.trio import BASIC, BEARER, read, signed_in

NOW = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
"""A few months after the world's history begins, so that the test is short."""


@pytest.fixture(scope="module")
def app() -> Starlette:
    settings = SandboxSettings(seed=3, customers=4, base_currency="USD", fault_rate=0, fault_seed=1, clock=FixedClock(NOW))
    made = TryOut().build(settings)
    assert isinstance(made, Starlette)
    return made


async def test_it_serves_the_world_that_was_asked_for(app: Starlette) -> None:
    world = World(3, 4, NOW, base_currency="USD")
    async with httpx.AsyncClient(transport=in_process_transport(app), base_url="http://sandbox") as client:
        headers = await signed_in(client)
        invoices = await read(client, "/accounting/v1/invoices", headers, limit=200)
        rates = await read(client, "/accounting/v1/rates", headers)
        contacts = await read(client, "/crm/v1/contacts", BEARER, limit=200)
        charges = await read(client, "/gateway/v1/charges", BASIC, limit=200)
    assert {found["id"] for found in invoices["items"]} == {found.id for found in world.accounting.living("invoices") if found.is_visible}
    assert {found["id"] for found in contacts["results"]} == set(world.crm.collections["contacts"])
    assert {found["id"] for found in charges["data"]} == {found.id for found in world.gateway.living("charges")}
    assert {found["base_currency"] for found in rates["items"]} == {"USD"}
    assert min(map(len, (invoices["items"], contacts["results"], charges["data"]))) > 0


def test_it_tells_where_each_system_is_and_what_opens_it() -> None:
    assert TryOut().describe("http://sandbox") == [
        "accounting: http://sandbox/accounting, first refresh token rt-0, webhooks signed with sandbox-accounting-secret",
        "crm: http://sandbox/crm, key sandbox-crm-key, webhooks signed with sandbox-crm-secret",
        "gateway: http://sandbox/gateway, key sandbox-gateway-key, webhooks signed with sandbox-gateway-secret",
    ]
