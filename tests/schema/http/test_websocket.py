"""graphql-transport-ws over a real socket: nothing is looked at before the token, and what is not of the protocol closes it."""

import json
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from schema.http.websocket import PROTOCOL
from schema.limits.numbers import Limits
from tests.schema.http.conftest import TOKEN, MakeApp
from tests.schema.http.server import served

INIT = {"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { ticks }"}}
_HANG_SECONDS = 20


@pytest.fixture
def port(make_app: MakeApp) -> Generator[int]:
    with served(make_app(Limits(socket_init_seconds=0.5))) as found:
        yield found


def opened(port: int, protocol: str | None = PROTOCOL, origin: str | None = None) -> ClientConnection:
    offered = [Subprotocol(protocol)] if protocol else None
    return connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=offered, origin=Origin(origin) if origin else None, open_timeout=_HANG_SECONDS)


def receive(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=_HANG_SECONDS))


def close_code(socket: ClientConnection) -> int | None:
    """The code with which the server closes; anything else that it says first is an error."""
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=_HANG_SECONDS)
    return socket.close_code


def send(socket: ClientConnection, *messages: object) -> None:
    for message in messages:
        socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


@pytest.fixture
def initialised(port: int) -> Generator[ClientConnection]:
    with opened(port) as socket:
        send(socket, INIT)
        assert receive(socket) == {"type": "connection_ack"}
        yield socket


@pytest.mark.parametrize(
    "payload",
    [None, {}, [], "text", {"authorization": None}, {"authorization": 1}, {"authorization": TOKEN}, {"authorization": "Bearer dun_unknown"}, {"token": TOKEN}],
    ids=str,
)
def test_an_init_without_a_valid_token_closes_with_4401(port: int, payload: object) -> None:
    with opened(port) as socket:
        send(socket, {"type": "connection_init", "payload": payload})
        assert close_code(socket) == 4401


@pytest.mark.parametrize("first", [SUBSCRIBE, {"type": "subscribe"}, {"type": "ping"}, {"type": "complete", "id": "1"}], ids=str)
def test_anything_before_the_init_closes_with_4401(port: int, first: object) -> None:
    with opened(port) as socket:
        send(socket, first)
        with suppress(ConnectionClosed):  # it may be closed before the belated init is sent
            send(socket, INIT)
        assert close_code(socket) == 4401


def test_a_caller_who_stays_silent_is_closed_with_4408(port: int) -> None:
    with opened(port) as socket:
        assert close_code(socket) == 4408


@pytest.mark.parametrize("protocol", ["graphql-ws", "soap", None], ids=str)
def test_another_protocol_closes_with_4406(port: int, protocol: str | None) -> None:
    with opened(port, protocol) as socket:
        assert socket.subprotocol is None
        assert close_code(socket) == 4406


def test_a_page_of_another_origin_cannot_open_a_socket(port: int) -> None:
    with pytest.raises(InvalidStatus) as caught:
        opened(port, origin="https://evil.example")
    assert caught.value.response.status_code == 403


def test_a_page_of_the_same_origin_can(port: int) -> None:
    with opened(port, origin=f"http://127.0.0.1:{port}") as socket:
        send(socket, INIT)
        assert receive(socket) == {"type": "connection_ack"}


def test_a_subscription_is_refused_with_the_reason_and_the_socket_stays_open(initialised: ClientConnection) -> None:
    send(initialised, SUBSCRIBE, {"type": "pong"})
    refused = receive(initialised)
    assert (refused["type"], refused["id"], refused["payload"][0]["extensions"]["code"]) == ("error", "1", "BAD_USER_INPUT")
    send(initialised, {"type": "complete", "id": "1"}, {"type": "ping"})
    assert receive(initialised) == {"type": "pong"}


def test_a_second_init_closes_with_4429(initialised: ClientConnection) -> None:
    send(initialised, INIT)
    assert close_code(initialised) == 4429


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": ""}',
        '{"type": "ping", "type": "ping"}',
        '{"type": "ping", "payload": ' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"type": "ping", "payload": "' + "x" * 100_000 + '"}',
        b'{"type": "ping"}',
    ],
    ids=lambda message: repr(message)[:40],
)
def test_a_message_that_is_none_closes_with_4400(initialised: ClientConnection, message: str | bytes) -> None:
    send(initialised, message)
    assert close_code(initialised) == 4400
