"""What an operation costs, known before it runs: its objects times the page sizes they are asked in.

An object costs 1, an aggregate (a figure over many rows, such as `totalCount`) 5, and what a field declares, it costs. Values without
an identity of their own (money, page information) and the plumbing of connections cost nothing. Repeated fields count every time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

from schema.limits.numbers import Limits
from schema.limits.places import place_of
from schema.limits.refusal import OperationRefusedError, bad_input, too_complex

AGGREGATE = 5
"""The cost of a figure over many rows; declare it as `metadata={"cost": AGGREGATE}` on the field."""

_PAGE_ARGUMENTS = ("first", "last")
_DEFAULT_PAGE = 25
_ASSUMED_LIST = 10
"""How long a list without a page size is taken to be, unless its field declares `list_size`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`points` is what an operation costs; `nodes` how many objects it may return."""

    points: int = 0
    nodes: int = 0

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(self.points + other.points, self.nodes + other.nodes)

    def times(self, count: int) -> "Cost":
        """The same `count` times."""
        return Cost(self.points * count, self.nodes * count)


@dataclass(slots=True)
class CostCounter:
    """Counts one operation. A fragment is walked once for each page size that it is spread under."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    limits: Limits
    _known: dict[tuple[str, int], Cost] = field(default_factory=dict[tuple[str, int], Cost])

    def count(self, root: GraphQLNamedType) -> Cost:
        """The cost of the operation on its root type. Raises OperationRefusedError for a page size that no list has."""
        return self._selection(self.operation.selection_set, root, 1)

    def _selection(self, selections: SelectionSetNode, parent: GraphQLNamedType, page: int) -> Cost:
        total = Cost()
        for selection in selections.selections:
            total = total.plus(self._one(selection, parent, page))
        return total

    def _one(self, selection: SelectionNode, parent: GraphQLNamedType, page: int) -> Cost:
        if isinstance(selection, FieldNode):
            return self._field(selection, parent, page)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value, page)
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            kind = self.schema.get_type(condition.name.value) if condition else None
            return self._selection(selection.selection_set, kind or parent, page)
        return Cost()

    def _fragment(self, name: str, page: int) -> Cost:
        if (name, page) not in self._known:
            fragment = self.fragments[name]
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self._known[name, page] = self._selection(fragment.selection_set, kind, page) if kind else Cost()
        return self._known[name, page]

    def _field(self, node: FieldNode, parent: GraphQLNamedType, page: int) -> Cost:
        definition = parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        if definition is None:
            return Cost()  # __typename and introspection
        kind = cast("GraphQLNamedType", get_named_type(_type_of(definition)))
        if not (is_composite_type(kind) and node.selection_set):
            return Cost(_declared(definition, "cost", AGGREGATE if _is_total(node, parent) else 0))
        if is_connection(kind):
            return Cost(_declared(definition, "cost", 0)).plus(self._selection(node.selection_set, kind, self._page_size(node, definition)))
        is_node = not (_is_edge(kind) or _is_value(kind))
        own = Cost(_declared(definition, "cost", int(is_node)), int(is_node))
        below = self._selection(node.selection_set, kind, 1)
        return own.plus(below).times(self._length(node, definition, page if is_connection(parent) else None))

    def _length(self, node: FieldNode, definition: GraphQLField, page: int | None) -> int:
        """How many objects a field gives for each parent; `page` is the page size of the connection that it stands in."""
        if not str(_type_of(definition)).startswith("["):
            return 1
        if page is not None:
            return page
        ids = self._argument(node, "ids")
        return len(cast("list[object]", ids)) if isinstance(ids, list) else _declared(definition, "list_size", _ASSUMED_LIST)

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int:
        sizes = [self._checked_page(node, name) for name in _PAGE_ARGUMENTS]
        asked = [size for size in sizes if size is not None]
        if asked:
            return max(asked)
        argument = definition.args.get("first")
        default = argument.default_value if argument else None
        return default if isinstance(default, int) else _DEFAULT_PAGE

    def _checked_page(self, node: FieldNode, name: str) -> int | None:
        size = self._argument(node, name)
        if not isinstance(size, int):
            return None
        if not 0 <= size <= self.limits.page_size:
            message = f"`{name}` of `{node.name.value}` is {size}; it must be from 0 to {self.limits.page_size}."
            place = place_of([found for found in node.arguments or () if found.name.value == name], self.operation, self.fragments)
            raise OperationRefusedError([bad_input(message, node, argument=place)])
        return size

    def _argument(self, node: FieldNode, name: str) -> object:
        found = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
        return None if found is None else self._value(found)

    def _value(self, node: ValueNode) -> object:
        value = value_from_ast_untyped(node, dict(self.variables))
        return None if value is Undefined else value


def require_affordable(cost: Cost, limits: Limits) -> None:
    """Raise OperationRefusedError when an operation asks for more than one answer may hold."""
    if cost.nodes > limits.nodes:
        raise OperationRefusedError([too_complex(f"The operation may return {cost.nodes} objects; {limits.nodes} at most. Ask for smaller pages.")])
    if cost.points > limits.cost:
        raise OperationRefusedError([too_complex(f"The operation costs {cost.points}; {limits.cost} at most. Ask for smaller pages or fewer figures.")])


def is_connection(kind: GraphQLNamedType) -> bool:
    """Whether a type is a Relay connection: a page of edges with information about the page."""
    return isinstance(kind, GraphQLObjectType) and {"edges", "pageInfo"} <= kind.fields.keys()


def _is_edge(kind: GraphQLNamedType) -> bool:
    return isinstance(kind, GraphQLObjectType) and {"node", "cursor"} <= kind.fields.keys()


def _is_value(kind: GraphQLNamedType) -> bool:
    """An object of plain values that has no identity: it is read together with the row that it stands in."""
    if not isinstance(kind, GraphQLObjectType) or "id" in kind.fields:
        return False
    return not any(is_composite_type(get_named_type(found.type)) for found in kind.fields.values())


def _type_of(definition: GraphQLField) -> Any:  # noqa: ANN401 - GraphQL core leaves the type's own parameters open
    return cast("Any", definition).type


def _is_total(node: FieldNode, parent: GraphQLNamedType) -> bool:
    return node.name.value == "totalCount" and is_connection(parent)


def _declared(definition: GraphQLField, key: str, default: int) -> int:
    metadata: Mapping[str, Any] = getattr(definition.extensions.get("strawberry-definition"), "metadata", None) or {}
    value = metadata.get(key, default)
    return value if isinstance(value, int) else default
