"""Pages that come quickly, put together: a source of small pages costs as few transactions as one of large ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import anyio

from hub.plugins.connector import Page
from hub.sync.read_ahead import PagesAhead
from hub.vocabulary import Stream


@dataclass(frozen=True, slots=True)
class Joining:
    """How many records are put together at most, and for how many seconds what has been read waits for more.

    With 2,000 records what a transaction costs of its own no longer counts, and whoever else writes waits for a moment only; with 0.2 seconds,
    whoever follows the run sees no difference.
    """

    most_records: int = 2_000
    seconds: float = 0.2


JOINING = Joining()

PAGE_BY_PAGE = Joining(0, 0)
"""Nothing is put together."""


class QuickPages:
    """The pages of a read, of which those are taken at a time that follow on each other at once and can be applied as one.

    A slow source's pages are taken one by one. So is a page with deletions or refusals, and one that names an object of those before it: what
    a page says of it may be refused, and then what an earlier one has said stands.
    """

    def __init__(self, pages: PagesAhead, joining: Joining) -> None:
        """Nothing is read yet."""
        self._pages = pages
        self._joining = joining
        self._held: Page | None = None

    async def next(self) -> Page | None:
        """The next page; None after the last one. Raises what reading it raised."""
        page, self._held = self._held, None
        return await self._pages.next() if page is None else page

    async def with_quick_ones(self, page: Page) -> Sequence[Page]:
        """A page that has come, and those that come at once after it. What reading raises meanwhile is raised when the next page is asked for."""
        found, size, named = [page], _size(page), _names(page)
        with anyio.move_on_after(self._joining.seconds):
            while found[-1].cursor is not None and _is_plain(found[-1]) and size < self._joining.most_records:
                try:
                    following = await self._pages.next()
                except Exception:  # noqa: BLE001 - it stays with the pages, which raise it again
                    break
                if following is None:
                    break
                size, names = size + _size(following), _names(following)
                if size > self._joining.most_records or not _is_plain(following) or named & names:
                    self._held = following
                    break
                found.append(following)
                named |= names
        return found

    def read_on(self) -> None:
        """See `PagesAhead`."""
        if self._held is None:
            self._pages.read_on()


def joined(pages: Sequence[Page]) -> Page:
    """Pages that were taken at a time, as one: with the position behind the last of them."""
    if len(pages) == 1:
        return pages[0]
    return replace(
        pages[-1],
        records=list(chain.from_iterable(page.records for page in pages)),
        notices=list(chain.from_iterable(page.notices for page in pages)),
        listed=list(chain.from_iterable(page.listed for page in pages)),
        bytes_read=sum(page.bytes_read for page in pages),
    )


def _is_plain(page: Page) -> bool:
    """Whether a page only says how objects are: what it deletes may come back behind it, and what it refuses is judged by the page."""
    return not page.deletions and not page.refusals


def _size(page: Page) -> int:
    return 1 + len(page.records) + len(page.listed)


def _names(page: Page) -> set[tuple[Stream, str]]:
    return {(record.stream, record.external_id) for record in page.records}
