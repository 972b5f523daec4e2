"""Mutations of connections, runs and notices: what they change, what they hand in, and what they refuse."""

from typing import Any

import pytest

from hub.model import AuditEntry, Connection, ConnectionNotice, JobRun
from hub.vocabulary import ConnectionStatus, Entity, JobStatus, NoticeKind, SyncRunStatus
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub
from tests.schema.mutation.examples import books, job, known_customer, notice

KEY = {"idempotencyKey": "k"}


def handed_in(hub: Hub) -> list[tuple[str, dict[str, Any] | None, str]]:
    """Kind, payload and lock of every job."""
    return [(row["kind"], row["payload"], row["lock"]) for row in hub.rows(JobRun)]


def test_a_connection_that_is_paused_says_why_and_its_notice_does(hub: Hub) -> None:
    found = hub.done("connectionPause", {"id": books(hub), "reason": "the books are closed"}, select="connection { status statusReason isDeclared }")
    assert found == {"connection": {"status": "PAUSED", "statusReason": "the books are closed", "isDeclared": True}}
    [entry] = hub.rows(AuditEntry)
    assert entry["changes"] == {"status": ["ACTIVE", "PAUSED"], "statusReason": [None, "the books are closed"]}
    assert [row["kind"] for row in hub.rows(ConnectionNotice)] == [NoticeKind.PAUSED]
    assert hub.done("connectionResume", {"id": books(hub)}, select="connection { status statusReason }") == {
        "connection": {"status": "ACTIVE", "statusReason": None}
    }
    assert [row["resolved_by"] for row in hub.rows(ConnectionNotice)] == ["ada"]


def test_resuming_what_runs_changes_nothing(hub: Hub) -> None:
    hub.done("connectionResume", {"id": books(hub)})
    assert hub.rows(AuditEntry) == []


def test_a_connection_that_is_configured_no_longer_is_neither_paused_nor_read(hub: Hub) -> None:
    gone = encode_id("ConnectedSystem", hub.connection("gone", status=ConnectionStatus.REMOVED))
    assert hub.refused("connectionPause", {"id": gone}) == [(None, "CONFLICT")]
    assert hub.refused("syncStart", {"connection": gone} | KEY) == [(["connection"], "NOT_SUPPORTED")]


def test_a_run_is_handed_in_as_it_was_asked_for(hub: Hub) -> None:
    given = {"connection": books(hub), "streams": ["INVOICES", "CUSTOMERS"], "full": True, "since": "2026-01-01"} | KEY
    made = hub.done("syncStart", given, select="job { kind status run { id } connection { name } } connection { name }")
    assert made == {"job": {"kind": "sync", "status": "QUEUED", "run": None, "connection": {"name": "books"}}, "connection": {"name": "books"}}
    payload = {"streams": ["CUSTOMERS", "INVOICES"], "since": "2026-01-01", "full": True, "deleteAbsent": None, "by": "ada"}
    assert handed_in(hub) == [("sync", payload, f"connection:{hub.connection_id}")]


def test_a_job_shows_the_run_that_it_began(hub: Hub) -> None:
    key = job(hub, JobStatus.RUNNING)
    run = hub.run(job_run_id=key)
    assert hub.data("query($id: ID!) { job(id: $id) { run { id } } }", id=encode_id("JobRun", key))["job"] == {"run": {"id": encode_id("SyncRun", run)}}


def test_a_run_needs_a_key(hub: Hub) -> None:
    answer = hub.act("syncStart", {"connection": books(hub)})
    assert answer.data is None
    assert answer.error["code"] == "BAD_USER_INPUT"
    assert hub.rows(JobRun) == []


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"streams": []}, [(["streams"], "INVALID")]),
        ({"streams": ["CUSTOMERS", "PAYMENTS"], "since": "2026-04-01"}, [(["streams", "1"], "NOT_SUPPORTED"), (["since"], "INVALID")]),
        ({"connection": encode_id("ConnectedSystem", 99)}, [(["connection"], "NOT_FOUND")]),
    ],
    ids=["no stream", "a stream that is not delivered, from tomorrow on", "no such connection"],
)
def test_a_run_that_cannot_be_is_refused_with_all_reasons(hub: Hub, given: dict[str, Any], refused: list[object]) -> None:
    assert hub.refused("syncStart", {"connection": books(hub)} | given | KEY) == refused
    assert hub.rows(JobRun) == hub.rows(AuditEntry) == []


