"""How related rows are grouped by what they belong to."""

from functools import cache

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

from hub.health.dialects import Unindexed
from rules.comparing import Predicate
from rules.stored import Column

Query = sa.Select[*tuple[Column, ...]]


def grouped(query: Query, counts: Predicate, rows: sa.FromClause, *, owner: Column) -> Query:
    """A query over all rows that count, grouped by their owner: in the order of an index where it has all that is asked of them, else from end to end.

    SQLite takes the order of any index that begins with the owner, or an index for what counts, and fetches each row by itself where that has not all. For
    all rows of a table that takes longer than to read it from end to end and to sort what is asked of it, for which it takes some 90 bytes a row.
    """

    @cache
    def is_in_index() -> bool:
        return _is_in_index(query.where(counts), rows, owner)

    return query.where(Unindexed(counts, is_in_index)).group_by(Unindexed(owner, is_in_index))


def _is_in_index(query: Query, rows: sa.FromClause, owner: Column) -> bool:
    table = rows.element if isinstance(rows, sa.Alias) else None
    if not isinstance(table, sa.Table) or owner.table is not rows:
        return False
    asked = {found.name for found in iterate(query) if isinstance(found, sa.Column) and found.table is rows}
    whole = [index for index in table.indexes if index.dialect_options["sqlite"]["where"] is None]
    key = set(table.primary_key.columns.keys())  # which every index has on SQLite
    return any(index.columns[0].name == owner.name and asked <= key | set(index.columns.keys()) for index in whole)
