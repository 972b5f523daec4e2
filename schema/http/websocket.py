"""`/graphql` over WebSocket: the graphql-transport-ws protocol. The schema has no subscriptions yet, so every `subscribe` is refused.

The token comes in the payload of `connection_init`, as `{"authorization": "Bearer <token>"}`: browsers cannot set headers here.
"""

from typing import Any, cast

import anyio
import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.access.policy import Policy
from schema.errors import ErrorCode
from schema.http.authentication import Authenticate, find_principal
from schema.http.incoming import is_same_origin
from schema.http.refusal import RequestRefusedError
from schema.http.strict_json import StrictJsonError, parse_strict
from schema.limits.numbers import Limits

PROTOCOL = "graphql-transport-ws"

_INVALID_MESSAGE = 4400
_UNAUTHENTICATED = 4401
_WRONG_PROTOCOL = 4406
_INIT_TIMEOUT = 4408
_SECOND_INIT = 4429
_TRY_LATER = 1013
_NO_SUBSCRIPTIONS = "There are no subscriptions yet; send queries and mutations by POST."


class SocketClosedError(Exception):
    """The socket is to be closed with a code and a reason. Raised and caught within this module."""

    def __init__(self, code: int, reason: str) -> None:
        """`code` is the protocol's."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """The ASGI application for WebSockets; `policy` names the roles that are let in."""

    def __init__(self, authenticate: Authenticate, *, policy: Policy, limits: Limits) -> None:
        """Prepare; nothing is shared between sockets."""
        self.policy = policy
        self._authenticate = authenticate
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until one side closes it."""
        socket = WebSocket(scope, receive, send)
        if not is_same_origin(socket.headers.get("origin"), socket.headers.get("host", "")):
            await socket.close()  # before it is accepted: the handshake is answered with 403
            return
        offered = cast("list[str]", scope.get("subprotocols", []))
        await socket.accept(PROTOCOL if PROTOCOL in offered else None)
        try:
            if PROTOCOL not in offered:
                raise SocketClosedError(_WRONG_PROTOCOL, f"Subprotocol not acceptable; offer {PROTOCOL}")  # noqa: TRY301
            await self._initialise(socket)
            while True:
                await self._handle(socket, await self._receive(socket))
        except SocketClosedError as closed:
            await socket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            return

    async def _initialise(self, socket: WebSocket) -> None:
        """Wait for `connection_init` and check its token; until then nothing else is looked at."""
        try:
            with anyio.fail_after(self._limits.socket_init_seconds):
                message = await self._receive(socket)
        except TimeoutError as error:
            raise SocketClosedError(_INIT_TIMEOUT, "Connection initialisation timeout") from error
        if message["type"] != "connection_init" or not await self._is_let_in(message.get("payload")):
            raise SocketClosedError(_UNAUTHENTICATED, "Unauthorized")
        await _send(socket, {"type": "connection_ack"})

    async def _is_let_in(self, payload: object) -> bool:
        credentials = cast("dict[str, Any]", payload).get("authorization") if isinstance(payload, dict) else None
        if not isinstance(credentials, str):
            return False
        try:
            return self.policy.allows(await find_principal(credentials, self._authenticate))
        except RequestRefusedError as error:
            raise SocketClosedError(_TRY_LATER, "Try again later") from error

    async def _receive(self, socket: WebSocket) -> dict[str, Any]:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000), event.get("reason"))
        text = event.get("text")
        if not isinstance(text, str) or len(text) > self._limits.socket_message_bytes:
            raise SocketClosedError(_INVALID_MESSAGE, "Messages are JSON text of a limited size")
        try:
            message = parse_strict(text, depth=self._limits.json_depth, number_length=self._limits.number_length)
        except StrictJsonError as error:
            raise SocketClosedError(_INVALID_MESSAGE, "Messages are JSON") from error
        if not isinstance(message, dict) or not isinstance(cast("dict[str, Any]", message).get("type"), str):
            raise SocketClosedError(_INVALID_MESSAGE, "A message is an object with a type")
        return cast("dict[str, Any]", message)

    async def _handle(self, socket: WebSocket, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await _send(socket, {"type": "pong"})
            case "pong" | "complete":
                pass
            case "subscribe":
                await _refuse_subscription(socket, message.get("id"))
            case "connection_init":
                raise SocketClosedError(_SECOND_INIT, "Too many initialisation requests")
            case _:
                raise SocketClosedError(_INVALID_MESSAGE, "Unknown type of message")


async def _refuse_subscription(socket: WebSocket, operation_id: object) -> None:
    if not isinstance(operation_id, str) or not operation_id:
        raise SocketClosedError(_INVALID_MESSAGE, "`subscribe` needs an id")
    error = {"message": _NO_SUBSCRIPTIONS, "extensions": {"code": ErrorCode.BAD_USER_INPUT}}
    await _send(socket, {"id": operation_id, "type": "error", "payload": [error]})


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(orjson.dumps(message).decode())
