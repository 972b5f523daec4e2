"""`/graphql` over WebSocket: the graphql-transport-ws protocol.

The token comes in the payload of `connection_init`, as `{"authorization": "Bearer <token>"}`: browsers cannot set headers here.
"""

from collections.abc import Mapping
from typing import Any, cast

import anyio
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.access.policy import Policy
from hub.access.requests import is_same_origin
from schema.http.authentication import Authenticate, find_principal
from schema.http.refusal import RequestRefusedError
from schema.http.socket_operations import INVALID_MESSAGE, TRY_LATER, UNAUTHENTICATED, SocketClosedError, SocketOperations, send_message
from schema.http.strict_json import StrictJsonError, parse_strict
from schema.http.subscriptions import Subscriptions
from schema.limits.numbers import Limits

PROTOCOL = "graphql-transport-ws"

_WRONG_PROTOCOL = 4406
_INIT_TIMEOUT = 4408
_SECOND_INIT = 4429


class GraphQLSocket:
    """The ASGI application for WebSockets; `policy` names the roles that are let in."""

    def __init__(self, subscriptions: Subscriptions, authenticate: Authenticate, *, policy: Policy, limits: Limits) -> None:
        """Prepare; sockets share the readers of subscriptions and nothing else."""
        self.policy = policy
        self._subscriptions = subscriptions
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
            await self._serve(socket, await self._initialise(socket))
        except SocketClosedError as closed:
            await socket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            return

    async def _initialise(self, socket: WebSocket) -> str:
        """Wait for `connection_init` and check its token, which is returned; until then nothing else is looked at."""
        try:
            with anyio.fail_after(self._limits.socket_init_seconds):
                message = await self._receive(socket)
        except TimeoutError as error:
            raise SocketClosedError(_INIT_TIMEOUT, "Connection initialisation timeout") from error
        payload = message.get("payload")
        credentials = cast("dict[str, Any]", payload).get("authorization") if isinstance(payload, dict) else None
        if message["type"] != "connection_init" or not isinstance(credentials, str) or not await self._is_let_in(credentials):
            raise SocketClosedError(UNAUTHENTICATED, "Unauthorized")
        await send_message(socket, {"type": "connection_ack"}, self._limits)
        return credentials

    async def _is_let_in(self, credentials: str) -> bool:
        try:
            return self.policy.allows(await find_principal(credentials, self._authenticate))
        except RequestRefusedError as error:
            raise SocketClosedError(TRY_LATER, "Try again later") from error

    async def _serve(self, socket: WebSocket, credentials: str) -> None:
        """Handle messages, with the operations of the socket beside them. Raises SocketClosedError, also for what closes it from one of those."""
        closed: SocketClosedError | None = None
        operations = SocketOperations(socket, credentials, self._subscriptions, limits=self._limits)
        async with operations.beside() as tasks:
            try:
                while True:
                    await self._handle(socket, operations, await self._receive(socket))
            except SocketClosedError as error:
                closed = error
            except WebSocketDisconnect:
                pass
            finally:
                tasks.cancel_scope.cancel()
        closed = operations.closed or closed
        if closed is not None:
            raise closed

    async def _receive(self, socket: WebSocket) -> dict[str, Any]:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000), event.get("reason"))
        text = event.get("text")
        if not isinstance(text, str) or len(text) > self._limits.socket_message_bytes:
            raise SocketClosedError(INVALID_MESSAGE, "Messages are JSON text of a limited size")
        try:
            message = parse_strict(text, depth=self._limits.json_depth, number_length=self._limits.number_length)
        except StrictJsonError as error:
            raise SocketClosedError(INVALID_MESSAGE, "Messages are JSON") from error
        if not isinstance(message, dict) or not isinstance(cast("dict[str, Any]", message).get("type"), str):
            raise SocketClosedError(INVALID_MESSAGE, "A message is an object with a type")
        return cast("dict[str, Any]", message)

    async def _handle(self, socket: WebSocket, operations: SocketOperations, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await send_message(socket, {"type": "pong"}, self._limits)
            case "pong":
                pass
            case "subscribe":
                await operations.subscribe(message)
            case "complete":
                operations.complete(message)
            case "connection_init":
                raise SocketClosedError(_SECOND_INIT, "Too many initialisation requests")
            case _:
                raise SocketClosedError(INVALID_MESSAGE, "Unknown type of message")
