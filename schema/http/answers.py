"""The way out: errors in the shape of GraphQL, and nothing in them that is not meant for the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from graphql import FieldNode, GraphQLError
from starlette.responses import Response

from hub.errors import ConflictError, KeyReusedError, NotFoundError, RequestError
from hub.store.appended import PositionLostError
from hub.store.deadline import is_time_limit
from hub.store.engine import DatabaseBusyError
from schema.errors import ErrorCode
from schema.http.negotiation import GRAPHQL_RESPONSE
from schema.http.refusal import RequestRefusedError

_CODES = frozenset(ErrorCode)
_LONGEST_MESSAGE = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation came to. Without `data` the request itself was at fault and nothing was executed."""

    body: dict[str, Any]

    @property
    def status(self) -> int:
        """The HTTP status for callers who know the newer media type; the others always get 200."""
        return 200 if "data" in self.body else 400


def to_response(answer: Answer, media_type: str, request_id: str) -> Response:
    """The HTTP response of an operation."""
    status = answer.status if media_type == GRAPHQL_RESPONSE else 200
    return Response(orjson.dumps(answer.body), status, _headers(media_type, request_id))


def to_refusal_response(error: RequestRefusedError, media_type: str, request_id: str) -> Response:
    """The HTTP response to a request that never became an operation."""
    body = {"errors": [{"message": error.message, "extensions": {"code": error.refusal.code, "requestId": request_id}}]}
    return Response(orjson.dumps(body), error.refusal.status, {**_headers(media_type, request_id), **error.refusal.headers})


def format_errors(errors: Sequence[GraphQLError], request_id: str, *, at_most: int) -> list[dict[str, Any]]:
    """Errors as the answer tells them: those with a code of ours as they are, every other one masked and written to the log."""
    return [_format(error, request_id) for error in errors[:at_most]]


def _headers(media_type: str, request_id: str) -> dict[str, str]:
    return {"Content-Type": f"{media_type}; charset=utf-8", "X-Request-Id": request_id}


def _format(error: GraphQLError, request_id: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(error.formatted)
    message, extensions = _public(error, request_id)
    return found | {"message": _shortened(message), "extensions": extensions | {"requestId": request_id}}


def _shortened(message: str) -> str:
    """Messages of GraphQL core repeat the value that was refused, however long it is."""
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"


def _public(error: GraphQLError, request_id: str) -> tuple[str, dict[str, Any]]:
    cause = root_cause(error)
    coded: dict[str, Any] = dict(error.extensions or getattr(cause, "extensions", None) or {})
    if coded.get("code") in _CODES:
        return error.message, coded
    if isinstance(cause, RequestError):
        return str(cause), {"code": _request_code(cause)} | ({"argument": list(cause.path)} if cause.path else {})
    if is_time_limit(cause):
        return "The operation took too long. Ask for smaller pages or fewer figures.", {"code": ErrorCode.OPERATION_TOO_COMPLEX}
    if isinstance(cause, DatabaseBusyError):
        return "Another process keeps writing to the database; nothing was done. Try again in a while.", {"code": ErrorCode.UNAVAILABLE}
    if (cause is None or isinstance(cause, GraphQLError)) and _is_about_input(error):
        return error.message, {"code": ErrorCode.BAD_USER_INPUT}
    _log.error("operation failed", request_id=request_id, path=error.path, exc_info=cause or error)
    return f"Something went wrong here. The log tells more about request {request_id}.", {"code": ErrorCode.INTERNAL_SERVER_ERROR}


def _request_code(error: RequestError) -> ErrorCode:
    if isinstance(error, PositionLostError):
        return ErrorCode.CURSOR_EXPIRED
    if isinstance(error, NotFoundError):
        return ErrorCode.NOT_FOUND
    if isinstance(error, KeyReusedError):
        return ErrorCode.IDEMPOTENCY_KEY_REUSED
    return ErrorCode.CONFLICT if isinstance(error, ConflictError) else ErrorCode.BAD_USER_INPUT


def root_cause(error: GraphQLError) -> BaseException | None:
    """The exception that a resolver raised, below the wrappings that GraphQL core puts around it."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_about_input(error: GraphQLError) -> bool:
    """Whether GraphQL core refused an argument: then it points at the argument, and never at the whole field as for other errors."""
    return bool(error.nodes) and not any(isinstance(node, FieldNode) for node in error.nodes or ())
