"""Money: integer minor units with an ISO 4217 currency, and the exact ways in and out of decimals.

No float ever enters. Rounding is half-even and happens only in `to_minor` and `convert_minor`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple

_TWO_DECIMALS: str = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE "
    "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
    "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
    "XAD XCD XCG YER ZAR ZMW ZWG ANG BGN HRK SLL ZWL CUC"
)
_BY_EXPONENT: tuple[tuple[int, str], ...] = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (2, _TWO_DECIMALS),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)
_EXPONENTS: Mapping[str, int] = MappingProxyType(dict(sorted((code, places) for places, codes in _BY_EXPONENT for code in codes.split())))

MAX_MINOR = 10**15
"""The largest amount accepted, in minor units. A sum beyond BIGINT stops with an error on both databases; it never wraps."""

_MOST_DIGITS = 30
_EXACT = Context(prec=60)
"""Has more digits than any amount, whatever context the caller has."""


class CurrencyError(ValueError):
    """An unknown currency code, or two currencies where one was needed. The caller names the field and the value."""


class AmountError(ValueError):
    """A text that is no amount, or one outside the range that the store keeps. The caller names the field and the value."""


def exponent(currency: str) -> int:
    """Number of decimal places of a currency (JPY 0, USD 2, KWD 3), from ISO 4217 including codes withdrawn in recent years.

    Raises CurrencyError when the code is unknown; codes are upper case.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        message = f"unknown currency code {currency!r}: use a three-letter ISO 4217 code such as USD"
        raise CurrencyError(message) from None


def is_currency(code: str) -> bool:
    """Whether the code is a known ISO 4217 currency, upper case."""
    return code in _EXPONENTS


def known_currencies() -> Mapping[str, int]:
    """All known currency codes, sorted, each with the number of its decimal places."""
    return _EXPONENTS


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: integer minor units of one currency. Adding two currencies raises CurrencyError."""

    amount_minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """Sum in the same currency."""
        self._require_same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Difference in the same currency."""
        self._require_same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> "Money":
        """The same amount with the other sign."""
        return Money(-self.amount_minor, self.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with as many decimals as the currency has."""
        return to_decimal(self.amount_minor, self.currency)

    def __str__(self) -> str:
        """For logs and tables: `1234.50 USD`."""
        return f"{self.amount} {self.currency}"

    def _require_same(self, other: "Money") -> None:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} cannot be added: convert one first"
            raise CurrencyError(message)


class ParsedAmount(NamedTuple):
    """A decimal turned into minor units. `rounded` says that it had more decimals than its currency."""

    amount_minor: int
    rounded: bool


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """Minor units as an exact Decimal in major units, e.g. 1234 of KWD is 1.234."""
    return Decimal(amount_minor).scaleb(-exponent(currency), _EXACT)


def to_minor(amount: Decimal | str | int, currency: str) -> ParsedAmount:
    """A decimal in major units as minor units, half-even where the source has more decimals than the currency (B13).

    Raises AmountError for text that is no finite decimal or is outside ±MAX_MINOR, CurrencyError for an unknown code.
    """
    try:
        number = Decimal(amount)
    except InvalidOperation:
        message = f"{amount!r} is not a decimal number"
        raise AmountError(message) from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        message = f"{amount!r} is outside the range of amounts"
        raise AmountError(message)
    exact = number.scaleb(exponent(currency), _EXACT)
    whole = exact.to_integral_value(ROUND_HALF_EVEN)
    if abs(whole) > MAX_MINOR:
        message = f"{amount!r} {currency} is outside the range of amounts"
        raise AmountError(message)
    return ParsedAmount(int(whole), whole != exact)


def convert_minor(amount_minor: int, numerator: int, denominator: int) -> int:
    """Amount × numerator ÷ denominator in exact integers, rounded half-even once; the denominator is positive.

    The same function backs SQLite's `convert_minor`; PostgreSQL has its own with the same results.
    """
    quotient, remainder = divmod(amount_minor * numerator, denominator)
    twice = remainder * 2
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient
