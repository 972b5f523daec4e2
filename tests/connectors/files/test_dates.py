from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.dates import DateOrder, DateReader, read_instant
from connectors.files.findings import CellError, FileContractError


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-11-22", "YMD", date(2026, 11, 22)),
        ("20261122", "YMD", date(2026, 11, 22)),
        ("2026/1/2", "YMD", date(2026, 1, 2)),
        ("2026-11-22", None, date(2026, 11, 22)),
        ("2026-11-22", "DMY", date(2026, 11, 22)),
        ("1/2/2013", "MDY", date(2013, 1, 2)),
        ("1/2/2013", "DMY", date(2013, 2, 1)),
        ("30-03-2020", "DMY", date(2020, 3, 30)),
        ("30.03.2020", "DMY", date(2020, 3, 30)),
        ("2026-11-22T23:30:00-08:00", "YMD", date(2026, 11, 22)),
        ("2026-11-22 00:15:00", "YMD", date(2026, 11, 22)),
        ("22/11/2026 7:05", "DMY", date(2026, 11, 22)),
    ],
)
def test_a_date_is_read_in_the_declared_order(text: str, order: DateOrder | None, expected: date) -> None:
    assert DateReader(order).read(text)[0] == expected


def test_explicit_formats_are_tried_in_turn() -> None:
    reader = DateReader(formats=("%d %b %Y", "%d.%m.%y"))
    assert [reader.read(text)[0] for text in ("5 Mar 2026", "05.03.26")] == [date(2026, 3, 5)] * 2


@pytest.mark.parametrize(("text", "is_ambiguous"), [("1/2/2013", True), ("2/2/2013", False), ("13/2/2013", False), ("2013-01-02", False)])
def test_a_date_that_would_change_with_the_order_is_marked(text: str, is_ambiguous: bool) -> None:  # noqa: FBT001 - a table's column
    reader = DateReader("DMY")
    assert [reader.read(text)[1], reader.read(text)[1]] == [is_ambiguous, is_ambiguous]


@pytest.mark.parametrize("text", ["1/2/2013", "13/2/2013", "12.12.2012"])
def test_without_a_declared_order_three_numbers_stop_the_file(text: str) -> None:
    with pytest.raises(FileContractError, match="declare `date_order`"):
        DateReader().read(text)


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("13/13/2013", "DMY", "no day 13 in month 13 of 2013"),
        ("29/02/2023", "DMY", "no day 29 in month 2"),
        ("13/1/2013", "MDY", "no day 1 in month 13"),
        ("1/2/13", "DMY", "a year of four digits"),
        ("1/2/2013", "YMD", "year-month-day"),
        ("0213-01-02", "YMD", "outside 1900 to 2199"),
        ("n/a", "YMD", "'n/a' is not a date"),
        ("2026-11", "YMD", "is not a date"),
        ("2026-11/22", "YMD", "is not a date"),
        (45000, "YMD", "is a number, not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_a_reason(text: object, order: DateOrder, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        DateReader(order).read(text)
    assert reason in str(caught.value)


def test_a_typed_cell_loses_its_time_of_day() -> None:
    assert DateReader().read(datetime(2026, 11, 22, 18, 30))[0] == date(2026, 11, 22)  # noqa: DTZ001 - spreadsheets know no zone


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([("DMY", "%d/%m/%Y"), ("MDY", "%m/%d/%Y"), ("YMD", "%Y-%m-%d")]))
def test_every_written_date_comes_back(day: date, way: tuple[DateOrder, str]) -> None:
    order, written = way
    assert DateReader(order).read(day.strftime(written))[0] == day


class TestInstants:
    @pytest.mark.parametrize("text", ["2021-01-13T00:23:25Z", "2021-01-13 00:23:25 UTC", "2021-01-13T01:23:25+01:00"])
    def test_an_instant_with_its_offset_is_read_as_utc(self, text: str) -> None:
        assert read_instant(text, None) == datetime(2021, 1, 13, 0, 23, 25, tzinfo=UTC)

    def test_a_declared_zone_serves_where_there_is_no_offset(self) -> None:
        assert read_instant("2021-07-13 00:23:25", ZoneInfo("Europe/Berlin")) == datetime(2021, 7, 12, 22, 23, 25, tzinfo=UTC)

    def test_without_offset_and_zone_it_is_refused(self) -> None:
        with pytest.raises(CellError, match="declare `time_zone`"):
            read_instant("2021-07-13 00:23:25", None)
