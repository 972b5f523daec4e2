"""Connections that are made while the hub is open: read, scheduled, told by webhooks, deleted, and taken over by the file, without a restart."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.app import Hub, create_app
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings
from hub.crashpoints import watch_crashpoints
from hub.errors import ConfigurationError, NotFoundError
from hub.model import (
    Checkpoint,
    Connection,
    ConnectionSecret,
    ConnectionTest,
    Customer,
    CustomerFigures,
    ExternalReference,
    Invoice,
    JobRun,
    RejectedRecord,
    Schedule,
    SyncRun,
    WebhookEvent,
)
from hub.store.connections import all_connections
from hub.sync.request import Progress
from hub.sync.service import SyncOptions, sync_connection
from hub.sync.webhooks.made import find_made_endpoint
from hub.vocabulary import ConnectionKind, ConnectionStatus, ConnectionTestStatus, JobStatus, RejectionStatus, SyncRunStatus
from tests.app.conftest import MakeHub
from tests.app.made import BOOKS, BUILT_IN, Office
from tests.sync.webhooks.deliveries import HEADER, body_of, event, signature


@pytest.fixture
def office(settings: Settings, make_hub: MakeHub) -> Office:
    return Office(make_hub(settings, *BUILT_IN))


def owed(office: Office) -> list[tuple[Any, ...]]:
    """What each customer owes by the kept figures, of those who owe something."""
    return [row for row in office.rows(CustomerFigures, "customer_id", "outstanding_minor", "overdue_minor") if row[1]]


async def test_it_is_read_by_its_job(office: Office) -> None:
    key = office.make()
    await office.sync(key)
    assert office.rows(SyncRun, "status", "message") == [(SyncRunStatus.SUCCEEDED, None)]
    assert len(office.rows(Customer, "id")) > 5
    assert owed(office)
    assert ("sync", JobStatus.DONE) in office.rows(JobRun, "kind", "status")
    assert office.rows(Connection, "name", "is_declared", "options", "status") == [
        ("books", False, {"system": "accounting", "seed": 3, "customers": 8}, ConnectionStatus.ACTIVE)
    ]
    assert [name for (name,) in office.rows(ConnectionSecret, "name")] == ["given:webhook_secret", "tokens"]


async def test_its_schedule_fires_until_it_is_deleted(office: Office, clock: FixedClock) -> None:
    key = office.make(schedule="every 15 minutes")
    await office.work()
    assert "sync" not in {kind for (kind,) in office.rows(JobRun, "kind")}
    clock.instant += timedelta(minutes=16)
    await office.work()
    assert office.rows(SyncRun, "trigger", "status") == [("SCHEDULE", SyncRunStatus.SUCCEEDED)]
    office.act("connectionDelete", {"id": key, "records": "KEEP"})
    clock.instant += timedelta(minutes=30)
    await office.work()
    assert len(office.rows(SyncRun, "id")) == 1
    assert "books" not in {name for (name,) in office.rows(Schedule, "name")}


async def test_the_schedule_of_a_made_connection_outlives_a_restart(office: Office, settings: Settings, make_hub: MakeHub) -> None:
    office.make(schedule="every 15 minutes")
    again = Office(make_hub(settings, *BUILT_IN))
    await again.work()
    assert ("books", 900, False) in again.rows(Schedule, "name", "interval_seconds", "is_declared")
    assert again.rows(Connection, "status") == [(ConnectionStatus.ACTIVE,)]


def test_its_webhooks_are_taken_from_the_first_moment_with_the_secret_of_the_moment(office: Office) -> None:
    assert find_made_endpoint(office.hub.sync, "books") is None
    key = office.make()
    first = find_made_endpoint(office.hub.sync, "books")
    assert first is not None
    assert dict(first.secrets) == {"webhook_secret": "whsec-of-the-books"}
    office.act("connectionUpdate", {"id": key, "secrets": [{"name": "webhook_secret", "value": "another"}]})
    second = find_made_endpoint(office.hub.sync, "books")
    assert second is not None
    assert dict(second.secrets) == {"webhook_secret": "another"}
    office.act("connectionDelete", {"id": key, "records": "KEEP"})
    assert find_made_endpoint(office.hub.sync, "books") is None


async def test_a_delivery_to_it_is_kept_by_the_application(office: Office, clock: FixedClock) -> None:
    key = office.make()
    await office.sync(key)
    body = body_of(event(1, "customers", "cus_1"))
    headers = {HEADER: signature(body, at=clock.now())}
    async with _client(office.hub) as client:
        taken = await client.post("/webhooks/books", content=body, headers=headers)
        forged = await client.post("/webhooks/books", content=body, headers={HEADER: signature(body, secret="guessed", at=clock.now())})
        office.act("connectionDelete", {"id": key, "records": "KEEP"})
        gone = await client.post("/webhooks/books", content=body_of(event(2, "customers", "cus_1")), headers=headers)
    assert (taken.status_code, forged.status_code, gone.status_code) == (200, 401, 401)
    assert len(office.rows(WebhookEvent, "id")) == 1


async def test_deleted_with_its_records_kept_nothing_changes_but_that_it_is_removed(office: Office) -> None:
    key = office.make()
    await office.sync(key)
    before = owed(office), office.rows(Invoice, "id", "is_deleted", "amount_due_minor"), office.rows(ExternalReference, "id", "is_deleted_at_source")
    office.act("connectionDelete", {"id": key, "records": "KEEP"})
    await office.work()
    assert (owed(office), office.rows(Invoice, "id", "is_deleted", "amount_due_minor"), office.rows(ExternalReference, "id", "is_deleted_at_source")) == before
    assert office.rows(Connection, "status", "options") == [(ConnectionStatus.REMOVED, None)]
    assert office.rows(ConnectionSecret, "name") == []


async def test_deleted_with_its_records_no_figure_holds_them_and_no_row_is_erased(office: Office, settings: Settings, make_hub: MakeHub) -> None:
    key = office.make()
    await office.sync(key)
    before, counts = owed(office), _counts(office)
    made = office.act("connectionDelete", {"id": key, "records": "DELETE"}, "connection { status } job { status }")
    assert made == {"connection": {"status": "REMOVED"}, "job": {"status": "QUEUED"}, "userErrors": []}
    await office.work()
    assert [row for row in office.rows(JobRun, "kind", "status", "error") if row[0] == "removal"][-1] == ("removal", JobStatus.DONE, None)
    assert owed(office) == []
    assert _counts(office) == counts
    assert {gone for (gone,) in office.rows(ExternalReference, "is_deleted_at_source")} == {True}
    assert {gone for (gone,) in office.rows(Customer, "is_deleted")} == {True}
    assert {status for (status,) in office.rows(RejectedRecord, "status")} <= {RejectionStatus.DISMISSED, RejectionStatus.RESOLVED}
    assert office.rows(SyncRun, "trigger", "status")[-1] == ("REMOVAL", SyncRunStatus.SUCCEEDED)
    anew = Office(make_hub(settings, *BUILT_IN))  # its sandbox, like any source that is connected anew, gives a fresh grant
    assert anew.make() == key
    await anew.sync(key, 2)
    assert owed(anew) == before
    assert _counts(anew) == counts


async def test_a_removal_that_breaks_off_keeps_what_it_has_done_and_goes_on(office: Office, clock: FixedClock) -> None:
    key = office.make()
    await office.sync(key)
    office.act("connectionDelete", {"id": key, "records": "DELETE"}, "job { id }")
    met: list[str] = []

    def break_off(place: str) -> None:
        met.append(place)
        if place == "page.before_commit" and met.count(place) == 3:
            raise RuntimeError("the power is gone")

    watch_crashpoints(break_off)
    try:
        await office.work()
    finally:
        watch_crashpoints(None)
    gone = Counter(office.rows(ExternalReference, "is_deleted_at_source"))
    assert gone[True,] > 0
    assert gone[False,] > 0
    refused = office.act("connectionCreate", BOOKS)["userErrors"]
    assert [(error["field"], error["code"]) for error in refused] == [(["name"], "CONFLICT")]
    clock.instant += timedelta(hours=1)
    await office.work()
    assert Counter(office.rows(ExternalReference, "is_deleted_at_source")).keys() == {(True,)}
    assert owed(office) == []
    assert ("removal", JobStatus.DONE, 2) in office.rows(JobRun, "kind", "status", "attempt_count")


async def test_a_removal_that_is_started_again_goes_on(office: Office) -> None:
    key = office.make()
    await office.sync(key)
    office.act("connectionDelete", {"id": key, "records": "DELETE"}, "job { id }")
    await office.work()
    deleted = office.rows(ExternalReference, "id", "changed_at", "changed_run_id")
    office.act("connectionDelete", {"id": key, "records": "DELETE"}, "job { id }")
    await office.work()
    assert office.rows(ExternalReference, "id", "changed_at", "changed_run_id") == deleted
    assert Counter(office.rows(JobRun, "kind", "status"))["removal", JobStatus.DONE] == 2


async def test_what_another_connection_knows_too_stays(office: Office) -> None:
    """Two connections to one system that are of different rank: the documents are each one's own, and go with it alone."""
    key = office.make()
    other = office.make(name="mirror", kind="CRM", options={"system": "crm", "seed": 3, "customers": 8}, secrets=[])
    await office.sync(key)
    await office.sync(other, 2)
    office.act("connectionDelete", {"id": other, "records": "DELETE"})
    before = owed(office)
    await office.work()
    assert before
    assert owed(office) == before
    gone = dict(Counter(office.rows(ExternalReference, "connection_id", "is_deleted_at_source")))
    assert {connection for connection, is_gone in gone if is_gone} == {2}
    assert {connection for connection, is_gone in gone if not is_gone} == {1}


