"""What is wrong with a value says where the value stands: in the document, in a variable, or in a page size."""

import pytest

from tests.schema.hub import Hub

FILTER = "query($where: InvoiceWhere) { open: invoices(where: $where) { nodes { id } } }"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ('{ invoices(where: {dueDate: {lt: "yesterday"}}) { nodes { id } } }', ["invoices", "where", "dueDate", "lt"]),
        (
            '{ late: invoices(where: {and: [{isOpen: true}, {dueDate: {lt: "2026-02-30"}}]}) { nodes { id } } }',
            ["late", "where", "and", "1", "dueDate", "lt"],
        ),
        ('{ receivables(asOf: "30.06.2026") { asOf } }', ["receivables", "asOf"]),
        ("{ invoices(where: {due: 1}) { nodes { id } } }", ["invoices", "where", "due"]),
        ("{ invoices(limit: 5) { nodes { id } } }", ["invoices", "limit"]),
        ("{ customers(orderBy: [{field: DEBT, direction: DESC}]) { nodes { id } } }", ["customers", "orderBy", "0", "field"]),
        ('query Q { ...f } fragment f on Query { customers { nodes { invoices(where: {dueDate: {gt: ""}}) { nodes { id } } } } }', None),
        ("{ all: customers(first: 251) { nodes { id } } }", ["all", "first"]),
        ("{ customers(first: 1) { nodes { invoices(last: -1) { nodes { id } } } } }", ["customers", "nodes", "invoices", "last"]),
    ],
)
def test_a_wrong_value_in_the_document_is_named_by_its_place(hub_schema_only: Hub, query: str, place: list[str] | None) -> None:
    error = hub_schema_only.ask(query).error
    assert error["code"] == "BAD_USER_INPUT"
    assert error["argument"] == (place or ["customers", "nodes", "invoices", "where", "dueDate", "gt"])


@pytest.mark.parametrize(
    ("value", "below"),
    [
        ({"dueDate": {"lt": "yesterday"}}, ["dueDate", "lt"]),
        ({"or": [{"dueDate": {"lt": "2026-01-01"}}, {"dueDate": {"lt": 3}}]}, ["or", "1", "dueDate", "lt"]),
        ({"colour": "red"}, []),
        (5, []),
    ],
)
def test_a_wrong_variable_is_named_by_the_place_where_it_is_used(hub_schema_only: Hub, value: object, below: list[str]) -> None:
    error = hub_schema_only.ask(FILTER, where=value).error
    assert error["code"] == "BAD_USER_INPUT"
    assert error["argument"] == ["open", "where", *below]


def test_each_of_several_wrong_variables_has_its_own_place(hub_schema_only: Hub) -> None:
    query = "query($day: Date!, $n: Int) { invoices(first: $n, where: {and: [{dueDate: {lt: $day}}]}) { nodes { id } } }"
    errors = hub_schema_only.ask(query, n="many").errors
    assert [error["extensions"]["argument"] for error in errors] == [["invoices", "where", "and", "0", "dueDate", "lt"], ["invoices", "first"]]


def test_a_variable_that_is_used_nowhere_has_no_place(hub_schema_only: Hub) -> None:
    errors = hub_schema_only.ask("query($n: Int) { viewer { name } }", n="many").errors
    assert all("argument" not in error["extensions"] for error in errors)
    assert errors
