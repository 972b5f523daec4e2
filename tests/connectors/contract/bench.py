"""What the suite needs of a connector: how to open a connection, and how to make things happen in its source."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from hub.plugins import ConnectionContext, Connector, Deletion, Feed, Page, Record, Source, Stream

Key = tuple[Stream, str]


@dataclass(kw_only=True)
class Faults:
    """Makes requests go wrong, where a connector makes requests.

    `fail_at(number, is_limit=...)` lets the request of that number, from 1, fail: passingly, or because there were too many. `heal` ends it.
    """

    fail_at: Callable[[int, bool], None]
    heal: Callable[[], None]


@dataclass(kw_only=True)
class Bench:
    """One connection under test. What is None does not apply to its connector.

    `revoked` is the same connection with credentials that are refused. `delete` takes something away at the source and says what.
    `add_field` puts a field that nobody knows into an object, and says into which and how it is called. `secrets` match what may never show.
    """

    connector: Connector
    context: ConnectionContext
    revoked: ConnectionContext | None = None
    faults: Faults | None = None
    delete: Callable[[], Collection[Key]] | None = None
    add_field: Callable[[], tuple[Key, str]] | None = None
    secrets: str | None = None

    def open(self) -> Source:
        return self.connector.open(self.context)


@dataclass
class Known:
    """What somebody knows who keeps every page: the newest state of each object, and what has gone."""

    records: dict[Key, Record] = field(default_factory=dict[Key, Record])
    deletions: dict[Key, Deletion] = field(default_factory=dict[Key, Deletion])
    refused: set[str] = field(default_factory=set[str])
    listed: set[str] = field(default_factory=set[str])

    def keep(self, page: Page) -> None:
        for record in page.records:
            before = self.records.get((record.stream, record.external_id))
            if before is None or (record.source_version or 0) >= (before.source_version or 0):
                self.records[record.stream, record.external_id] = record
        self.deletions.update({(found.stream, found.external_id): found for found in page.deletions})
        self.refused.update(refusal.place for refusal in page.refusals)
        self.listed.update(page.listed)


async def read_feed(source: Source, feed: Feed, cursor: str | None = None) -> list[Page]:
    return [page async for page in source.read(feed, cursor=cursor, since=None)]


async def read_everything(bench: Bench) -> dict[str, list[Page]]:
    """The pages of every feed, by its name."""
    source = bench.open()
    try:
        return {feed.name: await read_feed(source, feed) for feed in await source.feeds()}
    finally:
        await source.aclose()


def known_from(*pages: Page) -> Known:
    known = Known()
    for page in pages:
        known.keep(page)
    return known


def contents(record: Record) -> dict[str, Any]:
    return record.raw or {}
