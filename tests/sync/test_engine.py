"""The engine of a run: what happens next is told by the error's family; nothing moves that was not kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from typing import Any

import anyio
import pytest
import sqlalchemy as sa

from hub.errors import AuthorisationError, HubError, RateLimitedError, SourceContractError, TransientSourceError
from hub.jobs.fencing import FencedError, JobCancelledError
from hub.model import Checkpoint, Connection, ConnectionNotice, Customer, ExternalReference, Payment, RejectedRecord, SyncRun
from hub.plugins.connector import Feed, FullOpenList, Page
from hub.plugins.records import Deletion, Record, Refusal
from hub.sync.circling import MOST_RETURNS
from hub.sync.flood import TooManyRejectedError
from hub.sync.patience import MOST_WAITED, TRIES
from hub.sync.quick_pages import PAGE_BY_PAGE
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync, waves
from hub.sync.sweep import NOTHING_APPROVED, Closing
from hub.sync.writing import Fence
from hub.vocabulary import ConnectionStatus, NoticeKind, Stream, SyncRunStatus
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice, payment, rate
from tests.sync.scripted import ScriptedSource, Step


def page(*records: Record, then: str | None = None, **more: Any) -> Page:  # noqa: ANN401 - further members of the page
    """A page; `then` is the cursor after it, None: it is the last one."""
    return Page(records=records, cursor=then, **more)


def transient() -> TransientSourceError:
    return TransientSourceError("the line broke", connection="books")


class Orderly(ScriptedSource):
    """A source whose reads end with their last page, so that the next page is for the next read."""

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        async for found in super().read(feed, cursor=cursor, since=since):
            yield found
            if found.cursor is None:
                return


class Runner:
    """Runs a source against a hub and notes how long it would have waited."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.waits: list[float] = []
        self.while_waiting: list[tuple[Any, ...]] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.while_waiting.append(self.hub.rows(SyncRun, "waiting_until")[-1])
        self.hub.clock.move_to(self.hub.clock.now() + timedelta(seconds=seconds))

    async def run(self, source: ScriptedSource, **more: Any) -> SyncReport:  # noqa: ANN401 - further members of the request
        request = SyncRequest(
            connection_id=self.hub.connect("books"),
            connection_name="books",
            source=source,
            workspace=self.hub.workspace,
            clock=self.hub.clock,
            sleep=self.sleep,
            joining=PAGE_BY_PAGE,
        )
        report = await run_sync(self.hub.store, replace(request, **more))
        self.hub.refresh()
        return report

    async def script(self, *steps: Step, **more: Any) -> SyncReport:  # noqa: ANN401 - the same
        """One feed of customers."""
        return await self.run(ScriptedSource({"customers": steps}), **more)

    def notices(self) -> list[tuple[NoticeKind, str, bool]]:
        return [(kind, subject, resolved is None) for kind, subject, resolved in self.hub.rows(ConnectionNotice, "kind", "subject", "resolved_at")]


@pytest.fixture
def runner(hub: Hub) -> Runner:
    return Runner(hub)


class TestPatience:
    async def test_a_passing_fault_is_waited_out_and_read_on_from_the_last_page_that_was_kept(self, runner: Runner) -> None:
        source = ScriptedSource({"customers": [page(customer("C1"), then="1"), transient(), transient(), page(customer("C2"))]})
        report = await runner.run(source)
        assert report.status is SyncRunStatus.SUCCEEDED
        assert source.cursors_seen == [("customers", None), ("customers", "1"), ("customers", "1")]
        assert [name for (name,) in runner.hub.rows(ExternalReference, "external_id")] == ["C1", "C2"]
        assert len(runner.waits) == 2

    async def test_a_source_that_asks_for_time_gets_it_and_the_run_says_until_when(self, runner: Runner) -> None:
        started = runner.hub.clock.now()
        await runner.script(RateLimitedError("too many requests", connection="books", retry_after_seconds=17), page(customer()), jitter=lambda: 0.0)
        assert runner.waits == [17]
        assert runner.while_waiting == [(started + timedelta(seconds=17),)]
        assert runner.hub.rows(SyncRun, "waiting_until") == [(None,)]

    async def test_patience_ends_and_the_run_fails_with_all_that_came_before_kept(self, runner: Runner) -> None:
        report = await runner.script(page(customer("C1"), then="1"), *[transient() for _ in range(TRIES)], page(customer("C2")))
        assert report.status is SyncRunStatus.FAILED
        assert isinstance(report.error, TransientSourceError)
        assert runner.hub.rows(Checkpoint, "cursor", "data_as_of", "problem") == [("1", None, "the line broke")]
        assert runner.notices() == [(NoticeKind.SYNC_FAILED, "", True)]

    async def test_every_page_that_is_kept_gives_new_patience(self, runner: Runner) -> None:
        steps: list[Step] = []
        for number in range(4):
            steps += [*[transient() for _ in range(TRIES - 1)], page(customer(f"C{number}"), then=str(number))]
        report = await runner.script(*steps, page())
        assert report.status is SyncRunStatus.SUCCEEDED

    async def test_a_wait_that_is_too_long_ends_the_run_at_once(self, runner: Runner) -> None:
        report = await runner.script(RateLimitedError("come back tomorrow", connection="books", retry_after_seconds=86_400), page(customer()))
        assert report.status is SyncRunStatus.FAILED
        assert runner.waits == []

    async def test_whoever_was_told_to_wait_comes_back_up_to_a_tenth_later_and_never_sooner(self, runner: Runner) -> None:
        told = [RateLimitedError("slow down", connection="books", retry_after_seconds=100) for _ in range(3)]
        await runner.script(*told, page(customer()), jitter=partial(next, iter((0.0, 0.5, 1.0))))
        assert runner.waits == pytest.approx([100, 105, 110])

    async def test_all_waits_of_a_run_together_have_an_end_and_the_next_run_goes_on(self, runner: Runner) -> None:
        steps: list[Step] = []
        for number in range(20):
            steps += [RateLimitedError("slow down", connection="books", retry_after_seconds=100), page(customer(f"C{number}"), then=str(number))]
        source = ScriptedSource({"customers": [*steps, page()]})
        report = await runner.run(source, jitter=lambda: 0.0)
        assert (report.status, str(report.error), report.total("created")) == (SyncRunStatus.FAILED, "slow down", 18)
        assert sum(runner.waits) == MOST_WAITED.total_seconds()
        assert (await runner.run(source, jitter=lambda: 0.0)).total("created") == 2

    async def test_feeds_that_wait_at_the_same_time_each_count(self, runner: Runner) -> None:
        script = {name: [RateLimitedError("slow down", connection="books", retry_after_seconds=100)] * 5 + [page()] for name in "abcd"}
        report = await runner.run(ScriptedSource(script), concurrent_feeds=4, jitter=lambda: 0.0)
        assert (report.status, sum(runner.waits)) == (SyncRunStatus.FAILED, MOST_WAITED.total_seconds())

    async def test_when_patience_is_used_up_the_other_feeds_are_tried_once_each(self, runner: Runner) -> None:
        script = {"broken": [transient() for _ in range(TRIES)], "fine": [page(customer())], "shaky": [transient(), page(customer("C9"))]}
        report = await runner.run(ScriptedSource(script))
        assert [outcome.error is None for outcome in report.feeds] == [False, True, False]
        assert len(runner.waits) == TRIES - 1

    async def test_the_next_run_after_a_failure_settles_what_was_told(self, runner: Runner) -> None:
        await runner.script(*[transient() for _ in range(TRIES)])
        await runner.script(page(customer()))
        assert runner.notices() == [(NoticeKind.SYNC_FAILED, "", False)]
        assert runner.hub.rows(Checkpoint, "problem", "problem_since") == [(None, None)]


