"""The accounting system: three ways of paging, three ways in which deletions show, and OAuth with rotating refresh tokens."""

from bisect import bisect_right
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.server.listing import by_change, by_id, is_any
from connectors.sandbox.server.objects import Json, all_served, find_committed, json_answer, served, served_with_flag, tombstone
from connectors.sandbox.server.paging import keyset_page, offset_page, slice_at, token_page
from connectors.sandbox.server.parameters import MOST_IDS, Parameters
from connectors.sandbox.server.refusals import SandboxRefusalError, bad_request, not_found
from connectors.sandbox.server.routing import Read, read_routes
from connectors.sandbox.server.tokens import ACCESS_SECONDS, Tokens
from connectors.sandbox.system import System, SystemEvent

KEYSET_COLLECTIONS = ("credit_notes", "payments", "refunds", "rates")
COLLECTIONS = ("customers", "invoices", *KEYSET_COLLECTIONS)
_TOLD_WHEN_DELETED = frozenset({"customers", "invoices"})


def accounting_routes(system: System, tokens: Tokens) -> list[BaseRoute]:
    """The routes below `/accounting`."""

    def allow(request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not tokens.accepts(token):
            raise SandboxRefusalError(401, "token_expired", "the access token is missing, expired or unknown")

    reads: dict[str, Read] = {
        "/v1/customers": _customers(system),
        "/v1/invoices": _invoices(system),
        "/v1/deletions": _deletions(system),
        "/v1/payment_ids": _payment_ids(system),
        **{f"/v1/{collection}": _keyset(system, collection) for collection in KEYSET_COLLECTIONS},
        **{f"/v1/{collection}/{{id}}": _single(system, collection) for collection in COLLECTIONS},
    }
    return [Route("/oauth/token", _exchange(tokens), methods=["POST"]), *read_routes(reads, allow)]


def _exchange(tokens: Tokens) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        if form.get("grant_type") != ["refresh_token"]:
            raise bad_request("grant_type must be refresh_token", word="unsupported_grant_type")
        pair = tokens.exchange("".join(form.get("refresh_token", [])))
        if pair is None:
            raise bad_request("the refresh token is not, or no longer, valid", word="invalid_grant")
        return json_answer({"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": ACCESS_SECONDS})

    return answer


def _customers(system: System) -> Read:
    living, every = by_change(system, "customers"), by_change(system, "customers", wants=is_any)

    def read(request: Request) -> Json:
        asked = Parameters(request, "updated_since", "offset", "include_deleted", "limit")
        listing, offset = every if asked.flag("include_deleted") else living, asked.whole("offset")
        page, total = offset_page(listing, asked.instant("updated_since"), offset=offset, limit=asked.limit())
        return {"items": [served_with_flag(found, "deleted") for found in page.objects], "total": total, "offset": offset}

    return read


def _invoices(system: System) -> Read:
    listing = by_change(system, "invoices")

    def read(request: Request) -> Json:
        asked = Parameters(request, "updated_since", "page_token", "limit")
        page, token = token_page(listing, asked.instant("updated_since"), token=asked.text("page_token"), limit=asked.limit())
        return {"items": all_served(page.objects), "next_page_token": token}

    return read


def _keyset(system: System, collection: str) -> Read:
    listing = by_change(system, collection)

    def read(request: Request) -> Json:
        asked = Parameters(request, "updated_since", "after_updated_at", "after_id", "limit")
        instant, object_id = asked.instant("after_updated_at"), asked.text("after_id")
        if (instant is None) is not (object_id is None):
            raise bad_request("after_updated_at and after_id belong together")
        after = None if instant is None or object_id is None else (instant, object_id)
        page = keyset_page(listing, asked.instant("updated_since"), after=after, limit=asked.limit())
        return {"items": all_served(page.objects), "has_more": page.has_more}

    return read


def _payment_ids(system: System) -> Read:
    listing = by_id(system, "payments")

    def read(request: Request) -> Json:
        asked = Parameters(request, "after_id", "limit")
        after = asked.text("after_id")
        start = 0 if after is None else listing.start_after(after, after)
        page = slice_at(listing, start, asked.limit(most=MOST_IDS))
        return {"ids": [found.id for found in page.objects], "has_more": page.has_more}

    return read


def _deletions(system: System) -> Read:
    feed = _DeletionFeed(system)

    def read(request: Request) -> Json:
        asked = Parameters(request, "after", "limit")
        page, has_more = feed.after(asked.whole("after"), limit=asked.limit())
        return {"items": [_deletion(event) for event in page], "next_after": page[-1].number if has_more else None}

    return read


class _DeletionFeed:
    """The deletions of invoices, picked from the log as it grows. What was made again later stays in it."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._events_seen = 0
        self._found: list[SystemEvent] = []

    def after(self, number: int, *, limit: int) -> tuple[list[SystemEvent], bool]:
        """A page of deletions with higher numbers, and whether there are more."""
        new = self._system.events[self._events_seen :]
        self._events_seen += len(new)
        self._found += [event for event in new if event.kind == "invoice.deleted"]
        start = bisect_right(self._found, number, key=lambda event: event.number)
        return self._found[start : start + limit], start + limit < len(self._found)


def _deletion(event: SystemEvent) -> Json:
    return {
        "number": event.number,
        "collection": event.collection,
        "id": event.object_id,
        "version": event.version,
        "deleted_at": event.at,
    }


def _single(system: System, collection: str) -> Read:
    def read(request: Request) -> Json:
        Parameters(request)
        object_id: str = request.path_params["id"]
        found = find_committed(system, collection, object_id)
        if found is None or (found.is_deleted and collection not in _TOLD_WHEN_DELETED):
            raise not_found(object_id)
        if found.is_deleted:
            raise SandboxRefusalError(410, "deleted", f"{object_id} was deleted", facts=tombstone(found))
        return served(found)

    return read
