"""Rules in the API: as filters, checked, evaluated, explained, and as rule sets; each held against the figures that the API itself shows."""

from datetime import date
from typing import Any

import pytest

from hub.model import RuleSet, RuleSetVersion
from hub.vocabulary import Role, RuleLevel
from schema.ids import encode_id
from tests.databases import ON_SQLITE
from tests.schema.hub import Hub
from tests.schema.mutation.examples import rule_set

FIND = "query($where: CustomerWhere) { customers(where: $where) { totalCount nodes { name } } }"
CHECK = """
query($rule: RuleInput!, $level: RuleLevel!) {
  ruleCheck(rule: $rule, level: $level) { isUsable text document matchCount findings { kind message isError part line column suggestion } }
}
"""
EXPLAIN = """
query($rule: RuleInput!, $id: ID!, $asOf: Date) {
  ruleExplain(rule: $rule, id: $id, asOf: $asOf) {
    holds asOf
    parts { depth text holds field value { text money { amount currency } number day flag texts } counted { relation count holding nodeIds } dataAsOf }
    rates { currency rate }
    changes { kind text on invoiceId amount { amount currency } condition }
  }
}
"""
SETS = "{ ruleSets { nodes { name level rule document version state problem matchCount versions { version rule madeBy } } } }"
MATCHING = "query($id: ID!) { customer(id: $id) { matchingRuleSets { state ruleSet { name } } } }"


@pytest.fixture
def two(hub: Hub) -> tuple[int, int]:
    """Acme owes 900 that is 31 days late and 100 that is not; Bell owes nothing."""
    acme, bell = hub.customer(name="Acme", finance_owner="Ana"), hub.customer(name="Bell")
    for number, due, day in (("1", 90_000, "2026-02-28"), ("2", 10_000, "2026-04-15")):
        hub.invoice(acme, due, number=number, due_date=date.fromisoformat(day))
    hub.refresh()
    return acme, bell


