"""Writing pages: each in one transaction of its own, swiftly first, with care when the database refuses something."""

import time
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import exc

from hub.crashpoints import crashpoint
from hub.errors import StoreError
from hub.health.rate_table import load_rate_table, rates_fingerprint
from hub.identity.homes import last_merge
from hub.identity.overrides import is_standing
from hub.model import CustomerMerge, table_of
from hub.plugins.connector import Page
from hub.store.lock import Held, counts_among_others, own_books, share_books, take_turns
from hub.store.rehearsal import Transactions
from hub.sync.authority import may_change_speakers
from hub.sync.context import PageWork, RunContext
from hub.sync.page import REFUSALS, apply_page
from hub.sync.turning import kept_day
from hub.vocabulary import Entity, Stream

_MERGES = table_of(CustomerMerge)

_PAUSES_SECONDS = (0.1, 0.5, 2.0)

_REACHES_FURTHER = sa.select(
    sa.and_(
        sa.exists().where(is_standing(Entity.INVOICE)),
        sa.exists(sa.select(_MERGES.c.id)),
    )
)
"""Whether a page may change rows of another connection than its own: where customers were merged, what people have set follows their invoices."""

_NOTHING = Page(records=(), cursor=None)

Fence = Callable[[sa.Connection], None]
"""The first statement of every transaction: raises when the work was cancelled, or taken over by somebody else."""

After = Callable[[sa.Connection, PageWork], None]
"""What belongs to a page's transaction besides its rows: the position after it, the counts, the events that it answers."""


def no_fence(_connection: sa.Connection) -> None:
    """Nobody can take the work over."""


def while_held(held: Held, fence: Fence) -> Fence:
    """A fence that stands on a lock, too: raises StoreError when that is lost, for then another may read the same connection."""

    def both(connection: sa.Connection) -> None:
        fence(connection)
        if not held.still_held():
            raise StoreError("the lock of the connection was lost (its session has ended, or its file is gone): what was read is kept, run it again")

    return both


class PageWriter:
    """Writes pages of one feed. `run` is what they are written by; its rates and day are looked up anew with every page."""

    def __init__(self, transactions: Transactions, run: RunContext, *, fence: Fence = no_fence) -> None:
        """Nothing is written yet."""
        self._transactions = transactions
        self._run = run
        self._fence = fence

    @property
    def run(self) -> RunContext:
        """What the pages are written by."""
        return self._run

    def write(self, page: Page, *, after: After) -> PageWork:
        """Apply a page, and `after` in the same transaction. Returns what was done. Blocks: call it in a worker thread.

        When the database refuses something the page is applied once more with care, so that only the culprit is left out.
        Raises StoreError when the database stays busy; the page has then done nothing.
        """
        try:
            work = self._try(page, after, is_careful=False)
        except REFUSALS:
            work = self._try(page, after, is_careful=True)
        self._run.memory.learn(work)
        return work

    def transact(self, action: Callable[[sa.Connection], None]) -> None:
        """Something else of the same run in a transaction of its own, with the same locks and the same day."""
        with self._transactions.write() as connection:
            self._enter(connection, _NOTHING)
            action(connection)

    def _try(self, page: Page, after: After, *, is_careful: bool) -> PageWork:
        """Write a page, again after a pause when the database was busy: a page that was rolled back has done nothing."""
        for pause in _PAUSES_SECONDS:
            try:
                return self._write(page, after, is_careful=is_careful)
            except exc.OperationalError:
                time.sleep(pause)
        try:
            return self._write(page, after, is_careful=is_careful)
        except exc.OperationalError as error:
            reason = str(error.orig).splitlines()[0]
            message = f"the database did not take a page of {self._run.feed} ({reason}): what came before it is kept, try again"
            raise StoreError(message) from error

    def _write(self, page: Page, after: After, *, is_careful: bool) -> PageWork:
        crashpoint("page.before_begin")
        with self._transactions.write() as connection:
            self._enter(connection, page)
            work = apply_page(connection, self._run, page, is_careful=is_careful)
            crashpoint("page.rows_written")
            after(connection, work)
            crashpoint("page.before_commit")
        crashpoint("page.after_commit")
        return work

    def _enter(self, connection: sa.Connection, page: Page) -> None:
        """Take the locks, and what counts by now. A page that came to need the books for itself while it waited for its turn takes them after all."""
        self._fence(connection)
        needs_books = self._needs_books(connection, page)
        if needs_books:
            own_books(connection)
        else:
            share_books(connection)
        take_turns(connection, self._run.connection_id)
        self._keep_up(connection)
        if not needs_books and self._needs_books(connection, page):
            own_books(connection)  # two who do so at once are told of a deadlock, and one is tried again

    def _needs_books(self, connection: sa.Connection, page: Page) -> bool:
        if not counts_among_others(connection):
            return False
        reaches_further = bool(connection.execute(_REACHES_FURTHER).scalar_one())
        return _has_rates(page) or reaches_further or may_change_speakers(connection, self._run.connection_id, page)

    def _keep_up(self, connection: sa.Connection) -> None:
        """Write as of the day, with the rates and for the customers that count now, whatever another process has turned, brought or merged."""
        run = self._run
        merges = last_merge(connection)
        if merges != run.merges_seen:
            run.memory.customers.clear()
            run.merges_seen = merges
        seen = rates_fingerprint(connection)
        if seen != run.rates_seen:
            run.rates = load_rate_table(connection, run.basis.base_currency, run.basis.conversion_date)
            run.rates_seen = seen
        day = kept_day(connection, run.basis)
        if day != run.today:
            run.today = day
            run.basis = replace(run.basis, as_of=day)


def _has_rates(page: Page) -> bool:
    return any(item.stream is Stream.EXCHANGE_RATES for item in (*page.records, *page.deletions))
