"""Queries that nobody has to write: the plain values of all objects of a list."""

from collections.abc import Iterator
from typing import Any, cast

from graphql import GraphQLError, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type, parse_value, print_ast

from hub.errors import RequestError
from schema.limits.cost import is_connection

_CUSTOMER = "customer { id name }"
_FIRST = ("id", "number", "name", "customer")
_MONEY = "{ amount currency }"


def compose_query(schema: GraphQLSchema, listed: str, where: str | None) -> str:
    """The query; `where` is a condition as the API has them, such as `{isOpen: true}`.

    Raises RequestError for a list that there is not, and for what is no condition.
    """
    fields: dict[str, Any] = schema.query_type.fields if schema.query_type else {}
    kind = cast("GraphQLNamedType | None", get_named_type(fields[listed].type) if listed in fields else None)
    if kind is None or not is_connection(kind):
        raise RequestError(f"there is no list {listed!r}")
    node = cast("GraphQLObjectType", get_named_type(cast("dict[str, Any]", cast("GraphQLObjectType", kind).fields)["nodes"].type))
    condition = "" if where is None else f"(where: {_condition(where)})"
    return f"{{ {listed}{condition} {{ nodes {{ {' '.join(_plain_fields(node))} }} }} }}"


def _condition(where: str) -> str:
    try:
        return print_ast(parse_value(where))
    except GraphQLError as error:
        raise RequestError(f"{where!r} is no condition: write one such as '{{isOpen: {{eq: true}}}}' ({error.message})") from error


def _plain_fields(node: GraphQLObjectType) -> Iterator[str]:
    """Values and amounts, and whose they are; what tells people which object it is comes first."""
    fields = cast("dict[str, Any]", node.fields)
    for name in sorted(fields, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
        field = fields[name]
        kind = cast("GraphQLNamedType", get_named_type(field.type))
        if str(field.type).startswith("["):
            continue
        if is_leaf_type(kind):
            yield name
        elif kind.name == "Money":
            yield f"{name} {_MONEY}"
        elif name == "customer":
            yield _CUSTOMER
