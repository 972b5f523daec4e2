"""A client of an invented system, whose answers a test gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx

from connectors.toolkit.credentials import Credential, FixedHeaders
from connectors.toolkit.http import HttpClient
from connectors.toolkit.limits import Limiter
from connectors.toolkit.verdicts import Classify, verdict_by_status
from connectors.toolkit.wire import Bounds, Wire
from hub.plugins import ANYWHERE, FixedClock

ADDRESS = "https://books.example/api"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Time:
    """A clock that goes on only while somebody sleeps."""

    seconds: float = 0.0
    begun: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()


def client_of(
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    credential: Credential | None = None,
    classify: Classify = verdict_by_status,
    limiter: Limiter | None = None,
    bounds: Bounds | None = None,
) -> HttpClient:
    """A client; without a transport it asks the network, which respx stands in for."""
    return HttpClient(
        wire=Wire(ADDRESS, transport=transport, bounds=bounds, reach=ANYWHERE),
        connection="books",
        clock=FixedClock(NOON),
        credential=credential or FixedHeaders(),
        classify=classify,
        limiter=limiter,
        feed="invoices",
    )


def answering(answer: Answer) -> httpx.AsyncBaseTransport:
    return httpx.MockTransport(answer)


def always(status: int, **content: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - whatever httpx.Response takes
    return answering(lambda _: httpx.Response(status, **content))


def noting(asked: list[httpx.Request], response: httpx.Response | None = None) -> Answer:
    """Answers always the same, and notes the requests."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return response or httpx.Response(200, json={})

    return answer