def names(hub: Hub, where: dict[str, Any]) -> list[str]:
    """The customers of a filter, which are counted alike."""
    found = hub.data(FIND, where=where)["customers"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


class TestFilter:
    @pytest.mark.usefixtures("two")
    def test_a_rule_filters_customers(self, hub: Hub) -> None:
        assert names(hub, {"rule": "overdue > 500 EUR"}) == ["Acme"]
        assert names(hub, {"not": {"rule": "overdue > 500 EUR"}}) == ["Bell"]
        assert names(hub, {"rule": "overdue > 500 EUR", "name": {"eq": "Bell"}}) == []

    @pytest.mark.usefixtures("two")
    def test_a_rule_filters_invoices(self, hub: Hub) -> None:
        found = hub.data('{ invoices(where: {rule: "days_past_due > 30 and overdue > 500 EUR"}) { totalCount nodes { number } } }')["invoices"]
        assert found == {"totalCount": 1, "nodes": [{"number": "1"}]}

    @pytest.mark.usefixtures("two")
    def test_two_rules_may_stand_in_one_filter(self, hub: Hub) -> None:
        assert names(hub, {"or": [{"rule": "any invoice (balance > 800 EUR)"}, {"rule": "no invoice (balance > 0 EUR)"}]}) == ["Acme", "Bell"]

    @pytest.mark.usefixtures("two")
    def test_a_rule_set_filters(self, hub: Hub) -> None:
        assert names(hub, {"ruleSet": rule_set(hub)}) == ["Acme"]

    @ON_SQLITE
    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            ("overdu > 5 EUR", "line 1, column 1: there is no field overdu; did you mean overdue?"),
            ("overdue > 5", "line 1, column 1: an amount needs its currency: 5 EUR, or 5 base"),
            ("overdue >", "line 1, column 10"),
            ("balance > 5 EUR", "balance is a field of invoices"),
        ],
    )
    def test_a_rule_that_cannot_be_used_is_refused_at_its_place(self, hub: Hub, rule: str, message: str) -> None:
        (error,) = hub.ask(FIND, where={"rule": rule}).errors
        assert message in error["message"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "rule" in str(error["extensions"])

    @ON_SQLITE
    @pytest.mark.usefixtures("two")
    def test_who_may_not_see_figures_may_not_ask_by_rules(self, hub: Hub) -> None:
        assert hub.ask(FIND, Role.INTEGRATOR, where={"rule": 'finance_owner includes ("Ana")'}).error["code"] == "FORBIDDEN"

    @ON_SQLITE
    @pytest.mark.usefixtures("two")
    def test_a_broken_rule_set_is_no_silent_no(self, hub: Hub) -> None:
        (error,) = hub.ask(FIND, where={"ruleSet": rule_set(hub, rule="branch_score > 5")}).errors
        assert "broken" in error["message"]
        assert "branch_score" in error["message"]


class TestCheck:
    @pytest.mark.usefixtures("two")
    def test_a_rule_is_checked_and_counted(self, hub: Hub) -> None:
        found = hub.data(CHECK, rule={"text": "overdue>500 EUR"}, level="CUSTOMER")["ruleCheck"]
        assert (found["isUsable"], found["text"], found["matchCount"], found["findings"]) == (True, "overdue > 500 EUR", 1, [])
        again = hub.data(CHECK, rule={"document": found["document"]}, level="CUSTOMER")["ruleCheck"]
        assert again == found

    @ON_SQLITE
    def test_what_cannot_be_read_is_a_finding_with_its_place(self, hub: Hub) -> None:
        found = hub.data(CHECK, rule={"text": "overdue >\n> 5"}, level="CUSTOMER")["ruleCheck"]
        assert not found["isUsable"]
        assert [(one["kind"], one["line"], one["column"]) for one in found["findings"]] == [("SYNTAX", 2, 1)]

    @ON_SQLITE
    def test_a_document_is_exactly_one_form(self, hub: Hub) -> None:
        answer = hub.ask(CHECK, rule={"text": "always", "document": {"always": True}}, level="CUSTOMER")
        assert answer.errors

    @ON_SQLITE
    def test_every_value_can_be_given_as_a_document(self, hub: Hub) -> None:
        parts = [
            {"compare": {"field": "overdue", "operator": "BETWEEN", "values": [{"amount": {"value": "1.50", "currency": v}} for v in ("base", "base")]}},
            {"compare": {"field": "overdue_percent", "operator": "GREATER", "values": [{"number": "33.3"}]}},
            {"compare": {"field": "finance_owner", "operator": "INCLUDES", "values": [{"text": "Ana"}]}},
            {"compare": {"field": "outstanding_mismatch", "operator": "EQUAL", "values": [{"flag": False}]}},
            {"compare": {"field": "last_email_date", "operator": "EQUAL", "values": [{"day": "2026-03-01"}]}},
            {"compare": {"field": "last_email_date", "operator": "GREATER", "values": [{"relativeDay": -30}]}},
            {"compare": {"field": "last_email_date", "operator": "WITHIN", "values": [{"window": {"kind": "LAST_DAYS", "days": 7}}]}},
        ]
        found = hub.data(CHECK, rule={"document": {"any": parts}}, level="CUSTOMER")["ruleCheck"]
        assert found["isUsable"], found["findings"]
        assert len(found["document"]["any"]) == len(parts)


class TestEvaluate:
    @pytest.mark.usefixtures("two")
    def test_matches_are_a_list_like_any_other(self, hub: Hub) -> None:
        text = """
        query($rule: RuleInput!) {
          ruleEvaluateInvoices(rule: $rule, where: {number: {ne: "9"}}, orderBy: [{field: NUMBER, direction: DESC}], first: 1) {
            totalCount nodes { number } pageInfo { hasNextPage }
          }
        }"""
        found = hub.data(text, rule={"text": "balance > 50 EUR"})["ruleEvaluateInvoices"]
        assert found == {"totalCount": 2, "nodes": [{"number": "2"}], "pageInfo": {"hasNextPage": True}}

    @pytest.mark.usefixtures("two")
    def test_a_rule_is_evaluated_on_another_day(self, hub: Hub) -> None:
        text = 'query($day: Date) { ruleEvaluateCustomers(rule: {text: "overdue > 950 EUR"}, asOf: $day) { nodes { name } } }'
        assert hub.data(text, day=None)["ruleEvaluateCustomers"]["nodes"] == []
        assert hub.data(text, day="2026-04-16")["ruleEvaluateCustomers"]["nodes"] == [{"name": "Acme"}]


class TestExplain:
    def test_an_explanation_tells_values_and_what_would_turn_it(self, hub: Hub, two: tuple[int, int]) -> None:
        rule = {"text": 'overdue > 500 EUR and any invoice (days_past_due > 30) and finance_owner includes ("Raj")'}
        found = hub.data(EXPLAIN, rule=rule, id=encode_id("Customer", two[0]))["ruleExplain"]
        assert (found["holds"], found["asOf"]) == (False, "2026-03-31")
        assert [(part["depth"], part["holds"], part["value"] and part["value"]["text"]) for part in found["parts"]] == [
            (0, False, None),
            (1, True, "900.00 EUR"),
            (1, True, "1"),
            (1, False, "Ana"),
        ]
        assert found["parts"][2]["counted"]["holding"] == 1
        assert [change["condition"] for change in found["changes"]] == ['finance_owner includes ("Raj")']

    @pytest.mark.usefixtures("two")
    def test_nobody_is_explained_who_is_not_there(self, hub: Hub) -> None:
        assert hub.data(EXPLAIN, rule={"text": "always"}, id=encode_id("Customer", 999)) == {"ruleExplain": None}

    @ON_SQLITE
    def test_the_invoice_is_named_whose_payment_turns_it(self, hub: Hub, two: tuple[int, int]) -> None:
        found = hub.data(EXPLAIN, rule={"text": "overdue > 500 EUR"}, id=encode_id("Customer", two[0]))["ruleExplain"]
        payment = next(change for change in found["changes"] if change["kind"] == "PAYMENT")
        assert payment["amount"] == {"amount": "900.00", "currency": "EUR"}


class TestRuleSets:
    @pytest.mark.usefixtures("two")
    def test_a_rule_set_shows_its_rule_and_its_matches(self, hub: Hub) -> None:
        rule_set(hub)
        rule_set(hub, name="Large", level=RuleLevel.INVOICE, rule="balance > 50 EUR")
        found = hub.data(SETS)["ruleSets"]["nodes"]
        assert [(one["name"], one["matchCount"], one["state"], one["problem"]) for one in found] == [
            ("Large", 2, "USABLE", None),
            ("Late payers", 1, "USABLE", None),
        ]

    @pytest.mark.usefixtures("two")
    def test_a_broken_rule_set_is_shown_as_broken(self, hub: Hub) -> None:
        rule_set(hub, rule="branch_score > 5")
        (found,) = hub.data(SETS)["ruleSets"]["nodes"]
        assert (found["state"], found["matchCount"]) == ("BROKEN", None)
        assert "branch_score" in found["problem"]

    def test_customers_show_the_rule_sets_that_match_and_those_that_nobody_knows(self, hub: Hub, two: tuple[int, int]) -> None:
        rule_set(hub)
        rule_set(hub, name="Idle", rule="outstanding = 0 base")
        rule_set(hub, name="Branch", rule="branch_score > 5")
        assert hub.data(MATCHING, id=encode_id("Customer", two[0]))["customer"]["matchingRuleSets"] == [
            {"state": "UNKNOWN", "ruleSet": {"name": "Branch"}},
            {"state": "MATCHES", "ruleSet": {"name": "Late payers"}},
        ]

    @pytest.mark.usefixtures("two")
    def test_invoices_show_the_rule_sets_that_match(self, hub: Hub) -> None:
        rule_set(hub, name="Large", level=RuleLevel.INVOICE, rule="balance > 500 EUR")
        found = hub.data("{ invoices(orderBy: [{field: NUMBER}]) { nodes { number matchingRuleSets { ruleSet { name } } } } }")["invoices"]["nodes"]
        assert found == [{"number": "1", "matchingRuleSets": [{"ruleSet": {"name": "Large"}}]}, {"number": "2", "matchingRuleSets": []}]

    @pytest.mark.usefixtures("two")
    def test_a_mutation_shows_the_matches_of_what_it_has_made(self, hub: Hub) -> None:
        select = "ruleSet { id rule matchCount }"
        made = hub.done("ruleSetCreate", {"name": "Late", "level": "CUSTOMER", "rule": {"text": "overdue > 0 base"}}, select=select)["ruleSet"]
        assert made["matchCount"] == 1
        changed = hub.done("ruleSetUpdate", {"id": made["id"], "rule": {"text": "overdue >= 0 base"}}, select=select)["ruleSet"]
        assert (changed["rule"], changed["matchCount"]) == ("overdue >= 0 base", 2)

    def test_no_version_is_lost(self, hub: Hub) -> None:
        hub.done("ruleSetCreate", {"name": "Late", "level": "CUSTOMER", "rule": {"text": "overdue>0 base"}})
        given = {"id": encode_id("RuleSet", hub.rows(RuleSet)[0]["id"])}
        hub.done("ruleSetUpdate", {**given, "rule": {"text": "overdue > 5 base"}, "version": 1, "reason": "fewer"})
        hub.done("ruleSetUpdate", {**given, "description": "Who is late."})
        hub.done("ruleSetDelete", given)
        hub.done("ruleSetRestore", {**given, "version": 1})
        found = hub.rows(RuleSet)[0]
        assert (found["rule"], found["description"], found["version"], found["is_deleted"]) == ("overdue > 0 base", None, 4, False)
        assert [(row["version"], row["rule"], row["description"]) for row in hub.rows(RuleSetVersion)] == [
            (1, "overdue > 0 base", None),
            (2, "overdue > 5 base", None),
            (3, "overdue > 5 base", "Who is late."),
            (4, "overdue > 0 base", None),
        ]

    @ON_SQLITE
    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"rule": {"text": "overdue > 5"}}, (["rule"], "INVALID")),
            ({"rule": {"text": "overdue >"}}, (["rule", "text"], "INVALID")),
            ({"name": " "}, (["name"], "INVALID")),
            ({"version": 7, "name": "Other"}, (["version"], "CONFLICT")),
            ({"name": "IDLE"}, (["name"], "CONFLICT")),
        ],
    )
    def test_what_cannot_be_kept_is_refused_at_its_field(self, hub: Hub, given: dict[str, Any], told: tuple[list[str], str]) -> None:
        rule_set(hub, name="Idle")
        assert hub.refused("ruleSetUpdate", {"id": rule_set(hub), **given}) == [told]
        assert len(hub.rows(RuleSetVersion)) == 2

    @ON_SQLITE
    def test_a_change_that_changes_nothing_is_no_version(self, hub: Hub) -> None:
        hub.done("ruleSetUpdate", {"id": rule_set(hub), "rule": {"text": "overdue>0 base"}})
        assert [row["version"] for row in hub.rows(RuleSet)] == [1]


class TestCatalogue:
    @ON_SQLITE
    def test_fields_tell_how_they_can_be_compared(self, hub: Hub) -> None:
        found = {one["id"]: one for one in hub.data("{ ruleFields { id level type unit operators choices meaning isAhead } }")["ruleFields"]}
        assert found["next_retry_date"]["isAhead"]
        assert "PARTIALLY_PAID" in found["status"]["choices"]
        assert set(found["finance_owner"]["operators"]) == {"INCLUDES", "EXCLUDES", "IS_SET", "IS_NOT_SET"}

    @ON_SQLITE
    def test_every_template_is_a_rule_that_can_be_used(self, hub: Hub) -> None:
        found = hub.data("{ ruleTemplates { id level rule text slots { name value } } }")["ruleTemplates"]
        assert len(found) == len({one["id"] for one in found}) >= 10
        for one in found:
            checked = hub.data(CHECK, rule={"text": one["rule"]}, level=one["level"])["ruleCheck"]
            assert checked["isUsable"], (one["id"], checked["findings"])
            assert "{" not in one["rule"]
            assert all(f"{{{slot['name']}}}" in one["text"] for slot in one["slots"])
