"""Processing: what an event hints at is fetched once and applied with the end of the event, and what cannot be had is asked for again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.crashpoints import watch_crashpoints
from hub.errors import AuthorisationError, HubError, RateLimitedError, SourceContractError, SourceError, TransientSourceError
from hub.model import CustomerFigures, ExternalReference, Invoice, RejectedRecord, SyncRun, WaitingRecord, WebhookEvent
from hub.plugins.connector import Page
from hub.plugins.records import Deletion
from hub.sync.webhooks.fetching import FAULTS_IN_A_ROW
from hub.sync.webhooks.judging import GIVEN_UP_AFTER, WAITS
from hub.vocabulary import Stream, SyncRunStatus, WebhookEventStatus
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer, invoice, payment
from tests.sync.webhooks.world import GivenUp, System, hint, item, process, statuses, tell

APPLIED, IGNORED, PENDING = WebhookEventStatus.APPLIED, WebhookEventStatus.IGNORED, WebhookEventStatus.PENDING
UNKNOWN, GIVEN_UP = WebhookEventStatus.UNKNOWN, WebhookEventStatus.GIVEN_UP


class DiedError(Exception):
    """The process died."""


def amounts_due(hub: Hub) -> list[int]:
    return [row[0] for row in hub.rows(Invoice, "amount_due_minor")]


class TestApplied:
    async def test_objects_are_fetched_and_land_with_their_figures(self, hub: Hub) -> None:
        system = System([customer("C1"), invoice("I1", "120.00", source_version=4), payment("P1", "20.00", on={"I1": "20.00"})])
        tell(hub, item(1, hint("P1")), item(2, hint("I1", 4)), item(3, hint("C1")))
        report = await process(hub, system)
        hub.refresh()
        assert amounts_due(hub) == [100_00]
        assert hub.rows(CustomerFigures, "outstanding_minor", "overdue_minor") == [(100_00, 100_00)]
        assert statuses(hub) == [APPLIED] * 3
        assert (dict(report.counts), report.next_attempt_at) == ({APPLIED: 3}, None)
        assert hub.rows(WebhookEvent, "attempt_count", "error", "ended_at") == [(1, None, NOON)] * 3

    async def test_many_events_of_one_object_fetch_it_once(self, hub: Hub) -> None:
        system = System([customer("C1", source_version=9)])
        tell(hub, *(item(number, hint("C1", number)) for number in range(10)))
        await process(hub, system)
        assert system.fetched == [(Stream.CUSTOMERS, "C1")]
        assert statuses(hub) == [APPLIED] * 10

    async def test_events_of_a_version_that_the_hub_has_fetch_nothing(self, hub: Hub) -> None:
        system = System([customer("C1", source_version=5)])
        await hub.sync([customer("C1", source_version=5)])
        tell(hub, item(1, hint("C1", 5)), item(2, hint("C1", 4)))
        await process(hub, system)
        assert system.fetched == []
        assert statuses(hub) == [APPLIED] * 2

    @pytest.mark.parametrize(("known", "told"), [(5, None), (None, 5), (5, 6)], ids=["no version told", "no version known", "a later version"])
    async def test_where_versions_do_not_say_that_the_hub_has_it_it_is_fetched(self, hub: Hub, known: int | None, told: int | None) -> None:
        await hub.sync([customer("C1", source_version=known)])
        tell(hub, item(1, hint("C1", told)))
        system = System([customer("C1", name="New", source_version=told)])
        await process(hub, system)
        assert system.fetched == [(Stream.CUSTOMERS, "C1")]
        assert statuses(hub) == [APPLIED]

    async def test_a_deletion_is_applied_and_a_late_event_of_before_does_not_undo_it(self, hub: Hub) -> None:
        await hub.sync([customer("C1"), invoice("I1", source_version=1)])
        system = System([Deletion(stream=Stream.INVOICES, external_id="I1", source_version=2)])
        tell(hub, item(1, hint("I1", 2)))
        await process(hub, system)
        tell(hub, item(2, hint("I1", 1)))
        await process(hub, system)
        assert hub.rows(Invoice, "is_deleted") == [(True,)]
        assert statuses(hub) == [APPLIED] * 2

    async def test_an_object_that_came_back_is_fetched_although_the_hub_had_that_version_once(self, hub: Hub) -> None:
        await hub.sync([customer("C1"), invoice("I1", source_version=3)])
        await hub.sync(Page(records=(), cursor=None, deletions=[Deletion(stream=Stream.INVOICES, external_id="I1")]))
        assert hub.rows(Invoice, "is_deleted") == [(True,)]
        tell(hub, item(1, hint("I1", 3)))
        await process(hub, System([customer("C1"), invoice("I1", source_version=3)]))
        assert hub.rows(Invoice, "is_deleted") == [(False,)]

    async def test_what_is_deleted_here_and_unknown_to_the_source_is_as_it_should_be(self, hub: Hub) -> None:
        await hub.sync([customer("C1"), payment("P1", source_version=1)])
        tell(hub, item(1, hint("P1", 2)))
        system = System()
        await process(hub, system)
        assert statuses(hub) == [UNKNOWN]
        await hub.sync(Page(records=(), cursor=None, deletions=[Deletion(stream=Stream.PAYMENTS, external_id="P1")]))
        hub.clock.move_to(NOON + timedelta(minutes=1))
        await process(hub, system)
        assert statuses(hub) == [APPLIED]

    async def test_a_fetched_older_version_never_overwrites_a_newer_one(self, hub: Hub) -> None:
        await hub.sync([customer("C1"), invoice("I1", "70.00", source_version=7)])
        tell(hub, item(1, hint("I1")))
        await process(hub, System([invoice("I1", "60.00", source_version=6)]))
        assert amounts_due(hub) == [70_00]
        assert hub.rows(ExternalReference, "source_version")[1] == (7,)

    async def test_what_was_fetched_before_a_run_began_is_fetched_again(self, hub: Hub) -> None:
        """The run began to look after the object was deleted, so nothing that it reads tells of the deletion."""

        class Vanishing(System):
            async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
                found = await super().fetch(stream, external_ids)
                if self.history:
                    self.history = []
                    await hub.sync([customer("C1")])
                return found

        tell(hub, item(1, hint("C2", 1)))
        system = Vanishing([customer("C2", source_version=1)])
        await process(hub, system)
        assert hub.rows(ExternalReference, "external_id") == [("C1",)]
        assert (statuses(hub), len(system.fetched)) == ([UNKNOWN], 2)

    async def test_a_record_that_is_refused_is_kept_as_rejected_and_its_event_ends(self, hub: Hub) -> None:
        broken = invoice("I1", currency="EUR", source_version=2, due_date=datetime(1800, 1, 1, tzinfo=NOON.tzinfo).date())
        tell(hub, item(1, hint("I1", 2)), item(2, hint("I2", 2)))
        await process(hub, System([customer("C1"), broken], refused={"I2"}))
        tell(hub, item(3, hint("C1")))
        await process(hub, System([customer("C1")]))
        assert statuses(hub) == [APPLIED] * 3
        assert sorted(hub.rows(RejectedRecord, "external_id", "feed")) == [("I1", "webhooks"), ("I2", "webhooks")]

    async def test_a_record_whose_customer_has_not_arrived_waits_and_its_event_ends(self, hub: Hub) -> None:
        tell(hub, item(1, hint("I1")))
        await process(hub, System([invoice("I1")]))
        assert statuses(hub) == [APPLIED]
        assert hub.rows(WaitingRecord, "external_id") == [("I1",)]
        tell(hub, item(2, hint("C1")))
        await process(hub, System([customer("C1")]))
        assert amounts_due(hub) == [100_00]

    async def test_an_event_of_several_objects_ends_when_all_of_them_are_there(self, hub: Hub) -> None:
        system = System([customer("C1")])
        tell(hub, item(1, hint("C1"), hint("I1")))
        await process(hub, system)
        assert statuses(hub) == [UNKNOWN]
        system.history.append(invoice("I1"))
        hub.clock.move_to(NOON + timedelta(minutes=1))
        await process(hub, system)
        assert statuses(hub) == [APPLIED]

    async def test_the_page_is_a_run_that_begins_and_ends_with_it(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C1")))
        await process(hub, System([customer("C1")]))
        assert hub.rows(SyncRun, "trigger", "status", "read_count", "created_count", "ended_at") == [("WEBHOOK", SyncRunStatus.SUCCEEDED, 1, 1, NOON)]

    async def test_many_events_are_worked_on_in_several_rounds(self, hub: Hub) -> None:
        system = System([customer(f"C{number}") for number in range(1_100)])
        tell(hub, *(item(number, hint(f"C{number}")) for number in range(1_100)))
        report = await process(hub, system)
        assert report.counts == {APPLIED: 1_100}
        assert len(hub.rows(SyncRun, "id")) == 3


class TestIgnored:
    async def test_objects_of_streams_that_the_connection_does_not_take_are_ignored(self, hub: Hub) -> None:
        tell(hub, item(1, hint("P1")), item(2, hint("C1"), hint("P2")))
        system = System([customer("C1"), payment("P1"), payment("P2")])
        await process(hub, system, taken=frozenset({Stream.CUSTOMERS, Stream.INVOICES}))
        assert statuses(hub) == [IGNORED, APPLIED]
        assert system.fetched == [(Stream.CUSTOMERS, "C1")]

    async def test_before_the_first_read_has_ended_nothing_is_fetched(self, hub: Hub) -> None:
        """An object that is fetched, and deleted before that read begins to look, would be told of by nobody."""
        system = System([customer("C1")])
        tell(hub, item(1, hint("C1")), was_read=False)
        await process(hub, system)
        assert (statuses(hub), system.fetched) == ([IGNORED], [])
        await hub.sync([customer("C2")])
        tell(hub, item(2, hint("C1")), was_read=False)
        await process(hub, system)
        assert (statuses(hub), system.fetched) == ([IGNORED, APPLIED], [(Stream.CUSTOMERS, "C1")])

    async def test_what_comes_along_of_such_a_stream_is_left_out(self, hub: Hub) -> None:
        tell(hub, item(1, hint("I1")))
        await process(hub, System([invoice("I1")], extra=[customer("C1", create_only=True)]), taken=frozenset({Stream.INVOICES}))
        assert hub.rows(Invoice, "id") == []
        assert hub.rows(WaitingRecord, "external_id") == [("I1",)]

    async def test_documents_from_before_the_sync_from_date_are_left_out_unless_the_hub_has_them(self, hub: Hub) -> None:
        await hub.sync([customer("C1"), invoice("I1", "10.00", source_version=1)])
        system = System([customer("C1"), invoice("I1", "20.00", source_version=2), invoice("I2", source_version=1), payment("P1", "5.00", source_version=1)])
        tell(hub, item(1, hint("I1", 2)), item(2, hint("I2", 1)), item(3, hint("I2", 1), hint("C1")))
        await process(hub, system, since=date(2030, 1, 1))
        assert statuses(hub) == [APPLIED, IGNORED, APPLIED]
        assert hub.rows(Invoice, "total_minor") == [(2000,)]

    async def test_a_mention_of_an_object_does_not_answer_for_it(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C2")))
        await process(hub, System(extra=[customer("C2", create_only=True)]))
        assert statuses(hub) == [UNKNOWN]


class TestUnknown:
    async def test_it_is_asked_for_again_after_longer_and_longer_waits_and_then_given_up(self, hub: Hub) -> None:
        given_up = GivenUp()
        tell(hub, item(1, hint("I9", 2)))
        waits: list[timedelta] = []
        while (due := (await process(hub, System(), give_up=given_up)).next_attempt_at) is not None:
            waits.append(due - hub.clock.now())
            hub.clock.move_to(due)
        minutes = [1, 5, 30, 120, 360, 720]
        assert waits[:6] == [timedelta(minutes=number) for number in minutes]
        assert sum(waits, timedelta()) == GIVEN_UP_AFTER
        assert statuses(hub) == [GIVEN_UP]
        assert hub.rows(WebhookEvent, "attempt_count", "ended_at") == [(8, NOON + GIVEN_UP_AFTER)]
        assert len(given_up.messages) == 1
        assert "event evt_000001: the source does not know INVOICES 'I9'" in given_up.messages[0]

    async def test_one_that_came_while_the_clock_was_ahead_is_taken_to_have_come_now(self, hub: Hub) -> None:
        hub.clock.move_to(NOON + timedelta(days=365))
        tell(hub, item(1, hint("C1", 1)), item(2, hint("I9")))
        hub.clock.move_to(NOON)
        report = await process(hub, System([customer("C1", source_version=1)]))
        assert statuses(hub) == [APPLIED, UNKNOWN]
        assert report.next_attempt_at == NOON + timedelta(minutes=1)
        assert hub.rows(WebhookEvent, "received_at") == [(NOON,), (NOON,)]

    async def test_before_it_is_due_it_is_left_alone(self, hub: Hub) -> None:
        system = System()
        tell(hub, item(1, hint("I9")))
        await process(hub, system)
        hub.clock.move_to(NOON + timedelta(seconds=59))
        await process(hub, system)
        assert system.fetched == [(Stream.INVOICES, "I9")]

    async def test_an_answer_that_is_older_than_the_event_is_applied_and_asked_for_again(self, hub: Hub) -> None:
        system = System([customer("C1", name="Old", source_version=1), customer("C1", name="New", source_version=2)], lag=1)
        tell(hub, item(1, hint("C1", 2)))
        await process(hub, system)
        assert statuses(hub) == [UNKNOWN]
        assert hub.rows(WebhookEvent, "error") == [("the source has CUSTOMERS 'C1' in version 1 only, not in 2",)]
        system.lag = 0
        hub.clock.move_to(NOON + timedelta(minutes=1))
        await process(hub, system)
        assert statuses(hub) == [APPLIED]

    async def test_it_ends_as_applied_when_a_run_has_brought_the_object_meanwhile(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C1", 2)))
        await process(hub, System())
        await hub.sync([customer("C1", source_version=2)])
        hub.clock.move_to(NOON + timedelta(minutes=1))
        system = System()
        await process(hub, system)
        assert (statuses(hub), system.fetched) == ([APPLIED], [])

    async def test_many_that_are_given_up_make_one_message_with_some_of_them(self, hub: Hub) -> None:
        given_up = GivenUp()
        tell(hub, *(item(number, hint(f"I{number}")) for number in range(20)))
        hub.clock.move_to(NOON + GIVEN_UP_AFTER)
        await process(hub, System(), give_up=given_up)
        assert statuses(hub) == [GIVEN_UP] * 20
        assert len(given_up.messages) == 1
        assert "(20 events)" in given_up.messages[0]
        assert "and 15 more" in given_up.messages[0]


@dataclass
class Unserving(System):
    """A system that fails whenever it is asked for an object that has a cause."""

    causes: dict[str, SourceError] = field(default_factory=dict[str, SourceError])
    asked: int = 0

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        self.asked += 1
        for name in external_ids:
            if name in self.causes:
                raise self.causes[name]
        return await super().fetch(stream, external_ids)


class TestErrors:
    @pytest.mark.parametrize(
        "error",
        [RateLimitedError("busy", connection="books", retry_after_seconds=9), AuthorisationError("no", connection="books")],
        ids=lambda error: type(error).__name__,
    )
    async def test_what_no_object_is_at_fault_for_leaves_as_it_is_and_the_events_stay_open(self, hub: Hub, error: HubError) -> None:
        system = System([customer("C1")], failing=[error])
        tell(hub, item(1, hint("C1")))
        with pytest.raises(type(error)) as raised:
            await process(hub, system)
        assert raised.value is error
        assert (statuses(hub), hub.rows(WebhookEvent, "attempt_count")) == ([PENDING], [(0,)])
        await process(hub, system)
        assert statuses(hub) == [APPLIED]

    async def test_what_was_fetched_before_such_an_error_is_applied(self, hub: Hub) -> None:
        system = Unserving([customer("C1"), invoice("I1")], causes={"I1": RateLimitedError("busy", connection="books")})
        tell(hub, item(1, hint("C1")), item(2, hint("I1")), item(3, hint("C1"), hint("I1")))
        with pytest.raises(RateLimitedError):
            await process(hub, system)
        assert statuses(hub) == [APPLIED, PENDING, PENDING]
        assert hub.rows(ExternalReference, "external_id") == [("C1",)]

    @pytest.mark.parametrize("family", [TransientSourceError, SourceContractError])
    async def test_an_object_that_the_source_cannot_serve_keeps_no_other_one_away_and_is_given_up(self, hub: Hub, family: type[SourceError]) -> None:
        system = Unserving([customer(f"C{number}") for number in range(150)], causes={"C7": family("it answered 500", connection="books")})
        tell(hub, *(item(number, hint(f"C{number}")) for number in range(150)))
        given_up = GivenUp()
        report = await process(hub, system, give_up=given_up)
        assert report.counts == {APPLIED: 149, UNKNOWN: 1}
        assert len(hub.rows(ExternalReference, "id")) == 149
        assert hub.rows(WebhookEvent, "error", "next_attempt_at")[7] == ("the source could not serve CUSTOMERS 'C7': it answered 500", NOON + WAITS[0])
        assert system.asked <= 20
        while (due := report.next_attempt_at) is not None:
            hub.clock.move_to(due)
            report = await process(hub, system, give_up=given_up)
        assert statuses(hub)[7] is GIVEN_UP
        assert "could not serve CUSTOMERS 'C7': it answered 500" in given_up.messages[0]

    async def test_a_source_that_is_out_is_soon_asked_no_more_and_the_events_that_were_not_tried_stay_open(self, hub: Hub) -> None:
        names = [f"C{number}" for number in range(100)]
        system = Unserving([customer(name) for name in names], causes={name: TransientSourceError("the line broke", connection="books") for name in names})
        tell(hub, *(item(number, hint(name)) for number, name in enumerate(names)))
        with pytest.raises(TransientSourceError, match="the line broke"):
            await process(hub, system)
        assert (system.asked <= 20, Counter(statuses(hub))) == (True, {UNKNOWN: FAULTS_IN_A_ROW, PENDING: 100 - FAULTS_IN_A_ROW})
        system.causes = {}
        await process(hub, system)
        assert Counter(statuses(hub)) == {UNKNOWN: FAULTS_IN_A_ROW, APPLIED: 100 - FAULTS_IN_A_ROW}

    async def test_objects_that_cannot_be_served_are_passed_however_many_stand_before_the_others(self, hub: Hub) -> None:
        bad = {f"C{number}": TransientSourceError("it answered 500", connection="books") for number in range(8)}
        system = Unserving([customer("C9")], causes=dict(bad))
        tell(hub, *(item(number, hint(name)) for number, name in enumerate([*bad, "C9"])))
        for _ in range(2):
            with pytest.raises(TransientSourceError):
                await process(hub, system)
        await process(hub, system)
        assert statuses(hub) == [UNKNOWN] * 8 + [APPLIED]

    async def test_a_source_that_cannot_fetch_breaks_its_contract(self, hub: Hub) -> None:
        class Unable(System):
            fetch = None  # pyright: ignore[reportAssignmentType]

        tell(hub, item(1, hint("C1")))
        with pytest.raises(SourceContractError, match="cannot do it"):
            await process(hub, Unable())

    async def test_a_record_that_the_database_refuses_does_not_keep_the_others_out(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C1")), item(2, hint("C2")))
        await process(hub, System([customer("C1"), customer("C2", name="a\0b")]))
        assert statuses(hub) == [APPLIED] * 2
        assert hub.rows(ExternalReference, "external_id") == [("C1",)]
        assert hub.rows(RejectedRecord, "external_id") == [("C2",)]


class Closing:
    """A fence that lets so many transactions pass."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def __call__(self, connection: sa.Connection) -> None:
        del connection
        if not self.left:
            raise DiedError
        self.left -= 1


