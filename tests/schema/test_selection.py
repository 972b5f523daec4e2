"""What an operation selects: names, fragments, variables, conditions; and how many statements that takes."""

import time
from datetime import date

import pytest

from hub.vocabulary import Entity, Role
from schema.ids import encode_id
from tests.schema.hub import Hub


def test_aliases_stand_for_themselves(hub: Hub) -> None:
    customer = hub.customer("Acme")
    for number in range(4):
        hub.invoice(customer, 100 * (number + 1), number=f"I{number}", paid=0 if number % 2 else 100 * (number + 1))
    data = hub.data(
        """{ all: customers { rows: nodes { who: name also: name
          open: invoices(where: {isOpen: true}, orderBy: [{field: NUMBER}]) { n: totalCount nodes { no: number } }
          big: invoices(where: {total: {gte: {amount: "3.00", currency: "EUR"}}}, orderBy: [{field: NUMBER}]) {
            list: edges { it: node { id: number } again: node { due: amountDue { amount } } } } } } }"""
    )
    [row] = data["all"]["rows"]
    assert (row["who"], row["also"]) == ("Acme", "Acme")
    assert row["open"] == {"n": 2, "nodes": [{"no": "I1"}, {"no": "I3"}]}
    assert row["big"] == {"list": [{"it": {"id": "I2"}, "again": {"due": {"amount": "0.00"}}}, {"it": {"id": "I3"}, "again": {"due": {"amount": "4.00"}}}]}


def test_the_same_rows_may_be_shown_in_two_ways(hub: Hub) -> None:
    hub.customer("Acme", city="Rome")
    data = hub.data("{ customers { nodes { x: name } edges { cursor node { x: city __typename } } __typename } }")
    [edge] = data["customers"]["edges"]
    assert (data["customers"]["nodes"], edge["node"]) == ([{"x": "Acme"}], {"x": "Rome", "__typename": "Customer"})
    assert data["customers"]["__typename"] == "CustomerConnection"


def test_fragments_and_repeated_fields_are_one_selection(hub: Hub) -> None:
    customer = hub.customer("Acme")
    hub.invoice(customer, 100, number="I1")
    data = hub.data(
        """query { customers { ...page nodes { name } } }
        fragment page on CustomerConnection { totalCount nodes { ...who ... on Customer { invoices { nodes { total { amount } } } } } }
        fragment who on Customer { id invoices { nodes { number total { currency } } } }"""
    )
    invoice = {"number": "I1", "total": {"amount": "1.00", "currency": "EUR"}}
    assert data["customers"] == {
        "totalCount": 1,
        "nodes": [{"id": encode_id("Customer", customer), "name": "Acme", "invoices": {"nodes": [invoice]}}],
    }


@pytest.mark.parametrize("wanted", [True, False])
def test_skipped_fields_cost_no_statement(hub: Hub, wanted: bool) -> None:  # noqa: FBT001 - a case of the test
    hub.invoice(hub.customer("Acme"), 100)
    query = """query($wanted: Boolean!) { customers { totalCount @include(if: $wanted) nodes { name
      invoices @include(if: $wanted) { nodes { id } } ... @skip(if: $wanted) { city } ...more @include(if: $wanted) } } }
      fragment more on Customer { email }"""
    answer = hub.ask(query, wanted=wanted)
    [node] = answer.data["customers"]["nodes"]
    assert set(node) == ({"name", "invoices", "email"} if wanted else {"name", "city"})
    assert ("totalCount" in answer.data["customers"]) is wanted
    assert len(answer.statements) == 1 + wanted
    assert any("count(*)" in statement for statement in answer.statements) is wanted


