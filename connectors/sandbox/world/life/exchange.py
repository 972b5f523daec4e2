"""Exchange rates: every Monday, and on the first day, one for each currency; now and then one is corrected."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from connectors.sandbox.world.chance import happens, stream
from connectors.sandbox.world.currencies import CURRENCIES
from connectors.sandbox.world.life.agenda import midnight
from connectors.sandbox.world.life.buyers import Life
from connectors.sandbox.world.postings import Rate

_PUBLISHED = timedelta(hours=5)
_WEEK = 7
_SHARE = 10**6
_WEEKLY_MOVE = 11_000
_DIGITS = 7
_CORRECTED_PERCENT = 2


@dataclass(slots=True)
class Market:
    """What currencies are worth: billionths of a euro for one unit, as they move from week to week."""

    random: Random
    euro_rates: dict[str, int]

    def move(self) -> None:
        """A week passes."""
        for currency, rate in self.euro_rates.items():
            if currency != "EUR":
                self.euro_rates[currency] = rate * (_SHARE + self.random.randint(-_WEEKLY_MOVE, _WEEKLY_MOVE)) // _SHARE

    def rate(self, currency: str, base_currency: str) -> Decimal:
        """Base units for one unit of a currency, with seven digits."""
        return rounded(Decimal(self.euro_rates[currency]) / self.euro_rates[base_currency])


def rounded(rate: Decimal) -> Decimal:
    """A rate with seven significant digits."""
    return rate.quantize(Decimal(1).scaleb(rate.adjusted() - _DIGITS + 1)).normalize()


def new_rate(currency: str, base_currency: str, at: datetime, *, rate: Decimal) -> Rate:
    """A rate from the day on."""
    return Rate(id=f"{currency}-{at:%Y-%m-%d}", currency=currency, base_currency=base_currency, dated=at.date(), rate=rate)


def plan_rates(life: Life, base_currency: str, at: datetime) -> None:
    """Let rates be published from now on, every week."""
    market = Market(stream(life.seed, "rates"), {code: currency.euro_rate for code, currency in CURRENCIES.items()})
    life.plan(at, partial(_publish, life, market=market, base_currency=base_currency))


def _publish(life: Life, at: datetime, *, market: Market, base_currency: str) -> None:
    for currency in CURRENCIES:
        if currency != base_currency:
            rate = new_rate(currency, base_currency, at, rate=market.rate(currency, base_currency))
            life.books.post(at, rate)
            if happens(market.random, _CORRECTED_PERCENT):
                life.plan(at + timedelta(days=2), partial(_correct, life, market=market, rate_id=rate.id))
    market.move()
    next_monday = at.date() + timedelta(days=_WEEK - at.weekday())
    life.plan(midnight(next_monday) + _PUBLISHED, partial(_publish, life, market=market, base_currency=base_currency))


def _correct(life: Life, at: datetime, *, market: Market, rate_id: str) -> None:
    rate = life.books.entries.of(Rate)[rate_id]
    if life.books.is_sound(rate):
        life.books.post(at, replace(rate, rate=corrected(market.random, rate.rate)))


def corrected(random: Random, rate: Decimal) -> Decimal:
    """A rate that is a little different from the one that was published."""
    return rounded(rate * (_SHARE + random.choice((-1, 1)) * random.randint(500, 20_000)) / _SHARE)
