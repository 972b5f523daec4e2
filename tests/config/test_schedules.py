"""A schedule is an interval in words or a cron expression of five fields; whatever else is written is told with examples."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config import ScheduleSettings, load_settings, parse_schedule
from hub.errors import ConfigurationError

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [
        ("every 15 minutes", 15 * MINUTE, "every 15 minutes"),
        ("every 2 hours", 2 * HOUR, "every 2 hours"),
        ("every minute", MINUTE, "every minute"),
        ("every 1 minutes", MINUTE, "every minute"),
        ("  Every   3   DAYS ", 3 * DAY, "every 3 days"),
        ("every 120 minutes", 2 * HOUR, "every 2 hours"),
        ("every 366 days", 366 * DAY, "every 366 days"),
    ],
)
def test_an_interval_is_read_and_shown(text: str, seconds: int, shown: str) -> None:
    assert parse_schedule(text) == ScheduleSettings(interval_seconds=seconds)
    assert parse_schedule(text).text == shown


@pytest.mark.parametrize("text", ["0 6 * * 1-5", "*/15 8-18 * * *", "0 0 1,15 * *", "30 4 * JAN-MAR mon", "0 0 29 2 *", "0 0 L * *", "0 9 * * 5#2"])
def test_a_cron_expression_is_kept_as_it_is_written(text: str) -> None:
    assert parse_schedule(text) == ScheduleSettings(cron=text)
    assert parse_schedule(text).text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("every 0 minutes", "'every 0 minutes' is not from 1 minute to 366 days"),
        ("every 367 days", "'every 367 days' is not from 1 minute to 366 days"),
        ("every 30 seconds", "'every 30 seconds' is no interval of minutes, hours or days: write "),
        ("every now and then", "'every now and then' is no interval of minutes, hours or days: write "),
        ("every -1 hours", "is no interval"),
        ("every ٣ hours", "is no interval"),
        ("hourly", "'hourly' is neither an interval nor a cron expression of five fields: write "),
        ("@daily", "is neither an interval nor a cron expression of five fields: write "),
        ("*/5 * * * * *", "is neither an interval nor a cron expression of five fields: write "),
        ("0 6 * *", "is neither an interval nor a cron expression of five fields: write "),
        ("R R * * *", "is neither an interval nor a cron expression of five fields: write "),
        ("H 6 * * *", "is neither an interval nor a cron expression of five fields: write "),
        ("61 * * * *", "'61 * * * *' is no cron expression that ever comes true: write "),
        ("0 0 30 2 *", "'0 0 30 2 *' is no cron expression that ever comes true: write "),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_schedule(text)


@given(st.lists(st.text("0123459*,/#?L-MONJAR", min_size=1, max_size=5), min_size=5, max_size=5))
@settings(deadline=None)
def test_whatever_is_taken_has_slots_and_whatever_is_not_is_refused(fields: list[str]) -> None:
    text = " ".join(fields)
    try:
        found = parse_schedule(text)
    except ValueError as error:
        assert text in str(error)  # noqa: PT017 - whichever of the two happens is held
        return
    once, again = (croniter(found.cron or "", datetime(2026, 6, 1)).get_next(datetime) for _ in range(2))  # noqa: DTZ001 - a wall clock
    assert once == again


class TestInTheSettings:
    SETTINGS = '[workspace]\nname = "x"\nbase_currency = "EUR"\ntime_zone = "UTC"\n[connections.books]\nconnector = "files"\nkind = "FILES"\n'

    def test_it_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "plugins.toml").write_text(f'{self.SETTINGS}schedule = "every 2 hours"\n')
        [connection] = load_settings(tmp_path / "plugins.toml", {}).connections
        assert connection.schedule == ScheduleSettings(interval_seconds=2 * HOUR)

    def test_without_it_there_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "plugins.toml").write_text(self.SETTINGS)
        assert load_settings(tmp_path / "plugins.toml", {}).connections[0].schedule is None

    def test_a_mistake_is_told_with_line_key_and_example(self, tmp_path: Path) -> None:
        (tmp_path / "plugins.toml").write_text(f'{self.SETTINGS}schedule = "hourly"\n')
        with pytest.raises(ConfigurationError) as caught:
            load_settings(tmp_path / "plugins.toml", {})
        assert str(caught.value) == (
            "plugins.toml line 8, connections.books.schedule: 'hourly' is neither an interval nor a cron expression of five fields: "
            'write "every 15 minutes", "every 2 hours", or cron such as "0 6 * * 1-5" (minute, hour, day, month, weekday)'
        )
