"""Which requests go wrong, and how: decided by a seed and the number of a request, and by nothing else."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from hashlib import blake2b

FAULT_HEADER = "sandbox-fault"
"""A request may ask for a fault itself, by this header: the fault's value, or `none` to be spared."""

SPARED = "none"
_SCALE = 2**64


class Fault(StrEnum):
    """Something that goes wrong with one request."""

    RATE_LIMITED_SECONDS = auto()
    """429, with Retry-After in seconds."""
    RATE_LIMITED_DATE = auto()
    """429, with Retry-After as an HTTP date."""
    RATE_LIMITED = auto()
    """429 that does not say for how long."""
    SERVER_ERROR = auto()
    """500."""
    BAD_GATEWAY = auto()
    """502."""
    UNAVAILABLE = auto()
    """503, with Retry-After in seconds."""
    HTML_PAGE = auto()
    """A web page with status 200."""
    EXPIRED_TOKEN = auto()
    """401 of the accounting system for an access token that is in force."""
    EXPIRED_PAGE_TOKEN = auto()
    """400 of the accounting system for the token of a page, as if it had been handed out too long ago."""
    TRUNCATED_BODY = auto()
    """The request is handled; half of the answer comes, as if it were the whole."""
    EMPTY_BODY = auto()
    """The request, a GET, is handled; the answer has no body."""
    SLOW_ANSWER = auto()
    """The request is handled; the answer drips for longer than anybody waits (in process: httpx.ReadTimeout)."""
    LOST_ANSWER = auto()
    """The request is handled; the connection ends before its answer (in process: httpx.RemoteProtocolError)."""
    NO_CONNECTION = auto()
    """The request never arrives: httpx.ConnectError. In process only."""


IN_PROCESS_FAULTS = frozenset(Fault)
SERVER_FAULTS = IN_PROCESS_FAULTS - {Fault.NO_CONNECTION}


@dataclass(slots=True)
class FaultSchedule:
    """The faults of a series of requests, numbered from 1.

    `rate`, from 0 to 1, is the share of requests that go wrong; after the one numbered `last_request` all go well (None: never). A fault that a
    request cannot have, such as an empty body of a POST, does not happen. `requests` and `done` count; `is_on` may be switched at any time, and
    the numbers go on meanwhile.
    """

    seed: int
    rate: float
    kinds: Collection[Fault] = tuple(Fault)
    last_request: int | None = None
    retry_after_seconds: int = 1
    slow_seconds: float = 60.0
    is_on: bool = True
    requests: int = 0
    done: Counter[Fault] = field(default_factory=Counter[Fault])

    def planned(self, number: int, *, behind_token: bool = True) -> Fault | None:
        """The fault that is meant for a request; None: it goes well. Only for one of a page behind a token that token is among what may fail."""
        is_over = self.last_request is not None and number > self.last_request
        digest = blake2b(f"{self.seed}:{number}".encode(), digest_size=16).digest()
        kinds = sorted(kind for kind in self.kinds if behind_token or kind is not Fault.EXPIRED_PAGE_TOKEN)
        if is_over or not kinds or int.from_bytes(digest[:8]) >= self.rate * _SCALE:
            return None
        return kinds[int.from_bytes(digest[8:]) % len(kinds)]

    def draw(self, possible: Collection[Fault]) -> Fault | None:
        """The fault of the next request; None: it goes well, or cannot have the fault that is meant for it."""
        self.requests += 1
        fault = self.planned(self.requests, behind_token=Fault.EXPIRED_PAGE_TOKEN in possible)
        return fault if self.is_on and fault in possible else None


def choose_fault(schedule: FaultSchedule, able: frozenset[Fault], *, headers: Mapping[str, str], method: str, path: str, query: str) -> Fault | None:
    """The fault that a request gets: the one that it asks for, else the one that is drawn, of those that can be made.

    A request that asks is not numbered. A word that is no fault spares it, as `none` does. Whoever makes the fault counts it.
    """
    possible = able - _impossible(method, path, query)
    asked = headers.get(FAULT_HEADER)
    return schedule.draw(possible) if asked is None else next((found for found in possible if found == asked), None)


def _impossible(method: str, path: str, query: str) -> set[Fault]:
    """The faults that a request cannot have."""
    found = set[Fault]() if method == "GET" else {Fault.EMPTY_BODY}
    if not path.startswith("/accounting/v1/"):
        return {*found, Fault.EXPIRED_TOKEN, Fault.EXPIRED_PAGE_TOKEN}
    return found if "page_token=" in query else {*found, Fault.EXPIRED_PAGE_TOKEN}
