"""Rules in the API: as filters, checked, evaluated, explained, and as rule sets; each held against the figures that the API itself shows."""

from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest

from hub.commands.rule_sets import MOST_CHARACTERS_TOGETHER, MOST_SETS
from hub.model import PaymentAttempt, RuleSet, RuleSetVersion
from hub.vocabulary import PaymentState, Role, RuleLevel
from schema.ids import encode_id
from tests.databases import ON_POSTGRESQL, ON_SQLITE
from tests.schema.hub import NOW, Hub
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
    def test_nothing_is_told_of_a_deleted_customer_by_way_of_its_invoice(self, hub: Hub) -> None:
        invoice = hub.invoice(hub.customer(name="Gone", email="gone@gone.example", is_deleted=True), 10_000, number="1")
        hub.refresh()
        told = hub.data(EXPLAIN, Role.COLLECTOR, id=encode_id("Invoice", invoice), rule={"text": "customer_email is set"})["ruleExplain"]
        assert [(part["holds"], part["value"]) for part in told["parts"]] == [(False, None)]
        find = "query($rule: String!) { invoices(where: {rule: $rule}) { totalCount } }"
        for rule, count in (('customer_email = "gone@gone.example"', 0), ("balance > 0 EUR", 1)):
            assert hub.data(find, Role.COLLECTOR, rule=rule)["invoices"]["totalCount"] == count
            assert hub.data(CHECK, Role.COLLECTOR, rule={"text": rule}, level="INVOICE")["ruleCheck"]["matchCount"] == count

    def test_the_invoice_is_named_whose_payment_turns_it(self, hub: Hub, two: tuple[int, int]) -> None:
        found = hub.data(EXPLAIN, rule={"text": "overdue > 500 EUR"}, id=encode_id("Customer", two[0]))["ruleExplain"]
        payment = next(change for change in found["changes"] if change["kind"] == "PAYMENT")
        assert payment["amount"] == {"amount": "900.00", "currency": "EUR"}


@pytest.fixture
def paid_by_its_parent(hub: Hub) -> tuple[int, int]:
    """A project and its invoice, which its parent has tried in vain to pay three times."""
    parent = hub.customer(name="Parent")
    project = hub.customer(name="Project", parent_id=parent, bill_to_id=parent)
    invoice = hub.invoice(project, 10_000, number="1")
    tried = {"connection_id": 1, "state": PaymentState.DECLINED, "currency": "EUR", "attempted_at": NOW, "first_seen_at": NOW, "updated_at": NOW}
    for _ in range(3):
        hub.insert(PaymentAttempt, customer_id=parent, invoice_id=invoice, **tried)
    hub.refresh()
    return project, invoice


class TestOneAmongAll:
    """What is asked about one is what a list of all has found."""

    def test_the_risk_that_is_shown_is_the_one_that_is_filtered_by_and_explained(self, hub: Hub, paid_by_its_parent: tuple[int, int]) -> None:
        key, high = encode_id("Customer", paid_by_its_parent[0]), 'payment_risk includes ("HIGH")'
        one = hub.data("query($id: ID!) { customer(id: $id) { health { paymentRisk } } }", id=key)["customer"]
        listed = hub.data("query($where: CustomerWhere) { customers(where: $where) { nodes { name health { paymentRisk } } } }", where={"rule": high})
        assert one == {"health": {"paymentRisk": "HIGH"}}
        assert listed["customers"]["nodes"] == [{"name": "Project", **one}]
        assert hub.data(EXPLAIN, rule={"text": high}, id=key)["ruleExplain"]["holds"] is True

    def test_the_rule_sets_that_an_invoice_shows_are_those_that_count_it(self, hub: Hub, paid_by_its_parent: tuple[int, int]) -> None:
        rule_set(hub, name="Failing", level=RuleLevel.INVOICE, rule="failed_attempt_count >= 3")
        shown = hub.data("query($id: ID!) { invoice(id: $id) { matchingRuleSets { state } } }", id=encode_id("Invoice", paid_by_its_parent[1]))["invoice"]
        assert shown["matchingRuleSets"] == [{"state": "MATCHES"}]
        assert hub.data("{ ruleSets { nodes { matchCount } } }")["ruleSets"]["nodes"] == [{"matchCount": 1}]


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
    @pytest.mark.parametrize(("day", "names"), [("2026-02-28", []), ("2026-03-31", ["Late payers"]), (None, ["Late payers"])])
    def test_the_rule_sets_that_match_are_those_of_the_lists_day(self, hub: Hub, day: str | None, names: list[str]) -> None:
        rule_set(hub)
        query = "query($day: Date) { customers(asOf: $day, first: 1) { nodes { matchingRuleSets { ruleSet { name } } } } }"
        (shown,) = hub.data(query, day=day)["customers"]["nodes"]
        assert [found["ruleSet"]["name"] for found in shown["matchingRuleSets"]] == names

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


