"""Reads what an operation selects: aliases, fragments, variables, @skip and @include, by GraphQL core's own collector.

Every selection set is collected once for each type, so the time is linear to what is selected, not to how often fragments are spread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    get_argument_values,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Operation:
    """What the whole operation shares."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    definition: OperationDefinitionNode
    variables: VariableValues


@dataclass(frozen=True)
class Selected:
    """One selected field: `key` is its name in the answer, `path` where it stands there (list positions left out)."""

    operation: Operation
    parent: GraphQLObjectType
    name: str
    key: str
    path: tuple[str, ...]
    details: Sequence[FieldDetails]
    _collected: dict[str, tuple["Selected", ...]] = field(default_factory=dict[str, tuple["Selected", ...]])

    @cached_property
    def arguments(self) -> Mapping[str, Any]:
        """The coerced arguments, defaults included; one that was not given and has no default is absent."""
        return get_argument_values(self.parent.fields[self.name], self.details[0].node, self.operation.variables)

    def argument_path(self, *names: str) -> tuple[str, ...]:
        """The path that an error about an argument of this field tells."""
        return (*self.path, *names)

    @cached_property
    def children(self) -> tuple["Selected", ...]:
        """What is selected of the field's object type."""
        fields: Mapping[str, Any] = self.parent.fields  # GraphQL core types a field's type by itself, without an end
        kind = cast("GraphQLNamedType", get_named_type(fields[self.name].type))
        if not isinstance(kind, GraphQLObjectType):
            message = f"{kind} has several types: ask `children_of` for one of them"
            raise TypeError(message)
        return self.children_of(kind)

    def children_of(self, kind: GraphQLObjectType) -> tuple["Selected", ...]:
        """What is selected when the object is of one type; `__typename` is left to the executor."""
        if kind.name not in self._collected:
            grouped = collect_subfields(
                self.operation.schema, self.operation.fragments, self.operation.variables, self.operation.definition, kind, list(self.details)
            ).grouped_field_set
            self._collected[kind.name] = tuple(self._child(kind, key, details) for key, details in grouped.items() if details[0].node.name.value != TYPENAME)
        return self._collected[kind.name]

    def _child(self, kind: GraphQLObjectType, key: str, details: Sequence[FieldDetails]) -> "Selected":
        return Selected(self.operation, kind, details[0].node.name.value, key, (*self.path, key), details)


def selected_root(info: GraphQLResolveInfo[Any]) -> Selected:
    """The root field that is being resolved, with everything below it."""
    fragments = {name: FragmentDetails(definition) for name, definition in info.fragments.items()}
    operation = Operation(info.schema, fragments, info.operation, _variables(info.variable_values))
    details = [FieldDetails(node, None) for node in info.field_nodes]
    key = str(info.path.key)
    return Selected(operation, info.parent_type, info.field_name, key, (key,), details)


def _variables(values: object) -> VariableValues:
    """The coerced variables as GraphQL core's collector wants them; Strawberry hands resolvers the plain values."""
    if isinstance(values, VariableValues):
        return values
    return VariableValues({}, cast("dict[str, Any]", values))
