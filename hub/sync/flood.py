"""The gate against a flood of refused records: then it is not the records that are at fault, and the feed stops where it is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import sqlalchemy as sa

from hub.errors import SourceContractError
from hub.plugins.connector import Page
from hub.sync import rejections
from hub.sync.context import PageWork
from hub.sync.run_log import NOTHING_DELIVERED, Delivered
from hub.sync.writing import PageWriter

_NEVER_A_FLOOD = 10
"""Up to this many refused records of a feed are poison of their own, whatever their share."""

_RECENT = 2_000
"""From so many records on, half of what was counted is forgotten: what came long ago says nothing of how the source is now."""

Note = Callable[[sa.Connection, PageWork], None]


class TooManyRejectedError(SourceContractError):
    """More of a feed is refused than its connector allows: the page is not applied, the feed stops and its cursor stays."""

    def __init__(self, message: str, *, connection: str, feed: str, work: PageWork, page: Page) -> None:
        """`work` is what was done of the page before it was rolled back."""
        super().__init__(message, connection=connection, feed=feed)
        self.refused = [*work.rejections, *(rejections.from_refusal(refusal) for refusal in page.refusals)]


class FloodGate:
    """Counts what a feed has delivered of late, and what of it was refused. `percent` None: the gate is always open.

    The counts are kept with the feed's position, for a source that is read every few minutes brings few records at a time.
    """

    def __init__(self, percent: int | None, *, connection: str, feed: str) -> None:
        """Nothing was delivered yet."""
        self._percent = percent
        self._connection = connection
        self._feed = feed
        self._passed = NOTHING_DELIVERED
        self.counted = NOTHING_DELIVERED
        self.unreadable_count = 0

    def go_on(self, counted: Delivered) -> None:
        """Count on from what the runs before have counted."""
        self._passed = self.counted = counted

    def is_open_to_each(self, work: PageWork) -> bool:
        """Whether the gate lets through each of the pages that were done as one: no more of them is refused than is poison of its own."""
        return self._percent is None or self._passed.refused_count + _refused(work) <= _NEVER_A_FLOOD

    def check(self, work: PageWork, page: Page) -> None:
        """Raise TooManyRejectedError when with this page more is refused than is allowed; to be called in the page's transaction."""
        seen, refused = self._passed.count + _seen(work, page), self._passed.refused_count + _refused(work)
        self.counted = Delivered(seen, refused) if seen < _RECENT else Delivered(seen // 2, refused // 2)
        if self._percent is None or refused <= _NEVER_A_FLOOD or refused * 100 <= seen * self._percent:
            return
        message = (
            f"{refused} of the last {seen} records of {self._feed} are refused, more than {self._percent}%: the page was not applied and the feed "
            f"stays where it is; see why with `dunwell rejected list`, most likely the source has changed its format"
        )
        raise TooManyRejectedError(message, connection=self._connection, feed=self._feed, work=work, page=page)

    def passed(self, page: Page) -> None:
        """Take a page as delivered that was checked and then committed."""
        self._passed = self.counted
        self.unreadable_count += sum(refusal.external_id is None for refusal in page.refusals)

    @contextmanager
    def keeping_refused(self, writer: PageWriter, note: Note) -> Generator[None]:
        """Keep what was refused of a page that the gate does not let through: a person must see what is wrong with it."""
        try:
            yield
        except TooManyRejectedError as error:
            refused = error.refused

            def keep(connection: sa.Connection) -> None:
                work = PageWork(connection, writer.run)
                rejections.keep(work, refused)
                note(connection, work)

            writer.transact(keep)
            raise


def _seen(work: PageWork, page: Page) -> int:
    return sum(number for (_, what), number in work.counts.items() if what == "read") + len(page.refusals)


def _refused(work: PageWork) -> int:
    return sum(number for (_, what), number in work.counts.items() if what == "rejected")