def test_a_connection_that_is_paused_is_not_read(hub: Hub) -> None:
    hub.done("connectionPause", {"id": books(hub)})
    for name, given in (("syncStart", {}), ("connectionDeletionsApprove", {"count": 1})):
        assert hub.refused(name, {"connection": books(hub), "idempotencyKey": name} | given) == [(["connection"], "CONFLICT")]
    assert hub.refused("entityResync", {"id": known_customer(hub)}) == [(["id"], "NOT_SUPPORTED")]


def test_agreeing_with_deletions_names_their_number(hub: Hub) -> None:
    hub.done("connectionDeletionsApprove", {"connection": books(hub), "count": 12} | KEY)
    payload = {"streams": None, "since": None, "full": False, "deleteAbsent": 12, "by": "ada"}
    assert handed_in(hub) == [("sync", payload, f"connection:{hub.connection_id}")]
    assert hub.refused("connectionDeletionsApprove", {"connection": books(hub), "count": 0, "idempotencyKey": "other"}) == [(["count"], "INVALID")]


def test_a_run_is_cancelled_with_its_job(hub: Hub) -> None:
    run = encode_id("SyncRun", hub.run(job_run_id=job(hub, JobStatus.RUNNING)))
    assert hub.done("syncCancel", {"id": run}, select="job { status }") == {"job": {"status": "CANCELLED"}}
    assert hub.refused("syncCancel", {"id": run}) == [(["id"], "CONFLICT")]


def test_a_run_that_has_ended_or_has_no_job_cannot_be_cancelled(hub: Hub) -> None:
    for run in (hub.run(status=SyncRunStatus.SUCCEEDED), hub.run()):
        assert hub.refused("syncCancel", {"id": encode_id("SyncRun", run)}) == [(["id"], "CONFLICT")]


def test_a_notice_is_dismissed_once_and_says_by_whom(hub: Hub) -> None:
    given = {"id": notice(hub)}
    assert hub.done("connectionNoticeDismiss", given, select="connectionNotice { isOpen dismissedBy }") == {
        "connectionNotice": {"isOpen": False, "dismissedBy": "ada"}
    }
    assert hub.refused("connectionNoticeDismiss", given) == [(["id"], "CONFLICT")]


def test_an_object_is_fetched_again_from_those_that_know_it_and_can(hub: Hub) -> None:
    customer = hub.customer("Acme")
    shop = hub.connection("shop")
    for connection, external_id in ((hub.connection_id, "C1"), (hub.connection_id, "C2"), (shop, "77")):
        hub.reference(Entity.CUSTOMER, customer, external_id, connection_id=connection)
    made = hub.done("entityResync", {"id": encode_id("Customer", customer)}, select="jobs { kind connection { name } }")
    assert made == {"jobs": [{"kind": "resync", "connection": {"name": "books"}}]}
    assert handed_in(hub) == [("resync", {"stream": "CUSTOMERS", "externalIds": ["C1", "C2"], "by": "ada"}, f"connection:{hub.connection_id}")]


def test_an_object_that_nobody_knows_or_can_fetch_is_refused(hub: Hub) -> None:
    invoice = hub.invoice(hub.customer("Acme"), 100)
    assert hub.refused("entityResync", {"id": encode_id("Invoice", invoice)}) == [(["id"], "NOT_FOUND")]
    hub.reference(Entity.INVOICE, invoice, "I1")
    assert hub.refused("entityResync", {"id": encode_id("Invoice", invoice)}) == [(["id"], "NOT_SUPPORTED")]
    assert hub.refused("entityResync", {"id": books(hub)}) == [(["id"], "NOT_FOUND")]


def test_what_was_asked_for_is_kept_as_it_was(hub: Hub) -> None:
    hub.done("syncStart", {"connection": books(hub), "reason": "month end"} | KEY)
    assert [(entry["entity"], entry["input"], entry["reason"], entry["done_at"]) for entry in hub.rows(AuditEntry)] == [
        ("JobRun", {"connection": books(hub), "full": False}, "month end", NOW)
    ]
    assert [row["status"] for row in hub.rows(Connection)] == [ConnectionStatus.ACTIVE]
