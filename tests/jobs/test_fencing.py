"""Whoever was overtaken changes nothing any more."""

import pytest
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.jobs import FencedError, JobCancelledError, JobHandle, NewJob, fence
from hub.jobs.control import cancel
from hub.jobs.execution import claim_next, put_back_orphans
from hub.jobs.outcomes import MAX_ATTEMPTS
from hub.vocabulary import JobStatus
from tests.jobs.workplace import JOBS, NOW, Workplace

JOB = NewJob("steps", "a", lock="x", payload={"page": 1})


@pytest.fixture
def handle(work: Workplace) -> JobHandle:
    work.submit(JOB)
    return claimed(work)


def claimed(work: Workplace) -> JobHandle:
    with work.store.write() as connection:
        found = claim_next(connection, now=NOW, busy_locks=())
    assert found is not None
    return found


def put_back(work: Workplace) -> int:
    with work.store.write() as connection:
        return put_back_orphans(connection, now=NOW)


def test_a_handle_says_which_start_of_which_job_it_is(work: Workplace, handle: JobHandle) -> None:
    assert handle == JobHandle(work.job()["id"], "steps", "a", "x", 1, 1, {"page": 1}, None)
    assert (work.job()["status"], work.job()["epoch"], work.job()["started_at"]) == (JobStatus.RUNNING, 1, NOW)


def test_the_start_that_counts_is_let_through_as_often_as_it_asks(work: Workplace, handle: JobHandle) -> None:
    while work.do_step(handle):
        pass
    assert work.effects() == [("a", 1), ("a", 2)]


def test_a_start_that_was_overtaken_does_nothing(work: Workplace, handle: JobHandle) -> None:
    work.do_step(handle)
    put_back(work)
    with pytest.raises(FencedError, match="start 1 of it is over"):
        work.do_step(handle)
    second = claimed(work)
    with pytest.raises(FencedError):
        work.do_step(handle)
    work.do_step(second)
    assert (second.epoch, second.attempt_count) == (2, 2)
    assert work.effects() == [("a", 1), ("a", 2)]


def test_a_job_that_is_no_more_lets_nobody_through(work: Workplace, handle: JobHandle) -> None:
    work.change(sa.delete(JOBS))
    with pytest.raises(FencedError):
        work.do_step(handle)


async def test_the_end_of_a_start_that_was_overtaken_is_not_written(work: Workplace, handle: JobHandle) -> None:
    put_back(work)
    second = claimed(work)
    await work.runner().run(handle)
    assert (work.job()["status"], work.job()["epoch"], work.effects()) == (JobStatus.RUNNING, second.epoch, [])


def test_a_cancelled_job_tells_its_handler_so(work: Workplace, handle: JobHandle) -> None:
    work.do_step(handle)
    with work.store.write() as connection:
        cancel(connection, handle.id, now=NOW)
    with pytest.raises(JobCancelledError, match="was cancelled"):
        work.do_step(handle)
    assert (work.job()["status"], work.job()["ended_at"], work.effects()) == (JobStatus.CANCELLED, NOW, [("a", 1)])


class TestOrphans:
    def test_are_queued_again_and_the_attempt_counts(self, work: Workplace, handle: JobHandle) -> None:
        assert put_back(work) == 1
        assert (work.job()["status"], work.job()["attempt_count"], handle.attempt_count) == (JobStatus.QUEUED, 1, 1)

    def test_that_took_their_process_with_them_every_time_are_dead(self, work: Workplace, handle: JobHandle) -> None:
        work.change(sa.update(JOBS).values(attempt_count=MAX_ATTEMPTS))
        assert put_back(work) == 1
        assert (work.job()["status"], work.job()["ended_at"]) == (JobStatus.DEAD, NOW)
        assert "the process ended while it ran" in work.job()["error"]
        with pytest.raises(FencedError):
            work.do_step(handle)

    def test_that_are_dead_now_stand_for_those_that_died_before(self, work: Workplace) -> None:
        work.submit(*(NewJob("steps", key, lock="x") for key in "ab"))
        work.change(sa.update(JOBS).values(attempt_count=MAX_ATTEMPTS, status=JobStatus.RUNNING))
        work.change(sa.update(JOBS).where(JOBS.c.unique_key == "a").values(status=JobStatus.DEAD))
        assert put_back(work) == 1
        assert [job["status"] for job in work.jobs()] == [JobStatus.CANCELLED, JobStatus.DEAD]

    def test_are_only_those_that_were_running(self, work: Workplace) -> None:
        work.submit(JOB)
        assert put_back(work) == 0


class TestCancelling:
    @pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DEAD])
    def test_ends_a_job_that_is_open(self, work: Workplace, status: JobStatus) -> None:
        [job_id] = work.submit(JOB)
        work.change(sa.update(JOBS).values(status=status))
        assert job_id is not None
        with work.store.write() as connection:
            cancel(connection, job_id, now=NOW)
        assert (work.job()["status"], work.job()["ended_at"]) == (JobStatus.CANCELLED, NOW)

    @pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.CANCELLED])
    def test_refuses_one_that_has_ended(self, work: Workplace, status: JobStatus) -> None:
        [job_id] = work.submit(JOB)
        work.change(sa.update(JOBS).values(status=status))
        assert job_id is not None
        with pytest.raises(ConflictError, match=f"has ended already: it is {status.value}"), work.store.write() as connection:
            cancel(connection, job_id, now=NOW)

    def test_refuses_one_that_is_not_there(self, work: Workplace) -> None:
        with pytest.raises(NotFoundError, match="there is no job 99"), work.store.write() as connection:
            cancel(connection, 99, now=NOW)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_fence_holds_the_job_until_the_transaction_ends(work: Workplace, handle: JobHandle) -> None:
    """So that nobody cancels or takes over between the fence and the effect. SQLite has one writer, so there it is so anyway."""
    with work.store.write() as connection, work.store.write() as other:
        fence(connection, handle)
        assert other.execute(sa.select(JOBS.c.id).with_for_update(skip_locked=True)).all() == []
