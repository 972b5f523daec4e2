"""Who is who by API: merged and taken back, suggested and decided, set and cleared."""

from typing import Any

import pytest
import sqlalchemy as sa

from hub.identity.merging import MergeReason
from hub.model import Customer, CustomerMerge, FieldOverride, LinkSuggestion, table_of
from hub.sync.linking import Linking
from hub.vocabulary import MergeKind, Role, SuggestionStatus
from schema.ids import decode_id, encode_id
from tests.databases import ON_POSTGRESQL
from tests.schema.hub import Hub, services
from tests.schema.mutation.examples import books, conflict, customer_of_source, merged, pair, suggestion
from tests.schema.mutation.waiting import answers_after

SHOWN = """{ customer(id: "%s") {
  name mergedInto { id } merges { kind actor reason unmergedBy customer { id } }
  provenance { field source { externalId } override { value setBy } said { connection externalId value } }
  conflicts { field ours theirs }
} }"""


def shown(hub: Hub, customer: str) -> Any:  # noqa: ANN401 - the answer
    return hub.data(SHOWN % customer)["customer"]


def errors(answer: Any) -> list[tuple[list[str], str]]:  # noqa: ANN401 - the answer
    return [(error["field"], error["code"]) for error in answer["userErrors"]]


def test_a_merge_is_seen_on_both_sides_and_taken_back(hub: Hub) -> None:
    other, kept = pair(hub)
    done = hub.done("customerMerge", {"customer": other, "into": kept, "reason": "same company"}, select="customer { id name }")
    assert done["customer"] == {"id": kept, "name": "ACME Ltd"}
    assert shown(hub, other)["mergedInto"] == {"id": kept}
    found = shown(hub, kept)
    assert found["merges"] == [{"kind": "BY_HAND", "actor": "ada", "reason": "same company", "unmergedBy": None, "customer": {"id": other}}]
    [name] = [one for one in found["provenance"] if one["field"] == "name"]
    assert [(one["externalId"], one["value"]) for one in name["said"]] == [("C2", '"ACME Ltd"'), ("C1", '"Acme"')]
    back = hub.done("customerUnmerge", {"customer": other}, select="customer { id } wasIn { id }")
    assert back == {"customer": {"id": other}, "wasIn": {"id": kept}}
    assert shown(hub, other)["mergedInto"] is None


def test_what_cannot_be_merged_is_told_at_its_field(hub: Hub) -> None:
    one, _ = pair(hub)
    assert errors(hub.act("customerMerge", {"customer": one, "into": one}).data["done"]) == [(["into"], "CONFLICT")]
    assert errors(hub.act("customerMerge", {"customer": encode_id("Customer", 999), "into": one}).data["done"]) == [(["customer"], "NOT_FOUND")]
    assert hub.refused("customerUnmerge", {"customer": one}) == [(["customer"], "CONFLICT")]
    assert hub.refused("customerUnmerge", {"customer": encode_id("Customer", 999)}) == [(["customer"], "NOT_FOUND")]


def test_a_customer_is_linked_by_its_id_at_the_source_and_unlinked(hub: Hub) -> None:
    other, kept = pair(hub)
    asked = {"connection": books(hub), "externalId": "C1"}
    assert hub.done("customerLink", {"customer": kept, **asked}, select="customer { id }") == {"customer": {"id": kept}}
    assert shown(hub, other)["mergedInto"] == {"id": kept}
    assert hub.refused("customerLink", {"customer": kept, **asked}) == [(["externalId"], "CONFLICT")]
    assert hub.done("customerUnlink", asked, select="customer { id } wasIn { id }") == {"customer": {"id": other}, "wasIn": {"id": kept}}
    assert hub.refused("customerUnlink", asked) == [(["externalId"], "CONFLICT")]
    assert hub.refused("customerLink", {"customer": kept, "connection": books(hub), "externalId": "C9"}) == [(["externalId"], "NOT_FOUND")]


def test_a_link_brings_no_customer_beside_the_one_of_its_id(hub: Hub) -> None:
    """A and X are two; by mistake E was linked with A."""
    a, x, e = (encode_id("Customer", customer_of_source(hub, name, name)) for name in ("A", "X", "E"))
    asked = {"connection": books(hub), "externalId": "E"}
    hub.done("customerLink", {"customer": a, **asked})
    assert hub.refused("customerLink", {"customer": x, **asked}) == [(["externalId"], "CONFLICT")]
    assert hub.refused("customerLink", {"customer": e, **asked}) == [(["externalId"], "CONFLICT")]
    hub.done("customerUnlink", asked)
    hub.done("customerLink", {"customer": x, **asked})
    assert [row["merged_into_id"] for row in hub.rows(Customer)] == [None, None, decode_id(x, ())[1]]


