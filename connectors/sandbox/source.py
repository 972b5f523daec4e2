"""One connection to a system of the sandbox, opened."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date

from connectors.sandbox.fetching import fetch_outcomes
from connectors.sandbox.mapping import COLLECTIONS, SystemName
from connectors.sandbox.pages import outcomes_page
from connectors.sandbox.streams import feeds_of
from connectors.toolkit.http import HttpClient
from hub.plugins import Feed, Page, Stream


class SandboxSource:
    """Reads one system, and asks it for single objects."""

    def __init__(self, client: HttpClient, system: SystemName) -> None:
        """The source closes the client's wire with itself."""
        self._client = client
        self._system = system
        self._feeds = feeds_of(system)

    async def feeds(self) -> Sequence[Feed]:
        """What the system has; known without asking it."""
        return [found.feed for found in self._feeds.values()]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        """Pages of a feed. `since` limits documents by their date; customers, rates and deletions come whatever their date."""
        client = replace(self._client, feed=feed.name)
        found = self._feeds.get(feed.name)
        if found is None:
            raise client.contract_error(f"the feed {feed.name!r} is none of the {self._system.value} system")
        async for page in found.read(client, cursor, since):
            yield page

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        """Some objects of a stream as they are now; an empty page where the system has no such stream."""
        wanted = [(found, name) for found in COLLECTIONS[self._system].values() if found.stream is stream for name in external_ids]
        return outcomes_page(await fetch_outcomes(self._client, wanted))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.wire.aclose()
