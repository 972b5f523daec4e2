"""A process that dies anywhere while it exports: the next one begins from the start, and in the end there is one whole file and nothing else."""

from itertools import count

import anyio
import pytest

from hub.crashpoints import watch_crashpoints
from hub.model import AuditEntry, JobRun
from hub.vocabulary import JobStatus
from tests.documents import document
from tests.schema.export.place import Place, lines


class DeathError(BaseException):
    """The process is no more."""


class Mortal:
    """A process that dies at the n-th place that it reaches; None: it lives."""

    def __init__(self, dies_at: int | None) -> None:
        self.dies_at = dies_at
        self.places: list[str] = []

    def reached(self, name: str) -> None:
        self.places.append(name)
        if self.dies_at is not None and len(self.places) >= self.dies_at:
            raise DeathError(name)


async def lives(place: Place, mortal: Mortal) -> bool:
    """Run what is due until it is done, or until the process dies."""
    watch_crashpoints(mortal.reached)
    try:
        await place.run()
    except BaseExceptionGroup as group:
        deaths, others = group.split(DeathError)
        assert (deaths is not None, others) == (True, None)
        return False
    except DeathError:
        return False
    finally:
        watch_crashpoints(None)
    return True


async def test_whatever_place_a_process_dies_at_there_is_one_whole_file_in_the_end(place: Place) -> None:
    customer = place.hub.customer("Acme")
    for number in range(260):  # two pages
        place.hub.invoice(customer, number)
    reached: set[str] = set()
    for number in count(1):
        before, audited = len(place.operations()), completions(place)
        operation = place.ask("{ invoices { nodes { id } } }")
        mortal = Mortal(number)
        lived = await lives(place, mortal)
        leftovers(place)
        assert await lives(place, Mortal(None))
        found = place.look(operation)
        assert found is not None
        assert (found["status"], found["objectCount"]) == ("COMPLETED", 260), mortal.places[-1]
        content = (await place.fetch(found["url"])).content
        assert len({line["id"] for line in lines(content)}) == 260, mortal.places[-1]
        assert len(place.files()) == before + 1, (mortal.places[-1], place.files())
        assert completions(place) == audited + 1, mortal.places[-1]
        reached |= set(mortal.places)
        if lived:
            break
    assert {found for found in reached if found.startswith("export.")} == {
        "export.begun",
        "export.page_written",
        "export.file_named",
        "export.before_commit",
        "export.completed",
    }
    assert all(f"`{name}`" in document("development.md") for name in reached)


def leftovers(place: Place) -> None:
    """What a killed process leaves on the disk, and a raised error does not: the draft as far as it was written."""
    [row] = [found for found in place.operations() if found["status"].value in {"QUEUED", "RUNNING"}] or [None]
    if row is None:
        return
    [job] = [found for found in place.hub.rows(JobRun) if found["id"] == row["job_run_id"]]
    folder = place.folder / "exports"
    if folder.is_dir():
        (folder / f"{row['id']}-{job['epoch']}.jsonl.part").write_text("half a li")


def completions(place: Place) -> int:
    return sum(entry["changes"]["status"] == ["RUNNING", "COMPLETED"] for entry in place.hub.rows(AuditEntry))


async def test_one_whose_process_dies_every_time_is_given_up_and_makes_room(place: Place) -> None:
    operation = place.ask()
    place.change(JobRun, 1, status=JobStatus.RUNNING, epoch=10, attempt_count=10)
    await place.run()
    assert place.look(operation) == operation | {"status": "QUEUED"}
    again = place.ask()
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["errorCode"]) == ("FAILED", "ABANDONED")
    assert "Ask again" in found["problem"]
    await place.run()
    assert (place.look(again) or {})["status"] == "COMPLETED"


async def test_a_start_that_was_overtaken_has_no_effect(place: Place) -> None:
    operation = place.ask()

    def overtake(name: str) -> None:
        if name == "export.file_named":
            place.change(JobRun, 1, epoch=7)

    watch_crashpoints(overtake)
    try:
        await place.run()
    finally:
        watch_crashpoints(None)
    assert (place.look(operation) or {})["status"] == "RUNNING"
    place.change(JobRun, 1, status=JobStatus.QUEUED)
    await place.run()
    assert (place.look(operation) or {})["status"] == "COMPLETED"
    assert place.files() == ["1-8.jsonl"]


async def test_an_engine_that_is_stopped_leaves_off_between_two_pages_and_the_next_one_begins_again(place: Place) -> None:
    customer = place.hub.customer("Acme")
    for number in range(260):
        place.hub.invoice(customer, number)
    operation = place.ask("{ invoices { nodes { id } } }")
    stop = anyio.Event()
    watch_crashpoints(lambda name: stop.set() if name == "export.page_written" else None)
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(place.engine().run, stop)
    finally:
        watch_crashpoints(None)
    assert (place.look(operation) or {})["status"] == "RUNNING"
    assert place.files() == []
    await place.run()
    assert ((place.look(operation) or {})["status"], place.files()) == ("COMPLETED", ["1-2.jsonl"])


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_disk_without_room_is_told_in_words(place: Place) -> None:
    operation = place.ask()
    (place.folder / "exports").write_text("a file where the folder belongs")
    await place.run()
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["errorCode"]) == ("FAILED", "NO_ROOM")
    assert found["problem"].startswith("The file could not be written: ")
