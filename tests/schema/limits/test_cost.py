"""Costs, as a person would add them up."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from schema.errors import ErrorCode
from schema.limits.cost import Cost, CostCounter, require_affordable
from schema.limits.documents import fragments_of
from schema.limits.numbers import LIMITS
from schema.limits.refusal import OperationRefusedError
from tests.schema.tiny import build_tiny_schema

SCHEMA = build_tiny_schema().core


def cost(text: str, **variables: Any) -> Cost:  # noqa: ANN401 - values of any type
    document = parse(text)
    operation = next(found for found in document.definitions if isinstance(found, OperationDefinitionNode))
    root = SCHEMA.get_root_type(operation.operation)
    assert root
    return CostCounter(SCHEMA, operation, fragments_of(document), variables, LIMITS).count(root)


@pytest.mark.parametrize(
    ("text", "points", "nodes"),
    [
        ("{ hello count }", 0, 0),
        ("{ __typename __schema { types { name } } }", 0, 0),
        ("{ items(first: 10) { nodes { id name } } }", 10, 10),
        ("{ items(first: 10) { edges { cursor node { id } } } }", 10, 10),
        ("{ items(first: 0) { nodes { id } } }", 0, 0),
        ("{ items(first: 10) { pageInfo { hasNextPage } } }", 0, 0),
        ("{ items(first: 10) { totalCount } }", 5, 0),
        ("{ items { nodes { id } } }", 25, 25),
        ("{ items(last: 7) { nodes { id } } }", 7, 7),
        ("{ items(first: 3, last: 7) { nodes { id } } }", 7, 7),
        ("{ items(first: 10) { nodes { price { amount } } } }", 10, 10),
        ("{ items(first: 10) { nodes { health { amount } } } }", 10 * (1 + 5), 10),
        ("{ items(first: 10) { nodes { parent { id } } } }", 20, 20),
        ("{ items(first: 10) { nodes { tags { id item { id } } } } }", 10 * (1 + 10 * 2), 10 * (1 + 10 * 2)),
        ("{ items(first: 100) { nodes { items(first: 5) { nodes { id } totalCount } } } }", 100 * (1 + 5 + 5), 600),
        ('{ nodes(ids: ["1", "2", "3"]) { id } }', 3, 3),
        ("{ a: items(first: 1) { nodes { id } } b: items(first: 2) { nodes { id } } }", 3, 3),
        ("mutation { change }", 0, 0),
    ],
)
def test_objects_cost_one_and_aggregates_five_times_the_page(text: str, points: int, nodes: int) -> None:
    assert cost(text) == Cost(points, nodes)


def test_variables_set_the_page_size_and_the_ids() -> None:
    assert cost("query($n: Int) { items(first: $n) { nodes { id } } }", n=40) == Cost(40, 40)
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["1", "2"]) == Cost(2, 2)


def test_a_page_size_that_is_null_or_missing_is_the_default() -> None:
    assert cost("query($n: Int) { items(first: $n) { nodes { id } } }") == Cost(25, 25)
    assert cost("{ items(first: null) { nodes { id } } }") == Cost(25, 25)


@pytest.mark.parametrize(
    "text",
    [
        "{ items(first: 10) { ...P } } fragment P on ItemConnection { nodes { ...I } } fragment I on Item { id parent { id } }",
        "{ items(first: 10) { ... { nodes { ... on Item { parent { id } } } } } }",
        "{ ...Q } fragment Q on Query { items(first: 10) { edges { node { ...I } } } } fragment I on Item { parent { id } }",
    ],
)
def test_fragments_cost_what_they_would_cost_written_out(text: str) -> None:
    assert cost(text) == Cost(20, 20)


def test_one_fragment_under_two_page_sizes_costs_both() -> None:
    text = "{ a: items(first: 3) { ...P } b: items(first: 4) { ...P } } fragment P on ItemConnection { nodes { id } }"
    assert cost(text) == Cost(7, 7)


def test_a_fragment_spread_2_to_the_100_times_is_priced_at_once() -> None:
    fragments = " ".join(f"fragment F{number} on Item {{ ...F{number + 1} ...F{number + 1} }}" for number in range(100))
    text = f"{{ items(first: 1) {{ nodes {{ ...F0 }} }} }} {fragments} fragment F100 on Item {{ parent {{ id }} }}"
    assert cost(text).nodes == 2**100 + 1


@pytest.mark.parametrize("argument", ["first", "last"])
@pytest.mark.parametrize("size", [-1, -5, 251, 10**9])
def test_a_page_size_that_no_list_has_is_bad_input_with_the_argument(argument: str, size: int) -> None:
    for text, variables in (
        (f"{{ items({argument}: {size}) {{ totalCount }} }}", {}),
        (f"query($n: Int) {{ items({argument}: $n) {{ totalCount }} }}", {"n": size}),
    ):
        with pytest.raises(OperationRefusedError) as caught:
            cost(text, **variables)
        [error] = caught.value.errors
        assert error.extensions == {"code": ErrorCode.BAD_USER_INPUT, "argument": ["items", argument]}


@pytest.mark.parametrize("found", [Cost(10_001, 1), Cost(1, 10_001)])
def test_an_operation_over_a_limit_is_refused(found: Cost) -> None:
    with pytest.raises(OperationRefusedError) as caught:
        require_affordable(found, LIMITS)
    assert (caught.value.errors[0].extensions or {})["code"] == ErrorCode.OPERATION_TOO_COMPLEX


def test_an_operation_at_the_limits_is_let_through() -> None:
    require_affordable(Cost(10_000, 10_000), LIMITS)


def test_three_wide_lists_in_each_other_are_over_the_limit() -> None:
    text = "{ items(first: 100) { nodes { items(first: 100) { nodes { items(first: 100) { nodes { id } } } } } } }"
    with pytest.raises(OperationRefusedError):
        require_affordable(cost(text), LIMITS)
