"""Where in an operation a value stands: the response keys down to its field, the argument, and the fields and positions below it."""

from collections.abc import Callable, Collection, Iterator, Mapping

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]
Path = tuple[str, ...]


def place_of(wanted: Collection[Node], operation: OperationDefinitionNode, fragments: Fragments) -> Path:
    """The place of the first of some values, arguments or fields of input objects; empty when an operation has none of them.

    What is wrong with the default of a variable stands where the variable is used.
    """
    keys = {id(node) for node in wanted}
    place = _first(lambda node: id(node) in keys, operation.selection_set, fragments)
    for definition in () if place else operation.variable_definitions or ():
        below = next((path for node, path in _values(definition.default_value, ()) if id(node) in keys), None) if definition.default_value else None
        if below is not None:
            used = place_of_variable(definition.variable.name.value, operation.selection_set, fragments)
            return (*used, *below) if used else ()
    return place


def place_of_variable(name: str, selections: SelectionSetNode, fragments: Fragments) -> Path:
    """The first place where a variable is used; empty when it is used nowhere."""
    return _first(lambda node: isinstance(node, VariableNode) and node.name.value == name, selections, fragments)


def _first(is_wanted: Callable[[Node], bool], selections: SelectionSetNode, fragments: Fragments) -> Path:
    return next((path for node, path in _inputs(selections, fragments, path=(), seen=set()) if is_wanted(node)), ())


def _inputs(selections: SelectionSetNode, fragments: Fragments, *, path: Path, seen: set[str]) -> Iterator[tuple[Node, Path]]:
    """Everything that is put in, with its place; a fragment is walked where it is spread first."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            key = selection.alias.value if selection.alias else selection.name.value
            for argument in selection.arguments or ():
                yield from _below(argument, (*path, key))
            if selection.selection_set:
                yield from _inputs(selection.selection_set, fragments, path=(*path, key), seen=seen)
        elif isinstance(selection, InlineFragmentNode):
            yield from _inputs(selection.selection_set, fragments, path=path, seen=seen)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name in fragments and name not in seen:
                seen.add(name)
                yield from _inputs(fragments[name].selection_set, fragments, path=path, seen=seen)


def _below(node: ArgumentNode | ObjectFieldNode, path: Path) -> Iterator[tuple[Node, Path]]:
    here = (*path, node.name.value)
    yield node, here
    yield from _values(node.value, here)


def _values(value: ValueNode, path: Path) -> Iterator[tuple[Node, Path]]:
    yield value, path
    if isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _below(field, path)
    elif isinstance(value, ListValueNode):
        for position, item in enumerate(value.values):
            yield from _values(item, (*path, str(position)))
