"""Aliases of tables: one for each place where a table stands in a plan, kept for the next plan, since making one copies every column."""

from functools import cache

import sqlalchemy as sa

_KEPT = 32
"""How many aliases of one table are kept; a plan that needs more makes the rest anew."""


class Aliases:
    """Hands out aliases of tables, each once; one of these serves one plan."""

    def __init__(self) -> None:
        """Nothing handed out yet."""
        self._used: dict[str, int] = {}

    def of(self, table: sa.Table) -> sa.FromClause:
        """An alias that nothing else in the plan uses."""
        number = self._used.get(table.name, 0)
        self._used[table.name] = number + 1
        return _kept(table, number) if number < _KEPT else table.alias()


@cache
def _kept(table: sa.Table, _number: int) -> sa.FromClause:
    made = table.alias()
    _ = made.c  # complete before another thread sees it
    return made
