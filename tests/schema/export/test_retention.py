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
