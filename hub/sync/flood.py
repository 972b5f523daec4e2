"""The gate against a flood of refused records: then it is not the records that are at fault, and the feed stops where it is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import sqlalchemy as sa

from hub.errors import SourceContractError
from hub.plugins.connector import Page
from hub.sync import rejections
from hub.sync.context import PageWork
from hub.sync.writing import PageWriter

_NEVER_A_FLOOD = 10
"""Up to this many refused records of a feed are poison of their own, whatever their share."""

Note = Callable[[sa.Connection, PageWork], None]


class TooManyRejectedError(SourceContractError):
    """More of a feed is refused than its connector allows: the page is not applied, the feed stops and its cursor stays."""

    def __init__(self, message: str, *, connection: str, feed: str, work: PageWork, page: Page) -> None:
        """`work` is what was done of the page before it was rolled back."""
        super().__init__(message, connection=connection, feed=feed)
        self.refused = [*work.rejections, *(rejections.from_refusal(refusal) for refusal in page.refusals)]


class FloodGate:
    """Counts what a feed delivers and what of it is refused. `percent` None: the gate is always open."""

    def __init__(self, percent: int | None, *, connection: str, feed: str) -> None:
        """Nothing was delivered yet."""
        self._percent = percent
        self._connection = connection
        self._feed = feed
        self._seen_count = 0
        self._refused_count = 0
        self.unreadable_count = 0

    def check(self, work: PageWork, page: Page) -> None:
        """Raise TooManyRejectedError when with this page more is refused than is allowed; to be called in the page's transaction."""
        seen, refused = self._seen_count + _seen(work, page), self._refused_count + _refused(work)
        if self._percent is None or refused <= _NEVER_A_FLOOD or refused * 100 <= seen * self._percent:
            return
        message = (
            f"{refused} of {seen} records of {self._feed} are refused, more than {self._percent}%: the page was not applied and the feed stays "
            "where it is; look at the rejected records, most likely the source has changed its format"
        )
        raise TooManyRejectedError(message, connection=self._connection, feed=self._feed, work=work, page=page)

    def passed(self, work: PageWork, page: Page) -> None:
        """Count a page that was committed."""
        self._seen_count += _seen(work, page)
        self._refused_count += _refused(work)
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
