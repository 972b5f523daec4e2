"""What people enter: customers and contacts that no system delivers, and what they say of those that one does."""

from functools import partial
from typing import Any

import pytest

from hub.model import Change, Connection, Contact, Customer, ExternalReference, FieldConflict, FieldOverride, RejectedRecord
from hub.sync.watching import watch_connections
from hub.vocabulary import Role
from schema.ids import encode_id
from tests.databases import ON_POSTGRESQL
from tests.schema.hub import NOW, Hub
from tests.schema.mutation.examples import customer_of_source, merged, pair
from tests.schema.mutation.waiting import answers_after


def customer(hub: Hub, **given: object) -> str:
    found: str = hub.done("customerCreate", {"name": "Acme", "idempotencyKey": str(given)} | given, select="customer { id }")["customer"]["id"]
    return found


def contact(hub: Hub, customer_id: str, **given: object) -> str:
    input_ = {"customer": customer_id, "name": "Ana", "idempotencyKey": str(given)} | given
    found: str = hub.done("contactCreate", input_, select="contact { id }")["contact"]["id"]
    return found


def shown(hub: Hub, node: str, select: str) -> Any:  # noqa: ANN401 - the answer
    return hub.data(f'{{ node(id: "{node}") {{ {select} }} }}')["node"]


class TestCustomers:
    def test_one_that_is_entered_is_there_with_all_that_was_said(self, hub: Hub) -> None:
        parent = encode_id("Customer", customer_of_source(hub))
        found = customer(hub, email="ap@acme.example", country="GB", segments=["Retail"], paymentTermsDays=30, parent=parent)
        fields = "name email paymentTermsDays segments { name } parent { id } links { connection connected }"
        assert shown(hub, found, f"... on Customer {{ {fields} }}") == {
            "name": "Acme",
            "email": "ap@acme.example",
            "paymentTermsDays": 30,
            "segments": [{"name": "Retail"}],
            "parent": {"id": parent},
            "links": [{"connection": "books", "connected": False}, {"connection": "by hand", "connected": True}],
        }
        assert [link["connection"] for link in shown(hub, parent, "... on Customer { links { connection } }")["links"]] == ["books"]

    def test_what_is_changed_of_it_is_what_it_says_and_no_conflict(self, hub: Hub) -> None:
        found = customer(hub, email="ap@acme.example", segments=["Retail"])
        hub.done("customerUpdate", {"id": found, "name": "Acme Ltd", "email": None, "segments": None})
        assert shown(hub, found, "... on Customer { name email segments { name } }") == {"name": "Acme Ltd", "email": None, "segments": []}
        assert (hub.rows(FieldOverride), hub.rows(FieldConflict)) == ([], [])

    def test_what_is_changed_of_one_that_a_system_delivers_stands_over_it(self, hub: Hub) -> None:
        found = encode_id("Customer", customer_of_source(hub))
        hub.done("customerUpdate", {"id": found, "name": "Ours", "phone": "+44 20 7946 0000"})
        assert shown(hub, found, "... on Customer { name phone }") == {"name": "Ours", "phone": "+44 20 7946 0000"}
        assert [row["field"] for row in hub.rows(FieldOverride)] == ["name", "phone"]

    def test_it_gives_way_to_the_books_when_it_is_made_one_with_theirs_and_comes_back(self, hub: Hub) -> None:
        ours, theirs = customer(hub, name="Akme", email="ap@acme.example"), encode_id("Customer", customer_of_source(hub))
        hub.done("customerMerge", {"customer": ours, "into": theirs})
        assert shown(hub, theirs, "... on Customer { name email }") == {"name": "Acme", "email": "ap@acme.example"}
        hub.done("customerUpdate", {"id": theirs, "email": "new@acme.example"})
        hub.done("customerUnmerge", {"customer": ours})
        assert shown(hub, ours, "... on Customer { name email }") == {"name": "Akme", "email": "ap@acme.example"}

    def test_it_is_deleted_and_what_a_system_delivers_is_not(self, hub: Hub) -> None:
        found = customer(hub)
        hub.done("customerDelete", {"id": found})
        assert [row["is_deleted"] for row in hub.rows(Customer)] == [True]
        assert hub.refused("customerDelete", {"id": found}) == [(["id"], "NOT_SUPPORTED")]
        assert hub.refused("customerDelete", {"id": encode_id("Customer", customer_of_source(hub))}) == [(["id"], "NOT_SUPPORTED")]

    @pytest.mark.parametrize(
        ("given", "field"),
        [({"name": ""}, ["name"]), ({"name": "A", "taxId": "x" * 400}, ["taxId"]), ({"name": "A", "email": "x" * 400}, ["email"])],
    )
    def test_what_no_record_may_say_is_refused_at_its_field_and_leaves_nothing(self, hub: Hub, given: dict[str, str], field: list[str]) -> None:
        assert hub.refused("customerCreate", {"idempotencyKey": "k", **given}) == [(field, "INVALID")]
        assert [hub.rows(row) for row in (Customer, ExternalReference, RejectedRecord)] == [[], [], []]
        assert [row["name"] for row in hub.rows(Connection)] == ["books"]
        found = customer(hub)
        assert hub.refused("customerUpdate", {"id": found, **given}) == [(field, "INVALID")]
        assert shown(hub, found, "... on Customer { name }") == {"name": "Acme"}

    def test_no_parent_is_below_its_child_and_an_update_says_something(self, hub: Hub) -> None:
        top = customer(hub)
        below = customer(hub, name="Below", parent=top)
        assert hub.refused("customerUpdate", {"id": top, "parent": below}) == [(["parent"], "CONFLICT")]
        assert hub.refused("customerUpdate", {"id": top}) == [(None, "INVALID")]
        hub.done("customerUpdate", {"id": below, "parent": None})
        assert shown(hub, below, "... on Customer { parent { id } }") == {"parent": None}

    @ON_POSTGRESQL
    def test_several_may_enter_the_first_ones_at_once(self, hub: Hub) -> None:
        asks = [partial(hub.act, "customerCreate", {"name": name, "idempotencyKey": name}) for name in ("Acme", "Ida", "Optik")]
        answers = answers_after(hub, asks, lambda _: None)
        assert [(answer.errors, answer.data) for answer in answers] == [([], {"done": {"userErrors": []}})] * 3
        assert {row["name"] for row in hub.rows(Customer)} == {"Acme", "Ida", "Optik"}
        assert [row["name"] for row in hub.rows(Connection)] == ["books", "by hand"]


