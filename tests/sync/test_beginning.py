"""hub/sync/beginning.py: from which day on a source was read is known, and what is wanted from before that day is read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hub.errors import SourceContractError
from hub.health.history import read_history_starts
from hub.model import Checkpoint, Invoice
from hub.plugins.connector import Feed, Page
from hub.sync.request import SyncReport
from hub.vocabulary import Stream, SyncRunStatus
from tests.sync.records import customer, invoice
from tests.sync.test_engine import Runner, listing, runner, with_payments

__all__ = ["runner"]

OLD, NEW = date(2025, 6, 1), date(2026, 9, 1)
ALL, YOUNG = date(2025, 1, 1), date(2026, 1, 1)
AGAIN = date(2026, 8, 1)


@dataclass
class Dated:
    """A source that keeps to the first day that it is asked for, and has a log of what changed. `asked` are the places and days of its reads."""

    log: list[tuple[str, date]] = field(default_factory=lambda: [("OLD", OLD), ("NEW", NEW)])
    asked: list[tuple[str | None, date | None]] = field(default_factory=list[tuple[str | None, date | None]])
    breaks: bool = False

    async def feeds(self) -> Sequence[Feed]:
        return [Feed("books", (Stream.CUSTOMERS, Stream.INVOICES))]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        self.asked.append((cursor, since))
        if self.breaks:
            raise SourceContractError("the source is not as agreed", connection="books")
        told = [invoice(name, document_date=day) for name, day in self.log[int(cursor or 0) :] if since is None or day >= since]
        yield Page(records=[customer(), *told], cursor=None, ends_at=str(len(self.log)))

    async def aclose(self) -> None:
        """Nothing is open."""


class Reading:
    """Runs of one source, a day after the other."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.source = Dated()

    async def run(self, *, since: date | None = None, again_from: date | None = None, full_every_days: int | None = None) -> SyncReport:
        """A run as it comes of the settings, or one that a person wants `again_from` a day on."""
        self.runner.hub.clock.move_to(self.runner.hub.clock.now() + timedelta(days=1))
        self.source.asked.clear()
        more = {"since": since, "again_from": again_from, "is_full": again_from is not None, "full_every_days": full_every_days}
        return await self.runner.run(self.source, **more)  # pyright: ignore[reportArgumentType] - no source of the script

    @property
    def numbers(self) -> list[str]:
        return [number for (number,) in self.runner.hub.rows(Invoice, "number")]

    @property
    def full_since(self) -> datetime:
        return self.runner.hub.rows(Checkpoint, "full_since")[0][0]

    @property
    def gaps(self) -> list[date]:
        """From when on the history is said to be known."""
        with self.runner.hub.store.read() as connection:
            return [start.since for start in read_history_starts(connection)]


async def test_reading_again_that_fails_at_once_makes_no_later_run_read_everything(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run()
    reading.source.breaks = True
    await reading.run(again_from=AGAIN)
    reading.source.breaks = False
    await reading.run()
    assert reading.source.asked == [("2", None)]


async def test_documents_from_before_the_day_so_far_are_read_once_when_an_earlier_one_is_wanted(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(since=YOUNG)
    assert (reading.numbers, reading.gaps) == (["NEW"], [YOUNG])
    await reading.run(since=ALL)
    assert reading.source.asked == [(None, ALL), ("2", ALL)]
    assert (reading.numbers, reading.gaps) == (["NEW", "OLD"], [ALL])
    await reading.run(since=ALL)
    assert reading.source.asked == [("2", ALL)]
    await reading.run()
    assert (reading.source.asked, reading.gaps) == ([(None, None), ("2", None)], [])


async def test_what_changed_while_a_later_day_was_wanted_is_read_when_it_is_not_any_more(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(since=ALL)
    reading.source.log.append(("OLD TOO", OLD))
    await reading.run(since=YOUNG)
    assert reading.source.asked == [("2", YOUNG)]
    await reading.run(since=ALL)
    assert reading.numbers == ["OLD", "NEW", "OLD TOO"]


async def test_an_earlier_day_is_not_forgotten_when_its_read_breaks_off_before_the_first_page(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(since=YOUNG)
    reading.source.breaks = True
    assert (await reading.run(since=ALL)).status is SyncRunStatus.FAILED
    reading.source.breaks = False
    await reading.run(since=ALL)
    assert reading.numbers == ["NEW", "OLD"]


async def test_a_list_that_is_begun_anew_is_not_gone_on_with_where_it_was_left_before(runner: Runner) -> None:
    names = await with_payments(runner)
    for step, is_full in ((1, False), (0, True)):
        broken = listing(names)
        broken.left["payment_ids"][step:] = [SourceContractError("the list is not as agreed", connection="books")]
        await runner.run(broken, is_full=is_full)
    source = listing(names)
    report = await runner.run(source)
    assert [cursor for feed, cursor in source.cursors_seen if feed == "payment_ids"] == [None]
    assert report.total("deleted") == 0


async def test_what_is_read_again_from_a_day_on_is_no_comparison_of_everything(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(full_every_days=7)
    compared = reading.full_since
    reading.source.log.append(("OLD TOO", OLD))
    await reading.run(again_from=AGAIN, full_every_days=7)
    assert reading.source.asked == [(None, AGAIN), ("2", None)]
    assert (reading.numbers, reading.gaps, reading.full_since) == (["OLD", "NEW", "OLD TOO"], [], compared)
    await reading.run(full_every_days=7)
    assert reading.source.asked == [("3", None)]


async def test_a_first_run_from_a_day_on_says_so_and_the_next_one_brings_the_rest(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(since=ALL, again_from=AGAIN)
    assert (reading.numbers, reading.gaps) == (["NEW"], [AGAIN])
    await reading.run(since=ALL)
    assert (reading.numbers, reading.gaps) == (["NEW", "OLD"], [ALL])


async def test_everything_is_compared_when_the_last_time_is_still_to_come(runner: Runner) -> None:
    reading, right = Reading(runner), runner.hub.clock.now()
    runner.hub.clock.move_to(right + timedelta(days=365))
    await reading.run(full_every_days=7)
    runner.hub.clock.move_to(right)
    await reading.run(full_every_days=7)
    assert reading.source.asked == [(None, None), ("2", None)]
    assert reading.full_since == runner.hub.clock.now()


async def test_reading_again_from_before_the_wanted_day_is_a_comparison_of_everything(runner: Runner) -> None:
    reading = Reading(runner)
    await reading.run(since=YOUNG)
    compared = reading.full_since
    await reading.run(since=YOUNG, again_from=ALL)
    assert (reading.numbers, reading.full_since - compared) == (["NEW", "OLD"], timedelta(days=1))
