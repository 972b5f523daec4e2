"""An application whose systems go on with the clock, and which posts its webhooks while it is served."""

from dataclasses import dataclass, field
from datetime import datetime

import anyio
import httpx
import pytest

from connectors.sandbox.server import Fault, in_process_transport
from connectors.sandbox.server.living import living_app
from hub.plugins import SandboxSettings
from tests.connectors.sandbox.server.trio import BEARER, Trio, put, read


@dataclass
class LivingTrio(Trio):
    """Systems in which a company is founded whenever time goes on."""

    advances: list[datetime] = field(default_factory=list[datetime])

    def advance(self, to: datetime) -> None:
        self.advances.append(to)
        put(self.crm, "companies", f"co-{len(self.advances)}")


def settings(trio: Trio, *, fault_rate: float = 0, **webhook_urls: str) -> SandboxSettings:
    return SandboxSettings(seed=1, customers=1, base_currency="EUR", fault_rate=fault_rate, fault_seed=4, clock=trio.clock, webhook_urls=webhook_urls)


@pytest.mark.parametrize(
    ("passed", "companies"),
    [([0], 0), ([0.9], 0), ([1], 1), ([0.6, 0.6], 1), ([0.6, 0.6, 0.6], 1), ([1, 1], 2), ([-60, 1], 0), ([86_400], 1)],
    ids=str,
)
async def test_a_request_finds_the_systems_at_its_instant_but_moves_them_at_most_once_a_second(passed: list[float], companies: int) -> None:
    trio = LivingTrio()
    found: list[object] = []
    async with httpx.AsyncClient(transport=in_process_transport(living_app(trio, settings(trio))), base_url="http://sandbox") as client:
        for seconds in passed:
            trio.pass_time(seconds=seconds)
            found = (await read(client, "/crm/v1/companies", BEARER))["results"]
    assert len(found) == len(trio.advances) == companies


async def test_faults_are_those_that_were_asked_for() -> None:
    trio = LivingTrio()
    app = living_app(trio, settings(trio, fault_rate=1))
    assert (app.state.faults.seed, app.state.faults.rate) == (4, 1)
    assert set(app.state.faults.kinds) == set(Fault)


async def test_webhooks_are_posted_while_it_is_served_and_not_after() -> None:
    trio = LivingTrio()
    received = anyio.Event()
    bodies: list[bytes] = []

    async def receive(reader: anyio.abc.ByteStream) -> None:
        async with reader:
            bodies.append(await reader.receive())
            await reader.send(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        received.set()

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, receive)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no database, but a socket
        app = living_app(trio, settings(trio, crm=f"http://127.0.0.1:{port}/hooks"))
        trio.pass_time(seconds=5)
        with anyio.fail_after(30):
            async with app.router.lifespan_context(app):
                await received.wait()
        tasks.cancel_scope.cancel()
    assert b"POST /hooks " in bodies[0]
    assert b'"collection":"companies"' in bodies[0]
