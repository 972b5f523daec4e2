"""`/uploads/{id}`: where the bytes of an announced file come in, straight to the disk. An answer of 200 means that they are all there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from hub.access.policy import IMPORTERS
from hub.access.principal import Principal
from hub.access.requests import bearer_token, is_same_origin
from hub.clock import Clock
from hub.errors import StoreError
from hub.store.engine import Store, run_in_thread
from hub.sync.imports.folder import IncomingFile, UploadFolder
from hub.sync.imports.staging import complete, find_upload
from hub.vocabulary import UploadState

IDLE_SECONDS = 30.0
"""How long a sender may send nothing."""

WHOLE_SECONDS = 3_600.0
"""How long a file may take as a whole."""

FILES_AT_ONCE = 16
"""How many files come in at a time; further senders are told to come again."""

_BUFFER = 1024 * 1024
_LONGEST_NUMBER = 18
_COME_AGAIN = {"Retry-After": "30"}
_CLOSE = {"Connection": "close"}
_WHO_ARE_YOU = {"WWW-Authenticate": 'Bearer realm="dunwell"'}

_log = structlog.get_logger(__name__)


class _RefusedError(Exception):
    """The request is not taken; the caller gets the status and the word. Raised and caught within this module."""

    def __init__(self, status: int, word: str, **headers: str) -> None:
        super().__init__(word)
        self.answer = JSONResponse({"status": word}, status, headers)


@dataclass(frozen=True, slots=True)
class UploadReceiver:
    """Where files go, and who may send them. `authenticate` is that of the hub; times are in seconds."""

    store: Store
    clock: Clock
    folder: UploadFolder
    authenticate: Callable[[str], Principal | None]
    idle_seconds: float = IDLE_SECONDS
    whole_seconds: float = WHOLE_SECONDS
    files_at_once: int = FILES_AT_ONCE


def build_upload_routes(receiver: UploadReceiver) -> Sequence[BaseRoute]:
    """The address of every announced file. Who asks and whether the file is theirs to send is known before a byte of it is read."""
    return (Route("/uploads/{id}", _Uploads(receiver)),)


class _Uploads:
    """The endpoint. It takes every method, so that a caller without a token learns nothing from the method either."""

    policy = IMPORTERS

    def __init__(self, receiver: UploadReceiver) -> None:
        self._receiver = receiver
        self._places = anyio.Semaphore(receiver.files_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            _require_same_origin(request)
            found = await run_in_thread(partial(_expected, self._receiver, request))
            _require_length(request, found)
            await self._take_in(request, found)
        except _RefusedError as refused:
            return refused.answer
        except (SQLAlchemyError, StoreError, OSError) as error:
            _log.warning("an uploaded file cannot be kept", error=type(error).__name__)
            return JSONResponse({"status": "UNAVAILABLE"}, 503, {**_COME_AGAIN, **_CLOSE})
        return JSONResponse({"status": UploadState.COMPLETE.value})

    async def _take_in(self, request: Request, upload: Any) -> None:  # noqa: ANN401 - a row
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            raise _RefusedError(503, "BUSY", **_COME_AGAIN, **_CLOSE) from None
        try:
            await _take_in(self._receiver, request, upload)
        finally:
            self._places.release()


# --- before anything is read ----------------------------------------------------------------------


def _require_same_origin(request: Request) -> None:
    if not is_same_origin(request.headers.get("origin"), request.headers.get("host", "")):
        raise _RefusedError(403, "OTHER_ORIGIN", **_CLOSE)


def _expected(receiver: UploadReceiver, request: Request) -> Any:  # noqa: ANN401 - a row
    """The upload that waits for these bytes. One of another token is not told from one that is not there."""
    token = bearer_token(request.headers.getlist("authorization"))
    principal = None if token is None else receiver.authenticate(token)
    if principal is None:
        raise _RefusedError(401, "UNAUTHENTICATED", **_WHO_ARE_YOU, **_CLOSE)
    if not IMPORTERS.allows(principal):
        raise _RefusedError(403, "FORBIDDEN", **_CLOSE)
    if request.method != "PUT":
        raise _RefusedError(405, "ONLY_PUT", Allow="PUT", **_CLOSE)
    number = request.path_params["id"]
    found = None
    if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
        with receiver.store.read() as connection:
            found = find_upload(connection, int(number))
    if found is None or found.token_id != principal.token_id:
        raise _RefusedError(404, "NOT_FOUND", **_CLOSE)
    if found.state is UploadState.EXPIRED or found.expires_at <= receiver.clock.now():
        raise _RefusedError(410, "EXPIRED", **_CLOSE)
    if found.state is UploadState.COMPLETE:
        raise _RefusedError(409, "COMPLETE_ALREADY", **_CLOSE)
    return found


def _require_length(request: Request, upload: Any) -> None:  # noqa: ANN401 - a row
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _RefusedError(415, "ENCODED", **_CLOSE)
    stated = request.headers.getlist("content-length")
    if not stated:
        raise _RefusedError(411, "LENGTH_MISSING", **_CLOSE)
    if stated != [str(upload.byte_size)]:
        raise _RefusedError(400, "OTHER_LENGTH", **_CLOSE)


# --- the bytes ------------------------------------------------------------------------------------


async def _take_in(receiver: UploadReceiver, request: Request, upload: Any) -> None:  # noqa: ANN401 - a row
    file = await run_in_thread(partial(receiver.folder.begin, upload.id))
    try:
        try:
            with anyio.fail_after(receiver.whole_seconds):
                size = await _copy(receiver, request, file, most=upload.byte_size)
        except TimeoutError:
            raise _RefusedError(408, "TOO_SLOW", **_CLOSE) from None
        except ClientDisconnect:
            raise _RefusedError(400, "CUT_OFF") from None
        if size != upload.byte_size:
            raise _RefusedError(400, "OTHER_LENGTH", **_CLOSE)
        await run_in_thread(partial(_keep, receiver, upload, file))
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_thread(file.discard)


async def _copy(receiver: UploadReceiver, request: Request, file: IncomingFile, *, most: int) -> int:
    """Write what comes in to the disk, about a megabyte at a time; returns how much it was. More than is expected is not read."""
    chunks = aiter(request.stream())
    buffer, size, is_more = bytearray(), 0, True
    while is_more:
        with anyio.fail_after(receiver.idle_seconds):
            chunk = await anext(chunks, None)
        is_more = chunk is not None
        buffer += chunk or b""
        size += len(chunk or b"")
        if size > most:
            raise _RefusedError(400, "OTHER_LENGTH", **_CLOSE)
        if buffer and (len(buffer) >= _BUFFER or not is_more):
            await run_in_thread(partial(file.write, bytes(buffer)))
            buffer.clear()
    return size


def _keep(receiver: UploadReceiver, upload: Any, file: IncomingFile) -> None:  # noqa: ANN401 - a row
    """Put the file in its place in the transaction that says so: of two that came at a time, one is kept, with its own hash."""
    sha256 = file.finish()
    if upload.expected_sha256 is not None and upload.expected_sha256 != sha256:
        raise _RefusedError(422, "OTHER_HASH")
    with receiver.store.write() as connection:
        if not complete(connection, upload.id, sha256=sha256, now=receiver.clock.now()):
            raise _RefusedError(409, "COMPLETE_ALREADY")
        file.keep_as(receiver.folder.of(upload.id))