def test_an_id_brings_nobody_who_was_merged_into_its_customer(hub: Hub) -> None:
    """The same mistake the other way round: A was merged into E."""
    a, x, e = (encode_id("Customer", customer_of_source(hub, name, name)) for name in ("A", "X", "E"))
    hub.done("customerMerge", {"customer": a, "into": e})
    asked = {"customer": x, "connection": books(hub), "externalId": "E"}
    assert hub.refused("customerLink", asked) == [(["externalId"], "CONFLICT")]
    hub.done("customerUnmerge", {"customer": a})
    hub.done("customerLink", asked)
    assert [row["merged_into_id"] for row in hub.rows(Customer)] == [None, None, decode_id(x, ())[1]]


@ON_POSTGRESQL
def test_a_link_is_judged_by_what_is_there_when_its_turn_comes(hub: Hub) -> None:
    other, kept = pair(hub)
    asked = {"customer": kept, "connection": books(hub), "externalId": "C1"}

    def merge(connection: sa.Connection) -> None:
        made = services(hub.store)
        linking = Linking(connection, made.settings, made.clock, actor="ida")
        linking.merge(decode_id(other, ())[1], into_id=decode_id(kept, ())[1], why=MergeReason(kind=MergeKind.BY_HAND, actor="ida"))
        linking.settle()

    [answer] = answers_after(hub, [lambda: hub.act("customerLink", asked)], merge)
    assert errors(answer.data["done"]) == [(["externalId"], "CONFLICT")]
    assert [row["actor"] for row in hub.rows(CustomerMerge)] == ["ida"]


def test_an_accepted_suggestion_merges_the_two(hub: Hub) -> None:
    found = suggestion(hub)
    first, second = (row["id"] for row in hub.rows(Customer))
    done = hub.done("linkSuggestionAccept", {"id": found, "keep": encode_id("Customer", second)}, select="linkSuggestion { status } customer { id }")
    assert done == {"linkSuggestion": {"status": "ACCEPTED"}, "customer": {"id": encode_id("Customer", second)}}
    assert [row["merged_into_id"] for row in hub.rows(Customer)] == [second, None]
    assert first != second
    assert errors(hub.act("linkSuggestionAccept", {"id": found}).data["done"]) == [(["id"], "CONFLICT")]


def test_of_many_dismissed_what_is_wrong_with_one_keeps_none_of_the_others_from_it(hub: Hub) -> None:
    good, gone = suggestion(hub), encode_id("LinkSuggestion", 999)
    answer = hub.act("linkSuggestionDismissBulk", {"ids": [good, gone, good]}, select="linkSuggestions { id }").data["done"]
    assert answer["linkSuggestions"] == [{"id": good}]
    assert errors(answer) == [(["ids", "1"], "NOT_FOUND"), (["ids", "2"], "CONFLICT")]
    assert [row["status"] for row in hub.rows(LinkSuggestion)] == [SuggestionStatus.DISMISSED]


def test_a_value_that_is_set_is_shown_with_who_set_it(hub: Hub) -> None:
    customer = encode_id("Customer", customer_of_source(hub))
    hub.done("overrideSet", {"id": customer, "field": "legalName", "value": '"Acme Limited"', "reason": "register"})
    assert hub.data(f'{{ customer(id: "{customer}") {{ legalName }} }}')["customer"] == {"legalName": "Acme Limited"}
    [origin] = shown(hub, customer)["provenance"]
    assert (origin["field"], origin["override"]) == ("legalName", {"value": '"Acme Limited"', "setBy": "ada"})
    hub.done("overrideClear", {"id": customer, "field": "legalName"})
    assert shown(hub, customer)["provenance"] == []
    assert [row["cleared_by"] for row in hub.rows(FieldOverride)] == ["ada"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"field": "name", "value": "Acme"}, ["value"]),
        ({"field": "name", "value": "7"}, ["value"]),
        ({"field": "outstanding", "value": "7"}, ["field"]),
        ({"field": "parent", "value": "7"}, ["field"]),
    ],
)
def test_what_cannot_be_set_is_told_at_its_field(hub: Hub, given: dict[str, str], field: list[str]) -> None:
    customer = encode_id("Customer", customer_of_source(hub))
    [error] = hub.act("overrideSet", {"id": customer, **given}).data["done"]["userErrors"]
    assert error["field"] == field
    assert hub.rows(FieldOverride) == []


