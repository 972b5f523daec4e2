"""What an answer means: the rule by status that holds for most systems, which a connector may replace by its own."""

from collections.abc import Callable
from enum import Enum, auto

from connectors.toolkit.wire import Reply

_SUCCESS = range(200, 300)
_FAILURES = range(500, 600)


class Verdict(Enum):
    """What an answer means for whoever asked."""

    FINE = auto()
    ABSENT = auto()
    GONE = auto()
    RATE_LIMITED = auto()
    TRANSIENT = auto()
    UNAUTHORISED = auto()
    FORBIDDEN = auto()
    BROKEN = auto()


_BY_STATUS = {
    401: Verdict.UNAUTHORISED,
    403: Verdict.FORBIDDEN,
    404: Verdict.ABSENT,
    408: Verdict.TRANSIENT,
    410: Verdict.GONE,
    425: Verdict.TRANSIENT,
    429: Verdict.RATE_LIMITED,
}
_UNAVAILABLE = 503

Classify = Callable[[Reply], Verdict]
"""A system's own rule: some answer 403 where they mean too many requests, or 200 with an error inside."""


def verdict_by_status(reply: Reply) -> Verdict:
    """The meaning that HTTP gives to a status. A redirect is BROKEN: an address that moves is a change of the contract."""
    if reply.status == _UNAVAILABLE and "Retry-After" in reply.headers:
        return Verdict.RATE_LIMITED
    if reply.status in _SUCCESS:
        return Verdict.FINE
    otherwise = Verdict.TRANSIENT if reply.status in _FAILURES else Verdict.BROKEN
    return _BY_STATUS.get(reply.status, otherwise)
