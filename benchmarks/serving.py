"""A system whose answers are rendered already: bytes come back at once, or after a wait, and are read with what connectors share."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx

from benchmarks.rendering import COLLECTIONS, Pages
from connectors.sandbox.client import by_token
from connectors.sandbox.mapping import COLLECTIONS as MAPPED
from connectors.sandbox.mapping import Collection, SystemName
from connectors.sandbox.pages import portion_page
from connectors.toolkit.http import HttpClient
from connectors.toolkit.paging import read_onwards
from connectors.toolkit.wire import Wire
from hub.plugins import ConnectionContext, ConnectionKind, ConnectorFacts, CursorKind, Feed, Page, Source, StreamFacts

_ADDRESS = "http://pages.invalid"
_PARAMETER = "page_token"
_CHANGED_SINCE = "updated_since"
_EMPTY = b'{"items": [], "next_page_token": null}'
_CHUNK = 64 * 1024
_OURS: Mapping[str, Collection] = {name: MAPPED[SystemName.ACCOUNTING][name] for name in COLLECTIONS}


class _Body(httpx.AsyncByteStream):
    """A file as it would come from a socket: in chunks, and gone when it was read. A response that had it whole would keep it, being a cycle."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._file.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                yield chunk


class PageTransport(httpx.AsyncBaseTransport):
    """Answers from files. `wait_seconds` is how long each answer takes, as over a network; 0: no time at all."""

    def __init__(self, pages: Pages, *, wait_seconds: float = 0.0) -> None:
        self._pages = pages
        self._wait_seconds = wait_seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The page that the request names; the first one when it names none. Nothing ever changes: asked for what has, it is an empty one."""
        await anyio.sleep(self._wait_seconds)
        if _CHANGED_SINCE in request.url.params:
            return httpx.Response(200, content=_EMPTY, headers={"Content-Type": "application/json"})
        collection = request.url.path.rpartition("/")[2]
        number = int(request.url.params.get(_PARAMETER, "1"))
        return httpx.Response(200, stream=_Body(self._pages.file(collection, number)), headers={"Content-Type": "application/json"})


class PagesSource:
    """Reads every collection onwards, by the source's own token; see `Source`."""

    def __init__(self, client: HttpClient) -> None:
        """The source closes the client's wire with itself."""
        self._client = client
        self._feeds = {name: Feed(name, (collection.stream,)) for name, collection in _OURS.items()}

    async def feeds(self) -> Sequence[Feed]:
        """See `Source`."""
        return list(self._feeds.values())

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        """See `Source`."""
        collection = _OURS[feed.name]
        client = replace(self._client, feed=feed.name)
        ask = by_token(client, collection.path, since=_CHANGED_SINCE, token=_PARAMETER, items="items")
        async for portion in read_onwards(ask, client, cursor=cursor):
            yield portion_page(collection, portion, since=since)

    async def aclose(self) -> None:
        """See `Source`."""
        await self._client.wire.aclose()


class PagesConnector:
    """The connector to rendered pages. Its options are those of `connection_options`."""

    name = "pages"
    title = "Pages that were rendered before"
    kinds = (ConnectionKind.ACCOUNTING,)
    facts = ConnectorFacts(streams=tuple(StreamFacts(collection.stream, CursorKind.UPDATED_SINCE) for collection in _OURS.values()), max_rejected_percent=5)
    webhooks = None
    option_names = frozenset({"folder", "invoices", "page_size", "wait_seconds"})

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        """Nobody writes them by hand."""
        del options, directory
        return []

    def open(self, context: ConnectionContext) -> Source:
        """A source for the pages that the options name."""
        options = context.options
        pages = Pages(Path(options["folder"]), options["invoices"], options["page_size"])
        wire = Wire(_ADDRESS, transport=PageTransport(pages, wait_seconds=options["wait_seconds"]))
        return PagesSource(HttpClient(wire=wire, connection=context.connection, clock=context.clock))


def connection_options(pages: Pages, *, wait_seconds: float) -> dict[str, Any]:
    """The options of a connection to some pages."""
    return {"folder": str(pages.folder), "invoices": pages.invoice_count, "page_size": pages.page_size, "wait_seconds": wait_seconds}
