"""A ratio is held against a number exactly, however large the two whole numbers are that it is made of."""

from fractions import Fraction
from itertools import product

import pytest
import sqlalchemy as sa

from hub.store.engine import Store
from rules.dialects import ratio_order

LARGEST = 2**63 - 1
WHOLES = [None, 0, 1, -1, 3, 100, 10**15, -(10**15), LARGEST // 100, LARGEST // 100 + 1, LARGEST, -LARGEST]
NUMBERS = [
    Fraction(0),
    Fraction(1, 3),
    Fraction(-1, 2),
    Fraction("0.505"),
    Fraction(100),
    Fraction(LARGEST, 2),
    Fraction(2, LARGEST),
    Fraction(LARGEST + 1),
    Fraction(1, LARGEST + 2),
    Fraction(-(10**40), 7),
]


def order(part: int | None, whole: int | None, value: Fraction) -> int | None:
    """What Python's own fractions say."""
    if part is None or not whole:
        return None
    ratio = Fraction(part, whole)
    return (ratio > value) - (ratio < value)


@pytest.mark.parametrize("value", NUMBERS, ids=str)
def test_it_lies_where_a_fraction_lies(store: Store, value: Fraction) -> None:
    pairs = list(product(WHOLES, WHOLES))
    rows = sa.union_all(
        *(
            sa.select(*(sa.cast(number, sa.BigInteger).label(name) for name, number in zip("npw", (place, *pair), strict=True)))
            for place, pair in enumerate(pairs)
        )
    ).subquery()
    with store.read() as connection:
        found = connection.execute(sa.select(ratio_order(rows.c.p, rows.c.w, value)).order_by(rows.c.n)).scalars().all()
    assert found == [order(*pair, value) for pair in pairs]


def test_what_it_is_made_of_may_be_a_calculation(store: Store) -> None:
    one, three = sa.literal(1), sa.literal(3)
    with store.read() as connection:
        assert connection.execute(sa.select(ratio_order(one + one, three + one, Fraction(1, 2)))).scalar_one() == 0
        assert connection.execute(sa.select(ratio_order(one - three, three, Fraction(-1, 2)) < 0)).scalar_one()
