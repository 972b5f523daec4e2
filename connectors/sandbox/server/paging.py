"""The four ways in which the systems hand out a long list page by page."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.sandbox.server.listing import Listing
from connectors.sandbox.server.parameters import parse_instant
from connectors.sandbox.server.refusals import bad_request
from connectors.sandbox.system import Stored

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""Where a list begins that is not limited in time."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A page: its objects, and whether there are more."""

    objects: Sequence[Stored]
    has_more: bool


def slice_at(listing: Listing[Any], start: int, limit: int) -> Slice:
    """The page that begins at a place."""
    return Slice(listing.between(start, start + limit), has_more=start + limit < len(listing))


def offset_page(listing: Listing[datetime], since: datetime | None, *, offset: int, limit: int) -> tuple[Slice, int]:
    """The page after `offset` objects of those changed since an instant (inclusive), and how many those are.

    A change during the reading moves an object to the end, and every one behind it comes up by one place: a reader that does not look
    twice misses some, as with real systems of this kind.
    """
    start = listing.start_at(since or EARLIEST)
    return slice_at(listing, start + offset, limit), len(listing) - start


def token_page(listing: Listing[datetime], since: datetime | None, *, token: str | None, limit: int) -> tuple[Slice, str | None]:
    """The page after a token (the first one: None), and the token of the next page; None: there is no more."""
    start = listing.start_at(since or EARLIEST)
    if token is not None:
        start = max(start, listing.start_after(*_position(token)))
    page = slice_at(listing, start, limit)
    return page, _token(page.objects[-1]) if page.has_more else None


def keyset_page(listing: Listing[datetime], since: datetime | None, *, after: tuple[datetime, str] | None, limit: int) -> Slice:
    """The page strictly after a pair of last change and id (the first one: None)."""
    start = listing.start_at(since or EARLIEST)
    if after is not None:
        start = max(start, listing.start_after(*after))
    return slice_at(listing, start, limit)


def newest_first_page(listing: Listing[datetime], *, after: Stored | None, limit: int) -> Slice:
    """The page of what was made before an object (the newest ones: None), newest first."""
    end = len(listing) if after is None else listing.start_before(after.created_at, after.id)
    start = max(end - limit, 0)
    return Slice(listing.between(start, end)[::-1], has_more=start > 0)


def _token(last: Stored) -> str:
    return urlsafe_b64encode(orjson.dumps([last.updated_at.isoformat(), last.id])).decode()


def _position(token: str) -> tuple[datetime, str]:
    try:
        instant, object_id = map(str, orjson.loads(urlsafe_b64decode(token)))
        return parse_instant("the page token", instant), object_id
    except (binascii.Error, TypeError, ValueError) as error:
        raise bad_request("the page token is none of ours") from error
