"""The gateway: lists newest first, and a log of events of the last thirty days by which a reader keeps up."""

import binascii
import re
from base64 import b64decode
from datetime import timedelta
from secrets import compare_digest

from starlette.requests import Request
from starlette.routing import BaseRoute

from connectors.sandbox.server.listing import by_creation
from connectors.sandbox.server.objects import Json, all_served, find_committed, served
from connectors.sandbox.server.paging import newest_first_page
from connectors.sandbox.server.parameters import Parameters
from connectors.sandbox.server.refusals import SandboxRefusalError, bad_request, not_found
from connectors.sandbox.server.routing import Read, read_routes
from connectors.sandbox.system import Stored, System, SystemEvent
from hub.plugins import Clock

COLLECTIONS = ("customers", "payment_methods", "charges")
KEPT = timedelta(days=30)
_EVENT_ID = re.compile(r"evt_([0-9]{9,18})", re.ASCII)


def gateway_routes(system: System, key: str, clock: Clock) -> list[BaseRoute]:
    """The routes below `/gateway`."""

    def allow(request: Request) -> None:
        if not compare_digest(_user(request.headers.get("authorization", "")), key.encode()):
            raise SandboxRefusalError(401, "unauthorised", "the key is missing or wrong")

    reads: dict[str, Read] = {
        "/v1/events": _events(system, clock),
        **{f"/v1/{collection}": _newest_first(system, collection) for collection in COLLECTIONS},
        **{f"/v1/{collection}/{{id}}": _single(system, collection) for collection in COLLECTIONS},
    }
    return [*read_routes(reads, allow)]


def _user(header: str) -> bytes:
    """The user of an HTTP Basic header with an empty password; empty where it is not that."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b""
    return user if scheme.lower() == "basic" and not password else b""


def _newest_first(system: System, collection: str) -> Read:
    listing = by_creation(system, collection)

    def read(request: Request) -> Json:
        asked = Parameters(request, "starting_after", "limit")
        after = _cursor_object(system, collection, asked.text("starting_after"))
        page = newest_first_page(listing, after=after, limit=asked.limit())
        return {"data": all_served(page.objects), "has_more": page.has_more}

    return read


def _cursor_object(system: System, collection: str, object_id: str | None) -> Stored | None:
    """The object after which a page begins; one that has been deleted since still marks its place."""
    if object_id is None:
        return None
    found = find_committed(system, collection, object_id)
    if found is None:
        raise bad_request(f"there is no object {object_id}", word="unknown_cursor")
    return found


def _events(system: System, clock: Clock) -> Read:
    memory = _Memory(system, clock)

    def read(request: Request) -> Json:
        asked = Parameters(request, "after", "latest", "limit")
        after, limit, log = asked.text("after"), asked.limit(), system.events
        if asked.flag("latest"):
            if after is not None:
                raise bad_request("latest and after exclude each other")
            return {"data": [_event(event) for event in log[max(memory.start(), len(log) - 1) :]], "has_more": False}
        start = memory.start() if after is None else memory.start_after(after)
        return {"data": [_event(event) for event in log[start : start + limit]], "has_more": start + limit < len(log)}

    return read


class _Memory:
    """The part of the log that is not forgotten yet. What follows a kept event is kept, also a late commit that was written before it."""

    def __init__(self, system: System, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._start = 0

    def start(self) -> int:
        """The place of the oldest event that is kept."""
        log, oldest = self._system.events, self._clock.now() - KEPT
        while self._start < len(log) and log[self._start].at < oldest:
            self._start += 1
        return self._start

    def start_after(self, event_id: str) -> int:
        """The place of the event that follows. The numbers of a log have no gaps, so a number tells a place."""
        found = _EVENT_ID.fullmatch(event_id)
        if found is None or not 1 <= int(found[1]) <= len(self._system.events):
            raise bad_request(f"there is no event {event_id}", word="unknown_cursor")
        if int(found[1]) <= self.start():
            raise SandboxRefusalError(410, "cursor_expired", f"events are kept for {KEPT.days} days; read everything again")
        return int(found[1])


def _event(event: SystemEvent) -> Json:
    return {
        "id": event.id,
        "type": event.kind,
        "created": event.at,
        "collection": event.collection,
        "object_id": event.object_id,
        "version": event.version,
    }


def _single(system: System, collection: str) -> Read:
    def read(request: Request) -> Json:
        Parameters(request)
        object_id: str = request.path_params["id"]
        found = find_committed(system, collection, object_id)
        if found is None:
            raise not_found(object_id)
        if found.is_deleted:
            return {"id": found.id, "deleted": True, "version": found.version, "updated_at": found.updated_at}
        return served(found)

    return read
