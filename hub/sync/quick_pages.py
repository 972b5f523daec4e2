"""Pages that come quickly, put together: a source of small pages costs as few transactions as one of large ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import anyio

from hub.plugins.connector import Page
from hub.sync.read_ahead import PagesAhead, size_of
from hub.vocabulary import Stream


@dataclass(frozen=True, slots=True)
class Joining:
    """How many records are put together at most, and for how many seconds what has been read waits for more.

    So many are read ahead, too. With 4,000 records what a transaction costs of its own no longer counts, and whoever else writes waits for less
    than half a second; with 0.2 seconds, whoever follows the run sees no difference.
    """

    most_records: int = 4_000
    seconds: float = 0.2


JOINING = Joining()

PAGE_BY_PAGE = Joining(0, 0)
"""Nothing is put together."""


async def with_quick_ones(page: Page, pages: PagesAhead, joining: Joining) -> Sequence[Page]:
    """A page that has come, and those that follow it at once and can be applied with it as one.

    A slow source's pages are taken one by one. So is a page with deletions or refusals, and one that names an object of those before it: what
    a page says of it may be refused, and then what an earlier one has said stands. What reading raises meanwhile is raised when the next page
    is asked for.
    """
    found, size, named = [page], size_of(page), _names(page)
    with anyio.move_on_after(joining.seconds):
        while found[-1].cursor is not None and _is_plain(found[-1]) and size < joining.most_records:
            try:
                following = await pages.next()
            except Exception:  # noqa: BLE001 - it stays with the pages, which raise it again
                break
            if following is None:
                break
            size, names = size + size_of(following), _names(following)
            if size > joining.most_records or not _is_plain(following) or named & names:
                pages.put_back(following)
                break
            found.append(following)
            named |= names
    return found


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


def _names(page: Page) -> set[tuple[Stream, str]]:
    return {(record.stream, record.external_id) for record in page.records}
