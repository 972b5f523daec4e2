"""The document of an export: a query of one list, held to its shape, and the document that reads one page of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    print_ast,
)

from hub.errors import RequestError
from schema.limits.cost import is_connection

LIST, NODES, INFO, FIRST, AFTER = "list", "nodes", "pageInfo", "exportFirst", "exportAfter"
"""Keys and variables of the document that reads a page."""

_SHAPE = "Send one query of one list, such as `{ invoices { nodes { id number } } }`"
_PAGING = ("first", "last", "after", "before")


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """An export's list, and the text of the operation that reads a page of it: `exportFirst` rows after `exportAfter`."""

    listed: str
    text: str


def read_document(document: DocumentNode, schema: GraphQLSchema) -> ExportDocument:
    """The export of a valid document. Raises RequestError, in words, for one that is no query of one list."""
    operations = [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise RequestError(f"{_SHAPE}; nothing beside it.")
    [operation] = operations
    if operation.variable_definitions:
        raise RequestError("An export takes no variables: write the values into the query.")
    if operation.directives:
        raise RequestError("The query itself takes no directives.")
    root = _only_field(operation.selection_set, f"{_SHAPE}; one root field, and no fragment there.")
    _require_list(root, schema)
    fragments = [print_ast(found) for found in document.definitions if isinstance(found, FragmentDefinitionNode)]
    return ExportDocument(root.name.value, "\n\n".join([_page_of(root, _selected_of_node(root)), *fragments]))


def _require_list(root: FieldNode, schema: GraphQLSchema) -> None:
    name = root.name.value
    field = schema.query_type.fields.get(name) if schema.query_type else None
    if field is None or not is_connection(_type_of(field)):
        raise RequestError(f"`{name}` is no list that can be exported. {_SHAPE}.")
    given = [argument.name.value for argument in root.arguments or () if argument.name.value in _PAGING]
    if given:
        raise RequestError(f"An export reads the whole list: leave out `{given[0]}`.")


def _type_of(field: GraphQLField) -> GraphQLNamedType:
    return cast("GraphQLNamedType", get_named_type(cast("Any", field).type))  # GraphQL core leaves the type's own parameters open


def _selected_of_node(root: FieldNode) -> SelectionSetNode:
    """What is selected of each object."""
    words = f"Select `nodes`, or `edges` with `node`, of `{root.name.value}`, and nothing beside it: an export has one line for each object."
    shown = _only_field(root.selection_set, words)
    if shown.name.value == "edges":
        shown = _only_field(shown.selection_set, words)
        is_node = shown.name.value == "node"
    else:
        is_node = shown.name.value == NODES
    if not is_node or shown.selection_set is None:
        raise RequestError(words)
    return shown.selection_set


def _only_field(selections: SelectionSetNode | None, words: str) -> FieldNode:
    found: Sequence[SelectionNode] = selections.selections if selections else ()
    if len(found) != 1 or not isinstance(found[0], FieldNode) or found[0].directives:
        raise RequestError(words)
    return found[0]


def _page_of(root: FieldNode, selected: SelectionSetNode) -> str:
    arguments = "".join(f"{print_ast(argument)}, " for argument in root.arguments or ())
    paged = f"{LIST}: {root.name.value}({arguments}first: ${FIRST}, after: ${AFTER})"
    return f"query(${FIRST}: Int!, ${AFTER}: String) {{ {paged} {{ {INFO} {{ hasNextPage endCursor }} {NODES} {print_ast(selected)} }} }}"