class TestWhatIsNotThere:
    """A rule over a field that no plugin brings any longer is an error, or unknown: never a silent no."""

    @ON_SQLITE
    @pytest.mark.parametrize(
        ("query", "type_name"),
        [
            ('{ customers(where: {rule: "branch_score > 5"}) { totalCount } }', None),
            ('{ customers(where: {not: {rule: "branch_score > 5"}}) { totalCount } }', None),
            ('{ invoices(where: {customer: {rule: "branch_score > 5"}}) { totalCount } }', None),
            ('{ ruleEvaluateCustomers(rule: {text: "branch_score > 5"}) { totalCount } }', None),
            ('{ ruleEvaluateInvoices(rule: {text: "branch_score > 5"}) { totalCount } }', None),
            ('query($id: ID!) { ruleExplain(rule: {text: "not (branch_score > 5)"}, id: $id) { holds } }', "Customer"),
            ("query($id: ID!) { customers(where: {ruleSet: $id}) { totalCount } }", "RuleSet"),
            ("query($id: ID!) { customers(where: {not: {ruleSet: $id}}) { totalCount } }", "RuleSet"),
        ],
    )
    def test_is_an_error_that_names_it(self, hub: Hub, query: str, type_name: str | None) -> None:
        customer, broken = hub.customer(name="Acme"), rule_set(hub, rule="branch_score > 5")
        key = broken if type_name == "RuleSet" else encode_id("Customer", customer)
        (error,) = hub.ask(query, id=key).errors
        assert "branch_score" in error["message"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    def test_is_unknown_where_all_rule_sets_are_shown(self, hub: Hub) -> None:
        customer = hub.customer(name="Acme")
        hub.refresh()
        rule_set(hub, rule="not (branch_score > 5)")
        (matching,) = hub.data(MATCHING, id=encode_id("Customer", customer))["customer"]["matchingRuleSets"]
        assert matching["state"] == "UNKNOWN"
        (shown,) = hub.data("{ ruleSets { nodes { state problem matchCount } } }")["ruleSets"]["nodes"]
        assert (shown["state"], shown["matchCount"]) == ("BROKEN", None)
        assert "branch_score" in shown["problem"]


class TestLimits:
    def test_names_and_descriptions_are_texts(self, hub: Hub) -> None:
        names = ["'; DROP TABLE rule_set; --", "%", "_", "\\", '"', "\U0001f600" * 200, "\u0390" * 200, "\u202eabc", "%(name)s", ":x"]
        for name in names:
            hub.done("ruleSetCreate", {"name": name, "level": "CUSTOMER", "rule": {"text": "always"}, "description": name})
        found = hub.data("{ ruleSets(first: 50) { nodes { name description } } }")["ruleSets"]["nodes"]
        assert sorted(one["name"] for one in found) == sorted(one["description"] for one in found) == sorted(names)
        for name in names:
            query = "query($name: String!) { ruleSets(where: {name: {eq: $name}}) { nodes { name } } }"
            assert hub.data(query, name=name)["ruleSets"]["nodes"] == [{"name": name}]

    def test_a_document_with_a_text_that_no_database_can_hold_is_refused_at_its_place(self, hub: Hub) -> None:
        rule = {"document": {"compare": {"field": "customer_name", "operator": "EQUAL", "values": [{"text": "a\x00b"}]}}}
        (error,) = hub.act("ruleSetCreate", {"name": "N", "level": "CUSTOMER", "rule": rule}).errors
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert list(error["extensions"]["argument"])[-3:] == ["values", "0", "text"]
        assert hub.rows(RuleSet) == []

    @ON_POSTGRESQL
    def test_of_two_who_take_a_name_at_once_one_is_refused(self, hub: Hub) -> None:
        for number in range(5):
            start = Barrier(4)
            answers: list[list[tuple[list[str] | None, str]]] = []

            def create(start: Barrier = start, number: int = number, answers: list[Any] = answers) -> None:
                start.wait()
                answers.append(hub.refused("ruleSetCreate", {"name": f"N{number}", "level": "CUSTOMER", "rule": {"text": "always"}}))

            threads = [Thread(target=create) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answers) == [[], *[[(["name"], "CONFLICT")]] * 3]

    @ON_SQLITE
    def test_all_rule_sets_together_have_a_size(self, hub: Hub) -> None:
        longest = " or ".join(f"outstanding > {number} EUR" for number in range(380))
        for number in range(MOST_CHARACTERS_TOGETHER // len(longest)):
            rule_set(hub, name=f"N{number}", rule=longest)
        given = {"name": "One more", "level": "CUSTOMER", "rule": {"text": longest}}
        assert hub.refused("ruleSetCreate", given) == [(["rule"], "CONFLICT")]
        assert hub.refused("ruleSetCreate", {**given, "rule": {"text": "always"}}) == []

    @ON_SQLITE
    def test_there_are_only_so_many_rule_sets(self, hub: Hub) -> None:
        for number in range(MOST_SETS):
            rule_set(hub, name=f"N{number}", rule="always")
        deleted = rule_set(hub, name="Deleted", is_deleted=True)
        assert hub.refused("ruleSetCreate", {"name": "One more", "level": "CUSTOMER", "rule": {"text": "always"}}) == [(None, "CONFLICT")]
        assert hub.refused("ruleSetRestore", {"id": deleted}) == [(None, "CONFLICT")]
        assert hub.refused("ruleSetUpdate", {"id": encode_id("RuleSet", 1), "rule": {"text": "overdue > 5 EUR"}}) == []

    @ON_SQLITE
    def test_the_rules_of_one_operation_have_a_size(self, hub: Hub) -> None:
        rules = [" or ".join(f"outstanding > {number + more} EUR" for number in range(300)) for more in range(5)]
        assert len(rules[0]) * 4 < 30_000 < len(rules[0]) * 5
        assert names(hub, {"or": [{"rule": rule} for rule in [*rules[:4], rules[0]]]}) == []
        (error,) = hub.ask(FIND, where={"or": [{"rule": rule} for rule in rules]}).errors
        assert "30,000" in error["message"]
        aliases = " ".join(f"a{number}: ruleEvaluateCustomers(rule: {{text: $r{number}}}) {{ totalCount }}" for number in range(5))
        variables = ", ".join(f"$r{number}: String!" for number in range(5))
        answer = hub.ask(f"query({variables}) {{ {aliases} }}", **{f"r{number}": rule for number, rule in enumerate(rules)})
        assert [error["path"] for error in answer.errors] == [["a4"]]

    @ON_SQLITE
    def test_another_number_is_another_request(self, hub: Hub) -> None:
        def create(number: str) -> Any:  # noqa: ANN401 - an answer
            compared = {"field": "overdue_percent", "operator": "GREATER", "values": [{"number": number}]}
            given = {"name": "N", "level": "CUSTOMER", "rule": {"document": {"compare": compared}}, "idempotencyKey": "k"}
            return hub.act("ruleSetCreate", given)

        assert create("123456789012345678901234567890").errors == []
        assert create("123456789012345678901234567890.0").errors == []
        assert create("123456789012345678901234567891").error["code"] == "IDEMPOTENCY_KEY_REUSED"


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
