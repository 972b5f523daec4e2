"""A connection that is pushed to, opened for reading: there is nothing to read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date

from hub.plugins import Feed, Page, SourceContractError


@dataclass(frozen=True, slots=True)
class PushedSource:
    """Has no feeds. A sync of it succeeds, and leaves everything as it was pushed."""

    connection: str

    async def feeds(self) -> Sequence[Feed]:
        """None: records come by themselves."""
        return ()

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        """Raises SourceContractError, since there is no feed to read."""
        raise SourceContractError("records of this connection are pushed to the hub: there is nothing to read", connection=self.connection, feed=feed.name)
        yield  # pyright: ignore[reportUnreachable] - an iterator of pages, as of any source

    async def aclose(self) -> None:
        """Nothing is open."""
