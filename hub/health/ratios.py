"""Ratios of figures as SQL, for lists that order and filter by them; `percent` and `ratio` of `hub.health.figures` are the same as values."""

import sqlalchemy as sa


def percent_expression(part_minor: sa.ColumnElement[int], whole_minor: sa.ColumnElement[int]) -> sa.ColumnElement[float]:
    """`part` of `whole` in percent, as a double; NULL without a whole. For comparing only: what is shown is exact."""
    return sa.cast(part_minor, sa.Double) * sa.literal(100.0, sa.Double) / sa.func.nullif(whole_minor, 0)


def ratio_expression(part: sa.ColumnElement[int], whole: sa.ColumnElement[int]) -> sa.ColumnElement[float]:
    """`part` by `whole`, as a double; NULL without a whole. For comparing only."""
    return sa.cast(part, sa.Double) / sa.func.nullif(whole, 0)
