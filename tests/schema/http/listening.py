"""A hub of the API behind a real server, and listeners over both transports."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from hub.access.authenticator import Authenticator
from hub.access.tokens import issue_token
from hub.model import ApiToken, Change, Event, table_of
from hub.plugins.services import HubServices
from hub.store.engine import Store
from hub.vocabulary import Entity, Role
from schema.executable import ExecutableSchema
from schema.http.routes import build_routes
from schema.http.websocket import PROTOCOL
from schema.limits.numbers import Limits
from tests.schema.http.server import stoppable
from tests.schema.hub import CONNECTORS, NOW, TODAY, Hub, services

HANG_SECONDS = 20
LIMITS = Limits(events_poll_seconds=0.05, idle_seconds=0.3)


@dataclass(slots=True)
class LiveHub:
    """A served hub: rows are made in its store, what happens is written as the sync writes it."""

    rows: Hub
    port: int
    stop: Callable[[], None]
    tokens: dict[Role, str] = field(default_factory=dict[Role, str])

    @property
    def store(self) -> Store:
        return self.rows.store

    def token(self, role: Role = Role.ADMIN) -> str:
        if role not in self.tokens:
            with self.store.write() as connection:
                self.tokens[role] = issue_token(connection, role.value, role, now=NOW).secret
        return self.tokens[role]

    def revoke(self, role: Role) -> None:
        self._change_token(role, {"revoked_at": NOW})

    def expire(self, role: Role) -> None:
        self._change_token(role, {"expires_at": NOW})

    def demote(self, role: Role, to: Role) -> None:
        self._change_token(role, {"role": to})

    def _change_token(self, role: Role, values: dict[str, object]) -> None:
        table = table_of(ApiToken)
        with self.store.write() as connection:
            connection.execute(sa.update(table).where(table.c.name == role.value).values(values))

    def change(self, entity: Entity, key: int, *fields: str, new_value: str | None = None, **values: Any) -> None:  # noqa: ANN401
        """Note that some columns of a record have changed."""
        rows = [{"entity": entity, "entity_id": key, "field": name, "new_value": new_value, "changed_at": NOW} | values for name in fields]
        with self.store.write() as connection:
            connection.execute(sa.insert(table_of(Change)), rows)

    def event(self, kind: str, run: int | None = None, **values: Any) -> None:  # noqa: ANN401
        with self.store.write() as connection:
            connection.execute(sa.insert(table_of(Event)).values({"kind": kind, "run_id": run, "happened_at": datetime(2026, 3, 31, 13, tzinfo=UTC)} | values))


@contextmanager
def live_hub(store: Store, schema: ExecutableSchema, limits: Limits = LIMITS) -> Generator[LiveHub]:
    """A hub with one connection, served."""
    rows = Hub(store, schema)
    rows.connection()
    plain = services(store)
    authenticator = Authenticator(store, plain.clock)
    made = HubServices(plain.settings, store, plain.clock, authenticator, lambda: TODAY, CONNECTORS)
    try:
        with stoppable(Starlette(routes=build_routes(made, schema, limits=limits)), made.stopping.begin) as (port, stop):
            yield LiveHub(rows, port, stop)
    finally:
        authenticator.close()


class Socket:
    """A socket of one caller."""

    def __init__(self, connection: ClientConnection) -> None:
        """Over a connection that is open."""
        self.connection = connection

    def send(self, message: object) -> None:
        self.connection.send(json.dumps(message))

    def receive(self) -> dict[str, Any]:
        return json.loads(self.connection.recv(timeout=HANG_SECONDS))

    def subscribe(self, query: str, operation_id: str = "1", /, **variables: Any) -> None:  # noqa: ANN401
        self.send({"type": "subscribe", "id": operation_id, "payload": {"query": query, "variables": variables}})

    def next(self) -> dict[str, Any]:
        """The next answer, which must have no errors: what its one field holds."""
        message = self.receive()
        assert message["type"] == "next", message
        return _event(message["payload"])

    def error(self) -> dict[str, Any]:
        """The extensions of the error with which a subscription ends."""
        message = self.receive()
        assert message["type"] == "error", message
        return message["payload"][0]["extensions"]

    def completes(self) -> bool:
        return self.receive()["type"] == "complete"

    def close_code(self) -> int | None:
        try:
            message = self.receive()
        except ConnectionClosed:
            return self.connection.protocol.close_code
        raise AssertionError(message)


@contextmanager
def socket_of(hub: LiveHub, role: Role = Role.ADMIN) -> Generator[Socket]:
    """A socket that has been initialised."""
    with connect(f"ws://127.0.0.1:{hub.port}/graphql", subprotocols=[Subprotocol(PROTOCOL)], open_timeout=HANG_SECONDS) as connection:
        socket = Socket(connection)
        socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {hub.token(role)}"}})
        assert socket.receive() == {"type": "connection_ack"}
        yield socket


class Stream:
    """An event stream of one operation."""

    def __init__(self, response: httpx.Response) -> None:
        """Nothing is read yet."""
        self.response = response
        self._lines = response.iter_lines()

    def message(self) -> tuple[str, Any]:
        """The next event: its name, and its data as JSON (None: it has none)."""
        name, data = "", ""
        for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
            elif not line and name:
                return name, json.loads(data) if data else None
        raise AssertionError("the stream has ended")

    def next(self) -> dict[str, Any]:
        name, data = self.message()
        assert name == "next", name
        return _event(data)

    def error(self) -> dict[str, Any]:
        name, data = self.message()
        assert (name, "data" in data) == ("next", False), data
        return data["errors"][0]["extensions"]

    def completes(self) -> bool:
        return self.message() == ("complete", None)


@contextmanager
def streamed(hub: LiveHub, query: str, role: Role = Role.ADMIN, /, **variables: Any) -> Generator[Stream]:  # noqa: ANN401
    """An operation sent by POST, answered as a stream."""
    headers = {"Authorization": f"Bearer {hub.token(role)}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    with httpx.Client(timeout=HANG_SECONDS) as client, client.stream("POST", f"http://127.0.0.1:{hub.port}/graphql", json=body, headers=headers) as response:
        yield Stream(response)


def _event(payload: dict[str, Any]) -> dict[str, Any]:
    assert "errors" not in payload, payload
    [event] = payload["data"].values()
    return event
