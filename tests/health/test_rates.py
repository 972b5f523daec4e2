"""Which rate is in force on which day, and that windows keep their rows while nothing changes."""

from datetime import date
from fractions import Fraction

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.health.rates import DatedRate, derive_windows, rates_in_force, rebuild_rate_windows
from hub.model import ExchangeRate, RateWindow, table_of
from hub.store.engine import Store
from tests.health.oracle import rate_on
from tests.health.properties import FEW
from tests.health.strategies import CURRENCIES, days, worlds
from tests.health.worlds import BASE, TODAY, World, day, make_rate, rolled_back, write_rates

_WINDOWS = table_of(RateWindow)


def rate(key: int, currency: str, base_currency: str, *, on: date = TODAY, per_unit: tuple[int, int] = (1, 1), source: str = "bank") -> DatedRate:
    return DatedRate(key, source, currency, base_currency, on, *per_unit)


class TestDerivedWindows:
    def test_a_rate_holds_until_the_day_of_the_next(self) -> None:
        windows = derive_windows([rate(1, "USD", "EUR", on=day(-9)), rate(2, "USD", "EUR", on=day(-2))], "EUR")
        assert [(found.valid_from, found.valid_until, found.exchange_rate_id) for found in windows] == [(day(-9), day(-2), 1), (day(-2), None, 2)]

    def test_minor_units_go_to_minor_units_whatever_the_decimals(self) -> None:
        dinar, yen = derive_windows([rate(1, "KWD", "EUR", per_unit=(3, 1)), rate(2, "JPY", "EUR", per_unit=(61, 10_000))], "EUR")[::-1]
        assert (dinar.currency, dinar.numerator, dinar.denominator) == ("KWD", 3, 10)
        assert (yen.currency, yen.numerator, yen.denominator) == ("JPY", 61, 100)

    def test_an_inverse_rate_is_turned_round(self) -> None:
        (window,) = derive_windows([rate(1, "EUR", "USD", per_unit=(5, 4))], "EUR")
        assert (window.currency, window.numerator, window.denominator) == ("USD", 4, 5)

    def test_a_direct_rate_goes_before_an_inverse_one_of_the_same_date(self) -> None:
        (window,) = derive_windows([rate(1, "EUR", "USD", source="a"), rate(2, "USD", "EUR", source="b")], "EUR")
        assert window.exchange_rate_id == 2

    def test_a_later_inverse_rate_goes_before_an_earlier_direct_one(self) -> None:
        windows = derive_windows([rate(1, "USD", "EUR", on=day(-9)), rate(2, "EUR", "USD", on=day(-2))], "EUR")
        assert [found.exchange_rate_id for found in windows] == [1, 2]

    def test_of_two_sources_the_first_by_name_counts_and_of_one_source_the_newest_row(self) -> None:
        rates = [rate(1, "USD", "EUR", source="b"), rate(2, "USD", "EUR", source="a"), rate(3, "USD", "EUR", source="a")]
        (window,) = derive_windows(rates, "EUR")
        assert window.exchange_rate_id == 3

    def test_a_pair_without_the_workspace_currency_gives_nothing(self) -> None:
        assert derive_windows([rate(1, "USD", "GBP"), rate(2, "EUR", "EUR")], "EUR") == []


class TestKeptWindows:
    def test_a_window_that_stays_the_same_keeps_its_row(self, store: Store) -> None:
        with rolled_back(store) as connection:
            write_rates(connection, World(rates=[make_rate(1, "USD", "EUR", rate_date=day(-9)), make_rate(2, "JPY", "EUR")]))
            assert rebuild_rate_windows(connection, "EUR") == {"USD", "JPY"}
            before = {row.currency: row.id for row in connection.execute(sa.select(_WINDOWS))}
            assert rebuild_rate_windows(connection, "EUR") == set()
            connection.execute(sa.update(table_of(ExchangeRate)).where(sa.column("id") == 1).values(numerator=2))
            assert rebuild_rate_windows(connection, "EUR") == {"USD"}
            after = {row.currency: row.id for row in connection.execute(sa.select(_WINDOWS))}
        assert after["JPY"] == before["JPY"]
        assert after["USD"] not in before.values()

    def test_a_deleted_rate_ends_what_it_began(self, store: Store) -> None:
        with rolled_back(store) as connection:
            write_rates(connection, World(rates=[make_rate(1, "USD", "EUR")]))
            rebuild_rate_windows(connection, "EUR")
            connection.execute(sa.update(table_of(ExchangeRate)).values(is_deleted=True))
            assert rebuild_rate_windows(connection, "EUR") == {"USD"}
            assert rates_in_force(connection, TODAY) == {}

    @FEW
    @given(world=worlds(), on=st.lists(days, min_size=3, max_size=3))
    def test_the_rate_in_force_is_the_latest_by_that_day(self, store: Store, world: World, on: list[date]) -> None:
        with rolled_back(store) as connection:
            write_rates(connection, world)
            rebuild_rate_windows(connection, BASE)
            for moment in on:
                found = {currency: Fraction(rate.numerator, rate.denominator) for currency, rate in rates_in_force(connection, moment).items()}
                expected = {currency: rate_on(world, currency, day=moment, base=BASE) for currency in set(CURRENCIES) - {BASE}}
                assert found == {currency: rate for currency, rate in expected.items() if rate is not None}
