"""Imports that a process dies in, that are cancelled, that come from spreadsheets, and that leave other writers alone."""

import io
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from hub.app import Hub
from hub.config import Settings
from hub.crashpoints import watch_crashpoints
from hub.jobs import JobHandle
from hub.jobs.execution import claim_next
from hub.model import Connection, Customer, FileImport, Invoice, JobRun, PaymentMethod, RejectedRecord, SyncRun, table_of
from hub.store.engine import Store, run_in_thread
from hub.sync.imports.connection import import_connection
from hub.sync.imports.jobs import ImportJobs
from hub.sync.service import SyncOptions, sync_connection
from hub.vocabulary import ConnectionKind
from tests.app.conftest import MakeHub, make_settings
from tests.app.office import BUILT_IN, GOOD, DeathError, Office, counts_of, dying_at
from tests.cli.books import HEADER, MAPPING
from tests.databases import Databases

pytestmark = pytest.mark.anyio

CARDS = """
[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Name"

[[parts]]
record = "payment_method"
fields.external_id = "Method"
fields.customer_external_id = "Customer"
fields.kind = { value = "CARD" }
fields.friendly_name = "Label"
"""
NUMBER = "4111111111111111"


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    return make_hub(settings, *BUILT_IN)


@pytest.fixture
def office(hub: Hub) -> Office:
    return Office(hub)


def rows_of_pages(count: int) -> str:
    return HEADER + "".join(f"A{number},C{number % 7},Ada,2026-01-02,2026-02-01,{number}.00\n" for number in range(1, count + 1))


def figures(store: Store) -> list[tuple[Any, ...]]:
    """What invoices and customers say, whatever their keys."""
    invoices, customers = table_of(Invoice), table_of(Customer)
    wanted = sa.select(invoices.c.number, customers.c.name, invoices.c.total_minor, invoices.c.amount_due_minor, invoices.c.due_date, invoices.c.lifecycle)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(wanted.join(customers, customers.c.id == invoices.c.customer_id).order_by(invoices.c.number))]


