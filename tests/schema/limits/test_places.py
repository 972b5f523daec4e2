"""What is wrong with a value says where the value stands: in the document, in a variable, or in a page size."""

import pytest

from schema.limits.numbers import LIMITS
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


def test_a_wrong_default_of_a_variable_has_the_place_where_the_variable_is_used(hub_schema_only: Hub) -> None:
    error = hub_schema_only.ask('query($day: Date = "soon") { receivables(asOf: $day) { asOf } }').error
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["receivables", "asOf"])


def test_a_list_where_one_value_belongs_is_shown_as_it_was_written(hub_schema_only: Hub) -> None:
    [error] = hub_schema_only.ask('query($day: Date) { receivables(asOf: [$day, "x"]) { asOf } }').errors
    assert (error["message"].split(" is no date")[0], error["extensions"]["argument"]) == ("'[$day, \"x\"]'", ["receivables", "asOf"])


def test_a_variable_full_of_mistakes_tells_a_few_of_them(hub_schema_only: Hub) -> None:
    """Every message of the core repeats the value: all of them would take minutes."""
    errors = hub_schema_only.ask(FILTER, where={f"wrong{number}": 1 for number in range(20_000)}).errors
    assert 1 < len(errors) <= LIMITS.request_errors + 1
    assert errors[0]["extensions"]["argument"] == ["open", "where"]
