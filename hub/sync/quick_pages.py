"""Pages that come quickly, put together: a source of small pages costs as few transactions as one of large ones."""

from dataclasses import dataclass, replace

import anyio

from hub.plugins.connector import Page
from hub.sync.read_ahead import PagesAhead


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
    """The pages of a read; those that follow on each other at once come as one, with the position behind the last of them.

    A slow source's pages come one by one, and so does a page with deletions or refusals.
    """

    def __init__(self, pages: PagesAhead, joining: Joining) -> None:
        """Nothing is read yet."""
        self._pages = pages
        self._joining = joining
        self._held: Page | None = None
        self.places: list[str] = []

    async def next(self) -> Page | None:
        """The next page, or several as one; None after the last one. Raises what reading it raised, after all that came before.

        `places` has the cursors that it led through, its own as the last one.
        """
        page, self._held = self._held, None
        if page is None:
            page = await self._pages.next()
        if page is None:
            return None
        self.places = _cursor_of(page)
        with anyio.move_on_after(self._joining.seconds):
            while self._can_grow(page):
                try:
                    following = await self._pages.next()
                except Exception:  # noqa: BLE001 - raised again when the page is asked for by itself
                    break
                if following is None or not self._belongs(page, following):
                    self._held = following
                    break
                page = _joined(page, following)
                self.places += _cursor_of(following)
        return page

    def read_on(self) -> None:
        """See `PagesAhead`."""
        self._pages.read_on()

    def _can_grow(self, page: Page) -> bool:
        return page.cursor is not None and _is_plain(page) and _size(page) + len(self.places) < self._joining.most_records

    def _belongs(self, page: Page, following: Page) -> bool:
        return _is_plain(following) and _size(page) + _size(following) <= self._joining.most_records


def _is_plain(page: Page) -> bool:
    """Whether a page only says how objects are: what it deletes may come back behind it, and what it refuses is judged by the page."""
    return not page.deletions and not page.refusals


def _cursor_of(page: Page) -> list[str]:
    return [] if page.cursor is None else [page.cursor]


def _size(page: Page) -> int:
    return len(page.records) + len(page.listed)


def _joined(page: Page, following: Page) -> Page:
    return replace(
        following,
        records=[*page.records, *following.records],
        notices=[*page.notices, *following.notices],
        listed=[*page.listed, *following.listed],
        bytes_read=page.bytes_read + following.bytes_read,
    )
