from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.amounts import AmountStyle, read_amount, read_rate
from connectors.files.findings import CellError

PLAIN = AmountStyle()
GERMAN = AmountStyle(",", ".", "€")
US = AmountStyle(".", ",", "$")
SWISS = AmountStyle(".", "'")
FRENCH = AmountStyle(",", " ")


@pytest.mark.parametrize(
    ("text", "currency", "style", "expected"),
    [
        ("55.94", "USD", PLAIN, 5594),
        ("55.9", "USD", PLAIN, 5590),
        ("55", "USD", PLAIN, 5500),
        ("55.", "USD", PLAIN, 5500),
        (".5", "USD", PLAIN, 50),
        ("-0.01", "USD", PLAIN, -1),
        ("+12.50", "USD", PLAIN, 1250),
        ("12.50-", "USD", PLAIN, -1250),
        ("(12.50)", "USD", PLAIN, -1250),
        ("1500", "JPY", PLAIN, 1500),
        ("1.234", "KWD", PLAIN, 1234),
        ("12.50", "KWD", PLAIN, 12500),
        ("1.234,56", "EUR", GERMAN, 123456),
        ("1.234", "EUR", GERMAN, 123400),
        ("-1.234.567,8 €", "EUR", GERMAN, -123456780),
        ("$1,234.50", "USD", US, 123450),
        ("-$1,234.50", "USD", US, -123450),
        ("($1,234.50)", "USD", US, -123450),
        ("12,34,567.00", "INR", US, 123456700),
        ("1'234.50", "CHF", SWISS, 123450),
        ("1\u202f234,50", "EUR", FRENCH, 123450),
        ("1\u00a0234,50", "EUR", FRENCH, 123450),
        (12, "USD", PLAIN, 1200),
        (55.94, "USD", PLAIN, 5594),
        (0.1 + 0.2, "USD", PLAIN, 30),
    ],
)
def test_an_amount_is_read_to_the_minor_unit(text: object, currency: str, style: AmountStyle, *, expected: int) -> None:
    assert read_amount(text, currency, style) == (expected, False)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("0.125", "USD", 12), ("0.135", "USD", 14), ("-0.125", "USD", -12), ("0.5", "JPY", 0), ("1.5", "JPY", 2), ("2.0005", "KWD", 2000)],
)
def test_more_decimals_than_the_currency_has_are_rounded_half_even(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency, PLAIN) == (minor, True)


@pytest.mark.parametrize(
    ("text", "style", "reason"),
    [
        ("abc", PLAIN, "'abc' is not an amount"),
        ("1,234.50", PLAIN, "declare `decimal` and `thousands`"),
        ("1.234,56", PLAIN, "declare `decimal` and `thousands`"),
        ("12.50", AmountStyle(","), "declares the decimal sign ','"),
        ("1,23", US, "has a ',' where no thousands end"),
        ("1234,567", US, "has a ',' where no thousands end"),
        ("1.2E+05", PLAIN, "scientific notation"),
        ("12 50", PLAIN, "declare `decimal` and `thousands`"),
        ("NaN", PLAIN, "not an amount"),
        ("Infinity", PLAIN, "not an amount"),
        ("1_000", PLAIN, "not an amount"),
        ("١٢", PLAIN, "not an amount"),
        ("--5", PLAIN, "not an amount"),
        ("-(5)", PLAIN, "not an amount"),
        ("$5", PLAIN, "not an amount"),
        ("9" * 40, PLAIN, "outside the range"),
        (True, PLAIN, "is not a number"),
        (None, PLAIN, "the amount is empty"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_reason(text: object, style: AmountStyle, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        read_amount(text, "USD", style)
    assert reason in str(caught.value)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False), st.sampled_from([("USD", 2), ("JPY", 0), ("KWD", 3)]))
def test_every_decimal_agrees_with_the_decimal_module(number: Decimal, currency: tuple[str, int]) -> None:
    code, places = currency
    expected = int(number.scaleb(places).to_integral_value(ROUND_HALF_EVEN))
    assert read_amount(f"{number:f}", code, PLAIN)[0] == expected


@given(st.integers(-(10**12), 10**12))
def test_grouped_and_plain_writing_mean_the_same(minor: int) -> None:
    number = Decimal(minor).scaleb(-2)
    grouped = f"{number:,.2f}"
    assert read_amount(grouped, "USD", US) == (minor, False)
    assert read_amount(grouped.translate(str.maketrans(",.", ".,")), "EUR", GERMAN) == (minor, False)


class TestRates:
    @pytest.mark.parametrize(
        ("text", "is_inverted", "rate"),
        [("1.0834", False, Fraction(10834, 10000)), ("0.0000612", False, Fraction(612, 10**7)), ("163.05", True, Fraction(100, 16305))],
    )
    def test_a_rate_is_an_exact_reduced_fraction(self, text: str, is_inverted: bool, rate: Fraction) -> None:  # noqa: FBT001 - a table's column
        assert read_rate(text, PLAIN, is_inverted=is_inverted) == (rate.numerator, rate.denominator)

    @pytest.mark.parametrize("text", ["0", "-1.5", "1.2345678901234", "rate", "0.0"])
    def test_what_is_no_rate_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            read_rate(text, PLAIN, is_inverted=False)