async def test_one_that_leads_into_the_network_of_the_server_reaches_nothing(office: Office) -> None:
    key = office.make(name="people", kind="CRM", options={"system": "crm", "url": "http://127.0.0.1:9"}, secrets=[])
    office.act("connectionTest", {"id": key}, "job { id }")
    await office.sync(key)
    [(status, problem)] = office.rows(ConnectionTest, "status", "problem")
    assert status is ConnectionTestStatus.FAILED
    assert "127.0.0.1:9 may not be reached" in problem
    assert [status for kind, status in office.rows(JobRun, "kind", "status") if kind == "sync"] == [JobStatus.DEAD]
    [(outcome, message)] = office.rows(SyncRun, "status", "message")
    assert outcome is SyncRunStatus.FAILED
    assert "hub.private_hosts" in message


class TestTheFile:
    def declared(self, settings: Settings, name: str = "books", **values: Any) -> Settings:  # noqa: ANN401
        found = ConnectionSettings(name, "sandbox", ConnectionKind.ACCOUNTING, options={"system": "accounting", "seed": 3, "customers": 8})
        return replace(settings, connections=(replace(found, **values),))

    async def test_a_declared_name_takes_a_made_one_over_with_its_records_and_none_of_its_secrets(
        self, office: Office, settings: Settings, make_hub: MakeHub
    ) -> None:
        key = office.make(schedule="every 15 minutes")
        await office.sync(key)
        references = office.rows(ExternalReference, "id")
        again = Office(make_hub(self.declared(settings), *BUILT_IN))
        assert again.rows(Connection, "id", "is_declared", "options", "secrets") == [(1, True, None, None)]
        assert again.rows(ConnectionSecret, "name") == []
        assert "books" not in {name for (name,) in again.rows(Schedule, "name")}
        await again.sync(key, 2)
        assert again.rows(ExternalReference, "id") == references
        refused = again.act("connectionUpdate", {"id": key, "schedule": None})["userErrors"]
        assert [error["code"] for error in refused] == ["NOT_SUPPORTED"]

    def test_taken_out_of_the_file_it_does_not_come_back_as_it_was_made(self, office: Office, settings: Settings, make_hub: MakeHub) -> None:
        key = office.make()
        make_hub(self.declared(settings), *BUILT_IN).close()
        again = Office(make_hub(settings, *BUILT_IN))
        assert again.rows(Connection, "status", "options") == [(ConnectionStatus.REMOVED, None)]
        assert again.make() == key
        assert again.rows(Connection, "is_declared", "status") == [(False, ConnectionStatus.ACTIVE)]

    def test_one_of_the_rank_of_a_made_one_stops_the_start_and_the_line_to_add_mends_it(self, office: Office, settings: Settings, make_hub: MakeHub) -> None:
        office.make()
        declared = self.declared(settings, "ledger")
        with pytest.raises(ConfigurationError, match=r'books and ledger both deliver INVOICES.*authority.invoices = \["books", "ledger"\]'):
            make_hub(declared, *BUILT_IN)
        assert office.rows(Connection, "name") == [("books",)]
        workspace = replace(settings.workspace, authority_invoices=("books",), authority_payments=("books",))
        make_hub(replace(declared, workspace=workspace), *BUILT_IN)
        assert office.rows(Connection, "name") == [("books",), ("ledger",)]

    def test_an_order_that_names_what_never_was_stops_the_start(self, settings: Settings, make_hub: MakeHub) -> None:
        workspace = replace(settings.workspace, authority_invoices=("boks",), precedence={"name": ("CRN",)})
        with pytest.raises(ConfigurationError, match=r"there is no connection 'boks'(.|\n)*no kind of system 'CRN'; did you mean 'CRM'"):
            make_hub(replace(settings, workspace=workspace), *BUILT_IN)

    def test_a_name_that_differs_in_case_only_stops_the_start(self, office: Office, settings: Settings, make_hub: MakeHub) -> None:
        office.make()
        with pytest.raises(ConfigurationError, match="differs from 'books'"):
            make_hub(self.declared(settings, "Books"), *BUILT_IN)