class TestFamilies:
    async def test_refused_credentials_stop_the_connection_until_a_person_reconnects_it(self, runner: Runner) -> None:
        script = {"one": [AuthorisationError("the token was revoked", connection="books")], "two": [page(customer())]}
        report = await runner.run(ScriptedSource(script))
        assert (report.status, len(report.feeds)) == (SyncRunStatus.FAILED, 1)
        assert runner.hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.NEEDS_AUTHORISATION, "the token was revoked")]
        assert runner.notices() == [(NoticeKind.NEEDS_AUTHORISATION, "", True)]
        await runner.script(page(customer()))
        assert runner.hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.ACTIVE, None)]
        assert runner.notices() == [(NoticeKind.NEEDS_AUTHORISATION, "", False)]

    async def test_a_broken_contract_stops_its_feed_and_leaves_the_others_alone(self, runner: Runner) -> None:
        script = {"one": [page(then="1"), SourceContractError("items is no list", connection="books", feed="one")], "two": [page(customer())]}
        report = await runner.run(ScriptedSource(script))
        assert report.status is SyncRunStatus.FAILED
        assert report.total("created") == 1
        assert runner.hub.rows(Checkpoint, "feed", "cursor", "problem") == [("one", "1", "items is no list"), ("two", None, None)]
        assert runner.notices() == [(NoticeKind.CONTRACT_BROKEN, "one", True)]

    async def test_a_bug_of_a_connector_leaves_as_it_is(self, runner: Runner) -> None:
        source = ScriptedSource({"customers": [page(customer())]})
        source.feeds = lambda: 1 / 0  # pyright: ignore[reportAttributeAccessIssue] - a bug
        with pytest.raises(ZeroDivisionError):
            await runner.run(source)
        assert runner.hub.rows(SyncRun, "status") == [(SyncRunStatus.FAILED,)]


