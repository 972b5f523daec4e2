"""Amounts are written with the places of their currency."""

import pytest

from connectors.sandbox.world.currencies import CURRENCIES, amount_text, price_in
from hub.plugins import exponent


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (11_900, "EUR", "119.00"),
        (5, "USD", "0.05"),
        (-120, "GBP", "-1.20"),
        (1_190, "JPY", "1190"),
        (0, "JPY", "0"),
        (11_900, "KWD", "11.900"),
        (1, "KWD", "0.001"),
        (0, "KWD", "0.000"),
    ],
)
def test_an_amount_has_all_places_of_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert amount_text(amount_minor, currency) == text


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_places_are_those_of_the_standard(currency: str) -> None:
    assert CURRENCIES[currency].places == exponent(currency)


def test_a_price_is_never_nothing() -> None:
    assert price_in("GBP", 1) == 1
    assert price_in("JPY", 10_000) == 16_000
