"""Buckets cover every day once, and what a basis stands for has one digest."""

from dataclasses import replace
from datetime import date

import pytest

from hub.config import AgeingBucket
from hub.errors import ConfigurationError, RequestError
from hub.health.basis import Basis
from hub.vocabulary import ConversionDate
from tests.health.worlds import TODAY, day

BASIS = Basis(TODAY, "EUR")
CURRENT = AgeingBucket(None, 0)


@pytest.mark.parametrize(
    "buckets",
    [
        pytest.param((), id="none"),
        pytest.param((CURRENT, AgeingBucket(1, 30)), id="no open end"),
        pytest.param((AgeingBucket(0, 30), AgeingBucket(31, None)), id="no open start"),
        pytest.param((CURRENT, AgeingBucket(2, None)), id="gap"),
        pytest.param((CURRENT, AgeingBucket(0, None)), id="overlap"),
        pytest.param((CURRENT, AgeingBucket(1, None), AgeingBucket(1, None)), id="open in the middle"),
        pytest.param((CURRENT, AgeingBucket(1, 0), AgeingBucket(1, None)), id="backwards"),
        pytest.param((CURRENT, *(AgeingBucket(n, n) for n in range(1, 8)), AgeingBucket(8, None)), id="too many"),
    ],
)
def test_buckets_that_miss_or_repeat_a_day_are_refused(buckets: tuple[AgeingBucket, ...]) -> None:
    with pytest.raises(ConfigurationError, match="ageing buckets"):
        Basis(TODAY, "EUR", buckets=buckets)


def test_a_bucket_is_a_range_of_due_dates_both_ends_included() -> None:
    assert BASIS.due_range(AgeingBucket(1, 30)) == (day(-30), day(-1))
    assert BASIS.due_range(CURRENT) == (TODAY, None)
    assert BASIS.due_range(AgeingBucket(91, None)) == (None, day(-91))


def test_days_of_grace_move_what_is_overdue() -> None:
    assert BASIS.overdue_before == TODAY
    assert replace(BASIS, grace_days=5).overdue_before == day(-5)


def test_the_digest_changes_with_every_choice_but_not_with_the_day() -> None:
    others = (
        replace(BASIS, grace_days=1),
        replace(BASIS, conversion_date=ConversionDate.DOCUMENT_DATE),
        replace(BASIS, buckets=(CURRENT, AgeingBucket(1, None))),
    )
    assert len({BASIS.settings_digest, *(other.settings_digest for other in others)}) == 4
    assert replace(BASIS, as_of=day(-1)).settings_digest == BASIS.settings_digest


@pytest.mark.parametrize("outside", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_a_day_that_no_figure_can_be_asked_for_is_refused(outside: date) -> None:
    with pytest.raises(RequestError, match="1900-01-01 to 2199-12-31") as caught:
        Basis(outside, "EUR")
    assert caught.value.path == ("asOf",)
