"""The shape of an operation: how deep its fields go and how many aliases it has, fragments counted wherever they are spread."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})
"""Fields that ask about the schema itself; their own depth is limited by a rule of GraphQL core."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a selection adds up to: levels of fields, and aliases as often as they are spread."""

    depth: int = 0
    aliases: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Both selections in one."""
        return Shape(max(self.depth, other.depth), self.aliases + other.aliases)


@dataclass(slots=True)
class ShapeCounter:
    """Counts selections of one document. Each fragment is walked once, so the time is linear to the document."""

    fragments: Mapping[str, FragmentDefinitionNode]
    _known: dict[str, Shape] = field(default_factory=dict[str, Shape])

    def count(self, selections: SelectionSetNode | None) -> Shape:
        """The shape of a selection; unknown fragments and circles count nothing, since validation refuses them."""
        shape = Shape()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                shape = shape.beside(self._count_field(selection))
            elif isinstance(selection, InlineFragmentNode):
                shape = shape.beside(self.count(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                shape = shape.beside(self._count_fragment(selection.name.value))
        return shape

    def _count_field(self, node: FieldNode) -> Shape:
        below = self.count(node.selection_set)
        depth = 0 if node.name.value in INTROSPECTION_ROOTS else below.depth
        return Shape(1 + depth, below.aliases + (1 if node.alias else 0))

    def _count_fragment(self, name: str) -> Shape:
        if name not in self._known and name in self.fragments:
            self._known[name] = Shape()  # a circle meets itself here
            self._known[name] = self.count(self.fragments[name].selection_set)
        return self._known.get(name, Shape())
