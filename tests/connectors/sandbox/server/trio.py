"""Three systems made by hand, a clock, and clients that talk to them in this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.sandbox.server import FaultSchedule, build_app, in_process_transport
from connectors.sandbox.system import Stored, System
from hub.plugins import FixedClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer sandbox-crm-key"}
BASIC = {"authorization": "Basic c2FuZGJveC1nYXRld2F5LWtleTo="}


@dataclass
class Trio:
    """The systems, with nothing in them, at noon. `at` is seconds after noon, below zero before it."""

    accounting: System = field(default_factory=lambda: System("accounting"))
    crm: System = field(default_factory=lambda: System("crm"))
    gateway: System = field(default_factory=lambda: System("gateway"))
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))

    def pass_time(self, **span: float) -> None:
        """Move the clock on."""
        self.clock.move_to(self.clock.now() + timedelta(**span))

    @asynccontextmanager
    async def client(self, faults: FaultSchedule | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        """A client that is let in nowhere yet."""
        app = build_app(self, clock=self.clock, faults=faults)
        async with httpx.AsyncClient(transport=in_process_transport(app), base_url="http://sandbox") as client:
            yield client


def moment(at: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=at)


def put(system: System, collection: str, object_id: str, *, at: float = 0, **body: object) -> Stored:
    """An object with a body that says what the test is about."""
    return system.put(collection, object_id, body, at=moment(at))


def fill(system: System, collection: str, count: int, *, a_second: int = 3) -> list[str]:
    """So many objects, several in each second; their ids, in the order of (second, id), which is not that of making."""
    names = [(number // a_second, f"{collection[:2]}-{(number * 7) % 1000:03d}") for number in range(count)]
    for second, name in names:
        put(system, collection, name, at=second)
    return [name for _, name in sorted(names)]


async def signed_in(client: httpx.AsyncClient, refresh_token: str = "rt-0") -> dict[str, str]:
    """The header of the accounting system, for a token that was just exchanged."""
    return {"authorization": f"Bearer {(await exchange(client, refresh_token)).json()['access_token']}"}


async def exchange(client: httpx.AsyncClient, refresh_token: str, grant_type: str = "refresh_token") -> httpx.Response:
    """One exchange of a refresh token."""
    return await client.post("/accounting/oauth/token", data={"grant_type": grant_type, "refresh_token": refresh_token})


async def read(client: httpx.AsyncClient, path: str, headers: dict[str, str], **parameters: str | int) -> dict[str, Any]:
    """A document that must be there."""
    answer = await client.get(path, headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()