class TestCursors:
    async def test_the_next_run_goes_on_from_the_end_cursor_of_the_last(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), then="1"), page(customer("C2"), ends_at="since:2"))
        source = ScriptedSource({"customers": [page(ends_at="since:2")]})
        await runner.run(source)
        assert source.cursors_seen == [("customers", "since:2")]

    async def test_a_full_run_starts_from_the_beginning(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), ends_at="since:1"))
        source = Orderly({"customers": [page(customer("C1"), ends_at="since:2"), page(ends_at="since:3")]})
        report = await runner.run(source, is_full=True)
        assert source.cursors_seen == [("customers", None), ("customers", "since:1")]
        assert runner.hub.rows(Checkpoint, "cursor", "then_cursor") == [("since:3", None)]
        assert report.total("unchanged") == 1

    async def test_a_full_run_that_breaks_off_still_knows_where_the_last_one_had_stopped(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), ends_at="since:1"))
        await runner.script(page(then="a"), SourceContractError("broken", connection="books"), is_full=True)
        assert runner.hub.rows(Checkpoint, "cursor", "then_cursor") == [("a", "since:1")]
        again = ScriptedSource({"customers": [page(then="b"), SourceContractError("broken", connection="books")]})
        await runner.run(again)
        rest = Orderly({"customers": [page(ends_at="since:2"), page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1")], ends_at="x")]})
        report = await runner.run(rest)
        assert (again.cursors_seen, rest.cursors_seen) == ([("customers", "a")], [("customers", "b"), ("customers", "since:1")])
        assert report.total("deleted") == 1

    async def test_everything_is_compared_once_in_a_while(self, runner: Runner) -> None:
        await runner.run(Orderly({"customers": [page(customer("C1"), ends_at="1")]}), full_every_days=7)
        seen: list[object] = []
        for days in (6, 1, 6):
            runner.hub.clock.move_to(runner.hub.clock.now() + timedelta(days=days))
            source = Orderly({"customers": [page(ends_at="2"), page(ends_at="3")]})
            await runner.run(source, full_every_days=7)
            seen.append([cursor for _, cursor in source.cursors_seen])
        assert seen == [["1"], [None, "2"], ["3"]]

    async def test_a_place_that_is_of_no_use_is_not_asked_for_after_a_full_run(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), ends_at="unknown"))
        await runner.script(SourceContractError("there is no such place", connection="books"))
        source = ScriptedSource({"customers": [page(ends_at="since:2")]})
        report = await runner.run(source, is_full=True)
        assert (report.status, source.cursors_seen) == (SyncRunStatus.SUCCEEDED, [("customers", None)])

    async def test_a_full_run_that_fails_before_its_first_page_loses_no_place(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), ends_at="5"))
        await runner.script(SourceContractError("not as agreed", connection="books"))
        await runner.script(SourceContractError("not as agreed", connection="books"), is_full=True)
        assert runner.hub.rows(Checkpoint, "cursor", "then_cursor") == [("5", None)]

    async def test_data_are_as_of_the_begin_of_the_first_run_of_a_read_that_took_several(self, runner: Runner) -> None:
        began = runner.hub.clock.now()
        await runner.script(page(customer("C1"), then="1"), SourceContractError("broken", connection="books"))
        assert runner.hub.rows(Checkpoint, "reading_since", "data_as_of") == [(began, None)]
        runner.hub.clock.move_to(began + timedelta(hours=3))
        await runner.script(page(customer("C2"), ends_at="x"))
        assert runner.hub.rows(Checkpoint, "reading_since", "data_as_of") == [(None, began)]

    async def test_records_of_streams_that_are_not_taken_are_skipped(self, runner: Runner) -> None:
        source = ScriptedSource({"all": [page(customer(), invoice())]}, {"all": (Stream.CUSTOMERS, Stream.INVOICES)})
        report = await runner.run(source, taken=frozenset({Stream.CUSTOMERS}))
        assert (report.total("created"), report.total("skipped")) == (1, 1)

    async def test_a_run_of_some_streams_reads_the_feeds_that_bring_them_whole_for_their_position_is_that_of_all(self, runner: Runner) -> None:
        log = {"log": (Stream.CUSTOMERS, Stream.PAYMENTS)}
        await runner.run(Orderly({"log": [page(customer(), payment("P1"), ends_at="1")]}, log))
        gone = Deletion(stream=Stream.PAYMENTS, external_id="P1")
        more = Orderly(
            {"log": [page(payment("P2"), deletions=[gone], ends_at="2")], "rates": [page(rate("USD", 1, 2))]}, log | {"rates": (Stream.EXCHANGE_RATES,)}
        )
        report = await runner.run(more, streams=frozenset({Stream.CUSTOMERS}))
        assert [outcome.feed for outcome in report.feeds] == ["log"]
        assert runner.hub.rows(Checkpoint, "feed", "cursor") == [("log", "2")]
        assert runner.hub.rows(Payment, "is_deleted") == [(True,), (False,)]

    def test_parents_are_read_first_and_lists_last(self) -> None:
        names = {"attempts": Stream.PAYMENT_ATTEMPTS, "invoices": Stream.INVOICES, "rates": Stream.EXCHANGE_RATES, "customers": Stream.CUSTOMERS}
        feeds = [Feed("ids", (Stream.PAYMENTS,), full_list=Stream.PAYMENTS), *(Feed(name, (stream,)) for name, stream in names.items())]
        assert [[feed.name for feed in wave] for wave in waves(feeds)] == [["rates"], ["customers"], ["invoices"], ["attempts"], ["ids"]]

    async def test_feeds_of_one_wave_are_read_side_by_side_and_end_as_one_after_the_other(self, runner: Runner) -> None:
        script = {f"feed{number}": [page(customer(f"C{number}-{part}"), then=str(part)) for part in range(3)] + [page()] for number in range(4)}
        report = await runner.run(ScriptedSource(script), concurrent_feeds=3)
        assert report.status is SyncRunStatus.SUCCEEDED
        assert [outcome.feed for outcome in report.feeds] == list(script)
        assert len(runner.hub.rows(Customer, "id")) == 12


class TestCircling:
    """A source that leads in a circle is not followed for ever."""

    async def test_a_circle_is_left_and_breaks_the_contract(self, runner: Runner) -> None:
        class Endless(ScriptedSource):
            async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
                del feed, cursor, since
                for number in count(1):
                    asked.append(number)
                    yield page(then="same")

        asked: list[int] = []
        report = await runner.run(Endless({"customers": []}))
        assert "the same place again and again" in str(report.error)
        assert isinstance(report.error, SourceContractError)
        assert len(asked) < 3 * MOST_RETURNS

    async def test_parts_of_one_answer_may_name_the_place_behind_it_and_a_list_may_be_read_in_passes(self, runner: Runner) -> None:
        parts = [page(customer(f"C{number}"), then="1") for number in range(20)]
        passes = [page(then=str(number % 10)) for number in range(60)]
        report = await runner.script(*parts, *passes, page())
        assert (report.status, report.total("created")) == (SyncRunStatus.SUCCEEDED, 20)