class TestFence:
    async def test_work_that_was_taken_over_changes_nothing(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C1")), item(2, hint("I9")))
        await hub.sync([customer("C7")])
        before = hub.everything()
        for allowed in range(2):
            with pytest.raises(DiedError):
                await process(hub, System([customer("C1")]), fence=Closing(allowed))
            assert hub.everything() == before

    async def test_the_fence_comes_first_in_every_transaction_that_changes_something(self, hub: Hub) -> None:
        tell(hub, item(1, hint("C1")), item(2, hint("I9")))
        first: list[str] = []
        opened: set[int] = set()

        def begun(connection: sa.Connection) -> None:
            opened.add(id(connection))

        def executed(_connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
            if opened and statement.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}:
                first.append(statement)
                opened.clear()

        def fence(connection: sa.Connection) -> None:
            connection.execute(sa.text("UPDATE job_run SET epoch = epoch"))

        event.listen(hub.store.engine, "begin", begun)
        event.listen(hub.store.engine, "before_cursor_execute", executed)
        await process(hub, System([customer("C1")]), fence=fence)
        assert [statement for statement in first[:2] if "job_run" not in statement] == []
        assert len(first) >= 2


POINTS = (
    "webhook.taken",
    "webhook.fetched",
    "page.before_begin",
    "page.rows_written",
    "webhook.applied",
    "page.before_commit",
    "page.after_commit",
    "webhook.answered",
)


@pytest.mark.parametrize("point", POINTS)
async def test_a_process_that_dies_anywhere_has_no_row_without_its_event_and_the_next_one_finishes(hub: Hub, point: str) -> None:
    system = System([customer("C1"), invoice("I1", "80.00", source_version=1)])
    tell(hub, item(1, hint("C1")), item(2, hint("I1", 1)), item(3, hint("I1", 1)))

    def die(name: str) -> None:
        if name == point:
            raise DiedError

    watch_crashpoints(die)
    try:
        with pytest.raises(DiedError):
            await process(hub, system)
    finally:
        watch_crashpoints(None)
    assert (amounts_due(hub) == [80_00]) == (statuses(hub) == [APPLIED] * 3)
    await process(hub, system)
    assert amounts_due(hub) == [80_00]
    assert statuses(hub) == [APPLIED] * 3
    assert {status for (status,) in hub.rows(SyncRun, "status")} == {SyncRunStatus.SUCCEEDED}
