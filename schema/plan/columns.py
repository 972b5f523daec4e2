"""The columns of one statement: each expression stands in it once, and is found again by its position."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


class Columns:
    """Collects expressions and tells their positions."""

    def __init__(self) -> None:
        """No column yet."""
        self._elements: list[sa.ColumnElement[Any]] = []
        self._positions: dict[int, int] = {}

    def add(self, element: sa.ColumnElement[Any]) -> int:
        """The position of an expression; the same object is selected once."""
        known = self._positions.get(id(element))
        if known is not None:
            return known
        self._positions[id(element)] = len(self._elements)
        self._elements.append(element)
        return len(self._elements) - 1

    @property
    def elements(self) -> Sequence[sa.ColumnElement[Any]]:
        """All expressions, in the order of their positions."""
        return self._elements

    def labelled(self) -> list[sa.Label[Any]]:
        """All expressions under names that cannot clash."""
        return [element.label(f"c{position}") for position, element in enumerate(self._elements)]
