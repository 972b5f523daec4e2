"""Single objects fetched again (ST14): a person has seen that one does not agree with its source, and asks for it by its id."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from hub.config import ConnectionSettings
from hub.errors import NotFoundError, RequestError
from hub.plugins.connector import Feed, FetchingSource, Page
from hub.store.engine import opened_in_thread, run_in_thread
from hub.store.lock import reading
from hub.sync.answers import answered
from hub.sync.full_lists import in_words
from hub.sync.opening import SyncServices, opened_source
from hub.sync.request import SyncReport
from hub.sync.run import run_sync
from hub.sync.service import SyncOptions, follow_up, sync_request
from hub.sync.writing import while_held
from hub.vocabulary import Stream

_FEED = "resync"


@dataclass(frozen=True, slots=True)
class _Single:
    """Some objects of a source as a source of one feed."""

    source: FetchingSource
    stream: Stream
    external_ids: Sequence[str]

    async def feeds(self) -> Sequence[Feed]:
        return [Feed(_FEED, (self.stream,))]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        page = await self.source.fetch(self.stream, self.external_ids)
        told = answered(page, {(self.stream, name) for name in self.external_ids})
        unknown = [name for name in self.external_ids if (self.stream, name) not in told]
        if unknown:
            what = f"{in_words(self.stream)} {', '.join(unknown)}"
            raise NotFoundError(f"the source knows nothing of {what}: nothing was changed; if it was deleted there, the next full run notices it")
        yield page

    async def aclose(self) -> None:
        """The source is its owner's."""


async def resync(services: SyncServices, connection: ConnectionSettings, stream: Stream, *, external_ids: Sequence[str], options: SyncOptions) -> SyncReport:
    """Fetch some objects and apply them as they are now. No cursor moves; an older version than the one that is known changes nothing.

    Raises NotFoundError when the source does not know one, RequestError when its connector cannot fetch single objects of the stream.
    """
    async with opened_source(services, connection) as source:
        connector = services.catalogue.connectors[connection.connector]
        if stream not in connector.facts.fetchable or not isinstance(source, FetchingSource):
            known = ", ".join(sorted(in_words(found) for found in connector.facts.fetchable)) or "none"
            raise RequestError(f"the connector {connector.name!r} cannot fetch single {in_words(stream)} (it can: {known}): sync the connection instead")
        single = _Single(source, stream, external_ids)
        async with opened_in_thread(reading(services.store, connection.name)) as held:
            held_options = replace(options, fence=while_held(held, options.fence))
            asked = partial(sync_request, services, services.store, connection, source=single, options=held_options, saves_position=False)
            report = await run_sync(services.store, await run_in_thread(asked))
            if isinstance(report.error, NotFoundError):
                raise report.error
            await run_in_thread(partial(follow_up, services))
            return report
