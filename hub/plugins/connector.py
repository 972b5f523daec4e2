"""The contract of a connector: what it declares as data, and how the sync engine reads it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hub.clock import Clock
from hub.plugins.reach import ANYWHERE, Reach
from hub.plugins.records import Deletion, Notice, Record, Refusal
from hub.plugins.tokens import ForgetfulTokens, TokenStore
from hub.plugins.webhooks import WebhookReader
from hub.vocabulary import ConnectionKind, CursorKind, DeletionStrategy, Stream


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a connector declares of one stream: how changes are asked for, how deletions show, whether single objects can be fetched."""

    stream: Stream
    cursor: CursorKind = CursorKind.FULL
    deletions: DeletionStrategy = DeletionStrategy.NONE
    is_fetchable: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a source allows one credential: so many requests in so many seconds, so many at a time. None: it does not say."""

    requests: int
    per_seconds: float
    concurrent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorFacts:
    """What a connector declares of itself, as data. The streams stand in the order in which people should read them.

    `limits` are those of one credential, which all feeds of all its connections share; the connector's own client keeps them.
    `concurrent_feeds` is how many feeds may be read at a time. `max_rejected_percent`: a feed of which more is refused stops without
    moving its cursor, for then it is not the records that are at fault; None: it never stops for that, as with files that a person mends.
    `full_every_days`: a feed is read from its start again after so many days, and compared, for what its cursor passes over, such as an edit
    that shows later than it says; None: never. `secret_names` are the secrets that a connection may have.
    `takes_pushes`: integrators may bring records of its connections by the API.

    `not_through_api` says in words why no connection of it can be made through the API; None: it can. Whoever makes one there chooses its
    options and does not own the server. So say None only where no option leads to a file or program of the server, and where the
    network is reached through `Wire` with the connection's `reach` alone.
    """

    streams: tuple[StreamFacts, ...]
    limits: RateLimit | None = None
    concurrent_feeds: int = 1
    max_rejected_percent: int | None = 5
    full_every_days: int | None = 7
    secret_names: frozenset[str] = frozenset()
    takes_pushes: bool = False
    not_through_api: str | None = "its connector does not say that its options may be chosen by a caller of the API"

    @property
    def delivers(self) -> tuple[Stream, ...]:
        """The streams that it can deliver."""
        return tuple(found.stream for found in self.streams)

    @property
    def fetchable(self) -> frozenset[Stream]:
        """The streams of which single objects can be fetched."""
        return frozenset(found.stream for found in self.streams if found.is_fetchable)


@dataclass(frozen=True, slots=True)
class FullOpenList:
    """The feed lists everything that is open in `stream`: what is absent from a complete read has been closed at the source.

    `closed_on` is the date of the list; an absent invoice counts as settled from that day (inferred).
    """

    stream: Stream
    closed_on: date


@dataclass(frozen=True, slots=True)
class Feed:
    """One readable sequence of pages with its own cursor: usually one stream; a file may carry several.

    `sequence` orders whole files of one feed as text; one that is smaller than the last applied is held back (P17). None: no order.
    `content_digest` names the exact content; a saved cursor is used only with the same digest. None: cursors always fit.
    `full_open_list` None: the feed is a delta, an absent row says nothing.
    `full_list`: the pages of the feed list the ids of everything that the stream has (`Page.listed`); what is absent from a complete
    read has been deleted at its source. None: the feed says nothing of the kind.
    """

    name: str
    streams: tuple[Stream, ...]
    sequence: str | None = None
    content_digest: str | None = None
    full_open_list: FullOpenList | None = None
    full_list: Stream | None = None
    expected_count: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, applied in one transaction together with the cursor that follows them.

    Records of several streams may be mixed; the hub applies them parents first. `cursor` None: the feed has been read to its end.
    Some pages in a row may name the same one, as parts of one answer; a read that comes back to one hundreds of times is taken to have no end.
    `ends_at`, on that last page, is the cursor from which the next run goes on; None: the next run reads from the beginning.
    `listed` are the ids on this page of a feed with `full_list`.
    `data_as_of` is the instant up to which the source vouches for its data, now at the latest; None: the instant when the read began.
    `bytes_read` counts since the last page, for progress.
    """

    records: Sequence[Record]
    cursor: str | None
    deletions: Sequence[Deletion] = ()
    refusals: Sequence[Refusal] = ()
    notices: Sequence[Notice] = ()
    ends_at: str | None = None
    listed: Sequence[str] = ()
    data_as_of: datetime | None = None
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """What a connector is given for one connection: its own options and secrets, nothing of any other.

    `options` are the connection's options from `plugins.toml`, already checked for unknown keys; `directory` is the folder that
    relative paths start from; `secrets` maps each declared secret's name to its value. `tokens` keeps the one secret that the source
    itself changes. `reach` says where it may go: hand it to `Wire`, which keeps to it.
    """

    connection: str
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    directory: Path
    clock: Clock
    base_currency: str
    tokens: TokenStore = field(default_factory=ForgetfulTokens)
    reach: Reach = ANYWHERE


class Source(Protocol):
    """One connection, opened for reading."""

    async def feeds(self) -> Sequence[Feed]:
        """What can be read now, in the order in which it should be. Raises SourceError when the source cannot be reached."""
        ...

    def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        """Pages after `cursor` (None: from the start), of data from `since` on (None: everything).

        Pages are asked for while those before them are still being kept, or even wait for that: that the next one is wanted does not say
        that the last one was kept; only the cursor does with which a later read begins. A failure part way raises; every page before it is kept.
        """
        ...

    async def aclose(self) -> None:
        """Let go of files and sockets."""
        ...


@runtime_checkable
class FetchingSource(Source, Protocol):
    """A source that can also be asked for single objects: for webhooks, for a resync of one, and to be sure that one is gone."""

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        """The objects as they are now, in one page without a cursor.

        One that the source says is deleted is a deletion; one that it does not know is left out. Called only for streams that the facts
        declare as fetchable.
        """
        ...


class Connector(Protocol):
    """Code for one kind of outside system. Its declarations are data; only `open` does anything."""

    @property
    def name(self) -> str:
        """The name that `plugins.toml` uses, e.g. `files`."""
        ...

    @property
    def title(self) -> str:
        """One line for people."""
        ...

    @property
    def kinds(self) -> tuple[ConnectionKind, ...]:
        """The kinds of connection that it can serve; the first is the default."""
        ...

    @property
    def facts(self) -> ConnectorFacts:
        """What it declares of its streams, limits and secrets."""
        ...

    @property
    def webhooks(self) -> WebhookReader | None:
        """What reads the deliveries of its systems; None: it takes none."""
        ...

    @property
    def option_names(self) -> frozenset[str]:
        """The options that a connection may have; any other stops start-up."""
        ...

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        """Everything that is wrong with the options, in words; empty when they are fine. Reads no network."""
        ...

    def open(self, context: ConnectionContext) -> Source:
        """A source for one connection."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
    """How a connector is shown to people. `fetchable` are the streams of which it can fetch single objects; `takes_pushes` as in its facts.

    `options` and `secrets` are the names of what a connection may have; `not_through_api` says why none can be made through the API.
    """

    name: str
    title: str
    plugin: str
    kinds: tuple[ConnectionKind, ...] = field(default=())
    streams: tuple[Stream, ...] = field(default=())
    fetchable: tuple[Stream, ...] = field(default=())
    takes_pushes: bool = False
    options: tuple[str, ...] = field(default=())
    secrets: tuple[str, ...] = field(default=())
    not_through_api: str | None = None
