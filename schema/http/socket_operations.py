"""The operations of one WebSocket: each is answered beside the others, until it ends or the caller completes it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any
from uuid import uuid4

import anyio
import orjson
from anyio.abc import TaskGroup
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.errors import ErrorCode
from schema.http.answers import format_errors
from schema.http.incoming import GraphQLRequest, request_of
from schema.http.refusal import RequestRefusedError
from schema.http.subscriptions import Asked, Subscriptions, TokenLostError
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError, bad_input

INVALID_MESSAGE = 4400
UNAUTHENTICATED = 4401
FORBIDDEN = 4403
TRY_LATER = 1013
_TAKEN_ID = 4409
_TOO_SLOW = 4504


class SocketClosedError(Exception):
    """The socket is to be closed with a code and a reason. Raised and caught within the modules of the socket."""

    def __init__(self, code: int, reason: str) -> None:
        """`code` is the protocol's."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketOperations:
    """What goes on over one socket. `closed` says how it is to be closed, once an operation has found that it must be."""

    def __init__(self, socket: WebSocket, credentials: str, subscriptions: Subscriptions, *, limits: Limits) -> None:
        """Nothing goes on yet; operations can begin within `beside`."""
        self.closed: SocketClosedError | None = None
        self._socket = socket
        self._credentials = credentials
        self._subscriptions = subscriptions
        self._tasks = anyio.create_task_group()
        self._limits = limits
        self._running: dict[str, anyio.CancelScope] = {}

    def beside(self) -> TaskGroup:
        """The tasks of the operations, to be entered by whoever reads the socket."""
        return self._tasks

    async def subscribe(self, message: Mapping[str, Any]) -> None:
        """Begin an operation. Raises SocketClosedError for a message that is none of the protocol."""
        operation_id = _id_of(message)
        if operation_id in self._running:
            raise SocketClosedError(_TAKEN_ID, "Subscriber for this id already exists")
        request_id = uuid4().hex
        if len(self._running) >= self._limits.socket_subscriptions:
            text = f"The socket has {self._limits.socket_subscriptions} operations, which is the most: complete one of them, or open another socket."
            await self._refuse(operation_id, [GraphQLError(text, extensions={"code": ErrorCode.THROTTLED})], request_id)
            return
        try:
            request = request_of(message.get("payload"), self._limits)
        except RequestRefusedError as error:
            await self._refuse(operation_id, [bad_input(error.message)], request_id)
            return
        scope = self._running[operation_id] = anyio.CancelScope()
        self._tasks.start_soon(self._run, scope, operation_id, partial(self._answer, operation_id, request, request_id))

    def complete(self, message: Mapping[str, Any]) -> None:
        """End an operation, as the caller asks; one that has ended already is no error."""
        scope = self._running.pop(_id_of(message), None)
        if scope is not None:
            scope.cancel()

    async def _run(self, scope: anyio.CancelScope, operation_id: str, answer: Callable[[], Awaitable[None]]) -> None:
        with scope:
            try:
                await answer()
            except SocketClosedError as closed:
                self._close(closed)
            except TokenLostError as lost:
                self._close(SocketClosedError(UNAUTHENTICATED if lost.code is ErrorCode.UNAUTHENTICATED else FORBIDDEN, str(lost)))
            except WebSocketDisconnect:
                self._tasks.cancel_scope.cancel()
        if self._running.get(operation_id) is scope:
            del self._running[operation_id]

    async def _answer(self, operation_id: str, request: GraphQLRequest, request_id: str) -> None:
        try:
            async with aclosing(await self._subscriptions.open(Asked(request, self._credentials, request_id))) as answers:
                async for answer in answers:
                    await self._send({"id": operation_id, "type": "next", "payload": answer.body})
            await self._send({"id": operation_id, "type": "complete"})
        except OperationRefusedError as refused:
            await self._refuse(operation_id, refused.errors, request_id)
        except RequestRefusedError as error:
            raise SocketClosedError(TRY_LATER, "Try again later") from error
        except (SocketClosedError, TokenLostError, WebSocketDisconnect):
            raise
        except Exception as error:  # noqa: BLE001 - the outermost loop: the log gets it whole, the caller gets a masked error
            await self._refuse(operation_id, [GraphQLError("failed", original_error=error)], request_id)

    async def _refuse(self, operation_id: str, errors: Sequence[GraphQLError], request_id: str) -> None:
        told = format_errors(errors, request_id, at_most=self._limits.request_errors + 1)
        await self._send({"id": operation_id, "type": "error", "payload": told})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await send_message(self._socket, message, self._limits)

    def _close(self, closed: SocketClosedError) -> None:
        self.closed = self.closed or closed
        self._tasks.cancel_scope.cancel()


async def send_message(socket: WebSocket, message: Mapping[str, Any], limits: Limits) -> None:
    """Send one message. Raises SocketClosedError when the caller does not take it in time."""
    try:
        with anyio.fail_after(limits.send_seconds):
            await socket.send_text(orjson.dumps(message).decode())
    except TimeoutError as error:
        raise SocketClosedError(_TOO_SLOW, "Messages are not taken") from error


def _id_of(message: Mapping[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise SocketClosedError(INVALID_MESSAGE, f"`{message['type']}` needs an id")
    return operation_id