def test_variables_stand_anywhere_in_inputs(hub: Hub) -> None:
    customer = hub.customer("Acme")
    hub.invoice(customer, 100, number="a", due_date=date(2026, 3, 1))
    hub.invoice(customer, 100, number="b", due_date=date(2026, 4, 1))
    query = """query($day: Date = "2026-03-15", $direction: OrderDirection!, $n: Int, $names: [String!]) {
      invoices(first: $n, where: {and: [{dueDate: {lt: $day}}, {number: {in: $names}}]}, orderBy: [{field: NUMBER, direction: $direction}]) {
        nodes { number } } }"""
    assert [node["number"] for node in hub.data(query, direction="DESC", names=["a", "b"])["invoices"]["nodes"]] == ["a"]
    assert [node["number"] for node in hub.data(query, direction="DESC", names=["a", "b"], day="2026-05-01")["invoices"]["nodes"]] == ["b", "a"]
    assert hub.ask(query, direction="ASC", names=["a"], day=None).error["argument"] == ["invoices", "where", "and", "0", "dueDate", "lt"]


LEVELS = """{ customers(first: 100) { totalCount nodes { id name parent { name } links { connection } segments { name }
  health { outstanding { amount } oldestInvoice { number } byCurrency { currency } }
  contacts(first: 1) { nodes { name references { externalId } } }
  invoices(first: 2) { totalCount nodes { number customer { name } lines { amount { amount } } settlements { payment { reference } } } } } } }"""


def test_every_level_takes_one_statement_however_many_rows(hub: Hub) -> None:
    counts: list[int] = []
    made = 0
    for wanted in (1, 10, 100):
        while made < wanted:
            made += 1
            customer = hub.customer(f"c{made}", parent_id=None if made == 1 else 1)
            hub.contact(customer, "Ada")
            invoice = hub.invoice(customer, 100, number=f"I{made}")
            hub.line(invoice, 1, 100)
            if made < 20:
                hub.settlement(invoice, 50, payment_id=hub.payment(customer, 50))
        hub.refresh()
        answer = hub.ask(LEVELS)
        assert not answer.errors
        assert len(answer.data["customers"]["nodes"]) == wanted
        counts.append(len(answer.statements))
    # kept figures? · customers · parent links segments health contacts invoices · oldest byCurrency references customer lines settlements · payment
    assert counts[1:] == [15, 15]
    assert counts[0] == 14  # the only customer has no parent


def test_only_selected_columns_are_read(hub: Hub) -> None:
    hub.customer("Acme")
    [statement] = hub.ask("{ customers { nodes { city } } }").statements
    assert "city" in statement
    assert "email" not in statement
    assert "count(" not in statement
    [statement] = hub.ask("{ customers { totalCount } }").statements
    assert "count(*)" in statement
    assert "LIMIT" not in statement


def test_nested_fragments_take_linear_time(hub_schema_only: Hub) -> None:
    """Each fragment spreads the next one twice: 2^30 spreads in a few hundred tokens."""
    fragments = " ".join(f"fragment f{number} on Customer {{ ...f{number + 1} parent {{ ...f{number + 1} }} }}" for number in range(6))
    doubled = " ".join(f"fragment g{number} on Customer {{ ...g{number + 1} ...g{number + 1} }}" for number in range(30))
    query = f"{{ customers {{ nodes {{ ...f0 ...g0 }} }} }} {fragments} fragment f6 on Customer {{ name }} {doubled} fragment g30 on Customer {{ id }}"
    started = time.perf_counter()
    hub_schema_only.ask(query)
    assert time.perf_counter() - started < 2


# --- one row by its id ----------------------------------------------------------------------------

NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Customer { name } ... on Invoice { number customer { name } } } }"


def test_node_finds_every_type_of_row(hub: Hub) -> None:
    customer = hub.customer("Acme")
    run = hub.run()
    keys = {
        "Customer": customer,
        "Contact": hub.contact(customer, "Ada"),
        "Invoice": hub.invoice(customer, 100, number="I1"),
        "CreditNote": hub.credit_note(customer, 100),
        "Payment": hub.payment(customer, 100),
        "ConnectedSystem": hub.connection_id,
        "SyncRun": run,
        "RejectedRecord": hub.rejected(run),
    }
    for name, key in keys.items():
        found = hub.ask(NODE, id=encode_id(name, key))
        assert not found.errors
        assert (found.data["node"]["__typename"], found.data["node"]["id"]) == (name, encode_id(name, key))
        field = "connection" if name == "ConnectedSystem" else name[0].lower() + name[1:]
        assert hub.data(f"query($id: ID!) {{ {field}(id: $id) {{ id }} }}", id=encode_id(name, key))[field] == {"id": encode_id(name, key)}
    assert hub.data(NODE, id=encode_id("Invoice", keys["Invoice"]))["node"] == {
        "__typename": "Invoice",
        "id": encode_id("Invoice", keys["Invoice"]),
        "number": "I1",
        "customer": {"name": "Acme"},
    }


