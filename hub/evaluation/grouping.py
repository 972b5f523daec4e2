"""How related rows are grouped by what they belong to."""

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

from hub.health.dialects import InNoOrder
from rules.stored import Column


def grouped(query: sa.Select[*tuple[Column, ...]], rows: sa.FromClause, owner: Column) -> sa.Select[*tuple[Column, ...]]:
    """A query over all rows of a table, grouped by their owner: in the order of an index where it has all that is asked of them, else in none.

    SQLite takes the order of any index that begins with the owner, and fetches each row by itself where that has not all. Of rows that do not fit into
    its cache, that takes longer than to read the table from end to end and to sort what is asked of it, for which it takes some 90 bytes a row.
    """
    return query.group_by(owner if _is_in_index(query, rows, owner) else InNoOrder(owner))


def _is_in_index(query: sa.Select[*tuple[Column, ...]], rows: sa.FromClause, owner: Column) -> bool:
    table = rows.element if isinstance(rows, sa.Alias) else None
    if not isinstance(table, sa.Table):
        return True  # what is no table has no index
    asked = {found.name for found in iterate(query) if isinstance(found, sa.Column) and found.table is rows}
    whole = [index for index in table.indexes if index.dialect_options["sqlite"]["where"] is None]
    key = set(table.primary_key.columns.keys())  # which every index has on SQLite
    return any(index.columns[0].name == owner.name and asked <= key | set(index.columns.keys()) for index in whole)
