"""Files through the API, the whole way over HTTP: announced, sent, previewed, applied."""

from dataclasses import replace
from datetime import date

import pytest

from hub.app import Hub
from hub.config import ConnectionSettings, Settings
from hub.model import AuditEntry, Change, Connection, Customer, Invoice, JobRun, SourceRecord, SyncRun
from hub.vocabulary import ConnectionKind, InvoiceStatus, JobStatus
from tests.app.conftest import MakeHub
from tests.app.office import BUILT_IN, GOOD, Office, counts_of
from tests.cli.books import HEADER, MAPPING

pytestmark = pytest.mark.anyio


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    return make_hub(settings, *BUILT_IN)


@pytest.fixture
def office(hub: Hub) -> Office:
    return Office(hub)


def totals(office: Office) -> dict[str, int]:
    return {row["number"]: row["total_minor"] for row in office.rows(Invoice)}


class TestAPreview:
    async def test_tells_what_would_change_and_changes_nothing(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "Open items.toml")
        found = await office.done("importPreview", upload=upload, mappingUpload=mapping)
        assert (found["kind"], found["state"], found["error"], found["connectionName"], found["connection"]) == ("PREVIEW", "READY", None, "open-items", None)
        assert counts_of(found) == {"CUSTOMERS created": 2, "CUSTOMERS read": 2, "INVOICES created": 3, "INVOICES read": 3}
        assert found["result"]["before"]["outstanding"] == {"amount": "0.00"}
        assert found["result"]["after"] == {"outstanding": {"amount": "157.25"}, "overdueAmount": {"amount": "157.25"}}
        assert [office.rows(row) for row in (Invoice, Customer, Connection, SyncRun)] == [[], [], [], []]
        assert office.files() == ["1", "2"]

    async def test_tells_fields_that_would_change(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        await office.done("importApply", upload=upload, mappingUpload=mapping)
        other = await office.upload(GOOD.replace("50.25", "60.25"), "open.csv")
        found = await office.done("importPreview", upload=other, mappingUpload=mapping)
        assert {"entity": "INVOICE", "externalId": "A2", "field": "total_minor", "before": "5025", "after": "6025"} in found["result"]["changes"]
        assert counts_of(found)["INVOICES updated"] == 1
        assert found["connection"] == {"name": "open", "kind": "FILES"}
        assert totals(office)["A2"] == 5025

    async def test_tells_what_would_be_refused_with_its_place(self, office: Office) -> None:
        upload = await office.upload(GOOD + "A4,C1,Ada,2026-13-02,2026-02-02,1.00\n", "open.csv")
        found = await office.done("importPreview", upload=upload, mappingUpload=await office.upload(MAPPING, "open.toml"))
        assert [(item["place"], item["field"]) for item in found["result"]["rejected"]] == [("open.csv line 5, column Date", "Date")]
        assert office.rows(SourceRecord) == []

    async def test_of_a_file_that_cannot_be_read_fails_with_the_reason(self, office: Office) -> None:
        upload = await office.upload("Number;Customer\nA1;C1\n", "open.csv")
        found = await office.done("importPreview", upload=upload, mappingUpload=await office.upload(MAPPING, "open.toml"))
        assert found["state"] == "FAILED"
        assert "is the delimiter ';'?" in found["error"]
        assert [row["status"] for row in office.rows(JobRun) if row["kind"] == "preview"] == [JobStatus.DONE]


class TestAnImport:
    async def test_from_a_preview_brings_the_same_file_in(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        preview = await office.done("importPreview", upload=upload, mappingUpload=mapping, connection="shop")
        found = await office.done("importApply", preview=preview["id"])
        assert (found["kind"], found["state"], found["connection"]) == ("APPLY", "APPLIED", {"name": "shop", "kind": "FILES"})
        assert found["run"] == {"status": "SUCCEEDED", "trigger": "IMPORT"}
        assert counts_of(found) == counts_of(preview)
        assert totals(office) == {"A1": 10000, "A2": 5025, "A3": 700}

    async def test_twice_changes_nothing(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        await office.done("importApply", upload=upload, mappingUpload=mapping)
        before = [office.rows(row) for row in (Invoice, Customer, Change)]
        again = await office.done("importApply", upload=upload, mappingUpload=mapping)
        assert again["state"] == "APPLIED"
        assert counts_of(again) == {"CUSTOMERS read": 2, "CUSTOMERS unchanged": 2, "INVOICES read": 3, "INVOICES unchanged": 3}
        assert [office.rows(row) for row in (Invoice, Customer, Change)] == before

    async def test_tells_the_real_counts_when_data_changed_since_the_preview(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        preview = await office.done("importPreview", upload=upload, mappingUpload=mapping)
        part = await office.upload(HEADER + GOOD.splitlines()[1] + "\n", "part.csv")
        await office.done("importApply", upload=part, mappingUpload=mapping)
        found = await office.done("importApply", preview=preview["id"])
        assert {name: count for name, count in counts_of(found).items() if name.startswith("INVOICES")} == {
            "INVOICES read": 3,
            "INVOICES created": 2,
            "INVOICES unchanged": 1,
        }

    async def test_under_a_mapping_that_ships_with_the_hub(self, office: Office) -> None:
        text = "Document,Type,Customer,Customer name,Date,Due,Currency,Amount,Balance\n"
        found = await office.done("importApply", upload=await office.upload(text, "items.csv"), mapping="open-invoices")
        assert found["connectionName"] == "open-invoices"

    async def test_is_audited_with_hashes_and_counts_and_no_contents(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        await office.done("importApply", upload=upload, mappingUpload=mapping)
        entries = [(entry["action"], entry["entity"], entry["changes"]) for entry in office.rows(AuditEntry)]
        assert [(action, entity) for action, entity, _ in entries] == [
            ("stagedUploadCreate", "StagedUpload"),
            ("stagedUploadCreate", "StagedUpload"),
            ("importApply", "FileImport"),
            ("importApply", "JobRun"),
            ("importApply", "FileImport"),
        ]
        assert entries[2][2]["fileName"] == [None, "open.csv"]
        assert len(entries[2][2]["sha256"][1]) == 64
        assert entries[4][2] == {"state": [None, "APPLIED"], "counts": [None, {"read": 5, "created": 5}]}
        assert "Ada" not in str(entries)


class TestConnections:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        inbox = {"path": "inbox", "mapping": "open-invoices"}
        books = ConnectionSettings("books", "files", ConnectionKind.ACCOUNTING, options=inbox)
        declared = (books, ConnectionSettings("sample", "sample", ConnectionKind.FILES))
        return replace(settings, connections=declared)

    async def test_a_declared_one_keeps_its_kind(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        found = await office.done("importApply", upload=upload, mappingUpload=mapping, connection="books")
        assert (found["state"], found["connection"]) == ("APPLIED", {"name": "books", "kind": "ACCOUNTING"})

    @pytest.mark.parametrize("name", ["importPreview", "importApply"])
    @pytest.mark.parametrize("connection", ["sample", "../books", "a b", ""])
    async def test_others_and_names_that_are_none_are_refused(self, office: Office, name: str, connection: str) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        [(field, code, _)] = await office.refused(name, upload=upload, mappingUpload=mapping, connection=connection)
        assert (field, code) == (["connection"], "INVALID")

    async def test_a_paused_one_is_refused(self, office: Office) -> None:
        books = (await office.ask("{ connections { nodes { id name } } }"))["connections"]["nodes"][0]
        await office.act("connectionPause", {"id": books["id"], "reason": "closing"}, select="connection { id }")
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        [(field, code, message)] = await office.refused("importApply", upload=upload, mappingUpload=mapping, connection="books")
        assert (field, code, "paused" in message) == (["connection"], "CONFLICT", True)


class TestFullLists:
    MAPPING = 'meaning = "full_open_list"\n' + MAPPING

    async def test_what_is_absent_is_held_and_closed_by_a_persons_word(self, office: Office) -> None:
        mapping = await office.upload(self.MAPPING, "open.toml")
        await office.done("importApply", upload=await office.upload(GOOD, "open.csv"), mappingUpload=mapping, listDate="2026-02-20")
        shorter = await office.upload(GOOD[: GOOD.index("A2")], "open.csv")
        preview = await office.done("importPreview", upload=shorter, mappingUpload=mapping, listDate="2026-02-27")
        assert (preview["state"], preview["result"]["status"]) == ("READY", "HELD")
        assert [(item["externalId"], item["amountDue"]) for item in preview["result"]["absent"]] == [
            ("A2", {"amount": "50.25", "currency": "EUR"}),
            ("A3", {"amount": "7.00", "currency": "EUR"}),
        ]
        held = await office.done("importApply", preview=preview["id"])
        assert (held["state"], "2" in held["result"]["feeds"][0]["held"]) == ("HELD", True)
        closed = await office.done("importApply", preview=preview["id"], closeAbsent=2, releaseBrake=True)
        assert (closed["state"], counts_of(closed)["INVOICES closed"]) == ("APPLIED", 2)
        shown = await office.ask("{ invoices { nodes { number status } } }")
        statuses = {item["number"]: item["status"] for item in shown["invoices"]["nodes"]}
        assert statuses == {"A1": InvoiceStatus.OPEN, "A2": InvoiceStatus.PAID, "A3": InvoiceStatus.PAID}

    async def test_an_older_file_after_a_newer_one_is_held(self, office: Office) -> None:
        mapping = await office.upload(self.MAPPING, "open.toml")
        await office.done("importApply", upload=await office.upload(GOOD, "open.csv"), mappingUpload=mapping, listDate=date(2026, 2, 20).isoformat())
        older = await office.upload(GOOD.replace("100.00", "1.00"), "open.csv")
        found = await office.done("importApply", upload=older, mappingUpload=mapping, listDate="2026-02-19")
        assert (found["state"], totals(office)["A1"]) == ("HELD", 10000)
