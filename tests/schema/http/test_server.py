"""What only a socket shows: bodies that trickle or stop, and callers who leave."""

import json
import socket
from collections.abc import Generator

import httpx
import pytest

from schema.limits.numbers import Limits
from tests.schema.http.conftest import AUTHORISED, TOKEN, MakeApp
from tests.schema.http.server import served

_HANG_SECONDS = 20


@pytest.fixture
def port(make_app: MakeApp) -> Generator[int]:
    with served(make_app(Limits(body_seconds=0.3))) as found:
        yield found


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes, then wait for the whole answer without sending more."""
    with socket.create_connection(("127.0.0.1", port), timeout=_HANG_SECONDS) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def head(*lines: str, token: str | None = TOKEN) -> bytes:
    credentials = [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join(["POST /graphql HTTP/1.1", "Host: hub", "Content-Type: application/json", *credentials, *lines, "", ""]).encode()


def test_a_body_that_stops_is_cut_with_408(port: int) -> None:
    answer = exchange(port, head("Content-Length: 1000") + b'{"query":')
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_chunked_body_that_stops_is_cut_with_408(port: int) -> None:
    answer = exchange(port, head("Transfer-Encoding: chunked") + b'5\r\n{"que\r\n')
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_anonymous_body_is_not_waited_for(port: int) -> None:
    answer = exchange(port, head("Content-Length: 1000", "Connection: close", token=None) + b'{"query":')
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_chunked_body_without_end_is_cut_with_413(make_app: MakeApp) -> None:
    with served(make_app(Limits(body_bytes=10_000))) as port:
        answer = exchange(
            port, head("Transfer-Encoding: chunked") + b"1000\r\n" + b" " * 0x1000 + b"\r\n1000\r\n" + b" " * 0x1000 + b"\r\n1000\r\n" + b" " * 0x1000
        )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_the_server_goes_on_after_a_caller_has_left(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=_HANG_SECONDS) as connection:
        connection.sendall(head("Content-Length: 1000") + b"{")
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ hello }"}, headers=AUTHORISED)
    assert answer.json() == {"data": {"hello": "hello world"}}


def test_an_answer_over_a_socket_is_what_it_is_in_process(port: int) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/graphql", content=json.dumps({"query": '{ hello(name: "é") }'}), headers=AUTHORISED | {"content-type": "application/json"}
    )
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {"data": {"hello": "hello é"}}
