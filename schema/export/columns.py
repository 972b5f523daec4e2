"""What is selected of each object of an export: held to what one line can hold whole, and as the columns of a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from hub.errors import RequestError
from hub.plugins.exporter import ExportColumn
from schema.export.document import FIRST, LIST, NODES
from schema.limits.cost import is_connection

_TYPENAME = "__typename"
_NUMBERS = frozenset({"Int", "Float", "Decimal"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """One selected value of an object: the keys down to it, and its type, None for the name of a type."""

    path: tuple[str, ...]
    details: list[FieldDetails]
    type: Any

    @property
    def named(self) -> GraphQLNamedType:
        """Its type without list and non-null."""
        return cast("GraphQLNamedType", get_named_type(self.type))

    @property
    def is_list(self) -> bool:
        """Whether there may be several of it."""
        return str(self.type).startswith("[")

    @property
    def words(self) -> str:
        """Where it stands, for people."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the document of a page selects of each object."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]

    @staticmethod
    def of(schema: GraphQLSchema, document: DocumentNode) -> "Selection":
        """The selection of a document that `read_document` made."""
        fragments = {found.name.value: FragmentDetails(found) for found in document.definitions if isinstance(found, FragmentDefinitionNode)}
        [operation] = [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]
        return Selection(schema, operation, fragments)

    def require_whole(self) -> None:
        """Raise RequestError for a list of pages below an object: a line could hold a part of it only, and nobody would see that."""
        waiting = [self._objects()]
        while waiting:
            chosen = waiting.pop()
            for kind in self._kinds(chosen):
                for inner in self._below(chosen, kind):
                    if inner.type is None:
                        continue
                    if is_connection(inner.named):
                        raise RequestError(f"`{inner.words}` is a list of pages, of which a line would hold a part: export it by a query of its own.")
                    waiting.append(inner)

    def columns(self) -> Iterator[ExportColumn]:
        """The columns of a table, in the order of the selection. Raises RequestError for what may be of several types."""
        return self._columns_below(self._objects())

    def _columns_below(self, chosen: Chosen) -> Iterator[ExportColumn]:
        for kind in self._kinds(chosen):
            for inner in self._below(chosen, kind):
                if inner.type is not None and not inner.is_list and is_abstract_type(inner.named):
                    raise RequestError(f"`{inner.words}` may be of several types, which has no columns: leave it out, or take JSONL.")
                if inner.type is not None and not inner.is_list and is_object_type(inner.named):
                    yield from self._columns_below(inner)
                else:
                    is_number = inner.type is not None and not inner.is_list and inner.named.name in _NUMBERS
                    yield ExportColumn(inner.path, is_number)

    def _objects(self) -> Chosen:
        query = self.schema.query_type
        if query is None:
            raise RequestError("There is nothing to be asked here.")
        top = collect_fields(self.schema, self.fragments, _VARIABLES, query, self.operation)
        listed = self._chosen((), query, top.grouped_field_set[LIST])
        [connection] = self._kinds(listed)
        found = next(inner for inner in self._below(listed, connection) if inner.path == (NODES,))
        return Chosen((), found.details, found.type)

    def _kinds(self, chosen: Chosen) -> list[GraphQLObjectType]:
        """The types of objects that a value may have; none for a scalar."""
        named = chosen.named
        if is_abstract_type(named):
            return list(self.schema.get_possible_types(named))
        return [named] if isinstance(named, GraphQLObjectType) else []

    def _below(self, chosen: Chosen, kind: GraphQLObjectType) -> Iterator[Chosen]:
        found = collect_subfields(self.schema, self.fragments, _VARIABLES, self.operation, kind, chosen.details)
        for key, details in found.grouped_field_set.items():
            yield self._chosen((*chosen.path, key), kind, details)

    def _chosen(self, path: tuple[str, ...], parent: GraphQLObjectType, details: list[FieldDetails]) -> Chosen:
        name = details[0].node.name.value
        fields: dict[str, Any] = parent.fields  # GraphQL core types a field's type by itself, without an end
        return Chosen(path, details, None if name == _TYPENAME else fields[name].type)


_VARIABLES = VariableValues({}, {FIRST: 0})
"""Directives of an export take no variables, so what is selected does not hang on them."""
