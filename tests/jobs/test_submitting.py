"""A job is handed in once, with what makes it necessary or not at all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from hub.jobs import NewJob, submit, submit_or_join
from hub.jobs.execution import claim_next
from hub.jobs.outcomes import LONGEST_WAIT_SECONDS
from hub.vocabulary import JobStatus
from tests.jobs.workplace import JOBS, NOW, Workplace

JOB = NewJob("sync", "sync:books:1", lock="connection:1", payload={"full": True})


class MishapError(Exception):
    """Something goes wrong in the caller's transaction."""


def test_a_job_is_queued_as_it_was_handed_in(work: Workplace) -> None:
    connection_id = work.connect()
    [job_id] = work.submit(replace(JOB, connection_id=connection_id))
    found = work.job()
    assert (found["id"], found["status"], found["epoch"], found["attempt_count"]) == (job_id, JobStatus.QUEUED, 0, 0)
    assert (found["kind"], found["unique_key"], found["lock"], found["payload"]) == ("sync", "sync:books:1", "connection:1", {"full": True})
    assert (found["connection_id"], found["created_at"], found["run_at"]) == (connection_id, NOW, NOW)
    assert (found["started_at"], found["ended_at"], found["error"]) == (None, None, None)


def test_a_second_one_with_its_key_is_absorbed_whatever_became_of_the_first(work: Workplace) -> None:
    assert None not in work.submit(JOB)
    for status in JobStatus:
        work.change(sa.update(JOBS).values(status=status))
        assert work.submit(JOB, replace(JOB, kind="other")) == [None, None]
    assert len(work.jobs()) == 1


def test_it_is_not_there_when_its_transaction_fails(work: Workplace) -> None:
    def hand_in() -> None:
        with work.store.write() as connection:
            submit(connection, JOB, now=NOW)
            raise MishapError

    with pytest.raises(MishapError):
        hand_in()
    assert work.jobs() == []


def test_of_two_that_are_handed_in_at_once_one_is_there(work: Workplace) -> None:
    both = Barrier(2)

    def hand_in() -> int | None:
        both.wait()
        return work.submit(JOB)[0]

    with ThreadPoolExecutor(2) as threads:
        found = [future.result() for future in [threads.submit(hand_in) for _ in range(2)]]
    assert sorted(found, key=lambda job_id: job_id is None) == [work.job()["id"], None]


class TestCoalescing:
    AGAIN = replace(JOB, key="sync:books:2")

    def test_a_job_that_waits_does_the_work_too(self, work: Workplace) -> None:
        work.submit(JOB)
        assert work.submit(self.AGAIN, coalesce=True) == [None]
        assert len(work.jobs()) == 1

    def test_who_wants_to_name_it_gets_its_id_or_that_of_a_job_of_its_own(self, work: Workplace) -> None:
        with work.store.write() as connection:
            first, second = (submit_or_join(connection, job, now=NOW) for job in (JOB, self.AGAIN))
        assert first == second == work.job()["id"]
        work.change(sa.update(JOBS).values(status=JobStatus.RUNNING))
        with work.store.write() as connection:
            third = submit_or_join(connection, self.AGAIN, now=NOW)
        assert [job["id"] for job in work.jobs()] == [first, third]

    def test_it_must_be_asked_for(self, work: Workplace) -> None:
        work.submit(JOB)
        assert work.submit(self.AGAIN) != [None]

    @pytest.mark.parametrize(
        "other",
        [
            replace(JOB, kind="other"),
            replace(JOB, lock="connection:2"),
            replace(JOB, lock=None),
            replace(JOB, payload=None),
            replace(JOB, run_at=NOW + timedelta(seconds=1)),
        ],
        ids=["kind", "lock", "no lock", "payload", "later"],
    )
    def test_another_job_does_not(self, work: Workplace, other: NewJob) -> None:
        work.submit(other)
        assert work.submit(self.AGAIN, coalesce=True) != [None]

    def test_jobs_without_a_lock_are_told_apart_by_the_rest(self, work: Workplace) -> None:
        work.submit(replace(JOB, lock=None))
        assert work.submit(replace(self.AGAIN, lock=None), coalesce=True) == [None]

    @pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.DONE, JobStatus.DEAD, JobStatus.CANCELLED])
    def test_a_job_that_has_begun_or_ended_does_not(self, work: Workplace, status: JobStatus) -> None:
        work.submit(JOB)
        work.change(sa.update(JOBS).values(status=status))
        assert work.submit(self.AGAIN, coalesce=True) != [None]

    @pytest.mark.parametrize("attempt_count", [1, 0], ids=["that failed", "that found it busy"])
    def test_a_job_that_waits_for_its_next_attempt_does_so_that_the_wait_is_kept(self, work: Workplace, attempt_count: int) -> None:
        work.submit(JOB)
        work.change(sa.update(JOBS).values(epoch=1, attempt_count=attempt_count, run_at=NOW + timedelta(hours=1)))
        assert work.submit(self.AGAIN, coalesce=True) == [None]

    def test_a_job_that_waits_longer_than_any_source_may_ask_does_not(self, work: Workplace) -> None:
        """It failed while the clock was far ahead: nothing would be run until then."""
        work.submit(JOB)
        for seconds, submitted in ((LONGEST_WAIT_SECONDS, [None]), (LONGEST_WAIT_SECONDS + 1, [2])):
            work.change(sa.update(JOBS).values(epoch=1, attempt_count=1, run_at=NOW + timedelta(seconds=seconds)))
            assert work.submit(self.AGAIN, coalesce=True) == submitted

    @pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
    def test_the_job_that_waits_cannot_start_before_the_transaction_ends(self, work: Workplace) -> None:
        """It would read too early. SQLite has one writer, so there it is so anyway."""
        work.submit(JOB)
        with work.store.write() as connection, work.store.write() as other:
            assert submit(connection, self.AGAIN, now=NOW, coalesce=True) is None
            assert other.execute(sa.select(JOBS.c.id).with_for_update(skip_locked=True)).all() == []
        with work.store.write() as other:
            assert claim_next(other, now=NOW, busy_locks=()) is not None
