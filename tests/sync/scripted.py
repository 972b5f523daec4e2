"""A source that follows a script: feeds, and for each of them the pages and errors that come one after the other."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.errors import HubError
from hub.plugins.connector import Feed, Page
from hub.vocabulary import Stream

Step = Page | HubError


@dataclass
class ScriptedSource:
    """Gives the steps of a feed in order, also across several reads: an error ends a read, the next read goes on behind it.

    `cursors_seen` and `read` tell what was asked for; `fetched` answers for single objects.
    """

    script: Mapping[str, Sequence[Step]]
    streams: Mapping[str, tuple[Stream, ...]] = field(default_factory=dict[str, tuple[Stream, ...]])
    full_lists: Mapping[str, Stream] = field(default_factory=dict[str, Stream])
    sequences: Mapping[str, str] = field(default_factory=dict[str, str])
    fetched: Mapping[str, Page] = field(default_factory=dict[str, Page])
    cursors_seen: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    asked_for: list[tuple[Stream, tuple[str, ...]]] = field(default_factory=list[tuple[Stream, tuple[str, ...]]])
    since_seen: list[date | None] = field(default_factory=list[date | None])
    left: dict[str, list[Step]] = field(default_factory=dict[str, list[Step]], init=False)

    def __post_init__(self) -> None:
        self.left = {name: list(steps) for name, steps in self.script.items()}

    async def feeds(self) -> Sequence[Feed]:
        lists, sequences = self.full_lists, self.sequences
        return [Feed(name, self.streams.get(name, (Stream.CUSTOMERS,)), full_list=lists.get(name), sequence=sequences.get(name)) for name in self.script]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        self.cursors_seen.append((feed.name, cursor))
        self.since_seen.append(since)
        while self.left[feed.name]:
            step = self.left[feed.name].pop(0)
            if isinstance(step, HubError):
                raise step
            yield step

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        self.asked_for.append((stream, tuple(external_ids)))
        pages = [self.fetched[name] for name in external_ids if name in self.fetched]
        records = [record for page in pages for record in page.records]
        deletions, refusals = [item for page in pages for item in page.deletions], [item for page in pages for item in page.refusals]
        return Page(records=records, cursor=None, deletions=deletions, refusals=refusals)

    async def aclose(self) -> None:
        """Nothing is open."""
