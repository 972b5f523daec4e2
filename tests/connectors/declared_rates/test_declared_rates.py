"""Declared rates are exact, ordered and complete, or are refused with their place in the list."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.declared_rates.declaration import parse_rates
from connectors.declared_rates.source import DeclaredRates
from hub.config import PluginSettings, load_settings
from hub.plugins import ConfigurationError, ExchangeRateRecord, SourceContractError
from tests.plugins.samples import load

PLUGIN = "connectors.declared_rates.plugin"
DAY = date(2026, 1, 1)


def rate(currency: str = "USD", day: object = DAY, value: object = "0.92") -> dict[str, object]:
    return {"currency": currency, "date": day, "rate": value}


async def fetch(rates: Sequence[ExchangeRateRecord], *, since: date | None = None, base_currency: str = "EUR") -> Sequence[ExchangeRateRecord]:
    return await DeclaredRates(rates).fetch(base_currency=base_currency, since=since)


def test_a_rate_becomes_an_exact_record() -> None:
    (found,) = parse_rates([rate()], "EUR")
    assert found == ExchangeRateRecord(external_id="USD-EUR-2026-01-01", currency="USD", base_currency="EUR", rate_date=DAY, numerator=23, denominator=25)


@given(st.decimals(min_value="0.000001", max_value="999999", places=6))
def test_what_is_written_is_what_is_kept(value: Decimal) -> None:
    (found,) = parse_rates([rate(value=str(value))], "EUR")
    assert Fraction(found.numerator, found.denominator) == Fraction(str(value))


@pytest.mark.parametrize("value", ["1e-15", "999999999999999", "0.00000000000001"])
def test_every_accepted_rate_fits_the_store(value: str) -> None:
    (found,) = parse_rates([rate(value=value)], "EUR")
    assert max(found.numerator, found.denominator) < 2**63


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (rate(currency="usd"), "currency: 'usd' is no ISO 4217 code"),
        (rate(currency="EUR"), "EUR is the workspace currency"),
        (rate(day="2026-01-01"), "date: '2026-01-01' is no date"),
        (rate(day=datetime(2026, 1, 1)), "is no date"),  # noqa: DTZ001 - as TOML gives it
        (rate(value=0.92), "rate: write 0.92 in quotes"),
        (rate(value=1), "rate: write 1 in quotes"),
        (rate(value="0,92"), "'0,92' is no decimal number"),
        (rate(value="0"), "must be above zero"),
        (rate(value="-1"), "must be above zero"),
        (rate(value="NaN"), "must be above zero"),
        (rate(value="1e400"), "at most 15 digits"),
        (rate(value="1.1234567890123456"), "at most 15 digits"),
        ({"currency": "USD", "date": DAY}, "must be a table with exactly currency, date and rate"),
        (rate() | {"per": 100}, "must be a table with exactly"),
        ("USD", "must be a table with exactly"),
    ],
)
def test_a_wrong_rate_is_refused_with_its_number(entry: object, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rates([rate(currency="GBP"), entry], "EUR")
    assert str(caught.value).startswith("rates[2]: ")
    assert told in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"rates\[1\]: .*; rates\[3\]: "):
        parse_rates([rate(value="x"), rate(), rate(currency="x")], "EUR")


def test_two_rates_for_one_day_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"rates\[2\]: USD has a rate from 2026-01-01 already"):
        parse_rates([rate(), rate(value="0.93")], "EUR")


def test_rates_that_are_no_list_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be a list"):
        parse_rates("0.92", "EUR")


async def test_rates_come_by_currency_and_date_from_the_day_asked_for_on() -> None:
    rates = parse_rates([rate(day=date(2026, 2, 1)), rate(currency="GBP"), rate()], "EUR")
    assert [found.external_id for found in await fetch(rates)] == ["GBP-EUR-2026-01-01", "USD-EUR-2026-01-01", "USD-EUR-2026-02-01"]
    assert [found.external_id for found in await fetch(rates, since=date(2026, 2, 1))] == ["USD-EUR-2026-02-01"]


async def test_rates_to_another_currency_are_not_passed_off_as_rates_to_this_one() -> None:
    with pytest.raises(SourceContractError, match="not to CHF"):
        await fetch(parse_rates([rate()], "EUR"), base_currency="CHF")


async def test_rates_go_from_the_settings_file_to_records(tmp_path: Path) -> None:
    text = f"""
        [workspace]
        name = "Example"
        base_currency = "EUR"
        time_zone = "UTC"
        [[plugins]]
        module = "{PLUGIN}"
        [plugins.options]
        rates = [
          {{ currency = "JPY", date = 2026-01-01, rate = "0.0061" }},
        ]
        """
    (tmp_path / "plugins.toml").write_text(text)
    settings = load_settings(tmp_path / "plugins.toml", {})
    source = load(tmp_path, plugins=settings.plugins, built_in=[PLUGIN]).rate_sources["declared"]
    (found,) = await source.fetch(base_currency="EUR", since=None)
    assert (found.currency, Fraction(found.numerator, found.denominator)) == ("JPY", Fraction(61, 10_000))


def test_a_workspace_that_declares_no_rates_has_no_such_source(tmp_path: Path) -> None:
    assert dict(load(tmp_path, built_in=[PLUGIN]).rate_sources) == {}


def test_a_mistake_stops_the_start_with_the_plugin_and_the_place(tmp_path: Path) -> None:
    options = {"rates": (rate(value="x"),)}
    with pytest.raises(ConfigurationError, match=r"plugin connectors\.declared_rates\.plugin .*hub_rate_sources: .*rates\[1\]: rate"):
        load(tmp_path, plugins=[PluginSettings(PLUGIN, options=options)], built_in=[PLUGIN])
