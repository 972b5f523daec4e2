"""How a connection fares: the one thing that matters most, in words for people; and the same from the rows of the hub."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hub.model import Checkpoint, Connection, RejectedRecord, Row, Schedule, SyncRun, table_of
from hub.sync.connection_facts import freshness_by_stream, read_health
from hub.sync.connection_health import ConnectionFacts, ConnectionHealth, connection_health
from hub.sync.notices import dismiss_notice, raise_notice
from hub.vocabulary import ConnectionState, ConnectionStatus, NoticeKind, RejectionStatus, Stream, SyncRunStatus
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer
from tests.sync.scripted import ScriptedSource
from tests.sync.test_engine import Runner, page

TODAY = date(2026, 11, 20)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, *, day: int = 20) -> datetime:
    """A time of a day of November in UTC; in Berlin it is an hour later."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{text}:00+00:00")


def facts(**known: Any) -> ConnectionFacts:  # noqa: ANN401 - facts by name
    """A connection that read everything at 11:03, one hour before noon, unless the test knows better."""
    well: dict[str, Any] = {
        "name": "books",
        "status": ConnectionStatus.ACTIVE,
        "created_at": at("08:00", day=1),
        "run_status": SyncRunStatus.SUCCEEDED,
        "run_started_at": at("11:00"),
        "run_ended_at": at("11:03"),
        "streak_since": at("09:00", day=2),
        "data_as_of": at("11:03"),
    }
    return ConnectionFacts(**well | known)


RUNNING: dict[str, Any] = {"run_status": SyncRunStatus.RUNNING, "run_started_at": at("10:58"), "run_ended_at": None, "run_read_count": 1200}
HELD = "37 payments are absent from the source, more than 10%; release them with `dunwell sync books --delete-absent 37`"

