"""`dunwell jobs`, `dunwell schedules` and `dunwell worker`: what people see of jobs, and do with them."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.store.engine import sqlite_path
from hub.store.lock import exclusive
from hub.vocabulary import JobStatus
from tests.console import SETTINGS, Console
from tests.documents import ROOT
from tests.jobs.workplace import JOBS, SCHEDULES, Workplace

HANG_SECONDS = 60
EXAMPLE = ROOT / "connectors/files/examples/workspace/customers"
BOOKS = f"""
[connections.books]
connector = "files"
kind = "FILES"
schedule = "every 15 minutes"
options = {{ path = "{EXAMPLE}.csv", mapping = "{EXAMPLE}.toml" }}
"""


@pytest.fixture
def console(database_url: str, tmp_path: Path) -> Console:
    """A folder with a connection that has a schedule."""
    (tmp_path / "plugins.toml").write_text(SETTINGS + BOOKS)
    return Console(tmp_path, database_url)


def jobs(console: Console, *arguments: str) -> list[dict[str, Any]]:
    return console.run("jobs", "list", "--json", *arguments).succeeded().document


def books_of(schedules: list[dict[str, Any]]) -> dict[str, Any]:
    return next(schedule for schedule in schedules if schedule["name"] == "books")


@pytest.fixture
def dead(work: Workplace) -> list[int]:
    """Two jobs that died and one that is done."""
    statuses = (JobStatus.DEAD, JobStatus.DONE, JobStatus.DEAD)
    found: list[int] = []
    for number, status in enumerate(statuses):
        values = {"kind": "sync", "unique_key": f"sync:{number}", "status": status, "epoch": 8, "attempt_count": 8, "error": f"reason {number}"}
        with work.store.write() as connection:
            insert = sa.insert(JOBS).values(**values, created_at=work.clock.now(), run_at=work.clock.now(), ended_at=work.clock.now())
            found.append(connection.execute(insert.returning(JOBS.c.id)).scalar_one())
    return found


class TestJobs:
    def test_are_listed_newest_first_with_what_they_ended_with(self, console: Console, dead: list[int]) -> None:
        found = jobs(console)
        assert [job["id"] for job in found] == dead[::-1]
        assert (found[0]["key"], found[0]["status"], found[0]["attemptCount"], found[0]["error"]) == ("sync:2", "DEAD", 8, "reason 2")
        shown = console.run("jobs", "list").succeeded().out
        assert "reason 2" in shown
        assert "ended 2026-03-02 12:00 UTC" in shown

    def test_are_listed_by_status_and_as_many_as_are_asked_for(self, console: Console, dead: list[int]) -> None:
        assert [job["id"] for job in jobs(console, "--status", "done")] == [dead[1]]
        assert [job["id"] for job in jobs(console, "--status", "dead", "--limit", "1")] == [dead[2]]

    def test_that_are_dead_are_queued_again(self, console: Console, dead: list[int]) -> None:
        answer = console.run("jobs", "retry", str(dead[0]), str(dead[1])).succeeded()
        assert answer.err == "1 queued again\n"
        assert [(job["status"], job["attemptCount"]) for job in jobs(console)] == [("DEAD", 8), ("DONE", 8), ("QUEUED", 0)]
        assert console.run("jobs", "retry").succeeded().err == "1 queued again\n"
        answer = console.run("jobs", "retry")
        assert (answer.code, answer.err) == (2, "there is no dead job\n")
        answer = console.run("jobs", "retry", str(dead[1]))
        assert (answer.code, answer.err) == (2, "none of these is a dead job\n")

    def test_are_cancelled_all_or_none(self, console: Console, dead: list[int]) -> None:
        answer = console.run("jobs", "cancel", str(dead[0]), str(dead[1]))
        assert (answer.code, answer.err) == (2, f"job {dead[1]} has ended already: it is DONE\n")
        assert jobs(console)[-1]["status"] == "DEAD"
        assert console.run("jobs", "cancel", str(dead[0]), str(dead[2])).succeeded().err == "2 cancelled\n"
        assert [job["status"] for job in jobs(console)] == ["CANCELLED", "DONE", "CANCELLED"]


class TestSchedules:
    def test_that_are_declared_are_listed_with_their_next_slot(self, console: Console) -> None:
        found = books_of(console.run("schedules", "list", "--json").succeeded().document)
        assert (found["name"], found["kind"], found["schedule"], found["connection"]) == ("books", "sync", "every 15 minutes", "books")
        assert (found["isEnabled"], found["isDeclared"], found["lastSlotAt"]) == (True, True, None)
        assert found["nextSlotAt"][14:16] in {"00", "15", "30", "45"}
        shown = console.run("schedules", "list").succeeded().out
        assert "every 15 minutes" in shown
        assert "UTC" in shown

    def test_are_paused_and_resumed(self, console: Console, work: Workplace) -> None:
        assert console.run("schedules", "pause", "books").succeeded().err == "books is paused; `dunwell schedules resume books` goes on with it\n"
        assert "paused" in console.run("schedules", "list").succeeded().out
        assert books_of(console.run("schedules", "list", "--json").document)["nextSlotAt"] is None
        assert console.run("schedules", "resume", "books").succeeded().err.startswith("books goes on at 20")
        assert books_of(work.schedules())["is_enabled"] is True

    def test_that_do_not_exist_are_told_with_those_that_do(self, console: Console) -> None:
        answer = console.run("schedules", "pause", "shop")
        assert (answer.code, answer.err) == (2, "there is no schedule 'shop'; there is books, watch connections\n")


class TestWorker:
    @contextmanager
    def working(self, console: Console) -> Generator[subprocess.Popen[str]]:
        """The command in a process of its own; it is killed if it has not ended by itself."""
        process = console.start("worker")
        try:
            assert process.stderr is not None
            assert "jobs are run; stop with Ctrl-C\n" in process.stderr
            yield process
        finally:
            process.kill()
            process.communicate(timeout=HANG_SECONDS)

    def test_runs_jobs_until_it_is_told_to_stop_and_no_second_one_may(self, console: Console, work: Workplace) -> None:
        number = signal.SIGINT if work.store.dialect == "sqlite" else signal.SIGTERM  # each of them once is enough, for a process takes seconds to start
        with self.working(console) as process:
            refused = [console.run(*command) for command in (["worker"], ["serve"], ["run", "--no-serve"])]
            work.change(sa.update(SCHEDULES).where(SCHEDULES.c.name == "books").values(next_slot_at=work.clock.now()))
            while not any(job["kind"] == "sync" and job["status"] is JobStatus.DONE for job in work.jobs()):
                assert process.poll() is None
            process.send_signal(number)
            assert process.wait(HANG_SECONDS) == 0
        database = sqlite_path(console.url) or sa.make_url(console.url).render_as_string()
        for answer in refused:
            assert answer.code == 1
            assert f"another process runs the jobs of the database {database} already, and only one may" in answer.err
            assert "`dunwell serve --no-work`" in answer.err

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
    def test_that_was_killed_makes_room_for_the_next(self, console: Console, work: Workplace) -> None:
        with self.working(console) as process:
            process.kill()
            process.wait(HANG_SECONDS)
        with exclusive(work.store, "worker"):
            assert work.schedules() != []

    def test_needs_the_schema_of_this_version(self, empty_database_url: str, tmp_path: Path) -> None:
        (tmp_path / "plugins.toml").write_text(SETTINGS)
        answer = Console(tmp_path, empty_database_url).run("worker")
        assert (answer.code, answer.err) == (1, "the database has no tables yet: run `dunwell db upgrade`\n")
