"""A slot is submitted once: whatever the clock does, however often is looked, and however long nothing ran."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hub.config import ConnectionSettings, Settings, WorkspaceSettings, parse_schedule
from hub.errors import NotFoundError
from hub.jobs.pausing import list_schedules, pause_schedule, resume_schedule
from hub.jobs.retention import KEPT_DAYS, delete_finished
from hub.jobs.scheduling import forget_false_slots, register_schedules, tick
from hub.jobs.standing import keep_standing
from hub.jobs.timetable import Timetable
from hub.vocabulary import ConnectionKind, ConnectionStatus, JobStatus
from tests.examples import examples
from tests.jobs.workplace import BERLIN, CONNECTIONS, JOBS, NOW, SCHEDULES, Workplace

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def declare(work: Workplace, *, zone: ZoneInfo = BERLIN, **schedules: str | None) -> None:
    """What a start of the hub does with connections and their schedules."""
    connections = tuple(
        ConnectionSettings(name, "files", ConnectionKind.FILES, schedule=None if text is None else parse_schedule(text)) for name, text in schedules.items()
    )
    found = Settings(Path(), "", Path(), WorkspaceSettings("Test", "EUR", zone), connections=connections)
    with work.store.write() as connection:
        known = connection.execute(sa.select(CONNECTIONS.c.name)).scalars().all()
    for name in schedules:
        if name not in known:
            work.connect(name)
    with work.store.write() as connection:
        register_schedules(connection, found, work.clock.now())


def tick_at(work: Workplace, instant: datetime | None = None, *, zone: ZoneInfo = BERLIN) -> Sequence[int]:
    """One tick, at an instant or now."""
    work.clock.move_to(instant or work.clock.now())
    with work.store.write() as connection:
        return tick(connection, work.clock.now(), zone)


def keys(work: Workplace) -> list[str]:
    return [job["unique_key"] for job in work.jobs()]


def finish_all(work: Workplace) -> None:
    """What waits is done, so that it covers nothing that comes."""
    work.change(sa.update(JOBS).values(status=JobStatus.DONE, ended_at=work.clock.now()))


def the(work: Workplace, name: str = "books") -> dict[str, Any]:
    [found] = [schedule for schedule in work.schedules() if schedule["name"] == name]
    return found


class TestSlots:
    def test_a_new_schedule_waits_for_its_first_slot(self, work: Workplace) -> None:
        declare(work, books="0 6 * * *")  # at 13:00 in Berlin
        assert (the(work)["last_slot_at"], the(work)["next_slot_at"]) == (None, datetime(2026, 3, 3, 5, tzinfo=UTC))
        assert tick_at(work) == []
        assert tick_at(work, datetime(2026, 3, 3, 4, 59, tzinfo=UTC)) == []

    def test_a_slot_becomes_a_job_of_its_connection(self, work: Workplace) -> None:
        declare(work, books="0 6 * * *")
        [job_id] = tick_at(work, datetime(2026, 3, 3, 5, 0, 20, tzinfo=UTC))
        found = work.job()
        connection_id = the(work)["connection_id"]
        assert (found["id"], found["kind"], found["unique_key"]) == (job_id, "sync", "sync:books:2026-03-03T05:00:00Z")
        assert (found["connection_id"], found["lock"], found["run_at"]) == (connection_id, f"connection:{connection_id}", work.clock.now())
        assert (the(work)["last_slot_at"], the(work)["next_slot_at"]) == (datetime(2026, 3, 3, 5, tzinfo=UTC), datetime(2026, 3, 4, 5, tzinfo=UTC))

    def test_a_schedule_without_connection_has_a_lock_of_its_own(self, work: Workplace) -> None:
        values = {"name": "snapshot figures", "kind": "snapshot", "payload": {"all": True}, "cron": "* * * * *", "is_enabled": True, "is_declared": False}
        work.change(sa.insert(SCHEDULES).values(**values, next_slot_at=NOW))
        tick_at(work)
        assert (work.job()["lock"], work.job()["payload"], work.job()["connection_id"]) == ("schedule:snapshot figures", {"all": True}, None)

    def test_a_slot_is_submitted_once_however_often_is_looked(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        for minute in range(61):
            tick_at(work, NOW + timedelta(minutes=minute))
            tick_at(work)
            finish_all(work)
        assert keys(work) == [f"sync:books:2026-03-02T{time}:00Z" for time in ("12:15", "12:30", "12:45", "13:00")]

    def test_two_who_look_at_once_submit_it_once(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="every 15 minutes")
        both = Barrier(2)
        work.clock.move_to(NOW + HOUR)

        def look() -> int:
            both.wait()
            return len(tick_at(work))

        with ThreadPoolExecutor(2) as threads:
            assert sorted(future.result() for future in [threads.submit(look) for _ in range(2)]) == [0, 2]
        assert len(keys(work)) == 2

    def test_of_missed_slots_the_latest_is_run_and_no_other(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="0 6 * * *")
        tick_at(work, NOW + 3 * DAY + timedelta(minutes=7))
        assert keys(work) == ["sync:books:2026-03-05T12:00:00Z", "sync:shop:2026-03-05T05:00:00Z"]
        assert tick_at(work) == []

    def test_slots_do_not_pile_up_behind_a_job_that_waits(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        for quarter in range(1, 5):
            tick_at(work, NOW + timedelta(minutes=15 * quarter))
        assert keys(work) == ["sync:books:2026-03-02T12:15:00Z"]
        assert the(work)["last_slot_at"] == NOW + HOUR

    def test_a_connection_that_may_not_run_lets_its_slots_pass(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        work.change(sa.update(CONNECTIONS).values(status=ConnectionStatus.NEEDS_AUTHORISATION))
        assert tick_at(work, NOW + HOUR) == []
        work.change(sa.update(CONNECTIONS).values(status=ConnectionStatus.ACTIVE))
        assert tick_at(work, NOW + HOUR + timedelta(minutes=14)) == []
        assert len(tick_at(work, NOW + HOUR + timedelta(minutes=15))) == 1

    def test_a_schedule_that_cannot_be_computed_keeps_no_other_one_from_running(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="every 15 minutes")
        work.change(sa.update(SCHEDULES).where(SCHEDULES.c.name == "books").values(cron="61 * * * *", interval_seconds=None))
        tick_at(work, NOW + HOUR)
        assert keys(work) == ["sync:shop:2026-03-02T13:00:00Z"]
        assert the(work)["next_slot_at"] is None


class TestTheClock:
    def test_put_back_fires_no_slot_again(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        tick_at(work, NOW + HOUR)
        finish_all(work)
        for minute in range(0, 75, 5):
            assert tick_at(work, NOW + timedelta(minutes=minute)) == []
            declare(work, books="every 15 minutes")  # a restart meanwhile
        assert len(tick_at(work, NOW + timedelta(minutes=75))) == 1

    def test_put_back_fires_no_slot_again_whose_job_was_deleted(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        tick_at(work, NOW + HOUR)
        finish_all(work)
        with work.store.write() as connection:
            assert delete_finished(connection, now=NOW + timedelta(days=KEPT_DAYS + 1)) == 1
        work.change(sa.update(SCHEDULES).values(next_slot_at=NOW + HOUR))  # even if somebody asks for it
        assert tick_at(work, NOW + HOUR) == []
        assert work.jobs() == []

    def test_put_back_in_autumn_runs_a_nightly_slot_once(self, work: Workplace) -> None:
        work.clock.move_to(datetime(2026, 10, 24, 12, tzinfo=UTC))
        declare(work, books="30 2 * * *")
        for hours in range(24):
            tick_at(work, datetime(2026, 10, 24, 20, tzinfo=UTC) + hours * HOUR)
            finish_all(work)
        assert keys(work) == ["sync:books:2026-10-25T00:30:00Z"]

    def test_put_forward_in_spring_runs_a_nightly_slot_that_is_left_out(self, work: Workplace) -> None:
        work.clock.move_to(datetime(2026, 3, 28, 12, tzinfo=UTC))
        declare(work, books="30 2 * * *")
        for hours in range(24):
            tick_at(work, datetime(2026, 3, 28, 20, tzinfo=UTC) + hours * HOUR)
            finish_all(work)
        assert keys(work) == ["sync:books:2026-03-29T01:00:00Z"]

    def test_that_was_far_ahead_for_a_while_is_forgotten_when_a_person_resumes(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        tick_at(work, NOW + 365 * DAY)
        finish_all(work)
        assert tick_at(work, NOW + HOUR) == []
        with work.store.write() as connection:
            assert resume_schedule(connection, "books", now=NOW + HOUR, zone=BERLIN) == NOW + HOUR + timedelta(minutes=15)
        assert len(tick_at(work, NOW + HOUR + timedelta(minutes=15))) == 1

    def test_that_was_far_ahead_for_one_look_stops_no_schedule_and_is_told(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="0 6 * * *")
        look_at(work, NOW + 365 * DAY)
        finish_all(work)
        with capture_logs() as logs:
            assert look_at(work, NOW + timedelta(minutes=14)) == []
        assert sorted(entry["schedule"] for entry in logs if entry["log_level"] == "warning") == ["books", "shop"]
        assert (the(work, "books")["last_slot_at"], the(work, "books")["next_slot_at"]) == (NOW + timedelta(minutes=14), NOW + timedelta(minutes=15))
        assert len(look_at(work, NOW + timedelta(minutes=15))) == 1
        assert len(look_at(work, datetime(2026, 3, 3, 5, tzinfo=UTC))) == 1

    def test_that_was_far_ahead_when_a_schedule_was_made_does_not_keep_it_waiting(self, work: Workplace) -> None:
        work.clock.move_to(NOW + 365 * DAY)
        declare(work, books="every 15 minutes")
        with work.store.write() as connection:
            keep_standing(connection, {"watch connections": ("watch", timedelta(minutes=5))}, now=work.clock.now())
        look_at(work, NOW)
        assert len(look_at(work, NOW + timedelta(minutes=15))) == 2

    def test_put_back_by_up_to_an_hour_is_waited_for(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="0 6 * * *")
        look_at(work, NOW + HOUR)
        before = work.schedules()
        with capture_logs() as logs:
            look_at(work, NOW)
        assert (work.schedules(), logs) == (before, [])

    def test_put_back_far_fires_no_slot_again_that_was_fired(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        for minute in (0, 300, 0, 300):
            for quarter in range(1, 9):
                look_at(work, NOW + timedelta(minutes=minute + 15 * quarter))
                finish_all(work)
        assert len(keys(work)) == 16

    def test_put_back_leaves_a_schedule_that_cannot_be_computed_alone(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="every 15 minutes")
        look_at(work, NOW + 365 * DAY)
        work.change(sa.update(SCHEDULES).where(SCHEDULES.c.name == "books").values(cron="61 * * * *", interval_seconds=None))
        look_at(work, NOW)
        assert the(work, "shop")["next_slot_at"] == NOW + timedelta(minutes=15)


def look_at(work: Workplace, instant: datetime) -> Sequence[int]:
    """What an engine does that starts at an instant, or whose clock was put back to it."""
    work.clock.move_to(instant)
    with work.store.write() as connection:
        forget_false_slots(connection, instant, BERLIN)
    return tick_at(work)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@given(
    moves=st.lists(st.tuples(st.integers(1, 600), st.sampled_from([0, 0, 2, 7, 25])), min_size=1, max_size=20),
    text=st.sampled_from(["every 15 minutes", "*/20 * * * *", "30 2 * * *"]),
)
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_often_the_clock_is_days_ahead_for_a_look_slots_come_and_none_twice(work: Workplace, moves: list[tuple[int, int]], text: str) -> None:
    """Minutes forward, now and then days ahead and back: each look submits what has come due since the one before, and nothing a second time."""
    work.clear()
    here = datetime(2026, 10, 24, 20, tzinfo=UTC)
    work.clock.move_to(here)
    declare(work, books=text)
    timetable, submitted = Timetable(parse_schedule(text), BERLIN), list[int]()
    for minutes, days in moves:
        if days:
            submitted += look_at(work, here + days * DAY)
            finish_all(work)
            assert look_at(work, here) == []
        before, here = here, here + timedelta(minutes=minutes)
        found = look_at(work, here)
        finish_all(work)
        is_there = f"sync:books:{timetable.latest_until(here):%Y-%m-%dT%H:%M:%SZ}" in keys(work)
        assert is_there or timetable.next_after(before) > here
        submitted += found
    assert len(submitted) == len(set(submitted)) == len(set(keys(work)))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@given(moves=st.lists(st.integers(-300, 600), min_size=1, max_size=30), text=st.sampled_from(["every 15 minutes", "*/20 * * * *", "30 2 * * *"]))
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_the_clock_goes_slots_only_move_on(work: Workplace, moves: list[int], text: str) -> None:
    """Minutes forward and back, each followed by a look: no slot comes twice or after a later one, and none before its time."""
    work.clear()
    work.clock.move_to(datetime(2026, 10, 24, 20, tzinfo=UTC))
    declare(work, books=text)
    for minutes in moves:
        tick_at(work, work.clock.now() + timedelta(minutes=minutes))
        finish_all(work)
        assert all(job["unique_key"] <= f"sync:books:{job['created_at']:%Y-%m-%dT%H:%M:%SZ}" for job in work.jobs())
    assert keys(work) == sorted(set(keys(work)))


class TestDeclaredSchedules:
    def test_are_rows_as_the_settings_say(self, work: Workplace) -> None:
        declare(work, books="every 2 hours", shop="0 6 * * 1-5", hand=None)
        found = [(row["name"], row["kind"], row["cron"], row["interval_seconds"], row["is_declared"], row["is_enabled"]) for row in work.schedules()]
        assert found == [("books", "sync", None, 7_200, True, True), ("shop", "sync", "0 6 * * 1-5", None, True, True)]

    def test_that_are_declared_no_longer_are_gone_and_others_stay(self, work: Workplace) -> None:
        work.change(sa.insert(SCHEDULES).values(name="by hand", kind="x", cron="* * * * *", is_enabled=True, is_declared=False))
        declare(work, books="every 2 hours", shop="every 2 hours")
        declare(work, books="every 2 hours", shop=None)
        assert [row["name"] for row in work.schedules()] == ["books", "by hand"]

    def test_that_changed_start_anew(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        work.clock.move_to(NOW + HOUR)
        declare(work, books="0 6 * * *")
        assert (the(work)["cron"], the(work)["interval_seconds"], the(work)["next_slot_at"]) == ("0 6 * * *", None, datetime(2026, 3, 3, 5, tzinfo=UTC))

    def test_keep_a_slot_that_fell_due_while_nothing_ran(self, work: Workplace) -> None:
        declare(work, books="0 6 * * *")
        work.clock.move_to(NOW + 3 * DAY)
        declare(work, books="0 6 * * *")
        tick_at(work)
        assert keys(work) == ["sync:books:2026-03-05T05:00:00Z"]

    def test_follow_the_zone_of_the_workspace_when_it_changes(self, work: Workplace) -> None:
        declare(work, books="0 6 * * *")
        declare(work, books="0 6 * * *", zone=ZoneInfo("America/New_York"))
        assert the(work)["next_slot_at"] == datetime(2026, 3, 3, 11, tzinfo=UTC)


class TestPausing:
    def test_lets_slots_pass_across_restarts_until_it_is_resumed(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        with work.store.write() as connection:
            pause_schedule(connection, "books")
        declare(work, books="every 15 minutes")
        declare(work, books="every 30 minutes")
        assert tick_at(work, NOW + DAY) == []
        with work.store.write() as connection:
            assert resume_schedule(connection, "books", now=work.clock.now(), zone=BERLIN) == NOW + DAY + timedelta(minutes=30)
        assert tick_at(work) == []
        assert len(tick_at(work, NOW + DAY + timedelta(minutes=30))) == 1

    def test_is_shown(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes", shop="every 15 minutes")
        with work.store.write() as connection:
            pause_schedule(connection, "books")
        with work.store.read() as connection:
            books, shop = list_schedules(connection)
        assert (books.name, books.connection, books.schedule.text, books.is_enabled, books.next_slot_at) == ("books", "books", "every 15 minutes", False, None)
        assert (shop.is_enabled, shop.is_declared, shop.next_slot_at) == (True, True, NOW + timedelta(minutes=15))

    def test_of_what_is_not_there_tells_what_is(self, work: Workplace) -> None:
        declare(work, books="every 15 minutes")
        with pytest.raises(NotFoundError, match="there is no schedule 'shop'; there is books"), work.store.write() as connection:
            pause_schedule(connection, "shop")