def test_absent_and_forbidden_are_the_same_answer(hub: Hub) -> None:
    absent = hub.ask(NODE, Role.COLLECTOR, id=encode_id("ConnectedSystem", 999))
    forbidden = hub.ask(NODE, Role.COLLECTOR, id=encode_id("ConnectedSystem", hub.connection_id))
    assert absent.data == forbidden.data == {"node": None}
    assert absent.errors == forbidden.errors == []
    deleted = encode_id("Customer", hub.customer("gone", is_deleted=True))
    assert hub.data(NODE, Role.COLLECTOR, id=deleted) == {"node": None}
    assert hub.data(NODE, Role.AUDITOR, id=deleted)["node"]["name"] == "gone"
    for unknown in (encode_id("Customer", 2**63 - 1), encode_id("Nothing", 1), encode_id("InvoiceLine", 1), encode_id("Customer", "9" * 19)):
        assert hub.data(NODE, id=unknown) == {"node": None}
    invoice = encode_id("Invoice", 1)
    assert hub.data("query($id: ID!) { customer(id: $id) { id } }", id=invoice) == {"customer": None}


@pytest.mark.parametrize("text", ["", "1", "Customer:1", "Q3VzdG9tZXI6", "Q3VzdG9tZXI6MQ==", "Q3VzdG9tZXI6LTE", "Q3VzdG9tZXI6MDE ", "é", "x" * 10_000])
def test_what_is_no_id_is_refused(hub_schema_only: Hub, text: str) -> None:
    assert hub_schema_only.ask(NODE, id=text).error == {"code": "BAD_USER_INPUT", "argument": ["node", "id"], "requestId": "request"}
    assert hub_schema_only.ask("query($id: ID!) { invoice(id: $id) { id } }", id=text).error["argument"] == ["invoice", "id"]


def test_nodes_keep_the_order_of_their_ids(hub: Hub) -> None:
    acme, beta = hub.customer("Acme"), hub.customer("Beta")
    invoice = hub.invoice(acme, 100, number="I1")
    ids = [encode_id("Customer", beta), encode_id("Invoice", invoice), encode_id("Customer", 999), encode_id("Customer", acme), encode_id("Customer", beta)]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { name invoices { totalCount } } ... on Invoice { number } } }"
    answer = hub.ask(query, ids=ids)
    beta_shown = {"name": "Beta", "invoices": {"totalCount": 0}}
    assert answer.data["nodes"] == [beta_shown, {"number": "I1"}, None, {"name": "Acme", "invoices": {"totalCount": 1}}, beta_shown]
    assert len(answer.statements) == 3
    assert hub.ask(query, ids=[*ids, "x"]).error["argument"] == ["nodes", "ids", "5"]
    assert hub.ask(query, ids=ids * 21).error["argument"] == ["nodes", "ids"]


def test_a_customer_is_found_by_an_outside_id(hub: Hub) -> None:
    customer = hub.customer("Acme")
    hub.reference(Entity.CUSTOMER, customer, "00042")
    query = "query($connection: String!, $id: String!) { customerByExternalId(connection: $connection, externalId: $id) { name } }"
    assert hub.data(query, connection="books", id="00042") == {"customerByExternalId": {"name": "Acme"}}
    for connection, external_id in [("books", "42"), ("crm", "00042"), ("books", "")]:
        assert hub.data(query, connection=connection, id=external_id) == {"customerByExternalId": None}
