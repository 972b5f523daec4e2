"""The five currencies of the sandbox: their decimal places, what prices look like in them, and where their rates begin."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency.

    Attributes:
        places: decimal places of its amounts.
        price: its price for something that costs one euro cent, in thousandths of its minor unit.
        euro_rate: euros for one unit when the world begins, in billionths.
    """

    places: int
    price: int
    euro_rate: int


CURRENCIES = {
    "EUR": Currency(2, price=1_000, euro_rate=1_000_000_000),
    "USD": Currency(2, price=1_080, euro_rate=923_400_000),
    "GBP": Currency(2, price=860, euro_rate=1_164_000_000),
    "JPY": Currency(0, price=1_600, euro_rate=6_190_000),
    "KWD": Currency(3, price=3_300, euro_rate=3_002_000_000),
}
"""By code. The world keeps its own table, so that what it says is no echo of the hub's."""


def price_in(currency: str, euro_cents: int) -> int:
    """A price in minor units of a currency, at least one."""
    return max(1, euro_cents * CURRENCIES[currency].price // 1_000)


def amount_text(amount_minor: int, currency: str) -> str:
    """An amount as decimal text with all of its currency's places: `119.00`, yen `1190`, dinar `11.900`."""
    return str(Decimal(amount_minor).scaleb(-CURRENCIES[currency].places))