def test_a_conflict_is_listed_and_decided_once(hub: Hub) -> None:
    found = conflict(hub)
    listed = hub.data("{ conflicts(where: {status: {eq: OPEN}}) { nodes { id nodeId field ours theirs was override { setBy } } } }")["conflicts"]["nodes"]
    assert [(one["id"], one["field"], one["ours"], one["theirs"]) for one in listed] == [(found, "name", '"Ours"', '"Acme"')]
    assert decode_id(listed[0]["nodeId"], ()) == ("Customer", hub.rows(Customer)[0]["id"])
    done = hub.done("conflictDecide", {"id": found, "decision": "TAKE_THEIRS"}, select="conflict { status decision decidedBy }")
    assert done["conflict"] == {"status": "DECIDED", "decision": "TAKE_THEIRS", "decidedBy": "ada"}
    assert errors(hub.act("conflictDecide", {"id": found, "decision": "KEEP_OURS"}).data["done"]) == [(["id"], "CONFLICT")]


def test_of_many_conflicts_each_is_refused_as_it_is_alone(hub: Hub) -> None:
    good, gone, later = conflict(hub), encode_id("FieldConflict", 999), {"decision": "KEEP_OURS"}
    answer = hub.act("conflictDecideBulk", {"ids": [gone, good]} | later, select="conflicts { id }").data["done"]
    assert (answer["conflicts"], errors(answer)) == ([{"id": good}], [(["ids", "0"], "NOT_FOUND")])
    for id_, code in ((gone, "NOT_FOUND"), (good, "CONFLICT")):
        assert hub.refused("conflictDecide", {"id": id_} | later) == [(["id"], code)]
        assert hub.refused("conflictDecideBulk", {"ids": [id_]} | later) == [(["ids", "0"], code)]


def test_a_parent_is_the_customer_that_counts(hub: Hub) -> None:
    one, other = pair(hub)
    below = encode_id("Customer", customer_of_source(hub, "Below", "C3"))
    hub.done("customerMerge", {"customer": other, "into": one})
    assert hub.refused("customerParentSet", {"customer": one, "parent": other}) == [(["parent"], "CONFLICT")]
    assert hub.refused("customerUpdate", {"id": one, "parent": other}) == [(["parent"], "CONFLICT")]
    hub.done("customerParentSet", {"customer": below, "parent": other})
    assert hub.data(f'{{ customer(id: "{below}") {{ parent {{ id }} }} }}')["customer"] == {"parent": {"id": one}}
    assert hub.refused("customerParentSet", {"customer": one, "parent": below}) == [(["parent"], "CONFLICT")]
    hub.done("customerUnmerge", {"customer": other})
    found = hub.data(f'{{ below: customer(id: "{below}") {{ parent {{ id }} }} one: customer(id: "{one}") {{ parent {{ id }} }} }}')
    assert found == {"below": {"parent": {"id": other}}, "one": {"parent": None}}


def test_a_customer_that_is_not_there_is_told_at_its_field(hub: Hub) -> None:
    one, absent = encode_id("Customer", customer_of_source(hub)), encode_id("Customer", 999)
    assert hub.refused("customerParentSet", {"customer": absent, "parent": one}) == [(["customer"], "NOT_FOUND")]
    assert hub.refused("customerParentSet", {"customer": one, "parent": absent}) == [(["parent"], "NOT_FOUND")]
    assert hub.refused("customerBillToSet", {"customer": absent}) == [(["customer"], "NOT_FOUND")]
    assert hub.refused("customerLink", {"customer": absent, "connection": books(hub), "externalId": "C1"}) == [(["customer"], "NOT_FOUND")]


def test_a_merged_customer_is_not_shown_to_whom_deleted_rows_are_not(hub: Hub) -> None:
    gone = merged(hub)
    query = f'{{ customer(id: "{gone}") {{ id }} customerMerges {{ nodes {{ customer {{ id }} into {{ id }} }} }} }}'
    answer = hub.ask(query, Role.COLLECTOR).data
    assert answer["customer"] is None
    assert answer["customerMerges"]["nodes"] == []


def test_what_is_about_a_row_that_a_caller_may_not_see_is_not_shown_either(hub: Hub) -> None:
    found = conflict(hub)
    table = table_of(Customer)
    query = f'{{ conflict(id: "{found}") {{ ours override {{ value }} }} conflicts {{ totalCount nodes {{ ours }} }} }}'
    assert hub.ask(query, Role.COLLECTOR).data["conflict"] == {"ours": '"Ours"', "override": {"value": '"Ours"'}}
    with hub.store.write() as connection:
        connection.execute(sa.update(table).values(is_deleted=True))
    assert hub.ask(query, Role.COLLECTOR).data == {"conflict": None, "conflicts": {"totalCount": 0, "nodes": []}}
