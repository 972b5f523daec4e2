"""Shapes, against an oracle that writes every fragment out in full."""

from graphql import DocumentNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse
from hypothesis import given
from hypothesis import strategies as st

from schema.limits.documents import fragments_of
from schema.limits.shape import Shape, ShapeCounter

NAMES = ("a", "b", "__typename")


def selections(level: int) -> st.SearchStrategy[str]:
    """Selections of up to three levels, which may spread the fragments F0 to F2 of higher numbers."""
    field = st.sampled_from(NAMES)
    alias = st.sampled_from(["", "x: ", "y: "])
    spread = st.integers(level, 2).map(lambda number: f"...F{number}") if level <= 2 else field
    leaf = st.tuples(alias, field).map("".join) | spread
    nested = st.recursive(
        leaf,
        lambda inner: (
            st.tuples(alias, field, st.lists(inner, min_size=1, max_size=3)).map(lambda found: f"{found[0]}{found[1]} {{ {' '.join(found[2])} }}")
            | st.lists(inner, min_size=1, max_size=3).map(lambda found: f"... {{ {' '.join(found)} }}")
        ),
        max_leaves=8,
    )
    return st.lists(nested, min_size=1, max_size=3).map(" ".join)


DOCUMENTS = st.tuples(selections(0), selections(1), selections(2), selections(3)).map(
    lambda found: f"{{ {found[0]} }} fragment F0 on Q {{ {found[1]} }} fragment F1 on Q {{ {found[2]} }} fragment F2 on Q {{ {found[3]} }}"
)


def count(document: DocumentNode) -> Shape:
    operation = next(found for found in document.definitions if isinstance(found, OperationDefinitionNode))
    return ShapeCounter(fragments_of(document)).count(operation.selection_set)


def written_out(document: DocumentNode, found: SelectionSetNode | None) -> list[tuple[int, bool]]:
    """Level and alias of every field, as often as it is spread."""
    fragments = fragments_of(document)
    fields: list[tuple[int, bool]] = []
    for selection in found.selections if found else ():
        if isinstance(selection, FieldNode):
            fields.append((1, selection.alias is not None))
            fields += [(level + 1, alias) for level, alias in written_out(document, selection.selection_set)]
        elif isinstance(selection, InlineFragmentNode):
            fields += written_out(document, selection.selection_set)
        elif isinstance(selection, FragmentSpreadNode):
            fields += written_out(document, fragments[selection.name.value].selection_set)
    return fields


@given(DOCUMENTS)
def test_a_shape_is_that_of_the_operation_written_out(text: str) -> None:
    document = parse(text)
    fields = written_out(document, next(found for found in document.definitions if isinstance(found, OperationDefinitionNode)).selection_set)
    assert count(document) == Shape(max(level for level, _ in fields), sum(alias for _, alias in fields))


def test_introspection_is_one_level_deep_and_its_aliases_count() -> None:
    assert count(parse("{ __schema { types { fields { a: type { ofType { ofType { name } } } } } } a { b } }")) == Shape(2, 1)


def test_circles_and_unknown_fragments_count_nothing() -> None:
    assert count(parse("{ a ...A ...Nowhere } fragment A on Q { b { c ...B } } fragment B on Q { ...A }")).depth == 2


def test_a_fragment_spread_2_to_the_100_times_is_counted_at_once() -> None:
    fragments = " ".join(f"fragment F{number} on Q {{ ...F{number + 1} ...F{number + 1} }}" for number in range(100))
    assert count(parse(f"{{ ...F0 }} {fragments} fragment F100 on Q {{ x: a }}")).aliases == 2**100
