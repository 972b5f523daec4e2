"""What is asked of a run, and what it reports."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.clock import Clock
from hub.config import WorkspaceSettings
from hub.errors import HubError
from hub.plugins.connector import Source
from hub.sync.sweep import NOTHING_APPROVED, Absent, Closing
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
    """What to read and how. The caller holds the connection's lock (`hub.store.lock.exclusive`).

    `authority` orders connection ids by stream. `since` None: everything. `saves_position` False: what is read is no position in the
    source (records that are applied again), so that no checkpoint moves.
    """

    connection_id: int
    connection_name: str
    source: Source
    workspace: WorkspaceSettings
    clock: Clock
    trigger: str = "MANUAL"
    since: date | None = None
    authority: Mapping[Stream, Sequence[int]] = field(default_factory=dict[Stream, Sequence[int]])
    closing: Closing = NOTHING_APPROVED
    actor: str | None = None
    saves_position: bool = True
    on_progress: Callable[[Progress], None] = no_progress


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """What became of one feed. `held` says why it waits for a person, None when it does not."""

    feed: str
    counts: Mapping[tuple[Stream | None, str], int]
    notice_count: int = 0
    held: str | None = None
    absent: Sequence[Absent] = ()

    def as_document(self) -> dict[str, Any]:
        """For the run's record: counts by stream; `UNKNOWN` is of rows that were refused before anybody could tell what they are."""
        by_stream: dict[str, dict[str, int]] = {}
        for (stream, what), number in sorted(self.counts.items(), key=str):
            by_stream.setdefault("UNKNOWN" if stream is None else stream.stored, {})[what] = number
        return {"streams": by_stream, "notices": self.notice_count, "held": self.held, "absent": len(self.absent)}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did. `error` is what ended it early; everything before it has been kept."""

    run_id: int
    status: SyncRunStatus
    feeds: Sequence[FeedOutcome]
    error: HubError | None = None

    def total(self, what: str) -> int:
        """A count over all feeds and streams: read, created, updated, unchanged, rejected and so on."""
        return sum(number for outcome in self.feeds for (_, name), number in outcome.counts.items() if name == what)
