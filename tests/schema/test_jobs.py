"""Jobs and schedules in the API: what people see of the work of the hub."""

from datetime import datetime, timedelta

from hub.model import JobRun, Schedule
from hub.vocabulary import JobStatus, Role
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub


def told(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def job(hub: Hub, key: str, **values: object) -> int:
    given: dict[str, object] = {"kind": "sync", "unique_key": key, "connection_id": hub.connection_id, "created_at": NOW, "run_at": NOW}
    return hub.insert(JobRun, **given | values)


def schedule(hub: Hub, name: str, **values: object) -> int:
    return hub.insert(Schedule, **{"name": name, "kind": "sync", "connection_id": hub.connection_id, "next_slot_at": NOW} | values)


def test_a_job_says_what_became_of_it(hub: Hub) -> None:
    ended = NOW + timedelta(minutes=1)
    key = job(hub, "sync:books:1", status=JobStatus.DEAD, attempt_count=8, lock="connection:1", started_at=NOW, ended_at=ended, error="reconnect it")
    fields = "kind key lock status attemptCount connection { name } createdAt runAt startedAt endedAt error"
    found = hub.data(f"query($id: ID!) {{ job(id: $id) {{ id {fields} }} }}", id=encode_id("JobRun", key))["job"]
    assert found == {
        "id": encode_id("JobRun", key),
        "kind": "sync",
        "key": "sync:books:1",
        "lock": "connection:1",
        "status": "DEAD",
        "attemptCount": 8,
        "connection": {"name": "books"},
        "createdAt": told(NOW),
        "runAt": told(NOW),
        "startedAt": told(NOW),
        "endedAt": told(ended),
        "error": "reconnect it",
    }


def test_jobs_are_found_by_status_and_connection_newest_first(hub: Hub) -> None:
    shop = hub.connection("shop")
    for number, (status, connection) in enumerate([(JobStatus.DEAD, None), (JobStatus.DONE, None), (JobStatus.DEAD, None), (JobStatus.DEAD, shop)]):
        values = {} if connection is None else {"connection_id": connection}
        job(hub, f"{number}", status=status, created_at=NOW + timedelta(seconds=number), **values)
    query = """query($connection: ID!) { jobs(where: {status: {in: [DEAD]}, connection: {eq: $connection}}, orderBy: [{field: CREATED_AT, direction: DESC}]) {
        totalCount nodes { key } } }"""
    found = hub.data(query, connection=encode_id("ConnectedSystem", hub.connection_id))["jobs"]
    assert found == {"totalCount": 2, "nodes": [{"key": "2"}, {"key": "0"}]}


def test_a_schedule_says_when_in_words(hub: Hub) -> None:
    schedule(hub, "shop", cron="0 6 * * 1-5", last_slot_at=NOW, is_declared=True)
    schedule(hub, "books", interval_seconds=900)
    schedule(hub, "paused", interval_seconds=7_200, is_enabled=False)
    found = hub.data("{ schedules { nodes { name schedule isEnabled isDeclared connection { name } lastSlotAt nextSlotAt } } }")["schedules"]["nodes"]
    now = told(NOW)
    assert [(row["name"], row["schedule"], row["isEnabled"], row["isDeclared"], row["lastSlotAt"], row["nextSlotAt"]) for row in found] == [
        ("books", "every 15 minutes", True, False, None, now),
        ("paused", "every 2 hours", False, False, None, None),
        ("shop", "0 6 * * 1-5", True, True, now, now),
    ]
    assert {row["connection"]["name"] for row in found} == {"books"}


def test_a_role_without_connections_sees_none_of_it(hub: Hub) -> None:
    for query in ("{ jobs { totalCount } }", "{ schedules { totalCount } }"):
        assert hub.ask(query, Role.COLLECTOR).error["code"] == "FORBIDDEN"
