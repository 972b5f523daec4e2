import pytest

from benchmarks.timing import Comparison, compare, fastest, spread_of


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    assert Comparison([1.0, 9.0, 3.0], [1.0, 3.0, 1.5]).ratio == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("values", "spread"),
    [([2.0], None), ([1.0, 2.0, 3.0], 1.0), ([1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 9.0], 0.0)],
    ids=["one round", "the ends of a few", "the quartiles of many"],
)
def test_the_spread_is_a_share_of_the_median(values: list[float], spread: float | None) -> None:
    assert spread_of(values) == spread


def test_both_ways_take_turns_after_one_that_does_not_count() -> None:
    calls: list[str] = []
    found = compare(
        lambda: calls.append("ours"),
        lambda: calls.append("reference"),
        rounds=2,
        before=lambda: calls.append("before ours"),
        before_reference=lambda: calls.append("before reference"),
    )
    ours, reference = ["before ours", "ours"], ["before reference", "reference"]
    assert calls == [*ours, *reference, *ours, *reference, *reference, *ours]
    assert len(found.ours) == len(found.reference) == 2


def test_the_fastest_way_is_found() -> None:
    assert fastest({"long": lambda: sum(range(200_000)), "short": lambda: None}) == "short"