class TestHanging:
    """A source that does not answer holds nobody up for ever."""

    async def test_a_page_that_does_not_come_is_asked_for_again(self, runner: Runner) -> None:
        class Hanging(ScriptedSource):
            async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
                if not self.cursors_seen:
                    self.cursors_seen.append((feed.name, "hangs"))
                    await anyio.sleep_forever()
                async for found in super().read(feed, cursor=cursor, since=since):
                    yield found

        source = Hanging({"customers": [page(customer("C1"))]})
        report = await runner.run(source, most_page_seconds=0.05)
        assert (report.status, report.total("created"), len(runner.waits)) == (SyncRunStatus.SUCCEEDED, 1, 1)

    async def test_objects_that_a_list_does_not_name_are_asked_for_again(self, runner: Runner) -> None:
        class Hanging(ScriptedSource):
            async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
                found = await super().fetch(stream, external_ids)
                if len(self.asked_for) == 1:
                    await anyio.sleep_forever()
                return found

        await with_payments(runner)
        made = listing(["P1", "P3"])
        source = Hanging(made.script, made.streams, made.full_lists)
        report = await runner.run(source, fetchable=FETCHABLE, most_page_seconds=0.1)
        assert (report.status, report.total("deleted")) == (SyncRunStatus.SUCCEEDED, 1)
        assert (len(source.asked_for), len(runner.waits)) == (2, 1)

    async def test_one_that_does_not_even_name_its_feeds_ends_the_run(self, runner: Runner) -> None:
        source = ScriptedSource({})
        source.feeds = anyio.sleep_forever  # pyright: ignore[reportAttributeAccessIssue] - it never answers
        report = await runner.run(source, most_page_seconds=0.01)
        assert report.status is SyncRunStatus.FAILED
        assert "it is taken to hang" in str(report.error)


class TestFloods:
    BAD = tuple(customer(f"B{number}", name="") for number in range(11))
    GOOD = tuple(customer(f"G{number}") for number in range(100))

    async def test_a_page_of_which_too_much_is_refused_is_not_applied_and_the_cursor_stays(self, runner: Runner) -> None:
        report = await runner.script(page(customer("C1"), then="1"), page(*self.GOOD, *self.BAD, then="2"), page(), max_rejected_percent=5)
        assert report.status is SyncRunStatus.FAILED
        assert runner.hub.rows(Checkpoint, "cursor") == [("1",)]
        assert len(runner.hub.rows(Customer, "id")) == 1
        assert runner.notices() == [(NoticeKind.TOO_MANY_REJECTED, "customers", True)]

    async def test_what_was_refused_of_it_is_shown(self, runner: Runner) -> None:
        report = await runner.script(page(*self.GOOD, *self.BAD), max_rejected_percent=5)
        assert report.total("rejected") == len(self.BAD)
        assert {name for (name,) in runner.hub.rows(RejectedRecord, "external_id")} == {record.external_id for record in self.BAD}

    async def test_some_poison_among_few_records_stops_nothing(self, runner: Runner) -> None:
        report = await runner.script(page(*self.GOOD[:3], *self.BAD[:10]), max_rejected_percent=5)
        assert (report.status, report.total("created"), report.total("rejected")) == (SyncRunStatus.SUCCEEDED, 3, 10)

    async def test_a_few_at_a_time_are_a_flood_too(self, runner: Runner) -> None:
        first, second = (ScriptedSource({"customers": [page(*self.BAD[start : start + 6], ends_at=str(start))]}) for start in (0, 5))
        assert (await runner.run(first, max_rejected_percent=5)).status is SyncRunStatus.SUCCEEDED
        report = await runner.run(second, max_rejected_percent=5)
        assert isinstance(report.error, TooManyRejectedError)
        assert runner.hub.rows(Checkpoint, "cursor", "delivered_count", "refused_count") == [("0", 6, 6)]

    async def test_old_poison_is_forgotten_among_what_came_since(self, runner: Runner) -> None:
        many = [customer(f"M{number}") for number in range(2_000)]
        await runner.script(page(*self.BAD[:10], ends_at="1"), max_rejected_percent=5)
        await runner.script(page(*many, ends_at="2"), max_rejected_percent=5)
        assert runner.hub.rows(Checkpoint, "delivered_count", "refused_count") == [(1_005, 5)]

    async def test_a_feed_that_is_read_from_its_start_counts_anew(self, runner: Runner) -> None:
        for _ in range(3):
            report = await runner.script(page(*self.BAD[:10]), max_rejected_percent=5)
            assert report.status is SyncRunStatus.SUCCEEDED

    async def test_one_bad_record_in_a_thousand_is_left_out_alone(self, runner: Runner) -> None:
        report = await runner.script(page(*(customer(f"C{number}") for number in range(999)), self.BAD[0]), max_rejected_percent=5)
        assert (report.total("created"), report.total("rejected")) == (999, 1)

    async def test_the_flood_is_over_when_the_source_is_mended(self, runner: Runner) -> None:
        await runner.script(page(*self.GOOD, *self.BAD), max_rejected_percent=5)
        mended = [customer(record.external_id) for record in self.BAD]
        report = await runner.script(page(*self.GOOD, *mended), max_rejected_percent=5)
        assert report.total("created") == len(self.GOOD) + len(mended)
        assert runner.notices() == [(NoticeKind.TOO_MANY_REJECTED, "customers", False)]


