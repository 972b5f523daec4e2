"""Answers as an event stream: GraphQL over server-sent events, one connection for each operation."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import anyio
import orjson
from starlette.types import Receive, Scope, Send

from schema.http.answers import Answer
from schema.http.negotiation import EVENT_STREAM
from schema.limits.numbers import Limits

_ALIVE = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"

ToLast = Callable[[Exception], Answer]
"""What is told last of the failure of a stream."""


class EventStream:
    """The ASGI response that sends answers as they come, then says that it is complete. Ends at once when the caller is gone."""

    def __init__(self, answers: AsyncGenerator[Answer], to_last: ToLast, *, request_id: str, limits: Limits) -> None:
        """Nothing is sent yet."""
        self._answers = answers
        self._to_last = to_last
        self._request_id = request_id
        self._limits = limits
        self._was_idle = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the answers end. A caller who does not take what is sent is cut off."""
        del scope
        headers = {"Content-Type": f"{EVENT_STREAM}; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Request-Id": self._request_id}
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        async with anyio.create_task_group() as tasks:

            async def until_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            try:
                await self._send(send, {"type": "http.response.start", "status": 200, "headers": encoded})
                await self._send_body(send, _ALIVE)
                tasks.start_soon(until_gone)
                tasks.start_soon(self._show_life, send)
                await self._send_answers(send)
                await self._send_body(send, _COMPLETE, more=False)
            except TimeoutError:
                pass  # the caller takes nothing any more: the connection is dropped, and it will come again with its last cursor
            finally:
                tasks.cancel_scope.cancel()

    async def _send_answers(self, send: Send) -> None:
        try:
            async with aclosing(self._answers) as answers:
                async for answer in answers:
                    await self._send_body(send, _next(answer))
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost loop: the caller is told what it may know, the log gets the rest
            await self._send_body(send, _next(self._to_last(error)))

    async def _show_life(self, send: Send) -> None:
        """Proxies close what is silent for long."""
        while True:
            await anyio.sleep(self._limits.idle_seconds)
            if self._was_idle:
                await self._send_body(send, _ALIVE)
            self._was_idle = True

    async def _send_body(self, send: Send, body: bytes, *, more: bool = True) -> None:
        self._was_idle = False
        await self._send(send, {"type": "http.response.body", "body": body, "more_body": more})

    async def _send(self, send: Send, message: dict[str, Any]) -> None:
        with anyio.fail_after(self._limits.send_seconds):
            await send(message)


def _next(answer: Answer) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer.body) + b"\n\n"