@pytest.mark.parametrize("how", ["deleted", "led elsewhere"])
async def test_a_run_without_a_job_keeps_nothing_more_once_its_connection_is_gone(office: Office, how: str) -> None:
    key = office.make()
    kept: list[int] = []

    def meanwhile(_progress: Progress) -> None:
        if not kept:
            kept.append(_counts(office)[2])
            if how == "deleted":
                office.act("connectionDelete", {"id": key, "records": "KEEP"})
            else:
                again = {"options": {"system": "accounting", "seed": 4, "customers": 8}, "secrets": [{"name": "webhook_secret", "value": "x"}]}
                assert office.act("connectionUpdate", {"id": key} | again)["userErrors"] == []

    report = await sync_connection(office.hub.sync, _made(office), SyncOptions(on_progress=meanwhile))
    assert report.status is SyncRunStatus.CANCELLED
    assert _counts(office)[2] == kept[0]
    assert how == "deleted" or office.rows(Checkpoint, "feed") == []
    assert [name for (name,) in office.rows(ConnectionSecret, "name") if name == "tokens"] == []


async def test_what_was_deleted_before_it_is_read_is_not_read(office: Office) -> None:
    key = office.make()
    before = _made(office)
    office.act("connectionDelete", {"id": key, "records": "KEEP"})
    with pytest.raises(NotFoundError, match="was deleted"):
        await sync_connection(office.hub.sync, before, SyncOptions())
    assert office.rows(SyncRun, "id") == []


def _made(office: Office) -> ConnectionSettings:
    with office.hub.store.read() as connection:
        [found] = all_connections(connection, office.hub.settings)
    return found


def _counts(office: Office) -> tuple[int, int, int]:
    return len(office.rows(Customer, "id")), len(office.rows(Invoice, "id")), len(office.rows(ExternalReference, "id"))


def _client(hub: Hub) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(hub, works=False)), base_url="http://hub.example")
