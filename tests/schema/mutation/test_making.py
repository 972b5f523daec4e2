"""Making, changing and deleting connections through the API: what is kept, what is refused and where, and that no secret shows anywhere."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from hub.model import METADATA, AuditEntry, Checkpoint, Connection, ConnectionSecret, ConnectionTest, JobRun, Schedule, table_of
from hub.store.connections import all_connections
from hub.sync.given_secrets import GivenSecrets
from hub.vocabulary import ConnectionKind, ConnectionStatus, JobStatus, NoticeKind, Role, Stream
from schema.ids import encode_id
from tests.schema.hub import DECLARED, NOW, Hub, services
from tests.schema.making import sealer
from tests.schema.mutation.examples import SHOP, books, job, made, made_id

CANARY = "c4n4ry-0f-4-s3cr3t"


def shop_with(**values: object) -> dict[str, Any]:
    return SHOP | values


def given(hub: Hub, name: str = "shop") -> dict[str, str]:
    """The secrets that a connector of the connection would be handed."""
    with hub.store.read() as connection:
        [found] = [one for one in all_connections(connection, services(hub.store).settings) if one.name == name]
    return dict(GivenSecrets(hub.store, sealer()).of(found))


def texts(hub: Hub) -> str:
    """Everything that the database holds, as text; bytes as they are."""
    with hub.store.read() as connection:
        rows = [row for table in METADATA.sorted_tables for row in connection.execute(sa.select(table)).all()]
    return "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for row in rows for value in row)


class TestCreate:
    def test_a_connection_is_there_as_it_was_asked_for(self, hub: Hub) -> None:
        select = "connection { name connector kind status isDeclared streams syncFromDate options secretNames }"
        found = hub.done("connectionCreate", SHOP, select=select)["connection"]
        assert found == {
            "name": "shop",
            "connector": "shop",
            "kind": "BILLING",
            "status": "ACTIVE",
            "isDeclared": False,
            "streams": ["CUSTOMERS", "INVOICES"],
            "syncFromDate": "2026-01-01",
            "options": {"company": "north"},
            "secretNames": ["api_key"],
        }
        assert given(hub) == {"api_key": "open sesame"}
        [slots] = hub.rows(Schedule)
        assert (slots["name"], slots["kind"], slots["interval_seconds"], slots["is_declared"], slots["payload"]) == ("shop", "sync", 900, False, None)

    def test_it_is_among_those_that_can_be_run_with_all_its_settings(self, hub: Hub) -> None:
        hub.done("connectionCreate", shop_with(secrets=[{"name": "api_key", "variable": "SHOP_KEY"}]))
        with hub.store.read() as connection:
            every = all_connections(connection, services(hub.store).settings)
        assert [found.name for found in every] == [*(found.name for found in DECLARED), "shop"]
        shop = every[-1]
        assert (shop.options, shop.secrets, shop.kind, shop.streams) == (
            {"company": "north"},
            {"api_key": "SHOP_KEY"},
            ConnectionKind.BILLING,
            (Stream.CUSTOMERS, Stream.INVOICES),
        )
        assert shop.schedule is not None
        assert shop.schedule.text == "every 15 minutes"

    def test_one_that_is_made_paused_waits(self, hub: Hub) -> None:
        found = hub.done("connectionCreate", shop_with(isPaused=True, reason="not yet"), select="connection { status statusReason notices { nodes { kind } } }")
        assert found["connection"] == {"status": "PAUSED", "statusReason": "not yet", "notices": {"nodes": [{"kind": NoticeKind.PAUSED.value}]}}

    def test_everything_that_is_wrong_is_told_at_once_each_at_its_field(self, hub: Hub) -> None:
        wrong = {
            "name": "my shop",
            "connector": "shop",
            "kind": "CRM",
            "options": {"compny": "north", "url": "https://me:hunter2@shop.example/x", "company": None},
            "secrets": [
                {"name": "token", "value": CANARY},
                {"name": "api_key"},
                {"name": "webhook_secret", "value": CANARY, "variable": "SHOP_KEY"},
                {"name": "webhook_secret", "value": " "},
            ],
            "streams": ["CUSTOMERS", "PAYMENTS", "CUSTOMERS"],
            "syncFromDate": "2026-04-01",
            "schedule": "every now and then",
        }
        answer = hub.act("connectionCreate", wrong)
        found = [(error["field"], error["code"]) for error in answer.data["done"]["userErrors"]]
        assert found == [
            (["name"], "INVALID"),
            (["kind"], "NOT_SUPPORTED"),
            (["options", "compny"], "INVALID"),
            (["options", "url"], "INVALID"),
            (["options", "company"], "INVALID"),
            (["secrets", "0", "name"], "INVALID"),
            (["secrets", "1"], "INVALID"),
            (["secrets", "2"], "INVALID"),
            (["secrets", "3", "name"], "INVALID"),
            (["streams", "1"], "NOT_SUPPORTED"),
            (["streams", "2"], "INVALID"),
            (["syncFromDate"], "INVALID"),
            (["schedule"], "INVALID"),
        ]
        assert CANARY not in str(answer)
        assert "hunter2" not in str(answer)
        assert CANARY not in texts(hub)

    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"connector": "shpo"}, (["connector"], "NOT_FOUND")),
            ({"connector": "files"}, (["connector"], "NOT_SUPPORTED")),
            ({"options": {"size": 2}}, (["options"], "INVALID")),
            ({"options": {"company": "none"}}, (["options"], "INVALID")),
            ({"options": [1]}, (["options"], "INVALID")),
            ({"options": {"company": {"password": "x"}}}, (["options", "company"], "INVALID")),
            ({"options": {"company": 2**64}}, (["options", "company"], "INVALID")),
            ({"options": {"company": 10**400}, "idempotencyKey": "k"}, (["options", "company"], "INVALID")),
            ({"options": {"company": "x" * 20_001}}, (["options"], "INVALID")),
            ({"streams": []}, (["streams"], "INVALID")),
            ({"secrets": [{"name": "api_key", "value": ""}]}, (["secrets", "0", "value"], "INVALID")),
            ({"secrets": [{"name": "api_key", "variable": "PATH"}]}, (["secrets", "0", "variable"], "NOT_SUPPORTED")),
            ({"secrets": [{"name": "api_key", "variable": "NOT_SET"}]}, (["secrets", "0", "variable"], "INVALID")),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, hub: Hub, changed: dict[str, Any], expected: tuple[list[str], str]) -> None:
        assert hub.refused("connectionCreate", SHOP | changed) == [expected]
        assert [row["name"] for row in hub.rows(Connection)] == ["books"]
        assert hub.rows(AuditEntry) == []

    @pytest.mark.parametrize("name", ["books", "BOOKS", "import", "shop"])
    def test_a_name_that_is_taken_is_refused(self, hub: Hub, name: str) -> None:
        hub.connection("import", is_declared=False)
        made(hub)
        assert hub.refused("connectionCreate", shop_with(name=name)) == [(["name"], "CONFLICT")]

    def test_two_of_one_rank_are_refused_with_what_to_do(self, hub: Hub) -> None:
        hub.done("connectionCreate", SHOP)
        answer = hub.act("connectionCreate", shop_with(name="market"))
        [error] = answer.data["done"]["userErrors"]
        assert (error["field"], error["code"]) == (None, "CONFLICT")
        assert 'authority.invoices = ["shop"]' in error["message"]
        assert [row["name"] for row in hub.rows(Connection)] == ["books", "shop"]
        assert [row["name"] for row in hub.rows(ConnectionSecret)] == ["given:api_key"]
        assert hub.done("connectionCreate", shop_with(name="market", streams=["CUSTOMERS"])) == {}

    def test_of_several_at_once_that_do_not_fit_each_other_one_is_made(self, hub: Hub) -> None:
        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(hub.act, "connectionCreate", shop_with(name=f"shop{number}")) for number in range(4)]
            answers = [answer.result() for answer in asked]
        refused = [[error["code"] for error in answer.data["done"]["userErrors"]] for answer in answers]
        assert sorted(refused) == [[], ["CONFLICT"], ["CONFLICT"], ["CONFLICT"]]
        assert len(hub.rows(Connection)) == 2

    def test_a_removed_one_is_revived_for_the_same_connector_only(self, hub: Hub) -> None:
        gone = made(hub, status=ConnectionStatus.REMOVED, options=None, secrets=None)
        hub.insert(Checkpoint, connection_id=gone, feed="customers", cursor="42", updated_at=NOW)
        other = hub.connection("old", connector="ledger", is_declared=True, status=ConnectionStatus.REMOVED)
        assert hub.refused("connectionCreate", shop_with(name="old")) == [(["name"], "CONFLICT")]
        found = hub.done("connectionCreate", SHOP, select="connection { id status }")["connection"]
        assert found == {"id": encode_id("ConnectedSystem", gone), "status": "ACTIVE"}
        assert hub.rows(Checkpoint) == []
        assert other != gone

    def test_a_name_whose_records_are_being_deleted_waits(self, hub: Hub) -> None:
        gone = made(hub, status=ConnectionStatus.REMOVED, options=None)
        job(hub, JobStatus.QUEUED, kind="removal", connection_id=gone)
        assert hub.refused("connectionCreate", SHOP) == [(["name"], "CONFLICT")]


class TestUpdate:
    def test_only_what_is_given_changes(self, hub: Hub) -> None:
        key = hub.done("connectionCreate", SHOP, select="connection { id }")["connection"]["id"]
        before = hub.rows(Connection)[-1]
        hub.done("connectionUpdate", {"id": key, "streams": None})
        after = hub.rows(Connection)[-1]
        assert after == before | {"streams": None}
        assert [entry["changes"] for entry in hub.rows(AuditEntry)][-1] == {"streams": [["CUSTOMERS", "INVOICES"], None]}
        assert given(hub) == {"api_key": "open sesame"}
        assert [row["interval_seconds"] for row in hub.rows(Schedule)] == [900]

    def test_nothing_given_changes_nothing(self, hub: Hub) -> None:
        hub.done("connectionUpdate", {"id": made_id(hub)})
        assert hub.rows(AuditEntry) == []

    def test_a_schedule_is_changed_and_taken_away(self, hub: Hub) -> None:
        key = hub.done("connectionCreate", SHOP, select="connection { id }")["connection"]["id"]
        hub.done("connectionUpdate", {"id": key, "schedule": "0 6 * * *"})
        assert [(row["cron"], row["interval_seconds"]) for row in hub.rows(Schedule)] == [("0 6 * * *", None)]
        hub.done("connectionUpdate", {"id": key, "schedule": None})
        assert hub.rows(Schedule) == []

    def test_secrets_are_replaced_one_by_one(self, hub: Hub) -> None:
        both = [{"name": "api_key", "value": "one"}, {"name": "webhook_secret", "value": "two"}]
        key = hub.done("connectionCreate", shop_with(secrets=both), select="connection { id }")["connection"]["id"]
        hub.done("connectionUpdate", {"id": key, "secrets": [{"name": "api_key", "value": "three"}]})
        assert given(hub) == {"api_key": "three", "webhook_secret": "two"}
        hub.done("connectionUpdate", {"id": key, "secrets": [{"name": "api_key", "variable": "SHOP_KEY"}]})
        assert given(hub) == {"webhook_secret": "two"}
        assert hub.rows(Connection)[-1]["secrets"] == {"api_key": "SHOP_KEY", "webhook_secret": None}
        hub.done("connectionUpdate", {"id": key, "secrets": [{"name": "webhook_secret"}]})
        assert given(hub) == {}
        assert hub.rows(Connection)[-1]["secrets"] == {"api_key": "SHOP_KEY"}

    def test_with_other_options_every_secret_must_be_given_again(self, hub: Hub) -> None:
        key = hub.done("connectionCreate", SHOP, select="connection { id }")["connection"]["id"]
        elsewhere = {"id": key, "options": {"url": "https://elsewhere.example"}}
        assert hub.refused("connectionUpdate", elsewhere) == [(["secrets"], "INVALID")]
        assert given(hub) == {"api_key": "open sesame"}
        connection_id = hub.rows(Connection)[-1]["id"]
        hub.insert(Checkpoint, connection_id=connection_id, feed="customers", cursor="42", updated_at=NOW)
        hub.insert(ConnectionSecret, connection_id=connection_id, name="tokens", ciphertext=b"of the old place", updated_at=NOW)
        hub.done("connectionUpdate", elsewhere | {"secrets": [{"name": "api_key", "value": "for the new place"}]})
        assert given(hub) == {"api_key": "for the new place"}
        assert [row["name"] for row in hub.rows(ConnectionSecret)] == ["given:api_key"]
        assert hub.rows(Checkpoint) == []

    def test_the_same_options_again_need_no_secrets(self, hub: Hub) -> None:
        key = hub.done("connectionCreate", SHOP, select="connection { id }")["connection"]["id"]
        assert hub.done("connectionUpdate", {"id": key, "options": SHOP["options"]}) == {}

    @pytest.mark.parametrize("field", ["name", "connector", "kind"])
    def test_what_cannot_be_changed_is_no_field(self, hub: Hub, field: str) -> None:
        answer = hub.act("connectionUpdate", {"id": made_id(hub), field: "BILLING"})
        assert answer.error["code"] == "BAD_USER_INPUT"

    def test_what_stands_in_the_file_or_came_of_an_import_is_refused(self, hub: Hub) -> None:
        answer = hub.act("connectionUpdate", {"id": books(hub), "schedule": None})
        [error] = answer.data["done"]["userErrors"]
        assert (error["field"], error["code"]) == (["id"], "NOT_SUPPORTED")
        assert "plugins.toml" in error["message"]
        imported = encode_id("ConnectedSystem", hub.connection("import", is_declared=False))
        assert hub.refused("connectionUpdate", {"id": imported, "schedule": None}) == [(["id"], "NOT_SUPPORTED")]


class TestDelete:
    def test_nothing_of_it_runs_waits_or_is_secret_any_longer(self, hub: Hub) -> None:
        key = hub.done("connectionCreate", SHOP, select="connection { id }")["connection"]["id"]
        connection_id = hub.rows(Connection)[-1]["id"]
        hub.insert(ConnectionSecret, connection_id=connection_id, name="tokens", ciphertext=b"x", updated_at=NOW)
        jobs = [job(hub, status, connection_id=connection_id) for status in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DONE)]
        hub.done("connectionTest", {"id": key})
        found = hub.done("connectionDelete", {"id": key, "records": "KEEP", "reason": "closed"}, select="connection { status statusReason options } job { id }")
        assert found == {"connection": {"status": "REMOVED", "statusReason": "closed", "options": None}, "job": None}
        assert hub.rows(ConnectionSecret) == hub.rows(Schedule) == []
        assert [row["status"] for row in hub.rows(JobRun) if row["id"] in jobs] == [JobStatus.CANCELLED, JobStatus.CANCELLED, JobStatus.DONE]
        assert [(row["status"].value, row["problem"]) for row in hub.rows(ConnectionTest)] == [("FAILED", "the connection was deleted")]
        assert hub.refused("syncStart", {"connection": key, "idempotencyKey": "k"}) == [(["connection"], "NOT_SUPPORTED")]
        assert hub.refused("connectionTest", {"id": key}) == [(["id"], "NOT_SUPPORTED")]

    def test_deleting_it_again_changes_nothing_but_can_still_delete_records_once(self, hub: Hub) -> None:
        key = made_id(hub)
        hub.done("connectionDelete", {"id": key, "records": "KEEP"})
        audited = hub.rows(AuditEntry)
        hub.done("connectionDelete", {"id": key, "records": "KEEP"})
        assert hub.rows(AuditEntry) == audited
        found = hub.done("connectionDelete", {"id": key, "records": "DELETE"}, select="job { kind status }")
        assert found == {"job": {"kind": "removal", "status": "QUEUED"}}
        assert hub.refused("connectionDelete", {"id": key, "records": "DELETE"}) == [(["records"], "CONFLICT")]
        assert hub.refused("connectionDelete", {"id": key, "records": "KEEP"}) == [(["records"], "CONFLICT")]

    def test_what_is_left_of_an_earlier_removal_ends_when_it_is_deleted_again(self, hub: Hub) -> None:
        key = made_id(hub)
        hub.done("connectionDelete", {"id": key, "records": "DELETE"})
        table = table_of(Connection)
        with hub.store.write() as connection:
            connection.execute(sa.update(table).where(table.c.name == "shop").values(status=ConnectionStatus.ACTIVE, options={}))
        hub.done("connectionDelete", {"id": key, "records": "KEEP"})
        assert [row["status"] for row in hub.rows(JobRun) if row["kind"] == "removal"] == [JobStatus.CANCELLED]

    def test_what_stands_in_the_file_or_belongs_to_a_plugin_is_refused(self, hub: Hub) -> None:
        rates = encode_id("ConnectedSystem", hub.connection("rates-x", connector="rate-source", is_declared=False))
        for key in (books(hub), rates):
            assert hub.refused("connectionDelete", {"id": key, "records": "KEEP"}) == [(["id"], "NOT_SUPPORTED")]


class TestSecrets:
    def test_a_secret_stands_nowhere_in_the_database_and_in_no_answer(self, hub: Hub) -> None:
        given_with = {"idempotencyKey": "k", "reason": "new shop", "secrets": [{"name": "api_key", "value": CANARY}]}
        first = hub.act("connectionCreate", SHOP | given_with, select="connection { id options secretNames }")
        again = hub.act("connectionCreate", SHOP | given_with, select="connection { id options secretNames }")
        key = first.data["done"]["connection"]["id"]
        changed = hub.act("connectionUpdate", {"id": key, "secrets": [{"name": "webhook_secret", "value": CANARY}], "idempotencyKey": "u"})
        tested = hub.act("connectionTest", {"id": key, "idempotencyKey": "t"})
        told = hub.ask("{ auditLog { nodes { input { name value } changes { field before after } } } connections { nodes { name options secretNames } } }")
        assert not any(answer.errors for answer in (first, again, changed, tested, told))
        assert given(hub) == {"api_key": CANARY, "webhook_secret": CANARY}
        assert CANARY not in texts(hub)
        assert CANARY not in str((first, again, changed, tested, told))
        assert '"value":"hidden"' in str(told.data)

    @pytest.mark.parametrize("secret", [{"name": "api_key", "valeu": CANARY}, {"name": "api_key", "value": [CANARY]}, {"value": CANARY}])
    def test_a_secret_in_an_input_of_the_wrong_shape_is_not_repeated(self, hub: Hub, secret: dict[str, Any]) -> None:
        answer = hub.act("connectionCreate", shop_with(secrets=[secret]))
        assert answer.error["code"] == "BAD_USER_INPUT"
        assert CANARY not in str(answer)

    def test_nor_is_one_that_is_written_into_the_document(self, hub: Hub) -> None:
        shop = f'name: "shop", connector: "shop", kind: BILLING, secrets: [{{value: "{CANARY}"}}]'
        answer = hub.ask(f"mutation {{ connectionCreate(input: {{{shop}}}) {{ userErrors {{ message }} }} }}")
        assert answer.error["code"] == "BAD_USER_INPUT"
        assert CANARY not in str(answer)

    def test_options_are_for_those_who_may_read_the_audit_log(self, hub: Hub) -> None:
        made(hub)
        assert hub.ask("{ connections { nodes { options } } }", Role.INTEGRATOR).error["code"] == "FORBIDDEN"
        found = hub.data("{ connections { nodes { name options secretNames } } }", Role.AUDITOR)
        assert found["connections"]["nodes"][-1] == {"name": "shop", "options": {"company": "north"}, "secretNames": []}


def test_a_test_is_handed_in_and_can_be_asked_for(hub: Hub) -> None:
    found = hub.done("connectionTest", {"id": books(hub)}, select="connectionTest { id status job { kind lock } connection { name } } job { id }")
    test = found["connectionTest"]
    assert (test["status"], test["job"], test["connection"]) == ("WAITING", {"kind": "connection-test", "lock": f"test:{hub.connection_id}"}, {"name": "books"})
    asked = hub.data("query($id: ID!) { connectionTest(id: $id) { status problem feeds milliseconds askedBy endedAt } }", id=test["id"])
    assert asked["connectionTest"] == {"status": "WAITING", "problem": None, "feeds": None, "milliseconds": None, "askedBy": "ada", "endedAt": None}


def test_of_the_tests_of_a_connection_the_latest_are_kept(hub: Hub) -> None:
    for number in range(23):
        hub.insert(ConnectionTest, connection_id=hub.connection_id, status="PASSED", asked_by=str(number), asked_at=NOW)
    hub.done("connectionTest", {"id": books(hub)})
    kept = [row["asked_by"] for row in hub.rows(ConnectionTest)]
    assert kept == [*map(str, range(3, 23)), "ada"]


def test_connectors_say_what_a_connection_may_have(hub: Hub) -> None:
    found = hub.data("{ connectors { name options secrets notThroughApi } }")
    assert found["connectors"] == [{"name": name, "options": [], "secrets": [], "notThroughApi": None} for name in ("files", "api")]


def test_every_row_of_secrets_has_the_name_that_seals_it(hub: Hub) -> None:
    hub.done("connectionCreate", SHOP)
    table = table_of(ConnectionSecret)
    with hub.store.write() as connection:
        connection.execute(sa.update(table).values(name="tokens"))
    assert given(hub) == {}
