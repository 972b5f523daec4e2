"""What people see of a connection's condition: health, freshness, notices, fields that drift, and balances that differ."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.model import Checkpoint, ConnectionNotice, SourceField
from hub.vocabulary import ConnectionStatus, FieldState, NoticeKind, Role, Stream, SyncRunStatus
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub

HOUR = timedelta(hours=1)


def text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def feed(hub: Hub, name: str, *streams: Stream, data_as_of: datetime | None, **values: Any) -> None:  # noqa: ANN401 - values of columns
    carried = [stream.value for stream in streams]
    hub.insert(Checkpoint, connection_id=hub.connection_id, feed=name, streams=carried, data_as_of=data_as_of, updated_at=NOW, **values)


def notice(hub: Hub, kind: NoticeKind = NoticeKind.SYNC_FAILED, **values: Any) -> int:  # noqa: ANN401
    given: dict[str, Any] = {"connection_id": hub.connection_id, "kind": kind, "message": "the line broke", "raised_at": NOW, "last_seen_at": NOW}
    return hub.insert(ConnectionNotice, **given | values)


class TestHealth:
    QUERY = "{ connections { nodes { name statusReason health { state summary since } } } }"

    def test_is_told_of_each_connection_in_one_statement(self, hub: Hub) -> None:
        hub.run(status=SyncRunStatus.SUCCEEDED, ended_at=NOW - HOUR)
        feed(hub, "all", Stream.INVOICES, data_as_of=NOW - HOUR)
        hub.connection("crm", status=ConnectionStatus.PAUSED, status_reason="they move house")
        answer = hub.ask(self.QUERY)
        assert [node["health"] for node in answer.data["connections"]["nodes"]] == [
            {"state": "HEALTHY", "summary": "Up to date as of 13:00", "since": text(NOW - HOUR)},
            {"state": "STOPPED", "summary": "Paused (they move house); resume it with `dunwell connections resume crm`", "since": None},
        ]
        assert len(answer.statements) == 1

    def test_is_not_read_unless_it_is_asked_for(self, hub: Hub) -> None:
        [statement] = hub.ask("{ connections { nodes { name } } }").statements
        assert "connection_notice" not in statement


class TestFreshness:
    QUERY = "{ connections { nodes { dataAsOf dataAsOfByStream { stream dataAsOf } feeds { name streams readingSince problem problemSince } } } }"

    def test_a_stream_is_as_fresh_as_the_oldest_feed_that_carries_it(self, hub: Hub) -> None:
        feed(hub, "invoices", Stream.CUSTOMERS, Stream.INVOICES, data_as_of=NOW)
        feed(hub, "customers", Stream.CUSTOMERS, data_as_of=NOW - HOUR)
        [node] = hub.data(self.QUERY)["connections"]["nodes"]
        found = {one["stream"]: one["dataAsOf"] for one in node["dataAsOfByStream"]}
        assert found == {"CUSTOMERS": text(NOW - HOUR), "INVOICES": text(NOW)}
        assert node["dataAsOf"] == text(NOW - HOUR)

    def test_what_was_never_read_to_its_end_is_not_known(self, hub: Hub) -> None:
        feed(hub, "invoices", Stream.INVOICES, data_as_of=NOW)
        feed(hub, "more", Stream.INVOICES, Stream.PAYMENTS, data_as_of=None, reading_since=NOW - HOUR, problem="too much was refused", problem_since=NOW)
        [node] = hub.data(self.QUERY)["connections"]["nodes"]
        assert {one["stream"]: one["dataAsOf"] for one in node["dataAsOfByStream"]} == {"INVOICES": None, "PAYMENTS": None}
        assert node["dataAsOf"] is None
        shown = {"name": "more", "streams": ["INVOICES", "PAYMENTS"], "readingSince": text(NOW - HOUR), "problem": "too much was refused"}
        assert node["feeds"][1] == shown | {"problemSince": text(NOW)}

    def test_connections_are_told_apart_and_one_without_feeds_has_no_streams(self, hub: Hub) -> None:
        feed(hub, "invoices", Stream.INVOICES, data_as_of=NOW)
        hub.connection("crm")
        first, second = hub.data(self.QUERY)["connections"]["nodes"]
        assert [len(node["dataAsOfByStream"]) for node in (first, second)] == [1, 0]


class TestNotices:
    def test_open_ones_are_neither_over_nor_dismissed(self, hub: Hub) -> None:
        notice(hub, message="open")
        notice(hub, message="over", resolved_at=NOW, resolved_by="ada")
        notice(hub, message="dismissed", dismissed_at=NOW, dismissed_by="ada")
        query = "query ($open: Boolean!) { connections { nodes { notices(where: {isOpen: $open}) { nodes { message isOpen resolvedBy dismissedBy } } } } }"
        found = {state: hub.data(query, open=state)["connections"]["nodes"][0]["notices"]["nodes"] for state in (True, False)}
        assert found[True] == [{"message": "open", "isOpen": True, "resolvedBy": None, "dismissedBy": None}]
        assert {(one["message"], one["isOpen"]) for one in found[False]} == {("over", False), ("dismissed", False)}

    def test_those_of_all_connections_come_newest_first(self, hub: Hub) -> None:
        notice(hub, message="older", raised_at=NOW - HOUR)
        notice(hub, NoticeKind.SCHEMA_DRIFT, connection_id=hub.connection("crm"), message="newer", subject="fields")
        query = "{ connectionNotices { totalCount nodes { connection { name } kind subject message raisedAt lastSeenAt dismissedAt resolvedAt } } }"
        first, second = hub.data(query)["connectionNotices"]["nodes"]
        assert first == {
            "connection": {"name": "crm"},
            "kind": "SCHEMA_DRIFT",
            "subject": "fields",
            "message": "newer",
            "raisedAt": text(NOW),
            "lastSeenAt": text(NOW),
            "dismissedAt": None,
            "resolvedAt": None,
        }
        assert second["connection"] == {"name": "books"}

    def test_one_is_found_by_its_id(self, hub: Hub) -> None:
        found = hub.data("query ($id: ID!) { node(id: $id) { ... on ConnectionNotice { message } } }", id=encode_id("ConnectionNotice", notice(hub)))
        assert found == {"node": {"message": "the line broke"}}

    def test_whoever_may_not_see_connections_sees_none(self, hub: Hub) -> None:
        notice(hub)
        assert hub.ask("{ connectionNotices { totalCount } }", Role.COLLECTOR).error["code"] == "FORBIDDEN"


class TestSourceFields:
    def test_those_that_drifted_are_found_by_their_state(self, hub: Hub) -> None:
        seen: dict[str, Any] = {"connection_id": hub.connection_id, "first_seen_at": NOW, "last_seen_at": NOW, "changed_at": NOW}
        hub.insert(SourceField, stream=Stream.INVOICES, path="total", types=["text", "number"], state=FieldState.RETYPED, **seen)
        hub.insert(SourceField, stream=Stream.INVOICES, path="id", types=["text"], **seen)
        hub.insert(SourceField, stream=Stream.CUSTOMERS, path="fax", types=["null"], state=FieldState.NEW, **seen)
        query = """query ($where: SourceFieldWhere) { connections { nodes { sourceFields(where: $where) { nodes { stream path types state } } } } }"""
        listed = [node["path"] for node in hub.data(query)["connections"]["nodes"][0]["sourceFields"]["nodes"]]
        assert listed == ["fax", "id", "total"]
        drifted = hub.data(query, where={"state": {"in": ["NEW", "RETYPED"]}, "stream": {"eq": "INVOICES"}})["connections"]["nodes"][0]["sourceFields"]["nodes"]
        assert drifted == [{"stream": "INVOICES", "path": "total", "types": ["text", "number"], "state": "RETYPED"}]


class TestRuns:
    QUERY = "{ syncRuns { nodes { waitingUntil scope { streams since isFull } } } }"

    def test_a_run_says_what_was_asked_for_and_until_when_it_waits(self, hub: Hub) -> None:
        hub.run(status=SyncRunStatus.RUNNING, waiting_until=NOW + HOUR, scope={"streams": ["INVOICES"], "since": "2026-01-01"})
        [node] = hub.data(self.QUERY)["syncRuns"]["nodes"]
        assert node == {"waitingUntil": text(NOW + HOUR), "scope": {"streams": ["INVOICES"], "since": "2026-01-01", "isFull": False}}

    def test_a_run_of_everything_has_no_scope_but_one_that_reads_all_anew_has(self, hub: Hub) -> None:
        hub.run()
        hub.run(scope={"full": True})
        newest, older = hub.data(self.QUERY.replace("syncRuns", "syncRuns(orderBy: [{field: STARTED_AT, direction: DESC}])"))["syncRuns"]["nodes"]
        assert newest["scope"] == {"streams": None, "since": None, "isFull": True}
        assert (older["scope"], older["waitingUntil"]) == (None, None)


class TestMismatches:
    FIELDS = "currency reported { amount } ours { amount } difference { amount currency } asOf customer { name }"

    @pytest.fixture
    def differing(self, hub: Hub) -> Hub:
        """Acme differs by 40.00 EUR and 3 JPY, Bolt by -50.00 EUR; Core agrees, Dyer's source is silent, Echo was deleted."""
        acme = hub.customer("Acme", reported_balances={"EUR": 14000, "JPY": 3})
        bolt = hub.customer("Bolt", reported_balances={"EUR": 5000, "USD": 0})
        core = hub.customer("Core", reported_balances={"EUR": 10000})
        dyer = hub.customer("Dyer")
        hub.customer("Echo", reported_balances={"EUR": 1}, is_deleted=True)
        for customer in (acme, bolt, core, dyer):
            hub.invoice(customer, 10000)
        hub.refresh()
        return hub

    def test_are_listed_by_size_with_both_balances(self, differing: Hub) -> None:
        answer = differing.ask(f"{{ mismatches {{ totalCount nodes {{ {self.FIELDS} }} }} }}")
        assert answer.data["mismatches"]["totalCount"] == 3
        assert answer.data["mismatches"]["nodes"] == [
            {
                "currency": currency,
                "reported": {"amount": reported},
                "ours": {"amount": ours},
                "difference": {"amount": difference, "currency": currency},
                "asOf": "2026-03-31",
                "customer": {"name": name},
            }
            for name, currency, reported, ours, difference in (
                ("Bolt", "EUR", "50.00", "100.00", "-50.00"),
                ("Acme", "EUR", "140.00", "100.00", "40.00"),
                ("Acme", "JPY", "3", "0", "3"),
            )
        ]
        assert len(answer.statements) == 2

    def test_can_be_paged_and_filtered(self, differing: Hub) -> None:
        query = """query ($after: String, $where: OutstandingMismatchWhere) {
          mismatches(first: 1, after: $after, where: $where) { nodes { customer { name } currency } pageInfo { endCursor hasNextPage } } }"""
        seen: list[tuple[str, str]] = []
        after: str | None = None
        for _ in range(3):
            page = differing.data(query, after=after)["mismatches"]
            seen += [(node["customer"]["name"], node["currency"]) for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert seen == [("Bolt", "EUR"), ("Acme", "EUR"), ("Acme", "JPY")]
        where = {"currency": {"eq": "EUR"}, "customer": {"eq": encode_id("Customer", 1)}}
        [node] = differing.data(query, where=where)["mismatches"]["nodes"]
        assert node == {"customer": {"name": "Acme"}, "currency": "EUR"}

    def test_a_customer_says_yes_no_or_unknown(self, differing: Hub) -> None:
        nodes = differing.data("{ customers { nodes { name outstandingMismatch } } }")["customers"]["nodes"]
        assert {node["name"]: node["outstandingMismatch"] for node in nodes} == {"Acme": True, "Bolt": True, "Core": False, "Dyer": None}

    @pytest.mark.parametrize(("asked", "names"), [(True, ["Acme", "Bolt"]), (False, ["Core", "Dyer"])], ids=["yes", "no"])
    def test_customers_are_found_by_it_and_unknown_counts_as_no(self, differing: Hub, asked: bool, names: list[str]) -> None:  # noqa: FBT001 - a case
        query = "query ($asked: Boolean!) { customers(where: {outstandingMismatch: $asked}) { nodes { name } } }"
        assert [node["name"] for node in differing.data(query, asked=asked)["customers"]["nodes"]] == names

    @pytest.mark.parametrize("query", ["{ mismatches { totalCount } }", "{ customers { nodes { outstandingMismatch } } }"])
    def test_they_are_figures(self, differing: Hub, query: str) -> None:
        assert differing.ask(query, Role.INTEGRATOR).error["code"] == "FORBIDDEN"
        assert not differing.ask(query, Role.COLLECTOR).errors
