"""Pages: cursors both ways, under inserts, with missing values; and what a list refuses."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from hub.model import CustomerFigures
from hub.vocabulary import Role
from schema.ids import encode_id
from tests.schema.hub import TODAY, Hub

PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
CUSTOMERS = f"""query($first: Int, $after: String, $last: Int, $before: String, $order: [CustomerOrder!], $where: CustomerWhere) {{
  customers(first: $first, after: $after, last: $last, before: $before, orderBy: $order, where: $where) {{ nodes {{ name }} edges {{ cursor }} {PAGE} }} }}"""

OVERDUE: list[int | None] = [500, None, 300, 300, None, 100, 700, 300, 0, -50]


def with_figures(hub: Hub, amounts: list[int | None]) -> None:
    """One customer for each amount, named by its place; every third None has no figures at all."""
    for position, amount in enumerate(amounts):
        customer = hub.customer(f"c{position}")
        if amount is not None or position % 3:
            hub.insert(CustomerFigures, customer_id=customer, business_date=TODAY, overdue_minor=amount, is_complete=amount is not None)


def forwards(hub: Hub, size: int, **variables: Any) -> Iterator[list[str]]:  # noqa: ANN401 - values of variables
    after, more = None, True
    while more:
        page = hub.data(CUSTOMERS, first=size, after=after, **variables)["customers"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        yield [node["name"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def backwards(hub: Hub, size: int, **variables: Any) -> Iterator[list[str]]:  # noqa: ANN401
    before, more = None, True
    while more:
        page = hub.data(CUSTOMERS, last=size, before=before, **variables)["customers"]
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        yield [node["name"] for node in page["nodes"]]
        before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]


def expected(amounts: list[int | None], *, descending: bool, nulls_first: bool) -> list[str]:
    """The names in order: missing amounts at one end, ties by the row's key in the direction of the order."""
    rows = sorted(enumerate(amounts), key=lambda row: (row[1] or 0, row[0]), reverse=descending)
    filled = [f"c{position}" for position, amount in rows if amount is not None]
    empty = [f"c{position}" for position, amount in sorted(enumerate(amounts), reverse=descending) if amount is None]
    return empty + filled if nulls_first else filled + empty