class TestContacts:
    def test_one_is_entered_for_a_customer_of_any_system_and_moves_with_it(self, hub: Hub) -> None:
        one, into = pair(hub)
        found = contact(hub, one, email="ana@acme.example", roles=["INVOICE_PRESENTMENT"])
        assert shown(hub, found, "... on Contact { name email roles customer { id } }") == {
            "name": "Ana",
            "email": "ana@acme.example",
            "roles": ["INVOICE_PRESENTMENT"],
            "customer": {"id": one},
        }
        hub.done("customerMerge", {"customer": one, "into": into})
        assert shown(hub, found, "... on Contact { customer { id } }") == {"customer": {"id": into}}
        hub.done("contactUpdate", {"id": found, "mobile": "+44 7700 900000"})
        assert shown(hub, found, "... on Contact { mobile customer { id } }") == {"mobile": "+44 7700 900000", "customer": {"id": into}}
        hub.done("customerUnmerge", {"customer": one})
        assert shown(hub, found, "... on Contact { mobile customer { id } }") == {"mobile": "+44 7700 900000", "customer": {"id": one}}

    def test_what_people_have_set_over_it_is_what_is_changed(self, hub: Hub) -> None:
        found = contact(hub, encode_id("Customer", customer_of_source(hub)))
        hub.done("overrideSet", {"id": found, "field": "jobTitle", "value": '"Clerk"'})
        hub.done("contactUpdate", {"id": found, "jobTitle": "Head of finance", "name": "Ana B"})
        assert shown(hub, found, "... on Contact { name jobTitle }") == {"name": "Ana B", "jobTitle": "Head of finance"}
        assert hub.rows(FieldConflict) == []

    def test_a_collector_enters_and_deletes_one(self, hub: Hub) -> None:
        given = {"customer": encode_id("Customer", customer_of_source(hub)), "name": "Ana", "idempotencyKey": "k"}
        found = hub.done("contactCreate", given, Role.COLLECTOR, select="contact { id }")["contact"]["id"]
        assert hub.done("contactDelete", {"id": found}, Role.COLLECTOR, select="contact { id }")["contact"] is None
        assert [row["is_deleted"] for row in hub.rows(Contact)] == [True]

    def test_what_a_collector_may_not_see_is_as_if_it_were_not_there(self, hub: Hub) -> None:
        given = {"customer": encode_id("Customer", customer_of_source(hub)), "name": "Ana", "idempotencyKey": "k"}
        found = hub.done("contactCreate", given, select="contact { id }")["contact"]["id"]
        hub.done("contactDelete", {"id": found})
        gone = encode_id("Customer", customer_of_source(hub, "Gone", "C2", is_deleted=True))

        def answers(contact: str, customer: str) -> list[Any]:
            asked: dict[str, dict[str, str]] = {
                "contactUpdate": {"id": contact, "mobile": "+44 7700 900000"},
                "contactDelete": {"id": contact},
                "contactCreate": {"customer": customer, "name": "Bo", "idempotencyKey": customer},
            }
            return [hub.act(name, input_, Role.COLLECTOR).data for name, input_ in asked.items()]

        assert answers(found, gone) == answers(encode_id("Contact", 999), encode_id("Customer", 999))
        assert [(row["mobile"], row["is_deleted"]) for row in hub.rows(Contact)] == [(None, True)]
        assert hub.refused("contactDelete", {"id": found}) == [(["id"], "NOT_SUPPORTED")]
        assert hub.refused("contactCreate", given | {"customer": gone, "idempotencyKey": "l"}) == [(["customer"], "CONFLICT")]

    def test_none_is_entered_for_one_that_is_gone(self, hub: Hub) -> None:
        assert hub.refused("contactCreate", {"customer": merged(hub), "name": "Ana", "idempotencyKey": "k"}) == [(["customer"], "CONFLICT")]
        assert hub.refused("contactCreate", {"customer": encode_id("Customer", 999), "name": "Ana", "idempotencyKey": "l"}) == [(["customer"], "NOT_FOUND")]


def test_who_changed_what_is_kept(hub: Hub) -> None:
    found = customer(hub)
    hub.done("customerUpdate", {"id": found, "name": "Acme Ltd"})
    changes = [(row["field"], row["old_value"], row["new_value"], row["actor"]) for row in hub.rows(Change)]
    assert ("name", '"Acme"', '"Acme Ltd"', "ada") in changes


def test_nobody_waits_for_what_is_entered(hub: Hub) -> None:
    customer(hub)
    with hub.store.write() as connection:
        watch_connections(connection, now=NOW.replace(year=NOW.year + 1))
    told = hub.data("{ connectionNotices { nodes { connection { name } } } }")["connectionNotices"]["nodes"]
    assert "by hand" not in [notice["connection"]["name"] for notice in told]
