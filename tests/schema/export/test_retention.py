"""Files go after seven days, and what nobody wants goes at once; rows stay and say what was exported."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.exports.folder import ExportFolder
from hub.exports.retention import forget_exports
from hub.jobs import JobHandle
from hub.model import JobRun
from hub.vocabulary import JobStatus
from tests.schema.export.place import Place
from tests.schema.hub import NOW


def look_after(place: Place) -> None:
    """What the watch over connections does every five minutes."""
    key = place.hub.insert(JobRun, kind="watch", unique_key=f"watch:{len(place.hub.rows(JobRun))}", status=JobStatus.RUNNING, created_at=NOW, run_at=NOW)
    handle = JobHandle(key, "watch", "watch", None, 0, 1, None, None)
    forget_exports(place.store, ExportFolder.below(place.folder), place.clock, job=handle)


def status(place: Place, operation: Mapping[str, Any]) -> str:
    found = place.look(operation)
    assert found is not None
    return str(found["status"])


async def test_a_file_goes_when_its_time_has_come_and_the_row_stays(place: Place) -> None:
    operation = place.ask()
    await place.run()
    place.clock.move_to(NOW + timedelta(days=7, seconds=-1))
    look_after(place)
    assert (status(place, operation), place.files()) == ("COMPLETED", ["1-1.jsonl"])
    place.clock.move_to(NOW + timedelta(days=7))
    look_after(place)
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["url"], found["objectCount"], place.files()) == ("EXPIRED", None, 0, [])


async def test_what_starts_that_died_have_left_goes_and_what_is_wanted_stays(place: Place) -> None:
    kept = place.ask()
    await place.run()
    waiting = place.ask()
    folder = place.folder / "exports"
    for name in ("1-0.jsonl", "1-1.csv.part", "2-7.jsonl.part", "99-1.jsonl", "notes.txt", "2-0.jsonl.part"):
        (folder / name).write_text("x")
    look_after(place)
    assert place.files() == ["1-1.csv.part", "1-1.jsonl", "2-0.jsonl.part", "notes.txt"]
    await place.run()
    assert (status(place, kept), status(place, waiting)) == ("COMPLETED", "COMPLETED")
    assert "2-0.jsonl.part" not in place.files()


async def test_an_export_whose_job_was_cancelled_or_died_ends(place: Place) -> None:
    first = place.ask()
    place.change(JobRun, 1, status=JobStatus.CANCELLED)
    second = place.ask()
    place.change(JobRun, 2, status=JobStatus.DEAD)
    look_after(place)
    assert (status(place, first), status(place, second)) == ("CANCELLED", "FAILED")


def test_there_need_be_no_folder(place: Place) -> None:
    look_after(place)
    assert not (place.folder / "exports").exists()


class TestRoom:
    """Each file can be fetched until its time is over, so none makes way for another: who asks is told."""

    QUERY = "{ customers { nodes { id name } } }"

    def filled(self, place: Place, count: int = 400) -> None:
        for number in range(count):  # two pages
            place.hub.customer(f"Customer {number}")

    async def test_while_finished_files_take_all_of_it_no_other_one_is_begun(self, place: Place) -> None:
        self.filled(place, 2)
        size = len(await place.exported(self.QUERY))
        place.set_room(size)
        [(field, code, message)] = place.refusals(self.QUERY)
        assert (field, code, "hub.export_megabytes" in message) == (None, "CONFLICT", True)
        place.clock.move_to(NOW + timedelta(days=7))
        look_after(place)
        assert place.ask(self.QUERY)["status"] == "QUEUED"

    async def test_one_that_would_go_beyond_it_with_what_others_have_fails_and_leaves_nothing(self, place: Place) -> None:
        self.filled(place)
        first = await place.exported(self.QUERY)
        place.set_room(2 * len(first) - 1)
        operation = place.ask(self.QUERY)
        await place.run()
        found = place.look(operation)
        assert found is not None
        assert (found["status"], found["errorCode"]) == ("FAILED", "NO_ROOM")
        assert found["problem"].startswith("It and the files of other exports would take more room")
        assert place.files() == ["1-1.jsonl"]

    async def test_one_that_fits_exactly_is_written(self, place: Place) -> None:
        self.filled(place)
        place.set_room(2 * len(await place.exported(self.QUERY)))
        operation = place.ask(self.QUERY)
        await place.run()
        assert status(place, operation) == "COMPLETED"
