"""A source made of lists of pages, for tests of the engine."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.errors import SourceError
from hub.plugins.connector import Feed, Page


@dataclass
class ListSource:
    """Gives the pages of one feed; the cursor of a page is its position. Fails before page `fails_before`, once."""

    pages: Sequence[Page]
    feed: Feed
    fails_before: int | None = None
    cursors_seen: list[str | None] = field(default_factory=list[str | None])

    async def feeds(self) -> Sequence[Feed]:
        return [self.feed]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        assert since is None
        self.cursors_seen.append(cursor)
        start = 0 if cursor is None else int(cursor)
        for position, page in enumerate(self.pages[start:], start):
            if position == self.fails_before:
                self.fails_before = None
                message = "the line broke"
                raise SourceError(message, connection="books", feed=feed.name)
            last = position == len(self.pages) - 1
            yield Page(
                records=page.records,
                cursor=None if last else str(position + 1),
                deletions=page.deletions,
                refusals=page.refusals,
                notices=page.notices,
            )

    async def aclose(self) -> None:
        """Nothing is open."""
