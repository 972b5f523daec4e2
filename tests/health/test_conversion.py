"""`convert_minor` gives the same to the minor unit in Python, on SQLite and on PostgreSQL."""

from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from hub.money import convert_minor
from hub.store.engine import Store
from tests.examples import examples
from tests.health.properties import FEW

_AMOUNTS = st.integers(-(10**15), 10**15) | st.integers(-200, 200)
_PARTS = st.integers(1, 10**16) | st.integers(1, 50)
_CASES = st.tuples(_AMOUNTS, _PARTS, _PARTS).filter(lambda case: abs(Fraction(case[0] * case[1], case[2])) < 2**63 - 1)


def convert_in_database(store: Store, cases: list[tuple[int, int, int]]) -> list[int]:
    with store.read() as connection:
        big = [[sa.literal(number, sa.BigInteger) for number in case] for case in cases]
        return [connection.execute(sa.select(sa.func.convert_minor(*case, type_=sa.BigInteger))).scalar_one() for case in big]


@settings(FEW, max_examples=examples(15))
@given(cases=st.lists(_CASES, min_size=1, max_size=10))
def test_a_conversion_is_exact_and_half_even_everywhere(store: Store, cases: list[tuple[int, int, int]]) -> None:
    exact = [round(Fraction(amount * numerator, denominator)) for amount, numerator, denominator in cases]
    assert [convert_minor(*case) for case in cases] == exact
    assert convert_in_database(store, cases) == exact


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param((1, 1, 2), 0, id="half goes to even below"),
        pytest.param((3, 1, 2), 2, id="half goes to even above"),
        pytest.param((-1, 1, 2), 0, id="half below zero"),
        pytest.param((-3, 1, 2), -2, id="half below minus one"),
        pytest.param((-5, 1, 2), -2, id="half below minus two"),
        pytest.param((1234567890123, 1084500000, 1000000000), 1338888876838, id="more than 64 bits in between"),
        pytest.param((10**15, 9223, 1), 9223 * 10**15, id="near the end of the range"),
        pytest.param((0, 7, 3), 0, id="zero"),
    ],
)
def test_edge_values(store: Store, case: tuple[int, int, int], expected: int) -> None:
    assert convert_minor(*case) == expected
    assert convert_in_database(store, [case]) == [expected]


def test_without_a_rate_there_is_no_conversion(store: Store) -> None:
    nothing = sa.null().cast(sa.BigInteger)
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.convert_minor(sa.literal(5, sa.BigInteger), nothing, nothing, type_=sa.BigInteger))).scalar_one() is None


def test_a_conversion_beyond_64_bits_stops_with_an_error(store: Store) -> None:
    with store.read() as connection, pytest.raises((DBAPIError, OverflowError)):
        connection.execute(sa.select(sa.func.convert_minor(sa.literal(10**15, sa.BigInteger), sa.literal(10**16, sa.BigInteger), sa.literal(1, sa.BigInteger))))
