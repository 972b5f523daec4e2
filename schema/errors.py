"""The error codes of the API: the closed list of what `extensions.code` of an error may say."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """What kind of error it is, so that a client can act on it without reading the message."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    """The request or one of its arguments is wrong; sending it again changes nothing."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    """There is no valid token."""

    FORBIDDEN = "FORBIDDEN"
    """The caller's role may not do this."""

    NOT_FOUND = "NOT_FOUND"
    """What was named does not exist, or the caller may not know that it does."""

    CONFLICT = "CONFLICT"
    """The request contradicts the present state."""

    UNAVAILABLE = "UNAVAILABLE"
    """The database cannot be used now, and nothing was done; the same request may be sent again in a while."""

    THROTTLED = "THROTTLED"
    """Too many requests; wait as long as `retryAfter` says."""

    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
    """The operation asks for more than one request may."""

    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    """What came after the cursor of a subscription is no longer kept, or is of another database: read anew, and subscribe without it."""

    SUBSCRIBER_TOO_SLOW = "SUBSCRIBER_TOO_SLOW"
    """Events came faster than they were taken: subscribe again with the last cursor."""

    PERSISTED_DOCUMENT_NOT_FOUND = "PERSISTED_DOCUMENT_NOT_FOUND"
    """No document is kept under the given id."""

    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    """The same idempotency key came with another input."""

    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    """A fault of the hub; the log tells more under the request id."""
