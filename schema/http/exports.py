"""`/exports/{id}`: the file of an export, for the token that asked for it; a download that broke off goes on where it was."""

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import BinaryIO
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from hub.access.policy import EXPORTERS, Policy
from hub.access.principal import Principal
from hub.errors import RequestError
from hub.exports.fetching import FinishedExport, find_finished
from hub.exports.folder import ExportFolder
from hub.plugins.services import HubServices
from hub.store.engine import run_in_thread
from hub.vocabulary import ExportFormat
from schema.errors import ErrorCode
from schema.http.answers import to_refusal_response
from schema.http.authentication import DATABASE_ERRORS, require_principal, unavailable
from schema.http.incoming import require_same_origin
from schema.http.negotiation import JSON
from schema.http.ranges import ByteRange, UnsatisfiableRangeError, wanted_range
from schema.http.refusal import Refusal, RequestRefusedError
from schema.ids import decode_id

MEDIA_TYPES: Mapping[ExportFormat, str] = {ExportFormat.JSONL: "application/jsonl", ExportFormat.CSV: "text/csv; charset=utf-8; header=present"}

_CHUNK_BYTES = 262_144
_NOT_THERE = Refusal(404, ErrorCode.NOT_FOUND)
_ONLY_GET = Refusal(405, headers={"Allow": "GET, HEAD"})

_log = structlog.get_logger(__name__)


class ExportDownload:
    """The ASGI application that gives finished files away."""

    def __init__(self, services: HubServices, *, policy: Policy = EXPORTERS) -> None:
        """`policy` names the roles that may have exports at all."""
        self.policy = policy
        self._services = services
        self._folder = ExportFolder.below(services.settings.var_directory)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        request_id = uuid4().hex
        try:
            response = await self._respond(request)
        except RequestRefusedError as error:
            response = to_refusal_response(error, JSON, request_id)
        except DATABASE_ERRORS as error:
            _log.warning("database cannot be used", request_id=request_id, error=type(error).__name__)
            response = to_refusal_response(unavailable(), JSON, request_id)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        principal = await require_principal(request.headers, self._services.authenticate, self.policy)
        if request.method not in {"GET", "HEAD"}:
            raise RequestRefusedError(_ONLY_GET, "Use GET.")
        require_same_origin(request)
        found, file = await run_in_thread(partial(self._open, request.path_params["id"], principal))
        return _answer(request, found, file)

    def _open(self, text: str, caller: Principal) -> tuple[FinishedExport, BinaryIO]:
        """The export and its file, opened: from here on it stays readable, also when it expires meanwhile."""
        try:
            kind, key = decode_id(text, ("id",))
        except RequestError as error:
            raise _not_there() from error
        if kind != "BulkOperation":
            raise _not_there()
        with self._services.store.read() as connection:
            found = find_finished(connection, self._folder, key, caller=caller, now=self._services.clock.now())
        if found is None:
            raise _not_there()
        try:
            return found, found.path.open("rb")
        except FileNotFoundError as error:
            _log.warning("the file of an export is gone", operation=key)
            raise _not_there() from error


def _not_there() -> RequestRefusedError:
    return RequestRefusedError(_NOT_THERE, "There is no such file for you: it is not finished, has expired, or another token asked for it.")


def _answer(request: Request, found: FinishedExport, file: BinaryIO) -> Response:
    headers = _headers(found)
    try:
        part = wanted_range(_range_that_counts(request, headers["ETag"]), found.byte_size)
    except UnsatisfiableRangeError:
        file.close()
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{found.byte_size}"})
    whole = ByteRange(0, found.byte_size)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{found.byte_size}"
    headers["Content-Length"] = str((part or whole).size)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        file.close()
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_bytes_of(file, part or whole), status, headers)


def _headers(found: FinishedExport) -> dict[str, str]:
    return {
        "Content-Type": MEDIA_TYPES[found.format],
        "Content-Disposition": f'attachment; filename="export-{found.operation_id}.{found.format.stored.lower()}"',
        "ETag": f'"{found.digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _range_that_counts(request: Request, tag: str) -> str | None:
    """The `Range` of a GET; one for another file than this (`If-Range`) counts as not sent, and so does a date there: files have none."""
    if request.method != "GET" or len(request.headers.getlist("range")) != 1:
        return None
    condition = request.headers.get("if-range")
    return request.headers["range"] if condition is None or condition.strip() == tag else None


async def _bytes_of(file: BinaryIO, part: ByteRange) -> AsyncGenerator[bytes]:
    try:
        await run_in_thread(partial(file.seek, part.first))
        left = part.size
        while left > 0:
            chunk = await run_in_thread(partial(file.read, min(left, _CHUNK_BYTES)))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
    finally:
        file.close()
