"""hub/money.py: exact in, exact out, half-even once."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.money import AmountError, CurrencyError, Money, convert_minor, exponent, is_currency, known_currencies, to_decimal, to_minor


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("BHD", 3), ("CLF", 4), ("HUF", 2), ("ISK", 0)])
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize("code", ["usd", "XXY", "", "US", "USDD"])
def test_an_unknown_code_is_refused(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(CurrencyError, match="ISO 4217"):
        exponent(code)


@pytest.mark.parametrize(
    ("text", "currency", "minor", "rounded"),
    [
        ("12.34", "USD", 1234, False),
        ("12.345", "USD", 1234, True),
        ("12.355", "USD", 1236, True),
        ("-12.345", "USD", -1234, True),
        ("12.5", "JPY", 12, True),
        ("13.5", "JPY", 14, True),
        ("1.2345", "KWD", 1234, True),
        ("1e3", "EUR", 100000, False),
        ("0", "EUR", 0, False),
        ("12.340000", "USD", 1234, False),
    ],
)
def test_decimals_become_minor_units_half_even(text: str, currency: str, minor: int, *, rounded: bool) -> None:
    parsed = to_minor(text, currency)
    assert (parsed.amount_minor, parsed.rounded) == (minor, rounded)


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1e999999", "99999999999999999", "1,5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        to_minor(text, "USD")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "USD", "KWD", "CLF"]))
def test_minor_units_and_decimals_are_two_forms_of_one_amount(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency).amount_minor == minor


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**12), st.integers(1, 10**12))
def test_conversion_is_the_exact_product_rounded_half_even(amount: int, numerator: int, denominator: int) -> None:
    exact = Fraction(amount * numerator, denominator)
    assert convert_minor(amount, numerator, denominator) == round(exact)


def test_ties_go_to_the_even_neighbour() -> None:
    assert [convert_minor(amount, 1, 2) for amount in (-5, -3, -1, 1, 3, 5)] == [-2, -2, 0, 0, 2, 2]
    assert Decimal("2.5").quantize(Decimal(1), ROUND_HALF_EVEN) == 2


def test_money_adds_only_its_own_currency() -> None:
    assert Money(150, "EUR") + Money(50, "EUR") - Money(20, "EUR") == Money(180, "EUR")
    assert -Money(5, "EUR") == Money(-5, "EUR")
    assert str(Money(1234, "KWD")) == "1.234 KWD"
    with pytest.raises(CurrencyError, match="convert"):
        _ = Money(1, "EUR") + Money(1, "USD")


def test_the_known_currencies_are_listed_in_order() -> None:
    found = known_currencies()
    assert list(found) == sorted(found)
    assert {"EUR", "JPY", "KWD"} <= set(found)
