"""Of several rows that belong together, the one that comes first."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

_PLACE = "place"


def first_of_each(rows: sa.Select[*tuple[Any, ...]], *, of: sa.ColumnElement[Any], by: Sequence[sa.ColumnElement[Any]]) -> sa.Subquery:
    """The first row for each value of `of`, in the order of `by`, with the columns of the selection.

    `by` ends with a key, so that there is one first row. Rows for which `of` is NULL are together; leave them out where they do not belong together.
    """
    place = sa.func.row_number().over(partition_by=of, order_by=by)
    placed = rows.add_columns(place.label(_PLACE)).subquery()
    return sa.select(*(column for column in placed.c if column.name != _PLACE)).where(placed.c[_PLACE] == 1).subquery()
