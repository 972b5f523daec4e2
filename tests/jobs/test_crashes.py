"""A process that dies anywhere loses no job and does no step twice.

A process is killed at the first place between two steps that it reaches, then at the second, and so on until it lives; each time
the next process has to finish everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count

import anyio
import pytest
import sqlalchemy as sa

from hub.crashpoints import crashpoint
from hub.errors import AuthorisationError
from hub.jobs import JobHandle, JobHandler, LocalEngine, NewJob, fence
from hub.store.engine import run_in_thread
from hub.vocabulary import JobStatus
from tests.documents import document
from tests.jobs.workplace import EFFECTS, JOBS, NOW, SCHEDULES, STEPS, Gate, Workplace, all_steps, fails, watched


class DeathError(BaseException):
    """The process is no more. Nothing catches it, and nothing is written after it."""


@dataclass(slots=True)
class Mortal:
    """A process that dies at the n-th place, and does nothing from then on; None: it lives."""

    dies_at: int | None
    places: list[str] = field(default_factory=list[str])

    def reached(self, name: str) -> None:
        """A place is reached."""
        self.places.append(name)
        if self.dies_at is not None and len(self.places) >= self.dies_at:
            raise DeathError(name)


async def lives(engine: LocalEngine, mortal: Mortal) -> bool:
    """Run an engine until nothing is due, or until it dies."""
    with watched(mortal.reached):
        try:
            await engine.drain()
        except BaseExceptionGroup as group:
            deaths, others = group.split(DeathError)
            assert (deaths is not None, others) == (True, None)
            return False
        except DeathError:
            return False
    return True


def a_schedule(work: Workplace) -> None:
    """One that is due."""
    values = {"name": "nightly", "kind": "steps", "interval_seconds": 3_600, "is_enabled": True, "is_declared": False}
    work.change(sa.insert(SCHEDULES).values(**values, next_slot_at=NOW))


SLOT = "steps:nightly:2026-03-02T12:00:00Z"


@dataclass(slots=True)
class Sweep:
    """What came of dying once at each place: every place that was reached, and those after which something was not as it should be."""

    places: set[str] = field(default_factory=set[str])
    wrong_after: list[str] = field(default_factory=list[str])


async def sweep(work: Workplace, handler: JobHandler, *, size: int) -> Sweep:
    """Do a job and a slot, with a process that dies at the first place, then at the second, until one lives."""
    found = Sweep()
    for number in count(1):
        work.clear()
        a_schedule(work)
        work.submit(NewJob("steps", "a"))
        mortal = Mortal(number)
        lived = await lives(work.engine({"steps": handler}, size=size), mortal)
        assert await lives(work.engine({"steps": handler}, size=size), Mortal(None))
        found.places |= set(mortal.places)
        ends = {(job["status"], job["attempt_count"] in {1, 2}) for job in work.jobs()}
        if sorted(work.effects()) != all_steps("a", SLOT) or ends != {(JobStatus.DONE, True)}:
            found.wrong_after.append(mortal.places[number - 1])
        if lived:
            return found
    raise AssertionError


async def test_whatever_place_a_process_dies_at_all_is_done_once(work: Workplace) -> None:
    found = await sweep(work, work.do_steps, size=2)
    assert found.wrong_after == []
    assert found.places >= {
        "jobs.put_back.committed",
        "jobs.clean.before_commit",
        "jobs.tick.committed",
        "jobs.claim.before_commit",
        "jobs.claim.committed",
        "jobs.finish.before",
        "jobs.finish.committed",
    }


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_handler_that_begins_again_from_the_start_is_caught(work: Workplace) -> None:
    """The sweep finds what it is for."""

    def do_all_again(handle: JobHandle) -> None:
        for step in range(1, STEPS + 1):
            with work.store.write() as connection:
                fence(connection, handle)
                connection.execute(sa.insert(EFFECTS).values(key=handle.key, step=step, epoch=handle.epoch))
            crashpoint("test.step.committed")

    async def careless(handle: JobHandle) -> None:
        await run_in_thread(partial(do_all_again, handle))

    found = await sweep(work, careless, size=1)
    assert set(found.wrong_after) >= {"test.step.committed", "jobs.finish.before"}


async def test_a_process_that_dies_again_and_again_gets_there_in_the_end(work: Workplace) -> None:
    """Each process dies a few places later than the last: no place is one from which there is no return."""
    a_schedule(work)
    work.submit(NewJob("steps", "a", lock="x"), NewJob("steps", "b", lock="x"))
    for number in count(8, 2):
        if await lives(work.engine(), Mortal(number)):
            break
    assert sorted(work.effects()) == all_steps("a", "b", SLOT)


async def test_a_process_that_dies_while_it_writes_down_a_failure_tries_the_job_again(work: Workplace) -> None:
    for place in ("jobs.finish.before", "jobs.finish.before_commit", "jobs.finish.committed"):
        work.clear()
        work.clock.move_to(NOW)
        work.submit(NewJob("fails", "a"))
        handlers = {"fails": fails(TimeoutError())}
        assert not await lives(work.engine(handlers), dies_at(place))
        work.clock.move_to(NOW + timedelta(seconds=30))
        assert await lives(work.engine(handlers), Mortal(None))
        assert (work.job()["status"], work.job()["attempt_count"]) == (JobStatus.DONE, 2)


async def test_a_process_that_dies_while_it_writes_down_that_a_job_is_dead_leaves_one_dead_job(work: Workplace) -> None:
    for place in ("jobs.finish.before", "jobs.finish.before_commit", "jobs.finish.committed"):
        work.clear()
        work.submit(NewJob("fails", "a", lock="x"), NewJob("fails", "b", lock="x"))
        work.change(sa.update(JOBS).where(JOBS.c.unique_key == "a").values(status=JobStatus.DEAD))
        assert not await lives(work.engine({"fails": refused}), dies_at(place))
        assert JobStatus.DEAD in {job["status"] for job in work.jobs()}
        assert await lives(work.engine({"fails": refused}), Mortal(None))
        assert [job["status"] for job in work.jobs()] == [JobStatus.CANCELLED, JobStatus.DEAD]


async def refused(_: JobHandle) -> None:
    await anyio.lowlevel.checkpoint()
    raise AuthorisationError("the token was revoked", connection="books")


async def test_a_process_that_dies_while_it_mends_what_a_wrong_clock_left_mends_it_at_the_next_start(work: Workplace) -> None:
    a_schedule(work)
    work.change(sa.update(SCHEDULES).values(last_slot_at=NOW + timedelta(days=365), next_slot_at=NOW + timedelta(days=366)))
    assert not await lives(work.engine(), dies_at("jobs.false_slots.before_commit"))
    assert await lives(work.engine(), Mortal(None))
    assert work.schedules()[0]["next_slot_at"] == NOW + timedelta(hours=1)


async def stop_midway(work: Workplace) -> None:
    """Stop an engine in good order while a job runs."""
    gate, stop = Gate(), anyio.Event()
    async with anyio.create_task_group() as tasks:
        await tasks.start(work.engine({"steps": gate}).run, stop)
        await gate.started.wait()
        stop.set()


async def test_a_process_that_dies_while_it_stops_loses_nothing(work: Workplace) -> None:
    for place in ("jobs.hand_back.before", "jobs.hand_back.before_commit", "jobs.hand_back.committed"):
        work.clear()
        work.submit(NewJob("steps", "a"))
        with watched(dies_at(place).reached), pytest.raises(BaseExceptionGroup):
            await stop_midway(work)
        assert await lives(work.engine(), Mortal(None))
        assert work.effects() == all_steps("a")


@dataclass(slots=True)
class MortalAt(Mortal):
    """A process that dies at a place of a name."""

    place: str = ""

    def reached(self, name: str) -> None:
        """A place is reached."""
        self.places.append(name)
        if self.place in self.places:
            raise DeathError(name)


def dies_at(place: str) -> Mortal:
    return MortalAt(None, place=place)


def test_a_process_that_dies_before_a_job_is_handed_in_has_not_handed_it_in(work: Workplace) -> None:
    with watched(dies_at("jobs.submit.before_commit").reached), pytest.raises(DeathError):
        work.submit(NewJob("steps", "a"))
    assert work.jobs() == []


async def test_every_place_is_documented_and_no_other(work: Workplace) -> None:
    def named(text: str) -> Iterator[str]:
        return (name for line in text.splitlines() if line.startswith("| `jobs.") for name in line.split("|")[1].split("`")[1::2])

    a_schedule(work)
    mortal = Mortal(None)
    with watched(mortal.reached):
        work.submit(NewJob("steps", "a"))
    assert await lives(work.engine(), mortal)
    work.submit(NewJob("steps", "b"))
    with watched(mortal.reached):
        await stop_midway(work)
    assert {place for place in mortal.places if place.startswith("jobs.")} == set(named(document("development.md")))
