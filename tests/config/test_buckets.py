"""Ageing buckets cover every day exactly once, or are refused with the label that is wrong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import DEFAULT_BUCKETS, AgeingBucket
from hub.config.buckets import parse_buckets


def test_the_labels_of_the_default_buckets_give_the_default_buckets() -> None:
    assert parse_buckets([bucket.label for bucket in DEFAULT_BUCKETS]) == DEFAULT_BUCKETS


@given(lengths=st.lists(st.integers(1, 90), max_size=6), day=st.integers(-400, 4000))
def test_every_day_is_in_exactly_one_bucket(lengths: list[int], day: int) -> None:
    first, labels = 1, ["current"]
    for length in lengths:
        labels.append(f"{first}-{first + length - 1}")
        first += length
    buckets = parse_buckets([*labels, f"{first}+"])
    assert sum(contains(bucket, day) for bucket in buckets) == 1


def contains(bucket: AgeingBucket, day: int) -> bool:
    return (bucket.first is None or bucket.first <= day) and (bucket.last is None or day <= bucket.last)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([], "2 to 8"),
        (["current"], "2 to 8"),
        (["current", *(f"{day}-{day}" for day in range(1, 8)), "8+"], "2 to 8"),
        (["1-30", "31+"], "first bucket must be 'current'"),
        (["current", "1-30", "30-60", "61+"], "'30-60' overlaps with '1-30': it must start at 31"),
        (["current", "1-30", "32-60", "61+"], "'32-60' leaves a gap after '1-30': it must start at 31"),
        (["current", "0-30", "31+"], "'0-30' overlaps with 'current': it must start at 1"),
        (["current", "1-30"], "write '1+' instead of '1-30'"),
        (["current", "1+", "31-60"], "'31-60' comes after the open bucket '1+'"),
        (["current", "1-0", "1+"], "'1-0' ends before it starts"),
        (["current", "a month", "31+"], "'a month' is no bucket"),
        (["current", "1-30 ", "31+"], "'1-30 ' is no bucket"),
    ],
)
def test_buckets_that_do_not_cover_every_day_once_are_refused(labels: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_buckets(labels)