@pytest.mark.parametrize("nulls", ["FIRST", "LAST"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_list_reads_the_same_in_pages_of_any_size_both_ways(hub: Hub, direction: str, nulls: str) -> None:
    with_figures(hub, OVERDUE)
    order = [{"field": "OVERDUE_AMOUNT", "direction": direction, "nulls": nulls}]
    names = expected(OVERDUE, descending=direction == "DESC", nulls_first=nulls == "FIRST")
    for size in (1, 3, 4, 50):
        assert [name for page in forwards(hub, size, order=order) for name in page] == names
        pages = list(backwards(hub, size, order=order))
        assert [name for page in reversed(pages) for name in page] == names


def test_several_keys_order_one_after_the_other(hub: Hub) -> None:
    for name, city in [("a", None), ("b", "Rome"), ("c", "Bonn"), ("d", "Rome"), ("e", None), ("f", "Bonn")]:
        customer = hub.customer(name, city=city)
        hub.insert(
            CustomerFigures, customer_id=customer, business_date=TODAY, overdue_minor=None if city is None else len(city), open_invoice_count=ord(name) % 2
        )
    order = [{"field": "OVERDUE_AMOUNT", "direction": "DESC"}, {"field": "OPEN_INVOICE_COUNT"}, {"field": "NAME", "direction": "DESC"}]
    names = ["f", "d", "b", "c", "e", "a"]
    names.sort(key=lambda name: (name in "ae", ord(name) % 2, -ord(name)))
    for size in (1, 2, 4):
        assert [name for page in forwards(hub, size, order=order) for name in page] == names


def test_a_page_between_two_cursors(hub: Hub) -> None:
    for name in "abcdefg":
        hub.customer(name)
    cursors = [edge["cursor"] for edge in hub.data(CUSTOMERS)["customers"]["edges"]]
    page = hub.data(CUSTOMERS, first=2, after=cursors[1], before=cursors[5])["customers"]
    assert ([node["name"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (["c", "d"], True, True)
    page = hub.data(CUSTOMERS, last=2, after=cursors[1], before=cursors[5])["customers"]
    assert ([node["name"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (["d", "e"], True, True)
    assert hub.data(CUSTOMERS, first=5, after=cursors[5], before=cursors[6])["customers"]["nodes"] == []


@pytest.mark.parametrize("walk", [forwards, backwards])
def test_rows_that_arrive_meanwhile_shift_nothing(hub: Hub, walk: Callable[..., Iterator[list[str]]]) -> None:
    for number in range(0, 40, 4):
        hub.customer(f"n{number:02}")
    seen: list[str] = []
    for place, page in enumerate(walk(hub, 3)):
        seen += page
        hub.customer(f"n{place * 7 + 1:02}x")
    before_the_walk = {f"n{number:02}" for number in range(0, 40, 4)}
    assert before_the_walk <= set(seen)
    assert len(seen) == len(set(seen))


def test_an_empty_page_has_no_cursors(hub: Hub) -> None:
    assert hub.data(CUSTOMERS)["customers"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


def test_first_zero_gives_no_row_and_tells_whether_there_are_any(hub: Hub) -> None:
    hub.customer("a")
    page = hub.data(CUSTOMERS, first=0)["customers"]
    assert (page["nodes"], page["pageInfo"]["hasNextPage"]) == ([], True)


def test_dates_and_texts_make_cursors_too(hub: Hub) -> None:
    customer = hub.customer("a")
    for number in range(9):
        due = None if number % 4 == 0 else TODAY + timedelta(days=number % 3)
        hub.invoice(customer, 100, number=None if number == 5 else f"I{number % 2}", due_date=due)
    query = f"""query($after: String, $order: [InvoiceOrder!]) {{
      invoices(first: 2, after: $after, orderBy: $order) {{ nodes {{ id dueDate number }} {PAGE} }} }}"""
    for order in ([{"field": "DUE_DATE"}], [{"field": "NUMBER", "direction": "DESC"}], [{"field": "UPDATED_AT"}], [{"field": "TOTAL"}]):
        seen: list[str] = []
        after, more = None, True
        while more:
            page = hub.data(query, after=after, order=order)["invoices"]
            seen += [node["id"] for node in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert len(seen) == len(set(seen)) == 9


# --- refusals -------------------------------------------------------------------------------------


def test_a_cursor_of_another_order_or_filter_is_refused(hub: Hub) -> None:
    for name in "abc":
        hub.customer(name)
    cursor = hub.data(CUSTOMERS, first=1)["customers"]["pageInfo"]["endCursor"]
    for variables in (
        {"order": [{"field": "NAME", "direction": "DESC"}]},
        {"where": {"name": {"eq": "b"}}},
        {"order": [{"field": "UPDATED_AT"}, {"field": "NAME"}]},
    ):
        assert hub.ask(CUSTOMERS, first=1, after=cursor, **variables).error == {
            "code": "BAD_USER_INPUT",
            "argument": ["customers", "after"],
            "requestId": "request",
        }
        assert hub.ask(CUSTOMERS, last=1, before=cursor, **variables).error["argument"] == ["customers", "before"]


def test_what_is_no_cursor_is_refused(hub: Hub) -> None:
    for cursor in ("", "x", "!!!!", "bnVsbA", "WzFd", "WyJhIiwxXQ", "é", "W10", "a" * 5000):
        assert hub.ask(CUSTOMERS, first=1, after=cursor).error["argument"] == ["customers", "after"]


WRONG_SIZES: list[tuple[dict[str, int], str]] = [
    ({"first": -1}, "first"),
    ({"last": -5}, "last"),
    ({"first": 251}, "first"),
    ({"last": 10**6}, "last"),
    ({"first": 1, "last": 1}, "last"),
]


def test_page_sizes_that_no_list_has_are_refused(hub: Hub) -> None:
    for variables, argument in WRONG_SIZES:
        answer = hub.ask(CUSTOMERS, **variables)
        assert (answer.error["code"], answer.error["argument"][-1], answer.statements) == ("BAD_USER_INPUT", argument, [])


def test_a_cursor_in_a_list_below_a_list_is_refused(hub: Hub) -> None:
    hub.invoice(hub.customer("a"), 100)
    answer = hub.ask('{ customers { nodes { some: invoices(first: 1, after: "x") { nodes { id } } } } }')
    assert answer.error["argument"] == ["customers", "nodes", "some", "after"]
    assert "one parent" in answer.errors[0]["message"]


def test_a_list_below_one_row_pages(hub: Hub) -> None:
    customer = hub.customer("a")
    for number in range(5):
        hub.invoice(customer, 100, number=f"I{number}")
    query = f"""query($id: ID!, $after: String) {{ customer(id: $id) {{
      invoices(first: 2, after: $after, orderBy: [{{field: NUMBER}}]) {{ totalCount nodes {{ number }} {PAGE} }} }} }}"""
    seen: list[str] = []
    after, more = None, True
    while more:
        page = hub.data(query, id=encode_id("Customer", customer), after=after)["customer"]["invoices"]
        assert page["totalCount"] == 5
        seen += [node["number"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ["I0", "I1", "I2", "I3", "I4"]
    beyond = hub.data(query, id=encode_id("Customer", customer), after=after)["customer"]["invoices"]
    assert (beyond["totalCount"], beyond["nodes"], beyond["pageInfo"]["hasPreviousPage"]) == (5, [], True)


def test_a_nested_list_can_be_read_from_its_end(hub: Hub) -> None:
    for name in "ab":
        customer = hub.customer(name)
        for number in range(4):
            hub.invoice(customer, 100, number=f"{name}{number}")
    hub.customer("c")
    query = """{ customers { nodes { name invoices(last: 2, orderBy: [{field: NUMBER}]) {
      totalCount nodes { number } edges { node { number } } pageInfo { hasPreviousPage } } } } }"""
    nodes = hub.data(query)["customers"]["nodes"]
    assert [[row["number"] for row in node["invoices"]["nodes"]] for node in nodes] == [["a2", "a3"], ["b2", "b3"], []]
    assert [node["invoices"]["pageInfo"]["hasPreviousPage"] for node in nodes] == [True, True, False]
    assert [node["invoices"]["totalCount"] for node in nodes] == [4, 4, 0]
    assert [edge["node"]["number"] for edge in nodes[0]["invoices"]["edges"]] == ["a2", "a3"]


def test_too_many_order_keys_are_refused(hub: Hub) -> None:
    order = [{"field": "NAME"}] * 6
    assert hub.ask(CUSTOMERS, order=order).error["argument"] == ["customers", "orderBy"]


def test_lists_leave_out_what_their_source_deleted_unless_asked(hub: Hub) -> None:
    hub.customer("here")
    hub.customer("gone", is_deleted=True)
    assert [node["name"] for node in hub.data(CUSTOMERS)["customers"]["nodes"]] == ["here"]
    assert [node["name"] for node in hub.data(CUSTOMERS, where={"isDeleted": {"eq": True}})["customers"]["nodes"]] == ["gone"]
    assert hub.data(CUSTOMERS, Role.COLLECTOR, where={"isDeleted": {"eq": True}})["customers"]["nodes"] == []


def test_lists_leave_out_what_is_not_authoritative_unless_asked(hub: Hub) -> None:
    customer = hub.customer("a")
    hub.invoice(customer, 100, number="ours")
    hub.invoice(customer, 100, number="other", is_authoritative=False, document_date=date(2026, 1, 1))
    query = "query($where: InvoiceWhere) { invoices(where: $where) { totalCount nodes { number } } }"
    assert hub.data(query)["invoices"] == {"totalCount": 1, "nodes": [{"number": "ours"}]}
    assert hub.data(query, where={"isAuthoritative": {"eq": False}})["invoices"] == {"totalCount": 1, "nodes": [{"number": "other"}]}
