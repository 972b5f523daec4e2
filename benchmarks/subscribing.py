"""How long an event takes from its commit to a hundred subscribers: each has a socket of its own, and asks for the record that changed."""

import asyncio
import threading
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import sqlalchemy as sa
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.databases import Databases
from benchmarks.generating import NOON
from benchmarks.hubs import hub_on
from benchmarks.reporting import Finding, seconds_text
from hub.access.tokens import issue_token
from hub.app import Hub, create_app, make_server
from hub.config import ServerSettings
from hub.model import Change, Customer, table_of
from hub.store.engine import Store
from hub.store.migrate import upgrade
from hub.vocabulary import Entity, Role

SUBSCRIBERS = 100
TARGET_SECONDS = 1.0

_DATABASE = "subscribing"
_PROTOCOL = Subprotocol("graphql-transport-ws")
_QUERY = "subscription { changeEvents { cursor kind fields actor node { id ... on Customer { name isDeleted updatedAt } } } }"
_HANG_SECONDS = 60


@dataclass(slots=True)
class _Arrivals:
    """When the event of a round, known by its actor, came to each of `count` subscribers."""

    count: int
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, actor: str) -> None:
        """An event has come to one more."""
        found = self.seconds.setdefault(actor, [])
        found.append(time.perf_counter())
        if len(found) == self.count:
            self.changed.set()

    async def last(self, actor: str) -> float:
        """When the event came to the last one."""
        while len(self.seconds.get(actor, ())) < self.count:
            self.changed.clear()
            await self.changed.wait()
        return max(self.seconds[actor])


def measure_subscribing(databases: Databases, folder: Path, *, rounds: int, subscribers: int = SUBSCRIBERS) -> list[Finding]:
    """Events committed by the serving process, which hears of them, and by another one, which it must look for."""
    url = databases.make(_DATABASE)
    try:
        upgrade(url)
        with hub_on(url, folder) as hub, _served(hub) as port:
            stranger = Store(url)
            try:
                ways = {"committed by the server": hub.store, "committed by another process": stranger}
                return [
                    _finding(way, _measure(hub, port, store, rounds, subscribers), databases.kind, size=f"{subscribers} subscribers")
                    for way, store in ways.items()
                ]
            finally:
                stranger.dispose()
    finally:
        databases.drop(_DATABASE)


def _measure(hub: Hub, port: int, writer: Store, *counts: int) -> list[float]:
    rounds, subscribers = counts
    with hub.store.write() as connection:
        token = issue_token(connection, "benchmark", Role.ADMIN, now=NOON).secret
        values = {"name": "Acme", "search_name": "acme", "first_seen_at": NOON, "updated_at": NOON} | _DEFAULTS
        customer = connection.execute(sa.insert(table_of(Customer)).values(values).returning(table_of(Customer).c.id)).scalar_one()
    return asyncio.run(_rounds(port, token, writer, customer=customer, rounds=rounds, subscribers=subscribers))


async def _rounds(port: int, token: str, writer: Store, *, customer: int, rounds: int, subscribers: int) -> list[float]:
    """The seconds from commit to the last subscriber, for each round."""
    arrivals = _Arrivals(subscribers)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[_PROTOCOL])) for _ in range(subscribers)]
        listening = [asyncio.create_task(_listen(socket, token, arrivals)) for socket in sockets]
        try:
            await _warm_up(writer, customer, arrivals)
            return [await _round(writer, customer, str(number), arrivals=arrivals) for number in range(rounds)]
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)


async def _listen(socket: ClientConnection, token: str, arrivals: _Arrivals) -> None:
    await socket.send(orjson.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}).decode())
    await socket.recv()
    await socket.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": {"query": _QUERY}}).decode())
    async for text in socket:
        message: dict[str, Any] = orjson.loads(text)
        arrivals.note(message["payload"]["data"]["changeEvents"]["actor"])


async def _warm_up(writer: Store, customer: int, arrivals: _Arrivals) -> None:
    """Until an event has come to everybody: only then all of them listen."""
    for number in range(_HANG_SECONDS):
        actor = f"warm-up {number}"
        await _commit(writer, customer, actor)
        try:
            await asyncio.wait_for(arrivals.last(actor), 1)
        except TimeoutError:
            continue
        return
    message = "the subscriptions did not begin"
    raise RuntimeError(message)


async def _round(writer: Store, customer: int, actor: str, *, arrivals: _Arrivals) -> float:
    committed = await _commit(writer, customer, actor)
    return await asyncio.wait_for(arrivals.last(actor), _HANG_SECONDS) - committed


async def _commit(writer: Store, customer: int, actor: str) -> float:
    """Write one change; when it was committed."""

    def write() -> float:
        values = {"entity": Entity.CUSTOMER, "entity_id": customer, "field": "name", "actor": actor, "changed_at": NOON}
        with writer.write() as connection:
            connection.execute(sa.insert(table_of(Change)).values(values))
        return time.perf_counter()

    return await asyncio.to_thread(write)


@contextmanager
def _served(hub: Hub) -> Generator[int]:
    server = make_server(create_app(hub, works=False), ServerSettings(host="127.0.0.1", port=0), on_stop=hub.services.stopping.begin)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(_HANG_SECONDS)


def _finding(way: str, seconds: list[float], database: str, *, size: str) -> Finding:
    middle = median(seconds)
    return Finding(
        what=f"event to its last subscriber, {way}",
        size=size,
        database=database,
        ours=seconds_text(middle),
        reference=seconds_text(TARGET_SECONDS),
        ratio=middle / TARGET_SECONDS,
        spread=(max(seconds) - min(seconds)) / middle / 2,
        rounds=len(seconds),
        target=1.0,
        is_met=middle <= TARGET_SECONDS,
        note=f"slowest round {seconds_text(max(seconds))}; server and subscribers share one process",
    )


_DEFAULTS = {
    name: found.default
    for name, found in Customer.model_fields.items()
    if name in table_of(Customer).c and found.default is not None and not found.is_required()
}
