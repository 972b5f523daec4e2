"""The feeds of the three systems: what each reads, by which way of paging, and how its deletions show."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from connectors.sandbox import client as asking
from connectors.sandbox.events import read_events
from connectors.sandbox.mapping import COLLECTIONS, Collection, SystemName, map_tombstone
from connectors.sandbox.pages import outcomes_page, portion_page
from connectors.toolkit.http import HttpClient
from connectors.toolkit.paging import Ask, read_behind, read_in_passes, read_onwards
from hub.plugins import Feed, Page, Stream

Read = Callable[[HttpClient, str | None, date | None], AsyncIterator[Page]]
"""Reads a feed from a cursor on, documents of a day or later."""


@dataclass(frozen=True, slots=True)
class SandboxFeed:
    """A feed and how it is read."""

    feed: Feed
    read: Read


def feeds_of(system: SystemName) -> Mapping[str, SandboxFeed]:
    """The feeds of a system by name, in the order in which they should be read: parents first, deletions behind what they delete."""
    return {found.feed.name: found for found in _FEEDS[system]()}


def _accounting() -> list[SandboxFeed]:
    collections = COLLECTIONS[SystemName.ACCOUNTING]
    return [
        _onwards(collections["rates"], asking.by_keyset),
        _in_passes(collections["customers"], asking.by_offset),
        _onwards(collections["invoices"], partial(asking.by_token, since="updated_since", token="page_token", items="items")),  # noqa: S106 - a parameter
        _deletions(collections["invoices"]),
        _onwards(collections["credit_notes"], asking.by_keyset),
        _onwards(collections["payments"], asking.by_keyset),
        SandboxFeed(Feed("payment_ids", (Stream.PAYMENTS,), full_list=Stream.PAYMENTS), _read_ids),
        _onwards(collections["refunds"], asking.by_keyset),
    ]


def _crm() -> list[SandboxFeed]:
    ask = partial(asking.by_token, since="modified_since", token="cursor", items="results")  # noqa: S106 - a parameter
    return [_onwards(collection, ask) for collection in COLLECTIONS[SystemName.CRM].values()]


def _gateway() -> list[SandboxFeed]:
    streams = tuple(collection.stream for collection in COLLECTIONS[SystemName.GATEWAY].values())
    return [SandboxFeed(Feed("events", streams), _read_log)]


_FEEDS: Mapping[SystemName, Callable[[], list[SandboxFeed]]] = {SystemName.ACCOUNTING: _accounting, SystemName.CRM: _crm, SystemName.GATEWAY: _gateway}


def _onwards(collection: Collection, ask: Callable[[HttpClient, str], Ask]) -> SandboxFeed:
    async def read(client: HttpClient, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        async for portion in read_onwards(ask(client, collection.path), client, cursor=cursor):
            yield portion_page(collection, portion, since=since)

    return SandboxFeed(Feed(_feed_name(collection), (collection.stream,)), read)


def _in_passes(collection: Collection, ask: Callable[[HttpClient, str], Ask]) -> SandboxFeed:
    async def read(client: HttpClient, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        async for portion in read_in_passes(ask(client, collection.path), client, cursor=cursor, identity=_state):
            yield portion_page(collection, portion, since=since)

    return SandboxFeed(Feed(_feed_name(collection), (collection.stream,)), read)


def _deletions(collection: Collection) -> SandboxFeed:
    async def read(client: HttpClient, cursor: str | None, _since: date | None) -> AsyncIterator[Page]:
        async for portion in read_behind(asking.deletions(client), client, cursor=cursor):
            ours = [item for item in portion.items if item.get("collection") == collection.name]
            yield outcomes_page([map_tombstone(collection, item) for item in ours], cursor=portion.cursor, ends_at=portion.ends_at)

    return SandboxFeed(Feed("invoice_deletions", (collection.stream,)), read)


async def _read_ids(client: HttpClient, cursor: str | None, _since: date | None) -> AsyncIterator[Page]:
    """Every id, each time from the first on: the list has no end behind which the next one could go on."""
    async for portion in read_behind(asking.payment_ids(client), client, cursor=cursor):
        yield Page(records=(), listed=[item["id"] for item in portion.items], cursor=portion.cursor)


def _read_log(client: HttpClient, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
    return read_events(client, cursor=cursor, since=since)


def _feed_name(collection: Collection) -> str:
    return collection.stream.value.lower()


def _state(item: Mapping[str, Any]) -> tuple[str, str]:
    """What tells two states of objects apart."""
    return str(item.get("id")), str(item.get("version"))