def listing(ids: Sequence[str], *, fetched: dict[str, Page] | None = None) -> ScriptedSource:
    """A source with a complete list of the ids of its payments."""
    return ScriptedSource(
        {"payments": [page()], "payment_ids": [page(listed=ids[:1], then="1"), page(listed=ids[1:])]},
        {"payments": (Stream.PAYMENTS,), "payment_ids": (Stream.PAYMENTS,)},
        full_lists={"payment_ids": Stream.PAYMENTS},
        fetched=fetched or {},
    )


async def with_payments(runner: Runner, count: int = 3) -> list[str]:
    names = [f"P{number}" for number in range(1, count + 1)]
    await runner.script(page(customer(), invoice("I1", "900.00"), *(payment(name, "10.00", on={"I1": "10.00"}) for name in names)))
    return names


FETCHABLE = frozenset({Stream.PAYMENTS})


class TestFullLists:
    async def test_what_a_complete_list_does_not_name_and_the_source_does_not_know_is_deleted(self, runner: Runner) -> None:
        await with_payments(runner)
        source = listing(["P1", "P3"])
        report = await runner.run(source, fetchable=FETCHABLE)
        assert (report.status, report.total("deleted")) == (SyncRunStatus.SUCCEEDED, 1)
        assert source.asked_for == [(Stream.PAYMENTS, ("P2",))]
        assert runner.hub.rows(Payment, "is_deleted") == [(False,), (True,), (False,)]

    async def test_what_the_list_missed_and_the_source_still_has_stays(self, runner: Runner) -> None:
        await with_payments(runner)
        kept = page(payment("P2", "10.00", on={"I1": "10.00"}))
        report = await runner.run(listing(["P1", "P3"], fetched={"P2": kept}), fetchable=FETCHABLE)
        assert report.total("deleted") == 0
        assert runner.hub.rows(Payment, "is_deleted") == [(False,)] * 3

    async def test_what_the_source_does_not_let_us_see_stays_and_keeps_nothing_else_from_being_deleted(self, runner: Runner) -> None:
        await with_payments(runner)
        refusal = Refusal(place="payment P2", reason="it does not let us see it", stream=Stream.PAYMENTS, external_id="P2")
        report = await runner.run(listing(["P1"], fetched={"P2": page(refusals=[refusal])}), fetchable=FETCHABLE)
        assert (report.status, report.total("deleted"), report.total("rejected")) == (SyncRunStatus.SUCCEEDED, 1, 1)
        assert runner.hub.rows(Payment, "is_deleted") == [(False,), (False,), (True,)]

    async def test_neither_a_mention_nor_an_object_of_another_stream_with_the_same_id_keeps_what_is_gone(self, runner: Runner) -> None:
        await runner.script(page(customer("P2"), customer(), *(payment(name) for name in ("P1", "P2", "P3"))))
        still = page(payment("P3"), customer("P2", create_only=True))
        report = await runner.run(listing(["P1"], fetched={"P3": still}), fetchable=FETCHABLE)
        assert (report.status, report.total("deleted")) == (SyncRunStatus.SUCCEEDED, 1)
        assert runner.hub.rows(Payment, "is_deleted") == [(False,), (True,), (False,)]

    async def test_an_answer_that_cannot_even_be_told_apart_may_be_any_of_those_that_were_asked_for(self, runner: Runner) -> None:
        await with_payments(runner)
        refusal = Refusal(place="a payment", reason="it has no id", stream=Stream.PAYMENTS)
        report = await runner.run(listing(["P1", "P3"], fetched={"P2": page(refusals=[refusal])}), fetchable=FETCHABLE)
        assert (report.status, report.total("deleted"), report.total("rejected")) == (SyncRunStatus.SUCCEEDED, 0, 1)

    async def test_many_at_once_wait_for_a_person_and_go_with_the_count_that_was_shown(self, runner: Runner) -> None:
        names = await with_payments(runner, 20)
        held = await runner.run(listing(names[:10]), fetchable=FETCHABLE)
        assert held.status is SyncRunStatus.HELD
        assert "dunwell sync books --delete-absent 10" in str(held.feeds[-1].held)
        assert runner.notices() == [(NoticeKind.DELETIONS_HELD, "payment_ids", True)]
        wrong = await runner.run(listing(names[:10]), fetchable=FETCHABLE, closing=Closing(9))
        assert (wrong.status, wrong.total("deleted")) == (SyncRunStatus.HELD, 0)
        released = await runner.run(listing(names[:10]), fetchable=FETCHABLE, closing=Closing(10))
        assert (released.status, released.total("deleted")) == (SyncRunStatus.SUCCEEDED, 10)
        assert runner.notices() == [(NoticeKind.DELETIONS_HELD, "payment_ids", False)]

    async def test_an_empty_list_deletes_nothing_however_few_there_are(self, runner: Runner) -> None:
        await with_payments(runner, 3)
        report = await runner.run(listing([]))
        assert (report.status, report.total("deleted")) == (SyncRunStatus.HELD, 0)

    async def test_a_list_names_what_the_connection_does_not_take_all_the_same(self, runner: Runner) -> None:
        class Open(Orderly):
            async def feeds(self) -> Sequence[Feed]:
                return [Feed("open", (Stream.CUSTOMERS, Stream.INVOICES), full_open_list=FullOpenList(Stream.INVOICES, date(2026, 11, 20)))]

        await runner.run(Open({"open": [page(customer(), invoice("I1"), invoice("I2"))]}))
        report = await runner.run(Open({"open": [page(customer(), invoice("I1"), invoice("I2"))]}), taken=frozenset({Stream.CUSTOMERS}))
        assert (report.status, list(report.feeds[0].absent), report.total("skipped")) == (SyncRunStatus.SUCCEEDED, [], 2)

    async def test_a_list_that_breaks_off_deletes_nothing_and_is_read_on(self, runner: Runner) -> None:
        await with_payments(runner)
        broken = listing(["P1"])
        broken.script = {"payment_ids": []}
        broken.left = {"payment_ids": [page(listed=["P1"], then="1"), SourceContractError("broken", connection="books")]}
        broken.streams = {"payment_ids": (Stream.PAYMENTS,)}
        report = await runner.run(broken, fetchable=FETCHABLE)
        assert (report.status, report.total("deleted")) == (SyncRunStatus.FAILED, 0)
        rest = ScriptedSource({"payment_ids": [page(listed=["P2"])]}, {"payment_ids": (Stream.PAYMENTS,)}, full_lists={"payment_ids": Stream.PAYMENTS})
        report = await runner.run(rest, fetchable=FETCHABLE)
        assert rest.cursors_seen == [("payment_ids", "1")]
        assert runner.hub.rows(Payment, "is_deleted") == [(False,), (False,), (True,)]

    async def test_a_list_is_read_once_a_day_and_by_every_full_run(self, runner: Runner) -> None:
        names = await with_payments(runner)
        await runner.run(listing(names))
        again = listing(names)
        await runner.run(again)
        assert [name for name, _ in again.cursors_seen] == ["payments"]
        full = listing(names)
        await runner.run(full, is_full=True)
        assert [name for name, _ in full.cursors_seen] == ["payments", "payment_ids"]
        runner.hub.clock.move_to(runner.hub.clock.now() + timedelta(hours=25))
        tomorrow = listing(names)
        await runner.run(tomorrow)
        assert [name for name, _ in tomorrow.cursors_seen] == ["payments", "payment_ids"]

    async def test_a_list_of_the_future_is_read_again(self, runner: Runner) -> None:
        """A clock that was ahead once must not keep deletions from being noticed until it is right."""
        names, right = await with_payments(runner), runner.hub.clock.now()
        runner.hub.clock.move_to(right + timedelta(days=365))
        await runner.run(listing(names))
        runner.hub.clock.move_to(right + timedelta(hours=1))
        assert (await runner.run(listing(names[:2]))).total("deleted") == 1

    async def test_what_came_while_the_clock_was_ahead_is_noticed_to_be_gone(self, runner: Runner) -> None:
        right = runner.hub.clock.now()
        runner.hub.clock.move_to(right + timedelta(days=365))
        names = await with_payments(runner)
        runner.hub.clock.move_to(right + timedelta(hours=1))
        assert (await runner.run(listing(names[:2]))).total("deleted") == 1

    async def test_a_source_does_not_vouch_for_the_future(self, runner: Runner) -> None:
        names, right = await with_payments(runner), runner.hub.clock.now()
        vouching = listing(names)
        vouching.left["payment_ids"][-1] = page(listed=names[1:], data_as_of=right + timedelta(days=3650))
        await runner.run(vouching)
        assert runner.hub.rows(Checkpoint, "feed", "data_as_of")[1:] == [("payment_ids", right), ("payments", right)]

    async def test_a_list_that_was_begun_in_the_future_is_begun_anew(self, runner: Runner) -> None:
        names, right = await with_payments(runner), runner.hub.clock.now()
        runner.hub.clock.move_to(right + timedelta(days=365))
        broken = listing(names)
        broken.left["payment_ids"][1] = SourceContractError("broken", connection="books")
        await runner.run(broken)
        runner.hub.clock.move_to(right + timedelta(hours=1))
        source = listing(names)
        await runner.run(source)
        assert source.cursors_seen[-1] == ("payment_ids", None)

    async def test_what_came_while_the_list_was_read_is_not_taken_for_deleted(self, runner: Runner) -> None:
        names = await with_payments(runner)
        source = listing(names)
        source.left["payment_ids"].insert(1, transient())  # the run waits here, and meanwhile a webhook brings another payment
        sleep = runner.sleep

        async def meanwhile(seconds: float) -> None:
            await sleep(seconds)
            await Runner(runner.hub).run(ScriptedSource({"hook": [page(payment("P9", "1.00"))]}, {"hook": (Stream.PAYMENTS,)}))

        report = await runner.run(source, fetchable=FETCHABLE, sleep=meanwhile)
        assert report.total("deleted") == 0


