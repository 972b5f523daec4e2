"""What is asked of a run, and what it reports."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import anyio

from hub.clock import Clock
from hub.config import WorkspaceSettings
from hub.errors import HubError
from hub.jobs.backoff import JITTER, Jitter
from hub.plugins.connector import Source
from hub.sync.patience import Sleep
from hub.sync.quick_pages import JOINING, Joining
from hub.sync.sweep import NOTHING_APPROVED, Absent, Closing
from hub.sync.writing import Fence, no_fence
from hub.vocabulary import Stream, SyncRunStatus

Counts = Counter[tuple[Stream | None, str]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: shown while it works. `expected_count` None: the feed does not say how many records it has."""

    feed: str
    read_count: int
    rejected_count: int
    expected_count: int | None
    bytes_read: int


def no_progress(_progress: Progress) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What to read and how. The caller holds the connection's lock (`hub.store.lock.reading`).

    `authority` orders connection ids by stream. `since` is the first date of the documents that are followed, None: all are; `again_from`
    has those from a day on read once more, None: as `since` says. `streams` None: every feed is read; otherwise those that bring one of them,
    each of these whole, since it has one position only. `taken` are the streams that the connection takes: records of others are skipped;
    None: all. `is_full`: read from the start, whatever cursors were kept. `saves_position` False: what is read is no
    position in the source (records that are applied again), so that no checkpoint moves and nothing is said of how the connection fares.
    `forgets_feeds`: checkpoints of feeds that the source no longer names are forgotten.
    `full_every_days` is after how many days a feed is read from its start once more; None: never.
    `most_page_seconds` is how long the source may take for one page before it counts as hung.
    `joining` says how far pages that come quickly are applied as one, and how far they are read ahead.
    `concurrent_feeds`, `max_rejected_percent` and `fetchable` are what the connector declares. `fence` is the first statement of every
    transaction; `sleep` waits between tries, for how long is up to chance, which is `jitter`.
    """

    connection_id: int
    connection_name: str
    source: Source
    workspace: WorkspaceSettings
    clock: Clock
    trigger: str = "MANUAL"
    since: date | None = None
    again_from: date | None = None
    streams: frozenset[Stream] | None = None
    taken: frozenset[Stream] | None = None
    is_full: bool = False
    authority: Mapping[Stream, Sequence[int]] = field(default_factory=dict[Stream, Sequence[int]])
    closing: Closing = NOTHING_APPROVED
    actor: str | None = None
    saves_position: bool = True
    forgets_feeds: bool = False
    concurrent_feeds: int = 1
    max_rejected_percent: int | None = None
    full_every_days: int | None = None
    fetchable: frozenset[Stream] = frozenset()
    job_run_id: int | None = None
    fence: Fence = no_fence
    most_page_seconds: float = 900
    joining: Joining = JOINING
    sleep: Sleep = anyio.sleep
    jitter: Jitter = JITTER
    on_progress: Callable[[Progress], None] = no_progress

    @property
    def reads_from(self) -> date | None:
        """The first date of the documents that are read from the start; None: there is none."""
        return self.since if self.again_from is None else self.again_from

    def scope(self) -> dict[str, Any] | None:
        """What was asked for where it is not everything, as JSON; None: everything."""
        found: dict[str, Any] = {}
        if self.streams is not None:
            found["streams"] = sorted(stream.stored for stream in self.streams)
        if self.is_full:
            found["full"] = True
        if self.reads_from is not None:
            found["since"] = self.reads_from.isoformat()
        return found or None


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """What became of one feed. `held` says why it waits for a person, None when it does not; `error` what stopped it, None: nothing did.

    `is_list`: the feed is a complete list, and what is held are closings or deletions. `is_fresh`: the list was not read, for it had been
    read lately.
    """

    feed: str
    counts: Mapping[tuple[Stream | None, str], int]
    notice_count: int = 0
    held: str | None = None
    absent: Sequence[Absent] = ()
    error: HubError | None = None
    is_list: bool = False
    is_fresh: bool = False

    def as_document(self) -> dict[str, Any]:
        """For the run's record: counts by stream; `UNKNOWN` is of rows that were refused before anybody could tell what they are."""
        by_stream: dict[str, dict[str, int]] = {}
        for (stream, what), number in sorted(self.counts.items(), key=str):
            by_stream.setdefault("UNKNOWN" if stream is None else stream.stored, {})[what] = number
        document = {"streams": by_stream, "notices": self.notice_count, "held": self.held, "absent": len(self.absent)}
        return document if self.error is None else document | {"error": str(self.error)}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did. `error` is what ended it early, or the gravest that stopped a feed; everything before it has been kept."""

    run_id: int
    status: SyncRunStatus
    feeds: Sequence[FeedOutcome]
    error: HubError | None = None

    @property
    def is_of_a_feed(self) -> bool:
        """Whether the error stopped one feed, and not the run."""
        return any(outcome.error is self.error for outcome in self.feeds)

    def total(self, what: str) -> int:
        """A count over all feeds and streams: read, created, updated, unchanged, rejected and so on."""
        return sum(number for outcome in self.feeds for (_, name), number in outcome.counts.items() if name == what)
