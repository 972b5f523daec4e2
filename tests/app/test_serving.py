"""The whole way: a hub, its application and its server on a free port of this machine."""

import threading
import time
from contextlib import suppress

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hub.app import Hub, create_app, make_server
from hub.config import ServerSettings

_HANG_SECONDS = 30


def test_a_server_answers_and_stops_cleanly(hub: Hub, token: str) -> None:
    server = make_server(create_app(hub), ServerSettings(port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _HANG_SECONDS
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ hello }"}, headers={"authorization": f"Bearer {token}"})
    with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        socket.send("x" * 200_000)
        with suppress(ConnectionClosed):
            socket.recv(timeout=_HANG_SECONDS)
        assert socket.close_code == 1009
    server.should_exit = True
    thread.join(_HANG_SECONDS)
    assert not thread.is_alive()
    assert answer.json() == {"data": {"hello": "hello world"}}
    assert "server" not in answer.headers