class TestADeath:
    @pytest.mark.parametrize(
        "place", ["run.started", "page.before_commit", "page.after_commit", "run.ended", "import.applied", "import.before_end", "import.ended"]
    )
    async def test_anywhere_in_an_import_loses_and_doubles_nothing(self, office: Office, place: str) -> None:
        upload, mapping = await office.upload(rows_of_pages(2_500), "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importApply", upload=upload, mappingUpload=mapping)
        died = await dies_at(office, place)
        await office.work()
        found = await office.import_of(key)
        assert died
        assert (found["state"], found["error"]) == ("APPLIED", None)
        assert len(figures(office.hub.store)) == 2_500
        counts = counts_of(found)
        assert (counts["INVOICES created"], counts["CUSTOMERS created"]) == (2_500, 7)

    async def test_in_a_preview_leaves_nothing(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importPreview", upload=upload, mappingUpload=mapping)
        assert await dies_at(office, "page.after_commit")
        assert (office.rows(Invoice), office.rows(SyncRun)) == ([], [])
        await office.work()
        assert (await office.import_of(key))["state"] == "READY"
        assert office.files() == ["1", "2"]


def claimed(office: Office) -> JobHandle:
    """The job of an import, started."""
    now = office.hub.clock.now()
    with office.hub.store.write() as connection:
        job = claim_next(connection, now=now, busy_locks=())
    assert job is not None
    return job


async def dies_at(office: Office, place: str) -> bool:
    with dying_at(place):
        try:
            await office.work()
        except BaseExceptionGroup as group:
            deaths, others = group.split(DeathError)
            assert (deaths is not None, others) == (True, None)
            return True
    return False


class TestACancelledJob:
    async def test_is_a_cancelled_import(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importApply", upload=upload, mappingUpload=mapping)
        [job] = (await office.ask('{ jobs(where: {kind: {eq: "import"}}) { nodes { id } } }'))["jobs"]["nodes"]
        assert (await office.import_of(key))["state"] == "QUEUED"
        await office.act("jobCancel", {"id": job["id"]}, select="job { id }")
        await office.work()
        assert (await office.import_of(key))["state"] == "CANCELLED"
        assert office.rows(Invoice) == []

    async def test_states_can_be_asked_for(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        await office.done("importPreview", upload=upload, mappingUpload=mapping)
        await office.hand_in("importApply", upload=upload, mappingUpload=mapping)
        query = "{ ready: fileImports(where: {state: {eq: READY}}) { totalCount } queued: fileImports(where: {state: {eq: QUEUED}}) { nodes { kind } } }"
        assert await office.ask(query) == {"ready": {"totalCount": 1}, "queued": {"nodes": [{"kind": "APPLY"}]}}


class TestTheSameAsTheCommandLine:
    async def test_the_figures_are_those_of_an_import_by_command(self, office: Office, databases: Databases, *, make_hub: MakeHub, tmp_path: Path) -> None:
        content = rows_of_pages(40) + "B1,C1,Ada,2026-13-01,2026-02-01,1.00\nB2,C1,Ada,2026-01-01,2026-02-01,1.005\n"
        upload, mapping = await office.upload(content, "open.csv"), await office.upload(MAPPING, "open.toml")
        found = await office.done("importApply", upload=upload, mappingUpload=mapping)
        (tmp_path / "open.csv").write_text(content)
        (tmp_path / "open.toml").write_text(MAPPING)
        with databases.fresh(migrated=True) as url:
            other = make_hub(make_settings(url, tmp_path / "other"), *BUILT_IN)
            wanted = import_connection(other.settings, "open", {"path": str(tmp_path / "open.csv"), "mapping": str(tmp_path / "open.toml")})
            report = await sync_connection(other.sync, wanted, SyncOptions(trigger="IMPORT"))
            assert figures(office.hub.store) == figures(other.store)
            assert {name: counts_of(found)[f"INVOICES {name}"] for name in ("created", "rejected")} == {
                "created": report.total("created") - 7,
                "rejected": report.total("rejected"),
            }
            other.close()


class TestSpreadsheets:
    async def test_a_workbook_comes_in(self, office: Office) -> None:
        book, packed = Workbook(), io.BytesIO()
        assert book.active is not None
        for line in GOOD.splitlines():
            book.active.append(line.split(","))
        book.save(packed)
        found = await office.done(
            "importApply", upload=await office.upload(packed.getvalue(), "Open.XLSX"), mappingUpload=await office.upload(MAPPING, "m.toml")
        )
        assert (found["state"], len(office.rows(Invoice))) == ("APPLIED", 3)

    async def test_what_is_none_fails_with_its_name(self, office: Office) -> None:
        found = await office.done("importApply", upload=await office.upload(GOOD, "open.xlsx"), mappingUpload=await office.upload(MAPPING, "m.toml"))
        assert (found["state"], found["error"]) == ("FAILED", "open.xlsx is not an .xlsx workbook, whatever its extension says")


class TestCardNumbers:
    @pytest.mark.parametrize("name", ["importPreview", "importApply"])
    async def test_are_nowhere_in_what_is_kept(self, office: Office, name: str) -> None:
        upload = await office.upload(f"Customer,Name,Method,Label\nC1,Ada,M1,{NUMBER}\n", "cards.csv")
        found = await office.done(name, upload=upload, mappingUpload=await office.upload(CARDS, "cards.toml"))
        assert counts_of(found)["PAYMENT_METHODS rejected"] == 1
        kept = [office.rows(row) for row in (FileImport, RejectedRecord, PaymentMethod, JobRun)]
        assert NUMBER not in str(found) + str(kept)


class TestOthersMeanwhile:
    async def test_writers_get_through_while_a_preview_is_at_work(self, office: Office) -> None:
        """On SQLite there is one writer, and a preview is none; on PostgreSQL they write other rows."""
        upload, mapping = await office.upload(rows_of_pages(2_500), "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importPreview", upload=upload, mappingUpload=mapping)
        written: list[int] = []

        def write_beside(name: str) -> None:
            if name == "page.after_commit" and not written:
                with office.hub.store.write() as connection:
                    values = {"name": "beside", "connector": "files", "kind": ConnectionKind.FILES, "status": "ACTIVE", "created_at": office.hub.clock.now()}
                    connection.execute(sa.insert(table_of(Connection)).values(is_declared=False, **values))
                written.append(1)

        watch_crashpoints(write_beside)
        try:
            with anyio.fail_after(25):  # a writer that waits for another one gives up after 30 seconds
                await office.work()
        finally:
            watch_crashpoints(None)
        assert written == [1]
        assert (await office.import_of(key))["state"] == "READY"
        assert [row["name"] for row in office.rows(Connection)] == ["beside"]

    async def test_a_preview_that_takes_too_long_ends_and_says_so(self, office: Office) -> None:
        if office.hub.store.dialect == "sqlite":
            pytest.skip("on SQLite a preview has a copy to itself, and keeps nobody waiting")
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importPreview", upload=upload, mappingUpload=mapping)
        await ImportJobs(office.hub.sync, preview_seconds=0.0).preview(await run_in_thread(lambda: claimed(office)))
        found = await office.import_of(key)
        assert found["state"] == "FAILED"
        assert "the preview would take more than 0 seconds" in found["error"]
        assert office.rows(Invoice) == []
