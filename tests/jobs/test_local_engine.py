"""The engine of one process does all that is due, in order, one job for each lock, and stops without losing anything."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc
from structlog.testing import capture_logs

from hub.errors import AuthorisationError, ConflictError, RateLimitedError, StoreError
from hub.jobs import JobHandle, LocalEngine, NewJob
from hub.jobs.control import cancel, retry_dead
from hub.jobs.execution import claim_next
from hub.jobs.local_engine import alone
from hub.jobs.outcomes import MAX_ATTEMPTS
from hub.jobs.retention import KEPT_DAYS
from hub.jobs.submitting import connection_lock
from hub.store.engine import run_in_thread
from hub.vocabulary import JobStatus
from tests.jobs.workplace import JOBS, NOW, SCHEDULES, Gate, Workplace, all_steps, fails, keys_of, watched
from tests.lost_locks import lose_lock

SECOND = timedelta(seconds=1)


@asynccontextmanager
async def running(engine: LocalEngine) -> AsyncGenerator[anyio.Event]:
    """An engine at work, which is stopped in good order at the end."""
    stop = anyio.Event()
    async with anyio.create_task_group() as tasks:
        await tasks.start(engine.run, stop)
        yield stop
        stop.set()


class TestWhatIsDone:
    async def test_is_all_that_is_due(self, work: Workplace) -> None:
        work.submit(*(NewJob("steps", key) for key in "abcdef"))
        await work.engine().drain()
        assert sorted(work.effects()) == all_steps(*"abcdef")
        assert {(job["status"], job["attempt_count"], job["ended_at"], job["error"]) for job in work.jobs()} == {(JobStatus.DONE, 1, NOW, None)}

    async def test_is_not_what_is_due_later(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a", run_at=NOW + SECOND))
        await work.engine().drain()
        assert work.job()["status"] is JobStatus.QUEUED
        work.clock.move_to(NOW + SECOND)
        await work.engine().drain()
        assert work.job()["status"] is JobStatus.DONE

    async def test_is_done_in_the_order_of_its_time(self, work: Workplace) -> None:
        order = [3, 1, 2, 1]
        work.submit(*(NewJob("steps", f"{seconds}-{number}", run_at=NOW + seconds * SECOND) for number, seconds in enumerate(order)))
        work.clock.move_to(NOW + 3 * SECOND)
        gate = Gate()
        gate.opened.set()
        await work.engine({"steps": gate}, size=1).drain()
        assert keys_of(gate.handles) == ["1-1", "1-3", "2-2", "3-0"]

    async def test_goes_on_from_what_was_done_before(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a"))
        tries = [StoreError("the database was away")]

        async def breaks_off_once(handle: JobHandle) -> None:
            await run_in_thread(partial(work.do_step, handle))
            if tries:
                raise tries.pop()
            await work.do_steps(handle)

        await work.engine({"steps": breaks_off_once}).drain()
        work.clock.move_to(NOW + 30 * SECOND)
        await work.engine({"steps": breaks_off_once}).drain()
        assert (work.effects(), work.job()["attempt_count"]) == (all_steps("a"), 2)


class TestLocks:
    async def test_jobs_with_one_lock_never_run_at_a_time_and_others_do(self, work: Workplace) -> None:
        running_now: Counter[str] = Counter()
        most: Counter[str] = Counter()
        together: set[int] = set()

        async def note(handle: JobHandle) -> None:
            lock = handle.lock or handle.key
            running_now[lock] += 1
            most[lock] = max(most[lock], running_now[lock])
            together.add(running_now.total())
            await work.do_steps(handle)
            running_now[lock] -= 1

        jobs = [NewJob("steps", f"{lock}{number}", lock=lock) for number in range(4) for lock in "xy"]
        work.submit(*jobs, NewJob("steps", "free1"), NewJob("steps", "free2"))
        await work.engine({"steps": note}, size=4).drain()
        assert set(most.values()) == {1}
        assert max(together) > 1
        assert sorted(work.effects()) == all_steps(*(job.key for job in jobs), "free1", "free2")

    async def test_a_busy_lock_keeps_no_other_job_waiting(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(*(NewJob("gate", f"x{number}", lock="x") for number in range(6)), NewJob("steps", "y", lock="y"))
        async with running(work.engine({"gate": gate, "steps": work.do_steps}, size=2)):
            await gate.started.wait()
            while work.effects() != all_steps("y"):
                await anyio.lowlevel.checkpoint()
            assert keys_of(gate.handles) == ["x0"]
            gate.opened.set()

    async def test_a_job_that_waits_for_its_next_attempt_keeps_no_other_one_waiting(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a", lock="x"), NewJob("steps", "b", lock="x"))
        await work.engine({"fails": fails(StoreError("away")), "steps": work.do_steps}).drain()
        assert [job["status"] for job in work.jobs()] == [JobStatus.QUEUED, JobStatus.DONE]

    def test_what_reads_a_connection_has_one_lock(self) -> None:
        assert connection_lock(7) == "connection:7"


class TestKindsThatTakeLong:
    @staticmethod
    def long_ones(count: int) -> list[NewJob]:
        return [NewJob("long", f"long{number}", lock=f"x{number}") for number in range(count)]

    async def test_leave_a_place_to_the_others_however_many_hang(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(*self.long_ones(6))
        work.clock.move_to(NOW + SECOND)
        work.submit(NewJob("steps", "a"), NewJob("steps", "b"))
        async with running(work.engine({"long": gate, "steps": work.do_steps}, size=4, long_kinds=["long"])):
            while sorted(work.effects()) != all_steps("a", "b"):
                await anyio.lowlevel.checkpoint()
            assert keys_of(gate.handles) == ["long0", "long1", "long2"]
            gate.opened.set()

    @pytest.mark.parametrize("size", [1, 2, 3])
    async def test_are_all_done_in_the_end_even_with_a_single_place(self, work: Workplace, size: int) -> None:
        work.submit(*self.long_ones(4), NewJob("steps", "a"))
        await work.engine({"long": work.do_steps, "steps": work.do_steps}, size=size, long_kinds=["long"]).drain()
        assert sorted(work.effects()) == all_steps("a", *(job.key for job in self.long_ones(4)))

    async def test_leave_to_the_others_every_place_that_these_want(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(*(NewJob("short", f"short{number}") for number in range(3)), *self.long_ones(1))
        engine = work.engine({"long": gate, "short": gate}, size=3, long_kinds=["long"])
        async with running(engine):
            while len(gate.handles) < 3:
                await anyio.lowlevel.checkpoint()
            assert keys_of(gate.handles) == ["short0", "short1", "short2"]
            gate.opened.set()


class TestFailures:
    async def test_are_tried_again_after_a_wait_and_end_well(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"))
        engine = work.engine({"fails": fails(StoreError("the database was away"))})
        await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"], found["error"]) == (JobStatus.QUEUED, 1, "the database was away")
        assert (found["run_at"], found["ended_at"]) == (NOW + 30 * SECOND, None)
        work.clock.move_to(NOW + 30 * SECOND)
        await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"], found["error"], found["ended_at"]) == (JobStatus.DONE, 2, None, NOW + 30 * SECOND)

    async def test_wait_as_long_as_the_source_asks(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"))
        await work.engine({"fails": fails(RateLimitedError("slow down", connection="books", retry_after_seconds=90))}).drain()
        assert work.job()["run_at"] == NOW + 90 * SECOND

    async def test_keep_slots_and_deliveries_waiting_as_long_as_the_source_asks(self, work: Workplace) -> None:
        values = {"name": "nightly", "kind": "asks", "interval_seconds": 60, "is_enabled": True, "is_declared": False}
        work.change(sa.insert(SCHEDULES).values(**values, next_slot_at=NOW))
        asked: list[timedelta] = []

        async def refused(_: JobHandle) -> None:
            await anyio.lowlevel.checkpoint()
            asked.append(work.clock.now() - NOW)
            raise RateLimitedError("slow down", connection="books", retry_after_seconds=3_600)

        for minute in range(0, 65, 10):
            work.clock.move_to(NOW + timedelta(minutes=minute))
            work.submit(NewJob("asks", f"delivery:{minute}"), coalesce=True)
            await work.engine({"asks": refused}).drain()
        hour = timedelta(hours=1)
        assert asked == [timedelta(), timedelta(), hour, hour]
        assert len(work.jobs()) == 2

    async def test_end_after_the_last_attempt_until_a_person_tries_again(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"))
        engine = work.engine({"fails": fails(*(TimeoutError() for _ in range(MAX_ATTEMPTS)))})
        for hour in range(MAX_ATTEMPTS + 1):
            work.clock.move_to(NOW + timedelta(hours=hour))
            await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"]) == (JobStatus.DEAD, MAX_ATTEMPTS)
        assert (found["ended_at"], found["error"][:12]) == (NOW + timedelta(hours=MAX_ATTEMPTS - 1), "TimeoutError")
        with work.store.write() as connection:
            assert retry_dead(connection, [found["id"], 99], now=work.clock.now()) == 1
        await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"], found["error"]) == (JobStatus.DONE, 1, None)

    async def test_to_find_things_free_are_none_however_often(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"))
        engine = work.engine({"fails": fails(*(ConflictError("'books' is being read") for _ in range(MAX_ATTEMPTS + 1)))})
        for minute in range(MAX_ATTEMPTS + 1):
            work.clock.move_to(NOW + timedelta(minutes=minute))
            await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"], found["epoch"]) == (JobStatus.QUEUED, 0, MAX_ATTEMPTS + 1)
        assert found["error"] == "'books' is being read"
        work.clock.move_to(found["run_at"])
        await engine.drain()
        assert (work.job()["status"], work.job()["error"]) == (JobStatus.DONE, None)

    async def test_of_a_handler_that_is_cancelled_by_nobody_count_and_wait_like_others(self, work: Workplace) -> None:
        work.submit(NewJob("leaks", "a"))
        starts: list[int] = []

        async def leak(handle: JobHandle) -> None:
            starts.append(handle.attempt_count)
            await anyio.lowlevel.checkpoint()
            if len(starts) <= MAX_ATTEMPTS + 1:
                raise asyncio.CancelledError

        engine = work.engine({"leaks": leak})
        await engine.drain()
        found = work.job()
        assert (found["status"], found["attempt_count"], found["run_at"]) == (JobStatus.QUEUED, 1, NOW + 30 * SECOND)
        assert found["error"] == "the handler was cancelled, which nobody had asked for"
        for hour in range(1, MAX_ATTEMPTS + 1):
            work.clock.move_to(NOW + timedelta(hours=hour))
            await engine.drain()
        assert (work.job()["status"], starts) == (JobStatus.DEAD, list(range(1, MAX_ATTEMPTS + 1)))

    async def test_that_a_repetition_cannot_mend_end_at_once_and_hold_up_nobody(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"), NewJob("steps", "b"), NewJob("unknown", "c"))
        await work.engine({"fails": fails(AuthorisationError("reconnect it", connection="books")), "steps": work.do_steps}).drain()
        assert [(job["status"], job["error"]) for job in work.jobs()] == [
            (JobStatus.DEAD, "reconnect it"),
            (JobStatus.DONE, None),
            (JobStatus.DEAD, "nothing here does jobs of the kind 'unknown': the plugin that brings it is missing"),
        ]

    async def test_are_kept_without_secrets(self, work: Workplace) -> None:
        work.submit(NewJob("fails", "a"))
        await work.engine({"fails": fails(StoreError("postgresql://ada:hunter2@db is away"))}).drain()
        assert work.job()["error"] == "postgresql://ada:***@db is away"

    async def test_to_write_the_end_of_a_job_are_tried_again(self, work: Workplace) -> None:
        left = [2]

        def refuse(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE job_run SET status") and "job_run.epoch = " in statement and left[0]:
                left[0] -= 1
                raise exc.OperationalError(statement, None, Exception("the server closed the connection"))

        work.submit(NewJob("steps", "a"))
        event.listen(work.store.engine, "before_cursor_execute", refuse)
        await work.engine(poll_seconds=0).drain()
        assert (work.job()["status"], left) == (JobStatus.DONE, [0])

    async def test_to_look_are_survived(self, work: Workplace) -> None:
        looked: list[bool] = []

        def refuse(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
            if "FROM schedule" in statement and not looked:
                looked.append(True)
                raise exc.OperationalError(statement, None, Exception("the server closed the connection"))

        event.listen(work.store.engine, "before_cursor_execute", refuse)
        work.submit(NewJob("steps", "a"))
        async with running(work.engine(poll_seconds=0)):
            while work.job()["status"] is not JobStatus.DONE:
                await anyio.lowlevel.checkpoint()
        assert looked == [True]

    async def test_to_hear_that_a_job_was_claimed_do_not_lose_it(self, work: Workplace) -> None:
        """The commit went through, and the answer did not come back: the job is RUNNING, and nobody knows of it."""
        values = {"name": "nightly", "kind": "gate", "interval_seconds": 3_600, "is_enabled": True, "is_declared": False}
        work.change(sa.insert(SCHEDULES).values(**values, next_slot_at=NOW))

        def lose_answer(name: str) -> None:
            if name == "jobs.tick.committed":
                with work.store.write() as connection:
                    assert claim_next(connection, now=NOW, busy_locks=()) is not None
                raise exc.OperationalError("COMMIT", None, Exception("the server closed the connection"))

        gate = Gate()
        with watched(lose_answer):
            async with running(work.engine({"gate": gate}, poll_seconds=0)):
                await gate.started.wait()
        assert [handle.epoch for handle in gate.handles] == [2]


class TestDeadJobs:
    """Each slot of a feed that stays stopped ends with one: what stands for them all is the newest."""

    JOB = NewJob("fails", "a", lock="x", payload={"of": 1})

    async def let_die(self, work: Workplace, *jobs: NewJob) -> None:
        for job in jobs:
            work.submit(job)
            await work.engine({job.kind: fails(AuthorisationError(f"{job.key} was refused", connection="books"))}).drain()

    async def test_of_the_same_work_leave_only_the_newest_to_be_looked_at_and_tried_again(self, work: Workplace) -> None:
        await self.let_die(work, *(replace(self.JOB, key=key) for key in "abc"))
        assert [(job["status"], job["error"]) for job in work.jobs()] == [
            (JobStatus.CANCELLED, "superseded: job 2 did the same and died later"),
            (JobStatus.CANCELLED, "superseded: job 3 did the same and died later"),
            (JobStatus.DEAD, "c was refused"),
        ]
        with work.store.write() as connection:
            assert retry_dead(connection, None, now=NOW) == 1

    @pytest.mark.parametrize(
        "other",
        [
            replace(JOB, key="b", kind="fails too"),
            replace(JOB, key="b", lock="y"),
            replace(JOB, key="b", lock=None),
            replace(JOB, key="b", payload={"of": 2}),
            replace(JOB, key="b", payload=None),
        ],
        ids=["kind", "lock", "no lock", "payload", "no payload"],
    )
    async def test_of_other_work_all_stay(self, work: Workplace, other: NewJob) -> None:
        await self.let_die(work, self.JOB, other)
        assert [job["status"] for job in work.jobs()] == [JobStatus.DEAD] * 2

    async def test_without_a_lock_all_stay_since_only_their_keys_tell_them_apart(self, work: Workplace) -> None:
        await self.let_die(work, *(replace(self.JOB, key=key, lock=None) for key in "ab"))
        assert [job["status"] for job in work.jobs()] == [JobStatus.DEAD] * 2

    async def test_supersede_nothing_when_they_are_tried_again_instead(self, work: Workplace) -> None:
        await self.let_die(work, self.JOB)
        work.submit(replace(self.JOB, key="b"))
        await work.engine({"fails": fails(StoreError("the database was away"))}).drain()
        assert [job["status"] for job in work.jobs()] == [JobStatus.DEAD, JobStatus.QUEUED]


class TestWaking:
    async def test_finds_what_another_thread_handed_in(self, work: Workplace) -> None:
        gate = Gate()
        engine = work.engine({"gate": gate})

        def hand_in() -> None:
            work.submit(NewJob("gate", "a"))
            engine.wake()

        async with running(engine):
            thread = Thread(target=hand_in)
            thread.start()
            await gate.started.wait()
            thread.join()
        assert keys_of(gate.handles) == ["a"]

    async def test_finds_what_the_end_of_a_job_made_possible(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a", lock="x"), NewJob("gate", "b", lock="x"))
        gate = Gate()
        async with running(work.engine({"steps": work.do_steps, "gate": gate})):
            await gate.started.wait()
        assert work.effects() == all_steps("a")

    async def test_finds_a_time_that_has_come(self, work: Workplace) -> None:
        work.submit(NewJob("gate", "a", run_at=NOW + SECOND))
        gate = Gate()
        engine = work.engine({"gate": gate})
        async with running(engine):
            work.clock.move_to(NOW + SECOND)
            engine.wake()
            await gate.started.wait()

    async def test_is_nothing_to_an_engine_that_does_not_run(self, work: Workplace) -> None:
        engine = work.engine()
        engine.wake()
        await engine.drain()
        engine.wake()
        assert work.jobs() == []


class TestAClockThatWasWrong:
    async def test_for_one_look_stops_no_schedule_and_fires_no_slot_twice(self, work: Workplace) -> None:
        values = {"name": "books", "kind": "gate", "interval_seconds": 900, "is_enabled": True, "is_declared": False}
        work.change(sa.insert(SCHEDULES).values(**values, next_slot_at=NOW))
        gate = Gate()
        gate.opened.set()
        engine = work.engine({"gate": gate})
        async with running(engine):
            while len(gate.handles) < 1:
                await anyio.lowlevel.checkpoint()
            work.clock.move_to(NOW + timedelta(days=365))
            engine.wake()
            while len(gate.handles) < 2:
                await anyio.lowlevel.checkpoint()
            work.clock.move_to(NOW)
            while len(gate.handles) < 4:
                engine.wake()
                await anyio.lowlevel.checkpoint()
                work.clock.move_to(work.clock.now() + 30 * SECOND)
        fired = keys_of(gate.handles)
        assert len(set(fired)) == len(fired)
        assert fired[:2] == ["gate:books:2026-03-02T12:00:00Z", "gate:books:2027-03-02T12:00:00Z"]
        assert max(fired[2:]) < "gate:books:2027"

    async def test_does_not_end_the_deletion_of_what_is_old(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a", run_at=NOW + timedelta(days=900)))
        engine = work.engine()
        work.clock.move_to(NOW + timedelta(days=365))
        await engine.drain()
        work.change(sa.update(JOBS).values(status=JobStatus.DONE, ended_at=NOW - timedelta(days=KEPT_DAYS + 1)))
        work.clock.move_to(NOW)
        await engine.drain()
        assert work.jobs() == []


class TestStopping:
    async def test_hands_back_what_runs_and_the_attempt_does_not_count(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(NewJob("steps", "a", lock="x"), NewJob("steps", "b", lock="x"))
        async with running(work.engine({"steps": gate})):
            await gate.started.wait()
        first, second = work.jobs()
        assert (first["status"], first["attempt_count"], first["epoch"]) == (JobStatus.QUEUED, 0, 1)
        assert (second["status"], second["epoch"]) == (JobStatus.QUEUED, 0)
        await work.engine().drain()
        assert work.effects() == [*all_steps("a"), *all_steps("b")]

    async def test_waits_for_the_transaction_that_is_open(self, work: Workplace) -> None:
        stop = anyio.Event()

        def step_and_stop(handle: JobHandle) -> None:
            anyio.from_thread.run_sync(stop.set)
            work.do_step(handle)

        async def handler(handle: JobHandle) -> None:
            await run_in_thread(partial(step_and_stop, handle))
            await anyio.sleep_forever()

        work.submit(NewJob("steps", "a"))
        await work.engine({"steps": handler}).run(stop)
        assert (work.effects(), work.job()["status"], work.job()["attempt_count"]) == ([("a", 1)], JobStatus.QUEUED, 0)

    async def test_from_outside_is_the_same(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(NewJob("steps", "a"))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work.engine({"steps": gate}).run, anyio.Event())
            await gate.started.wait()
            tasks.cancel_scope.cancel()
        assert (work.job()["status"], work.job()["attempt_count"]) == (JobStatus.QUEUED, 0)

    async def test_before_the_start_does_nothing(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a"))
        stop = anyio.Event()
        stop.set()
        await work.engine().run(stop)
        assert work.job()["epoch"] == 0


class TestCancelling:
    def cancel(self, work: Workplace) -> None:
        with work.store.write() as connection:
            cancel(connection, work.job()["id"], now=NOW)

    async def test_a_queued_job_keeps_it_from_starting(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a"))
        self.cancel(work)
        await work.engine().drain()
        assert (work.job()["status"], work.effects()) == (JobStatus.CANCELLED, [])

    async def test_a_running_job_stops_it_before_its_next_effect(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a"))

        async def is_cancelled_midway(handle: JobHandle) -> None:
            await run_in_thread(partial(work.do_step, handle))
            self.cancel(work)
            await work.do_steps(handle)

        await work.engine({"steps": is_cancelled_midway}).drain()
        found = work.job()
        assert (found["status"], found["ended_at"], found["error"]) == (JobStatus.CANCELLED, NOW, None)
        assert work.effects() == [("a", 1)]

    async def test_a_job_that_hangs_frees_its_place_and_its_lock(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(NewJob("gate", "a", lock="x"))
        engine = work.engine({"gate": gate, "steps": work.do_steps}, size=1)
        async with running(engine):
            await gate.started.wait()
            self.cancel(work)
            work.submit(NewJob("steps", "b", lock="x"))
            engine.wake()
            while work.effects() != all_steps("b"):
                await anyio.lowlevel.checkpoint()
        assert work.jobs()[0]["status"] is JobStatus.CANCELLED


class TestBeingAlone:
    async def test_a_second_engine_is_refused_with_the_reason_and_a_way_out(self, work: Workplace) -> None:
        async with running(work.engine()):
            with pytest.raises(ConflictError, match=r"another process runs the jobs of the database .* already, .* stop it first"):
                await work.engine().drain()

    async def test_an_engine_that_has_ended_makes_room(self, work: Workplace) -> None:
        async with running(work.engine()):
            pass
        work.submit(NewJob("steps", "a"))
        await work.engine().drain()
        assert work.effects() == all_steps("a")


class TestALostLock:
    """A failover or an administrator ends the session that holds it: another process may be the one that runs jobs by now."""

    async def test_stops_what_runs_and_the_engine_begins_anew(self, work: Workplace) -> None:
        cancelled: list[int] = []

        async def hang_at_first(handle: JobHandle) -> None:
            if handle.epoch > 1:
                return
            lose_lock(work.store, "worker")
            try:
                await anyio.sleep_forever()
            finally:
                cancelled.append(handle.epoch)

        work.submit(NewJob("hangs", "a"))
        async with running(work.engine({"hangs": hang_at_first}, poll_seconds=0)):
            while work.job()["status"] is not JobStatus.DONE:
                await anyio.lowlevel.checkpoint()
        assert (cancelled, work.job()["attempt_count"], work.job()["epoch"]) == ([1], 1, 2)

    async def test_that_another_process_has_by_now_leaves_the_jobs_to_it_until_it_ends(self, work: Workplace) -> None:
        gate = Gate()
        work.submit(NewJob("gate", "a", lock="x"))
        with capture_logs() as logs:
            async with running(work.engine({"gate": gate}, poll_seconds=0)):
                await gate.started.wait()
                with ExitStack() as other:
                    lose_lock(work.store, "worker")
                    other.enter_context(alone(work.store))
                    while work.job()["status"] is JobStatus.RUNNING:
                        await anyio.lowlevel.checkpoint()
                    with work.store.write() as connection:
                        taken = claim_next(connection, now=NOW, busy_locks=())
                    looks = refusals(logs)
                    while refusals(logs) < looks + 3:
                        await anyio.lowlevel.checkpoint()
                    assert taken is not None
                    assert (work.job()["status"], work.job()["epoch"]) == (JobStatus.RUNNING, taken.epoch)
                gate.opened.set()
                while work.job()["status"] is not JobStatus.DONE:
                    await anyio.lowlevel.checkpoint()
        assert [handle.epoch for handle in gate.handles] == [1, taken.epoch + 1]

    async def test_keeps_nobody_from_stopping_the_engine(self, work: Workplace) -> None:
        with ExitStack() as other:
            async with running(work.engine()) as stop:
                lose_lock(work.store, "worker")
                other.enter_context(alone(work.store))
                stop.set()
        assert work.jobs() == []


def refusals(logs: Sequence[Mapping[str, Any]]) -> int:
    """How often an engine has waited because it was not alone."""
    return sum(1 for entry in logs if entry.get("reason") == "WorkedElsewhereError")


class TestWhatHasEnded:
    @pytest.mark.parametrize(
        ("status", "is_kept"),
        [(JobStatus.DONE, False), (JobStatus.CANCELLED, False), (JobStatus.DEAD, True), (JobStatus.QUEUED, True)],
    )
    async def test_is_deleted_after_its_time_unless_a_person_must_look(self, work: Workplace, status: JobStatus, *, is_kept: bool) -> None:
        work.submit(NewJob("steps", "a", run_at=NOW + timedelta(days=365)))
        work.change(sa.update(JOBS).values(status=status, ended_at=NOW))
        work.clock.move_to(NOW + timedelta(days=KEPT_DAYS))
        await work.engine().drain()
        assert len(work.jobs()) == 1
        work.clock.move_to(NOW + timedelta(days=KEPT_DAYS, seconds=1))
        await work.engine().drain()
        assert bool(work.jobs()) is is_kept

    async def test_is_looked_for_once_a_day(self, work: Workplace) -> None:
        work.submit(NewJob("steps", "a", run_at=NOW + timedelta(days=365)))
        work.change(sa.update(JOBS).values(status=JobStatus.DONE, ended_at=NOW - timedelta(days=KEPT_DAYS)))
        engine = work.engine()
        await engine.drain()
        work.clock.move_to(NOW + timedelta(hours=23))
        await engine.drain()
        assert len(work.jobs()) == 1
        work.clock.move_to(NOW + timedelta(hours=24))
        await engine.drain()
        assert work.jobs() == []
