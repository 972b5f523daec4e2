"""The variables of an operation, coerced to their declared types; a wrong one is refused with the place where it is used."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode
from graphql import type_from_ast as _type_from_ast  # pyright: ignore[reportUnknownVariableType] - GraphQL core leaves the types of lists open
from graphql.execution.values import get_variable_values
from graphql.utilities import validate_input_value as _validate_input_value  # pyright: ignore[reportUnknownVariableType] - likewise

from schema.limits.places import Fragments, Path, place_of_variable
from schema.limits.refusal import OperationRefusedError, bad_input, without_values


def coerced_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any], *, fragments: Fragments, at_most: int
) -> Mapping[str, Any]:
    """The values that execution sees. Raises OperationRefusedError with `at_most` errors, and one that says so when there are more."""
    definitions = operation.variable_definitions or ()
    values = get_variable_values(schema, definitions, dict(given), at_most, hide_suggestions=True)
    if not isinstance(values, list):
        return values.coerced
    inner: dict[str, list[Path]] = {}
    refused: list[GraphQLError] = []
    for error in values:
        definition = next((node for node in error.nodes or () if isinstance(node, VariableDefinitionNode)), None)
        if definition is None:
            refused.append(bad_input(without_values(error.message)))
            continue
        name = definition.variable.name.value
        if name not in inner:
            inner[name] = _inner_paths(schema, definition, given, at_most=at_most)
        place = place_of_variable(name, operation.selection_set, fragments)
        below = inner[name].pop(0) if inner[name] else ()
        refused.append(bad_input(without_values(error.message), definition, argument=(*place, *below) if place else ()))
    raise OperationRefusedError(refused)


def _inner_paths(schema: GraphQLSchema, definition: VariableDefinitionNode, given: Mapping[str, Any], *, at_most: int) -> list[Path]:
    """Where within a variable's value its first errors are, in the order in which GraphQL core tells them.

    To look for more of them could take as long as the caller likes: every message repeats the whole value.
    """
    kind: Any = _type_from_ast(schema, definition.type)
    name = definition.variable.name.value
    found: list[Path] = []

    def note(_error: GraphQLError, path: Sequence[str | int]) -> None:
        found.append(tuple(str(key) for key in path))
        if len(found) == at_most:
            raise GraphQLError("As many errors are known as are told.")

    if name in given:
        with suppress(GraphQLError, RecursionError):  # when a value is nested too deeply, GraphQL core has said so
            _validate_input_value(given[name], kind, note, hide_suggestions=True)
    return found
