"""Slots are where the wall clock says, on every night on which clocks change, in every zone."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config import ScheduleSettings, parse_schedule
from hub.jobs.timetable import Timetable, first_instant
from tests.jobs import oracle
from tests.jobs.oracle import ClockChange, Daily

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = sorted(zoneinfo.available_timezones())
DAY = timedelta(days=1)

QUARTERS = Daily(frozenset({0, 15, 30, 45}), frozenset(range(24)))
NIGHTS = Daily(frozenset({10}), frozenset(range(4)))


def timetable(text: str, zone: ZoneInfo = BERLIN) -> Timetable:
    return Timetable(parse_schedule(text), zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def forward(table: Timetable, *, start: datetime, end: datetime) -> list[datetime]:
    """The slots from `start` to `end`, one after the other."""
    found: list[datetime] = []
    slot = table.next_after(start - timedelta(microseconds=1))
    while slot <= end:
        found.append(slot)
        slot = table.next_after(slot)
    return found


class TestCron:
    def test_is_read_in_the_zone_of_the_workspace(self) -> None:
        assert timetable("0 6 * * 1-5").next_after(at("2026-01-09T12:00")) == at("2026-01-12T05:00")
        assert timetable("0 6 * * 1-5").next_after(at("2026-07-10T12:00")) == at("2026-07-13T04:00")

    def test_a_slot_is_later_than_the_instant_asked_for_and_the_latest_includes_it(self) -> None:
        table, slot = timetable("0 6 * * *"), at("2026-01-09T05:00")
        assert table.next_after(slot) == slot + DAY
        assert table.latest_until(slot) == slot
        assert table.latest_until(slot - timedelta(microseconds=1)) == slot - DAY

    def test_a_wall_time_that_is_left_out_has_its_slot_at_the_end_of_the_gap(self) -> None:
        table = timetable("30 2 * * *")
        assert table.next_after(at("2026-03-28T12:00")) == at("2026-03-29T01:00")
        assert table.next_after(at("2026-03-29T01:00")) == at("2026-03-30T00:30")
        assert table.latest_until(at("2026-03-29T12:00")) == at("2026-03-29T01:00")

    def test_all_that_is_left_out_has_one_slot(self) -> None:
        found = forward(timetable("*/15 * * * *"), start=at("2026-03-29T00:30"), end=at("2026-03-29T01:30"))
        assert found == [at("2026-03-29T00:30"), at("2026-03-29T00:45"), at("2026-03-29T01:00"), at("2026-03-29T01:15"), at("2026-03-29T01:30")]

    def test_a_wall_time_that_comes_twice_has_its_slot_the_first_time(self) -> None:
        table = timetable("30 2 * * *")
        assert forward(table, start=at("2026-10-24T12:00"), end=at("2026-10-26T12:00")) == [at("2026-10-25T00:30"), at("2026-10-26T01:30")]
        assert table.latest_until(at("2026-10-25T01:45")) == at("2026-10-25T00:30")

    def test_a_day_that_a_zone_left_out_has_its_slots_at_its_end(self) -> None:
        apia = ZoneInfo("Pacific/Apia")  # it went over the date line: there was no 30 December 2011
        assert first_instant(datetime(2011, 12, 30, 12), apia) == at("2011-12-30T10:00")  # noqa: DTZ001 - a wall time
        assert forward(timetable("0 12 * * *", apia), start=at("2011-12-29T12:00"), end=at("2012-01-01T00:00")) == [
            at("2011-12-29T22:00"),
            at("2011-12-30T10:00"),
            at("2011-12-30T22:00"),
            at("2011-12-31T22:00"),
        ]


class TestInterval:
    def test_counts_from_a_fixed_instant_so_that_a_restart_does_not_move_it(self) -> None:
        table = timetable("every 15 minutes")
        assert table.next_after(at("2026-03-01T12:07:31")) == at("2026-03-01T12:15")
        assert table.latest_until(at("2026-03-01T12:07:31")) == at("2026-03-01T12:00")
        assert table.latest_until(at("2026-03-01T12:15")) == at("2026-03-01T12:15")

    def test_does_not_care_for_clocks_that_change(self) -> None:
        found = forward(timetable("every 2 hours"), start=at("2026-03-28T00:00"), end=at("2026-03-30T00:00"))
        assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=2)}

    @given(minutes=st.integers(1, 366 * 24 * 60), instant=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    @settings(deadline=None)
    def test_any_instant_lies_between_its_latest_slot_and_the_next_one(self, minutes: int, instant: datetime) -> None:
        table = Timetable(ScheduleSettings(interval_seconds=minutes * 60), BERLIN)
        assert table.latest_until(instant) <= instant < table.next_after(instant)
        assert table.next_after(instant) - table.latest_until(instant) == timedelta(minutes=minutes)


# --- every zone, every change of the clocks -------------------------------------------------------


YEAR = (at("2026-12-01T00:00"), at("2027-12-01T00:00"))


@cache
def changes_of_all_zones() -> dict[ClockChange, list[str]]:
    """Every change of the clocks of one year, and the zones that make it."""
    found: dict[ClockChange, list[str]] = {}
    for name in ZONES:
        for change in oracle.clock_changes(ZoneInfo(name), start=YEAR[0], end=YEAR[1]):
            found.setdefault(change, []).append(name)
    return found


def test_clocks_change_in_many_ways_in_a_year() -> None:
    """What the tests below stand on: ordinary zones, Lord Howe's half hour, and zones without a change."""
    changes = changes_of_all_zones()
    assert len(changes) > 20
    assert {abs(change.after - change.before) for change in changes} >= {timedelta(hours=1), timedelta(minutes=30)}
    assert len({name for names in changes.values() for name in names}) > 200


@pytest.mark.parametrize("daily", [QUARTERS, NIGHTS], ids=lambda daily: daily.cron)
def test_slots_around_every_change_in_every_zone_are_the_oracle_s(daily: Daily) -> None:
    """Zones that change alike are stepped through once; the code is asked for each of them."""
    for change, names in changes_of_all_zones().items():
        start, end = change.instant - timedelta(hours=1), change.instant + timedelta(hours=2)
        expected = list(oracle.slots(daily, ZoneInfo(names[0]), start=start, end=end))
        for name in names:
            assert forward(timetable(daily.cron, ZoneInfo(name)), start=start, end=end) == expected, name


DAILIES = st.builds(
    Daily,
    st.frozensets(st.integers(0, 59), min_size=1),
    st.frozensets(st.integers(0, 23), min_size=1),
    st.frozensets(st.integers(0, 6), min_size=1),
)


@pytest.mark.parametrize("name", ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "Asia/Kolkata"])
@given(daily=DAILIES, data=st.data())
@settings(max_examples=10, deadline=None)
def test_any_list_of_times_has_the_slots_of_the_oracle(name: str, daily: Daily, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    changes = [found.instant for found in oracle.clock_changes(zone, start=YEAR[0], end=YEAR[1])]
    middle = data.draw(st.sampled_from([*changes, at("2027-01-15T00:00")]))
    start, end = middle - timedelta(hours=10), middle + timedelta(hours=10)
    asked = data.draw(st.datetimes(start.replace(tzinfo=None), end.replace(tzinfo=None), timezones=st.just(UTC)))
    table = timetable(daily.cron, zone)
    expected = list(oracle.slots(daily, zone, start=start, end=end))
    assert forward(table, start=start, end=end) == expected
    passed = [slot for slot in expected if slot <= asked]
    assert not passed or table.latest_until(asked) == passed[-1]
