"""Sources whose errors hold no secret: a connector may put one into an error's text, such as the address that it asked, and that text is kept.

It is shown to everybody who may see how connections fare: in runs, notices, events and jobs. So it is taken out where the error comes from.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import orjson

from hub.plugins.connector import Feed, FetchingSource, Page, Source
from hub.plugins.secrecy import hide_secrets
from hub.plugins.tokens import TokenStore
from hub.vocabulary import Stream

_SHORTEST_TOKEN = 16
"""A text among what a source gives us with its tokens that is shorter is no token, and may stand in any error: `Bearer`."""


class Discretion:
    """What is secret about one connection while it is open: its secrets, and the tokens that its source gives it meanwhile."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """`secrets` are those that are known before it is opened."""
        self._secrets = set(secrets)

    @contextmanager
    def kept(self) -> Generator[None]:
        """No error leaves the block with a secret in its text."""
        try:
            yield
        except Exception as error:
            hide_secrets(error, self._secrets)
            raise

    def tokens(self, store: TokenStore) -> TokenStore:
        """A token store of which whatever it holds counts as secret from then on."""
        return _Overheard(store, self)

    def source(self, source: Source) -> Source:
        """A source whose errors hold no secret."""
        return _DiscreetFetching(source, self) if isinstance(source, FetchingSource) else _Discreet(source, self)

    def learn(self, text: str) -> None:
        """A connector keeps its tokens as any text, or as a document that holds them."""
        self._secrets.add(text)
        with suppress(orjson.JSONDecodeError):
            self._secrets.update(found for found in _texts(orjson.loads(text)) if len(found) >= _SHORTEST_TOKEN)


@dataclass(frozen=True, slots=True)
class _Overheard:
    """A token store to which somebody listens."""

    store: TokenStore
    discretion: Discretion

    async def load(self) -> str | None:
        text = await self.store.load()
        if text is not None:
            self.discretion.learn(text)
        return text

    async def save(self, text: str) -> None:
        self.discretion.learn(text)
        await self.store.save(text)

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        return self.store.exclusive()


@dataclass(frozen=True, slots=True)
class _Discreet:
    """A source in front of another one."""

    source: Source
    discretion: Discretion

    async def feeds(self) -> Sequence[Feed]:
        with self.discretion.kept():
            return await self.source.feeds()

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        with self.discretion.kept():
            pages = self.source.read(feed, cursor=cursor, since=since)
            try:
                async for page in pages:
                    yield page
            finally:
                if isinstance(pages, AsyncGenerator):
                    await pages.aclose()

    async def aclose(self) -> None:
        with self.discretion.kept():
            await self.source.aclose()


@dataclass(frozen=True, slots=True)
class _DiscreetFetching(_Discreet):
    """The same of a source that can be asked for single objects."""

    source: FetchingSource

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        with self.discretion.kept():
            return await self.source.fetch(stream, external_ids)


def _texts(document: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        yield from _texts(list(cast("dict[str, Any]", document).values()))
    elif isinstance(document, list):
        for member in cast("list[Any]", document):
            yield from _texts(member)
