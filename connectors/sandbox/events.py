"""The gateway's one feed: a list of everything first, then the log of events, and everything again when the log no longer goes back far enough."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from connectors.sandbox.client import PAGE_SIZE
from connectors.sandbox.fetching import fetch_outcomes
from connectors.sandbox.mapping import COLLECTIONS, Collection, Outcome, SystemName, map_object
from connectors.sandbox.pages import outcomes_page
from connectors.toolkit.cursors import read_cursor, write_cursor
from connectors.toolkit.http import HttpClient, UnknownPlaceError
from connectors.toolkit.payload import id_of, objects_of
from hub.plugins import Notice, Page, Refusal, Stream

_COLLECTIONS = COLLECTIONS[SystemName.GATEWAY]
_NAMES = tuple(_COLLECTIONS)
_MOST_RESTARTS = 3


class EventPosition(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="v", tag=1):
    """Where the feed stands. `after` is the event behind which the log goes on; None: at the oldest that is kept.

    `collection` is the one that is being listed; None: everything has been. `behind` is the object behind which that list goes on.
    """

    after: str | None = None
    collection: str | None = None
    behind: str | None = None


async def read_events(client: HttpClient, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
    """Pages of customers, payment methods and attempts. The newest event is remembered before the lists begin, so nothing falls between them."""
    position = read_cursor(cursor, EventPosition, client) or EventPosition(await _newest_event(client), _NAMES[0])
    reading = _Reading(client, since)
    while True:
        page, position = await (reading.events(position) if position.collection is None else reading.objects(position))
        yield page
        if page.cursor is None:
            return


@dataclass(slots=True)
class _Reading:
    """One read of the feed: each step gives a page and the position behind it."""

    client: HttpClient
    since: date | None
    restarts: int = 0

    async def objects(self, position: EventPosition) -> tuple[Page, EventPosition]:
        """A page of a list, newest first: what is added meanwhile stands before it, and in the log."""
        collection = _COLLECTIONS.get(position.collection or "")
        if collection is None:
            raise self.client.contract_error(f"the saved cursor names {position.collection!r}, which is no collection of the gateway")
        try:
            document = await self.client.get_page(collection.path, {"starting_after": position.behind, "limit": PAGE_SIZE})
        except UnknownPlaceError:
            return self._begin_again(position)
        items = objects_of(document, "data", self.client)
        behind = _behind(items, self.client) if document.get("has_more") else None
        if behind is not None and behind == position.behind:
            raise self.client.contract_error("the list names the same page again as the next one")
        after = EventPosition(position.after, position.collection if behind is not None else _following(collection.name), behind)
        outcomes = [map_object(collection, item) for item in items]
        return outcomes_page(outcomes, since=self.since, cursor=write_cursor(after)), after

    async def events(self, position: EventPosition) -> tuple[Page, EventPosition]:
        """A page of the log, as the objects that it names are now."""
        try:
            document = await self.client.get_page("/v1/events", {"after": position.after, "limit": PAGE_SIZE})
        except UnknownPlaceError:
            return self._expired(position)
        events = objects_of(document, "data", self.client)
        after = EventPosition(id_of(events[-1])) if events else position
        named = _named(events)
        outcomes = await fetch_outcomes(self.client, list(named))
        self._require_current(outcomes, {(found.stream, name): version for (found, name), version in named.items()})
        text = write_cursor(after)
        if document.get("has_more"):
            if after == position:
                raise self.client.contract_error("the log has more, but gives no event")
            return outcomes_page(outcomes, since=self.since, cursor=text), after
        return outcomes_page(outcomes, since=self.since, ends_at=text), after

    def _require_current(self, outcomes: Sequence[Outcome], told: Mapping[tuple[Stream, str], int]) -> None:
        """An object that is older than the log says comes from a copy that lags behind: taken as it is, it would stay so."""
        for found in outcomes:
            if isinstance(found, Refusal) or found.source_version is None:
                continue
            version = told.get((found.stream, found.external_id), 0)
            if found.source_version < version:
                what = f"version {found.source_version} of {found.external_id}, and its log tells of version {version}"
                raise self.client.transient_error(f"it still shows {what}")

    def _begin_again(self, position: EventPosition) -> tuple[Page, EventPosition]:
        """The object behind which a list should go on is no longer known: that list begins again."""
        if position.behind is None:
            raise self.client.contract_error(f"there is no list of {position.collection}")
        self.restarts += 1
        if self.restarts > _MOST_RESTARTS:
            raise self.client.transient_error(f"the list of {position.collection} was lost {self.restarts} times")
        again = EventPosition(position.after, position.collection)
        return Page(records=(), cursor=write_cursor(again)), again

    def _expired(self, position: EventPosition) -> tuple[Page, EventPosition]:
        """The log no longer holds the event that was read last: everything is listed again, and then the log from the oldest event on.

        Lists leave out what is deleted. What the log that is left tells of is noticed by it; for what was deleted earlier there is a notice.
        """
        if position.after is None:
            raise self.client.contract_error("there is no log of events")
        notice = Notice(
            place="gateway events",
            message="the log no longer goes back to the last read, so everything is read again; what was deleted before the log begins is not noticed",
        )
        again = EventPosition(None, _NAMES[0])
        return Page(records=(), notices=[notice], cursor=write_cursor(again)), again


async def _newest_event(client: HttpClient) -> str | None:
    """The id of the newest event; None: there is none yet."""
    events = objects_of(await client.get_json("/v1/events", {"latest": True}), "data", client)
    return id_of(events[-1]) if events else None


def _following(name: str) -> str | None:
    """The collection that is listed after this one; None: it was the last."""
    rest = _NAMES[_NAMES.index(name) + 1 :]
    return rest[0] if rest else None


def _behind(items: Sequence[dict[str, Any]], client: HttpClient) -> str:
    if not items or not isinstance(items[-1].get("id"), str):
        raise client.contract_error("the list has more, but its last object has no id to go on from")
    return items[-1]["id"]


def _named(events: Sequence[dict[str, Any]]) -> dict[tuple[Collection, str], int]:
    """The collection and id of each object that events name, with its newest version there; other collections do not concern the hub."""
    named: dict[tuple[str, str], int] = {}
    for event in events:
        collection, object_id, version = event.get("collection"), event.get("object_id"), event.get("version")
        if isinstance(collection, str) and collection in _COLLECTIONS and isinstance(object_id, str):
            named[collection, object_id] = max(named.get((collection, object_id), 0), version if isinstance(version, int) else 0)
    return {(_COLLECTIONS[collection], object_id): version for (collection, object_id), version in named.items()}
