"""What a connection delivers, asked of its source before anything is read: so that a run of what it never has is refused, and not called a success."""

from collections.abc import Collection
from functools import partial

from hub.config import ConnectionSettings
from hub.errors import ConflictError, RequestError, SourceError
from hub.store.engine import run_in_thread
from hub.sync.in_time import in_time
from hub.sync.opening import SyncServices, opened_source
from hub.sync.registry import require_running
from hub.vocabulary import Stream

_PATIENCE_SECONDS = 30.0


async def delivered_streams(services: SyncServices, connection: ConnectionSettings) -> frozenset[Stream] | None:
    """The streams that a run of a connection would read; None: its source cannot tell now, and the run will say why.

    Empty: there is nothing to fetch, as of a connection that is only pushed to. A source without a feed for the moment, such as an empty folder
    of files, delivers whatever its connector can. Raises NotFoundError and ConfigurationError where it cannot be opened.
    """
    facts = services.catalogue.connectors[connection.connector].facts
    try:
        await run_in_thread(partial(_require_running, services, connection.name))
        async with opened_source(services, connection) as source:
            feeds = await in_time(source.feeds, _PATIENCE_SECONDS, connection=connection.name)
    except (SourceError, ConflictError, OSError):
        return None
    told = {stream for feed in feeds for stream in feed.streams}
    every = frozenset(told or (() if facts.takes_pushes else facts.delivers))
    return every if connection.streams is None else every & frozenset(connection.streams)


async def require_streams(services: SyncServices, connection: ConnectionSettings, streams: Collection[Stream]) -> None:
    """Raise RequestError, which names what a connection reads, when it reads none of some streams."""
    delivered = await delivered_streams(services, connection)
    if delivered is None or delivered & set(streams):
        return
    if not delivered:
        raise RequestError(f"{connection.name} {NOTHING_TO_FETCH}")
    wanted, known = (", ".join(sorted(stream.value.lower() for stream in some)) for some in (streams, delivered))
    raise RequestError(f"{connection.name} does not read {wanted}: it reads {known}")


def _require_running(services: SyncServices, name: str) -> None:
    with services.store.read() as connection:
        require_running(connection, name)


NOTHING_TO_FETCH = "takes pushes; there is nothing to fetch"
"""What is said of a connection that is only pushed to, after its name."""
