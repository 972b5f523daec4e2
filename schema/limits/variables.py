"""The variables of an operation, coerced to their declared types; a wrong one is refused with the place where it is used."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode
from graphql import type_from_ast as _type_from_ast  # pyright: ignore[reportUnknownVariableType] - GraphQL core leaves the types of lists open
from graphql.execution.values import get_variable_values
from graphql.utilities import validate_input_value as _validate_input_value  # pyright: ignore[reportUnknownVariableType] - likewise

from schema.limits.places import Fragments, Path, place_of_variable
from schema.limits.refusal import OperationRefusedError, bad_input


def coerced_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any], *, fragments: Fragments, at_most: int
) -> Mapping[str, Any]:
    """The values that execution sees. Raises OperationRefusedError with `at_most` errors, and one that says so when there are more."""
    definitions = operation.variable_definitions or ()
    values = get_variable_values(schema, definitions, dict(given), at_most, hide_suggestions=True)
    if not isinstance(values, list):
        return values.coerced
    inner = {found.variable.name.value: _inner_paths(schema, found, given) for found in definitions}
    refused: list[GraphQLError] = []
    for error in values:
        name = next((node.variable.name.value for node in error.nodes or () if isinstance(node, VariableDefinitionNode)), None)
        place = () if name is None else place_of_variable(name, operation.selection_set, fragments)
        below = inner[name].pop(0) if name is not None and inner[name] else ()
        refused.append(bad_input(error.message, *error.nodes or (), argument=(*place, *below) if place else ()))
    raise OperationRefusedError(refused)


def _inner_paths(schema: GraphQLSchema, definition: VariableDefinitionNode, given: Mapping[str, Any]) -> list[Path]:
    """Where within a variable's value its errors are, in the order in which GraphQL core tells them."""
    kind: Any = _type_from_ast(schema, definition.type)
    name = definition.variable.name.value
    found: list[Path] = []
    if name in given:
        with suppress(RecursionError):  # the value is nested too deeply, and GraphQL core has said so
            _validate_input_value(given[name], kind, lambda _, path: found.append(tuple(str(key) for key in path)), hide_suggestions=True)
    return found
