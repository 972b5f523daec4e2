"""`/webhooks/{connection}`: where sources tell that something happened. An answer of 200 means that the delivery is durable."""

from collections.abc import Mapping, Sequence
from functools import partial

import anyio
import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hub.access.routes import Public, declares
from hub.errors import ConfigurationError, RecordError, SignatureError, StoreError
from hub.sync.webhooks.receiving import Receipt, WebhookReceiver

BODY_BYTES = 1_000_000
"""The largest delivery that is read."""

BODY_SECONDS = 10.0
"""How long a delivery may take to come in."""

BODIES_AT_ONCE = 64
"""How many bodies are in memory at a time; further senders wait before theirs is read."""

_AT_ONCE = 8
_COME_AGAIN = {"Retry-After": "30"}
_CLOSE = {"Connection": "close"}
_WHO_ARE_YOU = {"WWW-Authenticate": 'Signature realm="webhooks"'}

_log = structlog.get_logger(__name__)


def build_webhook_routes(receiver: WebhookReceiver, *, body_seconds: float = BODY_SECONDS, bodies_at_once: int = BODIES_AT_ONCE) -> Sequence[BaseRoute]:
    """The address of every connection that takes webhooks; a body must have come within `body_seconds`.

    A few deliveries are worked on at a time, and not many are read; the others wait, at most `body_seconds` as well.
    """
    limiter = anyio.CapacityLimiter(_AT_ONCE)
    bodies = anyio.Semaphore(bodies_at_once)

    @declares(Public("a source has no token: the signature over the delivery says who sent it"))
    async def webhook(request: Request) -> Response:
        if _says_too_large(request):
            return _answer(413, "TOO_LARGE", **_CLOSE)
        try:
            with anyio.fail_after(body_seconds):
                await bodies.acquire()
        except TimeoutError:
            return _answer(503, "UNAVAILABLE", **_COME_AGAIN, **_CLOSE)
        try:
            return await read_and_respond(request)
        finally:
            bodies.release()

    async def read_and_respond(request: Request) -> Response:
        try:
            body = await _read_body(request, seconds=body_seconds)
        except TimeoutError:
            return _answer(408, "TOO_SLOW", **_CLOSE)
        except ClientDisconnect:
            return _answer(400, "CUT_OFF")
        if body is None:
            return _answer(413, "TOO_LARGE", **_CLOSE)
        answer = partial(_respond, receiver, request.path_params["connection"], headers=_headers(request), body=body)
        return await anyio.to_thread.run_sync(answer, limiter=limiter)

    return (Route("/webhooks/{connection}", webhook, methods=["POST"]),)


def _respond(receiver: WebhookReceiver, name: str, *, headers: Mapping[str, str], body: bytes) -> Response:
    """Receive, and say what became of it. Who is refused learns nothing of the reason."""
    log = _log.bind(connection=name if name in receiver.endpoints else None)
    try:
        receipt = receiver.receive(name, headers, body)
    except SignatureError as error:
        log.info("webhook refused", reason=str(error))
        return _answer(401, "REFUSED", **_WHO_ARE_YOU)
    except RecordError as error:
        log.warning("webhook cannot be read", reason=str(error))
        return _answer(400, "UNREADABLE")
    except (SQLAlchemyError, StoreError, ConfigurationError) as error:  # the last where the secrets of a connection are not to be had
        log.warning("webhook cannot be kept", error=type(error).__name__)
        return _answer(503, "UNAVAILABLE", **_COME_AGAIN)
    if receipt is Receipt.FULL:
        log.warning("webhook cannot be kept, too many events wait")
        return _answer(503, "UNAVAILABLE", **_COME_AGAIN)
    return _answer(200, "TAKEN")


def _answer(status: int, word: str, **headers: str) -> Response:
    return JSONResponse({"status": word}, status, headers)


def _headers(request: Request) -> dict[str, str]:
    """Headers by lower-case name. One that comes twice holds both values, as HTTP reads it, so that neither is chosen."""
    return {name.lower(): ", ".join(request.headers.getlist(name)) for name in request.headers}


def _says_too_large(request: Request) -> bool:
    stated = request.headers.get("content-length", "")
    return stated.isdecimal() and (len(stated) > len(str(BODY_BYTES)) or int(stated) > BODY_BYTES)


async def _read_body(request: Request, *, seconds: float) -> bytes | None:
    """The body, counted while it comes in, since a length may be missing or a lie; None when it is too large."""
    body = bytearray()
    with anyio.fail_after(seconds):
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES:
                return None
    return bytes(body)
