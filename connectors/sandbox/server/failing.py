"""The faults that a server makes itself: answers that say no, are spoiled, come slowly, or never come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.server.faults import SERVER_FAULTS, Fault, FaultSchedule, choose_fault
from connectors.sandbox.server.objects import json_answer
from hub.plugins import Clock

_PIECES = 20
_PAGE = "<!doctype html><html><head><title>Back soon</title></head><body><h1>We are working on it</h1></body></html>"
_REFUSALS: Mapping[Fault, tuple[int, str]] = {
    Fault.RATE_LIMITED_SECONDS: (429, "rate_limited"),
    Fault.RATE_LIMITED_DATE: (429, "rate_limited"),
    Fault.RATE_LIMITED: (429, "rate_limited"),
    Fault.SERVER_ERROR: (500, "server_error"),
    Fault.BAD_GATEWAY: (502, "bad_gateway"),
    Fault.UNAVAILABLE: (503, "unavailable"),
    Fault.EXPIRED_TOKEN: (401, "token_expired"),
    Fault.EXPIRED_PAGE_TOKEN: (400, "page_token_expired"),
}


class Failing:
    """ASGI middleware: the requests that the schedule, or a header of their own, says so of go wrong."""

    def __init__(self, app: ASGIApp, *, schedule: FaultSchedule, clock: Clock) -> None:
        self._app = app
        self._schedule = schedule
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, rightly or not."""
        fault = self._fault(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        self._schedule.done[fault] += 1
        if (refusal := self._refusal(fault)) is not None:
            await refusal(scope, receive, send)
        else:
            answer = await _answer_of(self._app, scope, receive)
            await self._spoil(answer, fault, receive=receive, send=send)

    def _fault(self, scope: Scope) -> Fault | None:
        asked, query = Headers(scope=scope), scope["query_string"].decode("latin-1")
        return choose_fault(self._schedule, SERVER_FAULTS, headers=asked, method=scope["method"], path=scope["path"], query=query)

    def _refusal(self, fault: Fault) -> Response | None:
        """The answer of a fault that keeps the request from being handled."""
        if fault is Fault.HTML_PAGE:
            return HTMLResponse(_PAGE)
        if fault not in _REFUSALS:
            return None
        status, word = _REFUSALS[fault]
        return json_answer({"error": word, "message": "a fault of the sandbox"}, status=status, headers=self._retry_after(fault))

    def _retry_after(self, fault: Fault) -> Mapping[str, str]:
        seconds = self._schedule.retry_after_seconds
        if fault in {Fault.RATE_LIMITED_SECONDS, Fault.UNAVAILABLE}:
            return {"retry-after": str(seconds)}
        if fault is Fault.RATE_LIMITED_DATE:
            return {"retry-after": format_datetime(self._clock.now() + timedelta(seconds=seconds), usegmt=True)}
        return {}

    async def _spoil(self, answer: "_Answer", fault: Fault, *, receive: Receive, send: Send) -> None:
        if fault is Fault.LOST_ANSWER:
            await send(answer.start)  # nothing follows: the server closes the connection
            return
        if fault is Fault.SLOW_ANSWER:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_stop_when_gone, receive, tasks.cancel_scope)
                await _drip(answer, self._schedule.slow_seconds, send)
                tasks.cancel_scope.cancel()
            return
        await _send_whole(answer.with_body(b"" if fault is Fault.EMPTY_BODY else answer.body[: len(answer.body) // 2]), send)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer: its first message, with status and headers, and its body."""

    start: Message
    body: bytes

    def with_body(self, body: bytes) -> "_Answer":
        """The same with another body, as if that were the whole."""
        start: Message = {**self.start, "headers": list(self.start["headers"])}
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        return _Answer(start, body)


async def _answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    """What the application answers, kept back."""
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, keep)
    start, *rest = sent
    return _Answer(start, b"".join(message.get("body", b"") for message in rest))


async def _send_whole(answer: _Answer, send: Send) -> None:
    await send(answer.start)
    await send({"type": "http.response.body", "body": answer.body})


async def _drip(answer: _Answer, seconds: float, send: Send) -> None:
    """Send an answer in pieces, with pauses that add up to so many seconds."""
    await send(answer.start)
    size = len(answer.body) // _PIECES + 1
    for piece in range(_PIECES):
        await anyio.sleep(seconds / _PIECES)
        await send({"type": "http.response.body", "body": answer.body[piece * size : (piece + 1) * size], "more_body": piece < _PIECES - 1})


async def _stop_when_gone(receive: Receive, dripping: anyio.CancelScope) -> None:
    """End an answer that nobody waits for any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
    dripping.cancel()
