"""Mutations of rejected records: one, and many with what is wrong with each."""

from hub.model import AuditEntry, JobRun, RejectedRecord
from hub.vocabulary import RejectionStatus
from schema.ids import encode_id
from tests.schema.hub import Hub
from tests.schema.mutation.examples import books, rejected


def statuses(hub: Hub) -> list[RejectionStatus]:
    return [row["status"] for row in hub.rows(RejectedRecord)]


def test_a_record_is_tried_again_by_a_job_of_its_connection(hub: Hub) -> None:
    made = hub.done("rejectedRecordRetry", {"id": rejected(hub)}, select="rejectedRecord { status } job { kind connection { name } }")
    assert made == {"rejectedRecord": {"status": "OPEN"}, "job": {"kind": "replay", "connection": {"name": "books"}}}
    assert [(row["kind"], row["payload"]) for row in hub.rows(JobRun)] == [("replay", {"ids": [1], "by": "ada"})]


def test_what_was_never_mapped_or_is_not_open_cannot_be_tried_again(hub: Hub) -> None:
    for values in ({"record": None}, {"status": RejectionStatus.DISMISSED}):
        assert hub.refused("rejectedRecordRetry", {"id": rejected(hub, **values)}) == [(["id"], "CONFLICT")]
    assert hub.refused("rejectedRecordRetry", {"id": encode_id("RejectedRecord", 99)}) == [(["id"], "NOT_FOUND")]
    assert hub.rows(JobRun) == []


def test_many_are_done_but_for_those_that_cannot_be(hub: Hub) -> None:
    shop = hub.connection("shop")
    good, other = rejected(hub), rejected(hub, connection_id=shop)
    ids = [good, rejected(hub, record=None), encode_id("RejectedRecord", 99), books(hub), other, good]
    answer = hub.act("rejectedRecordRetryBulk", {"ids": ids, "idempotencyKey": "k"}, select="rejectedRecords { id } jobs { connection { name } }")
    payload = answer.data["done"]
    assert payload["rejectedRecords"] == [{"id": good}, {"id": other}]
    assert payload["jobs"] == [{"connection": {"name": "books"}}, {"connection": {"name": "shop"}}]
    refused = [(["ids", "1"], "CONFLICT"), (["ids", "2"], "NOT_FOUND"), (["ids", "3"], "NOT_FOUND")]
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == refused
    assert hub.refused("rejectedRecordRetryBulk", {"ids": ids, "idempotencyKey": "k"}) == refused
    assert len(hub.rows(JobRun)) == 2


def test_records_are_dismissed_and_stay_on_record(hub: Hub) -> None:
    ids = [rejected(hub, record=None), rejected(hub), rejected(hub, status=RejectionStatus.RESOLVED)]
    answer = hub.act("rejectedRecordDismissBulk", {"ids": ids}, select="rejectedRecords { id status }").data["done"]
    assert answer["rejectedRecords"] == [{"id": found, "status": "DISMISSED"} for found in ids[:2]]
    assert [error["field"] for error in answer["userErrors"]] == [["ids", "2"]]
    assert statuses(hub) == [RejectionStatus.DISMISSED, RejectionStatus.DISMISSED, RejectionStatus.RESOLVED]
    assert [(entry["entity_id"], entry["changes"]) for entry in hub.rows(AuditEntry)] == [(key, {"status": ["OPEN", "DISMISSED"]}) for key in (1, 2)]
    assert hub.refused("rejectedRecordDismiss", {"id": ids[0]}) == [(["id"], "CONFLICT")]


def test_a_thousand_at_once_and_no_more(hub: Hub) -> None:
    [one] = [rejected(hub)]
    assert hub.refused("rejectedRecordDismissBulk", {"ids": []}) == [(["ids"], "INVALID")]
    assert hub.refused("rejectedRecordDismissBulk", {"ids": [one] * 1_001}) == [(["ids"], "INVALID")]
    assert statuses(hub) == [RejectionStatus.OPEN]
    hub.done("rejectedRecordDismissBulk", {"ids": [one] * 1_000})
    assert statuses(hub) == [RejectionStatus.DISMISSED]
