"""Requests refused before they become an operation: the HTTP status and the words of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to refuse a request; `headers` go with the answer."""

    status: int
    code: ErrorCode = ErrorCode.BAD_USER_INPUT
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


UNAUTHENTICATED = Refusal(401, ErrorCode.UNAUTHENTICATED, {"WWW-Authenticate": 'Bearer realm="dunwell"'})
FORBIDDEN = Refusal(403, ErrorCode.FORBIDDEN)
METHOD_NOT_ALLOWED = Refusal(405, headers={"Allow": "GET, POST"})
ONLY_POST = Refusal(405, headers={"Allow": "POST"})
NOT_ACCEPTABLE = Refusal(406)
BODY_TOO_SLOW = Refusal(408, headers={"Connection": "close"})
TOO_LARGE = Refusal(413, headers={"Connection": "close"})
URL_TOO_LONG = Refusal(414)
UNSUPPORTED_TYPE = Refusal(415)
MALFORMED = Refusal(400)
UNAVAILABLE = Refusal(503, ErrorCode.UNAVAILABLE, {"Retry-After": "5"})
FAILED = Refusal(500, ErrorCode.INTERNAL_SERVER_ERROR)


class RequestRefusedError(Exception):
    """The request is not answered as asked; the caller gets `refusal` with the message. Raised and caught within the HTTP view."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        """`message` says what to do about it."""
        super().__init__(message)
        self.refusal = refusal
        self.message = message
