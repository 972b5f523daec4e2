"""From the option `rates` to records: pure, and with every mistake named by its place in the list."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from hub.plugins import ConfigurationError, ExchangeRateRecord, is_currency

_KEYS = frozenset({"currency", "date", "rate"})
_MOST_DIGITS = 15
"""Digits before and after the point together; more is no exchange rate, and would not fit the store."""


def parse_rates(declared: object, base_currency: str) -> Sequence[ExchangeRateRecord]:
    """The rates into `base_currency`, by currency and date.

    Raises ConfigurationError that lists everything that is wrong, each with its number in the list, from 1.
    """
    if not isinstance(declared, tuple | list):
        message = "rates must be a list of tables with currency, date and rate"
        raise ConfigurationError(message)
    problems: list[str] = []
    found: dict[tuple[str, date], ExchangeRateRecord] = {}
    for number, entry in enumerate(cast(Sequence[object], declared), start=1):
        try:
            record = _record(entry, base_currency)
        except ConfigurationError as error:
            problems.append(f"rates[{number}]: {error}")
            continue
        if (record.currency, record.rate_date) in found:
            problems.append(f"rates[{number}]: {record.currency} has a rate from {record.rate_date} already")
        found[record.currency, record.rate_date] = record
    if problems:
        raise ConfigurationError("; ".join(problems))
    return [found[key] for key in sorted(found)]


def _record(entry: object, base_currency: str) -> ExchangeRateRecord:
    if not isinstance(entry, Mapping) or frozenset(cast(Mapping[str, Any], entry)) != _KEYS:
        message = 'must be a table with exactly currency, date and rate, such as { currency = "USD", date = 2026-01-01, rate = "0.92" }'
        raise ConfigurationError(message)
    values = cast(Mapping[str, object], entry)
    currency, day = _currency(values["currency"], base_currency), _day(values["date"])
    numerator, denominator = _ratio(values["rate"])
    return ExchangeRateRecord(
        external_id=f"{currency}-{base_currency}-{day.isoformat()}",
        currency=currency,
        base_currency=base_currency,
        rate_date=day,
        numerator=numerator,
        denominator=denominator,
    )


def _currency(value: object, base_currency: str) -> str:
    if not isinstance(value, str) or not is_currency(value):
        message = f"currency: {value!r} is no ISO 4217 code such as USD"
        raise ConfigurationError(message)
    if value == base_currency:
        message = f"currency: {value} is the workspace currency, which needs no rate"
        raise ConfigurationError(message)
    return value


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        message = f"date: {value!r} is no date such as 2026-01-01, without quotes"
        raise ConfigurationError(message)
    return value


def _ratio(value: object) -> tuple[int, int]:
    """The rate as an exact fraction. A binary fraction from TOML would not be what was written, so it must be a text."""
    if not isinstance(value, str):
        message = f'rate: write {value} in quotes, so that it stays exact: rate = "{value}"'
        raise ConfigurationError(message)
    try:
        rate = Decimal(value)
    except InvalidOperation:
        message = f"rate: {value!r} is no decimal number"
        raise ConfigurationError(message) from None
    if not rate.is_finite() or rate <= 0 or abs(rate.adjusted()) > _MOST_DIGITS or len(rate.as_tuple().digits) > _MOST_DIGITS:
        message = f"rate: {value!r} must be above zero and have at most {_MOST_DIGITS} digits"
        raise ConfigurationError(message)
    return rate.as_integer_ratio()