CASES: dict[str, tuple[dict[str, Any], ConnectionState, str, datetime | None]] = {
    "well, with a schedule": (
        {"next_slot_at": at("11:15")},
        ConnectionState.HEALTHY,
        "Up to date as of 12:03, next run at 12:15",
        at("09:00", day=2),
    ),
    "well, without one": ({}, ConnectionState.HEALTHY, "Up to date as of 12:03", at("09:00", day=2)),
    "the next run is tomorrow": (
        {"next_slot_at": at("05:00", day=21)},
        ConnectionState.HEALTHY,
        "Up to date as of 12:03, next run at 2026-11-21 06:00",
        at("09:00", day=2),
    ),
    "history starts somewhere": (
        {"history_from": date(2024, 1, 1)},
        ConnectionState.HEALTHY,
        "Up to date as of 12:03. Read from 2024-01-01 on; what is older is not here",
        at("09:00", day=2),
    ),
    "a feed never read to its end": (
        {"data_as_of": None},
        ConnectionState.HEALTHY,
        "The last run went well; not every feed has been read to its end",
        at("09:00", day=2),
    ),
    "never run": (
        {"run_status": None, "data_as_of": None, "next_slot_at": at("11:15")},
        ConnectionState.NEVER_RUN,
        "Never read, next run at 12:15",
        at("08:00", day=1),
    ),
    "running": (RUNNING, ConnectionState.SYNCING, "Reading since 11:58: 1,200 records so far", at("10:58")),
    "waiting": (
        RUNNING | {"waiting_until": at("11:05"), "run_message": "too many requests"},
        ConnectionState.WAITING,
        "Reading again at 12:05: too many requests",
        at("10:58"),
    ),
    "waiting for a reason that was not given": (
        RUNNING | {"waiting_until": at("11:05")},
        ConnectionState.WAITING,
        "Reading again at 12:05",
        at("10:58"),
    ),
    "a run that began and of which nothing was heard since": (
        RUNNING | {"notice_message": "no run has succeeded for 48 hours.", "notice_raised_at": at("11:00")},
        ConnectionState.ATTENTION,
        "No run has succeeded for 48 hours; the run that began at 11:58 has not ended",
        at("11:00"),
    ),
    "failed": (
        {"run_status": SyncRunStatus.FAILED, "run_message": "the line broke", "next_slot_at": at("11:15")},
        ConnectionState.FAILING,
        "The last run failed: the line broke; data as of 12:03, next run at 12:15",
        at("09:00", day=2),
    ),
    "failed from the start, silently": (
        {"run_status": SyncRunStatus.FAILED, "data_as_of": None},
        ConnectionState.FAILING,
        "The last run failed: it did not say why; nothing is known for certain yet",
        at("09:00", day=2),
    ),
    "held": ({"run_status": SyncRunStatus.HELD, "run_message": HELD}, ConnectionState.ATTENTION, f"Held: {HELD}", at("09:00", day=2)),
    "stopped by hand": (
        {"run_status": SyncRunStatus.CANCELLED},
        ConnectionState.ATTENTION,
        "The last run was stopped before its end; data as of 12:03",
        at("11:03"),
    ),
    "a feed that stands still": (
        {"feed": "invoices", "problem": "more than half was refused", "problem_since": at("10:02")},
        ConnectionState.ATTENTION,
        "invoices has stood still since 11:02: more than half was refused",
        at("10:02"),
    ),
    "a notice": (
        {"notice_message": "invoices: the field terms is new.", "notice_raised_at": at("10:02"), "history_from": date(2024, 1, 1)},
        ConnectionState.ATTENTION,
        "Invoices: the field terms is new. Read from 2024-01-01 on; what is older is not here",
        at("10:02"),
    ),
    "one refused record": (
        {"rejected_count": 1, "rejected_since": at("10:02")},
        ConnectionState.ATTENTION,
        "1 record was refused (`dunwell rejected list`); data as of 12:03",
        at("10:02"),
    ),
    "many refused records": (
        {"rejected_count": 1200, "rejected_since": at("10:02")},
        ConnectionState.ATTENTION,
        "1,200 records were refused (`dunwell rejected list`); data as of 12:03",
        at("10:02"),
    ),
    "paused": (
        {"status": ConnectionStatus.PAUSED, "status_reason": "they move house", "stopped_at": at("08:10"), "run_status": SyncRunStatus.FAILED},
        ConnectionState.STOPPED,
        "Paused since 09:10 (they move house); resume it with `dunwell connections resume books`",
        at("08:10"),
    ),
    "locked out": (
        {"status": ConnectionStatus.NEEDS_AUTHORISATION, "stopped_at": at("08:10")},
        ConnectionState.STOPPED,
        "Stopped since 09:10: the source refused our credentials; set its secret anew, then `dunwell connections resume books`",
        at("08:10"),
    ),
    "removed": ({"status": ConnectionStatus.REMOVED}, ConnectionState.STOPPED, "Configured no longer; what was read stays", None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_connection_is_told_by_what_matters_most(case: str) -> None:
    known, state, summary, since = CASES[case]
    assert connection_health(facts(**known), today=TODAY, zone=BERLIN) == ConnectionHealth(state, summary, since)


class TestReading:
    @pytest.fixture(autouse=True)
    def connected(self, hub: Hub) -> None:
        assert hub.connect("books") == 1

    def put(self, hub: Hub, row: type[Row], **values: Any) -> None:  # noqa: ANN401 - values of columns
        table = table_of(row)
        counts = {name: 0 for name in table.c.keys() if name.endswith("_count")}  # noqa: SIM118 - a collection of columns, by name
        with hub.store.write() as connection:
            connection.execute(sa.insert(table).values(**{"connection_id": 1} | counts | values))

    def ran(self, hub: Hub, hour: int, status: SyncRunStatus = SyncRunStatus.SUCCEEDED, **values: Any) -> None:  # noqa: ANN401
        ended_at = None if status is SyncRunStatus.RUNNING else at(f"{hour:02}:30")
        self.put(hub, SyncRun, **{"status": status, "trigger": "SCHEDULE", "started_at": at(f"{hour:02}:00"), "ended_at": ended_at} | values)

    def known(self, hub: Hub, feed: str, data_as_of: datetime | None, **values: Any) -> None:  # noqa: ANN401
        self.put(hub, Checkpoint, feed=feed, data_as_of=data_as_of, updated_at=NOON, **values)

    def health(self, hub: Hub) -> tuple[str, str, datetime | None]:
        with hub.store.read() as connection:
            found = read_health(connection, [1], now=NOON, zone=BERLIN)[1]
        return found.state.value, found.summary, found.since

    def test_a_connection_without_any_trace_never_ran(self, hub: Hub) -> None:
        assert self.health(hub) == ("NEVER_RUN", "Never read", NOON)

    def test_several_are_read_at_once_and_the_unknown_left_out(self, hub: Hub) -> None:
        assert hub.connect("crm") == 2
        with hub.store.read() as connection:
            assert set(read_health(connection, [1, 2, 3], now=NOON, zone=BERLIN)) == {1, 2}

    def test_what_is_known_is_as_old_as_the_oldest_feed(self, hub: Hub) -> None:
        self.ran(hub, 10)
        self.known(hub, "invoices", at("10:20"))
        self.known(hub, "payments", at("10:10"))
        assert self.health(hub) == ("HEALTHY", "Up to date as of 11:10", at("10:30"))

    async def test_a_list_of_what_there_is_that_is_read_once_a_day_does_not_make_it_look_old(self, hub: Hub) -> None:
        runner = Runner(hub)
        for _ in range(2):
            script = {"customers": [page(customer())], "ids": [page(listed=("C1",))]}
            streams = {"customers": (Stream.CUSTOMERS,), "ids": (Stream.CUSTOMERS,)}
            await runner.run(ScriptedSource(script, streams=streams, full_lists={"ids": Stream.CUSTOMERS}))
            hub.clock.move_to(hub.clock.now() + timedelta(hours=3))
        assert hub.rows(Checkpoint, "feed", "is_list", "data_as_of") == [("customers", False, NOON + timedelta(hours=3)), ("ids", True, NOON)]
        assert self.health(hub)[:2] == ("HEALTHY", "Up to date as of 16:00")
        with hub.store.read() as connection:
            fresh = connection.execute(freshness_by_stream(table_of(Checkpoint))).all()
        assert [tuple(row) for row in fresh] == [(1, "CUSTOMERS", NOON + timedelta(hours=3))]

    def test_a_feed_that_was_never_read_to_its_end_leaves_it_open(self, hub: Hub) -> None:
        self.ran(hub, 10)
        self.known(hub, "invoices", at("10:20"))
        self.known(hub, "payments", None)
        assert "not every feed" in self.health(hub)[1]

    def test_it_is_well_since_the_first_good_run_after_a_bad_one(self, hub: Hub) -> None:
        for hour, status in ((6, SyncRunStatus.SUCCEEDED), (7, SyncRunStatus.FAILED), (8, SyncRunStatus.SUCCEEDED), (9, SyncRunStatus.SUCCEEDED)):
            self.ran(hub, hour, status)
        assert self.health(hub)[0::2] == ("HEALTHY", at("08:30"))

    def test_it_fails_since_the_first_of_the_failures(self, hub: Hub) -> None:
        for hour, status in ((6, SyncRunStatus.SUCCEEDED), (7, SyncRunStatus.FAILED), (8, SyncRunStatus.FAILED)):
            self.ran(hub, hour, status, message="the line broke")
        self.known(hub, "all", at("06:30"))
        self.put(hub, Schedule, name="books", kind="sync", is_enabled=True, is_declared=False, next_slot_at=at("12:15"))
        self.put(hub, Schedule, name="sweep", kind="sync", is_enabled=False, is_declared=False, next_slot_at=at("12:05"))
        assert self.health(hub) == ("FAILING", "The last run failed: the line broke; data as of 07:30, next run at 13:15", at("07:30"))

    def test_a_run_that_waits_says_until_when(self, hub: Hub) -> None:
        self.ran(hub, 10)
        self.ran(hub, 11, SyncRunStatus.RUNNING, waiting_until=at("12:05"), message="too many requests")
        assert self.health(hub)[:2] == ("WAITING", "Reading again at 13:05: too many requests")

    def test_the_feed_that_has_stood_still_longest_is_told(self, hub: Hub) -> None:
        self.ran(hub, 10)
        self.known(hub, "invoices", at("10:20"), problem="too much was refused", problem_since=at("09:00"))
        self.known(hub, "payments", at("10:20"), problem="no list", problem_since=at("08:00"))
        assert self.health(hub) == ("ATTENTION", "payments has stood still since 09:00: no list", at("08:00"))

    def test_the_gravest_open_notice_is_told(self, hub: Hub) -> None:
        self.ran(hub, 10)
        with hub.store.write() as connection:
            for kind in (NoticeKind.PAUSED, NoticeKind.SCHEMA_DRIFT, NoticeKind.DELETIONS_HELD, NoticeKind.CONTRACT_BROKEN):
                raise_notice(connection, 1, kind, message=f"it is {kind.value}", now=NOON)
            dismiss_notice(connection, 4, now=NOON, by="ada")
        assert self.health(hub) == ("ATTENTION", "It is DELETIONS_HELD", NOON)

    def test_open_rejections_wait_for_a_person_and_others_do_not(self, hub: Hub) -> None:
        self.ran(hub, 10)
        for status in (RejectionStatus.OPEN, RejectionStatus.DISMISSED, RejectionStatus.OPEN):
            refused = {"run_id": 1, "feed": "all", "reason": "no amount", "status": status, "attempt_count": 1, "rejected_at": NOON}
            self.put(hub, RejectedRecord, **refused)
        assert self.health(hub)[1:] == ("2 records were refused (`dunwell rejected list`); nothing is known for certain yet", NOON)

    def test_a_stop_is_told_since_it_was_noticed(self, hub: Hub) -> None:
        with hub.store.write() as connection:
            connection.execute(sa.update(table_of(Connection)).values(status=ConnectionStatus.NEEDS_AUTHORISATION))
            raise_notice(connection, 1, NoticeKind.NEEDS_AUTHORISATION, message="refused", now=at("08:10"))
        told = "Stopped since 09:10: the source refused our credentials; set its secret anew, then `dunwell connections resume books`"
        assert self.health(hub) == ("STOPPED", told, at("08:10"))

    def test_what_another_connection_does_is_its_own_matter(self, hub: Hub) -> None:
        assert hub.connect("crm") == 2
        self.ran(hub, 10)
        self.ran(hub, 11, SyncRunStatus.FAILED, connection_id=2)
        with hub.store.write() as connection:
            raise_notice(connection, 2, NoticeKind.CONTRACT_BROKEN, message="broken", now=NOON)
        self.known(hub, "all", NOON - timedelta(hours=2))
        assert self.health(hub)[:2] == ("HEALTHY", "Up to date as of 11:00")


def test_times_are_told_in_the_zone_of_the_workspace_by_its_own_day() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    told = connection_health(facts(data_as_of=late), today=date(2026, 11, 21), zone=BERLIN).summary
    assert told == "Up to date as of 00:30"