class TestVersionsOfDeletions:
    async def test_an_older_deletion_does_not_delete_what_has_come_back(self, runner: Runner) -> None:
        await runner.script(page(customer("C1", source_version=3)))
        report = await runner.script(page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1", source_version=2)]))
        assert report.total("deleted") == 0
        assert runner.hub.rows(Customer, "is_deleted") == [(False,)]

    async def test_an_older_form_does_not_bring_back_what_was_deleted(self, runner: Runner) -> None:
        await runner.script(page(customer("C1", source_version=3)))
        await runner.script(page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1", source_version=5)]))
        stale = await runner.script(page(customer("C1", source_version=4, name="Late")))
        assert stale.total("stale") == 1
        assert runner.hub.rows(Customer, "is_deleted") == [(True,)]
        await runner.script(page(customer("C1", source_version=6)))
        assert runner.hub.rows(Customer, "is_deleted") == [(False,)]

    async def test_an_older_deletion_does_not_forget_what_waits(self, runner: Runner) -> None:
        await runner.script(page(invoice("I1", source_version=4)))
        await runner.script(page(deletions=[Deletion(stream=Stream.INVOICES, external_id="I1", source_version=2)]))
        report = await runner.script(page(customer()))
        assert report.total("created") == 2


class TestBeingStopped:
    async def test_a_cancelled_run_stops_at_the_next_page_and_keeps_what_it_had(self, runner: Runner) -> None:
        pages = [page(customer(f"C{number}"), then=str(number)) for number in range(5)]
        report = await runner.script(*pages, page(), fence=fence_after(4, JobCancelledError("cancelled by ana")))
        assert report.status is SyncRunStatus.CANCELLED
        assert 0 < len(runner.hub.rows(Customer, "id")) < 5
        assert runner.hub.rows(SyncRun, "status", "message") == [(SyncRunStatus.CANCELLED, "cancelled by ana")]
        assert runner.notices() == []

    async def test_a_feed_that_a_person_cancelled_has_no_problem(self, runner: Runner) -> None:
        await runner.script(page(customer("C1"), then="1"), page(customer("C2")), fence=fence_after(3, JobCancelledError("cancelled by ana")))
        assert runner.hub.rows(Checkpoint, "problem", "problem_since") == [(None, None)]

    async def test_what_was_learnt_of_other_feeds_before_is_said_all_the_same(self, runner: Runner) -> None:
        broken = SourceContractError("gone", connection="books")
        source = ScriptedSource({"broken": [broken], "good": [page(customer("C1"), then="1"), page(customer("C2"))]})
        report = await runner.run(source, fence=fence_after(4, JobCancelledError("cancelled by ana")))
        assert report.status is SyncRunStatus.CANCELLED
        assert sorted(runner.hub.rows(Checkpoint, "feed", "problem")) == [("broken", str(broken)), ("good", None)]
        assert runner.notices() == [(NoticeKind.CONTRACT_BROKEN, "broken", True)]

    async def test_a_run_that_is_taken_over_after_its_last_page_ends_nothing(self, runner: Runner) -> None:
        await runner.script(AuthorisationError("the token was revoked", connection="books"))
        with pytest.raises(FencedError):
            await runner.script(page(customer("C1")), fence=fence_after(3, FencedError("overtaken")))
        assert runner.hub.rows(SyncRun, "status")[1:] == [(SyncRunStatus.RUNNING,)]
        assert runner.hub.rows(Connection, "status") == [(ConnectionStatus.NEEDS_AUTHORISATION,)]

    async def test_a_run_that_is_cancelled_after_its_last_page_is_cancelled(self, runner: Runner) -> None:
        report = await runner.script(page(customer("C1")), fence=fence_after(3, JobCancelledError("cancelled by ana")))
        assert (report.status, report.total("created")) == (SyncRunStatus.CANCELLED, 1)
        assert runner.hub.rows(SyncRun, "status", "message") == [(SyncRunStatus.CANCELLED, "cancelled by ana")]
        assert runner.hub.rows(Checkpoint, "problem") == [(None,)]

    async def test_a_run_that_was_taken_over_leaves_its_end_to_the_other(self, runner: Runner) -> None:
        with pytest.raises(FencedError):
            await runner.script(page(customer("C1"), then="1"), page(customer("C2")), fence=fence_after(3, FencedError("overtaken")))
        assert runner.hub.rows(SyncRun, "status") == [(SyncRunStatus.RUNNING,)]


def fence_after(count: int, error: HubError) -> Fence:
    """A fence that lets some transactions through and then raises."""
    left = [count]

    def fence(_connection: sa.Connection) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise error

    return fence


def test_nothing_is_approved_by_default() -> None:
    assert Closing() == NOTHING_APPROVED


class TestTombstones:
    async def test_what_was_deleted_before_it_landed_does_not_land_late(self, runner: Runner) -> None:
        await runner.script(page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1", source_version=2)]))
        report = await runner.script(page(customer("C1", source_version=1), customer("C2", source_version=1)))
        assert (report.total("stale"), report.total("created")) == (1, 1)
        assert [name for (name,) in runner.hub.rows(Customer, "name")] == ["Customer C2"]

    async def test_what_was_made_again_since_lands(self, runner: Runner) -> None:
        await runner.script(page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1", source_version=2)]))
        await runner.script(page(customer("C1", source_version=3)))
        await runner.script(page(customer("C1", source_version=4, name="Renamed")))
        assert runner.hub.rows(Customer, "name") == [("Renamed",)]

    async def test_a_deletion_without_version_says_nothing_of_what_comes_later(self, runner: Runner) -> None:
        await runner.script(page(deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1")]))
        report = await runner.script(page(customer("C1", source_version=1)))
        assert report.total("created") == 1


async def test_while_a_run_waits_it_says_why(runner: Runner) -> None:
    told: list[object] = []
    sleep = runner.sleep

    async def look(seconds: float) -> None:
        await sleep(seconds)
        told.extend(runner.hub.rows(SyncRun, "message"))

    await runner.script(RateLimitedError("too many requests", connection="books", retry_after_seconds=3), page(customer()), sleep=look)
    assert told == [("too many requests",)]
    assert runner.hub.rows(SyncRun, "message") == [(None,)]


class CutOff(BaseException):
    """Stands for a process that is asked to stop."""


class TestWhatARunSays:
    """Only a run that came to its end, and read its connection, says how the connection fares."""

    async def refused(self, runner: Runner) -> None:
        await runner.script(AuthorisationError("the token was revoked", connection="books"))

    async def test_a_run_that_is_cut_off_reconnects_nothing(self, runner: Runner) -> None:
        await self.refused(runner)

        async def cut_off(_seconds: float) -> None:
            raise CutOff

        with pytest.raises(BaseExceptionGroup, match="unhandled errors"):
            await runner.script(transient(), sleep=cut_off)
        assert runner.hub.rows(Connection, "status") == [(ConnectionStatus.NEEDS_AUTHORISATION,)]
        assert runner.notices() == [(NoticeKind.NEEDS_AUTHORISATION, "", True)]

    async def test_a_bug_of_a_connector_is_told(self, runner: Runner) -> None:
        source = ScriptedSource({"customers": [page(customer())]})
        source.feeds = lambda: 1 / 0  # pyright: ignore[reportAttributeAccessIssue] - a bug
        with pytest.raises(ZeroDivisionError):
            await runner.run(source)
        assert runner.notices() == [(NoticeKind.SYNC_FAILED, "", True)]

    async def test_what_reads_no_position_says_nothing(self, runner: Runner) -> None:
        await self.refused(runner)
        before = runner.hub.rows(Checkpoint, "feed")
        await runner.script(page(customer()), saves_position=False)
        await runner.script(SourceContractError("gone", connection="books"), saves_position=False)
        assert runner.hub.rows(Connection, "status") == [(ConnectionStatus.NEEDS_AUTHORISATION,)]
        assert runner.hub.rows(Checkpoint, "feed") == before

    async def test_a_run_that_a_person_cancels_while_it_waits_is_cancelled(self, runner: Runner) -> None:
        is_cancelled: list[bool] = []

        def fence(_connection: sa.Connection) -> None:
            if is_cancelled:
                raise JobCancelledError("cancelled by ana")

        async def cancel(_seconds: float) -> None:
            is_cancelled.append(True)
            raise CutOff

        with pytest.raises(BaseExceptionGroup, match="unhandled errors"):
            await runner.script(transient(), sleep=cancel, fence=fence)
        assert runner.hub.rows(SyncRun, "status", "message") == [(SyncRunStatus.CANCELLED, "cancelled by ana")]

    async def test_a_fault_after_the_last_page_is_none(self, runner: Runner) -> None:
        source = ScriptedSource({"customers": [page(customer(), ends_at="x"), transient()]})
        report = await runner.run(source)
        assert (report.status, source.cursors_seen) == (SyncRunStatus.SUCCEEDED, [("customers", None)])

    async def test_a_feed_that_is_gone_is_forgotten(self, runner: Runner) -> None:
        await runner.run(ScriptedSource({"old": [page(customer())], "new": [page(customer())]}), forgets_feeds=True)
        await runner.run(ScriptedSource({"new": [page(customer())]}), forgets_feeds=True)
        assert runner.hub.rows(Checkpoint, "feed") == [("new",)]

    async def test_the_order_of_files_is_remembered_while_there_is_none(self, runner: Runner) -> None:
        def delivered(sequence: str | None, *steps: Step) -> ScriptedSource:
            return ScriptedSource({}) if sequence is None else ScriptedSource({"file": steps}, sequences={"file": sequence})

        await runner.run(delivered("2", page(customer("C1", name="New"))), forgets_feeds=True)
        await runner.run(delivered(None), forgets_feeds=True)
        report = await runner.run(delivered("1", page(customer("C1", name="Old"))), forgets_feeds=True)
        assert report.status is SyncRunStatus.HELD
        assert runner.hub.rows(Customer, "name") == [("New",)]


class TestCarefulLists:
    async def test_a_list_with_a_row_that_cannot_be_read_deletes_nothing(self, runner: Runner) -> None:
        await with_payments(runner)
        source = listing(["P1", "P2"])
        unreadable = Refusal(stream=Stream.PAYMENTS, place="line 3", reason="no id")
        source.left["payment_ids"] = [page(listed=["P1"], refusals=[unreadable], then="1"), page(listed=["P2"])]
        report = await runner.run(source, fetchable=FETCHABLE)
        assert (report.status, report.total("deleted")) == (SyncRunStatus.HELD, 0)
        assert "could not be read" in str(report.feeds[-1].held)

    async def test_a_newer_version_that_comes_meanwhile_is_not_deleted(self, runner: Runner) -> None:
        await runner.script(page(customer(), payment("P1", "10.00", source_version=4), payment("P2", "10.00", source_version=4)))
        source = listing(["P1"])

        async def fetch(stream: Stream, external_ids: Sequence[str]) -> Page:  # noqa: ARG001 - the protocol of sources
            await Runner(runner.hub).run(ScriptedSource({"hook": [page(payment("P2", "11.00", source_version=5))]}, {"hook": (Stream.PAYMENTS,)}))
            return page()

        source.fetch = fetch
        await runner.run(source, fetchable=FETCHABLE)
        assert runner.hub.rows(Payment, "amount_minor", "is_deleted") == [(1000, False), (1100, False)]

    async def test_what_a_list_names_again_comes_back(self, runner: Runner) -> None:
        names = await with_payments(runner)
        await runner.run(listing(["P1", "P3"]), fetchable=FETCHABLE)
        back = listing(names, fetched={"P2": page(payment("P2", "10.00", on={"I1": "10.00"}))})
        await runner.run(back, fetchable=FETCHABLE, is_full=True)
        assert runner.hub.rows(Payment, "is_deleted") == [(False,)] * 3

    async def test_another_number_than_was_approved_deletes_nothing(self, runner: Runner) -> None:
        await with_payments(runner)
        report = await runner.run(listing(["P1", "P3"]), fetchable=FETCHABLE, closing=Closing(12))
        assert (report.status, report.total("deleted")) == (SyncRunStatus.HELD, 0)
